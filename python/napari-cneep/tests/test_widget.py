"""Drive the dock widget from movie to map in a window that nobody sees."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
napari = pytest.importorskip("napari")
pytest.importorskip("qtpy")


def test_from_movie_to_map(tmp_path: Path) -> None:
    from napari_cneep._sample import two_beads
    from napari_cneep._widget import EntropyProductionWidget
    from qtpy.QtWidgets import QApplication

    # A canvas that is not shown draws nothing.
    viewer = napari.Viewer(show="CNEEP_SCREENSHOT" in os.environ)
    try:
        widget = EntropyProductionWidget(viewer)
        viewer.window.add_dock_widget(widget, name="Entropy production (cneep)")
        assert widget.layer.count() == 0
        data, keywords, _ = two_beads()[0]
        viewer.add_image(data, **keywords)
        assert widget.layer.currentText() == keywords["name"]
        assert widget.interval.value() == pytest.approx(0.01)
        widget.estimator.setCurrentIndex(1)
        widget.start()
        deadline = time.monotonic() + 120
        while not widget.run.isEnabled() and time.monotonic() < deadline:
            QApplication.processEvents()
            time.sleep(0.01)
        QApplication.processEvents()
        assert "k_B/s" in widget.told.text(), widget.told.text()
        names = [layer.name for layer in viewer.layers]
        assert "mean dissipation, k_B/s per cell" in names and names[0] == keywords["name"]
        mean = viewer.layers["mean dissipation, k_B/s per cell"]
        assert mean.data.sum() > 0.5
        widget.pick(10, 10)
        assert widget.series.values is not None and len(widget.series.values) == 9999
        assert np.isclose(widget.series.values[-1], widget.mapped.series(10, 10).sum())
        if "CNEEP_SCREENSHOT" in os.environ:
            viewer.window.resize(1200, 760)
            viewer.reset_view()
            QApplication.processEvents()
            viewer.screenshot(os.environ["CNEEP_SCREENSHOT"], canvas_only=False, flash=False)
    finally:
        viewer.close()
