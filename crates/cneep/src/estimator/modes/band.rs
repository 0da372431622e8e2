//! Holds matrices between the modes of patches that lie near each other, by place: as large as the area.

use ndarray::{Array2, s};
use rayon::prelude::*;
use std::ops::Range;

/// Patches in rows and columns, with as many modes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) modes: usize,
}

impl Grid {
    /// Number of modes of all patches.
    pub(super) fn len(self) -> usize {
        self.rows * self.columns * self.modes
    }
}

/// A matrix between the modes of patches that are at most `reach` apart, along rows and along columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Band {
    pub(super) grid: Grid,
    pub(super) reach: usize,
    /// For each row of first patches, each [`Line`], and each first patch of the row: zero where the second
    /// patch lies outside the frame. So neighbours in space are neighbours in memory.
    pub(super) numbers: Vec<f64>,
}

/// The numbers of one step from patch to patch, and of two modes.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Rows and columns to the second patch, and the reach more.
    down: usize,
    right: usize,
    /// Modes of the first and of the second.
    modes: [usize; 2],
}

impl Band {
    pub(super) fn zero(grid: Grid, reach: usize) -> Self {
        let width = 2 * reach + 1;
        Self { grid, reach, numbers: vec![0.0; width * width * grid.modes * grid.len()] }
    }

    fn width(&self) -> usize {
        2 * self.reach + 1
    }

    /// Numbers of a row of patches.
    fn row_len(&self) -> usize {
        self.width().pow(2) * self.grid.modes.pow(2) * self.grid.columns
    }

    fn lines(&self) -> impl Iterator<Item = Line> + use<> {
        let (width, modes) = (self.width(), self.grid.modes);
        let steps = (0..width).flat_map(move |down| (0..width).map(move |right| (down, right)));
        let pairs = move || (0..modes).flat_map(move |one| (0..modes).map(move |other| [one, other]));
        steps.flat_map(move |(down, right)| pairs().map(move |modes| Line { down, right, modes }))
    }

    /// Where the numbers of a row of patches and of one step from patch to patch start.
    fn start(&self, row: usize, down: usize, right: usize) -> usize {
        let step = down * self.width() + right;
        row * self.row_len() + step * self.grid.modes.pow(2) * self.grid.columns
    }

    fn numbers_of(&self, row: usize, Line { down, right, modes: [one, other] }: Line) -> &[f64] {
        let Grid { columns, modes, .. } = self.grid;
        &self.numbers[self.start(row, down, right) + (one * modes + other) * columns..][..columns]
    }

    /// The number between two modes; 0 beyond reach.
    pub(super) fn at(&self, one: usize, other: usize) -> f64 {
        let Grid { columns, modes, .. } = self.grid;
        let (p, q) = (one / modes, other / modes);
        let down = step_to(p / columns, q / columns, self.reach);
        let right = step_to(p % columns, q % columns, self.reach);
        let (Some(down), Some(right)) = (down, right) else { return 0.0 };
        self.numbers_of(p / columns, Line { down, right, modes: [one % modes, other % modes] })[p % columns]
    }

    /// Calls `act` with both modes and the number of every pair within reach.
    pub(super) fn for_each(&mut self, act: impl Fn(usize, usize, &mut f64) + Sync) {
        let Grid { rows, columns, modes } = self.grid;
        let (reach, row_len, lines) = (self.reach, self.row_len(), self.lines().collect::<Vec<_>>());
        self.numbers.par_chunks_exact_mut(row_len).enumerate().for_each(|(row, numbers)| {
            for (line, numbers) in lines.iter().zip(numbers.chunks_exact_mut(columns)) {
                let Some(below) = led_to(rows, row, line.down, reach) else { continue };
                let (across, beside) = stepped(columns, line.right, reach);
                for (column, other) in across.zip(beside..) {
                    let (p, q) = (row * columns + column, below * columns + other);
                    act(p * modes + line.modes[0], q * modes + line.modes[1], &mut numbers[column]);
                }
            }
        });
    }

