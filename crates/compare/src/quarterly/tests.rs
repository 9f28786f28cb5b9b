//! Sites alone against the whole programme.

use programme::backend::{Backend as _, Effort, Microlp, Outcome};
use programme::check;
use programme::separable::{Part as _, Tries};

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

fn random(numbers: &mut Numbers, sites: usize, keep: f64) -> Quarterly {
    let quarters = 4 + numbers.below(3);
    let sites: Vec<QuarterlySite> = (0..sites)
        .map(|i| {
            let first = numbers.between(20.0, 60.0).round();
            let ramp = numbers.below(quarters as u64);
            let energised =
                (0..quarters).map(|q| if q < ramp { first } else { first + 40.0 }).collect();
            let machines = (0..=numbers.below(3))
                .map(|_| QuarterlyMachines {
                    gross_mw: numbers.between(5.0, 40.0),
                    usd_per_gross_mw_quarter: (0..quarters)
                        .map(|_| numbers.between(-2e4, 1e5))
                        .collect(),
                })
                .collect();
            let offers = (0..=numbers.below(2))
                .map(|u| QuarterlyOffer {
                    id: format!("o{u}"),
                    tenant: [None, Some(0)][numbers.below(2)],
                    group: [None, Some(0)][numbers.below(2)],
                    block_gross_mw: numbers.between(6.0, 20.0).round(),
                    start_quarters: (0..=numbers.below(3)).collect(),
                    blocks_max: 1 + numbers.below(3),
                    min_gross_mw: [0.0, 15.0][numbers.below(2)],
                    lead_quarters: numbers.below(3),
                    capex_usd_per_gross_mw: numbers.between(2e6, 9e6),
                    open_cost_usd: numbers.between(0.0, 5e6),
                    service_usd_per_gross_mw: (0..quarters)
                        .map(|q| numbers.between(4e6, 14e6) * (1.0 - 0.1 * q as f64))
                        .collect(),
                })
                .collect();
            QuarterlySite {
                id: format!("s{i}"),
                energised_gross_mw: energised,
                mining_during_build_frac: keep,
                machines,
                offers,
            }
        })
        .collect();
    let mut capital = 0.0;
    Quarterly {
        quarters,
        discount_rate_frac: 0.12,
        sites,
        tenant_gross_mw: vec![numbers.between(10.0, 60.0)],
        cumulative_capital_usd: (0..quarters)
            .map(|_| {
                capital += numbers.between(0.0, 120e6);
                capital
            })
            .collect(),
        crew_gross_mw: vec![numbers.between(20.0, 80.0); quarters],
    }
}

#[test]
fn a_site_alone_finds_what_its_programme_finds() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for case in 0..60 {
        let quarterly = random(&mut numbers, 1, 0.0);
        let free = Quarterly {
            tenant_gross_mw: vec![f64::INFINITY],
            cumulative_capital_usd: Vec::new(),
            crew_gross_mw: Vec::new(),
            ..quarterly.clone()
        };
        let (programme, columns) = free.programme();
        let Ok(Outcome::Solved(best)) = Microlp.solve(&programme, &Effort::default()) else {
            panic!("{case}: doing nothing is always possible");
        };
        let separable = free.separable();
        let prices = vec![0.0; 1];
        let plan = separable.parts[0].best(&prices);
        assert!(
            (plan.value - best.objective * USD_PER_OBJECTIVE).abs()
                < 1e-7 * plan.value.abs().max(1e6),
            "{case}: {} {}",
            plan.value,
            best.objective
        );
        let bound = separable.parts[0].bound(&prices);
        assert!(bound >= plan.value && bound - plan.value < 1e-9 * (1.0 + plan.value.abs()));
        // The blocks in the programme's own columns are worth the same.
        let mut values = best.values.clone();
        for (starts, counts) in columns.starts[0].iter().zip(&plan.choice) {
            for ((_, column), count) in starts.iter().zip(counts) {
                values[*column] = *count as f64;
            }
        }
        let mut fixed = programme.clone();
        for starts in &columns.starts[0] {
            for (_, column) in starts {
                fixed.columns[*column].lower = values[*column];
                fixed.columns[*column].upper = values[*column];
            }
        }
        let whole = free.values(std::slice::from_ref(&plan.choice));
        let worth = check::feasible(&programme, &whole, 1e-9).unwrap();
        assert!((worth * USD_PER_OBJECTIVE - plan.value).abs() < 1e-9 * plan.value.abs().max(1e6));
        let Ok(Outcome::Solved(again)) = Microlp.solve(&fixed, &Effort::default()) else {
            panic!("{case}: the site's own plan does not fit");
        };
        assert!(
            (again.objective * USD_PER_OBJECTIVE - plan.value).abs()
                < 1e-7 * plan.value.abs().max(1.0),
            "{case}"
        );
    }
}

