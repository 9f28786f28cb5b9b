//! An offer for high-performance computing: what was agreed, how much, when, and how sure it is.

use hpcrev::{Delivery, GpuCloud, Lease};

/// An offer made for a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Id by which the plan file names it.
    pub id: String,
    /// The contract.
    pub deal: Deal,
    /// The tenant, as an index into the plan's tenants.
    pub tenant: Option<usize>,
    /// At most one offer of a group is taken.
    pub group: Option<String>,
    /// Whether it has to be taken.
    pub must: bool,
    /// Sizes in which it can be taken.
    pub size: Blocks,
    /// Gross MW for one critical MW.
    pub gross_per_critical: f64,
    /// What it costs to build, and how long.
    pub delivery: Delivery,
    /// Share of the displaced machines that goes on mining until the hall is in service.
    pub mining_during_build_frac: f64,
    /// First quarter (from 0) at whose start one may commit.
    pub first_quarter: usize,
    /// Last quarter at whose start one may commit.
    pub last_quarter: usize,
    /// How the contract comes to be signed; `None` if it is signed already.
    pub signing: Option<Signing>,
    /// Share of its load that may be curtailed.
    pub curtailable_frac: f64,
}

/// The contract behind an offer.
#[derive(Clone, Debug, PartialEq)]
pub enum Deal {
    /// The tenant leases critical MW.
    Colocation(Lease),
    /// The owner runs GPUs of his own.
    GpuCloud(GpuCloud),
}

/// Critical MW from `min` to `max` in steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blocks {
    /// Smallest size in critical MW.
    pub min_critical_mw: f64,
    /// Step between sizes in critical MW; positive.
    pub step_critical_mw: f64,
    /// Largest size in critical MW.
    pub max_critical_mw: f64,
}

impl Blocks {
    /// All sizes, smallest first, in critical MW.
    pub fn sizes_critical_mw(&self) -> Vec<f64> {
        // A hair of slack so that 50 + 3 x 25 still counts as 125 after rounding.
        let steps = ((self.max_critical_mw - self.min_critical_mw) / self.step_critical_mw + 1e-9)
            .floor()
            .max(0.0);
        let mut sizes = Vec::new();
        let mut step = 0.0;
        while step <= steps {
            sizes.push(self.min_critical_mw + step * self.step_critical_mw);
            step += 1.0;
        }
        sizes
    }
}

/// How an unsigned offer may come to be signed: a constant hazard within a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signing {
    /// Probability that it is signed within the window.
    pub probability_frac: f64,
    /// Length of the window in months, a multiple of 3.
    pub window_months: usize,
    /// Whether one builds before or after the signature.
    pub commit: Commit,
    /// Share of the contract's revenue that a hall built on speculation earns if nobody signs.
    pub relet_frac: f64,
}

/// When one commits to an unsigned offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Signed in quarter `q`: commit at the start of `q + 1`. Mining goes on while waiting.
    AfterSign,
    /// Commit when it looks best, signed or not.
    OnSpec,
}

/// The uses of a megawatt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// Keep mining.
    Mining,
    /// Lease to a tenant.
    Colocation,
    /// Run a GPU cloud.
    GpuCloud,
    /// Stand still.
    Idle,
    /// Sell the site.
    Sale,
}

impl Use {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mining => "mining",
            Self::Colocation => "colocation",
            Self::GpuCloud => "gpu_cloud",
            Self::Idle => "idle",
            Self::Sale => "sale",
        }
    }
}

impl Deal {
    /// The use that this contract makes of the MW.
    pub const fn use_of_mw(&self) -> Use {
        match self {
            Self::Colocation(_) => Use::Colocation,
            Self::GpuCloud(_) => Use::GpuCloud,
        }
    }
}

impl Offer {
    /// Gross MW taken by a size in critical MW.
    pub fn gross_mw(&self, critical_mw: f64) -> f64 {
        hpcrev::chain::gross_mw(critical_mw, self.gross_per_critical)
    }
}
