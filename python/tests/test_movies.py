"""Hold movies of one content, from whatever library, to one hash, and refusals to their remedy."""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import warnings
from pathlib import Path
from typing import Any

import cneep
import numpy as np
import pytest

FRAMES = np.random.default_rng(4).integers(0, 4000, (30, 12, 17)).astype(np.uint16)


def quiet(source: Any, **stated: Any) -> cneep.Video:
    return cneep.open(source, frame_interval=0.05, pixel_size=0.1, **stated)


def sources(folder: Path) -> dict[str, Any]:
    dask = pytest.importorskip("dask.array")
    h5py = pytest.importorskip("h5py")
    tifffile = pytest.importorskip("tifffile")
    xarray = pytest.importorskip("xarray")
    zarr = pytest.importorskip("zarr")
    np.save(folder / "a.npy", FRAMES)
    tifffile.imwrite(folder / "a.tif", FRAMES, imagej=True, metadata={"axes": "TYX"})
    stored = zarr.create_array(
        store=zarr.storage.MemoryStore(), shape=FRAMES.shape, dtype="u2", chunks=(7, 5, 6)
    )
    stored[:] = FRAMES
    file = h5py.File(folder / "a.h5", "w")
    return {
        "array": FRAMES,
        "Fortran order": np.asfortranarray(FRAMES),
        "big endian": FRAMES.astype(">u2"),
        "not contiguous": np.repeat(FRAMES, 2, axis=1)[:, ::2],
        "32 bits": FRAMES.astype(np.int32),
        "file": folder / "a.npy",
        "TIFF": folder / "a.tif",
        "memory map": np.load(folder / "a.npy", mmap_mode="r"),
        "dask": dask.from_array(FRAMES, chunks=(4, 12, 9)),
        "zarr": stored,
        "HDF5": file.create_dataset("movie", data=FRAMES, chunks=(3, 12, 17), compression="gzip"),
        "xarray": xarray.DataArray(FRAMES, dims=("time", "y", "x")),
        "video": quiet(FRAMES),
    }


@pytest.mark.filterwarnings("ignore::cneep.Caution")
def test_one_movie_has_one_hash_from_whatever_it_comes(tmp_path: Path) -> None:
    """Catches axes, byte orders and blocks that get lost on the way."""
    expected = quiet(FRAMES).hash()
    for name, source in sources(tmp_path).items():
        video = quiet(source)
        assert video.hash() == expected, name
        assert np.array_equal(np.asarray(video), FRAMES), name
        assert (video.frame_interval, video.pixel_size) == (0.05, 0.1), name


@pytest.mark.filterwarnings("ignore::cneep.Caution")
def test_estimates_of_one_movie_are_equal_to_the_last_bit(tmp_path: Path, fitted: cneep.Estimator) -> None:
    simulated = cneep.simulate.bead_spring(movies=1, frames=60, seed=9).videos[0]
    frames = np.asarray(simulated)
    dask, zarr = pytest.importorskip("dask.array"), pytest.importorskip("zarr")
    pytest.importorskip("tifffile").imwrite(tmp_path / "a.tif", frames, imagej=True, metadata={"axes": "TYX"})
    stored = zarr.create_array(store=zarr.storage.MemoryStore(), shape=frames.shape, dtype="u1")
    stored[:] = frames
    expected = fitted.predict(simulated)
    for source in (frames, tmp_path / "a.tif", stored, dask.from_array(frames)):
        assert np.array_equal(fitted.predict(cneep.open(source, frame_interval=0.01)), expected)


