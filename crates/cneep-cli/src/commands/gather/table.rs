//! Writes the table of all tasks.

use super::analysed::Analysed;
use crate::csv_file::{cell, with_interval, write_csv};
use crate::plan::AnalysisTask;
use cneep_movie::error::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// Writes one line a task to `path`: its number and name, what `own` says of it under the heads `own_head`,
/// and what was found; columns of each unit that occurs, with the unit in the head.
pub(super) fn write(
    found: &[Analysed],
    own_head: &[&str],
    own: impl Fn(&AnalysisTask) -> Vec<String>,
    path: &Path,
) -> Result<()> {
    let units: BTreeSet<&str> =
        found.iter().map(|of| of.summary().entropy_production_rate.unit.as_str()).collect();
    let head = ["task", "name"].iter().chain(own_head).chain(&["verdict"]);
    let mut head: Vec<String> = head.map(|&name| name.to_owned()).collect();
    for unit in &units {
        for name in ["rate", "certified_bound", "cross_validated_bound"] {
            head.extend(["", "_low", "_high"].map(|end| format!("{name}{end} ({unit})")));
        }
        head.push(format!("rate_standard_error ({unit})"));
        head.push(format!("detection_limit ({unit})"));
    }
    head.extend(
        [
            "equilibrium_p_value",
            "adjusted_p_value",
            "transitions",
            "window (frames)",
            "cautions",
            "in_words",
            "report",
        ]
        .map(str::to_owned),
    );
    let row = |of: &Analysed| {
        let (task, summary) = (of.task, of.summary());
        let mut row = vec![task.number.to_string(), task.name.clone()];
        row.extend(own(task).into_iter().chain([of.word().to_owned()]));
        for unit in &units {
            let is_own = summary.entropy_production_rate.unit == *unit;
            let rate = Some(&summary.entropy_production_rate).filter(|_| !summary.is_zero);
            let bounds = [rate, summary.certified_bound.as_ref(), summary.cross_validated_bound.as_ref()];
            row.extend(bounds.into_iter().flat_map(|of| with_interval(of.filter(|_| is_own))));
            row.push(cell(rate.filter(|_| is_own).and_then(|rate| rate.standard_error)));
            let limit = summary.detection_limit.as_ref().and_then(|limit| limit.verdict);
            row.push(cell(limit.filter(|_| is_own)));
        }
        row.extend([cell(summary.equilibrium_p_value), cell(of.adjusted_p_value)]);
        row.extend([summary.transitions.to_string(), summary.window.to_string()]);
        row.push(of.cautions().count().to_string());
        row.extend([of.whole.verdict.clone(), of.page.clone()]);
        row
    };
    write_csv(path, &head, found.iter().map(row))
}
