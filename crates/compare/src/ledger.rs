//! The monthly engine of a site: what every course of events is worth.
//!
//! There is one valuation and two ways to add it up. [`Ledger::flows`] lays a course out month by
//! month and reads like the model; it is what people are shown. [`Ledger::npv_usd`] takes the same
//! columns from sums prepared once per site, so that thousands of courses can be compared; a test
//! holds the two together.

use std::sync::Arc;

use finance::discount_factor;
use finance::tax::{TaxYear, yearly_tax};
use hpcrev::{GpuCloud, Lease, PlanMonths, Proforma, RentFactor, cloud_proforma, lease_proforma};
use power::MonthPrices;

use crate::{
    course::{Blocked, Commitment, Course, Departures, RentCase},
    flows::{CashFlow, SiteFlows},
    mining::{Place, month_prices, places},
    offer::{Deal, Offer, Use},
    site::{MiningPolicy, Site},
    world::World,
};

/// Everything of a site that does not depend on the course.
pub(crate) struct Ledger<'a> {
    pub(crate) site: &'a Site,
    pub(crate) world: &'a World,
    mining: Arc<MiningSide>,
    halls: Arc<HallSide>,
}

/// What mining earns under each policy.
struct MiningSide {
    /// Discount factor by time in months, `[months + 1]`.
    discount: Vec<f64>,
    by_policy: Vec<(MiningPolicy, Vec<PlaceSums>)>,
}

/// What the offers earn.
struct HallSide {
    /// Discount factors at which the tax that an offer adds is paid, `[offers][tax blocks]`.
    tax_discount: Vec<Vec<f64>>,
    by_offer: Vec<Vec<(HallKey, Hall)>>,
}

/// A place with running sums over its months.
struct PlaceSums {
    place: Place,
    /// Discounted flows of all earlier months, `[months + 1]`.
    discounted_usd: Vec<f64>,
    /// Taxable income of all earlier months, `[months + 1]`.
    taxable_usd: Vec<f64>,
}

/// Which hall: quarter of commitment and what the tenant pays.
type HallKey = (usize, RentCase);

/// One critical MW of an offer committed in a certain quarter.
pub(crate) struct Hall {
    pub(crate) proforma: Proforma,
    /// Discounted flows before tax.
    npv_usd: f64,
    /// Taxable income by tax block.
    taxable_usd: Vec<f64>,
    /// All capital put in.
    pub(crate) capex_usd: f64,
    /// Capital put in up to the start of each month.
    pub(crate) cumulative_capex_usd: Vec<f64>,
}

impl<'a> Ledger<'a> {
    /// Lays out the columns of a site.
    pub(crate) fn new(site: &'a Site, world: &'a World) -> Self {
        let prices = month_prices(site, world);
        let mining = Arc::new(MiningSide::new(site, world, &prices));
        let halls = Arc::new(HallSide::new(site, world, &prices));
        Self { site, world, mining, halls }
    }

    /// The same with other machines, network or price of bitcoin: the offers earn what they did.
    pub(crate) fn with_other_mining<'b>(&self, site: &'b Site, world: &'b World) -> Ledger<'b> {
        let mining = Arc::new(MiningSide::new(site, world, &month_prices(site, world)));
        Ledger { site, world, mining, halls: Arc::clone(&self.halls) }
    }

    /// The same with other offers: mining earns what it did.
    pub(crate) fn with_other_offers<'b>(&self, site: &'b Site, world: &'b World) -> Ledger<'b> {
        let halls = Arc::new(HallSide::new(site, world, &month_prices(site, world)));
        Ledger { site, world, mining: Arc::clone(&self.mining), halls }
    }

