//! Lists the systems that can be simulated, by their names on the command line and in experiment files.

use super::bead_spring::BeadSpringRow;
use super::filament_network::Lattice;
use super::gyrator::Gyrator;
use super::ratchet::Ratchet;
use super::stirred_trap::Trap;
use super::world::World;
use crate::commands::microscope_options::MicroscopeOptions;
use clap::Subcommand;
use cneep_movie::Result;
use cneep_sim::langevin::{Simulation, Trajectory};
use cneep_sim::microscope::Drawing;
use serde::{Deserialize, Serialize};

/// A system with its settings. In an experiment file the same words stand beside `system = "NAME"`.
#[derive(Debug, Clone, PartialEq, Subcommand, Serialize, Deserialize)]
#[serde(tag = "system", rename_all = "kebab-case")]
pub(crate) enum System {
    BeadSpring(BeadSpringRow),
    FilamentNetwork(Lattice),
    Gyrator(Gyrator),
    StirredTrap(Trap),
    Ratchet(Ratchet),
}

impl System {
    /// Simulates `run`, and solves for what is known exactly, as far as it is known of what is seen with these `options`.
    pub(crate) fn simulate(&self, options: &MicroscopeOptions, run: &Simulation, seed: u64) -> Result<World> {
        match self {
            Self::BeadSpring(row) => row.simulate(options, run, seed),
            Self::FilamentNetwork(network) => network.simulate(options, run, seed),
            Self::Gyrator(gyrator) => gyrator.simulate(run, seed),
            Self::StirredTrap(trap) => trap.simulate(run, seed),
            Self::Ratchet(ratchet) => ratchet.simulate(run, seed),
        }
    }

    /// Refuses options of the microscope that have no effect on this system, before anything is simulated.
    pub(crate) fn check(&self, options: &MicroscopeOptions) -> Result<()> {
        match self {
            Self::BeadSpring(_) | Self::FilamentNetwork(_) => Ok(()),
            Self::Gyrator(_) | Self::StirredTrap(_) => options.refuse_hidden_beads("single bead"),
            Self::Ratchet(_) => {
                options.refuse_hidden_beads("ratchet")?;
                options.refuse_displacement_scale("ratchet")
            }
        }
    }

    /// What the microscope sees of this system, moved by its `trajectories`.
    pub(crate) fn drawing(
        &self,
        options: &MicroscopeOptions,
        trajectories: &[Trajectory],
    ) -> Result<Drawing> {
        match self {
            Self::BeadSpring(row) => row.drawing(options, trajectories),
            Self::FilamentNetwork(network) => network.drawing(options),
            Self::Gyrator(_) | Self::StirredTrap(_) => {
                options.planar_bead(trajectories[0].stationary_deviation())
            }
            Self::Ratchet(ratchet) => ratchet.drawing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::filming::Filming;
    use super::super::request::Request;
    use super::*;
    use clap::{Command, FromArgMatches};

    fn parse(line: &str) -> std::result::Result<Request, clap::Error> {
        let command = Request::augment_subcommands(Command::new("simulate"));
        Request::from_arg_matches(&command.try_get_matches_from(line.split(' '))?)
    }

    fn names() -> Vec<String> {
        let command = System::augment_subcommands(Command::new("simulate"));
        command.get_subcommands().map(|system| system.get_name().to_owned()).collect()
    }

    /// Catches a default that differs between the command line and experiment files, and a name that does.
    #[test]
    fn an_experiment_file_says_the_same_in_the_same_words() {
        assert_eq!(names().len(), 5);
        for name in names() {
            let request = parse(&format!("simulate {name} -o movies")).unwrap();
            let system: System = toml::from_str(&format!("system = \"{name}\"")).unwrap();
            assert_eq!(system, request.system);
            let again: System = toml::from_str(&toml::to_string(&system).unwrap()).unwrap();
            assert_eq!(again, system);
            let filming: Filming = toml::from_str("").unwrap();
            assert_eq!(Filming { output: "movies".into(), ..filming }, request.filming);
            assert_eq!(toml::from_str::<MicroscopeOptions>("").unwrap(), request.microscope);
            assert!(toml::from_str::<System>(&format!("system = \"{name}\"\ncolour = 3")).is_err());
        }
        assert!(toml::from_str::<Filming>("frame = 3").is_err());
    }

    /// Catches a word that is spelt otherwise in a file, and an option that is read but not kept.
    #[test]
    fn every_option_has_its_word_in_a_file() {
        let cases = [
            ("bead-spring --beads 5 --cold 2 --hot 3 --mean 1,2 --deviation 3,4 --trajectory a.npy", 6),
            (
                "filament-network --columns 4 --rows 5 --hot-fraction 0.5 --network-seed 7 --rest-length 2 --hide-filaments 3,4",
                6,
            ),
            ("gyrator --stiffness-along 2 --stiffness-across 5 --angle -30 --friction 2", 4),
            ("stirred-trap --torque -2 --temperature 3", 2),
            ("ratchet --potential -2 --switching-rate 3 --hopping-rate 4", 3),
        ];
        for (line, count) in cases {
            let system = parse(&format!("simulate {line} -o movies")).unwrap().system;
            let words: Vec<&str> = line.split(' ').collect();
            let table: toml::Table = toml::from_str(&toml::to_string(&system).unwrap()).unwrap();
            assert_eq!(table["system"].as_str(), Some(words[0]));
            let options = words[1..].chunks(2);
            assert_eq!(options.len(), count);
            for option in options {
                let value = &table[option[0].trim_start_matches('-')];
                let expected: Vec<f64> = option[1].split(',').filter_map(|v| v.parse().ok()).collect();
                let number = |v: &toml::Value| v.as_float().or(v.as_integer().map(|i| i as f64));
                let found: Vec<f64> = match value {
                    toml::Value::Array(values) => values.iter().filter_map(number).collect(),
                    value => number(value).into_iter().collect(),
                };
                assert_eq!(found, expected, "{option:?}");
            }
            assert_eq!(toml::from_str::<System>(&table.to_string()).unwrap(), system);
        }
    }
}
