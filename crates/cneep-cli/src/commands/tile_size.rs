//! Reads the size of tiles from the command line.

use std::str::FromStr;

/// Side of a square and distance to the next, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TileSize {
    pub(crate) side: usize,
    pub(crate) gap: usize,
}

impl FromStr for TileSize {
    type Err = String;

    /// `32,8`; without a gap the tiles touch.
    fn from_str(text: &str) -> Result<Self, String> {
        let (side, gap) = text.split_once(',').unwrap_or((text, "0"));
        match (side.parse(), gap.parse()) {
            (Ok(side), Ok(gap)) => Ok(Self { side, gap }),
            _ => Err("expected the side of a tile and the gap to the next, in pixels, as in 32,8".into()),
        }
    }
}
