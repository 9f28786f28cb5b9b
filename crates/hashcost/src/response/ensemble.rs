//! Thousands of price paths side by side.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::course::{Course, Row};
use super::{Clock, Drivers, Entry, Response};
use crate::cohorts::Cohorts;
use crate::error::Error;
use crate::isa::{self, Isa};
use crate::kernel::MAX_LANES;
use crate::kernel::response::{Calendar, Period, Ranks, Rows, Rules};
use crate::projection::Start;
use units::Faults;

/// A response laid out for many paths: all that does not depend on the price of bitcoin is computed
/// once.
#[derive(Clone, Debug)]
pub struct Ensemble {
    clock: Clock,
    /// Hash rate at the start, TH/s.
    hashrate_th_per_s: f64,
    exit: f64,
    comes_back: f64,
    rows: Rows,
    periods: Vec<Period>,
    ranks: Ranks,
    conversions: Ranks,
    /// By period and cohort that changes: cohort and what it keeps.
    ageing: Vec<(u32, f64)>,
}

impl Ensemble {
    /// Lays out a response; the drivers' own price is not used.
    ///
    /// # Errors
    /// As [`super::respond`].
    pub fn new(
        model: &Response,
        cohorts: &Cohorts,
        start: &Start,
        drivers: &Drivers,
        pool_fee_frac: f64,
        months: usize,
    ) -> Result<Self, Error> {
        let course = Course::new(model, cohorts, start, drivers, pool_fee_frac, months)?;
        let mut ranks = Ranks::default();
        let mut conversions = Ranks::default();
        let mut ageing = Vec::new();
        let mut periods = Vec::with_capacity(course.periods());
        let mut present = course.given();
        for n in 0..course.periods() {
            for c in &present {
                let stays_frac = course.stays_frac(&course.rows[*c], n);
                if stays_frac < 1.0 {
                    ageing.push((index(*c), stays_frac));
                }
            }
            present = course.present(n, present);
            let order = course.merit_order(&present, n);
            for (key, cohorts) in order.keys.iter().zip(order.ranks()) {
                // A cost of 0 or below always runs: the room below it is larger than any fleet.
                let room_per_usd = if *key > 0.0 { 1.0 / key } else { f64::MAX.sqrt() };
                ranks.push(room_per_usd, cohorts.iter().copied().map(index));
            }
            if course.converted_gross_mw[n] > 0.0 {
                for cohorts in course.conversion_order(&present, n).ranks() {
                    conversions.push(0.0, cohorts.iter().copied().map(index));
                }
            }
            let vintage = course.vintage(n);
            periods.push(Period {
                ageing_end: ageing.len(),
                ranks_end: ranks.len(),
                conversions_end: conversions.len(),
                net_btc_per_day: course.net_btc_per_day[n],
                available_frac: course.available_frac[n],
                converted_gross_mw: course.converted_gross_mw[n],
                months: course.clock.period_months(n),
                machine_usd_per_th: course.machine_usd_per_th[n],
                vintage: vintage.start,
                site_cost_usd_per_th_day: std::array::from_fn(|site| {
                    course.cash_cost(&course.rows[vintage.start + site], n)
                }),
            });
        }
        Ok(Self {
            rows: Rows {
                th_per_s: course.rows.iter().map(|row| row.th_per_s).collect(),
                gross_mw_per_th: course.rows.iter().map(Row::gross_mw_per_th).collect(),
                share: course.starting_share,
            },
            clock: course.clock,
            hashrate_th_per_s: course.hashrate_th_per_s,
            exit: 1.0 / course.model.exit_lag_periods,
            comes_back: 1.0 / course.model.return_lag_periods,
            periods,
            ranks,
            conversions,
            ageing,
        })
    }

    /// The calendar of the blocks.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Cohorts, the vintages of new machines included.
    pub fn cohorts(&self) -> usize {
        self.rows.th_per_s.len()
    }

