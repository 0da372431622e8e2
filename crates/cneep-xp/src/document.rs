//! Reads an experiment file.

use super::case::Case;
use super::expectation::Expectation;
use super::quantity::Quantity;
use super::settings::Settings;
use super::vary::{Axis, merge};
use super::words::told;
use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use toml::{Table, Value};

/// An experiment, as its file says it.
///
/// `[simulate]` holds the words of `cneep simulate SYSTEM`, `[microscope]` those of the microscope, `[test]`
/// the number of fresh movies, `[train]` those of a run's `settings.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Document {
    pub(crate) title: String,
    /// What the experiment finds out.
    pub(crate) question: String,
    /// Where the published and expected values come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    /// The score that the figure shows: that of the first expectation unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plot: Option<Quantity>,
    /// Seeds of training: as many estimators learn from the same movies.
    pub(crate) seeds: Vec<u64>,
    /// Whether every seed also simulates the movies it trains on; all are tested on the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) simulate_anew: bool,
    pub(crate) simulate: Table,
    #[serde(default)]
    pub(crate) microscope: Table,
    pub(crate) test: Table,
    #[serde(default)]
    pub(crate) train: Table,
    #[serde(default)]
    pub(crate) vary: Vec<Axis>,
    #[serde(default)]
    pub(crate) expect: Vec<Expectation>,
}

impl Document {
    /// Reads the experiment in `path`, or its `quick` version. Both are checked, down to the settings of
    /// every case.
    ///
    /// The quick version is the file with its `[quick]` table laid over it; it expects only what `[quick]`
    /// expects.
    pub(crate) fn read(path: &Path, quick: bool) -> Result<Self> {
        let text = cneep_movie::input_file::read_text(path, "an experiment")?;
        let [full, small] = Self::both(&text).map_err(|found| fault(path, found))?;
        for version in [&full, &small] {
            version.check(path)?;
        }
        Ok(if quick { small } else { full })
    }

    /// The full and the quick version in `text`, or what is wrong with it.
    fn both(text: &str) -> std::result::Result<[Self; 2], String> {
        let broken = |error: toml::de::Error| error.to_string().trim_end().to_owned();
        let mut full: Table = toml::from_str(text).map_err(broken)?;
        let quick = match full.remove("quick") {
            Some(Value::Table(quick)) => quick,
            Some(_) => return Err("`quick` that is not a table".into()),
            None => Table::new(),
        };
        let mut small = full.clone();
        small.remove("expect");
        merge(&mut small, &quick);
        let document = |table: Table, which: &str| {
            table.try_into::<Self>().map_err(|error| format!("{which}{}", told(&error)))
        };
        Ok([document(full, "")?, document(small, "in the quick version: ")?])
    }

    fn check(&self, path: &Path) -> Result<()> {
        if self.seeds.is_empty() {
            return Err(fault(path, "no seeds".into()));
        }
        let mut seeds = self.seeds.clone();
        seeds.sort_unstable();
        seeds.dedup();
        if seeds.len() < self.seeds.len() {
            return Err(fault(path, format!("a seed twice in {:?}", self.seeds)));
        }
        for axis in &self.vary {
            axis.check().map_err(|found| fault(path, found))?;
        }
        let cases = self.cases().map_err(|error| in_file(path, error))?;
        for expectation in &self.expect {
            expectation.check(&self.vary, &cases).map_err(|found| fault(path, found))?;
        }
        Ok(())
    }

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

    /// What the figure shows.
    pub(crate) fn plotted(&self) -> Quantity {
        let expected = self.expect.first().map(|expectation| expectation.quantity);
        self.plot.or(expected).unwrap_or(Quantity::RSquared)
    }

    /// The experiment as a file that gives it again.
    pub(crate) fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("every part of an experiment has a TOML form")
    }
}

/// An error about a setting, with the file in which it stands.
fn in_file(path: &Path, error: Error) -> Error {
    match error {
        Error::Setting(fault) => {
            Error::Setting(Fault { subject: format!("{} {}", path.display(), fault.subject), ..fault })
        }
        other => other,
    }
}

