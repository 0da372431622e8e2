//! Speaks to the user: results on standard output, cautions on standard error, progress on the screen.

use crate::flags::with_flag;
use crate::progress::Bars;
use cneep_movie::progress::Progress;
use cneep_movie::{Caution, Error, Result};
use serde::Serialize;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The user's end of a run.
#[derive(Debug)]
pub(crate) struct Console {
    json: bool,
    bars: Bars,
}

impl Console {
    /// A console that shows progress unless `quiet`, and prints results as JSON if `json`.
    pub(crate) fn new(quiet: bool, json: bool) -> Self {
        Self { json, bars: Bars::new(quiet) }
    }

    /// What to hand to a long computation.
    pub(crate) fn progress(&self) -> &dyn Progress {
        &self.bars
    }

    /// Prints the result of the run: in words, or as one JSON object.
    pub(crate) fn print<T: Serialize + Display>(&self, result: &T) -> Result<()> {
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
    pub(crate) fn tell<'a>(&self, cautions: impl IntoIterator<Item = &'a Caution>) {
        for caution in cautions {
            let told = with_flag(caution, caution.setting());
            self.bars.hidden_while(|| eprintln!("caution: {told}"));
        }
    }
}

fn output_error(refusal: std::io::Error) -> Error {
    Error::writing(Path::new("standard output"), refusal)
}
