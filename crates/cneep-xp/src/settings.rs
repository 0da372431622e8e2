//! Turns the tables of an experiment into the settings of one case.

use super::training::TrainingSettings;
use super::words::{read, wrong};
use cneep_movie::error::{Error, Fault, Result};
use cneep_sim::systems::{Filming, MicroscopeSettings, System};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

/// Seeds of simulation from one seed of training to the next, where each simulates its own movies to train
/// on.
const SEEDS_APART: u64 = 1000;

/// Settings of one case: everything that its scores depend on, but the seed of training.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) system: System,
    pub(crate) filming: Filming,
    pub(crate) microscope: MicroscopeSettings,
    pub(crate) test: TestMovies,
    pub(crate) train: TrainingSettings,
    /// Whether every seed of training has movies of its own to train on: see [`Self::with_movies_of`].
    pub(crate) simulate_anew: bool,
}

/// Movies that the estimators are tested on: fresh ones, or, if they are none, those to train on with the
/// transitions that were held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TestMovies {
    /// How many.
    pub(crate) movies: usize,
    /// Frames of each: as many as of those to train on unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) frames: Option<usize>,
    /// Seed of their noise: one more than that of the movies to train on unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
}

impl Settings {
    /// The settings in the four tables of an experiment.
    ///
    /// # Errors
    /// [`Error::Setting`] for a word that is not known, or settings that contradict each other.
    pub(crate) fn of(mut tables: Table) -> Result<Self> {
        let mut take = |name: &str| match tables.remove(name) {
            Some(Value::Table(table)) => table,
            _ => Table::new(),
        };
        let (filming, system) = divided(take("simulate"));
        let settings: System = read("simulate", system.clone()).map_err(|error| explained(error, &system))?;
        let (own_filming, own_microscope) = (settings.default_filming(), settings.default_microscope());
        let settings = Self {
            system: settings,
            filming: read("simulate", over(&own_filming, filming))?,
            microscope: read("microscope", over(&own_microscope, take("microscope")))?,
            test: read("test", take("test"))?,
            train: TrainingSettings::of(take("train"))?,
            simulate_anew: false,
        };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<()> {
        self.system.check(&self.microscope)?;
        self.filming.run(&self.microscope)?;
        if !self.tests_on_its_own() && self.test_filming().seed == self.filming.seed {
            return Err(wrong("test", "movies of another seed than those to train on", "the same seed"));
        }
        let positions = matches!(&self.system, System::BeadSpring(row) if row.trajectory.is_some());
        if positions {
            let expected = "movies newly simulated, to train and to test on";
            return Err(wrong("simulate", expected, "a trajectory given"));
        }
        if self.tests_on_its_own() && !self.train.holds_transitions_out() {
            let expected = "fresh movies, or a training that holds transitions out";
            return Err(wrong("test", expected, "no movies"));
        }
        Ok(())
    }

    /// Whether the test is on the movies to train on.
    pub(crate) fn tests_on_its_own(&self) -> bool {
        self.test.movies == 0
    }

    /// The settings with the movies that this seed of training trains on; those to test on are the same for
    /// all.
    pub(crate) fn with_movies_of(&self, seed: u64) -> Self {
        if !self.simulate_anew {
            return self.clone();
        }
        let own = self.filming.seed.wrapping_add(seed.wrapping_mul(SEEDS_APART));
        Self {
            filming: Filming { seed: own, ..self.filming.clone() },
            test: TestMovies { seed: Some(self.test_filming().seed), ..self.test.clone() },
            ..self.clone()
        }
    }

    /// How the movies to test on are filmed.
    pub(crate) fn test_filming(&self) -> Filming {
        Filming {
            movies: self.test.movies,
            frames: self.test.frames.unwrap_or(self.filming.frames),
            seed: self.test.seed.unwrap_or(self.filming.seed.wrapping_add(1)),
            ..self.filming.clone()
        }
    }

    /// The microscope over the movies to test on: a noise of its own.
    pub(crate) fn test_microscope(&self) -> MicroscopeSettings {
        let microscope_seed = self.microscope.microscope_seed.map(|seed| seed.wrapping_add(1));
        MicroscopeSettings { microscope_seed, ..self.microscope.clone() }
    }

    /// Sixteen digits that change with any setting, or the `seed` of training: the head of the SHA-256 of the
    /// settings as JSON.
    pub(crate) fn hash(&self, seed: u64) -> String {
        let settings = self.with_movies_of(seed);
        let hashed = Hashed {
            system: &settings.system,
            filming: HashedFilming { filming: &settings.filming, format: "npz" },
            microscope: &settings.microscope,
            test: &settings.test,
            train: settings.train.with_seed(seed),
        };
        let text = serde_json::to_string(&hashed).expect("every setting has a JSON form");
        let digest = Sha256::digest(text);
        let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        format!("{number:016x}")
    }
}

/// What is hashed, in this order.
#[derive(Serialize)]
struct Hashed<'a> {
    system: &'a System,
    filming: HashedFilming<'a>,
    microscope: &'a MicroscopeSettings,
    test: &'a TestMovies,
    train: TrainingSettings,
}

/// Filming with the format of movies that were once a part of it: results keep their hashes.
#[derive(Serialize)]
struct HashedFilming<'a> {
    #[serde(flatten)]
    filming: &'a Filming,
    format: &'static str,
}

