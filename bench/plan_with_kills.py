"""Works off a plan of many small movies with several workers, one of which is killed at random every so often, and
compares what is gathered with what one undisturbed worker finds.

    python3 bench/plan_with_kills.py target/release/cneep --movies 200 --workers 4 --every 10
"""

import argparse
import json
import pathlib
import random
import shutil
import subprocess
import tempfile
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--movies", type=int, default=200)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--every", type=float, default=10, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def gathered(run, home, plan):
    """The table and the page of a plan, with its name taken out."""
    run("gather", plan, "-o", f"result_{plan}", "-q")
    texts = [(home / f"result_{plan}" / name).read_text() for name in ("results.csv", "report.html")]
    return [text.replace(plan, "PLAN") for text in texts]


def seconds_of_work(home, plan):
    """Time that tasks took, as their manifests tell."""
    manifests = (home / plan / "tasks").glob("*/done.json")
    return sum(json.loads(path.read_text())["seconds"] for path in manifests)


def main():
    wanted = arguments()
    program = wanted.program.resolve()
    home = pathlib.Path(tempfile.mkdtemp(prefix="plan-"))
    run = lambda *words: subprocess.run([program, *words], cwd=home, check=True, capture_output=True)
    size = ["--movies", str(wanted.movies), "--frames", str(wanted.frames)]
    run("simulate", "bead-spring", *size, "--seed", str(wanted.seed), "--format", "tiff", "-o", "movies", "-q")
    for plan in ("plan_undisturbed", "plan_killed"):
        run("plan", "analyze", "movies/*.tif", "--compare", "modes", "-o", plan, "-q")

    start = time.monotonic()
    run("work", "plan_undisturbed", "--all", "--jobs", str(wanted.workers), "-q")
    wall = time.monotonic() - start
    work = seconds_of_work(home, "plan_undisturbed")
    print(f"undisturbed: {wanted.movies} tasks, {wanted.workers} jobs, wall {wall:.1f} s, work {work:.1f} s, "
          f"wall x jobs over work {wall * wanted.workers / work:.4f}", flush=True)

    chance = random.Random(wanted.seed)
    worker = lambda: subprocess.Popen(
        [program, "work", "plan_killed", "--all", "-q"], cwd=home,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    start, kills = time.monotonic(), 0
    workers = [worker() for _ in range(wanted.workers)]
    next_kill = start + wanted.every
    while any(of.poll() is None for of in workers):
        if time.monotonic() >= next_kill:
            at = chance.randrange(len(workers))
            if workers[at].poll() is None:
                workers[at].kill()
                workers[at].wait()
                workers[at], kills = worker(), kills + 1
            next_kill += wanted.every
        time.sleep(0.02)
    codes = sorted({of.returncode for of in workers})
    if codes != [0]:
        raise SystemExit(f"a worker that was not killed ended with {codes}")
    wall = time.monotonic() - start
    work = seconds_of_work(home, "plan_killed")
    print(f"{kills} workers killed: wall {wall:.1f} s, work that counted {work:.1f} s", flush=True)

    same = gathered(run, home, "plan_undisturbed") == gathered(run, home, "plan_killed")
    left = list((home / "plan_killed" / "unfinished").iterdir())
    print(f"gathered table and page are {'the same to the byte' if same else 'DIFFERENT'}; {len(left)} folders left over")
    shutil.rmtree(home)
    raise SystemExit(0 if same and not left else 1)


if __name__ == "__main__":
    main()
