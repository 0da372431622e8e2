//! Exposes rows and frames at other times than all at once and evenly.

use super::kind::Artefact;
use crate::microscope::Camera;
use cneep_movie::error::{Error, Fault, Result};
use rand::{Rng, RngExt};

/// How many time steps before each frame's own are needed, that included: for the exposure, and for rows and
/// frames that are exposed early.
///
/// # Errors
/// [`Error::Setting`] if they are more than the steps from one frame to the next, or too few to tell the rows
/// apart; those of [`Camera::exposed_steps`].
pub fn kept_steps(camera: &Camera, artefacts: &[Artefact], steps_per_frame: usize) -> Result<usize> {
    let exposed = camera.exposed_steps(steps_per_frame)?;
    let mut early = 0;
    for artefact in artefacts {
        artefact.check()?;
        let share = longest(artefact);
        let steps = in_steps(share, steps_per_frame);
        if share > 0.0 && (steps == 0 || steps_per_frame < 2) {
            return wrong(
                format!("{artefact:?}"),
                "2 or more time steps per frame",
                steps_per_frame.to_string(),
            );
        }
        early += steps;
    }
    if artefacts.iter().any(|artefact| longest(artefact) > 0.0) && exposed + early > steps_per_frame {
        let expected = "exposure and early rows that together fit between two frames";
        return wrong("artefacts", expected, format!("{} of {steps_per_frame} steps", exposed + early));
    }
    Ok(exposed + early)
}

fn wrong<T>(subject: impl Into<String>, expected: &str, found: String) -> Result<T> {
    let remedy = "Simulate more, shorter steps per frame, or expose for a shorter time.";
    Err(Error::Setting(Fault::new(subject, expected, found, remedy)))
}

/// Longest time before its frame at which anything is exposed, as a share of the frame interval.
fn longest(artefact: &Artefact) -> f64 {
    match artefact {
        Artefact::RollingShutter { share } | Artefact::TimeJitter { share } => *share,
        Artefact::Interlaced {} => 0.5,
        _ => 0.0,
    }
}

fn in_steps(share: f64, steps_per_frame: usize) -> usize {
    (share * steps_per_frame as f64).round() as usize
}

/// Time steps before the frame's own at which each of its `rows` is exposed.
pub(super) fn row_delays(artefacts: &[Artefact], rows: usize, steps_per_frame: usize) -> Vec<usize> {
    let delay = |artefact: &Artefact, row: usize| match artefact {
        Artefact::RollingShutter { share } => {
            let left = (rows - 1 - row) as f64 / (rows - 1).max(1) as f64;
            in_steps(share * left, steps_per_frame)
        }
        Artefact::Interlaced {} if row.is_multiple_of(2) => in_steps(0.5, steps_per_frame),
        _ => 0,
    };
    (0..rows).map(|row| artefacts.iter().map(|artefact| delay(artefact, row)).sum()).collect()
}

/// Time steps by which a frame is taken too early.
pub(super) fn jitter(share: f64, steps_per_frame: usize, random: &mut impl Rng) -> usize {
    random.random_range(0..=in_steps(share, steps_per_frame))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rows read from the bottom, a last row that is early, and fields that are swapped.
    #[test]
    fn rows_are_early_by_what_is_left_of_the_frame() {
        let rolling = row_delays(&[Artefact::RollingShutter { share: 0.8 }], 5, 10);
        assert_eq!(rolling, [8, 6, 4, 2, 0]);
        assert_eq!(row_delays(&[Artefact::RollingShutter { share: 0.0 }], 5, 10), [0; 5]);
        assert_eq!(row_delays(&[Artefact::Interlaced {}], 5, 10), [5, 0, 5, 0, 5]);
    }

    /// Catches steps that are not kept, and a shutter so coarse that it does nothing, unsaid.
    #[test]
    fn early_rows_need_their_steps() {
        let camera = Camera { exposure: 0.5, ..Camera::default() };
        let kept = |share, steps| kept_steps(&camera, &[Artefact::RollingShutter { share }], steps);
        assert_eq!(kept(0.3, 10).unwrap(), 8);
        assert!(kept(0.9, 10).unwrap_err().to_string().contains("14 of 10 steps"));
        assert!(kept(0.1, 4).unwrap_err().to_string().contains("2 or more time steps"));
        assert!(kept_steps(&Camera::default(), &[Artefact::Interlaced {}], 1).is_err());
        assert!(kept_steps(&camera, &[Artefact::RollingShutter { share: 1.5 }], 10).is_err());
    }
}
