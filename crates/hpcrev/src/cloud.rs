//! GPU clouds: what was agreed, what an hour of a GPU fetches, and the yearly model.

use units::constants::HOURS_PER_YEAR;
use units::{AnnualRateFrac, Frac, Pue, UsdPerGpu, UsdPerGpuH, UsdPerMw, UsdPerMwYear, WPerGpu};

use crate::chain;
use crate::delivery::Delivery;
use crate::error::Error;
use crate::lease::{Prepayment, YEAR, check_months, check_prepayment};
use units::Faults;

/// How fast the spot price of a generation's GPU-hour may fall a year, and what it did.
///
/// List prices fell, then rose: no constant rate fits, so a plan is valued under all three.
/// A negative fall is a rise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecayRegimes {
    /// Generation of GPUs.
    pub generation: &'static str,
    /// Supply outruns demand (assumption).
    pub bear_frac: f64,
    /// In between (assumption).
    pub base_frac: f64,
    /// Demand keeps up (assumption).
    pub bull_frac: f64,
    /// First month, last month, and fall a year of the median list price between them.
    pub observed: &'static [(&'static str, &'static str, f64)],
}

/// Regimes by generation. The three rates are the same for all: no generation has a record long
/// enough to tell them apart. Observed are medians of on-demand rate cards, annualised:
/// <https://github.com/henryzhangpku/gpu-price-index>, `series/backfill_ratecards.csv`.
pub const DECAY_REGIMES: [DecayRegimes; 4] = [
    regimes("A100", &[("2024-02", "2025-08", 0.165), ("2025-08", "2026-09", -0.264)]),
    regimes("H100", &[("2024-02", "2025-10", 0.291), ("2025-10", "2026-09", -0.430)]),
    regimes("H200", &[("2025-10", "2026-09", -0.089)]),
    regimes("B200", &[("2025-08", "2026-09", -0.278)]),
];

const fn regimes(
    generation: &'static str,
    observed: &'static [(&'static str, &'static str, f64)],
) -> DecayRegimes {
    DecayRegimes { generation, bear_frac: 0.35, base_frac: 0.20, bull_frac: 0.0, observed }
}

/// New GPUs when the old ones have reached the end of their life.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refresh {
    /// Price of a new GPU with its share of server, network and storage.
    pub gpu_capex_usd_per_gpu: f64,
    /// Cost of fitting the hall to it.
    pub hall_refit_usd_per_critical_mw: f64,
    /// What an hour of the new GPU fetches when it is installed, falling from there; `None`: it
    /// sells on the path of the old one.
    pub spot_usd_per_gpu_h: Option<f64>,
}

/// GPUs that the owner runs and sells by the hour.
#[derive(Clone, Debug, PartialEq)]
pub struct GpuCloud {
    /// Price under contract.
    pub contract_usd_per_gpu_h: f64,
    /// Share of the GPUs that is under contract.
    pub contract_mix_frac: f64,
    /// Months that the contract runs; afterwards its share sells at spot.
    pub contract_months: usize,
    /// Price of an hour without contract.
    pub spot_usd_per_gpu_h: f64,
    /// Months from that price's date to plan month 0.
    pub spot_month_offset: i32,
    /// Fall of that price a year: see [`DECAY_REGIMES`].
    pub decay_frac: f64,
    /// Share of the hours without contract that is sold.
    pub utilisation_frac: f64,
    /// Share of all hours in which GPUs can be used.
    pub availability_frac: f64,
    /// Power of a GPU with its share of server, network and storage.
    pub allin_w_per_gpu: f64,
    /// Price of a GPU with its share of the server.
    pub gpu_capex_usd_per_gpu: f64,
    /// Network and storage as a share of that price, on top of it; it has no resale value.
    pub network_storage_frac: f64,
    /// Share of the critical MW that is drawn on average, sold or not.
    pub load_factor: f64,
    /// Energy at the meter per energy of the IT load.
    pub pue: f64,
    /// Running the hall in the first year in service, power apart.
    pub opex_usd_per_critical_mw_year: f64,
    /// Yearly growth of that.
    pub opex_growth_frac: f64,
    /// Staff, software, maintenance and insurance as a share of revenue.
    pub opex_revenue_frac: f64,
    /// Credits for missed service levels as a share of revenue.
    pub sla_credit_frac: f64,
    /// Life of a GPU; the hall has its own.
    pub gpu_life_months: usize,
    /// What a GPU fetches at the end of its life, as a share of its price.
    pub resale_frac: f64,
    /// New GPUs after that; without, service ends.
    pub refresh: Option<Refresh>,
    /// Months of service.
    pub term_months: usize,
    /// Money paid in advance.
    pub prepayment: Option<Prepayment>,
}

