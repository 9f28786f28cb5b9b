//! What sites share: capital by date, tenants, regions, construction crews.

use programme::separable::ROOM;

use crate::{
    choice::{Choice, earliest_commitments},
    ledger::Ledger,
    portfolio::{Portfolio, TenantCap},
    world::World,
};

/// A limit that sites share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharedLimit {
    /// What is limited.
    pub kind: SharedKind,
    /// The most of it, in its own unit.
    pub upper: f64,
}

/// What a shared limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SharedKind {
    /// Capital spent up to the end of a plan month, USD. What is not spent carries over, so that the
    /// last month before each addition says all.
    Capital {
        /// The month.
        last_month: usize,
    },
    /// MW that a tenant takes, in the unit of its cap.
    Tenant {
        /// Index into the portfolio's tenants.
        tenant: usize,
    },
    /// Gross MW of offers in a region.
    Region {
        /// Index into the portfolio's regions.
        region: usize,
    },
    /// Gross MW under construction in a quarter.
    Crew {
        /// The quarter.
        quarter: usize,
    },
}

impl SharedKind {
    /// The key of the plan file that sets it, with the date where there are several.
    pub fn path(self, portfolio: &Portfolio, world: &World) -> String {
        match self {
            Self::Capital { last_month } => {
                format!("capital.available_usd up to {}", world.calendar(last_month))
            }
            Self::Tenant { tenant } => {
                let tenant = &portfolio.tenants[tenant];
                let unit = match tenant.cap {
                    TenantCap::GrossMw(_) => "gross",
                    TenantCap::CriticalMw(_) => "critical",
                };
                format!("tenant.{}.cap_{unit}_mw", tenant.id)
            }
            Self::Region { region } => {
                format!("region.{}.cap_gross_mw", portfolio.regions[region].id)
            }
            Self::Crew { quarter } => format!(
                "construction.gross_mw_max in {}",
                world.calendar(3 * quarter).quarter_label()
            ),
        }
    }

    /// Unit of the limit.
    pub fn unit(self, portfolio: &Portfolio) -> &'static str {
        match self {
            Self::Capital { .. } => "USD",
            Self::Tenant { tenant } => match portfolio.tenants[tenant].cap {
                TenantCap::GrossMw(_) => "gross MW",
                TenantCap::CriticalMw(_) => "critical MW",
            },
            Self::Region { .. } | Self::Crew { .. } => "gross MW",
        }
    }

    /// Whether it counts capital that comes in with a month.
    pub(crate) fn counts_from(self, month: usize) -> bool {
        matches!(self, Self::Capital { last_month } if last_month >= month)
    }

    /// Whether it counts capital.
    pub fn is_capital(self) -> bool {
        matches!(self, Self::Capital { .. })
    }
}

impl Portfolio {
    /// All limits that sites share, capital by date first.
    pub fn limits(&self, world: &World) -> Vec<SharedLimit> {
        let months = world.months();
        let mut limits = Vec::new();
        let mut available = 0.0;
        let mut additions = self.capital.iter().filter(|(from, _)| *from < months).peekable();
        if let Some((first, _)) = additions.peek()
            && *first > 0
        {
            let kind = SharedKind::Capital { last_month: first - 1 };
            limits.push(SharedLimit { kind, upper: 0.0 });
        }
        if additions.peek().is_none() && !self.capital.is_empty() {
            let kind = SharedKind::Capital { last_month: months - 1 };
            limits.push(SharedLimit { kind, upper: 0.0 });
        }
        while let Some((_, usd)) = additions.next() {
            available += usd;
            let last_month = additions.peek().map_or(months, |(next, _)| *next) - 1;
            let kind = SharedKind::Capital { last_month };
            limits.push(SharedLimit { kind, upper: available });
        }
        for (tenant, of) in self.tenants.iter().enumerate() {
            limits.push(SharedLimit { kind: SharedKind::Tenant { tenant }, upper: of.cap.mw() });
        }
        for (region, of) in self.regions.iter().enumerate() {
            let kind = SharedKind::Region { region };
            limits.push(SharedLimit { kind, upper: of.cap_gross_mw });
        }
        if !self.crews.is_empty() {
            for quarter in 0..months.div_ceil(3) {
                let in_force = |month: usize| {
                    let step = self.crews.iter().rev().find(|(from, _)| *from <= month);
                    step.map_or(f64::INFINITY, |(_, mw)| *mw)
                };
                let upper =
                    (3 * quarter..3 * quarter + 3).map(in_force).fold(f64::INFINITY, f64::min);
                if upper.is_finite() {
                    limits.push(SharedLimit { kind: SharedKind::Crew { quarter }, upper });
                }
            }
        }
        limits
    }

    /// What a choice at a site takes of each limit: capital and crews on the dates of its earliest
    /// commitments, the MW of its offers whether they are signed already or not.
    pub(crate) fn usage(
        &self,
        limits: &[SharedLimit],
        site: usize,
        ledger: &Ledger<'_>,
        choice: &Choice,
    ) -> Vec<(usize, f64)> {
        if choice.picks.is_empty() {
            return Vec::new();
        }
        let commitments = earliest_commitments(choice);
        let offers = &ledger.site.offers;
        let mut usage = Vec::new();
        for (k, limit) in limits.iter().enumerate() {
            let taken: f64 = commitments
                .iter()
                .map(|commitment| {
                    let offer = &offers[commitment.offer];
                    let gross_mw = offer.gross_mw(commitment.critical_mw);
                    match limit.kind {
                        SharedKind::Capital { last_month } => {
                            let hall = ledger.hall(commitment);
                            hall.map_or(0.0, |hall| {
                                commitment.critical_mw * hall.cumulative_capex_usd[last_month]
                            })
                        }
                        SharedKind::Tenant { tenant } if offer.tenant == Some(tenant) => {
                            match self.tenants[tenant].cap {
                                TenantCap::GrossMw(_) => gross_mw,
                                TenantCap::CriticalMw(_) => commitment.critical_mw,
                            }
                        }
                        SharedKind::Region { region }
                            if self.regions[region].sites.contains(&site) =>
                        {
                            gross_mw
                        }
                        SharedKind::Crew { quarter } => {
                            let (commit, in_service) = ledger.site.dates(commitment);
                            let builds = commit < 3 * quarter + 3 && in_service > 3 * quarter;
                            if builds { gross_mw } else { 0.0 }
                        }
                        SharedKind::Tenant { .. } | SharedKind::Region { .. } => 0.0,
                    }
                })
                .sum();
            if taken != 0.0 {
                usage.push((k, taken));
            }
        }
        usage
    }
}

/// What is left of the shared limits for one site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Room {
    pub(crate) limits: Vec<SharedLimit>,
    /// What the other sites leave of each.
    pub(crate) left: Vec<f64>,
}

impl Room {
    /// Whether a choice fits into the room.
    pub(crate) fn holds(
        &self,
        portfolio: &Portfolio,
        site: usize,
        ledger: &Ledger<'_>,
        choice: &Choice,
    ) -> bool {
        let usage = portfolio.usage(&self.limits, site, ledger, choice);
        usage.iter().all(|&(limit, amount)| {
            amount <= self.left[limit] + ROOM * (1.0 + self.limits[limit].upper.abs())
        })
    }
}
