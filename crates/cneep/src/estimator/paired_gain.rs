//! Compares trials window by window: scatter that both share does not count.

use super::time_blocks::{mean_and_error, time_blocks};

/// Mean over the windows, in order of time, of `of` less `over`, and its standard error from the scatter
/// between blocks of time; an infinite error with fewer than two blocks.
pub(super) fn paired_difference(of: &[f64], over: &[f64]) -> (f64, f64) {
    let differences = of.iter().zip(over).map(|(of, over)| of - over);
    error_over_blocks(differences.enumerate(), of.len())
}

/// Whether `trial` falls short of the `best` by at most so many paired standard errors, and as many errors of
/// the best itself: one that fails by far on a single window has a paired error as large as its failure. Both
/// hold what is to be high, window by window in order of time.
pub(super) fn is_as_good(trial: &[f64], best: &[f64], errors: f64) -> bool {
    let (shortfall, paired) = paired_difference(best, trial);
    let (_, own) = error_over_blocks(best.iter().copied().enumerate(), best.len());
    shortfall <= errors * paired.min(own)
}

fn error_over_blocks(values: impl Iterator<Item = (usize, f64)>, count: usize) -> (f64, f64) {
    mean_and_error(&time_blocks(values, count)).unwrap_or((0.0, f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scatter that two series share must not count: catches an error of unpaired differences.
    #[test]
    fn pairs_are_compared_one_by_one() {
        let over: Vec<f64> = (0..100).map(|i| 50.0 * f64::from(i).sin()).collect();
        let of: Vec<f64> =
            over.iter().enumerate().map(|(i, x)| x + if i % 2 == 0 { 0.1 } else { 0.3 }).collect();
        let (mean, error) = paired_difference(&of, &over);
        // Blocks of five windows hold two or three of the larger: means of 0.18 and 0.22 by turns.
        assert!(
            (mean - 0.2).abs() < 1e-12 && (error - 0.02 / 19.0_f64.sqrt()).abs() < 1e-12,
            "{mean} {error}"
        );
    }

    /// Catches a choice by unpaired errors, and one that keeps what fails on one window alone.
    #[test]
    fn failures_are_not_as_good() {
        let best: Vec<f64> = (0..100).map(|i| 50.0 * f64::from(i).sin()).collect();
        let worse = |by: &dyn Fn(usize) -> f64| -> Vec<f64> {
            best.iter().enumerate().map(|(i, x)| x - by(i)).collect()
        };
        assert!(is_as_good(&best, &best, 1.0));
        assert!(is_as_good(&worse(&|i| [0.5, -0.5][i / 5 % 2]), &best, 1.0));
        assert!(!is_as_good(&worse(&|i| 0.5 + 0.1 * (i % 2) as f64), &best, 1.0));
        assert!(!is_as_good(&worse(&|i| if i == 7 { 1e4 } else { 0.0 }), &best, 1.0));
    }
}
