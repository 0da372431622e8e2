//! Holds one case of an experiment: a combination of what it varies.

use super::settings::Settings;
use super::vary::Axis;

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
