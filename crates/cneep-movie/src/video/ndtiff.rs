//! Reads a set of `NDTiff` files, the format of Micro-Manager and Pycro-Manager, by its index.
//!
//! Format: <https://github.com/micro-manager/NDTiffStorage>; planes lie uncompressed in their files.

use super::movie::Video;
use super::options::OpenOptions;
use super::sample::{Kind, Pixels, Stored, require_memory};
use super::stack::{PlaneTime, Stack};
use super::time_stamps::TimeStamps;
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::units::Calibration;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Name of the index of a set.
const INDEX: &str = "NDTiff.index";
/// Longest metadata of a plane that are read.
const LONGEST: u32 = 1 << 24;

/// One plane, by the index.
#[derive(Debug, Clone)]
struct Entry {
    axes: BTreeMap<String, Value>,
    file: String,
    /// Place of the pixels, columns, rows, type, compression; place and length of the metadata.
    numbers: [u32; 8],
}

/// The index in the folder at `path`, or in the folder of its full resolution.
pub(super) fn index_in(path: &Path) -> Option<PathBuf> {
    let places = [path.join(INDEX), path.join("Full resolution").join(INDEX)];
    places.into_iter().find(|place| place.is_file())
}

/// Takes an index apart; none if it is cut.
fn entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut rest = bytes;
    let mut take = |count: usize| {
        let (taken, after) = rest.split_at_checked(count)?;
        rest = after;
        Some(taken)
    };
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |sum, &byte| (sum << 8) | u32::from(byte));
    let mut found = Vec::new();
    while let Some(length) = take(4) {
        // Room that was reserved for more planes.
        if word(length) == 0 {
            break;
        }
        let axes = serde_json::from_slice(take(word(length) as usize)?).ok()?;
        let length = word(take(4)?);
        let file = String::from_utf8_lossy(take(length as usize)?).into_owned();
        let mut numbers = [0; 8];
        for number in &mut numbers {
            *number = word(take(4)?);
        }
        found.push(Entry { axes, file, numbers });
    }
    Some(found)
}

