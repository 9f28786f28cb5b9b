//! What must hold of a financed plan, whatever its flows, its terms and the money at hand.
//!
//! Each property says the economics in words; amounts agree to the cent.

use compare::financing::{
    AtTheMarket, Basis, BreachOf, CoinValue, Convertible, CreditSupport, Financing, Funding,
    FundingObjective, FundingSource, Loan, ProjectFlows, Repayment, Shares, Source, Statement,
    TenantCapex, Treasury, choose_funding, dilution_cost_usd, dinkelbach,
};
use hashpivot_tests::{config, linear, scale, share, zero_or};
use proptest::prelude::*;

/// A cent.
const CENT_USD: f64 = 0.01;
/// Financings of the one property that is demanded of a thousand.
const FINANCINGS: u32 = 1_000;

/// Flows of a hall, a GPU cloud and mining over some years, all three or fewer.
fn flows() -> impl Strategy<Value = ProjectFlows> {
    let hall = (0_usize..9, 1_usize..15, 30_usize..130, scale(1e6, 5e8), linear(0.008, 0.03));
    let cloud = (0_usize..9, 1_usize..9, 24_usize..60, scale(1e6, 5e8), linear(0.02, 0.06));
    (24_usize..150, hall, prop::option::of(cloud), zero_or(1e4, 1e6), 0.0..0.4_f64).prop_map(
        |(months, hall, cloud, mining_usd, tax)| {
            let mut flows = ProjectFlows::zero(months);
            let build = |flows: &mut compare::financing::Flows,
                         (commit, lead, term, capex_usd, yield_frac): (
                usize,
                usize,
                usize,
                f64,
                f64,
            )| {
                for t in commit..(commit + lead).min(months) {
                    flows.capex_usd[t] -= capex_usd / lead as f64;
                }
                let from = commit + lead + 1;
                for t in from..(from + term).min(months + 1) {
                    // Rent rises a little and is not the same in every month.
                    let wave = 1.0 + 0.05 * ((t * 7) % 11) as f64 / 10.0;
                    flows.operating_usd[t] += capex_usd * yield_frac * wave;
                }
                for end in (12..=months).step_by(12) {
                    let income: f64 = flows.operating_usd[end - 11..=end].iter().sum();
                    flows.tax_usd[end] -= tax * (income - capex_usd / 15.0).max(0.0);
                }
            };
            build(&mut flows.halls, hall);
            if let Some(cloud) = cloud {
                build(&mut flows.gpus, cloud);
                // A prepayment, credited over a year.
                let (commit, lead, _, capex_usd, _) = cloud;
                let first = commit + lead + 1;
                if first + 12 <= months {
                    flows.gpus.prepayment_usd[commit] += 0.1 * capex_usd;
                    for t in first..first + 12 {
                        flows.gpus.prepayment_usd[t] -= 0.1 * capex_usd / 12.0;
                    }
                }
            }
            for t in 1..=months {
                flows.mining.operating_usd[t] += mining_usd * (1.0 - t as f64 / 100.0);
            }
            flows
        },
    )
}

fn loan(name: &'static str, basis: Basis) -> impl Strategy<Value = Loan> {
    let repayment = prop_oneof![
        Just(Repayment::Level { balloon_frac: 0.0 }),
        linear(0.0, 1.0).prop_map(|balloon_frac| Repayment::Level { balloon_frac }),
        linear(1.3, 2.0).prop_map(|dscr| Repayment::Sculpted { dscr }),
    ];
    (
        (share(), linear(0.0, 0.15), zero_or(0.001, 0.05), 6_usize..150, 0_usize..30),
        (0_usize..24, repayment, zero_or(0.1, 1.0), 0_usize..13),
        (linear(1.0, 1.3), linear(0.0, 0.5), 1_usize..13),
    )
        .prop_map(
            move |(
                (ltc_frac, coupon_frac, oid_frac, tenor_months, tail_months),
                (interest_only_months, repayment, sweep_frac, reserve_months),
                (covenant_dscr, above, test_months),
            )| Loan {
                basis,
                oid_frac,
                tail_months,
                interest_only_months,
                repayment,
                sweep_frac,
                reserve_months,
                covenant_dscr,
                lockup_dscr: covenant_dscr + above,
                test_months,
                ..Loan::plain(name, ltc_frac, coupon_frac, tenor_months)
            },
        )
}

