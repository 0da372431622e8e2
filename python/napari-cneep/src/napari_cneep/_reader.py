"""Read movies as `cneep.open` does, and folders with the maps that `cneep map` wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cneep
import numpy as np

from ._layers import LayerData, _geometry, movie_layer, robust, signed

_MOVIES = (".tif", ".tiff", ".npy", ".npz")


def get_reader(path: str | Sequence[str]) -> Callable[[Any], list[LayerData]] | None:
    """What reads this path; None if cneep does not."""
    paths = [Path(path)] if isinstance(path, str) else [Path(of) for of in path]
    if all(of.is_dir() and _results(of) is not None for of in paths):
        return read_results
    known = all(of.suffix.lower() in _MOVIES or (of.is_dir() and any(of.glob("*.png"))) for of in paths)
    return read_movies if known else None


def read_movies(path: str | Sequence[str]) -> list[LayerData]:
    """A layer for every movie."""
    return [movie_layer(video) for video in cneep.open_all(path)]


def _results(folder: Path) -> Path | None:
    """The folder with the maps: this one, or the one that a run's folder remembers."""
    if (folder / "map.json").exists():
        return folder
    kept = folder / "results.json"
    if kept.exists():
        place = json.loads(kept.read_text(encoding="utf-8")).get("map")
        if place is not None and (folder / place["folder"] / "map.json").exists():
            return folder / place["folder"]
    return None


def _cells(told: Any) -> np.ndarray:
    """Cells of a map, as lists of rows or as older builds wrote them."""
    return np.reshape(told["data"], told["dim"]) if isinstance(told, dict) else np.array(told)


def read_results(path: str | Sequence[str]) -> list[LayerData]:
    """The mean map, the maps of all transitions, and the cells that are significant."""
    layers: list[LayerData] = []
    for of in [path] if isinstance(path, str) else path:
        folder = _results(Path(of))
        assert folder is not None
        told = json.loads((folder / "map.json").read_text(encoding="utf-8"))
        known, cell = told["mean"]["calibration"], told["mean"]["grid"]["cell"]
        scales = known["frame_interval"], known["pixel_size"]
        stack = folder / "dissipation_map.tif"
        if stack.exists():
            maps = np.asarray(cneep.open(stack))
            shown = signed("dissipation, k_B per cell and transition", robust(maps))
            layers.append((maps, shown | {"visible": False} | _geometry(*scales, cell), "image"))
        rates = _cells(told["mean"]["rates"])
        shown = signed(f"mean dissipation, {told['unit']} per cell", robust(rates))
        layers.append((rates, shown | _geometry(*scales, cell, time=False), "image"))
        tested = told.get("significance")
        if tested is not None:
            p = _cells(tested["p_values"])
            threshold = tested["threshold"]
            cells = (p <= threshold) if threshold is not None else np.zeros_like(p, bool)
            keywords = {"name": "significant cells", "opacity": 0.4}
            layers.append((cells.astype(np.uint8), keywords | _geometry(*scales, cell, time=False), "labels"))
    return layers
