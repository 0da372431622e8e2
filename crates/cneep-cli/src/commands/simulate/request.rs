//! Joins the options of filming to those of every system.

use super::filming::Filming;
use super::system::System;
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

/// A system, and what is wanted of it: `cneep simulate SYSTEM` with the options of both.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) system: System,
    pub(super) filming: Filming,
}

impl Subcommand for Request {
    fn augment_subcommands(command: Command) -> Command {
        System::augment_subcommands(command).mut_subcommands(Filming::augment_args)
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
        Ok(Self { system: System::from_arg_matches(matches)?, filming })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
