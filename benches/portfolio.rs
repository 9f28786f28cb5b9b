//! Portfolios of growing size: how long the sites' own search and, where it is built in, HiGHS take,
//! and how sure the answer is.
//!
//! `cargo bench -p hashpivot-benches --bench portfolio [--features highs] [-- SITES QUARTERS]`

use std::time::Instant;

use compare::quarterly::{Quarterly, QuarterlyMachines, QuarterlyOffer, QuarterlySite};
use cpu_time::ProcessTime;
use programme::separable::Tries;

/// Marsaglia's xorshift with shifts of 13, 7 and 17.
struct Xorshift(u64);

impl Xorshift {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let share = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * share
    }
}

/// Mining, leases, clouds and standing idle at sites that share a budget and two tenants: 50
/// columns and 14 rows a site over 12 quarters, 26 of the columns whole.
fn portfolio(sites: usize, quarters: usize) -> Quarterly {
    let mut numbers = Xorshift(42);
    let mut wanted_usd = 0.0;
    let mut wanted_gross_mw = 0.0;
    let sites: Vec<QuarterlySite> = (0..sites)
        .map(|i| {
            let approved = numbers.between(80.0, 400.0).round();
            let first = (approved * numbers.between(0.4, 1.0)).round();
            let energised =
                (0..quarters).map(|q| if 3 * q < quarters { first } else { approved }).collect();
            let margin = numbers.between(0.03e6, 0.11e6);
            let fall = numbers.between(0.93, 0.99);
            let mut usd = margin;
            let margins = (0..quarters)
                .map(|_| {
                    usd *= fall;
                    usd
                })
                .collect();
            // Halls of one kind; building costs what it costs in one of three regions.
            let region = [0.9, 1.0, 1.15][i % 3];
            let mut offer = |id: &str, tenant, capex: f64, value: f64, (lead, block)| {
                let capex = capex * region;
                let value = capex + value * numbers.between(0.5, 1.4);
                let later = numbers.between(0.95, 0.99);
                let mut usd = value;
                let by_start = (0..quarters)
                    .map(|_| {
                        usd *= later;
                        usd
                    })
                    .collect();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few")]
                let most = (approved / block) as usize;
                wanted_usd += capex * approved / 2.0;
                wanted_gross_mw += approved / 2.0;
                QuarterlyOffer {
                    id: id.to_owned(),
                    tenant,
                    group: None,
                    block_gross_mw: block,
                    // Nobody signs today for what begins in more than three years.
                    start_quarters: (0..quarters.min(12)).collect(),
                    blocks_max: most,
                    min_gross_mw: 0.0,
                    lead_quarters: lead,
                    capex_usd_per_gross_mw: capex,
                    open_cost_usd: numbers.between(1e6, 8e6),
                    service_usd_per_gross_mw: by_start,
                }
            };
            let offers = vec![
                offer("colo", Some(i % 2), 6.0e6, 3.2e6, (4, 20.0)),
                offer("cloud", None, 22.0e6, 4.5e6, (5, 10.0)),
            ];
            QuarterlySite {
                id: format!("s{i}"),
                energised_gross_mw: energised,
                mining_during_build_frac: 0.0,
                machines: vec![QuarterlyMachines {
                    gross_mw: approved,
                    usd_per_gross_mw_quarter: margins,
                }],
                offers,
            }
        })
        .collect();
    // Capital is short in the first year, and enough for all in the second.
    let budget = |q: usize| 0.12 * wanted_usd * (q + 1).min(8) as f64;
    Quarterly {
        quarters,
        discount_rate_frac: 0.12,
        sites,
        tenant_gross_mw: vec![0.1 * wanted_gross_mw, wanted_gross_mw],
        cumulative_capital_usd: (0..quarters).map(budget).collect(),
        crew_gross_mw: Vec::new(),
    }
}

fn sites_alone(quarterly: &Quarterly) -> Option<Vec<f64>> {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let tries = Tries { gap_frac: 5e-3, ..Tries::default() };
    let found = match quarterly.separable().solve(&tries) {
        Ok(Some(found)) => found,
        other => {
            println!("  sites alone: {:?}", other.map(|_| "nothing found"));
            return None;
        }
    };
    println!(
        "  sites alone: {:.2} s wall, {:.2} s CPU, value {:.3} M$, bound {:.3}, gap {:.4} %, {} rounds",
        wall.elapsed().as_secs_f64(),
        cpu.elapsed().as_secs_f64(),
        found.value / 1e6,
        found.bound / 1e6,
        100.0 * found.gap_frac(),
        found.rounds
    );
    let starts: Vec<_> = found.plans.into_iter().map(|plan| plan.choice).collect();
    Some(quarterly.values(&starts))
}

#[cfg(feature = "highs")]
fn highs(quarterly: &Quarterly, gap_frac: f64, known: Option<&[f64]>) {
    use programme::backend::{Effort, Highs};
    let (programme, _) = quarterly.programme();
    let whole = programme.columns.iter().filter(|column| column.integer).count();
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let outcome =
        Highs.solve_from(&programme, &Effort { gap_frac, seconds_max: Some(120.0) }, known);
    let Ok(outcome) = outcome else {
        println!("  HiGHS: {outcome:?}");
        return;
    };
    let Some(solution) = outcome.solution() else {
        println!("  HiGHS: nothing found");
        return;
    };
    println!(
        "  HiGHS{} to {gap_frac:.0e}: {:.2} s wall, {:.2} s CPU, value {:.3} M$, bound {:.3}; {} columns, \
         {whole} whole, {} rows",
        if known.is_some() { " from there" } else { "" },
        wall.elapsed().as_secs_f64(),
        cpu.elapsed().as_secs_f64(),
        solution.objective,
        solution.bound,
        programme.columns.len(),
        programme.rows.len()
    );
}

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = match asked[..] {
        [sites, quarters] => vec![(sites, quarters)],
        _ => vec![(12, 12), (30, 40), (50, 12), (200, 12), (500, 12), (2_000, 12)],
    };
    for (sites, quarters) in sizes {
        println!("{sites} sites x {quarters} quarters");
        let quarterly = portfolio(sites, quarters);
        let known = sites_alone(&quarterly);
        #[cfg(feature = "highs")]
        if sites <= 200 {
            let gap_frac = if quarters > 12 { 1e-6 } else { 1e-4 };
            highs(&quarterly, gap_frac, None);
            highs(&quarterly, gap_frac, known.as_deref());
        }
        #[cfg(not(feature = "highs"))]
        drop(known);
    }
}
