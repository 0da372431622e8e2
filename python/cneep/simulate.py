"""Simulate systems whose entropy production is known exactly, and film them.

Every function takes the settings of its system, how much of it is filmed, and a `microscope`, a mapping of
`cneep.microscope.Settings`. What is not stated keeps the default of the command line; `settings` tells all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._picture import curve
from ._progress import Progress, telling
from ._results import frozen
from ._video import Video
from .microscope import Settings, words


class Filming(TypedDict, total=False):
    """How much of a system is simulated and filmed."""

    #: Time step of the integration, in seconds (in frames for things that move through the frame).
    time_step: float
    #: Time steps from one frame to the next.
    steps_per_frame: int
    #: Independent movies.
    movies: int
    #: Frames of each movie.
    frames: int
    #: Seed of the noise: the same seed gives the same movies, to the last bit.
    seed: int
    #: What the microscope shows, and the faults of its camera.
    microscope: Settings
    #: As of `cneep.Estimator.fit`.
    progress: Progress


@dataclass(frozen=True, eq=False)
class Simulation:
    """Movies of a simulated system, with its exact answers."""

    #: The movies, to be analysed like any others.
    videos: list[Video]
    #: Time between frames, in seconds.
    frame_interval: float
    #: Coordinates, shape (movie, frame, coordinate).
    trajectory: NDArray[np.float64]
    #: Entropy production of every step from frame to frame, shape (movie, step), in k_B.
    entropy_production: NDArray[np.float64]
    #: Its parts, shape (movie, step, part), in k_B.
    local_entropy_production: NDArray[np.float64]
    #: Exact rate of the process, in k_B per second; None of a system that cannot be solved.
    exact_rate: float | None
    #: Exact rate of each part.
    exact_local_rate: NDArray[np.float64] | None
    #: Rate at which pairs of frames, of what is not hidden, tell forwards from backwards.
    exact_pair_rate: float | None
    #: Where each part rests on the frame, (column, row) in pixels; None if parts have no places of their own.
    part_places: NDArray[np.float64] | None
    #: Mean entropy production that can be seen, in k_B per pixel and second.
    exact_density: NDArray[np.float64] | None

    @property
    def realised_rate(self) -> float:
        """Mean entropy production of these very movies, in k_B per second."""
        return float(self.entropy_production.mean() / self.frame_interval)

    def __repr__(self) -> str:
        rate = "not known" if self.exact_rate is None else f"{self.exact_rate:.4g} k_B/s"
        return f"<Simulation of {len(self.videos)} movies like {self.videos[0]!r}, exact rate {rate}>"

    def _repr_html_(self) -> str:
        steps = self.entropy_production[0]
        exact = curve(np.arange(len(steps) + 1.0), np.cumsum([0.0, *steps]))
        under = "exact entropy produced in the first movie, in k_B"
        return f"<p>{escape(repr(self))}</p>{self.videos[0]._repr_html_()}{exact}<br><small>{under}</small>"


def systems() -> list[str]:
    """Names of all systems, as functions of this module."""
    return [name.replace("-", "_") for name in _native.systems()]


def settings(system: str) -> dict[str, dict[str, Any]]:
    """Default settings of a system, of its filming and of its microscope."""
    parts = zip(("system", "filming", "microscope"), _native.defaults(system.replace("_", "-")), strict=True)
    told = {part: json.loads(text) for part, text in parts}
    return {part: {name.replace("-", "_"): value for name, value in of.items()} for part, of in told.items()}


_FILMING = ("time_step", "steps_per_frame", "movies", "frames", "seed")


def simulate(system: str, **settings: Any) -> Simulation:
    """Simulates the system of this name, by settings of the system, of `Filming`, and of a `microscope`."""
    microscope: Mapping[str, Any] = settings.pop("microscope", {})
    progress: Progress = settings.pop("progress", False)
    filming = {name: settings.pop(name) for name in _FILMING if name in settings}
    name = system.replace("_", "-")
    with telling(progress) as tell:
        told = _native.simulate(name, words(settings), words(filming), words(microscope), tell)
    videos = [Video(video, None) for video in told.pop("videos")]
    answers: dict[str, Any] = {
        key: frozen(value) if isinstance(value, np.ndarray) else value for key, value in told.items()
    }
    return Simulation(videos=videos, **answers)


class BeadSpring(Filming, total=False):
    """Settings of `bead_spring`."""

    beads: int
    cold: float
    hot: float
    stiffness: float
    friction: float
    trajectory: str | os.PathLike[str]
    mean: list[float]
    deviation: list[float]


def bead_spring(**settings: Unpack[BeadSpring]) -> Simulation:
    """Beads in a row, joined by springs and to two walls, cold on the left, hot on the right."""
    return simulate("bead_spring", **settings)


class FilamentNetwork(Filming, total=False):
    """Settings of `filament_network`."""

    columns: int
    rows: int
    cold: float
    hot: float
    hot_fraction: float
    network_seed: int
    stiffness: float
    friction: float
    spacing: float
    rest_length: float
    size: int
    hide_filaments: list[int]


def filament_network(**settings: Unpack[FilamentNetwork]) -> Simulation:
    """A network of elastic filaments whose cross-links have one of two temperatures."""
    return simulate("filament_network", **settings)


class Gyrator(Filming, total=False):
    """Settings of `gyrator`."""

    stiffness_along: float
    stiffness_across: float
    angle: float
    cold: float
    hot: float
    friction: float


def gyrator(**settings: Unpack[Gyrator]) -> Simulation:
    """A bead in a tilted elliptic trap between two baths (Brownian gyrator)."""
    return simulate("gyrator", **settings)


class StirredTrap(Filming, total=False):
    """Settings of `stirred_trap`."""

    stiffness: float
    torque: float
    friction: float
    temperature: float
    exact_steps: bool
    size: int
    width: float


def stirred_trap(**settings: Unpack[StirredTrap]) -> Simulation:
    """A bead in a round trap, stirred by a torque."""
    return simulate("stirred_trap", **settings)


class Ratchet(Filming, total=False):
    """Settings of `ratchet`."""

    potential: float
    switching_rate: float
    hopping_rate: float
    temperature: float
    hide_potential: bool


def ratchet(**settings: Unpack[Ratchet]) -> Simulation:
    """A particle that hops along a flashing potential."""
    return simulate("ratchet", **settings)


class Ring(Filming, total=False):
    """Settings of `ring`."""

    velocity: float
    diffusion: float
    radius: float
    size: int
    width: float


def ring(**settings: Unpack[Ring]) -> Simulation:
    """A spot driven around a circle."""
    return simulate("ring", **settings)


class Flow(Filming, total=False):
    """Settings of `flow`."""

    colloids: float
    speed: float
    diffusion: float
    vortices: int
    size: int
    width: float


def flow(**settings: Unpack[Flow]) -> Simulation:
    """Colloids that come and go in a flow of vortices."""
    return simulate("flow", **settings)


class Active(Filming, total=False):
    """Settings of `active`."""

    particles: float
    speed: float
    diffusion: float
    turning: float
    appearance: Literal["round", "rods", "polar"]
    size: int


def active(**settings: Unpack[Active]) -> Simulation:
    """Active particles that swim through the frame."""
    return simulate("active", **settings)


class Motors(Filming, total=False):
    """Settings of `motors`."""

    motors: float
    tracks: int
    forwards: float
    backwards: float
    hop: float
    size: int
    width: float


def motors(**settings: Unpack[Motors]) -> Simulation:
    """Motors that hop along tracks."""
    return simulate("motors", **settings)


class Pair(Filming, total=False):
    """Settings of `pair`."""

    stiffness: float
    coupling: float
    excursion: float
    distance: int
    size: int
    width: float


def pair(**settings: Unpack[Pair]) -> Simulation:
    """Two trapped colloids far apart that drive each other round."""
    return simulate("pair", **settings)


class Field(Filming, total=False):
    """Settings of `field`."""

    rows: int
    columns: int
    cold: float
    hot: float
    spread: float
    field_seed: int
    stiffness: float


def field(**settings: Unpack[Field]) -> Simulation:
    """A field of trapped beads, of which neighbours exchange heat."""
    return simulate("field", **settings)


class Wave(Filming, total=False):
    """Settings of `wave`."""

    frequency: float
    diffusion: float
    coupling: float
    winding: int
    sites: int
    pitch: int
    blur: float


def wave(**settings: Unpack[Wave]) -> Simulation:
    """Coupled oscillators along which a wave runs."""
    return simulate("wave", **settings)


class Tissue(Filming, total=False):
    """Settings of `tissue`."""

    velocity: float
    diffusion: float
    density: float
    size: int
    width: float


def tissue(**settings: Unpack[Tissue]) -> Simulation:
    """A texture that turns slowly."""
    return simulate("tissue", **settings)
