//! The job `strikes`: up to which price of power each setting of a machine pays.

use hashcost::curve::onto_hull;
use units::constants::{HOURS_PER_DAY, TH_PER_PH, W_PER_MW};
use units::{Code, Faults, FeeFrac, Overhead, UsdPerPhDay, Violation};

use crate::about;
use crate::error::Error;
use crate::facts;
use crate::result::{DefaultRow, StrikeRow, StrikesResult};

/// Hashprice where none is given: the latest of the built-in table.
pub const DEFAULT_HASHPRICE_USD_PER_PH_DAY: f64 = 40.58;

/// What `strikes` is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct StrikesArguments {
    /// Models with a published ladder, or of the table of machines; all ladders if empty.
    pub models: Vec<String>,
    /// Hashprice, USD/PH/day.
    pub hashprice_usd_per_ph_day: Option<f64>,
    /// Site draw per machine draw.
    pub overhead: f64,
    /// Pool and firmware fee as a share of the reward.
    pub pool_fee_frac: f64,
}

impl Default for StrikesArguments {
    fn default() -> Self {
        Self {
            models: Vec::new(),
            hashprice_usd_per_ph_day: None,
            overhead: 1.0,
            pool_fee_frac: 0.0,
        }
    }
}

/// A setting: name, hash rate in TH/s, draw in W.
type Settings = Vec<(String, f64, f64)>;

