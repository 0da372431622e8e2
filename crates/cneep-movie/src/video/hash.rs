//! Recognises a movie by its content: SHA-256 over depth, shape and pixels.

use super::{Frames, Video};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Bytes hashed at a time, at least.
const BLOCK: usize = 1 << 16;

impl Video {
    /// SHA-256 of depth, shape and pixels (little-endian), in lower-case hexadecimal.
    ///
    /// Name, calibration and file format do not enter: a movie converted from one format to another, or
    /// given its frame interval by hand, keeps its hash.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        let (frames, rows, columns) = self.frames.shape();
        hasher.update(format!("{} {frames} {rows} {columns}\n", self.frames.depth()));
        if let Frames::U8(pixels) = &self.frames
            && let Some(bytes) = pixels.as_slice()
        {
            hasher.update(bytes);
        } else {
            let mut block = Vec::with_capacity(BLOCK);
            for index in 0..frames {
                self.frames.append_bytes(index, false, &mut block);
                if block.len() >= BLOCK {
                    hasher.update(&block);
                    block.clear();
                }
            }
            hasher.update(&block);
        }
        hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
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
        assert_eq!(video(Frames::U16(frames)).hash(), expected);
    }

    #[test]
    fn shape_depth_and_every_pixel_count_and_the_calibration_does_not() {
        let plain = video(Frames::U8(Array3::zeros((4, 2, 3))));
        let hash = plain.hash();
        assert_eq!(plain.with_frame_interval(0.1).unwrap().hash(), hash);
        assert_ne!(video(Frames::U8(Array3::zeros((2, 4, 3)))).hash(), hash);
        assert_ne!(video(Frames::U16(Array3::zeros((4, 2, 3)))).hash(), hash);
        let mut pixels = Array3::zeros((4, 2, 3));
        pixels[[3, 1, 2]] = 1;
        assert_ne!(video(Frames::U8(pixels)).hash(), hash);
    }
}
