"""What people compute today, on the samples of the accuracy table: cross-validated multinomial logistic regression.

    usual_recipe.py BENCH_ACCURACY accuracy.csv [--rows N] [--workers N]

Rows are split at random into five folds, whatever their source; features are standardised inside each fold; penalty and
solver are scikit-learn's defaults. With CE the cross-entropy of the held-out rows and H the entropy of the counts,

    I(Z;Y) = H(Y) - CE(y | z)        I(Z;Y|T) = H(Y|T) - CE(y | z, one-hot t)        I(Z;T), I(Z;T|Y) likewise
    I(Z;Y,T) = I(Z;Y) + I(Z;T|Y)     S = I(Z;T|Y) - I(Z;T)

A continuous T is cut at its deciles.

Lines with the estimator `usual_recipe` are appended to the table, a whole sample at a time; what is there already is
not done again. run-accuracy calls this in an environment of its own.
"""

import argparse
import csv
import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one process a core instead

import h5py
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

NAME = "usual_recipe"
QUANTITIES = ["z_y", "z_t", "z_y_given_t", "z_t_given_y", "z_yt", "synergy"]


def entropy(*labels):
    """Of the counts of the labels' combinations, in nats."""
    counts = np.unique(np.stack(labels), axis=1, return_counts=True)[1]
    shares = counts / counts.sum()
    return -np.sum(shares * np.log(shares))


def cross_entropy(features, label):
    """Of held-out rows, in nats."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = KFold(5, shuffle=True, random_state=0)
    posterior = cross_val_predict(model, features, label, cv=folds, method="predict_proba")
    return log_loss(label, posterior, labels=np.unique(label))


def one_hot(label):
    return (label[:, None] == np.unique(label)[None, :]).astype(np.float32)


def usual_recipe(z, y, t):
    i_y = entropy(y) - cross_entropy(z, y)
    i_t = entropy(t) - cross_entropy(z, t)
    i_y_given_t = entropy(y, t) - entropy(t) - cross_entropy(np.hstack([z, one_hot(t)]), y)
    i_t_given_y = entropy(y, t) - entropy(y) - cross_entropy(np.hstack([z, one_hot(y)]), t)
    return dict(zip(QUANTITIES, [i_y, i_t, i_y_given_t, i_t_given_y, i_y + i_t_given_y, i_t_given_y - i_t]))


def draw(program, sample):
    dims = sample["dims"] if sample["wrapped"] == "1" else "0"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sample.h5")
        subprocess.run([program, "sample", path, sample["problem"], dims, "--rows", sample["rows"]], check=True)
        with h5py.File(path) as file:
            z, y, t = file["z/sample"][:], file["y"][:], file["t"][:]
    if t.dtype.kind == "f":
        t = np.searchsorted(np.quantile(t, np.linspace(0, 1, 11)[1:-1]), t.ravel())
    return z, y, t


def lines_of(job):
    program, header, sample = job
    warnings.simplefilter("ignore", ConvergenceWarning)  # what is not converged after 1,000 steps is used as it is
    z, y, t = draw(program, sample)
    values = usual_recipe(z, y, t)
    lines = ""
    for quantity in QUANTITIES:
        truth = float(sample[quantity])
        known = dict(sample, estimator=NAME, cells=len(np.unique(y)) * len(np.unique(t)), quantity=quantity,
                     truth=sample[quantity], nats=f"{values[quantity]:.5f}", error=f"{values[quantity] - truth:.5f}",
                     kind="point")
        lines += ",".join(str(known.get(column, "")) for column in header) + "\n"
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("table")
    parser.add_argument("--rows", default="8000")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()

    listed = subprocess.run([arguments.program, "samples", "--rows", arguments.rows], check=True, capture_output=True,
                            text=True).stdout
    with open(arguments.table) as table:
        rows = csv.DictReader(table)
        header = rows.fieldnames
        done = {(row["problem"], row["wrapped"], row["dims"]) for row in rows if row["estimator"] == NAME}
    samples = [sample for sample in csv.DictReader(listed.splitlines())
               if (sample["problem"], sample["wrapped"], sample["dims"]) not in done]
    samples.sort(key=lambda sample: int(sample["dims"]))  # the quickest first: of a run that is stopped, most is there
    jobs = [(arguments.program, header, sample) for sample in samples]
    with multiprocessing.Pool(arguments.workers) as pool, open(arguments.table, "a") as table:
        for count, lines in enumerate(pool.imap_unordered(lines_of, jobs), 1):
            table.write(lines)
            table.flush()
            print(f"usual recipe: {count}/{len(jobs)} samples", file=sys.stderr)


if __name__ == "__main__":
    main()
