//! One site's best blocks at prices, by dynamic programming over quarters.
//!
//! The state is how many blocks of each offer have been started; what mines beside them follows from
//! it, since everything started is out of mining from then on. Where mining goes on during
//! construction, or the states are too many, the site's own programme is solved instead.

use programme::backend::{Effort, for_milp};
use programme::interval::Interval;
use programme::separable::{Part, Plan};
use programme::{Programme, Row};

use super::{Quarterly, QuarterlyColumns, QuarterlySite, USD_PER_OBJECTIVE};

/// Blocks started, by offer and start quarter (in the order of its `start_quarters`).
pub type BlockStarts = Vec<Vec<usize>>;

/// Most states of a quarter.
const MOST_STATES: usize = 20_000;

/// A site that decides alone.
#[derive(Clone, Debug)]
pub struct SitePart<'a> {
    quarterly: &'a Quarterly,
    site: &'a QuarterlySite,
    /// Number of states of the offers before each one; the last entry counts all states.
    strides: Vec<usize>,
    /// Gross MW of all blocks of a state.
    used_gross_mw: Vec<f64>,
    /// Value today of what mines beside a state in a quarter, `[quarters][states]`, USD; minus
    /// infinity where the blocks do not fit.
    mining_usd: Vec<Vec<f64>>,
    /// What a state costs at the end: opening; minus infinity where it breaks a rule.
    closing_usd: Vec<f64>,
    /// Blocks, by offer and start: value today before prices, USD, and usage.
    blocks: Vec<Vec<Block>>,
}

#[derive(Clone, Debug)]
struct Block {
    start: usize,
    usd: f64,
    usage: Vec<(usize, f64)>,
}

/// How sums are rounded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Nearest,
    /// Up after every step: nothing that is meant lies above.
    Up,
}

impl Rounding {
    fn sum(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Nearest => a + b,
            Self::Up if a + b == f64::NEG_INFINITY => f64::NEG_INFINITY,
            Self::Up => (a + b).next_up(),
        }
    }
}

impl<'a> SitePart<'a> {
    pub(super) fn new(quarterly: &'a Quarterly, site: &'a QuarterlySite) -> Self {
        let mut strides = vec![1];
        for offer in &site.offers {
            let states = strides[strides.len() - 1] * (offer.blocks_max + 1);
            strides.push(states);
        }
        let blocks = site
            .offers
            .iter()
            .map(|offer| {
                let block = |&start: &usize| Block {
                    start,
                    usd: quarterly.block_usd(offer, start),
                    usage: quarterly.block_usage(offer, start),
                };
                offer.start_quarters.iter().map(block).collect()
            })
            .collect();
        let mut part = Self {
            quarterly,
            site,
            strides,
            used_gross_mw: Vec::new(),
            mining_usd: Vec::new(),
            closing_usd: Vec::new(),
            blocks,
        };
        if part.walks() {
            part.tabulate();
        }
        part
    }

    /// Whether states are few and say all.
    fn walks(&self) -> bool {
        self.site.mining_during_build_frac == 0.0
            && self.strides[self.site.offers.len()] <= MOST_STATES
    }

    fn states(&self) -> usize {
        self.strides[self.site.offers.len()]
    }

    fn blocks_of(&self, state: usize, offer: usize) -> usize {
        state / self.strides[offer] % (self.site.offers[offer].blocks_max + 1)
    }

    fn tabulate(&mut self) {
        let offers = &self.site.offers;
        for state in 0..self.states() {
            let mut used = 0.0;
            let mut closing = 0.0;
            let mut groups = Vec::new();
            for (u, offer) in offers.iter().enumerate() {
                let blocks = self.blocks_of(state, u);
                if blocks == 0 {
                    continue;
                }
                used += blocks as f64 * offer.block_gross_mw;
                closing -= offer.open_cost_usd;
                let too_small = blocks < offer.min_blocks();
                let clashes = offer.group.is_some() && groups.contains(&offer.group);
                groups.push(offer.group);
                if too_small || clashes {
                    closing = f64::NEG_INFINITY;
                }
            }
            self.used_gross_mw.push(used);
            self.closing_usd.push(closing);
        }
        for q in 0..self.quarterly.quarters {
            let discount = self.quarterly.discount(q + 1);
            // The best machines stay: the worst go first.
            let mut classes: Vec<(f64, f64)> = self
                .site
                .machines
                .iter()
                .map(|class| (class.usd_per_gross_mw_quarter[q], class.gross_mw))
                .filter(|(usd, _)| *usd > 0.0)
                .collect();
            classes.sort_by(|a, b| b.0.total_cmp(&a.0));
            let energised = self.site.energised_gross_mw[q];
            let value = |used: &f64| {
                let mut left = energised - used;
                if left < -1e-9 * (1.0 + energised) {
                    return f64::NEG_INFINITY;
                }
                let mut usd = 0.0;
                for (margin, mw) in &classes {
                    let mining = left.clamp(0.0, *mw);
                    usd += mining * margin;
                    left -= mining;
                }
                usd * discount
            };
            self.mining_usd.push(self.used_gross_mw.iter().map(value).collect());
        }
    }

