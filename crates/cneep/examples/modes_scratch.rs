//! Measures.
#![allow(missing_docs)]
use cneep::dissipation_map::PartComparison;
use cneep::entropy_production::bootstrap_standard_error;
use cneep::estimator::*;
use cneep::langevin::*;
use cneep::microscope::*;
use std::time::Instant;
fn main() {
    let _ = bootstrap_standard_error;
    let arg: Vec<String> = std::env::args().collect();
    let number = |i: usize, default: f64| arg.get(i).and_then(|a| a.parse().ok()).unwrap_or(default);
    let frames = number(1, 500.0) as usize;
    let noise = number(2, 0.0);
    let windows: Vec<usize> =
        arg.get(3).map_or(vec![2], |a| a.split(',').map(|x| x.parse().unwrap()).collect());
    let seeds = number(4, 3.0) as u64;
    let hot = number(5, 10.0);
    for seed in 0..seeds {
        let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, hot)).unwrap();
        let scene = |movies, frames, seed: u64| {
            let run = Simulation { movies, frames, ..Simulation::default() };
            let paths = chain.simulate(&run, seed).unwrap();
            let camera = Camera { read_noise: noise, seed, ..Camera::default() };
            let videos = Microscope { camera, ..Microscope::default() }.record(&paths).unwrap();
            (paths, videos)
        };
        let (_, seen) = scene(100, frames, 100 + seed);
        let (paths, fresh) = scene(20, 1000, 200 + seed);
        for &window in &windows {
            let settings = Training { estimator: EstimatorKind::Modes, window, seed, ..Training::default() };
            let start = Instant::now();
            let estimator = Estimator::train(&seen, &settings).unwrap();
            let seconds = start.elapsed().as_secs_f64();
            let steps: Vec<Vec<f64>> = paths.iter().map(|p| p.entropy_production().total.clone()).collect();
            let entropy = estimator.entropy_production(&fresh).unwrap().with_exact(&steps).unwrap();
            let c = entropy.comparison().unwrap();
            let maps: Vec<_> = fresh.iter().map(|v| estimator.dissipation_map(v).unwrap()).collect();
            let local: Vec<_> = paths.iter().map(|p| p.entropy_production().local.view()).collect();
            let parts: Vec<String> = PartComparison::of(&maps, &local)
                .iter()
                .map(|p| format!("{:.3}/{:.3} r {:.3}", p.map_rate, p.realised_rate, p.correlation))
                .collect();
            let on_seen = estimator.entropy_production(&seen).unwrap();
            let m = estimator.settings().modes;
            println!(
                "seed {seed} window {window}: R2 {:.4} slope {:.3} rate {} bound {} realised {:.3} certified {} | K {:?} ridge {:?} {} | fit {:.2} s | {}",
                c.r_squared,
                c.slope,
                entropy.rate(),
                entropy.lower_bound().unwrap(),
                c.realised_rate,
                on_seen.lower_bound().unwrap(),
                m.modes.unwrap(),
                m.ridge.unwrap(),
                estimator.record().candidates[estimator.record().best_iteration.max(1) as usize - 1].exact,
                seconds,
                parts.join("  ")
            );
            if arg.get(6).is_some() {
                let mut cs = estimator.record().candidates.clone();
                cs.sort_by(|a, b| b.bound.total_cmp(&a.bound));
                for c in cs.iter().take(60) {
                    println!("   {c:?}");
                }
            }
        }
    }
}
