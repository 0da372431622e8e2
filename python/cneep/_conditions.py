"""Compare two conditions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._cautions import Caution, of_json, warn
from ._errors import SettingError
from ._estimator import Estimator
from ._picture import coloured, image, points
from ._progress import Progress, telling
from ._results import EntropyProduction, Measured, frozen
from ._video import Opening, Source, as_videos


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """By how much a condition differs from its control, whether beyond chance, and where."""

    #: All of it in one line.
    verdict: str
    #: Lower bound of the other condition minus that of the control; None if one of them is not usable.
    difference: Measured | None
    #: Other over control; None unless the whole interval of the control lies above zero.
    ratio: Measured | None
    #: Two-sided, by permutations; None if nothing was found, or the training was stopped.
    p_value: float | None
    #: What was exchanged: "movies", "pairs", or "blocks" of time, which say less.
    unit: str | None
    #: What judged: "common_estimator", trained on all movies together, or "areas" that principal components
    #: enclose, whichever stands clearer above zero in all movies.
    judge: str | None
    #: What each unit showed by it, control and other; of pairs their differences first. It orders conditions,
    #: but is no rate of entropy production.
    scores: tuple[NDArray[np.float64], NDArray[np.float64]] | None
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
        rates = [f"{name:8} {_rate(self.record[name])}" for name in ("control", "other")]
        return "\n".join([self.verdict, *rates, *(f"caution: {of}" for of in self.cautions)])

    def __repr__(self) -> str:
        tested = "not tested" if self.p_value is None else f"p = {self.p_value:.4g}"
        return f"<Comparison difference {self.difference}, {tested}>"

    def _repr_html_(self) -> str:
        verdict, *rest = str(self).splitlines()
        drawn = ""
        if self.scores is not None:
            told = "control, other" if self.unit != "pairs" else "differences of pairs"
            judge = (self.judge or "").replace("_", " ")
            under = f"{told}: each of the {self.unit} by the {judge} (an order, no rates)"
            drawn += f"{points(self.scores)}<br><small>{escape(under)}</small><br>"
        if self.difference_map is not None and self.different is not None:
            under = f"where: other minus control; {int(self.different.sum())} cells differ"
            drawn += f"{image(coloured(self.difference_map))}<br><small>{under}</small>"
        lines = escape("\n".join(rest))
        return f"<b>{escape(verdict)}</b><pre>{lines}</pre>{drawn}"


def _rate(summary: Mapping[str, Any]) -> str:
    """The rate of one condition by its own training, in words."""
    rate = Measured._of(summary["entropy_production_rate"])
    found = "not detected" if summary["is_zero"] else str(rate)
    return f"{summary['significance'].replace('_', ' ')}; rate {found}"


def compare(
    control: Source,
    other: Source,
    *,
    name: str = "other",
    estimator: str | Sequence[str] = "auto",
    paired: bool | Sequence[str] = False,
    floor: EntropyProduction | None = None,
    time_budget: float | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    progress: Progress = True,
    **stated: Unpack[Opening],
) -> Comparison:
    """Compares the movies of a control with those of another condition.

    Each condition is judged by its own estimator, and lower bounds are compared. The p-value is by
    permutations of movies (of blocks of time, where there are too few), judged by one estimator that is
    trained on all movies together and knows nothing of conditions, or by the areas that principal
    components enclose, if these are clearer.

    Parameters
    ----------
    control, other
        Movies of either condition: several `Video`, a simulation, or what `cneep.open_all` takes, with its
        keywords.
    name
        What the other condition is called in the verdict.
    estimator
        Which are compared in each training: all, or one or several by name. Every movie is judged by fits
        that have not seen it.
    seed, settings
        Those of `cneep.Estimator`; `settings` leave no choice to `estimator`.
    paired
        The first movie of either belongs to the first of the other, and so on; names, of the control's and
        then of the other's movies, say it otherwise.
    floor
        What a dead or fixed sample showed: an artefact, which is taken off with its error.
    time_budget
        Seconds for each of the three trainings.
    """
    movies = [[video._native for video in as_videos(of, stated)] for of in (control, other)]
    names: list[str] | None = None
    if paired is True:
        names = [str(place) for of in movies for place in range(len(of))]
    elif paired:
        names = [str(of) for of in paired]
        if len(names) != sum(map(len, movies)):
            raise ValueError(f"{len(names)} names of pairs for {sum(map(len, movies))} movies")
    training = _training(estimator, seed, settings)
    dead = None if floor is None else json.dumps(floor.summary)
    with telling(progress) as tell:
        told = _native.compare(movies[0], movies[1], name, training, names, dead, time_budget, tell)
    effect, test = json.loads(told["effect"]), json.loads(told["test"])
    cautions = of_json(told["cautions"])
    warn(cautions)
    summaries = json.loads(told["summaries"])
    arrays = {key: told.get(key) for key in ("differences", "p_values", "different")}
    for array in arrays.values():
        if array is not None:
            frozen(array)
    return Comparison(
        verdict=told["verdict"],
        difference=Measured._of(effect["difference"]),
        ratio=Measured._of(effect["ratio"]),
        p_value=None if test is None else test["p_value"],
        unit=None if test is None else test["unit"],
        judge=None if test is None else test["judge"],
        scores=None if test is None else (_array(test["values"][0]), _array(test["values"][1])),
        difference_map=arrays["differences"],
        p_values=arrays["p_values"],
        different=arrays["different"],
        cautions=cautions,
        record={"control": summaries[0], "other": summaries[1], "effect": effect, "test": test},
    )


def _training(
    estimator: str | Sequence[str], seed: int, settings: Mapping[str, Any] | str | os.PathLike[str] | None
) -> str:
    """Settings of a comparison of estimators, whatever their number: one alone would judge what it fitted."""
    if settings is None and estimator != "auto":
        names = [estimator] if isinstance(estimator, str) else list(estimator)
        settings = {"comparison": {"estimators": [{"kind": name} for name in names]}}
    training = Estimator("auto", None, None, seed, settings)._training()
    if "estimator" in json.loads(training):
        remedy = 'State settings={"comparison": {"estimators": [...]}}.'
        parts = ("settings", "a comparison of estimators, each fold of which judges another", "one", remedy)
        raise SettingError(f"settings: expected {parts[1]}, found {parts[2]}. {remedy}", *parts)
    return training


def _array(values: Sequence[float]) -> NDArray[np.float64]:
    return frozen(np.array(values, dtype=np.float64))
