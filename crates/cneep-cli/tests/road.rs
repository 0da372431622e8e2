//! Walks the whole road from movies to report as a user would, on a training too short to mean anything.

mod terminal;

use cneep::estimator::EstimatorSettings;
use cneep_movie::Calibration;
use cneep_movie::video::{self, Frames, Video};
use ndarray::Array3;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use terminal::{done, run};

const TRAINING: [&str; 8] =
    ["--estimator", "convolutional", "--iterations", "20", "--batch", "16", "--validate-every", "10"];

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file is there"))
        .expect("the file is JSON")
}

/// Six movies of waves that travel to the right: far enough from equilibrium to be learned in a few
/// iterations.
fn write_waves(path: &Path) {
    let wave = |movie: usize| {
        move |(frame, _, column): (usize, usize, usize)| {
            let phase = column as f64 * 0.6 - frame as f64 * 0.8 + movie as f64 * 2.0_f64.sqrt();
            (128.0 + 90.0 * phase.sin()) as u8
        }
    };
    let calibration = Calibration { frame_interval: Some(0.01), ..Calibration::default() };
    let movie = |i| Frames::U8(Array3::from_shape_fn((40, 20, 40), wave(i)));
    let movies: cneep_movie::Result<Vec<Video>> =
        (0..6).map(|i| Video::new("wave", movie(i), calibration)).collect();
    video::write(path, &movies.expect("valid movies")).expect("a writable folder");
}

fn walked() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_waves(&folder.path().join("seen/movies.npz"));
    done(folder.path(), &format!("train seen/movies.npz -o run {}", TRAINING.join(" ")));
    folder
}

