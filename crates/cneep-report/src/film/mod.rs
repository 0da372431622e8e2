//! Holds what a viewer needs to play a movie with its dissipation maps, small enough to be mailed.

mod block;
mod frames;
mod maps;
mod recorder;
mod strip;

pub use block::{Block, Kind};
pub use frames::FilmFrames;
pub use maps::{FilmMaps, Instants};
pub use recorder::MapRecorder;
pub use strip::FilmStrip;

use serde::{Deserialize, Serialize};

/// Bytes that a film may take on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Of the frames.
    pub frames: usize,
    /// Of the exact sums over time, and as many again of the maps to look at.
    pub maps: usize,
}

impl Budget {
    /// A page that can be mailed: about eight megabytes in all, so that twelve hold the rest too.
    pub const MAIL: Self = Self { frames: 3_000_000, maps: 2_000_000 };
    /// A page to keep: a hundred megabytes.
    pub const LARGE: Self = Self { frames: 50_000_000, maps: 20_000_000 };
}

/// One movie as it is shown, with its maps if there are any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Film {
    /// The frames.
    pub frames: FilmFrames,
    /// The maps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub maps: Option<FilmMaps>,
}
