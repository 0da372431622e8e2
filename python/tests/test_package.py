"""Hold the package to what its front page says."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import cneep
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def test_the_import_is_quick_and_brings_numpy_alone() -> None:
    text = (
        "import sys, time, numpy; t = time.process_time(); import cneep;"
        "print(time.process_time() - t, *{m.split('.')[0] for m in sys.modules})"
    )
    line = [sys.executable, "-c", text]
    runs = [subprocess.run(line, check=True, capture_output=True, text=True).stdout.split() for _ in range(3)]
    assert min(float(run[0]) for run in runs) < 0.3
    assert not {"pandas", "xarray", "IPython", "anywidget", "dask"} & set(runs[0])


def test_one_version_everywhere() -> None:
    assert cneep.__version__ == metadata.version("cneep")
    line = [sys.executable, "-m", "cneep", "--version"]
    told = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    assert cneep.__version__ in told


def test_the_command_has_its_exit_codes(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "cneep", "inspect", str(tmp_path / "none.tif")]
    ended = subprocess.run(line, check=False, capture_output=True, text=True)
    assert ended.returncode == 2 and "none.tif" in ended.stderr


@pytest.mark.parametrize("page", ["README.md", "book/src/python.md"])
@pytest.mark.filterwarnings("ignore::cneep.Caution")
def test_the_code_of_the_pages_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page, one after another, with a short movie of two beads in the place of yours."""
    path = ROOT / page
    if not path.exists():
        pytest.skip("not in a checkout")
    monkeypatch.chdir(tmp_path)
    tifffile = pytest.importorskip("tifffile")
    several = [f"{name}_{index}" for name in ("control", "drug") for index in range(1, 7)]
    for seed, name in enumerate(["cell", "control", "drug", *several]):
        movie = cneep.simulate.bead_spring(movies=1, frames=300, seed=seed).videos[0]
        tifffile.imwrite(f"{name}.tif", np.asarray(movie), imagej=True, metadata={"axes": "TYX"})
    monkeypatch.setattr(cneep.Estimator.__init__, "__defaults__", ("modes", None, None, 0, None))
    blocks = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)  # noqa: S102
