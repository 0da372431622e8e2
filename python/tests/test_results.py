"""Hold results to what notebooks, tables and Fiji are given of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cneep
import numpy as np
import pytest


def test_entropy_production_is_frozen_and_goes_into_tables(beads: Any, fitted: cneep.Estimator) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("xarray")
    entropy = fitted.entropy_production(beads, exact=beads)
    with pytest.raises(AttributeError):
        entropy.rate = None  # type: ignore[misc, assignment]
    with pytest.raises(ValueError, match="read-only"):
        entropy.values[0][0] = 1.0
    table = entropy.to_dataframe()
    of_command = "movie transition time_s entropy_production_kB cumulative_kB role movie_name"
    assert list(table.columns) == [*of_command.split(), "exact_entropy_production_kB"]
    assert table["entropy_production_kB"].sum() == pytest.approx(sum(of.sum() for of in entropy.values))
    assert set(table["role"]) == {"in-sample", "held-out"}
    dataset = entropy.to_xarray()
    assert dataset["entropy_production"].shape == (12, 399)
    assert float(dataset["time"][2]) == 0.02
    assert np.allclose(entropy.cumulative[0], np.cumsum(entropy.values[0]))


def test_notebooks_show_verdict_and_figure(beads: Any, fitted: cneep.Estimator) -> None:
    entropy = fitted.entropy_production(beads.videos[10:])
    html = entropy._repr_html_()
    assert entropy.verdict in html and "<svg" in html and "polyline" in html
    assert str(entropy).startswith(f"verdict                  {entropy.verdict}")
    assert "k_B/s" in repr(entropy)
    mapped = fitted.dissipation_map(beads.videos[10:])
    assert "data:image/png;base64" in mapped._repr_html_() and "significant" in repr(mapped)


def test_nothing_found_is_not_called_a_rate() -> None:
    """Catches an estimate of zero that is shown as 0 ± 0."""
    still = np.random.default_rng(1).integers(0, 50, (2, 60, 8, 8)).astype(np.uint8)
    with pytest.warns(cneep.Caution):
        estimator = cneep.Estimator("modes").fit(cneep.open_all(still, axes="MTYX"), progress=False)
        entropy = estimator.entropy_production(cneep.open_all(still, axes="MTYX"))
    if entropy.is_zero:
        assert "not detected" in str(entropy) and "±" not in str(entropy).splitlines()[1]
    assert entropy.unit == "k_B/frame" and entropy.significance != "dissipates"


def test_maps_have_places_and_times(beads: Any, fitted: cneep.Estimator, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("xarray")
    tifffile = pytest.importorskip("tifffile")
    video = cneep.open(np.asarray(beads.videos[10]), frame_interval=0.01, pixel_size=0.5)
    mapped = fitted.dissipation_map(video)
    assert mapped.significant is not None and mapped.p_values is not None
    assert mapped.series(3, 5).tolist() == mapped.transitions[0][:, 3, 5].astype(float).tolist()
    assert mapped.to_dataframe()["rate"].sum() == pytest.approx(mapped.rate)
    dataset = mapped.to_xarray()
    assert dataset["x"].attrs["units"] == "um" and dataset["transitions"].shape == mapped.transitions[0].shape
    mapped.write(tmp_path / "mean.tif")
    mapped.write(tmp_path / "all.tif", movie=0)
    with tifffile.TiffFile(tmp_path / "all.tif") as file:
        assert np.array_equal(file.asarray(), mapped.transitions[0])
        assert file.imagej_metadata["finterval"] == pytest.approx(0.01)
    assert np.allclose(tifffile.imread(tmp_path / "mean.tif"), mapped.mean, rtol=1e-6)
    with pytest.raises(ValueError, match="transitions=True"):
        fitted.dissipation_map(video, transitions=False).series(0, 0)
