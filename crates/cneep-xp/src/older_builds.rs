//! Reads the list of results that an older build made, and that still stand.

use cneep_movie::error::{Error, Fault, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Beside the folders of results: `NAME = "reason"` of each that an older build made.
const LIST: &str = "older_builds.toml";

/// The results in `folder` that are marked, with the reasons; none without a list.
pub(crate) fn marked(folder: &Path) -> Result<BTreeMap<String, String>> {
    let path = folder.join(LIST);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = cneep_movie::input_file::read_text(&path, "a list")?;
    toml::from_str(&text).map_err(|e| {
        let remedy = "Give a line NAME = \"reason\" for each.";
        let found = e.to_string().trim_end().to_owned();
        Error::Format(Fault::of_file(&path, "a list of results with reasons", found, remedy))
    })
}

/// Why the result in `folder` is one of an older build, if the list beside it says so.
pub(crate) fn reason(folder: &Path) -> Result<Option<String>> {
    let Some((name, parent)) = folder.file_name().zip(folder.parent()) else { return Ok(None) };
    Ok(marked(parent)?.remove(&*name.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a mark that is looked for in the wrong folder, and a list that is broken taken for an empty
    /// one.
    #[test]
    fn a_result_is_marked_by_the_list_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(reason(&folder.path().join("noise")).unwrap(), None);
        std::fs::write(folder.path().join(LIST), "noise = \"no time\"").unwrap();
        assert_eq!(reason(&folder.path().join("noise")).unwrap().as_deref(), Some("no time"));
        assert_eq!(reason(&folder.path().join("binning")).unwrap(), None);
        std::fs::write(folder.path().join(LIST), "noise").unwrap();
        assert!(reason(&folder.path().join("noise")).unwrap_err().to_string().contains(LIST));
    }
}
