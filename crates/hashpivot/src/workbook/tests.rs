//! Tests of workbooks that need no spreadsheet.

use compare::Watch;

use super::*;
use crate::input::{self, Document, Loaded, Sources};
use crate::run::{Answer, Depth, answer};

fn load(sets: &[&str]) -> Loaded {
    let sets = sets.iter().map(ToString::to_string).collect();
    let sources = Sources { sets, ..Sources::of(Document::example()) };
    input::load(&sources, &input::no_files).unwrap()
}

fn decided(loaded: &Loaded) -> Answer {
    answer(loaded, None, Depth::Quick, &Watch::default()).unwrap()
}

/// Every formula's own number is the engine's.
#[test]
fn formulas_come_to_what_the_engine_says() {
    for sets in [
        &[][..],
        &["site.cedar-fork.tariff.usd_per_mwh=30"],
        &["site.cedar-fork.offer.cedar-fork-nnn.must=true"],
        &[
            "site.cedar-fork.offer.cedar-fork-colo.must=true",
            "site.cedar-fork.offer.cedar-fork-colo.lease=gross",
            "site.cedar-fork.offer.cedar-fork-colo.free_months=2.5",
        ],
        &["site.pecan-ridge.offer.pecan-ridge-colo.must=true"],
        &["site.pecan-ridge.mining_policies=[\"refresh\"]", "valuation.horizon_months=85"],
        &["valuation.discount_rate_frac_by_use={ mining = 0.16, colocation = 0.10 }"],
        &["financing={ objective = \"equity_npv_per_share\", own_cash_usd = 400e6, shares = { \
             outstanding_shares = 300e6, price_usd_per_share = 12.0 }, loan = [{ id = \"project\", \
             kind = \"project_debt\", ltc_frac = 0.7, coupon_frac = 0.075, tenor_months = 120, \
             repayment = \"sculpted\", sculpted_dscr = 1.35 }], at_the_market = { max_usd = 800e6, \
             discount_frac = 0.04 } }"],
    ] {
        let loaded = load(sets);
        let (bytes, differing) = write::build(&loaded, &decided(&loaded)).unwrap();
        assert_eq!(differing, Vec::<String>::new(), "{sets:?}");
        assert!(bytes.len() > 10_000);
    }
}

#[test]
fn garbage_is_refused_without_a_panic() {
    let loaded = load(&[]);
    let bytes = write(&loaded, &decided(&loaded)).unwrap();
    assert!(read("x", &[]).is_err());
    assert!(read("x", b"PK\x05\x06 not a workbook").is_err());
    for cut in [1, 100, bytes.len() / 2, bytes.len() - 30] {
        assert!(read("x", &bytes[..cut]).is_err(), "{cut}");
    }
    // A byte changed here and there: read or refused, never a panic.
    for step in 1..40 {
        let mut broken = bytes.clone();
        let at = step * 7_919 % broken.len();
        broken[at] ^= 0x55;
        let _ = read("x", &broken);
    }
}