    /// Adds the sums over steps of the products of `left` and `right`, both of the shape (step, mode).
    ///
    /// Patches of a row are taken together: a product of matrices of which about half is within reach is
    /// several times faster than as many products of vectors.
    pub(super) fn add_products(&mut self, left: &Array2<f64>, right: &Array2<f64>) {
        let Grid { rows, columns, modes } = self.grid;
        let (reach, width, row_len) = (self.reach, self.width(), self.row_len());
        let modes_of = |row: usize, patches: &Range<usize>| {
            let first = row * columns;
            s![.., (first + patches.start) * modes..(first + patches.end) * modes]
        };
        self.numbers.par_chunks_exact_mut(row_len).enumerate().for_each(|(row, numbers)| {
            for (down, numbers) in numbers.chunks_exact_mut(row_len / width).enumerate() {
                let Some(below) = led_to(rows, row, down, reach) else { continue };
                for first in (0..columns).step_by(width) {
                    let own = first..columns.min(first + width);
                    let others = first.saturating_sub(reach)..columns.min(own.end + reach);
                    let driving = left.slice(modes_of(row, &own));
                    let products = driving.t().dot(&right.slice(modes_of(below, &others)));
                    for ((one, other), product) in products.indexed_iter() {
                        let (p, q) = (own.start + one / modes, others.start + other / modes);
                        let Some(right) = step_to(p, q, reach) else { continue };
                        let number = (right * modes + one % modes) * modes + other % modes;
                        numbers[number * columns + p] += product;
                    }
                }
            }
        });
    }

    /// The product with another matrix, as far as it stays within `reach`.
    pub(super) fn times(&self, other: &Self, reach: usize) -> Self {
        let mut product = Self::zero(self.grid, reach);
        let Grid { columns, modes, .. } = self.grid;
        let (row_len, width) = (product.row_len(), product.width());
        product.numbers.par_chunks_exact_mut(row_len).enumerate().for_each(|(row, numbers)| {
            let mut detours = Vec::new();
            for (step, numbers) in numbers.chunks_exact_mut(row_len / width.pow(2)).enumerate() {
                self.find_detours(other, row, [step / width, step % width], reach, &mut detours);
                for (pair, sums) in numbers.chunks_exact_mut(columns).enumerate() {
                    for (sums, first) in sums.chunks_mut(AT_ONCE).zip((0..).step_by(AT_ONCE)) {
                        self.add_detours(other, [pair / modes, pair % modes], &detours, first, sums);
                    }
                }
            }
        });
        product
    }

    /// Finds the ways from a row of patches to those a step `down` and `right` of it, which are within
    /// `reach`, by a step of this matrix and one of another.
    fn find_detours(
        &self,
        other: &Self,
        row: usize,
        [down, right]: [usize; 2],
        reach: usize,
        detours: &mut Vec<Detour>,
    ) {
        let Grid { rows, columns, .. } = self.grid;
        // The step from the patch between to the last, of which one and the other make the whole.
        let rest = |whole: usize, own: usize| {
            let step = (whole + self.reach + other.reach).checked_sub(reach + own);
            step.filter(|step| *step < other.width())
        };
        detours.clear();
        for own_down in 0..self.width() {
            let below = led_to(rows, row, own_down, self.reach);
            let (Some(below), Some(rest_down)) = (below, rest(down, own_down)) else { continue };
            for own_right in 0..self.width() {
                let (across, beside) = stepped(columns, own_right, self.reach);
                let Some(rest_right) = rest(right, own_right).filter(|_| !across.is_empty()) else {
                    continue;
                };
                let own = self.start(row, own_down, own_right);
                let behind = other.start(below, rest_down, rest_right);
                detours.push(Detour { across, beside, own, behind });
            }
        }
    }

