//! One class of machines: its best course, what a course comes to, and rules.

use hashcost::commitment::{Committed, Prices, Starts, Unit, commit};
use hashcost::formula::{heat_hash_factor, heat_power_factor};
use hashcost::rules::{TwoStrikes, always_on, follow, two_strikes, within_reach};

use super::{Followed, RuleName, RunningClass, Setting, Tally};
use crate::error::Error;

/// What a class sees in each interval.
pub(super) struct Columns {
    /// Worth of a TH/s-hour, USD.
    pub(super) hash_value_usd_per_th_h: f64,
    /// Bitcoin of a TH/s-hour.
    pub(super) btc_per_th_h: f64,
    /// Factors on draw and hash rate by interval where heat matters; 0 where the machine trips.
    pub(super) heat: Option<[Vec<f64>; 2]>,
    /// Sum of the prices, USD/MWh.
    pub(super) price_sum: f64,
    /// Intervals in which it may be off, if there is a cap.
    pub(super) most_off: Option<usize>,
}

impl Columns {
    pub(super) fn new(class: &RunningClass, setting: &Setting<'_>, price_sum: f64) -> Self {
        let heat = class.heat.as_ref().zip(setting.temperature_c).map(|(heat, temperature)| {
            let factors = |of: &dyn Fn(f64) -> f64| -> Vec<f64> {
                let factor = |&at: &f64| if at > heat.trip_c { 0.0 } else { of(at) };
                temperature.values().iter().map(factor).collect()
            };
            [
                factors(&|at| heat_power_factor(at, heat.power_per_c_frac, heat.power_from_c)),
                factors(&|at| heat_hash_factor(at, heat.hash_per_c_frac, heat.hash_from_c)),
            ]
        });
        Self {
            hash_value_usd_per_th_h: class.hash_value_usd_per_th_h(&setting.market),
            btc_per_th_h: setting.market.btc_per_th_day / units::constants::HOURS_PER_DAY,
            heat,
            price_sum,
            most_off: most_off(setting),
        }
    }

    /// Whether intervals can be decided alone and looked up in sorted hours.
    pub(super) fn is_plain(&self, class: &RunningClass) -> bool {
        let alone = self.heat.is_none() && self.most_off.is_none() && class.starts.is_free();
        alone && self.hash_value_usd_per_th_h > 0.0
    }

    /// Prices as the class sees them: heat folded into price and hash value, which is right for
    /// every setting, and for the idle draw as far as that grows with the air as well.
    pub(super) fn seen(&self, prices: &[f64]) -> [Vec<f64>; 3] {
        let factor =
            |of: usize, place: usize| self.heat.as_ref().map_or(1.0, |heat| heat[of][place]);
        let column = |value: &dyn Fn(usize) -> f64| (0..prices.len()).map(value).collect();
        [
            column(&|place| prices[place] * factor(0, place)),
            column(&|place| self.hash_value_usd_per_th_h * factor(1, place)),
            column(&|place| self.btc_per_th_h * factor(1, place)),
        ]
    }

    /// Factor on the draw in an interval.
    fn power_factor(&self, place: usize) -> f64 {
        self.heat.as_ref().map_or(1.0, |heat| heat[0][place])
    }
}

/// Ladder and terms of a class as the single-class solvers take them.
pub(super) struct Solver<'a> {
    class: &'a RunningClass,
    pub(super) columns: &'a Columns,
    pub(super) th_per_s: Vec<f64>,
    pub(super) gross_mw: Vec<f64>,
    pub(super) idle_gross_mw: f64,
    starts: Starts,
    interval_h: f64,
    pub(super) prices: &'a [f64],
    seen: [Vec<f64>; 3],
}

impl<'a> Solver<'a> {
    pub(super) fn new(
        class: &'a RunningClass,
        columns: &'a Columns,
        interval_h: f64,
        prices: &'a [f64],
    ) -> Self {
        let (th_per_s, gross_mw, idle_gross_mw) = class.ladder();
        let seen = columns.seen(prices);
        let starts = starts(class, interval_h);
        Self { class, columns, th_per_s, gross_mw, idle_gross_mw, starts, interval_h, prices, seen }
    }

