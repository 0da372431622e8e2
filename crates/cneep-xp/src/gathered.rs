//! Gathers what the tasks of a planned experiment have found: its result.

use super::document::Document;
use super::ledger::{Ledger, SCORES};
use super::outcome::Outcome;
use super::planned::ScoreTask;
use super::runner::conclude;
use super::scores::Scores;
use clap::Args;
use cneep_cli::console::Console;
use cneep_cli::plan::{Found, PlanFolder, Task as _};
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use std::path::{Path, PathBuf};

/// Gather the result of a planned experiment
///
/// Writes what one run of the whole experiment writes (scores, rates in k_B/s, figure, page): the same to the
/// byte, but for times and the day. The folder then serves further runs, too: scores with the same settings
/// are not computed twice. A plan that is not complete is refused.
#[derive(Debug, Args)]
pub(crate) struct Gather {
    /// Folder of the plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Folder for scores and result
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// End with exit code 1 if anything expected is not met
    #[arg(long)]
    pub(crate) check: bool,
}

impl Gather {
    /// Gathers it, and tells the outcome.
    pub(crate) fn run(&self, console: &Console) -> Result<(Outcome, PathBuf)> {
        let plan = PlanFolder::<ScoreTask>::read(&self.plan)?;
        let found = Found::of(&plan)?;
        found.check_complete(&plan, "")?;
        found.tell_instruction_sets(console);
        let document = Document::read(&plan.settings(), false)?;
        let folders = || found.done.iter().map(|(task, _)| plan.of_task(task.number()));
        let mut rows: Vec<Scores> = Vec::new();
        for folder in folders() {
            rows.extend(Ledger::open(&folder)?.into_rows());
        }
        let ledger = Ledger::of(&self.output, rows);
        refuse_others(&self.output, &ledger)?;
        for folder in folders() {
            copy_maps(&folder, &self.output)?;
        }
        ledger.write()?;
        write_bytes(&self.output.join("experiment.toml"), document.to_toml().as_bytes())?;
        let quick = found.done.iter().any(|(task, _)| task.quick);
        let outcome = conclude(&document, &document.cases()?, &ledger, &self.output, quick)?;
        Ok((outcome, self.output.join("result.md")))
    }
}

/// Refuses a folder with other scores, which would be lost.
fn refuse_others(folder: &Path, ledger: &Ledger) -> Result<()> {
    let path = folder.join(SCORES);
    if !path.exists() || std::fs::read(&path).map_err(|e| Error::reading(&path, e))? == ledger.bytes()? {
        return Ok(());
    }
    let remedy = "Choose another folder (-o DIR); nothing was changed.";
    Err(Error::Setting(Fault::of_file(&path, "the scores of this plan, or none", "others", remedy)))
}

fn copy_maps(from: &Path, to: &Path) -> Result<()> {
    let from = from.join("maps");
    for entry in from.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        let bytes = std::fs::read(&path).map_err(|refusal| Error::reading(&path, refusal))?;
        write_bytes(&to.join("maps").join(entry.file_name()), &bytes)?;
    }
    Ok(())
}
