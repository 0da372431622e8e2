//! Opens the movies that a verb works on.

use crate::console::Console;
use clap::Args;
use cneep::Result;
use cneep::video::{Axes, OpenOptions, Video, open_all};
use std::path::PathBuf;

/// Movies and what the user states of them.
#[derive(Debug, Args)]
pub(crate) struct Movies {
    /// TIFF stacks, NPY or NPZ arrays, or folders of PNG frames
    #[arg(required = true, value_name = "MOVIE")]
    paths: Vec<PathBuf>,
    /// Time between two frames, in seconds, where the file does not say
    #[arg(long, value_name = "SECONDS", help_heading = "Movie options")]
    frame_interval: Option<f64>,
    /// Edge of a pixel, in micrometres, where the file does not say
    #[arg(long, value_name = "UM", help_heading = "Movie options")]
    pixel_size: Option<f64>,
    /// Order of the axes, such as TYX (frame, row, column), where the file does not say or says otherwise
    #[arg(long, value_name = "AXES", help_heading = "Movie options")]
    axes: Option<String>,
    /// Channel of a hyperstack, counted from 1
    #[arg(long, value_name = "N", help_heading = "Movie options")]
    channel: Option<usize>,
    /// Slice (Z) of a hyperstack, counted from 1
    #[arg(long, value_name = "N", help_heading = "Movie options")]
    slice: Option<usize>,
}

impl Movies {
    /// Opens all movies, of one frame size, and tells their cautions.
    pub(crate) fn open(&self, console: &Console) -> Result<Vec<Video>> {
        let axes: Option<Axes> = self.axes.as_deref().map(str::parse).transpose()?;
        let options = OpenOptions {
            axes,
            frame_interval: self.frame_interval,
            pixel_size: self.pixel_size,
            channel: self.channel,
            slice: self.slice,
        };
        let videos = open_all(&self.paths, &options)?;
        console.tell(videos.iter().flat_map(Video::cautions));
        Ok(videos)
    }
}
