//! The first sheet, and the last ones: decision, checks, sources.

use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, Format, FormatAlign, Url,
};

use super::cell::{Cell, Term, quoted};
use super::page::{
    FIRST_ROW, Kind, Made, Page, format, head_format, note_format, section_format, text_format,
    verdict_format,
};
use super::value::SiteValue;
use super::write::Context;
use crate::run::Answer;

/// Difference of sheet and engine, of the larger one, that is rounding.
const SAME: &str = "0.000000001";

/// What the sheets say of themselves.
pub(super) struct Verdict {
    /// Checks that do not hold.
    pub(super) failing: Cell,
    /// Inputs changed that formulas follow, and inputs for which the engine has to run again.
    pub(super) changed: [Cell; 2],
}

/// The sheet of checks.
pub(super) fn checks(context: &mut Context<'_>) -> Made<(Page, Verdict)> {
    let note = "The engine's figures beside those of the sheets. Once an input is changed they part: \
                the engine's are of the plan as it was run.";
    let mut page = Page::new("Checks", "Checks", note)?;
    let [live, again] = context.inputs.changed();
    let rows = [
        ("Inputs changed that formulas follow; the choice is held", live),
        ("Inputs changed for which the engine has to run again", again),
    ];
    let mut changed = Vec::with_capacity(rows.len());
    for (row, (label, (count, value))) in (3..).zip(rows) {
        page.text(row, 0, label, &text_format())?;
        let count = Term::of_cell(count, value);
        changed.push(page.formula((row, 1), &count, "count", None)?);
    }
    let first = FIRST_ROW + 3;
    let last = first + u32::try_from(context.checks.len()).unwrap_or(0);
    page.text(5, 0, "Checks that do not hold", &text_format())?;
    let failing =
        Term::call("COUNTIF", &[&format!("$F${}:$F${last}", first + 1), "\"differs\""], 0.0);
    let failing = page.formula((5, 1), &failing, "count", None)?;
    page.text(6, 0, "Verdict", &verdict_format())?;
    let (a, b, f) = (changed[0].address(), changed[1].address(), failing.address());
    let verdict =
        format!("IF({b}>0,\"{AGAIN}\",IF({a}>0,\"{HELD}\",IF({f}>0,\"{WRONG}\",\"{WELL}\")))");
    page.says((6, 1), &verdict, WELL, &verdict_format())?;
    let heads = ["Figure", "Engine", "Sheets", "Difference", "Unit", "Verdict"];
    let widths = [58.0, 20.0, 20.0, 16.0, 14.0, 12.0];
    for (col, (head, width)) in (0_u16..).zip(heads.into_iter().zip(widths)) {
        page.text(first - 1, col, head, &head_format())?;
        page.sheet.set_column_width(col, width)?;
    }
    for (row, check) in (first..).zip(&context.checks) {
        page.text(row, 0, &check.label, &text_format())?;
        let engine = page.number((row, 1), check.engine, Kind::Engine, check.unit)?;
        let sheet = page.formula((row, 2), &check.sheet.there(), check.unit, None)?;
        let exact = format(Kind::Live, "").set_num_format("0.0E+00;[Red]-0.0E+00;\"-\"");
        let difference = engine.here() - sheet.here();
        let difference_cell = page.formula((row, 3), &difference, "", None)?;
        page.sheet.set_cell_format(row, 3, &exact)?;
        page.text(row, 4, check.unit, &note_format().set_indent(1))?;
        let room = format!("{SAME}*MAX(1,ABS({}))", engine.address());
        let holds = format!("IF(ABS({})<={room},\"ok\",\"differs\")", difference_cell.address());
        page.says((row, 5), &holds, "ok", &text_format())?;
    }
    let red = Format::new().set_font_color(Color::RGB(0xC0_0000)).set_bold();
    let rule = ConditionalFormatCell::new()
        .set_rule(ConditionalFormatCellRule::EqualTo("differs"))
        .set_format(&red);
    page.sheet.add_conditional_format(first, 5, last, 5, &rule)?;
    page.sheet.set_freeze_panes(first, 1)?;
    page.sheet.set_repeat_rows(first - 1, first - 1)?;
    page.next_col = 6;
    let [live, again]: [Cell; 2] = match <[Cell; 2]>::try_from(changed) {
        Ok(both) => both,
        Err(_) => [failing.clone(), failing.clone()],
    };
    Ok((page, Verdict { failing, changed: [live, again] }))
}

