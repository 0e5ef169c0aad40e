#!/usr/bin/env python3
"""Images a second of essl-train beside the same network, data and batch in Python PyTorch (python_training.py), one
after the other in several rounds, so that both see the same machine. Reports ratios of medians.

    tests/bench/train_speed.py OUT.csv                               # `make bench-train`
    tests/bench/train_speed.py OUT.csv --device cuda --network resnet18 --batch 512 --images 50000 --data CIFAR10_BINARY

OUT.csv: setting, program, style, round, device, network, augment, precision, batch, threads, workers, images,
images_per_second (of the last epoch; those before warm up).
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("setting,program,style,round,device,network,augment,precision,batch,threads,workers,images,"
           "images_per_second").split(",")
# What `make bench-train` is held to: setting, style of Python, least ratio.
TARGETS = {"cpu": [("rotation", "plain", 1.2), ("simclr", "plain", 3.0)],
           "cuda": [("rotation", "plain", 3.0), ("rotation", "tuned", 1.0), ("simclr", "plain", 10.0),
                    ("simclr", "tuned", 1.0)]}
AUGMENTS = {"rotation": "none", "simclr": "simclr"}


def environment():
    # Waiting threads that spin would take the other program's time, and the data loader's.
    return dict(os.environ, OMP_WAIT_POLICY="passive")


def run_ours(a, setting, precision):
    with tempfile.TemporaryDirectory() as folder:
        keys = {"dataset.path": a.data, "dataset.train_limit": a.images, "dataset.test_limit": 100,
                "dataset.colour": "rgb", "augment.name": AUGMENTS[setting], "encoder.preset": a.network,
                "train.epochs": a.epochs, "train.batch": a.batch, "train.lr": 0.1, "train.final_lr": 0,
                "train.threads": a.threads, "train.device": a.device, "train.precision": precision, "dump.epochs": "[]"}
        if AUGMENTS[setting] == "simclr":
            keys["augment.jitter"] = 0.5
        Path(folder, "config.toml").write_text("")
        command = [str(Path(a.build, "bin/essl-train")), str(Path(folder, "config.toml")), "-o", str(Path(folder, "run"))]
        for key, value in keys.items():
            command += ["--set", f"{key}={value}"]
        done = subprocess.run(command, env=environment(), stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        with open(Path(folder, "run/metrics.csv")) as file:
            return float(list(csv.DictReader(file))[-1]["images_per_second"])


def run_python(a, setting, style, workers):
    command = [a.python, str(ROOT / "tests/bench/python_training.py"), a.data, "--style", style]
    for key, value in {"network": a.network, "augment": AUGMENTS[setting], "device": a.device, "images": a.images,
                       "batch": a.batch, "epochs": a.epochs, "threads": a.threads, "workers": workers}.items():
        command += ["--" + key, str(value)]
    done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"train_speed: {' '.join(command)} failed")
    return json.loads(done.stdout.splitlines()[-1])["images_per_second"]


def measure(a, add):
    for number in range(a.rounds):
        for setting in a.settings:
            for precision in a.precisions:
                add(setting, "essl-train", "", number, precision, "", run_ours(a, setting, precision))
            for workers in a.workers if "plain" in a.styles else []:
                add(setting, "python", "plain", number, "fp32", workers, run_python(a, setting, "plain", workers))
            if "tuned" in a.styles:
                add(setting, "python", "tuned", number, "bf16" if a.device == "cuda" else "fp32", "",
                    run_python(a, setting, "tuned", 0))


def median(rows, **wanted):
    """Of the best choice of workers, and of precision."""
    groups = {}
    for row in rows:
        if all(row[key] == value for key, value in wanted.items()):
            groups.setdefault((row["precision"], row["workers"]), []).append(row["images_per_second"])
    return max(map(statistics.median, groups.values())) if groups else None


def summarise(rows, device):
    for setting, style, least in TARGETS[device]:
        ours, theirs = median(rows, setting=setting, program="essl-train"), median(rows, setting=setting, style=style)
        if ours is None or theirs is None:
            continue
        ratio = ours / theirs
        print(f"{setting:9} essl-train {ours:8.0f} images/s, {style} Python {theirs:8.0f}: {ratio:5.2f} times "
              f"(asked for: {least}){'' if ratio >= least else '   MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--python", default=sys.executable, help="with torch and torchvision")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--network", default="small")
    parser.add_argument("--settings", nargs="+", choices=list(AUGMENTS), default=list(AUGMENTS))
    parser.add_argument("--styles", nargs="+", choices=["plain", "tuned"], default=["plain"])
    parser.add_argument("--precisions", nargs="+", default=["fp32"])
    parser.add_argument("--workers", nargs="+", type=int, default=[0, 2], help="of the plain loop; the faster counts")
    for name, value in {"images": 4096, "batch": 128, "epochs": 2, "rounds": 3, "threads": os.cpu_count()}.items():
        parser.add_argument("--" + name, type=int, default=value)
    a = parser.parse_args()
    rows = []
    Path(a.out).parent.mkdir(parents=True, exist_ok=True)
    with open(a.out, "w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()

        def add(setting, program, style, number, precision, workers, speed):
            row = dict(zip(COLUMNS, (setting, program, style, number, a.device, a.network, AUGMENTS[setting], precision,
                                     a.batch, a.threads, workers, a.images, speed)))
            rows.append(row)
            table.writerow(dict(row, images_per_second=f"{speed:.1f}"))
            file.flush()
            print(f"{setting:9} {program:10} {style:5} {precision} {speed:8.0f} images/s", file=sys.stderr)

        measure(a, add)
    summarise(rows, a.device)


if __name__ == "__main__":
    main()
