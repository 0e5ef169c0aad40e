"""What is done for one run: train, evaluate, measure. Each step only if its output is missing or outdated."""

import json
import os
import time

from .study_file import StudyError

MEASURED_WITH = "measured_with.json"


def is_newer(output, source):
    return output.exists() and source.exists() and output.stat().st_mtime_ns >= source.stat().st_mtime_ns


def last_line(path):
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


class Steps:
    def __init__(self, study, programs, config):
        self.study, self.programs, self.config = study, programs, config
        self.at_work = {}  # names of runs to the step they are at

    def is_finished(self, run):
        return self.is_evaluated(run) and self.is_measured(run)

    def is_evaluated(self, run):
        return is_newer(run.folder / "evaluation.csv", run.folder / "weights.safetensors")

    def is_measured(self, run):
        options = run.folder / MEASURED_WITH
        return (is_newer(run.folder / "results.csv", run.folder / "features.h5") and options.exists()
                and options.read_text() == self.measured_with())

    def measured_with(self):
        return json.dumps(self.study.measure) + "\n"

    def do(self, run):
        """All steps; returns the seconds they took. Throws StudyError with the last line of a failing step's log."""
        start = time.monotonic()
        run.folder.mkdir(parents=True, exist_ok=True)
        with self.programs.slot() as slot:
            try:
                # A finished run is passed over by essl-train itself, which first compares configurations.
                self.step(run, "train", self.train_command(run), slot)
                if not self.is_evaluated(run):
                    self.make_table(run, "evaluation.csv", "evaluate", ["essl-train", "--evaluate", run.folder], slot)
                if not self.is_measured(run):
                    self.make_table(run, "results.csv", "measure", self.measure_command(run), slot)
                    (run.folder / MEASURED_WITH).write_text(self.measured_with())
            finally:
                self.at_work.pop(run.name, None)
        return time.monotonic() - start

    def train_command(self, run):
        settings = run.settings | {"train.seed": run.seed, "train.threads": self.study.threads}
        assigned = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        return ["essl-train", self.config, *assigned, "-o", run.folder]

    def measure_command(self, run):
        features = sorted(run.folder.glob("features*.h5"))
        return ["mi-estimate", *features, *self.study.measure, "--run", run.name, "--threads", self.study.threads]

    def make_table(self, run, table, name, arguments, slot):
        """The programs append to tables, so each is made under a temporary name and moved when it is whole."""
        partial = run.folder / f"{table}.partial"
        partial.unlink(missing_ok=True)
        self.step(run, name, [*arguments, "--csv", partial], slot)
        os.replace(partial, run.folder / table)

    def step(self, run, name, arguments, slot):
        self.at_work[run.name] = name
        log = run.folder / "log.txt"
        status = self.programs.call(arguments, log, slot)
        if status != 0:
            raise StudyError(f"{name} failed with status {status}: {last_line(log)} (see {log})")
