//! Holds the committed results against the present experiments: what those would no longer give must be
//! marked.

use super::document::Document;
use super::ledger::Ledger;
use super::older_builds;
use super::scores::Scores;
use cneep_movie::error::{Error, Fault, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the result in `folder` lacks of what `document` would give; none if it is up to date.
fn lacking(folder: &Path, document: &Document) -> Result<Option<String>> {
    let cases = document.cases()?;
    let ledger = Ledger::open(folder)?;
    let hashes = || cases.iter().flat_map(|case| document.seeds.iter().map(|seed| case.settings.hash(*seed)));
    let missing = hashes().filter(|hash| ledger.find(hash).is_none()).count();
    if missing > 0 {
        return Ok(Some(format!("{missing} of {} scores are of other settings", hashes().count())));
    }
    let path = folder.join("result.json");
    let text = cneep_movie::input_file::read_text(&path, "a result")?;
    let result: Value = serde_json::from_str(&text)
        .map_err(|e| Error::Format(Fault::of_file(&path, "a result", e.to_string(), "Run it again.")))?;
    let part = |verdict: &Value| ["quantity", "case", "expected"].map(|name| verdict[name].clone());
    let judged: Vec<[Value; 3]> = result["verdicts"].as_array().into_iter().flatten().map(part).collect();
    let expected = document.expect.iter().flat_map(|expectation| {
        let of_case = |case| [json!(expectation.quantity), json!(case), json!(expectation.in_words())];
        expectation.meant(&document.vary, &cases).map(of_case)
    });
    let same = judged == expected.collect::<Vec<_>>();
    Ok((!same).then(|| "its verdicts are on other expectations".into()))
}

/// Catches a published number that nobody could get again: settings changed after a result was made, or an
/// expectation moved after it was judged. And a mark that has outlived its reason, or names nothing.
#[test]
fn committed_results_are_those_of_the_present_experiments_or_marked() {
    let results = repository().join("book/src/results");
    let mut marked = older_builds::marked(&results).unwrap();
    let (mut complaints, mut count) = (Vec::new(), 0);
    for entry in std::fs::read_dir(&results).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        count += 1;
        let name = entry.file_name().into_string().unwrap();
        let file = repository().join(format!("experiments/{name}.toml"));
        let document = Document::read(&file, false).unwrap();
        match (lacking(&entry.path(), &document).unwrap(), marked.remove(&name)) {
            (Some(found), None) => complaints.push(format!("{name} = \"...\"  # {found}")),
            (None, Some(_)) => complaints.push(format!("{name} is up to date: take its mark away")),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    complaints.extend(marked.keys().map(|name| format!("{name} is marked, but is no result")));
    complaints.sort();
    let remedy = "run the experiments again, or mark the results in older_builds.toml";
    assert!(complaints.is_empty(), "{remedy}:\n{}", complaints.join("\n"));
    assert!(count > 10, "{count} results");
}

/// The law above, given results that break it: catches a comparison that cannot fail.
#[test]
fn a_changed_setting_and_a_moved_expectation_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let document = |text: &str| {
        let path = folder.path().join("a.toml");
        std::fs::write(&path, text).unwrap();
        Document::read(&path, false).unwrap()
    };
    let text = "title = \"a\"\nquestion = \"b\"\nseeds = [0, 1]\nsimulate = { system = \"gyrator\" }\n\
                test = { movies = 1 }\n[[expect]]\nquantity = \"slope\"\nat-least = 0.9";
    let first = document(text);
    let mut ledger = Ledger::open(folder.path()).unwrap();
    for seed in 0..2 {
        let settings_hash = first.cases().unwrap()[0].settings.hash(seed);
        ledger.append(Scores { settings_hash, ..Scores::default() }).unwrap();
    }
    let verdict = json!({ "quantity": "slope", "case": 0, "expected": "≥ 0.9", "met": true });
    let result = json!({ "verdicts": [verdict] }).to_string();
    std::fs::write(folder.path().join("result.json"), result).unwrap();
    let found = |text: &str| lacking(folder.path(), &document(text)).unwrap();
    assert_eq!(found(text), None);
    let hotter = found(&text.replace("gyrator\"", "gyrator\", hot = 9"));
    assert_eq!(hotter.as_deref(), Some("2 of 2 scores are of other settings"));
    let more = found(&text.replace("[0, 1]", "[0, 1, 2]"));
    assert_eq!(more.as_deref(), Some("1 of 3 scores are of other settings"));
    let lower = found(&text.replace("0.9", "0.8"));
    assert_eq!(lower.as_deref(), Some("its verdicts are on other expectations"));
}
