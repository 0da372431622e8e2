//! Turns light into counts, through the faults that a camera can have.

use super::binning::bin;
use super::noise::{self, Place};
use super::rectangle::Rectangle;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::{Array2, ArrayViewMut2, Zip};
use serde::{Deserialize, Serialize};

/// A camera. What it does to light happens in the order of its fields; light is in units of full scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Camera {
    /// How long the shutter is open, as a fraction of the frame interval, 0 (an instant) to 1: a picture is
    /// the mean of those at the time steps that end with its frame, so that motion blurs. Steps must be kept
    /// for it, see [`Self::exposed_steps`].
    pub exposure: f64,
    /// Edge, in pixels, of the squares read out as one pixel, whose light is their mean; 1 reads every pixel.
    /// Must divide rows and columns.
    pub binning: usize,
    /// Brightest point of one bead, as a fraction of full scale: less leaves room for overlaps, background
    /// and noise.
    pub brightness: f64,
    /// Light added to every pixel, as a fraction of full scale.
    pub background: f64,
    /// Photons that a pixel at full scale counts, for shot noise: Poisson, of variance equal to the mean.
    /// None: no shot noise.
    pub photons: Option<f64>,
    /// Standard deviation of the Gaussian noise of read-out, as a fraction of full scale. Counts below 0 are
    /// cut off at 0, so that dark pixels show half of it, unless a background lifts them.
    pub read_noise: f64,
    /// Where pixels saturate, as a fraction of full scale, above 0 and at most 1.
    pub saturation: f64,
    /// Bits per pixel, 1 to 16; counts are rounded down. Movies of up to 8 bits are stored in bytes.
    pub bit_depth: u32,
    /// Seed of all noise, which is independent of the motion even for equal seeds. Movies of one set have a
    /// stream each; sets filmed apart need seeds of their own.
    pub seed: u64,
    /// Rectangles blanked to 0 counts, in binned pixels of the whole frame.
    pub masks: Vec<Rectangle>,
    /// The only rectangle that is kept, in binned pixels of the whole frame. None: all of it.
    pub crop: Option<Rectangle>,
}

impl Default for Camera {
    /// The published one: 8 bits, saturated at full scale, seed 0, and nothing else: no exposure time,
    /// binning, background, noise, mask or crop.
    fn default() -> Self {
        Self {
            exposure: 0.0,
            binning: 1,
            brightness: 1.0,
            background: 0.0,
            photons: None,
            read_noise: 0.0,
            saturation: 1.0,
            bit_depth: 8,
            seed: 0,
            masks: Vec::new(),
            crop: None,
        }
    }
}

/// A pixel that holds counts.
pub(crate) trait Count: Copy + Default + Send + Sync {
    /// A count rounded towards zero, and kept to its range.
    fn of(level: f64) -> Self;
}

// A cast from floating point rounds towards zero and saturates.
impl Count for u8 {
    fn of(level: f64) -> Self {
        level as Self
    }
}

impl Count for u16 {
    fn of(level: f64) -> Self {
        level as Self
    }
}

impl Camera {
    /// The largest count that its depth holds.
    pub fn full_scale(&self) -> u16 {
        ((1_u32 << self.bit_depth.min(16)) - 1) as u16
    }

    /// Count for an amount of `light` on its way out: cut off where pixels saturate, rounded down.
    pub fn count(&self, light: f64) -> u16 {
        self.quantise(light)
    }

    fn quantise<T: Count>(&self, light: f64) -> T {
        T::of(f64::from(self.full_scale()) * light.min(self.saturation))
    }

