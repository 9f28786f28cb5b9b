//! Colocation leases: the rent by month, and what a press release says about it.

use units::constants::{HOURS_PER_YEAR, KW_PER_MW};
use units::{AnnualRateFrac, Frac, Months, Pue, UsdPerKwMonth, UsdPerMw, UsdPerMwYear};

use crate::error::Error;
use units::Faults;

/// Months in a year of a contract.
pub(crate) const YEAR: usize = 12;

/// Who pays for power and plant. The tenant's side never appears in the landlord's cash flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseType {
    /// The tenant pays power, plant, tax and insurance.
    TripleNet,
    /// The tenant pays power, the landlord the rest.
    ModifiedGross,
    /// The landlord pays everything, power included.
    Gross,
}

/// Money that a customer pays in advance: a loan without interest, not income.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prepayment {
    /// Amount per critical MW, received at the start of the month of commitment.
    pub usd_per_critical_mw: f64,
    /// Months in service before the first credit.
    pub credit_from_month: usize,
    /// Months over which it is credited back, in equal parts at their ends.
    pub credit_months: usize,
}

/// A colocation lease as signed, per critical MW.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// Rent of the first year, nominal, as quoted.
    pub rent_first_usd_per_kw_month: f64,
    /// Yearly step of the rent, from the second year in service.
    pub escalator_frac: f64,
    /// Months of the base term.
    pub term_months: usize,
    /// Who pays for power and plant.
    pub lease_type: LeaseType,
    /// Share of the hall that is let in each of the first months; 1 afterwards.
    pub ramp: Vec<f64>,
    /// First months without rent; the last of them may be a fraction.
    pub free_months: f64,
    /// Length of each renewal at the tenant's option: reported apart, worth 0 in the base case.
    pub renewals_months: Vec<usize>,
    /// Money paid in advance.
    pub prepayment: Option<Prepayment>,
    /// Share of the hall's capex that the tenant pays.
    pub tenant_capex_frac: f64,
    /// Share of tenants like this one that default within a year.
    pub default_hazard_per_year: f64,
    /// Months after a default before somebody else pays rent.
    pub relet_delay_months: usize,
    /// What somebody else pays, as a share of the contract rent.
    pub relet_frac: f64,
    /// Share of the contract rent that a guarantor tops up to until the base term ends.
    pub backstop_frac: f64,
    /// What the landlord spends on the hall per critical MW in the first year in service.
    pub opex_usd_per_critical_mw_year: f64,
    /// Yearly growth of that.
    pub opex_growth_frac: f64,
    /// Share of the critical MW that is drawn on average; matters where the landlord pays power.
    pub load_factor: f64,
    /// Energy at the meter per energy of the IT load.
    pub pue: f64,
}

impl Lease {
    /// A triple-net lease with nothing but rent, escalator and term: no ramp, free months,
    /// renewals, prepayment or default, and no cost to the landlord.
    ///
    /// # Example
    /// ```
    /// let lease = hpcrev::Lease::plain(100.0, 0.03, 120);
    /// // 100 USD/kW-month are 0.1 M$ a month for a MW, 3 % more in the second year.
    /// assert_eq!(lease.contract_rent_usd(0), 100_000.0);
    /// assert_eq!(lease.contract_rent_usd(12), 103_000.0);
    /// ```
    pub const fn plain(
        rent_first_usd_per_kw_month: f64,
        escalator_frac: f64,
        term_months: usize,
    ) -> Self {
        Self {
            rent_first_usd_per_kw_month,
            escalator_frac,
            term_months,
            lease_type: LeaseType::TripleNet,
            ramp: Vec::new(),
            free_months: 0.0,
            renewals_months: Vec::new(),
            prepayment: None,
            tenant_capex_frac: 0.0,
            default_hazard_per_year: 0.0,
            relet_delay_months: 0,
            relet_frac: 0.0,
            backstop_frac: 0.0,
            opex_usd_per_critical_mw_year: 0.0,
            opex_growth_frac: 0.0,
            load_factor: 1.0,
            pue: 1.0,
        }
    }

