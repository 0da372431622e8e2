//! Trains an estimator on movies.

use super::estimator_options::{AutoOptions, ForceOptions, ModesOptions, NetworkOptions};
use super::movies::Movies;
use crate::console::Console;
use crate::interrupt;
use clap::{Args, ValueEnum};
use cneep::estimator::{Candidate, Contender, Estimator, EstimatorKind, StopReason, Training, TrainingRun};
use cneep_movie::Result;
use cneep_movie::units::Measured;
use cneep_movie::video::{health, too_few_transitions};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Train an estimator on movies, without labels
///
/// The estimator maximises J = <dS - exp(-dS)> over transitions (windows of consecutive frames), where dS, in k_B, is the
/// entropy production that it assigns to a transition. On data that did not train it, 1 + J never exceeds the true
/// entropy production per transition on average. By default several estimators and windows are compared by this bound, and the best sum of
/// them is kept. Of a network the parameters with the best validation loss are kept; Ctrl-C stops cleanly, and --resume goes on with the
/// same bits. Modes are fitted in closed form, within seconds, and kept when done.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep train cell.tif --frame-interval 0.05 -o run/")]
pub(crate) struct Train {
    #[command(flatten)]
    movies: Movies,
    /// Folder in which the run is kept
    #[arg(long, short, value_name = "RUN")]
    output: PathBuf,
    /// Which estimator to train
    #[arg(long, value_enum)]
    estimator: Option<Kind>,
    /// Settings to start from: a TOML file, or `paper` for the published ones; other options override them
    #[arg(long, value_name = "FILE|paper")]
    settings: Option<PathBuf>,
    /// Frames in a transition, at least 2 [default: 2]
    #[arg(long, value_name = "FRAMES")]
    window: Option<usize>,
    /// Seed of initialisation, split and sampling [default: 0]
    #[arg(long)]
    seed: Option<u64>,
    /// Share of the movies that certifies the lower bound; 0 for none [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    test_fraction: Option<f64>,
    #[command(flatten)]
    auto: AutoOptions,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    modes: ModesOptions,
    #[command(flatten)]
    force: ForceOptions,
}

/// Estimators by their names on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// All of them, fitted with parts of the movies held out by turns and summed as the held-out bound says
    Auto,
    /// The paper's convolutional network (CNEEP)
    Convolutional,
    /// Forces on pixels times their changes: local, with a map at full resolution; a network trained in minutes
    Force,
    /// Principal modes, fitted in closed form within seconds
    Modes,
}

impl From<Kind> for EstimatorKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Auto => Self::Auto,
            Kind::Convolutional => Self::Convolutional,
            Kind::Force => Self::Force,
            Kind::Modes => Self::Modes,
        }
    }
}

impl Train {
    /// Trains, keeping the run in its folder.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let settings = self.settings()?;
        let videos = self.movies.open(console)?;
        console.tell(health(&videos)?.iter().chain(&too_few_transitions(&videos)));
        let run = TrainingRun::new(&settings).kept_in(&self.output).watched_by(console.progress());
        let estimator = if self.network.resume { run.resume(&videos)? } else { run.train(&videos)? };
        console.print(&Trained::new(&estimator, &self.output))?;
        match estimator.stop_reason() {
            Some(StopReason::Interrupted) => interrupt::check(&self.output),
            _ => Ok(()),
        }
    }

    fn settings(&self) -> Result<Training> {
        let mut settings = match self.settings.as_deref() {
            _ if self.network.resume => Training::of_run(&self.output)?,
            None => Training::default(),
            Some(name) if name == Path::new("paper") => Training::paper(),
            Some(file) => Training::read(file)?,
        };
        replace(&mut settings.estimator, self.estimator.map(EstimatorKind::from));
        replace(&mut settings.window, self.window);
        replace(&mut settings.seed, self.seed);
        replace(&mut settings.split.test_fraction, self.test_fraction);
        self.auto.lay_over(self.window, &mut settings)?;
        self.network.lay_over(&mut settings)?;
        self.force.lay_over(&mut settings)?;
        self.modes.lay_over(&mut settings)?;
        settings.check()?;
        Ok(settings)
    }
}

