"""Reads a study file: which runs there are and with which settings."""

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

STUDY_KEYS = {"like": str, "base": str, "seeds": list, "threads": int, "config": dict, "measure": dict, "run": list}
RUN_KEYS = {"name": str, "set": list}
OWN_KEYS = {"train.seed": "seeds", "train.threads": "threads"}
OWN_OPTIONS = {"csv", "json", "details", "run", "threads", "quiet", "compare", "group"}


class StudyError(Exception):
    """What is wrong with a study or one of its runs, in one line."""


def demand(condition, message):
    if not condition:
        raise StudyError(message)


@dataclass
class Run:
    """One configuration with one seed, in its own folder."""

    config: str
    seed: int
    settings: dict  # keys of essl-train to the text of their values, without seed and threads
    folder: Path

    @property
    def name(self):
        return self.folder.name


@dataclass
class Study:
    base: Path | None  # configuration that the settings change
    threads: int  # CPU threads of each program
    measure: list  # options of mi-estimate
    runs: list = field(default_factory=list)


def read_study(path, assignments, out):
    """The study in a file, its runs in folders of `out`; `assignments` (key=value) win over the file's settings.

    Throws StudyError that names the file and what is wrong in it.
    """
    table = read_table(path)
    seeds, threads = table.get("seeds", [1, 2, 3]), table.get("threads", 1)
    demand(seeds and all(type(seed) is int and seed >= 0 for seed in seeds) and len(set(seeds)) == len(seeds),
           f"{path}: seeds = {seeds} must be different integers from 0 on")
    demand(threads >= 1, f"{path}: threads = {threads} must be 1 or more")
    base = path.parent / table["base"] if "base" in table else None
    demand(base is None or base.is_file(), f"{path}: base = {table.get('base')}: no such file")
    study = Study(base, threads, measure_options(table.get("measure", {}), path))
    study.runs = list(read_runs(table, path, seeds, parse_settings(assignments, "--set"), out))
    return study


def read_table(path):
    """A study file's table, over that of the study beside it that it is `like`."""
    table = read_toml(path)
    check_keys(table, STUDY_KEYS, path)
    if "like" not in table:
        return table
    other = path.parent / table["like"]
    demand(other.parent == path.parent and other.is_file(), f"{path}: like = {table['like']}: no such file beside it")
    like = read_toml(other)
    check_keys(like, STUDY_KEYS, other)
    demand("like" not in like, f"{path}: like = {table['like']}, but that study is itself like another")
    both = like | table
    for key in ("config", "measure"):
        both[key] = merged(like.get(key, {}), table.get(key, {}))
    return both


def merged(lower, upper):
    """Two tables in one, the upper one's values first."""
    inner = {key: merged(lower[key], value) for key, value in upper.items()
             if isinstance(value, dict) and isinstance(lower.get(key), dict)}
    return lower | upper | inner


def read_toml(path):
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise StudyError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: not valid TOML: {error}") from error


def check_keys(table, known, where):
    for key, value in table.items():
        demand(key in known, f"{where}: unknown key {key}; there are {', '.join(known)}")
        demand(type(value) is known[key], f"{where}: {key} = {value!r} must be of type {known[key].__name__}")


def measure_options(table, path):
    """TOML's `knn-k = 5`, `fast = true` as --knn-k 5 --fast."""
    options = []
    for key, value in table.items():
        demand(key not in OWN_OPTIONS, f"{path}: [measure] {key} is chosen by the study's runner")
        if value is False:
            continue
        options.append(f"--{key}")
        if value is not True:
            options.append(",".join(map(str, value)) if isinstance(value, list) else str(value))
    return options


def read_runs(table, path, seeds, extra, out):
    demand(table.get("run"), f"{path}: there is no [[run]]")
    common = dict(flattened(table.get("config", {})))
    names = set()
    for number, entry in enumerate(table["run"], 1):
        where = f"{path}: run {number}"
        check_keys(entry, RUN_KEYS, where)
        name = entry.get("name", "")
        demand(re.fullmatch(r"[\w.+*-]+", name), f"{where}: name = \"{name}\" must be letters, digits and _ . + * -")
        demand(name not in names, f"{where}: a second run of the name {name}")
        names.add(name)
        settings = common | parse_settings(entry.get("set", []), where) | extra
        for key, own in OWN_KEYS.items():
            demand(key not in settings, f"{where}: {key} is set by the study's key {own}")
        for seed in seeds:
            yield Run(name, seed, settings, out / f"run-{name}-seed{seed}")


def flattened(table, prefix=""):
    """Nested tables as dotted keys; values as TOML text, which JSON's is for all that a configuration holds."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield prefix + key, json.dumps(value, ensure_ascii=False)


def parse_settings(assignments, where):
    settings = {}
    for assignment in assignments:
        key, equals, value = str(assignment).partition("=")
        demand(key and equals, f"{where}: \"{assignment}\" must be key=value, such as train.epochs=3")
        settings[key] = value
    return settings
