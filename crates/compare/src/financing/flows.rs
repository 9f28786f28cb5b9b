//! A plan's flows as its lenders see them: what is built, what it earns, and what is neither.

use crate::flows::{CashFlow, SiteFlows};
use crate::offer::Use;

/// What a loan pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Halls that are leased.
    Halls,
    /// GPU clouds, hall and machines.
    Gpus,
}

/// Flows of one kind of business.
///
/// # Shapes
/// `[months + 1]`, entry `t` = `t` months after the valuation date; receipts are positive.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flows {
    /// Capital put in, USD.
    pub capex_usd: Vec<f64>,
    /// Cash from operation before tax, USD.
    pub operating_usd: Vec<f64>,
    /// Customers' prepayments and their credit, USD.
    pub prepayment_usd: Vec<f64>,
    /// Resale and sale, USD.
    pub other_usd: Vec<f64>,
    /// Income tax without any financing, USD.
    pub tax_usd: Vec<f64>,
}

impl Flows {
    fn zero(months: usize) -> Self {
        let zeros = || vec![0.0; months + 1];
        Self {
            capex_usd: zeros(),
            operating_usd: zeros(),
            prepayment_usd: zeros(),
            other_usd: zeros(),
            tax_usd: zeros(),
        }
    }

    fn columns(&self) -> [&Vec<f64>; 5] {
        [&self.capex_usd, &self.operating_usd, &self.prepayment_usd, &self.other_usd, &self.tax_usd]
    }

    /// Adds the flows of a use. What a lease brings beside rent is its prepayment. A GPU cloud's
    /// prepayment is what comes before its first month of operation, and its credit what is paid
    /// after; what comes after is resale.
    fn add(&mut self, flow: &CashFlow) {
        let first = flow.operating_usd.iter().position(|usd| *usd != 0.0).unwrap_or(usize::MAX);
        for t in 0..flow.capex_usd.len() {
            self.capex_usd[t] += flow.capex_usd[t];
            self.operating_usd[t] += flow.operating_usd[t];
            self.tax_usd[t] += flow.tax_usd[t];
            let usd = flow.other_usd[t];
            let prepaid = match flow.use_of_mw {
                Use::Colocation => true,
                Use::GpuCloud => t < first || usd < 0.0,
                Use::Mining | Use::Idle | Use::Sale => false,
            };
            *(if prepaid { &mut self.prepayment_usd[t] } else { &mut self.other_usd[t] }) += usd;
        }
    }

    /// Cash that can serve debt in a month, USD: operation before tax less what is credited back to
    /// customers.
    pub fn cash_flow_usd(&self, t: usize) -> f64 {
        self.operating_usd[t] + self.prepayment_usd[t].min(0.0)
    }
}

/// Flows of a plan by kind of business, before any financing.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectFlows {
    /// Mining, and what ends it.
    pub mining: Flows,
    /// Leased halls.
    pub halls: Flows,
    /// GPU clouds.
    pub gpus: Flows,
}

impl ProjectFlows {
    /// No flows over so many months.
    pub fn zero(months: usize) -> Self {
        let zero = || Flows::zero(months);
        Self { mining: zero(), halls: zero(), gpus: zero() }
    }

    /// The flows of some sites together, over so many months.
    pub fn of_sites<'a>(sites: impl IntoIterator<Item = &'a SiteFlows>, months: usize) -> Self {
        let mut sum = Self::zero(months);
        for flow in sites.into_iter().flat_map(|site| &site.uses) {
            match flow.use_of_mw {
                Use::Mining | Use::Idle | Use::Sale => sum.mining.add(flow),
                Use::Colocation => sum.halls.add(flow),
                Use::GpuCloud => sum.gpus.add(flow),
            }
        }
        sum
    }

    /// Months from the valuation date to the horizon.
    pub fn months(&self) -> usize {
        self.mining.capex_usd.len().saturating_sub(1)
    }

    /// The flows that a loan looks at.
    pub const fn of(&self, basis: Basis) -> &Flows {
        match basis {
            Basis::Halls => &self.halls,
            Basis::Gpus => &self.gpus,
        }
    }

    /// All kinds of business.
    pub(crate) const fn all(&self) -> [&Flows; 3] {
        [&self.mining, &self.halls, &self.gpus]
    }

    /// Sum of one column over all kinds of business in a month, USD.
    pub(crate) fn sum(&self, t: usize, column: impl Fn(&Flows) -> &Vec<f64>) -> f64 {
        self.all().iter().map(|flows| column(flows)[t]).sum()
    }

    /// Net flow of the project after its own tax at each time, USD.
    pub fn net_usd(&self) -> Vec<f64> {
        let of = |t: usize| {
            self.all().iter().flat_map(|flows| flows.columns()).map(|column| column[t]).sum()
        };
        (0..=self.months()).map(of).collect()
    }
}
