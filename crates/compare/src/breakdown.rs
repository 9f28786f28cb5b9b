//! The months behind a decision: the columns of the ledger by place, hall and outcome, for whoever
//! wants to follow every line of it.

use hpcrev::{Proforma, RentFactor};

use crate::{
    Error,
    course::{Commitment, Course},
    flows::SiteFlows,
    ledger::{Ledger, firm_usd_per_mwh, rent_factor},
    mining::{Place, month_prices},
    portfolio::{Portfolio, PortfolioDecision, ledgers},
    world::World,
};

/// What the value of a site's decision is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteMonths {
    /// `[classes]` what a gross MW of each machine class earns under the policy that is taken.
    pub places: Vec<Place>,
    /// The ways in which the signatures may turn out, in the order of
    /// [`SiteDecision::outcomes`](crate::SiteDecision::outcomes).
    pub outcomes: Vec<OutcomeMonths>,
}

/// One way in which the signatures may turn out.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeMonths {
    /// Probability of it.
    pub probability_frac: f64,
    /// What then happens.
    pub course: Course,
    /// `[classes]` gross MW that leave mining, `(month, MW)`, months rising; what is left is sold at
    /// the horizon.
    pub leaving_gross_mw: Vec<Vec<(usize, f64)>>,
    /// One a commitment, in the order of the course.
    pub halls: Vec<HallMonths>,
    /// All of it by month: mining, the exit if there is one, the halls.
    pub flows: SiteFlows,
}

/// A hall that is built.
#[derive(Clone, Debug, PartialEq)]
pub struct HallMonths {
    /// The commitment.
    pub commitment: Commitment,
    /// Month at whose start one commits.
    pub commit_month: usize,
    /// How much of the contract is earned, and from when.
    pub rent: RentFactor,
    /// Whether the tenant has signed: nobody else pays in advance.
    pub signed: bool,
    /// Its months per critical MW.
    pub proforma: Proforma,
    /// `[months]` what its load pays for power, USD/MWh.
    pub usd_per_mwh: Vec<f64>,
}

/// The months behind every site of a decision, in file order.
///
/// # Errors
/// [`Error::Infeasible`] if a course of the decision does not fit the portfolio, as it can only be
/// with a decision of another one.
pub fn breakdown(
    portfolio: &Portfolio,
    world: &World,
    decision: &PortfolioDecision,
) -> Result<Vec<SiteMonths>, Error> {
    let ledgers = ledgers(portfolio, world);
    let sites = ledgers.iter().zip(&decision.sites);
    sites
        .map(|(ledger, decided)| {
            let policy = decided.choice.policy;
            let classes = 0..ledger.site.machines.len();
            let outcomes = decided.outcomes.iter().map(|outcome| {
                of_course(ledger, outcome.probability_frac, &outcome.course)
                    .map_err(|blocked| blocked.at(ledger.site))
            });
            Ok(SiteMonths {
                places: classes.filter_map(|class| ledger.place(policy, class).cloned()).collect(),
                outcomes: outcomes.collect::<Result<_, Error>>()?,
            })
        })
        .collect()
}

fn of_course(
    ledger: &Ledger<'_>,
    probability_frac: f64,
    course: &Course,
) -> Result<OutcomeMonths, crate::course::Blocked> {
    let (site, world) = (ledger.site, ledger.world);
    let prices = month_prices(site, world);
    let halls = course.commitments.iter().filter_map(|commitment| {
        let offer = &site.offers[commitment.offer];
        let (rent, signed) = rent_factor(offer, commitment.rent);
        Some(HallMonths {
            commitment: *commitment,
            commit_month: site.dates(commitment).0,
            rent,
            signed,
            proforma: ledger.hall(commitment)?.proforma.clone(),
            usd_per_mwh: firm_usd_per_mwh(world, &prices, offer),
        })
    });
    Ok(OutcomeMonths {
        probability_frac,
        course: course.clone(),
        leaving_gross_mw: ledger.departures(course)?,
        halls: halls.collect(),
        flows: ledger.flows(course)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decide_plans,
        fixture::{colocation, site, unsigned, world},
        offer::{Commit, Deal},
    };

    /// Columns times MW are the flows.
    #[test]
    fn the_columns_make_the_flows() {
        let world = world(150);
        let mut sites = vec![site(vec![unsigned("a", Commit::AfterSign), colocation("b")])];
        for offer in &mut sites[0].offers {
            // Rent enough that halls are built.
            if let Deal::Colocation(lease) = &mut offer.deal {
                lease.rent_first_usd_per_kw_month *= 2.0;
            }
        }
        let portfolio = Portfolio { sites, ..Portfolio::default() };
        let decision = decide_plans(&portfolio, &world).unwrap();
        let months = breakdown(&portfolio, &world, &decision).unwrap();
        let (of, site) = (&months[0], &portfolio.sites[0]);
        let mut halls = 0;
        for outcome in &of.outcomes {
            let mut margin = vec![0.0; world.months()];
            for (class, place) in of.places.iter().enumerate() {
                let mut mw = site.machines[class].gross_mw(site.mining_overhead);
                for (m, sum) in margin.iter_mut().enumerate() {
                    let leaving = outcome.leaving_gross_mw[class].iter();
                    mw -= leaving.filter(|(at, _)| *at == m).map(|(_, mw)| mw).sum::<f64>();
                    *sum += mw * place.margin_usd[m];
                }
            }
            let mining = &outcome.flows.uses[0];
            for (m, margin) in margin.iter().enumerate() {
                assert!((margin - mining.operating_usd[m + 1]).abs() <= 1e-6);
            }
            for (hall, flow) in outcome.halls.iter().zip(&outcome.flows.uses[1..]) {
                let mw = hall.commitment.critical_mw;
                for (m, noi) in hall.proforma.noi_usd().iter().enumerate() {
                    assert!((mw * noi - flow.operating_usd[m + 1]).abs() <= 1e-6);
                }
                halls += 1;
            }
        }
        assert!(halls > 0, "nothing was built");
    }
}
