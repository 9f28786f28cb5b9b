//! What `dispatch` and `strikes` answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::About;

/// Answer of `dispatch`: a site hour by hour.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DispatchResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Site of the plan; null for machine classes from a file.
    pub site: Option<String>,
    /// Kind of tariff behind the prices.
    pub tariff: &'static str,
    /// The prices that were paid.
    pub prices: SeriesAbout,
    /// The prices known a day ahead, where there are any.
    pub day_ahead: Option<SeriesAbout>,
    /// The temperatures, where they matter.
    pub temperature: Option<SeriesAbout>,
    /// Hashprice, the same in every interval.
    pub hashprice_usd_per_ph_day: f64,
    /// Price of bitcoin.
    pub price_usd_per_btc: f64,
    /// One row a machine class.
    pub classes: Vec<DispatchClass>,
    /// Up to which price of power each setting of each class pays, power rising; empty where machine
    /// classes come from a file and no rules are asked for.
    pub strikes: Vec<StrikeRow>,
    /// All classes together, charges on the site's draw taken off.
    pub total: DispatchTotals,
    /// Months as they are billed on the site's highest draw; empty without such a charge.
    pub months: Vec<DispatchMonth>,
    /// Average price of energy and share of the draw by month and hour of the local clock; empty
    /// where machine classes come from a file.
    pub heat_map: Vec<HeatCell>,
    /// Prices and profit by rank, dearest interval first; empty where machine classes come from a
    /// file.
    pub duration: Vec<DurationPoint>,
    /// The same site with a firm load; empty where machine classes come from a file.
    pub firm: Vec<FirmRow>,
    /// What is allowed but looks odd.
    pub warnings: Vec<String>,
}

/// A series as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SeriesAbout {
    /// File, or what else it comes from.
    pub source: String,
    /// Start of the first interval, UTC.
    pub from: String,
    /// End of the last interval, UTC.
    pub to: String,
    /// Length of an interval.
    pub interval_minutes: i64,
    /// Intervals.
    pub intervals: usize,
    /// Which end of its interval a stamp names: `start`, `end`; null where there are no stamps.
    pub label: Option<&'static str>,
    /// Zone of stamps without an offset.
    pub zone: Option<String>,
    /// What was done where intervals are missing.
    pub gap_rule: Option<&'static str>,
    /// Intervals that were filled by that rule.
    pub filled_intervals: usize,
}

/// A machine class over the intervals, all its machines together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DispatchClass {
    /// Machine.
    pub machine: String,
    /// Number of machines.
    pub units: f64,
    /// Profit when every interval is taken at its best, all prices known.
    pub profit_usd: f64,
    /// Bitcoin received.
    pub btc: f64,
    /// Energy used.
    pub mwh: f64,
    /// Cost of that energy.
    pub power_usd: f64,
    /// What a MWh used cost; null if none was used.
    pub effective_usd_per_mwh: Option<f64>,
    /// Hours of one machine off and at each setting, off first.
    pub hours: Vec<f64>,
    /// Hours of one machine that it ran.
    pub hours_run: f64,
    /// Starts of one machine.
    pub starts: f64,
    /// Setting that is best when it is never changed, from 1.
    pub always_on_setting: usize,
    /// Value over that setting, by what one is free to do.
    pub flexibility_usd: FlexibilityUsd,
    /// Rules beside the best.
    pub rules: Vec<RuleRow>,
}

/// Value over the best setting that is never changed, by source.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FlexibilityUsd {
    /// Being off when power is dear.
    pub off_usd: f64,
    /// Changing the setting from interval to interval.
    pub settings_usd: f64,
    /// Staying out of the grid's peaks.
    pub peaks_usd: f64,
    /// Heeding programmes.
    pub programs_usd: f64,
    /// Charges on the site's draw: what meeting them together saves; in the total alone.
    pub charges_usd: f64,
    /// All of it.
    pub total_usd: f64,
}

