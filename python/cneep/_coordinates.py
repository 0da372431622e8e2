"""Take axes and scales from the coordinates of an `xarray.DataArray`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

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


def of_dimensions(source: Any) -> dict[str, Any]:
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
