# %% [markdown]
# # Does the synergy go with what a linear probe finds?
#
# Encoders learnt to predict one transformation T each, with several training seeds. This notebook reads the tables of
# that study and puts, encoder by encoder, the synergy S = I(Y;T|Z) beside the accuracy of a linear probe for the
# class Y. What it shows is what was measured: every number below is computed from the study's files when it is run.
#
# How to read its figures: a small mark is one encoder (one training seed); a line through it is the 95 % interval over
# *images*, which knows nothing of other seeds; a large mark is the mean over seeds. How far the small marks lie apart
# is the spread over seeds. Open small marks are readings that `mi-estimate` calls RED: not to be believed. All
# information is in nats.

# %%
import json
import os
from itertools import permutations, product
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

study = Path(os.environ["EQUINFO_STUDY"])
results = pd.read_csv(study / "results.csv")
evaluation = pd.read_csv(study / "evaluation.csv")
runs = pd.read_csv(study / "runs.csv")

plt.rcParams.update({"figure.dpi": 110, "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
                     "axes.grid": True, "grid.alpha": 0.25, "axes.axisbelow": True, "legend.frameon": False})
# Okabe and Ito's colours, which differ for colour-blind readers as well; shapes differ too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999"]
SHAPES = ["o", "s", "^", "D", "v", "P", "X", "*"]

# %% [markdown]
# ## Which encoders
#
# A run whose only features are those of epoch 0 was not trained: it is the baseline. Provenance comes from the
# attributes of each run's `features.h5`.

# %%
best = results[(results.estimator == "best") & (results.layer == "encoder")].copy()
best["verdict"] = best["flags"].str.extract(r"verdict_(\w+)", expand=False)
last_epoch = best.groupby("run").epoch.max()
trained = [name for name in runs.config.unique() if last_epoch[runs.run[runs.config == name]].max() > 0]
baseline = [name for name in runs.config.unique() if name not in trained]
look = {name: {"color": COLOURS[i % 8], "marker": SHAPES[i % 8]} for i, name in enumerate(trained)}


def provenance(run):
    with h5py.File(study / run / "features.h5") as file:
        kept = {key: file.attrs[key] for key in ("transform", "dataset", "libtorch", "device", "git_commit")}
        return {"run": run, **kept, "values of T": len(json.loads(file.attrs["transform_names"])),
                "rows": len(file["y"]), "images": len(np.unique(file["source"]))}


pd.DataFrame([provenance(run) for run in runs.run]).set_index("run")

# %% [markdown]
# ## One row an encoder

# %%
probe = evaluation[(evaluation.method == "linear_probe") & (evaluation.measure == "accuracy")]
head = evaluation[(evaluation["method"] == "head") & (evaluation.measure == "accuracy")]


def reading(quantity, when):
    """Estimate and interval of each run before its training, or at its last epoch."""
    rows = best[(best.quantity == quantity) & ((best.epoch == 0) == (when == "untrained"))]
    return rows.sort_values("epoch").groupby("run").last()[["nats", "ci_low", "ci_high", "ceiling_nats", "verdict"]]


encoders = runs[["run", "config", "seed"]].set_index("run")
encoders["accuracy"] = probe.set_index("run").value
encoders["images"] = probe.set_index("run").n
encoders["told T"] = head.set_index("run").value
for when in ("untrained", "trained"):
    for quantity in ("z_y", "z_t", "synergy"):
        encoders[f"{quantity}, {when}"] = reading(quantity, when).nats
encoders.round(4)

# %% [markdown]
# Mean and standard deviation over seeds:

# %%
shown = ["accuracy", "told T", "z_y, trained", "z_t, trained", "synergy, trained"]
encoders.groupby("config", sort=False)[shown].agg(["mean", "std", "count"]).round(4)

# %% [markdown]
# ## Synergy against the linear probe
#
# Left: what the class still explains about T once the *trained* encoder's Z is known. Right: the same of the encoder
# before its training, which is a property of the transformation more than of what was learnt. The dashed line is the
# accuracy of the untrained encoder, its band the range over seeds.


