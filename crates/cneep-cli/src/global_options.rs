//! Defines the options that every program and verb takes.

use crate::console::Console;
use clap::Args;
use cneep_movie::Result;
use cneep_movie::error::{Error, Fault};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

/// Threads that may be asked for: so many on any machine, and so many a processor.
const FEW_THREADS: usize = 64;
const THREADS_PER_PROCESSOR: usize = 4;

// (No documentation comment: it would stand in for the description of the program.)
#[allow(missing_docs, reason = "a comment here would stand in for the description of the program")]
#[derive(Debug, Args)]
pub struct GlobalOptions {
    /// Threads to compute with; the result is the same, to the last bit, for any number. [default: all cores]
    #[arg(long, global = true, value_name = "N", help_heading = "Global options")]
    threads: Option<NonZeroUsize>,
    /// Show no progress; errors and cautions are still told
    #[arg(long, short, global = true, help_heading = "Global options")]
    quiet: bool,
    /// Print the result as one JSON object on standard output
    #[arg(long, global = true, help_heading = "Global options")]
    json: bool,
}

impl GlobalOptions {
    /// Starts the threads that every computation shares.
    ///
    /// # Errors
    /// [`Error::Setting`] for more threads than the machine can start.
    pub fn start_threads(&self) -> Result<()> {
        let Some(count) = self.threads else { return Ok(()) };
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let most = FEW_THREADS.max(THREADS_PER_PROCESSOR.saturating_mul(processors));
        if count.get() > most {
            let expected = format!("at most {most}, as this machine has {processors} processors");
            let remedy = "Ask for as many as there are processors: more compute no faster.";
            return Err(Error::Setting(Fault::new("--threads", expected, count.to_string(), remedy)));
        }
        rayon::ThreadPoolBuilder::new().num_threads(count.get()).build_global().map_err(|refusal| {
            let expected = "a number of threads that this machine can start";
            let found = format!("{count} ({refusal})");
            Error::Setting(Fault::new("--threads", expected, found, "Ask for as many as there are cores."))
        })
    }

    /// The number of threads that is stated, if any is.
    pub fn threads(&self) -> Option<NonZeroUsize> {
        self.threads
    }

    /// The user's end of a run of a program with these `options`, which errors and cautions name.
    pub fn console(&self, options: BTreeSet<String>) -> Console {
        Console::new(self.quiet, self.json, options)
    }
}
