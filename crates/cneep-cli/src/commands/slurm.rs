//! Prints the script of a Slurm array that carries a plan out.

use super::relative_path::absolute;
use super::status::Progress;
use crate::plan::{PlanFolder, Task, ranges};
use clap::Args;
use cneep_cli::console::Console;
use cneep_movie::error::Result;
use serde::Serialize;
use std::fmt::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Print a Slurm script (sbatch) for what is left of a plan; it submits nothing
///
/// One job of the array is one task, or --per-job of them. Ten minutes before a job's time is over Slurm asks
/// it to stop (SIGTERM); the same script again goes on with what was fitted. Memory is in Slurm's units, time
/// in hours, minutes and seconds.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep slurm plan > cneep.sh && sbatch cneep.sh")]
pub struct Slurm {
    /// Folder of the plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Tasks of each job
    #[arg(long, value_name = "TASKS", default_value = "1")]
    per_job: NonZeroUsize,
    /// Jobs at a time
    #[arg(long, value_name = "JOBS")]
    at_once: Option<NonZeroUsize>,
    /// Processors of each job
    #[arg(long, value_name = "N", default_value = "4")]
    cpus: NonZeroUsize,
    /// Memory of each job
    #[arg(long, value_name = "SIZE", default_value = "8G")]
    memory: String,
    /// Time of each job
    #[arg(long, value_name = "H:MM:SS", default_value = "4:00:00")]
    time: String,
    /// Largest index that the cluster takes (MaxArraySize less 1)
    #[arg(long, value_name = "INDEX", default_value = "1000")]
    max_array_size: NonZeroUsize,
}

#[derive(Serialize)]
struct Script {
    script: String,
}

impl Slurm {
    /// Prints it.
    ///
    /// # Errors
    /// Those of reading the plan.
    pub fn run<T: Task>(&self, console: &Console) -> Result<()> {
        let plan = PlanFolder::<T>::read(&self.plan)?;
        let jobs = Progress::of(&plan)?.jobs_left(self.per_job);
        let arrays = ranges::arrays(&jobs, Some(self.max_array_size.get()));
        let Some(((offset, first), later)) = arrays.split_first() else {
            return console
                .print(&Script { script: format!("# Nothing is left of {}.", self.plan.display()) });
        };
        let at_once = self.at_once.map_or_else(String::new, |count| format!("%{count}"));
        let first = ranges::written(first);
        let path = quoted(&absolute(plan.path()).display().to_string());
        let logs = absolute(&plan.logs()).display().to_string().replace('%', "%%");
        let Self { per_job, cpus, memory, time, .. } = self;
        let program = T::PROGRAM;
        let mut script = format!(
            "#!/bin/bash\n#SBATCH --job-name=cneep\n#SBATCH --array={first}{at_once}\n\
             #SBATCH --cpus-per-task={cpus}\n\
             #SBATCH --mem={memory}\n#SBATCH --time={time}\n#SBATCH --signal=B:TERM@600\n#SBATCH --requeue\n\
             #SBATCH --output=\"{logs}/%A_%a.log\"\n\
             export CNEEP_TASK_OFFSET=${{CNEEP_TASK_OFFSET:-{offset}}}\n\
             exec {program} work {path} --per-job {per_job}\n"
        );
        if !later.is_empty() {
            script += "# More arrays, as indices end here; submit each when the cluster has room for it:\n";
            for (offset, indices) in later {
                let indices = ranges::written(indices);
                // A string takes every write.
                let _ = writeln!(
                    script,
                    "# sbatch --array={indices}{at_once} --export=ALL,CNEEP_TASK_OFFSET={offset} cneep.sh"
                );
            }
        }
        console.print(&Script { script })
    }
}

/// `text` as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+=:@".contains(letter));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.script)
    }
}
