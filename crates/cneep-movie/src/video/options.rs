//! States what the file of a movie does not say, or says otherwise.

use super::axes::Axes;
use super::selection::Selection;
use crate::memory;
use serde::{Deserialize, Serialize};

/// Who decodes a movie in a container of video.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Decoder {
    /// This crate, and the program `ffmpeg` what it does not decode, if it is installed.
    #[default]
    Automatic,
    /// This crate alone.
    Own,
    /// The program `ffmpeg`, for every file.
    Ffmpeg,
}

/// What the user states of a movie when its file does not, or says otherwise.
///
/// ```
/// use cneep_movie::video::{Axes, OpenOptions};
///
/// let options = OpenOptions::default().axes(Axes::parse("TYX")?).frame_interval(0.05);
/// assert_eq!(options.frame_interval, Some(0.05));
/// # Ok::<(), cneep_movie::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Order of the array's axes; `TYX` also says that the slices of a stack are moments in time.
    pub axes: Option<Axes>,
    /// Time between the starts of two consecutive frames, in seconds.
    pub frame_interval: Option<f64>,
    /// Edge of a pixel, in micrometres.
    pub pixel_size: Option<f64>,
    /// Share of the frame interval during which the shutter is open, 0 to 1.
    pub exposure: Option<f64>,
    /// Share of the frame interval that passes from the reading of the first row to that of the last, 0 to 1.
    pub readout: Option<f64>,
    /// Channel of a hyperstack to read, counted from 1 as Fiji shows it.
    pub channel: Option<usize>,
    /// Slice (Z) of a hyperstack to read, counted from 1 as Fiji shows it.
    pub slice: Option<usize>,
    /// Position (field of view) to read of several, counted from 1.
    pub position: Option<usize>,
    /// What of the movies is analysed.
    #[serde(skip_serializing_if = "Selection::is_all")]
    pub selection: Selection,
    /// Who decodes a movie in a container of video.
    pub decoder: Decoder,
    /// Bytes of pixels that are held in memory, 512 MiB unless stated, or half of what is free if that is
    /// less: beyond, frames stay in their file where its format allows, or go to a temporary one. Where a
    /// part of them is selected, frames that can be read one by one stay in their file whatever they take.
    pub memory_limit: Option<u64>,
    /// Whether frames beyond the memory limit will be read once, in their order: those that can be decoded
    /// one by one then are when they are read, and do not go to a temporary file.
    #[serde(skip)]
    pub read_once: bool,
}

/// The memory limit unless one is stated.
const MOST_IN_MEMORY: u64 = 1 << 29;

impl OpenOptions {
    /// Most bytes that pixels may take in memory where they can stay on disk.
    pub(super) fn room(&self) -> u64 {
        self.memory_limit.unwrap_or_else(|| MOST_IN_MEMORY.min(memory::available().unwrap_or(u64::MAX) / 2))
    }

    /// The same of pixels that stand in the file as they are kept: none if a part of them is wanted.
    pub(super) fn raw_room(&self) -> u64 {
        if self.selection.is_all() { self.room() } else { 0 }
    }
}

/// Each states one thing and leaves the others; `None` states nothing.
impl OpenOptions {
    /// States the order of the array's axes.
    #[must_use]
    pub fn axes(self, axes: impl Into<Option<Axes>>) -> Self {
        Self { axes: axes.into(), ..self }
    }

    /// States the time between the starts of two consecutive frames, in seconds.
    #[must_use]
    pub fn frame_interval(self, frame_interval: impl Into<Option<f64>>) -> Self {
        Self { frame_interval: frame_interval.into(), ..self }
    }

    /// States the edge of a pixel, in micrometres.
    #[must_use]
    pub fn pixel_size(self, pixel_size: impl Into<Option<f64>>) -> Self {
        Self { pixel_size: pixel_size.into(), ..self }
    }

    /// States the share of the frame interval during which the shutter is open, 0 to 1.
    #[must_use]
    pub fn exposure(self, exposure: impl Into<Option<f64>>) -> Self {
        Self { exposure: exposure.into(), ..self }
    }

    /// States the share of the frame interval that passes from the reading of the first row to that of the
    /// last, 0 to 1.
    #[must_use]
    pub fn readout(self, readout: impl Into<Option<f64>>) -> Self {
        Self { readout: readout.into(), ..self }
    }

    /// Chooses a channel of a hyperstack, counted from 1.
    #[must_use]
    pub fn channel(self, channel: impl Into<Option<usize>>) -> Self {
        Self { channel: channel.into(), ..self }
    }

    /// Chooses a slice (Z) of a hyperstack, counted from 1.
    #[must_use]
    pub fn slice(self, slice: impl Into<Option<usize>>) -> Self {
        Self { slice: slice.into(), ..self }
    }

    /// Chooses a position (field of view), counted from 1.
    #[must_use]
    pub fn position(self, position: impl Into<Option<usize>>) -> Self {
        Self { position: position.into(), ..self }
    }

    /// States what of the movies is analysed.
    #[must_use]
    pub fn selection(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// States who decodes a movie in a container of video.
    #[must_use]
    pub fn decoder(self, decoder: Decoder) -> Self {
        Self { decoder, ..self }
    }

    /// Limits the bytes of pixels that are held in memory.
    #[must_use]
    pub fn memory_limit(self, memory_limit: impl Into<Option<u64>>) -> Self {
        Self { memory_limit: memory_limit.into(), ..self }
    }

    /// States whether frames will be read once, in their order.
    #[must_use]
    pub fn read_once(self, read_once: bool) -> Self {
        Self { read_once, ..self }
    }
}
