//! Maps where on the picture entropy is produced.

use super::applied::{Application, Applied};
use super::estimate::{Estimated, estimate};
use super::film_and_maps::FilmAndMaps;
use super::map_stack::MapStack;
use super::regions;
use super::results;
use clap::Args;
use cneep::dissipation_map::{
    HeldOutBlocks, MapCorrelation, MapGrid, MapSums, MeanMap, PartComparison, PartSeries, RegionSeries,
    Regions, SignificanceMap,
};
use cneep::entropy_production::Role;
use cneep::estimator::Estimator;
use cneep::transition::Transition;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::caution::Caution;
use cneep_movie::error::{Error, Fault};
use cneep_movie::units::{Measured, to_digits};
use cneep_movie::video::{Frames, Video, write_tiff};
use cneep_movie::{Calibration, Result};
use cneep_report::figure::Overlay;
use cneep_report::film::{Budget, Film, FilmFrames, MapRecorder};
use cneep_report::report::mean_map_figure;
use cneep_sim::Truth;
use ndarray::{Array2, ArrayView2, Axis, stack};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// Frames of the animation at most: a few seconds, a few megabytes; of large maps fewer, but two.
const OVERLAY_FRAMES: usize = 60;
const OVERLAY_CELLS: usize = 1 << 26;
/// Files that are written only if cells were tested.
const P_VALUES: &str = "dissipation_p_values.tif";
const SIGNIFICANT: &str = "significant_cells.tif";
/// The first movie with its maps, for the player of the report.
pub(crate) const FILM: &str = "film.json";

/// Map where on the picture entropy is produced
///
/// Writes dissipation_map.tif (one 32-bit map a transition in k_B per cell, for Fiji; several movies one
/// after another), mean_dissipation_map.tif and .png (k_B/s per cell, or k_B/frame; significant cells
/// outlined), dissipation_p_values.tif and significant_cells.tif (each cell tested against zero on held-out
/// transitions; at most 5 % false on average), overlay.gif (the first maps over the first movie), film.json
/// (that movie with its maps, for the player of the report) and map.json, with the correlation length of the
/// mean map. Every map sums to the entropy production of its transition. With
/// --regions also the rate of each region of the frame.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep map run/ cell.tif --frame-interval 0.05 -o result/")]
pub(crate) struct Map {
    #[command(flatten)]
    application: Application,
}

impl Map {
    /// Maps and writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let Applied { run, estimator, truth, videos, labels } = self.application.open(console)?;
        let output = &self.application.output;
        let mapped =
            Mapped { estimator: &estimator, videos: &videos, truth: truth.as_ref(), labels: labels.as_ref() };
        let summary = map(console, &mapped, output, Stack::Maps)?;
        console.print(&summary)?;
        console.tell(&summary.cautions);
        let remembered = results::remember_map(&run, output, &videos);
        results::tell_unless_remembered(console, remembered)
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
    /// Over what distance the mean map is correlated; absent without six blocks of held-out transitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) correlation: Option<MapCorrelation>,
    /// Rates of regions of the frame, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) regions: Option<Regions>,
    /// With the truth, where it is known: the exact mean map, row by row, in cells of `mean` and their unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) exact: Option<Vec<Vec<f64>>>,
    /// The first movie with its maps, to be played; it has a file of its own.
    #[serde(skip)]
    pub(crate) film: Option<Film>,
    /// What a reader of the map must know.
    #[serde(default)]
    pub(crate) cautions: Vec<Caution>,
}

impl MapSummary {
    /// Names of the movies.
    pub(crate) fn names(&self) -> Vec<String> {
        self.movies.iter().map(|movie| movie.name.clone()).collect()
    }
}

/// Where a movie's maps stand in `dissipation_map.tif`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MappedMovie {
    name: String,
    first: usize,
    transitions: usize,
}

/// What is mapped.
#[derive(Clone, Copy)]
pub(crate) struct Mapped<'a> {
    pub(crate) estimator: &'a Estimator,
    pub(crate) videos: &'a [Video],
    pub(crate) truth: Option<&'a Truth>,
    pub(crate) labels: Option<&'a Array2<u32>>,
}

