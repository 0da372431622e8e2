//! Writes the pages of the manual.

use clap::{Args, Command};
use clap_mangen::Man;
use cneep_cli::console::Console;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Result};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Write the manual for `man`: one page for the program and one a verb
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep man -o ~/.local/share/man/man1 && man cneep-analyze")]
pub(crate) struct Manual {
    /// Folder for the pages
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

#[derive(Serialize)]
struct Written {
    pages: Vec<PathBuf>,
}

impl Manual {
    /// Writes that of `program`.
    pub(crate) fn run(&self, mut program: Command, console: &Console) -> Result<()> {
        program.build();
        let mut pages = Vec::new();
        write(&program, "cneep", &self.output, &mut pages)?;
        console.print(&Written { pages })
    }
}

/// Writes the page of `command`, which is called `name`, and those of all its verbs.
fn write(command: &Command, name: &str, folder: &Path, pages: &mut Vec<PathBuf>) -> Result<()> {
    let path = folder.join(format!("{name}.1"));
    let mut bytes = Vec::new();
    let page = Man::new(command.clone().display_name(name.to_owned()));
    page.render(&mut bytes).map_err(|refusal| Error::writing(&path, refusal))?;
    write_bytes(&path, &bytes)?;
    pages.push(path);
    let verbs = command.get_subcommands().filter(|verb| verb.get_name() != "help");
    verbs.into_iter().try_for_each(|verb| write(verb, &format!("{name}-{}", verb.get_name()), folder, pages))
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.pages.first().and_then(|page| page.parent()).unwrap_or(Path::new(""));
        write!(f, "{} pages in {}", self.pages.len(), folder.display())
    }
}
