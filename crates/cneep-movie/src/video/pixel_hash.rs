//! Computes the hash of all pixels of a movie as they are kept.

use super::frames::Frames;
use super::recording::hexadecimal;
use crate::depth::Depth;
use sha2::{Digest, Sha256};

/// SHA-256 of the pixels of a movie, frame by frame.
#[derive(Debug)]
pub(super) struct PixelHasher {
    hasher: Sha256,
    depth: Depth,
    bytes: Vec<u8>,
}

impl PixelHasher {
    /// The hash of a movie like `frames`, of whose pixels none are added.
    pub(super) fn new(frames: &Frames) -> Self {
        let ((count, rows, columns), depth) = (frames.shape(), frames.depth());
        let hasher = Sha256::new_with_prefix(format!("{depth} {count} {rows} {columns}\n"));
        Self { hasher, depth, bytes: Vec::new() }
    }

    /// Adds the pixels of the next frame.
    pub(super) fn add(&mut self, pixels: &[f32]) {
        self.bytes.clear();
        match self.depth {
            Depth::U8 => self.bytes.extend(pixels.iter().map(|pixel| *pixel as u8)),
            Depth::U16 => self.bytes.extend(pixels.iter().flat_map(|pixel| (*pixel as u16).to_le_bytes())),
            Depth::F32 => self.bytes.extend(pixels.iter().flat_map(|pixel| pixel.to_le_bytes())),
        }
        self.hasher.update(&self.bytes);
    }

    /// The hash, in lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        hexadecimal(&self.hasher.finalize())
    }
}