    /// Running hash rate by period on many paths, TH/s.
    ///
    /// # Shapes
    /// `price_usd_per_btc` and `out`: `[periods, paths]` in standard layout; `entries`: one for all
    /// paths, or one a path.
    ///
    /// # Special cases
    /// The same bits for any number of threads, and on every [`Isa`] with a fused multiply-add;
    /// within 1e-12 of [`super::respond`]. A path on which nobody mines holds 0 from then on until
    /// somebody buys.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] and [`Error::NotContiguous`] for shapes; [`Error::Invalid`] for
    /// prices that are not above 0 and for entries out of range.
    pub fn hashrate_th_per_s(
        &self,
        isa: Isa,
        entries: &[Entry],
        price_usd_per_btc: &ArrayView2<'_, f64>,
        mut out: ArrayViewMut2<'_, f64>,
    ) -> Result<(), Error> {
        let (periods, paths) = out.dim();
        for (column, found, expected) in [
            ("periods", periods, self.periods.len()),
            ("price periods", price_usd_per_btc.nrows(), self.periods.len()),
            ("price paths", price_usd_per_btc.ncols(), paths),
            ("entries", entries.len(), if entries.len() == 1 { 1 } else { paths }),
        ] {
            if found != expected {
                return Err(Error::LengthMismatch { column, expected, found });
            }
        }
        let mut faults = Faults::default();
        for entry in entries {
            entry.check(&mut faults);
        }
        for price in price_usd_per_btc.iter().filter(|price| !(**price > 0.0 && price.is_finite()))
        {
            faults.demand(false, "price_usd_per_btc", price, "allowed above 0");
        }
        faults.into_result().map_err(Error::Invalid)?;
        let (Some(prices), Some(cells)) = (price_usd_per_btc.as_slice(), out.as_slice_mut()) else {
            return Err(Error::NotContiguous);
        };
        if paths == 0 || periods == 0 {
            return Ok(());
        }
        let blocks = paths.div_ceil(MAX_LANES);
        // Each block of eight paths in one place: rows of a period lie far apart.
        let computed: Vec<Vec<f64>> = each_of(blocks, |block| {
            let first = block * MAX_LANES;
            let lanes = MAX_LANES.min(paths - first);
            let lane = |lane: usize| first + lane.min(lanes - 1);
            let mut columns = vec![0.0; periods * MAX_LANES];
            for (n, row) in columns.chunks_exact_mut(MAX_LANES).enumerate() {
                for (i, price) in row.iter_mut().enumerate() {
                    *price = prices[n * paths + lane(i)];
                }
            }
            let entry = |i: usize| entries[if entries.len() == 1 { 0 } else { lane(i) }];
            let rules = Rules {
                per_hurdle_day: std::array::from_fn(|i| 1.0 / entry(i).hurdle_days),
                adjustment_frac: std::array::from_fn(|i| entry(i).adjustment_frac),
                supply_frac: std::array::from_fn(|i| entry(i).supply_frac),
            };
            isa::respond_block(isa, self.calendar(), &rules, &mut columns);
            columns
        });
        for (n, row) in cells.chunks_exact_mut(paths).enumerate() {
            for (cell, block) in row.chunks_mut(MAX_LANES).zip(&computed) {
                cell.copy_from_slice(&block[n * MAX_LANES..][..cell.len()]);
            }
        }
        Ok(())
    }

    fn calendar(&self) -> Calendar<'_> {
        Calendar {
            periods: &self.periods,
            ageing: &self.ageing,
            ranks: &self.ranks,
            conversions: &self.conversions,
            rows: &self.rows,
            hashrate_th_per_s: self.hashrate_th_per_s,
            exit: self.exit,
            comes_back: self.comes_back,
        }
    }
}

/// Places of cohorts in 32 bits: they are read in every step.
fn index(cohort: usize) -> u32 {
    u32::try_from(cohort).unwrap_or(u32::MAX)
}

/// Computes the blocks, in order.
#[cfg(feature = "parallel")]
fn each_of(blocks: usize, work: impl Fn(usize) -> Vec<f64> + Send + Sync) -> Vec<Vec<f64>> {
    use rayon::prelude::{IntoParallelIterator, ParallelIterator};
    (0..blocks).into_par_iter().map(work).collect()
}

/// Computes the blocks, in order.
#[cfg(not(feature = "parallel"))]
fn each_of(blocks: usize, work: impl Fn(usize) -> Vec<f64> + Sync) -> Vec<Vec<f64>> {
    (0..blocks).map(work).collect()
}
