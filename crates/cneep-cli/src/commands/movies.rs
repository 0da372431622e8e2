//! Opens the movies named on the command line.

use clap::Args;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::video::{Axes, OpenOptions, Video, open_all};
use std::path::PathBuf;

/// Movies, with what their files may not say.
#[derive(Debug, Args)]
pub(crate) struct Movies {
    /// Movies of one frame size: TIFF stacks (Fiji, OME, tifffile), .npy or .npz arrays, folders of PNG
    /// frames
    #[arg(required = true, value_name = "MOVIE")]
    paths: Vec<PathBuf>,
    /// Time between the starts of two frames, in seconds [default: as the file says; without it rates are per
    /// frame]
    #[arg(long, value_name = "SECONDS", help_heading = "What the file does not say")]
    frame_interval: Option<f64>,
    /// Edge of a pixel, in micrometres [default: as the file says; without it lengths are in pixels]
    #[arg(long, value_name = "MICROMETRES", help_heading = "What the file does not say")]
    pixel_size: Option<f64>,
    /// Exposure time over frame interval, 0 (an instant) to 1 (shutter always open) [default: as an NPZ file
    /// says, else 0]
    #[arg(long, value_name = "FRACTION", help_heading = "What the file does not say")]
    exposure: Option<f64>,
    /// Time from the reading of the first row to that of the last over frame interval, 0 (global shutter) to
    /// 1 [default: as an NPZ file says, else not known]
    #[arg(long, value_name = "SHARE", help_heading = "What the file does not say")]
    readout: Option<f64>,
    /// Order of an array's axes, slowest first: T time, Y row, X column, M movie, C channel, Z slice, P
    /// position, such as YXT or TCYX; TYX says that all pages of a stack are moments in time [default: as the
    /// file says]
    #[arg(long, value_name = "AXES", value_parser = Axes::parse, help_heading = "What the file does not say")]
    axes: Option<Axes>,
    /// Channel to read, counted from 1 as in Fiji [default: the only one]
    #[arg(long, value_name = "NUMBER", help_heading = "What the file does not say")]
    channel: Option<usize>,
    /// Slice (Z) to read, counted from 1 as in Fiji [default: the only one]
    #[arg(long, value_name = "NUMBER", help_heading = "What the file does not say")]
    slice: Option<usize>,
    /// Position (field of view) to read, counted from 1 in the order of the file [default: the only one]
    #[arg(long, value_name = "NUMBER", help_heading = "What the file does not say")]
    position: Option<usize>,
}

impl Movies {
    /// Opens them all and tells what their readers assumed.
    pub(crate) fn open(&self, console: &Console) -> Result<Vec<Video>> {
        let videos = self.open_untold()?;
        console.tell(videos.iter().flat_map(Video::cautions));
        Ok(videos)
    }

    /// Opens them all; their cautions are left to the caller.
    pub(crate) fn open_untold(&self) -> Result<Vec<Video>> {
        let options = OpenOptions::default()
            .axes(self.axes.clone())
            .frame_interval(self.frame_interval)
            .pixel_size(self.pixel_size)
            .exposure(self.exposure)
            .readout(self.readout)
            .channel(self.channel)
            .slice(self.slice)
            .position(self.position);
        interrupt::ending_at_once(|| open_all(&self.paths, &options))
    }
}
