//! Bitcoin: protocol, rewards, production cost, cost bridges.

use hashcost::bridge::{Accounts, Definition, implied_btc};
use hashcost::formula::{
    cost_usd, energy_mwh_per_th_day, hashcost_usd_per_ph_day, margin_usd_per_th_day,
};
use hashcost::network::{
    btc_per_th_day, btc_per_th_day_of_hashrate, difficulty_from_bits, hashprice_usd_per_ph_day,
    steady_blocks_per_day, subsidy_sat, supply_sat,
};
use hashcost::projection::{bank_usd_per_btc, mechanical_usd_per_btc};
use units::constants::{HALVING_INTERVAL_BLOCKS, SECONDS_PER_DAY, TH_PER_EH, TH_PER_PH};

use super::{Figure, Kind, Rows};
use crate::facts;

const FITTED: &str = "32.1 J/TH, so that 2025-10 is 92,000";
/// Fees that were about observed in 2025-10..2026-02, BTC per block.
const OBSERVED_FEES_BTC: f64 = 0.015;
const SUBSIDY_BTC: f64 = 3.125;
const NEXT_SUBSIDY_BTC: f64 = 1.5625;

pub(super) fn figures() -> Vec<Figure> {
    let mut rows = Rows::new("Bitcoin Core, GetBlockSubsidy");
    protocol(&mut rows);
    rewards(&mut rows);
    production_cost(&mut rows);
    bridges(&mut rows);
    rows.rows
}

/// A height raised by `halvings` intervals, lowered where the subsidy has already ended.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few halvings at the most, never negative"
)]
fn raised(height: u64, halvings: f64) -> u64 {
    let blocks = (halvings * HALVING_INTERVAL_BLOCKS as f64) as u64;
    if subsidy_sat(height) == 0 { height.saturating_sub(blocks) } else { height + blocks }
}

/// A compact target whose mantissa is raised by a fraction of itself.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "23 bits, never negative"
)]
fn with_mantissa_raised(bits: u32, frac: f64) -> u32 {
    let mantissa = f64::from(bits & 0x007f_ffff) * (1.0 + frac);
    (bits & 0xff00_0000) | (mantissa as u32).min(0x007f_ffff)
}

fn protocol(rows: &mut Rows) {
    for halving in facts::halvings() {
        let height = halving.height;
        rows.row(
            format!("subsidy at height {height}"),
            Kind::Reproduced,
            (halving.subsidy_sat as f64, "sat"),
            0.0,
            "height",
            move |x| subsidy_sat(raised(height, x)) as f64,
        );
    }
    rows.row(
        "total supply",
        Kind::Reproduced,
        (2_099_999_997_690_000.0, "sat"),
        0.0,
        "height",
        |x| supply_sat(raised(6_930_000, x)) as f64,
    );
    rows.from("block headers");
    for vector in facts::difficulty_bits() {
        let bits = u32::from_str_radix(vector.bits.trim_start_matches("0x"), 16).unwrap_or(0);
        rows.row(
            format!("difficulty of bits {}", vector.bits),
            Kind::Reproduced,
            (vector.difficulty, "difficulty"),
            1e-9,
            "bits",
            move |x| difficulty_from_bits(with_mantissa_raised(bits, x)).unwrap_or(f64::NAN),
        );
    }
    rows.from("Bitcoin Core, pow.cpp: 2,015 intervals are measured");
    rows.row(
        "block spacing at constant hash rate",
        Kind::Reproduced,
        (600.297_766_749, "s"),
        1e-6,
        "growth of hash rate per period",
        |x| SECONDS_PER_DAY / steady_blocks_per_day(x),
    );
}

fn rewards(rows: &mut Rows) {
    rows.from("computed with 2^32 hashes per difficulty, 1.53e-5 more than exact");
    for (difficulty, published) in [
        (150.839_487e12, 4.167_627e-7),
        (155.973_032e12, 4.030_458e-7),
        (125.864_590e12, 4.994_596e-7),
    ] {
        rows.row(
            format!("reward at difficulty {:.3} T, no fees", difficulty / 1e12),
            Kind::Reproduced,
            (published, "BTC/TH-day"),
            2e-5,
            "difficulty",
            move |x| btc_per_th_day(difficulty * (1.0 + x), SUBSIDY_BTC, 0.0),
        );
    }
    rows.from("CoinShares, via tokenpost.com/news/insights/19340");
    rows.row(
        "hashcost, 21.5 J/TH at 60 USD/MWh",
        Kind::Reproduced,
        (30.96, "USD/PH/day"),
        1e-9,
        "power price",
        |x| {
            let energy = energy_mwh_per_th_day(21.5, 1.0);
            hashcost_usd_per_ph_day(cost_usd(energy, 60.0 * (1.0 + x), 0.0))
        },
    );
    rows.from("public hashrate API, 2026-10-03, unverified");
    rows.row(
        "hashprice at 84,587 USD, 964 EH/s, no fees",
        Kind::Reproduced,
        (39.48, "USD/PH/day"),
        1e-3,
        "hash rate",
        |x| {
            let hashrate = 964.0 * TH_PER_EH * (1.0 + x);
            hashprice_usd_per_ph_day(
                btc_per_th_day_of_hashrate(hashrate, SUBSIDY_BTC, 0.0),
                84_587.0,
            )
        },
    );
    rows.from("shop catalogue at hashprice 46.44 and 10 c/kWh, unverified");
    for (machine, th_per_s, power_w, published) in [
        ("Antminer S21 200T", 200.0, 3_500.0, 0.89),
        ("Antminer S23 Hyd 3U 1160T", 1_160.0, 11_020.0, 27.42),
    ] {
        rows.row(
            format!("profit of {machine}"),
            Kind::Reproduced,
            (published, "USD/day"),
            5e-3,
            "hashprice",
            move |x| {
                let hash_value = 46.44 * (1.0 + x) / TH_PER_PH;
                let energy = energy_mwh_per_th_day(power_w / th_per_s, 1.0);
                margin_usd_per_th_day(hash_value, energy, 100.0) * th_per_s
            },
        );
    }
}

