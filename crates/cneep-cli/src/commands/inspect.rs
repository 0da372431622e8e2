//! Tells what a movie file holds before any of it is analysed.

use super::movies::Movies;
use clap::Args;
use cneep_cli::console::Console;
use cneep_movie::video::{self, Inspection};
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
        let (movies, cautions) = video::inspect_all(&videos)?;
        console.tell(movies.iter().flat_map(|movie| &movie.cautions).chain(&cautions));
        console.print(&Inspected { movies, cautions })
    }
}

/// What the movies hold.
#[derive(Debug, Serialize)]
struct Inspected {
    movies: Vec<Inspection>,
    /// What only all movies together show.
    cautions: Vec<Caution>,
}

impl fmt::Display for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.movies.iter().try_for_each(|movie| describe(movie, f))
    }
}

fn describe(movie: &Inspection, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    writeln!(f, "  axes            {}", movie.axes)?;
    writeln!(f, "  frame interval  {}", known(movie.frame_interval, "s"))?;
    writeln!(f, "  pixel size      {}", known(movie.pixel_size, "um"))?;
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
    )
}
