//! What must hold of the decision for a site, whatever stands there and whoever makes an offer.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.

use compare::{
    Blocks, Choice, Commit, Deal, MiningPolicy, Offer, Signing, Site, SiteDecision, World,
    decide_site,
};
use hashpivot_tests::sites::{day_and_night, machine_class, offer, site, untaxed, world};
use hashpivot_tests::{config, linear, rate, same_bits, scale, share};
use hpcrev::{GpuCloud, Lease, Prepayment, Refresh};
use power::{Days, Rate, Tariff, TimeOfUse};
use proptest::prelude::*;

/// Money that one dollar in a hundred million is measured against: every flow of a decision.
fn magnitude_usd(decision: &SiteDecision) -> f64 {
    let column = |usd: &[f64]| usd.iter().map(|x| x.abs()).sum::<f64>();
    let uses = decision.flows.uses.iter();
    uses.map(|f| {
        column(&f.capex_usd) + column(&f.operating_usd) + column(&f.other_usd) + column(&f.tax_usd)
    })
    .sum()
}

/// 1e-9 of the money that moves.
fn hair(decisions: &[&SiteDecision]) -> f64 {
    1e-9 * (1.0 + decisions.iter().map(|d| magnitude_usd(d)).sum::<f64>())
}

/// Whether mining goes on and nothing else happens.
fn mines_on(choice: &Choice) -> bool {
    choice.picks.is_empty() && choice.exit.is_none()
}

fn value_of(decision: &SiteDecision, name: &str) -> Option<f64> {
    decision.alternatives.iter().find(|a| a.name == name).map(|a| a.npv_usd)
}

/// An offer that somebody may sign: a probability of exactly zero builds nothing, however large.
fn possible(mut offer: Offer) -> Offer {
    if let Some(signing) = &mut offer.signing {
        signing.probability_frac = signing.probability_frac.max(0.01);
    }
    offer
}

/// A site whose machines keep earning: nothing to pay while they stand, nothing to sell them for,
/// nothing bought.
fn worth_running(site: &Site, world: &World) -> (Site, World) {
    let (mut site, mut world) = (site.clone(), world.clone());
    for class in &mut site.machines {
        class.fixed_usd_per_th_day = 0.0;
        class.tax_basis_usd = 0.0;
    }
    world.market.bands.clear();
    site.policies = vec![MiningPolicy::RunOff];
    (site, world)
}

