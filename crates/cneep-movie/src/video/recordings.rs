//! Finds the frames of known recordings in other movies, and movies that are copies of them.

use super::fingerprint::{FEWEST_FRAMES, Fingerprint, is_copy};
use super::movie::Video;
use super::recording::Recording;
use crate::error::{Error, Fault, Result};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;

/// Lengths of sequences of frames that may be told apart, in frames that differ.
const SEQUENCES: [usize; 6] = [1, 2, 4, 8, 16, 32];
/// Fewer sequences in common than this may be chance, where the frames of a movie are few and simple.
const LEAST_COMMON: usize = 8;

/// Recordings by which frames of other movies are recognised.
#[derive(Debug, Clone, Default)]
pub struct Recordings {
    frames: Vec<Vec<u64>>,
    fingerprints: Vec<Fingerprint>,
    /// Sequences by their keys: recording and place among its runs.
    index: HashMap<u64, (usize, usize)>,
    runs: Vec<Vec<Run>>,
    /// The fewest frames in a row, of those that differ, that no two places of the recordings share; none if
    /// they share all lengths.
    length: Option<usize>,
}

/// Equal frames in a row.
#[derive(Debug, Clone)]
struct Run {
    hash: u64,
    frames: Range<usize>,
}

/// Frames of known recordings in a movie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// For every frame of the movie the recording that holds it, and the frames there.
    pub frames: Vec<Option<(usize, Range<usize>)>>,
    /// Stretches of the movie without such frames that are copies of a recording all the same, with other
    /// gain, crop or format: frames, and recording.
    pub copies: Vec<(Range<usize>, usize)>,
}

impl Recognised {
    /// Whether nothing was recognised.
    pub fn is_nothing(&self) -> bool {
        self.copies.is_empty() && self.frames.iter().all(Option::is_none)
    }
}

impl Recordings {
    /// Recordings whose frames have these hashes, with their fingerprints.
    pub fn new(frames: Vec<Vec<u64>>, fingerprints: Vec<Fingerprint>) -> Self {
        let runs: Vec<Vec<Run>> = frames.iter().map(|frames| runs_of(frames)).collect();
        let unique = SEQUENCES.iter().find(|&&length| index_of(&runs, length).is_some());
        // Where single frames come again, sequences twice as long leave no room for chance.
        let length = unique.map(|&length| if length > 1 { 2 * length } else { 1 });
        let found = length.and_then(|length| Some((length, index_of(&runs, length)?)));
        let (length, index) = found.map_or((None, HashMap::new()), |(length, index)| (Some(length), index));
        Self { frames, fingerprints, index, runs, length }
    }

    /// The recordings of `videos`.
    ///
    /// # Errors
    /// As [`super::Frames::read_block`].
    pub fn of(videos: &[Video]) -> Result<Self> {
        let recordings: Vec<&Recording> = videos.par_iter().map(Video::recording).collect::<Result<_>>()?;
        let frames = recordings.iter().map(|of| of.frames.clone()).collect();
        Ok(Self::new(frames, recordings.iter().map(|of| of.fingerprint.clone()).collect()))
    }

    /// Hashes of the frames, one list a recording.
    pub fn frames(&self) -> &[Vec<u64>] {
        &self.frames
    }

    /// Fingerprints, one a recording.
    pub fn fingerprints(&self) -> &[Fingerprint] {
        &self.fingerprints
    }

    /// What of these recordings is in the movie of this `recording`.
    pub fn recognise(&self, recording: &Recording) -> Recognised {
        let frames = self.known_frames(&recording.frames);
        let mut copies = Vec::new();
        let any_known = frames.iter().any(Option::is_some);
        for stretch in unknown_stretches(&frames) {
            // What is too short to tell is taken for a part of the recording around it.
            let neighbour = frames[..stretch.start].last().or_else(|| frames.get(stretch.end));
            let part = &recording.fingerprint.bytes()[stretch.clone()];
            let copied = if any_known && part.len() < FEWEST_FRAMES {
                neighbour.and_then(|known| known.as_ref()).map(|(recording, _)| *recording)
            } else {
                (0..self.fingerprints.len())
                    .into_par_iter()
                    .find_first(|&known| is_copy(part, self.fingerprints[known].bytes()))
            };
            copies.extend(copied.map(|recording| (stretch, recording)));
        }
        Recognised { frames, copies }
    }