    /// How many time steps before each frame its exposure takes in, the frame's own included: what
    /// [`Simulation::kept_steps`](crate::langevin::Simulation::kept_steps) must be at least.
    ///
    /// # Errors
    /// [`Error::Setting`] for an exposure outside 0 to 1, or so short that it takes in a single step and
    /// blurs nothing.
    pub fn exposed_steps(&self, steps_per_frame: usize) -> Result<usize> {
        let exposure = self.exposure;
        let wrong = |expected: String, remedy: &str| {
            Err(Error::Setting(Fault::new("exposure", expected, exposure.to_string(), remedy)))
        };
        if !(0.0..=1.0).contains(&exposure) {
            return wrong("a fraction of the frame interval, 0 to 1".into(), "Take 0 for sharp pictures.");
        }
        let steps = (exposure * steps_per_frame as f64).round() as usize;
        if exposure > 0.0 && steps < 2 {
            let expected =
                format!("0, or a fraction that takes in 2 or more of the {steps_per_frame} steps per frame");
            return wrong(expected, "Simulate more, shorter steps per frame, or expose for longer.");
        }
        Ok(steps.max(1))
    }

    /// (rows, columns) read out of a frame of `rows` x `columns`, before the crop.
    ///
    /// # Errors
    /// [`Error::Setting`] for any setting outside its range, or that does not fit this frame.
    pub(crate) fn readout(&self, (rows, columns): (usize, usize)) -> Result<(usize, usize)> {
        self.check()?;
        let edge = self.binning;
        if edge == 0 || rows % edge != 0 || columns % edge != 0 {
            let expected = format!("an edge that divides the {rows} x {columns} pixels of the frame");
            return wrong("binning", expected, edge.to_string(), "Take 1 to read every pixel.");
        }
        let readout = (rows / edge, columns / edge);
        self.masks.iter().try_for_each(|mask| mask.check("mask", readout))?;
        self.crop.map_or(Ok(()), |crop| crop.check("crop", readout))?;
        Ok(readout)
    }

    fn check(&self) -> Result<()> {
        self.exposed_steps(usize::MAX)?;
        if !(1..=16).contains(&self.bit_depth) {
            return wrong("bit_depth", "1 to 16 bits", self.bit_depth.to_string(), "Take 8, 12 or 16.");
        }
        if !(self.brightness > 0.0 && self.brightness <= 1.0) {
            let expected = "a fraction of full scale, above 0 and at most 1";
            let remedy = "Take 1 for beads of full scale.";
            return wrong("brightness", expected, self.brightness.to_string(), remedy);
        }
        for (subject, value) in [("background", self.background), ("read_noise", self.read_noise)] {
            if !(value.is_finite() && value >= 0.0) {
                let expected = "a fraction of full scale, not negative";
                return wrong(subject, expected, value.to_string(), "Take 0.02 for 2 %, 0 for none.");
            }
        }
        if !(self.saturation > 0.0 && self.saturation <= 1.0) {
            let expected = "a fraction of full scale, above 0 and at most 1";
            return wrong("saturation", expected, self.saturation.to_string(), "Take 1 for a good camera.");
        }
        match self.photons.filter(|photons| !(1e-6..=1e12).contains(photons)) {
            None => Ok(()),
            Some(photons) => {
                let remedy = "Give the photons that a pixel at full scale counts, say 1000; \
                              leave it out for no shot noise.";
                wrong("photons", "a number from 1e-6 to 1e12", photons.to_string(), remedy)
            }
        }
    }

    /// The rectangle that is kept of a frame of (rows, columns) after binning.
    pub(crate) fn window(&self, readout: (usize, usize)) -> Rectangle {
        self.crop.unwrap_or_else(|| Rectangle::whole(readout))
    }

    /// What the pixels get of `light`, `binned` being room for it if pixels are binned.
    pub(crate) fn gather<'a>(
        &self,
        light: &'a mut Array2<f64>,
        binned: &'a mut Array2<f64>,
    ) -> &'a mut Array2<f64> {
        let light = if self.binning > 1 {
            bin(light, self.binning, binned);
            binned
        } else {
            light
        };
        // Nothing is done where nothing is asked for: the published pictures come out to the last bit.
        if self.brightness < 1.0 {
            *light *= self.brightness;
        }
        if self.background > 0.0 {
            *light += self.background;
        }
        light
    }

    /// Counts the `light` that the pixels got, which is left with its noise.
    pub(crate) fn count_light<T: Count>(
        &self,
        light: &mut ArrayViewMut2<f64>,
        place: Place,
        mut counts: ArrayViewMut2<T>,
    ) {
        if let Some(photons) = self.photons {
            noise::count_photons(light, photons, self.seed, place);
        }
        if self.read_noise > 0.0 {
            noise::add_read_noise(light, self.read_noise, self.seed, place);
        }
        for mask in &self.masks {
            mask.of_mut(light.view_mut()).fill(0.0);
        }
        Zip::from(&mut counts)
            .and(self.window(light.dim()).of(light.view()))
            .for_each(|count, light| *count = self.quantise(*light));
    }
}

