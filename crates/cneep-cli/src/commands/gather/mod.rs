//! Gathers what the tasks of a plan have found: one table, one page, conditions compared.

use super::analyze::AnalysisSummary;
use super::compare::{Compare, Outcome};
use super::relative_path::{absolute, relative};
use super::results::{begin_anew, read_json, write_json};
use crate::csv_file::{cell, with_interval, write_csv};
use crate::plan::{AnalysisTask, Found, Manifest, PlanFolder, ranges};
use clap::{Args, Command, FromArgMatches as _};
use cneep::conditions::holm_adjusted;
use cneep::entropy_production::Significance;
use cneep::estimator::{Choice, EstimatorSettings, Training};
use cneep_cli::console::Console;
use cneep_movie::caution::Grade;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::to_digits;
use cneep_report::report::html::Page;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// The form of `gathered.json`.
const FORMAT: u32 = 1;

/// Gather the results of all tasks of a plan: one table, one page, conditions compared
///
/// Writes results.csv (one line a movie: rate, bounds and detection limit in k_B/s, or k_B/frame without a
/// frame interval, with their 95 % intervals; p-values as they are, and adjusted for how many movies there
/// are), report.html (all verdicts, each with the way to its own page) and, last, gathered.json. If the plan
/// was made from a table with conditions, comparison/ holds what `cneep compare` says of them, which trains
/// once more, on all movies. A plan that is not complete is refused, unless --partial.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep gather plan -o result")]
pub(crate) struct Gather {
    /// Folder of the plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// Folder for the results
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Gather what is done, and name what is not; conditions are not compared then
    #[arg(long)]
    partial: bool,
    /// Leave out the comparison of conditions, and its training
    #[arg(long)]
    no_comparison: bool,
    /// Movies of both conditions with the same replicate in the table belong together
    #[arg(long)]
    paired: bool,
}

type Plan = PlanFolder<AnalysisTask>;

/// One movie that was analysed.
struct Movie<'a> {
    task: &'a AnalysisTask,
    summary: AnalysisSummary,
    /// Its page, as seen from the results.
    page: String,
    /// Its p-value, adjusted for how many there are.
    adjusted_p_value: Option<f64>,
}

/// A task that is not done, and why.
type NotDone<'a> = (&'a AnalysisTask, String);

/// What was gathered.
#[derive(Serialize)]
struct Gathered {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    movies: usize,
    not_done: Vec<usize>,
    verdicts: BTreeMap<&'static str, usize>,
    conditions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Outcome>,
}

