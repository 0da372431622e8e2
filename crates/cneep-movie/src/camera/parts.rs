//! Follows common changes in parts of the frame that lie apart, to tell a stage from one object that moves.
//!
//! A stage moves the whole picture at once, and each part shows its share. What moves by itself is seen in
//! one place at a time: on average, products of the steps in parts that lie apart are zero.

use super::lanes::dot;
use super::median::median;
use super::windows::Windows;

/// Parts along each edge, at most, and the fewest pixels along one: an object is smaller than two.
const ALONG: usize = 4;
const FEWEST: usize = 8;
/// Energy of gradients, in medians, below which it may be noise.
const NOISE: f64 = 4.0;
/// Frames of which the series of each part are kept.
const KEPT: usize = 1 << 14;
/// Least share of a common change that a part must show, for its series to be looked at.
const LEAST_SHARE: f64 = 0.02;

/// Changes that are followed: shift along columns and rows, focus.
pub(super) const FOLLOWED: usize = 3;

/// What the parts of one movie show of common changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    stretches: Vec<Stretch>,
    pairs: Vec<[usize; 2]>,
    triples: Vec<[usize; 3]>,
    /// Share of each followed change that each part shows.
    shares: [Vec<f64>; FOLLOWED],
    last: Option<[Vec<f64>; FOLLOWED]>,
    /// Sums over frames of the products of steps in three parts that lie apart, all orders of them.
    cubes: [f64; FOLLOWED],
    /// Sums over frames of time (from the middle) times what the part shows.
    slopes: [Vec<f64>; FOLLOWED],
    middle: f64,
    /// Shift along columns and rows in the first frames, of one part after the other.
    series: [Vec<Vec<f32>>; 2],
    at: usize,
}

/// Neighbouring pixels of a row that belong to one part.
#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    part: usize,
    start: usize,
    length: usize,
}

impl Parts {
    /// Parts of frames of (frames, rows, columns), seen through `windows`; `energy` of the gradients of the
    /// mean picture says where there is something to see.
    pub(super) fn new(
        (frames, rows, columns): (usize, usize, usize),
        windows: &Windows,
        energy: &[f64],
    ) -> Self {
        let floor = NOISE * median(energy.to_vec());
        let mut along = [vec![0.0; rows], vec![0.0; columns]];
        for window in windows.iter() {
            for row in 0..window.rows {
                for column in 0..window.columns {
                    let structure = (energy[window.start + row * window.columns + column] - floor).max(0.0);
                    along[0][window.row + row] += structure;
                    along[1][window.column + column] += structure;
                }
            }
        }
        let [down, across] = along.map(|energy| bands(&energy));
        let count = down.len() * across.len();
        let band = |bands: &[usize], at: usize| bands.iter().filter(|end| **end <= at).count();
        let mut stretches = Vec::new();
        for window in windows.iter() {
            for row in 0..window.rows {
                let mut column = 0;
                while column < window.columns {
                    let place = band(&across, window.column + column);
                    let length = (across[place] - window.column - column).min(window.columns - column);
                    let part = band(&down, window.row + row) * across.len() + place;
                    let start = window.start + row * window.columns + column;
                    stretches.push(Stretch { part, start, length });
                    column += length;
                }
            }
        }
        let apart = |a: usize, b: usize| {
            let across = across.len();
            (a / across).abs_diff(b / across).max((a % across).abs_diff(b % across)) > 1
        };
        let pairs: Vec<[usize; 2]> = (0..count)
            .flat_map(|a| (a + 1..count).map(move |b| [a, b]))
            .filter(|[a, b]| apart(*a, *b))
            .collect();
        let third = |&[a, b]: &[usize; 2]| {
            (b + 1..count).filter(move |c| apart(a, *c) && apart(b, *c)).map(move |c| [a, b, c])
        };
        let triples = pairs.iter().flat_map(third).collect();
        let nothing = || vec![0.0; count];
        Self {
            stretches,
            pairs,
            triples,
            shares: std::array::from_fn(|_| nothing()),
            last: None,
            cubes: [0.0; FOLLOWED],
            slopes: std::array::from_fn(|_| nothing()),
            middle: 0.5 * (frames.max(1) - 1) as f64,
            series: std::array::from_fn(|_| vec![Vec::new(); count]),
            at: 0,
        }
    }

    /// Notes what share of the change `axis` each part shows: `change` is the change of the picture, and
    /// `weights` follow it.
    pub(super) fn share(&mut self, axis: usize, weights: &[f32], change: &[f32]) {
        self.shares[axis] = self.sums(weights, change);
    }

    /// The scalar product of `a` and `b` within each part.
    fn sums(&self, a: &[f32], b: &[f32]) -> Vec<f64> {
        let mut sums = vec![0.0; self.shares[0].len()];
        for &Stretch { part, start, length } in &self.stretches {
            sums[part] += dot(&a[start..][..length], &b[start..][..length]);
        }
        sums
    }

