//! Sources and uses of a financed plan, loans, dilution.

use rust_xlsxwriter::ChartType;

use super::cell::{Column, Term};
use super::flow::UseFlow;
use super::page::{Made, Page};
use super::write::Context;
use crate::result::{FinancingResult, LoanMonth, StatementMonth};

/// A line of the statement with what it is called.
type Line = (&'static str, fn(&StatementMonth) -> f64);

/// Lines whose sum is the change of cash, receipts positive.
const LINES: [Line; 16] = [
    ("Capital", |m| m.capex_usd),
    ("Operation", |m| m.operating_usd),
    ("Prepayments", |m| m.prepayment_usd),
    ("Other", |m| m.other_usd),
    ("Tax", |m| m.tax_usd),
    ("Own cash", |m| m.own_cash_usd),
    ("Tenants' capital", |m| m.tenant_capex_usd),
    ("Debt drawn", |m| m.debt_drawn_usd),
    ("Interest", |m| m.interest_usd),
    ("Principal", |m| m.principal_usd),
    ("Early repayment", |m| m.sweep_usd),
    ("Convertible notes", |m| m.convertible_usd),
    ("Shares sold", |m| m.at_the_market_usd),
    ("Bitcoin sold", |m| m.btc_sale_usd),
    ("Reserve", |m| m.reserve_change_usd),
    ("Distributions", |m| m.distribution_usd),
];

/// Where own cash stands among them.
const OWN_CASH: usize = 5;

/// Writes the sheet.
pub(super) fn write(
    context: &mut Context<'_>,
    result: &FinancingResult,
    signed: &[Vec<UseFlow>],
) -> Made<()> {
    let note = "With whose money the plan is built, all signatures coming. How much each source \
                gives is the engine's choice; balances, interest and cash are formulas.";
    let mut page = Page::new("Financing", "Financing", note)?;
    let names: Vec<String> = names(&result.loans);
    page.terms(u16::try_from(21 + 5 * names.len()).unwrap_or(u16::MAX), "Terms")?;
    page.months(&context.times)?;
    let times = result.statement.len();
    let mut columns = Vec::with_capacity(LINES.len());
    for (title, of) in LINES {
        let values: Vec<f64> = result.statement.iter().map(of).collect();
        // What the sites earn and spend if everything is signed: their first outcome.
        let of_sites = |pick: fn(&UseFlow) -> &Column, t: usize| {
            Term::sum(signed.iter().flatten().map(|flow| pick(flow).there(t)))
        };
        let column = match title {
            "Capital" => {
                let capex = |t: usize| of_sites(|flow| &flow.capex, t);
                page.live(title, "USD", times, capex, Some(&values))?
            }
            "Operation" => {
                let operating = |t: usize| of_sites(|flow| &flow.operating, t);
                page.live(title, "USD", times, operating, Some(&values))?
            }
            _ => page.engine(title, "USD", &values)?,
        };
        page.total(&column, "USD")?;
        columns.push(column);
    }
    let unfunded: Vec<f64> = result.statement.iter().map(|m| m.unfunded_usd).collect();
    columns.push(page.engine("Given by nobody", "USD", &unfunded)?);
    let change = |t: usize| Term::sum(columns.iter().map(|column| column.here(t)));
    let change = page.live("Change of cash", "USD", times, change, None)?;
    let cash: Vec<f64> = result.statement.iter().map(|m| m.cash_usd).collect();
    let path = "financing.own_cash_usd";
    let before = context.inputs.number(path).map_or(0.0, |own| own.value);
    let own = page.term("Own cash at the start", "USD", context.inputs.number(path), before)?;
    let (rows, col) = (page.first_row, page.next_col);
    let held = |t: usize| {
        let earlier = match t.checked_sub(1) {
            None => own.here(),
            Some(before) => {
                let row = rows + u32::try_from(before).unwrap_or(0);
                let address = rust_xlsxwriter::utility::row_col_to_cell(row, col);
                Term::of_cell(address, cash[before])
            }
        };
        // Own cash that is put in was the company's before.
        earlier + change.here(t) - columns[OWN_CASH].here(t)
    };
    let held = page.live("Cash of the company", "USD", times, held, Some(&cash))?;
    if let (Some(last), Some(t)) = (cash.last(), times.checked_sub(1)) {
        let (_, col, row) = held.place();
        let cell = page.cell((row, col), held.values[t]);
        context.check("financing: cash at the horizon".to_owned(), "USD", *last, &cell);
    }
    page.total(&change, "USD")?;
    for name in &names {
        loan(context, &mut page, name, &result.loans)?;
    }
    summary(context, &mut page, result)?;
    let (first, _, last) = change.place();
    let lines: Vec<(&str, &Column)> = vec![("Operation", &columns[1]), ("Interest", &columns[8])];
    let title = "Operation and interest by month, USD";
    page.chart(ChartType::Line, title, (first, 1, last), &lines, (last + 3, 1))?;
    page.freeze(2)?;
    context.add(page)
}

/// Loans in their order.
fn names(months: &[LoanMonth]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for month in months {
        if !names.contains(&month.loan) {
            names.push(month.loan.clone());
        }
    }
    names
}

/// A loan: interest is a twelfth of the coupon on what was owed a month before.
fn loan(context: &mut Context<'_>, page: &mut Page, name: &str, months: &[LoanMonth]) -> Made<()> {
    let own: Vec<&LoanMonth> = months.iter().filter(|month| month.loan == name).collect();
    let column = |of: fn(&LoanMonth) -> f64| -> Vec<f64> { own.iter().map(|m| of(m)).collect() };
    let drawn = page.engine(&format!("{name}: drawn"), "USD", &column(|m| m.face_drawn_usd))?;
    let repaid = page.engine(&format!("{name}: due"), "USD", &column(|m| m.loan_principal_usd))?;
    let early = page.engine(&format!("{name}: early"), "USD", &column(|m| m.loan_sweep_usd))?;
    let balance = column(|m| m.balance_usd);
    let (rows, col) = (page.first_row, page.next_col);
    let owed = |t: usize| {
        let moved = drawn.here(t) - repaid.here(t) - early.here(t);
        match t.checked_sub(1) {
            None => moved,
            Some(before) => {
                let row = rows + u32::try_from(before).unwrap_or(0);
                let address = rust_xlsxwriter::utility::row_col_to_cell(row, col);
                Term::of_cell(address, balance[before]) + moved
            }
        }
    };
    let owed = page.live(&format!("{name}: owed"), "USD", own.len(), owed, None)?;
    let interest = column(|m| m.loan_interest_usd);
    // The first loan has another coupon where a guarantor stands behind it.
    let paths = [
        format!("financing.loan.{name}.coupon_frac"),
        "financing.credit_support.coupon_frac".to_owned(),
    ];
    let fits = |coupon: &Term| {
        let pairs = interest.iter().skip(1).zip(&balance);
        let off = |(paid, owed): (&f64, &f64)| (paid - owed * coupon.value / 12.0).abs();
        pairs.map(off).all(|usd| usd <= 1e-6)
    };
    let coupon = paths.iter().filter_map(|path| context.inputs.number(path)).find(fits);
    let Some(coupon) = coupon else {
        page.engine(&format!("{name}: interest"), "USD", &interest)?;
        return Ok(());
    };
    let coupon_frac = coupon.value;
    let coupon = page.term(&format!("{name}: coupon"), "fraction", Some(coupon), coupon_frac)?;
    let paid = |t: usize| match t.checked_sub(1) {
        None => Term::from(0.0),
        Some(before) => owed.here(before) * coupon.here() / Term::from(12.0),
    };
    let paid = page.live(&format!("{name}: interest"), "USD", own.len(), paid, Some(&interest))?;
    page.total(&paid, "USD")?;
    let total: f64 = interest.iter().sum();
    let (first, col, _) = paid.place();
    let cell = page.cell((first - 1, col), total);
    context.check(format!("financing: interest of {name}"), "USD", total, &cell);
    Ok(())
}

/// The figures of the whole, and how the number of shares comes about.
fn summary(context: &mut Context<'_>, page: &mut Page, result: &FinancingResult) -> Made<()> {
    for (label, unit, value) in [
        ("Value of the project", "USD", Some(result.project_npv_usd)),
        ("Value to shareholders", "USD", Some(result.equity_npv_usd)),
        ("Lowest debt service coverage", "factor", result.min_dscr),
        ("The same in the lender case", "factor", result.min_lender_dscr),
        ("Most owed", "USD", Some(result.peak_debt_usd)),
    ] {
        if let Some(value) = value {
            page.term(label, unit, None, value)?;
        }
    }
    let Some(shares) = &result.shares else { return Ok(()) };
    let mut parts = Vec::new();
    for (label, value) in [
        ("Shares before the plan", shares.before_shares),
        ("Sold at the market", shares.at_the_market_shares),
        ("Converted from notes", shares.converted_shares),
        ("Added by warrants", shares.warrant_shares),
    ] {
        parts.push(page.term(label, "shares", None, value)?);
    }
    let after = Term::sum(parts.iter().map(super::cell::Cell::here));
    let after = page.term("Shares after the plan", "shares", Some(after), shares.after_shares)?;
    context.check(
        "financing: shares after the plan".to_owned(),
        "shares",
        shares.after_shares,
        &after,
    );
    if let (Some(value), Some(per_share)) = (result.company_value_usd, result.value_usd_per_share) {
        let value = page.term("Value of the company", "USD", None, value)?;
        let of_share = value.here() / after.here();
        let of_share = page.term("Value of a share", "USD/share", Some(of_share), per_share)?;
        let label = "financing: value of a share".to_owned();
        context.check(label, "USD/share", per_share, &of_share);
    }
    Ok(())
}
