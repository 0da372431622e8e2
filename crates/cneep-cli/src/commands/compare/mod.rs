//! Compares conditions: by how much they differ, whether beyond chance, and where.

mod conditions;
mod file_name;
mod outcome;
mod table;

use super::movies::Scales;
use super::results::{begin_anew, write_json};
use crate::deadline::Deadline;
use crate::quantity;
use clap::Args;
use cneep::conditions::{ConditionRate, DifferenceMap, Effect, JudgedTogether, stops_of};
use cneep::estimator::TrainingRun;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::caution::Caution;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{Frames, Video, write_tiff};
pub use conditions::{Condition, of_analysis, summary_of};
use file_name::file_name;
use ndarray::{Array2, Axis};
use outcome::Against;
pub(crate) use outcome::Outcome;
use std::path::{Path, PathBuf};
pub use table::{Row, read_table};

/// Compare conditions: control against drug, each an analysis, or a table of movies
///
/// Says by how much the lower bounds of the conditions differ, in k_B/s (k_B/frame without a frame interval),
/// and their ratio, with 95 % intervals, from each condition's own run; and with what probability conditions
/// that do not differ would differ as much. That p-value is by permutations of movies (of blocks of time
/// where there are too few movies), judged by one estimator that is trained on all movies together and knows
/// nothing of conditions. Writes comparison.json, comparison.csv, comparison.html and figures/ with the
/// difference map (cells that differ, at most 5 % of them by chance on average). What was trained is kept:
/// the same command goes on.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep compare control.cneep drug.cneep -o control_against_drug\n\
    Example: cneep compare table.csv --interval 50ms (with the columns file, condition and, if movies are \
    pairs, replicate; the first condition is the control)")]
pub(crate) struct Compare {
    /// Folders that `cneep analyze` wrote, the control first; or one CSV table of movies
    #[arg(required = true, value_name = "ANALYSIS|TABLE")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    scales: Scales,
    /// Movies of both conditions belong together: those with the same replicate in the table, or else the
    /// first with the first, the second with the second
    #[arg(long)]
    paired: bool,
    /// Analysis of a dead or fixed sample: what it shows is an artefact, and is taken off with its error
    #[arg(long, value_name = "ANALYSIS")]
    floor: Option<PathBuf>,
    /// Folder for the results [default: the names of the conditions]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Estimators of conditions in a table, and of all movies together [default: those of the analyses, or
    /// those that `train` compares]
    #[arg(long = "compare", value_delimiter = ',', value_name = "NAME,..")]
    estimators: Option<Vec<String>>,
    /// Time for each training, such as 90s or 5min; what is complete is kept
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = quantity::duration)]
    time_budget: Option<f64>,
}

