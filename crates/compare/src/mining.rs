//! What one gross MW of a machine class earns under a mining policy, month by month.
//!
//! Everything here is per gross MW that the class occupies at the valuation date: the place keeps
//! its MW while the machines in it wear out, are replaced, or are sold. Site values scale it by
//! the MW that remain in mining.

use hashcost::network::hash_value_usd_per_th_day;
use power::MonthPrices;
use units::constants::{HOURS_PER_DAY, MWH_PER_DAY_PER_J_PER_TH, W_PER_MW};

use crate::{
    operation::CommittedMonths,
    site::{MachineClass, MachineMarket, MiningPolicy, Rung, Site},
    world::World,
};

/// Columns of one place, per gross MW.
///
/// # Shapes
/// `[months]`: flows of a month. `[months + 1]`: states at the start of a month, before anything
/// is bought or sold in it; the last entry is the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `[months]` paid for machines at the start of the month, USD.
    pub capex_usd: Vec<f64>,
    /// `[months]` received for machines at the start of the month, USD.
    pub resale_usd: Vec<f64>,
    /// `[months]` hash value less energy and fixed cost, at the end of the month, USD.
    pub margin_usd: Vec<f64>,
    /// `[months]` taxable income, USD.
    pub taxable_usd: Vec<f64>,
    /// `[months + 1]` what its machines would fetch, USD.
    pub liquidation_usd: Vec<f64>,
    /// `[months + 1]` undepreciated tax basis of its machines, USD.
    pub book_usd: Vec<f64>,
    /// `[months + 1]` average efficiency, J/TH; infinite where no machine is left.
    pub j_per_th: Vec<f64>,
    /// `[months + 1]` installed hash rate, TH/s.
    pub th_per_s: Vec<f64>,
}

/// Prices of every plan month, before the plan's power index.
pub(crate) fn month_prices(site: &Site, world: &World) -> Vec<MonthPrices> {
    (0..world.months()).map(|m| site.contract.month(world.calendar(m))).collect()
}

/// One place per machine class of the site, in file order.
pub(crate) fn places(
    site: &Site,
    world: &World,
    prices: &[MonthPrices],
    policy: MiningPolicy,
) -> Vec<Place> {
    site.machines
        .iter()
        .map(|class| {
            let decline = (0..=world.months()).map(|m| world.market.decline(m)).collect();
            let (steps, overhead) = (class.steps(), site.mining_overhead);
            Walk { class, steps, overhead, world, prices, decline }.place(policy)
        })
        .collect()
}

/// Machines of one age in a place.
#[derive(Clone, Copy, Debug)]
struct Vintage {
    j_per_th: f64,
    /// Whether it was bought in the plan, not there at its start.
    bought: bool,
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
    /// Steps of its ladder.
    steps: Vec<Rung>,
    overhead: f64,
    world: &'a World,
    prices: &'a [MonthPrices],
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
            bought: false,
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
            let margin: f64 = vintages.iter().map(|v| v.mw * self.margin_of_usd(v, m)).sum();
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

    /// Margin of one gross MW of a vintage in month `m`, USD.
    fn margin_of_usd(&self, vintage: &Vintage, m: usize) -> f64 {
        match &self.class.committed {
            _ if vintage.bought => self.margin_of_new_usd(vintage.j_per_th, m),
            None => self.margin_usd(vintage.j_per_th, &self.steps, m),
            Some(table) => {
                let running = self.committed_usd_per_th(table, m);
                self.margin_of_running_usd(vintage.j_per_th, running, m)
            }
        }
    }

    /// Margin of one gross MW of new machines, which have one setting, in month `m`, USD.
    fn margin_of_new_usd(&self, j_per_th: f64, m: usize) -> f64 {
        self.margin_usd(j_per_th, &[Rung { hash_frac: 1.0, power_frac: 1.0 }], m)
    }

