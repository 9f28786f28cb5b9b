//! The lender case: the same site as somebody sees it who only gets his money back.

use crate::course::{Blocked, Course};
use crate::flows::SiteFlows;
use crate::ledger::Ledger;
use crate::offer::{Deal, Offer};
use crate::site::Site;
use crate::world::World;

/// How much worse a lender expects things to go than the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LenderCase {
    /// Months by which halls come into service later.
    pub delay_months: usize,
    /// What halls and GPUs cost, as a multiple of the plan.
    pub capex_factor: f64,
    /// Share of the spot sales of a GPU cloud that is counted.
    pub spot_frac: f64,
    /// Whether renewals at the tenant's option are counted.
    pub renewals: bool,
}

impl Default for LenderCase {
    /// Six months late, 10 % dearer, no spot sales, no renewals.
    fn default() -> Self {
        Self { delay_months: 6, capex_factor: 1.1, spot_frac: 0.0, renewals: false }
    }
}

impl LenderCase {
    /// A site whose offers go as a lender expects.
    pub fn site(&self, site: &Site) -> Site {
        let offers = site.offers.iter().map(|offer| self.offer(offer)).collect();
        Site { offers, ..site.clone() }
    }

    /// What a course of events at a site looks like to a lender, month by month.
    ///
    /// # Errors
    /// The first limit that the course runs into: a hall that comes later may miss the horizon.
    pub fn flows(&self, site: &Site, world: &World, course: &Course) -> Result<SiteFlows, Blocked> {
        Ledger::new(&self.site(site), world).flows(course)
    }

    /// An offer that goes as a lender expects: capital is spent in the months in which the plan
    /// spends it, service begins later.
    pub fn offer(&self, offer: &Offer) -> Offer {
        let mut offer = offer.clone();
        let delivery = &mut offer.delivery;
        delivery.capex_usd_per_critical_mw *= self.capex_factor;
        if self.delay_months > 0 {
            let building = delivery.months_to_deliver.max(1);
            let mut parts =
                delivery.schedule.take().unwrap_or_else(|| vec![1.0 / building as f64; building]);
            delivery.months_to_deliver += self.delay_months;
            parts.resize(delivery.months_to_deliver, 0.0);
            delivery.schedule = Some(parts);
        }
        match &mut offer.deal {
            Deal::Colocation(lease) => {
                if !self.renewals {
                    lease.renewals_months.clear();
                }
            }
            Deal::GpuCloud(cloud) => {
                cloud.utilisation_frac *= self.spot_frac;
                cloud.gpu_capex_usd_per_gpu *= self.capex_factor;
            }
        }
        offer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{Commitment, RentCase};
    use crate::financing::ProjectFlows;
    use crate::fixture::{colocation, site, world};
    use crate::site::MiningPolicy;

    #[test]
    fn a_lender_sees_the_hall_later_and_dearer() {
        let mut offer = colocation("a");
        if let Deal::Colocation(lease) = &mut offer.deal {
            lease.renewals_months = vec![60];
        }
        let seen = LenderCase::default().site(&site(vec![offer.clone()])).offers.remove(0);
        assert_eq!(seen.delivery.months_to_deliver, 20);
        assert!((seen.delivery.capex_usd_per_critical_mw - 8.8e6).abs() < 1e-6);
        let parts = seen.delivery.schedule.clone().unwrap_or_default();
        assert_eq!((parts.len(), parts[13], parts[14]), (20, 1.0 / 14.0, 0.0));
        assert!(matches!(&seen.deal, Deal::Colocation(lease) if lease.renewals_months.is_empty()));
        seen.delivery.validate().unwrap();
        let same =
            LenderCase { delay_months: 0, capex_factor: 1.0, spot_frac: 1.0, renewals: true };
        assert_eq!(same.offer(&offer), offer);
    }

    #[test]
    fn a_course_costs_more_and_earns_later() {
        let (site, world) = (site(vec![colocation("a")]), world(180));
        let rent = RentCase::Contract;
        let commitment = Commitment { offer: 0, critical_mw: 50.0, quarter: 1, rent };
        let course =
            Course { policy: MiningPolicy::RunOff, commitments: vec![commitment], exit: None };
        let of = |case: LenderCase| {
            let flows = case.flows(&site, &world, &course).unwrap();
            ProjectFlows::of_sites([&flows], 180).halls
        };
        let plan = LenderCase { delay_months: 0, capex_factor: 1.0, ..LenderCase::default() };
        let (base, lender) = (of(plan), of(LenderCase::default()));
        let first = |usd: &[f64]| usd.iter().position(|usd| *usd != 0.0).unwrap();
        assert_eq!((first(&base.capex_usd), first(&lender.capex_usd)), (3, 3));
        assert_eq!((first(&base.operating_usd), first(&lender.operating_usd)), (18, 24));
        let spent = |usd: &[f64]| usd.iter().sum::<f64>();
        let ratio = spent(&lender.capex_usd) / spent(&base.capex_usd);
        assert!((ratio - 1.1).abs() < 1e-12, "{ratio}");
        assert!((spent(&base.capex_usd) + 400e6).abs() < 1e-3);
    }
}
