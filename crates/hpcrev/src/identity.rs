//! Solves a press release about a GPU cloud: three independent figures give the rest.

use units::Code;
use units::Violation;
use units::constants::{HOURS_PER_YEAR, KW_PER_MW};

use crate::error::Error;

/// Largest relative difference between a figure given and the one implied by others: press
/// releases round to two or three digits.
pub const CONTRADICTION_FRAC: f64 = 0.005;

/// The figures of a GPU cloud: [`solve`] takes them as `Option<f64>` and gives them as `f64`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures<T> {
    /// Critical MW.
    pub critical_mw: T,
    /// GPUs.
    pub gpus: T,
    /// Revenue a year.
    pub usd_per_year: T,
    /// Critical power of a GPU with its share of everything.
    pub kw_per_gpu: T,
    /// Revenue of a GPU a year.
    pub usd_per_gpu_year: T,
    /// Revenue of a GPU an hour, over all 8,760 hours.
    pub usd_per_gpu_h: T,
    /// Revenue of a critical MW a year.
    pub usd_per_mw_year: T,
}

/// Names of the figures, in the order of the fields.
const NAMES: [&str; 7] = [
    "critical_mw",
    "gpus",
    "usd_per_year",
    "kw_per_gpu",
    "usd_per_gpu_year",
    "usd_per_gpu_h",
    "usd_per_mw_year",
];

const CRITICAL_MW: usize = 0;
const GPUS: usize = 1;
const USD_PER_YEAR: usize = 2;
const KW_PER_GPU: usize = 3;
const USD_PER_GPU_YEAR: usize = 4;
const USD_PER_GPU_H: usize = 5;
const USD_PER_MW_YEAR: usize = 6;

/// All relations `a x b = factor x c`; where there is no b, it is 1.
const RELATIONS: [(usize, Option<usize>, f64, usize); 5] = [
    (KW_PER_GPU, Some(GPUS), KW_PER_MW, CRITICAL_MW),
    (USD_PER_GPU_YEAR, Some(GPUS), 1.0, USD_PER_YEAR),
    (USD_PER_MW_YEAR, Some(CRITICAL_MW), 1.0, USD_PER_YEAR),
    (USD_PER_MW_YEAR, Some(KW_PER_GPU), KW_PER_MW, USD_PER_GPU_YEAR),
    (USD_PER_GPU_YEAR, None, HOURS_PER_YEAR, USD_PER_GPU_H),
];

