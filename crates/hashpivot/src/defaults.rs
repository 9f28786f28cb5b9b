//! Every default of a plan, in one table: where it stands, its value and where that comes from.
//!
//! The table is put into the published schema and applied to a plan from there, in one place
//! (`fill`); whatever is filled in is listed in the result.

use serde_json::{Map, Value as Json, json};
use units::CalendarMonth;

use crate::input::check::{resolve, variants};
use crate::input::edge::FirstOfMonth;
use crate::input::tree::{Node, Origin, Path, Value};

/// A default.
#[derive(Clone, Copy, Debug)]
pub struct DefaultValue {
    /// Path of the key in a plan, lists left out: `site.offer.pue`.
    pub at: &'static str,
    /// What is filled in.
    pub value: Given,
    /// When it is filled in, apart from the key being left out.
    pub when: When,
    /// Source of the value, or `[assumption]`.
    pub source: &'static str,
}

/// What a default fills in.
#[derive(Clone, Copy, Debug)]
pub enum Given {
    /// A value, written as JSON.
    Json(&'static str),
    /// The date so many months after the valuation date.
    MonthsAfterValuation(i32),
    /// The date so many months after another key of the same table.
    MonthsAfter(&'static str, i32),
}

/// A condition on another key of the same table.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// None.
    Always,
    /// The key holds this word.
    Is(&'static str, &'static str),
    /// The key is left out as well.
    Absent(&'static str),
}

/// A default that was filled into a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultUsed {
    /// Path of the key.
    pub path: String,
    /// The value, as JSON.
    pub value: Json,
    /// Unit in words, empty if it has none.
    pub unit: String,
    /// Source of the value, or `[assumption]`.
    pub source: &'static str,
}

const ASSUMPTION: &str = "[assumption]";
/// Where the prices of used and new machines come from.
const MACHINE_PRICES: &str = "built-in table of machine prices, 2026-09 and 2026-10, unverified";

/// Where the numbers of new machines come from.
const BACKTEST: &str = "fitted on hash rates up to 2023-12: `hashpivot backtest`";

const fn always(at: &'static str, json: &'static str, source: &'static str) -> DefaultValue {
    DefaultValue { at, value: Given::Json(json), when: When::Always, source }
}

const fn when(
    at: &'static str,
    (key, word): (&'static str, &'static str),
    json: &'static str,
    source: &'static str,
) -> DefaultValue {
    DefaultValue { at, value: Given::Json(json), when: When::Is(key, word), source }
}

/// All defaults.
pub const TABLE: &[DefaultValue] = &[
    always("valuation.horizon_months", "180", ASSUMPTION),
    always("valuation.tax_rate_frac", "0.21", "26 U.S.C. 11(b)"),
    always("bitcoin.fees_btc_per_block", "0.015", "built-in table of the network, 2025-12"),
    always("bitcoin.pool_fee_frac", "0.005", ASSUMPTION),
    always("bitcoin.projection", "\"trend\"", ASSUMPTION),
    always("bitcoin.network_feedback", "false", ASSUMPTION),
    always("bitcoin.trend", "{}", ASSUMPTION),
    always(
        "bitcoin.trend.hashrate_growth_frac",
        "0.186",
        "684.85 to 964 EH/s over the 24 months to 2026-10, built-in table of the network",
    ),
    always("bitcoin.trend.efficiency_growth_frac", "-0.10", ASSUMPTION),
    always("bitcoin.trend.power_growth_frac", "0.02", ASSUMPTION),
    always("bitcoin.trend.price_growth_frac", "0.0", ASSUMPTION),
    always("bitcoin.trend.fees_growth_frac", "0.0", ASSUMPTION),
    always("bitcoin.response", "{}", ASSUMPTION),
    always("bitcoin.response.hurdle_days", "850", BACKTEST),
    always("bitcoin.response.adjustment_frac", "0.4", BACKTEST),
    always("bitcoin.response.supply_frac", "0.06", BACKTEST),
    always(
        "bitcoin.response.efficiency_gain_frac",
        "0.22",
        "best machine on sale, 98 J/TH in 2016-06 to 9.5 in 2026-01: built-in table of machines",
    ),
    always("bitcoin.response.exit_lag_periods", "2", ASSUMPTION),
    always("bitcoin.response.return_lag_periods", "2", ASSUMPTION),
    always("bitcoin.response.retire_from_months", "48", ASSUMPTION),
    always("bitcoin.response.retire_until_months", "84", ASSUMPTION),
    always("bitcoin.response.contract_months", "60", ASSUMPTION),
    always("bitcoin.response.conversion_order", "\"best_sited\"", ASSUMPTION),
    always("bitcoin.response.conversion_gross_mw_per_year", "1000", ASSUMPTION),
    always("bitcoin.response.conversion_months", "48", ASSUMPTION),
    always("bitcoin.response.cohort.overhead", "1.10", "Cambridge index (CBECI), likely value"),
    always("bitcoin.response.cohort.age_months", "24", ASSUMPTION),
    always("bitcoin.response.cohort.contract_months", "30", ASSUMPTION),
    always("machine_market", "{}", ASSUMPTION),
    always("machine_market.decline_frac", "0.30", ASSUMPTION),
    always("machine_market.new_j_per_th", "13.5", MACHINE_PRICES),
    always("machine_market.new_usd_per_th", "18.38", MACHINE_PRICES),
    always("machine_market.new_life_months", "60", ASSUMPTION),
    always("machine_market.refresh_payback_months", "24", ASSUMPTION),
    always("machine_market.tax_life_months", "48", ASSUMPTION),
    always(
        "machine_market.band",
        r#"[{"below_j_per_th": 14.0, "usd_per_th": 18.38},
            {"below_j_per_th": 19.0, "usd_per_th": 3.63},
            {"below_j_per_th": 25.0, "usd_per_th": 3.14},
            {"below_j_per_th": 38.0, "usd_per_th": 1.18}]"#,
        MACHINE_PRICES,
    ),
    always("financing.objective", "\"equity_npv\"", ASSUMPTION),
    always("financing.loss_limit_frac", "0.8", "26 U.S.C. 172(a)(2)"),
    always("financing.own_cash_usd", "0.0", ASSUMPTION),
    always("financing.minimum_cash_usd", "0.0", ASSUMPTION),
    always("financing.lender_case", "{}", ASSUMPTION),
    always("financing.lender_case.delay_months", "6", ASSUMPTION),
    always("financing.lender_case.overrun_frac", "0.10", ASSUMPTION),
    always("financing.lender_case.spot_frac", "0.0", ASSUMPTION),
    always("financing.lender_case.renewals", "false", ASSUMPTION),
    always("financing.shares.price_growth_frac", "0.0", ASSUMPTION),
    always("financing.loan.oid_frac", "0.0", ASSUMPTION),
    always("financing.loan.availability_months", "36", ASSUMPTION),
    always("financing.loan.tail_months", "12", ASSUMPTION),
    always("financing.loan.interest_only_months", "0", ASSUMPTION),
    always("financing.loan.repayment", "\"level\"", ASSUMPTION),
    always("financing.loan.balloon_frac", "0.0", ASSUMPTION),
    always("financing.loan.sweep_frac", "0.0", ASSUMPTION),
    always("financing.loan.reserve_months", "6", ASSUMPTION),
    always("financing.loan.covenant_dscr", "1.2", ASSUMPTION),
    always("financing.loan.lockup_dscr", "1.3", ASSUMPTION),
    always("financing.loan.test_months", "12", ASSUMPTION),
    always("financing.tenant_capex.repaid_months", "0", ASSUMPTION),
    always("financing.convertible.coupon_frac", "0.0", ASSUMPTION),
    always("financing.convertible.fee_frac", "0.03", ASSUMPTION),
    always("financing.convertible.premium_frac", "0.3", ASSUMPTION),
    always("financing.convertible.tenor_months", "60", ASSUMPTION),
    always("financing.at_the_market.discount_frac", "0.03", ASSUMPTION),
    always("financing.at_the_market.fee_frac", "0.03", ASSUMPTION),
    always("financing.treasury.slippage_frac", "0.01", ASSUMPTION),
    always("financing.treasury.coin_value", "\"at_sale\"", ASSUMPTION),
    always("site.mining_overhead", "1.05", ASSUMPTION),
    always("site.curtailable_min_frac", "0.0", ASSUMPTION),
    always("site.time_zone", "\"UTC\"", ASSUMPTION),
    always("site.tariff.losses_frac", "0.0", ASSUMPTION),
    always("site.tariff.wires_usd_per_mwh", "0.0", ASSUMPTION),
    always("site.tariff.retail_usd_per_mwh", "0.0", ASSUMPTION),
    always("site.tariff.synthetic.seed", "1", ASSUMPTION),
    always("site.tariff.index.losses_frac", "0.0", ASSUMPTION),
    always("site.tariff.index.wires_usd_per_mwh", "0.0", ASSUMPTION),
    always("site.tariff.index.retail_usd_per_mwh", "0.0", ASSUMPTION),
    always("site.tariff.index.synthetic.seed", "1", ASSUMPTION),
    always("site.demand_charge.ratchet_frac", "0.0", ASSUMPTION),
    always("site.program.enrolled_frac", "1.0", ASSUMPTION),
    always("site.program.usd_per_mw_month", "0.0", ASSUMPTION),
    always("site.program.credit_usd_per_mwh", "0.0", ASSUMPTION),
    always("site.program.penalty_usd_per_mwh", "0.0", ASSUMPTION),
    always("site.machine.starts.restart_usd", "0.0", ASSUMPTION),
    always("site.machine.starts.failure_frac", "0.0", ASSUMPTION),
    always("site.machine.starts.repair_usd", "0.0", ASSUMPTION),
    always("site.machine.starts.min_run_h", "0.0", ASSUMPTION),
    always("site.machine.starts.min_off_h", "0.0", ASSUMPTION),
    always("site.machine.starts.ramp_h", "0.0", ASSUMPTION),
    always("site.mining_policies", r#"["run_off", "refresh", "hold_share"]"#, ASSUMPTION),
    DefaultValue {
        at: "site.sale.until",
        value: Given::MonthsAfterValuation(24),
        when: When::Always,
        source: ASSUMPTION,
    },
    always("site.machine.uptime_frac", "0.95", ASSUMPTION),
    always("site.machine.variable_usd_per_th_day", "0.0", ASSUMPTION),
    always("site.machine.fixed_usd_per_th_day", "0.0", ASSUMPTION),
    always("site.machine.credits_usd_per_th_day", "0.0", ASSUMPTION),
    always("site.machine.life_months", "60", ASSUMPTION),
    always("site.machine.age_months", "0", ASSUMPTION),
    always("site.machine.tax_basis_usd", "0.0", ASSUMPTION),
    always("site.offer.must", "false", ASSUMPTION),
    always(
        "site.offer.gross_per_critical",
        "1.43",
        "100 MW gross for 70 critical at Muskogee, 240 for 168 at Abernathy: built-in table of deals",
    ),
    always("site.offer.mining_during_build_frac", "0.0", ASSUMPTION),
    DefaultValue {
        at: "site.offer.commit_from",
        value: Given::MonthsAfterValuation(0),
        when: When::Always,
        source: ASSUMPTION,
    },
    DefaultValue {
        at: "site.offer.commit_until",
        value: Given::MonthsAfter("commit_from", 24),
        when: When::Always,
        source: ASSUMPTION,
    },
    always("site.offer.curtailable_frac", "0.0", ASSUMPTION),
    always("site.offer.load_factor_frac", "0.85", ASSUMPTION),
    always("site.offer.pue", "1.25", "design figures of 1.18 to 1.3 in the built-in deals"),
    when("site.offer.opex_usd_per_critical_mw_year", ("lease", "triple_net"), "30000", ASSUMPTION),
    when(
        "site.offer.opex_usd_per_critical_mw_year",
        ("lease", "modified_gross"),
        "300000",
        ASSUMPTION,
    ),
    when("site.offer.opex_usd_per_critical_mw_year", ("lease", "gross"), "300000", ASSUMPTION),
    when("site.offer.opex_usd_per_critical_mw_year", ("kind", "gpu_cloud"), "300000", ASSUMPTION),
    always("site.offer.opex_growth_frac", "0.03", ASSUMPTION),
    always("site.offer.hall_life_months", "180", ASSUMPTION),
    always(
        "site.offer.escalator_frac",
        "0.03",
        "published for River Bend and Beacon Point: built-in table of deals",
    ),
    always("site.offer.free_months", "0.0", ASSUMPTION),
    always("site.offer.tenant_capex_frac", "0.0", ASSUMPTION),
    always("site.offer.default_hazard_per_year", "0.0", ASSUMPTION),
    always("site.offer.relet_delay_months", "12", ASSUMPTION),
    always("site.offer.relet_frac", "0.85", ASSUMPTION),
    always("site.offer.backstop_frac", "0.0", ASSUMPTION),
    always(
        "site.offer.network_storage_frac",
        "0.176",
        "nodes 85 %, network 10 %, storage 5 % of a cluster: wukong123.substack.com",
    ),
    DefaultValue {
        at: "site.offer.spot_date",
        value: Given::MonthsAfterValuation(0),
        when: When::Always,
        source: ASSUMPTION,
    },
    DefaultValue {
        at: "site.offer.spot_decay",
        value: Given::Json("\"base\""),
        when: When::Absent("spot_decay_frac"),
        source: "prices fall 0.35, 0.20 or 0 a year: bear, base, bull [assumption]",
    },
    always("site.offer.utilisation_frac", "0.85", ASSUMPTION),
    always("site.offer.availability_frac", "0.99", ASSUMPTION),
    always("site.offer.opex_revenue_frac", "0.05", ASSUMPTION),
    always("site.offer.sla_credit_frac", "0.005", ASSUMPTION),
    always("site.offer.gpu_life_months", "60", ASSUMPTION),
    always("site.offer.resale_frac", "0.15", ASSUMPTION),
    always("site.offer.signing.commit", "\"after_sign\"", ASSUMPTION),
    always("site.offer.signing.relet_frac", "0.85", ASSUMPTION),
];

impl DefaultValue {
    fn json(&self) -> Option<Json> {
        match self.value {
            // A test reads them all.
            Given::Json(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }

    fn in_words(&self) -> String {
        match self.value {
            Given::Json(text) => text.into(),
            Given::MonthsAfterValuation(0) => "valuation.date".into(),
            Given::MonthsAfterValuation(months) => format!("{months} months after valuation.date"),
            Given::MonthsAfter(key, months) => format!("{months} months after {key}"),
        }
    }
}

/// Writes all defaults into a schema: `default` where it is a plain value, `x-defaults` (the index
/// into [`TABLE`] and the words) everywhere; what has a default is no longer required.
pub(crate) fn install(schema: &mut Json) {
    for (index, default) in TABLE.iter().enumerate() {
        let Some((table, key)) = default.at.rsplit_once('.').or(Some(("", default.at))) else {
            continue;
        };
        for pointer in tables_at(schema, table) {
            let Some(object) = schema.pointer_mut(&pointer).and_then(Json::as_object_mut) else {
                continue;
            };
            let here = applies(object, default.when);
            let Some(property) = property_mut(object, key).filter(|_| here) else { continue };
            if let (When::Always, Some(value)) = (default.when, default.json()) {
                property.insert("default".into(), value);
            }
            let list = property.entry("x-defaults").or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                let mut entry = json!({ "value": default.in_words(), "index": index });
                match default.when {
                    When::Always => {}
                    When::Is(key, word) => entry["when"] = json!({ key: word }),
                    When::Absent(key) => entry["unless"] = json!(key),
                }
                entry["source"] = json!(default.source);
                list.push(entry);
            }
            if let Some(required) = object.get_mut("required").and_then(Json::as_array_mut) {
                required.retain(|name| name != key);
            }
        }
    }
}

/// Whether a condition can hold in a table at all: its key is one of the table's.
fn applies(object: &Map<String, Json>, when: When) -> bool {
    let property = |key: &str| object.get("properties").and_then(|properties| properties.get(key));
    match when {
        When::Always => true,
        When::Is(key, word) => {
            property(key).is_some_and(|p| p.get("const").is_none_or(|tag| tag == word))
        }
        When::Absent(key) => property(key).is_some(),
    }
}

fn property_mut<'a>(
    object: &'a mut Map<String, Json>,
    key: &str,
) -> Option<&'a mut Map<String, Json>> {
    object.get_mut("properties")?.as_object_mut()?.get_mut(key)?.as_object_mut()
}

