//! Enforces the rules of the house on its own sources.
//!
//! Each rule is a function from a file's path and text to complaints, tested beside it on texts that break it.

mod rules;
mod source_text;

use source_text::code_of;
use std::path::{Path, PathBuf};

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
                let relative = path
                    .strip_prefix(root())
                    .expect("a folder of the house")
                    .to_string_lossy()
                    .replace('\\', "/");
                found.push((relative, std::fs::read_to_string(&path).expect("a text in UTF-8")));
            }
        }
    }
    found.sort();
    found
}

fn assert_clean(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{} breaches of the house rules:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn every_source_keeps_the_rules() {
    let sources = files(&root(), "rs");
    assert!(sources.len() > 10, "the sources were not found");
    let mut complaints = Vec::new();
    for (path, source) in &sources {
        let code = code_of(source);
        let found = [
            rules::opening(source),
            rules::length(source),
            rules::names(path, &code),
            rules::unfinished(source),
            rules::bare_time_step(&code),
            rules::unsafe_outside_kernels(path, &code),
            rules::undocumented_defaults(source, &code),
        ];
        complaints.extend(found.concat().into_iter().map(|complaint| format!("{path}: {complaint}")));
    }
    assert_clean(&complaints);
}

#[test]
fn every_experiment_parses() {
    let mut complaints = Vec::new();
    for (path, text) in files(&root().join("experiments"), "toml") {
        complaints.extend(text.parse::<toml::Table>().err().map(|error| format!("{path}: {error}")));
    }
    assert_clean(&complaints);
}
