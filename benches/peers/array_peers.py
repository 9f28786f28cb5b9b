"""The workloads in NumPy's best forms, in polars and as plain Python loops.

A form is a function of the workload that returns its answer. Forms that fill an array take the
array: new memory would cost more than the arithmetic.
"""

import math
import random

import numpy as np
import polars as pl

from workloads import Dispatch, Grid, Paths

#: Machines per block of the whole grid: the block stays in the second-level cache.
BLOCK_MACHINES = 32

#: Prices per tile of the reduced grid.
TILE_PRICES = 40

#: Paths simulated side by side: the state stays in the second-level cache.
CHUNK_PATHS = 4_000

TINY = 1e-300


# --- W1: the cost grid ---


def grid_numpy(work: Grid, out: np.ndarray) -> np.ndarray:
    """Everything that does not depend on the price is hoisted; blocks stay in the cache."""
    energy, rest, th_days = work.hoisted()
    for state, factor in enumerate(th_days):
        slope, start = (energy * factor)[:, None], (rest * factor)[:, None]
        for first in range(0, len(energy), BLOCK_MACHINES):
            rows = slice(first, first + BLOCK_MACHINES)
            block = out[state, rows]
            np.multiply(slope[rows], work.usd_per_kwh, out=block)
            block += start[rows]
    return out


def grid_polars(work: Grid) -> pl.DataFrame:
    return grid_frame(work).select("usd").collect()


def grid_frame(work: Grid) -> pl.LazyFrame:
    machines = pl.LazyFrame(
        {
            "j": work.j_per_th,
            "k": work.overhead,
            "u": work.uptime,
            "x": work.fixed_usd,
            "th": work.th,
        }
    )
    prices = pl.LazyFrame({"p": work.usd_per_kwh}).with_row_index("price")
    states = pl.LazyFrame(
        {"b": work.btc_per_th_day, "fee": work.pool_fee, "btc": work.usd_per_btc}
    ).with_row_index("state")
    electricity = 0.024 * pl.col("j") * pl.col("k") * pl.col("u") * pl.col("p")
    reward = pl.col("b") * (1 - pl.col("fee")) * pl.col("u")
    crossed = machines.join(prices, how="cross").join(states, how="cross")
    return crossed.with_columns(usd=(electricity + pl.col("x")) / reward)


def grid_python(work: Grid) -> list[list[float]]:
    """As in a spreadsheet: the literal formula in every cell."""
    machines = list(
        zip(*(column.tolist() for column in (work.j_per_th, work.overhead, work.uptime, work.fixed_usd)))
    )
    states = list(zip(work.btc_per_th_day.tolist(), work.pool_fee.tolist()))
    prices = work.usd_per_kwh.tolist()
    return [
        [(0.024 * j * k * u * p + x) / (b * (1 - fee) * u) for p in prices]
        for b, fee in states
        for j, k, u, x in machines
    ]


# --- W1 reduced: who pays at each price ---


def reduced_numpy(work: Grid) -> np.ndarray:
    """Every cell computed, tile by tile of prices."""
    energy, rest, th_days = work.hoisted()
    out = np.empty((len(th_days), 3, len(work.usd_per_kwh)))
    for state, factor in enumerate(th_days):
        for first in range(0, len(work.usd_per_kwh), TILE_PRICES):
            tile = slice(first, first + TILE_PRICES)
            cost = (energy[:, None] * work.usd_per_kwh[tile] + rest[:, None]) * factor
            pays = cost <= work.usd_per_btc[state]
            th = np.where(pays, work.th[:, None], 0.0)
            total = th.sum(axis=0)
            out[state, 0, tile] = pays.sum(axis=0)
            out[state, 1, tile] = total
            out[state, 2, tile] = (th * cost).sum(axis=0) / np.maximum(total, TINY)
    return out


