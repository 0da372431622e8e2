//! Writes a movie as it was read, so that another program can check it.

use super::movies::Movies;
use clap::Args;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::video;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Write a movie as it was read
///
/// The pixels, frame interval and pixel size that all other commands would use, for a look in Fiji or Python,
/// or to bring a movie into a format that is read without decoding.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep convert cell.mp4 --frame-interval 0.05 -o cell.tif")]
pub(crate) struct Convert {
    #[command(flatten)]
    movies: Movies,
    /// File to write: .tif, .npy, .npz, .zarr, or a folder without extension for PNG frames; .npy and PNG
    /// hold no scales
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
}

impl Convert {
    /// Opens, writes, tells.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let videos = self.movies.open(console)?;
        interrupt::ending_at_once(|| video::write(&self.output, &videos))?;
        let (frames, rows, columns) = videos[0].frames().shape();
        let written = Written {
            output: self.output.clone(),
            movies: videos.len(),
            frames,
            rows,
            columns,
            depth: videos[0].frames().depth().to_string(),
        };
        console.print(&written)
    }
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    output: PathBuf,
    movies: usize,
    frames: usize,
    rows: usize,
    columns: usize,
    depth: String,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { output, movies, frames, rows, columns, depth } = self;
        let several = if *movies > 1 { format!("{movies} movies of ") } else { String::new() };
        write!(f, "{}: {several}{frames} frames of {rows} x {columns} pixels, {depth}", output.display())
    }
}
