//! Pins the comparison of estimators: its sum obeys the laws of every estimator, and judges what its members
//! have not seen.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod scene;

use cneep::entropy_production::{Role, Significance, Summary};
use cneep::estimator::{
    ComparedEstimator, ComparisonRecord, ComparisonSettings, DescentSettings, Estimator, EstimatorSettings,
    FitRecord, ForceSettings, ModesSettings, NetworkSettings, Outcome, StopReason, Training, TrainingRun,
};
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::progress::Progress;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use cneep_sim::microscope::Camera;
use ndarray::{Array2, Array3, Axis};
use scene::{Scene, reversed, values};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// A comparison of `estimators` in three folds.
fn quick(estimators: Vec<EstimatorSettings>, windows: &[usize]) -> Training {
    let windows = windows.to_vec();
    Training::comparison(ComparisonSettings {
        estimators,
        windows,
        folds: 3,
        ..ComparisonSettings::default()
    })
}

fn modes() -> EstimatorSettings {
    EstimatorSettings::Modes(ModesSettings::default())
}

/// Trained for a moment.
fn force() -> EstimatorSettings {
    EstimatorSettings::Force(ForceSettings { descent: moment(), ..ForceSettings::default() })
}

fn moment() -> DescentSettings {
    DescentSettings { iterations: Some(40), batch: Some(64), ..DescentSettings::default() }
}

fn found(estimator: &Estimator) -> &ComparisonRecord {
    match &estimator.record().fit {
        FitRecord::Comparison(found) => found,
        other => panic!("{other:?}"),
    }
}

fn of<'a>(estimator: &'a Estimator, name: &str) -> &'a ComparedEstimator {
    let mut compared = found(estimator).compared.iter();
    compared.find(|of| of.estimator == name && of.outcome != Outcome::TriedForWindow).unwrap()
}

/// Catches a choice that prefers long windows on clean movies or short ones on noisy ones, a sum that is
/// worse than what it is made of, and a record that does not tell what was compared.
#[test]
fn the_best_on_held_out_transitions_is_kept() {
    let scene = Scene::clean(20, 300, 10.0, 5);
    let estimator = Estimator::train(&scene.videos, &quick(vec![modes(), force()], &[2, 12])).unwrap();
    let record = found(&estimator);
    assert_eq!(estimator.record().window, 2, "{record:?}");
    let tried = record.compared.iter().filter(|of| of.outcome.is_of_window());
    assert_eq!(tried.count(), 2);
    let modes_alone = of(&estimator, "modes");
    assert_eq!((&modes_alone.outcome, modes_alone.folds), (&Outcome::CrossFitted, 3));
    assert!(modes_alone.weight > 0.7 && modes_alone.weight < 1.3, "{modes_alone:?}");
    assert!(record.bound.unwrap() >= modes_alone.bound.unwrap() - 1e-12);
    let fresh = Scene::clean(5, 400, 10.0, 6);
    let comparison = fresh.estimate(&estimator).comparison().unwrap();
    assert!(comparison.r_squared > 0.9, "{comparison:?}");
    for part in fresh.beads_on_the_map(&estimator) {
        assert!(part.correlation > 0.9, "{part:?}");
    }

    // Enough that the longer window shows more beyond chance.
    let scene = Scene::new(60, 300, 10.0, 5, noisy(0.1));
    let estimator = Estimator::train(&scene.videos, &quick(vec![modes()], &[2, 6])).unwrap();
    assert_eq!(estimator.record().window, 6, "{:?}", found(&estimator));
}

