//! Draws results: plain numbers in, crisp SVG, PNG and GIF out.
//!
//! Every figure is a struct of borrowed data and labels with a `draw` method. Colours mean the same
//! everywhere ([`style`]); signed quantities are blue below zero and red-brown above, on a scale symmetric
//! about zero.

mod amount;
mod axes;
mod colour;
mod colour_bar;
pub mod colour_map;
mod cumulative;
mod dissipation_map;
mod drawable;
mod drawing;
mod frame_gap;
mod histogram;
mod outline;
mod overlay;
mod palette;
mod raster;
mod rate_point;
mod scatter;
mod score_curve;
pub mod style;
mod training_curve;
mod typesetting;

pub use amount::RateAgainstAmount;
pub use colour::{Rgb, mix};
pub use cumulative::CumulativeEntropyProduction;
pub use dissipation_map::{DissipationMapFigure, MapKind, Outlined};
pub use drawing::Figure;
pub use frame_gap::RateAgainstFrameGap;
pub use histogram::{EntropyHistogram, LogRatio, log_ratios};
pub use overlay::{Overlay, Selection};
pub use rate_point::RatePoint;
pub use scatter::Scatter;
pub use score_curve::{ScoreCurve, ScoreSeries};
pub use training_curve::TrainingCurve;
