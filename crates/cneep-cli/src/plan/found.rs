//! Finds the results of all tasks of a plan, as their manifests state them.

use super::folder::{PlanFolder, State};
use super::manifest::{Manifest, hash_of_file};
use super::{Task, ranges};
use cneep_cli::console::Console;
use cneep_movie::error::{Error, Fault, Result};
use std::collections::BTreeSet;

/// What is done, and what is not and why.
#[derive(Debug)]
pub struct Found<'a, T> {
    /// Tasks that are done.
    pub done: Vec<(&'a T, Manifest)>,
    /// Tasks that are not.
    pub not_done: Vec<(&'a T, String)>,
}

impl<'a, T: Task> Found<'a, T> {
    /// What the tasks of `plan` have found.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a result that is not the one of its manifest.
    pub fn of(plan: &'a PlanFolder<T>) -> Result<Self> {
        let (mut done, mut not_done) = (Vec::new(), Vec::new());
        for task in plan.tasks() {
            match plan.state(task.number())? {
                State::Done(manifest) => {
                    check_result(plan, task, &manifest)?;
                    done.push((task, manifest));
                }
                State::Failed(failure) => not_done.push((task, failure.message)),
                State::Missing => not_done.push((task, "not done yet".into())),
            }
        }
        Ok(Self { done, not_done })
    }

    /// Refuses a `plan` that is not complete; `otherwise` is what else can be done.
    ///
    /// # Errors
    /// [`Error::Setting`] naming what is left.
    pub fn check_complete(&self, plan: &PlanFolder<T>, otherwise: &str) -> Result<()> {
        if self.not_done.is_empty() {
            return Ok(());
        }
        let numbers = self.numbers_not_done();
        let found = format!("{} that are not: {}", numbers.len(), ranges::written(&numbers));
        let (path, program) = (plan.path(), T::PROGRAM);
        let remedy = format!(
            "Do them ({program} work {} --all), see why they failed ({program} status){otherwise}.",
            path.display()
        );
        Err(Error::Setting(Fault::of_file(path, "all tasks done", found, remedy)))
    }

    /// Numbers of the tasks that are not done.
    pub(crate) fn numbers_not_done(&self) -> Vec<usize> {
        self.not_done.iter().map(|(task, _)| task.number()).collect()
    }

    /// Says so on the `console` if tasks were done on several instruction sets.
    pub fn tell_instruction_sets(&self, console: &Console) {
        let sets: BTreeSet<&str> = self.done.iter().map(|(_, of)| of.instruction_set.as_str()).collect();
        if sets.len() > 1 {
            let sets = Vec::from_iter(sets).join(", ");
            console.note(&format!(
                "tasks were done on machines of several instruction sets ({sets}): repeated elsewhere, \
                 numbers of estimators with a network differ in their last digits \
                 (CNEEP_INSTRUCTION_SET states one)"
            ));
        }
    }
}

fn check_result<T: Task>(plan: &PlanFolder<T>, task: &T, manifest: &Manifest) -> Result<()> {
    let folder = plan.of_task(task.number());
    let path = folder.join(T::RESULT);
    if hash_of_file(&path, "a result")? == manifest.result {
        return Ok(());
    }
    let remedy = format!("Delete {} and do the task again.", folder.display());
    let expected = "the result that its manifest (done.json) names";
    Err(Error::Mismatch(Fault::of_file(&path, expected, "another", remedy)))
}
