//! Compares each of several conditions with the first, their control.

use super::areas::Areas;
use super::difference_map::DifferenceMap;
use super::effect::Effect;
use super::shared_estimator::judged_by_common_estimator;
use super::test::ConditionTest;
use super::units::Units;
use crate::entropy_production::{EntropyProduction, Summary};
use crate::estimator::{Estimator, Training, TrainingRun};
use cneep_movie::caution::{Caution, Grade};
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::{Video, refuse_copies, together};

/// The movies of all conditions, judged by what knows nothing of conditions.
pub struct JudgedTogether {
    videos: Vec<Video>,
    /// Condition of each movie: 0 for the control.
    conditions: Vec<usize>,
    pairs: Option<Vec<String>>,
    estimator: Estimator,
    entropy: EntropyProduction,
    areas: Areas,
}

/// What one condition shows against the control.
pub struct Against {
    /// The effect, with intervals that agree with the test.
    pub effect: Effect,
    /// The test; absent if the training was stopped.
    pub test: Option<ConditionTest>,
    /// Where they differ; absent where nothing was found, and if the training was stopped.
    pub map: Option<DifferenceMap>,
    /// What a reader of the p-value must know.
    pub cautions: Vec<Caution>,
}

impl JudgedTogether {
    /// Judges the movies of all `conditions`, the control first, by one estimator of `run`, until `deadline`
    /// asks it to stop, and by areas. `pairs`, if any, has a name for every movie of all conditions, one
    /// after another: movies of the same name belong together.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for movies of different sizes or frame intervals, and for one that is a copy of
    /// another; [`Error::Stopped`] if that was asked for; as [`judged_by_common_estimator`].
    pub fn new(
        run: TrainingRun,
        conditions: &[Vec<Video>],
        pairs: Option<Vec<String>>,
        deadline: &dyn Progress,
        is_stopped: impl Fn() -> bool,
    ) -> Result<Self> {
        let videos = together(conditions.concat())?;
        refuse_copies(&videos)?;
        let (estimator, entropy) = judged_by_common_estimator(run, &videos, deadline)?;
        if is_stopped() {
            let left = "the comparison; what was fitted is kept where a folder was named for it";
            return Err(Error::stopped(left));
        }
        let of_condition = |(number, of): (usize, &Vec<Video>)| vec![number; of.len()];
        let numbers = conditions.iter().enumerate().flat_map(of_condition).collect();
        let areas = Areas::of(&videos)?;
        Ok(Self { videos, conditions: numbers, pairs, estimator, entropy, areas })
    }

    /// What condition number `condition`, from 1 on, shows against the control, by the `effect` of their own
    /// runs.
    ///
    /// # Errors
    /// As [`Units::of`] and [`DifferenceMap::of`].
    pub fn against(&self, condition: usize, effect: Effect, progress: &dyn Progress) -> Result<Against> {
        let side = |of: &usize| match *of {
            0 => Some(0),
            of if of == condition => Some(1),
            _ => None,
        };
        let sides: Vec<Option<usize>> = self.conditions.iter().map(side).collect();
        let units = Units::of(&self.entropy, &sides, self.pairs.as_deref())?;
        let test = ConditionTest::of_clearer(&self.entropy, &self.areas.judge(&self.entropy, &units), &units);
        let effect = match test.p_value {
            Some(p_value) => effect.agreeing_with(p_value),
            None => effect,
        };
        let cautions = test.cautions();
        let is_whole = !self.estimator.is_interrupted();
        let map = (is_whole && !self.entropy.is_zero())
            .then(|| DifferenceMap::of(&self.estimator, &self.videos, &units, progress))
            .transpose()?;
        Ok(Against { effect, test: is_whole.then_some(test), map, cautions })
    }

    /// The movies, those of the control first.
    pub fn videos(&self) -> &[Video] {
        &self.videos
    }

    /// What stopped the training before its end, if anything did.
    ///
    /// # Errors
    /// Whatever reading the movies fails with.
    pub fn cautions(&self) -> Result<Vec<Caution>> {
        let all = self.estimator.cautions(&self.videos)?;
        Ok(all.into_iter().filter(|of| of.kind.is_interruption()).collect())
    }
}

/// Settings for one estimator of all movies: those of the conditions' own runs if they are the same, but for
/// the test movies, which certify nothing here.
pub fn common_settings(of_conditions: &[&Training]) -> Training {
    let shared = of_conditions.split_first().filter(|(first, rest)| rest.iter().all(|of| of == *first));
    let mut settings = shared.map_or_else(Training::default, |(first, _)| (*first).clone());
    settings.split.test_fraction = 0.0;
    settings
}

/// What withdraws the verdict of the own run of a `condition`.
pub fn stops_of(condition: &str, summary: &Summary) -> Vec<Caution> {
    let stops = summary.cautions.iter().filter(|of| of.grade() == Grade::Stop);
    stops.map(|stop| Caution::new(format!("{condition}: {}", stop.subject), stop.kind.clone())).collect()
}
