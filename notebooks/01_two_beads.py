# %% [markdown]
# # Two beads between a cold and a hot bath
#
# The quick run of Bae, Kim and Jeong ([doi 10.1103/PhysRevResearch.4.033094](https://doi.org/10.1103/PhysRevResearch.4.033094)):
# film two beads on springs, train the network on the movies alone, and compare with what is known exactly. Beside it
# stands what this package fits in closed form within seconds.

# %%
import cneep
import matplotlib.pyplot as plt
import numpy as np

train = cneep.simulate.bead_spring(movies=100, frames=4000, cold=1.0, hot=10.0, seed=1)
test = cneep.simulate.bead_spring(movies=10, frames=2000, cold=1.0, hot=10.0, seed=2)
train

# %% [markdown]
# ## The movies
#
# Each bead is a blob; the left one is cold, the right one hot. Only the picture is given to the estimators.

# %%
movie = test.videos[0]
figure, axes = plt.subplots(1, 4, figsize=(10, 1.6), layout="constrained")
for axis, frame in zip(axes, (0, 20, 40, 60), strict=True):
    axis.imshow(movie[frame], cmap="gray", origin="lower")
    axis.set(title=f"{frame * movie.frame_interval:.1f} s", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## Train
#
# The network of the paper, as far as a minute goes, and principal modes in closed form on a quarter of the movies.
#
# The published R² of 0.989 ± 0.001 is that of a million transitions (100 movies of 10,000 frames) which the network was shown 400 times each:
# 100,000 iterations of 4,096. Here it is 400,000 transitions, and one and a half looks at each: 1,200 iterations of 512, at ten times the published rate and
# with a cosine schedule. What is missing below is training, not the network: a tenth of these iterations gives 0.43, and by the default
# schedule the same network reaches 0.982 on the million transitions in three minutes of two cores and 0.985 within ten (`book/src/performance.md`).
# `settings="paper"` is the paper's own schedule, which takes hours.

# %%
descent = {
    "batch": 512,
    "learning_rate": 1e-3,
    "averaging": 0.99,
    "patience": 0,
    "validation_transitions": 10000,
}


def trained(iterations):
    settings = {"kind": "convolutional", "descent": {**descent, "iterations": iterations}}
    return cneep.Estimator(settings={"estimator": settings}).fit(train, progress=False)


short, network = trained(120), trained(1200)
modes = cneep.Estimator("modes").fit(train.videos[:25], progress=False)
curve = network.training_curve_
figure, axis = plt.subplots(figsize=(5, 2.6), layout="constrained")
axis.plot(curve["iteration"], curve["train_loss"], label="training")
axis.plot(curve["iteration"], curve["validation_loss"], label="validation")
axis.set(xlabel="iteration", ylabel="loss -J, k_B per transition")
axis.legend()
plt.show()

# %% [markdown]
# ## Entropy production of every transition, on movies that were not trained on

# %%
found = {
    name: of.entropy_production(test, exact=test) for name, of in (("network", network), ("modes", modes))
}
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
for axis, (name, entropy) in zip(axes, found.items(), strict=True):
    exact, estimate = np.concatenate(entropy.exact), np.concatenate(entropy.values)
    axis.hexbin(exact, estimate, gridsize=50, bins="log", cmap="magma_r", mincnt=1)
    axis.axline((0, 0), slope=1, color="0.5", lw=0.8)
    title = f"{name}: R² = {entropy.r_squared:.3f}, slope {entropy.slope:.2f}"
    axis.set(title=title, xlabel="exact, k_B per transition", ylabel="estimated")
print(f"network after 120 iterations: R² = {short.entropy_production(test, exact=test).r_squared:.3f}")
for name, entropy in found.items():
    print(f"{name:8} rate {entropy.rate}, at least {entropy.certified_bound.interval[0]:.2f} (97.5 %)")
print(f"exact    rate {test.exact_rate:.3f}, of these movies {test.realised_rate:.3f} k_B/s")
plt.show()

# %% [markdown]
# ## Along one movie

# %%
times = (1 + np.arange(len(movie) - 1)) * movie.frame_interval
figure, axis = plt.subplots(figsize=(6, 3.2), layout="constrained")
axis.plot(times, np.cumsum(test.entropy_production[0]), "k", lw=2, label="exact")
for name, entropy in found.items():
    axis.plot(times, entropy.cumulative[0], label=name)
axis.set(xlabel="time, s", ylabel="entropy produced, k_B")
axis.legend()
plt.show()

# %% [markdown]
# ## Dissipation maps
#
# Where on the picture: for three transitions of one movie, and on average. Every map sums to dS of its transition. Maps of
# networks differ between seeds and do not tell which bead dissipates; those of modes stand at the beads, in the ratio of
# the exact local rates.

# %%
maps = {name: of.dissipation_map(movie) for name, of in (("network", network), ("modes", modes))}
strongest = np.sort(np.argsort(np.abs(test.entropy_production[0]))[-3:])
figure, axes = plt.subplots(2, 3, figsize=(9, 3.6), layout="constrained")
for row, (name, mapped) in zip(axes, maps.items(), strict=True):
    shown = mapped.transitions[0][strongest]
    most = np.abs(shown).max()
    for axis, picture, index in zip(row, shown, strongest, strict=True):
        extent = (-0.5, 39.5, -0.5, 19.5)
        axis.imshow(picture, cmap="RdBu_r", vmin=-most, vmax=most, origin="lower", extent=extent)
        axis.contour(movie[index], levels=[120], colors="0.3", linewidths=0.7)
        axis.set(
            title=f"{name}, {index * movie.frame_interval:.2f} s: {picture.sum():.2f} k_B",
            xticks=[],
            yticks=[],
        )
plt.show()

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 2.4), layout="constrained")
for axis, (name, of) in zip(axes, (("network", network), ("modes", modes)), strict=True):
    mapped = of.dissipation_map(test, transitions=False)
    most = np.abs(mapped.mean).max()
    shown = axis.imshow(
        mapped.mean, cmap="RdBu_r", vmin=-most, vmax=most, origin="lower", extent=(-0.5, 39.5, -0.5, 19.5)
    )
    figure.colorbar(shown, ax=axis, label=f"{mapped.unit} per cell")
    axis.set(title=f"{name}: sum {mapped.rate:.2f} {mapped.unit}", xticks=[], yticks=[])
    half = mapped.mean.shape[1] // 2
    print(f"{name:8} left {mapped.mean[:, :half].sum():.2f}, right {mapped.mean[:, half:].sum():.2f} k_B/s")
print("exact    cold {:.2f}, hot {:.2f} k_B/s".format(*test.exact_local_rate))
plt.show()

# %%
assert found["network"].r_squared > 0.94 and found["modes"].r_squared > 0.97
