//! Everything outside the site: the network's path, the machine market, money.

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
