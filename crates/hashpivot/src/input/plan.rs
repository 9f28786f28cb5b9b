//! The plan file: one struct for each table, one field for each key.
//!
//! These structs mirror the file and compute nothing. Their doc comments become the descriptions
//! of the published schema; fields that have a default are filled in before a plan is built.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{
    AnnualRateFrac, Difficulty, EhPerS, FeeFrac, FeesBtcPerBlock, Frac, GrossMw, Height, JPerTh,
    Months, Overhead, PowerW, ThPerS, UptimeFrac, Usd, UsdPerBtc, UsdPerMw, UsdPerTh, UsdPerThDay,
};

use super::contract::{CoincidentPeak, DemandCharge, Obligation, Program, TakeOrPay, Tariff};
use super::edge::{FirstOfMonth, Id, N, Q};
use super::financing::Financing;
use super::offer::Offer;
use super::own::{HoursPerYear, IdleW, PriceIndex, SwitchingH};
use super::response::Response;

/// A plan: sites, what may be done with them, and the world they stand in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    pub schema: SchemaVersion,
    /// Title shown in reports.
    pub name: String,
    /// When and at what rate money is valued.
    pub valuation: Valuation,
    /// The Bitcoin network today and its path.
    pub bitcoin: Bitcoin,
    /// What machines cost, new and used.
    pub machine_market: MachineMarket,
    /// Capital that may be spent; without this table there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capital: Option<Capital>,
    /// With whose money the plan is built; without this table values are the project's, without debt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub financing: Option<Financing>,
    /// Tenants whose demand is limited, or who stand behind several offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenant: Vec<Tenant>,
    /// Regions whose offers are limited together: what a grid or a counterparty may carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<Region>,
    /// How much can be built at once; without this table there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub construction: Option<Construction>,
    /// The sites.
    #[schemars(length(min = 1))]
    pub site: Vec<Site>,
}

/// Version of the plan format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SchemaVersion {
    /// The first format.
    #[serde(rename = "hashpivot-plan/1")]
    V1,
}

/// When and at what rate money is valued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Valuation {
    /// Valuation date: the first of a month, on which month 0 begins.
    pub date: FirstOfMonth,
    /// Months that are valued.
    pub horizon_months: N<Months>,
    /// Nominal discount rate, annual effective.
    pub discount_rate_frac: Q<AnnualRateFrac>,
    /// Discount rates of single uses, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_rate_frac_by_use: Option<RateByUse>,
    /// Tax rate on the profit of a site.
    pub tax_rate_frac: Q<Frac>,
}

/// Discount rates of single uses: nominal, annual effective, as fractions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateByUse {
    /// Rate of what is mined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mining: Option<Q<AnnualRateFrac>>,
    /// Rate of colocation leases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colocation: Option<Q<AnnualRateFrac>>,
    /// Rate of GPU clouds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_cloud: Option<Q<AnnualRateFrac>>,
}

/// The Bitcoin network at the valuation date and its path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bitcoin {
    /// Height of the chain at the valuation date.
    pub height: N<Height>,
    /// Difficulty at the valuation date; give this or the hash rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<Q<Difficulty>>,
    /// Hash rate of the network at the valuation date; give this, the difficulty, or both if they
    /// agree within 10 %: the difficulty counts then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_eh_per_s: Option<Q<EhPerS>>,
    /// Subsidy of a block at the valuation date. It follows from the height; given, it must agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy_btc_per_block: Option<Q<FeesBtcPerBlock>>,
    /// Fees that a block collects.
    pub fees_btc_per_block: Q<FeesBtcPerBlock>,
    /// Price of a bitcoin at the valuation date.
    pub price_usd_per_btc: Q<UsdPerBtc>,
    /// Pool and firmware fee as a share of the reward.
    pub pool_fee_frac: Q<FeeFrac>,
    /// How the network moves on.
    pub projection: Projection,
    /// Whether the megawatts that this plan takes out of mining move the network; the projection is
    /// `response` then.
    pub network_feedback: bool,
    /// Rates of the trend; those of price, fees and power also move the response.
    pub trend: Trend,
    /// How the network answers.
    pub response: Response,
    /// CSV file with the path by month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_file: Option<String>,
    /// The path by month, one row a month from the valuation date to the horizon. The projection
    /// `path` follows it; `response` takes price, fees and power from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathMonth>,
}

