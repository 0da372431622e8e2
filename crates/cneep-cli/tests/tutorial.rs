//! Runs the commands of the book's tutorials, in their order.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod terminal;

use std::path::Path;
use terminal::done;

/// The lines of all blocks of commands of a page.
fn commands(page: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("cneep ")).map(str::to_owned).collect()
}

/// Catches a command of the book that does not exist, takes other words, or asks for what an earlier one did
/// not leave behind.
#[test]
fn ten_minutes_run_as_they_are_written() {
    let home = tempfile::tempdir().unwrap();
    let commands = commands("ten_minutes.md");
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let printed = done(home.path(), &format!("{command} -q"));
        if command.starts_with("analyze hot") {
            assert!(printed.contains("Dissipates: at least"), "{printed}");
        }
    }
}