#[test]
fn a_movie_becomes_numbers_maps_and_one_report() {
    let folder = walked();
    let at = |name: &str| folder.path().join(name);
    done(folder.path(), "simulate bead-spring --movies 2 --frames 30 --seed 1 -o fresh");
    done(folder.path(), "estimate run fresh/movies.npz --truth fresh/truth.npz -o out");
    let table = std::fs::read_to_string(at("out/entropy.csv")).unwrap();
    assert!(
        table.starts_with("movie,transition,time_s,entropy_production_kB,cumulative_kB,role,movie_name,"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 1 + 2 * 29);
    let summary = json(&at("out/summary.json"));
    for number in ["entropy_production_rate", "certified_bound"] {
        assert!(summary[number]["value"].is_f64() && summary[number]["standard_error"].is_f64(), "{summary}");
        assert_eq!(summary[number]["unit"], "k_B/s");
        let ends = summary[number]["confidence_interval"].as_array().expect("an interval");
        assert!(ends[0].as_f64() < summary[number]["value"].as_f64() && ends.len() == 2, "{summary}");
    }
    for number in ["r_squared", "slope", "exact_rate", "realised_rate"] {
        assert!(summary[number].is_f64(), "{number}: {summary}");
    }
    assert!((summary["exact_rate"].as_f64().unwrap() - 2.025).abs() < 1e-9);
    assert_eq!(summary["transitions"], 58);
    assert!(summary["cautions"].as_array().is_some_and(|cautions| !cautions.is_empty()));

    done(folder.path(), "map run fresh/movies.npz --truth fresh/truth.npz -o out");
    let maps = video::open(&at("out/dissipation_map.tif")).unwrap().remove(0);
    assert_eq!(maps.frames().shape(), (58, 5, 10));
    assert!((maps.calibration().frame_interval.unwrap() - 0.01).abs() < 1e-9);
    let Frames::F32(pixels) = maps.frames() else { panic!("32-bit maps") };
    let column = |line: &str| line.split(',').nth(3).unwrap().parse::<f64>().unwrap();
    for (line, map) in table.lines().skip(1).zip(pixels.outer_iter()) {
        let sum: f64 = map.iter().map(|&cell| f64::from(cell)).sum();
        assert!((sum - column(line)).abs() < 1e-6, "{line}: {sum}");
    }
    assert!(summary["detection_limit"]["verdict"].is_f64(), "{summary}");
    for file in ["dissipation_p_values", "significant_cells"] {
        let cells = video::open(&at(&format!("out/{file}.tif")));
        // A single picture is no movie, but the refusal must come after its pages have been read.
        assert!(cells.is_err_and(|error| error.to_string().contains("at least 2 frames")), "{file}");
    }
    let significance = &json(&at("out/map.json"))["significance"];
    assert_eq!((&significance["unseen_transitions"], &significance["block_count"]), (&58.into(), &8.into()));
    for file in ["mean_dissipation_map.tif", "mean_dissipation_map.png", "overlay.gif", "map.json"] {
        assert!(at("out").join(file).metadata().unwrap().len() > 100, "{file}");
    }
    done(folder.path(), "report run");
    let page = std::fs::read_to_string(at("run/report.html")).unwrap();
    for part in [
        "certified lower bound",
        "detection limit",
        "95 % within",
        "May I believe it?",
        "Training curve",
        "learning_rate",
        "What to do",
        "2 × 30 frames × 10 ms = 600 ms",
        "default-src 'none'",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let player = page.split_once("id=\"player\">").expect("a player").1.split_once("</script>").unwrap().0;
    let player: Value = serde_json::from_str(player).expect("JSON");
    assert_eq!(player["frames"]["shape"], serde_json::json!([30, 20, 40]));
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"), "the report fetches nothing");
    for file in ["training", "cumulative"]
        .iter()
        .flat_map(|name| ["svg", "png", "csv"].map(|of| format!("{name}.{of}")))
    {
        assert!(at("run/figures").join(&file).metadata().unwrap().len() > 100, "{file}");
    }
    done(folder.path(), "view run fresh/movies.npz -o view.html");
    assert!(std::fs::read_to_string(at("view.html")).unwrap().contains("id=\"player\""));
    std::fs::rename(at("out"), at("moved")).unwrap();
    let told = done(folder.path(), "report run -o page.html");
    assert!(told.contains("The estimate is left out") && told.contains("The map is left out"), "{told}");
    assert!(std::fs::read_to_string(at("page.html")).unwrap().contains("is left out"));
}

/// The default: catches a comparison that is not told, members that are not saved, and training movies that
/// are not judged.
#[test]
fn estimators_are_compared_from_train_to_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    done(folder.path(), "simulate bead-spring --movies 40 --frames 200 --seed 3 -o seen");
    let told = done(
        folder.path(),
        "train seen/movies.npz -o run --windows 2,3 --folds 3 --iterations 20 --batch 16 --modes 2",
    );
    for word in
        ["modes ", "force ", "convolutional ", "tried for its window", "cross-fitted", "cross-validated"]
    {
        assert!(told.contains(word), "{word}: {told}");
    }
    let record = json(&folder.path().join("run/record.json"));
    // Of 200 frames.
    let count = 201 - record["window"].as_u64().unwrap();
    // Five in closed form are asked for the window, one again for a longer one, and all seven are compared,
    // but for those that are seen to be blind when they are asked.
    let compared = record["fit"]["compared"].as_array().unwrap();
    let came_to = |outcome: &str| compared.iter().filter(|of| of["outcome"] == outcome).count();
    let blind = came_to("adds-nothing-to-window");
    assert_eq!(came_to("tried-for-window") + blind, 6, "{told}");
    assert_eq!(compared.len(), 13 - blind, "{told}");
    for name in EstimatorSettings::COMPARED {
        assert!(compared.iter().any(|of| of["estimator"] == *name), "{name}: {told}");
    }
    done(folder.path(), "estimate run seen/movies.npz --truth seen/truth.npz -o out");
    let summary = json(&folder.path().join("out/summary.json"));
    let of_role = |role: &str| summary[format!("{role}_transitions")].as_u64().unwrap();
    // Four movies certify, thirty-six are judged fold by fold.
    assert_eq!((of_role("held_out"), of_role("out_of_fold")), (4 * count, 36 * count));
    assert!(
        summary["cross_validated_bound"]["value"].is_f64() && summary["certified_bound"]["value"].is_f64()
    );
    assert!(summary["r_squared"].as_f64().unwrap() > 0.5, "{summary}");
    done(folder.path(), "map run seen/movies.npz -o maps");
    done(folder.path(), "report run");
    let report = std::fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    assert!(report.contains("Estimators were compared") && report.contains("tried for its window"));
    let (_, told, code) = run(folder.path(), "train seen/movies.npz -o run --resume");
    assert!(code == 2 && told.contains("comparison of estimators"), "{told}");
}

/// Movies that trained the run must not count as held out when they are estimated again.
#[test]
fn training_movies_are_recognised() {
    let folder = walked();
    done(folder.path(), "estimate run seen/movies.npz -o out");
    let summary = json(&folder.path().join("out/summary.json"));
    assert_eq!((&summary["transitions"], &summary["held_out_transitions"]), (&(6 * 39).into(), &39.into()));
}

#[test]
fn a_run_is_resumed_to_the_same_bits_and_never_overwritten() {
    let folder = walked();
    let at = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let (_, told, code) = run(folder.path(), "train seen/movies.npz -o run");
    assert!(code == 2 && told.contains("--resume"), "{told}");
    let training = TRAINING.join(" ").replace("20", "40");
    let constant = "[estimator]\nkind = \"convolutional\"\n\
        descent = { learning_rate = 1e-4, schedule = \"constant\" }\n";
    std::fs::write(folder.path().join("constant.toml"), constant).unwrap();
    done(folder.path(), &format!("train seen/movies.npz -o whole --settings constant.toml {training}"));
    let half = TRAINING.join(" ");
    done(folder.path(), &format!("train seen/movies.npz -o parts --settings constant.toml {half}"));
    done(folder.path(), "train seen/movies.npz -o parts --resume --iterations 40");
    for file in ["last.safetensors", "best.safetensors", "training.csv", "settings.toml"] {
        assert_eq!(at(&format!("whole/{file}")), at(&format!("parts/{file}")), "{file}");
    }
    let (_, told, code) = run(folder.path(), "train seen/movies.npz -o parts --resume --batch 8");
    assert!(code == 2 && told.contains("settings of the run"), "{told}");
}

#[test]
fn wrong_runs_movies_and_weights_are_refused_with_code_2() {
    let folder = walked();
    done(folder.path(), "simulate bead-spring --beads 3 --movies 2 --frames 30 -o wide");
    std::fs::write(folder.path().join("weights.pth"), "not weights").unwrap();
    let import = "import-weights weights.pth --input-mean 1 --input-std 2 --frame 20x40 -o imported";
    let cases = [
        ("estimate nowhere seen/movies.npz -o out", "nowhere"),
        ("estimate run wide/movies.npz -o out", "20 rows x 40 columns"),
        ("estimate run seen/movies.npz --truth wide/truth.npz -o out", "movies"),
        ("estimate run seen/movies.npz --frame-interval 9 --truth wide/truth.npz -o out", "of the truth"),
        ("estimate run seen/movies.npz seen/movies.npz -o out", "another recording"),
        ("train seen/movies.npz seen/movies.npz -o new", "another recording"),
        ("train seen/movies.npz -o new --window 1", "window"),
        ("train seen/movies.npz -o new --estimator convolutional --layers 9", "layers"),
        (import, "weights.pth"),
    ];
    for (line, culprit) in cases {
        let (printed, told, code) = run(folder.path(), line);
        assert_eq!((code, printed.as_str()), (2, ""), "{line}: {told}");
        assert!(told.contains("error: ") && told.contains(culprit), "{line}: {told}");
    }
    for left in ["out", "imported"] {
        assert!(!folder.path().join(left).exists(), "{left} holds half a result");
    }
}

/// Ctrl-C in the middle of a long training: exit code 130, best parameters on disk, ready to be used.
#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_best_parameters() {
    let folder = walked();
    let mut training = Command::new(assert_cmd::cargo::cargo_bin!("cneep"))
        .current_dir(folder.path())
        .args(["train", "seen/movies.npz", "-o", "long", "--iterations", "1000000", "--patience", "0"])
        .args(["--batch", "16", "--validate-every", "10", "--estimator", "convolutional"])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while !folder.path().join("long/best.safetensors").exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "no validation within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
    Command::new("kill").args(["-INT", &training.id().to_string()]).status().unwrap();
    assert_eq!(training.wait().unwrap().code(), Some(130));
    assert_eq!(json(&folder.path().join("long/record.json"))["fit"]["stop_reason"], "interrupted");
    let (printed, told, code) = run(folder.path(), "estimate long seen/movies.npz -o out");
    assert!(code == 0 && told.starts_with("stop: training: The training ended before"), "{told}");
    assert!(!printed.contains("equilibrium") && told.contains("--resume"), "{printed}{told}");
}
