//! Reads sizes and scales from OME-XML, the description that Bio-Formats and microscopes put into a TIFF.
//!
//! Schema: <https://www.openmicroscopy.org/Schemas/OME/2016-06>; only the `Pixels` element matters here.

use super::stack::{Stack, micrometres, seconds};
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;

/// The stack that OME-XML describes; none for any other description.
pub(super) fn parse(name: &str, description: &str) -> Result<Option<Stack>> {
    if !description.trim_end().ends_with("OME>") && !description.contains("openmicroscopy.org/Schemas/OME") {
        return Ok(None);
    }
    let elements: Vec<&str> = start_tags(description, "Pixels").collect();
    let [pixels] = *elements else {
        return Err(Error::Unsupported(Fault::new(
            name,
            "one image series (one OME Pixels element)",
            elements.len().to_string(),
            "Open the file in Fiji and save the series you want with File > Save As > Tiff.",
        )));
    };
    let size = |key: &str| match attribute(pixels, key).map(|value| value.parse::<usize>()) {
        None => Ok(1),
        Some(Ok(size)) if size > 0 => Ok(size),
        Some(_) => {
            let found = attribute(pixels, key).unwrap_or_default();
            let remedy = "The OME-XML is damaged; export the movie again.";
            Err(Error::Format(Fault::new(name, format!("a positive {key}"), format!("'{found}'"), remedy)))
        }
    };
    let real = |key: &str| attribute(pixels, key).and_then(|value| value.parse::<f64>().ok());
    let unit = |key: &str, default: &str| attribute(pixels, key).unwrap_or_else(|| default.into());
    let x = real("PhysicalSizeX").and_then(|size| micrometres(size, &unit("PhysicalSizeXUnit", "um")));
    let y = real("PhysicalSizeY").and_then(|size| micrometres(size, &unit("PhysicalSizeYUnit", "um")));
    let mut cautions = Vec::new();
    if let (Some(x), Some(y)) = (x, y)
        && (x - y).abs() > 1e-3 * x
    {
        let kind = CautionKind::PixelsNotSquare { height_over_width: y / x };
        cautions.push(Caution::new(name, kind));
    }
    let interval = real("TimeIncrement").and_then(|time| seconds(time, &unit("TimeIncrementUnit", "s")));
    let order = unit("DimensionOrder", "XYCZT").trim_start_matches("XY").to_string();
    let complete = order.len() == 3 && ['C', 'Z', 'T'].iter().all(|&axis| order.contains(axis));
    Ok(Some(Stack {
        dialect: "OME-TIFF",
        channels: size("SizeC")?,
        slices: size("SizeZ")?,
        frames: size("SizeT")?,
        order: if complete { order } else { "CZT".into() },
        calibration: Calibration { frame_interval: interval, pixel_size: x, ..Calibration::default() },
        assumption: None,
        cautions,
    }))
}

/// The insides of every start tag called `element`, with or without a namespace.
fn start_tags<'a>(xml: &'a str, element: &'a str) -> impl Iterator<Item = &'a str> {
    xml.split('<').skip(1).filter_map(move |tag| {
        let (inside, _) = tag.split_once('>')?;
        let (name, attributes) = inside.split_once(char::is_whitespace)?;
        (name.rsplit(':').next() == Some(element)).then_some(attributes)
    })
}

/// The value of the attribute `key` in the inside of a start tag.
fn attribute(attributes: &str, key: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| ['"', '\''].contains(c))?;
        let (value, next) = after[1..].split_once(quote)?;
        if name.trim() == key {
            return Some(value.replace("&#181;", "µ").replace("&#xB5;", "µ"));
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0"
 DimensionOrder="XYZTC" SizeX="8" SizeY="6" SizeZ="1" SizeC="2" SizeT="40" Type="uint16" TimeIncrement="43.0"
 TimeIncrementUnit="ms" PhysicalSizeX="123.0" PhysicalSizeXUnit="nm"><TiffData/></Pixels></Image></OME>"#;

    #[test]
    fn sizes_order_and_scales_are_read_in_their_units() {
        let stack = parse("a.tif", XML).unwrap().unwrap();
        assert_eq!((stack.channels, stack.slices, stack.frames, &*stack.order), (2, 1, 40, "ZTC"));
        assert!((stack.calibration.frame_interval.unwrap() - 0.043).abs() < 1e-12);
        assert!((stack.calibration.pixel_size.unwrap() - 0.123).abs() < 1e-12);
        assert_eq!(parse("a.tif", "ImageJ=1.53t").unwrap(), None);
    }

    #[test]
    fn two_series_and_a_broken_size_are_refused() {
        let two = XML.replace("</Image>", "</Image><Image><Pixels SizeT=\"2\"></Pixels></Image>");
        assert!(parse("a.tif", &two).unwrap_err().to_string().contains("one image series"));
        let broken = XML.replace("SizeT=\"40\"", "SizeT=\"-4\"");
        assert!(parse("a.tif", &broken).unwrap_err().to_string().contains("a positive SizeT, found '-4'"));
    }
}
