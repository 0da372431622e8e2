"""Lists what is raced: sizes, batches, threads, and how much arithmetic each asks for."""

import os
from dataclasses import dataclass

# (rows, columns): (movies, frames per movie)
FILMS = {(20, 40): (100, 1000), (64, 64): (10, 1000), (128, 128): (4, 1000)}


def all_threads():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@dataclass(frozen=True)
class Case:
    """Transitions per repetition of one kind of work on frames of one size."""

    name: str
    work: str
    batch: int
    rows: int = 20
    columns: int = 40
    one_thread: bool = False

    @property
    def threads(self):
        return 1 if self.one_thread else all_threads()

    @property
    def title(self):
        work = {"train": "training, batch", "infer": "inference,"}[self.work]
        size = "" if (self.rows, self.columns) == (20, 40) else f", {self.rows} x {self.columns}"
        return f"{work} {self.batch:,}{size}{', 1 thread' if self.one_thread else ''}"

    @property
    def flops(self):
        """Floating-point operations a transition, were every convolution summed directly.

        Two a multiply-add, two directions; training thrice (forward, weights, inputs) but for the inputs' gradient
        of the first layer.
        """
        halves, quarters = (self.rows // 2) * (self.columns // 2), (self.rows // 4) * (self.columns // 4)
        first = halves * 2 * 32 * 25
        forward = first + quarters * (32 * 32 * 9 + 32 * 64 * 9 + 64)
        return 4 * forward if self.work == "infer" else 4 * (3 * forward - first)


CASES = [
    Case("train-128", "train", 128),
    Case("train-512", "train", 512),
    Case("train-1024", "train", 1024),
    Case("train-4096", "train", 4096),
    Case("infer-2000", "infer", 2000),
    Case("train-1024-one-thread", "train", 1024, one_thread=True),
    Case("infer-2000-one-thread", "infer", 2000, one_thread=True),
    Case("train-64x64", "train", 256, 64, 64),
    Case("infer-64x64", "infer", 256, 64, 64),
    Case("train-128x128", "train", 64, 128, 128),
    Case("infer-128x128", "infer", 64, 128, 128),
]
QUICK = ["train-128", "train-1024", "infer-2000", "train-1024-one-thread", "train-128x128"]
