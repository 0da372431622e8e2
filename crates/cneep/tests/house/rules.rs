//! Lists the rules that one file can break by itself.

use crate::source_text::{words, words_of};

const LINE_LIMIT: usize = 600;
const NAMELESS: [&str; 8] = ["utils", "util", "common", "helpers", "helper", "misc", "manager", "base"];
/// Marks of unfinished work, split so that this file does not carry them.
const UNFINISHED: [&str; 8] = [
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X"),
    concat!("place", "holder"),
    concat!("To be wr", "itten"),
    concat!("not yet impl", "emented"),
];

/// One verb-first sentence at the head of the file.
pub(crate) fn opening(source: &str) -> Vec<String> {
    let Some(first) = source.lines().next().and_then(|line| line.strip_prefix("//! ")) else {
        return vec!["does not open with a `//! ` line".into()];
    };
    let rest = source.lines().skip(1).map_while(|line| line.strip_prefix("//! "));
    let sentence = std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" ");
    let verb = sentence.split(' ').next().unwrap_or_default();
    let mut letters = verb.chars();
    let looks_like_a_verb = letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.all(|c| c.is_ascii_lowercase())
        && verb.len() > 2
        && verb.ends_with('s')
        && !["This", "Its", "Utils", "Helpers", "Types", "Various"].contains(&verb);
    let mut complaints = Vec::new();
    if !looks_like_a_verb {
        complaints.push(format!("opens with {verb:?}, not with a verb such as `Renders`"));
    }
    if !sentence.ends_with('.') || has_sentence_end_inside(&sentence) {
        complaints.push(format!("opens with {sentence:?}, which is not one sentence ending in a full stop"));
    }
    complaints
}

/// Whether a full stop, a space and a capital letter stand somewhere in `text`.
fn has_sentence_end_inside(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(4).any(|w| {
        w[0].is_ascii_lowercase() && ".!?".contains(w[1]) && w[2] == ' ' && w[3].is_ascii_uppercase()
    })
}

/// No file longer than a reader's patience.
pub(crate) fn length(source: &str) -> Vec<String> {
    let lines = source.lines().count();
    if lines > LINE_LIMIT { vec![format!("has {lines} lines, more than {LINE_LIMIT}")] } else { Vec::new() }
}

/// No file, folder or module called after its own emptiness.
pub(crate) fn names(path: &str, code: &str) -> Vec<String> {
    let in_path = path.trim_end_matches(".rs").split('/');
    let words = words(code);
    let modules = words.windows(2).filter(|pair| pair[0].1 == "mod").map(|pair| pair[1].1);
    in_path
        .chain(modules)
        .filter(|name| NAMELESS.contains(&name.to_lowercase().as_str()))
        .map(|name| format!("is or declares `{name}`: name it after what it does"))
        .collect()
}

/// Nothing unfinished is handed over.
pub(crate) fn unfinished(source: &str) -> Vec<String> {
    let lines = source.lines().enumerate();
    lines
        .flat_map(|(i, line)| {
            let found = UNFINISHED.iter().filter(|mark| line.contains(**mark));
            found.map(move |mark| format!("line {}: unfinished work, {mark:?}", i + 1))
        })
        .collect()
}

/// Two times, two names.
pub(crate) fn bare_time_step(code: &str) -> Vec<String> {
    forbidden_word(code, "dt", "say `time_step` (integration) or `frame_interval` (camera)")
}

/// Unsafe code stays in the engine's kernels.
pub(crate) fn unsafe_outside_kernels(path: &str, code: &str) -> Vec<String> {
    if path.starts_with("crates/cneep-nn/src/kernel") {
        return Vec::new();
    }
    forbidden_word(code, "unsafe", "it belongs in crates/cneep-nn/src/kernel")
}

/// Settings with defaults say them in words: at each public field, or once at `fn default`.
pub(crate) fn undocumented_defaults(source: &str, code: &str) -> Vec<String> {
    let words = words(code);
    let with_default = words
        .windows(4)
        .filter(|w| w[0].1 == "impl" && w[1].1 == "Default" && w[2].1 == "for")
        .map(|w| w[3].1)
        .filter(|name| derives_deserialize(code, name) && !describes_default(source, name));
    with_default.flat_map(|name| fields_without_default(source, name)).collect()
}

fn describes_default(source: &str, name: &str) -> bool {
    let Some(at) = source.find(&format!("impl Default for {name} ")) else { return false };
    source[at..].lines().nth(1).is_some_and(|line| line.trim().starts_with("/// "))
}

