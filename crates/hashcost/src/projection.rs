//! The network month by month through its halvings, and what a bitcoin then costs.
//!
//! Three lines: [`Line::Mechanical`] holds everything but the subsidy, [`Line::Trend`] moves each
//! driver at a yearly rate, [`Line::Path`] takes the drivers from the caller.

use units::constants::{BLOCKS_PER_DAY, MONTHS_PER_YEAR, TH_PER_EH};
use units::{
    AnnualRateFrac, CalendarMonth, Code, Difficulty, EhPerS, FeesBtcPerBlock, Height, Months,
    UsdPerBtc, Violation,
};

use crate::error::Error;
use crate::network::{
    btc_per_th_day, difficulty_of_hashrate, hashprice_usd_per_ph_day, hashrate_th_per_s,
    mean_subsidy_btc,
};
use units::Faults;

mod deaths;
mod decomposition;
mod figures;

pub use deaths::{Death, Runner, deaths};
pub use decomposition::{CostState, Decomposition, Factor, Part, decompose};
pub use figures::{
    AVERAGE_J_PER_TH, AVERAGE_USD_PER_MWH, BANK_J_PER_TH, BANK_USD_PER_MWH, Reading,
    average_electricity_usd_per_th_day, average_usd_per_btc, bank_usd_per_btc, fees_implied_btc,
    mechanical_usd_per_btc, published_pair,
};

/// Trend rates unless the user states others: hash rate from 684.85 EH/s to 964 EH/s over the 24
/// months to 2026-10; the others are assumptions.
pub const DEFAULT_TREND: TrendRates = TrendRates {
    hashrate_growth_frac: 0.186,
    efficiency_frac: -0.10,
    power_growth_frac: 0.02,
    price_growth_frac: 0.0,
    fees_growth_frac: 0.0,
};

/// Where a projection starts: the first of a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    /// The month that begins then.
    pub month: CalendarMonth,
    /// Height of the first block of the month.
    pub height: u64,
    /// Difficulty.
    pub difficulty: f64,
    /// Fees per block in BTC.
    pub fees_btc_per_block: f64,
    /// Price of a bitcoin in USD.
    pub price_usd_per_btc: f64,
}

impl Start {
    /// October 2025, the month of the published 92,000 USD, for projections without a plan.
    ///
    /// Height 917,311: 921,775 on 2025-11-01 less 31 days of 144 blocks. Difficulty 150.84 T: bits
    /// `0x1701ddb4`, in force from early October 2025.
    pub fn october_2025(fees_btc_per_block: f64, price_usd_per_btc: f64) -> Self {
        const MONTH: CalendarMonth = match CalendarMonth::new(2025, 10) {
            Ok(month) => month,
            Err(_) => panic!("October is a month"),
        };
        Self {
            month: MONTH,
            height: 917_311,
            difficulty: 150_839_487_445_890.5,
            fees_btc_per_block,
            price_usd_per_btc,
        }
    }
}

impl Start {
    /// Notes every value that no projection starts from.
    pub(crate) fn check(&self, faults: &mut Faults) {
        #[expect(clippy::cast_precision_loss, reason = "only compared with the range")]
        faults.check::<Height>("start.height", self.height as f64);
        faults.check::<Difficulty>("start.difficulty", self.difficulty);
        faults.check::<FeesBtcPerBlock>("start.fees_btc_per_block", self.fees_btc_per_block);
        faults.check::<UsdPerBtc>("start.price_usd_per_btc", self.price_usd_per_btc);
    }
}

/// What moves besides the subsidy.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Nothing: hash rate, efficiency, power, price and fees stay as they are at the start.
    Mechanical,
    /// Every driver at its own yearly rate.
    Trend(TrendRates),
    /// Every driver as given, month by month.
    Path(PathColumns),
}

