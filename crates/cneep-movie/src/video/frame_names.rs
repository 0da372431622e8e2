//! Puts files in the order of their frames by their names, or says why that is not certain.

use crate::error::{Error, Fault, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files in the order of their frames.
#[derive(Debug, PartialEq)]
pub(super) struct Ordered {
    pub(super) files: Vec<PathBuf>,
    /// Places behind which a frame is missing, by the numbers in the names.
    pub(super) gaps: Vec<usize>,
}

/// How numbers stand in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Style {
    decimal: bool,
    signed: bool,
}

const WHOLE: Style = Style { decimal: false, signed: false };
const DECIMAL: Style = Style { decimal: true, signed: false };
const STYLES: [Style; 4] =
    [WHOLE, DECIMAL, Style { decimal: false, signed: true }, Style { decimal: true, signed: true }];

/// A name taken apart: texts between numbers, and the numbers as they are written.
#[derive(Debug, Clone, PartialEq)]
struct Fields {
    texts: Vec<String>,
    numbers: Vec<String>,
}

/// Puts `files` of the movie `name` in order.
///
/// # Errors
/// [`Error::Unsupported`] unless the names differ by one number, or by several that grow together.
pub(super) fn in_order(name: &str, mut files: Vec<PathBuf>) -> Result<Ordered> {
    let stems: Vec<String> = files.iter().map(|file| stem(file)).collect();
    if files.len() < 2 {
        return Ok(Ordered { files, gaps: Vec::new() });
    }
    let by_number = |style| frame_numbers(&stems, style);
    let found = match (by_number(WHOLE), by_number(DECIMAL)) {
        // 0.5 and 0.25, or 9 and 10 of run 1?
        (Some(whole), Some(decimal)) if order(&whole) != order(&decimal) => {
            match (is_even(&whole), is_even(&decimal)) {
                (true, false) => Some(whole),
                (false, true) => Some(decimal),
                _ => return Err(refusal(name, &files, "numbers that may be whole or have decimals")),
            }
        }
        (Some(whole), _) => Some(whole),
        (None, _) => STYLES[1..].iter().find_map(|&style| by_number(style)),
    };
    let found = found.or_else(|| times(&stems)).or_else(|| hexadecimal(&stems));
    let Some(numbers) = found else { return Err(refusal(name, &files, "")) };
    let order = order(&numbers);
    if order.windows(2).any(|pair| numbers[pair[0]] == numbers[pair[1]]) {
        return Err(refusal(name, &files, "two names with one number"));
    }
    let sorted: Vec<f64> = order.iter().map(|&at| numbers[at]).collect();
    let mut slots: Vec<Option<PathBuf>> = files.drain(..).map(Some).collect();
    let files = order.into_iter().filter_map(|at| slots[at].take()).collect();
    Ok(Ordered { files, gaps: gaps(&sorted) })
}

/// Name of a file without its extension, or both of `.ome.tif`.
fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    stem.strip_suffix(".ome").unwrap_or(&stem).to_owned()
}

fn order(numbers: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    order
}

/// Whether sorted numbers have one distance.
fn is_even(numbers: &[f64]) -> bool {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    gaps(&sorted).is_empty()
}