impl GpuCloud {
    /// GPUs per critical MW.
    pub fn gpus_per_mw(&self) -> f64 {
        chain::gpus(1.0, self.allin_w_per_gpu)
    }

    /// Months from the first to the last in service: the term, or one GPU life without refresh.
    pub fn service_months(&self) -> usize {
        if self.refresh.is_some() {
            self.term_months
        } else {
            self.term_months.min(self.gpu_life_months)
        }
    }

    /// Revenue in USD of a GPU per hour that passes.
    ///
    /// # Formula
    /// `availability x (m contract + (1 - m) utilisation x spot)`, m the share under contract:
    /// model section 5.
    ///
    /// # Special cases
    /// Utilisation counts on the spot share only: a contract is paid for used or not.
    ///
    /// # Example
    /// ```
    /// use hpcrev::GpuCloud;
    /// let cloud = GpuCloud {
    ///     contract_usd_per_gpu_h: 3.0,
    ///     utilisation_frac: 0.5,
    ///     ..GpuCloud::flat(2_000.0, 60)
    /// };
    /// // Half of the GPUs under contract at 3, the others sold half of the time at 4.
    /// assert_eq!(cloud.usd_per_gpu_h(0.5, 4.0), 2.5);
    /// ```
    #[inline]
    pub fn usd_per_gpu_h(&self, contract_mix_frac: f64, spot_usd_per_gpu_h: f64) -> f64 {
        let contract = contract_mix_frac * self.contract_usd_per_gpu_h;
        let spot = (1.0 - contract_mix_frac) * self.utilisation_frac * spot_usd_per_gpu_h;
        self.availability_frac * (contract + spot)
    }

    /// Spot price of an hour in USD some months after the price's date.
    ///
    /// # Formula
    /// `p0 (1 - d)^(months / 12)`: model section 0.1.
    pub fn spot_usd_per_gpu_h_after(&self, months: f64) -> f64 {
        self.spot_usd_per_gpu_h * (1.0 - self.decay_frac).powf(months / YEAR as f64)
    }

    /// Value of a GPU of a given age as a share of its price.
    ///
    /// # Formula
    /// `resale^(age / life)`: falls at a constant rate to the resale value at the end of its life.
    /// 15 % after five years passes through 32 % after three, inside the 25 to 40 % that used GPUs
    /// fetch then.
    pub fn value_frac(&self, age_months: usize) -> f64 {
        let age_in_lives = age_months as f64 / self.gpu_life_months as f64;
        if age_months == 0 { 1.0 } else { self.resale_frac.powf(age_in_lives) }
    }

    /// A cloud that earns and costs nothing, for `..` in tests and examples: all on spot, every
    /// hour sold, one GPU life as long as the term.
    pub const fn flat(allin_w_per_gpu: f64, term_months: usize) -> Self {
        Self {
            contract_usd_per_gpu_h: 0.0,
            contract_mix_frac: 0.0,
            contract_months: 0,
            spot_usd_per_gpu_h: 0.0,
            spot_month_offset: 0,
            decay_frac: 0.0,
            utilisation_frac: 1.0,
            availability_frac: 1.0,
            allin_w_per_gpu,
            gpu_capex_usd_per_gpu: 0.0,
            network_storage_frac: 0.0,
            load_factor: 1.0,
            pue: 1.0,
            opex_usd_per_critical_mw_year: 0.0,
            opex_growth_frac: 0.0,
            opex_revenue_frac: 0.0,
            sla_credit_frac: 0.0,
            gpu_life_months: term_months,
            resale_frac: 0.0,
            refresh: None,
            term_months,
            prepayment: None,
        }
    }

