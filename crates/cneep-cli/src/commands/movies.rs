//! Opens the movies named on the command line.

use clap::{Args, ValueEnum};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::video::{Axes, Decoder, OpenOptions, Selection, Video, open_all};
use std::path::PathBuf;

/// Movies, with what their files may not say.
#[derive(Debug, Args)]
pub(crate) struct Movies {
    /// Movies of one frame size: TIFF stacks (Fiji, OME, tifffile), .npy or .npz arrays, folders of PNG
    /// frames, HDF5 (file.h5:/group/movie), OME-Zarr, AVI, MP4, MOV, GIF, .seq, .cine
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
    /// Who decodes video
    #[arg(long, value_name = "WHO", default_value = "auto", help_heading = "What the file does not say")]
    decoder: Decoders,
    #[command(flatten)]
    wanted: Wanted,
}

/// Who decodes video.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Decoders {
    /// cneep, and ffmpeg what it does not decode, if it is installed
    Auto,
    /// cneep alone
    Own,
    /// The program ffmpeg
    Ffmpeg,
}

/// What of the movies is analysed.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is analysed")]
struct Wanted {
    /// Frames to keep: the first, counted from 0, and the one behind the last, such as 100:5000 or 100:
    /// [default:
    /// all, or as the run was trained]
    #[arg(long, value_name = "FIRST:END", value_parser = frames)]
    frames: Option<(usize, Option<usize>)>,
    /// Keep one frame of so many
    #[arg(long, value_name = "FRAMES")]
    every: Option<usize>,
    /// Part of the picture to keep: left edge, upper edge, width and height in pixels, as Fiji shows a
    /// rectangle
    #[arg(long, value_name = "X,Y,WIDTH,HEIGHT", value_parser = crop)]
    crop: Option<[usize; 4]>,
    /// Average squares of so many pixels
    #[arg(long, value_name = "PIXELS")]
    bin: Option<usize>,
    /// Region to keep: a mask of the frame's size (not 0 inside), or an ImageJ .roi or RoiSet.zip. All pixels
    /// outside have one value at all times
    #[arg(long, value_name = "FILE")]
    region: Option<PathBuf>,
    /// Divide each frame by a smooth curve through the brightness of all (bleaching): a polynomial of third
    /// order in time
    #[arg(long)]
    detrend: bool,
}

impl Wanted {
    fn selection(&self) -> Selection {
        let mut wanted = Selection::default();
        (wanted.frames, wanted.every, wanted.crop, wanted.bin) =
            (self.frames, self.every, self.crop, self.bin);
        (wanted.region, wanted.detrend) = (self.region.clone(), self.detrend);
        wanted
    }
}

/// `100:5000`, `100:` or `:5000`.
fn frames(text: &str) -> std::result::Result<(usize, Option<usize>), String> {
    let wrong = || format!("'{text}' is no range of frames such as 100:5000, 100: or :5000");
    let (first, end) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        number => number.parse().map(Some).map_err(|_| wrong()),
    };
    Ok((number(first)?.unwrap_or(0), number(end)?))
}

/// `10,20,64,64`.
fn crop(text: &str) -> std::result::Result<[usize; 4], String> {
    let numbers: std::result::Result<Vec<usize>, _> =
        text.split(',').map(|part| part.trim().parse()).collect();
    let wrong =
        || format!("'{text}' is not left edge, upper edge, width, height in pixels, such as 10,20,64,64");
    numbers.ok().and_then(|numbers| numbers.try_into().ok()).ok_or_else(wrong)
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
        self.open_for(&Selection::default())
    }

    /// Opens them all for a run that keeps `selection` of its movies, unless another is stated; their
    /// cautions
    /// are left to the caller.
    pub(crate) fn open_for(&self, selection: &Selection) -> Result<Vec<Video>> {
        let stated = self.wanted.selection();
        let selection = if stated.is_all() { selection.clone() } else { stated };
        let options = OpenOptions::default()
            .axes(self.axes.clone())
            .frame_interval(self.frame_interval)
            .pixel_size(self.pixel_size)
            .exposure(self.exposure)
            .readout(self.readout)
            .channel(self.channel)
            .slice(self.slice)
            .position(self.position)
            .selection(selection)
            .decoder(match self.decoder {
                Decoders::Auto => Decoder::Automatic,
                Decoders::Own => Decoder::Own,
                Decoders::Ffmpeg => Decoder::Ffmpeg,
            });
        interrupt::ending_at_once(|| open_all(&self.paths, &options))
    }
}
