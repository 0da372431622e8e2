//! Imports the weights of a network trained with PyTorch.

use clap::Args;
use cneep::estimator::{Estimator, Normalisation};
use cneep_cli::console::Console;
use cneep_movie::Result;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Import the published network's weights as a run
///
/// Reads safetensors, or PyTorch checkpoints (.pth, .pth.tar) with the weights under `state_dict`. Frame size
/// and input normalisation, in counts of the movies, are not in those files and must be those of their
/// training.
#[derive(Debug, Args)]
#[command(after_help = "Example: cneep import-weights model_best.pth.tar --input-mean 35.5325 \
                        --input-std 57.418171720719215 --frame 20x40 -o run/")]
pub(crate) struct ImportWeights {
    /// File with the weights
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Mean that was subtracted from the pixels, in counts
    #[arg(long, value_name = "COUNTS", allow_negative_numbers = true)]
    input_mean: f64,
    /// Standard deviation by which the pixels were divided, in counts
    #[arg(long, value_name = "COUNTS")]
    input_std: f64,
    /// Rows x columns of a frame, in pixels, such as 20x40
    #[arg(long, value_name = "RxC", value_parser = frame_size)]
    frame: (usize, usize),
    /// Frames in a transition; checked against the weights
    #[arg(long, value_name = "FRAMES")]
    window: Option<usize>,
    /// Folder in which the run is kept
    #[arg(long, short, value_name = "RUN")]
    output: PathBuf,
}

fn frame_size(text: &str) -> std::result::Result<(usize, usize), String> {
    let (rows, columns) = text.split_once(['x', 'X']).ok_or("expected ROWSxCOLUMNS, such as 20x40")?;
    let number = |part: &str| match part.trim().parse::<usize>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("expected a positive number of pixels, found '{part}'")),
    };
    Ok((number(rows)?, number(columns)?))
}

impl ImportWeights {
    /// Imports and keeps the run.
    pub(crate) fn run(&self, console: &Console) -> Result<()> {
        let normalisation = Normalisation::new(self.input_mean, self.input_std)?;
        let (rows, columns) = self.frame;
        let estimator = Estimator::import(&self.file, rows, columns, self.window, normalisation)?;
        estimator.save_new(&self.output)?;
        console.tell(&estimator.record().cautions);
        console.print(&Imported {
            run: self.output.clone(),
            parameters: estimator.parameters().len(),
            window: estimator.record().window,
        })
    }
}

/// What was imported.
#[derive(Serialize)]
struct Imported {
    run: PathBuf,
    parameters: usize,
    window: usize,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, parameters, window } = self;
        writeln!(f, "imported {parameters} parameters for windows of {window} frames")?;
        write!(f, "run kept in {}; next: cneep estimate {0} MOVIE... -o DIR", run.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_sizes_are_rows_by_columns() {
        assert_eq!(frame_size("20x40"), Ok((20, 40)));
        assert!(frame_size("20").is_err() && frame_size("0x40").is_err() && frame_size("ax4").is_err());
    }
}
