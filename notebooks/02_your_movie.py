# %% [markdown]
# # Your movie
#
# From a file to a verdict. The file here is a movie of one bead stirred in a trap, with the noise of a camera; put the
# path of yours in its place, and its frame interval.

# %%
import tempfile
from pathlib import Path

import cneep
import matplotlib.pyplot as plt
import numpy as np

folder = Path(tempfile.mkdtemp())
stirred = cneep.simulate.stirred_trap(
    torque=1.0,
    movies=1,
    frames=4000,
    steps_per_frame=10,
    seed=3,
    microscope={"read_noise": 0.02, "background": 0.1, "brightness": 0.6},
)
np.save(folder / "cell.npy", np.asarray(stirred.videos[0]))
movie = cneep.open(folder / "cell.npy", frame_interval=0.1, pixel_size=0.1)
movie

# %% [markdown]
# ## Look before you fit
#
# Drift, repeated or saturated frames, codecs and rolling shutters can look like an arrow of time.

# %%
cneep.inspect(movie)[0]

# %% [markdown]
# ## Fit
#
# `cneep.Estimator()` compares all estimators and windows and takes some minutes. Here two quick ones are compared; every
# frame is judged by a fit that has not seen it.

# %%
quick = {"comparison": {"estimators": [{"kind": "modes"}, {"kind": "moments"}]}}
estimator = cneep.Estimator(settings=quick, seed=1).fit(movie, progress=False)
for candidate in estimator.candidates_:
    print(candidate["estimator"], "window", candidate["window"], "weight", round(candidate["weight"], 2))

# %% [markdown]
# ## What may be said

# %%
entropy = estimator.entropy_production(movie)
entropy

# %% [markdown]
# The bound of a movie that trained the estimator is cross-validated. A *certified* one is that of a fresh movie. Here both
# can be held against the truth.

# %%
fresh = cneep.simulate.stirred_trap(
    torque=1.0,
    movies=1,
    frames=4000,
    steps_per_frame=10,
    seed=4,
    microscope={"read_noise": 0.02, "background": 0.1, "brightness": 0.6},
)
certified = estimator.entropy_production(fresh)
low, high = certified.certified_bound.interval
print(certified)
print(f"\nexact rate {fresh.exact_rate:.3f}, of this movie {fresh.realised_rate:.3f} k_B/s")

# %% [markdown]
# ## When, and where

# %%
mapped = estimator.dissipation_map(movie)
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
axes[0].plot(entropy.times(), entropy.cumulative[0])
axes[0].set(xlabel="time, s", ylabel="entropy produced, k_B", title=entropy.verdict)
most = np.abs(mapped.mean).max()
axes[1].imshow(np.asarray(movie)[::40].mean(0), cmap="gray")
shown = axes[1].imshow(mapped.mean, cmap="RdBu_r", vmin=-most, vmax=most, alpha=0.7)
if mapped.significant is not None and mapped.significant.any():
    axes[1].contour(mapped.significant, levels=[0.5], colors="k", linewidths=0.8)
figure.colorbar(shown, ax=axes[1], label=f"{mapped.unit} per cell")
axes[1].set(title="mean map; significant cells outlined", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## See it
#
# The film with its maps plays here: space or ▶ starts it, a click on a place (or a box drawn) gives the series of that place with its rate, error and
# p-value. It is a widget where `anywidget` is installed, else a page within the notebook.

# %%
cneep.view(estimator, movie, progress=False)

# %% [markdown]
# ## Keep it
#
# A run folder that the command line reads too (`cneep report`), a table, and a stack for Fiji.

# %%
estimator.save(folder / "run")
entropy.to_dataframe().to_csv(folder / "entropy.csv", index=False)
mapped.write(folder / "map.tif")
print(sorted(path.name for path in folder.iterdir()))
assert np.array_equal(cneep.load(folder / "run").predict(movie), estimator.predict(movie))
assert low < fresh.realised_rate
