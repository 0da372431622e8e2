//! Runs the program as a user would: exit codes, messages, files.

use cneep_movie::video::{self, Frames, Video};
use cneep_movie::{Calibration, Result};
use cneep_sim::Truth;
use ndarray::Array3;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Standard output, standard error and exit code.
fn run(arguments: &[&str]) -> (String, String, i32) {
    let output =
        assert_cmd::cargo::cargo_bin_cmd!("cneep").args(arguments).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().expect("the program ends by itself"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("test folders have UTF-8 names")
}

fn movie(folder: &Path, frames: usize) -> Result<PathBuf> {
    let path = folder.join("movie.tif");
    let pixels = Array3::from_shape_fn((frames, 6, 8), |(t, r, c)| (40 + t * 31 % 7 + r * c) as u8);
    let calibration =
        Calibration { frame_interval: Some(0.05), pixel_size: Some(0.1), ..Calibration::default() };
    Video::new("movie", Frames::U8(pixels), calibration)?.write(&path)?;
    Ok(path)
}

fn simulate(folder: &Path, more: &[&str]) -> (String, String, i32) {
    let arguments = ["simulate", "bead-spring", "--movies", "5", "--frames", "40", "-o", text(folder)];
    run(&[&arguments[..], more].concat())
}

/// Every fault of input or usage: exit code 2, nothing on standard output, one message that names the
/// culprit.
#[test]
fn wrong_input_is_refused_with_code_2_and_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let prose = folder.path().join("prose.tif");
    std::fs::write(&prose, "It was a dark and stormy night.").unwrap();
    let single = folder.path().join("single.tif");
    video::write_tiff(&single, &Frames::U8(Array3::zeros((1, 4, 4))), Calibration::default()).unwrap();
    let empty = folder.path().join("empty.npy");
    std::fs::write(&empty, "").unwrap();
    let output = folder.path().join("output");
    let cases: &[(&[&str], &str)] = &[
        (&["inspect", "no/such/movie.tif"], "no/such/movie.tif"),
        (&["inspect", text(&prose)], "prose.tif"),
        (&["inspect", text(&single)], "at least 2 frames"),
        (&["inspect", text(&empty)], "empty.npy"),
        (&["inspect", "--colour", "a.tif"], "--colour"),
        (&["inspect"], "MOVIE"),
        (&["dissolve"], "dissolve"),
        (&["inspect", "a.tif", "--threads", "0"], "--threads"),
        (&["simulate", "bead-spring", "--frames", "1", "-o", text(&output)], "frames"),
        (&["simulate", "bead-spring", "--cold", "0", "-o", text(&output)], "temperature"),
        (&["simulate", "bead-spring", "--time-step", "5", "-o", text(&output)], "time_step"),
    ];
    for (arguments, culprit) in cases {
        let (printed, told, code) = run(arguments);
        assert_eq!(code, 2, "{arguments:?}: {told}");
        assert!(told.starts_with("error: ") && told.contains(culprit), "{arguments:?}: {told}");
        assert_eq!(printed, "", "{arguments:?}");
    }
    assert!(!output.exists(), "a refused simulation must leave nothing behind");
}

#[test]
fn inspect_tells_sizes_scales_and_cautions_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = movie(folder.path(), 30).unwrap();
    let (printed, told, code) = run(&["inspect", text(&path), "--json"]);
    assert_eq!(code, 0, "{told}");
    let found: Value = serde_json::from_str(&printed).unwrap();
    let found = &found["movies"][0];
    assert_eq!((&found["frames"], &found["rows"], &found["columns"]), (&30.into(), &6.into(), &8.into()));
    let interval = found["frame_interval"].as_f64().unwrap();
    assert!((interval - 0.05).abs() < 1e-9, "{interval}");
    assert!(found["cautions"].as_array().is_some_and(|cautions| !cautions.is_empty()));
    let grades = ["stop: ", "careful: ", "note: "];
    assert!(told.lines().all(|line| grades.iter().any(|grade| line.starts_with(grade))), "{told}");
}

/// Catches a frame interval that is parsed but never handed on.
#[test]
fn inspect_takes_the_stated_frame_interval() {
    let folder = tempfile::tempdir().unwrap();
    let path = movie(folder.path(), 4).unwrap();
    let (printed, ..) = run(&["inspect", text(&path), "--frame-interval", "0.25"]);
    assert!(printed.contains("frame interval  250 ms"), "{printed}");
}

/// Catches random numbers or sums that depend on which thread comes first.
#[test]
fn simulated_files_are_the_same_to_the_last_bit_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let files = |name: &str, more: &[&str]| {
        let output = folder.path().join(name);
        let (_, told, code) = simulate(&output, more);
        assert_eq!(code, 0, "{told}");
        ["movies.npz", "truth.npz"].map(|file| std::fs::read(output.join(file)).unwrap())
    };
    let one = files("one", &["--threads", "1", "--seed", "7"]);
    assert!(one == files("three", &["--threads", "3", "--seed", "7"]), "threads change the files");
    let other = files("other", &["--threads", "3", "--seed", "8"]);
    assert!(one[0] != other[0] && one[1] != other[1], "the seed does not reach the noise");
}

