//! What must hold of a hall's months, whatever was agreed: revenue, power, capital, value.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.

use hashpivot_tests::contracts::{cloud, delivery, lease};
use hashpivot_tests::{
    cond, config, linear, ordered, rate, rel, same_bits, same_column, scale, share,
};
use hpcrev::value::dcf_usd;
use hpcrev::{
    Delivery, GpuCloud, Lease, LeaseType, PlanMonths, Prepayment, Proforma, Refresh, RentFactor,
    cloud_proforma, cloud_value_grid_usd, cloud_year_end, lease_proforma, lease_value_grid_usd,
};
use proptest::prelude::*;

/// Months of a plan at one price of power.
struct Plan {
    hours: Vec<f64>,
    usd_per_mwh: Vec<f64>,
}

impl Plan {
    fn new(months: usize, usd_per_mwh: f64) -> Self {
        Self { hours: vec![730.0; months], usd_per_mwh: vec![usd_per_mwh; months] }
    }

    fn months(&self) -> PlanMonths<'_> {
        PlanMonths { hours: &self.hours, usd_per_mwh: &self.usd_per_mwh }
    }

    fn lease(&self, lease: &Lease, delivery: &Delivery, commit: usize) -> Proforma {
        lease_proforma(lease, delivery, commit, &self.months(), &RentFactor::SIGNED)
    }

    fn cloud(&self, cloud: &GpuCloud, delivery: &Delivery, commit: usize) -> Proforma {
        cloud_proforma(cloud, delivery, commit, &self.months(), &RentFactor::SIGNED)
    }
}

/// Every money column of a hall.
fn columns(hall: &Proforma) -> [&Vec<f64>; 10] {
    [
        &hall.capex_usd,
        &hall.prepayment_usd,
        &hall.resale_usd,
        &hall.revenue_usd,
        &hall.prepayment_credit_usd,
        &hall.power_usd,
        &hall.opex_usd,
        &hall.depreciation_usd,
        &hall.tax_basis_usd,
        &hall.renewal_noi_usd,
    ]
}

/// Sum of all absolute flows.
fn terms(hall: &Proforma) -> f64 {
    let all: f64 = columns(hall)[..7].iter().map(|c| c.iter().map(|x| x.abs()).sum::<f64>()).sum();
    all + hall.resale_at_horizon_usd + hall.prepayment_left_usd
}

/// Whether no entry of one column lies above its entry in another.
fn below(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b)
}

fn sum(column: &[f64]) -> f64 {
    column.iter().sum()
}

