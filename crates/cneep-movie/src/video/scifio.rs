//! Reads the descriptions that SCIFIO (`ImageJ2`) and `ScanImage` put into a TIFF.

use super::stack::{Planes, Stack};
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;

/// The value of a line `key=value` or `key = value`.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
}

/// The stack that SCIFIO makes of `pages` pages; none for any other description.
pub(super) fn parse_scifio(name: &str, description: &str, pages: usize) -> Result<Option<Stack>> {
    if !description.starts_with("SCIFIO=") {
        return Ok(None);
    }
    let sizes =
        |text: &str| -> Option<Vec<usize>> { text.split(',').map(|n| n.trim().parse().ok()).collect() };
    let whole = |key: &str| value(description, key).and_then(|v| v.parse::<usize>().ok()).unwrap_or(1);
    let mut stack = Stack { dialect: "SCIFIO", assumption: None, ..Stack::plain(name, pages) };
    let (Some(axes), Some(lengths)) =
        (value(description, "axes"), value(description, "lengths").and_then(sizes))
    else {
        (stack.channels, stack.slices, stack.frames) = (whole("channels"), whole("slices"), whole("frames"));
        return Ok(Some(stack));
    };
    (stack.channels, stack.slices, stack.frames) = (1, 1, 1);
    let mut order = String::new();
    for (axis, &size) in axes.split(',').zip(&lengths).filter(|(_, size)| **size != 1) {
        let (letter, place) = match axis.trim().to_lowercase().as_str() {
            "x" | "y" => continue,
            "z" => ('Z', &mut stack.slices),
            "channel" => ('C', &mut stack.channels),
            "time" => ('T', &mut stack.frames),
            "position" | "series" | "mosaic" => ('P', &mut stack.positions),
            other => {
                let remedy = "If all pages are moments in time, state the axes TYX.";
                let expected = "axes of time, heights, channels and positions (SCIFIO)";
                let fault = Fault::new(name, expected, format!("the axis '{other}'"), remedy);
                return Err(Error::Unsupported(fault.with_setting("axes")));
            }
        };
        order.push(letter);
        *place = size;
    }
    let missing = ['C', 'Z', 'T', 'P'].into_iter().filter(|axis| !order.contains(*axis)).collect::<String>();
    stack.planes = Planes::InOrder(order + &missing);
    Ok(Some(stack))
}

/// The stack that `ScanImage` makes of `pages` pages, from the description or the name of the software; none
/// for any other. Frames are one channel's unless `channel` is chosen among those that were saved.
pub(super) fn parse_scanimage(name: &str, text: &str, pages: usize, channel: Option<usize>) -> Option<Stack> {
    let new = text.contains("SI.hChannels.channelSave");
    if !new && !text.contains("state.acq.numberOfChannelsSave") {
        return None;
    }
    let channels = if new {
        let list = value(text, "SI.hChannels.channelSave")?;
        list.split([';', ',', ' ', '[', ']']).filter(|number| !number.is_empty()).count()
    } else {
        value(text, "state.acq.numberOfChannelsSave")?.parse().ok()?
    };
    let rate = ["SI.hRoiManager.scanFrameRate", "state.acq.frameRate"];
    let rate = rate.iter().find_map(|key| value(text, key)?.parse::<f64>().ok());
    let interval = rate.map(|rate| 1.0 / rate).filter(|interval| (1e-12..=1e12).contains(interval));
    let mut stack = Stack { dialect: "ScanImage", ..Stack::plain(name, pages) };
    stack.calibration = Calibration { frame_interval: interval, ..Calibration::default() };
    if channels > 1 && channel.is_some() && pages.is_multiple_of(channels) {
        (stack.channels, stack.frames, stack.assumption) = (channels, pages / channels, None);
    } else if channels > 1 {
        stack.cautions.push(Caution::new(name, CautionKind::ChannelsPerhapsInterleaved { channels }));
    }
    Some(stack)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_scifio_are_followed_from_the_fastest() {
        let text = "SCIFIO=0.46.0\naxes=X,Y,Time,Channel\nlengths=28,20,30,2\nimages=60";
        let stack = parse_scifio("a.tif", text, 60).unwrap().unwrap();
        assert_eq!((stack.frames, stack.channels), (30, 2));
        assert_eq!(stack.planes, Planes::InOrder("TCZP".into()));
        let text = text.replace("Time", "Lifetime");
        assert!(parse_scifio("a.tif", &text, 60).unwrap_err().to_string().contains("'lifetime'"));
    }

    #[test]
    fn channels_of_scanimage_are_told_and_taken_apart_on_request() {
        let text = "frames = 1\nSI.hChannels.channelSave = [1;2]\nSI.hRoiManager.scanFrameRate = 25";
        let stack = parse_scanimage("a.tif", text, 60, None).unwrap();
        assert_eq!((stack.frames, stack.calibration.frame_interval), (60, Some(0.04)));
        assert!(matches!(stack.cautions[0].kind, CautionKind::ChannelsPerhapsInterleaved { channels: 2 }));
        let stack = parse_scanimage("a.tif", text, 60, Some(2)).unwrap();
        assert_eq!((stack.frames, stack.channels), (30, 2));
    }
}