    /// Adds a frame's deviations from the mean picture, followed by `weights`; what the whole frame shows.
    pub(super) fn add(&mut self, pixels: &[f32], weights: &[Vec<f32>; FOLLOWED]) -> [f64; FOLLOWED] {
        let now: [Vec<f64>; FOLLOWED] = std::array::from_fn(|axis| self.sums(pixels, &weights[axis]));
        let time = self.at as f64 - self.middle;
        for (slopes, now) in self.slopes.iter_mut().zip(&now) {
            slopes.iter_mut().zip(now).for_each(|(slope, now)| *slope += time * now);
        }
        if let Some(last) = &self.last {
            for (axis, cube) in self.cubes.iter_mut().enumerate() {
                let steps: Vec<f64> = now[axis].iter().zip(&last[axis]).map(|(a, b)| a - b).collect();
                *cube += triple_products(&self.triples, &steps);
            }
        }
        if self.at < KEPT {
            for (series, now) in self.series.iter_mut().zip(&now) {
                series.iter_mut().zip(now).for_each(|(series, now)| series.push(*now as f32));
            }
        }
        self.at += 1;
        let whole = [0, 1, 2].map(|axis| now[axis].iter().sum());
        self.last = Some(now);
        whole
    }

    /// Sum over frames of the third power of the steps that parts apart have in common, with the third
    /// power's share that they show; the share is zero where there are no three parts apart.
    pub(super) fn cubes(&self, axis: usize) -> (f64, f64) {
        (self.cubes[axis], triple_products(&self.triples, &self.shares[axis]))
    }

    /// Sum of the squares of the trend, as parts apart have it in common, and as the whole frame has it; with
    /// the share of a square that parts apart show.
    pub(super) fn trend(&self, axis: usize) -> (f64, f64, f64) {
        let products = |of: &[f64]| self.pairs.iter().map(|&[a, b]| 2.0 * of[a] * of[b]).sum::<f64>();
        let whole: f64 = self.slopes[axis].iter().sum();
        (products(&self.slopes[axis]), whole * whole, products(&self.shares[axis]))
    }

    /// The shift along `axis` in each part that shows enough of it, with its share; none if no two of these
    /// parts lie apart.
    pub(super) fn shifts(&self, axis: usize) -> Vec<(&[f32], f64)> {
        let shares = &self.shares[axis];
        let apart = |&[a, b]: &[usize; 2]| shares[a].min(shares[b]) > LEAST_SHARE;
        if !self.pairs.iter().any(apart) {
            return Vec::new();
        }
        let parts = self.series[axis].iter().zip(shares).filter(|(_, share)| **share > LEAST_SHARE);
        parts.map(|(series, share)| (&series[..], *share)).collect()
    }
}

/// Six times the sum of the products of `values` over `triples`, as in the third power of their sum.
fn triple_products(triples: &[[usize; 3]], values: &[f64]) -> f64 {
    6.0 * triples.iter().map(|&[a, b, c]| values[a] * values[b] * values[c]).sum::<f64>()
}

/// Ends of bands along an edge that hold about the same `energy` each.
fn bands(energy: &[f64]) -> Vec<usize> {
    let length = energy.len();
    let count = (length / FEWEST).clamp(1, ALONG);
    let total: f64 = energy.iter().sum();
    let mut ends = Vec::with_capacity(count);
    let (mut reached, mut at, mut start) = (0.0, 0, 0);
    for band in 1..count {
        let share = band as f64 / count as f64;
        while at < length && reached + energy[at] <= share * total {
            reached += energy[at];
            at += 1;
        }
        let even = band * length / count;
        let wanted = if total > 0.0 { at } else { even };
        start = wanted.clamp(start + FEWEST, length - (count - band) * FEWEST);
        ends.push(start);
    }
    ends.push(length);
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches bands narrower than an object, and ends beyond the edge.
    #[test]
    fn bands_hold_even_energy_where_they_are_wide_enough() {
        assert_eq!(bands(&[1.0; 64]), [16, 32, 48, 64]);
        assert_eq!(bands(&[0.0; 40]), [10, 20, 30, 40]);
        let mut spot = [0.0; 64];
        spot[60] = 1.0;
        assert_eq!(bands(&spot), [40, 48, 56, 64]);
        assert_eq!(bands(&[1.0; 7]), [7]);
    }

    /// Catches pixels that belong to no part or to two, in windows of a large frame too.
    #[test]
    fn every_pixel_lies_in_one_part() {
        for (rows, columns) in [(64, 64), (24, 70), (1000, 700), (9, 5)] {
            let windows = Windows::new(rows, columns);
            let parts = Parts::new((10, rows, columns), &windows, &vec![1.0; windows.pixels()]);
            let ones = vec![1.0; windows.pixels()];
            assert_eq!(parts.sums(&ones, &ones).iter().sum::<f64>(), windows.pixels() as f64);
            let lengths: usize = parts.stretches.iter().map(|stretch| stretch.length).sum();
            assert_eq!(lengths, windows.pixels());
        }
    }
}
