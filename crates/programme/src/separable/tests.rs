//! Against all combinations.

use super::*;

/// Numbers that look random and are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n).unwrap()
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.below(1 << 40) as f64 / (1_u64 << 40) as f64)
    }
}

/// Parts with a plan that takes nothing, and limits that cut.
fn random(numbers: &mut Numbers, with_purchase: bool) -> Separable<Menu<usize>> {
    let limits = 1 + numbers.below(3);
    let parts = 1 + numbers.below(5);
    let mut total = vec![0.0; limits];
    let parts: Vec<Menu<usize>> = (0..parts)
        .map(|_| {
            let mut plans =
                vec![Plan { choice: 0, value: numbers.between(-1.0, 2.0), usage: Vec::new() }];
            for choice in 1..2 + numbers.below(4) {
                let usage: Vec<(usize, f64)> =
                    (0..limits).map(|k| (k, numbers.between(0.0, 10.0).floor())).collect();
                for (k, amount) in &usage {
                    total[*k] += amount;
                }
                plans.push(Plan { choice, value: numbers.between(-2.0, 20.0), usage });
            }
            Menu(plans)
        })
        .collect();
    let limits: Vec<Limit> = total
        .iter()
        .map(|sum| Limit { name: String::new(), upper: sum * numbers.between(0.05, 0.5) })
        .collect();
    let purchases = if with_purchase {
        let gives = (0..limits.len()).map(|k| (k, 1.0)).collect();
        vec![Purchase { name: String::new(), cost: numbers.between(0.1, 3.0), upper: 5.0, gives }]
    } else {
        Vec::new()
    };
    Separable { parts, limits, purchases }
}

/// The best of all combinations.
fn brute_force(separable: &Separable<Menu<usize>>) -> Option<f64> {
    let mut best: Option<f64> = None;
    let combinations: usize = separable.parts.iter().map(|menu| menu.0.len()).product();
    for mut n in 0..combinations {
        let plans: Vec<&Plan<usize>> = separable
            .parts
            .iter()
            .map(|menu| {
                let plan = &menu.0[n % menu.0.len()];
                n /= menu.0.len();
                plan
            })
            .collect();
        let usage = separable.usage(plans.iter().copied());
        // With one purchase that gives one of everything, what is missing most must be bought.
        let missing = usage.iter().zip(&separable.limits).map(|(u, l)| u - l.upper);
        let missing = missing.fold(0.0, f64::max);
        let value: f64 = plans.iter().map(|plan| plan.value).sum();
        let value = match separable.purchases.first() {
            _ if missing <= 1e-9 => value,
            Some(purchase) if missing <= purchase.upper => value - missing * purchase.cost,
            _ => continue,
        };
        best = Some(best.map_or(value, |b: f64| b.max(value)));
    }
    best
}

#[test]
fn every_combination_is_no_better() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut bound_by_prices = 0;
    for case in 0..600 {
        let separable = random(&mut numbers, case % 3 == 0);
        let found = separable.solve(&Tries::default()).unwrap().unwrap();
        let best = brute_force(&separable).unwrap();
        assert!(
            (found.value - best).abs() <= 1e-8 * (1.0 + best.abs()),
            "{case}: {found:?} {best}"
        );
        assert!(found.price_bound >= best - 1e-9, "{case}: {found:?} {best}");
        assert!(found.gap_frac() <= 1e-8, "{case}: {found:?}");
        assert!(found.nodes.is_some() || found.rounds > 0);
        bound_by_prices += usize::from(found.prices.iter().any(|price| *price > 0.0));
    }
    assert!(bound_by_prices > 300, "limits have to cut: {bound_by_prices}");
}

#[test]
fn repair_alone_stays_within_its_bound() {
    let mut numbers = Numbers(77);
    for case in 0..200 {
        let separable = random(&mut numbers, false);
        let tries = Tries { nodes: 0, ..Tries::default() };
        let found = separable.solve(&tries).unwrap().unwrap();
        let best = brute_force(&separable).unwrap();
        assert!(
            found.value <= best + 1e-9 && found.bound >= best - 1e-9,
            "{case}: {found:?} {best}"
        );
        let usage = separable.usage(&found.plans);
        assert!(usage.iter().zip(&separable.limits).all(|(u, l)| *u <= l.upper + 1e-6));
    }
}

#[test]
fn what_cannot_be_had_has_no_answer() {
    let must = Menu(vec![Plan { choice: 0, value: 5.0, usage: vec![(0, 3.0)] }]);
    let limits = vec![Limit { name: "room".to_owned(), upper: 5.0 }];
    let separable = Separable { parts: vec![must.clone(), must], limits, purchases: Vec::new() };
    assert_eq!(separable.solve(&Tries::default()).unwrap(), None);
    // One more unit can be bought.
    let purchase =
        Purchase { name: "more".to_owned(), cost: 2.0, upper: 4.0, gives: vec![(0, 1.0)] };
    let separable = Separable { purchases: vec![purchase], ..separable };
    let found = separable.solve(&Tries::default()).unwrap().unwrap();
    assert!((found.value - 8.0).abs() < 1e-9 && (found.bought[0] - 1.0).abs() < 1e-9);
}

#[test]
fn the_price_of_a_limit_is_the_slope_of_what_it_cuts() {
    // 100 MW in a hundred parts of one: mine (0, 0.3), lease (9, 4.5) or cloud (32, 6.0).
    let menu = || {
        let plan = |choice, capital, value| Plan { choice, value, usage: vec![(0, capital)] };
        Menu(vec![plan(0, 0.0, 0.3), plan(1, 9.0, 4.5), plan(2, 32.0, 6.0)])
    };
    for (budget, price, bound) in
        [(450.0, 4.2 / 9.0, 240.0), (1_500.0, 1.5 / 23.0, 450.0 + 600.0 * 1.5 / 23.0)]
    {
        let limits = vec![Limit { name: "capital".to_owned(), upper: budget }];
        let parts = (0..100).map(|_| menu()).collect();
        let separable = Separable { parts, limits, purchases: Vec::new() };
        let found = separable.solve(&Tries { nodes: 0, ..Tries::default() }).unwrap().unwrap();
        assert!((found.price_bound - bound).abs() < 1e-6 * bound, "{found:?}");
        assert!((found.prices[0] - price).abs() < 1e-6, "{:?}", found.prices);
        // At most one part is rounded down.
        assert!(found.bound - found.value <= 1.5 + 1e-6);
    }
}
