//! States what all tasks of a plan have in common.

use crate::plan::folder::name_of;
use crate::plan::manifest::hash;
use crate::plan::movie_hash::hash_of;
use crate::plan::table::Row;
use crate::plan::{AnalysisTask, Stated};
use cneep_movie::error::Result;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::collections::BTreeMap;
use std::path::Path;

/// What all tasks of a plan have in common.
pub(super) struct SharedByTasks<'a> {
    plan: &'a Path,
    /// SHA-256 of the settings.
    settings: String,
    /// What holds for each movie; the rest stands in the settings. Files as seen from the plan.
    pub(super) options: Vec<Stated>,
    /// SHA-256 of the files that options name.
    files: BTreeMap<String, String>,
}

impl<'a> SharedByTasks<'a> {
    /// That of the tasks of `plan` by `settings`, for which these `options` were stated.
    pub(super) fn of(plan: &'a Path, settings: &str, options: &[Stated]) -> Result<Self> {
        let in_settings = ["compare", "settings", "seed"];
        let mut options = options.to_vec();
        options.retain(|of| !in_settings.contains(&of.option.as_str()));
        for of in options.iter_mut().filter(|of| of.is_file) {
            let path = of.value.as_deref().unwrap_or_default();
            of.value = Some(name_of(plan, Path::new(path)));
        }
        let files = options.iter().filter(|of| of.is_file).filter_map(|of| of.value.clone());
        let files =
            files.map(|file| hash_of(&plan.join(&file)).map(|hash| (file, hash))).collect::<Result<_>>()?;
        Ok(Self { plan, settings: hash(settings.as_bytes()), options, files })
    }

    /// The task of this `number` and `name` on `movies`, each a path as seen from the plan with its hash.
    pub(super) fn task(&self, number: usize, name: String, movies: &[(String, String)]) -> AnalysisTask {
        let inputs = self.files.iter().map(|(file, hash)| (file.clone(), hash.clone()));
        AnalysisTask {
            number,
            name,
            movies: movies.iter().map(|(movie, _)| movie.clone()).collect(),
            tile: None,
            condition: None,
            replicate: None,
            options: self.options.clone(),
            settings: self.settings.clone(),
            inputs: inputs.chain(movies.iter().cloned()).collect(),
        }
    }

    /// The movies of `rows`, each as seen from the plan with its hash.
    pub(super) fn movies(&self, rows: &[Row]) -> Result<Vec<(String, String)>> {
        let movie = |row: &Row| hash_of(&row.file).map(|hash| (name_of(self.plan, &row.file), hash));
        rows.par_iter().map(movie).collect()
    }
}
