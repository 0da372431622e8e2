//! Plans which patches, and how many modes of each, a fit tries.

use super::coupled_modes::{CoupledModes, ProductCovariance};
use super::patches::{MOST_MEASURED, Patches};
use super::polynomials;
use super::settings::ModesSettings;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

/// Numbers of modes that are tried on the whole frame.
const MODES: [usize; 9] = [1, 2, 3, 4, 6, 8, 12, 16, 24];
/// The same where pairs without circulation are pruned, so that few numbers do.
const PRUNED_MODES: [usize; 3] = [4, 8, 16];
/// Numbers of modes that are tried in each of several patches.
const LOCAL_MODES: [usize; 4] = [1, 2, 3, 4];
/// Coefficients of a candidate at most, on the whole frame and in patches, unless its modes are stated.
const COEFFICIENTS: [usize; 2] = [512, 2400];
/// The same of moments: layouts of small parts with more took most of a fit, and were not kept.
const MOMENT_COEFFICIENTS: usize = 1200;
/// Windows per coefficient at least, unless modes are stated.
const WINDOWS_PER_COEFFICIENT: usize = 10;
/// Ridges that are tried unless one is stated, and the only one where pairs are pruned.
const RIDGES: [f64; 5] = [1e-4, 1e-3, 1e-2, 1e-1, 1.0];
const RIDGE_OF_PRUNED: f64 = 1e-4;
/// Numbers of moments of first and of second degree.
const MOMENTS: [usize; 2] = [3, polynomials::MOST];
/// Parts along the shorter side whose moments are tried.
const PARTS: [usize; 2] = [2, 4];
/// Distances of patches that are tried, as numbers of them along the shorter side of a frame.
const PATCHES_ACROSS: [usize; 4] = [3, 4, 6, 8];
/// Edges that are tried at each distance, in halves of it: side by side, and overlapping by a third and by
/// half.
const HALF_EDGES: [usize; 3] = [2, 3, 4];
/// Edge, in pixels, from which on patches are worth trying.
const SMALLEST_EDGE: usize = 10;

/// Patches of one size, with the numbers of modes and the radii to be tried on them in rising order.
pub(super) struct Layout {
    pub(super) patch: usize,
    pub(super) spacing: usize,
    pub(super) patches: Patches,
    pub(super) modes: Vec<usize>,
    pub(super) radii: Vec<usize>,
    pub(super) ridges: Vec<f64>,
    /// Whether pairs without circulation are pruned.
    pub(super) pruned: bool,
    /// Where the covariance of products comes from.
    pub(super) covariance: ProductCovariance,
}

impl Layout {
    /// Number of forms.
    pub(super) fn trial_count(&self) -> usize {
        self.modes.len() * self.radii.len() * self.ridges.len()
    }

    /// Coefficients of so many modes a patch, driven from patches up to `radius` away.
    pub(super) fn coefficients(&self, modes: usize, radius: usize) -> usize {
        self.patches.coefficients(modes, radius)
    }

    /// Whether `of` has these patches.
    pub(super) fn is_of(&self, of: &CoupledModes) -> bool {
        (of.patch, of.spacing, of.covariance) == (self.patch, self.spacing, self.covariance)
    }
}

/// All layouts that what is `stated` leaves open, for frames of this `shape` and this many windows; pairs of
/// modes of the whole frame without circulation may be `pruned`. There may be none if windows are few.
///
/// # Errors
/// [`cneep_movie::Error::Setting`] if what is stated asks for more modes than pixels, or more coefficients
/// than memory holds.
pub(super) fn layouts(
    stated: &ModesSettings,
    shape: WindowShape,
    window_count: usize,
    pruned: bool,
) -> Result<Vec<Layout>> {
    let WindowShape { rows, columns, .. } = shape;
    let layouts = sizes(stated, rows.min(columns)).into_iter().map(|(patch, spacing)| {
        let patches = Patches::new(rows, columns, patch, spacing);
        let several = patches.count() > 1;
        let open_radii = if several { vec![0, 1] } else { vec![0] };
        let radii = stated.radius.map_or(open_radii, |radius| vec![radius]);
        let radius = radii[radii.len() - 1];
        let most = COEFFICIENTS[usize::from(several)].min(window_count / WINDOWS_PER_COEFFICIENT);
        // What must be tried, be it large, is what is stated, or at least one mode of the patches that are.
        let pruned = pruned && !several;
        let tried = match (several, pruned) {
            (true, _) => &LOCAL_MODES[..],
            (false, true) => &PRUNED_MODES[..],
            (false, false) => &MODES[..],
        };
        let open = || tried.iter().map(|&modes| modes.min(patches.pixels())).collect();
        let mut modes: Vec<usize> = stated.modes.map_or_else(open, |modes| vec![modes]);
        modes.dedup();
        let least = (stated.patch.is_some() || !(several || pruned)).then_some(modes[0]);
        modes.retain(|&modes| {
            Some(modes) == least || (modes <= patches.pixels() && patches.coefficients(modes, radius) <= most)
        });
        if let Some(&largest) = modes.last() {
            patches.check(largest, radius)?;
        }
        modes.retain(|&modes| patches.coefficients(modes, radius) <= MOST_MEASURED);
        let (ridges, covariance) = (ridges(stated, pruned), ProductCovariance::Measured);
        Ok(Layout { patch, spacing, patches, modes, radii, ridges, pruned, covariance })
    });
    layouts.filter(|layout| layout.as_ref().map_or(true, |layout| !layout.modes.is_empty())).collect()
}

