"""Times how fast movies are read, beside the libraries of Python that read them: interleaved, best of several rounds.

    python bench/reading.py [MOVIE.mp4]

Needs the package cneep, and tifffile, h5py, imageio and av. Files are written anew into a temporary folder; of H.264 a
file is taken that is named. Both sides end with all pixels in one array of NumPy; the page cache is warm.
"""
import platform
import sys
import tempfile
import time
from pathlib import Path

import av
import cneep
import h5py
import imageio.v3 as imageio
import numpy as np
import tifffile

ROUNDS = 7


def beads(frames=200, rows=512, columns=512):
    """Noise over a few spots, as a camera of 16 bits sees it."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:rows, :columns]
    still = 400 + 3000 * sum(np.exp(-((y - r) ** 2 + (x - c) ** 2) / 50) for r, c in random.uniform(30, 480, (20, 2)))
    return np.stack([random.poisson(still) for _ in range(frames)]).astype("u2")


def write_avi(path, frames, codec, form):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.height, stream.width = frames.shape[1:]
        stream.pix_fmt = form
        for frame in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="gray").reformat(format=form)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def by_av(path):
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        planes = []
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            rows = np.frombuffer(plane, "u1").reshape(plane.height, plane.line_size)
            planes.append(rows[:, : plane.width])
        return np.stack(planes)


def by_cneep(path):
    return np.asarray(cneep.open(str(path)))


def by_h5py(path):
    with h5py.File(path) as file:
        return file["movie"][:]


def cases(folder, video):
    frames = beads()
    grey = (frames >> 4).clip(0, 255).astype("u1")
    found = []
    for name, options in (
        ("TIFF, uncompressed", {}),
        ("TIFF, deflate", {"compression": "zlib"}),
        ("TIFF, LZW with predictor", {"compression": "lzw", "predictor": True}),
    ):
        path = folder / f"{len(found)}.tif"
        tifffile.imwrite(path, frames, imagej=not options, photometric="minisblack", **options)
        found.append((name, path, {"tifffile": tifffile.imread, "imageio": imageio.imread}))
    for name, options in (("HDF5, contiguous", {}), ("HDF5, gzip", {"compression": "gzip", "chunks": (8, 128, 128)})):
        path = folder / f"{len(found)}.h5"
        with h5py.File(path, "w") as file:
            file.create_dataset("movie", data=frames, **options)
        found.append((name, path, {"h5py": by_h5py}))
    for name, codec, form in (("AVI, uncompressed", "rawvideo", "gray"), ("AVI, Motion JPEG", "mjpeg", "yuvj420p")):
        path = folder / f"{len(found)}.avi"
        write_avi(path, grey, codec, form)
        found.append((name, path, {"av": by_av}))
    if video:
        found.append(("MP4, H.264", Path(video), {"av": by_av}))
    return found


def seconds(read, path):
    start = time.perf_counter()
    read(path)
    return time.perf_counter() - start


def main():
    print(f"cneep {cneep.__version__}, {platform.processor() or platform.machine()}, best of {ROUNDS} interleaved rounds")
    with tempfile.TemporaryDirectory() as folder:
        for name, path, others in cases(Path(folder), *sys.argv[1:] or [None]):
            readers = {"cneep": by_cneep, **others}
            best = dict.fromkeys(readers, float("inf"))
            for _ in range(ROUNDS):
                for who, read in readers.items():
                    best[who] = min(best[who], seconds(read, path))
            own = best.pop("cneep")
            ratios = ", ".join(f"{other / own:.2f} times as fast as {who}" for who, other in best.items())
            print(f"{name:26} {own * 1000:7.1f} ms: {ratios}")


if __name__ == "__main__":
    main()
