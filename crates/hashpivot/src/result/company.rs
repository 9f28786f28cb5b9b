//! What `companies` and `implied` answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::About;

/// Answer of `companies`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CompaniesResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// The companies: those with a price first, by falling upside.
    pub companies: Vec<CompanyRow>,
    /// What to know before using the figures.
    pub notes: Vec<&'static str>,
}

/// A company as the sum of its parts.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CompanyRow {
    /// Id.
    pub company: &'static str,
    /// Name.
    pub name: &'static str,
    /// The parts; they add up to the value of a share.
    pub parts: Vec<PartRow>,
    /// Debt less cash.
    pub net_debt_usd: f64,
    /// Shares with all that may become shares.
    pub fully_diluted_shares: f64,
    /// Sum of the parts a share.
    pub parts_usd_per_share: f64,
    /// Price of a share as given; null without one.
    pub price_usd_per_share: Option<f64>,
    /// Sum of the parts over the price, less one; null without a price.
    pub relative_upside_frac: Option<f64>,
    /// Place by upside among those with a price, from 1.
    pub rank: Option<usize>,
    /// The bank's published target, which is not used; null where none is known.
    pub target_usd_per_share: Option<f64>,
    /// Critical MW that the company's power carries beside its contracts; null where its power is
    /// not known.
    pub room_critical_mw: Option<f64>,
    /// Inputs of the sum.
    pub input_count: usize,
    /// Those that no source gives.
    pub assumed_count: usize,
    /// Those from the press without an address.
    pub unverified_count: usize,
    /// Whether every input is sourced or given: none assumed, none unverified.
    pub complete: bool,
    /// The inputs, row by row.
    pub inputs: Vec<InputRow>,
}

/// A part of a company's equity.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PartRow {
    /// `mining`, `bitcoin`, `signed`, `unsigned`, `net_debt`.
    pub part: &'static str,
    /// How it comes about, in words.
    pub basis: String,
    /// What it adds; net debt with its sign turned.
    pub part_usd: f64,
    /// What it adds a share.
    pub part_usd_per_share: f64,
}

/// An input of a company's sum.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct InputRow {
    /// What it is.
    pub input: &'static str,
    /// Its value in `unit`.
    pub input_value: f64,
    /// Unit in words.
    pub unit: String,
    /// Date of the figure; empty where it is given or derived.
    pub as_of: String,
    /// `sourced`, `unverified`, `assumption`, `given`.
    pub status: &'static str,
    /// Its source, or why there is none.
    pub source: String,
}

/// Answer of `implied`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ImpliedResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// The company with its price.
    pub company: CompanyRow,
    /// What the price implies, one unknown at a time, all else as counted.
    pub rows: Vec<ImpliedRow>,
    /// What to know before using the figures.
    pub notes: Vec<&'static str>,
}

/// What a price implies of one unknown.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ImpliedRow {
    /// Unknown: `mw`, `eh`, `probability`.
    pub solve: &'static str,
    /// Unit of the unknown.
    pub unit: &'static str,
    /// Amount at which the sum of the parts equals the price; null where the value does not depend
    /// on it.
    pub implied_amount: Option<f64>,
    /// The same at the meter, of megawatts alone.
    pub implied_gross_mw: Option<f64>,
    /// Amount that the sum counts.
    pub counted_amount: f64,
    /// What one more unit adds to the value of a share.
    pub usd_per_share_per_unit: f64,
    /// Why the amount is not one to be had, or why nobody can tell; empty if it is.
    pub note: String,
    /// The row as a sentence.
    pub sentence: String,
}
