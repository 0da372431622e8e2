# %% [markdown]
# # A system of your own
#
# A simulation written in NumPy, filmed as a microscope would, and judged against the entropy production that your equations give.
# Here: a bead in a trap whose force turns (a non-reciprocal one), with a position-dependent swirl, so that no formula is at hand.
#
# $$\gamma\,\dot{\mathbf r} = -k\,\mathbf r + \kappa\,e^{-r^2/2\ell^2}\,(-y, x) + \sqrt{2\gamma k_BT}\,\boldsymbol\xi$$

# %%
import cneep
import matplotlib.pyplot as plt
import numpy as np

k, swirl, reach, gamma, temperature = 1.0, 2.5, 1.5, 1.0, 1.0
step, steps_per_frame, frames, movies = 0.005, 8, 2500, 12
random = np.random.default_rng(1)


def force(r):
    turned = np.stack([-r[..., 1], r[..., 0]], axis=-1)
    return -k * r + swirl * np.exp(-(r**2).sum(-1, keepdims=True) / (2 * reach**2)) * turned


r = random.normal(size=(movies, 2)) * np.sqrt(temperature / k)
places, entropy = np.empty((movies, frames, 2)), np.zeros((movies, frames - 1))
for index in range(-100, (frames - 1) * steps_per_frame + 1):
    if index >= 0 and index % steps_per_frame == 0:
        places[:, index // steps_per_frame] = r
    kick = random.normal(size=r.shape) * np.sqrt(2 * temperature * step / gamma)
    moved = r + force(r) * step / gamma + kick
    # Heat over temperature, by the midpoint rule (Stratonovich).
    heat = ((force((r + moved) / 2)) * (moved - r)).sum(-1)
    if 0 <= index < (frames - 1) * steps_per_frame:
        entropy[:, index // steps_per_frame] += heat / temperature
    r = moved

interval = step * steps_per_frame
rate = entropy.mean() / interval
print(f"dissipated: {rate:.3f} ± {entropy.mean(1).std(ddof=1) / np.sqrt(movies) / interval:.3f} k_B/s")

# %% [markdown]
# ## Film it
#
# Positions are (column, row) in pixels; the rest is the camera's.

# %%
pixels = 16 + 3.0 * places[:, :, np.newaxis]
films = cneep.microscope.film(
    pixels, size=(33, 33), frame_interval=interval, width=2.5, brightness=0.7, background=0.1, read_noise=0.01
)
films[0]

# %% [markdown]
# ## Estimate it
#
# `exact` takes the entropy production of every step, one row a movie. The heat along a path differs from its entropy production by what
# the system keeps and gives back, so that single transitions scatter about it; the means agree.

# %%
estimator = cneep.Estimator("moments").fit(films[:8], progress=False)
found = estimator.entropy_production(films[8:], exact=entropy[8:])
found

# %%
mapped = estimator.dissipation_map(films[8:], transitions=False)
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
times = found.times() + interval
axes[0].plot(times, np.cumsum(entropy[8]), "k", label="dissipated")
axes[0].plot(times, found.cumulative[0], label="estimated")
axes[0].set(xlabel="time, s", ylabel="k_B")
axes[0].legend()
most = np.abs(mapped.mean).max()
shown = axes[1].imshow(mapped.mean, cmap="RdBu_r", vmin=-most, vmax=most)
figure.colorbar(shown, ax=axes[1], label=f"{mapped.unit} per cell")
axes[1].set(xticks=[], yticks=[])
print(f"estimated {found.rate}, dissipated in these movies {entropy[8:].mean() / interval:.3f} k_B/s")
plt.show()

# %%
assert found.significance == "dissipates" and found.rate.value < 1.3 * rate
