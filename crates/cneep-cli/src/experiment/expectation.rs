//! Says what an experiment expects, and whether it was met.

use super::case::Case;
use super::outcome::{CaseScores, Spread};
use super::quantity::Quantity;
use super::vary::{Axis, written};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// A score that is expected, or published, for some of the cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expectation {
    pub(crate) quantity: Quantity,
    /// Values (or their labels) of some axes, by their keys: the cases that are meant; all unless said.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    at: Table,
    /// What is made of the values of all seeds.
    #[serde(default)]
    statistic: Statistic,
    /// The expected value, which needs a tolerance.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    /// The value that others published, for comparison only.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<f64>,
    /// Its standard deviation or error.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_error: Option<f64>,
}

/// A statistic over the seeds of one case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Statistic {
    #[default]
    Mean,
    Least,
    Most,
}

/// An expectation held against one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) quantity: Quantity,
    /// Index of the case.
    pub(crate) case: usize,
    /// What is called for, in words; empty where a value is only published.
    pub(crate) expected: String,
    /// The statistic over the seeds; none where the score is not known.
    pub(crate) found: Option<f64>,
    pub(crate) published: Option<f64>,
    pub(crate) published_error: Option<f64>,
    /// Whether it is met; none where nothing is called for.
    pub(crate) met: Option<bool>,
}

impl Expectation {
    /// Says what is wrong with the expectation, if anything is.
    pub(super) fn check(&self, axes: &[Axis], cases: &[Case]) -> Result<(), String> {
        let name = format!("an expectation of {}", serde_name(self.quantity));
        if self.value.is_some() != self.tolerance.is_some() {
            return Err(format!("{name} with one of `value` and `tolerance`, which belong together"));
        }
        let bounds = [self.value, self.at_least, self.at_most, self.published];
        if bounds.iter().all(Option::is_none) {
            return Err(format!("{name} without `value`, `at-least`, `at-most` or `published`"));
        }
        let meant = flattened(&self.at);
        if let Some((key, _)) = meant.iter().find(|(key, _)| axes.iter().all(|axis| axis.key != *key)) {
            let varied: Vec<String> = axes.iter().map(|axis| format!("`{}`", axis.key)).collect();
            let varied = if varied.is_empty() { "nothing is".into() } else { varied.join(", ") };
            return Err(format!("{name} at `{key}`, which is not varied ({varied})"));
        }
        if cases.iter().any(|case| self.means(axes, &case.places)) {
            return Ok(());
        }
        let at: Vec<String> =
            meant.iter().map(|(key, value)| format!("{key} = {}", written(value))).collect();
        let values = |axis: &Axis| {
            let values: Vec<String> = (0..axis.values.len()).map(|place| axis.label(place)).collect();
            format!("{} = {}", axis.key, values.join(" | "))
        };
        let axes: Vec<String> = axes.iter().map(values).collect();
        Err(format!("{name} at {}, which is none of the cases ({})", at.join(", "), axes.join("; ")))
    }

    /// Whether it is about the case at these places along the axes.
    fn means(&self, axes: &[Axis], places: &[usize]) -> bool {
        flattened(&self.at).iter().all(|(key, value)| {
            let mut along = axes.iter().zip(places).filter(|(axis, _)| axis.key == *key);
            along.any(|(axis, &place)| {
                same(&axis.values[place], value) || value.as_str() == Some(axis.label(place).as_str())
            })
        })
    }

    /// One verdict for every case that it is about.
    pub(super) fn verdicts(&self, axes: &[Axis], cases: &[Case], scores: &[CaseScores]) -> Vec<Verdict> {
        let meant = cases.iter().enumerate().filter(|(_, case)| self.means(axes, &case.places));
        let verdict = |(case, _)| {
            let scores: &CaseScores = &scores[case];
            let found = scores.scores.get(&self.quantity).map(|spread| self.statistic.of(spread));
            let called_for = self.value.or(self.at_least).or(self.at_most).is_some();
            Verdict {
                quantity: self.quantity,
                case,
                expected: self.in_words(),
                found,
                published: self.published,
                published_error: self.published_error,
                met: called_for.then(|| found.is_some_and(|found| self.holds(found))),
            }
        };
        meant.map(verdict).collect()
    }

    fn holds(&self, found: f64) -> bool {
        // Decimal numbers are rounded as soon as they are read: |0.98 - 0.94| is above 0.04.
        let near = self.value.zip(self.tolerance).is_none_or(|(value, tolerance)| {
            (found - value).abs() <= tolerance + 4.0 * f64::EPSILON * found.abs().max(value.abs())
        });
        near && self.at_least.is_none_or(|least| found >= least)
            && self.at_most.is_none_or(|most| found <= most)
    }

