//! Follows the rate along one movie, and finds where it changes.

use super::result::{EntropyProduction, MovieEntropy};
use super::role::Role;
use crate::statistics::{Segment, equal_parts};
use cneep_movie::series::{block_length, integrated_correlation_time};
use cneep_movie::units::Measured;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Stretches of time at most: more cannot be told apart on a page.
const MOST_STRETCHES: usize = 60;
/// Blocks among which changes are looked for, at most.
const MOST_BLOCKS: usize = 400;
/// Blocks on either side of a change at least.
const FEWEST_BLOCKS: usize = 3;
/// Probability, without any change, of finding one in a stretch of time.
const LEVEL: f64 = 0.01;
/// Parts in which the memory is looked for, at most, and transitions of each at least.
const MOST_PARTS: usize = 7;
const SHORTEST_PART: usize = 128;
/// Orders of the blocks that are drawn.
const ORDERS: usize = 999;

/// The rate in one stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateInStretch {
    /// Beginning, in seconds, or frames where the frame interval is not known.
    pub start: f64,
    /// End.
    pub end: f64,
    /// Mean rate, with error and 95 % interval from the scatter inside the stretch and its memory. Of many
    /// stretches one in twenty lies outside.
    pub rate: Measured,
}

/// A time at which the rate changes beyond chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangePoint {
    /// When, in seconds, or frames where the frame interval is not known; it is known to a block of time.
    pub time: f64,
    /// Probability of as clear a change of blocks in any order.
    pub p_value: f64,
    /// Mean rate before it, since the last change or the beginning.
    pub before: f64,
    /// Mean rate behind it, until the next change or the end.
    pub after: f64,
}

/// The rate along one movie, over its unseen transitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateInTime {
    /// What the movie is called.
    pub movie: String,
    /// Stretches of time that are longer than the correlation time, in order.
    pub stretches: Vec<RateInStretch>,
    /// Changes of the rate, in order of time.
    pub change_points: Vec<ChangePoint>,
    /// Integrated correlation time, in the unit of the times.
    pub correlation_time: f64,
}

impl EntropyProduction {
    /// The rate along the movie `index`; none if fewer than 16 of its transitions are unseen.
    ///
    /// Changes are found by binary segmentation: where a step explains most of the scatter of blocks of time,
    /// it is compared with the same of these blocks in random order; parts on either side of one that is
    /// found are searched in turn (Scott and Knott 1974, doi 10.2307/2529204; cumulative sums as in Page
    /// 1954, doi 10.1093/biomet/41.1-2.100).
    pub fn rate_in_time(&self, index: usize) -> Option<RateInTime> {
        let movie = &self.movies[index];
        let segments: Vec<Segment> = self
            .segments(|role| role != Role::InSample)
            .into_iter()
            .filter(|segment| segment.series == index)
            .collect();
        let count: usize = segments.iter().map(|segment| segment.range.len()).sum();
        if count < 16 {
            return None;
        }
        let longest = segments.iter().max_by_key(|segment| segment.range.len())?;
        let memory = memory_in_parts(&movie.values[longest.range.clone()]);
        let length = block_length(memory, count);
        let cut = |most: usize| -> Vec<Range<usize>> {
            let length = length.max(count.div_ceil(most));
            segments.iter().flat_map(|segment| equal_parts(segment, length)).map(|part| part.range).collect()
        };
        let (interval, time) = (self.calibration.interval_or_frame(), self.transition_time());
        let blocks = cut(MOST_BLOCKS);
        let means: Vec<f64> = blocks.iter().map(|range| mean(&movie.values[range.clone()])).collect();
        let changes = changes(&means);
        let ends: Vec<usize> = changes.iter().map(|change| change.0).chain([means.len()]).collect();
        let change_points = changes.iter().enumerate().map(|(place, &(block, p_value))| {
            let before = if place == 0 { 0 } else { changes[place - 1].0 };
            ChangePoint {
                time: blocks[block].start as f64 * interval,
                p_value,
                before: mean(&means[before..block]) / time,
                after: mean(&means[block..ends[place + 1]]) / time,
            }
        });
        let stretch = |range: Range<usize>| RateInStretch {
            start: range.start as f64 * interval,
            end: (range.end + self.window - 1) as f64 * interval,
            rate: self.rate_within(movie, range, memory),
        };
        Some(RateInTime {
            movie: movie.name.clone(),
            stretches: cut(MOST_STRETCHES).into_iter().map(stretch).collect(),
            change_points: change_points.collect(),
            correlation_time: memory * interval,
        })
    }

    fn rate_within(&self, movie: &MovieEntropy, range: Range<usize>, memory: f64) -> Measured {
        let (values, time) = (&movie.values[range], self.transition_time());
        let (mean, count) = (mean(values), values.len() as f64);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let error = (count > 1.0).then(|| (squares / (count - 1.0) * 2.0 * memory / count).sqrt() / time);
        let rate = mean / time;
        let interval = error.map(|error| [rate - 1.96 * error, rate + 1.96 * error]);
        Measured::new(rate, error, self.calibration.rate_unit().symbol()).with_interval(interval)
    }
}

