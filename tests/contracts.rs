//! Random leases, GPU clouds and halls.

use hpcrev::{Delivery, GpuCloud, Lease, LeaseType, Prepayment, Refresh};
use proptest::prelude::*;

use crate::{linear, scale, share, zero_or};

/// Money paid in advance and credited within the first ten years.
pub fn prepayment() -> impl Strategy<Value = Option<Prepayment>> {
    prop::option::of((scale(1e4, 1e7), 0_usize..60, 1_usize..60).prop_map(
        |(usd_per_critical_mw, credit_from_month, credit_months)| Prepayment {
            usd_per_critical_mw,
            credit_from_month,
            credit_months,
        },
    ))
}

/// A lease with everything that one can agree on.
pub fn lease() -> impl Strategy<Value = Lease> {
    let money = (scale(20.0, 400.0), linear(-0.05, 0.1), zero_or(1e3, 1e6), linear(-0.05, 0.1));
    let time = (
        1_usize..240,
        prop::collection::vec(share(), 0..8),
        linear(0.0, 12.0),
        prop::collection::vec(1_usize..72, 0..3),
    );
    let risk = (share(), share(), 0_usize..36, share(), share());
    let rest = (
        prop::sample::select(vec![
            LeaseType::TripleNet,
            LeaseType::ModifiedGross,
            LeaseType::Gross,
        ]),
        prepayment(),
        share(),
        linear(1.0, 3.0),
    );
    (money, time, risk, rest).prop_map(|(money, time, risk, rest)| Lease {
        rent_first_usd_per_kw_month: money.0,
        escalator_frac: money.1,
        opex_usd_per_critical_mw_year: money.2,
        opex_growth_frac: money.3,
        term_months: time.0,
        ramp: time.1,
        free_months: time.2,
        renewals_months: time.3,
        tenant_capex_frac: risk.0,
        default_hazard_per_year: risk.1,
        relet_delay_months: risk.2,
        relet_frac: risk.3,
        backstop_frac: risk.4,
        lease_type: rest.0,
        prepayment: rest.1,
        load_factor: rest.2,
        pue: rest.3,
    })
}

/// A GPU cloud with everything that one can agree on.
pub fn cloud() -> impl Strategy<Value = GpuCloud> {
    let price = (
        scale(0.01, 50.0),
        share(),
        0_usize..120,
        scale(0.01, 50.0),
        -24_i32..48,
        linear(-0.5, 0.6),
    );
    let use_of = (share(), share(), scale(500.0, 5_000.0), share(), linear(1.0, 3.0));
    let cost = (
        zero_or(1e3, 1e5),
        share(),
        zero_or(1e3, 1e6),
        linear(-0.05, 0.1),
        linear(0.0, 0.4),
        linear(0.0, 0.1),
    );
    let refresh =
        prop::option::of((scale(1e3, 1e5), zero_or(1e3, 1e7), prop::option::of(scale(0.01, 50.0))));
    let life = (6_usize..84, share(), refresh, 1_usize..180, prepayment());
    (price, use_of, cost, life).prop_map(|(price, use_of, cost, life)| GpuCloud {
        contract_usd_per_gpu_h: price.0,
        contract_mix_frac: price.1,
        contract_months: price.2,
        spot_usd_per_gpu_h: price.3,
        spot_month_offset: price.4,
        decay_frac: price.5,
        utilisation_frac: use_of.0,
        availability_frac: use_of.1,
        allin_w_per_gpu: use_of.2,
        load_factor: use_of.3,
        pue: use_of.4,
        gpu_capex_usd_per_gpu: cost.0,
        network_storage_frac: cost.1,
        opex_usd_per_critical_mw_year: cost.2,
        opex_growth_frac: cost.3,
        opex_revenue_frac: cost.4,
        sla_credit_frac: cost.5,
        gpu_life_months: life.0,
        resale_frac: life.1,
        refresh: life.2.map(|(gpu, refit, spot)| Refresh {
            gpu_capex_usd_per_gpu: gpu,
            hall_refit_usd_per_critical_mw: refit,
            spot_usd_per_gpu_h: spot,
        }),
        term_months: life.3,
        prepayment: life.4,
    })
}

/// A hall, paid in equal parts or by a schedule that ends before service begins.
pub fn delivery() -> impl Strategy<Value = Delivery> {
    (
        zero_or(1e5, 2e7),
        0_usize..30,
        1_usize..360,
        prop::option::of(prop::collection::vec(scale(0.1, 1.0), 1..12)),
    )
        .prop_map(
            |(capex_usd_per_critical_mw, months_to_deliver, hall_life_months, weights)| {
                let schedule =
                    weights.filter(|w| w.len() <= months_to_deliver.max(1)).map(|weights| {
                        let sum: f64 = weights.iter().sum();
                        weights.iter().map(|w| w / sum).collect()
                    });
                Delivery {
                    capex_usd_per_critical_mw,
                    months_to_deliver,
                    schedule,
                    hall_life_months,
                }
            },
        )
}
