//! Internal rates of return: all of them.

use crate::cashflow::XIRR_DAYS_PER_YEAR;
use crate::roots::{PositiveRoot, positive_roots, sign_changes};
use units::constants::MONTHS_PER_YEAR;

/// Most days that the flows of [`xirr`] may span: three centuries.
const XIRR_DAYS_MAX: i64 = 110_000;

/// What solving `NPV = 0` gave. Several rates, or none, are answers: print them as such and show
/// [`crate::mirr`] or the NPV beside them.
#[derive(Clone, Debug, PartialEq)]
pub enum Irr {
    /// No rate above -1 makes the present value zero.
    None(NoIrr),
    /// Exactly one does.
    One(Root),
    /// Several do, rising.
    Many(Vec<Root>),
}

/// Why there is no internal rate of return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoIrr {
    /// No flow differs from zero.
    Empty,
    /// All flows have one sign.
    SameSign,
    /// The signs change, but the present value is zero at no rate.
    NoRealRoot,
    /// A flow is not a finite number.
    NotFinite,
}

/// A rate at which the present value is zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// The rate as a fraction, above -1.
    pub rate_frac: f64,
    /// 1 where the present value crosses zero, 2 where it only touches it, and so on.
    pub multiplicity: usize,
}

/// Every internal rate of return per period above -1.
///
/// # Formula
/// Roots of `sum of flow_i v^i` on v = 1/(1+r) > 0, isolated by sign changes, then bisected to
/// neighbouring numbers: model section 6.
///
/// # Shapes
/// `flows_usd`: `[periods]`, evenly spaced. Zeros at either end do not matter.
///
/// # Special cases
/// A double root counts once and says so by its multiplicity; a turning point within
/// 2^-50 of the sum of absolute present values counts as touching zero. Multiplying all flows by
/// a power of two or by -1 changes no bit of the answer.
///
/// # Example
/// ```
/// use finance::{Irr, irr};
/// let Irr::Many(roots) = irr(&[-1_600.0, 10_000.0, -10_000.0]) else { panic!("two roots") };
/// // Both 25 % and 400 % make this worth nothing.
/// assert!((roots[0].rate_frac - 0.25).abs() < 1e-12);
/// assert!((roots[1].rate_frac - 4.0).abs() < 1e-12);
/// ```
pub fn irr(flows_usd: &[f64]) -> Irr {
    solve(flows_usd, |period_rate_frac| period_rate_frac)
}

/// Every internal rate of return of flows one month apart, as annual effective rates.
///
/// # Formula
/// `(1 + monthly root)^12 - 1`.
///
/// # Example
/// ```
/// use finance::{Irr, irr_annual_of_monthly};
/// let mut flows_usd = vec![-100.0];
/// flows_usd.resize(13, 0.0);
/// flows_usd[12] = 112.0;
/// let Irr::One(root) = irr_annual_of_monthly(&flows_usd) else { panic!("one root") };
/// assert!((root.rate_frac - 0.12).abs() < 1e-12);
/// ```
pub fn irr_annual_of_monthly(flows_usd: &[f64]) -> Irr {
    solve(flows_usd, |month_rate_frac| compounded(month_rate_frac, MONTHS_PER_YEAR))
}

/// Every internal rate of return of flows on given days, as annual rates (ACT/365).
///
/// # Formula
/// Roots of [`crate::xnpv`], which counts from the earliest day: model section 6.
///
/// # Shapes
/// `flows`: pairs of a day number and USD, in any order; flows of one day are added.
///
/// # Panics
/// If the days span more than three centuries (110,000 days).
///
/// # Example
/// ```
/// use finance::{Irr, xirr};
/// let Irr::One(root) = xirr(&[(0, -100.0), (365, 110.0)]) else { panic!("one root") };
/// assert!((root.rate_frac - 0.1).abs() < 1e-12);
/// ```
pub fn xirr(flows: &[(i64, f64)]) -> Irr {
    let first_day = flows.iter().map(|(day, _)| *day).min().unwrap_or(0);
    let span_days = flows.iter().map(|(day, _)| day.saturating_sub(first_day)).max().unwrap_or(0);
    assert!(span_days <= XIRR_DAYS_MAX, "flows span {span_days} days, allowed {XIRR_DAYS_MAX}");
    // One entry a day: the days between two flows cost a multiplication each, and the roots are
    // isolated as surely as those of `irr`.
    let mut by_day_usd = vec![0.0; usize::try_from(span_days).unwrap_or(0) + 1];
    let mut sorted = flows.to_vec();
    // By day, then by amount: the sum of a day's flows does not depend on the order of the rows.
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    for (day, usd) in sorted {
        by_day_usd[usize::try_from(day - first_day).unwrap_or(0)] += usd;
    }
    solve(&by_day_usd, |day_rate_frac| compounded(day_rate_frac, XIRR_DAYS_PER_YEAR))
}

