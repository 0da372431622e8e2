//! Analyses one large field tile by tile, as several machines would, and puts it together again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod terminal;

use cneep_movie::video::{Frames, write_tiff};
use ndarray::{Array3, Axis};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use terminal::{done, run};

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The lines of a plan.
fn tasks(plan: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(plan.join("tasks.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The pixels of an uncompressed TIFF of one 32-bit picture, with its rows and columns.
fn pixels(path: &Path) -> (Vec<f32>, usize, usize) {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..4], b"II*\0", "another TIFF than is read here");
    let word = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
    let long = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let first = long(4);
    let entry =
        |tag: usize| (0..word(first)).map(|k| first + 2 + 12 * k).find(|&at| word(at) == tag).unwrap();
    let value = |tag: usize| {
        let at = entry(tag);
        if word(at + 2) == 3 { word(at + 8) } else { long(at + 8) }
    };
    let (columns, rows) = (value(256), value(257));
    // Several strips lie one behind the other.
    let strips = entry(273);
    let start = if long(strips + 4) == 1 { value(273) } else { long(long(strips + 8)) };
    let values = bytes[start..start + 4 * rows * columns].chunks(4);
    (values.map(|of| f32::from_le_bytes(of.try_into().unwrap())).collect(), rows, columns)
}

const GATHERED: [&str; 5] =
    ["results.csv", "report.html", "gathered.json", "mean_dissipation_map.tif", "mean_dissipation_map.png"];

/// What is gathered of `plan`, whatever it was called.
fn gathered(home: &Path, plan: &str) -> [Vec<u8>; 5] {
    let result = format!("result_of_{plan}");
    done(home, &format!("gather {plan} -o {result} -q"));
    let bytes = |file| std::fs::read(home.join(&result).join(file)).unwrap();
    GATHERED.map(bytes).map(|bytes| match String::from_utf8(bytes) {
        Ok(text) => text.replace(plan, "plan").into_bytes(),
        Err(picture) => picture.into_bytes(),
    })
}

/// Two recordings of colloids in vortices, of 40 x 40 pixels, and a plan of 2 x 2 tiles with a gap.
fn planned() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let line = "simulate flow --size 40 --frames 150 --movies 2 --colloids 12 --seed 3 --format tiff -o f -q";
    done(home.path(), line);
    let line = "plan train f/movie_0000.tif f/movie_0001.tif --tiles 16,4 --compare modes -o plan -q";
    let told = run(home.path(), line).1;
    assert!(told.contains("36 % of the 40 x 40 pixels") && told.contains("304 at the border"), "{told}");
    let path = home.path().to_path_buf();
    (home, path)
}