/// How the network moves on after the valuation date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// Everything as today but the subsidy.
    Mechanical,
    /// Steady yearly growth.
    Trend,
    /// The network answers: machines come, stop, retire and leave.
    Response,
    /// Month by month, as given.
    Path,
}

/// Yearly rates of the trend, as fractions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trend {
    /// Growth of the network's hash rate.
    pub hashrate_growth_frac: Q<AnnualRateFrac>,
    /// Growth of the network's J/TH; negative when machines get better.
    pub efficiency_growth_frac: Q<AnnualRateFrac>,
    /// Growth of power prices.
    pub power_growth_frac: Q<AnnualRateFrac>,
    /// Growth of the price of a bitcoin.
    pub price_growth_frac: Q<AnnualRateFrac>,
    /// Growth of fees.
    pub fees_growth_frac: Q<AnnualRateFrac>,
}

/// One month of a given path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathMonth {
    /// The month, by its first day.
    pub month: FirstOfMonth,
    /// Price of a bitcoin.
    pub price_usd_per_btc: Q<UsdPerBtc>,
    /// Hash rate of the network; the projection `path` needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_eh_per_s: Option<Q<EhPerS>>,
    /// Fees that a block collects; the plan's own where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees_btc_per_block: Option<Q<FeesBtcPerBlock>>,
    /// Power prices as a multiple of the contract's; 1 where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_index: Option<Q<PriceIndex>>,
    /// The network's J/TH as a multiple of today's; 1 where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub j_per_th_index: Option<Q<PriceIndex>>,
}

/// What machines cost, new and used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MachineMarket {
    /// Share by which all machine prices fall in a year.
    pub decline_frac: Q<Frac>,
    /// Efficiency of the best new machine at the valuation date.
    pub new_j_per_th: Q<JPerTh>,
    /// Price of that machine.
    pub new_usd_per_th: Q<UsdPerTh>,
    /// Life of a new machine.
    pub new_life_months: N<Months>,
    /// Months within which a replacement must pay back under the policy `refresh`.
    pub refresh_payback_months: N<Months>,
    /// Months over which tax law depreciates machines.
    pub tax_life_months: N<Months>,
    /// Prices of used machines by efficiency, J/TH rising; beyond the last band they are worth
    /// nothing. Without bands the built-in ones hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub band: Vec<PriceBand>,
}

/// Price of used machines below an efficiency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBand {
    /// The band holds machines below this.
    pub below_j_per_th: Q<JPerTh>,
    /// What they fetch.
    pub usd_per_th: Q<UsdPerTh>,
}

/// Capital that may be spent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capital {
    /// Additions, each at the start of its month; what is not spent carries over.
    #[schemars(length(min = 1))]
    pub available_usd: Vec<CapitalEntry>,
}

/// An addition to the capital.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapitalEntry {
    /// Month from which it may be spent.
    pub from: FirstOfMonth,
    /// Amount.
    pub usd: Q<Usd>,
}

/// A tenant whose demand is limited over all sites: give one of the two caps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Id by which offers name it.
    pub id: Id,
    /// Name shown in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Most that it takes, counted at the meter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_gross_mw: Option<Q<GrossMw>>,
    /// Most that it takes, counted in IT load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_critical_mw: Option<Q<units::CriticalMw>>,
}

/// A region whose offers are limited together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Id by which results name it.
    pub id: Id,
    /// Most that all offers taken at its sites may draw, counted at the meter.
    pub cap_gross_mw: Q<GrossMw>,
    /// Its sites, by id.
    #[schemars(length(min = 1))]
    pub sites: Vec<Id>,
}

/// Construction over all sites.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Construction {
    /// Most that may be under construction at once, as steps by date; before the first there is no
    /// limit.
    #[schemars(length(min = 1))]
    pub gross_mw_max: Vec<Crews>,
}

