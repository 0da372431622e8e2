# %% [markdown]
# # Two conditions
#
# Control and drug: does the second dissipate more, by how much, and where? Eight movies each; here a row of three beads whose right end is
# hotter in the second condition.

# %%
import cneep
import matplotlib.pyplot as plt
import numpy as np


def films(hot, seed):
    microscope = {"read_noise": 0.02, "background": 0.1, "brightness": 0.6}
    return cneep.simulate.bead_spring(
        beads=3, hot=hot, movies=8, frames=2000, seed=seed, microscope=microscope
    )


control, drug = films(3.0, 10), films(30.0, 11)

# %% [markdown]
# ## Compare
#
# Two questions, two answers. *By how much*: each condition is judged by its own estimator, and lower bounds are compared. *Beyond chance?* One
# estimator is trained on all movies together and knows nothing of conditions; if they do not differ, exchanging movies between them changes
# nothing, so permutations of movies give an exact p-value, however well or badly the estimator is fitted.

# %%
compared = cneep.compare(control, drug, name="drug", estimator="modes", progress=False)
compared

# %%
print(f"difference of the bounds {compared.difference}")
print(f"exact rates {control.exact_rate:.2f} and {drug.exact_rate:.2f} k_B/s")
print(f"exact difference {drug.exact_rate - control.exact_rate:.2f} k_B/s")

# %% [markdown]
# ## Each movie, and where
#
# What judges all movies alike orders the conditions, but is no rate: it was fitted to a mixture. The map shows where the
# means differ, which says something as the beads are at the same places in all movies; with eight movies a side single cells need not differ beyond
# chance where the whole does.

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained", width_ratios=[1, 1.7])
for place, of in enumerate(compared.scores):
    axes[0].plot(np.full(len(of), place), of, "o", alpha=0.6)
    axes[0].plot([place - 0.2, place + 0.2], [of.mean()] * 2, "k")
axes[0].set(
    xticks=[0, 1],
    xticklabels=["control", "drug"],
    xlim=(-0.6, 1.6),
    ylabel=f"{compared.judge.replace('_', ' ')}, k_B/s",
)
axes[0].set_title(f"p = {compared.p_value:.2g}, by {compared.unit}")
most = np.abs(compared.difference_map).max()
shown = axes[1].imshow(compared.difference_map, cmap="RdBu_r", vmin=-most, vmax=most, origin="lower")
if compared.different.any():
    axes[1].contour(compared.different, levels=[0.5], colors="k", linewidths=0.8)
figure.colorbar(shown, ax=axes[1], label="drug - control, k_B/s per cell")
axes[1].set(title=f"where; {int(compared.different.sum())} cells differ beyond chance", xticks=[], yticks=[])
plt.show()

# %%
low, high = compared.difference.interval
assert compared.p_value < 0.01 and low > 0
