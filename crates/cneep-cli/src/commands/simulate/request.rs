//! Joins the settings of filming and of the microscope, and where the files go, to the settings of every
//! system.

use super::examples::examples;
use super::format::Format;
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};
use cneep_sim::systems::{Filming, MicroscopeSettings, System};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A system, and what is wanted of it: `cneep simulate SYSTEM` with the options of all four.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) system: System,
    pub(super) filming: Filming,
    pub(super) files: Files,
    pub(super) microscope: MicroscopeSettings,
}

/// Where the files go, and how they are written.
#[derive(Debug, Args)]
pub(super) struct Files {
    /// How to write the movies
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Folder to write to
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: PathBuf,
}

/// The help of a `system`, with the options that are asked of every one. (Each set of options brings a
/// description, which must not take the place of the system's.)
fn complete(system: Command) -> Command {
    let about = system.get_about().cloned().unwrap_or_default();
    let long_about = system.get_long_about().cloned().unwrap_or_default();
    let examples = examples(system.get_name());
    let defaults = own_defaults(system.get_name());
    let system = Files::augment_args(Filming::augment_args(system));
    let system = MicroscopeSettings::augment_args(system);
    system.about(about).long_about(long_about).after_help(examples).mut_args(|arg| with(&defaults, arg))
}

/// How the system of this `name` is filmed where nothing is said, by the words of experiment files, as far as
/// others are filmed otherwise.
fn own_defaults(name: &str) -> Vec<(String, String)> {
    let system: System = serde_json::from_value(json!({ "system": name })).expect("settings have defaults");
    let own = [entries(&system.default_filming()), entries(&system.default_microscope())];
    let usual = [entries(&Filming::default()), entries(&MicroscopeSettings::default())].concat();
    let differ = own.concat().into_iter().filter(|entry| !usual.contains(entry));
    differ.map(|(word, value)| (word, value.to_string())).collect()
}