/// Catches a tile that is trained on other pixels than are stated, or by other settings; a sum, a map or a
/// table that is not that of the tiles; tiles that are exchanged, rows taken for columns, and zero where no
/// tile is; and what hangs on who has done which tile.
#[test]
fn a_tile_is_a_crop_and_the_field_is_all_of_them() {
    let (_home, folder) = planned();
    std::fs::create_dir_all(folder.join("plan_of_two/unfinished")).unwrap();
    for name in ["tasks", "logs"] {
        std::fs::create_dir(folder.join("plan_of_two").join(name)).unwrap();
    }
    for file in ["plan.toml", "settings.toml", "tasks.jsonl"] {
        std::fs::copy(folder.join("plan").join(file), folder.join("plan_of_two").join(file)).unwrap();
    }
    done(&folder, "work plan --all -q");
    let worker = |_| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cneep"));
        program.current_dir(&folder).args(["work", "plan_of_two", "--all", "-q", "--threads", "1"]);
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for worker in [1, 2].map(worker) {
        let ended = worker.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    let [one, two] = ["plan", "plan_of_two"].map(|plan| gathered(&folder, plan));
    for (file, (one, two)) in GATHERED.iter().zip(one.iter().zip(&two)) {
        assert!(one == two, "{file} hangs on the workers");
    }
    let result = folder.join("result_of_plan");
    let (map, rows, columns) = pixels(&result.join("mean_dissipation_map.tif"));
    assert_eq!((rows, columns), (40, 40));
    let mut sum = 0.0;
    let mut inside = 0;
    for (task, [row, column]) in [[0, 0], [0, 1], [1, 0], [1, 1]].into_iter().enumerate() {
        let [left, top] = [2 + 20 * column, 2 + 20 * row];
        let line = format!(
            "analyze f/movie_0000.tif f/movie_0001.tif --crop {left},{top},16,16 --compare modes \
             -o by_hand -q"
        );
        let _ = std::fs::remove_dir_all(folder.join("by_hand"));
        done(&folder, &line);
        let own = folder.join(format!("plan/tasks/{:06}", task + 1));
        for file in ["summary.json", "transitions.csv", "maps.tif", "figures/map.json", "run/settings.toml"] {
            let [own, alone] =
                [&own, &folder.join("by_hand")].map(|of| std::fs::read(of.join(file)).unwrap());
            assert!(own == alone, "{file} of tile {row} {column}");
        }
        let summary = json(&own.join("summary.json"));
        let rate = summary["entropy_production_rate"]["value"].as_f64().unwrap();
        let of_tile = |(at, _): &(usize, &f32)| {
            (top..top + 16).contains(&(at / 40)) && (left..left + 16).contains(&(at % 40))
        };
        let mapped: Vec<f64> =
            map.iter().enumerate().filter(of_tile).map(|(_, &rate)| f64::from(rate)).collect();
        let of_map: f64 = mapped.iter().sum();
        assert!((of_map - rate).abs() < 1e-4 * rate.abs().max(1e-3), "tile {row} {column}: {of_map} {rate}");
        sum += rate;
        inside += mapped.len();
    }
    assert_eq!((inside, map.iter().filter(|rate| rate.is_nan()).count()), (1024, 1600 - 1024));
    let whole = json(&result.join("gathered.json"));
    assert_eq!(whole["rate"]["value"].as_f64(), Some(sum));
    assert!(sum > 0.0 && whole["rate"]["unit"] == "k_B/s", "{whole}");
    assert!(whole["assumption"].as_str().unwrap().contains("across their borders"), "{whole}");
    let mut table = csv::Reader::from_path(result.join("results.csv")).unwrap();
    let places: Vec<String> =
        table.records().map(|row| row.unwrap().iter().take(7).collect::<Vec<_>>().join(",")).collect();
    assert_eq!(places[1..3], ["2,tile_0_1,0,1,22,2,16", "3,tile_1_0,1,0,2,22,16"]);
    let page = std::fs::read_to_string(result.join("report.html")).unwrap();
    for part in ["<svg", "tile_1_1", "href=\"../plan/tasks/000004/report.html\"", "per pixel", "Holm"] {
        assert!(page.contains(part), "{part}");
    }
    // A tile that is missing is refused, or left empty and named.
    std::fs::remove_dir_all(folder.join("plan/tasks/000002")).unwrap();
    let (_, told, code) = run(&folder, "gather plan -o part");
    assert!(code == 2 && told.contains("1 that are not: 2"), "{told}");
    let printed = done(&folder, "gather plan -o part --partial -q");
    assert!(printed.contains("empty in the map: 2"), "{printed}");
    let (map, _, _) = pixels(&folder.join("part/mean_dissipation_map.tif"));
    assert!(map[5 * 40 + 25].is_nan() && map[25 * 40 + 5].is_finite());
    let page = std::fs::read_to_string(folder.join("part/report.html")).unwrap();
    assert!(page.contains("Not done") && page.contains("4 tiles of"), "the page leaves out what is missing");
}

/// Pairs of beads that know nothing of each other, two in each tile. Catches a bound of tiles that touch, or
/// above what is produced; a bound that is stated where nobody could test it; and one without its assumption.
#[test]
fn a_bound_of_all_tiles_needs_a_gap_and_their_independence() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let exact = 4.0 * 0.1 * 81.0 / 40.0;
    for (name, hot) in [("driven", 10), ("still", 1)] {
        let line = format!(
            "simulate field --rows 2 --columns 2 --stiffness 0.1 --hot {hot} --frames 1200 --movies 1 \
             --seed 4 --format tiff -o {name} -q"
        );
        done(folder, &line);
        let movie = format!("{name}/movie_0000.tif");
        for (plan, tiles) in [("apart", "36,4"), ("touching", "40")] {
            let plan = format!("{name}_{plan}");
            done(folder, &format!("plan train {movie} --tiles {tiles} --estimator modes -o {plan} -q"));
            done(folder, &format!("work {plan} --all -q"));
            done(folder, &format!("gather {plan} -o {plan}_result -q"));
        }
    }
    let of = |name: &str| json(&folder.join(format!("{name}_result/gathered.json")));
    let driven = of("driven_apart");
    let independent = &driven["independent"];
    assert!(independent["is_certified"] == true && independent["regions"] == 2, "{driven}");
    assert!(independent["dependence_p_value"].as_f64() >= Some(0.05), "{driven}");
    let low = independent["bound"]["confidence_interval"][0].as_f64().unwrap();
    assert!(low > 0.0 && low < exact, "{driven}");
    let rate = driven["rate"]["confidence_interval"][0].as_f64().unwrap();
    assert!(rate > 0.0 && rate < exact, "{driven}");
    let printed = done(folder, "gather driven_apart -o again -q");
    for part in
        ["sum of all tiles: ", "If the 2 tiles are independent: certified bound", "the assumption is yours"]
    {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let touching = of("driven_touching");
    assert!(
        touching["independent"].is_null() && touching["rate"]["value"].as_f64() > Some(0.0),
        "{touching}"
    );
    assert!(touching["no_bound"].as_str().unwrap().contains("touch"), "{touching}");
    // In equilibrium nothing is claimed.
    for name in ["still_apart", "still_touching"] {
        let still = of(name);
        assert!(still["verdicts"]["dissipates"].is_null(), "{still}");
        let low = |of: &Value| of["confidence_interval"][0].as_f64();
        assert!(low(&still["rate"]).is_none_or(|low| low <= 0.0), "{still}");
        assert!(low(&still["independent"]["bound"]).is_none_or(|low| low <= 0.0), "{still}");
    }
    // Who gathers where the movies are not cannot test.
    std::fs::rename(folder.join("driven"), folder.join("elsewhere")).unwrap();
    let printed = done(folder, "gather driven_apart -o again -q");
    assert!(printed.contains("independence is not tested") && !printed.contains("certified"), "{printed}");
}

/// The same colloids twice in one field. Catches a bound that counts them twice, and a sum whose error takes
/// them for independent.
#[test]
fn tiles_that_show_the_same_get_no_bound() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    done(folder, "simulate flow --size 20 --frames 400 --movies 1 --colloids 6 --format tiff -o f -q");
    let videos = cneep_movie::video::open(&folder.join("f/movie_0000.tif")).unwrap();
    let Frames::U8(alone) = videos[0].frames() else { panic!("bytes") };
    let between = Array3::from_elem((400, 20, 4), 20);
    let twice = ndarray::concatenate![Axis(2), *alone, between, *alone];
    write_tiff(&folder.join("twice.tif"), &Frames::U8(twice), videos[0].calibration()).unwrap();
    done(folder, "plan train twice.tif --tiles 20,4 --estimator modes -o plan -q");
    done(folder, "work plan --all -q");
    done(folder, "gather plan -o result -q");
    let whole = json(&folder.join("result/gathered.json"));
    let tile = json(&folder.join("plan/tasks/000001/summary.json"));
    let of = |value: &Value, key: &str| value[key].as_f64().unwrap();
    let (sum, one) = (&whole["rate"], &tile["entropy_production_rate"]);
    assert!(of(one, "value") > 0.0 && of(sum, "value") == 2.0 * of(one, "value"), "{sum} {one}");
    assert!((of(sum, "standard_error") / of(one, "standard_error") - 2.0).abs() < 1e-6, "{sum} {one}");
    assert!(whole["independent"].is_null(), "{whole}");
    assert!(whole["no_bound"].as_str().unwrap().starts_with("tiles are correlated (p = 0.0"), "{whole}");
}

