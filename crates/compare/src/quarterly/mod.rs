//! Sites, uses and quarters as one linear programme with whole blocks: the portfolio of an owner who
//! knows what a block of an offer is worth when it is begun in a quarter, and what each class of his
//! machines earns.
//!
//! Values are given, not made here: whoever builds it takes them from the monthly engine. Where tax
//! carries losses forward, or a signature may fail, values of a site do not add up block by block;
//! [`decide`](crate::decide) then chooses among whole plans of the sites instead.

mod site;
#[cfg(test)]
mod tests;

use programme::separable::{Limit, Separable};
use programme::{Column, Programme, Row};

pub use site::{BlockStarts, SitePart};

/// Money of the programme is in millions: solvers like numbers near 1.
pub const USD_PER_OBJECTIVE: f64 = 1e6;

/// Sites that share capital, tenants and crews, over quarters.
#[derive(Clone, Debug, PartialEq)]
pub struct Quarterly {
    /// Quarters to the horizon.
    pub quarters: usize,
    /// Nominal annual effective rate.
    pub discount_rate_frac: f64,
    /// The sites.
    pub sites: Vec<QuarterlySite>,
    /// Most gross MW by tenant.
    pub tenant_gross_mw: Vec<f64>,
    /// Capital available up to each quarter in all, USD; empty: without limit.
    pub cumulative_capital_usd: Vec<f64>,
    /// Most gross MW under construction in each quarter; empty: without limit.
    pub crew_gross_mw: Vec<f64>,
}

/// A site over quarters.
#[derive(Clone, Debug, PartialEq)]
pub struct QuarterlySite {
    /// Id by which rows are named.
    pub id: String,
    /// Energised gross MW by quarter.
    pub energised_gross_mw: Vec<f64>,
    /// Share of what is under construction on which mining goes on.
    pub mining_during_build_frac: f64,
    /// Machines by class.
    pub machines: Vec<QuarterlyMachines>,
    /// What may be built.
    pub offers: Vec<QuarterlyOffer>,
}

/// Machines of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct QuarterlyMachines {
    /// Gross MW of all of them.
    pub gross_mw: f64,
    /// Margin of a gross MW in each quarter, at its end, USD; where it is negative they stand still.
    pub usd_per_gross_mw_quarter: Vec<f64>,
}

/// Blocks that may be built at a site.
#[derive(Clone, Debug, PartialEq)]
pub struct QuarterlyOffer {
    /// Id by which columns are named.
    pub id: String,
    /// Tenant, by index.
    pub tenant: Option<usize>,
    /// At most one offer of a group is opened.
    pub group: Option<usize>,
    /// Size of a block.
    pub block_gross_mw: f64,
    /// Quarters in which blocks may be started.
    pub start_quarters: Vec<usize>,
    /// Most blocks in all.
    pub blocks_max: usize,
    /// Least size if opened at all.
    pub min_gross_mw: f64,
    /// Quarters of construction.
    pub lead_quarters: usize,
    /// Capital at the start of the first of them.
    pub capex_usd_per_gross_mw: f64,
    /// Paid today if opened at all.
    pub open_cost_usd: f64,
    /// Value today of a gross MW in service that was started in each quarter, without its capital
    /// and without what mining loses, USD.
    pub service_usd_per_gross_mw: Vec<f64>,
}

impl QuarterlyOffer {
    fn block_capex_usd(&self) -> f64 {
        self.capex_usd_per_gross_mw * self.block_gross_mw
    }

    /// Quarters in which what is started in a quarter is under construction.
    fn building(&self, start: usize, quarters: usize) -> std::ops::Range<usize> {
        start..(start + self.lead_quarters).min(quarters)
    }

    /// Least blocks if opened at all.
    fn min_blocks(&self) -> usize {
        let blocks = (self.min_gross_mw / self.block_gross_mw - 1e-9).ceil().max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, >= 0")]
        let blocks = blocks as usize;
        blocks
    }
}

/// Which column of the programme is which.
#[derive(Clone, Debug, PartialEq)]
pub struct QuarterlyColumns {
    /// By site and offer: `(quarter, column)` of the blocks started in it.
    pub starts: Vec<Vec<Vec<(usize, usize)>>>,
}

impl Quarterly {
    /// Discount factor at the start of a quarter.
    pub fn discount(&self, quarter: usize) -> f64 {
        finance::discount_factor(self.discount_rate_frac, 3.0 * quarter as f64)
    }

