//! Tells how far a plan is.

use crate::plan::folder::State;
use crate::plan::unfinished::in_work;
use crate::plan::{PlanFolder, Task, ranges};
use clap::Args;
use cneep_cli::console::Console;
use cneep_movie::error::Result;
use serde::Serialize;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Tell which tasks of a plan are done, in work, failed and missing
///
/// With --missing it prints the indices of an array job that does what is left (failed and missing; not what
/// a worker holds, as far as the file system tells), and nothing when nothing is. Times are in seconds.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep status plan\n\
    Example: sbatch --array=$(cneep status plan --missing) cneep.sh")]
pub struct Status {
    /// Folder of the plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Print what is left as ranges, such as 1-2,5-10,99
    #[arg(long)]
    missing: bool,
    /// Largest index that the scheduler takes (Slurm: MaxArraySize less 1): one line an array, with the
    /// offset
    #[arg(long, value_name = "INDEX", requires = "missing")]
    max_array_size: Option<NonZeroUsize>,
    /// Tasks of each job, as of `cneep work`: indices are those of jobs
    #[arg(long, value_name = "TASKS", default_value = "1", requires = "missing")]
    per_job: NonZeroUsize,
}

/// How far a plan is.
#[derive(Debug, Serialize)]
pub(crate) struct Progress {
    plan: PathBuf,
    tasks: usize,
    done: usize,
    in_work: Vec<usize>,
    pub(crate) failed: Vec<usize>,
    pub(crate) missing: Vec<usize>,
    /// Time of all workers on what is done.
    seconds: f64,
    #[serde(skip)]
    program: &'static str,
}

/// The arrays that do what is left.
#[derive(Debug, Serialize)]
struct Arrays {
    arrays: Vec<Array>,
    has_limit: bool,
}

#[derive(Debug, Serialize)]
struct Array {
    indices: String,
    offset: usize,
}

impl Progress {
    /// How far the `plan` is.
    pub(crate) fn of<T: Task>(plan: &PlanFolder<T>) -> Result<Self> {
        let held = in_work(plan);
        let mut of = Self {
            plan: plan.path().to_path_buf(),
            tasks: plan.count(),
            done: 0,
            in_work: Vec::new(),
            failed: Vec::new(),
            missing: Vec::new(),
            seconds: 0.0,
            program: T::PROGRAM,
        };
        for number in 1..=plan.count() {
            match plan.state(number)? {
                State::Done(manifest) => {
                    of.done += 1;
                    of.seconds += manifest.seconds;
                }
                _ if held.binary_search(&number).is_ok() => of.in_work.push(number),
                State::Failed(_) => of.failed.push(number),
                State::Missing => of.missing.push(number),
            }
        }
        Ok(of)
    }

    /// Numbers of the jobs, of so many tasks each, that do what is left.
    pub(crate) fn jobs_left(&self, per_job: NonZeroUsize) -> Vec<usize> {
        let tasks = self.failed.iter().chain(&self.missing);
        let mut jobs: Vec<usize> = tasks.map(|number| (number - 1) / per_job.get() + 1).collect();
        jobs.sort_unstable();
        jobs.dedup();
        jobs
    }
}

impl Status {
    /// Tells it.
    ///
    /// # Errors
    /// Those of reading the plan.
    pub fn run<T: Task>(&self, console: &Console) -> Result<()> {
        let progress = Progress::of(&PlanFolder::<T>::read(&self.plan)?)?;
        if !self.missing {
            return console.print(&progress);
        }
        let largest = self.max_array_size.map(NonZeroUsize::get);
        let arrays = ranges::arrays(&progress.jobs_left(self.per_job), largest);
        let array =
            |(offset, indices): (usize, Vec<usize>)| Array { indices: ranges::written(&indices), offset };
        console
            .print(&Arrays { arrays: arrays.into_iter().map(array).collect(), has_limit: largest.is_some() })
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, tasks, done, in_work, failed, missing, seconds, program } = self;
        write!(f, "{done} of {tasks} tasks done in {seconds:.0} s of work")?;
        let named = [("in work", in_work), ("failed", failed), ("missing", missing)];
        for (word, numbers) in named.iter().filter(|(_, numbers)| !numbers.is_empty()) {
            write!(f, "; {} {word}: {}", numbers.len(), ranges::written(numbers))?;
        }
        match (failed.first(), done == tasks) {
            (Some(first), _) => write!(f, "\nwhy: {}/tasks/{first:06}/error.json", plan.display()),
            (None, true) => write!(f, "\nthen: {program} gather {} -o result", plan.display()),
            (None, false) => Ok(()),
        }
    }
}

impl fmt::Display for Arrays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Array { indices, offset } in &self.arrays {
            let offset = if self.has_limit { format!(" CNEEP_TASK_OFFSET={offset}") } else { String::new() };
            writeln!(f, "{indices}{offset}")?;
        }
        Ok(())
    }
}
