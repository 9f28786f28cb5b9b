//! Companies as sums of their parts: parts add up, a price and what it implies are inverse, and every
//! input says where it comes from.
#![expect(
    clippy::unwrap_used,
    reason = "answers on built-in figures; a test that cannot read them stops"
)]

use compare::company::{
    Company, Megawatts, Unknown, counted_critical_mw, implied, slope_usd_per_share,
};
use hashpivot::company::{
    CompaniesArguments, FrameworkArguments, ImpliedArguments, companies, implied_by_price,
};
use hashpivot::error::Error;
use hashpivot::facts::company::COMPANIES;
use hashpivot::result::{CompanyRow, ImpliedResult};
use proptest::prelude::*;

/// Sums of five parts in another order, and a division.
const SUMS: f64 = 1e-12;
/// A price put through its inverse and back.
const BACK: f64 = 1e-9;
/// Unsigned megawatts where the tables have none, so that there is a probability to solve for.
const SOME_CRITICAL_MW: f64 = 300.0;
const UNKNOWNS: [Unknown; 3] = [Unknown::UnsignedCriticalMw, Unknown::EhPerS, Unknown::SigningFrac];

fn six() -> Vec<CompanyRow> {
    companies(&CompaniesArguments::default()).unwrap().companies
}

fn of<'a>(rows: &'a [CompanyRow], id: &str) -> &'a CompanyRow {
    rows.iter().find(|row| row.company == id).unwrap()
}

fn part(row: &CompanyRow, name: &str) -> f64 {
    row.parts.iter().find(|part| part.part == name).unwrap().part_usd
}

fn asked(id: &str, usd_per_share: f64) -> ImpliedArguments {
    ImpliedArguments { company: id.into(), usd_per_share, ..ImpliedArguments::default() }
}

fn solved(arguments: &ImpliedArguments) -> ImpliedResult {
    implied_by_price(arguments).unwrap()
}

fn refused(result: Result<impl Sized, Error>) -> Vec<units::Violation> {
    let error = result.err().unwrap();
    assert_eq!(error.exit_code(), 3);
    error.violations()
}

/// Inputs of a company by name and unit.
fn inputs(row: &CompanyRow, name: &str, unit: &str) -> Vec<f64> {
    let wanted = row.inputs.iter().filter(|input| input.input == name && input.unit == unit);
    wanted.map(|input| input.input_value).collect()
}

fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance * scale, "{what}: {found}, not {expected}");
}

#[test]
fn parts_add_up_to_the_value_of_a_share() {
    let rows = six();
    assert_eq!(rows.len(), COMPANIES.len());
    for row in &rows {
        let usd: f64 = row.parts.iter().map(|part| part.part_usd).sum();
        let per_share: f64 = row.parts.iter().map(|part| part.part_usd_per_share).sum();
        close(row.name, per_share, row.parts_usd_per_share, SUMS);
        close(row.name, usd / row.fully_diluted_shares, row.parts_usd_per_share, SUMS);
        assert_eq!(part(row, "net_debt"), -row.net_debt_usd);
    }
}

/// Each part again from the rows that the answer itself prints.
#[test]
fn parts_come_from_the_inputs_beside_them() {
    for row in six() {
        let one = |name: &str, unit: &str| -> f64 {
            let found = inputs(&row, name, unit);
            assert_eq!(found.len(), 1, "{}: {name}", row.name);
            found[0]
        };
        let sum = |name: &str, unit: &str| -> f64 { inputs(&row, name, unit).iter().sum() };
        let ratio = one("gross_per_critical", "gross MW per critical MW");
        let mw = |name: &str| sum(name, "MW critical") + sum(name, "MW gross") / ratio;
        let hash_rate = one("hash_rate", "EH/s");
        let business = match inputs(&row, "mining_business", "USD").as_slice() {
            [usd] => *usd,
            _ => hash_rate * 1e6 * one("mining_value", "USD per TH/s"),
        };
        close(row.name, part(&row, "mining"), business, SUMS);
        let coins = one("btc_held", "BTC") * one("btc_price", "USD/BTC");
        close(row.name, part(&row, "bitcoin"), coins, SUMS);
        let net = sum("debt", "USD") - one("cash", "USD");
        close(row.name, row.net_debt_usd, net, SUMS);
        let cloud = mw("signed_cloud") + mw("unsigned_cloud") > 0.0;
        let unit = "USD/MW critical";
        let worth = if cloud {
            one("cloud", unit)
        } else {
            f64::midpoint(one("colocation_low", unit), one("colocation_high", unit))
        };
        let signed = mw("signed_cloud") + mw("signed_colocation");
        close(row.name, part(&row, "signed"), signed * worth, SUMS);
        let unsigned = mw("unsigned_cloud") + mw("unsigned_colocation");
        let counted = unsigned.min(one("tenant_cap", "MW gross") / ratio);
        let odds = one("signing_probability", "fraction");
        close(row.name, part(&row, "unsigned"), odds * counted * worth, SUMS);
        let power = inputs(&row, "power", "MW gross");
        let room = (!power.is_empty()).then(|| power.iter().sum::<f64>() / ratio - signed);
        assert_eq!(room.is_some(), row.room_critical_mw.is_some(), "{}", row.name);
        close(row.name, row.room_critical_mw.unwrap_or(0.0), room.unwrap_or(0.0), SUMS);
        let shares = one("shares_fully_diluted", "shares");
        assert_eq!(row.fully_diluted_shares, shares);
    }
}

