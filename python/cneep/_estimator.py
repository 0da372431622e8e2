"""Train estimators, apply them, keep them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from . import _cautions, _native
from ._cautions import Caution
from ._errors import StoppedError
from ._native import Estimator as Native
from ._native import Interrupted
from ._progress import Progress, telling
from ._results import DissipationMap, EntropyProduction
from ._video import Opening, Source, Video, as_videos, opening_of


class Estimator:
    """Learns from movies, without labels, to tell the film from the same film run backwards.

    Parameters
    ----------
    estimator
        ``"auto"`` compares all and keeps the best sum of them, which takes minutes; or one alone:
        ``"modes"``, ``"moments"``, ``"currents"``, ``"invariants"``, ``"objects"``, ``"force"``,
        ``"fully-convolutional"`` or ``"convolutional"`` (CNEEP, the paper's network).
    window
        Frames in a transition, at least 2; chosen by a comparison unless stated, 2 for one estimator alone.
    time_budget
        Stop after so many seconds, as Ctrl-C would, and keep what is complete. What is compared does not
        depend on it.
    seed
        Seed of initialisation, split and sampling: the same seed gives the same bits.
    settings
        Anything else, as the settings file of the command line has it: a mapping, the path of a TOML file, or
        ``"paper"`` for the published ones. `estimator` (unless "auto"), `window` and `seed` are laid over it.

    Attributes
    ----------
    entropy_production_, rate_, rate_interval_, lower_bound_, p_value_
        The estimate of the training movies, on their transitions that were not fitted to.
    candidates_
        What was compared, with bounds and weights.
    window_, cautions_, record_, training_curve_
        Frames in a transition, what a reader must know, all that is known of the run, losses along it.
    """

    _native: Native | None = None
    _fitted: EntropyProduction | None = None
    _ending: Interrupted | None = None
    #: How the movies of the training were opened: others that are named by path are opened so, too.
    _opening: Mapping[str, Any] | None = None

    def __init__(
        self,
        estimator: str = "auto",
        window: int | None = None,
        time_budget: float | None = None,
        seed: int = 0,
        settings: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    ) -> None:
        self.estimator = estimator
        self.window = window
        self.time_budget = time_budget
        self.seed = seed
        self.settings = settings

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of this estimator, by name."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **params: Any) -> Self:
        """Sets parameters by name; what was learned is left as it is."""
        for name, value in params.items():
            if name not in _PARAMETERS:
                raise ValueError(f"no parameter {name!r}; there are {', '.join(_PARAMETERS)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        default = type(self)().get_params()
        stated = [f"{name}={value!r}" for name, value in self.get_params().items() if value != default[name]]
        return f"Estimator({', '.join(stated)})"

    def _repr_html_(self) -> str:
        found = "" if self._fitted is None else self._fitted._repr_html_()
        return f"<p>{escape(repr(self))}</p>{found}"

    def __getstate__(self) -> dict[str, Any]:
        self._await_end()
        state = self.__dict__.copy()
        state.pop("_ending", None)
        native = state.pop("_native", None)
        if native is not None:
            with tempfile.TemporaryDirectory() as folder:
                run = Path(folder) / "run"
                native.save(str(run))
                files = (path for path in sorted(run.rglob("*")) if path.is_file())
                state["_run"] = {path.relative_to(run).as_posix(): path.read_bytes() for path in files}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        files: dict[str, bytes] | None = state.pop("_run", None)
        self.__dict__.update(state)
        if files is not None:
            with tempfile.TemporaryDirectory() as folder:
                for name, held in files.items():
                    path = Path(folder) / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(held)
                self._native = Native.load(folder)

    def fit(
        self,
        videos: Source,
        y: object = None,
        *,
        progress: Progress = True,
        folder: str | os.PathLike[str] | None = None,
        resume: bool = False,
        **stated: Unpack[Opening],
    ) -> Self:
        """Trains on movies of one frame size.

        Parameters
        ----------
        videos
            A `Video` or several, a simulation, or what `cneep.open_all` takes, with its keywords. They are
            kept with the run: movies that are named by path later on are opened so, too.
        y
            Ignored: there are no labels.
        progress
            True shows a line on a terminal or in a notebook, False nothing; a callable gets the task, steps
            done, their number and a note, and stops the training by an exception.
        folder
            Keep the run there as it goes, as the command line does.
        resume
            Go on with the run in `folder` where it stopped.

        Notes
        -----
        Ctrl-C is answered within a fifth of a second. What was complete by then is kept in this estimator,
        and in `folder`.
        """
        opened = Native.opening_of(os.fspath(folder)) if resume and folder is not None else None
        movies = as_videos(videos, stated, json.loads(opened or "{}"))
        settings = self._training()
        if resume and folder is not None:
            settings = Native.settings_of(json.dumps(str(Path(folder) / "settings.toml")), None, None, None)
        self._await_end()
        self._native = self._fitted = None
        self._opening = opening_of(movies)
        where = None if folder is None else os.fspath(folder)
        native = [video._native for video in movies]
        with telling(progress) as tell:
            try:
                trained, cautions = Native.train(native, settings, where, resume, self.time_budget, tell)
            except BaseException as interruption:
                self._ending = getattr(interruption, "_cneep_ending", None)
                if self._ending is not None and folder is not None:
                    # The run closes its files before the process ends.
                    atexit.register(self._await_end)
                raise
            finally:
                if folder is not None and Path(folder).is_dir():
                    Native.keep_opening(os.fspath(folder), json.dumps(self._opening))
            self._native = trained
            _cautions.warn(_cautions.of_json(cautions))
            self._fitted = self._estimate(movies, None, tell)
        return self

    def _training(self) -> str:
        settings = self.settings
        if isinstance(settings, Mapping):
            stated = json.dumps(settings)
        else:
            stated = json.dumps({} if settings is None else os.fspath(settings))
        name = None if self.estimator == "auto" else self.estimator
        seed = self.seed if self.seed or settings is None else None
        return Native.settings_of(stated, name, self.window, seed)

    def _await_end(self) -> None:
        """Takes what an interrupted training had complete."""
        ending, self._ending = self._ending, None
        if ending is not None:
            with contextlib.suppress(StoppedError):
                got = ending.wait()
                self._native = self._native if got is None else got[0]

    def _trained(self) -> Native:
        self._await_end()
        if self._native is None:
            raise AttributeError("this estimator is not fitted yet; call fit, or cneep.load a run")
        return self._native

    def _estimate(self, movies: Sequence[Video], exact: Any, tell: Any) -> EntropyProduction:
        steps = rate = local = None
        if exact is not None:
            whole = hasattr(exact, "entropy_production")
            steps = [list(map(float, of)) for of in (exact.entropy_production if whole else exact)]
            rate = exact.exact_rate if whole else None
            if whole and exact.exact_local_rate is not None:
                local = [float(of) for of in exact.exact_local_rate]
        native = [video._native for video in movies]
        told = self._trained().entropy_production(native, steps, rate, local, tell)
        return EntropyProduction._of(told, json.loads(told["summary"]))

    def entropy_production(
        self, videos: Source, *, exact: Any = None, progress: Progress = True, **stated: Unpack[Opening]
    ) -> EntropyProduction:
        """Entropy production of every transition of movies, with its rate, bound and test.

        Movies that are named by path, or as arrays, are opened by the keywords of `cneep.open`; what these do
        not state is as in the training. Movies of the training are recognised, whatever their file. `exact`,
        if known, is compared with: a simulation of these very movies, or per movie the exact entropy
        production of every step, in k_B.
        """
        with telling(progress) as tell:
            return self._estimate(self._opened(videos, stated), exact, tell)

    def dissipation_map(
        self,
        videos: Source,
        *,
        transitions: bool = True,
        progress: Progress = True,
        **stated: Unpack[Opening],
    ) -> DissipationMap:
        """Where on the picture entropy is produced; with `transitions` also the map of every transition."""
        movies = self._opened(videos, stated)
        with telling(progress) as tell:
            native = [video._native for video in movies]
            told = self._trained().dissipation_map(native, transitions, tell)
        return DissipationMap._of(told, tuple(video.name for video in movies))

    def _opened(self, videos: Source, stated: Opening) -> list[Video]:
        self._trained()
        return as_videos(videos, stated, self._opening)

    def predict(self, videos: Source, **stated: Unpack[Opening]) -> Any:
        """dS of every transition, in k_B: an array for one movie, a list of arrays for several."""
        values = [np.array(of) for of in self.entropy_production(videos, progress=False, **stated).values]
        several = isinstance(videos, (list, tuple)) or hasattr(videos, "videos")
        return values if several or len(values) > 1 else values[0]

    def score(self, videos: Source, y: object = None, **stated: Unpack[Opening]) -> float:
        """The lower bound on transitions that were not fitted to, in k_B per second or frame: higher is
        better."""
        bound = self.entropy_production(videos, progress=False, **stated).bound
        if bound is None:
            raise ValueError("all transitions of these movies were fitted to; score movies set aside")
        return bound.value

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Saves the run into a new folder, which `cneep.load` and the command line read."""
        self._trained().save(os.fspath(folder))
        if self._opening is not None:
            Native.keep_opening(os.fspath(folder), json.dumps(self._opening))

    def report(
        self,
        videos: Source,
        path: str | os.PathLike[str],
        *,
        progress: Progress = True,
        **stated: Unpack[Opening],
    ) -> None:
        """Writes the report of these movies, one page of HTML, and its figures beside it."""
        native = [video._native for video in self._opened(videos, stated)]
        with telling(progress) as tell:
            _native.write_page(self._trained(), native, os.fspath(path), False, tell)

    @property
    def entropy_production_(self) -> EntropyProduction:
        """The estimate of the training movies."""
        self._trained()
        if self._fitted is None:
            raise AttributeError("the movies of this run are not at hand; call entropy_production on movies")
        return self._fitted

    @property
    def rate_(self) -> float:
        """Entropy production rate of the training movies, in k_B per second or frame."""
        return self.entropy_production_.rate.value

    @property
    def rate_interval_(self) -> tuple[float, float] | None:
        """Its 95 % interval."""
        return self.entropy_production_.rate.interval

    @property
    def lower_bound_(self) -> float | None:
        """The certified lower bound on the rate; None without held-out transitions, or if withdrawn."""
        bound = self.entropy_production_.certified_bound
        return None if bound is None else bound.value

    @property
    def p_value_(self) -> float | None:
        """Probability of such data in equilibrium."""
        return self.entropy_production_.p_value

    @property
    def record_(self) -> dict[str, Any]:
        """All that is known of the run, as `record.json` of the command line has it."""
        record: dict[str, Any] = json.loads(self._trained().record)
        return record

    @property
    def window_(self) -> int:
        """Frames in a transition, stated or chosen."""
        return int(self.record_["window"])

    @property
    def cautions_(self) -> tuple[Caution, ...]:
        """What a reader of its estimates must know of the training."""
        return tuple(Caution(of) for of in self.record_["cautions"])

    @property
    def candidates_(self) -> list[dict[str, Any]]:
        """What was compared or tried, with bounds and weights; empty of one trained step by step."""
        fit = self.record_["fit"]
        candidates: list[dict[str, Any]] = fit.get("compared", fit.get("candidates", []))
        return candidates

    @property
    def training_curve_(self) -> dict[str, NDArray[Any]]:
        """Iterations with training and validation loss, of one trained stepwise."""
        names = ("iteration", "train_loss", "validation_loss")
        return {name: np.array(of) for name, of in zip(names, self._trained().curve, strict=True)}


_PARAMETERS = ("estimator", "window", "time_budget", "seed", "settings")


def _dressed(native: Native) -> Estimator:
    settings = json.loads(native.settings)
    kind = settings.get("estimator")
    estimator = Estimator(
        "auto" if kind is None else kind["kind"], settings.get("window"), None, settings["seed"], settings
    )
    estimator._native = native
    return estimator


def load(folder: str | os.PathLike[str]) -> Estimator:
    """Loads a run that `Estimator.save`, or the command line, has kept."""
    where = os.fspath(folder)
    estimator = _dressed(Native.load(where))
    opened = Native.opening_of(where)
    estimator._opening = json.loads(opened) if opened else {"selection": estimator.record_["selection"]}
    return estimator


def import_weights(
    file: str | os.PathLike[str],
    *,
    frame: Iterable[int],
    input_mean: float,
    input_std: float,
    window: int | None = None,
) -> Estimator:
    """Imports weights of the published network: safetensors, or a PyTorch checkpoint.

    `frame` is (rows, columns) in pixels, `input_mean` and `input_std` normalised the pixels, in counts; none
    of these is in the file, and they must be those of its training.
    """
    rows, columns = frame
    native = Native.import_weights(os.fspath(file), (rows, columns), input_mean, input_std, window)
    _cautions.warn(tuple(Caution(of) for of in json.loads(native.record)["cautions"]))
    return _dressed(native)
