//! How well a forecast of hash rate would have done, and its rivals.
//!
//! A forecast is made at the end of each month, is given the price, subsidy and fees that followed,
//! and is held against the hash rate some months later. Errors are `ln(forecast / actual)` and are
//! sorted by their TARGET month: what the fit has seen is never in the test. The forecast itself is
//! the caller's; here are the windows, the choice of its parameters, the uncertainty of that choice
//! and the rivals.
//!
//! - **Fit.** The grid point with the smallest mean over 6 and 12 months of the median absolute log
//!   error over targets in the fit window; the first of equal ones.
//! - **Uncertainty.** A moving-block bootstrap over origins: blocks of [`BLOCK_MONTHS`] consecutive
//!   origins, [`RESAMPLES`] resamples, the choice made again in each. Origins at either end of the
//!   window are in fewer blocks.
//! - **Rivals.** Persistence; the trailing change of `ln H` carried on, over 3, 6, 12 or 24 months
//!   as fits best by the same criterion; and a regression for each horizon of the change in `ln H`
//!   on the change of `ln price` over the same months and the changes of `ln price` and
//!   `ln hashprice` over the twelve months before, by least squares on targets in the fit window.
//! - **Overlap.** Errors of neighbouring origins share most of their months. Each score says how
//!   many errors do not overlap.
//!
//! A horizon longer than the test window has no error that lies wholly inside it; its errors are
//! reported together, as [`Window::InSample`].

mod bootstrap;
mod history;
mod least_squares;
mod rivals;

pub use bootstrap::{BLOCK_MONTHS, Choice, RESAMPLES, SEED};
pub use history::{History, Windows};
pub use least_squares::LeastSquares;
pub use rivals::{REGRESSORS, Regression, TRAILING_MONTHS};

use bootstrap::{FitErrors, Sorted};
use rivals::LOOK_BACK_MONTHS;
use units::{Code, Violation};

use crate::error::Error;

/// Horizons over which a fit takes its mean, months.
pub const FIT_HORIZONS_MONTHS: [usize; 2] = [6, 12];

/// A forecast by the caller: from the end of an entry of the history, over some months, for each
/// point of a grid. One column a point, one hash rate in TH/s a month.
pub type Forecast<'a, P> = dyn Fn(usize, usize, &[P]) -> Result<Vec<Vec<f64>>, Error> + 'a;

/// Who made a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forecaster {
    /// The caller's model at the chosen grid point.
    Model,
    /// Hash rate stays as it is.
    Persistence,
    /// Hash rate goes on as before.
    Trend,
    /// The regression that has the same information.
    Regression,
}

impl Forecaster {
    /// The word used in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Persistence => "persistence",
            Self::Trend => "trend",
            Self::Regression => "regression",
        }
    }
}

/// Which targets a score is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// Those that parameters were chosen on.
    Fit,
    /// Those after them.
    Test,
    /// All of a horizon too long for the test.
    InSample,
}

impl Window {
    /// The word used in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Test => "test",
            Self::InSample => "in_sample",
        }
    }
}

/// How one forecaster did at one horizon in one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Who made the forecasts.
    pub forecaster: Forecaster,
    /// Months from origin to target.
    pub horizon_months: usize,
    /// Which targets.
    pub window: Window,
    /// Median of `|ln(forecast / actual)|`; the mean of the middle two of an even number.
    pub median_abs_log_error: f64,
    /// Mean of `ln(forecast / actual)`: below 0 where forecasts were too low.
    pub mean_log_error: f64,
    /// Number of errors.
    pub errors: usize,
    /// The largest number of them whose months from origin to target do not overlap; one may begin
    /// where another ends.
    pub non_overlapping: usize,
}

/// What a backtest finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest<P> {
    /// The parameters of the caller's model, and how firm they are.
    pub choice: Choice<P>,
    /// The trailing months of the trend, chosen in the same way.
    pub trend: Choice<usize>,
    /// The regression at each horizon.
    pub regressions: Vec<Regression>,
    /// Scores by forecaster, then horizon, then window. Windows without an error are left out.
    pub scores: Vec<Score>,
}

impl<P> Backtest<P> {
    /// One score; `None` where there is no error.
    pub fn score(
        &self,
        forecaster: Forecaster,
        horizon_months: usize,
        window: Window,
    ) -> Option<&Score> {
        self.scores.iter().find(|score| {
            (score.forecaster, score.horizon_months, score.window)
                == (forecaster, horizon_months, window)
        })
    }
}