fn entries(settings: &impl Serialize) -> Vec<(String, Value)> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(entries)) => entries.into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The argument with the default that the system has of its own, if any. (Arguments are made once, and keep
/// their words to the end.)
fn with(defaults: &[(String, String)], arg: Arg) -> Arg {
    match defaults.iter().find(|(word, _)| arg.get_long() == Some(word)) {
        Some((_, value)) => arg.default_value(&*value.clone().leak()),
        None => arg,
    }
}

impl Subcommand for Request {
    fn augment_subcommands(command: Command) -> Command {
        System::augment_subcommands(command).mut_subcommands(complete)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        System::has_subcommand(name)
    }
}

impl FromArgMatches for Request {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (_, of_system) = matches.subcommand().ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        Ok(Self {
            filming: Filming::from_arg_matches(of_system)?,
            files: Files::from_arg_matches(of_system)?,
            microscope: MicroscopeSettings::from_arg_matches(of_system)?,
            system: System::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        Request::augment_subcommands(Command::new("simulate"))
    }

    fn parse(line: &str) -> Result<Request, Error> {
        let words = format!("simulate {line} -o movies");
        Request::from_arg_matches(&command().try_get_matches_from(words.split_whitespace())?)
    }

    fn names() -> Vec<String> {
        command().get_subcommands().map(|system| system.get_name().to_owned()).collect()
    }

    /// Catches a default that differs between the command line and experiment files, and a name that does.
    #[test]
    fn an_experiment_file_says_the_same_in_the_same_words() {
        assert_eq!(names().len(), 13);
        for name in names() {
            let request = parse(&name).unwrap();
            let system: System = serde_json::from_value(json!({ "system": name })).unwrap();
            assert_eq!(system, request.system);
            let again: System = serde_json::from_value(serde_json::to_value(&system).unwrap()).unwrap();
            assert_eq!(again, system);
            let defaults = (system.default_filming(), system.default_microscope());
            assert_eq!((request.filming, request.microscope), defaults, "{name}");
            assert_eq!(request.files.output, PathBuf::from("movies"));
            assert!(serde_json::from_value::<System>(json!({ "system": name, "colour": 3 })).is_err());
        }
        assert_eq!(serde_json::from_str::<Filming>("{}").unwrap(), Filming::default());
        assert_eq!(serde_json::from_str::<MicroscopeSettings>("{}").unwrap(), MicroscopeSettings::default());
        assert!(serde_json::from_value::<Filming>(json!({ "frame": 3 })).is_err());
    }

    /// Catches a word that is spelt otherwise in a file, and an option that is read but not kept.
    #[test]
    fn every_option_has_its_word_in_a_file() {
        let cases = [
            ("bead-spring --beads 5 --cold 2 --hot 3 --mean 1,2 --deviation 3,4 --trajectory a.npy", 6),
            (
                "filament-network --columns 4 --rows 5 --hot-fraction 0.5 --network-seed 7 --rest-length 2 \
                 --hide-filaments 3,4",
                6,
            ),
            ("gyrator --stiffness-along 2 --stiffness-across 5 --angle -30 --friction 2", 4),
            ("stirred-trap --torque -2 --temperature 3 --size 50 --width 2", 4),
            ("ratchet --potential -2 --switching-rate 3 --hopping-rate 4", 3),
            ("ring --velocity -2 --diffusion 3 --radius 4 --size 50 --width 3", 5),
            ("flow --colloids 5 --speed -1 --diffusion 2 --vortices 4 --size 50 --width 3", 6),
            ("wave --frequency -2 --diffusion 3 --coupling 2 --winding -3 --sites 9 --pitch 5 --blur 1", 7),
            ("tissue --velocity -2 --diffusion 3 --density 2 --size 50 --width 3", 5),
            ("pair --stiffness 2 --coupling -3 --excursion 4 --distance 30 --size 50 --width 3", 6),
            ("field --rows 2 --columns 3 --cold 2 --hot 3 --spread 0.5 --field-seed 4 --stiffness 2", 7),
            ("active --particles 5 --speed 1 --diffusion 2 --turning 3 --size 50", 5),
            ("motors --motors 5 --tracks 3 --forwards 2 --backwards 3 --hop 4 --size 50 --width 3", 7),
        ];
        for (line, count) in cases {
            let system = parse(line).unwrap().system;
            let words: Vec<&str> = line.split(' ').collect();
            let table = serde_json::to_value(&system).unwrap();
            assert_eq!(table["system"].as_str(), Some(words[0]));
            let options = words[1..].chunks(2);
            assert_eq!(options.len(), count);
            for option in options {
                let value = &table[option[0].trim_start_matches('-')];
                let expected: Vec<f64> = option[1].split(',').filter_map(|v| v.parse().ok()).collect();
                let found: Vec<f64> = match value {
                    Value::Array(values) => values.iter().filter_map(Value::as_f64).collect(),
                    value => value.as_f64().into_iter().collect(),
                };
                assert_eq!(found, expected, "{option:?}");
            }
            assert_eq!(serde_json::from_value::<System>(table).unwrap(), system);
        }
    }

    /// Catches an option of the microscope that is lost on its way, or has another name in a file.
    #[test]
    fn every_option_of_the_microscope_has_its_word_in_a_file() {
        let asked = parse(
            "bead-spring --displacement-scale 0.5 --hide-beads 0,2 --exposure 0.5 --binning 2 \
             --background 0.1 --photons 100 --read-noise 0.02 --saturation 0.9 --bit-depth 12 \
             --mask 0,0,2,2 --mask 4,4,1,1 --crop 0,1,8,9 \
             --microscope-seed 7 --brightness 0.8 --artefact interlaced --artefact lag:least=0.02,most=0.1",
        );
        let file = r#"{"displacement-scale": 0.5, "hide-beads": [0, 2], "exposure": 0.5, "binning": 2,
            "background": 0.1, "photons": 100, "read-noise": 0.02, "saturation": 0.9, "bit-depth": 12,
            "mask": [{"row": 0, "column": 0, "rows": 2, "columns": 2},
                {"row": 4, "column": 4, "rows": 1, "columns": 1}],
            "crop": {"row": 0, "column": 1, "rows": 8, "columns": 9}, "microscope-seed": 7,
            "brightness": 0.8,
            "artefacts": [{"kind": "interlaced"}, {"kind": "lag", "least": 0.02, "most": 0.1}]}"#;
        assert_eq!(asked.unwrap().microscope, serde_json::from_str(file).unwrap());
        assert!(parse("bead-spring --crop 1,2,3").is_err());
    }

    /// Catches a description of filming or of the microscope that takes the place of the system's own, and a
    /// system without examples.
    #[test]
    fn every_system_keeps_its_description() {
        let own = System::augment_subcommands(Command::new("simulate"));
        for system in command().get_subcommands() {
            let name = system.get_name();
            let alone = own.find_subcommand(name).unwrap();
            let described = |system: &Command| system.get_long_about().unwrap().to_string();
            assert_eq!(described(system), described(alone), "{name}");
            assert!(examples(name).contains(&format!("cneep simulate {name}")), "{name}");
        }
    }
}