/// Yearly growth of the drivers, fractions a year. [`DEFAULT_TREND`] holds the usual ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendRates {
    /// Network hash rate, and difficulty with it.
    pub hashrate_growth_frac: f64,
    /// J/TH of the active network; negative when machines get better.
    pub efficiency_frac: f64,
    /// Power price.
    pub power_growth_frac: f64,
    /// Price of a bitcoin.
    pub price_growth_frac: f64,
    /// Fees per block.
    pub fees_growth_frac: f64,
}

/// Drivers given month by month; entry 0 is the start month, and every column is at least as long
/// as the projection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathColumns {
    /// Network hash rate, EH/s.
    pub hashrate_eh_per_s: Vec<f64>,
    /// Price of a bitcoin, USD.
    pub price_usd_per_btc: Vec<f64>,
    /// Fees per block, BTC.
    pub fees_btc: Vec<f64>,
    /// J/TH of the active network, today's = 1.
    pub j_per_th_index: Vec<f64>,
    /// Power price, today's = 1.
    pub power_index: Vec<f64>,
    /// Electricity of the average machine that runs, USD per TH/s-day; empty where the network is
    /// taken as one cohort.
    pub electricity_usd_per_th_day: Vec<f64>,
}

/// The network month by month: columns, one entry a month, month 0 first.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkPath {
    /// Month 0.
    pub start: CalendarMonth,
    /// Height at the start of the month.
    pub height: Vec<f64>,
    /// Mean subsidy of the month's blocks, BTC.
    pub subsidy_btc: Vec<f64>,
    /// Fees per block, BTC.
    pub fees_btc: Vec<f64>,
    /// Difficulty.
    pub difficulty: Vec<f64>,
    /// Hash rate at 600 s a block, EH/s.
    pub hashrate_eh_per_s: Vec<f64>,
    /// Price of a bitcoin, USD.
    pub price_usd_per_btc: Vec<f64>,
    /// Reward of one TH/s in a day before the pool fee, BTC.
    pub btc_per_th_day: Vec<f64>,
    /// Hashprice, USD/PH/day.
    pub hashprice_usd_per_ph_day: Vec<f64>,
    /// J/TH of the active network, month 0 = 1.
    pub j_per_th_index: Vec<f64>,
    /// Power price, month 0 = 1.
    pub power_index: Vec<f64>,
    /// Electricity of the average machine that runs, USD per TH/s-day.
    pub electricity_usd_per_th_day: Vec<f64>,
}

impl NetworkPath {
    /// The production cost of the published series in each month, USD/BTC. See
    /// [`bank_usd_per_btc`].
    pub fn bank_usd_per_btc(&self) -> Vec<f64> {
        self.cost_by_month(bank_usd_per_btc)
    }

    /// The average electricity cost of what runs in each month, USD/BTC: of the cohorts where the
    /// network is made of them, else of one cohort. See [`average_usd_per_btc`].
    pub fn average_usd_per_btc(&self) -> Vec<f64> {
        let electricity = self.electricity_usd_per_th_day.iter();
        electricity.zip(&self.btc_per_th_day).map(|(usd, b)| usd / b).collect()
    }

    /// A stated cost of month 0 carried along the path, USD/BTC in each month.
    ///
    /// # Formula
    /// `cost_0 * (b_0 / b_m) * (J/TH index of m) * (power index of m)`, `b` BTC per TH/s-day. On the
    /// mechanical line this is `cost_0 (S+F) / (S'+F)`.
    ///
    /// # Example
    /// ```
    /// use hashcost::projection::{Line, Start, project};
    /// // The published pair: 92,000 before the halving of April 2028 and 180,000 after it.
    /// let path = project(&Start::october_2025(0.0710, 110_000.0), &Line::Mechanical, 36)?;
    /// let cost = path.anchored_usd_per_btc(92_000.0);
    /// assert_eq!(cost[0], 92_000.0);
    /// assert!((cost[35] - 180_000.0).abs() < 5.0);
    /// # Ok::<(), hashcost::Error>(())
    /// ```
    pub fn anchored_usd_per_btc(&self, start_usd_per_btc: f64) -> Vec<f64> {
        let b_0 = self.btc_per_th_day.first().copied().unwrap_or(1.0);
        self.cost_by_month(|b, j_per_th_index, power_index| {
            start_usd_per_btc * (b_0 / b) * j_per_th_index * power_index
        })
    }