proptest! {
    #![proptest_config(config())]

    /// 44, 1e-9: the best plan is worth no less than any pure plan beside it, than mining on, and
    /// than standing still.
    #[test]
    fn the_best_plan_beats_every_pure_one(site in site(2), world in world()) {
        let decision = decide_site(&site, &world).unwrap();
        let hair = hair(&[&decision]);
        for other in &decision.alternatives {
            prop_assert!(decision.npv_usd >= other.npv_usd - hair, "{}", other.name);
        }
        prop_assert!(decision.npv_usd >= decision.best_mining.1 - hair);
        for policy in &site.policies {
            let own = value_of(&decision, &format!("mining_{}", policy.as_str())).unwrap();
            prop_assert!(decision.best_mining.1 >= own - hair);
        }
        prop_assert!(value_of(&decision, "idle").is_some());
    }

    /// 33, 1e-9: there is one valuation: the quick one by which plans are compared is the month by
    /// month one that people see, and the uses of a site add up to it.
    #[test]
    fn the_value_is_that_of_its_months(site in site(2), world in world()) {
        let decision = decide_site(&site, &world).unwrap();
        let hair = hair(&[&decision]);
        prop_assert!((decision.flows.npv_usd(&world) - decision.npv_usd).abs() <= hair);
        let by_use: f64 = decision.flows.uses.iter().map(|flow| flow.npv_usd(&world)).sum();
        prop_assert!((by_use - decision.npv_usd).abs() <= hair);
        let all: f64 = decision.outcomes.iter().map(|o| o.probability_frac).sum();
        prop_assert!((all - 1.0).abs() < 1e-12);
        prop_assert!(decision.outcomes.iter().all(|o| (0.0..=1.0).contains(&o.probability_frac)));
        let net = decision.flows.net_usd();
        for (t, net) in net.iter().enumerate() {
            let parts: f64 = decision.flows.uses.iter().map(|f| f.net_usd()[t]).sum();
            prop_assert!((parts - net).abs() <= hair);
        }
    }

    /// 40, 1e-9: nobody pays tax on a loss or gets one back: what a site pays in tax is never
    /// negative over its life, and nothing without a rate.
    #[test]
    fn tax_is_paid_never_received(site in site(2), world in world()) {
        let decision = decide_site(&site, &world).unwrap();
        for outcome in [&decision.flows, &decision.flows_if_signed] {
            for t in 0..=world.months() {
                let tax: f64 = outcome.uses.iter().map(|f| f.tax_usd[t]).sum();
                prop_assert!(tax <= hair(&[&decision]), "{tax} at {t}");
                prop_assert!(t % 12 == 0 || t == world.months() || tax == 0.0);
            }
        }
        let free = decide_site(&site, &untaxed(&world)).unwrap();
        prop_assert!(free.flows.uses.iter().all(|f| f.tax_usd.iter().all(|usd| *usd == 0.0)));
    }

    /// 43: MW in use never exceed what is energised, nor MW committed what is approved.
    #[test]
    fn megawatts_are_used_once(site in site(2), world in world()) {
        let decision = decide_site(&site, &world).unwrap();
        if decision.choice.exit.is_none() {
            for m in 0..world.months() {
                let used: f64 = decision.flows_if_signed.uses.iter().map(|f| f.gross_mw[m]).sum();
                prop_assert!(used <= site.energised_gross_mw(m) + 1e-6, "month {m}: {used}");
            }
        }
        let committed: f64 = decision
            .choice
            .picks
            .iter()
            .map(|p| site.offers[p.offer].gross_mw(p.critical_mw))
            .sum();
        prop_assert!(committed <= site.approved_gross_mw + 1e-6);
        let firm: f64 = decision
            .choice
            .picks
            .iter()
            .map(|p| {
                let offer = &site.offers[p.offer];
                offer.gross_mw(p.critical_mw) * (1.0 - offer.curtailable_frac)
            })
            .sum();
        prop_assert!(firm <= site.approved_gross_mw * (1.0 - site.curtailable_min_frac) + 1e-6);
    }

    /// 45, 1e-9: another offer, another policy, a buyer, a larger size or a longer window may be
    /// ignored, so that none of them lowers the value of a site.
    #[test]
    fn another_option_never_hurts(site in site(1), another in offer(), world in world()) {
        let base = decide_site(&site, &world).unwrap();
        let mut more = site.clone();
        more.offers.push(Offer { id: "another".into(), ..another });
        let mut all_policies = site.clone();
        all_policies.policies =
            vec![MiningPolicy::RunOff, MiningPolicy::Refresh, MiningPolicy::HoldShare];
        let mut longer = site.clone();
        let mut larger = site.clone();
        let mut lax = site.clone();
        lax.curtailable_min_frac = 0.0;
        lax.approved_gross_mw += 5.0;
        for offer in &mut longer.offers {
            offer.last_quarter += 1;
        }
        for offer in &mut larger.offers {
            offer.size.max_critical_mw += offer.size.step_critical_mw;
        }
        let unsold = Site { sale: None, ..site.clone() };
        for (what, wider) in [
            ("offer", &more),
            ("policies", &all_policies),
            ("window", &longer),
            ("size", &larger),
            ("approval", &lax),
        ] {
            let wider = decide_site(wider, &world).unwrap();
            prop_assert!(
                wider.npv_usd >= base.npv_usd - hair(&[&base, &wider]),
                "{what}: {} < {}",
                wider.npv_usd,
                base.npv_usd
            );
        }
        let unsold = decide_site(&unsold, &world).unwrap();
        prop_assert!(unsold.npv_usd <= base.npv_usd + hair(&[&base, &unsold]));
    }

    /// 45, 1e-9: energised power that was not there before lowers no value where the machines that
    /// it saves from removal earn something.
    #[test]
    fn more_power_never_hurts(site in site(2), world in world(), more in scale(0.1, 50.0)) {
        let mut world = untaxed(&world);
        world.market.decline_frac = 0.0;
        let (site, world) = worth_running(&site, &world);
        let base = decide_site(&site, &world).unwrap();
        let mut larger = site.clone();
        larger.approved_gross_mw += more;
        for (_, mw) in &mut larger.energised {
            *mw += more;
        }
        let wider = decide_site(&larger, &world).unwrap();
        prop_assert!(
            wider.npv_usd >= base.npv_usd - hair(&[&base, &wider]),
            "{} < {}",
            wider.npv_usd,
            base.npv_usd
        );
    }

    /// 45, bit: an offer that no schedule can take changes nothing but the list of those.
    #[test]
    fn what_cannot_be_had_changes_nothing(site in site(1), another in offer(), world in world()) {
        let base = decide_site(&site, &world).unwrap();
        let mut more = site.clone();
        let huge = site.approved_gross_mw + 10.0;
        more.offers.push(Offer {
            id: "huge".into(),
            size: Blocks { min_critical_mw: huge, step_critical_mw: 1.0, max_critical_mw: huge },
            ..possible(another)
        });
        let wider = decide_site(&more, &world).unwrap();
        prop_assert!(same_bits(wider.npv_usd, base.npv_usd));
        prop_assert_eq!(&wider.choice, &base.choice);
        prop_assert_eq!(wider.excluded.len(), base.excluded.len() + 1);
        prop_assert!(wider.excluded.iter().any(|e| e.offer == site.offers.len()));
    }

    /// 23, bit: in a currency worth a power of two the same plan is best, and worth that power of
    /// two times as much.
    #[test]
    fn money_scales_out(site in site(2), world in world(), k in -8_i32..=8) {
        let factor = 2.0_f64.powf(f64::from(k));
        let base = decide_site(&site, &world).unwrap();
        let (rich_site, rich_world) = in_other_money(&site, &world, factor);
        let rich = decide_site(&rich_site, &rich_world).unwrap();
        prop_assert_eq!(&rich.choice, &base.choice);
        prop_assert!(same_bits(rich.npv_usd, factor * base.npv_usd));
        prop_assert!(same_bits(rich.capex_usd, factor * base.capex_usd));
        prop_assert_eq!(rich.irr, base.irr);
        prop_assert_eq!(rich.payback_months, base.payback_months);
    }

    /// 24, bit: a site twice the size, machines and offers with it, decides the same and is worth
    /// twice as much.
    #[test]
    fn size_scales_out(site in site(2), world in world(), k in 1_i32..=3) {
        let factor = 2.0_f64.powf(f64::from(k));
        let base = decide_site(&site, &world).unwrap();
        let mut large = site.clone();
        large.approved_gross_mw *= factor;
        large.energised.iter_mut().for_each(|(_, mw)| *mw *= factor);
        for class in &mut large.machines {
            class.units *= factor;
            class.tax_basis_usd *= factor;
        }
        for offer in &mut large.offers {
            offer.size.min_critical_mw *= factor;
            offer.size.step_critical_mw *= factor;
            offer.size.max_critical_mw *= factor;
        }
        let twice = decide_site(&large, &world).unwrap();
        prop_assert!(same_bits(twice.npv_usd, factor * base.npv_usd));
        prop_assert_eq!(twice.choice.picks.len(), base.choice.picks.len());
        for (a, b) in twice.choice.picks.iter().zip(&base.choice.picks) {
            prop_assert!(same_bits(a.critical_mw, factor * b.critical_mw));
            prop_assert_eq!((a.offer, a.quarter), (b.offer, b.quarter));
        }
        prop_assert_eq!(twice.choice.exit, base.choice.exit);
    }

    /// 17 and 49, 1e-9: without taxes the value of a site is convex in the rent, in the price of
    /// coins and in the price of power, because plans may be chosen after the price is known; it
    /// rises with the first two.
    #[test]
    fn value_is_convex_in_prices(
        site in site(2),
        world in world(),
        (low, high) in (linear(0.2, 1.0), linear(1.0, 4.0)),
    ) {
        let mut site = site;
        // A refresh asks whether it pays back, not what it is worth: its choice is not the value's.
        site.policies = vec![MiningPolicy::RunOff];
        let world = untaxed(&world);
        let middle = f64::midpoint(low, high);
        let rent = |factor: f64| {
            let mut site = site.clone();
            for offer in &mut site.offers {
                match &mut offer.deal {
                    Deal::Colocation(lease) => lease.rent_first_usd_per_kw_month *= factor,
                    Deal::GpuCloud(cloud) => {
                        cloud.contract_usd_per_gpu_h *= factor;
                        cloud.spot_usd_per_gpu_h *= factor;
                    }
                }
            }
            decide_site(&site, &world).unwrap()
        };
        let coins = |factor: f64| {
            let mut world = world.clone();
            world.path.price_usd_per_btc.iter_mut().for_each(|usd| *usd *= factor);
            world.path.hashprice_usd_per_ph_day.iter_mut().for_each(|usd| *usd *= factor);
            decide_site(&site, &world).unwrap()
        };
        let power = |factor: f64| {
            let mut world = world.clone();
            world.path.power_index.iter_mut().for_each(|index| *index *= factor);
            decide_site(&site, &world).unwrap()
        };
        let moves: [(&str, &dyn Fn(f64) -> SiteDecision); 3] =
            [("rent", &rent), ("coins", &coins), ("power", &power)];
        for (what, of) in moves {
            let [a, m, b] = [of(low), of(middle), of(high)];
            let hair = hair(&[&a, &m, &b]);
            prop_assert!(2.0 * m.npv_usd <= a.npv_usd + b.npv_usd + hair, "{what} is not convex");
            let (less, more) = if what == "power" { (&b, &a) } else { (&a, &b) };
            prop_assert!(
                less.npv_usd <= more.npv_usd + hair,
                "{what}: {} {}",
                less.npv_usd,
                more.npv_usd
            );
        }
    }

    /// 20 and 21, 1e-9: a miner who may stop by the hour is worth no less under prices that vary
    /// than under their average.
    #[test]
    fn varying_prices_are_worth_an_option(
        classes in prop::collection::vec(machine_class(), 1..3),
        site in site(0),
        world in world(),
        night in linear(-50.0, 100.0),
        day in linear(-50.0, 200.0),
    ) {
        let world = untaxed(&world);
        let with = |tariff| {
            let site = Site {
                machines: classes.clone(),
                policies: vec![MiningPolicy::RunOff],
                sale: None,
                approved_gross_mw: 1e3,
                energised: vec![(0, 1e3)],
                contract: Tariff::into(tariff),
                ..site.clone()
            };
            decide_site(&site, &world).unwrap()
        };
        let varying = with(day_and_night(night, day));
        let even = with(Tariff::Flat { usd_per_mwh: f64::midpoint(night, day) });
        let hair = hair(&[&varying, &even]);
        prop_assert!(varying.best_mining.1 >= even.best_mining.1 - hair);
    }

    /// Flat = one rate, bit: a time-of-use contract that names one price decides as a flat one
    /// does, in every figure.
    #[test]
    fn a_flat_tariff_is_one_rate(site in site(2), world in world(), price in linear(0.0, 150.0)) {
        let line = |days| Rate {
            months: (1..=12).collect(),
            days,
            from_hour: 0,
            to_hour: 24,
            usd_per_mwh: price,
        };
        let lines = [line(Days::Weekday), line(Days::Weekend)];
        let tou = Tariff::TimeOfUse(TimeOfUse::new(&lines, None).unwrap());
        let [a, b] = [Tariff::Flat { usd_per_mwh: price }, tou]
            .map(|tariff| decide_site(&Site { contract: tariff.into(), ..site.clone() }, &world).unwrap());
        prop_assert_eq!(a, b);
    }

    /// 35, 1e-9: a signed contract that begins k quarters later is worth k quarters' discount less,
    /// taxes included where the delay is whole tax years.
    #[test]
    fn a_later_contract_is_discounted(
        rent in scale(100.0, 400.0),
        capex in scale(1e6, 9e6),
        term in 12_usize..48,
        build in 0_usize..12,
        quarters in 0_usize..5,
        rate in linear(0.0, 0.25),
        tax in linear(0.0, 0.4),
        world in world(),
        offer in offer(),
    ) {
        let site = |quarter: usize| Site {
            id: "hall".into(),
            name: "Hall".into(),
            approved_gross_mw: 100.0,
            energised: vec![(0, 100.0)],
            mining_overhead: 1.0,
            contract: Tariff::Flat { usd_per_mwh: 50.0 }.into(),
            machines: Vec::new(),
            policies: vec![MiningPolicy::RunOff],
            offers: vec![Offer {
                id: "lease".into(),
                deal: Deal::Colocation(Lease {
                    opex_usd_per_critical_mw_year: 1e5,
                    ..Lease::plain(rent, 0.03, term)
                }),
                size: Blocks {
                    min_critical_mw: 10.0,
                    step_critical_mw: 1.0,
                    max_critical_mw: 10.0,
                },
                gross_per_critical: 1.4,
                delivery: hpcrev::Delivery {
                    months_to_deliver: build,
                    hall_life_months: 24,
                    ..hpcrev::Delivery::at_once(capex)
                },
                first_quarter: quarter,
                last_quarter: quarter,
                signing: None,
                must: true,
                ..offer.clone()
            }],
            sale: None,
            curtailable_min_frac: 0.0,
        };
        let long = hashcost::projection::project(
            &hashcost::projection::Start::october_2025(0.02, 1e5),
            &hashcost::projection::Line::Mechanical,
            120,
        )
        .unwrap();
        let mut world = World { path: long, ..world };
        world.money.discount_rate_frac = rate;
        world.money.discount_rate_by_use.clear();
        world.money.tax_rate_frac = if quarters % 4 == 0 { tax } else { 0.0 };
        let [now, later] = [0, quarters].map(|q| decide_site(&site(q), &world).unwrap());
        let expected = now.npv_usd * finance::discount_factor(rate, 3.0 * quarters as f64);
        prop_assert!(
            (later.npv_usd - expected).abs() <= hair(&[&now, &later]),
            "{} {expected}",
            later.npv_usd
        );
    }

    /// 35, 1e-9: what mining is worth today is the first month's margin and what it is worth a
    /// month from now, both discounted by that month.
    #[test]
    fn mining_valued_a_month_later(site in site(0), world in world()) {
        let world = untaxed(&world);
        let site = Site { policies: vec![MiningPolicy::RunOff], sale: None, ..site };
        let today = decide_site(&site, &world).unwrap();
        // Whoever stops at once has no first month.
        if mines_on(&today.choice) {
            let mut aged = site.clone();
            aged.machines.iter_mut().for_each(|class| class.age_months += 1);
            let mut next = world.clone();
            let first = 1.0 - next.market.decline_frac;
            let decline = first.powf(1.0 / 12.0);
            next.market.bands.iter_mut().for_each(|(_, usd)| *usd *= decline);
            next.market.new_usd_per_th *= decline;
            let path = &mut next.path;
            path.start = path.start.plus(1);
            for column in [
                &mut path.height,
                &mut path.subsidy_btc,
                &mut path.fees_btc,
                &mut path.difficulty,
                &mut path.hashrate_eh_per_s,
                &mut path.price_usd_per_btc,
                &mut path.btc_per_th_day,
                &mut path.hashprice_usd_per_ph_day,
                &mut path.j_per_th_index,
                &mut path.power_index,
            ] {
                column.remove(0);
            }
            // The tariff may tell months apart: it follows the calendar, which moved with the path.
            let later = decide_site(&aged, &next).unwrap();
            let mining = &today.flows.uses[0];
            let month = finance::discount_factor(world.money.discount_rate_frac, 1.0);
            let expected =
                mining.net_usd()[0] + month * (mining.operating_usd[1] + later.best_mining.1);
            prop_assert!(
                (today.npv_usd - expected).abs() <= hair(&[&today, &later]),
                "{} {expected}",
                today.npv_usd
            );
        }
    }

    /// 52, 1e-9: the order in which offers are written down decides ties and nothing else.
    #[test]
    fn the_order_of_offers_is_irrelevant(site in site(2), world in world()) {
        let mut site = site;
        let mut world = world;
        world.money.discount_rate_by_use.clear();
        // Halls begun in one quarter share out the free MW in file order: only where they also take
        // as long, and leave no machine running meanwhile, is it all the same whose machines go.
        for offer in &mut site.offers {
            offer.mining_during_build_frac = 0.0;
            offer.delivery.months_to_deliver = 6;
        }
        let base = decide_site(&site, &world).unwrap();
        let mut turned = site.clone();
        turned.offers.reverse();
        let other = decide_site(&turned, &world).unwrap();
        let hair = hair(&[&base, &other]);
        prop_assert!((base.npv_usd - other.npv_usd).abs() <= hair);
        prop_assert!((base.best_mining.1 - other.best_mining.1).abs() <= hair);
        prop_assert_eq!(base.plans, other.plans);
    }

    /// Signing, 1e-9: an offer that is sure to be signed within a quarter is a signed one that may
    /// begin in the next; one that nobody will ever sign is none; to wait for a signature is a
    /// choice, and never taken at a loss.
    #[test]
    fn certainty_is_a_signature(site in site(0), one in offer(), world in world(), p in share()) {
        let with = |probability_frac: f64, window_months: usize| {
            let mut site = site.clone();
            site.offers = vec![Offer {
                id: "one".into(),
                signing: Some(Signing {
                    probability_frac,
                    window_months,
                    commit: Commit::AfterSign,
                    relet_frac: 0.0,
                }),
                ..one.clone()
            }];
            decide_site(&site, &world).unwrap()
        };
        let mut signed = site.clone();
        signed.offers = vec![Offer {
            id: "one".into(),
            signing: None,
            first_quarter: 1,
            last_quarter: 1,
            ..one.clone()
        }];
        let (none, signed) =
            (decide_site(&site, &world).unwrap(), decide_site(&signed, &world).unwrap());
        let sure = with(1.0, 3);
        prop_assert!(
            (sure.npv_usd - signed.npv_usd).abs() <= hair(&[&sure, &signed]),
            "{} {}",
            sure.npv_usd,
            signed.npv_usd
        );
        let never = with(0.0, 6);
        prop_assert!((never.npv_usd - none.npv_usd).abs() <= hair(&[&never, &none]));
        let open = with(p, 9);
        prop_assert!(open.npv_usd >= none.npv_usd - hair(&[&open, &none]));
    }

    /// 45, exact: who demands what cannot be had is told which demand and which limit contradict
    /// each other, and gets no number.
    #[test]
    fn impossible_demands_are_refused_by_name(site in site(1), one in offer(), world in world()) {
        let mut demanding = site.clone();
        let huge = site.approved_gross_mw + 1.0;
        demanding.offers.push(Offer {
            id: "demanded".into(),
            must: true,
            size: Blocks { min_critical_mw: huge, step_critical_mw: 1.0, max_critical_mw: huge },
            ..possible(one)
        });
        let Err(compare::Error::Infeasible(conflicts)) = decide_site(&demanding, &world) else {
            return Err(TestCaseError::fail("a hall larger than the approval was built"));
        };
        let words: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        prop_assert!(words.iter().any(|w| w == "site.site.offer.demanded.must"), "{words:?}");
        prop_assert!(words.iter().any(|w| w.ends_with("approved_gross_mw")), "{words:?}");
    }

    /// 44, 1e-9: knowing that a demand can be met, to make it costs something or nothing.
    #[test]
    fn a_demand_never_adds_value(site in site(2), world in world()) {
        let free = decide_site(&site, &world).unwrap();
        for i in 0..site.offers.len() {
            let mut bound = site.clone();
            bound.offers[i].must = true;
            if let Ok(bound) = decide_site(&bound, &world) {
                prop_assert!(bound.npv_usd <= free.npv_usd + hair(&[&free, &bound]));
                prop_assert!(bound.choice.picks.iter().any(|p| p.offer == i));
            }
        }
    }

    /// 34, 1e-9: money later is worth less: at a higher rate no halls are worth more that are paid
    /// for first and earn afterwards; an owner without any interest counts dollars.
    #[test]
    fn without_interest_value_is_the_sum_of_flows(
        site in site(2),
        world in world(),
        some in rate(),
    ) {
        let mut plain = world.clone();
        plain.money.discount_rate_frac = 0.0;
        plain.money.discount_rate_by_use.clear();
        let decision = decide_site(&site, &plain).unwrap();
        let sum: f64 = decision.flows.net_usd().iter().sum();
        prop_assert!((sum - decision.npv_usd).abs() <= hair(&[&decision]));
        let mut dear = plain.clone();
        dear.money.discount_rate_frac = some;
        let other = decide_site(&site, &dear).unwrap();
        let again = finance::npv_monthly_usd(&other.flows.net_usd(), some);
        prop_assert!((again - other.npv_usd).abs() <= 1e3 * hair(&[&other]) || some < 0.0);
    }
}

