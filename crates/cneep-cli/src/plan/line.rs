//! States an analysis in one line.

use super::task::Task;
use super::tile::TileOfField;
use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};
use serde::{Deserialize, Serialize};
use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// One analysis, of a movie or of a tile of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnalysisTask {
    /// Its number, from 1.
    #[serde(rename = "task")]
    pub(crate) number: usize,
    /// What its movie, or its tile, is called.
    pub(crate) name: String,
    /// Its movies, as seen from the plan where there is such a path.
    pub(crate) movies: Vec<String>,
    /// The tile that is cropped out of them, if it is one of a field.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) tile: Option<TileOfField>,
    /// Its condition, if there are any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) condition: Option<String>,
    /// What the movie has in common with one of another condition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) replicate: Option<String>,
    /// What was stated of the movies, and the crop of a tile.
    pub(crate) options: Vec<Stated>,
    /// SHA-256 of the settings.
    pub(crate) settings: String,
    /// SHA-256 of every file that is read, by its path as seen from the plan.
    pub(crate) inputs: BTreeMap<String, String>,
}

impl Task for AnalysisTask {
    const VERB: &'static str = "analyze";
    const PROGRAM: &'static str = "cneep";
    const PLANNED_BY: &'static str = "cneep plan analyze MOVIES -o PLAN";
    const RESULT: &'static str = "summary.json";

    fn number(&self) -> usize {
        self.number
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn inputs(&self) -> &BTreeMap<String, String> {
        &self.inputs
    }
}

/// An option that was stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stated {
    /// Its name, without dashes.
    pub(crate) option: String,
    /// Its value, if it takes one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) value: Option<String>,
    /// Whether the value is a file.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) is_file: bool,
}

impl Stated {
    /// As a word of a command line; a file is found by `place`.
    pub(crate) fn word(&self, place: impl Fn(&str) -> PathBuf) -> String {
        match &self.value {
            None => format!("--{}", self.option),
            Some(value) if self.is_file => format!("--{}={}", self.option, place(value).display()),
            Some(value) => format!("--{}={value}", self.option),
        }
    }
}

/// The arguments `A` of a verb, and what was stated of them.
#[derive(Debug)]
pub(crate) struct StatedArguments<A> {
    pub(crate) arguments: A,
    pub(crate) options: Vec<Stated>,
}

impl<A: Args> Args for StatedArguments<A> {
    fn augment_args(command: Command) -> Command {
        A::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        A::augment_args_for_update(command)
    }
}

impl<A: Args> FromArgMatches for StatedArguments<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let command = A::augment_args(Command::new("arguments"));
        let options = command.get_arguments().filter_map(|argument| stated(argument, matches)).collect();
        Ok(Self { arguments: A::from_arg_matches(matches)?, options })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What was stated of an option; none of what was left out, and of movies.
fn stated(argument: &Arg, matches: &ArgMatches) -> Option<Stated> {
    let id = argument.get_id().as_str();
    let option = argument.get_long()?.to_owned();
    if matches.value_source(id) != Some(ValueSource::CommandLine) {
        return None;
    }
    let takes_value = !matches!(argument.get_action(), ArgAction::SetTrue);
    let values = matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy().into_owned());
    let value = takes_value.then(|| values.collect::<Vec<_>>().join(","));
    Some(Stated { option, value, is_file: takes_path(argument.get_value_parser()) })
}

fn takes_path(parser: &ValueParser) -> bool {
    parser.type_id() == TypeId::of::<PathBuf>()
}

/// The arguments of the verb `name` that `words` behind it state.
pub(crate) fn parsed<T: Args>(
    name: &'static str,
    words: impl IntoIterator<Item = OsString>,
) -> Result<T, clap::Error> {
    let words = std::iter::once(name.into()).chain(words);
    let matches = T::augment_args(Command::new(name)).try_get_matches_from(words)?;
    T::from_arg_matches(&matches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::analyze::Subject;

    /// Catches an option that is lost on its way into a plan, a list that is cut into one value, and a file
    /// that would be looked for elsewhere.
    #[test]
    fn what_is_stated_is_said_again_in_the_same_words() {
        let command = StatedArguments::<Subject>::augment_args(Command::new("plan"));
        let words = "plan a.tif b.tif --interval 50ms --compare modes,force --detrend \
                     --region mask.tif --crop 1,2,3,4";
        let matches = command.clone().try_get_matches_from(words.split(' ')).unwrap();
        let stated = StatedArguments::<Subject>::from_arg_matches(&matches).unwrap();
        let mut said: Vec<String> =
            stated.options.iter().map(|of| of.word(|file| PathBuf::from("plan").join(file))).collect();
        said.sort();
        let expected = [
            "--compare=modes,force",
            "--crop=1,2,3,4",
            "--detrend",
            "--frame-interval=50ms",
            "--region=plan/mask.tif",
        ];
        assert_eq!(said, expected);
        let again = command
            .try_get_matches_from(["plan", "a.tif"].into_iter().chain(said.iter().map(String::as_str)));
        let again = StatedArguments::<Subject>::from_arg_matches(&again.unwrap()).unwrap();
        assert_eq!(again.options.len(), stated.options.len());
        assert_eq!(stated.arguments.movies().paths().len(), 2);
    }
}
