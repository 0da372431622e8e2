//! Estimates movies by the run of an analysis, with what it knows of interval, exposure and axes.

use super::apply;
use super::folder::AnalysisFolder;
use super::output::Told;
use crate::commands::movies::Movies;
use crate::commands::regions::RegionsFile;
use clap::Args;
use cneep::estimator::Estimator;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_cli::opening::Opening;
use cneep_movie::error::Result;
use cneep_movie::video::refuse_copies;
use std::path::PathBuf;

/// Estimate other movies by the run of an analysis
///
/// Frame interval, exposure, pixel size, axes and channel are those of the analysis, where files do not say
/// otherwise. Writes the same files as `analyze`, in k_B/s or k_B/frame, into added/NAME in its folder.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep add cell.cneep new.tif")]
pub(crate) struct Add {
    /// Folder that `cneep analyze` wrote
    #[arg(value_name = "ANALYSIS")]
    analysis: PathBuf,
    #[command(flatten)]
    movies: Movies,
    /// Folder for the results [default: added/NAME in ANALYSIS]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    regions: RegionsFile,
}

impl Add {
    /// Estimates, maps, writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let run = self.movies.run_at(&self.analysis)?;
        let estimator = interrupt::ending_at_once(|| Estimator::load(&run))?;
        let opening = Opening::of_run(&run);
        let videos = self.movies.scales().open(self.movies.paths(), opening.as_ref())?.told(console);
        interrupt::ending_at_once(|| refuse_copies(&videos))?;
        let labels = self.regions.read(&videos)?;
        let named = AnalysisFolder::named_after(self.movies.paths());
        let stem = named.path().file_stem().map(PathBuf::from).unwrap_or_default();
        let output = self.output.clone().unwrap_or_else(|| self.analysis.join("added").join(stem));
        let folder = AnalysisFolder::new(output);
        let summary = apply(console, &folder, &estimator, &videos, labels.as_ref())?;
        console.stages_end();
        let told = Told {
            folder: folder.path().to_path_buf(),
            report: folder.report(),
            nothing_to_do: None,
            summary: &summary,
        };
        console.tell(told.cautions());
        console.print(&told)
    }
}
