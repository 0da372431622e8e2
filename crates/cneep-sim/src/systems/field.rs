//! Simulates a field of independent pairs of beads.

use super::density::{normal, read_out};
use super::filming::Filming;
use super::in_motion;
use super::microscope_settings::{MicroscopeSettings, check_size};
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{BeadField, LangevinSystem, Simulation, SteadyState, Trajectory};
use crate::microscope::{Coordinate, Drawing, Point, PointSpread, Spot};
use cneep_movie::error::{Error, Fault, Result};
use ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Edge of the square of frame that each bead has for itself, in pixels.
const SQUARE: usize = 20;

/// A field of independent pairs of beads on springs, each between a cold and a hot bath
///
/// Every pair is two beads in a row, as in `bead-spring`: dx = stiffness (stretch of the right spring -
/// stretch of the left one) dt + noise, with k_B = 1, the left bead cold and the right one hot. Pairs know
/// nothing of each other. All hot baths are alike, or they are scattered evenly, in the logarithm, over a
/// part of the way from hot to cold.
///
/// The exact rate is the sum over the pairs of stiffness (hot - cold)^2 / (4 hot cold), 0.02025 k_B per frame
/// and pair with the defaults, 0.729 of all. Every step is drawn from its exact density and produces the
/// logarithm of the density of its two states over that of the same two exchanged: the realised rate is that
/// of pairs of frames.
///
/// exact_density in truth.npz is the rate of each bead, spread as its places are, in k_B per pixel and frame;
/// nothing of a pair of which one bead is hidden, as the other alone is reversible. Positions in truth.npz
/// are the displacements of the beads, in units of sqrt(temperature / stiffness), pair by pair along the
/// rows. The unit of time is the frame (one a second in the movies). The picture: every bead a blob 3 pixels
/// wide on a square of 20 x 20 pixels, moved along the row by 1 pixel per standard deviation (the
/// displacement scale).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// Rows of pairs
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().rows))]
    pub rows: usize,
    /// Pairs in a row
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().columns))]
    pub columns: usize,
    /// Temperature of the left bead of every pair
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().cold))]
    pub cold: f64,
    /// Temperature of the right bead, the highest where they differ; that of the left one for equilibrium
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().hot))]
    pub hot: f64,
    /// Part of the way from hot (0) to cold (1), in the logarithm, over which the temperatures of the right
    /// beads are scattered
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", default_value_t = Self::default().spread))]
    pub spread: f64,
    /// Seed of their draw: movies to train and to test on must share it, and differ in the seed of the noise
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "SEED", default_value_t = Self::default().field_seed)
    )]
    pub field_seed: u64,
    /// Stiffness of every spring over the friction of a bead, per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "K", default_value_t = Self::default().stiffness))]
    pub stiffness: f64,
}

impl Default for Field {
    /// 6 x 6 pairs at temperatures 1 and 10, stiffness 0.01 a frame.
    fn default() -> Self {
        Self { rows: 6, columns: 6, cold: 1.0, hot: 10.0, spread: 0.0, field_seed: 0, stiffness: 0.01 }
    }
}

impl Field {
    /// `[left, right]` temperatures of every pair, along the rows.
    fn temperatures(&self) -> Vec<[f64; 2]> {
        let mut random = ChaCha8Rng::seed_from_u64(self.field_seed);
        let pair = |_| {
            let way = self.spread * random.random::<f64>();
            [self.cold, self.hot * (self.cold / self.hot).powf(way)]
        };
        (0..self.rows * self.columns).map(pair).collect()
    }

    fn physics(&self) -> Result<BeadField> {
        check_size(self.rows.saturating_mul(SQUARE))?;
        check_size(self.columns.saturating_mul(2 * SQUARE))?;
        if !(0.0..=1.0).contains(&self.spread) {
            let (expected, remedy) = ("a share, 0 to 1", "Take 0 for pairs that are all alike.");
            return Err(Error::Setting(Fault::new("spread", expected, self.spread.to_string(), remedy)));
        }
        BeadField::new(self.stiffness, &self.temperatures())
    }

