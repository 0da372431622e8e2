"""Hold results: entropy production in time, and dissipation maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._cautions import Caution
from ._picture import coloured, curve, image

if TYPE_CHECKING:
    import pandas
    import xarray

#: Roles of transitions, in the order of their numbers.
ROLES = ("in-sample", "out-of-fold", "held-out")


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array, which can no longer be written to."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Measured:
    """A number with its standard error and the ends of its 95 % interval, where the data allow them."""

    value: float
    standard_error: float | None
    unit: str
    interval: tuple[float, float] | None

    @classmethod
    def _of(cls, record: Mapping[str, Any] | None) -> Measured | None:
        if record is None:
            return None
        interval = record.get("confidence_interval")
        ends = (float(interval[0]), float(interval[1])) if interval else None
        return cls(record["value"], record["standard_error"], record["unit"], ends)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        error = self.standard_error
        scale = error or max(abs(self.value), 1e-3) / 100
        digits = int(min(max(1 - np.floor(np.log10(scale)), 0), 8))
        text = f"{self.value:.{digits}f}" + (f" ± {error:.{digits}f}" if error is not None else "")
        return f"{text} {self.unit}".rstrip()


@dataclass(frozen=True, eq=False, repr=False)
class EntropyProduction:
    """Entropy production of every transition of some movies, in k_B, and what it says together.

    Numbers are stated of transitions that were not fitted to, if there are any.
    """

    #: Mean rate of what this estimator sees, in `unit`.
    rate: Measured
    #: Lower bound on the true rate, on transitions that had no part in any choice; None without them, and if
    #: the verdict is withdrawn.
    certified_bound: Measured | None
    #: The same with transitions that had a part in the choice of estimators; it certifies nothing.
    cross_validated_bound: Measured | None
    #: "dissipates", "rejects_equilibrium", "not_detected", "withdrawn" or "not_tested".
    significance: str
    #: The verdict in words.
    verdict: str
    #: What may be said, in one line.
    line: str
    #: Probability of such data in equilibrium; None if it was not tested.
    p_value: float | None
    #: The same in words: "p <=" where the data allow no less.
    test: str | None
    #: Mean of exp(-dS), 1 when converged.
    fluctuation_theorem: Measured
    #: Smallest rates that would have been seen: `verdict`, `test`, `exact_estimator_test`, `unseen_time`, ...
    detection_limit: Mapping[str, Any] | None
    #: Whether nothing was found, so that there is no rate to state.
    is_zero: bool
    #: Frames in a transition.
    window: int
    #: Frames of the shorter windows whose estimate gives bounds, test and detection limit, where dS of the
    #: windows is beyond what their number can tell; otherwise None.
    bounding_window: int | None
    #: The part of the frame whose dS gives the same (`parts` that the frame was cut into, `rows` and
    #: `columns` of pixels of one), where that of the whole frame is beyond what so many transitions can tell;
    #: otherwise None.
    bounding_part: Mapping[str, int] | None
    #: "k_B/s" with a known frame interval, otherwise "k_B/frame".
    unit: str
    #: Names of the movies.
    names: tuple[str, ...]
    #: Per movie the entropy production of each transition, in k_B, in order of time.
    values: tuple[NDArray[np.float64], ...]
    #: Per movie the entropy produced since its start, in k_B, after each transition.
    cumulative: tuple[NDArray[np.float64], ...]
    #: Per movie the role of each transition: 0 in-sample, 1 out-of-fold, 2 held-out (`cneep._results.ROLES`).
    roles: tuple[NDArray[np.uint8], ...]
    #: Per movie the exact entropy production of the same transitions, in k_B, where it was given.
    exact: tuple[NDArray[np.float64], ...] | None
    #: Squared correlation with the exact values, and slope on them, where they are known.
    r_squared: float | None
    slope: float | None
    #: What a reader of these numbers must know.
    cautions: tuple[Caution, ...]
    #: All numbers, as `summary.json` of the command line has them.
    summary: Mapping[str, Any] = field(repr=False)

    @classmethod
    def _of(cls, told: Mapping[str, Any], summary: Mapping[str, Any]) -> EntropyProduction:
        measured = {name: Measured._of(summary.get(name)) for name in _MEASURED}
        rate, theorem = measured["entropy_production_rate"], measured["fluctuation_theorem"]
        assert rate is not None and theorem is not None
        exact = told["exact"]
        return cls(
            rate=rate,
            certified_bound=measured["certified_bound"],
            cross_validated_bound=measured["cross_validated_bound"],
            significance=summary["significance"],
            verdict=told["verdict"],
            line=told["line"],
            p_value=summary["equilibrium_p_value"],
            test=told["test"],
            fluctuation_theorem=theorem,
            detection_limit=summary.get("detection_limit"),
            is_zero=summary["is_zero"],
            window=summary["window"],
            bounding_window=summary.get("bounding_window"),
            bounding_part=summary.get("bounding_part"),
            unit=rate.unit,
            names=tuple(summary["movies"]),
            values=tuple(frozen(values) for values in told["values"]),
            cumulative=tuple(frozen(values) for values in told["cumulative"]),
            roles=tuple(frozen(roles) for roles in told["roles"]),
            exact=None if exact is None else tuple(frozen(values) for values in exact),
            r_squared=summary.get("r_squared"),
            slope=summary.get("slope"),
            cautions=tuple(Caution(of) for of in summary["cautions"]),
            summary=summary,
        )

    @property
    def frame_interval(self) -> float | None:
        """Time between two frames, in seconds, where known."""
        interval: float | None = self.summary["calibration"]["frame_interval"]
        return interval

    @property
    def bound(self) -> Measured | None:
        """The bound over all transitions that were not fitted to; None without them."""
        return self.cross_validated_bound or self.certified_bound

    def times(self, movie: int = 0) -> NDArray[np.float64]:
        """Times at which the transitions of a movie begin, in seconds, or in frames without an interval."""
        return np.arange(len(self.values[movie]), dtype=np.float64) * (self.frame_interval or 1.0)

    def __str__(self) -> str:
        rate = "not detected" if self.is_zero else _with_interval(self.rate)
        lines = [f"verdict                  {self.verdict}", f"entropy production rate  {rate}"]
        if self.certified_bound is not None and not self.is_zero:
            lines.append(f"certified lower bound    {_with_interval(self.certified_bound)}")
        if self.cross_validated_bound is not None and not self.is_zero:
            lines.append(f"cross-validated bound    {_with_interval(self.cross_validated_bound)}")
        if self.test is not None:
            lines.append(f"test against equilibrium {self.test}")
        if self.r_squared is not None:
            lines.append(f"against the exact values R^2 = {self.r_squared:.4f}, slope = {self.slope:.3f}")
        return "\n".join([*lines, *(f"caution: {caution}" for caution in self.cautions)])

    def __repr__(self) -> str:
        count = sum(len(values) for values in self.values)
        rate = "not detected" if self.is_zero else str(self.rate)
        return f"<EntropyProduction {rate}, {self.verdict}, {count} transitions of {len(self.values)} movies>"

    def _repr_html_(self) -> str:
        lines = "".join(f"<tr><td><pre>{escape(line)}</pre></td></tr>" for line in str(self).splitlines())
        drawn = curve(self.times(), self.cumulative[0])
        under = f"entropy produced in {escape(self.names[0])}, in k_B"
        return f"<b>{escape(self.line)}</b><table>{lines}</table>{drawn}<br><small>{under}</small>"

    def to_dataframe(self) -> pandas.DataFrame:
        """One line a transition, with the columns of `entropy.csv`."""
        import pandas

        movie = np.concatenate([np.full(len(of), index) for index, of in enumerate(self.values)])
        time = "time_s" if self.frame_interval else "time_frames"
        columns: dict[str, Any] = {
            "movie": movie,
            "transition": np.concatenate([np.arange(len(of)) for of in self.values]),
            time: np.concatenate([self.times(index) for index in range(len(self.values))]),
            "entropy_production_kB": np.concatenate(self.values),
            "cumulative_kB": np.concatenate(self.cumulative),
            "role": pandas.Categorical.from_codes(np.concatenate(self.roles).astype(int), list(ROLES)),
            "movie_name": np.array(self.names)[movie],
        }
        if self.exact is not None:
            columns["exact_entropy_production_kB"] = np.concatenate(self.exact)
        return pandas.DataFrame(columns)

    def to_xarray(self) -> xarray.Dataset:
        """Values and roles, dimensions (movie, transition); NaN, and role 255, behind the end of a movie."""
        import xarray

        longest = max(len(values) for values in self.values)
        values = np.full((len(self.values), longest), np.nan)
        roles = np.full(values.shape, 255, np.uint8)
        for movie, (of, role) in enumerate(zip(self.values, self.roles, strict=True)):
            values[movie, : len(of)], roles[movie, : len(of)] = of, role
        dims = ("movie", "transition")
        time = np.arange(longest) * (self.frame_interval or 1.0)
        unit = {"units": "s" if self.frame_interval else "frame"}
        return xarray.Dataset(
            {
                "entropy_production": (dims, values, {"units": "k_B"}),
                "role": (dims, roles, {"meaning": "0 in-sample, 1 out-of-fold, 2 held-out"}),
            },
            coords={"movie": list(self.names), "time": ("transition", time, unit)},
            attrs={"verdict": self.verdict, "rate": self.rate.value, "unit": self.unit},
        )


_MEASURED = ("entropy_production_rate", "certified_bound", "cross_validated_bound", "fluctuation_theorem")


def _with_interval(measured: Measured) -> str:
    if measured.interval is None:
        return str(measured)
    low, high = measured.interval
    return f"{measured} (95 % within {low:.4g} to {high:.4g})"


@dataclass(frozen=True, eq=False, repr=False)
class DissipationMap:
    """Where on the picture entropy is produced.

    The map of every transition sums to its entropy production.
    """

    #: Entropy production rate per cell, shape (row, column), in `unit`: the mean over the transitions of the
    #: rate, which are those that were not fitted to, if there are any.
    mean: NDArray[np.float64]
    #: Probability, under equilibrium, of as large a sum in each cell; None if cells were not tested.
    p_values: NDArray[np.float64] | None
    #: Cells that dissipate beyond doubt, of which at most 5 % are false on average; None if not tested.
    significant: NDArray[np.bool_] | None
    #: Per movie the maps of its transitions, in k_B, shape (transition, row, column); empty if not kept.
    transitions: tuple[NDArray[np.float32], ...]
    #: Edge of a cell, in pixels of the movie.
    cell: int
    #: Frames in a transition.
    window: int
    #: "k_B/s" with a known frame interval, otherwise "k_B/frame".
    unit: str
    #: Time between two frames, in seconds, where known.
    frame_interval: float | None
    #: Edge of a pixel of the movie, in micrometres, where known.
    pixel_size: float | None
    #: Whether a training with another seed would show other places: read the sum, not the place.
    differs_by_seed: bool
    #: Names of the movies.
    names: tuple[str, ...]

    @classmethod
    def _of(cls, told: Mapping[str, Any], names: tuple[str, ...]) -> DissipationMap:
        tested = ("p_values", "significant")
        arrays = {name: None if told[name] is None else frozen(told[name]) for name in tested}
        return cls(
            mean=frozen(told["mean"]),
            p_values=arrays["p_values"],
            significant=arrays["significant"],
            transitions=tuple(frozen(maps) for maps in told["transitions"]),
            cell=told["cell"],
            window=told["window"],
            unit=told["unit"],
            frame_interval=told["frame_interval"],
            pixel_size=told["pixel_size"],
            differs_by_seed=told["differs_by_seed"],
            names=names,
        )

    @property
    def rate(self) -> float:
        """The sum of the mean map, in `unit`."""
        return float(self.mean.sum())

    @property
    def cell_size(self) -> float | None:
        """Edge of a cell, in micrometres, where known."""
        return None if self.pixel_size is None else self.pixel_size * self.cell

    def series(self, row: int, column: int, movie: int = 0) -> NDArray[np.float64]:
        """Entropy production along a movie of the cell at this row and column of the map, in k_B."""
        return self._kept(movie)[:, row, column].astype(np.float64)

    def _kept(self, movie: int) -> NDArray[np.float32]:
        if not self.transitions:
            raise ValueError("the maps of single transitions were not kept; state transitions=True")
        return self.transitions[movie]

    def write(self, path: str | PathLike[str], movie: int | None = None) -> None:
        """Writes a 32-bit TIFF for Fiji: the mean map, or the maps of every transition of a `movie`."""
        if movie is None:
            maps = self.mean[np.newaxis].astype(np.float32)
        else:
            maps = np.ascontiguousarray(self._kept(movie))
        _native.write_movie(str(Path(path)), maps, self.frame_interval, self.cell_size)

    def __repr__(self) -> str:
        rows, columns = self.mean.shape
        found = "not tested"
        if self.significant is not None:
            found = f"{int(self.significant.sum())} significant"
        return f"<DissipationMap {rows} x {columns} cells, {found}, sum {self.rate:.4g} {self.unit}>"

    def _repr_html_(self) -> str:
        most = float(np.abs(self.mean).max())
        if self.differs_by_seed:
            scale = "places differ between trainings with other seeds: read the sum, not the place"
            return f"<p>{escape(repr(self))}</p>{image(coloured(self.mean))}<br><small>{scale}</small>"
        scale = f"colours from -{most:.3g} (blue) to {most:.3g} (red) {escape(self.unit)} per cell"
        return f"<p>{escape(repr(self))}</p>{image(coloured(self.mean))}<br><small>{scale}</small>"

    def to_dataframe(self) -> pandas.DataFrame:
        """One line a cell: row, column, rate, p-value and whether it is significant, where tested."""
        import pandas

        rows, columns = np.indices(self.mean.shape)
        table: dict[str, Any] = {"row": rows.ravel(), "column": columns.ravel(), "rate": self.mean.ravel()}
        if self.p_values is not None and self.significant is not None:
            table |= {"p_value": self.p_values.ravel(), "significant": self.significant.ravel()}
        return pandas.DataFrame(table)

    def to_xarray(self) -> xarray.Dataset:
        """Mean, p-values and, of one movie, the map of every transition, with coordinates."""
        import xarray

        size, unit = (self.cell_size, "um") if self.cell_size else (float(self.cell), "pixel")
        rows, columns = self.mean.shape
        coords = {
            "y": ("y", (np.arange(rows) + 0.5) * size, {"units": unit}),
            "x": ("x", (np.arange(columns) + 0.5) * size, {"units": unit}),
        }
        data: dict[str, Any] = {"rate": (("y", "x"), self.mean, {"units": self.unit})}
        if self.p_values is not None and self.significant is not None:
            data["p_value"] = (("y", "x"), self.p_values)
            data["significant"] = (("y", "x"), self.significant)
        if len(self.transitions) == 1:
            data["transitions"] = (("time", "y", "x"), self.transitions[0], {"units": "k_B"})
            times = np.arange(len(self.transitions[0])) * (self.frame_interval or 1.0)
            coords["time"] = ("time", times, {"units": "s" if self.frame_interval else "frame"})
        return xarray.Dataset(data, coords=coords)