fn derives_deserialize(code: &str, name: &str) -> bool {
    let Some(at) = code.find(&format!("struct {name} ")) else { return false };
    let attributes = code[..at].rsplit(['}', ';']).next().unwrap_or_default();
    attributes.contains("Deserialize")
}

fn fields_without_default(source: &str, name: &str) -> Vec<String> {
    let start = source.find(&format!("struct {name} ")).unwrap_or(source.len());
    let body = source[start..].lines().skip(1).take_while(|line| *line != "}");
    let mut document = String::new();
    let mut complaints = Vec::new();
    for line in body.map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            document.push_str(text);
        } else if let Some(field) = line.strip_prefix("pub ") {
            if !document.to_lowercase().contains("default") {
                let field = field.split(':').next().unwrap_or_default();
                complaints.push(format!("`{name}::{field}` does not say its default"));
            }
            document.clear();
        }
    }
    complaints
}

fn forbidden_word(code: &str, word: &str, why: &str) -> Vec<String> {
    let lines = code.lines().enumerate();
    lines
        .filter(|(_, line)| words_of(line).contains(&word))
        .map(|(i, _)| format!("line {}: `{word}`: {why}", i + 1))
        .collect()
}

/// Each rule, given a text that breaks it: a rule that cannot complain protects nothing.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_text::code_of;

    #[test]
    fn an_opening_is_one_sentence_that_starts_with_a_verb() {
        assert!(opening("//! Renders blobs.\nfn f() {}").is_empty());
        assert!(opening("//! Renders blobs\n//! of light.\n//!\n//! More. And more.\n").is_empty());
        for bad in [
            "use std::fmt;\n",
            "//! The blobs.\n",
            "//! renders blobs.\n",
            "//! This renders blobs.\n",
            "//! Renders blobs\nfn f() {}",
            "//! Renders blobs. Draws them.\n",
        ] {
            assert_eq!(opening(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_file_of_601_lines_is_too_long() {
        assert!(length(&"x\n".repeat(600)).is_empty());
        assert_eq!(length(&"x\n".repeat(601)).len(), 1);
    }

    #[test]
    fn a_room_without_a_name_is_seen_in_path_and_module() {
        assert!(names("crates/cneep/src/video/tiff.rs", "mod database;").is_empty());
        assert_eq!(names("crates/cneep/src/utils.rs", "").len(), 1);
        assert_eq!(names("crates/cneep/src/common/a.rs", "").len(), 1);
        assert_eq!(names("crates/cneep/src/a.rs", "pub(crate) mod helpers {}").len(), 1);
    }

    #[test]
    fn every_mark_of_unfinished_work_is_seen() {
        for mark in UNFINISHED {
            assert_eq!(unfinished(&format!("fn f() {{\n    // {mark}\n}}")).len(), 1, "{mark}");
        }
        assert!(unfinished("fn method(t: f64) {}").is_empty());
    }

    #[test]
    fn a_bare_time_step_is_seen_in_code_but_not_in_an_equation() {
        assert_eq!(bare_time_step("let x = drift * dt;").len(), 1);
        assert!(bare_time_step("let width = dtype;").is_empty());
        assert!(bare_time_step(&code_of("// dx = A x dt\nlet s = \"dt\"; let r = r#\"dt\"#;")).is_empty());
    }

    #[test]
    fn unsafe_code_is_seen_outside_the_kernels() {
        let code = code_of("unsafe { f() }");
        assert_eq!(unsafe_outside_kernels("crates/cneep/src/video/mod.rs", &code).len(), 1);
        assert!(unsafe_outside_kernels("crates/cneep-nn/src/kernel/avx2.rs", &code).is_empty());
        assert!(unsafe_outside_kernels("a.rs", "#![deny(unsafe_op_in_unsafe_fn)]").is_empty());
    }

    #[test]
    fn a_setting_must_say_its_default() {
        let settings = |document: &str| {
            format!(
                "#[derive(Debug, Deserialize)]\npub struct Training {{\n    /// Batch, {document}.\n    pub batch: usize,\n}}\n\
                 impl Default for Training {{}}\n"
            )
        };
        let complaints = |source: &str| undocumented_defaults(source, &code_of(source));
        assert!(complaints(&settings("in transitions; default 4096")).is_empty());
        assert_eq!(complaints(&settings("in transitions")), ["`Training::batch` does not say its default"]);
        let described =
            settings("in transitions").replace("Training {}", "Training {\n    /// Batches of 4096.\n}");
        assert!(complaints(&described).is_empty());
    }
}
