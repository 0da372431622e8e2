//! Chooses the parts of a frame that are looked at, so that large frames cost no more than small ones.

/// Pixels up to which a frame is looked at as a whole.
const MOST_PIXELS: usize = 1 << 14;
/// Rows and columns of the windows of larger frames, and windows along each edge.
const EDGE: usize = 32;
const ALONG: usize = 4;

/// A rectangle of a frame, aligned to squares of eight pixels, and where its pixels stand among those taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) start: usize,
}

impl Window {
    /// Row `row` of the window among the pixels taken.
    pub(super) fn line<'a>(&self, taken: &'a [f32], row: usize) -> &'a [f32] {
        &taken[self.start + row * self.columns..][..self.columns]
    }
}

/// The windows of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Windows {
    list: Vec<Window>,
    columns: usize,
    pixels: usize,
}

impl Windows {
    /// The windows of frames of `rows` x `columns` pixels.
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        let spans = |length: usize, whole: bool| -> Vec<(usize, usize)> {
            if whole || length <= ALONG * EDGE {
                return vec![(0, length)];
            }
            (0..ALONG).map(|k| ((2 * k + 1) * length / (2 * ALONG) / 8 * 8 - EDGE / 2, EDGE)).collect()
        };
        let whole = rows * columns <= MOST_PIXELS;
        let (down, along) = (spans(rows, whole), spans(columns, whole));
        let mut list = Vec::new();
        let mut start = 0;
        for &(row, rows) in &down {
            for &(column, columns) in &along {
                list.push(Window { row, column, rows, columns, start });
                start += rows * columns;
            }
        }
        Self { list, columns, pixels: start }
    }

    /// Number of pixels taken.
    pub(super) fn pixels(&self) -> usize {
        self.pixels
    }

    /// The windows, in the order in which their pixels are taken.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Window> {
        self.list.iter()
    }

    /// Takes the pixels of the windows from a whole `frame`.
    pub(super) fn take(&self, frame: &[f32], taken: &mut [f32]) {
        for window in &self.list {
            for row in 0..window.rows {
                let from = &frame[(window.row + row) * self.columns + window.column..][..window.columns];
                taken[window.start + row * window.columns..][..window.columns].copy_from_slice(from);
            }
        }
    }
}
