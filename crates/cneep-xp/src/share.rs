//! Tests a share of seeds against a chance, exactly (C. J. Clopper and E. S. Pearson, Biometrika 26, 404,
//! 1934, doi:10.1093/biomet/26.4.404).

use serde::{Deserialize, Serialize};

/// Probability at which a share is taken for another than the one expected.
const LEVEL: f64 = 0.05;

/// The chance with which a seed should count, tested exactly at 5 % for as many seeds as there are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Share {
    /// Just this, tested from both sides.
    Expected(f64),
    /// No more, tested from above.
    AtMost(f64),
    /// No less, tested from below.
    AtLeast(f64),
}

impl Share {
    pub(crate) fn chance(self) -> f64 {
        let (Self::Expected(chance) | Self::AtMost(chance) | Self::AtLeast(chance)) = self;
        chance
    }

    /// Probability of a share as far off as that of `counted` among `seeds`, or farther.
    pub(crate) fn p_value(self, counted: usize, seeds: usize) -> f64 {
        match self {
            Self::Expected(chance) => two_sided(counted, seeds, chance),
            Self::AtMost(chance) => at_least(counted, seeds, chance),
            Self::AtLeast(chance) => at_most(counted, seeds, chance),
        }
    }

    /// Whether a probability says no more against it than chance would.
    pub(crate) fn is_met(p_value: f64) -> bool {
        p_value > LEVEL
    }

    pub(crate) fn in_words(self) -> String {
        let sign = match self {
            Self::Expected(_) => "",
            Self::AtMost(_) => "≤ ",
            Self::AtLeast(_) => "≥ ",
        };
        format!("{sign}{} (binomial, p > {LEVEL})", self.chance())
    }
}

/// Probability of at most `successes` in `trials` that succeed with this `chance` each.
fn at_most(successes: usize, trials: usize, chance: f64) -> f64 {
    (0..=successes.min(trials)).map(|count| probability(count, trials, chance)).sum::<f64>().min(1.0)
}

/// Probability of at least `successes` in `trials` that succeed with this `chance` each.
fn at_least(successes: usize, trials: usize, chance: f64) -> f64 {
    (successes..=trials).map(|count| probability(count, trials, chance)).sum::<f64>().min(1.0)
}

/// Twice the smaller of both: above 0.05 where `chance` lies within the 95 % interval of the share that was
/// found.
fn two_sided(successes: usize, trials: usize, chance: f64) -> f64 {
    (2.0 * at_most(successes, trials, chance).min(at_least(successes, trials, chance))).min(1.0)
}

fn probability(successes: usize, trials: usize, chance: f64) -> f64 {
    if chance <= 0.0 || chance >= 1.0 {
        let certain = if chance <= 0.0 { 0 } else { trials };
        return f64::from(u8::from(successes == certain));
    }
    let choices = |count: usize| ((trials - count) as f64 / (count + 1) as f64).ln();
    let ways: f64 = (0..successes).map(choices).sum();
    (ways + successes as f64 * chance.ln() + (trials - successes) as f64 * (-chance).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published limits of 95 % intervals, at which each tail holds 2.5 %: catches a tail without its own
    /// count, or of the wrong side.
    #[test]
    fn tails_hold_two_and_a_half_percent_at_the_limits_of_clopper_and_pearson() {
        for (successes, trials, low, high) in
            [(5, 10, 0.187_086, 0.812_914), (98, 100, 0.929_616, 0.997_569), (1, 20, 0.001_265, 0.248_733)]
        {
            assert!((at_least(successes, trials, low) - 0.025).abs() < 2e-5, "{successes} of {trials}");
            assert!((at_most(successes, trials, high) - 0.025).abs() < 2e-5, "{successes} of {trials}");
        }
        assert!((at_most(0, 10, 0.308_497) - 0.025).abs() < 1e-6);
    }

    /// Catches certainties that give no number.
    #[test]
    fn the_chances_of_all_counts_add_up_to_one() {
        for chance in [0.0, 0.3, 0.95, 1.0] {
            assert!((at_most(40, 40, chance) - 1.0).abs() < 1e-12);
            assert!((at_most(12, 40, chance) + at_least(13, 40, chance) - 1.0).abs() < 1e-12);
        }
        assert_eq!((two_sided(4, 4, 1.0), two_sided(3, 4, 1.0), two_sided(2, 4, 0.5)), (1.0, 0.0, 1.0));
    }
}