/// JSON pointers of the object schemas at a path; a tagged table has one for each variant.
fn tables_at(root: &Json, path: &str) -> Vec<String> {
    let mut pointers = expand(root, String::new());
    for key in path.split('.').filter(|key| !key.is_empty()) {
        pointers = pointers
            .into_iter()
            .map(|pointer| format!("{pointer}/properties/{key}"))
            .filter(|pointer| root.pointer(pointer).is_some())
            .flat_map(|pointer| expand(root, pointer))
            .collect();
    }
    pointers
}

/// Follows references, lists and variants to object schemas.
fn expand(root: &Json, pointer: String) -> Vec<String> {
    let Some(schema) = root.pointer(&pointer) else { return Vec::new() };
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        return expand(root, reference.trim_start_matches('#').to_owned());
    }
    if schema.get("items").is_some() {
        return expand(root, format!("{pointer}/items"));
    }
    match schema.get("oneOf").and_then(Json::as_array) {
        Some(choices) => {
            (0..choices.len()).flat_map(|i| expand(root, format!("{pointer}/oneOf/{i}"))).collect()
        }
        None => vec![pointer],
    }
}

/// Fills every default into a clean tree and lists what was filled in.
pub(crate) fn fill(schema: &Json, root: &mut Node) -> Vec<DefaultUsed> {
    let valuation = root
        .get("valuation")
        .and_then(|valuation| valuation.get("date"))
        .and_then(Node::text)
        .and_then(FirstOfMonth::parse);
    let mut filler = Filler { schema, valuation, used: Vec::new(), path: Path::default() };
    filler.node(schema, root);
    filler.used
}

