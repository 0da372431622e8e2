//! Compares the conditions of a plan.

use super::super::compare::{Compare, Outcome};
use super::super::relative_path::{absolute, relative};
use super::{Gather, Plan};
use crate::csv_file::write_csv;
use crate::plan::AnalysisTask;
use crate::plan::line::parsed;
use cneep::estimator::{Choice, EstimatorSettings, Training};
use cneep_cli::console::Console;
use cneep_movie::error::{Error, Fault, Result};

impl Gather {
    /// What `cneep compare` says of the conditions of the plan.
    pub(super) fn compare(&self, plan: &Plan, console: &Console) -> Result<Outcome> {
        let output = self.output.join("comparison");
        let table = self.output.join("conditions.csv");
        let home = absolute(&self.output);
        let head = ["file", "condition", "replicate"].map(str::to_owned);
        let text = |of: &Option<String>| of.clone().unwrap_or_default();
        let row = |(task, movie): (&AnalysisTask, &String)| {
            let movie = relative(&home, &absolute(&plan.place(movie)));
            vec![movie.to_string_lossy().into_owned(), text(&task.condition), text(&task.replicate)]
        };
        let movies = plan.tasks().flat_map(|task| task.movies.iter().map(move |movie| (task, movie)));
        write_csv(&table, &head, movies.map(row))?;
        let settings = Training::read(&plan.settings())?;
        let mut words = vec![table.clone().into_os_string(), "-o".into(), output.into_os_string()];
        match &settings.choice {
            Choice::Comparison(of) => {
                let names: Vec<&str> = of.estimators.iter().map(EstimatorSettings::name).collect();
                words.push(format!("--compare={}", names.join(",")).into());
            }
            Choice::Single(_) => {
                console.note("the conditions are compared by all estimators, not by that of the plan alone");
            }
        }
        if self.paired {
            words.push("--paired".into());
        }
        let options = plan.tasks().next().into_iter().flat_map(|task| &task.options);
        let of_movies = options.filter(|of| of.option != "regions");
        words.extend(of_movies.map(|of| of.word(|file| plan.place(file)).into()));
        let compare: Compare = parsed("compare", words).map_err(|refusal| {
            let remedy =
                "Leave the comparison out (--no-comparison) and compare by a table: cneep compare TABLE.";
            Error::Setting(Fault::of_file(&table, "options of `cneep compare`", refusal.to_string(), remedy))
        })?;
        let outcome = compare.carry_out(console);
        console.stages_end();
        outcome
    }
}

/// Names of the conditions, in the order of the plan.
pub(super) fn conditions(plan: &Plan) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in plan.tasks().filter_map(|task| task.condition.as_ref()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