def reduced_numpy_sorted(work: Grid) -> np.ndarray:
    """The engine's shortcut: machines by breakeven price, prefix sums, a search per price."""
    energy, rest, th_days = work.hoisted()
    out = np.empty((len(th_days), 3, len(work.usd_per_kwh)))
    for state, factor in enumerate(th_days):
        breakeven = (work.usd_per_btc[state] / factor - rest) / energy
        order = np.argsort(-breakeven)
        before = [
            np.concatenate(([0.0], np.cumsum(column[order])))
            for column in (work.th, work.th * energy, work.th * rest)
        ]
        paying = np.searchsorted(-breakeven[order], -work.usd_per_kwh, side="right")
        th, energy_sum, rest_sum = (column[paying] for column in before)
        out[state] = paying, th, (energy_sum * work.usd_per_kwh + rest_sum) * factor / np.maximum(th, TINY)
    return out


def reduced_polars(work: Grid) -> pl.DataFrame:
    paying = grid_frame(work).filter(pl.col("usd") <= pl.col("btc"))
    sums = paying.group_by("state", "price").agg(
        pl.len(), pl.col("th").sum(), (pl.col("th") * pl.col("usd")).sum().alias("weighted")
    )
    return sums.collect(engine="streaming")


def reduced_python(work: Grid) -> list[tuple[int, float, float]]:
    answers = []
    machines = list(
        zip(
            *(
                column.tolist()
                for column in (work.j_per_th, work.overhead, work.uptime, work.fixed_usd, work.th)
            )
        )
    )
    states = zip(work.btc_per_th_day.tolist(), work.pool_fee.tolist(), work.usd_per_btc.tolist())
    for b, fee, limit in states:
        for p in work.usd_per_kwh.tolist():
            count, total, weighted = 0, 0.0, 0.0
            for j, k, u, x, th in machines:
                usd = (0.024 * j * k * u * p + x) / (b * (1 - fee) * u)
                if usd <= limit:
                    count += 1
                    total += th
                    weighted += th * usd
            answers.append((count, total, weighted / total if total else 0.0))
    return answers


# --- W2: the hourly dispatch; answers [machines, profit, kWh, BTC, hours off, hours at each point] ---


def dispatch_numpy(work: Dispatch) -> np.ndarray:
    """A running maximum over the points, all hours of a machine at once, in memory used again."""
    machines, points = work.th.shape
    hours = len(work.usd_per_kwh)
    out = np.empty((machines, points + 4))
    value, cost, best = np.empty(hours), np.empty(hours), np.empty(hours)
    better, chosen = np.empty(hours, bool), np.empty(hours, np.int8)
    for machine in range(machines):
        th = np.concatenate(([0.0], work.th[machine]))
        kw = np.concatenate((work.idle_kw[machine : machine + 1], work.kw[machine]))
        np.multiply(work.usd_per_kwh, -kw[0], out=best)
        chosen[:] = 0
        for point in range(1, points + 1):
            np.multiply(work.usd_per_th_h, th[point], out=value)
            np.multiply(work.usd_per_kwh, kw[point], out=cost)
            value -= cost
            np.greater(value, best, out=better)
            np.maximum(best, value, out=best)
            chosen[better] = point
        counts = np.bincount(chosen, minlength=points + 1)
        out[machine, :3] = best.sum(), kw @ counts, (th[chosen] * work.btc_per_th_h).sum()
        out[machine, 3:] = counts
    return out


