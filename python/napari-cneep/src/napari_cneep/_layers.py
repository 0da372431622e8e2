"""Turn movies and results into layers, and layers into movies. Knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cneep
import numpy as np

#: Data, keyword arguments of the layer, and its type, as napari's readers give them.
LayerData = tuple[Any, dict[str, Any], str]

_SECONDS = {"second": 1.0, "s": 1.0, "millisecond": 1e-3, "ms": 1e-3, "minute": 60.0, "microsecond": 1e-6}
_MICROMETRES = {"micrometer": 1.0, "um": 1.0, "µm": 1.0, "nanometer": 1e-3, "nm": 1e-3, "millimeter": 1e3}


def _geometry(
    video_interval: float | None, pixel_size: float | None, cell: int = 1, time: bool = True
) -> dict[str, Any]:
    """Scale, units and, of cells wider than a pixel, the shift that lays them over the frame."""
    pixel, length = (pixel_size, "um") if pixel_size else (1.0, "pixel")
    scale, units, shift = [pixel * cell] * 2, [length] * 2, [pixel * (cell - 1) / 2] * 2
    labels = ["y", "x"]
    if time:
        scale, shift = [video_interval or 1.0, *scale], [0.0, *shift]
        units = ["s" if video_interval else "pixel", *units]
        labels = ["time", *labels]
    return {"scale": scale, "translate": shift, "units": units, "axis_labels": labels}


def movie_layer(video: cneep.Video) -> LayerData:
    """The frames of a movie."""
    keywords = {
        "name": video.name,
        "metadata": {"cneep": {"cautions": [str(caution) for caution in video.cautions]}},
        **_geometry(video.frame_interval, video.pixel_size),
    }
    return np.asarray(video), keywords, "image"


def map_layers(
    mapped: cneep.DissipationMap, frames: int, stated: dict[str, Any] | None = None
) -> list[LayerData]:
    """The maps along the first movie, the mean map, and the cells that are significant.

    `frames` is the number of frames of the movie; `stated` has its geometry if it is not that of the map.
    """
    layers = []
    known = {"units": mapped.unit, "window": mapped.window}
    if mapped.transitions:
        maps = mapped.transitions[0]
        # One picture a frame, as the slider moves both; the last frames begin no transition.
        padded = np.zeros((frames, *maps.shape[1:]), np.float32)
        padded[: len(maps)] = maps
        shown = signed("dissipation, k_B per cell and transition", robust(maps))
        layers.append(
            (padded, shown | _own(mapped, True, stated) | {"visible": False, "metadata": known}, "image")
        )
    name = f"mean dissipation, {mapped.unit} per cell"
    mean = signed(name, robust(mapped.mean))
    layers.append((mapped.mean, mean | _own(mapped, False, stated) | {"metadata": known}, "image"))
    if mapped.significant is not None:
        labels = mapped.significant.astype(np.uint8)
        keywords = {"name": "significant cells", "opacity": 0.4, "visible": bool(labels.any())}
        layers.append((labels, keywords | _own(mapped, False, stated), "labels"))
    return layers


def _own(mapped: cneep.DissipationMap, time: bool, stated: dict[str, Any] | None) -> dict[str, Any]:
    if stated is None:
        return _geometry(mapped.frame_interval, mapped.pixel_size, mapped.cell, time)
    first = 0 if time else 1
    scale, shift = list(stated["scale"]), list(stated["translate"])
    for axis in (-2, -1):
        shift[axis] += scale[axis] * (mapped.cell - 1) / 2
        scale[axis] *= mapped.cell
    own = {"scale": scale[first:], "translate": shift[first:]}
    for key in ("units", "axis_labels"):
        if stated.get(key) is not None:
            own[key] = list(stated[key])[first:]
    return own


def signed(name: str, most: float) -> dict[str, Any]:
    """How a signed picture is shown: symmetric about zero, which lets the movie through."""
    colors = np.array([[0.2, 0.5, 1, 1], [0.5, 0.5, 0.5, 0], [1, 0.35, 0.1, 1]])
    return {
        "name": name,
        "colormap": {"colors": colors, "name": "blue to red", "controls": [0, 0.5, 1]},
        "contrast_limits": [-most, most],
        "blending": "translucent",
    }


def robust(values: np.ndarray) -> float:
    """The largest magnitude but for the outermost thousandth; 1 of nothing."""
    magnitudes = np.abs(values)
    return float(np.quantile(magnitudes, 0.999)) or float(magnitudes.max()) or 1.0


def stated_scales(scale: Sequence[float], units: Sequence[Any] | None) -> tuple[float | None, float | None]:
    """Frame interval in seconds and pixel size in micrometres that a layer states, each where it does."""
    names = [str(unit) for unit in units] if units is not None else ["pixel"] * len(scale)
    if len(names) < 3 or len(scale) < 3:
        return None, None
    second, micrometre = _SECONDS.get(names[-3]), _MICROMETRES.get(names[-1])
    interval = scale[-3] * second if second else None
    size = scale[-1] * micrometre if micrometre else None
    return (float(interval) if interval else None), (float(size) if size else None)


def video_of(
    data: Any,
    name: str,
    interval: float | None,
    pixel_size: float | None,
    exposure: float | None = None,
) -> cneep.Video:
    """The movie that the data of an image layer are."""
    if getattr(data, "ndim", 0) > 3:
        squeezed = [size for size in data.shape[:-3] if size > 1]
        if squeezed:
            raise ValueError(
                f"expected a layer (time, y, x), found shape {tuple(data.shape)}; split it first"
            )
        data = data[(0,) * (data.ndim - 3)]
    scales = {"frame_interval": interval, "pixel_size": pixel_size, "exposure": exposure}
    return cneep.open(data, axes="TYX", name=name, **scales)


def verdict(entropy: cneep.EntropyProduction) -> str:
    """What may be said, in a few lines."""
    lines = [entropy.verdict]
    if not entropy.is_zero:
        lines.append(f"rate {entropy.rate}")
        bound = entropy.certified_bound or entropy.cross_validated_bound
        if bound is not None and bound.interval is not None and bound.interval[0] > 0:
            kind = "certified" if entropy.certified_bound is not None else "cross-validated"
            lines.append(f"at least {bound.interval[0]:.3g} {bound.unit} (97.5 %, {kind})")
    if entropy.test is not None:
        lines.append(f"test against equilibrium {entropy.test}")
    return "\n".join([*lines, *(f"careful: {caution}" for caution in entropy.cautions)])
