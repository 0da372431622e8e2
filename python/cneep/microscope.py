"""Film positions that were simulated elsewhere, as good or bad a camera as you like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from . import _native
from ._video import Video


class Rectangle(TypedDict):
    """Pixels as read out, counted from 0."""

    row: int
    column: int
    rows: int
    columns: int


class Camera(TypedDict, total=False):
    """Faults of the camera, in the order in which they act on the light, in units of full scale."""

    #: Share of the frame interval during which the shutter is open.
    exposure: float
    #: Squares of N x N pixels are read out as one.
    binning: int
    #: Light at the centre of an object.
    brightness: float
    #: Light added to every pixel.
    background: float
    #: Photons of a pixel at full scale; no shot noise unless stated.
    photons: float
    #: Standard deviation of the noise of read-out.
    read_noise: float
    #: Where pixels saturate.
    saturation: float
    #: Bits per pixel, 1 to 16.
    bit_depth: int
    #: Rectangles that are blanked.
    mask: list[Rectangle]
    #: The rectangle that is kept.
    crop: Rectangle
    #: Seed of the noise.
    microscope_seed: int


class Settings(Camera, total=False):
    """The camera, and what shows of a simulated system."""

    #: Pixels per standard deviation of a bead, or per unit of length of a network.
    displacement_scale: float
    #: Beads that give no light.
    hide_beads: list[int]
    #: What instrument and software do to the movies, as experiment files name it.
    artefacts: list[dict[str, Any]]


def words(settings: Any) -> str:
    """Settings as the native module takes them."""
    return json.dumps({name.replace("_", "-"): value for name, value in settings.items()}, default=_plain)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def film(
    positions: ArrayLike,
    size: tuple[int, int],
    *,
    frame_interval: float,
    width: float | Sequence[float] = 1.5,
    amplitude: float | Sequence[float] = 1.0,
    **camera: Unpack[Camera],
) -> list[Video]:
    """Films round spots that follow given positions: one movie for each of these.

    Parameters
    ----------
    positions
        (column, row) of every object, in pixels, the centre of the first pixel being (0, 0): shape
        (movie, frame, object, 2), or (movie, frame, step, object, 2) with the positions while the shutter is
        open, of which every picture is the mean; (frame, object, 2) for one movie.
    size
        Rows and columns of the frame.
    frame_interval
        Time between two frames, in seconds.
    width, amplitude
        Standard deviation of a spot in pixels, and its light as a share of `brightness`: one for all objects,
        or one each.
    """
    places = np.asarray(positions, dtype=float)
    if places.ndim == 3:
        places = places[np.newaxis]
    if places.ndim == 4:
        places = places[:, :, np.newaxis]
    if places.ndim != 5 or places.shape[-1] != 2:
        text = "expected positions of shape (movie, frame, object, 2), found"
        raise ValueError(f"{text} {np.shape(positions)}")
    objects = places.shape[3]
    widths, amplitudes = np.broadcast_to(width, objects), np.broadcast_to(amplitude, objects)
    bright = camera.get("brightness", 1.0)

    def along(coordinate: int) -> dict[str, Any]:
        return {"rest": 0.0, "motion": {"along": {"coordinate": coordinate, "pixels_per_unit": 1.0}}}

    bodies = [
        {
            "blob": {
                "at": {"x": along(2 * index), "y": along(2 * index + 1)},
                "width": float(widths[index]),
                "brightness": float(amplitudes[index] * bright),
            }
        }
        for index in range(objects)
    ]
    flat = np.ascontiguousarray(places.reshape(*places.shape[:3], 2 * objects))
    native = _native.film_positions(flat, json.dumps(bodies), size, frame_interval, words(camera))
    return [Video(video, None) for video in native]
