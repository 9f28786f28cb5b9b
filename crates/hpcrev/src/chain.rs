//! The power chain: gross MW, critical MW, energy and GPUs. The only place where one becomes
//! another.
//!
//! Two ratios look alike and never stand in one figure: `gross_per_critical` (peak, sizes MW) and
//! `pue` (a year's energy, bills MWh).

use units::constants::{KW_PER_MW, W_PER_MW};

/// Gross MW at the meter that a critical MW of IT load takes up.
///
/// # Formula
/// `critical x gross_per_critical`, 1.35 to 1.52 in signed deals: model section 5.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::chain::gross_mw(100.0, 1.43), 143.0);
/// ```
#[inline]
pub fn gross_mw(critical_mw: f64, gross_per_critical: f64) -> f64 {
    critical_mw * gross_per_critical
}

/// Critical MW that gross MW at the meter can carry.
///
/// # Formula
/// `gross / gross_per_critical`: model section 5.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::chain::critical_mw(150.0, 1.5), 100.0);
/// ```
#[inline]
pub fn critical_mw(gross_mw: f64, gross_per_critical: f64) -> f64 {
    gross_mw / gross_per_critical
}

/// Energy at the meter in MWh that IT load uses in some hours.
///
/// # Formula
/// `critical x load_factor x pue x hours`, pue the annual ratio of energies: model section 5.
///
/// # Example
/// ```
/// // 10 MW at 80 % load and PUE 1.25 draw 10 MW at the meter.
/// assert_eq!(hpcrev::chain::energy_mwh(10.0, 0.8, 1.25, 8_760.0), 87_600.0);
/// ```
#[inline]
pub fn energy_mwh(critical_mw: f64, load_factor: f64, pue: f64, hours: f64) -> f64 {
    critical_mw * load_factor * pue * hours
}

/// GPUs that critical MW carry.
///
/// # Formula
/// `critical x 1e6 / allin_w_per_gpu`, the power of a GPU with its share of server, network and
/// storage: model section 5. Not rounded to whole racks; [`racks_of_budget`] is.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::chain::gpus(2.0, 2_000.0), 1_000.0);
/// ```
#[inline]
pub fn gpus(critical_mw: f64, allin_w_per_gpu: f64) -> f64 {
    critical_mw * W_PER_MW / allin_w_per_gpu
}

/// Power approved in all, in MW, of which a part is a known share.
///
/// # Formula
/// `part / share`; both MW are of one kind, gross or critical.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::chain::approved_mw(480.0, 0.64), 750.0);
/// ```
pub fn approved_mw(part_mw: f64, share_frac: f64) -> f64 {
    part_mw / share_frac
}

/// Share of the approved power that a part takes, both MW of one kind.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::chain::share_of_approved_frac(600.0, 1_500.0), 0.4);
/// ```
pub fn share_of_approved_frac(part_mw: f64, approved_mw: f64) -> f64 {
    part_mw / approved_mw
}

/// Whole racks that a budget buys, and what they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Racks {
    /// Whole racks.
    pub racks: f64,
    /// GPUs in them.
    pub gpus: f64,
    /// Power of a rack when all of it is used.
    pub kw_per_rack: f64,
    /// Power of a GPU when all of it is used.
    pub kw_per_gpu: f64,
}

/// Whole racks that a budget buys for some critical MW.
///
/// # Formula
/// `floor(budget / price of a rack)`; kW per rack = critical MW x 1000 / racks.
///
/// # Special cases
/// A budget below one rack buys none, and the power per rack is infinite.
///
/// # Example
/// ```
/// let racks = hpcrev::chain::racks_of_budget(10.5e6, 5e6, 72.0, 0.3);
/// assert_eq!((racks.racks, racks.gpus, racks.kw_per_rack), (2.0, 144.0, 150.0));
/// ```
pub fn racks_of_budget(
    budget_usd: f64,
    usd_per_rack: f64,
    gpus_per_rack: f64,
    critical_mw: f64,
) -> Racks {
    let racks = (budget_usd / usd_per_rack).floor();
    let gpus = racks * gpus_per_rack;
    let kw = critical_mw * KW_PER_MW;
    Racks { racks, gpus, kw_per_rack: kw / racks, kw_per_gpu: kw / gpus }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: &str, found: f64, published: f64, tolerance: f64) {
        assert!((found / published - 1.0).abs() < tolerance, "{what}: {found}, not {published}");
    }

    #[test]
    fn published_power_chains_come_out() {
        check("Cipher, approved MW", approved_mw(480.0, 0.64), 750.0, 0.002);
        check("sector, approved GW", approved_mw(1.7, 0.35), 4.86, 0.002);
        check("Riot, share", share_of_approved_frac(600.0, 1_700.0), 0.353, 0.002);
        // Bernstein's gigawatt: 35 billion USD of racks at 5.9 million.
        let racks = racks_of_budget(35e9, 5.9e6, 72.0, 1_000.0);
        assert_eq!(racks.racks, 5_932.0);
        check("Bernstein, GPUs", racks.gpus, 427_000.0, 0.002);
        check("Bernstein, kW per rack", racks.kw_per_rack, 168.6, 0.002);
        // A cluster of 10,000 H100 with 9.1 MW of IT load.
        let energy = energy_mwh(9.1, 1.0, 1.30, 8_760.0);
        check("cluster, GWh a year", energy / 1e3, 103.6, 0.002);
        check("cluster, million USD a year", energy * 80.0 / 1e6, 8.3, 0.002);
        check("cluster, meter MW", gross_mw(9.1, 1.30), 11.83, 0.002);
    }

    #[test]
    fn gross_and_critical_are_inverse() {
        assert!((critical_mw(gross_mw(168.0, 1.43), 1.43) - 168.0).abs() < 1e-12);
    }
}