    pub(super) fn unit(&self) -> Unit<'_> {
        let (th_per_s, gross_mw) = (&self.th_per_s[..], &self.gross_mw[..]);
        Unit { th_per_s, gross_mw, idle_gross_mw: self.idle_gross_mw }
    }

    fn seen(&self) -> Prices<'_> {
        self.at(&self.seen)
    }

    fn at<'b>(&self, [price, hash_value, btc]: &'b [Vec<f64>; 3]) -> Prices<'b> {
        Prices {
            price_usd_per_mwh: price,
            hash_value_usd_per_th_h: hash_value,
            btc_per_th_h: btc,
            interval_h: self.interval_h,
        }
    }

    /// The best course with what a start costs and within the cap on hours off, for prices that may
    /// differ from those paid.
    pub(super) fn best_choice(&self, decided_at: &[f64]) -> Result<Vec<u8>, Error> {
        let seen = self.columns.seen(decided_at);
        let choice = commit(&self.unit(), &self.at(&seen), &self.starts)?.choice;
        let on = || self.best_without_off(decided_at);
        Ok(self.within_cap(choice, on, &seen))
    }

    /// The best course of one setting and off, within the cap.
    pub(super) fn best_of_point(&self, point: usize, decided_at: &[f64]) -> Result<Vec<u8>, Error> {
        let seen = self.columns.seen(decided_at);
        let (th_per_s, gross_mw) = (&self.th_per_s[point..=point], &self.gross_mw[point..=point]);
        let unit = Unit { th_per_s, gross_mw, idle_gross_mw: self.idle_gross_mw };
        let on = u8::try_from(point + 1).unwrap_or(u8::MAX);
        let course = commit(&unit, &self.at(&seen), &self.starts)?.choice;
        let course = course.into_iter().map(|choice| if choice == 0 { 0 } else { on }).collect();
        Ok(self.within_cap(course, || vec![on; decided_at.len()], &seen))
    }

    /// The best setting of every interval, never off.
    pub(super) fn best_without_off(&self, decided_at: &[f64]) -> Vec<u8> {
        let [price, hash_value, _] = self.columns.seen(decided_at);
        let best = |place: usize| {
            let worth = |point: usize| {
                hash_value[place] * self.th_per_s[point] - price[place] * self.gross_mw[point]
            };
            let better = |best: usize, point| if worth(point) > worth(best) { point } else { best };
            (1..self.th_per_s.len()).fold(0, better)
        };
        (0..price.len()).map(|place| u8::try_from(best(place) + 1).unwrap_or(u8::MAX)).collect()
    }

    /// A course with no more intervals off than the cap allows: it is `on` where that costs least.
    fn within_cap(
        &self,
        mut choice: Vec<u8>,
        on: impl Fn() -> Vec<u8>,
        [price, hash_value, _]: &[Vec<f64>; 3],
    ) -> Vec<u8> {
        let Some(most) = self.columns.most_off else { return choice };
        let on = on();
        let cost_of_on = |place: usize| {
            let point = usize::from(on[place]) - 1;
            let worth =
                hash_value[place] * self.th_per_s[point] - price[place] * self.gross_mw[point];
            -price[place] * self.idle_gross_mw - worth
        };
        let mut off: Vec<usize> = (0..choice.len()).filter(|place| choice[*place] == 0).collect();
        off.sort_by(|a, b| cost_of_on(*b).total_cmp(&cost_of_on(*a)));
        for place in off.into_iter().skip(most) {
            choice[place] = on[place];
        }
        choice
    }

    /// A rule's course that stays on once the hours off are used up, as nobody knows those to come.
    fn until_cap(&self, mut choice: Vec<u8>, on: u8) -> Vec<u8> {
        let Some(most) = self.columns.most_off else { return choice };
        for place in choice.iter_mut().filter(|choice| **choice == 0).skip(most) {
            *place = on;
        }
        choice
    }

    /// What a course comes to for all machines of the class.
    pub(super) fn tally(&self, choice: &[u8]) -> Result<Tally, Error> {
        let found: Committed = follow(choice, &self.unit(), &self.seen(), &self.starts)?;
        let mut tripped = vec![0_u32; found.hours.len()];
        let scale = self.class.units * self.class.uptime_frac;
        let (mut energy_mwh, mut power_usd) = (0.0, 0.0);
        for (place, &choice) in choice.iter().enumerate() {
            let mw = match usize::from(choice) {
                0 => self.idle_gross_mw,
                point => self.gross_mw[point - 1],
            };
            let factor = self.columns.power_factor(place);
            if factor == 0.0 {
                // Tripped: off, whatever was chosen. Coming back is no start of its own.
                tripped[usize::from(choice)] += 1;
            }
            let mwh = mw * factor * self.interval_h;
            energy_mwh += mwh;
            power_usd += self.prices[place] * mwh;
        }
        let mut hours = found.hours;
        for (point, count) in tripped.into_iter().enumerate() {
            let off_h = f64::from(count) * self.interval_h;
            hours[point] -= off_h;
            hours[0] += off_h;
        }
        Ok(Tally {
            profit_usd: found.profit_usd * scale,
            power_usd: power_usd * scale,
            energy_mwh: energy_mwh * scale,
            btc: found.btc * scale,
            hours,
            starts: f64::from(found.starts),
        })
    }

    /// The setting that earns most when it is never changed.
    pub(super) fn best_always_on(&self) -> usize {
        let [price, hash_value, _] = &self.seen;
        let (hash, price): (f64, f64) = if self.columns.heat.is_some() {
            let sum = |column: &[f64]| column.iter().fold(0.0, |sum, value| sum + value);
            (sum(hash_value), sum(price))
        } else {
            (self.columns.hash_value_usd_per_th_h * price.len() as f64, self.columns.price_sum)
        };
        best_always_on(&self.th_per_s, &self.gross_mw, hash, price)
    }

    /// Draw of all its machines by interval in a course, added to others.
    pub(super) fn add_draw(&self, choice: &[u8], draw_gross_mw: &mut [f64]) {
        let scale = self.class.units * self.class.uptime_frac;
        for (place, (&choice, draw)) in choice.iter().zip(draw_gross_mw).enumerate() {
            let mw = match usize::from(choice) {
                0 => self.idle_gross_mw,
                point => self.gross_mw[point - 1],
            };
            *draw += scale * mw * self.columns.power_factor(place);
        }
    }
}

