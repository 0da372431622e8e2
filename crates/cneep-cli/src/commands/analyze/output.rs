//! Writes what an analysis has found into its folder, and says it at the terminal.

use super::super::estimate::{Estimated, in_colour};
use super::super::map::MapSummary;
use super::super::results::write_json;
use super::curves::WindowPoint;
use super::folder::AnalysisFolder;
use crate::csv_file::{cell, with_interval, write_csv};
use cneep::dissipation_map::{MapCorrelation, Regions};
use cneep::entropy_production::{EntropyProduction, FrameGapCurve, RateInTime, Summary, write_table};
use cneep::estimator::Estimator;
use cneep_movie::caution::Caution;
use cneep_movie::error::Result;
use cneep_movie::video::{Video, premises};
use cneep_report::report::{Origin, Report, ReportedMap};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// The form of `summary.json`: another number where a word has changed its meaning.
const FORMAT: u32 = 1;

/// What `summary.json` holds, and what is printed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AnalysisSummary {
    /// Form of this file.
    pub(crate) format: u32,
    /// Version of the program.
    pub(crate) cneep_version: String,
    /// Files, frames, interval, duration, size and exposure in one line.
    pub(crate) premises: String,
    /// What may be said, in one line.
    pub(crate) verdict: String,
    /// The numbers of the estimate.
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// Rate along each movie, and where it changes.
    pub(crate) rate_in_time: Vec<RateInTime>,
    /// Bound of each window that was tried.
    pub(crate) windows: Vec<WindowPoint>,
    /// Rate and bound at several gaps between frames; absent of movies that were added.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) frame_gap: Option<FrameGapCurve>,
    /// Over what distance the mean map is correlated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) correlation: Option<MapCorrelation>,
    /// Cells of the map that dissipate beyond chance, and cells that were tested.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) significant_cells: Option<[usize; 2]>,
    /// Rates of regions, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) regions: Option<Regions>,
}

/// What an analysis has found.
pub(crate) struct Found<'a> {
    pub(crate) estimator: &'a Estimator,
    pub(crate) videos: &'a [Video],
    pub(crate) estimated: &'a Estimated,
    pub(crate) map: MapSummary,
    pub(crate) windows: Vec<WindowPoint>,
    pub(crate) frame_gap: Option<FrameGapCurve>,
}

impl Found<'_> {
    /// Writes summary, tables, figures and report; the summary is the last.
    pub(crate) fn write(self, folder: &AnalysisFolder) -> Result<AnalysisSummary> {
        let Self { estimator, videos, estimated, map, windows, frame_gap } = self;
        let (entropy, figures) = (&estimated.entropy, folder.figures());
        let mut summary = estimated.summary.clone();
        summary.cautions.extend(frame_gap.iter().flat_map(FrameGapCurve::cautions));
        let rate_in_time: Vec<RateInTime> =
            (0..entropy.movies.len()).filter_map(|movie| entropy.rate_in_time(movie)).collect();
        write_table(entropy, &folder.transitions())?;
        write_rates(&rate_in_time, entropy.calibration.rate_unit().time_symbol(), &figures)?;
        write_report(estimator, (entropy, &summary), &map, frame_gap.as_ref(), &folder.report())?;
        let significant_cells = map.significance.as_ref().map(|of| [of.significant_cells, of.tested_cells]);
        let whole = AnalysisSummary {
            format: FORMAT,
            cneep_version: env!("CARGO_PKG_VERSION").into(),
            premises: premises(videos),
            verdict: summary.verdict_line(),
            summary,
            rate_in_time,
            windows,
            frame_gap,
            correlation: map.correlation,
            significant_cells,
            regions: map.regions,
        };
        write_json(&folder.summary(), &whole)?;
        Ok(whole)
    }
}

/// Writes the page, and its figures beside it.
fn write_report(
    estimator: &Estimator,
    (entropy, summary): (&EntropyProduction, &Summary),
    map: &MapSummary,
    frame_gap: Option<&FrameGapCurve>,
    path: &Path,
) -> Result<()> {
    let names = map.names();
    let mut reported = ReportedMap::new(&map.mean);
    reported.movies = &names;
    reported.cautions = &map.cautions;
    reported.significance = map.significance.as_ref();
    reported.correlation = map.correlation.as_ref();
    reported.film = map.film.as_ref();
    let arguments = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let mut page = Report::new(estimator)
        .with_entropy(entropy, summary)
        .with_map(reported)
        .with_origin(Origin::now(arguments));
    if let Some(curve) = frame_gap {
        page = page.with_frame_gap(curve);
    }
    if let Some(regions) = &map.regions {
        page = page.with_regions(regions);
    }
    page.write(path)
}

fn write_rates(rates: &[RateInTime], time: &str, figures: &Path) -> Result<()> {
    let unit =
        rates.first().and_then(|of| of.stretches.first()).map_or("", |stretch| stretch.rate.unit.as_str());
    let head = [
        "movie_name".to_owned(),
        format!("start_{time}"),
        format!("end_{time}"),
        format!("rate ({unit})"),
        "standard_error".into(),
        "interval_low".into(),
        "interval_high".into(),
    ];
    let rows = rates.iter().flat_map(|of| of.stretches.iter().map(|stretch| (of.movie.clone(), stretch)));
    write_csv(
        &figures.join("rate_in_time.csv"),
        &head,
        rows.map(|(movie, stretch)| {
            let [rate, low, high] = with_interval(Some(&stretch.rate));
            let times = [stretch.start, stretch.end].map(Some).map(cell);
            let error = cell(stretch.rate.standard_error);
            std::iter::once(movie).chain(times).chain([rate, error, low, high]).collect()
        }),
    )?;
    let head = [
        "movie_name".to_owned(),
        format!("time_{time}"),
        "p_value".into(),
        format!("rate_before ({unit})"),
        format!("rate_after ({unit})"),
    ];
    let rows = rates.iter().flat_map(|of| of.change_points.iter().map(|change| (of.movie.clone(), change)));
    write_csv(
        &figures.join("change_points.csv"),
        &head,
        rows.map(|(movie, change)| {
            let numbers = [change.time, change.p_value, change.before, change.after];
            std::iter::once(movie).chain(numbers.map(|number| number.to_string())).collect()
        }),
    )
}

/// The end of an analysis, in words or as JSON.
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    pub(crate) folder: PathBuf,
    pub(crate) report: PathBuf,
    /// Why nothing was done, if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nothing_to_do: Option<String>,
    #[serde(flatten)]
    pub(crate) summary: &'a AnalysisSummary,
}

impl Told<'_> {
    pub(crate) fn cautions(&self) -> &[Caution] {
        &self.summary.summary.cautions
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AnalysisSummary { premises, summary, rate_in_time, regions, .. } = self.summary;
        writeln!(f, "{premises}")?;
        if let Some(why) = &self.nothing_to_do {
            writeln!(f, "{why}")?;
        }
        let changes: usize = rate_in_time.iter().map(|of| of.change_points.len()).sum();
        if changes > 0 {
            writeln!(f, "The rate changes {changes} times: figures/change_points.csv.")?;
        }
        regions.iter().try_for_each(|of| write!(f, "{}", super::super::regions::Told(of)))?;
        writeln!(f, "report: {}", self.report.display())?;
        write!(f, "{}", in_colour(summary))
    }
}
