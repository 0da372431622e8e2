//! Reads which movies a plan is of: named, or by a table.

use crate::csv_file::read_csv;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::files_of_pattern;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One movie.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// Its file; in a table as seen from the folder of the table.
    pub(crate) file: PathBuf,
    #[serde(default)]
    pub(crate) condition: Option<String>,
    #[serde(default)]
    pub(crate) replicate: Option<String>,
}

/// The movies that `paths` name: one table, or movies; a pattern names each of its files, but for single
/// frames, which together are one movie.
///
/// # Errors
/// [`Error::Setting`] for frames named one by one; [`Error::Format`] for a file that is no such table.
pub(crate) fn rows(paths: &[PathBuf]) -> Result<Vec<Row>> {
    if let [table] = paths
        && kind(table) == "csv"
    {
        return read(table);
    }
    let mut files = Vec::new();
    for path in paths {
        match files_of_pattern(path)? {
            Some(fitting) if fitting.iter().any(|file| kind(file) != "png") => files.extend(fitting),
            _ => files.push(path.clone()),
        }
    }
    if let Some(frame) = files.iter().find(|file| kind(file) == "png" && file.exists()) {
        let remedy = "Name the folder of the frames, or put the pattern in quotes: 'frames_*.png'.";
        return Err(Error::Setting(Fault::of_file(frame, "movies", "a single frame", remedy)));
    }
    if let Some(table) = files.iter().find(|file| kind(file) == "csv") {
        let remedy = "Name the table alone.";
        return Err(Error::Setting(Fault::of_file(table, "movies, or one table", "both", remedy)));
    }
    Ok(files.into_iter().map(|file| Row { file, condition: None, replicate: None }).collect())
}

fn kind(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Reads the table at `path`: columns `file` and, if wanted, `condition` and `replicate`, in any order.
fn read(path: &Path) -> Result<Vec<Row>> {
    let columns = "file and, if wanted, condition and replicate";
    let rows = read_csv(path, columns, "file,condition", |rows: &[Row]| {
        let have_condition = rows.iter().filter(|row| row.condition.is_some()).count();
        if rows.iter().any(|row| row.file.as_os_str().is_empty()) {
            return Some("a line without file".into());
        }
        (have_condition > 0 && have_condition < rows.len()).then(|| "a line without condition".into())
    })?;
    let home = path.parent().unwrap_or(Path::new(""));
    Ok(rows.into_iter().map(|row| Row { file: home.join(&row.file), ..row }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches frames of one movie that become as many tasks, and a table that is half understood.
    #[test]
    fn movies_are_named_or_stand_in_a_table() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        for name in ["a.tif", "b.tif", "f1.png", "f2.png"] {
            std::fs::write(at(name), "").unwrap();
        }
        assert_eq!(rows(&[at("*.tif")]).unwrap().len(), 2);
        assert_eq!(rows(&[at("f*.png"), at("a.tif")]).unwrap().len(), 2);
        assert!(rows(&[at("f1.png"), at("f2.png")]).is_err() && rows(&[at("*.avi")]).is_err());
        let table = |text: &str| {
            std::fs::write(at("table.csv"), text).unwrap();
            rows(&[at("table.csv")])
        };
        let read = table("condition,file\ndrug, a.tif\ncontrol,b.tif\n").unwrap();
        assert_eq!((&read[0].file, read[0].condition.as_deref()), (&at("a.tif"), Some("drug")));
        assert_eq!(table("file\na.tif\n").unwrap()[0].condition, None);
        for wrong in ["file\n", "file,kind\na.tif,x\n", "file,condition\na.tif,x\nb.tif,\n"] {
            assert!(table(wrong).is_err(), "{wrong}");
        }
    }
}
