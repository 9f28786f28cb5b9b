//! What happens in one outcome, month by month: megawatts, cash, taxable income, tax.

use compare::{OutcomeMonths, SiteMonths, Use};
use rust_xlsxwriter::Format;

use super::cell::{Cell, Column, Term};
use super::hall::HallSheet;
use super::mining::ClassColumns;
use super::page::{Made, Page, section_format};
use super::write::{Context, SiteContext};

/// An outcome with the sheets of its halls.
pub(super) struct Outcome<'a> {
    months: &'a OutcomeMonths,
    /// Index of each commitment's sheet.
    halls: Vec<usize>,
}

impl<'a> Outcome<'a> {
    pub(super) const fn new(months: &'a OutcomeMonths, halls: Vec<usize>) -> Self {
        Self { months, halls }
    }
}

/// Flows of a use in an outcome, as written; each `[months + 1]`.
pub(super) struct UseFlow {
    /// The use, and the offer that it comes from.
    pub(super) of: (Use, Option<usize>),
    pub(super) capex: Column,
    pub(super) operating: Column,
    pub(super) other: Column,
    pub(super) tax: Column,
}

/// An outcome as written.
pub(super) struct Written {
    /// Its probability.
    pub(super) probability: f64,
    pub(super) uses: Vec<UseFlow>,
}

/// Cash before tax, and income for tax, of one use.
struct BeforeTax {
    of: (Use, Option<usize>),
    capex: Column,
    operating: Column,
    other: Column,
    taxable: Column,
}

