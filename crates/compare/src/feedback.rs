//! A portfolio that moves the network: decision and network are found together.

use hashcost::projection::NetworkPath;

use crate::choice::Choice;
use crate::error::Error;
use crate::portfolio::{Portfolio, PortfolioDecision, decide_plans};
use crate::world::World;

/// Largest change of a month's hash rate, as a share, at which decision and network are at rest.
pub const FEEDBACK_TOLERANCE_FRAC: f64 = 1e-6;

/// Rounds after which they are given up.
const MOST_ROUNDS: usize = 25;

/// A decision and the network that it makes.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The decision in the world below, by [`decide_plans`]: without switching values.
    pub decision: PortfolioDecision,
    /// The world with the network's answer to that decision.
    pub world: World,
    /// The network if the whole portfolio stayed in mining.
    pub untouched: NetworkPath,
    /// Decisions that were made until they were at rest.
    pub rounds: usize,
    /// Largest change of a month's hash rate in the last round, as a share.
    pub change_frac: f64,
}

/// Decides in a network that answers to the decision.
///
/// `answer` takes the share of each machine class that stays in mining, `[site][class][month]`, and
/// gives the network's path. Starting from a portfolio that stays in mining wholly, decision and
/// path follow each other until no month's hash rate changes by more than
/// [`FEEDBACK_TOLERANCE_FRAC`]. Each decision takes the network as given: it is a best reply, not a
/// plan that reckons with its own weight.
///
/// # Errors
/// [`Error::NotSettled`] if they do not come to rest; what [`decide_plans`] and `answer` refuse.
pub fn settle<E: From<Error>>(
    portfolio: &Portfolio,
    world: &World,
    mut answer: impl FnMut(&[Vec<Vec<f64>>]) -> Result<NetworkPath, E>,
) -> Result<Settled, E> {
    let stays = |class_count: usize| vec![vec![1.0; world.months()]; class_count];
    let all: Vec<_> = portfolio.sites.iter().map(|site| stays(site.machines.len())).collect();
    let untouched = answer(&all)?;
    let mut world = World { path: untouched.clone(), ..world.clone() };
    let mut change_frac = f64::INFINITY;
    let mut changing = Vec::new();
    let mut before: Vec<Choice> = Vec::new();
    for rounds in 1..=MOST_ROUNDS {
        let plans = decide_plans(portfolio, &world).map_err(E::from)?;
        let mining: Vec<_> = plans.sites.iter().map(|site| site.mining_frac.clone()).collect();
        let path = answer(&mining)?;
        let moved = path.hashrate_eh_per_s.iter().zip(&world.path.hashrate_eh_per_s);
        change_frac = moved.map(|(new, old)| (new / old - 1.0).abs()).fold(0.0, f64::max);
        world.path = path;
        let chosen = choices(&plans);
        if change_frac <= FEEDBACK_TOLERANCE_FRAC {
            let decision = decide_plans(portfolio, &world).map_err(E::from)?;
            if choices(&decision) == chosen {
                return Ok(Settled { decision, world, untouched, rounds, change_frac });
            }
        }
        let differs = |i: &usize| before.get(*i).is_none_or(|old| *old != chosen[*i]);
        let sites = (0..chosen.len()).filter(differs);
        changing = sites.map(|i| portfolio.sites[i].id.clone()).collect();
        before = chosen;
    }
    Err(E::from(Error::NotSettled {
        rounds: MOST_ROUNDS,
        change_frac,
        tolerance_frac: FEEDBACK_TOLERANCE_FRAC,
        sites: changing,
    }))
}

fn choices(decision: &PortfolioDecision) -> Vec<Choice> {
    decision.sites.iter().map(|site| site.choice.clone()).collect()
}
