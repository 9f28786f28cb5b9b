//! Runs a financed plan through its months.

use finance::debt::{coverage, loan_life_coverage, monthly_rate_frac};
use finance::tax::yearly_tax;

use super::flows::{Basis, ProjectFlows};
use super::loans::Shape;
use super::shares::Notes;
use super::statement::{Breach, BreachOf, CoverageTest, Funding, LoanColumns, Statement, Summary};
use super::terms::{Financing, Loan};

/// What is below half a cent is rounding.
pub(crate) const HALF_CENT_USD: f64 = 0.005;
/// Share by which a coverage may miss its mark by rounding.
const COVERAGE_HAIR: f64 = 1e-9;
/// Months of a tax year.
const YEAR: usize = 12;

/// A plan with its terms and funding.
pub(crate) struct Run<'a> {
    terms: &'a Financing,
    flows: &'a ProjectFlows,
    funding: &'a Funding,
    horizon: usize,
    loans: Vec<LoanRun>,
    /// Month, face and fate of the notes issued.
    notes: Vec<(usize, f64, Notes)>,
}

/// A loan with its course.
pub(crate) struct LoanRun {
    loan: Loan,
    face_usd: f64,
    shape: Option<Shape>,
    /// Service of earlier loans on the same basis, USD.
    earlier_usd: Vec<f64>,
    /// Service by month if nothing is repaid early, balloon apart, USD.
    service_usd: Vec<f64>,
}

/// The courses of all loans, each after those before it.
pub(crate) fn loan_runs(
    terms: &Financing,
    flows: &ProjectFlows,
    lender: &ProjectFlows,
    supported: bool,
    face_of: impl Fn(usize, Option<&Shape>) -> f64,
) -> Vec<LoanRun> {
    let zeros = || vec![0.0; flows.months() + 1];
    // By basis: what earlier loans take of the cash flow, and what they have lent.
    let mut served_usd = [(Basis::Halls, zeros(), 0.0), (Basis::Gpus, zeros(), 0.0)];
    let mut runs = Vec::with_capacity(terms.loans.len());
    for index in 0..terms.loans.len() {
        let loan = terms.loan(index, supported);
        let Some((_, earlier, lent_usd)) =
            served_usd.iter_mut().find(|(basis, ..)| *basis == loan.basis)
        else {
            continue;
        };
        let tenant = terms.tenant_capex.as_ref();
        let shape = Shape::new(&loan, flows, lender, tenant, (earlier, *lent_usd));
        // What there is no course for cannot be drawn.
        let face_usd = shape.as_ref().map_or(0.0, |_| face_of(index, shape.as_ref()));
        let earlier_usd = earlier.clone();
        let unit = shape.as_ref().map_or_else(Vec::new, |shape| shape.service(&loan));
        let service_usd: Vec<f64> = unit.iter().map(|unit| face_usd * unit).collect();
        for (sum, usd) in earlier.iter_mut().zip(&service_usd) {
            *sum += usd;
        }
        *lent_usd += face_usd;
        runs.push(LoanRun { loan, face_usd, shape, earlier_usd, service_usd });
    }
    runs
}

impl LoanRun {
    /// Face that is drawn, USD.
    pub(crate) fn face_usd(&self) -> f64 {
        self.face_usd
    }

    /// Service of the next months, USD, as far as it has begun and something is owed.
    fn next_usd(&self, t: usize, owed_usd: f64) -> f64 {
        let Some(shape) = self.shape.as_ref().filter(|shape| t >= shape.repay_after) else {
            return 0.0;
        };
        let months = self.loan.reserve_months;
        let to = (t + months).min(shape.end);
        let due_usd: f64 = self.service_usd[(t + 1).min(to + 1)..=to].iter().sum();
        let rate = monthly_rate_frac(self.loan.coupon_frac);
        due_usd.min(owed_usd * (1.0 + rate * months as f64))
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        terms: &'a Financing,
        flows: &'a ProjectFlows,
        lender: Option<&'a ProjectFlows>,
        funding: &'a Funding,
    ) -> Self {
        let lender = lender.unwrap_or(flows);
        let horizon = flows.months();
        let loans = loan_runs(terms, flows, lender, funding.supported, |index, _| {
            funding.loan_face_usd.get(index).copied().unwrap_or(0.0)
        });
        let issued = |(t, face): (usize, &f64)| {
            let notes = terms.convertible.as_ref().filter(|_| *face > 0.0)?;
            Some((t, *face, Notes::issued(terms, notes, t, horizon)))
        };
        let notes = funding.convertible_usd.iter().enumerate().filter_map(issued).collect();
        Self { terms, flows, funding, horizon, loans, notes }
    }

