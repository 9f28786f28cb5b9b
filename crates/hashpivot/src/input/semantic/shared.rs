//! What sites share: capital, tenants, regions, construction crews.

use units::{Code, Violation};

use super::Judge;
use crate::facts;

impl Judge<'_> {
    pub(super) fn capital(&mut self) {
        let Some(capital) = &self.plan.capital else { return };
        let path = "capital.available_usd";
        self.rising(path, capital.available_usd.iter().map(|entry| entry.from), "from");
        for (index, entry) in capital.available_usd.iter().enumerate() {
            self.not_before_valuation(format!("{path}[{index}].from"), entry.from);
        }
    }

    pub(super) fn construction(&mut self) {
        let Some(construction) = &self.plan.construction else { return };
        let path = "construction.gross_mw_max";
        self.rising(path, construction.gross_mw_max.iter().map(|entry| entry.from), "from");
        for (index, entry) in construction.gross_mw_max.iter().enumerate() {
            self.not_before_valuation(format!("{path}[{index}].from"), entry.from);
        }
    }

    pub(super) fn regions(&mut self) {
        for region in &self.plan.region {
            let path = format!("region.{}.sites", region.id);
            for (index, site) in region.sites.iter().enumerate() {
                let path = format!("{path}[{index}]");
                let known = || self.plan.site.iter().map(|s| s.id.0.as_str());
                if region.sites[..index].contains(site) {
                    let violation =
                        self.about(Code::Duplicate, path).allowed("a site may stand once");
                    self.fault(violation);
                } else if known().all(|id| id != site.0) {
                    let nearest = facts::nearest(&site.0, known()).join(", ");
                    let violation = self
                        .about(Code::UnknownReference, path)
                        .allowed("must be the id of a [[site]]")
                        .hint(format!("nearest are {nearest}"));
                    self.fault(violation);
                }
            }
        }
    }

    pub(super) fn tenants(&mut self) {
        for tenant in &self.plan.tenant {
            let path = format!("tenant.{}", tenant.id);
            match (tenant.cap_gross_mw, tenant.cap_critical_mw) {
                (Some(_), Some(_)) => {
                    let violation = self
                        .about(Code::Conflict, format!("{path}.cap_critical_mw"))
                        .allowed("give cap_gross_mw or cap_critical_mw, not both")
                        .hint("state the cap in the unit in which the tenant states it");
                    self.fault(violation);
                }
                (None, None) => {
                    let violation = Violation::new(Code::Missing, format!("{path}.cap_gross_mw"))
                        .allowed("give cap_gross_mw or cap_critical_mw");
                    self.fault(violation);
                }
                _ => {}
            }
        }
    }
}
