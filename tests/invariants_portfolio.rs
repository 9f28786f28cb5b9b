//! What must hold of sites that share a budget or a tenant, and of the values at which a decision
//! switches.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.

use compare::{
    Choice, Deal, Lever, Portfolio, PortfolioDecision, Site, SiteDecision, Status, Tenant,
    TenantCap, World, decide, decide_site, fill, upper_envelope,
};
use hashpivot_tests::sites::{short_world, simple_site};
use hashpivot_tests::{config, heavy, linear, rel, same_bits, scale, share};
use proptest::prelude::*;

/// One or two small sites with names of their own.
fn sites() -> impl Strategy<Value = Vec<Site>> {
    prop::collection::vec(simple_site(), 1..3).prop_map(|mut sites| {
        for (i, site) in sites.iter_mut().enumerate() {
            site.id = format!("site-{i}");
        }
        sites
    })
}

/// Sites that share nothing.
fn free(sites: Vec<Site>) -> Portfolio {
    Portfolio { sites, ..Portfolio::default() }
}

/// Sites that share capital available at once.
fn with_budget(sites: &[Site], usd: f64) -> Portfolio {
    Portfolio { capital: vec![(0, usd)], ..free(sites.to_vec()) }
}

/// 1e-9 of everything that is at stake.
fn hair(decision: &PortfolioDecision) -> f64 {
    let stake = |s: &SiteDecision| s.npv_usd.abs() + s.best_mining.1.abs() + s.capex_usd;
    1e-9 * (1.0 + decision.bound_usd.abs() + decision.sites.iter().map(stake).sum::<f64>())
}

/// What makes two decisions the same: the offers taken and the kind of exit.
fn same_decision(a: &Choice, b: &Choice) -> bool {
    let offers = |c: &Choice| c.picks.iter().map(|p| p.offer).collect::<Vec<_>>();
    offers(a) == offers(b) && a.exit.map(|e| e.to) == b.exit.map(|e| e.to)
}

/// The site and the world with one input moved by a factor.
fn moved(site: &Site, world: &World, lever: Lever, factor: f64) -> (Site, World) {
    let (mut site, mut world) = (site.clone(), world.clone());
    match lever {
        Lever::BtcPrice => {
            world.path.price_usd_per_btc.iter_mut().for_each(|usd| *usd *= factor);
            world.path.hashprice_usd_per_ph_day.iter_mut().for_each(|usd| *usd *= factor);
        }
        Lever::PowerPrice => world.path.power_index.iter_mut().for_each(|index| *index *= factor),
        Lever::LeaseRate | Lever::GpuPrice | Lever::Capex => {
            for offer in &mut site.offers {
                match &mut offer.deal {
                    Deal::Colocation(lease) if lever == Lever::LeaseRate => {
                        lease.rent_first_usd_per_kw_month *= factor;
                    }
                    Deal::GpuCloud(cloud) if lever == Lever::GpuPrice => {
                        cloud.contract_usd_per_gpu_h *= factor;
                        cloud.spot_usd_per_gpu_h *= factor;
                    }
                    Deal::GpuCloud(cloud) if lever == Lever::Capex => {
                        cloud.gpu_capex_usd_per_gpu *= factor;
                    }
                    _ => {}
                }
                if lever == Lever::Capex {
                    offer.delivery.capex_usd_per_critical_mw *= factor;
                }
            }
        }
        Lever::Delay => {}
    }
    (site, world)
}

proptest! {
    #![proptest_config(config())]

    /// Greedy trap, 1e-9: along the envelope each dollar brings no more than the one before it; a
    /// larger budget never brings less, and none more than the best single choice.
    #[test]
    fn an_envelope_fills_with_falling_slopes(
        points in prop::collection::vec((linear(0.0, 1e3), linear(-1e3, 1e3)), 1..12),
        (small, large) in hashpivot_tests::ordered(linear(0.0, 2e3)),
    ) {
        let envelope = upper_envelope(0, &points);
        let slopes: Vec<f64> = envelope.steps.iter().map(compare::Step::slope).collect();
        prop_assert!(slopes.iter().all(|s| *s > 0.0));
        prop_assert!(slopes.is_sorted_by(|a, b| *a >= b - 1e-9 * b.abs()));
        let start = points[envelope.start];
        prop_assert!(points.iter().all(|p| p.0 >= start.0));
        let worth = |budget: f64| start.1 + fill(&envelope.steps, budget - start.0).0;
        prop_assert!(worth(small) <= worth(large) + 1e-9);
        // No choice that a budget can pay for is worth more than its place on the envelope.
        for (capital, value) in &points {
            prop_assert!(*value <= worth(*capital) + 1e-9, "{capital} {value}");
        }
        let best = points.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
        prop_assert!(worth(1e9) <= best + 1e-9 && worth(1e9) >= best - 1e-9);
        // 46: the slope of the dollar that is cut bounds what more or fewer dollars would bring.
        if small >= start.0 {
            let slope = fill(&envelope.steps, small - start.0).1;
            prop_assert!(worth(large) <= worth(small) + slope * (large - small) + 1e-7);
        }
    }
}