    /// Margin of one gross MW in month `m`, USD: every step of its ladder runs in the hours in
    /// which its hash value exceeds its energy, if that pays the charge on its draw; the fixed cost
    /// is paid in any case.
    ///
    /// # Formula
    /// By step, per TH/s: `max(0, h dTH H(p*) - dMWh U(p*) - dMW D)` with `p* = h dTH / dMWh`; `H`
    /// hours of the month below a price and `U` what one MW pays in them, `D` the demand charge. The
    /// month is tabulated once ([`MonthPrices`]); steps are independent as the hash value is one
    /// number for the month and the hull's steps come best first.
    fn margin_usd(&self, j_per_th: f64, steps: &[Rung], m: usize) -> f64 {
        let prices = &self.prices[m];
        let index = self.world.path.power_index[m];
        let hash_value = self.hash_value_usd_per_th_day(m);
        let mwh_per_th_day = j_per_th * self.overhead * MWH_PER_DAY_PER_J_PER_TH;
        let mut running_usd_per_th = 0.0;
        for step in steps {
            let worth = hash_value * step.hash_frac;
            let mwh = mwh_per_th_day * step.power_frac;
            let (hours, usd_per_mw) = prices.below(worth / (mwh * index));
            let charge = mwh * index * prices.demand_usd_per_mw();
            running_usd_per_th += (worth * hours - mwh * index * usd_per_mw - charge).max(0.0);
        }
        self.margin_of_running_usd(j_per_th, running_usd_per_th, m)
    }

    /// What a TH/s-day is worth in month `m` less the cost of running, USD.
    fn hash_value_usd_per_th_day(&self, m: usize) -> f64 {
        let path = &self.world.path;
        hash_value_usd_per_th_day(
            path.btc_per_th_day[m],
            path.price_usd_per_btc[m],
            self.world.pool_fee_frac,
            self.class.variable_usd_per_th_day,
        )
    }

    /// What a TH/s of a class earns by running in month `m` where its hours hang together, in USD
    /// times hours per day.
    ///
    /// # Formula
    /// `i M(h / i)` with `i` the power index: all prices of the table move with it, and what a start
    /// costs with them.
    fn committed_usd_per_th(&self, table: &CommittedMonths, m: usize) -> f64 {
        let index = self.world.path.power_index[m];
        let hash_value_usd_per_th_h = self.hash_value_usd_per_th_day(m) / HOURS_PER_DAY;
        let month = self.world.calendar(m).month();
        let usd_per_h = index * table.usd_per_h(month, hash_value_usd_per_th_h / index);
        usd_per_h / self.class.th_per_s * self.prices[m].hours() * HOURS_PER_DAY
    }