/// Places behind which sorted numbers jump by more than the smallest distance.
fn gaps(sorted: &[f64]) -> Vec<usize> {
    let steps: Vec<f64> = sorted.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut by_size = steps.clone();
    by_size.sort_by(f64::total_cmp);
    let usual = by_size.get(by_size.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    let is_gap = |step: &f64| (*step - usual).abs() > 0.2 * usual;
    steps.iter().enumerate().filter(|(_, step)| is_gap(step)).map(|(at, _)| at).collect()
}

/// Takes a name apart.
fn fields(name: &str, style: Style) -> Fields {
    let letters: Vec<char> = name.chars().collect();
    let is_digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let (mut texts, mut numbers) = (vec![String::new()], Vec::new());
    let mut at = 0;
    while at < letters.len() {
        let sign = style.signed && letters[at] == '-' && is_digit(at + 1) && !(at > 0 && is_digit(at - 1));
        if !is_digit(at) && !sign {
            texts.last_mut().into_iter().for_each(|text| text.push(letters[at]));
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        while is_digit(at) {
            at += 1;
        }
        if style.decimal && letters.get(at) == Some(&'.') && is_digit(at + 1) {
            at += 1;
            while is_digit(at) {
                at += 1;
            }
        }
        numbers.push(letters[start..at].iter().collect());
        texts.push(String::new());
    }
    Fields { texts, numbers }
}

/// The number of each frame, if all names are alike but for one number, or for several that grow together.
fn frame_numbers(stems: &[String], style: Style) -> Option<Vec<f64>> {
    let all: Vec<Fields> = stems.iter().map(|stem| fields(stem, style)).collect();
    if all.iter().any(|fields| fields.texts != all[0].texts) {
        return None;
    }
    let columns = columns(&all)?;
    let varying: Vec<&Vec<f64>> = columns.iter().filter(|column| varies(column)).collect();
    let grows = |column: &&&Vec<f64>| {
        let order = order(column);
        let distinct = order.windows(2).all(|pair| column[pair[0]] < column[pair[1]]);
        let with = |other: &&Vec<f64>| order.windows(2).all(|pair| other[pair[0]] <= other[pair[1]]);
        distinct && varying.iter().all(with)
    };
    match varying[..] {
        [only] => Some(only.clone()),
        _ => varying.iter().find(grows).map(|column| (*column).clone()),
    }
}

/// Numbers of all names, one column a place in the name; none where one is longer than numbers go.
fn columns(all: &[Fields]) -> Option<Vec<Vec<f64>>> {
    let count = all[0].numbers.len();
    let number = |fields: &Fields, at: usize| {
        let text = fields.numbers.get(at)?;
        // Numbers are compared exactly.
        (text.trim_start_matches('0').len() <= 15).then(|| text.parse().ok())?
    };
    (0..count).map(|at| all.iter().map(|fields| number(fields, at)).collect()).collect()
}

fn varies(column: &[f64]) -> bool {
    column.iter().any(|number| *number != column[0])
}

/// Times of day in seconds, where names hold hours, minutes and seconds, in days where they hold dates.
fn times(stems: &[String]) -> Option<Vec<f64>> {
    let all: Vec<Fields> = stems.iter().map(|stem| fields(stem, WHOLE)).collect();
    if all.iter().any(|fields| fields.texts != all[0].texts) {
        return None;
    }
    let count = all[0].numbers.len();
    (0..count).find_map(|at| {
        let days: Vec<Vec<i64>> = all.iter().map(|of| date(&of.numbers[..at])).collect::<Option<_>>()?;
        let clock: Vec<f64> = all.iter().map(|of| time_of_day(&of.numbers[at..])).collect::<Option<_>>()?;
        let distinct: BTreeMap<&Vec<i64>, f64> = days.iter().map(|day| (day, 0.0)).collect();
        let number: BTreeMap<&Vec<i64>, f64> =
            distinct.into_keys().enumerate().map(|(nth, day)| (day, nth as f64 * 86_400.0)).collect();
        Some(days.iter().zip(clock).map(|(day, clock)| number[day] + clock).collect())
    })
}

/// The numbers before a time of day, which sort as they stand: any that do not vary, then a date.
fn date(numbers: &[String]) -> Option<Vec<i64>> {
    numbers.iter().map(|number| number.parse().ok()).collect()
}

/// Seconds of `hh mm ss` or `hhmmss`, with a fraction behind, if these are all the numbers there are.
fn time_of_day(numbers: &[String]) -> Option<f64> {
    let within = |text: &str, limit: f64| text.parse::<f64>().ok().filter(|value| *value < limit);
    let (hours, minutes, seconds, rest) = match numbers {
        [h, m, s, rest @ ..] if [h, m, s].iter().all(|n| n.len() == 2) => {
            (within(h, 24.0)?, within(m, 60.0)?, within(s, 60.0)?, rest)
        }
        [all, rest @ ..] if all.len() == 6 => {
            (within(&all[..2], 24.0)?, within(&all[2..4], 60.0)?, within(&all[4..], 60.0)?, rest)
        }
        _ => return None,
    };
    let fraction = match rest {
        [] => 0.0,
        [fraction] if fraction.len() <= 9 => format!("0.{fraction}").parse().ok()?,
        _ => return None,
    };
    Some(hours * 3600.0 + minutes * 60.0 + seconds + fraction)
}

/// Hexadecimal numbers of one length without gaps, alone in what the names have not in common.
fn hexadecimal(stems: &[String]) -> Option<Vec<f64>> {
    let common = |reversed: bool| {
        let letters = |stem: &str| -> Vec<char> {
            if reversed { stem.chars().rev().collect() } else { stem.chars().collect() }
        };
        let first = letters(&stems[0]);
        stems.iter().fold(first.len(), |length, stem| {
            first.iter().zip(letters(stem)).take(length).take_while(|(a, b)| **a == *b).count()
        })
    };
    let (start, end) = (common(false), common(true));
    let middle = |stem: &String| -> Option<String> {
        let letters: Vec<char> = stem.chars().collect();
        Some(letters.get(start..letters.len().checked_sub(end)?)?.iter().collect())
    };
    let middles: Vec<String> = stems.iter().map(middle).collect::<Option<_>>()?;
    let length = middles[0].len();
    let numbers: Vec<f64> = middles
        .iter()
        .filter(|middle| middle.len() == length && length <= 12)
        .map(|middle| u64::from_str_radix(middle, 16).ok().map(|number| number as f64))
        .collect::<Option<_>>()?;
    let most = numbers.iter().copied().fold(0.0, f64::max);
    let least = numbers.iter().copied().fold(f64::MAX, f64::min);
    let whole = numbers.len() == stems.len() && (most - least) as usize + 1 == numbers.len();
    whole.then_some(numbers)
}

/// Says why names give no order, and how to name the files of one movie.
fn refusal(name: &str, files: &[PathBuf], why: &str) -> Error {
    let mut kinds: BTreeMap<Vec<String>, Vec<(&PathBuf, Fields)>> = BTreeMap::new();
    for file in files {
        let fields = fields(&stem(file), WHOLE);
        kinds.entry(fields.texts.clone()).or_default().push((file, fields));
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
    let (texts, main) = &kinds[0];
    let end = |file: &Path| {
        let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        file[stem(Path::new(&file)).len()..].to_owned()
    };
    let shown = |(texts, files): &(Vec<String>, Vec<(&PathBuf, Fields)>)| {
        format!("{} like {}{}", files.len(), texts.join("#"), end(files[0].0))
    };
    let numbers: Vec<Vec<&String>> =
        (0..texts.len() - 1).map(|at| main.iter().map(|(_, fields)| &fields.numbers[at]).collect()).collect();
    let varying: Vec<usize> =
        (0..numbers.len()).filter(|&at| numbers[at].iter().any(|number| *number != numbers[at][0])).collect();
    // The first number that varies is left open, unless its frames would be too few.
    let distinct = |at: &usize| numbers[*at].iter().collect::<std::collections::BTreeSet<_>>().len();
    let open = varying.iter().copied().max_by_key(|at| (distinct(at), std::cmp::Reverse(*at)));
    let mut pattern = String::new();
    for (at, text) in texts.iter().enumerate() {
        pattern.extend(text.chars().flat_map(escaped));
        if at < numbers.len() {
            let number = if open == Some(at) { "[0-9]*" } else { numbers[at][0] };
            pattern.push_str(number);
        }
    }
    let folder = main[0].0.parent().unwrap_or_else(|| Path::new(""));
    let pattern = folder.join(pattern + &end(main[0].0));
    let found = if kinds.len() > 1 {
        let few: Vec<String> = kinds.iter().take(3).map(shown).collect();
        let more =
            if kinds.len() > 3 { format!(" and {} other kinds", kinds.len() - 3) } else { String::new() };
        format!("names of several kinds: {}{more}", few.join(", "))
    } else if varying.len() < 2 && why.is_empty() {
        format!("two names with one number, {}", shown(&kinds[0]))
    } else if !why.is_empty() {
        format!("{why}, {}", shown(&kinds[0]))
    } else {
        format!("{} numbers that vary, {}", varying.len(), shown(&kinds[0]))
    };
    let remedy = format!(
        "Name the frames of one movie by a pattern, in quotes: '{}'; or keep one movie in a folder, with \
         numbers of one length (frame_0001, frame_0002).",
        pattern.display()
    );
    Error::Unsupported(Fault::new(name, "names that differ by the number of the frame alone", found, remedy))
}

/// A letter as patterns of names have it.
fn escaped(letter: char) -> Vec<char> {
    if matches!(letter, '*' | '?' | '[' | ']') { vec!['[', letter, ']'] } else { vec![letter] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(names: &[&str]) -> Result<Vec<String>> {
        let files = names.iter().map(|name| Path::new("folder").join(name)).collect();
        let ordered = in_order("folder", files)?;
        Ok(ordered.files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect())
    }

    /// Catches an order of letters, of the last number alone, of whole parts of decimals, and without signs.
    #[test]
    fn the_one_number_that_varies_gives_the_order() {
        for names in [
            &["img1.png", "img2.png", "img10.png"][..],
            &["run3_t8_z001.tif", "run3_t9_z001.tif", "run3_t10_z001.tif"],
            &["t=0s.png", "t=0.25s.png", "t=0.5s.png", "t=0.75s.png", "t=1s.png"],
            &["f-10.png", "f-2.png", "f0.png", "f3.png"],
            &["a-1.png", "a-2.png", "a-10.png"],
            &["run1.8.png", "run1.9.png", "run1.10.png"],
            &["08.png", "09.png", "0a.png", "0b.png"],
            &["2024-01-01_10-00-58.000.png", "2024-01-01_10-00-59.150.png", "2024-01-01_10-01-00.300.png"],
            &["img_0001_120000.5.png", "img_0002_120000.7.png", "img_0003_120001.1.png"],
            &["T_000009.ome.tif", "T_000010.ome.tif"],
            &["20240101T235959_9.png", "20240102T000000_1.png"],
        ] {
            let mut shuffled = names.to_vec();
            shuffled.reverse();
            shuffled.swap(0, names.len() / 2);
            assert_eq!(sorted(&shuffled).unwrap(), names, "{names:?}");
        }
    }

    #[test]
    fn names_without_a_certain_order_are_refused_with_a_pattern() {
        let refused = |names: &[&str]| sorted(names).unwrap_err().to_string();
        let channels = refused(&["img_000_GFP_000.png", "img_001_GFP_000.png", "img_000_RFP_000.png"]);
        assert!(channels.contains("2 like img_#_GFP_#.png, 1 like img_#_RFP_#.png"), "{channels}");
        assert!(channels.contains("'folder/img_[0-9]*_GFP_000.png'"), "{channels}");
        let heights = refused(&["t0z0.png", "t0z1.png", "t1z0.png", "t1z1.png", "t2z0.png", "t2z1.png"]);
        assert!(heights.contains("2 numbers that vary") && heights.contains("t[0-9]*z0.png"), "{heights}");
        let mean = refused(&["f000.png", "f001.png", "mean.png"]);
        assert!(mean.contains("'folder/f[0-9]*.png'"), "{mean}");
        assert!(refused(&["f1.png", "f01.png"]).contains("two names with one number"));
        assert!(refused(&["t0.5.png", "t0.25.png", "t0.3.png"]).contains("may be whole or have decimals"));
        assert!(refused(&["a.png", "b.png", "x.png"]).contains("names of several kinds"));
    }

    #[test]
    fn gaps_are_found_where_a_number_is_missing() {
        let files = ["f1.png", "f2.png", "f4.png", "f5.png"].map(PathBuf::from).to_vec();
        assert_eq!(in_order("folder", files).unwrap().gaps, [1]);
    }
}
