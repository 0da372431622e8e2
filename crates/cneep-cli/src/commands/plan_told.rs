//! Says what was planned, and what comes next.

use crate::plan::{PlanFolder, Task};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// A plan, as it is told when it is made.
#[derive(Debug, Serialize)]
pub struct PlanTold {
    plan: PathBuf,
    tasks: usize,
    #[serde(skip)]
    program: &'static str,
}

impl PlanTold {
    /// What is told of `plan`.
    pub fn of<T: Task>(plan: &PlanFolder<T>) -> Self {
        Self { plan: plan.path().to_path_buf(), tasks: plan.count(), program: T::PROGRAM }
    }
}

impl fmt::Display for PlanTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (plan, tasks, program) = (self.plan.display(), self.tasks, self.program);
        writeln!(f, "{tasks} tasks in {plan}")?;
        writeln!(f, "here:    {program} work {plan} --all --jobs 2")?;
        writeln!(f, "cluster: {program} slurm {plan} > cneep.sh, or an array of `{program} work {plan}`")?;
        write!(f, "then:    {program} status {plan}, and {program} gather {plan} -o result")
    }
}
