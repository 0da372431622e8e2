//! Reads and writes tables of comma-separated values.

use cneep_movie::atomic_file::write_atomically;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use cneep_movie::units::Measured;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Reads the table at `path`, one line a movie, with these `columns` (in words) in any order, under a head
/// such as `head`. `fault` tells what is wrong with its rows, if anything is.
///
/// # Errors
/// [`Error::Format`] for a file that is no such table, or has no line; [`Error::Io`] for one that cannot be
/// read.
pub(crate) fn read_csv<R: DeserializeOwned>(
    path: &Path,
    columns: &str,
    head: &str,
    fault: impl Fn(&[R]) -> Option<String>,
) -> Result<Vec<R>> {
    let wrong = |found: String| {
        let expected = format!("a table (CSV) with the columns {columns}");
        let remedy = format!("Write a head `{head}` and one line a movie, with commas between.");
        Error::Format(Fault::of_file(path, expected, found, remedy))
    };
    let text = input_file::read_text(path, "a table")?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<R> =
        reader.deserialize().collect::<std::result::Result<_, _>>().map_err(|e| wrong(e.to_string()))?;
    if rows.is_empty() {
        return Err(wrong("no line".into()));
    }
    match fault(&rows) {
        Some(found) => Err(wrong(found)),
        None => Ok(rows),
    }
}

/// Writes rows under a head, whole or not at all.
pub(crate) fn write_csv(path: &Path, head: &[String], rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
    write_atomically(path, |writer| {
        let mut table = csv::Writer::from_writer(writer);
        table.write_record(head)?;
        for row in rows {
            table.write_record(&row)?;
        }
        table.flush()
    })
}

/// A number as a cell, which is empty if it is not known.
pub(crate) fn cell(number: Option<f64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// Value and both ends of the interval as three cells.
pub(crate) fn with_interval(of: Option<&Measured>) -> [String; 3] {
    let [low, high] = of.and_then(|of| of.confidence_interval).map_or([None; 2], |ends| ends.map(Some));
    [of.map(|of| of.value), low, high].map(cell)
}
