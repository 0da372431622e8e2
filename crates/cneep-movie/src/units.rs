//! Keeps the one unit system: entropy in `k_B`, time in seconds or frames, length in micrometres or pixels.

use serde::{Deserialize, Serialize};

/// What is known of a movie's scales. An unknown scale stays unknown: nothing is guessed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Time between the starts of two consecutive frames, in seconds.
    pub frame_interval: Option<f64>,
    /// Edge of a pixel, in micrometres.
    pub pixel_size: Option<f64>,
    /// Share of the frame interval during which the shutter is open: 0 for frames of an instant, 1 for a
    /// camera that is always exposing.
    pub exposure: Option<f64>,
    /// Share of the frame interval that passes from the reading of the first row to that of the last: 0 for a
    /// camera that records all rows at once (global shutter).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout: Option<f64>,
}

impl Calibration {
    /// The unit in which a rate may be stated: per second only if the frame interval is known.
    pub fn rate_unit(&self) -> RateUnit {
        if self.frame_interval.is_some() { RateUnit::PerSecond } else { RateUnit::PerFrame }
    }

    /// Takes the scales that are not known from those of a run; which, and each in words.
    pub fn fill_from(&mut self, run: &Self) -> Vec<(&'static str, String)> {
        let words = |setting: &str, value| match setting {
            "frame_interval" => format!("frame interval {}", duration_in_words(value)),
            "pixel_size" => format!("pixel size {} um", to_digits(value, 4)),
            name => format!("{name} {} of the interval", to_digits(value, 3)),
        };
        let scales = [
            ("frame_interval", &mut self.frame_interval, run.frame_interval),
            ("pixel_size", &mut self.pixel_size, run.pixel_size),
            ("exposure", &mut self.exposure, run.exposure),
            ("readout", &mut self.readout, run.readout),
        ];
        let taken = scales.into_iter().filter_map(|(setting, known, of_run)| {
            let value = of_run.filter(|_| known.is_none())?;
            *known = Some(value);
            Some((setting, words(setting, value)))
        });
        taken.collect()
    }

    /// Length of one time step in the unit of [`Self::rate_unit`]: seconds, or one frame.
    pub fn interval_or_frame(&self) -> f64 {
        self.frame_interval.unwrap_or(1.0)
    }
}

/// Unit of an entropy production rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RateUnit {
    /// `k_B` per second.
    #[serde(rename = "k_B/s")]
    PerSecond,
    /// `k_B` per frame interval, when the interval is not known in seconds.
    #[serde(rename = "k_B/frame")]
    PerFrame,
}

impl RateUnit {
    /// How the unit is written on axes and in reports.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::PerSecond => "k_B/s",
            Self::PerFrame => "k_B/frame",
        }
    }

    /// How the matching time axis is written.
    pub const fn time_symbol(self) -> &'static str {
        match self {
            Self::PerSecond => "s",
            Self::PerFrame => "frames",
        }
    }
}

impl std::fmt::Display for RateUnit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.symbol())
    }
}

/// A number with its standard error, in `unit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Best value.
    pub value: f64,
    /// One standard error; absent where the data do not allow one.
    pub standard_error: Option<f64>,
    /// Unit of all of them.
    pub unit: String,
    /// Ends of the central 95 % confidence interval, which need not lie evenly about the value; absent where
    /// the data do not allow one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidence_interval: Option<[f64; 2]>,
}

impl Measured {
    /// A value with its standard error.
    pub fn new(value: f64, standard_error: Option<f64>, unit: impl Into<String>) -> Self {
        Self { value, standard_error, unit: unit.into(), confidence_interval: None }
    }

    /// The number with the ends of its 95 % confidence interval.
    #[must_use]
    pub fn with_interval(self, confidence_interval: Option<[f64; 2]>) -> Self {
        Self { confidence_interval, ..self }
    }

    /// The interval in words, such as `95 % within 1.986 to 2.064 k_B/s`; none without one.
    pub fn interval_in_words(&self) -> Option<String> {
        let [low, high] = self.confidence_interval?;
        let digits = decimals(0.25 * (high - low), self.value);
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        Some(format!("95 % within {low:.digits$} to {high:.digits$}{unit}"))
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.standard_error.map_or(4, |error| decimals(error, self.value));
        write!(f, "{:.digits$}", self.value)?;
        if let Some(error) = self.standard_error {
            write!(f, " ± {error:.digits$}")?;
        }
        if !self.unit.is_empty() {
            write!(f, " {}", self.unit)?;
        }
        Ok(())
    }
}

