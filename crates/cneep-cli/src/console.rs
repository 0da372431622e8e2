//! Speaks to the user: results on standard output, cautions on standard error, progress on the screen.

use crate::progress::Bars;
use ::console::{Style, Term};
use cneep_movie::caution::Grade;
use cneep_movie::error::Fault;
use cneep_movie::progress::Progress;
use cneep_movie::{Caution, Error, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Settings whose options have other names.
const RENAMED: [(&str, &str); 9] = [
    ("force.ridge", "noise-ridge"),
    ("currents.spacing", "node-spacing"),
    ("invariants.spacing", "node-spacing"),
    ("currents.ridge", "feature-ridge"),
    ("invariants.ridge", "feature-ridge"),
    ("objects.scale", "object-size"),
    ("objects.modes", "object-modes"),
    ("comparison.work", "work-budget"),
    ("comparison.estimators", "compare"),
];

/// The user's end of a run.
#[derive(Debug)]
pub struct Console {
    json: bool,
    bars: Bars,
    /// Names of the program's options.
    options: BTreeSet<String>,
    /// Cautions and notes that were told.
    told: Mutex<BTreeSet<String>>,
}

impl Console {
    /// A console that shows progress unless `quiet`, prints results as JSON if `json`, and names the
    /// `options` that state what errors and cautions are about.
    pub fn new(quiet: bool, json: bool, options: BTreeSet<String>) -> Self {
        Self { json, bars: Bars::new(quiet), options, told: Mutex::default() }
    }

    /// What to hand to a long computation.
    pub fn progress(&self) -> &dyn Progress {
        &self.bars
    }

    /// How many characters wide pictures may be where standard output is a terminal with colours that is read
    /// by a human; none elsewhere.
    pub fn picture_width(&self) -> Option<usize> {
        let terminal = Term::stdout();
        let may = !self.json && terminal.is_term() && ::console::colors_enabled();
        may.then(|| usize::from(terminal.size().1)).filter(|&width| width >= 40)
    }

    /// Prints the result of the run: in words, or as one JSON object.
    ///
    /// # Errors
    /// [`Error::Io`] if standard output cannot be written.
    pub fn print<T: Serialize + Display>(&self, result: &T) -> Result<()> {
        let text = if self.json {
            serde_json::to_string(result).map_err(|e| output_error(e.into()))?
        } else {
            result.to_string()
        };
        let written = self.bars.hidden_while(|| writeln!(std::io::stdout(), "{}", text.trim_end()));
        match written {
            // The reader of a pipe may leave when it has seen enough.
            Err(refusal) if refusal.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(output_error),
        }
    }

    /// Tells `cautions` on standard error, the worst first, each once.
    pub fn tell<'a>(&self, cautions: impl IntoIterator<Item = &'a Caution>) {
        let mut cautions: Vec<&Caution> = cautions.into_iter().collect();
        cautions.sort_by_key(|caution| caution.grade());
        for caution in cautions {
            let text = self.with_option(caution.to_string(), caution.setting());
            self.tell_graded(caution.grade(), &text);
        }
    }

    /// Tells of something that was assumed or left out, on standard error.
    pub fn note(&self, text: &str) {
        self.tell_graded(Grade::Note, text);
    }

    /// Tells `text` after its grade, but for what was told before.
    fn tell_graded(&self, grade: Grade, text: &str) {
        let is_new = self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned());
        if !is_new {
            return;
        }
        let style = match grade {
            Grade::Stop => Style::new().red().bold(),
            Grade::Careful => Style::new().yellow(),
            Grade::Note => Style::new().dim(),
        };
        let word = style.for_stderr().apply_to(grade.in_words());
        self.bars.hidden_while(|| eprintln!("{word}: {}", wrapped(text, grade.in_words().len() + 2)));
    }

    /// Says that a stage of the program begins.
    pub(crate) fn stage(&self, name: &str) {
        self.bars.stage(name);
    }

    /// Says that all stages are done.
    pub(crate) fn stages_end(&self) {
        self.bars.stages_end();
    }

    /// Tells `error` on standard error.
    pub fn tell_error(&self, error: &Error) {
        let named = match error {
            Error::Setting(fault) => Some(fault.subject.as_str()),
            _ => None,
        };
        let mut text = self.with_option(error.to_string(), error.setting().or(named));
        if error.is_stop() {
            text += ". Every file that was written is whole.";
        }
        self.bars.stages_end();
        let word = Style::new().red().bold().for_stderr().apply_to("error");
        self.bars.hidden_while(|| eprintln!("{word}: {}", wrapped(&text, 0)));
        if self.json {
            println!("{}", json_of_error(error, &text));
        }
    }

    /// A message with the option that states the `setting` which answers it, if there is one that the message
    /// does not name.
    fn with_option(&self, message: String, setting: Option<&str>) -> String {
        let setting = setting.unwrap_or_default();
        let renamed = RENAMED.iter().find(|(of, _)| *of == setting).map(|(_, option)| *option);
        let of_group = setting.rsplit('.').next().unwrap_or_default();
        let name = renamed.unwrap_or(of_group).replace([' ', '_'], "-");
        let option = format!("--{name}");
        if self.options.contains(&name) && !message.contains(&option) {
            return format!("{message} (option {option})");
        }
        message
    }
}

