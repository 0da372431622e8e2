//! States by how much the rate of one condition differs from that of another.

use crate::entropy_production::{Significance, Summary};
use crate::statistics::Estimated;
use cneep_movie::series::student_factor;
use cneep_movie::units::Measured;
use serde::{Deserialize, Serialize};

/// What one condition produces by its own run, as far as it may be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConditionRate {
    /// The rate, as the run states it; not detected if it is exactly zero.
    pub rate: Measured,
    /// Lower bound on the rate, over all unseen transitions, with its interval.
    pub bound: Option<Measured>,
    /// Whether nothing was detected: the rate lies between zero and the limit.
    pub is_zero: bool,
    /// Rate that would have been found in 95 % of all cases, where no dissipation was detected and that is
    /// known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<f64>,
    /// Verdict of the run.
    pub significance: Significance,
}

impl ConditionRate {
    /// That of the run which gave `summary`.
    pub fn of(summary: &Summary) -> Self {
        let limit = summary.detection_limit.and_then(|limit| limit.verdict_in_95_percent);
        Self {
            rate: summary.entropy_production_rate.clone(),
            bound: summary.bound().cloned(),
            is_zero: summary.is_zero,
            limit: limit.filter(|_| summary.significance == Significance::NotDetected),
            significance: summary.significance,
        }
    }

    /// The bound with its interval: from zero to the limit where no dissipation was detected, as an estimator
    /// that found next to nothing gives next to nothing with next to no error. None if nothing is known of
    /// its error, and if the verdict is withdrawn or was not given.
    fn estimated(&self) -> Option<Estimated> {
        let is_unusable = matches!(self.significance, Significance::Withdrawn | Significance::NotTested);
        if is_unusable {
            return None;
        }
        if self.significance == Significance::NotDetected {
            let found = self.bound.as_ref().map_or(0.0, |bound| bound.value);
            return self.limit.map(|high| Estimated { value: found.clamp(0.0, high), low: 0.0, high });
        }
        let bound = self.bound.as_ref()?;
        let [low, high] = bound.confidence_interval?;
        Some(Estimated { value: bound.value, low, high })
    }
}

/// By how much one condition differs from its control, each judged by its own run without the fold.
///
/// Lower bounds are compared, not the means of dS: the bound is highest at the best estimate, so that what a
/// run has learned by chance changes it less. What is left makes intervals too short: of 49 pairs of equal
/// conditions (one movie of 4,000 frames a side) 38 held zero. [`Self::agreeing_with`] the p-value of a
/// common estimator mends that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// The control.
    pub control: ConditionRate,
    /// The other condition.
    pub other: ConditionRate,
    /// A sample that is known not to dissipate, which is taken off both.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub floor: Option<ConditionRate>,
    /// Bound of the other minus that of the control; absent if one of them is not usable.
    pub difference: Option<Measured>,
    /// Other over control, floor taken off; absent unless the whole interval of the control lies above zero.
    pub ratio: Option<Measured>,
}

impl Effect {
    /// That of `other` against `control`. What a `floor` (a dead or fixed sample) shows is an artefact of
    /// camera or analysis, which all conditions are taken to share: it is taken off with its error, which the
    /// ratio feels and the difference does not. A floor that was not detected takes nothing off, but may be
    /// as large as its limit.
    ///
    /// Intervals are those of independent numbers, and of what each condition's estimator sees: one that is
    /// fitted to fewer or noisier movies sees less.
    pub fn of(control: ConditionRate, other: ConditionRate, floor: Option<ConditionRate>) -> Self {
        let unit = control.rate.unit.clone();
        let parts =
            control.estimated().zip(other.estimated()).filter(|_| control.rate.unit == other.rate.unit);
        let difference = parts.map(|(control, other)| measured(other.minus(control), &unit));
        let of_floor = floor.as_ref().map(ConditionRate::estimated);
        let ratio = parts.and_then(|(control, other)| match of_floor {
            None => other.over(control),
            Some(floor) => floor.and_then(|floor| other.minus(floor).over(control.minus(floor))),
        });
        let ratio = ratio.map(|ratio| measured(ratio, ""));
        Self { control, other, floor, difference, ratio }
    }

    /// The effect with intervals that are wide enough for the `p_value` of a test that is valid: where it
    /// does not reject at 5 %, the difference may be zero and the ratio one, and their intervals are widened
    /// in proportion (test-based intervals; Miettinen 1976, doi 10.1093/oxfordjournals.aje.a112248).
    #[must_use]
    pub fn agreeing_with(self, p_value: f64) -> Self {
        let widen = |measured: Measured, null: f64| {
            let Some([low, high]) = measured.confidence_interval.filter(|_| p_value > LEVEL) else {
                return measured;
            };
            // Standard errors at which the test sees the difference; almost none where p is almost 1.
            let seen = student_factor(MANY, p_value.min(0.95));
            let reach = (measured.value - null).abs() * student_factor(MANY, LEVEL) / seen;
            let ends = [low.min(measured.value - reach), high.max(measured.value + reach)];
            let error = (ends[1] - ends[0]) / (2.0 * 1.959_964);
            Measured::new(measured.value, Some(error), measured.unit.clone()).with_interval(Some(ends))
        };
        Self {
            difference: self.difference.map(|of| widen(of, 0.0)),
            ratio: self.ratio.map(|of| widen(of, 1.0)),
            ..self
        }
    }
}

