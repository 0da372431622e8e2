# %% [markdown]
# # Window and frame gap
#
# Two choices every number hangs on: how many frames a transition has, and whether the camera is fast enough.

# %%
import cneep
import matplotlib.pyplot as plt
import numpy as np

microscope = {"read_noise": 0.05, "background": 0.2, "brightness": 0.6}
beads = cneep.simulate.bead_spring(movies=30, frames=1500, seed=5, microscope=microscope)
fresh = cneep.simulate.bead_spring(movies=10, frames=1500, seed=6, microscope=microscope)

# %% [markdown]
# ## Window
#
# With noise, two frames hardly tell where a bead was. Longer windows average, until they cost more parameters than they bring. The bound on
# movies that were not fitted to tells which is best, without any exact answer; a comparison (`Estimator()`) chooses by it.

# %%
windows = (2, 3, 4, 6, 8)
of_window = {}
for window in windows:
    estimator = cneep.Estimator("modes", window=window).fit(beads, progress=False)
    of_window[window] = estimator.entropy_production(fresh, exact=fresh)
    print(window, of_window[window].certified_bound, f"R² = {of_window[window].r_squared:.3f}")

# %%
figure, axis = plt.subplots(figsize=(5, 3), layout="constrained")
for name in ("rate", "certified_bound"):
    measured = [getattr(of, name) for of in of_window.values()]
    values, errors = [of.value for of in measured], [of.standard_error for of in measured]
    axis.errorbar(windows, values, errors, fmt="o-", capsize=3, label=name.replace("_", " "))
axis.axhline(fresh.realised_rate, color="k", ls="--", label="realised")
axis.set(xlabel="window, frames", ylabel="k_B/s", ylim=(0, None))
axis.legend()
plt.show()

# %% [markdown]
# ## Frame gap
#
# Leave frames out, as a slower camera would. If the rate still rises towards short gaps, the camera misses dissipation, and the
# number is a bound in this respect too. `cneep frame-gap` does the same at the command line.


# %%
def thinned(videos, gap):
    return [
        cneep.open(np.asarray(of)[::gap], frame_interval=gap * of.frame_interval, name=of.name)
        for of in videos
    ]


clean = cneep.simulate.bead_spring(movies=30, frames=3000, seed=7)
gaps = (1, 2, 5, 10, 20, 50)
of_gap = []
for gap in gaps:
    movies = thinned(clean.videos, gap)
    estimator = cneep.Estimator("modes").fit(movies[:20], progress=False)
    of_gap.append(estimator.entropy_production(movies[20:]).rate)
    print(gap, of_gap[-1])

# %%
figure, axis = plt.subplots(figsize=(5, 3), layout="constrained")
times = np.array(gaps) * clean.frame_interval
axis.errorbar(times, [of.value for of in of_gap], [of.standard_error for of in of_gap], fmt="o-", capsize=3)
axis.axhline(clean.exact_rate, color="k", ls="--", label="exact")
axis.set(xscale="log", xlabel="time between frames, s", ylabel="rate, k_B/s", ylim=(0, None))
axis.legend()
plt.show()

# %%
assert of_gap[0].value > of_gap[-1].value
