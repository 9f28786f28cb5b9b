//! Agreement with a second, independent program and with the chain itself.
//!
//! The inputs and answers lie in `../shared` beside the checkout and are not part of it, so this
//! target stands outside `cargo test --workspace`; it is asked for by name. Each test prints the
//! number of figures compared and the largest error as a share of its tolerance.
#![expect(
    clippy::unwrap_used,
    reason = "a reference file that cannot be read should stop the test"
)]
#![expect(clippy::print_stdout, reason = "the table of agreement is what the run is for")]

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use compare::{fill, upper_envelope};
use hashcost::network::{
    btc_per_th_day, btc_per_th_day_of_hashrate, difficulty_from_bits, hash_value_usd_per_th_day,
    hashprice_usd_per_ph_day, hashrate_th_per_s, mean_subsidy_btc, next_bits, simulate_retargets,
    steady_blocks_per_day, steady_spacing_s, subsidy_btc, subsidy_sat, total_supply_sat,
};
use hashcost::projection::{bank_usd_per_btc, fees_implied_btc, mechanical_usd_per_btc};
use hashcost::{Fleet, Network, breakevens, fleet_cost};
use hashpivot_tests::Class;
use serde_json::Value;

mod real_data_money;

/// Correct figures of two programs differ by a few roundings each.
const ROUNDINGS: f64 = 1e-13;
/// The stated agreement of grids, contracts and money.
const FIGURES: f64 = 1e-12;
/// Linear programs of the reference stop there.
const OPTIMA: f64 = 1e-7;

fn shared(path: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    assert!(
        folder.is_dir(),
        "{} is missing: the reference cases and series belong beside the checkout",
        folder.display()
    );
    folder.join(path)
}

fn text(path: &str) -> String {
    let path = shared(path);
    let file = File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    if path.extension().is_some_and(|e| e == "gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        let mut file = file;
        file.read_to_string(&mut text).unwrap();
    }
    text
}

fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap()
}

