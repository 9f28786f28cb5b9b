//! The Bitcoin network: subsidy, difficulty, its retarget, and what a terahash earns.

use units::constants::{
    BLOCK_SECONDS, BLOCKS_PER_DAY, FIRST_SUBSIDY_SAT, HALVING_INTERVAL_BLOCKS,
    HASHES_PER_DIFFICULTY, HASHES_PER_TH, RETARGET_BLOCKS, RETARGET_SECONDS, SAT_PER_BTC,
    SECONDS_PER_DAY, TH_PER_PH,
};
use units::{Code, Difficulty, FeeFrac, FeesBtcPerBlock, UsdPerBtc, Violation};

use crate::error::Error;
use crate::target::{Target, decode};
use units::Faults;

/// Intervals that the protocol measures in a period: one fewer than its blocks.
#[expect(clippy::cast_precision_loss, reason = "2,015 is exact")]
const MEASURED_INTERVALS: f64 = (RETARGET_BLOCKS - 1) as f64;

/// The state of the network that a cost is computed for: one scenario of a grid.
///
/// Use [`crate::projection::NetworkPath`] for a path over months.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    /// Difficulty.
    pub difficulty: f64,
    /// Subsidy per block in BTC; a fraction of the protocol's where a halving falls in the period.
    pub subsidy_btc: f64,
    /// Fees per block in BTC.
    pub fees_btc: f64,
    /// Price of a bitcoin in USD.
    pub price_usd_per_btc: f64,
    /// Pool fee as a fraction of the reward.
    pub pool_fee_frac: f64,
}

impl Network {
    /// Reward per TH/s and day before the pool fee, BTC.
    pub fn btc_per_th_day(&self) -> f64 {
        btc_per_th_day(self.difficulty, self.subsidy_btc, self.fees_btc)
    }

    /// Reward per TH/s and day that reaches the miner, BTC: after the pool fee.
    pub fn net_btc_per_th_day(&self) -> f64 {
        self.btc_per_th_day() * (1.0 - self.pool_fee_frac)
    }

    /// Notes every value that no cost can be computed with.
    pub(crate) fn check(&self, path: &str, faults: &mut Faults) {
        faults.check::<Difficulty>(format!("{path}.difficulty"), self.difficulty);
        // A block's subsidy has the range of its fees: 0 to the first subsidy of 50 BTC.
        faults.check::<FeesBtcPerBlock>(format!("{path}.subsidy_btc"), self.subsidy_btc);
        faults.check::<FeesBtcPerBlock>(format!("{path}.fees_btc"), self.fees_btc);
        faults.check::<UsdPerBtc>(format!("{path}.price_usd_per_btc"), self.price_usd_per_btc);
        faults.check::<FeeFrac>(format!("{path}.pool_fee_frac"), self.pool_fee_frac);
        if self.subsidy_btc == 0.0 && self.fees_btc == 0.0 {
            faults.push(
                Violation::new(Code::Conflict, format!("{path}.fees_btc"))
                    .value(self.fees_btc)
                    .unit("BTC/block")
                    .allowed("without a subsidy, fees above 0"),
            );
        }
    }
}

/// Subsidy of the block at a height, satoshi.
///
/// # Formula
/// `floor(50e8 / 2^floor(height / 210 000))` as an integer shift, model section 1.
///
/// # Special cases
/// Zero from height 6,930,000 on, at any height up to `u64::MAX`.
///
/// # Example
/// ```
/// assert_eq!(hashcost::network::subsidy_sat(839_999), 625_000_000);
/// assert_eq!(hashcost::network::subsidy_sat(840_000), 312_500_000);
/// ```
pub const fn subsidy_sat(height: u64) -> u64 {
    let halvings = height / HALVING_INTERVAL_BLOCKS;
    // A shift by 64 or more is not defined for the type; the subsidy is long gone by then.
    if halvings < 64 { FIRST_SUBSIDY_SAT >> halvings } else { 0 }
}

/// Subsidy of the block at a height, BTC. See [`subsidy_sat`] for whole satoshi.
#[expect(clippy::cast_precision_loss, reason = "a subsidy in satoshi is below 2^53")]
pub const fn subsidy_btc(height: u64) -> f64 {
    subsidy_sat(height) as f64 / SAT_PER_BTC as f64
}

