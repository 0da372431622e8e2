//! Keeps the fits that a comparison has finished, so that one that was stopped or killed goes on.

use super::member_folder::{home, home_of_bound};
use super::window::ChosenWindow;
use crate::estimator::record::RunRecord;
use crate::estimator::run_state::{RunState, Stage, hash_of};
use crate::estimator::single::{Kept, Single};
use crate::estimator::training::Training;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Result};
use cneep_movie::video::Video;
use std::path::{Path, PathBuf};

/// Folder of the fits below that of the run.
const FOLDER: &str = "unfinished";
/// What they belong to.
const KEY: &str = "key";
const WINDOW: &str = "window.json";

/// Fits of one comparison of one set of movies: the same comparison of the same movies takes them up, any
/// other takes them away. What is damaged or incomplete is fitted again.
#[derive(Debug)]
pub(in crate::estimator) struct KeptFits {
    folder: Option<PathBuf>,
}

impl KeptFits {
    /// Those of the run in `run`, in which nothing is kept if there is none.
    pub(super) fn of(run: Option<&Path>, videos: &[Video], training: &Training) -> Result<Self> {
        let Some(folder) = run.map(|run| run.join(FOLDER)) else { return Ok(Self { folder: None }) };
        let hashes: Vec<String> = videos.iter().map(Video::hash).collect::<Result<_>>()?;
        let belongs = [env!("CARGO_PKG_VERSION"), cneep_nn::instruction_set(), &training.to_toml()];
        let key = hash_of(
            [&belongs[..], &hashes.iter().map(String::as_str).collect::<Vec<_>>()]
                .concat()
                .join("\n")
                .as_bytes(),
        );
        if std::fs::read(folder.join(KEY)).is_ok_and(|found| found == key.as_bytes()) {
            return Ok(Self { folder: Some(folder) });
        }
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|refusal| Error::writing(&folder, refusal))?;
        }
        write_bytes(&folder.join(KEY), key.as_bytes())?;
        Ok(Self { folder: Some(folder) })
    }

    /// Takes the fits of the run in `run` away, which is complete, and those of the windows that bound it.
    pub(in crate::estimator) fn clear(run: &Path) {
        let bound = home_of_bound(run);
        // What cannot be taken away takes room and does no harm.
        let _ = std::fs::remove_dir_all(run.join(FOLDER));
        let _ = std::fs::remove_dir_all(bound.join(FOLDER));
        // Of windows that bound nothing there is nothing left.
        let _ = std::fs::remove_dir(bound);
    }

    /// The window that was chosen.
    pub(super) fn window(&self) -> Option<ChosenWindow> {
        let text = std::fs::read(self.folder.as_ref()?.join(WINDOW)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps the window that was chosen.
    pub(super) fn keep_window(&self, window: &ChosenWindow) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join(WINDOW);
        let text = serde_json::to_vec(window).map_err(|e| Error::writing(&path, e.into()))?;
        write_bytes(&path, &text)
    }

    /// The fit of an estimator that holds `fold` out, with its settings.
    pub(super) fn member(&self, estimator: &str, fold: usize) -> Option<Single> {
        let home = home(self.folder.as_ref()?, estimator, fold);
        let state = RunState::of(&home).ok()??;
        let is_whole = state.stage == Stage::Complete && state.check(&home).is_ok();
        let load = || Single::load(&home, Training::of_run(&home)?, RunRecord::read(&home)?, Kept::Best);
        if is_whole { load().ok() } else { None }
    }

    /// Keeps a fit that has ended.
    pub(super) fn keep(&self, estimator: &str, fold: usize, member: &Single) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let home = home(folder, estimator, fold);
        std::fs::create_dir_all(&home).map_err(|refusal| Error::writing(&home, refusal))?;
        RunState::begin(&home)?;
        member.save(&home)?;
        RunState::end(&home, Stage::Complete, &[])
    }
}
