"""Works on all runs of a study and tells how far it is."""

import shutil
import signal
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from .programs import Stopped
from .study_file import StudyError

POLL_SECONDS = 0.5


def clock(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


class Display:
    """Progress on standard error: a line a run, and on a terminal what is being done."""

    def __init__(self, total, to_do):
        self.total, self.to_do, self.done, self.new = total, to_do, 0, 0
        self.start = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def say(self, text):
        print(f"\r\033[K{text}" if self.terminal else text, file=sys.stderr, flush=True)

    def count(self, run, outcome, is_new, failed=False):
        self.done += 1
        self.new += is_new and not failed
        self.to_do -= failed
        self.say(f"[{self.done}/{self.total}] {run.name}: {outcome}{self.forecast()}")

    def draw(self, at_work):
        if not self.terminal:
            return
        working = ", ".join(f"{name} ({step})" for name, step in sorted(at_work.items()))
        text = f"[{self.done}/{self.total}] {clock(time.monotonic() - self.start)}{self.forecast()}: {working}"
        print(f"\r\033[K{text[:shutil.get_terminal_size().columns - 1]}", end="", file=sys.stderr, flush=True)

    def forecast(self):
        if self.new == 0:
            return ""
        elapsed = time.monotonic() - self.start
        left = (self.to_do - self.new) * elapsed / self.new
        rate = 3600 * self.new / elapsed
        return f"; {rate:.{0 if rate >= 10 else 1}f} runs an hour, about {clock(left)} left"


class Signals:
    """SIGINT, SIGTERM and SIGHUP: the first lets trainings save their state, another one kills."""

    def __init__(self, programs):
        self.programs = programs
        self.received, self.passed_on = [], 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda received, _: self.received.append(received))

    def pass_on(self, display):
        if len(self.received) == self.passed_on:
            return
        if self.passed_on == 0:
            display.say("stopping: trainings save their state; another signal kills them")
        self.programs.stop(signal.SIGTERM if self.passed_on == 0 else signal.SIGKILL)
        self.passed_on = len(self.received)


def carry_out(runs, steps, programs, jobs):
    """Does all steps of all runs: the runs that succeeded, and messages about those that did not.

    Throws Stopped with the signal's number once everything has ended.
    """
    finished_before = {run.name for run in runs if steps.is_finished(run)}
    display = Display(len(runs), len(runs) - len(finished_before))
    signals = Signals(programs)
    succeeded, failures = set(), []
    with ThreadPoolExecutor(jobs) as pool:
        pending = {pool.submit(steps.do, run): run for run in runs}
        while pending:
            for future in wait(pending, POLL_SECONDS, FIRST_COMPLETED).done:
                run = pending.pop(future)
                is_new = run.name not in finished_before
                try:
                    seconds = future.result()
                    succeeded.add(run.name)
                    display.count(run, f"done in {clock(seconds)}" if is_new else "was finished", is_new)
                except Stopped:
                    continue
                except (StudyError, OSError) as error:
                    failures.append(f"{run.name}: {error}")
                    display.count(run, "FAILED", is_new, failed=True)
            signals.pass_on(display)
            display.draw(steps.at_work)
    if display.terminal:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if signals.received:
        raise Stopped(signals.received[0])
    return [run for run in runs if run.name in succeeded], failures
