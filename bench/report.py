"""Lays the results of a race out as Markdown."""

import platform
import re
import subprocess
from datetime import date
from pathlib import Path

from cases import all_threads
from racers import BFLOAT16, HERE, OURS, OURS_AVX2, PORTABLE, WRITTEN


def machine():
    """Name of the processor, and whether it has AVX2."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    name = re.search(r"model name\s*: (.*)", text)
    family, model = (re.search(rf"^{key}\s*: (\d+)$", text, re.M) for key in ("cpu family", "model"))
    known = f" (family {family[1]}, model {model[1]})" if family and model else ""
    avx2 = "avx2" in text.split() if text else platform.machine() in ("x86_64", "AMD64")
    return {"name": (name[1] if name else platform.processor() or platform.machine()) + known, "avx2": avx2}


def revision():
    try:
        found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True)
    except OSError:
        return ""
    return f", revision {found.stdout.strip()}" if found.returncode == 0 else ""


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def milliseconds(seconds):
    return f"{1000 * seconds:.3g}" if seconds < 1 else f"{1000 * seconds:,.0f}"


def ratio(slow, fast):
    return f"{slow / fast:.2f}" if slow and fast else "-"


def best(outcome, avx2=False):
    """(racer, median) of the fastest float32 peer, of those held to AVX2 or of all."""
    peers = [(racer, result["median"]) for racer, result in outcome.items()
             if not racer.ours and not racer.bfloat16 and racer.avx2 >= avx2 and isinstance(result, dict)]
    return min(peers, key=lambda pair: pair[1], default=(None, None))


def time_of(outcome, racer):
    result = outcome.get(racer)
    return result["median"] if isinstance(result, dict) else None


def shown(seconds):
    return milliseconds(seconds) if seconds else "-"


def short(racer):
    return racer.name.removeprefix("PyTorch ") if racer else "-"


def summary(results):
    rows = []
    for case, outcome in results.items():
        racer, fastest = best(outcome)
        ours, half = time_of(outcome, OURS), time_of(outcome, BFLOAT16)
        rows.append([case.title, shown(time_of(outcome, WRITTEN)), f"{shown(fastest)} ({short(racer)})", shown(half),
                     f"**{shown(ours)}**", f"{case.batch / ours:,.0f}", f"**{ratio(fastest, ours)}**", ratio(half, ours)])
    return table(["ms", "PyTorch as written", "PyTorch, best float32", "PyTorch, bfloat16", "cneep-nn",
                  "transitions/s", "faster than float32", "than bfloat16"], rows)


def lowered(results):
    rows = []
    for case, outcome in results.items():
        racer, fastest = best(outcome, avx2=True)
        avx2, portable = time_of(outcome, OURS_AVX2), time_of(outcome, PORTABLE)
        rows.append([case.title, f"{shown(fastest)} ({short(racer)})", shown(avx2), ratio(fastest, avx2), shown(portable)])
    return table(["ms", "PyTorch, best, AVX2", "cneep-nn, AVX2", "faster", "cneep-nn, portable"], rows)


def scaling(results):
    """Time on one thread over time on all, for work that was raced on both."""
    rows = []
    for one in (case for case in results if case.one_thread):
        for case in results:
            same = (case.work, case.batch, case.rows, case.columns) == (one.work, one.batch, one.rows, one.columns)
            if same and not case.one_thread:
                gains = [ratio(best(results[one])[1], best(results[case])[1]),
                         ratio(time_of(results[one], OURS), time_of(results[case], OURS))]
                rows.append([case.title, *gains])
    head = [f"1 thread / {all_threads()} threads", "PyTorch, best float32", "cneep-nn"]
    return table(head, rows) if rows else ""


def memory(results):
    rows = []
    for case, outcome in results.items():
        def peak(racer):
            result = outcome.get(racer)
            held, at_rest = result["memory"] if isinstance(result, dict) else (None, None)
            return f"{held:,.0f} ({at_rest:,.0f})" if held else "-"
        rows.append([case.title, peak(WRITTEN), peak(best(outcome)[0]), peak(BFLOAT16), peak(OURS)])
    return table(["MB", "PyTorch as written", "PyTorch, best float32", "PyTorch, bfloat16", "cneep-nn"], rows)


def same(agreements):
    rows = [[racer.name, f"{rows} x {columns}", *(f"{found[key]:.1e}" for key in ("largest", "relative", "gradient"))]
            for (racer, rows, columns), found in agreements.items()]
    return table(["from PyTorch in float64", "frames", "largest error of S", "of S, relative", "of the gradient, relative"], rows)


def everything(results, rates):
    rows = []
    for case, outcome in results.items():
        fastest, half = best(outcome)[1], time_of(outcome, BFLOAT16)
        for racer, result in outcome.items():
            if isinstance(result, str):
                rows.append([case.title, racer.name, "failed"] + ["-"] * 5)
                continue
            time, rate = result["median"], case.flops * case.batch / result["median"] * 1e-9
            span = f"{milliseconds(time)} ({milliseconds(min(result['medians']))} to {milliseconds(max(result['medians']))})"
            rows.append([case.title, racer.name, span, f"{case.batch / time:,.0f}", ratio(fastest, time), ratio(half, time),
                         f"{rate:.0f}", f"{100 * rate / rates[case.threads]:.0f} %"])
    return table(["work", "by", "ms (rounds)", "transitions/s", "x best float32", "x bfloat16", "GFLOP/s", "of peak"], rows)


def failures(results):
    said = {result for outcome in results.values() for result in outcome.values() if isinstance(result, str)}
    return "\n".join(f"- left out: {words}" for words in sorted(said))


def markdown(results, rates, agreements, engines, load, arguments):
    ours = next(name for racer, name in engines.items() if racer == OURS)
    peer = next(name for racer, name in engines.items() if not racer.ours and not racer.avx2)
    peaks = ", ".join(f"{rate:.0f} GFLOP/s on {threads} thread{'s'[:threads > 1]}" for threads, rate in rates.items())
    threads = scaling(results)
    paragraphs = [
        "# cneep-nn against PyTorch on the processor",
        f"{date.today()}, {machine()['name']}, {all_threads()} threads; {ours}{revision()}; {peer}. "
        f"Load before the start {load:.1f}. Medians of {arguments.rounds} interleaved rounds of at least "
        f"{arguments.seconds:g} s each. Product of two 2,048 x 2,048 float32 matrices (PyTorch): {peaks}.",
        "The network of the CNEEP paper on bytes; a training iteration is drawing, gathering, normalising, both directions "
        "forward and back, and Adam. `python3 bench/race.py` repeats it.",
        summary(results),
        "## On older processors: both held to AVX2, and cneep-nn without either",
        lowered(results),
        *(["## Threads", threads] if threads else []),
        "## Most memory ever held", "A process of its own for each number, with interpreter, libraries and film; in brackets before the first batch.", memory(results),
        "## Same work", "The same parameters and transitions on all sides; the gradient's error is the smallest of five batches of 64 (see README).", same(agreements),
        "## Everybody",
        "GFLOP/s count the arithmetic of direct convolutions, whoever saves some of it; the peak is that of the matrix product "
        "on as many threads.",
        everything(results, rates), failures(results),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