/// Every transition of a training movie must be judged by the member that has not seen it, with the weight
/// that was chosen without its fold; one of a test movie by all members, with the weight chosen on all folds.
/// Catches members that judge what they were fitted to, weights chosen on what they judge, and transitions
/// that nobody judges.
#[test]
fn training_movies_are_judged_by_what_was_found_without_them() {
    let scene = Scene::clean(8, 120, 10.0, 7);
    let folder = tempfile::tempdir().unwrap();
    let run = TrainingRun::new(&quick(vec![modes()], &[2])).kept_in(folder.path()).train(&scene.videos);
    let estimator = run.unwrap();
    let home = |fold: usize| folder.path().join(format!("modes/fold_{fold}"));
    let members = [1, 2, 3].map(|fold| Estimator::load(&home(fold)).unwrap());
    let summed = estimator.entropy_production(&scene.videos).unwrap();
    let compared = of(&estimator, "modes");
    assert_eq!(compared.fold_weights.len(), 3);
    assert!(compared.fold_weights.iter().any(|weight| *weight != compared.weight), "{compared:?}");
    let mut tested = 0;
    for (video, summed) in scene.videos.iter().zip(&summed.movies) {
        let unseen =
            |member: &Estimator| member.roles(video).unwrap().iter().all(|role| *role == Role::HeldOut);
        let judges: Vec<usize> = (0..3).filter(|&fold| unseen(&members[fold])).collect();
        let roles = estimator.roles(video).unwrap();
        // One movie is set aside for the test of all members; each other one belongs to one fold.
        let (weight, role) = match judges[..] {
            [fold] => (compared.fold_weights[fold], Role::OutOfFold),
            [0, 1, 2] => (compared.weight, Role::HeldOut),
            _ => panic!("{judges:?}"),
        };
        tested += usize::from(role == Role::HeldOut);
        assert!(roles.iter().all(|of| *of == role), "{roles:?}");
        let own = judges.iter().map(|&judge| values(&members[judge], video));
        let own: Vec<Vec<f64>> = own.collect();
        for (place, value) in summed.values.iter().enumerate() {
            let mean = own.iter().map(|values| values[place]).sum::<f64>() / own.len() as f64;
            assert!((value - weight * mean).abs() < 1e-12);
        }
    }
    assert_eq!(tested, 1);
}

/// On fresh movies each member's share of the maps sums to its mean; on its own movies no member judges all.
/// Catches errors of regions that know nothing of how far fits disagree.
#[test]
fn maps_tell_what_each_member_puts_into_them() {
    let scene = Scene::clean(8, 120, 10.0, 7);
    let estimator = Estimator::train(&scene.videos, &quick(vec![modes()], &[2])).unwrap();
    let fresh = Scene::clean(1, 400, 10.0, 8);
    let mut count = 0;
    let mut sum = Array2::<f64>::zeros((0, 0));
    let fits = estimator.map_each_by_fits(&fresh.videos[0], |grid, _, map| {
        if count == 0 {
            sum = Array2::zeros((grid.rows, grid.columns));
        }
        count += 1;
        sum.zip_mut_with(&map, |sum, &cell| *sum += f64::from(cell));
        Ok(())
    });
    let fits = fits.unwrap();
    let means = estimator.entropy_production(&fresh.videos).unwrap().fit.member_means;
    assert_eq!((fits.len(), means.len()), (3, 3));
    for (fit, mean) in fits.iter().zip(&means) {
        assert!((fit.sum() / count as f64 - mean).abs() < 1e-5 * mean.abs(), "{mean}");
    }
    let mean = fits.iter().fold(Array2::zeros(sum.dim()), |sum: Array2<f64>, fit| sum + fit) / 3.0;
    assert!((&mean - &sum).iter().all(|rest| rest.abs() < 1e-4), "the mean of the fits is the map");
    let own = scene.videos.iter().map(|video| estimator.map_each_by_fits(video, |_, _, _| Ok(())).unwrap());
    let judged_by_all = own.filter(|fits| !fits.is_empty()).count();
    assert_eq!(judged_by_all, 1, "the test movie alone");
}

/// Waves that never turn back: their dS is larger than so few windows can tell. Catches a rate with a small
/// error that is claimed and certified, and maps that do not sum to the values.
#[test]
fn a_size_that_no_sample_can_show_is_not_claimed() {
    let wave = |movie: usize| {
        let pixel = move |(frame, row, column): (usize, usize, usize)| {
            let phase = column as f64 * 0.6 - frame as f64 * 0.8 + movie as f64 + row as f64 * 0.05;
            let noise = ((frame * 31 + row * 17 + column * 7 + movie * 13) % 23) as f64;
            (110.0 + 90.0 * phase.sin() + 0.1 * noise) as u8
        };
        let frames = Frames::U8(Array3::from_shape_fn((40, 12, 16), pixel));
        Video::new(format!("wave {movie}"), frames, Calibration::default()).unwrap()
    };
    let videos: Vec<Video> = (0..6).map(wave).collect();
    let estimator = Estimator::train(&videos, &quick(vec![modes()], &[2])).unwrap();
    let fresh = values(&estimator, &wave(9));
    let summary = Summary::of(&estimator.entropy_production([wave(9)]).unwrap(), None);
    assert_eq!(summary.significance, Significance::Withdrawn, "{:?}", summary.cautions);
    assert!(summary.certified_bound.is_none());
    let saturated = |caution: &Caution| matches!(caution.kind, CautionKind::SaturatedValues { .. });
    assert!(summary.cautions.iter().any(saturated), "{:?}", summary.cautions);
    let maps = estimator.dissipation_map(&wave(9)).unwrap();
    for (sum, value) in maps.entropy_production().iter().zip(&fresh) {
        assert!((sum - value).abs() < 1e-4 * value.abs(), "{sum} {value}");
    }
}

