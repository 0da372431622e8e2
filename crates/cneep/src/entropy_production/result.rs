//! Holds the estimated entropy production of every transition of some movies.

use super::comparison::Comparison;
use super::part_of_frame::PartOfFrame;
use super::role::Role;
use super::scaled_bound::unscaled;
use crate::statistics::{Segment, marked_segments};
use cneep_movie::caution::Caution;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::Calibration;

/// Estimated entropy production of every transition of some movies, in `k_B`.
#[derive(Debug, Clone, PartialEq)]
pub struct EntropyProduction {
    /// Frames in a transition; it spans `window - 1` frame intervals.
    pub window: usize,
    /// Frame interval (if known) of the movies.
    pub calibration: Calibration,
    /// One entry a movie, in the order in which they were given.
    pub movies: Vec<MovieEntropy>,
    /// What the fit says of itself.
    pub fit: FitQuality,
    /// What a reader of the numbers must know.
    pub cautions: Vec<Caution>,
}

/// Entropy production along one movie.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MovieEntropy {
    /// What the movie is called.
    pub name: String,
    /// Estimated entropy production per transition, in `k_B`, in order of time.
    pub values: Vec<f64>,
    /// Role of each transition in the fit that judges it.
    pub roles: Vec<Role>,
    /// Fold whose member alone judges each transition; none where several do, or there are no folds.
    pub folds: Vec<Option<usize>>,
    /// Exact entropy production of the same transitions, in `k_B`, where it is known.
    pub exact: Option<Vec<f64>>,
}

/// What the fit behind an estimate says of itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FitQuality {
    /// Scale a of dS in the lower bound `1 + <a dS> - <exp(-a dS)>`, chosen on training movies.
    pub bound_scale: f64,
    /// Share of the mean square of dS on which members fitted to different movies agree, below zero where
    /// they differ by more than that; none where there are no members to compare.
    pub reliability: Option<f64>,
    /// Of a fit that estimates zero, the highest bound that anything reached which was tried, and its
    /// standard error, in `k_B` per frame interval; both were no reason to estimate more than zero.
    pub rejected_bound: Option<(f64, f64)>,
    /// Mean dS per transition, in `k_B`, by each member of a comparison, where all of them judge all stated
    /// transitions; otherwise empty.
    pub member_means: Vec<f64>,
    /// What shorter windows of the same movies estimate, or one part of the frame, where dS of the windows is
    /// beyond what their number can tell: lower bound, test against equilibrium, detection limit and
    /// `<exp(-dS)>` are theirs.
    pub bounded_by: Option<Box<EntropyProduction>>,
    /// The part of the frame that these values are of, where they are not those of the whole frame.
    pub part: Option<PartOfFrame>,
}

impl Default for FitQuality {
    fn default() -> Self {
        Self {
            bound_scale: unscaled(),
            reliability: None,
            rejected_bound: None,
            member_means: Vec::new(),
            bounded_by: None,
            part: None,
        }
    }
}

impl EntropyProduction {
    /// A result of a fit of which nothing else is known.
    pub fn new(window: usize, calibration: Calibration, movies: Vec<MovieEntropy>) -> Self {
        Self { window, calibration, movies, fit: FitQuality::default(), cautions: Vec::new() }
    }

    /// The same transitions with other values of each movie, by its number, and other means of the fits that
    /// judge them.
    pub(crate) fn with_values(
        &self,
        values: impl Fn(usize, &MovieEntropy) -> Vec<f64>,
        fit_means: Vec<f64>,
    ) -> Self {
        let movie = |(index, movie): (usize, &MovieEntropy)| MovieEntropy {
            name: String::new(),
            values: values(index, movie),
            roles: movie.roles.clone(),
            folds: movie.folds.clone(),
            exact: None,
        };
        let movies = self.movies.iter().enumerate().map(movie).collect();
        let mut with_values = Self::new(self.window, self.calibration, movies);
        with_values.fit.member_means = fit_means;
        with_values
    }

    /// The estimate by which bound and test are stated: that of shorter windows, or of a part of the frame,
    /// if there is one that finds anything, otherwise this one.
    pub(super) fn bounding(&self) -> &Self {
        let smaller = self.fit.bounded_by.as_deref().filter(|smaller| !smaller.is_zero());
        smaller.map_or(self, Self::bounding)
    }

    /// Frames of the shorter windows whose estimate gives lower bound, test against equilibrium, detection
    /// limit and `<exp(-dS)>`; none where the windows themselves do.
    pub fn bounding_window(&self) -> Option<usize> {
        let window = self.bounding().window;
        (window != self.window).then_some(window)
    }

    /// The exact entropy production of every single step, one series a movie, as a result of its own: its
    /// rate is the realised one. `frame_interval` is in seconds; all transitions count as in-sample.
    pub fn realised(steps: Vec<Vec<f64>>, frame_interval: f64) -> Self {
        let movie = |values: Vec<f64>| MovieEntropy {
            roles: vec![Role::InSample; values.len()],
            values,
            ..MovieEntropy::default()
        };
        let calibration = Calibration { frame_interval: Some(frame_interval), ..Calibration::default() };
        let movies = steps.into_iter().map(movie).collect();
        Self::new(2, calibration, movies)
    }

