//! Puts on a page what movies and tiles have in common.

use super::analysed::Analysed;
use crate::plan::{AnalysisTask, Found};
use cneep::entropy_production::Significance;
use cneep_movie::units::to_digits;
use cneep_report::report::html::Page;
use std::collections::BTreeSet;

/// How many of the tasks `found` dissipate, and what their p-values mean; each is a `thing`.
pub(super) fn verdicts(page: &mut Page, found: &[Analysed], thing: &str) {
    let dissipating = found.iter().filter(|of| of.summary().significance == Significance::Dissipates).count();
    page.headline_text(
        "dissipate",
        &format!("{dissipating} of {}", found.len()),
        &format!("test and bound agree, per {thing}"),
    );
    let is_below = |of: &&Analysed| of.adjusted_p_value.is_some_and(|p| p <= 0.05);
    let below = found.iter().filter(is_below).count();
    page.headline_text(
        "beyond chance among all",
        &below.to_string(),
        &format!("p-value of at most 0.05 after Holm's adjustment for the number of {thing}s"),
    );
    page.paragraph(&format!(
        "A p-value is of one {thing}: of {} {thing}s in equilibrium about {} would be below 0.05 by chance. \
         Adjusted p-values allow for that: the chance that any {thing} in equilibrium is below 0.05 is \
         at most 5 %. Verdicts are those of the single pages, and are not adjusted.",
        found.len(),
        to_digits(0.05 * found.len() as f64, 2)
    ));
}

/// Name, verdict, p-value, the same adjusted, and what cautions are about.
pub(super) fn cells(of: &Analysed) -> Vec<String> {
    let subjects: BTreeSet<&str> = of.cautions().map(|caution| caution.subject.as_str()).collect();
    vec![
        of.task.name.clone(),
        of.whole.verdict.clone(),
        of.summary().p_in_words().unwrap_or_else(|| "-".into()),
        of.adjusted_p_value.map_or("-".into(), |p| to_digits(p, 2)),
        Vec::from_iter(subjects).join(", "),
    ]
}

/// Which tasks are not done, and why.
pub(super) fn not_done(page: &mut Page, tasks: &Found<AnalysisTask>, thing: &str) {
    if tasks.not_done.is_empty() {
        return;
    }
    page.section("Not done");
    let row =
        |(task, why): &(&AnalysisTask, String)| vec![task.number.to_string(), task.name.clone(), why.clone()];
    page.table(&["task", thing, "why"], &tasks.not_done.iter().map(row).collect::<Vec<_>>());
}
