//! Opens the movies named on the command line, with what the file, the user and the run know of them.

use super::run_folder;
use crate::quantity::{self, Exposure};
use clap::{Args, ValueEnum};
use cneep::estimator::RunRecord;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_cli::opening::Opening;
use cneep_movie::Calibration;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{Axes, Decoder, Field, OpenOptions, Selection, Video, named_by_files, open_all};
use std::path::{Path, PathBuf};

/// Movies, with what their files may not say.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Movies {
    /// Movies of one frame size: TIFF stacks (Fiji, OME, tifffile), .npy or .npz arrays, folders of PNG
    /// frames, HDF5 (file.h5:/group/movie), OME-Zarr, AVI, MP4, MOV, GIF, .seq, .cine; patterns such as
    /// 'cell_*.tif'
    #[arg(required = true, value_name = "MOVIE")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    scales: Scales,
}

// What files may not say. (No documentation comment: it would stand in for that of the verb.)
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What the file does not say")]
pub(crate) struct Scales {
    /// Time between the starts of two frames, such as 50ms, 0.05 (seconds) or 20fps [default: as the file or
    /// the run says; without it rates are per frame]
    #[arg(long, visible_alias = "interval", value_name = "TIME", allow_hyphen_values = true,
        value_parser = quantity::interval)]
    frame_interval: Option<f64>,
    /// Edge of a pixel, such as 0.1um or 100nm [default: as the file or the run says; without it lengths are
    /// in pixels]
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true, value_parser = quantity::length)]
    pixel_size: Option<f64>,
    /// How long the shutter is open: 45ms, or a share of the frame interval, 0 (an instant) to 1 (always
    /// open) [default: as an NPZ file or the run says, else not known]
    #[arg(long, value_name = "TIME|SHARE", allow_hyphen_values = true, value_parser = quantity::exposure)]
    exposure: Option<Exposure>,
    /// Time from the reading of the first row to that of the last over frame interval, 0 (global shutter) to
    /// 1 [default: as an NPZ file or the run says, else not known]
    #[arg(long, value_name = "SHARE")]
    readout: Option<f64>,
    /// Order of an array's axes, slowest first: T time, Y row, X column, M movie, C channel, Z slice, P
    /// position, such as YXT or TCYX; TYX says that all pages of a stack are moments in time [default: as the
    /// file or the run says]
    #[arg(long, value_name = "AXES", value_parser = Axes::parse)]
    axes: Option<Axes>,
    /// Channel to read, counted from 1 as in Fiji [default: that of the run, or the only one]
    #[arg(long, value_name = "NUMBER")]
    channel: Option<usize>,
    /// Slice (Z) to read, counted from 1 as in Fiji [default: that of the run, or the only one]
    #[arg(long, value_name = "NUMBER")]
    slice: Option<usize>,
    /// Position (field of view) to read, counted from 1 in the order of the file [default: that of the run,
    /// or the only one]
    #[arg(long, value_name = "NUMBER")]
    position: Option<usize>,
    /// Who decodes video [default: auto, or as the run was trained]
    #[arg(long, value_name = "WHO")]
    decoder: Option<Decoders>,
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

impl From<Decoders> for Decoder {
    fn from(who: Decoders) -> Self {
        match who {
            Decoders::Auto => Self::Automatic,
            Decoders::Own => Self::Own,
            Decoders::Ffmpeg => Self::Ffmpeg,
        }
    }
}

// What of the movies is analysed. (No documentation comment: it would stand in for that of the verb.)
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is analysed")]
struct Wanted {
    /// Frames to keep: the first, counted from 0, and the one behind the last, such as 100:5000 or 100:
    /// [default: all, or as the run was trained]
    #[arg(long, value_name = "FIRST:END", value_parser = frames)]
    frames: Option<(usize, Option<usize>)>,
    /// Keep one frame of so many
    #[arg(long, value_name = "FRAMES")]
    every: Option<usize>,
    /// Keep one field of interlaced frames: half of the rows, all recorded at once
    #[arg(long, value_name = "FIELD")]
    field: Option<Fields>,
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

/// Fields of interlaced frames.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Fields {
    /// Rows 0, 2, 4 and so on
    Top,
    /// Rows 1, 3, 5 and so on
    Bottom,
}

impl From<Fields> for Field {
    fn from(field: Fields) -> Self {
        match field {
            Fields::Top => Self::Top,
            Fields::Bottom => Self::Bottom,
        }
    }
}