/// Where a test rejects.
const LEVEL: f64 = 0.05;
/// Degrees of freedom of a normal variable, for all purposes.
const MANY: usize = 2000;

fn measured(of: Estimated, unit: &str) -> Measured {
    let error = (of.high - of.low) / (2.0 * 1.959_964);
    Measured::new(of.value, Some(error), unit).with_interval(Some([of.low, of.high]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(value: f64, error: f64) -> ConditionRate {
        let rate = Measured::new(value, Some(error), "k_B/s")
            .with_interval(Some([value - 1.96 * error, value + 1.96 * error]));
        let bound = Some(rate.clone());
        ConditionRate { rate, bound, is_zero: false, limit: None, significance: Significance::Dissipates }
    }

    fn nothing(limit: Option<f64>) -> ConditionRate {
        let rate = Measured::new(0.0, None, "k_B/s");
        ConditionRate { rate, bound: None, is_zero: true, limit, significance: Significance::NotDetected }
    }

    fn ends(measured: Option<&Measured>) -> [f64; 2] {
        measured.and_then(|of| of.confidence_interval).unwrap()
    }

    /// Catches a zero that was not detected taken for one that was measured, and a difference to what is not
    /// usable.
    #[test]
    fn what_was_not_detected_lies_between_zero_and_its_limit() {
        let effect = Effect::of(rate(2.0, 0.1), nothing(Some(0.4)), None);
        let [low, high] = ends(effect.difference.as_ref());
        assert!((low + 2.196).abs() < 1e-9 && (high + 2.0 - 0.196_f64.hypot(0.4)).abs() < 1e-9, "{effect:?}");
        let [low, high] = ends(effect.ratio.as_ref());
        assert!(low <= 0.0 && (0.19..0.23).contains(&high), "{effect:?}");
        assert!(Effect::of(rate(2.0, 0.1), nothing(None), None).difference.is_none());
        assert!(Effect::of(nothing(Some(0.4)), rate(2.0, 0.1), None).ratio.is_none());
        // Next to nothing was found, with next to no error.
        let faint = ConditionRate {
            significance: Significance::NotDetected,
            limit: Some(0.4),
            ..rate(-0.001, 0.001)
        };
        let of_faint = Effect::of(rate(2.0, 0.1), faint, None);
        assert_eq!(ends(of_faint.difference.as_ref()), ends(effect.difference.as_ref()));
        let withdrawn = ConditionRate { significance: Significance::Withdrawn, ..rate(9.0, 0.1) };
        assert!(Effect::of(rate(2.0, 0.1), withdrawn, None).difference.is_none());
    }

    /// Catches a difference that is told beyond doubt beside a test that does not see it, and one that is
    /// blurred although the test sees it.
    #[test]
    fn an_interval_agrees_with_the_test() {
        let effect = || Effect::of(rate(2.0, 0.1), rate(1.0, 0.1), None);
        let [low, high] = ends(effect().agreeing_with(0.3).difference.as_ref());
        assert!(low < -2.5 && (0.5..1.0).contains(&high), "{low} {high}");
        let [low, high] = ends(effect().agreeing_with(0.3).ratio.as_ref());
        assert!(low < 0.1 && high > 1.2, "{low} {high}");
        assert!(ends(effect().agreeing_with(0.0501).difference.as_ref())[1].abs() < 0.01);
        assert_eq!(effect().agreeing_with(0.01), effect());
    }

    /// Catches a floor that is taken off without its error, and one that shifts the difference.
    #[test]
    fn a_floor_is_taken_off_with_its_error() {
        let with = |floor| Effect::of(rate(2.0, 0.1), rate(1.0, 0.1), floor);
        let [plain, exact, vague] = [None, Some(rate(0.5, 1e-6)), Some(rate(0.5, 0.2))].map(with);
        assert_eq!(plain.difference, vague.difference);
        assert!((exact.ratio.as_ref().unwrap().value - 1.0 / 3.0).abs() < 1e-9, "{exact:?}");
        let width = |of: &Effect| {
            let [low, high] = ends(of.ratio.as_ref());
            high - low
        };
        assert!(width(&vague) > 1.5 * width(&exact));
        assert!(with(Some(nothing(None))).ratio.is_none());
    }
}
