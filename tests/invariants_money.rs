//! What must hold of money over months and of power contracts, whatever the flows and the rates.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.

use finance::depreciation::{
    MacrsClass, geometric_value, macrs, straight_line, straight_line_value,
};
use finance::tax::{monthly_tax_usd, yearly_tax};
use finance::{
    Irr, NoIrr, Root, annuity_factor, annuity_payment_usd, discount_factor,
    discounted_payback_periods, irr, irr_annual_of_monthly, mirr, npv_monthly_usd, npv_yearly_usd,
    payback_periods, xirr, xnpv,
};
use hashpivot_tests::{
    cond, config, flow, linear, month, ordered, power_price, rate, rel, same_bits, same_column,
    scale, share,
};
use power::{Contract, Days, MonthPrices, Rate, Tariff, TimeOfUse};
use proptest::prelude::*;
use units::CalendarMonth;

/// Roundings of a discount factor: one in the base, then what `powf` and its exponent add, which
/// grows with the exponent as the rounding of the base does.
const FACTOR_ROUNDINGS: f64 = 4.0;

/// A column of up to `most` flows.
fn flows(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(flow(), 1..=most)
}

/// A column that starts with outflows and goes on with inflows, with some of each.
fn investment(most: usize) -> impl Strategy<Value = Vec<f64>> {
    let amounts = |most| prop::collection::vec(scale(1.0, 1e6), 1..=most);
    (amounts(most / 4 + 1), amounts(most))
        .prop_map(|(out, back)| out.into_iter().map(|usd| -usd).chain(back).collect())
}

/// Sum of absolute present values.
fn terms_usd(flows_usd: &[f64], rate_frac: f64) -> f64 {
    let absolute: Vec<f64> = flows_usd.iter().map(|usd| usd.abs()).collect();
    npv_monthly_usd(&absolute, rate_frac)
}

/// All roots, rising.
fn roots(answer: &Irr) -> Vec<Root> {
    match answer {
        Irr::None(_) => Vec::new(),
        Irr::One(root) => vec![*root],
        Irr::Many(roots) => roots.clone(),
    }
}

