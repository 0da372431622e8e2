//! Opens the page of an analysis.

use super::folder::AnalysisFolder;
use clap::Args;
use cneep_cli::console::Console;
use cneep_movie::error::{Error, Fault, Result};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Open the page of an analysis in the browser
///
/// Rates on it are in k_B/s, or in k_B/frame without a frame interval.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep open cell.cneep")]
pub(crate) struct Open {
    /// Folder that `cneep analyze` wrote
    #[arg(value_name = "ANALYSIS")]
    analysis: PathBuf,
}

/// Which page.
#[derive(Serialize)]
struct Opened {
    report: PathBuf,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "report: {}", self.report.display())
    }
}

impl Open {
    /// Opens it.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let (folder, _) = AnalysisFolder::existing(&self.analysis)?;
        let report = folder.report();
        if !report.exists() {
            let remedy = "The analysis did not come to its end: run `cneep analyze` again.";
            return Err(Error::Setting(Fault::of_file(&report, "a page", "none", remedy)));
        }
        console.print(&Opened { report: report.clone() })?;
        show(console, &report);
        Ok(())
    }
}

/// Lets the system open a page; where it cannot, that is said.
pub(crate) fn show(console: &Console, page: &Path) {
    let page = page.canonicalize().unwrap_or_else(|_| page.to_path_buf());
    let mut program = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut shell = Command::new("cmd");
        shell.args(["/C", "start", ""]);
        shell
    } else {
        Command::new("xdg-open")
    };
    let quiet = program.arg(&page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if quiet.spawn().is_err() {
        console.note(&format!("no browser could be started; open {} in one", page.display()));
    }
}
