//! What a site's plan is worth: value by use, by year, and the rate of return.

use compare::MiningPolicy;
use rust_xlsxwriter::ChartType;

use super::cash::{LINES, SiteCash};
use super::cell::{Cell, Column, Term};
use super::page::{Kind, Made, Page, head_format, section_format, text_format};
use super::write::{Context, SiteContext};

/// What the summary shows of a site.
pub(super) struct SiteValue {
    /// Value of the site.
    pub(super) npv: Cell,
    /// Sheet that shows it.
    pub(super) sheet: String,
}

/// Rates below lose nearly all in a year.
const NEARLY_ALL: f64 = -0.999;

/// First row that no chart covers.
const CHART_END: u32 = 24;

/// First row of the values by use.
const USES_ROW: u32 = 4;

/// Writes the sheet.
pub(super) fn write(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    cash: &SiteCash,
) -> Made<SiteValue> {
    let note = "Value of the plan that was chosen: cash flow times factors. The engine's figure \
                stands beside each; Checks compares them.";
    let name = of.sheet("value");
    let mut page = Page::new(&name, &format!("{}: value", of.site.name), note)?;
    let heads = ["Use", "Rate", "Value, USD", "Engine, USD"];
    for (col, (head, width)) in (0_u16..).zip(heads.into_iter().zip([34.0, 14.0, 18.0, 18.0])) {
        page.text(USES_ROW - 1, col, head, &head_format())?;
        page.sheet.set_column_width(col, width)?;
    }
    page.sheet.set_column_range_width(4, 8, 16.0)?;
    let mut row = USES_ROW;
    let mut parts = Vec::with_capacity(cash.uses.len());
    for (expected, flow) in cash.uses.iter().zip(&of.decision.flows.uses) {
        let label = match expected.of.1 {
            Some(offer) => of.site.offers[offer].id.clone(),
            None => expected.of.0.as_str().to_owned(),
        };
        page.text(row, 0, &label, &text_format())?;
        page.formula((row, 1), &expected.rate.there(), "fraction", None)?;
        let worth = expected.net.whole().there().times(&expected.discount.whole().there());
        let engine = flow.npv_usd(context.world);
        let worth = page.formula((row, 2), &worth, "USD", Some(engine))?;
        page.number((row, 3), engine, Kind::Engine, "USD")?;
        context.check(format!("{}: value of {label}", of.site.id), "USD", engine, &worth);
        parts.push(worth);
        row += 1;
    }
    page.text(row, 0, "Value of the site", &section_format())?;
    let all = Term::sum(parts.iter().map(Cell::here));
    // What is added up in another order may differ where parts cancel.
    let npv = page.formula((row, 2), &all, "USD", None)?;
    page.number((row, 3), of.decision.npv_usd, Kind::Engine, "USD")?;
    context.check(format!("{}: value", of.site.id), "USD", of.decision.npv_usd, &npv);
    let yearly = years(context, of, cash, &mut page, row + 4)?;
    irr(context, of, cash, &mut page, yearly)?;
    context.add(page)?;
    Ok(SiteValue { npv, sheet: name })
}