/// What the stack of all maps holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stack<'a> {
    /// Maps alone, in `dissipation_map.tif`.
    Maps,
    /// Film and maps as two channels, in this file.
    FilmAndMaps(&'a Path),
}

/// Maps movies and writes everything into `folder`; the maps of one movie are held at a time.
pub(crate) fn map(console: &Console, mapped: &Mapped, folder: &Path, kind: Stack) -> Result<MapSummary> {
    let Mapped { estimator, videos, truth, labels } = *mapped;
    let stack_path = match kind {
        Stack::Maps => folder.join("dissipation_map.tif"),
        Stack::FilmAndMaps(path) => path.to_path_buf(),
    };
    let budget = Budget::MAIL;
    let roles = || videos.iter().map(|video| estimator.roles(video)).collect::<Result<_>>();
    let roles: Vec<Vec<Role>> = interrupt::ending_at_once(roles)?;
    let is_unseen = |roles: &Vec<Role>| roles.iter().map(|role| *role != Role::InSample).collect();
    let held_out: Vec<Vec<bool>> = roles.iter().map(is_unseen).collect();
    let estimated = labels.map(|_| estimate(console, estimator, videos, None)).transpose()?;
    let counts: Vec<usize> = held_out.iter().map(Vec::len).collect();
    let window = estimator.record().window;
    let local = truth.map(|truth| LocalTruth::of(truth, &counts, window)).transpose()?.flatten();
    let values = |movie: usize| {
        if let Some(estimated) = &estimated {
            return Ok(estimated.values(movie));
        }
        let mut entropy = estimator.entropy_production(&videos[movie..=movie])?;
        Ok(entropy.movies.remove(0).values)
    };
    let begin = |grid: MapGrid| -> Result<Mapping> {
        let blocks = interrupt::ending_at_once(|| HeldOutBlocks::new(&held_out, values))?;
        Ok(Mapping {
            sums: MapSums::new(grid, window, videos[0].calibration(), blocks),
            stack: MapStack::new(&stack_path, grid, counts.iter().sum())?,
            shown: Vec::new(),
            film: MapRecorder::new(grid, window, counts[0], budget.maps),
            regions: labels.map(|labels| RegionSeries::new(grid, &labels.view(), &counts)).transpose()?,
            parts: local.as_ref().map(|local| PartSeries::new(grid, local.places, videos.len())),
        })
    };
    let mut mapping: Option<Mapping> = None;
    console.progress().begin("dissipation maps (movies)", videos.len() as u64);
    for (movie, video) in videos.iter().enumerate() {
        let fits = estimator.map_each_by_fits(video, |grid, start, map| {
            interrupt::check(folder)?;
            let mapping = match &mut mapping {
                Some(mapping) => mapping,
                None => mapping.insert(begin(grid)?),
            };
            mapping.add(Transition { movie, start }, &map)
        })?;
        let regions = mapping.as_mut().and_then(|mapping| mapping.regions.as_mut());
        regions.map(|series| series.add_fits(&fits)).transpose()?;
        console.progress().advance(1);
    }
    console.progress().end();
    let Some(Mapping { sums, stack, shown, film, regions, parts }) = mapping else {
        return Err(Error::Mismatch(Fault::new("movies", "at least one", "none", "Name a movie.")));
    };
    let mean = sums.mean();
    let significance = if estimator.is_interrupted() { None } else { sums.significance() };
    let correlation = if estimator.is_interrupted() { None } else { sums.correlation(dependence(&roles)) };
    let regions =
        estimated.as_ref().zip(regions).map(|(of, series)| of.regions(&series, videos)).transpose()?;
    let time = (window - 1) as f64 * mean.calibration.interval_or_frame();
    let parts = parts.zip(local).map(|(parts, local)| parts.compare(&local.steps, window, time));
    for file in ["map.json", FILM, P_VALUES, SIGNIFICANT, regions::TABLE] {
        results::begin_anew(&folder.join(file))?;
    }
    write_pictures(&shown, &mean, &videos[0], folder)?;
    write_significance(&mean, significance.as_ref(), folder)?;
    let maps = Some(film.finish(&sums.unseen_blocks()));
    let film = Film { frames: FilmFrames::of(&videos[0], budget.frames)?, maps };
    regions.iter().try_for_each(|of| of.write_table(&folder.join(regions::TABLE)))?;
    match kind {
        Stack::Maps => {
            results::write_json(&folder.join(FILM), &film)?;
            stack.finish(calibration_of_cells(&mean))?;
        }
        Stack::FilmAndMaps(_) => stack.finish_by(|path, maps| {
            FilmAndMaps { videos, counts: &counts, grid: mean.grid, maps }.write(path)
        })?,
    }
    let unit = mean.calibration.rate_unit().symbol().to_owned();
    let movies = places(videos, &counts);
    let cautions = match estimated {
        Some(Estimated { summary, .. }) => summary.cautions,
        None => estimator.cautions(videos)?,
    };
    let film = Some(film);
    let exact = truth.and_then(|truth| truth.exact_density.as_ref()).map(|of| in_cells(of, mean.grid));
    let summary =
        MapSummary { unit, mean, movies, parts, significance, correlation, regions, exact, film, cautions };
    results::write_json(&folder.join("map.json"), &summary)?;
    Ok(summary)
}

