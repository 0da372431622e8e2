//! Simulates every system as a user would, and checks files and answers against each other.

mod terminal;

use cneep_movie::video::{self, Frames};
use cneep_sim::Truth;
use ndarray::{Array3, ArrayView2, Axis, s};
use serde_json::Value;
use std::path::Path;
use terminal::{done, run};

const SYSTEMS: [&str; 6] = [
    "bead-spring",
    "filament-network --columns 5 --rows 4",
    "filament-network --columns 4 --rows 4 --hot-fraction 0.5 --rest-length 6",
    "gyrator",
    "stirred-trap",
    "ratchet --time-step 0.2",
];

/// What `cneep simulate LINE` printed as JSON and wrote as truth.
fn simulated(folder: &Path, line: &str) -> (Value, Truth) {
    let printed = done(folder, &format!("simulate {line} --json -o out"));
    let truth = Truth::read(&folder.join("out/truth.npz")).expect("the truth is written");
    (serde_json::from_str(&printed).expect("one JSON object"), truth)
}

fn exact(folder: &Path, line: &str) -> f64 {
    let (_, truth) = simulated(folder, &format!("{line} --movies 2 --frames 3"));
    truth.exact_rate.expect("a system that can be solved")
}

/// Catches arrays of another system or shape, parts that do not add up, and an exact rate told but not
/// written.
#[test]
fn every_system_writes_its_truth() {
    let folder = tempfile::tempdir().unwrap();
    let shapes = [(2, 2), (12, 6), (8, 4), (2, 1), (2, 1), (2, 1)];
    for (line, (coordinates, parts)) in SYSTEMS.into_iter().zip(shapes) {
        let (summary, truth) = simulated(folder.path(), &format!("{line} --movies 3 --frames 20"));
        assert_eq!(truth.trajectory.dim(), (3, 20, coordinates), "{line}");
        assert_eq!(truth.local_entropy_production.dim(), (3, 19, parts), "{line}");
        let sums = truth.local_entropy_production.sum_axis(ndarray::Axis(2));
        assert!(sums.iter().zip(&truth.entropy_production).all(|(sum, total)| (sum - total).abs() < 1e-12));
        let realised = &summary["realised_rate"];
        assert!(realised["value"].is_f64() && realised["standard_error"].is_f64(), "{summary}");
        if line.contains("rest-length") {
            assert_eq!((truth.exact_rate, truth.exact_local_rate), (None, None));
            assert!(summary.get("exact_rate").is_none(), "{summary}");
        } else {
            let (rate, local) = (truth.exact_rate.unwrap(), truth.exact_local_rate.unwrap());
            assert!(rate > 0.1 && (local.iter().sum::<f64>() - rate).abs() < 1e-12, "{line}: {local:?}");
            assert_eq!(summary["exact_rate"]["value"].as_f64(), Some(rate));
            let pairs = summary["exact_pair_rate"]["value"].as_f64().unwrap();
            assert!(0.0 < pairs && pairs < rate, "{line}: {pairs}");
        }
    }
}

/// The first of the movies that `cneep simulate LINE` wrote, as counts.
fn filmed(folder: &Path, line: &str) -> Array3<u8> {
    simulated(folder, line);
    let movie = video::open(&folder.join("out/movies.npz")).expect("the movies are written").remove(0);
    let Frames::U8(pixels) = movie.frames() else { panic!("8 bits") };
    pixels.clone()
}

/// Centre of light of each frame along columns, in pixels.
fn centres(movie: &Array3<u8>) -> Vec<f64> {
    let centre = |frame: ArrayView2<u8>| {
        let light = |of: &dyn Fn(usize) -> f64| -> f64 {
            frame.indexed_iter().map(|((_, column), count)| of(column) * f64::from(*count)).sum()
        };
        light(&|column| column as f64) / light(&|_| 1.0)
    };
    movie.outer_iter().map(centre).collect()
}

