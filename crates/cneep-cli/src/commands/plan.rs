//! Plans many analyses as tasks for any number of machines.

use super::analyze::Subject;
use super::analyze::folder::stem;
use super::plan_told::PlanTold;
use crate::plan::folder::name_of;
use crate::plan::line::StatedArguments;
use crate::plan::manifest::hash;
use crate::plan::movie_hash::hash_of;
use crate::plan::table::{Row, rows};
use crate::plan::{AnalysisTask, PlanFolder, Stated};
use clap::{Args, Subcommand};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Plan many analyses as tasks, for a cluster or for this machine
///
/// A plan is a folder with one line a task, which does not change; `cneep work` carries tasks out, on any
/// number of machines that see the folder, `cneep status` tells which are missing, and `cneep gather` makes
/// one table and one page of all (rates in k_B/s, or in k_B/frame without a frame interval).
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep plan analyze movies/*.tif --interval 50ms -o plan")]
pub(crate) struct Plan {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Analyze(Box<PlanAnalyze>),
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
        }
    }
}

impl PlanAnalyze {
    fn run(&self, console: &Console) -> Result<()> {
        let subject = &self.subject.arguments;
        let settings = subject.settings()?.to_toml();
        let rows = rows(subject.paths())?;
        let planned =
            Planned { plan: &self.output, settings: hash(settings.as_bytes()), options: self.options() };
        let tasks = interrupt::ending_at_once(|| planned.tasks(&rows))?;
        refuse_twice(&tasks)?;
        for copies in copies(&tasks) {
            console.note(&format!("{copies} have the same bytes: they are no independent movies"));
        }
        let plan = PlanFolder::write(&self.output, &settings, &tasks)?;
        console.print(&PlanTold::of(&plan))
    }

    /// What holds for each movie; the rest stands in the settings.
    fn options(&self) -> Vec<Stated> {
        let in_settings = ["compare", "settings", "seed"];
        let mut options = self.subject.options.clone();
        options.retain(|of| !in_settings.contains(&of.option.as_str()));
        for of in options.iter_mut().filter(|of| of.is_file) {
            let path = of.value.as_deref().unwrap_or_default();
            of.value = Some(name_of(&self.output, Path::new(path)));
        }
        options
    }
}

/// What all tasks of a plan have in common.
struct Planned<'a> {
    plan: &'a Path,
    settings: String,
    options: Vec<Stated>,
}

impl Planned<'_> {
    fn tasks(&self, rows: &[Row]) -> Result<Vec<AnalysisTask>> {
        let files = self.options.iter().filter(|of| of.is_file).filter_map(|of| of.value.clone());
        let files: BTreeMap<String, String> = files
            .map(|file| hash_of(&self.plan.join(&file)).map(|hash| (file, hash)))
            .collect::<Result<_>>()?;
        let hashes: Vec<String> = rows.par_iter().map(|row| hash_of(&row.file)).collect::<Result<_>>()?;
        let task = |(place, (row, hash)): (usize, (&Row, String))| {
            let movie = name_of(self.plan, &row.file);
            let mut inputs = files.clone();
            inputs.insert(movie.clone(), hash);
            AnalysisTask {
                number: place + 1,
                name: stem(&row.file),
                movie,
                condition: row.condition.clone(),
                replicate: row.replicate.clone(),
                options: self.options.clone(),
                settings: self.settings.clone(),
                inputs,
            }
        };
        Ok(rows.iter().zip(hashes).enumerate().map(task).collect())
    }
}

fn refuse_twice(tasks: &[AnalysisTask]) -> Result<()> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for task in tasks {
        if let Some(first) = seen.insert(&task.movie, task.number) {
            let found = format!("it as number {first} and as number {}", task.number);
            let remedy = "Name every movie once.";
            return Err(Error::Setting(Fault::new(task.movie.clone(), "every movie once", found, remedy)));
        }
    }
    Ok(())
}

/// Groups of movies of the same bytes, in words.
fn copies(tasks: &[AnalysisTask]) -> Vec<String> {
    let mut of_hash: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for task in tasks {
        of_hash.entry(&task.inputs[&task.movie]).or_default().push(&task.movie);
    }
    of_hash.values().filter(|movies| movies.len() > 1).map(|movies| movies.join(", ")).collect()
}
