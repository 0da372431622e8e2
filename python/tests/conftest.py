"""Make the movies that several tests share."""

from __future__ import annotations

import cneep
import pytest


@pytest.fixture(scope="session")
def beads() -> cneep.simulate.Simulation:
    """Two beads between a cold and a hot bath: 12 movies of 400 frames."""
    return cneep.simulate.bead_spring(movies=12, frames=400, seed=1)


@pytest.fixture(scope="session")
def fitted(beads: cneep.simulate.Simulation) -> cneep.Estimator:
    """Principal modes, fitted to ten of them."""
    return cneep.Estimator("modes", seed=3).fit(beads.videos[:10], progress=False)