/// Catches a system that is drawn on another frame, that stands still on it, or that leaves it.
#[test]
fn every_system_is_filmed_in_motion() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = [(20, 40), (80, 80), (80, 80), (40, 40), (40, 40), (40, 40)];
    for (line, (rows, columns)) in SYSTEMS.into_iter().zip(sizes) {
        let line = format!("{line} --movies 2 --frames 40 --steps-per-frame 10");
        let movie = filmed(folder.path(), &line);
        assert_eq!(movie.dim(), (40, rows, columns), "{line}");
        assert!(movie.outer_iter().all(|frame| frame.iter().any(|count| *count > 100)), "{line}: too dark");
        let first = movie.index_axis(Axis(0), 0);
        assert!(movie.outer_iter().any(|frame| frame != first), "{line}: stands still");
        // Ten steps of motion blur, where frames have as many.
        let blurred = filmed(folder.path(), &format!("{line} --exposure 1"));
        assert!(blurred != movie, "{line}: the exposure has no effect");
    }
}

/// Catches a scale that gets lost, or a bead that moves by a hundredth of a pixel only.
#[test]
fn a_bead_in_the_plane_moves_by_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let deviation = |line: &str| {
        let line = format!("{line} --movies 1 --frames 400 --steps-per-frame 40");
        let centres = centres(&filmed(folder.path(), &line));
        let mean = centres.iter().sum::<f64>() / 400.0;
        (centres.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 400.0).sqrt()
    };
    for line in ["stirred-trap", "stirred-trap --temperature 50 --stiffness 3", "gyrator --hot 1 --cold 1"] {
        assert!((2.0..4.0).contains(&deviation(line)), "{line}: {}", deviation(line));
    }
    let small = deviation("stirred-trap --displacement-scale 0.5");
    assert!((0.3..0.7).contains(&small), "{small}");
}

/// Catches a hidden thing that is still seen, and one hidden for another.
#[test]
fn what_is_hidden_is_dark() {
    let folder = tempfile::tempdir().unwrap();
    let light = |line: &str, columns: std::ops::Range<isize>| {
        let movie = filmed(folder.path(), &format!("{line} --movies 1 --frames 4"));
        movie.slice(s![.., .., columns]).iter().map(|count| u64::from(*count)).sum::<u64>()
    };
    assert_eq!(light("bead-spring --beads 3 --hide-beads 1", 29..31), 0);
    assert!(light("bead-spring --beads 3 --hide-beads 0", 29..31) > 0);
    let network = "filament-network --columns 4 --rows 4";
    let all = light(network, 0..80);
    // Filaments that leave the first node, where it is alone.
    let hidden = light(&format!("{network} --hide-filaments 0,1 --hide-beads 0"), 0..80);
    assert!(hidden < all, "{hidden} of {all}");
    let lamp = |line: &str| {
        let movie = filmed(folder.path(), &format!("{line} --movies 1 --frames 50 --time-step 1"));
        movie.slice(s![.., 4, 4]).iter().filter(|count| **count > 200).count()
    };
    assert!((5..45).contains(&lamp("ratchet")), "the lamp goes on and off");
    assert_eq!(lamp("ratchet --hide-potential"), 0);
}

/// Catches a rate of pairs that counts what cannot be seen: a hidden potential, bead or node shows nothing,
/// and one bead of two tells nothing at all.
#[test]
fn pairs_of_frames_show_less_of_what_is_partly_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = |line: &str| {
        let (summary, _) = simulated(folder.path(), &format!("{line} --movies 2 --frames 3"));
        summary["exact_pair_rate"]["value"].as_f64().expect("a rate of pairs")
    };
    assert_eq!(pairs("bead-spring --hide-beads 1"), 0.0);
    let network = "filament-network --columns 4 --rows 4";
    for (all, hidden) in [
        ("bead-spring --beads 3".to_owned(), "--hide-beads 1"),
        ("ratchet --time-step 0.2".to_owned(), "--hide-potential"),
        (format!("{network} --network-seed 1"), "--hide-beads 5 --hide-filaments 3,7,9,10"),
    ] {
        let (seen, unseen) = (pairs(&all), pairs(&format!("{all} {hidden}")));
        assert!(0.0 < unseen && unseen < 0.95 * seen, "{all}: {unseen} of {seen}");
    }
    // A node is seen by any filament that ends at it.
    assert_eq!(pairs(&format!("{network} --hide-beads 5,6")), pairs(network));
}

