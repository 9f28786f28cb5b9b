//! Every conversion factor and protocol constant, each with its source.

/// Seconds in a day.
pub const SECONDS_PER_DAY: f64 = 86_400.0;
/// Hours in a day.
pub const HOURS_PER_DAY: f64 = 24.0;
/// Hours in a year of 365 days, for figures without a date.
pub const HOURS_PER_YEAR: f64 = 8_760.0;
/// Hours in a twelfth of such a year, for figures without a date.
pub const HOURS_PER_MONTH: f64 = 730.0;
/// Months in a year.
pub const MONTHS_PER_YEAR: f64 = 12.0;
/// Kilowatts in a megawatt.
pub const KW_PER_MW: f64 = 1_000.0;
/// Watts in a megawatt.
pub const W_PER_MW: f64 = 1.0e6;
/// TH/s in a PH/s.
pub const TH_PER_PH: f64 = 1_000.0;
/// TH/s in an EH/s.
pub const TH_PER_EH: f64 = 1.0e6;
/// MWh that one TH/s at one J/TH uses in a day: 1 W for 24 h.
pub const MWH_PER_DAY_PER_J_PER_TH: f64 = 24.0e-6;
/// Hashes in a terahash.
pub const HASHES_PER_TH: f64 = 1.0e12;
/// Expected hashes per block at difficulty 1: `2^48 / 65535` (the target of difficulty 1 is
/// `0xffff * 2^208`; the customary `2^32` is 0.0015 % low). Bitcoin Core, `chainparams.cpp`,
/// `powLimit`.
pub const HASHES_PER_DIFFICULTY: f64 = 281_474_976_710_656.0 / 65_535.0;
/// Satoshi in a bitcoin.
pub const SAT_PER_BTC: u64 = 100_000_000;
/// Blocks between halvings. Bitcoin Core, `nSubsidyHalvingInterval`.
pub const HALVING_INTERVAL_BLOCKS: u64 = 210_000;
/// Subsidy of the first blocks in satoshi.
pub const FIRST_SUBSIDY_SAT: u64 = 50 * SAT_PER_BTC;
/// Blocks in a difficulty period.
pub const RETARGET_BLOCKS: u64 = 2_016;
/// Intended seconds of a difficulty period: 2,016 x 600 s. The protocol measures 2,015 intervals.
pub const RETARGET_SECONDS: f64 = 1_209_600.0;
/// Intended seconds between blocks.
pub const BLOCK_SECONDS: f64 = 600.0;
/// Blocks a day at the intended spacing.
pub const BLOCKS_PER_DAY: f64 = 144.0;
