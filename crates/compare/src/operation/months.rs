//! Months of a class whose hours hang together, tabulated over hash value for the decision to read.

use hashcost::commitment::{Prices, Unit, commit};
use power::{Pricing, Zone};
use units::{Code, Violation};

use super::RunningClass;
use super::class::starts;
use super::site_load::month_spans;
use crate::error::Error;

/// Share of what a class would earn before energy by which its tabulated margin may be too high.
pub const TABLE_ERROR_FRAC: f64 = 1e-4;

/// Where the search for the highest hash value worth a look begins, USD per TH/s-hour: half a USD
/// per PH/s and hour, a quarter of what hashing is worth in lean times.
const FIRST_USD_PER_TH_H: f64 = 5e-4;

/// Doublings from there until hashing is worth any price of energy that series may hold.
const MAX_DOUBLINGS: usize = 32;

/// What one machine of a class earns in each calendar month at its best, by hash value: for classes
/// whose starts cost something or that draw when off.
///
/// # Formula
/// `M(h)`, the profit of the best course ([`commit`]) per hour of the month, is the highest of
/// straight lines, one for every course: convex in the hash value `h`. Between two values at which
/// it was found, it lies below the chord and above both tangents; values are added until these are
/// nowhere further apart than [`TABLE_ERROR_FRAC`] of `h` times the highest hash rate. The table
/// gives the chord, and the tangent beyond its last value, where nothing is left to switch off.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedMonths {
    /// By calendar month, January first.
    months: Vec<Month>,
}

#[derive(Clone, Debug, PartialEq)]
struct Month {
    /// What is earned by being off, USD/h: at most 0.
    off_usd_per_h: f64,
    /// By rising hash value, the first at 0.
    knots: Vec<Knot>,
}

/// The best course at a hash value, one machine.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot {
    usd_per_th_h: f64,
    usd_per_h: f64,
    /// Its average hash rate: the slope.
    th_per_s: f64,
}

impl Knot {
    fn tangent_usd_per_h(&self, usd_per_th_h: f64) -> f64 {
        self.usd_per_h + self.th_per_s * (usd_per_th_h - self.usd_per_th_h)
    }
}

impl CommittedMonths {
    /// Tabulates a class at the prices of a contract. Months that the prices cover more than once,
    /// or in part, count by their hours.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a calendar month without prices; [`Error::Hashcost`] for a ladder that
    /// cannot be run.
    pub fn new(class: &RunningClass, pricing: &Pricing, zone: &Zone) -> Result<Self, Error> {
        let series = &pricing.energy_usd_per_mwh;
        let prices = pricing.usd_per_mwh();
        let spans = month_spans(zone, series);
        let machine = Machine::new(class, series.interval_h());
        let months = (1..=12).map(|month| {
            let of_month: Vec<&[f64]> = spans
                .iter()
                .filter(|span| span.month == month)
                .map(|span| &prices[span.intervals.clone()])
                .collect();
            if of_month.is_empty() {
                let violation = Violation::new(Code::Missing, "prices").value(month);
                return Err(Error::Invalid(vec![
                    violation.allowed("must cover every calendar month"),
                ]));
            }
            machine.month(&of_month)
        });
        Ok(Self { months: months.collect::<Result<_, _>>()? })
    }

    /// What one machine earns in an hour of a calendar month (January = 1), before its share of
    /// uptime, USD.
    pub(crate) fn usd_per_h(&self, month: u32, usd_per_th_h: f64) -> f64 {
        let Month { off_usd_per_h, knots } = &self.months[month as usize - 1];
        let next = knots.partition_point(|knot| knot.usd_per_th_h <= usd_per_th_h);
        let Some(before) = next.checked_sub(1).map(|before| knots[before]) else {
            return knots[0].tangent_usd_per_h(usd_per_th_h).max(*off_usd_per_h);
        };
        let Some(after) = knots.get(next) else { return before.tangent_usd_per_h(usd_per_th_h) };
        let share =
            (usd_per_th_h - before.usd_per_th_h) / (after.usd_per_th_h - before.usd_per_th_h);
        before.usd_per_h + share * (after.usd_per_h - before.usd_per_h)
    }
}

/// One machine as its months are solved.
struct Machine {
    th_per_s: Vec<f64>,
    gross_mw: Vec<f64>,
    idle_gross_mw: f64,
    starts: hashcost::commitment::Starts,
    interval_h: f64,
    most_th_per_s: f64,
}

impl Machine {
    fn new(class: &RunningClass, interval_h: f64) -> Self {
        let (th_per_s, gross_mw, idle_gross_mw) = class.ladder();
        let most_th_per_s = th_per_s.iter().fold(0.0, |most: f64, th| most.max(*th));
        let starts = starts(class, interval_h);
        Self { th_per_s, gross_mw, idle_gross_mw, starts, interval_h, most_th_per_s }
    }

    fn month(&self, spans: &[&[f64]]) -> Result<Month, Error> {
        let intervals: usize = spans.iter().map(|span| span.len()).sum();
        let price_sum: f64 = spans.iter().copied().flatten().sum();
        let off_usd_per_h = -self.idle_gross_mw * price_sum / intervals as f64;
        let mut knots = vec![self.best(spans, 0.0)?];
        let mut usd_per_th_h = FIRST_USD_PER_TH_H;
        for _ in 0..MAX_DOUBLINGS {
            let last = self.best(spans, usd_per_th_h)?;
            self.refine(spans, last, &mut knots)?;
            if last.th_per_s >= self.most_th_per_s * (1.0 - TABLE_ERROR_FRAC) {
                break;
            }
            usd_per_th_h *= 2.0;
        }
        Ok(Month { off_usd_per_h, knots })
    }

