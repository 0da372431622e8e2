//! Says when and by what command a report was made.

use super::words::file_name;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the numbers of a report come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The command line.
    pub command: String,
    /// The day, as year, month and day.
    pub date: String,
}

impl Origin {
    /// That of a program called with these arguments, today (UTC).
    pub fn now(arguments: impl IntoIterator<Item = String>) -> Self {
        let quoted = |word: String| if word.contains(' ') { format!("\"{word}\"") } else { word };
        let mut words: Vec<String> = arguments.into_iter().map(quoted).collect();
        if let Some(program) = words.first_mut() {
            *program = file_name(program).to_owned();
        }
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { command: words.join(" "), date: date_of(seconds / 86_400) }
    }
}

/// The date of a number of days since 1970 (Fliegel and Van Flandern 1968, doi 10.1145/364096.364097).
fn date_of(days: u64) -> String {
    let julian = days + 2_440_588 + 68_569;
    let century = 4 * julian / 146_097;
    let rest = julian - (146_097 * century).div_ceil(4);
    let year = 4000 * (rest + 1) / 1_461_001;
    let rest = rest + 31 - 1461 * year / 4;
    let month = 80 * rest / 2447;
    let day = rest - 2447 * month / 80;
    let (year, month) = (100 * (century - 49) + year + month / 11, month + 2 - 12 * (month / 11));
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        let dates = [0, 59, 11_016, 19_782, 20_786].map(date_of);
        assert_eq!(dates, ["1970-01-01", "1970-03-01", "2000-02-29", "2024-02-29", "2026-11-29"]);
        let origin = Origin::now(["/usr/bin/cneep", "report", "my run"].map(str::to_owned));
        assert_eq!(origin.command, "cneep report \"my run\"");
        assert!(origin.date.as_str() > "2025");
    }
}