    /// The same result with the exact entropy production of every single step handed in, one series a movie.
    ///
    /// A transition of `window` frames takes the sum over its `window - 1` steps.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the number of movies or of steps differs.
    pub fn with_exact(mut self, steps: &[Vec<f64>]) -> Result<Self> {
        let mismatch = |expected: String, found: String| {
            let remedy = "Give the truth of exactly these movies, in the same order.";
            Err(Error::Mismatch(Fault::new("exact entropy production", expected, found, remedy)))
        };
        if steps.len() != self.movies.len() {
            return mismatch(format!("{} movies", self.movies.len()), steps.len().to_string());
        }
        let span = self.window - 1;
        for (movie, steps) in self.movies.iter_mut().zip(steps) {
            if steps.len() + 1 != movie.values.len() + span {
                let expected = format!("{} steps for {}", movie.values.len() + span - 1, movie.name);
                return mismatch(expected, steps.len().to_string());
            }
            movie.exact = Some(steps.windows(span).map(|window| window.iter().sum()).collect());
        }
        Ok(self)
    }

    /// Number of transitions.
    pub fn transition_count(&self) -> usize {
        self.movies.iter().map(|movie| movie.values.len()).sum()
    }

    /// Number of transitions of this role.
    pub fn count_of(&self, role: Role) -> usize {
        self.movies.iter().flat_map(|movie| &movie.roles).filter(|&&of| of == role).count()
    }

    /// Number of transitions that were not fitted to: out-of-fold and held-out ones.
    pub fn unseen_count(&self) -> usize {
        self.count_of(Role::OutOfFold) + self.count_of(Role::HeldOut)
    }

    /// Duration of a transition in the unit of [`Calibration::rate_unit`].
    pub fn transition_time(&self) -> f64 {
        (self.window - 1) as f64 * self.calibration.interval_or_frame()
    }

    /// Time that the unseen transitions span, in the unit of time of the rate; overlapping windows count
    /// once.
    pub fn unseen_time(&self) -> f64 {
        let intervals = |segment: &Segment| segment.range.len() + self.window - 2;
        let count: usize = self.segments(|role| role != Role::InSample).iter().map(intervals).sum();
        count as f64 * self.calibration.interval_or_frame()
    }

    /// Runs of transitions of some roles.
    pub(crate) fn segments(&self, of: impl Fn(Role) -> bool) -> Vec<Segment> {
        let marks = |movie: &MovieEntropy| movie.roles.iter().map(|&role| of(role)).collect();
        let marks: Vec<Vec<bool>> = self.movies.iter().map(marks).collect();
        marked_segments(marks.iter().map(Vec::as_slice))
    }

    /// Runs of stated transitions: the unseen ones if there are any, otherwise whole movies.
    pub(super) fn stated_segments(&self) -> Vec<Segment> {
        let unseen = self.segments(|role| role != Role::InSample);
        if !unseen.is_empty() {
            return unseen;
        }
        let whole =
            |(series, movie): (usize, &MovieEntropy)| Segment { series, range: 0..movie.values.len() };
        self.movies.iter().enumerate().map(whole).filter(|segment| !segment.range.is_empty()).collect()
    }

    /// Comparison with the exact values over the stated transitions, where they are known.
    pub fn comparison(&self) -> Option<Comparison> {
        let pairs: Vec<(f64, f64)> = self.stated_pairs()?;
        Some(Comparison::of(&pairs, self.transition_time()))
    }

    /// Estimated and exact values of the stated transitions, where the exact ones are known.
    pub fn stated_pairs(&self) -> Option<Vec<(f64, f64)>> {
        let exact: Vec<&Vec<f64>> =
            self.movies.iter().map(|movie| movie.exact.as_ref()).collect::<Option<_>>()?;
        let pairs_of = |Segment { series, range }: Segment| {
            let exact = exact[series][range.clone()].iter().copied();
            self.movies[series].values[range].iter().copied().zip(exact)
        };
        let pairs: Vec<(f64, f64)> = self.stated_segments().into_iter().flat_map(pairs_of).collect();
        (!pairs.is_empty()).then_some(pairs)
    }

    /// Values of the stated transitions: the unseen ones if there are any, otherwise all.
    pub fn stated_values(&self) -> Vec<f64> {
        let values = |Segment { series, range }: Segment| self.movies[series].values[range].iter().copied();
        self.stated_segments().into_iter().flat_map(values).collect()
    }

    /// Entropy produced since the start of movie `index`, in `k_B`, after each of its transitions.
    ///
    /// Windows of more than two frames overlap, so each counts with its share `1 / (window - 1)`.
    pub fn cumulative(&self, index: usize) -> Vec<f64> {
        running_sum(&self.movies[index].values, self.window)
    }
}

