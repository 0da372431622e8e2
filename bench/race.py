#!/usr/bin/env python3
"""Races cneep-nn against PyTorch on this machine's processor and prints a table: python3 bench/race.py."""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import venv
from math import sqrt
from pathlib import Path
from statistics import median

import film
import report
from cases import CASES, FILMS, QUICK, all_threads
from racers import HERE, OURS, RACERS, REFEREE, Failure, Field, Racer, rest

ROOT = HERE.parent
# Most that S of either side, and its gradient (relative, L2), may be off float64 on batches of so many transitions.
SAME_S, SAME_GRADIENT = 1e-4, 1e-3
CHECKED, BATCHES = 64, 5


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, problem):
    """Runs a command whose output is of interest only if it fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"{problem}: {error}")
    if done.returncode != 0:
        sys.exit(f"{problem}:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def interpreter(given):
    """A Python that has torch: the one given, or one of a virtual environment made on first use."""
    python = Path(given) if given else HERE / ".venv" / "bin" / "python"
    if not given:
        if not python.exists():
            say(f"making {python.parent.parent}")
            try:
                venv.create(python.parent.parent, with_pip=True)
            except (OSError, subprocess.CalledProcessError) as error:
                sys.exit(f"cannot make {python.parent.parent}: {error}\nInstall Python's venv module or give --python.")
        if subprocess.run([python, "-c", "import torch, numpy"], capture_output=True).returncode != 0:
            say("installing torch and numpy from PyPI (a large download, once)")
            run([python, "-m", "pip", "install", "torch", "numpy"], "pip could not install torch and numpy")
    run([python, "-c", "import torch, numpy"], f"{python} cannot import torch and numpy")
    return python


def build():
    """Path of our worker, built as released."""
    say("building cneep-race")
    command = ["cargo", "build", "--release", "-p", "cneep-race", "--message-format=json-render-diagnostics"]
    for line in run(command, "cargo could not build cneep-race").splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "cneep-race":
            return Path(message["executable"])
    sys.exit("cargo built no cneep-race")


def relative(found, exact):
    """Relative L2 distance."""
    return sqrt(sum((f - e) ** 2 for f, e in zip(found, exact)) / sum(e * e for e in exact))


def agreement(found, exact):
    """How far a racer's S and gradient are from the referee's, batch by batch.

    Where two numbers under a maximum, or a number and zero, differ by less than rounding, either side may decide either
    way, and the gradient of that batch differs by up to 1e-3. Another computation differs on all batches: the best counts.
    """
    def joined(answers):
        return [s for answer in answers for s in answer["entropy_production"]]
    return {
        "largest": max(abs(f - e) for f, e in zip(joined(found), joined(exact))),
        "relative": relative(joined(found), joined(exact)),
        "gradient": min(relative(f["gradient"], e["gradient"]) for f, e in zip(found, exact)),
    }


class Race:
    def __init__(self, arguments, ours, python, folder):
        self.arguments, self.commands, self.folder = arguments, (ours, python), Path(folder)
        self.films, self.exact, self.engines, self.agreements = {}, {}, {}, {}

    def film(self, case):
        """What an `open` request says of the film, which is written on first use."""
        size = (case.rows, case.columns)
        if size not in self.films:
            path = self.folder / f"film_{case.rows}x{case.columns}.u8"
            movies, frames = FILMS[size]
            mean, deviation = film.write(path, *size, movies, frames)
            self.films[size] = {"film": str(path), "rows": case.rows, "columns": case.columns,
                                "frames_per_movie": frames, "mean": mean, "deviation": deviation}
        return self.films[size]

    def answers(self, worker, case):
        """S and gradients of the transitions on which all are compared."""
        movies, frames = FILMS[case.rows, case.columns]
        draw = random.Random(film.SEED)
        batches = [[draw.randrange(movies) * frames + draw.randrange(frames - 1) for _ in range(CHECKED)]
                   for _ in range(BATCHES)]
        return [worker.ask("check", starts=starts) for starts in batches]

    def referee(self, case, parameters):
        """S and gradient in float64, once per size of frame."""
        size = (case.rows, case.columns)
        if size not in self.exact:
            with Field(*self.commands) as field:
                worker = field.start(REFEREE, case.threads)
                self.open(worker, case, parameters)
                self.exact[size] = self.answers(worker, case)
        return self.exact[size]

    def open(self, worker, case, parameters):
        racer = worker.racer
        more = {} if racer.ours else {"style": racer.style, "threads": case.threads, "parameters": parameters}
        self.engines[racer] = worker.ask("open", **self.film(case), **more)["engine"]
        worker.memory_at_rest = worker.peak_memory()

    def check(self, worker, case, parameters):
        """Refuses to race what does not compute the same."""
        found = agreement(self.answers(worker, case), self.referee(case, parameters))
        self.agreements[worker.racer, case.rows, case.columns] = found
        same = found["largest"] <= SAME_S and found["gradient"] <= SAME_GRADIENT
        if not same and not worker.racer.bfloat16:
            sys.exit(f"{worker.racer.name} does not compute the same: S differs by {found['largest']:.1e} "
                     f"(at most {SAME_S}), the gradient by {found['gradient']:.1e} (at most {SAME_GRADIENT})")

    def run(self, case, racers):
        """Times of every racer, round by round in turns: {racer: result or words of failure}."""
        say(f"{case.name}: starting workers")
        outcome = {}
        turn = {"batch": case.batch, "warm_up": 1, "repetitions": 3, "seconds": self.arguments.seconds}
        with Field(*self.commands) as field:
            ours = field.start(OURS, case.threads)
            self.open(ours, case, None)
            parameters = ours.ask("parameters")["parameters"]
            field.leave(ours)
            for racer in racers:
                worker = field.start(racer, case.threads)
                try:
                    self.open(worker, case, parameters)
                    self.check(worker, case, parameters)
                    worker.ask(case.work, **{**turn, "warm_up": 2, "repetitions": 1, "seconds": 0})
                    outcome[racer] = {"rounds": []}
                except Failure as failure:
                    field.leave(worker)
                    outcome[racer] = str(failure)
                    say(f"  left out: {failure}")
            for number in range(self.arguments.rounds):
                for worker in list(field.workers):
                    rest()
                    outcome[worker.racer]["rounds"].append(worker.ask(case.work, **turn)["seconds"])
                say(f"  round {number + 1} of {self.arguments.rounds}")
            for worker in field.workers:
                result = outcome[worker.racer]
                result["memory"] = (worker.peak_memory(), worker.memory_at_rest)
                result["median"] = median(time for times in result["rounds"] for time in times)
                result["medians"] = [median(times) for times in result["rounds"]]
        return outcome

    def products(self):
        """Best rates of a float32 matrix product, by number of threads, in GFLOP/s."""
        rates = {}
        for threads in sorted({1, all_threads()}):
            with Field(*self.commands) as field:
                worker = field.start(Racer("PyTorch's matrix product", False), threads)
                rates[threads] = worker.ask("product", threads=threads, size=2048, repetitions=10)["gflops"]
        return rates


def arguments():
    names = [case.name for case in CASES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", metavar="PATH", help="a Python that has torch and numpy [default: bench/.venv]")
    parser.add_argument("--rounds", type=int, default=5, help="turns that every racer has in each case [default: 5]")
    parser.add_argument("--seconds", type=float, default=1.0, help="least length of a turn [default: 1]")
    parser.add_argument("--quick", action="store_true", help="a few cases, two short rounds, no torch.compile")
    parser.add_argument("--cases", metavar="NAME,..", help=f"only these of: {', '.join(names)}")
    parser.add_argument("--output", metavar="FILE.md", help="write the tables here, too")
    parsed = parser.parse_args()
    if parsed.quick:
        parsed.rounds, parsed.seconds = 2, 0.2
    chosen = parsed.cases.split(",") if parsed.cases else QUICK if parsed.quick else names
    if unknown := set(chosen) - set(names):
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if parsed.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if parsed.output and not Path(parsed.output).absolute().parent.is_dir():
        parser.error(f"--output: no folder {Path(parsed.output).absolute().parent}")
    parsed.cases = [case for case in CASES if case.name in chosen]
    if all_threads() == 1:
        parsed.cases = [case for case in parsed.cases if not case.one_thread]
    return parsed


def main():
    parsed = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    python, ours = interpreter(parsed.python), build()
    racers = [racer for racer in RACERS if not (parsed.quick and racer.style.get("compile"))]
    if not report.machine()["avx2"]:
        racers = [racer for racer in racers if not racer.avx2]
    before = os.getloadavg()[0]
    if before > 0.3:
        say(f"warning: other work runs on this machine (load {before:.1f}); PyTorch suffers more from it than cneep-nn")
    with tempfile.TemporaryDirectory(prefix="cneep-race-") as folder:
        race = Race(parsed, ours, python, folder)
        try:
            rates = race.products()
            results = {case: race.run(case, racers) for case in parsed.cases}
            # A peak is the best of two looks, lest a busy moment lower it.
            rates = {threads: max(rate, rates[threads]) for threads, rate in race.products().items()}
        except Failure as failure:
            sys.exit(str(failure))
    text = report.markdown(results, rates, race.agreements, race.engines, before, parsed)
    print(text)
    if parsed.output:
        Path(parsed.output).write_text(text + "\n")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted")
