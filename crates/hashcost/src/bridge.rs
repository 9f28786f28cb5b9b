//! One set of accounts, the cost per bitcoin under every publisher's definition.
//!
//! The same company and quarter differs by publisher because each stops at another line. The
//! definitions, who uses them, and where to see it:
//!
//! | definition | used by |
//! | --- | --- |
//! | [`Definition::Electricity`] | JPMorgan's network production cost; power cost per bitcoin of Cipher, TeraWulf, MARA |
//! | [`Definition::DirectNetOfCredits`] | Riot's cost to mine; HIVE's direct cost; `TheMinerMag`'s fleet hashcost |
//! | [`Definition::PowerAndCashSga`] | JPMorgan's cost of single companies (CleanSpark: 49,698 + 18,045) |
//! | [`Definition::DirectAndCashSga`] | the next line of the ladder, between Riot's and CoinShares' |
//! | [`Definition::Cash`] | CoinShares' cash cost; Cango's and Bitfarms' cost before depreciation |
//! | [`Definition::AllIn`] | CoinShares' all-in cost; Cango's all-in cost |

use units::{Code, Violation};

use crate::error::Error;
use units::Faults;

/// What was spent in a period, USD, and the bitcoin received for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accounts {
    /// Bitcoin received, after pool fees.
    pub btc: f64,
    /// Electricity before credits.
    pub power_usd: f64,
    /// Other direct costs: hosting, repair, site labour.
    pub other_direct_usd: f64,
    /// Credits for curtailing, as a positive number.
    pub credits_usd: f64,
    /// Selling, general and administrative cost paid in cash: without stock pay.
    pub cash_sga_usd: f64,
    /// Interest.
    pub interest_usd: f64,
    /// Income tax; may be negative.
    pub tax_usd: f64,
    /// Depreciation of machines and sites.
    pub depreciation_usd: f64,
    /// Pay in shares.
    pub stock_pay_usd: f64,
}

/// Where a publisher's cost per bitcoin stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Definition {
    /// Electricity before credits.
    Electricity,
    /// Electricity and other direct costs, less credits.
    DirectNetOfCredits,
    /// Electricity and cash SG&A, nothing else.
    PowerAndCashSga,
    /// [`Definition::DirectNetOfCredits`] and cash SG&A.
    DirectAndCashSga,
    /// [`Definition::DirectAndCashSga`], interest and tax.
    Cash,
    /// [`Definition::Cash`], depreciation and stock pay.
    AllIn,
}

impl Definition {
    /// Every definition, the narrowest first.
    pub const ALL: [Self; 6] = [
        Self::Electricity,
        Self::DirectNetOfCredits,
        Self::PowerAndCashSga,
        Self::DirectAndCashSga,
        Self::Cash,
        Self::AllIn,
    ];

    /// What it counts, in words.
    pub const fn counts(self) -> &'static str {
        match self {
            Self::Electricity => "power",
            Self::DirectNetOfCredits => "power + other direct - credits",
            Self::PowerAndCashSga => "power + cash SG&A",
            Self::DirectAndCashSga => "power + other direct - credits + cash SG&A",
            Self::Cash => "power + other direct - credits + cash SG&A + interest + tax",
            Self::AllIn => {
                "power + other direct - credits + cash SG&A + interest + tax + depreciation + stock pay"
            }
        }
    }

    /// Who publishes it.
    pub const fn used_by(self) -> &'static [&'static str] {
        match self {
            Self::Electricity => {
                &["JPMorgan (network production cost)", "Cipher", "TeraWulf", "MARA (owned sites)"]
            }
            Self::DirectNetOfCredits => {
                &["Riot (cost to mine)", "HIVE (direct cost)", "TheMinerMag (fleet hashcost)"]
            }
            Self::PowerAndCashSga => &["JPMorgan (single companies)"],
            Self::DirectAndCashSga => &[],
            Self::Cash => {
                &["CoinShares (cash cost)", "Cango (before depreciation)", "Bitfarms (cash cost)"]
            }
            Self::AllIn => &["CoinShares (all-in cost)", "Cango (all-in cost)"],
        }
    }

    /// The cost that it counts, USD of the period.
    pub fn usd(self, accounts: &Accounts) -> f64 {
        match self {
            Self::Electricity => accounts.power_usd,
            Self::DirectNetOfCredits => {
                accounts.power_usd + accounts.other_direct_usd - accounts.credits_usd
            }
            Self::PowerAndCashSga => accounts.power_usd + accounts.cash_sga_usd,
            Self::DirectAndCashSga => {
                Self::DirectNetOfCredits.usd(accounts) + accounts.cash_sga_usd
            }
            Self::Cash => {
                Self::DirectAndCashSga.usd(accounts) + accounts.interest_usd + accounts.tax_usd
            }
            Self::AllIn => {
                Self::Cash.usd(accounts) + accounts.depreciation_usd + accounts.stock_pay_usd
            }
        }
    }
}

/// The cost under one definition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BridgeRow {
    /// The definition.
    pub definition: Definition,
    /// Cost of the period, USD.
    pub usd: f64,
    /// Cost per bitcoin received, USD.
    pub usd_per_btc: f64,
}

