//! Built-in tables: machines, GPUs, deals and the figures that others published.
//!
//! Each row names its source and whether that source could be seen ([`Status`]). The tables are
//! read when first asked for and stay in memory; nothing is ever fetched.
//!
//! ```
//! use hashpivot::facts;
//! let s21 = facts::machine("antminer s21 200t").ok_or("not in the table")?;
//! assert_eq!(s21.j_per_th(), 17.5);
//! assert_eq!(facts::nearest_machines("Antminer S21 200")[0], "Antminer S21 200T");
//! # Ok::<(), &str>(())
//! ```

pub mod cohorts;
pub mod company;
mod rows;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;

pub use rows::*;

/// Characters of a name that are compared with others.
const LONGEST: usize = 100;
/// How many names a suggestion lists.
const SUGGESTIONS: usize = 3;

/// Rows of one table, read on first use.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $row:ty = $file:literal;)*) => {
        $(
            $(#[$doc])*
            pub fn $name() -> &'static [$row] {
                static ROWS: LazyLock<Vec<$row>> =
                    LazyLock::new(|| parse($file, include_str!(concat!("tables/", $file))));
                &ROWS
            }
        )*
    };
}

tables! {
    /// Mining machines at their rated point, oldest first.
    machines: Machine = "machines.csv";
    /// GPUs with what they draw all-in and cost.
    gpus: Gpu = "gpus.csv";
    /// Published tunings of machines away from the rated point.
    operating_points: OperatingPoint = "operating_points.csv";
    /// What others paid or ask for building a megawatt.
    capex: Capex = "capex.csv";
    /// Colocation rents of markets and deals.
    colo_rates: ColoRate = "colo_rates.csv";
    /// Leases and GPU-cloud contracts that miners have signed.
    deals: Deal = "deals.csv";
    /// Difficulty, hash rate and price by month.
    network_by_month: NetworkMonth = "network_by_month.csv";
    /// Machine prices per TH/s, by efficiency.
    asic_prices: AsicPrice = "asic_prices.csv";
    /// Block heights at which the subsidy changes.
    halvings: Halving = "halvings.csv";
    /// Compact targets with the difficulty that they stand for.
    difficulty_bits: DifficultyBits = "difficulty_bits.csv";
    /// What others estimate a bitcoin costs to produce.
    production_cost: ProductionCost = "production_cost.csv";
    /// Costs per bitcoin that companies or analysts published, by company.
    miner_costs: MinerCost = "miner_costs.csv";
    /// Riot's published table of its cost to mine.
    riot_cost_to_mine: RiotLine = "riot_cost_to_mine.csv";
    /// Figures of a bank's framework for valuing miners, from the press.
    bank_framework: PublishedFigure = "bank_framework.csv";
    /// Hashprice on single days.
    hashprice: HashpricePoint = "hashprice.csv";
}

/// The machine of that name, whatever its letter case or spaces; vendor and model or model alone.
pub fn machine(name: &str) -> Option<&'static Machine> {
    static BY_NAME: LazyLock<HashMap<String, &Machine>> = LazyLock::new(|| {
        let with_vendor =
            machines().iter().map(|m| (folded(&format!("{} {}", m.vendor, m.model)), m));
        machines().iter().map(|m| (folded(&m.model), m)).chain(with_vendor).collect()
    });
    BY_NAME.get(&folded(name)).copied()
}

/// The GPU of that name, whatever its letter case or spaces.
pub fn gpu(name: &str) -> Option<&'static Gpu> {
    static BY_NAME: LazyLock<HashMap<String, &Gpu>> =
        LazyLock::new(|| gpus().iter().map(|g| (folded(&g.model), g)).collect());
    BY_NAME.get(&folded(name)).copied()
}

/// Fewest tunings of one machine that make a ladder.
const LADDER_POINTS: usize = 5;

/// Models with a published ladder of settings, in the order of the table.
pub fn ladder_models() -> Vec<&'static str> {
    let mut models: Vec<&str> = Vec::new();
    for point in operating_points() {
        if !models.contains(&point.model.as_str()) && ladder(&point.model).is_some() {
            models.push(&point.model);
        }
    }
    models
}

/// The published settings of a model by rising power, whatever the letter case or spaces of its
/// name; `None` if there are fewer than five.
pub fn ladder(model: &str) -> Option<Vec<&'static OperatingPoint>> {
    let wanted = folded(model);
    let mut points: Vec<&OperatingPoint> =
        operating_points().iter().filter(|point| folded(&point.model) == wanted).collect();
    points.sort_by(|a, b| a.power_w.total_cmp(&b.power_w));
    (points.len() >= LADDER_POINTS).then_some(points)
}

