//! Maps where on the picture entropy is produced.

use super::movies::Movies;
use super::results;
use crate::console::Console;
use crate::interrupt;
use clap::Args;
use cneep::dissipation_map::{DissipationMap, MeanMap, PartComparison, SignificanceMap};
use cneep::estimator::Estimator;
use cneep_movie::error::{Error, Fault};
use cneep_movie::progress::Progress;
use cneep_movie::video::{Frames, Video, write_tiff};
use cneep_movie::{Calibration, Result};
use cneep_report::figure::{Overlay, Selection};
use cneep_report::report::mean_map_figure;
use cneep_sim::Truth;
use ndarray::{Array3, ArrayView2, Axis};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Frames of the animation at most: a few seconds, a few megabytes.
const OVERLAY_FRAMES: usize = 60;
/// Time for which each is shown, in seconds.
const OVERLAY_DELAY: f64 = 0.1;

/// Map where on the picture entropy is produced
///
/// Writes dissipation_map.tif (one 32-bit map a transition in k_B per cell, for Fiji; several movies one after another),
/// mean_dissipation_map.tif and .png (k_B/s per cell, or k_B/frame; significant cells outlined), dissipation_p_values.tif and
/// significant_cells.tif (each cell tested against zero on held-out transitions; at most 5 % false on average), overlay.gif (maps over the first movie) and map.json. Every map sums to the
/// entropy production of its transition.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep map run/ cell.tif --frame-interval 0.05 -o result/")]
pub(crate) struct Map {
    /// Folder of a trained or imported run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    movies: Movies,
    /// Exact answers of simulated movies, to compare the map at each bead or node with
    #[arg(long, value_name = "truth.npz")]
    truth: Option<PathBuf>,
    /// Folder for the results
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

impl Map {
    /// Maps and writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let estimator = Estimator::load(&self.run)?;
        let truth = self.truth.as_deref().map(Truth::read).transpose()?;
        let videos = self.movies.open(console)?;
        let summary = map(console, &estimator, &videos, truth.as_ref(), &self.output)?;
        results::remember_map(&self.run, &self.output)?;
        console.print(&summary)
    }
}

/// What `map.json` holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MapSummary {
    /// Unit of the mean map's cells.
    pub(crate) unit: String,
    /// The mean map.
    pub(crate) mean: MeanMap,
    /// Movies in the order in which they stand in `dissipation_map.tif`.
    pub(crate) movies: Vec<MappedMovie>,
    /// With the truth: the map at each part against its exact local rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) parts: Option<Vec<PartComparison>>,
    /// The test of each cell against zero; absent without held-out transitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) significance: Option<SignificanceMap>,
}

/// Where a movie's maps stand in `dissipation_map.tif`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MappedMovie {
    name: String,
    first: usize,
    transitions: usize,
}

/// Maps `videos` and writes everything into `folder`.
pub(crate) fn map(
    console: &Console,
    estimator: &Estimator,
    videos: &[Video],
    truth: Option<&Truth>,
    folder: &Path,
) -> Result<MapSummary> {
    let maps = dissipation_maps(console.progress(), estimator, videos, folder)?;
    let Some(mean) = MeanMap::of(&maps) else {
        return Err(Error::Mismatch(Fault::new("movies", "at least one", "none", "Name a movie.")));
    };
    let parts = truth.map(|truth| compare(&maps, truth)).transpose()?.flatten();
    let unit = mean.calibration.rate_unit().symbol().to_owned();
    let held_out: Vec<Vec<bool>> = videos.iter().map(|video| estimator.held_out(video)).collect();
    let significance = SignificanceMap::of(&maps, &held_out);
    write_pictures(&maps, &mean, &videos[0], folder)?;
    write_significance(&mean, significance.as_ref(), folder)?;
    let summary = MapSummary { unit, mean, movies: places(&maps), parts, significance };
    write_transitions(maps, &summary.mean, folder)?;
    results::write_json(&folder.join("map.json"), &summary)?;
    Ok(summary)
}

/// The maps of `videos`, unless Ctrl-C is pressed before `folder` holds what they are for.
pub(crate) fn dissipation_maps(
    progress: &dyn Progress,
    estimator: &Estimator,
    videos: &[Video],
    folder: &Path,
) -> Result<Vec<DissipationMap>> {
    progress.begin("dissipation maps (movies)", videos.len() as u64);
    let map = |video: &Video| {
        interrupt::check(folder)?;
        let map = estimator.dissipation_map(video)?;
        progress.advance(1);
        Ok(map)
    };
    let maps = videos.iter().map(map).collect();
    progress.end();
    maps
}

fn places(maps: &[DissipationMap]) -> Vec<MappedMovie> {
    let mut first = 0;
    maps.iter()
        .map(|map| {
            let transitions = map.transitions.dim().0;
            first += transitions;
            MappedMovie { name: map.name.clone(), first: first - transitions, transitions }
        })
        .collect()
}

