//! From the plan to the network's lines: mechanical, trend, response, and a path as given.

use std::collections::HashMap;
use std::sync::Mutex;

use compare::Answers;
use hashcost::network::difficulty_of_hashrate;
use hashcost::projection::{Line, NetworkPath, PathColumns, Start, TrendRates, project};
use hashcost::response::{
    self, ConversionOrder, Drivers, Entry, NewMachine, ResponseMonths, ResponsePath, respond,
};
use hashcost::{Cohort, Cohorts};
use units::constants::TH_PER_EH;
use units::{Code, Violation};

use super::Loaded;
use super::edge::{FirstOfMonth, Q};
use super::plan::{PathMonth, Projection};
use super::response as mirror;
use crate::facts::cohorts::{NETWORK_OVERHEAD, network_cohorts};

/// One line of the network.
#[derive(Clone, Debug)]
pub struct NetworkLine {
    /// By month.
    pub path: NetworkPath,
    /// What happens on it where the network answers.
    pub response: Option<ResponseLine>,
}

/// What happens on a line on which the network answers.
#[derive(Clone, Debug)]
pub struct ResponseLine {
    /// By difficulty period.
    pub periods: ResponsePath,
    /// By month.
    pub months: ResponseMonths,
}

/// All that a response starts from.
#[derive(Clone, Debug)]
pub struct ResponseInput {
    /// How the network answers.
    pub model: response::Response,
    /// Its machines, scaled to the hash rate of the start when it runs.
    pub cohorts: Vec<Cohort>,
    /// Where it starts.
    pub start: Start,
    /// What moves.
    pub drivers: Drivers,
    /// Pool and firmware fee as a share of the reward.
    pub pool_fee_frac: f64,
    /// Months of the projection.
    pub months: usize,
}

impl ResponseInput {
    /// The network's answers to other prices: a factor on every month's, today's machines stay. Each
    /// is computed once.
    pub(crate) fn answers(&self) -> Answers {
        let input = self.clone();
        let known: Mutex<HashMap<u64, Option<NetworkPath>>> = Mutex::default();
        Answers::new(move |factor| {
            let of = factor.to_bits();
            let found = known.lock().ok().and_then(|known| known.get(&of).cloned());
            found.unwrap_or_else(|| {
                let mut input = input.clone();
                input.drivers.price_usd_per_btc.iter_mut().for_each(|price| *price *= factor);
                let path = input.run().ok().map(|line| line.path);
                if let Ok(mut known) = known.lock() {
                    known.insert(of, path.clone());
                }
                path
            })
        })
    }

    /// The network's answer.
    ///
    /// # Errors
    /// [`hashcost::Error`] with every figure that cannot be used.
    pub fn run(&self) -> Result<NetworkLine, hashcost::Error> {
        let periods = respond(
            &self.model,
            &Cohorts::new(&self.cohorts)?,
            &self.start,
            &self.drivers,
            self.pool_fee_frac,
            self.months,
        )?;
        let months = periods.months(&self.drivers);
        let path = project(&self.start, &Line::Path(months.columns.clone()), self.months)?;
        Ok(NetworkLine { path, response: Some(ResponseLine { periods, months }) })
    }
}

impl Loaded {
    /// One line of the network over the plan's horizon, whichever the plan itself follows.
    ///
    /// # Errors
    /// What the engine refuses, such as months in which blocks pay nothing.
    pub fn network(&self, projection: Projection) -> Result<NetworkLine, Vec<Violation>> {
        self.network_over(projection, self.plan.valuation.horizon_months.index())
    }

    /// [`Loaded::network`] over so many months.
    ///
    /// # Errors
    /// The same, and a given path that has fewer months.
    pub fn network_over(
        &self,
        projection: Projection,
        months: usize,
    ) -> Result<NetworkLine, Vec<Violation>> {
        let start = self.start()?;
        let line = match projection {
            Projection::Response => {
                let input = self.response_input(months)?;
                return input.run().map_err(|error| self.engine_faults("bitcoin.response", error));
            }
            Projection::Mechanical => Line::Mechanical,
            Projection::Trend => Line::Trend(self.trend_rates()),
            Projection::Path => Line::Path(self.path_columns(months)),
        };
        let path =
            project(&start, &line, months).map_err(|error| self.engine_faults("bitcoin", error))?;
        Ok(NetworkLine { path, response: None })
    }

    /// How the network answers to other prices, where the plan follows its answers.
    pub(super) fn answers(&self) -> Result<Option<Answers>, Vec<Violation>> {
        if self.plan.bitcoin.projection != Projection::Response {
            return Ok(None);
        }
        let months = self.plan.valuation.horizon_months.index();
        Ok(Some(self.response_input(months)?.answers()))
    }