/// Completes the figures of a GPU cloud from three independent ones.
///
/// # Formula
/// `kW/GPU x GPUs = 1000 MW`, `USD/GPU-year x GPUs = USD/year`, `USD/MW-year x MW = USD/year`,
/// `USD/GPU-year = 8760 USD/GPU-h`: model section 5.
///
/// # Special cases
/// A figure beyond the third that agrees within [`CONTRADICTION_FRAC`] is replaced by what the
/// earlier ones (in the order of the fields) imply, so that the answer fits together exactly.
///
/// # Errors
/// [`Error::Invalid`] for figures that are not positive, [`Error::Underdetermined`] if fewer than
/// three are independent (MW, GPUs and kW/GPU say only two things), [`Error::Contradiction`] if
/// one lies further from what the others imply.
///
/// # Example
/// ```
/// use hpcrev::identity::{Figures, solve};
/// let known = Figures {
///     critical_mw: Some(660.0),
///     gpus: Some(250_000.0),
///     usd_per_year: Some(6e9),
///     ..Figures::default()
/// };
/// let all = solve(&known)?;
/// assert_eq!((all.kw_per_gpu, all.usd_per_gpu_year), (2.64, 24_000.0));
/// # Ok::<(), hpcrev::Error>(())
/// ```
pub fn solve(known: &Figures<Option<f64>>) -> Result<Figures<f64>, Error> {
    let known = [
        known.critical_mw,
        known.gpus,
        known.usd_per_year,
        known.kw_per_gpu,
        known.usd_per_gpu_year,
        known.usd_per_gpu_h,
        known.usd_per_mw_year,
    ];
    let given = || NAMES.into_iter().zip(known).filter_map(|(name, f)| f.map(|f| (name, f)));
    let faults: Vec<Violation> = given()
        .filter(|(_, figure)| !(figure.is_finite() && *figure > 0.0))
        .map(|(name, figure)| {
            Violation::new(Code::Range, name).value(figure).allowed("must be above 0")
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let mut figures = [None; 7];
    for (index, figure) in known.iter().enumerate() {
        match (*figure, figures[index]) {
            (Some(given), Some(implied)) if !agree(given, implied) => {
                return Err(Error::Contradiction { figure: NAMES[index], given, implied });
            }
            (Some(given), None) => {
                figures[index] = Some(given);
                propagate(&mut figures);
            }
            _ => {}
        }
    }
    if let [
        Some(critical_mw),
        Some(gpus),
        Some(usd_per_year),
        Some(kw_per_gpu),
        Some(usd_per_gpu_year),
        Some(usd_per_gpu_h),
        Some(usd_per_mw_year),
    ] = figures
    {
        return Ok(Figures {
            critical_mw,
            gpus,
            usd_per_year,
            kw_per_gpu,
            usd_per_gpu_year,
            usd_per_gpu_h,
            usd_per_mw_year,
        });
    }
    let open = NAMES.into_iter().zip(figures).filter(|(_, f)| f.is_none()).map(|(name, _)| name);
    Err(Error::Underdetermined {
        known: given().map(|(name, _)| name).collect(),
        open: open.collect(),
    })
}

fn agree(given: f64, implied: f64) -> bool {
    (given - implied).abs() <= CONTRADICTION_FRAC * given.abs().max(implied.abs())
}

/// Fills in every figure that one relation gives from known ones, until nothing is left to fill.
fn propagate(figures: &mut [Option<f64>; 7]) {
    // Each round completes a figure or is the last; seven figures need no more than seven rounds.
    for _ in 0..figures.len() {
        for (a, b, factor, c) in RELATIONS {
            let left = figures[a];
            let right = b.map_or(Some(1.0), |b| figures[b]);
            match (left, right, figures[c]) {
                (Some(x), Some(y), None) => figures[c] = Some(x * y / factor),
                (None, Some(y), Some(z)) => figures[a] = Some(factor * z / y),
                (Some(x), None, Some(z)) => {
                    if let Some(b) = b {
                        figures[b] = Some(factor * z / x);
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(figures: &[(usize, f64)]) -> Figures<Option<f64>> {
        let mut all = [None; 7];
        for (index, figure) in figures {
            all[*index] = Some(*figure);
        }
        let [
            critical_mw,
            gpus,
            usd_per_year,
            kw_per_gpu,
            usd_per_gpu_year,
            usd_per_gpu_h,
            usd_per_mw_year,
        ] = all;
        Figures {
            critical_mw,
            gpus,
            usd_per_year,
            kw_per_gpu,
            usd_per_gpu_year,
            usd_per_gpu_h,
            usd_per_mw_year,
        }
    }

    fn values(f: &Figures<f64>) -> [f64; 7] {
        [
            f.critical_mw,
            f.gpus,
            f.usd_per_year,
            f.kw_per_gpu,
            f.usd_per_gpu_year,
            f.usd_per_gpu_h,
            f.usd_per_mw_year,
        ]
    }

    /// The figures of a 200 MW contract with 76,000 GPUs and 9.7 billion USD over five years.
    fn published() -> [f64; 7] {
        values(&solve(&known(&[(0, 200.0), (1, 76_000.0), (2, 1.94e9)])).unwrap())
    }

    #[test]
    fn published_contracts_come_out() {
        for (found, expected) in published()[3..].iter().zip([2.632, 25_526.0, 2.91, 9.7e6]) {
            assert!((found / expected - 1.0).abs() < 0.002, "{found} instead of {expected}");
        }
        for figures in [
            [(0, 660.0), (1, 250_000.0), (2, 6e9)],
            [(0, 660.0), (1, 250_000.0), (4, 24_000.0)],
            [(0, 660.0), (2, 6e9), (3, 2.64)],
            [(1, 250_000.0), (2, 6e9), (3, 2.64)],
        ] {
            let all = values(&solve(&known(&figures)).unwrap());
            let expected = [660.0, 250_000.0, 6e9, 2.64, 24_000.0, 2.74, 9.09e6];
            for (found, expected) in all.iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 0.002, "{found} instead of {expected}");
            }
        }
    }

    #[test]
    fn of_all_triples_the_independent_ones_give_the_rest() {
        let all = published();
        let mut solved = 0;
        for a in 0..7 {
            for b in a + 1..7 {
                for c in b + 1..7 {
                    let triple = known(&[(a, all[a]), (b, all[b]), (c, all[c])]);
                    match solve(&triple) {
                        Ok(figures) => {
                            solved += 1;
                            for (found, expected) in values(&figures).iter().zip(all) {
                                assert!((found / expected - 1.0).abs() < 1e-14);
                            }
                        }
                        Err(Error::Underdetermined { known, open }) => {
                            assert_eq!(known, [NAMES[a], NAMES[b], NAMES[c]]);
                            assert!(!open.is_empty());
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }
        // Of 35 triples, 5 hold both prices of a GPU and 6 a closed loop: MW, GPUs, kW; either
        // price with GPUs and revenue, or with kW and revenue per MW; MW with both revenues.
        assert_eq!(solved, 24);
    }

    #[test]
    fn contradictions_and_impossible_figures_are_refused_by_name() {
        let near = known(&[(0, 660.0), (1, 250_000.0), (2, 6e9), (3, 2.65)]);
        assert!(solve(&near).is_ok(), "0.4 % is rounding");
        let far = known(&[(0, 660.0), (1, 250_000.0), (2, 6e9), (3, 2.66)]);
        let expected = Error::Contradiction { figure: "kw_per_gpu", given: 2.66, implied: 2.64 };
        assert_eq!(solve(&far), Err(expected));
        let few = solve(&known(&[(0, 660.0), (1, 250_000.0)])).unwrap_err();
        assert_eq!(
            few.to_string(),
            "critical_mw, gpus are too few: add one of usd_per_year, usd_per_gpu_year, \
             usd_per_gpu_h, usd_per_mw_year"
        );
        let negative = solve(&known(&[(0, -1.0), (1, f64::NAN)]));
        assert!(matches!(negative, Err(Error::Invalid(faults)) if faults.len() == 2));
    }
}
