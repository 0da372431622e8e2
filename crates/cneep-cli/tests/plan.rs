//! Carries plans out as a cluster would: tasks in any order, workers that are killed, inputs that change.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod terminal;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use terminal::{done, run};

/// Movies of two beads, `count` of them, the first half driven, and a plan of all by modes alone.
fn planned(count: usize, frames: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, hot, seed) in [("hot", 10, 1), ("cold", 1, 2)] {
        let movies = count.div_ceil(2);
        let line = format!(
            "simulate bead-spring --movies {movies} --frames {frames} --hot {hot} --seed {seed} \
             --format tiff -o {name} -q"
        );
        done(home.path(), &line);
    }
    let row = |condition: &str, movie: usize| format!("{condition}/movie_{movie:04}.tif,{condition}\n");
    let rows = (0..count).map(|movie| row(if movie % 2 == 0 { "hot" } else { "cold" }, movie / 2));
    let table: String = std::iter::once("file,condition\n".to_owned()).chain(rows).collect();
    std::fs::write(home.path().join("table.csv"), table).unwrap();
    done(home.path(), "plan analyze table.csv --compare modes -o plan -q");
    home
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is gathered of `plan` without a comparison of conditions: the table and the page.
fn gathered(home: &Path, plan: &str) -> [Vec<u8>; 2] {
    let folder = format!("result_of_{plan}");
    let _ = std::fs::remove_dir_all(home.join(&folder));
    done(home, &format!("gather {plan} -o {folder} --no-comparison -q"));
    ["results.csv", "report.html"].map(|file| std::fs::read(home.join(&folder).join(file)).unwrap())
}

/// The files of the plan once more, with nothing done, and without its empty folders, as some copy.
fn copied(home: &Path, name: &str) {
    std::fs::create_dir_all(home.join(name)).unwrap();
    for file in ["plan.toml", "settings.toml", "tasks.jsonl"] {
        std::fs::copy(home.join("plan").join(file), home.join(name).join(file)).unwrap();
    }
}

/// The same names of plan and pages, whatever the plan was called.
fn same(results: &[Vec<u8>; 2], name: &str) -> [String; 2] {
    results.clone().map(|bytes| String::from_utf8(bytes).unwrap().replace(name, "plan"))
}

fn started(home: &Path, line: &str) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cneep"));
    program.current_dir(home).args(line.split(' ')).stdin(Stdio::null());
    program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What is in `folder`; nothing while no worker has made it.
fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// Catches an option or a setting that is lost on its way into a task, a task that is more or less than an
/// analysis, a table that names other numbers, and a page without the way to the movies' pages.
#[test]
fn a_plan_finds_what_one_analysis_a_movie_finds() {
    let home = planned(3, 120);
    let folder = home.path();
    assert_eq!(run(folder, "gather plan -o early").2, 2);
    let (_, told, _) = run(folder, "gather plan -o early");
    assert!(told.contains("1-3") && told.contains("--partial"), "{told}");
    done(folder, "work plan --all --jobs 2 -q");
    let status = done(folder, "status plan");
    assert!(status.starts_with("3 of 3 tasks done"), "{status}");
    done(folder, "gather plan -o result --no-comparison -q");
    let mut table = csv::Reader::from_path(folder.join("result/results.csv")).unwrap();
    let head = table.headers().unwrap().clone();
    let column =
        |name: &str| head.iter().position(|of| of == name).unwrap_or_else(|| panic!("{name} in {head:?}"));
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.unwrap()).collect();
    for (task, movie) in [(1, "hot/movie_0000"), (2, "cold/movie_0000"), (3, "hot/movie_0001")] {
        done(folder, &format!("analyze {movie}.tif --compare modes -o one_{task} -q"));
        let [own, alone] = [format!("plan/tasks/{task:06}"), format!("one_{task}")].map(|of| folder.join(of));
        for file in ["summary.json", "transitions.csv", "maps.tif", "figures/frame_gap.csv"] {
            let [own, alone] = [&own, &alone].map(|of| std::fs::read(of.join(file)).unwrap());
            assert!(own == alone, "{file} of task {task}");
        }
        let (summary, row) = (json(&alone.join("summary.json")), &rows[task - 1]);
        assert_eq!(row[column("in_words")], *summary["verdict"].as_str().unwrap());
        let rate = summary["entropy_production_rate"]["value"].as_f64().unwrap();
        if summary["is_zero"] == false {
            assert_eq!(row[column("rate (k_B/s)")].parse(), Ok(rate));
        }
        assert_eq!(row[column("report")], format!("../plan/tasks/{task:06}/report.html"));
        assert_eq!(row[column("movie")], format!("../{movie}.tif"));
        let manifest = json(&own.join("done.json"));
        assert!(manifest["seconds"].as_f64().unwrap() > 0.0 && manifest["task"] == task, "{manifest}");
    }
    let page = std::fs::read_to_string(folder.join("result/report.html")).unwrap();
    assert!(page.contains("href=\"../plan/tasks/000002/report.html\"") && page.contains("Holm"), "no way");
    assert!(entries(&folder.join("plan/unfinished")).is_empty(), "something is left over");
    // Plan and movies are moved together; a task that is done is not done again.
    std::fs::create_dir(folder.join("moved")).unwrap();
    for name in ["plan", "hot", "cold"] {
        std::fs::rename(folder.join(name), folder.join("moved").join(name)).unwrap();
    }
    let printed = done(folder, "work moved/plan --task 2");
    assert!(printed.starts_with("Nothing to do"), "{printed}");
    std::fs::remove_dir_all(folder.join("moved/plan/tasks/000002")).unwrap();
    assert!(done(folder, "work moved/plan --task 2 -q").contains("task 2"), "not done where it was moved");
    let opened =
        done(folder, "compare moved/plan/tasks/000001 moved/plan/tasks/000002 --compare modes -o c -q");
    assert!(opened.contains("000002"), "{opened}");
}

