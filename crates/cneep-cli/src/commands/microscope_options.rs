//! Offers the microscope's settings as options of the command line, and as a table of a settings file.

use clap::Args;
use cneep::Result;
use cneep::microscope::{Camera, Microscope, NetworkLook, Rectangle, Stage, Standardisation};
use serde::{Deserialize, Serialize};

/// What the microscope shows, and the faults of its camera, in the order in which they act on the light.
///
/// Light is in units of full scale, which is the brightest point of one bead. Every fault is off unless asked for.
#[derive(Debug, Clone, PartialEq, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MicroscopeOptions {
    /// Shift of the picture per unit of displacement, in pixels; a bead's unit is its standard deviation. Small values
    /// are low spatial resolution
    #[arg(long, value_name = "PIXELS", default_value_t = Self::default().displacement_scale, help_heading = "Microscope")]
    pub(crate) displacement_scale: f64,
    /// Beads (or nodes of a network) that give no light, counted from 0: what a partial observation misses
    #[arg(long, value_name = "BEAD,..", value_delimiter = ',', help_heading = "Microscope")]
    pub(crate) hide_beads: Vec<usize>,
    /// Fraction of the frame interval during which the shutter is open, 0 (an instant) to 1: motion blurs. Needs 2 or
    /// more time steps in it
    #[arg(long, value_name = "FRACTION", default_value_t = Self::default().exposure, help_heading = "Microscope")]
    pub(crate) exposure: f64,
    /// Read squares of N x N pixels out as one, whose light is their mean; must divide the frame
    #[arg(long, value_name = "N", default_value_t = Self::default().binning, help_heading = "Microscope")]
    pub(crate) binning: usize,
    /// Light added to every pixel, as a fraction of full scale
    #[arg(long, value_name = "FRACTION", default_value_t = Self::default().background, help_heading = "Microscope")]
    pub(crate) background: f64,
    /// Photons that a pixel at full scale counts: shot noise, whose variance is the mean count [default: no shot noise]
    #[arg(long, value_name = "PHOTONS", help_heading = "Microscope")]
    pub(crate) photons: Option<f64>,
    /// Standard deviation of the Gaussian noise of read-out, as a fraction of full scale, such as 0.02 or 0.1; counts
    /// are cut off at 0, so give a background to see both halves of the noise in the dark
    #[arg(long, value_name = "FRACTION", default_value_t = Self::default().read_noise, help_heading = "Microscope")]
    pub(crate) read_noise: f64,
    /// Where pixels saturate, as a fraction of full scale
    #[arg(long, value_name = "FRACTION", default_value_t = Self::default().saturation, help_heading = "Microscope")]
    pub(crate) saturation: f64,
    /// Bits per pixel, 1 to 16; counts are rounded down
    #[arg(long, value_name = "BITS", default_value_t = Self::default().bit_depth, help_heading = "Microscope")]
    pub(crate) bit_depth: u32,
    /// Blank this rectangle to 0, in binned pixels counted from 0; may be repeated
    #[arg(long, value_name = "ROW,COLUMN,ROWS,COLUMNS", value_parser = Rectangle::parse, help_heading = "Microscope")]
    pub(crate) mask: Vec<Rectangle>,
    /// Keep only this rectangle, in binned pixels counted from 0 [default: the whole frame]
    #[arg(long, value_name = "ROW,COLUMN,ROWS,COLUMNS", value_parser = Rectangle::parse, help_heading = "Microscope")]
    pub(crate) crop: Option<Rectangle>,
    /// Seed of the camera's noise, which is independent of the motion's even if they are equal [default: that of the motion]
    #[arg(long, value_name = "SEED", help_heading = "Microscope")]
    pub(crate) microscope_seed: Option<u64>,
}

impl Default for MicroscopeOptions {
    /// The library's own defaults: the published camera, without any fault.
    fn default() -> Self {
        let (camera, stage) = (Camera::default(), Stage::default());
        Self {
            displacement_scale: stage.displacement_scale,
            hide_beads: stage.hidden_beads,
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
        }
    }
}

