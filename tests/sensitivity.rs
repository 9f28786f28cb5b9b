//! Inputs that move: every point is the plan with those numbers set, whoever computes it and on
//! however many threads; what cannot be moved is named.
#![expect(clippy::unwrap_used, reason = "the built-in example")]

use compare::{Watch, decide_plans};
use hashpivot::Error;
use hashpivot::input::{self, Document, Sources, numbers};
use hashpivot::result::PointResult;
use hashpivot::sensitivity::{MapArguments, SensitivityArguments, map, sensitivity};

fn example() -> Sources {
    Sources::of(Document::example())
}

/// The plan with some numbers set, decided the plain way.
fn decided(sets: &[String]) -> f64 {
    let sources = Sources { sets: sets.to_vec(), ..example() };
    let built = input::load(&sources, &input::no_files).unwrap().build().unwrap();
    decide_plans(&built.portfolio, &built.world).unwrap().npv_usd
}

fn asked(inputs: &[&str]) -> SensitivityArguments {
    let inputs = inputs.iter().map(|input| (*input).to_owned()).collect();
    SensitivityArguments { inputs, ..SensitivityArguments::default() }
}

const RENT: &str = "site.cedar-fork.offer.cedar-fork-colo.rent_first_usd_per_kw_month";

#[test]
fn an_end_is_the_plan_with_that_number_set() {
    let watch = Watch::default();
    let asked = asked(&["bitcoin.price_usd_per_btc", &format!("{RENT}=100..170")]);
    let found = sensitivity(&example(), &input::no_files, &asked, &watch).unwrap();
    assert_eq!(found.base.npv_usd, decided(&[]));
    assert_eq!(found.rows.len(), 2);
    for row in &found.rows {
        let at = |value: f64| decided(&[format!("{}={value:?}", row.input)]);
        let usd = |point: &Option<PointResult>| point.as_ref().unwrap().npv_usd;
        assert_eq!(usd(&row.low), at(row.low_value));
        assert_eq!(usd(&row.high), at(row.high_value));
        let ends = [usd(&row.low), usd(&row.high), found.base.npv_usd];
        let (least, most) =
            ends.iter().fold((f64::MAX, f64::MIN), |(l, m), usd| (l.min(*usd), m.max(*usd)));
        assert_eq!(row.swing_usd, most - least);
    }
    // A fifth of 84,714 to either side, and the range that was asked for.
    let price = found.rows.iter().find(|row| row.input.starts_with("bitcoin")).unwrap();
    assert!((price.low_value - 0.8 * 84_714.0).abs() < 1e-9 && price.low_value < price.high_value);
    let rent = found.rows.iter().find(|row| row.input == RENT).unwrap();
    assert_eq!((rent.low_value, rent.base_value, rent.high_value), (100.0, 136.0, 170.0));
    // One base and two ends each.
    assert_eq!(watch.progress(), (5, 5));
}

#[test]
fn any_number_of_threads_gives_the_same_answer() {
    let all = || {
        let asked = SensitivityArguments { site: Some("mesquite".into()), ..asked(&[]) };
        sensitivity(&example(), &input::no_files, &asked, &Watch::default()).unwrap()
    };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let alone = one.install(all);
    let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(alone, three.install(all));
    // Inputs of other sites are left alone, largest swings come first, and within its range.
    assert!(
        alone.rows.iter().all(|row| {
            !row.input.starts_with("site.") || row.input.starts_with("site.mesquite.")
        })
    );
    assert!(alone.rows.windows(2).all(|pair| pair[0].swing_usd >= pair[1].swing_usd));
    let sources = example();
    let loaded = input::load(&sources, &input::no_files).unwrap();
    for row in &alone.rows {
        let field = numbers(&loaded).into_iter().find(|f| f.path == row.input).unwrap();
        assert!(field.minimum <= row.low_value && row.high_value <= field.maximum, "{}", row.input);
    }
}

#[test]
fn a_cell_of_a_map_is_the_plan_with_both_numbers_set() {
    let arguments = MapArguments {
        x: Some("bitcoin.price_usd_per_btc=60_000..120_000:3".into()),
        y: Some(format!("{RENT}=110..160:2")),
    };
    let found = map(&example(), &input::no_files, &arguments, &Watch::default()).unwrap();
    assert_eq!(found.x.values, [60_000.0, 90_000.0, 120_000.0]);
    assert_eq!(found.y.values, [110.0, 160.0]);
    assert_eq!(found.cells.len(), 6);
    for cell in &found.cells {
        let sets = [
            format!("bitcoin.price_usd_per_btc={:?}", cell.x_value),
            format!("{RENT}={:?}", cell.y_value),
        ];
        assert_eq!(cell.point.as_ref().unwrap().npv_usd, decided(&sets));
    }
    assert_eq!((found.cells[4].x_value, found.cells[4].y_value), (90_000.0, 160.0));
}

#[test]
fn what_cannot_be_moved_is_named() {
    let refuses = |inputs: &[&str], said: &str| {
        let asked = asked(inputs);
        let found = sensitivity(&example(), &input::no_files, &asked, &Watch::default());
        let Err(Error::Input(faults)) = found else { panic!("{inputs:?} was taken") };
        let text = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(text.contains(said), "{inputs:?}: {text}");
        assert_eq!(faults.len(), inputs.len());
    };
    refuses(&["bitcoin.price_usd_per_bct"], "did you mean bitcoin.price_usd_per_btc?");
    refuses(&["valuation.tax_rate_frac=0.1..21"], "within 0..=1");
    refuses(&["valuation.tax_rate_frac=0.3..0.1"], "a rising range");
    refuses(&["nothing", "valuation.tax_rate_frac=low"], "low..high");
    let asked = MapArguments { x: Some(RENT.into()), y: Some(RENT.into()) };
    let found = map(&example(), &input::no_files, &asked, &Watch::default());
    assert!(matches!(found, Err(Error::Input(_))));
}

#[test]
fn work_that_nobody_waits_for_stops() {
    let watch = Watch::default();
    watch.cancel();
    let found = sensitivity(&example(), &input::no_files, &asked(&[]), &watch);
    assert!(matches!(found, Err(Error::Compare(compare::Error::Cancelled))));
}