/// What is gathered from the maps of all transitions.
struct Mapping {
    sums: MapSums,
    stack: MapStack,
    /// Maps of the first movie's first transitions.
    shown: Vec<Array2<f32>>,
    film: MapRecorder,
    regions: Option<RegionSeries>,
    parts: Option<PartSeries>,
}

impl Mapping {
    fn add(&mut self, transition: Transition, map: &ArrayView2<f32>) -> Result<()> {
        self.sums.add(transition, map)?;
        let most = (OVERLAY_CELLS / map.len().max(1)).clamp(2, OVERLAY_FRAMES);
        if transition.movie == 0 && self.shown.len() < most {
            self.shown.push(map.to_owned());
        }
        if transition.movie == 0 {
            self.film.add(map);
        }
        if let Some(regions) = &mut self.regions {
            regions.add(transition.movie, map)?;
        }
        if let Some(parts) = &mut self.parts {
            parts.add(transition.movie, map);
        }
        self.stack.push(map)
    }
}

/// By what the variance of sums over blocks may exceed that of independent ones: of folds that judge each
/// other by two at most.
fn dependence(roles: &[Vec<Role>]) -> f64 {
    if roles.iter().flatten().any(|role| *role == Role::OutOfFold) { 2.0 } else { 1.0 }
}

fn places(videos: &[Video], counts: &[usize]) -> Vec<MappedMovie> {
    let mut first = 0;
    let place = |(video, &transitions): (&Video, &usize)| {
        first += transitions;
        MappedMovie { name: video.name().to_owned(), first: first - transitions, transitions }
    };
    videos.iter().zip(counts).map(place).collect()
}

/// Exact local entropy production of several parts whose places are known.
struct LocalTruth<'a> {
    /// One array a movie, shape (step, part), in `k_B`.
    steps: Vec<ArrayView2<'a, f64>>,
    places: &'a [[f64; 2]],
}

impl<'a> LocalTruth<'a> {
    /// That of movies with `counts` transitions of `window` frames; none if there is a single part, or it is
    /// not known where they are.
    fn of(truth: &'a Truth, counts: &[usize], window: usize) -> Result<Option<Self>> {
        let refuse = |expected: String, found: String, remedy: &str| {
            Err(Error::Mismatch(Fault::new("truth", expected, found, remedy)))
        };
        let local = &truth.local_entropy_production;
        let steps: Vec<ArrayView2<f64>> = local.axis_iter(Axis(0)).collect();
        let fits = |(count, steps): (&usize, &ArrayView2<f64>)| steps.nrows() == count + window - 2;
        if steps.len() != counts.len() || !counts.iter().zip(&steps).all(fits) {
            let expected = format!("local entropy production of {} movies of these lengths", counts.len());
            let found = format!("{:?} (movie, transition, part)", local.dim());
            return refuse(expected, found, "Give the truth of exactly these movies, in the same order.");
        }
        let Some(places) = truth.part_places.as_deref().filter(|places| places.len() > 1) else {
            return Ok(None);
        };
        if places.len() != local.dim().2 {
            let expected = "a place for every part of local_entropy_production".into();
            let found = format!("{} places", places.len());
            return refuse(expected, found, "Give the truth as `cneep simulate` wrote it.");
        }
        Ok(Some(Self { steps, places }))
    }
}

