//! What one gross MW of a machine class earns under a mining policy, month by month.
//!
//! Everything here is per gross MW that the class occupies at the valuation date: the place keeps
//! its MW while the machines in it wear out, are replaced, or are sold. Site values scale it by
//! the MW that remain in mining.

use hashcost::network::hash_value_usd_per_th_day;
use power::PriceBin;
use units::constants::{HOURS_PER_DAY, MWH_PER_DAY_PER_J_PER_TH, W_PER_MW};

use crate::{
    site::{MachineClass, MachineMarket, MiningPolicy, Site},
    world::World,
};

/// Columns of one place, per gross MW.
///
/// # Shapes
/// `[months]`: flows of a month. `[months + 1]`: states at the start of a month, before anything
/// is bought or sold in it; the last entry is the horizon.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// `[months]` paid for machines at the start of the month, USD.
    pub(crate) capex_usd: Vec<f64>,
    /// `[months]` received for machines at the start of the month, USD.
    pub(crate) resale_usd: Vec<f64>,
    /// `[months]` hash value less energy and fixed cost, at the end of the month, USD.
    pub(crate) margin_usd: Vec<f64>,
    /// `[months]` taxable income, USD.
    pub(crate) taxable_usd: Vec<f64>,
    /// `[months + 1]` what its machines would fetch, USD.
    pub(crate) liquidation_usd: Vec<f64>,
    /// `[months + 1]` undepreciated tax basis of its machines, USD.
    pub(crate) book_usd: Vec<f64>,
    /// `[months + 1]` average efficiency, J/TH; infinite where no machine is left.
    pub(crate) j_per_th: Vec<f64>,
    /// `[months + 1]` installed hash rate, TH/s.
    pub(crate) th_per_s: Vec<f64>,
}

/// Price bins of every plan month, with the plan's power index.
pub(crate) fn price_bins(site: &Site, world: &World) -> Vec<Vec<PriceBin>> {
    (0..world.months())
        .map(|m| {
            let mut bins = site.tariff.month_bins(world.calendar(m));
            for bin in &mut bins {
                bin.usd_per_mwh *= world.path.power_index[m];
            }
            bins
        })
        .collect()
}

/// One place per machine class of the site, in file order.
pub(crate) fn places(
    site: &Site,
    world: &World,
    bins: &[Vec<PriceBin>],
    policy: MiningPolicy,
) -> Vec<Place> {
    site.machines
        .iter()
        .map(|class| {
            let decline = (0..=world.months()).map(|m| world.market.decline(m)).collect();
            Walk { class, overhead: site.mining_overhead, world, bins, decline }.place(policy)
        })
        .collect()
}

/// Machines of one age in a place.
#[derive(Clone, Copy, Debug)]
struct Vintage {
    j_per_th: f64,
    /// Share of the place's MW.
    mw: f64,
    /// Plan month at whose start its life ends.
    retires: usize,
    /// Tax basis per MW of its own, and the plan month in which depreciation started.
    basis_usd: f64,
    basis_from: usize,
}

/// The walk through the months with what it needs at hand.
struct Walk<'a> {
    class: &'a MachineClass,
    overhead: f64,
    world: &'a World,
    bins: &'a [Vec<PriceBin>],
    /// Factor on machine prices by month, `[months + 1]`.
    decline: Vec<f64>,
}

/// Machines bought and sold at the start of a month.
#[derive(Clone, Copy, Debug, Default)]
struct Trades {
    capex_usd: f64,
    resale_usd: f64,
    /// Tax basis of what was sold, USD.
    basis_sold: f64,
}