/// An error as the JSON object that stands in place of a result.
fn json_of_error(error: &Error, message: &str) -> Value {
    let kind = match error {
        Error::Format(_) => "format",
        Error::Unsupported(_) => "unsupported",
        Error::Mismatch(_) => "mismatch",
        Error::Setting(_) => "setting",
        Error::NotConverged(_) => "not_converged",
        Error::Memory(_) => "memory",
        Error::Io { .. } => "io",
        Error::Stopped { .. } => "stopped",
        _ => "other",
    };
    let mut told = json!({ "kind": kind, "message": message, "exit_code": crate::exit_code::code_of(error) });
    match error {
        Error::Format(fault)
        | Error::Unsupported(fault)
        | Error::Mismatch(fault)
        | Error::Setting(fault)
        | Error::NotConverged(fault)
        | Error::Memory(fault) => {
            let Fault { subject, expected, found, remedy, .. } = fault;
            let parts = [("subject", subject), ("expected", expected), ("found", found), ("remedy", remedy)];
            for (name, part) in parts {
                told[name] = json!(part);
            }
        }
        Error::Io { path, source, remedy } => {
            told["subject"] = json!(path.display().to_string());
            told["found"] = json!(source.to_string());
            told["remedy"] = json!(remedy);
        }
        _ => {}
    }
    json!({ "error": told })
}

/// `text` in lines that fit the terminal, `indent` blanks before all but the first; one line elsewhere.
fn wrapped(text: &str, indent: usize) -> String {
    let terminal = Term::stderr();
    if !terminal.is_term() {
        return text.to_owned();
    }
    let width = usize::from(terminal.size().1).clamp(40, 110).saturating_sub(indent);
    lines_of(text, width).join(&format!("\n{}", " ".repeat(indent)))
}

/// The words of `text` in lines of at most `width` letters, as far as words are not longer.
fn lines_of(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn output_error(refusal: std::io::Error) -> Error {
    Error::writing(Path::new("standard output"), refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches words that are lost, and lines that are too long.
    #[test]
    fn text_is_wrapped_between_words() {
        let lines = lines_of("one two three fourteenletters five", 9);
        assert_eq!(lines, ["one two", "three", "fourteenletters", "five"]);
    }

    /// Scripts must be able to tell what is at fault without reading words.
    #[test]
    fn an_error_is_an_object_with_its_parts() {
        let error = Error::Setting(Fault::new("window", "2 or more", "1", "Take 2."));
        let told = json_of_error(&error, "window: ...");
        assert_eq!((&told["error"]["kind"], &told["error"]["found"]), (&json!("setting"), &json!("1")));
        assert_eq!(told["error"]["exit_code"], 2);
    }

    /// Catches a setting of the library that leaves users without the option to change, and a quantity taken
    /// for one.
    #[test]
    fn a_setting_is_told_with_its_option() {
        let options = ["frame-interval", "stride", "noise-ridge", "ridge"].map(str::to_owned);
        let console = Console::new(true, false, BTreeSet::from(options));
        let told = |subject: &str, message: &str| console.with_option(message.to_owned(), Some(subject));
        assert_eq!(told("frame interval", "State it."), "State it. (option --frame-interval)");
        assert_eq!(told("frame_interval", "Give --frame-interval."), "Give --frame-interval.");
        assert_eq!(told("lower bound", "It is low."), "It is low.");
        assert_eq!(told("force.stride", "Too long."), "Too long. (option --stride)");
        assert_eq!(told("force.ridge", "Too large."), "Too large. (option --noise-ridge)");
        assert_eq!(told("modes.ridge", "Too large."), "Too large. (option --ridge)");
    }
}