/// The cost under every definition, in the order of [`Definition::ALL`].
///
/// # Special cases
/// Negative where credits exceed the costs (Riot in 2023Q3).
///
/// # Errors
/// [`Error::Invalid`] without bitcoin, for amounts that are not finite, and for negative amounts of
/// anything but tax.
///
/// # Example
/// ```
/// use hashcost::bridge::{Accounts, Definition, bridge};
/// // Riot in 2025Q1: 61,830 + 12,988 - 7,801 thousand USD for 1,529.8 bitcoin.
/// let accounts = Accounts {
///     btc: 1_529.8,
///     power_usd: 61_830e3,
///     other_direct_usd: 12_988e3,
///     credits_usd: 7_801e3,
///     ..Accounts::default()
/// };
/// let direct = bridge(&accounts)?[1];
/// assert_eq!(direct.definition, Definition::DirectNetOfCredits);
/// assert_eq!(direct.usd, 67_017e3);
/// assert!((direct.usd_per_btc - 43_808.0).abs() < 1.0);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn bridge(accounts: &Accounts) -> Result<[BridgeRow; 6], Error> {
    check(accounts)?;
    Ok(Definition::ALL.map(|definition| {
        let usd = definition.usd(accounts);
        BridgeRow { definition, usd, usd_per_btc: usd / accounts.btc }
    }))
}

/// Bitcoin that a published cost and a published cost per bitcoin imply.
pub fn implied_btc(usd: f64, usd_per_btc: f64) -> f64 {
    usd / usd_per_btc
}

/// Every amount that no cost can be computed from.
fn check(accounts: &Accounts) -> Result<(), Error> {
    let mut faults = Faults::default();
    let mut demand = |name: &str, value: f64, fine: bool, unit: &str, allowed: &str| {
        if !fine {
            let code = if value.is_finite() { Code::Range } else { Code::NotFinite };
            let fault = Violation::new(code, format!("accounts.{name}"));
            faults.push(fault.value(value).unit(unit).allowed(allowed));
        }
    };
    let btc = accounts.btc;
    demand("btc", btc, btc.is_finite() && btc > 0.0, "BTC", "allowed above 0");
    for (name, usd) in [
        ("power_usd", accounts.power_usd),
        ("other_direct_usd", accounts.other_direct_usd),
        ("credits_usd", accounts.credits_usd),
        ("cash_sga_usd", accounts.cash_sga_usd),
        ("interest_usd", accounts.interest_usd),
        ("depreciation_usd", accounts.depreciation_usd),
        ("stock_pay_usd", accounts.stock_pay_usd),
    ] {
        demand(name, usd, usd.is_finite() && usd >= 0.0, "USD", "allowed 0 and above");
    }
    let tax = accounts.tax_usd;
    demand("tax_usd", tax, tax.is_finite(), "USD", "any finite amount");
    faults.into_result().map_err(Error::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_tables_come_out() {
        let riot = |power_usd, other_direct_usd, credits_usd, published: f64, btc: f64| {
            let accounts =
                Accounts { btc, power_usd, other_direct_usd, credits_usd, ..Accounts::default() };
            let row = bridge(&accounts).unwrap()[1];
            assert!((row.usd_per_btc / published - 1.0).abs() < 1e-3, "{published}");
            assert!((implied_btc(row.usd, published) / btc - 1.0).abs() < 1e-3, "{published}");
        };
        riot(61_830e3, 12_988e3, 7_801e3, 43_808.0, 1_529.8);
        riot(28_555e3, 7_994e3, 5_131e3, 23_034.0, 1_364.0);

        let cleanspark = Accounts {
            btc: 1.0,
            power_usd: 49_698.0,
            cash_sga_usd: 18_045.0,
            ..Accounts::default()
        };
        assert_eq!(bridge(&cleanspark).unwrap()[2].usd_per_btc, 67_743.0);

        let cango = Accounts {
            btc: 1.0,
            power_usd: 81_072.0,
            depreciation_usd: 18_311.0,
            ..Accounts::default()
        };
        let rows = bridge(&cango).unwrap();
        assert_eq!(rows[5].usd_per_btc, 99_383.0);
        assert_eq!(rows[5].usd_per_btc - rows[4].usd_per_btc, 18_311.0);
    }

    #[test]
    fn each_definition_counts_what_it_says() {
        let accounts = Accounts {
            btc: 2.0,
            power_usd: 100.0,
            other_direct_usd: 20.0,
            credits_usd: 150.0,
            cash_sga_usd: 8.0,
            interest_usd: 4.0,
            tax_usd: -2.0,
            depreciation_usd: 32.0,
            stock_pay_usd: 16.0,
        };
        let costs = bridge(&accounts).unwrap().map(|row| row.usd_per_btc);
        assert_eq!(costs, [50.0, -15.0, 54.0, -11.0, -10.0, 14.0]);
        for definition in Definition::ALL {
            let words = definition.counts();
            let parts = words.matches(" + ").count() + words.matches(" - ").count() + 1;
            // As many amounts as words: each amount of one kind moves the cost by itself.
            let names = ["power", "direct", "credits", "SG&A", "interest", "tax", "dep", "stock"];
            assert_eq!(names.iter().filter(|name| words.contains(*name)).count(), parts);
        }
    }

    #[test]
    fn accounts_that_make_no_sense_are_refused() {
        let accounts = Accounts { credits_usd: -5.0, tax_usd: f64::NAN, ..Accounts::default() };
        let Err(Error::Invalid(faults)) = bridge(&accounts) else { panic!("accepted") };
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["accounts.btc", "accounts.credits_usd", "accounts.tax_usd"]);
    }
}
