//! Makes what is looked at: the viewer of film and maps, and the report.

use crate::estimator::{Estimator, estimate};
use crate::movies::{Video, inner};
use crate::watch::{Watch, run};
use cneep::dissipation_map::{HeldOutBlocks, MapSums};
use cneep::entropy_production::{MovieEntropy, Role, Summary};
use cneep::estimator;
use cneep::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video;
use cneep_report::film::{Budget, Film, FilmFrames, MapRecorder};
use cneep_report::report::{Origin, Report, ReportedMap};
use cneep_report::viewer;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// The viewer's script, its rules of style, and the library of plots that it needs, with its licence.
#[pyfunction]
pub(crate) fn viewer_parts() -> [&'static str; 4] {
    [viewer::SCRIPT, viewer::STYLE, viewer::UPLOT, viewer::UPLOT_LICENCE]
}

/// What the viewer shows of `videos`, of which it plays the first, as JSON; and what may be said, in a line.
#[pyfunction]
pub(crate) fn viewer_data(
    py: Python<'_>,
    estimator: &Bound<'_, Estimator>,
    videos: Vec<Bound<'_, Video>>,
    tell: Option<&Bound<'_, PyAny>>,
) -> PyResult<(String, String)> {
    let (videos, estimator) = (inner(&videos), Arc::clone(&estimator.get().0));
    let shown = run(py, tell, None, move |watch| {
        reported(&estimator, &videos, watch, |report, summary| {
            let expected = "an estimate and a film";
            let nothing = || Fault::new("viewer", expected, "none", "Estimate the movies first.");
            let data = report.viewer_data().ok_or_else(|| Error::Mismatch(nothing()))?;
            Ok((data, summary.verdict_line()))
        })
    })?;
    shown.done()
}

/// Writes the report of `videos`, or with `alone` the player of the first with verdict and checks.
#[pyfunction]
pub(crate) fn write_page(
    py: Python<'_>,
    estimator: &Bound<'_, Estimator>,
    videos: Vec<Bound<'_, Video>>,
    path: PathBuf,
    alone: bool,
    tell: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let (videos, estimator) = (inner(&videos), Arc::clone(&estimator.get().0));
    let written = run(py, tell, None, move |watch| {
        reported(&estimator, &videos, watch, |report, _| {
            if alone { report.as_player().write(&path) } else { report.write(&path) }
        })
    })?;
    written.done()
}

/// Hands over the report of `videos` by `estimator`, with a film of the first.
fn reported<T>(
    estimator: &estimator::Estimator,
    videos: &[video::Video],
    watch: &Watch,
    then: impl FnOnce(Report<'_>, &Summary) -> Result<T>,
) -> Result<T> {
    let (entropy, summary) = estimate(estimator, videos, None, None, watch)?;
    let is_unseen = |movie: &MovieEntropy| movie.roles.iter().map(|role| *role != Role::InSample).collect();
    let unseen: Vec<Vec<bool>> = entropy.movies.iter().map(is_unseen).collect();
    // Sums over blocks of folds that judge each other vary by twice as much at most.
    let is_out_of_fold = entropy.movies.iter().flat_map(|of| &of.roles).any(|of| *of == Role::OutOfFold);
    let dependence = if is_out_of_fold { 2.0 } else { 1.0 };
    let (window, calibration) = (estimator.record().window, videos[0].calibration());
    let mut mapping: Option<(MapSums, MapRecorder)> = None;
    watch.begin("dissipation maps (movies)", videos.len() as u64);
    for (movie, video) in videos.iter().enumerate() {
        estimator.map_each(video, |grid, start, map| {
            if watch.stop_requested() {
                return Err(Error::stopped("the dissipation maps"));
            }
            let (sums, recorder) = if let Some(mapping) = &mut mapping {
                mapping
            } else {
                let values = |movie: usize| Ok::<_, Error>(entropy.movies[movie].values.clone());
                let blocks = HeldOutBlocks::new(&unseen, values)?;
                let recorder = MapRecorder::new(grid, window, unseen[0].len(), Budget::MAIL.maps);
                mapping.insert((MapSums::new(grid, window, calibration, blocks), recorder))
            };
            if movie == 0 {
                recorder.add(&map);
            }
            sums.add(Transition { movie, start }, &map)
        })?;
        watch.advance(1);
    }
    watch.end();
    let Some((sums, recorder)) = mapping else {
        return Err(Error::Mismatch(Fault::new("movies", "at least one", "none", "Name a movie.")));
    };
    let mean = sums.mean();
    let is_whole = !estimator.is_interrupted();
    let significance = is_whole.then(|| sums.significance()).flatten();
    let correlation = is_whole.then(|| sums.correlation(dependence)).flatten();
    let names: Vec<String> = entropy.movies.iter().map(|movie| movie.name.clone()).collect();
    let frames = FilmFrames::of(&videos[0], Budget::MAIL.frames)?;
    let film = Film { frames, maps: Some(recorder.finish(&sums.unseen_blocks())) };
    let mut map = ReportedMap::new(&mean);
    (map.significance, map.film) = (significance.as_ref(), Some(&film));
    (map.correlation, map.movies, map.cautions) = (correlation.as_ref(), &names, &summary.cautions);
    let made = Origin::now(["import", "cneep"].map(str::to_owned));
    let report = Report::new(estimator).with_entropy(&entropy, &summary).with_map(map).with_origin(made);
    then(report, &summary)
}
