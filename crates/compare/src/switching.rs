//! Switching values: how far one input must move, over the whole horizon, until the decision for
//! a site changes.

use crate::{
    Error,
    choice::{Choice, Chooser, Pick},
    decision::{TIE_REL, better},
    ledger::Ledger,
    limits::Room,
    offer::{Deal, Use},
    portfolio::Portfolio,
    site::Site,
    world::World,
};

/// An input that is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lever {
    /// Price of bitcoin, and with it hashprice, by a factor on the path; where the network answers
    /// ([`World::answers`](crate::World::answers)), hash rate follows.
    BtcPrice,
    /// Price of power, by a factor on every hour.
    PowerPrice,
    /// Rent of every colocation offer, by a factor.
    LeaseRate,
    /// Contract and spot price of every GPU-cloud offer, by a factor.
    GpuPrice,
    /// Capital of every offer, by a factor.
    Capex,
    /// Delivery of the offers taken, in months added.
    Delay,
}

impl Lever {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::BtcPrice,
        Self::PowerPrice,
        Self::LeaseRate,
        Self::GpuPrice,
        Self::Capex,
        Self::Delay,
    ];
}

/// Where the decision changes when a lever moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Switching {
    /// The lever.
    pub lever: Lever,
    /// The nearest change below today's value, if there is one in the bracket.
    pub below: Option<Crossing>,
    /// The nearest change above today's value, if there is one in the bracket.
    pub above: Option<Crossing>,
}

/// A change of the decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// Factor on the input at which it happens; for [`Lever::Delay`] months added.
    pub at: f64,
    /// The interval in which it was found.
    pub bracket: (f64, f64),
    /// What one would do on the other side.
    pub to: Choice,
}

/// Factors are searched from 1/10 to 10.
const WIDEST_FACTOR: f64 = 10.0;
/// Steps of the search on either side; between two of them a decision that changes and changes
/// back stays unseen.
const SEARCH_STEPS: i32 = 6;
/// Relative width at which a crossing counts as found.
const ROOT_REL: f64 = 1e-8;

/// What makes two decisions the same: the offers taken, whatever their size and date, and the
/// kind of exit.
pub(crate) fn same_decision(a: &Choice, b: &Choice) -> bool {
    let offers = |c: &Choice| c.picks.iter().map(|p| p.offer).collect::<Vec<_>>();
    offers(a) == offers(b) && a.exit.map(|e| e.to) == b.exit.map(|e| e.to)
}

/// The search for one site and decision.
pub(crate) struct Search<'a> {
    pub(crate) portfolio: &'a Portfolio,
    /// The site, by index.
    pub(crate) index: usize,
    pub(crate) world: &'a World,
    /// Offers that can be scheduled.
    pub(crate) offers: Vec<usize>,
    /// The decision whose end is sought.
    pub(crate) decision: &'a Choice,
    /// What the other sites leave of shared limits: plans that do not fit are no rivals.
    pub(crate) room: Room,
}

/// How the decision stands against the best other one.
struct Lead {
    /// Whether it would be taken again, by the rule that decides ties too.
    stands: bool,
    /// Its lead over the best other one: where the search looks next.
    usd: f64,
    /// That other one.
    rival: Option<Choice>,
}

