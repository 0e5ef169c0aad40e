#!/usr/bin/env python3
"""Images a second of essl-train beside the same network, data and batch in Python PyTorch (python_training.py), one
after the other in several rounds, so that both see the same machine. Reports ratios of medians.

    tests/bench/train_speed.py OUT.csv                               # `make bench-train`
    tests/bench/train_speed.py OUT.csv --device cuda --network resnet18 --batch 512 --images 50000 --data CIFAR10_BINARY

Where other programs share the machine the clock says little: then compare processor time, of all threads and workers.

OUT.csv: setting, program, style, round, device, network, augment, precision, batch, threads, workers, images,
images_per_second (of the last epoch; those before warm up), images_per_processor_second (of all epochs but the first:
a run of one epoch is subtracted, and with it the start).
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
           "images_per_second,images_per_processor_second").split(",")
# What ratios are held to: setting, style of Python, least ratio.
TARGETS = {"cpu": [("rotation", "plain", 1.2), ("simclr", "plain", 3.0)],
           "cuda": [("rotation", "plain", 3.0), ("rotation", "tuned", 1.0), ("simclr", "plain", 10.0),
                    ("simclr", "tuned", 1.0)]}
AUGMENTS = {"rotation": "none", "simclr": "simclr"}
OURS = {"tiny": ["encoder.preset=small", "encoder.width=4"]}  # other networks are presets


def environment():
    # Waiting threads that spin would take the other program's time, and the data loader's.
    return dict(os.environ, OMP_WAIT_POLICY="passive")


def run(command):
    """What a program wrote on standard output, and its processor seconds, with those of its children."""
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, words = process.stdout.read(), process.stderr.read()  # both are short: neither fills a pipe
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"train_speed: {' '.join(command)} failed:\n{words}")
    return out, usage.ru_utime + usage.ru_stime


def run_ours(a, setting, precision, epochs):
    with tempfile.TemporaryDirectory() as folder:
        keys = {"dataset.path": a.data, "dataset.train_limit": a.images, "dataset.test_limit": 20,
                "dataset.colour": "rgb", "augment.name": AUGMENTS[setting], "train.epochs": epochs,
                "train.batch": a.batch, "train.lr": 0.1, "train.final_lr": 0, "train.threads": a.threads,
                "train.device": a.device, "train.precision": precision, "dump.epochs": "[]"}
        Path(folder, "config.toml").write_text("")
        command = [str(Path(a.build, "bin/essl-train")), str(Path(folder, "config.toml")), "-o", str(Path(folder, "run"))]
        for setting_ in OURS.get(a.network, ["encoder.preset=" + a.network]) + [f"{k}={v}" for k, v in keys.items()]:
            command += ["--set", setting_]
        _, seconds = run(command)
        with open(Path(folder, "run/metrics.csv")) as file:
            return float(list(csv.DictReader(file))[-1]["images_per_second"]), seconds


def run_python(a, setting, style, workers, epochs):
    command = [a.python, str(ROOT / "tests/bench/python_training.py"), a.data, "--style", style]
    for key, value in {"network": a.network, "augment": AUGMENTS[setting], "device": a.device, "images": a.images,
                       "batch": a.batch, "epochs": epochs, "threads": a.threads, "workers": workers}.items():
        command += ["--" + key, str(value)]
    out, seconds = run(command)
    return json.loads(out.splitlines()[-1])["images_per_second"], seconds


def speeds(a, one_run):
    """Images a second of the clock, and of the processor."""
    _, first = one_run(1)
    speed, seconds = one_run(a.epochs)
    images = a.images // a.batch * a.batch * (a.epochs - 1)
    return speed, images / max(seconds - first, 1e-3)


def measure(a, add):
    for number in range(a.rounds):
        for setting in a.settings:
            for precision in a.precisions:
                add(setting, "essl-train", "", number, precision, "",
                    speeds(a, lambda epochs: run_ours(a, setting, precision, epochs)))
            for workers in a.workers if "plain" in a.styles else []:
                add(setting, "python", "plain", number, "fp32", workers,
                    speeds(a, lambda epochs: run_python(a, setting, "plain", workers, epochs)))
            if "tuned" in a.styles:
                add(setting, "python", "tuned", number, "bf16" if a.device == "cuda" else "fp32", "",
                    speeds(a, lambda epochs: run_python(a, setting, "tuned", 0, epochs)))


def median(rows, speed, **wanted):
    """Of the best choice of workers, and of precision."""
    groups = {}
    for row in rows:
        if all(row[key] == value for key, value in wanted.items()):
            groups.setdefault((row["precision"], row["workers"]), []).append(row[speed])
    return max(map(statistics.median, groups.values())) if groups else None


def summarise(rows, device):
    clocks = {"images_per_second": "images/s"}
    if device == "cpu":
        clocks["images_per_processor_second"] = "images/s of one processor"
    for speed, unit in clocks.items():
        for setting, style, least in TARGETS[device]:
            ours = median(rows, speed, setting=setting, program="essl-train")
            theirs = median(rows, speed, setting=setting, style=style)
            if ours is None or theirs is None:
                continue
            ratio = ours / theirs
            print(f"{setting:9} essl-train {ours:8.0f} {unit}, {style} Python {theirs:8.0f}: {ratio:5.2f} times "
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
    if a.epochs < 2:
        parser.error("--epochs must be at least 2")
    rows = []
    Path(a.out).parent.mkdir(parents=True, exist_ok=True)
    with open(a.out, "w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()

        def add(setting, program, style, number, precision, workers, both):
            row = dict(zip(COLUMNS, (setting, program, style, number, a.device, a.network, AUGMENTS[setting], precision,
                                     a.batch, a.threads, workers, a.images, *both)))
            rows.append(row)
            table.writerow({key: f"{value:.1f}" if key in COLUMNS[-2:] else value for key, value in row.items()})
            file.flush()
            print(f"{setting:9} {program:10} {style:5} {precision} {workers!s:2} {both[0]:8.0f} images/s, of one processor "
                  f"{both[1]:8.0f}", file=sys.stderr)

        measure(a, add)
    summarise(rows, a.device)


if __name__ == "__main__":
    main()
