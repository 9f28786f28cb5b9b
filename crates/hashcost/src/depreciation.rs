//! How a machine loses its value, as a cost of each TH/s-day and as what it can be sold for.

use finance::depreciation::{geometric_value, straight_line_value};

/// How the value of a machine falls. Book value and resale value follow the same curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueCurve {
    /// By the same amount every month.
    StraightLine {
        /// Months until nothing is left.
        life_months: usize,
    },
    /// By the same share every year: the melting ice cube.
    Geometric {
        /// Share lost in a year, 0 to below 1.
        yearly_fall_frac: f64,
    },
}

impl ValueCurve {
    /// Value after some months of a machine bought at a price, USD per TH/s.
    ///
    /// # Formula
    /// `A (1 - t / L)` down to 0, or `A (1 - d)^(t / 12)`, model section 2.
    pub fn value_usd_per_th(&self, price_usd_per_th: f64, months: usize) -> f64 {
        match *self {
            Self::StraightLine { life_months } => {
                straight_line_value(price_usd_per_th, life_months, months)
            }
            Self::Geometric { yearly_fall_frac } => {
                geometric_value(price_usd_per_th, yearly_fall_frac, months as f64)
            }
        }
    }

    /// Depreciation in a month of the machine's life, USD per installed TH/s and day: part of
    /// the fixed costs of a [`Machine`](crate::fleet::Machine).
    ///
    /// # Formula
    /// The month's fall in value over its days. Month 0 is the first.
    ///
    /// # Example
    /// ```
    /// use hashcost::depreciation::ValueCurve;
    /// // 18 USD per TH/s over 60 months: 30 cents a month, one cent a day of a month of 30 days.
    /// let curve = ValueCurve::StraightLine { life_months: 60 };
    /// assert!((curve.charge_usd_per_th_day(18.0, 7, 30) - 0.01).abs() < 1e-14);
    /// ```
    pub fn charge_usd_per_th_day(&self, price_usd_per_th: f64, month: usize, days: u32) -> f64 {
        let fall = self.value_usd_per_th(price_usd_per_th, month)
            - self.value_usd_per_th(price_usd_per_th, month + 1);
        fall / f64::from(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_add_up_to_what_is_lost() {
        for curve in [
            ValueCurve::StraightLine { life_months: 48 },
            ValueCurve::Geometric { yearly_fall_frac: 0.3 },
        ] {
            let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let charged: f64 = (0..36)
                .map(|month| {
                    let days = days[month % 12];
                    curve.charge_usd_per_th_day(20.0, month, days) * f64::from(days)
                })
                .sum();
            let lost = 20.0 - curve.value_usd_per_th(20.0, 36);
            assert!((charged - lost).abs() < 1e-12, "{curve:?}");
            assert_eq!(curve.value_usd_per_th(20.0, 0), 20.0);
        }
    }

    #[test]
    fn values_are_those_of_the_two_curves() {
        for (curve, months, value) in [
            (ValueCurve::StraightLine { life_months: 48 }, 12, 15.0),
            (ValueCurve::StraightLine { life_months: 48 }, 48, 0.0),
            (ValueCurve::StraightLine { life_months: 48 }, 90, 0.0),
            (ValueCurve::Geometric { yearly_fall_frac: 0.3 }, 12, 14.0),
            (ValueCurve::Geometric { yearly_fall_frac: 0.3 }, 24, 9.8),
            (ValueCurve::Geometric { yearly_fall_frac: 0.0 }, 24, 20.0),
        ] {
            let found = curve.value_usd_per_th(20.0, months);
            assert!((found - value).abs() < 1e-12, "{curve:?} after {months} months");
        }
    }
}
