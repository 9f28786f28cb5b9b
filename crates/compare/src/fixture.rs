//! A small site and world for the unit tests of this crate.

use hashcost::projection::{DEFAULT_TREND, Line, Start, project};
use hpcrev::{Delivery, Lease, LeaseType};
use power::Tariff;
use units::CalendarMonth;

use crate::{
    offer::{Blocks, Commit, Deal, Offer, Signing},
    site::{MachineClass, MachineMarket, MiningPolicy, Sale, Site},
    world::{Money, World},
};

/// A trend world over `months` from December 2026.
pub(crate) fn world(months: usize) -> World {
    let start = Start {
        month: CalendarMonth::new(2026, 12).unwrap(),
        height: 978_000,
        difficulty: 135.0e12,
        fees_btc_per_block: 0.02,
        price_usd_per_btc: 84_714.0,
    };
    World {
        answers: None,
        path: project(&start, &Line::Trend(DEFAULT_TREND), months).unwrap(),
        pool_fee_frac: 0.005,
        market: MachineMarket {
            bands: vec![(14.0, 18.0), (19.0, 6.0), (25.0, 3.0), (38.0, 1.0)],
            decline_frac: 0.3,
            new_j_per_th: 13.5,
            new_usd_per_th: 18.0,
            refresh_payback_months: 24.0,
            tax_life_months: 48,
            new_life_months: 60,
        },
        money: Money {
            discount_rate_frac: 0.12,
            discount_rate_by_use: Vec::new(),
            tax_rate_frac: 0.21,
        },
    }
}

/// Machines that draw about `mw` gross at an overhead of 1.05.
pub(crate) fn class(name: &str, th_per_s: f64, power_w: f64, mw: f64) -> MachineClass {
    MachineClass {
        name: name.to_owned(),
        units: mw * 1e6 / (power_w * 1.05),
        th_per_s,
        power_w,
        uptime_frac: 0.95,
        variable_usd_per_th_day: 0.002,
        fixed_usd_per_th_day: 0.001,
        credits_usd_per_th_day: 0.0,
        life_months: 60,
        age_months: 12,
        tax_basis_usd: 1e6,
        ladder: Vec::new(),
        committed: None,
    }
}

/// A lease offer of 50 to 125 critical MW, signed already.
pub(crate) fn colocation(id: &str) -> Offer {
    Offer {
        id: id.to_owned(),
        deal: Deal::Colocation(Lease {
            lease_type: LeaseType::ModifiedGross,
            opex_usd_per_critical_mw_year: 300_000.0,
            opex_growth_frac: 0.03,
            ..Lease::plain(130.0, 0.03, 120)
        }),
        tenant: None,
        group: None,
        must: false,
        size: Blocks { min_critical_mw: 50.0, step_critical_mw: 25.0, max_critical_mw: 125.0 },
        gross_per_critical: 1.4,
        delivery: Delivery {
            capex_usd_per_critical_mw: 8e6,
            months_to_deliver: 14,
            schedule: None,
            hall_life_months: 180,
        },
        mining_during_build_frac: 0.0,
        first_quarter: 0,
        last_quarter: 3,
        signing: None,
        curtailable_frac: 0.0,
    }
}

/// The same, not yet signed.
pub(crate) fn unsigned(id: &str, commit: Commit) -> Offer {
    let signing = Signing { probability_frac: 0.5, window_months: 9, commit, relet_frac: 0.6 };
    Offer { signing: Some(signing), ..colocation(id) }
}

/// 200 MW approved, 120 energised at once and the rest in month 7; two classes on 110 MW.
pub(crate) fn site(offers: Vec<Offer>) -> Site {
    Site {
        id: "cedar-fork".to_owned(),
        name: "Cedar Fork".to_owned(),
        approved_gross_mw: 200.0,
        energised: vec![(0, 120.0), (7, 200.0)],
        mining_overhead: 1.05,
        contract: Tariff::Flat { usd_per_mwh: 46.0 }.into(),
        machines: vec![class("S21", 200.0, 3_500.0, 60.0), class("S19", 100.0, 2_950.0, 50.0)],
        policies: vec![MiningPolicy::RunOff, MiningPolicy::Refresh, MiningPolicy::HoldShare],
        offers,
        sale: Some(Sale { usd_per_gross_mw: 200_000.0, last_quarter: 4 }),
        curtailable_min_frac: 0.0,
    }
}
