"""Starts programs, some at a time, and ends all of them together."""

import os
import queue
import shutil
import subprocess
import threading
from contextlib import contextmanager

from .study_file import demand


class Stopped(Exception):
    """A signal has asked to stop."""


def visible_gpus():
    """Those of CUDA_VISIBLE_DEVICES, or else all that the driver tells of."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None and shutil.which("nvidia-smi"):
        listed = subprocess.run(["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"], capture_output=True,
                                text=True, check=False)
        named = ",".join(listed.stdout.split()) if listed.returncode == 0 else ""
    return [name.strip() for name in (named or "").split(",") if name.strip()]


class Programs:
    """The programs in a folder, run by at most `jobs` callers at a time; GPUs are dealt out to these in turn."""

    def __init__(self, folder, threads, gpus, jobs):
        for name in ("essl-train", "mi-estimate"):
            path = folder / name
            demand(path.exists(), f"{path}: no such program; `make` builds it (BUILD=FOLDER: where)")
        self.folder, self.threads, self.gpus = folder, threads, gpus
        self.stopping = False
        self.lock = threading.Lock()
        self.children = set()
        self.slots = queue.SimpleQueue()
        for number in range(jobs):
            self.slots.put(number)
        # Should the runner be killed, its children are told to end: no training goes on unseen.
        setpriv = shutil.which("setpriv")
        self.prefix = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []

    @contextmanager
    def slot(self):
        """One of the `jobs` places, for as long as it is held."""
        number = self.slots.get()
        try:
            yield number
        finally:
            self.slots.put(number)

    def call(self, arguments, log_path, slot):
        """The exit status of a program whose words are appended to the log. Throws Stopped after stop()."""
        command = [str(self.folder / arguments[0]), *map(str, arguments[1:])]
        with open(log_path, "ab") as log:
            log.write(f"$ {' '.join(command)}\n".encode())
            log.flush()
            with self.lock:
                if self.stopping:
                    raise Stopped
                # In a session of its own, so that Ctrl-C reaches the runner alone.
                child = subprocess.Popen(self.prefix + command, stdin=subprocess.DEVNULL, stdout=log,
                                         stderr=subprocess.STDOUT, env=self.environment(slot), start_new_session=True)
                self.children.add(child)
        status = child.wait()
        with self.lock:
            self.children.discard(child)
            if self.stopping and status != 0:
                raise Stopped
        return status

    def environment(self, slot):
        environment = os.environ | {"OMP_NUM_THREADS": str(self.threads)}
        if self.gpus:
            environment["CUDA_VISIBLE_DEVICES"] = self.gpus[slot % len(self.gpus)]
        return environment

    def stop(self, with_signal):
        """Sends a signal to everything that runs; nothing is started any more."""
        with self.lock:
            self.stopping = True
            for child in self.children:
                child.send_signal(with_signal)
