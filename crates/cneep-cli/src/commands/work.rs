//! Carries out tasks of a plan.

use crate::plan::manifest::{FORMAT, Failure, Manifest, hash, hash_of_file, host};
use crate::plan::pool::{IN_POOL, Pool};
use crate::plan::unfinished::Begun;
use crate::plan::{PlanFolder, Task, allocation, ranges};
use clap::Args;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use serde::Serialize;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Failed tasks that are told one by one.
const TOLD: usize = 20;

/// Carry out tasks of a plan, as a job of a cluster or on this machine
///
/// Without --task, --tasks or --all the job's index says which: CNEEP_TASK, or else SLURM_ARRAY_TASK_ID,
/// PBS_ARRAY_INDEX or SGE_TASK_ID, plus CNEEP_TASK_OFFSET. Each task has a folder of its own,
/// tasks/000042, which appears when it is complete; a task that is done is not done again, two workers on one
/// do no harm, and one that was stopped (Ctrl-C, SIGTERM, the end of the job's time) goes on with the fits
/// that it had completed. A task that fails leaves its error in its folder, in tasks/000042/error.json, and
/// the others go on. Threads are --threads, or else what the scheduler allots, shared among the jobs; results
/// (rates in k_B/s) do not depend on them.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep work plan --all --jobs 4\n\
    Example: sbatch --array=1-200 --cpus-per-task=4 --wrap 'cneep work plan'")]
pub struct Work {
    /// Folder of the plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Task to carry out
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["tasks", "all"])]
    task: Option<usize>,
    /// Tasks to carry out, such as 3,7-9
    #[arg(long, value_name = "NUMBERS", conflicts_with = "all", value_parser = numbers)]
    tasks: Option<Numbers>,
    /// All tasks that are not done; several workers share them
    #[arg(long)]
    all: bool,
    /// Tasks at a time
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,
    /// Tasks of each job: index 1 means the first so many, index 2 the next
    #[arg(long, value_name = "TASKS", default_value = "1", conflicts_with_all = ["task", "tasks", "all"])]
    per_job: NonZeroUsize,
}

/// What is given to who carries out one task.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a, T> {
    /// The plan.
    pub plan: &'a PlanFolder<T>,
    /// The task, whose inputs are those that were planned.
    pub task: &'a T,
    /// Where its result goes, with what another worker has left.
    pub folder: &'a Path,
}

#[derive(Debug, Clone)]
struct Numbers(Vec<usize>);

fn numbers(text: &str) -> std::result::Result<Numbers, String> {
    ranges::read(text).map(Numbers)
}

impl Work {
    /// Carries them out by `work`, with so many threads each if that is stated.
    ///
    /// # Errors
    /// Those of the task, if it is one; [`Error::Setting`] or [`Error::NotConverged`] if one of several
    /// failed; [`Error::Stopped`] on request.
    pub fn run<T: Task>(
        &self,
        console: &Console,
        threads: Option<NonZeroUsize>,
        work: impl Fn(&Given<T>, &Console) -> Result<String>,
    ) -> Result<()> {
        if std::env::var_os(IN_POOL).is_some() {
            interrupt::when_input_ends();
        }
        let plan = PlanFolder::<T>::read(&self.plan)?;
        let numbers = self.numbers(&plan)?;
        let are_there = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let jobs = self.jobs.get().min(numbers.len().max(1));
        let variable = |name: &str| std::env::var(name).ok();
        let of_each =
            threads.map_or_else(|| allocation::threads(variable, are_there, jobs), NonZeroUsize::get);
        if let ([number], false) = (&numbers[..], self.all) {
            if threads.is_none() {
                start_threads(of_each);
            }
            let told = carry_out(&plan, *number, of_each, console, work)?;
            return console.print(&told);
        }
        let pool = Pool { plan: &plan, jobs, threads: of_each };
        let (done, failed) = pool.run(&numbers, console)?;
        let told =
            Told { plan: plan.path().to_path_buf(), done, before: numbers.len() - done - failed.len() };
        console.print(&told)?;
        refuse_failed(&plan, &failed, console)
    }

    fn numbers<T: Task>(&self, plan: &PlanFolder<T>) -> Result<Vec<usize>> {
        let numbers = match (self.task, &self.tasks) {
            (Some(number), _) => vec![number],
            (None, Some(numbers)) => numbers.0.clone(),
            (None, None) if self.all => (1..=plan.count()).collect(),
            (None, None) => self.of_job(plan)?,
        };
        numbers.iter().try_for_each(|number| plan.task(*number).map(|_| ()))?;
        Ok(numbers)
    }

