//! Sorts file names as people number them: `img2` before `img10`.

use std::cmp::Ordering;

/// Compares two names with every run of digits taken as one number; ties fall back to the plain order.
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let ordering = if x.is_ascii_digit() && y.is_ascii_digit() {
            compare_numbers(take_digits(&mut left), take_digits(&mut right))
        } else {
            left = &left[x.len_utf8()..];
            right = &right[y.len_utf8()..];
            x.cmp(&y)
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

/// The last number in a name: the number of the frame.
pub(super) fn frame_number(name: &str) -> Option<u64> {
    let end = name.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = name[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
    name[start..end].parse().ok()
}

fn take_digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits
}

fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_value_however_long_they_are() {
        let mut names = ["img10.png", "img2.png", "img1.png", "a99999999999999999999999.png", "img02.png"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["a99999999999999999999999.png", "img1.png", "img02.png", "img2.png", "img10.png"]);
    }

    #[test]
    fn the_frame_number_is_the_last_one() {
        assert_eq!(frame_number("run3_t0042"), Some(42));
        assert_eq!(frame_number("µ7"), Some(7));
        assert_eq!(frame_number("frame"), None);
    }
}
