//! The months of a hall: from a contract to cash flows per critical MW.

use finance::depreciation::straight_line_value;

use crate::chain;
use crate::cloud::{GpuCloud, Refresh};
use crate::delivery::{Delivery, PlanMonths, RentFactor};
use crate::lease::{Lease, LeaseType, Prepayment, YEAR};

/// Months over which tax law writes off GPUs: five years, straight line.
pub const GPU_TAX_LIFE_MONTHS: usize = 60;

/// Cash flows of a hall per critical MW, by plan month. All amounts are positive: the name of the
/// column says whether they come or go.
///
/// # Shapes
/// Every column `[horizon]`. Entry m of capex, prepayment and resale falls at the start of month
/// m, that of revenue, credit, power and opex at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Proforma {
    /// First plan month in service; beyond the horizon if that comes first.
    pub in_service: usize,
    /// Paid for hall and GPUs, tenant's share taken off.
    pub capex_usd: Vec<f64>,
    /// Received in advance from the customer.
    pub prepayment_usd: Vec<f64>,
    /// Received for GPUs that are sold.
    pub resale_usd: Vec<f64>,
    /// Rent or GPU-hours sold, expected value where a tenant may default.
    pub revenue_usd: Vec<f64>,
    /// Credited against the prepayment.
    pub prepayment_credit_usd: Vec<f64>,
    /// Power that the owner pays.
    pub power_usd: Vec<f64>,
    /// Everything else that the owner pays to run it.
    pub opex_usd: Vec<f64>,
    /// Written off for tax in the month; the rest of the hall's basis is the caller's to write off
    /// when he disposes of it.
    pub depreciation_usd: Vec<f64>,
    /// Paid and not yet written off, at the end of the month.
    pub tax_basis_usd: Vec<f64>,
    /// Rent less power and opex in months of renewal, worth 0 in the base case: in none of the
    /// other columns.
    pub renewal_noi_usd: Vec<f64>,
    /// What the GPUs still in service would fetch at the horizon.
    pub resale_at_horizon_usd: f64,
    /// Prepayment received and not yet credited at the horizon: still owed.
    pub prepayment_left_usd: f64,
}

impl Proforma {
    /// Net operating income by month: revenue less power and opex, in USD per critical MW.
    pub fn noi_usd(&self) -> Vec<f64> {
        let columns = self.revenue_usd.iter().zip(&self.power_usd).zip(&self.opex_usd);
        columns.map(|((revenue, power), opex)| revenue - power - opex).collect()
    }

    /// Net flows before tax and financing, in USD per critical MW.
    ///
    /// # Shapes
    /// `[horizon + 1]`, entry t at t months: starts of month t and ends of month t - 1. The last
    /// one settles the horizon: GPUs sold, prepayment not yet credited paid back.
    pub fn flows_usd(&self) -> Vec<f64> {
        let horizon = self.capex_usd.len();
        let mut flows_usd = vec![0.0; horizon + 1];
        for (month, noi_usd) in self.noi_usd().iter().enumerate() {
            let start_usd =
                self.prepayment_usd[month] + self.resale_usd[month] - self.capex_usd[month];
            flows_usd[month] += start_usd;
            flows_usd[month + 1] += noi_usd - self.prepayment_credit_usd[month];
        }
        flows_usd[horizon] += self.resale_at_horizon_usd - self.prepayment_left_usd;
        flows_usd
    }

    fn new(horizon: usize, in_service: usize) -> Self {
        let zeros = || vec![0.0; horizon];
        Self {
            in_service,
            capex_usd: zeros(),
            prepayment_usd: zeros(),
            resale_usd: zeros(),
            revenue_usd: zeros(),
            prepayment_credit_usd: zeros(),
            power_usd: zeros(),
            opex_usd: zeros(),
            depreciation_usd: zeros(),
            tax_basis_usd: zeros(),
            renewal_noi_usd: zeros(),
            resale_at_horizon_usd: 0.0,
            prepayment_left_usd: 0.0,
        }
    }

