//! Films three pairs of beads and colloids in vortices side by side, with the exact answers of all of them.

use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{Frames, Video};
use cneep_sim::Truth;
use cneep_sim::langevin::Simulation;
use cneep_sim::systems::{BeadSpringRow, Flow, MicroscopeSettings, System, World, film, part_places};
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate, s};

/// Edge of the square of a bead, and width of its blob, in pixels.
const SQUARE: usize = 20;
const BLOB: f64 = 3.0;
/// Edge of the square of the flow, in pixels: as high as three rows of beads.
const FLOW: usize = 3 * SQUARE;
/// Time between frames.
const INTERVAL: f64 = 0.1;
/// Temperatures of the hotter bead of each pair; the other has 1. Equal ones are the control.
const HOT: [f64; 3] = [10.0, 1.0, 5.0];

/// One of the things in the scene.
#[derive(Debug)]
pub(super) struct Part {
    /// Its label in the image of regions.
    pub(super) label: u32,
    pub(super) name: &'static str,
    /// Rate that pairs of frames can show at best, as far as it is known; otherwise that of the process.
    pub(super) exact_rate: f64,
    /// Exact rate of these very movies.
    pub(super) realised_rate: f64,
}

/// Movies of all things together.
pub(super) struct Scene {
    pub(super) movies: Vec<Video>,
    pub(super) truth: Truth,
    /// Which part each pixel belongs to, shape (row, column).
    pub(super) labels: Array2<u32>,
    pub(super) parts: Vec<Part>,
}

/// One thing, filmed alone.
struct Filmed {
    movies: Vec<Video>,
    world: World,
    truth: Truth,
    /// Exact entropy production that can be seen, in `k_B` per pixel and second.
    density: Array2<f64>,
}

/// The scene in so many `movies` and `frames`.
pub(super) fn scene(movies: usize, frames: usize, seed: u64) -> Result<Scene> {
    // Of 255 counts a blob has 150, on an offset of 20 with a noise of 1.
    let microscope =
        MicroscopeSettings { brightness: 0.59, background: 0.08, read_noise: 0.004, ..Default::default() };
    let seeds = 4 * seed..;
    let mut things = Vec::new();
    for (hot, seed) in HOT.into_iter().zip(seeds.clone()) {
        let row = System::BeadSpring(BeadSpringRow { hot, ..BeadSpringRow::default() });
        let run =
            Simulation { movies, frames, time_step: 0.01, steps_per_frame: 10, ..Simulation::default() };
        let world = row.simulate(&microscope, &run, seed)?;
        let places = part_places(&row, &microscope, &world.trajectories)?.unwrap_or_default();
        let density = flanks(&places, &world);
        things.push(filmed(&row, &microscope, world, density, seed)?);
    }
    let flow = System::Flow(Flow { colloids: 12.0, speed: 0.18, size: FLOW, ..Flow::default() });
    let run = Simulation { movies, frames, time_step: 1.0, ..Simulation::default() };
    let seed = 4 * seed + 3;
    let world = flow.simulate(&microscope, &run, seed)?;
    let per_frame = world.exact_density.clone().unwrap_or_else(|| Array2::zeros((FLOW, FLOW)));
    things.push(filmed(&flow, &microscope, world, per_frame / INTERVAL, seed)?);
    Ok(Scene { movies: together(&things)?, truth: truth(&things)?, labels: labels(), parts: parts(&things) })
}

fn filmed(
    system: &System,
    microscope: &MicroscopeSettings,
    world: World,
    density: Array2<f64>,
    seed: u64,
) -> Result<Filmed> {
    let movies = film(system, microscope, &world.trajectories, seed)?;
    Ok(Filmed { movies, truth: world.truth(None), world, density })
}

/// What pairs of frames can show of beads, where their light changes: at the flanks of their blobs.
fn flanks(places: &[[f64; 2]], world: &World) -> Array2<f64> {
    let seen = match (world.exact_pair_rate, world.exact_rate) {
        (Some(seen), Some(all)) if all > 0.0 => seen / all,
        _ => 1.0,
    };
    let mut density = Array2::zeros((SQUARE, SQUARE * places.len()));
    for ([x, y], rate) in places.iter().zip(world.exact_local_rate.iter().flatten()) {
        let slope = Array2::from_shape_fn(density.dim(), |(row, column)| {
            let (right, down) = (column as f64 - x, row as f64 - y);
            right.powi(2) * (-(right.powi(2) + down.powi(2)) / BLOB.powi(2)).exp()
        });
        density = density + &slope * (seen * rate / slope.sum());
    }
    density
}

