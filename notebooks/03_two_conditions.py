# %% [markdown]
# # Two conditions
#
# Control and drug: does the second dissipate more? Four movies each; here a row of three beads whose right end is hotter in the second condition.
# An estimator sees a part of the dissipation, and which part depends on what it was trained on. So train one on
# movies of *both* conditions that are set aside, and compare what it says of fresh movies.

# %%
import cneep
import matplotlib.pyplot as plt
import numpy as np


def films(hot, seed, movies):
    microscope = {"read_noise": 0.02, "background": 0.1, "brightness": 0.6}
    return cneep.simulate.bead_spring(
        beads=3, hot=hot, movies=movies, frames=2000, seed=seed, microscope=microscope
    )


conditions = {"control": 3.0, "drug": 10.0}
training = [video for seed, hot in enumerate(conditions.values()) for video in films(hot, seed, 6).videos]
estimator = cneep.Estimator("modes").fit(training, progress=False)

# %%
fresh = {name: films(hot, 10 + seed, 8) for seed, (name, hot) in enumerate(conditions.items())}
found = {name: estimator.entropy_production(of) for name, of in fresh.items()}
for name, entropy in found.items():
    print(f"{name:8} {entropy.verdict}: {entropy.rate}; exact {fresh[name].exact_rate:.2f} k_B/s")

# %% [markdown]
# ## The difference
#
# Movies are independent, so the scatter between them is the error. With eight of each, a permutation test of the means needs no further
# assumption: under the null hypothesis the labels may be exchanged.

# %%
rates = {name: np.array([of.mean() for of in entropy.values]) / 0.01 for name, entropy in found.items()}
observed = rates["drug"].mean() - rates["control"].mean()
both = np.concatenate(list(rates.values()))
random = np.random.default_rng(0)
shuffled = np.array([random.permutation(both) for _ in range(20000)])
chance = shuffled[:, 8:].mean(1) - shuffled[:, :8].mean(1)
p_value = (1 + (np.abs(chance) >= abs(observed)).sum()) / (1 + len(chance))
error = np.hypot(*(of.std(ddof=1) / np.sqrt(len(of)) for of in rates.values()))
print(f"difference {observed:.2f} ± {error:.2f} k_B/s, p = {p_value:.2g}")

# %%
figure, axis = plt.subplots(figsize=(4, 3.2), layout="constrained")
for place, (name, of) in enumerate(rates.items()):
    axis.plot(np.full(len(of), place), of, "o", alpha=0.6)
    axis.errorbar(place + 0.15, of.mean(), of.std(ddof=1) / np.sqrt(len(of)), fmt="ks", capsize=3)
    axis.hlines(fresh[name].exact_rate, place - 0.3, place + 0.3, color="0.6", ls="--")
axis.set(xticks=[0, 1], xticklabels=list(rates), ylabel="rate, k_B/s (dashed: exact)", xlim=(-0.6, 1.6))

# %%
assert p_value < 0.01 and observed > 0