    /// The tasks of the job that the environment names.
    fn of_job<T: Task>(&self, plan: &PlanFolder<T>) -> Result<Vec<usize>> {
        let Some(job) = allocation::job(|name| std::env::var(name).ok())? else {
            let expected = format!("a task, or one of {} in the environment", allocation::INDEX.join(", "));
            let remedy = "State --task K, --tasks 3,7-9 or --all, or run it as a job of an array.";
            return Err(Error::Setting(Fault::new("task", expected, "neither", remedy)));
        };
        let first = (job - 1).saturating_mul(self.per_job.get()) + 1;
        plan.task(first)?;
        Ok((first..=plan.count().min(first + self.per_job.get() - 1)).collect())
    }
}

/// Starts the threads of the computation; where that cannot be, it takes those that are there.
fn start_threads(count: usize) {
    let _ = rayon::ThreadPoolBuilder::new().num_threads(count).build_global();
}

/// Carries out the task of this `number` in this process.
fn carry_out<T: Task>(
    plan: &PlanFolder<T>,
    number: usize,
    threads: usize,
    console: &Console,
    work: impl Fn(&Given<T>, &Console) -> Result<String>,
) -> Result<TaskTold> {
    let (task, line) = plan.task(number)?;
    let folder = plan.of_task(number);
    let name = task.name().to_owned();
    let told = |seconds, verdict| TaskTold { task: number, name, folder, seconds, verdict };
    if plan.is_done(number)? {
        return Ok(told(None, "done before".into()));
    }
    let begun = Begun::new(plan, number)?;
    let start = Instant::now();
    let worked = interrupt::ending_at_once(|| plan.check_inputs(task))
        .and_then(|()| work(&Given { plan, task, folder: begun.path() }, console));
    match worked {
        Ok(verdict) => {
            let seconds = start.elapsed().as_secs_f64();
            let manifest = Manifest {
                format: FORMAT,
                task: number,
                line: hash(line.as_bytes()),
                result: hash_of_file(&begun.path().join(T::RESULT), "a result")?,
                version: env!("CARGO_PKG_VERSION").into(),
                host: host(),
                seconds,
                instruction_set: cneep::estimator::instruction_set().into(),
                threads,
            };
            manifest.write(begun.path())?;
            begun.finish(plan, number)?;
            Ok(told(Some(seconds), verdict))
        }
        Err(error) => {
            begun.leave(error.is_fault_of_input());
            if !error.is_stop() && !plan.is_done(number)? {
                let failure = Failure {
                    format: FORMAT,
                    task: number,
                    version: env!("CARGO_PKG_VERSION").into(),
                    host: host(),
                    exit_code: crate::exit_code::code_of(&error),
                    message: error.to_string(),
                };
                failure.write(&plan.of_task(number))?;
            }
            Err(error)
        }
    }
}

/// Says which tasks failed, and why.
fn refuse_failed<T: Task>(plan: &PlanFolder<T>, failed: &[usize], console: &Console) -> Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    let mut is_input = true;
    for (place, number) in failed.iter().enumerate() {
        let (task, _) = plan.task(*number)?;
        let Some(failure) = Failure::of(&plan.of_task(*number)) else { continue };
        is_input &= failure.exit_code == 2;
        if place < TOLD {
            console.note(&format!("task {number} ({}): {}", task.name(), failure.message));
        }
    }
    let found = format!("{} that failed: {}", failed.len(), ranges::written(failed));
    let remedy = "See error.json in the folders of these tasks; the same command again tries them alone.";
    let fault = Fault::of_file(plan.path(), "all tasks done", found, remedy);
    Err(if is_input { Error::Setting(fault) } else { Error::NotConverged(fault) })
}

/// What one task ended with.
#[derive(Serialize)]
struct TaskTold {
    task: usize,
    name: String,
    folder: PathBuf,
    /// Time it took; none if it was done before.
    seconds: Option<f64>,
    verdict: String,
}

impl fmt::Display for TaskTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, name, folder, seconds, verdict } = self;
        let Some(seconds) = seconds else { return write!(f, "Nothing to do: task {task} ({name}) is done.") };
        writeln!(f, "task {task} ({name}) took {seconds:.1} s: {}", folder.display())?;
        write!(f, "{verdict}")
    }
}

/// What many tasks ended with.
#[derive(Serialize)]
struct Told {
    plan: PathBuf,
    done: usize,
    /// Done before, or by others meanwhile.
    before: usize,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tasks done; {} were done before or by other workers", self.done, self.before)
    }
}