    /// Months of all renewals together.
    pub fn renewal_months(&self) -> usize {
        self.renewals_months.iter().sum()
    }

    /// Rent per critical MW that the contract asks for in a month of service, in USD.
    ///
    /// # Formula
    /// `rent x 1000 (1 + e)^floor(j / 12) ramp_j (1 - free_j)`, j months since service began:
    /// model section 0.1.
    ///
    /// # Special cases
    /// Renewals continue the escalator, without new ramp or free months. 0 when all has ended.
    pub fn contract_rent_usd(&self, month: usize) -> f64 {
        if month >= self.term_months + self.renewal_months() {
            return 0.0;
        }
        let step = (1.0 + self.escalator_frac).powf((month / YEAR) as f64);
        let full_usd = self.rent_first_usd_per_kw_month * KW_PER_MW * step;
        if month >= self.term_months {
            return full_usd;
        }
        let free = (self.free_months - month as f64).clamp(0.0, 1.0);
        full_usd * self.let_frac(month) * (1.0 - free)
    }

    /// Expected rent per critical MW in a month of service, in USD, default and guarantee counted.
    ///
    /// # Formula
    /// With `s_j = (1 - l)^(j/12)` the chance that the tenant has paid until month j, and d the
    /// months to the next tenant: `contract rent x (s_j + (s_(j-d) - s_j) backstop +
    /// (1 - s_(j-d)) max(relet, backstop))`, without backstop after the base term: model
    /// section 0.1.
    ///
    /// # Special cases
    /// Without hazard it is the contract rent.
    pub fn expected_rent_usd(&self, month: usize) -> f64 {
        let backstop_frac = if month < self.term_months { self.backstop_frac } else { 0.0 };
        let (paying, relet) = self.occupied(month);
        let vacant = 1.0 - paying - relet;
        let received_frac =
            paying + vacant * backstop_frac + relet * self.relet_frac.max(backstop_frac);
        self.contract_rent_usd(month) * received_frac
    }

    /// Expected share of the hall that somebody uses in a month of service.
    pub(crate) fn used_frac(&self, month: usize) -> f64 {
        let (paying, relet) = self.occupied(month);
        let let_frac = if month < self.term_months { self.let_frac(month) } else { 1.0 };
        let_frac * (paying + relet)
    }

    /// Chance that the first tenant pays, and that his successor does, in a month of service.
    fn occupied(&self, month: usize) -> (f64, f64) {
        let survival =
            |months: usize| (1.0 - self.default_hazard_per_year).powf(months as f64 / YEAR as f64);
        let paying = survival(month);
        let relet = month.checked_sub(self.relet_delay_months).map_or(0.0, |m| 1.0 - survival(m));
        (paying, relet)
    }

    fn let_frac(&self, month: usize) -> f64 {
        self.ramp.get(month).copied().unwrap_or(1.0)
    }

    /// Whether every term lies in the range that its unit allows.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field outside its range.
    pub fn validate(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.check::<UsdPerKwMonth>(
            "rent_first_usd_per_kw_month",
            self.rent_first_usd_per_kw_month,
        );
        faults.check::<AnnualRateFrac>("escalator_frac", self.escalator_frac);
        check_months(&mut faults, "term_months", self.term_months);
        for (month, share) in self.ramp.iter().enumerate() {
            faults.check::<Frac>(format!("ramp[{month}]"), *share);
        }
        faults.check::<Months>("free_months", self.free_months);
        for (index, months) in self.renewals_months.iter().enumerate() {
            check_months(&mut faults, &format!("renewals_months[{index}]"), *months);
        }
        check_prepayment(&mut faults, self.prepayment);
        faults.check::<Frac>("tenant_capex_frac", self.tenant_capex_frac);
        faults.check::<Frac>("default_hazard_per_year", self.default_hazard_per_year);
        faults.check::<Months>("relet_delay_months", self.relet_delay_months as f64);
        faults.check::<Frac>("relet_frac", self.relet_frac);
        faults.check::<Frac>("backstop_frac", self.backstop_frac);
        faults.check::<UsdPerMwYear>(
            "opex_usd_per_critical_mw_year",
            self.opex_usd_per_critical_mw_year,
        );
        faults.check::<AnnualRateFrac>("opex_growth_frac", self.opex_growth_frac);
        faults.check::<Frac>("load_factor", self.load_factor);
        faults.check::<Pue>("pue", self.pue);
        faults.into_result().map_err(Error::Invalid)
    }
}

