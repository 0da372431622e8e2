//! Gathers movies that were analysed each by itself.

use super::super::compare::Outcome;
use super::super::results::{begin_anew, write_json};
use super::analysed::{self, Analysed, in_words, verdicts};
use super::conditions::conditions;
use super::{FORMAT, GATHERED, Gather, PAGE, Plan, TABLE, page, table};
use crate::plan::{AnalysisTask, Found, ranges};
use cneep_cli::console::Console;
use cneep_movie::error::Result;
use cneep_report::report::html::Page;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

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
    /// Gathers the movies of `plan`.
    pub(super) fn movies(&self, plan: &Plan, tasks: &Found<AnalysisTask>, console: &Console) -> Result<()> {
        let found = analysed::all(plan, tasks, &self.output)?;
        begin_anew(&self.output.join(GATHERED))?;
        let own = |task: &AnalysisTask| {
            let text = |of: &Option<String>| of.clone().unwrap_or_default();
            vec![task.movies.join(", "), text(&task.condition), text(&task.replicate)]
        };
        table::write(&found, &["movie", "condition", "replicate"], own, &self.output.join(TABLE))?;
        let conditions = conditions(plan);
        let compares = conditions.len() > 1 && !self.partial && !self.no_comparison;
        page_of(&found, tasks, compares).write(&self.output.join(PAGE))?;
        let comparison = if compares { Some(self.compare(plan, console)?) } else { None };
        let mut gathered = Gathered {
            format: FORMAT,
            folder: Some(self.output.clone()),
            movies: found.len(),
            not_done: tasks.numbers_not_done(),
            verdicts: verdicts(&found),
            conditions,
            comparison,
        };
        console.print(&gathered)?;
        if let Some(outcome) = gathered.comparison.take() {
            console.tell(&outcome.cautions);
        }
        // Without the name of the folder, which may be moved.
        gathered.folder = None;
        write_json(&self.output.join(GATHERED), &gathered)
    }
}

/// All verdicts on one page.
fn page_of(found: &[Analysed], tasks: &Found<AnalysisTask>, compares: bool) -> Page {
    let mut page = Page::new(&format!("{} movies", found.len() + tasks.not_done.len()));
    page.subtitle("Every movie by itself, by the same settings; each name leads to its own page.");
    page::verdicts(&mut page, found, "movie");
    let named: BTreeSet<Option<&str>> = found.iter().map(|of| of.task.condition.as_deref()).collect();
    for condition in order_of(found) {
        let title = match condition {
            Some(name) => name.to_owned(),
            None if named.len() > 1 => "No condition".into(),
            None => "Verdicts".into(),
        };
        page.section(&title);
        let own = found.iter().filter(|of| of.task.condition.as_deref() == condition);
        let rows: Vec<(String, Vec<String>)> = own.map(|of| (of.page.clone(), page::cells(of))).collect();
        page.linked_table(&["movie", "verdict", "p", "adjusted p", "cautions"], &rows);
    }
    page::not_done(&mut page, tasks, "movie");
    if compares {
        page.section("Conditions compared");
        let row = ("comparison/comparison.html".to_owned(), vec!["comparison of the conditions".to_owned()]);
        page.linked_table(&["page"], &[row]);
    }
    page.footer(&format!("cneep {}", env!("CARGO_PKG_VERSION")));
    page
}

/// The conditions in the order in which they occur.
fn order_of<'a>(found: &'a [Analysed]) -> Vec<Option<&'a str>> {
    let mut order: Vec<Option<&str>> = Vec::new();
    for of in found {
        if !order.contains(&of.task.condition.as_deref()) {
            order.push(of.task.condition.as_deref());
        }
    }
    order
}

impl fmt::Display for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} movies: {}", self.movies, in_words(&self.verdicts))?;
        if !self.not_done.is_empty() {
            writeln!(f, "not done: {}", ranges::written(&self.not_done))?;
        }
        if let Some(comparison) = &self.comparison {
            writeln!(f, "{comparison}")?;
        }
        match &self.folder {
            Some(folder) => write!(f, "page: {}", folder.join(PAGE).display()),
            None => Ok(()),
        }
    }
}
