//! Tests whether two groups differ by exchanging which unit belongs to which.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Permutations drawn at random where there are too many to count.
const DRAWN: usize = 9999;
/// Permutations that are counted one by one.
const MOST_COUNTED: u64 = 20_000;
/// Units of a group from which on its scatter is worth dividing by.
const FEWEST_TO_STUDENTISE: usize = 3;

/// How units change places if there is no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Any unit might have been of either group; the flags tell those of the second.
    Groups,
    /// Two units of a pair might have changed places: each difference is as likely as its negative.
    Pairs,
}

/// Assignments of units to the second of two groups, or signs of pairs, the observed one first.
#[derive(Debug, Clone)]
pub(crate) struct Permutations {
    exchange: Exchange,
    /// One flag a unit: of the second group, or not turned round.
    assignments: Vec<Vec<bool>>,
    /// Whether all that there are stand here.
    pub(crate) is_exact: bool,
}

/// What a test by permutations finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Permuted {
    /// Two-sided p-value.
    pub(crate) p_value: f64,
    /// The least that these units allow, whatever they show.
    pub(crate) least_p_value: f64,
}

impl Permutations {
    /// Those of units of which `is_second` tells the second group; none unless both groups have a unit.
    pub(crate) fn of_groups(is_second: &[bool], seed: u64) -> Option<Self> {
        let count = is_second.iter().filter(|&&second| second).count();
        (count > 0 && count < is_second.len()).then(|| {
            let all = binomial(is_second.len(), count).filter(|&all| all <= MOST_COUNTED);
            let mut assignments = vec![is_second.to_vec()];
            if all.is_some() {
                let mut others = Vec::new();
                choose(is_second.len(), count, &mut Vec::new(), &mut others);
                assignments.extend(others.into_iter().filter(|other| other != is_second));
            } else {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let mut order = is_second.to_vec();
                assignments.extend((0..DRAWN).map(|_| {
                    order.shuffle(&mut random);
                    order.clone()
                }));
            }
            Self { exchange: Exchange::Groups, assignments, is_exact: all.is_some() }
        })
    }

    /// Those of `count` pairs; none without a pair.
    pub(crate) fn of_pairs(count: usize, seed: u64) -> Option<Self> {
        let all = 1_u64.checked_shl(u32::try_from(count).ok()?).filter(|&all| all <= MOST_COUNTED);
        (count > 0).then(|| {
            let assignments = if let Some(all) = all {
                (0..all).map(|of| (0..count).map(|pair| of >> pair & 1 == 0).collect()).collect()
            } else {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let drawn = (0..DRAWN).map(|_| (0..count).map(|_| random.random()).collect());
                std::iter::once(vec![true; count]).chain(drawn).collect()
            };
            Self { exchange: Exchange::Pairs, assignments, is_exact: all.is_some() }
        })
    }

    /// Number of assignments, the observed one with them.
    pub(crate) fn count(&self) -> usize {
        self.assignments.len()
    }

    /// Two-sided p-value of the difference between the means of two groups of `values`, or of the mean of
    /// the differences of pairs, in units of its own standard error: so the level holds, for many units, of
    /// groups of unequal scatter too, where only the means are equal (Janssen 1997, doi
    /// 10.1016/S0167-7152(97)00043-6; Chung and Romano 2013, doi 10.1214/13-AOS1090). Statistics of other
    /// assignments count `widened` times, for values whose scatter does not show all that they share.
    pub(crate) fn test(&self, values: &[f64], widened: f64) -> Permuted {
        let observed = self.statistic(values, &self.assignments[0]).abs();
        let least = observed * (1.0 - 1e-9);
        let others = &self.assignments[1..];
        let as_large =
            others.iter().filter(|of| widened * self.statistic(values, of).abs() >= least).count() + 1;
        let all = self.count() as f64;
        Permuted { p_value: as_large as f64 / all, least_p_value: self.least_p_value() }
    }

    /// The least p-value that any values could have. Groups of equal size have the mirrored assignment, which
    /// is as extreme; so have pairs.
    pub(crate) fn least_p_value(&self) -> f64 {
        let first = &self.assignments[0];
        let seconds = first.iter().filter(|&&second| second).count();
        let is_mirrored = self.is_exact && (self.exchange == Exchange::Pairs || 2 * seconds == first.len());
        if is_mirrored { 2.0 / self.count() as f64 } else { 1.0 / self.count() as f64 }
    }

    fn statistic(&self, values: &[f64], flags: &[bool]) -> f64 {
        match self.exchange {
            Exchange::Groups => of_groups(values, flags),
            Exchange::Pairs => of_pairs(values, flags),
        }
    }
}

