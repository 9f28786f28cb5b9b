//! Every formula of the cost to mine, once: for one number (`f64`) or for eight
//! ([`crate::lanes`]).

use units::constants::{MWH_PER_DAY_PER_J_PER_TH, TH_PER_PH};

use crate::lanes::Real;

/// Energy that one running TH/s uses in a day, MWh.
///
/// # Formula
/// `e = J/TH * k * 24e-6`, `k` site draw per machine draw, model section 2.
///
/// # Example
/// ```
/// // 15 J/TH use 0.36 kWh a day.
/// assert_eq!(hashcost::formula::energy_mwh_per_th_day(15.0, 1.0), 0.36e-3);
/// ```
#[inline(always)]
pub fn energy_mwh_per_th_day<R: Real>(efficiency_j_per_th: R, overhead: R) -> R {
    efficiency_j_per_th * overhead * R::splat(MWH_PER_DAY_PER_J_PER_TH)
}

/// Electricity to run one TH/s for a day, USD.
///
/// # Formula
/// `e p`, model section 2.
///
/// # Special cases
/// A negative price gives a negative cost: the grid pays.
///
/// # Example
/// ```
/// use hashcost::formula::{electricity_usd_per_th_day, energy_mwh_per_th_day};
/// // 15 J/TH at 50 USD/MWh: 1.8 cents.
/// let cost: f64 = electricity_usd_per_th_day(energy_mwh_per_th_day(15.0, 1.0), 50.0);
/// assert!((cost - 0.018).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn electricity_usd_per_th_day<R: Real>(energy_mwh_per_th_day: R, price_usd_per_mwh: R) -> R {
    energy_mwh_per_th_day * price_usd_per_mwh
}

/// Costs besides electricity of one running TH/s in a day, USD.
///
/// # Formula
/// `v + x / u`: `v` is incurred by running, `x` by being installed, `u` is the uptime; model
/// section 2.
#[inline(always)]
pub fn rest_usd_per_th_day<R: Real>(
    direct_usd_per_th_day: R,
    fixed_usd_per_th_day: R,
    uptime_frac: R,
) -> R {
    direct_usd_per_th_day + fixed_usd_per_th_day / uptime_frac
}

/// A cost that is electricity and a rest, per whatever both are stated per (TH/s-day, BTC): USD.
///
/// # Formula
/// `energy * price + rest` with one rounding where the carrier has a fused multiply-add.
///
/// # Example
/// ```
/// // A bitcoin that takes 1,000 MWh at 50 USD and 20,000 USD of other costs.
/// assert_eq!(hashcost::formula::cost_usd(1_000.0, 50.0, 20_000.0), 70_000.0);
/// ```
#[inline(always)]
pub fn cost_usd<R: Real>(energy_mwh: R, price_usd_per_mwh: R, rest_usd: R) -> R {
    energy_mwh.mul_add(price_usd_per_mwh, rest_usd)
}

/// TH/s-days that earn one bitcoin after the pool fee.
///
/// # Formula
/// `1 / (b (1 - fee))`. Any cost per TH/s-day times this is the cost per BTC received.
#[inline(always)]
pub fn th_days_per_btc<R: Real>(net_btc_per_th_day: R) -> R {
    R::splat(1.0) / net_btc_per_th_day
}

/// Hashcost, USD/PH/day, of a cost per TH/s-day.
///
/// # Example
/// ```
/// use hashcost::formula::{electricity_usd_per_th_day, energy_mwh_per_th_day, hashcost_usd_per_ph_day};
/// // 21.5 J/TH at 60 USD/MWh.
/// let cost = electricity_usd_per_th_day(energy_mwh_per_th_day(21.5, 1.0), 60.0);
/// let hashcost: f64 = hashcost_usd_per_ph_day(cost);
/// assert!((hashcost - 30.96).abs() < 1e-9);
/// ```
#[inline(always)]
pub fn hashcost_usd_per_ph_day<R: Real>(cost_usd_per_th_day: R) -> R {
    R::splat(TH_PER_PH) * cost_usd_per_th_day
}

/// What a running TH/s-day leaves after electricity, USD.
///
/// # Formula
/// `h - e p`, `h` net hash value per TH/s-day. Flat-price mining runs where this is above 0.
///
/// # Example
/// ```
/// use hashcost::formula::{energy_mwh_per_th_day, margin_usd_per_th_day};
/// // 200 TH/s and 3,500 W at a hashprice of 46.44 USD/PH/day and 100 USD/MWh: 89 cents a day.
/// let margin: f64 = margin_usd_per_th_day(0.04644, energy_mwh_per_th_day(17.5, 1.0), 100.0);
/// assert!((200.0 * margin - 0.888).abs() < 1e-12);
/// ```
#[inline(always)]
pub fn margin_usd_per_th_day<R: Real>(
    hash_value_usd_per_th_day: R,
    energy_mwh_per_th_day: R,
    price_usd_per_mwh: R,
) -> R {
    hash_value_usd_per_th_day - energy_mwh_per_th_day * price_usd_per_mwh
}

/// Factor on a machine's power in hot air.
///
/// # Formula
/// `1 + a max(0, T - T_ref)`, `a` per degree, model section 3.
///
/// # Example
/// ```
/// use hashcost::formula::heat_power_factor;
/// // 0.4 % a degree above 25 degrees: 4 % more power at 35 degrees.
/// let factor: f64 = heat_power_factor(35.0, 0.004, 25.0);
/// assert!((factor - 1.04).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn heat_power_factor<R: Real>(temperature_c: R, power_per_c_frac: R, power_from_c: R) -> R {
    let excess_c = (temperature_c - power_from_c).max(R::splat(0.0));
    power_per_c_frac.mul_add(excess_c, R::splat(1.0))
}

/// Factor on a machine's hash rate in hot air.
///
/// # Formula
/// `max(0, 1 - b max(0, T - T_max))`, `b` per degree, model section 3.
#[inline(always)]
pub fn heat_hash_factor<R: Real>(temperature_c: R, hash_per_c_frac: R, hash_from_c: R) -> R {
    let zero = R::splat(0.0);
    let excess_c = (temperature_c - hash_from_c).max(zero);
    (R::splat(1.0) - hash_per_c_frac * excess_c).max(zero)
}
