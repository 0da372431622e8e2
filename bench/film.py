"""Writes the film that both sides read: two Gaussian beads that jitter along a row, one byte a pixel."""

import random
from itertools import chain
from math import exp
from statistics import fmean, pstdev

SEED = 1
# Displacements are rounded to this many steps per standard deviation, so that every picture of a bead is drawn once.
STEPS = 20
FURTHEST = 4


def bead(rows, columns, displacement):
    """Rows of bytes of one bead, `displacement` standard deviations of rows / 20 pixels off the middle."""
    width, shift = rows / 6, displacement * rows / 20
    def light(row, column):
        return exp(-((row - (rows - 1) / 2) ** 2 + (column - (columns - 1) / 2 - shift) ** 2) / (2 * width**2))
    return [bytes(round(255 * light(row, column)) for column in range(columns)) for row in range(rows)]


def write(path, rows, columns, movies, frames_per_movie):
    """Writes (movie, frame, row, column) to `path`; returns mean and standard deviation of the first movie's pixels."""
    draw = random.Random(SEED)
    steps = FURTHEST * STEPS
    pictures = [bead(rows, columns // 2, step / STEPS) for step in range(-steps, steps + 1)]
    right_pictures = [bead(rows, columns - columns // 2, step / STEPS) for step in range(-steps, steps + 1)]
    sample = b""
    with open(path, "wb") as file:
        for movie in range(movies):
            left = right = 0.0
            for frame in range(frames_per_movie):
                left = 0.98 * left + 0.2 * draw.gauss(0, 1)
                right = 0.98 * right + 0.2 * draw.gauss(0, 1)
                places = [max(-steps, min(steps, round(STEPS * x))) + steps for x in (left, right)]
                rows_of_both = zip(pictures[places[0]], right_pictures[places[1]])
                picture = b"".join(chain.from_iterable(rows_of_both))
                if movie == 0 and frame % (frames_per_movie // 10) == 0:
                    sample += picture
                file.write(picture)
    return fmean(sample), pstdev(sample)
