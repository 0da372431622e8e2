//! Carries out many tasks, some at a time, each by a process of its own.

use super::folder::{PlanFolder, State};
use super::manifest::{FORMAT, Failure, host};
use super::task::Task;
use super::unfinished::is_in_work;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tells a worker that it is one of a pool, whose end is that of its standard input.
pub(crate) const IN_POOL: &str = "CNEEP_IN_POOL";
/// How often a pool looks whether it is asked to stop.
const WATCH: Duration = Duration::from_millis(20);
/// How often it looks whether others have done what they hold.
const PATIENCE: Duration = Duration::from_millis(200);

/// Tasks that a pool carries out.
pub(crate) struct Pool<'a, T> {
    pub(crate) plan: &'a PlanFolder<T>,
    /// Processes at a time.
    pub(crate) jobs: usize,
    /// Threads of each.
    pub(crate) threads: usize,
}

/// Tasks that wait: those that nobody holds, and those that others hold.
struct Queue {
    free: VecDeque<usize>,
    held: VecDeque<usize>,
}

impl<T: Task> Pool<'_, T> {
    /// Carries out the tasks of these `numbers` that are not done. One that fails does not stop the others;
    /// the numbers of those that failed come back, and how many were done.
    ///
    /// # Errors
    /// [`Error::Stopped`] on request; [`Error::Io`] if no process can be started.
    pub(crate) fn run(&self, numbers: &[usize], console: &Console) -> Result<(usize, Vec<usize>)> {
        let mut free: VecDeque<usize> = numbers.iter().copied().collect();
        if !free.is_empty() {
            // Pools that begin together shall not begin with the same task.
            let place = std::process::id() as usize * 7919 % free.len();
            free.rotate_left(place);
        }
        let queue = Mutex::new(Queue { free, held: VecDeque::new() });
        let lines: Vec<Mutex<Option<ChildStdin>>> = (0..self.jobs).map(|_| Mutex::new(None)).collect();
        let (failed, done) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
        let refused: Mutex<Option<Error>> = Mutex::new(None);
        let live = AtomicUsize::new(self.jobs);
        console.progress().begin("tasks", numbers.len() as u64);
        std::thread::scope(|scope| {
            for line in &lines {
                scope.spawn(|| {
                    while let Some(number) = self.next(&queue, console) {
                        match self.carry_out(number, line) {
                            Ok(true) => _ = done.fetch_add(1, Ordering::SeqCst),
                            Ok(false) if interrupt::requested() => {}
                            Ok(false) => locked(&failed).push(number),
                            Err(refusal) => {
                                *locked(&refused) = Some(refusal);
                                locked(&queue).free.clear();
                                locked(&queue).held.clear();
                            }
                        }
                        console.progress().advance(1);
                    }
                    live.fetch_sub(1, Ordering::SeqCst);
                });
            }
            while live.load(Ordering::SeqCst) > 0 {
                if interrupt::requested() {
                    // The end of their input asks them to stop.
                    for line in &lines {
                        drop(locked(line).take());
                    }
                }
                std::thread::sleep(WATCH);
            }
        });
        console.progress().end();
        if let Some(refusal) = locked(&refused).take() {
            return Err(refusal);
        }
        if interrupt::requested() {
            return Err(Error::stopped("the work on the plan; the same command goes on"));
        }
        let mut failed = std::mem::take(&mut *locked(&failed));
        failed.sort_unstable();
        Ok((done.into_inner(), failed))
    }

    /// The next task that is not done: first those that nobody holds, then those whose holder has ended.
    fn next(&self, queue: &Mutex<Queue>, console: &Console) -> Option<usize> {
        while !interrupt::requested() {
            let (number, was_held) = {
                let mut queue = locked(queue);
                match queue.free.pop_front() {
                    Some(number) => (number, false),
                    None => (queue.held.pop_front()?, true),
                }
            };
            if self.plan.is_done(number).unwrap_or(false) {
                console.progress().advance(1);
            } else if is_in_work(self.plan, number) {
                locked(queue).held.push_back(number);
                if was_held {
                    std::thread::sleep(PATIENCE);
                }
            } else {
                return Some(number);
            }
        }
        None
    }

    /// Whether a process of its own does the task of this `number`.
    fn carry_out(&self, number: usize, line: &Mutex<Option<ChildStdin>>) -> Result<bool> {
        let (program, mut words) = this_program(T::PROGRAM)?;
        words.extend(["work", "--quiet", "--task"].map(str::to_owned));
        words.extend([number.to_string(), "--threads".into(), self.threads.to_string()]);
        let log = self.plan.logs().join(format!("task-{number:06}.log"));
        std::fs::create_dir_all(self.plan.logs()).map_err(|refusal| Error::writing(&log, refusal))?;
        let printed = File::create(&log).map_err(|refusal| Error::writing(&log, refusal))?;
        let told = printed.try_clone().map_err(|refusal| Error::writing(&log, refusal))?;
        let mut command = Command::new(&program);
        command.args(words).arg(self.plan.path()).env(IN_POOL, "1");
        let started = command.stdin(Stdio::piped()).stdout(printed).stderr(told).spawn();
        let mut child = started.map_err(|refusal| Error::reading(&program, refusal))?;
        *locked(line) = child.stdin.take();
        let ended = child.wait().map_err(|refusal| Error::reading(&program, refusal))?;
        drop(locked(line).take());
        // A worker that ends well has seen it done, by itself or by another.
        let is_done = ended.success() || self.plan.is_done(number)?;
        if is_done {
            // What failed or was done twice leaves its words; what is done has a page.
            let _ = std::fs::remove_file(&log);
        }
        let was_told = matches!(self.plan.state(number)?, State::Failed(_));
        if !is_done && !was_told && !interrupt::requested() {
            let message = format!(
                "its process ended before it was done ({ended}); it printed logs/task-{number:06}.log"
            );
            let failure = Failure {
                format: FORMAT,
                task: number,
                version: env!("CARGO_PKG_VERSION").into(),
                host: host(),
                exit_code: 1,
                message,
            };
            failure.write(&self.plan.of_task(number))?;
        }
        Ok(is_done)
    }
}

/// This program, and the words before its own: Python runs it as a module.
fn this_program(name: &str) -> Result<(PathBuf, Vec<String>)> {
    let program = std::env::current_exe().map_err(|refusal| {
        let remedy = format!("Carry out one task at a time: {name} work PLAN --task K.");
        Error::Setting(Fault::new("this program", "its own file", refusal.to_string(), remedy))
    })?;
    let name = program.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_python = name.starts_with("python") || name.starts_with("pypy");
    Ok((program, if is_python { vec!["-m".into(), "cneep".into()] } else { Vec::new() }))
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
