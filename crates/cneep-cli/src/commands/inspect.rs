//! Tells what a movie file holds before any of it is analysed.

use super::movies::Movies;
use clap::Args;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::caution::CautionKind;
use cneep_movie::units::{duration_in_words, p_in_words, to_digits};
use cneep_movie::video::{self, Depth, Inspection, Video};
use cneep_movie::{Caution, Error, Result};
use cneep_report::film::FilmStrip;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Tell what movies hold, and what speaks against analysing them as they are
///
/// Shows size, depth, frame interval in seconds, pixel size in micrometres, intensities in counts, and looks
/// for bleaching, saturation, noise cut off at zero, repeated frames, and for traces of what the camera did:
/// rows read one by one, noise reduction, codecs, vibration, drift, a lamp that is not steady. Movies given
/// together show weaker traces. The movies must have one frame size.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep inspect cell.tif --frame-interval 0.05")]
pub(crate) struct Inspect {
    #[command(flatten)]
    movies: Movies,
    /// Write a few frames of the first movie side by side, as PNG; on a terminal they are shown as well
    #[arg(long, value_name = "inspect.png")]
    picture: Option<PathBuf>,
}

/// Frames that are shown side by side, in a file and on a terminal.
const PICTURES: [usize; 2] = [8, 5];

impl Inspect {
    /// Opens, looks, tells.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let videos = self.movies.open_once()?;
        let (movies, cautions) = interrupt::ending_at_once(|| video::inspect_all(&videos))?;
        let premises = video::premises(&videos);
        // Of movies that are looked at together it is told once, of all, that they are short.
        let mut told: Vec<Caution> = Vec::new();
        let of_movies = movies.iter().flat_map(|movie| &movie.cautions);
        told.extend(of_movies.filter(|of| !is_of_length(of)).chain(&cautions).cloned());
        told.extend(video::too_few_transitions(&videos));
        let paths = self.movies.paths().iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        let next = format!("next: cneep analyze {}", paths.join(" "));
        let movies = movies.into_iter().zip(&videos).map(|(inspection, video)| Movie::new(inspection, video));
        let movies = movies.collect::<Result<_>>()?;
        let shown = |width| Ok::<_, Error>(FilmStrip::of(&videos[0], PICTURES[1])?.to_terminal(width));
        let strip = console.picture_width().map(shown).transpose()?;
        if let Some(path) = &self.picture {
            write_bytes(path, &FilmStrip::of(&videos[0], PICTURES[0])?.to_png())?;
        }
        console.print(&Inspected { strip, premises, movies, cautions, next })?;
        console.tell(&told);
        Ok(())
    }
}

fn is_of_length(caution: &Caution) -> bool {
    matches!(caution.kind, CautionKind::TooFewTransitions { .. })
}

/// What the movies hold.
#[derive(Debug, Serialize)]
struct Inspected {
    /// Some frames, for a terminal.
    #[serde(skip)]
    strip: Option<String>,
    /// What an analysis would rest on, in one line.
    premises: String,
    movies: Vec<Movie>,
    /// What only all movies together show.
    cautions: Vec<Caution>,
    /// The command that goes on.
    next: String,
}

/// What one movie holds.
#[derive(Debug, Serialize)]
struct Movie {
    #[serde(flatten)]
    inspection: Inspection,
    /// Frames, rows, columns.
    shape: [usize; 3],
    /// Type of the pixels as they are kept, as NumPy names it.
    dtype: &'static str,
    /// SHA-256 of the pixels ([`Video::pixel_hash`]).
    sha256: String,
    /// Exposure time over frame interval, where known.
    exposure: Option<f64>,
}

impl Movie {
    fn new(inspection: Inspection, video: &Video) -> Result<Self> {
        let (frames, rows, columns) = video.frames().shape();
        let dtype = match video.frames().depth() {
            Depth::U8 => "uint8",
            Depth::U16 => "uint16",
            _ => "float32",
        };
        let (sha256, exposure) = (video.pixel_hash()?, video.calibration().exposure);
        Ok(Self { inspection, shape: [frames, rows, columns], dtype, sha256, exposure })
    }
}

impl fmt::Display for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.strip.as_deref().unwrap_or_default())?;
        writeln!(f, "{}", self.premises)?;
        self.movies.iter().try_for_each(|movie| describe(movie, f))?;
        writeln!(f, "{}", self.next)
    }
}

fn describe(movie: &Movie, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (sha256, exposure) = (&movie.sha256, movie.exposure);
    let movie = &movie.inspection;
    let known = |scale: Option<f64>, unit| {
        scale.map_or("not known".into(), |value| format!("{} {unit}", to_digits(value, 4)))
    };
    let drift =
        movie.brightness.relative_drift.map_or("none".into(), |drift| format!("{:+.2} %", 100.0 * drift));
    writeln!(f, "{}", movie.name)?;
    writeln!(
        f,
        "  frames          {} of {} x {} pixels, {}",
        movie.frames, movie.rows, movie.columns, movie.depth
    )?;
    if let Some(interval) = movie.frame_interval {
        writeln!(f, "  duration        {} s", to_digits(interval * movie.frames as f64, 6))?;
    }
    if let Some(size) = movie.pixel_size {
        let [rows, columns] = [movie.rows, movie.columns].map(|side| to_digits(side as f64 * size, 4));
        writeln!(f, "  field of view   {rows} x {columns} um")?;
    }
    writeln!(f, "  axes            {}", movie.axes)?;
    writeln!(f, "  frame interval  {}", movie.frame_interval.map_or("not known".into(), duration_in_words))?;
    writeln!(f, "  pixel size      {}", known(movie.pixel_size, "um"))?;
    if let Some(exposure) = exposure {
        writeln!(f, "  exposure        {exposure:.4} of the frame interval")?;
    }
    writeln!(f, "  intensities     {} to {}, mean {:.2} counts", movie.minimum, movie.maximum, movie.mean)?;
    writeln!(f, "  saturated       {:.3} % of pixels", 100.0 * movie.saturated)?;
    writeln!(f, "  cut off at zero {:.3} % of pixels", 100.0 * movie.clipped)?;
    let chance =
        movie.brightness.drift_p_value.map_or_else(String::new, |p| format!(" ({})", p_in_words(p, 1e-4)));
    writeln!(f, "  brightness      changes by {drift} over the movie{chance}")?;
    writeln!(f, "  repeated frames {}", movie.duplicate_frames)?;
    writeln!(
        f,
        "  codec pattern   {}",
        movie.pattern.map_or("none found".into(), |p| format!("every {} frames", p.period))
    )?;
    writeln!(f, "  pixels          SHA-256 {sha256}")
}
