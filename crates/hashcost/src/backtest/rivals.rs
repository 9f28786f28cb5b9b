//! What any forecast has to beat: nothing moves, the past goes on, and a regression that is told
//! the same.

use super::least_squares::{LeastSquares, least_squares};
use super::{Choice, Errors, Frame, bootstrap};

/// Months over which the trend may look back.
pub const TRAILING_MONTHS: [usize; 4] = [3, 6, 12, 24];
/// Months before an origin over which the regression takes changes.
pub(super) const LOOK_BACK_MONTHS: usize = 12;
/// Fewest errors for each coefficient of a regression.
const ERRORS_PER_COEFFICIENT: usize = 2;

/// What the regression's coefficients belong to: 1, and changes of logarithms.
pub const REGRESSORS: [&str; 4] = [
    "intercept",
    "price_change_over_horizon",
    "price_change_12_months_before",
    "hashprice_change_12_months_before",
];

/// The regression that has the same information, at one horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// Months from origin to target.
    pub horizon_months: usize,
    /// Targets in the fit window.
    pub errors: usize,
    /// The coefficients of [`REGRESSORS`]; `None` with fewer than eight targets, and where one
    /// regressor is a sum of the others.
    pub fit: Option<LeastSquares<{ REGRESSORS.len() }>>,
}

/// The hash rate of the origin's month for ever.
pub(super) fn persistence(frame: &Frame<'_>) -> Errors {
    frame.errors(|_, _| 0.0)
}

/// The trailing change of `ln H` carried on; the trailing window is chosen like a grid point.
///
/// Windows that reach back beyond the history from the first origin are no candidates.
pub(super) fn trend(frame: &Frame<'_>) -> (Choice<usize>, Errors) {
    let grid: Vec<usize> =
        TRAILING_MONTHS.into_iter().filter(|trailing| *trailing <= frame.first).collect();
    let errors: Vec<Errors> = grid
        .iter()
        .map(|trailing| {
            frame.errors(|origin, months| {
                let change = frame.change(origin - trailing, *trailing);
                change * months as f64 / *trailing as f64
            })
        })
        .collect();
    let fit: Vec<_> = errors.iter().map(|errors| frame.fit_errors(errors)).collect();
    let choice = bootstrap::choose(&grid, &fit);
    let chosen = errors.into_iter().nth(choice.chosen).unwrap_or_default();
    (choice, chosen)
}

/// The regression, once for each horizon; where it has no coefficients it has no errors.
pub(super) fn regression(frame: &Frame<'_>) -> (Vec<Regression>, Errors) {
    let regressions: Vec<Regression> = frame
        .windows
        .horizons_months
        .iter()
        .map(|&months| {
            let (rows, changes): (Vec<_>, Vec<_>) = frame
                .targets(months)
                .filter(|(_, target)| frame.is_fit(*target))
                .map(|(origin, _)| {
                    (regressors(frame, origin, months), frame.change(origin, months))
                })
                .unzip();
            let enough = rows.len() >= ERRORS_PER_COEFFICIENT * REGRESSORS.len();
            let fit = enough.then(|| least_squares(&rows, &changes)).flatten();
            Regression { horizon_months: months, errors: rows.len(), fit }
        })
        .collect();
    let errors = frame.errors(|origin, months| {
        let here = regressions.iter().find(|regression| regression.horizon_months == months);
        let fit = here.and_then(|regression| regression.fit.as_ref());
        fit.map_or(f64::NAN, |fit| fit.predict(&regressors(frame, origin, months)))
    });
    (regressions, errors)
}

/// The values of [`REGRESSORS`].
fn regressors(frame: &Frame<'_>, origin: usize, months: usize) -> [f64; REGRESSORS.len()] {
    let history = frame.history;
    let price = |index: usize| history.price_usd_per_btc[index].ln();
    let hashprice = |index: usize| history.hashprice_usd_per_ph_day(index).ln();
    let before = origin - LOOK_BACK_MONTHS;
    [
        1.0,
        price(origin + months) - price(origin),
        price(origin) - price(before),
        hashprice(origin) - hashprice(before),
    ]
}
