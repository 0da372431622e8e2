//! Says in one line what an estimate shows.

use super::part_of_frame::PartOfFrame;
use super::summary::Summary;
use super::verdict::Significance;
use crate::statistics::LEAST_P_VALUE_OF_FLIPS;
use cneep_movie::caution::Grade;
use cneep_movie::units::{Measured, p_in_words, to_digits, to_digits_below};

/// A rate that the true one exceeds in 97.5 % of all cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// The rate, in the unit of the others.
    pub least: f64,
    /// Whether the transitions that judge had no part in any choice.
    pub is_certified: bool,
}

impl Claim {
    /// The rate in three digits, rounded down.
    pub fn in_digits(self) -> String {
        to_digits_below(self.least, 3)
    }
}

impl Summary {
    /// The test against equilibrium in words, such as `p <= 0.0001` where that is the least that its flips
    /// allow; none where it was not made.
    pub fn p_in_words(&self) -> Option<String> {
        self.equilibrium_p_value.map(|p| p_in_words(p, LEAST_P_VALUE_OF_FLIPS))
    }

    /// What gives bound and test where it is not what gives the rate: `windows of 2 frames`, `one of 4 parts
    /// of the frame`, or both.
    pub fn bounded_by_in_words(&self) -> Option<String> {
        let windows = self.bounding_window.map(|window| format!("windows of {window} frames"));
        let words: Vec<String> =
            windows.into_iter().chain(self.bounding_part.map(PartOfFrame::in_words)).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// What may be said, in one line.
    pub fn verdict_line(&self) -> String {
        let p = self.p_in_words().unwrap_or_default();
        match self.significance {
            Significance::Dissipates => {
                let rate = stated(&self.entropy_production_rate);
                let claim = self.claim().map_or_else(String::new, |claim| {
                    let kind = if claim.is_certified { "97.5 %" } else { "97.5 %, cross-validated" };
                    let unit = &self.entropy_production_rate.unit;
                    let by = self.bounded_by_in_words().map_or_else(String::new, |of| format!(", {of}"));
                    format!("at least {} {unit} ({kind}{by}); ", claim.in_digits())
                });
                format!("Dissipates: {claim}best estimate {rate}; {p}.")
            }
            Significance::RejectsEquilibrium => format!(
                "Out of equilibrium ({p}), but how far is not bounded; best estimate {}.",
                stated(&self.entropy_production_rate)
            ),
            Significance::NotDetected => format!("No dissipation seen.{}", self.limit_in_words()),
            Significance::Withdrawn => {
                format!("STOP, no verdict: {}.", self.reasons("what was found may not be used"))
            }
            Significance::NotTested => {
                format!("No verdict: {}.", self.reasons("there are no transitions that were not fitted to"))
            }
        }
    }

    /// What may be claimed: the lower end of the certified bound if it lies above zero, otherwise that of the
    /// cross-validated one; none if neither does.
    pub fn claim(&self) -> Option<Claim> {
        let least = |bound: Option<&Measured>| bound?.confidence_interval.map(|ends| ends[0]);
        let above = |bound: Option<&Measured>| least(bound).filter(|least| *least > 0.0);
        let certified = above(self.certified_bound.as_ref()).map(|least| Claim { least, is_certified: true });
        let judged = || above(self.cross_validated_bound.as_ref());
        certified.or_else(|| judged().map(|least| Claim { least, is_certified: false }))
    }

    /// What speaks loudest against a verdict, by its subjects, or else `otherwise`.
    fn reasons(&self, otherwise: &str) -> String {
        let stops = self.cautions.iter().filter(|caution| caution.grade() == Grade::Stop);
        let mut subjects: Vec<&str> = stops.map(|caution| caution.subject.as_str()).collect();
        subjects.dedup();
        if subjects.is_empty() {
            otherwise.to_owned()
        } else {
            format!("see the caution on {}", subjects.join(", "))
        }
    }

    fn limit_in_words(&self) -> String {
        let Some(limit) = self.detection_limit else { return String::new() };
        let unit = limit.unit;
        let seen = limit.verdict_in_95_percent.map_or_else(String::new, |rate| {
            format!(" {} {unit} would have been seen in 95 % of all cases;", to_digits(rate, 2))
        });
        let floor = to_digits(limit.exact_estimator_test, 2);
        let time = format!("{} {}", to_digits(limit.unseen_time, 2), unit.time_symbol());
        format!("{seen} below {floor} {unit} nobody could have seen it in {time} of film.")
    }
}

/// A rate with its interval.
fn stated(rate: &Measured) -> String {
    let digits = |value: f64| to_digits(value, 3);
    match rate.confidence_interval {
        Some([low, high]) => {
            format!("{} {} (95 % within {} to {})", digits(rate.value), rate.unit, digits(low), digits(high))
        }
        None => format!("{} {}", digits(rate.value), rate.unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::Role;
    use crate::entropy_production::synthetic::gaussian;

    /// Catches a zero that is stated as a measurement, a floor of the test told as its value, and a central
    /// value told as what is certain.
    #[test]
    fn one_line_says_what_may_be_said() {
        let told = |entropy: &crate::entropy_production::EntropyProduction| {
            Summary::of(entropy, None).verdict_line()
        };
        let driven = told(&gaussian(20, 800, 0.5, 0.0, 1));
        assert!(
            driven.starts_with("Dissipates: at least 0.4") && driven.ends_with("; p <= 0.0001."),
            "{driven}"
        );
        assert!(driven.contains("best estimate 0.495 k_B/s") && driven.contains("(97.5 %)"), "{driven}");
        let mut none = gaussian(1, 2000, 0.5, 0.0, 5);
        none.movies[0].values.fill(0.0);
        let told_of_none = told(&none);
        assert!(
            told_of_none.starts_with("No dissipation seen.") && !told_of_none.contains('±'),
            "{told_of_none}"
        );
        assert!(told_of_none.contains("below 0.0027 k_B/s nobody"), "{told_of_none}");
        let mut chance = gaussian(10, 400, 0.5, 0.0, 1);
        chance.fit.reliability = Some(0.3);
        assert!(told(&chance).contains("caution on reliability"), "{}", told(&chance));
        none.movies[0].roles.fill(Role::InSample);
        assert!(told(&none).starts_with("No verdict"), "{}", told(&none));
    }
}
