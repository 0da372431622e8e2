"""Execute all notebooks, each in a kernel of its own: `python notebooks/run.py [FOLDER [NAME...]]`.

Needs `pip install 'cneep[notebooks]'`. Executed notebooks go to FOLDER (default `target/notebooks`), with
their pictures beside them. A notebook that fails fails the run; how long each took is told, as that is
the machine's doing too.
"""

from __future__ import annotations

import base64
import resource
import sys
import time
from pathlib import Path
from typing import Any


def computed() -> float:
    """Seconds that all kernels so far have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def execute(script: Path, folder: Path) -> tuple[float, float]:
    """Executes one notebook, writes it and its pictures, and gives the seconds passed and computed."""
    import jupytext
    import nbformat
    from nbclient import NotebookClient

    notebook: Any = jupytext.read(script, fmt="py:percent")
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(script.parent)}}
    )
    started, before = time.monotonic(), computed()
    client.execute()
    took = time.monotonic() - started, computed() - before
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{script.stem}.ipynb")
    pictures = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/png")
            if picture:
                pictures += 1
                path = folder / f"{script.stem}_{pictures}.png"
                path.write_bytes(base64.b64decode(picture))
    return took


def main() -> int:
    """Executes what is asked for."""
    here = Path(__file__).parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "target" / "notebooks"
    named = sys.argv[2:]
    scripts = [path for path in sorted(here.glob("[0-9]*.py")) if not named or path.stem in named]
    for script in scripts:
        passed, spent = execute(script, folder)
        print(f"{script.stem}: {passed:.0f} s, {spent:.0f} s of computing", flush=True)
    if not scripts:
        print("no such notebook")
    return int(not scripts)


if __name__ == "__main__":
    sys.exit(main())