impl Search<'_> {
    fn site(&self) -> &Site {
        &self.portfolio.sites[self.index]
    }

    /// Whether a lever has anything to move at this site.
    pub(crate) fn applies(&self, lever: Lever) -> bool {
        let has =
            |kind: Use| self.offers.iter().any(|o| self.site().offers[*o].deal.use_of_mw() == kind);
        match lever {
            Lever::BtcPrice | Lever::PowerPrice => true,
            Lever::LeaseRate => has(Use::Colocation),
            Lever::GpuPrice => has(Use::GpuCloud),
            Lever::Capex => !self.offers.is_empty(),
            Lever::Delay => !self.decision.picks.is_empty(),
        }
    }

    /// The nearest changes on both sides of today's value.
    ///
    /// # Errors
    /// [`Error::TooManyPlans`].
    pub(crate) fn switching(&self, lever: Lever) -> Result<Switching, Error> {
        let today = Ledger::new(self.site(), self.world);
        if !self.lead_in(&today)?.stands {
            // Rounding of the shared plan has left something better undone: no lead to lose.
            return Ok(Switching { lever, below: None, above: None });
        }
        if lever == Lever::Delay {
            return Ok(Switching { lever, below: None, above: self.longest_delay(&today)? });
        }
        let step = WIDEST_FACTOR.powf(1.0 / f64::from(SEARCH_STEPS));
        Ok(Switching {
            lever,
            below: self.crossing(&today, lever, 1.0 / step)?,
            above: self.crossing(&today, lever, step)?,
        })
    }

    /// Walks outward by a factor a step and closes in on the first change.
    fn crossing(
        &self,
        today: &Ledger<'_>,
        lever: Lever,
        step: f64,
    ) -> Result<Option<Crossing>, Error> {
        let mut inside = (1.0, self.lead_in(today)?);
        for _ in 0..SEARCH_STEPS {
            let at = inside.0 * step;
            let lead = self.lead(today, lever, at)?;
            if !lead.stands {
                return self.close_in(today, lever, inside, (at, lead)).map(Some);
            }
            inside = (at, lead);
        }
        Ok(None)
    }

    /// Regula falsi with the Illinois rule between a point with a lead and one without.
    fn close_in(
        &self,
        today: &Ledger<'_>,
        lever: Lever,
        mut inside: (f64, Lead),
        mut outside: (f64, Lead),
    ) -> Result<Crossing, Error> {
        let bracket = (inside.0.min(outside.0), inside.0.max(outside.0));
        let mut last_side = 0;
        for _ in 0..60 {
            if (outside.0 - inside.0).abs() <= ROOT_REL * outside.0.abs() {
                break;
            }
            // Within a tie the sign of the lead says nothing.
            let (a, b) = (inside.1.usd.max(0.0), outside.1.usd.min(0.0));
            let secant = inside.0 + (outside.0 - inside.0) * a / (a - b);
            // A lead that is level (0, infinite) has no secant: halve.
            let progresses = secant.is_finite() && secant != inside.0 && secant != outside.0;
            let at = if progresses { secant } else { f64::midpoint(inside.0, outside.0) };
            let lead = self.lead(today, lever, at)?;
            if lead.stands {
                inside = (at, lead);
                if last_side == 1 {
                    outside.1.usd *= 0.5;
                }
                last_side = 1;
            } else {
                outside = (at, lead);
                if last_side == -1 {
                    inside.1.usd *= 0.5;
                }
                last_side = -1;
            }
        }
        let to = outside.1.rival.unwrap_or_else(|| self.decision.clone());
        Ok(Crossing { at: inside.0, bracket, to })
    }

    /// The first number of months added at which the decision no longer leads.
    fn longest_delay(&self, today: &Ledger<'_>) -> Result<Option<Crossing>, Error> {
        let of_pick = |p: &Pick| self.site().offers[p.offer].delivery.months_to_deliver;
        let slowest = self.decision.picks.iter().map(of_pick).max().unwrap_or(0);
        // Tenfold delivery is nine times as many months on top.
        let most = 9 * slowest.max(1);
        let (mut low, mut high) = (0, 1);
        let mut lead = self.lead_after_delay(today, high)?;
        while lead.stands {
            if high == most {
                return Ok(None);
            }
            low = high;
            high = (2 * high).min(most);
            lead = self.lead_after_delay(today, high)?;
        }
        let bracket = (low as f64, high as f64);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            let of_middle = self.lead_after_delay(today, middle)?;
            if of_middle.stands {
                low = middle;
            } else {
                (high, lead) = (middle, of_middle);
            }
        }
        let to = lead.rival.unwrap_or_else(|| self.decision.clone());
        Ok(Some(Crossing { at: high as f64, bracket, to }))
    }

    /// The lead when the offers taken are delivered some months later.
    fn lead_after_delay(&self, today: &Ledger<'_>, months: usize) -> Result<Lead, Error> {
        let mut site = self.site().clone();
        for pick in &self.decision.picks {
            site.offers[pick.offer].delivery.months_to_deliver += months;
        }
        self.lead_in(&today.with_other_offers(&site, self.world))
    }

    /// The lead with an input moved by a factor.
    fn lead(&self, today: &Ledger<'_>, lever: Lever, factor: f64) -> Result<Lead, Error> {
        let (site, world) = moved(self.site(), self.world, lever, factor);
        self.lead_in(&match lever {
            Lever::BtcPrice => today.with_other_mining(&site, &world),
            Lever::PowerPrice => Ledger::new(&site, &world),
            _ => today.with_other_offers(&site, &world),
        })
    }

    /// How far the decision leads over all others in a ledger.
    fn lead_in(&self, ledger: &Ledger<'_>) -> Result<Lead, Error> {
        let chooser = Chooser::new(ledger, self.offers.clone());
        let mut own = f64::NEG_INFINITY;
        let mut rival = (f64::NEG_INFINITY, None);
        let mut best: Option<(f64, Choice)> = None;
        chooser.each(|choice, worth| {
            if !self.room.holds(self.portfolio, self.index, ledger, choice) {
                return;
            }
            let value = worth.npv_usd;
            let takes_over = best.as_ref().is_none_or(|(best_usd, best_choice)| {
                // Capital only decides ties, and is not worth adding up for the rest.
                let tie = (value - best_usd).abs() <= TIE_REL * value.abs().max(best_usd.abs());
                let capex = |c: &Choice| if tie { chooser.capex_if_signed_usd(c) } else { 0.0 };
                better((value, choice, capex(choice)), (*best_usd, best_choice, capex(best_choice)))
            });
            if takes_over {
                best = Some((value, choice.clone()));
            }
            if same_decision(choice, self.decision) {
                own = own.max(value);
            } else if value > rival.0 {
                rival = (value, Some(choice.clone()));
            }
        })?;
        let stands = best.is_some_and(|(_, choice)| same_decision(&choice, self.decision));
        // Without a schedule of its own the decision is out, whatever the rivals are worth.
        let usd = if own == f64::NEG_INFINITY { f64::NEG_INFINITY } else { own - rival.0 };
        Ok(Lead { stands, usd, rival: rival.1 })
    }
}