fn replace<T: Copy>(setting: &mut T, stated: Option<T>) {
    if let Some(value) = stated {
        *setting = value;
    }
}

/// What a training run ended with.
#[derive(Debug, Serialize)]
struct Trained {
    run: PathBuf,
    iterations: u64,
    best_iteration: u64,
    /// `1 + J` on the validation transitions, in `k_B` per transition; it chose the parameters, so it leans upwards.
    validation_bound: Option<f64>,
    /// Its standard error, where it is a cross-validated one.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_error: Option<f64>,
    /// How far the members of a sum agree.
    #[serde(skip)]
    agreement: Option<String>,
    /// Share of the mean square of dS on which fits to different parts of the movies agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    reliability: Option<f64>,
    /// The estimators that were compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contenders: Vec<Contender>,
    #[serde(skip)]
    estimator: EstimatorKind,
    /// The candidates whose weighted sum a fit in closed form has kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kept: Vec<Candidate>,
    stop_reason: Option<StopReason>,
    elapsed_seconds: f64,
}

impl Trained {
    fn new(estimator: &Estimator, run: &Path) -> Self {
        let record = estimator.record();
        Self {
            run: run.to_path_buf(),
            iterations: record.iterations,
            best_iteration: record.best_iteration,
            validation_bound: record.best_validation_loss.map(|loss| 1.0 - loss),
            validation_error: record.validation_error,
            agreement: record.agreement_in_words(),
            reliability: record.reliability,
            contenders: record.contenders.clone(),
            estimator: estimator.settings().estimator,
            kept: record.kept_candidates(),
            stop_reason: record.stop_reason,
            elapsed_seconds: record.elapsed_seconds,
        }
    }
}

impl Trained {
    fn write_bound(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = Measured::new(self.validation_bound.unwrap_or(0.0), self.validation_error, "k_B");
        writeln!(f, "{bound} per transition at least, cross-validated")
    }

    fn write_comparison(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<14} {:>6}  {:<26} {:>6} {:>7}",
            "estimator", "window", "bound (k_B per frame)", "weight", "time"
        )?;
        for of in &self.contenders {
            let bound = of.bound_in_words();
            let weight = if of.weight > 0.0 { format!("{:.2}", of.weight) } else { "-".into() };
            let (name, window, seconds, standing) =
                (of.estimator.to_string(), of.window, of.seconds, of.standing);
            writeln!(f, "{name:<14} {window:>6}  {bound:<26} {weight:>6} {seconds:>5.0} s  {standing}")?;
        }
        if self.best_iteration == 0 {
            return writeln!(f, "none beats an estimate of zero, which is therefore kept");
        }
        if let Some(StopReason::Interrupted) = self.stop_reason {
            writeln!(f, "stopped on request: what was complete is kept")?;
        }
        if let Some(agreement) = &self.agreement {
            writeln!(f, "{agreement}")?;
        }
        self.write_bound(f)
    }
}

impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.estimator.is_closed_form() {
            writeln!(f, "{} candidates tried in {:.1} s", self.iterations, self.elapsed_seconds)?;
            match &self.kept[..] {
                [] => writeln!(f, "none beats an estimate of zero, which is therefore kept")?,
                kept => {
                    writeln!(f, "kept: the sum of")?;
                    for candidate in kept {
                        writeln!(f, "  {:.2} x {candidate}", candidate.weight)?;
                    }
                    self.write_bound(f)?;
                }
            }
        } else if self.estimator == EstimatorKind::Auto {
            self.write_comparison(f)?;
        } else {
            if let Some(reason) = self.stop_reason {
                writeln!(f, "{} iterations in {:.0} s: {reason}", self.iterations, self.elapsed_seconds)?;
            }
            if let Some(bound) = self.validation_bound {
                let best = self.best_iteration;
                writeln!(f, "best at {best}: {bound:.5} k_B per transition on validation data")?;
            }
        }
        write!(f, "run kept in {}; next: cneep estimate {0} MOVIE... -o DIR", self.run.display())
    }
}
