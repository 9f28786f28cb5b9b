//! Everything outside the site: the network's path, the machine market, money.

use std::fmt;
use std::sync::Arc;

use hashcost::{Network, projection::NetworkPath};
use units::CalendarMonth;

use crate::{offer::Use, site::MachineMarket};

/// The world in which every plan is valued.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// Network, bitcoin price and power index by month; its length is the horizon.
    pub path: NetworkPath,
    /// Pool and firmware fee as a share of the reward.
    pub pool_fee_frac: f64,
    /// What machines are worth.
    pub market: MachineMarket,
    /// Discounting and tax.
    pub money: Money,
    /// How the network answers to another price of bitcoin; `None`: its hash rate stays.
    pub answers: Option<Answers>,
}

/// The network's path if the price of bitcoin were other than it is, by a factor on every month.
///
/// Two are equal if they are the same one.
#[derive(Clone)]
pub struct Answers(Arc<dyn Fn(f64) -> Option<NetworkPath> + Send + Sync>);

impl Answers {
    /// Answers by a function of the factor; `None` where there is no network at such a price.
    pub fn new(path: impl Fn(f64) -> Option<NetworkPath> + Send + Sync + 'static) -> Self {
        Self(Arc::new(path))
    }

    /// The path at a factor on the price.
    pub fn path(&self, factor: f64) -> Option<NetworkPath> {
        (self.0)(factor)
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers")
    }
}

impl PartialEq for Answers {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Discounting and tax.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// Nominal annual effective rate.
    pub discount_rate_frac: f64,
    /// Rates of single uses, where they differ.
    pub discount_rate_by_use: Vec<(Use, f64)>,
    /// Tax rate on income.
    pub tax_rate_frac: f64,
}

impl Money {
    /// The discount rate of a use: its own, else the plan's.
    pub fn discount_rate_frac(&self, use_of_mw: Use) -> f64 {
        self.discount_rate_by_use
            .iter()
            .find(|(of, _)| *of == use_of_mw)
            .map_or(self.discount_rate_frac, |(_, rate)| *rate)
    }
}

impl World {
    /// Months from the valuation date to the horizon.
    pub fn months(&self) -> usize {
        self.path.price_usd_per_btc.len()
    }

    /// The calendar month of plan month `m`.
    pub fn calendar(&self, m: usize) -> CalendarMonth {
        self.path.start.plus(i32::try_from(m).unwrap_or(i32::MAX))
    }

    /// The network in plan month `m`.
    pub fn network(&self, m: usize) -> Network {
        Network {
            difficulty: self.path.difficulty[m],
            subsidy_btc: self.path.subsidy_btc[m],
            fees_btc: self.path.fees_btc[m],
            price_usd_per_btc: self.path.price_usd_per_btc[m],
            pool_fee_frac: self.pool_fee_frac,
        }
    }

    /// Yearly tax blocks up to the horizon, the last one possibly shorter than 12 months.
    pub(crate) fn tax_blocks(&self) -> usize {
        self.months().div_ceil(12)
    }

    /// Time in months at which the tax of a block is paid: its end.
    pub(crate) fn tax_month(&self, block: usize) -> usize {
        (12 * (block + 1)).min(self.months())
    }
}
