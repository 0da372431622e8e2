//! Trains an estimator on movies.

use super::estimator_options::{EstimatorOptions, replace, train_alone};
use super::movies::Movies;
use super::trained::Trained;
use crate::deadline::Deadline;
use crate::quantity;
use clap::Args;
use clap::builder::PossibleValuesParser;
use cneep::estimator::{EstimatorSettings, RunRecord, StopReason, Training, TrainingRun};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::error::{Error, Fault};
use cneep_movie::video::{Selection, Video, health, refuse_copies, too_few_transitions};
use std::path::{Path, PathBuf};

/// Train an estimator on movies, without labels
///
/// The estimator maximises J = <dS - exp(-dS)> over transitions (windows of consecutive frames), where dS, in
/// k_B, is the entropy production that it assigns to a transition. On data that did not train it, 1 + J never
/// exceeds the true entropy production per transition on average. By default several estimators and windows
/// are compared by this bound, and the best sum of them is kept. Of what is trained step by step the
/// parameters with the best validation loss are kept; Ctrl-C stops cleanly, and --resume goes on with the
/// same bits. Modes are fitted in closed form, within seconds, and kept when done.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep train cell.tif --frame-interval 0.05 -o run/")]
pub(crate) struct Train {
    #[command(flatten)]
    movies: Movies,
    /// Folder in which the run is kept
    #[arg(long, short, value_name = "RUN")]
    output: PathBuf,
    /// Train one estimator alone; `convolutional` is CNEEP, the paper's network [default: those of
    /// `--compare`, fitted with parts of the movies held out by turns, and summed as the bounds on these say]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(EstimatorSettings::NAMES))]
    estimator: Option<String>,
    /// Settings to start from: a TOML file, or `paper` for the published ones; other options override them
    #[arg(long, value_name = "FILE|paper")]
    settings: Option<PathBuf>,
    /// Frames in a transition, at least 2 [default: chosen by a comparison; 2 for one estimator alone]
    #[arg(long, value_name = "FRAMES")]
    window: Option<usize>,
    /// Seed of initialisation, split and sampling [default: 0]
    #[arg(long)]
    seed: Option<u64>,
    /// Share of the movies that certifies the lower bound; 0 for none [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    test_fraction: Option<f64>,
    /// Share of the movies on which the best parameters are chosen [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    validation_fraction: Option<f64>,
    /// Stop after this time, such as 90s or 5min, as Ctrl-C would, and keep what is complete. What is
    /// compared does not depend on it
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = quantity::duration)]
    time_budget: Option<f64>,
    /// Go on with the run in RUN where it stopped
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    options: EstimatorOptions,
}

impl Train {
    /// Trains, keeping the run in its folder.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let settings = self.settings()?;
        let deadline = Deadline::new(console.progress(), self.time_budget)?;
        if !self.resume {
            // Before movies are read, which may take minutes.
            TrainingRun::refuse_occupied(&self.output)?;
        }
        let kept = if self.resume { RunRecord::read(&self.output)?.selection } else { Selection::default() };
        let videos = self.movies.open_for(&kept)?;
        console.tell(videos.iter().flat_map(Video::cautions));
        console
            .tell(interrupt::ending_at_once(|| health(&videos))?.iter().chain(&too_few_transitions(&videos)));
        interrupt::ending_at_once(|| refuse_copies(&videos))?;
        let run = TrainingRun::new(&settings).kept_in(&self.output).watched_by(&deadline);
        let estimator = if self.resume { run.resume(&videos)? } else { run.train(&videos)? };
        self.movies.keep_opening(&self.output, &videos)?;
        console.stages_end();
        console.print(&Trained::new(&estimator, &self.output))?;
        match estimator.stop_reason() {
            Some(StopReason::Interrupted) => interrupt::check(&self.output),
            _ => Ok(()),
        }
    }

    fn settings(&self) -> Result<Training> {
        let mut settings = match self.settings.as_deref() {
            _ if self.resume => Training::of_run(&self.output)?,
            None => Training::default(),
            Some(name) if name == Path::new("paper") => Training::paper(),
            Some(file) => Training::read(file)?,
        };
        if let Some(name) = &self.estimator {
            train_alone(&mut settings, name)?;
        }
        settings.window = self.window.or(settings.window);
        replace(&mut settings.seed, self.seed);
        replace(&mut settings.split.test_fraction, self.test_fraction);
        replace(&mut settings.split.validation_fraction, self.validation_fraction);
        self.options.lay_over(&mut settings)?;
        settings.check()?;
        if self.resume && self.estimator.is_some() {
            let remedy = "Leave the estimator out: a run goes on with its own.";
            let (expected, found) = ("no estimator beside --resume", "one");
            return Err(Error::Setting(Fault::new("--estimator", expected, found, remedy)));
        }
        Ok(settings)
    }
}
