//! Runs experiments as a user would, on trainings too short to mean anything.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TINY: &str = r#"
title = "Two beads"
question = "Does every part of a run work?"
source = "this test"
seeds = [0, 1]
[simulate]
system = "bead-spring"
movies = 6
frames = 30
[test]
movies = 3
[train.estimator]
kind = "convolutional"
descent = { iterations = 1000000 }
[[vary]]
key = "simulate.hot"
values = [5, 10]
[quick]
train = { estimator = { descent = { iterations = 20, batch = 16, validate_every = 10 } } }
[[quick.expect]]
quantity = "r_squared"
at = { simulate.hot = 10 }
at-least = 0
published = 0.5
published-error = 0.1
[[quick.expect]]
quantity = "slope"
at = { simulate.hot = 5 }
at-least = 1000
"#;

fn run(folder: &Path, line: &str) -> (String, String, i32) {
    let mut program = assert_cmd::cargo::cargo_bin_cmd!("cneep-xp");
    let output = program.current_dir(folder).args(line.split(' ')).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().expect("the program ends by itself"))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file is there")).expect("JSON")
}

fn with_experiment(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("tiny.toml"), text).expect("a writable folder");
    folder
}

/// The whole road of a quick version: every file, both verdicts, exit codes, a report, and no case run twice.
#[test]
fn a_quick_experiment_runs_from_file_to_report() {
    let folder = with_experiment(TINY);
    let output = folder.path().join("results/tiny-quick");
    let (printed, told, code) = run(folder.path(), "tiny.toml --quick --json");
    assert_eq!(code, 0, "{told}");
    let outcome: Value = serde_json::from_str(&printed).expect("one JSON object");
    let known = |case: usize| outcome["cases"][case]["scores"].as_object().expect("scores").clone();
    for case in [0, 1] {
        for score in ["r_squared", "slope", "rate", "bound", "part_correlation", "fluctuation_theorem"] {
            assert_eq!(known(case)[score]["seeds"], 2, "{score}");
            assert!(known(case)[score]["deviation"].is_f64(), "{score}");
        }
    }
    let met: Vec<&Value> = outcome["verdicts"].as_array().unwrap().iter().map(|v| &v["met"]).collect();
    assert_eq!(met, [true, false]);
    assert_eq!(outcome, json(&output.join("result.json")));
    let result = std::fs::read_to_string(output.join("result.md")).unwrap();
    assert!(result.contains("| NOT MET") && result.contains("0.5 ± 0.1") && result.contains("quick version"));
    assert!(std::fs::read_to_string(output.join("result.svg")).unwrap().contains("simulate.hot"));
    let scores = std::fs::read_to_string(output.join("scores.csv")).unwrap();
    assert_eq!(scores.lines().filter(|line| !line.starts_with('#')).count(), 1 + 4, "{scores}");
    let build = scores.lines().find(|line| line.starts_with("case,")).expect("a head");
    assert!(
        ["window", "estimators", "commit", "dirty"].iter().all(|name| build.split(',').any(|c| c == *name))
    );
    let made = &outcome["cases"][0];
    assert_eq!((&made["windows"]["2"], &made["estimators"][0]["name"]), (&2.into(), &"convolutional".into()));
    assert_eq!(made["builds"][0]["commit"], outcome["provenance"]["commit"]);
    assert!(outcome.get("older_build").is_none(), "{}", outcome["older_build"]);
    assert!(!output.join("case_00").exists(), "movies and parameters are not kept");

    // Again: the same scores, without a training; then with a case more, of which only that one is run.
    let (_, _, code) = run(folder.path(), "tiny.toml --quick --check");
    assert_eq!(code, 1, "an expectation is not met");
    assert_eq!(std::fs::read_to_string(output.join("scores.csv")).unwrap(), scores);
    std::fs::write(folder.path().join("tiny.toml"), TINY.replace("[5, 10]", "[2, 5, 10]")).unwrap();
    let (_, told, code) = run(folder.path(), "tiny.toml --quick --keep");
    assert_eq!(code, 0, "{told}");
    let more = std::fs::read_to_string(output.join("scores.csv")).unwrap();
    assert!(more.starts_with(&scores) && more.lines().count() == scores.lines().count() + 2, "{more}");
    assert!(output.join("case_00/test.npz").exists() && !output.join("case_01").exists());

    // The settings as used give the same scores again.
    std::fs::rename(output.join("experiment.toml"), folder.path().join("used.toml")).unwrap();
    let (_, told, code) = run(folder.path(), "used.toml -o used");
    assert_eq!(code, 0, "{told}");
    let rates = |name: &str| json(&folder.path().join(name))["cases"][2]["scores"]["rate"].clone();
    assert_eq!(rates("used/result.json"), rates("results/tiny-quick/result.json"));

    let page = std::fs::read_to_string(output.join("report.html")).unwrap();
    for part in ["Expectations met", "1 of 2", "<svg", "NOT MET", "convolutional 1.00"] {
        assert!(page.contains(part), "{part}");
    }
}

