//! Analyses movies by one command: look, train, estimate, map, follow gap and window, report.

pub(crate) mod add;
mod curves;
pub(crate) mod folder;
pub(crate) mod open;
mod output;

use super::estimate::{Estimated, estimate};
use super::estimator_options::compared;
use super::map::{MapSummary, Mapped, Stack, map};
use super::movies::Movies;
use super::regions::RegionsFile;
use super::results::{begin_anew, read_json};
use crate::deadline::Deadline;
use crate::quantity;
use clap::Args;
use cneep::estimator::{Choice, Estimator, Training, TrainingRun};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_cli::opening::Opening;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{Video, refuse_copies};
use folder::{AnalysisFolder, State};
use ndarray::Array2;
pub(crate) use output::AnalysisSummary;
use output::{Found, Told};
use std::path::PathBuf;

/// Share of a time budget that is kept for what comes after training: estimate, map, gaps, page.
const SHARE_AFTER_TRAINING: f64 = 0.15;
/// What page and figures take of any movie, in seconds, is kept too, up to this share.
const LEAST_AFTER_TRAINING: f64 = 5.0;
const MOST_SHARE_AFTER_TRAINING: f64 = 0.3;

// What is analysed, and how. (No documentation comment: it would stand in for that of the verb.)
#[derive(Debug, Args)]
pub(crate) struct Subject {
    #[command(flatten)]
    movies: Movies,
    #[command(flatten)]
    regions: RegionsFile,
    #[command(flatten)]
    training: TrainingArguments,
}

// What is trained. (No documentation comment: it would stand in for that of the verb.)
#[derive(Debug, Args)]
pub(crate) struct TrainingArguments {
    /// Estimators that are compared [default: those that `train` compares; `modes` alone takes seconds]
    #[arg(long, value_delimiter = ',', value_name = "NAME,..")]
    compare: Option<Vec<String>>,
    /// Settings of the training, a TOML file [default: a comparison]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Seed of everything [default: 0]
    #[arg(long)]
    seed: Option<u64>,
}

/// Analyse movies: inspect, train, estimate, map, report, all into one folder
///
/// Ends with one line that says what may be said, in k_B/s (k_B/frame without a frame interval), and with a
/// folder that can be moved, zipped and mailed: report.html, summary.json, transitions.csv, maps.tif (film
/// and dissipation as two channels, for Fiji), figures/ (with tables behind them) and run/ (for `add`,
/// `compare`, `estimate`, `map`). The same command again goes on where it stopped, and does nothing when all
/// is done. `cneep MOVIE` is short for it.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep analyze cell.tif --interval 50ms --exposure 45ms")]
pub(crate) struct Analyze {
    #[command(flatten)]
    subject: Subject,
    /// Folder for everything [default: the first movie's name with .cneep, in the current folder]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Time for all of it, such as 90s or 5min: training is stopped early enough, and then no verdict is
    /// given; the same command without it goes on
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = quantity::duration)]
    time_budget: Option<f64>,
    /// Begin anew, whatever was done before
    #[arg(long)]
    again: bool,
    /// Open the page when all is done
    #[arg(long)]
    open: bool,
}

impl Analyze {
    /// Analyses what is named.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let analysed = self.carry_out(console)?;
        console.stages_end();
        let (folder, summary) = (&analysed.folder, &analysed.summary);
        let why = "Nothing to do: the analysis is complete (--again begins anew).";
        let nothing_to_do = analysed.was_complete.then(|| why.to_owned());
        let told =
            Told { folder: folder.path().to_path_buf(), report: folder.report(), nothing_to_do, summary };
        console.tell(told.cautions());
        console.print(&told)?;
        if self.open {
            open::show(console, &folder.report());
        }
        Ok(())
    }

    /// Analyses what is named, and leaves it to the caller to say so.
    pub(crate) fn carry_out(&self, console: &Console) -> Result<Analysed> {
        let Subject { movies, regions, training } = &self.subject;
        let named_after = || AnalysisFolder::named_after(movies.paths());
        let folder = self.output.clone().map_or_else(named_after, AnalysisFolder::new);
        let before = folder.state()?;
        if self.again && before.is_some() {
            folder.clear()?;
        }
        let before = before.filter(|_| !self.again);
        console.stage("1/6 looking");
        let inherited = before.as_ref().map(|state| &state.opening);
        let settings = training.settings()?;
        let request = Request { inherited, settings, movies, regions };
        let opened = request.open(console, &folder)?;
        if let Some(state) = &before {
            if !state.trains_as(&opened.state) {
                let remedy =
                    "Choose another folder with -o DIR, or begin anew with --again; nothing was changed.";
                let found = "that of other movies or settings";
                return Err(Error::Setting(Fault::of_file(
                    folder.path(),
                    "an analysis of these movies",
                    found,
                    remedy,
                )));
            }
            if state.is_complete && state.is_of_the_same(&opened.state) && folder.report().exists() {
                folder.sweep();
                folder.clear_unfinished();
                let summary: AnalysisSummary = read_json(&folder.summary())?;
                return Ok(Analysed { folder, summary, was_complete: true });
            }
        }
        let summary = analyze(console, &folder, &opened, self.time_budget)?;
        Ok(Analysed { folder, summary, was_complete: false })
    }
}

impl Subject {
    /// The movies, as they were named.
    pub(crate) fn movies(&self) -> &Movies {
        &self.movies
    }

    /// What is trained.
    pub(crate) fn training(&self) -> &TrainingArguments {
        &self.training
    }
}

