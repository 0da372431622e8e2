//! Makes one frame interval of the times at which frames were taken or are shown.

use super::containers::playback;
use super::frames::Frames;
use super::movie::Video;
use crate::caution::{Caution, CautionKind};
use crate::error::Result;
use crate::units::Calibration;

/// Share of the interval by which single intervals may differ before it is told.
const UNEVEN: f64 = 0.02;

/// What times of frames say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FrameTimes {
    /// The interval in seconds: the mean of even ones, the median of others; none if it is not positive.
    pub(super) interval: Option<f64>,
    /// Shortest and longest interval, if they are not even.
    uneven: Option<(f64, f64)>,
}

impl FrameTimes {
    /// What rising times say, in ticks of which there are so many a second.
    pub(super) fn of(ticks: &[i64], ticks_per_second: f64) -> Self {
        let mut intervals: Vec<i64> = ticks.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        intervals.sort_unstable();
        let (Some(&shortest), Some(&longest)) = (intervals.first(), intervals.last()) else {
            return Self { interval: None, uneven: None };
        };
        let mean = ticks[ticks.len() - 1].saturating_sub(ticks[0]) as f64 / intervals.len() as f64;
        // A tick more or less is rounding.
        let even = longest.saturating_sub(shortest) as f64 <= (UNEVEN * mean).max(1.0);
        let interval = if even { mean } else { intervals[intervals.len() / 2] as f64 };
        let [interval, shortest, longest] =
            [interval, shortest as f64, longest as f64].map(|ticks| ticks / ticks_per_second);
        let interval = Some(interval).filter(|interval| (1e-12..1e12).contains(interval));
        Self { interval, uneven: (!even).then_some((shortest, longest)) }
    }

    /// Hands what must be said to `caution`.
    pub(super) fn caution(self, caution: &mut impl FnMut(CautionKind)) {
        if let (Some(median), Some((shortest, longest))) = (self.interval, self.uneven) {
            caution(CautionKind::UnevenFrameTimes { median, shortest, longest });
        }
    }

    /// The movie called `name` of `frames` that are shown at these times, of which `cautions` tell what else
    /// must be known.
    ///
    /// # Errors
    /// As [`Video::new`].
    pub(super) fn movie(self, name: &str, frames: Frames, mut cautions: Vec<Caution>) -> Result<Video> {
        let mut caution = |kind| cautions.push(Caution::new(name, kind));
        playback(self.interval, &mut caution);
        self.caution(&mut caution);
        let calibration = Calibration { frame_interval: self.interval, ..Calibration::default() };
        let mut video = Video::new(name, frames, calibration)?;
        video.cautions = cautions;
        Ok(video)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rounding to ticks that passes for a variable rate, a gap that does not, and a mean over gaps.
    #[test]
    fn times_rounded_to_ticks_are_even_and_gaps_are_not() {
        let thirtieths: Vec<i64> = (0..301).map(|k| (f64::from(k) * 1000.0 / 30.0).round() as i64).collect();
        let times = FrameTimes::of(&thirtieths, 1000.0);
        assert!((times.interval.unwrap() - 1.0 / 30.0).abs() < 1e-9 && times.uneven.is_none());
        let gap: Vec<i64> = (0..100).map(|k| if k > 50 { k + 3 } else { k }).map(|k| 512 * k).collect();
        let times = FrameTimes::of(&gap, 12_800.0);
        assert_eq!((times.interval, times.uneven), (Some(0.04), Some((0.04, 0.16))));
        assert_eq!(FrameTimes::of(&[1, 1], 1.0).interval, None);
    }
}