/// A site and the world with an input moved by a factor.
pub(crate) fn moved(site: &Site, world: &World, lever: Lever, factor: f64) -> (Site, World) {
    let mut site = site.clone();
    let mut world = world.clone();
    let scale = |column: &mut [f64]| column.iter_mut().for_each(|x| *x *= factor);
    match lever {
        Lever::BtcPrice => {
            let answered = world.answers.as_ref().and_then(|answers| answers.path(factor));
            if let Some(path) = answered {
                world.path = path;
            } else {
                scale(&mut world.path.price_usd_per_btc);
                scale(&mut world.path.hashprice_usd_per_ph_day);
            }
        }
        Lever::PowerPrice => scale(&mut world.path.power_index),
        Lever::LeaseRate => {
            for offer in &mut site.offers {
                if let Deal::Colocation(lease) = &mut offer.deal {
                    lease.rent_first_usd_per_kw_month *= factor;
                }
            }
        }
        Lever::GpuPrice => {
            for offer in &mut site.offers {
                if let Deal::GpuCloud(cloud) = &mut offer.deal {
                    cloud.contract_usd_per_gpu_h *= factor;
                    cloud.spot_usd_per_gpu_h *= factor;
                }
            }
        }
        Lever::Capex => {
            for offer in &mut site.offers {
                offer.delivery.capex_usd_per_critical_mw *= factor;
                if let Deal::GpuCloud(cloud) = &mut offer.deal {
                    cloud.gpu_capex_usd_per_gpu *= factor;
                }
            }
        }
        // Counted in months, not by a factor: see `lead_after_delay`.
        Lever::Delay => {}
    }
    (site, world)
}