/// A rule that operators use, settled at the prices that came.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RuleRow {
    /// `always_on`, `day_ahead`, `two_strikes`.
    pub rule: &'static str,
    /// Profit.
    pub profit_usd: f64,
    /// What it leaves of the best.
    pub left_usd: f64,
    /// Bitcoin received.
    pub btc: f64,
    /// Energy used.
    pub mwh: f64,
    /// Hours of one machine that it ran.
    pub hours_run: f64,
    /// Starts of one machine.
    pub starts: f64,
    /// What a MWh used cost; null if none was used.
    pub effective_usd_per_mwh: Option<f64>,
}

/// All classes together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DispatchTotals {
    /// Profit, charges on the site's draw taken off.
    pub profit_usd: f64,
    /// Bitcoin received.
    pub btc: f64,
    /// Energy used.
    pub mwh: f64,
    /// Cost of that energy.
    pub power_usd: f64,
    /// Charge on the highest draws.
    pub demand_usd: f64,
    /// Paid for energy that was not used.
    pub unused_usd: f64,
    /// Receipts whatever is drawn: the block against the market, programmes.
    pub standing_usd: f64,
    /// What a MWh used cost, charges and receipts included; null if none was used.
    pub effective_usd_per_mwh: Option<f64>,
    /// Average price of a load that never changes.
    pub average_usd_per_mwh: f64,
    /// Hours that machines ran, summed over classes.
    pub hours_run: f64,
    /// Hours of the series.
    pub hours_of_series: f64,
    /// Value of being free to choose, by source.
    pub flexibility_usd: FlexibilityUsd,
}

/// A month as it is billed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DispatchMonth {
    /// Month by the contract's clock.
    pub month: String,
    /// Highest draw.
    pub peak_gross_mw: f64,
    /// Charge on it.
    pub demand_usd: f64,
    /// Paid for energy that was not used.
    pub unused_usd: f64,
}

/// An hour of the local clock in a month.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HeatCell {
    /// Month, January = 1.
    pub month_of_year: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Average price of energy.
    pub average_usd_per_mwh: f64,
    /// Share of the full draw in use.
    pub draw_frac: f64,
}

/// A point of the duration curve.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DurationPoint {
    /// Share of the intervals with a higher price.
    pub share_frac: f64,
    /// Price.
    pub price_usd_per_mwh: f64,
}

/// The same site with a firm load.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FirmRow {
    /// Share of the load that may be curtailed in the dearest hours.
    pub curtailable_frac: f64,
    /// What a MWh used costs, peaks and charges on the draw included.
    pub firm_usd_per_mwh: f64,
    /// What curtailing saves per MW at the meter and year.
    pub saved_usd_per_mw_year: f64,
    /// What a lease has to bring on top to make up for the flexibility of mining that it takes away,
    /// per kW at the meter.
    pub lease_must_add_usd_per_kw_month: f64,
}

/// Answer of `strikes`: up to which price of power each setting pays.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StrikesResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Hashprice.
    pub hashprice_usd_per_ph_day: f64,
    /// Site draw per machine draw.
    pub overhead: f64,
    /// Pool and firmware fee as a share of the reward.
    pub pool_fee_frac: f64,
    /// One row a setting, machines in the order asked for, power rising.
    pub rows: Vec<StrikeRow>,
}

/// A setting of a machine and its strike prices.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StrikeRow {
    /// Machine.
    pub machine: String,
    /// Name of the setting.
    pub mode: String,
    /// Hash rate.
    pub hashrate_th_per_s: f64,
    /// Draw of the machine.
    pub power_w: f64,
    /// Efficiency at the setting.
    pub j_per_th: f64,
    /// Power price at which the setting earns nothing: what on-or-off tools know.
    pub average_strike_usd_per_mwh: f64,
    /// Efficiency of the step from the setting below.
    pub step_j_per_th: f64,
    /// Power price up to which the setting beats the one below.
    pub step_strike_usd_per_mwh: f64,
    /// Whether the setting can be best at some price; the others lose to a mix of two.
    pub on_hull: bool,
    /// Power price up to which it is the best one: against the next lower that can be best; null for
    /// settings that cannot.
    pub best_below_usd_per_mwh: Option<f64>,
}