pub(super) fn best_always_on(
    th_per_s: &[f64],
    gross_mw: &[f64],
    hash_sum: f64,
    price_sum: f64,
) -> usize {
    let worth = |point: usize| hash_sum * th_per_s[point] - price_sum * gross_mw[point];
    (1..th_per_s.len()).fold(0, |best, point| if worth(point) > worth(best) { point } else { best })
}

/// Intervals off that the cap on curtailed hours leaves, in proportion to the length of the series.
fn most_off(setting: &Setting<'_>) -> Option<usize> {
    let series = &setting.pricing.energy_usd_per_mwh;
    let most_h = setting.charges.curtailed_hours_per_year_max? * series.years();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "hours over interval length, not negative"
    )]
    let most = (most_h / series.interval_h() + 1e-9).floor().max(0.0) as usize;
    Some(most)
}

/// Start terms in intervals.
pub(super) fn starts(class: &RunningClass, interval_h: f64) -> Starts {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "hours over interval length, checked to be small and not negative"
    )]
    let intervals = |hours: f64| (hours / interval_h - 1e-9).ceil().max(0.0) as usize;
    let terms = class.starts;
    Starts {
        start_usd: terms.start_usd,
        min_run_intervals: intervals(terms.min_run_h),
        min_off_intervals: intervals(terms.min_off_h),
        ramp_h: terms.ramp_h,
    }
}

/// Rules beside the best, the one that is never changed first.
pub(super) fn rules(solver: &Solver<'_>, setting: &Setting<'_>) -> Result<Vec<Followed>, Error> {
    let point = solver.best_always_on();
    let count = solver.prices.len();
    let tally = solver.tally(&always_on(point + 1, count))?;
    let mut rules = vec![Followed { rule: RuleName::AlwaysOn, tally }];
    if !setting.with_rules {
        return Ok(rules);
    }
    if let Some(ahead) = setting.ahead_usd_per_mwh {
        let tally = solver.tally(&solver.best_choice(ahead)?)?;
        rules.push(Followed { rule: RuleName::DayAhead, tally });
    }
    let strikes = &setting.strikes;
    let breakeven =
        solver.columns.hash_value_usd_per_th_h * solver.th_per_s[point] / solver.gross_mw[point];
    let low = strikes.low_usd_per_mwh.unwrap_or(breakeven);
    let rule = TwoStrikes {
        low_usd_per_mwh: low,
        high_usd_per_mwh: strikes.high_usd_per_mwh.unwrap_or(2.0 * low),
        low_windows: strikes.low_windows,
        high_windows: strikes.high_windows,
        resume_windows: strikes.resume_windows,
        notice_intervals: strikes.notice_intervals,
        point: point + 1,
    };
    let asked = two_strikes(&rule, solver.prices);
    let reached = within_reach(&asked, &solver.starts, solver.interval_h);
    let on = u8::try_from(point + 1).unwrap_or(u8::MAX);
    let tally = solver.tally(&solver.until_cap(reached, on))?;
    rules.push(Followed { rule: RuleName::TwoStrikes, tally });
    Ok(rules)
}
