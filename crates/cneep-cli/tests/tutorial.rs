//! Runs the commands of the book's tutorials, in their order.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod terminal;

use std::path::Path;
use terminal::done;

/// All blocks of commands of a page.
fn blocks(page: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(str::to_owned).collect()
}

/// The lines of all blocks of commands of a page.
fn commands(page: &str) -> Vec<String> {
    let blocks = blocks(page);
    blocks
        .iter()
        .flat_map(|block| block.lines())
        .filter_map(|line| line.strip_prefix("cneep "))
        .map(str::to_owned)
        .collect()
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

/// Runs the shell commands of the page, loops and `xargs` with them, in their order. Catches one that does
/// not exist, and tasks that the environment does not name as the page says.
#[cfg(unix)]
#[test]
fn many_movies_run_as_they_are_written() {
    let home = tempfile::tempdir().unwrap();
    let own = Path::new(env!("CARGO_BIN_EXE_cneep")).parent().unwrap().to_owned();
    let path = std::env::var("PATH").unwrap();
    let [first, conditions, field, loops, environment] = blocks("many_movies.md").try_into().unwrap();
    let run = |block: &str| {
        let script = format!("set -eu\n{block}");
        let mut shell = std::process::Command::new("sh");
        shell.current_dir(home.path()).args(["-c", &script]).env("PATH", format!("{}:{path}", own.display()));
        let output = shell.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}: {told}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&first).contains("3 of 3 tasks done"));
    assert!(run(&conditions).contains("cold"));
    assert!(run(&field).contains("sum of all tiles"));
    for block in [loops, environment] {
        run("rm -r plan/tasks/*");
        run(&block);
        assert!(run("cneep status plan").contains("3 of 3 tasks done"), "{block}");
    }
}