/// Networks have nodes to find; catches maps that are not scored, and seeds whose maps are compared with
/// themselves.
#[test]
fn a_network_is_scored_node_by_node() {
    let text = TINY
        .replace("\"bead-spring\"", "\"filament-network\"\ncolumns = 4\nrows = 4\nhot-fraction = 0.5")
        .replace("[quick]", "[quick]\nvary = []\nmicroscope = { binning = 2 }")
        // Long enough for both seeds to beat an estimate of zero, whose maps show nothing to agree on.
        .replace("iterations = 20,", "iterations = 60,")
        .replace("at = { simulate.hot = 10 }\n", "")
        .replace("at = { simulate.hot = 5 }\n", "");
    let folder = with_experiment(&text);
    let (printed, told, code) = run(folder.path(), "tiny.toml --quick --json -o out");
    assert_eq!(code, 0, "{told}");
    let outcome: Value = serde_json::from_str(&printed).unwrap();
    let scores = &outcome["cases"][0]["scores"];
    for score in ["map_correlation", "hot_node_auc", "part_correlation"] {
        assert_eq!(scores[score]["seeds"], 2, "{score}: {scores}");
    }
    let agreement = &scores["map_agreement"];
    assert_eq!(agreement["seeds"], 1, "{scores}");
    assert!((-1.0..1.0).contains(&agreement["mean"].as_f64().unwrap()), "{agreement}");
}

/// Catches an R² against heat along the path, which is all that is known of elastic filaments step by step:
/// means alone may be compared.
#[test]
fn elastic_networks_are_scored_by_their_means_alone() {
    let text = TINY
        .replace(
            "\"bead-spring\"",
            "\"filament-network\"\ncolumns = 4\nrows = 4\nhot-fraction = 0.5\nrest-length = 6",
        )
        .replace("[quick]", "[quick]\nvary = []\nmicroscope = { binning = 4 }")
        .replace("at = { simulate.hot = 10 }\n", "")
        .replace("at = { simulate.hot = 5 }\n", "");
    let folder = with_experiment(&text);
    let (printed, told, code) = run(folder.path(), "tiny.toml --quick --json -o out");
    assert_eq!(code, 0, "{told}");
    let outcome: Value = serde_json::from_str(&printed).unwrap();
    let scores = outcome["cases"][0]["scores"].as_object().expect("scores");
    for score in ["rate", "bound", "rate_ratio", "bound_ratio", "fluctuation_theorem"] {
        assert_eq!(scores[score]["seeds"], 2, "{score}: {scores:?}");
    }
    for score in ["r_squared", "slope", "last_r_squared", "part_correlation", "map_correlation", "pair_ratio"]
    {
        assert!(!scores.contains_key(score), "{score}: {scores:?}");
    }
}

/// Catches maps that are not held against the exact density, and what cannot be seen taken for dissipation.
#[test]
fn what_moves_is_scored_by_its_density() {
    let text = FIT
        .replace("\"bead-spring\"\nmovies = 15\nframes = 200", "\"ring\"\nmovies = 6\nframes = 500")
        .replace("[train.estimator]\n", "[microscope]\nbinning = 2\n[train.estimator]\n")
        .replace("map_agreement", "density_correlation");
    let folder = with_experiment(&text);
    let (printed, told, code) = run(folder.path(), "tiny.toml --json -o out --check");
    assert_eq!(code, 0, "{told}");
    let outcome: Value = serde_json::from_str(&printed).unwrap();
    let scores = outcome["cases"][0]["scores"].as_object().expect("scores");
    for score in ["density_correlation", "map_unevenness", "rate_ratio"] {
        assert_eq!(scores[score]["seeds"], 2, "{score}: {scores:?}");
    }
    assert!(!scores.contains_key("part_correlation"));
    let unseen = text
        .replace("\"ring\"", "\"active\"\nappearance = \"round\"\nsize = 16\nparticles = 4.0")
        .replace("quantity = \"r_squared\"\nat-least = 0.6", "quantity = \"rate\"\nat-most = 0.05")
        .replace(
            "quantity = \"density_correlation\"\nat-least = 0.2",
            "quantity = \"dissipates\"\nat-most = 0",
        );
    std::fs::write(folder.path().join("unseen.toml"), unseen).unwrap();
    let (printed, told, code) = run(folder.path(), "unseen.toml --json -o unseen --check");
    assert_eq!(code, 0, "{told}");
    let outcome: Value = serde_json::from_str(&printed).unwrap();
    let scores = outcome["cases"][0]["scores"].as_object().expect("scores");
    for score in ["r_squared", "rate_ratio", "density_correlation"] {
        assert!(!scores.contains_key(score), "{score}: {scores:?}");
    }
}

