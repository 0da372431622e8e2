//! Names what cautions speak of.

use crate::units::{Measured, RateUnit};
use serde::{Deserialize, Serialize};

/// A scale of a movie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scale {
    /// Time between the starts of two frames, in seconds.
    FrameInterval,
    /// Edge of a pixel, in micrometres.
    PixelSize,
}

impl Scale {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FrameInterval => "frame interval",
            Self::PixelSize => "pixel size",
        }
    }

    /// Its unit.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::FrameInterval => "s",
            Self::PixelSize => "um",
        }
    }

    /// The setting that states it.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::FrameInterval => "frame_interval",
            Self::PixelSize => "pixel_size",
        }
    }
}

/// Lines of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lines {
    /// Rows.
    Rows,
    /// Columns.
    Columns,
}

/// A change that all of a frame has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommonChange {
    /// A shift along the rows.
    Sideways,
    /// A shift along the columns.
    UpAndDown,
    /// A change of width.
    Focus,
}

impl CommonChange {
    /// How sentences name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sideways => "position along the rows",
            Self::UpAndDown => "position along the columns",
            Self::Focus => "focus",
        }
    }
}

/// What a file calls the pages of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PageName {
    /// Images, as ImageJ calls them before it knows more.
    Images,
    /// Slices (Z).
    Slices,
    /// Channels, more than a microscope has.
    Channels,
    /// Colours, of a picture whose rows were taken for frames.
    Colours,
    /// Nothing: the file does not say what they are.
    Unnamed,
}

/// The smallest rates that a set of movies would have shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectableRate {
    /// With the estimator as it is, in half of all cases; none where that is not known.
    pub rate: Option<f64>,
    /// The same in 95 % of all cases.
    pub in_95_percent: Option<f64>,
    /// With an exact estimator, in half of all cases.
    pub exact_estimator: f64,
    /// The same in 95 % of all cases.
    pub exact_estimator_in_95_percent: f64,
    /// Unit of both.
    pub unit: RateUnit,
}

/// Rates at two gaps between frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GapRates {
    /// The shorter gap, in frames.
    pub short_gap: usize,
    /// Rate at it.
    pub short_rate: Measured,
    /// The longer gap, in frames.
    pub long_gap: usize,
    /// Rate at it.
    pub long_rate: Measured,
}
