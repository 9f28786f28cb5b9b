//! The upper concave envelope over (capital, value), and a budget filled by falling slope: exact
//! for a divisible choice under one budget (the continuous multiple-choice knapsack of Sinha and
//! Zoltners, 1979).

/// A move along one site's envelope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The site.
    pub site: usize,
    /// The option at which the move ends.
    pub option: usize,
    /// Capital that it adds, USD.
    pub capital_usd: f64,
    /// Value that it adds, USD.
    pub value_usd: f64,
}

impl Step {
    /// Value added per dollar of capital.
    pub fn slope(&self) -> f64 {
        self.value_usd / self.capital_usd
    }
}

/// The envelope of one site.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The option with the least capital, the most valuable of those.
    pub start: usize,
    /// Moves up from there, slopes falling and positive.
    pub steps: Vec<Step>,
}

/// Upper concave envelope of `points` `(capital, value)`; there is at least one.
///
/// # Panics
/// If there is no point.
pub fn upper_envelope(site: usize, points: &[(f64, f64)]) -> Envelope {
    assert!(!points.is_empty(), "an envelope needs a point");
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (points[*a], points[*b]);
        a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1))
    });
    let mut hull: Vec<usize> = Vec::new();
    for next in order {
        if hull.last().is_some_and(|last| points[next].1 <= points[*last].1) {
            continue; // no more value for at least as much capital
        }
        while let [.., before, last] = hull[..] {
            // The last one lies on or below the chord: it is no corner.
            let (a, b, c) = (points[before], points[last], points[next]);
            if (b.1 - a.1) * (c.0 - b.0) <= (c.1 - b.1) * (b.0 - a.0) {
                hull.pop();
            } else {
                break;
            }
        }
        hull.push(next);
    }
    let steps = hull
        .windows(2)
        .map(|pair| Step {
            site,
            option: pair[1],
            capital_usd: points[pair[1]].0 - points[pair[0]].0,
            value_usd: points[pair[1]].1 - points[pair[0]].1,
        })
        .collect();
    Envelope { start: hull[0], steps }
}

/// Value that a budget adds when `steps` (slopes falling) are taken in order, the last one in
/// part, and the slope of the step that the budget cuts (0 if it cuts none).
pub fn fill(steps: &[Step], budget_usd: f64) -> (f64, f64) {
    let mut left = budget_usd.max(0.0);
    let mut value = 0.0;
    for step in steps {
        if step.capital_usd > left {
            return (value + step.slope() * left, step.slope());
        }
        value += step.value_usd;
        left -= step.capital_usd;
    }
    (value, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 MW that mine (0, 0.3), are leased (9, 4.5) or run a cloud (32, 6.0), in M$ per MW.
    fn hundred_mw() -> Envelope {
        upper_envelope(0, &[(0.0, 30.0), (900.0, 450.0), (3_200.0, 600.0)])
    }

    #[test]
    fn the_envelope_fills_a_budget_exactly() {
        let steps = hundred_mw().steps;
        for (budget, value, slope) in [
            (0.0, 30.0, 4.2 / 9.0),
            (450.0, 240.0, 4.2 / 9.0),
            (900.0, 450.0, 1.5 / 23.0),
            (1_500.0, 450.0 + 600.0 * 1.5 / 23.0, 1.5 / 23.0),
            (3_200.0, 600.0, 0.0),
        ] {
            let (added, shadow) = fill(&steps, budget);
            assert!((30.0 + added - value).abs() < 1e-9, "{budget}: {added}");
            assert!((shadow - slope).abs() < 1e-12, "{budget}: {shadow}");
        }
    }

    #[test]
    fn what_costs_more_and_brings_less_is_no_corner() {
        let envelope =
            upper_envelope(3, &[(5.0, 1.0), (0.0, 2.0), (0.0, 1.5), (4.0, 2.5), (2.0, 9.0)]);
        assert_eq!(envelope.start, 1);
        assert_eq!(envelope.steps.len(), 1);
        assert_eq!((envelope.steps[0].site, envelope.steps[0].option), (3, 4));
    }

    #[test]
    fn points_on_a_line_leave_the_ends() {
        let envelope = upper_envelope(0, &[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]);
        assert_eq!(envelope.steps.len(), 1);
    }
}
