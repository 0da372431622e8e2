"""Show how far a computation is: a line of the terminal or of a notebook, or a callable of the caller."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

#: Called with the task, steps done, their number (0 if unknown) and a note; an exception it raises stops the
#: computation.
Tell = Callable[[str, int, int, str], object]
Progress = bool | Tell


@contextmanager
def telling(progress: Progress) -> Iterator[Tell | None]:
    """What to hand to the native module for a `progress` as users state it."""
    if callable(progress):
        yield progress
        return
    shown = _shown() if progress else None
    try:
        yield shown
    finally:
        if shown is not None:
            shown.close()


def _shown() -> _Line | _Cell | None:
    if "IPython" in sys.modules:
        from IPython import get_ipython

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            return _Cell()
    return _Line() if sys.stderr is not None and sys.stderr.isatty() else None


def _share(done: int, total: int) -> float:
    return min(done / total, 1.0) if total else 0.0


class _Line:
    """One line of the terminal, drawn over itself."""

    def __call__(self, task: str, done: int, total: int, note: str) -> None:
        filled = round(20 * _share(done, total))
        text = f"{task}  {'#' * filled}{'-' * (20 - filled)}  {done}/{total}  {note}" if task else ""
        sys.stderr.write(f"\r\x1b[2K{text[:100]}")
        sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()


class _Cell:
    """One line of a notebook's cell, updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def __call__(self, task: str, done: int, total: int, note: str) -> None:
        share = 100 * _share(done, total)
        bar = f'<progress max="100" value="{share:.0f}"></progress>'
        self._draw(f"<small>{escape(task)} {bar} {done}/{total} {escape(note)}</small>")

    def close(self) -> None:
        if self._handle is not None:
            self._draw("")

    def _draw(self, text: str) -> None:
        from IPython import display as cells

        show: Any = cells.display
        html: Any = cells.HTML
        if self._handle is None:
            self._handle = show(html(text), display_id=True)
        else:
            self._handle.update(html(text))
