//! Follows rate and bound along the gap between the frames that are compared.

use super::movies::Movies;
use super::results::{begin_anew, write_json};
use clap::Args;
use cneep::entropy_production::FrameGapCurve;
use cneep::estimator::{ComparisonSettings, Training, frame_gap_curve};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::caution::Caution;
use cneep_movie::units::to_digits;
use cneep_movie::video::refuse_copies;
use cneep_report::report::frame_gap_figure;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Estimate rate and bound with frames left out
///
/// Keeps every frame, every second, every fifth and so on, and estimates each such movie anew by principal
/// modes, on frames that they were not fitted to. A rate that still rises towards short gaps says that the
/// camera is too slow to show all dissipation; one that falls, that noise hides short motion. Writes
/// frame_gap.json and frame_gap.svg.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep frame-gap cell.tif --frame-interval 0.05 -o result/")]
pub(crate) struct FrameGap {
    #[command(flatten)]
    movies: Movies,
    /// Frames from one frame to the next that is kept
    #[arg(long, value_delimiter = ',', value_name = "FRAMES,..", default_value = "1,2,5,10,20")]
    gaps: Vec<usize>,
    /// Frames in a transition, of those that are kept
    #[arg(long, value_name = "FRAMES", default_value_t = 2)]
    window: usize,
    /// Seed of the split
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the results
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

impl FrameGap {
    /// Estimates at every gap, and writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let modes = Training::comparison(ComparisonSettings::of(&["modes"])?);
        let mut settings = modes.with_window(self.window).with_seed(self.seed);
        settings.split.test_fraction = 0.0;
        settings.check()?;
        let videos = self.movies.open(console)?;
        interrupt::ending_at_once(|| refuse_copies(&videos))?;
        let curve = frame_gap_curve(&videos, &self.gaps, &settings, console.progress())?;
        let last = self.output.join("frame_gap.json");
        begin_anew(&last)?;
        let time_symbol = videos[0].calibration().rate_unit().time_symbol();
        frame_gap_figure(&curve, time_symbol)?.write_svg(&self.output.join("frame_gap.svg"))?;
        write_json(&last, &curve)?;
        let cautions = curve.cautions();
        console.stages_end();
        let followed = Followed { curve, cautions };
        console.print(&followed)?;
        console.tell(&followed.cautions);
        Ok(())
    }
}

/// The curve in words.
#[derive(Serialize)]
struct Followed {
    #[serde(flatten)]
    curve: FrameGapCurve,
    cautions: Vec<Caution>,
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4} {:>10}  {:<24} lower bound", "gap", "interval", "rate")?;
        for point in &self.curve.points {
            let bound = point.bound.as_ref().map_or("none".into(), ToString::to_string);
            let (gap, interval, rate) = (point.gap, to_digits(point.interval, 4), point.rate.to_string());
            write!(f, "\n{gap:>4} {interval:>10}  {rate:<24} {bound}")?;
        }
        for left_out in &self.curve.left_out {
            write!(f, "\n{:>4} left out: {}", left_out.gap, left_out.reason)?;
        }
        Ok(())
    }
}
