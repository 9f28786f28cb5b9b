"""The engine beside its peers, in turns: A B A B, CPU and wall time, medians with their spread.

    python alternate.py peers                 every peer of every workload
    python alternate.py engines               the engine beside itself: threads, sets, methods
    python alternate.py growth                time per cell at ten times the size
    python alternate.py all --record DIR      everything, and a table of goals, written to a file

A turn of the engine is one process of `hashpivot bench`, which times its kernel alone; a turn of a
peer is three calls of a form that is compiled and warm, in memory that is used again. Ratios are
taken turn by turn, per cell, and their median is given with the smallest and the largest.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Serial forms must stay serial; numba's own threads are set where a form is parallel.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numba  # noqa: E402
import numpy  # noqa: E402
import polars  # noqa: E402

import array_peers as array  # noqa: E402
import numba_peers as compiled  # noqa: E402
import workloads  # noqa: E402

THREADS = os.cpu_count() or 1
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Turn:
    """Median times of one turn, ms, and the cells they were for."""

    cpu_ms: float
    wall_ms: float
    cells: int
    about: dict = field(default_factory=dict)

    def per_cell(self, clock: str) -> float:
        return getattr(self, f"{clock}_ms") / self.cells


@dataclass
class Ratio:
    """How many times longer B takes per cell than A."""

    name: str
    clock: str
    median: float
    least: float
    most: float
    a_ms: float
    b_ms: float
    a_cells_per_s: float
    b_cells_per_s: float
    about: dict

    def row(self) -> str:
        return (
            f"| {self.name} | {self.clock} | {self.median:.2f} ({self.least:.2f} .. {self.most:.2f})"
            f" | {self.a_ms:.2f} | {self.b_ms:.2f}"
            f" | {self.a_cells_per_s / 1e6:,.1f} | {self.b_cells_per_s / 1e6:,.1f} |"
        )


HEAD = (
    "| A / B | clock | B per A (least .. most) | A ms | B ms | A M cells/s | B M cells/s |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


class Engine:
    """`hashpivot bench` with some options on some instruction set."""

    def __init__(self, binary: str, workload: str, options: tuple[str, ...] = (), simd: str = ""):
        self.command = [binary, "bench", workload, "--format", "json", "--runs", "3", *options]
        self.environment = {**os.environ, "HASHPIVOT_SIMD": simd}

    def __call__(self) -> Turn:
        run = subprocess.run(self.command, env=self.environment, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{' '.join(self.command)}: {run.stderr or run.stdout}")
        said = json.loads(run.stdout)
        return Turn(said["cpu_ms"], said["wall_ms"], said["cells"], said)


class Peer:
    """A warm form; the median of three calls is a turn."""

    def __init__(self, form: Callable[[], object], cells: int):
        self.form, self.cells, self.warm = form, cells, False

    def __call__(self) -> Turn:
        if not self.warm:
            self.form()
            self.warm = True
        cpu, wall = [], []
        for _ in range(3):
            cpu_start, wall_start = time.process_time(), time.perf_counter()
            self.form()
            cpu.append((time.process_time() - cpu_start) * 1e3)
            wall.append((time.perf_counter() - wall_start) * 1e3)
        return Turn(statistics.median(cpu), statistics.median(wall), self.cells)


def alternate(name: str, a, b, turns: int, clock: str = "cpu") -> Ratio:
    a(), b()
    pairs = [(a(), b()) for _ in range(turns)]
    ratios = sorted(two.per_cell(clock) / one.per_cell(clock) for one, two in pairs)
    one_ms, two_ms = (statistics.median(getattr(t[i], f"{clock}_ms") for t in pairs) for i in (0, 1))
    one, two = pairs[len(pairs) // 2]
    ratio = Ratio(
        name=name,
        clock=clock,
        median=statistics.median(ratios),
        least=ratios[0],
        most=ratios[-1],
        a_ms=one_ms,
        b_ms=two_ms,
        a_cells_per_s=one.cells / one_ms * 1e3,
        b_cells_per_s=two.cells / two_ms * 1e3,
        about={"a": one.about, "b": two.about},
    )
    print(ratio.row(), flush=True)
    return ratio


def peer_forms(workload: str, small: bool) -> dict[str, Callable[[], Peer]]:
    """Peers of a workload by name; each is made when its turn comes, for the sake of memory."""

    def grid_into(form, **size) -> Peer:
        work = workloads.grid(**size)
        out = numpy.zeros((len(work.pool_fee), len(work.j_per_th), len(work.usd_per_kwh)))
        return Peer(lambda: form(work, out), work.cells)

    def of(form, work) -> Peer:
        return Peer(lambda: form(work), work.cells)

    few = {"machines": 400 if small else 10_000}
    fewer = {"machines": 20 if small else 200}
    if workload == "w1":
        few = {"machines": 400 if small else int(10_000 * GRID_SCALE)}
        return {
            "numpy": lambda: grid_into(array.grid_numpy, **few),
            "numba": lambda: grid_into(compiled.grid(False), **few),
            "numba parallel": lambda: grid_into(compiled.grid(True), **few),
            "polars": lambda: of(array.grid_polars, workloads.grid(**fewer)),
            "python": lambda: of(array.grid_python, workloads.grid(machines=50)),
        }
    if workload == "w1red":
        work = workloads.grid(**few)
        return {
            "numpy": lambda: of(array.reduced_numpy, work),
            "numpy sorted": lambda: of(array.reduced_numpy_sorted, work),
            "numba": lambda: of(compiled.reduced(False), work),
            "numba parallel": lambda: of(compiled.reduced(True), work),
            "polars": lambda: of(array.reduced_polars, workloads.grid(**fewer)),
            "python": lambda: of(array.reduced_python, workloads.grid(machines=50)),
        }
    if workload == "w2":
        work = workloads.dispatch(machines=100 if small else 2_000)
        return {
            "numpy": lambda: of(array.dispatch_numpy, work),
            "numpy sorted": lambda: of(array.dispatch_numpy_sorted, work),
            "numba": lambda: of(compiled.dispatch_tuned(False), work),
            "numba parallel": lambda: of(compiled.dispatch_tuned(True), work),
            "numba naive": lambda: of(compiled.dispatch_naive(False), work),
            "polars": lambda: of(array.dispatch_polars, work.first(20)),
            "python": lambda: of(array.dispatch_python, work.first(10)),
        }
    work = workloads.paths(count=5_000 if small else 100_000)
    return {
        "numpy": lambda: of(array.paths_numpy, work),
        "numba": lambda: of(compiled.paths(False, work), work),
        "numba parallel": lambda: of(compiled.paths(True, work), work),
        "python": lambda: of(array.paths_python, workloads.paths(count=500)),
    }


#: Share of W1 that is timed: 160 MB on each side, still several times the caches. The engine's
#: digest of all 640 MB would take longer than everything else.
GRID_SCALE = 0.25

#: Options of the engine that a comparison with the peers is about.
VARIANTS = {
    "w1": {"streaming": ("--stores", "streaming"), "cached": ("--stores", "cached")},
    "w1red": {"brute": ("--method", "brute"), "shortcut": ("--method", "shortcut")},
    "w2": {"brute": ("--method", "brute"), "shortcut": ("--method", "shortcut")},
    "w3": {"": ()},
}


def size_of(workload: str, small: bool) -> tuple[str, ...]:
    """Size of the engine's side."""
    if workload == "w1":
        return ("--scale", "0.04" if small else str(GRID_SCALE))
    return ("--scale", "0.05") if small else ()