/// Rows of a CSV file by column name.
fn rows(path: &str) -> Vec<HashMap<String, String>> {
    let text = text(path);
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn cell(row: &HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

/// Figures of one kind compared so far.
struct Agreement {
    kind: &'static str,
    figures: usize,
    /// Largest error as a share of its tolerance, and the same as a share of the terms.
    worst: f64,
    worst_error: f64,
    worst_at: String,
}

impl Agreement {
    fn of(kind: &'static str) -> Self {
        Self { kind, figures: 0, worst: 0.0, worst_error: 0.0, worst_at: String::new() }
    }

    /// Compares two figures; the error is measured against the sum of absolute terms.
    fn close(&mut self, at: &str, found: f64, expected: f64, terms: f64, tolerance: f64) {
        self.figures += 1;
        let error = if found == expected { 0.0 } else { (found - expected).abs() / terms.abs() };
        assert!(
            error <= tolerance,
            "{} {at}: {found:?} instead of {expected:?}, off by {error:e}",
            self.kind
        );
        if error / tolerance >= self.worst {
            self.worst = error / tolerance;
            self.worst_error = error;
            at.clone_into(&mut self.worst_at);
        }
    }

    fn relative(&mut self, at: &str, found: f64, expected: f64, tolerance: f64) {
        self.close(at, found, expected, expected, tolerance);
    }

    fn exact<T: PartialEq + std::fmt::Debug>(&mut self, at: &str, found: &T, expected: &T) {
        self.figures += 1;
        assert_eq!(found, expected, "{} {at}", self.kind);
    }

    fn report(self) {
        println!(
            "{:<32} {:>7} figures, largest error {:.1e} ({:.2} of its tolerance){}{}",
            self.kind,
            self.figures,
            self.worst_error,
            self.worst,
            if self.worst_at.is_empty() { "" } else { " at " },
            self.worst_at
        );
    }
}

fn bits_of(hex: &str) -> u32 {
    u32::from_str_radix(hex.trim_start_matches("0x"), 16).unwrap()
}

#[test]
fn network() {
    let cases = json("cases/network.json");

    let mut seen = Agreement::of("subsidies");
    for case in list(&cases["subsidy"]) {
        let height = case["height"].as_u64().unwrap();
        seen.exact(&height.to_string(), &subsidy_sat(height), &case["sat"].as_u64().unwrap());
    }
    seen.exact("supply", &total_supply_sat(), &cases["total_supply_sat"].as_u64().unwrap());
    seen.report();

    let mut seen = Agreement::of("bits to difficulty");
    for case in list(&cases["bits"]) {
        let hex = case["bits"].as_str().unwrap();
        let found = difficulty_from_bits(bits_of(hex)).unwrap();
        // One unit in the last place.
        seen.relative(hex, found, number(&case["difficulty"]), f64::EPSILON);
    }
    seen.report();

    let mut seen = Agreement::of("retargets, exact");
    for case in list(&cases["retarget_exact"]) {
        let times = [&case["t_first"], &case["t_last"]].map(|t| t.as_i64().unwrap());
        let found = next_bits(bits_of(case["bits"].as_str().unwrap()), times[0], times[1]).unwrap();
        seen.exact(&format!("{times:?}"), &found, &bits_of(case["next_bits"].as_str().unwrap()));
    }
    seen.report();

    let mut seen = Agreement::of("rewards and hashprices");
    for (i, case) in list(&cases["reward"]).iter().enumerate() {
        let of = |key: &str| number(&case[key]);
        let at = format!("reward {i}");
        let b = btc_per_th_day(of("difficulty"), of("subsidy_btc"), of("fees_btc"));
        let price = of("price_usd");
        let hash_value = hash_value_usd_per_th_day(b, price, of("pool_fee"), 0.0);
        for (found, key) in [
            (hashrate_th_per_s(of("difficulty")), "hashrate_th_s"),
            (b, "btc_per_th_day"),
            (hashprice_usd_per_ph_day(b, price), "hashprice_usd_per_ph_day"),
            (hash_value, "hash_value_usd_per_th_day"),
        ] {
            seen.relative(&format!("{at} {key}"), found, of(key), ROUNDINGS);
        }
    }
    // The cases name no price: these are theirs.
    let prices = [84_587.0, 84_714.0, 92_000.0];
    for (case, price) in list(&cases["reward_from_hashrate"]).iter().zip(prices) {
        let of = |key: &str| number(&case[key]);
        let b = btc_per_th_day_of_hashrate(of("hashrate_th_s"), of("subsidy_btc"), of("fees_btc"));
        seen.relative("of hash rate", b, of("btc_per_th_day"), ROUNDINGS);
        let hashprice = hashprice_usd_per_ph_day(b, price);
        seen.relative("its hashprice", hashprice, of("hashprice_usd_per_ph_day"), ROUNDINGS);
    }
    seen.report();
}

#[test]
fn retarget_simulations_and_calibration() {
    let cases = json("cases/network.json");
    let mut seen = Agreement::of("retarget simulations");
    let simulated = &cases["retarget_sim"];
    let steady = number(&simulated["steady_spacing_s"]);
    seen.relative("steady spacing", steady_spacing_s(), steady, ROUNDINGS);
    let a_day = number(&simulated["steady_blocks_per_day"]);
    seen.relative("steady blocks a day", steady_blocks_per_day(0.0), a_day, ROUNDINGS);
    for case in list(&simulated["cases"]) {
        let name = case["name"].as_str().unwrap();
        let expected = list(&case["path"]);
        let column = |key: &str| -> Vec<f64> { expected.iter().map(|p| number(&p[key])).collect() };
        let path = simulate_retargets(number(&case["d0"]), &column("hashrate_th_s")).unwrap();
        for (found, key) in [
            (&path.difficulty, "difficulty"),
            (&path.spacing_s, "spacing_s"),
            (&path.blocks_per_day, "blocks_per_day"),
        ] {
            for (period, (found, expected)) in found.iter().zip(column(key)).enumerate() {
                seen.relative(&format!("{name} {key} {period}"), *found, expected, ROUNDINGS);
            }
        }
    }
    seen.report();

    let mut seen = Agreement::of("bank calibration");
    for case in list(&cases["calibration"]["rows"]) {
        let month = case["month"].as_str().unwrap();
        let s_plus_f = number(&cases["calibration"]["s_plus_f"]);
        let b = btc_per_th_day(number(&case["difficulty"]), s_plus_f, 0.0);
        let cost = bank_usd_per_btc(b, 1.0, 1.0);
        seen.relative(month, cost, number(&case["usd_per_btc"]), ROUNDINGS);
        let dearer = bank_usd_per_btc(b, 1.0, 1.2);
        let per_10 = number(&case["per_10_usd_mwh"]);
        seen.close(month, dearer - cost, per_10, dearer + cost, ROUNDINGS);
    }
    seen.report();

    let mut seen = Agreement::of("mechanical halving");
    for case in list(&cases["mechanical"]["rows"]) {
        let of = |key: &str| number(&case[key]);
        let found = mechanical_usd_per_btc(of("cost_usd"), 3.125, 1.562_5, of("fees"));
        seen.relative("after", found, of("after"), ROUNDINGS);
    }
    let implied = fees_implied_btc(92_000.0, 180_000.0, 3.125, 1.562_5);
    let expected = number(&cases["mechanical"]["fees_for_exact_180000"]);
    seen.relative("implied fees", implied, expected, ROUNDINGS);
    seen.report();
}

/// The fleet, prices and scenarios of the cost cases.
struct CostInputs {
    classes: HashMap<String, Class>,
    fleet: Fleet,
    prices: Vec<f64>,
    networks: HashMap<String, Network>,
}

fn cost_inputs() -> CostInputs {
    let inputs = json("cases/cost_inputs.json");
    let class = |case: &Value| {
        let of = |key: &str| number(&case[key]);
        Class {
            units: of("units"),
            th_per_s: of("th_per_s"),
            j_per_th: of("eff_j_per_th"),
            overhead: of("overhead_k"),
            uptime_frac: of("uptime"),
            direct_usd_per_th_day: of("v_usd_per_th_day"),
            credits_usd_per_th_day: of("credits_usd_per_th_day"),
            fixed_usd_per_th_day: of("x_usd_per_th_day"),
        }
    };
    let network = |case: &Value| {
        let of = |key: &str| number(&case[key]);
        Network {
            difficulty: of("difficulty"),
            subsidy_btc: of("subsidy_btc"),
            fees_btc: of("fees_btc"),
            price_usd_per_btc: of("price_usd"),
            pool_fee_frac: of("pool_fee"),
        }
    };
    let id = |case: &Value| case["id"].as_str().unwrap().to_owned();
    let machines = list(&inputs["machines"]);
    let rows: Vec<_> = machines.iter().map(|case| class(case).machine(&id(case))).collect();
    CostInputs {
        classes: machines.iter().map(|case| (id(case), class(case))).collect(),
        fleet: Fleet::new(&rows).unwrap(),
        prices: numbers(&inputs["prices_usd_per_mwh"]),
        networks: list(&inputs["scenarios"]).iter().map(|c| (id(c), network(c))).collect(),
    }
}

impl CostInputs {
    /// A figure of every machine at every price in every scenario.
    fn each<T>(
        &self,
        figures: impl Fn(f64, &Network) -> Vec<T>,
    ) -> HashMap<(String, u64, String), T> {
        let mut all = HashMap::new();
        for price in &self.prices {
            for (scenario, network) in &self.networks {
                for (id, figure) in self.fleet.ids().iter().zip(figures(*price, network)) {
                    all.insert((id.clone(), price.to_bits(), scenario.clone()), figure);
                }
            }
        }
        all
    }
}

#[test]
fn cost_cells() {
    let inputs = cost_inputs();
    let costs =
        inputs.each(|price, network| fleet_cost(&inputs.fleet, price, network).unwrap().machines);
    let mut seen = Agreement::of("cost cells");
    for row in rows("cases/cost_cells.csv.gz") {
        let price = cell(&row, "usd_per_mwh");
        let (machine, scenario) = (&row["machine"], &row["scenario"]);
        let cost = &costs[&(machine.clone(), price.to_bits(), scenario.clone())];
        let class = &inputs.classes[machine];
        let network = &inputs.networks[scenario];
        let terms = class.j_per_th * class.overhead * 24e-6 * price.abs()
            + class.direct_usd_per_th_day
            + class.fixed_usd_per_th_day / class.uptime_frac
            + class.credits_usd_per_th_day;
        let at = format!("{machine} {price} {scenario}");
        let levels = cost.usd_per_btc;
        for (found, column) in [
            (levels.electricity, "electricity_usd_per_btc"),
            (levels.direct_before_credits, "direct_before_credits_usd_per_btc"),
            (levels.all_in_before_credits, "all_in_before_credits_usd_per_btc"),
            (levels.direct, "direct_usd_per_btc"),
            (levels.all_in, "all_in_usd_per_btc"),
        ] {
            let terms = terms / network.net_btc_per_th_day();
            seen.close(&format!("{at} {column}"), found, cell(&row, column), terms, FIGURES);
        }
        let found = cost.usd_per_ph_day.all_in_before_credits;
        let expected = cell(&row, "all_in_before_credits_usd_per_ph_day");
        seen.close(&format!("{at} usd_per_ph_day"), found, expected, 1e3 * terms, FIGURES);
    }
    seen.report();
}

#[test]
fn cost_breakevens() {
    let inputs = cost_inputs();
    let roots = inputs.each(|price, network| breakevens(&inputs.fleet, price, network).unwrap());
    let mut seen = Agreement::of("cost breakevens");
    for row in rows("cases/cost_breakevens.csv.gz") {
        let price = cell(&row, "usd_per_mwh_in");
        let (machine, scenario) = (&row["machine"], &row["scenario"]);
        let roots = &roots[&(machine.clone(), price.to_bits(), scenario.clone())];
        let class = &inputs.classes[machine];
        let network = &inputs.networks[scenario];
        let b = network.net_btc_per_th_day();
        let revenue = b * network.price_usd_per_btc;
        let per_joule = class.overhead * 24e-6;
        let power = class.j_per_th * per_joule * price.abs();
        let rest = class.direct_usd_per_th_day + class.fixed_usd_per_th_day / class.uptime_frac;
        let cost = roots.usd_per_btc.unwrap_or(f64::NAN) * b;
        let uptime = roots.uptime_frac.unwrap_or(f64::NAN);
        let earned = class.fixed_usd_per_th_day / uptime;
        for (found, column, terms) in [
            // Each root's own sum of absolute terms, in the unit of the root.
            (
                roots.usd_per_mwh,
                "breakeven_usd_per_mwh",
                (revenue + rest) / (class.j_per_th * per_joule),
            ),
            (
                roots.j_per_th,
                "breakeven_eff_j_per_th",
                (revenue + rest) / (per_joule * price.abs()),
            ),
            (roots.usd_per_btc, "breakeven_price_usd", (power + rest) / b),
            (
                roots.difficulty,
                "breakeven_difficulty",
                network.difficulty * revenue / cost * ((power + rest) / cost),
            ),
            (
                roots.usd_per_ph_day,
                "breakeven_hashprice_usd_per_ph_day",
                1e3 * (power + rest) / (1.0 - network.pool_fee_frac),
            ),
            (
                roots.uptime_frac,
                "breakeven_uptime",
                uptime * (revenue + power + class.direct_usd_per_th_day) / earned,
            ),
        ] {
            let at = format!("{machine} {price} {scenario} {column}");
            let expected = &row[column];
            seen.exact(&at, &found.is_some(), &!expected.is_empty());
            if let Some(found) = found {
                seen.close(&at, found, expected.parse().unwrap(), terms, FIGURES);
            }
        }
    }
    seen.report();
}

/// A hundred MW that mine, are leased for 9 M$ a MW, or run a cloud for 32 M$ a MW: taking the use
/// with the best value per dollar first is a trap once the budget grows.
#[test]
fn greedy_trap() {
    let cases = json("cases/portfolio.json");
    let envelope = upper_envelope(0, &[(0.0, 30.0), (900.0, 450.0), (3_200.0, 600.0)]);
    let mut seen = Agreement::of("greedy trap");
    for case in list(&cases["greedy_trap"]) {
        let of = |key: &str| number(&case[key]);
        let (added, slope) = fill(&envelope.steps, of("budget"));
        let at = format!("budget {}", of("budget"));
        seen.relative(&at, 30.0 + added, of("value"), OPTIMA);
        // At a corner of the envelope either side's slope is a dual: the engine gives the next one.
        seen.close(&at, slope, of("dual"), 1.0, OPTIMA);
    }
    seen.report();
}

/// Bits, difficulty and the retarget rule on the real chain.
#[test]
fn chain_of_difficulties() {
    let periods = rows("data/bitcoin/difficulty_retargets.csv");
    let mut seen = Agreement::of("difficulties of the chain");
    let mut last = None;
    for row in &periods {
        let found = difficulty_from_bits(bits_of(&row["nbits"])).unwrap();
        // The file rounds to a millionth.
        seen.close(&row["height"], found, cell(row, "difficulty"), found + 1e6, FIGURES);
        if let Some(last) = last {
            assert!(found >= 0.25 * last && found <= 4.0 * last * (1.0 + 1.0 / 32_768.0));
        }
        last = Some(found);
    }
    seen.report();

    let blocks: HashMap<u64, i64> = rows("data/bitcoin/block_times_pools_2021_2025h1.csv.gz")
        .iter()
        .map(|row| (row["height"].parse().unwrap(), row["time_unix"].parse().unwrap()))
        .collect();
    let mut seen = Agreement::of("retargets of the chain");
    for pair in periods.windows(2) {
        let first: u64 = pair[0]["height"].parse().unwrap();
        let Some(t_last) = blocks.get(&(first + 2_015)) else { continue };
        let t_first = pair[0]["header_time_unix"].parse().unwrap();
        let found = next_bits(bits_of(&pair[0]["nbits"]), t_first, *t_last).unwrap();
        seen.exact(&first.to_string(), &found, &bits_of(&pair[1]["nbits"]));
    }
    assert!(seen.figures > 100, "{} retargets", seen.figures);
    seen.report();
}

/// Subsidy, reward and hash rate against what the chain paid.
#[test]
fn issuance_of_the_chain() {
    let mut seen = Agreement::of("subsidies of real blocks");
    for row in rows("data/bitcoin/block_fees_samples.csv.gz") {
        let height = row["height"].parse().unwrap();
        seen.exact(&row["height"], &subsidy_sat(height), &row["subsidy_sat"].parse().unwrap());
    }
    seen.report();

    let mut seen = Agreement::of("issuance by day from heights");
    for row in rows("data/bitcoin/btc_network_daily_derived_2021_2025h1.csv") {
        let (first, blocks) = (row["min_height"].parse().unwrap(), row["blocks"].parse().unwrap());
        let issued = mean_subsidy_btc(first, blocks) * cell(&row, "blocks");
        seen.relative(&row["date"], issued, cell(&row, "issuance_btc"), FIGURES);
    }
    seen.report();

    let mut seen = Agreement::of("issuance by day since 2009");
    // The count starts with the first block after the genesis block.
    let mut height = 1_u64;
    let mut eras: Vec<f64> = Vec::new();
    // Four days of September 2022 carry a price that was corrected later, the halving day of 2024
    // is split at another hour: the source's own notes.
    let known =
        ["2022-09-09", "2022-09-10", "2022-09-11", "2022-09-12", "2024-04-19", "2024-04-20"];
    for row in rows("data/bitcoin/btc_daily.csv") {
        let blocks: u64 = row["blocks"].parse().unwrap();
        let mean = mean_subsidy_btc(height, blocks);
        if !known.contains(&row["date"].as_str()) {
            let issued = mean * cell(&row, "blocks");
            seen.close(&row["date"], issued, cell(&row, "issuance_btc"), 7_200.0, 1e-8);
        }
        if eras.last() != Some(&subsidy_btc(height)) {
            eras.push(subsidy_btc(height));
        }
        if let (Ok(difficulty), Ok(hashrate)) =
            (row["difficulty_mean"].parse::<f64>(), row["hashrate_th_s"].parse::<f64>())
            // Earlier rows are rounded away.
            && hashrate > 1.0
        {
            // The source counts 2^32 hashes a difficulty: 1.53e-5 less than the protocol's target.
            let implied = hashrate_th_per_s(difficulty) * cell(&row, "blocks") / 144.0;
            seen.close("hash rate", implied, hashrate, hashrate, 2e-5);
        }
        height += blocks;
    }
    assert_eq!(eras, [50.0, 25.0, 12.5, 6.25, 3.125]);
    seen.report();
}
