//! The funding of a plan within the limits of its terms.

use finance::debt::{level, monthly_rate_frac};

use super::dinkelbach::dinkelbach;
use super::flows::ProjectFlows;
use super::run::{HALF_CENT_USD, Run, loan_runs};
use super::shares::Notes;
use super::statement::{Funding, Statement};
use super::terms::{CoinValue, Financing, FundingObjective, Repayment, Source};
use super::transport::{Supply, transport};

/// Rounds in which needs that raising itself causes (tax on gains, coupons) are met.
const MAX_ROUNDS: usize = 40;
/// Rounds in which the limit on coins is turned into one on dollars.
const COIN_ROUNDS: usize = 6;
/// Share of the coins that is left so that rounding sells none that are not there.
const COIN_HAIR: f64 = 1e-12;
/// First and last step in which the size of a loan is searched, as shares of the most.
const STEPS: (f64, f64) = (0.5, 1e-4);

/// A plan with its funding.
#[derive(Clone, Debug, PartialEq)]
pub struct FundedPlan {
    /// What the funding was chosen for.
    pub objective: FundingObjective,
    /// How much of each source is used.
    pub funding: Funding,
    /// What follows.
    pub statement: Statement,
    /// Value of a share at which it was chosen; `None` unless that was the objective.
    pub worth_usd_per_share: Option<f64>,
}

/// Chooses the funding of a plan.
///
/// # Formula
/// The project's own cash comes first: nothing is raised while it lasts. Loans are drawn as halls
/// are built, up to what terms and coverage allow; the size of each is searched, down to 1/10,000 of
/// the most. What is missing by date is raised where [`Financing::cost_per_usd`] is least, exactly.
/// Value per share is a ratio: [`dinkelbach`].
///
/// # Special cases
/// `lender` as in [`Financing::statement`]. The project's value does not depend on its funding: for
/// [`FundingObjective::ProjectNpv`] the funding is that of equity value. Where the sources do not
/// reach, the plan with the least missing is returned, and its statement is not feasible.
pub fn choose_funding(
    financing: &Financing,
    flows: &ProjectFlows,
    lender: Option<&ProjectFlows>,
    objective: FundingObjective,
) -> FundedPlan {
    let search = Search { financing, flows, lender: lender.unwrap_or(flows) };
    let per_share = objective == FundingObjective::EquityNpvPerShare;
    if let Some(shares) = financing.shares.as_ref().filter(|_| per_share) {
        let best = dinkelbach(shares.intrinsic_usd_per_share, |worth| {
            let found = search.best(Some(worth));
            (found.numerator, found.shares, found)
        });
        let Found { funding, statement, .. } = best.plan;
        return FundedPlan { objective, funding, statement, worth_usd_per_share: Some(best.ratio) };
    }
    let Found { funding, statement, .. } = search.best(None);
    FundedPlan { objective, funding, statement, worth_usd_per_share: None }
}

struct Search<'a> {
    financing: &'a Financing,
    flows: &'a ProjectFlows,
    lender: &'a ProjectFlows,
}

struct Found {
    funding: Funding,
    statement: Statement,
    /// What nobody gives, or how far it is from the covenants.
    missing_usd: f64,
    numerator: f64,
    shares: f64,
}

impl Found {
    fn value(&self, worth: Option<f64>) -> f64 {
        worth.map_or(self.numerator, |worth| self.numerator - worth * self.shares)
    }

    fn beats(&self, other: &Self, worth: Option<f64>) -> bool {
        let (mine, theirs) = (self.missing_usd, other.missing_usd);
        if mine.max(theirs) > HALF_CENT_USD && mine != theirs {
            return mine < theirs;
        }
        let (mine, theirs) = (self.value(worth), other.value(worth));
        mine > theirs + 1e-14 * mine.abs().max(theirs.abs())
    }
}

