//! Opens a report in Chromium as a reader would: clicks, plays, and sees that nothing is fetched.
//!
//! It needs Chromium and Node.js, and says loudly that nothing was tested where they are missing.

mod terminal;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use terminal::done;

/// The first of these programs that can be started.
fn found(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let in_folders = |name: &&str| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    names.iter().find_map(in_folders)
}

/// What the browser reports of `page`.
fn browse(node: &Path, chromium: &Path, page: &Path, further: &[&str]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/drive.mjs");
    let output = Command::new(node).arg(script).arg(chromium).arg(page).args(further).output();
    let output = output.expect("the browser is driven");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Rate and p-value of a cell as the table of the mean map gives them.
fn in_table(table: &str, row: usize, column: usize) -> (f64, f64) {
    let line = table.lines().find(|line| line.starts_with(&format!("{row},{column},"))).expect("the cell");
    let mut numbers = line.split(',').skip(2).map(|number| number.parse().expect("a number"));
    (numbers.next().expect("a rate"), numbers.next().expect("a p-value"))
}

/// Catches a page that fetches, complains or does not play, a clicked number that is not that of the table,
/// and a page that is wider than a telephone.
#[test]
fn a_report_is_read_in_a_browser() {
    let chromium = found(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]);
    let (Some(node), Some(chromium)) = (found(&["node"]), chromium) else {
        eprintln!("\nNOT TESTED: the report in a browser, as Chromium or Node.js is missing here\n");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scene = "simulate bead-spring --steps-per-frame 10";
    done(folder.path(), &format!("{scene} --movies 12 --frames 300 --seed 1 -o seen"));
    done(folder.path(), &format!("{scene} --movies 10 --frames 300 --seed 2 -o fresh"));
    done(folder.path(), "train seen/movies.npz --estimator modes --modes 4 -o run");
    done(folder.path(), "estimate run fresh/movies.npz -o out");
    done(folder.path(), "map run fresh/movies.npz -o out");
    done(folder.path(), "report run");
    let page = folder.path().join("run/report.html");
    let table = std::fs::read_to_string(folder.path().join("run/figures/mean_map.csv")).unwrap();
    assert!(page.metadata().unwrap().len() < 12_000_000);

    let seen = browse(&node, &chromium, &page, &["10,7"]);
    let requests = seen["requests"].as_array().unwrap();
    assert!(requests.len() == 1 && requests[0].as_str().unwrap().starts_with("file://"), "{seen}");
    assert_eq!(seen["complaints"], Value::Array(Vec::new()), "{seen}");
    assert!(seen["heading"].as_str().unwrap().starts_with("Dissipates: at least"), "{seen}");
    let (rate, p) = in_table(&table, 10, 7);
    let clicked = |name: &str| seen["clicked"][name].as_f64().expect("a number");
    assert!((clicked("rate") / rate - 1.0).abs() < 1e-5, "{rate}: {seen}");
    assert!((clicked("p") - p).abs() < 1e-9, "{p}: {seen}");
    assert!(seen["frames_a_second"].as_f64() > Some(0.0) && seen["moment"].as_f64() > Some(0.0), "{seen}");
    assert_eq!((&seen["plots"], &seen["overflow"]), (&2.into(), &0.into()), "{seen}");
    let narrow = browse(&node, &chromium, &page, &["", "", "400"]);
    assert_eq!((&narrow["overflow"], &narrow["ready"]), (&0.into(), &true.into()), "{narrow}");
}