impl Gather {
    /// Gathers them.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let plan = PlanFolder::read(&self.plan)?;
        let tasks = Found::of(&plan)?;
        let Found { done, not_done } = &tasks;
        if !self.partial {
            tasks.check_complete(&plan, ", or gather what there is (--partial)")?;
        }
        let mut found: Vec<Movie> = done.iter().map(|done| self.movie(&plan, done)).collect::<Result<_>>()?;
        let p_values: Vec<Option<f64>> =
            found.iter().map(|of| of.summary.summary.equilibrium_p_value).collect();
        for (of, adjusted) in found.iter_mut().zip(holm_adjusted(&p_values)) {
            of.adjusted_p_value = adjusted;
        }
        tasks.tell_instruction_sets(console);
        begin_anew(&self.output.join("gathered.json"))?;
        write_table(&found, &self.output.join("results.csv"))?;
        let conditions = conditions(&plan);
        let compares = conditions.len() > 1 && !self.partial && !self.no_comparison;
        page(&found, not_done, compares).write(&self.output.join("report.html"))?;
        let mut verdicts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for of in &found {
            *verdicts.entry(word(of.summary.summary.significance)).or_default() += 1;
        }
        let comparison = if compares { Some(self.compare(&plan, console)?) } else { None };
        let mut gathered = Gathered {
            format: FORMAT,
            folder: Some(self.output.clone()),
            movies: found.len(),
            not_done: not_done.iter().map(|(task, _)| task.number).collect(),
            verdicts,
            conditions,
            comparison,
        };
        console.print(&gathered)?;
        if let Some(outcome) = gathered.comparison.take() {
            console.tell(&outcome.cautions);
        }
        // Without the name of the folder, which may be moved.
        gathered.folder = None;
        write_json(&self.output.join("gathered.json"), &gathered)
    }

    /// What the analysis of a task that is done says.
    fn movie<'a>(&self, plan: &Plan, (task, _): &(&'a AnalysisTask, Manifest)) -> Result<Movie<'a>> {
        let folder = plan.of_task(task.number);
        let page = relative(&absolute(&self.output), &absolute(&folder.join("report.html")));
        let page = page.to_string_lossy().replace('\\', "/");
        Ok(Movie { task, summary: read_json(&folder.join("summary.json"))?, page, adjusted_p_value: None })
    }

    /// What `cneep compare` says of the conditions of the plan.
    fn compare(&self, plan: &Plan, console: &Console) -> Result<Outcome> {
        let output = self.output.join("comparison");
        let table = self.output.join("conditions.csv");
        let home = absolute(&self.output);
        let head = ["file", "condition", "replicate"].map(str::to_owned);
        let row = |task: &AnalysisTask| {
            let movie = relative(&home, &absolute(&plan.place(&task.movie)));
            let text = |of: &Option<String>| of.clone().unwrap_or_default();
            vec![movie.to_string_lossy().into_owned(), text(&task.condition), text(&task.replicate)]
        };
        write_csv(&table, &head, plan.tasks().map(row))?;
        let settings = Training::read(&plan.settings())?;
        let mut words = vec!["compare".to_owned(), table.display().to_string()];
        words.extend(["-o".to_owned(), output.display().to_string()]);
        match &settings.choice {
            Choice::Comparison(of) => {
                let names: Vec<&str> = of.estimators.iter().map(EstimatorSettings::name).collect();
                words.push(format!("--compare={}", names.join(",")));
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
        words.extend(of_movies.map(|of| of.word(|file| plan.place(file))));
        let command = Compare::augment_args(Command::new("compare"));
        let parsed =
            command.try_get_matches_from(words).and_then(|matches| Compare::from_arg_matches(&matches));
        let compare = parsed.map_err(|refusal| {
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
fn conditions(plan: &Plan) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in plan.tasks().filter_map(|task| task.condition.as_ref()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The verdict, as in `summary.json`.
fn word(significance: Significance) -> &'static str {
    match significance {
        Significance::Dissipates => "dissipates",
        Significance::RejectsEquilibrium => "rejects_equilibrium",
        Significance::NotDetected => "not_detected",
        Significance::Withdrawn => "withdrawn",
        _ => "not_tested",
    }
}

/// One line a movie; columns of each unit that occurs, with the unit in the head.
fn write_table(found: &[Movie], path: &Path) -> Result<()> {
    let units: BTreeSet<&str> =
        found.iter().map(|of| of.summary.summary.entropy_production_rate.unit.as_str()).collect();
    let mut head: Vec<String> =
        ["task", "name", "movie", "condition", "replicate", "verdict"].map(str::to_owned).to_vec();
    for unit in &units {
        for name in ["rate", "certified_bound", "cross_validated_bound"] {
            head.extend(["", "_low", "_high"].map(|end| format!("{name}{end} ({unit})")));
        }
        head.push(format!("detection_limit ({unit})"));
    }
    head.extend(
        [
            "equilibrium_p_value",
            "adjusted_p_value",
            "transitions",
            "window (frames)",
            "cautions",
            "in_words",
            "report",
        ]
        .map(str::to_owned),
    );
    let row = |of: &Movie| {
        let (task, summary) = (of.task, &of.summary.summary);
        let text = |of: &Option<String>| of.clone().unwrap_or_default();
        let mut row = vec![task.number.to_string(), task.name.clone(), task.movie.clone()];
        row.extend([text(&task.condition), text(&task.replicate), word(summary.significance).to_owned()]);
        for unit in &units {
            let is_own = summary.entropy_production_rate.unit == *unit;
            let rate = Some(&summary.entropy_production_rate).filter(|_| !summary.is_zero);
            let bounds = [rate, summary.certified_bound.as_ref(), summary.cross_validated_bound.as_ref()];
            row.extend(bounds.into_iter().flat_map(|of| with_interval(of.filter(|_| is_own))));
            let limit = summary.detection_limit.as_ref().and_then(|limit| limit.verdict);
            row.push(cell(limit.filter(|_| is_own)));
        }
        row.extend([cell(summary.equilibrium_p_value), cell(of.adjusted_p_value)]);
        row.extend([summary.transitions.to_string(), summary.window.to_string()]);
        row.push(summary.cautions.iter().filter(|of| of.grade() != Grade::Note).count().to_string());
        row.extend([of.summary.verdict.clone(), of.page.clone()]);
        row
    };
    write_csv(path, &head, found.iter().map(row))
}

/// All verdicts on one page.
fn page(found: &[Movie], not_done: &[NotDone], compares: bool) -> Page {
    let mut page = Page::new(&format!("{} movies", found.len() + not_done.len()));
    let dissipating =
        found.iter().filter(|of| of.summary.summary.significance == Significance::Dissipates).count();
    page.subtitle("Every movie by itself, by the same settings; each name leads to its own page.");
    page.headline_text(
        "dissipate",
        &format!("{dissipating} of {}", found.len()),
        "test and bound agree, per movie",
    );
    let is_below = |of: &&Movie| of.adjusted_p_value.is_some_and(|p| p <= 0.05);
    let below = found.iter().filter(is_below).count();
    page.headline_text(
        "beyond chance among all",
        &below.to_string(),
        "p-value of at most 0.05 after Holm's adjustment for the number of movies",
    );
    page.paragraph(&format!(
        "A p-value is of one movie: of {} movies in equilibrium about {} would be below 0.05 by chance. \
         Adjusted p-values allow for that: the chance that any movie in equilibrium is below 0.05 is \
         at most 5 %. Verdicts are those of the single pages, and are not adjusted.",
        found.len(),
        to_digits(0.05 * found.len() as f64, 2)
    ));
    let named: BTreeSet<Option<&str>> = found.iter().map(|of| of.task.condition.as_deref()).collect();
    let order = order_of(found);
    for condition in order {
        let title = match condition {
            Some(name) => name.to_owned(),
            None if named.len() > 1 => "No condition".into(),
            None => "Verdicts".into(),
        };
        page.section(&title);
        let own: Vec<&Movie> = found.iter().filter(|of| of.task.condition.as_deref() == condition).collect();
        let rows: Vec<(String, Vec<String>)> = own.iter().map(|of| (of.page.clone(), cells(of))).collect();
        page.linked_table(&["movie", "verdict", "p", "adjusted p", "cautions"], &rows);
    }
    if !not_done.is_empty() {
        page.section("Not done");
        let rows: Vec<Vec<String>> = not_done
            .iter()
            .map(|(task, why)| vec![task.number.to_string(), task.name.clone(), why.clone()])
            .collect();
        page.table(&["task", "movie", "why"], &rows);
    }
    if compares {
        page.section("Conditions compared");
        let row = ("comparison/comparison.html".to_owned(), vec!["comparison of the conditions".to_owned()]);
        page.linked_table(&["page"], &[row]);
    }
    page.footer(&format!("cneep {}", env!("CARGO_PKG_VERSION")));
    page
}

/// The conditions in the order in which they occur.
fn order_of<'a>(found: &'a [Movie]) -> Vec<Option<&'a str>> {
    let mut order: Vec<Option<&str>> = Vec::new();
    for of in found {
        if !order.contains(&of.task.condition.as_deref()) {
            order.push(of.task.condition.as_deref());
        }
    }
    order
}

fn cells(of: &Movie) -> Vec<String> {
    let summary = &of.summary.summary;
    let subjects: BTreeSet<&str> = summary
        .cautions
        .iter()
        .filter(|caution| caution.grade() != Grade::Note)
        .map(|caution| caution.subject.as_str())
        .collect();
    vec![
        of.task.name.clone(),
        of.summary.verdict.clone(),
        summary.p_in_words().unwrap_or_else(|| "-".into()),
        of.adjusted_p_value.map_or("-".into(), |p| to_digits(p, 2)),
        Vec::from_iter(subjects).join(", "),
    ]
}

impl fmt::Display for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> =
            self.verdicts.iter().map(|(word, count)| format!("{count} {}", word.replace('_', " "))).collect();
        writeln!(f, "{} movies: {}", self.movies, words.join(", "))?;
        if !self.not_done.is_empty() {
            writeln!(f, "not done: {}", ranges::written(&self.not_done))?;
        }
        if let Some(comparison) = &self.comparison {
            writeln!(f, "{comparison}")?;
        }
        match &self.folder {
            Some(folder) => write!(f, "page: {}", folder.join("report.html").display()),
            None => Ok(()),
        }
    }
}
