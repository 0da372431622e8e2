"""Show the dock widget: a layer and its frame interval in, verdict and map out."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from typing import Any

import cneep
import numpy as np
from napari.layers import Image
from napari.qt.threading import thread_worker
from qtpy.QtCore import Qt
from qtpy.QtGui import QPainter, QPainterPath, QPen
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ._layers import map_layers, stated_scales, verdict, video_of


class StoppedByUserError(Exception):
    """The user pressed Stop."""


class Series(QWidget):
    """A curve with its axis of time."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(110)
        self.values: np.ndarray | None = None
        self.title = "Shift-click on the map: entropy production of that place"

    def show_series(self, values: np.ndarray, title: str) -> None:
        """Draws these values, cumulated."""
        self.values, self.title = np.cumsum(values), title
        self.update()

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        """Draws."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().text().color()
        painter.setPen(text)
        painter.drawText(4, 14, self.title)
        if self.values is None or len(self.values) < 2:
            return
        width, height = self.width() - 8, self.height() - 26
        low, high = min(0.0, float(self.values.min())), max(0.0, float(self.values.max()))
        span = (high - low) or 1.0
        chosen = np.linspace(0, len(self.values) - 1, min(len(self.values), max(width, 2))).astype(int)
        path = QPainterPath()
        for count, index in enumerate(chosen):
            x = 4 + width * index / (len(self.values) - 1)
            y = 20 + height * (high - self.values[index]) / span
            (path.lineTo if count else path.moveTo)(x, y)
        zero = 20 + height * high / span
        painter.setPen(QPen(text, 0.5, Qt.PenStyle.DashLine))
        painter.drawLine(4, int(zero), 4 + width, int(zero))
        painter.setPen(QPen(Qt.GlobalColor.red, 1.5))
        painter.drawPath(path)


class EntropyProductionWidget(QWidget):
    """Picks a layer, fits, and shows verdict and map."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.stop = threading.Event()
        self.worker: Any = None
        self.mapped: cneep.DissipationMap | None = None
        self.layer = QComboBox()
        self.interval = QDoubleSpinBox()
        self.interval.setDecimals(6)
        self.interval.setRange(0.0, 1e6)
        self.interval.setSuffix(" s")
        self.interval.setSpecialValueText("not known")
        self.exposure = QDoubleSpinBox()
        self.exposure.setRange(-0.01, 1.0)
        self.exposure.setSingleStep(0.05)
        self.exposure.setSpecialValueText("not known")
        self.exposure.setToolTip("Exposure time over time between frames, 0 (an instant) to 1")
        self.exposure.setValue(-0.01)
        self.estimator = QComboBox()
        self.estimator.addItems(
            ["auto (minutes)", "modes (seconds)", "moments", "currents", "invariants", "force"]
        )
        self.run, self.halt = QPushButton("Run"), QPushButton("Stop")
        self.halt.setEnabled(False)
        self.progress = QProgressBar()
        self.progress.setTextVisible(True)
        self.progress.setVisible(False)
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.series = Series()
        form = QFormLayout()
        form.addRow("movie", self.layer)
        form.addRow("time between frames", self.interval)
        form.addRow("share exposed", self.exposure)
        form.addRow("estimator", self.estimator)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run)
        buttons.addWidget(self.halt)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addLayout(buttons)
        for widget in (self.progress, self.told, self.series):
            layout.addWidget(widget)
        layout.addStretch()
        self.run.clicked.connect(self.start)
        self.halt.clicked.connect(self.stop.set)
        self.layer.currentTextChanged.connect(self._take_interval)
        for event in (self.viewer.layers.events.inserted, self.viewer.layers.events.removed):
            event.connect(self._list_layers)
        self._list_layers()

    def _list_layers(self, _event: object = None) -> None:
        """Lists the layers that can be movies."""
        chosen = self.layer.currentText()
        movies = [
            of.name for of in self.viewer.layers if isinstance(of, Image) and of.ndim >= 3 and not of.rgb
        ]
        movies = [name for name in movies if not name.startswith("dissipation")]
        self.layer.clear()
        self.layer.addItems(movies)
        if chosen in movies:
            self.layer.setCurrentText(chosen)

    def _take_interval(self, name: str) -> None:
        if name in self.viewer.layers:
            layer = self.viewer.layers[name]
            interval, _ = stated_scales(layer.scale, getattr(layer, "units", None))
            self.interval.setValue(interval or 0.0)

    def start(self) -> None:
        """Fits the chosen layer in a thread."""
        name = self.layer.currentText()
        if name not in self.viewer.layers:
            self.told.setText("Open a movie (time, y, x) first.")
            return
        layer = self.viewer.layers[name]
        _, size = stated_scales(layer.scale, getattr(layer, "units", None))
        scales = {"interval": self.interval.value() or None, "pixel_size": size}
        scales["exposure"] = self.exposure.value() if self.exposure.value() >= 0 else None
        self.stop.clear()
        self.mapped = None
        self.told.setText("")
        self._busy(True)
        estimator = self.estimator.currentText().split()[0]
        self.worker = _fit(layer.data, name, scales, estimator, self.stop)
        self.worker.yielded.connect(self._tell)
        self.worker.returned.connect(lambda found: self._show(layer, *found))
        self.worker.errored.connect(self._refuse)
        self.worker.finished.connect(lambda: self._busy(False))
        self.worker.start()

    def _busy(self, busy: bool) -> None:
        self.run.setEnabled(not busy)
        self.halt.setEnabled(busy)
        self.progress.setVisible(busy)
        self.progress.setRange(0, 0)

    def _tell(self, word: tuple[str, int, int]) -> None:
        task, done, total = word
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)
        self.progress.setFormat(f"{task}  %p %")

    def _refuse(self, error: BaseException) -> None:
        stopped = isinstance(error, (StoppedByUserError, cneep.StoppedError))
        self.told.setText("Stopped before anything was complete." if stopped else str(error))

    def _show(self, layer: Any, entropy: cneep.EntropyProduction, mapped: cneep.DissipationMap) -> None:
        self.mapped = mapped
        self.told.setText(verdict(entropy))
        stated = {"scale": layer.scale[-3:], "translate": layer.translate[-3:]}
        for key in ("units", "axis_labels"):
            if getattr(layer, key, None) is not None:
                stated[key] = getattr(layer, key)[-3:]
        for data, keywords, kind in map_layers(mapped, layer.data.shape[-3], stated):
            if keywords["name"] in self.viewer.layers:
                self.viewer.layers.remove(keywords["name"])
            added = getattr(self.viewer, f"add_{'image' if kind == 'image' else 'labels'}")(data, **keywords)
            added.mouse_drag_callbacks.append(self._pick)
        self.series.show_series(entropy.values[0], f"whole frame: {entropy.rate}")

    def _pick(self, layer: Any, event: Any) -> None:
        if "Shift" in event.modifiers:
            self.pick(*(int(round(of)) for of in layer.world_to_data(event.position)[-2:]))

    def pick(self, row: int, column: int) -> None:
        """Plots the series of the cell at this row and column of the map."""
        if self.mapped is None or not self.mapped.transitions:
            return
        rows, columns = self.mapped.mean.shape
        if 0 <= row < rows and 0 <= column < columns:
            title = f"row {row}, column {column}: {self.mapped.mean[row, column]:.3g} {self.mapped.unit}"
            self.series.show_series(self.mapped.series(row, column), title)


