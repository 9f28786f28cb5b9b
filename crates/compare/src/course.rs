//! One course of events at a site, with nothing left open: which offers start when, what leaves
//! mining for them, and whether it fits.

use crate::{
    error::{Conflict, Error},
    mining::Place,
    offer::Use,
    site::{MiningPolicy, Site},
};

/// MW that are equal but for rounding.
pub(crate) const MW_TOLERANCE: f64 = 1e-9;

/// What happens at a site when every signature has come or failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// How mining goes on where it goes on.
    pub policy: MiningPolicy,
    /// Offers that are built.
    pub commitments: Vec<Commitment>,
    /// The end of mining without an offer, if that is chosen.
    pub exit: Option<Exit>,
}

/// An offer that is built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Commitment {
    /// Index into the site's offers.
    pub offer: usize,
    /// Size in critical MW.
    pub critical_mw: f64,
    /// Quarter at whose start one commits.
    pub quarter: usize,
    /// What the tenant pays in this course.
    pub rent: RentCase,
}

/// What the tenant of a commitment pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RentCase {
    /// The contract, from the first month in service.
    Contract,
    /// The contract, but not before it is signed at the end of this quarter.
    SignedIn(usize),
    /// Nobody signed within the window: the re-let share, not before the window has closed.
    NeverSigned,
}

/// The end of a site's mining without an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// [`Use::Idle`] or [`Use::Sale`].
    pub to: Use,
    /// Quarter at whose start it happens.
    pub quarter: usize,
}

/// A limit that a course can run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// All committed MW against the approved MW.
    ApprovedMw,
    /// MW in use against the energised MW of the month.
    EnergisedMw,
    /// The share of MW that must stay curtailable.
    CurtailableShare,
    /// The hall would not be in service before the horizon.
    Horizon,
    /// At most one offer of a group.
    Group,
    /// The window in which one may commit is over.
    Window,
    /// Capital by date.
    Capital,
    /// MW that a tenant takes.
    TenantMw,
}

impl Limit {
    /// The word used in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApprovedMw => "approved_gross_mw",
            Self::EnergisedMw => "energised_gross_mw",
            Self::CurtailableShare => "curtailable_min_frac",
            Self::Horizon => "horizon_months",
            Self::Group => "group",
            Self::Window => "window",
            Self::Capital => "capital",
            Self::TenantMw => "tenant_mw",
        }
    }
}

/// A limit that was hit, with both sides of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blocked {
    /// Which limit.
    pub limit: Limit,
    /// What the course would need.
    pub needed: f64,
    /// What there is.
    pub available: f64,
}

impl Blocked {
    /// The limit as a conflict of its site.
    pub(crate) fn at(self, site: &Site) -> Error {
        let limit = Conflict::SiteLimit { site: site.id.clone(), limit: self.limit };
        Error::Infeasible(vec![limit])
    }
}

/// Gross MW that leave mining: per machine class, `(month, MW)` with months rising.
pub(crate) type Departures = Vec<Vec<(usize, f64)>>;

impl Site {
    /// Energised gross MW in a plan month.
    pub fn energised_gross_mw(&self, month: usize) -> f64 {
        self.energised.iter().rev().find(|(from, _)| *from <= month).map_or(0.0, |step| step.1)
    }

    /// Draw of all machines at the meter at the valuation date, gross MW.
    pub fn machines_gross_mw(&self) -> f64 {
        self.machines.iter().map(|class| class.gross_mw(self.mining_overhead)).sum()
    }

    /// Month at whose start a commitment of a quarter begins, and its first month in service.
    pub(crate) fn dates(&self, commitment: &Commitment) -> (usize, usize) {
        let commit = 3 * commitment.quarter;
        (commit, commit + self.offers[commitment.offer].delivery.months_to_deliver)
    }

