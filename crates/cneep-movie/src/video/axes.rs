//! States the order of an array's axes where its file does not.

use crate::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// One axis of an array of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Movie,
    Time,
    Row,
    Column,
}

/// Order of an array's axes, outermost first, in letters: `M` movie, `T` frame (time), `Y` row, `X` column.
///
/// `TYX` is a movie frame by frame, `YXT` one stored as a time trace per pixel, `MTYX` several movies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Axes(Vec<Axis>);

impl Axes {
    /// Axes from their letters, in either case.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `T`, `Y` and `X` stand there once each, with at most one `M`.
    pub fn parse(letters: &str) -> Result<Self> {
        let axis = |letter: char| match letter.to_ascii_uppercase() {
            'M' => Some(Axis::Movie),
            'T' => Some(Axis::Time),
            'Y' => Some(Axis::Row),
            'X' => Some(Axis::Column),
            _ => None,
        };
        let axes = Self(letters.chars().filter_map(axis).collect());
        let once = |wanted: Axis| axes.0.iter().filter(|&&axis| axis == wanted).count() == 1;
        let complete = once(Axis::Time) && once(Axis::Row) && once(Axis::Column);
        if letters.chars().count() == axes.0.len() && complete && (axes.0.len() == 3 || once(Axis::Movie)) {
            return Ok(axes);
        }
        Err(Error::Setting(
            Fault::new(
                "axes",
                "T (frame), Y (row), X (column) once each, and M (movie) at most once",
                format!("'{letters}'"),
                "State the array's axes from the outermost to the innermost, e.g. TYX, YXT or MTYX; \
             for a stack whose slices are moments in time, state TYX.",
            )
            .with_setting("axes"),
        ))
    }

    /// (movie, frame, row, column) or (frame, row, column): what an array of that many axes is by convention.
    pub(super) fn conventional(count: usize) -> Option<Self> {
        match count {
            3 => Some(Self(vec![Axis::Time, Axis::Row, Axis::Column])),
            4 => Some(Self(vec![Axis::Movie, Axis::Time, Axis::Row, Axis::Column])),
            _ => None,
        }
    }

    /// Number of axes.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether the array stands as (\[movie,\] frame, row, column) already.
    pub(super) fn is_standard(&self) -> bool {
        Self::conventional(self.count()).as_ref() == Some(self)
    }

    /// Position in the array of each of (movie, frame, row, column), for an array given a
    /// first axis of length one where it has no movie axis.
    pub(super) fn order(&self) -> [usize; 4] {
        let shift = usize::from(self.count() == 3);
        [Axis::Movie, Axis::Time, Axis::Row, Axis::Column]
            .map(|wanted| self.0.iter().position(|&axis| axis == wanted).map_or(0, |at| at + shift))
    }
}

impl std::fmt::Display for Axes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|axis| {
            f.write_str(match axis {
                Axis::Movie => "M",
                Axis::Time => "T",
                Axis::Row => "Y",
                Axis::Column => "X",
            })
        })
    }
}

impl std::str::FromStr for Axes {
    type Err = Error;

    fn from_str(letters: &str) -> Result<Self> {
        Self::parse(letters)
    }
}

impl TryFrom<String> for Axes {
    type Error = Error;

    fn try_from(letters: String) -> Result<Self> {
        Self::parse(&letters)
    }
}

impl From<Axes> for String {
    fn from(axes: Axes) -> Self {
        axes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_back_as_written_and_nonsense_is_refused() {
        for letters in ["TYX", "YXT", "MTYX", "XTYM"] {
            assert_eq!(Axes::parse(letters).unwrap().to_string(), letters);
        }
        for letters in ["", "TY", "TTYX", "ZYX", "TYXC", "TYXTM", "MMTYX"] {
            let error = Axes::parse(letters).unwrap_err().to_string();
            assert!(error.contains(&format!("found '{letters}'")), "{error}");
        }
    }

    #[test]
    fn the_order_says_where_each_axis_is() {
        assert_eq!(Axes::parse("TYX").unwrap().order(), [0, 1, 2, 3]);
        assert_eq!(Axes::parse("YXT").unwrap().order(), [0, 3, 1, 2]);
        assert_eq!(Axes::parse("XTYM").unwrap().order(), [3, 1, 2, 0]);
    }
}