    /// Adds the products along `detours`, from and to such modes, in the columns from `first` on.
    fn add_detours(
        &self,
        other: &Self,
        [from, to]: [usize; 2],
        detours: &[Detour],
        first: usize,
        sums: &mut [f64],
    ) {
        let Grid { columns, modes, .. } = self.grid;
        let end = first + sums.len();
        let mut together = [0.0; AT_ONCE];
        for Detour { across, beside, own, behind } in detours {
            let inside = first.max(across.start)..end.min(across.end);
            if inside.is_empty() {
                continue;
            }
            let at = inside.start - across.start + beside;
            for between in 0..modes {
                let own = &self.numbers[own + (from * modes + between) * columns + inside.start..];
                let behind = &other.numbers[behind + (between * modes + to) * columns + at..];
                if let (AT_ONCE, Some(own), Some(behind)) =
                    (inside.len(), own.first_chunk::<AT_ONCE>(), behind.first_chunk::<AT_ONCE>())
                {
                    for column in 0..AT_ONCE {
                        together[column] += own[column] * behind[column];
                    }
                } else {
                    let sums = &mut together[inside.start - first..][..inside.len()];
                    sums.iter_mut().zip(own.iter().zip(behind)).for_each(|(sum, (a, b))| *sum += a * b);
                }
            }
        }
        sums.iter_mut().zip(together).for_each(|(sum, own)| *sum += own);
    }

    /// This matrix, fading with distance to zero by a factor that keeps it positive (covariance tapering:
    /// Furrer, Genton and Nychka 2006, doi 10.1198/106186006X132178).
    pub(super) fn tapered(mut self) -> Self {
        let Grid { columns, modes, .. } = self.grid;
        let end = (self.reach + 1) as f64;
        let factor = |one: usize, other: usize| {
            let apart = one.abs_diff(other) as f64 / end;
            (1.0 - apart).powi(2) * (1.0 + 0.5 * apart)
        };
        self.for_each(|one, other, number| {
            let (p, q) = (one / modes, other / modes);
            *number *= factor(p / columns, q / columns) * factor(p % columns, q % columns);
        });
        self
    }

    /// That of the first `modes` of each patch, within `reach`.
    pub(super) fn of_first(&self, modes: usize, reach: usize) -> Self {
        let all = self.grid.modes;
        let mut first = Self::zero(Grid { modes, ..self.grid }, reach);
        let of_all = |mode: usize| mode / modes * all + mode % modes;
        first.for_each(|one, other, number| *number = self.at(of_all(one), of_all(other)));
        first
    }
}

/// Columns whose sums are made together, in registers.
const AT_ONCE: usize = 16;

/// A way from a row of patches to another over a third, as two matrices have it.
struct Detour {
    /// The columns that have a patch between, and that of the first of them.
    across: Range<usize>,
    beside: usize,
    /// Where the numbers of the two steps start, those of the first modes.
    own: usize,
    behind: usize,
}

/// The step from one place to another, and the reach more; none beyond reach.
fn step_to(from: usize, to: usize, reach: usize) -> Option<usize> {
    (to + reach).checked_sub(from).filter(|step| *step <= 2 * reach)
}

/// The one of `count` places that a `step`, which is `reach` more than it goes, leads to.
fn led_to(count: usize, from: usize, step: usize, reach: usize) -> Option<usize> {
    (from + step).checked_sub(reach).filter(|to| *to < count)
}

