//! Tables of the smaller commands.

use std::fmt::Write;

use crate::result::{BenchResult, BridgeResult, CheckResult, CostResult, GpuResult, LeaseResult};

use super::{grouped, millions, percent, signed_percent, table};

/// Cost to mine by machine, power price and scenario.
pub fn cost(result: &CostResult) -> String {
    let rows = result
        .rows
        .iter()
        .map(|r| {
            vec![
                r.machine.clone(),
                r.scenario.clone(),
                grouped(r.j_per_th, 1),
                grouped(r.usd_per_mwh, 2),
                grouped(r.usd_per_mwh / 10.0, 2),
                grouped(r.electricity_usd_per_btc, 0),
                grouped(r.direct_usd_per_btc, 0),
                grouped(r.all_in_usd_per_btc, 0),
                grouped(r.all_in_before_credits_usd_per_ph_day, 2),
                r.breakeven_usd_per_mwh.map_or("-".to_owned(), |b| grouped(b, 2)),
            ]
        })
        .collect();
    let header = [
        "machine",
        "scenario",
        "J/TH",
        "USD/MWh",
        "c/kWh",
        "electricity USD/BTC",
        "direct USD/BTC",
        "all-in USD/BTC",
        "hashcost USD/PH/day",
        "breakeven USD/MWh",
    ];
    let mut text = table(&header, 2, rows);
    let _ = writeln!(
        text,
        "\nPrice of bitcoin {} USD. Costs are per BTC received, after the pool fee; hashcost is \
         all-in before credits; breakeven compares it with the price.",
        grouped(result.price_usd_per_btc, 0)
    );
    text
}

/// A lease.
pub fn lease(result: &LeaseResult) -> String {
    let mut rows = vec![
        vec![
            "rent, first year".to_owned(),
            grouped(result.first_year_usd_per_kw_month, 1),
            "USD/kW-month".to_owned(),
        ],
        vec![
            "rent, average".to_owned(),
            grouped(result.average_usd_per_kw_month, 1),
            "USD/kW-month".to_owned(),
        ],
        vec![
            "revenue per critical MW".to_owned(),
            grouped(result.usd_per_mw_year / 1e6, 3),
            "M$/MW-year".to_owned(),
        ],
        vec!["value, base term".to_owned(), millions(result.total_value_usd), "M$".to_owned()],
        vec![
            "value with renewals".to_owned(),
            millions(result.total_value_with_renewals_usd),
            "M$".to_owned(),
        ],
    ];
    if let Some(noi) = result.noi_usd_per_year {
        rows.push(vec!["NOI, average".to_owned(), millions(noi), "M$/year".to_owned()]);
    }
    if let Some(yield_on_cost) = result.yield_on_cost_frac {
        rows.push(vec!["yield on cost".to_owned(), percent(yield_on_cost), String::new()]);
    }
    let mut text = table(&["lease (year-end figures)", "", ""], 1, rows);
    text.push('\n');
    let years = result
        .by_year
        .iter()
        .map(|y| vec![y.lease_year.to_string(), "base".to_owned(), millions(y.rent_usd)])
        .chain(result.by_renewal_year.iter().map(|y| {
            vec![
                y.lease_year.to_string(),
                "renewal, tenant's option".to_owned(),
                millions(y.rent_usd),
            ]
        }))
        .collect();
    text.push_str(&table(&["year", "term", "rent M$"], 2, years));
    text
}

/// A GPU cloud.
pub fn gpu(result: &GpuResult) -> String {
    let figures = [
        ("critical power", result.critical_mw, 1.0, 1, "MW critical"),
        ("GPUs", result.gpus, 1.0, 0, "GPUs"),
        ("revenue", result.usd_per_year, 1e6, 1, "M$/year"),
        ("power per GPU", result.kw_per_gpu, 1.0, 3, "kW/GPU"),
        ("revenue per GPU", result.usd_per_gpu_year, 1.0, 0, "USD/GPU-year"),
        ("price", result.usd_per_gpu_h, 1.0, 2, "USD/GPU-h over 8,760 h"),
        ("revenue per critical MW", result.usd_per_mw_year, 1e6, 2, "M$/MW-year"),
    ];
    let rows = figures
        .into_iter()
        .map(|(name, value, scale, decimals, unit)| {
            vec![name.to_owned(), grouped(value / scale, decimals), unit.to_owned()]
        })
        .collect();
    table(&["GPU cloud", "", ""], 1, rows)
}

