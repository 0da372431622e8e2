//! Compares estimators as a user would: what is left out, what stops, and what is told of it.

mod terminal;

use serde_json::Value;
use std::path::Path;
use std::time::Instant;
use terminal::{done, run};

fn with_movies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    done(folder.path(), "simulate bead-spring --movies 40 --frames 250 --seed 5 -o seen");
    folder
}

fn found(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("run/record.json")).expect("a record");
    serde_json::from_str::<Value>(&text).expect("JSON")["fit"].clone()
}

/// Names and outcomes in their order.
fn outcomes(found: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| match value {
        Value::String(word) => word.clone(),
        Value::Object(failed) => failed.keys().next().expect("an outcome").clone(),
        other => panic!("{other}"),
    };
    let of = |of: &Value| (word(&of["estimator"]), word(&of["outcome"]));
    found["compared"].as_array().expect("what was compared").iter().map(of).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, outcome)| ((*name).to_owned(), (*outcome).to_owned())).collect()
}

/// Every outcome is told by the program, in the record and in the report, in the words of the same type:
/// catches one that is left out in silence, options of the comparison that do not reach it, and a budget that
/// is only told of.
#[test]
fn what_became_of_every_estimator_is_told() {
    let folder = with_movies();
    let few = "--iterations 1 --batch 16 --modes 2 --windows 2,3 --folds 3";
    // A network after one step tells nothing beside modes; force takes more work than is left.
    let line = format!(
        "train seen/movies.npz -o run --compare modes,convolutional,force --work-budget 1e10 --layers 1 {few}"
    );
    let work = |name: &str| {
        let of = found(folder.path())["compared"].as_array().unwrap().clone();
        let is_it = |of: &&Value| of["estimator"] == name && of["outcome"] != "tried-for-window";
        of.iter().find(is_it).unwrap()["work"].as_f64().unwrap()
    };
    let unlimited = line.replace("--work-budget 1e10 ", "").replace("--windows 2,3", "--windows 2");
    let told = done(folder.path(), &unlimited);
    let all = outcomes(&found(folder.path()));
    assert!(
        all.contains(&("force".into(), "cross-fitted".into())) || told.contains("adds nothing"),
        "{told}"
    );
    // Three folds of modes and the network fit in, those of force do not, nor does a second window.
    let budget = 3.0 * (work("modes") + work("convolutional")) + work("force");
    assert!(work("force") > 0.0);
    std::fs::remove_dir_all(folder.path().join("run")).unwrap();
    let told = done(folder.path(), &line.replace("1e10", &budget.to_string()));
    let expected = [
        ("modes", "tried-for-window"),
        ("convolutional", "dismissed"),
        ("force", "over-budget"),
        ("modes", "cross-fitted"),
    ];
    let found = found(folder.path());
    let mut all = outcomes(&found);
    all.sort();
    let mut expected = pairs(&expected);
    expected.sort();
    assert_eq!(all, expected, "{told}");
    done(folder.path(), "report run");
    let report = std::fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    for words in [
        "tried for its window",
        "cross-fitted",
        "adds nothing on the first fold",
        "more work than the budget allows",
    ] {
        assert!(told.contains(words), "{words}: {told}");
        assert!(report.contains(words), "{words} is not in the report");
    }
    let dismissed = found["compared"].as_array().unwrap().iter().find(|of| of["outcome"] == "dismissed");
    assert_eq!((&dismissed.unwrap()["folds"], &dismissed.unwrap()["weight"]), (&1.into(), &0.0.into()));
}

/// Catches a budget of time that is not kept, one that loses what was complete, and one that is told as a
/// failure.
#[test]
fn a_time_budget_stops_and_keeps_what_is_complete() {
    let folder = with_movies();
    let start = Instant::now();
    let line = "train seen/movies.npz -o run --compare modes,force --windows 2 --folds 2 --modes 2 \
                --iterations 100000000 --patience 0 --batch 16 --work-budget 1e300 --time-budget 6";
    let told = done(folder.path(), line);
    let took = start.elapsed().as_secs_f64();
    assert!((6.0..60.0).contains(&took), "{took} s");
    assert!(told.contains("stopped before all were compared: what was complete is kept"), "{told}");
    let found = found(folder.path());
    assert_eq!(found["stop_reason"], "interrupted");
    assert!(outcomes(&found).contains(&("modes".into(), "cross-fitted".into())), "{found}");
    done(folder.path(), "estimate run seen/movies.npz -o out");
    let nonsense = run(folder.path(), "train seen/movies.npz -o other --time-budget 0");
    assert!(nonsense.2 == 2 && nonsense.1.contains("--time-budget"), "{nonsense:?}");
    // Nothing is complete within a microsecond, and nothing is left behind.
    let none = run(folder.path(), "train seen/movies.npz -o none --time-budget 0.000001");
    assert_eq!(none.2, 130, "{none:?}");
    assert!(!folder.path().join("none/record.json").exists());
}