    /// Row and column at which a bead rests, in pixels.
    fn rest(&self, bead: usize) -> [usize; 2] {
        [bead / (2 * self.columns), bead % (2 * self.columns)].map(|square| square * SQUARE + SQUARE / 2)
    }

    /// Rates of both beads of every pair of which both are seen, spread along the rows as their places are.
    fn density(&self, field: &BeadField, microscope: &MicroscopeSettings) -> Result<Array2<f64>> {
        let (beads, scale) = (2 * self.columns, scale(microscope)?);
        let mut density = Array2::zeros((self.rows * SQUARE, beads * SQUARE));
        let chances = |bead| normal(beads * SQUARE, self.rest(bead)[1] as f64, scale);
        let chances: Vec<Array1<f64>> = (0..beads).map(|bead| chances(bead).into()).collect();
        for (index, pair) in field.pairs().iter().enumerate().filter(|(index, _)| is_seen(*index, microscope))
        {
            // The velocity of a bead goes with what its own place says nothing of: the same at all of them.
            for (bead, rate) in (2 * index..).zip(pair.steady_state().exact_local_rates()) {
                density.row_mut(self.rest(bead)[0]).scaled_add(rate, &chances[bead % beads]);
            }
        }
        read_out(&density, microscope)
    }
}

/// Pixels by which one standard deviation moves a bead.
fn scale(microscope: &MicroscopeSettings) -> Result<f64> {
    let scale = microscope.displacement_scale.unwrap_or(1.0);
    if scale.is_finite() && scale >= 0.0 {
        return Ok(scale);
    }
    let (expected, remedy) = ("a finite number of pixels, not negative", "Give the pixels, 1 as a rule.");
    Err(Error::Setting(Fault::new("displacement_scale", expected, scale.to_string(), remedy)))
}

/// Whether both beads of a pair are seen.
fn is_seen(pair: usize, microscope: &MicroscopeSettings) -> bool {
    [2 * pair, 2 * pair + 1].iter().all(|bead| !microscope.hide_beads.contains(bead))
}

impl Simulated for Field {
    fn default_filming(&self) -> Filming {
        in_motion::filming()
    }

    fn default_microscope(&self) -> MicroscopeSettings {
        in_motion::microscope()
    }

    fn has_places(&self) -> bool {
        true
    }

    fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        let beads = self.rows.saturating_mul(self.columns).saturating_mul(2);
        match microscope.hide_beads.iter().find(|bead| **bead >= beads) {
            None => Ok(()),
            Some(bead) => {
                let expected = format!("beads of the field of {beads}, counted from 0 along the rows");
                let remedy = "Name the beads to hide.";
                Err(Error::Setting(Fault::new("hidden_beads", expected, bead.to_string(), remedy)))
            }
        }
    }

    fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let field = self.physics()?;
        let (pairs, gap) = (field.pairs().iter().map(LangevinSystem::steady_state), run.frame_interval());
        let seen = pairs.clone().enumerate().filter(|(index, _)| is_seen(*index, microscope));
        let pair_rates: Result<Vec<f64>> = seen.map(|(_, pair)| pair.exact_pair_rate(gap)).collect();
        let local: Vec<f64> = pairs.flat_map(SteadyState::exact_local_rates).collect();
        Ok(World {
            trajectories: field.simulate(run, seed)?,
            exact_rate: Some(local.iter().sum()),
            exact_local_rate: Some(local),
            exact_pair_rate: pair_rates.ok().map(|rates| rates.iter().sum()),
            exact_density: Some(self.density(&field, microscope)?),
        })
    }

    fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing> {
        let scale = scale(microscope)?;
        let deviations = trajectories[0].stationary_deviation().iter().enumerate();
        let spot = |(bead, deviation): (usize, &f64)| {
            let [row, column] = self.rest(bead).map(|pixel| pixel as f64);
            let along = Coordinate::moving(column, bead, scale / deviation);
            Spot { at: Point { x: along, y: Coordinate::still(row) }, amplitude: 1.0 }
        };
        let spots = deviations.filter(|(bead, _)| !microscope.hide_beads.contains(bead)).map(spot);
        let frame = (self.rows * SQUARE, self.columns * 2 * SQUARE);
        Ok(Drawing::spots(frame, PointSpread::default().width, spots))
    }
}
