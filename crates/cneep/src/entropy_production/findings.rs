//! States what an estimate shows: its rate, its lower bound, its test against equilibrium.

use super::agreement::{Fold, birge_ratio, fold_dependence, shared_variance};
use super::certifiable::Certifiable;
use super::detection_limit::DetectionLimit;
use super::result::EntropyProduction;
use super::role::Role;
use super::scaled_bound::{clip_limit, scaled_bound};
use crate::statistics::{
    Block, BlockMean, MOST_BLOCKS, Segment, block_layout, jackknife_error, sign_flip_p_value,
};
use cneep_movie::units::Measured;
use std::convert::Infallible;

/// All that an estimate shows, each number found once.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    /// The mean rate before scatter between fits widens its error.
    pub(super) mean_rate: BlockMean,
    pub(super) rate: Measured,
    pub(super) certified_bound: Option<Measured>,
    pub(super) cross_validated_bound: Option<Measured>,
    pub(super) fluctuation_theorem: Measured,
    pub(super) p_value: Option<f64>,
    pub(super) detection_limit: Option<DetectionLimit>,
}

impl Findings {
    /// Those of `entropy`.
    pub(super) fn of(entropy: &EntropyProduction) -> Self {
        let (mean_rate, bounding) = (entropy.mean_rate(), entropy.bounding());
        let certified = bounding.mean_certified_bound();
        let cross_validated = bounding.mean_cross_validated_bound();
        let deciding = cross_validated.or(certified);
        Self {
            mean_rate,
            rate: entropy.widened(mean_rate),
            fluctuation_theorem: entropy.fluctuation_theorem(),
            detection_limit: deciding.map(|bound| bounding.limit_of(bounding.mean_rate(), bound)),
            certified_bound: certified.map(|bound| bounding.as_rate(bound)),
            cross_validated_bound: cross_validated.map(|bound| bounding.as_rate(bound)),
            p_value: entropy.equilibrium_p_value(),
        }
    }

    /// The bound that decides whether dissipation is claimed.
    pub(super) fn bound(&self) -> Option<&Measured> {
        self.cross_validated_bound.as_ref().or(self.certified_bound.as_ref())
    }
}

impl EntropyProduction {
    /// Mean entropy production rate over the stated transitions, with its standard error and 95 % interval.
    ///
    /// The stated transitions are the unseen ones if there are any, otherwise all: a network's
    /// values on the data that trained it lean upwards. The interval is that of the mean of this estimator,
    /// not of the true rate, of which it misses what noise and shrinkage hide. Scatter between the folds of a
    /// comparison widens it: of members that judge the same movies by the jackknife; of folds that judge each
    /// other by the Birge ratio, or by what their sums share where that is more. An estimate of zero has no
    /// error.
    pub fn rate(&self) -> Measured {
        self.widened(self.mean_rate())
    }

    /// The `mean` rate with what scatter between fits adds to its error.
    fn widened(&self, mean: BlockMean) -> Measured {
        let Some(error) = mean.standard_error.filter(|&error| error > 0.0) else { return self.as_rate(mean) };
        let widened = if let Some(between) = jackknife_error(&self.fit.member_means) {
            error.hypot(between / self.transition_time()) / error
        } else {
            let folds = self.folds();
            let scatter = birge_ratio(&folds, error * self.transition_time()).unwrap_or(1.0);
            scatter.max(shared_variance(&folds, self.fit.reliability.unwrap_or(1.0)).sqrt())
        };
        let widen = |end: f64| mean.value + widened * (end - mean.value);
        self.as_rate(BlockMean {
            standard_error: Some(widened * error),
            confidence_interval: mean.confidence_interval.map(|ends| ends.map(widen)),
            ..mean
        })
    }

    /// Whether all stated transitions have an estimate of exactly zero: nothing was found.
    pub fn is_zero(&self) -> bool {
        self.stated_values().iter().all(|value| *value == 0.0)
    }