/// Terms over so many months, with any of the sources.
fn terms(months: usize) -> impl Strategy<Value = Financing> {
    let path = move |low, high| {
        (scale(low, high), linear(-0.02, 0.02)).prop_map(move |(now, growth)| {
            (0..=months).map(|t| now * f64::exp(growth * t as f64)).collect::<Vec<f64>>()
        })
    };
    let shares = (scale(1e6, 1e9), scale(1.0, 100.0), path(1.0, 100.0)).prop_map(
        |(outstanding_shares, intrinsic_usd_per_share, price_usd_per_share)| Shares {
            outstanding_shares,
            intrinsic_usd_per_share,
            price_usd_per_share,
        },
    );
    let notes = (scale(1e6, 1e9), linear(0.0, 0.1), linear(0.0, 0.05), share(), 6_usize..90)
        .prop_map(|(max_usd, coupon_frac, fee_frac, premium_frac, tenor_months)| Convertible {
            max_usd,
            coupon_frac,
            fee_frac,
            premium_frac,
            tenor_months,
        });
    let market = (scale(1e6, 1e9), scale(1e5, 1e8), linear(0.0, 0.1), linear(0.0, 0.05)).prop_map(
        |(max_usd, max_monthly_usd, discount_frac, fee_frac)| AtTheMarket {
            max_usd,
            max_monthly_usd,
            discount_frac,
            fee_frac,
        },
    );
    let coins = (scale(1.0, 1e4), scale(1e3, 2e5), linear(0.0, 0.1), path(2e4, 2e5), any::<bool>())
        .prop_map(|(held_btc, cost_basis_usd_per_btc, slippage_frac, price_usd_per_btc, sale)| {
            let coin_value = if sale { CoinValue::AtSale } else { CoinValue::AtHorizon };
            Treasury {
                held_btc,
                cost_basis_usd_per_btc,
                slippage_frac,
                price_usd_per_btc,
                coin_value,
            }
        });
    let support = (scale(1e4, 1e8), scale(0.01, 50.0), linear(0.0, 0.1), share()).prop_map(
        |(warrant_shares, strike_usd_per_share, coupon_frac, ltc_frac)| CreditSupport {
            warrant_shares,
            strike_usd_per_share,
            coupon_frac,
            ltc_frac,
        },
    );
    let tenant = (share(), 0_usize..60)
        .prop_map(|(share_frac, repaid_months)| TenantCapex { share_frac, repaid_months });
    (
        (linear(0.0, 0.25), linear(0.0, 0.4), share(), zero_or(1e5, 1e9), zero_or(1e5, 1e8)),
        (prop::option::of(shares), prop::option::of(notes), prop::option::of(market)),
        (prop::option::of(coins), prop::option::of(support), prop::option::of(tenant)),
        (
            prop::option::of(loan("project", Basis::Halls)),
            prop::option::of(loan("gpu", Basis::Gpus)),
            prop::option::of(loan("gpu_lease", Basis::Gpus)),
        ),
    )
        .prop_map(|(figures, of_shares, others, loans)| Financing {
            discount_rate_frac: figures.0,
            tax_rate_frac: figures.1,
            loss_limit_frac: figures.2,
            own_cash_usd: figures.3,
            minimum_cash_usd: figures.4,
            shares: of_shares.0,
            convertible: of_shares.1,
            at_the_market: of_shares.2,
            treasury: others.0,
            support: others.1,
            tenant_capex: others.2,
            loans: [loans.0, loans.1, loans.2].into_iter().flatten().collect(),
        })
}

fn financed() -> impl Strategy<Value = (ProjectFlows, Option<ProjectFlows>, Financing)> {
    flows().prop_flat_map(|flows| {
        let months = flows.months();
        let lender = prop::option::of((linear(0.5, 1.1), 0_usize..9));
        (Just(flows), lender, terms(months)).prop_map(move |(flows, lender, terms)| {
            let lender = lender.map(|(factor, delay)| {
                let mut seen = flows.clone();
                for basis in [&mut seen.halls, &mut seen.gpus] {
                    let column = basis.operating_usd.clone();
                    for (t, usd) in basis.operating_usd.iter_mut().enumerate() {
                        *usd = t.checked_sub(delay).map_or(0.0, |from| factor * column[from]);
                    }
                }
                seen
            });
            (flows, lender, terms)
        })
    })
}

