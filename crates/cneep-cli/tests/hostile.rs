//! Feeds the program what would bring it down: every outcome is an answer, or a refusal that is true.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Numbers at the edges of what options and files can hold, and what is no number.
const VALUES: [&str; 14] = [
    "-1",
    "0",
    "1",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e308",
    "-1e308",
    "nan",
    "inf",
    "",
    "é",
];

/// What one call of the program ended with.
struct Outcome {
    code: Option<i32>,
    told: String,
    printed: String,
}

/// Runs the program in `folder`, with 4 GB of addresses where shells can limit them. What takes longer than
/// `limit` is asked to stop, and has no code if it then ends.
fn run(folder: &Path, arguments: &[&str], limit: Duration) -> Outcome {
    let program = assert_cmd::cargo::cargo_bin!("cneep");
    let mut command = if cfg!(target_os = "linux") {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -v 4000000; exec \"$@\"", "sh"]).arg(program);
        shell
    } else {
        Command::new(program)
    };
    let mut child = command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let (mut out, mut err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    let printed = std::thread::spawn(move || read(&mut out));
    let told = std::thread::spawn(move || read(&mut err));
    let (start, mut asked) = (Instant::now(), None);
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child to wait for") {
            break status;
        }
        if asked.is_none() && start.elapsed() > limit {
            Command::new("kill").arg(child.id().to_string()).status().expect("`kill` runs");
            asked = Some(Instant::now());
        }
        if asked.is_some_and(|asked: Instant| asked.elapsed() > Duration::from_secs(20)) {
            child.kill().expect("a child to end");
            panic!("{arguments:?} does not end when it is asked to");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let code = if asked.is_some() { None } else { Some(status.code().unwrap_or(-1)) };
    Outcome { code, told: told.join().expect("words"), printed: printed.join().expect("words") }
}

fn read(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).expect("a pipe that is read");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Runs a line of words.
fn line(folder: &Path, words: &str) -> Outcome {
    run(folder, &words.split_whitespace().collect::<Vec<_>>(), Duration::from_secs(60))
}

/// A folder with movies, `movies.npz`, and a run of `modes` and of `force` on them.
fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for words in [
        "simulate bead-spring --movies 3 --frames 60 -o .",
        "train movies.npz --estimator modes --modes 2 -o modes",
        "train movies.npz --estimator force --iterations 2 -o force",
    ] {
        let Outcome { code, told, .. } = line(folder.path(), words);
        assert_eq!(code, Some(0), "{words}: {told}");
    }
    folder
}

/// Every number outside its range is refused by its name before anything is set aside for it: catches a panic
/// where settings are kept, and an abort for want of memory.
#[test]
fn numbers_out_of_range_are_refused_by_name() {
    let folder = scene();
    for (words, code, phrase) in [
        ("inspect movies.npz --threads 100000", 2, "--threads"),
        ("inspect movies.npz --frame-interval 1e308", 2, "(option --frame-interval)"),
        ("train movies.npz -o a --seed 9223372036854775808", 2, "(option --seed)"),
        ("train movies.npz -o a --window 9223372036854775807", 2, "(option --window)"),
        ("train movies.npz -o a --windows 2,9223372036854775808", 2, "(option --windows)"),
        ("train movies.npz -o a --estimator modes --radius 18446744073709551615", 2, "(option --radius)"),
        ("train movies.npz -o a --estimator modes --ridge 1e308", 2, "found 1e308"),
        ("train movies.npz -o a --estimator force --noise-ridge 1e308", 2, "(option --noise-ridge)"),
        ("train movies.npz -o a --estimator force --stride 1000000", 2, "(option --stride)"),
        ("train movies.npz -o a --estimator force --stride 90", 2, "1 to 20"),
        ("train movies.npz -o a --estimator force --validate-every 9223372036854775808", 2, "validate-every"),
        ("train movies.npz -o a --estimator convolutional --layers 4294967296", 2, "(option --layers)"),
        ("train movies.npz -o a --time-budget inf", 2, "--time-budget"),
        ("frame-gap movies.npz -o a --gaps 9223372036854775808", 2, "a gap of 1 to 30"),
        ("simulate ratchet -o a --frames 9223372036854775807", 2, "time steps"),
        ("simulate ratchet -o a --movies 9223372036854775807", 1, "needed"),
        (
            "import-weights force/best.safetensors --input-mean 0 --input-std 1e-308 --frame 2x2 -o a",
            2,
            "std",
        ),
        ("demo -o a --seed 9223372036854775808", 2, "(option --seed)"),
    ] {
        let Outcome { code: found, told, printed } = line(folder.path(), words);
        assert_eq!(found, Some(code), "{words}: {told}");
        let told = told.to_lowercase();
        let phrase = phrase.replace("std", "standard deviation");
        assert!(told.contains(&phrase) && told.contains("error: "), "{words}: {told}");
        assert!(printed.is_empty() && !folder.path().join("a").exists(), "{words}");
    }
    for words in [
        "train movies.npz -o b --compare modes --windows 2 --folds 2 --seed 9223372036854775807",
        "train movies.npz -o c --estimator force --iterations 1 --batch 9223372036854775807",
        "train movies.npz -o d --estimator modes --modes 1 --time-budget 1e19",
    ] {
        let Outcome { code, told, .. } = line(folder.path(), words);
        assert_eq!(code, Some(0), "{words}: {told}");
    }
}