    /// The certified lower bound on the rate over held-out transitions, which had no part in any choice; none
    /// without them, or if nothing was found in them while something was in others. It is
    /// `1 + <a dS> - <exp(-a dS)>` with the scale a of [`super::FitQuality`], chosen on training movies, and
    /// a dS clipped where one transition would move the last mean by 1/30, at 2.5 `k_B` or more.
    ///
    /// It bounds what is produced while the frames of a transition are taken: their intervals, and the
    /// exposure of the first (frames taken for those of an instant if it is not known).
    pub fn certified_bound(&self) -> Option<Measured> {
        let bounding = self.bounding();
        bounding.mean_certified_bound().map(|bound| bounding.as_rate(bound))
    }

    /// The same over all unseen transitions: out-of-fold ones had a part in choices that all folds share,
    /// such as the window, so that it certifies nothing. None if no transition is out-of-fold.
    pub fn cross_validated_bound(&self) -> Option<Measured> {
        let bounding = self.bounding();
        bounding.mean_cross_validated_bound().map(|bound| bounding.as_rate(bound))
    }

    /// The bound over all unseen transitions: the cross-validated one if there is one, otherwise the
    /// certified one.
    pub fn bound(&self) -> Option<Measured> {
        self.cross_validated_bound().or_else(|| self.certified_bound())
    }

    /// Smallest rates that the unseen transitions could have shown; none without them.
    pub fn detection_limit(&self) -> Option<DetectionLimit> {
        let bounding = self.bounding();
        let bound = bounding.mean_cross_validated_bound().or_else(|| bounding.mean_certified_bound())?;
        Some(bounding.limit_of(bounding.mean_rate(), bound))
    }

    fn limit_of(&self, rate: BlockMean, bound: BlockMean) -> DetectionLimit {
        let (time, unit) = (self.unseen_time(), self.calibration.rate_unit());
        if self.is_zero() {
            let per_time = |(bound, error): (f64, f64)| {
                let interval = self.calibration.interval_or_frame();
                (bound / interval, error / interval)
            };
            return DetectionLimit::of_nothing(self.fit.rejected_bound.map(per_time), time, unit);
        }
        DetectionLimit::of(rate, bound, time, unit)
    }

    /// The integral fluctuation theorem's `<exp(-dS)>` over the stated transitions: 1 when converged.
    pub fn fluctuation_theorem(&self) -> Measured {
        measured(BlockMean::of(&self.bounding().stated_blocks(|dissipated| (-dissipated).exp())), "")
    }

    /// Probability, under equilibrium, of block sums leaning as far to the positive as these do.
    ///
    /// One-sided sign-flip test over blocks of unseen transitions; none without them, or if all of them have
    /// an estimate of zero. Folds that judge each other are not independent: flipped sums are widened by what
    /// they share.
    pub fn equilibrium_p_value(&self) -> Option<f64> {
        let bounding = self.bounding();
        (bounding.unseen_count() > 0 && !bounding.is_zero()).then(|| {
            let blocks = bounding.stated_blocks(|dissipated| dissipated);
            let sums: Vec<f64> = blocks.iter().map(|block| block.sum).collect();
            sign_flip_p_value(&sums, fold_dependence(&bounding.folds()).sqrt(), 0)
        })
    }

    /// The folds whose stated transitions one member alone judges.
    pub(super) fn folds(&self) -> Vec<Fold> {
        let mut folds: Vec<Fold> = Vec::new();
        for Segment { series, range } in self.stated_segments() {
            let movie = &self.movies[series];
            for place in range {
                let Some(fold) = movie.folds.get(place).copied().flatten() else { continue };
                if folds.len() <= fold {
                    folds.resize(fold + 1, Fold::default());
                }
                folds[fold].add(movie.values[place]);
            }
        }
        folds.retain(|fold| fold.count > 0.0);
        folds
    }

    /// Mean rate over both halves of the blocks of the stated transitions, in their order; none of fewer than
    /// eight blocks.
    pub(super) fn halves(&self) -> Option<[Measured; 2]> {
        let time = self.transition_time();
        let blocks = self.stated_blocks(|dissipated| dissipated / time);
        let (first, second) = blocks.split_at(blocks.len() / 2);
        (blocks.len() >= 8).then(|| [first, second].map(|half| self.as_rate(BlockMean::of(half))))
    }