/// Everything that is money, at another rate of exchange.
fn in_other_money(site: &Site, world: &World, factor: f64) -> (Site, World) {
    let (mut site, mut world) = (site.clone(), world.clone());
    let scale = |x: &mut f64| *x *= factor;
    world.path.price_usd_per_btc.iter_mut().for_each(scale);
    world.path.hashprice_usd_per_ph_day.iter_mut().for_each(scale);
    world.market.bands.iter_mut().for_each(|(_, usd)| scale(usd));
    scale(&mut world.market.new_usd_per_th);
    // The price index multiplies the tariff: scaling the one scales the other.
    world.path.power_index.iter_mut().for_each(scale);
    for class in &mut site.machines {
        scale(&mut class.variable_usd_per_th_day);
        scale(&mut class.fixed_usd_per_th_day);
        scale(&mut class.tax_basis_usd);
    }
    if let Some(sale) = &mut site.sale {
        scale(&mut sale.usd_per_gross_mw);
    }
    let prepaid = |p: Option<Prepayment>| {
        p.map(|p| Prepayment { usd_per_critical_mw: factor * p.usd_per_critical_mw, ..p })
    };
    for offer in &mut site.offers {
        scale(&mut offer.delivery.capex_usd_per_critical_mw);
        offer.deal = match &offer.deal {
            Deal::Colocation(lease) => Deal::Colocation(Lease {
                rent_first_usd_per_kw_month: factor * lease.rent_first_usd_per_kw_month,
                opex_usd_per_critical_mw_year: factor * lease.opex_usd_per_critical_mw_year,
                prepayment: prepaid(lease.prepayment),
                ..lease.clone()
            }),
            Deal::GpuCloud(cloud) => Deal::GpuCloud(GpuCloud {
                contract_usd_per_gpu_h: factor * cloud.contract_usd_per_gpu_h,
                spot_usd_per_gpu_h: factor * cloud.spot_usd_per_gpu_h,
                gpu_capex_usd_per_gpu: factor * cloud.gpu_capex_usd_per_gpu,
                opex_usd_per_critical_mw_year: factor * cloud.opex_usd_per_critical_mw_year,
                refresh: cloud.refresh.map(|r| Refresh {
                    gpu_capex_usd_per_gpu: factor * r.gpu_capex_usd_per_gpu,
                    hall_refit_usd_per_critical_mw: factor * r.hall_refit_usd_per_critical_mw,
                    spot_usd_per_gpu_h: r.spot_usd_per_gpu_h.map(|usd| factor * usd),
                }),
                prepayment: prepaid(cloud.prepayment),
                ..cloud.clone()
            }),
        };
    }
    (site, world)
}
