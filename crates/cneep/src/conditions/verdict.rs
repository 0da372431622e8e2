//! Says in a line what a comparison of two conditions showed.

use super::effect::{ConditionRate, Effect};
use super::test::{ConditionTest, Judge};
use super::units::Unit;
use crate::entropy_production::Significance;
use cneep_movie::units::{Measured, p_in_words, to_digits};

/// Differences below this probability are told as such.
const LEVEL: f64 = 0.05;

/// What `test` and `effect` say of a `condition`, in one line. `adjusted_p_value` is the p-value with the
/// number of conditions considered, if there are several.
pub fn verdict(
    condition: &str,
    effect: &Effect,
    test: Option<&ConditionTest>,
    adjusted_p_value: Option<f64>,
) -> String {
    let chance = match test.map(|test| (test, test.p_value)) {
        Some((test, Some(p_value))) => {
            let p = p_in_words(p_value, test.least_p_value);
            let [control, other] = test.units;
            let units = match test.unit {
                Unit::Movies => format!("{control} and {other} movies"),
                Unit::Blocks => format!("{control} and {other} blocks of time"),
                Unit::Pairs => format!("{control} pairs of movies"),
            };
            let all = adjusted_p_value.map_or_else(String::new, |adjusted| {
                format!(", {} with all conditions considered", to_digits(adjusted, 2))
            });
            let word = match (adjusted_p_value.unwrap_or(p_value) <= LEVEL, test.difference.value < 0.0) {
                (true, true) => "produces less",
                (true, false) => "produces more",
                (false, _) => "does not differ beyond chance",
            };
            let judge = match test.judge {
                Judge::Areas => ", judged by the areas that principal components enclose",
                Judge::CommonEstimator => "",
            };
            format!("{condition} {word} ({p}{all}; permutations of {units}{judge})")
        }
        Some((_, None)) => {
            format!("{condition}: nothing moves in either, so nothing was tested")
        }
        None => format!("{condition}: not tested"),
    };
    let interval = |of: &Measured| {
        let [low, high] = of.confidence_interval.unwrap_or([f64::NAN; 2]).map(|end| to_digits(end, 3));
        format!("{} (95 % within {low} to {high})", to_digits(of.value, 3))
    };
    let difference = match &effect.difference {
        Some(difference) => format!("difference {} {}", interval(difference), difference.unit),
        None if [&effect.control, &effect.other].map(has_no_verdict).contains(&true) => {
            "no difference is stated, as one of the verdicts is withdrawn or was not given".into()
        }
        None => "no difference is stated, as it is not known how much one of them may produce unseen".into(),
    };
    let ratio = effect.ratio.as_ref().map_or_else(String::new, |of| format!("; ratio {}", interval(of)));
    format!("{chance}; {difference}{ratio}.")
}

fn has_no_verdict(rate: &ConditionRate) -> bool {
    matches!(rate.significance, Significance::Withdrawn | Significance::NotTested)
}
