//! A machine's operating points, the few of them that can be best, and what heat does to them.

use units::{Code, PowerW, ThPerS, Violation};

use crate::error::Error;
use crate::formula::{heat_hash_factor, heat_power_factor};
use units::Faults;

/// A setting that a machine can run at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Hash rate, TH/s.
    pub th_per_s: f64,
    /// Power of the machine, W.
    pub power_w: f64,
}

impl Point {
    /// Efficiency at this setting, J/TH.
    pub fn j_per_th(&self) -> f64 {
        self.power_w / self.th_per_s
    }
}

/// A machine's settings by rising power, and what it draws when it is off.
///
/// Published ladders are not always concave, and the most efficient setting need not be the lowest:
/// see [`Curve::hull`] for the ones that can be best.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Vec<Point>,
    idle_w: f64,
}

impl Curve {
    /// A curve of settings in any order.
    ///
    /// # Errors
    /// [`Error::Invalid`] without settings, and if a machine that is off draws less than 0 W or as
    /// much as its lowest setting.
    pub fn new(settings: &[(ThPerS, PowerW)], idle_w: f64) -> Result<Self, Error> {
        let mut points: Vec<Point> = settings
            .iter()
            .map(|(th_per_s, power_w)| Point { th_per_s: th_per_s.get(), power_w: power_w.get() })
            .collect();
        points.sort_by(|a, b| {
            a.power_w.total_cmp(&b.power_w).then(a.th_per_s.total_cmp(&b.th_per_s))
        });
        let mut faults = Faults::default();
        match points.first() {
            None => {
                faults
                    .push(Violation::new(Code::Missing, "points").allowed("at least one setting"));
            }
            Some(lowest) if !(0.0..lowest.power_w).contains(&idle_w) => {
                let allowed =
                    format!("allowed from 0 to below the lowest setting of {}", lowest.power_w);
                faults.push(
                    Violation::new(Code::Range, "idle_w").value(idle_w).unit("W").allowed(allowed),
                );
            }
            Some(_) => {}
        }
        faults.into_result().map_err(Error::Invalid)?;
        Ok(Self { points, idle_w })
    }

    /// The settings by rising power.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Draw of the machine when it is off, W.
    pub fn idle_w(&self) -> f64 {
        self.idle_w
    }

    /// The upper concave hull of the settings by rising power, the machine off first.
    ///
    /// When hours are independent and hashes are worth something, only these can be best at any
    /// power price, negative ones included; between two of them the machine mixes in time. Points on
    /// the line between two others are left out.
    ///
    /// # Example
    /// ```
    /// use hashcost::curve::Curve;
    /// use units::{PowerW, ThPerS};
    /// let setting = |th, w| Ok::<_, units::OutOfRange>((ThPerS::new(th)?, PowerW::new(w)?));
    /// // From 65 to 76 TH/s costs only 110 W: the lowest setting is never best.
    /// let settings = [setting(65.0, 1_740.0)?, setting(76.0, 1_850.0)?, setting(100.0, 2_970.0)?];
    /// let hull = Curve::new(&settings, 15.0)?.hull();
    /// let hash_rates: Vec<f64> = hull.iter().map(|point| point.th_per_s).collect();
    /// assert_eq!(hash_rates, [0.0, 76.0, 100.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hull(&self) -> Vec<Point> {
        let mut hull = Vec::with_capacity(self.points.len() + 1);
        for point in self.with_off() {
            onto_hull(&mut hull, point, |point| [point.power_w, point.th_per_s]);
        }
        hull
    }

    /// [`Curve::hull`] by its meaning: the settings that no mix of two others matches.
    pub fn hull_reference(&self) -> Vec<Point> {
        let all: Vec<Point> = self.with_off().collect();
        let matched = |place: usize| {
            let point = all[place];
            let better =
                |other: &Point| other.power_w == point.power_w && other.th_per_s > point.th_per_s;
            let repeated = all[..place].contains(&point);
            let mixed = all.iter().any(|low| {
                all.iter().any(|high| {
                    low.power_w < point.power_w
                        && point.power_w < high.power_w
                        && below_line(
                            [low.power_w, low.th_per_s],
                            [point.power_w, point.th_per_s],
                            [high.power_w, high.th_per_s],
                        )
                })
            });
            repeated || mixed || all.iter().any(better)
        };
        (0..all.len()).filter(|&place| !matched(place)).map(|place| all[place]).collect()
    }

    /// The curve in air of a temperature: power up, hash rate down. `None` above the trip
    /// temperature, where the machine is off. The idle draw stays.
    pub fn in_heat(&self, heat: &Heat, temperature_c: f64) -> Option<Self> {
        if temperature_c > heat.trip_c {
            return None;
        }
        let power = heat_power_factor(temperature_c, heat.power_per_c_frac, heat.power_from_c);
        let hash = heat_hash_factor(temperature_c, heat.hash_per_c_frac, heat.hash_from_c);
        let points = self
            .points
            .iter()
            .map(|point| Point { th_per_s: point.th_per_s * hash, power_w: point.power_w * power });
        Some(Self { points: points.collect(), idle_w: self.idle_w })
    }

    /// The machine off, then its settings by rising power.
    fn with_off(&self) -> impl Iterator<Item = Point> {
        let off = Point { th_per_s: 0.0, power_w: self.idle_w };
        std::iter::once(off).chain(self.points.iter().copied())
    }
}