    /// A cost that depends on reward, efficiency and power, in each month.
    fn cost_by_month(&self, cost: impl Fn(f64, f64, f64) -> f64) -> Vec<f64> {
        let indices = self.j_per_th_index.iter().zip(&self.power_index);
        self.btc_per_th_day
            .iter()
            .zip(indices)
            .map(|(&b, (&j, &power))| cost(b, j, power))
            .collect()
    }
}

/// The network month by month from a start along a line.
///
/// Heights advance by 144 blocks a day with each month's own days, and the subsidy follows from
/// them: a halving falls where the height says, and its month is weighted by blocks.
///
/// # Formula
/// Trend: `x_m = x_0 (1 + rate)^(m / 12)`. Difficulty belongs to the hash rate at 600 s a block.
///
/// # Shapes
/// Every column of the result has `months` entries.
///
/// # Errors
/// [`Error::Invalid`] with every value out of its range, and where subsidy and fees are both zero;
/// [`Error::LengthMismatch`] if a column of [`PathColumns`] is shorter than `months`.
///
/// # Example
/// ```
/// use hashcost::projection::{DEFAULT_TREND, Line, Start, project};
/// let start = Start::october_2025(0.015, 110_000.0);
/// let path = project(&start, &Line::Trend(DEFAULT_TREND), 31)?;
/// // April 2028 holds 1,217 blocks before the halving and 3,103 after it.
/// assert_eq!(path.start.plus(30).to_string(), "2028-04");
/// assert_eq!(path.height[30], 1_048_783.0);
/// assert!(path.subsidy_btc[30] > 1.5625 && path.subsidy_btc[30] < 3.125);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn project(start: &Start, line: &Line, months: usize) -> Result<NetworkPath, Error> {
    check(start, line, months)?;
    let drivers = match line {
        Line::Mechanical => constant(start, months),
        Line::Trend(rates) => trend(start, rates, months),
        Line::Path(columns) => given(columns, months),
    };
    let (height, subsidy_btc) = subsidies(start, months);
    check_reward(&subsidy_btc, &drivers.fees_btc)?;

    let hashrate_0 = hashrate_th_per_s(start.difficulty) / TH_PER_EH;
    let difficulty_at = |hashrate: f64| match line {
        Line::Path(_) => difficulty_of_hashrate(hashrate * TH_PER_EH),
        // Relative to the start, so that the start's own difficulty stays to the bit.
        Line::Mechanical | Line::Trend(_) => start.difficulty * (hashrate / hashrate_0),
    };
    let difficulty: Vec<f64> =
        drivers.hashrate_eh_per_s.iter().map(|&hashrate| difficulty_at(hashrate)).collect();
    let btc_per_th_day: Vec<f64> = (0..months)
        .map(|m| btc_per_th_day(difficulty[m], subsidy_btc[m], drivers.fees_btc[m]))
        .collect();
    let hashprice_usd_per_ph_day = btc_per_th_day
        .iter()
        .zip(&drivers.price_usd_per_btc)
        .map(|(&b, &price)| hashprice_usd_per_ph_day(b, price))
        .collect();
    let electricity_usd_per_th_day = if drivers.electricity_usd_per_th_day.is_empty() {
        let indices = drivers.j_per_th_index.iter().zip(&drivers.power_index);
        indices.map(|(&j, &power)| average_electricity_usd_per_th_day(j, power)).collect()
    } else {
        drivers.electricity_usd_per_th_day
    };
    Ok(NetworkPath {
        electricity_usd_per_th_day,
        start: start.month,
        height,
        subsidy_btc,
        fees_btc: drivers.fees_btc,
        difficulty,
        hashrate_eh_per_s: drivers.hashrate_eh_per_s,
        price_usd_per_btc: drivers.price_usd_per_btc,
        btc_per_th_day,
        hashprice_usd_per_ph_day,
        j_per_th_index: drivers.j_per_th_index,
        power_index: drivers.power_index,
    })
}