    /// Where the network's path starts.
    ///
    /// # Errors
    /// If the plan gives neither difficulty nor hash rate; one that was loaded gives one.
    pub fn start(&self) -> Result<Start, Vec<Violation>> {
        let bitcoin = &self.plan.bitcoin;
        let from_hashrate = |hashrate: f64| difficulty_of_hashrate(hashrate * TH_PER_EH);
        let difficulty = bitcoin.difficulty.map(Q::get);
        let difficulty = difficulty.or(bitcoin.network_eh_per_s.map(|q| from_hashrate(q.get())));
        let Some(difficulty) = difficulty else {
            let violation = Violation::new(Code::Missing, "difficulty");
            let allowed = "give difficulty or network_eh_per_s";
            return Err(vec![self.placed("bitcoin", violation.allowed(allowed))]);
        };
        Ok(Start {
            month: self.plan.valuation.date.0,
            height: u64::from(bitcoin.height.get()),
            difficulty,
            fees_btc_per_block: bitcoin.fees_btc_per_block.get(),
            price_usd_per_btc: bitcoin.price_usd_per_btc.get(),
        })
    }

    /// The plan's trend.
    pub fn trend_rates(&self) -> TrendRates {
        let trend = &self.plan.bitcoin.trend;
        TrendRates {
            hashrate_growth_frac: trend.hashrate_growth_frac.get(),
            efficiency_frac: trend.efficiency_growth_frac.get(),
            power_growth_frac: trend.power_growth_frac.get(),
            price_growth_frac: trend.price_growth_frac.get(),
            fees_growth_frac: trend.fees_growth_frac.get(),
        }
    }

    /// All that the response starts from, over so many months.
    ///
    /// # Errors
    /// Rates that nothing can be projected with.
    pub fn response_input(&self, months: usize) -> Result<ResponseInput, Vec<Violation>> {
        let plan = &self.plan;
        let given = &plan.bitcoin.response;
        let cohorts = if given.cohort.is_empty() {
            network_cohorts(plan.valuation.date.0)
        } else {
            given.cohort.iter().map(cohort).collect()
        };
        let machine = NewMachine {
            j_per_th: plan.machine_market.new_j_per_th.get(),
            gain_frac: given.efficiency_gain_frac.get(),
            overhead: NETWORK_OVERHEAD[1],
            usd_per_th: plan.machine_market.new_usd_per_th.get(),
            decline_frac: plan.machine_market.decline_frac.get(),
        };
        Ok(ResponseInput {
            model: model(given, machine),
            cohorts,
            start: self.start()?,
            drivers: self.drivers(months)?,
            pool_fee_frac: plan.bitcoin.pool_fee_frac.get(),
            months,
        })
    }

    /// Price, fees and power of the given path, else of the trend; conversions and events.
    fn drivers(&self, months: usize) -> Result<Drivers, Vec<Violation>> {
        let plan = &self.plan;
        let (price_usd_per_btc, fees_btc, power_index) = if plan.bitcoin.path.is_empty() {
            let trend = project(&self.start()?, &Line::Trend(self.trend_rates()), months)
                .map_err(|error| self.engine_faults("bitcoin", error))?;
            (trend.price_usd_per_btc, trend.fees_btc, trend.power_index)
        } else {
            let path = self.path_columns(months);
            (path.price_usd_per_btc, path.fees_btc, path.power_index)
        };
        let given = &plan.bitcoin.response;
        let valuation = plan.valuation.date;
        let month = |m: usize| FirstOfMonth(valuation.0.plus(i32::try_from(m).unwrap_or(i32::MAX)));
        let converted = |m: usize| {
            if given.conversion.is_empty() {
                let lasts = m < given.conversion_months.index();
                return if lasts { given.conversion_gross_mw_per_year.get() } else { 0.0 };
            }
            let in_force = given.conversion.iter().rev().find(|step| step.from.0 <= month(m).0);
            in_force.map_or(0.0, |step| step.gross_mw_per_year.get())
        };
        let available = |m: usize| {
            let now = month(m).0;
            let hit = given.outage.iter().filter(|o| o.from.0 <= now && now <= o.until.0);
            hit.map(|outage| 1.0 - outage.lost_frac.get()).product()
        };
        Ok(Drivers {
            price_usd_per_btc,
            fees_btc,
            power_index,
            converted_gross_mw_per_year: (0..months).map(converted).collect(),
            available_frac: (0..months).map(available).collect(),
            kept: Vec::new(),
        })
    }