impl MicroscopeOptions {
    /// The camera, its noise seeded by `seed` unless it was given a seed of its own.
    pub(crate) fn camera(&self, seed: u64) -> Camera {
        Camera {
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
    pub(crate) fn microscope(&self, standardisation: Standardisation, seed: u64) -> Microscope {
        let stage = Stage {
            displacement_scale: self.displacement_scale,
            hidden_beads: self.hide_beads.clone(),
            ..Stage::default()
        };
        Microscope { stage, standardisation, camera: self.camera(seed), ..Microscope::default() }
    }

    /// How a network of filaments looks.
    pub(crate) fn network_look(&self) -> NetworkLook {
        NetworkLook {
            displacement_scale: self.displacement_scale,
            hidden_cross_links: self.hide_beads.clone(),
            ..NetworkLook::default()
        }
    }

    /// How many time steps of every frame a simulation must keep for the exposure.
    pub(crate) fn kept_steps(&self, steps_per_frame: usize) -> Result<usize> {
        self.camera(0).exposed_steps(steps_per_frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    /// Film
    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        microscope: MicroscopeOptions,
    }

    fn parse(text: &str) -> MicroscopeOptions {
        Program::try_parse_from(std::iter::once("program").chain(text.split_whitespace())).unwrap().microscope
    }

    /// Catches a default that differs between library, command line and settings file.
    #[test]
    fn nothing_asked_for_is_the_published_camera() {
        let options = parse("");
        assert_eq!(options, MicroscopeOptions::default());
        assert_eq!(options, serde_json::from_str("{}").unwrap());
        assert_eq!(options.microscope(Standardisation::default(), 0), Microscope::default());
        assert_eq!(options.network_look(), NetworkLook::default());
        assert_eq!(options.kept_steps(7).unwrap(), 1);
    }

    /// Catches a description of the options that takes the place of the verb's own.
    #[test]
    fn the_verb_keeps_its_description() {
        let help = Program::command().render_long_help().to_string();
        assert!(help.starts_with("Film\n\nUsage"), "{help}");
    }

    /// Catches an option that is lost on its way, or another name for it in a settings file.
    #[test]
    fn every_option_reaches_the_camera_under_its_own_name() {
        let options = parse(
            "--displacement-scale 0.5 --hide-beads 0,2 --exposure 0.5 --binning 2 --background 0.1 --photons 100 \
             --read-noise 0.02 --saturation 0.9 --bit-depth 12 --mask 0,0,2,2 --mask 4,4,1,1 --crop 0,1,8,9 \
             --microscope-seed 7",
        );
        let file = r#"{"displacement_scale": 0.5, "hide_beads": [0, 2], "exposure": 0.5, "binning": 2,
            "background": 0.1, "photons": 100, "read_noise": 0.02, "saturation": 0.9, "bit_depth": 12,
            "mask": [{"row": 0, "column": 0, "rows": 2, "columns": 2}, {"row": 4, "column": 4, "rows": 1, "columns": 1}],
            "crop": {"row": 0, "column": 1, "rows": 8, "columns": 9}, "microscope_seed": 7}"#;
        assert_eq!(options, serde_json::from_str(file).unwrap());
        let square = |row, rows| Rectangle { row, column: row, rows, columns: rows };
        let camera = Camera {
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
        assert_eq!(options.camera(3), camera);
        assert_eq!(parse("--exposure 0.5").camera(3).seed, 3);
        let stage = options.microscope(Standardisation::default(), 3).stage;
        assert_eq!((stage.displacement_scale, stage.hidden_beads), (0.5, vec![0, 2]));
        assert_eq!(options.kept_steps(10).unwrap(), 5);
        assert!(Program::try_parse_from(["program", "--crop", "1,2,3"]).is_err());
        assert!(serde_json::from_str::<MicroscopeOptions>(r#"{"exposures": 1}"#).is_err());
    }
}
