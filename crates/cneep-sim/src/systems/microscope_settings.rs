//! Gathers what can be set of the microscope, in the words of experiment files, and hands it to camera and
//! drawing.

use crate::artefact::{Artefact, kept_steps};
use crate::microscope::{
    Camera, Drawing, Microscope, NetworkLook, PointSpread, Rectangle, Stage, Standardisation,
};
use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// Pixels by which one standard deviation moves a bead in the plane, on a square frame of this edge: three of
/// them leave the blob, 3 pixels wide, whole.
const PLANAR_SCALE: f64 = 3.0;
pub(super) const PLANAR_EDGE: usize = 40;
/// Rows and columns of the largest frame that can be chosen.
const LARGEST_SIZE: usize = 4096;

/// What the microscope shows, and the faults of its camera, in the order in which they act on the light,
/// which is in units of full scale
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args), command(next_help_heading = "Microscope"))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MicroscopeSettings {
    /// How far a displacement moves the picture, in pixels: small values are low spatial resolution. Per
    /// standard deviation of a bead, per unit of length of a network of 6 x 6 nodes (less where nodes lie
    /// closer on the picture) [default: 1 for rows and networks, 3 for a bead in the plane]
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub displacement_scale: Option<f64>,
    /// Beads of a row (or nodes of a network) that give no light, counted from 0: what a partial observation
    /// misses
    #[cfg_attr(feature = "clap", arg(long, value_name = "BEAD,..", value_delimiter = ','))]
    pub hide_beads: Vec<usize>,
    /// Fraction of the frame interval during which the shutter is open, 0 (an instant) to 1: motion blurs.
    /// Needs 2 or more time steps in it
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "FRACTION", default_value_t = Self::default().exposure)
    )]
    pub exposure: f64,
    /// Read squares of N x N pixels out as one, whose light is their mean; must divide the frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().binning))]
    pub binning: usize,
    /// Brightest point of one bead, as a fraction of full scale: less leaves room for overlaps, background
    /// and noise
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "FRACTION", default_value_t = Self::default().brightness)
    )]
    #[serde(skip_serializing_if = "is_full_scale")]
    pub brightness: f64,
    /// Light added to every pixel, as a fraction of full scale
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "FRACTION", default_value_t = Self::default().background)
    )]
    pub background: f64,
    /// Photons that a pixel at full scale counts: shot noise, whose variance is the mean count [default: no
    /// shot noise]
    #[cfg_attr(feature = "clap", arg(long, value_name = "PHOTONS"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photons: Option<f64>,
    /// Standard deviation of the Gaussian noise of read-out, as a fraction of full scale, such as 0.02 or
    /// 0.1; counts are cut off at 0, so give a background to see both halves of the noise in the dark
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "FRACTION", default_value_t = Self::default().read_noise)
    )]
    pub read_noise: f64,
    /// Where pixels saturate, as a fraction of full scale
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "FRACTION", default_value_t = Self::default().saturation)
    )]
    pub saturation: f64,
    /// Bits per pixel, 1 to 16; counts are rounded down
    #[cfg_attr(feature = "clap", arg(long, value_name = "BITS", default_value_t = Self::default().bit_depth))]
    pub bit_depth: u32,
    /// Blank this rectangle to 0, in binned pixels counted from 0; may be repeated
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "ROW,COLUMN,ROWS,COLUMNS", value_parser = Rectangle::parse)
    )]
    pub mask: Vec<Rectangle>,
    /// Keep only this rectangle, in binned pixels counted from 0 [default: the whole frame]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "ROW,COLUMN,ROWS,COLUMNS", value_parser = Rectangle::parse)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Rectangle>,
    /// Seed of the camera's noise, which is independent of the motion's even if they are equal [default: that
    /// of the motion]
    #[cfg_attr(feature = "clap", arg(long, value_name = "SEED"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microscope_seed: Option<u64>,
    /// What instrument and software do to the movies, such as rolling-shutter:share=0.9; may be repeated.
    /// Exact answers stay those of the motion
    #[cfg_attr(
        feature = "clap",
        arg(long = "artefact", value_name = "KIND:NAME=VALUE,..", value_parser = Artefact::parse)
    )]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artefacts: Vec<Artefact>,
}

