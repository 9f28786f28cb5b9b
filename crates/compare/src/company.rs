//! What a company's share is worth by the company's parts, and what the price of a share holds.
//!
//! Five parts add up to the equity: the mining business, bitcoin held, signed megawatts, unsigned
//! megawatts at their odds, less net debt. Each is linear in what it is made of, so the inverse has
//! a closed form.

use hpcrev::chain;
use hpcrev::value::{CompanyParts, probability_weighted, sum_of_the_parts};
use units::constants::TH_PER_EH;

/// Critical megawatts of one use with their worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Megawatts {
    /// Critical MW.
    pub critical_mw: f64,
    /// Equity value of one of them once signed.
    pub usd_per_critical_mw: f64,
}

/// A company as the sum of its parts sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Company {
    /// Hash rate of its own machines.
    pub eh_per_s: f64,
    /// What a TH/s of the mining business is worth: machines, sites and what they will earn.
    pub mining_usd_per_th: f64,
    /// Bitcoin held.
    pub held_btc: f64,
    /// Price of a bitcoin.
    pub usd_per_btc: f64,
    /// Megawatts with a contract.
    pub signed: Vec<Megawatts>,
    /// Megawatts that may soon have one, as many as are counted: see [`counted_critical_mw`].
    pub unsigned: Megawatts,
    /// Probability that the unsigned ones get signed.
    pub signing_frac: f64,
    /// Debt; convertible notes at par.
    pub debt_usd: f64,
    /// Cash.
    pub cash_usd: f64,
    /// Shares with all that may become shares.
    pub diluted_shares: f64,
}

/// What each part is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// Mining business.
    pub mining_usd: f64,
    /// Bitcoin held.
    pub bitcoin_usd: f64,
    /// Megawatts with a contract.
    pub signed_usd: f64,
    /// Unsigned megawatts, weighted by their probability.
    pub unsigned_usd: f64,
    /// Debt less cash; negative if there is more cash.
    pub net_debt_usd: f64,
}

impl Parts {
    /// Equity: the parts together, net debt taken off.
    ///
    /// # Example
    /// ```
    /// use compare::company::Parts;
    /// let parts = Parts {
    ///     mining_usd: 1e9,
    ///     bitcoin_usd: 2e9,
    ///     signed_usd: 0.0,
    ///     unsigned_usd: 0.5e9,
    ///     net_debt_usd: 0.25e9,
    /// };
    /// assert_eq!(parts.equity_usd(), 3.25e9);
    /// ```
    pub fn equity_usd(&self) -> f64 {
        self.mining_usd + self.bitcoin_usd + self.signed_usd + self.unsigned_usd - self.net_debt_usd
    }
}

impl Company {
    /// What each part is worth.
    ///
    /// # Formula
    /// `EH/s x 1e6 x USD per TH/s`, `BTC x price`, MW x USD per MW of each contract, `probability x
    /// MW x USD per MW`, debt less cash: model section 6.
    pub fn parts(&self) -> Parts {
        let Megawatts { critical_mw, usd_per_critical_mw } = self.unsigned;
        Parts {
            mining_usd: self.eh_per_s * TH_PER_EH * self.mining_usd_per_th,
            bitcoin_usd: self.held_btc * self.usd_per_btc,
            signed_usd: self.signed.iter().map(|mw| mw.critical_mw * mw.usd_per_critical_mw).sum(),
            unsigned_usd: probability_weighted(self.signing_frac, critical_mw, usd_per_critical_mw),
            net_debt_usd: self.debt_usd - self.cash_usd,
        }
    }

    /// Value in USD of one diluted share.
    ///
    /// # Formula
    /// [`Parts::equity_usd`] over diluted shares, by [`sum_of_the_parts`].
    ///
    /// # Special cases
    /// Negative where net debt exceeds all parts.
    ///
    /// # Example
    /// ```
    /// use compare::company::{Company, Megawatts};
    /// let company = Company {
    ///     eh_per_s: 20.0,
    ///     mining_usd_per_th: 25.0,
    ///     held_btc: 1_000.0,
    ///     usd_per_btc: 100e3,
    ///     signed: vec![Megawatts { critical_mw: 100.0, usd_per_critical_mw: 5e6 }],
    ///     unsigned: Megawatts { critical_mw: 200.0, usd_per_critical_mw: 4e6 },
    ///     signing_frac: 0.5,
    ///     debt_usd: 300e6,
    ///     cash_usd: 100e6,
    ///     diluted_shares: 100e6,
    /// };
    /// // 500 + 100 + 500 + 400 - 200 M$ over 100 million shares.
    /// assert_eq!(company.usd_per_share(), 13.0);
    /// ```
    pub fn usd_per_share(&self) -> f64 {
        let parts = self.parts();
        sum_of_the_parts(&CompanyParts {
            mining_usd: parts.mining_usd,
            signed_usd: parts.signed_usd,
            unsigned_critical_mw: self.unsigned.critical_mw,
            unsigned_usd_per_mw: self.unsigned.usd_per_critical_mw,
            probability_frac: self.signing_frac,
            // There, bitcoin counts as cash.
            net_debt_usd: parts.net_debt_usd - parts.bitcoin_usd,
            diluted_shares: self.diluted_shares,
        })
    }

