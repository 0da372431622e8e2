//! Couples even features of cells to odd ones of their neighbours: `dS = sum_pk (b + sum_qe B_pkqe m_qe)
//! d_pk`.
//!
//! Kernels are the same for both, so that `m_i d_j` has the partner `m_j d_i`. Their sum is the change of a
//! function of state between the ends of a window, plus for longer windows that between overlapping ones:
//! over a long movie its mean is zero without sampling noise. Their difference, a current, is what scatters
//! from movie to movie. Coefficients are therefore one of the difference and one of the sum for every pair of
//! features; only those of differences are `noisy`.

use super::grid::Grid;
use std::ops::Range;

/// Marks a coefficient that a product does not have.
const NONE: u32 = u32::MAX;

/// Which coefficients make up one entry of B.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    /// Of the difference.
    noisy: u32,
    /// Sign of the noisy coefficient.
    sign: f32,
    /// Of the sum.
    symmetric: u32,
}

/// Which products have which coefficient.
#[derive(Debug, Clone)]
pub(super) struct Coupling {
    pub(super) grid: Grid,
    /// Odd features of a cell and pair of frames, and as many even ones.
    pub(super) channels: usize,
    /// Pairs of frames that reversal exchanges: half the window.
    pub(super) pairs: usize,
    invariant: bool,
    /// One a (place of neighbour, channel, even feature), and a cell unless all are alike.
    entries: Vec<Entry>,
    /// Coefficients of each kind for one pair of frames.
    noisy: usize,
    symmetric: usize,
    constant: usize,
}

impl Coupling {
    /// Bytes that entries and coefficients of a pair of frames take.
    pub(super) fn size(grid: Grid, channels: usize, invariant: bool) -> u64 {
        let cells = if invariant { 1 } else { grid.cells() };
        let entries = (cells as u64).saturating_mul((grid.neighbours() * channels * channels) as u64);
        entries.saturating_mul(size_of::<Entry>() as u64)
    }

    pub(super) fn new(grid: Grid, channels: usize, pairs: usize, invariant: bool) -> Self {
        let cells = if invariant { 1 } else { grid.cells() };
        let absent = Entry { noisy: NONE, sign: 1.0, symmetric: NONE };
        let mut coupling = Self {
            grid,
            channels,
            pairs,
            invariant,
            entries: vec![absent; cells * grid.neighbours() * channels * channels],
            noisy: 0,
            symmetric: 0,
            constant: cells * channels,
        };
        for cell in 0..cells {
            for place in 0..grid.neighbours() {
                // Where all cells are alike, the neighbour is alike too.
                let other = if invariant { Some(0) } else { grid.neighbour(cell, place) };
                let Some(other) = other else { continue };
                for channel in 0..channels {
                    for feature in 0..channels {
                        coupling.assign(cell, place, other, channel, feature);
                    }
                }
            }
        }
        coupling
    }

    /// Gives the product of `feature` of the cell `other`, at this `place` around `cell`, with `channel` of
    /// `cell` its coefficients, and its partner the same.
    fn assign(&mut self, cell: usize, place: usize, other: usize, channel: usize, feature: usize) {
        let here = self.entry(cell, place, channel, feature);
        let partner = self.entry(other, self.grid.neighbours() - 1 - place, feature, channel);
        if self.entries[here].symmetric != NONE {
            return;
        }
        let symmetric = count_up(&mut self.symmetric);
        let noisy = if here == partner { NONE } else { count_up(&mut self.noisy) };
        self.entries[partner] = Entry { noisy, sign: -1.0, symmetric };
        self.entries[here] = Entry { noisy, sign: 1.0, symmetric };
    }

    fn entry(&self, cell: usize, place: usize, channel: usize, feature: usize) -> usize {
        ((cell * self.grid.neighbours() + place) * self.channels + channel) * self.channels + feature
    }

    /// Features of all cells that change sign under reversal, for one pair of frames.
    pub(super) fn odd_count(&self) -> usize {
        self.grid.cells() * self.channels
    }

    /// Features of all cells that reversal leaves as they are.
    pub(super) fn even_count(&self) -> usize {
        self.grid.cells() * self.channels
    }

    /// Places in the vector of coefficients: noisy ones, symmetric ones, constant forces.
    pub(super) fn kinds(&self) -> [Range<usize>; 3] {
        let ends = [self.noisy, self.noisy + self.symmetric, self.coefficients_of_pair()];
        [
            0..self.pairs * ends[0],
            self.pairs * ends[0]..self.pairs * ends[1],
            self.pairs * ends[1]..self.pairs * ends[2],
        ]
    }

    fn coefficients_of_pair(&self) -> usize {
        self.noisy + self.symmetric + self.constant
    }

