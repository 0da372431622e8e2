//! Adds up the entropy production of tiles of a field, each of which was estimated by itself.

use super::independent_bound::{IndependentBound, Part};
use super::result::{EntropyProduction, MovieEntropy};
use super::role::Role;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::Measured;

/// What was estimated of the tiles of one field, each by an estimator of its own that saw nothing else.
///
/// The sum of their rates is the entropy production that the tiles show by themselves. What only shows in
/// correlations between tiles is not in it; and what two of them show twice, as they move together, counts
/// twice, unless they are independent of each other.
#[derive(Debug, Clone)]
pub struct EntropyOfTiles {
    tiles: Vec<(EntropyProduction, Measured)>,
    /// All tiles, one frame interval at a time, as far as the transitions of all reach.
    sum: EntropyProduction,
}

impl EntropyOfTiles {
    /// Of `tiles`, each with the rate that was stated of it, along the same movies at the same times. Their
    /// windows may differ.
    ///
    /// # Errors
    /// [`Error::Mismatch`] without tiles, and if their numbers of movies or units differ.
    pub fn new(tiles: Vec<(EntropyProduction, Measured)>) -> Result<Self> {
        let kind = |(of, rate): &(EntropyProduction, Measured)| (of.movies.len(), rate.unit.clone());
        let kinds: Vec<(usize, String)> = tiles.iter().map(kind).collect();
        let (Some((first, _)), true) = (tiles.first(), kinds.windows(2).all(|of| of[0] == of[1])) else {
            let (expected, remedy) = ("tiles of the same movies", "Analyse all tiles of the same movies.");
            let found = format!("{kinds:?} (movies, unit)");
            return Err(Error::Mismatch(Fault::new("tiles", expected, found, remedy)));
        };
        let movies = (0..first.movies.len()).map(|movie| sum_of(&tiles, movie)).collect();
        let sum = EntropyProduction::new(2, first.calibration, movies);
        Ok(Self { tiles, sum })
    }

    /// Sum of the rates that were stated, with its error and 95 % interval: those of the sum of all tiles
    /// along time, so with all correlations between them, wider by as much as scatter between fits widens the
    /// errors of the tiles.
    pub fn rate(&self) -> Measured {
        let value = self.tiles.iter().map(|(_, rate)| rate.value).sum();
        let squares = |of: &dyn Fn(&(EntropyProduction, Measured)) -> Option<f64>| -> f64 {
            self.tiles.iter().filter_map(of).map(|error| error * error).sum()
        };
        let stated = squares(&|(_, rate)| rate.standard_error);
        let along_time = squares(&|(tile, _)| tile.rate().standard_error);
        let widened = if along_time > 0.0 { (stated / along_time).sqrt().max(1.0) } else { 1.0 };
        let sum = self.sum.rate();
        let widen = |end: f64| value + widened * (end - sum.value);
        Measured {
            value,
            standard_error: sum.standard_error.map(|error| widened * error),
            confidence_interval: sum.confidence_interval.map(|ends| ends.map(widen)),
            ..sum
        }
    }

    /// The bound of all tiles, if they are independent, and the test of that by what is `compared` of them in
    /// the order tile, quantity, movie, time.
    pub(crate) fn bound(&self, compared: &[Vec<Vec<Vec<f64>>>]) -> Option<IndependentBound> {
        let of_sum = self.sum.shown_share();
        let part = |(tile, _): &(EntropyProduction, Measured)| Part {
            values: values_of(tile),
            weight: tile.shown_share() / of_sum / (tile.window - 1) as f64,
        };
        let parts: Vec<Part> = self.tiles.iter().map(part).collect();
        self.sum.independent_bound(&parts, compared)
    }

    /// dS of each tile and movie, in `k_B`.
    pub(crate) fn values(&self) -> Vec<Vec<Vec<f64>>> {
        self.tiles.iter().map(|(tile, _)| values_of(tile)).collect()
    }

    /// Number of transitions of each movie that all tiles have.
    pub(crate) fn counts(&self) -> Vec<usize> {
        self.sum.movies.iter().map(|movie| movie.values.len()).collect()
    }
}

fn values_of(tile: &EntropyProduction) -> Vec<Vec<f64>> {
    tile.movies.iter().map(|movie| movie.values.clone()).collect()
}

