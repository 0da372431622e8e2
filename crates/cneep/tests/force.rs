//! Pins what the force estimator reaches on movies whose entropy production is known.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod scene;

use cneep::estimator::{
    DescentSettings, Estimator, EstimatorSettings, FitRecord, ForceSettings, StopReason, Training,
    TrainingRun,
};
use cneep_movie::progress::Progress;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::{Array3, Axis, s};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use scene::{Scene, reversed, values};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

fn force(window: usize, form: ForceSettings) -> Training {
    Training::single(EstimatorSettings::Force(form)).with_window(window)
}

/// Nothing stated but a training of a moment.
fn open() -> ForceSettings {
    ForceSettings { descent: quick(), ..ForceSettings::default() }
}

fn quick() -> DescentSettings {
    DescentSettings {
        iterations: Some(30),
        batch: Some(64),
        validate_every: Some(10),
        learning_rate: 1e-3,
        ..DescentSettings::default()
    }
}

/// The benchmark of physics, two beads at T 1 and 10, from fewer movies than the paper's networks need.
/// Catches a wrong factor (slope, bound) and a map that puts dissipation in the wrong place: beads dissipate
/// 1.428 and 0.597 exactly.
#[test]
fn two_beads_are_estimated_and_mapped_within_seconds() {
    let (seen, fresh) = (Scene::clean(100, 500, 10.0, 1), Scene::clean(20, 500, 10.0, 2));
    // Cells as far apart as the beads; few components, as kernels carry noise too.
    let descent = DescentSettings {
        iterations: Some(300),
        batch: Some(512),
        validate_every: Some(50),
        ..DescentSettings::default()
    };
    let form = ForceSettings { cell: Some(20), stride: Some(20), components: Some(4), descent, ..open() };
    let estimator = Estimator::train(&seen.videos, &force(2, form)).unwrap();
    let entropy = fresh.estimate(&estimator);
    let comparison = entropy.comparison().unwrap();
    assert!(comparison.r_squared > 0.88, "{comparison:?}");
    assert!((comparison.slope - 1.0).abs() < 0.2, "{comparison:?}");
    let bound = entropy.certified_bound().unwrap();
    let apart = (bound.value - comparison.realised_rate).abs();
    assert!(apart < 2.0 * bound.standard_error.unwrap(), "{bound:?} {comparison:?}");
    for part in fresh.beads_on_the_map(&estimator) {
        assert!((part.map_rate / part.realised_rate - 1.0).abs() < 0.25, "{part:?}");
        assert!(part.correlation > 0.9, "{part:?}");
    }
}

/// Steps a thousand times too long ruin the network: catches a run that then estimates zero, or worse,
/// although its beginning, fitted in closed form, is an estimate.
#[test]
fn a_training_that_fails_leaves_the_beginning() {
    let (seen, fresh) = (Scene::clean(40, 300, 10.0, 1), Scene::clean(10, 500, 10.0, 2));
    let descent = DescentSettings { learning_rate: 0.9, ..quick() };
    let form = ForceSettings { cell: Some(20), stride: Some(20), components: Some(4), descent, ..open() };
    let estimator = Estimator::train(&seen.videos, &force(2, form)).unwrap();
    let record = estimator.record();
    let FitRecord::Descent(found) = &record.fit else { panic!("{record:?}") };
    assert_eq!(found.best_iteration, 0);
    assert!(found.best_validation_loss.unwrap() < 1.0 && record.cautions.is_empty(), "{record:?}");
    let comparison = fresh.estimate(&estimator).comparison().unwrap();
    assert!(comparison.r_squared > 0.5, "{comparison:?}");
}

/// The film run backwards gives minus the entropy production, in reverse order; every map has the frame's own
/// resolution and sums to its transition. Catches a window that is not treated symmetrically and a border
/// left out.
#[test]
fn reversal_flips_and_maps_sum_for_every_window() {
    let scene = Scene::clean(10, 60, 10.0, 5);
    for window in [2, 3, 4, 5] {
        for invariant in [false, true] {
            let form = ForceSettings { invariant, ..open() };
            let trained = force(window, ForceSettings { cell: Some(12), stride: Some(9), ..form });
            let estimator = Estimator::train(driven(10, 60), &trained).unwrap();
            check_reversal_and_maps(&estimator, &scene.videos[0]);
        }
    }
}

