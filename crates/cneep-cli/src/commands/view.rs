//! Writes the player of a film and its maps as a page of its own.

use super::estimate::{Estimated, estimate};
use super::movies::Movies;
use clap::Args;
use cneep::dissipation_map::{HeldOutBlocks, MapSums, MeanMap, SignificanceMap};
use cneep::entropy_production::Role;
use cneep::estimator::Estimator;
use cneep::transition::Transition;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::video::{Video, refuse_copies};
use cneep_report::film::{Budget, Film, FilmFrames, FilmMaps, MapRecorder};
use cneep_report::report::{Origin, Report, ReportedMap};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Write the player of film and maps as a page of its own, up to a hundred megabytes
///
/// The report holds the same player in some eight megabytes, for which long films are thinned; this page
/// keeps ten times as much. It shows the first movie; rates, errors and p-values of places are those of all
/// movies. It needs nothing else, and no server.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep view run/ cell.tif --frame-interval 0.05 -o view.html")]
pub(crate) struct View {
    /// Folder of a trained or imported run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    movies: Movies,
    /// File for the page
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Where the page went.
#[derive(Debug, Serialize)]
struct Viewed {
    view: PathBuf,
}

impl fmt::Display for Viewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "open {} in a browser", self.view.display())
    }
}

impl View {
    /// Estimates, maps and writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let run = self.movies.run_at(&self.run)?;
        let estimator = interrupt::ending_at_once(|| Estimator::load(&run))?;
        let videos = self.movies.open_as_in(&run, console)?;
        interrupt::ending_at_once(|| refuse_copies(&videos))?;
        let estimated = estimate(console, &estimator, &videos, None)?;
        let budget = Budget::LARGE;
        let Mapped { mean, significance, maps } =
            mapped(console, &estimator, &videos, &estimated, budget.maps, &self.output)?;
        let frames = interrupt::ending_at_once(|| FilmFrames::of(&videos[0], budget.frames))?;
        let film = Film { frames, maps: Some(maps) };
        let mut map = ReportedMap::new(&mean);
        (map.significance, map.film) = (significance.as_ref(), Some(&film));
        let arguments = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        Report::new(&estimator)
            .with_entropy(&estimated.entropy, &estimated.summary)
            .with_map(map)
            .with_origin(Origin::now(arguments))
            .as_player()
            .write(&self.output)?;
        console.print(&Viewed { view: self.output.clone() })?;
        console.tell(&estimated.summary.cautions);
        Ok(())
    }
}

/// What the maps of some movies give.
struct Mapped {
    mean: MeanMap,
    significance: Option<SignificanceMap>,
    maps: FilmMaps,
}

/// Maps all `videos`, and keeps what the player of the first needs.
fn mapped(
    console: &Console,
    estimator: &Estimator,
    videos: &[Video],
    estimated: &Estimated,
    budget: usize,
    output: &Path,
) -> Result<Mapped> {
    let is_unseen = |roles: Vec<Role>| roles.iter().map(|role| *role != Role::InSample).collect();
    let roles = videos.iter().map(|video| estimator.roles(video).map(is_unseen));
    let unseen: Vec<Vec<bool>> = roles.collect::<Result<_>>()?;
    let (window, calibration) = (estimator.record().window, videos[0].calibration());
    let mut mapping: Option<(MapSums, MapRecorder)> = None;
    console.progress().begin("dissipation maps (movies)", videos.len() as u64);
    for (movie, video) in videos.iter().enumerate() {
        estimator.map_each(video, |grid, start, map| {
            interrupt::check(output)?;
            let (sums, recorder) = if let Some(mapping) = &mut mapping {
                mapping
            } else {
                let blocks = HeldOutBlocks::new(&unseen, |movie| Ok(estimated.values(movie)))?;
                let recorder = MapRecorder::new(grid, window, unseen[0].len(), budget);
                mapping.insert((MapSums::new(grid, window, calibration, blocks), recorder))
            };
            if movie == 0 {
                recorder.add(&map);
            }
            sums.add(Transition { movie, start }, &map)
        })?;
        console.progress().advance(1);
    }
    console.progress().end();
    let (sums, recorder) = mapping.ok_or_else(super::regions::no_transition)?;
    let significance = if estimator.is_interrupted() { None } else { sums.significance() };
    Ok(Mapped { mean: sums.mean(), significance, maps: recorder.finish(&sums.unseen_blocks()) })
}
