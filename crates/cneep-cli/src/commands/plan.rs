//! Plans many analyses as tasks for any number of machines.

use super::analyze::Subject;
use super::analyze::folder::stem;
use super::plan_tiles::PlanTiles;
use super::plan_told::PlanTold;
use super::shared_by_tasks::SharedByTasks;
use crate::plan::line::StatedArguments;
use crate::plan::table::{Row, rows};
use crate::plan::{AnalysisTask, PlanFolder};
use clap::{Args, Subcommand};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Plan many analyses as tasks, for a cluster or for this machine
///
/// A plan is a folder with one line a task, which does not change; `cneep work` carries tasks out, on any
/// number of machines that see the folder, `cneep status` tells which are missing, and `cneep gather` makes
/// one table and one page of all (rates in k_B/s, or in k_B/frame without a frame interval). Tasks are many
/// movies (`plan analyze`), or the tiles of one large field (`plan train`).
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep plan analyze movies/*.tif --interval 50ms -o plan\n\
    Example: cneep plan train field.tif --tiles 256,32 --interval 50ms -o plan")]
pub(crate) struct Plan {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Analyze(Box<PlanAnalyze>),
    #[command(name = "train")]
    Tiles(Box<PlanTiles>),
}

/// Plan one analysis a movie
///
/// The movies are named, or stand in a table (CSV) with the columns file and, if wanted, condition and
/// replicate; files of a table are seen from its folder. Reads every movie once, to know it again by its
/// SHA-256: a task refuses a movie that has changed. Paths are kept as seen from the plan, so that both can
/// be moved together. Without a frame interval in the files or here, rates are in k_B/frame.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep plan analyze movies/*.tif --interval 50ms -o plan\n\
    Example: cneep plan analyze table.csv --compare modes -o plan")]
struct PlanAnalyze {
    #[command(flatten)]
    subject: StatedArguments<Subject>,
    /// Folder for the plan
    #[arg(long, short, value_name = "PLAN")]
    output: PathBuf,
}

impl Plan {
    /// Writes the plan.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        match &self.what {
            What::Analyze(of) => of.run(console),
            What::Tiles(of) => of.run(console),
        }
    }
}

impl PlanAnalyze {
    fn run(&self, console: &Console) -> Result<()> {
        let subject = &self.subject.arguments;
        let settings = subject.training().settings()?.to_toml();
        let rows = rows(subject.movies().paths())?;
        let shared = || SharedByTasks::of(&self.output, &settings, &self.subject.options);
        let shared = interrupt::ending_at_once(shared)?;
        let tasks = interrupt::ending_at_once(|| tasks(&shared, &rows))?;
        refuse_twice(&tasks)?;
        for copies in copies(&tasks) {
            console.note(&format!("{copies} have the same bytes: they are no independent movies"));
        }
        let plan = PlanFolder::write(&self.output, &settings, &tasks)?;
        console.print(&PlanTold::of(&plan))
    }
}

/// One task a movie of `rows`.
fn tasks(shared: &SharedByTasks, rows: &[Row]) -> Result<Vec<AnalysisTask>> {
    let task = |(place, (row, movie)): (usize, (&Row, (String, String)))| AnalysisTask {
        condition: row.condition.clone(),
        replicate: row.replicate.clone(),
        ..shared.task(place + 1, stem(&row.file), &[movie])
    };
    Ok(rows.iter().zip(shared.movies(rows)?).enumerate().map(task).collect())
}

fn refuse_twice(tasks: &[AnalysisTask]) -> Result<()> {
    let mut seen: BTreeMap<&[String], usize> = BTreeMap::new();
    for task in tasks {
        if let Some(first) = seen.insert(&task.movies, task.number) {
            let found = format!("it as number {first} and as number {}", task.number);
            let remedy = "Name every movie once.";
            let movie = task.movies.join(", ");
            return Err(Error::Setting(Fault::new(movie, "every movie once", found, remedy)));
        }
    }
    Ok(())
}

/// Groups of movies of the same bytes, in words.
fn copies(tasks: &[AnalysisTask]) -> Vec<String> {
    let mut of_hash: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (task, movie) in tasks.iter().flat_map(|task| task.movies.iter().map(move |movie| (task, movie))) {
        of_hash.entry(&task.inputs[movie]).or_default().push(movie);
    }
    of_hash.values().filter(|movies| movies.len() > 1).map(|movies| movies.join(", ")).collect()
}
