//! Defines the verbs of the program with the options they share.

use crate::commands::{
    demo::Demo, estimate::Estimate, frame_gap::FrameGap, import_weights::ImportWeights, inspect::Inspect,
    map::Map, report::Report, run::Run, simulate::Simulate, train::Train,
};
use clap::{CommandFactory, Parser, Subcommand};
use cneep_movie::Result;
use cneep_movie::error::{Error, Fault};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

/// Says how much entropy a movie produces, when, and where on the picture.
///
/// Entropy is in k_B. A rate is in k_B per second if the frame interval is known in seconds, otherwise in k_B
/// per frame interval.
#[derive(Debug, Parser)]
#[command(name = "cneep", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// Threads to compute with; the result is the same, to the last bit, for any number. [default: all cores]
    #[arg(long, global = true, value_name = "N", help_heading = "Global options")]
    threads: Option<NonZeroUsize>,
    /// Show no progress; errors and cautions are still told
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Print the result as one JSON object on standard output
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 the machine or the computation failed; 2 the input or the \
                          arguments are at fault; 130 stopped by Ctrl-C.";

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Demo(Demo),
    Inspect(Inspect),
    Train(Box<Train>),
    Estimate(Estimate),
    FrameGap(FrameGap),
    Map(Map),
    Report(Report),
    Simulate(Simulate),
    Run(Run),
    ImportWeights(ImportWeights),
}

impl Arguments {
    /// Starts the threads that every computation shares.
    pub(crate) fn start_threads(&self) -> Result<()> {
        let Some(count) = self.threads else { return Ok(()) };
        rayon::ThreadPoolBuilder::new().num_threads(count.get()).build_global().map_err(|refusal| {
            let expected = "a number of threads that this machine can start";
            let found = format!("{count} ({refusal})");
            Error::Setting(Fault::new("--threads", expected, found, "Ask for as many as there are cores."))
        })
    }
}

/// Names of all options of all verbs, such as `frame-interval`.
pub(crate) fn option_names() -> BTreeSet<String> {
    let program = Arguments::command();
    let commands = std::iter::once(&program).chain(program.get_subcommands());
    let names = commands.flat_map(|command| command.get_opts().filter_map(clap::Arg::get_long));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library names settings; catches one that users cannot state.
    #[test]
    fn settings_have_their_options() {
        let names = option_names();
        for name in ["frame-interval", "exposure", "window", "axes", "threads"] {
            assert!(names.contains(name), "{name}");
        }
    }

    /// Catches two options of one name, a default that does not parse, a required option behind an optional
    /// one.
    #[test]
    fn the_definitions_agree_with_each_other() {
        Arguments::command().debug_assert();
    }
}