fn running_sum(values: &[f64], window: usize) -> Vec<f64> {
    let share = 1.0 / (window - 1) as f64;
    let mut sum = 0.0;
    values
        .iter()
        .map(|value| {
            sum += value * share;
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(values: Vec<Vec<f64>>, role: Role) -> EntropyProduction {
        let movies = values
            .into_iter()
            .map(|values| MovieEntropy {
                name: "movie".into(),
                roles: vec![role; values.len()],
                values,
                ..MovieEntropy::default()
            })
            .collect();
        let calibration = Calibration { frame_interval: Some(0.5), ..Calibration::default() };
        EntropyProduction::new(2, calibration, movies)
    }

    #[test]
    fn the_rate_divides_by_the_time_a_transition_spans() {
        let mut entropy = result(vec![vec![1.0, 2.0, 3.0]], Role::HeldOut);
        assert!((entropy.rate().value - 4.0).abs() < 1e-12);
        entropy.window = 3;
        assert!((entropy.rate().value - 2.0).abs() < 1e-12);
        assert_eq!(entropy.rate().unit, "k_B/s");
    }

    /// Catches a bound evaluated on training data.
    #[test]
    fn no_bound_and_no_test_without_held_out_data() {
        let entropy = result(vec![vec![1.0, 2.0, 3.0]], Role::InSample);
        assert!(entropy.certified_bound().is_none() && entropy.cross_validated_bound().is_none());
        assert!(entropy.equilibrium_p_value().is_none());
    }

    /// Blurred pairs show up to two intervals of motion; catches a bound that takes them for one.
    #[test]
    fn the_bound_counts_the_exposure_of_the_first_frame() {
        let mut entropy = result(vec![vec![1.0, 2.0]], Role::HeldOut);
        let bound = |entropy: &EntropyProduction| entropy.certified_bound().unwrap().value;
        let sharp = bound(&entropy);
        entropy.calibration.exposure = Some(1.0);
        assert!((bound(&entropy) - sharp / 2.0).abs() < 1e-12);
        (entropy.window, entropy.calibration.exposure) = (3, Some(0.5));
        assert!((bound(&entropy) - sharp / 2.0 * (2.0 / 2.5)).abs() < 1e-12);
    }

    #[test]
    fn unseen_transitions_alone_are_stated_when_there_are_any() {
        let mut entropy = result(vec![vec![1.0, 1.0], vec![5.0, 5.0]], Role::InSample);
        assert!((entropy.rate().value - 6.0).abs() < 1e-12);
        entropy.movies[1].roles = vec![Role::OutOfFold; 2];
        assert!((entropy.rate().value - 10.0).abs() < 1e-12);
    }

    /// Catches a bound that certifies by windows that had a part in a choice, and a cross-validated one that
    /// leaves the held-out ones out.
    #[test]
    fn only_held_out_transitions_certify() {
        let mut entropy = result(vec![vec![0.1; 4], vec![0.5; 4], vec![0.9; 4]], Role::InSample);
        entropy.movies[1].roles = vec![Role::OutOfFold; 4];
        assert!(entropy.certified_bound().is_none());
        let bound = |values: &[f64]| {
            let all = values.iter().map(|s| 1.0 + s - (-s).exp());
            2.0 * all.sum::<f64>() / values.len() as f64
        };
        let found = entropy.cross_validated_bound().unwrap().value;
        assert!((found - bound(&[0.5])).abs() < 1e-12);
        entropy.movies[2].roles = vec![Role::HeldOut; 4];
        assert!((entropy.certified_bound().unwrap().value - bound(&[0.9])).abs() < 1e-12);
        let found = entropy.cross_validated_bound().unwrap().value;
        assert!((found - bound(&[0.5, 0.9])).abs() < 1e-12);
        entropy.movies[1].roles = vec![Role::InSample; 4];
        assert!(entropy.cross_validated_bound().is_none(), "all that is unseen is held out");
    }

    /// A window of three frames holds two steps; catches exact values taken from the first step only.
    #[test]
    fn exact_steps_are_summed_over_the_window() {
        let mut entropy = result(vec![vec![0.0, 0.0]], Role::HeldOut);
        entropy.window = 3;
        let entropy = entropy.with_exact(&[vec![1.0, 2.0, 4.0]]).unwrap();
        assert_eq!(entropy.movies[0].exact, Some(vec![3.0, 6.0]));
        assert!(entropy.with_exact(&[vec![1.0]]).is_err());
    }

    /// Catches a rate per frame in place of per unit of time.
    #[test]
    fn the_realised_rate_is_the_mean_over_time() {
        let steps = (0..2).map(|m| (0..3).map(|t| (m + t) as f64 / 3.0).collect()).collect();
        let rate = EntropyProduction::realised(steps, 0.01).rate();
        assert!((rate.value - 0.5 / 0.01).abs() < 1e-12, "{rate}");
        assert!(rate.standard_error.is_some() && rate.unit == "k_B/s", "{rate}");
    }
}