    /// The same with other power, approved or energised: machines and offers earn what they did.
    pub(crate) fn with_other_power<'b>(&self, site: &'b Site) -> Ledger<'b>
    where
        'a: 'b,
    {
        let (mining, halls) = (Arc::clone(&self.mining), Arc::clone(&self.halls));
        Ledger { site, world: self.world, mining, halls }
    }

    fn places(&self, policy: MiningPolicy) -> &[PlaceSums] {
        self.mining.by_policy.iter().find(|(of, _)| *of == policy).map_or(&[], |(_, places)| places)
    }

    /// The hall of a commitment.
    pub(crate) fn hall(&self, commitment: &Commitment) -> Option<&Hall> {
        let key = (commitment.quarter, commitment.rent);
        self.halls.by_offer[commitment.offer]
            .iter()
            .find(|(of, _)| *of == key)
            .map(|(_, hall)| hall)
    }

    /// What leaves mining in a course.
    ///
    /// # Errors
    /// The first limit that the course runs into.
    pub(crate) fn departures(&self, course: &Course) -> Result<Departures, Blocked> {
        let places: &[PlaceSums] = self.places(course.policy);
        self.site.departures(places, self.world.months(), course)
    }

    /// Capital put into halls in a course, USD.
    pub(crate) fn capex_usd(&self, commitments: &[Commitment]) -> f64 {
        let of_hall =
            |c: &Commitment| self.hall(c).map_or(0.0, |hall: &Hall| c.critical_mw * hall.capex_usd);
        // Not `sum`: that of nothing is -0.0.
        commitments.iter().fold(0.0, |sum, c| sum + of_hall(c))
    }

    /// Least capital per critical MW of an offer over its quarters, USD; infinite without halls.
    pub(crate) fn hall_capex_usd(&self, offer: usize) -> f64 {
        self.halls.by_offer[offer]
            .iter()
            .map(|(_, hall)| hall.capex_usd)
            .fold(f64::INFINITY, f64::min)
    }

    /// Value of a course after tax, USD, from the prepared sums.
    ///
    /// # Errors
    /// The first limit that the course runs into.
    pub(crate) fn npv_usd(&self, course: &Course) -> Result<f64, Blocked> {
        let months = self.world.months();
        let departures = self.departures(course)?;
        let mut taxable = vec![0.0; self.world.tax_blocks()];
        let mut npv = 0.0;
        for (sums, (class, leaving)) in
            self.places(course.policy).iter().zip(self.site.machines.iter().zip(&departures))
        {
            let mut mw = class.gross_mw(self.site.mining_overhead);
            let mut since = 0;
            for &(month, leaving_mw) in leaving {
                npv += sums.keep(mw, since, month, &mut taxable);
                npv += sums.sell(leaving_mw, month, &self.mining.discount, &mut taxable);
                mw -= leaving_mw;
                since = month;
            }
            npv += sums.keep(mw, since, months, &mut taxable);
            npv += sums.sell(mw, months, &self.mining.discount, &mut taxable);
        }
        if let Some(exit) = course.exit {
            let month = 3 * exit.quarter;
            let price = self.site_price_usd(exit.to);
            npv += price * self.mining.discount[month];
            taxable[month / 12] += price;
        }
        let mut tax = self.taxes(&taxable);
        for (block, paid) in tax.iter().enumerate() {
            npv -= paid.tax_usd * self.mining.discount[self.world.tax_month(block)];
        }
        for commitment in &course.commitments {
            let Some(hall) = self.hall(commitment) else { continue };
            npv += commitment.critical_mw * hall.npv_usd;
            for (sum, usd) in taxable.iter_mut().zip(&hall.taxable_usd) {
                *sum += commitment.critical_mw * usd;
            }
            let with_hall = self.taxes(&taxable);
            let discount = &self.halls.tax_discount[commitment.offer];
            for ((after, before), factor) in with_hall.iter().zip(&tax).zip(discount) {
                npv -= (after.tax_usd - before.tax_usd) * factor;
            }
            tax = with_hall;
        }
        Ok(npv)
    }

    /// A course month by month.
    ///
    /// # Errors
    /// The first limit that the course runs into.
    pub(crate) fn flows(&self, course: &Course) -> Result<SiteFlows, Blocked> {
        let months = self.world.months();
        let departures = self.departures(course)?;
        let mut taxable = vec![0.0; self.world.tax_blocks()];
        let mut mining = CashFlow::new(Use::Mining, None, months);
        for (sums, (class, leaving)) in
            self.places(course.policy).iter().zip(self.site.machines.iter().zip(&departures))
        {
            let place = &sums.place;
            let mut mw = class.gross_mw(self.site.mining_overhead);
            for m in 0..=months {
                let leaving_mw = if m == months {
                    mw
                } else {
                    leaving.iter().filter(|(at, _)| *at == m).map(|(_, mw)| mw).sum()
                };
                mw -= leaving_mw;
                mining.other_usd[m] += leaving_mw * place.liquidation_usd[m];
                taxable[m.min(months - 1) / 12] +=
                    leaving_mw * (place.liquidation_usd[m] - place.book_usd[m]);
                if m == months {
                    break;
                }
                mining.gross_mw[m] += mw;
                mining.capex_usd[m] -= mw * place.capex_usd[m];
                mining.other_usd[m] += mw * place.resale_usd[m];
                mining.operating_usd[m + 1] += mw * place.margin_usd[m];
                taxable[m / 12] += mw * place.taxable_usd[m];
            }
        }
        let mut uses = vec![mining];
        if let Some(exit) = course.exit {
            let month = 3 * exit.quarter;
            let mut flow = CashFlow::new(exit.to, None, months);
            flow.other_usd[month] = self.site_price_usd(exit.to);
            flow.gross_mw[month..].fill(self.site.approved_gross_mw);
            taxable[month / 12] += flow.other_usd[month];
            uses.push(flow);
        }
        let mut tax = self.taxes(&taxable);
        // The tax of a sale stands with the mining that it ends.
        for (block, paid) in tax.iter().enumerate() {
            uses[0].tax_usd[self.world.tax_month(block)] -= paid.tax_usd;
        }
        for commitment in &course.commitments {
            let Some(hall) = self.hall(commitment) else { continue };
            let offer = &self.site.offers[commitment.offer];
            let mw = commitment.critical_mw;
            let mut flow = CashFlow::new(offer.deal.use_of_mw(), Some(commitment.offer), months);
            let p = &hall.proforma;
            for m in 0..months {
                flow.capex_usd[m] -= mw * p.capex_usd[m];
                flow.other_usd[m] += mw * (p.prepayment_usd[m] + p.resale_usd[m]);
                flow.operating_usd[m + 1] +=
                    mw * (p.revenue_usd[m] - p.power_usd[m] - p.opex_usd[m]);
                flow.other_usd[m + 1] -= mw * p.prepayment_credit_usd[m];
                if m >= p.in_service {
                    flow.gross_mw[m] = offer.gross_mw(mw);
                }
            }
            flow.other_usd[months] += mw * (p.resale_at_horizon_usd - p.prepayment_left_usd);
            for (sum, usd) in taxable.iter_mut().zip(&hall.taxable_usd) {
                *sum += mw * usd;
            }
            let with_hall = self.taxes(&taxable);
            for (block, (after, before)) in with_hall.iter().zip(&tax).enumerate() {
                flow.tax_usd[self.world.tax_month(block)] -= after.tax_usd - before.tax_usd;
            }
            tax = with_hall;
            uses.push(flow);
        }
        Ok(SiteFlows { uses })
    }

    /// What the exit itself brings, USD.
    fn site_price_usd(&self, to: Use) -> f64 {
        match (to, self.site.sale) {
            (Use::Sale, Some(sale)) => sale.usd_per_gross_mw * self.site.approved_gross_mw,
            _ => 0.0,
        }
    }

    /// Tax of each block on the site's whole income: losses carried forward, never refunded.
    fn taxes(&self, taxable_usd: &[f64]) -> Vec<TaxYear> {
        yearly_tax(taxable_usd, self.world.money.tax_rate_frac, 1.0)
    }

    /// Columns of a mining place under a policy.
    pub(crate) fn place(&self, policy: MiningPolicy, class: usize) -> Option<&Place> {
        self.places(policy).get(class).map(|sums| &sums.place)
    }
}

