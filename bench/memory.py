"""Measures the most memory that cneep ever holds with a large movie, in each format whose frames can stay in their file.

    python bench/memory.py [--cneep target/release/cneep] [--gigabytes 1] [--folder /tmp]

Needs GNU time (/usr/bin/time), numpy, tifffile with imagecodecs, h5py and zarr 2.18 or newer. Writes one file at a time and deletes it again. A movie has
frames of 512 x 512 bytes; `train` is given a part of 64 x 64 pixels, whose estimate by itself is the first row.
"""
import argparse
import os
import platform
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

EDGE, PART = 512, 64
#: Frames that differ; all others are these, moved along the rows.
BASE = 61


def frames_of(count, edge):
    """Blocks of up to 64 frames: noise over a slow wave."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:EDGE, :EDGE]
    still = 90 + 40 * np.sin(x / 9) * np.sin(y / 11)
    base = random.normal(still, 4, (BASE, EDGE, EDGE)).clip(0, 255).astype("u1")
    for start in range(0, count, 64):
        numbers = range(start, min(start + 64, count))
        yield np.stack([np.roll(base[k % BASE], k // BASE, axis=1)[:edge, :edge] for k in numbers])


def npy(path, count, edge=EDGE):
    array = np.lib.format.open_memmap(path, "w+", "u1", (count, edge, edge))
    start = 0
    for block in frames_of(count, edge):
        array[start : start + len(block)] = block
        start += len(block)
    array.flush()


def tiff(path, count, **options):
    import tifffile

    compression = options.pop("compression", None)
    with tifffile.TiffWriter(path, **options) as writer:
        for block in frames_of(count, EDGE):
            for frame in block:
                writer.write(frame, contiguous=compression is None, photometric="minisblack", compression=compression,
                             metadata=None)


def zarr(path, count):
    import zarr

    array = zarr.open(str(path), mode="w", shape=(count, EDGE, EDGE), chunks=(16, EDGE, EDGE), dtype="u1")
    start = 0
    for block in frames_of(count, EDGE):
        array[start : start + len(block)] = block
        start += len(block)


def hdf5(path, count, **options):
    import h5py

    with h5py.File(path, "w") as file:
        data = file.create_dataset("movie", (count, EDGE, EDGE), "u1", **options)
        start = 0
        for block in frames_of(count, EDGE):
            data[start : start + len(block)] = block
            start += len(block)


def avi(path, count):
    """Y800 in RIFF chunks, with an index: as cameras wrote it before OpenDML, up to 4 GB."""
    size = EDGE * EDGE
    chunk = lambda name, body: name + struct.pack("<I", len(body)) + body
    main = struct.pack("<14I", 50_000, 0, 0, 0x10, count, 0, 1, size, EDGE, EDGE, 0, 0, 0, 0)
    stream = b"vidsY800" + struct.pack("<10I4H", 0, 0, 0, 1, 20, 0, count, size, 0, 0, 0, 0, EDGE, EDGE)
    form = struct.pack("<IiiHH4sIiiII", 40, EDGE, -EDGE, 1, 8, b"Y800", size, 0, 0, 0, 0)
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form)))
    movie, index = 4 + count * (size + 8), 16 * count
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 4 + len(header) + 8 + movie + 8 + index) + b"AVI " + header)
        file.write(b"LIST" + struct.pack("<I", movie) + b"movi")
        for block in frames_of(count, EDGE):
            for frame in block:
                file.write(b"00dc" + struct.pack("<I", size) + frame.tobytes())
        file.write(b"idx1" + struct.pack("<I", index))
        for k in range(count):
            file.write(b"00dc" + struct.pack("<3I", 0x10, 4 + k * (size + 8), size))


FORMATS = {
    "TIFF": ("movie.tif", tiff, {}),
    "TIFF, deflate": ("movie.tif", tiff, {"compression": "zlib"}),
    "BigTIFF": ("movie.tif", tiff, {"bigtiff": True}),
    "NPY": ("movie.npy", npy, {}),
    "Zarr, 16 frames a chunk": ("movie.zarr", zarr, {}),
    "HDF5, contiguous": ("movie.h5", hdf5, {}),
    "HDF5, gzip, 16 frames a chunk": ("movie.h5", hdf5, {"chunks": (16, EDGE, EDGE), "compression": "gzip", "compression_opts": 1}),
    "AVI, Y800": ("movie.avi", avi, {}),
}


def peak(command):
    """Most resident memory of a process, in MB. (A child of this one would count from what Python holds.)"""
    with tempfile.NamedTemporaryFile("r") as told:
        run = subprocess.run(["/usr/bin/time", "-f", "%M", "-o", told.name, *command], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{run.stderr}")
        return int(told.read()) * 1024 / 1e6


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--cneep", default="target/release/cneep")
    words.add_argument("--gigabytes", type=float, default=1)
    words.add_argument("--folder", default=tempfile.gettempdir())
    words.add_argument("--formats", nargs="*", default=list(FORMATS))
    stated = words.parse_args()
    count = round(stated.gigabytes * 1e9 / EDGE**2)
    cneep = Path(stated.cneep).resolve()
    part = ["--crop", f"0,0,{PART},{PART}", "--estimator", "currents", "--interval", "50ms", "-q"]
    print(f"{platform.machine()}, {os.cpu_count()} threads; {count} frames of {EDGE} x {EDGE} bytes, {stated.gigabytes:g} GB\n")
    print(f"| most memory, MB | file, GB | `inspect` | `train` on {PART} x {PART} pixels |\n| --- | --: | --: | --: |", flush=True)
    with tempfile.TemporaryDirectory(dir=stated.folder) as folder:
        folder = Path(folder)

        def row(name, path, bytes):
            looked = peak([cneep, "inspect", path, "-q"])
            shutil.rmtree(folder / "run", ignore_errors=True)
            trained = peak([cneep, "train", path, *part, "-o", folder / "run"])
            print(f"| {name} | {bytes / 1e9:.2f} | {looked:,.0f} | {trained:,.0f} |", flush=True)

        alone = folder / "part.npy"
        npy(alone, count, PART)
        row("the part alone, NPY", alone, alone.stat().st_size)
        alone.unlink()
        for name in stated.formats:
            file, write, options = FORMATS[name]
            path = folder / file
            write(path, count, **dict(options))
            files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
            row(name, path, sum(file.stat().st_size for file in files))
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
