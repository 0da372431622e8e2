//! Reads and writes the description that ImageJ puts into the first page of a TIFF stack.
//!
//! Lines `key=value` in Latin-1, after `ij.io.FileSaver.getDescriptionString`; see
//! <https://imagej.net/ij/source/>.

use super::scales::{micrometres, number, seconds};
use super::stack::{Planes, Stack};
use crate::caution::{Caution, CautionKind, PageName};
use crate::units::Calibration;
use std::fmt::Write;

/// More channels than these alone are rather frames.
const MOST_CHANNELS: usize = 7;

/// The stack that a description of ImageJ's makes of `pages` pages; none for any other description.
///
/// `pixel_width` is given in the unit that the description names.
pub(super) fn parse(name: &str, description: &str, pages: usize, pixel_width: Option<f64>) -> Option<Stack> {
    if !description.starts_with("ImageJ=") {
        return None;
    }
    let value = |key: &str| {
        let mut pairs = description.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(k, _)| k.trim() == key).map(|(_, v)| v.trim())
    };
    let whole = |key: &str| value(key).and_then(|v| v.parse::<usize>().ok()).filter(|&n| n > 0);
    let real = |key: &str| value(key).and_then(number).filter(|&v| v != 0.0);
    let (channels, slices) = (whole("channels").unwrap_or(1), whole("slices").unwrap_or(1));
    let mut cautions = Vec::new();
    let described = whole("images");
    let frames = whole("frames")
        .unwrap_or_else(|| if slices == 1 && channels == 1 { described.unwrap_or(pages) } else { 1 });
    // Writers that know no frames call them channels; ImageJ shows at most seven of these together.
    let frames_called_channels = channels > MOST_CHANNELS && slices == 1 && frames == 1;
    let (channels, frames) = if frames_called_channels { (1, channels) } else { (channels, frames) };
    let order = value("order").unwrap_or_default().to_uppercase();
    let order: String = order.chars().filter(|letter| "CZT".contains(*letter)).collect();
    let complete = order.len() == 3 && ['C', 'Z', 'T'].iter().all(|&axis| order.contains(axis));
    let only_images =
        described.is_some() && ["frames", "slices", "channels"].iter().all(|k| value(k).is_none());
    let called = if frames_called_channels { PageName::Channels } else { PageName::Images };
    let kind = CautionKind::PagesReadAsTime { pages, called };
    let assumption = (only_images || frames_called_channels).then(|| Caution::new(name, kind));
    let frame_interval =
        real("finterval").and_then(|interval| seconds(interval, value("tunit").unwrap_or("s")));
    if let (None, Some(interval)) = (frame_interval, real("finterval")) {
        let unit = value("tunit").unwrap_or("s").into();
        cautions.push(Caution::new(name, CautionKind::FrameIntervalUnreadable { value: interval, unit }));
    } else if let (None, Some(fps)) = (frame_interval, real("fps")) {
        cautions.push(Caution::new(name, CautionKind::PlaybackSpeed { frames_per_second: fps }));
    }
    let unit = value("unit").filter(|unit| !["pixel", "pixels", "inch"].contains(unit));
    let pixel_size = unit.and_then(|unit| micrometres(pixel_width?, unit));
    if let (Some(unit), Some(size), None) = (unit, pixel_width, pixel_size) {
        let kind = CautionKind::PixelSizeUnreadable { value: size, unit: unit.into() };
        cautions.push(Caution::new(name, kind));
    }
    let in_range = |scale: &f64| (1e-12..=1e12).contains(scale);
    let (frame_interval, pixel_size) = (frame_interval.filter(in_range), pixel_size.filter(in_range));
    Some(Stack {
        dialect: "ImageJ hyperstack",
        channels,
        slices,
        frames,
        planes: Planes::InOrder(if complete { order } else { "CZT".into() }),
        calibration: Calibration { frame_interval, pixel_size, ..Calibration::default() },
        assumption,
        cautions,
        ..Stack::plain(name, pages)
    })
}

/// The description ImageJ would write for a movie of `frames` frames displayed between `minimum` and
/// `maximum`.
pub(super) fn description(frames: usize, calibration: Calibration, display: Option<(f32, f32)>) -> String {
    let mut text = String::from("ImageJ=1.54f\n");
    if frames > 1 {
        let _ = write!(text, "images={frames}\nframes={frames}\nhyperstack=true\n");
    }
    if calibration.pixel_size.is_some() {
        text.push_str("unit=um\n");
    }
    if let Some(interval) = calibration.frame_interval {
        let _ = writeln!(text, "finterval={interval}");
        if frames > 1 {
            let _ = writeln!(text, "fps={}", 1.0 / interval);
        }
    }
    if frames > 1 {
        text.push_str("loop=false\n");
    }
    if let Some((minimum, maximum)) = display {
        let _ = write!(text, "min={minimum:?}\nmax={maximum:?}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_interval_and_scale_are_read_in_their_units() {
        let text = "ImageJ=1.53t\nimages=512\nframes=512\nhyperstack=true\nunit=\\u00B5m\n\
                    finterval=43\ntunit=ms\nfps=7\nloop=false\n";
        let stack = parse("a.tif", text, 512, Some(0.123)).unwrap();
        assert_eq!((stack.channels, stack.slices, stack.frames), (1, 1, 512));
        assert!((stack.calibration.frame_interval.unwrap() - 0.043).abs() < 1e-12);
        assert!((stack.calibration.pixel_size.unwrap() - 0.123).abs() < 1e-12);
        assert_eq!(stack.cautions, []);
    }

    #[test]
    fn the_speed_of_playback_is_no_frame_interval() {
        let stack = parse("a.tif", "ImageJ=1.11a\nimages=200\nframes=200\nfps=30.0", 200, None).unwrap();
        assert_eq!(stack.calibration, Calibration::default());
        assert!(stack.cautions[0].message().contains("fps=30"), "{}", stack.cautions[0]);
        assert_eq!(stack.cautions[0].setting(), Some("frame_interval"));
        assert!(stack.cautions[0].remedy().contains("0.033333 s"), "{}", stack.cautions[0]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let calibration =
            Calibration { frame_interval: Some(0.043), pixel_size: Some(0.123), ..Calibration::default() };
        let text = description(7, calibration, Some((-1.5, 2.0)));
        assert_eq!(
            text,
            "ImageJ=1.54f\nimages=7\nframes=7\nhyperstack=true\nunit=um\nfinterval=0.043\n\
             fps=23.255813953488374\nloop=false\nmin=-1.5\nmax=2.0\n"
        );
        let stack = parse("a.tif", &text, 7, Some(0.123)).unwrap();
        assert_eq!((stack.frames, stack.calibration.frame_interval), (7, Some(0.043)));
        assert_eq!(parse("a.tif", "made by hand", 7, None), None);
    }
}
