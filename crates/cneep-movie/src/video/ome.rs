//! Reads sizes, scales and the places of planes from OME-XML, the description that Bio-Formats and
//! microscopes put into a TIFF.
//!
//! Schema: <https://www.openmicroscopy.org/Schemas/OME/2016-06>; planes:
//! <https://docs.openmicroscopy.org/ome-model/6.3.1/ome-tiff/specification.html>

use super::ome_series::{Described, Series, TiffData, described};
use super::scales::{ome_micrometres, ome_moment, ome_seconds};
use super::stack::{Place, PlaneTime, Planes, Stack};
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::units::Calibration;
use std::path::{Path, PathBuf};

/// What the file around a description holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    /// What errors call the file.
    pub(super) name: &'a str,
    /// Where it lies, if it is a file: others of its set lie beside it.
    pub(super) path: Option<&'a Path>,
    /// Pages, smaller copies included.
    pub(super) pages: usize,
    /// Channels that are stored in one page.
    pub(super) in_page: usize,
    /// Samples that make one channel, as those of colours do.
    pub(super) in_channel: usize,
    /// Position that the user chose, from 1.
    pub(super) position: Option<usize>,
}

/// Largest count of planes that is listed.
const MOST_PLANES: usize = 1 << 26;

/// The stack that OME-XML describes; none for any other description.
pub(super) fn parse(around: &Around<'_>, description: &str) -> Result<Option<Stack>> {
    if !description.trim_end().ends_with("OME>") && !description.contains("openmicroscopy.org/Schemas/OME") {
        return Ok(None);
    }
    let name = around.name;
    match described(description) {
        Described::Elsewhere(file) => elsewhere(around, &file),
        Described::Here(series) => {
            let own = around.path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
            let series = choose(around, own.as_deref(), &series)?;
            stack(around, own.as_deref(), series).map(Some)
        }
        Described::Nothing => {
            let remedy = "If all pages are moments in time, state the axes TYX.";
            let fault = Fault::new(name, "an OME description with one Pixels element", "none", remedy);
            Err(Error::Format(fault.with_setting("axes")))
        }
    }
}

/// The stack that another file describes; none if that cannot be had.
fn elsewhere(around: &Around<'_>, file: &str) -> Result<Option<Stack>> {
    let name = around.name;
    let beside = around.path.and_then(|path| path.parent()).map(|folder| folder.join(base(file)));
    match beside.filter(|beside| beside.is_file()) {
        Some(beside) if file.to_lowercase().ends_with(".ome") || file.to_lowercase().ends_with(".xml") => {
            let bytes = input_file::read(&beside, "an OME description")?;
            parse(around, &String::from_utf8_lossy(&bytes))
        }
        Some(beside) => {
            let found = format!("a description that stands in {}", beside.display());
            let remedy = format!(
                "Give {}, which describes the whole set; if the pages of this file are moments in time, \
                 state \
                 the axes TYX.",
                beside.display()
            );
            let fault = Fault::new(name, "a file that says what its planes are", found, remedy);
            Err(Error::Unsupported(fault.with_setting("axes")))
        }
        None if around.pages < 2 => {
            let found = format!("one page of a set that {file} describes, which is not beside it");
            let remedy =
                format!("Put {file} into the same folder, or give the folder that holds all frames.");
            Err(Error::Unsupported(Fault::new(name, "all frames of a movie", found, remedy)))
        }
        None => {
            let mut stack = Stack::plain(name, around.pages);
            let kind = CautionKind::DescriptionMissing { file: file.into() };
            stack.cautions.push(Caution::new(name, kind));
            Ok(Some(stack))
        }
    }
}