/// Chooses among the points of `grid` by what `forecast` makes of them, and scores the choice
/// beside its rivals.
///
/// `forecast(origin, months, grid)` forecasts from the end of entry `origin` of the history, with
/// the price, subsidy and fees that followed, for each point of the grid. It is called once for
/// each origin, with the months to the furthest target that is judged.
///
/// # Formula
/// Error `ln(forecast / actual)` at `origin + horizon`; fit error of a point: the mean over
/// [`FIT_HORIZONS_MONTHS`] of the median absolute error over targets up to `windows.fit_until`.
///
/// # Shapes
/// `forecast` gives one column for each point, with one hash rate in TH/s for each of the months
/// `1..=months`.
///
/// # Special cases
/// Targets after `windows.test_until` are left out, and so are those between fit and test. A
/// trailing window that reaches back beyond the history is no candidate. The regression is silent
/// at a horizon where it has no coefficients, see [`Regression::fit`].
///
/// # Errors
/// [`Error::Invalid`] with all that is wrong with the history or the windows, an empty grid, or a
/// forecast that is not a positive number; [`Error::LengthMismatch`] if columns or forecasts have
/// another length; whatever `forecast` returns.
///
/// # Example
/// ```
/// use hashcost::backtest::{Forecaster, History, Window, Windows, backtest};
/// use units::CalendarMonth;
///
/// // Hash rate has grown by 3 % a month, whatever the price.
/// let months = 110;
/// let hashrate = |m: usize| 1e7 * (0.03 * m as f64).exp();
/// let history = History {
///     first: CalendarMonth::new(2016, 6)?,
///     hashrate_th_per_s: (0..months).map(hashrate).collect(),
///     price_usd_per_btc: vec![30_000.0; months],
///     fees_btc: vec![0.1; months],
///     subsidy_btc: vec![6.25; months],
///     month_end_height: vec![700_000; months],
/// };
/// // A model whose one parameter is the growth a month.
/// let grow = |origin: usize, months: usize, grid: &[f64]| {
///     let start = hashrate(origin);
///     let path = |rate: &f64| -> Vec<f64> {
///         (1..=months).map(|m| start * (rate * m as f64).exp()).collect()
///     };
///     Ok(grid.iter().map(path).collect())
/// };
/// let found = backtest(&history, &Windows::within(&history), &[0.01, 0.03, 0.05], &grow)?;
/// assert_eq!(found.choice.point(), &0.03);
/// assert_eq!(found.choice.interval(|rate| *rate), [0.03, 0.03]);
/// let persistence = found.score(Forecaster::Persistence, 12, Window::Test).ok_or("no errors")?;
/// assert!((persistence.median_abs_log_error - 0.36).abs() < 1e-12);
/// assert_eq!((persistence.errors, persistence.non_overlapping), (18, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn backtest<P: Clone>(
    history: &History,
    windows: &Windows,
    grid: &[P],
    forecast: &Forecast<'_, P>,
) -> Result<Backtest<P>, Error> {
    history.check()?;
    windows.check(history)?;
    if grid.is_empty() {
        let fault = Violation::new(Code::Missing, "grid").allowed("needs a point, has 0");
        return Err(Error::Invalid(vec![fault]));
    }
    let frame = Frame::new(history, windows);
    let errors = frame.model_errors(grid, forecast)?;
    let fit: Vec<FitErrors> = errors.iter().map(|errors| frame.fit_errors(errors)).collect();
    let choice = bootstrap::choose(grid, &fit);
    let (trend, trend_errors) = rivals::trend(&frame);
    let (regressions, regression_errors) = rivals::regression(&frame);
    let scores = [
        (Forecaster::Model, &errors[choice.chosen]),
        (Forecaster::Persistence, &rivals::persistence(&frame)),
        (Forecaster::Trend, &trend_errors),
        (Forecaster::Regression, &regression_errors),
    ]
    .into_iter()
    .flat_map(|(forecaster, errors)| frame.scores(forecaster, errors))
    .collect();
    Ok(Backtest { choice, trend, regressions, scores })
}

/// Log errors of one forecaster by place of the horizon and by origin, the first origin first; not
/// a number where there is no target or no forecast.
type Errors = Vec<Vec<f64>>;

/// A history seen through its windows. Origins and targets are entries of the history.
struct Frame<'a> {
    history: &'a History,
    windows: &'a Windows,
    /// The first origin.
    first: usize,
    /// The last target.
    last_target: usize,
}

impl<'a> Frame<'a> {
    /// A frame of windows that have been checked.
    fn new(history: &'a History, windows: &'a Windows) -> Self {
        let index = |month| history.index(month).unwrap_or(0);
        Self {
            history,
            windows,
            first: index(windows.first_origin),
            last_target: index(windows.test_until),
        }
    }

    /// Origins with a target at a horizon, each with it.
    fn targets(&self, months: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let last = self.last_target;
        (self.first..).map(move |origin| (origin, origin + months)).take_while(move |t| t.1 <= last)
    }

    /// Change of `ln H` over the months after an entry.
    fn change(&self, from: usize, months: usize) -> f64 {
        let hashrate = &self.history.hashrate_th_per_s;
        (hashrate[from + months] / hashrate[from]).ln()
    }