/// Every value that a projection cannot start from.
fn check(start: &Start, line: &Line, months: usize) -> Result<(), Error> {
    let mut faults = Faults::default();
    faults.check::<Months>("months", months as f64);
    start.check(&mut faults);
    match line {
        Line::Mechanical => {}
        Line::Trend(rates) => {
            for (name, rate_frac) in [
                ("hashrate_growth_frac", rates.hashrate_growth_frac),
                ("efficiency_frac", rates.efficiency_frac),
                ("power_growth_frac", rates.power_growth_frac),
                ("price_growth_frac", rates.price_growth_frac),
                ("fees_growth_frac", rates.fees_growth_frac),
            ] {
                faults.check::<AnnualRateFrac>(format!("trend.{name}"), rate_frac);
            }
        }
        Line::Path(columns) => check_columns(columns, months, &mut faults)?,
    }
    faults.into_result().map_err(Error::Invalid)
}

/// Lengths and values of given columns.
fn check_columns(columns: &PathColumns, months: usize, faults: &mut Faults) -> Result<(), Error> {
    for (column, values) in [
        ("hashrate_eh_per_s", &columns.hashrate_eh_per_s),
        ("price_usd_per_btc", &columns.price_usd_per_btc),
        ("fees_btc", &columns.fees_btc),
        ("j_per_th_index", &columns.j_per_th_index),
        ("power_index", &columns.power_index),
        ("electricity_usd_per_th_day", &columns.electricity_usd_per_th_day),
    ] {
        let one_cohort = column == "electricity_usd_per_th_day" && values.is_empty();
        if values.len() < months && !one_cohort {
            return Err(Error::LengthMismatch { column, expected: months, found: values.len() });
        }
        for (month, &value) in values.iter().take(months).enumerate() {
            let path = format!("path.{column}[{month}]");
            match column {
                "hashrate_eh_per_s" => faults.check::<EhPerS>(path, value),
                "price_usd_per_btc" => faults.check::<UsdPerBtc>(path, value),
                "fees_btc" => faults.check::<FeesBtcPerBlock>(path, value),
                // Where the grid pays for what it takes, electricity costs less than nothing.
                "electricity_usd_per_th_day" if value.is_finite() => {}
                _ if value > 0.0 && value.is_finite() => {}
                _ => faults.push(
                    Violation::new(Code::Range, path).value(value).allowed("allowed above 0"),
                ),
            }
        }
    }
    Ok(())
}

/// A month whose blocks pay nothing has no cost per bitcoin.
fn check_reward(subsidy_btc: &[f64], fees_btc: &[f64]) -> Result<(), Error> {
    let mut faults = Faults::default();
    for (month, (&subsidy, &fees)) in subsidy_btc.iter().zip(fees_btc).enumerate() {
        if subsidy == 0.0 && fees == 0.0 {
            let fault = Violation::new(Code::Conflict, format!("fees_btc[{month}]")).value(fees);
            faults.push(fault.unit("BTC/block").allowed("without a subsidy, fees above 0"));
        }
    }
    faults.into_result().map_err(Error::Invalid)
}

/// Everything as at the start.
fn constant(start: &Start, months: usize) -> PathColumns {
    PathColumns {
        hashrate_eh_per_s: vec![hashrate_th_per_s(start.difficulty) / TH_PER_EH; months],
        price_usd_per_btc: vec![start.price_usd_per_btc; months],
        fees_btc: vec![start.fees_btc_per_block; months],
        j_per_th_index: vec![1.0; months],
        power_index: vec![1.0; months],
        electricity_usd_per_th_day: Vec::new(),
    }
}

