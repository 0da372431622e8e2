//! Lists the rules that one file can break by itself.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

const LINE_LIMIT: usize = 600;
const WIDTH: usize = 110;
const WORDS_OF_A_PARAGRAPH: usize = 120;
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
    let sentence: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//! ")).collect();
    let sentence = sentence.join(" ");
    let verb = sentence.split(' ').next().unwrap_or_default();
    let looks_like_a_verb = verb.len() > 2
        && verb.starts_with(|c: char| c.is_ascii_uppercase())
        && verb[1..].chars().all(|c| c.is_ascii_lowercase())
        && verb.ends_with('s')
        && !["This", "Its", "Utils", "Helpers", "Types", "Various"].contains(&verb);
    let letters: Vec<char> = sentence.chars().collect();
    let ends_inside = letters.windows(4).any(|w| {
        w[0].is_ascii_lowercase() && ".!?".contains(w[1]) && w[2] == ' ' && w[3].is_ascii_uppercase()
    });
    if looks_like_a_verb && sentence.ends_with('.') && !ends_inside {
        return Vec::new();
    }
    vec![format!(
        "opens with {sentence:?}, not with one sentence whose first word is a verb such as `Renders`"
    )]
}

/// No file longer than a reader's patience.
pub(crate) fn length(source: &str) -> Vec<String> {
    let lines = source.lines().count();
    if lines > LINE_LIMIT { vec![format!("has {lines} lines, more than {LINE_LIMIT}")] } else { Vec::new() }
}

/// Neither code nor comments beyond the page.
pub(crate) fn width(source: &str) -> Vec<String> {
    let wide = source.lines().enumerate().map(|(i, line)| (i + 1, line.chars().count()));
    wide.filter(|(_, width)| *width > WIDTH)
        .map(|(line, width)| format!("line {line}: {width} columns, more than {WIDTH}"))
        .collect()
}

