//! Builds a flashing ratchet: a particle on a ring of three sites whose potential is switched on and off.
//!
//! While the potential is on, site i lies at the energy i V and the particle hops from i to j at the rate `h
//! exp((V_i - V_j) / 2T)`, in detailed balance at the temperature T; while it is off, at the rate h. The
//! potential switches at the same rate r both ways, whatever the particle does, and that drives it around the
//! ring. The discrete example of Kim, Bae, Lee, Jeong, Phys. Rev. Lett. 125, 140604 (2020),
//! doi:10.1103/PhysRevLett.125.140604, there seen jump by jump, here frame by frame; after Roldán and
//! Parrondo, Phys. Rev. Lett. 105, 150607 (2010), doi:10.1103/PhysRevLett.105.150607.

use super::jump_process::JumpProcess;
use super::path::{self, Dynamics};
use super::simulation::Simulation;
use super::system::check_positive;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// States of site and potential together: site + 3 while the potential is on.
const STATES: usize = 2 * FlashingRatchet::SITES;
/// Height of a step, in temperatures, beyond which the particle is never seen on top.
const STEEPEST: f64 = 20.0;

/// A flashing ratchet. Temperature and hopping rate are 1 unless set.
#[derive(Debug, Clone, PartialEq)]
pub struct FlashingRatchet {
    potential: f64,
    switching_rate: f64,
    temperature: f64,
    hopping_rate: f64,
}

impl FlashingRatchet {
    /// Sites of the ring.
    pub const SITES: usize = 3;

    /// A ratchet with steps of this `potential` from site to site, in units of energy, switched on and off at
    /// this `switching_rate`. Either at zero is equilibrium; a negative potential is the mirror image.
    pub fn new(potential: f64, switching_rate: f64) -> Self {
        Self { potential, switching_rate, temperature: 1.0, hopping_rate: 1.0 }
    }

    /// The same ratchet at this `temperature`.
    #[must_use]
    pub fn temperature(self, temperature: f64) -> Self {
        Self { temperature, ..self }
    }

    /// The same ratchet with this `hopping_rate` between neighbouring sites of equal energy.
    #[must_use]
    pub fn hopping_rate(self, hopping_rate: f64) -> Self {
        Self { hopping_rate, ..self }
    }

    /// The process of site and potential together, with its exact answers. State `site` is at that site with
    /// the potential off, state `3 + site` with the potential on.
    ///
    /// # Errors
    /// [`Error::Setting`] for a temperature or hopping rate that is not positive and finite, a switching rate
    /// that is negative or not finite, or steps above 20 temperatures; [`Error::NotConverged`] if the rates
    /// lie too far apart to be solved for.
    pub fn process(&self) -> Result<JumpProcess> {
        self.check()?;
        let rates = DMatrix::from_fn(STATES, STATES, |to, from| self.rate(from, to));
        let stationary = stationary_state(&rates).ok_or_else(|| {
            Error::NotConverged(Fault::new(
                "stationary state of the ratchet",
                "a positive chance of every state",
                "one lost to rounding",
                "Bring the rates closer together.",
            ))
        })?;
        Ok(JumpProcess::new(rates, stationary))
    }

    /// [`JumpProcess::exact_pair_rate`] for an observer who sees the site and not the potential. The site
    /// alone has a memory: longer windows see more, and its entropy production rate has no closed form.
    ///
    /// # Errors
    /// Those of [`Self::process`] and [`JumpProcess::exact_pair_rate`].
    pub fn exact_site_pair_rate(&self, gap: f64) -> Result<f64> {
        let sites: Vec<usize> = (0..STATES).map(|state| state % Self::SITES).collect();
        self.process()?.exact_grouped_pair_rate(gap, &sites)
    }

