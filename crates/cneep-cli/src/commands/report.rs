//! Writes the one-file report of a run.

use super::map::{FILM, MapSummary};
use super::results::{Place, Results, read_json};
use super::run_folder;
use clap::Args;
use cneep::dissipation_map::Regions;
use cneep::entropy_production::{EntropyProduction, FrameGapCurve, Summary, read_table};
use cneep::estimator::Estimator;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::{Error, Result};
use cneep_report::film::Film;
use cneep_report::report::{self, Origin, ReportedMap};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Write report.html: verdict, player of film and map, checks, figures and cautions, in one file
///
/// Shows what `cneep estimate` and `cneep map` gave last for the run, `cneep frame-gap` if its result lies in
/// the same folder, and the training; rates in k_B/s (k_B/frame without a frame interval). The file needs
/// nothing else and can be mailed; every figure is also written as SVG, PNG and CSV into the folder figures
/// beside it.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep report run/")]
pub(crate) struct Report {
    /// Folder of a trained or imported run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// File for the page [default: report.html in RUN]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Report {
    /// Writes the report.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let run = run_folder::find(&self.run, &[])?;
        let page = self.output.clone().unwrap_or_else(|| run.join("report.html"));
        console.print(&write_report(&run, page)?)
    }
}

/// Where the report went.
#[derive(Debug, Serialize)]
pub(crate) struct Reported {
    pub(crate) report: PathBuf,
    /// What was left out, and why.
    notes: Vec<String>,
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))?;
        write!(f, "report written to {}", self.report.display())
    }
}

/// Writes the report of `run` from its latest results to the file `report`. Those that are not there, or that
/// another state of the run has given, are left out, and the page says so.
pub(crate) fn write_report(run: &Path, report: PathBuf) -> Result<Reported> {
    let estimator = interrupt::ending_at_once(|| Estimator::load(run))?;
    let mut left_out = Vec::new();
    let results = Results::of_run(run).unwrap_or_else(|refusal| {
        left_out.push(format!("The results of the run are left out. {refusal}"));
        Results::default()
    });
    let mut read_from = |place: Option<&Place>, what: &str, verb: &str| -> Result<Option<PathBuf>> {
        let Some(place) = place else { return Ok(None) };
        if place.is_of(run)? {
            return Ok(Some(place.folder(run)));
        }
        left_out.push(format!(
            "The {what} is left out: the training has changed since it was made. Run cneep {verb} again."
        ));
        Ok(None)
    };
    let estimate = read_from(results.estimate.as_ref(), "estimate", "estimate")?;
    let map = read_from(results.map.as_ref(), "map", "map")?;
    let mut unless_missing = |what: &str, refusal: Error| {
        left_out
            .push(format!("The {what} is left out: its files are not where they were written. {refusal}"));
    };
    let gap = [&estimate, &map].into_iter().flatten().find_map(|folder| read_frame_gap(folder));
    let estimated =
        estimate.and_then(|folder| read_estimate(&folder).map_err(|e| unless_missing("estimate", e)).ok());
    let film: Option<Film> = map.as_ref().and_then(|folder| read_json(&folder.join(FILM)).ok());
    let mut map: Option<MapSummary> =
        map.and_then(|folder| read_json(&folder.join("map.json")).map_err(|e| unless_missing("map", e)).ok());
    if estimated.is_some() && map.is_some() && of_other_movies(&results) {
        left_out.push(
            "The map is left out: it is of other movies than the estimate. Map the same movies.".into(),
        );
        map = None;
    }
    let mut page = report::Report::new(&estimator)
        .with_origin(Origin::now(std::env::args_os().map(|word| word.to_string_lossy().into_owned())));
    if let Some(gap) = &gap {
        page = page.with_frame_gap(gap);
    }
    if let Some(Estimated { entropy, summary, .. }) = &estimated {
        page = page.with_entropy(entropy, summary);
    }
    let names = map.as_ref().map(MapSummary::names).unwrap_or_default();
    let exact = map.as_ref().and_then(|map| {
        let rows = map.exact.as_ref()?;
        Array2::from_shape_vec((rows.len(), rows.first()?.len()), rows.concat()).ok()
    });
    if let Some(map) = &map {
        let mut reported = ReportedMap::new(&map.mean);
        reported.movies = &names;
        reported.cautions = &map.cautions;
        reported.parts = map.parts.as_deref();
        reported.significance = map.significance.as_ref();
        reported.correlation = map.correlation.as_ref();
        reported.film = film.as_ref();
        reported.exact = exact.as_ref();
        page = page.with_map(reported);
    }
    let of_estimate = estimated.as_ref().and_then(|estimated| estimated.regions.as_ref());
    if let Some(regions) = map.as_ref().and_then(|map| map.regions.as_ref()).or(of_estimate) {
        page = page.with_regions(regions);
    }
    page.with_notes(&left_out).write(&report)?;
    Ok(Reported { report, notes: left_out })
}

/// What `cneep frame-gap` wrote into `folder`, if it did.
fn read_frame_gap(folder: &Path) -> Option<FrameGapCurve> {
    let path = folder.join("frame_gap.json");
    if path.exists() { read_json(&path).ok() } else { None }
}

/// Whether estimate and map are of different movies.
fn of_other_movies(results: &Results) -> bool {
    let places = results.estimate.as_ref().zip(results.map.as_ref());
    places.is_some_and(|(estimate, map)| estimate.movies != map.movies)
}

/// What `cneep estimate` wrote.
struct Estimated {
    entropy: EntropyProduction,
    summary: Summary,
    regions: Option<Regions>,
}

/// Regions in `summary.json`, if there are any.
#[derive(Deserialize)]
struct OfRegions {
    #[serde(default)]
    regions: Option<Regions>,
}

fn read_estimate(folder: &Path) -> Result<Estimated> {
    let path = folder.join("summary.json");
    let summary: Summary = read_json(&path)?;
    let OfRegions { regions } = read_json(&path)?;
    let table = folder.join("entropy.csv");
    let entropy = read_table(&table, summary.window, summary.calibration, &summary.movies)?;
    Ok(Estimated { entropy, summary, regions })
}
