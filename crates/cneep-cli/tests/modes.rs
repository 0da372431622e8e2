//! Walks the road of an estimator fitted in closed form as a user would.

mod terminal;

use serde_json::Value;
use std::path::Path;
use terminal::{done, run};

fn refused(folder: &Path, line: &str) -> String {
    let (printed, told, code) = run(folder, line);
    assert_eq!((code, printed.as_str()), (2, ""), "{line}: {told}");
    assert!(told.contains("error: "), "{line}: {told}");
    told
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Twenty movies of two beads to train on and five to test on: 6,000 transitions, which a network could do
/// nothing with.
fn with_movies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, count, seed) in [("seen", 20, 1), ("fresh", 5, 2)] {
        done(
            folder.path(),
            &format!("simulate bead-spring --movies {count} --frames 300 --seed {seed} -o {name}"),
        );
    }
    folder
}

/// Catches a map of another resolution or sum, settings that say nothing of the fit or speak of networks, and
/// a report that hides the candidates.
#[test]
fn movies_become_numbers_maps_and_a_report_of_candidates() {
    let folder = with_movies();
    let at = |name: &str| folder.path().join(name);
    let printed =
        json(&done(folder.path(), "train seen/movies.npz -o run --estimator modes --window 3 --json"));
    assert_eq!(printed["fit"]["method"], "closed-form");
    assert!(printed["fit"]["bound"].as_f64().unwrap() > 0.0, "{printed}");
    let settings = std::fs::read_to_string(at("run/settings.toml")).unwrap();
    for (word, stands) in
        [("kind = \"modes\"", true), ("window = 3", true), ("batch", false), ("layers", false)]
    {
        assert_eq!(settings.contains(word), stands, "{word}: {settings}");
    }
    done(folder.path(), "estimate run fresh/movies.npz --truth fresh/truth.npz -o out");
    let summary = json(&std::fs::read_to_string(at("out/summary.json")).unwrap());
    assert!(summary["r_squared"].as_f64().unwrap() > 0.85, "{summary}");
    let maps = json(&done(folder.path(), "map run fresh/movies.npz --truth fresh/truth.npz -o out --json"));
    let rows = maps["mean"]["rates"].as_array().expect("rows");
    let columns = rows[0].as_array().expect("cells").len();
    assert_eq!((rows.len(), columns), (20, 40), "a map has the frame's own resolution");
    for part in maps["parts"].as_array().expect("two beads") {
        assert!(part["correlation"].as_f64().unwrap() > 0.9, "{part}");
    }
    done(folder.path(), "report run");
    let page = std::fs::read_to_string(at("run/report.html")).unwrap();
    for (part, stands) in [
        ("Fitted in closed form", true),
        ("weighted sum of", true),
        ("whole frame", true),
        ("validated by turns", true),
        ("share the sum of the map but not its pattern", false),
        ("learning_rate", false),
    ] {
        assert_eq!(page.contains(part), stands, "{part}");
    }
}

/// An option that would be ignored must be refused by its name; so must what cannot be fitted, and nothing be
/// left behind.
#[test]
fn options_of_networks_and_wrong_movies_are_refused_by_name() {
    let folder = with_movies();
    for (option, owner) in [
        ("--layers 2", "`convolutional` alone"),
        ("--iterations 100", "step by step alone"),
        ("--batch 16", "step by step alone"),
        ("--learning-rate 0.001", "step by step alone"),
        ("--validate-every 10", "step by step alone"),
        ("--patience 3", "step by step alone"),
        ("--cell 20", "`force` alone"),
        ("--folds 3", "a comparison of estimators alone"),
    ] {
        let told =
            refused(folder.path(), &format!("train seen/movies.npz -o run --estimator modes {option}"));
        assert!(told.contains(option.split(' ').next().unwrap()) && told.contains(owner), "{told}");
    }
    for option in ["--modes 3", "--ridge 0.1", "--patch 10", "--spacing 5", "--radius 1"] {
        let line = format!("train seen/movies.npz -o run --estimator convolutional {option}");
        let told = refused(folder.path(), &line);
        assert!(told.contains(option.split(' ').next().unwrap()) && told.contains("`modes` alone"), "{told}");
    }
    std::fs::write(folder.path().join("mixed.toml"), "[estimator]\nkind = \"modes\"\nlearning_rate = 0.01\n")
        .unwrap();
    for (options, culprit) in [
        ("--settings mixed.toml", "learning_rate"),
        ("--estimator modes --modes 0", "modes.modes"),
        ("--estimator modes --ridge 0", "modes.ridge"),
        ("--estimator modes --patch 4 --modes 10 --radius 5", "coefficients"),
        ("--estimator modes --window 400", "window of 400 frames"),
    ] {
        let told = refused(folder.path(), &format!("train seen/movies.npz -o run {options}"));
        assert!(told.contains(culprit), "{options}: {told}");
    }
    assert!(!folder.path().join("run").exists(), "a refused fit must leave nothing behind");
}

/// A fit is done or not done: there is nothing to go on from, and nothing is overwritten.
#[test]
fn a_fit_is_not_resumed() {
    let folder = with_movies();
    done(folder.path(), "train seen/movies.npz -o run --estimator modes --modes 2");
    let before = std::fs::read(folder.path().join("run/best.safetensors")).unwrap();
    assert!(refused(folder.path(), "train seen/movies.npz -o run --resume").contains("closed form"));
    assert!(
        refused(folder.path(), "train seen/movies.npz -o run --estimator modes").contains("another folder")
    );
    assert_eq!(std::fs::read(folder.path().join("run/best.safetensors")).unwrap(), before);
}

/// Two beads in equilibrium whose odd rows are recorded half a frame after the even ones: the frames as they
/// are look irreversible, and one field of each does not. Catches rows of both fields in one, a caution
/// without its way out, and one that stays when it was taken.
#[test]
fn one_field_of_interlaced_frames_is_in_equilibrium() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let film = "simulate bead-spring --hot 1 --steps-per-frame 10 --artefact interlaced --frames 300";
    for (seed, field) in [(1, "top"), (2, "bottom")] {
        done(folder.path(), &format!("{film} --movies 8 --seed {seed} -o seen{seed}"));
        done(folder.path(), &format!("{film} --movies 8 --seed {} -o fresh{seed}", seed + 10));
        let estimated = |run: &str, options: &str| {
            let train = format!("train seen{seed}/movies.npz --estimator modes -o {run}{seed}{options}");
            done(folder.path(), &train);
            let estimate = format!("estimate {run}{seed} fresh{seed}/movies.npz -o {run}{seed}_out --json");
            json(&done(folder.path(), &estimate))
        };
        let is_interlaced = |summary: &Value| {
            let cautions = summary["cautions"].as_array().expect("cautions");
            cautions.iter().any(|caution| caution["kind"] == "interlaced")
        };
        let whole = estimated("whole", "");
        assert!(whole["equilibrium_p_value"].as_f64().unwrap() < 0.001 && is_interlaced(&whole), "{whole}");
        let alone = estimated("field", &format!(" --field {field}"));
        let p_value = alone["equilibrium_p_value"].as_f64();
        assert!(p_value.is_none_or(|p| p > 0.01) && !is_interlaced(&alone), "{alone}");
    }
    let (_, told, _) = run(folder.path(), "inspect seen1/movies.npz");
    assert!(told.contains("--field"), "{told}");
}
