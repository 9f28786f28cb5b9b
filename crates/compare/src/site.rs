//! A site: what is there, what it may become, and what its owner allows.

use std::sync::Arc;

use hashcost::curve::onto_hull;
use power::Contract;

use crate::offer::Offer;
use crate::operation::CommittedMonths;

/// A site with its power, its machines and the offers made for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Id by which the plan file names it.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Gross MW that the interconnection has approved; committed uses never exceed it.
    pub approved_gross_mw: f64,
    /// Energised gross MW as steps `(first month, MW)`, months from 0 rising, MW never falling.
    pub energised: Vec<(usize, f64)>,
    /// Site draw per machine draw for mining (`k`).
    pub mining_overhead: f64,
    /// The power contract.
    pub contract: Contract,
    /// Machines installed at the valuation date, in file order.
    pub machines: Vec<MachineClass>,
    /// Ways of mining on that may be chosen; never empty.
    pub policies: Vec<MiningPolicy>,
    /// Offers for high-performance computing, in file order.
    pub offers: Vec<Offer>,
    /// Price at which the whole site can be sold, if it can.
    pub sale: Option<Sale>,
    /// Share of the approved MW that must stay curtailable: mining is wholly curtailable, an
    /// offer by its own share.
    pub curtailable_min_frac: f64,
}

/// Machines of one kind, with what they cost beyond energy.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineClass {
    /// Model name or a name of the user's own.
    pub name: String,
    /// Number of machines.
    pub units: f64,
    /// Hash rate of one machine in TH/s.
    pub th_per_s: f64,
    /// Draw of one machine in W, without site overhead.
    pub power_w: f64,
    /// Share of time that it runs when power is there.
    pub uptime_frac: f64,
    /// All that is incurred per running TH-day (`v`) in USD.
    pub variable_usd_per_th_day: f64,
    /// All that is incurred per installed TH-day (`x`) in USD.
    pub fixed_usd_per_th_day: f64,
    /// Curtailment credits per running TH-day in USD: a line of its own in the cost to mine.
    pub credits_usd_per_th_day: f64,
    /// Months from purchase to the end of its life.
    pub life_months: usize,
    /// Months since purchase at the valuation date.
    pub age_months: usize,
    /// Undepreciated tax basis of all its units in USD at the valuation date.
    pub tax_basis_usd: f64,
    /// Settings that it may run at, by rising power, none above the rated one; empty for the rated
    /// one alone.
    pub ladder: Vec<Rung>,
    /// Its months by hash value, where starts cost something or it draws when off; `None` where
    /// every hour can be decided alone.
    pub committed: Option<Arc<CommittedMonths>>,
}

/// A setting of a machine, as shares of the rated one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rung {
    /// Share of the rated hash rate.
    pub hash_frac: f64,
    /// Share of the rated draw.
    pub power_frac: f64,
}

impl MachineClass {
    /// Efficiency of the machine itself in J/TH.
    pub fn j_per_th(&self) -> f64 {
        self.power_w / self.th_per_s
    }

    /// The steps between settings that can be best, each a machine of its own: it runs in every
    /// hour in which what it adds is worth its energy. Best first.
    ///
    /// # Formula
    /// Differences along the upper concave hull of off and the settings, model section 3.
    pub fn steps(&self) -> Vec<Rung> {
        const WHOLE: Rung = Rung { hash_frac: 1.0, power_frac: 1.0 };
        if self.ladder.is_empty() {
            return vec![WHOLE];
        }
        let mut hull = vec![Rung { hash_frac: 0.0, power_frac: 0.0 }];
        for &rung in &self.ladder {
            onto_hull(&mut hull, rung, |rung| [rung.power_frac, rung.hash_frac]);
        }
        let step = |pair: &[Rung]| Rung {
            hash_frac: pair[1].hash_frac - pair[0].hash_frac,
            power_frac: pair[1].power_frac - pair[0].power_frac,
        };
        hull.windows(2).map(step).collect()
    }

    /// Draw of all its units at the meter in gross MW.
    pub fn gross_mw(&self, mining_overhead: f64) -> f64 {
        self.units * self.power_w * mining_overhead / units::constants::W_PER_MW
    }
}

/// What happens to the fleet while a site keeps mining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MiningPolicy {
    /// No new machines: what reaches the end of its life is sold and its place stays empty.
    RunOff,
    /// A place gets a new machine when that pays back within the hurdle.
    Refresh,
    /// Capital is spent to keep the share of the network's hash rate.
    HoldShare,
}

impl MiningPolicy {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunOff => "run_off",
            Self::Refresh => "refresh",
            Self::HoldShare => "hold_share",
        }
    }
}

/// The price of a whole site; its machines are sold apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sale {
    /// USD per approved gross MW, received when the site changes hands.
    pub usd_per_gross_mw: f64,
    /// Last quarter (from 0) at whose start it can be sold.
    pub last_quarter: usize,
}

/// What machines are worth, and what the newest can do.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineMarket {
    /// Price by efficiency at the valuation date: `(J/TH below which it applies, USD per TH/s)`,
    /// J/TH rising; less efficient machines than the last band are worth nothing.
    pub bands: Vec<(f64, f64)>,
    /// Share that every price falls in a year.
    pub decline_frac: f64,
    /// Efficiency of the best new machine at the valuation date in J/TH; it improves with the
    /// network's.
    pub new_j_per_th: f64,
    /// Price of that machine at the valuation date in USD per TH/s; falls like the rest.
    pub new_usd_per_th: f64,
    /// Months within which a replacement must pay back under [`MiningPolicy::Refresh`].
    pub refresh_payback_months: f64,
    /// Tax life of machines in months.
    pub tax_life_months: usize,
    /// Life of a new machine in months.
    pub new_life_months: usize,
}

impl MachineMarket {
    /// What a used machine fetches per TH/s at the prices of the valuation date, in USD.
    ///
    /// # Formula
    /// `min(band price, new price)`, the band looked up at `J/TH / J/TH index`: bands are classes
    /// relative to the newest machines, so a machine slides down through them while the network's
    /// efficiency improves. Times [`MachineMarket::decline`] it is the price of a later month.
    ///
    /// # Special cases
    /// Never more than the best new machine costs: otherwise buying and selling alone would pay.
    pub fn resale_usd_per_th(&self, j_per_th: f64, j_per_th_index: f64) -> f64 {
        let relative = j_per_th / j_per_th_index;
        let band = self.bands.iter().find(|(below, _)| relative < *below);
        band.map_or(0.0, |(_, usd_per_th)| usd_per_th.min(self.new_usd_per_th))
    }

    /// Factor on every machine price some months after the valuation date:
    /// `(1 - decline)^(months / 12)`.
    pub fn decline(&self, months: usize) -> f64 {
        (1.0 - self.decline_frac).powf(months as f64 / units::constants::MONTHS_PER_YEAR)
    }
}
