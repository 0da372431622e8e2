//! Computes what a recording is known by: the hash of every frame, and a fingerprint that survives another
//! gain, crop or format.

use super::fingerprint::{FEATURES, Features, Fingerprint};
use super::frames::Frames;
use crate::error::Result;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Frames that one thread takes at a time.
const CHUNK: usize = 32;

/// What a recording is known by. Name, calibration, file format and number type do not enter: the same values
/// as 8-bit counts, 16-bit counts or floating point are the same frames.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    /// SHA-256 of shape and frames, in lower-case hexadecimal.
    pub hash: String,
    /// First eight bytes of the SHA-256 of each frame, of its pixels as 32-bit floating point.
    pub frames: Vec<u64>,
    /// How the movie changes from frame to frame.
    pub fingerprint: Fingerprint,
    /// Mean of all pixels.
    pub mean: f64,
    /// Standard deviation of all pixels.
    pub deviation: f64,
}

/// What is computed of one frame.
struct OfFrame {
    digest: [u8; 32],
    features: Features,
}

/// What the recording of these frames is known by.
///
/// # Errors
/// As [`Frames::read_block`].
pub(super) fn recording_of(frames: &Frames) -> Result<Recording> {
    let (count, rows, columns) = frames.shape();
    // Sums are taken about one pixel, which keeps movies on a bright background exact enough.
    let offset = f64::from(frames.frame(0)?[[0, 0]]);
    let chunk = |chunk: usize| {
        let mut before = frames.frame((chunk * CHUNK).saturating_sub(1))?;
        let mut bytes = Vec::with_capacity(4 * rows * columns);
        let mut found = Vec::with_capacity(CHUNK);
        for index in chunk * CHUNK..count.min((chunk + 1) * CHUNK) {
            let frame = frames.frame(index)?;
            bytes.clear();
            // Minus zero is zero.
            bytes.extend(frame.iter().flat_map(|pixel| (pixel + 0.0).to_le_bytes()));
            let digest = Sha256::digest(&bytes).into();
            found.push(OfFrame { digest, features: Features::of(&before, &frame, offset) });
            before = frame;
        }
        Ok(found)
    };
    let chunks: Result<Vec<Vec<OfFrame>>> = (0..count.div_ceil(CHUNK)).into_par_iter().map(chunk).collect();
    let found: Vec<OfFrame> = chunks?.into_iter().flatten().collect();
    let mut hasher = Sha256::new();
    hasher.update(format!("{count} {rows} {columns}\n"));
    for of in &found {
        hasher.update(of.digest);
    }
    let hash = hexadecimal(&hasher.finalize());
    let first_bytes = |of: &OfFrame| {
        let [first, ..] = of.digest.as_chunks::<8>().0 else { unreachable!("a digest has 32 bytes") };
        u64::from_le_bytes(*first)
    };
    let mean = found.iter().map(|of| of.features.mean).sum::<f64>() / count as f64;
    let square = |of: &OfFrame| of.features.variance + (of.features.mean - mean).powi(2);
    let variance = found.iter().map(square).sum::<f64>() / count as f64;
    let series: [Vec<f64>; FEATURES] =
        std::array::from_fn(|feature| found.iter().map(|of| of.features.number(feature)).collect());
    Ok(Recording {
        hash,
        frames: found.iter().map(first_bytes).collect(),
        fingerprint: Fingerprint::of(&series),
        mean: mean + offset,
        deviation: variance.sqrt(),
    })
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::Video;
    use ndarray::Array3;

    fn video(frames: Frames) -> Video {
        Video::new("a", frames, Calibration::default()).unwrap()
    }

    #[test]
    fn the_hash_is_sha_256_of_a_stated_byte_string() {
        // (printf '2 1 2\n'; printf '\0\0\x80\x3f\0\0\0\x40' | sha256sum | xxd -r -p;
        //  printf '\0\0\x40\x40\0\0\x82\x43' | sha256sum | xxd -r -p) | sha256sum
        let frames = Array3::from_shape_vec((2, 1, 2), vec![1_u16, 2, 3, 260]).unwrap();
        let expected = "d4c51c5d20b0a19532ffdec8ce3b8c67fa331e71e2da416e10ea8c106781375f";
        assert_eq!(video(Frames::U16(frames)).hash().unwrap(), expected);
    }

    /// Catches a movie that is another one because it was saved again.
    #[test]
    fn shape_and_every_value_count_and_number_type_and_calibration_do_not() {
        let plain = video(Frames::U8(Array3::ones((4, 2, 3))));
        let hash = plain.hash().unwrap();
        assert_eq!(plain.clone().with_frame_interval(0.1).unwrap().hash().unwrap(), hash);
        assert_eq!(video(Frames::U16(Array3::ones((4, 2, 3)))).hash().unwrap(), hash);
        assert_eq!(video(Frames::F32(Array3::ones((4, 2, 3)))).hash().unwrap(), hash);
        assert_ne!(video(Frames::U8(Array3::ones((2, 4, 3)))).hash().unwrap(), hash);
        let mut pixels = Array3::ones((4, 2, 3));
        pixels[[3, 1, 2]] = 2;
        let changed = video(Frames::U8(pixels));
        let (one, other) = (plain.recording().unwrap(), changed.recording().unwrap());
        assert!(one.hash != other.hash && one.frames[..3] == other.frames[..3]);
        assert_ne!(one.frames[3], other.frames[3]);
    }

    #[test]
    fn mean_and_deviation_are_those_of_all_pixels() {
        let pixels = Array3::from_shape_fn((100, 2, 3), |(t, r, c)| (1000 + 7 * t + 3 * r + c) as u16);
        let mean = pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / 600.0;
        let variance = pixels.iter().map(|&p| (f64::from(p) - mean).powi(2)).sum::<f64>() / 600.0;
        let video = video(Frames::U16(pixels));
        let found = video.recording().unwrap();
        assert!((found.mean - mean).abs() < 1e-9 && (found.deviation - variance.sqrt()).abs() < 1e-9);
    }

    /// Catches pixels copied with a movie, a hash computed for each clone, and one that takes part in
    /// comparisons.
    #[test]
    fn clones_share_pixels_and_hash_and_are_equal_with_or_without_it() {
        let pixels = || Frames::U8(Array3::zeros((4, 2, 3)));
        let (first, other) = (video(pixels()), video(pixels()));
        let clone = first.clone().with_frame_interval(0.1).unwrap();
        assert!(std::ptr::eq(first.frames(), clone.frames()));
        let hash = first.hash().unwrap();
        assert!(clone.kept_recording().get().is_some_and(|kept| kept.hash == hash));
        assert!(other.kept_recording().get().is_none() && first == other);
        assert!(!format!("{first:?}").contains(&hash));
    }
}
