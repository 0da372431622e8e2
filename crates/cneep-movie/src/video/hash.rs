//! Recognises a movie by its content: SHA-256 over depth, shape and pixels.

use super::frames::Frames;
use super::movie::Video;
use crate::error::Result;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Bytes hashed at a time, at least.
const BLOCK: usize = 1 << 16;

impl Video {
    /// SHA-256 of depth, shape and pixels (little-endian), in lower-case hexadecimal.
    ///
    /// Name, calibration and file format do not enter: a movie converted from one format to another, or
    /// given its frame interval by hand, keeps its hash.
    ///
    /// It is computed once for a movie and all its clones.
    ///
    /// # Errors
    /// As [`super::Frames::read_block`].
    pub fn hash(&self) -> Result<String> {
        if let Some(hash) = self.kept_hash().get() {
            return Ok(hash.clone());
        }
        let hash = hash_of(self.frames())?;
        Ok(self.kept_hash().get_or_init(|| hash).clone())
    }
}

fn hash_of(frames: &Frames) -> Result<String> {
    let mut hasher = Sha256::new();
    let (count, rows, columns) = frames.shape();
    hasher.update(format!("{} {count} {rows} {columns}\n", frames.depth()));
    if let Frames::U8(pixels) = frames
        && let Some(bytes) = pixels.as_slice()
    {
        hasher.update(bytes);
    } else {
        let mut block = Vec::with_capacity(BLOCK);
        for index in 0..count {
            frames.append_bytes(index, false, &mut block)?;
            if block.len() >= BLOCK {
                hasher.update(&block);
                block.clear();
            }
        }
        hasher.update(&block);
    }
    Ok(hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use ndarray::Array3;

    fn video(frames: Frames) -> Video {
        Video::new("a", frames, Calibration::default()).unwrap()
    }

    #[test]
    fn the_hash_is_sha_256_of_a_stated_byte_string() {
        // printf 'u16 2 1 2\n\x01\x00\x02\x00\x03\x00\x04\x01' | sha256sum
        let frames = Array3::from_shape_vec((2, 1, 2), vec![1_u16, 2, 3, 260]).unwrap();
        let expected = "ff961a6d281ad82bd24cb0d300bddfda4712d04a7cdc3c6667ebd81a74ca08ba";
        assert_eq!(video(Frames::U16(frames)).hash().unwrap(), expected);
    }

    #[test]
    fn shape_depth_and_every_pixel_count_and_the_calibration_does_not() {
        let plain = video(Frames::U8(Array3::zeros((4, 2, 3))));
        let hash = plain.hash().unwrap();
        assert_eq!(plain.with_frame_interval(0.1).unwrap().hash().unwrap(), hash);
        assert_ne!(video(Frames::U8(Array3::zeros((2, 4, 3)))).hash().unwrap(), hash);
        assert_ne!(video(Frames::U16(Array3::zeros((4, 2, 3)))).hash().unwrap(), hash);
        let mut pixels = Array3::zeros((4, 2, 3));
        pixels[[3, 1, 2]] = 1;
        assert_ne!(video(Frames::U8(pixels)).hash().unwrap(), hash);
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
        assert_eq!(clone.kept_hash().get(), Some(&hash));
        assert_eq!((other.kept_hash().get(), &first), (None, &other));
        assert!(!format!("{first:?}").contains(&hash));
    }
}
