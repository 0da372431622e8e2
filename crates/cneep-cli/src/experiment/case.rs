//! Lists the cases of an experiment: one for every combination of what it varies.

use super::document::Document;
use super::settings::Settings;
use super::vary::Axis;
use cneep_movie::Result;
use toml::{Table, Value};

/// One combination of values, with the settings that it makes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    /// Place of its value along every axis.
    pub(crate) places: Vec<usize>,
    pub(crate) settings: Settings,
}

impl Case {
    /// What it is called: the values of all axes.
    pub(crate) fn label(&self, axes: &[Axis]) -> String {
        let labels = axes
            .iter()
            .zip(&self.places)
            .map(|(axis, &place)| format!("{} = {}", axis.name(), axis.label(place)));
        let label = labels.collect::<Vec<_>>().join(", ");
        if label.is_empty() { "the only case".into() } else { label }
    }
}

impl Document {
    /// All cases, the last axis running fastest.
    ///
    /// # Errors
    /// Those of the settings of any case.
    pub(crate) fn cases(&self) -> Result<Vec<Case>> {
        let mut combinations = vec![Vec::new()];
        for axis in &self.vary {
            let longer = |places: &Vec<usize>| {
                let places = places.clone();
                (0..axis.values.len()).map(move |place| [&places[..], &[place]].concat())
            };
            combinations = combinations.iter().flat_map(longer).collect();
        }
        combinations.into_iter().map(|places| self.case(places)).collect()
    }

    fn case(&self, places: Vec<usize>) -> Result<Case> {
        let tables = [
            ("simulate", &self.simulate),
            ("microscope", &self.microscope),
            ("test", &self.test),
            ("train", &self.train),
        ];
        let mut tables: Table =
            tables.into_iter().map(|(name, table)| (name.to_owned(), Value::Table(table.clone()))).collect();
        for (axis, &place) in self.vary.iter().zip(&places) {
            axis.set(place, &mut tables);
        }
        Ok(Case { settings: Settings { simulate_anew: self.simulate_anew, ..Settings::of(tables)? }, places })
    }
}
