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
mod conditions;
mod cumulative;
mod dissipation_map;
mod drawable;
mod drawing;
mod frame_gap;
mod histogram;
mod laid_over;
mod map_over_film;
mod outline;
mod outlined_text;
mod overlay;
mod palette;
mod raster;
mod rate_over_time;
mod rate_point;
mod scatter;
mod score_curve;
pub mod style;
mod training_curve;
mod typesetting;

pub use amount::RateAgainstAmount;
pub use colour::{Rgb, mix};
pub use conditions::ConditionsSideBySide;
pub use cumulative::CumulativeEntropyProduction;
pub use dissipation_map::{DissipationMapFigure, MapKind, Outlined};
pub use drawing::Figure;
pub use frame_gap::RateAgainstFrameGap;
pub use histogram::{EntropyHistogram, LogRatio, log_ratios};
pub use laid_over::{BRIGHTEST, CONSUMED, MOST_OPACITY, OPACITY_POWER, PRODUCED, laid_over};
pub use map_over_film::{MapOverFilm, MarkedPlace};
pub(crate) use outline::outlines;
pub use overlay::{Overlay, Selection};
pub(crate) use raster::encode_png;
pub use rate_over_time::RateOverTime;
pub use rate_point::RatePoint;
pub use scatter::Scatter;
pub use score_curve::{ScoreCurve, ScoreSeries};
pub use training_curve::TrainingCurve;
