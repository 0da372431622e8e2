//! Kills the program at random moments, and checks that nothing it leaves looks whole and is not.
//!
//! `KILLS=1000 cargo test --release -p cneep-cli --test kill -- --ignored --nocapture`

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Kills unless stated by `KILLS`.
const KILLS: u64 = 300;

/// Files that are the same, bit by bit, however often a training was interrupted.
const SAME: [&str; 4] = ["best.safetensors", "last.safetensors", "training.csv", "settings.toml"];

/// A verb, its words, and the folder that it writes.
struct Victim {
    words: Vec<String>,
    output: &'static str,
    /// The file that says that all is there, and words that give another result; none of a training.
    last: Option<(&'static str, &'static str, &'static str)>,
}

fn victims() -> Vec<Victim> {
    let train = |words: &str, output| Victim {
        words: format!("train movies/movies.npz -o {output} --threads 1 -q {words}")
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        output,
        last: None,
    };
    let other = |words: &str, output, last| Victim {
        words: format!("{words} -o {output} --threads 1 -q").split_whitespace().map(str::to_owned).collect(),
        output,
        last: Some(last),
    };
    vec![
        train(
            "--estimator convolutional --iterations 40 --validate-every 2 --layers 1 --batch 16",
            "descent",
        ),
        train("--estimator modes", "modes"),
        train("--compare modes,force --window 2 --iterations 20", "compared"),
        other(
            "estimate reference/modes movies/movies.npz",
            "estimated",
            ("summary.json", "movies/movies.npz", "others/movies.npz"),
        ),
        other(
            "map reference/modes movies/movies.npz",
            "mapped",
            ("map.json", "movies/movies.npz", "others/movies.npz"),
        ),
        other("simulate bead-spring --movies 3 --frames 200 --seed 3", "simulated", ("truth.npz", "3", "4")),
    ]
}

fn program(folder: &Path, words: &[String]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cneep"));
    program.current_dir(folder).args(words);
    program
}

fn run(folder: &Path, words: &[String]) -> Output {
    program(folder, words).output().unwrap()
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// Files below `folder` by their places, but for temporary ones and what differs from run to run.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(of) = folders.pop() {
        for entry in std::fs::read_dir(&of).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with('.') && !["state.json", "record.json"].contains(&name.as_str()) {
                let place = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((place, std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A number in [0, 1) that scatters evenly (Weyl's sequence).
fn share(kill: u64) -> f64 {
    (kill as f64 * 0.618_033_988_75).fract()
}

#[test]
#[ignore = "takes some minutes; CONTRIBUTING.md has its command"]
fn nothing_that_looks_whole_is_not() {
    let kills = std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let simulate = words("simulate bead-spring --movies 6 --frames 60 --seed 1 -o movies -q");
    assert!(run(folder, &simulate).status.success());
    let others = words("simulate bead-spring --movies 6 --frames 60 --seed 2 -o others -q");
    assert!(run(folder, &others).status.success());
    let victims = victims();
    let mut times = Vec::new();
    for victim in &victims {
        let mut words = victim.words.clone();
        let output = words.iter().position(|word| word == "-o").unwrap() + 1;
        words[output] = format!("reference/{}", victim.output);
        let start = Instant::now();
        let done = run(folder, &words);
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        times.push(start.elapsed());
        if let Some((_, own, other)) = victim.last {
            words[output] = format!("older/{}", victim.output);
            let at = words.iter().rposition(|word| word == own).unwrap();
            words[at] = other.to_owned();
            assert!(run(folder, &words).status.success(), "{words:?}");
        }
    }
    let mut counts = [[0_u64; 3]; 6];
    for kill in 0..kills {
        let at = (kill % victims.len() as u64) as usize;
        let victim = &victims[at];
        let output = folder.join(victim.output);
        let _ = std::fs::remove_dir_all(&output);
        // Every other time an older result stands there.
        let older =
            if kill / 6 % 2 == 0 { files(&folder.join("older").join(victim.output)) } else { Vec::new() };
        for (name, bytes) in &older {
            std::fs::create_dir_all(&output).unwrap();
            std::fs::write(output.join(name), bytes).unwrap();
        }
        let mut program = program(folder, &victim.words);
        let mut program = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(times[at].mul_f64(1.1 * share(kill)) + Duration::from_millis(1));
        let _ = program.kill();
        let has_ended = program.wait().unwrap().success();
        let reference = files(&folder.join("reference").join(victim.output));
        let left = files(&output);
        let outcome = if has_ended { 0 } else { 1 + usize::from(!left.is_empty()) };
        counts[at][outcome] += 1;
        if victim.words[0] == "train" {
            check_run(folder, victim, &reference, kill);
        } else {
            let (last, ..) = victim.last.unwrap();
            let is_whole = left.iter().any(|(name, _)| name == last);
            assert!(!is_whole || left == reference || left == older, "kill {kill}: {:?}", victim.words);
            for file in &left {
                let is_known = reference.contains(file) || older.contains(file);
                assert!(is_known, "kill {kill}: {} of {:?}", file.0, victim.words);
            }
            let report = run(folder, &words("report reference/modes"));
            assert!(report.status.success(), "kill {kill}: {}", String::from_utf8_lossy(&report.stderr));
        }
    }
    for (victim, [ended, nothing, something]) in victims.iter().zip(counts) {
        println!("{}: {ended} had ended, {nothing} left nothing, {something} files", victim.output);
    }
}

/// What is left of a training says what it is, and goes on, or begins anew, to the same bits.
fn check_run(folder: &Path, victim: &Victim, reference: &[(String, Vec<u8>)], kill: u64) {
    let output = folder.join(victim.output);
    let state = std::fs::read_to_string(output.join("state.json")).unwrap_or_default();
    let estimate = words(&format!("estimate {} movies/movies.npz -o scratch -q", victim.output));
    let estimate = run(folder, &estimate);
    let said = String::from_utf8_lossy(&estimate.stderr).into_owned();
    let told = String::from_utf8_lossy(&estimate.stdout).into_owned();
    let about = format!("kill {kill}, {}: {state}{said}{told}", victim.output);
    let same = |about: &str| {
        // Fits that are kept to go on may stay in a run that is killed when it is whole; nothing reads them.
        for (name, bytes) in files(&output).into_iter().filter(|(name, _)| !name.starts_with("unfinished/")) {
            let is_of_state = SAME.iter().any(|same| name.ends_with(same));
            let of_reference = reference.iter().find(|(other, _)| *other == name);
            assert!(!is_of_state || of_reference.is_some_and(|of| of.1 == bytes), "{name}, {about}");
        }
    };
    if state.contains("\"complete\"") {
        assert!(estimate.status.success() && !said.contains("ended before"), "{about}");
        return same(&about);
    }
    let has_checkpoint = output.join("last.safetensors").exists();
    if has_checkpoint {
        assert!(estimate.status.success(), "{about}");
        assert!(said.contains("ended before it was done") && !told.contains("test against"), "{about}");
    } else {
        assert_eq!(estimate.status.code(), Some(2), "{about}");
    }
    let mut again = victim.words.clone();
    if has_checkpoint {
        again = words(&format!("train movies/movies.npz -o {} --threads 1 -q --resume", victim.output));
    }
    let done = run(folder, &again);
    assert!(done.status.success(), "{about}\n{}", String::from_utf8_lossy(&done.stderr));
    same(&about);
}
