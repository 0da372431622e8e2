"""Hold the comparison of conditions, the analysis in one call, and what is looked at, to their numbers."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import cneep
import numpy as np
import pytest
from test_estimators import command

pytestmark = pytest.mark.filterwarnings("ignore::cneep.Caution")


@pytest.fixture(scope="module")
def conditions() -> list[list[cneep.Video]]:
    """Eight short movies of a bead in a trap, and of one that is stirred (8 k_B/s)."""
    films = [
        cneep.simulate.stirred_trap(
            torque=torque, movies=8, frames=150, steps_per_frame=10, seed=seed, size=16, width=2.0
        )
        for seed, torque in enumerate((0.0, 2.0))
    ]
    return [of.videos for of in films]


def test_conditions_that_differ_are_told_apart_and_exchange(conditions: list[list[cneep.Video]]) -> None:
    """Catches conditions that are mixed up, and a test that depends on the order of the movies."""
    cold, hot = conditions
    found = cneep.compare(cold, hot, name="drug", estimator="modes", progress=False)
    assert found.unit == "movies" and found.p_value is not None and found.p_value < 0.05
    assert found.difference_map is not None and found.different is not None
    assert found.difference_map.shape == (16, 16) and found.difference_map.sum() > 0
    assert found.verdict.startswith("drug produces more (p") and found.verdict in str(found)
    html = found._repr_html_()
    assert found.names == ("control", "drug") and "drug minus control" in html
    assert found.verdict.split(" (")[0] in html and "<svg" in html and "data:image/png" in html
    assert found.scores is not None and [len(of) for of in found.scores] == [8, 8]
    back = cneep.compare(hot, cold[::-1], estimator="modes", progress=False)
    assert back.p_value == found.p_value
    assert back.difference_map is not None
    assert np.allclose(back.difference_map, -found.difference_map, atol=1e-9)
    assert found.difference is not None and found.difference.interval is not None
    assert found.difference.interval[0] > 0 and back.difference is not None
    # Its own estimators are fitted in the order in which the movies were given.
    assert back.difference.value == pytest.approx(-found.difference.value, rel=0.01)


def test_the_command_line_compares_with_the_same_bits(
    conditions: list[list[cneep.Video]], tmp_path: Path
) -> None:
    """Catches a training, a split or a correction of intervals that only one of the two knows."""
    lines = ["file,condition"]
    for name, side in zip(("cold", "hot"), conditions, strict=True):
        for index, video in enumerate(side[:5]):
            np.save(tmp_path / f"{name}{index}.npy", np.asarray(video))
            lines.append(f"{name}{index}.npy,{name}")
    (tmp_path / "table.csv").write_text("\n".join(lines))
    line = ("--frame-interval", 0.1, "--exposure", 0, "--compare", "modes", "-o", tmp_path / "compared")
    command("compare", tmp_path / "table.csv", *line)
    (theirs,) = json.loads((tmp_path / "compared/comparison.json").read_text())["against"]
    sides = [
        cneep.open_all(
            [tmp_path / f"{name}{index}.npy" for index in range(5)], frame_interval=0.1, exposure=0.0
        )
        for name in ("cold", "hot")
    ]
    settings = {"comparison": {"estimators": [{"kind": "modes"}]}}
    ours = cneep.compare(*sides, name="hot", settings=settings, progress=False)
    assert (ours.record["effect"], ours.record["test"]) == (theirs["effect"], theirs["test"])
    assert ours.verdict == theirs["verdict"]


def test_analyses_and_tables_are_compared_as_by_the_command_line(
    conditions: list[list[cneep.Video]], tmp_path: Path
) -> None:
    """Catches an analysis that is trained anew, a lost third condition, and pairs that are mixed up."""
    cold, hot = conditions
    lines = ["condition,file,replicate"]
    for name, side in (("cold", cold[:3]), ("hot", hot[:3]), ("dead", cold[3:6])):
        for index, video in enumerate(side):
            np.save(tmp_path / f"{name}{index}.npy", np.asarray(video))
            lines.append(f"{name},{name}{index}.npy,{index + len(side)}")
    (tmp_path / "table.csv").write_text("\n".join(lines))
    scales = ("--frame-interval", 0.1, "--exposure", 0)
    command(
        "compare", tmp_path / "table.csv", *scales, "--paired", "--compare", "modes", "-o", tmp_path / "c"
    )
    theirs = json.loads((tmp_path / "c/comparison.json").read_text())["against"]
    ours = cneep.compare_all(
        tmp_path / "table.csv",
        paired=True,
        estimator="modes",
        frame_interval=0.1,
        exposure=0.0,
        progress=False,
    )
    assert list(ours) == [of["condition"] for of in theirs] == ["hot", "dead"]
    for found, of in zip(ours.values(), theirs, strict=True):
        assert (found.record["effect"], found.record["test"]) == (of["effect"], of["test"])
        assert (found.verdict, found.adjusted_p_value) == (of["verdict"], of["adjusted_p_value"])
        assert found.unit == "pairs" and "all conditions considered" in found.verdict
    for name in ("cold", "hot"):
        files = [tmp_path / f"{name}{index}.npy" for index in range(3)]
        command("analyze", *files, *scales, "--compare", "modes", "-o", tmp_path / f"{name}.cneep")
    folders = [tmp_path / "cold.cneep", tmp_path / "hot.cneep"]
    command("compare", *folders, "-o", tmp_path / "analyses")
    (of,) = json.loads((tmp_path / "analyses/comparison.json").read_text())["against"]
    found = cneep.compare(*folders, progress=False)
    assert (found.record["effect"], found.record["test"]) == (of["effect"], of["test"])
    assert (found.verdict, found.adjusted_p_value) == (of["verdict"], None)
    (tmp_path / "hot0.npy").unlink()
    gone = cneep.compare_all(folders, progress=False)["hot"]
    assert gone.p_value is None and gone.difference is not None
    with pytest.raises(cneep.SettingError, match="two or more"):
        cneep.compare_all({"cold": cold}, progress=False)


def test_a_dead_sample_is_taken_off(conditions: list[list[cneep.Video]]) -> None:
    cold, hot = conditions
    dead = cneep.Estimator("modes").fit(cold[:3], progress=False).entropy_production_
    found = cneep.compare(cold[3:], hot[3:], estimator="modes", floor=dead, progress=False)
    assert found.record["effect"]["floor"]["rate"]["value"] == dead.rate.value
    with pytest.raises(cneep.SettingError, match="comparison"):
        cneep.compare(cold, hot, settings={"estimator": {"kind": "modes"}}, progress=False)
    with pytest.raises(cneep.SettingError, match="time_budget"):
        cneep.compare(cold, hot, time_budget=-1.0, progress=False)


def test_pairs_are_named_or_in_order(conditions: list[list[cneep.Video]]) -> None:
    cold, hot = conditions
    paired = cneep.compare(cold[:6], hot[:6], estimator="modes", paired=True, progress=False)
    assert paired.unit == "pairs"
    names = [str(place) for place in range(6)]
    named = cneep.compare(cold[:6], hot[:6], estimator="modes", paired=names + names, progress=False)
    assert named.p_value == paired.p_value
    with pytest.raises(ValueError, match="11 names of pairs for 12 movies"):
        cneep.compare(cold[:6], hot[:6], paired=(names + names)[:-1], progress=False)
    for sliced, words in ((np.s_[:, 2:], "16 x 16"), (np.s_[::2], "frame interval")):
        interval = 0.2 if words == "frame interval" else 0.1
        other = [cneep.open(np.asarray(of)[sliced], frame_interval=interval, exposure=0.0) for of in hot]
        with pytest.raises(cneep.MismatchError, match=words):
            cneep.compare(cold, other, estimator="modes", progress=False)


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
    # Notebooks take a `render` that is exported by its name before that of the default export.
    assert "export default" in widget._esm and "fill(place" in widget._esm
    assert "function render" not in widget._esm


@pytest.mark.parametrize("kind", ["page", "iframe", "widget"])
def test_the_viewer_draws_in_a_browser(
    kind: str, conditions: list[list[cneep.Video]], tmp_path: Path
) -> None:
    """Catches a script that another document's rules forbid, and an address that is written into."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium here")
    estimator = cneep.Estimator("modes").fit(conditions[1][:6], progress=False)
    held = tmp_path / "held.html"
    if kind == "widget":
        pytest.importorskip("anywidget")
        shown = cneep.view(estimator, conditions[1][6:], widget=True, progress=False)
        script = base64.b64encode(shown._esm.encode()).decode()
        held.write_text(
            WIDGET % (shown._css, script, json.dumps({"data": shown.data, "verdict": shown.verdict})),
            encoding="utf-8",
        )
    else:
        page = cneep.view(estimator, conditions[1][6:], widget=False, progress=False)
        if kind == "page":
            page.save(held)
        else:
            held.write_text(f"<!doctype html>{page._repr_html_()}{IFRAME}", encoding="utf-8")
    line = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"]
    if "CNEEP_SCREENSHOT" in os.environ:
        shot = f"--screenshot={os.environ['CNEEP_SCREENSHOT']}_{kind}.png"
        subprocess.run(
            [*line, shot, "--window-size=1300,900", held.as_uri()], check=True, capture_output=True
        )
    line += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", held.as_uri()]
    told = subprocess.run(line, check=True, capture_output=True, text=True, timeout=120).stdout
    # Three pictures and two plots at least; in text, as the page within another is copied.
    assert told.count("<canvas") + told.count("&lt;canvas") >= 4
    assert re.search("[Dd]issipat", told)


#: What a notebook does with a widget, as far as this one needs it.
WIDGET = """<!doctype html><meta charset="utf-8"><style>%s</style><div id="cell"></div><script type="module">
const esm = new TextDecoder().decode(Uint8Array.from(atob("%s"), (c) => c.charCodeAt(0)));
const module = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
const widget = module.render ? module : module.default;
const data = %s;
await widget.render({ model: { get: (name) => data[name] }, el: document.getElementById("cell") });
if (location.hash) document.body.textContent = "";
</script>"""
#: Copies what the page within shows to where it is read.
IFRAME = """<pre id="seen"></pre><script>
addEventListener("load", () => setTimeout(() => {
  const within = document.querySelector("iframe").contentDocument;
  document.getElementById("seen").textContent = within.body.innerHTML;
}, 5000));
</script>"""