/// Pairs of beads below each other at the left, the flow at the right.
fn laid_out<T: Clone>(parts: &[ArrayView3<T>]) -> Result<Array3<T>> {
    let wrong = |refusal: ndarray::ShapeError| {
        let remedy = "Choose another size of the flow.";
        Error::Mismatch(Fault::new("scene", "parts that fit together", refusal.to_string(), remedy))
    };
    let (flow, beads) = parts
        .split_last()
        .ok_or_else(|| wrong(ndarray::ShapeError::from_kind(ndarray::ErrorKind::IncompatibleShape)))?;
    let left = concatenate(Axis(1), beads).map_err(wrong)?;
    concatenate(Axis(2), &[left.view(), flow.view()]).map_err(wrong)
}

fn together(things: &[Filmed]) -> Result<Vec<Video>> {
    let count = things.first().map_or(0, |thing| thing.movies.len());
    let movie = |index: usize| {
        let frames: Vec<ArrayView3<u8>> = things
            .iter()
            .filter_map(|thing| match thing.movies[index].frames() {
                Frames::U8(frames) => Some(frames.view()),
                _ => None,
            })
            .collect();
        let calibration = cneep_movie::Calibration {
            frame_interval: Some(INTERVAL),
            ..things[0].movies[index].calibration()
        };
        Video::new(format!("scene {}", index + 1), Frames::U8(laid_out(&frames)?), calibration)
    };
    (0..count).map(movie).collect()
}

fn truth(things: &[Filmed]) -> Result<Truth> {
    let wrong = |refusal: ndarray::ShapeError| {
        let remedy = "Choose another number of frames.";
        Error::Mismatch(Fault::new("scene", "as many frames of all parts", refusal.to_string(), remedy))
    };
    let joined = |of: fn(&Truth) -> &Array3<f64>| {
        let arrays: Vec<ArrayView3<f64>> = things.iter().map(|thing| of(&thing.truth).view()).collect();
        concatenate(Axis(2), &arrays).map_err(wrong)
    };
    let of_all = things.iter().map(|thing| &thing.truth.entropy_production);
    let entropy_production =
        of_all.fold(Array2::zeros(things[0].truth.entropy_production.dim()), |sum, of| sum + of);
    let density: Vec<Array3<f64>> =
        things.iter().map(|thing| thing.density.clone().insert_axis(Axis(0))).collect();
    let density = laid_out(&density.iter().map(|of| of.view()).collect::<Vec<_>>())?;
    Ok(Truth {
        trajectory: joined(|truth| &truth.trajectory)?,
        local_entropy_production: joined(|truth| &truth.local_entropy_production)?,
        entropy_production,
        frame_interval: INTERVAL,
        exact_rate: Some(things.iter().map(rate).sum()),
        exact_local_rate: None,
        part_places: None,
        exact_density: Some(density.index_axis_move(Axis(0), 0)),
    })
}

/// Rate of the process, in `k_B` per second of the scene.
fn rate(thing: &Filmed) -> f64 {
    thing.world.exact_rate.unwrap_or(0.0) * thing.truth.frame_interval / INTERVAL
}

fn labels() -> Array2<u32> {
    let mut labels = Array2::zeros((FLOW, 2 * SQUARE + FLOW));
    for (label, row) in (1..).zip((0..FLOW).step_by(SQUARE)) {
        labels.slice_mut(s![row..row + SQUARE, ..2 * SQUARE]).fill(label);
    }
    labels.slice_mut(s![.., 2 * SQUARE..]).fill(HOT.len() as u32 + 1);
    labels
}

fn parts(things: &[Filmed]) -> Vec<Part> {
    let names = [
        "pair of beads, 1 and 10",
        "pair of beads, 1 and 1",
        "pair of beads, 1 and 5",
        "colloids in vortices",
    ];
    let part = |((label, name), thing): ((u32, &'static str), &Filmed)| {
        let entropy = &thing.truth.entropy_production;
        let exact_rate = thing.world.exact_pair_rate.unwrap_or_else(|| rate(thing));
        Part { label, name, exact_rate, realised_rate: entropy.mean().unwrap_or(0.0) / INTERVAL }
    };
    (1..).zip(names).zip(things).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches parts whose entropy production is lost, counted in another unit of time, or drawn elsewhere.
    #[test]
    fn the_scene_has_the_rates_of_its_parts() {
        let Scene { movies, truth, labels, parts } = scene(2, 40, 3).unwrap();
        assert_eq!((movies.len(), movies[1].frames().shape()), (2, (40, 60, 100)));
        let realised = truth.entropy_production.mean().unwrap() / INTERVAL;
        assert!((realised - parts.iter().map(|part| part.realised_rate).sum::<f64>()).abs() < 1e-9);
        let density = truth.exact_density.unwrap();
        for part in &parts {
            let inside = density.indexed_iter().filter(|(at, _)| labels[*at] == part.label);
            let sum: f64 = inside.map(|(_, value)| value).sum();
            assert!((sum - part.exact_rate).abs() < 0.01 * part.exact_rate.max(0.01), "{part:?} {sum}");
        }
        assert!(parts[1].exact_rate.abs() < 1e-12 && parts[0].exact_rate > 2.0 * parts[2].exact_rate);
    }
}