/// Goes on with an upper concave hull: drops the points that the next one puts on or below a line,
/// and adds it unless it repeats the last one or offers less for the same power.
///
/// Points come by rising power; `at` gives power and hash rate of one, in any units.
pub fn onto_hull<T: Copy>(hull: &mut Vec<T>, next: T, at: impl Fn(T) -> [f64; 2]) {
    let [power, th_per_s] = at(next);
    if let Some(&last) = hull.last() {
        let [last_power, last_th_per_s] = at(last);
        if last_power == power && last_th_per_s >= th_per_s {
            return;
        }
    }
    while let [.., before, last] = hull[..]
        && below_line(at(before), at(last), [power, th_per_s])
    {
        hull.pop();
    }
    hull.push(next);
}

/// Whether `middle` lies on or below the line from `left` to `right`: power and hash rate each.
fn below_line(left: [f64; 2], middle: [f64; 2], right: [f64; 2]) -> bool {
    (middle[1] - left[1]) * (right[0] - left[0]) <= (right[1] - left[1]) * (middle[0] - left[0])
}

/// What hot intake air does to a machine, temperatures in degrees Celsius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    /// Added power per degree above [`Heat::power_from_c`], as a fraction, 0 or more.
    pub power_per_c_frac: f64,
    /// Temperature from which power rises.
    pub power_from_c: f64,
    /// Lost hash rate per degree above [`Heat::hash_from_c`], as a fraction, 0 or more.
    pub hash_per_c_frac: f64,
    /// Temperature from which hash rate falls.
    pub hash_from_c: f64,
    /// Temperature above which the machine is off.
    pub trip_c: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(settings: &[(f64, f64)], idle_w: f64) -> Curve {
        let typed: Vec<_> = settings
            .iter()
            .map(|&(th, w)| (ThPerS::new(th).unwrap(), PowerW::new(w).unwrap()))
            .collect();
        Curve::new(&typed, idle_w).unwrap()
    }

    /// Presets of `VNish` 1.2.6 for an S19j Pro, TH/s and W.
    const S19J_PRO: [(f64, f64); 9] = [
        (65.0, 1_740.0),
        (70.0, 1_800.0),
        (76.0, 1_850.0),
        (80.0, 2_000.0),
        (83.0, 2_150.0),
        (87.0, 2_300.0),
        (92.0, 2_500.0),
        (96.0, 2_700.0),
        (100.0, 2_970.0),
    ];

    #[test]
    fn hulls_hold_what_can_be_best() {
        for (name, settings, idle_w, expected) in [
            ("one", &S19J_PRO[..1], 10.0, &[0.0, 65.0][..]),
            ("published ladder", &S19J_PRO, 10.0, &[0.0, 76.0, 80.0, 92.0, 96.0, 100.0]),
            ("on a line", &[(1.0, 100.0), (2.0, 200.0), (3.0, 300.0)], 0.0, &[0.0, 3.0]),
            ("unsorted", &[(30.0, 300.0), (20.0, 100.0)], 0.0, &[0.0, 20.0, 30.0]),
            ("equal power", &[(20.0, 100.0), (25.0, 100.0), (25.0, 100.0)], 0.0, &[0.0, 25.0]),
            // More power for less hash rate pays where the grid pays for power.
            ("falling", &[(20.0, 100.0), (15.0, 200.0)], 0.0, &[0.0, 20.0, 15.0]),
        ] {
            let curve = curve(settings, idle_w);
            let hash_rates: Vec<f64> = curve.hull().iter().map(|point| point.th_per_s).collect();
            assert_eq!(hash_rates, expected, "{name}");
            assert_eq!(curve.hull(), curve.hull_reference(), "{name}");
        }
    }

    #[test]
    fn hulls_equal_their_meaning_on_scattered_points() {
        for round in 0_u32..200 {
            let count = 1 + round % 12;
            // Small whole numbers make points on a line, equal powers and repeats common.
            let at = |i: u32, k: u32| f64::from((i * k + round * 31 + i * i * 7) % 23 + 1);
            let settings: Vec<_> = (0..count).map(|i| (at(i, 13), at(i, 5) + 1.0)).collect();
            let curve = curve(&settings, 1.0);
            assert_eq!(curve.hull(), curve.hull_reference(), "{settings:?}");
        }
    }

    #[test]
    fn no_setting_beats_the_hull_at_any_price() {
        let curve = curve(&S19J_PRO, 15.0);
        let hull = curve.hull();
        for hash_value in [0.01, 0.04, 0.09] {
            for price in [-200.0, -5.0, 0.0, 20.0, 45.0, 55.0, 80.0, 500.0] {
                let profit = |point: &Point| {
                    hash_value * point.th_per_s / 24.0 - price * point.power_w * 1e-6
                };
                let best = |points: &[Point]| points.iter().map(profit).fold(f64::MIN, f64::max);
                assert!(best(curve.points()) <= best(&hull), "{hash_value} at {price}");
            }
        }
    }

    #[test]
    fn heat_raises_power_lowers_hash_rate_and_trips() {
        let heat = Heat {
            power_per_c_frac: 0.004,
            power_from_c: 25.0,
            hash_per_c_frac: 0.05,
            hash_from_c: 40.0,
            trip_c: 47.0,
        };
        let curve = curve(&[(100.0, 3_000.0)], 15.0);
        for (temperature, th_per_s, power_w) in [
            (-30.0, 100.0, 3_000.0),
            (25.0, 100.0, 3_000.0),
            (35.0, 100.0, 3_120.0),
            (42.0, 90.0, 3_204.0),
            (47.0, 65.0, 3_264.0),
        ] {
            let hot = curve.in_heat(&heat, temperature).unwrap();
            assert!((hot.points()[0].th_per_s - th_per_s).abs() < 1e-12, "{temperature}");
            assert!((hot.points()[0].power_w - power_w).abs() < 1e-9, "{temperature}");
            assert_eq!(hot.idle_w(), 15.0);
        }
        assert_eq!(curve.in_heat(&heat, 47.1), None);
        let melted = Heat { hash_per_c_frac: 0.5, ..heat };
        assert_eq!(curve.in_heat(&melted, 46.0).unwrap().points()[0].th_per_s, 0.0);
    }

    #[test]
    fn curves_that_make_no_sense_are_refused() {
        assert!(Curve::new(&[], 0.0).is_err());
        let setting = (ThPerS::new(100.0).unwrap(), PowerW::new(3_000.0).unwrap());
        for idle_w in [-1.0, 3_000.0, f64::NAN] {
            assert!(Curve::new(&[setting], idle_w).is_err(), "{idle_w}");
        }
        assert_eq!(curve(&S19J_PRO, 0.0).points()[2].j_per_th(), 1_850.0 / 76.0);
    }
}