/// Difference of the means of two groups over its standard error; the difference alone of few units.
fn of_groups(values: &[f64], is_second: &[bool]) -> f64 {
    let mut parts = [(0.0, 0.0, 0.0); 2];
    for (value, &second) in values.iter().zip(is_second) {
        let part = &mut parts[usize::from(second)];
        *part = (part.0 + 1.0, part.1 + value, part.2 + value * value);
    }
    let mean = |(count, sum, _): (f64, f64, f64)| sum / count;
    let variance = |(count, sum, squares): (f64, f64, f64)| {
        ((squares - sum * sum / count) / (count - 1.0)).max(0.0) / count
    };
    let difference = mean(parts[1]) - mean(parts[0]);
    if parts.iter().any(|part| part.0 < FEWEST_TO_STUDENTISE as f64) {
        return difference;
    }
    over(difference, variance(parts[0]) + variance(parts[1]))
}

/// Mean of signed differences over its standard error; the mean alone of few pairs.
fn of_pairs(values: &[f64], keeps_sign: &[bool]) -> f64 {
    let count = values.len() as f64;
    let sum: f64 =
        values.iter().zip(keeps_sign).map(|(value, &keeps)| if keeps { *value } else { -value }).sum();
    let squares: f64 = values.iter().map(|value| value * value).sum();
    if values.len() < FEWEST_TO_STUDENTISE {
        return sum / count;
    }
    over(sum / count, ((squares - sum * sum / count) / (count - 1.0)).max(0.0) / count)
}

fn over(difference: f64, variance: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / variance.sqrt() }
}

/// All ways to choose `count` of `number` units.
fn choose(number: usize, count: usize, chosen: &mut Vec<bool>, all: &mut Vec<Vec<bool>>) {
    if chosen.len() == number {
        all.push(chosen.clone());
        return;
    }
    let left = number - chosen.len();
    for second in [false, true] {
        if (second && count > 0) || (!second && count < left) {
            chosen.push(second);
            choose(number, count - usize::from(second), chosen, all);
            chosen.pop();
        }
    }
}

/// Number of ways to choose `count` of `number`; none beyond 64 bits.
fn binomial(number: usize, count: usize) -> Option<u64> {
    (0..count as u64)
        .try_fold(1_u64, |ways, place| ways.checked_mul(number as u64 - place).map(|ways| ways / (place + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    fn flags(first: usize, second: usize) -> Vec<bool> {
        (0..first + second).map(|unit| unit >= first).collect()
    }

    /// Catches an assignment that is counted twice or not at all, and a least p-value that no data reach.
    #[test]
    fn separated_groups_reach_the_least_p_value() {
        for (first, second, least) in [(4, 4, 2.0 / 70.0), (3, 5, 1.0 / 56.0), (1, 1, 1.0), (2, 1, 1.0 / 3.0)]
        {
            let all = Permutations::of_groups(&flags(first, second), 0).unwrap();
            let values: Vec<f64> = (0..first + second)
                .map(|unit| if unit < first { 0.01 * unit as f64 } else { 5.0 + 0.01 * unit as f64 })
                .collect();
            let found = all.test(&values, 1.0);
            assert!(
                all.is_exact && (found.least_p_value - least).abs() < 1e-12,
                "{first} {second}: {found:?}"
            );
            assert!((found.p_value - least).abs() < 1e-12, "{first} {second}: {found:?}");
        }
        let pairs = Permutations::of_pairs(5, 0).unwrap();
        assert_eq!(pairs.test(&[1.0, 1.1, 0.9, 1.2, 1.3], 1.0).p_value, 2.0 / 32.0);
        assert!(
            Permutations::of_groups(&[true, true], 0).is_none() && Permutations::of_pairs(0, 0).is_none()
        );
    }

    /// Two groups of one mean, of unequal size and unequal scatter, 400 tests at 5 %: 20 expected, 7 to 33
    /// within three standard deviations. Catches a difference that is not divided by its error: with three
    /// times the scatter in the smaller group it is rejected in one case of five.
    #[test]
    fn the_level_is_held_and_a_difference_is_found() {
        let rejections = |shift: f64, scatter: f64| {
            let p_value = |seed: u64| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
                let values: Vec<f64> =
                    (0..24).map(|unit| if unit < 16 { draw() } else { shift + scatter * draw() }).collect();
                Permutations::of_groups(&flags(16, 8), seed).unwrap().test(&values, 1.0).p_value
            };
            (0..400).filter(|&seed| p_value(seed) <= 0.05).count()
        };
        for scatter in [1.0, 3.0] {
            let false_alarms = rejections(0.0, scatter);
            assert!((7..=33).contains(&false_alarms), "{scatter}: {false_alarms}");
        }
        assert!(rejections(2.0, 1.0) > 380);
    }
}
