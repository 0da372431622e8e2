//! Measures.
#![allow(missing_docs)]
use cneep::estimator::*;
use cneep::langevin::{FilamentNetwork, Simulation, TemperatureProfile};
use cneep::microscope::*;
use std::time::Instant;
fn main() {
    let arg: Vec<String> = std::env::args().collect();
    let number = |i: usize| arg.get(i).and_then(|a| a.parse::<usize>().ok());
    let network = FilamentNetwork::new(
        6,
        6,
        TemperatureProfile::scattered(1.0, 10.0, 0.25, number(1).unwrap_or(0) as u64),
    )
    .unwrap();
    let system = network.system().unwrap();
    let scene = |movies, frames, seed: u64| {
        let run = Simulation { movies, frames, ..Simulation::default() };
        let paths = system.simulate(&run, seed).unwrap();
        let nodes: Vec<cneep::microscope::NetworkNode> = network
            .nodes()
            .iter()
            .map(|n| cneep::microscope::NetworkNode { rest: n.rest, part: n.part })
            .collect();
        let drawing = Drawing::network(&nodes, network.edges(), &NetworkLook::default()).unwrap();
        let videos = Camera::default().film(&drawing, &paths).unwrap();
        (paths, videos)
    };
    let (_, seen) = scene(30, 1000, 100);
    let (paths, fresh) = scene(8, 1000, 200);
    let modes = ModesSettings {
        patch: number(2),
        spacing: number(3),
        modes: number(4),
        radius: number(5),
        ridge: None,
    };
    let settings = Training {
        estimator: EstimatorKind::Modes,
        modes,
        split: cneep::transition::SplitSettings { test_fraction: 0.0, ..Default::default() },
        ..Training::default()
    };
    let start = Instant::now();
    let estimator = Estimator::train(&seen, &settings).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let steps: Vec<Vec<f64>> = paths.iter().map(|p| p.entropy_production().total.clone()).collect();
    let entropy = estimator.entropy_production(&fresh).unwrap().with_exact(&steps).unwrap();
    let c = entropy.comparison().unwrap();
    println!(
        "R2 {:.4} slope {:.3} rate {} bound {} realised {:.3} | {:?} | fit {:.2} s",
        c.r_squared,
        c.slope,
        entropy.rate(),
        entropy.lower_bound().unwrap(),
        c.realised_rate,
        estimator.settings().modes,
        seconds
    );
    let mut cs = estimator.record().candidates.clone();
    cs.sort_by(|a, b| b.bound.total_cmp(&a.bound));
    for c in cs.iter().take(40) {
        println!("   {c:?}");
    }
}
