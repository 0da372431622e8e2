//! Analyses and compares movies as a stranger would: one command a movie, three to a p-value.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod terminal;

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use terminal::{done, run};

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Movies of two beads, hot and cold.
fn movies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, hot, seed) in [("hot", 10, 1), ("cold", 1, 2)] {
        let line =
            format!("simulate bead-spring --movies 6 --frames 300 --hot {hot} --seed {seed} -o {name} -q");
        done(folder.path(), &line);
    }
    folder
}

/// The files of an analysis that hold results, by their places.
fn results(analysis: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![analysis.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let place = path.strip_prefix(analysis).unwrap().display().to_string();
            // The run tells when it was made, and the page how long it took.
            let has_times = ["run/record.json", "run/state.json", "report.html"].contains(&place.as_str());
            let of_member = place.starts_with("run/") && path.extension().is_some_and(|kind| kind == "json");
            if path.is_dir() {
                folders.push(path);
            } else if !has_times && !of_member && !place.contains("/.") && !place.starts_with('.') {
                found.insert(place, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Catches a folder that lacks a part or holds a path of its own, numbers that differ between terminal, JSON
/// and table, a second call that does the work again, and one that asks what the folder knows.
#[test]
fn one_command_makes_a_folder_that_can_be_mailed() {
    let home = movies();
    let at = |name: &str| home.path().join(name);
    let command = "analyze hot/movies.npz -o cell.cneep --compare modes --exposure 5ms";
    let printed = done(home.path(), command);
    for file in ["report.html", "summary.json", "transitions.csv", "maps.tif", "run/state.json"] {
        assert!(at("cell.cneep").join(file).metadata().unwrap().len() > 100, "{file}");
    }
    for file in ["frame_gap.svg", "frame_gap.csv", "windows.svg", "windows.csv", "rate_in_time.csv"] {
        assert!(at("cell.cneep/figures").join(file).exists(), "{file}");
    }
    assert!(!at("cell.cneep/unfinished").exists() && !at("cell.cneep/run/unfinished").exists());
    let summary = json(&at("cell.cneep/summary.json"));
    assert_eq!(printed.trim_end().lines().last(), summary["verdict"].as_str());
    assert_eq!(summary["calibration"]["exposure"], 0.5);
    let table = std::fs::read_to_string(at("cell.cneep/transitions.csv")).unwrap();
    let column = |line: &str, place: usize| line.split(',').nth(place).unwrap().to_owned();
    let unseen: Vec<f64> = table
        .lines()
        .skip(1)
        .filter(|line| column(line, 5) != "in-sample")
        .map(|line| column(line, 4 - 1).parse().unwrap())
        .collect();
    let window = summary["window"].as_f64().unwrap();
    let rate = unseen.iter().sum::<f64>() / unseen.len() as f64 / ((window - 1.0) * 0.01);
    let stated = summary["entropy_production_rate"]["value"].as_f64().unwrap();
    assert!((rate / stated - 1.0).abs() < 1e-9, "{rate} {stated}");
    let as_json: Value = serde_json::from_str(&done(home.path(), &format!("{command} --json"))).unwrap();
    assert_eq!(as_json["entropy_production_rate"], summary["entropy_production_rate"]);
    assert!(as_json["nothing_to_do"].is_string());
    let own = home.path().to_string_lossy().into_owned();
    for (place, bytes) in results(&at("cell.cneep")) {
        assert!(!String::from_utf8_lossy(&bytes).contains(&own), "{place} names a folder of this machine");
    }
    std::fs::create_dir(at("elsewhere")).unwrap();
    std::fs::rename(at("cell.cneep"), at("elsewhere/cell.cneep")).unwrap();
    let (printed, told, code) = run(home.path(), "add elsewhere/cell.cneep cold/movies.npz");
    assert!(code == 0 && printed.contains("exposure 0 of the interval"), "{printed}{told}");
    assert!(at("elsewhere/cell.cneep/added/movies/summary.json").exists());
    assert!(done(home.path(), "open elsewhere/cell.cneep").contains("report.html"));
    let (_, told, code) = run(home.path(), "analyze cold/movies.npz -o elsewhere/cell.cneep --compare modes");
    assert!(code == 2 && told.contains("--again"), "{told}");
}

/// The words of a movie alone stand for an analysis of it; the expert's verbs take the folder for its run,
/// and what it knows. Catches verbs that ask again, and swapped arguments that are not told.
#[test]
fn a_movie_alone_is_analysed_and_later_verbs_inherit() {
    let home = movies();
    let pixels =
        ndarray::Array3::from_shape_fn((120, 12, 12), |(t, r, c)| ((t * 7 + r * 5 + c * 3) % 97) as u8);
    let frames = cneep_movie::video::Frames::U8(pixels);
    let calibration = cneep_movie::Calibration::default();
    cneep_movie::video::write_tiff(&home.path().join("a b.tif"), &frames, calibration).unwrap();
    let mut program = assert_cmd::cargo::cargo_bin_cmd!("cneep");
    let words = ["a b.tif", "--interval", "20fps", "--compare", "modes", "--axes", "TYX"];
    program.current_dir(home.path()).args(words).assert().success();
    let summary = json(&home.path().join("a b.cneep/summary.json"));
    assert_eq!(summary["calibration"]["frame_interval"], 0.05);
    let mut program = assert_cmd::cargo::cargo_bin_cmd!("cneep");
    let output = program
        .current_dir(home.path())
        .args(["estimate", "a b.cneep", "a b.tif", "-o", "x"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("frame interval 50 ms: as in the run"), "{told}");
    assert_eq!(json(&home.path().join("x/summary.json"))["calibration"]["frame_interval"], 0.05);
    done(home.path(), "train hot/movies.npz -o run --estimator modes --window 2 -q");
    let (_, told, code) = run(home.path(), "estimate hot/movies.npz run -o x");
    assert!(code == 2 && told.contains("Name the run first"), "{told}");
    let (printed, told, code) = run(home.path(), "estimate norun hot/movies.npz -o x --json");
    let error: Value = serde_json::from_str(&printed).unwrap();
    assert!(code == 2 && error["error"]["subject"] == "norun" && told.contains("made by"), "{printed}{told}");
    let (printed, _, code) = run(home.path(), "estimate --json --no-such-option");
    let error: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((code, &error["error"]["kind"]), (2, &Value::from("arguments")));
    for (words, answer) in [("--interval -0.05", "more than zero"), ("--interval 0,05", "write 0.05")] {
        let (_, told, code) = run(home.path(), &format!("inspect hot/movies.npz {words}"));
        assert!(code == 2 && told.contains(answer), "{told}");
    }
}

/// However often it is killed, the end has the bits of an analysis that was let alone.
#[test]
fn an_analysis_that_was_killed_goes_on_to_the_same_bits() {
    let home = movies();
    let settings = "window = 2\n[comparison]\nfolds = 3\nestimators = [{ kind = \"modes\" }, { kind = \
                    \"force\", descent = { iterations = 30 } }]\n";
    std::fs::write(home.path().join("settings.toml"), settings).unwrap();
    let line = |folder: &str| format!("analyze hot/movies.npz -o {folder} --settings settings.toml -q");
    let start = Instant::now();
    done(home.path(), &line("whole.cneep"));
    let whole = start.elapsed();
    for (kill, signal) in [(1, "-KILL"), (2, "-INT"), (3, "-KILL"), (4, "-INT"), (5, "-KILL")] {
        let words = line("parts.cneep");
        let mut child = Command::new(env!("CARGO_BIN_EXE_cneep"))
            .current_dir(home.path())
            .args(words.split(' '))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole.mul_f64(0.17 * f64::from(kill)).min(Duration::from_secs(20)));
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
    }
    done(home.path(), &line("parts.cneep"));
    let (expected, found) =
        (results(&home.path().join("whole.cneep")), results(&home.path().join("parts.cneep")));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (place, bytes) in &expected {
        assert!(*bytes == found[place], "{place} differs");
    }
}

/// Three commands from two sets of movies to a p-value, and the same by a table. Catches a p-value that the
/// order of the conditions changes, a control that is taken for the other, and pairs that are ignored.
#[test]
fn two_conditions_are_compared_by_three_commands() {
    let home = movies();
    done(home.path(), "analyze hot/movies.npz -o control.cneep --compare modes");
    done(home.path(), "analyze cold/movies.npz -o drug.cneep --compare modes");
    let printed = done(home.path(), "compare control.cneep drug.cneep -o compared");
    assert!(printed.trim_end().lines().last().unwrap().starts_with("drug "), "{printed}");
    let outcome = json(&home.path().join("compared/comparison.json"));
    let test = &outcome["against"][0]["test"];
    assert_eq!((&test["unit"], &test["units"]), (&Value::from("movies"), &serde_json::json!([6, 6])));
    let turned = done(home.path(), "compare drug.cneep control.cneep -o turned --json");
    let turned: Value = serde_json::from_str(&turned).unwrap();
    let other = &turned["against"][0]["test"];
    assert_eq!(other["p_value"], test["p_value"]);
    let difference = |test: &Value| test["difference"]["value"].as_f64().unwrap();
    assert!((difference(other) + difference(test)).abs() < 1e-12);
    let paired = done(home.path(), "compare control.cneep drug.cneep -o paired --paired --json");
    let paired: Value = serde_json::from_str(&paired).unwrap();
    assert_eq!(paired["against"][0]["test"]["unit"], "pairs");
    done(home.path(), "simulate bead-spring --movies 5 --frames 200 --seed 5 -o a --format tiff -q");
    done(home.path(), "simulate bead-spring --movies 5 --frames 200 --hot 1 --seed 6 -o b --format tiff -q");
    let mut table = vec![String::from("file,condition,replicate")];
    for (folder, condition) in [("a", "control"), ("b", "drug")] {
        table.extend((0..5).map(|cell| format!("{folder}/movie_{cell:04}.tif,{condition},cell {cell}")));
    }
    std::fs::write(home.path().join("plan.csv"), table.join("\n")).unwrap();
    let of_table = done(home.path(), "compare plan.csv -o of_table --compare modes --json");
    let of_table: Value = serde_json::from_str(&of_table).unwrap();
    assert_eq!((&of_table["control"], &of_table["control_movies"]), (&"control".into(), &5.into()));
    assert_eq!(of_table["against"][0]["test"]["units"], serde_json::json!([5, 5]));
    let (_, told, code) = run(home.path(), "compare hot/movies.npz cold/movies.npz -o no");
    assert!(code == 2 && told.contains("cneep analyze"), "{told}");
    std::fs::remove_file(home.path().join("cold/movies.npz")).unwrap();
    let (printed, told, code) = run(home.path(), "compare control.cneep drug.cneep -o mailed");
    assert!(
        code == 0 && told.contains("no p-value") && printed.contains("drug: not tested"),
        "{printed}{told}"
    );
}