impl Search<'_> {
    /// The best funding where a share is worth so much; `None`: shares are not counted.
    fn best(&self, worth: Option<f64>) -> Found {
        let loans = self.financing.loans.len();
        let mut best = self.funded(false, &vec![0.0; loans], worth);
        let mut at = (false, vec![0.0; loans]);
        let mut consider = |supported: bool, scales: Vec<f64>, best: &mut Found| {
            let found = self.funded(supported, &scales, worth);
            let better = found.beats(best, worth);
            if better {
                *best = found;
                at = (supported, scales);
            }
            (better, at.clone())
        };
        let may_support = self.financing.support.is_some() && loans > 0;
        let supports: &[bool] = if may_support { &[false, true] } else { &[false] };
        let mut seat = (false, vec![0.0; loans]);
        for &supported in supports {
            for corner in 1..1_usize << loans.min(usize::BITS as usize - 1) {
                let whole = |i: usize| if corner >> i & 1 == 1 { 1.0 } else { 0.0 };
                seat = consider(supported, (0..loans).map(whole).collect(), &mut best).1;
            }
        }
        let mut step = STEPS.0;
        while step >= STEPS.1 && loans > 0 {
            let mut moved = false;
            for i in 0..loans {
                for sign in [-1.0, 1.0] {
                    let mut scales = seat.1.clone();
                    scales[i] = (scales[i] + sign * step).clamp(0.0, 1.0);
                    if scales[i] == seat.1[i] {
                        continue;
                    }
                    for &supported in supports {
                        let (better, now) = consider(supported, scales.clone(), &mut best);
                        moved |= better;
                        seat = now;
                    }
                }
            }
            if !moved {
                step /= 2.0;
            }
        }
        best
    }

    /// The cheapest funding around loans of a given size, as shares of the most.
    fn funded(&self, supported: bool, scales: &[f64], worth: Option<f64>) -> Found {
        let horizon = self.flows.months();
        let mut funding = Funding { supported, ..Funding::none(self.financing, horizon) };
        let runs = loan_runs(self.financing, self.flows, self.lender, supported, |index, shape| {
            shape.map_or(0.0, |shape| scales[index] * shape.most_usd)
        });
        funding.loan_face_usd = runs.iter().map(super::run::LoanRun::face_usd).collect();
        let mut need_usd = {
            let run = Run::new(self.financing, self.flows, Some(self.lender), &funding);
            needs_usd(&run.net_usd(), run.floor_usd())
        };
        let supplies = self.financing.supplies(horizon, worth);
        self.raise(&supplies, &need_usd, &mut funding);
        let mut statement = self.statement(&funding);
        // Each round causes less than it meets; where it does not, there is no more to be had.
        for _ in 0..MAX_ROUNDS {
            let missing_usd = statement.missing_usd();
            if missing_usd <= HALF_CENT_USD / 8.0 {
                break;
            }
            for (need, missing) in need_usd.iter_mut().zip(&statement.unfunded_usd) {
                *need += missing;
            }
            self.raise(&supplies, &need_usd, &mut funding);
            statement = self.statement(&funding);
            if statement.missing_usd() > 0.95 * missing_usd {
                break;
            }
        }
        let summary = &statement.summary;
        let missing_usd = statement.breaches.iter().fold(0.0, |sum, b| sum + b.missing_usd);
        let (numerator, shares) = match (worth, summary.company_value_usd, summary.dilution) {
            (Some(_), Some(value), Some(dilution)) => (value, dilution.after_shares()),
            _ => (summary.equity_npv_usd, 1.0),
        };
        Found { funding, statement, missing_usd, numerator, shares }
    }

    fn statement(&self, funding: &Funding) -> Statement {
        self.financing.statement(self.flows, Some(self.lender), funding)
    }

    /// Raises what is needed by month.
    fn raise(&self, supplies: &[(Source, Supply)], need_usd: &[f64], funding: &mut Funding) {
        let mut plain: Vec<Supply> = supplies.iter().map(|(_, supply)| supply.clone()).collect();
        for _ in 0..COIN_ROUNDS {
            let given = transport(&plain, need_usd);
            for ((source, _), given) in supplies.iter().zip(&given) {
                self.financing.enter(*source, given, funding);
            }
            // The limit on coins is in coins; what they fetch depends on the month.
            let Some(treasury) = &self.financing.treasury else { return };
            let sold: f64 = funding.sold_btc.iter().sum();
            if sold <= treasury.held_btc {
                return;
            }
            for (((source, _), supply), given) in supplies.iter().zip(&mut plain).zip(&given) {
                if *source == Source::Treasury {
                    let share = treasury.held_btc / sold * (1.0 - COIN_HAIR);
                    supply.most_usd = given.iter().sum::<f64>() * share;
                }
            }
        }
        // Prices that leap between months: what there is, sold in the same months.
        if let Some(treasury) = &self.financing.treasury {
            let sold: f64 = funding.sold_btc.iter().sum();
            let share = (treasury.held_btc / sold).min(1.0) * (1.0 - COIN_HAIR);
            funding.sold_btc.iter_mut().for_each(|coins| *coins *= share);
        }
    }
}

