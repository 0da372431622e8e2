//! Says which build of the program this is, and what it computes with.

use clap::Args;
use cneep_cli::console::Console;
use cneep_movie::error::Result;
use serde::Serialize;
use std::fmt;
use std::num::NonZeroUsize;

/// Print the version; with --verbose what it was built from, for what machine, and what it computes with here
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep version --verbose (or cneep --version --verbose)")]
pub(crate) struct Version {
    /// Tell commit, target, allocator, instruction set and threads too
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Serialize)]
struct Told {
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<Build>,
}

#[derive(Serialize)]
struct Build {
    /// Commit it was built from, as who built it says.
    commit: &'static str,
    target: String,
    allocator: &'static str,
    features: &'static str,
    instruction_set: &'static str,
    threads: usize,
}

impl Version {
    /// Prints it.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let build = self.verbose.then(|| Build {
            commit: option_env!("CNEEP_COMMIT").unwrap_or("not stated at the build (CNEEP_COMMIT)"),
            target: target(),
            allocator: crate::ALLOCATOR,
            features: "npz, png, tiff, hdf5, zarr, h264, gif",
            instruction_set: cneep::estimator::instruction_set(),
            threads: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        });
        console.print(&Told { version: env!("CARGO_PKG_VERSION"), build })
    }
}

/// Processor, system and C library that it was built for.
fn target() -> String {
    let library = match () {
        () if cfg!(target_env = "musl") => ", musl",
        () if cfg!(target_env = "gnu") => ", gnu",
        () if cfg!(target_env = "msvc") => ", msvc",
        () => "",
    };
    format!("{} {}{library}", std::env::consts::ARCH, std::env::consts::OS)
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cneep {}", self.version)?;
        let Some(build) = &self.build else { return Ok(()) };
        let lines = [
            ("commit", build.commit.to_owned()),
            ("target", build.target.clone()),
            ("allocator", build.allocator.to_owned()),
            ("features", build.features.to_owned()),
            ("instruction set", build.instruction_set.to_owned()),
            ("threads", build.threads.to_string()),
        ];
        lines.iter().try_for_each(|(name, value)| write!(f, "\n{name:<16} {value}"))
    }
}
