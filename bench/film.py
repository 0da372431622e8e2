"""Writes the film that both sides read: two Gaussian beads that jitter along a row under pixel noise, one byte a pixel."""

import random
from itertools import chain
from math import exp
from statistics import fmean, pstdev

SEED = 1
# A bead is drawn once for every displacement, rounded to this many steps per standard deviation, and noise.
STEPS = 10
FURTHEST = 4
NOISES = 4
NOISE = 8


def bead(rows, columns, displacement, noise):
    """Rows of bytes of one bead, `displacement` standard deviations of rows / 20 pixels off the middle."""
    width, shift = rows / 6, displacement * rows / 20
    down = [exp(-((row - (rows - 1) / 2) ** 2) / (2 * width**2)) for row in range(rows)]
    along = [exp(-((column - (columns - 1) / 2 - shift) ** 2) / (2 * width**2)) for column in range(columns)]
    def count(light):
        return max(0, min(255, round(20 + 200 * light + noise.gauss(0, NOISE))))
    return [bytes(count(d * a) for a in along) for d in down]


def write(path, rows, columns, movies, frames_per_movie):
    """Writes (movie, frame, row, column) to `path`; returns mean and standard deviation of the first movie's pixels."""
    draw = random.Random(SEED)
    steps = FURTHEST * STEPS
    pictures = [[bead(rows, columns // 2, step / STEPS, draw) for _ in range(NOISES)] for step in range(-steps, steps + 1)]
    sample = b""
    with open(path, "wb") as file:
        for movie in range(movies):
            places = [0.0, 0.0]
            for frame in range(frames_per_movie):
                places = [0.98 * place + 0.2 * draw.gauss(0, 1) for place in places]
                indices = [max(-steps, min(steps, round(STEPS * place))) + steps for place in places]
                left, right = (draw.choice(pictures[index]) for index in indices)
                picture = b"".join(chain.from_iterable(zip(left, right)))
                if movie == 0 and frame % (frames_per_movie // 10) == 0:
                    sample += picture
                file.write(picture)
    return fmean(sample), pstdev(sample)