fn fault(path: &Path, found: String) -> Error {
    let remedy = "Correct the file; `cneep-xp --help` names what it holds.";
    Error::Setting(Fault::of_file(path, "an experiment", found, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        title = "Two beads"
        question = "Does it work?"
        seeds = [0, 1]
        [simulate]
        system = "bead-spring"
        frames = 60
        movies = 6
        [microscope]
        read-noise = 0.02
        [test]
        movies = 2
        [train]
        window = 3
        estimator = { kind = "convolutional", descent = { iterations = 20 } }
        [[vary]]
        key = "simulate.frames"
        values = [60, 80]
        [[expect]]
        quantity = "r_squared"
        at = { simulate.frames = 80 }
        at-least = 0.1
        [quick]
        seeds = [0]
        train = { estimator = { descent = { batch = 8 } } }
        vary = [{ key = "simulate.hot", values = [2, 5, 10] }]
    "#;

    fn read(text: &str, quick: bool) -> Result<Document> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, text).unwrap();
        Document::read(&path, quick)
    }

    /// Catches a quick version that forgets what it does not override, or keeps expectations meant for the
    /// full size.
    #[test]
    fn the_quick_version_lies_over_the_full_one() {
        let (full, quick) = (read(SMALL, false).unwrap(), read(SMALL, true).unwrap());
        assert_eq!((full.seeds.len(), full.cases().unwrap().len(), full.expect.len()), (2, 2, 1));
        assert_eq!((quick.seeds.len(), quick.cases().unwrap().len(), quick.expect.len()), (1, 3, 0));
        let descent = &quick.train["estimator"]["descent"];
        assert_eq!(descent["iterations"].as_integer(), Some(20));
        assert_eq!(descent["batch"].as_integer(), Some(8));
    }

    /// Catches settings as used that give another experiment when they are run.
    #[test]
    fn an_experiment_is_written_as_it_was_read() {
        for quick in [false, true] {
            let document = read(SMALL, quick).unwrap();
            assert_eq!(read(&document.to_toml(), false).unwrap(), document);
        }
    }

    #[test]
    fn a_file_that_is_no_experiment_is_refused_with_the_reason() {
        let replaced = |old: &str, new: &str| {
            assert!(SMALL.contains(old), "{old}");
            read(&SMALL.replacen(old, new, 1), false).unwrap_err().to_string()
        };
        for (old, new, culprit) in [
            ("title =", "tittle =", "tittle"),
            (
                "frames = 60",
                "frame = 60",
                "a.toml [simulate]: expected known settings, found unknown field `frame`",
            ),
            ("read-noise", "read_noise", "read_noise"),
            ("movies = 2", "movie = 2", "movie"),
            ("iterations = 20", "iteration = 20", "iteration"),
            ("window = 3", "seed = 20", "seeds"),
            ("window = 3", "settings = \"best\"", "best"),
            ("values = [60, 80]", "values = []", "no values"),
            ("values = [60, 80]", "values = [60, 80]\nlabels = [\"a\"]", "labels"),
            ("key = \"simulate.frames\"", "key = \"film.frames\"", "film.frames"),
            ("\"bead-spring\"", "\"ratchet\"\ndisplacement-scale = 1", "displacement-scale"),
            ("\"bead-spring\"", "\"bead-spring\"\ntrajectory = \"a.npy\"", "trajectory"),
            ("r_squared", "r_cubed", "r_cubed"),
            (
                "simulate.frames = 80",
                "simulate.frames = 81",
                "81, which is none of the cases (simulate.frames = 60 | 80)",
            ),
            ("simulate.frames = 80", "simulate.hot = 5", "not varied (`simulate.frames`)"),
            ("seeds = [0, 1]", "seeds = 3", "`seeds`"),
            ("at-least = 0.1", "", "r_squared"),
            ("seeds = [0, 1]", "seeds = []", "seeds"),
            ("seeds = [0, 1]", "seeds = [1, 1]", "twice"),
            ("batch = 8", "bacth = 8", "bacth"),
            ("title", "]", "a.toml"),
        ] {
            let refusal = replaced(old, new);
            assert!(refusal.contains(culprit), "{new}: {refusal}");
        }
    }
}
