//! Enforces the style of the house on its own sources, and that no file imports itself in a circle.
//!
//! Each rule is a function from a text to complaints, tested beside it on texts that break it.

mod imports;
mod rules;

use imports::circles;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is being rebuilt elsewhere, and is held to the width of lines, the length of paragraphs and the
/// absence of circles only afterwards.
const BEING_REBUILT: [&str; 0] = [];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/cneep").to_path_buf()
}

/// Paths relative to the root, with `/`, and texts of all files with `extension` under `folder`.
fn files(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let relative = path.strip_prefix(root()).expect("a folder of the house").to_string_lossy();
                let text = std::fs::read_to_string(&path).expect("a text in UTF-8");
                found.push((relative.replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

fn is_being_rebuilt(path: &str) -> bool {
    BEING_REBUILT.iter().any(|part| path.starts_with(part))
}

fn assert_clean(complaints: &[String]) {
    let count = complaints.len();
    assert!(complaints.is_empty(), "{count} breaches of the style:\n{}", complaints.join("\n"));
}

#[test]
fn every_source_keeps_the_rules() {
    let sources = files(&root(), "rs");
    assert!(sources.len() > 10, "the sources were not found");
    let mut complaints = Vec::new();
    for (path, source) in &sources {
        let words = rules::words(source);
        let mut found = [
            rules::opening(source),
            rules::length(source),
            rules::names(path, &words),
            rules::unfinished(source),
            rules::bare_time_step(&words),
            rules::unsafe_outside_kernels(path, &words),
            rules::undocumented_defaults(source),
        ]
        .concat();
        if !is_being_rebuilt(path) {
            found.extend(rules::width(source));
        }
        complaints.extend(found.into_iter().map(|complaint| format!("{path}: {complaint}")));
    }
    assert_clean(&complaints);
}

#[test]
fn no_source_imports_itself_in_a_circle() {
    let mut crates: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (path, source) in files(&root().join("crates"), "rs") {
        if let Some((name, _)) = path.split_once("/src/") {
            crates.entry(name.to_owned()).or_default().push((path, source));
        }
    }
    assert!(crates.len() > 3, "the crates were not found");
    let circles = crates.values().flat_map(|sources| circles(sources));
    assert_clean(&circles.filter(|complaint| !is_being_rebuilt(complaint)).collect::<Vec<_>>());
}

#[test]
fn every_experiment_parses() {
    let mut complaints = Vec::new();
    for (path, text) in files(&root().join("experiments"), "toml") {
        complaints.extend(text.parse::<toml::Table>().err().map(|error| format!("{path}: {error}")));
    }
    assert_clean(&complaints);
}

#[test]
fn the_paragraphs_of_the_book_are_short() {
    let pages = files(&root().join("book/src"), "md");
    assert!(!pages.is_empty(), "the book was not found");
    let checked = |path: &str| !path.starts_with("book/src/results/") && !is_being_rebuilt(path);
    let mut complaints = Vec::new();
    for (path, text) in pages.iter().filter(|(path, _)| checked(path)) {
        complaints
            .extend(rules::paragraphs(text).into_iter().map(|complaint| format!("{path}: {complaint}")));
    }
    assert_clean(&complaints);
}
