//! Counts the pixels of a movie at each level.

use crate::depth::Depth;

/// Fraction of pixels at the ceiling that no longer passes for the peaks of the picture.
pub(super) const MOST_SATURATED: f64 = 1e-3;
/// The same at a level at which no camera ends.
const MOST_PEAKS: f64 = 0.01;
/// Variance of what rounding may leave of a movie, in squares of the step between levels, and in squares of
/// the range of real intensities.
const ROUNDING: f64 = 0.35;
const FINEST: f64 = 2.5e-7;

/// Range of the pixels, and how many lie at its top.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    pub(super) minimum: f32,
    pub(super) maximum: f32,
    pub(super) at_maximum: u64,
    pub(super) ceiling: Option<f32>,
    histogram: Vec<u64>,
}

impl Levels {
    /// Those of no pixels of this depth.
    pub(super) fn new(depth: Depth) -> Self {
        let ceiling = depth.maximum();
        Self {
            minimum: f32::INFINITY,
            maximum: f32::NEG_INFINITY,
            at_maximum: 0,
            ceiling,
            histogram: vec![0; ceiling.map_or(0, |ceiling| ceiling as usize + 1)],
        }
    }

    /// Adds the pixels of a frame, whose lowest and highest are known.
    pub(super) fn add(&mut self, pixels: &[f32], minimum: f32, maximum: f32) {
        let at_maximum = if maximum < self.maximum {
            0
        } else {
            pixels.iter().map(|pixel| u64::from(*pixel == maximum)).sum()
        };
        self.widen(minimum, maximum, at_maximum);
        if self.histogram.is_empty() {
            return;
        }
        for pixel in pixels {
            if let Some(count) = self.histogram.get_mut(usize::from(*pixel as u16)) {
                *count += 1;
            }
        }
    }

    /// Adds what `other` has seen.
    pub(super) fn merge(&mut self, other: &Self) {
        self.widen(other.minimum, other.maximum, other.at_maximum);
        self.histogram.iter_mut().zip(&other.histogram).for_each(|(count, more)| *count += more);
    }

    fn widen(&mut self, minimum: f32, maximum: f32, at_maximum: u64) {
        self.minimum = self.minimum.min(minimum);
        if maximum > self.maximum {
            (self.maximum, self.at_maximum) = (maximum, 0);
        }
        if maximum == self.maximum {
            self.at_maximum += at_maximum;
        }
    }

    /// The largest number of which all levels are multiples, as 16 where a 12-bit camera writes the upper end
    /// of 16 bits; 1 for real intensities.
    fn step(&self) -> usize {
        let divide = |mut a: usize, mut b: usize| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        let taken = self.histogram.iter().enumerate().filter(|(_, count)| **count > 0);
        taken.map(|(level, _)| level).fold(0, divide).max(1)
    }

    /// Variance of the noise that rounding may have made.
    pub(super) fn rounding_variance(&self) -> f64 {
        let step = if self.histogram.is_empty() { 0.0 } else { self.step() as f64 };
        let range = f64::from(self.maximum - self.minimum);
        (ROUNDING * step * step).max(FINEST * range * range)
    }

    /// Fraction of `total` pixels at the depth's maximum; or at the observed one, where they pile up three
    /// times higher than one level below (a 12-bit camera in 16 bits; at a level of no camera only if they
    /// are over 1 %, as peaks of equal height pile up too), or are over 1 % of all real intensities.
    pub(super) fn saturated(&self, total: f64) -> f64 {
        let fraction = self.at_maximum as f64 / total;
        let step = self.step();
        let below = (self.maximum as usize).checked_sub(step).and_then(|level| self.histogram.get(level));
        let piled_up = match below {
            _ if self.minimum == self.maximum => false,
            Some(&below) => {
                let full = (self.maximum as usize / step + 1).is_power_of_two();
                let most = if full { MOST_SATURATED } else { MOST_PEAKS };
                fraction > most && self.at_maximum > 3 * below && self.maximum >= 15.0
            }
            None => fraction > MOST_PEAKS,
        };
        if self.ceiling == Some(self.maximum) || piled_up { fraction } else { 0.0 }
    }
}