/// Mean subsidy of `blocks` blocks from `first_height` on, BTC: the halving's month weighted by
/// blocks.
///
/// # Special cases
/// Without blocks, the subsidy at `first_height`. Within one epoch, [`subsidy_btc`] to the bit.
///
/// # Example
/// ```
/// // One block of 3.125 BTC and three of 1.5625 BTC.
/// assert_eq!(hashcost::network::mean_subsidy_btc(1_049_999, 4), 1.953125);
/// ```
#[expect(clippy::cast_precision_loss, reason = "rounds once, in the quotient; counts are small")]
pub fn mean_subsidy_btc(first_height: u64, blocks: u64) -> f64 {
    if blocks == 0 {
        return subsidy_btc(first_height);
    }
    let created = supply_sat(first_height.saturating_add(blocks)) - supply_sat(first_height);
    created as f64 / (blocks as f64 * SAT_PER_BTC as f64)
}

/// Satoshi created by all blocks below a height.
///
/// # Example
/// ```
/// use hashcost::network::supply_sat;
/// // Two blocks of 50 BTC.
/// assert_eq!(supply_sat(2), 10_000_000_000);
/// ```
pub const fn supply_sat(height: u64) -> u64 {
    let mut total = 0;
    let mut first = 0;
    while first < height && subsidy_sat(first) > 0 {
        let next_halving = first + HALVING_INTERVAL_BLOCKS;
        let end = if height < next_halving { height } else { next_halving };
        total += (end - first) * subsidy_sat(first);
        first = next_halving;
    }
    total
}

/// All satoshi that the subsidy will ever create: 2,099,999,997,690,000.
pub const fn total_supply_sat() -> u64 {
    supply_sat(u64::MAX)
}

/// Difficulty of a compact target as block headers carry it.
///
/// # Formula
/// `0xffff * 2^208 / target`, correctly rounded: one division and a shift of the exponent.
///
/// # Errors
/// [`Error::Invalid`] if the bits encode zero, a negative number or more than 256 bits.
///
/// # Example
/// ```
/// assert_eq!(hashcost::network::difficulty_from_bits(0x1d00_ffff)?, 1.0);
/// assert_eq!(hashcost::network::difficulty_from_bits(0x1701_cdfb)?, 155_973_032_196_071.94);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn difficulty_from_bits(bits: u32) -> Result<f64, Error> {
    let (mantissa, shift_bits) = decode(bits)?;
    // 65535 / mantissa rounds once; the power of two is exact (exponents stay within +-256).
    let exponent = 1023 + 208 - i64::from(shift_bits);
    Ok(65_535.0 / f64::from(mantissa) * f64::from_bits(exponent.cast_unsigned() << 52))
}

/// Compact target of the next period, exactly as the protocol computes it.
///
/// `t_first_s` and `t_last_s` are the header times of the first and the last block of the period of
/// 2,016 blocks: 2,015 intervals apart, the protocol's off-by-one.
///
/// # Formula
/// `target * clamp(t_last - t_first, 302 400, 4 838 400) / 1 209 600` in 256-bit integers, capped at
/// the easiest target `0xffff * 2^208` and cut to a mantissa of 24 bits. Bitcoin Core,
/// `CalculateNextWorkRequired`.
///
/// # Special cases
/// A last block dated before the first counts as the shortest period.
///
/// # Errors
/// [`Error::Invalid`] if the bits encode no target, or one easier than the protocol allows.
///
/// # Example
/// ```
/// use hashcost::network::next_bits;
/// // Two weeks to the second: nothing moves.
/// assert_eq!(next_bits(0x1701_ddb4, 1_700_000_000, 1_701_209_600)?, 0x1701_ddb4);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn next_bits(bits: u32, t_first_s: i64, t_last_s: i64) -> Result<u32, Error> {
    const TIMESPAN_S: u64 = RETARGET_BLOCKS * 600;
    let target = Target::from_bits(bits)?;
    let shortest = (TIMESPAN_S / 4).cast_signed();
    let longest = (TIMESPAN_S * 4).cast_signed();
    let span_s = t_last_s.saturating_sub(t_first_s).clamp(shortest, longest).cast_unsigned();
    Ok(target.times_ratio(span_s, TIMESPAN_S).min(Target::EASIEST).to_bits())
}

/// Difficulty after a period that took `seconds` from its first block to its last.
///
/// # Formula
/// `D * 1 209 600 / clamp(seconds, 302 400, 4 838 400)`, model section 1. See [`next_bits`] for the
/// protocol's integers and its floor of 1.
///
/// # Special cases
/// 1,209,600 s leave the difficulty unchanged to the bit; the ratio stays within 1/4 and 4.
pub fn retarget(difficulty: f64, seconds: f64) -> f64 {
    difficulty * (RETARGET_SECONDS / seconds.clamp(RETARGET_SECONDS / 4.0, RETARGET_SECONDS * 4.0))
}