/// Sums of a density over the cells of `grid`.
fn in_cells(density: &Array2<f64>, grid: MapGrid) -> Vec<Vec<f64>> {
    let mut cells = Array2::zeros((grid.rows, grid.columns));
    for ((row, column), value) in density.indexed_iter() {
        if let Some(cell) = cells.get_mut([row / grid.cell, column / grid.cell]) {
            *cell += value;
        }
    }
    cells.outer_iter().map(|row| row.to_vec()).collect()
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
    write_tiff(&folder.join(P_VALUES), &Frames::F32(p_values), calibration)?;
    let mask = mask.mapv(|significant| if significant { 255 } else { 0 }).insert_axis(Axis(0));
    write_tiff(&folder.join(SIGNIFICANT), &Frames::U8(mask), calibration)
}

/// Writes the mean map as an image, and the animation of the maps `shown` over the frames of `video`.
fn write_pictures(shown: &[Array2<f32>], mean: &MeanMap, video: &Video, folder: &Path) -> Result<()> {
    let single = mean.rates.mapv(|rate| rate as f32).insert_axis(Axis(0));
    let path = folder.join("mean_dissipation_map.tif");
    write_tiff(&path, &Frames::F32(single), calibration_of_cells(mean))?;
    let shown: Vec<ArrayView2<f32>> = shown.iter().map(|map| map.view()).collect();
    let maps = stack(Axis(0), &shown).map_err(|refusal| {
        let expected = "the maps of at least one transition, of one size";
        Error::Mismatch(Fault::new(video.name(), expected, refusal.to_string(), "Map this movie alone."))
    })?;
    let mut overlay = Overlay::new(&maps, mean.grid.cell, "k_B per cell and transition");
    overlay.frame_interval = mean.calibration.frame_interval;
    overlay.write(&folder.join("overlay.gif"), |frame| video.frames().frame(frame))
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
                "significant cells        {} of {} (at most {:.0} % false on average; {} blocks of {} \
                 held-out \
                 transitions)",
                significance.significant_cells,
                significance.tested_cells,
                100.0 * significance.false_discovery_rate,
                significance.block_count,
                significance.unseen_transitions
            )?,
            None if self.cautions.iter().any(|caution| caution.kind.is_interruption()) => {
                writeln!(f, "significant cells        not tested: the training was interrupted")?;
            }
            None => writeln!(f, "significant cells        not tested: no held-out transitions")?,
        }
        writeln!(f, "correlation length       {}", correlation_in_words(self.correlation.as_ref()))?;
        self.regions.iter().try_for_each(|of| write!(f, "{}", regions::Told(of)))?;
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

/// A number without error, in few digits, with its unit.
fn short(measured: &Measured) -> String {
    format!("{} {}", to_digits(measured.value, 4), measured.unit)
}

fn correlation_in_words(correlation: Option<&MapCorrelation>) -> String {
    let Some(correlation) = correlation else {
        return "not tested: fewer than six blocks of held-out transitions".into();
    };
    let MapCorrelation { p_value, cell, block_count, .. } = correlation;
    match (&correlation.length, &correlation.farthest) {
        (Some(length), _) => format!(
            "{length} of the mean map (fall to 1/e between {block_count} blocks of time, so without their \
             noise; a cell is {})",
            short(cell)
        ),
        (None, Some(farthest)) => {
            format!("none: the mean map does not fall to 1/e within {}", short(farthest))
        }
        (None, None) => format!("none: maps of different times do not agree beyond doubt (p = {p_value:.4})"),
    }
}
