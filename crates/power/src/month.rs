//! A month as its prices by rising price: what a load of any worth pays in it, looked up.

use std::sync::Arc;

/// Hours of a month by price, with running totals, for one MW of load.
///
/// Made once; the margin of a machine at any hash value is then one look-up
/// ([`MonthPrices::below`]), however many intervals the month has. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthPrices {
    curve: Arc<Curve>,
    /// Hours of the month, to which the curve is stretched.
    hours: f64,
    /// Charge on the month's highest draw, USD per MW.
    demand_usd_per_mw: f64,
    /// Income of enrolled load, whatever it does, USD per MW.
    standing_usd_per_mw: f64,
}

/// Prices by rising price, and what a load pays that never changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Curve {
    /// Prices that a load sees which may choose its hours, rising, each once, USD/MWh.
    usd_per_mwh: Vec<f64>,
    /// `[prices + 1]` hours before each price.
    hours: Vec<f64>,
    /// `[prices + 1]` price times hours before each price, USD per MW.
    usd_per_mw: Vec<f64>,
    /// Average price of energy, USD/MWh.
    energy_usd_per_mwh: f64,
    /// What the grid's peaks add to that average for a load that is always on, USD/MWh.
    peak_usd_per_mwh: f64,
}

/// Hours at one price: of energy, and added to it by the grid's peaks and by programmes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PricedHours {
    pub(crate) energy_usd_per_mwh: f64,
    pub(crate) peak_usd_per_mwh: f64,
    pub(crate) program_usd_per_mwh: f64,
    pub(crate) hours: f64,
}

impl Curve {
    /// A curve of hours in any order.
    pub(crate) fn new(of: &[PricedHours]) -> Self {
        let mut bins: Vec<[f64; 2]> = of
            .iter()
            .map(|at| {
                let added = at.peak_usd_per_mwh + at.program_usd_per_mwh;
                [at.energy_usd_per_mwh + added, at.hours]
            })
            .collect();
        bins.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let mut curve = Self { hours: vec![0.0], usd_per_mw: vec![0.0], ..Self::default() };
        let (mut hours, mut usd_per_mw) = (0.0, 0.0);
        for group in bins.chunk_by(|a, b| a[0] == b[0]) {
            let price = group[0][0];
            let of_group: f64 = group.iter().map(|bin| bin[1]).sum();
            hours += of_group;
            usd_per_mw += price * of_group;
            curve.usd_per_mwh.push(price);
            curve.hours.push(hours);
            curve.usd_per_mw.push(usd_per_mw);
        }
        let average = |price: &dyn Fn(&PricedHours) -> f64| {
            let first = of.first().map_or(0.0, price);
            if of.iter().all(|at| price(at) == first) {
                return first;
            }
            of.iter().map(|at| price(at) * at.hours).sum::<f64>() / hours
        };
        curve.energy_usd_per_mwh = average(&|at| at.energy_usd_per_mwh);
        curve.peak_usd_per_mwh = average(&|at| at.peak_usd_per_mwh);
        curve
    }
}

impl MonthPrices {
    pub(crate) fn new(
        curve: Arc<Curve>,
        hours: f64,
        demand_usd_per_mw: f64,
        standing_usd_per_mw: f64,
    ) -> Self {
        Self { curve, hours, demand_usd_per_mw, standing_usd_per_mw }
    }

    /// Hours with a price below `limit_usd_per_mwh`, and what one MW pays for them, USD.
    ///
    /// # Special cases
    /// With one price alone, hours and price times hours to the bit.
    pub fn below(&self, limit_usd_per_mwh: f64) -> (f64, f64) {
        let curve = &*self.curve;
        if let [only] = curve.usd_per_mwh[..] {
            let hours = if only < limit_usd_per_mwh { self.hours } else { 0.0 };
            return (hours, only * hours);
        }
        let place = curve.usd_per_mwh.partition_point(|price| *price < limit_usd_per_mwh);
        let all = curve.hours[curve.usd_per_mwh.len()];
        (curve.hours[place] * self.hours / all, curve.usd_per_mw[place] * self.hours / all)
    }

    /// Hours of the month.
    pub fn hours(&self) -> f64 {
        self.hours
    }

    /// Average price of energy, USD/MWh.
    ///
    /// # Special cases
    /// The price itself where there is only one, to the bit.
    pub fn energy_usd_per_mwh(&self) -> f64 {
        self.curve.energy_usd_per_mwh
    }

    /// What a load pays per MWh that never changes but for a share of it that stays out of the
    /// grid's peaks: energy, peaks, and the charge on its draw. Programmes are none of its concern.
    pub fn firm_usd_per_mwh(&self, out_of_peaks_frac: f64) -> f64 {
        let demand = self.demand_usd_per_mw / self.hours;
        let peaks = self.curve.peak_usd_per_mwh * (1.0 - out_of_peaks_frac);
        self.curve.energy_usd_per_mwh + (peaks + demand)
    }

    /// Charge on the month's highest draw, USD per MW.
    pub fn demand_usd_per_mw(&self) -> f64 {
        self.demand_usd_per_mw
    }

    /// Income of enrolled load, whatever it does, USD per MW.
    pub fn standing_usd_per_mw(&self) -> f64 {
        self.standing_usd_per_mw
    }

    /// Prices with their hours, rising.
    pub fn bins(&self) -> impl Iterator<Item = (f64, f64)> {
        let curve = &*self.curve;
        let all = curve.hours[curve.usd_per_mwh.len()];
        let hours = curve.hours.windows(2).map(move |pair| (pair[1] - pair[0]) * self.hours / all);
        curve.usd_per_mwh.iter().copied().zip(hours)
    }
}
