//! Hands the program a run that version 0.1.0 wrote: it says what it is, and what to do.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod terminal;

use std::path::Path;
use terminal::{done, run};

/// What 0.1.0 wrote as `record.json` after `cneep train movie.tif --estimator convolutional`.
const RECORD: &str = r#"{
  "version": "0.1.0",
  "rows": 20,
  "columns": 40,
  "calibration": { "frame_interval": 0.1, "pixel_size": null, "exposure": null },
  "normalisation": { "mean": 35.12, "std": 61.04 },
  "movies": [
    {
      "name": "movie.tif",
      "hash": "0f2a6ed9c1a7f1b1f1d0f3e5a4b7c8d90f2a6ed9c1a7f1b1f1d0f3e5a4b7c8d9",
      "frames": 60,
      "test": [[53, 59]]
    }
  ],
  "transitions": [46, 5, 6],
  "iterations": 20,
  "best_iteration": 10,
  "best_validation_loss": -1.00012,
  "stop_reason": "finished",
  "elapsed_seconds": 0.42,
  "instruction_set": "AVX2+FMA",
  "imported_from": null,
  "cautions": [
    { "subject": "frame interval", "message": "it was assumed", "remedy": "State it." }
  ]
}"#;

/// The `settings.toml` beside it.
const SETTINGS: &str = r#"estimator = "convolutional"
window = 2
layers = 2
channels = 2
seed = 0
iterations = 20
batch = 16
learning_rate = 0.0006
schedule = "cosine"
alpha = 0.0
weight_decay = 5e-5
averaging = 0.999
validate_every = 10
patience = 12
tolerance = 2.0
validation_transitions = 50000
normalisation = "training-frames"

[split]
validation_fraction = 0.1
test_fraction = 0.1

[auto]
estimators = ["modes", "force", "convolutional"]
windows = [2, 3, 4, 6, 8, 12, 16]
folds = 5
seconds = 600.0
"#;

fn with_old_run() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let old = home.path().join("old");
    std::fs::create_dir(&old).unwrap();
    let files = [("record.json", RECORD), ("settings.toml", SETTINGS), ("training.csv", "iteration,loss\n")];
    for (name, text) in files {
        std::fs::write(old.join(name), text).unwrap();
    }
    for name in ["best.safetensors", "last.safetensors"] {
        std::fs::write(old.join(name), b"\x02\0\0\0\0\0\0\0{}").unwrap();
    }
    let line = "simulate bead-spring --movies 1 --frames 60 --format tiff -o movies -q";
    done(home.path(), line);
    std::fs::rename(home.path().join("movies/movie_0000.tif"), home.path().join("movie.tif")).unwrap();
    home
}

fn files(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<_> =
        entries.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect();
    files.sort();
    files
}

/// Catches a run that is read as something else, one that is written over, a refusal that blames the user's
/// files for words of another version, and one without a way on.
#[test]
fn a_run_of_another_version_is_refused_with_the_reason_and_left_alone() {
    let home = with_old_run();
    let (folder, old) = (home.path(), home.path().join("old"));
    let before = files(&old);
    for line in [
        "estimate old movie.tif -o out",
        "map old movie.tif -o out",
        "report old",
        "view old movie.tif -o view.html",
        "train movie.tif -o old --resume",
    ] {
        let (printed, told, code) = run(folder, line);
        assert_eq!((code, printed.as_str()), (2, ""), "{line}: {told}");
        assert!(
            told.contains("version 0.1.0") && told.contains("Train again on the movies"),
            "{line}: {told}"
        );
    }
    let (_, told, code) = run(folder, "train movie.tif --estimator modes -o old");
    assert!(code == 2 && told.contains("earlier version") && told.contains("another folder"), "{told}");
    assert_eq!(files(&old), before);
    // The way on.
    done(folder, "train movie.tif --estimator modes -o new -q");
    done(folder, "estimate new movie.tif -o out -q");
}