/// Two workers: one is killed at a moment of its work, another finishes the plan. Catches a task that is half
/// of one worker and half of another, one that waits for the dead, and one that looks whole.
#[test]
fn a_killed_worker_changes_no_bit() {
    let home = planned(3, 100);
    let folder = home.path();
    done(folder, "work plan --all -q");
    let undisturbed = same(&gathered(folder, "plan"), "plan");
    for (name, share) in [("plan_early", 3), ("plan_late", 40)] {
        copied(folder, name);
        let mut victim = started(folder, &format!("work {name} --all -q"));
        let at_work = || !entries(&folder.join(name).join("unfinished")).is_empty();
        wait_until("a worker begins", at_work);
        std::thread::sleep(Duration::from_millis(share * 5));
        victim.kill().unwrap();
        let second = started(folder, &format!("work {name} --tasks 2-3 -q"));
        victim.wait().unwrap();
        done(folder, &format!("work {name} --all -q"));
        assert!(second.wait_with_output().unwrap().status.success());
        assert!(same(&gathered(folder, name), name) == undisturbed, "killed {name}");
        assert!(entries(&folder.join(name).join("unfinished")).is_empty(), "{name} leaves something");
    }
}

/// SIGTERM is what schedulers send before a job's time is over. Catches a stop that loses the fits that were
/// complete, one that is told as a failure of the task, and another result after it.
#[cfg(unix)]
#[test]
fn a_stopped_worker_is_gone_on_with() {
    let home = planned(1, 400);
    let folder = home.path();
    copied(folder, "plan_stopped");
    done(folder, "work plan --task 1 -q");
    let mut worker = started(folder, "work plan_stopped --task 1 -q");
    let left = || entries(&folder.join("plan_stopped/unfinished")).into_iter().find(|path| path.is_dir());
    wait_until("a fit", || left().is_some_and(|path| path.join("run/state.json").exists()));
    let terminated = Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap();
    assert!(terminated.success());
    let code = worker.wait().unwrap().code();
    let status: Value = serde_json::from_str(&done(folder, "status plan_stopped --json")).unwrap();
    if code == Some(130) {
        assert_eq!(status["missing"], serde_json::json!([1]), "{status}");
        let left = left().expect("what was begun is kept");
        let mark = left.join("mark");
        std::fs::write(&mark, "").unwrap();
        done(folder, "work plan_stopped --task 1 -q");
        assert!(folder.join("plan_stopped/tasks/000001/mark").exists(), "it was begun anew");
    } else {
        assert_eq!(code, Some(0));
    }
    assert!(
        same(&gathered(folder, "plan_stopped"), "plan_stopped") == same(&gathered(folder, "plan"), "plan")
    );
    assert!(entries(&folder.join("plan_stopped/unfinished")).is_empty(), "something is left over");
}

