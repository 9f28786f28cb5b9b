//! Every decision that a site's owner can take today, and what may come of it.

use std::{cell::RefCell, collections::HashMap};

use hpcrev::signing::signed_in_quarter_probability;

use crate::{
    Error,
    course::{Blocked, Commitment, Course, Exit, Limit, RentCase},
    ledger::Ledger,
    offer::{Commit, Offer, Use},
    site::MiningPolicy,
};

/// Most courses that one site may ask to be valued.
pub(crate) const MOST_CHOICES: usize = 2_000_000;

/// A decision, before it is known what will be signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// How mining goes on where it goes on.
    pub policy: MiningPolicy,
    /// The offers taken, in file order.
    pub picks: Vec<Pick>,
    /// The end of mining without an offer; only where no offer is taken.
    pub exit: Option<Exit>,
}

/// An offer taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Index into the site's offers.
    pub offer: usize,
    /// Size in critical MW.
    pub critical_mw: f64,
    /// Quarter at whose start one commits; `None`: the quarter after it is signed.
    pub quarter: Option<usize>,
}

/// One way in which the signatures may turn out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Probability of it.
    pub probability_frac: f64,
    /// For every unsigned offer among the picks: the quarter in which it is signed, or never.
    pub signatures: Vec<(usize, Option<usize>)>,
    /// What then happens.
    pub course: Course,
    /// Gross MW of machines left in mining when everything is built.
    pub mining_gross_mw: f64,
}

/// For offers that wait for one: the quarter of the signature, or never.
pub(crate) type Signatures = Vec<(usize, Option<usize>)>;

/// What a choice is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Worth {
    /// Expectation over all outcomes, USD.
    pub(crate) npv_usd: f64,
    /// Expectation if everything is signed; `None` where nothing waits for a signature.
    pub(crate) npv_if_signed_usd: Option<f64>,
}

/// Values the choices of one site.
pub(crate) struct Chooser<'a> {
    pub(crate) ledger: &'a Ledger<'a>,
    /// Offers that can be scheduled at all.
    offers: Vec<usize>,
    fallbacks: RefCell<HashMap<FallbackKey, (f64, Course)>>,
}

/// Policy, offers of the choice, what is committed already, first quarter open.
type FallbackKey = (MiningPolicy, Vec<usize>, Vec<(usize, u64, usize, RentCase)>, usize);

impl<'a> Chooser<'a> {
    /// A chooser among `offers` (indices into the site's offers, in file order).
    pub(crate) fn new(ledger: &'a Ledger<'a>, offers: Vec<usize>) -> Self {
        Self { ledger, offers, fallbacks: RefCell::new(HashMap::new()) }
    }

    /// The offers among which is chosen.
    pub(crate) fn offers(&self) -> &[usize] {
        &self.offers
    }