/// Sign changes of a column, zeros skipped.
fn sign_changes(flows_usd: &[f64]) -> usize {
    let signs: Vec<bool> = flows_usd.iter().filter(|x| **x != 0.0).map(|x| *x > 0.0).collect();
    signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

fn scaled(column: &[f64], factor: f64) -> Vec<f64> {
    column.iter().map(|x| x * factor).collect()
}

proptest! {
    #![proptest_config(config())]

    /// 23, bit: in a currency worth a power of two every value is the same value, and every rate of
    /// return and payback the same number.
    #[test]
    fn money_scales_out(flows in flows(120), rate in rate(), k in -30_i32..=30) {
        let factor = 2.0_f64.powf(f64::from(k));
        let other = scaled(&flows, factor);
        let npv = npv_monthly_usd(&flows, rate);
        prop_assert!(same_bits(npv_monthly_usd(&other, rate), factor * npv));
        let npv = npv_yearly_usd(&flows[..flows.len().min(40)], rate);
        prop_assert!(same_bits(npv_yearly_usd(&other[..flows.len().min(40)], rate), factor * npv));
        prop_assert_eq!(payback_periods(&other), payback_periods(&flows));
        prop_assert_eq!(
            discounted_payback_periods(&other, rate.max(-0.05) / 12.0),
            discounted_payback_periods(&flows, rate.max(-0.05) / 12.0)
        );
        let short = flows.len().min(24);
        prop_assert_eq!(mirr(&other[..short], 0.1, 0.12), mirr(&flows[..short], 0.1, 0.12));
    }

    /// 25, cond(8) a flow: converting every flow at one rate of exchange and then discounting is
    /// discounting and then converting.
    #[test]
    fn one_rate_of_exchange_commutes_with_npv(
        flows in flows(120),
        rate in rate(),
        fx in scale(1e-3, 1e3),
    ) {
        let abroad = npv_monthly_usd(&scaled(&flows, fx), rate);
        let terms = terms_usd(&flows, rate) * fx;
        prop_assert!(cond(
            abroad,
            fx * npv_monthly_usd(&flows, rate),
            8.0 + 2.0 * flows.len() as f64,
            terms
        ));
    }

    /// 34, cond(2n): two businesses are worth together what they are worth apart.
    #[test]
    fn values_add(
        (a, b) in (1_usize..600).prop_flat_map(|n| {
        let column = || prop::collection::vec(flow(), n);
        (column(), column())
    }),
        rate in rate(),
    ) {
        let both: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let terms = terms_usd(&a, rate) + terms_usd(&b, rate);
        let apart = npv_monthly_usd(&a, rate) + npv_monthly_usd(&b, rate);
        prop_assert!(cond(npv_monthly_usd(&both, rate), apart, 4.0 + 2.0 * a.len() as f64, terms));
    }

    /// 35, bit and cond(n): without interest a value is a plain sum; a month's delay of everything
    /// costs one month's discount, a year's delay one year's.
    #[test]
    fn delay_costs_its_discount(flows in flows(240), rate in rate(), months in 1_usize..120) {
        let plain: f64 = flows.iter().sum();
        prop_assert!(same_bits(npv_monthly_usd(&flows, 0.0), plain));
        let mut later = vec![0.0; months];
        later.extend(&flows);
        let moved = npv_monthly_usd(&flows, rate) * discount_factor(rate, months as f64);
        let k = (FACTOR_ROUNDINGS + 1.0) * (flows.len() + months) as f64;
        let terms = terms_usd(&later, rate);
        prop_assert!(cond(npv_monthly_usd(&later, rate), moved, k, terms));
        let mut next_year = vec![0.0];
        next_year.extend(&flows[..flows.len().min(40)]);
        let of_years: Vec<f64> = next_year[1..].to_vec();
        let moved = npv_yearly_usd(&of_years, rate) / (1.0 + rate);
        let terms = npv_yearly_usd(&next_year.iter().map(|x| x.abs()).collect::<Vec<_>>(), rate);
        prop_assert!(cond(
            npv_yearly_usd(&next_year, rate),
            moved,
            6.0 * next_year.len() as f64,
            terms
        ));
    }

    /// 35, bit: money later is never worth more at a positive rate, nor less at a negative one; a
    /// discount factor of two spans is the product of theirs.
    #[test]
    fn discounting_is_monotone(
        rate in rate(),
        (soon, late) in ordered(linear(0.0, 600.0)),
        (low, high) in ordered(rate()),
    ) {
        let (a, b) = (discount_factor(rate, soon), discount_factor(rate, late));
        // The power function of the platform may be off by an ulp: no bit property.
        let hair = 4.0 * f64::EPSILON * a.max(b);
        let (less, more) = if rate >= 0.0 { (b, a) } else { (a, b) };
        prop_assert!(less <= more + hair, "{less} {more}");
        let (a, b) = (discount_factor(low, late), discount_factor(high, late));
        prop_assert!(b <= a * (1.0 + 1e-12));
        let whole = discount_factor(rate, soon + late);
        let parts = discount_factor(rate, soon) * discount_factor(rate, late);
        prop_assert!(rel(whole, parts, 8.0 + 8.0 * (soon + late) / 12.0));
        prop_assert!(same_bits(discount_factor(rate, 0.0), 1.0));
    }

    /// 36, sign: money that goes out first and comes back later has exactly one rate of return;
    /// below it the business is worth something, above it nothing.
    #[test]
    fn an_investment_has_one_rate_of_return(flows in investment(60)) {
        let answer = irr(&flows);
        let Irr::One(root) = answer else { return Err(TestCaseError::fail(format!("{answer:?}"))) };
        prop_assert_eq!(root.multiplicity, 1);
        prop_assert!(root.rate_frac > -1.0);
        // A hundredth of the way either side, in the factor that multiplies a period.
        for (step, positive) in [(0.99, true), (1.01, false)] {
            let rate = (1.0 + root.rate_frac) * step - 1.0;
            let value = npv_yearly_usd(&flows, rate);
            prop_assert_eq!(
                value > 0.0,
                positive,
                "{} at {} beside {}",
                value,
                rate,
                root.rate_frac
            );
        }
        let Irr::One(annual) = irr_annual_of_monthly(&flows) else {
            return Err(TestCaseError::fail("a monthly column has as many rates as a yearly one"));
        };
        // Who loses nearly all every month has lost all but 10^-20 in a year: -1 when rounded.
        prop_assert!(annual.rate_frac >= -1.0);
        let compounded = (12.0 * root.rate_frac.ln_1p()).exp_m1();
        prop_assert!(rel(annual.rate_frac, compounded, 16.0));
    }

    /// 37, 1e-10 of the absolute present values, bit for powers of two: at a rate of return the
    /// value is zero; neither the currency nor which side of the table one sits on changes it.
    #[test]
    fn a_rate_of_return_is_a_root(flows in flows(40), k in -30_i32..=30) {
        let answer = irr(&flows);
        for root in roots(&answer) {
            let growth = 1.0 + root.rate_frac;
            // Rates of 10^30 leave no digit of the factor of the last year: Horner's scheme.
            let sum = |of: &dyn Fn(f64) -> f64| {
                flows
                    .iter()
                    .rev()
                    .fold((0.0_f64, 1.0_f64), |(sum, _), usd| (sum / growth + of(*usd), growth))
                    .0
            };
            let (value, terms) = (sum(&|x| x), sum(&f64::abs));
            if value.is_finite() && terms.is_finite() && root.multiplicity == 1 {
                // A rate near -1 keeps only some digits of 1 + r.
                let slack = 1e-10 + 40.0 * f64::EPSILON / growth.min(1.0);
                prop_assert!(value.abs() <= slack * terms, "{value} of {terms} at {root:?}");
            }
        }
        let factor = 2.0_f64.powf(f64::from(k));
        prop_assert_eq!(&irr(&scaled(&flows, factor)), &answer);
        prop_assert_eq!(&irr(&scaled(&flows, -1.0)), &answer);
    }

    /// 38, exact: there are no more rates of return than the flows change sign, and an even number
    /// less if fewer; without a change of sign there is none, and the reason is given.
    #[test]
    fn rates_of_return_obey_descartes(flows in flows(30)) {
        let changes = sign_changes(&flows);
        let answer = irr(&flows);
        let counted: usize = roots(&answer).iter().map(|r| r.multiplicity).sum();
        prop_assert!(
            counted <= changes && (changes - counted).is_multiple_of(2),
            "{answer:?}, {changes}"
        );
        if changes == 0 {
            let empty = flows.iter().all(|x| *x == 0.0);
            let why = if empty { NoIrr::Empty } else { NoIrr::SameSign };
            prop_assert_eq!(answer, Irr::None(why));
        } else {
            prop_assert!(changes.is_multiple_of(2) || counted > 0);
        }
    }

    /// 38, 1e-9: flows built from known rates of return have those and no others.
    #[test]
    fn built_in_rates_of_return_are_found(
        mut tenths in prop::collection::btree_set(-8_i32..30, 1..5),
        amount in scale(1.0, 1e9),
    ) {
        // Roots a tenth apart or more: their distance sets how well they are determined.
        let rates: Vec<f64> =
            std::iter::from_fn(|| tenths.pop_first()).map(|r| f64::from(r) / 10.0).collect();
        let mut flows = vec![-amount];
        for rate in &rates {
            // Times (x - (1 + r)) in x = 1 + r of a period.
            let mut next = flows.clone();
            next.push(0.0);
            for (i, usd) in flows.iter().enumerate() {
                next[i + 1] -= usd * (1.0 + rate);
            }
            flows = next;
        }
        let found = roots(&irr(&flows));
        prop_assert_eq!(found.len(), rates.len(), "{:?} of {:?}", found, rates);
        for (found, rate) in found.iter().zip(&rates) {
            prop_assert!((found.rate_frac - rate).abs() < 1e-9, "{found:?} not {rate}");
            prop_assert_eq!(found.multiplicity, 1);
        }
    }

    /// 37, bit: dated flows have their rates of return whatever the order of the rows and the day
    /// on which the calendar starts; a year of 365 days gives the rate of the yearly column.
    #[test]
    fn dated_flows_know_no_order(
        (flows, shuffled) in prop::collection::vec((0_i64..800, flow()), 1..16)
            .prop_flat_map(|flows| (Just(flows.clone()), Just(flows).prop_shuffle())),
        shift in -1_000_000_i64..1_000_000,
        rate in rate(),
    ) {
        prop_assert_eq!(xirr(&flows), xirr(&shuffled));
        let moved: Vec<(i64, f64)> = flows.iter().map(|(day, usd)| (day + shift, *usd)).collect();
        prop_assert_eq!(xirr(&moved), xirr(&flows));
        prop_assert!(same_bits(xnpv(&moved, rate), xnpv(&flows, rate)));
        let yearly: Vec<f64> = flows.iter().map(|f| f.1).take(8).collect();
        let dated: Vec<(i64, f64)> =
            (0_i64..).zip(&yearly).map(|(year, usd)| (365 * year, *usd)).collect();
        prop_assert!(same_bits(xnpv(&dated, rate), npv_yearly_usd(&yearly, rate)));
        if sign_changes(&yearly) == 1 {
            let (a, b) = (roots(&xirr(&dated)), roots(&irr(&yearly)));
            prop_assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(&b) {
                prop_assert!(
                    (a.rate_frac / b.rate_frac - 1.0).abs() < 1e-9
                        || (a.rate_frac - b.rate_frac).abs() < 1e-9
                );
            }
        }
    }

    /// MIRR, 1e-12: money lent once and paid back once has its plain rate of return, whatever the
    /// rates between; paying interest sooner at a higher reinvestment rate never lowers it.
    #[test]
    fn the_modified_rate_is_a_rate(
        paid in scale(1.0, 1e9),
        growth in scale(0.1, 10.0),
        periods in 1_usize..60,
        finance in 0.0..0.3_f64,
        (low, high) in ordered(linear(0.0, 0.3)),
        flows in investment(20),
    ) {
        let mut flows_once = vec![0.0; periods + 1];
        flows_once[0] = -paid;
        flows_once[periods] = paid * growth;
        let rate = mirr(&flows_once, finance, low);
        let expected = growth.powf(1.0 / periods as f64) - 1.0;
        prop_assert!(rate.is_some_and(|r| (r - expected).abs() < 1e-12 * (1.0 + growth)));
        let [a, b] = [low, high].map(|reinvest| mirr(&flows, finance, reinvest));
        prop_assert!(a.zip(b).is_some_and(|(a, b)| b >= a - 1e-12 * (1.0 + a.abs())));
        let one_sided: Vec<f64> = flows.iter().map(|x| x.abs()).collect();
        prop_assert_eq!(mirr(&one_sided, finance, low), None);
    }

    /// Payback, 1e-9 of the flows: when it comes the money is back for good; interest only delays
    /// it, and nobody is paid back who loses money.
    #[test]
    fn payback_is_when_the_money_is_back_for_good(flows in flows(60), rate in 0.0..0.05_f64) {
        let first = flows.iter().position(|x| *x != 0.0).unwrap_or(0);
        let sums: Vec<f64> = flows[first..]
            .iter()
            .scan(0.0, |sum, x| {
                *sum += x;
                Some(*sum)
            })
            .collect();
        let terms: f64 = flows.iter().map(|x| x.abs()).sum();
        let hair = 1e-9 * terms;
        if let Some(periods) = payback_periods(&flows) {
            prop_assert!(periods >= 0.0 && periods <= (flows.len() - first) as f64);
            let after = sums.iter().enumerate().skip_while(|(i, _)| (*i as f64) < periods);
            for (_, sum) in after {
                prop_assert!(*sum >= -hair);
            }
            prop_assert!(sums.iter().any(|sum| *sum < 0.0));
        } else {
            let (last, least) = (sums[sums.len() - 1], sums.iter().copied().fold(0.0, f64::min));
            prop_assert!(last <= hair || least >= -hair, "{sums:?}");
        }
        prop_assert_eq!(discounted_payback_periods(&flows, 0.0), payback_periods(&flows));
        if sign_changes(&flows) == 1 && flows[first] < 0.0 {
            let (plain, dear) = (payback_periods(&flows), discounted_payback_periods(&flows, rate));
            prop_assert!(dear.is_none_or(|dear| plain.is_some_and(|plain| dear >= plain - 1e-9)));
        }
    }

    /// 39, rel 1e-12: level payments repay exactly what was lent, at any rate down to none.
    #[test]
    fn annuities_repay_their_principal(
        principal in scale(1.0, 1e12),
        rate in prop_oneof![scale(1e-18, 1.0), Just(0.0)],
        periods in 1_u32..600,
    ) {
        let n = f64::from(periods);
        let payment = annuity_payment_usd(principal, rate, n);
        prop_assert!((payment * annuity_factor(rate, n) / principal - 1.0).abs() < 1e-12);
        // Discounted one by one, and from a balance that ends at zero.
        let worth: f64 =
            (1..=periods).map(|i| payment * (-f64::from(i) * rate.ln_1p()).exp()).sum();
        prop_assert!((worth / principal - 1.0).abs() < 1e-11);
        let left = (0..periods).fold(principal, |balance, _| balance * (1.0 + rate) - payment);
        prop_assert!(left.abs() < 1e-12 * n * principal * (n * rate.ln_1p()).exp().max(1.0));
        let (shorter, longer) = (annuity_factor(rate, n), annuity_factor(rate, n + 1.0));
        prop_assert!(shorter <= n * (1.0 + 1e-15) && longer >= shorter * (1.0 - 1e-15));
        if rate * n < 1e-9 {
            prop_assert!((annuity_factor(rate, n) / n - 1.0).abs() < 1e-9);
        }
    }

    /// 42, exact and cond(n): a schedule of depreciation writes off the whole and no more; the book
    /// value starts at the cost, only falls, and never falls below nothing.
    #[test]
    fn depreciation_writes_off_the_whole(
        basis in scale(1.0, 1e12),
        bonus in share(),
        life in 0_usize..240,
        decline in linear(0.0, 0.95),
        (soon, late) in ordered(linear(0.0, 600.0)),
    ) {
        for class in [MacrsClass::FiveYears, MacrsClass::FifteenYears] {
            let by_year = macrs(basis, class, bonus);
            prop_assert!(cond(by_year.iter().sum(), basis, 32.0, basis));
            prop_assert!(by_year.iter().all(|usd| *usd >= 0.0));
            // In hundredths of a percent nothing is lost at all.
            let points: f64 = macrs(10_000.0, class, 0.0).iter().sum();
            prop_assert!(same_bits(points, 10_000.0));
        }
        let charges = straight_line(basis, life);
        prop_assert_eq!(charges.len(), life);
        let total: f64 = charges.iter().sum();
        let written_off = if life == 0 { 0.0 } else { basis };
        prop_assert!(cond(total, written_off, 2.0 * life as f64, basis));
        let values: Vec<f64> =
            (0..life + 24).map(|m| straight_line_value(basis, life, m)).collect();
        prop_assert!(values.is_sorted_by(|a, b| a >= b) && values.iter().all(|usd| *usd >= 0.0));
        prop_assert!(life == 0 || same_bits(values[0], basis));
        let (young, old) =
            (geometric_value(basis, decline, soon), geometric_value(basis, decline, late));
        prop_assert!(old >= 0.0 && old <= young * (1.0 + 1e-12) && young <= basis);
    }

    /// Tax, cond(n): losses are carried, never refunded; income that is taxed, with the losses
    /// still carried, is all income; who may use less of his losses pays no less, and no later.
    #[test]
    fn losses_are_carried_and_never_refunded(
        income in prop::collection::vec(flow(), 1..30),
        rate in linear(0.01, 0.6),
        (less, more) in ordered(share()),
    ) {
        let years = yearly_tax(&income, rate, 1.0);
        let terms: f64 = income.iter().map(|x| x.abs()).sum();
        let k = 4.0 + 4.0 * income.len() as f64;
        let taxed: f64 = years.iter().map(|y| y.tax_usd / rate).sum();
        let carried = years[years.len() - 1].losses_carried_usd;
        let total: f64 = income.iter().sum();
        prop_assert!(cond(taxed - carried, total, k, terms));
        let [strict, lax] = [less, more].map(|limit| yearly_tax(&income, rate, limit));
        let (mut paid_strict, mut paid_lax) = (0.0, 0.0);
        for (year, (strict, lax)) in strict.iter().zip(&lax).enumerate() {
            prop_assert!(strict.tax_usd >= 0.0 && strict.losses_carried_usd >= 0.0);
            prop_assert!(
                strict.tax_usd <= rate * income[year].max(0.0) + 4.0 * f64::EPSILON * terms
            );
            paid_strict += strict.tax_usd;
            paid_lax += lax.tax_usd;
            prop_assert!(paid_strict >= paid_lax - k * f64::EPSILON * terms);
        }
    }

    /// Tax by month, cond(n): the months pay what the years owe, each block in its last month.
    #[test]
    fn monthly_tax_is_yearly_tax(
        income in prop::collection::vec(flow(), 1..100),
        rate in share(),
        limit in share(),
    ) {
        let by_month = monthly_tax_usd(&income, rate, limit);
        let blocks: Vec<f64> = income.chunks(12).map(|block| block.iter().sum()).collect();
        let by_year = yearly_tax(&blocks, rate, limit);
        prop_assert_eq!(by_month.len(), income.len());
        for (year, block) in by_year.iter().zip(by_month.chunks(12)) {
            prop_assert!(same_bits(block[block.len() - 1], year.tax_usd));
            prop_assert!(block[..block.len() - 1].iter().all(|usd| *usd == 0.0));
        }
    }
}

/// Rates of a time-of-use contract that share no hour: all the hours of a day cut at some points,
/// each piece with its own price for weekdays and for weekends.
fn tariff_lines() -> impl Strategy<Value = Vec<Rate>> {
    (
        prop::collection::btree_set(1_u32..24, 0..4),
        prop::collection::vec((power_price(), power_price()), 5),
    )
        .prop_map(|(cuts, prices)| {
            let mut edges = vec![0];
            edges.extend(cuts);
            edges.push(24);
            edges
                .windows(2)
                .zip(prices)
                .flat_map(|(hours, (weekday, weekend))| {
                    let line = |days, usd_per_mwh| Rate {
                        months: (1..=12).collect(),
                        days,
                        from_hour: hours[0],
                        to_hour: hours[1],
                        usd_per_mwh,
                    };
                    [line(Days::Weekday, weekday), line(Days::Weekend, weekend)]
                })
                .collect()
        })
}

/// A month under a tariff without further charges.
fn in_month(tariff: Tariff, month: CalendarMonth) -> MonthPrices {
    Contract::from(tariff).month(month)
}

proptest! {
    #![proptest_config(config())]

    /// Flat = time of use with one rate, bit: a contract that says one price in many lines is a
    /// contract that says it once.
    #[test]
    fn a_flat_tariff_is_one_rate(
        mut lines in tariff_lines(),
        price in power_price(),
        month in month(),
    ) {
        for line in &mut lines {
            line.usd_per_mwh = price;
        }
        let Ok(tou) = TimeOfUse::new(&lines, None) else {
            return Err(TestCaseError::fail("pieces of a day overlap nowhere"));
        };
        let flat = in_month(Tariff::Flat { usd_per_mwh: price }, month);
        let prices = in_month(Tariff::TimeOfUse(tou), month);
        prop_assert_eq!(&prices, &flat);
        prop_assert!(same_bits(prices.energy_usd_per_mwh(), price));
    }

    /// 43, exact; 28, bit: the bins of a month hold all its hours, each price once and cheapest
    /// first; what a constant load pays lies between them; the order of the lines is irrelevant.
    #[test]
    fn a_tariff_prices_every_hour_once(
        (lines, shuffled) in tariff_lines()
            .prop_flat_map(|l| (Just(l.clone()), Just(l).prop_shuffle())),
        month in month(),
        up in scale(0.01, 100.0),
    ) {
        let contract = |lines: &[Rate]| TimeOfUse::new(lines, None).map(Tariff::TimeOfUse);
        let (Ok(tariff), Ok(other)) = (contract(&lines), contract(&shuffled)) else {
            return Err(TestCaseError::fail("pieces of a day overlap nowhere"));
        };
        let prices = in_month(tariff, month);
        prop_assert_eq!(&prices, &in_month(other, month));
        let bins: Vec<(f64, f64)> = prices.bins().collect();
        let hours: f64 = bins.iter().map(|bin| bin.1).sum();
        prop_assert!(same_bits(hours, month.hours()));
        prop_assert!(bins.is_sorted_by(|a, b| a.0 < b.0));
        let average = prices.energy_usd_per_mwh();
        let (least, most) = (bins[0].0, bins[bins.len() - 1].0);
        let hair = 32.0 * f64::EPSILON * least.abs().max(most.abs());
        prop_assert!(average >= least - hair && average <= most + hair);
        // A dearer hour makes the month no cheaper.
        let mut dearer = lines.clone();
        dearer[0].usd_per_mwh += up;
        let Ok(dearer) = contract(&dearer) else { return Err(TestCaseError::fail("as before")) };
        let dear = in_month(dearer, month).energy_usd_per_mwh();
        prop_assert!(dear >= average - 32.0 * f64::EPSILON * (least.abs().max(most.abs()) + up));
    }

    /// 67, integer: months and years hold the hours of the calendar: 8,760, and 8,784 with a leap
    /// day; weekdays move on by the days of the month.
    #[test]
    fn the_calendar_holds_its_hours(month in month(), months in 0_i32..240) {
        let year: f64 = (0..12).map(|m| month.plus(m).hours()).sum();
        let leap_day = (0..12).any(|m| month.plus(m).days() == 29);
        let expected = if leap_day { 8_784.0 } else { 8_760.0 };
        prop_assert!(same_bits(year, expected));
        let days: u32 = (0..months).map(|m| month.plus(m).days()).sum();
        prop_assert_eq!((month.first_weekday() + days) % 7, month.plus(months).first_weekday());
        prop_assert_eq!(month.plus(months).months_since(month), months);
        prop_assert_eq!(month.plus(months).plus(-months), month);
    }
}

/// 34, bit: a column of no flows is worth nothing, whatever the rate.
#[test]
fn nothing_is_worth_nothing() {
    for rate in [-0.5, 0.0, 0.12, 1.0] {
        assert!(same_column(
            &[npv_monthly_usd(&[], rate), npv_yearly_usd(&[], rate), xnpv(&[], rate)],
            &[0.0; 3]
        ));
    }
    assert_eq!(irr(&[]), Irr::None(NoIrr::Empty));
}