    /// Whether every term lies in the range that its unit allows.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field outside its range.
    pub fn validate(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.check::<UsdPerGpuH>("contract_usd_per_gpu_h", self.contract_usd_per_gpu_h);
        faults.check::<Frac>("contract_mix_frac", self.contract_mix_frac);
        faults.check::<UsdPerGpuH>("spot_usd_per_gpu_h", self.spot_usd_per_gpu_h);
        faults.check::<AnnualRateFrac>("decay_frac", self.decay_frac);
        faults.check::<Frac>("utilisation_frac", self.utilisation_frac);
        faults.check::<Frac>("availability_frac", self.availability_frac);
        faults.check::<WPerGpu>("allin_w_per_gpu", self.allin_w_per_gpu);
        faults.check::<UsdPerGpu>("gpu_capex_usd_per_gpu", self.gpu_capex_usd_per_gpu);
        faults.check::<Frac>("network_storage_frac", self.network_storage_frac);
        faults.check::<Frac>("load_factor", self.load_factor);
        faults.check::<Pue>("pue", self.pue);
        faults.check::<UsdPerMwYear>(
            "opex_usd_per_critical_mw_year",
            self.opex_usd_per_critical_mw_year,
        );
        faults.check::<AnnualRateFrac>("opex_growth_frac", self.opex_growth_frac);
        faults.check::<Frac>("opex_revenue_frac", self.opex_revenue_frac);
        faults.check::<Frac>("sla_credit_frac", self.sla_credit_frac);
        check_months(&mut faults, "gpu_life_months", self.gpu_life_months);
        faults.check::<Frac>("resale_frac", self.resale_frac);
        if let Some(refresh) = self.refresh {
            let path = "refresh.gpu_capex_usd_per_gpu";
            faults.check::<UsdPerGpu>(path, refresh.gpu_capex_usd_per_gpu);
            let path = "refresh.hall_refit_usd_per_critical_mw";
            faults.check::<UsdPerMw>(path, refresh.hall_refit_usd_per_critical_mw);
            let spot = refresh.spot_usd_per_gpu_h.unwrap_or(0.0);
            faults.check::<UsdPerGpuH>("refresh.spot_usd_per_gpu_h", spot);
        }
        check_months(&mut faults, "term_months", self.term_months);
        check_prepayment(&mut faults, self.prepayment);
        faults.into_result().map_err(Error::Invalid)
    }
}

/// A GPU cloud by year, per critical MW, with flows at the ends of years: `timing = "year_end"`.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudYears {
    /// GPUs per critical MW.
    pub gpus_per_mw: f64,
    /// Revenue by year.
    pub revenue_usd: Vec<f64>,
    /// Power, hall and all costs that go with revenue, by year.
    pub opex_usd: Vec<f64>,
    /// Cash flow from today: building less prepayment, then one entry a year.
    pub cash_flow_usd: Vec<f64>,
}

