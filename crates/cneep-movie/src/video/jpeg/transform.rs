//! Turns coefficients of the cosine transform into pixels, with the rounding of a stated decoder.

/// Whose rounding of the inverse transform to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::video) enum Rounding {
    /// FFmpeg's simple transform, with which it, PyAV, OpenCV and imageio read movies.
    Movie,
    /// libjpeg's accurate integer transform, with which ImageJ, Pillow and MATLAB read pictures.
    Picture,
}

impl Rounding {
    /// The first coefficient: FFmpeg adds the mean grey before the transform, libjpeg behind it.
    pub(super) fn offset_dc(self, number: i32, step: u16) -> i16 {
        let value = number.wrapping_mul(step.into());
        match self {
            Self::Movie => value.wrapping_add(1024).clamp(i16::MIN.into(), i16::MAX.into()) as i16,
            Self::Picture => value as i16,
        }
    }
}

/// Writes the part of a block that lies within the picture; `pixels` has `columns` a row.
pub(super) fn place_block(
    coefficients: &[i16; 64],
    rounding: Rounding,
    pixels: &mut [u8],
    columns: usize,
    (row, column): (usize, usize),
) {
    let block = match rounding {
        Rounding::Movie => movie(coefficients),
        Rounding::Picture => picture(coefficients),
    };
    if column >= columns {
        return;
    }
    let width = (columns - column).min(8);
    for (line, values) in block.as_chunks::<8>().0.iter().enumerate() {
        let start = (row + line) * columns + column;
        if width == 8 {
            if let Some(slots) = pixels.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
                *slots = *values;
            }
        } else if let Some(slots) = pixels.get_mut(start..start + width) {
            slots.copy_from_slice(&values[..width]);
        }
    }
}

const W: [i32; 8] = [0, 22725, 21407, 19266, 16383, 12873, 8867, 4520];

/// What each of eight numbers, from the second on, weighs in the four sums of those of its parity.
const WEIGHTS: [[i32; 4]; 8] = [
    [W[4]; 4],
    [W[1], W[3], W[5], W[7]],
    [W[2], W[6], -W[6], -W[2]],
    [W[3], -W[7], -W[1], -W[5]],
    [W[4], -W[4], -W[4], W[4]],
    [W[5], -W[1], W[7], W[3]],
    [W[6], -W[2], W[2], -W[6]],
    [W[7], -W[5], W[3], -W[1]],
];

/// The eight sums of one row of FFmpeg's transform, from eight numbers and the rounding term.
#[inline]
fn simple(x: [i32; 8], rounding: i32) -> [i32; 8] {
    let mut a = [W[4].wrapping_mul(x[0]).wrapping_add(rounding); 4];
    let mut b = [0_i32; 4];
    for at in 1..8 {
        let sums = if at % 2 == 0 { &mut a } else { &mut b };
        for (sum, weight) in sums.iter_mut().zip(WEIGHTS[at]) {
            *sum = sum.wrapping_add(weight.wrapping_mul(x[at]));
        }
    }
    std::array::from_fn(
        |at| if at < 4 { a[at].wrapping_add(b[at]) } else { a[7 - at].wrapping_sub(b[7 - at]) },
    )
}

/// FFmpeg's `simple_idct`: rows, then columns.
fn movie(coefficients: &[i16; 64]) -> [u8; 64] {
    const ROW_SHIFT: u32 = 11;
    const COLUMN_SHIFT: u32 = 20;
    let mut rows = [0_i32; 64];
    for (input, output) in coefficients.as_chunks::<8>().0.iter().zip(rows.as_chunks_mut::<8>().0) {
        if input[1..].iter().all(|&number| number == 0) {
            output.fill(i32::from((i32::from(input[0]) * 8) as i16));
            continue;
        }
        let sums = simple(input.map(i32::from), 1 << (ROW_SHIFT - 1));
        *output = sums.map(|sum| i32::from((sum >> ROW_SHIFT) as i16));
    }
    // All columns at once; most blocks have nothing in their lower rows.
    let rows = rows.as_chunks::<8>().0;
    let first = rows[0].map(|number| W[4].wrapping_mul(number + (1 << (COLUMN_SHIFT - 1)) / W[4]));
    let (mut even, mut odd) = ([first; 4], [[0; 8]; 4]);
    for (row, numbers) in rows.iter().enumerate().skip(1).filter(|(_, numbers)| **numbers != [0; 8]) {
        let sums = if row % 2 == 0 { &mut even } else { &mut odd };
        for (sums, weight) in sums.iter_mut().zip(WEIGHTS[row]) {
            for (sum, number) in sums.iter_mut().zip(numbers) {
                *sum = sum.wrapping_add(weight.wrapping_mul(*number));
            }
        }
    }
    let mut pixels = [0; 64];
    for (row, line) in pixels.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let (even, odd) = (&even[row.min(7 - row)], &odd[row.min(7 - row)]);
        for ((pixel, even), odd) in line.iter_mut().zip(even).zip(odd) {
            let sum = if row < 4 { even.wrapping_add(*odd) } else { even.wrapping_sub(*odd) };
            *pixel = (sum >> COLUMN_SHIFT).clamp(0, 255) as u8;
        }
    }
    pixels
}

/// The eight sums of one row or column of libjpeg's transform, before the last shift.
#[inline]
fn accurate(x: [i32; 8]) -> [i32; 8] {
    let times = |number: i32, weight: i32| number.wrapping_mul(weight);
    let sum = |a: i32, b: i32| a.wrapping_add(b);
    let difference = |a: i32, b: i32| a.wrapping_sub(b);
    let z1 = times(sum(x[2], x[6]), 4433);
    let (t2, t3) = (sum(z1, times(x[6], -15137)), sum(z1, times(x[2], 6270)));
    let (t0, t1) = (sum(x[0], x[4]).wrapping_shl(13), difference(x[0], x[4]).wrapping_shl(13));
    let even = [sum(t0, t3), sum(t1, t2), difference(t1, t2), difference(t0, t3)];
    let (z1, z2) = (sum(x[7], x[1]), sum(x[5], x[3]));
    let (z3, z4) = (sum(x[7], x[3]), sum(x[5], x[1]));
    let z5 = times(sum(z3, z4), 9633);
    let (z1, z2) = (times(z1, -7373), times(z2, -20995));
    let (z3, z4) = (sum(times(z3, -16069), z5), sum(times(z4, -3196), z5));
    let odd = [
        sum(sum(times(x[1], 12299), z1), z4),
        sum(sum(times(x[3], 25172), z2), z3),
        sum(sum(times(x[5], 16819), z2), z4),
        sum(sum(times(x[7], 2446), z1), z3),
    ];
    std::array::from_fn(
        |at| if at < 4 { sum(even[at], odd[at]) } else { difference(even[7 - at], odd[7 - at]) },
    )
}

/// libjpeg's `jpeg_idct_islow`: columns, then rows.
fn picture(coefficients: &[i16; 64]) -> [u8; 64] {
    let mut columns = [0_i32; 64];
    for column in 0..8 {
        let sums = accurate(std::array::from_fn(|row| coefficients[8 * row + column].into()));
        for (row, sum) in sums.into_iter().enumerate() {
            columns[8 * row + column] = sum.wrapping_add(1 << 10) >> 11;
        }
    }
    let mut pixels = [0; 64];
    for (input, output) in columns.as_chunks::<8>().0.iter().zip(pixels.as_chunks_mut::<8>().0) {
        *output = accurate(*input).map(|sum| ((sum.wrapping_add(1 << 17) >> 18) + 128).clamp(0, 255) as u8);
    }
    pixels
}
