//! States what an estimate shows: its rate, its lower bound, its test against equilibrium.

use super::detection_limit::DetectionLimit;
use super::result::EntropyProduction;
use super::role::Role;
use super::verdict::Significance;
use crate::statistics::{Block, BlockMean, MOST_BLOCKS, Segment, block_layout, sign_flip_p_value};
use cneep_movie::units::Measured;
use std::convert::Infallible;

/// All that an estimate shows, each number found once.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    pub(super) rate: Measured,
    pub(super) certified_bound: Option<Measured>,
    pub(super) cross_validated_bound: Option<Measured>,
    pub(super) fluctuation_theorem: Measured,
    pub(super) p_value: Option<f64>,
    pub(super) detection_limit: Option<DetectionLimit>,
    pub(super) significance: Significance,
}

impl Findings {
    /// Those of `entropy`.
    pub(super) fn of(entropy: &EntropyProduction) -> Self {
        let (rate, certified) = (entropy.mean_rate(), entropy.mean_certified_bound());
        let cross_validated = entropy.mean_cross_validated_bound();
        let bound = cross_validated.or(certified);
        let deciding = bound.map(|bound| entropy.as_rate(bound));
        let p_value = entropy.equilibrium_p_value();
        Self {
            rate: entropy.as_rate(rate),
            fluctuation_theorem: entropy.fluctuation_theorem(),
            detection_limit: bound.and_then(|bound| entropy.limit_of(rate, bound)),
            significance: Significance::of(p_value, deciding.as_ref()),
            certified_bound: certified.map(|bound| entropy.as_rate(bound)),
            cross_validated_bound: cross_validated.map(|bound| entropy.as_rate(bound)),
            p_value,
        }
    }
}

impl EntropyProduction {
    /// Mean entropy production rate over the stated transitions, with its standard error and 95 % interval.
    ///
    /// The stated transitions are the unseen ones if there are any, otherwise all: a network's
    /// values on the data that trained it lean upwards.
    pub fn rate(&self) -> Measured {
        self.as_rate(self.mean_rate())
    }

    /// The certified lower bound `1 + J` on the rate, `J = <dS - exp(-dS)>`, over held-out transitions, which
    /// had no part in any choice; none without them.
    ///
    /// It bounds what is produced while the frames of a transition are taken: their intervals, and the
    /// exposure of the first (frames taken for those of an instant if it is not known).
    pub fn certified_bound(&self) -> Option<Measured> {
        self.mean_certified_bound().map(|bound| self.as_rate(bound))
    }

    /// The same over all unseen transitions: out-of-fold ones had a part in choices that all folds share,
    /// such as the window, so that it certifies nothing. None if no transition is out-of-fold.
    pub fn cross_validated_bound(&self) -> Option<Measured> {
        self.mean_cross_validated_bound().map(|bound| self.as_rate(bound))
    }

    /// The bound over all unseen transitions: the cross-validated one if there is one, otherwise the
    /// certified one.
    pub fn bound(&self) -> Option<Measured> {
        self.cross_validated_bound().or_else(|| self.certified_bound())
    }

    /// Smallest rates that the unseen transitions could have shown; none without them, or if the estimate
    /// is constant.
    pub fn detection_limit(&self) -> Option<DetectionLimit> {
        let bound = self.mean_cross_validated_bound().or_else(|| self.mean_certified_bound());
        self.limit_of(self.mean_rate(), bound?)
    }

    /// The integral fluctuation theorem's `<exp(-dS)>` over the stated transitions: 1 when converged.
    pub fn fluctuation_theorem(&self) -> Measured {
        measured(BlockMean::of(&self.stated_blocks(|dissipated| (-dissipated).exp())), "")
    }

    /// Probability, under equilibrium, of block sums leaning as far to the positive as these do.
    ///
    /// One-sided sign-flip test over blocks of unseen transitions; none without them.
    pub fn equilibrium_p_value(&self) -> Option<f64> {
        (self.unseen_count() > 0).then(|| {
            let sums: Vec<f64> = self.stated_blocks(|dissipated| dissipated).iter().map(|b| b.sum).collect();
            sign_flip_p_value(&sums, 0)
        })
    }

    fn mean_rate(&self) -> BlockMean {
        let time = self.transition_time();
        BlockMean::of(&self.stated_blocks(|dissipated| dissipated / time))
    }

    fn mean_certified_bound(&self) -> Option<BlockMean> {
        self.mean_bound(&self.segments(|role| role == Role::HeldOut))
    }

    fn mean_cross_validated_bound(&self) -> Option<BlockMean> {
        let any = self.count_of(Role::OutOfFold) > 0;
        any.then(|| self.mean_bound(&self.segments(|role| role != Role::InSample))).flatten()
    }

    fn mean_bound(&self, segments: &[Segment]) -> Option<BlockMean> {
        let time = self.transition_time();
        let of = |dissipated| self.bound_of(dissipated) / time;
        (!segments.is_empty()).then(|| BlockMean::of(&self.blocks_of(segments, of)))
    }

    /// What a transition adds to the lower bound, in `k_B`.
    fn bound_of(&self, dissipated: f64) -> f64 {
        let intervals = (self.window - 1) as f64;
        let shown = intervals / (intervals + self.calibration.exposure.unwrap_or(0.0));
        shown * (1.0 + dissipated - (-dissipated).exp())
    }

    fn limit_of(&self, rate: BlockMean, bound: BlockMean) -> Option<DetectionLimit> {
        DetectionLimit::of(rate, bound, self.unseen_time(), self.calibration.rate_unit())
    }

    fn as_rate(&self, mean: BlockMean) -> Measured {
        measured(mean, self.calibration.rate_unit().symbol())
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
