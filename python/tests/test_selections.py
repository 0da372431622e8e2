"""Hold what is analysed of a movie to the bits of the command line, from whatever library it comes."""

from __future__ import annotations

import csv
import json
import pickle
from pathlib import Path
from typing import Any

import cneep
import numpy as np
import pytest
from test_estimators import command

pytestmark = pytest.mark.filterwarnings("ignore::cneep.Caution")

#: The same in the words of either.
STATED: dict[str, Any] = {
    "frames": (20, 380),
    "every": 2,
    "field": "top",
    "crop": (2, 1, 36, 18),
    "bin": 2,
    "detrend": True,
}
OPTIONS = (
    *("--frames", "20:380", "--every", 2, "--field", "top"),
    *("--crop", "2,1,36,18", "--bin", 2, "--detrend"),
)


def dissipation(folder: Path) -> list[float]:
    with (folder / "entropy.csv").open() as file:
        return [float(row["entropy_production_kB"]) for row in csv.DictReader(file)]


def test_a_selection_gives_the_same_bits_as_the_command_line_both_ways(tmp_path: Path, beads: Any) -> None:
    """Catches a selection that is taken in another order, lost on the way, or not kept with the run."""
    dask, zarr = pytest.importorskip("dask.array"), pytest.importorskip("zarr")
    frames = np.asarray(beads.videos[0])
    movie, region = tmp_path / "movie.tif", tmp_path / "region.npy"
    pytest.importorskip("tifffile").imwrite(movie, frames, imagej=True, metadata={"axes": "TYX"})
    mask = np.ones(frames.shape[1:], np.uint8)
    mask[:, -6:] = 0
    np.save(region, mask)
    stated = {**STATED, "region": region, "frame_interval": 0.01}
    line = (*OPTIONS, "--region", region, "--frame-interval", 0.01)
    command("train", movie, *line, "--estimator", "modes", "-o", tmp_path / "run")
    # Neither selection nor frame interval is stated again.
    command("estimate", tmp_path / "run", movie, "-o", tmp_path / "result")
    theirs = dissipation(tmp_path / "result")
    assert len(theirs) == 179

    stored = zarr.create_array(store=zarr.storage.MemoryStore(), shape=frames.shape, dtype="u1")
    stored[:] = frames
    for source in (movie, frames, stored, dask.from_array(frames, chunks=(50, 20, 13))):
        ours = cneep.Estimator("modes").fit(source, progress=False, **stated)
        assert ours.predict(source).tolist() == theirs
        assert ours.entropy_production(source).frame_interval == 0.02
    video = cneep.open(movie, **stated)
    assert video.shape == (180, 4, 18) and video.selection["crop"] == [2, 1, 36, 18]
    loaded = cneep.load(tmp_path / "run")
    with pytest.warns(cneep.Caution, match=r"as in the run.*State frame_interval"):
        assert loaded.predict(movie).tolist() == theirs
    assert loaded.predict(video).tolist() == theirs
    with pytest.raises(cneep.MismatchError, match="analysed"):
        loaded.predict(cneep.open(movie, frame_interval=0.01))

    ours.save(tmp_path / "own")
    cneep.Estimator("modes").fit(movie, folder=tmp_path / "kept", progress=False, **stated)
    for run in ("own", "kept"):
        command("estimate", tmp_path / run, movie, "-o", tmp_path / f"{run} result")
        assert dissipation(tmp_path / f"{run} result") == theirs
        told = json.loads((tmp_path / run / "record.json").read_text())
        assert told["selection"]["every"] == 2 and told["selection"]["frames"] == [20, 380]


def test_a_channel_a_slice_and_a_position_are_read_of_several(tmp_path: Path, beads: Any) -> None:
    frames = np.asarray(beads.videos[0])[:60]
    others = np.random.default_rng(0).integers(0, 200, frames.shape).astype(np.uint8)
    path = tmp_path / "channels.tif"
    stack = np.stack([others, frames], axis=1)
    pytest.importorskip("tifffile").imwrite(path, stack, imagej=True, metadata={"axes": "TCYX"})
    expected = cneep.open(frames).hash()
    assert cneep.open(path, channel=2).hash() == expected
    assert cneep.open(stack, axes="TCYX", channel=2).hash() == expected
    assert cneep.open(stack, axes="TZYX", slice=2).hash() == expected
    assert cneep.open(np.stack([others, frames]), axes="PTYX", position=2).hash() == expected
    fitted = cneep.Estimator("modes").fit(path, channel=2, frame_interval=0.01, progress=False)
    values = fitted.predict(path)
    fitted.save(tmp_path / "run")
    command("estimate", tmp_path / "run", path, "-o", tmp_path / "result")
    assert dissipation(tmp_path / "result") == values.tolist()
    assert np.array_equal(cneep.load(tmp_path / "run").predict(path), values)
    assert np.array_equal(pickle.loads(pickle.dumps(fitted)).predict(path), values)


def test_the_decoder_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "a.npy", np.arange(4 * 9 * 9, dtype=np.uint16).reshape(4, 9, 9))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(cneep.SettingError, match=r"ffmpeg.*argument decoder="):
        cneep.open(tmp_path / "a.npy", decoder="ffmpeg")
    assert len(cneep.open(tmp_path / "a.npy", decoder="own")) == 4
    assert len(cneep.open(tmp_path / "a.npy", decoder="auto")) == 4
    with pytest.raises(cneep.SettingError, match="ffmpeg"):
        cneep.open(tmp_path / "a.npy", decoder="vlc")


def test_movies_keep_what_they_are_of_through_pickle(tmp_path: Path, beads: Any) -> None:
    """Catches a selection that is taken twice, and scales that are changed twice."""
    frames = np.asarray(beads.videos[0])
    np.save(tmp_path / "a.npy", frames)
    for source in (frames, tmp_path / "a.npy"):
        video = cneep.open(source, frame_interval=0.01, pixel_size=0.1, **STATED)
        back = pickle.loads(pickle.dumps(video))
        assert (back.hash(), back.selection, back.cautions) == (video.hash(), video.selection, video.cautions)
        assert (back.frame_interval, back.pixel_size) == (0.02, 0.2)
        assert "detrended" in [caution.kind for caution in back.cautions]


def test_what_a_movie_has_not_got_is_refused_by_its_argument(beads: Any) -> None:
    frames = np.asarray(beads.videos[0])
    for stated in ({"frames": (0, 500)}, {"every": 0}, {"crop": (0, 0, 50, 5)}, {"bin": 30}):
        (argument,) = stated
        with pytest.raises(cneep.SettingError, match=rf"argument {argument}="):
            cneep.open(frames, frame_interval=0.01, **stated)
    with pytest.raises(FileNotFoundError, match="none.roi"):
        cneep.open(frames, frame_interval=0.01, region="none.roi")
    with pytest.raises(TypeError, match="numpy.save"):
        cneep.open(frames, frame_interval=0.01, region=frames[0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'cropped'"):
        cneep.open_all(frames, cropped=(0, 0, 5, 5))  # type: ignore[call-arg]
    assert cneep.open(beads.videos[0], frame_interval=0.02).frame_interval == 0.02
    with pytest.raises(TypeError, match="'bin'.*cneep.open"):
        cneep.Estimator("modes").fit(beads.videos[0], bin=2, progress=False)
    part = cneep.open(frames, frame_interval=0.01, frames=slice(10, None, 3))
    assert np.array_equal(np.asarray(part), frames[10::3]) and part.frame_interval == pytest.approx(0.03)