impl Wanted {
    fn selection(&self) -> Selection {
        let mut wanted = Selection::default();
        (wanted.frames, wanted.every, wanted.crop, wanted.bin) =
            (self.frames, self.every, self.crop, self.bin);
        wanted.field = self.field.map(Field::from);
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

impl Scales {
    /// What of the movies was asked for.
    pub(crate) fn selection(&self) -> Selection {
        self.wanted.selection()
    }

    /// How movies with this `calibration` were opened.
    pub(crate) fn opening(&self, inherited: Option<&Opening>, calibration: Calibration) -> Opening {
        Opening::of(self.options(inherited), calibration)
    }

    fn options(&self, inherited: Option<&Opening>) -> OpenOptions {
        let of_run = inherited.cloned().unwrap_or_default();
        let stated = self.selection();
        let selection = if stated.is_all() { of_run.selection } else { stated };
        OpenOptions::default()
            .axes(self.axes.clone().or(of_run.axes))
            .frame_interval(self.frame_interval)
            .pixel_size(self.pixel_size)
            .exposure(self.exposure.and_then(|exposure| exposure.share(None)))
            .readout(self.readout)
            .channel(self.channel.or(of_run.channel))
            .slice(self.slice.or(of_run.slice))
            .position(self.position.or(of_run.position))
            .decoder(self.decoder.map_or(of_run.decoder, Decoder::from))
            .selection(selection)
    }

    /// Opens the movies at `paths`; what neither the options nor the files say is taken from `inherited`.
    pub(crate) fn open<P: AsRef<Path>>(&self, paths: &[P], inherited: Option<&Opening>) -> Result<Opened> {
        self.open_with(paths, inherited, &self.options(inherited))
    }

    fn open_with<P: AsRef<Path>>(
        &self,
        paths: &[P],
        inherited: Option<&Opening>,
        options: &OpenOptions,
    ) -> Result<Opened> {
        let videos = interrupt::ending_at_once(|| open_all(paths, options))?;
        let of_run = inherited.map_or_else(Calibration::default, |opening| opening.calibration);
        let mut taken = Vec::new();
        let mut with_scales = |video: Video| {
            let mut calibration = video.calibration();
            let mut take = |calibration: &mut Calibration, of_run: &Calibration| {
                for (_, words) in calibration.fill_from(of_run) {
                    if !taken.contains(&words) {
                        taken.push(words);
                    }
                }
            };
            // An exposure that is stated as a time is a share of the interval of the run.
            take(&mut calibration, &Calibration { exposure: None, readout: None, ..of_run });
            if let Some(exposure) = self.exposure {
                calibration.exposure = Some(exposure.share(calibration.frame_interval).ok_or_else(|| {
                    let remedy = "State the frame interval too, or the exposure as a share of it, 0 to 1.";
                    let fault = Fault::new(
                        video.name(),
                        "a frame interval, of which the exposure is a share",
                        "none",
                        remedy,
                    );
                    Error::Setting(fault.with_setting("frame_interval"))
                })?);
            }
            take(&mut calibration, &of_run);
            video.with_calibration(calibration)
        };
        let videos = videos.into_iter().map(&mut with_scales).collect::<Result<_>>()?;
        let videos = named_by_files(videos);
        Ok(Opened { videos, taken })
    }
}

/// Movies, and in words what was taken from the run.
pub(crate) struct Opened {
    pub(crate) videos: Vec<Video>,
    taken: Vec<String>,
}

impl Opened {
    /// The movies, after it is told what was taken from the run.
    pub(crate) fn told(self, console: &Console) -> Vec<Video> {
        if !self.taken.is_empty() {
            console.note(&format!("{}: as in the run", self.taken.join(", ")));
        }
        self.videos
    }
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
        self.scales.open(&self.paths, None).map(|opened| opened.videos)
    }

    /// Opens them all to be read once; their cautions are left to the caller.
    pub(crate) fn open_once(&self) -> Result<Vec<Video>> {
        let options = self.scales.options(None).read_once(true);
        self.scales.open_with(&self.paths, None, &options).map(|opened| opened.videos)
    }

    /// Opens them all for a run that keeps `selection` of its movies, unless another is stated; their
    /// cautions are left to the caller.
    pub(crate) fn open_for(&self, selection: &Selection) -> Result<Vec<Video>> {
        let opening = Opening { selection: selection.clone(), ..Opening::default() };
        self.scales.open(&self.paths, Some(&opening)).map(|opened| opened.videos)
    }

    /// Opens them all as those of the run in `run`; their cautions are left to the caller.
    pub(crate) fn open_as_in(&self, run: &Path, console: &Console) -> Result<Vec<Video>> {
        let opening = match Opening::of_run(run) {
            Some(opening) => opening,
            None => Opening { selection: RunRecord::read(run)?.selection, ..Opening::default() },
        };
        self.scales.open(&self.paths, Some(&opening)).map(|opened| opened.told(console))
    }

    /// Keeps how `videos`, which were opened by this, were opened, beside the run in `run`.
    pub(crate) fn keep_opening(&self, run: &Path, videos: &[Video]) -> Result<()> {
        let calibration = videos.first().map_or_else(Calibration::default, Video::calibration);
        self.scales.opening(None, calibration).keep(run)
    }

    /// The paths as they were named.
    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// What was stated of their scales.
    pub(crate) fn scales(&self) -> &Scales {
        &self.scales
    }

    /// The folder of the run at `run`, beside which these movies were named.
    pub(crate) fn run_at(&self, run: &Path) -> Result<PathBuf> {
        run_folder::find(run, &self.paths)
    }
}