#[test]
fn net_debt_is_what_others_derive_from_the_same_filings() {
    let rows = six();
    for (id, published_usd) in [
        ("cleanspark", 774.7e6),
        ("iren", 190.0e6),
        ("mara", 2_771.169e6),
        ("riot", 463.7e6),
        ("core-scientific", 287.8e6),
    ] {
        close(id, of(&rows, id).net_debt_usd, published_usd, SUMS);
    }
}

#[test]
fn published_mining_businesses_come_out_and_are_the_measure_of_the_others() {
    let rows = six();
    close("Riot", part(of(&rows, "riot"), "mining"), 1.0e9, SUMS);
    close("MARA", part(of(&rows, "mara"), "mining"), 1.3e9, SUMS);
    let per_eh = 2.3e9 / (36.5 + 60.4);
    for id in ["cipher", "cleanspark", "iren", "core-scientific"] {
        let row = of(&rows, id);
        let eh = inputs(row, "hash_rate", "EH/s")[0];
        close(id, part(row, "mining"), per_eh * eh, SUMS);
        assert!(row.inputs.iter().any(|i| i.input == "mining_value" && i.status == "assumption"));
    }
}

#[test]
fn every_input_has_a_source_or_is_marked_as_assumed_and_counted() {
    for row in six() {
        let count = |status: &str| row.inputs.iter().filter(|i| i.status == status).count();
        for input in &row.inputs {
            assert!(
                ["sourced", "unverified", "assumption"].contains(&input.status),
                "{}: {input:?}",
                row.name
            );
            assert!(input.source.len() > 10, "{}: {input:?}", row.name);
            let dated = !input.as_of.is_empty() || input.status == "assumption";
            assert!(dated, "{}: {input:?}", row.name);
        }
        assert_eq!(row.input_count, row.inputs.len(), "{}", row.name);
        assert_eq!(row.assumed_count, count("assumption"), "{}", row.name);
        assert_eq!(row.unverified_count, count("unverified"), "{}", row.name);
        assert_eq!(row.complete, count("sourced") == row.inputs.len(), "{}", row.name);
    }
    let rows = six();
    let assumed: Vec<usize> = COMPANIES.iter().map(|(id, _)| of(&rows, id).assumed_count).collect();
    assert_eq!(assumed, [2, 2, 2, 2, 0, 2]);
}

/// What a price implies, put back where it came from, brings the price.
#[test]
fn what_is_implied_brings_the_price_back() {
    for (id, _) in COMPANIES {
        for usd_per_share in [0.5, 7.0, 25.0, 120.0] {
            let result = solved(&ImpliedArguments {
                unsigned_critical_mw: Some(SOME_CRITICAL_MW),
                ..asked(id, usd_per_share)
            });
            let solves: Vec<&str> = result.rows.iter().map(|row| row.solve).collect();
            assert_eq!(solves, ["mw", "eh", "probability"]);
            let company = result.company;
            for row in result.rows {
                let amount = row.implied_amount.unwrap();
                let moved = (amount - row.counted_amount) * row.usd_per_share_per_unit;
                close(row.solve, company.parts_usd_per_share + moved, usd_per_share, BACK);
            }
        }
    }
}

/// The same through the command's own arguments, for what can be given there.
#[test]
fn implied_megawatts_and_odds_typed_in_bring_the_price_back() {
    for (id, _) in COMPANIES {
        for usd_per_share in [1.0, 30.0, 90.0] {
            let mw = solved(&asked(id, usd_per_share)).rows[0].implied_amount.unwrap();
            if (0.0..=10_000.0).contains(&mw) {
                let back = solved(&ImpliedArguments {
                    unsigned_critical_mw: Some(mw),
                    ..asked(id, usd_per_share)
                });
                close(id, back.company.parts_usd_per_share, usd_per_share, BACK);
            }
            let given = ImpliedArguments {
                unsigned_critical_mw: Some(SOME_CRITICAL_MW),
                solve: Some(Unknown::SigningFrac),
                ..asked(id, usd_per_share)
            };
            let odds = solved(&given).rows[0].implied_amount.unwrap();
            if (0.0..=1.0).contains(&odds) {
                let framework =
                    FrameworkArguments { signing_frac: Some(odds), ..given.framework.clone() };
                let back = solved(&ImpliedArguments { framework, ..given });
                close(id, back.company.parts_usd_per_share, usd_per_share, BACK);
            }
        }
    }
}

