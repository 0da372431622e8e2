//! Cuts movies of two conditions into units that are independent of each other.

use crate::entropy_production::{EntropyProduction, Role};
use crate::statistics::{Permutations, Segment, equal_parts};
use crate::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::series::{block_length, integrated_correlation_time};
use serde::{Deserialize, Serialize};

/// A test that cannot fall to this, whatever the movies show, is none.
const LEVEL: f64 = 0.05;
/// Blocks of a condition at most: more say nothing more.
const MOST_BLOCKS: usize = 40;
/// Blocks of fewer correlation times than this are not independent.
const FEWEST_CORRELATION_TIMES: f64 = 5.0;
/// Seed of permutations that are drawn.
const SEED: u64 = 0;

/// What is exchanged between conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Whole movies: it is tested whether conditions differ.
    Movies,
    /// Blocks of time, longer than the correlation time: it is tested whether these recordings differ, not
    /// whether conditions do.
    Blocks,
    /// Two movies that belong together, one of each condition, such as before and after.
    Pairs,
}

/// Units of two conditions: what each is made of, and which condition it is of.
#[derive(Debug, Clone)]
pub struct Units {
    pub(super) unit: Unit,
    /// The unseen transitions of each unit; of pairs first those of the control, then of the other.
    pub(super) segments: Vec<Vec<Segment>>,
    /// Whether each unit is of the second condition; all of pairs are of both.
    pub(super) is_second: Vec<bool>,
    pub(super) permutations: Permutations,
}

impl Units {
    /// Units of the movies of `entropy`, of which `conditions` tells the condition: 0 for the control, 1 for
    /// the other, none for movies of a third. `pairs` tells what movies belong together, if any do: movies of
    /// both conditions with the same name.
    ///
    /// Units are pairs, if there are any. Otherwise they are movies, if these are so many that a test can
    /// reject at 5 %, and else blocks of time.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a condition without unseen transitions, pairs that are none, and movies too
    /// short for independent blocks.
    pub fn of(
        entropy: &EntropyProduction,
        conditions: &[Option<usize>],
        pairs: Option<&[String]>,
    ) -> Result<Self> {
        let unseen = entropy.segments(|role| role != Role::InSample);
        let of_movie = |movie: usize| -> Vec<Segment> {
            unseen.iter().filter(|segment| segment.series == movie).cloned().collect()
        };
        let of_condition = |condition: usize| -> Vec<usize> {
            let is_of = |movie: &usize| conditions.get(*movie).copied().flatten() == Some(condition);
            (0..entropy.movies.len()).filter(|movie| is_of(movie) && !of_movie(*movie).is_empty()).collect()
        };
        let [control, other] = [0, 1].map(of_condition);
        if control.is_empty() || other.is_empty() {
            let remedy = "Give movies of both conditions, long enough that parts can be held out.";
            let found = format!("{} and {} movies with them", control.len(), other.len());
            return Err(Error::Mismatch(Fault::new(
                "conditions",
                "unseen transitions in both",
                found,
                remedy,
            )));
        }
        if let Some(pairs) = pairs {
            return Self::paired(&control, &other, pairs, of_movie);
        }
        let movies = [&control[..], &other[..]].concat();
        let is_second: Vec<bool> = (0..movies.len()).map(|place| place >= control.len()).collect();
        let permutations = Permutations::of_groups(&is_second, SEED);
        match permutations {
            Some(permutations) if permutations.least_p_value() <= LEVEL => {
                let segments = movies.into_iter().map(of_movie).collect();
                Ok(Self { unit: Unit::Movies, segments, is_second, permutations })
            }
            _ => Self::blocks(entropy, [&control, &other], of_movie),
        }
    }

    fn paired(
        control: &[usize],
        other: &[usize],
        names: &[String],
        of_movie: impl Fn(usize) -> Vec<Segment>,
    ) -> Result<Self> {
        let is_only = |movie: usize, group: &[usize]| {
            group.iter().filter(|&&other| names[other] == names[movie]).count() == 1
        };
        let partner = |movie: usize| {
            let partner = other.iter().find(|&&other| names[other] == names[movie])?;
            let is_pair = is_only(movie, control) && is_only(movie, other);
            is_pair.then(|| [of_movie(movie), of_movie(*partner)].concat())
        };
        let segments: Option<Vec<Vec<Segment>>> = control.iter().map(|&movie| partner(movie)).collect();
        let is_complete = control.len() == other.len();
        match (segments.filter(|_| is_complete), Permutations::of_pairs(control.len(), SEED)) {
            (Some(segments), Some(permutations)) => {
                Ok(Self { unit: Unit::Pairs, is_second: vec![false; segments.len()], segments, permutations })
            }
            _ => Err(Error::Mismatch(Fault::new(
                "pairs",
                "each replicate once in either condition",
                format!("{} and {} movies, not all in pairs", control.len(), other.len()),
                "Name the same replicates in both conditions, or compare without pairs.",
            ))),
        }
    }