/// The name of a file without folders, whichever system wrote it.
fn base(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// The one series that was asked for, or that this file holds.
fn choose<'a>(around: &Around<'_>, own: Option<&str>, series: &'a [Series]) -> Result<&'a Series> {
    if let Some(number) = around.position {
        return series.get(number.wrapping_sub(1)).ok_or_else(|| {
            let expected = format!("a position from 1 to {}", series.len());
            let remedy = "They are counted from 1.";
            let fault = Fault::new(around.name, expected, number.to_string(), remedy);
            Error::Setting(fault.with_setting("position"))
        });
    }
    let is_here = |series: &&Series| {
        series.data.iter().any(|data| data.file.as_deref().is_none_or(|file| own == Some(base(file))))
    };
    let here: Vec<&Series> = series.iter().filter(is_here).collect();
    match (series, &here[..]) {
        ([one], _) => Ok(one),
        (_, [one]) => Ok(one),
        _ => {
            let found = format!("{} of them", series.len());
            let remedy = "Choose a position, counted from 1 in the order of the file.";
            let fault = Fault::new(around.name, "one image series (one OME Pixels element)", found, remedy);
            Err(Error::Unsupported(fault.with_setting("position")))
        }
    }
}

/// The stack of one series.
fn stack(around: &Around<'_>, own: Option<&str>, series: &Series) -> Result<Stack> {
    let name = around.name;
    let size = |key: &str| match series.attribute(key).map(|value| value.trim().parse::<usize>()) {
        None => Ok(1),
        Some(Ok(size)) if size > 0 => Ok(size),
        Some(_) => {
            let found = format!("'{}'", series.attribute(key).unwrap_or_default());
            let remedy = "If all pages are moments in time, state the axes TYX; else export the movie again.";
            let fault = Fault::new(name, format!("a positive {key}"), found, remedy);
            Err(Error::Format(fault.with_setting("axes")))
        }
    };
    let samples = size("SizeC")?;
    let colours = around.in_channel > 1 && samples.is_multiple_of(around.in_channel);
    let channels = if colours { samples / around.in_channel } else { samples };
    let (calibration, cautions) = calibration(name, series);
    let mut stack = Stack {
        dialect: "OME-TIFF",
        channels,
        slices: size("SizeZ")?,
        frames: size("SizeT")?,
        calibration,
        assumption: None,
        cautions,
        ..Stack::plain(name, 0)
    };
    let count = stack.count().filter(|&count| count <= MOST_PLANES);
    let Some(count) = count else {
        let remedy = "If all pages are moments in time, state the axes TYX.";
        let fault = Fault::new(name, "sizes of a movie", stack.sizes(), remedy);
        return Err(Error::Format(fault.with_setting("axes")));
    };
    let fallback = [TiffData::default()];
    let data = if series.data.is_empty() { &fallback[..] } else { &series.data };
    let mut listing = Listing { around, own, stack: &mut stack, series, places: vec![None; count] };
    for data in data {
        listing.add(data)?;
    }
    let places = listing.places;
    if places.iter().all(Option::is_none) {
        return Err(wrong(around, "planes in this file or beside it", "none of them".into()));
    }
    stack.planes = Planes::Listed(places);
    stack.times = times(series, &stack);
    Ok(stack)
}

/// What contradicts the description.
fn wrong(around: &Around<'_>, expected: &str, found: String) -> Error {
    let remedy = "Export the movie again; if all pages of this file are moments in time, take what is there: \
                  state the axes TYX.";
    Error::Format(Fault::new(around.name, expected, found, remedy).with_setting("axes"))
}

/// Places of planes as they are gathered.
struct Listing<'a> {
    around: &'a Around<'a>,
    own: Option<&'a str>,
    stack: &'a mut Stack,
    series: &'a Series,
    places: Vec<Option<Place>>,
}

