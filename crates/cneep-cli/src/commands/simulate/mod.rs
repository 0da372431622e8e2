//! Simulates a system whose entropy production is known, then films it.

mod examples;
mod format;
mod request;
mod simulated;

use super::results::begin_anew;
use clap::Args;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_sim::systems::{film, part_places};
use request::Request;
use simulated::Simulated;

/// Simulate a system whose entropy production is known exactly, and film it
///
/// Writes the movies, to be analysed like any others, and truth.npz: the trajectories and the entropy
/// production of every transition, in k_B, to compare with afterwards (`cneep estimate --truth`). `cneep
/// simulate NAME --help` tells each system's equation, the units of its parameters, its exact rate, and the
/// settings at which it is in equilibrium, as a control: equal temperatures, no torque, no potential. Things
/// that move through the frame (ring, flow, active, motors, ...) have the frame as their unit of time. The
/// microscope's options are the same for all; its faults act in the order in which they are listed.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(subcommand)]
    request: Request,
}

impl Simulate {
    /// Simulates, films, writes.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let Request { system, filming, files, microscope } = &self.request;
        let output = &files.output;
        let run = filming.run(microscope)?;
        system.check(microscope)?;
        let progress = console.progress();
        progress.begin("simulating", 3);
        let simulated = || system.simulate(microscope, &run, filming.seed);
        let world = interrupt::ending_at_once(simulated)?;
        interrupt::check(output)?;
        progress.advance(1);
        progress.note("filming");
        let filmed = || film(system, microscope, &world.trajectories, filming.seed);
        let videos = interrupt::ending_at_once(filmed)?;
        interrupt::check(output)?;
        progress.advance(1);
        progress.note("writing");
        let last = output.join("truth.npz");
        begin_anew(&last)?;
        files.format.write(&videos, output)?;
        let truth = world.truth(part_places(system, microscope, &world.trajectories)?);
        truth.write(&last)?;
        progress.end();
        console.print(&Simulated::new(output, &videos[0], &truth, world.exact_pair_rate))
    }
}
