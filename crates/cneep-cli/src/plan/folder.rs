//! Writes a plan, and reads it where it has not changed.

use super::manifest::{Failure, Manifest, hash, hash_of_file};
use super::movie_hash::hash_of;
use super::task::Task;
use crate::commands::relative_path::{absolute, relative};
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file::read_text;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The form of `plan.toml` and `tasks.jsonl`.
const FORMAT: u32 = 1;
const PLAN: &str = "plan.toml";
const TASKS: &str = "tasks.jsonl";
const SETTINGS: &str = "settings.toml";

/// What `plan.toml` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
    /// Version of the program that alone carries the plan out.
    version: String,
    /// What a task is.
    verb: String,
    /// The program that does it.
    #[serde(default)]
    program: String,
    /// How many there are.
    tasks: usize,
    /// SHA-256 of `tasks.jsonl`, and so of all inputs, whose hashes stand there.
    tasks_sha256: String,
    /// SHA-256 of `settings.toml`.
    settings_sha256: String,
}

/// A plan that was read.
#[derive(Debug)]
pub struct PlanFolder<T> {
    path: PathBuf,
    tasks: Vec<(String, T)>,
}

/// How a task stands.
#[derive(Debug)]
pub(crate) enum State {
    Done(Manifest),
    /// It failed, and was not done since.
    Failed(Failure),
    Missing,
}

impl<T: Task> PlanFolder<T> {
    /// Writes a plan of `tasks` by `settings` into the folder at `path`. The same plan again is none the
    /// worse.
    ///
    /// # Errors
    /// [`Error::Setting`] if something else is there.
    pub fn write(path: &Path, settings: &str, tasks: &[T]) -> Result<Self> {
        let line = |task: &T| {
            serde_json::to_string(task).map_err(|refusal| Error::writing(&path.join(TASKS), refusal.into()))
        };
        let lines: Vec<String> = tasks.iter().map(line).collect::<Result<_>>()?;
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        let head = Head {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            verb: T::VERB.into(),
            program: T::PROGRAM.into(),
            tasks: tasks.len(),
            tasks_sha256: hash(text.as_bytes()),
            settings_sha256: hash(settings.as_bytes()),
        };
        let head = toml::to_string(&head)
            .map_err(|refusal| Error::writing(&path.join(PLAN), std::io::Error::other(refusal)))?;
        let is_empty = path.read_dir().map_or(!path.exists(), |mut entries| entries.next().is_none());
        if !is_empty {
            if read_text(&path.join(PLAN), "a plan").is_ok_and(|before| before == head) {
                return Self::read(path);
            }
            let remedy = "Choose another folder (-o DIR): a plan does not change, and nothing was changed.";
            let found = if path.join(PLAN).exists() { "another plan" } else { "something else" };
            return Err(Error::Setting(Fault::of_file(path, "this plan, or no folder", found, remedy)));
        }
        for folder in ["tasks", "unfinished", "logs"] {
            let folder = path.join(folder);
            std::fs::create_dir_all(&folder).map_err(|refusal| Error::writing(&folder, refusal))?;
        }
        write_bytes(&path.join(SETTINGS), settings.as_bytes())?;
        write_bytes(&path.join(TASKS), text.as_bytes())?;
        write_bytes(&path.join(PLAN), head.as_bytes())?;
        let tasks = lines.into_iter().zip(tasks.iter().cloned()).collect();
        Ok(Self { path: path.to_path_buf(), tasks })
    }

