//! Cuts the sums of a convolution into bands of rows small enough to stay in the cache.

/// Rows of sums that are made and used together, so that the sums of a whole map never exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Band {
    /// First row of sums, and how many there are.
    pub(crate) start: usize,
    pub(crate) rows: usize,
    /// First row of the map that is made of them by pooling, and how many there are.
    pub(crate) map_start: usize,
    pub(crate) map_rows: usize,
}

/// The bands of a map of sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bands {
    /// Rows of sums in all, and in every band but the last.
    rows: usize,
    band_rows: usize,
    pool: usize,
    map_rows: usize,
}

impl Bands {
    /// `rows` of sums in bands of about `wanted`, a multiple of `unit` (itself one of `pool`), none of them
    /// much shorter.
    pub(crate) fn new(rows: usize, wanted: usize, unit: usize, pool: usize) -> Self {
        let count = (rows / wanted.max(1)).max(1);
        let band_rows = rows.div_ceil(count).next_multiple_of(unit);
        Self { rows, band_rows, pool, map_rows: rows / pool }
    }

    /// Most rows of sums in a band.
    pub(crate) fn most_rows(&self) -> usize {
        self.band_rows.min(self.rows)
    }

    /// Whether the map is one band.
    pub(crate) fn is_one(&self) -> bool {
        self.band_rows >= self.rows
    }

    /// The bands from top to bottom.
    pub(crate) fn iter(self) -> impl Iterator<Item = Band> {
        (0..self.rows).step_by(self.band_rows).map(move |start| {
            let rows = self.band_rows.min(self.rows - start);
            let map_start = (start / self.pool).min(self.map_rows);
            let map_end = ((start + rows) / self.pool).min(self.map_rows);
            Band { start, rows, map_start, map_rows: map_end - map_start }
        })
    }
}

/// The least common multiple.
pub(crate) fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Would catch a row left out, done twice, or pooled across a seam.
    #[test]
    fn bands_cover_every_row_once_and_keep_windows_whole() {
        for rows in 1..40 {
            for pool in 1..=3.min(rows) {
                for tile in [1, 3, 4, 5, 6] {
                    let unit = least_common_multiple(tile, pool);
                    for wanted in 1..12 {
                        let bands = Bands::new(rows, wanted, unit, pool);
                        let (mut row, mut map_row) = (0, 0);
                        for band in bands.iter() {
                            assert_eq!((band.start, band.map_start), (row, map_row));
                            assert!(band.start.is_multiple_of(unit) && band.rows <= bands.most_rows());
                            (row, map_row) = (row + band.rows, map_row + band.map_rows);
                        }
                        assert_eq!((row, map_row), (rows, rows / pool));
                        assert_eq!(bands.is_one(), bands.iter().count() == 1);
                    }
                }
            }
        }
    }
}