/// Catches two workers on one task that spoil each other's files, or wait for each other for ever.
#[test]
fn two_workers_on_one_task_do_no_harm() {
    let home = planned(1, 100);
    let folder = home.path();
    copied(folder, "plan_both");
    done(folder, "work plan --task 1 -q");
    let workers = [1, 2].map(|_| started(folder, "work plan_both --task 1 -q"));
    for worker in workers {
        let ended = worker.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    assert!(same(&gathered(folder, "plan_both"), "plan_both") == same(&gathered(folder, "plan"), "plan"));
    assert_eq!(entries(&folder.join("plan_both/tasks")).len(), 1);
    assert!(entries(&folder.join("plan_both/unfinished")).is_empty(), "something is left over");
}

/// Catches a movie that was exchanged after the plan was made and is analysed all the same, a failed task
/// that takes others down, an exit code that says nothing, and an error without the file's name.
#[test]
fn a_changed_movie_is_refused_by_name_and_the_others_go_on() {
    let home = planned(3, 100);
    let folder = home.path();
    std::fs::copy(folder.join("cold/movie_0000.tif"), folder.join("hot/movie_0000.tif")).unwrap();
    let (_, told, code) = run(folder, "work plan --all -q");
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("hot/movie_0000.tif") && told.contains("1 that failed: 1"), "{told}");
    let failure = json(&folder.join("plan/tasks/000001/error.json"));
    assert!(failure["message"].as_str().unwrap().contains("SHA-256"), "{failure}");
    assert!(folder.join("plan/tasks/000003/done.json").exists(), "it took the others down");
    let status = done(folder, "status plan");
    assert!(status.starts_with("2 of 3") && status.contains("1 failed: 1"), "{status}");
    assert_eq!(done(folder, "status plan --missing"), "1\n");
    let (_, told, code) = run(folder, "gather plan -o result");
    assert!(code == 2 && told.contains("expected all tasks done"), "{told}");
    done(folder, "gather plan -o result --partial -q");
    let page = std::fs::read_to_string(folder.join("result/report.html")).unwrap();
    assert!(page.contains("Not done") && page.contains("SHA-256"), "the page leaves out what failed");
    // What was planned is put back, and the task alone is tried again.
    done(folder, "simulate bead-spring --movies 2 --frames 100 --hot 10 --seed 1 --format tiff -o hot -q");
    let printed = done(folder, "work plan --all -q");
    assert!(printed.starts_with("1 tasks done; 2 were done before"), "{printed}");
    // Plans of other programs, and of other versions, are theirs.
    let head = std::fs::read_to_string(folder.join("plan/plan.toml")).unwrap();
    let own = [("\"analyze\"", "\"experiment\""), ("\"cneep\"", "\"cneep-xp\"")];
    let other = own.iter().fold(head.clone(), |text, (from, to)| text.replace(from, to));
    let older = head.replace(env!("CARGO_PKG_VERSION"), "0.1.0");
    for (text, told_of) in [(other, "program that made the plan: cneep-xp"), (older, "version 0.1.0")] {
        assert_ne!(text, head);
        std::fs::write(folder.join("plan/plan.toml"), text).unwrap();
        let (_, told, code) = run(folder, "work plan --all -q");
        assert!(code == 2 && told.contains(told_of), "{told}");
    }
    std::fs::write(folder.join("plan/plan.toml"), head).unwrap();
    // A plan itself does not change.
    let lines = std::fs::read_to_string(folder.join("plan/tasks.jsonl")).unwrap();
    std::fs::write(folder.join("plan/tasks.jsonl"), lines.replace("hot", "hut")).unwrap();
    let (_, told, code) = run(folder, "status plan");
    assert!(code == 2 && told.contains("tasks.jsonl"), "{told}");
    let (_, told, code) = run(folder, "plan analyze hot/movie_0001.tif -o plan");
    assert!(code == 2 && told.contains("another plan"), "{told}");
}