    /// How large dS of the stated transitions is beside what their number can tell.
    pub(crate) fn certifiable(&self) -> Certifiable {
        Certifiable::of(&self.stated_values(), self.fit.bound_scale)
    }

    fn mean_rate(&self) -> BlockMean {
        let time = self.transition_time();
        BlockMean::of(&self.stated_blocks(|dissipated| dissipated / time))
    }

    fn mean_certified_bound(&self) -> Option<BlockMean> {
        let held_out = self.segments(|role| role == Role::HeldOut);
        // A sum of no weight in all, which yet has one on a fold, says nothing of what is held out.
        let is_zero =
            |of: &Segment| self.movies[of.series].values[of.range.clone()].iter().all(|v| *v == 0.0);
        if held_out.iter().all(is_zero) && !self.is_zero() {
            return None;
        }
        self.mean_bound(&held_out)
    }

    fn mean_cross_validated_bound(&self) -> Option<BlockMean> {
        let any = self.count_of(Role::OutOfFold) > 0;
        any.then(|| self.mean_bound(&self.segments(|role| role != Role::InSample))).flatten()
    }

    fn mean_bound(&self, segments: &[Segment]) -> Option<BlockMean> {
        let (share, scale) = (self.shown_share() / self.transition_time(), self.fit.bound_scale);
        let limit = clip_limit(segments.iter().map(|segment| segment.range.len()).sum());
        let of = |dissipated| share * scaled_bound(dissipated, scale, limit);
        (!segments.is_empty()).then(|| BlockMean::of(&self.blocks_of(segments, of)))
    }

    /// Share of the time in which the frames of a transition gather light that lies between their starts:
    /// what a bound is multiplied by.
    pub(super) fn shown_share(&self) -> f64 {
        let intervals = (self.window - 1) as f64;
        intervals / (intervals + self.calibration.exposure.unwrap_or(0.0))
    }

    fn as_rate(&self, mean: BlockMean) -> Measured {
        let unit = self.calibration.rate_unit().symbol();
        if self.is_zero() { Measured::new(mean.value, None, unit) } else { measured(mean, unit) }
    }

    /// Blocks of `of(dS)` over the stated transitions.
    fn stated_blocks(&self, of: impl Fn(f64) -> f64) -> Vec<Block> {
        self.blocks_of(&self.stated_segments(), of)
    }

    /// Blocks of `of(dS)` over the transitions of `segments`.
    fn blocks_of(&self, segments: &[Segment], of: impl Fn(f64) -> f64) -> Vec<Block> {
        let values = |segment: &Segment| self.movies[segment.series].values[segment.range.clone()].iter();
        let of_segment = |segment: &Segment| Ok::<_, Infallible>(values(segment).map(|&v| of(v)).collect());
        let Ok(layout) = block_layout(segments, MOST_BLOCKS, of_segment);
        let block = |segments: &Vec<Segment>| Block {
            sum: segments.iter().flat_map(values).map(|&value| of(value)).sum(),
            count: segments.iter().map(|segment| segment.range.len()).sum::<usize>() as f64,
        };
        layout.iter().map(block).collect()
    }
}

fn measured(mean: BlockMean, unit: &str) -> Measured {
    Measured::new(mean.value, mean.standard_error, unit).with_interval(mean.confidence_interval)
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::gaussian;
    use super::*;

    /// Catches a certificate of zero, without an error, where a sum has no weight on what is held out.
    #[test]
    fn nothing_in_held_out_transitions_is_no_certificate() {
        let mut entropy = gaussian(12, 100, 0.1, 0.0, 1);
        entropy.movies[1..].iter_mut().for_each(|movie| movie.roles.fill(Role::OutOfFold));
        assert!(entropy.certified_bound().is_some());
        entropy.movies[0].values.fill(0.0);
        assert!(entropy.certified_bound().is_none() && entropy.cross_validated_bound().is_some());
        entropy.movies.iter_mut().for_each(|movie| movie.values.fill(0.0));
        assert!(entropy.certified_bound().is_some_and(|bound| bound.standard_error.is_none()));
    }
}
