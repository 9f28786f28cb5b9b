//! What `explain` and `frontier` answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, PortfolioResult};

/// Why a portfolio does what it does.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ExplainResult {
    /// About this answer.
    #[serde(flatten)]
    pub about: About,
    /// Name of the plan.
    pub plan_name: String,
    /// First day of month 0.
    pub valuation_date: String,
    /// The portfolio in sentences for a board, each made of the figures below.
    pub sentences: Vec<String>,
    /// Value, bound and limits.
    pub portfolio: PortfolioResult,
    /// The sites, each with its sentences.
    pub sites: Vec<SiteExplanation>,
    /// How value answers to everything that sites share.
    pub shadow: Vec<SlopeRow>,
    /// The best that can be done if one site decides otherwise, the least loss first.
    pub next_best: Vec<NextBestRow>,
    /// Decisions that another one of the same site beats.
    pub dominated: Vec<DominatedRow>,
    /// Where all sites together decide otherwise.
    pub portfolio_switching: Vec<PortfolioSwitchingRow>,
    /// Plans in futures.
    pub regret: RegretResult,
    /// How many of the unsigned offers taken will be signed.
    pub signing: SigningResult,
}

/// A site in an explanation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SiteExplanation {
    /// Id of the site.
    pub id: String,
    /// Name of the site.
    pub name: String,
    /// What to do, what it is worth, what would be done instead.
    pub sentences: Vec<String>,
    /// What is done, in a few words.
    pub decision: String,
    /// Value of the site.
    pub npv_usd: f64,
    /// Value above the best way of mining on.
    pub gain_usd: f64,
    /// One more or one less gross MW by quarter.
    pub power: Vec<PowerRow>,
}

/// One more or one less gross MW, approved and energised from a quarter on.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PowerRow {
    /// First calendar quarter.
    pub from_quarter: String,
    /// What one more MW brings to all sites.
    pub more_power_usd: f64,
    /// What one MW less costs; null where the demands do not fit then.
    pub less_power_usd: Option<f64>,
}

/// How value answers to something shared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SlopeRow {
    /// The key of the plan that sets it.
    pub limit: String,
    /// Unit of the amount.
    pub unit: &'static str,
    /// How much of it there is.
    pub limit_amount: f64,
    /// Whether one step more of it brings something with whole plans.
    pub binds: bool,
    /// What one unit more brings if plans could be mixed.
    pub right_usd_per_unit: f64,
    /// What one unit less costs if plans could be mixed; null at 0.
    pub left_usd_per_unit: Option<f64>,
    /// Amount down to which the slope on the left holds.
    pub left_until_amount: f64,
    /// Amount up to which the slope on the right holds; null: up to ten times the amount.
    pub right_until_amount: Option<f64>,
    /// Size of a step, in the unit: a million dollars, a megawatt.
    pub step_amount: f64,
    /// What one step more does bring with whole plans.
    pub step_more_usd: f64,
    /// What one step less does cost with whole plans; null where that cannot be done.
    pub step_less_usd: Option<f64>,
}

/// The best that can be done if a site decides otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NextBestRow {
    /// Id of the site that decides otherwise.
    pub site: String,
    /// What it does then.
    pub instead: String,
    /// What all sites together are worth less.
    pub loss_usd: f64,
    /// Other sites that decide otherwise with it: `id: what they do`.
    pub with_it: Vec<String>,
}

/// A decision that another one of the same site beats: worth more and taking no more of anything
/// that is shared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DominatedRow {
    /// Id of the site.
    pub site: String,
    /// The decision, in its best form.
    pub decision: String,
    /// By how much it stays behind.
    pub behind_usd: f64,
    /// What beats it.
    pub beaten_by: String,
}

/// Where an input, moved at all sites, changes what they do together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PortfolioSwitchingRow {
    /// `btc_price`, `power_price`, `lease_rate`, `gpu_price` or `capex`.
    pub input: &'static str,
    /// The nearest change below; null: none down to a tenth.
    pub below: Option<PortfolioCrossingRow>,
    /// The nearest change above; null: none up to tenfold.
    pub above: Option<PortfolioCrossingRow>,
}

/// A change of what the sites do together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PortfolioCrossingRow {
    /// Factor on the input up to which the decision stands.
    pub factor: f64,
    /// Relative width to which it was narrowed down.
    pub width_frac: f64,
    /// What changes beyond it: `id: what they do`.
    pub changes: Vec<String>,
}

/// What each future's best plan is worth in the others.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RegretResult {
    /// The futures: the plan's own first.
    pub futures: Vec<String>,
    /// One row a plan, in the order of the futures in which they are best.
    pub plans: Vec<RegretRow>,
    /// The future whose plan has the smallest largest regret.
    pub least_regret: String,
}

/// A plan in every future.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RegretRow {
    /// The future in which it is best.
    pub best_in: String,
    /// What the sites do: `id: what`.
    pub does: Vec<String>,
    /// Its value in each future; null where it cannot be had.
    pub values_usd: Vec<Option<f64>>,
    /// The most by which it stays behind the best plan of a future; null: somewhere it cannot be had.
    pub most_regret_usd: Option<f64>,
}

/// How many unsigned offers will be signed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SigningResult {
    /// Unsigned offers that the plan takes.
    pub offers: Vec<String>,
    /// Correlation of their signatures through one common factor.
    pub signing_correlation: f64,
    /// Probability that 0, 1, 2, ... of them are signed.
    pub signed_probability: Vec<f64>,
    /// The same if they were independent.
    pub independent_probability: Vec<f64>,
}

/// Value as a function of one thing.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FrontierResult {
    /// About this answer.
    #[serde(flatten)]
    pub about: About,
    /// Name of the plan.
    pub plan_name: String,
    /// What is moved: a key of the plan.
    pub limit: String,
    /// Unit of the amounts.
    pub unit: &'static str,
    /// How much of it the plan has.
    pub limit_amount: f64,
    /// Kinks and ends of the value if plans could be mixed, amounts rising.
    pub mixed: Vec<FrontierPoint>,
    /// Where the value of whole plans starts, steps and ends, amounts rising.
    pub whole: Vec<FrontierPoint>,
}

/// Value at one amount.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FrontierPoint {
    /// Amount.
    pub limit_amount: f64,
    /// Value of all sites.
    pub npv_usd: f64,
    /// What one unit more brings up to the next point; null at the last, and for whole plans, whose
    /// value steps.
    pub usd_per_unit: Option<f64>,
}
