//! Reads what the analysis of a task says.

use super::super::analyze::AnalysisSummary;
use super::super::analyze::folder::AnalysisFolder;
use super::super::relative_path::{absolute, relative};
use super::super::results::read_json;
use super::Plan;
use crate::plan::{AnalysisTask, Found};
use cneep::conditions::holm_adjusted;
use cneep::entropy_production::{Significance, Summary};
use cneep_movie::caution::{Caution, Grade};
use cneep_movie::error::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// A task that was analysed.
pub(super) struct Analysed<'a> {
    pub(super) task: &'a AnalysisTask,
    /// Its folder.
    pub(super) folder: AnalysisFolder,
    pub(super) whole: AnalysisSummary,
    /// Its page, as seen from the results.
    pub(super) page: String,
    /// Its p-value, adjusted for how many there are.
    pub(super) adjusted_p_value: Option<f64>,
}

/// What all tasks of `plan` say that were `found` done, for results in the folder `output`.
pub(super) fn all<'a>(
    plan: &Plan,
    found: &Found<'a, AnalysisTask>,
    output: &Path,
) -> Result<Vec<Analysed<'a>>> {
    let analysed = |task: &'a AnalysisTask| -> Result<Analysed<'a>> {
        let folder = AnalysisFolder::new(plan.of_task(task.number));
        let page = relative(&absolute(output), &absolute(&folder.report()));
        let page = page.to_string_lossy().replace('\\', "/");
        let whole = read_json(&folder.summary())?;
        Ok(Analysed { task, folder, whole, page, adjusted_p_value: None })
    };
    let mut all: Vec<Analysed> = found.done.iter().map(|(task, _)| analysed(task)).collect::<Result<_>>()?;
    let p_values: Vec<Option<f64>> = all.iter().map(|of| of.summary().equilibrium_p_value).collect();
    for (of, adjusted) in all.iter_mut().zip(holm_adjusted(&p_values)) {
        of.adjusted_p_value = adjusted;
    }
    Ok(all)
}

/// How many tasks have each verdict.
pub(super) fn verdicts(found: &[Analysed]) -> BTreeMap<&'static str, usize> {
    let mut verdicts = BTreeMap::new();
    for of in found {
        *verdicts.entry(of.word()).or_default() += 1;
    }
    verdicts
}

/// The same in words.
pub(super) fn in_words(verdicts: &BTreeMap<&'static str, usize>) -> String {
    let words = verdicts.iter().map(|(word, count)| format!("{count} {}", word.replace('_', " ")));
    words.collect::<Vec<_>>().join(", ")
}

impl Analysed<'_> {
    pub(super) fn summary(&self) -> &Summary {
        &self.whole.summary
    }

    /// The verdict, as in `summary.json`.
    pub(super) fn word(&self) -> &'static str {
        match self.summary().significance {
            Significance::Dissipates => "dissipates",
            Significance::RejectsEquilibrium => "rejects_equilibrium",
            Significance::NotDetected => "not_detected",
            Significance::Withdrawn => "withdrawn",
            _ => "not_tested",
        }
    }

    /// What its reader must know, but for notes.
    pub(super) fn cautions(&self) -> impl Iterator<Item = &Caution> {
        self.summary().cautions.iter().filter(|of| of.grade() != Grade::Note)
    }
}
