//! Runs the `cneep` program: arguments to library calls to files.

#![allow(clippy::doc_markdown, reason = "the help that users read is made of these comments")]

mod arguments;
mod commands;
mod deadline;

use arguments::{Arguments, Verb};
use clap::Parser;
use cneep_cli::console::Console;
use cneep_cli::{exit, interrupt};
use cneep_movie::Result;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let console = arguments.global.console(arguments::option_names());
    exit::report(run(&arguments, &console), &console)
}

fn run(arguments: &Arguments, console: &Console) -> Result<()> {
    arguments.global.start_threads()?;
    interrupt::listen()?;
    match &arguments.verb {
        Verb::Demo(demo) => demo.run(console),
        Verb::Inspect(inspect) => inspect.run(console),
        Verb::Train(train) => train.run(console),
        Verb::Estimate(estimate) => estimate.run(console),
        Verb::FrameGap(frame_gap) => frame_gap.run(console),
        Verb::Map(map) => map.run(console),
        Verb::Report(report) => report.run(console),
        Verb::Simulate(simulate) => simulate.run(console),
        Verb::ImportWeights(import) => import.run(console),
    }
}
