"""The dispatch from the command line: two CSV files in, three totals out, process start included.

    python dispatch_csv.py make                                 write the prices and the classes
    python dispatch_csv.py pandas_numba                         one run of one program: its totals
    python dispatch_csv.py polars
    python dispatch_csv.py plain_python
    python dispatch_csv.py ours --hashpivot PATH
    python dispatch_csv.py compare --hashpivot PATH --runs 5    all of them in turns
    python dispatch_csv.py compare --without-ours               the peers alone

Four years of hourly prices, and 2,000 classes of machines with eight operating points each. In each
hour a class runs at the point with the most profit or, if no profit is above zero, is off and draws
nothing; of equal profits the one with less power is taken.

A turn is one process of each program, one after the other. CPU time, user and system, is what the
operating system counted for that process. Ratios are taken turn by turn, and their median is given
with the smallest and the largest.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

# Each part imports what it needs: the start of one program must not pay for the libraries of another.

ROOT = Path(__file__).resolve().parents[2]


def ours_command(hashpivot: str, folder: Path, hashprice: float) -> list[str]:
    return [
        *(hashpivot, "dispatch"),
        *("--classes", str(folder / CLASSES)),
        *("--prices", str(folder / PRICES)),
        *("--hashprice", f"{hashprice:.15g}"),
        *("--format", "json"),
    ]


#: What every program prints as JSON, and the largest relative difference between any two.
TOTALS = ("profit_usd", "mwh", "hours_run")
RELATIVE = 1e-9

PRICES, CLASSES = "prices.csv", "classes.csv"
HOURS, MACHINE_CLASSES, POINTS = 35_064, 2_000, 8

#: Hours that stay in the first-level cache while all classes go over them.
BLOCK_HOURS = 2_048

#: Serial forms stay serial.
SERIAL = {
    f"{name}_THREADS": "1" for name in ("OMP_NUM", "OPENBLAS_NUM", "NUMBA_NUM", "POLARS_MAX")
}


# --- The files ---


def make(folder: Path, hashprice: float) -> None:
    """No randomness, as in `workloads.py`: the same rows everywhere."""
    import numpy as np

    from workloads import STEPS, weyl

    hour = np.arange(HOURS)
    event, size = weyl(HOURS, STEPS[1], 0, 1), weyl(HOURS, STEPS[2], 0, 1)
    price = 62 + 18 * np.sin((hour % 24 - 9) * (np.pi / 12)) + 12 * np.sin(hour * (np.pi / 4383))
    price += 36 * weyl(HOURS, STEPS[0], -1, 1) ** 3
    price = np.where(event < 0.05, -0.01 - 40 * size**2, price)
    price = np.where(event > 0.985, 200 + 2800 * size**3, price)
    price = np.round(price, 2)
    starts = np.datetime64("2022-01-01T00", "m") + hour * np.timedelta64(60, "m")

    # Three decimals: with fewer, some price would make two points equal but for rounding.
    level = 0.55 + 0.10 * np.arange(POINTS)
    th = weyl(MACHINE_CLASSES, STEPS[3], 90, 400)[:, None] * level
    j_per_th = weyl(MACHINE_CLASSES, STEPS[4], 13, 35)[:, None] * (0.72 + 0.28 * level * level)
    watts = np.round(th * j_per_th * 1.05, 3)
    th = np.round(th, 3)

    tables = {
        PRICES: [
            "interval_start_utc,usd_per_mwh",
            *(f"{start}Z,{usd:.2f}" for start, usd in zip(starts, price)),
        ],
        CLASSES: [
            "name,point,hashrate_th_per_s,power_w",
            *(
                f"class{machine:04},{point + 1},{th[machine, point]:.3f},{watts[machine, point]:.3f}"
                for machine in range(MACHINE_CLASSES)
                for point in range(POINTS)
            ),
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in tables.items():
        text = "\n".join(lines) + "\n"
        (folder / name).write_text(text, newline="\n")
        print(f"{folder / name}: {len(lines) - 1:,} rows, {len(text) / 1e6:.2f} MB")
    print(f"hours below 0: {(price < 0).sum():,}; from 200 USD/MWh: {(price >= 200).sum():,}")

    # MWh and hours have one answer only if no price is within rounding of a change of point.
    th, watts = (np.pad(column, ((0, 0), (1, 0))) for column in (th, watts))
    less, more = np.triu_indices(POINTS + 1, 1)
    change = ((th[:, more] - th[:, less]) / (watts[:, more] - watts[:, less])).ravel()
    change *= hashprice / 1000 / 24 * 1e6
    known = np.unique(price)
    above = np.searchsorted(known, change).clip(1, len(known) - 1)
    nearest = np.minimum(np.abs(known[above] - change), np.abs(known[above - 1] - change))
    print(f"nearest price to a change of point: {(nearest / change).min():.0e} of it away")


# --- The peers; answers profit in USD, MWh and hours run, of all classes together ---


def pandas_numba(folder: Path, hashprice: float) -> tuple[float, float, int]:
    """Every point in every hour: hours side by side in vectors, points unrolled, no branches."""
    os.environ["NUMBA_CACHE_DIR"] = str(folder / "numba")
    import numba as nb
    import pandas as pd

    @nb.njit(cache=True, fastmath=True)
    def choose(usd, mwh, prices):
        profit = energy = run = 0.0
        for first in range(0, len(prices), BLOCK_HOURS):
            block = prices[first : first + BLOCK_HOURS]
            for machine in range(len(usd)):
                for hour in range(len(block)):
                    best = draw = 0.0
                    for point in range(POINTS):
                        value = usd[machine, point] - block[hour] * mwh[machine, point]
                        better = value > best
                        best = value if better else best
                        draw = mwh[machine, point] if better else draw
                    profit += best
                    energy += draw
                    run += 1.0 if draw > 0.0 else 0.0
        return profit, energy, run

    prices = pd.read_csv(folder / PRICES, usecols=["usd_per_mwh"])["usd_per_mwh"]
    classes = pd.read_csv(folder / CLASSES, usecols=["hashrate_th_per_s", "power_w"])
    usd = classes["hashrate_th_per_s"].to_numpy() * (hashprice / 1000 / 24)
    mwh = classes["power_w"].to_numpy() * 1e-6
    ladders = (column.reshape(-1, POINTS) for column in (usd, mwh))
    profit, energy, run = choose(*ladders, prices.to_numpy())
    return profit, energy, int(run)


def polars(folder: Path, hashprice: float) -> tuple[float, float, int]:
    """Prices in order and their running sum; each point has the prices between two changes.

    A point beats those with less power below some price, and those with more power from some price
    on. Every point in every hour, class by class in vector expressions, takes seconds.
    """
    import polars as pl

    prices = pl.read_csv(folder / PRICES, columns=["usd_per_mwh"])["usd_per_mwh"].sort()
    classes = pl.read_csv(folder / CLASSES, columns=["hashrate_th_per_s", "power_w"])
    sums = pl.concat([pl.Series([0.0]), prices.cum_sum()])
    usd = classes["hashrate_th_per_s"] * (hashprice / 1000 / 24)
    mwh = classes["power_w"] * 1e-6
    off = pl.zeros(len(usd) // POINTS, eager=True)
    columns = {"usd0": off, "mwh0": off}
    for point in range(1, POINTS + 1):
        columns[f"usd{point}"] = usd.gather_every(POINTS, point - 1)
        columns[f"mwh{point}"] = mwh.gather_every(POINTS, point - 1)
    ladders = pl.DataFrame(columns)

    def change(less: int, more: int) -> pl.Expr:
        usd = pl.col(f"usd{more}") - pl.col(f"usd{less}")
        return usd / (pl.col(f"mwh{more}") - pl.col(f"mwh{less}"))

    ranges = []
    for point in range(1, POINTS + 1):
        lowest = [change(point, more) for more in range(point + 1, POINTS + 1)]
        highest = [change(less, point) for less in range(point)]
        ranges.append(pl.max_horizontal(pl.lit(float("-inf")), *lowest).alias(f"from{point}"))
        ranges.append(pl.min_horizontal(*highest).alias(f"to{point}"))
    ladders = ladders.lazy().with_columns(ranges).collect()

    profit = energy = 0.0
    run = 0
    for point in range(1, POINTS + 1):
        start, end = (prices.search_sorted(ladders[f"{at}{point}"], "left") for at in ("from", "to"))
        end = end.zip_with(end > start, start)
        hours = (end - start).cast(pl.Int64)
        price_sum = sums.gather(end) - sums.gather(start)
        usd, mwh = ladders[f"usd{point}"], ladders[f"mwh{point}"]
        profit += (usd * hours - mwh * price_sum).sum()
        energy += (mwh * hours).sum()
        run += hours.sum()
    return profit, energy, run


def plain_python(folder: Path, hashprice: float) -> tuple[float, float, int]:
    """The standard library alone: no library to load, each class's hull looked up in the prices."""
    from bisect import bisect_left
    from itertools import accumulate

    def rows(name: str) -> list[list[str]]:
        with open(folder / name) as lines:
            next(lines)
            return [line.split(",") for line in lines]

    prices = sorted(float(row[1]) for row in rows(PRICES))
    sums = [0.0, *accumulate(prices)]
    classes = rows(CLASSES)
    usd_per_th = hashprice / 1000 / 24
    profit = energy = 0.0
    run = 0
    for first in range(0, len(classes), POINTS):
        # Draw, worth, and the price below which the step up to here pays.
        hull = [(0.0, 0.0, float("inf"))]
        for _, _, th, watts in classes[first : first + POINTS]:
            usd, mwh = float(th) * usd_per_th, float(watts) * 1e-6
            while (change := (usd - hull[-1][1]) / (mwh - hull[-1][0])) >= hull[-1][2]:
                hull.pop()
            hull.append((mwh, usd, change))
        for place in range(1, len(hull)):
            (less, less_usd, _), (more, more_usd, change) = hull[place - 1 : place + 1]
            hours = bisect_left(prices, change)
            profit += (more_usd - less_usd) * hours - (more - less) * sums[hours]
            energy += (more - less) * hours
            run += hours if place == 1 else 0
    return profit, energy, run


