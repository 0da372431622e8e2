//! Gathers the figures of a report with the numbers behind them, for the page and for files beside it.

use crate::figure::Figure;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::Result;
use std::fmt::Write as _;
use std::path::Path;

/// Bytes of a table that a page carries at most.
const MOST_BYTES: usize = 1_000_000;
/// Width of a PNG: 18 cm at 300 dots an inch.
const PNG_WIDTH: u32 = 2126;

/// One figure of a report.
#[derive(Debug)]
pub(super) struct Plate {
    /// Name of its files.
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) figure: Figure,
    /// What is seen, and what would be bad.
    pub(super) caption: String,
    /// The numbers, as comma-separated values with a header.
    pub(super) table: String,
}

impl Plate {
    /// A figure with its table: names of columns with their units, and rows of numbers.
    pub(super) fn new(
        name: &'static str,
        title: &str,
        figure: Figure,
        caption: impl Into<String>,
        header: &[&str],
        rows: impl IntoIterator<Item = Vec<f64>>,
    ) -> Self {
        let mut table = header.join(",") + "\n";
        for row in rows {
            let cells: Vec<String> = row.iter().map(|&value| number(value)).collect();
            writeln!(table, "{}", cells.join(",")).expect("a string takes every write");
        }
        Self { name, title: title.to_owned(), figure, caption: caption.into(), table }
    }

    /// The table, unless it is too long for a page.
    pub(super) fn small_table(&self) -> Option<&str> {
        (self.table.len() <= MOST_BYTES).then_some(&self.table)
    }

    /// Writes the figure as SVG and PNG, and its table, into `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = |extension: &str| folder.join(format!("{}.{extension}", self.name));
        self.figure.write_svg(&path("svg"))?;
        write_bytes(&path("png"), &self.figure.to_png(PNG_WIDTH)?)?;
        write_bytes(&path("csv"), self.table.as_bytes())
    }
}

/// A number to the last bit, small and large ones with their powers of ten; nothing where there is none.
fn number(value: f64) -> String {
    match value {
        _ if !value.is_finite() => String::new(),
        _ if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
        _ => format!("{value:?}"),
    }
}
