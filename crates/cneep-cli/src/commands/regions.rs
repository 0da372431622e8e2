//! Asks how much entropy each region of the frame produces.

use super::tile_size::TileSize;
use clap::Args;
use cneep::dissipation_map::{Region, RegionSeries, Regions};
use cneep::entropy_production::{IndependentBound, Significance};
use cneep::estimator::Estimator;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::{Measured, p_in_words, to_digits};
use cneep_movie::video::{Video, read_labels, tiles};
use ndarray::Array2;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Regions that are told one by one; a file holds all.
const TOLD: usize = 30;
/// The file with all of them.
pub(super) const TABLE: &str = "regions.csv";

/// Where the regions of the frame are.
#[derive(Debug, Args)]
pub(crate) struct RegionsFile {
    /// Regions of the frame, for the rate of each (k_B/s, or k_B/frame) with its error and test: a mask or an
    /// image of labels of the frame's size (TIFF, NPY or PNG of whole numbers, 0 outside), or regions of
    /// ImageJ that do not overlap (.roi, RoiSet.zip; numbered in their order); or `tiles:32,8` for squares of
    /// 32 pixels, 8 apart. It is the part of the total that this estimator attributes to a region; the parts
    /// add up, but are no lower bounds, unless regions are independent: the bound of all under that
    /// assumption, and a test of it, are told. Writes regions.csv
    #[arg(long = "regions", value_name = "labels.tif|tiles:SIDE,GAP")]
    source: Option<Source>,
}

/// Where the labels come from.
#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    Tiles(TileSize),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.strip_prefix("tiles:") {
            Some(size) => size.parse().map(Self::Tiles),
            None => Ok(Self::File(text.into())),
        }
    }
}

impl RegionsFile {
    /// The labels for the frames of `videos`; none if no file is named.
    pub(super) fn read(&self, videos: &[Video]) -> Result<Option<Array2<u32>>> {
        let (Some(source), Some(video)) = (&self.source, videos.first()) else { return Ok(None) };
        let frame = (video.frames().rows(), video.frames().columns());
        match source {
            Source::File(path) => interrupt::ending_at_once(|| read_labels(path, frame)).map(Some),
            Source::Tiles(TileSize { side, gap }) => tiles(frame, *side, *gap).map(Some),
        }
    }
}

/// Follows the regions `labels` along `videos` of `counts` transitions.
pub(super) fn followed(
    console: &Console,
    estimator: &Estimator,
    videos: &[Video],
    labels: &Array2<u32>,
    counts: &[usize],
) -> Result<RegionSeries> {
    let mut series: Option<RegionSeries> = None;
    console.progress().begin("regions (movies)", videos.len() as u64);
    for (movie, video) in videos.iter().enumerate() {
        let fits = estimator.map_each_by_fits(video, |grid, _, map| {
            if interrupt::requested() {
                return Err(Error::stopped("the rates of regions"));
            }
            let series = match &mut series {
                Some(series) => series,
                None => series.insert(RegionSeries::new(grid, &labels.view(), counts)?),
            };
            series.add(movie, &map)
        })?;
        series.iter_mut().try_for_each(|series| series.add_fits(&fits))?;
        console.progress().advance(1);
    }
    console.progress().end();
    series.ok_or_else(no_transition)
}

/// Movies without a single transition.
pub(super) fn no_transition() -> Error {
    Error::Mismatch(Fault::new("movies", "at least one transition", "none", "Give longer movies."))
}