    /// Simulates independent movies of the steady state, exactly: each time step draws from the transition
    /// matrix.
    ///
    /// Positions have the shape (frame, 2): the site, 0 to 2, and the potential, 0 (off) or 1 (on), one part.
    /// The entropy production of a step is [`JumpProcess::exact_step_entropy`]; its mean is
    /// [`JumpProcess::exact_pair_rate`] at the time step, which tends to the rate of the process as the time
    /// step goes to zero.
    ///
    /// # Errors
    /// Those of [`Self::process`]; [`Error::Setting`] for fewer than 2 frames, no steps or movies, more
    /// frames than memory holds, or a time step that is not positive and finite.
    pub fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        let process = self.process()?;
        let deviation = [0, 1].map(|coordinate| {
            let chances = process.stationary_state().iter();
            let moment = |power: i32| -> f64 {
                chances.clone().enumerate().map(|(s, chance)| chance * seen(s)[coordinate].powi(power)).sum()
            };
            (moment(2) - moment(1).powi(2)).sqrt()
        });
        let sampler = Sampler {
            first: process.stationary_state().to_vec(),
            chances: process.transition_matrix(run.time_step)?,
            entropy: process.exact_step_entropy(run.time_step)?,
        };
        path::simulate(&sampler, &deviation, run, seed)
    }

    fn check(&self) -> Result<()> {
        check_positive("temperature", self.temperature)?;
        check_positive("hopping rate", self.hopping_rate)?;
        let fault = |subject: &str, expected: String, found: f64, remedy: &str| {
            Err(Error::Setting(Fault::new(subject, expected, found.to_string(), remedy)))
        };
        if !(self.switching_rate.is_finite() && self.switching_rate >= 0.0) {
            let remedy = "Give 0 for a potential that never switches.";
            return fault(
                "switching rate",
                "a finite rate, not negative".into(),
                self.switching_rate,
                remedy,
            );
        }
        let steepest = STEEPEST * self.temperature;
        if !(-steepest..=steepest).contains(&self.potential) {
            let remedy = "Lower the potential, or raise the temperature.";
            let expected = format!("steps of at most {STEEPEST} temperatures, {steepest}");
            return fault("potential", expected, self.potential, remedy);
        }
        Ok(())
    }

    /// Rate of jumps between two states.
    fn rate(&self, from: usize, to: usize) -> f64 {
        let (site, on) = (from % Self::SITES, from / Self::SITES);
        let (next_site, next_on) = (to % Self::SITES, to / Self::SITES);
        match (site == next_site, on == next_on) {
            (true, false) => self.switching_rate,
            (false, true) => {
                let fall = on as f64 * self.potential * (site as f64 - next_site as f64);
                self.hopping_rate * (0.5 * fall / self.temperature).exp()
            }
            _ => 0.0,
        }
    }
}

/// The state that `rates` from column to row leave as it is, half of it with the potential on, which equal
/// switching both ways makes sure of; nothing if rounding left a chance that is not positive.
fn stationary_state(rates: &DMatrix<f64>) -> Option<Vec<f64>> {
    let exits = rates.row_sum();
    let mut equations = rates - DMatrix::from_diagonal(&exits.transpose());
    let mut target = DVector::zeros(STATES);
    // One equation of each half follows from the others: its place is taken by the sum of that half.
    for half in 0..2 {
        let row = half * FlashingRatchet::SITES;
        target[row] = 0.5;
        for state in 0..STATES {
            equations[(row, state)] = f64::from(u8::from(state / FlashingRatchet::SITES == half));
        }
    }
    let solution = equations.lu().solve(&target)?;
    solution.iter().all(|chance| *chance > 0.0).then(|| solution.as_slice().to_vec())
}

/// Site and potential of a state, as positions.
fn seen(state: usize) -> [f64; 2] {
    [(state % FlashingRatchet::SITES) as f64, (state / FlashingRatchet::SITES) as f64]
}

/// The chain of states one time step apart.
#[derive(Debug, Clone)]
struct Sampler {
    first: Vec<f64>,
    chances: DMatrix<f64>,
    entropy: DMatrix<f64>,
}

impl Dynamics for Sampler {
    fn parts(&self) -> &[usize] {
        &[0, 0]
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        seen(draw(&self.first, random)).to_vec()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let from = state[0] as usize + FlashingRatchet::SITES * state[1] as usize;
        let to = draw(self.chances.column(from).as_slice(), random);
        next.copy_from_slice(&seen(to));
        share(0, self.entropy[(to, from)]);
    }
}