def compare_peers(arguments, results: list[Ratio]) -> None:
    for workload in arguments.workloads:
        size = size_of(workload, arguments.small)
        for name, make in peer_forms(workload, arguments.small).items():
            if arguments.peers and name not in arguments.peers:
                continue
            peer = make()
            for variant, options in VARIANTS[workload].items():
                # The shortcut of one side belongs beside the shortcut of the other.
                if (variant == "shortcut") != (name == "numpy sorted"):
                    continue
                parallel = name.endswith("parallel")
                threads = ("--threads", str(THREADS if parallel else 1))
                engine = Engine(arguments.binary, workload, (*options, *threads, *size))
                label = " ".join(filter(None, [workload, variant, "/", name]))
                clock = "wall" if parallel else "cpu"
                results.append(alternate(label, engine, peer, arguments.turns, clock))
                if workload == "w2" and variant == "brute" and name == "numba":
                    for simd in ("avx2", "baseline"):
                        engine = Engine(arguments.binary, workload, (*options, *size), simd)
                        label = f"w2 brute {simd} / numba"
                        results.append(alternate(label, engine, peer, arguments.turns))


def compare_engines(arguments, results: list[Ratio]) -> None:
    """The engine beside itself: B per A is how much more B costs."""

    def engine(workload, *options, simd="", binary=arguments.binary):
        return Engine(binary, workload, (*options, *size_of(workload, arguments.small)), simd)

    def pair(name, a, b, clock="cpu"):
        results.append(alternate(name, a, b, arguments.turns, clock))

    brute = {"w1": ("--stores", "streaming"), "w1red": ("--method", "brute")}
    brute |= {"w2": ("--method", "brute"), "w3": ()}
    for workload in arguments.workloads:
        options = brute[workload]
        if arguments.native:
            native = engine(workload, *options, binary=arguments.native)
            pair(f"{workload} portable / native", engine(workload, *options), native)
        for simd in ("avx2", "baseline", "scalar"):
            label = f"{workload} best / {simd}"
            pair(label, engine(workload, *options), engine(workload, *options, simd=simd))
        for scale in () if arguments.small or workload == "w1" else ("1", "10"):
            sized = (*options, "--scale", scale)
            two = Engine(arguments.binary, workload, (*sized, "--threads", "2"))
            one = Engine(arguments.binary, workload, (*sized, "--threads", "1"))
            pair(f"{workload} x{scale} 2 threads / 1 thread", two, one, "wall")
    for workload in {"w1red", "w2"} & set(arguments.workloads):
        shortcut = engine(workload, "--method", "shortcut")
        pair(f"{workload} shortcut / brute", shortcut, engine(workload, "--method", "brute"))
    if "w1" in arguments.workloads:
        streaming = engine("w1", "--stores", "streaming")
        pair("w1 streaming / cached", streaming, engine("w1", "--stores", "cached"))


