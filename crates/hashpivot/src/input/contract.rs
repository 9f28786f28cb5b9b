//! The power tables of a plan file: tariffs, charges, programmes. Mirror structs, like
//! [`super::plan`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{ContractUsdPerMwh, Frac, GrossMw};

use super::edge::{Id, N, Q};
use super::own::{ClockHour, MonthNumber, MwhPerMonth, PeakUsdPerKw, Seed, UsdPerMwMonth};

/// What a MWh costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tariff {
    /// One price for every hour.
    Flat(FlatTariff),
    /// Rates by month, weekday or weekend, and clock hour.
    Tou(TouTariff),
    /// A market price of the hour with what is added to it.
    Index(IndexTariff),
    /// A block bought ahead; the rest settles at a market price of the hour.
    BlockIndex(BlockIndexTariff),
}

/// A market price of the hour with what is added to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexTariff {
    /// CSV file of market prices, hourly to 5-minute; or `synthetic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// CSV file of the prices known a day ahead, for the rule that decides by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_ahead_file: Option<String>,
    /// How the files are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<SeriesFormat>,
    /// Made-up prices with the habits of a market, a year from the valuation date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synthetic: Option<Synthetic>,
    /// Share of the delivered energy that is lost on the way and paid for as well.
    pub losses_frac: Q<Frac>,
    /// Wires and riders.
    pub wires_usd_per_mwh: Q<units::SpotUsdPerMwh>,
    /// The retailer's margin.
    pub retail_usd_per_mwh: Q<units::SpotUsdPerMwh>,
}

/// A block bought ahead; what is used above or below it settles at the index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockIndexTariff {
    /// Size of the block at the meter.
    pub block_gross_mw: Q<GrossMw>,
    /// Its price.
    pub block_usd_per_mwh: Q<ContractUsdPerMwh>,
    /// Where the rest settles.
    pub index: IndexTariff,
}

/// How a file of a price or temperature series is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesFormat {
    /// Which end of its interval a stamp names; a column called `interval_start` or
    /// `interval_end` says it as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Zone of stamps without an offset, an IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What is done where intervals are missing; without a rule the file is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Gaps>,
    /// Name of the column of stamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_column: Option<String>,
    /// Name of the column of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_column: Option<String>,
}

/// Which end of its interval a stamp names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The first instant.
    Start,
    /// The last one.
    End,
}

/// What is done where a series has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gaps {
    /// The file is refused.
    Refuse,
    /// The value before holds on.
    Previous,
    /// A straight line between both sides.
    Linear,
    /// The value 24 hours before.
    DayBefore,
}

/// Made-up prices with the habits of a market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Synthetic {
    /// Level of the prices without spikes.
    pub mean_usd_per_mwh: Q<ContractUsdPerMwh>,
    /// Seed: another one, another year.
    pub seed: N<Seed>,
}

/// Charge on the month's highest draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandCharge {
    /// The charge.
    pub usd_per_kw_month: Q<PeakUsdPerKw>,
    /// Share of the year's highest draw that every month is billed for at least; `dispatch` looks
    /// at it, `run` bills each month's own.
    pub ratchet_frac: Q<Frac>,
}

/// Charge on the draw in the intervals in which the grid peaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoincidentPeak {
    /// Which peaks count.
    pub rule: PeakRule,
    /// The charge, a year, on the average draw in them.
    pub usd_per_kw_year: Q<PeakUsdPerKw>,
    /// Instants of the peaks, such as `2024-08-20T22:00Z`.
    #[schemars(length(min = 1))]
    pub peaks: Vec<String>,
}

/// Which peaks of the grid count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeakRule {
    /// One in each of June to September.
    FourSummer,
    /// One in each month.
    TwelveMonths,
}

/// Energy that is paid for whether it is used or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeOrPay {
    /// Energy of a month.
    pub mwh_per_month: Q<MwhPerMonth>,
    /// Price of what is not used.
    pub usd_per_mwh: Q<ContractUsdPerMwh>,
}

/// An agreement to do something with the load in certain hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Id by which results name it.
    pub id: Id,
    /// What enrolled load has to do in its hours.
    pub duty: Duty,
    /// Share of the load that is enrolled.
    pub enrolled_frac: Q<Frac>,
    /// Income per enrolled MW and month, whatever happens.
    pub usd_per_mw_month: Q<UsdPerMwMonth>,
    /// Income per MWh of enrolled load that does its duty.
    pub credit_usd_per_mwh: Q<units::SpotUsdPerMwh>,
    /// Penalty per MWh of enrolled load that does not.
    pub penalty_usd_per_mwh: Q<units::SpotUsdPerMwh>,
    /// Its hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Window>,
}

/// What enrolled load has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Be off when called.
    Curtail,
    /// Be on, so that it can be dropped.
    Hold,
}

/// A stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// First instant, such as `2024-08-20T20:00Z`.
    pub from: String,
    /// First instant after it.
    pub to: String,
}

/// A level that the draw has to keep to for some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Obligation {
    /// First instant.
    pub from: String,
    /// First instant after it.
    pub to: String,
    /// Draw that it may not exceed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_gross_mw: Option<Q<GrossMw>>,
    /// Draw that it may not fall below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_gross_mw: Option<Q<GrossMw>>,
}

/// One price for every hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlatTariff {
    /// The price.
    pub usd_per_mwh: Q<ContractUsdPerMwh>,
}

/// Rates by month, weekday or weekend, and clock hour: every hour is priced once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TouTariff {
    /// Price of the hours that no rate covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_usd_per_mwh: Option<Q<ContractUsdPerMwh>>,
    /// The rates.
    #[schemars(length(min = 1))]
    pub rate: Vec<Rate>,
    /// Days that are priced like weekends, such as `2027-12-25`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
}

/// One line of a time-of-use contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Months that it covers, January = 1.
    #[schemars(length(min = 1))]
    pub months: Vec<N<MonthNumber>>,
    /// Days that it covers.
    pub days: Days,
    /// First clock hour, local time.
    pub from_hour: N<ClockHour>,
    /// Clock hour before which it ends.
    pub to_hour: N<ClockHour>,
    /// The price.
    pub usd_per_mwh: Q<ContractUsdPerMwh>,
}

/// The days of a week that a rate covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Days {
    /// Every day.
    All,
    /// Monday to Friday.
    Weekday,
    /// Saturday and Sunday.
    Weekend,
}
