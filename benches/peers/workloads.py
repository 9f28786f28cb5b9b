"""Inputs of the standing workloads, as `hashpivot bench` builds them.

No randomness and no files: golden-ratio Weyl sequences fill each range evenly, so that every
program sees the same numbers. Power prices are in USD/kWh here and in USD/MWh in the engine.
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

#: Irrational steps, one per column, that keep the columns of a table unrelated.
STEPS = (
    0.6180339887498949,
    0.7548776662466927,
    0.5698402909980532,
    0.8191725133961645,
    0.6710436067037893,
    0.5497004779019703,
)

#: Hashes of a TH/s in a day, and hashes per block at difficulty 1.
HASHES_PER_TH_DAY = 86400e12
HASHES_PER_DIFFICULTY = 2.0**32

#: Subsidy and fees of a block, BTC.
BLOCK_BTC = 3.175

#: Average hours and days of a month.
MONTH_H = 730.5
MONTH_DAYS = 30.4375


def weyl(count: int, step: float, low: float, high: float) -> np.ndarray:
    """`count` numbers spread evenly over `low..high`."""
    return low + (high - low) * np.modf((np.arange(count) + 1.0) * step)[0]


@dataclass
class Grid:
    """W1: machines, power prices and states of the network."""

    j_per_th: np.ndarray
    overhead: np.ndarray
    uptime: np.ndarray
    fixed_usd: np.ndarray
    th: np.ndarray
    usd_per_kwh: np.ndarray
    btc_per_th_day: np.ndarray
    pool_fee: np.ndarray
    usd_per_btc: np.ndarray

    @property
    def cells(self) -> int:
        return len(self.btc_per_th_day) * len(self.j_per_th) * len(self.usd_per_kwh)

    def hoisted(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy and rest per TH-day of each machine, TH-days per bitcoin of each state."""
        energy = 0.024 * self.j_per_th * self.overhead
        rest = self.fixed_usd / self.uptime
        return energy, rest, 1.0 / (self.btc_per_th_day * (1.0 - self.pool_fee))


def grid(machines: int = 10_000, prices: int = 1_000, states: int = 8) -> Grid:
    return Grid(
        j_per_th=weyl(machines, STEPS[0], 13, 40),
        overhead=weyl(machines, STEPS[1], 1.02, 1.12),
        uptime=weyl(machines, STEPS[2], 0.90, 0.99),
        fixed_usd=weyl(machines, STEPS[3], 0.004, 0.020),
        th=weyl(machines, STEPS[4], 90, 400),
        usd_per_kwh=0.02 + 0.10 * np.arange(prices) / prices,
        btc_per_th_day=HASHES_PER_TH_DAY
        * BLOCK_BTC
        / (weyl(states, STEPS[5], 0.8e14, 1.6e14) * HASHES_PER_DIFFICULTY),
        pool_fee=weyl(states, STEPS[1], 0, 0.03),
        usd_per_btc=weyl(states, STEPS[2], 50e3, 150e3),
    )


@dataclass
class Dispatch:
    """W2: ladders of operating points, and hours."""

    th: np.ndarray
    kw: np.ndarray
    idle_kw: np.ndarray
    usd_per_kwh: np.ndarray
    usd_per_th_h: np.ndarray
    btc_per_th_h: np.ndarray

    @property
    def cells(self) -> int:
        return len(self.idle_kw) * len(self.usd_per_kwh)

    def first(self, machines: int) -> "Dispatch":
        """The same hours for the first machines alone."""
        return Dispatch(
            self.th[:machines],
            self.kw[:machines],
            self.idle_kw[:machines],
            self.usd_per_kwh,
            self.usd_per_th_h,
            self.btc_per_th_h,
        )


def dispatch(machines: int = 2_000, hours: int = 8_768, points: int = 8) -> Dispatch:
    base_th = weyl(machines, STEPS[0], 90, 400)
    base_j_per_th = weyl(machines, STEPS[1], 13, 35)
    level = 0.55 + 0.10 * np.arange(points)
    th = np.ascontiguousarray(base_th[:, None] * level)
    kw = th * base_j_per_th[:, None] * (0.72 + 0.28 * level * level) / 1000 * 1.05
    hour = np.arange(hours)
    wave = weyl(hours, STEPS[2], -1, 1)
    usd_per_th_h = (0.048 + 0.012 * np.sin(hour * 0.0021) + 0.002 * wave) / 24
    return Dispatch(
        th=th,
        kw=np.ascontiguousarray(kw),
        idle_kw=np.full(machines, 0.02),
        usd_per_kwh=np.maximum(0.045 + 0.02 * np.sin((hour % 24) * 0.2618) + 0.03 * wave**3, -0.02),
        usd_per_th_h=usd_per_th_h,
        btc_per_th_h=usd_per_th_h / 95000,
    )


@dataclass
class Paths:
    """W3: monthly paths of price, difficulty, power and GPU rental, and three uses of 10 MW."""

    paths: int
    ln_reward: np.ndarray
    discount: np.ndarray
    colo_rent_usd: np.ndarray
    #: Every other number by name, in the order in which the compiled form takes them.
    numbers: dict[str, float]

    @property
    def cells(self) -> int:
        return self.paths * len(self.discount)


def paths(count: int = 100_000, months: int = 60) -> Paths:
    year = 1 / 12
    month = np.arange(months)
    ln_reward = log(HASHES_PER_TH_DAY * MONTH_DAYS * BLOCK_BTC / HASHES_PER_DIFFICULTY)
    running_th = 10e6 / 17
    numbers = dict(
        price_drift=(0.10 - 0.18) * year,
        price_sigma=0.6 * sqrt(year),
        power_pull=0.15,
        power_mean=log(0.055),
        power_sigma=0.12,
        gpu_decay=0.025,
        gpu_sigma=0.05,
        l21=0.2,
        l22=sqrt(0.96),
        l31=0.3,
        l32=0.1,
        l33=sqrt(0.9),
        growth=0.01,
        response=0.15,
        response_most=0.06,
        ln_hash_value_mean=log(0.045 * MONTH_DAYS),
        difficulty_sigma=0.02,
        ln_price=log(95e3),
        ln_difficulty=log(1.2e14),
        ln_power=log(0.055),
        ln_gpu=log(2.2),
        mine_th=running_th * 0.95,
        mine_kwh=10e3 * MONTH_H * 0.95,
        mine_idle_usd=2e4,
        mine_fixed_usd=6e4,
        mine_capex_usd=running_th * 16,
        salvage=3.0,
        colo_kwh=10e3 * MONTH_H * 0.3,
        colo_fixed_usd=1.5e5,
        colo_capex_usd=45e6,
        gpu_hours=7000 * MONTH_H * 0.65,
        gpu_kwh=10e3 * MONTH_H * 0.8,
        gpu_fixed_usd=1.2e6,
        gpu_capex_usd=260e6,
    )
    return Paths(
        paths=count,
        ln_reward=np.where(month < 18, ln_reward, ln_reward - 0.67),
        discount=1.01 ** -(month + 1.0),
        colo_rent_usd=1.3e6 * 1.0025**month,
        numbers=numbers,
    )