/// Reads the movie of a set by its `index`.
pub(super) fn read(index: &Path, name: &str, options: &OpenOptions) -> Result<Video> {
    let folder = index.parent().unwrap_or(index);
    let bytes = input_file::read(index, "an index of planes")?;
    let broken = |expected: &str, found: String| {
        let remedy = "The set was cut short or is damaged; copy it again.";
        Error::Format(Fault::of_file(index, expected, found, remedy))
    };
    let entries = entries(&bytes).ok_or_else(|| broken("a whole index", "one that is cut".into()))?;
    let mut cautions = Vec::new();
    let chosen = choose(name, &entries, options, &mut cautions)?;
    let [_, columns, rows, kind, ..] = chosen[0].numbers;
    let stored = |bytes| Stored { kind: Kind::Unsigned, bytes, big_endian: false };
    let stored = match kind {
        0 => stored(1),
        1 | 3..=6 => stored(2),
        _ => {
            let remedy = "Export the channel you want from Micro-Manager as a TIFF stack.";
            let found = format!("pixels of type {kind} (colour)");
            return Err(Error::Unsupported(Fault::new(name, "planes in grey", found, remedy)));
        }
    };
    let unlike = chosen.iter().position(|entry| entry.numbers[1..5] != chosen[0].numbers[1..5]);
    if let Some(at) = unlike.or((chosen[0].numbers[4] != 0).then_some(0)) {
        let found =
            format!("{:?} at plane {at} (columns, rows, type, compression)", &chosen[at].numbers[1..5]);
        let expected = "planes of one size and type, without compression";
        return Err(Error::Unsupported(Fault::new(name, expected, found, "Export it as a TIFF stack.")));
    }
    let (rows, columns) = (rows as usize, columns as usize);
    let frame = rows.checked_mul(columns).ok_or_else(|| broken("frames", "sizes beyond memory".into()))?;
    let depth = stored.depth().unwrap_or(crate::depth::Depth::U16);
    let count = frame.saturating_mul(chosen.len());
    require_memory(name, (count as u64).saturating_mul(depth.bytes()), frame)?;
    let mut pixels = Pixels::with_room(name, depth, 0)?;
    let mut open: Option<(&str, File)> = None;
    let (mut times, mut pixel_size) = (Vec::new(), None);
    for entry in &chosen {
        let path = folder.join(Path::new(&entry.file).file_name().unwrap_or_default());
        if open.as_ref().is_none_or(|(file, _)| *file != entry.file) {
            open = Some((&entry.file, input_file::open(&path, "a file of the set")?));
        }
        let Some((_, file)) = &mut open else { unreachable!("it was opened") };
        let fail = |error| Error::reading(&path, error);
        file.seek(SeekFrom::Start(entry.numbers[0].into())).map_err(fail)?;
        pixels.read(file, stored, frame).map_err(|error| {
            let expected = format!("a plane of {rows} x {columns} pixels at byte {}", entry.numbers[0]);
            let remedy = "The file was cut short or is damaged; copy it again.";
            Error::Format(Fault::of_file(&path, expected, error.to_string(), remedy))
        })?;
        let metadata = metadata(file, entry);
        let real = |key: &str| metadata.as_ref()?.get(key)?.as_f64();
        times.push(PlaneTime {
            moment: real("ElapsedTime-ms").map(|ms| ms * 1e-3),
            exposure: real("Exposure-ms").or_else(|| real("Exposure")).map(|ms| ms * 1e-3),
        });
        pixel_size = pixel_size.or(real("PixelSizeUm")).filter(|size| (1e-12..=1e12).contains(size));
    }
    let frames = pixels.into_frames((chosen.len(), rows, columns));
    let frames = frames.map_err(|error| broken("whole frames", error.to_string()))?;
    let mut calibration = Calibration { pixel_size, ..Calibration::default() };
    let moments: Vec<_> = times.iter().map(|time| time.moment).collect();
    let exposures: Vec<_> = times.iter().map(|time| time.exposure).collect();
    cautions.extend(TimeStamps::of(&moments, &exposures).apply(
        name,
        options.frame_interval,
        &mut calibration,
    ));
    let mut video = Video::new(name, frames, calibration)?;
    video.cautions = cautions;
    Ok(video)
}

