"""Open movies from files and from arrays of any library, and look them over."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, TypeGuard, Unpack

import numpy as np
from numpy.typing import NDArray

from . import _cautions, _native
from ._cautions import Caution
from ._coordinates import of_dimensions
from ._errors import UnsupportedError
from ._native import Video as Native
from ._picture import image

#: Arrays of more bytes are written to a temporary file, in which their frames stay.
MOST_IN_MEMORY = 2 << 30
#: Bytes that are taken from a lazy array at a time.
_BLOCK = 64 << 20

#: A path, or anything with `shape`, `dtype` and `[]`: NumPy, dask, zarr, h5py, xarray and so on.
Source: TypeAlias = Any
#: `slice` is an argument of `open`, too.
_Slice: TypeAlias = slice


class Opening(TypedDict, total=False):
    """What is stated of movies when they are opened; `open` says what each word means."""

    frame_interval: float | None
    pixel_size: float | None
    axes: str | None
    exposure: float | None
    readout: float | None
    channel: int | None
    slice: int | None
    position: int | None
    decoder: str | None
    frames: tuple[int | None, int | None] | _Slice | None
    every: int | None
    field: str | None
    crop: Sequence[int] | None
    bin: int | None
    region: str | os.PathLike[str] | None
    detrend: bool


#: What files hold several of, and how they are read.
_WITHIN = ("axes", "channel", "slice", "position", "decoder")
#: What of a movie is analysed.
_SELECTED = ("frames", "every", "field", "crop", "bin", "region", "detrend")
_SCALES = ("frame_interval", "pixel_size", "exposure", "readout")


class Video:
    """One movie: frames in their own depth, with what is known of their scales.

    `len(video)` is the number of frames, `video[10:20]` some of them as an array (frame, row, column), and
    `numpy.asarray(video)` all: the memory of the movie itself, which can be read but not written to.
    `numpy.array(video)` is a copy of your own. Open a movie with `cneep.open`.
    """

    __slots__ = ("_native", "_source")
    _native: Native

    def __init__(self, native: Native, source: tuple[list[str], dict[str, Any], int] | None) -> None:
        #: Paths, options and place among their movies, of those that were read from files.
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
    def selection(self) -> dict[str, Any]:
        """What of its file it is: frames, every, field, crop, bin, region, detrend, as far as stated."""
        selection: dict[str, Any] = json.loads(self._native.selection)
        return selection

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
        frames = self._native.frames(0, len(self))
        return frames if dtype is None and not copy else np.array(frames, dtype=dtype, copy=copy)

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
        native = self._native
        if self._source is not None:
            return _reopened, (*self._source, self.name, native.calibration)
        known = (native.calibration, native.selection, native.cautions)
        return _rebuilt, (np.asarray(self), self.name, *known)


def _reopened(
    paths: list[str], options: dict[str, Any], index: int, name: str, calibration: list[float | None]
) -> Video:
    video = _opened(paths, options)[index]
    return Video(video._native.renamed(name).recalibrated(calibration), video._source)


def _rebuilt(
    frames: NDArray[Any], name: str, calibration: list[float | None], selection: str, cautions: str
) -> Video:
    native = _of_array(frames, name, {"axes": "TYX"})[0]._native
    return Video(native.recalibrated(calibration).restored(selection, cautions), None)


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
    position: int | None = None,
    decoder: str | None = None,
    frames: tuple[int | None, int | None] | _Slice | None = None,
    every: int | None = None,
    field: str | None = None,
    crop: Sequence[int] | None = None,
    bin: int | None = None,
    region: str | os.PathLike[str] | None = None,
    detrend: bool = False,
    name: str | None = None,
) -> Video:
    """Opens one movie.

    Parameters
    ----------
    source
        A path (the formats of the command line; others of microscopes through `bioio`, if it is installed) or
        an array of shape (frame, row, column): NumPy, dask, zarr, h5py, or anything else with `shape`,
        `dtype` and `[]`; of `xarray` names and coordinates of the dimensions are used.
    frame_interval
        Time between the starts of two frames of the source, in seconds. Without it rates are per frame.
    pixel_size
        Edge of a pixel of the source, in micrometres.
    axes
        Order of the axes, slowest first, such as ``"TYX"`` or ``"MTYX"`` (M counts movies).
    exposure, readout
        Shares of the frame interval, 0 to 1: shutter open, and first to last row read.
    channel, slice, position
        Which to read of several, counted from 1.
    decoder
        Who decodes video: ``"auto"``, ``"own"`` or ``"ffmpeg"``.
    frames
        Those to keep: the first, counted from 0, and the one behind the last; or a slice.
    every
        Keep one frame of so many: the frame interval grows.
    field
        Keep one field of interlaced frames: ``"top"`` (rows 0, 2, 4 and so on) or ``"bottom"``.
    crop
        Part of the picture to keep: left edge, upper edge, width and height in pixels.
    bin
        Average squares of so many pixels: the pixel size grows.
    region
        File of the region to keep: a mask of the frame's size (not 0 inside), or an ImageJ .roi or
        RoiSet.zip. All pixels outside have one value at all times.
    detrend
        Divide each frame by a smooth curve through the brightness of all (bleaching).
    name
        What to call an array.

    Raises
    ------
    UnsupportedError
        If there are several movies in it; `open_all` gives all.
    """
    videos = open_all(
        source,
        name=name,
        frame_interval=frame_interval,
        pixel_size=pixel_size,
        axes=axes,
        exposure=exposure,
        readout=readout,
        channel=channel,
        slice=slice,
        position=position,
        decoder=decoder,
        frames=frames,
        every=every,
        field=field,
        crop=crop,
        bin=bin,
        region=region,
        detrend=detrend,
    )
    if len(videos) > 1:
        remedy = "Use cneep.open_all, which gives all of them."
        parts = (str(source) if _is_path(source) else "array", "one movie", f"{len(videos)} movies")
        text = f"{parts[0]}: expected {parts[1]}, found {parts[2]}. {remedy}"
        raise UnsupportedError(text, *parts, remedy)
    return videos[0]


def open_all(
    sources: Source | Iterable[Source], *, name: str | None = None, **stated: Unpack[Opening]
) -> list[Video]:
    """Opens all movies of one source or of several, and checks that they can be analysed together.

    Keywords are those of `open`.
    """
    return _open_all(sources, name, stated, {})


def _open_all(
    sources: Source | Iterable[Source], name: str | None, stated: Opening, run: Mapping[str, Any]
) -> list[Video]:
    """The movies; what neither caller nor files say is taken from how those of a `run` were opened."""
    options = _options(stated)
    known = run.get("selection")
    if known and not any(of in options for of in _SELECTED):
        options["selection"] = known
    within = {key: run[key] for key in _WITHIN if run.get(key) is not None}
    several = not (_is_path(sources) or _is_array(sources))
    listed: list[Source] = list(sources) if several else [sources]
    if listed and all(_is_path(source) for source in listed):
        videos = _opened([os.fspath(source) for source in listed], {**within, **options})
    else:
        videos = []
        for index, source in enumerate(listed):
            if _is_path(source):
                videos += _opened([os.fspath(source)], {**within, **options})
            elif isinstance(source, Video):
                videos.append(_restated(source, options))
            else:
                called = name or "array"
                videos += _of_array(source, f"{called} {index}" if several else called, options)
        native = _native.together([video._native for video in videos])
        videos = [Video(of, video._source) for of, video in zip(native, videos, strict=True)]
    of_files = [video for video in videos if video._source is not None]
    named = iter(_native.named_by_files([video._native for video in of_files]))
    videos = [Video(next(named), of._source) if of._source is not None else of for of in videos]
    videos = _with_scales(videos, run.get("calibration") or {})
    _cautions.warn(dict.fromkeys(caution for video in videos for caution in video.cautions))
    return videos


def _options(stated: Mapping[str, Any]) -> dict[str, Any]:
    """What was stated, in the words of the library."""
    unknown = set(stated) - set(Opening.__annotations__)
    if unknown:
        raise TypeError(f"no argument {sorted(unknown)[0]!r} when a movie is opened")
    options = {key: value for key, value in stated.items() if value is not None and value is not False}
    frames = options.get("frames")
    if isinstance(frames, _Slice):
        if frames.step is not None and "every" not in options:
            options["every"] = frames.step
        frames = (frames.start, frames.stop)
    if frames is not None:
        first, end = frames
        options["frames"] = (0 if first is None else first, end)
    if "crop" in options:
        options["crop"] = [int(of) for of in options["crop"]]
    if "region" in options:
        if _is_array(options["region"]):
            raise TypeError("a region is a file: numpy.save('region.npy', mask), then region='region.npy'")
        options["region"] = os.fspath(options["region"])
    if options.get("decoder") == "auto":
        options["decoder"] = "automatic"
    return options


def _with_scales(videos: list[Video], of_run: Mapping[str, float | None]) -> list[Video]:
    """The movies with scales that their files do not say as in a run, which is told."""
    taken: dict[str, str] = {}
    filled = []
    for video in videos:
        native, words = video._native.filled([of_run.get(scale) for scale in _SCALES])
        taken.update(words)
        filled.append(Video(native, video._source) if words else video)
    if taken:
        message = f"{', '.join(taken.values())}: as in the run, as the movie does not say it."
        told = {"subject": videos[0].name, "kind": "as_in_the_run", "message": message}
        values = {scale: of_run[scale] for scale in taken}
        _cautions.warn([Caution({**told, "remedy": f"State {', '.join(taken)} if it is another.", **values})])
    return filled


def opening_of(videos: Sequence[Video]) -> dict[str, Any]:
    """How these movies were opened, as a run keeps it."""
    first = videos[0]
    stated = first._source[1] if first._source is not None else {}
    within = {key: stated[key] for key in _WITHIN if key in stated}
    opening: dict[str, Any] = json.loads(first._native.opening(_json(within)))
    return opening


def _restated(video: Video, options: Mapping[str, Any]) -> Video:
    """A movie that is open, with the scales that are stated of it; the rest cannot be stated any more."""
    stated = [key for key in options if key not in ("selection", *_SCALES)]
    if stated:
        raise TypeError(
            f"{stated[0]!r} is for movies that are opened, and this one is open; cneep.open takes it"
        )
    native = video._native
    known = dict(zip(_SCALES, native.calibration, strict=True))
    scales = [options.get(scale, known[scale]) for scale in _SCALES]
    return video if scales == native.calibration else Video(native.recalibrated(scales), video._source)


def _is_path(source: Source) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(source, (str, os.PathLike))


def _is_array(source: Source) -> bool:
    return hasattr(source, "shape") and hasattr(source, "dtype")


def _json(options: Mapping[str, Any]) -> str:
    """The options of the library, in which what is analysed stands by itself."""
    told = {key: value for key, value in options.items() if key not in _SELECTED}
    selected = {key: options[key] for key in _SELECTED if key in options}
    if selected:
        told["selection"] = selected
    return json.dumps(told, default=_number)


def _number(value: Any) -> Any:
    """A number of NumPy as one of Python."""
    return value.item() if hasattr(value, "item") else float(value)


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
    if "position" in options:
        picture.set_scene(picture.scenes[options["position"] - 1])
    chosen = {"C": options.get("channel", 1) - 1, "Z": options.get("slice", 1) - 1}
    for axis in "CZ":
        count = getattr(picture.dims, axis, 1)
        stated = {"C": "channel", "Z": "slice"}[axis]
        if count > 1 and stated not in options:
            remedy = f"State which of them to read (argument {stated}=)."
            text = f"{path}: expected one {stated}, found {count}. {remedy}"
            raise UnsupportedError(text, path, f"one {stated}", str(count), remedy, stated)
    frames = picture.get_image_dask_data("TYX", C=chosen["C"], Z=chosen["Z"])
    own = {key: value for key, value in options.items() if key not in _WITHIN}
    interval = getattr(picture, "time_interval", None)
    if "frame_interval" not in own and interval:
        own["frame_interval"] = getattr(interval, "total_seconds", lambda: interval)()
    size = getattr(picture.physical_pixel_sizes, "X", None)
    if "pixel_size" not in own and size:
        own["pixel_size"] = size
    return _of_array(frames, path, own)


def _of_array(source: Source, name: str, options: dict[str, Any]) -> list[Video]:
    own = of_dimensions(source)
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


def as_videos(
    videos: Source | Sequence[Source], stated: Opening | None = None, run: Mapping[str, Any] | None = None
) -> list[Video]:
    """The movies that users name in whatever way, opened as `stated`, or else as those of a `run`."""
    own = getattr(videos, "videos", None)
    if isinstance(videos, Video):
        opened = [videos]
    elif isinstance(own, (list, tuple)):
        opened = list(own)
    elif isinstance(videos, (list, tuple)) and videos and all(isinstance(of, Video) for of in videos):
        opened = list(videos)
    else:
        return _open_all(videos, None, stated or {}, run or {})
    options = _options(stated or {})
    return [_restated(video, options) for video in opened]
