"""Show a film with its dissipation maps: as a widget of the notebook, or as a page within it."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Unpack

from . import _native
from ._estimator import Estimator
from ._progress import Progress, telling
from ._video import Opening, Source


class Page:
    """A page of HTML that a notebook shows within it, without a server."""

    def __init__(self, text: str, height: int = 720) -> None:
        self.text, self.height = text, height

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page, which opens in a browser."""
        Path(path).write_text(self.text, encoding="utf-8")

    def _repr_html_(self) -> str:
        style = f"width:100%;height:{self.height}px;border:0"
        return f'<iframe style="{style}" srcdoc="{escape(self.text)}"></iframe>'


@cache
def _widget() -> Any:
    """The class of the widget; None where `anywidget` is not installed."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None
    script, style, plots, licence = _native.viewer_parts()
    # The address of a notebook is not ours to write into, and its page may be light or dark.
    start = """export default { async render({ model, el }) {
      const verdict = document.createElement("p"), place = document.createElement("div");
      verdict.innerHTML = "<strong></strong>";
      verdict.firstChild.textContent = model.get("verdict");
      place.style.cssText = "--ink:currentColor;--quiet:#7d8792;--line:#8088925a;--panel:#80889222;"
        + "--paper:#fff;--accent:#2f74b8;--measured:#3f86cf;--chosen:#d9702f";
      el.append(verdict, place);
      return await fill(place, { ...JSON.parse(model.get("data")), address: false });
    } };"""

    class View(anywidget.AnyWidget):
        """A film with its maps."""

        _esm = f"/* uPlot. {licence} */\n{plots}\n{script}\n{start}"
        _css = style
        # Text, as not every notebook hands bytes on.
        data = traitlets.Unicode().tag(sync=True)
        verdict = traitlets.Unicode().tag(sync=True)

    return View


def view(
    estimator: Estimator,
    videos: Source,
    *,
    widget: bool | None = None,
    progress: Progress = True,
    **stated: Unpack[Opening],
) -> Any:
    """Plays the first of these movies with its dissipation maps, with verdict and series.

    Click on a place, or draw a box, for its series with rate, error and p-value. It is a widget where
    `anywidget` is installed (`pip install cneep[view]`), else a page within the notebook, with premises
    and checks; `widget` states which. Both hold all they need, thinned in time to some eight megabytes, and
    work without a server.
    """
    movies = [video._native for video in estimator._opened(videos, stated)]
    kind = _widget() if widget is not False else None
    if kind is None and widget:
        raise ImportError("a widget needs anywidget: pip install cneep[view]")
    with telling(progress) as tell:
        if kind is not None:
            data, verdict = _native.viewer_data(estimator._trained(), movies, tell)
            return kind(data=data, verdict=verdict)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "view.html"
            _native.write_page(estimator._trained(), movies, str(path), True, tell)
            return Page(path.read_text(encoding="utf-8"))