const FIT: &str = r#"
title = "Two beads in closed form"
question = "Is a fit scored like a training?"
seeds = [0, 1]
simulate-anew = true
[simulate]
system = "bead-spring"
movies = 15
frames = 200
[test]
movies = 4
[train.estimator]
kind = "modes"
[[expect]]
quantity = "r_squared"
at-least = 0.6
[[expect]]
quantity = "map_agreement"
at-least = 0.2
"#;

/// Catches a score of the last iterate that a fit has none of, seeds that share their movies, and maps
/// compared between movies.
#[test]
fn an_experiment_scores_fits_on_movies_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("modes.toml"), FIT).unwrap();
    let (printed, told, code) = run(folder.path(), "modes.toml -o out --check --keep --json");
    assert_eq!(code, 0, "{told}");
    let outcome: Value = serde_json::from_str(&printed).expect("one JSON object");
    let scores = &outcome["cases"][0]["scores"];
    assert_eq!(scores["last_r_squared"], scores["r_squared"]);
    assert!(scores["r_squared"]["deviation"].as_f64().unwrap() > 0.0, "{scores}");
    assert_eq!(scores["part_correlation"]["seeds"], 2);
    let read = |name: &str| std::fs::read(folder.path().join("out").join(name)).unwrap();
    assert!(read("case_00_movies_0/train.npz") != read("case_00_movies_1/train.npz"));
    assert!(read("case_00_movies_0/truth.npz") == read("case_00_movies_1/truth.npz"));
    std::fs::write(
        folder.path().join("mixed.toml"),
        format!("{FIT}[quick]\ntrain = {{ estimator = {{ batch = 8 }} }}\n"),
    )
    .unwrap();
    let (printed, told, code) = run(folder.path(), "mixed.toml -o mixed");
    assert_eq!((code, printed.as_str()), (2, ""), "{told}");
    assert!(told.contains("`batch`") && told.contains("`ridge`"), "{told}");
}

/// Ctrl-C in the middle of a training: code 130, and the next run goes on where this one stopped.
#[cfg(unix)]
#[test]
fn a_stopped_experiment_goes_on() {
    let folder = with_experiment(&TINY.replace(
        "iterations = 1000000",
        "iterations = 1000000, batch = 8, validate_every = 5, patience = 0",
    ));
    let record = || {
        let case = std::fs::read_dir(folder.path().join("out/case_00")).ok()?;
        let run =
            case.flatten().map(|entry| entry.path()).find(|path| path.join("last.safetensors").exists())?;
        let text = std::fs::read_to_string(run.join("record.json")).ok()?;
        serde_json::from_str::<Value>(&text).ok()?["fit"]["iterations"].as_u64()
    };
    let stopped_beyond = |before: u64| {
        let mut program = Command::new(assert_cmd::cargo::cargo_bin!("cneep-xp"))
            .current_dir(folder.path())
            .args(["tiny.toml", "-o", "out"])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let start = Instant::now();
        let mut seen = before;
        while seen == before {
            assert!(start.elapsed() < Duration::from_secs(60), "no validation within a minute");
            std::thread::sleep(Duration::from_millis(10));
            seen = record().unwrap_or(before);
        }
        Command::new("kill").args(["-INT", &program.id().to_string()]).status().expect("kill runs");
        assert_eq!(program.wait().expect("it ends").code(), Some(130));
        record().expect("a checkpoint is kept")
    };
    let first = stopped_beyond(0);
    assert!(first > 0);
    let second = stopped_beyond(first);
    assert!(second > first, "started again from the beginning: {second} after {first}");
    assert!(!folder.path().join("out/scores.csv").exists(), "nothing was finished");
}

#[test]
fn an_experiment_with_a_mistake_is_refused_before_anything_runs() {
    let folder = with_experiment(&TINY.replace("movies = 6", "movie = 6"));
    for (line, culprit) in [("tiny.toml", "movie"), ("none.toml", "none.toml")] {
        let (printed, told, code) = run(folder.path(), line);
        assert_eq!((code, printed.as_str()), (2, ""), "{told}");
        assert!(told.starts_with("error: ") && told.contains(culprit), "{told}");
    }
    assert!(!folder.path().join("results").exists());
}

/// Every experiment of the repository parses, down to the settings of its cases, in both versions.
#[test]
fn the_experiments_of_the_repository_are_well_formed() {
    let experiments = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let folder = tempfile::tempdir().unwrap();
    // A file in the place of the output stops a run right after its checks.
    std::fs::write(folder.path().join("file"), "").unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(experiments).expect("the folder of experiments").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let (_, told, _) = run(folder.path(), &format!("{} -o file/out", path.display()));
            assert!(told.contains("file/out/experiment.toml"), "{}: {told}", path.display());
            count += 1;
        }
    }
    assert!(count > 10, "{count} experiments");
}
