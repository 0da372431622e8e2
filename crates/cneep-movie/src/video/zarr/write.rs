//! Writes movies as OME-Zarr (version 0.4), one uncompressed chunk a frame.

use super::super::movie::Video;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use serde_json::{Value, json};
use std::path::Path;

/// Writes `video` to the new folder at `path`, whole or not at all.
pub(in crate::video) fn write(path: &Path, video: &Video) -> Result<()> {
    if path.exists() {
        let remedy = "Name a new folder.";
        return Err(Error::Setting(Fault::of_file(
            path,
            "a path where nothing is",
            "a file or folder",
            remedy,
        )));
    }
    let fail = |e| Error::writing(path, e);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(fail)?;
    let folder = tempfile::Builder::new().prefix(".zarr").tempdir_in(parent).map_err(fail)?;
    let array = folder.path().join("0");
    std::fs::create_dir(&array).map_err(fail)?;
    let frames = video.frames();
    let (count, rows, columns) = frames.shape();
    let dtype = match frames.depth() {
        Depth::U8 => "|u1",
        Depth::U16 => "<u2",
        Depth::F32 => "<f4",
    };
    let metadata = json!({
        "zarr_format": 2, "shape": [count, rows, columns], "chunks": [1, rows, columns], "dtype": dtype,
        "order": "C", "compressor": null, "filters": null, "fill_value": 0, "dimension_separator": "/",
    });
    let save = |name: &Path, value: &Value| std::fs::write(name, format!("{value:#}")).map_err(fail);
    save(&array.join(".zarray"), &metadata)?;
    save(&folder.path().join(".zgroup"), &json!({"zarr_format": 2}))?;
    save(&folder.path().join(".zattrs"), &described(video))?;
    let mut bytes = Vec::new();
    for index in 0..count {
        bytes.clear();
        frames.append_bytes(index, false, &mut bytes)?;
        let place = array.join(index.to_string()).join("0");
        std::fs::create_dir_all(&place).map_err(fail)?;
        std::fs::write(place.join("0"), &bytes).map_err(fail)?;
    }
    std::fs::rename(folder.keep(), path).map_err(fail)
}

/// What OME metadata say of the axes and their scales; an unknown scale has no unit.
fn described(video: &Video) -> Value {
    let scales = video.calibration();
    let axis = |name: &str, kind: &str, unit: &str, scale: Option<f64>| match scale {
        Some(_) => json!({"name": name, "type": kind, "unit": unit}),
        None => json!({"name": name, "type": kind}),
    };
    let (time, length) = (scales.frame_interval, scales.pixel_size);
    json!({"multiscales": [{
        "version": "0.4",
        "axes": [
            axis("t", "time", "second", time),
            axis("y", "space", "micrometer", length),
            axis("x", "space", "micrometer", length),
        ],
        "datasets": [{"path": "0", "coordinateTransformations": [
            {"type": "scale", "scale": [time.unwrap_or(1.0), length.unwrap_or(1.0), length.unwrap_or(1.0)]},
        ]}],
    }]})
}
