//! Writes the one-file report of a run.

use super::map::MapSummary;
use super::results::{Results, read_json};
use clap::Args;
use cneep::entropy_production::{EntropyProduction, Summary, read_table};
use cneep::estimator::Estimator;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::input_file::read;
use cneep_report::report::{self, ReportedMap};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Write report.html: numbers with errors and units, figures, settings and cautions, in one file
///
/// Shows the training (bounds in k_B per transition), and what `cneep estimate` and `cneep map` gave last for
/// the run. The file needs nothing else and can be mailed.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep report run/")]
pub(crate) struct Report {
    /// Folder of a trained or imported run
    #[arg(value_name = "RUN")]
    run: PathBuf,
}

impl Report {
    /// Writes the report into the run's folder.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        console.print(&write_report(&self.run)?)
    }
}

/// Where the report went.
#[derive(Debug, Serialize)]
pub(crate) struct Reported {
    pub(crate) report: PathBuf,
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "report written to {}", self.report.display())
    }
}

/// Writes `report.html` into the folder of `run` from its latest results.
pub(crate) fn write_report(run: &Path) -> Result<Reported> {
    let estimator = interrupt::ending_at_once(|| Estimator::load(run))?;
    let results = Results::of_run(run)?;
    let estimated = results.estimate.as_deref().map(read_estimate).transpose()?;
    let map: Option<MapSummary> =
        results.map.as_deref().map(|folder| read_json(&folder.join("map.json"))).transpose()?;
    let overlay =
        results.map.as_deref().and_then(|folder| read(&folder.join("overlay.gif"), "a picture").ok());
    let mut page = report::Report::new(&estimator);
    if let Some(Estimated { entropy, summary }) = &estimated {
        page = page.with_entropy(entropy, summary);
    }
    if let Some(map) = &map {
        let mut reported = ReportedMap::new(&map.mean);
        reported.parts = map.parts.as_deref();
        reported.significance = map.significance.as_ref();
        reported.overlay = overlay.as_deref();
        page = page.with_map(reported);
    }
    let report = run.join("report.html");
    page.write(&report)?;
    Ok(Reported { report })
}

/// What `cneep estimate` wrote.
struct Estimated {
    entropy: EntropyProduction,
    summary: Summary,
}

fn read_estimate(folder: &Path) -> Result<Estimated> {
    let summary: Summary = read_json(&folder.join("summary.json"))?;
    let table = folder.join("entropy.csv");
    let entropy = read_table(&table, summary.window, summary.calibration, &summary.movies)?;
    Ok(Estimated { entropy, summary })
}