impl Walk<'_> {
    fn place(&self, policy: MiningPolicy) -> Place {
        let months = self.world.months();
        let mut place = Place {
            capex_usd: Vec::with_capacity(months),
            resale_usd: Vec::with_capacity(months),
            margin_usd: Vec::with_capacity(months),
            taxable_usd: Vec::with_capacity(months),
            liquidation_usd: Vec::with_capacity(months + 1),
            book_usd: Vec::with_capacity(months + 1),
            j_per_th: Vec::with_capacity(months + 1),
            th_per_s: Vec::with_capacity(months + 1),
        };
        let opening_mw = self.class.gross_mw(self.overhead);
        let mut vintages = vec![Vintage {
            j_per_th: self.class.j_per_th(),
            mw: 1.0,
            retires: self.class.life_months.saturating_sub(self.class.age_months),
            basis_usd: if opening_mw > 0.0 { self.class.tax_basis_usd / opening_mw } else { 0.0 },
            basis_from: 0,
        }];
        let opening_th = self.th_per_mw(self.class.j_per_th());
        for m in 0..months {
            self.record_state(&mut place, &vintages, m);
            let mut trades = self.retire(&mut vintages, m);
            match policy {
                MiningPolicy::RunOff => {}
                MiningPolicy::Refresh => self.refresh(&mut vintages, m, &mut trades),
                MiningPolicy::HoldShare => {
                    let hashrate = &self.world.path.hashrate_eh_per_s;
                    let target = opening_th * hashrate[m] / hashrate[0];
                    self.hold(&mut vintages, m, target, &mut trades);
                }
            }
            let margin: f64 = vintages.iter().map(|v| v.mw * self.margin_usd(v.j_per_th, m)).sum();
            let depreciation: f64 = vintages.iter().map(|v| self.depreciation_usd(v, m)).sum();
            place.capex_usd.push(trades.capex_usd);
            place.resale_usd.push(trades.resale_usd);
            place.margin_usd.push(margin);
            place.taxable_usd.push(margin - depreciation + trades.resale_usd - trades.basis_sold);
        }
        self.record_state(&mut place, &vintages, months);
        place
    }

    fn market(&self) -> &MachineMarket {
        &self.world.market
    }

    /// Hash rate of one gross MW of machines of an efficiency, TH/s.
    fn th_per_mw(&self, j_per_th: f64) -> f64 {
        W_PER_MW / (j_per_th * self.overhead)
    }

    /// What one gross MW of machines would fetch in month `m`, USD.
    fn resale_usd(&self, j_per_th: f64, m: usize) -> f64 {
        // At the horizon the index of the last month still holds.
        let index = &self.world.path.j_per_th_index;
        let now = index[m.min(index.len() - 1)];
        self.th_per_mw(j_per_th) * self.market().resale_usd_per_th(j_per_th, now) * self.decline[m]
    }

    /// Efficiency and price per gross MW of the best new machine of month `m`.
    fn newest(&self, m: usize) -> (f64, f64) {
        let j_per_th = self.market().new_j_per_th * self.world.path.j_per_th_index[m];
        (j_per_th, self.th_per_mw(j_per_th) * self.market().new_usd_per_th * self.decline[m])
    }

    /// Margin of one gross MW in month `m`, USD: it runs in every price bin where the hash value
    /// exceeds the energy, and pays its fixed cost in any case.
    fn margin_usd(&self, j_per_th: f64, m: usize) -> f64 {
        let path = &self.world.path;
        let hash_value = hash_value_usd_per_th_day(
            path.btc_per_th_day[m],
            path.price_usd_per_btc[m],
            self.world.pool_fee_frac,
            self.class.variable_usd_per_th_day,
        );
        let mwh_per_th_day = j_per_th * self.overhead * MWH_PER_DAY_PER_J_PER_TH;
        let mut running_usd_per_th = 0.0;
        let mut hours = 0.0;
        for bin in &self.bins[m] {
            let usd_per_th_day = hash_value - mwh_per_th_day * bin.usd_per_mwh;
            running_usd_per_th += usd_per_th_day.max(0.0) * bin.hours;
            hours += bin.hours;
        }
        let usd_per_th = (self.class.uptime_frac * running_usd_per_th
            - self.class.fixed_usd_per_th_day * hours)
            / HOURS_PER_DAY;
        usd_per_th * self.th_per_mw(j_per_th)
    }

    /// Depreciation of a vintage in month `m`, USD: straight line over the tax life.
    fn depreciation_usd(&self, vintage: &Vintage, m: usize) -> f64 {
        let life = self.market().tax_life_months;
        if m < vintage.basis_from + life {
            vintage.mw * vintage.basis_usd / life as f64
        } else {
            0.0
        }
    }

    /// Undepreciated basis per MW of a vintage at the start of month `m`, USD.
    fn book_usd(&self, vintage: &Vintage, m: usize) -> f64 {
        let life = self.market().tax_life_months;
        let left = (vintage.basis_from + life).saturating_sub(m);
        vintage.basis_usd * left as f64 / life as f64
    }

    fn record_state(&self, place: &mut Place, vintages: &[Vintage], m: usize) {
        let mut liquidation = 0.0;
        let mut book = 0.0;
        let mut th_per_s = 0.0;
        let mut mw = 0.0;
        for v in vintages {
            liquidation += v.mw * self.resale_usd(v.j_per_th, m);
            book += v.mw * self.book_usd(v, m);
            th_per_s += v.mw * self.th_per_mw(v.j_per_th);
            mw += v.mw;
        }
        place.liquidation_usd.push(liquidation);
        place.book_usd.push(book);
        place.th_per_s.push(th_per_s);
        place.j_per_th.push(if th_per_s > 0.0 {
            mw * W_PER_MW / (th_per_s * self.overhead)
        } else {
            f64::INFINITY
        });
    }

    /// Sells `mw` of a vintage.
    fn sell(&self, vintage: &mut Vintage, mw: f64, m: usize, trades: &mut Trades) {
        trades.resale_usd += mw * self.resale_usd(vintage.j_per_th, m);
        trades.basis_sold += mw * self.book_usd(vintage, m);
        vintage.mw -= mw;
    }

    /// Buys `mw` of the newest machine.
    fn buy(&self, vintages: &mut Vec<Vintage>, mw: f64, m: usize, trades: &mut Trades) {
        let (j_per_th, usd_per_mw) = self.newest(m);
        trades.capex_usd += mw * usd_per_mw;
        vintages.push(Vintage {
            j_per_th,
            mw,
            retires: m + self.market().new_life_months,
            basis_usd: usd_per_mw,
            basis_from: m,
        });
    }

    /// Sells the machines whose life ends with month `m`.
    fn retire(&self, vintages: &mut Vec<Vintage>, m: usize) -> Trades {
        let mut trades = Trades::default();
        for vintage in vintages.iter_mut().filter(|v| m >= v.retires) {
            self.sell(vintage, vintage.mw, m, &mut trades);
        }
        vintages.retain(|v| v.mw > 0.0);
        trades
    }

    /// Replaces whatever a new machine pays back within the hurdle: its full price against the
    /// margin that it adds at this month's hash value. What the old machine fetches comes on top;
    /// counted against the price, it would have machines swapped every month for a trifle.
    fn refresh(&self, vintages: &mut Vec<Vintage>, m: usize, trades: &mut Trades) {
        let (new_j_per_th, new_usd_per_mw) = self.newest(m);
        let new_margin = self.margin_usd(new_j_per_th, m);
        let pays_back = |gain_usd: f64| {
            gain_usd > 0.0 && new_usd_per_mw < self.market().refresh_payback_months * gain_usd
        };
        let empty_mw = 1.0 - vintages.iter().map(|v| v.mw).sum::<f64>();
        let mut bought_mw = 0.0;
        if empty_mw > 1e-12 && pays_back(new_margin) {
            bought_mw += empty_mw;
        }
        for vintage in vintages.iter_mut() {
            if pays_back(new_margin - self.margin_usd(vintage.j_per_th, m)) {
                bought_mw += vintage.mw;
                self.sell(vintage, vintage.mw, m, trades);
            }
        }
        if bought_mw > 0.0 {
            vintages.retain(|v| v.mw > 0.0);
            self.buy(vintages, bought_mw, m, trades);
        }
    }

    /// Buys as little as brings the hash rate back to `target`: into empty MW first, then in the
    /// place of the least efficient machines. Short of MW, the share falls.
    fn hold(&self, vintages: &mut Vec<Vintage>, m: usize, target_th: f64, trades: &mut Trades) {
        let (new_j_per_th, _) = self.newest(m);
        let new_th_per_mw = self.th_per_mw(new_j_per_th);
        let installed_th: f64 = vintages.iter().map(|v| v.mw * self.th_per_mw(v.j_per_th)).sum();
        let mut missing_th = target_th - installed_th;
        if missing_th <= target_th * 1e-12 {
            return;
        }
        let empty_mw = (1.0 - vintages.iter().map(|v| v.mw).sum::<f64>()).max(0.0);
        let mut bought_mw = (missing_th / new_th_per_mw).min(empty_mw);
        missing_th -= bought_mw * new_th_per_mw;
        // Least efficient first; vintages of equal efficiency in the order of purchase.
        vintages.sort_by(|a, b| b.j_per_th.total_cmp(&a.j_per_th));
        for vintage in vintages.iter_mut() {
            let gained_th_per_mw = new_th_per_mw - self.th_per_mw(vintage.j_per_th);
            if missing_th <= 0.0 || gained_th_per_mw <= 0.0 {
                break;
            }
            let mw = (missing_th / gained_th_per_mw).min(vintage.mw);
            missing_th -= mw * gained_th_per_mw;
            bought_mw += mw;
            self.sell(vintage, mw, m, trades);
        }
        if bought_mw > 0.0 {
            vintages.retain(|v| v.mw > 1e-15);
            self.buy(vintages, bought_mw, m, trades);
        }
    }
}