    /// The statement.
    pub(crate) fn statement(&self) -> Statement {
        // First without reserve, early repayment and distributions: what later months need.
        let net_usd = self.months(None).net_usd();
        let floor_usd = self.floor_usd();
        let mut hold_usd = vec![0.0; self.horizon + 1];
        for t in (0..self.horizon).rev() {
            hold_usd[t] = floor_usd.max(hold_usd[t + 1] - net_usd[t + 1]);
        }
        let mut statement = self.months(Some(&hold_usd));
        self.judge(&mut statement);
        statement.summary = self.summary(&statement);
        statement
    }

    /// Net flow of every time before anything is raised month by month, USD.
    pub(crate) fn net_usd(&self) -> Vec<f64> {
        self.months(None).net_usd()
    }

    /// Cash that the project has to hold where own cash alone is less than the minimum, USD.
    pub(crate) fn floor_usd(&self) -> f64 {
        (self.terms.minimum_cash_usd - self.terms.own_cash_usd).max(0.0)
    }

    fn empty(&self) -> Statement {
        let zeros = || vec![0.0; self.horizon + 1];
        let column = |of: fn(&super::flows::Flows) -> &Vec<f64>| {
            (0..=self.horizon).map(|t| self.flows.sum(t, of)).collect()
        };
        let loans = self.loans.iter().map(|run| LoanColumns {
            name: run.loan.name.clone(),
            drawn_usd: zeros(),
            discount_usd: zeros(),
            interest_usd: zeros(),
            principal_usd: zeros(),
            sweep_usd: zeros(),
            balance_usd: zeros(),
        });
        Statement {
            capex_usd: column(|flows| &flows.capex_usd),
            operating_usd: column(|flows| &flows.operating_usd),
            prepayment_usd: column(|flows| &flows.prepayment_usd),
            other_usd: column(|flows| &flows.other_usd),
            project_tax_usd: column(|flows| &flows.tax_usd),
            tax_saved_usd: zeros(),
            own_cash_usd: self.funding.own_cash_usd.clone(),
            tenant_usd: zeros(),
            tenant_repaid_usd: zeros(),
            loans: loans.collect(),
            convertible_usd: zeros(),
            convertible_interest_usd: zeros(),
            convertible_repaid_usd: zeros(),
            converted_usd: zeros(),
            convertible_balance_usd: zeros(),
            at_the_market_usd: zeros(),
            btc_sale_usd: zeros(),
            held_btc: zeros(),
            reserved_usd: zeros(),
            reserve_usd: zeros(),
            distribution_usd: zeros(),
            locked_usd: zeros(),
            unfunded_usd: zeros(),
            project_cash_usd: zeros(),
            cash_usd: zeros(),
            diluted_shares: Vec::new(),
            tests: Vec::new(),
            breaches: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// Runs through the months; without `hold_usd` cash piles up, or is missing.
    fn months(&self, hold_usd: Option<&[f64]>) -> Statement {
        let mut s = self.empty();
        self.raise(&mut s);
        let mut tax = TaxBooks::new(self);
        let mut owed_usd = vec![0.0; self.loans.len()];
        let mut locks = vec![false; self.loans.len()];
        let (mut cash_usd, mut reserve_usd) = (0.0_f64, 0.0_f64);
        for t in 0..=self.horizon {
            self.serve(&mut s, &mut tax, &mut owed_usd, t);
            s.tax_saved_usd[t] = tax.saved_usd(t);
            cash_usd += s.net_usd_at(t);
            if let Some(hold_usd) = hold_usd {
                self.test(&mut s, &mut locks, t);
                let hold_usd = hold_usd[t];
                let target_usd: f64 = self
                    .loans
                    .iter()
                    .zip(&owed_usd)
                    .map(|(run, owed_usd)| run.next_usd(t, *owed_usd))
                    .sum();
                let wanted_usd = target_usd - reserve_usd;
                let moved_usd = if cash_usd < 0.0 {
                    -(-cash_usd).max(-wanted_usd).min(reserve_usd)
                } else {
                    wanted_usd.min((cash_usd - hold_usd).max(0.0))
                };
                reserve_usd += moved_usd;
                cash_usd -= moved_usd;
                (s.reserved_usd[t], s.reserve_usd[t]) = (moved_usd, reserve_usd);
                for (index, run) in self.loans.iter().enumerate() {
                    let repaying = run.shape.as_ref().is_some_and(|shape| t > shape.repay_after);
                    if !repaying || run.loan.sweep_frac <= 0.0 {
                        continue;
                    }
                    let surplus_usd = (cash_usd - hold_usd).max(0.0);
                    let sweep_usd = (run.loan.sweep_frac * surplus_usd).min(owed_usd[index]);
                    owed_usd[index] -= sweep_usd;
                    cash_usd -= sweep_usd;
                    s.loans[index].sweep_usd[t] = sweep_usd;
                    s.loans[index].balance_usd[t] = owed_usd[index];
                }
                let surplus_usd = (cash_usd - hold_usd).max(0.0);
                if locks.iter().zip(&owed_usd).any(|(locked, owed)| *locked && *owed > 0.0) {
                    s.locked_usd[t] = surplus_usd;
                } else {
                    s.distribution_usd[t] = surplus_usd;
                    cash_usd -= surplus_usd;
                }
                if cash_usd < 0.0 {
                    s.unfunded_usd[t] = -cash_usd;
                    cash_usd = 0.0;
                }
            }
            s.project_cash_usd[t] = cash_usd;
        }
        s
    }

    /// Enters what is raised month by month and what tenants pay.
    fn raise(&self, s: &mut Statement) {
        let terms = self.terms;
        for t in 0..=self.horizon {
            if let Some(market) = &terms.at_the_market {
                s.at_the_market_usd[t] =
                    self.funding.at_the_market_usd[t] * (1.0 - market.fee_frac);
            }
            if let Some(treasury) = &terms.treasury {
                s.btc_sale_usd[t] =
                    self.funding.sold_btc[t] * treasury.price(t) * (1.0 - treasury.slippage_frac);
            }
        }
        // The sum of what is sold is compared with what there is: it has to be taken alike here.
        let held_btc = terms.treasury.as_ref().map_or(0.0, |treasury| treasury.held_btc);
        let mut sold_btc = 0.0;
        for (held, sold) in s.held_btc.iter_mut().zip(&self.funding.sold_btc) {
            sold_btc += sold;
            *held = held_btc - sold_btc;
        }
        if let Some(tenant) = &terms.tenant_capex {
            let halls = &self.flows.halls;
            for t in 0..=self.horizon {
                s.tenant_usd[t] = (-halls.capex_usd[t]).max(0.0) * tenant.share_frac;
            }
            let paid_usd: f64 = s.tenant_usd.iter().sum();
            let first = halls.operating_usd.iter().position(|usd| *usd > 0.0);
            let mut left_usd = if tenant.repaid_months > 0 { paid_usd } else { 0.0 };
            let from = first.unwrap_or(self.horizon);
            for t in from..=self.horizon {
                let last = t == self.horizon || t + 1 == from + tenant.repaid_months;
                let part_usd = paid_usd / tenant.repaid_months.max(1) as f64;
                let back_usd = if last { left_usd } else { part_usd.min(left_usd) };
                s.tenant_repaid_usd[t] = back_usd;
                left_usd -= back_usd;
            }
        }
        for (issued, face_usd, notes) in &self.notes {
            let Some(of) = &terms.convertible else { continue };
            s.convertible_usd[*issued] += face_usd * (1.0 - of.fee_frac);
            s.convertible_balance_usd[*issued..notes.settled.max(*issued)]
                .iter_mut()
                .for_each(|owed| *owed += face_usd);
            for interest in &mut s.convertible_interest_usd[issued + 1..=notes.settled.max(*issued)]
            {
                *interest += face_usd * monthly_rate_frac(of.coupon_frac);
            }
            if notes.shares_per_usd > 0.0 {
                s.converted_usd[notes.settled] += face_usd;
            } else {
                s.convertible_repaid_usd[notes.settled] += face_usd;
            }
        }
    }

    /// Draws and serves the loans at `t`, and books what is deducted.
    fn serve(&self, s: &mut Statement, tax: &mut TaxBooks, owed_usd: &mut [f64], t: usize) {
        for ((run, columns), owed_usd) in
            self.loans.iter().zip(&mut s.loans).zip(owed_usd.iter_mut())
        {
            let Some(shape) = run.shape.as_ref().filter(|_| run.face_usd > 0.0) else { continue };
            let interest_usd = monthly_rate_frac(run.loan.coupon_frac) * *owed_usd;
            let due_usd = (run.face_usd * shape.repaid[t]).max(0.0).min(*owed_usd);
            let principal_usd = if t == shape.end { *owed_usd } else { due_usd };
            let drawn_usd = run.face_usd * shape.drawn[t];
            *owed_usd += drawn_usd - principal_usd;
            columns.interest_usd[t] = interest_usd;
            columns.principal_usd[t] = principal_usd;
            columns.drawn_usd[t] = drawn_usd;
            columns.discount_usd[t] = drawn_usd * run.loan.oid_frac;
            columns.balance_usd[t] = *owed_usd;
            tax.deduct(t, interest_usd);
            if t > shape.first && t <= shape.end {
                let months = (shape.end - shape.first) as f64;
                tax.deduct(t, run.face_usd * run.loan.oid_frac / months);
            }
        }
        tax.deduct(t, s.convertible_interest_usd[t]);
        if let Some(treasury) = &self.terms.treasury {
            let cost_usd = self.funding.sold_btc[t] * treasury.cost_basis_usd_per_btc;
            tax.gain(t, s.btc_sale_usd[t] - cost_usd);
        }
    }

    /// Tests coverage at `t`.
    fn test(&self, s: &mut Statement, locks: &mut [bool], t: usize) {
        for (index, run) in self.loans.iter().enumerate() {
            let Some(shape) = run.shape.as_ref().filter(|_| run.face_usd > 0.0) else { continue };
            let Some(months) = shape.test_months(&run.loan, t) else { continue };
            let columns = &s.loans[index];
            // A balloon is refinanced or planned for: coverage looks at what is paid month by month.
            let due = |u: usize| (run.face_usd * shape.repaid[u]).max(0.0);
            let served: Vec<f64> = months
                .clone()
                .map(|u| columns.interest_usd[u] + columns.principal_usd[u].min(due(u)))
                .collect();
            let of = |flows: &ProjectFlows, u: usize| {
                flows.of(run.loan.basis).cash_flow_usd(u) - run.earlier_usd[u]
            };
            let base: Vec<f64> = months.clone().map(|u| of(self.flows, u)).collect();
            let tested: Vec<f64> = months.map(|u| shape.cash_flow_usd[u]).collect();
            let Some(tested_dscr) = coverage(&tested, &served) else {
                locks[index] = false;
                continue;
            };
            let owed_usd = columns.balance_usd[t];
            let rate = monthly_rate_frac(run.loan.coupon_frac);
            let rest = shape.cash_flow_usd.get(t + 1..=shape.end).unwrap_or_default();
            let below = |mark: f64| tested_dscr < mark * (1.0 - COVERAGE_HAIR);
            locks[index] = below(run.loan.lockup_dscr.max(run.loan.covenant_dscr));
            if below(run.loan.covenant_dscr) {
                let served_usd: f64 = served.iter().sum();
                let missing_usd = run.loan.covenant_dscr * served_usd - tested.iter().sum::<f64>();
                let of = BreachOf::Covenant(index);
                s.breaches.push(Breach { of, month: t, missing_usd });
            }
            s.tests.push(CoverageTest {
                loan: index,
                month: t,
                base_dscr: coverage(&base, &served),
                tested_dscr: Some(tested_dscr),
                llcr: loan_life_coverage(rest, owed_usd, rate),
                locked: locks[index],
            });
        }
    }

    /// Cash of the company, shares, and what is missing.
    fn judge(&self, s: &mut Statement) {
        let mut idle_usd = self.terms.own_cash_usd;
        for t in 0..=self.horizon {
            idle_usd -= s.own_cash_usd[t];
            s.cash_usd[t] = s.project_cash_usd[t] + idle_usd;
            let short_usd = self.terms.minimum_cash_usd - s.cash_usd[t];
            for (of, missing_usd) in [
                (BreachOf::Funding, s.unfunded_usd[t]),
                // At the horizon all is paid out.
                (BreachOf::MinimumCash, if t < self.horizon { short_usd } else { 0.0 }),
            ] {
                if missing_usd > HALF_CENT_USD {
                    s.breaches.push(Breach { of, month: t, missing_usd });
                }
            }
        }
        s.breaches.sort_by_key(|breach| breach.month);
        if let Some((_, by_month)) = self.dilution() {
            s.diluted_shares = by_month;
        }
    }

    fn dilution(&self) -> Option<(super::shares::Dilution, Vec<f64>)> {
        let first = self.loans.first().filter(|run| self.funding.supported && run.face_usd > 0.0);
        let warrants_from = first.and_then(|run| run.shape.as_ref()).map(|shape| shape.first);
        self.terms.dilution(self.funding, warrants_from, self.horizon)
    }

    fn summary(&self, s: &Statement) -> Summary {
        let terms = self.terms;
        let value = |flows: &[f64]| finance::npv_monthly_usd(flows, terms.discount_rate_frac);
        let equity_npv_usd = value(&s.equity_usd(terms, self.funding));
        let new_money_usd = value(&self.funding.at_the_market_usd) + value(&s.converted_usd);
        let dilution = self.dilution().map(|(dilution, _)| dilution);
        let company_value_usd =
            terms.shares.as_ref().map(|shares| shares.value_usd() + equity_npv_usd + new_money_usd);
        let value_usd_per_share =
            company_value_usd.zip(dilution).map(|(usd, d)| usd / d.after_shares());
        let least = |of: fn(&CoverageTest) -> Option<f64>| {
            s.tests.iter().filter_map(of).min_by(f64::total_cmp)
        };
        let owed = |t: usize| {
            s.convertible_balance_usd[t] + s.loans.iter().map(|l| l.balance_usd[t]).sum::<f64>()
        };
        let sold_btc: f64 = self.funding.sold_btc.iter().sum();
        let last_price = terms.treasury.as_ref().map_or(0.0, |coins| coins.price(self.horizon));
        let before = &s.cash_usd[..self.horizon.max(1)];
        Summary {
            project_npv_usd: value(&self.flows.net_usd()),
            equity_npv_usd,
            company_value_usd,
            dilution,
            value_usd_per_share,
            gain_usd_per_share: value_usd_per_share
                .zip(terms.shares.as_ref())
                .map(|(usd, shares)| usd - shares.intrinsic_usd_per_share),
            min_dscr: least(|test| test.base_dscr),
            min_tested_dscr: least(|test| test.tested_dscr),
            min_llcr: least(|test| test.llcr),
            min_cash_usd: before.iter().copied().fold(f64::INFINITY, f64::min),
            left_btc: s.held_btc[self.horizon],
            not_held_btc_usd: sold_btc * last_price,
            equity_put_in_usd: s.own_cash_usd.iter().sum::<f64>()
                + self.funding.at_the_market_usd.iter().sum::<f64>(),
            peak_debt_usd: (0..=self.horizon).map(owed).fold(0.0, f64::max),
        }
    }
}

impl Statement {
    /// Net flow at a time before reserve, early repayment, distributions and what is missing.
    fn net_usd_at(&self, t: usize) -> f64 {
        let mut net_usd = self.capex_usd[t]
            + self.operating_usd[t]
            + self.prepayment_usd[t]
            + self.other_usd[t]
            + self.project_tax_usd[t]
            + self.tax_saved_usd[t]
            + self.own_cash_usd[t]
            + self.tenant_usd[t]
            - self.tenant_repaid_usd[t]
            + self.convertible_usd[t]
            - self.convertible_interest_usd[t]
            - self.convertible_repaid_usd[t]
            + self.at_the_market_usd[t]
            + self.btc_sale_usd[t];
        for loan in &self.loans {
            net_usd += loan.drawn_usd[t]
                - loan.discount_usd[t]
                - loan.interest_usd[t]
                - loan.principal_usd[t];
        }
        net_usd
    }

    fn net_usd(&self) -> Vec<f64> {
        (0..self.capex_usd.len()).map(|t| self.net_usd_at(t)).collect()
    }
}

/// What interest saves in tax, and what gains cost.
///
/// The project's own tax stays as it is. Interest is set against the income that this tax was paid
/// on; what is left over is carried forward like any loss. With losses that may wipe out a profit
/// wholly this is the tax of project and interest taken together: the taxed income of a project is
/// the rise of the highest sum that its income had reached, and a deduction that only grows lowers
/// that in the same way whether it is taken before or after.
struct TaxBooks<'a> {
    terms: &'a Financing,
    horizon: usize,
    /// Income that the project paid tax on, by block, USD.
    taxed_usd: Vec<f64>,
    /// Gains less deductions, by block, USD.
    own_usd: Vec<f64>,
}

impl<'a> TaxBooks<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        let blocks = run.horizon.div_ceil(YEAR);
        let mut taxed_usd = vec![0.0; blocks];
        let rate = run.terms.tax_rate_frac;
        if rate > 0.0 {
            for t in 0..=run.horizon {
                let paid_usd = -run.flows.sum(t, |flows| &flows.tax_usd);
                if let Some(block) = t.checked_sub(1).map(|m| m / YEAR) {
                    taxed_usd[block] += paid_usd / rate;
                }
            }
        }
        let taxed_usd = taxed_usd.into_iter().map(|usd| usd.max(0.0)).collect();
        Self { terms: run.terms, horizon: run.horizon, taxed_usd, own_usd: vec![0.0; blocks] }
    }

    /// Books a deduction for the month that ends at `t`.
    fn deduct(&mut self, t: usize, usd: f64) {
        if let Some(block) = t.checked_sub(1).map(|m| m / YEAR) {
            self.own_usd[block] -= usd;
        }
    }

    /// Books a gain at the start of month `t`.
    fn gain(&mut self, t: usize, usd: f64) {
        if let Some(last) = self.own_usd.len().checked_sub(1) {
            self.own_usd[(t / YEAR).min(last)] += usd;
        }
    }

    /// What is saved at `t`, where a tax block ends; negative where gains cost more.
    fn saved_usd(&self, t: usize) -> f64 {
        let ends = t > 0 && (t.is_multiple_of(YEAR) || t == self.horizon);
        if !ends {
            return 0.0;
        }
        let block = (t - 1) / YEAR;
        if self.own_usd[..=block].iter().all(|usd| *usd == 0.0) {
            return 0.0;
        }
        let income: Vec<f64> =
            self.taxed_usd.iter().zip(&self.own_usd).map(|(a, b)| a + b).take(block + 1).collect();
        let rate = self.terms.tax_rate_frac;
        let years = yearly_tax(&income, rate, self.terms.loss_limit_frac);
        rate * self.taxed_usd[block] - years[block].tax_usd
    }
}
