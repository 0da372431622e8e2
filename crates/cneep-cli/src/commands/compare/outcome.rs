//! Says and writes what a comparison of conditions has found.

use super::conditions::Condition;
use super::file_name::file_name;
use crate::csv_file::{cell, with_interval, write_csv};
use cneep::conditions::{ConditionRate, ConditionTest, Effect, holm_adjusted, verdict};
use cneep::entropy_production::Significance;
use cneep_movie::caution::Caution;
use cneep_movie::error::Result;
use cneep_movie::units::{Measured, to_digits};
use cneep_report::figure::{ConditionsSideBySide, Figure};
use cneep_report::report::html::{ImageKind, Page};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// What a comparison has found, as in `comparison.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    folder: PathBuf,
    /// Name of the control.
    control: String,
    control_movies: usize,
    control_rate: ConditionRate,
    /// A dead or fixed sample, whose rate is taken off.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<ConditionRate>,
    /// Every other condition against the control.
    against: Vec<Against>,
    /// What a reader must know.
    pub(crate) cautions: Vec<Caution>,
}

/// One condition against the control.
#[derive(Debug, Serialize)]
pub(super) struct Against {
    /// Its name.
    pub(super) condition: String,
    movies: usize,
    pub(super) effect: Effect,
    /// The test; absent without the movies, and if the training was stopped.
    pub(super) test: Option<ConditionTest>,
    /// The p-value with the number of conditions considered (Holm 1979).
    adjusted_p_value: Option<f64>,
    /// Cells of the map that differ, and cells that were tested.
    pub(super) different_cells: Option<[usize; 2]>,
    /// All of it in one line.
    verdict: String,
}

impl Against {
    pub(super) fn new(condition: &str, movies: usize, effect: Effect) -> Self {
        Self {
            condition: condition.to_owned(),
            movies,
            effect,
            test: None,
            adjusted_p_value: None,
            different_cells: None,
            verdict: String::new(),
        }
    }
}

/// Adjusts the p-values of several conditions so that with 5 % at most one is taken to differ that does not
/// (Holm 1979), and says in a line what each showed.
pub(super) fn adjust(against: &mut [Against]) {
    let p_value = |of: &Against| of.test.as_ref().and_then(|test| test.p_value);
    let p_values: Vec<Option<f64>> = against.iter().map(p_value).collect();
    for (of, adjusted) in against.iter_mut().zip(holm_adjusted(&p_values)) {
        of.adjusted_p_value = adjusted;
    }
    let is_one = against.len() == 1;
    for of in against {
        let adjusted = of.adjusted_p_value.filter(|_| !is_one);
        of.verdict = verdict(&of.condition, &of.effect, of.test.as_ref(), adjusted);
    }
}

impl Outcome {
    pub(super) fn new(
        folder: &Path,
        control: &Condition,
        floor: Option<ConditionRate>,
        against: Vec<Against>,
        cautions: Vec<Caution>,
    ) -> Self {
        Self {
            folder: folder.to_path_buf(),
            control: control.name.clone(),
            control_movies: control.summary.movies.len(),
            control_rate: ConditionRate::of(&control.summary),
            floor,
            against,
            cautions,
        }
    }

    /// One line a condition, the control first: name, movies, rate, bound.
    fn rows(&self) -> Vec<(&str, usize, &ConditionRate, Option<&Against>)> {
        let others =
            self.against.iter().map(|of| (of.condition.as_str(), of.movies, &of.effect.other, Some(of)));
        std::iter::once((self.control.as_str(), self.control_movies, &self.control_rate, None))
            .chain(others)
            .collect()
    }