/// One that cannot be built is left out and named, with the others kept: catches one that takes the
/// comparison down.
#[test]
fn an_estimator_that_cannot_be_built_is_left_out() {
    let pixels = |movie: usize| {
        let pixel = move |(frame, _, column): (usize, usize, usize)| {
            (120.0 + 60.0 * (column as f64 * 0.5 - frame as f64 * 0.7 + movie as f64).sin()) as u8
        };
        let frames = Frames::U8(Array3::from_shape_fn((60, 2, 40), pixel));
        Video::new(format!("line scan {movie}"), frames, Calibration::default()).unwrap()
    };
    let videos: Vec<Video> = (0..6).map(pixels).collect();
    let network =
        EstimatorSettings::Convolutional(NetworkSettings { descent: moment(), ..Default::default() });
    let estimator = Estimator::train(&videos, &quick(vec![network.clone(), modes()], &[2])).unwrap();
    let Outcome::Failed(why) = &of(&estimator, "convolutional").outcome else {
        panic!("{:?}", found(&estimator))
    };
    assert!(why.contains("layers"), "{why}");
    assert_eq!(of(&estimator, "modes").outcome, Outcome::CrossFitted);
    let refused = Estimator::train(&videos, &quick(vec![network], &[2])).err().unwrap().to_string();
    assert!(refused.contains("layers"), "{refused}");
}

/// What is beyond the budget of work is left out before anything is fitted, and named.
#[test]
fn what_takes_more_than_the_budget_is_left_out() {
    let scene = Scene::clean(8, 120, 10.0, 7);
    let mut settings = quick(vec![modes(), force()], &[2]);
    let cneep::estimator::Choice::Comparison(comparison) = &mut settings.choice else { unreachable!() };
    comparison.work = 1.0;
    let estimator = Estimator::train(&scene.videos, &settings).unwrap();
    assert_eq!(of(&estimator, "force").outcome, Outcome::OverBudget);
    assert_eq!((of(&estimator, "force").folds, of(&estimator, "force").weight), (0, 0.0));
    assert_eq!(of(&estimator, "modes").outcome, Outcome::CrossFitted);
}

/// A network that has learned nothing is fitted to the first fold alone: catches one that is fitted to all
/// for nothing, and one whose work is not told.
#[test]
fn what_adds_nothing_on_the_first_fold_is_dismissed() {
    let scene = Scene::clean(20, 200, 10.0, 7);
    let descent = DescentSettings { iterations: Some(1), batch: Some(8), ..DescentSettings::default() };
    let network = EstimatorSettings::Convolutional(NetworkSettings { descent, ..Default::default() });
    let estimator = Estimator::train(&scene.videos, &quick(vec![modes(), network], &[2])).unwrap();
    let dismissed = of(&estimator, "convolutional");
    assert_eq!((&dismissed.outcome, dismissed.folds, dismissed.weight), (&Outcome::Dismissed, 1, 0.0));
    assert!(dismissed.work > 0.0 && dismissed.fold_weights.is_empty(), "{dismissed:?}");
    assert_eq!(of(&estimator, "modes").outcome, Outcome::CrossFitted);
}

