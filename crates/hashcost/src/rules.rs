//! Rules by which operators switch one machine class, settled at the price that came.
//!
//! A rule knows the price of an interval when it begins, or the prices of the day ahead; the best
//! that hindsight could have done is [`crate::commitment::commit`].

use units::Faults;

use crate::commitment::{Committed, Prices, Starts, Unit, check, settled};
use crate::error::Error;

/// Curtailment by two strike prices, each with a number of intervals in a row ("windows").
#[derive(Clone, Debug, PartialEq)]
pub struct TwoStrikes {
    /// Strike that has to be met for long, and undercut to come back, USD/MWh.
    pub low_usd_per_mwh: f64,
    /// Strike for spikes, USD/MWh.
    pub high_usd_per_mwh: f64,
    /// Windows in a row at or above the low strike that switch off; 0 counts as 1.
    pub low_windows: usize,
    /// Windows in a row at or above the high strike that switch off; 0 counts as 1.
    pub high_windows: usize,
    /// Windows in a row below the low strike that switch on again; 0 counts as 1.
    pub resume_windows: usize,
    /// Intervals by which every switch comes later.
    pub notice_intervals: usize,
    /// The point taken when on, the first being 1.
    pub point: usize,
}

impl TwoStrikes {
    /// Strikes with the windows usual in the field, and no notice: two windows at the low strike or
    /// one at the high strike switch off, four below the low strike switch on (Foreman, "Automated
    /// curtailment at a strike price"; a window is 5 minutes there).
    pub fn usual(low_usd_per_mwh: f64, high_usd_per_mwh: f64, point: usize) -> Self {
        Self {
            low_usd_per_mwh,
            high_usd_per_mwh,
            low_windows: 2,
            high_windows: 1,
            resume_windows: 4,
            notice_intervals: 0,
            point,
        }
    }
}

/// Any course of a machine class, settled at prices: start costs and ramps count, minimum times are
/// not looked at.
///
/// # Shapes
/// `choice`: `[intervals]`, 0 is off, 1 the first point.
///
/// # Special cases
/// A course that breaks the minimum times, or goes off within a ramp, may earn more than
/// [`crate::commitment::commit`], which does neither. One that keeps them never does at the same prices.
///
/// # Errors
/// Those of [`crate::commitment::commit`]; [`Error::LengthMismatch`] for a choice that is not one per interval, and
/// [`Error::Invalid`] for one beyond the points.
pub fn follow(
    choice: &[u8],
    unit: &Unit,
    prices: &Prices,
    starts: &Starts,
) -> Result<Committed, Error> {
    check(unit, prices, starts)?;
    let (expected, found) = (prices.price_usd_per_mwh.len(), choice.len());
    if found != expected {
        return Err(Error::LengthMismatch { column: "choice", expected, found });
    }
    let points = unit.th_per_s.len();
    let mut faults = Faults::default();
    for (interval, &choice) in choice.iter().enumerate() {
        if usize::from(choice) > points {
            let allowed = format!("allowed 0..={points}");
            faults.demand(false, &format!("choice[{interval}]"), choice, &allowed);
        }
    }
    faults.into_result().map_err(Error::Invalid)?;
    Ok(settled(choice.to_vec(), unit, prices, starts))
}

/// One point throughout, the first being 1.
///
/// # Panics
/// If the point is not in `1..=255`.
pub fn always_on(point: usize, intervals: usize) -> Vec<u8> {
    vec![choice_of(point); intervals]
}

/// A point as a choice.
fn choice_of(point: usize) -> u8 {
    let choice = u8::try_from(point).unwrap_or(0);
    assert!(choice > 0, "the point of a rule is in 1..=255");
    choice
}

/// What two strikes do, `[intervals]`: 0 is off. Each price is known when its interval begins.
///
/// The class runs at first. It goes off in the first window that makes up the windows in a row at
/// or above a strike, and comes back in the first that makes up those below the low strike.
///
/// # Special cases
/// Windows in a row are counted on and off alike. With notice, a switch that was decided is carried
/// out even if the price has turned. A high strike below the low one is met by every price that
/// meets the low one.
///
/// # Panics
/// If the point is not in `1..=255`.
///
/// # Example
/// ```
/// use hashcost::rules::{TwoStrikes, two_strikes};
/// let rule = TwoStrikes::usual(80.0, 150.0, 1);
/// let prices = [90.0, 90.0, 20.0, 20.0, 20.0, 20.0, 160.0];
/// assert_eq!(two_strikes(&rule, &prices), [1, 0, 0, 0, 0, 1, 0]);
/// ```
pub fn two_strikes(rule: &TwoStrikes, price_usd_per_mwh: &[f64]) -> Vec<u8> {
    let on = choice_of(rule.point);
    let (mut dear, mut spiking, mut cheap) = (0_usize, 0_usize, 0_usize);
    let mut is_on = true;
    let decided = price_usd_per_mwh.iter().map(|&price| {
        let in_a_row = |holds: bool, before: usize| if holds { before + 1 } else { 0 };
        dear = in_a_row(price >= rule.low_usd_per_mwh, dear);
        spiking = in_a_row(price >= rule.high_usd_per_mwh, spiking);
        cheap = in_a_row(price < rule.low_usd_per_mwh, cheap);
        is_on = if is_on {
            dear < rule.low_windows.max(1) && spiking < rule.high_windows.max(1)
        } else {
            cheap >= rule.resume_windows.max(1)
        };
        if is_on { on } else { 0 }
    });
    let count = price_usd_per_mwh.len();
    let notice = std::iter::repeat_n(on, rule.notice_intervals.min(count));
    notice.chain(decided).take(count).collect()
}

