//! Reads the description that Python's tifffile puts into a TIFF: `shape=(5,512,512)` or JSON with `shape`
//! and `axes`.

use super::stack::Stack;
use crate::error::{Error, Fault, Result};
use serde::Deserialize;

/// The part of tifffile's JSON that matters here.
#[derive(Deserialize)]
struct Described {
    shape: Vec<usize>,
    axes: Option<String>,
}

/// The stack that tifffile describes, whose pages have `rows` x `columns`; none for any other description.
pub(super) fn parse(name: &str, description: &str, rows: usize, columns: usize) -> Result<Option<Stack>> {
    let Some(Described { shape, axes }) = read(description) else { return Ok(None) };
    let refuse = |expected: &str| {
        let found =
            axes.as_ref().map_or(format!("shape {shape:?}"), |axes| format!("shape {shape:?}, axes {axes}"));
        let remedy = "Save frames of shape (frame, row, column) with metadata={'axes': 'TYX'}.";
        Err(Error::Unsupported(Fault::new(name, expected, found, remedy)))
    };
    let Some((page, outer)) = shape.split_last_chunk::<2>().map(|(outer, page)| (page, outer)) else {
        return refuse("pages of rows x columns");
    };
    if *page != [rows, columns] {
        return refuse(&format!("a shape that ends in the pages' {rows} rows x {columns} columns"));
    }
    let letters: Vec<char> =
        axes.as_ref().map_or(vec!['Q'; outer.len()], |a| a.chars().take(outer.len()).collect());
    let long: Vec<(char, usize)> =
        letters.iter().copied().zip(outer.iter().copied()).filter(|&(_, size)| size != 1).collect();
    let frames = if let [('T', frames)] = *long.as_slice() { Some(frames) } else { None };
    let mut stack = Stack::plain(name, outer.iter().product());
    stack.dialect = "tifffile";
    if let Some(frames) = frames {
        stack.frames = frames;
        stack.assumption = None;
        return Ok(Some(stack));
    }
    match *long.as_slice() {
        [('Z', slices)] => {
            (stack.slices, stack.frames) = (slices, 1);
            stack.assumption = None;
        }
        [('C', channels)] => {
            (stack.channels, stack.frames) = (channels, 1);
            stack.assumption = None;
        }
        [] | [_] => {}
        _ => return refuse("one axis of pages, in time"),
    }
    Ok(Some(stack))
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

    #[test]
    fn stated_time_needs_no_caution_and_an_unnamed_axis_does() {
        let stack = parse("a.tif", "shape=(5,512,512)", 512, 512).unwrap().unwrap();
        assert_eq!((stack.frames, stack.assumption.is_some()), (5, true));
        let text = r#"{"shape": [7, 1, 6, 8], "axes": "TZYX"}"#;
        let stack = parse("a.tif", text, 6, 8).unwrap().unwrap();
        assert_eq!((stack.frames, stack.slices, stack.assumption), (7, 1, None));
        let stack = parse("a.tif", r#"{"shape": [7, 6, 8], "axes": "ZYX"}"#, 6, 8).unwrap().unwrap();
        assert_eq!((stack.frames, stack.slices), (1, 7));
        assert!(parse("a.tif", "anything", 6, 8).unwrap().is_none());
    }

    #[test]
    fn two_outer_axes_and_another_page_size_are_refused() {
        let error = parse("a.tif", r#"{"shape": [7, 2, 6, 8]}"#, 6, 8).unwrap_err().to_string();
        assert!(error.contains("one axis of pages"), "{error}");
        let error = parse("a.tif", "shape=(7, 6, 9)", 6, 8).unwrap_err().to_string();
        assert!(error.contains("6 rows x 8 columns, found shape [7, 6, 9]"), "{error}");
    }
}
