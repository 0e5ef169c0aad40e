"""The tables of a whole study, out of those of its runs."""

import csv
import os

from .study_file import demand


def collect(runs, name, out):
    """One table of all runs, in the study's order, in which `run` is the run's name."""
    header, lines = None, []
    for run in runs:
        path = run.folder / name
        with open(path, encoding="utf-8", newline="") as file:
            table = list(csv.reader(file))
        header = header or table[0]
        demand(table[0] == header, f"{path}: its columns are not those of the other runs")
        column = header.index("run")
        lines += [[*line[:column], run.name, *line[column + 1:]] for line in table[1:]]
    write_csv(out / name, header, lines)


def describe_runs(runs, out):
    """runs.csv: the name, configuration and seed of each run, and a column for each key that the study sets."""
    keys = list(dict.fromkeys(key for run in runs for key in run.settings))
    lines = [[run.name, run.config, run.seed, *(run.settings.get(key, "").strip('"') for key in keys)] for run in runs]
    write_csv(out / "runs.csv", ["run", "config", "seed", *keys], lines)


def write_csv(path, header, lines):
    """The file appears whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with open(partial, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *lines])
    os.replace(partial, path)
