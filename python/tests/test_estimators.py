"""Hold estimators to the numbers of the command line, and long computations to their caller's word."""

from __future__ import annotations

import csv
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cneep
import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::cneep.Caution")


def command(*arguments: object) -> str:
    """What the command prints."""
    line = [sys.executable, "-m", "cneep", *map(str, arguments)]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def cells(told: Any) -> Any:
    """Rows of cells, as lists of rows or as older builds wrote them."""
    return np.reshape(told["data"], told["dim"]).tolist() if isinstance(told, dict) else told


def test_the_command_line_gives_the_same_bits_both_ways(tmp_path: Path, beads: Any) -> None:
    """Catches a default, a seed or a health check that only one of the two knows."""
    stacked = np.stack([np.asarray(video) for video in beads.videos])
    movies, fresh = tmp_path / "movies.npy", tmp_path / "fresh.npy"
    np.save(movies, stacked[:10])
    np.save(fresh, stacked[10:])
    stated = ("--axes", "MTYX", "--frame-interval", 0.01)
    command("train", movies, *stated, "--estimator", "modes", "--seed", 3, "-o", tmp_path / "run")
    command("estimate", tmp_path / "run", fresh, *stated, "-o", tmp_path / "result")
    command("map", tmp_path / "run", fresh, *stated, "-o", tmp_path / "result")
    with (tmp_path / "result/entropy.csv").open() as file:
        theirs = [float(row["entropy_production_kB"]) for row in csv.DictReader(file)]
    summary = json.loads((tmp_path / "result/summary.json").read_text())

    videos = cneep.open_all(movies, axes="MTYX", frame_interval=0.01)
    ours = cneep.Estimator("modes", seed=3).fit(videos, progress=False)
    for estimator in (ours, cneep.load(tmp_path / "run")):
        entropy = estimator.entropy_production(cneep.open_all(fresh, axes="MTYX", frame_interval=0.01))
        assert np.concatenate(entropy.values).tolist() == theirs
        assert dict(entropy.summary) == summary
        mapped = estimator.dissipation_map(cneep.open_all(fresh, axes="MTYX", frame_interval=0.01))
        told = json.loads((tmp_path / "result/map.json").read_text())
        assert mapped.mean.tolist() == cells(told["mean"]["rates"])
        assert mapped.p_values is not None
        assert mapped.p_values.tolist() == cells(told["significance"]["p_values"])

    ours.save(tmp_path / "own")
    command("estimate", tmp_path / "own", fresh, *stated, "-o", tmp_path / "again")
    assert (tmp_path / "again/entropy.csv").read_bytes() == (tmp_path / "result/entropy.csv").read_bytes()
    with pytest.raises(cneep.SettingError, match="run"):
        ours.save(tmp_path / "own")


def test_attributes_say_what_the_training_movies_say(beads: Any, fitted: cneep.Estimator) -> None:
    entropy = fitted.entropy_production(beads.videos[:10])
    assert fitted.rate_ == entropy.rate.value
    assert fitted.rate_interval_ == entropy.rate.interval
    assert entropy.certified_bound is not None and fitted.lower_bound_ == entropy.certified_bound.value
    assert (fitted.p_value_, fitted.window_) == (entropy.p_value, 2)
    assert fitted.candidates_ and fitted.record_["window"] == 2
    assert {tuple(np.unique(roles)) for roles in entropy.roles} == {(0,), (2,)}
    with pytest.raises(AttributeError, match="not fitted"):
        cneep.Estimator().rate_  # noqa: B018
    with pytest.raises(AttributeError, match="fit"):
        cneep.Estimator().predict(beads)


def test_predictions_are_the_maps_sums(beads: Any, fitted: cneep.Estimator) -> None:
    video = beads.videos[10]
    values = fitted.predict(video)
    mapped = fitted.dissipation_map(video)
    assert np.allclose(mapped.transitions[0].sum(axis=(1, 2), dtype=float), values, atol=1e-5)
    assert np.allclose(mapped.mean.sum() * 0.01, values.mean(), atol=1e-6)
    alone = fitted.dissipation_map(video, transitions=False)
    assert alone.transitions == () and np.array_equal(alone.mean, mapped.mean)
    both = fitted.predict(beads.videos[10:])
    assert np.array_equal(both[0], values) and len(both) == 2
    assert fitted.score(beads.videos[10:]) > 0
    reversed_video = cneep.open(np.asarray(video)[::-1], frame_interval=0.01)
    assert np.array_equal(fitted.predict(reversed_video), -values[::-1])


def test_exact_answers_are_compared_with(beads: Any, fitted: cneep.Estimator) -> None:
    entropy = fitted.entropy_production(beads, exact=beads)
    assert entropy.r_squared is not None and 0.7 < entropy.r_squared < 1
    assert entropy.summary["exact_rate"] == beads.exact_rate == pytest.approx(2.025)
    steps = beads.entropy_production[10:]
    bare = fitted.entropy_production(beads.videos[10:], exact=steps)
    assert bare.exact is not None and np.array_equal(bare.exact[1], steps[1])
    with pytest.raises(cneep.MismatchError):
        fitted.entropy_production(beads.videos[10:], exact=steps[:1])


def test_parameters_are_as_sklearn_expects() -> None:
    estimator = cneep.Estimator("force", window=3, seed=5, settings={"split": {"test_fraction": 0.2}})
    copy = type(estimator)(**estimator.get_params())
    assert copy.get_params() == estimator.get_params() and repr(copy) == repr(estimator)
    assert copy.set_params(seed=6).seed == 6 and repr(cneep.Estimator()) == "Estimator()"
    with pytest.raises(ValueError, match="windows"):
        estimator.set_params(windows=3)
    clone = pytest.importorskip("sklearn.base").clone
    assert clone(estimator).get_params() == estimator.get_params()


