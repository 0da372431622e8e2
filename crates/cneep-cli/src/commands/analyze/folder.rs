//! Knows where everything of an analysis lies, and what it is an analysis of.

use super::super::relative_path::{absolute, relative};
use super::super::results::{read_json, write_json};
use cneep::estimator::Training;
use cneep_cli::opening::Opening;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The folder of an analysis, such as `cell.cneep`.
#[derive(Debug, Clone)]
pub(crate) struct AnalysisFolder(PathBuf);

/// What an analysis is of, and how far it has come: `analysis.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Version that wrote it.
    pub(crate) version: String,
    /// Files of the movies, as seen from the folder of the analysis where there is such a path.
    pub(crate) files: Vec<PathBuf>,
    /// Hashes of the movies in them.
    pub(crate) hashes: Vec<String>,
    /// How they were opened.
    pub(crate) opening: Opening,
    /// Settings of the training, as in a settings file.
    pub(crate) settings: String,
    /// Hash of the labels of regions, if there are any.
    pub(crate) regions: Option<String>,
    /// Whether all was done.
    pub(crate) is_complete: bool,
}

impl AnalysisFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The folder that an analysis of the files at `paths` gets unless one is named: in the current folder,
    /// called after the first.
    pub(crate) fn named_after(paths: &[PathBuf]) -> Self {
        let stem = paths.first().map_or_else(|| "movie".into(), |path| stem(path));
        Self(PathBuf::from(match paths.len() {
            0 | 1 => format!("{stem}.cneep"),
            count => format!("{stem}_and_{}_more.cneep", count - 1),
        }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    pub(crate) fn figures(&self) -> PathBuf {
        self.0.join("figures")
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    pub(crate) fn summary(&self) -> PathBuf {
        self.0.join("summary.json")
    }

    pub(crate) fn transitions(&self) -> PathBuf {
        self.0.join("transitions.csv")
    }

    pub(crate) fn maps(&self) -> PathBuf {
        self.0.join("maps.tif")
    }

    fn state_path(&self) -> PathBuf {
        self.0.join("analysis.json")
    }

    /// What it is an analysis of; none if it is not there.
    ///
    /// # Errors
    /// [`Error::Setting`] for a folder of something else.
    pub(crate) fn state(&self) -> Result<Option<State>> {
        let path = self.state_path();
        if path.exists() {
            return read_json(&path).map(Some);
        }
        let is_occupied = self.0.is_file()
            || self.0.read_dir().is_ok_and(|mut entries| {
                entries.any(|entry| {
                    entry.is_ok_and(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
                })
            });
        if is_occupied {
            let remedy = "Choose another folder (-o DIR); nothing was changed.";
            let fault = Fault::of_file(&self.0, "an analysis, or nothing", "something else", remedy);
            return Err(Error::Setting(fault));
        }
        Ok(None)
    }

    pub(crate) fn write_state(&self, state: &State) -> Result<()> {
        write_json(&self.state_path(), state)
    }

    /// The analysis that must be there.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is none.
    pub(crate) fn existing(path: &Path) -> Result<(Self, State)> {
        let folder = Self(path.to_path_buf());
        match folder.state()? {
            Some(state) => Ok((folder, state)),
            None => Err(Error::Setting(Fault::of_file(
                path,
                "an analysis (made by `cneep analyze`)",
                "none",
                "Analyse the movie first: cneep analyze MOVIE.",
            ))),
        }
    }

    /// Takes away all that an analysis holds, and leaves what is not of it.
    pub(crate) fn clear(&self) -> Result<()> {
        for folder in [self.run(), self.figures(), self.unfinished()] {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).map_err(|refusal| Error::writing(&folder, refusal))?;
            }
        }
        for file in [self.state_path(), self.report(), self.summary(), self.transitions(), self.maps()] {
            if file.exists() {
                std::fs::remove_file(&file).map_err(|refusal| Error::writing(&file, refusal))?;
            }
        }
        Ok(())
    }

    /// Takes away what a program that was killed had begun to write.
    pub(crate) fn sweep(&self) {
        for folder in [self.path(), &self.figures(), &self.run()] {
            for entry in folder.read_dir().into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(".cneep-") {
                    // What cannot be taken away takes room and does no harm.
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
    }

    /// Takes away what only served to go on: the analysis is complete.
    pub(crate) fn clear_unfinished(&self) {
        // What cannot be taken away takes room and does no harm.
        let _ = std::fs::remove_dir_all(self.unfinished());
    }

    /// What serves to go on.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.0.join("unfinished")
    }

    /// Where the files of the analysis are now, of which `state` tells.
    pub(crate) fn sources(&self, state: &State) -> Vec<PathBuf> {
        state.files.iter().map(|file| self.0.join(file)).collect()
    }
}

impl State {
    /// That of an analysis of `videos`, opened from the files at `paths`, which begins in
    /// `folder`.
    pub(crate) fn new(
        folder: &AnalysisFolder,
        paths: &[PathBuf],
        videos: &[Video],
        opening: Opening,
        settings: &Training,
        regions: Option<String>,
    ) -> Result<Self> {
        let home = absolute(folder.path());
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").into(),
            files: paths.iter().map(|path| relative(&home, &absolute(path))).collect(),
            hashes: videos.iter().map(Video::hash).collect::<Result<_>>()?,
            opening,
            settings: settings.to_toml(),
            regions,
            is_complete: false,
        })
    }

    /// Whether both were trained alike: the same frames, by the same settings.
    pub(crate) fn trains_as(&self, other: &Self) -> bool {
        self.settings == other.settings && self.hashes == other.hashes
    }

    /// Whether nothing that the results hang on differs.
    pub(crate) fn is_of_the_same(&self, other: &Self) -> bool {
        self.trains_as(other)
            && self.opening == other.opening
            && self.regions == other.regions
            && self.version == other.version
    }
}

/// What the movie at `path` is called: its file without the extension, with the signs of a pattern left out;
/// its folder if nothing is left.
pub(crate) fn stem(path: &Path) -> String {
    let plain = |part: &std::ffi::OsStr| {
        let text = part.to_string_lossy();
        let outside: String = text.split('[').filter_map(|piece| piece.rsplit(']').next()).collect();
        outside.replace(['*', '?', ':'], "").trim_matches(['_', '-', ' ', '.']).to_owned()
    };
    let folder = path.parent().and_then(Path::file_name);
    let names = path.file_stem().into_iter().chain(folder).map(plain);
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "movie".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_analysis_is_called_after_its_movie() {
        let named = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            AnalysisFolder::named_after(&paths).path().display().to_string()
        };
        assert_eq!(named(&["data/cell.tif"]), "cell.cneep");
        assert_eq!(named(&["a.tif", "b.tif", "c.tif"]), "a_and_2_more.cneep");
        assert_eq!(named(&["data/cell_*.tif"]), "cell.cneep");
        assert_eq!(named(&["data/dish 3/*.png"]), "dish 3.cneep");
        assert_eq!(named(&["data/t[0-9]?.png"]), "t.cneep");
        assert_eq!(named(&["*"]), "movie.cneep");
    }

    /// Catches a folder of something else that is written over.
    #[test]
    fn a_folder_of_something_else_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = AnalysisFolder::new(home.path().join("cell.cneep"));
        assert_eq!(folder.state().unwrap(), None);
        std::fs::create_dir_all(folder.path()).unwrap();
        assert_eq!(folder.state().unwrap(), None);
        std::fs::write(folder.path().join("diary.txt"), "").unwrap();
        assert!(folder.state().is_err() && AnalysisFolder::existing(home.path()).is_err());
    }
}