/// What has to be raised by each month beyond what earlier months need, USD.
fn needs_usd(net_usd: &[f64], floor_usd: f64) -> Vec<f64> {
    let (mut sum_usd, mut raised_usd) = (0.0, 0.0_f64);
    let last = net_usd.len().saturating_sub(1);
    let need = |(t, net_usd): (usize, &f64)| {
        sum_usd += net_usd;
        let floor_usd = if t == last { 0.0 } else { floor_usd };
        let more_usd = (floor_usd - sum_usd - raised_usd).max(0.0);
        raised_usd += more_usd;
        more_usd
    };
    net_usd.iter().enumerate().map(need).collect()
}

impl Financing {
    /// What a dollar that a source gives in a month costs those who hold shares today, beyond the
    /// dollar itself, in USD at the valuation date: its linear part.
    ///
    /// # Formula
    /// Present value of what the source takes for a dollar, less that of the dollar. Own cash: 0.
    /// Bitcoin: slippage, tax on the gain, and the coin. Notes: coupons after tax and par, or the
    /// shares that they turn into. New shares: the fee, or the shares at their worth. Loan: service
    /// after tax of a level loan of its tenor, discount included.
    ///
    /// # Special cases
    /// `worth_usd_per_share`: what a share is worth for which value per share is sought; with `None`
    /// new shareholders' money counts as put in and their shares are not counted. `None` where the
    /// source is not there.
    pub fn cost_per_usd(
        &self,
        source: FundingSource,
        month: usize,
        horizon: usize,
        worth_usd_per_share: Option<f64>,
    ) -> Option<f64> {
        let taken = match source {
            FundingSource::Monthly(source) => {
                self.taken_per_usd(source, month, horizon, worth_usd_per_share)?
            }
            FundingSource::Loan(index) => self.served_per_usd(index, month, horizon)?,
        };
        Some(taken - self.discount(month))
    }

    /// Present value of what a source takes for a dollar in a month.
    fn taken_per_usd(
        &self,
        source: Source,
        t: usize,
        horizon: usize,
        worth: Option<f64>,
    ) -> Option<f64> {
        let now = self.discount(t);
        match source {
            Source::OwnCash => Some(now),
            Source::Treasury => {
                let coins = self.treasury.as_ref()?;
                let per_usd = 1.0 / (coins.price(t) * (1.0 - coins.slippage_frac));
                let coin = match coins.coin_value {
                    CoinValue::AtSale => coins.price(t) * now,
                    CoinValue::AtHorizon => coins.price(horizon) * self.discount(horizon),
                };
                let gain = (1.0 - per_usd * coins.cost_basis_usd_per_btc).max(0.0);
                let taxed = self.discount((12 * (t / 12 + 1)).min(horizon));
                Some(per_usd * coin + self.tax_rate_frac * gain * taxed)
            }
            Source::Convertible => {
                let notes = self.convertible.as_ref()?;
                self.shares.as_ref()?;
                let face = 1.0 / (1.0 - notes.fee_frac);
                let issue = Notes::issued(self, notes, t, horizon);
                let coupon =
                    monthly_rate_frac(notes.coupon_frac) * (1.0 - self.tax_rate_frac) * face;
                let coupons: f64 = (t + 1..=issue.settled).map(|u| coupon * self.discount(u)).sum();
                let par = face * self.discount(issue.settled);
                let converted = face * issue.shares_per_usd;
                Some(coupons + worth.filter(|_| converted > 0.0).map_or(par, |v| v * converted))
            }
            Source::AtTheMarket => {
                let market = self.at_the_market.as_ref()?;
                let price = self.shares.as_ref()?.price(t) * (1.0 - market.discount_frac);
                let paid = 1.0 / (1.0 - market.fee_frac);
                Some(worth.map_or(paid * now, |worth| worth * paid / price))
            }
        }
    }