proptest! {
    #![proptest_config(config())]

    /// 26, bit: dearer hours, busier GPUs and more of them to a megawatt never bring less revenue;
    /// nobody pays less for power because his hall wastes more of it.
    #[test]
    fn cloud_revenue_rises_with_price_and_use(
        cloud in cloud(),
        delivery in delivery(),
        price in linear(0.0, 200.0),
        (spot, spot_up) in ordered(scale(0.01, 50.0)),
        (contract, contract_up) in ordered(scale(0.01, 50.0)),
        (idle, busy) in ordered(share()),
        (small, large) in ordered(scale(500.0, 5_000.0)),
        (lean, fat) in ordered(linear(1.01, 3.0)),
    ) {
        let plan = Plan::new(72, price);
        let hall = |cloud: &GpuCloud| plan.cloud(cloud, &delivery, 3);
        for (less, more) in [
            (
                GpuCloud { spot_usd_per_gpu_h: spot, ..cloud.clone() },
                GpuCloud { spot_usd_per_gpu_h: spot_up, ..cloud.clone() },
            ),
            (
                GpuCloud { contract_usd_per_gpu_h: contract, ..cloud.clone() },
                GpuCloud { contract_usd_per_gpu_h: contract_up, ..cloud.clone() },
            ),
            (
                GpuCloud { utilisation_frac: idle, ..cloud.clone() },
                GpuCloud { utilisation_frac: busy, ..cloud.clone() },
            ),
            (
                GpuCloud { availability_frac: idle, ..cloud.clone() },
                GpuCloud { availability_frac: busy, ..cloud.clone() },
            ),
            (
                GpuCloud { allin_w_per_gpu: large, ..cloud.clone() },
                GpuCloud { allin_w_per_gpu: small, ..cloud.clone() },
            ),
        ] {
            prop_assert!(
                below(&hall(&less).revenue_usd, &hall(&more).revenue_usd),
                "{less:?} {more:?}"
            );
        }
        let [lean, fat] = [lean, fat].map(|pue| hall(&GpuCloud { pue, ..cloud.clone() }));
        prop_assert!(below(&lean.power_usd, &fat.power_usd));
        prop_assert!(below(&fat.noi_usd(), &lean.noi_usd()));
        prop_assert!(same_column(&lean.revenue_usd, &fat.revenue_usd));
    }

    /// Renewals, bit: what a tenant may do later is worth nothing in the base case; every column
    /// but the renewals' own is the same without them.
    #[test]
    fn renewals_are_worth_nothing_in_the_base_case(
        lease in lease(),
        delivery in delivery(),
        commit in 0_usize..24,
    ) {
        let plan = Plan::new(180, 50.0);
        let without = Lease { renewals_months: Vec::new(), ..lease.clone() };
        let (with, without) =
            (plan.lease(&lease, &delivery, commit), plan.lease(&without, &delivery, commit));
        for (a, b) in columns(&with)[..9].iter().zip(&columns(&without)[..9]) {
            prop_assert!(same_column(a, b));
        }
        prop_assert!(same_column(&with.flows_usd(), &without.flows_usd()));
        prop_assert!(without.renewal_noi_usd.iter().all(|usd| *usd == 0.0));
    }

    /// Prepayment, cond(n): money in advance is a loan without interest; it changes when one is
    /// paid and not how much, and is worth something as soon as money has a price.
    #[test]
    fn a_prepayment_is_neutral_without_interest(
        lease in lease(),
        cloud in cloud(),
        delivery in delivery(),
        commit in 0_usize..24,
        months in 24_usize..180,
        rate in 0.0..0.3_f64,
    ) {
        let plan = Plan::new(months, 50.0);
        for (with, without) in [
            (
                plan.lease(&lease, &delivery, commit),
                plan.lease(&Lease { prepayment: None, ..lease.clone() }, &delivery, commit),
            ),
            (
                plan.cloud(&cloud, &delivery, commit),
                plan.cloud(&GpuCloud { prepayment: None, ..cloud.clone() }, &delivery, commit),
            ),
        ] {
            let terms = terms(&with);
            prop_assert!(cond(sum(&with.flows_usd()), sum(&without.flows_usd()), 400.0, terms));
            prop_assert!(same_column(&with.noi_usd(), &without.noi_usd()));
            let (a, b) = (dcf_usd(&with, rate, 0, 0.0), dcf_usd(&without, rate, 0, 0.0));
            prop_assert!(a >= b - 1e-12 * terms);
        }
    }

    /// 42, cond(n): what was paid is written off or still on the books, each month; a hall whose
    /// tenant pays all of it costs its owner nothing.
    #[test]
    fn capital_is_written_off_or_on_the_books(
        lease in lease(),
        cloud in cloud(),
        delivery in delivery(),
        commit in 0_usize..24,
    ) {
        let plan = Plan::new(240, 50.0);
        for hall in [plan.lease(&lease, &delivery, commit), plan.cloud(&cloud, &delivery, commit)] {
            let (mut paid, mut written) = (0.0, 0.0);
            for month in 0..240 {
                paid += hall.capex_usd[month];
                written += hall.depreciation_usd[month];
                prop_assert!(
                    hall.tax_basis_usd[month] >= 0.0
                        && hall.depreciation_usd[month] >= -1e-9 * paid
                );
                prop_assert!(
                    cond(written + hall.tax_basis_usd[month], paid, 2_000.0, paid),
                    "month {month}"
                );
            }
            prop_assert!(hall.capex_usd[..commit].iter().all(|usd| *usd == 0.0));
        }
        let hall = plan.lease(&lease, &delivery, commit);
        let whole = delivery.capex_usd_per_critical_mw * (1.0 - lease.tenant_capex_frac);
        prop_assert!(cond(sum(&hall.capex_usd), whole, 100.0, whole));
        let given = plan.lease(&Lease { tenant_capex_frac: 1.0, ..lease }, &delivery, commit);
        prop_assert!(given.capex_usd.iter().all(|usd| *usd == 0.0));
    }

    /// 35, bit: a hall begun k months later, at the same prices, is the same hall k months later; a
    /// longer look changes no month of the shorter one.
    #[test]
    fn a_later_commitment_is_the_same_later(
        lease in lease(),
        cloud in cloud(),
        delivery in delivery(),
        commit in 0_usize..12,
        delay in 1_usize..24,
    ) {
        let plan = Plan::new(120, 50.0);
        let longer = Plan::new(120 + delay, 50.0);
        let aged = GpuCloud {
            spot_month_offset: cloud.spot_month_offset - i32::try_from(delay).unwrap_or(0),
            ..cloud.clone()
        };
        for (now, later) in [
            (
                plan.lease(&lease, &delivery, commit),
                longer.lease(&lease, &delivery, commit + delay),
            ),
            (plan.cloud(&cloud, &delivery, commit), longer.cloud(&aged, &delivery, commit + delay)),
        ] {
            for (a, b) in columns(&now).iter().zip(columns(&later)) {
                prop_assert!(same_column(a, &b[delay..]));
                prop_assert!(b[..delay].iter().all(|usd| *usd == 0.0));
            }
            prop_assert_eq!(now.in_service + delay, later.in_service);
            prop_assert!(same_bits(now.resale_at_horizon_usd, later.resale_at_horizon_usd));
            prop_assert!(same_bits(now.prepayment_left_usd, later.prepayment_left_usd));
        }
        for (short, long) in [
            (plan.lease(&lease, &delivery, commit), longer.lease(&lease, &delivery, commit)),
            (plan.cloud(&cloud, &delivery, commit), longer.cloud(&cloud, &delivery, commit)),
        ] {
            for (a, b) in columns(&short).iter().zip(columns(&long)) {
                prop_assert!(same_column(a, &b[..120]));
            }
        }
    }

    /// Who pays, bit: the owner pays for power under a gross lease alone, and earns no more there
    /// than where the tenant pays.
    #[test]
    fn power_is_paid_by_whom_the_lease_says(
        lease in lease(),
        delivery in delivery(),
        price in linear(0.0, 200.0),
    ) {
        let plan = Plan::new(120, price);
        let of = |lease_type| plan.lease(&Lease { lease_type, ..lease.clone() }, &delivery, 0);
        let (net, modified, gross) =
            (of(LeaseType::TripleNet), of(LeaseType::ModifiedGross), of(LeaseType::Gross));
        prop_assert_eq!(&net, &modified);
        prop_assert!(net.power_usd.iter().all(|usd| *usd == 0.0));
        prop_assert!(below(&gross.noi_usd(), &net.noi_usd()));
        prop_assert!(same_column(&gross.revenue_usd, &net.revenue_usd));
        let costs = net.opex_usd.iter().zip(&net.revenue_usd);
        for (noi, (opex, revenue)) in net.noi_usd().iter().zip(costs) {
            prop_assert!(cond(noi + opex, *revenue, 4.0, revenue + opex));
        }
    }

    /// Unsigned, rel(4) and bit: a hall without a contract earns the share that it is let for, not
    /// before anybody comes, and costs what it costs.
    #[test]
    fn an_unsigned_hall_earns_its_share(
        cloud in cloud(),
        delivery in delivery(),
        frac in share(),
        from in 0_usize..48,
    ) {
        let plan = Plan::new(120, 50.0);
        let rent = RentFactor { from_month: from, frac };
        let cloud =
            GpuCloud { prepayment: None, opex_revenue_frac: 0.0, sla_credit_frac: 0.0, ..cloud };
        let let_go = cloud_proforma(&cloud, &delivery, 0, &plan.months(), &rent);
        let whole = cloud_proforma(
            &cloud,
            &delivery,
            0,
            &plan.months(),
            &RentFactor { from_month: from, frac: 1.0 },
        );
        for (month, (part, all)) in let_go.revenue_usd.iter().zip(&whole.revenue_usd).enumerate() {
            prop_assert!(rel(*part, frac * all, 4.0));
            prop_assert!(month >= from || *part == 0.0);
        }
        prop_assert!(same_column(&let_go.capex_usd, &whole.capex_usd));
        prop_assert!(same_column(&let_go.power_usd, &whole.power_usd));
        prop_assert!(same_column(&let_go.opex_usd, &whole.opex_usd));
    }

    /// 23, bit: in a currency worth a power of two every month of a hall is the same month.
    #[test]
    fn money_scales_out(
        lease in lease(),
        cloud in cloud(),
        delivery in delivery(),
        price in linear(0.0, 200.0),
        k in -10_i32..=10,
    ) {
        let factor = 2.0_f64.powf(f64::from(k));
        let times = |prepayment: Option<Prepayment>| {
            prepayment
                .map(|p| Prepayment { usd_per_critical_mw: factor * p.usd_per_critical_mw, ..p })
        };
        let lease_2 = Lease {
            rent_first_usd_per_kw_month: factor * lease.rent_first_usd_per_kw_month,
            opex_usd_per_critical_mw_year: factor * lease.opex_usd_per_critical_mw_year,
            prepayment: times(lease.prepayment),
            ..lease.clone()
        };
        let cloud_2 = GpuCloud {
            contract_usd_per_gpu_h: factor * cloud.contract_usd_per_gpu_h,
            spot_usd_per_gpu_h: factor * cloud.spot_usd_per_gpu_h,
            gpu_capex_usd_per_gpu: factor * cloud.gpu_capex_usd_per_gpu,
            opex_usd_per_critical_mw_year: factor * cloud.opex_usd_per_critical_mw_year,
            refresh: cloud.refresh.map(|r| Refresh {
                gpu_capex_usd_per_gpu: factor * r.gpu_capex_usd_per_gpu,
                hall_refit_usd_per_critical_mw: factor * r.hall_refit_usd_per_critical_mw,
                spot_usd_per_gpu_h: r.spot_usd_per_gpu_h.map(|p| factor * p),
            }),
            prepayment: times(cloud.prepayment),
            ..cloud.clone()
        };
        let delivery_2 = Delivery {
            capex_usd_per_critical_mw: factor * delivery.capex_usd_per_critical_mw,
            ..delivery.clone()
        };
        let (plan, plan_2) = (Plan::new(120, price), Plan::new(120, factor * price));
        for (one, other) in [
            (plan.lease(&lease, &delivery, 3), plan_2.lease(&lease_2, &delivery_2, 3)),
            (plan.cloud(&cloud, &delivery, 3), plan_2.cloud(&cloud_2, &delivery_2, 3)),
        ] {
            for (a, b) in columns(&one).iter().zip(columns(&other)) {
                let scaled: Vec<f64> = a.iter().map(|usd| factor * usd).collect();
                prop_assert!(same_column(&scaled, b));
            }
            prop_assert!(same_bits(
                dcf_usd(&other, 0.1, 0, 0.0),
                factor * dcf_usd(&one, 0.1, 0, 0.0)
            ));
        }
    }

    /// Two timings, 1e-11: where prices stand still, the months of the engine add up to the years
    /// of the published model.
    #[test]
    fn months_add_up_to_years(
        cloud in cloud(),
        delivery in delivery(),
        years in 1_usize..10,
        power in linear(0.0, 200.0),
        contract_years in 0_usize..12,
    ) {
        let cloud = GpuCloud {
            decay_frac: 0.0,
            contract_months: 12 * contract_years,
            gpu_life_months: 12 * years,
            term_months: 12 * years,
            refresh: None,
            prepayment: cloud.prepayment.map(|p| Prepayment {
                credit_from_month: 0,
                credit_months: p.credit_months.min(12 * years),
                ..p
            }),
            ..cloud
        };
        let delivery = Delivery { months_to_deliver: 0, schedule: None, ..delivery };
        let by_year = cloud_year_end(&cloud, &delivery, power, 0.0);
        let plan = Plan::new(12 * years, power);
        let hall = plan.cloud(&cloud, &delivery, 0);
        let terms = terms(&hall);
        let flows = hall.flows_usd();
        prop_assert!((by_year.cash_flow_usd[0] - flows[0]).abs() <= 1e-11 * terms);
        for year in 0..years {
            let months = 12 * year + 1..12 * year + 13;
            prop_assert!(
                (sum(&flows[months.clone()]) - by_year.cash_flow_usd[year + 1]).abs()
                    <= 1e-11 * terms
            );
            prop_assert!(
                (sum(&hall.revenue_usd[12 * year..12 * year + 12]) - by_year.revenue_usd[year])
                    .abs()
                    <= 1e-11 * terms
            );
        }
    }

    /// Two lives, bit: GPUs lose value from new to their resale share; without new ones service
    /// ends with the old, and with them the old are sold in the month in which the new are bought.
    #[test]
    fn gpus_have_a_life_of_their_own(cloud in cloud(), delivery in delivery(), age in 0_usize..84) {
        let age = age.min(cloud.gpu_life_months);
        let value = cloud.value_frac(age);
        prop_assert!(value <= 1.0 && value >= cloud.resale_frac * (1.0 - 1e-15));
        prop_assert!(cloud.value_frac(age + 1) <= value * (1.0 + 1e-15));
        prop_assert!(same_bits(cloud.value_frac(0), 1.0));
        let plan = Plan::new(240, 50.0);
        let hall = plan.cloud(&cloud, &delivery, 0);
        let end = hall.in_service + cloud.service_months();
        prop_assert!(hall.revenue_usd[end.min(240)..].iter().all(|usd| *usd == 0.0));
        if cloud.refresh.is_none() {
            prop_assert!(cloud.service_months() <= cloud.gpu_life_months);
        }
        let first_sale = hall.in_service + cloud.gpu_life_months.min(cloud.term_months);
        prop_assert!(hall.resale_usd[..first_sale.min(240)].iter().all(|usd| *usd == 0.0));
    }

    /// Value, 1e-12: more rent is worth more and dearer halls less; every cell of the map is the
    /// value of its own hall, to the bit.
    #[test]
    fn value_rises_with_rent_and_falls_with_cost(
        lease in lease(),
        cloud in cloud(),
        delivery in delivery(),
        rate in rate(),
        (low, high) in ordered(scale(20.0, 400.0)),
        (cheap, dear) in ordered(scale(1e5, 2e7)),
    ) {
        let plan = Plan::new(60, 50.0);
        let rents = [low, high];
        let capex = [cheap, dear];
        let map = lease_value_grid_usd(&lease, &delivery, &plan.months(), rate, &rents, &capex);
        for (row, rent) in rents.iter().enumerate() {
            for (column, capex) in capex.iter().enumerate() {
                let own = Lease { rent_first_usd_per_kw_month: *rent, ..lease.clone() };
                let hall = Delivery { capex_usd_per_critical_mw: *capex, ..delivery.clone() };
                let hall = plan.lease(&own, &hall, 0);
                prop_assert!(same_bits(map[[row, column]], dcf_usd(&hall, rate, 0, 0.0)));
                prop_assert!(same_bits(
                    dcf_usd(&hall, rate, 0, 0.0),
                    finance::npv_monthly_usd(&hall.flows_usd(), rate)
                ));
            }
        }
        let hair = 1e-12 * (map.iter().map(|x| x.abs()).fold(0.0, f64::max) + dear);
        prop_assert!(map[[1, 0]] >= map[[0, 0]] - hair && map[[0, 1]] <= map[[0, 0]] + hair);
        let spots = [low / 20.0, high / 20.0];
        let map = cloud_value_grid_usd(
            &GpuCloud { opex_revenue_frac: 0.3, ..cloud },
            &delivery,
            &plan.months(),
            rate,
            &spots,
            &[0.0, 0.3],
        );
        let hair = 1e-12 * map.iter().map(|x| x.abs()).fold(0.0, f64::max);
        prop_assert!(map[[1, 0]] >= map[[0, 0]] - hair);
    }
}