/// The weights that reach the highest bound are too small by the sampling error of the fits, and so would be
/// the rate: over 24 small driven sets, each judged by its own members fold by fold, and all on the same
/// fresh movies, the rate must be what pairs of frames show of the one realised. Catches weights that are not
/// corrected, or corrected twice, for the sum or for its folds.
#[test]
fn rates_of_small_sets_do_not_lean_low() {
    let fresh = Scene::clean(20, 400, 10.0, 900);
    let form =
        ModesSettings { modes: Some(4), patch: Some(0), ridge: Some(0.01), ..ModesSettings::default() };
    let modes = EstimatorSettings::Modes(form);
    let settings = Training { split: no_test(), ..quick(vec![modes], &[2]) };
    let ratios = (0..24).map(|seed| {
        let scene = Scene::clean(40, 300, 10.0, 700 + seed);
        let estimator = Estimator::train(&scene.videos, &settings).unwrap();
        let correction = (1.0 / found(&estimator).reliability.unwrap()).clamp(1.0, 1.1);
        let [own, fresh] = [&scene, &fresh].map(|scene| {
            let entropy = scene.estimate(&estimator);
            entropy.rate().value / entropy.comparison().unwrap().realised_rate
        });
        [own, fresh, fresh / correction]
    });
    let ratios: Vec<[f64; 3]> = ratios.collect();
    let mean = |column: usize| {
        let number = ratios.len() as f64;
        let mean = ratios.iter().map(|ratio| ratio[column]).sum::<f64>() / number;
        let squares = ratios.iter().map(|ratio| (ratio[column] - mean).powi(2)).sum::<f64>();
        (mean, (squares / (number - 1.0) / number).sqrt())
    };
    let [own, corrected, uncorrected] = [0, 1, 2].map(mean);
    let exact = 1.985 / 2.025;
    for (mean, error) in [own, corrected] {
        assert!((mean - exact).abs() < 2.0 * error, "{own:?} {corrected:?} {uncorrected:?}");
    }
    assert!(exact - uncorrected.0 > 3.0 * uncorrected.1, "{corrected:?} {uncorrected:?}");
}

/// A network's map of larger cells is summed with a map of pixels: catches a sum whose maps do not add up to
/// it.
#[test]
fn maps_of_different_cells_are_summed_on_pixels() {
    let scene = Scene::clean(8, 120, 10.0, 3);
    let network =
        EstimatorSettings::Convolutional(NetworkSettings { descent: moment(), ..Default::default() });
    let estimator = Estimator::train(&scene.videos, &quick(vec![network, force()], &[2])).unwrap();
    let map = estimator.dissipation_map(&scene.videos[0]).unwrap();
    for (sum, value) in map.entropy_production().iter().zip(values(&estimator, &scene.videos[0])) {
        assert!((sum - value).abs() < 1e-4, "{sum} {value}");
    }
}

/// The laws of every estimator hold for the sum: reversal changes the sign bit for bit, maps sum to dS, bits
/// do not depend on threads, and a folder gives back what was saved in it.
#[test]
fn the_sum_obeys_the_laws() {
    let scene = Scene::new(12, 200, 10.0, 9, noisy(0.02));
    let folder = tempfile::tempdir().unwrap();
    let settings = Training { split: no_test(), ..quick(vec![modes(), force()], &[3]) };
    let train = |threads: usize, folder: &Path| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| TrainingRun::new(&settings).kept_in(folder).train(&scene.videos).unwrap())
    };
    let estimator = train(1, folder.path());
    let fresh = Scene::new(1, 600, 10.0, 10, noisy(0.02));
    let forward = values(&estimator, &fresh.videos[0]);
    let mut backward = values(&estimator, &reversed(&fresh.videos[0]));
    backward.reverse();
    assert!(forward.iter().any(|value| *value != 0.0));
    assert!(forward.iter().zip(&backward).all(|(f, b)| f.to_bits() == (-b).to_bits()));

    let map = estimator.dissipation_map(&fresh.videos[0]).unwrap();
    let mut handed_over = 0;
    estimator
        .map_each(&fresh.videos[0], |grid, start, own| {
            assert_eq!((grid, start), (map.grid, handed_over));
            assert_eq!(own, map.transitions.index_axis(Axis(0), start));
            handed_over += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(handed_over, forward.len());
    assert_eq!((map.grid.rows, map.grid.columns, map.grid.cell), (20, 40, 1));
    for (sum, value) in map.entropy_production().iter().zip(&forward) {
        assert!((sum - value).abs() < 1e-5, "{sum} {value}");
    }
    let loaded = Estimator::load(folder.path()).unwrap();
    assert_eq!(values(&loaded, &fresh.videos[0]), forward);
    let other = tempfile::tempdir().unwrap();
    assert_eq!(values(&train(2, other.path()), &fresh.videos[0]), forward);
    assert!(TrainingRun::new(&settings).kept_in(folder.path()).resume(&scene.videos).is_err());
}

/// Everything in a folder of a run but its times.
fn bits(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut bits = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            bits.extend(
                self::bits(&entry)
                    .into_iter()
                    .map(|(name, of)| (PathBuf::from(entry.file_name().unwrap()).join(name), of)),
            );
        } else {
            let text = std::fs::read(&entry).unwrap();
            let is_record = entry.extension().is_some_and(|extension| extension == "json");
            let is_time = |line: &&str| line.trim_start().split(':').next().unwrap().contains("seconds");
            let timeless = |text: &[u8]| {
                let text = std::str::from_utf8(text).unwrap();
                text.lines().filter(|line| !is_time(line)).collect::<Vec<_>>().join("\n").into_bytes()
            };
            let text = if is_record { timeless(&text) } else { text };
            bits.insert(PathBuf::from(entry.file_name().unwrap()), text);
        }
    }
    bits
}