/// Everything at its yearly rate.
fn trend(start: &Start, rates: &TrendRates, months: usize) -> PathColumns {
    let grown = |start_value: f64, rate_frac: f64| -> Vec<f64> {
        (0..months)
            .map(|m| start_value * (1.0 + rate_frac).powf(m as f64 / MONTHS_PER_YEAR))
            .collect()
    };
    PathColumns {
        hashrate_eh_per_s: grown(
            hashrate_th_per_s(start.difficulty) / TH_PER_EH,
            rates.hashrate_growth_frac,
        ),
        price_usd_per_btc: grown(start.price_usd_per_btc, rates.price_growth_frac),
        fees_btc: grown(start.fees_btc_per_block, rates.fees_growth_frac),
        j_per_th_index: grown(1.0, rates.efficiency_frac),
        power_index: grown(1.0, rates.power_growth_frac),
        electricity_usd_per_th_day: Vec::new(),
    }
}

/// The caller's columns, cut to the months asked for.
fn given(columns: &PathColumns, months: usize) -> PathColumns {
    let cut = |column: &[f64]| column.iter().take(months).copied().collect();
    PathColumns {
        hashrate_eh_per_s: cut(&columns.hashrate_eh_per_s),
        price_usd_per_btc: cut(&columns.price_usd_per_btc),
        fees_btc: cut(&columns.fees_btc),
        j_per_th_index: cut(&columns.j_per_th_index),
        power_index: cut(&columns.power_index),
        electricity_usd_per_th_day: cut(&columns.electricity_usd_per_th_day),
    }
}

