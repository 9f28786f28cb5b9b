//! What each route takes beside a plan: the keys of the command, one struct a route. Schema and
//! reader come from the same struct.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::dispatch::DEFAULT_CURTAILED_HOURS_PER_YEAR;
use crate::halving::{PUBLISHED_PAIR_FEES_BTC, PUBLISHED_START_USD_PER_BTC};
use crate::input::contract::{Gaps, Label};

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// `run`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RunKeys {
    /// The decision and its values alone, without what would change it.
    pub(crate) quick: bool,
}

/// `explain`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExplainKeys {
    /// Correlation of the signatures of unsigned offers.
    pub(crate) signing_correlation: Option<f64>,
}

/// What `frontier` moves.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FrontierName {
    /// Capital.
    Budget,
    /// What a tenant takes.
    Tenant,
    /// The power of a site.
    Mw,
}

/// `frontier`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrontierKeys {
    /// What is moved.
    pub(crate) of: FrontierName,
    /// Id of the tenant or of the site; the first one if left out.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// Which addition of capital is moved, counted from 0.
    #[serde(default)]
    #[schemars(range(max = 1000))]
    pub(crate) entry: usize,
    /// Least amount, in USD or MW.
    #[serde(default)]
    pub(crate) from: Option<f64>,
    /// Largest amount, in USD or MW; twice what the plan has if left out.
    #[serde(default)]
    pub(crate) to: Option<f64>,
    /// Amounts at which whole plans are decided before steps are narrowed down.
    #[serde(default = "frontier_points")]
    #[schemars(range(min = 2, max = 1000))]
    pub(crate) points: usize,
}

const fn frontier_points() -> usize {
    21
}

/// `cost`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CostKeys {
    /// Models of the built-in table; the plan's machines if left out.
    pub(crate) model: Vec<String>,
    /// Power prices in USD/MWh.
    #[schemars(extend("x-unit" = "USD/MWh"))]
    pub(crate) usd_per_mwh: Vec<f64>,
}

/// `halving`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HalvingKeys {
    /// Cost to mine before the halving.
    #[schemars(extend("x-unit" = "USD/BTC"))]
    pub(crate) start_usd_per_btc: f64,
    /// Fees per block; a plan has its own.
    #[schemars(extend("x-unit" = "BTC"))]
    pub(crate) fees_btc: f64,
    /// Last month of the path, such as 2033-12.
    pub(crate) until: String,
    /// Models of the built-in table whose end is asked for.
    pub(crate) model: Vec<String>,
    /// Power price of those models.
    #[schemars(extend("x-unit" = "USD/MWh"))]
    pub(crate) usd_per_mwh: f64,
}

impl Default for HalvingKeys {
    fn default() -> Self {
        Self {
            start_usd_per_btc: PUBLISHED_START_USD_PER_BTC,
            fees_btc: PUBLISHED_PAIR_FEES_BTC,
            until: "2033-12".to_owned(),
            model: Vec::new(),
            usd_per_mwh: 50.0,
        }
    }
}

/// `strikes`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StrikesKeys {
    /// Models with a built-in ladder, or of the table of machines.
    pub(crate) model: Vec<String>,
    /// Hashprice.
    #[schemars(extend("x-unit" = "USD/PH/day"))]
    pub(crate) hashprice: Option<f64>,
    /// Site draw per machine draw.
    pub(crate) overhead: f64,
    /// Pool and firmware fee as a fraction.
    pub(crate) fee: f64,
}

impl Default for StrikesKeys {
    fn default() -> Self {
        Self { model: Vec::new(), hashprice: None, overhead: 1.0, fee: 0.0 }
    }
}

/// `lease`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeaseKeys {
    /// Critical IT power.
    #[schemars(extend("x-unit" = "MW"))]
    pub(crate) critical_mw: f64,
    /// Base term in whole years.
    #[schemars(range(max = 1000))]
    pub(crate) years: u32,
    /// Value of the base term: the first year's rent is solved for. Either this or the rent.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) value_usd: Option<f64>,
    /// First year's rent: the value is computed.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD/kW-month"))]
    pub(crate) rent_usd_per_kw_month: Option<f64>,
    /// Yearly escalator as a fraction.
    #[serde(default)]
    pub(crate) escalator: f64,
    /// Years of each renewal at the tenant's option.
    #[serde(default)]
    pub(crate) renewals: Vec<u32>,
    /// Months without rent at the start.
    #[serde(default)]
    #[schemars(range(max = 12000))]
    pub(crate) free_months: u32,
    /// Share of the full rent in each of the first months.
    #[serde(default)]
    pub(crate) ramp: Vec<f64>,
    /// NOI margin as a fraction: adds NOI to the answer.
    #[serde(default)]
    pub(crate) noi_margin: Option<f64>,
    /// Capital per critical MW: with the margin, adds yield on cost.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD/MW"))]
    pub(crate) capex_usd_per_mw: Option<f64>,
}