def dispatch_numpy_sorted(work: Dispatch) -> np.ndarray:
    """The engine's shortcut: the ladder's upper hull, and hours by price per hash value."""
    machines, points = work.th.shape
    ratio = work.usd_per_kwh / work.usd_per_th_h
    order = np.argsort(ratio)
    ratio = ratio[order]
    values, prices, rewards = (
        np.concatenate(([0.0], np.cumsum(column[order])))
        for column in (work.usd_per_th_h, work.usd_per_kwh, work.btc_per_th_h)
    )
    out = np.zeros((machines, points + 4))
    for machine in range(machines):
        hull = np.array(upper_hull(work.idle_kw[machine], work.kw[machine], work.th[machine]))
        kw, th, point = hull[::-1].T
        slopes = (np.diff(hull[:, 1]) / np.diff(hull[:, 0]))[::-1]
        ends = np.searchsorted(ratio, slopes, side="left")
        ends = np.concatenate(([0], ends, [len(ratio)]))
        counts = np.diff(ends)
        out[machine, 0] = (th * np.diff(values[ends]) - kw * np.diff(prices[ends])).sum()
        out[machine, 1] = kw @ counts
        out[machine, 2] = th @ np.diff(rewards[ends])
        out[machine, 3 + point.astype(int)] = counts
    return out


def upper_hull(idle_kw: float, kw: np.ndarray, th: np.ndarray) -> list[tuple[float, float, int]]:
    hull = [(idle_kw, 0.0, 0)]
    for point, (x, y) in enumerate(zip(kw.tolist(), th.tolist()), start=1):
        while len(hull) > 1:
            (x0, y0, _), (x1, y1, _) = hull[-2:]
            if (y1 - y0) * (x - x1) > (y - y1) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y, point))
    return hull


def dispatch_polars(work: Dispatch) -> pl.DataFrame:
    points = work.th.shape[1]
    ladder = {f"th{k}": work.th[:, k] for k in range(points)}
    ladder |= {f"kw{k}": work.kw[:, k] for k in range(points)}
    machines = pl.LazyFrame({"idle": work.idle_kw, **ladder}).with_row_index("machine")
    hours = pl.LazyFrame({"p": work.usd_per_kwh, "h": work.usd_per_th_h, "b": work.btc_per_th_h})
    frame = machines.join(hours, how="cross").with_columns(
        best=-pl.col("p") * pl.col("idle"), th=pl.lit(0.0), kw=pl.col("idle")
    )
    for k in range(points):
        value = pl.col("h") * pl.col(f"th{k}") - pl.col("p") * pl.col(f"kw{k}")
        better = pl.col("value") > pl.col("best")
        frame = frame.with_columns(value=value).with_columns(
            th=pl.when(better).then(f"th{k}").otherwise("th"),
            kw=pl.when(better).then(f"kw{k}").otherwise("kw"),
            best=pl.max_horizontal("value", "best"),
        )
    sums = frame.group_by("machine").agg(
        pl.col("best").sum(), pl.col("kw").sum(), (pl.col("th") * pl.col("b")).sum()
    )
    return sums.collect(engine="streaming")


def dispatch_python(work: Dispatch) -> list[tuple[float, ...]]:
    hours = list(
        zip(work.usd_per_kwh.tolist(), work.usd_per_th_h.tolist(), work.btc_per_th_h.tolist())
    )
    answers = []
    for idle, ths, kws in zip(work.idle_kw.tolist(), work.th.tolist(), work.kw.tolist()):
        profit = kwh = btc = 0.0
        counts = [0] * (len(ths) + 1)
        for p, h, b in hours:
            best, chosen = -p * idle, 0
            for point, (th, kw) in enumerate(zip(ths, kws), start=1):
                value = h * th - p * kw
                if value > best:
                    best, chosen = value, point
            profit += best
            counts[chosen] += 1
            if chosen:
                kwh += kws[chosen - 1]
                btc += b * ths[chosen - 1]
            else:
                kwh += idle
        answers.append((profit, kwh, btc, *counts))
    return answers


# --- W3: joint paths; answers [mining, colocation, GPU cloud] x paths, NPV in USD ---


