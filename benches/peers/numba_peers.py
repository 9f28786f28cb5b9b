"""The workloads compiled by numba with fastmath, serial and parallel.

A maker here returns a form of (workload, array for the answer); the first call of a form compiles
it. Serial and parallel forms share their source, and parallel ones use as many threads as
`numba.set_num_threads` was told.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba as nb
import numpy as np

from workloads import Dispatch, Grid, Paths

GridForm = Callable[[Grid, np.ndarray], np.ndarray]
DispatchForm = Callable[[Dispatch, np.ndarray], np.ndarray]
PathsForm = Callable[[Paths, np.ndarray], np.ndarray]

#: Prices that go through all machines together: their sums stay in registers and first-level cache.
TILE_PRICES = 40

#: Hours whose best value, hash rate and choice stay in the first-level cache.
BLOCK_HOURS = 128

#: Choices that a packed count of seven bits a field takes: at most 127, here a divisor of a block.
COUNT_HOURS = 64

#: Hours in one run of the form that knows the number of points: whole registers, at most 127.
RUN_HOURS = 120

#: Operating points of that form. A constant, so that the compiler lays them out one by one.
POINTS = 8

#: Pieces that the paths of the form with numba's own generator are cut into, each with its seed.
PIECES = 64


# --- W1 ---


def grid(parallel: bool) -> GridForm:
    """One multiply-add a cell."""

    @nb.njit(fastmath=True, parallel=parallel)
    def fill(energy, rest, th_days, prices, out):
        states, machines, columns = out.shape
        for row in nb.prange(states * machines):
            state = row // machines
            machine = row - state * machines
            slope = energy[machine] * th_days[state]
            start = rest[machine] * th_days[state]
            cells = out[state, machine]
            for column in range(columns):
                cells[column] = slope * prices[column] + start

    def form(work: Grid, out: np.ndarray) -> np.ndarray:
        fill(*work.hoisted(), work.usd_per_kwh, out)
        return out

    return form


# --- W1 reduced ---


def reduced(parallel: bool) -> GridForm:
    """Every cell computed, a tile of prices at a time, without branches."""

    @nb.njit(fastmath=True, parallel=parallel)
    def count(energy, rest, th_days, th, limits, prices, out):
        states, machines = len(th_days), len(energy)
        tiles = (len(prices) + TILE_PRICES - 1) // TILE_PRICES
        for task in nb.prange(states * tiles):
            state = task // tiles
            first = (task - state * tiles) * TILE_PRICES
            size = min(TILE_PRICES, len(prices) - first)
            tile = np.zeros(TILE_PRICES)
            tile[:size] = prices[first : first + size]
            limit = limits[state] / th_days[state]
            counts = np.zeros(TILE_PRICES)
            totals = np.zeros(TILE_PRICES)
            weighted = np.zeros(TILE_PRICES)
            for machine in range(machines):
                slope, start, weight = energy[machine], rest[machine], th[machine]
                for lane in range(TILE_PRICES):
                    cost = slope * tile[lane] + start
                    pays = cost <= limit
                    paying = weight if pays else 0.0
                    counts[lane] += 1.0 if pays else 0.0
                    totals[lane] += paying
                    weighted[lane] += paying * cost
            for lane in range(size):
                total = max(totals[lane], 1e-300)
                out[state, 0, first + lane] = counts[lane]
                out[state, 1, first + lane] = totals[lane]
                out[state, 2, first + lane] = weighted[lane] * th_days[state] / total

    def form(work: Grid, out: np.ndarray) -> np.ndarray:
        count(*work.hoisted(), work.th, work.usd_per_btc, work.usd_per_kwh, out)
        return out

    return form


# --- W2 ---


def dispatch_unrolled(parallel: bool) -> DispatchForm:
    """Hours outside, a known number of points inside: best value, hash rate and choice of an hour
    never leave the registers."""

    @nb.njit(fastmath=True, parallel=parallel)
    def choose(th, kw, idle, prices, values, rewards, out):
        for machine in nb.prange(len(idle)):
            point_th, point_kw, off_kw = th[machine], kw[machine], idle[machine]
            counts = np.zeros(POINTS + 1)
            profit = btc = 0.0
            for first in range(0, len(prices), RUN_HOURS):
                price = prices[first : first + RUN_HOURS]
                value = values[first : first + RUN_HOURS]
                reward = rewards[first : first + RUN_HOURS]
                packed = np.int64(0)
                for i in range(len(price)):
                    best = -price[i] * off_kw
                    best_th = 0.0
                    code = np.int64(1)
                    for point in range(POINTS):
                        worth = value[i] * point_th[point] - price[i] * point_kw[point]
                        better = worth > best
                        best = worth if better else best
                        best_th = point_th[point] if better else best_th
                        code = np.int64(1) << (7 * point + 7) if better else code
                    profit += best
                    btc += best_th * reward[i]
                    packed += code
                for point in range(POINTS + 1):
                    counts[point] += (packed >> (7 * point)) & 127
            kwh = off_kw * counts[0]
            for point in range(POINTS):
                kwh += point_kw[point] * counts[point + 1]
            out[machine, 0], out[machine, 1], out[machine, 2] = profit, kwh, btc
            out[machine, 3:] = counts

    form = _dispatch_form(choose)

    def checked(work: Dispatch, out: np.ndarray) -> np.ndarray:
        if work.th.shape[1] != POINTS:
            raise ValueError(f"compiled for {POINTS} points")
        return form(work, out)

    return checked


def dispatch_blocked(parallel: bool) -> DispatchForm:
    """Points outside, hours inside and without branches, counts packed into 64 bits: any number of
    points up to 8."""

    @nb.njit(fastmath=True, parallel=parallel)
    def choose(th, kw, idle, prices, values, rewards, out):
        machines, points = th.shape
        hours = len(prices)
        for machine in nb.prange(machines):
            best = np.empty(BLOCK_HOURS)
            best_th = np.empty(BLOCK_HOURS)
            code = np.empty(BLOCK_HOURS, np.int64)
            counts = np.zeros(points + 1)
            profit = btc = 0.0
            for block in range((hours + BLOCK_HOURS - 1) // BLOCK_HOURS):
                first = block * BLOCK_HOURS
                size = min(BLOCK_HOURS, hours - first)
                for i in range(size):
                    best[i] = -prices[first + i] * idle[machine]
                    best_th[i] = 0.0
                    code[i] = 1
                for point in range(points):
                    point_th, point_kw = th[machine, point], kw[machine, point]
                    one = np.int64(1) << (7 * (point + 1))
                    for i in range(size):
                        value = values[first + i] * point_th - prices[first + i] * point_kw
                        better = value > best[i]
                        best[i] = value if better else best[i]
                        best_th[i] = point_th if better else best_th[i]
                        code[i] = one if better else code[i]
                for i in range(size):
                    profit += best[i]
                    btc += best_th[i] * rewards[first + i]
                for start in range(0, size, COUNT_HOURS):
                    packed = np.int64(0)
                    for i in range(start, min(size, start + COUNT_HOURS)):
                        packed += code[i]
                    for point in range(points + 1):
                        counts[point] += (packed >> (7 * point)) & 127
            kwh = idle[machine] * counts[0]
            for point in range(points):
                kwh += kw[machine, point] * counts[point + 1]
            out[machine, 0], out[machine, 1], out[machine, 2] = profit, kwh, btc
            out[machine, 3:] = counts

    return _dispatch_form(choose)


def dispatch_naive(parallel: bool) -> DispatchForm:
    """The loops as one would write them first."""

    @nb.njit(fastmath=True, parallel=parallel)
    def choose(th, kw, idle, prices, values, rewards, out):
        machines, points = th.shape
        for machine in nb.prange(machines):
            profit = kwh = btc = 0.0
            counts = np.zeros(points + 1)
            for hour in range(len(prices)):
                best, chosen = -prices[hour] * idle[machine], 0
                for point in range(points):
                    value = values[hour] * th[machine, point] - prices[hour] * kw[machine, point]
                    if value > best:
                        best, chosen = value, point + 1
                profit += best
                counts[chosen] += 1.0
                if chosen > 0:
                    kwh += kw[machine, chosen - 1]
                    btc += rewards[hour] * th[machine, chosen - 1]
                else:
                    kwh += idle[machine]
            out[machine, 0], out[machine, 1], out[machine, 2] = profit, kwh, btc
            out[machine, 3:] = counts

    return _dispatch_form(choose)


def _dispatch_form(choose: Callable) -> DispatchForm:
    def form(work: Dispatch, out: np.ndarray) -> np.ndarray:
        columns = (work.usd_per_kwh, work.usd_per_th_h, work.btc_per_th_h)
        choose(work.th, work.kw, work.idle_kw, *columns, out)
        return out

    return form


# --- W3 ---


@nb.njit(fastmath=True)
def _month(state, normals, ln_reward, q):
    """Logs of price, difficulty, power and GPU rental a month later; USD of hash value, power, GPU."""
    price, difficulty, power, gpu = state
    z1, z2, z3, z4 = normals
    price += q.price_drift + q.price_sigma * z1
    power += q.power_pull * (q.power_mean - power) + q.power_sigma * (q.l21 * z1 + q.l22 * z2)
    gpu += q.gpu_sigma * (q.l31 * z1 + q.l32 * z2 + q.l33 * z3) - q.gpu_decay
    value = price - difficulty + ln_reward
    pull = q.response * (value - q.ln_hash_value_mean)
    pull = min(max(pull, -q.response_most), q.response_most)
    difficulty += pull + q.growth + q.difficulty_sigma * z4
    return (price, difficulty, power, gpu), (np.exp(value), np.exp(power), np.exp(gpu))


@nb.njit(fastmath=True)
def _cash(values, discount, rent, q):
    """Discounted cash of a month: mining, colocation, GPU cloud."""
    h, p, g = values
    margin = max(h * q.mine_th - p * q.mine_kwh, -q.mine_idle_usd)
    mine = discount * (margin - q.mine_fixed_usd)
    colo = discount * (rent - q.colo_fixed_usd - p * q.colo_kwh)
    cloud = discount * (g * q.gpu_hours - p * q.gpu_kwh - q.gpu_fixed_usd)
    return mine, colo, cloud


@nb.njit(fastmath=True, nogil=True)
def _simulate(generator, ln_reward, discount, rent, q, out):
    """Paths one after the other, with normals of a generator object."""
    for path in range(out.shape[1]):
        state = (q.ln_price, q.ln_difficulty, q.ln_power, q.ln_gpu)
        values = (0.0, 0.0, 0.0)
        mine, colo, cloud = -q.mine_capex_usd, -q.colo_capex_usd, -q.gpu_capex_usd
        for month in range(len(discount)):
            normals = (
                generator.standard_normal(),
                generator.standard_normal(),
                generator.standard_normal(),
                generator.standard_normal(),
            )
            state, values = _month(state, normals, ln_reward[month], q)
            cash = _cash(values, discount[month], rent[month], q)
            mine, colo, cloud = mine + cash[0], colo + cash[1], cloud + cash[2]
        out[0, path] = mine + values[0] * q.salvage * q.mine_th * discount[-1]
        out[1, path] = colo
        out[2, path] = cloud


def paths(parallel: bool) -> PathsForm:
    """NumPy's SFC64 with its ziggurat inside compiled loops. A generator cannot be shared between
    `prange` threads, so parallel is one stretch of paths and one generator for each thread."""

    def form(work: Paths, out: np.ndarray, seed: int = 1) -> np.ndarray:
        columns = (work.ln_reward, work.discount, work.colo_rent_usd)
        threads = nb.get_num_threads() if parallel else 1
        generators = [
            np.random.Generator(np.random.SFC64(child))
            for child in np.random.SeedSequence(seed).spawn(threads)
        ]
        stretches = np.array_split(np.arange(work.paths), threads)
        tasks = [
            (generator, *columns, work.numbers, out[:, s[0] : s[-1] + 1])
            for generator, s in zip(generators, stretches)
            if len(s)
        ]
        if len(tasks) == 1:
            _simulate(*tasks[0])
            return out
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda task: _simulate(*task), tasks))
        return out

    return form


def paths_global(parallel: bool) -> PathsForm:
    """`numpy.random.standard_normal` as numba compiles it, with a state per thread, in `prange`."""

    @nb.njit(fastmath=True, parallel=parallel)
    def simulate(seed, ln_reward, discount, rent, q, out):
        count = out.shape[1]
        for piece in nb.prange(PIECES):
            np.random.seed(seed + piece)
            for path in range(piece * count // PIECES, (piece + 1) * count // PIECES):
                state = (q.ln_price, q.ln_difficulty, q.ln_power, q.ln_gpu)
                values = (0.0, 0.0, 0.0)
                mine, colo, cloud = -q.mine_capex_usd, -q.colo_capex_usd, -q.gpu_capex_usd
                for month in range(len(discount)):
                    normals = (
                        np.random.standard_normal(),
                        np.random.standard_normal(),
                        np.random.standard_normal(),
                        np.random.standard_normal(),
                    )
                    state, values = _month(state, normals, ln_reward[month], q)
                    cash = _cash(values, discount[month], rent[month], q)
                    mine, colo, cloud = mine + cash[0], colo + cash[1], cloud + cash[2]
                out[0, path] = mine + values[0] * q.salvage * q.mine_th * discount[-1]
                out[1, path] = colo
                out[2, path] = cloud

    def form(work: Paths, out: np.ndarray, seed: int = 1) -> np.ndarray:
        simulate(seed, work.ln_reward, work.discount, work.colo_rent_usd, work.numbers, out)
        return out

    return form