    /// Value today of a block started in a quarter, without what mining loses, USD.
    fn block_usd(&self, offer: &QuarterlyOffer, start: usize) -> f64 {
        let usd_per_mw = offer.service_usd_per_gross_mw[start]
            - offer.capex_usd_per_gross_mw * self.discount(start);
        usd_per_mw * offer.block_gross_mw
    }

    /// The programme: blocks started by offer and quarter, offers opened, MW that mine by class and
    /// MW that stand idle.
    ///
    /// # Formula
    /// Power, each site and quarter: `mining + idle + (1 - keep) building + serving = energised`, and
    /// `mining >= keep building`: it goes on beside the halls.
    /// Capital: what was started up to each quarter within what is available up to it. Tenants and
    /// crews: sums over sites. Money is in M$.
    pub fn programme(&self) -> (Programme, QuarterlyColumns) {
        let mut programme = Programme::new("sites, uses and quarters");
        let mut columns = QuarterlyColumns { starts: Vec::with_capacity(self.sites.len()) };
        let mut shared = self.shared_rows();
        for site in &self.sites {
            let mut power: Vec<Row> = site
                .energised_gross_mw
                .iter()
                .enumerate()
                .map(|(q, mw)| Row::equal(format!("{}.power[{q}]", site.id), *mw, Vec::new()))
                .collect();
            let keep = site.mining_during_build_frac;
            let mut goes_on: Vec<Row> = (0..self.quarters)
                .map(|q| Row::at_least(format!("{}.goes_on[{q}]", site.id), 0.0, Vec::new()))
                .collect();
            for (index, class) in site.machines.iter().enumerate() {
                for q in 0..self.quarters {
                    let objective = class.usd_per_gross_mw_quarter[q] * self.discount(q + 1)
                        / USD_PER_OBJECTIVE;
                    let most = class.gross_mw.min(site.energised_gross_mw[q]);
                    let name = format!("{}.mining[{index}][{q}]", site.id);
                    let column = programme.column(Column::continuous(name, objective, 0.0, most));
                    power[q].entries.push((column, 1.0));
                    goes_on[q].entries.push((column, 1.0));
                }
            }
            for (q, row) in power.iter_mut().enumerate() {
                let name = format!("{}.idle[{q}]", site.id);
                let most = site.energised_gross_mw[q];
                let column = programme.column(Column::continuous(name, 0.0, 0.0, most));
                row.entries.push((column, 1.0));
            }
            let mut by_offer = Vec::with_capacity(site.offers.len());
            let mut groups: Vec<(usize, Vec<(usize, f64)>)> = Vec::new();
            let mut own_rows = Vec::new();
            for offer in &site.offers {
                let mut starts = Vec::with_capacity(offer.start_quarters.len());
                for &start in &offer.start_quarters {
                    let column = programme.column(Column::integer(
                        format!("{}.{}[{start}]", site.id, offer.id),
                        self.block_usd(offer, start) / USD_PER_OBJECTIVE,
                        0.0,
                        offer.blocks_max as f64,
                    ));
                    starts.push((start, column));
                    for (q, row) in power.iter_mut().enumerate().skip(start) {
                        let building = offer.building(start, self.quarters).contains(&q);
                        let share = if building { 1.0 - keep } else { 1.0 };
                        row.entries.push((column, share * offer.block_gross_mw));
                        if building {
                            goes_on[q].entries.push((column, -keep * offer.block_gross_mw));
                        }
                    }
                    for (limit, amount) in self.block_usage(offer, start) {
                        let amount = amount / self.row_unit(limit);
                        shared[limit].entries.push((column, amount));
                    }
                }
                let open = programme.column(Column::binary(
                    format!("{}.{}.open", site.id, offer.id),
                    -offer.open_cost_usd / USD_PER_OBJECTIVE,
                ));
                let name = |what: &str| format!("{}.{}.{what}", site.id, offer.id);
                let sum = |factor: f64| starts.iter().map(move |(_, column)| (*column, factor));
                own_rows.push(Row::at_most(
                    name("blocks"),
                    0.0,
                    sum(1.0).chain([(open, -(offer.blocks_max as f64))]).collect(),
                ));
                if offer.min_gross_mw > 0.0 {
                    own_rows.push(Row::at_most(
                        name("minimum_gross_mw"),
                        0.0,
                        sum(-offer.block_gross_mw).chain([(open, offer.min_gross_mw)]).collect(),
                    ));
                }
                if let Some(group) = offer.group {
                    match groups.iter_mut().find(|(of, _)| *of == group) {
                        Some((_, opens)) => opens.push((open, 1.0)),
                        None => groups.push((group, vec![(open, 1.0)])),
                    }
                }
                by_offer.push(starts);
            }
            programme.rows.extend(power);
            if keep > 0.0 {
                programme.rows.extend(goes_on);
            }
            programme.rows.extend(own_rows);
            for (group, opens) in groups {
                let name = format!("{}.group[{group}]", site.id);
                programme.rows.push(Row::at_most(name, 1.0, opens));
            }
            columns.starts.push(by_offer);
        }
        // A tenant without offers limits nothing.
        programme.rows.extend(shared.into_iter().filter(|row| !row.entries.is_empty()));
        (programme, columns)
    }

