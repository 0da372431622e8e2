# %% [markdown]
# # Published weights
#
# Weights that the authors of the paper published are imported as they are, and give the dS that the authors' program gives. The files are
# not ours to hand on: put them in a folder and name it in `CNEEP_REFERENCE`.

# %%
import os
from pathlib import Path

import cneep
import matplotlib.pyplot as plt
import numpy as np

named = os.environ.get("CNEEP_REFERENCE", Path("../../shared/reference"))
folder = Path(named).resolve()
weights = folder / "cneep_2BS_L10000_seed3_best.safetensors"
there = weights.exists()
if not there:
    print("SKIPPED: the published weights are not at hand; nothing below was checked.")

# %% [markdown]
# ## Import
#
# Frame size and normalisation are not in such files; they are those of the training.

# %%
if there:
    network = cneep.import_weights(weights, frame=(20, 40), input_mean=35.5325, input_std=57.418171720719215)
    vectors = np.load(folder / "testvec_64.npz")
    ours = np.array([network.predict(cneep.open(pair, frame_interval=0.01))[0] for pair in vectors["images"]])
    theirs = vectors["dS_f64_L10000_seed3"].ravel()
    print(f"largest difference from the authors' network in 64 bits: {np.abs(ours - theirs).max():.1e} k_B")
    assert np.abs(ours - theirs).max() < 1e-5

# %% [markdown]
# ## On new movies

# %%
if there:
    mean, deviation = [-0.00212222, -0.01492803], [1.21432244, 2.47228217]
    beads = cneep.simulate.bead_spring(movies=20, frames=2000, seed=8, mean=mean, deviation=deviation)
    entropy = network.entropy_production(beads, exact=beads)
    mapped = network.dissipation_map(beads, transitions=False)
    print(f"R² = {entropy.r_squared:.4f}, slope {entropy.slope:.3f}, {entropy.rate}")
    figure, axis = plt.subplots(figsize=(5, 2.2), layout="constrained")
    most = np.abs(mapped.mean).max()
    shown = axis.imshow(mapped.mean, cmap="RdBu_r", vmin=-most, vmax=most, origin="lower")
    figure.colorbar(shown, ax=axis, label=f"{mapped.unit} per cell")
    axis.set(
        title=f"mean map of the published network: sum {mapped.rate:.2f} {mapped.unit}", xticks=[], yticks=[]
    )
    assert entropy.r_squared > 0.98
    plt.show()
