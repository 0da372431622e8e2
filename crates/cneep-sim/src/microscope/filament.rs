//! Measures how dark each pixel lies beside a straight filament with a Gaussian cross-section.

use super::point_spread::reached;
use ndarray::Array2;

/// Beyond this many widths a filament is darker than a thousandth of a 16-bit count.
const REACH: f64 = 6.0;

/// Lowers `darkness`, -ln(light) per pixel, to that of the line `from`..`to` ([x, y] in pixels) where the
/// line is brighter: d^2 / (2 width^2) - ln(brightness), with d the distance from the line or its nearer end.
pub(super) fn darken(from: [f64; 2], to: [f64; 2], width: f64, brightness: f64, darkness: &mut Array2<f64>) {
    let (rows, columns) = darkness.dim();
    let reach = REACH * width;
    let along = |axis: usize, length| {
        reached(from[axis].min(to[axis]) - reach, from[axis].max(to[axis]) + reach, length)
    };
    let (row_range, column_range) = (along(1, rows), along(0, columns));
    let [run, rise] = [to[0] - from[0], to[1] - from[1]];
    let square = run * run + rise * rise;
    let per_square = if square > 0.0 { 1.0 / square } else { 0.0 };
    let (sharpness, offset) = (0.5 / (width * width), -brightness.ln());
    let first = column_range.start;
    for row in row_range {
        let y = row as f64 - from[1];
        let mut line = darkness.row_mut(row);
        let line = line.as_slice_mut().expect("arrays of light are made in standard order");
        for (index, darkness) in line[column_range.clone()].iter_mut().enumerate() {
            let x = (first + index) as f64 - from[0];
            let share = ((x * run + y * rise) * per_square).clamp(0.0, 1.0);
            let (dx, dy) = (x - share * run, y - share * rise);
            *darkness = darkness.min((dx * dx + dy * dy) * sharpness + offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(lines: &[([f64; 2], [f64; 2], f64, f64)]) -> Array2<f64> {
        let mut darkness = Array2::from_elem((30, 40), f64::INFINITY);
        for (from, to, width, brightness) in lines {
            darken(*from, *to, *width, *brightness, &mut darkness);
        }
        darkness.mapv(|darkness| (-darkness).exp())
    }

    /// Catches rows taken for columns, a cross-section of the wrong width, and ends that go on for ever:
    /// against the nearest of 20,001 points of the line.
    #[test]
    fn a_filament_is_the_gaussian_of_the_distance_from_it() {
        let (from, to, width, brightness) = ([7.3, 4.1], [30.6, 21.7], 1.5, 0.6);
        for ((row, column), found) in light(&[(from, to, width, brightness)]).indexed_iter() {
            let square = (0..=20_000)
                .map(|step| {
                    let share = f64::from(step) / 20_000.0;
                    let x = from[0] + share * (to[0] - from[0]) - column as f64;
                    let y = from[1] + share * (to[1] - from[1]) - row as f64;
                    x * x + y * y
                })
                .fold(f64::INFINITY, f64::min);
            let expected = brightness * (-square / (2.0 * width * width)).exp();
            assert!((found - expected).abs() < 1e-6, "{found} against {expected} at {row}, {column}");
        }
    }

    /// Catches overlapping filaments that add, or a faint one that hides a bright one.
    #[test]
    fn where_filaments_overlap_the_brightest_is_seen() {
        let (a, b) = (([3.0, 10.0], [33.0, 14.0], 1.5, 0.4), ([15.0, 2.0], [11.0, 27.0], 2.5, 0.9));
        let (both, reversed, alone) = (light(&[a, b]), light(&[b, a]), [light(&[a]), light(&[b])]);
        assert_eq!(both, reversed);
        for (place, found) in both.indexed_iter() {
            assert_eq!(*found, alone[0][place].max(alone[1][place]));
        }
    }

    /// Catches a division by the length of a line without any, and light or NaN from beyond the frame.
    #[test]
    fn points_and_lines_out_of_sight_do_no_harm() {
        let point = light(&[([5.0, 6.0], [5.0, 6.0], 1.0, 1.0)]);
        assert_eq!((point[[6, 5]], point[[6, 6]]), (1.0, (-0.5_f64).exp()));
        for far in [1e6, -1e6, 1e200] {
            let dark = light(&[([far, far], [far + 1.0, far], 2.0, 1.0)]);
            assert_eq!(dark.sum(), 0.0, "{far}");
        }
        assert_eq!(light(&[([0.0, 0.0], [9.0, 9.0], 2.0, 0.0)]).sum(), 0.0);
    }
}