#[test]
fn what_is_implied_rises_with_the_price() {
    for (id, _) in COMPANIES {
        for place in 0..UNKNOWNS.len() {
            let mut before = f64::NEG_INFINITY;
            for price in 1..=100 {
                let result = solved(&ImpliedArguments {
                    unsigned_critical_mw: Some(SOME_CRITICAL_MW),
                    ..asked(id, f64::from(price))
                });
                let amount = result.rows[place].implied_amount.unwrap();
                assert!(amount > before, "{id}: {amount} at {price}");
                before = amount;
            }
        }
    }
}

#[test]
fn amounts_that_cannot_be_had_are_answers_with_a_note() {
    let note = |id: &str, usd_per_share: f64, place: usize| {
        solved(&asked(id, usd_per_share)).rows[place].note.clone()
    };
    // A cent a share: all else is worth more.
    assert!(note("iren", 0.01, 0).starts_with("less than nothing"));
    // IREN's power carries 2,910 / 1.43 MW critical, 200 of them signed.
    let room = 2_910.0 / 1.43 - 200.0;
    let iren = solved(&asked("iren", 48.0));
    close("room", iren.company.room_critical_mw.unwrap(), room, SUMS);
    let all = ImpliedArguments { unsigned_critical_mw: Some(room), ..asked("iren", 48.0) };
    let full = solved(&all).company.parts_usd_per_share;
    assert_eq!(note("iren", full - 0.01, 0), "");
    let above = note("iren", full + 0.01, 0);
    assert!(above.starts_with("more than the company has") && above.contains("1,835.0"), "{above}");
    // At certainty.
    let sure = FrameworkArguments { signing_frac: Some(1.0), ..FrameworkArguments::default() };
    let sure = solved(&ImpliedArguments { framework: sure, ..asked("iren", 48.0) });
    let sure = sure.company.parts_usd_per_share;
    assert_eq!(note("iren", sure - 0.01, 2), "");
    assert_eq!(note("iren", sure + 0.01, 2), "more than certainty");
    // Nothing to be signed, and power that no row gives.
    let mara = solved(&asked("mara", 20.0));
    assert_eq!(mara.rows[2].implied_amount, None);
    assert_eq!(mara.rows[2].note, "there are no unsigned megawatts to be signed");
    assert_eq!(mara.company.room_critical_mw, None);
}

/// The press: at IREN's price of September 2025 more than a gigawatt was held to be priced in.
#[test]
fn a_gigawatt_is_priced_in_at_some_price_of_iren() {
    let mw = |usd_per_share: f64| {
        solved(&asked("iren", usd_per_share)).rows[0].implied_gross_mw.unwrap()
    };
    let (low, high) = (mw(5.0), mw(40.0));
    assert!(low < 1_000.0 && high > 1_000.0, "{low} .. {high}");
    let result = solved(&asked("iren", 40.0));
    let amount = result.rows[0].implied_amount.unwrap();
    close("gross", high, amount * 1.43, SUMS);
}

#[test]
fn companies_are_ranked_by_upside_and_those_without_a_price_come_last() {
    let prices = vec![("Riot".to_owned(), 15.0), ("iren".into(), 48.0), ("MARA".into(), 11.5)];
    let asked = CompaniesArguments { prices, ..CompaniesArguments::default() };
    let rows = companies(&asked).unwrap().companies;
    let ranked: Vec<usize> = rows.iter().filter_map(|row| row.rank).collect();
    assert_eq!(ranked, [1, 2, 3]);
    for row in &rows[..3] {
        let price = row.price_usd_per_share.unwrap();
        let upside = row.relative_upside_frac.unwrap();
        close(row.name, (1.0 + upside) * price, row.parts_usd_per_share, SUMS);
    }
    assert!(rows[..3].windows(2).all(|w| w[0].relative_upside_frac >= w[1].relative_upside_frac));
    let rest: Vec<&str> = rows[3..].iter().map(|row| row.company).collect();
    assert_eq!(rest, ["cipher", "cleanspark", "core-scientific"]);
    assert!(rows[3..].iter().all(|row| row.rank.is_none() && row.relative_upside_frac.is_none()));
}

