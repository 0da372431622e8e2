//! Marks a rectangle of pixels.

use cneep_movie::error::{Error, Fault, Result};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use serde::{Deserialize, Serialize};

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rectangle {
    /// First row, counted from 0.
    pub row: usize,
    /// First column, counted from 0.
    pub column: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
}

impl Rectangle {
    /// The whole of a frame.
    pub(super) fn whole((rows, columns): (usize, usize)) -> Self {
        Self { row: 0, column: 0, rows, columns }
    }

    /// Reads `ROW,COLUMN,ROWS,COLUMNS`, such as `0,20,20,20` for the right bead of the published pair.
    ///
    /// # Errors
    /// [`Error::Setting`] for anything but four whole numbers.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers: Option<Vec<usize>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[row, column, rows, columns]) => Ok(Self { row, column, rows, columns }),
            _ => Err(Error::Setting(Fault::new(
                "rectangle",
                "four whole numbers ROW,COLUMN,ROWS,COLUMNS",
                format!("`{text}`"),
                "Name the first row and column, counted from 0, then how many rows and columns.",
            ))),
        }
    }

    /// Its pixels of `picture`.
    pub(super) fn of<'a, T>(&self, mut picture: ArrayView2<'a, T>) -> ArrayView2<'a, T> {
        picture.slice_axis_inplace(Axis(0), (self.row..self.row + self.rows).into());
        picture.slice_axis_inplace(Axis(1), (self.column..self.column + self.columns).into());
        picture
    }

    /// Its pixels of `picture`, to change them.
    pub(super) fn of_mut<'a, T>(&self, mut picture: ArrayViewMut2<'a, T>) -> ArrayViewMut2<'a, T> {
        picture.slice_axis_inplace(Axis(0), (self.row..self.row + self.rows).into());
        picture.slice_axis_inplace(Axis(1), (self.column..self.column + self.columns).into());
        picture
    }

    /// Refuses an empty rectangle, and one that leaves a frame of (rows, columns).
    pub(super) fn check(&self, subject: &str, (rows, columns): (usize, usize)) -> Result<()> {
        let fits = |first: usize, count: usize, length: usize| {
            count > 0 && first.checked_add(count).is_some_and(|end| end <= length)
        };
        if fits(self.row, self.rows, rows) && fits(self.column, self.columns, columns) {
            return Ok(());
        }
        Err(Error::Setting(Fault::new(
            subject,
            format!("at least one pixel, inside the frame of {rows} x {columns} (after binning)"),
            format!("{} x {} pixels from row {}, column {}", self.rows, self.columns, self.row, self.column),
            "Count rows and columns from 0, in binned pixels.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_read_and_held_against_the_frame() {
        let right = Rectangle::parse("0, 20,20,20").unwrap();
        assert_eq!(right, Rectangle { row: 0, column: 20, rows: 20, columns: 20 });
        assert!(right.check("crop", (20, 40)).is_ok());
        for (text, frame) in [("0,20,20,20", (20, 39)), ("1,0,20,20", (20, 40)), ("0,0,0,5", (20, 40))] {
            let refusal = Rectangle::parse(text).unwrap().check("crop", frame).unwrap_err().to_string();
            assert!(refusal.starts_with("crop: expected at least one pixel"), "{refusal}");
        }
        let huge = Rectangle { row: usize::MAX, column: 0, rows: 2, columns: 2 };
        assert!(huge.check("crop", (20, 40)).is_err());
        for text in ["", "1,2,3", "1,2,3,4,5", "1,2,3,-4", "a,b,c,d"] {
            assert!(Rectangle::parse(text).unwrap_err().to_string().contains("ROW,COLUMN,ROWS,COLUMNS"));
        }
    }
}
