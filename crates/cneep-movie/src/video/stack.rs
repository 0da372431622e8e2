//! Decides which pages of a stack are the frames of one movie.

use super::options::OpenOptions;
use crate::caution::{Caution, CautionKind, PageName};
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;

/// What a file's description says of its pages, whichever dialect it speaks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stack {
    /// The dialect, as a user knows it.
    pub(super) dialect: &'static str,
    pub(super) channels: usize,
    pub(super) slices: usize,
    pub(super) frames: usize,
    /// Axes of the pages from the fastest to the slowest, e.g. `CZT`.
    pub(super) order: String,
    pub(super) calibration: Calibration,
    /// What was assumed of the pages, to be said unless the user stated the axes.
    pub(super) assumption: Option<Caution>,
    pub(super) cautions: Vec<Caution>,
}

impl Stack {
    /// Pages of a file that does not say what they are.
    pub(super) fn plain(name: &str, pages: usize) -> Self {
        let kind = CautionKind::PagesReadAsTime { pages, called: PageName::Unnamed };
        Self {
            dialect: "plain TIFF",
            channels: 1,
            slices: 1,
            frames: pages,
            order: "CZT".into(),
            calibration: Calibration::default(),
            assumption: Some(Caution::new(name, kind)),
            cautions: Vec::new(),
        }
    }

    /// Number of pages described; none if it overflows.
    pub(super) fn pages(&self) -> Option<usize> {
        self.channels.checked_mul(self.slices)?.checked_mul(self.frames)
    }

    /// Pages of the movie, in order of time.
    ///
    /// Slices are read as moments in time where there is no other time axis, with a caution unless the user
    /// stated so.
    pub(super) fn pages_of_movie(&mut self, name: &str, options: &OpenOptions) -> Result<Vec<usize>> {
        if let Some(axes) = options.axes.as_ref().filter(|axes| axes.count() != 3 || !axes.is_standard()) {
            let remedy = "State TYX, or none; only NPY and NPZ arrays come in other orders.";
            return Err(Error::Setting(
                Fault::new(name, "axes TYX for a TIFF stack", axes.to_string(), remedy).with_setting("axes"),
            ));
        }
        let channel = pick(name, "channel", self.channels, options.channel, || self.many("channels"))?;
        let slices_are_time = self.frames == 1 && self.slices > 1 && options.slice.is_none();
        let slice = if slices_are_time {
            0
        } else {
            pick(name, "slice", self.slices, options.slice, || self.many("slices"))?
        };
        if slices_are_time {
            let kind = CautionKind::PagesReadAsTime { pages: self.slices, called: PageName::Slices };
            self.assumption = Some(Caution::new(name, kind));
        }
        self.cautions.extend(self.assumption.take().filter(|_| options.axes.is_none()));
        let times = if slices_are_time { self.slices } else { self.frames };
        let page = |time: usize| {
            let (frame, slice) = if slices_are_time { (0, time) } else { (time, slice) };
            self.order.chars().rev().fold(0, |page, axis| match axis {
                'C' => page * self.channels + channel,
                'Z' => page * self.slices + slice,
                _ => page * self.frames + frame,
            })
        };
        Ok((0..times).map(page).collect())
    }

    fn many(&self, what: &str) -> (String, String) {
        let found = format!(
            "{} channels x {} slices x {} frames ({})",
            self.channels, self.slices, self.frames, self.dialect
        );
        let remedy = if what == "channels" {
            "Choose a channel, or split them in Fiji (Image > Color > Split Channels)."
        } else {
            "Choose a slice, or project them in Fiji (Image > Stacks > Z Project)."
        };
        (found, remedy.into())
    }
}

