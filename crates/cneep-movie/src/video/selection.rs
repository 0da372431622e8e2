//! States what of a movie is analysed: some of its frames, a part of the picture, larger pixels, a region.

use crate::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One of the two sets of rows of interlaced frames, each of which is recorded at once.
///
/// There is no setting for both as frames of their own: they show different rows, so that two of them are not
/// the same observable at two times, and rows that stand still would change from each frame to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Field {
    /// Rows 0, 2, 4 and so on of the whole frame.
    Top,
    /// Rows 1, 3, 5 and so on of the whole frame.
    Bottom,
}

impl Field {
    /// Number of its first row.
    fn first_row(self) -> usize {
        match self {
            Self::Top => 0,
            Self::Bottom => 1,
        }
    }
}

/// Rows and columns of the frame that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) left: usize,
    /// The first row that is kept.
    pub(super) top: usize,
    pub(super) width: usize,
    /// Number of rows that are kept, and from one to the next.
    pub(super) height: usize,
    pub(super) row_step: usize,
}

/// What of a movie is analysed; nothing stated is all of it. It is taken in this order: frames, field,
/// region, crop, fading, bins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Selection {
    /// First frame, counted from 0, and the one behind the last; none for the last is the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<(usize, Option<usize>)>,
    /// Frames from one that is kept to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<usize>,
    /// The field of interlaced frames that is kept: half of the rows, all recorded at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// Left edge, upper edge, width and height of the part that is kept, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<[usize; 4]>,
    /// Edge of the squares of pixels that become one, their mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bin: Option<usize>,
    /// File of the region that is kept: a mask of the frame's size, or regions of interest of ImageJ (`.roi`,
    /// `RoiSet.zip`). All pixels outside have one value at all times, the mean of those inside, so that
    /// nothing happens there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<PathBuf>,
    /// SHA-256 of the pixels of the region, in lower-case hexadecimal: known of movies that were opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_hash: Option<String>,
    /// Whether each frame is divided by a smooth curve through the means of all (bleaching): a polynomial of
    /// third order in time, whose mean is 1.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub detrend: bool,
}

impl Selection {
    /// Whether all of a movie is analysed as it is.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `other` keeps the same of a movie, whatever the file of its region is called.
    pub fn keeps_the_same_as(&self, other: &Self) -> bool {
        let known = |of: &Self| Self { region: None, ..of.clone() };
        known(self) == known(other)
    }

    /// Places of the frames that are kept of `count`: the first, their distance, and how many.
    pub(super) fn frames_of(&self, name: &str, count: usize) -> Result<(usize, usize, usize)> {
        let (first, end) = self.frames.unwrap_or((0, None));
        let end = end.unwrap_or(count);
        if first >= end || end > count {
            let remedy = "Frames are counted from 0; the last stands behind the colon, and is not kept.";
            let fault =
                Fault::new(name, format!("frames within 0:{count}"), format!("{first}:{end}"), remedy);
            return Err(Error::Setting(fault.with_setting("frames")));
        }
        let step = self.every.unwrap_or(1);
        if step == 0 {
            let fault = Fault::new(name, "every first frame or fewer", "0", "State 1 or more.");
            return Err(Error::Setting(fault.with_setting("every")));
        }
        Ok((first, step, (end - first).div_ceil(step)))
    }

    /// What is kept of frames of `rows` x `columns`, cut to whole bins.
    pub(super) fn part_of(&self, name: &str, (rows, columns): (usize, usize)) -> Result<Part> {
        let [left, top, width, height] = self.crop.unwrap_or([0, 0, columns, rows]);
        let within = |start: usize, length: usize, all: usize| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= all)
        };
        if !within(left, width, columns) || !within(top, height, rows) {
            let found = format!("{left},{top},{width},{height}");
            let remedy =
                "State left edge, upper edge, width and height in pixels, as Fiji shows a rectangle.";
            let expected = format!("a part of the {columns} x {rows} pixels (width x height) of a frame");
            return Err(Error::Setting(Fault::new(name, expected, found, remedy).with_setting("crop")));
        }
        let (first, row_step) = self.rows_from(top);
        let height = (top + height).saturating_sub(first).div_ceil(row_step);
        let top = first;
        if height == 0 {
            let remedy = "Keep two rows or more, or the other field.";
            let fault = Fault::new(name, "rows of the field within what is kept", "none", remedy);
            return Err(Error::Setting(fault.with_setting("field")));
        }
        let bin = self.bin.unwrap_or(1);
        if bin == 0 || bin > width.min(height) {
            let expected = format!("bins of 1 to {} pixels", width.min(height));
            let fault = Fault::new(name, expected, bin.to_string(), "State the edge of a bin in pixels.");
            return Err(Error::Setting(fault.with_setting("bin")));
        }
        Ok(Part { left, top, width: width / bin * bin, height: height / bin * bin, row_step })
    }

    /// The first row that is kept from `top` on, and how far it is to the next.
    fn rows_from(&self, top: usize) -> (usize, usize) {
        self.field.map_or((top, 1), |field| (top + (top + field.first_row()) % 2, 2))
    }

    /// The crop that keeps a part (left edge, upper edge, width and height, at least one pixel) of the frames
    /// that this selection gives: the same pixels, but for a fading, which is then that of the part alone.
    pub fn crop_of_part(&self, [left, top, width, height]: [usize; 4]) -> [usize; 4] {
        let [x, y, ..] = self.crop.unwrap_or_default();
        let bin = self.bin.unwrap_or(1);
        let (first, row_step) = self.rows_from(y);
        [x + bin * left, first + row_step * bin * top, bin * width, row_step * (bin * height - 1) + 1]
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        if let Some((first, end)) = self.frames {
            parts.push(format!("frames {first}:{}", end.map_or(String::new(), |end| end.to_string())));
        }
        parts.extend(self.every.map(|every| format!("every {every}")));
        parts.extend(self.field.map(|field| match field {
            Field::Top => "top field".into(),
            Field::Bottom => "bottom field".into(),
        }));
        parts.extend(self.crop.map(|[x, y, width, height]| format!("crop {x},{y},{width},{height}")));
        parts.extend(self.region.as_ref().map(|region| format!("region {}", region.display())));
        if self.detrend {
            parts.push("detrend".into());
        }
        parts.extend(self.bin.map(|bin| format!("bin {bin}")));
        if parts.is_empty() { f.write_str("all of it") } else { f.write_str(&parts.join(", ")) }
    }
}