# %%
def draw_configuration(axes, name, when):
    mine = encoders[encoders.config == name]
    rows = reading("synergy", when).loc[mine.index]
    axes.hlines(mine.accuracy, rows.ci_low, rows.ci_high, color=look[name]["color"], linewidth=0.8, alpha=0.5)
    colour, shape = look[name]["color"], look[name]["marker"]
    faces = ["white" if verdict == "red" else colour for verdict in rows.verdict]
    axes.scatter(rows.nats, mine.accuracy, s=14, linewidth=0.7, edgecolor=colour, c=faces, marker=shape, zorder=2.5)
    axes.scatter(rows.nats.mean(), mine.accuracy.mean(), s=75, label=name, edgecolor="white", linewidth=0.8, zorder=3,
                 **look[name])


def synergy_axis(when):
    """Room for every reading, and for the intervals of those that are to be believed; longer ones leave the figure."""
    rows = reading("synergy", when).loc[encoders.index[encoders.config.isin(trained)]]
    ends = pd.concat([rows.nats, rows.ci_low, rows.ci_high[rows.verdict != "red"]])
    margin = 0.05 * (ends.max() - ends.min()) or 0.01
    return ends.min() - margin, ends.max() + margin


def draw_baseline(axes):
    for name in baseline:
        values = encoders.accuracy[encoders.config == name]
        axes.axhspan(values.min(), values.max(), color="grey", alpha=0.15, linewidth=0)
        axes.axhline(values.mean(), color="grey", linestyle="--", linewidth=1, label=f"{name}: no training")


figure, panels = plt.subplots(1, 2, figsize=(9.5, 4.2), sharey=True, layout="constrained")
for axes, when in zip(panels, ("trained", "untrained")):
    draw_baseline(axes)
    for name in trained:
        draw_configuration(axes, name, when)
    axes.set(title=f"{when} encoder", xlabel="S = I(Y;T|Z) in nats", xlim=synergy_axis(when))
panels[0].set_ylabel("accuracy of the linear probe (trained encoder)")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
plt.show()

# %% [markdown]
# ### How strong is the relation?
#
# Spearman's rank correlation between the means of the configurations. An S whose interval reaches to zero counts as
# zero, so that readings which cannot be told from nothing share a rank instead of being ordered by their noise. The
# p-value counts all orders of the configurations (two-sided): with so few of them only a strong relation can be told
# from none. The range tells how far the correlation moves when any one seed stands for each configuration; it is no
# confidence interval. `all` has every configuration, `not RED` leaves out those with a RED reading of S.


# %%
def rank_correlation(x, y):
    x, y = pd.Series(x).rank(), pd.Series(y).rank()
    return np.corrcoef(x, y)[0, 1] if x.std() > 0 and y.std() > 0 else np.nan


def p_value(means, observed):
    """Share of the orders of the configurations whose correlation is as strong."""
    if len(means) > 8 or not np.isfinite(observed):
        return np.nan
    others = [rank_correlation(means.synergy, order) for order in permutations(means.accuracy)]
    return np.mean([abs(other) >= abs(observed) - 1e-12 for other in others])


def relation(when, which):
    table = encoders[encoders.config.isin(trained)]
    rows = reading("synergy", when).loc[table.index]
    table = table.assign(synergy=rows.nats.where(rows.ci_low > 0, 0.0))
    if which == "not RED":
        table = table[~table.config.isin(table.config[rows.verdict == "red"])]
    groups = table.groupby("config")[["synergy", "accuracy"]]
    means = groups.mean()
    observed = rank_correlation(means.synergy, means.accuracy)
    choices = product(*(seeds.values.tolist() for _, seeds in groups)) if groups.size().prod() <= 5000 else []
    ranges = [value for choice in choices if np.isfinite(value := rank_correlation(*zip(*choice)))]
    return {"encoder": when, "which": which, "configurations": len(means), "rank correlation": observed,
            "p-value": p_value(means, observed), "lowest over seeds": min(ranges, default=np.nan),
            "highest over seeds": max(ranges, default=np.nan)}


cases = product(("trained", "untrained"), ("all", "not RED"))
relations = pd.DataFrame([relation(*case) for case in cases]).set_index(["encoder", "which"])
relations.round(3)