/// What the checks come to.
const WELL: &str = "sheets and engine agree";
const WRONG: &str = "sheets and engine differ";
const HELD: &str = "inputs were changed: the choice is held, not made again";
const AGAIN: &str = "inputs were changed: run the engine again";

/// Where every input comes from, and what was assumed.
pub(super) fn sources(context: &Context<'_>) -> Made<Page> {
    let about = &context.result.about;
    let note = "Where every input comes from, and what was run.";
    let mut page = Page::new("Sources", "Sources", note)?;
    let lines = [
        ("Engine", format!("hashpivot {}", about.version)),
        ("Digest of the input, SHA-256", about.input_digest.clone()),
        ("Valued at", context.result.valuation_date.clone()),
        ("Value is", about.npv_basis.to_owned()),
        ("The same on the command line", "hashpivot run PLAN --workbook FILE.xlsx".to_owned()),
    ];
    for (row, (label, text)) in (3..).zip(lines) {
        page.text(row, 0, label, &text_format())?;
        page.text(row, 1, &text, &text_format())?;
    }
    let mut row = 9;
    if !context.result.warnings.is_empty() {
        page.text(row, 0, "What deserves attention", &section_format())?;
        row += 1;
        for warning in &context.result.warnings {
            page.text(row, 0, warning, &text_format())?;
            row += 1;
        }
        row += 1;
    }
    let heads = ["Input", "Value as run", "Source"];
    for (col, (head, width)) in (0_u16..).zip(heads.into_iter().zip([56.0, 30.0, 80.0])) {
        page.text(row, col, head, &head_format())?;
        page.sheet.set_column_width(col, width)?;
    }
    for (path, value, source) in context.inputs.sources() {
        row += 1;
        page.text(row, 0, path, &text_format())?;
        page.text(row, 1, &value, &text_format())?;
        page.text(row, 2, source, &note_format())?;
    }
    page.next_col = 3;
    page.sheet.set_freeze_panes(3, 0)?;
    Ok(page)
}

