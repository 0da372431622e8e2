//! Turns numbers into colours: `vik` for signed quantities, `batlow` for totals.
//!
//! Anchors of Fabio Crameri's Scientific Colour Maps 8, DOI 10.5281/zenodo.1243862, copyright (c) 2023 Fabio
//! Crameri, MIT licence: every eighth colour, linear in between, within 2.1 of 255 of the published tables.

use super::colour::{Rgb, mix};

/// A perceptually uniform colour map, readable with any colour vision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourMap {
    /// Blue through white to red-brown: signed quantities, zero in the middle.
    Vik,
    /// Dark blue through green to pink: quantities that are never negative.
    Batlow,
}

/// Shown where there is no number.
const NOT_A_NUMBER: Rgb = [160, 160, 160];

impl ColourMap {
    /// Colour at `position` in 0..=1; beyond the ends the end colour, grey for NaN.
    pub fn colour(self, position: f64) -> Rgb {
        if position.is_nan() {
            return NOT_A_NUMBER;
        }
        let anchors = match self {
            Self::Vik => &VIK,
            Self::Batlow => &BATLOW,
        };
        let place = position.clamp(0.0, 1.0) * (anchors.len() - 1) as f64;
        let below = (place as usize).min(anchors.len() - 2);
        mix(anchors[below], anchors[below + 1], place - below as f64)
    }
}

/// Share of the magnitudes of a map that have colours of their own.
pub const ROBUST_QUANTILE: f64 = 0.995;

/// Colours of a signed quantity, symmetric about zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedScale {
    limit: f64,
}

impl SignedScale {
    /// From `-limit` to `limit`; a limit that is not positive and finite becomes 1, so that zero stays
    /// central.
    pub fn new(limit: f64) -> Self {
        Self { limit: if limit.is_finite() && limit > 0.0 { limit } else { 1.0 } }
    }

    /// Wide enough for every finite value.
    pub fn covering(values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(values.into_iter().filter(|v| v.is_finite()).fold(0.0, |limit, v| v.abs().max(limit)))
    }

    /// Wide enough for the share `quantile` of the finite values by magnitude; few extremes then saturate.
    pub fn robust(values: impl IntoIterator<Item = f64>, quantile: f64) -> Self {
        let mut magnitudes: Vec<f64> =
            values.into_iter().filter(|v| v.is_finite() && *v != 0.0).map(f64::abs).collect();
        if magnitudes.is_empty() {
            return Self::new(0.0);
        }
        let place = ((magnitudes.len() - 1) as f64 * quantile.clamp(0.0, 1.0)).round() as usize;
        Self::new(*magnitudes.select_nth_unstable_by(place, f64::total_cmp).1)
    }

    /// Largest magnitude with a colour of its own.
    pub fn limit(self) -> f64 {
        self.limit
    }

    /// Colour of `value`.
    pub fn colour(self, value: f64) -> Rgb {
        ColourMap::Vik.colour(0.5 + 0.5 * value / self.limit)
    }
}

#[rustfmt::skip]
const VIK: [Rgb; 33] = [
    [0, 18, 97], [2, 31, 105], [2, 43, 113], [2, 55, 121], [3, 68, 129], [4, 80, 137],
    [12, 94, 146], [27, 109, 155], [47, 124, 166], [71, 141, 177], [96, 157, 188], [121, 173, 199],
    [146, 189, 210], [172, 204, 220], [197, 219, 229], [220, 229, 233], [236, 229, 225], [238, 218, 207],
    [233, 203, 185], [226, 187, 164], [220, 171, 143], [213, 156, 123], [207, 142, 104], [201, 127, 85],
    [195, 114, 67], [188, 99, 49], [179, 83, 31], [165, 64, 14], [147, 46, 6], [131, 33, 6],
    [116, 21, 6], [102, 10, 7], [89, 0, 8],
];

#[rustfmt::skip]
const BATLOW: [Rgb; 33] = [
    [1, 25, 89], [8, 37, 91], [13, 49, 93], [15, 59, 95], [17, 67, 96], [19, 75, 97],
    [22, 82, 98], [27, 89, 98], [34, 96, 97], [42, 101, 94], [53, 106, 89], [64, 111, 84],
    [77, 115, 77], [89, 118, 70], [102, 122, 63], [115, 126, 56], [129, 130, 50], [144, 134, 45],
    [160, 138, 43], [176, 141, 46], [191, 144, 53], [206, 146, 63], [219, 149, 76], [232, 152, 91],
    [242, 157, 108], [248, 162, 126], [252, 168, 145], [253, 174, 163], [253, 180, 180], [253, 186, 197],
    [252, 192, 214], [251, 198, 232], [250, 204, 250],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches limits taken from the minimum and maximum, which would put zero off the neutral colour.
    #[test]
    fn zero_has_the_central_colour_whatever_the_values() {
        for values in [vec![0.0, 3.0], vec![-1.0, 9.0], vec![-5.0], vec![0.0], vec![], vec![f64::NAN, 2.0]] {
            let scale = SignedScale::covering(values.iter().copied());
            assert_eq!(scale.colour(0.0), ColourMap::Vik.colour(0.5), "{values:?}");
            assert_eq!(scale.colour(scale.limit()), VIK[32]);
            assert_eq!(scale.colour(-scale.limit()), VIK[0]);
        }
    }

    /// Catches swapped arms: red-brown must mean entropy produced.
    #[test]
    fn positive_is_warm_and_negative_is_cold() {
        let scale = SignedScale::new(2.0);
        let (warm, cold) = (scale.colour(1.0), scale.colour(-1.0));
        assert!(warm[0] > warm[2] && cold[2] > cold[0], "{warm:?} {cold:?}");
    }

    #[test]
    fn a_robust_limit_ignores_one_extreme_but_not_a_tenth_of_the_values() {
        let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        values.push(1e9);
        assert!((SignedScale::robust(values.iter().copied(), 0.99).limit() - 0.99).abs() < 0.01);
        assert_eq!(SignedScale::robust([0.0; 5], 0.99).limit(), 1.0);
    }
}
