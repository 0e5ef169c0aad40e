"""The speed table: each part times this project's programs and what they are held against, interleaved, in one run.

    speed.py FOLDER BUILD TORCH_PYTHON [--part NAME]… [--small] [--rounds N]

FOLDER/speed.csv gets one line a timing: part,rows,dims,threads,what,round,wall_seconds,processor_seconds,peak_mb,note,
command,machine. A timing that is there is not made again; the summary of ratios is printed from the file. Called by
run-speed, with the Python of its own environment.
"""
import argparse
import csv
import math
import os
import platform
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = "part,rows,dims,threads,what,round,wall_seconds,processor_seconds,peak_mb,note,command,machine".split(",")
THREADS = len(os.sched_getaffinity(0))


def has(instructions):
    with open("/proc/cpuinfo") as file:
        return f" {instructions} " in file.read()


def machine():
    widest = next((name for name in ("amx_bf16", "avx512f", "avx2") if has(name)), platform.machine())
    return f"{THREADS} cores {widest}"


def timed(command, whole):
    """Wall and processor seconds, peak MB and words: of the whole process, or what it says of its own work."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"run-speed: failed: {' '.join(command)}")
    peak = usage.ru_maxrss / 1024
    if whole:
        return wall, usage.ru_utime + usage.ru_stime, peak, ""
    own_wall, own_processor, *words = said.split()
    return float(own_wall), float(own_processor), peak, " ".join(words)


class Bench:
    def __init__(self, options):
        self.options = options
        self.table = os.path.join(options.folder, "speed.csv")
        self.lines = []
        if os.path.exists(self.table):
            with open(self.table, newline="") as file:
                self.lines = list(csv.DictReader(file))
        self.python = [sys.executable, os.path.join(HERE, "speed_rivals.py")]
        self.torch = [options.torch, os.path.join(HERE, "speed_rivals.py")] if options.torch else None

    def program(self, name, *arguments):
        return [os.path.join(self.options.build, "bin", name), *arguments]

    def sample(self, rows, dims, classes=10, transforms=4):
        """Standard normal rows; those of each cell are shifted by 2 in one coordinate."""
        import h5py
        path = os.path.join(self.options.folder, f"sample-{rows}-{dims}-{classes * transforms}.h5")
        if not os.path.exists(path):
            stream = np.random.default_rng(0)
            cell = stream.integers(0, classes * transforms, rows)
            z = stream.standard_normal((rows, dims), np.float32)
            z[np.arange(rows), cell % dims] += 2
            with h5py.File(path + ".part", "w") as file:
                file["z"], file["y"], file["t"] = z, cell // transforms, cell % transforms
            os.replace(path + ".part", path)
        return path

    def out(self, name):
        return os.path.join(self.options.folder, name)

    def run(self, part, rows, dims, works, rounds=None):
        """works: (what, command, whole, rounds of its own or None); rounds: at most so many. Each round runs all of
        them, so that whatever else the machine does strikes all alike."""
        for k in range(min(rounds or self.options.rounds, self.options.rounds)):
            for what, command, whole, most in works:
                key = (part, rows, dims, what, k)
                if k < (most or k + 1) and not any(self.key(line) == key for line in self.lines):
                    self.add(key, command, timed(command, whole))

    @staticmethod
    def key(line):
        return line["part"], int(line["rows"]), int(line["dims"]), line["what"], int(line["round"])

    def add(self, key, command, timing):
        part, rows, dims, what, k = key
        wall, processor, peak, note = timing
        print(f"{part} N={rows} d={dims} {what}: {wall:.2f} s, processor {processor:.2f} s, {peak:.0f} MB {note}",
              file=sys.stderr, flush=True)
        values = (part, rows, dims, THREADS, what, k, f"{wall:.4f}", f"{processor:.4f}", f"{peak:.0f}", note,
                  " ".join(command), machine())
        self.lines.append(dict(zip(FIELDS, map(str, values))))
        with open(self.table + ".part", "w", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.lines)
        os.replace(self.table + ".part", self.table)

    def products(self, sample):
        works = [("product_openblas", self.program("bench_speed", "product", sample), False, None)]
        if self.torch:
            works.append(("product_torch", self.torch + ["torch_product", sample, "2000"], False, None))
        return works

    def estimate(self, sample, *options):
        return self.program("mi-estimate", sample, "--quiet", "--csv", "/dev/null", *options)

    def with_less(self, sample, *options):
        """What processors would take that lack the most that this one has."""
        engines = {"amx": "amx_bf16", "vnni": "avx512_vnni", "avx512": "avx512f", "avx2": "avx2"}
        here = [engine for engine, flag in engines.items() if has(flag)]
        return [(f"ours_{engine}",
                 self.estimate(sample, "--estimators", "knn", "--knn-engine", engine, *options), True, None)
                for engine in here[1:]]

    def compare(self, part, rival):
        """How many rows a rival counts as we do: all but those where its float32 puts a row on the radius beside it."""
        ours, theirs = (self.out(f"{part}-{who}.i4") for who in ("ours", rival))
        if not (os.path.exists(ours) and os.path.exists(theirs)):
            return
        a, b = np.fromfile(ours, np.int32).reshape(-1, 4), np.fromfile(theirs, np.int32).reshape(-1, 4)
        asked = b[:, 3] >= 0
        print(f"{part}: {(a[asked] == b[asked]).all(1).mean():.5f} of {asked.sum()} rows have the counts of {rival}")


def wide(bench):
    rows, dims = (4000 if bench.options.small else 40000), 512
    sample = bench.sample(rows, dims)
    bench.run("wide", rows, dims, [
        ("ours", bench.estimate(sample, "--estimators", "knn", "--knn-dims", "0"), True, None),
        *bench.with_less(sample, "--knn-dims", "0"),
        ("ours_in_process", bench.program("bench_speed", "counts", sample, "--out", bench.out("wide-ours.i4")), False, 1),
        *bench.products(sample),
        *((f"numpy_recipe_{block}", bench.python + ["recipe", sample, str(block), "5", bench.out("wide-recipe.i4")], False, 1)
          for block in (64, 256, 1000))])
    bench.compare("wide", "recipe")


def narrow(bench):
    rows, dims = (8000 if bench.options.small else 80000), 16
    sample = bench.sample(rows, dims)
    bench.run("narrow", rows, dims, [
        ("ours", bench.estimate(sample, "--estimators", "knn"), True, None),
        *bench.with_less(sample),
        ("ours_in_process", bench.program("bench_speed", "counts", sample, "--out", bench.out("narrow-ours.i4")), False, None),
        ("registers", bench.program("bench_speed", "registers", str(rows), str(dims)), False, None),
        *((f"numpy_recipe_{block}", bench.python + ["recipe", sample, str(block), "5", bench.out("narrow-recipe.i4")], False, 1)
          for block in (64, 256, 1000)),
        ("faiss", bench.python + ["faiss", sample, "5"], False, 1)])
    bench.compare("narrow", "recipe")


def flat(bench):
    """KD-trees are asked about a share of the rows alone; see seconds_of."""
    rows, dims = (20000 if bench.options.small else 1000000), 3
    sample = bench.sample(rows, dims)
    bench.run("flat", rows, dims, [
        ("ours_in_process", bench.program("bench_speed", "counts", sample, "--out", bench.out("flat-ours.i4")), False, None),
        ("kdtree", bench.python + ["kdtree", sample, "5", "0.02", bench.out("flat-kdtree.i4")], False, None)], rounds=1)
    bench.compare("flat", "kdtree")


def growth(bench):
    few = 2000 if bench.options.small else 10000
    for rows, dims in [(few * 2 ** e, 16) for e in range(5)] + [(few, d) for d in (2, 4, 8, 32, 64, 128, 256, 1024)]:
        sample = bench.sample(rows, dims)
        bench.run("growth", rows, dims, [
            ("ours_in_process", bench.program("bench_speed", "counts", sample), False, None),
            ("one_thread", bench.program("bench_speed", "counts", sample, "--threads", "1"), False, None)], rounds=1)
    for classes in (1, 3, 30, 100):
        sample = bench.sample(4 * few, 16, classes)
        bench.run("growth", 4 * few, 16, [
            (f"classes_{classes}", bench.program("bench_speed", "counts", sample), False, None)], rounds=1)


def million(bench):
    """The end of the growth with N, which takes minutes."""
    rows, dims = (64000 if bench.options.small else 1000000), 16
    sample = bench.sample(rows, dims)
    bench.run("growth", rows, dims, [
        ("ours_in_process", bench.program("bench_speed", "counts", sample), False, None)], rounds=1)


def lda(bench):
    rows, dims = (5000 if bench.options.small else 200000), 512
    sample = bench.sample(rows, dims)
    bench.run("lda", rows, dims, [
        ("ours", bench.estimate(sample, "--estimators", "lda"), True, 1),
        ("read_and_gram", bench.program("bench_speed", "gram", sample), False, None)], rounds=3)


def logistic(bench):
    rows, dims = (4000 if bench.options.small else 20000), 64
    sample = bench.sample(rows, dims)
    bench.run("logistic", rows, dims, [
        ("ours_in_process", bench.program("bench_speed", "logistic", sample, "--out", bench.out("folds.i4")), False, None),
        ("single_fit", bench.program("bench_speed", "logistic", sample, "--penalty", str(1.25 / rows), "--out",
                                     bench.out("folds.i4")), False, None),
        ("sklearn", bench.python + ["logistic", sample, bench.out("folds.i4")], False, None)], rounds=3)


def ranks(bench):
    """The same work by two threads and by two processes of one thread."""
    rows, dims = (8000 if bench.options.small else 160000), 16
    sample = bench.sample(rows, dims)
    estimate = bench.estimate(sample, "--estimators", "knn")
    bench.run("ranks", rows, dims, [
        ("two_threads", estimate + ["--threads", "2"], True, None),
        ("two_ranks", ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2", *estimate, "--threads", "1"], True,
         None)], rounds=3)


PARTS = [wide, narrow, flat, growth, lda, logistic, ranks]
ON_REQUEST = [million]
TARGETS = [  # part, dividend, divisor, and what the ratio of medians must be
    ("wide", "ours", "product", "at most", 0.8), ("wide", "numpy_recipe", "ours", "at least", 2.2),
    ("narrow", "numpy_recipe", "ours", "at least", 30), ("narrow", "faiss", "ours", "at least", 10),
    ("narrow", "ours_in_process", "registers", "at most", 3), ("flat", "kdtree", "ours_in_process", "at least", 5),
    ("lda", "ours", "read_and_gram", "at most", 3), ("logistic", "sklearn", "single_fit", "at least", 2),
    ("ranks", "two_ranks", "two_threads", "at most", 1.15)]
CLOCKS = ["wall", "processor"]


def seconds_of(line, clock):
    """Those of all rows: a rival that asked about a share of them would have asked all others just so, but has built
    what it asks once."""
    said = dict(word.split("=") for word in line["note"].split() if "=" in word)
    if "share" not in said:
        return float(line[f"{clock}_seconds"])
    return float(said[f"build_{clock}"]) + float(said[f"query_{clock}"]) / float(said["share"])


def median(lines, what, clock):
    """Of the best of those whose names begin so: a product or a recipe has several forms."""
    forms = {}
    for line in lines:
        if line["what"] == what or (what != "ours" and line["what"].startswith(what)):
            forms.setdefault(line["what"], []).append(seconds_of(line, clock))
    return min((statistics.median(values) for values in forms.values()), default=None)


def verdict(values, sense, limit):
    """By both clocks; whichever misses is named if the other does not."""
    missed = [clock for clock, value in zip(CLOCKS, values) if (value > limit if sense == "at most" else value < limit)]
    if not missed:
        return "held"
    return "MISSED" if len(missed) == len(values) else f"MISSED by {missed[0]} time"


def of_largest(lines, part):
    """A part's lines with the most rows: a look with fewer is no measurement."""
    of_part = [line for line in lines if line["part"] == part]
    most = max((int(line["rows"]) for line in of_part), default=0)
    return [line for line in of_part if int(line["rows"]) == most]


