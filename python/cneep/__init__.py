"""Say how much entropy a movie produces, when, and where on the picture.

>>> import cneep
>>> simulated = cneep.simulate.bead_spring(movies=4, frames=500, seed=1)
>>> estimator = cneep.Estimator("modes").fit(simulated.videos[:3])
>>> entropy = estimator.entropy_production(simulated.videos[3])
>>> print(entropy.rate)  # doctest: +SKIP
1.9 ± 0.3 k_B/s
"""

from . import microscope, simulate
from ._analysis import Analysis, analyze
from ._cautions import Caution
from ._conditions import Comparison, compare, compare_all
from ._errors import (
    Error,
    FormatError,
    MismatchError,
    NotConvergedError,
    OutOfMemoryError,
    SettingError,
    StoppedError,
    UnsupportedError,
)
from ._estimator import Estimator, import_weights, load
from ._inspection import Inspection, inspect
from ._native import __version__, thread_count
from ._results import DissipationMap, EntropyProduction, Measured
from ._video import Video, open, open_all
from ._view import view

__all__ = [
    "Analysis",
    "Caution",
    "Comparison",
    "DissipationMap",
    "EntropyProduction",
    "Error",
    "Estimator",
    "FormatError",
    "Inspection",
    "Measured",
    "MismatchError",
    "NotConvergedError",
    "OutOfMemoryError",
    "SettingError",
    "StoppedError",
    "UnsupportedError",
    "Video",
    "__version__",
    "analyze",
    "compare",
    "compare_all",
    "import_weights",
    "inspect",
    "load",
    "microscope",
    "open",
    "open_all",
    "simulate",
    "thread_count",
    "view",
]
