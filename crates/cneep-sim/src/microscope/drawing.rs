//! Describes a picture in motion: bodies of light whose places follow the coordinates of a trajectory.
//!
//! Positions are in pixels: the centre of a pixel is at whole numbers, that of the first at 0; x counts
//! columns, y rows. Light is in units of full scale.
//!
//! Filaments are one mesh: where they overlap, the brightest is seen, so that two lines that end at the same
//! cross-link do not make a bright joint of their own. Blobs are light sources in their own right, and light
//! adds: each adds to all that lies under it. Whatever is not in the list of bodies is hidden.

use cneep_movie::error::{Error, Fault, Result};
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Rows or columns of the largest frame.
pub(super) const LARGEST_EDGE: usize = 1 << 15;

/// What a camera sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    /// Rows of the frame.
    pub rows: usize,
    /// Columns of the frame.
    pub columns: usize,
    /// Everything that gives light.
    pub bodies: Vec<Body>,
}

/// Something that gives light.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// A round Gaussian, which adds to what lies under it.
    Blob {
        /// Its centre.
        at: Point,
        /// Standard deviation of the Gaussian, in pixels.
        width: f64,
        /// Light at the centre, in units of full scale.
        brightness: f64,
        /// Coordinate of the trajectory by which the brightness is multiplied: a lamp that goes on (1) and
        /// off (0).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lit_by: Option<usize>,
    },
    /// A round Gaussian whose light is brightness * (1 + cos(a - lag)) / 2, a being a coordinate of the
    /// trajectory.
    Oscillator {
        /// Its centre.
        at: Point,
        /// Standard deviation of the Gaussian, in pixels.
        width: f64,
        /// Most light at the centre, in units of full scale.
        brightness: f64,
        /// Coordinate of the trajectory that is the phase a, in radians.
        phase: usize,
        /// By how much what is seen lags behind, in radians.
        lag: f64,
    },
    /// A straight line with a Gaussian cross-section and round ends. Of several filaments the brightest is
    /// seen.
    Filament {
        /// One end.
        from: Point,
        /// The other end.
        to: Point,
        /// Standard deviation of the cross-section, in pixels.
        width: f64,
        /// Light on the line, in units of full scale.
        brightness: f64,
    },
}

/// A place on the frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Along the row, in columns.
    pub x: Coordinate,
    /// Along the column, in rows.
    pub y: Coordinate,
}

/// One coordinate of a place, in pixels: still, or following the trajectory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coordinate {
    /// Where it rests, in pixels.
    pub rest: f64,
    /// What moves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<Motion>,
}

/// How a coordinate on the frame follows a coordinate q of the trajectory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Motion {
    /// rest + `pixels_per_unit` * q
    Along {
        /// Which coordinate of the trajectory, counted from 0.
        coordinate: usize,
        /// Pixels per unit of q.
        pixels_per_unit: f64,
    },
    /// rest + radius * cos(2 pi (`turns_per_unit` * q + phase))
    Around {
        /// Which coordinate of the trajectory, counted from 0.
        coordinate: usize,
        /// Radius of the circle, in pixels.
        radius: f64,
        /// Turns per unit of q.
        turns_per_unit: f64,
        /// Where on the circle q = 0 lies, in turns; -1/4 makes a sine of the cosine.
        phase: f64,
    },
    /// rest + q + distance * cos(a + 2 pi phase): a place ahead of one that moves by pixels, in a direction a
    /// that turns.
    Ahead {
        /// Which coordinate of the trajectory is q, counted from 0; in pixels.
        coordinate: usize,
        /// Which one is the direction a, in radians.
        direction: usize,
        /// How far ahead, in pixels; negative for behind.
        distance: f64,
        /// In turns; -1/4 makes a sine of the cosine.
        phase: f64,
    },
}

impl Coordinate {
    /// A coordinate that stays at `rest`, in pixels.
    pub fn still(rest: f64) -> Self {
        Self { rest, motion: None }
    }

    /// A coordinate at `rest` plus `pixels_per_unit` times a coordinate of the trajectory.
    pub fn moving(rest: f64, coordinate: usize, pixels_per_unit: f64) -> Self {
        Self { rest, motion: Some(Motion::Along { coordinate, pixels_per_unit }) }
    }