    /// For every frame the recording that holds it.
    fn known_frames(&self, frames: &[u64]) -> Vec<Option<(usize, Range<usize>)>> {
        let mut known = vec![None; frames.len()];
        let Some(length) = self.length else { return known };
        let runs = runs_of(frames);
        let sequences = runs.windows(length).map(key).enumerate();
        let found: Vec<(usize, (usize, usize))> =
            sequences.filter_map(|(place, key)| Some((place, *self.index.get(&key)?))).collect();
        let mut common = vec![0; self.frames.len()];
        for (_, (recording, _)) in &found {
            common[*recording] += 1;
        }
        for (place, (recording, at)) in found {
            if common[recording] < LEAST_COMMON {
                continue;
            }
            for (run, of_recording) in runs[place..place + length].iter().zip(&self.runs[recording][at..]) {
                let found = Some((recording, of_recording.frames.clone()));
                known[run.frames.clone()].fill(found);
            }
        }
        known
    }
}

/// Refuses a list of movies in which one recording stands twice, as copies of a file or parts of it.
///
/// # Errors
/// [`Error::Mismatch`] naming both movies; those of reading frames.
pub fn refuse_copies(videos: &[Video]) -> Result<()> {
    let recordings: Vec<&Recording> = videos.par_iter().map(Video::recording).collect::<Result<_>>()?;
    let alone = |of: &&Recording| Recordings::new(vec![of.frames.clone()], vec![Fingerprint::default()]);
    let known: Vec<Recordings> = recordings.par_iter().map(alone).collect();
    // Where frames come again within a movie, they do so in others by chance.
    let are_told_apart = known.iter().all(|known| known.length == Some(1));
    let is_copy = |&(one, other): &(usize, usize)| {
        recordings[one].hash == recordings[other].hash
            || (are_told_apart
                && known[one].known_frames(&recordings[other].frames).iter().any(Option::is_some))
            || recordings[one].fingerprint.is_copy_of(&recordings[other].fingerprint)
    };
    let pairs: Vec<(usize, usize)> =
        (0..videos.len()).flat_map(|other| (0..other).map(move |one| (one, other))).collect();
    match pairs.into_par_iter().find_first(is_copy) {
        None => Ok(()),
        Some((one, other)) => Err(Error::Mismatch(Fault::new(
            videos[other].name(),
            format!("another recording than {}", videos[one].name()),
            "frames of it, or a copy of it (other gain, crop or format)",
            "Give every recording once: a second copy would count as new evidence.",
        ))),
    }
}

fn runs_of(frames: &[u64]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, &hash) in frames.iter().enumerate() {
        match runs.last_mut() {
            Some(last) if last.hash == hash => last.frames.end = index + 1,
            _ => runs.push(Run { hash, frames: index..index + 1 }),
        }
    }
    runs
}

/// Sequences of so many runs by their keys; none if two places share one.
fn index_of(runs: &[Vec<Run>], length: usize) -> Option<HashMap<u64, (usize, usize)>> {
    let mut index = HashMap::new();
    for (recording, runs) in runs.iter().enumerate() {
        for (place, sequence) in runs.windows(length).enumerate() {
            if index.insert(key(sequence), (recording, place)).is_some() {
                return None;
            }
        }
    }
    Some(index)
}

fn key(sequence: &[Run]) -> u64 {
    // FNV-1a, word by word.
    let mix = |key: u64, run: &Run| (key ^ run.hash).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    if let [run] = sequence { run.hash } else { sequence.iter().fold(0xcbf2_9ce4_8422_2325, mix) }
}