def paths_numpy(work: Paths, seed: int = 1) -> np.ndarray:
    """Chunks of paths side by side, with NumPy's fastest generator."""
    q = work.numbers
    generator = np.random.Generator(np.random.SFC64(seed))
    out = np.empty((3, work.paths))
    for first in range(0, work.paths, CHUNK_PATHS):
        size = min(CHUNK_PATHS, work.paths - first)
        price, difficulty = np.full(size, q["ln_price"]), np.full(size, q["ln_difficulty"])
        power, gpu = np.full(size, q["ln_power"]), np.full(size, q["ln_gpu"])
        mine, colo, cloud = (
            np.full(size, -q[f"{use}_capex_usd"]) for use in ("mine", "colo", "gpu")
        )
        for reward, discount, rent in zip(work.ln_reward, work.discount, work.colo_rent_usd):
            z = generator.standard_normal((4, size))
            second = q["l21"] * z[0] + q["l22"] * z[1]
            third = q["l31"] * z[0] + q["l32"] * z[1] + q["l33"] * z[2]
            price += q["price_drift"] + q["price_sigma"] * z[0]
            power += q["power_pull"] * (q["power_mean"] - power) + q["power_sigma"] * second
            gpu += q["gpu_sigma"] * third - q["gpu_decay"]
            hash_value = price - difficulty + reward
            pull = q["response"] * (hash_value - q["ln_hash_value_mean"])
            np.clip(pull, -q["response_most"], q["response_most"], out=pull)
            difficulty += pull + q["growth"] + q["difficulty_sigma"] * z[3]
            h, p, g = np.exp(hash_value), np.exp(power), np.exp(gpu)
            margin = np.maximum(h * q["mine_th"] - p * q["mine_kwh"], -q["mine_idle_usd"])
            mine += discount * (margin - q["mine_fixed_usd"])
            colo += discount * (rent - q["colo_fixed_usd"] - p * q["colo_kwh"])
            cloud += discount * (g * q["gpu_hours"] - p * q["gpu_kwh"] - q["gpu_fixed_usd"])
        mine += h * (q["salvage"] * q["mine_th"] * work.discount[-1])
        out[:, first : first + size] = mine, colo, cloud
    return out


def paths_python(work: Paths, seed: int = 1) -> list[tuple[float, float, float]]:
    q = work.numbers
    gauss = random.Random(seed).gauss
    months = list(zip(work.ln_reward.tolist(), work.discount.tolist(), work.colo_rent_usd.tolist()))
    answers = []
    for _ in range(work.paths):
        price, difficulty, power, gpu = (
            q[name] for name in ("ln_price", "ln_difficulty", "ln_power", "ln_gpu")
        )
        mine, colo, cloud = (-q[f"{use}_capex_usd"] for use in ("mine", "colo", "gpu"))
        h = 0.0
        for reward, discount, rent in months:
            z1, z2, z3, z4 = (gauss(0.0, 1.0) for _ in range(4))
            price += q["price_drift"] + q["price_sigma"] * z1
            power += q["power_pull"] * (q["power_mean"] - power)
            power += q["power_sigma"] * (q["l21"] * z1 + q["l22"] * z2)
            gpu += q["gpu_sigma"] * (q["l31"] * z1 + q["l32"] * z2 + q["l33"] * z3) - q["gpu_decay"]
            hash_value = price - difficulty + reward
            pull = q["response"] * (hash_value - q["ln_hash_value_mean"])
            pull = min(max(pull, -q["response_most"]), q["response_most"])
            difficulty += pull + q["growth"] + q["difficulty_sigma"] * z4
            h, p, g = math.exp(hash_value), math.exp(power), math.exp(gpu)
            margin = max(h * q["mine_th"] - p * q["mine_kwh"], -q["mine_idle_usd"])
            mine += discount * (margin - q["mine_fixed_usd"])
            colo += discount * (rent - q["colo_fixed_usd"] - p * q["colo_kwh"])
            cloud += discount * (g * q["gpu_hours"] - p * q["gpu_kwh"] - q["gpu_fixed_usd"])
        mine += h * q["salvage"] * q["mine_th"] * work.discount[-1]
        answers.append((mine, colo, cloud))
    return answers
