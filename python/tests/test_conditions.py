"""Hold the comparison of conditions, the analysis in one call, and what is looked at, to their numbers."""

from __future__ import annotations

import json
from pathlib import Path

import cneep
import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::cneep.Caution")


@pytest.fixture(scope="module")
def conditions() -> list[list[cneep.Video]]:
    """Eight short movies at equal temperatures, and eight strongly driven ones."""
    films = [
        cneep.simulate.bead_spring(hot=hot, movies=8, frames=300, seed=seed).videos
        for seed, hot in enumerate((1.0, 30.0))
    ]
    # Movies of two simulations must not have the same names.
    return [
        [
            cneep.open(np.asarray(of), frame_interval=0.01, exposure=0.0, name=f"{hot} {of.name}")
            for of in side
        ]
        for hot, side in zip(("cold", "hot"), films, strict=True)
    ]


def test_conditions_that_differ_are_told_apart_and_exchange(conditions: list[list[cneep.Video]]) -> None:
    """Catches conditions that are mixed up, and a test that depends on the order of the movies."""
    cold, hot = conditions
    found = cneep.compare(cold, hot, estimator="modes", progress=False)
    assert found.unit == "movies" and found.p_value is not None and found.p_value < 0.05
    assert found.difference_map is not None and found.different is not None
    assert found.difference_map.shape == (20, 40) and found.difference_map.sum() > 0
    assert str(found.p_value)[:4] in str(found) and "difference" in found._repr_html_()
    back = cneep.compare(hot, cold[::-1], estimator="modes", progress=False)
    assert back.p_value == found.p_value
    assert np.allclose(back.difference_map, -found.difference_map, atol=1e-9)


def test_pairs_are_named_or_in_order(conditions: list[list[cneep.Video]]) -> None:
    cold, hot = conditions
    paired = cneep.compare(cold[:6], hot[:6], estimator="modes", paired=True, progress=False)
    assert paired.unit == "pairs"
    names = [str(place) for place in range(6)]
    named = cneep.compare(cold[:6], hot[:6], estimator="modes", paired=names + names, progress=False)
    assert named.p_value == paired.p_value
    with pytest.raises(cneep.MismatchError):
        cneep.compare(cold, [cneep.open(np.asarray(of)[:, 2:], frame_interval=0.01) for of in hot])


def test_one_call_gives_what_its_parts_give(conditions: list[list[cneep.Video]], tmp_path: Path) -> None:
    hot = conditions[1]
    found = cneep.analyze(hot, estimator="modes", seed=2, progress=False)
    alone = cneep.Estimator("modes", seed=2).fit(hot, progress=False)
    assert found.entropy_production.rate == alone.entropy_production_.rate
    assert np.array_equal(found.dissipation_map.mean, alone.dissipation_map(hot).mean)
    assert [of.name for of in found.inspections] == [of.name for of in hot]
    assert found.entropy_production.verdict in found._repr_html_()
    found.report(tmp_path / "report.html")
    assert "cneep" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_viewer_is_a_page_or_a_widget(conditions: list[list[cneep.Video]], tmp_path: Path) -> None:
    """Catches a page that needs a server, and data that are not those of the movies."""
    hot = conditions[1]
    estimator = cneep.Estimator("modes").fit(hot[:6], progress=False)
    page = cneep.view(estimator, hot[6:], widget=False, progress=False)
    page.save(tmp_path / "view.html")
    text = (tmp_path / "view.html").read_text(encoding="utf-8")
    assert "uPlot" in text and "<script src" not in text and "https://cdn" not in text
    assert page._repr_html_().startswith("<iframe")
    pytest.importorskip("anywidget")
    widget = cneep.view(estimator, hot[6:], widget=True, progress=False)
    assert json.loads(widget.data)["version"] == 1
    assert "export default" in widget._esm and "render(el" in widget._esm
