//! Keeps the maps of all transitions in a file, one after another, until they can be written as one TIFF
//! stack.

use cneep::dissipation_map::MapGrid;
use cneep_movie::npy::write_header;
use cneep_movie::video::{Axes, Frames, OpenOptions, open_with, write_tiff};
use cneep_movie::{Calibration, Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Maps on their way into a TIFF stack; only one is in memory.
#[derive(Debug)]
pub(super) struct MapStack {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    count: usize,
    /// The first map: a single one is no movie.
    first: Option<Array2<f32>>,
}

impl MapStack {
    /// A stack of `count` maps, to be written to `path`, in whose folder the maps are kept until then.
    pub(super) fn new(path: &Path, grid: MapGrid, count: usize) -> Result<Self> {
        let fail = |refusal| Error::writing(path, refusal);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(fail)?;
        let builder = || tempfile::Builder::new().prefix(".cneep-").suffix(".npy").tempfile_in(folder);
        let mut file = BufWriter::new(builder().map_err(fail)?);
        let shape = format!("({count}, {}, {})", grid.rows, grid.columns);
        write_header(&mut file, "<f4", &shape).map_err(fail)?;
        Ok(Self { file, path: path.to_path_buf(), count, first: None })
    }

    /// Adds the next map, shape (row, column).
    pub(super) fn push(&mut self, map: &ArrayView2<f32>) -> Result<()> {
        self.first.get_or_insert_with(|| map.to_owned());
        let mut cells = map.iter();
        cells
            .try_for_each(|cell| self.file.write_all(&cell.to_le_bytes()))
            .map_err(|refusal| Error::writing(&self.path, refusal))
    }

    /// Writes the stack, whole or not at all; nothing else remains.
    pub(super) fn finish(self, calibration: Calibration) -> Result<()> {
        self.finish_by(|path, maps| write_tiff(path, maps, calibration))
    }

    /// Lets `write` write the maps to the path of the stack; nothing else remains.
    pub(super) fn finish_by(self, write: impl FnOnce(&Path, &Frames) -> Result<()>) -> Result<()> {
        let path = self.path;
        let fail = |refusal| Error::writing(&path, refusal);
        let file = self.file.into_inner().map_err(|refusal| fail(refusal.into_error()))?;
        if let Some(single) = self.first.filter(|_| self.count == 1) {
            return write(&path, &Frames::F32(single.insert_axis(Axis(0))));
        }
        let in_file = OpenOptions::default().memory_limit(0).axes(Axes::parse("TYX")?);
        let maps = open_with(file.path(), &in_file)?;
        maps.first().map_or(Ok(()), |maps| write(&path, maps.frames()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, s};

    /// The slow twin holds all maps. Catches a map that is lost, rows taken for columns, and a file left
    /// behind.
    #[test]
    fn a_stack_written_map_by_map_is_that_of_the_held_maps() {
        for count in [1, 2, 7] {
            let maps = Array3::from_shape_fn((count, 3, 5), |(t, r, c)| (t * 100 + r * 10 + c) as f32 - 0.25);
            let folder = tempfile::tempdir().unwrap();
            let [held, streamed] = ["held.tif", "streamed.tif"].map(|name| folder.path().join(name));
            let calibration = Calibration { frame_interval: Some(0.05), ..Calibration::default() };
            write_tiff(&held, &Frames::F32(maps.clone()), calibration).unwrap();
            let mut stack =
                MapStack::new(&streamed, MapGrid { rows: 3, columns: 5, cell: 4 }, count).unwrap();
            (0..count).for_each(|t| stack.push(&maps.slice(s![t, .., ..])).unwrap());
            stack.finish(calibration).unwrap();
            assert_eq!(std::fs::read(held).unwrap(), std::fs::read(streamed).unwrap(), "{count} maps");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        }
    }
}
