//! Runs the `cneep` program: arguments to library calls to files.

use crate::arguments::{Arguments, Verb, option_names};
use crate::commands::analysis_of_task::analysed;
use crate::console::Console;
use crate::plan::AnalysisTask;
use crate::{exit, interrupt};
use clap::{CommandFactory, Parser};
use cneep_movie::Result;
use std::ffi::OsString;
use std::path::Path;

/// Runs the program with `arguments`, its own name first, and gives its exit code. Help, and arguments that
/// cannot be understood, end the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let words = with_verb(arguments.into_iter().collect());
    let arguments = Arguments::try_parse_from(&words).unwrap_or_else(|refusal| refuse(&refusal, &words));
    let console = arguments.global.console(option_names());
    exit::code(start(&arguments, &console), &console)
}

/// The words with the verb that is meant where a movie or an analysis stands in its place.
fn with_verb(mut words: Vec<OsString>) -> Vec<OsString> {
    let is_version = |word: &OsString| word == "--version" || word == "-V";
    if words.iter().any(is_version) && words.iter().any(|word| word == "--verbose") {
        words.retain(|word| !is_version(word));
        words.insert(1, "version".into());
        return words;
    }
    let Some(first) = words.get(1).map(|word| word.to_string_lossy().into_owned()) else { return words };
    let program = Arguments::command();
    let is_verb = program.get_subcommands().any(|verb| verb.get_name() == first) || first == "help";
    if is_verb || first.starts_with('-') {
        return words;
    }
    let path = Path::new(&words[1]);
    let looks_like_a_file = path.extension().is_some() || first.contains(['/', '\\', '*']);
    if path.join("analysis.json").exists() {
        words.insert(1, "open".into());
    } else if path.exists() || looks_like_a_file {
        words.insert(1, "analyze".into());
    }
    words
}

/// Ends the program, which cannot understand its arguments, or was asked for help: as JSON too if that is
/// wanted.
fn refuse(refusal: &clap::Error, words: &[OsString]) -> ! {
    if refusal.use_stderr() && words.iter().any(|word| word == "--json") {
        let message = refusal.render().to_string();
        let error = serde_json::json!({ "kind": "arguments", "message": message.trim(), "exit_code": 2 });
        println!("{}", serde_json::json!({ "error": error }));
    }
    refusal.exit()
}

fn start(arguments: &Arguments, console: &Console) -> Result<()> {
    arguments.global.start_threads()?;
    interrupt::listen()?;
    match &arguments.verb {
        Verb::Analyze(analyze) => analyze.run(console),
        Verb::Open(open) => open.run(console),
        Verb::Add(add) => add.run(console),
        Verb::Compare(compare) => compare.run(console),
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
        Verb::View(view) => view.run(console),
        Verb::Plan(plan) => plan.run(console),
        Verb::Work(work) => work.run(console, arguments.global.threads(), analysed),
        Verb::Status(status) => status.run::<AnalysisTask>(console),
        Verb::Gather(gather) => gather.run(console),
        Verb::Slurm(slurm) => slurm.run::<AnalysisTask>(console),
        Verb::Completions(completions) => completions.run(Arguments::command(), console),
        Verb::Manual(manual) => manual.run(Arguments::command(), console),
        Verb::Version(version) => version.run(console),
    }
}