/// `value` to so many significant `digits`, without zeros at its end.
pub fn to_digits(value: f64, digits: u32) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let decimals = (f64::from(digits) - 1.0 - value.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// `value` to so many significant `digits`, rounded down: what is at least so large stays true.
pub fn to_digits_below(value: f64, digits: u32) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let scale = 10_f64.powi(digits.cast_signed() - 1 - value.abs().log10().floor() as i32);
    to_digits((value * scale * (1.0 + 1e-12)).floor() / scale, digits)
}

/// A p-value in words, such as `p = 0.031`; `p <= 0.0001` where it is `least`, the least that the number of
/// permutations, flips or blocks allows.
pub fn p_in_words(p_value: f64, least: f64) -> String {
    let sign = if p_value <= least * (1.0 + 1e-9) { "<=" } else { "=" };
    let text = if p_value < 1e-4 { format!("{p_value:.1e}") } else { to_digits(p_value, 2) };
    format!("p {sign} {text}")
}

/// A duration in seconds in the unit that suits it, such as `43 ms`, `22 s`, `1 h 10 min`.
pub fn duration_in_words(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".into(),
        _ if seconds < 1e-3 => format!("{} us", to_digits(1e6 * seconds, 3)),
        _ if seconds < 1.0 => format!("{} ms", to_digits(1e3 * seconds, 3)),
        _ if seconds < 100.0 => format!("{} s", to_digits(seconds, 3)),
        _ if seconds < 6000.0 => format!("{} min", to_digits(seconds / 60.0, 3)),
        _ => format!("{:.0} h {:.0} min", (seconds / 3600.0).floor(), (seconds % 3600.0) / 60.0),
    }
}

/// Decimals that show two digits of the error (at most eight).
fn decimals(error: f64, value: f64) -> usize {
    let scale = if error > 0.0 { error } else { value.abs().max(1e-3) / 100.0 };
    (1.0 - scale.log10().floor()).clamp(0.0, 8.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rate_per_second_without_a_frame_interval() {
        assert_eq!(Calibration::default().rate_unit(), RateUnit::PerFrame);
        let known = Calibration { frame_interval: Some(0.043), ..Calibration::default() };
        assert_eq!(known.rate_unit(), RateUnit::PerSecond);
    }

    #[test]
    fn a_floor_is_not_told_as_a_value() {
        assert_eq!(p_in_words(1e-4, 1e-4), "p <= 0.0001");
        assert_eq!(p_in_words(0.0312, 1e-4), "p = 0.031");
        assert_eq!(p_in_words(2f64.powi(-20), 2f64.powi(-20)), "p <= 9.5e-7");
        let told = [4.3e-5, 0.043, 22.0, 600.0, 7260.0].map(duration_in_words);
        assert_eq!(told, ["43 us", "43 ms", "22 s", "10 min", "2 h 1 min"]);
    }

    /// Catches rounding errors of multiples of a frame interval, and digits of large numbers taken for
    /// decimals.
    #[test]
    fn numbers_are_written_short() {
        let written = [(0.043 * 3.0, 4), (1.0 / 7.0, 3), (123_456.0, 3), (-0.000_123_4, 2), (0.0, 3)];
        assert_eq!(
            written.map(|(value, digits)| to_digits(value, digits)),
            ["0.129", "0.143", "123456", "-0.00012", "0"]
        );
    }

    /// Catches a lower bound that is rounded up.
    #[test]
    fn at_least_is_rounded_down() {
        let written = [1.2387, 0.098_79, 129.9, 1.3, -0.5551].map(|value| to_digits_below(value, 3));
        assert_eq!(written, ["1.23", "0.0987", "129", "1.3", "-0.556"]);
    }

    #[test]
    fn a_measurement_shows_two_digits_of_its_error() {
        let rate = Measured::new(2.02543, Some(0.0201), "k_B/s");
        assert_eq!(rate.to_string(), "2.025 ± 0.020 k_B/s");
        assert_eq!(rate.interval_in_words(), None);
        let rate = rate.with_interval(Some([1.9856, 2.0643]));
        assert_eq!(rate.interval_in_words().unwrap(), "95 % within 1.986 to 2.064 k_B/s");
    }
}