    /// Pays for an asset over some months and writes it off from the month in which it is used.
    fn invest(&mut self, asset: &Asset, shares: &[f64]) {
        let mut paid_usd = 0.0;
        for month in asset.paid_from..self.capex_usd.len() {
            if let Some(share) = shares.get(month - asset.paid_from) {
                paid_usd += asset.cost_usd * share;
                self.capex_usd[month] += asset.cost_usd * share;
            }
            let basis_usd = if month < asset.used_from { paid_usd } else { asset.cost_usd };
            let book_usd = |end: usize| match end.checked_sub(asset.used_from) {
                _ if end > asset.disposed => 0.0,
                Some(months) => straight_line_value(basis_usd, asset.tax_life_months, months),
                None => basis_usd,
            };
            self.tax_basis_usd[month] += book_usd(month + 1);
            if month >= asset.used_from {
                self.depreciation_usd[month] += book_usd(month) - book_usd(month + 1);
            }
        }
    }

    /// Receives a prepayment and credits it back.
    fn prepay(&mut self, prepayment: Option<Prepayment>, received: usize, rent_start: usize) {
        let Some(p) = prepayment else { return };
        let Some(received_usd) = self.prepayment_usd.get_mut(received) else { return };
        *received_usd = p.usd_per_critical_mw;
        let part_usd = p.usd_per_critical_mw / p.credit_months as f64;
        let first = rent_start + p.credit_from_month;
        let end = first + p.credit_months;
        let horizon = self.prepayment_credit_usd.len();
        for month in first..end.min(horizon) {
            self.prepayment_credit_usd[month] = part_usd;
        }
        self.prepayment_left_usd = part_usd * end.saturating_sub(first.max(horizon)) as f64;
    }
}

/// Something bought for a hall, and when tax law sees it.
struct Asset {
    cost_usd: f64,
    paid_from: usize,
    used_from: usize,
    tax_life_months: usize,
    /// Month in which it is sold and what is left of it written off; `usize::MAX` for never.
    disposed: usize,
}

/// Cash flows of a leased hall per critical MW.
///
/// # Formula
/// [`Lease::expected_rent_usd`] x `rent.frac`, j counted from the first month in which somebody
/// pays; opex / 12 x (1 + growth)^floor(months in service / 12); power (gross leases only) = price x
/// [`chain::energy_mwh`] of the share that somebody uses: model sections 0.1 and 5.
///
/// # Special cases
/// The lease begins in `max(in_service, rent.from_month)`; until then the hall costs opex and earns
/// nothing. A prepayment is received with the commitment, or with the signature if that is later.
/// After the term the hall stands idle, at no cost and no value. A commitment beyond the horizon
/// gives columns of zeros.
///
/// # Panics
/// If the two columns of `months` differ in length.
///
/// # Example
/// ```
/// use hpcrev::{Delivery, Lease, PlanMonths, RentFactor, lease_proforma};
/// let months = PlanMonths { hours: &[730.0; 36], usd_per_mwh: &[50.0; 36] };
/// let delivery = Delivery { months_to_deliver: 10, ..Delivery::at_once(10e6) };
/// let lease = Lease::plain(100.0, 0.0, 120);
/// let hall = lease_proforma(&lease, &delivery, 2, &months, &RentFactor::SIGNED);
/// // A million a month from month 2, then 0.1 M$ of rent a month.
/// assert_eq!((hall.capex_usd[1], hall.capex_usd[2]), (0.0, 1e6));
/// assert_eq!((hall.in_service, hall.revenue_usd[11], hall.revenue_usd[12]), (12, 0.0, 1e5));
/// ```
pub fn lease_proforma(
    lease: &Lease,
    delivery: &Delivery,
    commit_month: usize,
    months: &PlanMonths<'_>,
    rent: &RentFactor,
) -> Proforma {
    let horizon = checked_horizon(months);
    let in_service = commit_month + delivery.months_to_deliver;
    let rent_start = in_service.max(rent.from_month);
    let mut hall = Proforma::new(horizon, in_service);
    let asset = Asset {
        cost_usd: delivery.capex_usd_per_critical_mw * (1.0 - lease.tenant_capex_frac),
        paid_from: commit_month,
        used_from: in_service,
        tax_life_months: delivery.hall_life_months,
        disposed: usize::MAX,
    };
    hall.invest(&asset, &delivery.shares());
    hall.prepay(lease.prepayment, commit_month.max(rent.from_month), rent_start);

    let term_end = rent_start + lease.term_months;
    let renewals_end = term_end + lease.renewal_months();
    for month in in_service..horizon.min(renewals_end) {
        let opex_usd = opex_usd(
            lease.opex_usd_per_critical_mw_year,
            lease.opex_growth_frac,
            month - in_service,
        );
        let (mut revenue_usd, mut power_usd) = (0.0, 0.0);
        if let Some(j) = month.checked_sub(rent_start) {
            revenue_usd = lease.expected_rent_usd(j) * rent.frac;
            if lease.lease_type == LeaseType::Gross {
                let mwh = chain::energy_mwh(1.0, lease.load_factor, lease.pue, months.hours[month]);
                power_usd = mwh * lease.used_frac(j) * months.usd_per_mwh[month];
            }
        }
        if month < term_end {
            hall.revenue_usd[month] = revenue_usd;
            hall.power_usd[month] = power_usd;
            hall.opex_usd[month] = opex_usd;
        } else {
            hall.renewal_noi_usd[month] = revenue_usd - power_usd - opex_usd;
        }
    }
    hall
}

