"""Measures the most memory that cneep ever holds with a large movie, and its time, in each format of arrays.

    python bench/memory.py [--cneep target/release/cneep] [--gigabytes 1] [--folder /tmp] [--formats NPY TIFF]

Needs GNU time (/usr/bin/time), numpy, tifffile with imagecodecs, h5py and zarr 3. Writes one file at a time
and deletes it again. A movie has frames of 512 x 512 pixels of 16 bits; `train` is given a part of 64 x 64 pixels, whose
estimate by itself is the first row. Before each run the file is put out of the page cache, so that the disk is read.
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
    """Blocks of up to 64 frames of 16-bit counts: noise over a slow wave."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:EDGE, :EDGE]
    still = 90 + 40 * np.sin(x / 9) * np.sin(y / 11)
    base = random.normal(10 * still, 40, (BASE, EDGE, EDGE)).clip(0, 65535).astype("<u2")
    for start in range(0, count, 64):
        numbers = range(start, min(start + 64, count))
        yield np.stack([np.roll(base[k % BASE], k // BASE, axis=1)[:edge, :edge] for k in numbers])


def npy(path, count, edge=EDGE):
    array = np.lib.format.open_memmap(path, "w+", "<u2", (count, edge, edge))
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


def zarr(path, count, **options):
    import numcodecs
    import zarr

    if options["zarr_format"] == 2:
        options["compressor"] = numcodecs.Blosc()

    array = zarr.open(str(path), mode="w", shape=(count, EDGE, EDGE), chunks=(16, EDGE, EDGE), dtype="<u2", **options)
    start = 0
    for block in frames_of(count, EDGE):
        array[start : start + len(block)] = block
        start += len(block)


def hdf5(path, count, **options):
    import h5py

    with h5py.File(path, "w") as file:
        data = file.create_dataset("movie", (count, EDGE, EDGE), "<u2", **options)
        start = 0
        for block in frames_of(count, EDGE):
            data[start : start + len(block)] = block
            start += len(block)


def avi(path, count):
    """Y16 as OpenDML has it: RIFF chunks of a gigabyte, without an index."""
    size = 2 * EDGE * EDGE
    chunk = lambda name, body: name + struct.pack("<I", len(body)) + body
    main = struct.pack("<14I", 50_000, 0, 0, 0, count, 0, 1, size, EDGE, EDGE, 0, 0, 0, 0)
    stream = b"vidsY16 " + struct.pack("<10I4H", 0, 0, 0, 1, 20, 0, count, size, 0, 0, 0, 0, EDGE, EDGE)
    form = struct.pack("<IiiHH4sIiiII", 40, EDGE, -EDGE, 1, 16, b"Y16 ", size, 0, 0, 0, 0)
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form)))
    in_riff = 10**9 // (size + 8)
    with open(path, "wb") as file:
        for number, frame in enumerate(frame for block in frames_of(count, EDGE) for frame in block):
            if number % in_riff == 0:
                movie = 4 + min(in_riff, count - number) * (size + 8)
                first = number == 0
                file.write(b"RIFF" + struct.pack("<I", 4 + first * len(header) + 8 + movie) + (b"AVI " + header if first else b"AVIX"))
                file.write(b"LIST" + struct.pack("<I", movie) + b"movi")
            file.write(b"00dc" + struct.pack("<I", size) + frame.tobytes())


CHUNKS = (16, EDGE, EDGE)
FORMATS = {
    "TIFF": ("movie.tif", tiff, {}),
    "BigTIFF": ("movie.tif", tiff, {"bigtiff": True}),
    "TIFF, deflate": ("movie.tif", tiff, {"bigtiff": True, "compression": "zlib"}),
    "NPY": ("movie.npy", npy, {}),
    "AVI, Y16": ("movie.avi", avi, {}),
    "HDF5, contiguous": ("movie.h5", hdf5, {}),
    "HDF5, gzip, 16 frames a chunk": ("movie.h5", hdf5, {"chunks": CHUNKS, "compression": "gzip", "compression_opts": 1}),
    "Zarr 2, blosc, 16 frames a chunk": ("movie.zarr", zarr, {"zarr_format": 2}),
    "Zarr 3, zstd, 16 frames a chunk": ("movie.zarr", zarr, {"zarr_format": 3}),
}
#: A file of 4 GB or more is none.
AT_MOST = {"TIFF": 4e9}


def measured(command, files):
    """Most resident memory of a process in MB, and its seconds. (A child of this one would count from what Python holds.)"""
    for file in files:
        with open(file, "rb") as opened:
            os.fsync(opened)
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with tempfile.NamedTemporaryFile("r") as told:
        run = subprocess.run(["/usr/bin/time", "-f", "%M %e", "-o", told.name, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if run.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{run.stderr.decode()}")
        memory, seconds = told.read().split()
        return int(memory) * 1024 / 1e6, float(seconds)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--cneep", default="target/release/cneep")
    words.add_argument("--gigabytes", type=float, default=1)
    words.add_argument("--folder", default=tempfile.gettempdir())
    words.add_argument("--formats", nargs="*", default=list(FORMATS))
    stated = words.parse_args()
    count = round(stated.gigabytes * 1e9 / (2 * EDGE**2))
    cneep = Path(stated.cneep).resolve()
    part = ["--crop", f"0,0,{PART},{PART}", "--estimator", "currents", "--interval", "50ms", "-q"]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    print(f"{platform.machine()}, {os.cpu_count()} threads, {memory:.0f} GB of memory; {count} frames of {EDGE} x {EDGE} pixels of 16 bits, "
          f"{stated.gigabytes:g} GB\n")
    print(f"| | file, GB | read alone, s | `inspect`, MB | s | `train` on {PART} x {PART} pixels, MB | s |")
    print("| --- | --: | --: | --: | --: | --: | --: |", flush=True)
    with tempfile.TemporaryDirectory(dir=stated.folder) as folder:
        folder = Path(folder)

        def row(name, path):
            files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
            size = sum(file.stat().st_size for file in files)
            _, read = measured(["find", path, "-type", "f", "-exec", "cat", "{}", "+"], files)
            looked, look = measured([cneep, "inspect", path, "-q"], files)
            shutil.rmtree(folder / "run", ignore_errors=True)
            trained, train = measured([cneep, "train", path, *part, "-o", folder / "run"], files)
            print(f"| {name} | {size / 1e9:.2f} | {read:.1f} | {looked:,.0f} | {look:.1f} | {trained:,.0f} | {train:.1f} |", flush=True)

        alone = folder / "part.npy"
        npy(alone, count, PART)
        row("the part alone, NPY", alone)
        alone.unlink()
        for name in stated.formats:
            if 1e9 * stated.gigabytes > AT_MOST.get(name, 1e18):
                continue
            file, write, options = FORMATS[name]
            path = folder / file
            write(path, count, **dict(options))
            row(name, path)
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
