//! States the order of an array's axes where its file does not.

use crate::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// One axis of an array of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Movie,
    Time,
    Channel,
    Slice,
    Position,
    Row,
    Column,
}

impl Axis {
    const ALL: [Self; 7] =
        [Self::Movie, Self::Time, Self::Channel, Self::Slice, Self::Position, Self::Row, Self::Column];

    const fn letter(self) -> char {
        match self {
            Self::Movie => 'M',
            Self::Time => 'T',
            Self::Channel => 'C',
            Self::Slice => 'Z',
            Self::Position => 'P',
            Self::Row => 'Y',
            Self::Column => 'X',
        }
    }

    /// What is chosen along it, and the setting that does, where frames are of one of several.
    pub(super) const fn setting(self) -> Option<&'static str> {
        match self {
            Self::Channel => Some("channel"),
            Self::Slice => Some("slice"),
            Self::Position => Some("position"),
            Self::Movie | Self::Time | Self::Row | Self::Column => None,
        }
    }
}

/// Order of an array's axes, outermost first, in letters: `T` frame (time), `Y` row, `X` column; `M` movie,
/// and of those along which one is chosen `C` channel, `Z` slice and `P` position.
///
/// `TYX` is a movie frame by frame, `YXT` one stored as a time trace per pixel, `MTYX` several movies, `TCYX`
/// frames of several channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Axes(Vec<Axis>);

impl Axes {
    /// Axes from their letters, in either case.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `T`, `Y` and `X` stand there once each, and the others at most once.
    pub fn parse(letters: &str) -> Result<Self> {
        let axis =
            |letter: char| Axis::ALL.into_iter().find(|axis| axis.letter() == letter.to_ascii_uppercase());
        let axes = Self(letters.chars().filter_map(axis).collect());
        let count = |wanted: Axis| axes.0.iter().filter(|&&axis| axis == wanted).count();
        let complete = [Axis::Time, Axis::Row, Axis::Column].into_iter().all(|axis| count(axis) == 1);
        let once = Axis::ALL.into_iter().all(|axis| count(axis) <= 1);
        if letters.chars().count() == axes.0.len() && complete && once {
            return Ok(axes);
        }
        Err(Error::Setting(
            Fault::new(
                "axes",
                "T (frame), Y (row), X (column) once each, and M (movie), C (channel), Z (slice), P \
                 (position) \
                 at most once",
                format!("'{letters}'"),
                "State the array's axes from the outermost to the innermost, e.g. TYX, YXT, TCYX or MTYX; \
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

    /// Each axis, outermost first.
    pub(super) fn all(&self) -> &[Axis] {
        &self.0
    }

    /// Whether the array stands as (\[movie,\] frame, row, column) already.
    pub(super) fn is_standard(&self) -> bool {
        Self::conventional(self.count()).as_ref() == Some(self)
    }

    /// Position in the array of each of (movie, frame, row, column), for an array given a first axis of
    /// length
    /// one where it has no movie axis; axes along which one is chosen are gone by then.
    pub(super) fn order(&self) -> [usize; 4] {
        let kept: Vec<Axis> = self.0.iter().copied().filter(|axis| axis.setting().is_none()).collect();
        let shift = usize::from(kept.len() == 3);
        [Axis::Movie, Axis::Time, Axis::Row, Axis::Column]
            .map(|wanted| kept.iter().position(|&axis| axis == wanted).map_or(0, |at| at + shift))
    }
}

impl std::fmt::Display for Axes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|axis| write!(f, "{}", axis.letter()))
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
        for letters in ["TYX", "YXT", "MTYX", "XTYM", "TCYX", "PTZCYX"] {
            assert_eq!(Axes::parse(letters).unwrap().to_string(), letters);
        }
        for letters in ["", "TY", "TTYX", "ZYX", "TYXQ", "TYXTM", "MMTYX", "TCCYX"] {
            let error = Axes::parse(letters).unwrap_err().to_string();
            assert!(error.contains(&format!("found '{letters}'")), "{error}");
        }
    }

    #[test]
    fn the_order_says_where_each_axis_is() {
        assert_eq!(Axes::parse("TYX").unwrap().order(), [0, 1, 2, 3]);
        assert_eq!(Axes::parse("YXT").unwrap().order(), [0, 3, 1, 2]);
        assert_eq!(Axes::parse("XTYM").unwrap().order(), [3, 1, 2, 0]);
        assert_eq!(Axes::parse("CYXZT").unwrap().order(), [0, 3, 1, 2]);
    }
}
