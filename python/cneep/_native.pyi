"""The native part of `cneep`; use the package."""

from os import PathLike
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ._progress import Tell

__all__ = [
    "Estimator",
    "Interrupted",
    "Video",
    "__version__",
    "compare",
    "defaults",
    "film_positions",
    "inspect",
    "main",
    "open_array",
    "open_paths",
    "read_array",
    "simulate",
    "systems",
    "thread_count",
    "together",
    "viewer_data",
    "viewer_parts",
    "write_movie",
    "write_page",
]

__version__: str

@final
class Video:
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> tuple[int, int, int]: ...
    @property
    def dtype(self) -> str: ...
    @property
    def calibration(self) -> list[float | None]: ...
    @property
    def cautions(self) -> str: ...
    @property
    def selection(self) -> str: ...
    def recalibrated(self, calibration: list[float | None]) -> Video: ...
    def renamed(self, name: str) -> Video: ...
    def restored(self, selection: str, cautions: str) -> Video: ...
    def hash(self) -> str: ...
    def frames(self, start: int, stop: int) -> NDArray[Any]: ...

@final
class Estimator:
    @staticmethod
    def settings_of(settings: str, name: str | None, window: int | None, seed: int | None) -> str: ...
    @staticmethod
    def train(
        videos: list[Video],
        settings: str,
        folder: str | PathLike[str] | None,
        resume: bool,
        seconds: float | None,
        tell: Tell | None,
    ) -> tuple[Estimator, str]: ...
    @staticmethod
    def load(folder: str | PathLike[str]) -> Estimator: ...
    @staticmethod
    def import_weights(
        file: str | PathLike[str],
        size: tuple[int, int],
        input_mean: float,
        input_std: float,
        window: int | None,
    ) -> Estimator: ...
    def save(self, folder: str | PathLike[str]) -> None: ...
    @staticmethod
    def opening_of(folder: str | PathLike[str]) -> str | None: ...
    @staticmethod
    def keep_opening(folder: str | PathLike[str], opening: str) -> None: ...
    @property
    def settings(self) -> str: ...
    @property
    def record(self) -> str: ...
    @property
    def curve(self) -> tuple[list[int], list[float], list[float]]: ...
    def entropy_production(
        self,
        videos: list[Video],
        exact: list[list[float]] | None,
        exact_rate: float | None,
        exact_local_rate: list[float] | None,
        tell: Tell | None,
    ) -> dict[str, Any]: ...
    def dissipation_map(self, videos: list[Video], keep: bool, tell: Tell | None) -> dict[str, Any]: ...

@final
class Interrupted:
    def wait(self) -> tuple[Estimator, str] | None: ...

def open_paths(paths: list[str], options: str) -> list[Video]: ...
def open_array(path: str, name: str, options: str) -> list[Video]: ...
def read_array(header: bytes, pixels: NDArray[np.uint8], name: str, options: str) -> list[Video]: ...
def together(videos: list[Video]) -> list[Video]: ...
def inspect(videos: list[Video]) -> tuple[str, str]: ...
def write_movie(
    path: str, frames: NDArray[np.float32], frame_interval: float | None, pixel_size: float | None
) -> None: ...
def systems() -> list[str]: ...
def defaults(name: str) -> tuple[str, str, str]: ...
def simulate(
    name: str, settings: str, filming: str, microscope: str, tell: Tell | None
) -> dict[str, Any]: ...
def film_positions(
    positions: NDArray[np.float64],
    bodies: str,
    size: tuple[int, int],
    frame_interval: float,
    microscope: str,
) -> list[Video]: ...
def compare(
    control: list[Video],
    other: list[Video],
    name: str,
    settings: str,
    pairs: list[str] | None,
    floor: str | None,
    seconds: float | None,
    tell: Tell | None,
) -> dict[str, Any]: ...
def viewer_parts() -> list[str]: ...
def viewer_data(estimator: Estimator, videos: list[Video], tell: Tell | None) -> tuple[str, str]: ...
def write_page(
    estimator: Estimator, videos: list[Video], path: str, alone: bool, tell: Tell | None
) -> None: ...
def thread_count() -> int: ...
def main(arguments: list[str]) -> int: ...
