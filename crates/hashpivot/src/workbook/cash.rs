//! The expected cash flow of a site: outcomes weighted by their probabilities.

use compare::Use;
use rust_xlsxwriter::ChartType;

use super::cell::{Cell, Column, Term};
use super::flow::{UseFlow, Written};
use super::page::{Made, Page};
use super::write::{Context, SiteContext};

/// A use with its expected flows.
pub(super) struct Expected {
    /// The use, and the offer that it comes from.
    pub(super) of: (Use, Option<usize>),
    /// Net flow, `[months + 1]`.
    pub(super) net: Column,
    /// Factor at which it is discounted.
    pub(super) discount: Column,
    /// Rate behind the factor.
    pub(super) rate: Cell,
}

/// The expected flows of a site.
pub(super) struct SiteCash {
    pub(super) uses: Vec<Expected>,
    /// Sums over uses: capital, operation, other, tax, net.
    pub(super) sums: [Column; 5],
}

/// Names of the lines of a flow.
pub(super) const LINES: [&str; 5] = ["Capital", "Operation", "Other", "Tax", "Net"];

/// Writes the sheet.
pub(super) fn write(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    outcomes: &[Written],
) -> Made<SiteCash> {
    let note = "Expected cash flow of the site: each outcome with its probability. Receipts are \
                positive; factors discount to the valuation date.";
    let title = format!("{}: cash flow", of.site.name);
    let mut page = Page::new(&of.sheet("cash flow"), &title, note)?;
    let uses = &of.decision.flows.uses;
    let mut known: Vec<f64> = Vec::new();
    for flow in uses {
        let rate = context.world.money.discount_rate_frac(flow.use_of_mw);
        if !known.contains(&rate) {
            known.push(rate);
        }
    }
    let columns = 2 + 5 * uses.len() + 5 + known.len();
    page.terms(u16::try_from(columns).unwrap_or(u16::MAX), "Terms")?;
    page.months(&context.times)?;
    let mut probabilities = Vec::with_capacity(outcomes.len());
    for (index, outcome) in outcomes.iter().enumerate() {
        let label = format!("Probability of outcome {}", index + 1);
        probabilities.push(page.term(&label, "fraction", None, outcome.probability)?);
    }
    let times = context.times.len();
    let mut rates: Vec<(String, Cell, Column)> = Vec::new();
    let mut expected = Vec::with_capacity(uses.len());
    let mut lines: [Vec<Column>; 5] = Default::default();
    for flow in uses {
        let key = (flow.use_of_mw, flow.offer);
        let parts: Vec<(&Cell, &UseFlow)> = outcomes
            .iter()
            .zip(&probabilities)
            .flat_map(|(outcome, p)| outcome.uses.iter().map(move |of| (p, of)))
            .filter(|(_, of)| of.of == key)
            .collect();
        let name = match flow.offer {
            Some(offer) => of.site.offers[offer].id.clone(),
            None => flow.use_of_mw.as_str().to_owned(),
        };
        let column_of = |line: usize, flow: &UseFlow| match line {
            0 => flow.capex.clone(),
            1 => flow.operating.clone(),
            2 => flow.other.clone(),
            _ => flow.tax.clone(),
        };
        let engine = [&flow.capex_usd, &flow.operating_usd, &flow.other_usd, &flow.tax_usd];
        let mut own = Vec::with_capacity(LINES.len());
        for (line, engine) in engine.into_iter().enumerate() {
            let weighted = |t: usize| {
                Term::sum(parts.iter().map(|(p, of)| p.here() * column_of(line, of).there(t)))
            };
            let title = format!("{name}: {}", LINES[line].to_lowercase());
            own.push(page.live(&title, "USD", times, weighted, Some(engine))?);
        }
        let net = |t: usize| Term::sum(own.iter().map(|column| column.here(t)));
        own.push(page.live(&format!("{name}: net"), "USD", times, net, Some(&flow.net_usd()))?);
        for (sum, column) in lines.iter_mut().zip(&own) {
            page.total(column, "USD")?;
            sum.push(column.clone());
        }
        let (rate, discount) = discount(context, &mut page, flow.use_of_mw, &mut rates)?;
        expected.push(Expected { of: key, net: own.remove(4), discount, rate });
    }
    let mut sum = |line: usize| -> Made<Column> {
        let all = |t: usize| Term::sum(lines[line].iter().map(|column| column.here(t)));
        let title = format!("Site: {}", LINES[line].to_lowercase());
        let sum = page.live(&title, "USD", times, all, None)?;
        page.total(&sum, "USD")?;
        Ok(sum)
    };
    let sums = [sum(0)?, sum(1)?, sum(2)?, sum(3)?, sum(4)?];
    let net = &sums[4];
    let (first, _, last) = net.place();
    let title = "Expected net cash flow by month, USD";
    let line = [("Net cash flow", net)];
    page.chart(ChartType::Line, title, (first, 1, last), &line, (last + 3, 1))?;
    page.freeze(2)?;
    context.add(page)?;
    Ok(SiteCash { uses: expected, sums })
}

/// The factors of a use, written once for each rate.
fn discount(
    context: &mut Context<'_>,
    page: &mut Page,
    of: Use,
    rates: &mut Vec<(String, Cell, Column)>,
) -> Made<(Cell, Column)> {
    // A sale ends mining, and is discounted like it.
    let of = if matches!(of, Use::Idle | Use::Sale) { Use::Mining } else { of };
    let own = format!("valuation.discount_rate_frac_by_use.{}", of.as_str());
    let (path, label) = match context.inputs.number(&own) {
        Some(_) => (own, format!("Discount rate of {}", of.as_str())),
        None => ("valuation.discount_rate_frac".to_owned(), "Discount rate".to_owned()),
    };
    if let Some((_, rate, factors)) = rates.iter().find(|(known, ..)| *known == path) {
        return Ok((rate.clone(), factors.clone()));
    }
    context.follow(&path);
    let engine = context.world.money.discount_rate_frac(of);
    let rate = page.term(&label, "fraction per year", context.inputs.number(&path), engine)?;
    let factor = |t: usize| {
        let years = Term::from(t as f64) / Term::from(12.0);
        Term::from(1.0) / (Term::from(1.0) + rate.here()).power(&years)
    };
    let engine: Vec<f64> =
        (0..context.times.len()).map(|t| finance::discount_factor(rate.value, t as f64)).collect();
    let title = format!("Factor: {}", label.to_lowercase());
    let factors = page.live(&title, "factor", context.times.len(), factor, Some(&engine))?;
    rates.push((path, rate.clone(), factors.clone()));
    Ok((rate, factors))
}
