//! Reads the description that Python's tifffile puts into a TIFF: `shape=(5,512,512)` or JSON with `shape`
//! and `axes`.

use super::stack::{Planes, Stack};
use crate::error::{Error, Fault, Result};
use serde::Deserialize;

/// The part of tifffile's JSON that matters here.
#[derive(Deserialize)]
struct Described {
    shape: Vec<usize>,
    axes: Option<String>,
}

impl Described {
    /// Without a last axis of length 1, of the one sample that each pixel has.
    fn of_single_samples(mut self) -> Self {
        if let (Some(axes), [.., _, _, 1]) = (&mut self.axes, &self.shape[..])
            && axes.chars().count() == self.shape.len()
            && axes.ends_with(['S', 's'])
        {
            axes.pop();
            self.shape.pop();
        }
        self
    }
}

/// What one page holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OnePage {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) samples: usize,
    /// Whether they are red, green and blue.
    pub(super) coloured: bool,
    /// How many of them there are.
    pub(super) pages: usize,
}

/// How pages are to be taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Taken {
    /// One plane a page.
    Whole,
    /// Each sample of its pixels is a plane.
    BySample,
    /// The one page is all frames: its rows are frames, its columns rows, its samples columns.
    AsFrames,
}

/// The stack that tifffile describes; none for any other description.
pub(super) fn parse(name: &str, description: &str, page: OnePage) -> Result<Option<(Stack, Taken)>> {
    let Some(described) = read(description) else { return Ok(None) };
    let OnePage { rows, columns, samples, coloured, pages } = page;
    let Described { shape, axes } = if samples == 1 { described.of_single_samples() } else { described };
    let refuse = |expected: &str| {
        let found =
            axes.as_ref().map_or(format!("shape {shape:?}"), |axes| format!("shape {shape:?}, axes {axes}"));
        let remedy = "Save frames of shape (frame, row, column) with metadata={'axes': 'TYX'}; if all \
        pages are \
                      moments in time as they are, state the axes TYX.";
        Err(Error::Unsupported(Fault::new(name, expected, found, remedy).with_setting("axes")))
    };
    let ends_in = |end: &[usize]| shape.ends_with(end);
    let planes = |outer: &[usize]| outer.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
    let (outer, taken) = if samples > 1 && ends_in(&[rows, columns, samples]) {
        let whole = &shape[..shape.len() - 3];
        match (whole, &axes) {
            // A picture of colours is no movie; frames of three columns are taken for one by tifffile.
            ([], None) if pages == 1 => (&shape[..1], Taken::AsFrames),
            _ => (whole, Taken::Whole),
        }
    } else if coloured && ends_in(&[samples, rows, columns]) && (pages > 1 || axes.is_some()) {
        (&shape[..shape.len() - 3], Taken::Whole)
    } else if ends_in(&[rows, columns]) {
        let outer = &shape[..shape.len() - 2];
        let by_sample = samples > 1 && planes(outer) == pages.checked_mul(samples);
        (outer, if by_sample { Taken::BySample } else { Taken::Whole })
    } else {
        return refuse(&format!("a shape that ends in the pages' {rows} rows x {columns} columns"));
    };
    let letters: Vec<char> = match &axes {
        Some(axes) if axes.chars().count() == shape.len() => axes.to_uppercase().chars().collect(),
        Some(_) => return refuse("as many axes as its shape has"),
        None => vec!['Q'; outer.len()],
    };
    if axes.is_some() {
        let inner: String = letters[outer.len()..].iter().collect();
        if !["YX", "YXS", "SYX"].contains(&&*inner) {
            return refuse("axes that end in YX (rows, columns), as pages are pictures");
        }
    }
    let long: Vec<(char, usize)> =
        letters.iter().copied().zip(outer.iter().copied()).filter(|&(_, size)| size != 1).collect();
    let Some(count) = planes(outer) else { return refuse("a shape that a file can hold") };
    let mut stack = Stack { dialect: "tifffile", ..Stack::plain(name, count) };
    let has_time = long.iter().any(|&(letter, _)| letter == 'T');
    let mut order = String::new();
    (stack.channels, stack.slices, stack.frames, stack.positions) = (1, 1, 1, 1);
    for &(letter, size) in long.iter().rev() {
        let (axis, place) = match letter {
            'T' => ('T', &mut stack.frames),
            'Z' => ('Z', &mut stack.slices),
            'C' | 'S' => ('C', &mut stack.channels),
            'P' | 'R' | 'M' => ('P', &mut stack.positions),
            // Images, or an axis without a name: time, where there is no other.
            'I' | 'Q' if !has_time && long.len() == 1 => ('T', &mut stack.frames),
            _ => return refuse("axes of time, heights, channels and positions"),
        };
        if order.contains(axis) {
            return refuse("each axis once");
        }
        order.push(axis);
        *place = size;
    }
    if has_time || long.iter().any(|&(letter, _)| !"IQ".contains(letter)) {
        stack.assumption = None;
    }
    let missing = ['C', 'Z', 'T', 'P'].into_iter().filter(|axis| !order.contains(*axis)).collect::<String>();
    stack.planes = Planes::InOrder(order + &missing);
    Ok(Some((stack, taken)))
}

