//! Converts lengths and times from the units in which files state them.

/// Prefixes of the International System, in their own case.
const PREFIXES: [(&str, f64); 21] = [
    ("Y", 1e24),
    ("Z", 1e21),
    ("E", 1e18),
    ("P", 1e15),
    ("T", 1e12),
    ("G", 1e9),
    ("M", 1e6),
    ("k", 1e3),
    ("h", 1e2),
    ("da", 1e1),
    ("", 1.0),
    ("d", 1e-1),
    ("c", 1e-2),
    ("m", 1e-3),
    ("u", 1e-6),
    ("n", 1e-9),
    ("p", 1e-12),
    ("f", 1e-15),
    ("a", 1e-18),
    ("z", 1e-21),
    ("y", 1e-24),
];

/// The unit with one letter for micro, whichever a file has, and without blanks.
fn plain(unit: &str) -> String {
    let micro = ["\\u00B5", "\\u00b5", "\\u03BC", "\\u03bc", "µ", "μ", "&#181;", "&#xB5;", "&#xb5;"];
    let unit = micro.iter().fold(unit.trim().to_owned(), |unit, sign| unit.replace(sign, "u"));
    unit.replace("\\u00C5", "Å").replace("\\u00c5", "Å").replace('\u{212B}', "Å")
}

/// The factor of `unit`, a prefix before `base`.
fn prefixed(unit: &str, base: &str) -> Option<f64> {
    let prefix = unit.strip_suffix(base)?;
    PREFIXES.iter().find(|(name, _)| *name == prefix).map(|(_, factor)| *factor)
}

fn positive(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite() && *value > 0.0)
}

/// Micrometres, from a length in a unit of OME, which has them in their own case
/// (<https://www.openmicroscopy.org/Schemas/OME/2016-06>, `UnitsLength`); none if it is no length.
pub(super) fn ome_micrometres(length: f64, unit: &str) -> Option<f64> {
    let unit = plain(unit);
    let metres = match &*unit {
        "Å" => 1e-10,
        "thou" => 2.54e-5,
        "li" => 2.54e-2 / 12.0,
        "in" => 2.54e-2,
        "ft" => 0.3048,
        "yd" => 0.9144,
        "mi" => 1609.344,
        "pt" => 2.54e-2 / 72.0,
        _ => prefixed(&unit, "m")?,
    };
    positive(length * (metres * 1e6))
}

/// Seconds, from a time in a unit of OME (`UnitsTime`); none if it is none.
pub(super) fn ome_seconds(time: f64, unit: &str) -> Option<f64> {
    seconds_of(time, unit).and_then(positive)
}

/// As [`ome_seconds`], of a moment, which may be 0 or negative.
pub(super) fn ome_moment(time: f64, unit: &str) -> Option<f64> {
    seconds_of(time, unit).filter(|seconds| seconds.is_finite())
}

fn seconds_of(time: f64, unit: &str) -> Option<f64> {
    let unit = plain(unit);
    let seconds = match &*unit {
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => prefixed(&unit, "s")?,
    };
    Some(time * seconds)
}

/// Micrometres, from a length in a unit as people write it into ImageJ; none if it is no length.
pub(super) fn micrometres(length: f64, unit: &str) -> Option<f64> {
    let unit = plain(unit);
    let scale = match &*unit {
        "nm" => 1e-3,
        "um" | "\u{fffd}m" => 1.0,
        "mm" => 1e3,
        "cm" => 1e4,
        "m" => 1e6,
        "pm" => 1e-6,
        "Å" | "A" => 1e-4,
        _ => match &*unit.trim_end_matches('.').to_lowercase() {
            "um" | "micron" | "microns" | "micrometer" | "micrometre" | "micrometers" | "micrometres" => 1.0,
            "nm" | "nanometer" | "nanometre" | "nanometers" | "nanometres" => 1e-3,
            "millimeter" | "millimetre" | "millimeters" | "millimetres" => 1e3,
            "cm" | "centimeter" | "centimetre" | "centimeters" | "centimetres" => 1e4,
            "meter" | "metre" | "meters" | "metres" => 1e6,
            "å" | "angstrom" | "angstroms" | "ångström" | "ångstrom" => 1e-4,
            _ => return None,
        },
    };
    positive(length * scale)
}

/// Seconds, from a time in a unit as people write it into ImageJ; none if the unit is not known.
pub(super) fn seconds(time: f64, unit: &str) -> Option<f64> {
    let unit = plain(unit);
    let scale = match &*unit {
        "ms" => 1e-3,
        "us" => 1e-6,
        "ns" => 1e-9,
        "ps" => 1e-12,
        // Mega- and nanoseconds differ by their case alone from others.
        "Ms" | "Ns" | "Ps" => return None,
        _ => match &*unit.trim_end_matches('.').to_lowercase() {
            "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "msec" | "msecs" | "millisec" | "millisecs" | "millisecond" | "milliseconds" => 1e-3,
            "us" | "usec" | "usecs" | "microsec" | "microsecs" | "microsecond" | "microseconds" => 1e-6,
            "ns" | "nsec" | "nsecs" | "nanosec" | "nanosecs" | "nanosecond" | "nanoseconds" => 1e-9,
            "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => return None,
        },
    };
    positive(time * scale)
}

/// A number as files have it, with a point or a comma.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.replacen(',', ".", 1).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches megametres read as millimetres, and units of OME that are lost.
    #[test]
    fn units_keep_their_case() {
        let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-9 * b;
        for (unit, micrometres) in
            [("mm", 1e3), ("Mm", 1e12), ("µm", 1.0), ("nm", 1e-3), ("km", 1e9), ("Å", 1e-4), ("thou", 25.4)]
        {
            assert!(close(ome_micrometres(1.0, unit), micrometres), "{unit}");
        }
        for (unit, seconds) in [("ms", 1e-3), ("Ms", 1e6), ("cs", 1e-2), ("min", 60.0), ("d", 86_400.0)] {
            assert!(close(ome_seconds(1.0, unit), seconds), "{unit}");
        }
        assert_eq!((ome_micrometres(1.0, "pixel"), ome_micrometres(1.0, "reference frame")), (None, None));
        assert_eq!((ome_seconds(0.0, "s"), ome_moment(0.0, "s")), (None, Some(0.0)));
    }

    #[test]
    fn words_of_people_are_read_in_any_case() {
        for (unit, scale) in [("Micron", 1.0), ("\\u00B5m", 1.0), ("nm", 1e-3), ("M", 0.0), ("km", 0.0)] {
            assert_eq!(micrometres(1.0, unit), Some(scale).filter(|&scale| scale > 0.0), "{unit}");
        }
        for (unit, scale) in [("Sec.", 1.0), ("msecs", 1e-3), ("hrs", 3600.0), ("Ms", 0.0), ("frames", 0.0)] {
            assert_eq!(seconds(1.0, unit), Some(scale).filter(|&scale| scale > 0.0), "{unit}");
        }
        assert_eq!((number("0,05"), number(" 0.05 "), number("fast")), (Some(0.05), Some(0.05), None));
    }
}