impl MiningSide {
    fn new(site: &Site, world: &World, prices: &[MonthPrices]) -> Self {
        let discount = discount_factors(world, Use::Mining);
        let by_policy = site
            .policies
            .iter()
            .map(|policy| {
                let sums = places(site, world, prices, *policy)
                    .into_iter()
                    .map(|place| PlaceSums::new(place, &discount))
                    .collect();
                (*policy, sums)
            })
            .collect();
        Self { discount, by_policy }
    }
}

impl HallSide {
    fn new(site: &Site, world: &World, prices: &[MonthPrices]) -> Self {
        let months = world.months();
        let hours: Vec<f64> = (0..months).map(|m| world.calendar(m).hours()).collect();
        let mut by_offer = Vec::with_capacity(site.offers.len());
        let mut tax_discount = Vec::with_capacity(site.offers.len());
        for (index, offer) in site.offers.iter().enumerate() {
            let usd_per_mwh = firm_usd_per_mwh(world, prices, offer);
            let plan_months = PlanMonths { hours: &hours, usd_per_mwh: &usd_per_mwh };
            let discount = discount_factors(world, offer.deal.use_of_mw());
            tax_discount
                .push((0..world.tax_blocks()).map(|b| discount[world.tax_month(b)]).collect());
            let halls = hall_keys(site, index, months).into_iter().map(|key| {
                let proforma = hall_proforma(site, index, key, &plan_months);
                (key, Hall::new(proforma, &discount))
            });
            by_offer.push(halls.collect());
        }
        Self { tax_discount, by_offer }
    }
}