/// A course as a class can follow it: a switch comes only when the minimum time of the last one is
/// over and its ramp is done. Until then the class stays as it is, on at the point taken last.
///
/// What a rule asks for is brought within reach of [`crate::commitment::commit`], which so earns at least as much.
///
/// # Example
/// ```
/// use hashcost::commitment::Starts;
/// use hashcost::rules::within_reach;
/// let starts = Starts { min_off_intervals: 3, ..Starts::default() };
/// assert_eq!(within_reach(&[1, 0, 1, 1, 1, 1], &starts, 1.0), [1, 0, 0, 0, 1, 1]);
/// ```
pub fn within_reach(choice: &[u8], starts: &Starts, interval_h: f64) -> Vec<u8> {
    let least_on = starts.least_run_intervals(interval_h);
    let least_off = starts.min_off_intervals.max(1);
    // It runs at first, its minimum time served.
    let (mut is_on, mut since, mut point) = (true, usize::MAX, 1);
    let reached = choice.iter().map(|&asked| {
        let least = if is_on { least_on } else { least_off };
        if (asked > 0) != is_on && since >= least {
            is_on = asked > 0;
            since = 0;
        }
        since = since.saturating_add(1);
        if is_on && asked > 0 {
            point = asked;
        }
        if is_on { point } else { 0 }
    });
    reached.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::{Case, Draws};

    /// Sums in another order, against the sum of the absolute terms.
    const REORDER: f64 = 1e-12;

    #[test]
    fn strikes_by_hand() {
        let usual = TwoStrikes::usual(80.0, 150.0, 2);
        for (name, rule, prices, choice) in [
            (
                "two windows at the low strike, back after four below it",
                &usual,
                &[20.0, 80.0, 79.0, 80.0, 81.0, 20.0, 20.0, 20.0, 20.0, 20.0][..],
                &[2, 2, 2, 2, 0, 0, 0, 0, 2, 2][..],
            ),
            (
                "one window at the high strike",
                &usual,
                &[20.0, 150.0, 20.0, 20.0, 20.0, 20.0, 149.0, 20.0],
                &[2, 0, 0, 0, 0, 2, 2, 2],
            ),
            (
                "a dear window between cheap ones starts the count again",
                &usual,
                &[200.0, 20.0, 20.0, 20.0, 80.0, 20.0, 20.0, 20.0, -20.0],
                &[0, 0, 0, 0, 0, 0, 0, 0, 2],
            ),
            (
                "off once more as soon as on",
                &usual,
                &[200.0, 20.0, 20.0, 20.0, 20.0, 200.0, 20.0],
                &[0, 0, 0, 0, 2, 0, 0],
            ),
            (
                "a notice of two, though the price has turned",
                &TwoStrikes { notice_intervals: 2, ..usual.clone() },
                &[20.0, 150.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0],
                &[2, 2, 2, 0, 0, 0, 0, 2, 2],
            ),
            (
                "a notice longer than the series",
                &TwoStrikes { notice_intervals: usize::MAX, ..usual.clone() },
                &[200.0, 200.0],
                &[2, 2],
            ),
            (
                "no windows are one",
                &TwoStrikes { low_windows: 0, high_windows: 0, resume_windows: 0, ..usual.clone() },
                &[20.0, 80.0, 20.0, 150.0, 20.0],
                &[2, 0, 2, 0, 2],
            ),
            ("nothing to do", &usual, &[], &[]),
        ] {
            assert_eq!(two_strikes(rule, prices), choice, "{name}");
        }
        assert_eq!(always_on(3, 2), [3, 3]);
        assert_eq!(always_on(255, 3), [255; 3]);
    }

    #[test]
    #[should_panic(expected = "in 1..=255")]
    fn a_rule_needs_a_point() {
        let _ = always_on(0, 1);
    }

    #[test]
    fn hindsight_earns_no_less_than_any_rule() {
        let mut curtailed = 0;
        for number in 0..300 {
            let mut draws = Draws::of(10_000 + number);
            let mut case = Case::drawn(&mut draws, 200, 3);
            // Times that two strikes with four windows keep by themselves.
            case.starts.min_run_intervals = 1;
            case.starts.ramp_h = case.starts.ramp_h.min(case.interval_h);
            let point = draws.whole(1, 3);
            let low = draws.uniform(0.0, 150.0);
            let high = low + draws.uniform(0.0, 100.0);
            let notice_intervals = draws.whole(0, 3);
            let strikes = TwoStrikes { notice_intervals, ..TwoStrikes::usual(low, high, point) };
            let prices = &case.price_usd_per_mwh;
            let mut courses = vec![always_on(point, prices.len()), two_strikes(&strikes, prices)];
            let mut ahead = case.clone();
            for price in &mut ahead.price_usd_per_mwh {
                *price += draws.uniform(-60.0, 60.0);
            }
            courses.push(ahead.best().choice);
            let best = case.best();
            let slack_usd = REORDER * case.scale_usd();
            for choice in &courses {
                assert!(case.allows(choice), "{number}: {choice:?}");
                let found = follow(choice, &case.unit(), &case.prices(), &case.starts).unwrap();
                assert!(found.profit_usd <= best.profit_usd + slack_usd, "{number}: {choice:?}");
                curtailed += found.starts;
                adds_up(&case, &found);
            }
            assert_eq!(follow(&best.choice, &case.unit(), &case.prices(), &case.starts), Ok(best));
        }
        assert!(curtailed > 1_000, "{curtailed} starts");
    }

    /// Energy and hours of a course, interval by interval.
    fn adds_up(case: &Case, found: &Committed) {
        let all_h: f64 = found.hours.iter().sum();
        let expected_h = case.price_usd_per_mwh.len() as f64 * case.interval_h;
        assert!((all_h / expected_h - 1.0).abs() < REORDER);
        let mut hours = vec![0.0; 1 + case.th_per_s.len()];
        let mut energy_mwh = 0.0;
        for &choice in &found.choice {
            let choice = usize::from(choice);
            hours[choice] += case.interval_h;
            let mw = if choice == 0 { case.idle_gross_mw } else { case.gross_mw[choice - 1] };
            energy_mwh += mw * case.interval_h;
        }
        assert!((found.energy_mwh - energy_mwh).abs() <= REORDER * energy_mwh);
        for (found, expected) in found.hours.iter().zip(hours) {
            assert!((found - expected).abs() <= REORDER * expected_h);
        }
    }

    #[test]
    fn a_course_is_settled_as_it_is() {
        let unit = Unit { th_per_s: &[100.0], gross_mw: &[1.0], idle_gross_mw: 0.25 };
        let prices = Prices {
            price_usd_per_mwh: &[40.0, 80.0, 40.0, 40.0, 40.0, 40.0],
            hash_value_usd_per_th_h: &[1.0; 6],
            btc_per_th_h: &[0.5; 6],
            interval_h: 0.5,
        };
        // Minimum times do not stand in the way; the ramp is an interval and a half.
        let starts =
            Starts { start_usd: 7.0, min_run_intervals: 9, min_off_intervals: 9, ramp_h: 0.75 };
        let found = follow(&[1, 0, 1, 0, 1, 1], &unit, &prices, &starts).unwrap();
        let profit_usd = (60.0 - 20.0 - 40.0 - 10.0 - 40.0 + 10.0) * 0.5 - 14.0;
        assert_eq!((found.profit_usd, found.starts, found.start_usd), (profit_usd, 2, 14.0));
        assert_eq!((found.energy_mwh, found.btc), (2.25, 25.0 + 12.5));
        assert_eq!(found.hours, [1.0, 2.0]);
    }

    #[test]
    fn courses_that_do_not_fit_are_refused() {
        let case = Case::drawn(&mut Draws::of(1), 4, 2);
        let refused = |choice: &[u8], starts: &Starts| {
            follow(choice, &case.unit(), &case.prices(), starts).unwrap_err()
        };
        let expected = Error::LengthMismatch { column: "choice", expected: 4, found: 3 };
        assert_eq!(refused(&[0, 1, 2], &case.starts), expected);
        let paths = |error| match error {
            Error::Invalid(faults) => faults.into_iter().map(|fault| fault.path).collect(),
            other => vec![format!("{other:?}")],
        };
        assert_eq!(paths(refused(&[0, 3, 2, 255], &case.starts)), ["choice[1]", "choice[3]"]);
        let starts = Starts { start_usd: f64::NAN, ..Starts::default() };
        assert_eq!(paths(refused(&[0; 4], &starts)), ["start_usd"]);
        assert!(crate::commitment::commit(&case.unit(), &case.prices(), &starts).is_err());
    }
}
