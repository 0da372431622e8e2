//! Reads the table of movies, conditions and replicates.

use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One movie of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// Its file, as seen from the folder of the table.
    pub(super) file: PathBuf,
    /// Its condition.
    pub(super) condition: String,
    /// What it has in common with a movie of another condition.
    #[serde(default)]
    pub(super) replicate: Option<String>,
}

/// Reads the table at `path`: columns `file`, `condition` and, if wanted, `replicate`, in any order.
///
/// # Errors
/// [`Error::Format`] for a file that is no such table; [`Error::Io`] for one that cannot be read.
pub(super) fn read_table(path: &Path) -> Result<Vec<Row>> {
    let wrong = |found: String| {
        let expected = "a table (CSV) with the columns file, condition and, if wanted, replicate";
        let remedy = "Write a head `file,condition,replicate` and one line a movie, with commas between.";
        Error::Format(Fault::of_file(path, expected, found, remedy))
    };
    let text = input_file::read_text(path, "a table")?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<Row> =
        reader.deserialize().collect::<std::result::Result<_, _>>().map_err(|e| wrong(e.to_string()))?;
    match rows.iter().find(|row| row.condition.is_empty() || row.file.as_os_str().is_empty()) {
        Some(row) => Err(wrong(format!("a line without file or condition: {}", row.file.display()))),
        None if rows.is_empty() => Err(wrong("no line".into())),
        None => Ok(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches columns in another order, blanks of a spreadsheet, its byte order mark, and a column that is
    /// misspelt and ignored.
    #[test]
    fn tables_of_spreadsheets_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            let path = folder.path().join("table.csv");
            std::fs::write(&path, text).unwrap();
            read_table(&path)
        };
        let rows = read("\u{feff}condition, file\r\ncontrol, a 1.tif\r\ndrug,b.tif\r\n").unwrap();
        assert_eq!((rows[0].file.to_str(), rows[1].condition.as_str()), (Some("a 1.tif"), "drug"));
        assert_eq!(rows[0].replicate, None);
        let rows = read("file,condition,replicate\na.tif,control,cell 1\n").unwrap();
        assert_eq!(rows[0].replicate.as_deref(), Some("cell 1"));
        for text in [
            "file,condition\n",
            "file;condition\na.tif;control\n",
            "file,kind\na.tif,control\n",
            "file,condition\n,x\n",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
