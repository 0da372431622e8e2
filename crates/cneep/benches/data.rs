//! Times what brings data to the network: simulating, filming, reading files, drawing and gathering
//! transitions.

use cneep::estimator::{Normalisation, Windows};
use cneep::transition::{Sampler, Transitions};
use cneep_movie::Calibration;
use cneep_movie::video::{self, Frames, Video};
use cneep_nn::{InputMap, Inputs, Shape};
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile, Trajectory};
use cneep_sim::microscope::Microscope;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ndarray::Array3;

const MOVIES: usize = 100;
const FRAMES: usize = 1000;
/// Bytes of the files that are read.
const FILE: usize = 20 << 20;

fn beads() -> BeadSpring {
    BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0)).expect("two beads")
}

fn trajectories(movies: usize) -> Vec<Trajectory> {
    let run = Simulation { movies, frames: FRAMES, ..Simulation::default() };
    beads().simulate(&run, 1).expect("a stable time step")
}

fn films(movies: usize) -> Vec<Video> {
    Microscope::default().record(&trajectories(movies)).expect("beads on the frame")
}

/// 100 movies of 1,000 frames of two beads; items are frames.
#[divan::bench(sample_count = 20)]
fn simulate(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(MOVIES * FRAMES)).bench_local(|| trajectories(MOVIES));
}

/// The same, filmed on 20 x 40 pixels; items are frames.
#[divan::bench(sample_count = 20)]
fn render(bencher: Bencher<'_, '_>) {
    let (trajectories, microscope) = (trajectories(MOVIES), Microscope::default());
    bencher.counter(ItemsCount::new(MOVIES * FRAMES)).bench_local(|| microscope.record(&trajectories));
}

/// 20 MiB of bytes in square frames of this edge.
#[divan::bench(args = [("tif", 32), ("tif", 256), ("npz", 256)], sample_count = 20)]
fn read(bencher: Bencher<'_, '_>, (extension, edge): (&str, usize)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("movie").with_extension(extension);
    let pixels = Array3::from_shape_fn((FILE / (edge * edge), edge, edge), |(frame, row, column)| {
        (frame * 31 + row * 7 + column) as u8
    });
    let video = Video::new("movie", Frames::U8(pixels), Calibration::default()).expect("many frames");
    video.write(&path).expect("room for the movie");
    bencher.counter(BytesCount::new(FILE)).bench_local(|| video::open(&path).expect("a whole movie"));
}

/// The indices of a batch, drawn with replacement; items are transitions.
#[divan::bench(args = [1024, 4096])]
fn draw(bencher: Bencher<'_, '_>, batch: usize) {
    let sampler = Sampler::new(MOVIES * (FRAMES - 1), 1);
    let mut iteration = 0;
    bencher.counter(ItemsCount::new(batch)).bench_local(|| {
        iteration += 1;
        sampler.draw(iteration, batch)
    });
}

/// Writing the frames of a batch, normalised, as one thread does before it computes; items are transitions.
#[divan::bench(args = [1024])]
fn gather(bencher: Bencher<'_, '_>, batch: usize) {
    let videos = films(MOVIES);
    let all = Transitions::all(&videos, 2).expect("long movies");
    let drawn = Sampler::new(all.len(), 1).draw(0, batch).into_iter().map(|index| all.get(index)).collect();
    let normalisation = Normalisation::new(44.0, 61.0).expect("a positive deviation");
    let windows = Windows::new(&videos, normalisation, 2, drawn);
    let (rows, columns) = (videos[0].frames().rows(), videos[0].frames().columns());
    let mut values = vec![0.0; rows * columns * 2];
    bencher.counter(ItemsCount::new(batch)).bench_local(|| {
        for index in 0..batch {
            windows.write(index, &mut InputMap::new(&mut values, Shape { channels: 2, rows, columns }));
            black_box(&values);
        }
    });
}

fn main() {
    divan::main();
}
