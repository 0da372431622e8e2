//! Gathers the tiles of a field: their table, one map, the sum of their rates.

use super::super::results::{begin_anew, write_json};
use super::analysed::{self, in_words, verdicts};
use super::field_map::{FieldMap, MAP};
use super::field_sum::FieldSum;
use super::{FORMAT, GATHERED, PAGE, Plan, TABLE, field_page, table};
use crate::plan::{AnalysisTask, Found, ranges};
use cneep_cli::console::Console;
use cneep_movie::error::{Error, Fault, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What was gathered.
#[derive(Serialize)]
struct Gathered {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    tiles: usize,
    not_done: Vec<usize>,
    verdicts: BTreeMap<&'static str, usize>,
    #[serde(flatten)]
    sum: FieldSum,
    /// Unit of the pixels of the map.
    map_unit: String,
    /// Share of the pixels of the field that lie in a tile that is done.
    covered: f64,
}

/// Gathers the tiles of `plan` that were found in `tasks` into the folder `output`.
pub(super) fn gather(
    plan: &Plan,
    tasks: &Found<AnalysisTask>,
    output: &Path,
    console: &Console,
) -> Result<()> {
    let found = analysed::all(plan, tasks, output)?;
    if found.is_empty() {
        let remedy = format!("Do some first: cneep work {} --all.", plan.path().display());
        let fault = Fault::of_file(plan.path(), "at least one tile that is done", "none", remedy);
        return Err(Error::Setting(fault));
    }
    let map = FieldMap::of(&found)?;
    let sum = FieldSum::of(plan, &found)?;
    begin_anew(&output.join(GATHERED))?;
    let own = |task: &AnalysisTask| {
        let of = task.tile.iter().flat_map(|of| [of.row, of.column, of.left, of.top, of.side]);
        of.map(|number| number.to_string()).collect()
    };
    let head = ["row", "column", "left (pixels)", "top (pixels)", "side (pixels)"];
    table::write(&found, &head, own, &output.join(TABLE))?;
    map.write(output)?;
    field_page::page(&found, tasks, &map, &sum)?.write(&output.join(PAGE))?;
    let gathered = Gathered {
        format: FORMAT,
        folder: Some(output.to_path_buf()),
        tiles: found.len(),
        not_done: tasks.numbers_not_done(),
        verdicts: verdicts(&found),
        sum,
        covered: map.covered(),
        map_unit: map.unit,
    };
    console.print(&gathered)?;
    // Without the name of the folder, which may be moved.
    write_json(&output.join(GATHERED), &Gathered { folder: None, ..gathered })
}

impl fmt::Display for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} tiles: {}", self.tiles, in_words(&self.verdicts))?;
        if !self.not_done.is_empty() {
            let numbers = ranges::written(&self.not_done);
            writeln!(f, "not done, and empty in the map: {numbers}")?;
        }
        writeln!(f, "{}", self.sum)?;
        let Some(folder) = &self.folder else { return Ok(()) };
        let covered = 100.0 * self.covered;
        let (map, unit) = (folder.join(MAP), &self.map_unit);
        writeln!(f, "map:  {} ({unit}, {covered:.0} % of the field)", map.display())?;
        write!(f, "page: {}", folder.join(PAGE).display())
    }
}
