//! Draws an outcome: one score against what was varied, with error bars and published values.

use super::outcome::Outcome;
use cneep_movie::Result;
use cneep_report::figure::{Figure, ScoreCurve, ScoreSeries};
use std::collections::BTreeMap;

/// The outcome's score along its first axis, one series for every combination of the other axes.
pub(crate) fn draw(outcome: &Outcome) -> Result<Figure> {
    let mut categories: Vec<String> = Vec::new();
    let mut order: Vec<String> = Vec::new();
    let mut measured: BTreeMap<String, Vec<(usize, f64, Option<f64>)>> = BTreeMap::new();
    let mut published = measured.clone();
    for (index, case) in outcome.cases.iter().enumerate() {
        let category = case.values.first().map_or("", String::as_str);
        let place = categories.iter().position(|known| known == category).unwrap_or_else(|| {
            categories.push(category.to_owned());
            categories.len() - 1
        });
        let others = outcome.axes.iter().zip(&case.values).skip(1);
        let name = others.map(|(axis, value)| format!("{axis} = {value}")).collect::<Vec<_>>().join(", ");
        if !order.contains(&name) {
            order.push(name.clone());
        }
        if let Some(spread) = case.scores.get(&outcome.plot) {
            measured.entry(name.clone()).or_default().push((place, spread.mean, spread.deviation));
        }
        let said = outcome.verdicts.iter().filter(|v| v.case == index && v.quantity == outcome.plot);
        for (value, error) in said.filter_map(|v| v.published.map(|value| (value, v.published_error))) {
            published.entry(name.clone()).or_default().push((place, value, error));
        }
    }
    let series = |name: &String, points: &BTreeMap<String, Vec<_>>, published: bool| {
        let label = match (published, name.is_empty()) {
            (false, true) => "cneep".to_owned(),
            (true, true) => "published".to_owned(),
            (false, false) => name.clone(),
            (true, false) => format!("{name}, published"),
        };
        points.get(name).map(|points| ScoreSeries { name: label, points: points.clone(), published })
    };
    let all: Vec<ScoreSeries> = order
        .iter()
        .filter_map(|name| series(name, &measured, false))
        .chain(order.iter().filter_map(|name| series(name, &published, true)))
        .collect();
    let x_label = outcome.axes.first().map_or("", String::as_str);
    ScoreCurve { x_label, y_label: outcome.plot.label(), categories: &categories, series: &all }.draw()
}