/// What crews can build from a month on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crews {
    /// First month.
    pub from: FirstOfMonth,
    /// Power of everything under construction, counted at the meter.
    pub mw: Q<GrossMw>,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Id by which addresses name it.
    pub id: Id,
    /// Name shown in reports; the id where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Power that the interconnection has approved.
    pub approved_gross_mw: Q<GrossMw>,
    /// Power that is energised, as steps by date.
    #[schemars(length(min = 1))]
    pub energised_gross_mw: Vec<Energised>,
    /// Site draw per machine draw while mining: fans, transformers, pumps.
    pub mining_overhead: Q<Overhead>,
    /// Share of the approved power that must stay curtailable.
    pub curtailable_min_frac: Q<Frac>,
    /// What a MWh costs.
    pub tariff: Tariff,
    /// Zone of the clock by which the contract reckons, an IANA name such as `America/Chicago`.
    pub time_zone: String,
    /// Charge on the month's highest draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand_charge: Option<DemandCharge>,
    /// Charge on the draw in the intervals in which the grid peaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coincident_peak: Option<CoincidentPeak>,
    /// Energy that is paid for whether it is used or not; `dispatch` looks at it, `run` does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take_or_pay: Option<TakeOrPay>,
    /// Most hours a year in which machines may be off; `dispatch` looks at it, `run` does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curtailed_hours_per_year_max: Option<Q<HoursPerYear>>,
    /// Demand response and reserves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub program: Vec<Program>,
    /// Levels that the draw has to keep to for some time; `dispatch` looks at them, `run` does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligation: Vec<Obligation>,
    /// Ways of mining on that may be chosen.
    #[schemars(length(min = 1))]
    pub mining_policies: Vec<MiningPolicy>,
    /// Price at which the site can be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Sale>,
    /// CSV file with more machines: the keys of `[[site.machine]]` as columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_file: Option<String>,
    /// The machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machine: Vec<Machine>,
    /// Offers for high-performance computing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offer: Vec<Offer>,
}

/// Power energised from a month on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Energised {
    /// First month.
    pub from: FirstOfMonth,
    /// Power energised in all, at the meter.
    pub mw: Q<GrossMw>,
}

/// A way of mining on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MiningPolicy {
    /// No new machines.
    RunOff,
    /// Machines are replaced when the new one pays back soon enough.
    Refresh,
    /// Capital keeps the share of the network's hash rate.
    HoldShare,
}

/// Sale of the whole site; its machines are sold apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    /// Price per approved MW at the meter.
    pub usd_per_gross_mw: Q<UsdPerMw>,
    /// Last month in which the price is offered.
    pub until: FirstOfMonth,
}

/// Machines of one kind: a model of the built-in table, or hash rate and power.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Model of the built-in table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Name of machines that are given by hash rate and power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Hash rate of one machine, where no model is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hashrate_th_per_s: Option<Q<ThPerS>>,
    /// Draw of one machine at the wall, where no model is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_w: Option<Q<PowerW>>,
    /// Number of machines.
    pub units: N<units::Units>,
    /// Share of time that they run when power is there.
    pub uptime_frac: Q<UptimeFrac>,
    /// Hosting, repair and site labour per running TH-day.
    pub variable_usd_per_th_day: Q<UsdPerThDay>,
    /// Overheads per installed TH-day, cash only.
    pub fixed_usd_per_th_day: Q<UsdPerThDay>,
    /// Curtailment credits per running TH-day.
    pub credits_usd_per_th_day: Q<UsdPerThDay>,
    /// Months from purchase to the end of their life.
    pub life_months: N<Months>,
    /// Months since purchase at the valuation date.
    pub age_months: N<Months>,
    /// Tax basis of all of them at the valuation date.
    pub tax_basis_usd: Q<Usd>,
    /// Built-in ladder of settings, by model: the machine may run at any of them that draws no more
    /// than its rated power. Without a ladder it runs as rated or is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<String>,
    /// CSV file with settings of your own: the keys of `point` as columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point_file: Option<String>,
    /// Settings of your own, by rising power.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub point: Vec<LadderPoint>,
    /// Draw of one machine when it is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_w: Option<Q<IdleW>>,
    /// What a start costs and commits to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Starts>,
    /// How it is cooled: with a temperature series, `dispatch` derates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling: Option<Cooling>,
}

/// A setting of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LadderPoint {
    /// Hash rate.
    pub hashrate_th_per_s: Q<ThPerS>,
    /// Draw at the wall.
    pub power_w: Q<PowerW>,
}

/// What a start of one machine costs and commits to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Starts {
    /// Work and wear of a start.
    pub restart_usd: Q<Usd>,
    /// Share of starts after which a repair is due.
    pub failure_frac: Q<Frac>,
    /// What that repair costs.
    pub repair_usd: Q<Usd>,
    /// Least time on after a start.
    pub min_run_h: Q<SwitchingH>,
    /// Least time off.
    pub min_off_h: Q<SwitchingH>,
    /// Time from a start until the first hash.
    pub ramp_h: Q<SwitchingH>,
}

/// How a machine is cooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cooling {
    /// By outside air.
    Air,
    /// By a water loop with dry coolers.
    Hydro,
    /// In a bath.
    Immersion,
}
