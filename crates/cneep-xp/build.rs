//! Tells the program of which commit it is built, and whether its sources differ from that commit.

use std::path::Path;
use std::process::Command;

/// What the program is made of, from the root of the repository.
const SOURCES: [&str; 3] = ["crates", "Cargo.toml", "Cargo.lock"];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    println!("cargo:rerun-if-changed=build.rs");
    let commit = git(&root, &["rev-parse", "HEAD"]);
    let changes = git(&root, &[&["status", "--porcelain", "--"], &SOURCES[..]].concat());
    // Outside git nothing is known, and nothing is left to watch.
    if commit.is_some() {
        let of_git = ["HEAD", "refs/heads", "packed-refs"]
            .iter()
            .filter_map(|name| git(&root, &["rev-parse", "--path-format=absolute", "--git-path", name]));
        let sources = SOURCES.iter().map(|name| root.join(name).display().to_string());
        for path in of_git.chain(sources).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    println!("cargo:rustc-env=CNEEP_BUILD_COMMIT={}", commit.unwrap_or_default());
    let dirty = changes.map_or("", |changes| if changes.is_empty() { "false" } else { "true" });
    println!("cargo:rustc-env=CNEEP_BUILD_DIRTY={dirty}");
}

/// What git answers in `folder`; none if there is no git, or no repository.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(folder).args(arguments).output().ok()?;
    let answer = output.status.success().then_some(output.stdout)?;
    Some(String::from_utf8(answer).ok()?.trim().to_owned())
}
