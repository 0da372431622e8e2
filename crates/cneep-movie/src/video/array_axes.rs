//! Decides which axes of an array are time, rows and columns, from what its file and the user say.

use super::options::OpenOptions;
use crate::caution::{CautionKind, PageName};
use crate::error::{Error, Fault, Result};

/// Where the frames of movies lie in an array.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// Axis of several movies.
    pub(super) movie: Option<usize>,
    pub(super) time: usize,
    pub(super) row: usize,
    pub(super) column: usize,
    /// First index of the block of a movie: the chosen one on all other axes.
    pub(super) start: Vec<usize>,
    /// What had to be assumed.
    pub(super) assumed: Option<CautionKind>,
}

/// The plan for an array of `shape`, called `name`; `said` are its axes by the file, one letter each.
///
/// # Errors
/// [`Error::Setting`] for stated axes or planes that do not fit, [`Error::Unsupported`] where axes or planes
/// have to be stated.
pub(super) fn plan(name: &str, shape: &[usize], said: Option<&str>, options: &OpenOptions) -> Result<Plan> {
    let long: Vec<usize> = (0..shape.len()).filter(|&axis| shape[axis] != 1).collect();
    let letters = match (options.axes.as_ref().map(ToString::to_string), said) {
        (Some(stated), _) => spread(name, shape, &long, &stated)?,
        (None, Some(said)) => said.to_uppercase(),
        (None, None) => return by_convention(name, shape, &long, options),
    };
    of_letters(name, shape, &letters, options)
}

/// Stated letters, one for each axis; those of length one may be left out.
fn spread(name: &str, shape: &[usize], long: &[usize], stated: &str) -> Result<String> {
    let count = stated.chars().count();
    if count == shape.len() {
        return Ok(stated.into());
    }
    if count == long.len() {
        let mut letters = stated.chars();
        let letter = |axis: usize| if long.contains(&axis) { letters.next().unwrap_or('?') } else { '1' };
        return Ok((0..shape.len()).map(letter).collect());
    }
    let remedy = "State as many axes as the array has; those of length 1 may be left out.";
    let fault = Fault::new(name, format!("axes {stated}"), format!("shape {shape:?}"), remedy);
    Err(Error::Setting(fault.with_setting("axes")))
}

/// (frame, row, column), where nothing speaks against it.
fn by_convention(name: &str, shape: &[usize], long: &[usize], options: &OpenOptions) -> Result<Plan> {
    let refuse = |found: String, remedy: &str| {
        let fault = Fault::new(name, "an array (frame, row, column), or axes that are stated", found, remedy);
        Err(Error::Unsupported(fault.with_setting("axes")))
    };
    let found = format!("shape {shape:?}, and nothing that says what its axes are");
    let &[time, row, column] = long else {
        let remedy = "State the axes from the outermost to the innermost, e.g. TYX, TZYX or TCYX.";
        return refuse(found, remedy);
    };
    if matches!(shape[column], 3 | 4) {
        let remedy = "If the last axis is not colour, state the axes, e.g. TYX.";
        return refuse(found, remedy);
    }
    let mut letters = vec!['1'; shape.len()];
    (letters[time], letters[row], letters[column]) = ('T', 'Y', 'X');
    let mut plan = of_letters(name, shape, &letters.iter().collect::<String>(), options)?;
    plan.assumed = Some(CautionKind::FirstAxisReadAsTime { shape: shape.to_vec() });
    Ok(plan)
}