    /// Value of a block at prices.
    fn reduced(block: &Block, prices: &[f64], rounding: Rounding) -> f64 {
        match rounding {
            Rounding::Nearest => {
                block.usage.iter().fold(block.usd, |sum, (k, amount)| sum - prices[*k] * amount)
            }
            Rounding::Up => {
                let product =
                    |k: usize, amount: f64| Interval::point(prices[k]) * Interval::point(amount);
                // The value itself is a double that was rounded when it was made: as given.
                block
                    .usage
                    .iter()
                    .fold(Interval::point(block.usd), |sum, (k, amount)| sum - product(*k, *amount))
                    .high
            }
        }
    }

    /// The highest value at prices, and by quarter and offer how many blocks lead to each state.
    fn walk(&self, prices: &[f64], rounding: Rounding) -> (f64, usize, Vec<Vec<Vec<u16>>>) {
        let states = self.states();
        let mut value = vec![f64::NEG_INFINITY; states];
        value[0] = 0.0;
        let mut started = Vec::new();
        for q in 0..self.quarterly.quarters {
            let mut of_quarter = Vec::with_capacity(self.site.offers.len());
            for (u, offer) in self.site.offers.iter().enumerate() {
                let Some(block) = self.blocks[u].iter().find(|block| block.start == q) else {
                    of_quarter.push(Vec::new());
                    continue;
                };
                let reduced = Self::reduced(block, prices, rounding);
                let mut count = vec![0_u16; states];
                // One more block on top of what is best with one less.
                let stride = self.strides[u];
                for base in (0..states).step_by(self.strides[u + 1]) {
                    for before in base..base + stride * offer.blocks_max {
                        let state = before + stride;
                        let with = rounding.sum(value[before], reduced);
                        if with > value[state] {
                            value[state] = with;
                            count[state] = count[before] + 1;
                        }
                    }
                }
                debug_assert!(u16::try_from(offer.blocks_max).is_ok(), "blocks are few");
                of_quarter.push(count);
            }
            for (value, mining) in value.iter_mut().zip(&self.mining_usd[q]) {
                *value = rounding.sum(*value, *mining);
            }
            started.push(of_quarter);
        }
        let mut best = (f64::NEG_INFINITY, 0);
        for (state, closing) in self.closing_usd.iter().enumerate() {
            let total = rounding.sum(value[state], *closing);
            if total > best.0 {
                best = (total, state);
            }
        }
        (best.0, best.1, started)
    }

    /// The blocks that lead to a state.
    fn trace(&self, mut state: usize, started: &[Vec<Vec<u16>>]) -> BlockStarts {
        let mut starts: BlockStarts =
            self.blocks.iter().map(|blocks| vec![0; blocks.len()]).collect();
        for (q, of_quarter) in started.iter().enumerate().rev() {
            for u in (0..of_quarter.len()).rev() {
                let Some(count) = of_quarter[u].get(state) else { continue };
                let count = usize::from(*count);
                if let Some(at) = self.blocks[u].iter().position(|block| block.start == q) {
                    starts[u][at] = count;
                }
                state -= count * self.strides[u];
            }
        }
        starts
    }

    /// What blocks are worth before prices, USD; minus infinity if they do not fit.
    fn value_usd(&self, starts: &BlockStarts) -> f64 {
        let mut sum = 0.0;
        let mut state = 0;
        for q in 0..self.quarterly.quarters {
            for (u, blocks) in self.blocks.iter().enumerate() {
                for (block, count) in blocks.iter().zip(&starts[u]).filter(|(b, _)| b.start == q) {
                    sum += *count as f64 * block.usd;
                    state += count * self.strides[u];
                }
            }
            sum += self.mining_usd[q][state];
        }
        sum + self.closing_usd[state]
    }

    fn plan(&self, starts: BlockStarts, value: f64) -> Plan<BlockStarts> {
        let mut usage: Vec<(usize, f64)> = Vec::new();
        for (blocks, counts) in self.blocks.iter().zip(&starts) {
            for (block, count) in blocks.iter().zip(counts).filter(|(_, count)| **count > 0) {
                for (limit, amount) in &block.usage {
                    let more = *count as f64 * amount;
                    match usage.iter_mut().find(|(of, _)| of == limit) {
                        Some((_, sum)) => *sum += more,
                        None => usage.push((*limit, more)),
                    }
                }
            }
        }
        usage.sort_by_key(|(limit, _)| *limit);
        Plan { choice: starts, value, usage }
    }

