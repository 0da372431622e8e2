"""Says how long a plan would take from 1 to 64 workers, beside what a few processes take here.

    python3 bench/plan_scaling.py target/release/cneep PLAN --measured 1 2 3 4

PLAN is any folder that `cneep plan` wrote. For each number of processes its frozen files are copied into a
folder beside it and worked off by `work --all --jobs N --threads 1`, then deleted. On paper, tasks take what
the manifests of one process say, and each costs besides what passed in that run beyond its tasks. A worker
that is free takes the next task of the plan, and the first one is any, as `cneep work` begins anywhere: the
mean over all beginnings is given, and the longest.
"""

import argparse
import heapq
import json
import os
import pathlib
import shutil
import subprocess
import time

FROZEN = ("plan.toml", "settings.toml", "tasks.jsonl")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("plan", type=pathlib.Path)
    parser.add_argument("--measured", type=int, nargs="+", default=[1, 2, 3, 4], help="numbers of processes")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3, 4, 8, 16, 32, 64])
    return parser.parse_args()


def timed(program, *words):
    """Seconds that one command took."""
    command = [str(word) for word in (program, *words, "-q")]
    start = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with code {done.returncode}:\n{done.stderr}")
    return time.monotonic() - start


def worked_off(program, plan, jobs):
    """Wall time, seconds of each task in the plan's order, and wall time of gathering."""
    copy = plan.with_name(f"{plan.name}_by_{jobs}")
    (copy / "tasks").mkdir(parents=True)
    for name in FROZEN:
        shutil.copy2(plan / name, copy)
    wall = timed(program, "work", copy, "--all", "--jobs", jobs, "--threads", 1)
    manifests = sorted((copy / "tasks").glob("*/done.json"))
    seconds = [json.loads(path.read_text())["seconds"] for path in manifests]
    gathering = timed(program, "gather", copy, "-o", copy / "result")
    shutil.rmtree(copy)
    return wall, seconds, gathering


def makespan(durations, workers):
    """When the last worker ends if each that is free takes the next of these tasks."""
    free = [0.0] * workers
    for duration in durations:
        heapq.heapreplace(free, free[0] + duration)
    return max(free)


def on_paper(durations, workers):
    """Mean and longest makespan over all tasks that can be the first."""
    spans = [makespan(durations[at:] + durations[:at], workers) for at in range(len(durations))]
    return sum(spans) / len(spans), max(spans)


def main():
    wanted = arguments()
    program, plan = wanted.program.resolve(), wanted.plan.resolve()
    load = os.getloadavg()[0]
    runs = {jobs: worked_off(program, plan, jobs) for jobs in sorted({1, *wanted.measured})}
    wall, seconds, gathering = runs[1]
    beyond = (wall - sum(seconds)) / len(seconds)
    durations = [of + beyond for of in seconds]
    print(
        f"{len(seconds)} tasks of {min(seconds):.2f} to {max(seconds):.2f} s, {sum(seconds):.0f} s in all; "
        f"{beyond:.3f} s a task beyond; gathered by one process in {gathering:.1f} s; "
        f"{os.cpu_count()} processors, load {load:.1f}\n"
    )
    print("| workers | on paper (s) | at most (s) | speed-up | efficiency | measured (s) | its tasks (s) |")
    print("|---|---|---|---|---|---|---|")
    for workers in sorted({*wanted.workers, *runs}):
        mean, longest = on_paper(durations, workers)
        faster = wall / mean
        row = [f"{workers}", f"{mean:.1f}", f"{longest:.1f}", f"{faster:.1f}", f"{faster / workers:.0%}"]
        row += [f"{runs[workers][0]:.1f}", f"{sum(runs[workers][1]):.0f}"] if workers in runs else ["", ""]
        print("|", " | ".join(row), "|")


if __name__ == "__main__":
    main()
