//! Gathers the scores of all cases into the outcome of an experiment.

use super::agreement::agreement;
use super::case::Case;
use super::case_provenance::CaseProvenance;
use super::document::Document;
use super::expectation::Verdict;
use super::ledger::Ledger;
use super::older_builds;
use super::provenance::Provenance;
use super::quantity::Quantity;
use super::scores::{Scores, kept_maps};
use super::spread::{CaseScores, Spread};
use cneep_movie::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The answer to an experiment's question.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// Why scores of an older build still stand; none if they are of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) older_build: Option<String>,
}

impl Outcome {
    /// What the scores in the `ledger` of the experiment's `folder` say of its `cases`, or of those of its
    /// `quick` version.
    pub(crate) fn of(
        document: &Document,
        cases: &[Case],
        ledger: &Ledger,
        folder: &Path,
        quick: bool,
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
                scores.extend(Spread::of(quantity, &values).map(|spread| (quantity, spread)));
            }
            let labels = document.vary.iter().zip(&case.places).map(|(axis, place)| axis.label(*place));
            let provenance = CaseProvenance::of(&rows);
            scored.push(CaseScores { values: labels.collect(), scores, provenance });
        }
        let verdicts = document.expect.iter();
        let provenance = Provenance::now(seconds);
        let own = |case: &CaseScores| case.provenance.builds.iter().all(|build| *build == provenance.build);
        let kept = || "scores were kept from the builds named with each case".to_owned();
        let older_build = match older_builds::reason(folder)? {
            None => (!scored.iter().all(own)).then(kept),
            marked => marked,
        };
        Ok(Self {
            title: document.title.clone(),
            question: document.question.clone(),
            source: document.source.clone(),
            quick,
            axes: document.vary.iter().map(|axis| axis.name().to_owned()).collect(),
            plot: document.plotted(),
            verdicts: verdicts.flat_map(|e| e.verdicts(&document.vary, cases, &scored)).collect(),
            cases: scored,
            provenance,
            older_build,
        })
    }

    /// Whether all that is expected is met.
    pub(crate) fn is_met(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.met != Some(false))
    }
}