/// The metadata of a plane.
fn metadata(file: &mut File, entry: &Entry) -> Option<Value> {
    let (place, length) = (entry.numbers[5], entry.numbers[6]);
    if length > LONGEST || entry.numbers[7] != 0 {
        return None;
    }
    file.seek(SeekFrom::Start(place.into())).ok()?;
    let mut bytes = Vec::new();
    file.take(length.into()).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Planes of the movie in order of time.
fn choose(
    name: &str,
    entries: &[Entry],
    options: &OpenOptions,
    cautions: &mut Vec<Caution>,
) -> Result<Vec<Entry>> {
    // Planes that were written twice hold what was written last.
    let planes: BTreeMap<String, &Entry> =
        entries.iter().map(|entry| (format!("{:?}", entry.axes), entry)).collect();
    let mut planes: Vec<&Entry> =
        entries.iter().filter(|entry| std::ptr::eq(planes[&format!("{:?}", entry.axes)], *entry)).collect();
    if planes.is_empty() {
        let remedy = "Record the movie again.";
        return Err(Error::Format(Fault::new(name, "an index of planes", "none", remedy)));
    }
    let all_time = Stack::all_pages_are_time(name, options)?;
    let names: BTreeSet<String> = planes.iter().flat_map(|entry| entry.axes.keys().cloned()).collect();
    if all_time {
        return Ok(planes.into_iter().cloned().collect());
    }
    for axis in names.iter().filter(|axis| *axis != "time") {
        let mut values: Vec<Value> = Vec::new();
        for entry in &planes {
            let value = entry.axes.get(axis).cloned().unwrap_or(Value::Null);
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.iter().all(Value::is_number) {
            values.sort_by_key(Value::as_i64);
        }
        let (setting, chosen) = match &**axis {
            "channel" => ("channel", options.channel),
            "z" | "slice" => ("slice", options.slice),
            "position" => ("position", options.position),
            _ => ("axes", None),
        };
        let said: Vec<String> = values.iter().map(|value| value.to_string().replace('"', "")).collect();
        let index = match chosen {
            Some(number) if (1..=values.len()).contains(&number) => number - 1,
            Some(number) => {
                let expected = format!("a {setting} from 1 to {}", values.len());
                let fault = Fault::new(name, expected, number.to_string(), "They are counted from 1.");
                return Err(Error::Setting(fault.with_setting(setting)));
            }
            None if values.len() == 1 => 0,
            None if setting == "channel" => {
                cautions.push(Caution::new(name, CautionKind::FirstChannelRead { channels: said }));
                0
            }
            None => {
                let found =
                    format!("{} along the axis '{axis}' of its index: {}", values.len(), said.join(", "));
                let remedy = if setting == "axes" {
                    "If all planes are moments in time, state the axes TYX; else export one series.".into()
                } else {
                    format!("Choose a {setting}, counted from 1.")
                };
                let fault = Fault::new(name, format!("one {axis}"), found, remedy).with_setting(setting);
                return Err(Error::Unsupported(fault));
            }
        };
        planes.retain(|entry| entry.axes.get(axis).unwrap_or(&Value::Null) == &values[index]);
    }
    let time = |entry: &&Entry| entry.axes.get("time").and_then(Value::as_i64);
    planes.sort_by_key(time);
    let numbers: Vec<Option<i64>> = planes.iter().map(time).collect();
    if let (Some(Some(last)), false) = (numbers.last(), numbers.contains(&None)) {
        let described = (*last + 1).max(0) as usize;
        if described > planes.len() {
            let found = planes.len();
            cautions.push(Caution::new(name, CautionKind::FramesMissing { described, found }));
        }
    }
    Ok(planes.into_iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(axes: &str, place: u32) -> Vec<u8> {
        let numbers = [place, 3, 2, 1, 0, 1000, 0, 0];
        let texts =
            [axes, "a.tif"].map(|text| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat());
        [texts.concat(), numbers.iter().flat_map(|number| number.to_le_bytes()).collect()].concat()
    }

    /// Catches planes in the order in which they were recorded, and the channels of one movie in turn.
    #[test]
    fn planes_are_those_of_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let planes: Vec<u8> = (0..24_u16).flat_map(u16::to_le_bytes).collect();
        std::fs::write(folder.path().join("a.tif"), planes).unwrap();
        let places = [("RFP", 1, 0), ("GFP", 0, 12), ("GFP", 1, 24), ("RFP", 0, 36)];
        let index: Vec<u8> = places
            .iter()
            .flat_map(|(channel, time, place)| {
                entry(&format!("{{\"channel\": \"{channel}\", \"time\": {time}}}"), *place)
            })
            .collect();
        std::fs::write(folder.path().join(INDEX), index).unwrap();
        let index = index_in(folder.path()).unwrap();
        let first = |options: &OpenOptions| {
            let video = read(&index, "a", options).unwrap();
            let firsts = [0, 1].map(|at| video.frames().frame(at).unwrap()[[0, 0]]);
            (firsts, video.cautions().len())
        };
        assert_eq!(first(&OpenOptions::default().channel(1)), ([18.0, 0.0], 0));
        assert_eq!(first(&OpenOptions::default().channel(2)), ([6.0, 12.0], 0));
        assert_eq!(first(&OpenOptions::default()), ([18.0, 0.0], 1));
        let outside = read(&index, "a", &OpenOptions::default().channel(3)).unwrap_err().to_string();
        assert!(outside.contains("a channel from 1 to 2"), "{outside}");
    }
}