    /// Calls `see` with every feasible choice: keeping mining first, then the exits, then offers
    /// from few to many.
    ///
    /// # Errors
    /// [`Error::TooManyPlans`] if there are more than the limit.
    pub(crate) fn each(&self, mut see: impl FnMut(&Choice, Worth)) -> Result<(), Error> {
        let site = self.ledger.site;
        let sets = self.pick_sets(0, |_, _| true);
        let exits = self.exits(0);
        let plans = (sets.len() + exits.len()) * site.policies.len();
        if plans > MOST_CHOICES {
            return Err(Error::TooManyPlans { site: site.id.clone(), plans, limit: MOST_CHOICES });
        }
        let has_musts = self.offers.iter().any(|o| site.offers[*o].must);
        for picks in sets {
            for policy in &site.policies {
                let choice = Choice { policy: *policy, picks: picks.clone(), exit: None };
                if let Ok(worth) = self.worth(&choice) {
                    see(&choice, worth);
                }
            }
            if picks.is_empty() && !has_musts {
                for exit in &exits {
                    for policy in &site.policies {
                        let choice =
                            Choice { policy: *policy, picks: Vec::new(), exit: Some(*exit) };
                        if let Ok(worth) = self.worth(&choice) {
                            see(&choice, worth);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// What a choice is worth.
    ///
    /// # Errors
    /// The first limit that one of its outcomes runs into.
    pub(crate) fn worth(&self, choice: &Choice) -> Result<Worth, Blocked> {
        let outcomes = self.outcomes(choice)?;
        let mut npv_usd = 0.0;
        let mut signed = (0.0, 0.0);
        for outcome in &outcomes {
            let value = self.ledger.npv_usd(&outcome.course)?;
            npv_usd += outcome.probability_frac * value;
            if outcome.signatures.iter().all(|(_, quarter)| quarter.is_some()) {
                signed.0 += outcome.probability_frac * value;
                signed.1 += outcome.probability_frac;
            }
        }
        let waits = outcomes.iter().any(|o| !o.signatures.is_empty());
        let npv_if_signed_usd = (waits && signed.1 > 0.0).then(|| signed.0 / signed.1);
        Ok(Worth { npv_usd, npv_if_signed_usd })
    }

    /// How the signatures of a choice may turn out; probabilities sum to 1.
    ///
    /// # Errors
    /// The first limit that one of the outcomes runs into.
    pub(crate) fn outcomes(&self, choice: &Choice) -> Result<Vec<Outcome>, Blocked> {
        let site = self.ledger.site;
        let mut outcomes = vec![Outcome {
            probability_frac: 1.0,
            signatures: Vec::new(),
            course: Course { policy: choice.policy, commitments: Vec::new(), exit: choice.exit },
            mining_gross_mw: 0.0,
        }];
        for pick in &choice.picks {
            let ways = ways(&site.offers[pick.offer], pick);
            let mut next = Vec::with_capacity(outcomes.len() * ways.len());
            for outcome in &outcomes {
                for way in &ways {
                    let mut outcome = outcome.clone();
                    outcome.probability_frac *= way.probability_frac;
                    outcome.course.commitments.extend(way.commitment);
                    outcome.signatures.extend_from_slice(&way.signatures);
                    next.push(outcome);
                }
            }
            outcomes = next;
        }
        for outcome in &mut outcomes {
            // An offer that waits for its signature and never gets it leaves the site free for
            // the best of what is left, from the end of its window on.
            let open_from = choice
                .picks
                .iter()
                .filter(|pick| {
                    pick.quarter.is_none() && outcome.signatures.contains(&(pick.offer, None))
                })
                .filter_map(|pick| site.offers[pick.offer].signing)
                .map(|signing| signing.window_months / 3)
                .max();
            if let Some(quarter) = open_from {
                let course = std::mem::replace(
                    &mut outcome.course,
                    Course { policy: choice.policy, commitments: Vec::new(), exit: None },
                );
                outcome.course = self.best_completion(&choice.picks, &course, quarter)?;
            }
            let leaving = self.ledger.departures(&outcome.course)?;
            let left: f64 = leaving.iter().flatten().map(|(_, mw)| mw).sum();
            outcome.mining_gross_mw = (site.machines_gross_mw() - left).max(0.0);
        }
        Ok(outcomes)
    }

    /// The ways in which the signatures of a choice may turn out, with their probabilities.
    pub(crate) fn probabilities(&self, choice: &Choice) -> Vec<(Signatures, f64)> {
        let mut all = vec![(Vec::new(), 1.0)];
        for pick in &choice.picks {
            let ways = ways(&self.ledger.site.offers[pick.offer], pick);
            all = all
                .iter()
                .flat_map(|(signatures, probability): &(Signatures, f64)| {
                    ways.iter().map(move |way| {
                        let both = signatures.iter().chain(&way.signatures).copied().collect();
                        (both, probability * way.probability_frac)
                    })
                })
                .collect();
        }
        all
    }

    /// The best that can still be done with a course after a signature has failed.
    fn best_completion(
        &self,
        picks: &[Pick],
        course: &Course,
        quarter: usize,
    ) -> Result<Course, Blocked> {
        let key: FallbackKey = (
            course.policy,
            picks.iter().map(|p| p.offer).collect(),
            course
                .commitments
                .iter()
                .map(|c| (c.offer, c.critical_mw.to_bits(), c.quarter, c.rent))
                .collect(),
            quarter,
        );
        if let Some((_, best)) = self.fallbacks.borrow().get(&key) {
            return Ok(best.clone());
        }
        let site = self.ledger.site;
        let mut best = (self.ledger.npv_usd(course)?, course.clone());
        let mut consider = |candidate: Course| {
            if let Ok(value) = self.ledger.npv_usd(&candidate)
                && value > best.0
            {
                best = (value, candidate);
            }
        };
        let left_over = |offer: usize, pick: &Pick| {
            site.offers[offer].signing.is_none()
                && picks.iter().all(|p| p.offer != offer)
                && pick.quarter.is_some_and(|q| q >= quarter)
        };
        for more in self.pick_sets(0, left_over) {
            let mut candidate = course.clone();
            candidate.commitments.extend(more.iter().filter_map(|pick| {
                pick.quarter.map(|quarter| Commitment {
                    offer: pick.offer,
                    critical_mw: pick.critical_mw,
                    quarter,
                    rent: RentCase::Contract,
                })
            }));
            consider(candidate);
        }
        if course.commitments.is_empty() {
            for exit in self.exits(quarter) {
                consider(Course { exit: Some(exit), ..course.clone() });
            }
        }
        let answer = best.1.clone();
        self.fallbacks.borrow_mut().insert(key, best);
        Ok(answer)
    }

    /// All combinations of picks that `admit` lets in, from offer number `from` on; the empty one
    /// first, unless an offer must be taken.
    fn pick_sets(
        &self,
        from: usize,
        admit: impl Fn(usize, &Pick) -> bool + Copy,
    ) -> Vec<Vec<Pick>> {
        let Some(&offer) = self.offers.get(from) else { return vec![Vec::new()] };
        let rest = self.pick_sets(from + 1, admit);
        let site = self.ledger.site;
        let picks: Vec<Pick> =
            picks(offer, &site.offers[offer]).into_iter().filter(|p| admit(offer, p)).collect();
        let mut sets = Vec::new();
        if !site.offers[offer].must || picks.is_empty() {
            sets.extend(rest.iter().cloned());
        }
        for pick in picks {
            for more in &rest {
                let clash = |other: &Pick| {
                    site.offers[offer].group.is_some()
                        && site.offers[other.offer].group == site.offers[offer].group
                };
                if sets.len() <= MOST_CHOICES && !more.iter().any(clash) {
                    let mut set = Vec::with_capacity(more.len() + 1);
                    set.push(pick);
                    set.extend_from_slice(more);
                    sets.push(set);
                }
            }
        }
        sets
    }

    /// Ways to end mining without an offer, from a quarter on: standing still is decided today or
    /// not at all, a sale while its price is offered.
    fn exits(&self, from_quarter: usize) -> Vec<Exit> {
        let last_quarter = (self.ledger.world.months() - 1) / 3;
        let sale = self.ledger.site.sale;
        let idle = (from_quarter == 0).then_some(Exit { to: Use::Idle, quarter: 0 });
        let sold = sale.map_or(0..0, |sale| from_quarter..sale.last_quarter.min(last_quarter) + 1);
        idle.into_iter().chain(sold.map(|quarter| Exit { to: Use::Sale, quarter })).collect()
    }

    /// Capital put into halls if everything is signed as early as it can be, USD.
    pub(crate) fn capex_if_signed_usd(&self, choice: &Choice) -> f64 {
        self.ledger.capex_usd(&earliest_commitments(choice))
    }

    /// Why an offer cannot be scheduled, if it cannot: the limit met by its smallest size.
    pub(crate) fn blocked(&self, offer: usize) -> Option<Blocked> {
        let site = self.ledger.site;
        let mut first = None;
        for pick in picks(offer, &site.offers[offer]) {
            let choice = Choice { policy: site.policies[0], picks: vec![pick], exit: None };
            match self.worth(&choice) {
                Ok(_) => return None,
                Err(blocked) => first = first.or(Some(blocked)),
            }
        }
        let of = &site.offers[offer];
        Some(first.unwrap_or(Blocked {
            limit: Limit::Window,
            needed: of.first_quarter as f64,
            available: of.last_quarter as f64,
        }))
    }
}

/// The commitments of a choice if everything is signed in the first quarter.
pub(crate) fn earliest_commitments(choice: &Choice) -> Vec<Commitment> {
    choice
        .picks
        .iter()
        .map(|pick| Commitment {
            offer: pick.offer,
            critical_mw: pick.critical_mw,
            quarter: pick.quarter.unwrap_or(1),
            rent: RentCase::Contract,
        })
        .collect()
}

/// All ways of taking an offer: small before large, early before late.
fn picks(index: usize, offer: &Offer) -> Vec<Pick> {
    let mut picks = Vec::new();
    for critical_mw in offer.size.sizes_critical_mw() {
        if let Some(signing) = offer.signing
            && signing.commit == Commit::AfterSign
        {
            picks.push(Pick { offer: index, critical_mw, quarter: None });
        } else {
            picks.extend((offer.first_quarter..=offer.last_quarter).map(|q| Pick {
                offer: index,
                critical_mw,
                quarter: Some(q),
            }));
        }
    }
    picks
}

/// One way in which the signature of a pick may turn out.
struct Way {
    probability_frac: f64,
    /// The offer with its quarter of signature or never; empty if the contract is signed already.
    signatures: Vec<(usize, Option<usize>)>,
    commitment: Option<Commitment>,
}

fn ways(offer: &Offer, pick: &Pick) -> Vec<Way> {
    let commitment = |quarter, rent| {
        Some(Commitment { offer: pick.offer, critical_mw: pick.critical_mw, quarter, rent })
    };
    let Some(signing) = offer.signing else {
        return vec![Way {
            probability_frac: 1.0,
            signatures: Vec::new(),
            commitment: commitment(pick.quarter.unwrap_or_default(), RentCase::Contract),
        }];
    };
    let mut ways: Vec<Way> = (0..signing.window_months / 3)
        .map(|signed| Way {
            probability_frac: signed_in_quarter_probability(
                signing.probability_frac,
                signing.window_months as f64,
                signed,
            ),
            signatures: vec![(pick.offer, Some(signed))],
            commitment: match pick.quarter {
                None => commitment(signed + 1, RentCase::Contract),
                Some(quarter) => commitment(quarter, RentCase::SignedIn(signed)),
            },
        })
        .collect();
    ways.push(Way {
        probability_frac: 1.0 - signing.probability_frac,
        signatures: vec![(pick.offer, None)],
        commitment: pick.quarter.and_then(|quarter| commitment(quarter, RentCase::NeverSigned)),
    });
    ways.retain(|way| way.probability_frac > 0.0);
    ways
}