impl Listing<'_> {
    /// Adds the planes of one element.
    fn add(&mut self, data: &TiffData) -> Result<()> {
        let around = self.around;
        let Some(file) = self.file(data)? else { return Ok(()) };
        let order = self.series.order();
        let (channels, slices, frames) = (self.stack.channels, self.stack.slices, self.stack.frames);
        let start = [data.channel / around.in_channel.max(1), data.slice, data.frame];
        if start[0] >= channels || start[1] >= slices || start[2] >= frames {
            let found = format!(
                "a plane at channel {}, slice {}, frame {} (counted from 0)",
                data.channel, data.slice, data.frame
            );
            return Err(wrong(around, &self.expected(), found));
        }
        let total = channels * slices * frames;
        let in_page = around.in_page.max(1);
        let (count, implied) = match (data.count, data.page) {
            (Some(count), _) => (count, false),
            (None, Some(_)) => (1, false),
            (None, None) if file > 0 => (1, false),
            (None, None) => (around.pages, true),
        };
        let planes = count.saturating_mul(in_page);
        if implied && planes != total {
            let found = format!("{} pages", around.pages);
            return Err(wrong(around, &self.expected(), found));
        }
        let of = |axis: u8| match axis {
            b'C' => channels,
            b'Z' => slices,
            _ => frames,
        };
        let first = order.iter().rev().fold(0, |sum, &axis| {
            sum * of(axis)
                + match axis {
                    b'C' => start[0],
                    b'Z' => start[1],
                    _ => start[2],
                }
        });
        for plane in 0..planes {
            let mut rest = first + plane;
            if rest >= total {
                let found = format!("{planes} planes from number {first} on");
                return Err(wrong(around, &self.expected(), found));
            }
            let mut at = [0; 3];
            for &axis in &order {
                let index = rest % of(axis);
                rest /= of(axis);
                at[match axis {
                    b'C' => 0,
                    b'Z' => 1,
                    _ => 2,
                }] = index;
            }
            let place =
                Place { file, page: data.page.unwrap_or(0) + plane / in_page, sample: plane % in_page };
            let listed = &mut self.places[(at[2] * slices + at[1]) * channels + at[0]];
            if listed.is_some_and(|known| known != place) {
                let found =
                    format!("two at channel {}, slice {}, frame {} (counted from 0)", at[0], at[1], at[2]);
                return Err(wrong(around, "each plane in one place", found));
            }
            *listed = Some(place);
        }
        Ok(())
    }

    fn expected(&self) -> String {
        format!("{}, as its description says ({})", self.stack.sizes(), self.stack.dialect)
    }

    /// Number of the file in which planes lie; none for one that is not there, where others are.
    fn file(&mut self, data: &TiffData) -> Result<Option<usize>> {
        let Some(file) = data.file.as_deref().map(base) else { return Ok(Some(0)) };
        if self.own.is_none_or(|own| own == file) {
            return Ok(Some(0));
        }
        let alone = self.series.data.iter().all(|other| other.file.as_deref().map(base) == Some(file));
        let folder = self.around.path.and_then(Path::parent).unwrap_or_else(|| Path::new(""));
        let path: PathBuf = folder.join(file);
        if let Some(known) = self.stack.files.iter().position(|known| *known == path) {
            return Ok(Some(known + 1));
        }
        if path.is_file() {
            self.stack.files.push(path);
            return Ok(Some(self.stack.files.len()));
        }
        // A file that was given another name.
        if alone {
            return Ok(Some(0));
        }
        let expected = format!("all files of its set, as {} in {}", file, folder.display());
        let remedy = "Put the files of the set into one folder under their own names; to take the pages \
        of this \
                      file alone as moments in time, state the axes TYX.";
        let fault = Fault::new(self.around.name, expected, "no such file", remedy);
        Err(Error::Format(fault.with_setting("axes")))
    }
}

/// Scales that the description states, and what is to be said of them.
fn calibration(name: &str, series: &Series) -> (Calibration, Vec<Caution>) {
    let mut cautions = Vec::new();
    let unit = |key: &str, default: &str| series.attribute(key).unwrap_or_else(|| default.into());
    let real = |key: &str| series.real(key);
    let length = |axis: &str| {
        let size = real(&format!("PhysicalSize{axis}"))?;
        ome_micrometres(size, &unit(&format!("PhysicalSize{axis}Unit"), "µm"))
    };
    let (x, y) = (length("X"), length("Y"));
    if let (Some(x), Some(y)) = (x, y)
        && (x - y).abs() > 1e-3 * x
    {
        cautions.push(Caution::new(name, CautionKind::PixelsNotSquare { height_over_width: y / x }));
    }
    if let (Some(value), None) = (real("PhysicalSizeX").filter(|size| *size != 0.0), x) {
        let unit = unit("PhysicalSizeXUnit", "µm");
        cautions.push(Caution::new(name, CautionKind::PixelSizeUnreadable { value, unit }));
    }
    let interval = real("TimeIncrement").and_then(|time| ome_seconds(time, &unit("TimeIncrementUnit", "s")));
    if let (Some(value), None) = (real("TimeIncrement").filter(|time| *time != 0.0), interval) {
        let unit = unit("TimeIncrementUnit", "s");
        cautions.push(Caution::new(name, CautionKind::FrameIntervalUnreadable { value, unit }));
    }
    let in_range = |scale: &f64| (1e-12..=1e12).contains(scale);
    let (interval, x) = (interval.filter(in_range), x.filter(in_range));
    (Calibration { frame_interval: interval, pixel_size: x, ..Calibration::default() }, cautions)
}

