//! Simulates things that move through the frame as a user would.

mod terminal;

use cneep_movie::video;
use cneep_sim::Truth;
use serde_json::Value;
use std::path::Path;
use terminal::{done, run};

type Pair = (usize, usize);

/// Every system, its frame, and its coordinates and parts with the defaults.
const SYSTEMS: [(&str, Pair, Pair); 9] = [
    ("ring", (32, 32), (1, 1)),
    ("flow", (64, 64), (94, 47)),
    ("active", (64, 64), (150, 50)),
    ("motors", (64, 64), (12, 12)),
    ("pair", (40, 80), (4, 2)),
    ("field", (120, 240), (72, 72)),
    ("wave", (32, 32), (64, 64)),
    ("tissue", (48, 48), (442, 221)),
    (
        "stirred-trap --stiffness 0.05 --torque 0.1 --time-step 1 --exact-steps --displacement-scale 5 \
         --width 1.5 --size 44",
        (44, 44),
        (2, 1),
    ),
];

/// What `cneep simulate LINE` printed as JSON and wrote as truth.
fn simulated(folder: &Path, line: &str) -> (Value, Truth) {
    let printed = done(folder, &format!("simulate {line} --movies 2 --frames 20 --json -o out"));
    let truth = Truth::read(&folder.join("out/truth.npz")).expect("the truth is written");
    (serde_json::from_str(&printed).expect("one JSON object"), truth)
}

/// Catches a truth of other shapes than its movies, parts that do not add up, and a unit of time that is not
/// the frame.
#[test]
fn every_system_writes_its_movies_and_its_truth() {
    let folder = tempfile::tempdir().unwrap();
    for (line, frame, (coordinates, parts)) in SYSTEMS {
        let (summary, truth) = simulated(folder.path(), line);
        assert_eq!(truth.trajectory.dim(), (2, 20, coordinates), "{line}");
        assert_eq!(truth.local_entropy_production.dim(), (2, 19, parts), "{line}");
        let sums = truth.local_entropy_production.sum_axis(ndarray::Axis(2));
        assert!(sums.iter().zip(&truth.entropy_production).all(|(sum, total)| (sum - total).abs() < 1e-12));
        assert_eq!((truth.frame_interval, &summary["frame_interval"]), (1.0, &1.0.into()), "{line}");
        let movie = video::open(&folder.path().join("out/movies.npz")).expect("the movies").remove(0);
        assert_eq!(movie.frames().shape(), (20, frame.0, frame.1), "{line}");
        let (density, rate) = (truth.exact_density.expect("a density"), truth.exact_rate.expect("a rate"));
        assert_eq!(density.dim(), frame, "{line}");
        assert!((density.sum() / rate - 1.0).abs() < 2e-3 && rate > 0.1, "{line}: {rate}");
        assert_eq!(summary["exact_rate"]["value"].as_f64(), Some(rate));
    }
}

/// Catches a density that is not read out as the frames are, and artefacts that new drawings do not take.
#[test]
fn camera_and_artefacts_work_on_what_moves() {
    let folder = tempfile::tempdir().unwrap();
    let camera = "--binning 2 --crop 1,2,8,9 --steps-per-frame 4 --time-step 0.25 --exposure 0.5 \
                  --photons 300 --artefact stage-drift:columns=3,rows=1 --artefact focus-drift:width=1.2 \
                  --artefact blinking:share=0.1,frames=3 --artefact rolling-shutter:share=0.5 \
                  --artefact lost-frames:share=0.2";
    for (line, ..) in SYSTEMS.into_iter().filter(|(line, ..)| !line.contains("time-step")) {
        let (_, truth) = simulated(folder.path(), &format!("{line} {camera}"));
        assert_eq!(truth.exact_density.expect("a density").dim(), (8, 9), "{line}");
        assert_eq!(truth.frame_interval, 1.0, "{line}");
    }
}

