//! The same site with a firm load: what tenants pay for power, and what a lease has to bring to make
//! up for the flexibility that it takes away.

use power::Pricing;
use units::constants::{KW_PER_MW, MONTHS_PER_YEAR};

/// A load that is always on, but for a share of it in the dearest hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirmLoad {
    /// Share that may be curtailed.
    pub curtailable_frac: f64,
    /// What a MWh used costs, peaks and the charge on the draw included, USD/MWh.
    pub usd_per_mwh: f64,
    /// What curtailing saves, USD per MW of load and year.
    pub saved_usd_per_mw_year: f64,
    /// What a lease has to bring on top to make up for the flexibility of mining that it takes
    /// away, USD per kW at the meter and month.
    pub lease_must_add_usd_per_kw_month: f64,
}

/// Firm loads with several shares that may be curtailed, each in the dearest
/// `curtailed_hours_per_year` hours.
///
/// # Formula
/// For a MW: `sum_t d p_t + D`, less `share x sum_t d p_t` over the hours curtailed; peaks are part
/// of the price, programmes are not (they pay for load that can drop at any time). Flexibility of
/// mining is worth `flexibility_usd_per_mw_year`; the lease keeps what it saves.
pub fn firm_loads(
    pricing: &Pricing,
    demand_usd_per_mw_month: f64,
    flexibility_usd_per_mw_year: f64,
    curtailed_hours_per_year: f64,
    shares: &[f64],
) -> Vec<FirmLoad> {
    let series = &pricing.energy_usd_per_mwh;
    let hours = series.interval_h();
    let peak = |place: usize| pricing.peak_usd_per_mwh.get(place).copied().unwrap_or(0.0);
    let mut prices: Vec<f64> =
        series.values().iter().enumerate().map(|(place, price)| price + peak(place)).collect();
    let years = series.years();
    let months = years * MONTHS_PER_YEAR;
    let energy_usd = prices.iter().fold(0.0, |sum, price| sum + price) * hours;
    let demand_usd = demand_usd_per_mw_month * months;
    prices.sort_by(|a, b| b.total_cmp(a));
    let total_h = prices.len() as f64 * hours;
    let curtailed_h = (curtailed_hours_per_year * years).min(total_h);
    let mut left_h = curtailed_h;
    let mut saved_usd = 0.0;
    for price in &prices {
        // Curtailing where the grid pays for use saves nothing.
        if left_h <= 0.0 || *price <= 0.0 {
            break;
        }
        let taken_h = hours.min(left_h);
        saved_usd += price * taken_h;
        left_h -= taken_h;
    }
    let curtailed_h = curtailed_h - left_h.max(0.0);
    shares
        .iter()
        .map(|&curtailable_frac| {
            let used_mwh = total_h - curtailable_frac * curtailed_h;
            let paid_usd = energy_usd + demand_usd - curtailable_frac * saved_usd;
            let saved_usd_per_mw_year = curtailable_frac * saved_usd / years;
            let forgone = flexibility_usd_per_mw_year - saved_usd_per_mw_year;
            FirmLoad {
                curtailable_frac,
                usd_per_mwh: paid_usd / used_mwh,
                saved_usd_per_mw_year,
                lease_must_add_usd_per_kw_month: forgone / (KW_PER_MW * MONTHS_PER_YEAR),
            }
        })
        .collect()
}
