//! Asks for the entropy production of regions as a user would.

mod terminal;

use cneep_movie::Calibration;
use cneep_movie::video::{Frames, write_tiff};
use ndarray::Array3;
use serde_json::Value;
use std::path::Path;
use terminal::{done, run};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Movies of two beads, a run of modes, and a region around each bead: the rows at the edge are outside.
fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, count, seed) in [("seen", 20, 1), ("fresh", 8, 2)] {
        let line = format!("simulate bead-spring --movies {count} --frames 300 --seed {seed} -o {name}");
        done(folder.path(), &line);
    }
    done(folder.path(), "train seen/movies.npz -o run --estimator modes --window 2");
    let label = |(_, row, column): (usize, usize, usize)| -> u16 {
        if (2..18).contains(&row) { if column < 20 { 1 } else { 700 } } else { 0 }
    };
    write(&folder.path().join("labels.tif"), &Frames::U16(Array3::from_shape_fn((1, 20, 40), label)));
    folder
}

fn write(path: &Path, frames: &Frames) {
    write_tiff(path, frames, Calibration::default()).expect("a writable folder");
}

/// Catches rates that do not add up, verbs that disagree, a table that is left from an earlier call, and a
/// report that hides the regions.
#[test]
fn regions_add_up_to_the_total_in_every_place_where_they_are_told() {
    let folder = scene();
    let at = |name: &str| folder.path().join(name);
    let estimate = "estimate run fresh/movies.npz -o out --regions labels.tif";
    let printed = json(&done(folder.path(), &format!("{estimate} --json")));
    let regions = printed["regions"]["regions"].as_array().expect("regions").clone();
    let of = |key: &str| -> Vec<Value> { regions.iter().map(|region| region[key].clone()).collect() };
    assert_eq!(of("label"), [0, 1, 700]);
    assert_eq!(of("pixels"), [160, 320, 320]);
    let total = printed["entropy_production_rate"]["value"].as_f64().expect("a rate");
    let rate = |region: &Value| region["rate"]["value"].as_f64().expect("a rate");
    let sum: f64 = regions.iter().map(rate).sum();
    assert!((sum - total).abs() < 1e-5 * total, "{sum} {total}");
    let shares = regions.iter().map(|region| region["share"]["value"].as_f64().expect("a share"));
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-5, "{printed}");
    // Heat flows through both beads; in the dark at the edge nothing is tested.
    assert!(rate(&regions[0]).abs() < 0.01 * total && regions[0]["p_value"].is_null(), "{printed}");
    let dependence = printed["regions"]["independent"]["dependence_p_value"].as_f64();
    assert!(dependence < Some(0.05), "{printed}");
    let tiles =
        json(&done(folder.path(), "estimate run fresh/movies.npz -o tiles --regions tiles:16,8 --json"));
    let pixels =
        tiles["regions"]["regions"].as_array().expect("regions").iter().map(|of| of["pixels"].clone());
    assert_eq!(pixels.collect::<Vec<_>>(), [288, 256, 256]);
    for refused in ["tiles:16,a", "tiles:30"] {
        let (_, told, code) =
            run(folder.path(), &format!("estimate run fresh/movies.npz -o no --regions {refused}"));
        assert_eq!(code, 2, "{told}");
    }
    for region in &regions[1..] {
        assert!(region["rate"]["standard_error"].is_f64() && region["rate"]["unit"] == "k_B/s", "{region}");
        assert!(region["is_significant"] == true && region["p_value"].as_f64() < Some(0.01), "{region}");
    }
    let table = std::fs::read_to_string(at("out/regions.csv")).expect("a table");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines.len() == 5 && lines[0].starts_with("label,pixels,rate,standard_error,interval_low"));
    assert!(lines[3].starts_with("700,320,") && lines[4].starts_with("all,800,"), "{table}");
    let kept = json(&std::fs::read_to_string(at("out/summary.json")).expect("a summary"));
    assert_eq!(kept["regions"], printed["regions"]);

    let mapped = "map run fresh/movies.npz -o maps --regions labels.tif";
    let printed_map = json(&done(folder.path(), &format!("{mapped} --json")));
    assert_eq!(printed_map["regions"], printed["regions"], "both verbs say the same");
    assert_eq!(std::fs::read_to_string(at("maps/regions.csv")).expect("a table"), table);
    let correlation = &printed_map["correlation"];
    let length = correlation["length"]["value"].as_f64().expect("a length");
    assert!((1.0..12.0).contains(&length) && correlation["length"]["unit"] == "pixels", "{correlation}");
    assert!(correlation["length"]["standard_error"].as_f64() < Some(length), "{correlation}");
    for line in [estimate, mapped] {
        let words = done(folder.path(), line);
        // Beads that are joined by a spring are not independent.
        let parts = ["2 of 2 dissipate significantly", "* 700", "outside", "no lower bounds", "do not add"];
        for part in parts {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
    let words = done(folder.path(), mapped);
    assert!(words.contains("correlation length       ") && words.contains("fall to 1/e"), "{words}");

    done(folder.path(), "report run");
    let page = std::fs::read_to_string(at("run/report.html")).expect("a page");
    for part in ["Regions of the frame", "share of all", "Correlation length of the mean map"] {
        assert!(page.contains(part), "{part}");
    }
    done(folder.path(), "map run fresh/movies.npz -o maps");
    done(folder.path(), "estimate run fresh/movies.npz -o out");
    assert!(!at("maps/regions.csv").exists() && !at("out/regions.csv").exists(), "an earlier call's table");
    done(folder.path(), "report run");
    assert!(!std::fs::read_to_string(at("run/report.html")).expect("a page").contains("Regions of the"));
}

/// The folds of the default judge their own movies: catches roles that regions do not share with the total,
/// and what fits disagree on left out.
#[test]
fn regions_of_a_comparison_obey_its_roles() {
    let folder = scene();
    let line = "train seen/movies.npz -o compared --compare modes --windows 2 --folds 3";
    done(folder.path(), line);
    for movies in ["seen", "fresh"] {
        let line = format!("estimate compared {movies}/movies.npz -o out --regions labels.tif --json");
        let printed = json(&done(folder.path(), &line));
        let regions = printed["regions"]["regions"].as_array().expect("regions").clone();
        let total = &printed["entropy_production_rate"];
        let sum: f64 = regions.iter().map(|region| region["rate"]["value"].as_f64().expect("a rate")).sum();
        let value = total["value"].as_f64().expect("a rate");
        assert!((sum - value).abs() < 1e-5 * value, "{movies}: {sum} {value}");
        assert_eq!(&printed["regions"]["total"], total, "{movies}");
    }
    let whole = Array3::ones((1, 20, 40));
    write(&folder.path().join("whole.tif"), &Frames::U8(whole));
    let line = "estimate compared fresh/movies.npz -o out --regions whole.tif --json";
    let printed = json(&done(folder.path(), line));
    let of = |measured: &Value| measured["standard_error"].as_f64().expect("an error");
    let only = &printed["regions"]["regions"][0];
    let (own, total) = (of(&only["rate"]), of(&printed["entropy_production_rate"]));
    assert!((own / total - 1.0).abs() < 1e-4, "{own} {total}");
}

#[test]
fn what_are_no_regions_of_these_frames_is_refused_with_its_remedy() {
    let folder = scene();
    let at = |name: &str| folder.path().join(name);
    write(&at("turned.tif"), &Frames::U8(Array3::ones((1, 40, 20))));
    write(&at("float.tif"), &Frames::F32(Array3::ones((1, 20, 40))));
    write(&at("empty.tif"), &Frames::U8(Array3::zeros((1, 20, 40))));
    write(&at("pages.tif"), &Frames::U8(Array3::ones((2, 20, 40))));
    std::fs::write(at("prose.tif"), "It was a dark and stormy night.").expect("a writable folder");
    for verb in ["estimate", "map"] {
        for (file, culprit, remedy) in [
            ("turned.tif", "expected 20 rows x 40 columns", "on a frame of these very movies"),
            ("float.tif", "found 32-bit floating-point numbers", "Save the labels as one unsigned image"),
            ("empty.tif", "found 0 everywhere", "Draw a region"),
            ("pages.tif", "found 2 or more pages", "Save the one image"),
            ("prose.tif", "found a file of another kind", "unsigned image"),
            ("missing.tif", "missing.tif", "Check that the path is right"),
        ] {
            let line = format!("{verb} run fresh/movies.npz -o out --regions {file}");
            let (printed, told, code) = run(folder.path(), &line);
            assert_eq!((code, printed.as_str()), (2, ""), "{line}: {told}");
            for part in ["error: ", file, culprit, remedy] {
                assert!(told.contains(part), "{line}: {part}: {told}");
            }
        }
    }
    // More labels than regions can be: a movie of 110 x 110 pixels.
    let pixel = |(frame, row, column): (usize, usize, usize)| ((frame * 7 + row * 3 + column) % 251) as u8;
    let movie = Frames::U8(Array3::from_shape_fn((60, 110, 110), pixel));
    let calibration = Calibration::default();
    cneep_movie::Video::new("wide", movie, calibration)
        .expect("a movie")
        .write(at("wide.tif"))
        .expect("room");
    done(folder.path(), "train wide.tif -o wide --estimator modes --modes 1 --window 2");
    let grey = Array3::from_shape_fn((1, 110, 110), |(_, row, column)| (row * 110 + column) as u16);
    write(&at("grey.tif"), &Frames::U16(grey));
    let (_, told, code) = run(folder.path(), "estimate wide wide.tif -o out --regions grey.tif");
    assert!(code == 2 && told.contains("at most 10000 labels, found 12099"), "{told}");
    assert!(!at("out").exists(), "a refusal leaves half a result");
}