/// Numbers of a record are checked before models are built from them: catches a division by zero, and room
/// taken for a frame that no movie has.
#[test]
fn a_record_with_other_numbers_is_refused() {
    let folder = scene();
    // With the hashes that a run ends with, any change would be refused as such.
    let state = r#"{ "stage": "complete", "version": "0", "written_seconds_since_1970": 0, "files": {} }"#;
    std::fs::write(folder.path().join("force/state.json"), state).unwrap();
    let path = folder.path().join("force/record.json");
    let record = std::fs::read_to_string(&path).unwrap();
    let mut tried = 0;
    for key in ["rows", "columns", "window", "cell", "stride", "reach", "kernels", "components"] {
        let Some(at) = record.find(&format!("\"{key}\": ")) else { continue };
        let start = at + key.len() + 4;
        let end = start + record[start..].find([',', '\n']).unwrap();
        for value in ["0", "99999999999", "9223372036854775807", "18446744073709551615", "-1", "null"] {
            let zero_reach = key == "reach" && value == "0";
            std::fs::write(&path, format!("{}{value}{}", &record[..start], &record[end..])).unwrap();
            let Outcome { code, told, .. } = line(folder.path(), "estimate force movies.npz -o result");
            assert_eq!(code, Some(2), "{key} {value}: {told}");
            assert!(zero_reach || told.contains("record.json"), "{key} {value}: {told}");
            tried += 1;
        }
    }
    assert!(tried >= 45, "{tried}");
    for (file, bytes, phrase) in [
        ("record.json", &b"{\"version\": \"\xFF\"}"[..], "UTF-8"),
        ("settings.toml", b"seed = \xFF", "UTF-8"),
        ("settings.toml", b"seed = 9223372036854775808", "seed"),
        ("settings.toml", b"[estimator]\nkind = \"convolutional\"\nlayers = 4294967296", "layers"),
    ] {
        let path = folder.path().join("force").join(file);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        for verb in ["estimate force movies.npz -o result", "report force"] {
            let Outcome { code, told, .. } = line(folder.path(), verb);
            assert_eq!(code, Some(2), "{file}: {told}");
            assert!(told.contains(phrase), "{file}: {told}");
        }
        std::fs::write(&path, before).unwrap();
    }
}

/// A pipe may never answer: catches one that is opened, by whichever verb, and a device read for ever.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_at_once() {
    let folder = scene();
    let pipe = |name: &str| {
        let path: PathBuf = folder.path().join(name);
        let _ = std::fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    pipe("pipe");
    std::fs::create_dir(folder.path().join("frames")).unwrap();
    pipe("frames/a.png");
    let refused = |words: &str| {
        let words: Vec<&str> = words.split_whitespace().collect();
        let Outcome { code, told, .. } = run(folder.path(), &words, Duration::from_secs(20));
        assert_eq!(code, Some(2), "{words:?}: {told}");
        assert!(told.contains("must be, found a "), "{words:?}: {told}");
    };
    for words in [
        "inspect pipe",
        "inspect frames",
        "inspect /dev/zero",
        "inspect /dev/stdin",
        "train pipe -o a",
        "train movies.npz --settings pipe -o a",
        "estimate modes pipe -o a",
        "estimate modes movies.npz --truth pipe -o a",
        "map modes pipe -o a",
        "frame-gap pipe -o a",
        "import-weights pipe --input-mean 0 --input-std 1 --frame 20x40 -o a",
        "simulate bead-spring --trajectory pipe -o a",
    ] {
        refused(words);
    }
    for file in ["settings.toml", "record.json", "best.safetensors", "training.csv"] {
        pipe(&format!("modes/{file}"));
        refused("estimate modes movies.npz -o a");
        refused("report modes");
    }
}