/// Cash flows of a hall with one's own GPUs per critical MW.
///
/// # Formula
/// Revenue = GPUs x hours x [`GpuCloud::usd_per_gpu_h`] x `rent.frac`, the contract's share being
/// sold at spot once it has ended; power = price x [`chain::energy_mwh`], sold or not; opex as for a
/// lease plus the shares of revenue; GPUs are bought with the hall and sold at the end of their
/// life, or of the term, at [`GpuCloud::value_frac`]: model sections 0.1 and 5.
///
/// # Special cases
/// The contract begins in `max(in_service, rent.from_month)`, and a prepayment is received with the
/// commitment or, if later, with the signature; the GPUs age from `in_service`. Without refresh
/// service ends with the GPUs. A refresh is bought and the old GPUs are sold at the start of the
/// month in which they reach the end of their life.
///
/// # Panics
/// If the two columns of `months` differ in length, or the life of a GPU is 0 months (which
/// [`GpuCloud::validate`] refuses).
///
/// # Example
/// ```
/// use hpcrev::{Delivery, GpuCloud, PlanMonths, RentFactor, cloud_proforma};
/// let months = PlanMonths { hours: &[730.0; 24], usd_per_mwh: &[50.0; 24] };
/// let cloud = GpuCloud {
///     spot_usd_per_gpu_h: 2.0,
///     gpu_capex_usd_per_gpu: 30e3,
///     resale_frac: 0.25,
///     ..GpuCloud::flat(1_000.0, 12)
/// };
/// let hall = cloud_proforma(&cloud, &Delivery::at_once(10e6), 0, &months, &RentFactor::SIGNED);
/// // A thousand GPUs for 30 M$ in a hall for 10; 1.46 M$ a month; a quarter back after a year.
/// assert_eq!((hall.capex_usd[0], hall.revenue_usd[11], hall.resale_usd[12]), (40e6, 1.46e6, 7.5e6));
/// assert_eq!(hall.revenue_usd[12], 0.0);
/// ```
pub fn cloud_proforma(
    cloud: &GpuCloud,
    delivery: &Delivery,
    commit_month: usize,
    months: &PlanMonths<'_>,
    rent: &RentFactor,
) -> Proforma {
    let horizon = checked_horizon(months);
    let in_service = commit_month + delivery.months_to_deliver;
    let rent_start = in_service.max(rent.from_month);
    let service_end = in_service + cloud.service_months();
    let gpus = cloud.gpus_per_mw();
    let mut hall = Proforma::new(horizon, in_service);
    let shares = delivery.shares();
    let shell = Asset {
        cost_usd: delivery.capex_usd_per_critical_mw,
        paid_from: commit_month,
        used_from: in_service,
        tax_life_months: delivery.hall_life_months,
        disposed: usize::MAX,
    };
    hall.invest(&shell, &shares);
    hall.prepay(cloud.prepayment, commit_month.max(rent.from_month), rent_start);

    for (generation, start) in (in_service..service_end).step_by(cloud.gpu_life_months).enumerate()
    {
        let end = service_end.min(start + cloud.gpu_life_months);
        let first = generation == 0;
        let refresh = cloud.refresh.filter(|_| !first);
        let gpu_usd = gpus
            * refresh.map_or(cloud.gpu_capex_usd_per_gpu, |refresh| refresh.gpu_capex_usd_per_gpu);
        // The price of a refresh includes network and storage.
        let network_frac = if first { cloud.network_storage_frac } else { 0.0 };
        let asset = Asset {
            cost_usd: gpu_usd * (1.0 + network_frac),
            paid_from: if first { commit_month } else { start },
            used_from: start,
            tax_life_months: GPU_TAX_LIFE_MONTHS,
            disposed: end,
        };
        hall.invest(&asset, if first { &shares } else { &[1.0] });
        if let Some(refresh) = refresh {
            let refit = Asset {
                cost_usd: refresh.hall_refit_usd_per_critical_mw,
                paid_from: start,
                used_from: start,
                tax_life_months: delivery.hall_life_months,
                disposed: usize::MAX,
            };
            hall.invest(&refit, &[1.0]);
        }
        if end < horizon {
            hall.resale_usd[end] += gpu_usd * cloud.value_frac(end - start);
        } else if start < horizon {
            hall.resale_at_horizon_usd = gpu_usd * cloud.value_frac(horizon - start);
        }

        for month in start..end.min(horizon) {
            let spot_usd_per_gpu_h = spot_usd_per_gpu_h(cloud, refresh, start, month);
            if let Some(j) = month.checked_sub(rent_start) {
                let under_contract = j < cloud.contract_months;
                let mix_frac = if under_contract { cloud.contract_mix_frac } else { 0.0 };
                let usd_per_gpu_h = cloud.usd_per_gpu_h(mix_frac, spot_usd_per_gpu_h);
                hall.revenue_usd[month] = gpus * months.hours[month] * usd_per_gpu_h * rent.frac;
            }
            let mwh = chain::energy_mwh(1.0, cloud.load_factor, cloud.pue, months.hours[month]);
            hall.power_usd[month] = mwh * months.usd_per_mwh[month];
            hall.opex_usd[month] = opex_usd(
                cloud.opex_usd_per_critical_mw_year,
                cloud.opex_growth_frac,
                month - in_service,
            ) + (cloud.opex_revenue_frac + cloud.sla_credit_frac)
                * hall.revenue_usd[month];
        }
    }
    hall
}

