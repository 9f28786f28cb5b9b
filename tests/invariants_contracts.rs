//! What must hold of contracts and of what the press says about them, whatever was agreed.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.

use hashpivot_tests::contracts::lease;
use hashpivot_tests::{config, linear, ordered, rel, same_bits, scale, share};
use hpcrev::identity::{self, Figures};
use hpcrev::signing::{hazard_per_year, signed_by_probability, signed_in_quarter_probability};
use hpcrev::value::{
    CompanyParts, cap_rate_equity_per_mw, capitalised_usd, implied_probability_frac,
    implied_usd_per_mw, probability_weighted, sum_of_the_parts,
};
use hpcrev::{
    Error, GpuCloud, Lease, LeaseSummary, annual_cost_usd, chain, escalated_years,
    escalator_from_renewals, lease_from_value, rent_usd_per_mwh,
};
use proptest::prelude::*;

/// Whether no entry of one column lies above its entry in another.
fn below(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b)
}

fn sum(column: &[f64]) -> f64 {
    column.iter().sum()
}

proptest! {
    #![proptest_config(config())]

    /// 27, rel(4): meter and IT load are two ends of one chain; energy grows with hours, load and
    /// PUE alike; a PUE below 1 is refused.
    #[test]
    fn the_power_chain_is_consistent(
        critical in scale(0.001, 5_000.0),
        ratio in linear(1.0, 3.0),
        load in share(),
        pue in linear(1.0, 3.0),
        hours in scale(1.0, 8_784.0),
        watts in scale(50.0, 50_000.0),
    ) {
        let gross = chain::gross_mw(critical, ratio);
        prop_assert!(gross >= critical);
        prop_assert!(rel(chain::critical_mw(gross, ratio), critical, 4.0));
        let it = chain::energy_mwh(critical, load, 1.0, hours);
        let meter = chain::energy_mwh(critical, load, pue, hours);
        prop_assert!(rel(it * pue, meter, 4.0) && meter >= it * (1.0 - 1e-15));
        prop_assert!(rel(it + it * (pue - 1.0), meter, 8.0));
        prop_assert!(rel(chain::gpus(critical, watts) * watts, critical * 1e6, 4.0));
        let wasteless = Lease { pue: 1.0_f64.next_down(), ..Lease::plain(100.0, 0.0, 12) };
        prop_assert!(wasteless.validate().is_err());
    }

    /// 28, cond(4): what a GPU earns an hour lies between its contract and its spot price.
    #[test]
    fn the_blended_price_lies_between_its_parts(
        mix in share(),
        contract in scale(0.01, 50.0),
        spot in scale(0.01, 50.0),
    ) {
        let cloud = GpuCloud { contract_usd_per_gpu_h: contract, ..GpuCloud::flat(1_000.0, 12) };
        let blended = cloud.usd_per_gpu_h(mix, spot);
        let hair = 4.0 * f64::EPSILON * contract.max(spot);
        prop_assert!(blended >= contract.min(spot) - hair && blended <= contract.max(spot) + hair);
        prop_assert!(same_bits(cloud.usd_per_gpu_h(1.0, spot), contract));
        prop_assert!(same_bits(cloud.usd_per_gpu_h(0.0, spot), spot));
    }

    /// 29, integer: whole racks are bought, and what is left over would not have paid for one more.
    #[test]
    fn racks_are_whole(
        budget in scale(1e4, 1e11),
        rack in scale(1e5, 1e7),
        gpus in 1_u32..144,
        mw in scale(0.1, 1e4),
    ) {
        let bought = chain::racks_of_budget(budget, rack, f64::from(gpus), mw);
        prop_assert!(same_bits(bought.racks, bought.racks.floor()) && bought.racks >= 0.0);
        let left = budget - bought.racks * rack;
        let hair = 4.0 * f64::EPSILON * budget;
        prop_assert!(left >= -hair && left <= rack + hair);
        prop_assert!(same_bits(bought.gpus, bought.racks * f64::from(gpus)));
        if bought.racks > 0.0 {
            prop_assert!(rel(bought.kw_per_rack * bought.racks, mw * 1e3, 4.0));
            prop_assert!(rel(bought.kw_per_gpu * bought.gpus, mw * 1e3, 4.0));
        }
    }

    /// 30, rel(4): a dollar of rent per kW and month is 12,000/8,760 dollars per MWh that the
    /// tenant uses at full load, and more per MWh the less he uses.
    #[test]
    fn rent_is_a_price_of_energy(rent in scale(1.0, 1e4), load in scale(0.01, 1.0)) {
        prop_assert!(rel(rent_usd_per_mwh(rent, 1.0), rent * 12_000.0 / 8_760.0, 4.0));
        let paid_a_year = rent_usd_per_mwh(rent, load) * chain::energy_mwh(1.0, load, 1.0, 8_760.0);
        prop_assert!(rel(
            paid_a_year,
            LeaseSummary::new(&Lease::plain(rent, 0.0, 12), 1.0, 1.0).total_value_usd,
            32.0
        ));
    }

    /// 31, bit and 1e-12: a guarantor tops rent up to his share of the contract; default never
    /// brings more than the contract, nor more guarantee less.
    #[test]
    fn a_guarantee_is_a_floor(
        lease in lease(),
        month in 0_usize..300,
        (safe, risky) in ordered(share()),
        (little, much) in ordered(share()),
    ) {
        let contract = lease.contract_rent_usd(month);
        let rent = |hazard: f64, backstop: f64| {
            Lease { default_hazard_per_year: hazard, backstop_frac: backstop, ..lease.clone() }
                .expected_rent_usd(month)
        };
        let hair = 1e-12 * contract;
        prop_assert!(rent(risky, much) <= contract + hair);
        if month < lease.term_months {
            prop_assert!(rent(risky, much) >= much * contract - hair);
        }
        prop_assert!(rent(risky, little) <= rent(risky, much) + hair);
        // Who defaults sooner is replaced sooner: more risk may pay in some month unless nobody
        // comes after him.
        let last = |hazard: f64| {
            let terms = Lease { default_hazard_per_year: hazard, relet_frac: 0.0, ..lease.clone() };
            terms.expected_rent_usd(month)
        };
        prop_assert!(last(risky) <= last(safe) + hair);
        prop_assert!(same_bits(rent(0.0, little), contract));
        prop_assert!(contract >= 0.0 && rent(risky, little) >= -hair);
    }

    /// 32, rel(64): a price that falls for half a year and then for another has fallen for a year.
    #[test]
    fn decay_compounds(
        price in scale(0.01, 50.0),
        decay in linear(-0.5, 0.95),
        a in linear(-60.0, 300.0),
        b in linear(0.0, 300.0),
    ) {
        let cloud = GpuCloud {
            spot_usd_per_gpu_h: price,
            decay_frac: decay,
            ..GpuCloud::flat(1_000.0, 12)
        };
        let half =
            GpuCloud { spot_usd_per_gpu_h: cloud.spot_usd_per_gpu_h_after(a), ..cloud.clone() };
        let k = 64.0 + (a.abs() + b) / 12.0 / (1.0 - decay);
        prop_assert!(rel(
            half.spot_usd_per_gpu_h_after(b),
            cloud.spot_usd_per_gpu_h_after(a + b),
            k
        ));
        prop_assert!(same_bits(cloud.spot_usd_per_gpu_h_after(0.0), price));
    }

    /// 33 and 24, cond(n) and bit: a lease of two halls pays what two leases pay; twice the MW pay
    /// exactly twice, and a megawatt pays the same.
    #[test]
    fn leases_add_by_megawatt(
        lease in lease(),
        a in scale(0.1, 1e3),
        b in scale(0.1, 1e3),
        margin in share(),
    ) {
        let of = |mw: f64| LeaseSummary::new(&lease, mw, margin);
        let (one, two, both) = (of(a), of(b), of(a + b));
        prop_assert!(rel(
            one.total_value_usd + two.total_value_usd,
            both.total_value_usd,
            16.0 + lease.term_months as f64
        ));
        let double = of(2.0 * a);
        prop_assert!(same_bits(double.total_value_usd, 2.0 * one.total_value_usd));
        prop_assert!(same_bits(double.noi_usd_per_year, 2.0 * one.noi_usd_per_year));
        prop_assert!(same_bits(double.average_usd_per_kw_month, one.average_usd_per_kw_month));
        prop_assert!(same_bits(double.usd_per_mw_year, one.usd_per_mw_year));
    }

    /// Lease schedule, bit and cond(n): ramp and free months only take away; the years add up to
    /// the total; renewals only add, and the average is what a month and a kilowatt paid.
    #[test]
    fn a_lease_pays_what_its_schedule_says(lease in lease(), mw in scale(0.1, 1e3)) {
        let full = Lease { ramp: Vec::new(), free_months: 0.0, ..lease.clone() };
        let [rent, most] = [&lease, &full]
            .map(|l| (0..=lease.term_months).map(|m| l.contract_rent_usd(m)).collect::<Vec<f64>>());
        prop_assert!(below(&rent, &most));
        let summary = LeaseSummary::new(&lease, mw, 1.0);
        let k = 16.0 + 2.0 * lease.term_months as f64;
        prop_assert!(rel(sum(&summary.by_year_usd), summary.total_value_usd, k));
        prop_assert!(rel(mw * sum(&rent[..lease.term_months]), summary.total_value_usd, k));
        prop_assert!(summary.total_value_with_renewals_usd >= summary.total_value_usd);
        prop_assert!(rel(
            summary.average_usd_per_kw_month * 1e3 * mw * lease.term_months as f64,
            summary.total_value_usd,
            8.0
        ));
        prop_assert!(rel(
            summary.usd_per_mw_year,
            12_000.0 * summary.average_usd_per_kw_month,
            8.0
        ));
        prop_assert!(lease.contract_rent_usd(lease.term_months + lease.renewal_months()) == 0.0);
    }

    /// Press release, rel 1e-12: the lease read out of a total is worth that total.
    #[test]
    fn a_press_release_round_trips(
        lease in lease(),
        mw in scale(0.1, 1e3),
        value in scale(1e6, 1e11),
    ) {
        // Somebody has to pay something.
        let terms = Lease { ramp: Vec::new(), free_months: lease.free_months.min(0.5), ..lease };
        let read = lease_from_value(&terms, mw, value);
        prop_assert!(
            (LeaseSummary::new(&read, mw, 1.0).total_value_usd / value - 1.0).abs() < 1e-12
        );
        prop_assert_eq!(&read.renewals_months, &terms.renewals_months);
    }

    /// Escalator, 1e-9: value with and without renewals gives back the escalator that made them,
    /// and years of rent add up across the renewal.
    #[test]
    fn an_escalator_follows_from_renewals(
        e in linear(-0.05, 0.15),
        years in 1_u32..25,
        more in 1_u32..25,
    ) {
        let (years, more) = (f64::from(years), f64::from(more));
        let (value, renewed) = (escalated_years(e, years), escalated_years(e, years + more));
        let found = escalator_from_renewals(value, renewed, years, more);
        prop_assert!(found.is_some_and(|found| (found - e).abs() < 1e-9), "{found:?} not {e}");
        let carried = value + (1.0 + e).powf(years) * escalated_years(e, more);
        prop_assert!((carried / renewed - 1.0).abs() < 1e-12);
        // A schedule of whole years is F(e, n) years of its first.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole years")]
        let lease = Lease::plain(100.0, e, 12 * years as usize);
        let total = LeaseSummary::new(&lease, 1.0, 1.0).total_value_usd;
        prop_assert!((total / (1.2e6 * value) - 1.0).abs() < 1e-12);
    }

    /// Identity, 1e-12: any three independent figures of a GPU cloud give the others; what does not
    /// fit is refused by name, and what only rounds is not.
    #[test]
    fn three_figures_give_the_rest(
        mw in scale(1.0, 5_000.0),
        gpus in scale(100.0, 1e6),
        usd in scale(1e6, 1e11),
        pick in prop::sample::subsequence((0..7).collect::<Vec<usize>>(), 3),
        wrong in 0_usize..7,
    ) {
        let all = [mw, gpus, usd, 1e3 * mw / gpus, usd / gpus, usd / gpus / 8_760.0, usd / mw];
        let known = |of: &[usize], moved: Option<(usize, f64)>| {
            let figure = |i: usize| {
                let factor = moved.filter(|(at, _)| *at == i).map_or(1.0, |(_, factor)| factor);
                of.contains(&i).then(|| all[i] * factor)
            };
            Figures {
                critical_mw: figure(0),
                gpus: figure(1),
                usd_per_year: figure(2),
                kw_per_gpu: figure(3),
                usd_per_gpu_year: figure(4),
                usd_per_gpu_h: figure(5),
                usd_per_mw_year: figure(6),
            }
        };
        match identity::solve(&known(&pick, None)) {
            Ok(f) => {
                let found = [
                    f.critical_mw,
                    f.gpus,
                    f.usd_per_year,
                    f.kw_per_gpu,
                    f.usd_per_gpu_year,
                    f.usd_per_gpu_h,
                    f.usd_per_mw_year,
                ];
                for (found, expected) in found.iter().zip(all) {
                    prop_assert!((found / expected - 1.0).abs() < 1e-12);
                }
                // A fourth figure: 0.4 % off is rounding, 2 % off is a contradiction.
                if !pick.contains(&wrong) {
                    let mut four = pick.clone();
                    four.push(wrong);
                    prop_assert!(identity::solve(&known(&four, Some((wrong, 1.004)))).is_ok());
                    let off = identity::solve(&known(&four, Some((wrong, 1.02))));
                    let refused = matches!(off, Err(Error::Contradiction { .. }));
                    prop_assert!(refused, "{off:?}");
                }
            }
            Err(Error::Underdetermined { known, open }) => {
                prop_assert_eq!(known.len(), 3);
                prop_assert!(!open.is_empty());
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    /// Signing, 1e-12: the quarters of a window and never add up to certainty; a constant hazard
    /// forgets how long it has waited.
    #[test]
    fn signatures_come_or_do_not(
        p in linear(0.0, 0.999),
        quarters in 1_u32..20,
        soon in share(),
        late in share(),
    ) {
        let window = f64::from(3 * quarters);
        let by_quarter: Vec<f64> = (0..quarters as usize + 2)
            .map(|q| signed_in_quarter_probability(p, window, q))
            .collect();
        prop_assert!(by_quarter.iter().all(|q| *q >= 0.0));
        prop_assert!((sum(&by_quarter) - p).abs() < 1e-12);
        prop_assert!(by_quarter[quarters as usize..].iter().all(|q| *q == 0.0));
        prop_assert!(by_quarter.is_sorted_by(|a, b| a >= &(b - 1e-15)));
        let (soon, late) = (soon * window / 2.0, late * window / 2.0);
        let open = |months: f64| 1.0 - signed_by_probability(p, window, months);
        prop_assert!((open(soon + late) - open(soon) * open(late)).abs() < 1e-12);
        let hazard = hazard_per_year(p, window);
        prop_assert!(((-hazard * window / 12.0).exp() - (1.0 - p)).abs() < 1e-12);
    }

    /// Parts of a company, 1e-9: what a share price implies about the unsigned megawatts is what
    /// they were priced at.
    #[test]
    fn a_share_price_implies_its_parts(
        mining in scale(1e6, 1e11),
        signed in scale(1e6, 1e11),
        mw in scale(1.0, 5_000.0),
        per_mw in scale(1e5, 1e8),
        p in scale(0.01, 1.0),
        debt in scale(1e6, 1e10),
        shares in scale(1e6, 1e10),
    ) {
        let parts = CompanyParts {
            mining_usd: mining,
            signed_usd: signed,
            unsigned_critical_mw: mw,
            unsigned_usd_per_mw: per_mw,
            probability_frac: p,
            net_debt_usd: debt,
            diluted_shares: shares,
        };
        let usd = sum_of_the_parts(&parts);
        let unsigned = probability_weighted(p, mw, per_mw);
        // The unsigned part is a difference of large numbers.
        let digits = 64.0 * f64::EPSILON * (mining + signed + debt + unsigned) / unsigned;
        prop_assert!((implied_probability_frac(&parts, usd) / p - 1.0).abs() <= digits);
        prop_assert!((implied_usd_per_mw(&parts, usd) / per_mw - 1.0).abs() <= digits);
        let noi = per_mw / 10.0;
        prop_assert!(rel(cap_rate_equity_per_mw(noi, 0.08, 0.0) * 0.08, noi, 4.0));
        prop_assert!(same_bits(
            cap_rate_equity_per_mw(noi, 0.08, per_mw),
            capitalised_usd(noi, 0.08) - per_mw
        ));
    }

    /// Owning, bit weak: a shorter life, dearer capital or more to run it never make a year of
    /// equipment cheaper.
    #[test]
    fn equipment_costs_more_the_sooner_it_ends(
        it in scale(1e6, 1e11),
        hall in scale(1e6, 1e11),
        (short, long) in ordered(linear(1.0, 30.0)),
        (low, high) in ordered(linear(0.0, 0.3)),
        opex in scale(1e3, 1e10),
    ) {
        let cost = |life: f64, rate: f64| annual_cost_usd(it, life, hall, 15.0, rate, opex);
        let hair = 1.0 + 1e-12;
        prop_assert!(cost(long, low) <= cost(short, low) * hair);
        prop_assert!(cost(short, low) <= cost(short, high) * hair);
        prop_assert!(
            cost(short, 0.0) >= opex && rel(cost(short, 0.0), it / short + hall / 15.0 + opex, 8.0)
        );
    }
}
