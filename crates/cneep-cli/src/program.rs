//! Runs the `cneep` program: arguments to library calls to files.

use crate::arguments::{Arguments, Verb, option_names};
use crate::console::Console;
use crate::{exit, interrupt};
use clap::Parser;
use cneep_movie::Result;
use std::ffi::OsString;

/// Runs the program with `arguments`, its own name first, and gives its exit code. Help, and arguments that
/// cannot be understood, end the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = Arguments::parse_from(arguments);
    let console = arguments.global.console(option_names());
    exit::code(start(&arguments, &console), &console)
}

fn start(arguments: &Arguments, console: &Console) -> Result<()> {
    arguments.global.start_threads()?;
    interrupt::listen()?;
    match &arguments.verb {
        Verb::Demo(demo) => demo.run(console),
        Verb::Inspect(inspect) => inspect.run(console),
        Verb::Convert(convert) => convert.run(console),
        Verb::Train(train) => train.run(console),
        Verb::Estimate(estimate) => estimate.run(console),
        Verb::FrameGap(frame_gap) => frame_gap.run(console),
        Verb::Map(map) => map.run(console),
        Verb::Report(report) => report.run(console),
        Verb::Simulate(simulate) => simulate.run(console),
        Verb::ImportWeights(import) => import.run(console),
    }
}
