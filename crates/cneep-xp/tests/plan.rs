//! Carries an experiment out by a plan, and holds what is gathered against one run of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const TINY: &str = r#"
title = "Two beads"
question = "Is a plan the experiment?"
seeds = [0, 1]
simulate-anew = true
[simulate]
system = "bead-spring"
movies = 12
frames = 100000
[test]
movies = 3
[train.estimator]
kind = "modes"
[[vary]]
key = "simulate.hot"
values = [5, 10]
[quick]
simulate = { frames = 150 }
[[quick.expect]]
quantity = "rate"
at = { simulate.hot = 10 }
at-least = 1000
"#;

fn program(folder: &Path, line: &str) -> Command {
    let mut program = Command::new(assert_cmd::cargo::cargo_bin!("cneep-xp"));
    program.current_dir(folder).args(line.split(' ')).stdin(Stdio::null());
    program
}

/// What is printed and told, and the exit code.
fn run(folder: &Path, line: &str) -> (String, String, i32) {
    let output = program(folder, line).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

fn started(folder: &Path, line: &str) -> Child {
    program(folder, line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The result in `folder` without the times that it took: scores, page for readers, that for programs.
fn timeless(folder: &Path) -> [String; 3] {
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let scores: Vec<String> = text("scores.csv")
        .lines()
        // The last two columns are times.
        .map(|line| {
            if line.starts_with('#') { line } else { line.rsplitn(3, ',').last().unwrap() }.to_owned()
        })
        .collect();
    let mut result: Value = serde_json::from_str(&text("result.json")).unwrap();
    for of_now in ["seconds", "date"] {
        result["provenance"].as_object_mut().unwrap().remove(of_now).unwrap();
    }
    let page = text("result.md");
    let (made, kept): (Vec<&str>, Vec<&str>) = page.lines().partition(|line| line.contains(" cores"));
    assert_eq!(made.len(), 1, "{page}");
    [scores.join("\n"), result.to_string(), kept.join("\n")]
}

/// Catches a case or a seed that is lost or done as another, movies of one seed for all, the small version
/// taken for the experiment, maps that are not gathered, and a result put together of a part.
#[test]
fn a_planned_experiment_gathers_what_one_run_writes() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    std::fs::write(folder.join("tiny.toml"), TINY).unwrap();
    let (_, told, code) = run(folder, "tiny.toml --quick -o whole");
    assert_eq!(code, 0, "{told}");
    let (printed, told, code) = run(folder, "plan tiny.toml --quick -o plan");
    assert_eq!(code, 0, "{told}");
    assert!(printed.starts_with("4 tasks") && printed.contains("cneep-xp work plan"), "{printed}");
    let (_, told, code) = run(folder, "gather plan -o gathered");
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("1-4") && told.contains("cneep-xp work plan --all"), "{told}");
    let mut other = started(folder, "work plan --all --threads 1 -q");
    let (_, told, code) = run(folder, "work plan --all --jobs 2 --threads 1 -q");
    assert_eq!(code, 0, "{told}");
    assert!(other.wait().unwrap().success());
    let (status, ..) = run(folder, "status plan");
    assert!(status.starts_with("4 of 4 tasks done") && status.contains("cneep-xp gather"), "{status}");
    let (_, told, code) = run(folder, "gather plan -o gathered --check");
    assert_eq!(code, 1, "an expectation cannot be met: {told}");
    assert_eq!(timeless(&folder.join("gathered")), timeless(&folder.join("whole")));
    let names = |of: &str| {
        let entries = std::fs::read_dir(folder.join(of)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("gathered"), names("whole"));
    assert_eq!(names("whole/maps").len(), 4);
    for name in names("whole/maps") {
        let [one, other] = ["gathered", "whole"].map(|of| folder.join(of).join("maps").join(&name));
        assert!(std::fs::read(one).unwrap() == std::fs::read(other).unwrap(), "{}", name.display());
    }
    // The folder is one of the experiment: nothing is left to compute.
    let scores = std::fs::read(folder.join("gathered/scores.csv")).unwrap();
    assert_eq!(run(folder, "tiny.toml --quick -o gathered").2, 0);
    assert!(scores == std::fs::read(folder.join("gathered/scores.csv")).unwrap());
    assert_eq!(names("plan/tasks/000001"), ["done.json", "maps", "scores.csv"]);
    // Other scores are not overwritten, and what was changed since is not gathered.
    std::fs::write(folder.join("whole/scores.csv"), &scores[..scores.len() / 2]).unwrap();
    assert!(run(folder, "gather plan -o whole").1.contains("another folder"));
    std::fs::write(folder.join("plan/tasks/000003/scores.csv"), "").unwrap();
    assert!(run(folder, "gather plan -o late").1.contains("tasks/000003"));
}