/// Discount factors of a use by time in months, `[months + 1]`.
fn discount_factors(world: &World, use_of_mw: Use) -> Vec<f64> {
    let rate = world.money.discount_rate_frac(use_of_mw);
    (0..=world.months()).map(|t| discount_factor(rate, t as f64)).collect()
}

impl AsRef<Place> for PlaceSums {
    fn as_ref(&self) -> &Place {
        &self.place
    }
}

impl PlaceSums {
    fn new(place: Place, discount: &[f64]) -> Self {
        let months = place.margin_usd.len();
        let mut discounted_usd = Vec::with_capacity(months + 1);
        let mut taxable_usd = Vec::with_capacity(months + 1);
        let (mut value, mut income) = (0.0, 0.0);
        for m in 0..months {
            discounted_usd.push(value);
            taxable_usd.push(income);
            value += (place.resale_usd[m] - place.capex_usd[m]) * discount[m]
                + place.margin_usd[m] * discount[m + 1];
            income += place.taxable_usd[m];
        }
        discounted_usd.push(value);
        taxable_usd.push(income);
        Self { place, discounted_usd, taxable_usd }
    }

    /// Value of `mw` that stay in mining from one month to another; adds to the taxable income.
    fn keep(&self, mw: f64, from: usize, to: usize, taxable: &mut [f64]) -> f64 {
        let mut start = from;
        while start < to {
            let end = (start / 12 * 12 + 12).min(to);
            taxable[start / 12] += mw * (self.taxable_usd[end] - self.taxable_usd[start]);
            start = end;
        }
        mw * (self.discounted_usd[to] - self.discounted_usd[from])
    }

    /// Value of `mw` whose machines are sold in a month; adds to the taxable income.
    fn sell(&self, mw: f64, month: usize, discount: &[f64], taxable: &mut [f64]) -> f64 {
        let fetched = self.place.liquidation_usd[month];
        let block = (month / 12).min(taxable.len() - 1);
        taxable[block] += mw * (fetched - self.place.book_usd[month]);
        mw * fetched * discount[month]
    }
}