def test_large_arrays_stay_in_a_file_with_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches blocks out of order, and a temporary file that is left behind."""
    monkeypatch.setattr("cneep._video.MOST_IN_MEMORY", 1000)
    monkeypatch.setattr("cneep._video._BLOCK", 1000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    video = quiet(FRAMES)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert video.hash() == quiet(FRAMES).hash()
    assert np.array_equal(video[3:9, 2], FRAMES[3:9, 2])


def test_coordinates_of_xarray_state_the_scales() -> None:
    """Catches milliseconds taken for seconds, and an uneven coordinate taken for even."""
    xarray = pytest.importorskip("xarray")
    coords = {
        "x": ("x", np.arange(17) * 250.0, {"units": "nm"}),
        "time": ("time", np.arange(30) * 20.0, {"units": "ms"}),
    }
    movie = xarray.DataArray(FRAMES.transpose(1, 2, 0), dims=("y", "x", "time"), coords=coords)
    video = cneep.open(movie)
    assert (video.frame_interval, video.pixel_size) == (0.02, 0.25)
    assert np.array_equal(np.asarray(video), FRAMES)
    uneven = movie.assign_coords(time=("time", np.arange(30.0) ** 2, {"units": "s"}))
    assert cneep.open(uneven).frame_interval is None
    stamps = np.datetime64("2026-01-01") + (np.arange(30) * np.timedelta64(40, "ms"))
    assert cneep.open(movie.assign_coords(time=stamps)).frame_interval == 0.04
    with pytest.warns(cneep.Caution, match="0.02"):
        assert cneep.open(movie, frame_interval=0.03).frame_interval == 0.03


def test_frames_are_taken_as_of_an_array() -> None:
    video = quiet(FRAMES)
    assert (video.shape, video.dtype, video.ndim, len(video)) == (FRAMES.shape, np.uint16, 3, 30)
    for key in (
        0,
        -1,
        np.int64(3),
        slice(2, 9, 3),
        slice(None, None, -1),
        slice(5, 2),
        (4, 2),
        (..., 3),
        (slice(1, 4), 2, 3),
    ):
        assert np.array_equal(video[key], FRAMES[key]), key
    with pytest.raises(IndexError):
        video[30]
    assert "30 frames of 12 x 17, uint16, 0.05 s" in repr(video)
    assert "data:image/png" in video._repr_html_()


def test_frames_are_the_memory_of_the_movie_and_outlive_it() -> None:
    """Catches frames that are copied, that can be changed behind a known hash, or that are gone too early."""
    video = quiet(FRAMES)
    known = video.hash()
    frames, part = np.asarray(video), video[3:9, 2]
    assert np.shares_memory(frames, np.asarray(video)) and np.shares_memory(frames, part)
    assert not np.shares_memory(frames, np.array(video)) and not np.shares_memory(frames, FRAMES)
    assert frames.dtype == np.uint16 and np.asarray(video, np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        frames[0, 0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        frames.flags.writeable = True
    np.array(video)[:] = 0
    assert quiet(frames).hash() == known
    del video
    gc.collect()
    assert np.array_equal(frames, FRAMES) and np.array_equal(part, FRAMES[3:9, 2])


def test_what_cannot_be_a_movie_is_refused_with_the_way_out(tmp_path: Path) -> None:
    for wrong, words in [
        (FRAMES[0], "3 axes"),
        (FRAMES.astype(complex), "astype"),
        (np.array([["a"]]), "dtype"),
        (np.where(FRAMES > 3998, np.nan, FRAMES.astype(float)), "finite"),
        (np.zeros((20, 8, 8, 3), np.uint8), "channel"),
        (FRAMES[:1], "2 frames"),
    ]:
        with pytest.raises(cneep.Error, match=words) as refusal:
            cneep.open(wrong)
        assert isinstance(refusal.value, ValueError) and refusal.value.remedy
    with pytest.raises(FileNotFoundError, match="path is right"):
        cneep.open(tmp_path / "none.tif")
    with pytest.raises(cneep.SettingError, match=r"argument frame_interval="):
        cneep.open(FRAMES, frame_interval=-1)
    with pytest.raises(cneep.SettingError, match="axes"):
        cneep.open(FRAMES, axes="TYXQ")
    with pytest.raises(cneep.UnsupportedError, match="open_all"):
        cneep.open(np.stack([FRAMES, FRAMES]), axes="MTYX")
    with pytest.raises(cneep.MismatchError, match="12 x 17"):
        cneep.open_all([FRAMES, FRAMES[:, 1:]])


def test_assumptions_are_warnings_with_the_argument_that_answers_them() -> None:
    # No picture stands still along any axis, which would tell it from time.
    squares = np.random.default_rng(2).integers(0, 200, (9, 9, 30)).astype(np.uint8)
    with pytest.warns(cneep.Caution, match=r"argument axes=") as told:
        video = cneep.open(squares, frame_interval=0.1)
    assert told[0].filename == __file__
    assert [caution.kind for caution in video.cautions] == ["first_axis_read_as_time"]
    assert video.cautions[0].remedy and video.cautions[0].data["shape"] == [9, 9, 30]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cneep.open(squares, frame_interval=0.1, axes="YXT")
    assert pickle.loads(pickle.dumps(video.cautions[0])) == video.cautions[0]


def test_inspection_sees_what_is_there() -> None:
    repeated = np.repeat(FRAMES[:10], 3, axis=0)
    found = cneep.inspect(quiet(repeated))[0]
    assert (found.frames, found.rows, found.columns, found.duplicate_frames) == (30, 12, 17, 20)
    assert found.mean == pytest.approx(repeated.mean())
    assert "repeated_frames" in [caution.kind for caution in found.cautions]
    assert "repeated frames" in found._repr_html_()
    with pytest.raises(AttributeError):
        found.mean = 0.0  # type: ignore[misc]


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_movies_and_estimators_go_to_other_processes(
    method: str, beads: Any, fitted: cneep.Estimator
) -> None:
    """Catches threads that a forked child waits for in vain."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.starmap_async(_rate, [(fitted, beads.videos[10]), (fitted, beads.videos[11])]).get(100)
    assert found == [_rate(fitted, video) for video in beads.videos[10:]]


def _rate(estimator: cneep.Estimator, video: cneep.Video) -> float:
    return estimator.entropy_production(video, progress=False).rate.value