/// Spacing at which blocks settle at constant hash rate, seconds: 600.298, since the protocol
/// measures 2,015 intervals and wants them to take 2,016 x 600 s.
pub fn steady_spacing_s() -> f64 {
    RETARGET_SECONDS / MEASURED_INTERVALS
}

/// Blocks a day once the hash rate grows by a fixed fraction in steps at every retarget.
///
/// # Formula
/// `86 400 / 600.298 * (1 + r) = 143.929 (1 + r)`, model section 1. Plans count 144.
pub fn steady_blocks_per_day(growth_per_period_frac: f64) -> f64 {
    SECONDS_PER_DAY / steady_spacing_s() * (1.0 + growth_per_period_frac)
}

/// Difficulty and block times, one entry a difficulty period.
#[derive(Clone, Debug, PartialEq)]
pub struct RetargetPath {
    /// Difficulty in force during the period.
    pub difficulty: Vec<f64>,
    /// Seconds between blocks.
    pub spacing_s: Vec<f64>,
    /// Blocks a day.
    pub blocks_per_day: Vec<f64>,
}

/// Difficulty and block times when the network runs at a given hash rate in each period.
///
/// # Formula
/// Spacing `D * 2^48 / 65535 / H`; then [`retarget`] with the time of 2,015 intervals.
///
/// # Shapes
/// `hashrate_th_per_s`: one entry a period, entry 0 at `difficulty`.
///
/// # Errors
/// [`Error::Invalid`] if the difficulty or a hash rate is not a positive finite number.
///
/// # Example
/// ```
/// use hashcost::network::{hashrate_th_per_s, simulate_retargets};
/// // Constant hash rate: one retarget, then 600.298 s for ever.
/// let path = simulate_retargets(1.0e14, &[hashrate_th_per_s(1.0e14); 4])?;
/// assert!((path.spacing_s[0] - 600.0).abs() < 1e-9);
/// assert!((path.spacing_s[3] - 600.298).abs() < 1e-3);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn simulate_retargets(
    difficulty: f64,
    hashrate_th_per_s: &[f64],
) -> Result<RetargetPath, Error> {
    let mut faults = Faults::default();
    faults.check::<Difficulty>("difficulty", difficulty);
    for (period, &hashrate) in hashrate_th_per_s.iter().enumerate() {
        if !(hashrate > 0.0 && hashrate.is_finite()) {
            let fault = Violation::new(Code::Range, format!("hashrate_th_per_s[{period}]"));
            faults.push(fault.value(hashrate).unit("TH/s").allowed("allowed above 0"));
        }
    }
    faults.into_result().map_err(Error::Invalid)?;
    let mut path = RetargetPath {
        difficulty: Vec::with_capacity(hashrate_th_per_s.len()),
        spacing_s: Vec::with_capacity(hashrate_th_per_s.len()),
        blocks_per_day: Vec::with_capacity(hashrate_th_per_s.len()),
    };
    let mut now = difficulty;
    for hashrate in hashrate_th_per_s {
        let spacing_s = hashes_per_block(now) / (hashrate * HASHES_PER_TH);
        path.difficulty.push(now);
        path.spacing_s.push(spacing_s);
        path.blocks_per_day.push(SECONDS_PER_DAY / spacing_s);
        now = retarget(now, spacing_s * MEASURED_INTERVALS);
    }
    Ok(path)
}

/// Expected hashes to find a block.
///
/// # Formula
/// `D * 2^48 / 65535`, model section 1: the customary `D * 2^32` is 0.0015 % lower.
pub fn hashes_per_block(difficulty: f64) -> f64 {
    difficulty * HASHES_PER_DIFFICULTY
}

/// Network hash rate at which blocks take 600 s, TH/s.
pub fn hashrate_th_per_s(difficulty: f64) -> f64 {
    hashes_per_block(difficulty) / (BLOCK_SECONDS * HASHES_PER_TH)
}

/// Difficulty at which a hash rate in TH/s finds a block every 600 s; undoes
/// [`hashrate_th_per_s`].
pub fn difficulty_of_hashrate(hashrate_th_per_s: f64) -> f64 {
    hashrate_th_per_s * (BLOCK_SECONDS * HASHES_PER_TH) / HASHES_PER_DIFFICULTY
}