fn wrong<T>(
    subject: &str,
    expected: impl Into<String>,
    found: impl Into<String>,
    remedy: impl Into<String>,
) -> Result<T> {
    Err(Error::Setting(Fault::new(subject, expected, found, remedy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rounding to the nearest count, and counts beyond the depth or below 0.
    #[test]
    fn counts_are_rounded_down_and_saturate() {
        let counts = |bit_depth, saturation| {
            let camera = Camera { saturation, bit_depth, ..Camera::default() };
            [-0.5, 0.0, 0.5, 0.999, 1.0, 3.0].map(|light| camera.count(light))
        };
        assert_eq!(counts(8, 1.0), [0, 0, 127, 254, 255, 255]);
        assert_eq!(counts(12, 1.0), [0, 0, 2047, 4090, 4095, 4095]);
        assert_eq!(counts(16, 1.0), [0, 0, 32_767, 65_469, 65_535, 65_535]);
        assert_eq!(counts(8, 0.6), [0, 0, 127, 153, 153, 153]);
    }

    /// Catches a fraction of a frame taken for a number of steps, or one that rounds to a sharp picture
    /// unsaid.
    #[test]
    fn an_exposure_takes_in_its_fraction_of_the_steps() {
        let steps = |exposure, per_frame| Camera { exposure, ..Camera::default() }.exposed_steps(per_frame);
        assert_eq!(steps(0.0, 1).unwrap(), 1);
        assert_eq!(steps(0.0, 10).unwrap(), 1);
        assert_eq!(steps(0.3, 10).unwrap(), 3);
        assert_eq!(steps(0.7, 10).unwrap(), 7);
        assert_eq!(steps(1.0, 10).unwrap(), 10);
        for (exposure, per_frame) in [(1.0, 1), (0.1, 10), (-0.1, 10), (1.1, 10), (f64::NAN, 10)] {
            let refusal = steps(exposure, per_frame).unwrap_err().to_string();
            assert!(refusal.starts_with("exposure: expected"), "{refusal}");
        }
    }

    #[test]
    fn a_camera_that_cannot_be_is_refused() {
        let refused = |text: &str| {
            let camera: Camera = toml::from_str(text).unwrap();
            camera.readout((20, 40)).unwrap_err().to_string()
        };
        for (text, subject) in [
            ("exposure = 2.0", "exposure"),
            ("binning = 0", "binning"),
            ("binning = 3", "binning"),
            ("brightness = 0.0", "brightness"),
            ("brightness = 1.5", "brightness"),
            ("background = -0.1", "background"),
            ("photons = 0.0", "photons"),
            ("photons = inf", "photons"),
            ("read_noise = nan", "read_noise"),
            ("saturation = 0.0", "saturation"),
            ("saturation = 1.5", "saturation"),
            ("bit_depth = 17", "bit_depth"),
            ("masks = [{ row = 20, column = 0, rows = 1, columns = 1 }]", "mask"),
            ("binning = 2\ncrop = { row = 0, column = 0, rows = 11, columns = 5 }", "crop"),
        ] {
            assert!(refused(text).starts_with(&format!("{subject}: ")), "{text}");
        }
        assert!(toml::from_str::<Camera>("bits = 8").is_err());
        let all = Camera {
            photons: Some(10.0),
            masks: vec![Rectangle::whole((2, 2))],
            crop: Some(Rectangle::whole((3, 3))),
            ..Camera::default()
        };
        assert_eq!(toml::from_str::<Camera>(&toml::to_string(&all).unwrap()).unwrap(), all);
    }
}