/// Words of filming, and those of the system, which stand in one table.
fn divided(simulate: Table) -> (Table, Table) {
    let known = Table::try_from(Filming::default()).expect("plain numbers and words have a TOML form");
    simulate.into_iter().partition(|(key, _)| known.contains_key(key))
}

/// The `stated` words, and those of the `defaults` that are not stated.
fn over(defaults: &impl Serialize, stated: Table) -> Table {
    let mut all = Table::try_from(defaults).expect("plain numbers and words have a TOML form");
    all.extend(stated);
    all
}

/// An `error` about the words of a `system`, with the key of a wrong value, or with the words of filming, for
/// which a word that no system has may have been meant: they stand in the same table.
fn explained(error: Error, system: &Table) -> Error {
    let Error::Setting(fault) = error else { return error };
    let right_without = |key: &&String| {
        let mut others = system.clone();
        others.remove(key.as_str());
        others.try_into::<System>().is_ok()
    };
    let more = if fault.found.contains("unknown field") {
        let known = Table::try_from(Filming::default()).expect("plain numbers and words have a TOML form");
        let words: Vec<String> = known.keys().map(|word| format!("`{word}`")).collect();
        format!(", or how it is filmed, one of {}", words.join(", "))
    } else {
        system.keys().find(right_without).map_or(String::new(), |key| format!(" in `{key}`"))
    };
    Error::Setting(Fault { found: fault.found + &more, ..fault })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<Settings> {
        let tables = format!(
            "test = {{ movies = 2 }}\nsimulate = {{ system = \"bead-spring\", hot = 5, seed = 3 }}\n{text}"
        );
        Settings::of(toml::from_str(&tables).unwrap())
    }

    /// Catches things in motion that are filmed as others are, and a stated word that loses to a default.
    #[test]
    fn a_system_is_filmed_in_its_own_way_where_nothing_is_said() {
        let settings = |more: &str| {
            let tables =
                format!("simulate = {{ system = \"flow\", frames = 50 }}\ntest = {{ movies = 2 }}\n{more}");
            Settings::of(toml::from_str(&tables).unwrap()).unwrap()
        };
        let own = settings("");
        assert_eq!((own.filming.time_step, own.filming.frames, own.filming.movies), (1.0, 50, 5));
        assert_eq!((own.microscope.read_noise, own.microscope.background), (0.004, 0.08));
        let silent = settings("microscope = { read-noise = 0.0 }");
        assert_eq!((silent.microscope.read_noise, silent.microscope.background), (0.0, 0.08));
        assert_ne!(own.hash(0), silent.hash(0));
    }

    /// Catches a test on the movies, the noise or the hot nodes of the training.
    #[test]
    fn the_test_has_another_noise_and_nothing_else() {
        let settings = settings("microscope = { microscope-seed = 9 }").unwrap();
        let test = settings.test_filming();
        assert_eq!((settings.filming.seed, test.seed), (3, 4));
        assert_eq!((test.movies, test.frames), (2, settings.filming.frames));
        assert_eq!(settings.test_microscope().camera(4).seed, 10);
        assert_eq!(settings.microscope.camera(3).seed, 9);
    }

    /// Catches maps of one seed that are compared with another's of other movies, and movies trained and
    /// tested on.
    #[test]
    fn every_seed_may_have_movies_of_its_own() {
        let once = settings("").unwrap();
        assert_eq!(once.with_movies_of(7), once);
        let anew = Settings { simulate_anew: true, ..once };
        let seeds = |seed| {
            let settings = anew.with_movies_of(seed);
            [settings.filming.seed, settings.test_filming().seed]
        };
        assert_eq!([seeds(0), seeds(2)], [[3, 4], [2003, 4]]);
    }

    /// Catches a misspelt word of filming that is answered with the words of the system alone, and a value
    /// without its key.
    #[test]
    fn a_wrong_word_is_answered_with_all_that_are_known() {
        let refused = |words: &str| {
            let tables = format!("test = {{ movies = 2 }}\n[simulate]\nsystem = \"gyrator\"\n{words}");
            Settings::of(toml::from_str(&tables).unwrap()).unwrap_err().to_string()
        };
        let told = refused("movis = 3");
        for word in ["`movis`", "`angle`", "`movies`", "`frames`", "`steps-per-frame`"] {
            assert!(told.contains(word), "{word}: {told}");
        }
        assert!(refused("angle = \"a\"").contains("`angle`"), "{}", refused("angle = \"a\""));
        assert!(!refused("angle = \"a\"").contains("filmed"));
    }

    /// Catches a skip of what was never run: any setting and the seed must change the hash, the order of
    /// words must not.
    #[test]
    fn the_hash_knows_every_setting() {
        let hash = |text: &str| settings(text).unwrap().hash(0);
        let plain = hash("");
        assert_eq!(plain.len(), 16);
        assert_eq!(plain, hash("train = { comparison = { folds = 5 } }"));
        let [folds, window] = ["comparison = { folds = 4 }", "window = 3"];
        let in_order = |words: [&str; 2]| hash(&format!("train = {{ {} }}", words.join(", ")));
        assert_eq!(in_order([folds, window]), in_order([window, folds]));
        for other in [
            "train = { window = 3 }",
            "microscope = { read-noise = 0.1 }",
            "train = { settings = \"paper\" }",
        ] {
            assert_ne!(plain, hash(other), "{other}");
        }
        assert_ne!(plain, settings("").unwrap().hash(1));
        let anew = Settings { simulate_anew: true, ..settings("").unwrap() };
        assert_ne!(settings("").unwrap().hash(1), anew.hash(1));
    }
}