impl TrainingArguments {
    /// Settings of the training.
    pub(crate) fn settings(&self) -> Result<Training> {
        let mut settings =
            self.settings.as_deref().map_or_else(|| Ok(Training::default()), Training::read)?;
        if let (Some(names), Choice::Comparison(comparison)) = (&self.compare, &mut settings.choice) {
            comparison.estimators = compared(names, &comparison.estimators)?;
        }
        settings.seed = self.seed.unwrap_or(settings.seed);
        settings.check()?;
        Ok(settings)
    }
}

/// An analysis that was carried out.
pub(crate) struct Analysed {
    pub(crate) folder: AnalysisFolder,
    pub(crate) summary: AnalysisSummary,
    /// Whether it was complete before.
    was_complete: bool,
}

/// What is to be analysed, as it was stated.
pub(crate) struct Request<'a> {
    pub(crate) inherited: Option<&'a Opening>,
    pub(crate) settings: Training,
    pub(crate) movies: &'a Movies,
    pub(crate) regions: &'a RegionsFile,
}

/// What is to be analysed, open.
pub(crate) struct OpenedRequest {
    pub(crate) videos: Vec<Video>,
    pub(crate) settings: Training,
    pub(crate) labels: Option<Array2<u32>>,
    pub(crate) state: State,
}

impl Request<'_> {
    fn open(&self, console: &Console, folder: &AnalysisFolder) -> Result<OpenedRequest> {
        let videos = self.movies.scales().open(self.movies.paths(), self.inherited)?.told(console);
        interrupt::ending_at_once(|| refuse_copies(&videos))?;
        let labels = self.regions.read(&videos)?;
        let opening = self.movies.scales().opening(self.inherited, videos[0].calibration());
        let regions = labels.as_ref().map(hash_of_labels);
        let state = State::new(folder, self.movies.paths(), &videos, opening, &self.settings, regions)?;
        Ok(OpenedRequest { videos, settings: self.settings.clone(), labels, state })
    }
}

/// What labels are known by.
fn hash_of_labels(labels: &Array2<u32>) -> String {
    let sum = labels.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, label| {
        (hash ^ u64::from(*label)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{sum:016x}")
}

/// Trains, estimates, maps, follows gap and window, and writes all into `folder`.
fn analyze(
    console: &Console,
    folder: &AnalysisFolder,
    of: &OpenedRequest,
    time_budget: Option<f64>,
) -> Result<AnalysisSummary> {
    let OpenedRequest { videos, settings, labels, state } = of;
    folder.sweep();
    folder.write_state(state)?;
    begin_anew(&folder.summary())?;
    let training_time = time_budget.map(time_for_training);
    let whole = Deadline::new(console.progress(), time_budget)?;
    let training = Deadline::new(console.progress(), training_time)?;
    console.stage("2/6 training");
    let run = folder.run();
    let trained = TrainingRun::new(settings).kept_in(&run).watched_by(&training).train_or_go_on(videos);
    let estimator = trained.map_err(|error| in_words(error, time_budget.is_some()))?;
    state.opening.keep(&run)?;
    if interrupt::requested() {
        return Err(stopped());
    }
    console.stage("3/6 estimating");
    let estimated = estimate(console, &estimator, videos, None)?;
    console.stage("4/6 mapping");
    let map = map_into(console, folder, &estimator, videos, labels.as_ref())?;
    console.stage("5/6 gaps between frames");
    let key = format!("{} {:?}", state.settings, state.hashes) + &format!("{:?}", state.opening);
    let frame_gap = curves::against_gap(console, folder, &key, videos, settings.seed, &whole)?;
    console.stage("6/6 writing");
    let windows = curves::against_window(&estimator, videos);
    let frame_gap = Some(frame_gap);
    let found = Found { estimator: &estimator, videos, estimated: &estimated, map, windows, frame_gap };
    let summary = found.write(folder)?;
    if !estimator.is_interrupted() {
        folder.write_state(&State { is_complete: true, ..state.clone() })?;
        folder.clear_unfinished();
    }
    Ok(summary)
}

/// Seconds of training within a budget of so many.
fn time_for_training(budget: f64) -> f64 {
    let least = LEAST_AFTER_TRAINING.min(MOST_SHARE_AFTER_TRAINING * budget);
    budget - least.max(SHARE_AFTER_TRAINING * budget)
}

/// Maps into the figures of the folder; film and maps into its stack.
fn map_into(
    console: &Console,
    folder: &AnalysisFolder,
    estimator: &Estimator,
    videos: &[Video],
    labels: Option<&Array2<u32>>,
) -> Result<MapSummary> {
    let mapped = Mapped { estimator, videos, truth: None, labels };
    map(console, &mapped, &folder.figures(), Stack::FilmAndMaps(&folder.maps()))
}

fn stopped() -> Error {
    Error::stopped("the analysis; what was fitted is kept, and the same command goes on")
}

/// A stop before anything was complete, in words.
fn in_words(error: Error, has_budget: bool) -> Error {
    if !error.is_stop() {
        return error;
    }
    if has_budget && !interrupt::requested() {
        let (expected, found) = ("time for a first estimator", "less");
        let remedy = "Give more time: what was fitted is kept, and the same command goes on.";
        return Error::NotConverged(Fault::new("time budget", expected, found, remedy));
    }
    stopped()
}

/// Estimates and maps `videos` by a run that is there, and writes all into `folder`.
fn apply(
    console: &Console,
    folder: &AnalysisFolder,
    estimator: &Estimator,
    videos: &[Video],
    labels: Option<&Array2<u32>>,
) -> Result<AnalysisSummary> {
    console.stage("1/2 estimating");
    let estimated: Estimated = estimate(console, estimator, videos, None)?;
    console.stage("2/2 mapping");
    let map = map_into(console, folder, estimator, videos, labels)?;
    let found = Found { estimator, videos, estimated: &estimated, map, windows: Vec::new(), frame_gap: None };
    found.write(folder)
}