/// The same seed gives the same files, to the last bit, with one thread or two, and on a machine that has
/// other things to do: catches a window or an estimator that is chosen by the clock, and sums in the order in
/// which threads end.
#[test]
fn the_same_seed_gives_the_same_files_on_a_busy_machine() {
    let scene = Scene::new(12, 150, 10.0, 13, noisy(0.05));
    let settings = quick(vec![modes(), force()], &[2, 3, 4]);
    let train = |threads: usize| {
        let folder = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| TrainingRun::new(&settings).kept_in(folder.path()).train(&scene.videos).unwrap());
        bits(folder.path())
    };
    let one = train(1);
    assert!(one.len() > 10 && one.contains_key(Path::new("record.json")), "{:?}", one.keys());
    let busy = AtomicBool::new(true);
    let two = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while busy.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let two = train(2);
        busy.store(false, Ordering::Relaxed);
        two
    });
    assert!(one.keys().eq(two.keys()), "{:?} {:?}", one.keys(), two.keys());
    for (name, bits) in &one {
        assert!(bits == &two[name], "{} differs", name.display());
    }
}

/// Asks to stop as soon as networks train.
struct StopAtNetworks(AtomicBool);

impl Progress for StopAtNetworks {
    fn begin(&self, task: &str, _: u64) {
        self.0.fetch_or(task.contains("iterations"), Ordering::Relaxed);
    }

    fn stop_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Catches a request to stop that loses what was complete.
#[test]
fn a_stopped_comparison_keeps_what_was_complete() {
    let scene = Scene::clean(8, 120, 10.0, 11);
    let stop = StopAtNetworks(false.into());
    let settings = quick(vec![modes(), force()], &[2]);
    let estimator = TrainingRun::new(&settings).watched_by(&stop).train(&scene.videos).unwrap();
    assert_eq!(estimator.stop_reason(), Some(StopReason::Interrupted));
    assert_eq!((of(&estimator, "modes").folds, found(&estimator).stop_reason), (3, StopReason::Interrupted));
}

/// Catches a comparison that begins anew, or goes on to other bits; one that takes up fits of other settings;
/// and what is left behind when all is done.
#[test]
fn a_stopped_comparison_goes_on_to_the_same_bits() {
    let scene = Scene::clean(8, 120, 10.0, 11);
    let settings = quick(vec![modes(), force()], &[2, 3]);
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = TrainingRun::new(&settings);
    let expected = run.kept_in(whole.path()).train_or_go_on(&scene.videos).unwrap();
    let stop = StopAtNetworks(false.into());
    let stopped = run.kept_in(parts.path()).watched_by(&stop).train_or_go_on(&scene.videos).unwrap();
    assert!(stopped.is_interrupted() && parts.path().join("unfinished/modes/fold_3").exists());
    let other = settings.clone().with_seed(9);
    assert!(TrainingRun::new(&other).kept_in(parts.path()).train_or_go_on(&scene.videos).is_err());
    // Killed as it went on: nothing but the fits is whole.
    std::fs::write(parts.path().join("unfinished/modes/fold_2/best.safetensors"), "damaged").unwrap();
    let on = run.kept_in(parts.path()).train_or_go_on(&scene.videos).unwrap();
    assert!(!on.is_interrupted() && !parts.path().join("unfinished").exists());
    assert_eq!(values(&on, &scene.videos[0]), values(&expected, &scene.videos[0]));
    let again = run.kept_in(parts.path()).train_or_go_on(&scene.videos).unwrap();
    assert_eq!(values(&again, &scene.videos[0]), values(&expected, &scene.videos[0]));
    assert!(run.kept_in(parts.path()).train_or_go_on(&scene.videos[..7]).is_err());
}

fn noisy(read_noise: f64) -> Camera {
    Camera { read_noise, ..Camera::default() }
}

fn no_test() -> cneep::transition::SplitSettings {
    cneep::transition::SplitSettings { test_fraction: 0.0, ..Default::default() }
}
