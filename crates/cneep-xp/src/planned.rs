//! Plans an experiment as tasks for many machines: one a case and a seed.

use super::case::Case;
use super::document::Document;
use super::ledger::{Ledger, SCORES};
use super::runner::score;
use clap::Args;
use cneep_cli::commands::plan_told::PlanTold;
use cneep_cli::commands::work::Given;
use cneep_cli::console::Console;
use cneep_cli::plan::{PlanFolder, Task, hash};
use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Plan an experiment: one task for each case and seed
///
/// A plan is a folder with one line a task, which does not change; `cneep-xp work` carries tasks out, on any
/// number of machines that see the folder, `cneep-xp status` tells which are missing, and `cneep-xp gather`
/// writes the result (rates in k_B/s) that one run of the whole experiment writes.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The experiment
    #[arg(value_name = "FILE.toml")]
    experiment: PathBuf,
    /// Folder for the plan
    #[arg(long, short, value_name = "PLAN")]
    output: PathBuf,
    /// Plan the small version
    #[arg(long)]
    quick: bool,
}

/// One case with one seed of training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreTask {
    /// Its number, from 1.
    #[serde(rename = "task")]
    number: usize,
    /// Values of all axes, and the seed.
    name: String,
    /// Number of the case, from 0.
    case: usize,
    /// Seed of training.
    seed: u64,
    /// Hash of all settings and the seed, by which the scores are known.
    scores: String,
    /// Whether it is of the quick version.
    pub(crate) quick: bool,
    /// SHA-256 of the experiment as used.
    settings: String,
    /// Nothing is read but the plan.
    #[serde(skip)]
    inputs: BTreeMap<String, String>,
}

impl Task for ScoreTask {
    const VERB: &'static str = "experiment";
    const PROGRAM: &'static str = "cneep-xp";
    const PLANNED_BY: &'static str = "cneep-xp plan FILE.toml -o PLAN";
    const RESULT: &'static str = SCORES;

    fn number(&self) -> usize {
        self.number
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn inputs(&self) -> &BTreeMap<String, String> {
        &self.inputs
    }
}

impl Plan {
    /// Writes the plan.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let document = Document::read(&self.experiment, self.quick)?;
        let settings = document.to_toml();
        let cases = document.cases()?;
        let of_case = |(place, case): (usize, &Case)| {
            let task = |&seed: &u64| ScoreTask {
                number: 0,
                name: format!("{}, seed {seed}", case.label(&document.vary)),
                case: place,
                seed,
                scores: case.settings.hash(seed),
                quick: self.quick,
                settings: hash(settings.as_bytes()),
                inputs: BTreeMap::new(),
            };
            document.seeds.iter().map(task).collect::<Vec<_>>()
        };
        let tasks = cases.iter().enumerate().flat_map(of_case).zip(1..);
        let tasks: Vec<ScoreTask> = tasks.map(|(task, number)| ScoreTask { number, ..task }).collect();
        console.print(&PlanTold::of(&PlanFolder::write(&self.output, &settings, &tasks)?))
    }
}

/// Scores the case and seed that are `given` as a task; what was found, in words.
///
/// # Errors
/// [`Error::Mismatch`] if this build would score other settings than were planned.
pub(crate) fn scored(given: &Given<ScoreTask>, console: &Console) -> Result<String> {
    let Given { plan, task, folder } = *given;
    let document = Document::read(&plan.settings(), false)?;
    let cases = document.cases()?;
    let case = cases.get(task.case).filter(|case| case.settings.hash(task.seed) == task.scores);
    let case = case.ok_or_else(|| {
        let expected = "settings with the hash that was planned";
        let found = "other settings: defaults have changed between two builds";
        let remedy = "Use the build that made the plan, or make a plan anew, into another folder.";
        Error::Mismatch(Fault::new(format!("task {}", task.number), expected, found, remedy))
    })?;
    let mut ledger = Ledger::open(folder)?;
    if ledger.find(&task.scores).is_none() {
        score(&document, case, task.seed, folder, &mut ledger, console)?;
    }
    let rate = ledger.find(&task.scores).map_or(f64::NAN, |scores| scores.rate);
    Ok(format!("{}: {rate:.4} k_B/s", task.name))
}
