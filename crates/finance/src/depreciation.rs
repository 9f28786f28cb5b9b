//! How the book and market value of an asset falls: straight line, geometric, MACRS.

/// A recovery class of the US tax schedule (half-year convention).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacrsClass {
    /// Computers and peripheral equipment: miners, GPUs.
    FiveYears,
    /// Land improvements and electrical plant of a site.
    FifteenYears,
}

impl MacrsClass {
    /// Share of the basis by tax year in hundredths of a percent. IRS Publication 946, table A-1.
    const fn basis_points(self) -> &'static [u16] {
        match self {
            Self::FiveYears => &[2_000, 3_200, 1_920, 1_152, 1_152, 576],
            Self::FifteenYears => {
                &[500, 950, 855, 770, 693, 623, 590, 590, 591, 590, 591, 590, 591, 590, 591, 295]
            }
        }
    }
}

/// Straight-line charge in USD of each month of an asset's life.
///
/// # Formula
/// Fall of [`straight_line_value`] over the month, so that the charges and the book value add up.
///
/// # Shapes
/// `[life_months]`, entry 0 the first month in service.
///
/// # Example
/// ```
/// assert_eq!(finance::depreciation::straight_line(120.0, 4), [30.0; 4]);
/// ```
pub fn straight_line(basis_usd: f64, life_months: usize) -> Vec<f64> {
    let value_usd = |month| straight_line_value(basis_usd, life_months, month);
    (0..life_months).map(|month| value_usd(month) - value_usd(month + 1)).collect()
}

/// Book value in USD after `months` in service, written off evenly.
///
/// # Formula
/// `basis (1 - months / life)`, never below 0.
///
/// # Special cases
/// A life of 0 months is written off at once.
///
/// # Example
/// ```
/// assert_eq!(finance::depreciation::straight_line_value(120.0, 4, 3), 30.0);
/// assert_eq!(finance::depreciation::straight_line_value(120.0, 4, 9), 0.0);
/// ```
pub fn straight_line_value(basis_usd: f64, life_months: usize, months: usize) -> f64 {
    if months >= life_months {
        0.0
    } else {
        basis_usd * ((life_months - months) as f64 / life_months as f64)
    }
}

/// Value in USD of an asset that loses the same share every year: the melting ice cube.
///
/// # Formula
/// `cost (1 - d)^(t / 12)`, d the share lost a year, t in months: model section 2.
///
/// # Example
/// ```
/// // Half is lost every year.
/// assert_eq!(finance::depreciation::geometric_value(800.0, 0.5, 24.0), 200.0);
/// ```
pub fn geometric_value(cost_usd: f64, decline_per_year_frac: f64, months: f64) -> f64 {
    cost_usd * crate::discount_factor(-decline_per_year_frac, -months)
}

/// Tax depreciation in USD by tax year, with bonus depreciation in the first.
///
/// # Formula
/// `basis (bonus [first year] + (1 - bonus) share_y)`, shares of IRS Publication 946, table A-1.
///
/// # Shapes
/// `[6]` or `[16]`: the half-year convention adds a year to the class.
///
/// # Example
/// ```
/// use finance::depreciation::{MacrsClass, macrs};
/// // 40 % at once, and a fifth of the rest in the first year.
/// let by_year_usd = macrs(1_000.0, MacrsClass::FiveYears, 0.4);
/// assert!((by_year_usd[0] - 520.0).abs() < 1e-12);
/// ```
pub fn macrs(basis_usd: f64, class: MacrsClass, bonus_frac: f64) -> Vec<f64> {
    let rest_usd = basis_usd * (1.0 - bonus_frac);
    let mut by_year_usd: Vec<f64> = class
        .basis_points()
        .iter()
        .map(|points| rest_usd * f64::from(*points) / 10_000.0)
        .collect();
    by_year_usd[0] += basis_usd * bonus_frac;
    by_year_usd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_sum_to_the_whole() {
        for class in [MacrsClass::FiveYears, MacrsClass::FifteenYears] {
            assert_eq!(class.basis_points().iter().sum::<u16>(), 10_000, "{class:?}");
            let total_usd: f64 = macrs(12_345_678.9, class, 0.6).iter().sum();
            assert!((total_usd - 12_345_678.9).abs() < 1e-8);
        }
        let total_usd: f64 = straight_line(1e6, 37).iter().sum();
        assert!((total_usd - 1e6).abs() < 1e-8);
    }

    #[test]
    fn five_year_schedule_with_and_without_bonus() {
        for (bonus_frac, expected_usd) in [
            (0.0, [200_000.0, 320_000.0, 192_000.0, 115_200.0, 115_200.0, 57_600.0]),
            (0.4, [520_000.0, 192_000.0, 115_200.0, 69_120.0, 69_120.0, 34_560.0]),
            (1.0, [1_000_000.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        ] {
            let found_usd = macrs(1e6, MacrsClass::FiveYears, bonus_frac);
            for (found, expected) in found_usd.iter().zip(expected_usd) {
                assert!((found - expected).abs() < 1e-9, "{bonus_frac}: {found_usd:?}");
            }
        }
    }

    #[test]
    fn book_value_never_falls_below_zero() {
        for months in 0..70 {
            assert!(straight_line_value(7.3, 60, months) >= 0.0);
        }
        assert!(straight_line(5.0, 0).is_empty());
        assert_eq!(straight_line_value(5.0, 0, 0), 0.0);
    }
}