/// Notes a fault unless there is at least one month, and no more than the engine allows.
pub(crate) fn check_months(faults: &mut Faults, path: &str, months: usize) {
    faults.demand(months > 0, path, months as f64, "allowed 1..=600 months");
    faults.check::<Months>(path, months as f64);
}

pub(crate) fn check_prepayment(faults: &mut Faults, prepayment: Option<Prepayment>) {
    let Some(p) = prepayment else { return };
    faults.check::<UsdPerMw>("prepayment.usd_per_critical_mw", p.usd_per_critical_mw);
    faults.check::<Months>("prepayment.credit_from_month", p.credit_from_month as f64);
    check_months(faults, "prepayment.credit_months", p.credit_months);
}

/// What a lease says in the words of a press release, for all its critical MW.
///
/// The figures are the contract's: no default, nothing discounted, whole months. For cash flows in
/// a plan use [`crate::lease_proforma`].
#[derive(Clone, Debug, PartialEq)]
pub struct LeaseSummary {
    /// Rent of the first year.
    pub first_year_usd_per_kw_month: f64,
    /// Rent averaged over the base term; never compare it across terms.
    pub average_usd_per_kw_month: f64,
    /// The same average per MW and year.
    pub usd_per_mw_year: f64,
    /// Rent of the base term.
    pub total_value_usd: f64,
    /// Rent of the base term and all renewals.
    pub total_value_with_renewals_usd: f64,
    /// Rent by year of the base term.
    pub by_year_usd: Vec<f64>,
    /// Rent by year of the renewals.
    pub by_renewal_year_usd: Vec<f64>,
    /// Net operating income averaged over the base term, at the margin given.
    pub noi_usd_per_year: f64,
}

impl LeaseSummary {
    /// Adds up the rent of a lease.
    ///
    /// # Formula
    /// Sums of [`Lease::contract_rent_usd`] times critical MW; `noi = margin x total / years`.
    ///
    /// # Shapes
    /// `by_year_usd`: `[years of the term]`, a last year cut short counts as one.
    ///
    /// # Example
    /// ```
    /// use hpcrev::{Lease, LeaseSummary};
    /// // 50,000 kW at 90 USD/kW-month: 54 M$ a year.
    /// let summary = LeaseSummary::new(&Lease::plain(90.0, 0.0, 120), 50.0, 0.85);
    /// assert_eq!(summary.by_year_usd[0], 54e6);
    /// assert_eq!(summary.total_value_usd, 540e6);
    /// assert!((summary.noi_usd_per_year - 45.9e6).abs() < 1e-6);
    /// ```
    pub fn new(lease: &Lease, critical_mw: f64, noi_margin_frac: f64) -> Self {
        let renewed_months = lease.term_months + lease.renewal_months();
        let years = |from: usize, to: usize| -> Vec<f64> {
            let rent_usd = |month| critical_mw * lease.contract_rent_usd(month);
            (from..to)
                .step_by(YEAR)
                .map(|year| (year..to.min(year + YEAR)).map(rent_usd).sum())
                .collect()
        };
        let by_year_usd = years(0, lease.term_months);
        let by_renewal_year_usd = years(lease.term_months, renewed_months);
        let total_value_usd: f64 = by_year_usd.iter().sum();
        let months = lease.term_months as f64;
        let average_usd_per_kw_month = total_value_usd / (critical_mw * KW_PER_MW * months);
        Self {
            first_year_usd_per_kw_month: lease.rent_first_usd_per_kw_month,
            average_usd_per_kw_month,
            usd_per_mw_year: total_value_usd * YEAR as f64 / (critical_mw * months),
            total_value_usd,
            total_value_with_renewals_usd: total_value_usd
                + by_renewal_year_usd.iter().sum::<f64>(),
            by_year_usd,
            by_renewal_year_usd,
            noi_usd_per_year: noi_margin_frac * total_value_usd * YEAR as f64 / months,
        }
    }
}