    /// Number of coefficients.
    pub(super) fn len(&self) -> usize {
        self.pairs * self.coefficients_of_pair()
    }

    /// Entries of B of one pair of frames.
    fn block(&self) -> usize {
        self.grid.cells() * self.grid.neighbours() * self.channels * self.channels
    }

    /// Length of [`Self::expand`]: B, then constant forces, for every pair of frames.
    pub(super) fn expanded_len(&self) -> usize {
        self.pairs * (self.block() + self.odd_count())
    }

    /// B and the constant forces of `coefficients`: what every cell multiplies.
    pub(super) fn expand(&self, coefficients: &[f32]) -> Vec<f32> {
        let mut expanded = vec![0.0; self.expanded_len()];
        self.for_each(|place, coefficient, sign| expanded[place] += sign * coefficients[coefficient]);
        expanded
    }

    /// The transpose of [`Self::expand`]: from slopes along its numbers to those along coefficients.
    pub(super) fn gather(&self, slopes: &[f32]) -> Vec<f32> {
        let mut gathered = vec![0.0; self.len()];
        self.for_each(|place, coefficient, sign| gathered[coefficient] += sign * slopes[place]);
        gathered
    }

    fn for_each(&self, mut visit: impl FnMut(usize, usize, f32)) {
        let [noisy, symmetric, constant] = self.kinds();
        let of_cell = self.grid.neighbours() * self.channels * self.channels;
        for pair in 0..self.pairs {
            let start = pair * (self.block() + self.odd_count());
            for cell in 0..self.grid.cells() {
                for within in 0..of_cell {
                    let place = within / (self.channels * self.channels);
                    if self.grid.neighbour(cell, place).is_none() {
                        continue;
                    }
                    let at = start + cell * of_cell + within;
                    let entry = self.entries[if self.invariant { within } else { cell * of_cell + within }];
                    if entry.noisy != NONE {
                        visit(at, noisy.start + pair * self.noisy + entry.noisy as usize, entry.sign);
                    }
                    if entry.symmetric != NONE {
                        visit(at, symmetric.start + pair * self.symmetric + entry.symmetric as usize, 1.0);
                    }
                }
            }
            for odd in 0..self.odd_count() {
                let which = if self.invariant { odd % self.channels } else { odd };
                visit(start + self.block() + odd, constant.start + pair * self.constant + which, 1.0);
            }
        }
    }

    /// Forces on the odd features of one window, shape (pair, cell, channel), of its even features, shape
    /// (cell, feature).
    pub(super) fn forces(&self, expanded: &[f32], even: &[f32], forces: &mut [f32]) {
        let (block, odd) = (self.block(), self.odd_count());
        for (expanded, forces) in expanded.chunks_exact(block + odd).zip(forces.chunks_exact_mut(odd)) {
            let (block, constant) = expanded.split_at(block);
            forces.copy_from_slice(constant);
            self.for_each_neighbour(|cell, other, start| {
                let even = &even[other * self.channels..][..self.channels];
                let block = block[start..].chunks_exact(self.channels);
                for (force, row) in forces[cell * self.channels..][..self.channels].iter_mut().zip(block) {
                    *force += row.iter().zip(even).map(|(b, m)| b * m).sum::<f32>();
                }
            });
        }
    }

    /// Adds to `slopes`, laid out as [`Self::expand`], what one window contributes: `weight` times the
    /// products of its features.
    pub(super) fn add_products(&self, weight: f32, even: &[f32], odd: &[f32], slopes: &mut [f32]) {
        let (block, count) = (self.block(), self.odd_count());
        for (slopes, odd) in slopes.chunks_exact_mut(block + count).zip(odd.chunks_exact(count)) {
            let (block, constant) = slopes.split_at_mut(block);
            constant.iter_mut().zip(odd).for_each(|(slope, d)| *slope += weight * d);
            self.for_each_neighbour(|cell, other, start| {
                let even = &even[other * self.channels..][..self.channels];
                let block = block[start..].chunks_exact_mut(self.channels);
                for (d, row) in odd[cell * self.channels..][..self.channels].iter().zip(block) {
                    row.iter_mut().zip(even).for_each(|(slope, m)| *slope += weight * d * m);
                }
            });
        }
    }

    /// Adds to `slopes` of the even features what the odd ones of one window pull on them: `weight B^T d`.
    pub(super) fn add_even_gradient(&self, weight: f32, expanded: &[f32], odd: &[f32], slopes: &mut [f32]) {
        let (block, count) = (self.block(), self.odd_count());
        for (expanded, odd) in expanded.chunks_exact(block + count).zip(odd.chunks_exact(count)) {
            self.for_each_neighbour(|cell, other, start| {
                let slopes = &mut slopes[other * self.channels..][..self.channels];
                let block = expanded[start..].chunks_exact(self.channels);
                for (d, row) in odd[cell * self.channels..][..self.channels].iter().zip(block) {
                    slopes.iter_mut().zip(row).for_each(|(slope, b)| *slope += weight * d * b);
                }
            });
        }
    }