proptest! {
    // Every decision of a portfolio looks for switching values: hundreds of decisions in one.
    #![proptest_config(heavy(4))]

    /// 50, 1e-9 and exact: sites that share nothing decide alone; together they are worth the sum,
    /// and nothing better exists.
    #[test]
    fn sites_without_shared_limits_are_independent(sites in sites(), world in short_world()) {
        let together = decide(&free(sites.clone()), &world).unwrap();
        let mut sum = 0.0;
        for (site, found) in sites.iter().zip(&together.sites) {
            let alone = decide_site(site, &world).unwrap();
            sum += alone.npv_usd;
            prop_assert_eq!(&alone, found);
        }
        prop_assert!(rel(together.npv_usd, sum, 16.0));
        prop_assert_eq!(together.status, Status::Proven);
        prop_assert!(
            same_bits(together.bound_usd, together.npv_usd) && same_bits(together.gap_frac, 0.0)
        );
        prop_assert!(same_bits(together.capital_shadow, 0.0));
    }

    /// 45, 46 and 50, 1e-9: a budget never adds value and is never overdrawn; the plan is worth no
    /// more than the bound, the bound no more than without a budget, and more capital never lowers
    /// it, nor raises it by more than its price.
    #[test]
    fn a_budget_binds_and_its_price_bounds(
        sites in sites(),
        world in short_world(),
        share in share(),
        more in scale(1e4, 1e8),
    ) {
        let unlimited = decide(&free(sites.clone()), &world).unwrap();
        let budget = share * unlimited.capital_used_usd;
        let bound = decide(&with_budget(&sites, budget), &world).unwrap();
        let hair = hair(&unlimited) + hair(&bound);
        prop_assert!(bound.npv_usd <= bound.bound_usd + hair);
        prop_assert!(bound.bound_usd <= unlimited.npv_usd + hair);
        prop_assert!(bound.capital_used_usd <= budget + 1e-2);
        prop_assert!(bound.capital_shadow >= 0.0);
        prop_assert!(bound.gap_frac >= -1e-9);
        let mining: f64 = unlimited.sites.iter().map(|s| s.best_mining.1).sum();
        prop_assert!(bound.npv_usd >= mining - hair, "mining on needs no capital");
        let richer = decide(&with_budget(&sites, budget + more), &world).unwrap();
        prop_assert!(richer.bound_usd >= bound.bound_usd - hair);
        let excluded =
            |d: &PortfolioDecision| d.sites.iter().map(|s| s.excluded.len()).collect::<Vec<_>>();
        if bound.status == Status::Bounded && excluded(&richer) == excluded(&bound) {
            prop_assert!(richer.bound_usd <= bound.bound_usd + bound.capital_shadow * more + hair);
        }
    }

    /// 45, 1e-9: a tenant's cap over all sites is kept, in the unit in which it is stated.
    #[test]
    fn a_tenant_takes_no_more_than_he_wants(
        sites in sites(),
        world in short_world(),
        cap in scale(0.5, 20.0),
        gross in any::<bool>(),
    ) {
        let mut sites = sites;
        for offer in sites.iter_mut().flat_map(|s| &mut s.offers) {
            offer.tenant = Some(0);
        }
        let unlimited = decide(&free(sites.clone()), &world).unwrap();
        let cap_of = if gross { TenantCap::GrossMw(cap) } else { TenantCap::CriticalMw(cap) };
        let tenants = vec![Tenant { id: "tenant".into(), cap: cap_of }];
        let capped = decide(&Portfolio { tenants, ..free(sites.clone()) }, &world).unwrap();
        let taken: f64 = capped
            .sites
            .iter()
            .zip(&sites)
            .flat_map(|(decision, site)| {
                decision.choice.picks.iter().map(move |pick| {
                    let offer = &site.offers[pick.offer];
                    if gross { offer.gross_mw(pick.critical_mw) } else { pick.critical_mw }
                })
            })
            .sum();
        prop_assert!(taken <= cap + 1e-6);
        let hair = hair(&unlimited) + hair(&capped);
        prop_assert!(capped.npv_usd <= unlimited.npv_usd + hair);
        prop_assert!(capped.npv_usd <= capped.bound_usd + hair);
    }

    /// 52, 1e-9: the order of the sites is the order of the answers and nothing else.
    #[test]
    fn the_order_of_sites_is_irrelevant(
        sites in sites(),
        world in short_world(),
        share in share(),
    ) {
        let budget = share * decide(&free(sites.clone()), &world).unwrap().capital_used_usd;
        let mut turned = sites.clone();
        turned.reverse();
        let (a, b) = (
            decide(&with_budget(&sites, budget), &world).unwrap(),
            decide(&with_budget(&turned, budget), &world).unwrap(),
        );
        let hair = hair(&a);
        prop_assert!(
            (a.npv_usd - b.npv_usd).abs() <= hair && (a.bound_usd - b.bound_usd).abs() <= hair
        );
        for (a, b) in a.sites.iter().zip(b.sites.iter().rev()) {
            prop_assert!((a.npv_usd - b.npv_usd).abs() <= hair);
        }
    }

    /// 63, bit: one thread or three, the answer is the same in every figure.
    #[test]
    fn threads_leave_no_trace(sites in sites(), world in short_world(), share in share()) {
        let portfolio = with_budget(&sites, share * 1e8);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| decide(&portfolio, &world).unwrap())
        };
        prop_assert_eq!(run(1), run(3));
    }

    /// Shadow of a megawatt, 1e-9: what one more energised megawatt is said to add is what the site
    /// is worth with it, less what it is worth without.
    #[test]
    fn one_more_megawatt_is_a_difference(site in simple_site(), world in short_world()) {
        let decision = decide(&free(vec![site.clone()]), &world).unwrap();
        let mut larger = site.clone();
        larger.approved_gross_mw += 1.0;
        larger.energised.iter_mut().for_each(|(_, mw)| *mw += 1.0);
        let difference = decide_site(&larger, &world).unwrap().npv_usd - decision.npv_usd;
        prop_assert!((decision.one_more_mw_usd[0] - difference).abs() <= hair(&decision));
    }

    /// Switching, exact: up to the value at which a decision is said to switch it stands, and just
    /// beyond it is another; where no switch is named, none is met at the end of the bracket.
    #[test]
    fn decisions_switch_where_they_say(site in simple_site(), world in short_world()) {
        let portfolio = decide(&free(vec![site.clone()]), &world).unwrap();
        let base = &portfolio.sites[0].choice;
        let decided = |lever: Lever, factor: f64| {
            let (site, world) = moved(&site, &world, lever, factor);
            decide_site(&site, &world).unwrap()
        };
        for found in &portfolio.switching[0] {
            if found.lever == Lever::Delay {
                let late = |months: f64| {
                    let mut site = site.clone();
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "whole months"
                    )]
                    for pick in &base.picks {
                        site.offers[pick.offer].delivery.months_to_deliver += months as usize;
                    }
                    decide_site(&site, &world).unwrap()
                };
                if let Some(above) = &found.above {
                    prop_assert!(!same_decision(&late(above.at).choice, base), "{above:?}");
                    prop_assert!(same_decision(&late(above.at - 1.0).choice, base), "{above:?}");
                }
                continue;
            }
            for (crossing, outward, end) in [(&found.below, -1.0, 0.1), (&found.above, 1.0, 10.0)] {
                let Some(crossing) = crossing else {
                    let decision = decided(found.lever, end);
                    prop_assert!(same_decision(&decision.choice, base), "{:?} {end}", found.lever);
                    continue;
                };
                let inside = decided(found.lever, crossing.at * (1.0 - outward * 1e-6));
                prop_assert!(same_decision(&inside.choice, base), "{:?} {crossing:?}", found.lever);
                // The price of coins may move the lead through taxes alone, so little that a part in
                // a million is a tie.
                let beyond = if found.lever == Lever::BtcPrice { 1e-3 } else { 1e-6 };
                let outside = decided(found.lever, crossing.at * (1.0 + outward * beyond));
                prop_assert!(
                    !same_decision(&outside.choice, base),
                    "{:?} {crossing:?}",
                    found.lever
                );
                prop_assert!(
                    crossing.bracket.0 <= crossing.at && crossing.at <= crossing.bracket.1
                );
                // Mining rules of thumb jump with the price of coins; contracts and capital move
                // every value smoothly, and at the crossing both sides are worth the same.
                if !matches!(found.lever, Lever::BtcPrice | Lever::PowerPrice) {
                    let stake = |d: &SiteDecision| d.npv_usd.abs() + d.capex_usd;
                    let gap = (inside.npv_usd - outside.npv_usd).abs();
                    prop_assert!(gap <= 1e-4 * (1.0 + stake(&inside) + stake(&outside)), "{gap}");
                }
            }
        }
    }
}