/// Reads a press release: the lease whose base term is worth a given total.
///
/// # Formula
/// The total is proportional to the rent: `rent = value / total at a rent of 1`; without ramp and
/// free months `value / (critical MW x 12000 F(e, n))`, see [`escalated_years`]: model section 5.
///
/// # Example
/// ```
/// use hpcrev::{Lease, lease_from_value};
/// // 3 B$ over ten years for 168 MW, 3 % steps: 129.8 USD/kW-month to begin with.
/// let lease = lease_from_value(&Lease::plain(1.0, 0.03, 120), 168.0, 3e9);
/// assert!((lease.rent_first_usd_per_kw_month - 129.8).abs() < 0.05);
/// ```
pub fn lease_from_value(terms: &Lease, critical_mw: f64, total_value_usd: f64) -> Lease {
    let unit = Lease { rent_first_usd_per_kw_month: 1.0, ..terms.clone() };
    let unit_usd = LeaseSummary::new(&unit, critical_mw, 1.0).total_value_usd;
    Lease { rent_first_usd_per_kw_month: total_value_usd / unit_usd, ..unit }
}

/// Years' worth of first-year rent that a lease with yearly steps brings: F(e, n).
///
/// # Formula
/// `((1 + e)^n - 1) / e` as `expm1(n log1p(e)) / e`, n at e = 0: model section 5.
///
/// # Example
/// ```
/// // 1 + 1.1 + 1.21
/// assert!((hpcrev::escalated_years(0.1, 3.0) - 3.31).abs() < 1e-12);
/// assert_eq!(hpcrev::escalated_years(0.0, 15.0), 15.0);
/// ```
pub fn escalated_years(escalator_frac: f64, years: f64) -> f64 {
    if escalator_frac == 0.0 {
        years
    } else {
        (years * escalator_frac.ln_1p()).exp_m1() / escalator_frac
    }
}