def test_wrong_settings_are_refused_before_anything_runs(beads: Any) -> None:
    for stated, words in [
        ({"estimator": "mode"}, "modes"),
        ({"window": 1}, "window"),
        ({"settings": {"windows": 3}}, "windows"),
        ({"settings": {"estimator": {"kind": "modes", "modes": 0}}}, "modes.modes"),
        ({"seed": 2**63}, "seed"),
    ]:
        with pytest.raises(cneep.SettingError, match=words):
            cneep.Estimator(**stated).fit(beads, progress=False)


def test_settings_of_a_file_of_the_paper_and_of_a_mapping(tmp_path: Path, beads: Any) -> None:
    (tmp_path / "a.toml").write_text('seed = 4\nestimator = { kind = "modes", modes = 3 }\n')
    fitted = cneep.Estimator(settings=tmp_path / "a.toml").fit(beads.videos[:4], progress=False)
    mapping = {"seed": 4, "estimator": {"kind": "modes", "modes": 3}}
    same = cneep.Estimator(settings=mapping).fit(beads.videos[:4], progress=False)
    assert np.array_equal(same.predict(beads.videos[5]), fitted.predict(beads.videos[5]))
    quick = cneep.Estimator(settings="paper", time_budget=0.3)
    quick.fit(beads.videos[:4], progress=False)
    assert [of.kind for of in quick.cautions_] == ["training_interrupted"]
    assert quick.entropy_production_.significance == "not_tested"


def network(**more: Any) -> cneep.Estimator:
    return cneep.Estimator("convolutional", settings={"estimator": {"kind": "convolutional"}}, **more)


@pytest.fixture
def answered() -> Iterator[None]:
    """Has Ctrl-C raise an exception, also where a shell in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="signals of Windows cannot be sent to oneself alone")
@pytest.mark.parametrize("name", ["auto", "convolutional"])
def test_ctrl_c_is_answered_at_once_and_nothing_is_lost(name: str, beads: Any, answered: None) -> None:
    estimator = cneep.Estimator(name)
    sent: list[float] = []

    def send() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(1.5, send)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(beads, progress=False)
    assert time.monotonic() - sent[0] < 0.2
    if name == "convolutional":
        assert estimator.record_["fit"]["stop_reason"] == "interrupted"
        assert estimator.entropy_production(beads.videos[0]).significance == "not_tested"


def test_a_callback_hears_of_the_progress_and_may_stop_it(beads: Any) -> None:
    heard: list[tuple[str, int, int, str]] = []

    class EnoughError(Exception):
        pass

    def tell(*word: Any) -> None:
        heard.append(word)
        if len(heard) > 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        network().fit(beads, progress=tell)
    assert all(isinstance(task, str) and 0 <= done <= total for task, done, total, _ in heard)
    assert any(done > 0 for _, done, _, _ in heard)


def test_a_fit_in_a_thread_leaves_the_interpreter_free(beads: Any) -> None:
    """Catches a lock of the interpreter that is held through a fit."""
    estimator = network(time_budget=1.5)
    thread = threading.Thread(target=lambda: estimator.fit(beads, progress=False))
    thread.start()
    longest, last = 0.0, time.monotonic()
    while thread.is_alive():
        time.sleep(0.005)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    assert longest < 0.5 and estimator.rate_ is not None


def test_a_run_in_a_folder_goes_on_where_it_was_stopped(tmp_path: Path, beads: Any) -> None:
    settings = {"estimator": {"kind": "convolutional", "channels": 4, "descent": {"iterations": 60}}}

    def stop(_task: str, done: int, _total: int, _note: str) -> None:
        if done > 0:
            raise KeyboardInterrupt

    whole = cneep.Estimator(settings=settings).fit(beads.videos[:3], progress=False)
    stopped = cneep.Estimator(settings=settings)
    try:
        stopped.fit(beads.videos[:3], folder=tmp_path / "run", progress=stop)
    except KeyboardInterrupt:
        stopped.fit(beads.videos[:3], folder=tmp_path / "run", resume=True, progress=False)
    assert np.array_equal(stopped.predict(beads.videos[5]), whole.predict(beads.videos[5]))
    assert len(whole.training_curve_["iteration"]) >= 1


def test_estimators_are_pickled_with_what_they_learned(beads: Any, fitted: cneep.Estimator) -> None:
    back = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(back.predict(beads.videos[10]), fitted.predict(beads.videos[10]))
    assert back.rate_ == fitted.rate_ and back.get_params() == fitted.get_params()


def test_the_number_of_threads_changes_no_bit(tmp_path: Path) -> None:
    text = (
        "import cneep, hashlib; s = cneep.simulate.bead_spring(movies=5, frames=300, seed=2);"
        "n = {'kind': 'force', 'descent': {'iterations': 30}};"
        "e = cneep.Estimator(settings={'estimator': n});"
        "v = e.fit(s, progress=False).predict(s.videos[0]);"
        "print(cneep.thread_count(), hashlib.sha256(v.tobytes()).hexdigest())"
    )
    line = [sys.executable, "-W", "ignore", "-c", text]
    told = [
        subprocess.run(
            line, check=True, capture_output=True, text=True, env={**os.environ, "CNEEP_NUM_THREADS": n}
        )
        for n in ("1", "3")
    ]
    (one, first), (three, second) = (of.stdout.split() for of in told)
    assert (one, three) == ("1", "3") and first == second
