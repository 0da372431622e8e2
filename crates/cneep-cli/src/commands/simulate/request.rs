//! Joins the options of filming and of the microscope to those of every system.

use super::filming::Filming;
use super::system::System;
use crate::commands::microscope_options::MicroscopeOptions;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

/// A system, and what is wanted of it: `cneep simulate SYSTEM` with the options of all three.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) system: System,
    pub(super) filming: Filming,
    pub(super) microscope: MicroscopeOptions,
}

impl Subcommand for Request {
    fn augment_subcommands(command: Command) -> Command {
        System::augment_subcommands(command)
            .mut_subcommands(|system| MicroscopeOptions::augment_args(Filming::augment_args(system)))
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
        let filming = Filming::from_arg_matches(of_system)?;
        let microscope = MicroscopeOptions::from_arg_matches(of_system)?;
        Ok(Self { system: System::from_arg_matches(matches)?, filming, microscope })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
