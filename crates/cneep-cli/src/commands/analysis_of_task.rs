//! Carries out the analysis that a task states.

use super::analyze::Analyze;
use super::analyze::folder::AnalysisFolder;
use super::work::Given;
use crate::plan::AnalysisTask;
use crate::plan::line::parsed;
use cneep_cli::console::Console;
use cneep_movie::error::{Error, Fault, Result};
use std::ffi::OsString;

/// The verdict of the analysis that is `given` as a task.
pub(crate) fn analysed(given: &Given<AnalysisTask>, console: &Console) -> Result<String> {
    let Given { plan, task, folder } = *given;
    let mut words: Vec<OsString> =
        task.movies.iter().map(|movie| plan.place(movie).into_os_string()).collect();
    words.extend(["-o".into(), folder.into(), "--settings".into(), plan.settings().into_os_string()]);
    words.extend(task.options.iter().map(|of| of.word(|file| plan.place(file)).into()));
    let analyze: Analyze = parsed("analyze", words).map_err(|refusal| {
        let remedy = "Make the plan anew, into another folder.";
        let subject = format!("task {}", task.number);
        Error::Format(Fault::new(subject, "options of `cneep analyze`", refusal.to_string(), remedy))
    })?;
    let analysed = analyze.carry_out(console);
    console.stages_end();
    let analysed = analysed?;
    if !AnalysisFolder::existing(folder)?.1.is_complete {
        return Err(Error::stopped("the task; what was fitted is kept, and the next worker goes on"));
    }
    console.tell(&analysed.summary.summary.cautions);
    Ok(analysed.summary.verdict)
}