fn objective() -> impl Strategy<Value = FundingObjective> {
    prop::sample::select(vec![
        FundingObjective::ProjectNpv,
        FundingObjective::EquityNpv,
        FundingObjective::EquityNpvPerShare,
    ])
}

/// Everything that has to hold of a statement, however it is funded.
fn check(terms: &Financing, funding: &Funding, s: &Statement) -> Result<(), TestCaseError> {
    let months = s.cash_usd.len() - 1;
    let mut before_usd = 0.0;
    for t in 0..=months {
        // To the cent: what comes in goes out or stays.
        let kept_usd = s.project_cash_usd[t] - before_usd;
        let (sources, uses) = (s.sources_usd(t), s.uses_usd(t) + kept_usd);
        prop_assert!((sources - uses).abs() < CENT_USD, "{sources} {uses} in {t}");
        before_usd = s.project_cash_usd[t];
        prop_assert!(s.project_cash_usd[t] >= 0.0);
        prop_assert!(s.reserve_usd[t] >= -1e-6 && s.distribution_usd[t] >= 0.0);
    }
    prop_assert!(before_usd < CENT_USD, "{before_usd} is left");
    prop_assert!(s.reserve_usd[months].abs() < CENT_USD);
    for (index, columns) in s.loans.iter().enumerate() {
        let coupon_frac = match &terms.support {
            Some(support) if funding.supported && index == 0 => support.coupon_frac,
            _ => terms.loans[index].coupon_frac,
        };
        prop_assert_eq!(columns.balance_usd[months], 0.0);
        let mut owed_usd = 0.0;
        for t in 0..=months {
            prop_assert_eq!(columns.interest_usd[t], coupon_frac / 12.0 * owed_usd);
            let paid_usd = columns.principal_usd[t] + columns.sweep_usd[t];
            prop_assert!(columns.principal_usd[t] >= 0.0 && columns.sweep_usd[t] >= 0.0);
            let now_usd = owed_usd + columns.drawn_usd[t] - paid_usd;
            prop_assert!((columns.balance_usd[t] - now_usd).abs() < CENT_USD);
            owed_usd = columns.balance_usd[t];
            prop_assert!(owed_usd >= 0.0);
        }
    }
    prop_assert_eq!(s.convertible_balance_usd[months], 0.0);
    for test in s.tests.iter().filter(|test| test.locked) {
        // Until the next test of this loan, or until it is repaid.
        let owed_usd = &s.loans[test.loan].balance_usd;
        let locked = (test.month..(test.month + 3).min(months)).take_while(|t| owed_usd[*t] > 0.0);
        for t in locked {
            prop_assert_eq!(s.distribution_usd[t], 0.0, "locked in {}", t);
        }
    }
    prop_assert!(s.diluted_shares.windows(2).all(|pair| pair[1] >= pair[0]));
    if let (Some(last), Some(dilution)) = (s.diluted_shares.last(), s.summary.dilution) {
        prop_assert!((last / dilution.after_shares() - 1.0).abs() < 1e-12);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: FINANCINGS.max(config().cases), ..config() })]

    /// Cent, exact: in every month sources are uses; interest is rate times balance; the last balance
    /// is 0; nothing is distributed while it is locked; shares only rise; coins are never short. In a
    /// plan that is called feasible no coverage lies below its covenant, cash never below its
    /// minimum, and nobody is asked for more than he gives.
    #[test]
    fn sources_are_uses((flows, lender, terms) in financed(), objective in objective()) {
        let chosen = choose_funding(&terms, &flows, lender.as_ref(), objective);
        let (funding, s) = (&chosen.funding, &chosen.statement);
        check(&terms, funding, s)?;
        for usd in [&funding.own_cash_usd, &funding.at_the_market_usd, &funding.convertible_usd] {
            prop_assert!(usd.iter().all(|usd| *usd >= 0.0));
        }
        let sum = |column: &[f64]| column.iter().sum::<f64>();
        prop_assert!(sum(&funding.own_cash_usd) <= terms.spendable_usd() + CENT_USD);
        let market = terms.at_the_market.as_ref().filter(|_| terms.shares.is_some());
        let most = market.map_or(0.0, |market| market.max_usd);
        prop_assert!(sum(&funding.at_the_market_usd) <= most + CENT_USD);
        let notes = terms.convertible.as_ref().filter(|_| terms.shares.is_some());
        prop_assert!(sum(&funding.convertible_usd) <= notes.map_or(0.0, |n| n.max_usd) + CENT_USD);
        prop_assert!(s.held_btc.iter().all(|coins| *coins >= 0.0), "{:?}", s.held_btc.last());
        let feasible = s.feasible();
        for test in s.tests.iter().filter(|_| feasible) {
            let covenant = terms.loans[test.loan].covenant_dscr * (1.0 - 1e-9);
            prop_assert!(test.tested_dscr.is_none_or(|dscr| dscr >= covenant), "{test:?}");
        }
        if feasible {
            let least = terms.minimum_cash_usd - CENT_USD;
            prop_assert!(s.cash_usd[..flows.months()].iter().all(|usd| *usd >= least));
            prop_assert!(s.missing_usd() < CENT_USD);
        }
    }
}

