//! Compresses as video codecs do: blocks of 8 x 8 pixels, key frames, and changes between them.
//!
//! A model of the lossy part alone: no motion is predicted, and no bits are written. N. Ahmed, T. Natarajan,
//! K. R. Rao, IEEE Trans. Comput. C-23, 90 (1974), doi:10.1109/T-C.1974.223784.

use ndarray::{Array2, Array3, Axis};
use std::f64::consts::PI;

const EDGE: usize = 8;
type Block = [[f64; EDGE]; EDGE];

/// Rounds the amplitudes of every key frame to a `step`, and of the changes from one decoded frame to the
/// next, up to the next of `key_frames`, keeps those of at least `dead_zone`, rounded as well.
pub(super) fn compress(counts: &mut Array3<f64>, step: f64, dead_zone: f64, key_frames: usize) {
    let cosines = cosines();
    let mut decoded = Array2::zeros(counts.index_axis(Axis(0), 0).raw_dim());
    for (number, mut frame) in counts.outer_iter_mut().enumerate() {
        let key = number % key_frames == 0;
        if key {
            decoded.fill(0.0);
        }
        let kept = |amplitude: f64| {
            if key || amplitude.abs() >= dead_zone { (amplitude / step).round() * step } else { 0.0 }
        };
        let change = &frame - &decoded;
        let (rows, columns) = change.dim();
        for row in (0..rows).step_by(EDGE) {
            for column in (0..columns).step_by(EDGE) {
                // Blocks that reach beyond the frame repeat its edge.
                let pixel =
                    |r: usize, c: usize| change[[(row + r).min(rows - 1), (column + c).min(columns - 1)]];
                let block = std::array::from_fn(|r| std::array::from_fn(|c| pixel(r, c)));
                let amplitudes = product(&product(&cosines, &block), &transposed(&cosines));
                let rounded = amplitudes.map(|row| row.map(kept));
                let block = product(&product(&transposed(&cosines), &rounded), &cosines);
                for r in 0..EDGE.min(rows - row) {
                    for c in 0..EDGE.min(columns - column) {
                        decoded[[row + r, column + c]] += block[r][c];
                    }
                }
            }
        }
        frame.assign(&decoded);
    }
}

/// Orthonormal cosines, one a row.
fn cosines() -> Block {
    let size = EDGE as f64;
    std::array::from_fn(|k| {
        let norm = if k == 0 { (1.0 / size).sqrt() } else { (2.0 / size).sqrt() };
        std::array::from_fn(|n| norm * (PI * k as f64 * (n as f64 + 0.5) / size).cos())
    })
}

fn product(a: &Block, b: &Block) -> Block {
    let mut sum = [[0.0; EDGE]; EDGE];
    for (sum, a) in sum.iter_mut().zip(a) {
        for (a, b) in a.iter().zip(b) {
            sum.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
        }
    }
    sum
}

fn transposed(block: &Block) -> Block {
    std::array::from_fn(|r| std::array::from_fn(|c| block[c][r]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn noise() -> Array3<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(8);
        Array3::from_shape_simple_fn((24, 12, 20), || random.random_range(90.0..110.0))
    }

    fn compressed(step: f64, dead_zone: f64, key_frames: usize) -> Array3<f64> {
        let mut counts = noise();
        compress(&mut counts, step, dead_zone, key_frames);
        counts
    }

    fn error(counts: &Array3<f64>) -> f64 {
        ((counts - &noise()).mapv(|d| d * d).mean().unwrap()).sqrt()
    }

    /// Catches cosines that are not orthonormal, and blocks at the edges that are lost: a fine step changes
    /// nothing, and a rounding error of variance step^2 / 12 stays what it is.
    #[test]
    fn the_error_of_a_block_is_that_of_its_amplitudes() {
        assert!(error(&compressed(1e-9, 0.0, 12)) < 1e-8);
        assert!((error(&compressed(3.0, 0.0, 1)) / (3.0 / 12.0_f64.sqrt()) - 1.0).abs() < 0.05);
    }

    /// Catches key frames at the wrong distance, and frames that stand alone but depend on others.
    #[test]
    fn between_key_frames_what_changes_little_is_frozen() {
        let frozen = compressed(1e-9, 1e6, 12);
        for frame in 0..24 {
            let key = frozen.index_axis(Axis(0), frame - frame % 12);
            assert_eq!(frozen.index_axis(Axis(0), frame), key);
        }
        assert_ne!(frozen.index_axis(Axis(0), 11), frozen.index_axis(Axis(0), 12));
        let alone = compressed(5.0, 1e6, 1);
        let mut last = noise().slice_move(ndarray::s![23.., .., ..]);
        compress(&mut last, 5.0, 1e6, 1);
        assert_eq!(alone.index_axis(Axis(0), 23), last.index_axis(Axis(0), 0));
    }
}