/// Catches a scheduler's index that is not heard, off by one with several tasks a job, and ranges that an
/// array does not take.
#[test]
fn a_job_of_an_array_knows_its_tasks() {
    let home = planned(3, 60);
    let folder = home.path();
    let job = |variables: &[(&str, &str)], line: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cneep"));
        program.current_dir(folder).args(line.split(' ')).envs(variables.iter().copied());
        let output = program.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let is_done = |task: usize| folder.join(format!("plan/tasks/{task:06}/done.json")).exists();
    assert_eq!(job(&[("SGE_TASK_ID", "2"), ("NSLOTS", "1")], "work plan -q").0, 0);
    assert!(is_done(2) && !is_done(1) && !is_done(3));
    assert_eq!(json(&folder.join("plan/tasks/000002/done.json"))["threads"], 1);
    assert_eq!(done(folder, "status plan --missing"), "1,3\n");
    let arrays = done(folder, "status plan --missing --max-array-size 2");
    assert_eq!(arrays, "1 CNEEP_TASK_OFFSET=0\n1 CNEEP_TASK_OFFSET=2\n");
    let script = done(folder, "slurm plan --max-array-size 2 --at-once 5");
    assert!(script.contains("#SBATCH --array=1%5") && script.contains("CNEEP_TASK_OFFSET=2"), "{script}");
    assert_eq!(job(&[("PBS_ARRAY_INDEX", "1"), ("CNEEP_TASK_OFFSET", "2")], "work plan --per-job 2 -q").0, 2);
    assert_eq!(job(&[("SLURM_ARRAY_TASK_ID", "1")], "work plan --per-job 2 -q").0, 0);
    assert!(is_done(1) && !is_done(3));
    let (code, told) = job(&[("CNEEP_TASK", "4")], "work plan");
    assert!(code == 2 && told.contains("from 1 to 3"), "{told}");
    let (code, told) = job(&[], "work plan");
    assert!(code == 2 && told.contains("CNEEP_TASK") && told.contains("--all"), "{told}");
    done(folder, "work plan --tasks 3 -q");
    assert_eq!(done(folder, "status plan --missing").trim(), "");
    assert!(done(folder, "slurm plan").contains("Nothing is left"));
}

/// Catches conditions of a table that are not compared, or by other movies.
#[test]
fn conditions_of_a_table_are_compared() {
    let home = planned(4, 200);
    done(home.path(), "work plan --all -q");
    let printed = done(home.path(), "gather plan -o result -q");
    let comparison = json(&home.path().join("result/comparison/comparison.json"));
    assert_eq!((&comparison["control"], &comparison["control_movies"]), (&"hot".into(), &2.into()));
    assert_eq!(comparison["against"][0]["condition"], "cold");
    assert!(printed.contains("cold"), "{printed}");
    let page = std::fs::read_to_string(home.path().join("result/report.html")).unwrap();
    assert!(page.contains("comparison/comparison.html"), "the page does not lead to the comparison");
}

/// What `value` has against a JSON schema, of which the words are read that ours uses.
fn complaints(root: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(name) = schema["$ref"].as_str() {
        found.extend(complaints(root, root.pointer(&name[1..]).unwrap(), value, place));
    }
    if let Some(others) = schema["anyOf"].as_array()
        && others.iter().all(|other| !complaints(root, other, value, place).is_empty())
    {
        found.push(format!("{place}: none of what may stand there"));
    }
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        kind => kind == "null" && value.is_null(),
    };
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => Vec::new(),
        kind => vec![kind.clone()],
    };
    if !kinds.is_empty() && !kinds.iter().any(is) {
        found.push(format!("{place}: {value} is no {kinds:?}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value))
        || schema.get("const").is_some_and(|word| word != value)
    {
        found.push(format!("{place}: {value} is not of the words"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{place}: {name} is missing"));
        }
    }
    for (name, of) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => found.extend(complaints(root, schema, of, &format!("{place}/{name}"))),
            None if schema["additionalProperties"] == false => found.push(format!("{place}: {name} is new")),
            None => {}
        }
    }
    let items = value.as_array().into_iter().flatten();
    if schema.get("items").is_some() {
        items.for_each(|item| found.extend(complaints(root, &schema["items"], item, place)));
    }
    found
}

/// Catches a word of `summary.json` that the schema does not know, one that has another form, and a schema
/// that accepts anything.
#[test]
fn a_summary_is_of_its_schema() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src");
    let schema = json(&book.join("summary.schema.json"));
    let home = tempfile::tempdir().unwrap();
    done(home.path(), "simulate bead-spring --movies 6 --frames 300 --hot 10 --seed 1 -o hot -q");
    done(home.path(), "analyze hot/movies.npz -o a.cneep --compare modes --exposure 5ms -q");
    let summary = json(&home.path().join("a.cneep/summary.json"));
    let found = complaints(&schema, &schema, &summary, "");
    assert!(found.is_empty(), "{found:#?}");
    assert!(summary["is_zero"] == false, "nothing was found, and most words are not there");
    for (name, wrong) in [("format", 2.into()), ("window", "two".into()), ("novel", 1.into())] {
        let mut of = summary.clone();
        of[name] = wrong;
        assert_eq!(complaints(&schema, &schema, &of, "").len(), 1, "{name}");
    }
    let mut of = summary;
    of["entropy_production_rate"]["value"] = Value::Null;
    of.as_object_mut().unwrap().remove("verdict");
    assert_eq!(complaints(&schema, &schema, &of, "").len(), 2);
}