@thread_worker
def _fit(
    data: Any, name: str, scales: dict[str, float | None], estimator: str, stop: threading.Event
) -> Iterator[tuple[str, int, int]]:
    """Fits, estimates and maps; yields how far it is, and returns both results."""
    words: list[tuple[str, int, int]] = []
    done = threading.Event()
    outcome: list[Any] = []

    def tell(task: str, steps: int, total: int, _note: str) -> None:
        words.append((task, steps, total))
        if stop.is_set():
            raise StoppedByUserError

    def work() -> None:
        try:
            with warnings.catch_warnings():
                # They stand in the verdict.
                warnings.simplefilter("ignore", cneep.Caution)
                movie = video_of(data, name, **scales)
                fitted = cneep.Estimator(estimator)
                try:
                    fitted.fit(movie, progress=tell)
                except StoppedByUserError:
                    stop.clear()
                entropy = fitted.entropy_production(movie, progress=tell)
                outcome.append((entropy, fitted.dissipation_map(movie, progress=tell)))
        except BaseException as error:  # noqa: BLE001
            outcome.append(error)
        finally:
            done.set()

    threading.Thread(target=work, daemon=True).start()
    while not done.wait(0.1):
        if words:
            yield words[-1]
            words.clear()
    if isinstance(outcome[0], AttributeError):
        raise StoppedByUserError from outcome[0]
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
