"""What users have today, one timed piece of work a call:  speed_rivals.py WHAT SAMPLE.h5 [OPTION…]

    product BLOCK         Z Zᵀ by NumPy, float32, BLOCK rows at a time, output discarded
    torch_product BLOCK   the same by PyTorch, BLOCK x BLOCK (with the Python that has it)
    recipe BLOCK K OUT    counts within the shared radius by NumPy alone: products in blocks, then thresholds
    faiss K               FAISS's exact K nearest neighbours of every row
    kdtree K SHARE OUT    the same counts by scikit-learn's KD-trees, for that share of the rows; tells the building of
                          the trees from the asking
    logistic FOLDS        scikit-learn's multinomial logistic regression, lbfgs, trained where FOLDS is not 0

Prints `wall processor` of the work alone, in seconds, then name=value. OUT: int32 counts [N, 4] (yt, y, t, all), itself
not among them; -1 where a row was not asked.
"""
import os
import sys
import time

import numpy as np


def read(path):
    import h5py
    with h5py.File(path) as file:
        return file["z"][:], file["y"][:].astype(int), file["t"][:].astype(int)


def blocks_of(rows, size):
    return (slice(first, min(first + size, rows)) for first in range(0, rows, size))


def product(z, y, t, block):
    for rows in blocks_of(len(z), int(block)):
        z[rows] @ z.T


def torch_product(z, y, t, block):
    import torch
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    z, out = torch.from_numpy(z), torch.empty(int(block), int(block))
    for rows in blocks_of(len(z), int(block)):
        for cols in blocks_of(len(z), int(block)):
            torch.mm(z[rows], z[cols].T, out=out[:rows.stop - rows.start, :cols.stop - cols.start])


def squared_distances(z, squares, rows):
    return squares[rows, None] + squares[None] - 2 * (z[rows] @ z.T)


def radii_in_cells(z, cell, k):
    radii = np.empty(len(z), np.float32)
    for c in np.unique(cell):
        inside = np.flatnonzero(cell == c)
        own = z[inside]
        radii[inside] = np.partition(squared_distances(own, (own * own).sum(1), slice(None)), k, axis=1)[:, k]
    return radii


def recipe(z, y, t, block, k, out):
    """One matrix of distances a block, compared with the radii, and the hits summed by cell in another product."""
    transforms = t.max() + 1
    cell = y * transforms + t
    squares = (z * z).sum(1)
    radii = radii_in_cells(z, cell, int(k))
    of_cell = np.eye(cell.max() + 1, dtype=np.float32)[cell]
    near = np.concatenate([(squared_distances(z, squares, rows) <= radii[rows, None]).astype(np.float32) @ of_cell
                           for rows in blocks_of(len(z), int(block))])
    by_y, by_t = near.reshape(len(z), -1, transforms).sum(2), near.reshape(len(z), -1, transforms).sum(1)
    every = np.arange(len(z))
    counts = np.stack([near[every, cell], by_y[every, y], by_t[every, t], near.sum(1)], 1)
    (counts.astype(np.int32) - 1).tofile(out)


def faiss(z, y, t, k):
    import faiss as library
    index = library.IndexFlatL2(z.shape[1])
    index.add(z)
    index.search(z, int(k) + 1)


class Stopwatch:
    """Seconds that pass between marks, by name."""

    def __init__(self):
        self.seconds, self.last = {}, (time.perf_counter(), time.process_time())

    def mark(self, name):
        now = time.perf_counter(), time.process_time()
        for clock, was, at in zip(("wall", "processor"), self.last, now):
            self.seconds[f"{name}_{clock}"] = self.seconds.get(f"{name}_{clock}", 0.0) + at - was
        self.last = now


def kdtree(z, y, t, k, share, out):
    """Every tree is built of all rows with a label; the share is of the rows that are asked about."""
    from sklearn.neighbors import KDTree
    k, step = int(k), round(1 / float(share))
    cell = y * (t.max() + 1) + t
    counts = np.full((len(z), 4), -1, np.int32)
    radius = np.empty(len(z))
    watch = Stopwatch()
    for column, labels in enumerate((cell, y, t, np.zeros_like(y))):
        for value in np.unique(labels):
            inside = np.flatnonzero(labels == value)
            asked = inside[inside % step == 0]
            tree = KDTree(z[inside].astype(float))
            watch.mark("build")
            if column == 0:
                radius[asked] = tree.query(z[asked].astype(float), k + 1)[0][:, k]
            within = radius[asked] * (1 + 1e-12)  # so that the root of a square is not below it
            counts[asked, column] = tree.query_radius(z[asked].astype(float), within, count_only=True) - 1
            watch.mark("query")
    counts.tofile(out)
    return lambda: {**{name: f"{seconds:.4f}" for name, seconds in watch.seconds.items()}, "share": 1 / step}


def logistic(z, y, t, folds):
    from sklearn.linear_model import LogisticRegression
    z = (z - z.mean(0)) / np.median(z.std(0))
    train = np.fromfile(folds, np.int32) != 0
    cell = y * (t.max() + 1) + t
    model = LogisticRegression(max_iter=1000).fit(z[train], cell[train])

    def loss(rows):
        scores = model.predict_log_proba(z[rows])
        return f"{-scores[np.arange(len(scores)), np.searchsorted(model.classes_, cell[rows])].mean():.6f}"

    return lambda: {"loss": loss(~train), "training_loss": loss(train), "steps": int(model.n_iter_[0])}


def main(what, sample, *options):
    z, y, t = read(sample)
    wall, processor = time.perf_counter(), time.process_time()
    tell = globals()[what](z, y, t, *options)  # what else it has to say takes none of the time
    print(f"{time.perf_counter() - wall:.6f} {time.process_time() - processor:.6f}",
          *(f"{name}={value}" for name, value in (tell() if tell else {}).items()))


main(*sys.argv[1:])