/// Those of `count` places from which a `step`, which is `reach` more than it goes, leads to another, and the
/// place that the first of them leads to.
fn stepped(count: usize, step: usize, reach: usize) -> (Range<usize>, usize) {
    let first = reach.saturating_sub(step).min(count);
    let end = count.saturating_sub(step.saturating_sub(reach)).max(first);
    (first..end, first + step - reach.min(first + step))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const GRID: Grid = Grid { rows: 4, columns: 5, modes: 2 };

    /// Numbers without order, within reach.
    pub(in crate::estimator::modes) fn some(grid: Grid, reach: usize, phase: f64) -> Band {
        let mut band = Band::zero(grid, reach);
        band.for_each(|one, other, number| *number = (1.3 * one as f64 + 0.7 * other as f64 + phase).sin());
        band
    }

    fn within(one: usize, other: usize, reach: usize) -> bool {
        let place = |mode: usize| [mode / 2 / 5, mode / 2 % 5];
        (0..2).all(|side| place(one)[side].abs_diff(place(other)[side]) <= reach)
    }

    pub(in crate::estimator::modes) fn dense(band: &Band) -> Array2<f64> {
        let len = band.grid.len();
        Array2::from_shape_fn((len, len), |(one, other)| band.at(one, other))
    }

    /// The referee: whole matrices. Catches a row of patches that runs into the next, and what lies beyond
    /// the frame.
    #[test]
    fn products_are_those_of_whole_matrices() {
        let small = Grid { rows: 3, columns: 2, modes: 2 };
        let whole = dense(&some(small, 4, 0.1)).dot(&dense(&some(small, 4, 0.2)));
        let product = dense(&some(small, 4, 0.1).times(&some(small, 4, 0.2), 4));
        assert!((product - whole).iter().all(|rest| rest.abs() < 1e-12), "beyond a small frame");
        for (own, other, reach) in [(1, 1, 2), (2, 1, 3), (4, 4, 2), (0, 2, 1), (3, 1, 4), (4, 1, 1)] {
            let (a, b) = (some(GRID, own, 0.1), some(GRID, other, 0.2));
            let (product, whole) = (a.times(&b, reach), dense(&a).dot(&dense(&b)));
            for (one, other) in (0..40).flat_map(|one| (0..40).map(move |other| (one, other))) {
                let expected = if within(one, other, reach) { whole[[one, other]] } else { 0.0 };
                assert!((product.at(one, other) - expected).abs() < 1e-12, "{one}, {other}");
            }
            let inside = product.numbers.iter().filter(|number| **number != 0.0).count();
            let all = dense(&product).iter().filter(|number| **number != 0.0).count();
            assert_eq!(inside, all, "numbers beyond the frame");
        }
    }

    /// Catches patches taken for others, and steps left out.
    #[test]
    fn sums_of_products_are_those_of_all_pairs() {
        let series = |phase: f64| {
            Array2::from_shape_fn((7, 40), |(step, mode)| (mode as f64 * 0.9 + step as f64 * phase).cos())
        };
        let (left, right) = (series(1.1), series(2.3));
        let whole = left.t().dot(&right);
        let mut sums = Band::zero(GRID, 2);
        sums.add_products(&left, &right);
        sums.add_products(&left, &right);
        for (one, other) in (0..40).flat_map(|one| (0..40).map(move |other| (one, other))) {
            let expected = if within(one, other, 2) { 2.0 * whole[[one, other]] } else { 0.0 };
            assert!((sums.at(one, other) - expected).abs() < 1e-12, "{one}, {other}");
        }
    }

    /// A matrix of ones is of rank one, and as it is cut off not positive; tapered it is.
    #[test]
    fn what_is_tapered_stays_positive() {
        let mut ones = Band::zero(GRID, 2);
        ones.for_each(|_, _, number| *number = 1.0);
        let least = |band: &Band| {
            let whole = dense(band);
            let matrix = nalgebra::DMatrix::from_fn(40, 40, |i, j| whole[[i, j]]);
            nalgebra::SymmetricEigen::new(matrix).eigenvalues.min()
        };
        assert!(least(&ones) < -0.5);
        assert!(least(&ones.tapered()) > -1e-9);
    }

    #[test]
    fn the_first_modes_are_taken_of_each_patch() {
        let all = some(Grid { modes: 3, ..GRID }, 3, 0.4);
        let first = all.of_first(2, 1);
        assert_eq!(first.at(2 * 6 + 1, 2 * 7), all.at(3 * 6 + 1, 3 * 7));
        assert_eq!(first.at(0, 4), 0.0, "beyond reach");
    }
}
