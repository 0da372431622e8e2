//! Gathers what the tasks of a plan have found: one table, one page, conditions compared, or one map.

mod analysed;
mod conditions;
mod field;
mod field_map;
mod field_page;
mod field_sum;
mod movies;
mod page;
mod table;

use crate::plan::{AnalysisTask, Found, PlanFolder};
use clap::Args;
use cneep_cli::console::Console;
use cneep_movie::error::Result;
use std::path::PathBuf;

/// The form of `gathered.json`.
const FORMAT: u32 = 1;
/// The file with it, which is the last that is written.
const GATHERED: &str = "gathered.json";
/// The table.
const TABLE: &str = "results.csv";
/// The page.
const PAGE: &str = "report.html";

/// Gather the results of all tasks of a plan: one table, one page, conditions compared
///
/// Writes results.csv (one line a movie: rate, bounds and detection limit in k_B/s, or k_B/frame without a
/// frame interval, with their 95 % intervals; p-values as they are, and adjusted for how many movies there
/// are), report.html (all verdicts, each with the way to its own page) and, last, gathered.json. If the plan
/// was made from a table with conditions, comparison/ holds what `cneep compare` says of them, which trains
/// once more, on all movies. Of the tiles of a field (`cneep plan train`) there is a line a tile, the sum of
/// their rates, mean_dissipation_map.tif and .png of the whole field (k_B/s per pixel; no number where no
/// tile is) and, if tiles have a gap, the bound of all, under the assumption that they are independent, with
/// the test of it that --regions has. A plan that is not complete is refused, unless --partial.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep gather plan -o result")]
pub(crate) struct Gather {
    /// Folder of the plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Folder for the results
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Gather what is done, and name what is not; conditions are not compared then, and tiles that are
    /// missing are left empty
    #[arg(long)]
    partial: bool,
    /// Leave out the comparison of conditions, and its training
    #[arg(long)]
    no_comparison: bool,
    /// Movies of both conditions with the same replicate in the table belong together
    #[arg(long)]
    paired: bool,
}

type Plan = PlanFolder<AnalysisTask>;

impl Gather {
    /// Gathers them.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let plan: Plan = PlanFolder::read(&self.plan)?;
        let tasks = Found::of(&plan)?;
        if !self.partial {
            tasks.check_complete(&plan, ", or gather what there is (--partial)")?;
        }
        tasks.tell_instruction_sets(console);
        if plan.tasks().any(|task| task.tile.is_some()) {
            field::gather(&plan, &tasks, &self.output, console)
        } else {
            self.movies(&plan, &tasks, console)
        }
    }
}
