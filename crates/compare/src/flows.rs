//! Cash flows by use, month by month: what a plan's value is made of.

use crate::{offer::Use, world::World};

/// Cash flow of one use at a site.
///
/// # Shapes
/// `[months + 1]`, entry `t` = `t` months after the valuation date. What falls at the start of
/// month `m` stands at `m`, what is paid at its end at `m + 1`. Receipts are positive.
#[derive(Clone, Debug, PartialEq)]
pub struct CashFlow {
    /// The use.
    pub use_of_mw: Use,
    /// Index into the site's offers, if the use comes from one.
    pub offer: Option<usize>,
    /// Capital put in, USD.
    pub capex_usd: Vec<f64>,
    /// Mining margin, or revenue less power and operating cost, USD.
    pub operating_usd: Vec<f64>,
    /// Resale of machines and GPUs, sale of the site, prepayments and their credit, USD.
    pub other_usd: Vec<f64>,
    /// Income tax, USD; of an offer, what it adds to the site's tax.
    pub tax_usd: Vec<f64>,
    /// Gross MW in this use during month `m`; the last entry is 0.
    pub gross_mw: Vec<f64>,
}

/// Cash flows of a site, mining first.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteFlows {
    /// One entry a use and offer.
    pub uses: Vec<CashFlow>,
}

impl CashFlow {
    pub(crate) fn new(use_of_mw: Use, offer: Option<usize>, months: usize) -> Self {
        let zeros = || vec![0.0; months + 1];
        Self {
            use_of_mw,
            offer,
            capex_usd: zeros(),
            operating_usd: zeros(),
            other_usd: zeros(),
            tax_usd: zeros(),
            gross_mw: zeros(),
        }
    }

    /// Net flow at each time, USD.
    pub fn net_usd(&self) -> Vec<f64> {
        (0..self.capex_usd.len())
            .map(|t| {
                self.capex_usd[t] + self.operating_usd[t] + self.other_usd[t] + self.tax_usd[t]
            })
            .collect()
    }

    /// Value at the rate of the use, USD.
    pub fn npv_usd(&self, world: &World) -> f64 {
        // A sale ends mining: it is worth what mining's rate says.
        let rate_of = match self.use_of_mw {
            Use::Idle | Use::Sale => Use::Mining,
            other => other,
        };
        finance::npv_monthly_usd(&self.net_usd(), world.money.discount_rate_frac(rate_of))
    }

    /// Adds `weight` times another flow of the same use.
    fn add(&mut self, other: &Self, weight: f64) {
        for (mine, theirs) in [
            (&mut self.capex_usd, &other.capex_usd),
            (&mut self.operating_usd, &other.operating_usd),
            (&mut self.other_usd, &other.other_usd),
            (&mut self.tax_usd, &other.tax_usd),
            (&mut self.gross_mw, &other.gross_mw),
        ] {
            for (a, b) in mine.iter_mut().zip(theirs) {
                *a += weight * b;
            }
        }
    }
}

impl SiteFlows {
    /// Value of all uses, USD.
    pub fn npv_usd(&self, world: &World) -> f64 {
        self.uses.iter().map(|flow| flow.npv_usd(world)).sum()
    }

    /// Net flow of the site at each time, USD.
    pub fn net_usd(&self) -> Vec<f64> {
        let mut net = Vec::new();
        for flow in &self.uses {
            let of_use = flow.net_usd();
            net.resize(of_use.len(), 0.0);
            for (sum, usd) in net.iter_mut().zip(of_use) {
                *sum += usd;
            }
        }
        net
    }

    /// The expectation over courses of events.
    pub(crate) fn expected(courses: &[(f64, Self)]) -> Self {
        let mut uses: Vec<CashFlow> = Vec::new();
        for (probability, flows) in courses {
            for flow in &flows.uses {
                let same =
                    |f: &&mut CashFlow| f.use_of_mw == flow.use_of_mw && f.offer == flow.offer;
                if let Some(sum) = uses.iter_mut().find(same) {
                    sum.add(flow, *probability);
                } else {
                    let mut sum =
                        CashFlow::new(flow.use_of_mw, flow.offer, flow.capex_usd.len() - 1);
                    sum.add(flow, *probability);
                    uses.push(sum);
                }
            }
        }
        uses.sort_by_key(|flow| (flow.offer.is_some(), flow.offer, flow.use_of_mw));
        Self { uses }
    }
}