/// Spot price of an hour in USD in a plan month, of GPUs installed in month `start`.
fn spot_usd_per_gpu_h(
    cloud: &GpuCloud,
    refresh: Option<Refresh>,
    start: usize,
    month: usize,
) -> f64 {
    if let Some(newer_usd_per_gpu_h) = refresh.and_then(|refresh| refresh.spot_usd_per_gpu_h) {
        let newer = GpuCloud { spot_usd_per_gpu_h: newer_usd_per_gpu_h, ..cloud.clone() };
        newer.spot_usd_per_gpu_h_after((month - start) as f64)
    } else {
        cloud.spot_usd_per_gpu_h_after(f64::from(cloud.spot_month_offset) + month as f64)
    }
}

/// Opex in USD of a month in service.
fn opex_usd(usd_per_year: f64, growth_frac: f64, month_in_service: usize) -> f64 {
    let growth = (1.0 + growth_frac).powf((month_in_service / YEAR) as f64);
    usd_per_year / YEAR as f64 * growth
}

fn checked_horizon(months: &PlanMonths<'_>) -> usize {
    let (hours, prices) = (months.hours.len(), months.usd_per_mwh.len());
    assert!(hours == prices, "{hours} months of hours but {prices} of prices");
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: [f64; 120] = [730.0; 120];
    const USD_PER_MWH: [f64; 120] = [50.0; 120];

    fn plan(months: usize) -> PlanMonths<'static> {
        PlanMonths { hours: &HOURS[..months], usd_per_mwh: &USD_PER_MWH[..months] }
    }

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
    }

    fn twelve_months(usd: f64) -> Delivery {
        Delivery { months_to_deliver: 12, ..Delivery::at_once(usd) }
    }

    fn cloud() -> GpuCloud {
        GpuCloud {
            spot_usd_per_gpu_h: 2.0,
            gpu_capex_usd_per_gpu: 30e3,
            resale_frac: 0.25,
            network_storage_frac: 0.2,
            ..GpuCloud::flat(1_000.0, 48)
        }
    }

    #[test]
    fn a_hall_costs_before_it_earns() {
        let lease = Lease {
            lease_type: LeaseType::Gross,
            opex_usd_per_critical_mw_year: 1.2e5,
            opex_growth_frac: 0.1,
            load_factor: 0.8,
            pue: 1.25,
            tenant_capex_frac: 0.25,
            ramp: vec![0.5],
            renewals_months: vec![12],
            ..Lease::plain(100.0, 0.0, 24)
        };
        let hall = lease_proforma(&lease, &twelve_months(12e6), 3, &plan(60), &RentFactor::SIGNED);
        assert_eq!(hall.in_service, 15);
        assert_eq!(hall.capex_usd.iter().sum::<f64>(), 9e6);
        assert_eq!((hall.capex_usd[3], hall.capex_usd[14], hall.capex_usd[15]), (75e4, 75e4, 0.0));
        assert_eq!(
            (hall.revenue_usd[14], hall.revenue_usd[15], hall.revenue_usd[16]),
            (0.0, 5e4, 1e5)
        );
        // 1 MW at 80 % and PUE 1.25 for 730 h at 50 USD: half of it in the month of the ramp.
        assert_eq!((hall.power_usd[15], hall.power_usd[16]), (18_250.0, 36_500.0));
        assert!(close(hall.opex_usd[26], 1e4) && close(hall.opex_usd[27], 1.1e4));
        assert_eq!(
            (hall.revenue_usd[38], hall.revenue_usd[39], hall.opex_usd[39]),
            (1e5, 0.0, 0.0)
        );
        assert!(close(hall.renewal_noi_usd[39], 1e5 - 36_500.0 - 1.21e4));
        assert_eq!(hall.renewal_noi_usd[51], 0.0);
        // Straight line from service: 9 M$ over 180 months.
        assert_eq!(hall.tax_basis_usd[4], 1.5e6);
        assert!(close(hall.depreciation_usd[15], 5e4) && hall.depreciation_usd[14] == 0.0);
        assert!(close(hall.tax_basis_usd[59], 9e6 * 135.0 / 180.0));
    }

    #[test]
    fn what_is_paid_is_written_off_or_left() {
        let refresh = Refresh {
            gpu_capex_usd_per_gpu: 20e3,
            hall_refit_usd_per_critical_mw: 1e6,
            spot_usd_per_gpu_h: Some(3.0),
        };
        let refreshed = GpuCloud { refresh: Some(refresh), gpu_life_months: 24, ..cloud() };
        for cloud in [cloud(), refreshed] {
            for horizon in [6, 18, 40, 60, 61, 100] {
                let hall = cloud_proforma(
                    &cloud,
                    &twelve_months(12e6),
                    0,
                    &plan(horizon),
                    &RentFactor::SIGNED,
                );
                let paid_usd: f64 = hall.capex_usd.iter().sum();
                let written_off_usd: f64 = hall.depreciation_usd.iter().sum();
                assert!(
                    close(paid_usd, written_off_usd + hall.tax_basis_usd[horizon - 1]),
                    "{horizon}: {paid_usd} paid, {written_off_usd} written off"
                );
                assert!(hall.depreciation_usd.iter().all(|usd| *usd >= 0.0));
            }
        }
    }

    #[test]
    fn gpus_are_sold_when_they_retire_and_refreshed_only_if_given() {
        let hall =
            cloud_proforma(&cloud(), &twelve_months(12e6), 0, &plan(72), &RentFactor::SIGNED);
        assert_eq!(hall.capex_usd.iter().sum::<f64>(), 36e6 + 12e6);
        assert_eq!((hall.revenue_usd[59], hall.revenue_usd[60]), (1.46e6, 0.0));
        assert_eq!(hall.resale_usd[60], 7.5e6);
        assert_eq!(hall.resale_at_horizon_usd, 0.0);
        // Four of five years are written off; the rest goes when they are sold.
        assert!(close(hall.depreciation_usd[60], 36e6 / 5.0 + 12e6 / 180.0));

        let refresh = Refresh {
            gpu_capex_usd_per_gpu: 20e3,
            hall_refit_usd_per_critical_mw: 1e6,
            spot_usd_per_gpu_h: None,
        };
        let twice =
            GpuCloud { refresh: Some(refresh), gpu_life_months: 24, decay_frac: 0.5, ..cloud() };
        let hall = cloud_proforma(&twice, &twelve_months(12e6), 0, &plan(72), &RentFactor::SIGNED);
        assert_eq!((hall.capex_usd[36], hall.resale_usd[36]), (21e6, 7.5e6));
        assert_eq!(hall.resale_usd[60], 5e6);
        assert!(close(hall.revenue_usd[36], 1.46e6 / 8.0));
        let newer = Refresh { spot_usd_per_gpu_h: Some(2.0), ..refresh };
        let hall = cloud_proforma(
            &GpuCloud { refresh: Some(newer), ..twice },
            &twelve_months(12e6),
            0,
            &plan(72),
            &RentFactor::SIGNED,
        );
        assert!(close(hall.revenue_usd[36], 1.46e6) && close(hall.revenue_usd[48], 0.73e6));
    }

    #[test]
    fn the_horizon_settles_what_is_open() {
        let prepaid = GpuCloud {
            prepayment: Some(Prepayment {
                usd_per_critical_mw: 6e6,
                credit_from_month: 12,
                credit_months: 24,
            }),
            ..cloud()
        };
        let hall =
            cloud_proforma(&prepaid, &twelve_months(12e6), 0, &plan(36), &RentFactor::SIGNED);
        assert_eq!((hall.prepayment_usd[0], hall.prepayment_credit_usd[23]), (6e6, 0.0));
        assert_eq!(hall.prepayment_credit_usd[24..], [25e4; 12]);
        assert_eq!(hall.prepayment_left_usd, 3e6);
        // Half of their life gone: worth the root of a quarter.
        assert_eq!(hall.resale_at_horizon_usd, 15e6);
        assert!(close(hall.flows_usd()[36], 1.46e6 - 36_500.0 - 25e4 + 15e6 - 3e6));
        let beyond =
            cloud_proforma(&prepaid, &twelve_months(12e6), 40, &plan(36), &RentFactor::SIGNED);
        assert_eq!(beyond.in_service, 52);
        assert_eq!(beyond.flows_usd(), vec![0.0; 37]);
    }

    #[test]
    fn an_unsigned_hall_waits_for_its_tenant() {
        let lease = Lease {
            free_months: 1.0,
            opex_usd_per_critical_mw_year: 1.2e5,
            ..Lease::plain(100.0, 0.0, 24)
        };
        let late = RentFactor { from_month: 18, frac: 0.85 };
        let hall = lease_proforma(&lease, &twelve_months(12e6), 0, &plan(60), &late);
        assert_eq!((hall.opex_usd[11], hall.opex_usd[12]), (0.0, 1e4));
        assert_eq!((hall.revenue_usd[18], hall.revenue_usd[19]), (0.0, 85e3));
        assert_eq!((hall.revenue_usd[41], hall.revenue_usd[42]), (85e3, 0.0));
        // Before the hall is ready the date of the signature does not matter.
        let early = RentFactor { from_month: 6, ..RentFactor::SIGNED };
        let signed =
            lease_proforma(&lease, &twelve_months(12e6), 0, &plan(60), &RentFactor::SIGNED);
        assert_eq!(lease_proforma(&lease, &twelve_months(12e6), 0, &plan(60), &early), signed);
    }

    #[test]
    fn a_schedule_replaces_equal_parts() {
        let delivery = Delivery { schedule: Some(vec![0.5, 0.0, 0.5]), ..twelve_months(10e6) };
        let lease = Lease::plain(100.0, 0.0, 24);
        let hall = lease_proforma(&lease, &delivery, 1, &plan(24), &RentFactor::SIGNED);
        assert_eq!(hall.capex_usd[..5], [0.0, 5e6, 0.0, 5e6, 0.0]);
    }
}
