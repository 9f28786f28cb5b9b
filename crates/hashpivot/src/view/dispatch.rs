//! Tables of `dispatch` and `strikes`.

use std::fmt::Write;

use serde::Serialize;

use crate::result::{DispatchResult, FlexibilityUsd, StrikeRow, StrikesResult};

use super::{grouped, labelled, percent, table};

/// Classes that a table lists; the rest is in JSON and CSV.
const MAX_CLASSES: usize = 20;

/// Characters of a heat map from cheap to dear, or from idle to full.
const SHADES: [char; 5] = [' ', '.', ':', 'o', '#'];

/// A site hour by hour.
pub fn dispatch(result: &DispatchResult) -> String {
    let prices = &result.prices;
    let total = &result.total;
    let whom = result.site.as_deref().unwrap_or("machine classes of a file");
    let mut text = format!(
        "{whom}: {} to {}, every {} minutes, {} tariff on {}\n",
        prices.from, prices.to, prices.interval_minutes, result.tariff, prices.source
    );
    if let Some(rule) = prices.gap_rule.filter(|_| prices.filled_intervals > 0) {
        let _ = writeln!(text, "{} intervals filled: {rule}", prices.filled_intervals);
    }
    let _ = writeln!(
        text,
        "hashprice {} USD/PH/day throughout; power pays {} USD/MWh used, against {} for a load that \
         never changes\n",
        grouped(result.hashprice_usd_per_ph_day, 2),
        total.effective_usd_per_mwh.map_or("-".to_owned(), |price| grouped(price, 2)),
        grouped(total.average_usd_per_mwh, 2)
    );
    text.push_str(&classes(result));
    if result.classes.iter().any(|class| class.rules.len() > 1) {
        text.push_str("\nWhat rules leave on the table, USD (hours run)\n");
        text.push_str(&rules(result));
    }
    text.push_str("\nWhat being free to choose is worth, against the best setting never changed\n");
    text.push_str(&flexibility(&total.flexibility_usd));
    if !result.months.is_empty() {
        text.push_str("\nBilled on the site's highest draw\n");
        let rows = result
            .months
            .iter()
            .map(|month| {
                vec![
                    month.month.clone(),
                    grouped(month.peak_gross_mw, 2),
                    grouped(month.demand_usd, 0),
                    grouped(month.unused_usd, 0),
                ]
            })
            .collect();
        text.push_str(&table(&["month", "peak MW", "demand USD", "not used USD"], 1, rows));
    }
    if !result.heat_map.is_empty() {
        text.push_str("\nHours by month: price (low to high: . : o #) and machines running\n");
        text.push_str(&heat_map(result));
    }
    if !result.strikes.is_empty() && result.classes.len() <= MAX_CLASSES {
        text.push_str(
            "\nUp to which price of power each setting pays, USD/MWh, and how long it ran\n",
        );
        let hours: Vec<f64> =
            result.classes.iter().flat_map(|class| class.hours.iter().skip(1).copied()).collect();
        text.push_str(&strike_table(&result.strikes, Some(&hours)));
    }
    if !result.firm.is_empty() {
        text.push_str("\nThe same site with a firm load\n");
        let rows = result
            .firm
            .iter()
            .map(|row| {
                vec![
                    percent(row.curtailable_frac),
                    grouped(row.firm_usd_per_mwh, 2),
                    grouped(row.saved_usd_per_mw_year, 0),
                    grouped(row.lease_must_add_usd_per_kw_month, 2),
                ]
            })
            .collect();
        let header = [
            "curtailable",
            "pays USD/MWh",
            "saves USD/MW-year",
            "lease must add USD/kW-month (at the meter)",
        ];
        text.push_str(&table(&header, 1, rows));
    }
    for warning in &result.warnings {
        let _ = writeln!(text, "note: {warning}");
    }
    text
}

fn classes(result: &DispatchResult) -> String {
    let mut rows: Vec<Vec<String>> = result
        .classes
        .iter()
        .take(MAX_CLASSES)
        .map(|class| {
            vec![
                class.machine.clone(),
                grouped(class.units, 0),
                grouped(class.profit_usd, 0),
                grouped(class.btc, 3),
                grouped(class.mwh, 0),
                grouped(class.hours_run, 0),
                class.effective_usd_per_mwh.map_or("-".to_owned(), |price| grouped(price, 2)),
                grouped(class.flexibility_usd.total_usd, 0),
            ]
        })
        .collect();
    let more = result.classes.len().saturating_sub(MAX_CLASSES);
    if more > 0 {
        let mut row = vec![format!("and {more} more (--format json or csv)")];
        row.resize(8, String::new());
        rows.push(row);
    }
    let total = &result.total;
    rows.push(vec![
        "total".to_owned(),
        String::new(),
        grouped(total.profit_usd, 0),
        grouped(total.btc, 3),
        grouped(total.mwh, 0),
        String::new(),
        total.effective_usd_per_mwh.map_or("-".to_owned(), |price| grouped(price, 2)),
        grouped(total.flexibility_usd.total_usd, 0),
    ]);
    let header = [
        "machine",
        "units",
        "profit USD",
        "BTC",
        "MWh",
        "hours run",
        "USD/MWh used",
        "flexibility USD",
    ];
    table(&header, 1, rows)
}

