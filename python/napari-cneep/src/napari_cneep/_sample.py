"""Give sample data."""

from __future__ import annotations

import cneep

from ._layers import LayerData, movie_layer


def two_beads() -> list[LayerData]:
    """Two beads on springs between a cold (left) and a hot bath, 2.025 k_B/s."""
    simulated = cneep.simulate.bead_spring(movies=1, frames=10000, seed=1)
    data, keywords, kind = movie_layer(simulated.videos[0])
    return [(data, keywords | {"name": "two beads, 2.025 k_B/s"}, kind)]
