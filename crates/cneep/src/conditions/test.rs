//! Tests whether two conditions differ, by one estimator that knows nothing of conditions.

use super::units::{Unit, Units};
use crate::entropy_production::EntropyProduction;
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::series::student_factor;
use cneep_movie::units::Measured;
use serde::{Deserialize, Serialize};

/// What judged the movies of both conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Judge {
    /// One estimator that was trained on all movies together.
    CommonEstimator,
    /// The areas that principal components enclose in all other units.
    Areas,
}

/// A permutation test between two conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConditionTest {
    /// What judged.
    pub judge: Judge,
    /// What is exchanged.
    pub unit: Unit,
    /// Units of the control and of the other condition.
    pub units: [usize; 2],
    /// Two-sided p-value of the difference; absent if the estimator found nothing in any of the movies.
    pub p_value: Option<f64>,
    /// The least p-value that so few units allow.
    pub least_p_value: f64,
    /// Permutations counted.
    pub permutations: usize,
    /// Whether these are all that there are; otherwise they were drawn at random.
    pub is_exact: bool,
    /// Mean dS over time of either condition by the common estimator, each unit counted once, with the error
    /// of the scatter between units. It orders conditions, but is no rate of entropy production. Absent of
    /// pairs.
    pub scores: Option<[Measured; 2]>,
    /// What each unit of the control and of the other condition showed, in the same unit; of pairs their
    /// differences, in the first list.
    pub values: [Vec<f64>; 2],
    /// Difference of the scores, or mean difference of pairs, with its 95 % interval by Welch's or Student's
    /// law.
    pub difference: Measured,
}

impl ConditionTest {
    /// The test between the conditions of `units` of `entropy`, which was judged by a common estimator.
    pub fn of(entropy: &EntropyProduction, units: &Units) -> Self {
        Self::widened(entropy, units, 1.0)
    }

    /// The test by the clearer of two judges, the estimator that judged `common` and the `areas`: by that
    /// whose mean over all units stands farther above zero in its standard errors. The conditions have no
    /// part in that choice, so that it costs nothing.
    pub fn of_clearer(common: &EntropyProduction, areas: &EntropyProduction, units: &Units) -> Self {
        if common.is_zero() || units.clarity(areas) > units.clarity(common) {
            Self { judge: Judge::Areas, ..Self::of(areas, units) }
        } else {
            Self::of(common, units)
        }
    }

    /// The same, with statistics of permutations counted `widened` times: for judgements that share more than
    /// the scatter between units shows, as those by estimators of each condition's own.
    pub fn widened(entropy: &EntropyProduction, units: &Units, widened: f64) -> Self {
        let time = entropy.transition_time();
        let rates =
            units.means(|movie| entropy.movies[movie].values.iter().map(|value| value / time).collect());
        let tested = units.permutations.test(&rates, widened);
        let unit = entropy.calibration.rate_unit().symbol();
        let values = [false, true].map(|second| {
            let own = rates.iter().zip(&units.is_second).filter(|(_, of)| **of == second);
            own.map(|(rate, _)| *rate).collect::<Vec<_>>()
        });
        let (scores, difference) = if units.unit == Unit::Pairs {
            (None, Group::of(&rates).measured(unit))
        } else {
            let groups = values.each_ref().map(|values| Group::of(values));
            (Some(groups.map(|group| group.measured(unit))), welch(groups, unit))
        };
        let found_something = rates.iter().any(|rate| *rate != 0.0);
        Self {
            judge: Judge::CommonEstimator,
            unit: units.unit,
            units: units.counts(),
            p_value: found_something.then_some(tested.p_value),
            least_p_value: tested.least_p_value,
            permutations: units.permutations.count(),
            is_exact: units.permutations.is_exact,
            scores,
            values,
            difference,
        }
    }

    /// What a reader of the p-value must know.
    pub fn cautions(&self) -> Vec<Caution> {
        let [control, other] = self.units;
        let kind = match self.unit {
            Unit::Blocks => Some(CautionKind::RecordingsCompared { blocks: control + other }),
            Unit::Movies | Unit::Pairs if self.least_p_value > 0.01 => {
                Some(CautionKind::FewMoviesToTest { least_p_value: self.least_p_value })
            }
            Unit::Movies | Unit::Pairs => None,
        };
        kind.into_iter().map(|kind| Caution::new("test between conditions", kind)).collect()
    }
}

/// Mean of some numbers, its variance, and their number.
#[derive(Debug, Clone, Copy)]
struct Group {
    mean: f64,
    variance: Option<f64>,
    count: usize,
}

impl Group {
    fn of(values: &[f64]) -> Self {
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let variance = (count > 1).then(|| squares / (count - 1) as f64 / count as f64);
        Self { mean, variance, count }
    }

    fn measured(self, unit: &str) -> Measured {
        let interval = self.variance.map(|variance| {
            let reach = student_factor(self.count - 1, 0.05) * variance.sqrt();
            [self.mean - reach, self.mean + reach]
        });
        Measured::new(self.mean, self.variance.map(f64::sqrt), unit).with_interval(interval)
    }
}

