#!/usr/bin/env python3
"""Races the local network of cneep-nn against PyTorch: python3 bench/local_network.py [--python PATH].

Both take turns in processes of their own. Training: forward, loss, backward and Adam over a batch of 64 images with their
margins; inference: dS of 4 frames of 512 x 512. Values and gradients of both are compared in float64 first.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
MARGIN = 6
ROUNDS, SECONDS = 5, 3.0
CASES = [("training, 64 crops of 32 x 32", "train", 64, 32), ("training, 64 crops of 64 x 64", "train", 64, 64),
         ("inference, 4 frames of 512 x 512", "infer", 4, 512)]
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "64000000000", "MALLOC_TOP_PAD_": "268435456"}
STYLES = {"PyTorch": {}, "PyTorch channels_last": {"last": True}, "PyTorch compiled": {"last": True, "compile": True}}


def peer():
    """PyTorch's side."""
    from time import perf_counter

    import numpy
    import torch
    from torch import nn

    def network():
        layers, inputs = [], 1
        for dilation in (1, 1, 2, 2):
            layers += [nn.Conv2d(inputs, 16, 3, dilation=dilation), nn.ReLU()]
            inputs = 16
        return nn.Sequential(*layers, nn.Conv2d(16, 1, 1))

    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "open":
            torch.set_num_threads(asked["threads"])
            style = asked["style"]
            number = torch.float64 if style.get("float64") else torch.float32
            shape = torch.channels_last if style.get("last") else torch.contiguous_format
            count, edge = asked["count"], asked["edge"]
            wide = edge + 2 * MARGIN
            numbers = torch.from_numpy(numpy.fromfile(asked["numbers"], dtype=numpy.float32)).to(number)
            images = numbers[:count * wide * wide].reshape(count, 1, wide, wide).contiguous(memory_format=shape)
            changes = numbers[count * wide * wide:].reshape(count, 1, edge, edge)
            model = network().to(number)
            nn.utils.vector_to_parameters(torch.tensor(asked["parameters"], dtype=number), model.parameters())
            model = model.to(memory_format=shape)
            adam = torch.optim.Adam(model.parameters(), fused=True)

            def values(images, changes, model=model):
                return (model(images) * changes).sum(dim=(1, 2, 3))

            if style.get("compile"):
                values = torch.compile(values, dynamic=False)

            def loss():
                return 4 * nn.functional.softplus(-values(images, changes)).mean()

            def train():
                adam.zero_grad()
                loss().backward()
                adam.step()

            def infer():
                with torch.inference_mode():
                    values(images, changes)

            answer = {"engine": f"PyTorch {torch.__version__}"}
        elif asked["do"] == "check":
            loss().backward()
            gradient = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
            with torch.inference_mode():
                answer = {"values": values(images, changes).tolist(), "gradient": gradient.tolist()}
        else:
            work = {"train": train, "infer": infer}[asked["do"]]
            work()
            times = []
            while sum(times) < asked["seconds"] or len(times) < 3:
                start = perf_counter()
                work()
                times.append(perf_counter() - start)
            answer = {"seconds": times}
        print(json.dumps(answer), flush=True)


class Worker:
    """A process that answers one line of JSON with another."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, env={**os.environ, **environment}, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "it ended"}')
        if "error" in answer:
            sys.exit(answer["error"])
        return answer

    def close(self):
        self.process.kill()
        self.process.wait()


def relative(found, exact):
    return (sum((f - e) ** 2 for f, e in zip(found, exact)) / sum(e * e for e in exact)) ** 0.5


def race(python, ours, title, work, count, edge, folder):
    """A row of the table."""
    import random
    from array import array
    draw = random.Random(1)
    wide = edge + 2 * MARGIN
    numbers = folder / "numbers"
    with open(numbers, "wb") as file:
        array("f", (draw.gauss(0, 1) for _ in range(count * (wide * wide + edge * edge)))).tofile(file)
    threads = len(os.sched_getaffinity(0))
    request = {"do": "open", "numbers": str(numbers), "count": count, "edge": edge}
    field = {"cneep-nn": Worker([ours], {"RAYON_NUM_THREADS": str(threads)})}
    parameters = field["cneep-nn"].ask(**request)["parameters"]
    request |= {"threads": threads, "parameters": parameters}
    command = [python, __file__, "--peer"]
    found = field["cneep-nn"].ask(do="check")
    referee = Worker(command, {})
    referee.ask(**request, style={"float64": True})
    exact = referee.ask(do="check")
    referee.close()
    off = [relative(found[what], exact[what]) for what in ("values", "gradient")]
    if off[0] > 1e-4 or off[1] > 1e-3:
        sys.exit(f"{title}: values and gradient are {off[0]:.1e} and {off[1]:.1e} off those of float64")
    for name, style in STYLES.items():
        field[name] = Worker(command, ALLOCATOR)
        field[name].ask(**request, style=style)
    times = {name: [] for name in field}
    for _ in range(ROUNDS):
        for name, worker in field.items():
            times[name].append(median(worker.ask(do=work, seconds=SECONDS)["seconds"]))
    for worker in field.values():
        worker.close()
    milliseconds = {name: 1000 * median(rounds) for name, rounds in times.items()}
    best = min(value for name, value in milliseconds.items() if name != "cneep-nn")
    cells = " | ".join(f"{milliseconds[name]:.1f}" for name in [*STYLES, "cneep-nn"])
    return f"| {title} | {cells} | {best / milliseconds['cneep-nn']:.2f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        return peer()
    build = ["cargo", "build", "--release", "-q", "-p", "cneep-race", "--message-format=json-render-diagnostics"]
    lines = subprocess.run(build, cwd=HERE.parent, check=True, capture_output=True, text=True).stdout.splitlines()
    built = [json.loads(line) for line in lines]
    ours = next(line["executable"] for line in built
                if line.get("executable") and line["target"]["name"] == "local_network")
    print(f"| ms | {' | '.join(STYLES)} | cneep-nn | faster than the best |")
    print(f"|---|{'---|' * (len(STYLES) + 2)}")
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            print(race(given.python, ours, *case, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