/// Cash flow by year of the plan; gives the row below.
fn years(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    cash: &SiteCash,
    page: &mut Page,
    row: u32,
) -> Made<u32> {
    page.text(row - 1, 0, "Expected cash flow by year", &section_format())?;
    page.first_row = row + 3;
    page.next_col = 0;
    let rows = &of.result.cash_flow_by_year;
    let numbers: Vec<f64> = rows.iter().map(|year| year.plan_year as f64).collect();
    let years = page.engine("Year", "year", &numbers)?;
    let last = context.world.months();
    let mut net = None;
    for (line, column) in LINES.iter().zip(&cash.sums) {
        // What falls at the very end of a year belongs to it.
        let of_year = |year: usize| {
            let from = if year == 0 { 0 } else { 12 * year + 1 };
            column.range(from, (12 * (year + 1)).min(last) + 1).there().sum()
        };
        let engine = |year: &crate::result::CashFlowYear| match *line {
            "Capital" => year.capex_usd,
            "Operation" => year.operating_usd,
            "Other" => year.other_usd,
            "Tax" => year.tax_usd,
            _ => year.net_usd,
        };
        let written = page.live(line, "USD", rows.len(), of_year, None)?;
        for (at, year) in rows.iter().enumerate() {
            let (first, col, _) = written.place();
            let cell_row = first + u32::try_from(at).unwrap_or(0);
            let cell = page.cell((cell_row, col), written.values[at]);
            let label = format!("{}: {} of year {}", of.site.id, line.to_lowercase(), at + 1);
            context.check(label, "USD", engine(year), &cell);
        }
        page.total(&written, "USD")?;
        net = Some(written);
    }
    let below = page.first_row + u32::try_from(rows.len()).unwrap_or(0) + 1;
    if let Some(net) = &net {
        let (first, col, last) = years.place();
        let bars = [("Net", net)];
        let title = "Expected net cash flow by year, USD";
        page.chart(ChartType::Column, title, (first, col, last), &bars, (USES_ROW - 1, 9))?;
    }
    Ok(below)
}

/// The rate of return over the best way of mining on, proved: at it, the increment is worth nothing.
fn irr(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    cash: &SiteCash,
    page: &mut Page,
    row: u32,
) -> Made<()> {
    let title = "Rate of return over the best way of mining on";
    page.text(row, 0, title, &section_format())?;
    let irr = &of.result.irr;
    let (policy, _) = of.decision.best_mining;
    let said = match irr.kind {
        "one" => "One rate makes the increment worth nothing.",
        "many" => "Several rates make the increment worth nothing: it changes sign more than once.",
        _ => "No rate makes the increment worth nothing.",
    };
    page.text(row + 1, 0, said, &text_format())?;
    if irr.roots_frac.is_empty() {
        return Ok(());
    }
    let increment = increment(context, of, cash, page, policy, row + 3)?;
    let times = increment.values.len();
    for (at, rate) in irr.roots_frac.iter().enumerate() {
        let line = row + 3 + u32::try_from(at).unwrap_or(0);
        page.text(line, 0, "Rate, and the value of the increment at it", &text_format())?;
        let rate_cell = page.number((line, 1), *rate, Kind::Engine, "fraction")?;
        if *rate < NEARLY_ALL {
            // At such a rate factors span more than numbers hold.
            continue;
        }
        let factors = |t: usize| {
            let years = Term::from(t as f64) / Term::from(12.0);
            Term::from(1.0) / (Term::from(1.0) + rate_cell.here()).power(&years)
        };
        let factors = page.live("Factor at the rate", "factor", times, factors, None)?;
        let worth = increment.whole().times(&factors.whole());
        let scale = increment.values.iter().zip(factors.values.iter());
        let scale: f64 = scale.map(|(usd, factor)| (usd * factor).abs()).sum();
        let scale = page.number((line, 3), scale, Kind::Engine, "USD")?;
        // As a share of all that is added up, to what rounding leaves of it.
        let share = worth / scale.here();
        let rounded = Term::call("ROUND", &[share.text(), "8"], 0.0);
        let zero = page.formula((line, 2), &rounded, "factor", None)?;
        let label = format!("{}: increment at the rate of return, share of its parts", of.site.id);
        context.check(label, "share", 0.0, &zero);
    }
    Ok(())
}

/// The plan's flow less that of mining on.
fn increment(
    context: &Context<'_>,
    of: &SiteContext<'_>,
    cash: &SiteCash,
    page: &mut Page,
    policy: MiningPolicy,
    row: u32,
) -> Made<Column> {
    page.first_row = (row + 4).max(CHART_END);
    page.next_col = 10;
    let times = context.times.len();
    let mining = &of.decision.best_mining_net_usd;
    let title = format!("Mining on: {}", policy.as_str());
    let mining = page.engine(&title, "USD", mining)?;
    let net = &cash.sums[4];
    let over = |t: usize| net.there(t) - mining.here(t);
    page.live("Increment", "USD", times, over, None)
}
