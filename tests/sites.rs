//! Random small sites and the world around them: a few machines, a few offers, a few years.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "inputs are drawn inside their ranges; a slip of a test should stop it at once"
)]

use compare::{
    Blocks, Commit, Deal, MachineClass, MachineMarket, MiningPolicy, Money, Offer, Sale, Signing,
    Site, Use, World,
};
use hashcost::projection::{DEFAULT_TREND, Line, Start, project};
use hpcrev::{Delivery, GpuCloud, Lease, LeaseType, Prepayment, Refresh};
use power::{Days, Rate, Tariff, TimeOfUse};
use proptest::prelude::*;

use crate::{linear, scale, share, zero_or};

/// A class of machines that uses a few MW.
pub fn machine_class() -> impl Strategy<Value = MachineClass> {
    (
        (1.0..20.0_f64, scale(50.0, 400.0), scale(12.0, 45.0), linear(0.5, 1.0)),
        (zero_or(1e-4, 5e-3), zero_or(1e-4, 5e-3), 30_usize..84, 0_usize..29, zero_or(1e5, 1e7)),
    )
        .prop_map(
            |((mw, th_per_s, j_per_th, uptime_frac), (v, x, life_months, age_months, basis))| {
                let power_w = th_per_s * j_per_th;
                MachineClass {
                    name: format!("{j_per_th:.1} J/TH"),
                    units: (mw * 1e6 / power_w).round(),
                    th_per_s,
                    power_w,
                    uptime_frac,
                    variable_usd_per_th_day: v,
                    fixed_usd_per_th_day: x,
                    credits_usd_per_th_day: 0.0,
                    life_months,
                    age_months,
                    tax_basis_usd: basis,
                    ladder: Vec::new(),
                    committed: None,
                }
            },
        )
}

/// A contract for power: flat, or dearer by day.
pub fn tariff() -> impl Strategy<Value = Tariff> {
    prop_oneof![
        linear(5.0, 120.0).prop_map(|usd_per_mwh| Tariff::Flat { usd_per_mwh }),
        (linear(5.0, 60.0), linear(40.0, 160.0)).prop_map(|(night, day)| day_and_night(night, day)),
    ]
}

/// One price from 8 to 20 o'clock and another for the rest of every day.
pub fn day_and_night(night_usd_per_mwh: f64, day_usd_per_mwh: f64) -> Tariff {
    let by_day = Rate {
        months: (1..=12).collect(),
        days: Days::All,
        from_hour: 8,
        to_hour: 20,
        usd_per_mwh: day_usd_per_mwh,
    };
    Tariff::TimeOfUse(TimeOfUse::new(&[by_day], Some(night_usd_per_mwh)).unwrap())
}

