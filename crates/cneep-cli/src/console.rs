//! Speaks to the user: results on standard output, cautions on standard error, progress on the screen.

use crate::progress::Bars;
use cneep_movie::progress::Progress;
use cneep_movie::{Caution, Error, Result};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Settings whose options have other names.
const RENAMED: [(&str, &str); 3] = [
    ("force.ridge", "noise-ridge"),
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
}

impl Console {
    /// A console that shows progress unless `quiet`, prints results as JSON if `json`, and names the
    /// `options` that state what errors and cautions are about.
    pub fn new(quiet: bool, json: bool, options: BTreeSet<String>) -> Self {
        Self { json, bars: Bars::new(quiet), options }
    }

    /// What to hand to a long computation.
    pub fn progress(&self) -> &dyn Progress {
        &self.bars
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

    /// Tells `cautions` on standard error.
    pub fn tell<'a>(&self, cautions: impl IntoIterator<Item = &'a Caution>) {
        for caution in cautions {
            let text = self.with_option(caution.to_string(), caution.setting());
            self.bars.hidden_while(|| eprintln!("caution: {text}"));
        }
    }

    /// Tells of something that was left out, on standard error.
    pub fn note(&self, text: &str) {
        self.bars.hidden_while(|| eprintln!("note: {text}"));
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
        self.bars.hidden_while(|| eprintln!("error: {text}"));
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

fn output_error(refusal: std::io::Error) -> Error {
    Error::writing(Path::new("standard output"), refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

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
