"""Go from movies to a verdict in one call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Unpack

from ._estimator import Estimator
from ._inspection import Inspection, inspect
from ._progress import Progress
from ._results import DissipationMap, EntropyProduction
from ._video import Opening, Source, Video, as_videos


@dataclass(frozen=True, eq=False, repr=False)
class Analysis:
    """All that was found of some movies."""

    #: The movies.
    videos: list[Video]
    #: What they hold, and what speaks against using them.
    inspections: list[Inspection]
    #: What was trained on them.
    estimator: Estimator
    #: When, and how much.
    entropy_production: EntropyProduction
    #: Where: the mean map and its test.
    dissipation_map: DissipationMap

    def __str__(self) -> str:
        return str(self.entropy_production)

    def __repr__(self) -> str:
        return f"<Analysis of {len(self.videos)} movies: {self.entropy_production!r}>"

    def _repr_html_(self) -> str:
        return self.entropy_production._repr_html_() + self.dissipation_map._repr_html_()

    def report(self, path: str | os.PathLike[str]) -> None:
        """Writes the report, one page of HTML."""
        self.estimator.report(self.videos, path)


def analyze(
    videos: Source,
    *,
    estimator: str = "auto",
    window: int | None = None,
    time_budget: float | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    progress: Progress = True,
    **stated: Unpack[Opening],
) -> Analysis:
    """Looks movies over, trains on them, estimates and maps them: what `cneep analyze` does but its files.

    `folder` keeps the run as it goes; the other arguments are those of `cneep.Estimator` and `cneep.open`.
    """
    movies = as_videos(videos, stated)
    seen = inspect(movies)
    fitted = Estimator(estimator, window, time_budget, seed, settings)
    fitted.fit(movies, progress=progress, folder=folder)
    mapped = fitted.dissipation_map(movies, transitions=False, progress=progress)
    return Analysis(movies, seen, fitted, fitted.entropy_production_, mapped)
