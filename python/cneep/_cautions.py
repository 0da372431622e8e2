"""Tell what a reader of the numbers must know, as warnings of their own class."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ._errors import with_argument

_HERE = str(Path(__file__).parent)


class Caution(UserWarning):
    """What was noticed or assumed, and what to do about it.

    `kind` is a word such as ``"frame_interval_unknown"``, `data` what belongs to it. Silence a kind with
    ``warnings.filterwarnings("ignore", category=cneep.Caution, message=...)``; results keep all of theirs.
    """

    def __init__(self, told: dict[str, Any]) -> None:
        self.subject = str(told["subject"])
        self.kind = str(told["kind"])
        self.message = str(told["message"])
        self.remedy = str(told["remedy"])
        known = ("subject", "kind", "message", "remedy")
        self.data = {key: value for key, value in told.items() if key not in known}
        super().__init__(f"{self.subject}: {self.message} {self.remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        told = {"subject": self.subject, "kind": self.kind, "message": self.message}
        return Caution, ({**told, "remedy": self.remedy, **self.data},)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Caution) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def of_json(text: str) -> tuple[Caution, ...]:
    """The cautions of a JSON list."""
    return tuple(Caution(told) for told in json.loads(text))


_SETTINGS = {
    "frame_interval_unknown": "frame_interval",
    "frame_interval_unreadable": "frame_interval",
    "playback_speed": "frame_interval",
    "exposure_unknown": "exposure",
    "lines_in_sequence": "readout",
    "pages_read_as_time": "axes",
    "first_axis_read_as_time": "axes",
    "pixel_size_unreadable": "pixel_size",
}


def warn(cautions: Iterable[Caution]) -> None:
    """Warns of each, at the line of the caller's own code."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        level, frame = level + 1, frame.f_back
    for caution in cautions:
        text = with_argument(str(caution), _SETTINGS.get(caution.kind))
        told = Caution(caution.__reduce__()[1][0])
        told.args = (text,)
        warnings.warn(told, stacklevel=level)