/// A contract that is worth thinking about.
fn deal() -> impl Strategy<Value = Deal> {
    let prepayment = || {
        prop::option::of((scale(1e5, 4e6), 0_usize..24, 1_usize..36).prop_map(
            |(usd_per_critical_mw, credit_from_month, credit_months)| Prepayment {
                usd_per_critical_mw,
                credit_from_month,
                credit_months,
            },
        ))
    };
    let lease = (
        (scale(60.0, 500.0), linear(0.0, 0.05), 12_usize..72, zero_or(1e4, 5e5), prepayment()),
        (
            prop::sample::select(vec![
                LeaseType::TripleNet,
                LeaseType::ModifiedGross,
                LeaseType::Gross,
            ]),
            prop::collection::vec(share(), 0..3),
            linear(0.0, 0.2),
            share(),
        ),
    )
        .prop_map(
            |((rent, escalator, term, opex, prepayment), (lease_type, ramp, hazard, relet))| {
                Deal::Colocation(Lease {
                    opex_usd_per_critical_mw_year: opex,
                    opex_growth_frac: 0.03,
                    prepayment,
                    lease_type,
                    ramp,
                    default_hazard_per_year: hazard,
                    relet_delay_months: 6,
                    relet_frac: relet,
                    load_factor: 0.8,
                    pue: 1.3,
                    ..Lease::plain(rent, escalator, term)
                })
            },
        );
    let cloud = (
        (scale(1.0, 6.0), share(), 0_usize..60, scale(0.5, 5.0), linear(0.0, 0.4)),
        (scale(5e3, 5e4), 24_usize..72, 12_usize..72, any::<bool>(), prepayment()),
    )
        .prop_map(
            |((contract, mix, months, spot, decay), (gpu, life, term, again, prepayment))| {
                Deal::GpuCloud(GpuCloud {
                    contract_usd_per_gpu_h: contract,
                    contract_mix_frac: mix,
                    contract_months: months,
                    spot_usd_per_gpu_h: spot,
                    decay_frac: decay,
                    utilisation_frac: 0.7,
                    gpu_capex_usd_per_gpu: gpu,
                    opex_revenue_frac: 0.15,
                    load_factor: 0.8,
                    pue: 1.3,
                    resale_frac: 0.15,
                    gpu_life_months: life,
                    refresh: again.then_some(Refresh {
                        gpu_capex_usd_per_gpu: gpu,
                        hall_refit_usd_per_critical_mw: 5e5,
                        spot_usd_per_gpu_h: None,
                    }),
                    prepayment,
                    ..GpuCloud::flat(1_500.0, term)
                })
            },
        );
    prop_oneof![3 => lease, 1 => cloud]
}

/// How an unsigned offer may come to be signed.
pub fn signing() -> impl Strategy<Value = Signing> {
    (share(), 1_usize..4, any::<bool>(), share()).prop_map(
        |(probability_frac, quarters, spec, relet_frac)| Signing {
            probability_frac,
            window_months: 3 * quarters,
            commit: if spec { Commit::OnSpec } else { Commit::AfterSign },
            relet_frac,
        },
    )
}

/// An offer for a few MW in the first quarters of the plan.
pub fn offer() -> impl Strategy<Value = Offer> {
    (
        (deal(), 1.0..8.0_f64, 1.0..6.0_f64, 0_u32..3, linear(1.1, 1.6)),
        (scale(1e5, 1.2e7), 0_usize..9, 0_usize..3, 0_usize..3),
        (prop::option::of(signing()), share(), prop_oneof![3 => Just(0.0), 1 => 0.0..1.0_f64]),
    )
        .prop_map(
            |(
                (deal, min, step, steps, ratio),
                (capex, months, first, span),
                (signing, curtailable, stays),
            )| Offer {
                id: String::new(),
                deal,
                tenant: None,
                group: None,
                must: false,
                size: Blocks {
                    min_critical_mw: min,
                    step_critical_mw: step,
                    max_critical_mw: min + step * f64::from(steps),
                },
                gross_per_critical: ratio,
                delivery: Delivery { months_to_deliver: months, ..Delivery::at_once(capex) },
                mining_during_build_frac: stays,
                first_quarter: first,
                last_quarter: first + span,
                signing,
                curtailable_frac: curtailable,
            },
        )
}

