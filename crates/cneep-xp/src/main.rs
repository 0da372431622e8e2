//! Runs experiments: files that ask a question of simulated movies, and say which answer is expected.
//!
//! A `Document` is an experiment as its file says it. Every combination of what it varies is a `Case`, whose
//! movies are simulated, learned from with several seeds, and estimated against the exact answers (`Scores`).
//! Scores are kept in a `Ledger` as they come; all of them together are the `Outcome`.

#![allow(clippy::doc_markdown, reason = "the help that users read is made of these comments")]

mod agreement;
mod case;
mod case_provenance;
#[cfg(test)]
mod committed_results;
mod density;
mod document;
mod expectation;
mod fit;
mod gathered;
mod ledger;
mod measure;
mod older_builds;
mod outcome;
mod page;
mod part_maps;
mod picture;
mod planned;
mod provenance;
mod quantity;
mod runner;
mod scores;
mod settings;
mod share;
mod spread;
mod table;
mod training;
mod uniformity;
mod vary;
mod words;

use clap::{CommandFactory, Parser, Subcommand};
use cneep_cli::commands::{slurm::Slurm, status::Status, work::Work};
use cneep_cli::console::Console;
use cneep_cli::global_options::GlobalOptions;
use cneep_cli::{exit, interrupt};
use cneep_movie::error::{Error, Fault, Result};
use document::Document;
use gathered::Gather;
use outcome::Outcome;
use planned::{Plan, ScoreTask, scored};
use runner::{RunOptions, run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let console = arguments.global.console(option_names());
    exit::report(arguments.start(&console), &console)
}

/// Names of all options, without their dashes.
fn option_names() -> BTreeSet<String> {
    let program = Arguments::command();
    let commands = std::iter::once(&program).chain(program.get_subcommands());
    commands.flat_map(|of| of.get_opts().filter_map(|option| option.get_long().map(str::to_owned))).collect()
}

/// Runs an experiment: a published table or figure, from one file
///
/// Every combination of the values that the file varies is simulated, learned from with several seeds, and
/// scored on fresh movies against their exact answers (rates in k_B/s). Writes scores.csv (one row a case and
/// seed), result.md, result.json, result.svg and report.html; ends with means and standard deviations over
/// the seeds beside published values, and whether what the file expects is met. Ctrl-C stops cleanly, and the
/// same command goes on where it stopped; scores with the same settings are never computed twice.
#[derive(Debug, Parser)]
#[command(name = "cneep-xp", version, max_term_width = 100, after_help = FORMAT)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The experiment, such as those in the folder `experiments`
    #[arg(value_name = "FILE.toml", required = true)]
    experiment: Option<PathBuf>,
    /// Folder for scores and result [default: results/FILE, or results/FILE-quick]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Run the small version, which ends within a minute or so and shows that everything works
    #[arg(long)]
    quick: bool,
    /// Keep movies and trained parameters of every case, in case_NN
    #[arg(long)]
    keep: bool,
    /// End with exit code 1 if anything expected is not met
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    global: GlobalOptions,
}

/// An experiment by many workers.
#[derive(Debug, Subcommand)]
enum Verb {
    #[command(after_help = "Example: cneep-xp plan experiments/noise.toml -o plan")]
    Plan(Plan),
    #[command(after_help = "Example: cneep-xp work plan --all --jobs 4")]
    Work(Work),
    #[command(after_help = "Example: cneep-xp status plan")]
    Status(Status),
    #[command(after_help = "Example: cneep-xp gather plan -o results/noise")]
    Gather(Gather),
    #[command(after_help = "Example: cneep-xp slurm plan > noise.sh && sbatch noise.sh")]
    Slurm(Slurm),
}

const FORMAT: &str = "\
Example: cneep-xp experiments/two_beads_length.toml --quick
On many machines: plan, work, status, gather, slurm (`cneep-xp help plan`).

An experiment file holds:
  title, question, source     what it is about; where its expected values come from
  seeds = [0, 1, 2]           seeds of training, for error bars
  simulate-anew = true        every seed also simulates the movies it trains on; all are tested on the same
  [simulate]                  system = \"NAME\" and the options of `cneep simulate NAME`
  [microscope]                the microscope's options, such as read-noise = 0.02
  [test]                      movies, frames, seed of the fresh movies
  [train]                     settings = \"default\" or \"paper\", and the words of a run's settings.toml;
                              no movie is set aside for a test, unless split.test_fraction says so
  [[vary]]                    key = \"simulate.frames\", values = [500, 1000]; name, labels
  [[expect]]                  quantity, at = { simulate.frames = 500 }, statistic = \"mean\"
                              (or \"least\", \"most\");
                              value and tolerance, at-least, at-most; published, published-error;
                              of shares of seeds: share = { expected = 0.95 } (or at-most, at-least), an
                              exact binomial test at 5 %
  plot = \"r_squared\"         the score of the figure [default: the first expected one]
  [quick]                     what the small version lays over all this; it expects only what stands here
Quantities: r_squared, slope, last_r_squared, last_slope (of the last iteration), rate, bound (k_B/s),
  rate_ratio, bound_ratio (over the realised rate), pair_ratio, bound_pair_ratio (over the exact rate of
  pairs of frames), fluctuation_theorem, p_value, part_correlation, map_correlation, misplaced, hot_node_auc,
  density_correlation, map_unevenness, map_agreement; shares of seeds: dissipates, rejects_equilibrium,
  cautioned (about the movies), claims_uncautioned, covers, overshoots, positive (of those whose estimate is
  not zero).";

impl Arguments {
    fn start(&self, console: &Console) -> Result<()> {
        self.global.start_threads()?;
        interrupt::listen()?;
        match &self.verb {
            None => self.run(console),
            Some(Verb::Plan(plan)) => plan.run(console),
            Some(Verb::Work(work)) => work.run(console, self.global.threads(), scored),
            Some(Verb::Status(status)) => status.run::<ScoreTask>(console),
            Some(Verb::Slurm(slurm)) => slurm.run::<ScoreTask>(console),
            Some(Verb::Gather(gather)) => {
                let (outcome, result) = gather.run(console)?;
                told(&outcome, gather.check, &result, console)
            }
        }
    }

    /// Runs what was not run before, and tells the outcome.
    fn run(&self, console: &Console) -> Result<()> {
        // The arguments require it where no verb stands.
        let experiment = self.experiment.clone().unwrap_or_default();
        let document = Document::read(&experiment, self.quick)?;
        let output = self.output.clone().unwrap_or_else(|| self.default_output(&experiment));
        let options = RunOptions { folder: &output, quick: self.quick, keep: self.keep };
        let outcome = run(&document, &options, console)?;
        told(&outcome, self.check, &output.join("result.md"), console)
    }

    fn default_output(&self, experiment: &Path) -> PathBuf {
        let name = experiment.file_stem().unwrap_or_default().to_string_lossy();
        let size = if self.quick { "-quick" } else { "" };
        PathBuf::from("results").join(format!("{name}{size}"))
    }
}

/// Tells the `outcome`, of which `result` is the page, and fails if it is to be checked and not met.
fn told(outcome: &Outcome, check: bool, result: &Path, console: &Console) -> Result<()> {
    console.print(outcome)?;
    if !check || outcome.is_met() {
        return Ok(());
    }
    let missed = outcome.verdicts.iter().filter(|verdict| verdict.met == Some(false)).count();
    let (expected, found) = ("every expectation met", format!("{missed} not met"));
    let remedy = format!("Look at {}.", result.display());
    Err(Error::NotConverged(Fault::new(outcome.title.clone(), expected, found, remedy)))
}
