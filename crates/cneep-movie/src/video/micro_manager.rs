//! Reads what Micro-Manager says of each page: channel, slice, frame, position, time and exposure.
//!
//! Tags as written by `MultipageTiffWriter` and `NDTiffStorage` (<https://micro-manager.org>).

use super::stack::{Place, PlaneTime, Planes, Stack};
use crate::units::Calibration;
use serde_json::Value;

/// The tag of a page that holds its metadata.
pub(super) const TAG: u16 = 51123;

/// Largest count of planes that is listed.
const MOST_PLANES: usize = 1 << 26;

/// What the metadata of one page say; an index that is not there is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Stamp {
    pub(super) channel: usize,
    pub(super) slice: usize,
    pub(super) frame: usize,
    pub(super) position: usize,
    /// In seconds.
    pub(super) time: PlaneTime,
    /// In micrometres.
    pub(super) pixel_size: Option<f64>,
}

/// The stamp in the metadata of a page; none without indices.
pub(super) fn stamp(json: &str) -> Option<Stamp> {
    let Value::Object(values) = serde_json::from_str(json).ok()? else { return None };
    let index = |keys: &[&str]| keys.iter().find_map(|key| values.get(*key)?.as_u64()).map(|n| n as usize);
    let real = |key: &str| {
        let value = values.get(key)?;
        value.as_f64().or_else(|| value.as_str()?.trim_end_matches(" ms").trim().parse().ok())
    };
    let frame = index(&["FrameIndex", "Frame"])?;
    Some(Stamp {
        channel: index(&["ChannelIndex"]).unwrap_or(0),
        slice: index(&["SliceIndex", "Slice"]).unwrap_or(0),
        frame,
        position: index(&["PositionIndex"]).unwrap_or(0),
        time: PlaneTime {
            moment: real("ElapsedTime-ms").map(|ms| ms * 1e-3).filter(|s| s.is_finite()),
            exposure: real("Exposure-ms")
                .or_else(|| real("Exposure"))
                .map(|ms| ms * 1e-3)
                .filter(|s| *s > 0.0),
        },
        pixel_size: real("PixelSizeUm").filter(|size| (1e-12..=1e12).contains(size)),
    })
}

/// The stack that the stamps of all pages make; none unless each page has one, and a place of its own.
pub(super) fn stack_of(name: &str, stamps: &[Option<Stamp>]) -> Option<Stack> {
    let all: Vec<Stamp> = stamps.iter().copied().collect::<Option<_>>()?;
    let most = |of: fn(&Stamp) -> usize| all.iter().map(of).max().map(|most| most.saturating_add(1));
    let mut stack = Stack {
        dialect: "Micro-Manager",
        channels: most(|stamp| stamp.channel)?,
        slices: most(|stamp| stamp.slice)?,
        frames: most(|stamp| stamp.frame)?,
        positions: most(|stamp| stamp.position)?,
        assumption: None,
        ..Stack::plain(name, 0)
    };
    let count = stack.count().filter(|&count| count <= MOST_PLANES)?;
    let mut places = vec![None; count];
    let mut times = vec![PlaneTime::default(); count];
    for (page, stamp) in all.iter().enumerate() {
        let at = ((stamp.position * stack.frames + stamp.frame) * stack.slices + stamp.slice)
            * stack.channels
            + stamp.channel;
        if places[at].replace(Place { file: 0, page, sample: 0 }).is_some() {
            return None;
        }
        times[at] = stamp.time;
    }
    (stack.planes, stack.times) = (Planes::Listed(places), times);
    stack.calibration = Calibration { pixel_size: all[0].pixel_size, ..Calibration::default() };
    Some(stack)
}

/// Where the stamps of pages that are read as one movie contradict that, in words.
pub(super) fn contradiction(stamps: &[Stamp]) -> Option<String> {
    let first = stamps.first()?;
    for (at, pair) in stamps.windows(2).enumerate() {
        let [before, stamp] = pair else { continue };
        let one_channel = stamp.channel == first.channel && stamp.position == first.position;
        let frame = stamp.slice == first.slice && stamp.frame > before.frame;
        let slice = stamp.frame == first.frame && stamp.slice > before.slice;
        if !one_channel || !(frame || slice) {
            let of = |stamp: &Stamp| {
                format!(
                    "channel {}, slice {}, frame {}, position {}",
                    stamp.channel, stamp.slice, stamp.frame, stamp.position
                )
            };
            return Some(format!(
                "{} followed by {} (plane {}, counted from 0)",
                of(before),
                of(stamp),
                at + 1
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(channel: usize, frame: usize) -> Option<Stamp> {
        stamp(&format!(
            r#"{{"ChannelIndex": {channel}, "FrameIndex": {frame}, "SliceIndex": 0, "ElapsedTime-ms":
            {}, "Exposure-ms": 20}}"#,
            50 * frame
        ))
    }

    #[test]
    fn stamps_say_which_plane_is_which() {
        let stamps = [page(1, 0), page(0, 0), page(0, 1), page(1, 1)];
        let stack = stack_of("a.tif", &stamps).unwrap();
        assert_eq!((stack.channels, stack.frames), (2, 2));
        let place = |page| Some(Place { file: 0, page, sample: 0 });
        assert_eq!(stack.planes, Planes::Listed(vec![place(1), place(0), place(2), place(3)]));
        assert_eq!(stack.times[3], PlaneTime { moment: Some(0.05), exposure: Some(0.02) });
        assert_eq!(stack_of("a.tif", &[page(0, 0), page(0, 0)]), None);
    }

    #[test]
    fn channels_in_turn_are_no_movie() {
        let stamps = |pages: &[Option<Stamp>]| pages.iter().map(|page| page.unwrap()).collect::<Vec<_>>();
        assert_eq!(contradiction(&stamps(&[page(0, 0), page(0, 1), page(0, 5)])), None);
        assert!(contradiction(&stamps(&[page(0, 0), page(1, 0)])).unwrap().contains("channel 1"));
        assert!(contradiction(&stamps(&[page(0, 1), page(0, 0)])).is_some());
    }
}