# %% [markdown]
# ## What training changes
#
# Open marks: before the training; filled marks: after it; one row a configuration, one line a seed, the broad band the
# interval after training. I(Z;T) is drawn as a share of its ceiling H(T), since the transformations have different
# numbers of values. A mark at 1 leaves nothing of T open, and nothing for the class to explain.


# %%
def draw_change(axes, quantity, scaled):
    for row, name in enumerate(trained):
        members = encoders.index[encoders.config == name]
        before, after = (reading(quantity, when).loc[members] for when in ("untrained", "trained"))
        if scaled:
            before, after = (table.drop(columns="verdict").div(table.ceiling_nats, axis=0) for table in (before, after))
        heights = row + np.linspace(-0.2, 0.2, len(members)) if len(members) > 1 else [row]
        colour = look[name]["color"]
        axes.hlines(heights, after.ci_low, after.ci_high, color=colour, alpha=0.3, linewidth=3)
        axes.hlines(heights, before.nats, after.nats, color=colour, linewidth=0.8)
        axes.scatter(before.nats, heights, s=18, facecolor="white", edgecolor=colour, zorder=3)
        axes.scatter(after.nats, heights, s=18, color=colour, zorder=3)


figure, panels = plt.subplots(1, 3, figsize=(9.5, 0.45 * len(trained) + 1.2), sharey=True, layout="constrained")
for axes, (quantity, scaled, label) in zip(panels, (("z_y", False, "I(Z;Y) in nats"), ("z_t", True, "I(Z;T) / H(T)"),
                                                    ("synergy", False, "S in nats"))):
    draw_change(axes, quantity, scaled)
    axes.set(xlabel=label, yticks=range(len(trained)), yticklabels=trained, ylim=(len(trained) - 0.5, -0.5))
    axes.xaxis.set_major_locator(plt.MaxNLocator(5))
plt.show()

# %% [markdown]
# ## How many directions the features use
#
# From the features themselves (HDF5): the effective dimension exp(H(λ)) of the covariance, with λ its eigenvalues
# divided by their sum. An encoder that collapsed onto T alone would use few.


# %%
def effective_dimension(z):
    eigenvalues = np.linalg.svd(z - z.mean(0), compute_uv=False) ** 2
    shares = eigenvalues[eigenvalues > 0] / eigenvalues.sum()
    return np.exp(-np.sum(shares * np.log(shares)))


def dimensions(run):
    with h5py.File(study / run / "features.h5") as file:
        epochs = sorted(file["z"])
        first, last = (file["z"][epoch]["encoder"][:].astype(np.float64) for epoch in (epochs[0], epochs[-1]))
    return {"run": run, "untrained": effective_dimension(first), "trained": effective_dimension(last)}


used = pd.DataFrame([dimensions(run) for run in runs.run[runs.config.isin(trained)]]).set_index("run")
figure, axes = plt.subplots(figsize=(6.2, 0.4 * len(trained) + 1.0), layout="constrained")
for row, name in enumerate(trained):
    mine = used.loc[encoders.index[encoders.config == name]]
    axes.scatter(mine.untrained, np.full(len(mine), row), s=22, facecolor="white", edgecolor=look[name]["color"])
    axes.scatter(mine.trained, np.full(len(mine), row), s=22, color=look[name]["color"])
axes.set(xlabel="effective dimension of Z (open: untrained, filled: trained)", yticks=range(len(trained)),
         yticklabels=trained, xlim=(0, None), ylim=(len(trained) - 0.5, -0.5))
plt.show()

# %% [markdown]
# ## Verdicts
#
# What `mi-estimate` itself thinks of its readings, seed by seed: RED should not be printed, AMBER has a reason to be
# careful, which the run's log tells.

# %%
said = best[best.quantity == "synergy"].set_index("run")[["epoch", "verdict"]]
verdicts = encoders[["config"]].join(said).groupby(["config", "epoch"], sort=False).verdict
verdicts.agg(lambda seeds: ", ".join(sorted(seeds))).unstack("epoch").fillna("")
