//! Writes movies in the format asked for.

use clap::ValueEnum;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::video::{self, Video};
use std::path::Path;

/// How movies are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One file movies.npz: `frames` (movie, frame, row, column) and `frame_interval` in seconds
    #[default]
    Npz,
    /// One TIFF stack a movie, which Fiji opens as a time series
    Tiff,
}

impl Format {
    /// Writes `videos` into `folder`.
    pub(super) fn write(self, videos: &[Video], folder: &Path) -> Result<()> {
        match self {
            Self::Npz => video::write(&folder.join("movies.npz"), videos),
            Self::Tiff => videos.iter().enumerate().try_for_each(|(movie, video)| {
                interrupt::check(folder)?;
                video.write(folder.join(format!("movie_{movie:04}.tif")))
            }),
        }
    }
}