/// What is stated of moments.
pub(super) struct MomentLayouts {
    pub(super) degree: Option<usize>,
    pub(super) parts: Option<usize>,
}

/// All layouts of moments that what is `stated` leaves open, for frames of this `shape`: of the whole frame,
/// and of parts side by side, all coupled with their neighbours. Pairs without circulation are pruned.
pub(super) fn moment_layouts(stated: &MomentLayouts, shape: WindowShape, window_count: usize) -> Vec<Layout> {
    let WindowShape { rows, columns, .. } = shape;
    let degrees = stated.degree.map_or(MOMENTS.to_vec(), |degree| vec![MOMENTS[degree - 1]]);
    let (shorter, longer) = (rows.min(columns), rows.max(columns));
    let of_parts = |parts: &usize| if *parts == 1 { 0 } else { shorter.div_ceil(*parts) };
    // A long frame has squares side by side before it has parts of its shorter side.
    let squares = (2 * longer >= 3 * shorter).then_some(shorter);
    let open = || std::iter::once(0).chain(squares).chain(PARTS.iter().map(of_parts)).collect();
    let edges: Vec<usize> = stated.parts.as_ref().map_or_else(open, |parts| vec![of_parts(parts)]);
    let layout = |edge: usize| {
        let patches = Patches::new(rows, columns, edge, edge);
        let several = patches.count() > 1;
        let radius = usize::from(several);
        let most = MOMENT_COEFFICIENTS.min(window_count / WINDOWS_PER_COEFFICIENT);
        let fits = |modes: &usize| *modes <= patches.pixels() && patches.coefficients(*modes, radius) <= most;
        let modes: Vec<usize> = degrees.iter().copied().filter(fits).collect();
        let (radii, ridges) = (vec![radius], vec![RIDGE_OF_PRUNED]);
        let covariance = ProductCovariance::Measured;
        Layout { patch: edge, spacing: edge, patches, modes, radii, ridges, pruned: true, covariance }
    };
    let mut layouts: Vec<Layout> = edges.into_iter().map(layout).collect();
    layouts.dedup_by(|one, other| one.patches == other.patches);
    // What must be tried, however few the windows are.
    if let Some(first) = layouts.first_mut().filter(|first| first.modes.is_empty()) {
        first.modes.push(degrees[0]);
    }
    layouts.retain(|layout| !layout.modes.is_empty());
    layouts
}

fn ridges(stated: &ModesSettings, pruned: bool) -> Vec<f64> {
    let open = if pruned { vec![RIDGE_OF_PRUNED] } else { RIDGES.to_vec() };
    stated.ridge.map_or(open, |ridge| vec![ridge])
}

/// Distances of patches that are tried on frames whose shorter side has this many pixels; none of small
/// frames.
pub(super) fn steps(shorter: usize) -> impl Iterator<Item = usize> {
    let steps = PATCHES_ACROSS.iter().map(move |across| shorter.div_ceil(*across));
    steps.filter(|&step| step >= SMALLEST_EDGE)
}

/// Edge and spacing of all patches to be tried on frames whose shorter side has this many pixels.
fn sizes(stated: &ModesSettings, shorter: usize) -> Vec<(usize, usize)> {
    if let Some(patch) = stated.patch {
        return vec![(patch, stated.spacing.unwrap_or(patch.div_ceil(2)))];
    }
    let edges = |step: usize| HALF_EDGES.map(|halves| (halves * step / 2, step));
    let local = steps(shorter).flat_map(edges);
    let local = local.map(|(patch, step)| (patch, stated.spacing.unwrap_or(step)));
    std::iter::once((0, 0)).chain(local).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(rows: usize, columns: usize) -> WindowShape {
        WindowShape { window: 2, rows, columns }
    }

    /// Catches a fit of small frames that wastes time on patches, and one of large frames that leaves them
    /// out.
    #[test]
    fn large_frames_are_cut_and_what_is_stated_stands() {
        let open = ModesSettings::default();
        let small = layouts(&open, frames(20, 40), 40_000, false).unwrap();
        assert_eq!(small.len(), 1);
        assert_eq!(small[0].modes, [1, 2, 3, 4, 6, 8, 12, 16]);
        assert_eq!(layouts(&open, frames(20, 40), 40_000, true).unwrap()[0].modes, [4, 8, 16]);
        let large = layouts(&open, frames(80, 80), 30_000, true).unwrap();
        assert!(large[0].pruned && large[1..].iter().all(|layout| !layout.pruned));
        assert!(large.len() > 6 && large[1..].iter().all(|layout| layout.patches.count() >= 4));
        assert!(large.iter().all(|layout| layout.patches.rows >= 10));
        assert_eq!(layouts(&open, frames(80, 80), 5, false).unwrap()[0].modes, [1]);
        assert!(layouts(&open, frames(80, 80), 150, true).unwrap().is_empty());
        let modes = ModesSettings { modes: Some(3), patch: Some(27), radius: Some(2), ..Default::default() };
        let stated = layouts(&modes, frames(80, 80), 5, true).unwrap();
        assert_eq!(stated.len(), 1);
        assert_eq!(
            (&stated[0].modes[..], &stated[0].radii[..], stated[0].patches.count()),
            (&[3][..], &[2][..], 25)
        );
        let modes = ModesSettings { patch: Some(4), ..modes };
        // Too many products to be summed; and more modes than a patch has pixels.
        assert!(layouts(&modes, frames(80, 80), 5, true).unwrap().is_empty());
        let modes = ModesSettings { modes: Some(17), ..modes };
        assert!(layouts(&modes, frames(80, 80), 5, true).is_err());
    }
}
