//! Reads from the environment what a scheduler has allotted: the index of a job, and processors.

use cneep_movie::error::{Error, Fault, Result};

/// Where schedulers say which job of an array it is; ours first.
pub(crate) const INDEX: [&str; 4] = ["CNEEP_TASK", "SLURM_ARRAY_TASK_ID", "PBS_ARRAY_INDEX", "SGE_TASK_ID"];
/// What is added to the index.
pub(crate) const OFFSET: &str = "CNEEP_TASK_OFFSET";
/// Where schedulers say how many processors a job has: Slurm, PBS, SGE.
const PROCESSORS: [&str; 3] = ["SLURM_CPUS_PER_TASK", "NCPUS", "NSLOTS"];

/// The number of the job that `variable` tells: index plus offset; none if no index is told.
///
/// # Errors
/// [`Error::Setting`] for a variable that is no whole number, and a job below 1.
pub(crate) fn job(variable: impl Fn(&str) -> Option<String>) -> Result<Option<usize>> {
    // SGE tells `undefined` to jobs that are no arrays.
    let told = |name: &str| variable(name).filter(|text| !text.is_empty() && text != "undefined");
    let Some((name, index)) = INDEX.iter().find_map(|name| told(name).map(|index| (*name, index))) else {
        return Ok(None);
    };
    let whole = |name: &str, text: &str| -> Result<i64> {
        text.trim().parse().map_err(|_| {
            let remedy = "Set it to a number, or name the task with --task.";
            Error::Setting(Fault::new(name, "a whole number", text.to_owned(), remedy))
        })
    };
    let offset = told(OFFSET).map_or(Ok(0), |text| whole(OFFSET, &text))?;
    let job = whole(name, &index)?.saturating_add(offset);
    usize::try_from(job).ok().filter(|job| *job > 0).map(Some).ok_or_else(|| {
        let found = format!("{job} ({name}={index}, {OFFSET}={offset})");
        let remedy = "Tasks are counted from 1: begin the array at 1, or set CNEEP_TASK_OFFSET=1.";
        Error::Setting(Fault::new(name, "the number of a task, from 1", found, remedy))
    })
}

/// Threads of each of `jobs` tasks at a time: the processors that `variable` tells, or else those that `are
/// there`, shared out.
pub(crate) fn threads(variable: impl Fn(&str) -> Option<String>, are_there: usize, jobs: usize) -> usize {
    let told = PROCESSORS.iter().find_map(|name| variable(name)?.trim().parse::<usize>().ok());
    let processors = told.filter(|count| *count > 0).unwrap_or(are_there);
    (processors / jobs.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(variables: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned())
    }

    /// Catches a scheduler that is not heard, an offset that is left out or counted twice, and our own
    /// variable overruled by that of the job in which a plan is worked off.
    #[test]
    fn every_scheduler_tells_the_job_in_its_own_variable() {
        let told = |variables: &[(&str, &str)]| job(of(variables)).map_err(|refusal| refusal.to_string());
        for name in ["CNEEP_TASK", "SLURM_ARRAY_TASK_ID", "PBS_ARRAY_INDEX", "SGE_TASK_ID"] {
            assert_eq!(told(&[(name, "7")]), Ok(Some(7)), "{name}");
            assert_eq!(told(&[(name, "7"), (OFFSET, "1000")]), Ok(Some(1007)), "{name}");
        }
        assert_eq!(told(&[("SLURM_ARRAY_TASK_ID", "0"), (OFFSET, "1")]), Ok(Some(1)));
        assert_eq!(told(&[("SLURM_ARRAY_TASK_ID", "3"), ("CNEEP_TASK", "5")]), Ok(Some(5)));
        assert_eq!(told(&[("SGE_TASK_ID", "undefined"), (OFFSET, "3")]), Ok(None));
        assert!(told(&[("PBS_ARRAY_INDEX", "0")]).unwrap_err().contains("CNEEP_TASK_OFFSET=1"));
        assert!(told(&[("CNEEP_TASK", "two")]).unwrap_err().contains("CNEEP_TASK"));
    }

    /// Catches a job that takes all processors of a machine of which it was given two, and none at all.
    #[test]
    fn threads_are_those_of_the_allocation() {
        assert_eq!(threads(of(&[("SLURM_CPUS_PER_TASK", "2")]), 64, 1), 2);
        assert_eq!(threads(of(&[("NSLOTS", "8")]), 64, 4), 2);
        assert_eq!(threads(of(&[]), 64, 4), 16);
        assert_eq!(threads(of(&[("NCPUS", "all")]), 2, 4), 1);
    }
}