/// `gpu`: three independent figures.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GpuKeys {
    /// Critical IT power.
    #[schemars(extend("x-unit" = "MW"))]
    pub(crate) critical_mw: Option<f64>,
    /// Number of GPUs.
    pub(crate) gpus: Option<f64>,
    /// Revenue a year.
    #[schemars(extend("x-unit" = "USD/year"))]
    pub(crate) usd_per_year: Option<f64>,
    /// Critical power per GPU.
    #[schemars(extend("x-unit" = "kW"))]
    pub(crate) kw_per_gpu: Option<f64>,
    /// Revenue per GPU a year.
    #[schemars(extend("x-unit" = "USD/year"))]
    pub(crate) usd_per_gpu_year: Option<f64>,
    /// Price of a GPU-hour, over 8,760 hours.
    #[schemars(extend("x-unit" = "USD/h"))]
    pub(crate) usd_per_gpu_h: Option<f64>,
    /// Revenue per critical MW a year.
    #[schemars(extend("x-unit" = "USD/MW-year"))]
    pub(crate) usd_per_mw_year: Option<f64>,
}

/// `bridge`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BridgeKeys {
    /// Bitcoin mined in the period.
    #[schemars(extend("x-unit" = "BTC"))]
    pub(crate) btc_mined: f64,
    /// Cost of power.
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) power_usd: f64,
    /// Other direct cost.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) other_direct_usd: f64,
    /// Power credits, as a positive number.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) credits_usd: f64,
    /// Cash SG&A.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) cash_sga_usd: f64,
    /// Interest.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) interest_usd: f64,
    /// Income tax; negative for an income.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) tax_usd: f64,
    /// Depreciation.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) depreciation_usd: f64,
    /// Stock pay.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) stock_pay_usd: f64,
}

/// `companies`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CompaniesKeys {
    /// Prices of shares by company, USD.
    pub(crate) price: BTreeMap<String, f64>,
    /// Price of bitcoin; the one of the balance sheets if left out.
    #[schemars(extend("x-unit" = "USD/BTC"))]
    pub(crate) btc_price: Option<f64>,
    /// Probability that unsigned megawatts get signed, as a fraction.
    pub(crate) probability: Option<f64>,
    /// Equity value of a critical MW leased out.
    #[schemars(extend("x-unit" = "USD/MW"))]
    pub(crate) colocation_usd_per_mw: Option<f64>,
    /// Equity value of a critical MW of GPU cloud.
    #[schemars(extend("x-unit" = "USD/MW"))]
    pub(crate) cloud_usd_per_mw: Option<f64>,
}

/// Unknowns of `implied`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SolveName {
    /// Unsigned critical MW.
    Mw,
    /// Hash rate in EH/s.
    Eh,
    /// Probability that the unsigned megawatts get signed.
    Probability,
}

/// `implied`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImpliedKeys {
    /// Company: cipher, cleanspark, iren, mara, riot or core-scientific.
    pub(crate) company: String,
    /// Price of its share.
    #[schemars(extend("x-unit" = "USD"))]
    pub(crate) price: f64,
    /// What is solved for; each in turn if left out.
    #[serde(default)]
    pub(crate) solve: Option<SolveName>,
    /// Unsigned critical MW in the place of the built-in figure.
    #[serde(default)]
    #[schemars(extend("x-unit" = "MW"))]
    pub(crate) unsigned_critical_mw: Option<f64>,
    /// Price of bitcoin; the one of the balance sheets if left out.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD/BTC"))]
    pub(crate) btc_price: Option<f64>,
    /// Probability that unsigned megawatts get signed, as a fraction.
    #[serde(default)]
    pub(crate) probability: Option<f64>,
    /// Equity value of a critical MW leased out.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD/MW"))]
    pub(crate) colocation_usd_per_mw: Option<f64>,
    /// Equity value of a critical MW of GPU cloud.
    #[serde(default)]
    #[schemars(extend("x-unit" = "USD/MW"))]
    pub(crate) cloud_usd_per_mw: Option<f64>,
}