    /// Calls with every cell, each neighbour of it, and where their entries of B begin.
    fn for_each_neighbour(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let of_neighbour = self.channels * self.channels;
        for cell in 0..self.grid.cells() {
            for place in 0..self.grid.neighbours() {
                if let Some(other) = self.grid.neighbour(cell, place) {
                    visit(cell, other, (cell * self.grid.neighbours() + place) * of_neighbour);
                }
            }
        }
    }
}

fn count_up(count: &mut usize) -> u32 {
    *count += 1;
    (*count - 1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::force::settings::ForceSettings;

    fn coupling(pairs: usize, invariant: bool) -> Coupling {
        let settings = ForceSettings { cell: Some(8), stride: Some(6), ..ForceSettings::default() };
        Coupling::new(Grid::new(&settings.plan(20, 26), 20, 26).unwrap(), 2, pairs, invariant)
    }

    fn wave(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step + 0.3).sin()).collect()
    }

    /// Three by four cells have 29 pairs of neighbours: 4 products of differences for each and one within
    /// every cell; sums have two more within every cell. Catches a coefficient counted twice.
    #[test]
    fn every_pair_of_features_has_one_difference_and_one_sum() {
        let one = coupling(1, false);
        let lengths = one.kinds().map(|kind| kind.len());
        assert_eq!(lengths, [29 * 4 + 12, 29 * 4 + 36, 24]);
        let alike = coupling(2, true).kinds().map(|kind| kind.len());
        assert_eq!(alike, [2 * (4 * 4 + 1), 2 * (4 * 4 + 3), 2 * 2]);
    }

    /// Features that change along a movie: symmetric coefficients must add up to a difference of a function
    /// of state, here zero over a closed path. Catches partners that are not each other's.
    #[test]
    fn symmetric_products_vanish_around_a_closed_path() {
        for invariant in [false, true] {
            let coupling = coupling(1, invariant);
            let [_, symmetric, constant] = coupling.kinds();
            let mut coefficients = vec![0.0; coupling.len()];
            coefficients[symmetric.start..constant.end]
                .copy_from_slice(&wave(symmetric.len() + constant.len(), 0.7));
            let expanded = coupling.expand(&coefficients);
            let state = |time: usize| wave(coupling.even_count(), 0.1 + 0.37 * (time % 5) as f32);
            let mut forces = vec![0.0; coupling.odd_count()];
            let total: f32 = (0..5)
                .map(|time| {
                    let (before, after) = (state(time), state(time + 1));
                    let mean: Vec<f32> = before.iter().zip(&after).map(|(a, b)| 0.5 * (a + b)).collect();
                    coupling.forces(&expanded, &mean, &mut forces);
                    forces.iter().zip(before.iter().zip(&after)).map(|(f, (a, b))| f * (b - a)).sum::<f32>()
                })
                .sum();
            assert!(total.abs() < 1e-3, "{total}");
        }
    }

    /// dS is bilinear: each backward pass must be the transpose of the forward pass. Catches a wrong
    /// neighbour and a sign lost.
    #[test]
    fn passes_back_are_transposes() {
        for invariant in [false, true] {
            let coupling = coupling(2, invariant);
            let coefficients = wave(coupling.len(), 0.9);
            let expanded = coupling.expand(&coefficients);
            let even = wave(coupling.even_count(), 0.41);
            let odd = wave(2 * coupling.odd_count(), 0.23);
            let mut forces = vec![0.0; odd.len()];
            coupling.forces(&expanded, &even, &mut forces);
            let value: f32 = forces.iter().zip(&odd).map(|(f, d)| f * d).sum();
            let mut slopes = vec![0.0; expanded.len()];
            coupling.add_products(1.0, &even, &odd, &mut slopes);
            let along: f32 = coupling.gather(&slopes).iter().zip(&coefficients).map(|(s, c)| s * c).sum();
            assert!((value - along).abs() < 1e-3, "{value} {along}");
            let mut slopes = vec![0.0; even.len()];
            coupling.add_even_gradient(1.0, &expanded, &odd, &mut slopes);
            let driven: f32 = slopes.iter().zip(&even).map(|(s, m)| s * m).sum();
            let mut constant = vec![0.0; odd.len()];
            coupling.forces(&expanded, &vec![0.0; even.len()], &mut constant);
            let rest: f32 = constant.iter().zip(&odd).map(|(f, d)| f * d).sum();
            assert!((value - rest - driven).abs() < 1e-3, "{value} {rest} {driven}");
        }
    }
}
