"""Asks the programs, before anything is trained, whether they understand what the study will tell them."""

import os
import subprocess

from .study_file import StudyError

UNMADE = "unmade/features.h5"  # no such file: a program that complains of nothing else has understood the rest


def said(programs, arguments):
    """A program's exit status and the last line of what it said."""
    done = subprocess.run([str(programs.folder / arguments[0]), *map(str, arguments[1:])], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    lines = done.stderr.strip().splitlines()
    return done.returncode, lines[-1].strip() if lines else f"exit status {done.returncode}"


def check_measurement(study, programs, path):
    """Throws StudyError if mi-estimate does not take the study's options."""
    status, words = said(programs, ["mi-estimate", os.devnull + "/" + UNMADE, *study.measure])
    if status != 1 or not words.endswith("no such file"):
        raise StudyError(f"{path}: [measure]: {words}")


def check_configurations(study, programs, path):
    """Throws StudyError if essl-train does not take a configuration that is still to be trained."""
    unfinished = {run.config: run for run in study.runs if not (run.folder / "weights.safetensors").exists()}
    base = [study.base] if study.base else []
    for run in unfinished.values():
        assigned = [word for key, value in run.settings.items() for word in ("--set", f"{key}={value}")]
        status, words = said(programs, ["essl-train", *base, *assigned, "--print-config"])
        if status != 0:
            raise StudyError(f"{path}: run {run.config}: {words}")