/// One cost under each publisher's definition.
pub fn bridge(result: &BridgeResult) -> String {
    let rows = result
        .rows
        .iter()
        .map(|r| {
            vec![
                r.definition.clone(),
                r.used_by.clone(),
                grouped(r.adds_usd_per_btc, 0),
                grouped(r.cost_usd_per_btc, 0),
            ]
        })
        .collect();
    let mut text = table(&["definition", "published by", "adds USD/BTC", "cost USD/BTC"], 2, rows);
    let _ = writeln!(text, "\n{} BTC mined in the period.", grouped(result.btc_mined, 1));
    text
}

/// What a kernel took.
pub fn bench(result: &BenchResult) -> String {
    let clock = |name: &str, [median, least, most]: [f64; 3]| {
        vec![
            name.to_owned(),
            grouped(median, 2),
            grouped(least, 2),
            grouped(most, 2),
            grouped(result.cells as f64 / median / 1e3, 1),
        ]
    };
    let rows = vec![
        clock("CPU", [result.cpu_ms, result.cpu_ms_min, result.cpu_ms_max]),
        clock("wall", [result.wall_ms, result.wall_ms_min, result.wall_ms_max]),
    ];
    let mut text = table(&["clock", "median ms", "least", "most", "M cells/s"], 1, rows);
    let how = [Some(result.workload), result.method, result.stores];
    let how = how.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let _ = writeln!(
        text,
        "\n{how}: {} cells, {} runs on {} thread(s), {}{}.\ndigest {}",
        grouped(result.cells as f64, 0),
        result.runs,
        result.threads,
        result.about.simd,
        result.limit_frac.map_or_else(String::new, |frac| {
            format!(", {} of what this machine can do at most", percent(frac))
        }),
        result.digest
    );
    text
}

/// Published figures beside the engine's.
pub fn check(result: &CheckResult) -> String {
    let rows = result
        .rows
        .iter()
        .map(|r| {
            vec![
                r.figure.clone(),
                r.kind.to_owned(),
                significant(r.published),
                significant(r.computed),
                r.unit.to_owned(),
                signed_percent(r.relative_error),
                if r.tolerance == 0.0 { "exact".to_owned() } else { signed_percent(r.tolerance) },
                if r.pass { "ok" } else { "OUT" }.to_owned(),
            ]
        })
        .collect();
    let header = ["figure", "kind", "published", "computed", "unit", "error", "tolerance", ""];
    let mut text = table(&header, 2, rows);
    let count = |kind: &str| result.rows.iter().filter(|r| r.kind == kind).count();
    let passed = result.rows.iter().filter(|r| r.pass).count();
    let _ = writeln!(
        text,
        "\n{passed} of {} figures within tolerance: {} reproduced, {} calibrated, {} arithmetic.",
        result.rows.len(),
        count("reproduced"),
        count("calibrated"),
        count("arithmetic")
    );
    let rows = result
        .not_computed
        .iter()
        .map(|r| vec![r.figure.clone(), r.published.clone(), r.reason.clone()])
        .collect();
    text.push_str("\nFigures of the sources that the engine does not compute\n");
    text.push_str(&table(&["figure", "published", "why not"], 3, rows));
    text
}

/// Up to ten significant digits, whole numbers whole.
fn significant(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e16 {
        return grouped(value, 0);
    }
    match value.abs() {
        v if v >= 1_000.0 => grouped(value, 1),
        v if v >= 1.0 => grouped(value, 4),
        v if v >= 1e-3 => grouped(value, 6),
        _ => format!("{value:.6e}"),
    }
}