/// `dispatch`; files are named as in `files`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DispatchKeys {
    /// Site of the plan; the first one with an hourly price if left out.
    pub(crate) site: Option<String>,
    /// File of market prices, USD/MWh.
    pub(crate) prices: Option<String>,
    /// File of prices known a day ahead.
    pub(crate) day_ahead: Option<String>,
    /// File of temperatures of the intake air, degrees Celsius.
    pub(crate) temperature: Option<String>,
    /// File of machine classes in the place of a site's.
    pub(crate) classes: Option<String>,
    /// Hashprice; the plan's at its valuation date if left out.
    #[schemars(extend("x-unit" = "USD/PH/day"))]
    pub(crate) hashprice: Option<f64>,
    /// Which end of its interval a stamp names.
    pub(crate) label: Option<Label>,
    /// Zone of stamps without an offset, such as America/Chicago.
    pub(crate) zone: Option<String>,
    /// What is done where intervals are missing; the file is refused if left out.
    pub(crate) gaps: Option<Gaps>,
    /// Column of stamps.
    pub(crate) time_column: Option<String>,
    /// Column of prices.
    pub(crate) price_column: Option<String>,
    /// Column of prices in the file of the day ahead, if it is another one.
    pub(crate) day_ahead_column: Option<String>,
    /// Column of temperatures.
    pub(crate) temperature_column: Option<String>,
    /// Low strike of the rule with two strikes; the machine's breakeven if left out.
    #[schemars(extend("x-unit" = "USD/MWh"))]
    pub(crate) low: Option<f64>,
    /// High strike; twice the low one if left out.
    #[schemars(extend("x-unit" = "USD/MWh"))]
    pub(crate) high: Option<f64>,
    /// Intervals in a row at the low strike that switch off.
    #[schemars(range(max = 1_000_000))]
    pub(crate) low_windows: usize,
    /// Intervals in a row at the high strike that switch off.
    #[schemars(range(max = 1_000_000))]
    pub(crate) high_windows: usize,
    /// Intervals in a row below the low strike that switch on again.
    #[schemars(range(max = 1_000_000))]
    pub(crate) resume_windows: usize,
    /// Intervals by which every switch of the rule comes later.
    #[schemars(range(max = 1_000_000))]
    pub(crate) notice: usize,
    /// Follow the rules for classes of a file as well.
    pub(crate) rules: bool,
    /// Hours a year in which part of a firm load may be curtailed.
    #[schemars(extend("x-unit" = "h/year"))]
    pub(crate) curtailed_hours: f64,
}

impl Default for DispatchKeys {
    fn default() -> Self {
        Self {
            site: None,
            prices: None,
            day_ahead: None,
            temperature: None,
            classes: None,
            hashprice: None,
            label: None,
            zone: None,
            gaps: None,
            time_column: None,
            price_column: None,
            day_ahead_column: None,
            temperature_column: None,
            low: None,
            high: None,
            low_windows: 2,
            high_windows: 1,
            resume_windows: 4,
            notice: 0,
            rules: false,
            curtailed_hours: DEFAULT_CURTAILED_HOURS_PER_YEAR,
        }
    }
}

/// A file that is kept or read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileKeys {
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) text: String,
}

/// `sensitivity`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SensitivityKeys {
    /// Inputs: `path` or `path=low..high`; every number that may turn out otherwise if left out.
    pub(crate) inputs: Vec<String>,
    /// Only inputs of all sites and of this one.
    pub(crate) site: Option<String>,
    /// Share of its value by which an input without a range moves; 0.2 if left out.
    pub(crate) spread: Option<f64>,
}

/// `map`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MapKeys {
    /// The input along the horizontal side: `path`, `path=low..high` or `path=low..high:count`.
    pub(crate) x: Option<String>,
    /// The other one.
    pub(crate) y: Option<String>,
}

/// A workbook that is read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkbookKeys {
    /// Its name.
    pub(crate) name: String,
    /// Its bytes in base64.
    pub(crate) base64: String,
}
