//! Why a portfolio does what it does: what binds, what more of it would bring, what would be done
//! instead, what is beaten by what, and how much is regretted where the future is another one.

use programme::separable::{Menu, Tries};

use crate::{
    Error,
    choice::Choice,
    curve::{Knob, Slope},
    decision::SiteStudy,
    ledger::Ledger,
    portfolio::{
        PROVEN_GAP_FRAC, Portfolio, PortfolioDecision, Shared, decide_plans, ledgers, map,
    },
    site::Site,
    switching::{Lever, moved, same_decision},
    watch::Watch,
    world::World,
};

/// The reasons behind a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The decision itself, without switching values of single sites.
    pub decision: PortfolioDecision,
    /// How value answers to everything that is shared.
    pub slopes: Vec<Slope>,
    /// By site: what one more or one less energised gross MW from a quarter on is worth.
    pub power: Vec<Vec<PowerValue>>,
    /// The best that can be done if one site has to decide otherwise, by site; `None` where it
    /// cannot.
    pub instead: Vec<Option<Instead>>,
    /// Decisions that another one of the same site beats on all counts.
    pub dominated: Vec<Dominated>,
    /// Where all sites together decide otherwise, by lever.
    pub switching: Vec<PortfolioSwitching>,
}

/// One more or one less gross MW at a site from a quarter on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerValue {
    /// First quarter, approved and energised from its start to the horizon.
    pub quarter: usize,
    /// What one more brings to all sites together, USD.
    pub one_more_usd: f64,
    /// What one less costs all sites together, USD; `None` where the demands do not fit then.
    pub one_less_usd: Option<f64>,
}

/// What would be done if a site had to decide otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Instead {
    /// What all sites would be worth less, USD.
    pub loss_usd: f64,
    /// What every site would do, in file order.
    pub choices: Vec<Choice>,
}

/// A decision that another one of the same site beats: worth no more and taking no less of anything
/// that is shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Dominated {
    /// The site, by index.
    pub site: usize,
    /// The best way to take the decision that is beaten.
    pub choice: Choice,
    /// By how much it stays behind, USD.
    pub behind_usd: f64,
    /// What beats it.
    pub beaten_by: Choice,
}

/// Where a lever changes what the sites do together.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioSwitching {
    /// The lever, moved at all sites.
    pub lever: Lever,
    /// The nearest change below today's value; `None`: none down to a tenth.
    pub below: Option<PortfolioCrossing>,
    /// The nearest change above today's value; `None`: none up to tenfold.
    pub above: Option<PortfolioCrossing>,
}

/// A change of what the sites do together.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioCrossing {
    /// The last factor on the input at which the decision stands.
    pub factor: f64,
    /// Relative width to which it was narrowed down.
    pub width_frac: f64,
    /// Sites that decide otherwise beyond it, by index, with what they do.
    pub changes: Vec<(usize, Choice)>,
}

/// Explains the decision for all sites.
///
/// # Errors
/// As [`decide`](crate::decide).
pub fn explain(portfolio: &Portfolio, world: &World) -> Result<Explanation, Error> {
    explain_watched(portfolio, world, &Watch::default())
}

/// [`explain`] under the eyes of somebody who may not want to wait for the end.
///
/// # Errors
/// As [`explain`], and [`Error::Cancelled`].
pub fn explain_watched(
    portfolio: &Portfolio,
    world: &World,
    watch: &Watch,
) -> Result<Explanation, Error> {
    let knobs = Knob::all(portfolio);
    let sites = 0..portfolio.sites.len();
    watch.expect(knobs.len() + 2 * sites.len());
    let ledgers = ledgers(portfolio, world);
    let shared = Shared::new(portfolio, world, &ledgers)?;
    let solved = shared.solve()?;
    let decision = shared.decision(&solved)?;
    let value_usd = solved.found.value;
    let slopes = knobs
        .into_iter()
        .map(|knob| {
            watch.step()?;
            shared.slope(knob, value_usd)
        })
        .collect::<Result<_, _>>()?;
    let power = sites
        .clone()
        .map(|site| {
            watch.step()?;
            shared.power(site, value_usd)
        })
        .collect::<Result<_, _>>()?;
    let instead = sites
        .clone()
        .map(|site| {
            watch.step()?;
            shared.instead(site, &decision.sites[site].choice, value_usd)
        })
        .collect::<Result<_, _>>()?;
    let dominated = sites.flat_map(|site| shared.dominated(site)).collect();
    let switching = switching(portfolio, world, &decision, watch)?;
    Ok(Explanation { decision, slopes, power, instead, dominated, switching })
}

