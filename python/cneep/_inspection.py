"""Look movies over before anything of them is estimated."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from typing import Any, Unpack

from . import _cautions, _native
from ._cautions import Caution
from ._video import Opening, Source, as_videos


@dataclass(frozen=True)
class Inspection:
    """What a movie holds, and what speaks against using it as it is."""

    name: str
    frames: int
    rows: int
    columns: int
    frame_interval: float | None
    pixel_size: float | None
    minimum: float
    mean: float
    maximum: float
    #: Fraction of pixels at the ceiling.
    saturated: float
    #: Fraction of pixels at which noise was cut off at zero.
    clipped: float
    #: Frames identical to the one before.
    duplicate_frames: int
    cautions: tuple[Caution, ...]
    #: All that was measured, as the command line prints it.
    record: dict[str, Any] = field(repr=False)

    @classmethod
    def _of(cls, record: dict[str, Any], beside: tuple[Caution, ...]) -> Inspection:
        cautions = tuple(Caution(told) for told in record["cautions"]) + beside
        known = [name for name in cls.__dataclass_fields__ if name not in ("cautions", "record")]
        return cls(**{name: record[name] for name in known}, cautions=cautions, record=record)

    def _repr_html_(self) -> str:
        interval = f"{self.frame_interval:g} s" if self.frame_interval else "not known"
        size = f"{self.pixel_size:g} µm" if self.pixel_size else "not known"
        rows = [
            ("frames", f"{self.frames} of {self.rows} x {self.columns} pixels"),
            ("frame interval", interval),
            ("pixel size", size),
            ("intensities", f"{self.minimum:g} to {self.maximum:g}, mean {self.mean:.4g}"),
            ("saturated", f"{100 * self.saturated:.3f} % of pixels"),
            ("repeated frames", str(self.duplicate_frames)),
        ]
        table = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
        notes = "".join(f"<li>{escape(str(caution))}</li>" for caution in self.cautions)
        return f"<p>{escape(self.name)}</p><table>{table}</table><ul>{notes}</ul>"


def inspect(videos: Source, **stated: Unpack[Opening]) -> list[Inspection]:
    """Looks movies over for what would spoil their entropy production, before any of it is estimated.

    Cautions that only all movies together show stand with the last of them. Keywords are those of `open`.
    """
    movies = as_videos(videos, stated)
    found, together = _native.inspect([video._native for video in movies])
    records = json.loads(found)
    beside = _cautions.of_json(together)
    last = len(records) - 1
    return [Inspection._of(of, beside if index == last else ()) for index, of in enumerate(records)]