    /// Dollars or megawatts in a unit of a shared row.
    fn row_unit(&self, limit: usize) -> f64 {
        if limit < self.cumulative_capital_usd.len() { USD_PER_OBJECTIVE } else { 1.0 }
    }

    /// The shared limits as rows, nothing in them yet.
    fn shared_rows(&self) -> Vec<Row> {
        let limits = self.limits().into_iter().enumerate();
        limits
            .map(|(k, limit)| Row::at_most(limit.name, limit.upper / self.row_unit(k), Vec::new()))
            .collect()
    }

    /// Values of the programme's columns in which each site starts its blocks and its best machines
    /// mine on what is left.
    pub fn values(&self, starts: &[BlockStarts]) -> Vec<f64> {
        let mut values = Vec::new();
        for (site, starts) in self.sites.iter().zip(starts) {
            let keep = site.mining_during_build_frac;
            let mut left = site.energised_gross_mw.clone();
            let mut own = Vec::new();
            for (offer, counts) in site.offers.iter().zip(starts) {
                for (&start, &count) in offer.start_quarters.iter().zip(counts) {
                    let mw = count as f64 * offer.block_gross_mw;
                    for (q, left) in left.iter_mut().enumerate().skip(start) {
                        let building = offer.building(start, self.quarters).contains(&q);
                        *left -= if building { (1.0 - keep) * mw } else { mw };
                    }
                    own.push(count as f64);
                }
                own.push(if counts.iter().any(|count| *count > 0) { 1.0 } else { 0.0 });
            }
            let mut mining = vec![vec![0.0; self.quarters]; site.machines.len()];
            for (q, left) in left.iter_mut().enumerate() {
                let margin = |class: usize| site.machines[class].usd_per_gross_mw_quarter[q];
                let mut best: Vec<usize> = (0..site.machines.len()).collect();
                best.sort_by(|a, b| margin(*b).total_cmp(&margin(*a)));
                for class in best.into_iter().filter(|class| margin(*class) > 0.0) {
                    mining[class][q] = left.clamp(0.0, site.machines[class].gross_mw);
                    *left -= mining[class][q];
                }
            }
            values.extend(mining.into_iter().flatten());
            values.extend(left);
            values.extend(own);
        }
        values
    }

    /// What sites share: capital up to each quarter, tenants, crews, in that order.
    fn limits(&self) -> Vec<Limit> {
        let capital = self.cumulative_capital_usd.iter().enumerate();
        let tenants = self.tenant_gross_mw.iter().enumerate();
        let crews = self.crew_gross_mw.iter().enumerate();
        capital
            .map(|(q, usd)| Limit { name: format!("capital[{q}]"), upper: *usd })
            .chain(tenants.map(|(t, mw)| Limit { name: format!("tenant[{t}]"), upper: *mw }))
            .chain(crews.map(|(q, mw)| Limit { name: format!("crew[{q}]"), upper: *mw }))
            .collect()
    }

    /// What a block started in a quarter takes of each limit.
    fn block_usage(&self, offer: &QuarterlyOffer, start: usize) -> Vec<(usize, f64)> {
        let mut usage = Vec::new();
        let capital = self.cumulative_capital_usd.len();
        usage.extend((start..capital).map(|q| (q, offer.block_capex_usd())));
        if let Some(tenant) = offer.tenant {
            usage.push((capital + tenant, offer.block_gross_mw));
        }
        let crews = capital + self.tenant_gross_mw.len();
        if !self.crew_gross_mw.is_empty() {
            let building = offer.building(start, self.quarters);
            usage.extend(building.map(|q| (crews + q, offer.block_gross_mw)));
        }
        usage
    }

    /// The same as sites that decide alone at the prices of what they share: each site's plans are
    /// searched whole, by dynamic programming over quarters and blocks.
    pub fn separable(&self) -> Separable<SitePart<'_>> {
        Separable {
            parts: self.sites.iter().map(|site| SitePart::new(self, site)).collect(),
            limits: self.limits(),
            purchases: Vec::new(),
        }
    }
}