fn production_cost(rows: &mut Rows) {
    let bank = |difficulty: f64, power_index: f64| {
        let b = btc_per_th_day(difficulty, SUBSIDY_BTC, OBSERVED_FEES_BTC);
        bank_usd_per_btc(b, 1.0, power_index)
    };
    for (month, difficulty, published, source) in [
        ("2025-11", 155_973_032_196_071.94, 94_000.0, "JPMorgan, via thecryptonewshub.com"),
        ("2025-12", 148.20e12, 90_000.0, "JPMorgan, via bingxzone.com"),
        ("2026-02", 125_864_590_119_494.3, 77_000.0, "JPMorgan, via bingxzone.com"),
    ] {
        rows.from(source);
        rows.row(
            format!("production cost {month}, by difficulty alone"),
            Kind::Calibrated(FITTED),
            (published, "USD/BTC"),
            0.02,
            "difficulty",
            move |x| bank(difficulty * (1.0 + x), 1.0),
        );
    }
    rows.from("JPMorgan, via bingxzone.com");
    rows.row(
        "production cost per extra cent per kWh",
        Kind::Calibrated(FITTED),
        (18_000.0, "USD/BTC"),
        0.03,
        "difficulty",
        // Ten dollars a MWh are a fifth of the bank's fifty.
        move |x| bank(148.20e12 * (1.0 + x), 1.2) - bank(148.20e12 * (1.0 + x), 1.0),
    );
    rows.from("press, 2025-10, citing JPMorgan, VanEck, TheMinerMag");
    rows.row(
        "production cost after the 2028 halving, from 92,000",
        Kind::Calibrated("fees of 0.0710 BTC a block"),
        (180_000.0, "USD/BTC"),
        1e-3,
        "fees",
        |x| mechanical_usd_per_btc(92_000.0, SUBSIDY_BTC, NEXT_SUBSIDY_BTC, 0.0710 * (1.0 + x)),
    );
}

/// A line of Riot's table, or NaN if it is not there.
fn riot(quarter: &str, line: &str) -> f64 {
    facts::riot_cost_to_mine()
        .iter()
        .find(|row| row.quarter == quarter && row.line == line)
        .map_or(f64::NAN, |row| row.value)
}

fn bridges(rows: &mut Rows) {
    for (quarter, btc) in [("2025Q1", 1_529.8), ("2024Q1", 1_364.0)] {
        rows.from("Riot, first quarter 2025 results, via menafn.com/1109498099");
        rows.row(
            format!("bitcoin mined by Riot in {quarter}, from its cost to mine"),
            Kind::Arithmetic,
            (btc, "BTC"),
            1e-3,
            "cost of power",
            move |x| {
                let accounts = Accounts {
                    power_usd: riot(quarter, "cost_of_power") * (1.0 + x),
                    other_direct_usd: riot(quarter, "other_direct_cost"),
                    credits_usd: -riot(quarter, "power_curtailment_credits"),
                    ..Accounts::default()
                };
                let usd = Definition::DirectNetOfCredits.usd(&accounts);
                implied_btc(usd, riot(quarter, "cost_to_mine"))
            },
        );
    }
    rows.from("JPMorgan on CleanSpark, Jul-Sep 2025, via blockspace.media");
    rows.row(
        "CleanSpark: electricity 49,698 + cash SG&A 18,045",
        Kind::Arithmetic,
        (67_743.0, "USD/BTC"),
        0.0,
        "electricity",
        |x| {
            let of_one_btc = Accounts {
                btc: 1.0,
                power_usd: 49_698.0 * (1.0 + x),
                cash_sga_usd: 18_045.0,
                ..Accounts::default()
            };
            Definition::PowerAndCashSga.usd(&of_one_btc)
        },
    );
    rows.from("Cango, third quarter 2025 results, via stocktitan.net");
    rows.row(
        "Cango: all-in 99,383 less 81,072 before depreciation",
        Kind::Arithmetic,
        (18_311.0, "USD/BTC"),
        0.0,
        "cost before depreciation",
        |x| {
            let before =
                Accounts { btc: 1.0, power_usd: 81_072.0 * (1.0 + x), ..Accounts::default() };
            let all_in = Accounts { btc: 1.0, power_usd: 99_383.0, ..Accounts::default() };
            Definition::AllIn.usd(&all_in) - Definition::Cash.usd(&before)
        },
    );
}
