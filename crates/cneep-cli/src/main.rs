//! Runs the `cneep` program: arguments to library calls to files.

#![allow(clippy::doc_markdown, reason = "the help that users read is made of these comments")]

mod arguments;
mod commands;
mod console;
mod exit;
mod experiment;
mod flags;
mod interrupt;
mod progress;

use arguments::{Arguments, Verb};
use clap::Parser;
use cneep_movie::Result;
use cneep_movie::video::or_lost;
use console::Console;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    exit::report(or_lost(|| run(&arguments)))
}

fn run(arguments: &Arguments) -> Result<()> {
    arguments.start_threads()?;
    interrupt::listen()?;
    let console = Console::new(arguments.quiet, arguments.json);
    match &arguments.verb {
        Verb::Demo(demo) => demo.run(&console),
        Verb::Inspect(inspect) => inspect.run(&console),
        Verb::Train(train) => train.run(&console),
        Verb::Estimate(estimate) => estimate.run(&console),
        Verb::FrameGap(frame_gap) => frame_gap.run(&console),
        Verb::Map(map) => map.run(&console),
        Verb::Report(report) => report.run(&console),
        Verb::Simulate(simulate) => simulate.run(&console),
        Verb::Run(run) => run.run(&console),
        Verb::ImportWeights(import) => import.run(&console),
    }
}
