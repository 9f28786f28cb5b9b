"""The workloads compiled by numba with fastmath: the forms that measured best, serial and parallel.

Each function here returns a compiled form; the first call of a form compiles it.
"""

from collections.abc import Callable

import numba as nb
import numpy as np

from workloads import Dispatch, Grid, Paths

#: Prices that go through all machines together.
TILE_PRICES = 40

#: Hours whose best value, hash rate and choice stay in the first-level cache.
BLOCK_HOURS = 128

#: Choices that a packed count of seven bits a field can take.
COUNT_HOURS = 64

#: Pieces that the paths are cut into, each with its own seed.
CHUNKS = 64


def grid(parallel: bool) -> Callable[[Grid, np.ndarray], np.ndarray]:
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


def reduced(parallel: bool) -> Callable[[Grid], np.ndarray]:
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
                    pays = 1.0 if cost <= limit else 0.0
                    counts[lane] += pays
                    totals[lane] += pays * weight
                    weighted[lane] += pays * weight * cost
            for lane in range(size):
                total = max(totals[lane], 1e-300)
                out[state, 0, first + lane] = counts[lane]
                out[state, 1, first + lane] = totals[lane]
                out[state, 2, first + lane] = weighted[lane] * th_days[state] / total

    def form(work: Grid) -> np.ndarray:
        energy, rest, th_days = work.hoisted()
        out = np.empty((len(th_days), 3, len(work.usd_per_kwh)))
        count(energy, rest, th_days, work.th, work.usd_per_btc, work.usd_per_kwh, out)
        return out

    return form


def dispatch_naive(parallel: bool) -> Callable[[Dispatch], np.ndarray]:
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


def dispatch_tuned(parallel: bool) -> Callable[[Dispatch], np.ndarray]:
    """Points outside, hours inside and without branches, counts packed into 64 bits."""

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


def _dispatch_form(choose) -> Callable[[Dispatch], np.ndarray]:
    def form(work: Dispatch) -> np.ndarray:
        out = np.empty((len(work.idle_kw), work.th.shape[1] + 4))
        columns = (work.usd_per_kwh, work.usd_per_th_h, work.btc_per_th_h)
        choose(work.th, work.kw, work.idle_kw, *columns, out)
        return out

    return form


_MONTHS = """
def simulate(seed, ln_reward, discount, rent, out, {names}):
    count = out.shape[1]
    for chunk in nb.prange(CHUNKS):
        np.random.seed(seed + chunk)
        for path in range(chunk * count // CHUNKS, (chunk + 1) * count // CHUNKS):
            price = ln_price
            difficulty = ln_difficulty
            power = ln_power
            gpu = ln_gpu
            mine = -mine_capex_usd
            colo = -colo_capex_usd
            cloud = -gpu_capex_usd
            h = 0.0
            for month in range(len(discount)):
                z1 = np.random.standard_normal()
                z2 = np.random.standard_normal()
                z3 = np.random.standard_normal()
                z4 = np.random.standard_normal()
                price += price_drift + price_sigma * z1
                power += power_pull * (power_mean - power) + power_sigma * (l21 * z1 + l22 * z2)
                gpu += gpu_sigma * (l31 * z1 + l32 * z2 + l33 * z3) - gpu_decay
                value = price - difficulty + ln_reward[month]
                pull = response * (value - ln_hash_value_mean)
                pull = min(max(pull, -response_most), response_most)
                difficulty += pull + growth + difficulty_sigma * z4
                h = np.exp(value)
                p = np.exp(power)
                g = np.exp(gpu)
                margin = max(h * mine_th - p * mine_kwh, -mine_idle_usd)
                mine += discount[month] * (margin - mine_fixed_usd)
                colo += discount[month] * (rent[month] - colo_fixed_usd - p * colo_kwh)
                cloud += discount[month] * (g * gpu_hours - p * gpu_kwh - gpu_fixed_usd)
            out[0, path] = mine + h * salvage * mine_th * discount[-1]
            out[1, path] = colo
            out[2, path] = cloud
"""


def paths(parallel: bool, work: Paths) -> Callable[[Paths], np.ndarray]:
    """The numbers of the model become arguments: numba would freeze a dictionary's as constants."""
    scope = {"np": np, "nb": nb, "CHUNKS": CHUNKS}
    exec(_MONTHS.format(names=", ".join(work.numbers)), scope)
    simulate = nb.njit(fastmath=True, parallel=parallel)(scope["simulate"])

    def form(work: Paths) -> np.ndarray:
        out = np.empty((3, work.paths))
        columns = (work.ln_reward, work.discount, work.colo_rent_usd)
        simulate(1, *columns, out, *work.numbers.values())
        return out

    return form
