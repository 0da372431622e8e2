//! Writes numbers as the page states them.

use cneep_movie::units::{Measured, duration_in_words, to_digits};

/// A stretch of time in the unit of a rate: seconds, or frames.
pub(super) fn time(value: f64, symbol: &str) -> String {
    if symbol == "s" { duration_in_words(value) } else { format!("{} {symbol}", to_digits(value, 3)) }
}

/// The interval of a number, such as `1.51 to 2.45 k_B/s`.
pub(super) fn interval(measured: &Measured) -> Option<String> {
    let words = measured.interval_in_words()?;
    words.strip_prefix("95 % within ").map(str::to_owned)
}

/// Value and error, without the unit.
pub(super) fn plain(measured: &Measured) -> String {
    Measured { unit: String::new(), ..measured.clone() }.to_string()
}

/// A count with its digits in groups of three.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join("\u{2009}")
}

/// Names of movies as the page gives them: those of files, without their folders.
pub(super) fn file_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_names_are_short() {
        assert_eq!([999, 12_345].map(grouped), ["999", "12\u{2009}345"]);
        assert_eq!(file_name("/a/b c/cell.tif"), "cell.tif");
        assert_eq!([time(22.016, "s"), time(22.4, "frames")], ["22 s", "22.4 frames"]);
    }
}
