//! Follows whole frames along the principal components of all movies.

use super::patches::Patches;
use super::principal::{principal_components, sample};
use super::projection::Projection;
use crate::estimator::normalisation::{Normalisation, NormalisationSource};
use crate::transition::{Run, Transitions};
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::Array2;

/// Coordinates of every frame along the first `count` principal components of all frames of `videos` (or as
/// many as there are), one array of shape (frame, component) for each movie, in normalised pixels.
///
/// # Errors
/// Whatever reading the movies fails with; [`cneep_movie::Error::Format`] if every pixel is the same.
pub(crate) fn principal_coordinates(videos: &[Video], count: usize) -> Result<Vec<Array2<f64>>> {
    let all = Transitions::all(videos, 2)?;
    let normalisation = Normalisation::measure(videos, &all, NormalisationSource::TrainingFrames)?;
    let (_, rows, columns) = videos[0].frames().shape();
    let patches = Patches::new(rows, columns, 0, 0);
    let frames = |run: &Run| Run { movie: run.movie, starts: run.frames(2) };
    let runs: Vec<Run> = all.runs().iter().map(frames).collect();
    let sampled = sample(&runs, rows * columns);
    let principal = principal_components(videos, normalisation, &sampled, &patches, 0, count)?;
    let centres = principal.components.t().dot(&principal.mean).to_vec();
    let modes = [principal.components];
    let projection =
        Projection { patches: &patches, threshold: None, normalisation, modes: &modes, centres: &centres };
    let of_movie = |video: &Video| projection.coordinates(video, 0..video.frames().shape().0);
    videos.iter().map(of_movie).collect()
}
