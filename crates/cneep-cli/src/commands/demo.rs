//! Walks the whole road once on simulated movies, and checks the result against the exact answer.

use super::estimate::{Told, estimate};
use super::map::{Mapped, Stack, map};
use super::report::write_report;
use super::results;
use clap::Args;
use cneep::entropy_production::Summary;
use cneep::estimator::{ComparisonSettings, EstimatorSettings, ModesSettings, Training, TrainingRun};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{self, Video};
use cneep_sim::Truth;
use cneep_sim::langevin::Simulation;
use cneep_sim::systems::{BeadSpringRow, MicroscopeSettings, System, film, part_places};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// What the demo must reach: squared correlation with the exact entropy production, and range of the slope.
const LEAST_R_SQUARED: f64 = 0.95;
const SLOPES: std::ops::RangeInclusive<f64> = 0.8..=1.2;

/// Walk the whole road on two simulated beads: simulate, train, estimate, map, report
///
/// Takes a quarter of a minute on two cores; modes alone are compared, over all windows. The movies to
/// estimate are fresh: another seed than those to train on. Rates are in k_B/s, the model's unit of time read
/// as one second; the exact rate is 2.025 k_B/s.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep demo -o demo/")]
pub(crate) struct Demo {
    /// Folder for movies, run and results
    #[arg(long, short, value_name = "DIR", default_value = "demo")]
    output: PathBuf,
    /// Seed of everything
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl Demo {
    /// Runs the whole road.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let start = Instant::now();
        let (run, fresh) = (self.output.join("run"), self.output.join("fresh"));
        if run.exists() {
            let remedy = "Delete it, or choose another folder with -o DIR; nothing was changed.";
            let fault = Fault::of_file(&self.output, "a folder without a demo", "an earlier demo", remedy);
            return Err(Error::Setting(fault));
        }
        let settings = Training { seed: self.seed, ..demo_settings() };
        settings.check()?;
        let system = System::BeadSpring(BeadSpringRow::default());
        let microscope = MicroscopeSettings::default();
        let simulation = Simulation { movies: 100, frames: 500, ..Simulation::default() };
        let watched = |simulation: &Simulation, seed: u64| -> Result<(Vec<Video>, Truth)> {
            let world = system.simulate(&microscope, simulation, seed)?;
            let truth = world.truth(part_places(&system, &microscope, &world.trajectories)?);
            Ok((film(&system, &microscope, &world.trajectories, seed)?, truth))
        };
        let (train, _) = watched(&simulation, 2 * self.seed)?;
        let (test, truth) = watched(&Simulation { movies: 20, ..simulation }, 2 * self.seed + 1)?;
        video::write(&fresh.join("movies.npz"), &test)?;
        truth.write(&fresh.join("truth.npz"))?;
        let training = TrainingRun::new(&settings).kept_in(&run).watched_by(console.progress());
        let estimator = training.train(&train)?;
        interrupt::check(&self.output)?;
        let estimated = estimate(console, &estimator, &test, Some(&truth))?;
        estimated.write(&fresh)?;
        results::remember_estimate(&run, &fresh, &test)?;
        let mapped = Mapped { estimator: &estimator, videos: &test, truth: Some(&truth), labels: None };
        map(console, &mapped, &fresh, Stack::Maps)?;
        results::remember_map(&run, &fresh, &test)?;
        let (report, summary) = (write_report(&run, run.join("report.html"))?.report, estimated.summary);
        let finished =
            Finished { seconds: start.elapsed().as_secs_f64(), reached: reached(&summary), report, summary };
        console.print(&finished)?;
        console.tell(&finished.summary.cautions);
        Ok(())
    }
}

/// The default but for the estimators that take minutes and add nothing here: modes, over all windows.
fn demo_settings() -> Training {
    let estimators = vec![EstimatorSettings::Modes(ModesSettings::default())];
    Training::comparison(ComparisonSettings { estimators, ..ComparisonSettings::default() })
}

fn reached(summary: &Summary) -> bool {
    summary.r_squared.is_some_and(|r| r >= LEAST_R_SQUARED)
        && summary.slope.is_some_and(|s| SLOPES.contains(&s))
}

/// How the demo ended.
#[derive(Debug, Serialize)]
struct Finished {
    seconds: f64,
    reached: bool,
    report: PathBuf,
    summary: Summary,
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Told { summary: &self.summary, regions: None })?;
        let verdict = if self.reached { "reached" } else { "NOT reached" };
        let (low, high) = (SLOPES.start(), SLOPES.end());
        writeln!(f, "goal: R^2 >= {LEAST_R_SQUARED} and slope {low} to {high} on fresh movies: {verdict}")?;
        writeln!(f, "whole demo: {:.0} s", self.seconds)?;
        write!(f, "now open {} in a browser", self.report.display())
    }
}
