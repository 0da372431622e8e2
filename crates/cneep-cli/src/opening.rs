//! Keeps how the movies of a run were opened: what later verbs need not be told.

use cneep_movie::Calibration;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Result};
use cneep_movie::input_file::read_text;
use cneep_movie::video::{Axes, Decoder, OpenOptions, Selection};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// File of a run that holds it.
const FILE: &str = "opening.json";

/// How the movies of a run were opened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opening {
    /// Order of the axes, if it was stated.
    pub axes: Option<Axes>,
    /// Channel that was read, counted from 1, if it was stated.
    pub channel: Option<usize>,
    /// Slice that was read, counted from 1, if it was stated.
    pub slice: Option<usize>,
    /// Position that was read, counted from 1, if it was stated.
    pub position: Option<usize>,
    /// Who decoded video.
    pub decoder: Decoder,
    /// What of the movies was analysed.
    pub selection: Selection,
    /// What was known of the scales.
    pub calibration: Calibration,
}

impl Opening {
    /// That of movies that were opened with `options`, of which this `calibration` is known.
    pub fn of(options: OpenOptions, calibration: Calibration) -> Self {
        let OpenOptions { axes, channel, slice, position, decoder, selection, .. } = options;
        Self { axes, channel, slice, position, decoder, selection, calibration }
    }

    /// That of the run in `run`; none if it was trained by something else than this program.
    pub fn of_run(run: &Path) -> Option<Self> {
        let text = read_text(&run.join(FILE), "how movies were opened").ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Keeps it beside the run in `run`.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written.
    pub fn keep(&self, run: &Path) -> Result<()> {
        let path = run.join(FILE);
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::writing(&path, e.into()))?;
        write_bytes(&path, &text)
    }
}
