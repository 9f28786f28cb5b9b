//! What the plans of all sites are worth together as a function of one thing that they share.
//!
//! If plans could be mixed, the value is concave in every limit and straight between kinks; its slopes
//! are the prices of the limit. With whole plans it is a staircase under that line.

use programme::separable::{Menu, Separable, Tries};

use crate::{
    Error,
    limits::SharedKind,
    portfolio::{PROVEN_GAP_FRAC, Portfolio, Shared},
};

/// Something shared of which there might be more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    /// An addition of capital, by index: more of it is there from its month on.
    Capital(usize),
    /// A tenant's cap.
    Tenant(usize),
    /// A region's cap.
    Region(usize),
    /// An entry of the crews, by index: while it is in force.
    Crew(usize),
}

impl Knob {
    /// Everything that the sites of a portfolio share.
    pub fn all(portfolio: &Portfolio) -> Vec<Self> {
        let capital = (0..portfolio.capital.len()).map(Self::Capital);
        let tenants = (0..portfolio.tenants.len()).map(Self::Tenant);
        let regions = (0..portfolio.regions.len()).map(Self::Region);
        let crews = (0..portfolio.crews.len()).map(Self::Crew);
        capital.chain(tenants).chain(regions).chain(crews).collect()
    }

    /// How much of it there is, in USD or MW.
    pub fn amount(self, portfolio: &Portfolio) -> f64 {
        match self {
            Self::Capital(entry) => portfolio.capital[entry].1,
            Self::Tenant(tenant) => portfolio.tenants[tenant].cap.mw(),
            Self::Region(region) => portfolio.regions[region].cap_gross_mw,
            Self::Crew(entry) => portfolio.crews[entry].1,
        }
    }

    /// A step that people think in: a million dollars or a megawatt.
    pub const fn step(self) -> f64 {
        match self {
            Self::Capital(_) => 1e6,
            Self::Tenant(_) | Self::Region(_) | Self::Crew(_) => 1.0,
        }
    }

    /// Whether more of it moves a limit.
    pub(crate) fn moves(self, portfolio: &Portfolio, kind: SharedKind) -> bool {
        match (self, kind) {
            (Self::Capital(entry), SharedKind::Capital { last_month }) => {
                portfolio.capital[entry].0 <= last_month
            }
            (Self::Tenant(of), SharedKind::Tenant { tenant }) => of == tenant,
            (Self::Region(of), SharedKind::Region { region }) => of == region,
            (Self::Crew(entry), SharedKind::Crew { quarter }) => {
                let from = portfolio.crews[entry].0;
                let until = portfolio.crews.get(entry + 1).map_or(usize::MAX, |next| next.0);
                from < 3 * quarter + 3 && until > 3 * quarter
            }
            _ => false,
        }
    }
}

/// How value answers to one thing that is shared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// What is moved.
    pub knob: Knob,
    /// How much of it there is, in USD or MW.
    pub knob_amount: f64,
    /// What one unit less would cost if plans could be mixed, USD; `None` at 0 and where the demands
    /// do not fit then.
    pub left_usd: Option<f64>,
    /// What one unit more would bring if plans could be mixed, USD.
    pub right_usd: f64,
    /// Amount down to which the slope on the left holds.
    pub left_until_amount: f64,
    /// Amount up to which the slope on the right holds; `None`: as far as was looked, to ten times
    /// the amount.
    pub right_until_amount: Option<f64>,
    /// What one step ([`Knob::step`]) more does bring with whole plans, USD.
    pub step_more_usd: f64,
    /// What one step less does cost with whole plans, USD; `None` where that cannot be done.
    pub step_less_usd: Option<f64>,
}

/// Value and slope at one amount.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tangent {
    amount: f64,
    usd: f64,
    slope: f64,
}

impl Tangent {
    /// Value on the tangent at another amount.
    fn at(self, amount: f64) -> f64 {
        self.usd + self.slope * (amount - self.amount)
    }

    /// Where two tangents meet.
    fn meets(self, other: Self) -> f64 {
        let slopes = self.slope - other.slope;
        if slopes.abs() <= SAME_SLOPE_FRAC * self.slope.abs().max(other.slope.abs()) {
            return f64::NAN;
        }
        (other.usd - self.usd + self.slope * self.amount - other.slope * other.amount) / slopes
    }
}

/// Slopes that differ by less than this share are the same.
const SAME_SLOPE_FRAC: f64 = 1e-6;
/// Values that differ by less than this share are the same.
const SAME_USD_FRAC: f64 = 1e-8;
/// Distance from the amount at which slopes are read, as a share of it: past a kink.
const BESIDE_FRAC: f64 = 1e-5;
/// Corners nearer than this share of the range are one.
const BESIDE_CORNER_FRAC: f64 = 1e-4;
/// Most tangents on the way to a kink.
const MOST_TANGENTS: usize = 40;
/// How far is looked, as a multiple of the amount.
const FARTHEST: f64 = 10.0;

