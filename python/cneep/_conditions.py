"""Compare two conditions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._cautions import Caution, of_json, warn
from ._estimator import Estimator
from ._picture import coloured, image
from ._progress import Progress, telling
from ._results import Measured, frozen
from ._video import Source, as_videos


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """By how much a condition differs from its control, whether beyond chance, and where."""

    #: Lower bound of the other condition minus that of the control; None if one of them is not usable.
    difference: Measured | None
    #: Other over control; None unless the whole interval of the control lies above zero.
    ratio: Measured | None
    #: Two-sided, by permutations; None if nothing was found, or the training was stopped.
    p_value: float | None
    #: What was exchanged: "movies", "pairs", or "blocks" of time, which say less.
    unit: str | None
    #: Difference of mean dissipation by the common estimator, shape (row, column); None without a test.
    difference_map: NDArray[np.float64] | None
    #: Two-sided p-value of each cell.
    p_values: NDArray[np.float64] | None
    #: Cells that differ, of which at most 5 % do so by chance on average.
    different: NDArray[np.bool_] | None
    #: What a reader of these numbers must know.
    cautions: tuple[Caution, ...]
    #: Numbers of control and other by their own trainings, of the effect, and of the test.
    record: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        differ = "not usable" if self.difference is None else str(self.difference)
        lines = [f"difference  {differ}"]
        if self.difference is not None and self.difference.interval is not None:
            low, high = self.difference.interval
            lines[0] += f" (95 % within {low:.4g} to {high:.4g})"
        if self.ratio is not None:
            lines.append(f"ratio       {self.ratio}")
        tested = "not tested" if self.p_value is None else f"p = {self.p_value:.4g}, by {self.unit}"
        return "\n".join([*lines, f"test        {tested}", *(f"caution: {of}" for of in self.cautions)])

    def __repr__(self) -> str:
        tested = "not tested" if self.p_value is None else f"p = {self.p_value:.4g}"
        return f"<Comparison difference {self.difference}, {tested}>"

    def _repr_html_(self) -> str:
        picture = "" if self.difference_map is None else image(coloured(self.difference_map))
        return f"<pre>{escape(str(self))}</pre>{picture}"


def compare(
    control: Source,
    other: Source,
    *,
    estimator: str = "auto",
    paired: bool | Sequence[str] = False,
    time_budget: float | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    progress: Progress = True,
) -> Comparison:
    """Compares the movies of a control with those of another condition.

    Each condition is judged by its own estimator, and lower bounds are compared. The p-value is by
    permutations of movies (of blocks of time, where there are too few), judged by one estimator that is
    trained on all movies together and knows nothing of conditions. With `paired` the first movie of either
    belongs to the first of the other, and so on; names, of the control's and then of the other's movies, say
    it otherwise.
    """
    movies = [[video._native for video in as_videos(of)] for of in (control, other)]
    names: list[str] | None = None
    if paired is True:
        names = [str(place) for of in movies for place in range(len(of))]
    elif paired:
        names = [str(name) for name in paired]
    stated = Estimator(estimator, None, time_budget, seed, settings)._training()
    with telling(progress) as tell:
        told = _native.compare(movies[0], movies[1], stated, names, time_budget, tell)
    effect, test = json.loads(told["effect"]), json.loads(told["test"])
    cautions = of_json(told["cautions"])
    warn(cautions)
    summaries = json.loads(told["summaries"])
    arrays = {name: told.get(name) for name in ("differences", "p_values", "different")}
    for array in arrays.values():
        if array is not None:
            frozen(array)
    return Comparison(
        difference=Measured._of(effect["difference"]),
        ratio=Measured._of(effect["ratio"]),
        p_value=None if test is None else test["p_value"],
        unit=None if test is None else test["unit"],
        difference_map=arrays["differences"],
        p_values=arrays["p_values"],
        different=arrays["different"],
        cautions=cautions,
        record={"control": summaries[0], "other": summaries[1], "effect": effect, "test": test},
    )