#[test]
fn sites_together_stay_between_value_and_bound() {
    let mut numbers = Numbers(99);
    for case in 0..40 {
        let keep = [0.0, 0.4][case % 2];
        let sites = 1 + numbers.below(3);
        let quarterly = random(&mut numbers, sites, keep);
        let (programme, _) = quarterly.programme();
        let Ok(Outcome::Solved(best)) = Microlp.solve(&programme, &Effort::default()) else {
            panic!("{case}: doing nothing is always possible");
        };
        check::feasible(&programme, &best.values, 1e-6).unwrap();
        let found = quarterly.separable().solve(&Tries::default()).unwrap().unwrap();
        let best_usd = best.objective * USD_PER_OBJECTIVE;
        let hair = 1e-6 * (1.0 + best_usd.abs());
        assert!(found.value <= best_usd + hair, "{case}: {} {best_usd}", found.value);
        assert!(found.bound >= best_usd - hair, "{case}: {} {best_usd}", found.bound);
    }
}

#[test]
fn the_greedy_trap_is_no_trap() {
    // 100 MW that mine at 0.3 M$ per MW, are leased for 4.5 at 9, or run a cloud for 6.0 at 32.
    let offer = |id: &str, capex, value| QuarterlyOffer {
        id: id.to_owned(),
        tenant: None,
        group: None,
        block_gross_mw: 1.0,
        start_quarters: vec![0],
        blocks_max: 100,
        min_gross_mw: 0.0,
        lead_quarters: 0,
        capex_usd_per_gross_mw: capex,
        open_cost_usd: 0.0,
        service_usd_per_gross_mw: vec![value + capex],
    };
    for (budget, value, price) in [
        (0.0, 30e6, 4.2 / 9.0),
        (450e6, 240e6, 4.2 / 9.0),
        (900e6, 450e6, 1.5 / 23.0),
        (1_500e6, 450e6 + 600e6 * 1.5 / 23.0, 1.5 / 23.0),
        (3_200e6, 600e6, 0.0),
    ] {
        let quarterly = Quarterly {
            quarters: 1,
            discount_rate_frac: 0.0,
            sites: vec![QuarterlySite {
                id: "trap".to_owned(),
                energised_gross_mw: vec![100.0],
                mining_during_build_frac: 0.0,
                machines: vec![QuarterlyMachines {
                    gross_mw: 100.0,
                    usd_per_gross_mw_quarter: vec![0.3e6],
                }],
                offers: vec![offer("colo", 9e6, 4.5e6), offer("cloud", 32e6, 6e6)],
            }],
            tenant_gross_mw: Vec::new(),
            cumulative_capital_usd: vec![budget],
            crew_gross_mw: Vec::new(),
        };
        let (programme, _) = quarterly.programme();
        let lp = programme.relaxed();
        let Ok(Outcome::Solved(best)) = Microlp.solve(&lp, &Effort::default()) else {
            panic!("{budget}");
        };
        assert!((best.objective * USD_PER_OBJECTIVE - value).abs() < 1.0, "{budget}: {best:?}");
        let found = quarterly.separable().solve(&Tries::default()).unwrap().unwrap();
        assert!((found.price_bound - value).abs() < 1e-6 * value, "{budget}: {found:?}");
        // At a kink any price between both slopes is one.
        if ![0.0, 900e6, 3_200e6].contains(&budget) {
            assert!((found.prices[0] - price).abs() < 1e-6, "{budget}: {:?}", found.prices);
        }
        assert!(found.value <= value + 1.0 && found.value > value - 4.2e6);
    }
}
