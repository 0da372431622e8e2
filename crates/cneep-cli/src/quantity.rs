//! Reads durations, lengths and exposures as people write them.

/// Units of time by what follows the number, with the seconds that each has.
const TIMES: [(&str, f64); 9] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("h", 3600.0),
    ("", 1.0),
];
/// The same of frequencies, in frames per second.
const FREQUENCIES: [(&str, f64); 4] = [("fps", 1.0), ("Hz", 1.0), ("hz", 1.0), ("kHz", 1e3)];
/// The same of lengths, in micrometres.
const LENGTHS: [(&str, f64); 6] =
    [("nm", 1e-3), ("um", 1.0), ("µm", 1.0), ("μm", 1.0), ("mm", 1e3), ("", 1.0)];

/// A time between frames in seconds: `0.05`, `50ms`, `20fps`.
pub(crate) fn interval(text: &str) -> Result<f64, String> {
    let (number, unit) = split(text, "50ms, 0.05s or 20fps")?;
    if let Some((_, factor)) = FREQUENCIES.iter().find(|(name, _)| *name == unit) {
        return positive(1.0 / (number * factor), number, text);
    }
    let factor = factor(unit, &TIMES, "50ms, 0.05s or 20fps")?;
    positive(number * factor, number, text)
}

/// A duration in seconds: `90`, `90s`, `1.5min`.
pub(crate) fn duration(text: &str) -> Result<f64, String> {
    let (number, unit) = split(text, "90s or 1.5min")?;
    positive(number * factor(unit, &TIMES, "90s or 1.5min")?, number, text)
}

/// A length in micrometres: `0.1`, `0.1um`, `100nm`.
pub(crate) fn length(text: &str) -> Result<f64, String> {
    let (number, unit) = split(text, "0.1um or 100nm")?;
    positive(number * factor(unit, &LENGTHS, "0.1um or 100nm")?, number, text)
}

/// How long the shutter is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Exposure {
    /// Share of the frame interval.
    Share(f64),
    /// Seconds.
    Seconds(f64),
}

impl Exposure {
    /// The share of a frame interval, in seconds; none of seconds without one.
    pub(crate) fn share(self, interval: Option<f64>) -> Option<f64> {
        match self {
            Self::Share(share) => Some(share),
            // 45 ms of 0.045 s are the whole interval, whatever the digits.
            Self::Seconds(seconds) => interval
                .map(|interval| seconds / interval)
                .map(|share| if (share - 1.0).abs() < 1e-6 { 1.0 } else { share }),
        }
    }
}

/// An exposure: `45ms`, or `0.9` and `90%` of the frame interval.
pub(crate) fn exposure(text: &str) -> Result<Exposure, String> {
    let (number, unit) = split(text, "45ms, 0.9 or 90%")?;
    if number < 0.0 {
        return Err(format!("an exposure is not negative, and {text} is"));
    }
    match unit {
        "" if number > 1.0 => Err(format!(
            "{text} is no share of the frame interval, which is 0 to 1: write {text}ms if these are \
             milliseconds"
        )),
        "" => Ok(Exposure::Share(number)),
        "%" => Ok(Exposure::Share(number / 100.0)),
        unit => Ok(Exposure::Seconds(number * factor(unit, &TIMES, "45ms, 0.9 or 90%")?)),
    }
}

fn split<'a>(text: &'a str, like: &str) -> Result<(f64, &'a str), String> {
    let text = text.trim();
    let is_of_number = |(place, c): (usize, char)| {
        let is_exponent = matches!(c, 'e' | 'E')
            && text[place + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
        c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+') || is_exponent
    };
    let end = text.char_indices().find(|&at| !is_of_number(at)).map_or(text.len(), |(place, _)| place);
    let (number, unit) = (&text[..end], text[end..].trim());
    if number.contains(',') {
        return Err(format!(
            "a comma does not separate decimals here: write {}{unit}",
            number.replace(',', ".")
        ));
    }
    number
        .parse()
        .map(|number| (number, unit))
        .map_err(|_| format!("it is not a number with a unit, such as {like}"))
}

fn factor(unit: &str, units: &[(&str, f64)], like: &str) -> Result<f64, String> {
    let found = units.iter().find(|(name, _)| *name == unit);
    found
        .map(|(_, factor)| *factor)
        .ok_or_else(|| format!("there is no unit `{unit}` here: write it like {like}"))
}

fn positive(value: f64, number: f64, text: &str) -> Result<f64, String> {
    if number > 0.0 && value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(format!("it must be more than zero, and {text} is not"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a unit that is taken for another, and a frequency for a time.
    #[test]
    fn quantities_are_read_as_they_are_written() {
        let is = |found: Result<f64, String>, expected: f64| {
            let found = found.unwrap();
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        };
        for text in ["50ms", "0.05", "0.05s", "20fps", "20 Hz", "5e4us", "5e-2", "50000 µs"] {
            is(interval(text), 0.05);
        }
        is(length("0.1um"), 0.1);
        is(length("100nm"), 0.1);
        is(length("0.1"), 0.1);
        is(duration("1.5min"), 90.0);
        assert_eq!(exposure("90%").unwrap().share(None), Some(0.9));
        assert_eq!(exposure("0.9").unwrap().share(None), Some(0.9));
        assert_eq!(exposure("45ms").unwrap().share(Some(0.045)), Some(1.0));
        assert_eq!(exposure("45ms").unwrap().share(None), None);
    }

    /// Catches a refusal that says less than what to write instead.
    #[test]
    fn slips_are_answered_in_words() {
        for (told, words) in [
            (interval("0,05"), "write 0.05"),
            (interval("0,05s"), "write 0.05s"),
            (interval("-0.05"), "more than zero"),
            (interval("0"), "more than zero"),
            (interval("0fps"), "more than zero"),
            (interval("fast"), "such as 50ms"),
            (interval("5 fortnights"), "no unit `fortnights`"),
            (length("0.1s"), "no unit `s`"),
            (exposure("45").map(|_| 0.0), "45ms"),
            (exposure("-1").map(|_| 0.0), "not negative"),
        ] {
            let told = told.unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }
}
