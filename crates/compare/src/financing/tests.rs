//! A small plan under every source, with figures that can be checked by hand.

use super::*;

/// A hall for 80 over 4 months, 1.6 a month for 10 years after; 126 months.
fn flows() -> ProjectFlows {
    let mut flows = ProjectFlows::zero(126);
    flows.halls.capex_usd[..4].fill(-20e6);
    flows.halls.operating_usd[5..125].fill(1.6e6);
    flows
}

/// A company of 100 million shares at 10 that are worth 15.
fn shares(months: usize) -> Shares {
    Shares {
        outstanding_shares: 100e6,
        intrinsic_usd_per_share: 15.0,
        price_usd_per_share: vec![10.0; months + 1],
    }
}

fn bare(own_cash_usd: f64) -> Financing {
    Financing { own_cash_usd, ..Financing::unfunded(0.12, 0.0) }
}

fn close(found: f64, expected: f64, terms: f64) {
    assert!((found - expected).abs() <= 1e-12 * terms, "{found} instead of {expected}");
}

#[test]
fn own_cash_alone_leaves_the_project_as_it_is() {
    let flows = flows();
    let financing = bare(100e6);
    let chosen = choose_funding(&financing, &flows, None, FundingObjective::EquityNpv);
    let equity = chosen.statement.equity_usd(&financing, &chosen.funding);
    assert!(chosen.statement.feasible());
    for (equity, project) in equity.iter().zip(flows.net_usd()) {
        close(*equity, project, 80e6);
    }
    let summary = &chosen.statement.summary;
    close(summary.equity_npv_usd, summary.project_npv_usd, 80e6);
    assert_eq!(summary.equity_put_in_usd, 80e6);
    assert_eq!(summary.min_cash_usd, 20e6);
}

#[test]
fn what_nobody_gives_is_a_breach() {
    let chosen = choose_funding(&bare(50e6), &flows(), None, FundingObjective::EquityNpv);
    let breaches: Vec<(usize, BreachOf, f64)> =
        chosen.statement.breaches.iter().map(|b| (b.month, b.of, b.missing_usd)).collect();
    assert_eq!(breaches, [(2, BreachOf::Funding, 10e6), (3, BreachOf::Funding, 20e6)]);
}

#[test]
fn minimum_cash_is_not_spent() {
    let financing = Financing { minimum_cash_usd: 30e6, ..bare(100e6) };
    let chosen = choose_funding(&financing, &flows(), None, FundingObjective::EquityNpv);
    assert_eq!(chosen.statement.missing_usd(), 10e6);
    assert_eq!(chosen.statement.summary.min_cash_usd, 30e6);
}

#[test]
fn a_covenant_limits_a_loan() {
    // 10 years at 9 %: at a coverage of 1.25 the rent carries less than 80 % of the cost only if the
    // term is short.
    for (tenor_months, limited) in [(60, true), (120, false)] {
        let loan = Loan { covenant_dscr: 1.25, ..Loan::plain("project", 0.8, 0.09, tenor_months) };
        let financing = Financing { loans: vec![loan], ..bare(80e6) };
        let chosen = choose_funding(&financing, &flows(), None, FundingObjective::EquityNpv);
        assert!(chosen.statement.feasible());
        let face_usd = chosen.funding.loan_face_usd[0];
        let coverage = chosen.statement.summary.min_tested_dscr.unwrap();
        if limited {
            assert!((coverage - 1.25).abs() < 1e-9, "{coverage}");
            assert!(face_usd < 64e6);
        } else {
            close(face_usd, 64e6, 64e6);
            assert!(coverage > 1.25);
        }
        let more = Funding {
            loan_face_usd: vec![face_usd * 1.01],
            own_cash_usd: vec![0.0; 127],
            ..chosen.funding.clone()
        };
        let breached = financing.statement(&flows(), None, &more).breaches;
        let of_covenant = |b: &Breach| b.of == BreachOf::Covenant(0);
        assert_eq!(breached.iter().any(of_covenant), limited);
    }
}

#[test]
fn the_lender_case_limits_a_sculpted_loan() {
    let flows = flows();
    let mut lender = flows.clone();
    lender.halls.operating_usd = vec![0.0; 127];
    lender.halls.operating_usd[11..125].fill(1.2e6);
    let repayment = Repayment::Sculpted { dscr: 1.3 };
    let loan = Loan { repayment, covenant_dscr: 1.2, ..Loan::plain("project", 1.0, 0.09, 108) };
    let financing = Financing { loans: vec![loan], ..bare(80e6) };
    let of = |lender| choose_funding(&financing, &flows, lender, FundingObjective::EquityNpv);
    let (base, strict) = (of(None), of(Some(&lender)));
    assert!(strict.funding.loan_face_usd[0] < base.funding.loan_face_usd[0]);
    let summary = &strict.statement.summary;
    assert!((summary.min_tested_dscr.unwrap() - 1.3).abs() < 1e-9);
    assert!(summary.min_dscr.unwrap() > 1.7);
    assert!((summary.min_llcr.unwrap() - 1.3).abs() < 1e-9);
}

