//! Opens the conditions that are compared: analyses that were made, or those that a table asks for.

use super::super::analyze::folder::AnalysisFolder;
use super::super::estimate::estimate;
use super::super::estimator_options::compared;
use super::super::movies::Scales;
use super::super::results::{read_json, write_json};
use super::file_name::file_name;
use super::table::{Row, read_table};
use crate::deadline::Deadline;
use cneep::conditions::common_settings;
use cneep::entropy_production::{Summary, write_table};
use cneep::estimator::{Choice, Training, TrainingRun};
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{Video, file_and_array, refuse_copies};
use std::path::{Path, PathBuf};

/// One condition.
#[derive(Debug)]
pub struct Condition {
    /// What it is called.
    pub name: String,
    /// Its movies; none if they are not where they were.
    pub videos: Option<Vec<Video>>,
    /// What movie belongs to which of other conditions, if that is known.
    pub replicates: Option<Vec<String>>,
    /// What its own run says.
    pub summary: Summary,
    /// Settings of its own run.
    pub settings: Training,
}

/// How conditions are opened and, of a table, trained.
pub(super) struct Plan<'a> {
    pub(super) scales: &'a Scales,
    pub(super) estimators: Option<&'a [String]>,
    pub(super) time_budget: Option<f64>,
}

/// The folder for results unless one is named, in the current folder.
pub(super) fn default_output(inputs: &[PathBuf]) -> PathBuf {
    let stem = |path: &PathBuf| {
        path.file_stem().map_or("condition".into(), |stem| stem.to_string_lossy().into_owned())
    };
    let names: Vec<String> = inputs.iter().map(stem).collect();
    match &names[..] {
        [table] => PathBuf::from(format!("{table}_compared")),
        names => PathBuf::from(names.join("_against_")),
    }
}

/// Opens what `inputs` name: one table, or analyses.
pub(super) fn open(
    console: &Console,
    inputs: &[PathBuf],
    output: &Path,
    plan: &Plan,
) -> Result<Vec<Condition>> {
    let is_table = |path: &PathBuf| path.is_file();
    match inputs {
        [table] if is_table(table) => of_table(console, table, output, plan),
        [_, _, ..] if !inputs.iter().any(is_table) => {
            inputs.iter().map(|path| with_scales(path, plan.scales)).collect()
        }
        _ => {
            let found = inputs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
            let expected = "two or more folders that `cneep analyze` wrote, or one table (CSV)";
            let remedy = "Analyse each condition first: cneep analyze control*.tif -o control.cneep.";
            Err(Error::Setting(Fault::new("conditions", expected, found, remedy)))
        }
    }
}

/// What the analysis in the folder at `path` says.
///
/// # Errors
/// [`Error::Setting`] for a folder of something else, or an analysis that was stopped.
pub fn summary_of(path: &Path) -> Result<Summary> {
    let (folder, state) = AnalysisFolder::existing(path)?;
    if !state.is_complete {
        let remedy = "Run `cneep analyze` with its movies again: it goes on where it stopped.";
        return Err(Error::Setting(Fault::of_file(
            path,
            "a complete analysis",
            "one that was stopped",
            remedy,
        )));
    }
    read_json(&folder.summary())
}

/// The condition whose movies `cneep analyze` analysed into the folder at `path`, opened as they were.
///
/// # Errors
/// As [`summary_of`]; [`Error::Mismatch`] where other movies lie in their place.
pub fn of_analysis(path: &Path) -> Result<Condition> {
    with_scales(path, &Scales::default())
}

fn with_scales(path: &Path, scales: &Scales) -> Result<Condition> {
    let summary = summary_of(path)?;
    let (folder, state) = AnalysisFolder::existing(path)?;
    let name = path.file_stem().map_or("condition".into(), |stem| stem.to_string_lossy().into_owned());
    let sources = folder.sources(&state);
    let videos = if sources.iter().all(|source| is_there(source)) {
        let videos = scales.open(&sources, Some(&state.opening))?.videos;
        let hashes = videos.iter().map(Video::hash).collect::<Result<Vec<_>>>()?;
        if hashes != state.hashes {
            let remedy = "Analyse them again, or put the movies back that were analysed.";
            return Err(Error::Mismatch(Fault::of_file(
                path,
                "the movies that were analysed",
                "others in their place",
                remedy,
            )));
        }
        Some(videos)
    } else {
        None
    };
    let settings = toml::from_str(&state.settings).map_err(|e| {
        let remedy = "Analyse the movies again.";
        Error::Format(Fault::of_file(path, "settings of a training", e.to_string(), remedy))
    })?;
    Ok(Condition { name, videos, replicates: None, summary, settings })
}

/// Whether a file is there, or one that holds an array of this name, such as `file.h5:/group/movie`.
fn is_there(source: &Path) -> bool {
    source.exists() || file_and_array(source).0.exists()
}

/// Trains and estimates each condition of a table, below `output`; what is there is not made again.
fn of_table(console: &Console, table: &Path, output: &Path, plan: &Plan) -> Result<Vec<Condition>> {
    let rows = read_table(table)?;
    let mut names: Vec<String> = Vec::new();
    for row in &rows {
        if !names.contains(&row.condition) {
            names.push(row.condition.clone());
        }
    }
    if names.len() < 2 {
        let remedy = "Name two conditions or more in the column `condition`; the first is the control.";
        return Err(Error::Setting(Fault::of_file(table, "two conditions", names.len().to_string(), remedy)));
    }
    let home = table.parent().unwrap_or(Path::new(""));
    let mut settings = Training::default();
    with_estimators(&mut settings, plan.estimators)?;
    let condition = |name: &String| {
        let own: Vec<&Row> = rows.iter().filter(|row| row.condition == *name).collect();
        let paths: Vec<PathBuf> = own.iter().map(|row| home.join(&row.file)).collect();
        let videos = plan.scales.open(&paths, None)?.told(console);
        refuse_copies(&videos)?;
        let folder = output.join("conditions").join(file_name(name));
        let run = folder.join("run");
        let deadline = Deadline::new(console.progress(), plan.time_budget)?;
        let training = TrainingRun::new(&settings).kept_in(&run).watched_by(&deadline);
        let estimator = training.train_or_go_on(&videos)?;
        if interrupt::requested() {
            return Err(Error::stopped(
                "the comparison; what was fitted is kept, and the same command goes on",
            ));
        }
        let estimated = estimate(console, &estimator, &videos, None)?;
        write_table(&estimated.entropy, &folder.join("transitions.csv"))?;
        write_json(&folder.join("summary.json"), &estimated.summary)?;
        let replicates: Option<Vec<String>> = own.iter().map(|row| row.replicate.clone()).collect();
        let summary = estimated.summary;
        Ok(Condition {
            name: name.clone(),
            videos: Some(videos),
            replicates,
            summary,
            settings: settings.clone(),
        })
    };
    names.iter().map(condition).collect()
}

/// Settings for one estimator of all movies, with these `estimators` if any are stated.
pub(super) fn common(conditions: &[Condition], estimators: Option<&[String]>) -> Result<Training> {
    let mut settings = common_settings(&conditions.iter().map(|of| &of.settings).collect::<Vec<_>>());
    with_estimators(&mut settings, estimators)?;
    Ok(settings)
}

fn with_estimators(settings: &mut Training, names: Option<&[String]>) -> Result<()> {
    if let (Some(names), Choice::Comparison(comparison)) = (names, &mut settings.choice) {
        comparison.estimators = compared(names, &comparison.estimators)?;
    }
    settings.check()
}
