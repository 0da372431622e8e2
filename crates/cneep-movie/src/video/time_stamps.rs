//! Makes a frame interval and an exposure of the time stamps of single frames.

use crate::caution::{Caution, CautionKind};
use crate::units::Calibration;

/// An interval this much longer than the median is a gap.
const GAP: f64 = 1.5;
/// Scatter of the intervals, as a share of the median, from which it is told.
const JITTER: f64 = 0.05;
/// Share by which a stated interval may differ from what stamps say.
const AGREEMENT: f64 = 0.02;

/// What a file says of the times of single frames, in order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TimeStamps {
    /// When each frame was taken, in seconds; empty where not all are known.
    pub(super) moments: Vec<f64>,
    /// How long the shutter was open, in seconds, where it was the same for all.
    pub(super) exposure: Option<f64>,
}

impl TimeStamps {
    /// Of the stamps of all frames, each of which may lack either.
    pub(super) fn of(moments: &[Option<f64>], exposures: &[Option<f64>]) -> Self {
        let moments = moments.iter().copied().collect::<Option<Vec<f64>>>().unwrap_or_default();
        let exposure = exposures.first().copied().flatten();
        let same = exposures.iter().all(|other| match (other, exposure) {
            (Some(other), Some(exposure)) => (other - exposure).abs() <= 0.01 * exposure,
            _ => false,
        });
        Self { moments, exposure: exposure.filter(|exposure| same && *exposure > 0.0) }
    }

    /// Sets the scales of `calibration` that the stamps tell, and says what is amiss with them; `stated` is
    /// the frame interval that the user states.
    pub(super) fn apply(
        &self,
        name: &str,
        stated: Option<f64>,
        calibration: &mut Calibration,
    ) -> Vec<Caution> {
        let mut cautions = Vec::new();
        let mut tell = |kind| cautions.push(Caution::new(name, kind));
        let intervals: Vec<f64> = self.moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let moves = self.moments.iter().any(|moment| *moment != self.moments[0]);
        if let Some(at) = intervals.iter().position(|interval| *interval <= 0.0).filter(|_| moves) {
            tell(CautionKind::FrameTimesNotInOrder { frame: at + 1 });
        } else if let Some(median) = median(&intervals).filter(|median| *median > 0.0) {
            let missed = |interval: &&f64| **interval > GAP * median;
            let gaps = intervals.iter().filter(missed).count();
            let missing =
                intervals.iter().filter(missed).map(|gap| (gap / median).round() - 1.0).sum::<f64>();
            let regular: Vec<f64> =
                intervals.iter().filter(|i| !missed(i)).map(|i| (i / median - 1.0).powi(2)).collect();
            let jitter = (regular.iter().sum::<f64>() / regular.len().max(1) as f64).sqrt();
            if gaps > 0 || jitter > JITTER {
                let missing = missing.min(1e15) as u64;
                tell(CautionKind::UnevenTimeStamps { median, jitter, gaps, missing });
            }
            match calibration.frame_interval {
                Some(said) if (said - median).abs() > AGREEMENT * median => {
                    tell(CautionKind::IntervalsContradict { stated: said, measured: median });
                    calibration.frame_interval = Some(median);
                }
                Some(_) => {}
                None => calibration.frame_interval = Some(median),
            }
        }
        if let (Some(exposure), Some(interval)) = (self.exposure, stated.or(calibration.frame_interval)) {
            let share = exposure / interval;
            if share <= 1.0 + AGREEMENT {
                calibration.exposure = Some(share.min(1.0));
            } else {
                tell(CautionKind::ExposureBeyondInterval { exposure, interval });
            }
        }
        cautions
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(moments: &[f64], stated: Option<f64>) -> (Calibration, Vec<CautionKind>) {
        let mut calibration = Calibration { frame_interval: stated, ..Calibration::default() };
        let times = TimeStamps { moments: moments.to_vec(), exposure: Some(0.25) };
        let cautions = times.apply("a", None, &mut calibration);
        (calibration, cautions.into_iter().map(|caution| caution.kind).collect())
    }

    /// Catches a mean, which dropped frames pull up, and gaps that pass unseen.
    #[test]
    fn the_median_is_the_interval_and_gaps_are_counted() {
        let (calibration, cautions) = told(&[0.0, 0.5, 1.0, 2.5, 3.0, 3.5], None);
        assert_eq!((calibration.frame_interval, calibration.exposure), (Some(0.5), Some(0.5)));
        let expected = CautionKind::UnevenTimeStamps { median: 0.5, jitter: 0.0, gaps: 1, missing: 2 };
        assert_eq!(cautions, [expected]);
        assert_eq!(told(&[0.0, 0.5, 1.0], Some(0.5)).1, []);
        let (calibration, cautions) = told(&[0.0, 0.6, 1.2], Some(0.5));
        assert!((calibration.frame_interval.unwrap() - 0.6).abs() < 1e-12);
        assert!(matches!(cautions[..], [CautionKind::IntervalsContradict { .. }]));
    }

    #[test]
    fn stamps_that_run_backwards_or_stand_still_give_no_interval() {
        let (calibration, cautions) = told(&[0.0, 0.5, 0.25], None);
        assert_eq!(calibration.frame_interval, None);
        assert_eq!(cautions, [CautionKind::FrameTimesNotInOrder { frame: 2 }]);
        assert_eq!(told(&[0.0, 0.0, 0.0], None), (Calibration::default(), vec![]));
    }
}
