//! Recognises a recording by how it changes from frame to frame, whatever its gain, offset, crop or format.
//!
//! A few numbers are summed over each frame, all of which a crop keeps in part and a change of gain or offset
//! keeps but for a factor. Each makes a series in time, from which what the frames before foretell is taken
//! out (an autoregressive filter), and of which the signs are kept: one byte a frame. Two copies of one
//! recording agree in more than half of these bits at one shift in time; two other movies of the same kind
//! agree in half of them at all shifts. Signs of differences as a robust hash, searched for over all shifts,
//! are known from the recognition of music: Haitsma and Kalker, Proc. ISMIR (2002).

use ndarray::{Array2, Zip, s};

/// Series that make a fingerprint: one bit each.
pub(super) const FEATURES: usize = 8;
/// Frames before, from which the next is foretold.
const ORDER: usize = 8;
/// Fewest common frames by which two movies can be recognised.
pub(super) const FEWEST_FRAMES: usize = 48;
/// Agreement from which two movies are one recording, in standard deviations of agreements at other shifts.
const RECOGNISED: f64 = 9.0;
/// The same where nearly all bits agree, as those of smooth movies do at few other shifts too.
const RECOGNISED_BY_MOST: f64 = 6.0;
/// The least excess of agreeing bits over a half, as a share of all bits, for the one and the other.
const LEAST_EXCESS: f64 = 0.05;
const EXCESS_OF_MOST: f64 = 0.3;
/// Shifts next to the best one, which share in its agreement.
const NEIGHBOURS: usize = 3;
/// Other shifts that may agree as well, as where a movie was cut and joined; a periodic movie has more.
const OTHER_SHIFTS: usize = 4;

/// Signs of what each frame brings that those before do not foretell: one byte a frame, one bit a feature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<u8>);

/// Sums over a frame, and over it with the frame before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Features {
    /// Mean, less the offset.
    pub(super) mean: f64,
    pub(super) variance: f64,
    skewness: f64,
    /// Mean squares of differences along columns and rows.
    gradients: [f64; 2],
    /// Mean square of the change from the frame before.
    change: f64,
    /// Mean products of the change with the differences along columns and rows: how what is seen moves.
    motion: [f64; 2],
}

impl Features {
    /// Those of `frame`, shape (row, column), and the one `before`.
    pub(super) fn of(before: &Array2<f32>, frame: &Array2<f32>, offset: f64) -> Self {
        let count = frame.len() as f64;
        let mean = frame.iter().map(|&pixel| f64::from(pixel) - offset).sum::<f64>() / count;
        let level = mean + offset;
        let (mut variance, mut skewness, mut change) = (0.0, 0.0, 0.0);
        Zip::from(frame).and(before).for_each(|&pixel, &before| {
            let (apart, step) = (f64::from(pixel) - level, f64::from(pixel - before));
            variance += apart * apart;
            skewness += apart * apart * apart;
            change += step * step;
        });
        let along =
            |from: ndarray::ArrayView2<f32>, to: ndarray::ArrayView2<f32>, was: ndarray::ArrayView2<f32>| {
                let (mut gradient, mut motion) = (0.0, 0.0);
                Zip::from(from).and(to).and(was).for_each(|&from, &to, &was| {
                    let difference = f64::from(to - from);
                    gradient += difference * difference;
                    motion += difference * f64::from(from - was);
                });
                [gradient / count, motion / count]
            };
        let [columns, rows] = [
            along(frame.slice(s![.., ..-1]), frame.slice(s![.., 1..]), before.slice(s![.., ..-1])),
            along(frame.slice(s![..-1, ..]), frame.slice(s![1.., ..]), before.slice(s![..-1, ..])),
        ];
        Self {
            mean,
            variance: variance / count,
            skewness: skewness / count,
            gradients: [columns[0], rows[0]],
            change: change / count,
            motion: [columns[1], rows[1]],
        }
    }

    /// One of the [`FEATURES`].
    pub(super) fn number(&self, feature: usize) -> f64 {
        let Self { mean, variance, skewness, gradients, change, motion } = *self;
        [mean, variance, skewness, gradients[0], gradients[1], change, motion[0], motion[1]][feature]
    }
}

impl Fingerprint {
    /// That of a movie whose frames have these features.
    pub(super) fn of(features: &[Vec<f64>; FEATURES]) -> Self {
        let count = features[0].len();
        let mut bytes = vec![0; count];
        for (bit, series) in features.iter().enumerate() {
            let news = unforetold(series);
            let mut sorted = news.clone();
            sorted.sort_by(f64::total_cmp);
            let median = sorted[count / 2];
            for (byte, value) in bytes.iter_mut().zip(&news) {
                *byte |= u8::from(*value > median) << bit;
            }
        }
        Self(bytes)
    }

    /// That kept as these bytes, one a frame.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// One byte a frame.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether two movies are copies of one recording, wholly or in part.
    pub fn is_copy_of(&self, other: &Self) -> bool {
        is_copy(&self.0, &other.0)
    }
}