    /// Margin of one gross MW whose machines earn so much by running, in USD times hours per day and
    /// TH/s.
    fn margin_of_running_usd(&self, j_per_th: f64, running_usd_per_th: f64, m: usize) -> f64 {
        let prices = &self.prices[m];
        let standing = prices.standing_usd_per_mw() * self.world.path.power_index[m];
        let usd_per_th = (self.class.uptime_frac * running_usd_per_th
            - self.class.fixed_usd_per_th_day * prices.hours())
            / HOURS_PER_DAY;
        usd_per_th * self.th_per_mw(j_per_th) + standing
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
            bought: true,
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
        let new_margin = self.margin_of_new_usd(new_j_per_th, m);
        let pays_back = |gain_usd: f64| {
            gain_usd > 0.0 && new_usd_per_mw < self.market().refresh_payback_months * gain_usd
        };
        let empty_mw = 1.0 - vintages.iter().map(|v| v.mw).sum::<f64>();
        let mut bought_mw = 0.0;
        if empty_mw > 1e-12 && pays_back(new_margin) {
            bought_mw += empty_mw;
        }
        for vintage in vintages.iter_mut() {
            if pays_back(new_margin - self.margin_of_usd(vintage, m)) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hashcost::{Curve, Isa, Ladders};
    use power::{Adders, Contract, Index, Tariff, Zone};
    use units::{Overhead, PowerW, ThPerS};

    use super::*;
    use crate::fixture::{site, world};

    /// Share of a month's profit that two orders of adding it up may differ by.
    const SUM_REL: f64 = 1e-12;

    /// Random months against the dispatch of their hours: any prices, any ladder, any hash value.
    #[test]
    fn the_months_table_is_the_dispatch_of_its_hours() {
        let world = world(24);
        let zone = Zone::named("America/Chicago").unwrap();
        let mut seen = 0;
        for round in 0..100_u32 {
            let draw = |k: u32| f64::from((round * 7_919 + k * 104_729) % 9_973) / 9_973.0;
            let start = zone.month_start(2026, 12).unwrap();
            let hours = usize::try_from((zone.month_start(2027, 12).unwrap() - start) / 3_600);
            let market = power::synthetic::hourly_prices(
                u64::from(round),
                start,
                hours.unwrap(),
                15.0 + 40.0 * draw(1),
            );
            let market = Arc::new(market.unwrap());
            let adders = Adders { wires_usd_per_mwh: 9.0 * draw(2), ..Adders::default() };
            let tariff = Tariff::Index(Index { market_usd_per_mwh: Arc::clone(&market), adders });
            let mut site = site(vec![]);
            site.contract = Contract::new(tariff, power::Charges::default(), zone.clone());
            let class = &mut site.machines[0];
            class.uptime_frac = 1.0;
            class.fixed_usd_per_th_day = 0.0;
            class.variable_usd_per_th_day = 0.002 * draw(3);
            class.ladder = (1..=5)
                .map(|step| {
                    let power_frac = f64::from(step) / 5.0;
                    let hash_frac =
                        power_frac.powf(0.6 + 0.4 * draw(4)) * (0.9 + 0.1 * draw(4 + step));
                    Rung { hash_frac, power_frac }
                })
                .collect();
            let class = site.machines[0].clone();
            let m = (round % 12) as usize;
            let index = world.path.power_index[m];
            let prices = month_prices(&site, &world);
            let steps = class.steps();
            let walk = Walk {
                class: &class,
                steps: steps.clone(),
                overhead: site.mining_overhead,
                world: &world,
                prices: &prices,
                decline: Vec::new(),
            };
            let found = walk.margin_usd(class.j_per_th(), &steps, m);
            // The same month hour by hour.
            let calendar = world.calendar(m);
            let mut clock = zone.clock();
            let of_month: Vec<f64> = (0..market.values().len())
                .filter(|&place| clock.at(market.unix_s(place)).month == calendar.month())
                .map(|place| (market.values()[place] + adders.wires_usd_per_mwh) * index)
                .collect();
            let hash_value = hash_value_usd_per_th_day(
                world.path.btc_per_th_day[m],
                world.path.price_usd_per_btc[m],
                world.pool_fee_frac,
                class.variable_usd_per_th_day,
            ) / HOURS_PER_DAY;
            let settings: Vec<_> = class
                .ladder
                .iter()
                .map(|rung| {
                    let th = ThPerS::new(rung.hash_frac * class.th_per_s).unwrap();
                    (th, PowerW::new(rung.power_frac * class.power_w).unwrap())
                })
                .collect();
            let curve = Curve::new(&settings, 0.0).unwrap();
            let overhead = Overhead::new(site.mining_overhead).unwrap();
            let ladders = Ladders::of_curves(&[curve], overhead).unwrap();
            let count = of_month.len();
            let hours =
                hashcost::Hours::new(&of_month, &vec![hash_value; count], &vec![0.0; count])
                    .unwrap();
            let one_machine = hashcost::dispatch(Isa::best(), &ladders, &hours);
            let machine_mw = class.power_w * site.mining_overhead / W_PER_MW;
            // A clock change makes the month an hour shorter or longer than 24 a day.
            let stretch = calendar.hours() / count as f64;
            let expected = one_machine.profit_usd[0] / machine_mw * stretch;
            let scale = found.abs().max(expected.abs()).max(1.0);
            assert!(
                (found - expected).abs() <= 32.0 * SUM_REL * scale,
                "{round}: {found} {expected}"
            );
            seen +=
                u32::from(one_machine.hours.row(0).iter().filter(|count| **count > 0).count() > 2);
        }
        assert!(seen > 50, "months in which more than two settings are used: {seen}");
    }

    /// The table of a class whose starts are free is the look-up of its steps, within its error; a
    /// start that costs something takes from it, and dear power from both alike.
    #[test]
    fn months_by_hash_value_continue_the_steps() {
        let mut world = world(24);
        let zone = Zone::named("America/Chicago").unwrap();
        let start = zone.month_start(2026, 12).unwrap();
        let market = power::synthetic::hourly_prices(3, start, 8_760, 40.0).unwrap();
        let tariff = Tariff::Index(Index {
            market_usd_per_mwh: Arc::new(market),
            adders: Adders::default(),
        });
        let mut site = site(vec![]);
        site.contract = Contract::new(tariff, power::Charges::default(), zone.clone());
        let pricing = site.contract.pricing(site.contract.market().unwrap()).unwrap();
        let class = &mut site.machines[0];
        let settings = [0.55, 0.8, 1.0].map(|power_frac: f64| {
            let hash_frac = power_frac.powf(0.7);
            class.ladder.push(Rung { hash_frac, power_frac });
            let th = ThPerS::new(hash_frac * class.th_per_s).unwrap();
            (th, PowerW::new(power_frac * class.power_w).unwrap())
        });
        let running = |start_usd: f64| crate::operation::RunningClass {
            name: class.name.clone(),
            units: class.units,
            uptime_frac: class.uptime_frac,
            curve: Curve::new(&settings, 0.0).unwrap(),
            overhead: Overhead::new(site.mining_overhead).unwrap(),
            variable_usd_per_th_day: class.variable_usd_per_th_day,
            starts: crate::operation::StartTerms { start_usd, ..Default::default() },
            heat: None,
        };
        let table = |start_usd| {
            CommittedMonths::new(&running(start_usd), &pricing, &zone).map(Arc::new).unwrap()
        };
        let (free, dear) = (table(0.0), table(2.0));
        let class = site.machines[0].clone();
        for factor in [0.5, 1.0, 2.0] {
            world.path.power_index.iter_mut().for_each(|index| *index = factor);
            let prices = month_prices(&site, &world);
            let margins = |committed: Option<&Arc<CommittedMonths>>| -> Vec<f64> {
                let class = MachineClass { committed: committed.cloned(), ..class.clone() };
                let (steps, overhead) = (class.steps(), site.mining_overhead);
                let walk = Walk {
                    class: &class,
                    steps,
                    overhead,
                    world: &world,
                    prices: &prices,
                    decline: Vec::new(),
                };
                let vintage = Vintage {
                    j_per_th: class.j_per_th(),
                    bought: false,
                    mw: 1.0,
                    retires: 99,
                    basis_usd: 0.0,
                    basis_from: 0,
                };
                (0..24).map(|m| walk.margin_of_usd(&vintage, m)).collect()
            };
            let [steps, free, dear] = [None, Some(&free), Some(&dear)].map(margins);
            for m in 0..24 {
                let per_mw = W_PER_MW / (class.j_per_th() * site.mining_overhead);
                let revenue = world.path.hashprice_usd_per_ph_day[m] / 1e3 / HOURS_PER_DAY
                    * prices[m].hours()
                    * per_mw;
                let over = free[m] - steps[m];
                let allowed = crate::operation::TABLE_ERROR_FRAC * revenue;
                assert!(over.abs() <= allowed, "{factor} {m}: {over} of {revenue}");
                assert!(dear[m] <= free[m] + 1e-9 * revenue, "{factor} {m}");
            }
            let less = |a: &[f64], b: &[f64]| a.iter().sum::<f64>() < b.iter().sum();
            assert!(less(&dear, &free), "{factor}: starts cost something");
        }
    }

    #[test]
    fn a_charge_on_the_draw_is_paid_by_every_step_that_runs() {
        let world = world(12);
        let mut site = site(vec![]);
        let plain = month_prices(&site, &world);
        site.contract.charges.demand =
            Some(power::DemandCharge { usd_per_kw_month: 5.0, ratchet_frac: 0.0 });
        let charged = month_prices(&site, &world);
        let class = &site.machines[0];
        let margin = |prices: &[MonthPrices]| {
            let walk = Walk {
                class,
                steps: class.steps(),
                overhead: site.mining_overhead,
                world: &world,
                prices,
                decline: Vec::new(),
            };
            walk.margin_usd(class.j_per_th(), &class.steps(), 3)
        };
        let paid = margin(&plain) - margin(&charged);
        let expected = 5_000.0 * class.uptime_frac * world.path.power_index[3];
        assert!((paid - expected).abs() < 1e-6, "{paid} {expected}");
    }
}