impl Default for MicroscopeSettings {
    /// The published camera without any fault, everything shown, displacements by the defaults of each
    /// drawing.
    fn default() -> Self {
        let camera = Camera::default();
        Self {
            displacement_scale: None,
            hide_beads: Vec::new(),
            brightness: camera.brightness,
            exposure: camera.exposure,
            binning: camera.binning,
            background: camera.background,
            photons: camera.photons,
            read_noise: camera.read_noise,
            saturation: camera.saturation,
            bit_depth: camera.bit_depth,
            mask: camera.masks,
            crop: camera.crop,
            microscope_seed: None,
            artefacts: Vec::new(),
        }
    }
}

impl MicroscopeSettings {
    /// The camera, its noise seeded by `seed` unless it was given a seed of its own.
    pub fn camera(&self, seed: u64) -> Camera {
        Camera {
            brightness: self.brightness,
            exposure: self.exposure,
            binning: self.binning,
            background: self.background,
            photons: self.photons,
            read_noise: self.read_noise,
            saturation: self.saturation,
            bit_depth: self.bit_depth,
            seed: self.microscope_seed.unwrap_or(seed),
            masks: self.mask.clone(),
            crop: self.crop,
        }
    }

    /// A microscope over a row of beads; `seed` as for [`Self::camera`].
    pub fn microscope(&self, standardisation: Standardisation, seed: u64) -> Microscope {
        let stage = Stage::default();
        let stage = Stage {
            displacement_scale: self.displacement_scale.unwrap_or(stage.displacement_scale),
            hidden_beads: self.hide_beads.clone(),
            ..stage
        };
        Microscope { stage, standardisation, camera: self.camera(seed), ..Microscope::default() }
    }

    /// How a network of filaments looks.
    pub fn network_look(&self) -> NetworkLook {
        let look = NetworkLook::default();
        NetworkLook {
            displacement_scale: self.displacement_scale.unwrap_or(look.displacement_scale),
            hidden_cross_links: self.hide_beads.clone(),
            ..look
        }
    }

    /// Pixels by which one standard deviation moves a bead in the plane.
    ///
    /// # Errors
    /// [`Error::Setting`] for a scale that is negative or no number.
    pub(super) fn planar_scale(&self) -> Result<f64> {
        let scale = self.displacement_scale.unwrap_or(PLANAR_SCALE);
        if !(scale.is_finite() && scale >= 0.0) {
            let remedy = "Give the pixels per standard deviation, 3 unless you need others.";
            let expected = "a finite number of pixels, not negative";
            return Err(Error::Setting(Fault::new(
                "displacement_scale",
                expected,
                scale.to_string(),
                remedy,
            )));
        }
        Ok(scale)
    }

    /// The drawing of one bead whose coordinates x and y have these stationary deviations, on a frame of this
    /// `edge`. The larger of them moves the picture by the displacement scale, and both directions have the
    /// same scale.
    ///
    /// # Errors
    /// Those of [`Self::planar_scale`].
    pub(super) fn planar_bead(
        &self,
        stationary_deviation: &[f64],
        edge: usize,
        point_spread: &PointSpread,
    ) -> Result<Drawing> {
        let deviation = stationary_deviation.iter().copied().fold(0.0, f64::max);
        Ok(Drawing::planar_bead(edge, self.planar_scale()? / deviation, point_spread))
    }

    /// Refuses to hide beads of a `system` that has only one to show.
    pub(super) fn refuse_hidden_beads(&self, system: &str) -> Result<()> {
        match self.hide_beads.first() {
            None => Ok(()),
            Some(bead) => no_effect("hide-beads", system, bead.to_string()),
        }
    }

    /// Refuses to scale the displacements of a `system` that has none.
    pub(super) fn refuse_displacement_scale(&self, system: &str) -> Result<()> {
        match self.displacement_scale {
            None => Ok(()),
            Some(scale) => no_effect("displacement-scale", system, scale.to_string()),
        }
    }

    /// How many time steps of every frame a simulation must keep for the exposure, and for rows that are
    /// exposed early.
    ///
    /// # Errors
    /// [`Error::Setting`] for an exposure that is no fraction, or longer than an instant of frames with a
    /// single step; those of [`kept_steps`].
    pub fn kept_steps(&self, steps_per_frame: usize) -> Result<usize> {
        kept_steps(&self.camera(0), &self.artefacts, steps_per_frame)
    }
}

/// Refuses a frame of too few or too many rows and columns, before a density is spread over it.
pub(super) fn check_size(size: usize) -> Result<()> {
    if (1..=LARGEST_SIZE).contains(&size) {
        return Ok(());
    }
    let expected = format!("a frame of 1 to {LARGEST_SIZE} rows and columns");
    Err(Error::Setting(Fault::new("size", expected, size.to_string(), "Choose another frame.")))
}

