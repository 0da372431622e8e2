//! Says what an experiment expects, and whether it was met.

use super::case::Case;
use super::quantity::Quantity;
use super::share::Share;
use super::spread::{CaseScores, Spread};
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
    /// Of a share of seeds: what its chance should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Share>,
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
    /// Of p-values: that of the test of Kolmogorov and Smirnov against a uniform distribution.
    Uniformity,
}

/// An expectation held against one case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) quantity: Quantity,
    /// Index of the case.
    pub(crate) case: usize,
    /// What is called for, in words; empty where a value is only published.
    pub(crate) expected: String,
    /// The statistic over the seeds; none where the score is not known.
    pub(crate) found: Option<f64>,
    /// Probability of a share as far off, or farther, if its chance is the one called for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p_value: Option<f64>,
    pub(crate) published: Option<f64>,
    pub(crate) published_error: Option<f64>,
    /// Whether it is met; none where nothing is called for.
    pub(crate) met: Option<bool>,
}

impl Expectation {
    /// Says what is wrong with the expectation, if anything is.
    pub(crate) fn check(&self, axes: &[Axis], cases: &[Case]) -> Result<(), String> {
        let name = format!("an expectation of {}", serde_name(self.quantity));
        if self.value.is_some() != self.tolerance.is_some() {
            return Err(format!("{name} with one of `value` and `tolerance`, which belong together"));
        }
        if !self.calls_for_something() && self.published.is_none() {
            return Err(format!("{name} without `value`, `at-least`, `at-most`, `share` or `published`"));
        }
        if self.statistic == Statistic::Uniformity && self.quantity != Quantity::PValue {
            return Err(format!("{name} with the uniformity of what is no p-value"));
        }
        self.check_share().map_err(|found| format!("{name} {found}"))?;
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

    /// Shares of seeds scatter by their number alone, and take few values: a tolerance would be met or not by
    /// rounding.
    fn check_share(&self) -> Result<(), String> {
        let Some(share) = self.share else {
            let toleranced = self.quantity.is_share() && self.value.is_some();
            return if toleranced { Err("with a `value`: give its `share`".into()) } else { Ok(()) };
        };
        if !self.quantity.is_share() {
            return Err("with a `share`, which it is not".into());
        }
        if !(0.0..=1.0).contains(&share.chance()) {
            return Err(format!("with the share {}, which is none", share.chance()));
        }
        let others = [self.value, self.at_least, self.at_most];
        if others.iter().any(Option::is_some) || self.statistic != Statistic::Mean {
            return Err("with a `share` and another demand: give two expectations".into());
        }
        Ok(())
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
    pub(crate) fn verdicts(&self, axes: &[Axis], cases: &[Case], scores: &[CaseScores]) -> Vec<Verdict> {
        let verdict = |case: usize| {
            let spread = scores[case].scores.get(&self.quantity);
            let found = spread.map(|spread| self.statistic.of(spread));
            let p_value =
                self.share.zip(spread).map(|(share, spread)| share.p_value(spread.counted(), spread.seeds));
            let met = if self.share.is_some() {
                p_value.is_some_and(Share::is_met)
            } else {
                found.is_some_and(|found| self.holds(found))
            };
            Verdict {
                quantity: self.quantity,
                case,
                expected: self.in_words(),
                found,
                p_value,
                published: self.published,
                published_error: self.published_error,
                met: self.calls_for_something().then_some(met),
            }
        };
        self.meant(axes, cases).map(verdict).collect()
    }

    /// Whether it can be missed: a value that is only published cannot.
    fn calls_for_something(&self) -> bool {
        self.value.or(self.at_least).or(self.at_most).is_some() || self.share.is_some()
    }

    /// Places of the cases that it is about.
    pub(crate) fn meant<'a>(
        &'a self,
        axes: &'a [Axis],
        cases: &'a [Case],
    ) -> impl Iterator<Item = usize> + 'a {
        (0..cases.len()).filter(|&case| self.means(axes, &cases[case].places))
    }

    fn holds(&self, found: f64) -> bool {
        let near = self.value.zip(self.tolerance);
        near.is_none_or(|(value, tolerance)| (found - value).abs() <= tolerance)
            && self.at_least.is_none_or(|least| found >= least)
            && self.at_most.is_none_or(|most| found <= most)
    }