/// Writes a sheet for each outcome, and the tax of all.
pub(super) fn write(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    months: &SiteMonths,
    classes: &[ClassColumns],
    halls: &[HallSheet],
    outcomes: &[Outcome<'_>],
) -> Made<Vec<Written>> {
    debug_assert_eq!(months.outcomes.len(), outcomes.len());
    let note = "Tax of each year on the site's whole income: a loss is carried forward and never \
                refunded. A hall stands with what it adds to the tax of what came before it.";
    let mut tax = Page::new(&of.sheet("tax"), &format!("{}: tax", of.site.name), note)?;
    tax.terms(9, "Terms")?;
    let path = "valuation.tax_rate_frac";
    context.follow(path);
    let rate = context.world.money.tax_rate_frac;
    let rate = tax.term("Tax rate", "fraction", context.inputs.number(path), rate)?;
    let mut written = Vec::with_capacity(outcomes.len());
    for (index, outcome) in outcomes.iter().enumerate() {
        let number = index + 1;
        let title = format!("{}: flows in outcome {number}", of.site.name);
        let note = format!(
            "What happens with a probability of {:.4}. Times are months after the valuation date: \
             what is paid at the end of a month stands at the next one. Megawatts are the engine's.",
            outcome.months.probability_frac
        );
        let mut page = Page::new(&of.sheet(&format!("flows {number}")), &title, &note)?;
        let writer = FlowWriter { context, of, outcome, page: &mut page };
        let before = writer.before_tax(classes, halls)?;
        let uses = taxed(context, &mut page, &mut tax, &rate, before, (number, outcome))?;
        page.freeze(2)?;
        context.add(page)?;
        written.push(Written { probability: outcome.months.probability_frac, uses });
    }
    context.add(tax)?;
    Ok(written)
}

struct FlowWriter<'w, 'a> {
    context: &'w mut Context<'a>,
    of: &'w SiteContext<'w>,
    outcome: &'w Outcome<'w>,
    page: &'w mut Page,
}

impl FlowWriter<'_, '_> {
    #[expect(clippy::too_many_lines, reason = "one column after the other, as on the sheet")]
    fn before_tax(mut self, classes: &[ClassColumns], halls: &[HallSheet]) -> Made<Vec<BeforeTax>> {
        let (has_exit, built) =
            (self.outcome.months.course.exit.is_some(), self.outcome.halls.len());
        let columns = 2 + 2 * classes.len() + 5 + 5 * usize::from(has_exit) + 5 * built;
        if has_exit || built > 0 {
            self.page.terms(u16::try_from(columns).unwrap_or(u16::MAX), "Terms")?;
        }
        self.page.months(&self.context.times)?;
        let times = self.context.times.len();
        let months = times - 1;
        let flows = &self.outcome.months.flows.uses;
        let mut stays = Vec::with_capacity(classes.len());
        let mut leaves = Vec::with_capacity(classes.len());
        for class in 0..classes.len() {
            let (mw, leaving) = self.megawatts(class, months);
            let title = format!("Class {}: MW mining", class + 1);
            stays.push(self.page.engine(&title, "gross MW", &mw)?);
            let title = format!("Class {}: MW leaving", class + 1);
            leaves.push(self.page.engine(&title, "gross MW", &leaving)?);
        }
        let of_classes = |term: &dyn Fn(usize) -> Term| Term::sum((0..classes.len()).map(term));
        let zero = || Term::from(0.0);
        let mining = &flows[0];
        let capex = |t: usize| match t {
            t if t == months => zero(),
            t => of_classes(&|c| (zero() - classes[c].capex.there(t)) * stays[c].here(t)),
        };
        let capex =
            self.page.live("Mining: machines", "USD", times, capex, Some(&mining.capex_usd))?;
        let operating = |t: usize| match t.checked_sub(1) {
            None => zero(),
            Some(m) => of_classes(&|c| stays[c].here(m) * classes[c].margin.there(m)),
        };
        let engine = Some(&mining.operating_usd[..]);
        let operating = self.page.live("Mining: margin", "USD", times, operating, engine)?;
        let other = |t: usize| {
            of_classes(&|c| {
                let sold = leaves[c].here(t) * classes[c].liquidation.there(t);
                if t == months {
                    sold
                } else {
                    sold + stays[c].here(t) * classes[c].resale.there(t)
                }
            })
        };
        let engine = Some(&mining.other_usd[..]);
        let other = self.page.live("Mining: machines sold", "USD", times, other, engine)?;
        let exit = self.exit(times)?;
        let taxable = |t: usize| {
            let of_mining = of_classes(&|c| {
                let gain = classes[c].liquidation.there(t) - classes[c].book.there(t);
                let sold = leaves[c].here(t) * gain;
                if t == months {
                    return sold;
                }
                let earned = classes[c].margin.there(t) - classes[c].deduction.there(t);
                stays[c].here(t) * earned + sold
            });
            match &exit {
                Some((_, sale)) => of_mining + sale.here(t),
                None => of_mining,
            }
        };
        let taxable = self.page.live("Mining: taxable", "USD", times, taxable, None)?;
        self.page.total(&operating, "USD")?;
        self.page.total(&taxable, "USD")?;
        let mut uses =
            vec![BeforeTax { of: (Use::Mining, None), capex, operating, other, taxable }];
        if let Some((of, sale)) = exit {
            // Its tax stands with mining, which it ends.
            let none = vec![0.0; times];
            let name = of.as_str();
            let capex = self.page.engine(&format!("{name}: capital"), "USD", &none)?;
            let operating = self.page.engine(&format!("{name}: operation"), "USD", &none)?;
            let taxable = self.page.engine(&format!("{name}: taxable apart"), "USD", &none)?;
            uses.push(BeforeTax { of: (of, None), capex, operating, other: sale, taxable });
        }
        let built = self.outcome.months.halls.iter().zip(&self.outcome.halls);
        for ((hall, sheet), flow) in built.zip(&flows[uses.len()..]) {
            let (mw, sheet) = (hall.commitment.critical_mw, &halls[*sheet]);
            let offer = &self.of.site.offers[sheet.offer];
            let label = format!("{}: size", offer.id);
            let mw = self.page.term(&label, "critical MW", None, mw)?;
            let name = format!("Hall of {}", offer.id);
            let capex = |t: usize| match t {
                t if t == months => zero(),
                t => (zero() - sheet.capex.there(t)) * mw.here(),
            };
            let engine = Some(&flow.capex_usd[..]);
            let capex = self.page.live(&format!("{name}: capital"), "USD", times, capex, engine)?;
            let operating = |t: usize| match t.checked_sub(1) {
                None => zero(),
                Some(m) => mw.here() * sheet.noi.there(m),
            };
            let engine = Some(&flow.operating_usd[..]);
            let operating =
                self.page.live(&format!("{name}: operation"), "USD", times, operating, engine)?;
            let other = |t: usize| {
                let paid_at_end = t.checked_sub(1).map(|m| zero() - sheet.credit.there(m));
                let at_start = (t < months).then(|| sheet.prepaid.there(t) + sheet.resale.there(t));
                let settled = (t == months).then(|| sheet.at_horizon.there());
                let parts = at_start.into_iter().chain(paid_at_end).chain(settled);
                Term::sum(parts) * mw.here()
            };
            let engine = Some(&flow.other_usd[..]);
            let other = self.page.live(&format!("{name}: other"), "USD", times, other, engine)?;
            let taxable = |t: usize| {
                let per_mw = if t == months {
                    sheet.taxed_at_horizon.there()
                } else {
                    sheet.noi.there(t) + sheet.resale.there(t) - sheet.depreciation.there(t)
                };
                per_mw * mw.here()
            };
            let taxable =
                self.page.live(&format!("{name}: taxable"), "USD", times, taxable, None)?;
            self.page.total(&operating, "USD")?;
            let of = (offer.deal.use_of_mw(), Some(sheet.offer));
            uses.push(BeforeTax { of, capex, operating, other, taxable });
        }
        Ok(uses)
    }

    /// MW of a class that mine during each month, and that leave at each time.
    fn megawatts(&self, class: usize, months: usize) -> (Vec<f64>, Vec<f64>) {
        let of = &self.of.site.machines[class];
        let mut mw = of.gross_mw(self.of.site.mining_overhead);
        let mut stays = Vec::with_capacity(months + 1);
        let mut leaves = Vec::with_capacity(months + 1);
        for t in 0..=months {
            let left = self.outcome.months.leaving_gross_mw[class].iter();
            let leaving = match t {
                t if t == months => mw,
                t => left.filter(|(at, _)| *at == t).fold(0.0, |sum, (_, mw)| sum + mw),
            };
            mw -= leaving;
            leaves.push(leaving);
            stays.push(if t == months { 0.0 } else { mw });
        }
        (stays, leaves)
    }

    /// What the end of mining brings, if that is chosen.
    fn exit(&mut self, times: usize) -> Made<Option<(Use, Column)>> {
        let Some(exit) = self.outcome.months.course.exit else { return Ok(None) };
        let at = 3 * exit.quarter;
        let sale = match (exit.to, self.of.site.sale) {
            (Use::Sale, Some(sale)) => sale.usd_per_gross_mw,
            _ => 0.0,
        };
        let path = self.of.path("sale.usd_per_gross_mw");
        let input = (exit.to == Use::Sale).then(|| self.context.inputs.number(&path)).flatten();
        if input.is_some() {
            // After a failed signature the best of what is left was sold: that was a choice.
            self.context.follow(&path);
        }
        let price = self.page.term("Price of the site", "USD/MW", input, sale)?;
        let mw = self.of.site.approved_gross_mw;
        let mw = self.page.term("Approved", "gross MW", None, mw)?;
        let paid = |t: usize| if t == at { price.here() * mw.here() } else { Term::from(0.0) };
        let flow = self.outcome.months.flows.uses.get(1).filter(|flow| flow.use_of_mw == exit.to);
        let engine = flow.map(|flow| &flow.other_usd[..]);
        let title = format!("{}: received", exit.to.as_str());
        let sale = self.page.live(&title, "USD", times, paid, engine)?;
        Ok(Some((exit.to, sale)))
    }
}

/// Adds the tax of every use: its own block on the sheet of taxes, and a column of payments.
fn taxed(
    context: &mut Context<'_>,
    page: &mut Page,
    tax: &mut Page,
    rate: &Cell,
    before: Vec<BeforeTax>,
    (number, outcome): (usize, &Outcome<'_>),
) -> Made<Vec<UseFlow>> {
    let months = context.world.months();
    let blocks = months.div_ceil(12);
    let paid_at = |block: usize| (12 * (block + 1)).min(months);
    let flows = &outcome.months.flows.uses;
    // Income so far, and its tax.
    let mut so_far: Option<(Column, Column)> = None;
    let mut uses = Vec::with_capacity(before.len());
    for (index, of_use) in before.into_iter().enumerate() {
        let engine = Some(&flows[index].tax_usd[..]);
        let title = match of_use.of.1 {
            Some(_) => "added tax",
            None => "tax",
        };
        let name = format!("{} {title}", of_use.of.0.as_str());
        let is_exit = of_use.of.1.is_none() && index > 0;
        let payments = if is_exit {
            page.engine(&name, "USD", &vec![0.0; months + 1])?
        } else {
            let label = format!("Outcome {number}: {name}");
            let block = Block { taxable: &of_use.taxable, rate, blocks, months };
            let (income, due, added) = block.write(tax, &label, so_far.as_ref())?;
            so_far = Some((income, due));
            let payments = |t: usize| {
                let block = (0..blocks).find(|block| paid_at(*block) == t);
                block.map_or(Term::from(0.0), |block| Term::from(0.0) - added.there(block))
            };
            page.live(&name, "USD", months + 1, payments, engine)?
        };
        uses.push(UseFlow {
            of: of_use.of,
            capex: of_use.capex,
            operating: of_use.operating,
            other: of_use.other,
            tax: payments,
        });
    }
    // Below: the next outcome's blocks.
    Ok(uses)
}

/// A block of yearly tax.
struct Block<'a> {
    taxable: &'a Column,
    rate: &'a Cell,
    blocks: usize,
    months: usize,
}

impl Block<'_> {
    /// Writes the block below what is there; gives income, tax, and what was added to the tax.
    fn write(
        &self,
        page: &mut Page,
        title: &str,
        so_far: Option<&(Column, Column)>,
    ) -> Made<(Column, Column, Column)> {
        page.next_col = 0;
        let format: Format = section_format();
        page.text(page.first_row - 4, 0, title, &format)?;
        let years: Vec<f64> = (1..=self.blocks).map(|year| year as f64).collect();
        page.engine("Year", "year", &years)?;
        let own = |block: usize| {
            let last = block + 1 == self.blocks;
            // What is settled at the horizon belongs to the last year.
            let end = if last { self.months + 1 } else { 12 * (block + 1) };
            self.taxable.range(12 * block, end).there().sum()
        };
        let own = page.live("Income", "USD", self.blocks, own, None)?;
        let income = match so_far {
            None => own,
            Some((before, _)) => {
                let both = |block: usize| own.here(block) + before.here(block);
                page.live("Income of the site", "USD", self.blocks, both, None)?
            }
        };
        let zero = || Term::from(0.0);
        // Each row looks at the one before it: columns stand before they are written.
        let carried_col = page.next_col + 2;
        let mut carried = 0.0_f64;
        let mut earlier: Vec<f64> = Vec::with_capacity(self.blocks);
        for block in 0..self.blocks {
            earlier.push(carried);
            let profit = income.values[block].max(0.0);
            carried = carried - carried.min(profit) + (0.0 - income.values[block]).max(0.0);
        }
        let rows = Rows { page_first: page.first_row, col: carried_col };
        let brought = |block: usize| match block.checked_sub(1) {
            None => zero(),
            Some(before) => Term::of_cell(rows.address(before), earlier[block]),
        };
        let brought = page.live("Losses brought forward", "USD", self.blocks, brought, None)?;
        let used = |block: usize| brought.here(block).min(&zero().max(&income.here(block)));
        let used = page.live("Losses used", "USD", self.blocks, used, None)?;
        let left = |block: usize| {
            let lost = zero().max(&(zero() - income.here(block)));
            brought.here(block) - used.here(block) + lost
        };
        page.live("Losses carried forward", "USD", self.blocks, left, None)?;
        let taxed = |block: usize| zero().max(&income.here(block)) - used.here(block);
        let taxed = page.live("Taxed", "USD", self.blocks, taxed, None)?;
        let due = |block: usize| taxed.here(block) * self.rate.here();
        let due = page.live("Tax", "USD", self.blocks, due, None)?;
        let added = match so_far {
            None => due.clone(),
            Some((_, before)) => {
                let added = |block: usize| due.here(block) - before.here(block);
                page.live("Tax added", "USD", self.blocks, added, None)?
            }
        };
        let height = u32::try_from(self.blocks).unwrap_or(0);
        page.first_row += height + 6;
        Ok((income, due, added))
    }
}

/// Addresses in a column that is still to be written.
struct Rows {
    page_first: u32,
    col: u16,
}

impl Rows {
    fn address(&self, at: usize) -> String {
        let row = self.page_first + u32::try_from(at).unwrap_or(0);
        rust_xlsxwriter::utility::row_col_to_cell(row, self.col)
    }
}
