//! The mirror of `[bitcoin.response]`: how the network answers, and the cohorts that make it up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{
    ContractUsdPerMwh, EhPerS, Frac, GrossMwPerYear, HurdleDays, JPerTh, LagPeriods, Months,
    Overhead,
};

use super::edge::{FirstOfMonth, Id, N, Q};

/// How the network answers to prices, halvings and conversions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Payback below which miners buy new machines.
    pub hurdle_days: Q<HurdleDays>,
    /// Share of the distance to the hash rate of free entry that a month closes.
    pub adjustment_frac: Q<Frac>,
    /// Most new hash rate that a month can bring, as a share of what runs.
    pub supply_frac: Q<Frac>,
    /// Share of the new machine's J/TH that a year takes off.
    pub efficiency_gain_frac: Q<Frac>,
    /// Periods of 2,016 blocks in which machines that lose money stop.
    pub exit_lag_periods: Q<LagPeriods>,
    /// Periods in which they come back.
    pub return_lag_periods: Q<LagPeriods>,
    /// Age up to which no machine is retired.
    pub retire_from_months: N<Months>,
    /// Age at which all are.
    pub retire_until_months: N<Months>,
    /// Length of power contracts: at its end a cohort pays the market's price.
    pub contract_months: N<Months>,
    /// Which machines make room for computing first.
    pub conversion_order: ConversionOrder,
    /// Mining power of the world that turns to computing.
    pub conversion_gross_mw_per_year: Q<GrossMwPerYear>,
    /// Months from the valuation date in which it does.
    pub conversion_months: N<Months>,
    /// The same as a path, in the place of the two keys above: a rate holds until the next entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversion: Vec<Conversion>,
    /// Events that stop machines whatever they earn, such as a ban.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outage: Vec<Outage>,
    /// CSV file with the cohorts, one row a cohort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_file: Option<String>,
    /// The network's machines; derived from the built-in table of machines where left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohort: Vec<CohortRow>,
}

/// Which machines make room for computing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversionOrder {
    /// Those with the cheapest power.
    BestSited,
    /// Those with the most J/TH at the wall.
    WorstMachines,
    /// All alike.
    ProRata,
}

/// Mining power of the world that turns to computing, from a month on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// First month.
    pub from: FirstOfMonth,
    /// Rate from then on.
    pub gross_mw_per_year: Q<GrossMwPerYear>,
}

/// An event that stops a share of all machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// First month.
    pub from: FirstOfMonth,
    /// Last month.
    pub until: FirstOfMonth,
    /// Share of the machines that cannot run.
    pub lost_frac: Q<Frac>,
}

/// Machines of one efficiency at one power price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortRow {
    /// Name, once in the list.
    pub id: Id,
    /// Hash rate installed; all cohorts are scaled together so that those that pay make up the
    /// network's.
    pub installed_eh_per_s: Q<EhPerS>,
    /// Efficiency of the machine.
    pub j_per_th: Q<JPerTh>,
    /// Power price.
    pub usd_per_mwh: Q<ContractUsdPerMwh>,
    /// Site draw per machine draw.
    pub overhead: Q<Overhead>,
    /// Age of the machines.
    pub age_months: N<Months>,
    /// Months until the power contract renews.
    pub contract_months: N<Months>,
}