    /// What is called for; empty where a value is only published.
    pub(crate) fn in_words(&self) -> String {
        let statistic = match self.statistic {
            Statistic::Mean => "",
            Statistic::Least => "least of all seeds ",
            Statistic::Most => "most of all seeds ",
            Statistic::Uniformity => "uniform, Kolmogorov-Smirnov p ",
        };
        let parts = [
            self.value.zip(self.tolerance).map(|(value, tolerance)| format!("{value} ± {tolerance}")),
            self.at_least.map(|least| format!("≥ {least}")),
            self.at_most.map(|most| format!("≤ {most}")),
            self.share.map(Share::in_words),
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
            Self::Uniformity => spread.uniformity.unwrap_or(0.0),
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

    /// Four cases: `simulate.hot` 2 and 5, each with `train.window` 2 and 3, the latter faster.
    fn axes_and_cases() -> (Vec<Axis>, Vec<Case>) {
        let hot = "key = \"simulate.hot\"\nvalues = [2, 5.0]";
        let window = "key = \"train.window\"\nvalues = [2, 3]\nlabels = [\"pairs\", \"triples\"]";
        let settings = "test = { movies = 1 }\nsimulate = { system = \"gyrator\" }";
        let settings = crate::settings::Settings::of(toml::from_str(settings).unwrap()).unwrap();
        let case = |places: [usize; 2]| Case { places: places.into(), settings: settings.clone() };
        let cases = [[0, 0], [0, 1], [1, 0], [1, 1]].map(case);
        ([hot, window].map(|axis| toml::from_str(axis).unwrap()).into(), cases.into())
    }

    /// Verdicts on four cases with these values of one score.
    fn judged(expectation: &str, quantity: Quantity, values: [&[f64]; 4]) -> Vec<(usize, Option<bool>)> {
        let (axes, cases) = axes_and_cases();
        let scores = values.map(|values| CaseScores {
            values: Vec::new(),
            scores: BTreeMap::from([(quantity, Spread::of(quantity, values).unwrap())]),
            provenance: crate::case_provenance::CaseProvenance::default(),
        });
        let expectation: Expectation = toml::from_str(expectation).unwrap();
        expectation.check(&axes, &cases).unwrap();
        let found = expectation.verdicts(&axes, &cases, &scores);
        found.into_iter().map(|verdict| (verdict.case, verdict.met)).collect()
    }

    fn verdicts(expectation: &str) -> Vec<(usize, Option<bool>)> {
        let slopes = [0.7, 0.8, 0.9, 1.0].map(|slope| [slope - 0.1, slope + 0.1]);
        let [a, b, c, d] = &slopes;
        judged(expectation, Quantity::Slope, [a, b, c, d])
    }

    /// Catches cases mixed up, whole numbers that differ from the same with a point, and bounds on the wrong
    /// side.
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

    /// Catches a share that is judged by a tolerance of somebody's choice, from one side only, or without
    /// regard to the number of seeds: of 100 seeds 90 to 99 bear 95 % out, and 5 at most bear 2.5 % or less
    /// out.
    #[test]
    fn a_share_is_judged_by_the_number_of_its_seeds() {
        let (met, not) = (Some(true), Some(false));
        let seeds = |counted: usize, all: usize| -> Vec<f64> {
            (0..all).map(|seed| f64::from(u8::from(seed < counted))).collect()
        };
        let of_100 = |share: &str, counted: [usize; 4]| {
            let values = counted.map(|counted| seeds(counted, 100));
            let [a, b, c, d] = &values;
            let expectation = format!("quantity = \"covers\"\nshare = {{ {share} }}");
            judged(&expectation, Quantity::Covers, [a, b, c, d])
                .into_iter()
                .map(|(_, met)| met)
                .collect::<Vec<_>>()
        };
        assert_eq!(of_100("expected = 0.95", [89, 90, 99, 100]), [not, met, met, not]);
        assert_eq!(of_100("at-most = 0.025", [0, 5, 6, 100]), [met, met, not, not]);
        assert_eq!(of_100("at-least = 0.95", [100, 91, 90, 0]), [met, met, not, not]);
        let few = judged(
            "quantity = \"covers\"\nshare = { expected = 0.95 }",
            Quantity::Covers,
            [&seeds(4, 5), &seeds(3, 5), &seeds(5, 5), &seeds(0, 5)],
        );
        assert_eq!(few, [(0, met), (1, not), (2, met), (3, not)]);
    }

    #[test]
    fn a_share_of_what_is_none_is_refused() {
        let (axes, cases) = axes_and_cases();
        let told = |text: &str| {
            let expectation: Expectation = toml::from_str(text).unwrap();
            expectation.check(&axes, &cases).unwrap_err()
        };
        assert!(told("quantity = \"slope\"\nshare = { expected = 0.5 }").contains("which it is not"));
        assert!(told("quantity = \"covers\"\nvalue = 0.95\ntolerance = 0.04").contains("give its `share`"));
        assert!(told("quantity = \"covers\"\nshare = { at-most = 2.5 }").contains("2.5"));
        assert!(told("quantity = \"covers\"\nshare = { at-most = 0.1 }\nat-least = 0").contains("two"));
    }

    /// Catches a score that is missing taken for one that is met.
    #[test]
    fn a_score_that_is_not_known_meets_nothing() {
        for unknown in
            ["quantity = \"r_squared\"\nat-most = 1", "quantity = \"covers\"\nshare = { at-most = 1 }"]
        {
            assert!(verdicts(unknown).iter().all(|verdict| verdict.1 == Some(false)));
        }
    }
}