/// Yearly escalator that a value with and without renewals implies.
///
/// # Formula
/// The e with `F(e, n + renewal years) / F(e, n) = value with renewals / value`, by bisection; the
/// ratio rises with e, so there is at most one: model section 5.
///
/// # Special cases
/// `None` if renewals add nothing, or if no escalator between -90 % and 1000 % does it.
///
/// # Example
/// ```
/// // Twice the value over twice the years: no escalator.
/// let escalator_frac = hpcrev::escalator_from_renewals(1e9, 2e9, 10.0, 10.0).unwrap();
/// assert!(escalator_frac.abs() < 1e-12);
/// ```
pub fn escalator_from_renewals(
    value_usd: f64,
    with_renewals_usd: f64,
    years: f64,
    renewal_years: f64,
) -> Option<f64> {
    let excess = |e: f64| {
        with_renewals_usd * escalated_years(e, years)
            - value_usd * escalated_years(e, years + renewal_years)
    };
    let (mut low, mut high) = (-0.9, 10.0);
    // Written so that a figure that is not a number ends here too.
    if !(excess(low) > 0.0 && excess(high) < 0.0) {
        return None;
    }
    // Sixty halvings of the bracket reach 1e-17.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if excess(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}

/// Share of the rent of the base term that a guarantor backs.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::backstop_share_frac(1.5e9, 3.0e9), 0.5);
/// ```
pub fn backstop_share_frac(guaranteed_usd: f64, total_value_usd: f64) -> f64 {
    guaranteed_usd / total_value_usd
}

/// Rent per MWh of IT energy in USD: what to hold against a miner's margin per MWh.
///
/// # Formula
/// `rent x 1000 x 12 / (8760 x load_factor)`.
///
/// # Example
/// ```
/// // 73 USD/kW-month at full load are 100 USD/MWh.
/// assert_eq!(hpcrev::rent_usd_per_mwh(73.0, 1.0), 100.0);
/// ```
pub fn rent_usd_per_mwh(rent_usd_per_kw_month: f64, load_factor: f64) -> f64 {
    rent_usd_per_kw_month * KW_PER_MW * YEAR as f64 / (HOURS_PER_YEAR * load_factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: &str, found: f64, expected: f64, tolerance: f64) {
        let error = (found / expected - 1.0).abs();
        assert!(error < tolerance, "{what}: {found} instead of {expected}");
    }

    #[test]
    fn published_values_with_renewals_come_out() {
        for (name, mw, years, value_usd, renewals_months, published_usd) in [
            ("Barber Lake 1", 168.0, 10, 3.0e9, &[60, 60][..], 7.0e9),
            ("TeraWulf CB-3/4", 200.0, 10, 3.7e9, &[60, 60], 8.7e9),
            ("River Bend", 245.0, 15, 7.0e9, &[60, 60, 60], 17.7e9),
            ("Riot-AMD", 25.0, 10, 311e6, &[60, 60, 60], 1.0e9),
        ] {
            let terms = Lease {
                renewals_months: renewals_months.to_vec(),
                ..Lease::plain(1.0, 0.03, 12 * years)
            };
            let lease = lease_from_value(&terms, mw, value_usd);
            let summary = LeaseSummary::new(&lease, mw, 0.85);
            check(name, summary.total_value_with_renewals_usd, published_usd, 0.03);
            check(name, summary.total_value_usd, value_usd, 1e-12);
        }
    }

    #[test]
    fn published_averages_and_income_come_out() {
        let barber_lake = lease_from_value(&Lease::plain(1.0, 0.03, 120), 168.0, 3e9);
        let summary = LeaseSummary::new(&barber_lake, 168.0, 0.85);
        check("first year", summary.first_year_usd_per_kw_month, 129.8, 0.001);
        check("average", summary.average_usd_per_kw_month, 148.8, 0.001);
        check("a MW and year", summary.usd_per_mw_year, 1.786e6, 0.001);
        for (name, mw, years, value_usd, margin_frac, published_usd) in [
            ("TeraWulf", 200.0, 10, 3.7e9, 0.85, 315e6),
            ("Riot-AMD", 25.0, 10, 311e6, 0.804, 25e6),
        ] {
            let lease = lease_from_value(&Lease::plain(1.0, 0.03, 12 * years), mw, value_usd);
            let noi_usd = LeaseSummary::new(&lease, mw, margin_frac).noi_usd_per_year;
            check(name, noi_usd, published_usd, 0.01);
        }
        let core = lease_from_value(&Lease::plain(1.0, 0.0, 144), 200.0, 3.5e9);
        let summary = LeaseSummary::new(&core, 200.0, 1.0);
        check("Core Scientific, a MW and year", summary.usd_per_mw_year, 1.458e6, 0.001);
        check("Core Scientific, average", summary.average_usd_per_kw_month, 121.5, 0.001);
        check("backstop", backstop_share_frac(1.4e9, 3.0e9), 0.467, 0.002);
    }

    #[test]
    fn escalators_follow_from_renewals() {
        for (value, renewed, years, renewal_years, expected) in [
            (3_000.0, 7_000.0, 10.0, 10.0, 0.029_186_008_964_760_583),
            (7_000.0, 17_700.0, 15.0, 15.0, 0.028_692_837_192_998_387),
            (311.0, 1_000.0, 10.0, 15.0, 0.031_283_657_116_124_41),
            (1_000.0, 2_000.0, 10.0, 10.0, 0.0),
            (1_000.0, 1_900.0, 10.0, 10.0, -0.010_480_741_793_785_607),
        ] {
            let found = escalator_from_renewals(value, renewed, years, renewal_years).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
        }
        assert_eq!(escalator_from_renewals(1_000.0, 1_000.0, 10.0, 10.0), None);
        assert_eq!(escalator_from_renewals(1_000.0, f64::NAN, 10.0, 10.0), None);
    }

    #[test]
    fn rent_by_month_follows_the_schedule() {
        let lease = Lease {
            ramp: vec![0.25, 0.5, 0.75],
            free_months: 2.5,
            renewals_months: vec![12],
            ..Lease::plain(130.0, 0.03, 36)
        };
        let rent_usd: Vec<f64> = (0..50).map(|j| lease.contract_rent_usd(j)).collect();
        assert_eq!(rent_usd[..4], [0.0, 0.0, 48_750.0, 130_000.0]);
        assert_eq!(rent_usd[12], 133_900.0);
        assert!((rent_usd[36] - 142_054.51).abs() < 1e-9, "renewals go on with the escalator");
        assert_eq!(rent_usd[48], 0.0);
        // A term that is no whole number of years: the last year is short.
        let short = LeaseSummary::new(&Lease::plain(100.0, 0.0, 18), 1.0, 1.0);
        assert_eq!(short.by_year_usd, [1.2e6, 0.6e6]);
        check("average", short.average_usd_per_kw_month, 100.0, 1e-15);
    }

    #[test]
    fn a_tenant_may_default() {
        let sound = Lease { relet_delay_months: 12, relet_frac: 0.6, ..Lease::plain(1.0, 0.0, 60) };
        let weak = Lease { default_hazard_per_year: 0.1, ..sound.clone() };
        let backed = Lease { backstop_frac: 0.5, ..weak.clone() };
        let well_backed = Lease { backstop_frac: 0.9, ..weak.clone() };
        let rent_usd = |lease: &Lease, month| lease.expected_rent_usd(month) / 1e3;
        assert_eq!(rent_usd(&sound, 24), 1.0);
        // After two years 81 % pay; 10 % defaulted in the first year and were replaced; 9 % of the
        // halls stand empty.
        for (lease, expected) in [
            (&weak, 0.81 + 0.1 * 0.6),
            (&backed, 0.81 + 0.1 * 0.6 + 0.09 * 0.5),
            (&well_backed, 0.81 + 0.19 * 0.9),
        ] {
            assert!((rent_usd(lease, 24) - expected).abs() < 1e-12, "{lease:?}");
        }
        assert!((weak.used_frac(24) - 0.91).abs() < 1e-12);
        assert_eq!(rent_usd(&weak, 0), 1.0);
    }

    #[test]
    fn terms_out_of_range_are_all_named() {
        assert_eq!(Lease::plain(130.0, 0.03, 120).validate(), Ok(()));
        let lease = Lease {
            pue: 0.9,
            ramp: vec![0.5, 1.5],
            term_months: 0,
            prepayment: Some(Prepayment {
                usd_per_critical_mw: f64::NAN,
                credit_from_month: 0,
                credit_months: 0,
            }),
            ..Lease::plain(130_000.0, 0.03, 120)
        };
        let Err(Error::Invalid(faults)) = lease.validate() else { panic!("six faults") };
        let paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
        let expected = [
            "rent_first_usd_per_kw_month",
            "term_months",
            "ramp[1]",
            "prepayment.usd_per_critical_mw",
            "prepayment.credit_months",
            "pue",
        ];
        assert_eq!(paths, expected);
    }
}