/// What a table of a plan takes if it says nothing.
pub(crate) fn of_table(schema: &Json, key: &str) -> Vec<DefaultUsed> {
    let mut root = from_json(&json!({ key: {} }));
    let start = format!("{key}.");
    fill(schema, &mut root).into_iter().filter(|used| used.path.starts_with(&start)).collect()
}

struct Filler<'a> {
    schema: &'a Json,
    valuation: Option<FirstOfMonth>,
    used: Vec<DefaultUsed>,
    path: Path,
}

impl<'a> Filler<'a> {
    fn node(&mut self, schema: &'a Json, node: &mut Node) {
        let schema = resolve(self.schema, schema);
        if let Some((tag, variants)) = variants(schema) {
            let word = node.get(tag).and_then(Node::text).unwrap_or_default().to_owned();
            if let Some((_, schema)) = variants.iter().find(|(variant, _)| *variant == word) {
                self.table(schema, node);
            }
            return;
        }
        if let Value::Array(elements) = &mut node.value {
            let Some(items) = schema.get("items") else { return };
            for (index, element) in elements.iter_mut().enumerate() {
                self.path.push_element(index, element);
                self.node(items, element);
                self.path.pop();
            }
            return;
        }
        self.table(schema, node);
    }

    fn table(&mut self, schema: &'a Json, node: &mut Node) {
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return };
        // Conditions look at keys that have defaults themselves, so those come first.
        for conditional in [false, true] {
            for (key, property) in properties {
                self.key(key, property, node, conditional);
            }
        }
        let Value::Table(entries) = &mut node.value else { return };
        for entry in entries {
            if let Some(property) = properties.get(&entry.key) {
                self.path.push_key(&entry.key);
                self.node(property, &mut entry.node);
                self.path.pop();
            }
        }
    }

    fn key(&mut self, key: &str, property: &'a Json, node: &mut Node, conditional: bool) {
        if node.get(key).is_some() {
            return;
        }
        let indices = property.get("x-defaults").and_then(Json::as_array);
        let indices = indices.into_iter().flatten().filter_map(|d| d.get("index")?.as_u64());
        let defaults = indices.filter_map(|i| TABLE.get(usize::try_from(i).ok()?));
        for default in defaults {
            let holds = match default.when {
                When::Always => !conditional,
                When::Is(other, word) => {
                    conditional && node.get(other).and_then(Node::text) == Some(word)
                }
                When::Absent(other) => conditional && node.get(other).is_none(),
            };
            let value = if holds { self.value(default, node) } else { None };
            let Some(value) = value else { continue };
            node.set(key, from_json(&value));
            // An empty table is only the place for its own defaults.
            if value != json!({}) {
                let unit = property.get("x-unit").and_then(Json::as_str).unwrap_or_default();
                self.used.push(DefaultUsed {
                    path: self.path.child(key),
                    value,
                    unit: unit.into(),
                    source: default.source,
                });
            }
            return;
        }
    }

    fn value(&self, default: &DefaultValue, node: &Node) -> Option<Json> {
        let after = |date: FirstOfMonth, months| {
            let month: CalendarMonth = date.0.plus(months);
            Some(json!(FirstOfMonth(month).to_string()))
        };
        match default.value {
            Given::Json(_) => default.json(),
            Given::MonthsAfterValuation(months) => after(self.valuation?, months),
            Given::MonthsAfter(key, months) => {
                after(node.get(key).and_then(Node::text).and_then(FirstOfMonth::parse)?, months)
            }
        }
    }
}

fn from_json(json: &Json) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Float(number.as_f64().unwrap_or(f64::NAN)), Value::Integer),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(elements) => Value::Array(elements.iter().map(from_json).collect()),
        Json::Object(entries) => {
            let mut table = Node { value: Value::Table(Vec::new()), origin: Origin::NOWHERE };
            for (key, value) in entries {
                table.set(key, from_json(value));
            }
            return table;
        }
    };
    Node { value, origin: Origin::NOWHERE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_has_a_place_in_the_schema_and_a_source() {
        let schema = crate::input::schema();
        for default in TABLE {
            let (table, key) = default.at.rsplit_once('.').unwrap_or(("", default.at));
            let found = tables_at(&schema, table).iter().any(|pointer| {
                schema.pointer(&format!("{pointer}/properties/{key}/x-defaults")).is_some()
            });
            assert!(found, "{}", default.at);
            assert!(!default.source.is_empty());
            if let Given::Json(text) = default.value {
                assert!(serde_json::from_str::<Json>(text).is_ok(), "{text}");
            }
        }
    }
}