    /// Adds a knot, and before it as many as it takes.
    fn refine(&self, spans: &[&[f64]], to: Knot, knots: &mut Vec<Knot>) -> Result<(), Error> {
        let mut after = vec![to];
        while let (Some(&from), Some(&to)) = (knots.last(), after.last()) {
            let width = to.usd_per_th_h - from.usd_per_th_h;
            let bend = to.th_per_s - from.th_per_s;
            // Where the tangents meet the chord is furthest from both.
            let rise = to.usd_per_h - from.usd_per_h;
            let meet = (to.th_per_s * width - rise) / bend;
            let gap = rise * meet / width - from.th_per_s * meet;
            let at = from.usd_per_th_h + meet;
            let allowed = TABLE_ERROR_FRAC * self.most_th_per_s * at.max(FIRST_USD_PER_TH_H);
            let inside = meet > 0.0 && meet < width && bend > 0.0;
            if inside && gap > allowed {
                after.push(self.best(spans, at)?);
            } else {
                knots.push(to);
                after.pop();
            }
        }
        Ok(())
    }

    /// The best course of the month's hours at a hash value.
    fn best(&self, spans: &[&[f64]], usd_per_th_h: f64) -> Result<Knot, Error> {
        let unit = Unit {
            th_per_s: &self.th_per_s,
            gross_mw: &self.gross_mw,
            idle_gross_mw: self.idle_gross_mw,
        };
        let (mut usd, mut th_h, mut hours) = (0.0, 0.0, 0.0);
        for span in spans {
            let worth = vec![usd_per_th_h; span.len()];
            // A bitcoin per TH/s-hour: what comes out are the TH/s-hours.
            let prices = Prices {
                price_usd_per_mwh: span,
                hash_value_usd_per_th_h: &worth,
                btc_per_th_h: &vec![1.0; span.len()],
                interval_h: self.interval_h,
            };
            let found = commit(&unit, &prices, &self.starts)?;
            usd += found.profit_usd;
            th_h += found.btc;
            hours += span.len() as f64 * self.interval_h;
        }
        Ok(Knot { usd_per_th_h, usd_per_h: usd / hours, th_per_s: th_h / hours })
    }
}

#[cfg(test)]
mod tests {
    use hashcost::Curve;
    use power::{Adders, Charges, Contract, Index, Tariff};
    use std::sync::Arc;
    use units::{Overhead, PowerW, ThPerS};

    use super::*;
    use crate::operation::StartTerms;

    /// At any hash value the table is what the best course earns, at most its stated error above.
    #[test]
    fn the_table_is_the_best_course_of_the_hours() {
        let zone = Zone::named("America/Chicago").unwrap();
        let from = zone.month_start(2027, 1).unwrap();
        let market = power::synthetic::hourly_prices(7, from, 8_760, 38.0).unwrap();
        let index = Index { market_usd_per_mwh: Arc::new(market), adders: Adders::default() };
        let contract = Contract::new(Tariff::Index(index), Charges::default(), zone.clone());
        let pricing = contract.pricing(contract.market().unwrap()).unwrap();
        let typed = [(60.0, 1_500.0), (90.0, 2_400.0), (110.0, 3_250.0)]
            .map(|(th, w)| (ThPerS::new(th).unwrap(), PowerW::new(w).unwrap()));
        let class = RunningClass {
            name: "a".to_owned(),
            units: 1.0,
            uptime_frac: 1.0,
            curve: Curve::new(&typed, 20.0).unwrap(),
            overhead: Overhead::new(1.04).unwrap(),
            variable_usd_per_th_day: 0.0,
            starts: StartTerms {
                start_usd: 0.6,
                min_run_h: 3.0,
                ramp_h: 0.5,
                ..StartTerms::default()
            },
            heat: None,
        };
        let table = CommittedMonths::new(&class, &pricing, &zone).unwrap();
        let machine = Machine::new(&class, 1.0);
        let prices = pricing.usd_per_mwh();
        let spans = month_spans(&zone, &pricing.energy_usd_per_mwh);
        let mut switching = 0;
        for round in 0..96_usize {
            let span = &spans[round % 12];
            let hours = &prices[span.intervals.clone()];
            let usd_per_th_h = 6e-5 * 1.06_f64.powf(round as f64);
            let best = machine.best(&[hours], usd_per_th_h).unwrap();
            let found = table.usd_per_h(span.month, usd_per_th_h);
            let allowed =
                TABLE_ERROR_FRAC * machine.most_th_per_s * usd_per_th_h.max(FIRST_USD_PER_TH_H);
            let over = found - best.usd_per_h;
            let rounding = 1e-12 * (1.0 + best.usd_per_h.abs());
            assert!(
                over >= -rounding && over <= allowed + rounding,
                "{round} at {usd_per_th_h}: {found} for {}",
                best.usd_per_h
            );
            let between = best.th_per_s > 0.0 && best.th_per_s < 0.99 * machine.most_th_per_s;
            switching += u32::from(between);
        }
        assert!(switching > 30, "{switching}");
        let most = table.months.iter().map(|month| month.knots.len()).max();
        assert!(most.is_some_and(|most| most < 200), "{most:?}");
        // Hashing that costs more than it brings leaves the idle draw.
        let off = table.usd_per_h(5, -1.0);
        assert_eq!(off, table.months[4].off_usd_per_h);
        assert!(off < 0.0);
    }
}
