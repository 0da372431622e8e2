//! Lays the colours of a signed map over a picture in grey.

use super::colour::{Rgb, mix};

/// Entropy produced: a little, and at full magnitude.
pub const PRODUCED: [Rgb; 2] = [[188, 99, 49], [255, 222, 140]];
/// Entropy consumed: a little, and at full magnitude.
pub const CONSUMED: [Rgb; 2] = [[47, 124, 166], [178, 236, 255]];
/// Cover of the picture at full magnitude.
pub const MOST_OPACITY: f64 = 0.95;
/// Cover grows with this power of the magnitude.
pub const OPACITY_POWER: f64 = 0.7;
/// Grey of the brightest pixels: below white, so that colours stand out on them.
pub const BRIGHTEST: u8 = 190;

/// A pixel under a value from -1 to 1: zero leaves it as it is, the ends nearly cover it.
pub fn laid_over(under: Rgb, value: f64) -> Rgb {
    let [dim, bright] = if value < 0.0 { CONSUMED } else { PRODUCED };
    let size = value.abs().min(1.0);
    mix(under, mix(dim, bright, size), MOST_OPACITY * size.powf(OPACITY_POWER))
}

/// A share of white, from 0 to 1, as it is shown under a map.
pub(super) fn dimmed(share: f64) -> Rgb {
    [(share.clamp(0.0, 1.0) * f64::from(BRIGHTEST)).round() as u8; 3]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches arms that swap their meaning, and a scale with its colour away from zero.
    #[test]
    fn zero_leaves_the_picture_as_it_is_and_the_arms_differ() {
        for grey in [[0; 3], [120; 3], [190; 3]] {
            assert_eq!(laid_over(grey, 0.0), grey);
        }
        let (warm, cold) = (laid_over([0; 3], 1.0), laid_over([0; 3], -7.0));
        assert_eq!((warm, cold), (mix([0; 3], PRODUCED[1], 0.95), mix([0; 3], CONSUMED[1], 0.95)));
        assert!(warm[0] > warm[2] && cold[2] > cold[0]);
    }
}
