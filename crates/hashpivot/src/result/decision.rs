//! What `run` answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, FinancingResult};

/// Answer of `run`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RunResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// `whole`; `quick`: switching values, other lines and the value of one more MW are left out.
    pub depth: &'static str,
    /// Whether the choice is that of the plan as filed, held under other values: nothing was chosen
    /// again then, and `portfolio.gap` says what that costs at most.
    pub plan_held: bool,
    /// Name of the plan.
    pub plan_name: String,
    /// First day of plan month 0.
    pub valuation_date: String,
    /// Months to the horizon.
    pub horizon_months: usize,
    /// Nominal annual effective discount rate.
    pub discount_rate_frac: f64,
    /// Rates of single uses where they differ.
    pub discount_rate_by_use: BTreeMap<&'static str, f64>,
    /// Tax rate.
    pub tax_rate_frac: f64,
    /// The line that network and price follow: `mechanical`, `trend`, `response` or `path`.
    pub projection: String,
    /// The decision for each site, in file order.
    pub sites: Vec<SiteResult>,
    /// All sites together.
    pub portfolio: PortfolioResult,
    /// With whose money it is built; null unless the plan says.
    pub financing: Option<FinancingResult>,
    /// Network, price and cost to mine by month.
    pub network: Vec<NetworkMonth>,
    /// What happens in the network by month; empty unless it answers.
    pub response: Vec<ResponseMonth>,
    /// What the plan does to the network; null unless asked for.
    pub network_feedback: Option<FeedbackResult>,
    /// What deserves attention without being an error.
    pub warnings: Vec<String>,
}

/// The decision for one site.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SiteResult {
    /// Id in the plan.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// The decision in words.
    pub sentences: Vec<String>,
    /// How mining goes on in the plan where it goes on.
    pub mining_policy: &'static str,
    /// What happens, one row a use and way in which the signatures may turn out.
    pub plan: Vec<PlanRow>,
    /// Expected value of the site, USD.
    pub npv_usd: f64,
    /// Value if everything is signed; null where nothing waits for a signature.
    pub npv_if_signed_usd: Option<f64>,
    /// Value above the best way of mining on, USD.
    pub gain_usd: f64,
    /// The best way of mining on.
    pub best_mining_policy: &'static str,
    /// Its value, USD.
    pub best_mining_npv_usd: f64,
    /// Capital put into halls if everything is signed, USD.
    pub capex_usd: f64,
    /// Rate of return of the increment over the best way of mining on.
    pub irr: IrrResult,
    /// Modified rate of return of the same increment, financed and reinvested at the discount
    /// rate; null where nothing is put in or nothing comes back.
    pub mirr_frac: Option<f64>,
    /// Months from the first capital spent to its payback; null if it never comes.
    pub payback_months: Option<f64>,
    /// Expected value and MW by use; the values add up to `npv_usd`.
    pub uses: Vec<UseRow>,
    /// The pure plans beside the best one.
    pub alternatives: Vec<AlternativeRow>,
    /// Where the decision would change, one row an input.
    pub switching: Vec<SwitchingRow>,
    /// What would be best on each line of the network.
    pub by_line: Vec<SiteOnLine>,
    /// What one more unit of a limit would add.
    pub shadow: SiteShadow,
    /// Offers that no schedule can take.
    pub excluded: Vec<ExcludedRow>,
    /// Cost to mine of the fleet at the valuation date; null for a site without machines.
    pub fleet: Option<FleetCost>,
    /// Cost to mine of the fleet over power prices.
    pub cost_curve: Vec<CostCurvePoint>,
    /// Capital that `hold_share` spends per EH/s and year, USD; null if it is not allowed.
    pub hold_share_usd_per_eh_year: Option<f64>,
    /// Expected gross MW by use at the start of each quarter.
    pub mw_by_quarter: Vec<MwQuarter>,
    /// Expected cash flow by plan year.
    pub cash_flow_by_year: Vec<CashFlowYear>,
    /// Plans valued.
    pub plans: usize,
}

/// One thing that happens at a site.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PlanRow {
    /// Calendar quarter of the signature; `never`; null where nothing waits for one.
    pub signed_in: Option<String>,
    /// Probability of this way.
    pub probability: f64,
    /// `mining`, `colocation`, `gpu_cloud`, `idle` or `sale`.
    pub r#use: &'static str,
    /// Id of the offer; null for the other uses.
    pub offer: Option<String>,
    /// Gross MW.
    pub gross_mw: f64,
    /// Critical MW; null for the other uses.
    pub critical_mw: Option<f64>,
    /// First day on which capital is spent; null for mining.
    pub commit: Option<String>,
    /// First day with revenue; null for mining.
    pub in_service: Option<String>,
}

