//! What six companies own and owe, and the figures of the framework that values them.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{folded, nearest, parse};

/// The companies: id and name.
pub const COMPANIES: [(&str, &str); 6] = [
    ("cipher", "Cipher"),
    ("cleanspark", "CleanSpark"),
    ("iren", "IREN"),
    ("mara", "MARA"),
    ("riot", "Riot"),
    ("core-scientific", "Core Scientific"),
];
/// Id under which the framework's own figures stand in the table.
pub const FRAMEWORK: &str = "framework";

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputStatus {
    /// The source is named and gives the figure.
    Sourced,
    /// From the press, without an address.
    Unverified,
    /// No source gives the figure.
    Assumption,
}

impl InputStatus {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sourced => "sourced",
            Self::Unverified => "unverified",
            Self::Assumption => "assumption",
        }
    }
}

macro_rules! items {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What a row of the table gives.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        pub enum Item {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Item {
            /// The word used in files and output.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

items! {
    /// Price of a bitcoin at the end of the quarter.
    BtcPrice = "btc_price",
    /// Gross MW per critical MW, where a source gives gross MW.
    GrossPerCritical = "gross_per_critical",
    /// Probability that unsigned megawatts of the near term get signed.
    SigningProbability = "signing_probability",
    /// Equity value of a critical MW leased out, low end.
    ColocationLow = "colocation_low",
    /// Equity value of a critical MW leased out, high end.
    ColocationHigh = "colocation_high",
    /// Equity value of a critical MW of GPU cloud.
    Cloud = "cloud",
    /// Gross MW that one tenant takes in the near term.
    TenantCap = "tenant_cap",
    /// Cash.
    Cash = "cash",
    /// A debt.
    Debt = "debt",
    /// Bitcoin held.
    BtcHeld = "btc_held",
    /// Shares with all that may become shares.
    SharesFullyDiluted = "shares_fully_diluted",
    /// Hash rate of own machines.
    HashRate = "hash_rate",
    /// What the bank takes the mining business to be worth.
    MiningBusiness = "mining_business",
    /// MW leased out by contract.
    SignedColocation = "signed_colocation",
    /// MW of GPU cloud sold by contract.
    SignedCloud = "signed_cloud",
    /// MW that may be leased out in the near term.
    UnsignedColocation = "unsigned_colocation",
    /// MW of GPU cloud that may be sold in the near term.
    UnsignedCloud = "unsigned_cloud",
    /// Power of a site or of all sites.
    Power = "power",
    /// The bank's target for the share price.
    Target = "target",
}

/// Unit of power at the meter, as the table writes it.
pub const MW_GROSS: &str = "MW gross";

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanyFact {
    /// Id of the company, or [`FRAMEWORK`].
    pub company: String,
    /// What it gives; rows of one item add up.
    pub item: Item,
    /// Value in `unit`.
    pub value: f64,
    /// Unit in words.
    pub unit: String,
    /// Date of the figure.
    pub as_of: String,
    /// Where it comes from.
    pub status: InputStatus,
    /// Its source, or why there is none.
    pub source: String,
}

/// All rows, companies in the order of [`COMPANIES`].
pub fn company_facts() -> &'static [CompanyFact] {
    static ROWS: LazyLock<Vec<CompanyFact>> =
        LazyLock::new(|| parse("companies.csv", include_str!("tables/companies.csv")));
    &ROWS
}

/// Rows of an item of a company, in the order of the table.
pub fn rows_of(company: &str, item: Item) -> impl Iterator<Item = &'static CompanyFact> {
    company_facts().iter().filter(move |row| row.company == company && row.item == item)
}

/// Id and name of a company, given either, whatever the letter case or spaces.
///
/// ```
/// use hashpivot::facts::company::company;
/// assert_eq!(company("Core Scientific"), Some(("core-scientific", "Core Scientific")));
/// assert_eq!(company("IREN").map(|(id, _)| id), Some("iren"));
/// assert_eq!(company("Enron"), None);
/// ```
pub fn company(id_or_name: &str) -> Option<(&'static str, &'static str)> {
    let wanted = folded(id_or_name);
    COMPANIES.into_iter().find(|(id, name)| folded(id) == wanted || folded(name) == wanted)
}

/// Ids of companies that look most like `id`, best first.
pub fn nearest_companies(id: &str) -> Vec<&'static str> {
    nearest(id, COMPANIES.iter().map(|(id, _)| *id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{bank_framework, deals};

    fn sum(company: &str, item: Item) -> f64 {
        rows_of(company, item).map(|row| row.value).sum()
    }

    #[test]
    fn every_row_belongs_to_a_company_and_says_where_it_comes_from() {
        for row in company_facts() {
            let known = COMPANIES.iter().any(|(id, _)| *id == row.company);
            assert!(known || row.company == FRAMEWORK, "{row:?}");
            assert!(row.value.is_finite() && row.value >= 0.0, "{row:?}");
            assert!(row.source.len() > 10 && row.as_of.len() >= 4, "{row:?}");
            assert!(row.status != InputStatus::Assumption || !row.source.contains("http"));
            let mw = ["MW gross", "MW critical"].contains(&row.unit.as_str());
            let signed = matches!(row.item, Item::SignedColocation | Item::SignedCloud);
            let unsigned = matches!(row.item, Item::UnsignedColocation | Item::UnsignedCloud);
            let of_mw = signed || unsigned || matches!(row.item, Item::Power | Item::TenantCap);
            assert_eq!(mw, of_mw, "{row:?}");
            assert!(row.item != Item::Power || row.unit == MW_GROSS, "{row:?}");
        }
    }

    #[test]
    fn every_company_has_what_the_sum_needs() {
        for (id, _) in COMPANIES {
            let rows = |item| rows_of(id, item).count();
            for item in [Item::Cash, Item::BtcHeld, Item::SharesFullyDiluted, Item::HashRate] {
                assert_eq!(rows(item), 1, "{id}: {item:?}");
            }
            assert!(rows(Item::Debt) >= 1, "{id}");
            assert!(rows(Item::SignedColocation) + rows(Item::SignedCloud) >= 1, "{id}");
            assert_eq!(rows(Item::UnsignedColocation) + rows(Item::UnsignedCloud), 1, "{id}");
            assert!(rows(Item::MiningBusiness) <= 1 && rows(Item::Target) <= 1, "{id}");
        }
        for item in [Item::BtcPrice, Item::GrossPerCritical, Item::SigningProbability] {
            assert_eq!(rows_of(FRAMEWORK, item).count(), 1, "{item:?}");
        }
        for item in [Item::ColocationLow, Item::ColocationHigh, Item::Cloud, Item::TenantCap] {
            assert_eq!(rows_of(FRAMEWORK, item).count(), 1, "{item:?}");
        }
    }

    #[test]
    fn net_debt_is_what_filings_and_their_readers_derive() {
        for (id, published_usd) in [
            ("cleanspark", 774.7e6),
            ("iren", 190.0e6),
            ("mara", 2_771.169e6),
            ("riot", 463.7e6),
            ("core-scientific", 287.8e6),
        ] {
            let net_usd = sum(id, Item::Debt) - sum(id, Item::Cash);
            assert!((net_usd - published_usd).abs() < 1.0, "{id}: {net_usd}");
        }
        assert_eq!(sum("iren", Item::Power), 2_910.0);
    }

    #[test]
    fn the_framework_is_the_one_of_the_press() {
        let published = |figure: &str| {
            bank_framework().iter().find(|row| row.figure == figure).map(|row| row.value).unwrap()
        };
        for (company, item, figure, unit) in [
            (FRAMEWORK, Item::SigningProbability, "probability of signing HPC colocation", 0.01),
            (FRAMEWORK, Item::ColocationLow, "equity value per MW, colocation low", 1e6),
            (FRAMEWORK, Item::ColocationHigh, "equity value per MW, colocation high", 1e6),
            (FRAMEWORK, Item::Cloud, "equity value per MW, GPU cloud", 1e6),
            (
                FRAMEWORK,
                Item::TenantCap,
                "single-tenant near-term cap (CORZ committed to CoreWeave)",
                1.0,
            ),
            ("riot", Item::MiningBusiness, "Riot mining business value", 1e9),
            ("mara", Item::MiningBusiness, "MARA mining business value after", 1e9),
            ("cipher", Item::Target, "Cipher target Dec 2026", 1.0),
            ("cleanspark", Item::Target, "CleanSpark target", 1.0),
            ("iren", Item::Target, "IREN target", 1.0),
            ("mara", Item::Target, "MARA target", 1.0),
            ("riot", Item::Target, "Riot target", 1.0),
            ("riot", Item::UnsignedColocation, "Riot Corsicana expected colocation", 1.0),
            ("cleanspark", Item::UnsignedColocation, "CleanSpark Texas site", 1.0),
        ] {
            let found = sum(company, item);
            assert!((found / (published(figure) * unit) - 1.0).abs() < 1e-12, "{figure}: {found}");
        }
        let left =
            published("Cipher critical IT by 2026") - published("Cipher HPC contracts locked");
        assert_eq!(sum("cipher", Item::UnsignedColocation), left);
        let left =
            published("IREN contracted critical IT by 2026") - sum("iren", Item::SignedCloud);
        assert_eq!(sum("iren", Item::UnsignedCloud), left);
    }

    #[test]
    fn contracts_are_those_of_the_table_of_deals() {
        let mut found = 0;
        for row in company_facts() {
            let contract = matches!(row.item, Item::SignedColocation | Item::SignedCloud);
            let Some((id, _)) = row.source.split_once(" of deals.csv") else { continue };
            assert!(contract, "{row:?}");
            let deal = deals().iter().find(|deal| deal.id == id).unwrap();
            let gross = row.unit == MW_GROSS;
            let mw = if gross { deal.gross_mw } else { deal.critical_mw };
            assert_eq!(mw, Some(row.value), "{id}");
            let kind = if row.item == Item::SignedCloud { "gpu_cloud" } else { "colocation" };
            assert_eq!(deal.kind, kind, "{id}");
            found += 1;
        }
        assert_eq!(found, 5);
    }
}