    /// Present value of what a level loan drawn in a month takes for a dollar.
    fn served_per_usd(&self, index: usize, t: usize, horizon: usize) -> Option<f64> {
        let loan = self.loans.get(index)?;
        let rate = monthly_rate_frac(loan.coupon_frac);
        let balloon = match loan.repayment {
            Repayment::Level { balloon_frac } => balloon_frac,
            Repayment::Sculpted { .. } => 0.0,
        };
        let months = loan.tenor_months.min(horizon.saturating_sub(t)).max(1);
        let free = loan.interest_only_months.min(months - 1);
        let schedule = level(1.0, rate, months, free, balloon);
        let served = schedule.iter().enumerate().map(|(u, paid)| {
            let oid = loan.oid_frac / months as f64;
            let saved = self.tax_rate_frac * (paid.interest_usd + oid);
            (paid.service_usd() - saved) * self.discount(t + 1 + u)
        });
        Some(served.sum::<f64>() / (1.0 - loan.oid_frac))
    }

    /// What the sources that are raised month by month can give, and at what cost.
    fn supplies(&self, horizon: usize, worth: Option<f64>) -> Vec<(Source, Supply)> {
        let supply = |source: Source| {
            let cost_per_usd = (0..=horizon)
                .map(|t| self.taken_per_usd(source, t, horizon, worth))
                .collect::<Option<Vec<f64>>>()?;
            let (most_usd, most_monthly_usd) = match source {
                Source::OwnCash => (self.spendable_usd(), f64::INFINITY),
                Source::Treasury => {
                    let coins = self.treasury.as_ref()?;
                    let high = (0..=horizon).map(|t| coins.price(t)).fold(0.0, f64::max);
                    (coins.held_btc * high * (1.0 - coins.slippage_frac), f64::INFINITY)
                }
                Source::Convertible => {
                    let notes = self.convertible.as_ref()?;
                    (notes.max_usd * (1.0 - notes.fee_frac), f64::INFINITY)
                }
                Source::AtTheMarket => {
                    let market = self.at_the_market.as_ref()?;
                    let net = 1.0 - market.fee_frac;
                    (market.max_usd * net, market.max_monthly_usd * net)
                }
            };
            let most_by_month_usd = (0..=horizon)
                .map(|t| match (source, &self.treasury) {
                    (Source::Treasury, Some(coins)) => {
                        coins.held_btc * coins.price(t) * (1.0 - coins.slippage_frac)
                    }
                    // Notes and shares issued at the horizon would be settled as they are issued.
                    (Source::Convertible, _) if t == horizon => 0.0,
                    _ => most_monthly_usd,
                })
                .collect();
            Some((source, Supply { most_usd, most_by_month_usd, cost_per_usd }))
        };
        Source::ALL.into_iter().filter_map(supply).collect()
    }

    /// Enters what a source gives, month by month, into the funding.
    fn enter(&self, source: Source, given_usd: &[f64], funding: &mut Funding) {
        for (t, usd) in given_usd.iter().enumerate() {
            match source {
                Source::OwnCash => funding.own_cash_usd[t] = *usd,
                Source::Treasury => {
                    funding.sold_btc[t] = self
                        .treasury
                        .as_ref()
                        .map_or(0.0, |coins| usd / (coins.price(t) * (1.0 - coins.slippage_frac)));
                }
                Source::Convertible => {
                    let fee = self.convertible.as_ref().map_or(0.0, |notes| notes.fee_frac);
                    funding.convertible_usd[t] = usd / (1.0 - fee);
                }
                Source::AtTheMarket => {
                    let fee = self.at_the_market.as_ref().map_or(0.0, |market| market.fee_frac);
                    funding.at_the_market_usd[t] = usd / (1.0 - fee);
                }
            }
        }
    }
}

/// A source of money whose cost can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FundingSource {
    /// One that is raised month by month.
    Monthly(Source),
    /// A loan, as an index into the terms.
    Loan(usize),
}
