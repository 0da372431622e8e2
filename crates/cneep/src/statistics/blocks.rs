//! Cuts series into blocks that are longer than their correlation time.

use cneep_movie::series::{self, integrated_correlation_time};
use std::ops::Range;

/// Series from this number on serve as blocks by themselves.
const SERIES_AS_BLOCKS: usize = 10;
/// More blocks than this say nothing more; longer ones are taken instead.
pub(crate) const MOST_BLOCKS: usize = 400;

/// Consecutive values of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Index of the series.
    pub(crate) series: usize,
    /// Places of the values in it.
    pub(crate) range: Range<usize>,
}

/// Sum and number of the values in one block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Block {
    pub(crate) sum: f64,
    pub(crate) count: f64,
}

/// Runs of marked values in each series, in order.
pub(crate) fn marked_segments<'a>(marks: impl IntoIterator<Item = &'a [bool]>) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (series, marks) in marks.into_iter().enumerate() {
        let mut start = 0;
        for run in marks.chunk_by(|a, b| a == b) {
            if run[0] {
                segments.push(Segment { series, range: start..start + run.len() });
            }
            start += run.len();
        }
    }
    segments
}

/// The segments of each block: whole series where there are ten or more, otherwise pieces of time longer than
/// fifteen correlation times; at most `most` blocks.
///
/// `values` gives those of the longest segment; it is asked for them only where the correlation time is
/// needed.
///
/// # Errors
/// That of `values`.
pub(crate) fn block_layout<E>(
    segments: &[Segment],
    most: usize,
    values: impl FnOnce(&Segment) -> Result<Vec<f64>, E>,
) -> Result<Vec<Vec<Segment>>, E> {
    let by_series: Vec<Vec<Segment>> =
        segments.chunk_by(|a, b| a.series == b.series).map(<[Segment]>::to_vec).collect();
    let blocks = if by_series.len() >= SERIES_AS_BLOCKS {
        by_series
    } else {
        let length = block_length(segments, values)?;
        segments.iter().flat_map(|segment| equal_parts(segment, length)).map(|part| vec![part]).collect()
    };
    if blocks.len() <= most {
        return Ok(blocks);
    }
    let bound = |k: usize| k * blocks.len() / most;
    Ok((0..most).map(|k| blocks[bound(k)..bound(k + 1)].concat()).collect())
}

/// Longer than the correlation time of the longest segment, but short enough for eight blocks in all.
fn block_length<E>(
    segments: &[Segment],
    values: impl FnOnce(&Segment) -> Result<Vec<f64>, E>,
) -> Result<usize, E> {
    let total: usize = segments.iter().map(|segment| segment.range.len()).sum();
    let longest = segments.iter().max_by_key(|segment| segment.range.len());
    let correlation_time = match longest {
        Some(segment) => integrated_correlation_time(&values(segment)?),
        None => 0.5,
    };
    Ok(series::block_length(correlation_time, total))
}

/// Parts of nearly equal length, none shorter than `length` unless the segment itself is.
pub(crate) fn equal_parts(segment: &Segment, length: usize) -> impl Iterator<Item = Segment> {
    let Range { start, end } = segment.range;
    let (series, part_count) = (segment.series, ((end - start) / length).max(1));
    let bound = move |k: usize| start + k * (end - start) / part_count;
    (0..part_count).map(move |part| Segment { series, range: bound(part)..bound(part + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn layout(segments: &[Segment], most: usize) -> Vec<Vec<Segment>> {
        let constant = |segment: &Segment| Ok::<_, Infallible>(vec![1.0; segment.range.len()]);
        let Ok(layout) = block_layout(segments, most, constant);
        layout
    }

    #[test]
    fn gaps_between_marks_split_segments_and_no_value_is_lost() {
        let marks: Vec<bool> = (0..100).map(|i| !(40..60).contains(&i)).collect();
        let segments = marked_segments([&marks[..], &[false; 5], &[true; 3]]);
        let expected = [(0, 0..40), (0, 60..100), (2, 0..3)];
        assert_eq!(segments, expected.map(|(series, range)| Segment { series, range }));
        let held: usize = layout(&segments, MOST_BLOCKS).iter().flatten().map(|part| part.range.len()).sum();
        assert_eq!(held, 83);
    }

    /// Catches blocks that lose values when many are merged into few.
    #[test]
    fn merged_blocks_hold_every_value_once() {
        let whole = |series: usize| Segment { series, range: 0..20 + series };
        for (count, most) in [(13, 5), (3, 4)] {
            let segments: Vec<Segment> = (0..count).map(whole).collect();
            let layout = layout(&segments, most);
            assert_eq!(layout.len(), most);
            let held: usize = layout.iter().flatten().map(|segment| segment.range.len()).sum();
            assert_eq!(held, segments.iter().map(|segment| segment.range.len()).sum::<usize>());
        }
    }

    /// Catches an estimate asked for values that whole movies as blocks do not need.
    #[test]
    fn ten_series_are_blocks_whatever_their_values() {
        let segments: Vec<Segment> = (0..10).map(|series| Segment { series, range: 0..7 }).collect();
        assert_eq!(block_layout(&segments, 20, |_| Err("not needed")).map(|blocks| blocks.len()), Ok(10));
        assert_eq!(block_layout(&segments[..9], 20, |_| Err("needed")), Err("needed"));
    }
}