#[test]
fn cash_is_locked_below_the_mark_and_freed_when_the_loan_is_repaid() {
    let loan = Loan { lockup_dscr: 3.0, ..Loan::plain("project", 0.8, 0.09, 60) };
    let financing = Financing { loans: vec![loan], ..bare(80e6) };
    let s = choose_funding(&financing, &flows(), None, FundingObjective::EquityNpv).statement;
    let end = s.loans[0].balance_usd.iter().rposition(|usd| *usd > 0.0).unwrap() + 1;
    assert_eq!(end, 60);
    let first = s.tests[0].month;
    assert!(s.distribution_usd[first..end].iter().all(|usd| *usd == 0.0));
    assert!(s.locked_usd[end - 1] > 0.0);
    assert!(s.distribution_usd[end] > s.locked_usd[end - 1]);
}

#[test]
fn a_sweep_repays_early_and_a_reserve_is_kept() {
    let plain = Loan { reserve_months: 6, ..Loan::plain("project", 0.8, 0.09, 100) };
    let swept = Loan { sweep_frac: 0.5, ..plain.clone() };
    let of = |loan: &Loan| {
        let financing = Financing { loans: vec![loan.clone()], ..bare(80e6) };
        choose_funding(&financing, &flows(), None, FundingObjective::EquityNpv).statement
    };
    let (plain, swept) = (of(&plain), of(&swept));
    let months = |s: &Statement| s.loans[0].balance_usd.iter().rposition(|usd| *usd > 0.0);
    assert!(months(&swept) < months(&plain));
    let paid = |s: &Statement| s.loans[0].interest_usd.iter().sum::<f64>();
    assert!(paid(&swept) < paid(&plain));
    let service = plain.loans[0].interest_usd[50] + plain.loans[0].principal_usd[50];
    close(plain.reserve_usd[50], 6.0 * service, 64e6);
    assert!(plain.reserve_usd[126].abs() < 1e-6 && swept.reserve_usd[126].abs() < 1e-6);
}

#[test]
fn interest_saves_tax_as_if_it_were_the_projects_own() {
    // One site, losses at first, then profits: tax of income less interest, by the model's rule.
    let income_usd = [-20e6, 3e6, 30e6, -4e6, 25e6, 12e6];
    let rate = 0.21;
    let mut flows = ProjectFlows::zero(72);
    flows.halls.capex_usd[0] = -40e6;
    flows.halls.operating_usd[1..].fill(1.6e6);
    let tax = |income: &[f64]| finance::tax::yearly_tax(income, rate, 1.0);
    for (block, year) in tax(&income_usd).iter().enumerate() {
        flows.halls.tax_usd[12 * (block + 1)] = -year.tax_usd;
    }
    let financing = Financing {
        tax_rate_frac: rate,
        loans: vec![Loan { oid_frac: 0.02, ..Loan::plain("project", 0.5, 0.1, 60) }],
        ..bare(80e6)
    };
    let funding = Funding { loan_face_usd: vec![20e6], ..Funding::none(&financing, 72) };
    let s = financing.statement(&flows, None, &funding);
    let mut less = income_usd;
    for (block, income) in less.iter_mut().enumerate() {
        *income -= s.loans[0].interest_usd[12 * block + 1..=12 * (block + 1)].iter().sum::<f64>();
        *income -= if block < 5 { 20e6 * 0.02 / 5.0 } else { 0.0 };
    }
    for (block, year) in tax(&less).iter().enumerate() {
        let t = 12 * (block + 1);
        close(s.project_tax_usd[t] + s.tax_saved_usd[t], -year.tax_usd, 80e6);
    }
}

#[test]
fn notes_convert_above_their_price_and_are_repaid_below() {
    let notes = Convertible {
        max_usd: 100e6,
        coupon_frac: 0.0,
        fee_frac: 0.03,
        premium_frac: 0.3,
        tenor_months: 60,
    };
    for (last_usd, converts) in [(13.5, true), (12.5, false)] {
        let mut shares = shares(126);
        shares.price_usd_per_share[30..].fill(last_usd);
        let financing =
            Financing { shares: Some(shares), convertible: Some(notes.clone()), ..bare(0.0) };
        let chosen = choose_funding(&financing, &flows(), None, FundingObjective::EquityNpv);
        let s = &chosen.statement;
        assert!(s.feasible(), "{:?}", s.breaches);
        let face_usd = chosen.funding.convertible_usd.iter().sum::<f64>();
        close(face_usd, 80e6 / 0.97, 80e6);
        let dilution = s.summary.dilution.unwrap();
        if converts {
            close(dilution.converted_shares, face_usd / 13.0, face_usd);
            assert_eq!(s.convertible_repaid_usd.iter().sum::<f64>(), 0.0);
        } else {
            assert_eq!(dilution.after_shares(), 100e6);
            close(s.convertible_repaid_usd.iter().sum(), face_usd, face_usd);
        }
        assert_eq!(s.convertible_balance_usd[126], 0.0);
    }
}