    /// Writes table and page.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let unit = &self.control_rate.rate.unit;
        let head = [
            "condition",
            "movies",
            &format!("rate ({unit})"),
            "rate_low",
            "rate_high",
            &format!("lower_bound ({unit})"),
            "lower_bound_low",
            "lower_bound_high",
            "difference",
            "difference_low",
            "difference_high",
            "ratio",
            "ratio_low",
            "ratio_high",
            "p_value",
            "adjusted_p_value",
            "unit_of_permutations",
        ]
        .map(str::to_owned);
        let row = |(name, movies, rate, against): (&str, usize, &ConditionRate, Option<&Against>)| {
            let effect = against.map(|of| &of.effect);
            let test = against.and_then(|of| of.test.as_ref());
            let mut row = vec![name.to_owned(), movies.to_string()];
            row.extend(with_interval(Some(&rate.rate)));
            row.extend(with_interval(rate.bound.as_ref()));
            row.extend(with_interval(effect.and_then(|of| of.difference.as_ref())));
            row.extend(with_interval(effect.and_then(|of| of.ratio.as_ref())));
            row.push(cell(test.and_then(|test| test.p_value)));
            row.push(cell(against.and_then(|of| of.adjusted_p_value)));
            row.push(test.map_or_else(String::new, |test| format!("{:?}", test.unit).to_lowercase()));
            row
        };
        write_csv(&folder.join("comparison.csv"), &head, self.rows().into_iter().map(row))?;
        let figure = self.figure()?;
        figure.write_svg(&folder.join("figures").join("conditions.svg"))?;
        self.page(folder, &figure).write(&folder.join("comparison.html"))
    }

    /// Rates and bounds of all conditions, side by side.
    fn figure(&self) -> Result<Figure> {
        let rows = self.rows();
        let names: Vec<String> = rows.iter().map(|row| row.0.to_owned()).collect();
        let rates: Vec<&ConditionRate> = rows.iter().map(|row| row.2).collect();
        ConditionsSideBySide { names: &names, rates: &rates }.draw()
    }

    fn page(&self, folder: &Path, figure: &Figure) -> Page {
        let mut page = Page::new("Conditions compared");
        let names: Vec<&str> = self.against.iter().map(|of| of.condition.as_str()).collect();
        page.subtitle(&format!("{} against the control {}", names.join(", "), self.control));
        for of in &self.against {
            page.paragraph(&of.verdict);
        }
        for caution in &self.cautions {
            page.caution(caution);
        }
        page.section("Rates");
        let words = |of: Option<&Measured>| {
            of.map_or("-".into(), |of| {
                format!(
                    "{of}{}",
                    of.interval_in_words().map_or_else(String::new, |words| format!(" ({words})"))
                )
            })
        };
        let cells = |(name, movies, rate, against): (&str, usize, &ConditionRate, Option<&Against>)| {
            let effect = against.map(|of| &of.effect);
            let [rate, bound] = match not_detected(rate) {
                Some(told) => [told, "-".into()],
                None => [words(Some(&rate.rate)), words(rate.bound.as_ref())],
            };
            vec![
                name.to_owned(),
                movies.to_string(),
                rate,
                bound,
                words(effect.and_then(|of| of.difference.as_ref())),
                words(effect.and_then(|of| of.ratio.as_ref())),
            ]
        };
        let head = ["condition", "movies", "rate", "lower bound", "difference of bounds", "ratio"];
        page.table(&head, &self.rows().into_iter().map(cells).collect::<Vec<_>>());
        let caption = "Rate and lower bound of each condition by its own run, with 95 % intervals.";
        page.figure(figure, "rates of the conditions", caption);
        page.paragraph(
            "Rates and bounds are of each condition's own run, on transitions that it was not fitted to. \
             Differences and ratios are of the bounds, in which the luck of a fit matters least. P-values \
             are of judges of all movies together that know nothing of conditions: one estimator, or the \
             areas that principal components enclose, whichever is the clearer.",
        );
        for of in &self.against {
            let picture =
                folder.join("figures").join(format!("{}_difference_map.png", file_name(&of.condition)));
            if let (Ok(bytes), Some([different, tested])) = (std::fs::read(picture), of.different_cells) {
                page.section(&format!("Where {} differs", of.condition));
                let caption = format!(
                    "Difference of the mean maps by the common estimator, {} minus {}; {different} of \
                     {tested} \
                     cells differ (at most 5 % of them by chance, on average). It tells places only if they \
                     are the same in \
                     all movies.",
                    of.condition, self.control
                );
                page.image(ImageKind::Png, &bytes, "difference map", &caption);
            }
        }
        page
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows().iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
        for (name, movies, rate, _) in self.rows() {
            let bound =
                rate.bound.as_ref().map_or_else(String::new, |bound| format!("; lower bound {bound}"));
            let rate = not_detected(rate).unwrap_or_else(|| format!("rate {}{bound}", rate.rate));
            writeln!(f, "{name:<width$}  {movies} movies  {rate}")?;
        }
        writeln!(f, "page: {}", self.folder.join("comparison.html").display())?;
        let lines: Vec<&str> = self.against.iter().map(|of| of.verdict.as_str()).collect();
        write!(f, "{}", lines.join("\n"))
    }
}

/// What is said of a condition in which no dissipation was detected, with the rate that would have been seen
/// in 95 % of all cases.
fn not_detected(rate: &ConditionRate) -> Option<String> {
    let is_unseen = rate.is_zero || rate.significance == Significance::NotDetected;
    is_unseen.then(|| match rate.limit {
        Some(limit) => format!("not detected (below {} {})", to_digits(limit, 2), rate.rate.unit),
        None => "not detected".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn against(p_value: f64) -> Against {
        let rate = || {
            ConditionRate::of(
                &serde_json::from_value(serde_json::json!({
                    "entropy_production_rate": { "value": 1.0, "standard_error": 0.1, "unit": "k_B/s" },
                    "fluctuation_theorem": { "value": 1.0, "standard_error": 0.1, "unit": "" },
                    "transitions": 9, "held_out_transitions": 0, "out_of_fold_transitions": 9,
                    "equilibrium_p_value": null, "significance": "dissipates", "window": 2,
                    "calibration": { "frame_interval": null, "pixel_size": null, "exposure": null },
                    "movies": ["a"], "cautions": [],
                }))
                .unwrap(),
            )
        };
        let mut of = Against::new("drug", 1, Effect::of(rate(), rate(), None));
        of.test = serde_json::from_value(serde_json::json!({
            "judge": "common_estimator", "unit": "movies", "units": [5, 5], "p_value": p_value,
            "least_p_value": 0.008, "permutations": 252,
            "is_exact": true, "scores": null, "values": [[], []],
            "difference": { "value": -1.0, "standard_error": 0.1, "unit": "k_B/s" },
        }))
        .unwrap();
        of
    }

    /// The example of Holm's rule: 0.01, 0.04, 0.03 become 0.03, 0.06, 0.06. Catches p-values that are taken
    /// for single ones, and an adjustment that reverses their order.
    #[test]
    fn several_conditions_are_adjusted_for_each_other() {
        let mut of = [0.01, 0.04, 0.03].map(against);
        adjust(&mut of);
        let adjusted: Vec<f64> = of.iter().map(|of| of.adjusted_p_value.unwrap()).collect();
        assert!((adjusted[0] - 0.03).abs() < 1e-12 && (adjusted[1] - 0.06).abs() < 1e-12, "{adjusted:?}");
        assert_eq!(adjusted[1], adjusted[2]);
        assert!(
            of[0].verdict.contains("produces less") && of[1].verdict.contains("does not differ"),
            "{of:?}"
        );
        let mut one = [against(0.008)];
        adjust(&mut one);
        assert!(one[0].verdict.contains("p <= 0.008") && !one[0].verdict.contains("considered"), "{one:?}");
    }
}