/// Strike prices of every setting.
///
/// # Errors
/// [`Error::Input`] with every model that is not in the tables and every figure out of range.
pub fn strikes(arguments: &StrikesArguments) -> Result<StrikesResult, Error> {
    let hashprice = arguments.hashprice_usd_per_ph_day.unwrap_or(DEFAULT_HASHPRICE_USD_PER_PH_DAY);
    let mut faults = Faults::default();
    faults.check::<UsdPerPhDay>("--hashprice", hashprice);
    faults.check::<Overhead>("--overhead", arguments.overhead);
    faults.check::<FeeFrac>("--fee", arguments.pool_fee_frac);
    let models: Vec<String> = if arguments.models.is_empty() {
        facts::ladder_models().into_iter().map(str::to_owned).collect()
    } else {
        arguments.models.clone()
    };
    let mut machines = Vec::new();
    for model in &models {
        match settings_of(model) {
            Some(machine) => machines.push(machine),
            None => faults.push(
                Violation::new(Code::UnknownReference, "--model")
                    .value(model)
                    .allowed("a model with a built-in ladder, or of the table of machines")
                    .hint(format!(
                        "ladders: {}; nearest machines: {}",
                        facts::ladder_models().join(", "),
                        facts::nearest_machines(model).join(", ")
                    )),
            ),
        }
    }
    faults.into_result().map_err(Error::Input)?;
    let value_usd_per_th_h =
        hashprice / TH_PER_PH / HOURS_PER_DAY * (1.0 - arguments.pool_fee_frac);
    let rows = machines
        .iter()
        .flat_map(|(name, settings)| {
            rows(name, settings, 0.0, value_usd_per_th_h, arguments.overhead)
        })
        .collect();
    let mut defaults = Vec::new();
    if arguments.hashprice_usd_per_ph_day.is_none() {
        defaults.push(DefaultRow {
            path: "--hashprice".into(),
            value: hashprice.into(),
            unit: "USD/PH/day".into(),
            source: "built-in table of hashprices, 2026-10-03".into(),
        });
    }
    let mut result = StrikesResult {
        about: about::of_arguments(about::NO_FLOWS, defaults),
        hashprice_usd_per_ph_day: hashprice,
        overhead: arguments.overhead,
        pool_fee_frac: arguments.pool_fee_frac,
        rows,
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// Name and settings of a model: its ladder, the ladder of a machine whose name begins with it, or
/// its rated point.
fn settings_of(model: &str) -> Option<(String, Settings)> {
    let begins = |name: &&str| name.to_lowercase().contains(&model.to_lowercase());
    let named =
        facts::ladder(model).map(|points| (points[0].model.clone(), points)).or_else(|| {
            if facts::machine(model).is_some() {
                return None;
            }
            let mut models = facts::ladder_models().into_iter().filter(begins);
            let only = models.next().filter(|_| models.next().is_none())?;
            Some((only.to_owned(), facts::ladder(only)?))
        });
    if let Some((name, points)) = named {
        let setting = |point: &&facts::OperatingPoint| {
            (point.mode.clone(), point.hashrate_th_per_s, point.power_w)
        };
        return Some((name, points.iter().map(setting).collect()));
    }
    let machine = facts::machine(model)?;
    let rated = ("rated".to_owned(), machine.hashrate_th_per_s, machine.power_w);
    Some((machine.model.clone(), vec![rated]))
}

/// One row a setting of a machine that draws `idle_w` when it is off.
pub(crate) fn rows(
    name: &str,
    settings: &[(String, f64, f64)],
    idle_w: f64,
    value_usd_per_th_h: f64,
    overhead: f64,
) -> Vec<StrikeRow> {
    // The price at which so much hash rate is worth so much power.
    let strike = |th: f64, power_w: f64| value_usd_per_th_h * th / (power_w * overhead / W_PER_MW);
    let mut hull = vec![(idle_w, 0.0)];
    for (_, th, power_w) in settings {
        onto_hull(&mut hull, (*power_w, *th), |(power_w, th)| [power_w, th]);
    }
    let mut below = (0.0, idle_w);
    settings
        .iter()
        .map(|(mode, th, power_w)| {
            let (step_th, step_w) = (th - below.0, power_w - below.1);
            below = (*th, *power_w);
            let place = hull.iter().position(|corner| *corner == (*power_w, *th));
            let best_below = place.filter(|place| *place > 0).map(|place| {
                let (before_w, before_th) = hull[place - 1];
                strike(th - before_th, power_w - before_w)
            });
            StrikeRow {
                machine: name.to_owned(),
                mode: mode.clone(),
                hashrate_th_per_s: *th,
                power_w: *power_w,
                j_per_th: power_w / th,
                average_strike_usd_per_mwh: strike(*th, *power_w),
                step_j_per_th: step_w / step_th,
                step_strike_usd_per_mwh: strike(step_th, step_w),
                on_hull: best_below.is_some(),
                best_below_usd_per_mwh: best_below,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stock_step_of_an_s19k_pro_pays_far_less_than_its_average() {
        let arguments = StrikesArguments {
            models: vec!["S19k Pro 121.8T".into()],
            hashprice_usd_per_ph_day: Some(40.0),
            ..StrikesArguments::default()
        };
        let result = strikes(&arguments).unwrap();
        assert_eq!(result.rows.len(), 25);
        let stock = result.rows.iter().find(|row| row.power_w == 2_794.0).unwrap();
        assert_eq!(stock.hashrate_th_per_s, 121.8);
        assert!((stock.step_strike_usd_per_mwh - 55.2).abs() < 0.05);
        assert!((stock.average_strike_usd_per_mwh - 72.7).abs() < 0.05);
        assert!((stock.step_j_per_th - 30.2).abs() < 0.05);
    }

    #[test]
    fn models_are_found_and_others_refused() {
        let of = |model: &str| {
            strikes(&StrikesArguments { models: vec![model.into()], ..StrikesArguments::default() })
        };
        assert_eq!(of("Antminer S21 200T").unwrap().rows.len(), 1);
        assert!(of("Antminer S99").is_err());
        assert!(strikes(&StrikesArguments::default()).unwrap().rows.len() >= 40);
        let wrong = StrikesArguments { overhead: 0.5, ..StrikesArguments::default() };
        assert!(strikes(&wrong).is_err());
    }
}