/// Heights at the start of the months and the mean subsidy of their blocks, BTC.
fn subsidies(start: &Start, months: usize) -> (Vec<f64>, Vec<f64>) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "144 is a count")]
    const BLOCKS_A_DAY: u64 = BLOCKS_PER_DAY as u64;
    let mut height = start.height;
    let mut month = start.month;
    let mut heights = Vec::with_capacity(months);
    let mut subsidies = Vec::with_capacity(months);
    for _ in 0..months {
        let blocks = u64::from(month.days()) * BLOCKS_A_DAY;
        #[expect(clippy::cast_precision_loss, reason = "heights stay below 2^53")]
        heights.push(height as f64);
        subsidies.push(mean_subsidy_btc(height, blocks));
        height += blocks;
        month = month.plus(1);
    }
    (heights, subsidies)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_DIFFICULTY: f64 = 150_839_487_445_890.5;

    fn start(fees_btc_per_block: f64) -> Start {
        Start::october_2025(fees_btc_per_block, 110_000.0)
    }

    #[test]
    fn halvings_fall_where_the_height_says() {
        // To the end of 2033: 99 months, halvings in April 2028 and in April 2032.
        let path = project(&start(0.0), &Line::Mechanical, 99).unwrap();
        assert_eq!(path.start.plus(98).to_string(), "2033-12");
        for (month, subsidy) in
            [(0, 3.125), (29, 3.125), (31, 1.562_5), (77, 1.562_5), (79, 0.781_25)]
        {
            assert_eq!(path.subsidy_btc[month], subsidy, "month {month}");
        }
        // October 2025 has 31 days; April 2028 begins at 917,311 + 144 * 913 days.
        assert_eq!(path.height[1], 917_311.0 + 31.0 * 144.0);
        assert_eq!(path.height[30], 917_311.0 + 144.0 * 913.0);
        let before = 1_050_000.0 - path.height[30];
        let blocks = 30.0 * 144.0;
        let expected = (before * 3.125 + (blocks - before) * 1.562_5) / blocks;
        assert!((path.subsidy_btc[30] - expected).abs() < 1e-15);
        assert_eq!(path.difficulty, vec![START_DIFFICULTY; 99]);
    }

    #[test]
    fn the_published_pair_comes_out() {
        for (fees, after) in [(0.0710, 180_001.224), (0.015, 183_125.198), (0.0, 184_000.0)] {
            let cost = project(&start(fees), &Line::Mechanical, 40)
                .unwrap()
                .anchored_usd_per_btc(92_000.0);
            assert_eq!(cost[29], 92_000.0);
            assert!((cost[31] - after).abs() < 1e-3, "{fees}: {}", cost[31]);
        }
    }

    #[test]
    fn trends_compound_by_the_year() {
        let path = project(&start(0.02), &Line::Trend(DEFAULT_TREND), 25).unwrap();
        let h_0 = path.hashrate_eh_per_s[0];
        assert!((path.hashrate_eh_per_s[24] / h_0 - 1.186 * 1.186).abs() < 1e-12);
        assert!((path.j_per_th_index[12] - 0.9).abs() < 1e-15);
        assert!((path.power_index[12] - 1.02).abs() < 1e-15);
        assert_eq!(path.price_usd_per_btc[24], 110_000.0);
        assert_eq!(path.difficulty[0], START_DIFFICULTY);
        // Hash rate up 18.6 %, J/TH down 10 %, power up 2 %: cost per bitcoin up 8.9 %.
        let cost = path.bank_usd_per_btc();
        assert!((cost[12] / cost[0] - 1.186 * 0.9 * 1.02).abs() < 1e-12);
        let average = path.average_usd_per_btc();
        assert!((cost[7] / average[7] - (32.1 * 50.0) / (20.7 * 45.0)).abs() < 1e-12);
    }

    #[test]
    fn a_trend_that_stands_still_is_the_mechanical_line() {
        let still = TrendRates {
            hashrate_growth_frac: 0.0,
            efficiency_frac: 0.0,
            power_growth_frac: 0.0,
            price_growth_frac: 0.0,
            fees_growth_frac: 0.0,
        };
        assert_eq!(
            project(&start(0.02), &Line::Trend(still), 60),
            project(&start(0.02), &Line::Mechanical, 60)
        );
    }

    #[test]
    fn a_given_path_is_followed() {
        let columns = PathColumns {
            hashrate_eh_per_s: vec![1_000.0, 1_100.0, 1_200.0],
            price_usd_per_btc: vec![100_000.0, 90_000.0, 80_000.0],
            fees_btc: vec![0.01, 0.02, 0.03],
            j_per_th_index: vec![1.0, 0.99, 0.98],
            power_index: vec![1.0, 1.01, 1.02],
            electricity_usd_per_th_day: Vec::new(),
        };
        let path = project(&start(0.5), &Line::Path(columns.clone()), 2).unwrap();
        assert_eq!(path.hashrate_eh_per_s, [1_000.0, 1_100.0]);
        let expected = 1_000.0 * 144.0 * 3.145 / 1_100.0e6 * 90_000.0;
        assert!((path.hashprice_usd_per_ph_day[1] - expected).abs() < 1e-9);
        assert_eq!(
            project(&start(0.5), &Line::Path(columns), 4),
            Err(Error::LengthMismatch { column: "hashrate_eh_per_s", expected: 4, found: 3 })
        );
    }

    #[test]
    fn all_faults_are_reported_together() {
        let bad = Start { difficulty: f64::NAN, fees_btc_per_block: -1.0, ..start(0.0) };
        let rates =
            TrendRates { efficiency_frac: -10.0, hashrate_growth_frac: 18.6, ..DEFAULT_TREND };
        let Err(Error::Invalid(faults)) = project(&bad, &Line::Trend(rates), 601) else {
            panic!("accepted")
        };
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "months",
                "start.difficulty",
                "start.fees_btc_per_block",
                "trend.hashrate_growth_frac",
                "trend.efficiency_frac"
            ]
        );
        let dry = Start { height: 7_000_000, ..start(0.0) };
        let Err(Error::Invalid(faults)) = project(&dry, &Line::Mechanical, 3) else {
            panic!("accepted")
        };
        assert_eq!(faults.len(), 3);
        assert_eq!(project(&start(0.0), &Line::Mechanical, 0).unwrap().height, [0.0; 0]);
    }
}
