"""scripts/run-study with programs that only pretend to train and to measure."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "analysis/studies"))
from runner import summary  # noqa: E402

# Takes the options that the runner gives, leaves the files that it looks for, and keeps account of its calls.
ESSL_TRAIN = f"#!{sys.executable} -IS\n" + r'''
import os, pathlib, signal, sys, time
words = sys.argv[1:]
def option(name): return words[words.index(name) + 1]
def note(text):
    with open(os.environ["CALLS"], "a") as calls:
        calls.write(f"{text} omp={os.environ['OMP_NUM_THREADS']} gpu={os.environ.get('CUDA_VISIBLE_DEVICES', '')}\n")
if "--print-config" in words:
    if "fake=wrong" in words:
        sys.exit("essl-train: --set: unknown key fake")
    sys.exit()
if "--evaluate" in words:
    run = option("--evaluate")
    note(f"evaluate {pathlib.Path(run).name}")
    open(option("--csv"), "w").write(f'run,settings,value\n{run},"a,b",0.5\n')
    sys.exit()
run = pathlib.Path(option("-o"))
settings = dict(words[i + 1].split("=", 1) for i, word in enumerate(words) if word == "--set")
note(f"train {run.name} seed={settings['train.seed']} base={pathlib.Path(words[0]).read_text().strip()}")
if (run / "weights.safetensors").exists():
    print("finished already")
    sys.exit()
if settings.get("fake") == "fail":
    print("first line\nloss is NaN at step 7")
    sys.exit(1)
if settings.get("fake") == "wait" and not (run / "checkpoint").exists():
    def save(number, frame):
        (run / "checkpoint").touch()
        sys.exit(143)
    signal.signal(signal.SIGTERM, save)
    (run / "started").touch()
    time.sleep(60)
(run / "features.h5").write_text(settings["transform.name"])
(run / "weights.safetensors").touch()
'''
MI_ESTIMATE = f"#!{sys.executable} -IS\n" + r'''
import os, sys
words = sys.argv[1:]
def option(name): return words[words.index(name) + 1]
if "--fsat" in words:
    print("mi-estimate: The following argument was not expected: --fsat", file=sys.stderr)
    sys.exit(2)
if not os.path.exists(words[0]):
    sys.exit(f"mi-estimate: {words[0]}: no such file")
extra = " ".join(word for word in words[1:] if word.startswith("--") and word not in ("--csv", "--run"))
with open(os.environ["CALLS"], "a") as calls:
    calls.write(f"measure {option('--run')} {extra}\n")
if os.path.exists(os.environ["CALLS"] + ".full"):
    sys.exit("disk full")
open(option("--csv"), "w").write(f"run,file,nats\n{option('--run')},{words[0]},0.25\n")
'''

STUDY = """
base = "base.toml"
seeds = [4, 2]
[config]
dump.epochs = [0, -1]
[measure]
fast = true
permutations = 9
[[run]]
name = "turn"
set = ["transform.name=rotation4"]
[[run]]
name = "flip"
set = ["transform.name=hflip", "train.lr=.1"]
"""


class RunStudy(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.out, self.calls = self.folder / "out", self.folder / "calls"
        (self.folder / "bin").mkdir()
        for name, text in (("essl-train", ESSL_TRAIN), ("mi-estimate", MI_ESTIMATE)):
            (self.folder / "bin" / name).write_text(text)
            (self.folder / "bin" / name).chmod(0o755)
        (self.folder / "base.toml").write_text("# the base")

    def command(self, study, *options):
        (self.folder / "a.study.toml").write_text(study)
        return [str(ROOT / "scripts/run-study"), str(self.folder / "a.study.toml"), "-o", str(self.out), *options]

    def environment(self, **more):
        return os.environ | {"BUILD": str(self.folder), "CALLS": str(self.calls), "CUDA_VISIBLE_DEVICES": ""} | more

    def start(self, study, *options):
        """Runs the study to its end: status, standard error, and the calls of programs in order of their names."""
        self.calls.write_text("")
        done = subprocess.run(self.command(study, *options), env=self.environment(), capture_output=True, text=True,
                              check=False, timeout=60)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr, sorted(self.calls.read_text().splitlines())

    def table(self, name):
        with open(self.out / name, newline="") as file:
            return list(csv.reader(file))

    def test_every_run_and_seed_is_trained_evaluated_measured_and_collected(self):
        status, error, calls = self.start(STUDY)
        self.assertEqual(status, 0, error)
        runs = ["run-turn-seed4", "run-turn-seed2", "run-flip-seed4", "run-flip-seed2"]
        self.assertEqual(calls, sorted(
            [f"evaluate {run} omp=1 gpu=" for run in runs] +
            [f"measure {run} --fast --permutations --threads" for run in runs] +
            [f"train {run} seed={run[-1]} base=# the base omp=1 gpu=" for run in runs]))
        self.assertEqual(self.table("results.csv"), [["run", "file", "nats"]] + [
            [run, str(self.out / run / "features.h5"), "0.25"] for run in runs])
        self.assertEqual(self.table("evaluation.csv"),
                         [["run", "settings", "value"]] + [[run, "a,b", "0.5"] for run in runs])
        self.assertEqual(self.table("runs.csv"), [
            ["run", "config", "seed", "dump.epochs", "transform.name", "train.lr"],
            ["run-turn-seed4", "turn", "4", "[0, -1]", "rotation4", ""],
            ["run-turn-seed2", "turn", "2", "[0, -1]", "rotation4", ""],
            ["run-flip-seed4", "flip", "4", "[0, -1]", "hflip", ".1"],
            ["run-flip-seed2", "flip", "2", "[0, -1]", "hflip", ".1"]])
        self.assertIn("[4/4]", error)
        self.assertIn("runs an hour, about 0:00 left", error)
        self.assertTrue((self.out / "run-turn-seed4/log.txt").read_text().startswith("$ "))

    def test_what_is_finished_is_passed_over(self):
        self.start(STUDY)
        tables = {name: (self.out / name).read_bytes() for name in ("results.csv", "evaluation.csv", "runs.csv")}
        status, error, calls = self.start(STUDY)
        self.assertEqual(status, 0, error)
        self.assertEqual([call.split()[0] for call in calls], ["train"] * 4)  # which only compare configurations
        self.assertEqual(error.count("was finished"), 4)
        for name, content in tables.items():
            self.assertEqual((self.out / name).read_bytes(), content)

    def test_other_options_of_mi_estimate_measure_anew(self):
        self.start(STUDY)
        _, _, calls = self.start(STUDY.replace("permutations = 9", "permutations = 19"))
        self.assertEqual(sum(call.startswith("measure") for call in calls), 4)
        self.assertEqual(sum(call.startswith("evaluate") for call in calls), 0)

    def test_a_new_seed_is_added_to_the_others(self):
        self.start(STUDY)
        _, _, calls = self.start(STUDY.replace("[4, 2]", "[4, 2, 3]"))
        self.assertEqual(sum(call.startswith("measure") for call in calls), 2)
        self.assertEqual(len(self.table("results.csv")), 1 + 6)

    def test_a_failing_run_is_told_at_the_end_and_the_others_go_on(self):
        failing = STUDY.replace('"train.lr=.1"', '"fake=fail"')
        status, error, _ = self.start(failing)
        self.assertEqual(status, 1)
        self.assertEqual([line[0] for line in self.table("results.csv")[1:]], ["run-turn-seed4", "run-turn-seed2"])
        last = error.splitlines()[-2:]
        for line, run in zip(sorted(last), ("run-flip-seed2", "run-flip-seed4")):
            self.assertEqual(line, f"run-study: {run}: train failed with status 1: loss is NaN at step 7 "
                                   f"(see {self.out / run / 'log.txt'})")

    def test_a_broken_measurement_leaves_no_table_and_is_repeated(self):
        full = Path(str(self.calls) + ".full")
        full.touch()
        status, error, _ = self.start(STUDY)
        self.assertEqual(status, 1)
        self.assertIn("measure failed with status 1: disk full", error)
        self.assertFalse((self.out / "results.csv").exists())
        self.assertFalse((self.out / "run-turn-seed4/results.csv").exists())
        full.unlink()
        status, _, calls = self.start(STUDY)
        self.assertEqual(status, 0)
        self.assertEqual(sum(call.startswith("evaluate") for call in calls), 0)

    def wait_for(self, condition):
        for _ in range(1000):
            if condition():
                return
            time.sleep(0.02)
        self.fail("waited too long")

    def stop_with(self, number):
        """Starts a study whose run waits, ends the runner, and returns it."""
        waiting = STUDY.replace('"train.lr=.1"', '"fake=wait"').replace("[4, 2]", "[4]")
        runner = subprocess.Popen(self.command(waiting, "--jobs", "1"), env=self.environment(), stderr=subprocess.PIPE,
                                  text=True)
        folder = self.out / "run-flip-seed4"
        self.wait_for((folder / "started").exists)
        runner.send_signal(number)
        runner.communicate(timeout=30)
        return waiting, runner, folder

    def test_signals_let_trainings_save_and_the_same_command_goes_on(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            waiting, runner, folder = self.stop_with(number)
            self.assertEqual(runner.returncode, 128 + number)
            self.assertTrue((folder / "checkpoint").exists())
            self.assertFalse((self.out / "results.csv").exists())
            status, error, _ = self.start(waiting)
            self.assertEqual(status, 0, error)
            self.assertEqual(len(self.table("results.csv")), 1 + 2)
            for path in (folder / "checkpoint", folder / "started", folder / "weights.safetensors",
                         self.out / "results.csv"):
                path.unlink()

    def test_a_second_runner_is_kept_out(self):
        waiting = STUDY.replace('"train.lr=.1"', '"fake=wait"')
        with subprocess.Popen(self.command(waiting), env=self.environment(), stderr=subprocess.DEVNULL) as first:
            self.wait_for((self.out / "run-flip-seed4/started").exists)
            status, error, _ = self.start(STUDY)
            first.terminate()
        self.assertEqual((status, error), (1, f"run-study: {self.out}: a study is running in this folder\n"))

    def test_cores_are_not_oversubscribed_and_gpus_are_dealt_out(self):
        cores = len(os.sched_getaffinity(0))
        _, error, _ = self.start(STUDY, "--jobs", "1000")
        self.assertIn(f"at a time: {min(cores, 4)}, threads each: 1, GPUs: none", error)
        _, error, _ = self.start(f"threads = {cores}\n{STUDY}".replace("[4, 2]", "[5]"))
        self.assertIn(f"at a time: 1, threads each: {cores}", error)
        self.calls.write_text("")
        subprocess.run(self.command(STUDY.replace("[4, 2]", "[6, 7, 8]")), check=True, stderr=subprocess.DEVNULL,
                       env=self.environment(CUDA_VISIBLE_DEVICES="3,5"))
        used = {line.split("gpu=")[1] for line in self.calls.read_text().splitlines() if line.startswith("train")}
        self.assertLessEqual(used, {"3", "5"})
        self.assertEqual(len(used), min(cores, 2))

    def test_a_study_without_a_base_and_settings_of_the_command_line(self):
        status, error, calls = self.start(STUDY.replace('base = "base.toml"', ""), "--set", "train.lr=2")
        self.assertEqual(status, 0, error)
        self.assertIn("base=# Every key is set by the study.", calls[-1])
        self.assertEqual({line[5] for line in self.table("runs.csv")[1:]}, {"2"})

    def test_a_study_like_another_keeps_what_it_does_not_change(self):
        (self.folder / "b.study.toml").write_text(STUDY.replace("dump.epochs", "train.epochs = 3\ndump.epochs"))
        status, error, calls = self.start('like = "b.study.toml"\nseeds = [5]\n[config.dump]\nepochs = "all"\n'
                                          'limit = 7\n[measure]\nfast = false\n')
        self.assertEqual(status, 0, error)
        self.assertIn("measure run-turn-seed5 --permutations --threads", calls)
        self.assertEqual(self.table("runs.csv"), [
            ["run", "config", "seed", "train.epochs", "dump.epochs", "dump.limit", "transform.name", "train.lr"],
            ["run-turn-seed5", "turn", "5", "3", "all", "7", "rotation4", ""],
            ["run-flip-seed5", "flip", "5", "3", "all", "7", "hflip", ".1"]])

    def refused(self, study, message, *options):
        status, error, calls = self.start(study, *options)
        self.assertEqual((status, error), (1, f"run-study: {message}\n"))
        self.assertEqual(calls, [])

    def test_mistakes_in_a_study_are_named(self):
        path = self.folder / "a.study.toml"
        self.refused("seeds = ", f"{path}: not valid TOML: Invalid value (at end of document)")
        self.refused("sedes = [1]", f"{path}: unknown key sedes; there are like, base, seeds, threads, config, measure, run")
        self.refused(STUDY.replace("base.toml", "none.toml"), f"{path}: base = none.toml: no such file")
        self.refused(STUDY.replace("[4, 2]", "[4, 4]"), f"{path}: seeds = [4, 4] must be different integers from 0 on")
        self.refused('like = "none.study.toml"', f"{path}: like = none.study.toml: no such file beside it")
        self.refused('like = "bin/../a.study.toml"', f"{path}: like = bin/../a.study.toml: no such file beside it")
        self.refused('like = "a.study.toml"', f"{path}: like = a.study.toml, but that study is itself like another")
        self.refused("threads = 0", f"{path}: threads = 0 must be 1 or more")
        self.refused("seeds = 3", f"{path}: seeds = 3 must be of type list")
        self.refused("seeds = [1]", f"{path}: there is no [[run]]")
        self.refused(STUDY.replace('"flip"', '"turn"'), f"{path}: run 2: a second run of the name turn")
        self.refused(STUDY.replace('"flip"', '"a/b"'),
                     f'{path}: run 2: name = "a/b" must be letters, digits and _ . + * -')
        self.refused(STUDY.replace('"train.lr=.1"', '"train.lr"'),
                     f'{path}: run 2: "train.lr" must be key=value, such as train.epochs=3')
        self.refused(STUDY, f"{path}: run 1: train.seed is set by the study's key seeds", "--set", "train.seed=3")
        self.refused(STUDY.replace("fast = true", 'csv = "a"'), f"{path}: [measure] csv is chosen by the study's runner")
        self.refused(STUDY.replace("fast", "fsat"),
                     f"{path}: [measure]: mi-estimate: The following argument was not expected: --fsat")
        self.refused(STUDY.replace('"train.lr=.1"', '"fake=wrong"'),
                     f"{path}: run flip: essl-train: --set: unknown key fake")
        self.assertFalse(self.out.exists())
        (self.folder / "bin/mi-estimate").unlink()
        self.refused(STUDY, f"{self.folder / 'bin/mi-estimate'}: no such program; `make` builds it (BUILD=FOLDER: where)")

    def test_a_folder_that_cannot_be_made_is_named(self):
        self.out.write_text("in the way")
        self.refused(STUDY, f"{self.out}: cannot be written: File exists")

    def test_programs_are_looked_for_beside_the_script_from_any_folder(self):
        house = self.folder / "house"
        shutil.copytree(ROOT / "analysis/studies/runner", house / "analysis/studies/runner")
        (house / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/run-study", house / "scripts/run-study")
        (house / "build").symlink_to(self.folder)
        environment = self.environment()
        del environment["BUILD"]
        done = subprocess.run([str(house / "scripts/run-study"), *self.command(STUDY)[1:]], cwd=self.folder,
                              env=environment, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_summary_has_means_over_seeds_of_the_last_epoch_of_the_encoder(self):
        runs = []
        for seed, share, nats in ((1, 0.5, 0.02), (2, 0.7, -0.0203)):
            run = types.SimpleNamespace(config="turn", folder=self.folder / f"run-turn-seed{seed}")
            run.folder.mkdir()
            (run.folder / "evaluation.csv").write_text(
                f"task,method,measure,value\nclass,knn,accuracy,0\nclass,linear_probe,accuracy,{share}\n"
                "class,linear_probe,confusion,1\n")
            (run.folder / "results.csv").write_text(
                "epoch,layer,quantity,estimator,nats\n0,encoder,synergy,best,9\n10,encoder,synergy,best,"
                f"{nats}\n10,stem,synergy,best,8\n10,encoder,synergy,knn,7\n10,encoder,z_y,best,6\n")
            runs.append(run)
        self.assertEqual(summary.summary(runs), "configuration  seeds  linear probe  S (nats)\n"
                                                "turn               2        60.0 %     0.000\n")


if __name__ == "__main__":
    unittest.main()