#[test]
fn what_is_given_takes_the_place_of_what_is_built_in() {
    let framework = FrameworkArguments {
        usd_per_btc: Some(100e3),
        signing_frac: Some(0.25),
        colocation_usd_per_mw: Some(8e6),
        cloud_usd_per_mw: None,
    };
    let result = companies(&CompaniesArguments { framework, ..CompaniesArguments::default() });
    let result = result.unwrap();
    let left: Vec<&str> = result.about.defaults.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(left, ["--cloud-usd-per-mw"]);
    let riot = of(&result.companies, "riot");
    close("bitcoin", part(riot, "bitcoin"), 19_287.0 * 100e3, SUMS);
    close("unsigned", part(riot, "unsigned"), 0.25 * (800.0 / 1.43) * 8e6, SUMS);
    assert_eq!(riot.inputs.iter().filter(|input| input.status == "given").count(), 3);
    let default = companies(&CompaniesArguments::default()).unwrap();
    assert_eq!(default.about.defaults.len(), 4);
}

#[test]
fn what_cannot_be_used_is_refused_all_at_once() {
    let faults = refused(implied_by_price(&asked("core", 0.0)));
    assert_eq!(faults.len(), 2);
    assert!(faults.iter().any(|fault| fault.path == "--price"));
    let unknown = faults.iter().find(|fault| fault.path == "--company").unwrap();
    assert!(unknown.hint.starts_with("nearest: core-scientific"), "{unknown}");
    for usd in [-1.0, f64::NAN, f64::INFINITY, 1e7] {
        assert_eq!(refused(implied_by_price(&asked("iren", usd))).len(), 1, "{usd}");
    }
    let prices = vec![("iren".into(), 48.0), ("IREN".into(), 50.0), ("enron".into(), 90.0)];
    let faults = refused(companies(&CompaniesArguments {
        prices,
        framework: FrameworkArguments { signing_frac: Some(50.0), ..Default::default() },
    }));
    let codes: Vec<&str> = faults.iter().map(|fault| fault.code.as_str()).collect();
    assert_eq!(codes, ["range", "duplicate", "unknown_reference"]);
}

proptest! {
    /// Any company: the parts add up, and each inverse is exact.
    #[test]
    fn any_company_is_the_sum_of_its_parts(
        (eh, per_th, btc, usd_per_btc) in (0.1..100.0, 5.0..60.0, 0.0..60e3, 20e3..200e3),
        signed in prop::collection::vec((0.0..800.0, 1e6..15e6), 0..4),
        (unsigned, worth, odds) in (10.0..2_000.0, 1e6..15e6, 0.05..1.0),
        (debt, cash, shares) in (0.0..5e9, 0.0..5e9, 50e6..600e6),
        usd_per_share in 0.1..200.0,
    ) {
        let signed: Vec<Megawatts> = signed
            .into_iter()
            .map(|(critical_mw, usd_per_critical_mw)| Megawatts { critical_mw, usd_per_critical_mw })
            .collect();
        let company = Company {
            eh_per_s: eh,
            mining_usd_per_th: per_th,
            held_btc: btc,
            usd_per_btc,
            signed,
            unsigned: Megawatts { critical_mw: unsigned, usd_per_critical_mw: worth },
            signing_frac: odds,
            debt_usd: debt,
            cash_usd: cash,
            diluted_shares: shares,
        };
        let value = company.usd_per_share();
        let parts = company.parts();
        // Against the largest term: net debt may leave next to nothing.
        let largest = (parts.mining_usd + parts.bitcoin_usd + parts.signed_usd
            + parts.unsigned_usd + debt + cash) / shares;
        prop_assert!((parts.equity_usd() / shares - value).abs() <= SUMS * largest);
        for unknown in UNKNOWNS {
            let amount = implied(&company, unknown, usd_per_share).unwrap();
            let back = company.with(unknown, amount).usd_per_share();
            let scale = largest.max(usd_per_share);
            prop_assert!((back - usd_per_share).abs() <= SUMS * scale, "{unknown:?}: {back}");
            // The slope is that of the value, and the inverse of the inverse's.
            let slope = slope_usd_per_share(&company, unknown);
            let one_more = implied(&company, unknown, usd_per_share + 1.0).unwrap();
            prop_assert!(((one_more - amount) * slope - 1.0).abs() <= BACK * scale.max(1.0));
        }
    }

    /// A tenant takes no more than its cap, and all of what is below it.
    #[test]
    fn a_tenant_takes_no_more_than_its_cap(
        critical_mw in 0.0..2_000.0, cap in 0.0..2_000.0, ratio in 1.0..2.0,
    ) {
        let counted = counted_critical_mw(critical_mw, cap, ratio);
        prop_assert!(counted <= critical_mw && counted * ratio <= cap * (1.0 + SUMS));
        prop_assert!(counted == critical_mw || (counted * ratio / cap - 1.0).abs() <= SUMS);
    }
}