def compare_sizes(arguments, results: list[Ratio]) -> None:
    """Time per cell at ten times the size beside the size itself; 1 is no growth."""
    cases = [
        ("w1red brute, machines", "w1red", ("--method", "brute"), "--scale"),
        ("w1red shortcut, machines", "w1red", ("--method", "shortcut"), "--scale"),
        ("w2 brute, machines", "w2", ("--method", "brute"), "--scale"),
        ("w2 brute, hours", "w2", ("--method", "brute"), "--hours-scale"),
        ("w2 shortcut, machines", "w2", ("--method", "shortcut"), "--scale"),
        ("w2 shortcut, hours", "w2", ("--method", "shortcut"), "--hours-scale"),
        ("w3, paths", "w3", (), "--scale"),
    ]
    for name, workload, options, scale in cases:
        if workload in arguments.workloads:
            one = Engine(arguments.binary, workload, options)
            ten = Engine(arguments.binary, workload, (*options, scale, "10"))
            results.append(alternate(f"{name}: x1 / x10", one, ten, arguments.turns))


#: Goal, name of the ratio, floor.
GOALS = [
    ("W1 full, streaming stores, beside numba", "w1 streaming / numba", 2.0),
    ("W1 full, streaming stores, beside NumPy", "w1 streaming / numpy", 5.0),
    ("W1 full, cached stores, beside numba", "w1 cached / numba", 0.95),
    ("W1 reduced, brute, beside numba", "w1red brute / numba", 2.5),
    ("W1 reduced, brute, beside NumPy", "w1red brute / numpy", 50.0),
    ("W2 brute beside tuned numba", "w2 brute / numba", 2.8),
    ("W2 brute on AVX2 beside tuned numba", "w2 brute avx2 / numba", 1.3),
    ("W2 brute beside NumPy", "w2 brute / numpy", 20.0),
    ("W2 brute beside a Python loop", "w2 brute / python", 800.0),
    ("W2 shortcut beside the engine's brute force", "w2 shortcut / brute", 8.0),
    ("W3 beside numba", "w3 / numba", 6.0),
    ("W3 beside NumPy", "w3 / numpy", 3.5),
    *[
        (f"{w.upper()}: portable beside native", f"{w} portable / native", 0.90)
        for w in ("w1", "w1red", "w2", "w3")
    ],
    ("W3, two threads (wall)", "w3 x1 2 threads / 1 thread", 1.85),
    ("W1 reduced, two threads (wall)", "w1red x1 2 threads / 1 thread", 1.7),
    ("W1 reduced x10, two threads (wall)", "w1red x10 2 threads / 1 thread", 1.85),
    ("W2, two threads (wall)", "w2 x1 2 threads / 1 thread", 1.7),
    ("W2 x10, two threads (wall)", "w2 x10 2 threads / 1 thread", 1.85),
    ("W2 brute on the baseline beside the scalar path", "w2 baseline / scalar", 2.0),
]