/// The plan for axes with these `letters`.
fn of_letters(name: &str, shape: &[usize], letters: &str, options: &OpenOptions) -> Result<Plan> {
    let letters: Vec<char> = letters.chars().collect();
    let at = |letter: char| letters.iter().position(|&found| found == letter);
    let said: String = letters.iter().collect();
    let found = format!("axes {said} of lengths {shape:?}");
    let refuse = |expected: &str, remedy: &str| {
        let fault = Fault::new(name, expected, &*found, remedy).with_setting("axes");
        Err(Error::Unsupported(fault))
    };
    let (Some(row), Some(column)) = (at('Y'), at('X')) else {
        return refuse("axes Y (row) and X (column)", "State the axes, e.g. TYX.");
    };
    let long = |axis: &usize| shape[*axis] > 1;
    let slices = at('Z').filter(long);
    let (time, assumed) = match (at('T').filter(long), slices) {
        (Some(time), _) => (time, None),
        (None, Some(slices)) if options.slice.is_none() => {
            (slices, Some(CautionKind::PagesReadAsTime { pages: shape[slices], called: PageName::Slices }))
        }
        (None, _) => return refuse("an axis T (time) of two frames or more", "Give the whole time series."),
    };
    let mut start = vec![0; shape.len()];
    for (axis, &letter) in letters.iter().enumerate() {
        let count = shape[axis];
        if [time, row, column].contains(&axis) || count <= 1 && !matches!(letter, 'C' | 'Z' | 'P') {
            continue;
        }
        match letter {
            'C' => start[axis] = pick(name, "channel", count, options.channel, &found)?,
            'Z' => start[axis] = pick(name, "slice", count, options.slice, &found)?,
            'P' => start[axis] = pick(name, "position", count, options.position, &found)?,
            'M' => {}
            _ => {
                let remedy = "Save the movie that is meant as an array of its own, (frame, row, column).";
                return refuse(&format!("one plane along the axis {letter}"), remedy);
            }
        }
    }
    Ok(Plan { movie: at('M').filter(long), time, row, column, start, assumed })
}

/// Index of the chosen plane of `count`, counted from 1.
fn pick(name: &str, what: &'static str, count: usize, chosen: Option<usize>, found: &str) -> Result<usize> {
    match chosen {
        Some(number) if (1..=count).contains(&number) => Ok(number - 1),
        Some(number) => {
            let expected = format!("a {what} from 1 to {count}");
            let fault = Fault::new(name, expected, number.to_string(), "Planes are counted from 1.");
            Err(Error::Setting(fault.with_setting(what)))
        }
        None if count == 1 => Ok(0),
        None => {
            let fault = Fault::new(name, format!("one {what}"), found, format!("Choose a {what}."));
            Err(Error::Unsupported(fault.with_setting(what)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::axes::Axes;

    /// Catches four axes that are guessed, slices taken for time in silence, and a colour axis for columns.
    #[test]
    fn axes_are_followed_or_asked_for_and_never_guessed() {
        let none = OpenOptions::default();
        let two = none.clone().channel(2);
        let said = plan("a", &[9, 2, 5, 6], Some("tcyx"), &two).unwrap();
        assert_eq!((said.time, said.row, said.column, said.start), (0, 2, 3, vec![0, 1, 0, 0]));
        let refused = |shape: &[usize], said, options| plan("a", shape, said, options).unwrap_err();
        assert_eq!(refused(&[9, 2, 5, 6], Some("TCYX"), &none).setting(), Some("channel"));
        assert_eq!(refused(&[9, 2, 5, 6], None, &none).setting(), Some("axes"));
        assert_eq!(refused(&[9, 5, 3], None, &none).setting(), Some("axes"));
        assert_eq!(refused(&[9, 2, 5, 6], Some("TCYX"), &none.clone().channel(3)).setting(), Some("channel"));
        let bare = plan("a", &[1, 9, 5, 6, 1], None, &none).unwrap();
        assert_eq!((bare.time, bare.row, bare.column), (1, 2, 3));
        assert!(matches!(bare.assumed, Some(CautionKind::FirstAxisReadAsTime { .. })));
        let slices = plan("a", &[1, 9, 5, 6], Some("TZYX"), &none).unwrap();
        assert!(slices.time == 1 && matches!(slices.assumed, Some(CautionKind::PagesReadAsTime { .. })));
        let stated = plan("a", &[5, 6, 1, 9], Some("TZYX"), &none.axes(Axes::parse("YXT").unwrap())).unwrap();
        assert_eq!((stated.time, stated.row, stated.column, stated.assumed), (3, 0, 1, None));
    }
}