/// Whether two fingerprints agree at a shift in time that stands out from all others.
pub(super) fn is_copy(one: &[u8], other: &[u8]) -> bool {
    agreement(one, other).is_some_and(Agreement::is_that_of_copies)
}

/// How far two fingerprints agree at their best shift.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agreement {
    /// In standard deviations of the agreement at other shifts.
    score: f64,
    /// The next highest after some others, as a share of it.
    rival: f64,
    /// Share of bits that agree beyond a half, less that at other shifts.
    excess: f64,
}

impl Agreement {
    fn is_that_of_copies(self) -> bool {
        (self.score > RECOGNISED && self.excess > LEAST_EXCESS && self.rival < 0.67)
            || (self.score > RECOGNISED_BY_MOST && self.excess > EXCESS_OF_MOST && self.rival < 0.5)
    }
}

/// The agreement of two fingerprints; none for movies too short to tell.
pub(super) fn agreement(one: &[u8], other: &[u8]) -> Option<Agreement> {
    let least = FEWEST_FRAMES.min(one.len()).min(other.len());
    if least < FEWEST_FRAMES {
        return None;
    }
    let (backward, forward) = (one.len() - least, other.len() - least);
    // Deviations of the number of agreeing bits from a half, in standard deviations of independent bits.
    let at = |shift: usize| {
        let (start, other_start) = (backward.saturating_sub(shift), shift.saturating_sub(backward));
        let (one, other) = (&one[start..], &other[other_start..]);
        let common = one.len().min(other.len());
        let bits = (FEATURES * common) as f64;
        let differing = f64::from(differing_bits(&one[..common], &other[..common]));
        ((bits - 2.0 * differing) / bits.sqrt(), bits)
    };
    let deviations: Vec<(f64, f64)> = (0..=backward + forward).map(at).collect();
    let best = (0..deviations.len()).max_by(|&a, &b| deviations[a].0.total_cmp(&deviations[b].0))?;
    let is_apart = |place: usize| place.abs_diff(best) > NEIGHBOURS;
    let mut others: Vec<f64> =
        (0..deviations.len()).filter(|&place| is_apart(place)).map(|place| deviations[place].0).collect();
    others.sort_by(|a, b| b.total_cmp(a));
    let count = others.len().max(1) as f64;
    let mean = others.iter().sum::<f64>() / count;
    let spread = (others.iter().map(|of| (of - mean).powi(2)).sum::<f64>() / count).sqrt();
    let (highest, bits) = deviations[best];
    let above = highest - mean;
    let rival = others.get(OTHER_SHIFTS).map_or(0.0, |rival| (rival - mean) / above);
    Some(Agreement { score: above / spread.max(1.0), rival, excess: 0.5 * above / bits.sqrt() })
}

