//! Turns light into counts.

use crate::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// A camera. Its full scale, where it saturates, is the brightest point of one blob.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Camera {
    /// Bits per pixel, 1 to 16: movies of up to 8 bits are stored in bytes.
    pub bit_depth: u32,
}

impl Default for Camera {
    /// 8 bits.
    fn default() -> Self {
        Self { bit_depth: 8 }
    }
}

impl Camera {
    /// Count of a saturated pixel.
    pub fn full_scale(&self) -> u16 {
        ((1_u32 << self.bit_depth.min(16)) - 1) as u16
    }

    /// Count for an amount of `light`, 1 being the brightest point of one blob: rounded down, cut off at full scale.
    pub fn count(&self, light: f64) -> u16 {
        let full_scale = self.full_scale();
        // A cast from floating point rounds towards zero and saturates.
        ((f64::from(full_scale) * light) as u16).min(full_scale)
    }

    pub(super) fn check(&self) -> Result<()> {
        if (1..=16).contains(&self.bit_depth) {
            return Ok(());
        }
        Err(Error::Setting(Fault::new(
            "bit_depth",
            "1 to 16 bits",
            self.bit_depth.to_string(),
            "Take 8, 12 or 16.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rounding to the nearest count, and counts beyond the depth.
    #[test]
    fn counts_are_rounded_down_and_saturate() {
        let counts = |bit_depth| [0.0, 0.5, 0.999, 1.0, 3.0].map(|light| Camera { bit_depth }.count(light));
        assert_eq!(counts(8), [0, 127, 254, 255, 255]);
        assert_eq!(counts(12), [0, 2047, 4090, 4095, 4095]);
        assert_eq!(counts(16), [0, 32_767, 65_469, 65_535, 65_535]);
    }
}