/// Each part's share of the maps against its exact local rate; none if there is only one, or it is not known where they are.
fn compare(maps: &[DissipationMap], truth: &Truth) -> Result<Option<Vec<PartComparison>>> {
    let exact: Vec<ArrayView2<f64>> = truth.local_entropy_production.axis_iter(Axis(0)).collect();
    let steps = |map: &DissipationMap| map.transitions.dim().0 + map.window - 2;
    let fits = exact.len() == maps.len() && maps.iter().zip(&exact).all(|(m, e)| e.nrows() == steps(m));
    if !fits {
        let expected = format!("local entropy production of {} movies of these lengths", maps.len());
        let found = format!("{:?} (movie, transition, part)", truth.local_entropy_production.dim());
        let remedy = "Give the truth of exactly these movies, in the same order.";
        return Err(Error::Mismatch(Fault::new("truth", expected, found, remedy)));
    }
    let places = truth.part_places.as_ref().filter(|places| places.len() > 1);
    if places.is_some_and(|places| places.len() != truth.local_entropy_production.dim().2) {
        let expected = "a place for every part of local_entropy_production";
        let found = format!("{} places", places.map_or(0, Vec::len));
        let remedy = "Give the truth as `cneep simulate` wrote it.";
        return Err(Error::Mismatch(Fault::new("truth", expected, found, remedy)));
    }
    Ok(places.map(|places| PartComparison::of(maps, &exact, places)))
}

/// A cell of the map is several pixels of the movie wide.
fn calibration_of_cells(mean: &MeanMap) -> Calibration {
    let cell = mean.grid.cell as f64;
    Calibration { pixel_size: mean.calibration.pixel_size.map(|size| size * cell), ..mean.calibration }
}

/// Writes the p-values and the significant cells (255) as images, and the mean map with their outline.
fn write_significance(mean: &MeanMap, significance: Option<&SignificanceMap>, folder: &Path) -> Result<()> {
    let mask = significance.map(SignificanceMap::mask);
    mean_map_figure(mean, mask.as_ref()).draw()?.write_png(&folder.join("mean_dissipation_map.png"))?;
    let Some((significance, mask)) = significance.zip(mask) else { return Ok(()) };
    let calibration = calibration_of_cells(mean);
    let p_values = significance.p_values.mapv(|p| p as f32).insert_axis(Axis(0));
    write_tiff(&folder.join("dissipation_p_values.tif"), &Frames::F32(p_values), calibration)?;
    let mask = mask.mapv(|significant| if significant { 255 } else { 0 }).insert_axis(Axis(0));
    write_tiff(&folder.join("significant_cells.tif"), &Frames::U8(mask), calibration)
}

/// Writes the maps of all transitions, movie after movie; each movie's are given up as they are copied, so that they are not held twice.
fn write_transitions(maps: Vec<DissipationMap>, mean: &MeanMap, folder: &Path) -> Result<()> {
    let count: usize = maps.iter().map(|map| map.transitions.dim().0).sum();
    let mut cells: Vec<f32> = Vec::new();
    for map in maps {
        let whole = map.transitions.is_standard_layout() && map.transitions.len() == count * mean.rates.len();
        if whole {
            cells = map.transitions.into_raw_vec_and_offset().0;
        } else {
            cells.reserve_exact(count * mean.rates.len() - cells.len());
            cells.extend(&map.transitions);
        }
    }
    let shape = (count, mean.grid.rows, mean.grid.columns);
    let all = Array3::from_shape_vec(shape, cells).map_err(|e| {
        Error::Mismatch(Fault::new("maps", "maps of one size", e.to_string(), "Map the movies apart."))
    })?;
    write_tiff(&folder.join("dissipation_map.tif"), &Frames::F32(all), calibration_of_cells(mean))
}

fn write_pictures(maps: &[DissipationMap], mean: &MeanMap, video: &Video, folder: &Path) -> Result<()> {
    let calibration = calibration_of_cells(mean);
    let single = mean.rates.mapv(|rate| rate as f32).insert_axis(Axis(0));
    write_tiff(&folder.join("mean_dissipation_map.tif"), &Frames::F32(single), calibration)?;
    let overlay = Overlay {
        maps: maps[0].transitions.view(),
        cell_size: mean.grid.cell,
        offset: (0, 0),
        frame_interval: mean.calibration.frame_interval,
        label: "k_B per cell and transition",
        frame_count: OVERLAY_FRAMES,
        selection: Selection::Consecutive,
        delay: OVERLAY_DELAY,
    };
    overlay.write(&folder.join("overlay.gif"), |frame| video.frames().try_frame(frame))
}

impl fmt::Display for MapSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.mean.rates.dim();
        writeln!(
            f,
            "mean map                 {rows} x {columns} cells, sum {:.4} {}",
            self.mean.rate(),
            self.unit
        )?;
        match &self.significance {
            Some(significance) => writeln!(
                f,
                "significant cells        {} of {} (at most {:.0} % false on average; {} blocks of {} held-out transitions)",
                significance.significant_cells,
                significance.tested_cells,
                100.0 * significance.false_discovery_rate,
                significance.block_count,
                significance.held_out_transitions
            )?,
            None => writeln!(f, "significant cells        not tested: no held-out transitions")?,
        }
        for (index, part) in self.parts.iter().flatten().enumerate() {
            writeln!(
                f,
                "part {index}                   map {:.3}, realised local rate {:.3} {}, correlation {:.3}",
                part.map_rate, part.realised_rate, self.unit, part.correlation
            )?;
        }
        Ok(())
    }
}