/// Catches a help that leaves out the exact rate, the units, the density or the control, defaults of other
/// systems, and a control that is none.
#[test]
fn the_help_teaches() {
    let folder = tempfile::tempdir().unwrap();
    for (name, ..) in SYSTEMS.into_iter().filter(|(line, ..)| !line.contains(' ')) {
        let (help, _, code) = run(folder.path(), &format!("simulate {name} --help"));
        let words = help.split_whitespace().collect::<Vec<&str>>().join(" ");
        assert_eq!(code, 0);
        let parts = ["exact rate", "k_B per frame", "exact_density in truth.npz", "Positions in truth.npz"];
        let parts =
            parts.into_iter().chain(["The picture:", "Example:", "[default: 0.59]", "[default: 2000]"]);
        for part in parts {
            assert!(words.contains(part), "{name}: {part}");
        }
        let control = words.split("Equilibrium: cneep simulate ").nth(1).expect("a control");
        let control = control.split(" -o control/").next().expect("a folder");
        let (_, truth) = simulated(folder.path(), control);
        assert_eq!(truth.exact_rate, Some(0.0), "{control}");
        assert!(truth.entropy_production.iter().all(|step| *step == 0.0), "{control}");
    }
}

/// Catches a truth that scores estimates against what cannot be seen.
#[test]
fn what_cannot_be_seen_is_not_in_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["active --appearance round", "active --appearance rods", "wave --winding 0"] {
        let (summary, truth) = simulated(folder.path(), line);
        assert!(truth.entropy_production.iter().all(|step| *step == 0.0), "{line}");
        assert_eq!(summary["exact_pair_rate"]["value"].as_f64(), Some(0.0), "{line}");
        assert!(truth.exact_rate.expect("a rate") > 1.0, "{line}");
    }
    let (summary, _) = simulated(folder.path(), "field --rows 1 --columns 1 --hide-beads 1");
    assert_eq!(summary["exact_pair_rate"]["value"].as_f64(), Some(0.0));
}

/// Every fault of the settings: exit code 2, one message that names the culprit, nothing left behind.
#[test]
fn systems_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (line, culprit) in [
        ("ring --radius 0", "radius"),
        ("ring --size 5000", "size"),
        ("ring --hide-beads 0", "no effect on a colloid on a circle"),
        ("flow --displacement-scale 2", "no effect on a flow of colloids"),
        ("flow --vortices 3", "vortices"),
        ("flow --colloids 0.1", "number in the field"),
        ("flow --diffusion 0", "diffusion"),
        ("flow --width 0", "width"),
        ("flow --time-step 0", "time_step"),
        ("flow --binning 3", "binning"),
        ("active --turning=-1", "rotational diffusion"),
        ("active --appearance square", "--appearance"),
        ("motors --backwards 0", "backwards"),
        ("motors --tracks 0", "tracks"),
        ("pair --excursion 0", "deviation"),
        ("pair --size 0", "size"),
        ("field --rows 0", "size"),
        ("field --spread 2", "spread"),
        ("field --hot 0", "temperature"),
        ("field --hide-beads 72", "hidden_beads"),
        ("field --displacement-scale NaN", "displacement_scale"),
        ("wave --sites 1", "sites"),
        ("wave --blur=-1", "blur"),
        ("wave --pitch 0", "pitch"),
        ("tissue --density 0", "density"),
        ("stirred-trap --exact-steps --time-step 0", "frame gap"),
        ("stirred-trap --size 0", "size"),
        ("stirred-trap --width 0", "width"),
    ] {
        let (printed, told, code) = run(folder.path(), &format!("simulate {line} -o out"));
        assert_eq!((code, printed.as_str()), (2, ""), "{line}: {told}");
        assert!(told.starts_with("error: ") && told.contains(culprit), "{line}: {told}");
    }
    assert!(!folder.path().join("out").exists(), "a refused simulation must leave nothing behind");
}
