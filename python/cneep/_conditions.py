"""Compare conditions with their control."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any, TypeAlias, Unpack

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

    #: What control and the other condition are called.
    names: tuple[str, str]
    #: All of it in one line.
    verdict: str
    #: Lower bound of the other condition minus that of the control; None if one of them is not usable.
    difference: Measured | None
    #: Other over control; None unless the whole interval of the control lies above zero.
    ratio: Measured | None
    #: Two-sided, by permutations; None if nothing was found, the training was stopped, or movies of an
    #: analysis are no longer where they were.
    p_value: float | None
    #: The same with the number of conditions considered (Holm 1979); None unless there are several.
    adjusted_p_value: float | None
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
        sides = zip(self.names, ("control", "other"), strict=True)
        width = max(map(len, self.names))
        rates = [f"{name:{width}} {_rate(self.record[side])}" for name, side in sides]
        return "\n".join([self.verdict, *rates, *(f"caution: {of}" for of in self.cautions)])

    def __repr__(self) -> str:
        tested = "not tested" if self.p_value is None else f"p = {self.p_value:.4g}"
        return f"<Comparison difference {self.difference}, {tested}>"

    def _repr_html_(self) -> str:
        verdict, *rest = str(self).splitlines()
        drawn = ""
        if self.scores is not None:
            told = ", ".join(self.names) if self.unit != "pairs" else "differences of pairs"
            judge = (self.judge or "").replace("_", " ")
            under = f"{told}: each of the {self.unit} by the {judge} (an order, no rates)"
            drawn += f"{points(self.scores)}<br><small>{escape(under)}</small><br>"
        if self.difference_map is not None and self.different is not None:
            control, other = self.names
            under = f"where: {other} minus {control}; {int(self.different.sum())} cells differ"
            drawn += f"{image(coloured(self.difference_map))}<br><small>{escape(under)}</small>"
        lines = escape("\n".join(rest))
        return f"<b>{escape(verdict)}</b><pre>{lines}</pre>{drawn}"


def _rate(summary: Mapping[str, Any]) -> str:
    """The rate of one condition by its own training, in words."""
    rate = Measured._of(summary["entropy_production_rate"])
    found = "not detected" if summary["is_zero"] else str(rate)
    return f"{summary['significance'].replace('_', ' ')}; rate {found}"


#: Movies, or the folder of an analysis.
Side: TypeAlias = Source


def compare(
    control: Side,
    other: Side,
    *,
    name: str | None = None,
    estimator: str | Sequence[str] = "auto",
    paired: bool | Sequence[str] = False,
    floor: EntropyProduction | str | os.PathLike[str] | None = None,
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
        keywords; or the folder of an analysis that ``cneep analyze`` made, whose own result is taken.
    name
        What the other condition is called in the verdict; that of its folder, or else "other".
    estimator
        Which are compared in each training: all, or one or several by name. Every movie is judged by fits
        that have not seen it.
    seed, settings
        Those of `cneep.Estimator`; `settings` leave no choice to `estimator`. Where nothing is stated, all
        movies together are judged by the settings of the analyses, if these agree.
    paired
        The first movie of either belongs to the first of the other, and so on; names, of the control's and
        then of the other's movies, say it otherwise.
    floor
        What a dead or fixed sample showed, or the folder of its analysis: an artefact, which is taken off
        with its error.
    time_budget
        Seconds for each of the three trainings.
    """
    sides = [_condition("control", control, stated), _condition("other", other, stated)]
    if name is not None:
        sides[1] = replace(sides[1], name=name)
    chosen = _Choice(estimator, seed, settings, paired, floor, time_budget)
    return _compared(sides, chosen, progress)[sides[1].name]


def compare_all(
    conditions: Mapping[str, Side] | Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    *,
    estimator: str | Sequence[str] = "auto",
    paired: bool | Sequence[str] = False,
    floor: EntropyProduction | str | os.PathLike[str] | None = None,
    time_budget: float | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    progress: Progress = True,
    **stated: Unpack[Opening],
) -> dict[str, Comparison]:
    """Compares several conditions with the first of them, the control: what ``cneep compare`` does.

    Gives what each other condition shows, by its name. One estimator of all movies together judges all of
    them; verdicts consider how many there are (`Comparison.adjusted_p_value`).

    Parameters
    ----------
    conditions
        Movies or folders of analyses by the names of their conditions; or such folders, which are called
        after themselves; or one table (CSV) with the columns ``file`` (as seen from the table),
        ``condition`` and, if movies belong together, ``replicate``.
    paired
        Movies belong together: those of the same replicate in a table, or else the first of each condition,
        the second, and so on; or names, for all movies of one condition after another.

    Other parameters are those of `compare`.
    """
    if isinstance(conditions, (str, os.PathLike)):
        sides = _of_table(conditions, stated)
    elif isinstance(conditions, Mapping):
        sides = [replace(_condition(name, of, stated), name=name) for name, of in conditions.items()]
    else:
        sides = [_condition(None, of, stated) for of in conditions]
    names = [side.name for side in sides]
    if len(sides) < 2 or len(set(names)) < len(names):
        remedy = "Name two conditions or more, each once; the first is the control."
        parts = ("conditions", "two or more, each of its own name", ", ".join(names) or "none", remedy)
        raise SettingError(f"conditions: expected {parts[1]}, found {parts[2]}. {remedy}", *parts)
    chosen = _Choice(estimator, seed, settings, paired, floor, time_budget)
    return _compared(sides, chosen, progress)