/// Catches truth that belongs to other movies, and parts that do not add up.
#[test]
fn simulate_writes_movies_with_their_truth() {
    let folder = tempfile::tempdir().unwrap();
    let (printed, told, code) =
        simulate(folder.path(), &["--json", "--steps-per-frame", "3", "--beads", "3"]);
    assert_eq!(code, 0, "{told}");
    let movies = video::open(&folder.path().join("movies.npz")).unwrap();
    assert_eq!((movies.len(), movies[0].frames().shape()), (5, (40, 20, 60)));
    assert_eq!(movies[4].calibration().frame_interval, Some(0.03));
    let truth = Truth::read(&folder.path().join("truth.npz")).unwrap();
    assert_eq!(truth.trajectory.dim(), (5, 40, 3));
    assert_eq!(truth.local_entropy_production.dim(), (5, 39, 3));
    let parts = truth.local_entropy_production.sum_axis(ndarray::Axis(2));
    assert!(parts.iter().zip(&truth.entropy_production).all(|(sum, total)| (sum - total).abs() < 1e-12));
    let exact = truth.exact_rate.unwrap();
    assert!((truth.exact_local_rate.unwrap().iter().sum::<f64>() - exact).abs() < 1e-12);
    let summary: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(summary["exact_rate"]["value"].as_f64(), Some(exact));
    assert_eq!(summary["exact_rate"]["unit"], "k_B/s");
}

#[test]
fn tiff_movies_hold_the_same_pixels_as_the_array() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(simulate(&folder.path().join("npz"), &[]).2, 0);
    assert_eq!(simulate(&folder.path().join("tiff"), &["--format", "tiff"]).2, 0);
    let array = video::open(&folder.path().join("npz/movies.npz")).unwrap();
    for (index, movie) in array.iter().enumerate() {
        let stack = Video::open(folder.path().join(format!("tiff/movie_{index:04}.tif"))).unwrap();
        assert_eq!(stack.frames(), movie.frames());
        assert!((stack.calibration().frame_interval.unwrap() - 0.01).abs() < 1e-9);
    }
}

/// The help of `words`, and the commands it lists.
fn listed(words: &[&str]) -> (String, Vec<String>) {
    let (help, _, code) = run(&[words, &["--help"]].concat());
    assert_eq!(code, 0, "{words:?}");
    let lines = help.split("Commands:").nth(1).expect("a list of commands").lines().skip(1);
    let commands = lines
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect();
    (help, commands)
}

#[test]
fn the_help_of_every_verb_gives_units_and_an_example() {
    let (help, verbs) = listed(&[]);
    assert!(help.contains("k_B") && help.contains("Exit codes"), "{help}");
    assert!(verbs.iter().any(|verb| verb == "inspect"), "{verbs:?}");
    let (_, systems) = listed(&["simulate"]);
    assert_eq!(systems.len(), 13, "{systems:?}");
    // What measures nothing has no unit.
    let without = ["simulate", "completions", "man", "version"];
    let verbs = verbs.iter().filter(|verb| !without.contains(&verb.as_str())).map(|verb| vec![verb.as_str()]);
    for words in verbs.chain(systems.iter().map(|system| vec!["simulate", system.as_str()])) {
        let (help, _, code) = run(&[&words[..], &["--help"]].concat());
        assert_eq!(code, 0, "{words:?}");
        assert!(help.contains("Example:"), "{words:?} give no example");
        let units = ["k_B", "seconds", "counts", "pixels"];
        assert!(units.iter().any(|unit| help.contains(unit)), "{words:?} name no unit");
    }
}

/// A pipe that closes early (`cneep inspect | head -1`) is no failure, and no panic.
#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = movie(folder.path(), 4).unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_cneep"))
        .args(["inspect", text(&path)])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Catches a verb that no page and no completion knows, and a version that a bug report cannot name.
#[test]
fn the_program_writes_its_manual_and_completions() {
    let folder = tempfile::tempdir().unwrap();
    let (told, refused, code) = run(&["man", "-o", text(folder.path())]);
    assert_eq!(code, 0, "{refused}");
    assert!(told.contains("pages in"), "{told}");
    let page = std::fs::read_to_string(folder.path().join("cneep-analyze.1")).unwrap();
    assert!(page.contains(".TH cneep-analyze 1") && page.contains("frame\\-interval"), "{page}");
    assert!(folder.path().join("cneep-simulate-bead-spring.1").exists());
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef cneep"), ("fish", "complete -c cneep")] {
        let (printed, ..) = run(&["completions", shell]);
        assert!(printed.contains(word) && printed.contains("gather"), "{shell}");
    }
    let (verbose, ..) = run(&["--version", "--verbose"]);
    let sets = ["AVX-512", "AVX2+FMA", "NEON", "portable"];
    assert!(verbose.starts_with("cneep ") && sets.iter().any(|set| verbose.contains(set)), "{verbose}");
    assert!(verbose.contains("commit"), "{verbose}");
    assert_eq!(run(&["--version"]).0, run(&["version"]).0);
}