impl Compare {
    /// Compares what is named.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let outcome = self.carry_out(console)?;
        console.stages_end();
        console.print(&outcome)?;
        console.tell(&outcome.cautions);
        Ok(())
    }

    /// Compares what is named, and leaves it to the caller to say so.
    pub(crate) fn carry_out(&self, console: &Console) -> Result<Outcome> {
        let output = self.output.clone().unwrap_or_else(|| conditions::default_output(&self.inputs));
        let plan = conditions::Plan {
            scales: &self.scales,
            estimators: self.estimators.as_deref(),
            time_budget: self.time_budget,
        };
        console.stage("1/4 conditions");
        let conditions = conditions::open(console, &self.inputs, &output, &plan)?;
        let floor = self.floor.as_deref().map(conditions::summary_of).transpose()?;
        self.outcome(console, &output, &conditions, floor.map(|of| ConditionRate::of(&of)))
    }

    fn outcome(
        &self,
        console: &Console,
        output: &Path,
        conditions: &[Condition],
        floor: Option<ConditionRate>,
    ) -> Result<Outcome> {
        let mut cautions: Vec<Caution> = Vec::new();
        let rate = |of: &Condition| ConditionRate::of(&of.summary);
        let effect = |of: &Condition| Effect::of(rate(&conditions[0]), rate(of), floor.clone());
        let mut against: Vec<Against> = conditions[1..]
            .iter()
            .map(|of| Against::new(&of.name, of.summary.movies.len(), effect(of)))
            .collect();
        let movies: Option<Vec<Vec<Video>>> = conditions.iter().map(|of| of.videos.clone()).collect();
        if let Some(movies) = movies {
            console.stage("2/4 all movies together");
            let settings = conditions::common(conditions, self.estimators.as_deref())?;
            let home = output.join("common");
            let deadline = Deadline::new(console.progress(), self.time_budget)?;
            let run = TrainingRun::new(&settings).kept_in(&home);
            let pairs = self.replicates(conditions)?;
            let judged = JudgedTogether::new(run, &movies, pairs, &deadline, interrupt::requested)?;
            cautions.extend(judged.cautions()?);
            console.stage("3/4 tests and difference map");
            for (place, found) in against.iter_mut().enumerate() {
                let shown = judged.against(place + 1, found.effect.clone(), console.progress())?;
                for caution in shown.cautions {
                    if !cautions.contains(&caution) {
                        cautions.push(caution);
                    }
                }
                if let Some(map) = shown.map {
                    write_map(&map, judged.videos(), output, &found.condition)?;
                    found.different_cells = Some([map.different_cells, map.tested_cells]);
                }
                (found.effect, found.test) = (shown.effect, shown.test);
            }
        } else {
            console.note(
                "no p-value: not all movies are where they were when they were analysed, and one \
                 estimator for all needs them",
            );
        }
        cautions.extend(conditions.iter().flat_map(|of| stops_of(&of.name, &of.summary)));
        console.stage("4/4 results");
        outcome::adjust(&mut against);
        let outcome = Outcome::new(output, &conditions[0], floor, against, cautions);
        begin_anew(&output.join("comparison.json"))?;
        outcome.write(output)?;
        write_json(&output.join("comparison.json"), &outcome)?;
        Ok(outcome)
    }

    /// What movie belongs to which, by name, for all conditions one after another.
    fn replicates(&self, conditions: &[Condition]) -> Result<Option<Vec<String>>> {
        if !self.paired {
            return Ok(None);
        }
        let of_condition = |of: &Condition| -> Result<Vec<String>> {
            let count = of.videos.as_ref().map_or(0, Vec::len);
            match &of.replicates {
                Some(names) if names.len() == count => Ok(names.clone()),
                Some(names) => {
                    let found = format!("{} for {count} movies", names.len());
                    let remedy = "Give files of one movie each.";
                    Err(Error::Setting(Fault::new(
                        of.name.clone(),
                        "a replicate for each movie",
                        found,
                        remedy,
                    )))
                }
                None => Ok((0..count).map(|place| place.to_string()).collect()),
            }
        };
        let names: Vec<Vec<String>> = conditions.iter().map(of_condition).collect::<Result<_>>()?;
        Ok(Some(names.concat()))
    }
}

/// Writes differences, p-values and cells that differ as images, and the map as a picture.
fn write_map(map: &DifferenceMap, videos: &[Video], output: &Path, name: &str) -> Result<()> {
    let folder = output.join("figures");
    let mut calibration = videos[0].calibration();
    calibration.pixel_size = calibration.pixel_size.map(|size| size * map.grid.cell as f64);
    let file = |what: &str, extension: &str| folder.join(format!("{}_{what}.{extension}", file_name(name)));
    let single = |cells: &Array2<f64>| Frames::F32(cells.mapv(|cell| cell as f32).insert_axis(Axis(0)));
    write_tiff(&file("difference_map", "tif"), &single(&map.differences), calibration)?;
    write_tiff(&file("difference_p_values", "tif"), &single(&map.p_values), calibration)?;
    let mask = map.mask();
    let label = format!("Difference to the control ({} per cell)", map.unit);
    let mut figure =
        cneep_report::figure::DissipationMapFigure::new(&map.differences, map.grid.cell as f64, &label);
    figure.pixel_size = videos[0].calibration().pixel_size;
    figure.outlined = (map.different_cells > 0)
        .then_some(cneep_report::figure::Outlined { cells: mask.view(), name: "cells that differ" });
    figure.draw()?.write_png(&file("difference_map", "png"))
}
