//! Gathers the scores of all cases into the outcome of an experiment.

use super::agreement::agreement;
use super::case::Case;
use super::document::Document;
use super::expectation::Verdict;
use super::ledger::Ledger;
use super::provenance::Provenance;
use super::quantity::Quantity;
use super::runner::kept_maps;
use super::scores::Scores;
use cneep_movie::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The answer to an experiment's question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) title: String,
    pub(crate) question: String,
    pub(crate) source: Option<String>,
    /// Whether this is the quick version.
    pub(crate) quick: bool,
    /// Names of the axes.
    pub(crate) axes: Vec<String>,
    /// The score that the figure shows.
    pub(crate) plot: Quantity,
    pub(crate) cases: Vec<CaseScores>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) provenance: Provenance,
}

/// Scores of one case over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseScores {
    /// What its value along every axis is called.
    pub(crate) values: Vec<String>,
    /// Scores that are known of every seed.
    pub(crate) scores: BTreeMap<Quantity, Spread>,
}

/// Values of several seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    /// Standard deviation over the seeds, of a share of them its standard error; none for a single one.
    pub(crate) deviation: Option<f64>,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) seeds: usize,
}

impl Spread {
    /// The spread of `values`; none without any.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let extreme = |of: fn(f64, f64) -> f64| values.iter().copied().reduce(of);
        Some(Self {
            mean,
            deviation: (values.len() > 1).then(|| (square / (count - 1.0)).sqrt()),
            least: extreme(f64::min)?,
            most: extreme(f64::max)?,
            seeds: values.len(),
        })
    }

    /// Of a share: each seed counts or does not, which has no scatter of its own, but the share is known as well only as their number tells it.
    fn of_share(self) -> Self {
        let root = (self.seeds as f64).sqrt();
        Self { deviation: self.deviation.map(|deviation| deviation / root), ..self }
    }
}

impl Outcome {
    /// What the scores in the `ledger` of the experiment's `folder` say of its `cases`.
    pub(super) fn of(
        document: &Document,
        cases: &[Case],
        ledger: &Ledger,
        (folder, quick): (&Path, bool),
    ) -> Result<Self> {
        let mut scored = Vec::with_capacity(cases.len());
        let mut seconds = 0.0;
        for case in cases {
            let hashes: Vec<String> = document.seeds.iter().map(|seed| case.settings.hash(*seed)).collect();
            let rows: Vec<&Scores> = hashes.iter().filter_map(|hash| ledger.find(hash)).collect();
            seconds += rows.iter().map(|row| row.seconds).sum::<f64>();
            let file = |row: &&Scores| (row.test_transitions, kept_maps(folder, &row.settings_hash));
            let maps: Vec<_> = rows.iter().map(file).collect();
            let mut scores = BTreeMap::new();
            for quantity in Quantity::ALL {
                let values: Vec<f64> = match quantity {
                    Quantity::MapAgreement => agreement(&maps)?.into_iter().collect(),
                    _ => rows
                        .iter()
                        .filter_map(|row| quantity.of(row))
                        .filter(|value| value.is_finite())
                        .collect(),
                };
                let spread = Spread::of(&values);
                let spread = if quantity.is_share() { spread.map(Spread::of_share) } else { spread };
                scores.extend(spread.map(|spread| (quantity, spread)));
            }
            let labels = document.vary.iter().zip(&case.places).map(|(axis, place)| axis.label(*place));
            scored.push(CaseScores { values: labels.collect(), scores });
        }
        let verdicts = document.expect.iter();
        Ok(Self {
            title: document.title.clone(),
            question: document.question.clone(),
            source: document.source.clone(),
            quick,
            axes: document.vary.iter().map(|axis| axis.name().to_owned()).collect(),
            plot: document.plotted(),
            verdicts: verdicts.flat_map(|e| e.verdicts(&document.vary, cases, &scored)).collect(),
            cases: scored,
            provenance: Provenance::now(seconds),
        })
    }

    /// Whether all that is expected is met.
    pub(crate) fn is_met(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.met != Some(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a deviation over n, which leans low for a handful of seeds.
    #[test]
    fn a_spread_is_that_of_a_sample() {
        let spread = Spread::of(&[1.0, 2.0, 6.0]).unwrap();
        assert_eq!((spread.mean, spread.least, spread.most, spread.seeds), (3.0, 1.0, 6.0, 3));
        assert!((spread.deviation.unwrap() - 7f64.sqrt()).abs() < 1e-12);
        assert_eq!(Spread::of(&[1.0]).unwrap().deviation, None);
        assert_eq!(Spread::of(&[]), None);
        // Of four seeds one counts: sqrt(p (1 - p) / (n - 1)).
        let share = Spread::of(&[1.0, 0.0, 0.0, 0.0]).unwrap().of_share();
        assert!((share.deviation.unwrap() - (0.25 * 0.75 / 3.0_f64).sqrt()).abs() < 1e-12);
    }
}