/// Integrated correlation time of a series whose mean may change: the median of those of its parts. Over all
/// of it a change would be taken for memory.
fn memory_in_parts(series: &[f64]) -> f64 {
    let count = (series.len() / SHORTEST_PART).clamp(1, MOST_PARTS);
    let bound = |part: usize| part * series.len() / count;
    let parts = (0..count).map(|part| &series[bound(part)..bound(part + 1)]);
    let mut times: Vec<f64> = parts.map(integrated_correlation_time).collect();
    times.sort_by(f64::total_cmp);
    0.5 * (times[(count - 1) / 2] + times[count / 2])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// First blocks behind each change of the `means`, with their p-values, in order.
fn changes(means: &[f64]) -> Vec<(usize, f64)> {
    let mut found = Vec::new();
    let mut open = vec![(0, means.len())];
    while let Some((first, end)) = open.pop() {
        let part = &means[first..end];
        let Some((place, step)) = clearest_step(part) else { continue };
        let mut order = part.to_vec();
        let mut random = ChaCha8Rng::seed_from_u64(first as u64);
        let as_clear = (0..ORDERS).filter(|_| {
            order.shuffle(&mut random);
            clearest_step(&order).is_some_and(|(_, other)| other >= step)
        });
        let p_value = (as_clear.count() + 1) as f64 / (ORDERS + 1) as f64;
        if p_value <= LEVEL {
            let middle = first + place;
            found.push((middle, p_value));
            open.extend([(first, middle), (middle, end)]);
        }
    }
    found.sort_unstable_by_key(|change| change.0);
    found
}

/// The place at which a step explains most of the squares of `means`, and how much; none if all are equal or
/// they are too few.
fn clearest_step(means: &[f64]) -> Option<(usize, f64)> {
    let count = means.len();
    if count < 2 * FEWEST_BLOCKS {
        return None;
    }
    let centre = mean(means);
    let mut sum: f64 = means[..FEWEST_BLOCKS - 1].iter().map(|value| value - centre).sum();
    let mut best: Option<(usize, f64)> = None;
    for place in FEWEST_BLOCKS..=count - FEWEST_BLOCKS {
        sum += means[place - 1] - centre;
        let explained = sum * sum * count as f64 / (place * (count - place)) as f64;
        if best.is_none_or(|(_, most)| explained > most) {
            best = Some((place, explained));
        }
    }
    best.filter(|(_, explained)| *explained > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::synthetic::gaussian;

    /// 200 steady series with memory, at 1 %: 2 with a change expected, 7 at most within three standard
    /// deviations. Catches blocks that are shorter than the memory, in whose scatter a change is always
    /// found.
    #[test]
    fn a_steady_rate_seldom_changes() {
        let changed = (0..200).filter(|&seed| {
            let found = gaussian(1, 1500, 0.1, 0.8, seed).rate_in_time(0).unwrap();
            !found.change_points.is_empty()
        });
        let count = changed.count();
        assert!(count <= 7, "{count}");
    }

    /// Catches a change at the wrong time, one with its sides exchanged, a second that is lost, and a time in
    /// transitions.
    #[test]
    fn two_changes_are_found_where_they_are() {
        let mut entropy = gaussian(1, 3000, 0.2, 0.0, 3);
        entropy.calibration.frame_interval = Some(0.5);
        entropy.movies[0].values[1000..2000].iter_mut().for_each(|value| *value += 0.6);
        let found = entropy.rate_in_time(0).unwrap();
        let times: Vec<f64> = found.change_points.iter().map(|change| change.time).collect();
        assert!(
            times.len() == 2 && (times[0] - 500.0).abs() < 15.0 && (times[1] - 1000.0).abs() < 15.0,
            "{times:?}"
        );
        let first = &found.change_points[0];
        assert!((first.before - 0.4).abs() < 0.15 && (first.after - 1.6).abs() < 0.15, "{first:?}");
        let inside =
            |stretch: &&RateInStretch| (500.0..1000.0).contains(&(0.5 * (stretch.start + stretch.end)));
        let rates: Vec<f64> =
            found.stretches.iter().filter(inside).map(|stretch| stretch.rate.value).collect();
        assert!((mean(&rates) - 1.6).abs() < 0.15, "{rates:?}");
        assert!(entropy.rate_in_time(0).unwrap().stretches.len() <= 70);
    }

    /// 2,000 stretches of steady series with memory: 1,900 of their intervals should hold the rate; the
    /// memory is estimated, so three parts in a hundred fewer are allowed. Catches an error that takes
    /// transitions for independent: it would hold in half of them.
    #[test]
    fn the_band_knows_the_memory() {
        let (mut held, mut all) = (0, 0);
        for seed in 0..40 {
            for stretch in gaussian(1, 3000, 0.1, 0.7, seed).rate_in_time(0).unwrap().stretches {
                let [low, high] = stretch.rate.confidence_interval.unwrap();
                held += usize::from(low < 0.1 && 0.1 < high);
                all += 1;
            }
        }
        let share = f64::from(held as u32) / f64::from(all as u32);
        assert!((0.92..0.97).contains(&share), "{share}");
    }
}