/// Whether it is as bright as ever before it could be set: results keep their hashes.
#[allow(clippy::float_cmp, clippy::trivially_copy_pass_by_ref, reason = "a default, as serde asks for it")]
fn is_full_scale(brightness: &f64) -> bool {
    *brightness == 1.0
}

fn no_effect(setting: &'static str, system: &str, found: String) -> Result<()> {
    let expected = format!("nothing, as it has no effect on a {system}");
    Err(Error::Setting(Fault::new(setting, expected, found, "Leave it out.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn settings(text: &str) -> MicroscopeSettings {
        toml::from_str(text).unwrap()
    }

    /// Catches a default that differs between the settings and what they are handed to.
    #[test]
    fn nothing_asked_for_is_the_published_camera() {
        let nothing = settings("");
        assert_eq!(nothing, MicroscopeSettings::default());
        assert_eq!(nothing.microscope(Standardisation::default(), 0), Microscope::default());
        assert_eq!(nothing.network_look(), NetworkLook::default());
        assert_eq!(nothing.kept_steps(7).unwrap(), 1);
    }

    /// Catches a planar bead that leaves the frame, or hardly moves on it.
    #[test]
    fn a_bead_in_the_plane_moves_by_pixels_per_standard_deviation() {
        let pixels = |drawing: &Drawing| {
            let light = |x: f64| drawing.light(&array![x, 0.0].view()).unwrap();
            let column = |x: f64| {
                light(x).indexed_iter().map(|((_, c), l)| c as f64 * l).sum::<f64>() / light(x).sum()
            };
            column(2.0) - column(0.0)
        };
        let bead = |text: &str, deviations: [f64; 2]| {
            settings(text).planar_bead(&deviations, PLANAR_EDGE, &PointSpread::default())
        };
        assert!((pixels(&bead("", [0.5, 2.0]).unwrap()) - 3.0).abs() < 1e-3);
        let drawing = bead("displacement-scale = 0.1", [2.0, 0.5]).unwrap();
        assert!((pixels(&drawing) - 0.1).abs() < 1e-3);
        assert!(bead("displacement-scale = -1", [1.0, 1.0]).is_err());
    }

    #[test]
    fn a_setting_without_effect_is_refused() {
        let told = |refusal: Result<()>| refusal.unwrap_err().to_string();
        assert!(settings("").refuse_hidden_beads("ratchet").is_ok());
        assert!(settings("").refuse_displacement_scale("ratchet").is_ok());
        let refusal = told(settings("hide-beads = [0]").refuse_hidden_beads("ratchet"));
        assert!(refusal.contains("no effect on a ratchet") && refusal.contains("hide-beads"), "{refusal}");
        assert!(!refusal.contains("--"), "the library knows no command line: {refusal}");
        let refusal = told(settings("displacement-scale = 1").refuse_displacement_scale("ratchet"));
        assert!(refusal.contains("found 1"), "{refusal}");
    }

    /// Catches a setting that is lost on its way to the camera, the stage or the simulation.
    #[test]
    fn every_setting_reaches_what_it_is_for() {
        let all = settings(
            "displacement-scale = 0.5\nhide-beads = [0, 2]\nexposure = 0.5\nbinning = 2\nbrightness = 0.7\n\
             background = 0.1\nphotons = 100\nread-noise = 0.02\nsaturation = 0.9\nbit-depth = 12\n\
             microscope-seed = 7\nmask = [{ row = 0, column = 0, rows = 2, columns = 2 }, \
             { row = 4, column = 4, rows = 1, columns = 1 }]\n\
             crop = { row = 0, column = 1, rows = 8, columns = 9 }",
        );
        let square = |row, rows| Rectangle { row, column: row, rows, columns: rows };
        let camera = Camera {
            brightness: 0.7,
            exposure: 0.5,
            binning: 2,
            background: 0.1,
            photons: Some(100.0),
            read_noise: 0.02,
            saturation: 0.9,
            bit_depth: 12,
            seed: 7,
            masks: vec![square(0, 2), square(4, 1)],
            crop: Some(Rectangle { row: 0, column: 1, rows: 8, columns: 9 }),
        };
        assert_eq!(all.camera(3), camera);
        assert_eq!(settings("exposure = 0.5").camera(3).seed, 3);
        let stage = all.microscope(Standardisation::default(), 3).stage;
        assert_eq!((stage.displacement_scale, stage.hidden_beads), (0.5, vec![0, 2]));
        assert_eq!(all.kept_steps(10).unwrap(), 5);
        assert!(toml::from_str::<MicroscopeSettings>("exposures = 1").is_err());
    }
}
