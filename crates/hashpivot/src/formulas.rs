//! How every computed key of a result comes about: unit and id of the formula in `docs/model.md`.

use std::collections::BTreeMap;

/// A computed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formula {
    /// Key as it stands in results.
    pub key: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// Id of the section of `docs/model.md` that explains it.
    pub id: &'static str,
}

const fn formula(key: &'static str, unit: &'static str, id: &'static str) -> Formula {
    Formula { key, unit, id }
}

/// Every computed key, by name. One key means one thing wherever it stands.
pub const FORMULAS: &[Formula] = &[
    formula("adds_usd_per_btc", "USD/BTC", "mine.bridge"),
    formula("after_usd_per_btc", "USD/BTC", "halving.mechanical"),
    formula(
        "all_in_before_credits_usd_per_btc",
        "USD/BTC",
        "mine.all_in_before_credits_usd_per_btc",
    ),
    formula("all_in_before_credits_usd_per_ph_day", "USD/PH/day", "mine.hashcost_usd_per_ph_day"),
    formula("all_in_usd_per_btc", "USD/BTC", "mine.all_in_usd_per_btc"),
    formula("all_in_usd_per_ph_day", "USD/PH/day", "mine.hashcost_usd_per_ph_day"),
    formula("always_on_setting", "number", "dispatch.rules"),
    formula("available", "unit of the limit", "decide.excluded"),
    formula("average_strike_usd_per_mwh", "USD/MWh", "dispatch.strikes"),
    formula("average_usd_per_btc", "USD/BTC", "halving.average_usd_per_btc"),
    formula("average_usd_per_kw_month", "USD/kW-month", "lease.average_usd_per_kw_month"),
    formula("average_usd_per_mwh", "USD/MWh", "dispatch.power_usd"),
    formula("bank_usd_per_btc", "USD/BTC", "halving.bank_usd_per_btc"),
    formula("base", "unit of the row", "decide.switching"),
    formula("best_below_usd_per_mwh", "USD/MWh", "dispatch.strikes"),
    formula("best_mining_npv_usd", "USD", "decide.best_mining"),
    formula("bound_usd", "USD", "decide.bound"),
    formula("bracket", "factor", "decide.switching"),
    formula("breakeven_usd_per_mwh", "USD/MWh", "mine.breakeven_usd_per_mwh"),
    formula("btc", "BTC", "dispatch.profit_usd"),
    formula("btc_mined", "BTC", "mine.bridge"),
    formula("capex_usd", "USD", "plan.capex_usd"),
    formula("capital_available_usd", "USD", "decide.bound"),
    formula("capital_usd_per_usd", "USD/USD", "decide.shadow_capital"),
    formula("capital_used_usd", "USD", "decide.bound"),
    formula("cells", "cells", "bench.time"),
    formula("cells_per_cpu_s", "cells/s", "bench.time"),
    formula("charges_usd", "USD", "dispatch.flexibility_usd"),
    formula("colocation_gross_mw", "MW gross", "chain.gross_mw"),
    formula("computed", "unit of the row", "check.rows"),
    formula("cost_usd_per_btc", "USD/BTC", "mine.bridge"),
    formula("cpu_ms", "ms", "bench.time"),
    formula("cpu_ms_max", "ms", "bench.time"),
    formula("cpu_ms_min", "ms", "bench.time"),
    formula("critical_mw", "MW critical", "chain.gross_mw"),
    formula("curtailable_frac", "fraction", "dispatch.firm"),
    formula("demand_usd", "USD", "dispatch.demand_usd"),
    formula("difficulty", "difficulty", "network.difficulty"),
    formula(
        "direct_before_credits_usd_per_btc",
        "USD/BTC",
        "mine.direct_before_credits_usd_per_btc",
    ),
    formula("direct_before_credits_usd_per_ph_day", "USD/PH/day", "mine.hashcost_usd_per_ph_day"),
    formula("direct_usd_per_btc", "USD/BTC", "mine.direct_usd_per_btc"),
    formula("direct_usd_per_ph_day", "USD/PH/day", "mine.hashcost_usd_per_ph_day"),
    formula("discount_rate_frac", "fraction a year", "value.npv_usd"),
    formula("draw_frac", "fraction", "dispatch.heat_map"),
    formula("effective_usd_per_mwh", "USD/MWh", "dispatch.power_usd"),
    formula("electricity_usd_per_btc", "USD/BTC", "mine.electricity_usd_per_btc"),
    formula("electricity_usd_per_ph_day", "USD/PH/day", "mine.hashcost_usd_per_ph_day"),
    formula("factor", "factor", "decide.switching"),
    formula("fees_btc_per_block", "BTC/block", "network.btc_per_th_day"),
    formula("filled_intervals", "intervals", "dispatch.series"),
    formula("firm_usd_per_mwh", "USD/MWh", "dispatch.firm"),
    formula("first_year_usd_per_kw_month", "USD/kW-month", "lease.first_year_usd_per_kw_month"),
    formula("fleet_j_per_th", "J/TH", "mine.fleet_j_per_th"),
    formula("gain_usd", "USD", "decide.gain_usd"),
    formula("gap", "fraction", "decide.bound"),
    formula("gpu_cloud_gross_mw", "MW gross", "chain.gross_mw"),
    formula("gpus", "GPUs", "cloud.identity"),
    formula("gross_mw", "MW gross", "chain.gross_mw"),
    formula("halving_factor", "factor", "halving.mechanical"),
    formula("hashprice_usd_per_ph_day", "USD/PH/day", "network.hashprice_usd_per_ph_day"),
    formula("hashrate_th_per_s", "TH/s", "dispatch.strikes"),
    formula("height", "blocks", "network.subsidy"),
    formula("hold_share_usd_per_eh_year", "USD per EH/s-year", "mine.policy"),
    formula("horizon_months", "months", "plan.months"),
    formula("hour", "h", "dispatch.heat_map"),
    formula("hours", "h", "dispatch.hours"),
    formula("hours_of_series", "h", "dispatch.series"),
    formula("hours_run", "h", "dispatch.hours"),
    formula("hours_scale", "factor", "bench.time"),
    formula("installed_eh_per_s", "EH/s", "mine.fleet_j_per_th"),
    formula("interval_minutes", "min", "dispatch.series"),
    formula("intervals", "intervals", "dispatch.series"),
    formula("irr_frac", "fraction a year", "value.irr"),
    formula("j_per_th", "J/TH", "mine.electricity_usd_per_btc"),
    formula("kw_per_gpu", "kW/GPU", "cloud.identity"),
    formula("lease_must_add_usd_per_kw_month", "USD/kW-month", "dispatch.firm"),
    formula("lease_year", "years", "lease.rent_usd"),
    formula("left_usd", "USD", "dispatch.rules"),
    formula("limit_cpu_ms", "ms", "bench.time"),
    formula("limit_frac", "fraction", "bench.time"),
    formula("machines_gross_mw", "MW gross", "chain.gross_mw"),
    formula("mining_gross_mw", "MW gross", "chain.gross_mw"),
    formula("mirr_frac", "fraction a year", "value.mirr"),
    formula("month_of_year", "month, January = 1", "dispatch.heat_map"),
    formula("mwh", "MWh", "dispatch.power_usd"),
    formula("needed", "unit of the limit", "decide.excluded"),
    formula("net_usd", "USD", "plan.cash_flow"),
    formula("network_eh_per_s", "EH/s", "network.hashrate"),
    formula("noi_usd_per_year", "USD/year", "lease.noi_usd"),
    formula("npv_if_signed_usd", "USD", "decide.signing"),
    formula("npv_usd", "USD", "value.npv_usd"),
    formula("npv_usd_per_gross_mw", "USD/MW gross", "value.npv_usd"),
    formula("off_usd", "USD", "dispatch.flexibility_usd"),
    formula("one_more_gross_mw_usd", "USD/MW gross", "decide.shadow_mw"),
    formula("operating_usd", "USD", "plan.cash_flow"),
    formula("other_usd", "USD", "plan.cash_flow"),
    formula("overhead", "site W per machine W", "dispatch.strikes"),
    formula("payback_months", "months", "value.payback"),
    formula("peak_gross_mw", "MW gross", "dispatch.demand_usd"),
    formula("peaks_usd", "USD", "dispatch.flexibility_usd"),
    formula("plan_year", "years", "plan.cash_flow"),
    formula("plans", "plans", "decide.enumeration"),
    formula("pool_fee_frac", "fraction", "dispatch.strikes"),
    formula("power_usd", "USD", "dispatch.power_usd"),
    formula("power_w", "W", "dispatch.strikes"),
    formula("price_usd_per_btc", "USD/BTC", "network.hashprice_usd_per_ph_day"),
    formula("price_usd_per_mwh", "USD/MWh", "dispatch.duration"),
    formula("probability", "fraction", "decide.signing"),
    formula("profit_usd", "USD", "dispatch.profit_usd"),
    formula("programs_usd", "USD", "dispatch.flexibility_usd"),
    formula("published", "unit of the row", "check.rows"),
    formula("relative_error", "fraction", "check.rows"),
    formula("rent_usd", "USD", "lease.rent_usd"),
    formula("roots_frac", "fraction a year", "value.irr"),
    formula("runs", "runs", "bench.time"),
    formula("sale_gross_mw", "MW gross", "chain.gross_mw"),
    formula("saved_usd_per_mw_year", "USD/MW-year", "dispatch.firm"),
    formula("scale", "factor", "bench.time"),
    formula("settings_usd", "USD", "dispatch.flexibility_usd"),
    formula("share_frac", "fraction", "dispatch.duration"),
    formula("standing_usd", "USD", "dispatch.standing_usd"),
    formula("start_usd_per_btc", "USD/BTC", "halving.mechanical"),
    formula("starts", "starts", "dispatch.starts"),
    formula("step_j_per_th", "J/TH", "dispatch.strikes"),
    formula("step_strike_usd_per_mwh", "USD/MWh", "dispatch.strikes"),
    formula("subsidy_btc", "BTC/block", "network.subsidy"),
    formula("tax_rate_frac", "fraction", "plan.tax_usd"),
    formula("tax_usd", "USD", "plan.tax_usd"),
    formula("threads", "threads", "bench.time"),
    formula("tolerance", "fraction", "check.rows"),
    formula("total_usd", "USD", "dispatch.flexibility_usd"),
    formula("total_value_usd", "USD", "lease.total_value_usd"),
    formula("total_value_with_renewals_usd", "USD", "lease.total_value_usd"),
    formula("units", "machines", "dispatch.profit_usd"),
    formula("unused_gross_mw", "MW gross", "chain.gross_mw"),
    formula("unused_usd", "USD", "dispatch.demand_usd"),
    formula("usd_per_gpu_h", "USD/GPU-h", "cloud.identity"),
    formula("usd_per_gpu_year", "USD/GPU-year", "cloud.identity"),
    formula("usd_per_mw_year", "USD/MW-year", "lease.usd_per_mw_year"),
    formula("usd_per_mwh", "USD/MWh", "mine.electricity_usd_per_btc"),
    formula("usd_per_year", "USD/year", "cloud.identity"),
    formula("value", "unit of the row", "decide.switching"),
    formula("wall_ms", "ms", "bench.time"),
    formula("wall_ms_max", "ms", "bench.time"),
    formula("wall_ms_min", "ms", "bench.time"),
    formula("yield_on_cost_frac", "fraction", "lease.yield_on_cost_frac"),
];

/// The formula of a key.
pub fn of(key: &str) -> Option<&'static Formula> {
    FORMULAS.iter().find(|f| f.key == key)
}

/// Formula ids of the computed keys that occur in a JSON value.
pub fn ids_in(value: &serde_json::Value) -> BTreeMap<&'static str, &'static str> {
    let mut ids = BTreeMap::new();
    collect(value, &mut ids);
    ids
}

fn collect(value: &serde_json::Value, ids: &mut BTreeMap<&'static str, &'static str>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, inner) in object {
                if let Some(formula) = of(key) {
                    ids.insert(formula.key, formula.id);
                }
                collect(inner, ids);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        _ => {}
    }
}