    fn in_words(&self) -> String {
        let statistic = match self.statistic {
            Statistic::Mean => "",
            Statistic::Least => "least of all seeds ",
            Statistic::Most => "most of all seeds ",
        };
        let parts = [
            self.value.zip(self.tolerance).map(|(value, tolerance)| format!("{value} ± {tolerance}")),
            self.at_least.map(|least| format!("≥ {least}")),
            self.at_most.map(|most| format!("≤ {most}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("{statistic}{}", parts.join(" and ")) }
    }
}

impl Statistic {
    fn of(self, spread: &Spread) -> f64 {
        match self {
            Self::Mean => spread.mean,
            Self::Least => spread.least,
            Self::Most => spread.most,
        }
    }
}

fn serde_name(quantity: Quantity) -> String {
    Value::try_from(quantity).map_or_else(|_| format!("{quantity:?}"), |name| written(&name))
}

/// The leaves of `table` by their dotted keys.
fn flattened(table: &Table) -> Vec<(String, &Value)> {
    let mut leaves = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => {
                leaves
                    .extend(flattened(inner).into_iter().map(|(rest, leaf)| (format!("{key}.{rest}"), leaf)));
            }
            leaf => leaves.push((key.clone(), leaf)),
        }
    }
    leaves
}

/// Whether two values are equal, whole numbers being equal to the same numbers with a point.
fn same(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn verdicts(expectation: &str) -> Vec<(usize, Option<bool>)> {
        let text = "title = \"a\"\nquestion = \"b\"\nseeds = [0]\nsimulate = { system = \"gyrator\" }\n\
                    test = { movies = 1 }\n[[vary]]\nkey = \"simulate.hot\"\nvalues = [2, 5.0]\n[[vary]]\n\
                    key = \"train.window\"\nvalues = [2, 3]\nlabels = [\"pairs\", \"triples\"]";
        let document: super::super::Document = toml::from_str(text).unwrap();
        let cases = document.cases().unwrap();
        let scores = |slope: f64| CaseScores {
            values: Vec::new(),
            scores: BTreeMap::from([(Quantity::Slope, Spread::of(&[slope - 0.1, slope + 0.1]).unwrap())]),
        };
        let scores: Vec<CaseScores> = [0.7, 0.8, 0.9, 1.0].map(scores).into();
        let expectation: Expectation = toml::from_str(expectation).unwrap();
        expectation.check(&document.vary, &cases).unwrap();
        let found = expectation.verdicts(&document.vary, &cases, &scores);
        found.into_iter().map(|verdict| (verdict.case, verdict.met)).collect()
    }

    /// Catches cases mixed up, whole numbers that differ from the same with a point, and bounds on the wrong side.
    #[test]
    fn an_expectation_is_held_against_its_cases_alone() {
        let (met, not) = (Some(true), Some(false));
        assert_eq!(
            verdicts("quantity = \"slope\"\nat-least = 0.85"),
            [(0, not), (1, not), (2, met), (3, met)]
        );
        let at = |rest: &str| verdicts(&format!("quantity = \"slope\"\nat = {{ simulate.hot = 5 }}\n{rest}"));
        assert_eq!(at("at-most = 0.95"), [(2, met), (3, not)]);
        assert_eq!(at("value = 1\ntolerance = 0.05"), [(2, not), (3, met)]);
        assert_eq!(at("statistic = \"least\"\nat-least = 0.85"), [(2, not), (3, met)]);
        assert_eq!(at("statistic = \"most\"\nat-most = 1.05"), [(2, met), (3, not)]);
        assert_eq!(at("published = 0.3"), [(2, None), (3, None)]);
        let labelled =
            "quantity = \"slope\"\nat = { \"train.window\" = \"triples\", simulate.hot = 2.0 }\nat-most = 1";
        assert_eq!(verdicts(labelled), [(1, met)]);
    }

    /// Catches a verdict that rounding decides: 0.94 is 0.04 from 0.98, and 0.9399 is not.
    #[test]
    fn the_edge_of_a_tolerance_is_within() {
        let expectation: Expectation =
            toml::from_str("quantity = \"covers\"\nvalue = 0.94\ntolerance = 0.04").unwrap();
        let held = [0.98, 0.9, 0.980_001, 0.899_999].map(|found| expectation.holds(found));
        assert_eq!(held, [true, true, false, false]);
    }

    /// Catches a score that is missing taken for one that is met.
    #[test]
    fn a_score_that_is_not_known_meets_nothing() {
        assert!(
            verdicts("quantity = \"r_squared\"\nat-most = 1").iter().all(|verdict| verdict.1 == Some(false))
        );
    }
}
