//! Decides which planes of a stack are the frames of one movie.

use super::options::OpenOptions;
use crate::caution::{Caution, CautionKind, PageName};
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;
use std::path::PathBuf;

/// Where one plane lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// 0 for the file itself, 1 and so on for the others of its set.
    pub(super) file: usize,
    /// Page of the file.
    pub(super) page: usize,
    /// Sample of its pixels.
    pub(super) sample: usize,
}

/// Which plane is which.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Planes {
    /// One after the other; axes from the fastest to the slowest, of the letters C, Z, T and P.
    InOrder(String),
    /// Each where it is said to be, if anywhere: channels within slices within frames within positions.
    Listed(Vec<Option<Place>>),
}

/// When a plane was taken, and for how long, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct PlaneTime {
    pub(super) moment: Option<f64>,
    pub(super) exposure: Option<f64>,
}

/// What a file's description says of its planes, whichever dialect it speaks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stack {
    /// The dialect, as a user knows it.
    pub(super) dialect: &'static str,
    pub(super) channels: usize,
    pub(super) slices: usize,
    pub(super) frames: usize,
    pub(super) positions: usize,
    pub(super) planes: Planes,
    /// Of the planes, in the order of [`Planes::Listed`]; empty where none is known.
    pub(super) times: Vec<PlaneTime>,
    /// Other files of the set.
    pub(super) files: Vec<PathBuf>,
    pub(super) calibration: Calibration,
    /// What was assumed of the pages, to be said unless the user stated the axes.
    pub(super) assumption: Option<Caution>,
    pub(super) cautions: Vec<Caution>,
}

