//! Writes an outcome as tables of Markdown.

use super::expectation::Verdict;
use super::outcome::Outcome;
use super::quantity::Quantity;
use super::spread::{CaseScores, Spread};
use std::fmt;

/// Scores that are shown where they are known, in this order.
const SHOWN: [Quantity; 13] = [
    Quantity::RSquared,
    Quantity::Slope,
    Quantity::LastRSquared,
    Quantity::Rate,
    Quantity::Bound,
    Quantity::RateRatio,
    Quantity::BoundRatio,
    Quantity::PartCorrelation,
    Quantity::MapCorrelation,
    Quantity::Misplaced,
    Quantity::HotNodeAuc,
    Quantity::DensityCorrelation,
    Quantity::MapAgreement,
];

impl Outcome {
    /// Head and lines of the table of scores: means and standard deviations over seeds.
    pub(crate) fn scores_table(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let asked = self.verdicts.iter().map(|verdict| verdict.quantity).chain([self.plot]);
        let mut shown = SHOWN.to_vec();
        asked.for_each(|quantity| {
            if !shown.contains(&quantity) {
                shown.push(quantity);
            }
        });
        shown.retain(|quantity| self.cases.iter().any(|case| case.scores.contains_key(quantity)));
        let labels = shown.iter().map(|quantity| quantity.label().to_owned());
        let head = self.axes.iter().cloned().chain(labels).collect();
        let line = |case: &CaseScores| {
            let cells =
                shown.iter().map(|quantity| case.scores.get(quantity).map_or_else(String::new, written));
            case.values.iter().cloned().chain(cells).collect()
        };
        (head, self.cases.iter().map(line).collect())
    }

    /// Head and lines of the table of expectations.
    pub(crate) fn verdicts_table(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let head = ["score", "case", "expected", "published", "found", "verdict"].map(str::to_owned);
        let line = |verdict: &Verdict| {
            let values = self.axes.iter().zip(&self.cases[verdict.case].values);
            let case: Vec<String> = values.map(|(axis, value)| format!("{axis} = {value}")).collect();
            let found = self.cases[verdict.case].scores.get(&verdict.quantity);
            let published = verdict.published.map(|value| match verdict.published_error {
                Some(error) => format!("{value} ± {error}"),
                None => value.to_string(),
            });
            let met = match verdict.met {
                None => "",
                Some(true) => "met",
                Some(false) => "NOT MET",
            };
            let found = match (verdict.found, verdict.p_value, found) {
                (_, Some(p), Some(spread)) => {
                    format!("{} of {} seeds, p = {p:.3}", spread.counted(), spread.seeds)
                }
                (Some(value), _, Some(spread)) if value == spread.mean => written(spread),
                (Some(value), ..) => format!("{value:.3}"),
                _ => "not known".into(),
            };
            vec![
                verdict.quantity.label().to_owned(),
                case.join(", "),
                verdict.expected.clone(),
                published.unwrap_or_default(),
                found,
                met.to_owned(),
            ]
        };
        (head.into(), self.verdicts.iter().map(line).collect())
    }

    /// Head and lines of the table of what every case was made with.
    pub(crate) fn provenance_table(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let made = ["build", "window (frames)", "estimators compared: weights"].map(str::to_owned);
        let head = self.axes.iter().cloned().chain(made).collect();
        let line =
            |case: &CaseScores| case.values.iter().cloned().chain(case.provenance.in_words()).collect();
        (head, self.cases.iter().map(line).collect())
    }

    /// The outcome as a Markdown document with the figure that is in the file `figure`.
    pub(crate) fn document(&self, figure: &str) -> String {
        format!("{self}\n![{}]({figure})\n", self.plotted())
    }

    /// What the figure shows, in words.
    pub(crate) fn plotted(&self) -> String {
        match self.axes.as_slice() {
            [] => self.plot.label().to_owned(),
            axes => format!("{} against {}", self.plot.label(), axes.join(", ")),
        }
    }

    /// Says so if scores were made by an older build, and why they still stand.
    pub(crate) fn made_by_an_older_build(&self) -> Option<String> {
        self.older_build.as_ref().map(|reason| format!("Made by an older build: {reason}."))
    }

    /// Where, when and with what it came about, in one line.
    pub(crate) fn made_by(&self) -> String {
        let made = &self.provenance;
        let size = if self.quick { ", quick version" } else { "" };
        format!(
            "cneep {} (build {}){size}, {}, {} cores ({}), {:.0} s in all",
            made.version, made.build, made.date, made.cores, made.machine, made.seconds
        )
    }
}

/// Mean and standard deviation over the seeds.
fn written(spread: &Spread) -> String {
    match spread.deviation {
        Some(deviation) => format!("{:.3} ± {deviation:.3}", spread.mean),
        None => format!("{:.3}", spread.mean),
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}\n\n{}\n", self.title, self.question.trim())?;
        write_table(f, &self.scores_table())?;
        writeln!(
            f,
            "\nMean ± standard deviation over seeds (shares of seeds: ± standard error), on fresh movies."
        )?;
        if !self.verdicts.is_empty() {
            writeln!(f)?;
            write_table(f, &self.verdicts_table())?;
        }
        writeln!(f)?;
        write_table(f, &self.provenance_table())?;
        if let Some(older) = self.made_by_an_older_build() {
            writeln!(f, "\n{older}")?;
        }
        if let Some(source) = &self.source {
            writeln!(f, "\nExpected and published values: {source}")?;
        }
        writeln!(f, "\n{}", self.made_by())
    }
}

/// A table whose columns stand under each other as plain text, too.
fn write_table(f: &mut fmt::Formatter<'_>, (head, lines): &(Vec<String>, Vec<Vec<String>>)) -> fmt::Result {
    let width = |column: usize| {
        lines.iter().chain([head]).map(|line| line[column].chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let write_line = |f: &mut fmt::Formatter<'_>, line: &[String]| {
        write!(f, "|")?;
        for (cell, &width) in line.iter().zip(&widths) {
            write!(f, " {cell:width$} |")?;
        }
        writeln!(f)
    };
    write_line(f, head)?;
    let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    write_line(f, &rules)?;
    lines.iter().try_for_each(|line| write_line(f, line))
}
