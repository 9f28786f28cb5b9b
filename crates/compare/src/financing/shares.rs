//! Shares: what is issued, what converts, what warrants add, and what that costs those who hold.

use super::statement::Funding;
use super::terms::{Convertible, CreditSupport, Financing};

/// How the number of shares comes about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dilution {
    /// Shares before the plan.
    pub before_shares: f64,
    /// Shares sold at the market.
    pub at_the_market_shares: f64,
    /// Shares that notes turn into.
    pub converted_shares: f64,
    /// Shares that warrants add by the treasury-stock method.
    pub warrant_shares: f64,
}

impl Dilution {
    /// Shares after the plan.
    pub fn after_shares(&self) -> f64 {
        self.before_shares + self.at_the_market_shares + self.converted_shares + self.warrant_shares
    }
}

/// An issue of notes and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Notes {
    /// Months after the valuation date at which they are settled.
    pub(crate) settled: usize,
    /// Shares per dollar of face if they convert, else 0.
    pub(crate) shares_per_usd: f64,
}

impl Notes {
    /// Notes issued in a month: if-converted where the share price at maturity (the horizon at the
    /// latest) is above the conversion price.
    pub(crate) fn issued(
        financing: &Financing,
        notes: &Convertible,
        issued: usize,
        horizon: usize,
    ) -> Self {
        let settled = (issued + notes.tenor_months).min(horizon);
        let shares_per_usd = financing.shares.as_ref().map_or(0.0, |shares| {
            let conversion_usd = shares.price(issued) * (1.0 + notes.premium_frac);
            if shares.price(settled) > conversion_usd && conversion_usd > 0.0 {
                1.0 / conversion_usd
            } else {
                0.0
            }
        });
        Self { settled, shares_per_usd }
    }
}

impl CreditSupport {
    /// Shares that the warrants add when a share costs `usd_per_share`: those that the exercise
    /// price does not buy back.
    ///
    /// # Formula
    /// `warrants max(0, 1 - strike / price)`: the treasury-stock method.
    ///
    /// # Example
    /// ```
    /// let support = compare::financing::CreditSupport {
    ///     warrant_shares: 24e6, strike_usd_per_share: 5.0, coupon_frac: 0.0725, ltc_frac: 0.85,
    /// };
    /// assert_eq!(support.diluting_shares(20.0), 18e6);
    /// assert_eq!(support.diluting_shares(4.0), 0.0);
    /// ```
    pub fn diluting_shares(&self, usd_per_share: f64) -> f64 {
        if usd_per_share > self.strike_usd_per_share {
            self.warrant_shares * (1.0 - self.strike_usd_per_share / usd_per_share)
        } else {
            0.0
        }
    }
}

/// What a sale of shares costs those who hold already, USD in all.
///
/// # Formula
/// `f (V / S - 1) / (1 + f / (N0 S))`, f the money raised, V the worth and S the price of a share,
/// N0 the shares before: the fall of `N0 (N0 V + f) / (N0 + f / S)` from `N0 V`.
///
/// # Special cases
/// Negative where shares are sold above their worth: the buyers pay for it.
///
/// # Example
/// ```
/// use compare::financing::dilution_cost_usd;
/// // Half as many shares again at half their worth: holders keep 5/6 of 100.
/// assert!((dilution_cost_usd(25.0, 100.0, 1.0, 0.5) - 100.0 / 6.0).abs() < 1e-12);
/// ```
pub fn dilution_cost_usd(
    raised_usd: f64,
    before_shares: f64,
    worth_usd_per_share: f64,
    price_usd_per_share: f64,
) -> f64 {
    raised_usd * (worth_usd_per_share / price_usd_per_share - 1.0)
        / (1.0 + raised_usd / (before_shares * price_usd_per_share))
}

impl Financing {
    /// Shares by month and how they come about, if there is share data.
    pub(crate) fn dilution(
        &self,
        funding: &Funding,
        warrants_from: Option<usize>,
        horizon: usize,
    ) -> Option<(Dilution, Vec<f64>)> {
        let shares = self.shares.as_ref()?;
        let mut all = Dilution { before_shares: shares.outstanding_shares, ..Dilution::default() };
        let mut added = vec![0.0; horizon + 1];
        for t in 0..=horizon {
            if let Some(market) = &self.at_the_market
                && funding.at_the_market_usd[t] > 0.0
            {
                let price = shares.price(t) * (1.0 - market.discount_frac);
                let sold = funding.at_the_market_usd[t] / price;
                added[t] += sold;
                all.at_the_market_shares += sold;
            }
            if let Some(notes) = &self.convertible
                && funding.convertible_usd[t] > 0.0
            {
                let issue = Notes::issued(self, notes, t, horizon);
                let turned = funding.convertible_usd[t] * issue.shares_per_usd;
                added[issue.settled] += turned;
                all.converted_shares += turned;
            }
        }
        if let (Some(from), Some(support)) = (warrants_from, &self.support) {
            all.warrant_shares = support.diluting_shares(shares.price(horizon));
            added[from] += all.warrant_shares;
        }
        let mut count = shares.outstanding_shares;
        let by_month = added
            .iter()
            .map(|added| {
                count += added;
                count
            })
            .collect();
        Some((all, by_month))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_below_worth_cost_holders_what_the_formula_says() {
        for (raised, before, worth, price) in
            [(1e8, 3e8, 20.0, 12.0), (5e6, 1e6, 3.0, 3.0), (7e9, 4e8, 10.0, 25.0)]
        {
            let after: f64 = before * (before * worth + raised) / (before + raised / price);
            let cost = dilution_cost_usd(raised, before, worth, price);
            let terms = before * worth + raised;
            assert!((before * worth - after - cost).abs() <= 1e-12 * terms, "{cost}");
        }
    }
}