    /// Its value for a `state` of the trajectory, in pixels.
    pub(super) fn value(&self, state: &ArrayView1<f64>) -> f64 {
        match self.motion {
            None => self.rest,
            Some(Motion::Along { coordinate, pixels_per_unit }) => {
                self.rest + pixels_per_unit * state[coordinate]
            }
            Some(Motion::Around { coordinate, radius, turns_per_unit, phase }) => {
                self.rest + radius * (TAU * (turns_per_unit * state[coordinate] + phase)).cos()
            }
            Some(Motion::Ahead { coordinate, direction, distance, phase }) => {
                self.rest + state[coordinate] + distance * (state[direction] + TAU * phase).cos()
            }
        }
    }

    pub(super) fn is_still(&self) -> bool {
        self.motion.is_none()
    }

    /// The last coordinate of the trajectory that moves it, if any.
    fn follows(&self) -> Option<usize> {
        self.motion.as_ref().map(|motion| match *motion {
            Motion::Along { coordinate, .. } | Motion::Around { coordinate, .. } => coordinate,
            Motion::Ahead { coordinate, direction, .. } => coordinate.max(direction),
        })
    }

    fn is_finite(&self) -> bool {
        let motion = self.motion.as_ref().is_none_or(|motion| match *motion {
            Motion::Along { pixels_per_unit, .. } => pixels_per_unit.is_finite(),
            Motion::Around { radius, turns_per_unit, phase, .. } => {
                radius.is_finite() && turns_per_unit.is_finite() && phase.is_finite()
            }
            Motion::Ahead { distance, phase, .. } => distance.is_finite() && phase.is_finite(),
        });
        self.rest.is_finite() && motion
    }
}

impl Drawing {
    /// Refuses what cannot be drawn from a trajectory of this many coordinates.
    pub(crate) fn check(&self, coordinates: usize) -> Result<()> {
        for (subject, length) in [("rows", self.rows), ("columns", self.columns)] {
            if !(1..=LARGEST_EDGE).contains(&length) {
                let expected = format!("a frame of 1 to {LARGEST_EDGE} {subject}");
                return setting(expected, length.to_string(), "Choose another frame.");
            }
        }
        self.bodies.iter().enumerate().try_for_each(|(index, body)| body.check(index, coordinates))
    }
}

impl Body {
    fn check(&self, index: usize, coordinates: usize) -> Result<()> {
        let (places, width, brightness, lit_by) = match self {
            Self::Blob { at, width, brightness, lit_by } => (vec![&at.x, &at.y], width, brightness, *lit_by),
            Self::Oscillator { at, width, brightness, phase, .. } => {
                (vec![&at.x, &at.y], width, brightness, Some(*phase))
            }
            Self::Filament { from, to, width, brightness } => {
                (vec![&from.x, &from.y, &to.x, &to.y], width, brightness, None)
            }
        };
        if !(width.is_finite() && *width > 0.0) {
            let found = format!("{width} at body {index}");
            return setting(
                "a positive, finite width in pixels",
                found,
                "Give a standard deviation in pixels.",
            );
        }
        if !(brightness.is_finite() && *brightness >= 0.0) {
            let found = format!("{brightness} at body {index}");
            let remedy = "Give the light at its centre in units of full scale; leave a hidden body out.";
            return setting("a finite brightness, not negative", found, remedy);
        }
        if let Some(place) = places.iter().find(|place| !place.is_finite()) {
            let found = format!("{place:?} at body {index}");
            return setting("finite places in pixels", found, "Check rest positions and scale.");
        }
        let followed = places.iter().filter_map(|place| place.follows()).chain(lit_by).max();
        match followed.filter(|coordinate| *coordinate >= coordinates) {
            None => Ok(()),
            Some(coordinate) => Err(Error::Mismatch(Fault::new(
                "drawing",
                format!("bodies that follow one of the {coordinates} coordinates of the trajectory"),
                format!("body {index} following coordinate {coordinate} (counted from 0)"),
                "Film the trajectories of the system that was drawn.",
            ))),
        }
    }
}