/// Run backwards, `video` gives the negated values in reverse order, bit for bit; each of its maps sums to
/// its value.
fn check_reversal_and_maps(estimator: &Estimator, video: &Video) {
    let forward = values(estimator, video);
    let mut backward = values(estimator, &reversed(video));
    backward.reverse();
    assert!(forward.iter().any(|value| *value != 0.0));
    let negated: Vec<u64> = backward.iter().map(|value| (-value).to_bits()).collect();
    assert_eq!(forward.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), negated);
    let maps = estimator.dissipation_map(video).unwrap();
    assert_eq!(maps.transitions.dim(), (video.frames().count() + 1 - estimator.record().window, 20, 40));
    for (map, value) in maps.transitions.axis_iter(Axis(0)).zip(&forward) {
        let sum: f64 = map.iter().map(|&cell| f64::from(cell)).sum();
        let size: f64 = map.iter().map(|&cell| f64::from(cell.abs())).sum();
        assert!((sum - value).abs() < 1e-5 * (1.0 + size), "{sum} {value} of {size}");
    }
}

/// Waves that travel to the right: so far from equilibrium that a few iterations beat an estimate of zero.
fn driven(count: usize, frames: usize) -> Vec<Video> {
    let movie = |movie: usize| {
        let pixel = |(frame, row, column): (usize, usize, usize)| {
            let phase = column as f64 * 0.6 - frame as f64 * 0.8 + movie as f64 + row as f64 * 0.05;
            let noise = ((frame * 31 + row * 17 + column * 7 + movie * 13) % 23) as f64;
            (110.0 + 90.0 * phase.sin() + noise) as u8
        };
        Frames::U8(Array3::from_shape_fn((frames, 20, 40), pixel))
    };
    (0..count).map(|i| Video::new(format!("wave {i}"), movie(i), Calibration::default()).unwrap()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits_for_any_number_of_threads() {
    let scene = Scene::clean(8, 100, 10.0, 8);
    let train = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let form = ForceSettings { own_kernels: true, ..open() };
        let settings = force(3, form);
        pool.install(|| Estimator::train(&scene.videos, &settings).unwrap().parameters().to_vec())
    };
    let one = train(1);
    assert_eq!(one, train(2));
    assert_eq!(one, train(3));
}

/// Asks to stop in the middle of the training steps, whatever comes before them.
struct StopInTraining(AtomicU64);

impl StopInTraining {
    fn new() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Progress for StopInTraining {
    fn begin(&self, task: &str, _: u64) {
        if task.starts_with("training") {
            self.0.store(17, Ordering::Relaxed);
        }
    }

    fn stop_requested(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

fn files(folder: &Path) -> [Vec<u8>; 4] {
    ["settings.toml", "last.safetensors", "best.safetensors", "training.csv"]
        .map(|name| std::fs::read(folder.join(name)).unwrap())
}

/// Stopped between validations: catches a ridge or a unit of the coefficients that a resumed run measures
/// anew.
#[test]
fn a_resumed_run_ends_with_the_bits_of_an_uninterrupted_one() {
    let scene = Scene::clean(8, 100, 10.0, 4);
    let descent = DescentSettings { alpha: -0.5, ..quick() };
    let settings = force(2, ForceSettings { descent, ..open() });
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    TrainingRun::new(&settings).kept_in(whole.path()).train(&scene.videos).unwrap();
    let stop = StopInTraining::new();
    let run = TrainingRun::new(&settings).kept_in(parts.path());
    let stopped = run.watched_by(&stop).train(&scene.videos).unwrap();
    assert_eq!(stopped.stop_reason(), Some(StopReason::Interrupted));
    assert_ne!(files(whole.path()), files(parts.path()));
    let kept = Training::of_run(parts.path()).unwrap();
    assert_eq!(kept, settings, "what was stated is kept, and nothing else");
    let resumed = TrainingRun::new(&kept).kept_in(parts.path()).resume(&scene.videos).unwrap();
    assert_eq!(resumed.stop_reason(), Some(StopReason::Finished));
    assert_eq!(files(whole.path()), files(parts.path()));
    let loaded = Estimator::load(parts.path()).unwrap();
    assert_eq!(values(&loaded, &scene.videos[0]), values(&resumed, &scene.videos[0]));
    let maps = |estimator: &Estimator| estimator.dissipation_map(&scene.videos[0]).unwrap().transitions;
    assert!(maps(&loaded) == maps(&resumed));
}

/// A frame of two copies side by side, which meet where the pattern repeats, dissipates twice as much but for
/// the cells at the edges: catches coefficients that know where they are, and a grid that shifts with the
/// frame's size.
#[test]
fn an_invariant_estimator_gives_larger_frames_the_same_density() {
    // 36 columns hold whole waves: copies join without a seam.
    let wave = |columns: usize| {
        let pixel = |(frame, row, column): (usize, usize, usize)| {
            let phase = column as f64 * std::f64::consts::TAU / 12.0 - frame as f64 * 0.8;
            let noise = ((frame * 31 + row * 17 + column % 36 * 7) % 23) as f64;
            (110.0 + 90.0 * phase.sin() + noise) as u8
        };
        let frames = Frames::U8(Array3::from_shape_fn((60, 24, columns), pixel));
        Video::new(format!("{columns} columns"), frames, Calibration::default()).unwrap()
    };
    let form = ForceSettings { cell: Some(12), stride: Some(6), invariant: true, ..open() };
    let estimator = Estimator::train(wave(36), &force(2, form.clone())).unwrap();
    let maps = [36, 72, 144].map(|columns| estimator.dissipation_map(&wave(columns)).unwrap().transitions);
    let bulk = |map: &Array3<f32>, left: usize| -> f64 {
        map.slice(s![.., .., left..left + 12]).iter().map(|&cell| f64::from(cell)).sum()
    };
    let density = bulk(&maps[0], 12);
    assert!(density > 0.0);
    for (map, left) in [(&maps[1], 12), (&maps[1], 48), (&maps[2], 48), (&maps[2], 84)] {
        let found = bulk(map, left);
        assert!((found / density - 1.0).abs() < 0.01, "{found} {density}");
    }
    let fixed = ForceSettings { invariant: false, ..form.clone() };
    let fixed = Estimator::train(wave(36), &force(2, fixed)).unwrap();
    assert!(fixed.entropy_production(wave(72)).is_err(), "coefficients of cells that are not there");
}

/// In each half two patterns circle each other, on the left stripes across, on the right others along; those
/// of the other half flicker there.
fn two_dances(count: usize, frames: usize, seed: u64) -> Vec<Video> {
    movies_of_halves(count, frames, seed, |half, amplitudes, flicker: [f64; 4], (r, c)| {
        let patterns = [[(0.5 * c).sin(), (0.8 * c).cos()], [(0.4 * r).cos(), (0.7 * r).sin()]];
        let (own, other) = (patterns[half], patterns[1 - half]);
        let light = amplitudes.0 * own[0] + amplitudes.1 * own[1];
        let flicker = flicker.map(|amplitude| 0.6 * amplitude);
        12.0 * (light + (flicker[2 * half] * other[0] + flicker[2 * half + 1] * other[1]))
    })
}

/// Two kernels that all cells share cannot show four patterns: catches kernels that are not each cell's own,
/// in the forward pass or back.
#[test]
fn cells_with_kernels_of_their_own_see_what_differs_between_them() {
    let (seen, fresh) = (two_dances(20, 200, 6), two_dances(10, 200, 7));
    let form = ForceSettings { cell: Some(20), stride: Some(20), components: Some(6), ..open() };
    let [shared, own] = [false, true].map(|own| {
        let settings = force(2, ForceSettings { own_kernels: own, ..form.clone() });
        let estimator = Estimator::train(&seen, &settings).unwrap();
        check_reversal_and_maps(&estimator, &fresh[0]);
        bound(&estimator, &fresh)
    });
    assert!(own > 0.8 && own > 2.0 * shared && own < 1.9, "{shared} {own}");
}

/// In equilibrium a fit that is kept, whatever validation says, reaches no bound on fresh movies beyond what
/// chance gives: of twelve sets at most two exceed it by two standard errors, which chance does in one of
/// fifty. Catches a bound that leans upwards.
#[test]
fn equal_temperatures_give_no_bound() {
    let fresh = Scene::clean(20, 100, 1.0, 10);
    let form = ForceSettings { cell: Some(20), stride: Some(20), components: Some(4), ..open() };
    let exceeds = |seed: &u64| {
        let seen = Scene::clean(10, 100, 1.0, 100 + seed);
        let folder = tempfile::tempdir().unwrap();
        TrainingRun::new(&force(2, form.clone())).kept_in(folder.path()).train(&seen.videos).unwrap();
        // The last parameters, not the best, of which zero is one.
        let entropy = fresh.estimate(&Estimator::load_last(folder.path()).unwrap());
        assert!(entropy.movies[0].values.iter().any(|value| *value != 0.0));
        let bound = entropy.certified_bound().unwrap();
        bound.value > 2.0 * bound.standard_error.unwrap()
    };
    let count = (0..12_u64).filter(exceeds).count();
    assert!(count <= 2, "{count} of 12");
}

#[test]
fn what_cannot_be_trained_is_refused_by_name() {
    let refused = |force: &str| {
        let settings: Training = toml::from_str(&format!("[estimator]\nkind = \"force\"\n{force}")).unwrap();
        settings.check().unwrap_err().to_string()
    };
    assert!(refused("cell = 2").starts_with("force.cell"));
    assert!(refused("cell = 10\nstride = 11").starts_with("force.stride"));
    assert!(refused("reach = 9").starts_with("force.reach"));
    assert!(refused("kernels = 0").starts_with("force.kernels"));
    assert!(refused("kernels = 3\ncomponents = 2").starts_with("force.components"));
    assert!(refused("ridge = -1.0").starts_with("force.ridge"));
    assert!(refused("own_kernels = true\ninvariant = true").starts_with("force.own_kernels"));
    assert!(toml::from_str::<Training>("estimator = { kind = \"force\", kernel = 3 }").is_err());
    let large = force(2, ForceSettings { cell: Some(30), ..open() });
    let told = Estimator::train(driven(6, 20), &large).err().unwrap().to_string();
    assert!(told.starts_with("force.cell"), "{told}");
}

/// Movies whose halves each have two amplitudes that circle each other, driven by noise, independent of the
/// other half. `light` is what a half shows of them at a row and column of its own, with `N` numbers drawn
/// anew for each frame.
fn movies_of_halves<const N: usize>(
    count: usize,
    frames: usize,
    seed: u64,
    light: impl Fn(usize, (f64, f64), [f64; N], (f64, f64)) -> f64,
) -> Vec<Video> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
    let mut movie = || {
        let mut pixels = Array3::zeros((frames, 20, 40));
        let mut amplitudes = [(0.0, 0.0); 2];
        for mut frame in pixels.outer_iter_mut() {
            for (x, y) in &mut amplitudes {
                (*x, *y) = (0.8 * *x - 0.25 * *y + 0.5 * draw(), 0.25 * *x + 0.8 * *y + 0.5 * draw());
            }
            let drawn = std::array::from_fn(|_| draw());
            for ((row, column), pixel) in frame.indexed_iter_mut() {
                let (half, place) = (column / 20, (row as f64, (column % 20) as f64));
                *pixel = (130.0 + light(half, amplitudes[half], drawn, place) + draw()) as u8;
            }
        }
        Frames::U8(pixels)
    };
    (0..count).map(|i| Video::new(format!("halves {i}"), movie(), Calibration::default()).unwrap()).collect()
}

/// Mean of `1 + dS - exp(-dS)` over movies never seen.
fn bound(estimator: &Estimator, fresh: &[Video]) -> f64 {
    let values: Vec<f64> = fresh.iter().flat_map(|video| values(estimator, video)).collect();
    values.iter().map(|s| 1.0 + s - (-s).exp()).sum::<f64>() / values.len() as f64
}