def summarise_ratios(lines):
    print(f"{'part':10}{'ratio':32}{'wall':>8}{'processor':>11}  promised")
    for part, over, under, sense, limit in TARGETS:
        of_part = of_largest(lines, part)
        pairs = [(median(of_part, over, clock), median(of_part, under, clock)) for clock in CLOCKS]
        name = f"{part:10}{over + ' / ' + under:32}"
        if any(not a or not b for a, b in pairs):
            print(f"{name}{'-':>8}{'-':>11}  {sense} {limit}: not measured")
            continue
        ratios = [a / b for a, b in pairs]
        print(f"{name}{ratios[0]:8.2f}{ratios[1]:11.2f}  {sense} {limit}: {verdict(ratios, sense, limit)}")
    peak = max((float(line["peak_mb"]) for line in of_largest(lines, "wide") if line["what"] == "ours"), default=None)
    if peak is not None:
        print(f"{'wide':10}{'peak memory of ours, MB':32}{peak:8.0f}{'':11}  at most 600: "
              f"{'held' if peak <= 600 else 'MISSED'}")


def summarise_growth(lines):
    """Seconds ~ N to the power of …, between neighbouring N and from the first to the last."""
    of_rows = {}
    for line in lines:
        if (line["part"], line["dims"], line["what"]) == ("growth", "16", "ours_in_process"):
            of_rows[int(line["rows"])] = [seconds_of(line, clock) for clock in CLOCKS]
    if len(of_rows) < 2:
        return
    rows = sorted(of_rows)
    power = lambda a, b: [math.log(y / x) / math.log(b / a) for x, y in zip(of_rows[a], of_rows[b])]
    for a, b in zip(rows, rows[1:]):
        wall, processor = power(a, b)
        print(f"{'growth':10}{f'power of N, {a:,} to {b:,}':32}{wall:8.2f}{processor:11.2f}")
    whole = power(rows[0], rows[-1])
    print(f"{'growth':10}{f'power of N, {rows[0]:,} to {rows[-1]:,}':32}{whole[0]:8.2f}{whole[1]:11.2f}  at most 2: "
          f"{verdict(whole, 'at most', 2)}")


def main():
    parser = argparse.ArgumentParser(prog="run-speed")
    parser.add_argument("folder")
    parser.add_argument("build")
    parser.add_argument("torch", help="a Python that has PyTorch; empty: none")
    parser.add_argument("--part", action="append", choices=[part.__name__ for part in PARTS + ON_REQUEST],
                        help="default: all but million")
    parser.add_argument("--small", action="store_true", help="a tenth of the rows: a look, no measurement")
    parser.add_argument("--rounds", type=int, default=5, help="at most; long works have fewer of their own")
    options = parser.parse_args()
    bench = Bench(options)
    for part in PARTS + ON_REQUEST:
        if part.__name__ in (options.part or [part.__name__ for part in PARTS]):
            part(bench)
    summarise_ratios(bench.lines)
    summarise_growth(bench.lines)


main()
