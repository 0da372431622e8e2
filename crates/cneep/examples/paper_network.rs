//! Trains the network of Bae, Kim and Jeong on its own benchmark, and shows what its rate and its map are
//! worth.
//!
//! `cargo run --release -p cneep --example paper_network`: some minutes on two cores.
//!
//! The network is what the paper is about, not what this library estimates with: its rate converges to the
//! right one, but the pattern of its map is arbitrary. Networks trained from other seeds share the sum of the
//! map and not the places, so none of these is compared with the exact local rates without that warning.

use cneep::dissipation_map::{HeldOutBlocks, MapSums, PartSeries};
use cneep::entropy_production::Role;
use cneep::estimator::{Estimator, Training};
use cneep_movie::Result;
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile};
use cneep_sim::microscope::Microscope;

/// Rest positions of the two beads on the published frame of 20 x 40 pixels: [column, row].
const BEADS: [[f64; 2]; 2] = [[10.0, 10.0], [30.0, 10.0]];

fn main() -> Result<()> {
    let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0))?;
    let run = Simulation { movies: 100, frames: 500, ..Simulation::default() };
    let training = Microscope::default().record(&chain.simulate(&run, 1)?)?;
    let paths = chain.simulate(&Simulation { movies: 20, ..run }, 2)?;
    let fresh = Microscope::default().record(&paths)?;
    println!("exact rate of the process: 2.025 k_B/s, of which 1.428 at the cold bead (left)");
    for seed in [0, 1] {
        let estimator = Estimator::train(&training, &Training::convolutional().with_seed(seed))?;
        let steps: Vec<Vec<f64>> = paths.iter().map(|path| path.entropy_production().total.clone()).collect();
        let entropy = estimator.entropy_production(&fresh)?.with_exact(&steps)?;
        let unseen: Vec<Vec<bool>> = fresh
            .iter()
            .map(|video| Ok(estimator.roles(video)?.iter().map(|role| *role != Role::InSample).collect()))
            .collect::<Result<_>>()?;
        let maps = fresh.iter().map(|video| estimator.dissipation_map(video)).collect::<Result<Vec<_>>>()?;
        let blocks =
            HeldOutBlocks::new(&unseen, |movie| Ok::<_, cneep::Error>(maps[movie].entropy_production()))?;
        let mut sums = MapSums::new(maps[0].grid, maps[0].window, maps[0].calibration, blocks);
        let mut beads = PartSeries::new(maps[0].grid, &BEADS, maps.len());
        for (movie, map) in maps.iter().enumerate() {
            for (start, map) in map.transitions.outer_iter().enumerate() {
                sums.add(cneep::transition::Transition { movie, start }, &map)?;
                beads.add(movie, &map);
            }
        }
        let local: Vec<_> = paths.iter().map(|path| path.entropy_production().local.view()).collect();
        let parts = beads.compare(&local, maps[0].window, maps[0].transition_time());
        let r_squared = entropy.comparison().map_or(f64::NAN, |of| of.r_squared);
        println!(
            "seed {seed}: rate {}, R^2 {r_squared:.3}; the map sums to {:.3} k_B/s",
            entropy.rate(),
            sums.mean().rate()
        );
        for (name, part) in ["cold", "hot"].into_iter().zip(&parts) {
            println!(
                "  map at the {name} bead {:.3} k_B/s (exact {:.3}): ARBITRARY, another seed puts it \
                 elsewhere",
                part.map_rate, part.realised_rate
            );
        }
    }
    Ok(())
}
