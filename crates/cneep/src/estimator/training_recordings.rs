//! Tells which frames of a movie trained a run, and keeps what its recordings are known by.

use super::checkpoint::{parse, write, wrong};
use super::record::RunRecord;
use crate::entropy_production::Role;
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use cneep_movie::video::{Fingerprint, Recognised, Recordings, Video};
use safetensors::tensor::{Dtype, TensorView};
use std::path::{Path, PathBuf};

/// Ratio of standard deviations, and distance of means in standard deviations, within which movies are alike.
const ALIKE: (f64, f64) = (1.15, 0.25);
/// The same, beyond which an estimate means nothing.
const FAR: (f64, f64) = (2.0, 3.0);

/// What the training has seen of a movie.
pub(super) struct Seen {
    /// Role of every transition, in order of time.
    pub(super) roles: Vec<Role>,
    /// What to say of it.
    pub(super) caution: Option<Caution>,
}

/// What the training with this `record` of these `recordings` has seen of `video`.
pub(super) fn seen(record: &RunRecord, recordings: &Recordings, video: &Video) -> Result<Seen> {
    let count = (video.frames().count() + 1).saturating_sub(record.window);
    if record.movies.is_empty() {
        return Ok(Seen { roles: vec![Role::HeldOut; count], caution: None });
    }
    let recording = video.recording()?;
    if record.movies.iter().any(|movie| movie.hash == recording.hash) {
        return Ok(Seen { roles: record.roles_of(&recording.hash, 0..count), caution: None });
    }
    let recognised = recordings.recognise(recording);
    let roles = roles(record, &recognised, count);
    Ok(Seen { roles, caution: caution(record, &recognised, video.name()) })
}

/// A transition is held out if no frame of it trained the estimator.
fn roles(record: &RunRecord, recognised: &Recognised, count: usize) -> Vec<Role> {
    let is_set_aside = |movie: usize, frame: usize| {
        let test = &record.movies[movie].test;
        test.iter().any(|&(first, end)| first < end && (first..end + record.window - 1).contains(&frame))
    };
    let mut fresh: Vec<bool> = recognised
        .frames
        .iter()
        .map(|known| match known {
            None => true,
            Some((movie, frames)) => frames.clone().all(|frame| is_set_aside(*movie, frame)),
        })
        .collect();
    for (frames, _) in &recognised.copies {
        fresh[frames.clone()].fill(false);
    }
    let role = |start: usize| {
        let window = &fresh[start..start + record.window];
        if window.iter().all(|fresh| *fresh) { Role::HeldOut } else { Role::InSample }
    };
    (0..count).map(role).collect()
}

fn caution(record: &RunRecord, recognised: &Recognised, name: &str) -> Option<Caution> {
    let of = recognised.frames.len();
    let called = |movie: usize| record.movies[movie].name.clone();
    let known: Vec<usize> = recognised.frames.iter().flatten().map(|(movie, _)| *movie).collect();
    let kind = match (known.first(), recognised.copies.first()) {
        (Some(&movie), _) => {
            CautionKind::FramesOfTraining { training_movie: called(movie), frames: known.len(), of }
        }
        (None, Some(&(_, movie))) => {
            let frames = recognised.copies.iter().map(|(frames, _)| frames.len()).sum();
            CautionKind::CopyOfTraining { training_movie: called(movie), frames, of }
        }
        (None, None) => return None,
    };
    Some(Caution::new(name, kind))
}

/// Compares the brightness of `video` with that of the movies of the training: a caution where it lies
/// outside what they showed.
///
/// # Errors
/// [`Error::Mismatch`] for another gain or offset, with which an estimate means nothing.
pub(super) fn check_brightness(record: &RunRecord, video: &Video) -> Result<Option<Caution>> {
    let range = |of: fn(&super::record::MovieRecord) -> f64| {
        let values = record.movies.iter().map(of);
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)])
    };
    if record.movies.is_empty() {
        return Ok(None);
    }
    let (means, deviations) = (range(|movie| movie.mean), range(|movie| movie.deviation));
    let recording = video.recording()?;
    let (mean, deviation) = (recording.mean, recording.deviation);
    let is_within = |(ratio, distance): (f64, f64)| {
        let away = distance * record.normalisation.std;
        (means[0] - away..=means[1] + away).contains(&mean)
            && (deviations[0] / ratio..=deviations[1] * ratio).contains(&deviation)
    };
    if is_within(ALIKE) {
        return Ok(None);
    }
    let kind = CautionKind::OtherBrightness {
        mean,
        deviation,
        trained_means: means,
        trained_deviations: deviations,
    };
    if is_within(FAR) {
        return Ok(Some(Caution::new(video.name(), kind)));
    }
    Err(Error::Mismatch(Fault::new(
        video.name(),
        "the gain and offset of the movies that trained the estimator",
        format!("others: {}", kind.message().trim_end_matches('.')),
        kind.remedy(),
    )))
}

/// Writes what the recordings of a run are known by, recording after recording.
pub(super) fn write_recordings(folder: &Path, recordings: &Recordings) -> Result<()> {
    let path = path(folder);
    let hashes: Vec<u8> = recordings.frames().iter().flatten().flat_map(|hash| hash.to_le_bytes()).collect();
    let fingerprints: Vec<u8> =
        recordings.fingerprints().iter().flat_map(|of| of.bytes().iter().copied()).collect();
    let misfit = |misfit: safetensors::SafeTensorError| {
        Error::writing(&path, std::io::Error::other(misfit.to_string()))
    };
    let views = vec![
        ("hashes".to_owned(), TensorView::new(Dtype::U64, vec![hashes.len() / 8], &hashes).map_err(misfit)?),
        (
            "fingerprints".to_owned(),
            TensorView::new(Dtype::U8, vec![fingerprints.len()], &fingerprints).map_err(misfit)?,
        ),
    ];
    write(&path, views, None)
}

/// Reads what [`write_recordings`] wrote, for the movies of `record`; members of a sum share its file.
pub(super) fn read_recordings(folder: &Path, record: &RunRecord) -> Result<Recordings> {
    let (own, of_sum) = (path(folder), path(&folder.join("../..")));
    let path = if own.exists() || !of_sum.exists() { own } else { of_sum };
    let bytes = input_file::read(&path, "the frames of a run")?;
    let file = parse(&path, &bytes)?;
    let tensor = |name: &str| file.tensor(name).map_err(|misfit| wrong(&path, &misfit.to_string()));
    let (hashes, fingerprints) = (tensor("hashes")?, tensor("fingerprints")?);
    let (mut hashes, mut fingerprints) = (hashes.data().as_chunks::<8>().0, fingerprints.data());
    let count: usize = record.movies.iter().map(|movie| movie.frames).sum();
    if hashes.len() != count || fingerprints.len() != count {
        return Err(wrong(&path, &format!("those of {} frames, not of {count}", hashes.len())));
    }
    let (mut frames, mut prints) = (Vec::new(), Vec::new());
    for movie in &record.movies {
        let (own, rest) = hashes.split_at(movie.frames);
        let (print, others) = fingerprints.split_at(movie.frames);
        (hashes, fingerprints) = (rest, others);
        frames.push(own.iter().map(|hash| u64::from_le_bytes(*hash)).collect());
        prints.push(Fingerprint::from_bytes(print.to_vec()));
    }
    Ok(Recordings::new(frames, prints))
}

fn path(folder: &Path) -> PathBuf {
    folder.join("frames.safetensors")
}