    /// Which MW leave mining in a course, and when.
    ///
    /// An offer takes MW that no machine uses first, as far as they are energised when it comes
    /// into service and stay free of earlier commitments; then the machines with the highest
    /// J/TH at that time (places whose machines are gone before all others).
    ///
    /// # Errors
    /// The first limit that the course runs into.
    pub(crate) fn departures<P: AsRef<Place>>(
        &self,
        places: &[P],
        months: usize,
        course: &Course,
    ) -> Result<Departures, Blocked> {
        let mut remaining: Vec<f64> =
            self.machines.iter().map(|c| c.gross_mw(self.mining_overhead)).collect();
        let mut departures: Departures = vec![Vec::new(); remaining.len()];
        if let Some(exit) = course.exit {
            let month = 3 * exit.quarter;
            for (class, mw) in remaining.iter().enumerate() {
                departures[class].push((month, *mw));
            }
            return Ok(departures);
        }
        let mut order: Vec<&Commitment> = course.commitments.iter().collect();
        order.sort_by_key(|c| c.quarter);
        self.check_totals(&order)?;

        // What earlier commitments use: from `commit` the MW taken from machines, from
        // `in_service` all of it.
        let mut taken: Vec<(usize, f64, usize, f64)> = Vec::new();
        for commitment in order {
            let offer = &self.offers[commitment.offer];
            let need = offer.gross_mw(commitment.critical_mw);
            let (commit, in_service) = self.dates(commitment);
            if in_service >= months {
                return Err(Blocked {
                    limit: Limit::Horizon,
                    needed: in_service as f64,
                    available: months as f64,
                });
            }
            let mining: f64 = remaining.iter().sum();
            let free = taken
                .iter()
                .map(|t| t.2)
                .chain([in_service])
                .filter(|t| *t >= in_service)
                .map(|t| {
                    let used: f64 = taken
                        .iter()
                        .map(|&(from, from_machines, from_service, all)| {
                            if t >= from_service {
                                all
                            } else if t >= from {
                                from_machines
                            } else {
                                0.0
                            }
                        })
                        .sum();
                    self.energised_gross_mw(t) - mining - used
                })
                .fold(f64::INFINITY, f64::min);
            let mut short = need - free.clamp(0.0, need);
            if short > mining + MW_TOLERANCE {
                return Err(Blocked {
                    limit: Limit::EnergisedMw,
                    needed: need,
                    available: need - short + mining,
                });
            }
            taken.push((commit, short, in_service, need));
            let stays_frac = offer.mining_during_build_frac;
            for class in worst_first(places, commit) {
                let mw = short.min(remaining[class]);
                if mw <= 0.0 {
                    continue;
                }
                remaining[class] -= mw;
                short -= mw;
                departures[class].push((commit, mw * (1.0 - stays_frac)));
                if stays_frac > 0.0 {
                    departures[class].push((in_service, mw * stays_frac));
                }
            }
        }
        for class in &mut departures {
            class.sort_by_key(|(month, _)| *month);
        }
        Ok(departures)
    }

    /// Limits on the sum of all commitments.
    fn check_totals(&self, commitments: &[&Commitment]) -> Result<(), Blocked> {
        let mut committed = 0.0;
        let mut firm = 0.0;
        for (i, commitment) in commitments.iter().enumerate() {
            let offer = &self.offers[commitment.offer];
            let gross_mw = offer.gross_mw(commitment.critical_mw);
            committed += gross_mw;
            firm += gross_mw * (1.0 - offer.curtailable_frac);
            let same_group = |other: &&&Commitment| {
                offer.group.is_some() && self.offers[other.offer].group == offer.group
            };
            if commitments[..i].iter().any(|c| same_group(&c)) {
                return Err(Blocked { limit: Limit::Group, needed: 2.0, available: 1.0 });
            }
        }
        let most_firm = self.approved_gross_mw * (1.0 - self.curtailable_min_frac);
        for (limit, needed, available) in [
            (Limit::ApprovedMw, committed, self.approved_gross_mw),
            (Limit::CurtailableShare, firm, most_firm),
        ] {
            if needed > available + MW_TOLERANCE {
                return Err(Blocked { limit, needed, available });
            }
        }
        Ok(())
    }
}

/// Classes by falling J/TH at a month, ties in file order.
fn worst_first<P: AsRef<Place>>(places: &[P], month: usize) -> Vec<usize> {
    let j_per_th = |class: usize| places[class].as_ref().j_per_th[month];
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| j_per_th(*b).total_cmp(&j_per_th(*a)));
    order
}