/// `(1 + r)^n - 1` without cancellation for small rates.
fn compounded(rate_frac: f64, periods: f64) -> f64 {
    (periods * rate_frac.ln_1p()).exp_m1()
}

fn solve(flows_usd: &[f64], annual: impl Fn(f64) -> f64) -> Irr {
    if flows_usd.iter().any(|usd| !usd.is_finite()) {
        return Irr::None(NoIrr::NotFinite);
    }
    if flows_usd.iter().all(|usd| *usd == 0.0) {
        return Irr::None(NoIrr::Empty);
    }
    if sign_changes(flows_usd) == 0 {
        return Irr::None(NoIrr::SameSign);
    }
    // Rising in v is falling in the rate.
    let as_rate = |root: &PositiveRoot| Root {
        rate_frac: annual((1.0 - root.v) / root.v),
        multiplicity: root.multiplicity,
    };
    let roots: Vec<Root> = positive_roots(flows_usd).iter().rev().map(as_rate).collect();
    match roots.as_slice() {
        [] => Irr::None(NoIrr::NoRealRoot),
        [one] => Irr::One(*one),
        _ => Irr::Many(roots),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roots and multiplicities, empty for none.
    fn roots(answer: &Irr) -> Vec<(f64, usize)> {
        match answer {
            Irr::None(_) => Vec::new(),
            Irr::One(root) => vec![(root.rate_frac, root.multiplicity)],
            Irr::Many(roots) => roots.iter().map(|r| (r.rate_frac, r.multiplicity)).collect(),
        }
    }

    fn check(answer: &Irr, expected: &[(f64, usize)], tolerance: f64) {
        let found = roots(answer);
        assert_eq!(found.len(), expected.len(), "{found:?} instead of {expected:?}");
        for (f, e) in found.iter().zip(expected) {
            let error = (f.0 - e.0).abs() / e.0.abs().max(1.0);
            assert!(error < tolerance && f.1 == e.1, "{f:?} instead of {e:?}");
        }
    }

    #[test]
    fn published_and_awkward_flows_have_all_their_roots() {
        for (flows_usd, expected) in [
            (
                &[-150_000.0, 15_000.0, 25_000.0, 35_000.0, 45_000.0, 60_000.0][..],
                &[0.052_432_888_859_414_106][..],
            ),
            (&[-100.0, 0.0, 0.0, 74.0], &[-0.095_495_830_348_972_52]),
            (&[-100.0, 39.0, 59.0, 55.0, 20.0], &[0.280_948_421_159_961_1]),
            (&[-100.0, 100.0, 0.0, 7.0], &[0.062_058_485_629_929_46]),
            (&[-100.0, 100.0, 0.0, -7.0], &[-0.678_894_373_632_386_5, -0.083_299_666_184_932_69]),
            (
                &[-5.0, 10.5, 1.0, -8.0, 1.0, 0.0, 0.0],
                &[-0.870_201_247_484_741_1, 0.088_598_338_527_755_35, 0.709_559_527_686_183_6],
            ),
            (
                &[-50.0, -100.0, 600.0, 300.0, -100.0],
                &[-0.768_895_470_680_780_6, 1.854_417_828_456_178],
            ),
            (&[-1_000.0, 6_000.0, -11_000.0, 6_000.0], &[0.0, 1.0, 2.0]),
            (&[-100.0, 230.0, -132.0], &[0.1, 0.2]),
            (
                &[-1_678.87, 771.96, 1_814.05, 3_520.30, 3_552.95, 3_584.99, 4_789.91, -1.0],
                &[-0.999_791_260_428_328_3, 1.004_269_848_720_558],
            ),
            (&[-70_000.0, 12_000.0, 15_000.0], &[-0.443_506_941_334_740_54]),
            (&[-100.0, 220.0, -120.999_999_9], &[0.099_968_377_224_337, 0.100_031_622_775_662_99]),
            (&[-1.0, 12.0], &[11.0]),
            (&[-1e6, 1.0], &[-0.999_999]),
            (&[-1e-8, 0.0, 1e9], &[316_227_765.016_837_95]),
            (&[-1e15, 6e14, 6e14], &[0.130_662_386_291_807_5]),
            (
                &[-125.62, -1_525.72, 64_963.7, -52_895.58, -30_508.03, -95.36, 13_871.37],
                &[-0.407_710_128_862_023_3, 0.114_377_502_140_521_43, 15.911_500_594_181_11],
            ),
        ] {
            let expected: Vec<_> = expected.iter().map(|r| (*r, 1)).collect();
            check(&irr(flows_usd), &expected, 1e-10);
        }
    }

    #[test]
    fn double_roots_count_once_and_say_so() {
        check(&irr(&[-100.0, 220.0, -121.0]), &[(0.1, 2)], 1e-10);
        check(&irr(&[-1.0, 5.0, -8.0, 4.0]), &[(0.0, 1), (1.0, 2)], 1e-10);
    }

    #[test]
    fn no_root_says_why() {
        for (flows_usd, why) in [
            (&[1.0, 2.0, 3.0][..], NoIrr::SameSign),
            (&[-5.0], NoIrr::SameSign),
            (&[0.0, 0.0], NoIrr::Empty),
            (&[], NoIrr::Empty),
            (&[1_000.0, -3_000.0, 2_500.0], NoIrr::NoRealRoot),
            (&[-1.0, f64::NAN], NoIrr::NotFinite),
        ] {
            assert_eq!(irr(flows_usd), Irr::None(why), "{flows_usd:?}");
        }
    }

    #[test]
    fn long_conversions_with_refresh_and_clean_up_are_solved() {
        // 50 years: building, rent that grows, new GPUs every five years, clean-up at the end.
        let mut flows_usd: Vec<f64> = (0..600)
            .map(|m| if m < 12 { -1e6 } else { 150e3 * 1.03_f64.powf(f64::from((m - 12) / 12)) })
            .collect();
        for month in (72..540).step_by(60) {
            flows_usd[month] -= 3e6;
        }
        flows_usd[599] -= 40e6;
        for root in roots(&irr_annual_of_monthly(&flows_usd)) {
            let worth: f64 = crate::npv_monthly_usd(&flows_usd, root.0);
            let absolute: Vec<f64> = flows_usd.iter().map(|usd| usd.abs()).collect();
            assert!(worth.abs() < 1e-10 * crate::npv_monthly_usd(&absolute, root.0));
        }
        assert!(!roots(&irr_annual_of_monthly(&flows_usd)).is_empty());
    }

    #[test]
    fn dated_flows_are_solved_in_any_order() {
        // Days from 2008-01-01 to 03-01, 10-30, 2009-02-15 and 04-01.
        let mut flows =
            [(456, 2_750.0), (0, -10_000.0), (303, 4_250.0), (411, 3_250.0), (60, 2_750.0)];
        check(&xirr(&flows), &[(0.373_362_533_518_831_53, 1)], 1e-12);
        flows.reverse();
        check(&xirr(&flows), &[(0.373_362_533_518_831_53, 1)], 1e-12);
        check(&xirr(&[(0, -100.0), (365, 230.0), (730, -132.0)]), &[(0.1, 1), (0.2, 1)], 1e-10);
        check(&xirr(&[(0, -100.0), (365, 220.0), (730, -121.0)]), &[(0.1, 2)], 1e-6);
        assert_eq!(xirr(&[(0, 100.0), (0, -100.0)]), Irr::None(NoIrr::Empty));
        assert_eq!(xirr(&[]), Irr::None(NoIrr::Empty));
    }
}
