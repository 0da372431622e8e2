//! Writes what a shell needs to complete the program's words.

use clap::{Args, Command};
use clap_complete::Shell;
use cneep_cli::console::Console;
use cneep_movie::error::Result;
use serde::Serialize;
use std::fmt;

/// Print completions of verbs and options for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example: cneep completions bash > ~/.local/share/bash-completion/completions/cneep\n\
    Example: cneep completions zsh > ~/.zfunc/_cneep\n\
    Example: cneep completions fish > ~/.config/fish/completions/cneep.fish"
)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Serialize)]
struct Script {
    completions: String,
}

impl Completions {
    /// Prints those of `program`.
    pub(crate) fn run(&self, mut program: Command, console: &Console) -> Result<()> {
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut program, "cneep", &mut bytes);
        console.print(&Script { completions: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.completions)
    }
}