def goals(results: list[Ratio]) -> list[str]:
    found = {ratio.name: ratio for ratio in results}
    lines = ["| goal | floor | measured (least .. most) | reached |", "| --- | --- | --- | --- |"]
    for goal, name, floor in GOALS:
        if ratio := found.get(name):
            figure = f"{ratio.median:.2f} ({ratio.least:.2f} .. {ratio.most:.2f})"
            lines.append(f"| {goal} | {floor:g} | {figure} | {'yes' if ratio.median >= floor else 'no'} |")
    for goal, name in (
        ("W1 full, streaming, of the streaming-store bandwidth", "w1 best / scalar"),
        ("W2 brute, of the issue bound", "w2 best / scalar"),
    ):
        if (ratio := found.get(name)) and (share := ratio.about["a"].get("limit_frac")):
            lines.append(f"| {goal} | 0.8 | {share:.2f} | {'yes' if share >= 0.8 else 'no'} |")
    growth = [ratio for ratio in results if ": x1 / x10" in ratio.name]
    for ratio in growth:
        figure = f"{ratio.median:.2f} ({ratio.least:.2f} .. {ratio.most:.2f})"
        met = "yes" if ratio.median <= 1.15 else "no"
        lines.append(f"| {ratio.name}, at most | 1.15 | {figure} | {met} |")
    return lines


def machine() -> dict[str, str]:
    processor = platform.processor() or platform.machine()
    flags = ""
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                processor = value.strip()
            if key.strip() == "flags":
                flags = " ".join(f for f in value.split() if f.startswith(("avx", "fma")))
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "processor": processor,
        "cores": str(THREADS),
        "features": flags,
        "rustc": rustc,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": numba.__version__,
        "polars": polars.__version__,
    }


def record(folder: Path, part: str, load: list[str], results: list[Ratio]) -> None:
    about = machine()
    today = datetime.date.today().isoformat()
    slug = "-".join("".join(c if c.isalnum() else " " for c in about["processor"].lower()).split())
    lines = [f"# {about['processor']}, {today}", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += [f"- load average before and after: {load[0]}; {load[1]}"]
    lines += [f"- part: {part}", ""]
    lines += ["## Goals", "", *goals(results), "", "## Ratios", "", HEAD]
    lines += [ratio.row() for ratio in results]
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{today}-{slug}-{part}"
    stem.with_suffix(".md").write_text("\n".join(lines) + "\n")
    data = {"date": today, "machine": about, "load": load, "ratios": [asdict(r) for r in results]}
    stem.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    print(f"written: {stem}.md, {stem}.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["peers", "engines", "growth", "all"])
    parser.add_argument("--binary", default=str(ROOT / "target/release/hashpivot"))
    parser.add_argument("--native", help="a binary built with -C target-cpu=native")
    parser.add_argument("--workloads", nargs="+", default=["w1", "w1red", "w2", "w3"])
    parser.add_argument("--peers", nargs="+", help="these alone, such as numba 'numba parallel'")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="a twentieth of the size, to try it out")
    parser.add_argument("--record", type=Path, help="folder for the tables and the figures")
    arguments = parser.parse_args()
    load = [", ".join(f"{value:.2f}" for value in os.getloadavg())]
    results: list[Ratio] = []
    print(HEAD)
    parts = {"peers": compare_peers, "engines": compare_engines, "growth": compare_sizes}
    for name, compare in parts.items():
        if arguments.what in (name, "all"):
            compare(arguments, results)
            # A record that is cut short still has what was measured.
            now = ", ".join(f"{value:.2f}" for value in os.getloadavg())
            if arguments.record:
                part = "-".join([arguments.what, *arguments.workloads])
                record(arguments.record, part, [*load, now], results)
    print("\n" + "\n".join(goals(results)))


if __name__ == "__main__":
    main()
