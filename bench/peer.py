"""Answers the requests of race.py with PyTorch, one line of JSON each, until its input ends."""

import json
import sys
from collections import OrderedDict
from contextlib import nullcontext
from time import perf_counter

import numpy
import torch
from torch import nn

MEMORY_FORMAT = {False: torch.contiguous_format, True: torch.channels_last}


class Network(nn.Module):
    """h of the CNEEP paper; its state dictionary has the order of cneep-nn's parameters."""

    def __init__(self, rows, columns):
        super().__init__()
        features = 64 * (rows // 4) * (columns // 4)
        self.layer1 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(2, 32, 5, stride=2, padding=2), relu=nn.ReLU(), pool=nn.MaxPool2d(2)))
        self.layer2 = nn.Sequential(OrderedDict(
            conv1=nn.Conv2d(32, 32, 3, padding=1), relu1=nn.ReLU(),
            conv2=nn.Conv2d(32, 64, 3, padding=1), relu2=nn.ReLU()))
        self.fc1 = nn.Linear(features, 1)

    def forward(self, x):
        return self.fc1(torch.flatten(self.layer2(self.layer1(x)), 1))


class Runner:
    """A network in training, with the film it learns from; `style` says how PyTorch is used."""

    def __init__(self, request):
        self.style = request["style"]
        torch.set_num_threads(request["threads"])
        torch.manual_seed(1)
        rows, columns, self.frames_per_movie = request["rows"], request["columns"], request["frames_per_movie"]
        film = numpy.fromfile(request["film"], dtype=numpy.uint8).reshape(-1, rows, columns)
        self.film = torch.from_numpy(film)
        self.mean, self.deviation = request["mean"], request["deviation"]
        self.transition_count = len(film) // self.frames_per_movie * (self.frames_per_movie - 1)
        self.next = 0
        self.number = torch.float64 if self.style.get("float64") else torch.float32
        self.network = Network(rows, columns).to(self.number)
        self.load(request["parameters"])
        self.network = self.network.to(memory_format=MEMORY_FORMAT[bool(self.style.get("channels_last"))])
        self.adam = torch.optim.Adam(
            self.network.parameters(), lr=1e-4, weight_decay=5e-5, fused=self.style.get("fused") or None)
        self.entropy_production = self.both_directions
        if self.style.get("compile"):
            self.entropy_production = torch.compile(self.both_directions, dynamic=False)

    def load(self, parameters):
        flat = torch.tensor(parameters, dtype=self.number)
        nn.utils.vector_to_parameters(flat, self.network.parameters())

    def gather(self, starts):
        """The batch (transition, frame, row, column), normalised."""
        frames = self.film[starts], self.film[starts + 1]
        if self.style.get("channels_last"):
            batch = torch.stack(frames, -1).permute(0, 3, 1, 2)
        else:
            batch = torch.stack(frames, 1)
        return batch.to(self.number).sub_(self.mean).div_(self.deviation)

    def both_directions(self, batch):
        """S = h(x) - h(reversed x)."""
        if self.style.get("stacked"):
            forward, reverse = self.network(torch.cat((batch, batch.flip(1)))).chunk(2)
        else:
            forward, reverse = self.network(batch), self.network(batch.flip(1))
        return (forward - reverse).squeeze(1)

    def precision(self):
        return torch.autocast("cpu", torch.bfloat16) if self.style.get("bfloat16") else nullcontext()

    def first_frames(self, indices):
        transitions = self.frames_per_movie - 1
        return indices // transitions * self.frames_per_movie + indices % transitions

    def backward(self, batch):
        """S of the batch; leaves the gradient of the mean loss at the parameters."""
        self.adam.zero_grad(set_to_none=True)
        with self.precision():
            s = self.entropy_production(batch)
        s = s.to(self.number)
        loss = (torch.exp(-s) - s).mean()
        loss.backward()
        return s, loss.item()

    def check(self, starts):
        s, _ = self.backward(self.gather(torch.tensor(starts)))
        gradient = torch.cat([parameter.grad.reshape(-1) for parameter in self.network.parameters()])
        return {"entropy_production": s.tolist(), "gradient": gradient.tolist()}

    def iteration(self, batch):
        indices = torch.randint(self.transition_count, (batch,))
        self.backward(self.gather(self.first_frames(indices)))
        self.adam.step()

    @torch.inference_mode()
    def evaluation(self, batch):
        indices = torch.arange(self.next, self.next + batch) % self.transition_count
        self.next = (self.next + batch) % self.transition_count
        with self.precision():
            self.entropy_production(self.gather(self.first_frames(indices))).float()

    def timed(self, work, turn):
        for _ in range(turn["warm_up"]):
            work(turn["batch"])
        times = []
        while len(times) < turn["repetitions"] or sum(times) < turn["seconds"]:
            start = perf_counter()
            work(turn["batch"])
            times.append(perf_counter() - start)
        return {"seconds": times}


def product(request):
    """Best rate of the product of two square matrices, in GFLOP/s."""
    torch.set_num_threads(request["threads"])
    size = request["size"]
    left, right, best = torch.rand(size, size), torch.rand(size, size), float("inf")
    for _ in range(request["repetitions"] + 1):
        start = perf_counter()
        torch.mm(left, right)
        best = min(best, perf_counter() - start)
    return {"gflops": 2e-9 * size**3 / best}


def answer(request, runner):
    match request["do"]:
        case "open":
            runner = Runner(request)
            capability = torch.backends.cpu.get_cpu_capability()
            return runner, {"engine": f"PyTorch {torch.__version__}, {capability}"}
        case "product":
            return runner, product(request)
        case "check":
            return runner, runner.check(request["starts"])
        case "train":
            return runner, runner.timed(runner.iteration, request)
        case "infer":
            return runner, runner.timed(runner.evaluation, request)
    raise ValueError(f"no request {request['do']!r}")


def main():
    # What libraries print must not pass for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    runner = None
    for line in sys.stdin:
        try:
            runner, result = answer(json.loads(line), runner)
        except Exception as error:  # whatever it is, the race must hear of it
            lines = str(error).strip().splitlines()
            result = {"error": f"{type(error).__name__}: {lines[0] if lines else ''}"}
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()