impl Hall {
    fn new(proforma: Proforma, discount: &[f64]) -> Self {
        let months = proforma.revenue_usd.len();
        let mut npv_usd = 0.0;
        let mut taxable_usd = vec![0.0; months.div_ceil(12)];
        for m in 0..months {
            npv_usd += (proforma.prepayment_usd[m] + proforma.resale_usd[m]
                - proforma.capex_usd[m])
                * discount[m];
            let operating = proforma.revenue_usd[m] - proforma.power_usd[m] - proforma.opex_usd[m];
            npv_usd += (operating - proforma.prepayment_credit_usd[m]) * discount[m + 1];
            taxable_usd[m / 12] +=
                operating + proforma.resale_usd[m] - proforma.depreciation_usd[m];
        }
        // At the horizon GPUs are sold, a prepayment still owed is paid back, and whatever has not
        // been depreciated is written off.
        npv_usd +=
            (proforma.resale_at_horizon_usd - proforma.prepayment_left_usd) * discount[months];
        if let (Some(last), Some(basis)) = (taxable_usd.last_mut(), proforma.tax_basis_usd.last()) {
            *last += proforma.resale_at_horizon_usd - basis;
        }
        let mut capex_usd = 0.0;
        let cumulative_capex_usd = proforma
            .capex_usd
            .iter()
            .map(|usd| {
                capex_usd += usd;
                capex_usd
            })
            .collect();
        Self { proforma, npv_usd, taxable_usd, capex_usd, cumulative_capex_usd }
    }
}

/// Every hall that a course of this site can ask for.
fn hall_keys(site: &Site, offer: usize, months: usize) -> Vec<HallKey> {
    let offer = &site.offers[offer];
    let last = offer.last_quarter.min(months.saturating_sub(1) / 3);
    let mut keys: Vec<HallKey> =
        (offer.first_quarter..=last).map(|q| (q, RentCase::Contract)).collect();
    if let Some(signing) = offer.signing {
        let window_quarters = signing.window_months / 3;
        // Signed in quarter q means committing at the start of the next one.
        for quarter in 1..=window_quarters {
            if !keys.contains(&(quarter, RentCase::Contract)) {
                keys.push((quarter, RentCase::Contract));
            }
        }
        if signing.commit == crate::offer::Commit::OnSpec {
            for quarter in offer.first_quarter..=last {
                keys.extend((0..window_quarters).map(|s| (quarter, RentCase::SignedIn(s))));
                keys.push((quarter, RentCase::NeverSigned));
            }
        }
    }
    keys
}

/// How much of the contract a hall earns, and whether somebody signed for it.
pub(crate) fn rent_factor(offer: &Offer, case: RentCase) -> (RentFactor, bool) {
    match (case, offer.signing) {
        (RentCase::SignedIn(s), _) => (RentFactor { from_month: 3 * (s + 1), frac: 1.0 }, true),
        (RentCase::NeverSigned, Some(signing)) => {
            (RentFactor { from_month: signing.window_months, frac: signing.relet_frac }, false)
        }
        _ => (RentFactor::SIGNED, true),
    }
}

/// What a load of an offer pays for power by month, USD/MWh.
pub(crate) fn firm_usd_per_mwh(world: &World, prices: &[MonthPrices], offer: &Offer) -> Vec<f64> {
    let firm = |(m, month): (usize, &MonthPrices)| {
        month.firm_usd_per_mwh(offer.curtailable_frac) * world.path.power_index[m]
    };
    prices.iter().enumerate().map(firm).collect()
}

