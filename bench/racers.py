"""Lists who races, and runs each as a process of its own that answers one line of JSON with another."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Keep glibc from handing memory back to the system between iterations, which PyTorch pays for with page faults.
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "64000000000", "MALLOC_TOP_PAD_": "268435456"}
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
LAST = {"channels_last": True, "fused": True}
STACKED = {**LAST, "stacked": True}


@dataclass(frozen=True)
class Racer:
    """One way to use one of the two engines."""

    name: str
    ours: bool
    environment: dict = field(default_factory=dict, compare=False)
    style: dict = field(default_factory=dict, compare=False)

    @property
    def bfloat16(self):
        return bool(self.style.get("bfloat16"))

    @property
    def avx2(self):
        """Held to AVX2."""
        return self.name.endswith("AVX2")


WRITTEN = Racer("PyTorch as the authors wrote it", False)
BFLOAT16 = Racer("PyTorch stacked, bfloat16 autocast", False, ALLOCATOR, {**STACKED, "bfloat16": True})
OURS = Racer("cneep-nn", True)
OURS_AVX2 = Racer("cneep-nn, AVX2", True, {"CNEEP_INSTRUCTION_SET": "avx2"})
PORTABLE = Racer("cneep-nn, portable", True, {"CNEEP_INSTRUCTION_SET": "portable"})
REFEREE = Racer("PyTorch in float64", False, {}, {"float64": True})
RACERS = [
    OURS,
    WRITTEN,
    Racer("PyTorch channels_last", False, ALLOCATOR, LAST),
    Racer("PyTorch stacked", False, ALLOCATOR, STACKED),
    BFLOAT16,
    Racer("PyTorch compiled", False, ALLOCATOR, {**STACKED, "compile": True}),
    OURS_AVX2,
    Racer("PyTorch channels_last, AVX2", False, {**ALLOCATOR, **AVX2}, LAST),
    Racer("PyTorch stacked, AVX2", False, {**ALLOCATOR, **AVX2}, STACKED),
    PORTABLE,
]


class Failure(Exception):
    """A worker could not do what it was asked."""


class Worker:
    """A racer's process; ends with its standard input, at the latest when closed."""

    def __init__(self, racer, command, threads):
        self.racer = racer
        count = str(threads)
        environment = {**os.environ, "RAYON_NUM_THREADS": count, "OMP_NUM_THREADS": count, "MKL_NUM_THREADS": count,
                       "TORCHINDUCTOR_COMPILE_THREADS": "1", **racer.environment}
        self.memory_at_rest = None
        self.complaints = tempfile.TemporaryFile()
        # A session of its own: Ctrl-C reaches the race alone, which then ends its workers and all that they started.
        self.process = subprocess.Popen(
            command, env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints)

    def ask(self, do, **request):
        """The answer to a request, or Failure."""
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.complaints.seek(0)
            last = self.complaints.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failure(f"{self.racer.name} ended: {' '.join(last) or 'no message'}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(f"{self.racer.name}: {answer['error']}")
        return answer

    def peak_memory(self):
        """Most memory the process ever held, in MB; None where the system does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return None
        found = re.search(r"VmHWM:\s*(\d+) kB", status)
        return int(found[1]) / 1000 if found else None

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.complaints):
            try:
                stream.close()
            except BrokenPipeError:
                pass


class Field:
    """The workers of one case, all closed when the case ends however it ends."""

    def __init__(self, ours, python):
        self.commands = {True: [str(ours)], False: [str(python), str(HERE / "peer.py")]}
        self.workers = []

    def start(self, racer, threads):
        worker = Worker(racer, self.commands[racer.ours], threads)
        self.workers.append(worker)
        return worker

    def leave(self, worker):
        self.workers.remove(worker)
        worker.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers:
            worker.close()


def rest():
    """Lets the threads of the last worker fall asleep before the next one starts its clock."""
    time.sleep(0.1)
