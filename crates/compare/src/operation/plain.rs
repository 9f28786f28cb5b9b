//! Classes whose hours can be decided alone, looked up in sorted hours.

use hashcost::{Dispatch, Hours, Ladders, SortedHours, StartsByHours, dispatch_sorted};

use super::class::{Columns, Solver, best_always_on, rules};
use super::flexibility::{self, Flexibility};
use super::{ClassOperation, Followed, RuleName, RunningClass, Setting, Tally};
use crate::error::Error;

/// Classes of one hash value without terms that tie hours together.
pub(super) struct Group {
    members: Vec<usize>,
    points: usize,
    th_per_s: Vec<f64>,
    gross_mw: Vec<f64>,
    idle_gross_mw: Vec<f64>,
    hours: SortedHours,
    starts: StartsByHours,
    interval_h: f64,
    intervals: usize,
}

impl Group {
    pub(super) fn new(
        members: &[usize],
        classes: &[RunningClass],
        columns: &Columns,
        interval_h: f64,
        prices: &[f64],
    ) -> Result<Self, Error> {
        let count = prices.len();
        let hash_value = vec![columns.hash_value_usd_per_th_h; count];
        let btc = vec![columns.btc_per_th_h; count];
        let hours = Hours::new(prices, &hash_value, &btc)?;
        drop((hash_value, btc));
        let points = members.iter().map(|class| classes[*class].curve.points().len()).max();
        let points = points.unwrap_or(1);
        let (mut th_per_s, mut gross_mw, mut idle_gross_mw) = (Vec::new(), Vec::new(), Vec::new());
        for &class in members {
            let (mut th, mut mw, idle) = classes[class].ladder();
            // A class with fewer settings repeats its last one, which is never chosen.
            th.resize(points, th[th.len() - 1]);
            mw.resize(points, mw[mw.len() - 1]);
            th_per_s.append(&mut th);
            gross_mw.append(&mut mw);
            idle_gross_mw.push(idle);
        }
        let Some((hours, starts)) = SortedHours::with_starts(&hours) else {
            return Err(Error::Invalid(vec![
                units::Violation::new(units::Code::Range, "hash_value")
                    .allowed("must be above 0 to sort hours by it"),
            ]));
        };
        Ok(Self {
            members: members.to_vec(),
            points,
            th_per_s,
            gross_mw,
            idle_gross_mw,
            hours,
            starts,
            interval_h,
            intervals: count,
        })
    }

    pub(super) fn run(
        &self,
        classes: &[RunningClass],
        columns: &[Columns],
        setting: &Setting<'_>,
        prices: &[f64],
        operations: &mut [Option<ClassOperation>],
    ) -> Result<(), Error> {
        let ladders =
            Ladders::new(self.points, &self.th_per_s, &self.gross_mw, &self.idle_gross_mw)?;
        let mut found = Dispatch::default();
        dispatch_sorted(&ladders, &self.hours, &mut found)?;
        let off_alone = self.one_setting_and_off()?;
        for (row, &place) in self.members.iter().enumerate() {
            let (class, columns) = (&classes[place], &columns[place]);
            let best = self.tally(&found, row, class, columns);
            let range = row * self.points..(row + 1) * self.points;
            let (th, mw) = (&self.th_per_s[range.clone()], &self.gross_mw[range.clone()]);
            let settings = class.curve.points().len();
            let hash_sum = columns.hash_value_usd_per_th_h * self.intervals as f64;
            let point =
                best_always_on(&th[..settings], &mw[..settings], hash_sum, columns.price_sum);
            let priced = setting.pricing;
            let responds =
                !priced.peak_usd_per_mwh.is_empty() || !priced.program_usd_per_mwh.is_empty();
            let solver = (setting.with_rules || responds)
                .then(|| Solver::new(class, columns, self.interval_h, prices));
            let rules = if let Some(solver) = &solver {
                rules(solver, setting)?
            } else {
                let tally = self.always_on(class, columns, th[point], mw[point], point, settings);
                vec![Followed { rule: RuleName::AlwaysOn, tally }]
            };
            let always_on_usd = rules[0].tally.profit_usd;
            let flexibility = if let Some(solver) = solver.as_ref().filter(|_| responds) {
                flexibility::of_class(solver, priced, &rules[0].tally, &best)?
            } else {
                let scale = class.units * class.uptime_frac * self.interval_h;
                let off = off_alone.profit_usd[range.start..range.start + settings]
                    .iter()
                    .fold(f64::NEG_INFINITY, |most, usd| most.max(*usd));
                let points = self.settings_without_off(row, settings, columns)?;
                Flexibility::of_two(
                    always_on_usd,
                    (off * scale).max(always_on_usd),
                    (points * scale).max(always_on_usd),
                    best.profit_usd,
                )
            };
            operations[place] =
                Some(ClassOperation { best, always_on_point: point, rules, flexibility });
        }
        Ok(())
    }

