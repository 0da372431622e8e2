//! Reads regions of interest of ImageJ: `.roi` files, and archives of them.
//!
//! Format: `ij.io.RoiDecoder`, <https://imagej.net/ij/source/>.

use crate::error::{Error, Fault, Result};
use ndarray::Array2;
use std::path::Path;

/// Bytes of the head of a region of interest.
const HEAD: usize = 64;
const SUB_PIXEL: u16 = 128;

/// The regions in `bytes`, the content of the file at `path`, each as the pixels of frames of `frame` (rows,
/// columns) that lie inside, in the order of the file; none if it holds no regions of ImageJ.
///
/// # Errors
/// [`Error::Format`] for a damaged file; [`Error::Unsupported`] for a region without area.
pub(super) fn read(bytes: &[u8], path: &Path, frame: (usize, usize)) -> Result<Option<Vec<Array2<bool>>>> {
    if bytes.starts_with(b"Iout") {
        return Ok(Some(vec![inside(bytes, &path.display().to_string(), frame)?]));
    }
    #[cfg(feature = "npz")]
    if bytes.starts_with(b"PK\x03\x04") {
        return read_archive(bytes, path, frame).map(Some);
    }
    Ok(None)
}

#[cfg(feature = "npz")]
fn read_archive(bytes: &[u8], path: &Path, frame: (usize, usize)) -> Result<Vec<Array2<bool>>> {
    use std::io::Read;
    let refuse = |found: String| {
        let remedy = "Save the regions again in Fiji: ROI Manager > More > Save.";
        Error::Format(Fault::of_file(path, "an archive of regions (RoiSet.zip)", found, remedy))
    };
    let broken = |error: zip::result::ZipError| refuse(error.to_string());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(broken)?;
    let mut regions = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        if !name.to_lowercase().ends_with(".roi") || name.contains("__MACOSX") {
            continue;
        }
        let mut roi = Vec::new();
        entry.by_ref().take(1 << 24).read_to_end(&mut roi).map_err(|error| broken(error.into()))?;
        regions.push(inside(&roi, &format!("{}[{name}]", path.display()), frame)?);
    }
    if regions.is_empty() { Err(refuse("no file .roi in it".into())) } else { Ok(regions) }
}

/// The pixels inside one region of interest.
fn inside(roi: &[u8], name: &str, frame: (usize, usize)) -> Result<Array2<bool>> {
    let broken = || {
        let remedy = "Save the region again in Fiji: File > Save As > Selection.";
        Error::Format(Fault::new(name, "a whole region of interest", "a file that ends within it", remedy))
    };
    let short = |at: usize| roi.get(at..at + 2).map(|b| i16::from_be_bytes([b[0], b[1]]));
    let long = |at: usize| roi.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    let single = |at: usize| long(at).map(f32::from_bits).map(f64::from);
    let kind = *roi.get(6).ok_or_else(broken)?;
    let edges: Vec<f64> =
        (0..4).map(|at| short(8 + 2 * at).map(f64::from)).collect::<Option<_>>().ok_or_else(broken)?;
    let (mut top, mut left, mut bottom, mut right) = (edges[0], edges[1], edges[2], edges[3]);
    let composite = long(36).is_some_and(|size| size > 0);
    let options = short(50).unwrap_or(0).cast_unsigned();
    let real = options & SUB_PIXEL != 0 && short(4).is_some_and(|version| version >= 222);
    if real && matches!(kind, 1 | 2) {
        let bounds: Option<Vec<f64>> = (0..4).map(|at| single(18 + 4 * at)).collect();
        if let Some([x, y, width, height]) = bounds.as_deref().filter(|bounds| bounds[2] > 0.0) {
            (left, top, right, bottom) = (*x, *y, x + width, y + height);
        }
    }
    let mut points: Vec<(f64, f64)> = Vec::new();
    if !composite && matches!(kind, 0 | 7 | 8) {
        let count = short(16).map_or(0, |count| usize::from(count.cast_unsigned()));
        for at in 0..count {
            let point = if real {
                let base = HEAD + 4 * count;
                (single(base + 4 * at), single(base + 4 * (count + at)))
            } else {
                let whole = |place: usize, edge: f64| short(place).map(|value| f64::from(value) + edge);
                (whole(HEAD + 2 * at, left), whole(HEAD + 2 * (count + at), top))
            };
            let (Some(x), Some(y)) = point else { return Err(broken()) };
            points.push((x, y));
        }
    }
    let contains = |x: f64, y: f64| match kind {
        1 => (left..right).contains(&x) && (top..bottom).contains(&y),
        2 => {
            let half = ((right - left) / 2.0, (bottom - top) / 2.0);
            let from = ((x - left) / half.0 - 1.0, (y - top) / half.1 - 1.0);
            from.0 * from.0 + from.1 * from.1 <= 1.0
        }
        _ => crosses(&points, x, y),
    };
    if composite || !matches!(kind, 0 | 1 | 2 | 7 | 8) {
        let found =
            if composite { "a region of several parts".into() } else { format!("type {kind} (line, point)") };
        let remedy = "In Fiji: Edit > Selection > Create Mask, save that as TIFF, and give it.";
        let expected = "a rectangle, an oval, a polygon or a drawn outline";
        return Err(Error::Unsupported(Fault::new(name, expected, found, remedy)));
    }
    // A pixel belongs to what its centre lies in.
    Ok(Array2::from_shape_fn(frame, |(row, column)| contains(column as f64 + 0.5, row as f64 + 0.5)))
}

