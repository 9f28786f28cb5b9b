//! What a plan is worth when inputs move and everything is decided again.
//!
//! Which inputs there are is known to who reads plans; here a point is whatever makes a portfolio
//! and a world. Points are independent and stand in the order given, on any number of threads.

use crate::{
    Error,
    choice::Choice,
    portfolio::{Portfolio, PortfolioDecision, decide_plans, map},
    watch::Watch,
    world::World,
};

/// How far an input is moved to either side where nothing else is said, as a share of its value.
pub const SPREAD_FRAC: f64 = 0.2;

/// The decision at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    /// Value of all sites, USD.
    pub npv_usd: f64,
    /// What each site does, in file order.
    pub sites: Vec<SiteReaction>,
}

/// What a site does at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteReaction {
    /// The plan that it takes.
    pub choice: Choice,
    /// Its value, USD.
    pub npv_usd: f64,
    /// Value above the best way of mining on, USD.
    pub gain_usd: f64,
}

impl From<PortfolioDecision> for Reaction {
    fn from(decision: PortfolioDecision) -> Self {
        let sites = decision.sites.into_iter().map(|site| SiteReaction {
            choice: site.choice,
            npv_usd: site.npv_usd,
            gain_usd: site.npv_usd - site.best_mining.1,
        });
        Self { npv_usd: decision.npv_usd, sites: sites.collect() }
    }
}

/// Decides at every point. `world_at` lays out a point; where it cannot, or where something demanded
/// cannot be had, that point alone has no decision.
///
/// # Shapes
/// One entry a point, in their order.
pub fn react<P: Sync, E: From<Error> + Send>(
    points: &[P],
    world_at: impl Fn(&P) -> Result<(Portfolio, World), E> + Sync,
    watch: &Watch,
) -> Vec<Result<Reaction, E>> {
    watch.expect(points.len());
    map(points, |point| {
        watch.step()?;
        let (portfolio, world) = world_at(point)?;
        Ok(decide_plans(&portfolio, &world)?.into())
    })
}

/// Low and high value of an input: a share of its value to either side, within what is allowed.
pub fn low_and_high(value: f64, spread_frac: f64, allowed: (f64, f64)) -> (f64, f64) {
    let step = spread_frac * value.abs();
    ((value - step).max(allowed.0), (value + step).min(allowed.1))
}

/// Evenly spaced values from `low` to `high`, both among them.
pub fn spaced(low: f64, high: f64, count: usize) -> Vec<f64> {
    let last = count.saturating_sub(1).max(1) as f64;
    let at = |i: usize| {
        // Both ends to the bit.
        if i + 1 == count && count > 1 { high } else { low + (high - low) * i as f64 / last }
    };
    (0..count).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn an_input_moves_within_what_is_allowed() {
        for (value, allowed, expected) in [
            (100.0, (0.0, 1e9), (80.0, 120.0)),
            (0.9, (0.0, 1.0), (0.72, 1.0)),
            (-0.1, (-0.5, 1.0), (-0.12, -0.08)),
            (0.0, (-0.5, 1.0), (0.0, 0.0)),
        ] {
            let (low, high) = low_and_high(value, SPREAD_FRAC, allowed);
            assert!((low - expected.0).abs() < 1e-12 && (high - expected.1).abs() < 1e-12);
        }
        assert_eq!(spaced(1.0, 2.0, 3), [1.0, 1.5, 2.0]);
        assert_eq!(spaced(1.0, 2.0, 1), [1.0]);
        assert_eq!(spaced(0.1, 0.3, 7)[6], 0.3);
    }

    #[test]
    fn every_point_is_decided_on_its_own() {
        let site = fixture::site(vec![fixture::colocation("hall")]);
        let portfolio = Portfolio { sites: vec![site], ..Portfolio::default() };
        let watch = Watch::default();
        let at = |factor: &f64| {
            if *factor < 0.0 {
                return Err(Error::Cancelled);
            }
            let mut world = fixture::world(60);
            for price in world
                .path
                .price_usd_per_btc
                .iter_mut()
                .chain(&mut world.path.hashprice_usd_per_ph_day)
            {
                *price *= factor;
            }
            Ok((portfolio.clone(), world))
        };
        let found = react(&[1.0, -1.0, 2.0], at, &watch);
        let today = decide_plans(&portfolio, &fixture::world(60)).unwrap();
        assert_eq!(found[0].as_ref().unwrap(), &Reaction::from(today));
        assert!(found[1].is_err());
        assert!(found[2].as_ref().unwrap().npv_usd > found[0].as_ref().unwrap().npv_usd);
        assert_eq!(watch.progress(), (3, 3));
        watch.cancel();
        assert!(react(&[1.0], at, &watch)[0].is_err());
    }
}