/// Names of machines that look most like `name`, best first.
pub fn nearest_machines(name: &str) -> Vec<&'static str> {
    nearest(name, machines().iter().map(|m| m.model.as_str()))
}

/// Names of GPUs that look most like `name`, best first.
pub fn nearest_gpus(name: &str) -> Vec<&'static str> {
    nearest(name, gpus().iter().map(|g| g.model.as_str()))
}

/// The three words that look most like `name`, best first.
pub fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted: String = name.to_lowercase().chars().take(LONGEST).collect();
    let mut scored: Vec<(f64, &str)> =
        among.map(|word| (strsim::jaro_winkler(&wanted, &word.to_lowercase()), word)).collect();
    // A stable sort keeps table order among equals.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(SUGGESTIONS).map(|(_, word)| word).collect()
}

/// Lower case without spaces: how names are compared.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Vec<T> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .map(|row| match row {
            Ok(row) => row,
            // A test reads every table, so this cannot be reached by a user.
            Err(error) => unreachable!("built-in table {file}: {error}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use units::{
        CriticalMw, Difficulty, EhPerS, GrossMw, JPerTh, PowerW, Quantity, ThPerS, UsdPerBtc,
        UsdPerGpu, UsdPerKwMonth, UsdPerMw, UsdPerPhDay, UsdPerTh, WPerGpu,
    };

    use super::*;

    fn in_range<T: Quantity>(row: &str, value: impl Into<Option<f64>>) {
        if let Some(value) = value.into() {
            assert!(T::checked(value).is_ok(), "{row}: {value} {}", T::UNIT);
        }
    }

    #[test]
    fn every_row_is_in_range_and_names_its_source() {
        macro_rules! sources {
            ($($table:ident)*) => {$(
                assert!(!$table().is_empty());
                for row in $table() {
                    assert!(row.source.len() > 10, "{}: {row:?}", stringify!($table));
                }
            )*};
        }
        sources!(machines gpus operating_points capex colo_rates deals network_by_month);
        sources!(asic_prices halvings difficulty_bits production_cost miner_costs);
        sources!(riot_cost_to_mine bank_framework hashprice);

        for m in machines() {
            in_range::<ThPerS>(&m.model, m.hashrate_th_per_s);
            in_range::<PowerW>(&m.model, m.power_w);
            in_range::<JPerTh>(&m.model, m.j_per_th());
        }
        for g in gpus() {
            in_range::<WPerGpu>(&g.model, g.allin_w_per_gpu);
            in_range::<UsdPerGpu>(&g.model, g.usd_per_gpu);
        }
        for p in operating_points() {
            in_range::<JPerTh>(&p.model, p.power_w / p.hashrate_th_per_s);
        }
        for c in capex() {
            for value in [c.low_usd_per_mw, c.mid_usd_per_mw, c.high_usd_per_mw] {
                in_range::<UsdPerMw>(&c.build, value);
            }
        }
        for c in colo_rates() {
            for value in [c.low_usd_per_kw_month, c.mid_usd_per_kw_month, c.high_usd_per_kw_month] {
                in_range::<UsdPerKwMonth>(&c.market, value);
            }
        }
        for d in deals() {
            in_range::<CriticalMw>(&d.id, d.critical_mw);
            in_range::<GrossMw>(&d.id, d.gross_mw);
        }
        for n in network_by_month() {
            in_range::<Difficulty>(&n.month, n.difficulty);
            in_range::<EhPerS>(&n.month, n.network_eh_per_s);
            in_range::<UsdPerBtc>(&n.month, n.price_usd_per_btc);
        }
        for a in asic_prices() {
            in_range::<UsdPerTh>(&a.label, a.usd_per_th);
        }
        for p in production_cost() {
            in_range::<UsdPerBtc>(&p.who, p.usd_per_btc);
        }
        for h in hashprice() {
            in_range::<UsdPerPhDay>(&h.date, h.low_usd_per_ph_day);
        }
    }

    #[test]
    fn there_are_over_a_hundred_machines_and_their_names_differ() {
        assert!(machines().len() >= 100);
        for m in machines() {
            assert_eq!(machine(&m.model), Some(m));
        }
        for g in gpus() {
            assert_eq!(gpu(&g.model), Some(g));
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_misspelt_ones_get_neighbours() {
        assert_eq!(machine("BITMAIN antminer s21  200t").map(|m| m.power_w), Some(3_500.0));
        assert!(machine("Antminer S21 2000T").is_none());
        assert_eq!(nearest_machines("Antminer S21 2000T")[0], "Antminer S21 200T");
        assert_eq!(nearest_gpus("GB300")[0], "GB300 NVL72");
    }
}
