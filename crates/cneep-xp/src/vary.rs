//! Varies settings: the axes of a published table.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// Tables of an experiment whose settings may be varied.
pub(crate) const ROOTS: [&str; 4] = ["simulate", "microscope", "test", "train"];

/// One axis: a setting, and the values it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Axis {
    /// Dotted key of a setting, such as `simulate.frames`, or of a table, such as `simulate`.
    pub(crate) key: String,
    /// Values one after another; a table is laid over the one at the key.
    pub(crate) values: Vec<Value>,
    /// What the axis is called in tables and figures: the key unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What each value is called: the value itself unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
}

impl Axis {
    /// What the axis is called.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.key)
    }

    /// What value `index` is called.
    pub(crate) fn label(&self, index: usize) -> String {
        match &self.labels {
            Some(labels) => labels[index].clone(),
            None => written(&self.values[index]),
        }
    }

    /// Says what is wrong with the axis, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let root = self.key.split('.').next().unwrap_or_default();
        if !ROOTS.contains(&root) {
            return Err(format!("`{}` to vary, which is no key within {}", self.key, ROOTS.join(", ")));
        }
        if self.values.is_empty() {
            return Err(format!("no values of `{}`", self.key));
        }
        match &self.labels {
            Some(labels) if labels.len() != self.values.len() => {
                Err(format!("{} labels for {} values of `{}`", labels.len(), self.values.len(), self.key))
            }
            _ => Ok(()),
        }
    }

    /// Lays value `index` over `settings`.
    pub(crate) fn set(&self, index: usize, settings: &mut Table) {
        let mut value = self.values[index].clone();
        for key in self.key.rsplit('.') {
            value = Value::Table(Table::from_iter([(key.to_owned(), value)]));
        }
        if let Value::Table(value) = value {
            merge(settings, &value);
        }
    }
}

/// Lays `over` over `table`: tables within tables are merged, everything else is replaced.
pub(crate) fn merge(table: &mut Table, over: &Table) {
    for (key, value) in over {
        match (table.get_mut(key), value) {
            (Some(Value::Table(inner)), Value::Table(value)) => merge(inner, value),
            _ => {
                table.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A value in as few signs as say it.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".into(),
        Value::Array(values) => values.iter().map(written).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches neighbours of a varied setting that get lost, and lists that are merged instead of replaced.
    #[test]
    fn a_value_is_laid_over_its_neighbours() {
        let mut settings: Table =
            toml::from_str("[simulate]\nsystem = \"gyrator\"\nframes = 3\n[microscope]\nhide-beads = [1, 2]")
                .unwrap();
        let axis: Axis =
            toml::from_str("key = \"simulate\"\nvalues = [{ frames = 4, hot = 2.0 }]\nlabels = [\"warm\"]")
                .unwrap();
        axis.set(0, &mut settings);
        let hide: Axis = toml::from_str("key = \"microscope.hide-beads\"\nvalues = [[], [0, 3]]").unwrap();
        hide.set(1, &mut settings);
        let expected =
            "[simulate]\nsystem = \"gyrator\"\nframes = 4\nhot = 2.0\n[microscope]\nhide-beads = [0, 3]";
        assert_eq!(settings, toml::from_str(expected).unwrap());
        assert_eq!(
            (axis.label(0), hide.label(0), hide.label(1)),
            ("warm".into(), "none".into(), "0 3".into())
        );
        assert_eq!((axis.name(), axis.check()), ("simulate", Ok(())));
    }
}