    /// The company with another amount of what is unknown.
    #[must_use]
    pub fn with(&self, unknown: Unknown, amount: f64) -> Self {
        let mut company = self.clone();
        match unknown {
            Unknown::UnsignedCriticalMw => company.unsigned.critical_mw = amount,
            Unknown::EhPerS => company.eh_per_s = amount,
            Unknown::SigningFrac => company.signing_frac = amount,
        }
        company
    }
}

/// What a share price is solved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Unsigned critical MW, at the probability given.
    UnsignedCriticalMw,
    /// Hash rate in EH/s.
    EhPerS,
    /// Probability that the unsigned megawatts get signed.
    SigningFrac,
}

/// Change of the value of a share in USD for one more unit of the unknown: MW critical, EH/s, or
/// certainty instead of nothing.
///
/// # Formula
/// `probability x USD per MW`, `1e6 x USD per TH/s`, or `MW x USD per MW`, over diluted shares.
pub fn slope_usd_per_share(company: &Company, unknown: Unknown) -> f64 {
    let Megawatts { critical_mw, usd_per_critical_mw } = company.unsigned;
    let per_unit_usd = match unknown {
        Unknown::UnsignedCriticalMw => company.signing_frac * usd_per_critical_mw,
        Unknown::EhPerS => TH_PER_EH * company.mining_usd_per_th,
        Unknown::SigningFrac => critical_mw * usd_per_critical_mw,
    };
    per_unit_usd / company.diluted_shares
}

/// Amount of the unknown at which the sum of the parts equals a share price, in its own unit.
///
/// # Formula
/// `(price - value with none of it) / slope`; the amount in `company` does not matter.
///
/// # Special cases
/// Below zero where the other parts alone are worth more than the price; a probability above one
/// where certainty would not do. `None` where the value does not depend on the unknown.
///
/// # Example
/// ```
/// use compare::company::{Company, Megawatts, Unknown, implied};
/// let company = Company {
///     eh_per_s: 0.0,
///     mining_usd_per_th: 25.0,
///     held_btc: 0.0,
///     usd_per_btc: 100e3,
///     signed: Vec::new(),
///     unsigned: Megawatts { critical_mw: 0.0, usd_per_critical_mw: 4e6 },
///     signing_frac: 0.5,
///     debt_usd: 0.0,
///     cash_usd: 0.0,
///     diluted_shares: 100e6,
/// };
/// // 12 USD a share are 1.2 B$: 600 MW at 4 M$ and even odds, or 48 EH/s at 25 M$.
/// assert_eq!(implied(&company, Unknown::UnsignedCriticalMw, 12.0), Some(600.0));
/// assert_eq!(implied(&company, Unknown::EhPerS, 12.0), Some(48.0));
/// // Without unsigned megawatts there is nothing to be signed.
/// assert_eq!(implied(&company, Unknown::SigningFrac, 12.0), None);
/// ```
pub fn implied(company: &Company, unknown: Unknown, usd_per_share: f64) -> Option<f64> {
    let slope = slope_usd_per_share(company, unknown);
    let without = company.with(unknown, 0.0).usd_per_share();
    (slope != 0.0).then(|| (usd_per_share - without) / slope)
}

/// Unsigned critical MW that are counted: those of the near term, as far as one tenant takes them.
///
/// # Example
/// ```
/// use compare::company::counted_critical_mw;
/// // One tenant takes 720 MW gross, at 1.44 gross per critical MW.
/// assert_eq!(counted_critical_mw(600.0, 720.0, 1.44), 500.0);
/// assert_eq!(counted_critical_mw(300.0, 720.0, 1.44), 300.0);
/// ```
pub fn counted_critical_mw(
    near_term_critical_mw: f64,
    tenant_cap_gross_mw: f64,
    gross_per_critical: f64,
) -> f64 {
    near_term_critical_mw.min(chain::critical_mw(tenant_cap_gross_mw, gross_per_critical))
}