/// Catches tiles that are counted in pixels before bins, or from the corner of the frame where a part of it
/// was asked for; and plans that could not be carried out.
#[test]
fn tiles_lie_in_what_is_analysed() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    done(folder, "simulate flow --size 40 --frames 20 --movies 2 --colloids 9 --format tiff -o f -q");
    let movie = "f/movie_0000.tif";
    let line =
        format!("plan train {movie} --crop 4,0,36,40 --bin 2 --tiles 8,1 --estimator modes -o plan -q");
    done(folder, &line);
    let tasks = tasks(&folder.join("plan"));
    let crops: Vec<&Value> = tasks
        .iter()
        .map(|task| {
            let options = task["options"].as_array().unwrap();
            let crops: Vec<&Value> = options.iter().filter(|of| of["option"] == "crop").collect();
            assert_eq!(crops.len(), 1, "{task}");
            &crops[0]["value"]
        })
        .collect();
    // 20 rows and 18 columns after bins: two tiles across 17 from column 0, two down 17 from row 1.
    assert_eq!(crops, ["4,2,16,16", "22,2,16,16", "4,20,16,16", "22,20,16,16"]);
    let settings = std::fs::read_to_string(folder.join("plan/settings.toml")).unwrap();
    assert!(settings.contains("kind = \"modes\"") && !settings.contains("[comparison]"), "{settings}");
    std::fs::write(folder.join("table.csv"), format!("file,condition\n{movie},hot\n")).unwrap();
    std::fs::copy(folder.join(movie), folder.join("copy.tif")).unwrap();
    for (refused, why) in [
        (format!("{movie} --tiles 30"), "State smaller tiles"),
        (format!("{movie} --tiles 8,x"), "as in 32,8"),
        (format!("{movie} copy.tif --tiles 8"), "another recording"),
        ("table.csv --tiles 8".to_owned(), "plan analyze"),
        (format!("{movie} --tiles 8 --estimator modes --compare modes"), "cannot be used with"),
    ] {
        let (_, told, code) = run(folder, &format!("plan train {refused} -o no"));
        assert!(code == 2 && told.contains(why), "{refused}: {told}");
        assert!(!folder.join("no").exists(), "{refused} leaves half a plan");
    }
}
