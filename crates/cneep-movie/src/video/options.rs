//! States what the file of a movie does not say, or says otherwise.

use super::axes::Axes;
use serde::{Deserialize, Serialize};

/// What the user states of a movie when its file does not, or says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenOptions {
    /// Order of the array's axes; `TYX` also says that the slices of a stack are moments in time.
    pub axes: Option<Axes>,
    /// Time between the starts of two consecutive frames, in seconds.
    pub frame_interval: Option<f64>,
    /// Edge of a pixel, in micrometres.
    pub pixel_size: Option<f64>,
    /// Share of the frame interval during which the shutter is open, 0 to 1.
    pub exposure: Option<f64>,
    /// Channel of a hyperstack to read, counted from 1 as Fiji shows it.
    pub channel: Option<usize>,
    /// Slice (Z) of a hyperstack to read, counted from 1 as Fiji shows it.
    pub slice: Option<usize>,
    /// Bytes of pixels that are held in memory, 2 GiB unless stated: beyond, frames stay in their file where its format allows.
    pub memory_limit: Option<u64>,
}