proptest! {
    #![proptest_config(config())]

    /// Cent, exact: a statement balances however badly a plan is funded, and says what is missing.
    #[test]
    fn a_bad_plan_balances_too(
        (flows, lender, terms) in financed(),
        parts in prop::collection::vec(share(), 8),
        at in 0_usize..24,
    ) {
        let months = flows.months();
        let mut funding = Funding::none(&terms, months);
        funding.supported = terms.support.is_some() && parts[0] > 0.5;
        for (face, part) in funding.loan_face_usd.iter_mut().zip(&parts[1..]) {
            *face = 1e8 * part;
        }
        funding.own_cash_usd[at] = terms.own_cash_usd * parts[4];
        if terms.shares.is_some() {
            if terms.convertible.is_some() {
                funding.convertible_usd[at] = 1e8 * parts[5];
            }
            if terms.at_the_market.is_some() {
                funding.at_the_market_usd[at] = 1e8 * parts[6];
            }
        }
        if let Some(coins) = &terms.treasury {
            funding.sold_btc[at] = coins.held_btc * parts[7];
        }
        let s = terms.statement(&flows, lender.as_ref(), &funding);
        check(&terms, &funding, &s)?;
        let said: f64 = s.breaches.iter().filter(|b| b.of == BreachOf::Funding)
            .map(|b| b.missing_usd).sum();
        prop_assert!((said - s.missing_usd()).abs() < CENT_USD * months as f64);
    }

    /// Cent: without any source, shareholders get the project's own flows where these pay for
    /// themselves: held back for what is to come, but none lost.
    #[test]
    fn without_sources_it_is_the_project(flows in flows(), rate in linear(0.0, 0.3)) {
        let months = flows.months();
        let terms = Financing { own_cash_usd: 1e12, ..Financing::unfunded(rate, 0.2) };
        let chosen = choose_funding(&terms, &flows, None, FundingObjective::EquityNpv);
        prop_assert!(chosen.statement.feasible());
        let equity = chosen.statement.equity_usd(&terms, &chosen.funding);
        let net = flows.net_usd();
        let (mut got, mut project) = (0.0, 0.0);
        for t in 0..=months {
            got += equity[t];
            project += net[t];
            // Never more than there is so far.
            prop_assert!(got <= project + CENT_USD, "{got} {project} in {t}");
        }
        prop_assert!((got - project).abs() < CENT_USD);
        prop_assert_eq!(&chosen.statement.tax_saved_usd, &vec![0.0; months + 1]);
    }

    /// 1e-12: shares sold below their worth cost holders f (V/S - 1) / (1 + f/(N0 S)), whatever is
    /// sold; the price of the first dollar is V/S - 1.
    #[test]
    fn an_issue_below_worth_costs_what_it_says(
        before in scale(1e6, 1e9),
        worth in scale(0.5, 200.0),
        price in scale(0.5, 200.0),
        part in scale(1e-3, 2.0),
    ) {
        let raised = part * before * price;
        let mut flows = ProjectFlows::zero(12);
        flows.mining.capex_usd[0] = -raised;
        flows.mining.operating_usd[6] = raised;
        let shares = Shares {
            outstanding_shares: before,
            intrinsic_usd_per_share: worth,
            price_usd_per_share: vec![price; 13],
        };
        let market = AtTheMarket {
            max_usd: f64::INFINITY,
            max_monthly_usd: f64::INFINITY,
            discount_frac: 0.0,
            fee_frac: 0.0,
        };
        let terms = Financing {
            shares: Some(shares),
            at_the_market: Some(market),
            ..Financing::unfunded(0.0, 0.0)
        };
        let chosen = choose_funding(&terms, &flows, None, FundingObjective::EquityNpvPerShare);
        let lost = -chosen.statement.summary.gain_usd_per_share.unwrap() * before;
        let cost = dilution_cost_usd(raised, before, worth, price);
        prop_assert!((lost - cost).abs() <= 1e-12 * (before * worth + raised), "{lost} {cost}");
        let source = FundingSource::Monthly(Source::AtTheMarket);
        let first = terms.cost_per_usd(source, 0, 12, Some(worth)).unwrap();
        prop_assert!((first - (worth / price - 1.0)).abs() <= 1e-12 * (1.0 + worth / price));
    }

    /// 1e-12: the ratio found is the best of all, whatever the plans and wherever one starts.
    #[test]
    fn the_best_ratio_is_the_best_of_all(
        plans in prop::collection::vec((linear(-1e9, 1e9), scale(1e-3, 1e9)), 1..40),
        start in linear(-10.0, 10.0),
    ) {
        let best = dinkelbach(start, |lambda| {
            let worth = |i: &usize| plans[*i].0 - lambda * plans[*i].1;
            let at = (0..plans.len()).max_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap();
            (plans[at].0, plans[at].1, at)
        });
        let all = plans.iter().map(|(n, d)| n / d).fold(f64::NEG_INFINITY, f64::max);
        prop_assert!((best.ratio - all).abs() <= 1e-12 * all.abs(), "{} {all}", best.ratio);
        prop_assert_eq!(best.ratio, plans[best.plan].0 / plans[best.plan].1);
    }

    /// 1e-9: value per share is as high as that of any mix of two sources tried one by one.
    #[test]
    fn no_mix_of_sources_makes_a_share_worth_more(
        (worth, price) in (scale(5.0, 50.0), scale(5.0, 50.0)),
        (slippage, fee) in (linear(0.0, 0.3), linear(0.0, 0.1)),
        need in scale(1e7, 1e8),
    ) {
        let mut flows = ProjectFlows::zero(24);
        flows.mining.capex_usd[0] = -need;
        flows.mining.operating_usd[24] = 1.5 * need;
        let terms = Financing {
            shares: Some(Shares {
                outstanding_shares: 1e7,
                intrinsic_usd_per_share: worth,
                price_usd_per_share: vec![price; 25],
            }),
            at_the_market: Some(AtTheMarket {
                max_usd: 1e9,
                max_monthly_usd: 1e9,
                discount_frac: 0.0,
                fee_frac: fee,
            }),
            treasury: Some(Treasury {
                held_btc: 2_000.0,
                cost_basis_usd_per_btc: 1e5,
                slippage_frac: slippage,
                price_usd_per_btc: vec![1e5; 25],
                coin_value: CoinValue::AtSale,
            }),
            ..Financing::unfunded(0.1, 0.0)
        };
        let chosen = choose_funding(&terms, &flows, None, FundingObjective::EquityNpvPerShare);
        prop_assert!(chosen.statement.feasible());
        let found = chosen.statement.summary.value_usd_per_share.unwrap();
        for step in 0..=20 {
            let part = f64::from(step) / 20.0;
            let mut funding = Funding::none(&terms, 24);
            funding.at_the_market_usd[0] = part * need / (1.0 - fee);
            funding.sold_btc[0] = (1.0 - part) * need / (1e5 * (1.0 - slippage));
            let s = terms.statement(&flows, None, &funding);
            let other = s.summary.value_usd_per_share.unwrap();
            if funding.sold_btc[0] <= 2_000.0 {
                prop_assert!(found >= other - 1e-9 * other.abs(), "{found} {other} at {part}");
            }
        }
    }
}