impl Shared<'_> {
    /// Value of all sites if one of them had another menu; `None` if the demands do not fit.
    fn with_menu(
        &self,
        site: usize,
        menu: Menu<usize>,
    ) -> Result<Option<(f64, Vec<usize>)>, Error> {
        if menu.0.is_empty() {
            return Ok(None);
        }
        let mut separable = self.separable.clone();
        separable.parts[site] = menu;
        let tries = Tries { gap_frac: PROVEN_GAP_FRAC, ..Tries::default() };
        let found = separable.solve(&tries)?;
        Ok(found.map(|found| (found.value, found.plans.iter().map(|plan| plan.choice).collect())))
    }

    /// What more or less power at a site is worth, quarter by quarter up to the last in which an
    /// offer may still come into service.
    fn power(&self, index: usize, value_usd: f64) -> Result<Vec<PowerValue>, Error> {
        let site = &self.portfolio.sites[index];
        let last = site
            .offers
            .iter()
            .map(|offer| offer.last_quarter.max(1) + offer.delivery.months_to_deliver.div_ceil(3))
            .max()
            .unwrap_or(0)
            .min((self.world.months() - 1) / 3);
        let ledger = self.studies[index].chooser.ledger;
        let worth = |quarter: usize, gross_mw: f64| -> Result<Option<f64>, Error> {
            let other = site.with_power_from(3 * quarter, gross_mw);
            let ledger = ledger.with_other_power(&other);
            let study = match SiteStudy::new(&ledger, self.most_capital_usd) {
                Ok(study) => study,
                Err(Error::Infeasible(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            let menu = self.menu(index, &ledger, &study);
            Ok(self.with_menu(index, menu)?.map(|(usd, _)| usd))
        };
        (0..=last)
            .map(|quarter| {
                let one_more_usd = worth(quarter, 1.0)?.unwrap_or(value_usd) - value_usd;
                let one_less_usd = worth(quarter, -1.0)?.map(|usd| value_usd - usd);
                Ok(PowerValue { quarter, one_more_usd, one_less_usd })
            })
            .collect()
    }

    /// The best plans if a site may not decide as it does.
    fn instead(
        &self,
        site: usize,
        decided: &Choice,
        value_usd: f64,
    ) -> Result<Option<Instead>, Error> {
        let study = &self.studies[site];
        // All options: what was beaten by the decision itself may be the best without it.
        let menu = self
            .menu_of(site, study.chooser.ledger, study, |choice| !same_decision(choice, decided));
        let found = self.with_menu(site, menu)?;
        Ok(found.map(|(usd, chosen)| Instead {
            loss_usd: value_usd - usd,
            choices: chosen
                .iter()
                .enumerate()
                .map(|(site, option)| self.option(site, *option).choice.clone())
                .collect(),
        }))
    }

    /// Decisions of a site, each in its best form, that another decision beats.
    fn dominated(&self, site: usize) -> Vec<Dominated> {
        let study = &self.studies[site];
        let mut best: Vec<usize> = Vec::new();
        for (index, option) in study.options.iter().enumerate() {
            let known = best
                .iter_mut()
                .find(|known| same_decision(&study.options[**known].choice, &option.choice));
            match known {
                None => best.push(index),
                Some(known) => {
                    if option.worth.npv_usd > study.options[*known].worth.npv_usd {
                        *known = index;
                    }
                }
            }
        }
        let ledger = study.chooser.ledger;
        let usage = |option: usize| {
            let choice = &study.options[option].choice;
            let mut amounts = vec![0.0; self.limits.len()];
            for (limit, amount) in self.portfolio.usage(&self.limits, site, ledger, choice) {
                amounts[limit] = amount;
            }
            amounts
        };
        let worth = |option: usize| study.options[option].worth.npv_usd;
        let mut dominated = Vec::new();
        for &loser in &best {
            let beaten_by = best
                .iter()
                .copied()
                .filter(|winner| worth(*winner) > worth(loser))
                .filter(|winner| {
                    usage(*winner).iter().zip(usage(loser)).all(|(less, more)| *less <= more)
                })
                .max_by(|a, b| worth(*a).total_cmp(&worth(*b)));
            if let Some(winner) = beaten_by {
                dominated.push(Dominated {
                    site,
                    choice: study.options[loser].choice.clone(),
                    behind_usd: worth(winner) - worth(loser),
                    beaten_by: study.options[winner].choice.clone(),
                });
            }
        }
        dominated
    }
}

impl Site {
    /// The site with more or less gross MW, approved and energised, from a month on.
    pub(crate) fn with_power_from(&self, month: usize, gross_mw: f64) -> Self {
        let mut other = self.clone();
        let there = self.energised_gross_mw(month);
        other.energised.retain(|(from, _)| *from < month);
        other.energised.push((month, there));
        other.energised.extend(self.energised.iter().filter(|(from, _)| *from > month));
        for (from, mw) in &mut other.energised {
            if *from >= month {
                *mw = (*mw + gross_mw).max(0.0);
            }
        }
        other.approved_gross_mw = (other.approved_gross_mw + gross_mw).max(0.0);
        other
    }
}

/// Relative width to which changes of the whole portfolio are narrowed down.
const CROSSING_FRAC: f64 = 1e-3;
/// Farthest factor.
const WIDEST_FACTOR: f64 = 10.0;
/// Steps of the search on either side.
const SEARCH_STEPS: i32 = 6;

/// Where all sites together decide otherwise.
fn switching(
    portfolio: &Portfolio,
    world: &World,
    decision: &PortfolioDecision,
    watch: &Watch,
) -> Result<Vec<PortfolioSwitching>, Error> {
    let has = |test: &dyn Fn(&crate::Offer) -> bool| {
        portfolio.sites.iter().flat_map(|site| &site.offers).any(test)
    };
    let levers: Vec<Lever> =
        [Lever::BtcPrice, Lever::PowerPrice, Lever::LeaseRate, Lever::GpuPrice, Lever::Capex]
            .into_iter()
            .filter(|lever| match lever {
                Lever::LeaseRate => has(&|offer| offer.deal.use_of_mw() == crate::Use::Colocation),
                Lever::GpuPrice => has(&|offer| offer.deal.use_of_mw() == crate::Use::GpuCloud),
                Lever::Capex => has(&|_| true),
                _ => true,
            })
            .collect();
    let sides: Vec<(Lever, f64)> = levers
        .iter()
        .flat_map(|lever| {
            let step = WIDEST_FACTOR.powf(1.0 / f64::from(SEARCH_STEPS));
            [(*lever, 1.0 / step), (*lever, step)]
        })
        .collect();
    watch.expect(sides.len());
    let mut found = map(&sides, |(lever, step)| {
        watch.step()?;
        crossing(portfolio, world, decision, *lever, *step)
    })
    .into_iter();
    let mut switching = Vec::with_capacity(levers.len());
    for lever in levers {
        let (Some(below), Some(above)) = (found.next(), found.next()) else { break };
        switching.push(PortfolioSwitching { lever, below: below?, above: above? });
    }
    Ok(switching)
}

/// Walks outward by a factor a step and narrows the first change down.
fn crossing(
    portfolio: &Portfolio,
    world: &World,
    decision: &PortfolioDecision,
    lever: Lever,
    step: f64,
) -> Result<Option<PortfolioCrossing>, Error> {
    let changes = |factor: f64| -> Result<Vec<(usize, Choice)>, Error> {
        let mut other_world = world.clone();
        let mut sites = Vec::with_capacity(portfolio.sites.len());
        for site in &portfolio.sites {
            let (site, moved_world) = moved(site, world, lever, factor);
            sites.push(site);
            other_world = moved_world;
        }
        let portfolio = Portfolio { sites, ..portfolio.clone() };
        let other = decide_plans(&portfolio, &other_world)?;
        let pairs = decision.sites.iter().zip(other.sites).enumerate();
        Ok(pairs
            .filter(|(_, (now, then))| !same_decision(&now.choice, &then.choice))
            .map(|(site, (_, then))| (site, then.choice))
            .collect())
    };
    let mut inside = 1.0;
    for _ in 0..SEARCH_STEPS {
        let mut outside = inside * step;
        let mut beyond = changes(outside)?;
        if beyond.is_empty() {
            inside = outside;
            continue;
        }
        while (outside / inside - 1.0).abs() > CROSSING_FRAC {
            let middle = (inside * outside).sqrt();
            let there = changes(middle)?;
            if there.is_empty() {
                inside = middle;
            } else {
                (outside, beyond) = (middle, there);
            }
        }
        return Ok(Some(PortfolioCrossing {
            factor: inside,
            width_frac: (outside / inside - 1.0).abs(),
            changes: beyond,
        }));
    }
    Ok(None)
}

/// Plans in futures: what each future's best plan is worth in every one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Regret {
    /// `[plan][site]`: what the sites do in the plan that is best in future `plan`.
    pub choices: Vec<Vec<Choice>>,
    /// Best value in each future, USD.
    pub best_usd: Vec<f64>,
    /// `[plan][future]`: value of the plan that is best in future `plan`, USD; `None` where it
    /// cannot be had.
    pub value_usd: Vec<Vec<Option<f64>>>,
    /// By plan: the most by which it stays behind the best, over all futures; `None` if in one of
    /// them it cannot be had.
    pub most_regret_usd: Vec<Option<f64>>,
    /// The plan whose largest regret is smallest; the first of several.
    pub least_regret: usize,
}

/// How much each future's best plan would be regretted in the others. The first future is the plan's
/// own.
///
/// # Errors
/// As [`decide`](crate::decide).
pub fn regret(portfolio: &Portfolio, futures: &[World]) -> Result<Regret, Error> {
    let decisions = map(futures, |world| decide_plans(portfolio, world))
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let best_usd: Vec<f64> = decisions.iter().map(|decision| decision.npv_usd).collect();
    let mut value_usd = vec![vec![None; futures.len()]; futures.len()];
    for (future, world) in futures.iter().enumerate() {
        let ledgers = ledgers(portfolio, world);
        for (plan, decision) in decisions.iter().enumerate() {
            value_usd[plan][future] = if plan == future {
                Some(decision.npv_usd)
            } else {
                worth_of(&ledgers, decision, portfolio)
            };
        }
    }
    let most_regret_usd: Vec<Option<f64>> = value_usd
        .iter()
        .map(|row| {
            let behind = row.iter().zip(&best_usd).map(|(usd, best)| usd.map(|usd| best - usd));
            behind.collect::<Option<Vec<f64>>>().map(|b| b.into_iter().fold(0.0, f64::max))
        })
        .collect();
    let of = |plan: usize| most_regret_usd[plan].unwrap_or(f64::INFINITY);
    let least_regret =
        (0..futures.len()).reduce(|best, plan| if of(plan) < of(best) { plan } else { best });
    let choices = decisions
        .iter()
        .map(|decision| decision.sites.iter().map(|site| site.choice.clone()).collect())
        .collect();
    Ok(Regret {
        choices,
        best_usd,
        value_usd,
        most_regret_usd,
        least_regret: least_regret.unwrap_or(0),
    })
}

/// Value of a decision's plans in other ledgers, USD.
fn worth_of(
    ledgers: &[Ledger<'_>],
    decision: &PortfolioDecision,
    portfolio: &Portfolio,
) -> Option<f64> {
    let mut usd = 0.0;
    for (ledger, site) in ledgers.iter().zip(&decision.sites) {
        let all = (0..ledger.site.offers.len()).collect();
        let chooser = crate::choice::Chooser::new(ledger, all);
        usd += chooser.worth(&site.choice).ok()?.npv_usd;
    }
    let raised = decision.raised_usd.iter().zip(&portfolio.funding);
    Some(usd - raised.map(|(raised, funding)| raised * funding.cost_usd_per_usd).sum::<f64>())
}

/// Value as a function of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// Kinks of the value if plans could be mixed, with the ends: `(amount, USD)`.
    pub mixed: Vec<(f64, f64)>,
    /// The staircase of whole plans: `(amount, USD)`, at every amount that was tried.
    pub whole: Vec<(f64, f64)>,
}

/// Most amounts at which whole plans are decided.
const MOST_TRIED: usize = 400;

/// Value of all sites over the amount of something that they share, from `from_amount` to
/// `to_amount`, where whole plans are decided at `points` amounts and between any two that differ,
/// until steps are narrowed down to a thousandth of the range.
///
/// # Errors
/// As [`decide`](crate::decide).
pub fn frontier(
    portfolio: &Portfolio,
    world: &World,
    knob: Knob,
    (from_amount, to_amount): (f64, f64),
    points: usize,
) -> Result<Frontier, Error> {
    let ledgers = ledgers(portfolio, world);
    let shared = Shared::new(portfolio, world, &ledgers)?;
    let mixed = shared.kinks(knob, from_amount, to_amount)?;
    let whole =
        staircase(|amount| shared.whole_usd(knob, amount), (from_amount, to_amount), points)?;
    Ok(Frontier { mixed, whole })
}

/// Value of all sites over the approved and energised gross MW of one of them, everything else as it
/// is. Plans of another size are other plans: nothing is mixed here.
///
/// # Errors
/// As [`decide`](crate::decide).
pub fn power_frontier(
    portfolio: &Portfolio,
    world: &World,
    site: usize,
    (from_gross_mw, to_gross_mw): (f64, f64),
    points: usize,
) -> Result<Frontier, Error> {
    let ledgers = ledgers(portfolio, world);
    let shared = Shared::new(portfolio, world, &ledgers)?;
    let own = &portfolio.sites[site];
    let ledger = shared.studies[site].chooser.ledger;
    let whole = staircase(
        |gross_mw| {
            let other = own.with_power_from(0, gross_mw - own.approved_gross_mw);
            let ledger = ledger.with_other_power(&other);
            match SiteStudy::new(&ledger, shared.most_capital_usd) {
                Ok(study) => {
                    let menu = shared.menu(site, &ledger, &study);
                    Ok(shared.with_menu(site, menu)?.map(|(usd, _)| usd))
                }
                Err(Error::Infeasible(_)) => Ok(None),
                Err(error) => Err(error),
            }
        },
        (from_gross_mw, to_gross_mw),
        points,
    )?;
    Ok(Frontier { mixed: Vec::new(), whole })
}

/// Values over a range: at even points, and between two of them that differ until steps are narrow.
fn staircase(
    mut value: impl FnMut(f64) -> Result<Option<f64>, Error>,
    (from, to): (f64, f64),
    points: usize,
) -> Result<Vec<(f64, f64)>, Error> {
    let points = points.max(2);
    let narrow = (to - from) / 1e3;
    let mut tried: Vec<(f64, Option<f64>)> = Vec::new();
    for i in 0..points {
        let amount = from + (to - from) * i as f64 / (points - 1) as f64;
        tried.push((amount, value(amount)?));
    }
    let mut place = 0;
    while place + 1 < tried.len() && tried.len() < MOST_TRIED {
        let ((a, at_a), (b, at_b)) = (tried[place], tried[place + 1]);
        if at_a == at_b || b - a <= narrow {
            place += 1;
            continue;
        }
        let middle = f64::midpoint(a, b);
        tried.insert(place + 1, (middle, value(middle)?));
    }
    Ok(tried.into_iter().filter_map(|(amount, usd)| usd.map(|usd| (amount, usd))).collect())
}