@dataclass(frozen=True)
class _Condition:
    """One condition: its movies if they are there, and what an analysis of its own says."""

    name: str
    videos: list[_native.Video] | None
    summary: str | None = None
    settings: str | None = None
    replicates: list[str] | None = None


@dataclass(frozen=True)
class _Choice:
    """What was stated of a comparison."""

    estimator: str | Sequence[str]
    seed: int
    settings: Mapping[str, Any] | str | os.PathLike[str] | None
    paired: bool | Sequence[str]
    floor: EntropyProduction | str | os.PathLike[str] | None
    time_budget: float | None


def _condition(name: str | None, source: Side, stated: Opening) -> _Condition:
    """The condition of an analysis, or of movies."""
    is_path = isinstance(source, (str, os.PathLike))
    if name is None or (is_path and (Path(source) / "analysis.json").is_file()):
        called, videos, summary, settings = _native.analysis(os.fspath(source))
        return _Condition(called, videos, summary, settings)
    return _Condition(name, [video._native for video in as_videos(source, stated)])


def _of_table(path: str | os.PathLike[str], stated: Opening) -> list[_Condition]:
    """The conditions of a table, in the order in which it names them."""
    files: dict[str, list[tuple[Path, str | None]]] = {}
    for file, condition, replicate in _native.table_of_movies(os.fspath(path)):
        files.setdefault(condition, []).append((Path(path).parent / file, replicate))

    def of_condition(name: str, rows: list[tuple[Path, str | None]]) -> _Condition:
        videos = [video._native for video in as_videos([file for file, _ in rows], stated)]
        replicates = [replicate for _, replicate in rows if replicate is not None]
        return _Condition(name, videos, replicates=replicates if len(replicates) == len(rows) else None)

    return [of_condition(name, rows) for name, rows in files.items()]


def _pairs(sides: list[_Condition], paired: bool | Sequence[str]) -> list[str] | None:
    """What movie belongs to which, by a name for each."""
    if paired is False:
        return None
    counts = [len(side.videos or ()) for side in sides]
    if paired is not True:
        names = [str(of) for of in paired]
        if len(names) != sum(counts):
            raise ValueError(f"{len(names)} names of pairs for {sum(counts)} movies")
        return names
    for side, count in zip(sides, counts, strict=True):
        if side.replicates is not None and len(side.replicates) != count:
            remedy = "Give files of one movie each."
            parts = (side.name, "a replicate for each movie", f"{len(side.replicates)} for {count} movies")
            text = f"{parts[0]}: expected {parts[1]}, found {parts[2]}. {remedy}"
            raise SettingError(text, *parts, remedy)
    of_sides = zip(sides, counts, strict=True)
    return [name for side, count in of_sides for name in side.replicates or map(str, range(count))]


def _compared(sides: list[_Condition], chosen: _Choice, progress: Progress) -> dict[str, Comparison]:
    """What each condition but the first shows against it, by its name."""
    training = common = _training(chosen.estimator, chosen.seed, chosen.settings)
    of_analyses = {side.settings for side in sides}
    nothing = chosen.estimator == "auto" and chosen.settings is None and chosen.seed == 0
    if nothing and len(of_analyses) == 1:
        common = of_analyses.pop() or training
    floor = chosen.floor
    if isinstance(floor, (str, os.PathLike)):
        dead: str | None = _native.analysis(os.fspath(floor))[2]
    else:
        dead = None if floor is None else json.dumps(floor.summary)
    handed = [(side.name, side.videos, side.summary) for side in sides]
    pairs = _pairs(sides, chosen.paired)
    with telling(progress) as tell:
        found = _native.compare(handed, training, common, pairs, dead, chosen.time_budget, tell)
    gone = [side.name for side in sides if side.videos is None]
    if gone:
        message = "not all movies are where they were when they were analysed, so that there is no p-value"
        told = {"subject": ", ".join(gone), "kind": "movies_are_gone", "message": message}
        warn([Caution({**told, "remedy": "Put them back, or analyse them again."})])
    control, *names = (side.name for side in sides)
    compared = {name: _comparison((control, name), told) for name, told in zip(names, found, strict=True)}
    warn(dict.fromkeys(caution for of in compared.values() for caution in of.cautions))
    return compared


def _comparison(names: tuple[str, str], told: Mapping[str, Any]) -> Comparison:
    effect, test = json.loads(told["effect"]), json.loads(told["test"])
    summaries = json.loads(told["summaries"])
    arrays = {key: told.get(key) for key in ("differences", "p_values", "different")}
    for array in arrays.values():
        if array is not None:
            frozen(array)
    return Comparison(
        names=names,
        verdict=told["verdict"],
        difference=Measured._of(effect["difference"]),
        ratio=Measured._of(effect["ratio"]),
        p_value=None if test is None else test["p_value"],
        adjusted_p_value=told["adjusted_p_value"],
        unit=None if test is None else test["unit"],
        judge=None if test is None else test["judge"],
        scores=None if test is None else (_array(test["values"][0]), _array(test["values"][1])),
        difference_map=arrays["differences"],
        p_values=arrays["p_values"],
        different=arrays["different"],
        cautions=of_json(told["cautions"]),
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