fn rules(result: &DispatchResult) -> String {
    let names: Vec<&str> = result
        .classes
        .first()
        .map_or(Vec::new(), |class| class.rules.iter().map(|r| r.rule).collect());
    let mut header = vec!["machine"];
    header.extend(&names);
    let rows = result
        .classes
        .iter()
        .take(MAX_CLASSES)
        .map(|class| {
            let cell = |rule: &crate::result::RuleRow| {
                format!("{} ({})", grouped(rule.left_usd, 0), grouped(rule.hours_run, 0))
            };
            std::iter::once(class.machine.clone()).chain(class.rules.iter().map(cell)).collect()
        })
        .collect();
    table(&header, 1, rows)
}

fn flexibility(parts: &FlexibilityUsd) -> String {
    let rows = [
        ("off when power is dear", parts.off_usd),
        ("another setting", parts.settings_usd),
        ("out of the grid's peaks", parts.peaks_usd),
        ("programmes", parts.programs_usd),
        ("charges on the site's draw", parts.charges_usd),
        ("in all", parts.total_usd),
    ];
    let rows = rows.into_iter().filter(|(name, usd)| *usd != 0.0 || *name == "in all");
    labelled(rows.map(|(name, usd)| (name, format!("{} USD", grouped(usd, 0)))))
}

/// One line a month: shades of price, then of draw, hour 0 first.
fn heat_map(result: &DispatchResult) -> String {
    let cells = &result.heat_map;
    let price = |of: fn(f64, f64) -> f64, from: f64| {
        cells.iter().map(|cell| cell.average_usd_per_mwh).fold(from, of)
    };
    let (low, high) = (price(f64::min, f64::INFINITY), price(f64::max, f64::NEG_INFINITY));
    let shade = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of five shades"
        )]
        let place = (share.clamp(0.0, 1.0) * 4.999) as usize;
        SHADES[place]
    };
    let mut rows = Vec::new();
    for month in 1..=12 {
        let of_month: Vec<_> = cells.iter().filter(|cell| cell.month_of_year == month).collect();
        if of_month.is_empty() {
            continue;
        }
        let line = |share: &dyn Fn(&crate::result::HeatCell) -> f64| -> String {
            let shades: String = of_month.iter().map(|cell| shade(share(cell))).collect();
            format!("|{shades}|")
        };
        let range = (high - low).max(f64::MIN_POSITIVE);
        rows.push(vec![
            format!("{month:>2}"),
            line(&|cell| (cell.average_usd_per_mwh - low) / range),
            line(&|cell| cell.draw_frac),
        ]);
    }
    table(&["month", "price by hour 0-23", "running by hour 0-23"], 3, rows)
}

/// Settings by their strike prices, with hours run if there are any.
fn strike_table(rows: &[StrikeRow], hours: Option<&[f64]>) -> String {
    let cells = |(place, row): (usize, &StrikeRow)| {
        let mut cells = vec![
            row.machine.clone(),
            row.mode.clone(),
            grouped(row.hashrate_th_per_s, 1),
            grouped(row.power_w, 0),
            grouped(row.j_per_th, 1),
            grouped(row.average_strike_usd_per_mwh, 1),
            grouped(row.step_j_per_th, 1),
            grouped(row.step_strike_usd_per_mwh, 1),
            row.best_below_usd_per_mwh.map_or("never".to_owned(), |price| grouped(price, 1)),
        ];
        cells.extend(hours.map(|hours| grouped(hours[place], 0)));
        cells
    };
    let mut header = vec![
        "machine",
        "setting",
        "TH/s",
        "W",
        "J/TH",
        "breakeven USD/MWh",
        "step J/TH",
        "step pays below",
        "best below",
    ];
    header.extend(hours.map(|_| "hours"));
    table(&header, 2, rows.iter().enumerate().map(cells).collect())
}

/// Strike prices of settings.
pub fn strikes(result: &StrikesResult) -> String {
    let mut text = strike_table(&result.rows, None);
    let _ = writeln!(
        text,
        "\nHashprice {} USD/PH/day, {} W at the meter per machine W, fee {}. A setting beats the one \
         below it only under the price of its step; \"best below\" compares settings that can be best \
         at all.",
        grouped(result.hashprice_usd_per_ph_day, 2),
        result.overhead,
        percent(result.pool_fee_frac)
    );
    text
}

/// One row of a dispatch: a class and how it was run.
#[derive(Serialize)]
pub struct DispatchRow<'a> {
    machine: &'a str,
    units: f64,
    strategy: &'a str,
    profit_usd: f64,
    btc: f64,
    mwh: f64,
    hours_run: f64,
    starts: f64,
    effective_usd_per_mwh: Option<f64>,
    flexibility_usd: Option<f64>,
}

/// A dispatch as tidy rows: the best of each class, then its rules.
pub fn dispatch_rows(result: &DispatchResult) -> Vec<DispatchRow<'_>> {
    let mut rows = Vec::new();
    for class in &result.classes {
        rows.push(DispatchRow {
            machine: &class.machine,
            units: class.units,
            strategy: "foresight",
            profit_usd: class.profit_usd,
            btc: class.btc,
            mwh: class.mwh,
            hours_run: class.hours_run,
            starts: class.starts,
            effective_usd_per_mwh: class.effective_usd_per_mwh,
            flexibility_usd: Some(class.flexibility_usd.total_usd),
        });
        rows.extend(class.rules.iter().map(|rule| DispatchRow {
            machine: &class.machine,
            units: class.units,
            strategy: rule.rule,
            profit_usd: rule.profit_usd,
            btc: rule.btc,
            mwh: rule.mwh,
            hours_run: rule.hours_run,
            starts: rule.starts,
            effective_usd_per_mwh: rule.effective_usd_per_mwh,
            flexibility_usd: None,
        }));
    }
    rows
}