/// Difference of two means with the degrees of freedom of Welch (1947, doi 10.1093/biomet/34.1-2.28).
fn welch([first, second]: [Group; 2], unit: &str) -> Measured {
    let difference = second.mean - first.mean;
    let (Some(a), Some(b)) = (first.variance, second.variance) else {
        return Measured::new(difference, None, unit);
    };
    let error = (a + b).sqrt();
    let degrees =
        (a + b).powi(2) / (a.powi(2) / (first.count - 1) as f64 + b.powi(2) / (second.count - 1) as f64);
    let degrees = if degrees.is_finite() { degrees.floor().max(1.0) as usize } else { 1 };
    let reach = student_factor(degrees, 0.05) * error;
    Measured::new(difference, Some(error), unit).with_interval(Some([difference - reach, difference + reach]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::{MovieEntropy, Role};
    use cneep_movie::units::Calibration;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Movies of out-of-fold transitions of unit time with these rates, of unit scatter and this memory:
    /// 2,000 of two movies, 400 of more.
    fn entropy(rates: &[f64], memory: f64, seed: u64) -> EntropyProduction {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let movie = |&rate: &f64| {
            let mut state = draw();
            let values: Vec<f64> = (0..if rates.len() > 2 { 400 } else { 2000 })
                .map(|_| {
                    state = memory * state + (1.0 - memory * memory).sqrt() * draw();
                    rate + state
                })
                .collect();
            MovieEntropy { roles: vec![Role::OutOfFold; values.len()], values, ..MovieEntropy::default() }
        };
        let calibration = Calibration { frame_interval: Some(1.0), ..Calibration::default() };
        EntropyProduction::new(2, calibration, rates.iter().map(movie).collect())
    }

    fn p_value(rates: &[f64], second: usize, memory: f64, seed: u64) -> f64 {
        let entropy = entropy(rates, memory, seed);
        let conditions: Vec<Option<usize>> =
            (0..rates.len()).map(|movie| Some(usize::from(movie >= rates.len() - second))).collect();
        let units = Units::of(&entropy, &conditions, None).unwrap();
        ConditionTest::of(&entropy, &units).p_value.unwrap()
    }

    /// 200 tests at 5 %: 10 expected, 2 to 19 within three standard deviations. Catches a test over
    /// neighbouring transitions, which share their memory: it would reject in two cases of three.
    #[test]
    fn one_movie_a_side_is_compared_by_blocks_longer_than_its_memory() {
        let rejected = (0..200).filter(|&seed| p_value(&[0.1, 0.1], 1, 0.9, seed) <= 0.05).count();
        assert!((2..=19).contains(&rejected), "{rejected}");
        assert!((0..50).all(|seed| p_value(&[0.0, 1.5], 1, 0.5, seed) <= 0.001));
    }

    /// Movies that differ by more than their transitions tell, 400 tests at 5 %: catches blocks taken for
    /// units where there are movies.
    #[test]
    fn several_movies_a_side_are_the_units() {
        let rejected = (0..400).filter(|&seed| {
            let mut random = ChaCha8Rng::seed_from_u64(1000 + seed);
            let rates: Vec<f64> = (0..12).map(|_| StandardNormal.sample(&mut random)).collect();
            p_value(&rates, 6, 0.0, seed) <= 0.05
        });
        let rejected = rejected.count();
        assert!((7..=33).contains(&rejected), "{rejected}");
    }

    /// Pairs that differ widely, and little within: catches pairs that are not taken together, or whose
    /// difference has the wrong sign, and pairs that are none.
    #[test]
    fn pairs_are_compared_within() {
        let rates: Vec<f64> = (0..8).map(f64::from).chain((0..8).map(|rate| f64::from(rate) + 0.5)).collect();
        let entropy = entropy(&rates, 0.0, 1);
        let conditions: Vec<Option<usize>> = (0..16).map(|movie| Some(usize::from(movie >= 8))).collect();
        let mut names: Vec<String> = (0..16).map(|movie| format!("cell {}", movie % 8)).collect();
        let test = |names: Option<&[String]>| {
            Units::of(&entropy, &conditions, names).map(|units| ConditionTest::of(&entropy, &units))
        };
        let paired = test(Some(&names)).unwrap();
        assert_eq!((paired.unit, paired.units, paired.p_value), (Unit::Pairs, [8, 8], Some(2.0 / 256.0)));
        assert!((paired.difference.value - 0.5).abs() < 0.1, "{paired:?}");
        let unpaired = test(None).unwrap();
        assert!(unpaired.unit == Unit::Movies && unpaired.p_value.unwrap() > 0.2, "{unpaired:?}");
        names[3] = "cell 4".into();
        assert!(test(Some(&names)).is_err());
    }

    /// Catches a p-value for movies in which nothing was found, and blocks that are too short to be
    /// independent.
    #[test]
    fn nothing_found_and_too_little_time_have_no_p_value() {
        let mut none = entropy(&[0.0, 0.0], 0.0, 1);
        none.movies.iter_mut().for_each(|movie| movie.values.fill(0.0));
        let conditions = [Some(0), Some(1)];
        let units = Units::of(&none, &conditions, None).unwrap();
        assert_eq!(ConditionTest::of(&none, &units).p_value, None);
        let slow = entropy(&[0.0, 0.0], 0.999, 1);
        assert!(Units::of(&slow, &conditions, None).is_err());
        assert!(Units::of(&none, &[Some(0), None], None).is_err());
    }
}