/// A setting of a drawing outside its range.
pub(super) fn setting<T>(expected: impl Into<String>, found: impl Into<String>, remedy: &str) -> Result<T> {
    Err(Error::Setting(Fault::new("drawing", expected, found, remedy)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn blob(x: f64, y: f64, width: f64, brightness: f64) -> Body {
        let at = Point { x: Coordinate::still(x), y: Coordinate::still(y) };
        Body::Blob { at, width, brightness, lit_by: None }
    }

    /// Catches x taken for y, a coordinate taken for another, and sine for cosine.
    #[test]
    fn places_follow_the_trajectory() {
        let state = array![2.0, -1.0];
        let moving = Coordinate::moving(10.0, 1, 3.0);
        assert_eq!(moving.value(&state.view()), 7.0);
        let circle = |phase| Coordinate {
            rest: 5.0,
            motion: Some(Motion::Around { coordinate: 0, radius: 4.0, turns_per_unit: 0.125, phase }),
        };
        assert!((circle(0.0).value(&state.view()) - 5.0).abs() < 1e-12);
        assert!((circle(-0.25).value(&state.view()) - 9.0).abs() < 1e-12);
        let at = Point { x: moving, y: Coordinate::still(2.0) };
        let body = Body::Blob { at, width: 1.0, brightness: 0.5, lit_by: None };
        let light = Drawing { rows: 5, columns: 12, bodies: vec![body] }.light(&state.view()).unwrap();
        assert_eq!(light[[2, 7]], 0.5);
        assert!(light.iter().all(|light| *light <= 0.5));
    }

    /// Catches a lamp that ignores its switch.
    #[test]
    fn a_lamp_shines_as_its_coordinate_says() {
        let at = Point { x: Coordinate::still(1.0), y: Coordinate::still(1.0) };
        let lamp = Body::Blob { at, width: 1.0, brightness: 0.8, lit_by: Some(0) };
        let drawing = Drawing { rows: 3, columns: 3, bodies: vec![lamp] };
        assert_eq!(drawing.light(&array![0.0].view()).unwrap().sum(), 0.0);
        assert_eq!(drawing.light(&array![1.0].view()).unwrap()[[1, 1]], 0.8);
    }

    /// Catches bodies whose light depends on their neighbours: without one, exactly its light is missing.
    #[test]
    fn hiding_a_blob_takes_away_exactly_its_light() {
        let state = array![0.0];
        let light = |bodies| Drawing { rows: 9, columns: 9, bodies }.light(&state.view()).unwrap();
        let (a, b) = (blob(3.0, 4.0, 1.5, 0.5), blob(5.0, 4.2, 2.0, 0.25));
        let missing = light(vec![a.clone(), b.clone()]) - light(vec![a]);
        let alone = light(vec![b]);
        assert!(missing.iter().zip(&alone).all(|(missing, alone)| (missing - alone).abs() < 1e-15));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let refused = |drawing: Drawing| drawing.light(&array![0.0].view()).unwrap_err().to_string();
        let one = |body| Drawing { rows: 4, columns: 4, bodies: vec![body] };
        assert!(
            refused(Drawing { rows: 0, columns: 4, bodies: vec![] }).contains("1 to 32768 rows, found 0")
        );
        assert!(refused(one(blob(0.0, 0.0, 0.0, 1.0))).contains("positive, finite width"));
        assert!(refused(one(blob(0.0, 0.0, 1.0, -1.0))).contains("finite brightness"));
        assert!(refused(one(blob(f64::NAN, 0.0, 1.0, 1.0))).contains("finite places"));
        let at = Point { x: Coordinate::moving(0.0, 1, 1.0), y: Coordinate::still(0.0) };
        let beyond = Body::Blob { at, width: 1.0, brightness: 1.0, lit_by: None };
        assert!(refused(one(beyond)).contains("body 0 following coordinate 1"));
    }

    /// Catches a drawing that its own settings file does not give back.
    #[test]
    fn a_drawing_survives_its_settings_file() {
        let at = Point { x: Coordinate::moving(0.5, 0, 1.0), y: Coordinate::still(2.0) };
        let ends = (at.clone(), at.clone());
        let line = Body::Filament { from: ends.0, to: ends.1, width: 1.5, brightness: 0.5 };
        let drawing = Drawing { rows: 4, columns: 6, bodies: vec![blob(1.0, 2.0, 3.0, 1.0), line] };
        let text = toml::to_string(&drawing).unwrap();
        assert_eq!(toml::from_str::<Drawing>(&text).unwrap(), drawing, "{text}");
    }
}
