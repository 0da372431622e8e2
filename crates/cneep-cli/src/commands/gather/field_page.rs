//! Puts the tiles of a field on one page: the map, the sum, each tile.

use super::analysed::Analysed;
use super::field_map::FieldMap;
use super::field_sum::FieldSum;
use super::page;
use crate::commands::analyze::folder::stem;
use crate::plan::{AnalysisTask, Found};
use cneep_movie::error::Result;
use cneep_report::report::html::Page;
use std::path::Path;

/// The page.
pub(super) fn page(
    found: &[Analysed],
    tasks: &Found<AnalysisTask>,
    map: &FieldMap,
    sum: &FieldSum,
) -> Result<Page> {
    let count = found.len() + tasks.not_done.len();
    let movie = found.first().and_then(|of| of.task.movies.first());
    let name = movie.map_or_else(|| "a field".into(), |movie| stem(Path::new(movie)));
    let mut page = Page::new(&format!("{count} tiles of {name}"));
    page.subtitle("Every tile by itself, by the same settings; each name leads to its own page.");
    match sum.withdrawn {
        0 => page.headline("sum of all tiles", &sum.rate, "tiles assumed independent; no bound"),
        withdrawn => {
            let why = format!("{withdrawn} of {} tiles have no verdict", found.len());
            page.headline_text("sum of all tiles", "STOP", &why)
        }
    };
    page::verdicts(&mut page, found, "tile");
    page.section("Where");
    let covered = 100.0 * map.covered();
    page.figure(
        &map.figure()?,
        "Map of the mean entropy production rate of the whole field",
        &format!(
            "Mean dissipation map of the field, in {}: each tile is the map of its own estimator, and sums \
             to its rate. Grey is what no tile covers; tiles cover {covered:.0} % of the field. Brown: \
             entropy is produced, blue: consumed.",
            map.unit
        ),
    );
    page.section("All tiles together");
    for sentence in sum.sentences() {
        page.paragraph(&sentence);
    }
    page.section("Tiles");
    let row = |of: &Analysed| {
        let mut cells = page::cells(of);
        let place = of.task.tile.as_ref().map(|tile| format!("{}, {}", tile.left, tile.top));
        let summary = of.summary();
        let rate = if summary.is_zero { "-".into() } else { summary.entropy_production_rate.to_string() };
        cells.splice(1..1, [place.unwrap_or_default(), rate]);
        (of.page.clone(), cells)
    };
    let rows: Vec<(String, Vec<String>)> = found.iter().map(row).collect();
    let head = ["tile", "left, top (pixels)", "rate", "verdict", "p", "adjusted p", "cautions"];
    page.linked_table(&head, &rows);
    page::not_done(&mut page, tasks, "tile");
    page.footer(&format!("cneep {}", env!("CARGO_PKG_VERSION")));
    Ok(page)
}