/// Expected reward of one TH/s in a day, BTC, before the pool fee.
///
/// # Formula
/// `86 400e12 * (S + F) / (D * 2^48 / 65535)`, `S` subsidy and `F` fees per block, model section 1.
///
/// # Example
/// ```
/// // At the record difficulty of 155.97 T a PH/s earned about 40,300 sat a day.
/// let b = hashcost::network::btc_per_th_day(155.973032e12, 3.125, 0.0);
/// assert!((b * 1_000.0 * 1e8 - 40_304.0).abs() < 1.0);
/// ```
pub fn btc_per_th_day(difficulty: f64, subsidy_btc: f64, fees_btc: f64) -> f64 {
    SECONDS_PER_DAY * HASHES_PER_TH * (subsidy_btc + fees_btc) / hashes_per_block(difficulty)
}

/// Expected reward of one TH/s in a day, BTC, when the network's hash rate is known and not its
/// difficulty: 144 blocks a day are shared.
pub fn btc_per_th_day_of_hashrate(hashrate_th_per_s: f64, subsidy_btc: f64, fees_btc: f64) -> f64 {
    BLOCKS_PER_DAY * (subsidy_btc + fees_btc) / hashrate_th_per_s
}

/// Hashprice as the industry quotes it, USD/PH/day: before the pool fee.
///
/// # Formula
/// `1000 b P`, `b` BTC per TH/s-day, `P` USD/BTC.
///
/// # Example
/// ```
/// use hashcost::network::{btc_per_th_day_of_hashrate, hashprice_usd_per_ph_day};
/// // 964 EH/s at 84,587 USD without fees.
/// let b = btc_per_th_day_of_hashrate(964.0e6, 3.125, 0.0);
/// assert!((hashprice_usd_per_ph_day(b, 84_587.0) - 39.486).abs() < 1e-3);
/// ```
pub fn hashprice_usd_per_ph_day(btc_per_th_day: f64, price_usd_per_btc: f64) -> f64 {
    TH_PER_PH * btc_per_th_day * price_usd_per_btc
}