    /// The site's own programme, without what sites share.
    fn alone(&self) -> (Programme, QuarterlyColumns) {
        let mut site = self.site.clone();
        for offer in &mut site.offers {
            offer.tenant = None;
        }
        let alone = Quarterly {
            quarters: self.quarterly.quarters,
            discount_rate_frac: self.quarterly.discount_rate_frac,
            sites: vec![site],
            tenant_gross_mw: Vec::new(),
            cumulative_capital_usd: Vec::new(),
            crew_gross_mw: Vec::new(),
        };
        alone.programme()
    }

    /// The best plan of the site's own programme with other values of its columns, and what the
    /// solver says that none is above.
    fn solved(
        &self,
        programme: &Programme,
        columns: &QuarterlyColumns,
        worth: &Programme,
    ) -> Option<(Plan<BlockStarts>, f64)> {
        let outcome = for_milp().solve(programme, &Effort::default()).ok()?;
        let solution = outcome.solution()?;
        let count = |column: usize| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole")]
            let blocks = solution.values[column].round().max(0.0) as usize;
            blocks
        };
        let starts: BlockStarts = columns.starts[0]
            .iter()
            .map(|starts| starts.iter().map(|(_, column)| count(*column)).collect())
            .collect();
        let value = if self.walks() {
            self.value_usd(&starts)
        } else {
            worth.value(&solution.values) * USD_PER_OBJECTIVE
        };
        Some((self.plan(starts, value), solution.bound * USD_PER_OBJECTIVE))
    }

    /// The site's own programme at prices, for sites whose states do not say all.
    fn at_prices(&self, prices: &[f64]) -> Option<(Plan<BlockStarts>, f64)> {
        let (worth, columns) = self.alone();
        self.solved(&self.priced(&worth, &columns, prices), &columns, &worth)
    }

    /// The site's own programme with the values of its blocks at prices.
    fn priced(&self, worth: &Programme, columns: &QuarterlyColumns, prices: &[f64]) -> Programme {
        let mut programme = worth.clone();
        for (blocks, starts) in self.blocks.iter().zip(&columns.starts[0]) {
            for (block, (_, column)) in blocks.iter().zip(starts) {
                programme.columns[*column].objective =
                    Self::reduced(block, prices, Rounding::Nearest) / USD_PER_OBJECTIVE;
            }
        }
        programme
    }
}

impl Part for SitePart<'_> {
    type Choice = BlockStarts;

    fn best(&self, prices: &[f64]) -> Plan<BlockStarts> {
        if self.walks() {
            let (_, state, started) = self.walk(prices, Rounding::Nearest);
            let starts = self.trace(state, &started);
            let value = self.value_usd(&starts);
            return self.plan(starts, value);
        }
        // Doing nothing is always possible; its mining is left out rather than guessed.
        let nothing = || self.plan(self.blocks.iter().map(|b| vec![0; b.len()]).collect(), 0.0);
        self.at_prices(prices).map_or_else(nothing, |(plan, _)| plan)
    }

    fn bound(&self, prices: &[f64]) -> f64 {
        if self.walks() {
            self.walk(prices, Rounding::Up).0
        } else {
            // What the solver claims, with room for its tolerance.
            let bound = self.at_prices(prices).map_or(f64::INFINITY, |(_, bound)| bound);
            bound + 1e-9 * bound.abs()
        }
    }

    fn within(&self, room: &[f64], prices: &[f64]) -> Option<Plan<BlockStarts>> {
        let (worth, columns) = self.alone();
        let mut programme = self.priced(&worth, &columns, prices);
        let unit = |limit: usize| room[limit].abs().max(1.0);
        let mut rows: Vec<Row> = (0..room.len())
            .map(|limit| Row::at_most("room", room[limit] / unit(limit), Vec::new()))
            .collect();
        for (blocks, starts) in self.blocks.iter().zip(&columns.starts[0]) {
            for (block, (_, column)) in blocks.iter().zip(starts) {
                for (limit, amount) in &block.usage {
                    rows[*limit].entries.push((*column, *amount / unit(*limit)));
                }
            }
        }
        rows.retain(|row| !row.entries.is_empty());
        programme.rows.extend(rows);
        self.solved(&programme, &columns, &worth).map(|(plan, _)| plan)
    }
}
