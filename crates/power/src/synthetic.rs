//! Made-up market prices with the habits of real ones, for the built-in example and for users
//! without data.
//!
//! # Formula
//! For hour `t` of a year, by UTC less six hours (Texas, standard time):
//! `mean x season(day) x shape(hour) x exp(x_t)` less a solar dip around noon in spring, plus
//! spikes. `x_t` is mean-reverting, `x_t = 0.92 x_(t-1) + 0.16 z_t`. A spike starts in an hour with
//! a chance that is highest on summer evenings and winter mornings, adds an exponential height and
//! fades by half an hour. Levels are those of an ERCOT hub in 2024 as the public record has them:
//! about 10 % of hours below 10 USD/MWh, some negative, a few above 500. No price of any market
//! is copied.
//!
//! Random numbers are a function of seed and hour alone (`ChaCha8`, one stream an hour), so that a
//! longer series begins with the shorter one.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::Error;
use crate::series::Series;

/// Local clock of the shape: hours from UTC.
const CLOCK_H: i64 = -6;

/// Hourly factor on a day's mean: a trough at night, a shoulder at noon, a peak at seven.
const SHAPE: [f64; 24] = [
    0.78, 0.72, 0.68, 0.67, 0.70, 0.80, 0.95, 1.00, 0.92, 0.82, 0.76, 0.74, 0.76, 0.80, 0.90, 1.02,
    1.20, 1.42, 1.62, 1.70, 1.48, 1.22, 1.02, 0.88,
];

/// Hourly prices in USD/MWh from an instant on; `mean_usd_per_mwh` is the level without spikes.
///
/// # Errors
/// [`Error::Invalid`] if the start is not on a whole hour.
pub fn hourly_prices(
    seed: u64,
    start_unix_s: i64,
    hours: usize,
    mean_usd_per_mwh: f64,
) -> Result<Series, Error> {
    let mut walk = 0.0;
    let mut spike = 0.0;
    let mut prices = Vec::with_capacity(hours);
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    for place in 0..hours {
        let [a, b, c, d] = uniforms(&mut generator, place as u64);
        #[expect(clippy::cast_possible_wrap, reason = "hours of a few years")]
        let local_h = start_unix_s.div_euclid(3_600) + place as i64 + CLOCK_H;
        #[expect(clippy::cast_possible_truncation, reason = "remainder of a day's hours")]
        let hour = local_h.rem_euclid(24) as usize;
        let day = (local_h.div_euclid(24) as f64).rem_euclid(365.2425);
        // One turn a year, 0 at the middle of January.
        let turn = std::f64::consts::TAU * (day - 15.0) / 365.2425;
        let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        walk = 0.92 * walk + 0.16 * normal;
        // Highest in August, a second rise in January.
        let season = 1.0 - 0.18 * (turn - 0.5).cos() + 0.10 * (2.0 * turn).cos();
        let spring = 0.5 + 0.5 * (turn - 1.6).cos();
        let noon = (-((hour as f64 - 12.5) / 2.6).powf(2.0)).exp();
        let dip = mean_usd_per_mwh * (0.30 + 0.85 * spring * spring) * noon;
        let summer = (0.5 - 0.5 * turn.cos()).powf(3.0);
        let evening = (-((hour as f64 - 19.0) / 1.6).powf(2.0)).exp();
        let morning = (-((hour as f64 - 7.0) / 1.4).powf(2.0)).exp();
        let chance = 0.001 + 0.035 * summer * evening + 0.012 * (1.0 - summer) * morning;
        spike *= 0.5;
        if c < chance {
            spike += -mean_usd_per_mwh * 6.0 * d.ln();
        }
        let level = mean_usd_per_mwh * season * SHAPE[hour] * walk.exp();
        let price = (level - dip + spike).clamp(-60.0, 5_000.0);
        // To the cent, as markets publish.
        prices.push((price * 100.0).round() / 100.0 + 0.0);
    }
    Series::new(start_unix_s, 3_600, prices)
}

/// Four numbers in (0, 1] that belong to an hour.
fn uniforms(generator: &mut ChaCha8Rng, hour: u64) -> [f64; 4] {
    generator.set_stream(hour);
    generator.set_word_pos(0);
    [(); 4].map(|()| ((generator.next_u64() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_series_begins_with_the_shorter_one() {
        let long = hourly_prices(7, 1_796_083_200, 500, 30.0).unwrap();
        let short = hourly_prices(7, 1_796_083_200, 100, 30.0).unwrap();
        assert_eq!(long.values()[..100], *short.values());
        assert_ne!(hourly_prices(8, 1_796_083_200, 100, 30.0).unwrap(), short);
    }

    #[test]
    fn prices_have_the_habits_of_a_market() {
        let series = hourly_prices(1, 1_796_083_200, 8_760, 30.0).unwrap();
        let share = |of: &dyn Fn(f64) -> bool| {
            series.values().iter().filter(|price| of(**price)).count() as f64 / 8_760.0
        };
        let mean = series.values().iter().sum::<f64>() / 8_760.0;
        assert!((22.0..40.0).contains(&mean), "{mean}");
        let (negative, low, high) =
            (share(&|p| p < 0.0), share(&|p| p < 10.0), share(&|p| p > 150.0));
        assert!((0.003..0.10).contains(&negative), "{negative}");
        assert!((0.04..0.25).contains(&low), "{low}");
        assert!((0.002..0.03).contains(&high), "{high}");
    }
}