/// Regions in words, as a table.
pub(super) struct Told<'a>(pub(super) &'a Regions);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regions = self.0;
        writeln!(f, "regions                  {}", in_words(regions))?;
        let unit = &regions.total.unit;
        let head = ["label", "pixels", unit, "95 % within", "p", "share", &format!("{unit} per pixel")]
            .map(str::to_owned);
        let mut order: Vec<&Region> = regions.regions.iter().collect();
        order.sort_by(|a, b| b.rate.value.total_cmp(&a.rate.value));
        let left_out = order.len().saturating_sub(TOLD);
        let all = [
            "all".to_owned(),
            regions.pixels.to_string(),
            number(&regions.total),
            interval(&regions.total),
            p_value(regions.total_p_value),
            String::new(),
            to_digits(regions.total.value / regions.pixels as f64, 3),
        ];
        let rows: Vec<[String; 7]> = std::iter::once(head)
            .chain(order.iter().take(TOLD).map(|region| row(region)))
            .chain([all])
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..7).map(width).collect();
        for (index, row) in rows.iter().enumerate() {
            if index + 1 == rows.len() && left_out > 0 {
                writeln!(f, "  and {left_out} with lower rates, in {TABLE}")?;
            }
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
            writeln!(f, "  {}", cells.collect::<Vec<_>>().join("  "))?;
        }
        writeln!(f, "  Each is the part that this estimator attributes to the region. Parts add up to the")?;
        writeln!(f, "  total; they are no lower bounds, unless regions are independent of each other.")?;
        regions.independent.iter().try_for_each(|of| write_independent(f, of))
    }
}

/// The bound of all regions, if they are independent, and whether they seem to be.
fn write_independent(f: &mut fmt::Formatter<'_>, of: &IndependentBound) -> fmt::Result {
    if of.is_borne_out() {
        return writeln!(f, "  {}", independent_in_words(of, "regions").join("\n  "));
    }
    let p = p_value(Some(of.dependence_p_value));
    writeln!(f, "  They are correlated (p = {p}, if they were independent), so their bounds do not add")?;
    writeln!(f, "  up: draw them farther apart.")
}

/// The bound of all `parts`, which seem to be independent, with its assumption, in lines.
pub(super) fn independent_in_words(of: &IndependentBound, parts: &str) -> [String; 3] {
    let kind = if of.is_certified { "certified" } else { "cross-validated" };
    let within = of.bound.interval_in_words().map(|words| format!(", {words}")).unwrap_or_default();
    [
        format!("If the {} {parts} are independent: {kind} bound {}{within}.", of.regions, of.bound),
        "No correlation of their dS, nor of where the light is in them, speaks against it".into(),
        format!("(p = {}); the assumption is yours.", p_value(Some(of.dependence_p_value))),
    ]
}

fn in_words(regions: &Regions) -> String {
    let tested = regions.tested_regions;
    match regions.significance {
        Significance::Withdrawn => "the verdict is withdrawn, see the cautions: no claims".into(),
        _ if tested == 0 => "not tested".into(),
        _ => format!(
            "{} of {tested} dissipate significantly (*; at most {:.0} % false on average, p adjusted for \
             {tested} tests)",
            regions.significant_regions,
            100.0 * regions.false_discovery_rate
        ),
    }
}

fn row(region: &Region) -> [String; 7] {
    let label = if region.label == 0 { "outside".to_owned() } else { region.label.to_string() };
    let mark = if region.is_significant { "* " } else { "" };
    [
        format!("{mark}{label}"),
        region.pixels.to_string(),
        number(&region.rate),
        interval(&region.rate),
        p_value(region.p_value),
        region.share.as_ref().map(number).unwrap_or_default(),
        to_digits(region.rate_per_pixel, 3),
    ]
}

/// Value and error, without the unit.
fn number(measured: &Measured) -> String {
    Measured { unit: String::new(), ..measured.clone() }.to_string()
}

fn interval(measured: &Measured) -> String {
    let in_words = Measured { unit: String::new(), ..measured.clone() }.interval_in_words();
    in_words.map(|words| words.trim_start_matches("95 % within ").to_owned()).unwrap_or_default()
}

pub(super) fn p_value(p: Option<f64>) -> String {
    p.map_or_else(
        || "untested".into(),
        |p| p_in_words(p, 1e-4).trim_start_matches("p = ").replace("p <=", "<="),
    )
}