fn hall_proforma(
    site: &Site,
    index: usize,
    (quarter, case): HallKey,
    plan_months: &PlanMonths<'_>,
) -> Proforma {
    let offer = &site.offers[index];
    let (rent, signed) = rent_factor(offer, case);
    // Whoever takes a hall that nobody signed for pays nothing in advance.
    match &offer.deal {
        Deal::Colocation(lease) => {
            let lease = Lease { prepayment: lease.prepayment.filter(|_| signed), ..lease.clone() };
            lease_proforma(&lease, &offer.delivery, 3 * quarter, plan_months, &rent)
        }
        Deal::GpuCloud(cloud) => {
            let cloud =
                GpuCloud { prepayment: cloud.prepayment.filter(|_| signed), ..cloud.clone() };
            cloud_proforma(&cloud, &offer.delivery, 3 * quarter, plan_months, &rent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        course::{Exit, Limit},
        fixture::{colocation, site, unsigned, world},
        offer::Commit,
    };

    fn lease(quarter: usize, critical_mw: f64, rent: RentCase) -> Commitment {
        Commitment { offer: 0, critical_mw, quarter, rent }
    }

    #[test]
    fn both_ways_of_adding_up_agree() {
        let world = world(96);
        let mut offer = unsigned("a", Commit::OnSpec);
        offer.mining_during_build_frac = 0.4;
        let mut other = colocation("b");
        other.size.min_critical_mw = 10.0;
        let site = site(vec![offer, other]);
        let ledger = Ledger::new(&site, &world);
        let second =
            Commitment { offer: 1, critical_mw: 10.0, quarter: 0, rent: RentCase::Contract };
        for policy in &site.policies {
            for (commitments, exit) in [
                (vec![], None),
                (vec![lease(0, 50.0, RentCase::Contract)], None),
                (vec![lease(1, 125.0, RentCase::NeverSigned)], None),
                (vec![lease(2, 75.0, RentCase::SignedIn(2)), second], None),
                (vec![], Some(Exit { to: Use::Sale, quarter: 3 })),
                (vec![], Some(Exit { to: Use::Idle, quarter: 0 })),
            ] {
                let course = Course { policy: *policy, commitments, exit };
                let fast = ledger.npv_usd(&course).unwrap();
                let slow = ledger.flows(&course).unwrap().npv_usd(&world);
                assert!(
                    (fast - slow).abs() <= 1e-9 * slow.abs().max(1e6),
                    "{course:?}: {fast} {slow}"
                );
            }
        }
    }

    #[test]
    fn an_offer_takes_free_mw_first_and_then_the_worst_machines() {
        let world = world(60);
        let site = site(vec![colocation("a")]);
        let ledger = Ledger::new(&site, &world);
        // 100 critical are 140 gross; 90 of the 200 energised by then are free: 50 come from the
        // S19s, which are all of them.
        let course = Course {
            policy: MiningPolicy::RunOff,
            commitments: vec![lease(0, 100.0, RentCase::Contract)],
            exit: None,
        };
        let leaving = ledger.departures(&course).unwrap();
        assert_eq!(leaving[0], []);
        assert_eq!(leaving[1].len(), 1);
        assert_eq!(leaving[1][0].0, 0);
        assert!((leaving[1][0].1 - 50.0).abs() < 1e-9);
    }

    #[test]
    fn limits_are_named_with_both_sides() {
        let world = world(60);
        let mut small = site(vec![colocation("a")]);
        small.approved_gross_mw = 100.0;
        let ledger = Ledger::new(&small, &world);
        let course = Course {
            policy: MiningPolicy::RunOff,
            commitments: vec![lease(0, 100.0, RentCase::Contract)],
            exit: None,
        };
        let blocked = ledger.departures(&course).unwrap_err();
        assert_eq!(
            (blocked.limit, blocked.needed, blocked.available),
            (Limit::ApprovedMw, 140.0, 100.0)
        );
        let mut dark = site(vec![colocation("a")]);
        dark.energised = vec![(0, 120.0)];
        let ledger = Ledger::new(&dark, &world);
        let blocked = ledger.departures(&course).unwrap_err();
        assert_eq!(blocked.limit, Limit::EnergisedMw);
        assert!((blocked.available - 120.0).abs() < 1e-9);
    }

    #[test]
    fn values_of_uses_add_up() {
        let mut world = world(96);
        world.money.discount_rate_by_use = vec![(Use::Colocation, 0.08)];
        let site = site(vec![colocation("a")]);
        let ledger = Ledger::new(&site, &world);
        let course = Course {
            policy: MiningPolicy::Refresh,
            commitments: vec![lease(1, 75.0, RentCase::Contract)],
            exit: None,
        };
        let flows = ledger.flows(&course).unwrap();
        let sum: f64 = flows.uses.iter().map(|use_of_mw| use_of_mw.npv_usd(&world)).sum();
        let fast = ledger.npv_usd(&course).unwrap();
        assert!((sum - fast).abs() <= 1e-9 * fast.abs());
    }
}