/// The first signal ends what keeps nothing before its end.
#[cfg(unix)]
#[test]
fn the_first_signal_ends_what_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["simulate", "ratchet", "--movies", "1", "--frames", "2", "-o", "a"];
    let words = [&words[..], &["--steps-per-frame", "1000000000000"]].concat();
    // A sparse file of 64 GB, of which every frame is hashed.
    let movie = std::fs::File::create(folder.path().join("long.npy")).unwrap();
    let head = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 8, 8), }";
    (&movie).write_all(b"\x93NUMPY\x01\x00\x76\x00").unwrap();
    (&movie).write_all(format!("{head:<117}\n").as_bytes()).unwrap();
    movie.set_len(128 + 64_000_000_000).unwrap();
    for words in [&words[..], &["analyze", "long.npy", "--interval", "1s", "-o", "long"]] {
        let (start, limit) = (Instant::now(), Duration::from_millis(500));
        let Outcome { code, told, .. } = run(folder.path(), words, limit);
        assert!(code.is_none() && told.contains("stopped"), "{told}");
        assert!(start.elapsed() < limit + Duration::from_secs(5), "{:?}", start.elapsed());
    }
    if cfg!(target_os = "linux") {
        let inspected = run(folder.path(), &["inspect", "long.npy"], Duration::from_secs(20));
        let Outcome { code, told, .. } = inspected;
        assert!(code == Some(1) && told.contains("numbers of each frame that fit"), "{code:?}: {told}");
    }
}

/// Names of the options of `verb` that take a value, from its help.
fn options(folder: &Path, verb: &[&str]) -> Vec<String> {
    let help = run(folder, &[verb, &["--help"]].concat(), Duration::from_secs(20)).printed;
    let option = |line: &str| {
        let line = line.trim_start();
        let line = line.split_once(", ").filter(|(short, _)| short.len() == 2).map_or(line, |(_, long)| long);
        let (name, value) = line.split_once(' ')?;
        (name.starts_with("--") && value.starts_with('<')).then(|| name.to_owned())
    };
    let mut options: Vec<String> = help.lines().filter_map(option).collect();
    options.retain(|option| option != "--output");
    options
}

/// Every option of every verb with every one of [`VALUES`]: exit code 0, 1 or 2, an error that begins as
/// errors do, or an end when asked to. Takes tens of minutes: `cargo test --release -p cneep-cli --test
/// hostile -- --ignored`.
#[test]
#[ignore = "takes tens of minutes"]
fn no_value_of_any_option_brings_the_program_down() {
    let folder = scene();
    let path = folder.path();
    let verbs: [(&[&str], &str); 17] = [
        (&["inspect"], "movies.npz"),
        (&["train"], "movies.npz -o out --estimator modes"),
        (&["train"], "movies.npz -o out --estimator force --time-budget 1"),
        (&["train"], "movies.npz -o out --estimator convolutional --time-budget 1"),
        (&["train"], "movies.npz -o out --compare modes,force --time-budget 1"),
        (&["estimate"], "modes movies.npz -o out"),
        (&["map"], "force movies.npz -o out"),
        (&["frame-gap"], "movies.npz -o out"),
        (&["report"], "modes"),
        (&["import-weights"], "force/best.safetensors --input-mean 1 --input-std 1 --frame 20x40 -o out"),
        (&["demo"], "-o modes"),
        (&["simulate", "bead-spring"], "--movies 1 --frames 4 -o out"),
        (&["simulate", "filament-network"], "--movies 1 --frames 4 -o out"),
        (&["simulate", "filament-network"], "--rest-length 5 --movies 1 --frames 4 -o out"),
        (&["simulate", "gyrator"], "--movies 1 --frames 4 -o out"),
        (&["simulate", "stirred-trap"], "--movies 1 --frames 4 -o out"),
        (&["simulate", "ratchet"], "--movies 1 --frames 4 -o out"),
    ];
    let (mut count, mut wrong) = (0, Vec::new());
    for (verb, rest) in verbs {
        for option in options(path, verb) {
            for value in VALUES {
                let mut words: Vec<&str> = [verb, &rest.split(' ').collect::<Vec<_>>()[..]].concat();
                if let Some(at) = words.iter().position(|word| *word == option) {
                    words.drain(at..at + 2);
                }
                let stated = format!("{option}={value}");
                words.push(&stated);
                let _ = std::fs::remove_dir_all(path.join("out"));
                let Outcome { code, told, .. } = run(path, &words, Duration::from_secs(20));
                let is_told = |told: &str| told.lines().any(|line| line.starts_with("error: "));
                count += 1;
                if !(matches!(code, None | Some(0)) || (matches!(code, Some(1 | 2)) && is_told(&told))) {
                    println!("{code:?} {words:?}: {told}");
                    wrong.push(words.join(" "));
                }
                if code == Some(1) || code.is_none() {
                    println!("{code:?} {words:?}: {}", told.lines().last().unwrap_or_default());
                }
            }
        }
    }
    println!("{count} command lines, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
