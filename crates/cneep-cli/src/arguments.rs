//! Defines the verbs of the program with the options they share.

use crate::commands::{
    analyze::{Analyze, add::Add, open::Open},
    compare::Compare,
    completions::Completions,
    convert::Convert,
    demo::Demo,
    estimate::Estimate,
    frame_gap::FrameGap,
    gather::Gather,
    import_weights::ImportWeights,
    inspect::Inspect,
    manual::Manual,
    map::Map,
    plan::Plan,
    report::Report,
    simulate::Simulate,
    slurm::Slurm,
    status::Status,
    train::Train,
    version::Version,
    view::View,
    work::Work,
};
use clap::{CommandFactory, Parser, Subcommand};
use cneep_cli::global_options::GlobalOptions;
use std::collections::BTreeSet;

/// Says how much entropy a movie produces, when, and where on the picture.
///
/// Entropy is in k_B. A rate is in k_B per second if the frame interval is known in seconds, otherwise in k_B
/// per frame interval.
#[derive(Debug, Parser)]
#[command(name = "cneep", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 the machine or the computation failed; 2 the input or the \
                          arguments are at fault; 130 stopped by Ctrl-C.";

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Analyze(Box<Analyze>),
    Open(Open),
    Add(Box<Add>),
    Compare(Box<Compare>),
    Demo(Demo),
    Inspect(Inspect),
    Convert(Convert),
    Train(Box<Train>),
    Estimate(Estimate),
    FrameGap(FrameGap),
    Map(Map),
    Report(Report),
    View(View),
    Simulate(Simulate),
    ImportWeights(ImportWeights),
    Plan(Plan),
    Work(Work),
    Status(Status),
    Gather(Gather),
    Slurm(Slurm),
    Completions(Completions),
    #[command(name = "man")]
    Manual(Manual),
    Version(Version),
}

/// Names of all options, without their dashes.
pub(crate) fn option_names() -> BTreeSet<String> {
    let program = Arguments::command();
    let commands = std::iter::once(&program).chain(program.get_subcommands());
    commands.flat_map(|of| of.get_opts().filter_map(|option| option.get_long().map(str::to_owned))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library names settings; catches one that users cannot state.
    #[test]
    fn settings_have_their_options() {
        let names = option_names();
        assert!(["frame-interval", "exposure", "window", "axes"].iter().all(|name| names.contains(*name)));
    }

    /// Catches two options of one name, a default that does not parse, a required option behind an optional
    /// one.
    #[test]
    fn the_definitions_agree_with_each_other() {
        Arguments::command().debug_assert();
    }
}
