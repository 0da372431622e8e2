#!/usr/bin/env python3
"""Measures the seconds from start to R^2 on fresh movies: two beads, T_hot = 10, 100 movies of 10,000 frames.

Ours: the default settings at growing numbers of iterations, each a whole run (the schedule ends with the run), timed
from start to end, reading included. The paper's settings: one run, looked at as it grows; its iterations to each
R^2 times the milliseconds per iteration that PyTorch took at batch 4,096 in `race.py` (--peer-ms) are the projected
time of the published program, which would take hours.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target" / "release" / "cneep"
TARGETS = (0.97, 0.985)


def cneep(*arguments):
    """Runs the program; returns what it printed as JSON."""
    command = [str(PROGRAM), "--json", "--quiet", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return json.loads(done.stdout) if done.stdout.strip() else {}


def accuracy(run, folder):
    """R^2 and slope of a run on the fresh movies."""
    fresh = folder / "fresh"
    found = cneep("estimate", run, fresh / "movies.npz", "--truth", fresh / "truth.npz", "-o", run / "fresh")
    return found["r_squared"], found["slope"]


def simulate(folder):
    """Makes the training movies and the fresh ones, unless they are there."""
    for name, movies, frames, seed in (("train", 100, 10_000, 101), ("fresh", 40, 1_000, 202)):
        if not (folder / name / "movies.npz").exists():
            cneep("simulate", "bead-spring", "--movies", movies, "--frames", frames, "--seed", seed,
                  "-o", folder / name)


def ours(folder, iterations, seed):
    """Trains by the default settings; yields (iterations, seconds, R^2, slope)."""
    for count in iterations:
        run = folder / f"default_{count}_seed{seed}"
        budget = [] if count == "default" else ["--iterations", count]
        start = time.monotonic()
        trained = cneep("train", folder / "train" / "movies.npz", "-o", run, "--test-fraction", 0,
                        "--estimator", "convolutional", "--seed", seed, *budget)
        seconds = time.monotonic() - start
        yield (trained["iterations"], seconds, *accuracy(run, folder))


def paper(folder, step, most, seed):
    """Trains by the paper's settings; yields (iterations, seconds, R^2, slope) as the run grows."""
    run, seconds = folder / f"paper_seed{seed}", 0.0
    for count in range(step, most + 1, step):
        begun = ["--resume"] if run.exists() else ["--settings", "paper", "--test-fraction", 0, "--seed", seed]
        start = time.monotonic()
        cneep("train", folder / "train" / "movies.npz", "-o", run, "--iterations", count, *begun)
        seconds += time.monotonic() - start
        found = accuracy(run, folder)
        yield (count, seconds, *found)
        if found[0] >= TARGETS[-1]:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="where movies and runs go (900 MB)")
    parser.add_argument("--iterations", default="1000,2000,4000,8000,default", help="budgets of our runs; empty leaves them out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peer-ms", type=float, help="PyTorch's best milliseconds per iteration at batch 4,096")
    parser.add_argument("--paper-step", type=int, default=1000, help="iterations between looks at the paper's run")
    parser.add_argument("--paper-most", type=int, default=0, help="iterations of the paper's run; 0 leaves it out")
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "-p", "cneep-cli"], cwd=ROOT, check=True)
    options.folder.mkdir(parents=True, exist_ok=True)
    simulate(options.folder)
    print("| settings | iterations | seconds | R^2 on fresh movies | slope |\n|---|---|---|---|---|", flush=True)
    runs = []
    if options.iterations:
        runs.append(("default", ours(options.folder, options.iterations.split(","), options.seed)))
    if options.paper_most:
        runs.append(("paper", paper(options.folder, options.paper_step, options.paper_most, options.seed)))
    reached = {}
    for name, found in runs:
        for iterations, seconds, r_squared, slope in found:
            print(f"| {name} | {iterations:,} | {seconds:.0f} | {r_squared:.4f} | {slope:.3f} |", flush=True)
            for target in TARGETS:
                if r_squared >= target:
                    reached.setdefault((name, target), (iterations, seconds))
    print()
    for target in TARGETS:
        for name, _ in runs:
            if (name, target) not in reached:
                print(f"R^2 {target}: not reached by {name} settings")
                continue
            iterations, seconds = reached[name, target]
            line = f"R^2 {target}: {name} settings after {iterations:,} iterations, {seconds:.0f} s"
            if name == "paper" and options.peer_ms:
                line += f"; PyTorch projected {iterations * options.peer_ms / 1000:,.0f} s"
            print(line)


if __name__ == "__main__":
    main()