    /// The rows of a path as columns; a plan that was loaded has one for each month that it needs.
    fn path_columns(&self, months: usize) -> PathColumns {
        let bitcoin = &self.plan.bitcoin;
        let column = |value: &dyn Fn(&PathMonth) -> f64| -> Vec<f64> {
            bitcoin.path.iter().map(value).take(months).collect()
        };
        let fees = bitcoin.fees_btc_per_block;
        PathColumns {
            hashrate_eh_per_s: column(&|row| row.network_eh_per_s.map_or(0.0, Q::get)),
            price_usd_per_btc: column(&|row| row.price_usd_per_btc.get()),
            fees_btc: column(&|row| row.fees_btc_per_block.unwrap_or(fees).get()),
            j_per_th_index: column(&|row| row.j_per_th_index.map_or(1.0, Q::get)),
            power_index: column(&|row| row.power_index.map_or(1.0, Q::get)),
            electricity_usd_per_th_day: Vec::new(),
        }
    }

    /// What the engine refused, with places in the plan.
    pub(crate) fn engine_faults(&self, at: &str, error: hashcost::Error) -> Vec<Violation> {
        match error {
            hashcost::Error::Invalid(violations) => {
                violations.into_iter().map(|violation| self.placed(at, violation)).collect()
            }
            error => {
                vec![self.placed(at, Violation::new(Code::Conflict, "").hint(error.to_string()))]
            }
        }
    }
}

impl Projection {
    /// The word for how the network moves on.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mechanical => "mechanical",
            Self::Trend => "trend",
            Self::Response => "response",
            Self::Path => "path",
        }
    }
}

/// The plan's response as the engine takes it.
fn model(given: &mirror::Response, machine: NewMachine) -> response::Response {
    response::Response {
        entry: Entry {
            hurdle_days: given.hurdle_days.get(),
            adjustment_frac: given.adjustment_frac.get(),
            supply_frac: given.supply_frac.get(),
        },
        machine,
        exit_lag_periods: given.exit_lag_periods.get(),
        return_lag_periods: given.return_lag_periods.get(),
        retire_from_months: f64::from(given.retire_from_months.get()),
        retire_until_months: f64::from(given.retire_until_months.get()),
        contract_months: f64::from(given.contract_months.get()),
        conversion_order: match given.conversion_order {
            mirror::ConversionOrder::BestSited => ConversionOrder::BestSited,
            mirror::ConversionOrder::WorstMachines => ConversionOrder::WorstMachines,
            mirror::ConversionOrder::ProRata => ConversionOrder::ProRata,
        },
    }
}

fn cohort(row: &mirror::CohortRow) -> Cohort {
    Cohort {
        id: row.id.to_string(),
        th_per_s: row.installed_eh_per_s.get() * TH_PER_EH,
        j_per_th: row.j_per_th.get(),
        usd_per_mwh: row.usd_per_mwh.get(),
        overhead: row.overhead.get(),
        age_months: f64::from(row.age_months.get()),
        contract_months: f64::from(row.contract_months.get()),
    }
}

#[cfg(test)]
mod tests {
    use hashcost::projection::DEFAULT_TREND;

    use hashcost::network::hashrate_th_per_s;

    use super::*;
    use crate::input::{Document, Sources, load, no_files};

    fn example(sets: &[&str]) -> Loaded {
        let sets = sets.iter().map(|set| (*set).to_owned()).collect();
        load(&Sources { sets, ..Sources::of(Document::example()) }, &no_files).unwrap()
    }

    #[test]
    fn the_default_trend_is_the_one_of_the_projection() {
        let loaded = {
            let text = crate::input::example_text();
            let start = text.find("[bitcoin.trend]").unwrap();
            let end = start + text[start..].find("[machine_market]").unwrap();
            let text = format!("{}{}", &text[..start], &text[end..]);
            let base = Document { name: "plan.toml".into(), bytes: text.into() };
            load(&Sources::of(base), &no_files).unwrap()
        };
        assert_eq!(loaded.trend_rates(), DEFAULT_TREND);
        assert!(loaded.defaults_used.iter().any(|d| d.path == "bitcoin.trend.power_growth_frac"));
    }

    #[test]
    fn difficulty_and_hash_rate_are_two_ways_to_say_one_thing() {
        let start = example(&[]).start().unwrap();
        let hashrate = hashrate_th_per_s(start.difficulty) / TH_PER_EH;
        let mut other = example(&[]);
        other.plan.bitcoin.difficulty = None;
        assert!(other.start().is_err());
        other.plan.bitcoin.network_eh_per_s = units::EhPerS::new(hashrate).ok().map(Q);
        let again = other.start().unwrap();
        assert!((again.difficulty / start.difficulty - 1.0).abs() < 1e-15);
    }
}