fn read(description: &str) -> Option<Described> {
    if description.starts_with('{') {
        return serde_json::from_str(description).ok();
    }
    let sizes = description.strip_prefix("shape=(")?.split(')').next()?;
    let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
    Some(Described { shape: sizes.map(|size| size.parse().ok()).collect::<Option<_>>()?, axes: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: OnePage = OnePage { rows: 6, columns: 8, samples: 1, coloured: false, pages: 7 };

    fn parsed(text: &str) -> Stack {
        parse("a.tif", text, PAGE).unwrap().unwrap().0
    }

    #[test]
    fn stated_time_needs_no_caution_and_an_unnamed_axis_does() {
        let stack = parsed("shape=(7,6,8)");
        assert_eq!((stack.frames, stack.assumption.is_some()), (7, true));
        let stack = parsed(r#"{"shape": [7, 1, 6, 8], "axes": "TZYX"}"#);
        assert_eq!((stack.frames, stack.slices, stack.assumption), (7, 1, None));
        let stack = parsed(r#"{"shape": [7, 6, 8], "axes": "ZYX"}"#);
        assert_eq!((stack.frames, stack.slices), (1, 7));
        assert!(parse("a.tif", "anything", PAGE).unwrap().is_none());
    }

    /// Catches a last axis of one sample that is taken for columns, or for colours.
    #[test]
    fn an_axis_of_one_sample_says_nothing() {
        let stack = parsed(r#"{"shape": [7, 1, 6, 8, 1], "axes": "TCYXS"}"#);
        assert_eq!((stack.frames, stack.channels, stack.assumption), (7, 1, None));
    }

    /// Catches axes that are taken in another order than the file's.
    #[test]
    fn axes_of_any_order_are_followed() {
        let stack = parsed(r#"{"shape": [2, 3, 5, 6, 8], "axes": "CTZYX"}"#);
        assert_eq!((stack.channels, stack.frames, stack.slices), (2, 3, 5));
        assert_eq!(stack.planes, Planes::InOrder("ZTCP".into()));
    }

    #[test]
    fn unnamed_axes_other_pages_and_time_behind_pixels_are_refused() {
        let refused = |text: &str| parse("a.tif", text, PAGE).unwrap_err().to_string();
        assert!(refused(r#"{"shape": [7, 2, 6, 8]}"#).contains("axes of time"));
        assert!(refused("shape=(7, 6, 9)").contains("6 rows x 8 columns, found shape [7, 6, 9]"));
        assert!(refused(r#"{"shape": [7, 6, 8], "axes": "YXT"}"#).contains("end in YX"));
        assert!(refused(r#"{"shape": [7, 6, 8], "axes": "HYX"}"#).contains("axes of time"));
    }

    #[test]
    fn frames_that_were_taken_for_colours_are_told_from_colours() {
        let colours = OnePage { rows: 60, columns: 8, samples: 3, coloured: true, pages: 1 };
        let taken = |text: &str, page| parse("a.tif", text, page).unwrap().unwrap().1;
        assert_eq!(taken(r#"{"shape": [60, 8, 3]}"#, colours), Taken::AsFrames);
        let planar = OnePage { rows: 6, columns: 8, samples: 3, coloured: true, pages: 1 };
        assert_eq!(taken(r#"{"shape": [3, 6, 8]}"#, planar), Taken::BySample);
        let pages = OnePage { pages: 5, ..planar };
        assert_eq!(taken(r#"{"shape": [5, 3, 6, 8]}"#, pages), Taken::Whole);
        assert_eq!(taken(r#"{"shape": [5, 6, 8, 3], "axes": "TYXS"}"#, pages), Taken::Whole);
    }
}
