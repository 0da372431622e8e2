//! Draws results: plain numbers in, crisp SVG, PNG and GIF out.
//!
//! Every figure is a struct of borrowed data and labels with a `draw` method. Colours mean the same everywhere
//! ([`style`]); signed quantities are blue below zero and red-brown above, on a scale symmetric about zero.

mod amount;
mod axes;
mod colour_bar;
pub mod colour_map;
mod cumulative;
mod dissipation_map;
mod drawing;
mod frame_gap;
mod histogram;
mod outline;
mod overlay;
mod palette;
mod raster;
mod scatter;
mod score_curve;
pub mod style;
mod training_curve;
mod typesetting;

pub use amount::RateAgainstAmount;
pub use cumulative::CumulativeEntropyProduction;
pub use dissipation_map::{DissipationMapFigure, MapKind};
pub use drawing::Figure;
pub use frame_gap::RateAgainstFrameGap;
pub use histogram::{EntropyHistogram, LogRatio, log_ratios};
pub use overlay::{Overlay, Selection};
pub use scatter::Scatter;
pub use score_curve::{ScoreCurve, ScoreSeries};
pub use training_curve::TrainingCurve;

use cneep_movie::error::{Error, Fault, Result};

/// Refuses to draw a figure of nothing.
fn check_drawable(subject: &str, finite_count: usize, least: usize) -> Result<()> {
    if finite_count >= least {
        return Ok(());
    }
    Err(Error::Mismatch(Fault::new(
        subject,
        format!("at least {least} finite values to draw"),
        finite_count.to_string(),
        "Leave this figure out, or look for the reason in the data.",
    )))
}
