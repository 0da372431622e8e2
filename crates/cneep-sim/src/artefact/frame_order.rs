//! Puts frames in a wrong order, repeats or loses them.

use super::kind::Artefact;
use crate::langevin::Trajectory;
use crate::microscope::{Place, stream};
use ndarray::{Array3, Axis};
use rand::Rng;
use rand::seq::index::sample;

/// What distinguishes the key of lost frames from others of the same seed.
const LOST: &[u8; 24] = b"cneep/microscope/lost___";

/// Takes lost frames out of `trajectories`, so that exact answers are those of the frames that are left.
pub fn lose_frames(artefacts: &[Artefact], seed: u64, trajectories: Vec<Trajectory>) -> Vec<Trajectory> {
    let share = |artefact: &Artefact| match artefact {
        Artefact::LostFrames { share } => Some(*share),
        _ => None,
    };
    let Some(share) = artefacts.iter().find_map(share) else { return trajectories };
    let lose = |(movie, path): (usize, Trajectory)| {
        let mut random = stream(seed, LOST, Place { movie: movie as u64, frame: 0 });
        path.at_frames(&left_frames(path.positions().nrows(), share, &mut random))
    };
    trajectories.into_iter().enumerate().map(lose).collect()
}

/// Numbers of the frames that are left of `frames` when a `share` of them is lost at random: always as many.
/// The first stays.
fn left_frames(frames: usize, share: f64, random: &mut impl Rng) -> Vec<usize> {
    let lost = (share * frames as f64).round() as usize;
    let mut is_lost = vec![false; frames];
    sample(random, frames - 1, lost.min(frames.saturating_sub(3)))
        .iter()
        .for_each(|frame| is_lost[frame + 1] = true);
    (0..frames).filter(|frame| !is_lost[*frame]).collect()
}

/// Replaces a `share` of the frames by a copy of the one before.
pub(super) fn repeat(counts: &mut Array3<f64>, share: f64, random: &mut impl Rng) {
    let frames = counts.len_of(Axis(0));
    let kept = left_frames(frames, share, random);
    for frame in (1..frames).filter(|frame| kept.binary_search(frame).is_err()) {
        let before = counts.index_axis(Axis(0), frame - 1).to_owned();
        counts.index_axis_mut(Axis(0), frame).assign(&before);
    }
}

/// Puts frames in the order of their numbers as words.
pub(super) fn by_name(counts: &mut Array3<f64>) {
    let mut numbers: Vec<usize> = (0..counts.len_of(Axis(0))).collect();
    numbers.sort_by_key(ToString::to_string);
    *counts = counts.select(Axis(0), &numbers);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn numbered(frames: usize) -> Array3<f64> {
        Array3::from_shape_fn((frames, 1, 1), |(frame, _, _)| frame as f64)
    }

    /// Catches a number of lost frames that scatters, and lost frames that come back.
    #[test]
    fn a_share_of_the_frames_is_lost() {
        let left = left_frames(200, 0.03, &mut ChaCha8Rng::seed_from_u64(9));
        assert_eq!((left.len(), left[0]), (194, 0));
        assert!(left.windows(2).all(|pair| pair[0] < pair[1]));
    }

    /// Catches frames repeated ahead of time, or lengthened movies.
    #[test]
    fn repeated_frames_are_those_before() {
        let mut counts = numbered(200);
        repeat(&mut counts, 0.03, &mut ChaCha8Rng::seed_from_u64(9));
        let values = counts.into_raw_vec_and_offset().0;
        let repeats = values.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert_eq!((values.len(), repeats), (200, 6));
        assert!(values.iter().enumerate().all(|(frame, value)| *value <= frame as f64));
    }

    /// Catches an order by number.
    #[test]
    fn names_are_words() {
        let mut counts = numbered(12);
        by_name(&mut counts);
        let order = counts.into_raw_vec_and_offset().0;
        assert_eq!(order, [0.0, 1.0, 10.0, 11.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    }
}