# --- The turns ---


def turn(command: list[str]) -> tuple[dict, float, float]:
    """What one process says, its CPU time and its wall time, ms."""
    import subprocess

    environment = {**os.environ, **SERIAL}
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.stdout.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit code {child.returncode}")
    return json.loads(said)["total"], (usage.ru_utime + usage.ru_stime) * 1e3, wall * 1e3


def check(totals: dict[str, dict]) -> None:
    """Everyone beside everyone."""
    for key in TOTALS:
        values = {name: total[key] for name, total in totals.items()}
        least, most = min(values.values()), max(values.values())
        if not most - least <= RELATIVE * max(abs(least), abs(most)):
            sys.exit(f"{key}: {', '.join(f'{name} {value!r}' for name, value in values.items())}")
        print(f"{key}: {len(values)} programs agree on {most:,.3f}", file=sys.stderr)


def spread(values: list[float], digits: int) -> str:
    import statistics

    return ",".join(f"{f(values):.{digits}f}" for f in (statistics.median, min, max))


def compare(commands: dict[str, list[str]], runs: int) -> None:
    # The first turn fills numba's cache on disk and the system's cache of files.
    check({name: turn(command)[0] for name, command in commands.items()})
    cpu, wall = ({name: [] for name in commands} for _ in range(2))
    for _ in range(runs):
        for name, command in commands.items():
            _, cpu_ms, wall_ms = turn(command)
            cpu[name].append(cpu_ms)
            wall[name].append(wall_ms)
    measures = ("cpu_ms", "wall_ms", "cpu_per_ours", "wall_per_ours")
    print(",".join(["program", "runs", *(f"{m},{m}_least,{m}_most" for m in measures)]))
    for name in commands:
        row = [name, str(runs), spread(cpu[name], 1), spread(wall[name], 1)]
        for clock in (cpu, wall):
            own = clock.get("ours")
            ratios = own and [peer / one for peer, one in zip(clock[name], own)]
            row.append(spread(ratios, 2) if ratios else ",,")
        print(",".join(row))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["make", "pandas_numba", "polars", "plain_python", "ours", "compare"])
    parser.add_argument("--folder", type=Path, default=ROOT / "target/dispatch-csv")
    parser.add_argument("--hashprice", type=float, default=50.0, help="USD per PH/s and day")
    parser.add_argument("--hashpivot", default=str(ROOT / "target/release/hashpivot"))
    parser.add_argument("--without-ours", action="store_true", help="compare the peers alone")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    folder, hashprice = arguments.folder, arguments.hashprice
    ours = ours_command(arguments.hashpivot, folder, hashprice)
    peers = {"pandas_numba": pandas_numba, "polars": polars, "plain_python": plain_python}
    if arguments.what == "make":
        make(folder, hashprice)
    elif arguments.what in peers:
        answer = peers[arguments.what](folder, hashprice)
        print(json.dumps({"total": dict(zip(TOTALS, answer))}))
    elif arguments.what == "ours":
        said = turn(ours)[0]
        print(json.dumps({"total": {key: said[key] for key in TOTALS}}))
    else:
        commands = {} if arguments.without_ours else {"ours": ours}
        place = ("--folder", str(folder), "--hashprice", str(hashprice))
        commands |= {name: [sys.executable, __file__, name, *place] for name in peers}
        compare(commands, arguments.runs)


if __name__ == "__main__":
    main()