/// A state drawn with these `chances`, which sum to 1.
fn draw(chances: &[f64], random: &mut ChaCha8Rng) -> usize {
    let mut left: f64 = random.random();
    for (state, chance) in chances.iter().enumerate() {
        left -= chance;
        if left < 0.0 {
            return state;
        }
    }
    // Rounding of the sum: the likeliest state takes what is left, never an impossible one.
    chances
        .iter()
        .enumerate()
        .fold(0, |best, (state, chance)| if *chance > chances[best] { state } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(ratchet: &FlashingRatchet) -> f64 {
        ratchet.process().unwrap().exact_entropy_production_rate()
    }

    /// Catches wrong rates or a wrong stationary state: solved with another program, by the null space of the
    /// rates.
    #[test]
    fn rates_are_those_of_the_master_equation() {
        let found = rate(&FlashingRatchet::new(1.0, 1.0));
        assert!((found - 0.179_193_628_388_911).abs() < 1e-12, "{found}");
        let ratchet = FlashingRatchet::new(3.0, 0.4).temperature(2.0).hopping_rate(1.5);
        assert!((rate(&ratchet) - 0.195_009_278_193_693).abs() < 1e-12, "{}", rate(&ratchet));
        let site = FlashingRatchet::new(3.0, 1.0).exact_site_pair_rate(0.4).unwrap();
        assert!((site - 0.000_660_394_767_913).abs() < 1e-14, "{site}");
    }

    /// Catches a stationary state of the wrong half. A potential that flashes fast leaves the mean of both
    /// rates, in detailed balance with half the potential: the sites are in equilibrium, but hops in either
    /// half are not.
    #[test]
    fn fast_switching_has_a_closed_form() {
        let on = |from: i32, to: i32| (0.5 * f64::from(from - to)).exp();
        let weight = |site: i32| (-0.5 * f64::from(site)).exp();
        let flow = |from: i32, rate: f64| 0.5 * rate * weight(from) / (weight(0) + weight(1) + weight(2));
        let both: f64 = [(0, 1), (1, 2), (2, 0)]
            .into_iter()
            .flat_map(|(i, j)| [(flow(i, on(i, j)), flow(j, on(j, i))), (flow(i, 1.0), flow(j, 1.0))])
            .map(|(there, back)| (there - back) * (there / back).ln())
            .sum();
        let found = rate(&FlashingRatchet::new(1.0, 1e6));
        assert!((found - both).abs() < 1e-5 * both, "{found} against {both}");
        let site = FlashingRatchet::new(1.0, 1e8).exact_site_pair_rate(1e-5).unwrap();
        assert!(site.abs() < 1e-12, "{site}");
    }

    /// Catches a current without a drive: no potential, or one that never switches.
    #[test]
    fn without_potential_or_switching_nothing_is_produced() {
        for ratchet in [FlashingRatchet::new(0.0, 1.0), FlashingRatchet::new(2.0, 0.0)] {
            assert!(rate(&ratchet) < 1e-28, "{ratchet:?}: {}", rate(&ratchet));
            let paths = ratchet.simulate(&Simulation { movies: 3, ..Simulation::default() }, 1).unwrap();
            assert!(paths.iter().all(|path| path.entropy_production().total.iter().all(|s| s.abs() < 1e-12)));
        }
        let boltzmann = FlashingRatchet::new(2.0, 0.0).process().unwrap();
        let chance = boltzmann.stationary_state();
        assert!((chance[4] / chance[3] - (-2f64).exp()).abs() < 1e-14);
        assert!((chance[0] - 1.0 / 6.0).abs() < 1e-15);
    }

    /// Catches energy and temperature that do not go together, a clock that is not the hops', and a lost
    /// mirror.
    #[test]
    fn only_the_ratios_of_energies_and_of_rates_count() {
        let unit = FlashingRatchet::new(1.5, 0.7);
        let same = FlashingRatchet::new(4.5, 0.7).temperature(3.0);
        assert!((rate(&same) - rate(&unit)).abs() < 1e-13);
        let faster = FlashingRatchet::new(1.5, 2.8).hopping_rate(4.0);
        assert!((rate(&faster) - 4.0 * rate(&unit)).abs() < 1e-12);
        let mirrored = FlashingRatchet::new(-1.5, 0.7);
        assert!((rate(&mirrored) - rate(&unit)).abs() < 1e-13);
        let current = |ratchet: &FlashingRatchet| {
            let process = ratchet.process().unwrap();
            let (rates, chances) = (process.rates(), process.stationary_state());
            rates[(4, 3)] * chances[3] - rates[(3, 4)] * chances[4] + chances[0] - chances[1]
        };
        assert!((current(&unit) + current(&mirrored)).abs() < 1e-14 && current(&unit).abs() > 1e-3);
    }

    /// Catches a hidden potential that shows more than the seen one.
    #[test]
    fn hiding_the_potential_hides_dissipation() {
        let ratchet = FlashingRatchet::new(2.0, 1.0);
        let process = ratchet.process().unwrap();
        for gap in [0.01, 0.1, 0.5, 2.0] {
            let (pair, site) =
                (process.exact_pair_rate(gap).unwrap(), ratchet.exact_site_pair_rate(gap).unwrap());
            assert!(0.0 < site && site < pair && pair < rate(&ratchet), "{gap}: {site} {pair}");
        }
    }

    /// Catches a sampler with a wrong column, entropies of the wrong sign, and sites other than those
    /// counted: realised against exact, with the potential seen and, by counting pairs, without.
    #[test]
    fn simulated_ratchets_realise_the_rate_of_their_chain() {
        let ratchet = FlashingRatchet::new(3.0, 1.0);
        let run = Simulation { time_step: 0.4, frames: 20_000, movies: 40, ..Simulation::default() };
        let paths = ratchet.simulate(&run, 2).unwrap();
        let rates: Vec<f64> = paths.iter().map(Trajectory::realised_rate).collect();
        let mean = rates.iter().sum::<f64>() / 40.0;
        let error = (rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / (39.0 * 40.0)).sqrt();
        let exact = ratchet.process().unwrap().exact_pair_rate(0.4).unwrap();
        assert!(
            (mean - exact).abs() < 3.0 * error && error < 0.02 * exact,
            "{mean} +- {error} against {exact}"
        );

        let mut pairs = DMatrix::<f64>::zeros(3, 3);
        for path in &paths {
            let sites = path.positions().column(0).to_vec();
            for pair in sites.windows(2) {
                pairs[(pair[1] as usize, pair[0] as usize)] += 1.0;
            }
        }
        let count = pairs.sum();
        let counted: f64 = [(0, 1), (1, 2), (0, 2)]
            .map(|(i, j): (usize, usize)| {
                (pairs[(i, j)] - pairs[(j, i)]) * (pairs[(i, j)] / pairs[(j, i)]).ln()
            })
            .iter()
            .sum();
        let (counted, exact) = (counted / count / 0.4, ratchet.exact_site_pair_rate(0.4).unwrap());
        // The counts of a weak current scatter by sqrt(2 rate / time).
        let error = (2.0 * exact / (count * 0.4)).sqrt();
        assert!((counted - exact).abs() < 3.0 * error && error < 0.2 * exact, "{counted} against {exact}");
    }

    /// Catches frames that lose the steps between them, and positions that are not site and potential.
    #[test]
    fn several_steps_per_frame_add_up() {
        let ratchet = FlashingRatchet::new(2.0, 1.0);
        let run = |frames, steps_per_frame| Simulation {
            time_step: 0.3,
            frames,
            steps_per_frame,
            movies: 1,
            ..Simulation::default()
        };
        let fine = ratchet.simulate(&run(60, 1), 8).unwrap().remove(0);
        let coarse = ratchet.simulate(&run(20, 3), 8).unwrap().remove(0);
        assert!(fine.positions().column(0).iter().all(|site| [0.0, 1.0, 2.0].contains(site)));
        assert!(fine.positions().column(1).iter().all(|potential| [0.0, 1.0].contains(potential)));
        for frame in 0..20 {
            assert_eq!(coarse.positions().row(frame), fine.positions().row(3 * frame + 2));
        }
        for (transition, total) in coarse.entropy_production().total.iter().enumerate() {
            let steps = &fine.entropy_production().total[3 * transition + 2..3 * transition + 5];
            assert!((total - steps.iter().sum::<f64>()).abs() < 1e-14);
        }
    }

    #[test]
    fn ratchets_that_cannot_be_are_refused() {
        let refused = |ratchet: FlashingRatchet| ratchet.process().unwrap_err().to_string();
        let ratchet = || FlashingRatchet::new(1.0, 1.0);
        assert!(refused(FlashingRatchet::new(21.0, 1.0)).starts_with("potential"));
        assert!(refused(FlashingRatchet::new(f64::NAN, 1.0)).starts_with("potential"));
        assert!(refused(FlashingRatchet::new(1.0, -1.0)).starts_with("switching rate"));
        assert!(refused(ratchet().temperature(0.0)).starts_with("temperature"));
        assert!(refused(ratchet().hopping_rate(f64::INFINITY)).starts_with("hopping rate"));
        let run = Simulation { time_step: 0.0, ..Simulation::default() };
        assert!(ratchet().simulate(&run, 0).unwrap_err().to_string().contains("found 0"));
        assert!(FlashingRatchet::new(20.0, 1.0).process().is_ok());
    }
}