/// The first sheet: what to do, what it is worth, and whether the sheets can be trusted.
pub(super) fn summary(
    context: &mut Context<'_>,
    answer: &Answer,
    values: &[SiteValue],
    verdict: &Verdict,
) -> Made<Page> {
    let result = &answer.result;
    let held =
        if result.plan_held { " The choice is held: it was made for other inputs." } else { "" };
    let note = format!(
        "Decision at {}, {} months, project values after tax.{held} Yellow: inputs. Grey: from the \
         engine. Plain: formulas.",
        result.valuation_date, result.horizon_months
    );
    let mut page = Page::new("Summary", &result.plan_name, &note)?;
    let heads = [
        "Site",
        "Value, USD",
        "Engine, USD",
        "Above mining on, USD",
        "Capital, USD",
        "Rate of return",
        "Payback, months",
    ];
    let widths = [30.0, 18.0, 18.0, 20.0, 18.0, 14.0, 14.0];
    page.first_row = 4;
    for (col, (head, width)) in (0_u16..).zip(heads.into_iter().zip(widths)) {
        page.text(3, col, head, &head_format())?;
        page.sheet.set_column_width(col, width)?;
    }
    let mut row = 4;
    let mut all = Vec::with_capacity(values.len());
    for (site, value) in result.sites.iter().zip(values) {
        let link = Url::new(format!("internal:{}!A1", quoted(&value.sheet))).set_text(&site.name);
        page.sheet.write_url(row, 0, &link)?;
        all.push(page.formula((row, 1), &value.npv.there(), "USD", None)?);
        page.number((row, 2), site.npv_usd, Kind::Engine, "USD")?;
        page.number((row, 3), site.gain_usd, Kind::Engine, "USD")?;
        page.number((row, 4), site.capex_usd, Kind::Engine, "USD")?;
        if let Some(rate) = site.irr.irr_frac {
            page.number((row, 5), rate, Kind::Engine, "fraction")?;
        } else {
            let said = if site.irr.kind == "many" { "several" } else { "none" };
            page.text(row, 5, said, &note_format().set_align(FormatAlign::Right))?;
        }
        if let Some(months) = site.payback_months {
            page.number((row, 6), months, Kind::Engine, "months")?;
        }
        row += 1;
    }
    page.text(row, 0, "All sites", &section_format())?;
    page.formula((row, 1), &Term::sum(all.iter().map(Cell::here)), "USD", None)?;
    page.number((row, 2), result.portfolio.npv_usd, Kind::Engine, "USD")?;
    row += 2;
    page.text(row, 0, "Sheets and engine", &section_format())?;
    let (a, b) = (verdict.changed[0].there(), verdict.changed[1].there());
    let failing = verdict.failing.there();
    let said = format!(
        "IF({}>0,\"{AGAIN}\",IF({}>0,\"{HELD}\",IF({}>0,\"{WRONG}\",\"{WELL}\")))",
        b.text(),
        a.text(),
        failing.text()
    );
    page.says((row, 1), &said, WELL, &verdict_format())?;
    row += 2;
    page.text(row, 0, "What to do", &section_format())?;
    for site in &result.sites {
        row += 1;
        page.text(row, 0, &site.name, &verdict_format())?;
        for sentence in &site.sentences {
            page.text(row, 1, sentence, &text_format())?;
            row += 1;
        }
    }
    row += 1;
    page.text(row, 0, "Gross megawatts by quarter, expected, from the engine", &section_format())?;
    megawatts(&mut page, result, row + 4)?;
    page.sheet.set_active(true);
    page.sheet.set_freeze_panes(4, 1)?;
    page.next_col = 8;
    debug_assert_eq!(context.result.sites.len(), values.len());
    Ok(page)
}

/// MW by use over all sites, with a chart.
fn megawatts(page: &mut Page, result: &crate::result::RunResult, row: u32) -> Made<()> {
    let Some(first) = result.sites.first() else { return Ok(()) };
    page.first_row = row;
    page.next_col = 0;
    let quarters: Vec<String> =
        first.mw_by_quarter.iter().map(|quarter| quarter.quarter.clone()).collect();
    page.words("Quarter", &quarters)?;
    let sum = |of: fn(&crate::result::MwQuarter) -> f64| -> Vec<f64> {
        let at = |q: usize| {
            let sites = result.sites.iter().filter_map(|site| site.mw_by_quarter.get(q));
            sites.fold(0.0, |sum, quarter| sum + of(quarter))
        };
        (0..quarters.len()).map(at).collect()
    };
    let mining = page.engine("Mining", "gross MW", &sum(|q| q.mining_gross_mw))?;
    let leased = page.engine("Leased", "gross MW", &sum(|q| q.colocation_gross_mw))?;
    let cloud = page.engine("GPU cloud", "gross MW", &sum(|q| q.gpu_cloud_gross_mw))?;
    let sold = page.engine("Sold", "gross MW", &sum(|q| q.sale_gross_mw))?;
    let unused = page.engine("Unused", "gross MW", &sum(|q| q.unused_gross_mw))?;
    let (from, _, to) = mining.place();
    let areas = [
        ("Mining", &mining),
        ("Leased", &leased),
        ("GPU cloud", &cloud),
        ("Sold", &sold),
        ("Unused", &unused),
    ];
    let kind = rust_xlsxwriter::ChartType::AreaStacked;
    page.chart(kind, "Gross MW by use", (from, 0, to), &areas, (3, 9))
}
