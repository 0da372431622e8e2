//! Gives pixels faults of their own: gain and offset, hot and spiking pixels, cosmic rays, lag.
//!
//! Light has the shape (frame, row, column). `chip` draws what is the same in every movie.

use super::wander::telegraph;
use ndarray::{Array2, Array3, Axis};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, Poisson, StandardNormal};

/// Multiplies every pixel by a gain, and adds an offset, of these standard deviations about 1 and 0.
pub(super) fn fixed_pattern(light: &mut Array3<f64>, gain: f64, offset: f64, chip: &mut impl Rng) {
    let (_, rows, columns) = light.dim();
    let mut pattern = |deviation: f64| {
        Array2::from_shape_simple_fn((rows, columns), || {
            let value: f64 = StandardNormal.sample(chip);
            deviation * value
        })
    };
    let (gains, offsets) = (pattern(gain) + 1.0, pattern(offset));
    for mut frame in light.outer_iter_mut() {
        frame *= &gains;
        frame += &offsets;
        frame.mapv_inplace(|light| light.max(0.0));
    }
}

/// Row and column of `count` pixels, of which some may be the same.
fn places(light: &Array3<f64>, count: usize, chip: &mut impl Rng) -> Vec<[usize; 2]> {
    let (_, rows, columns) = light.dim();
    (0..count).map(|_| [chip.random_range(0..rows), chip.random_range(0..columns)]).collect()
}

/// Adds `extra` light to `count` pixels while they are in the second of two states.
pub(super) fn hot_pixels(
    light: &mut Array3<f64>,
    count: usize,
    extra: f64,
    mean_frames: f64,
    chip: &mut impl Rng,
    random: &mut impl Rng,
) {
    for [row, column] in places(light, count, chip) {
        let hot = telegraph(light.len_of(Axis(0)), mean_frames, random);
        for (frame, _) in hot.iter().enumerate().filter(|(_, hot)| **hot) {
            light[[frame, row, column]] += extra;
        }
    }
}

/// Adds `extra` light to `count` pixels at random times, ten of the times in which it decays apart.
pub(super) fn spiking_pixels(
    light: &mut Array3<f64>,
    count: usize,
    extra: f64,
    decay_frames: f64,
    chip: &mut impl Rng,
    random: &mut impl Rng,
) {
    let chance = 1.0 / (10.0 * decay_frames);
    for [row, column] in places(light, count, chip) {
        let mut left = 0.0;
        for mut frame in light.outer_iter_mut() {
            left *= (-1.0 / decay_frames).exp();
            if random.random::<f64>() < chance {
                left += extra;
            }
            frame[[row, column]] += left;
        }
    }
}

/// Adds `extra` light, scattered exponentially, to `per_frame` pixels of every frame on average.
pub(super) fn cosmic_rays(light: &mut Array3<f64>, per_frame: f64, extra: f64, random: &mut impl Rng) {
    let (_, rows, columns) = light.dim();
    for mut frame in light.outer_iter_mut() {
        let count = Poisson::new(per_frame).map_or(0.0, |hits| hits.sample(random)) as usize;
        for _ in 0..count {
            let energy: f64 = Exp1.sample(random);
            frame[[random.random_range(0..rows), random.random_range(0..columns)]] += extra * energy;
        }
    }
}

/// Leaves a share of every pixel's light to the next frame, between `least` and `most`: evenly spread over
/// the pixels, or the same for all if they are equal.
pub(super) fn lag(light: &mut Array3<f64>, [least, most]: [f64; 2], chip: &mut impl Rng) {
    let (_, rows, columns) = light.dim();
    let spread = |_: (usize, usize)| least + (most - least) * chip.random::<f64>();
    let shares = Array2::from_shape_fn((rows, columns), spread);
    let mut before = light.index_axis(Axis(0), 0).to_owned();
    for mut frame in light.outer_iter_mut() {
        ndarray::Zip::from(&mut frame).and(&before).and(&shares).for_each(|light, before, share| {
            *light += share * (before - *light);
        });
        before.assign(&frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn random(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    /// Catches a pattern that changes in time, or between movies of one chip.
    #[test]
    fn a_fixed_pattern_is_fixed() {
        let film = |chip: u64| {
            let mut light = Array3::from_elem((3, 40, 50), 0.5);
            fixed_pattern(&mut light, 0.02, 0.01, &mut random(chip));
            light
        };
        let light = film(1);
        assert_eq!(light.index_axis(Axis(0), 0), light.index_axis(Axis(0), 2));
        assert_eq!((light == film(1), light == film(2)), (true, false));
        let square = light.iter().map(|light| (light - 0.5).powi(2)).sum::<f64>() / light.len() as f64;
        assert!((square.sqrt() - 0.01_f64.hypot(0.01)).abs() < 0.001, "{}", square.sqrt());
    }

    /// Catches pixels that move about on the chip, and a decay that is a growth.
    #[test]
    fn faulty_pixels_stay_where_they_are() {
        let mut hot = Array3::zeros((4000, 6, 7));
        hot_pixels(&mut hot, 1, 0.5, 10.0, &mut random(1), &mut random(2));
        let mut spiking = Array3::zeros((4000, 6, 7));
        spiking_pixels(&mut spiking, 1, 0.5, 5.0, &mut random(1), &mut random(2));
        for light in [&hot, &spiking] {
            let lit = light.sum_axis(Axis(0)).iter().filter(|light| **light > 0.0).count();
            assert_eq!(lit, 1);
        }
        assert!((hot.sum() / 4000.0 - 0.25).abs() < 0.05, "{}", hot.sum() / 4000.0);
        let series: Vec<f64> = spiking.outer_iter().map(|frame| frame.sum()).collect();
        let rises = series.windows(2).filter(|pair| pair[1] > pair[0]).count();
        let falls = series.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(falls > 10 * rises && (50..110).contains(&rises), "{rises} {falls}");
    }

    /// Catches rays that stay for the next frame.
    #[test]
    fn cosmic_rays_hit_single_pixels() {
        let mut light = Array3::zeros((500, 20, 20));
        cosmic_rays(&mut light, 2.0, 0.5, &mut random(3));
        let hits = light.iter().filter(|light| **light > 0.0).count() as f64;
        assert!((hits / 1000.0 - 1.0).abs() < 0.1, "{hits}");
        assert!((light.sum() / hits - 0.5).abs() < 0.06);
    }

    /// Catches a share that is lost in place of passed on, and pixels that leave more than the most.
    #[test]
    fn lag_leaves_its_share_to_the_next_frames() {
        let mut light = Array3::zeros((5, 4, 4));
        light.index_axis_mut(Axis(0), 1).fill(1.0);
        let mut uneven = light.clone();
        lag(&mut light, [0.1, 0.1], &mut random(1));
        let series: Vec<f64> = light.outer_iter().map(|frame| frame[[2, 2]]).collect();
        for (found, expected) in series.iter().zip([0.0, 0.9, 0.09, 0.009, 0.0009]) {
            assert!((found - expected).abs() < 1e-12, "{series:?}");
        }
        lag(&mut uneven, [0.02, 0.15], &mut random(1));
        let shares = uneven.index_axis(Axis(0), 1).mapv(|light| 1.0 - light);
        assert!(shares.iter().all(|share| (0.02..0.15).contains(share)));
        assert!(shares.iter().any(|share| *share < 0.06) && shares.iter().any(|share| *share > 0.1));
    }
}
