"""Hold every simulated system to its settings and its exact answers."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import cneep
import numpy as np
import pytest

SMALL: dict[str, Any] = {"movies": 2, "frames": 12, "seed": 3}


def test_every_system_of_the_library_is_a_function() -> None:
    for name in cneep.simulate.systems():
        assert callable(getattr(cneep.simulate, name)), name
    assert len(cneep.simulate.systems()) >= 13


@pytest.mark.parametrize("name", cneep.simulate.systems())
def test_systems_give_movies_with_exact_answers(name: str) -> None:
    simulate = getattr(cneep.simulate, name)
    simulated = simulate(**SMALL)
    assert [len(video) for video in simulated.videos] == [12, 12]
    assert simulated.entropy_production.shape == (2, 11)
    local = simulated.local_entropy_production
    assert np.allclose(local.sum(axis=2), simulated.entropy_production)
    assert simulated.trajectory.shape[:2] == (2, 12)
    again = simulate(**SMALL)
    assert again.videos[1].hash() == simulated.videos[1].hash()
    with pytest.raises(ValueError, match="read-only"):
        simulated.trajectory[0, 0, 0] = 1


@pytest.mark.parametrize("name", cneep.simulate.systems())
def test_the_settings_that_are_typed_are_those_of_the_library(name: str) -> None:
    """Catches a setting that is misspelt here, or was added there."""
    typed = inspect.get_annotations(getattr(cneep.simulate, name), eval_str=True)["settings"].__args__[0]
    own = set(typed.__annotations__) - set(cneep.simulate.Filming.__annotations__)
    parts = cneep.simulate.settings(name)
    assert set(parts["system"]) - {"system"} <= own
    for key in own:
        # An unknown word is refused as such; a known one for its value.
        with pytest.raises(cneep.SettingError) as refusal:
            cneep.simulate.simulate(name, **{key: {"no": "value"}})
        assert "unknown field `" + key.replace("_", "-") not in str(refusal.value), key
    with pytest.raises(cneep.SettingError, match="unknown field `speeed"):
        cneep.simulate.simulate(name, speeed=1.0)


def test_the_settings_of_the_microscope_are_those_of_the_library() -> None:
    known = get_type_hints(cneep.microscope.Settings)
    assert set(cneep.simulate.settings("bead_spring")["microscope"]) <= set(known)
    for key in known:
        with pytest.raises(cneep.SettingError) as refusal:
            cneep.simulate.bead_spring(microscope={key: {"no": "value"}})  # type: ignore[misc]
        assert "unknown field `" + key.replace("_", "-") not in str(refusal.value), key


def test_settings_reach_the_simulation() -> None:
    row = cneep.simulate.bead_spring(beads=3, hot=1.0, time_step=0.02, microscope={"bit_depth": 12}, **SMALL)
    assert row.exact_rate == pytest.approx(0, abs=1e-12) and row.frame_interval == 0.02
    assert row.videos[0].dtype == np.uint16 and row.videos[0].shape == (12, 20, 60)
    assert row.part_places is not None and row.part_places.shape == (3, 2)
    assert row.realised_rate == pytest.approx(0, abs=1e-9)


def test_positions_from_elsewhere_are_filmed() -> None:
    """Catches columns taken for rows, steps taken for frames, and objects that share their light."""
    places = np.zeros((2, 5, 1, 2))
    places[..., 0], places[..., 1] = np.arange(5)[:, np.newaxis] + 3, 6
    movies = cneep.microscope.film(places, (12, 20), frame_interval=0.1, width=1.0, bit_depth=16)
    assert (len(movies), movies[0].shape, movies[0].frame_interval) == (2, (5, 12, 20), 0.1)
    brightest = [np.unravel_index(frame.argmax(), frame.shape) for frame in movies[1]]
    assert brightest == [(6, column) for column in range(3, 8)]
    exposed = np.repeat(places[:, :, np.newaxis], 4, axis=2)
    assert np.array_equal(
        cneep.microscope.film(exposed, (12, 20), frame_interval=0.1, width=1.0, bit_depth=16)[0], movies[0]
    )
    two = np.concatenate([places, places + [0, 4]], axis=2)
    dim = cneep.microscope.film(two, (12, 20), frame_interval=0.1, amplitude=[1.0, 0.5], width=1.0)
    assert int(dim[0][0][6, 3]) == pytest.approx(2 * int(dim[0][0][10, 3]), abs=2)
    with pytest.raises(cneep.SettingError, match="finite"):
        cneep.microscope.film(places * np.inf, (12, 20), frame_interval=0.1)
    with pytest.raises(ValueError, match="object, 2"):
        cneep.microscope.film(places[..., :1], (12, 20), frame_interval=0.1)