/// Index of the chosen plane of `count`; refuses to choose among several, or to go outside them.
fn pick(
    name: &str,
    what: &'static str,
    count: usize,
    chosen: Option<usize>,
    many: impl Fn() -> (String, String),
) -> Result<usize> {
    match chosen {
        Some(number) if (1..=count).contains(&number) => Ok(number - 1),
        Some(number) => {
            let remedy = "Planes are counted from 1, as Fiji shows them.";
            let expected = format!("a {what} from 1 to {count}");
            Err(Error::Setting(Fault::new(name, expected, number.to_string(), remedy).with_setting(what)))
        }
        None if count > 1 => {
            let (found, remedy) = many();
            Err(Error::Unsupported(Fault::new(name, format!("one {what}"), found, remedy).with_setting(what)))
        }
        None => Ok(0),
    }
}

/// Edge of a pixel in micrometres, from `size` in a unit of length as files name it; none if it is no length.
pub(super) fn micrometres(size: f64, unit: &str) -> Option<f64> {
    let unit = unit.trim().replace("\\u00B5", "u").replace(['µ', 'μ'], "u").to_lowercase();
    let scale = match &*unit {
        "um" | "micron" | "microns" | "micrometer" | "micrometre" | "micrometers" | "micrometres" => 1.0,
        "nm" | "nanometer" | "nanometers" => 1e-3,
        "mm" | "millimeter" | "millimeters" => 1e3,
        "cm" | "centimeter" => 1e4,
        "m" | "meter" => 1e6,
        "a" | "å" | "angstrom" => 1e-4,
        _ => return None,
    };
    Some(size * scale).filter(|size| size.is_finite() && *size > 0.0)
}

/// Seconds, from `time` in a unit as files name it; none if the unit is not known.
pub(super) fn seconds(time: f64, unit: &str) -> Option<f64> {
    let scale = match &*unit.trim().replace("\\u00B5", "u").replace(['µ', 'μ'], "u").to_lowercase() {
        "" | "s" | "sec" | "second" | "seconds" => 1.0,
        "ms" | "msec" | "millisecond" | "milliseconds" => 1e-3,
        "us" | "usec" | "microsecond" | "microseconds" => 1e-6,
        "ns" | "nsec" => 1e-9,
        "min" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hour" | "hours" => 3600.0,
        _ => return None,
    };
    Some(time * scale).filter(|time| time.is_finite() && *time > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::axes::Axes;

    fn stack(channels: usize, slices: usize, frames: usize) -> Stack {
        Stack { channels, slices, ..Stack::plain("a.tif", frames) }
    }

    #[test]
    fn slices_are_time_only_with_a_caution_or_by_statement() {
        let mut unstated = stack(1, 5, 1);
        let pages = unstated.pages_of_movie("a.tif", &OpenOptions::default()).unwrap();
        assert_eq!(pages, [0, 1, 2, 3, 4]);
        assert!(unstated.cautions[0].message().contains("calls its 5 pages slices"));
        let mut stated = stack(1, 5, 1);
        let options = OpenOptions::default().axes(Axes::parse("TYX").unwrap());
        assert_eq!(stated.pages_of_movie("a.tif", &options).unwrap().len(), 5);
        assert!(stated.cautions.is_empty());
    }

    #[test]
    fn several_channels_or_slices_are_refused_until_one_is_chosen() {
        let error = stack(2, 1, 3).pages_of_movie("a.tif", &OpenOptions::default()).unwrap_err();
        assert!(error.to_string().contains("Split Channels"), "{error}");
        let error = stack(1, 4, 3).pages_of_movie("a.tif", &OpenOptions::default()).unwrap_err();
        assert!(error.to_string().contains("Z Project"), "{error}");
        let chosen = OpenOptions::default().channel(2).slice(3);
        // XYCZT, as ImageJ lays pages out: page = c + C (z + Z t).
        assert_eq!(stack(2, 4, 3).pages_of_movie("a.tif", &chosen).unwrap(), [5, 13, 21]);
        let mut reordered = Stack { order: "TZC".into(), ..stack(2, 4, 3) };
        assert_eq!(reordered.pages_of_movie("a.tif", &chosen).unwrap(), [18, 19, 20]);
        let error = stack(2, 1, 3).pages_of_movie("a.tif", &chosen.channel(3));
        assert!(error.unwrap_err().to_string().contains("a channel from 1 to 2"));
    }
}
