//! Hands normalised windows of frames to the network, straight from the movies' own depth.

use super::normalisation::Normalisation;
use crate::transition::{Run, Transition};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use cneep_nn::{InputMap, Inputs};
use std::sync::{Mutex, PoisonError};

/// Frames in a transition, and pixels of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WindowShape {
    pub(super) window: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// Most frames in a transition, and most pixels along an edge of a frame and in all, that may be stated.
pub(super) const MOST_FRAMES: usize = 10_000;
pub(super) const MOST_PIXELS: usize = 1 << 20;
const MOST_PIXELS_OF_FRAME: usize = 1 << 32;

impl WindowShape {
    /// Refuses what no movie can have.
    ///
    /// # Errors
    /// [`Error::Setting`] naming what is out of range.
    pub(super) fn check(self) -> Result<()> {
        let Self { window, rows, columns } = self;
        let edges = 1..=MOST_PIXELS;
        let fits =
            edges.contains(&rows) && edges.contains(&columns) && rows * columns <= MOST_PIXELS_OF_FRAME;
        if fits && (2..=MOST_FRAMES).contains(&window) {
            return Ok(());
        }
        let expected = format!(
            "windows of 2 to {MOST_FRAMES} frames, each edge of 1 to {MOST_PIXELS} pixels, together at most \
             {MOST_PIXELS_OF_FRAME}"
        );
        let found = format!("windows of {window} frames of {rows} x {columns} pixels");
        Err(Error::Setting(Fault::new("frame", expected, found, "State the size of the frames as it is.")))
    }

    /// That of windows of `window` frames of the first of `videos`.
    pub(super) fn of(videos: &[Video], window: usize) -> Self {
        let (_, rows, columns) = videos[0].frames().shape();
        Self { window, rows, columns }
    }
}

/// A list of transitions of some movies, as input of a network: channel = frame of the window.
pub struct Windows<'a> {
    videos: &'a [Video],
    normalisation: Normalisation,
    window: usize,
    transitions: Vec<Transition>,
    /// The first frame that could not be read, while a network was fed.
    unread: Mutex<Option<Error>>,
}

impl<'a> Windows<'a> {
    /// The windows of `transitions`, each of `window` frames.
    pub fn new(
        videos: &'a [Video],
        normalisation: Normalisation,
        window: usize,
        transitions: Vec<Transition>,
    ) -> Self {
        Self { videos, normalisation, window, transitions, unread: Mutex::new(None) }
    }

    /// The windows of a run of consecutive transitions.
    pub fn of_run(videos: &'a [Video], normalisation: Normalisation, window: usize, run: &Run) -> Self {
        let transitions = run.starts.clone().map(|start| Transition { movie: run.movie, start }).collect();
        Self::new(videos, normalisation, window, transitions)
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.transitions.len()
    }

    /// The transition of one window.
    pub fn transition(&self, index: usize) -> Transition {
        self.transitions[index]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.transitions.is_empty()
    }

    /// The movies.
    pub fn videos(&self) -> &'a [Video] {
        self.videos
    }

    /// How pixels are normalised.
    pub fn normalisation(&self) -> Normalisation {
        self.normalisation
    }

    /// The windows as runs of consecutive transitions, in their order.
    pub fn runs(&self) -> impl Iterator<Item = Run> {
        let follows = |a: &Transition, b: &Transition| a.movie == b.movie && a.start + 1 == b.start;
        self.transitions
            .chunk_by(follows)
            .map(|run| Run { movie: run[0].movie, starts: run[0].start..run[0].start + run.len() })
    }

    /// What a network has made of these windows, unless one of their frames could not be read.
    ///
    /// # Errors
    /// That of the first frame that could not be read.
    pub fn checked<T>(&self, made: T) -> Result<T> {
        match self.unread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            None => Ok(made),
            Some(error) => Err(error),
        }
    }

    fn write_frame(&self, movie: usize, frame: usize, channel: usize, input: &mut InputMap) -> Result<()> {
        let frames = self.videos[movie].frames();
        let (_, rows, columns) = frames.shape();
        let (mean, std) = (self.normalisation.mean as f32, self.normalisation.std as f32);
        for row in 0..rows {
            let line = &mut input.row_mut(channel, row)[..columns];
            frames.read_block(frame, row..row + 1, 0..columns, line)?;
            for pixel in line {
                *pixel = (*pixel - mean) / std;
            }
        }
        Ok(())
    }
}

impl Inputs for Windows<'_> {
    fn write(&self, index: usize, input: &mut InputMap<'_>) {
        let Transition { movie, start } = self.transitions[index];
        for channel in 0..self.window {
            if let Err(error) = self.write_frame(movie, start + channel, channel, input) {
                self.unread.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    }
}