/// A rate of return, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct IrrResult {
    /// `one`, `many` or `none`.
    pub kind: &'static str,
    /// The rate, annual effective; null unless there is exactly one.
    pub irr_frac: Option<f64>,
    /// Every real root above -1.
    pub roots_frac: Vec<f64>,
}

/// A use with its share of the value.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct UseRow {
    /// The use.
    pub r#use: &'static str,
    /// Id of the offer, if it comes from one.
    pub offer: Option<String>,
    /// Gross MW once everything is in service; if it waits for a signature, if signed.
    pub gross_mw: f64,
    /// Expected value, USD.
    pub npv_usd: f64,
    /// The same per gross MW, USD; null for 0 MW.
    pub npv_usd_per_gross_mw: Option<f64>,
    /// Capital if signed, USD.
    pub capex_usd: f64,
}

/// A pure plan.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AlternativeRow {
    /// Name, `all_colocation`.
    pub name: String,
    /// Expected value, USD.
    pub npv_usd: f64,
}

/// Where one input changes the decision.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SwitchingRow {
    /// The input: `btc_price`, `hashprice`, `power_price`, `lease_rate`, `gpu_price`, `capex`,
    /// `delay`.
    pub input: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Value today.
    pub base: f64,
    /// The nearest change below; null: no crossing down to a tenth.
    pub below: Option<CrossingRow>,
    /// The nearest change above; null: no crossing up to tenfold.
    pub above: Option<CrossingRow>,
}

/// A change of the decision.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CrossingRow {
    /// Value of the input at which it happens.
    pub value: f64,
    /// The same as a factor on today's value; for a delay, months added.
    pub factor: f64,
    /// Interval of factors in which it was found.
    pub bracket: [f64; 2],
    /// What one would do beyond it.
    pub to: String,
}

/// What one more unit of a site's limits would add.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SiteShadow {
    /// One more approved and energised gross MW, USD; null in a quick answer.
    pub one_more_gross_mw_usd: Option<f64>,
}

/// An offer left out.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ExcludedRow {
    /// Id of the offer.
    pub offer: String,
    /// The limit that it runs into.
    pub constraint: &'static str,
    /// What it would need.
    pub needed: f64,
    /// What there is.
    pub available: f64,
}

/// Cost to mine of a fleet at one moment. USD per BTC received, to be compared with its price.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FleetCost {
    /// Average power price of the first month, USD/MWh.
    pub usd_per_mwh: f64,
    /// Electricity only.
    pub electricity_usd_per_btc: f64,
    /// With everything incurred per running TH-day.
    pub direct_before_credits_usd_per_btc: f64,
    /// With everything incurred per installed TH-day as well.
    pub all_in_before_credits_usd_per_btc: f64,
    /// Direct less curtailment credits.
    pub direct_usd_per_btc: f64,
    /// All-in less curtailment credits.
    pub all_in_usd_per_btc: f64,
    /// All-in before credits per unit of hash rate.
    pub all_in_before_credits_usd_per_ph_day: f64,
    /// Hashprice at that moment.
    pub hashprice_usd_per_ph_day: f64,
    /// Power price at which all-in before credits equals the price of bitcoin.
    pub breakeven_usd_per_mwh: f64,
    /// Efficiency by running hash rate, with site overhead.
    pub fleet_j_per_th: f64,
    /// Installed hash rate.
    pub installed_eh_per_s: f64,
    /// Gross MW of all machines.
    pub machines_gross_mw: f64,
}

/// Cost to mine at one power price.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostCurvePoint {
    /// Power price.
    pub usd_per_mwh: f64,
    /// Electricity only.
    pub electricity_usd_per_btc: f64,
    /// Direct before credits.
    pub direct_before_credits_usd_per_btc: f64,
    /// All-in before credits.
    pub all_in_before_credits_usd_per_btc: f64,
}

/// Expected gross MW by use in one quarter.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MwQuarter {
    /// Calendar quarter of its first month.
    pub quarter: String,
    /// Mining.
    pub mining_gross_mw: f64,
    /// Colocation in service.
    pub colocation_gross_mw: f64,
    /// GPU cloud in service.
    pub gpu_cloud_gross_mw: f64,
    /// Sold.
    pub sale_gross_mw: f64,
    /// Energised and in no use: under construction, or idle.
    pub unused_gross_mw: f64,
}