/// The yearly model of a GPU cloud per critical MW, as analysts publish it.
///
/// # Formula
/// Year y: revenue = GPUs x 8760 x availability x (m contract + (1 - m) utilisation x spot
/// (1 - d)^(y-1)); cost = power + hall (1 + g)^(y-1) + shares of revenue. Flow 0 = -GPUs - hall +
/// prepayment; flow y = revenue - cost - credit of the year; the last one adds the GPUs' resale
/// value and `hall_exit_usd`: model sections 0.1 and 5.
///
/// # Shapes
/// `revenue_usd` and `opex_usd`: `[years]`, whole years of service with the first GPUs.
/// `cash_flow_usd`: `[years + 1]`.
///
/// # Special cases
/// All capex falls on today, however long the hall takes to build; a refresh is not part of this
/// model. For dates use [`crate::cloud_proforma`].
///
/// # Example
/// ```
/// use hpcrev::{Delivery, GpuCloud, cloud_year_end};
/// let cloud = GpuCloud { spot_usd_per_gpu_h: 1.0, ..GpuCloud::flat(1_000.0, 24) };
/// let years = cloud_year_end(&cloud, &Delivery::at_once(10e6), 0.0, 0.0);
/// // A thousand GPUs at 1 USD an hour.
/// assert_eq!(years.cash_flow_usd, [-10e6, 8.76e6, 8.76e6]);
/// ```
pub fn cloud_year_end(
    cloud: &GpuCloud,
    delivery: &Delivery,
    usd_per_mwh: f64,
    hall_exit_usd: f64,
) -> CloudYears {
    let gpus_per_mw = cloud.gpus_per_mw();
    let years = cloud.term_months.min(cloud.gpu_life_months) / YEAR;
    let energy_mwh = chain::energy_mwh(1.0, cloud.load_factor, cloud.pue, HOURS_PER_YEAR);
    let gpu_usd = gpus_per_mw * cloud.gpu_capex_usd_per_gpu;
    let prepaid_usd = cloud.prepayment.map_or(0.0, |p| p.usd_per_critical_mw);
    let build_usd =
        gpu_usd * (1.0 + cloud.network_storage_frac) + delivery.capex_usd_per_critical_mw;

    let mut result = CloudYears {
        gpus_per_mw,
        revenue_usd: Vec::with_capacity(years),
        opex_usd: Vec::with_capacity(years),
        cash_flow_usd: vec![prepaid_usd - build_usd],
    };
    for year in 0..years {
        let (from, to) = (YEAR * year, YEAR * (year + 1));
        let contract_share = overlap(from, to, 0, cloud.contract_months) as f64 / YEAR as f64;
        let spot = cloud.spot_usd_per_gpu_h_after(f64::from(cloud.spot_month_offset) + from as f64);
        let usd_per_gpu_h = cloud.usd_per_gpu_h(cloud.contract_mix_frac * contract_share, spot);
        let revenue_usd = gpus_per_mw * HOURS_PER_YEAR * usd_per_gpu_h;
        let growth = (1.0 + cloud.opex_growth_frac).powf(year as f64);
        let opex_usd = energy_mwh * usd_per_mwh
            + cloud.opex_usd_per_critical_mw_year * growth
            + (cloud.opex_revenue_frac + cloud.sla_credit_frac) * revenue_usd;
        let credit_usd = cloud.prepayment.map_or(0.0, |p| {
            let end = p.credit_from_month + p.credit_months;
            let months = overlap(from, to, p.credit_from_month, end);
            p.usd_per_critical_mw * months as f64 / p.credit_months as f64
        });
        result.revenue_usd.push(revenue_usd);
        result.opex_usd.push(opex_usd);
        result.cash_flow_usd.push(revenue_usd - opex_usd - credit_usd);
    }
    if let Some(last) = result.cash_flow_usd.last_mut() {
        *last += cloud.value_frac(YEAR * years) * gpu_usd + hall_exit_usd;
    }
    result
}

/// Months that two spans share.
fn overlap(from: usize, to: usize, other_from: usize, other_to: usize) -> usize {
    to.min(other_to).saturating_sub(from.max(other_from))
}