/// The planes of one movie in order of time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    pub(super) places: Vec<Place>,
    pub(super) times: Vec<PlaneTime>,
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
            positions: 1,
            planes: Planes::InOrder("CZTP".into()),
            times: Vec::new(),
            files: Vec::new(),
            calibration: Calibration::default(),
            assumption: Some(Caution::new(name, kind)),
            cautions: Vec::new(),
        }
    }

    /// Number of planes described; none if it overflows.
    pub(super) fn count(&self) -> Option<usize> {
        let pictures = self.channels.checked_mul(self.slices)?.checked_mul(self.frames)?;
        pictures.checked_mul(self.positions)
    }

    /// How many of each there are, in words.
    pub(super) fn sizes(&self) -> String {
        let positions =
            if self.positions > 1 { format!(" x {} positions", self.positions) } else { String::new() };
        format!("{} frames x {} slices x {} channels{positions}", self.frames, self.slices, self.channels)
    }

    /// Whether the user says that all pages are moments in time, whatever the file says.
    ///
    /// # Errors
    /// [`Error::Setting`] for axes that pages cannot have.
    pub(super) fn all_pages_are_time(name: &str, options: &OpenOptions) -> Result<bool> {
        let Some(axes) = &options.axes else { return Ok(false) };
        if axes.count() == 3 && axes.is_standard() {
            return Ok(true);
        }
        let remedy = "State TYX (all pages are moments in time), or none and choose channel, slice or \
                      position; only NPY and NPZ arrays come in other orders.";
        let fault = Fault::new(name, "axes TYX for a stack of pages", axes.to_string(), remedy);
        Err(Error::Setting(fault.with_setting("axes")))
    }

    /// Planes of the movie, in order of time; those in order lie `samples` to a page.
    ///
    /// Slices are read as moments in time where there is no other time axis, with a caution.
    pub(super) fn choose(&mut self, name: &str, options: &OpenOptions, samples: usize) -> Result<Chosen> {
        let channel = self.pick(name, "channel", self.channels, options.channel)?;
        let position = self.pick(name, "position", self.positions, options.position)?;
        let slices_are_time = self.frames == 1 && self.slices > 1 && options.slice.is_none();
        let slice = if slices_are_time { 0 } else { self.pick(name, "slice", self.slices, options.slice)? };
        if slices_are_time {
            let kind = CautionKind::PagesReadAsTime { pages: self.slices, called: PageName::Slices };
            self.assumption = Some(Caution::new(name, kind));
        }
        self.cautions.extend(self.assumption.take());
        let count = if slices_are_time { self.slices } else { self.frames };
        let mut chosen = Chosen { places: Vec::new(), times: Vec::new() };
        for time in 0..count {
            let (frame, slice) = if slices_are_time { (0, time) } else { (time, slice) };
            let listed = ((position * self.frames + frame) * self.slices + slice) * self.channels + channel;
            let place = match &self.planes {
                Planes::Listed(places) => places[listed],
                Planes::InOrder(order) => {
                    let plane = order.chars().rev().fold(0, |plane, axis| match axis {
                        'C' => plane * self.channels + channel,
                        'Z' => plane * self.slices + slice,
                        'P' => plane * self.positions + position,
                        _ => plane * self.frames + frame,
                    });
                    Some(Place { file: 0, page: plane / samples, sample: plane % samples })
                }
            };
            // What is missing at the end was never recorded.
            let Some(place) = place else { break };
            chosen.places.push(place);
            chosen.times.push(self.times.get(listed).copied().unwrap_or_default());
        }
        if chosen.places.len() < count {
            let (described, found) = (count, chosen.places.len());
            self.cautions.push(Caution::new(name, CautionKind::FramesMissing { described, found }));
        }
        Ok(chosen)
    }

    /// Index of the chosen plane of `count`; refuses to choose among several, or to go outside them.
    fn pick(&self, name: &str, what: &'static str, count: usize, chosen: Option<usize>) -> Result<usize> {
        match chosen {
            Some(number) if (1..=count).contains(&number) => Ok(number - 1),
            Some(number) => {
                let remedy = "They are counted from 1, as Fiji shows them.";
                let expected = format!("a {what} from 1 to {count}");
                let fault = Fault::new(name, expected, number.to_string(), remedy);
                Err(Error::Setting(fault.with_setting(what)))
            }
            None if count > 1 => {
                let found = format!("{} ({})", self.sizes(), self.dialect);
                let remedy = match what {
                    "channel" => "Choose a channel, or split them in Fiji (Image > Color > Split Channels).",
                    "slice" => "Choose a slice, or project them in Fiji (Image > Stacks > Z Project).",
                    _ => "Choose a position.",
                };
                let fault = Fault::new(name, format!("one {what}"), found, remedy);
                Err(Error::Unsupported(fault.with_setting(what)))
            }
            None => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(channels: usize, slices: usize, frames: usize) -> Stack {
        Stack { channels, slices, ..Stack::plain("a.tif", frames) }
    }

    fn pages(mut stack: Stack, options: &OpenOptions) -> Result<Vec<usize>> {
        Ok(stack.choose("a.tif", options, 1)?.places.iter().map(|place| place.page).collect())
    }

    #[test]
    fn slices_are_time_only_with_a_caution() {
        let mut unstated = stack(1, 5, 1);
        let chosen = unstated.choose("a.tif", &OpenOptions::default(), 1).unwrap();
        assert_eq!(chosen.places.len(), 5);
        assert!(unstated.cautions[0].message().contains("calls its 5 pages slices"));
    }

    #[test]
    fn several_channels_or_slices_are_refused_until_one_is_chosen() {
        let error = pages(stack(2, 1, 3), &OpenOptions::default()).unwrap_err();
        assert!(error.to_string().contains("Split Channels"), "{error}");
        let error = pages(stack(1, 4, 3), &OpenOptions::default()).unwrap_err();
        assert!(error.to_string().contains("Z Project"), "{error}");
        let chosen = OpenOptions::default().channel(2).slice(3);
        // XYCZT, as ImageJ lays pages out: page = c + C (z + Z t).
        assert_eq!(pages(stack(2, 4, 3), &chosen).unwrap(), [5, 13, 21]);
        let reordered = Stack { planes: Planes::InOrder("TZC".into()), ..stack(2, 4, 3) };
        assert_eq!(pages(reordered, &chosen).unwrap(), [18, 19, 20]);
        let error = pages(stack(2, 1, 3), &chosen.channel(3));
        assert!(error.unwrap_err().to_string().contains("a channel from 1 to 2"));
    }

    /// Catches planes taken by their order where the file lists them, and a stop that passes for a whole.
    #[test]
    fn listed_planes_are_taken_from_where_they_lie() {
        let place = |page| Some(Place { file: 0, page, sample: 0 });
        let planes = Planes::Listed(vec![place(3), place(0), place(5), place(1), None, None]);
        let mut listed = Stack { planes, ..stack(2, 1, 3) };
        let chosen = listed.choose("a.tif", &OpenOptions::default().channel(2), 1).unwrap();
        assert_eq!(chosen.places, [place(0).unwrap(), place(1).unwrap()]);
        let missing =
            |caution: &Caution| caution.kind == CautionKind::FramesMissing { described: 3, found: 2 };
        assert!(listed.cautions.iter().any(missing), "{:?}", listed.cautions);
    }
}
