#!/usr/bin/env python3
"""Writes sklearn_ross.csv: 1-D samples and what scikit-learn's _compute_mi_cd (Ross's estimator) says of them.

    python3 -m venv venv && venv/bin/pip install scikit-learn && venv/bin/python make_sklearn_ross.py > sklearn_ross.csv

The private function is called, because the public one adds noise. Both clamp at 0, so only samples are kept where
every value is positive. Values are exact float32 numbers without tied distances; every class has more rows than any k.
"""
import numpy as np
import sklearn
from sklearn.feature_selection._mutual_info import _compute_mi_cd

NEIGHBORS = 1, 3, 5, 10
print(f'# scikit-learn {sklearn.__version__}, numpy {np.__version__}')
print('problem,k,mutual_information,row,x,label')


def without_ties(x):
    """Whether all pairwise distances, as float64, differ."""
    d = np.abs(x[:, None] - x[None])[np.triu_indices(len(x), 1)]
    return len(np.unique(d)) == len(d)


problems = {
    'two_classes': (200, lambda g, y: g.standard_normal(len(y)) + 1.5 * y, [.5, .5]),
    'unequal': (150, lambda g, y: g.standard_normal(len(y)) * (1 + y), [.7, .2, .1]),
    'null': (120, lambda g, y: g.standard_normal(len(y)), [.25] * 4),
    'skewed': (200, lambda g, y: g.exponential(1 + y), [.4, .6]),
}
for name, (rows, draw, shares) in problems.items():
    for seed in range(1000):
        g = np.random.default_rng(seed)
        y = g.choice(len(shares), rows, p=shares)
        x = draw(g, y).astype('f').astype(float)
        enough = np.bincount(y, minlength=len(shares)).min() > max(NEIGHBORS)
        if enough and without_ties(x) and all(_compute_mi_cd(x, y, k) > 0 for k in NEIGHBORS):
            break
    else:
        raise SystemExit(f'{name}: no sample without ties')
    for k in NEIGHBORS:
        mi = _compute_mi_cd(x, y, k)
        for row in range(rows) if k == 1 else [0]:
            print(f'{name},{k},{float(mi)!r},{row},{float(x[row])!r},{y[row]}')