/// Ranges of frames that are not known.
fn unknown_stretches(frames: &[Option<(usize, Range<usize>)>]) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for index in (0..frames.len()).filter(|&index| frames[index].is_none()) {
        match stretches.last_mut() {
            Some(last) if last.end == index => last.end = index + 1,
            _ => stretches.push(index..index + 1),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::Frames;
    use ndarray::{Array3, Axis, concatenate, s};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn noise(count: usize, seed: u64) -> Array3<u16> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        Array3::from_shape_simple_fn((count, 6, 7), || random.random_range(90..110))
    }

    fn video(name: &str, pixels: Array3<u16>) -> Video {
        Video::new(name, Frames::U16(pixels), Calibration::default()).unwrap()
    }

    fn recognised(known: &[Array3<u16>], frames: Frames) -> Recognised {
        let known: Vec<Video> = known.iter().map(|pixels| video("known", pixels.clone())).collect();
        let movie = Video::new("a", frames, Calibration::default()).unwrap();
        Recordings::of(&known).unwrap().recognise(movie.recording().unwrap())
    }

    /// Catches a movie that is fresh because it was saved again, cut, thinned, reversed, or changed by a bit.
    #[test]
    fn frames_are_recognised_wherever_they_stand() {
        let known = [noise(100, 1), noise(100, 2)];
        let places = |pixels: Array3<u16>| -> Vec<Option<(usize, usize)>> {
            let found = recognised(&known, Frames::U16(pixels)).frames;
            found.into_iter().map(|known| known.map(|(movie, frames)| (movie, frames.start))).collect()
        };
        let cut = places(known[1].slice(s![13..60, .., ..]).to_owned());
        assert_eq!(cut, (13..60).map(|frame| Some((1, frame))).collect::<Vec<_>>());
        let thinned = places(known[0].slice(s![..;-3, .., ..]).to_owned());
        assert_eq!(thinned[1], Some((0, 96)));
        let mut changed = known[0].clone();
        changed[[40, 2, 2]] ^= 1;
        let found = recognised(&known, Frames::U16(changed));
        assert_eq!(found.frames.iter().filter(|known| known.is_none()).count(), 1);
        assert_eq!(found.copies, [(40..41, 0)]);
        let singles = recognised(&known, Frames::F32(known[0].mapv(f32::from)));
        assert!(singles.frames.iter().all(Option::is_some));
        assert!(recognised(&known, Frames::U16(noise(100, 3))).is_nothing());
    }

    /// Time after the recording is fresh, and what is copied with another gain is not.
    #[test]
    fn a_longer_movie_is_known_in_part() {
        let whole = noise(300, 1);
        let known = [whole.slice(s![..150, .., ..]).to_owned()];
        let found = recognised(&known, Frames::U16(whole.clone()));
        assert!(found.frames[..150].iter().all(Option::is_some) && found.copies.is_empty());
        assert!(found.frames[150..].iter().all(Option::is_none));
        let copied = whole.slice(s![..60, .., ..]).mapv(|pixel| 2 * pixel);
        let both = concatenate(Axis(0), &[copied.view(), known[0].slice(s![60.., .., ..])]).unwrap();
        assert_eq!(recognised(&known, Frames::U16(both)).copies, [(0..60, 0)]);
    }

    /// Few simple frames come again and again in all movies: catches chance taken for a copy.
    #[test]
    fn frames_that_come_again_are_told_by_their_order() {
        let walk = |seed: u64| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut place = 0_i32;
            let places: Vec<u16> = (0..400)
                .map(|_| {
                    place = (place + random.random_range(-1..=1)).rem_euclid(12);
                    place as u16
                })
                .collect();
            Array3::from_shape_fn((400, 1, 12), |(t, _, x)| u16::from(places[t] == x as u16))
        };
        let known: Vec<Array3<u16>> = (0..6).map(walk).collect();
        assert!((10..20).all(|seed| recognised(&known, Frames::U16(walk(seed))).is_nothing()));
        let cut = known[3].slice(s![50..300, .., ..]).to_owned();
        assert!(!recognised(&known, Frames::U16(cut)).is_nothing());
    }

    #[test]
    fn a_recording_that_stands_twice_is_refused() {
        let pixels = noise(100, 1);
        let cut = pixels.slice(s![20..90, .., ..]).to_owned();
        let scaled = pixels.mapv(|pixel| 3 * pixel);
        for copy in [pixels.clone(), cut, scaled] {
            let videos = [video("one", pixels.clone()), video("two", noise(100, 2)), video("three", copy)];
            let refusal = refuse_copies(&videos).unwrap_err().to_string();
            assert!(refusal.starts_with("three: ") && refusal.contains("one"), "{refusal}");
            refuse_copies(&videos[..2]).unwrap();
        }
    }
}