/// Hash value, USD per TH/s-day: what a running TH/s leaves after the pool fee and the costs that
/// only running incurs, before electricity.
///
/// # Formula
/// `h = b P (1 - fee) - v`, model section 1.
pub fn hash_value_usd_per_th_day(
    btc_per_th_day: f64,
    price_usd_per_btc: f64,
    pool_fee_frac: f64,
    direct_usd_per_th_day: f64,
) -> f64 {
    btc_per_th_day * price_usd_per_btc * (1.0 - pool_fee_frac) - direct_usd_per_th_day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsidy_follows_the_height() {
        for (height, sat) in [
            (0, 5_000_000_000),
            (209_999, 5_000_000_000),
            (210_000, 2_500_000_000),
            (1_050_000, 156_250_000),
            (2_100_000, 4_882_812),
            (6_929_999, 1),
            (6_930_000, 0),
            (64 * 210_000, 0),
            (u64::MAX, 0),
        ] {
            assert_eq!(subsidy_sat(height), sat, "height {height}");
        }
        assert_eq!(total_supply_sat(), 2_099_999_997_690_000);
    }

    #[test]
    fn mean_subsidy_weights_by_blocks() {
        for (first, blocks, mean) in [
            (917_311, 4_464, 3.125),
            (1_049_999, 2, 2.343_75),
            (1_050_000, 4_320, 1.562_5),
            (1_049_999, 0, 3.125),
            (6_929_999, 2, 0.5e-8),
            (u64::MAX - 5, 10, 0.0),
        ] {
            assert_eq!(mean_subsidy_btc(first, blocks), mean, "{first} + {blocks}");
        }
    }

    #[test]
    fn bits_give_the_known_difficulties() {
        for (bits, difficulty) in [
            (0x1d00_ffff, 1.0),
            (0x1701_ddb4, 150_839_487_445_890.5),
            (0x1701_cdfb, 155_973_032_196_071.94),
            (0x1701_ebf2, 146_472_570_619_930.78),
            (0x1702_3c7e, 125_864_590_119_494.27),
            (0x1b04_04cb, 16_307.420_938_523_983),
        ] {
            assert_eq!(difficulty_from_bits(bits).unwrap(), difficulty, "{bits:#x}");
        }
    }

    #[test]
    fn the_exact_retarget_is_the_protocols() {
        const T0: i64 = 1_700_000_000;
        for (bits, last, next) in [
            (0x1701_ddb4, T0 + 1, 0x1677_6d00),
            (0x1701_ddb4, T0 - 5_000, 0x1677_6d00),
            (0x1701_ddb4, T0 + 302_400, 0x1677_6d00),
            (0x1701_ddb4, T0 + 302_401, 0x1677_6d19),
            (0x1701_ddb4, T0 + 1_209_600, 0x1701_ddb4),
            (0x1701_ddb4, T0 + 4_838_399, 0x1707_76cf),
            (0x1701_ddb4, T0 + 40_000_000, 0x1707_76d0),
            // The easiest target does not get easier.
            (0x1d00_ffff, T0 + 4_838_400, 0x1d00_ffff),
        ] {
            assert_eq!(next_bits(bits, T0, last).unwrap(), next, "{bits:#x} after {} s", last - T0);
        }
        // Bitcoin Core's own test vectors, pow_tests.cpp: heights 32,255, 2,015, 68,543, 46,367.
        for (bits, first, last, next) in [
            (0x1d00_ffff, 1_261_130_161, 1_262_152_739, 0x1d00_d86a),
            (0x1d00_ffff, 1_231_006_505, 1_233_061_996, 0x1d00_ffff),
            (0x1c05_a3f4, 1_279_008_237, 1_279_297_671, 0x1c01_68fd),
            (0x1c38_7f6f, 1_263_163_443, 1_269_211_443, 0x1d00_e1fd),
        ] {
            assert_eq!(next_bits(bits, first, last).unwrap(), next, "{bits:#x}");
        }
        assert!(next_bits(0x1d01_0000, T0, T0).is_err());
    }

    #[test]
    fn the_plain_retarget_is_clamped() {
        for (seconds, ratio) in [
            (1_209_600.0, 1.0),
            (302_400.0, 4.0),
            (-1.0e12, 4.0),
            (4_838_400.0, 0.25),
            (1.0e18, 0.25),
            (1_209_000.0, 2_016.0 / 2_015.0),
        ] {
            assert_eq!(retarget(3.0e13, seconds) / 3.0e13, ratio, "{seconds} s");
        }
    }

    #[test]
    fn block_times_settle_and_grow_as_the_protocol_makes_them() {
        assert!((steady_spacing_s() - 600.297_766_749_379_7).abs() < 1e-10);
        let start = hashrate_th_per_s(1.0e14);
        for growth in [0.0, 0.02, -0.01] {
            let mut hashrate = start;
            let hashrates: Vec<f64> = (0..8)
                .map(|_| {
                    let now = hashrate;
                    hashrate *= 1.0 + growth;
                    now
                })
                .collect();
            let path = simulate_retargets(1.0e14, &hashrates).unwrap();
            let settled = path.blocks_per_day[7];
            assert!((settled / steady_blocks_per_day(growth) - 1.0).abs() < 1e-13, "{growth}");
        }
        assert!(simulate_retargets(1.0e14, &[0.0]).is_err());
    }

    #[test]
    fn rewards_agree_with_the_published_ones() {
        // Published with D 2^32, which is 1.53e-5 above the exact figure.
        for (difficulty, published) in [
            (150.839_487e12, 4.167_627e-7),
            (155.973_032e12, 4.030_458e-7),
            (125.864_59e12, 4.994_596e-7),
        ] {
            let b = btc_per_th_day(difficulty, 3.125, 0.0);
            assert!((b / published - 1.0).abs() < 2e-5, "{difficulty}");
            let same = btc_per_th_day_of_hashrate(hashrate_th_per_s(difficulty), 3.125, 0.0);
            assert!((b / same - 1.0).abs() < 1e-14);
            assert!(
                (difficulty_of_hashrate(hashrate_th_per_s(difficulty)) / difficulty - 1.0).abs()
                    < 1e-15
            );
        }
    }

    #[test]
    fn hash_value_is_net_and_hashprice_gross() {
        assert_eq!(hashprice_usd_per_ph_day(4.0e-7, 100_000.0), 40.0);
        assert!((hash_value_usd_per_th_day(4.0e-7, 100_000.0, 0.5, 0.005) - 0.015).abs() < 1e-17);
    }

    #[test]
    fn a_network_without_reward_is_refused() {
        let network = Network {
            difficulty: 0.0,
            subsidy_btc: 0.0,
            fees_btc: 0.0,
            price_usd_per_btc: f64::NAN,
            pool_fee_frac: 2.0,
        };
        let mut faults = Faults::default();
        network.check("networks[0]", &mut faults);
        let Err(violations) = faults.into_result() else { panic!("accepted") };
        let paths: Vec<_> = violations.iter().map(|v| v.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "networks[0].difficulty",
                "networks[0].price_usd_per_btc",
                "networks[0].pool_fee_frac",
                "networks[0].fees_btc"
            ]
        );
        assert_eq!(
            violations[2].hint,
            "looks like percent: did you mean 0.02? this field is in fraction"
        );
    }
}
