"""What a study found, in a few lines for the terminal."""

import csv


def rows_of(run, table):
    with open(run.folder / table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def accuracy(run):
    """Of the linear probe of the class; None if the table has none."""
    found = [row["value"] for row in rows_of(run, "evaluation.csv")
             if (row.get("task"), row.get("method"), row.get("measure")) == ("class", "linear_probe", "accuracy")]
    return float(found[-1]) if found else None


def synergy(run):
    """The headline's S of the last epoch, of the layer "encoder" if it was measured; None if the table has none."""
    found = [row for row in rows_of(run, "results.csv")
             if (row.get("quantity"), row.get("estimator")) == ("synergy", "best") and row.get("nats")]
    if not found:
        return None
    found.sort(key=lambda row: (int(row["epoch"] or 0), row["layer"] == "encoder"))
    return float(found[-1]["nats"])


def mean(values):
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def summary(runs):
    """A line a configuration: runs, accuracy and synergy, as means over seeds."""
    of_config = {}
    for run in runs:
        of_config.setdefault(run.config, []).append(run)
    width = max(map(len, [*of_config, "configuration"]))
    text = f"{'configuration':{width}}  seeds  linear probe  S (nats)\n"
    for config, its_runs in of_config.items():
        share, nats = mean(map(accuracy, its_runs)), mean(map(synergy, its_runs))
        probe = "-" if share is None else f"{100 * share:.1f} %"
        text += f"{config:{width}}  {len(its_runs):5}  {probe:>12}  {'-' if nats is None else f'{round(nats, 3) + 0.0:.3f}':>8}\n"
    return text
