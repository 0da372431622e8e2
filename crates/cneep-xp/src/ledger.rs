//! Keeps `scores.csv`, so that a run that was stopped goes on where it was.

use super::scores::{Scores, UNITS};
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use std::path::{Path, PathBuf};

/// The file of all scores.
pub(crate) const SCORES: &str = "scores.csv";

/// The scores in an experiment's folder.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
    rows: Vec<Scores>,
}

impl Ledger {
    /// The ledger in `folder`; empty if there is none.
    ///
    /// # Errors
    /// [`Error::Format`] for a file of other rows.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(SCORES);
        if !path.exists() {
            return Ok(Self { path, rows: Vec::new() });
        }
        let wrong = |found: String| {
            let remedy = "Move it away, or choose another folder with -o.";
            Error::Format(Fault::of_file(&path, "scores of an experiment", found, remedy))
        };
        let reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(&path);
        let rows = reader.map_err(|e| wrong(e.to_string()))?.into_deserialize();
        let rows = rows.collect::<std::result::Result<_, _>>().map_err(|e| wrong(e.to_string()))?;
        Ok(Self { path, rows })
    }

    /// A ledger of these `rows` for `folder`; nothing is written yet.
    pub(crate) fn of(folder: &Path, rows: Vec<Scores>) -> Self {
        Self { path: folder.join(SCORES), rows }
    }

    /// All rows.
    pub(crate) fn into_rows(self) -> Vec<Scores> {
        self.rows
    }

    /// The row with this hash of its settings.
    pub(crate) fn find(&self, settings_hash: &str) -> Option<&Scores> {
        self.rows.iter().find(|row| row.settings_hash == settings_hash)
    }

    /// Adds a row, and writes all of them, whole or not at all.
    pub(crate) fn append(&mut self, scores: Scores) -> Result<()> {
        self.rows.push(scores);
        self.write()
    }

    /// Writes all rows, whole or not at all.
    pub(crate) fn write(&self) -> Result<()> {
        write_bytes(&self.path, &self.bytes()?)
    }

    /// The file with all rows.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut table = csv::Writer::from_writer(UNITS.as_bytes().to_vec());
        for row in &self.rows {
            table.serialize(row).map_err(|refusal| Error::writing(&self.path, refusal.into()))?;
        }
        table.into_inner().map_err(|refusal| Error::writing(&self.path, refusal.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches numbers that lose digits on the disk, empty cells read as zero, and rows that overwrite each
    /// other.
    #[test]
    fn rows_are_found_again_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let row = |hash: &str| Scores {
            case: "simulate.frames = 500, \"a\"".into(),
            settings_hash: hash.into(),
            rate: 0.1 + 0.2,
            bound: Some(-1e-17),
            part_map_rates: "1 2".into(),
            ..Scores::default()
        };
        let mut ledger = Ledger::open(folder.path()).unwrap();
        ledger.append(row("a")).unwrap();
        ledger.append(row("b")).unwrap();
        let again = Ledger::open(folder.path()).unwrap();
        assert_eq!((again.find("a"), again.find("b")), (Some(&row("a")), Some(&row("b"))));
        assert_eq!(again.find("c"), None);
        std::fs::write(folder.path().join("scores.csv"), "a,b\n1,2\n").unwrap();
        assert!(Ledger::open(folder.path()).unwrap_err().to_string().contains("scores.csv"));
    }
}