/// Catches a help that leaves out the exact rate, the units or the control.
#[test]
fn the_help_of_every_system_teaches() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["bead-spring", "filament-network", "gyrator", "stirred-trap", "ratchet"] {
        let (help, _, code) = run(folder.path(), &format!("simulate {name} --help"));
        let words = help.split_whitespace().collect::<Vec<&str>>().join(" ");
        assert_eq!(code, 0);
        for part in ["exact rate", "k_B per second", "Positions in truth.npz", "The picture:", "Example:"] {
            assert!(words.contains(part), "{name}: {part}");
        }
        // The control is a command, and gives zero.
        let control = words.split("Equilibrium: cneep simulate ").nth(1).expect("a control");
        let control = control.split(" -o control/").next().expect("a folder");
        let control = control.replace(" --movies 30", "");
        assert!(exact(folder.path(), &control).abs() < 1e-25, "{control}");
    }
}

/// Catches options that are parsed but never handed on: the closed forms, away from the defaults.
#[test]
fn the_exact_rates_are_those_promised_in_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let third = (30f64).to_radians().sin() * (30f64).to_radians().cos();
    let closed_forms = [
        ("bead-spring", 2.025),
        ("gyrator", 2.025),
        (
            "gyrator --stiffness-along 2 --stiffness-across 5 --angle -30 --cold 3 --hot 4 --friction 0.5",
            (3.0 * third).powi(2) / (0.5 * 12.0 * 7.0),
        ),
        ("stirred-trap", 2.0),
        ("stirred-trap --stiffness 4 --torque -3 --friction 0.5 --temperature 7", 9.0),
        ("ratchet", 0.179_193_628_388_911),
        (
            "ratchet --potential 3 --switching-rate 0.4 --temperature 2 --hopping-rate 1.5",
            0.195_009_278_193_693,
        ),
    ];
    for (line, expected) in closed_forms {
        let found = exact(folder.path(), line);
        assert!((found - expected).abs() < 1e-12, "{line}: {found} against {expected}");
    }
    let unit = exact(folder.path(), "filament-network --columns 4 --rows 5");
    let scaled =
        "filament-network --columns 4 --rows 5 --stiffness 3 --friction 2 --cold 2 --hot 20 --spacing 3";
    assert!((exact(folder.path(), scaled) - 1.5 * unit).abs() < 1e-11);
}

/// Catches hot nodes that are drawn anew with the noise: tests need other noise on the same network.
#[test]
fn the_hot_nodes_depend_on_the_network_seed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let rates = |more: &str| {
        let line = format!("filament-network --columns 6 --rows 5 --movies 2 --frames 3 {more}");
        let (_, truth) = simulated(folder.path(), &line);
        (truth.exact_local_rate, truth.trajectory)
    };
    let first = rates("--seed 1");
    assert_eq!(rates("--seed 1"), first);
    let other_noise = rates("--seed 2");
    assert_eq!(other_noise.0, first.0);
    assert_ne!(other_noise.1, first.1);
    assert_ne!(rates("--seed 1 --network-seed 1").0, first.0);
}

/// Every system can be taken to equilibrium, where its exact rate is zero to rounding.
#[test]
fn every_system_has_an_equilibrium_control() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "bead-spring --hot 1",
        "filament-network --columns 5 --rows 5 --cold 3 --hot 3",
        "filament-network --columns 5 --rows 5 --hot-fraction 0",
        "gyrator --hot 1",
        "gyrator --angle 0",
        "stirred-trap --torque 0",
        "ratchet --potential 0",
        "ratchet --switching-rate 0",
    ] {
        let rate = exact(folder.path(), line);
        assert!(rate.abs() < 1e-25, "{line}: {rate}");
    }
}

