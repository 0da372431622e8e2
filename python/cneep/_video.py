"""Open movies from files and from arrays of any library, and look them over."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from . import _cautions, _native
from ._cautions import Caution
from ._errors import UnsupportedError
from ._native import Video as Native
from ._picture import image

#: Arrays of more bytes are written to a temporary file, in which their frames stay.
MOST_IN_MEMORY = 2 << 30
#: Bytes that are taken from a lazy array at a time.
_BLOCK = 64 << 20

#: A path, or anything with `shape`, `dtype` and `[]`: NumPy, dask, zarr, h5py, xarray and so on.
Source: TypeAlias = Any

_SECONDS = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
    "ns": 1e-9, "min": 60.0, "minute": 60.0, "minutes": 60.0,
}  # fmt: skip
_MICROMETRES = {
    "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "micrometre": 1.0,
    "micrometers": 1.0, "micrometres": 1.0, "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3,
    "mm": 1e3, "millimeter": 1e3, "millimetre": 1e3,
}  # fmt: skip


class Video:
    """One movie: frames in their own depth, with what is known of their scales.

    `len(video)` is the number of frames, `video[10:20]` some of them as an array (frame, row, column), and
    `numpy.asarray(video)` all. Open one with `cneep.open`.
    """

    __slots__ = ("_native", "_source")
    _native: Native

    def __init__(self, native: Native, source: tuple[list[str], dict[str, Any], int] | None) -> None:
        self._native, self._source = native, source

    @property
    def name(self) -> str:
        """What the movie is called, usually its file."""
        return self._native.name

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, rows, columns)."""
        return self._native.shape

    @property
    def ndim(self) -> int:
        """3."""
        return 3

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels: uint8, uint16 or float32."""
        return np.dtype(self._native.dtype)

    @property
    def frame_interval(self) -> float | None:
        """Time between the starts of two frames, in seconds, where known."""
        return self._native.calibration[0]

    @property
    def pixel_size(self) -> float | None:
        """Edge of a pixel, in micrometres, where known."""
        return self._native.calibration[1]

    @property
    def exposure(self) -> float | None:
        """Share of the frame interval during which the shutter is open, where known."""
        return self._native.calibration[2]

    @property
    def readout(self) -> float | None:
        """Share of the frame interval from the reading of the first row to that of the last, where known."""
        return self._native.calibration[3]

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What its reader assumed or noticed."""
        return _cautions.of_json(self._native.cautions)

    def hash(self) -> str:
        """SHA-256 of shape and frames, in hexadecimal: the same for equal movies of any format."""
        return self._native.hash()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[Any]:
        first, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if isinstance(first, (int, np.integer)):
            index = range(len(self))[first]
            frame: NDArray[Any] = self._native.frames(index, index + 1)[0]
            return frame[rest] if rest else frame
        if not isinstance(first, slice):
            return np.asarray(self)[key]  # type: ignore[no-any-return]
        start, stop, step = first.indices(len(self))
        if step < 0:
            return np.asarray(self)[key]  # type: ignore[no-any-return]
        frames = self._native.frames(start, max(start, stop))[::step]
        return frames[(slice(None), *rest)] if rest else frames

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[index] for index in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("the frames of a movie are always copied")
        frames = self._native.frames(0, len(self))
        return frames if dtype is None else frames.astype(dtype, copy=False)

    def __repr__(self) -> str:
        frames, rows, columns = self.shape
        interval = f"{self.frame_interval:g} s" if self.frame_interval else "frame interval not known"
        return f"<Video {self.name}: {frames} frames of {rows} x {columns}, {self.dtype}, {interval}>"

    def _repr_html_(self) -> str:
        frame = self[len(self) // 2].astype(float)
        low, high = np.percentile(frame, [0.5, 99.5])
        grey = np.clip((frame - low) / ((high - low) or 1.0) * 255, 0, 255).astype(np.uint8)
        picture = image(np.repeat(grey[..., None], 3, axis=2), 240)
        notes = "".join(f"<li>{escape(str(caution))}</li>" for caution in self.cautions)
        return f"<p>{escape(repr(self))}</p>{picture}{f'<ul>{notes}</ul>' if notes else ''}"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._source is not None:
            return _reopened, self._source
        options = {
            "frame_interval": self.frame_interval,
            "pixel_size": self.pixel_size,
            "exposure": self.exposure,
            "readout": self.readout,
        }
        return _rebuilt, (np.asarray(self), self.name, options)


def _reopened(paths: list[str], options: dict[str, Any], index: int) -> Video:
    return _opened(paths, options)[index]


def _rebuilt(frames: NDArray[Any], name: str, options: dict[str, Any]) -> Video:
    return _of_array(frames, name, {**options, "axes": "TYX"})[0]


def open(
    source: Source,
    *,
    frame_interval: float | None = None,
    pixel_size: float | None = None,
    axes: str | None = None,
    exposure: float | None = None,
    readout: float | None = None,
    channel: int | None = None,
    slice: int | None = None,
    name: str | None = None,
) -> Video:
    """Opens one movie.

    Parameters
    ----------
    source
        A path (TIFF, NPY, NPZ, a folder of PNG frames; other formats of microscopes through `bioio`, if it is
        installed) or an array of shape (frame, row, column): NumPy, dask, zarr, h5py, or anything else with
        `shape`, `dtype` and `[]`; of `xarray` names and coordinates of the dimensions are used.
    frame_interval
        Time between the starts of two frames, in seconds. Without it rates are per frame.
    pixel_size
        Edge of a pixel, in micrometres.
    axes
        Order of the axes, slowest first, such as ``"TYX"`` or ``"MTYX"`` (M counts movies).
    exposure, readout
        Shares of the frame interval, 0 to 1: shutter open, and first to last row read.
    channel, slice
        Which to read of several, counted from 1.
    name
        What to call an array.

    Raises
    ------
    UnsupportedError
        If there are several movies in it; `open_all` gives all.
    """
    videos = open_all(
        source,
        frame_interval=frame_interval,
        pixel_size=pixel_size,
        axes=axes,
        exposure=exposure,
        readout=readout,
        channel=channel,
        slice=slice,
        name=name,
    )
    if len(videos) > 1:
        remedy = "Use cneep.open_all, which gives all of them."
        parts = (str(source) if _is_path(source) else "array", "one movie", f"{len(videos)} movies")
        text = f"{parts[0]}: expected {parts[1]}, found {parts[2]}. {remedy}"
        raise UnsupportedError(text, *parts, remedy)
    return videos[0]


def open_all(
    sources: Source | Iterable[Source],
    *,
    frame_interval: float | None = None,
    pixel_size: float | None = None,
    axes: str | None = None,
    exposure: float | None = None,
    readout: float | None = None,
    channel: int | None = None,
    slice: int | None = None,
    name: str | None = None,
) -> list[Video]:
    """Opens all movies of one source or of several, and checks that they can be analysed together.

    Parameters are those of `open`.
    """
    stated: dict[str, Any] = {
        "frame_interval": frame_interval,
        "pixel_size": pixel_size,
        "axes": axes,
        "exposure": exposure,
        "readout": readout,
        "channel": channel,
        "slice": slice,
    }
    options = {key: value for key, value in stated.items() if value is not None}
    several = not (_is_path(sources) or _is_array(sources))
    listed: list[Source] = list(sources) if several else [sources]
    if listed and all(_is_path(source) for source in listed):
        videos = _opened([os.fspath(source) for source in listed], options)
    else:
        videos = []
        for index, source in enumerate(listed):
            if _is_path(source):
                videos += _opened([os.fspath(source)], options)
            elif isinstance(source, Video):
                videos.append(source)
            else:
                called = name or "array"
                videos += _of_array(source, f"{called} {index}" if several else called, options)
        native = _native.together([video._native for video in videos])
        videos = [Video(of, video._source) for of, video in zip(native, videos, strict=True)]
    _cautions.warn(dict.fromkeys(caution for video in videos for caution in video.cautions))
    return videos


def _is_path(source: Source) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(source, (str, os.PathLike))


def _is_array(source: Source) -> bool:
    return hasattr(source, "shape") and hasattr(source, "dtype")


def _json(options: Mapping[str, Any]) -> str:
    return json.dumps(options, default=float)


def _opened(paths: list[str], options: dict[str, Any]) -> list[Video]:
    try:
        native = _native.open_paths(paths, _json(options))
    except UnsupportedError as refusal:
        arrays = [_by_bioio(path, options, refusal) for path in paths]
        return [video for of in arrays for video in of]
    return [Video(video, (paths, options, index)) for index, video in enumerate(native)]


def _by_bioio(path: str, options: dict[str, Any], refusal: UnsupportedError) -> list[Video]:
    """The movie of a file that another library reads."""
    try:
        from bioio import BioImage
    except ImportError:
        refusal.add_note("Or: pip install cneep[io], with the bioio plugin of this format.")
        raise refusal from None
    try:
        picture = BioImage(path)
    except Exception as unread:
        raise refusal from unread
    chosen = {"C": options.get("channel", 1) - 1, "Z": options.get("slice", 1) - 1}
    for axis in "CZ":
        count = getattr(picture.dims, axis, 1)
        stated = {"C": "channel", "Z": "slice"}[axis]
        if count > 1 and stated not in options:
            remedy = f"State which of them to read (argument {stated}=)."
            text = f"{path}: expected one {stated}, found {count}. {remedy}"
            raise UnsupportedError(text, path, f"one {stated}", str(count), remedy, stated)
    frames = picture.get_image_dask_data("TYX", C=chosen["C"], Z=chosen["Z"])
    own = {key: value for key, value in options.items() if key not in ("channel", "slice", "axes")}
    interval = getattr(picture, "time_interval", None)
    if "frame_interval" not in own and interval:
        own["frame_interval"] = getattr(interval, "total_seconds", lambda: interval)()
    size = getattr(picture.physical_pixel_sizes, "X", None)
    if "pixel_size" not in own and size:
        own["pixel_size"] = size
    return _of_array(frames, path, own)


def _of_array(source: Source, name: str, options: dict[str, Any]) -> list[Video]:
    own = _of_dimensions(source)
    for scale, unit in (("frame_interval", "s"), ("pixel_size", "um")):
        stated, said = options.get(scale), own.get(scale)
        if stated is not None and said is not None and abs(stated / said - 1) > 1e-6:
            message = (
                f"the {scale.replace('_', ' ')} of {stated:g} {unit} differs from {said:g} {unit} of its"
            )
            told = {"subject": name, "kind": "stated_scale_differs", "message": f"{message} coordinates."}
            _cautions.warn([Caution({**told, "remedy": "The one that was stated is used; check it."})])
    options = {**own, **options}
    array: Any = getattr(source, "data", source) if hasattr(source, "dims") else source
    dtype: np.dtype[Any]
    try:
        dtype = np.dtype(array.dtype)
    except TypeError:
        # Of a library with types of its own.
        array = np.asarray(array)
        dtype = array.dtype
    shape = tuple(int(size) for size in array.shape)
    if dtype == np.bool_:
        dtype = np.dtype(np.uint8)
    if dtype.hasobject or dtype.fields is not None:
        dtype = np.dtype(object)
    head = io.BytesIO()
    described = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(head, described)
    size = dtype.itemsize * int(np.prod(shape, dtype=object))
    refused = dtype.kind not in "uif" or len(shape) < 2
    if size <= MOST_IN_MEMORY or refused:
        # What cannot be read is refused by its header.
        whole = np.empty(0, np.uint8) if refused else _pulled(array, shape, dtype)
        pixels = whole.reshape(-1).view(np.uint8)
        native = _native.read_array(head.getvalue(), pixels, name, _json(options))
        return [Video(video, None) for video in native]
    return [Video(video, None) for video in _spooled(array, shape, dtype, head.getvalue(), name, options)]


def _pulled(array: Source, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The whole array in memory, in C order."""
    if isinstance(array, np.ndarray):
        return np.ascontiguousarray(array, dtype)
    whole = np.empty(shape, dtype)
    for start, stop in _blocks(shape, dtype):
        whole[start:stop] = np.asarray(array[start:stop])
    return whole


def _blocks(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Iterator[tuple[int, int]]:
    """Stretches of the first axis of some megabytes each."""
    one = dtype.itemsize * int(np.prod(shape[1:], dtype=object))
    step = max(1, _BLOCK // max(one, 1))
    return ((start, min(start + step, shape[0])) for start in range(0, shape[0], step))


def _spooled(
    array: Source,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    head: bytes,
    name: str,
    options: dict[str, Any],
) -> list[Native]:
    """The movies of an array that is written, block by block, to a file that is gone when they are."""
    folder = tempfile.mkdtemp(prefix="cneep-")
    path = Path(folder) / "frames.npy"
    try:
        with path.open("wb") as file:
            file.write(head)
            for start, stop in _blocks(shape, dtype):
                file.write(np.ascontiguousarray(array[start:stop], dtype).data)
        return _native.open_array(str(path), name, _json(options))
    finally:
        # The open file keeps its frames; Windows keeps its name, too, until the process ends.
        try:
            path.unlink()
            Path(folder).rmdir()
        except OSError:
            import atexit
            import shutil

            atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _of_dimensions(source: Source) -> dict[str, Any]:
    """What the dimensions and coordinates of an `xarray.DataArray` state."""
    dims, coords = getattr(source, "dims", None), getattr(source, "coords", None)
    if not isinstance(dims, tuple) or coords is None:
        return {}
    letters = {
        "t": "T", "time": "T", "frame": "T", "y": "Y", "row": "Y", "x": "X", "column": "X", "col": "X",
        "movie": "M", "position": "M", "p": "M", "m": "M",
    }  # fmt: skip
    stated: dict[str, Any] = {}
    named = [letters.get(str(dim).lower()) for dim in dims]
    if all(named):
        stated["axes"] = "".join(str(letter) for letter in named)
    for dim, letter in zip(dims, named, strict=True):
        if letter not in ("T", "X") or dim not in coords:
            continue
        scale = _step(coords[dim], _SECONDS if letter == "T" else _MICROMETRES)
        if scale is not None:
            stated["frame_interval" if letter == "T" else "pixel_size"] = scale
    return stated


def _step(coordinate: Any, units: Mapping[str, float]) -> float | None:
    """The even step of a coordinate in the first of these units; none where it is uneven or has no unit."""
    values = np.asarray(coordinate.values)
    if len(values) < 2:
        return None
    if values.dtype.kind in "mM":
        steps = np.diff(values) / np.timedelta64(1, "ns") * 1e-9
    else:
        unit = units.get(str(coordinate.attrs.get("units", coordinate.attrs.get("unit", ""))).strip())
        if unit is None or values.dtype.kind not in "uif":
            return None
        steps = np.diff(values.astype(float)) * unit
    step = float(steps.mean())
    even = step > 0 and np.allclose(steps, step, rtol=1e-3)
    return float(f"{step:.12g}") if even else None


@dataclass(frozen=True)
class Inspection:
    """What a movie holds, and what speaks against using it as it is."""

    name: str
    frames: int
    rows: int
    columns: int
    frame_interval: float | None
    pixel_size: float | None
    minimum: float
    mean: float
    maximum: float
    #: Fraction of pixels at the ceiling.
    saturated: float
    #: Fraction of pixels at which noise was cut off at zero.
    clipped: float
    #: Frames identical to the one before.
    duplicate_frames: int
    cautions: tuple[Caution, ...]
    #: All that was measured, as the command line prints it.
    record: dict[str, Any] = field(repr=False)

    @classmethod
    def _of(cls, record: dict[str, Any], beside: tuple[Caution, ...]) -> Inspection:
        cautions = tuple(Caution(told) for told in record["cautions"]) + beside
        known = [name for name in cls.__dataclass_fields__ if name not in ("cautions", "record")]
        return cls(**{name: record[name] for name in known}, cautions=cautions, record=record)

    def _repr_html_(self) -> str:
        interval = f"{self.frame_interval:g} s" if self.frame_interval else "not known"
        size = f"{self.pixel_size:g} µm" if self.pixel_size else "not known"
        rows = [
            ("frames", f"{self.frames} of {self.rows} x {self.columns} pixels"),
            ("frame interval", interval),
            ("pixel size", size),
            ("intensities", f"{self.minimum:g} to {self.maximum:g}, mean {self.mean:.4g}"),
            ("saturated", f"{100 * self.saturated:.3f} % of pixels"),
            ("repeated frames", str(self.duplicate_frames)),
        ]
        table = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
        notes = "".join(f"<li>{escape(str(caution))}</li>" for caution in self.cautions)
        return f"<p>{escape(self.name)}</p><table>{table}</table><ul>{notes}</ul>"


def inspect(videos: Source) -> list[Inspection]:
    """Looks movies over for what would spoil their entropy production, before any of it is estimated.

    Cautions that only all movies together show stand with the last of them.
    """
    movies = as_videos(videos)
    found, together = _native.inspect([video._native for video in movies])
    records = json.loads(found)
    beside = _cautions.of_json(together)
    last = len(records) - 1
    return [Inspection._of(of, beside if index == last else ()) for index, of in enumerate(records)]


def as_videos(videos: Source | Sequence[Source]) -> list[Video]:
    """The movies that users name in whatever way."""
    if isinstance(videos, Video):
        return [videos]
    own = getattr(videos, "videos", None)
    if isinstance(own, (list, tuple)):
        return list(own)
    if isinstance(videos, (list, tuple)) and videos and all(isinstance(of, Video) for of in videos):
        return list(videos)
    return open_all(videos)