#[test]
fn shares_below_worth_cost_holders_what_the_formula_says() {
    // A project of value 0 at no discount rate: nothing but the issue changes value per share.
    let mut flows = ProjectFlows::zero(12);
    flows.halls.capex_usd[0] = -120e6;
    flows.halls.operating_usd[3] = 120e6;
    let market = AtTheMarket {
        max_usd: 1e9,
        max_monthly_usd: f64::INFINITY,
        discount_frac: 0.0,
        fee_frac: 0.0,
    };
    let financing = Financing {
        discount_rate_frac: 0.0,
        shares: Some(shares(12)),
        at_the_market: Some(market),
        ..bare(0.0)
    };
    let chosen = choose_funding(&financing, &flows, None, FundingObjective::EquityNpvPerShare);
    let lost_usd = -chosen.statement.summary.gain_usd_per_share.unwrap() * 100e6;
    close(lost_usd, dilution_cost_usd(120e6, 100e6, 15.0, 10.0), 1.5e9);
    // The linear part is the price of the first dollar.
    let source = FundingSource::Monthly(Source::AtTheMarket);
    let first = financing.cost_per_usd(source, 0, 12, Some(15.0)).unwrap();
    close(first, 15.0 / 10.0 - 1.0, 1.0);
}

#[test]
fn shareholders_of_a_cheap_share_sell_bitcoin_first() {
    let coins = Treasury {
        held_btc: 500.0,
        cost_basis_usd_per_btc: 40_000.0,
        slippage_frac: 0.01,
        price_usd_per_btc: vec![100_000.0; 127],
        coin_value: CoinValue::AtSale,
    };
    let market =
        AtTheMarket { max_usd: 1e9, max_monthly_usd: 1e9, discount_frac: 0.03, fee_frac: 0.02 };
    let financing = Financing {
        tax_rate_frac: 0.21,
        shares: Some(shares(126)),
        treasury: Some(coins),
        at_the_market: Some(market),
        ..bare(10e6)
    };
    let of = |financing: &Financing| {
        choose_funding(financing, &flows(), None, FundingObjective::EquityNpvPerShare)
    };
    let chosen = of(&financing);
    let s = &chosen.statement;
    assert!(s.feasible(), "{:?}", s.breaches);
    assert_eq!(chosen.funding.own_cash_usd.iter().sum::<f64>(), 10e6);
    assert!(s.summary.left_btc.abs() < 1e-6, "{}", s.summary.left_btc);
    assert!(s.summary.left_btc >= 0.0);
    // Shares that trade far above their worth are sold first.
    let mut dear = financing.clone();
    dear.shares = Some(Shares { price_usd_per_share: vec![40.0; 127], ..shares(126) });
    let chosen = of(&dear);
    assert_eq!(chosen.funding.sold_btc.iter().sum::<f64>(), 0.0);
    close(chosen.statement.at_the_market_usd.iter().sum(), 80e6, 80e6);
}

#[test]
fn tenants_pay_their_share_and_get_back_what_was_agreed() {
    let tenant = TenantCapex { share_frac: 0.25, repaid_months: 36 };
    let financing = Financing { tenant_capex: Some(tenant), ..bare(60e6) };
    let s = choose_funding(&financing, &flows(), None, FundingObjective::EquityNpv).statement;
    assert!(s.feasible());
    assert_eq!(s.tenant_usd.iter().sum::<f64>(), 20e6);
    close(s.tenant_repaid_usd.iter().sum(), 20e6, 20e6);
    close(s.tenant_repaid_usd[5], 20e6 / 36.0, 20e6);
    assert_eq!((s.tenant_repaid_usd[4], s.tenant_repaid_usd[41]), (0.0, 0.0));
}