    /// Every setting of every class as a machine of its own that can be off.
    fn one_setting_and_off(&self) -> Result<Dispatch, Error> {
        let idle: Vec<f64> = self
            .idle_gross_mw
            .iter()
            .flat_map(|idle| std::iter::repeat_n(*idle, self.points))
            .collect();
        let ladders = Ladders::new(1, &self.th_per_s, &self.gross_mw, &idle)?;
        let mut found = Dispatch::default();
        dispatch_sorted(&ladders, &self.hours, &mut found)?;
        Ok(found)
    }

    /// What a machine earns that may change its setting but never be off, USD per interval hour: the
    /// lowest setting is its floor, and the others count by what they add to it.
    fn settings_without_off(
        &self,
        row: usize,
        settings: usize,
        columns: &Columns,
    ) -> Result<f64, Error> {
        let range = row * self.points..row * self.points + settings;
        let (th, mw) = (&self.th_per_s[range.clone()], &self.gross_mw[range]);
        let floor_usd = columns.hash_value_usd_per_th_h * th[0] * self.intervals as f64
            - columns.price_sum * mw[0];
        // Settings that draw more and hash less than the lowest pay only where the grid pays for
        // use; with none, the difference is a ladder of its own.
        let mut added: Vec<[f64; 2]> = Vec::new();
        for (th_per_s, mw_at) in th.iter().zip(mw).skip(1) {
            if *th_per_s >= th[0] && *mw_at > mw[0] {
                added.push([th_per_s - th[0], mw_at - mw[0]]);
            }
        }
        if added.is_empty() {
            return Ok(floor_usd);
        }
        let th: Vec<f64> = added.iter().map(|point| point[0]).collect();
        let mw: Vec<f64> = added.iter().map(|point| point[1]).collect();
        let ladders = Ladders::new(added.len(), &th, &mw, &[0.0])?;
        let mut found = Dispatch::default();
        dispatch_sorted(&ladders, &self.hours, &mut found)?;
        Ok(floor_usd + found.profit_usd[0])
    }

    fn tally(
        &self,
        found: &Dispatch,
        row: usize,
        class: &RunningClass,
        columns: &Columns,
    ) -> Tally {
        let settings = class.curve.points().len();
        let scale = class.units * class.uptime_frac;
        let counts = found.hours.row(row);
        let hours_run: u32 = counts.iter().skip(1).sum();
        let hours: Vec<f64> = counts
            .iter()
            .take(1 + settings)
            .map(|count| f64::from(*count) * self.interval_h)
            .collect();
        let th = &self.th_per_s[row * self.points..];
        let th_h = th.iter().zip(&hours[1..]).fold(0.0, |sum, (th, hours)| sum + th * hours);
        let profit_usd = found.profit_usd[row] * self.interval_h * scale;
        Tally {
            profit_usd,
            power_usd: columns.hash_value_usd_per_th_h * th_h * scale - profit_usd,
            energy_mwh: found.energy_mwh[row] * self.interval_h * scale,
            btc: found.btc[row] * self.interval_h * scale,
            hours,
            starts: f64::from(self.starts.of_hours_run(hours_run as usize)),
        }
    }

    fn always_on(
        &self,
        class: &RunningClass,
        columns: &Columns,
        th_per_s: f64,
        gross_mw: f64,
        point: usize,
        settings: usize,
    ) -> Tally {
        let scale = class.units * class.uptime_frac;
        let all_h = self.intervals as f64 * self.interval_h;
        let power_usd = columns.price_sum * gross_mw * self.interval_h * scale;
        let mut hours = vec![0.0; 1 + settings];
        hours[1 + point] = all_h;
        Tally {
            profit_usd: columns.hash_value_usd_per_th_h * th_per_s * all_h * scale - power_usd,
            power_usd,
            energy_mwh: gross_mw * all_h * scale,
            btc: columns.btc_per_th_h * th_per_s * all_h * scale,
            hours,
            starts: 0.0,
        }
    }
}