/// No file, folder or module called after its own emptiness.
pub(crate) fn names(path: &str, words: &[Word]) -> Vec<String> {
    let modules = words.windows(2).filter(|pair| pair[0].text == "mod").map(|pair| pair[1].text.as_str());
    let names = path.trim_end_matches(".rs").split('/').chain(modules);
    names
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
pub(crate) fn bare_time_step(words: &[Word]) -> Vec<String> {
    forbidden_word(words, "dt", "say `time_step` (integration) or `frame_interval` (camera)")
}

/// Unsafe code stays in the engine's kernels, and in the one call that advises the system on memory.
pub(crate) fn unsafe_outside_kernels(path: &str, words: &[Word]) -> Vec<String> {
    if path.starts_with("crates/cneep-nn/src/kernel") || path == "crates/cneep-movie/src/large_pages.rs" {
        return Vec::new();
    }
    forbidden_word(words, "unsafe", "it belongs in crates/cneep-nn/src/kernel")
}

/// Settings with defaults say them in words: at each public field, or once at `fn default`.
pub(crate) fn undocumented_defaults(source: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (at, head) in source.match_indices("\nimpl Default for ") {
        let name = source[at + head.len()..].split([' ', '<']).next().unwrap_or_default();
        let described = source[at..].lines().nth(2).is_some_and(|line| line.trim_start().starts_with("///"));
        let Some((before, fields)) = source.split_once(&format!("pub struct {name} {{\n")) else { continue };
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        if described || !attributes.contains("Deserialize") {
            continue;
        }
        let mut document = String::new();
        for line in fields.lines().take_while(|line| *line != "}").map(str::trim) {
            if let Some(field) = line.strip_prefix("pub ") {
                if !document.to_lowercase().contains("default") {
                    let field = field.split(':').next().unwrap_or_default();
                    complaints.push(format!("`{name}::{field}` does not say its default"));
                }
                document.clear();
            } else if line.starts_with("///") {
                document += line;
            }
        }
    }
    complaints
}

/// Paragraphs that can be read in one breath; code, tables and headings count for nothing.
pub(crate) fn paragraphs(page: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let (mut count, mut in_code) = (0, false);
    for (i, line) in page.lines().chain([""]).enumerate() {
        let line = line.trim_start();
        in_code ^= line.starts_with("```");
        let starts_anew = ["- ", "* ", "|", "#", "```"].iter().any(|mark| line.starts_with(mark));
        if line.is_empty() || starts_anew || in_code {
            if count > WORDS_OF_A_PARAGRAPH {
                complaints.push(format!("line {i}: a paragraph of {count} words ends here"));
            }
            count = 0;
        }
        if !in_code && !["|", "#", "```"].iter().any(|mark| line.starts_with(mark)) {
            count += line.split_whitespace().count();
        }
    }
    complaints
}

/// A name, a mark or a bracket of the code.
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// Words of the code, in order; neither comments nor literals have any.
pub(crate) fn words(source: &str) -> Vec<Word> {
    let mut words = Vec::new();
    collect(source.parse().expect("Rust"), &mut words);
    words
}

fn collect(tokens: TokenStream, words: &mut Vec<Word>) {
    for token in tokens {
        let mut push = |text: String| words.push(Word { text, line: token.span().start().line });
        match &token {
            TokenTree::Ident(name) => push(name.to_string()),
            TokenTree::Punct(mark) => push(mark.as_char().into()),
            TokenTree::Literal(_) => push("0".into()),
            TokenTree::Group(group) => {
                let [open, close] = match group.delimiter() {
                    Delimiter::Parenthesis => ["(", ")"],
                    Delimiter::Bracket => ["[", "]"],
                    Delimiter::Brace | Delimiter::None => ["{", "}"],
                };
                push(open.into());
                collect(group.stream(), words);
                words.push(Word { text: close.into(), line: token.span().end().line });
            }
        }
    }
}

fn forbidden_word(words: &[Word], forbidden: &str, why: &str) -> Vec<String> {
    let found = words.iter().filter(|word| word.text == forbidden);
    found.map(|word| format!("line {}: `{forbidden}`: {why}", word.line)).collect()
}

/// Each rule, given a text that breaks it: a rule that cannot complain protects nothing.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_complained_of() {
        assert!(opening("//! Renders blobs\n//! of light.\n//!\n//! More. And more.\n").is_empty());
        for bad in
            ["use a;", "//! The blobs.", "//! renders.", "//! Renders blobs", "//! Renders blobs. Two."]
        {
            assert_eq!(opening(bad).len(), 1, "{bad}");
        }
        assert_eq!([600, 601].map(|lines| length(&"x\n".repeat(lines)).len()), [0, 1]);
        assert_eq!([110, 111].map(|columns| width(&"μ".repeat(columns)).len()), [0, 1]);
        assert_eq!([120, 121].map(|words| paragraphs(&"word\n".repeat(words)).len()), [0, 1]);
        let apart =
            ["\n\n", "\n- ", "\n```\ncode\n```\n"].map(|mark| "a ".repeat(80) + mark + &"b ".repeat(80));
        assert!(apart.iter().all(|page| paragraphs(page).is_empty()));
        assert!(UNFINISHED.iter().all(|mark| unfinished(&format!("// {mark}")).len() == 1));
        assert!(unfinished("fn method(t: f64) {}").is_empty());
    }

    #[test]
    fn words_are_complained_of_in_code_alone() {
        assert!(names("crates/cneep/src/video/tiff.rs", &words("mod database;")).is_empty());
        assert_eq!(names("crates/cneep/src/common/a.rs", &words("pub(crate) mod helpers {}")).len(), 2);
        assert_eq!(bare_time_step(&words("fn f() { let x = drift * dt; }")).len(), 1);
        assert!(bare_time_step(&words("// A x dt\nlet s = \"dt\"; let r = r#\"dt\"#;")).is_empty());
        let code = words("#![deny(unsafe_op_in_unsafe_fn)]\nfn f() { unsafe { g() } }");
        assert_eq!(unsafe_outside_kernels("crates/cneep/src/a.rs", &code).len(), 1);
        assert!(unsafe_outside_kernels("crates/cneep-nn/src/kernel/avx2.rs", &code).is_empty());
    }

    #[test]
    fn a_setting_must_say_its_default() {
        let complaints = |document: &str, default: &str| {
            undocumented_defaults(&format!(
                "#[derive(Deserialize)]\npub struct Training {{\n    /// Batch, {document}.\n    pub batch: \
                 usize,\n}}\n\n\
                 impl Default for Training {{\n    {default}\n    fn default() -> Self {{}}\n}}\n"
            ))
        };
        assert!(complaints("in transitions; default 4096", "").is_empty());
        assert_eq!(complaints("in transitions", ""), ["`Training::batch` does not say its default"]);
        assert!(complaints("in transitions", "/// Batches of 4096.").is_empty());
    }
}
