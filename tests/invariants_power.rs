//! What must hold of clocks, price series and power contracts, whatever the hours and the load.
//!
//! Each property says the economics in words. Local clocks are held against the time library
//! itself, asked instant by instant; bills against the sentence in which a contract states them.
//! `bit` means the same number with no tolerance at all.
#![expect(clippy::unwrap_used, reason = "inputs are drawn inside their ranges")]

use std::sync::Arc;

use hashpivot_tests::clocks::{
    CENTURIES, SECONDS_PER_DAY, YEARS, ZONES, changes, month_start, months_of, offset_s, rules,
    shown, year_start, zone,
};
use hashpivot_tests::{
    cond, config, heavy, ordered, power_price, same_bits, same_column, scale, share, zero_or,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use power::{
    Adders, BlockIndex, Charges, CoincidentPeak, Contract, Days, DemandCharge, Duty, Error, Gap,
    GapRule, INTERVALS_S, Index, Instants, MonthPrices, PeakRule, Program, Rate, SECONDS_PER_HOUR,
    Series, Tariff, TimeOfUse, Window, Zone, synthetic,
};
use proptest::prelude::*;
use rayon::prelude::*;
use units::CalendarMonth;

/// Of the sum of absolute terms: sums of at most 9,000 terms in another order differ by at most
/// half a rounding of 2.2e-16 a term.
const SUM_TOLERANCE: f64 = 1e-12;

/// Roundings of a formula of a few operations.
const FEW: f64 = 8.0;

/// 2023-01-01T00:00Z, where a year of 8,760 hours begins.
const YEAR_UNIX_S: i64 = 1_672_531_200;

/// 2024-01-01T00:00Z, where a leap year of 8,784 hours begins.
const LEAP_YEAR_UNIX_S: i64 = 1_704_067_200;

fn near(a: f64, b: f64, terms: f64) -> bool {
    (a - b).abs() <= SUM_TOLERANCE * terms
}

/// Months begin when the clock first shows them, and years, which they make up, have 24 hours a day
/// but for what the clock was set forward or back.
fn check_years(zone: &Zone, rules: &TimeZone) {
    for year in YEARS {
        for month in months_of(year) {
            let start = month_start(zone, month);
            let [before, first] = [start - 1, start].map(|at| shown(rules, at));
            assert_eq!((first.year, first.month, first.day), (year, month.month(), 1));
            assert!((before.year, before.month) < (year, month.month()), "{}", zone.name());
        }
        let [from, to] = [year_start(zone, year), year_start(zone, year + 1)];
        let days: u32 = months_of(year).map(CalendarMonth::days).sum();
        let set_forward_s = offset_s(rules, to) - offset_s(rules, from);
        let expected = SECONDS_PER_DAY * i64::from(days) - set_forward_s;
        assert_eq!(to - from, expected, "{} {year}", zone.name());
    }
}

/// Reads a zone's clock every hour over the years: no hour of a year or month is lost or counted
/// twice, and days have 24 hours but for clock changes.
fn check_days(zone: &Zone, rules: &TimeZone) {
    let (start, end) = (year_start(zone, YEARS.start), year_start(zone, YEARS.end));
    let changes = changes(rules, start, end + SECONDS_PER_DAY);
    let mut clock = zone.clock();
    let (mut day, mut day_start) = (clock.at(start), start);
    let mut month = CalendarMonth::new(YEARS.start, 1).unwrap();
    let mut next_month = month_start(zone, month.plus(1));
    for at in (start..end).step_by(3_600) {
        let local = clock.at(at);
        if at >= next_month {
            month = month.plus(1);
            next_month = month_start(zone, month.plus(1));
        }
        assert_eq!((local.year, local.month), (month.year(), month.month()));
        if (local.day, local.month) == (day.day, day.month) {
            continue;
        }
        let since = |from: i64| {
            let after = move |(change, _): &&(i64, i64)| (from + 1..=at).contains(change);
            changes.iter().filter(after).map(|(_, by)| *by)
        };
        let date = |at| rules.to_datetime(Timestamp::from_second(at).unwrap()).date();
        let days = (date(at) - date(day_start)).get_days();
        // Not at 0:00 where the clock skips it.
        let late_h = i64::from(local.hour) - i64::from(day.hour);
        let length = SECONDS_PER_DAY * i64::from(days) + SECONDS_PER_HOUR * late_h;
        let length = length - since(day_start).sum::<i64>();
        // Minutes are left out: zero but where offsets are no whole hours.
        assert!((at - day_start - length).abs() < SECONDS_PER_HOUR, "{} {day:?}", zone.name());
        // Samoa skipped a day; Casey Station went back by three hours into the day before.
        let usual = since(day_start - SECONDS_PER_DAY).all(|by| by.abs() <= SECONDS_PER_HOUR);
        let ordinary = days == 1 && (23..=25).contains(&((at - day_start) / SECONDS_PER_HOUR));
        assert!(ordinary || !usual, "{} {day:?}", zone.name());
        (day, day_start) = (local, at);
    }
}

/// Hours of every zone there is, 2010 to 2037: neither years nor months nor days lose or gain one.
#[test]
fn every_zone_keeps_its_hours() {
    assert!(Zone::names().len() > 500, "the whole database is compiled in");
    Zone::names().par_iter().for_each(|name| {
        let (zone, rules) = (Zone::named(name).unwrap(), rules(name));
        check_years(&zone, &rules);
        check_days(&zone, &rules);
    });
}

/// Around every clock change since 1900 in every zone, and at every hour of three years in some,
/// our clock shows what the library's does, in rising order and by leaps; and what it shows means
/// the instant at which it was read.
#[test]
fn clocks_agree_with_the_library() {
    Zone::names().par_iter().for_each(|name| {
        let (zone, rules) = (Zone::named(name).unwrap(), rules(name));
        let all = changes(&rules, CENTURIES.start, CENTURIES.end).into_iter();
        let mut probes: Vec<i64> =
            all.flat_map(|(at, _)| [at - 3_600, at - 1, at, at + 1, at + 3_600]).collect();
        for year in [2011, 2016, 2036].iter().filter(|_| ZONES.contains(&name.as_str())) {
            probes.extend((year_start(&zone, *year)..year_start(&zone, year + 1)).step_by(3_600));
        }
        probes.sort_unstable();
        let leaps = (0..probes.len()).map(|place| probes[place * 7_919 % probes.len()]);
        let (mut rising, mut leaping) = (zone.clock(), zone.clock());
        for (&at, leap) in probes.iter().zip(leaps) {
            let local = rising.at(at);
            assert_eq!(local, shown(&rules, at), "{name} {at}");
            assert_eq!(leaping.at(leap), shown(&rules, leap), "{name} {leap}");
            let second = i32::try_from((at + offset_s(&rules, at)).rem_euclid(3_600)).unwrap();
            let day = [local.year, local.month.cast_signed(), local.day.cast_signed()];
            let time = [local.hour.cast_signed(), second / 60, second % 60];
            let meant = match zone.instants(day, time).unwrap() {
                Instants::One(one) => one == at,
                Instants::Two(first, second) => first < second && [first, second].contains(&at),
                Instants::None => false,
            };
            assert!(meant, "{name} {at}");
        }
    });
}

fn series(start_unix_s: i64, interval_s: i64, values: Vec<f64>) -> Series {
    Series::new(start_unix_s, interval_s, values).unwrap()
}

/// A length of interval, and a start on whole steps of it, 1970 to 2100.
fn grid() -> impl Strategy<Value = (i64, i64)> {
    (0..CENTURIES.end, prop::sample::select(INTERVALS_S.to_vec()))
        .prop_map(|(start, interval)| (start - start % interval, interval))
}

/// A market over a grid, some of its prices coming back.
fn market() -> impl Strategy<Value = Series> {
    let again = prop::sample::select(vec![-20.0, 0.0, 25.0, 60.0]);
    let price = prop_oneof![4 => power_price(), 1 => again];
    (grid(), prop::collection::vec(price, 1..400))
        .prop_map(|((start, interval), values)| series(start, interval, values))
}

fn adders() -> impl Strategy<Value = Adders> {
    let drawn = (zero_or(1e-3, 0.2), zero_or(0.1, 100.0), zero_or(0.1, 20.0));
    drawn.prop_map(|(losses, wires, retail)| Adders {
        losses_frac: losses,
        wires_usd_per_mwh: wires,
        retail_usd_per_mwh: retail,
    })
}

fn indexed(market: &Series, adders: Adders, charges: Charges, zone: &Zone) -> Contract {
    let market_usd_per_mwh = Arc::new(market.clone());
    Contract::new(Tariff::Index(Index { market_usd_per_mwh, adders }), charges, zone.clone())
}

/// Programmes that call for hours, some for weeks, with no regard to intervals, in a span of time.
fn programs(span: std::ops::Range<i64>) -> impl Strategy<Value = Vec<Program>> {
    let length = prop_oneof![9 => 1..6 * SECONDS_PER_HOUR, 1 => 1..40 * SECONDS_PER_DAY];
    let window = (span.clone(), length).prop_map(move |(from, length)| Window {
        from_unix_s: from,
        to_unix_s: (from + length).min(span.end),
    });
    let duty = prop::sample::select(vec![Duty::Curtail, Duty::Hold]);
    let usd = (zero_or(1.0, 1e4), zero_or(1.0, 1e3), zero_or(1.0, 5e3));
    let hours = prop::collection::vec(window, 0..12);
    let program = (duty, share(), usd, hours).prop_map(|(duty, enrolled, usd, hours)| Program {
        id: "response".to_owned(),
        duty,
        enrolled_frac: enrolled,
        usd_per_mw_month: usd.0,
        credit_usd_per_mwh: usd.1,
        penalty_usd_per_mwh: usd.2,
        hours,
    });
    prop::collection::vec(program, 0..4)
}

/// A market and programmes while it lasts.
fn market_and_programs() -> impl Strategy<Value = (Series, Vec<Program>)> {
    market().prop_flat_map(|market| {
        let span = market.start_unix_s()..market.end_unix_s();
        (Just(market), programs(span))
    })
}

/// Which peaks count, their yearly rate, and where in their months they are, in seconds.
fn peaks() -> impl Strategy<Value = (PeakRule, f64, Vec<i64>)> {
    let rule = prop::sample::select(vec![PeakRule::FourSummer, PeakRule::TwelveMonths]);
    (rule, scale(1.0, 200.0), prop::collection::vec(0..27 * SECONDS_PER_DAY, 12))
}

/// One peak in each month of a local year that counts.
fn charged(zone: &Zone, year: i32, (rule, usd, places): &(PeakRule, f64, Vec<i64>)) -> Charges {
    let all = *rule == PeakRule::TwelveMonths;
    let counted = months_of(year).filter(|month| all || (6..=9).contains(&month.month()));
    let instants = counted.zip(places).map(|(month, place)| month_start(zone, month) + place);
    let peak = CoincidentPeak::new(*rule, *usd, instants.collect(), zone).unwrap();
    Charges { coincident_peak: Some(peak), ..Charges::default() }
}

/// What a load pays over the intervals of a column, USD, and the sum of absolute terms.
fn bill(prices: &[f64], draw_gross_mw: &[f64], interval_h: f64) -> [f64; 2] {
    let terms = prices.iter().zip(draw_gross_mw).map(|(price, draw)| price * draw * interval_h);
    terms.fold([0.0, 0.0], |[sum, absolute], usd| [sum + usd, absolute + usd.abs()])
}

proptest! {
    #![proptest_config(config())]

    /// What a load pays in the hours below a price is the sum over those hours, charges included,
    /// 1e-12; what they leave it is the sum of what each leaves, never falling and convex in what
    /// a MWh is worth; all the month's hours are there, cheapest first.
    #[test]
    fn a_month_is_its_intervals_by_price(
        ((market, programs), zone, adders) in (market_and_programs(), zone(), adders()),
        limits in prop::collection::vec(power_price(), 1..6),
        places in prop::collection::vec(0_usize..400, 1..6),
        later in 0_i32..3,
    ) {
        let charges = Charges { programs, ..Charges::default() };
        let contract = indexed(&market, adders, charges, &zone);
        let column = contract.pricing(&market).unwrap().usd_per_mwh();
        let (rules, hours_of_market) = (rules(zone.name()), 0..column.len());
        let local = |place: usize| shown(&rules, market.unix_s(place));
        let month = CalendarMonth::new(local(0).year, local(0).month).unwrap().plus(later);
        // Months that the market lacks take all of it.
        let of_month = |place: &usize| local(*place).month == month.month();
        let lacks = !hours_of_market.clone().any(|place| of_month(&place));
        let kept = hours_of_market.filter(|place| lacks || of_month(place));
        let kept: Vec<f64> = kept.map(|place| column[place]).collect();
        let (prices, each_h) = (contract.month(month), month.hours() / kept.len() as f64);
        let mut limits: Vec<f64> =
            places.iter().map(|place| column[place % column.len()]).chain(limits).collect();
        limits.sort_by(f64::total_cmp);
        let most = limits.iter().chain(&kept).fold(0.0, |most: f64, usd| most.max(usd.abs()));
        let terms = 2.0 * most * month.hours();
        let mut last = (limits[0], 0.0, 0.0);
        for worth in limits {
            let below: Vec<f64> = kept.iter().copied().filter(|price| *price < worth).collect();
            let [direct_usd, absolute] = bill(&below, &vec![1.0; below.len()], each_h);
            let leaves: f64 = kept.iter().map(|price| (worth - price).max(0.0) * each_h).sum();
            let (hours, usd_per_mw) = prices.below(worth);
            let margin = worth * hours - usd_per_mw;
            prop_assert!(near(hours, below.len() as f64 * each_h, month.hours()));
            prop_assert!(near(usd_per_mw, direct_usd, absolute), "{usd_per_mw} {direct_usd}");
            prop_assert!(near(margin, leaves, terms), "{margin} {leaves}");
            let (worth_then, hours_then, margin_then) = last;
            let (rise, hair) = (worth - worth_then, SUM_TOLERANCE * terms);
            prop_assert!(hours >= hours_then && margin >= -hair);
            if hours_then > 0.0 {
                // Between the tangents at both ends.
                prop_assert!(margin - margin_then >= hours_then * rise - hair);
                prop_assert!(margin - margin_then <= hours * rise + hair);
            }
            last = (worth, hours, margin);
        }
        let bins: Vec<(f64, f64)> = prices.bins().collect();
        prop_assert!(bins.is_sorted_by(|a, b| a.0 < b.0) && bins.iter().all(|bin| bin.1 > 0.0));
        let all = [bins.iter().map(|bin| bin.1).sum(), prices.below(f64::INFINITY).0];
        prop_assert!(all.iter().all(|hours| near(*hours, month.hours(), month.hours())));
    }

    /// An index passes on the market and each adder for itself: losses by the price, the rest by
    /// the MWh.
    #[test]
    fn an_index_is_linear_in_its_adders(market in power_price(), adders in adders()) {
        let market_usd_per_mwh = Arc::new(series(0, 3_600, vec![market]));
        let price = Index { market_usd_per_mwh, adders }.usd_per_mwh(market);
        let Adders { losses_frac, wires_usd_per_mwh: wires, retail_usd_per_mwh: retail } = adders;
        let stated = market + losses_frac * market + wires + retail;
        let terms = market.abs() * (1.0 + losses_frac) + wires + retail;
        prop_assert!(cond(price, stated, FEW, terms), "{price} {stated}");
    }

    /// A block bought ahead is a bill of two lines, the block at its price and the rest, up or
    /// down, at the market with losses, 1e-12; what one more MWh costs it leaves alone, bit. Wires
    /// and retail are paid on what is drawn.
    #[test]
    fn a_block_changes_the_bill_and_no_margin(
        (market, adders) in (market(), adders()),
        draw in prop::collection::vec(zero_or(0.1, 500.0), 400),
        (block_gross_mw, block_usd_per_mwh) in (scale(0.1, 300.0), scale(1.0, 200.0)),
    ) {
        let plain = indexed(&market, adders, Charges::default(), &Zone::utc());
        let index = Index { market_usd_per_mwh: Arc::new(market.clone()), adders };
        let tariff = Tariff::BlockIndex(BlockIndex { index, block_gross_mw, block_usd_per_mwh });
        let [with, without] = [Contract::from(tariff), plain].map(|c| c.pricing(&market).unwrap());
        prop_assert_eq!(&with.energy_usd_per_mwh, &without.energy_usd_per_mwh);
        let hours = market.interval_h();
        let pays = bill(&with.usd_per_mwh(), &draw, hours)[0] - with.standing_usd;
        let on_top = adders.wires_usd_per_mwh + adders.retail_usd_per_mwh;
        let (mut stated, mut terms) = (0.0, 0.0);
        for (price, draw) in market.values().iter().zip(&draw) {
            let spot = price * (1.0 + adders.losses_frac);
            stated += block_usd_per_mwh * block_gross_mw * hours;
            stated += (draw - block_gross_mw) * spot * hours + draw * on_top * hours;
            terms += (block_usd_per_mwh + spot.abs()) * block_gross_mw * hours;
            terms += draw * (spot.abs() + on_top) * hours;
        }
        prop_assert!(near(pays, stated, terms), "{pays} {stated}");
    }

    /// Programmes pay and fine as agreed, 1e-12: for load held or shed as it should be the credit,
    /// for the rest the penalty, by the hour and the enrolled MW, and the retainer in any case.
    #[test]
    fn a_programme_pays_for_the_duty_done(
        (market, programs) in market_and_programs(),
        draw in prop::collection::vec(share(), 400),
    ) {
        let charges = Charges { programs: programs.clone(), ..Charges::default() };
        let contract = indexed(&market, Adders::default(), charges, &Zone::utc());
        let pricing = contract.pricing(&market).unwrap();
        let hours = market.interval_h();
        let [energy, mut terms] = bill(market.values(), &draw, hours);
        let mut received = 0.0;
        // By UTC a month has 24 hours a day.
        let month_h = |unix_s: i64| {
            let local = Zone::utc().clock().at(unix_s);
            CalendarMonth::new(local.year, local.month).unwrap().hours()
        };
        let places = 0..market.values().len();
        let months: f64 = places.map(|place| hours / month_h(market.unix_s(place))).sum();
        for program in &programs {
            received += program.enrolled_frac * program.usd_per_mw_month * months;
            for (place, draw) in draw[..market.values().len()].iter().enumerate() {
                let (from, to) = (market.unix_s(place), market.unix_s(place + 1));
                let done = if program.duty == Duty::Curtail { 1.0 - draw } else { *draw };
                let called = |w: &Window| (w.to_unix_s.min(to) - w.from_unix_s.max(from)).max(0);
                let seconds: i64 = program.hours.iter().map(called).sum();
                let mwh = program.enrolled_frac * seconds as f64 / 3_600.0;
                let (credit, penalty) = (program.credit_usd_per_mwh, program.penalty_usd_per_mwh);
                received += mwh * (credit * done - penalty * (1.0 - done));
                terms += 2.0 * mwh * (credit + penalty);
            }
        }
        let pays = bill(&pricing.usd_per_mwh(), &draw, hours)[0] - pricing.standing_usd_per_mw;
        prop_assert!(near(pays, energy - received, terms + received.abs()), "{pays} {energy}");
    }

    /// Firm load pays energy, its share of the grid's peaks and the charge on its draw, 1e-12:
    /// staying out of the peaks saves the peak part in proportion, and nothing else.
    #[test]
    fn firm_power_falls_with_the_share_out_of_the_peaks(
        (zone, peaks, usd_per_mwh) in (zone(), peaks(), power_price()),
        (usd_per_kw_month, (less, more)) in (zero_or(0.1, 40.0), ordered(share())),
        (year, at) in (1970..2100, 1_u32..=12),
    ) {
        let month = CalendarMonth::new(year, at).unwrap();
        let demand = Some(DemandCharge { usd_per_kw_month, ratchet_frac: 0.0 });
        let charges = Charges { demand, ..charged(&zone, year, &peaks) };
        let peak = charges.coincident_peak.clone().unwrap();
        let prices = Contract::new(Tariff::Flat { usd_per_mwh }, charges, zone.clone()).month(month);
        let mut clock = zone.clock();
        let count = peak.peaks_unix_s.iter().filter(|at| clock.at(**at).month == month.month());
        let peak_part = count.count() as f64 * peak.usd_per_mw_peak() / month.hours();
        let demand_part = usd_per_kw_month * 1_000.0 / month.hours();
        let terms = usd_per_mwh.abs() + peak_part + demand_part;
        for share in [less, more, 0.0, 1.0] {
            let (firm, peaks) = (prices.firm_usd_per_mwh(share), peak_part * (1.0 - share));
            prop_assert!(near(firm, usd_per_mwh + peaks + demand_part, terms), "{firm} {peaks}");
        }
        prop_assert!(prices.firm_usd_per_mwh(more) <= prices.firm_usd_per_mwh(less));
        // What always runs pays the same whether it is asked by the month or by the hour.
        let by_hour = prices.below(f64::INFINITY).1 / month.hours();
        prop_assert!(near(by_hour + demand_part, prices.firm_usd_per_mwh(0.0), terms));
    }

    /// A series with gaps has every interval between its first stamp and its last: what was there
    /// is there, bit, what was not is by the rule, and is named.
    #[test]
    fn gaps_are_filled_by_the_rule(
        (start, interval) in grid(),
        rows in prop::collection::vec((power_price(), prop::bool::weighted(0.8)), 1..900),
    ) {
        let here = |place: &usize| *place == 0 || rows[*place].1;
        let at = |place: usize| start + i64::try_from(place).unwrap() * interval;
        let kept: Vec<usize> = (0..rows.len()).filter(here).collect();
        let (starts, values): (Vec<i64>, Vec<f64>) =
            kept.iter().map(|place| (at(*place), rows[*place].0)).unzip();
        let last = kept[kept.len() - 1];
        let lacks: Vec<usize> = (0..=last).filter(|place| !here(place)).collect();
        let runs = lacks.chunk_by(|place, next| place + 1 == *next);
        let gaps: Vec<Gap> =
            runs.map(|run| Gap { from_unix_s: at(run[0]), intervals: run.len() }).collect();
        let steps_a_day = usize::try_from(SECONDS_PER_DAY / interval).unwrap();
        for rule in [GapRule::Refuse, GapRule::Previous, GapRule::Linear, GapRule::DayBefore] {
            let mut refused = gaps.clone();
            refused.retain(|gap| match rule {
                GapRule::Refuse => true,
                GapRule::DayBefore => gap.from_unix_s < at(steps_a_day),
                GapRule::Previous | GapRule::Linear => false,
            });
            let found = Series::from_stamped(&starts, &values, interval, rule);
            if !refused.is_empty() {
                prop_assert_eq!(found.err(), Some(Error::Gaps(refused)));
                continue;
            }
            let (series, named) = found.unwrap();
            prop_assert_eq!(&named, &gaps);
            prop_assert_eq!((series.values().len(), series.start_unix_s()), (last + 1, start));
            for (place, &value) in series.values().iter().enumerate() {
                let before = (0..=place).rfind(here).unwrap();
                let after = (place..=last).find(here).unwrap();
                let (from, to) = (rows[before].0, rows[after].0);
                if rule == GapRule::Linear && before < after {
                    let share = (place - before) as f64 / (after - before) as f64;
                    let (line, size) = (from * (1.0 - share) + to * share, from.abs() + to.abs());
                    prop_assert!(cond(value, line, FEW, size));
                    let hair = f64::EPSILON * size;
                    prop_assert!(value >= from.min(to) - hair && value <= from.max(to) + hair);
                } else if rule == GapRule::DayBefore && before < after {
                    prop_assert!(same_bits(value, series.values()[place - steps_a_day]));
                } else {
                    prop_assert!(same_bits(value, from));
                }
            }
        }
    }

    /// A series on the steps of another is what it was at their starts, bit; where it does not
    /// reach, the intervals that lack a value are named, run by run.
    #[test]
    fn a_series_moves_to_other_steps(
        (market, step) in (market(), prop::sample::select(INTERVALS_S.to_vec())),
        (shift, intervals) in (-60_i64..60, 1_usize..400),
    ) {
        let start = market.start_unix_s();
        let other = series(start - start % step + shift * step, step, vec![0.0; intervals]);
        let starts: Vec<i64> = (0..market.values().len()).map(|at| market.unix_s(at)).collect();
        let direct = |at: i64| {
            let place = starts.partition_point(|start| *start <= at).checked_sub(1);
            place.filter(|_| at < market.end_unix_s()).map(|place| market.values()[place])
        };
        let (from, to) = (other.start_unix_s(), other.end_unix_s());
        for at in (from..to).step_by(100) {
            prop_assert_eq!(market.at(at), direct(at));
        }
        let lacks = (0..intervals).map(|at| other.unix_s(at)).filter(|at| direct(*at).is_none());
        let lacks: Vec<i64> = lacks.collect();
        let runs = lacks.chunk_by(|at, next| at + step == *next);
        let gaps = runs.map(|run| Gap { from_unix_s: run[0], intervals: run.len() });
        match market.on_intervals_of(&other) {
            Err(error) => prop_assert_eq!(error, Error::Gaps(gaps.collect())),
            Ok(on) => {
                prop_assert!(lacks.is_empty() && on.end_unix_s() == to);
                for at in (from..to).step_by(100) {
                    prop_assert_eq!(on.at(at), direct(at - at % step));
                }
            }
        }
    }

    /// Made-up prices are the same whoever asks for more of them, bit, and are a market's.
    #[test]
    fn a_longer_made_up_market_begins_with_the_shorter_one(
        (seed, start, mean) in (any::<u64>(), CENTURIES, scale(1.0, 200.0)),
        (short, more) in (0_usize..400, 0_usize..400),
    ) {
        let start = start - start.rem_euclid(SECONDS_PER_HOUR);
        let [short, long] = [short, short + more]
            .map(|hours| synthetic::hourly_prices(seed, start, hours, mean).unwrap());
        prop_assert!(same_column(short.values(), &long.values()[..short.values().len()]));
        prop_assert!(long.check_prices().is_ok());
    }
}

/// Rates of a time-of-use contract: the days of every month cut at an hour of their own.
fn rates() -> impl Strategy<Value = Vec<Rate>> {
    let day = (1_u32..24, power_price(), power_price());
    prop::collection::vec(day, 24).prop_map(|days| {
        let lines = days.into_iter().zip(0_u32..).flat_map(|((cut, first, then), place)| {
            let days = [Days::Weekday, Days::Weekend][place as usize % 2];
            [(0, cut, first), (cut, 24, then)].map(|(from_hour, to_hour, usd_per_mwh)| {
                let months = vec![place / 2 + 1];
                Rate { months, days, from_hour, to_hour, usd_per_mwh }
            })
        });
        lines.collect()
    })
}

proptest! {
    #![proptest_config(heavy(8))]

    /// A flat tariff is a market that never moves, bit: by the month and by the interval, on any
    /// steps, over any years.
    #[test]
    fn a_flat_tariff_is_a_constant_market(
        (zone, (start, step), adders) in (zone(), grid(), adders()),
        days in prop::sample::select(vec![1_i64, 366, 1_461]),
        (year, usd_per_kw_month) in (1970..2100, zero_or(0.1, 40.0)),
        (market_price, limit, out) in (power_price(), power_price(), share()),
    ) {
        let intervals = usize::try_from(days * SECONDS_PER_DAY / step).unwrap();
        let constant = series(start, step, vec![market_price; intervals]);
        let demand = Some(DemandCharge { usd_per_kw_month, ratchet_frac: 0.0 });
        let charges = Charges { demand, ..Charges::default() };
        let indexed = indexed(&constant, adders, charges.clone(), &zone);
        let pricing = indexed.pricing(&constant).unwrap();
        let price = pricing.energy_usd_per_mwh.values()[0];
        let flat = Contract::new(Tariff::Flat { usd_per_mwh: price }, charges, zone);
        prop_assert_eq!(flat.pricing(&constant).unwrap(), pricing);
        for month in months_of(year) {
            let [flat, indexed] = [&flat, &indexed].map(|contract| contract.month(month));
            for limit in [limit, price, price.next_up(), price.next_down(), f64::INFINITY] {
                let hours = if price < limit { month.hours() } else { 0.0 };
                prop_assert_eq!(flat.below(limit), (hours, price * hours));
                prop_assert_eq!(indexed.below(limit), flat.below(limit));
            }
            let rates = |of: &MonthPrices| {
                let firm = [out, 0.0, 1.0].map(|out| of.firm_usd_per_mwh(out));
                ([of.energy_usd_per_mwh(), of.hours(), of.demand_usd_per_mw()], firm)
            };
            prop_assert_eq!(rates(&flat), rates(&indexed));
            prop_assert_eq!(rates(&flat).0, [price, month.hours(), usd_per_kw_month * 1_000.0]);
        }
    }

    /// A leap year of hourly prices has 8,784 hours and costs constant load the same, 1e-12,
    /// whether its months are reckoned by Greenwich or by a local clock.
    #[test]
    fn a_leap_year_costs_the_same_by_any_clock(
        (seed, mean, adders, zone) in (any::<u64>(), scale(5.0, 100.0), adders(), zone()),
    ) {
        let market = synthetic::hourly_prices(seed, LEAP_YEAR_UNIX_S, 8_784, mean).unwrap();
        let greenwich = indexed(&market, adders, Charges::default(), &Zone::utc());
        let column = greenwich.pricing(&market).unwrap().usd_per_mwh();
        let [total, terms] = bill(&column, &vec![1.0; 8_784], 1.0);
        for zone in [&zone, &Zone::utc()] {
            let contract = indexed(&market, adders, Charges::default(), zone);
            prop_assert_eq!(&contract.pricing(&market).unwrap().usd_per_mwh(), &column);
            let (mut by_month, rules) = ([[0.0; 2]; 12], rules(zone.name()));
            for (place, price) in column.iter().enumerate() {
                let month = &mut by_month[shown(&rules, market.unix_s(place)).month as usize - 1];
                *month = [month[0] + 1.0, month[1] + price];
            }
            let (mut plan_h, mut paid) = (0.0, 0.0);
            for (month, [had_h, usd]) in months_of(2024).zip(by_month) {
                let prices = contract.month(month);
                prop_assert!(near(prices.energy_usd_per_mwh() * had_h, usd, terms));
                // Months of a plan are stretched to 24 hours a day: back to what they had.
                paid += prices.below(f64::INFINITY).1 * had_h / month.hours();
                plan_h += prices.hours();
            }
            prop_assert!(same_bits(plan_h, 8_784.0) && near(paid, total, terms), "{paid} {total}");
            // West or east of Greenwich one month lacks some hours.
            let lacking = contract.months_covered().iter().filter(|whole| !**whole).count();
            prop_assert_eq!(lacking, usize::from(offset_s(&rules, LEAP_YEAR_UNIX_S) != 0));
        }
    }

    /// The grid's peaks cost a load the yearly rate times its average draw in them, 1e-12, and who
    /// is off in them nothing, bit.
    #[test]
    fn peaks_are_paid_by_the_draw_in_them(
        (seed, zone, peaks) in (any::<u64>(), zone(), peaks()),
        mut draw in prop::collection::vec(share(), 8_760 + 48),
    ) {
        // A day more on both sides, so that the local year lies within.
        let start = YEAR_UNIX_S - SECONDS_PER_DAY;
        let market = synthetic::hourly_prices(seed, start, draw.len(), 30.0).unwrap();
        let charges = charged(&zone, 2023, &peaks);
        let instants = charges.coincident_peak.clone().unwrap().peaks_unix_s;
        let at: Vec<usize> = instants.iter().map(|at| market.interval_at(*at).unwrap()).collect();
        let contract = indexed(&market, Adders::default(), charges, &zone);
        let prices = contract.pricing(&market).unwrap().usd_per_mwh();
        let mean = at.iter().map(|place| draw[*place]).sum::<f64>() / at.len() as f64;
        let charge = peaks.1 * 1_000.0 * mean;
        let [energy, terms] = bill(market.values(), &draw, 1.0);
        let [pays, _] = bill(&prices, &draw, 1.0);
        prop_assert!(near(pays, energy + charge, 2.0 * terms + charge), "{pays} {energy}");
        for place in at {
            draw[place] = 0.0;
        }
        prop_assert_eq!(bill(&prices, &draw, 1.0), bill(market.values(), &draw, 1.0));
    }

    /// A month of a load that always runs costs its energy and its peaks, and for programmes what
    /// is called in that month, 1e-12: on a market and on a flat tariff alike.
    #[test]
    fn a_month_pays_for_what_is_called_in_it(
        (seed, usd_per_mwh, peaks) in (any::<u64>(), power_price(), peaks()),
        programs in programs(YEAR_UNIX_S..LEAP_YEAR_UNIX_S),
    ) {
        let market = synthetic::hourly_prices(seed, YEAR_UNIX_S, 8_760, 30.0).unwrap();
        let charges = Charges { programs: programs.clone(), ..charged(&Zone::utc(), 2023, &peaks) };
        let flat = Contract::new(Tariff::Flat { usd_per_mwh }, charges.clone(), Zone::utc());
        for contract in [indexed(&market, Adders::default(), charges, &Zone::utc()), flat] {
            let pricing = contract.pricing(&market).unwrap();
            let energy = pricing.energy_usd_per_mwh.values().iter();
            let hourly: Vec<f64> =
                energy.zip(pricing.peak_usd_per_mwh).map(|(price, peak)| price + peak).collect();
            let (mut from, mut rest) = (YEAR_UNIX_S, &hourly[..]);
            for month in months_of(2023) {
                let (inside, later) = rest.split_at(month.days() as usize * 24);
                let length_s = i64::from(month.days()) * SECONDS_PER_DAY;
                let [mut usd, mut terms] = bill(inside, &vec![1.0; inside.len()], 1.0);
                for program in &programs {
                    let called = program.hours.iter().map(|w| w.hours_of(from, length_s));
                    let called_mwh = program.enrolled_frac * called.sum::<f64>();
                    let retainer = program.enrolled_frac * program.usd_per_mw_month;
                    let (credit, fine) = (program.credit_usd_per_mwh, program.penalty_usd_per_mwh);
                    let owed = if program.duty == Duty::Curtail { fine } else { -credit };
                    usd += called_mwh * owed - retainer;
                    terms += 2.0 * called_mwh * (credit + fine) + retainer;
                }
                (from, rest) = (from + length_s, later);
                let prices = contract.month(month);
                let pays = prices.below(f64::INFINITY).1 - prices.standing_usd_per_mw();
                prop_assert!(near(pays, usd, 2.0 * terms), "{month} {pays} {usd}");
            }
        }
    }

    /// A time-of-use contract prices every interval by the clock on the wall, bit: on days of 23
    /// hours and of 25 too, and holidays like weekends.
    #[test]
    fn rates_follow_the_clock_on_the_wall(
        (rates, zone, year) in (rates(), zone(), YEARS),
        holidays in prop::collection::vec((1_u32..=12, 1_u32..=28), 0..12),
        step in prop::sample::select(vec![1_800_i64, 3_600]),
    ) {
        let holidays: Vec<(i32, u32, u32)> =
            holidays.into_iter().map(|(month, day)| (year, month, day)).collect();
        let tou = TimeOfUse::new(&rates, None).unwrap().with_holidays(holidays.clone());
        let [start, end] = [year, year + 1].map(|year| year_start(&Zone::utc(), year));
        let over = series(start, step, vec![0.0; usize::try_from((end - start) / step).unwrap()]);
        let rules = rules(zone.name());
        let contract = Contract::new(Tariff::TimeOfUse(tou), Charges::default(), zone);
        let column = contract.pricing(&over).unwrap().energy_usd_per_mwh;
        prop_assert_eq!(column.end_unix_s(), end);
        for (place, price) in column.values().iter().enumerate() {
            let local = shown(&rules, over.unix_s(place));
            let holiday = holidays.contains(&(local.year, local.month, local.day));
            let days = if holiday || local.weekday >= 5 { Days::Weekend } else { Days::Weekday };
            let holds = |rate: &&Rate| {
                rate.months.contains(&local.month)
                    && rate.days == days
                    && (rate.from_hour..rate.to_hour).contains(&local.hour)
            };
            let direct = rates.iter().find(holds).map(|rate| rate.usd_per_mwh);
            prop_assert_eq!(Some(*price), direct, "{:?}", local);
        }
    }
}