/// A site with up to `most_offers` offers, enough power for its machines, and perhaps a buyer.
pub fn site(most_offers: usize) -> impl Strategy<Value = Site> {
    (
        prop::collection::vec(machine_class(), 0..3),
        prop::collection::vec(offer(), 0..=most_offers),
        tariff(),
        (linear(1.0, 1.15), 0.0..20.0_f64, 0_usize..12, 0.0..20.0_f64, 0.0..10.0_f64),
        prop::option::of((scale(1e4, 1e6), 0_usize..4)),
        prop::sample::subsequence(
            vec![MiningPolicy::RunOff, MiningPolicy::Refresh, MiningPolicy::HoldShare],
            1..=3,
        ),
        prop_oneof![4 => Just(0.0), 1 => share()],
    )
        .prop_map(
            |(
                machines,
                offers,
                tariff,
                (overhead, spare, later, more, extra),
                sale,
                policies,
                curtailable,
            )| {
                let machines_mw: f64 = machines.iter().map(|m| m.gross_mw(overhead)).sum();
                // A hair more than the machines draw: sums of MW round.
                let now = machines_mw * (1.0 + 1e-12) + spare;
                let mut site = Site {
                    id: "site".into(),
                    name: "Site".into(),
                    approved_gross_mw: now + more + extra,
                    energised: vec![(0, now)],
                    mining_overhead: overhead,
                    contract: tariff.into(),
                    machines,
                    policies,
                    offers,
                    sale: sale.map(|(usd_per_gross_mw, last_quarter)| Sale {
                        usd_per_gross_mw,
                        last_quarter,
                    }),
                    curtailable_min_frac: curtailable,
                };
                if later > 0 {
                    site.energised.push((later, now + more));
                }
                for (i, offer) in site.offers.iter_mut().enumerate() {
                    offer.id = format!("offer-{i}");
                }
                site
            },
        )
}

/// A site with little to decide, for decisions that are made hundreds of times over: one class of
/// machines at most, no new ones, one offer at most, signed or sure to be settled in a quarter.
pub fn simple_site() -> impl Strategy<Value = Site> {
    (site(1), linear(5.0, 120.0)).prop_map(|(mut site, usd_per_mwh)| {
        site.machines.truncate(1);
        site.policies = vec![MiningPolicy::RunOff];
        site.contract = Tariff::Flat { usd_per_mwh }.into();
        for offer in &mut site.offers {
            offer.size.max_critical_mw = offer
                .size
                .max_critical_mw
                .min(offer.size.min_critical_mw + offer.size.step_critical_mw);
            if let Some(signing) = &mut offer.signing {
                signing.window_months = 3;
                // Less hope than that moves values by less than a tie.
                signing.probability_frac = signing.probability_frac.max(0.05);
            }
        }
        site
    })
}

/// A world of up to five years.
pub fn world() -> impl Strategy<Value = World> {
    world_of(20..54)
}

/// A world of two years, for decisions that are made hundreds of times over.
pub fn short_world() -> impl Strategy<Value = World> {
    world_of(18..27)
}

fn world_of(months: std::ops::Range<usize>) -> impl Strategy<Value = World> {
    (
        (months, scale(2e4, 3e5), linear(0.0, 0.2), any::<bool>(), linear(0.0, 0.05)),
        (
            linear(0.0, 0.25),
            linear(0.0, 0.4),
            prop::option::of(linear(0.0, 0.25)),
            linear(0.0, 0.6),
        ),
    )
        .prop_map(
            |((months, price, fees, moves, pool_fee_frac), (rate, tax, lease_rate, decline))| {
                let start = Start::october_2025(fees, price);
                let line = if moves { Line::Trend(DEFAULT_TREND) } else { Line::Mechanical };
                World {
                    answers: None,
                    path: project(&start, &line, months).unwrap(),
                    pool_fee_frac,
                    market: MachineMarket {
                        bands: vec![(14.0, 18.0), (19.0, 11.0), (25.0, 6.0), (38.0, 2.0)],
                        decline_frac: decline,
                        new_j_per_th: 13.5,
                        new_usd_per_th: 18.0,
                        refresh_payback_months: 24.0,
                        tax_life_months: 48,
                        new_life_months: 60,
                    },
                    money: Money {
                        discount_rate_frac: rate,
                        discount_rate_by_use: lease_rate
                            .map(|rate| vec![(Use::Colocation, rate)])
                            .unwrap_or_default(),
                        tax_rate_frac: tax,
                    },
                }
            },
        )
}

/// The same world without taxes and with one discount rate for all uses.
pub fn untaxed(world: &World) -> World {
    let mut world = world.clone();
    world.money.tax_rate_frac = 0.0;
    world.money.discount_rate_by_use.clear();
    world
}