/// Time stamps of all planes, in the order in which they are listed; empty without any.
fn times(series: &Series, stack: &Stack) -> Vec<PlaneTime> {
    if series.stamps.is_empty() {
        return Vec::new();
    }
    let mut times = vec![PlaneTime::default(); stack.channels * stack.slices * stack.frames];
    for stamp in &series.stamps {
        if stamp.channel >= stack.channels || stamp.slice >= stack.slices || stamp.frame >= stack.frames {
            continue;
        }
        let at = (stamp.frame * stack.slices + stamp.slice) * stack.channels + stamp.channel;
        let moment = stamp.moment.as_ref().and_then(|(time, unit)| ome_moment(*time, unit));
        let exposure = stamp.exposure.as_ref().and_then(|(time, unit)| ome_seconds(*time, unit));
        times[at] = PlaneTime { moment, exposure };
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0"
 DimensionOrder="XYZTC" SizeX="8" SizeY="6" SizeZ="1" SizeC="2" SizeT="4" Type="uint16" TimeIncrement="43.0"
 TimeIncrementUnit="ms" PhysicalSizeX="123.0" PhysicalSizeXUnit="nm"><TiffData/></Pixels></Image></OME>"#;

    fn around() -> Around<'static> {
        Around { name: "a.tif", path: None, pages: 8, in_page: 1, in_channel: 1, position: None }
    }

    fn pages(stack: &Stack) -> Vec<usize> {
        let Planes::Listed(places) = &stack.planes else { panic!("planes are listed") };
        places.iter().map(|place| place.unwrap().page).collect()
    }

    #[test]
    fn sizes_order_and_scales_are_read_in_their_units() {
        let stack = parse(&around(), XML).unwrap().unwrap();
        assert_eq!((stack.channels, stack.slices, stack.frames), (2, 1, 4));
        assert_eq!(pages(&stack), [0, 4, 1, 5, 2, 6, 3, 7]);
        assert!((stack.calibration.frame_interval.unwrap() - 0.043).abs() < 1e-12);
        assert!((stack.calibration.pixel_size.unwrap() - 0.123).abs() < 1e-12);
        assert_eq!(parse(&around(), "ImageJ=1.53t").unwrap(), None);
    }

    /// Catches planes read in the order of pages where the description lists them, one that is listed twice,
    /// and one outside the sizes.
    #[test]
    fn planes_lie_where_they_are_listed() {
        let data = "<TiffData IFD=\"5\" FirstT=\"0\" PlaneCount=\"1\"/><TiffData IFD=\"2\" FirstT=\"1\" \
        FirstC=\"1\" \
                    PlaneCount=\"2\"/><TiffData IFD=\"0\"/>";
        let stack = parse(&around(), &XML.replace("<TiffData/>", data)).unwrap_err().to_string();
        assert!(stack.contains("two at channel 0, slice 0, frame 0"), "{stack}");
        let data = data.replace("<TiffData IFD=\"0\"/>", "<TiffData IFD=\"0\" FirstC=\"1\"/>");
        let stack = parse(&around(), &XML.replace("<TiffData/>", &data)).unwrap().unwrap();
        let Planes::Listed(places) = &stack.planes else { panic!("planes are listed") };
        let found: Vec<Option<usize>> = places.iter().map(|place| place.map(|place| place.page)).collect();
        assert_eq!(found, [Some(5), Some(0), None, Some(2), None, Some(3), None, None]);
        let outside = XML.replace("<TiffData/>", "<TiffData IFD=\"0\" FirstC=\"2\"/>");
        assert!(parse(&around(), &outside).unwrap_err().to_string().contains("channel 2"));
    }

    #[test]
    fn two_series_need_a_position_and_a_broken_size_is_refused() {
        let two = XML.replace(
            "</Image>",
            "</Image><Image><Pixels SizeT=\"2\"><TiffData IFD=\"3\" PlaneCount=\"2\"/></Pixels></Image>",
        );
        let error = parse(&around(), &two).unwrap_err();
        assert!(error.to_string().contains("one image series") && error.setting() == Some("position"));
        let second = Around { position: Some(2), ..around() };
        assert_eq!(pages(&parse(&second, &two).unwrap().unwrap()), [3, 4]);
        let broken = XML.replace("SizeT=\"4\"", "SizeT=\"-4\"");
        let error = parse(&around(), &broken).unwrap_err().to_string();
        assert!(error.contains("a positive SizeT, found '-4'"), "{error}");
        let more = XML.replace("SizeT=\"4\"", "SizeT=\"5\"");
        assert!(parse(&around(), &more).unwrap_err().to_string().contains("found 8 pages"));
    }

    #[test]
    fn stamps_of_planes_are_read_in_their_units() {
        let stamps =
            "<Plane TheC=\"1\" TheZ=\"0\" TheT=\"2\" DeltaT=\"250\" DeltaTUnit=\"ms\" ExposureTime=\"0.1\"/>";
        let stack = parse(&around(), &XML.replace("<TiffData/>", &format!("<TiffData/>{stamps}")));
        let time = stack.unwrap().unwrap().times[5];
        assert_eq!((time.moment, time.exposure), (Some(0.25), Some(0.1)));
    }
}
