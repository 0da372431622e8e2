//! Answers the requests of `race.py`, one line of JSON each, until its input ends.

mod film;
mod runner;

use cneep_race::serve;
use film::Film;
use runner::Runner;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;

/// What `race.py` may ask; `peer.py` answers the same.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Request {
    /// Reads the film and makes the network for its frames.
    Open { film: PathBuf, rows: usize, columns: usize, frames_per_movie: usize, mean: f32, deviation: f32 },
    /// The first parameters, in PyTorch's order.
    Parameters,
    /// `S` and the gradient of the mean loss of the transitions that start with these frames.
    Check { starts: Vec<usize> },
    /// Times training iterations.
    Train(Turn),
    /// Times the evaluation of consecutive transitions.
    Infer(Turn),
}

/// How much work is timed.
#[derive(Deserialize)]
struct Turn {
    /// Transitions per repetition.
    batch: usize,
    /// Repetitions before the clock starts.
    warm_up: usize,
    /// Fewest timed repetitions.
    repetitions: usize,
    /// Least total of the times, in seconds.
    seconds: f64,
}

fn answer(line: &str, open: &mut Option<Runner>) -> Result<Value, String> {
    let request = serde_json::from_str(line).map_err(|error| format!("not a request: {error}"))?;
    if let Request::Open { film, rows, columns, frames_per_movie, mean, deviation } = request {
        let film = Film::read(&film, [rows, columns], frames_per_movie, mean, deviation)?;
        let runner = open.insert(Runner::new(film)?);
        return Ok(json!({
            "engine": format!("cneep-nn {}, {}", env!("CARGO_PKG_VERSION"), cneep_nn::instruction_set()),
            "parameters": runner.parameters().len(),
        }));
    }
    let runner = open.as_mut().ok_or("open a film first")?;
    match request {
        Request::Open { .. } | Request::Parameters => Ok(json!({ "parameters": runner.parameters() })),
        Request::Check { starts } => {
            let (entropy_production, gradient) = runner.check(&starts)?;
            Ok(json!({ "entropy_production": entropy_production, "gradient": gradient }))
        }
        Request::Train(turn) => Ok(json!({ "seconds": runner.train(&turn) })),
        Request::Infer(turn) => Ok(json!({ "seconds": runner.infer(&turn) })),
    }
}

fn main() -> io::Result<()> {
    serve(answer)
}