    /// Whether a target lies in the fit window.
    fn is_fit(&self, target: usize) -> bool {
        self.history.month(target) <= self.windows.fit_until
    }

    /// The window of a target; `None` between fit and test.
    fn window(&self, target: usize, months: usize) -> Option<Window> {
        if months > self.windows.test_months() {
            Some(Window::InSample)
        } else if self.is_fit(target) {
            Some(Window::Fit)
        } else if self.history.month(target) >= self.windows.test_from {
            Some(Window::Test)
        } else {
            None
        }
    }

    /// Errors of a forecaster that gives the change of `ln H` from an origin over some months.
    fn errors(&self, forecast: impl Fn(usize, usize) -> f64) -> Errors {
        let horizons = self.windows.horizons_months.iter();
        horizons
            .map(|&months| {
                self.targets(months)
                    .map(|(origin, _)| forecast(origin, months) - self.change(origin, months))
                    .collect()
            })
            .collect()
    }

    /// Errors of the caller's model, one entry for each point.
    fn model_errors<P>(
        &self,
        grid: &[P],
        forecast: &Forecast<'_, P>,
    ) -> Result<Vec<Errors>, Error> {
        let horizons = &self.windows.horizons_months;
        let mut errors: Vec<Errors> = vec![vec![Vec::new(); horizons.len()]; grid.len()];
        let (shortest, longest) = (horizons[0], horizons[horizons.len() - 1]);
        for (origin, _) in self.targets(shortest) {
            let months = longest.min(self.last_target - origin);
            let forecasts = forecast(origin, months, grid)?;
            expect_length("forecast", grid.len(), forecasts.len())?;
            for (point, (path, errors)) in forecasts.iter().zip(&mut errors).enumerate() {
                expect_length("forecast of a grid point", months, path.len())?;
                if let Some(month) = path.iter().position(|h| !(*h > 0.0 && h.is_finite())) {
                    let from = self.history.month(origin);
                    let place = format!("forecast[{from}][{point}][{}]", month + 1);
                    let fault = Violation::new(Code::Range, place).value(path[month]).unit("TH/s");
                    return Err(Error::Invalid(vec![fault.allowed("allowed above 0")]));
                }
                let reached = horizons.iter().filter(|h| **h <= months);
                for (&horizon, errors) in reached.zip(errors) {
                    let actual = self.history.hashrate_th_per_s[origin + horizon];
                    errors.push((path[horizon - 1] / actual).ln());
                }
            }
        }
        Ok(errors)
    }

    /// The errors by which a point is chosen: one entry for each origin that has any.
    fn fit_errors(&self, errors: &Errors) -> FitErrors {
        let at = |months: usize| {
            let place = self.windows.horizons_months.iter().position(|h| *h == months);
            let targets = self.targets(months).take_while(|(_, target)| self.is_fit(*target));
            let errors = place.map_or(&[][..], |place| &errors[place]);
            errors.iter().zip(targets).map(|(error, _)| *error).collect::<Vec<f64>>()
        };
        let mut fit = FIT_HORIZONS_MONTHS.map(at);
        let origins = fit.iter().map(Vec::len).max().unwrap_or(0);
        for errors in &mut fit {
            errors.resize(origins, f64::NAN);
        }
        fit
    }

    /// The scores of one forecaster.
    fn scores(&self, forecaster: Forecaster, errors: &Errors) -> Vec<Score> {
        let mut scores = Vec::new();
        for (&months, errors) in self.windows.horizons_months.iter().zip(errors) {
            for window in [Window::Fit, Window::Test, Window::InSample] {
                let (origins, errors): (Vec<usize>, Vec<f64>) = self
                    .targets(months)
                    .zip(errors)
                    .filter(|((_, target), error)| {
                        self.window(*target, months) == Some(window) && !error.is_nan()
                    })
                    .map(|((origin, _), error)| (origin, *error))
                    .unzip();
                if errors.is_empty() {
                    continue;
                }
                let once = vec![1; errors.len()];
                scores.push(Score {
                    forecaster,
                    horizon_months: months,
                    window,
                    median_abs_log_error: Sorted::new(errors.iter().copied()).median(&once),
                    mean_log_error: errors.iter().sum::<f64>() / errors.len() as f64,
                    errors: errors.len(),
                    non_overlapping: non_overlapping(&origins, months),
                });
            }
        }
        scores
    }
}

/// The most spans of one length that do not overlap, given where they begin, in rising order: the
/// earliest that fits is always among the best.
fn non_overlapping(origins: &[usize], months: usize) -> usize {
    let mut free_from = 0;
    let mut count = 0;
    for &origin in origins {
        if origin >= free_from {
            count += 1;
            free_from = origin + months;
        }
    }
    count
}

fn expect_length(column: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::LengthMismatch { column, expected, found }) }
}

#[cfg(test)]
mod tests;