fn differing_bits(one: &[u8], other: &[u8]) -> u32 {
    let ((words, rest), (other_words, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let of_words = words
        .iter()
        .zip(other_words)
        .map(|(a, b)| (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b)).count_ones());
    of_words.sum::<u32>() + rest.iter().zip(other_rest).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>()
}

/// What is left of the steps of a series when what the steps before foretell is taken out.
fn unforetold(series: &[f64]) -> Vec<f64> {
    let mut steps: Vec<f64> = series.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.insert(0, 0.0);
    let mean = steps.iter().sum::<f64>() / steps.len() as f64;
    for step in &mut steps {
        *step -= mean;
    }
    let weights = autoregression(&steps, ORDER.min(steps.len() / 10));
    let left = |at: usize| {
        let before = steps[..at].iter().rev();
        steps[at] - weights.iter().zip(before).map(|(weight, step)| weight * step).sum::<f64>()
    };
    (0..steps.len()).map(left).collect()
}

/// Weights of the values before in the best linear forecast of a value (Levinson and Durbin's recursion).
fn autoregression(series: &[f64], order: usize) -> Vec<f64> {
    let covariance = |lag: usize| series[lag..].iter().zip(series).map(|(a, b)| a * b).sum::<f64>();
    let covariances: Vec<f64> = (0..=order).map(covariance).collect();
    let (mut weights, mut error) = (Vec::new(), covariances[0]);
    for lag in 1..=order {
        if error <= 1e-12 * covariances[0] {
            break;
        }
        let foretold: f64 =
            weights.iter().enumerate().map(|(i, weight)| weight * covariances[lag - 1 - i]).sum();
        let reflection = (covariances[lag] - foretold) / error;
        let mirrored: Vec<f64> = weights.iter().rev().copied().collect();
        weights.iter_mut().zip(mirrored).for_each(|(weight, other)| *weight -= reflection * other);
        weights.push(reflection);
        error *= 1.0 - reflection * reflection;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::{Frames, Video};
    use ndarray::Array3;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Three spots that are held by springs, on ground that all movies share, with noise of a camera.
    fn movie(count: usize, seed: u64) -> Array3<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> f32 { StandardNormal.sample(&mut random) };
        let mut places = [[8.0_f32, 8.0], [16.0, 24.0], [24.0, 10.0]];
        let rest = places;
        let mut pixels = Array3::zeros((count, 32, 32));
        for mut frame in pixels.outer_iter_mut() {
            for (place, rest) in places.iter_mut().zip(rest) {
                for axis in 0..2 {
                    place[axis] += 0.05 * (rest[axis] - place[axis]) + 0.3 * draw();
                }
            }
            for ((row, column), pixel) in frame.indexed_iter_mut() {
                let spot = |[y, x]: &[f32; 2]| {
                    (-((row as f32 - y).powi(2) + (column as f32 - x).powi(2)) / 6.0).exp()
                };
                let ground = 100.0 + 0.5 * (row * column % 17) as f32;
                *pixel = (ground + 60.0 * places.iter().map(spot).sum::<f32>() + 4.0 * draw()).round();
            }
        }
        pixels
    }

    fn fingerprint(pixels: Array3<f32>) -> Fingerprint {
        let video = Video::new("a", Frames::F32(pixels), Calibration::default()).unwrap();
        video.recording().unwrap().fingerprint.clone()
    }

    /// What a part, an export to few grey levels, a bleached copy, or one with more noise keeps is enough.
    /// Catches a bit that a gain, an offset or a crop turns.
    #[test]
    fn copies_are_recognised() {
        let original = movie(300, 1000);
        let print = fingerprint(original.clone());
        let per_frame = |scale: fn(usize, f32) -> f32| {
            let mut pixels = original.clone();
            for (at, mut frame) in pixels.outer_iter_mut().enumerate() {
                let mean = frame.mean().unwrap();
                frame.mapv_inplace(|pixel| pixel * scale(at, mean));
            }
            pixels
        };
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut noise = || -> f32 { StandardNormal.sample(&mut random) };
        let noisy = original.mapv(|pixel| pixel + 4.0 * noise());
        let mut one_bit = original.clone();
        one_bit.outer_iter_mut().for_each(|mut frame| frame[[3, 4]] += 16.0);
        let copies = [
            ("another gain and offset", original.mapv(|p| 2.2 * p - 30.0)),
            ("a gamma", original.mapv(|p| 16.0 * p.max(0.0).sqrt())),
            ("few grey levels", original.mapv(|p| (p / 8.0).floor())),
            ("a half", original.slice(s![.., .., 16..]).to_owned()),
            ("a quarter", original.slice(s![.., 10..26, 2..18]).to_owned()),
            ("48 frames", original.slice(s![100..148, .., ..]).to_owned()),
            ("all three", original.slice(s![100..200, 4.., 6..]).mapv(|p| (p * 0.4).round())),
            ("more noise", noisy),
            ("a bit in every frame", one_bit),
            ("a mirror image", original.slice(s![.., .., ..;-1]).to_owned()),
            ("divided by the mean", per_frame(|_, mean| 1.0 / mean)),
            ("bleached", per_frame(|at, _| 1.0 - 0.001 * at as f32)),
        ];
        for (name, copy) in copies {
            assert!(fingerprint(copy).is_copy_of(&print), "{name}");
        }
        assert!(!fingerprint(original.slice(s![..47, .., ..]).to_owned()).is_copy_of(&print), "too short");
    }

    /// Of 780 pairs none comes near the threshold. Catches a likeness of what all movies of a kind share.
    #[test]
    fn other_movies_of_the_same_field_of_view_are_none() {
        let all: Vec<Fingerprint> = (0..40).map(|seed| fingerprint(movie(150, seed))).collect();
        for (other, one) in (0..40).flat_map(|other| (0..other).map(move |one| (other, one))) {
            let agreement = agreement(&all[one].0, &all[other].0).unwrap();
            let is_near = agreement.score > 0.75 * RECOGNISED || agreement.excess > 0.75 * EXCESS_OF_MOST;
            assert!(!is_near, "{one}, {other}: {agreement:?}");
        }
    }

    /// Paced cells beat alike in all movies, and at all multiples of the period. Catches a peak that is high
    /// but not alone.
    #[test]
    fn what_beats_in_step_is_no_copy() {
        let paced = |seed: u64| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            fingerprint(Array3::from_shape_fn((600, 8, 8), |(t, row, column)| {
                let phase = ((t + 7 * seed as usize) % 40) as f32;
                let beat = if phase > 0.5 { (-phase / 6.0).exp() } else { 0.0 };
                100.0 + 40.0 * beat * (row as f32 - column as f32) / 8.0 + random.random_range(-2.0..2.0)
            }))
        };
        assert!(!paced(1).is_copy_of(&paced(2)));
        let flash = |at: usize, seed: u64| {
            let mut pixels = movie(150, seed);
            pixels.slice_mut(s![at.., .., ..]).mapv_inplace(|pixel| pixel + 500.0);
            fingerprint(pixels)
        };
        assert!(!flash(70, 1).is_copy_of(&flash(100, 2)), "one step each");
    }
}
