//! Reads the table of movies, conditions and replicates.

use crate::csv_file::read_csv;
use cneep_movie::error::Result;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One movie of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its file, as seen from the folder of the table.
    pub file: PathBuf,
    /// Its condition.
    pub condition: String,
    /// What it has in common with a movie of another condition.
    #[serde(default)]
    pub replicate: Option<String>,
}

/// Reads the table at `path`: columns `file`, `condition` and, if wanted, `replicate`, in any order.
///
/// # Errors
/// [`cneep_movie::Error::Format`] for a file that is no such table, or has no line.
pub fn read_table(path: &Path) -> Result<Vec<Row>> {
    let columns = "file, condition and, if wanted, replicate";
    read_csv(path, columns, "file,condition,replicate", |rows: &[Row]| {
        let is_bare = |row: &&Row| row.condition.is_empty() || row.file.as_os_str().is_empty();
        let bare = rows.iter().find(is_bare)?;
        Some(format!("a line without file or condition: {}", bare.file.display()))
    })
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
