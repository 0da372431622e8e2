//! Writes and reads numbers of tasks as ranges, such as `1-2,5-10,99`.

use std::fmt::Write as _;

/// Sorted `numbers` as ranges.
pub(crate) fn written(numbers: &[usize]) -> String {
    let mut text = String::new();
    for run in numbers.chunk_by(|a, b| a + 1 == *b) {
        let comma = if text.is_empty() { "" } else { "," };
        // A string takes every write.
        let _ = match run {
            [one] => write!(text, "{comma}{one}"),
            run => write!(text, "{comma}{}-{}", run[0], run[run.len() - 1]),
        };
    }
    text
}

/// The numbers of `text`, sorted, each once.
///
/// # Errors
/// What is wrong with the text, in words.
pub(crate) fn read(text: &str) -> Result<Vec<usize>, String> {
    let wrong = || format!("'{text}' is no list of tasks such as 1-2,5-10,99");
    let number = |text: &str| text.trim().parse().ok().filter(|number| *number > 0).ok_or_else(wrong);
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (number(first)?, number(last)?);
        if first > last || last - first > 10_000_000 {
            return Err(wrong());
        }
        numbers.extend(first..=last);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// Cuts sorted numbers of jobs into arrays whose indices do not exceed `largest`: each with its offset, which
/// an index falls short of the number.
pub(crate) fn arrays(numbers: &[usize], largest: Option<usize>) -> Vec<(usize, Vec<usize>)> {
    let Some(largest) = largest.filter(|largest| *largest > 0) else {
        return if numbers.is_empty() { Vec::new() } else { vec![(0, numbers.to_vec())] };
    };
    let offset = |number: usize| (number - 1) / largest * largest;
    let of_array = |numbers: &[usize]| {
        let offset = offset(numbers[0]);
        (offset, numbers.iter().map(|number| number - offset).collect())
    };
    numbers.chunk_by(|a, b| offset(*a) == offset(*b)).map(of_array).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a range that is one too long, and an index that the scheduler refuses.
    #[test]
    fn ranges_say_their_numbers_and_no_others() {
        let numbers = [1, 2, 5, 6, 7, 8, 9, 10, 99];
        assert_eq!(written(&numbers), "1-2,5-10,99");
        assert_eq!(read("1-2,5-10,99").unwrap(), numbers);
        assert_eq!(read("9, 7-9").unwrap(), [7, 8, 9]);
        for wrong in ["", "0", "3-2", "a", "1-", "1,,2", "1-99999999999"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(arrays(&numbers, None), [(0, numbers.to_vec())]);
        let cut = arrays(&[999, 1000, 1001, 2000, 2001], Some(1000));
        assert_eq!(cut, [(0, vec![999, 1000]), (1000, vec![1, 1000]), (2000, vec![1])]);
        assert!(arrays(&[], None).is_empty() && arrays(&[], Some(3)).is_empty());
    }
}