    fn blocks(
        entropy: &EntropyProduction,
        conditions: [&[usize]; 2],
        of_movie: impl Fn(usize) -> Vec<Segment>,
    ) -> Result<Self> {
        let correlation_time = |segment: &Segment| {
            integrated_correlation_time(&entropy.movies[segment.series].values[segment.range.clone()])
        };
        let segments =
            conditions.map(|movies| movies.iter().flat_map(|&movie| of_movie(movie)).collect::<Vec<_>>());
        let longest = segments.iter().flatten().map(correlation_time).fold(0.5, f64::max);
        let totals =
            segments.each_ref().map(|of| of.iter().map(|segment| segment.range.len()).sum::<usize>());
        let length =
            block_length(longest, totals[0].min(totals[1])).max(totals[0].max(totals[1]) / MOST_BLOCKS);
        if (length as f64) < FEWEST_CORRELATION_TIMES * longest {
            let found =
                format!("blocks of {length} transitions, {:.1} correlation times", length as f64 / longest);
            let remedy =
                "Record longer movies, or several of each condition: whole movies are compared then.";
            let expected = format!("blocks of time of at least {FEWEST_CORRELATION_TIMES} correlation times");
            return Err(Error::Mismatch(Fault::new("conditions", expected, found, remedy)));
        }
        let blocks =
            segments.map(|of| of.iter().flat_map(|segment| equal_parts(segment, length)).collect::<Vec<_>>());
        let is_second: Vec<bool> =
            blocks.iter().zip([false, true]).flat_map(|(of, second)| vec![second; of.len()]).collect();
        let Some(permutations) = Permutations::of_groups(&is_second, SEED) else {
            let remedy = "Record longer movies.";
            return Err(Error::Mismatch(Fault::new("conditions", "blocks of both", "none", remedy)));
        };
        let segments = blocks.into_iter().flatten().map(|block| vec![block]).collect();
        Ok(Self { unit: Unit::Blocks, segments, is_second, permutations })
    }

    /// What is exchanged.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Number of units of either condition.
    pub fn counts(&self) -> [usize; 2] {
        let second = self.is_second.iter().filter(|&&second| second).count();
        match self.unit {
            Unit::Pairs => [self.segments.len(); 2],
            Unit::Movies | Unit::Blocks => [self.segments.len() - second, second],
        }
    }

    /// Mean of `values`, given for each movie in order of time, in each unit; of pairs that of the second
    /// movie minus that of the first.
    pub(super) fn means(&self, values: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
        let mean = |segments: &[Segment]| {
            let (mut sum, mut count) = (0.0, 0.0);
            for Segment { series, range } in segments {
                sum += values(*series)[range.clone()].iter().sum::<f64>();
                count += range.len() as f64;
            }
            sum / count
        };
        self.segments
            .iter()
            .map(|segments| self.halves(segments).map_or_else(|| mean(segments), |[a, b]| mean(b) - mean(a)))
            .collect()
    }

    /// How clearly the mean of the values of `entropy` over all units, of whatever condition, lies above
    /// zero, in standard errors; 0 if all are zero. The errors are those of the halves of each unit: scatter
    /// between units may be what is looked for.
    pub(super) fn clarity(&self, entropy: &EntropyProduction) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for segments in &self.segments {
            let values = segments.iter().flat_map(|of| &entropy.movies[of.series].values[of.range.clone()]);
            let values: Vec<f64> = values.copied().collect();
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
            let (first, second) = values.split_at(values.len() / 2);
            sum += mean(&values);
            squares += 0.25 * (mean(first) - mean(second)).powi(2);
        }
        if squares > 0.0 { sum / squares.sqrt() } else { 0.0 }
    }

    /// Of a pair the parts of either movie.
    pub(super) fn halves<'a>(&self, segments: &'a [Segment]) -> Option<[&'a [Segment]; 2]> {
        let first = segments.first().filter(|_| self.unit == Unit::Pairs)?.series;
        let own = segments.iter().take_while(|segment| segment.series == first).count();
        Some([&segments[..own], &segments[own..]])
    }

    /// The unit of a transition, and with what weight its values enter the mean of the unit; none if it has
    /// no part.
    pub(super) fn place_of(&self, transition: Transition) -> Option<(usize, f64)> {
        let holds = |segment: &Segment| {
            segment.series == transition.movie && segment.range.contains(&transition.start)
        };
        let unit = self.segments.iter().position(|segments| segments.iter().any(holds))?;
        let segments = &self.segments[unit];
        let count = |of: &[Segment]| of.iter().map(|segment| segment.range.len()).sum::<usize>() as f64;
        let weight = match self.halves(segments) {
            Some([first, _]) if first.iter().any(holds) => -1.0 / count(first),
            Some([_, second]) => 1.0 / count(second),
            None => 1.0 / count(segments),
        };
        Some((unit, weight))
    }
}
