//! Walks the whole road once on a simulated scene, and checks the result against the exact answer.

mod scene;

use super::estimate::{Told, estimate};
use super::map::{Mapped, Stack, map};
use super::report::write_report;
use super::results;
use clap::Args;
use cneep::dissipation_map::{Region, Regions};
use cneep::entropy_production::{Significance, Summary};
use cneep::estimator::{ComparisonSettings, Training, TrainingRun};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Measured;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::to_digits;
use cneep_movie::video::{self, Frames, write_tiff};
use ndarray::Axis;
use scene::{Part, Scene};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// Movies, and frames of each.
const MOVIES: usize = 6;
const FRAMES: usize = 800;
/// What the demo must reach: squared correlation with the exact entropy production, and share of what can be
/// seen of every part that is driven.
const LEAST_R_SQUARED: f64 = 0.6;
const LEAST_SHARE: f64 = 0.6;

/// Walk the whole road on a simulated scene: film, train, estimate, map, report
///
/// Takes about a minute on two cores. In one frame: three pairs of beads between baths of two temperatures,
/// the second in equilibrium, and colloids carried by vortices. The default's estimators in closed form are
/// compared. Rates are in k_B/s, the model's unit of time read as one second. Ends with the report, and with
/// the rate of every part beside the exact one. (An example of the paper's network is among those of the
/// library: cargo run --release -p cneep --example paper_network.)
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
        let (run, film) = (self.output.join("run"), self.output.join("film"));
        if run.exists() {
            let remedy = "Delete it, or choose another folder with -o DIR; nothing was changed.";
            let fault = Fault::of_file(&self.output, "a folder without a demo", "an earlier demo", remedy);
            return Err(Error::Setting(fault));
        }
        let settings = demo_settings(self.seed)?;
        let Scene { movies, truth, labels, parts } = scene::scene(MOVIES, FRAMES, self.seed)?;
        video::write(&film.join("movies.npz"), &movies)?;
        truth.write(&film.join("truth.npz"))?;
        let regions = Frames::U8(labels.mapv(|label| label as u8).insert_axis(Axis(0)));
        write_tiff(&film.join("regions.tif"), &regions, movies[0].calibration())?;
        let training = TrainingRun::new(&settings).kept_in(&run).watched_by(console.progress());
        let estimator = training.train(&movies)?;
        interrupt::check(&self.output)?;
        let estimated = estimate(console, &estimator, &movies, Some(&truth))?;
        estimated.write(&film)?;
        results::remember_estimate(&run, &film, &movies)?;
        let mapped =
            Mapped { estimator: &estimator, videos: &movies, truth: Some(&truth), labels: Some(&labels) };
        let mapped = map(console, &mapped, &film, Stack::Maps)?;
        results::remember_map(&run, &film, &movies)?;
        let (report, summary) = (write_report(&run, run.join("report.html"))?.report, estimated.summary);
        let parts: Vec<Found> = parts.iter().map(|part| Found::of(part, mapped.regions.as_ref())).collect();
        let seconds = start.elapsed().as_secs_f64();
        let finished = Finished { seconds, reached: reached(&summary, &parts), report, parts, summary };
        console.print(&finished)?;
        console.tell(&finished.summary.cautions);
        Ok(())
    }
}

/// The default but for its network, its forces and its longer windows, which take minutes and add little
/// here.
fn demo_settings(seed: u64) -> Result<Training> {
    let closed_forms = ComparisonSettings::of(&["modes", "moments", "currents", "objects"])?;
    let settings = Training::comparison(closed_forms).with_window(2).with_seed(seed);
    settings.check()?;
    Ok(settings)
}

fn reached(summary: &Summary, parts: &[Found]) -> bool {
    let is_found = |part: &Found| match part.exact_rate {
        0.0 => !part.is_significant,
        exact => {
            part.is_significant && part.rate.as_ref().is_some_and(|rate| rate.value >= LEAST_SHARE * exact)
        }
    };
    summary.significance == Significance::Dissipates
        && summary.r_squared.is_some_and(|r| r >= LEAST_R_SQUARED)
        && parts.iter().all(is_found)
}

/// One part of the scene: what was found, and what is exact.
#[derive(Debug, Serialize)]
struct Found {
    name: &'static str,
    rate: Option<Measured>,
    is_significant: bool,
    /// What pairs of frames can show at best.
    exact_rate: f64,
    realised_rate: f64,
}

impl Found {
    fn of(part: &Part, regions: Option<&Regions>) -> Self {
        let own = |region: &&Region| region.label == part.label;
        let region = regions.and_then(|of| of.regions.iter().find(own));
        Self {
            name: part.name,
            rate: region.map(|region| region.rate.clone()),
            is_significant: region.is_some_and(|region| region.is_significant),
            exact_rate: part.exact_rate,
            realised_rate: part.realised_rate,
        }
    }
}

/// How the demo ended.
#[derive(Debug, Serialize)]
struct Finished {
    seconds: f64,
    reached: bool,
    report: PathBuf,
    parts: Vec<Found>,
    summary: Summary,
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Told { summary: &self.summary, regions: None })?;
        writeln!(
            f,
            "{:<26} {:<22} significant  exact, seen by pairs of frames",
            "part of the scene", "rate (k_B/s)"
        )?;
        for part in &self.parts {
            let rate = part.rate.as_ref().map_or_else(String::new, |rate| {
                Measured { unit: String::new(), ..rate.clone() }.to_string()
            });
            let significant = if part.is_significant { "yes" } else { "no" };
            writeln!(f, "{:<26} {rate:<22} {significant:<12} {}", part.name, to_digits(part.exact_rate, 3))?;
        }
        let verdict = if self.reached { "reached" } else { "NOT reached" };
        writeln!(
            f,
            "goal: dissipates, R^2 >= {LEAST_R_SQUARED}, {:.0} % of every driven part, the control silent: \
             {verdict}",
            100.0 * LEAST_SHARE
        )?;
        writeln!(f, "whole demo: {:.0} s", self.seconds)?;
        write!(f, "now open {} in a browser", self.report.display())
    }
}