/// The sum of all tiles along one movie, in `k_B` a frame interval; seen by an estimate if one of its tiles
/// was.
fn sum_of(tiles: &[(EntropyProduction, Measured)], movie: usize) -> MovieEntropy {
    let own = |(tile, _): &(EntropyProduction, Measured)| (tile.window - 1) as f64;
    let count = tiles.iter().map(|(tile, _)| tile.movies[movie].values.len()).min().unwrap_or(0);
    let value = |at: usize| tiles.iter().map(|of| of.0.movies[movie].values[at] / own(of)).sum();
    let role = |at: usize| {
        let roles = tiles.iter().map(|(tile, _)| tile.movies[movie].roles[at]);
        roles.min().unwrap_or(Role::InSample)
    };
    MovieEntropy {
        values: (0..count).map(value).collect(),
        roles: (0..count).map(role).collect(),
        ..MovieEntropy::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::units::Calibration;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A tile of `window` frames, 1 `k_B` a frame interval, in two movies of 1500 frames.
    fn tile(window: usize, seed: u64) -> (EntropyProduction, Measured) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut step = || 1.0 + 2.0_f64.sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
        let mut movie = || {
            let steps: Vec<f64> = (0..1499).map(|_| step()).collect();
            let values: Vec<f64> = steps.windows(window - 1).map(|of| of.iter().sum()).collect();
            MovieEntropy { roles: vec![Role::HeldOut; values.len()], values, ..MovieEntropy::default() }
        };
        let calibration =
            Calibration { frame_interval: Some(0.5), exposure: Some(0.5), ..Calibration::default() };
        let entropy = EntropyProduction::new(window, calibration, vec![movie(), movie()]);
        let rate = entropy.rate();
        (entropy, rate)
    }

    fn error(of: &Measured) -> f64 {
        of.standard_error.unwrap()
    }

    /// Catches windows that are counted whole, errors that are added in quadrature whatever the tiles have in
    /// common, and a sum that is not that of the stated rates.
    #[test]
    fn rates_add_up_and_errors_know_what_tiles_have_in_common() {
        let tiles: Vec<_> = (0..4).map(|seed| tile(2 + seed as usize % 2, seed)).collect();
        let sum = EntropyOfTiles::new(tiles.clone()).unwrap().rate();
        let rates: f64 = tiles.iter().map(|(_, rate)| rate.value).sum();
        assert!(sum.value == rates && sum.unit == "k_B/s", "{sum} {rates}");
        let quadrature = tiles.iter().map(|(_, rate)| error(rate).powi(2)).sum::<f64>().sqrt();
        assert!((error(&sum) / quadrature - 1.0).abs() < 0.4, "{sum} {quadrature}");
        let [low, high] = sum.confidence_interval.unwrap();
        assert!(low < sum.value && sum.value < high);
        // The same tile four times scatters as four times one.
        let same = EntropyOfTiles::new(vec![tiles[0].clone(); 4]).unwrap().rate();
        assert!((error(&same) / (4.0 * error(&tiles[0].1)) - 1.0).abs() < 1e-9, "{same}");
        // Where fits scatter, the stated errors are wider.
        let mut wide = tiles.clone();
        for (_, rate) in &mut wide {
            rate.standard_error = Some(3.0 * error(rate));
        }
        let wide = EntropyOfTiles::new(wide).unwrap().rate();
        assert!((error(&wide) / error(&sum) - 3.0).abs() < 1e-9, "{wide}");
        assert!(EntropyOfTiles::new(Vec::new()).is_err());
        let mut other = tiles;
        other[1].0.movies.pop();
        assert!(EntropyOfTiles::new(other).is_err());
    }

    /// For Gaussian dS the bound of a tile is its rate, times the share of light between the frames: 2/3 for
    /// windows of two frames, 4/5 for three. Catches windows and shares that are mixed up, and tiles with
    /// something in common that pass.
    #[test]
    fn the_bound_of_independent_tiles_is_the_sum_of_theirs() {
        let tiles: Vec<_> = (0..6).map(|seed| tile(2 + seed as usize % 2, seed)).collect();
        let bound_of = |tiles: &[(EntropyProduction, Measured)]| {
            let of = EntropyOfTiles::new(tiles.to_vec()).unwrap();
            let compared: Vec<_> = of.values().into_iter().map(|tile| vec![cut(tile, &of)]).collect();
            of.bound(&compared)
        };
        let found = bound_of(&tiles).unwrap();
        let expected = 2.0 * (3.0 * 2.0 / 3.0 + 3.0 * 4.0 / 5.0);
        assert!((found.bound.value - expected).abs() < 4.0 * error(&found.bound), "{found:?}");
        assert!(found.is_borne_out() && found.is_certified && found.regions == 6);
        let mut same = tiles.clone();
        same[5] = same[4].clone();
        assert!(!bound_of(&same).unwrap().is_borne_out());
        let mut cross_validated = tiles;
        cross_validated[3].0.movies[0].roles.fill(Role::OutOfFold);
        assert!(!bound_of(&cross_validated).unwrap().is_certified);
        cross_validated[3].0.movies.iter_mut().for_each(|movie| movie.roles.fill(Role::InSample));
        assert_eq!(bound_of(&cross_validated), None);
    }

    fn cut(mut tile: Vec<Vec<f64>>, of: &EntropyOfTiles) -> Vec<Vec<f64>> {
        tile.iter_mut().zip(of.counts()).for_each(|(movie, count)| movie.truncate(count));
        tile
    }
}