/// Whether a point lies within a polygon: a ray from it crosses its edges an odd number of times.
fn crosses(points: &[(f64, f64)], x: f64, y: f64) -> bool {
    let mut inside = false;
    for (at, &(x1, y1)) in points.iter().enumerate() {
        let (x2, y2) = points[(at + 1) % points.len()];
        if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roi(kind: u8, edges: [i16; 4], points: &[(i16, i16)]) -> Vec<u8> {
        let mut bytes = vec![0; HEAD];
        bytes[..4].copy_from_slice(b"Iout");
        (bytes[5], bytes[6]) = (227, kind);
        for (at, edge) in edges.iter().enumerate() {
            bytes[8 + 2 * at..10 + 2 * at].copy_from_slice(&edge.to_be_bytes());
        }
        bytes[16..18].copy_from_slice(&u16::try_from(points.len()).unwrap().to_be_bytes());
        bytes.extend(points.iter().flat_map(|point| point.0.to_be_bytes()));
        bytes.extend(points.iter().flat_map(|point| point.1.to_be_bytes()));
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<String>> {
        let inside = inside(bytes, "a.roi", (4, 6))?;
        Ok(inside.outer_iter().map(|row| row.iter().map(|&i| if i { '#' } else { '.' }).collect()).collect())
    }

    /// Catches rows taken for columns, edges that count twice, and a polygon not moved to its place.
    #[test]
    fn regions_of_imagej_are_drawn_where_they_are() {
        let rectangle = read(&roi(1, [1, 2, 3, 5], &[])).unwrap();
        assert_eq!(rectangle, ["......", "..###.", "..###.", "......"]);
        let oval = read(&roi(2, [0, 0, 4, 4], &[])).unwrap();
        assert_eq!(oval, [".##...", "####..", "####..", ".##..."]);
        let triangle = read(&roi(0, [0, 2, 4, 6], &[(0, 0), (4, 0), (0, 4)])).unwrap();
        assert_eq!(triangle, ["..###.", "..##..", "..#...", "......"]);
        let line = read(&roi(3, [0, 0, 1, 1], &[])).unwrap_err().to_string();
        assert!(line.contains("Create Mask"), "{line}");
        assert!(read(&roi(0, [0, 0, 4, 4], &[(0, 0), (4, 0)])[..70]).is_err());
    }
}
