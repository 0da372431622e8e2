//! Tells what a movie file holds before any of it is analysed.

use super::movies::Movies;
use clap::Args;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::units::to_digits;
use cneep_movie::video::{self, Depth, Inspection, Video};
use cneep_movie::{Caution, Result};
use serde::Serialize;
use std::fmt;

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
}

impl Inspect {
    /// Opens, looks, tells.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let videos = self.movies.open_untold()?;
        let (movies, cautions) = interrupt::ending_at_once(|| video::inspect_all(&videos))?;
        console.tell(movies.iter().flat_map(|movie| &movie.cautions).chain(&cautions));
        let movies = movies.into_iter().zip(&videos).map(|(inspection, video)| Movie::new(inspection, video));
        console.print(&Inspected { movies: movies.collect::<Result<_>>()?, cautions })
    }
}

/// What the movies hold.
#[derive(Debug, Serialize)]
struct Inspected {
    movies: Vec<Movie>,
    /// What only all movies together show.
    cautions: Vec<Caution>,
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
        self.movies.iter().try_for_each(|movie| describe(movie, f))
    }
}

fn describe(movie: &Movie, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (sha256, exposure) = (&movie.sha256, movie.exposure);
    let movie = &movie.inspection;
    let known =
        |scale: Option<f64>, unit| scale.map_or("not known".into(), |value| format!("{value} {unit}"));
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
    writeln!(f, "  frame interval  {}", known(movie.frame_interval, "s"))?;
    writeln!(f, "  pixel size      {}", known(movie.pixel_size, "um"))?;
    if let Some(exposure) = exposure {
        writeln!(f, "  exposure        {exposure:.4} of the frame interval")?;
    }
    writeln!(f, "  intensities     {} to {}, mean {:.2} counts", movie.minimum, movie.maximum, movie.mean)?;
    writeln!(f, "  saturated       {:.3} % of pixels", 100.0 * movie.saturated)?;
    writeln!(f, "  cut off at zero {:.3} % of pixels", 100.0 * movie.clipped)?;
    let chance = movie.brightness.drift_p_value.map_or_else(String::new, |p| format!(" (p = {p:.2})"));
    writeln!(f, "  brightness      changes by {drift} over the movie{chance}")?;
    writeln!(f, "  repeated frames {}", movie.duplicate_frames)?;
    writeln!(
        f,
        "  codec pattern   {}",
        movie.pattern.map_or("none".into(), |p| format!("every {} frames", p.period))
    )?;
    writeln!(f, "  pixels          SHA-256 {sha256}")
}
