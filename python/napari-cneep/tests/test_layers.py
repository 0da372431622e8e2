"""Hold readers, sample and layers to what they are made of, without a window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cneep
import numpy as np
import pytest
from napari_cneep._layers import map_layers, movie_layer, stated_scales, verdict, video_of
from napari_cneep._reader import get_reader, read_movies, read_results
from napari_cneep._sample import two_beads

pytestmark = pytest.mark.filterwarnings("ignore::cneep.Caution")


@pytest.fixture(scope="module")
def beads() -> cneep.simulate.Simulation:
    return cneep.simulate.bead_spring(movies=3, frames=300, seed=1)


def test_the_manifest_is_valid() -> None:
    manifest = Path(__file__).parents[1] / "src/napari_cneep/napari.yaml"
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "npe2", "validate", str(manifest)],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_movies_are_layers_with_scales_and_back(beads: cneep.simulate.Simulation, tmp_path: Path) -> None:
    """Catches time taken for space, and scales that are lost on the way."""
    video = cneep.open(np.asarray(beads.videos[0]), frame_interval=0.05, pixel_size=0.2)
    data, keywords, kind = movie_layer(video)
    assert (kind, keywords["scale"], keywords["units"]) == ("image", [0.05, 0.2, 0.2], ["s", "um", "um"])
    assert keywords["axis_labels"] == ["time", "y", "x"]
    assert stated_scales(keywords["scale"], keywords["units"]) == (0.05, 0.2)
    assert stated_scales([1, 1, 1], ["pixel"] * 3) == (None, None)
    back = video_of(data[np.newaxis], "a", 0.05, 0.2)
    assert back.hash() == video.hash()
    with pytest.raises(ValueError, match="split it"):
        video_of(np.stack([data, data]), "a", None, None)
    np.save(tmp_path / "a.npy", data)
    reader = get_reader(str(tmp_path / "a.npy"))
    assert reader is read_movies and np.array_equal(reader(str(tmp_path / "a.npy"))[0][0], data)
    assert get_reader(str(tmp_path / "a.txt")) is None and get_reader(str(tmp_path)) is None
    sample = two_beads()[0]
    assert sample[0].shape == (10000, 20, 40) and sample[1]["units"][0] == "s"


def test_maps_lie_over_their_movie(beads: cneep.simulate.Simulation) -> None:
    """Catches cells laid by their corners, and a range that hides zero."""
    estimator = cneep.Estimator("modes").fit(beads.videos[:2], progress=False)
    mapped = estimator.dissipation_map(beads.videos[2])
    layers = map_layers(mapped, 300)
    assert [keywords["name"].split(",")[0] for _, keywords, _ in layers] == [
        "dissipation",
        "mean dissipation",
        "significant cells",
    ]
    along, mean, significant = layers
    assert along[0].shape[0] == 300 and not along[0][299].any()
    low, high = mean[1]["contrast_limits"]
    assert low == -high and "k_B/s" in mean[1]["name"] and len(mean[1]["scale"]) == 2
    assert significant[2] == "labels" and np.array_equal(significant[0] > 0, mapped.significant)
    stated = {"scale": [0.01, 0.5, 0.5], "translate": [0, 3, 4], "units": ("s", "um", "um")}
    moved = map_layers(mapped, 300, stated)[1][1]
    assert moved["scale"] == [0.5 * mapped.cell] * 2
    assert moved["translate"] == [of + 0.5 * (mapped.cell - 1) / 2 for of in (3, 4)]
    text = verdict(estimator.entropy_production(beads.videos[2]))
    assert (
        text.splitlines()[0] in ("dissipates", "no dissipation detected", "withdrawn") or "rejected" in text
    )


def test_results_of_the_command_line_are_read(beads: cneep.simulate.Simulation, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.stack([np.asarray(of) for of in beads.videos[:2]]))
    # Of a fresh movie the mean is that of all transitions.
    np.save(tmp_path / "fresh.npy", np.stack([np.asarray(of) for of in beads.videos[2:]]))
    common = ["--axes", "MTYX", "--frame-interval", "0.01"]
    for line in (
        ["train", tmp_path / "a.npy", *common, "--estimator", "modes", "-o", tmp_path / "run"],
        ["map", tmp_path / "run", tmp_path / "fresh.npy", *common, "-o", tmp_path / "result"],
    ):
        subprocess.run([sys.executable, "-m", "cneep", *map(str, line)], check=True, capture_output=True)
    for folder in ("run", "result"):
        reader = get_reader(str(tmp_path / folder))
        assert reader is read_results
        layers = reader(str(tmp_path / folder))
        assert len(layers) >= 2
        maps, mean = layers[0], layers[1]
        assert maps[0].shape == (299, *mean[0].shape)
        assert np.allclose(maps[0].mean(0) / 0.01, mean[0], atol=1e-4)