/// Expected cash flow of one plan year.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CashFlowYear {
    /// Year of the plan, from 1; flows at its very end belong to it.
    pub plan_year: usize,
    /// Capital, negative.
    pub capex_usd: f64,
    /// Mining margin, and revenue less power and operating cost.
    pub operating_usd: f64,
    /// Resale, sale, prepayments and their credit.
    pub other_usd: f64,
    /// Income tax, negative.
    pub tax_usd: f64,
    /// Sum.
    pub net_usd: f64,
}

/// All sites together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PortfolioResult {
    /// Expected value, USD.
    pub npv_usd: f64,
    /// No plan is worth more, USD.
    pub bound_usd: f64,
    /// `(bound - value) / |bound|`.
    pub gap: f64,
    /// `proven`, `bounded` or `not_verified`.
    pub status: &'static str,
    /// Capital that the plan reserves, USD.
    pub capital_used_usd: f64,
    /// Capital that the budget allows; null without a budget, USD.
    pub capital_available_usd: Option<f64>,
    /// Prices of what sites share.
    pub shadow: PortfolioShadow,
    /// What sites share, and what the plan takes of it.
    pub limits: Vec<LimitRow>,
}

/// Something that sites share.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LimitRow {
    /// The key of the plan that sets it.
    pub limit: String,
    /// Unit of the amounts.
    pub unit: &'static str,
    /// How much of it there is.
    pub limit_amount: f64,
    /// What the plan takes, unsigned offers included.
    pub used_amount: f64,
    /// What one unit more would bring if plans could be mixed.
    pub price_usd_per_unit: f64,
}

/// Prices of what sites share.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PortfolioShadow {
    /// What one more dollar of capital would add, USD.
    pub capital_usd_per_usd: f64,
}

/// Network, price and cost to mine of one month.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NetworkMonth {
    /// The month, `2028-04`.
    pub month: String,
    /// Block height at its start.
    pub height: f64,
    /// Subsidy, weighted by blocks in the month of a halving.
    pub subsidy_btc: f64,
    /// Fees.
    pub fees_btc_per_block: f64,
    /// Difficulty.
    pub difficulty: f64,
    /// Hash rate of the network.
    pub network_eh_per_s: f64,
    /// Price of bitcoin.
    pub price_usd_per_btc: f64,
    /// Hashprice.
    pub hashprice_usd_per_ph_day: f64,
    /// The bank's figure: a marginal, high-cost producer.
    pub bank_usd_per_btc: f64,
    /// Average electricity cost of the network.
    pub average_usd_per_btc: f64,
}

/// What would be best for a site if the network followed another line; the plan's limits hold.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SiteOnLine {
    /// `mechanical`, `trend` or `response`.
    pub line: &'static str,
    /// What would be done, in words.
    pub best: String,
    /// Value of the site.
    pub npv_usd: f64,
    /// Value above the best way of mining on.
    pub gain_usd: f64,
    /// Value of the best way of mining on.
    pub best_mining_npv_usd: f64,
}

/// What happens in the network in a month on the line on which it answers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ResponseMonth {
    /// The month.
    pub month: String,
    /// New machines.
    pub entered_eh_per_s: f64,
    /// Machines that are installed and do not run.
    pub idle_eh_per_s: f64,
    /// Efficiency of what runs, at the machine.
    pub network_j_per_th: f64,
    /// Site draw per machine draw of what runs.
    pub network_overhead: f64,
    /// Power price of what runs.
    pub network_usd_per_mwh: f64,
    /// What a machine that leaves does: `all_run` and `reserve_too_dear`: hash rate falls;
    /// `reserve_refills`: idle machines take its place.
    pub branch: &'static str,
}

/// What the plan does to the network.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FeedbackResult {
    /// Hash rate of the plan's machines that pays at the start.
    pub own_eh_per_s: f64,
    /// Draw of all of them.
    pub own_gross_mw: f64,
    /// Decisions until decision and network were at rest.
    pub rounds: usize,
    /// Largest change of a month's hash rate in the last of them.
    pub change_frac: f64,
    /// Change at which they are at rest.
    pub tolerance_frac: f64,
    /// Month in which the network differs most from one in which the plan's machines all mine on.
    pub most_moved_month: String,
    /// By how much its hash rate differs then.
    pub network_moved_frac: f64,
}
