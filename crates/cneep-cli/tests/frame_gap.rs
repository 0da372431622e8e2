//! Runs `cneep frame-gap` as a user would: files, rates, refusals.

mod terminal;

use serde_json::Value;
use terminal::{done, run};

fn with_movies(movies: usize, frames: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let line = format!("simulate bead-spring --movies {movies} --frames {frames} --seed 11 -o seen");
    done(folder.path(), &line);
    folder
}

/// Pairs of frames 0.01 s and 0.1 s apart show 1.985 and 1.636 `k_B/s` of two beads at 1 and 10. Catches gaps
/// that are mixed up or lost, rates per thinned frame, a curve that is printed but not written, and bounds
/// above the rate that is there.
#[test]
fn rates_at_two_gaps_are_told_written_and_drawn() {
    let folder = with_movies(10, 2000);
    let (printed, told, code) = run(folder.path(), "frame-gap seen/movies.npz --gaps 10,1 -o out --json");
    assert_eq!(code, 0, "{told}");
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    let written = std::fs::read_to_string(folder.path().join("out/frame_gap.json")).expect("a curve");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(printed["points"], written["points"]);
    let points = written["points"].as_array().expect("points");
    assert_eq!(points.len(), 2);
    for (point, (gap, exact)) in points.iter().zip([(1, 1.985), (10, 1.636)]) {
        assert_eq!((&point["gap"], &point["rate"]["unit"]), (&gap.into(), &"k_B/s".into()), "{point}");
        assert!((point["interval"].as_f64().unwrap() - 0.01 * f64::from(gap)).abs() < 1e-9, "{point}");
        let [rate, error] = ["value", "standard_error"].map(|of| point["rate"][of].as_f64().expect("a rate"));
        assert!((rate - exact).abs() < 3.0 * error && error < 0.2, "{exact}: {point}");
        let bound = &point["bound"];
        let [bound, own] = ["value", "standard_error"].map(|of| bound[of].as_f64().expect("a bound"));
        assert!(bound > 1.0 && bound < exact + 3.0 * own, "{point}");
    }
    let drawn = std::fs::read_to_string(folder.path().join("out/frame_gap.svg")).expect("a figure");
    assert!(drawn.contains("<svg") && drawn.contains("<desc>0.01; "), "{drawn}");
    // Movies of beads without noise say no more at short gaps than their exact rates differ.
    let cautions = printed["cautions"].as_array().expect("cautions");
    assert!(cautions.len() <= 1, "{cautions:?}");
}

/// Catches a table without its gaps, and the defaults that the help promises.
#[test]
fn the_curve_is_told_in_words() {
    let folder = with_movies(8, 60);
    let line = "frame-gap seen/movies.npz --gaps 1,2 --window 3 --seed 4 -o out";
    let (printed, told, code) = run(folder.path(), line);
    assert_eq!(code, 0, "{told}");
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].contains("gap") && lines[0].contains("lower bound"), "{printed}");
    for (line, start) in lines[1..].iter().zip(["   1       0.01", "   2       0.02"]) {
        assert!(line.starts_with(start) && line.contains("k_B/s"), "{printed}");
    }
    assert_eq!(lines.len(), 3, "{printed}");
    let (help, _, _) = run(folder.path(), "frame-gap --help");
    assert!(help.contains("[default: 1,2,5,10,20]") && help.contains("[default: 2]"), "{help}");
}

/// Catches a gap that is too long and takes the others with it.
#[test]
fn a_gap_that_is_too_long_is_left_out() {
    let folder = with_movies(8, 40);
    let told = done(folder.path(), "frame-gap seen/movies.npz --gaps 1,21 -o out");
    assert!(told.contains("21 left out:") && told.contains("a gap of 1 to 20 frames"), "{told}");
    assert!(folder.path().join("out/frame_gap.json").exists());
}

/// Gaps that leave no two frames, none at all, or too few frames for folds: exit code 2 and the culprit, and
/// no file.
#[test]
fn wrong_gaps_are_refused() {
    let folder = with_movies(8, 40);
    for (options, culprit) in [
        ("--gaps 0", "a gap of 1 to 20 frames"),
        ("--gaps 2,x", "--gaps"),
        ("--gaps 1 --window 1", "window"),
        ("--gaps 20 --window 4", "window of 4 frames"),
    ] {
        let line = format!("frame-gap seen/movies.npz {options} -o out");
        let (printed, told, code) = run(folder.path(), &line);
        assert_eq!((code, printed.as_str()), (2, ""), "{options}: {told}");
        assert!(told.contains("error: ") && told.contains(culprit), "{options}: {told}");
    }
    assert!(!folder.path().join("out").exists(), "a refused curve must leave nothing behind");
}
