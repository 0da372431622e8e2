//! Plans patches at the scale of the picture, whatever the size of the frame.

use super::coupled_modes::ProductCovariance;
use super::layout::{Layout, steps};
use super::patches::{MOST_MEASURED, Patches};
use super::settings::ModesSettings;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::{Error, Fault, Result};

/// Edges of patches side by side, in units of the scale of changes, with the numbers of modes tried in each.
const EDGES: [(f64, &[usize]); 3] = [(3.6, &[1, 2]), (5.0, &[1, 2]), (7.2, &[1, 2, 4])];
/// Scale of changes that is taken at least, in pixels, and where none is known.
pub(super) const LEAST_SCALE: f64 = 2.2;
/// How many patches away the modes lie that drive a mode.
const RADIUS: usize = 2;
/// Ridges that are tried unless one is stated.
const RIDGES: [f64; 2] = [0.01, 0.3];
/// Coefficients for each patch at most: more take minutes even of small frames.
const MOST_OF_PATCH: usize = 2500;
/// Windows at least: fewer tell no covariances.
const FEWEST_WINDOWS: usize = 100;
/// Coordinates of one layout that are held at most: finer patches that have more are not tried.
const MOST_COORDINATES: usize = 1 << 25;

/// Layouts whose modes are taken for Gaussian, for frames of this `shape` whose changes reach so far: at the
/// scale of the picture where frames are cut into patches at all, or those stated, if they are too many for
/// products to be summed.
///
/// # Errors
/// [`cneep_movie::Error::Setting`] if what is stated asks for more modes than pixels, or more coefficients
/// than memory holds.
pub(super) fn gaussian_layouts(
    stated: &ModesSettings,
    shape: WindowShape,
    window_count: usize,
    scale: f64,
) -> Result<Vec<Layout>> {
    let WindowShape { rows, columns, .. } = shape;
    let radius = stated.radius.unwrap_or(RADIUS);
    let ridges = stated.ridge.map_or(RIDGES.to_vec(), |ridge| vec![ridge]);
    let layout = |patch: usize, spacing: usize, modes: Vec<usize>| {
        let patches = Patches::new(rows, columns, patch, spacing);
        let covariance = ProductCovariance::Gaussian;
        let (radii, ridges) = (vec![radius], ridges.clone());
        Layout { patch, spacing, patches, modes, radii, ridges, pruned: false, covariance }
    };
    let numbers = |tried: &[usize]| stated.modes.map_or(tried.to_vec(), |modes| vec![modes]);
    // Whatever is stated, no number overflows.
    let of_patch = |modes: usize| (modes * (2 * radius.min(MOST_OF_PATCH) + 1)).pow(2);
    if let Some(patch) = stated.patch {
        let mut found = layout(patch, stated.spacing.unwrap_or(patch.div_ceil(2)), numbers(&[1, 2, 4]));
        found.modes.retain(|&modes| stated.modes.is_some() || of_patch(modes) <= MOST_OF_PATCH);
        let Some(&largest) = found.modes.last() else { return Ok(Vec::new()) };
        if found.patches.count() == 1 || found.coefficients(largest, radius) <= MOST_MEASURED {
            return Ok(Vec::new());
        }
        found.patches.check(largest, radius)?;
        if of_patch(largest) > MOST_OF_PATCH {
            let expected = format!("at most {MOST_OF_PATCH} coefficients for each patch, or few patches");
            let patch = of_patch(largest);
            let found = format!("{patch} for {largest} modes, driven from {radius} patches away");
            let remedy = "State fewer modes or a smaller radius, or leave them out.";
            return Err(Error::Setting(Fault::new("modes.modes", expected, found, remedy)));
        }
        return Ok(vec![found]);
    }
    if !has_open_edges(stated, shape) || window_count < FEWEST_WINDOWS {
        return Ok(Vec::new());
    }
    let open = EDGES.iter().filter_map(|(edge, tried)| {
        let edge = (edge * scale.max(LEAST_SCALE)).round() as usize;
        let mut found = layout(edge, stated.spacing.unwrap_or(edge), numbers(tried));
        let patches = found.patches.count();
        let fits = |modes: &usize| {
            *modes <= found.patches.pixels()
                && of_patch(*modes) <= MOST_OF_PATCH
                && patches * modes * window_count <= MOST_COORDINATES
        };
        found.modes.retain(fits);
        (2 * edge <= rows.min(columns) && !found.modes.is_empty()).then_some(found)
    });
    Ok(open.collect())
}

/// Whether edges are those of the picture, so that its scale must be known.
pub(super) fn has_open_edges(stated: &ModesSettings, shape: WindowShape) -> bool {
    stated.patch.is_none() && steps(shape.rows.min(shape.columns)).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches patches that grow with the frame, that no longer fit into it, and more than memory holds.
    #[test]
    fn patches_have_the_scale_of_the_picture() {
        let edges = |stated: &ModesSettings, edge: usize, windows: usize, scale: f64| -> Vec<usize> {
            let shape = WindowShape { window: 2, rows: edge, columns: edge };
            gaussian_layouts(stated, shape, windows, scale).unwrap().iter().map(|of| of.patch).collect()
        };
        let open = ModesSettings::default();
        assert_eq!(edges(&open, 64, 5000, 2.2), [8, 11, 16]);
        assert_eq!(edges(&open, 1024, 500, 2.2), [8, 11, 16]);
        assert_eq!(edges(&open, 1024, 500, 5.0), [18, 25, 36]);
        assert_eq!(edges(&open, 64, 5000, 7.0), [25], "two across at least");
        assert_eq!(edges(&open, 2048, 2000, 0.0), [16]);
        assert!(edges(&open, 20, 5000, 2.0).is_empty() && edges(&open, 64, 50, 2.0).is_empty());
        let few = ModesSettings { patch: Some(16), modes: Some(2), ..open };
        assert!(edges(&few, 64, 5000, 2.0).is_empty(), "products can be summed");
        assert_eq!(edges(&few, 512, 5000, 2.0), [16]);
        let wide = ModesSettings { patch: Some(4), modes: Some(10), radius: Some(5), ..open };
        let shape = WindowShape { window: 2, rows: 20, columns: 40 };
        assert!(gaussian_layouts(&wide, shape, 5000, 2.2).is_err());
        let open_modes = ModesSettings { modes: None, radius: Some(7), ..wide };
        assert_eq!(gaussian_layouts(&open_modes, shape, 5000, 2.2).unwrap()[0].modes, [1, 2]);
        assert!(edges(&ModesSettings { modes: Some(24), ..open }, 64, 5000, 2.2).is_empty());
        assert!(edges(&ModesSettings { patch: Some(0), ..open }, 512, 5000, 2.0).is_empty());
    }
}