/// Cost in USD a year of owning equipment with two lives at a cost of capital.
///
/// # Formula
/// `annuity(IT capex, r, IT life) + annuity(hall capex, r, hall life) + opex`: the level yearly
/// payment that recovers each with interest.
///
/// # Example
/// ```
/// // Without interest: 30 over 3 years, 10 over 10, and 2 to run it.
/// assert_eq!(hpcrev::annual_cost_usd(30.0, 3.0, 10.0, 10.0, 0.0, 2.0), 13.0);
/// ```
pub fn annual_cost_usd(
    it_capex_usd: f64,
    it_life_years: f64,
    hall_capex_usd: f64,
    hall_life_years: f64,
    rate_frac: f64,
    opex_usd_per_year: f64,
) -> f64 {
    finance::annuity_payment_usd(it_capex_usd, rate_frac, it_life_years)
        + finance::annuity_payment_usd(hall_capex_usd, rate_frac, hall_life_years)
        + opex_usd_per_year
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: &str, found: f64, expected: f64, tolerance: f64) {
        let error = (found / expected - 1.0).abs();
        assert!(error < tolerance, "{what}: {found} instead of {expected}");
    }

    /// One of the reference cases: half under contract, rising spot, prepayment, no exit.
    fn reference() -> (GpuCloud, Delivery) {
        let cloud = GpuCloud {
            contract_usd_per_gpu_h: 2.245,
            contract_mix_frac: 0.5,
            contract_months: 72,
            spot_usd_per_gpu_h: 5.559,
            decay_frac: -0.1,
            utilisation_frac: 0.538,
            availability_frac: 0.995,
            gpu_capex_usd_per_gpu: 73_334.0,
            load_factor: 0.812,
            pue: 1.38,
            opex_usd_per_critical_mw_year: 1_011_096.0,
            opex_revenue_frac: 0.02,
            resale_frac: 0.15,
            prepayment: Some(Prepayment {
                usd_per_critical_mw: 9.7e6,
                credit_from_month: 36,
                credit_months: 36,
            }),
            ..GpuCloud::flat(1_917.0, 72)
        };
        (cloud, Delivery::at_once(15_060_886.0))
    }

    #[test]
    fn the_yearly_model_agrees_with_an_independent_one() {
        let (cloud, delivery) = reference();
        let years = cloud_year_end(&cloud, &delivery, 26.29, 1.5e6 / 0.08);
        check("revenue", years.revenue_usd[5], 16_053_857.944_342_308, 1e-12);
        check("opex", years.opex_usd[5], 1_590_238.575_110_846_2, 1e-12);
        for (found, expected) in years.cash_flow_usd.iter().zip([
            -43_615_450.423_578_51,
            10_395_694.851_901_196,
            11_062_010.639_903_074,
            11_794_958.006_705_14,
            9_367_866.776_854_08,
            10_254_733.091_f64,
            35_718_470.699_434_906,
        ]) {
            check("cash flow", *found, expected, 1e-10);
        }
        check(
            "npv",
            finance::npv_yearly_usd(&years.cash_flow_usd, 0.08),
            21_230_858.180_285_078,
            1e-12,
        );
    }

    #[test]
    fn two_lives_cost_what_was_published() {
        // A gigawatt of 38 B$ of which 27.1 IT, 6 %, 0.9 a year to run it.
        for (it_life_years, published) in [(3.0, 12.0), (5.0, 8.5), (7.0, 7.0)] {
            let found = annual_cost_usd(27.1, it_life_years, 10.9, 14.0, 0.06, 0.9);
            check("B$ a year", found, published, 0.03);
        }
    }

    #[test]
    fn observed_decay_follows_from_the_list_prices() {
        let observed = DECAY_REGIMES.iter().flat_map(|regimes| regimes.observed);
        let list_prices: [(f64, f64, f64); 6] = [
            (2.3479, 1.79, 18.0),
            (1.79, 2.3064, 13.0),
            (4.8425, 2.7293, 20.0),
            (2.7293, 3.789, 11.0),
            (3.8156, 4.1262, 11.0),
            (5.06, 6.5998, 13.0),
        ];
        for ((from, to, found), (first, last, months)) in observed.zip(list_prices) {
            let fall = 1.0 - (last / first).powf(12.0 / months);
            assert!((found - fall).abs() < 6e-4, "{from} to {to}: {found}, not {fall}");
        }
    }

    #[test]
    fn a_contract_that_ends_leaves_its_share_to_the_spot_market() {
        let cloud = GpuCloud {
            contract_usd_per_gpu_h: 3.0,
            contract_mix_frac: 1.0,
            contract_months: 18,
            spot_usd_per_gpu_h: 1.0,
            ..GpuCloud::flat(1_000.0, 36)
        };
        let years = cloud_year_end(&cloud, &Delivery::at_once(0.0), 0.0, 0.0);
        let usd_per_gpu_h: Vec<f64> = years.revenue_usd.iter().map(|r| r / 8.76e6).collect();
        assert_eq!(usd_per_gpu_h, [3.0, 2.0, 1.0]);
    }

    #[test]
    fn terms_out_of_range_are_all_named() {
        let (cloud, _) = reference();
        assert_eq!(cloud.validate(), Ok(()));
        let wrong = GpuCloud {
            gpu_life_months: 0,
            allin_w_per_gpu: 2.64,
            refresh: Some(Refresh {
                gpu_capex_usd_per_gpu: -1.0,
                hall_refit_usd_per_critical_mw: 0.0,
                spot_usd_per_gpu_h: None,
            }),
            ..cloud
        };
        let Err(Error::Invalid(faults)) = wrong.validate() else { panic!("three faults") };
        let paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["allin_w_per_gpu", "gpu_life_months", "refresh.gpu_capex_usd_per_gpu"]);
    }
}