#[test]
fn warrants_buy_a_cheaper_loan() {
    let support = CreditSupport {
        warrant_shares: 0.4e6,
        strike_usd_per_share: 5.0,
        coupon_frac: 0.07,
        ltc_frac: 0.9,
    };
    let financing = Financing {
        shares: Some(shares(126)),
        loans: vec![Loan::plain("project", 0.7, 0.0925, 108)],
        support: Some(support),
        ..bare(80e6)
    };
    let chosen = |financing: &Financing| {
        choose_funding(financing, &flows(), None, FundingObjective::EquityNpvPerShare)
    };
    let cheap = chosen(&financing);
    assert!(cheap.funding.supported);
    close(cheap.funding.loan_face_usd[0], 72e6, 72e6);
    assert_eq!(cheap.statement.summary.dilution.unwrap().warrant_shares, 0.2e6);
    let mut dear = financing.clone();
    dear.support.as_mut().unwrap().warrant_shares = 20e6;
    let dear = chosen(&dear);
    assert!(!dear.funding.supported);
    assert_eq!(dear.statement.summary.dilution.unwrap().after_shares(), 100e6);
}

#[test]
fn a_gpu_lease_ends_with_its_buy_out() {
    let mut flows = ProjectFlows::zero(48);
    flows.gpus.capex_usd[0] = -100e6;
    flows.gpus.operating_usd[1..].fill(4e6);
    let lease = Loan {
        basis: Basis::Gpus,
        repayment: Repayment::Level { balloon_frac: 0.2 },
        covenant_dscr: 1.1,
        ..Loan::plain("gpu_lease", 1.0, 0.09, 36)
    };
    let financing = Financing { loans: vec![lease], ..bare(1e6) };
    let s = choose_funding(&financing, &flows, None, FundingObjective::EquityNpv).statement;
    assert!(s.feasible(), "{:?}", s.breaches);
    assert!(s.loans[0].principal_usd[36] > 20e6);
    assert_eq!(s.loans[0].balance_usd[36], 0.0);
    assert!(s.summary.min_dscr.unwrap() > 1.1);
}

#[test]
fn the_cost_of_a_dollar_is_what_equity_loses_by_it() {
    // A project that pays for a dollar's own cost as it falls due.
    let mut flows = ProjectFlows::zero(72);
    flows.halls.capex_usd[0] = -100e6;
    flows.halls.operating_usd[1..].fill(4e6);
    let financing = Financing {
        shares: Some(shares(72)),
        loans: vec![Loan { oid_frac: 0.01, ..Loan::plain("project", 1.0, 0.08, 60) }],
        convertible: Some(Convertible {
            max_usd: 1e9,
            coupon_frac: 0.02,
            fee_frac: 0.03,
            premium_frac: 0.3,
            tenor_months: 60,
        }),
        at_the_market: Some(AtTheMarket {
            max_usd: 1e9,
            max_monthly_usd: 1e9,
            discount_frac: 0.03,
            fee_frac: 0.02,
        }),
        treasury: Some(Treasury {
            held_btc: 100.0,
            cost_basis_usd_per_btc: 40_000.0,
            slippage_frac: 0.01,
            price_usd_per_btc: vec![100_000.0; 73],
            coin_value: CoinValue::AtHorizon,
        }),
        ..bare(200e6)
    };
    let base = Funding { own_cash_usd: at(0, 100e6), ..Funding::none(&financing, 72) };
    let less = Funding { own_cash_usd: at(0, 99e6), ..base.clone() };
    let monthly = FundingSource::Monthly;
    for (source, funding) in [
        (FundingSource::Loan(0), Funding { loan_face_usd: vec![1e6 / 0.99], ..less.clone() }),
        (
            monthly(Source::Convertible),
            Funding { convertible_usd: at(0, 1e6 / 0.97), ..less.clone() },
        ),
        (
            monthly(Source::AtTheMarket),
            Funding { at_the_market_usd: at(0, 1e6 / 0.98), ..less.clone() },
        ),
        (monthly(Source::Treasury), Funding { sold_btc: at(0, 1e6 / 99e3), ..less.clone() }),
        (monthly(Source::OwnCash), base.clone()),
    ] {
        let npv_usd = |funding: &Funding| {
            let s = financing.statement(&flows, None, funding);
            assert!(s.feasible(), "{source:?} {:?}", s.breaches);
            s.summary.equity_npv_usd
        };
        let lost_usd = npv_usd(&base) - npv_usd(&funding);
        let cost = financing.cost_per_usd(source, 0, 72, None).unwrap();
        assert!((lost_usd / 1e6 - cost).abs() < 1e-9, "{source:?}: {lost_usd} {cost}");
    }
    assert_eq!(
        Financing::unfunded(0.1, 0.0).cost_per_usd(monthly(Source::Treasury), 0, 72, None),
        None
    );
}

/// A column of nothing but one amount.
fn at(month: usize, usd: f64) -> Vec<f64> {
    let mut column = vec![0.0; 73];
    column[month] = usd;
    column
}