/// Catches random numbers or sums that depend on which thread comes first.
#[test]
fn files_are_the_same_to_the_last_bit_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for line in SYSTEMS {
        let truth = |threads: usize, seed: u64| {
            let line = format!("{line} --movies 5 --frames 9 --threads {threads} --seed {seed}");
            simulated(folder.path(), &line);
            std::fs::read(folder.path().join("out/truth.npz")).unwrap()
        };
        let one = truth(1, 7);
        assert!(one == truth(3, 7), "{line}: threads change the files");
        assert!(one != truth(3, 8), "{line}: the seed does not reach the noise");
    }
}

/// One movie of five frames of two beads, at 0, 1, 2 .. 9, as NumPy saves it.
fn write_positions(path: &Path) {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 5, 2), }\n";
    let length = u16::try_from(header.len()).expect("a short header");
    let mut bytes = [b"\x93NUMPY\x01\x00", &length.to_le_bytes()[..], header.as_bytes()].concat();
    bytes.extend((0..10).flat_map(|i| f64::from(i).to_le_bytes()));
    std::fs::write(path, bytes).expect("a writable folder");
}

/// Catches recorded positions that are simulated over, or cut elsewhere than at the end.
#[test]
fn recorded_positions_are_filmed_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    write_positions(&folder.path().join("a.npy"));
    let (summary, truth) = simulated(folder.path(), "bead-spring --trajectory a.npy --frames 3");
    assert_eq!((&summary["movies"], &summary["frames"]), (&1.into(), &3.into()));
    assert!(truth.trajectory.iter().copied().eq((0..6).map(f64::from)), "{:?}", truth.trajectory);
}

/// Every fault of the settings: exit code 2, one message that names the culprit, nothing left behind.
#[test]
fn systems_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_positions(&folder.path().join("a.npy"));
    for (line, culprit) in [
        ("bead-spring --beads 1000000", "beads"),
        ("bead-spring --trajectory a.npy --movies 0", "a.npy"),
        ("bead-spring --trajectory a.npy --beads 3", "trajectory"),
        ("bead-spring --trajectory a.npy --frames 1", "at least 2 frames"),
        ("filament-network --columns 2", "lattice"),
        ("filament-network --columns 1000 --rows 1000", "lattice"),
        ("filament-network --hot-fraction 1.5", "hot fraction"),
        ("filament-network --rest-length 11", "rest_length"),
        ("filament-network --rest-length 5 --time-step 1", "time_step"),
        ("gyrator --stiffness-across 0", "stiffness"),
        ("gyrator --trajectory a.npy", "--trajectory"),
        ("stirred-trap --torque NaN", "force matrix"),
        ("stirred-trap --time-step 3", "time_step"),
        ("ratchet --potential 100", "potential"),
        ("ratchet --switching-rate=-1", "switching rate"),
        ("ratchet --time-step 0", "time"),
        ("ratchet --hide-beads 0", "no effect on a ratchet"),
        ("ratchet --displacement-scale 1", "no effect on a ratchet"),
        ("gyrator --hide-beads 0", "no effect on a single bead"),
        ("stirred-trap --displacement-scale NaN", "displacement_scale"),
        ("gyrator --hide-filaments 0", "--hide-filaments"),
        ("bead-spring --hide-potential", "--hide-potential"),
        ("bead-spring --hide-beads 2", "hidden_beads"),
        ("bead-spring --exposure 1", "exposure"),
        ("bead-spring --trajectory a.npy --steps-per-frame 2", "steps-per-frame"),
        ("filament-network --hide-filaments 60", "hidden filaments"),
        ("filament-network --binning 3", "binning"),
        ("pendulum", "pendulum"),
    ] {
        let (printed, told, code) = run(folder.path(), &format!("simulate {line} -o out"));
        assert_eq!((code, printed.as_str()), (2, ""), "{line}: {told}");
        assert!(told.starts_with("error: ") && told.contains(culprit), "{line}: {told}");
    }
    assert!(!folder.path().join("out").exists(), "a refused simulation must leave nothing behind");
}