    /// Reads the plan at `path`.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is none; [`Error::Mismatch`] if one of its files has changed;
    /// [`Error::Unsupported`] for one of another version.
    pub fn read(path: &Path) -> Result<Self> {
        let head_path = path.join(PLAN);
        if !head_path.exists() {
            let remedy = format!("Make one first: {}.", T::PLANNED_BY);
            return Err(Error::Setting(Fault::of_file(
                path,
                "a plan (a folder with plan.toml)",
                "none",
                remedy,
            )));
        }
        let text = read_text(&head_path, "a plan")?;
        let head: Head = toml::from_str(&text).map_err(|refusal| {
            let remedy =
                "Make the plan anew, into another folder, by the version of the program that is here.";
            Error::Format(Fault::of_file(
                &head_path,
                "a plan of form 1",
                refusal.message().to_owned(),
                remedy,
            ))
        })?;
        let here = env!("CARGO_PKG_VERSION");
        if head.format != FORMAT || head.version != here {
            let expected = format!("a plan of form {FORMAT}, made by version {here} of the program");
            let found = format!("form {}, version {}", head.format, head.version);
            let remedy = "Use that version for all of the plan, or make it anew into another folder: \
                          results of two versions do not belong into one table.";
            return Err(Error::Unsupported(Fault::of_file(&head_path, expected, found, remedy)));
        }
        if head.verb != T::VERB {
            let (expected, found) = (format!("tasks of the kind {}", T::VERB), head.verb);
            let remedy = format!("Use the program that made the plan: {}.", head.program);
            return Err(Error::Setting(Fault::of_file(&head_path, expected, found, remedy)));
        }
        let tasks_path = path.join(TASKS);
        for (file, expected) in [(TASKS, &head.tasks_sha256), (SETTINGS, &head.settings_sha256)] {
            refuse_change(&path.join(file), expected, &hash_of_file(&path.join(file), "a part of a plan")?)?;
        }
        let parsed = |line: &str| {
            let task = serde_json::from_str(line).map_err(|refusal| {
                let remedy = "Make the plan anew, into another folder.";
                Error::Format(Fault::of_file(&tasks_path, "a task in each line", refusal.to_string(), remedy))
            })?;
            Ok((line.to_owned(), task))
        };
        let tasks = read_text(&tasks_path, "tasks")?.lines().map(parsed).collect::<Result<_>>()?;
        Ok(Self { path: path.to_path_buf(), tasks })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many tasks there are.
    pub fn count(&self) -> usize {
        self.tasks.len()
    }

    /// All of them, in their order.
    pub fn tasks(&self) -> impl Iterator<Item = &T> {
        self.tasks.iter().map(|(_, task)| task)
    }

    /// The task of this `number`, and its line.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is none.
    pub(crate) fn task(&self, number: usize) -> Result<(&T, &str)> {
        let found = number.checked_sub(1).and_then(|place| self.tasks.get(place));
        found.map(|(line, task)| (task, line.as_str())).ok_or_else(|| {
            let expected = format!("a task from 1 to {}", self.count());
            let remedy = format!(
                "Ask `{} status` which tasks are missing; an array has as many jobs as there are tasks.",
                T::PROGRAM
            );
            Error::Setting(Fault::of_file(&self.path, expected, number.to_string(), remedy))
        })
    }

    /// The folder of a task that is done, or failed.
    pub fn of_task(&self, number: usize) -> PathBuf {
        self.path.join("tasks").join(format!("{number:06}"))
    }

    /// The settings of all tasks.
    pub fn settings(&self) -> PathBuf {
        self.path.join(SETTINGS)
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// How the task of this `number` stands.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is none of this number.
    pub(crate) fn state(&self, number: usize) -> Result<State> {
        let (_, line) = self.task(number)?;
        let folder = self.of_task(number);
        Ok(match (Manifest::of(&folder, line), Failure::of(&folder)) {
            (Some(manifest), _) => State::Done(manifest),
            (None, Some(failure)) => State::Failed(failure),
            (None, None) => State::Missing,
        })
    }

    pub(crate) fn is_done(&self, number: usize) -> Result<bool> {
        Ok(matches!(self.state(number)?, State::Done(_)))
    }

    /// Where a file is now that a line names.
    pub(crate) fn place(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// Refuses files that are others than were planned.
    ///
    /// # Errors
    /// [`Error::Mismatch`] naming the file.
    pub(crate) fn check_inputs(&self, task: &T) -> Result<()> {
        task.inputs().iter().try_for_each(|(file, expected)| {
            let path = self.place(file);
            refuse_change(&path, expected, &hash_of(&path)?)
        })
    }
}

/// What a line calls the file at `path`, in a plan at `plan`.
pub(crate) fn name_of(plan: &Path, path: &Path) -> String {
    relative(&absolute(plan), &absolute(path)).to_string_lossy().replace('\\', "/")
}

fn refuse_change(path: &Path, expected: &str, found: &str) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let short = |hash: &str| format!("SHA-256 {}...", hash.get(..12).unwrap_or(hash));
    let remedy = "Put back what was planned, or make a plan anew, into another folder.";
    let expected = format!("what was planned, {}", short(expected));
    Err(Error::Mismatch(Fault::of_file(path, expected, short(found), remedy)))
}