impl Shared<'_> {
    /// The sites' plans with another amount of something shared.
    pub(crate) fn with_amount(&self, knob: Knob, amount: f64) -> Separable<Menu<usize>> {
        let mut separable = self.separable.clone();
        let more = amount - knob.amount(self.portfolio);
        for (limit, of) in separable.limits.iter_mut().zip(&self.limits) {
            if knob.moves(self.portfolio, of.kind) {
                limit.upper += more;
            }
        }
        separable
    }

    /// Value and slope if plans could be mixed; `None` if the demands do not fit.
    fn tangent(&self, knob: Knob, amount: f64) -> Result<Option<Tangent>, Error> {
        let mixed = self.with_amount(knob, amount).mixed(&Tries::default())?;
        Ok(mixed.map(|mixed| {
            let prices = mixed.prices.iter().zip(&self.limits);
            let slope = prices
                .filter(|(_, limit)| knob.moves(self.portfolio, limit.kind))
                .fold(0.0, |sum, (price, _)| sum + price);
            Tangent { amount, usd: mixed.value, slope }
        }))
    }

    /// Value with whole plans; `None` if the demands do not fit.
    pub(crate) fn whole_usd(&self, knob: Knob, amount: f64) -> Result<Option<f64>, Error> {
        let tries = Tries { gap_frac: PROVEN_GAP_FRAC, ..Tries::default() };
        Ok(self.with_amount(knob, amount).solve(&tries)?.map(|found| found.value))
    }

    /// Slopes of the value at today's amount.
    pub(crate) fn slope(&self, knob: Knob, whole_usd: f64) -> Result<Slope, Error> {
        let amount = knob.amount(self.portfolio);
        let beside = BESIDE_FRAC * amount.max(knob.step());
        let none = Tangent { amount, usd: whole_usd, slope: 0.0 };
        let right = self.tangent(knob, amount + beside)?.unwrap_or(none);
        let left = if amount > beside { self.tangent(knob, amount - beside)? } else { None };
        let farthest = FARTHEST * amount.max(knob.step());
        let far = self.tangent(knob, farthest)?.unwrap_or(none);
        let right_until = self.kink_between(knob, right, far)?;
        let left_until = match left {
            None => amount,
            Some(left) => {
                // Towards nothing, as far as the demands fit.
                let least = self.tangent(knob, 0.0)?;
                let kink = match least {
                    Some(least) => self.kink_between(knob, left, least)?,
                    None => None,
                };
                kink.unwrap_or(0.0)
            }
        };
        let step = knob.step();
        let more = self.whole_usd(knob, amount + step)?.unwrap_or(whole_usd);
        let less = if amount >= step { self.whole_usd(knob, amount - step)? } else { None };
        Ok(Slope {
            knob,
            knob_amount: amount,
            left_usd: left.map(|tangent| tangent.slope),
            right_usd: right.slope,
            left_until_amount: left_until,
            right_until_amount: right_until,
            step_more_usd: more - whole_usd,
            step_less_usd: less.map(|less| whole_usd - less),
        })
    }

    /// The first amount on the way from one tangent to another at which the value leaves the first;
    /// `None` if it does not.
    fn kink_between(&self, knob: Knob, from: Tangent, to: Tangent) -> Result<Option<f64>, Error> {
        let mut to = to;
        for _ in 0..MOST_TANGENTS {
            let amount = from.meets(to);
            // The same line, or what is left of it to rounding.
            let between =
                amount > from.amount.min(to.amount) && amount < from.amount.max(to.amount);
            if amount.is_nan() {
                return Ok(None);
            }
            if !between {
                return Ok(Some(
                    amount.clamp(from.amount.min(to.amount), from.amount.max(to.amount)),
                ));
            }
            let Some(there) = self.tangent(knob, amount)? else { return Ok(Some(amount)) };
            if from.at(amount) - there.usd <= SAME_USD_FRAC * there.usd.abs() {
                return Ok(Some(amount));
            }
            to = there;
        }
        Ok(Some(to.amount))
    }

    /// All kinks of the value between two amounts, with the ends: `(amount, value)` if plans could be
    /// mixed. Amounts at which the demands do not fit are left out.
    pub(crate) fn kinks(
        &self,
        knob: Knob,
        from_amount: f64,
        to_amount: f64,
    ) -> Result<Vec<(f64, f64)>, Error> {
        let (Some(first), Some(last)) =
            (self.tangent(knob, from_amount)?, self.tangent(knob, to_amount)?)
        else {
            return Ok(Vec::new());
        };
        let mut points = vec![(first.amount, first.usd), (last.amount, last.usd)];
        self.refine(knob, first, last, MOST_TANGENTS, &mut points)?;
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(corners(&points))
    }

    /// Adds points of the value between two tangents until every kink is among them.
    fn refine(
        &self,
        knob: Knob,
        from: Tangent,
        to: Tangent,
        depth: usize,
        points: &mut Vec<(f64, f64)>,
    ) -> Result<(), Error> {
        let width = to.amount - from.amount;
        let amount = from.meets(to);
        let inner = 1e-7 * width;
        if depth == 0 || !(amount > from.amount + inner && amount < to.amount - inner) {
            return Ok(());
        }
        let Some(there) = self.tangent(knob, amount)? else { return Ok(()) };
        points.push((amount, there.usd));
        if from.at(amount) - there.usd <= SAME_USD_FRAC * there.usd.abs() {
            return Ok(()); // both lines go through it
        }
        self.refine(knob, from, there, depth - 1, points)?;
        self.refine(knob, there, to, depth - 1, points)
    }
}

/// The corners of the concave line over all points, amounts rising, with its ends; of corners that
/// rounding has set side by side the first.
fn corners(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut hull: Vec<(f64, f64)> = Vec::new();
    for &point in points {
        while let [.., a, b] = hull[..] {
            // A corner on or below the chord over it is none.
            let chord = a.1 + (point.1 - a.1) * (b.0 - a.0) / (point.0 - a.0);
            if b.1 > chord + SAME_USD_FRAC * chord.abs() {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    let [first, .., last] = hull[..] else { return hull };
    let beside = BESIDE_CORNER_FRAC * (last.0 - first.0);
    let mut corners = vec![first];
    for corner in &hull[1..hull.len() - 1] {
        let before = corners.last().map_or(first.0, |corner| corner.0);
        if corner.0 - before > beside && last.0 - corner.0 > beside {
            corners.push(*corner);
        }
    }
    corners.push(last);
    corners
}
