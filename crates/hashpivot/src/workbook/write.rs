//! Putting the sheets together.

use compare::{Site, SiteDecision, SiteMonths, World};
use rust_xlsxwriter::{ChartType, DocProperties, ExcelDateTime, Workbook, Worksheet};

use super::cell::{Cell, Column};
use super::inputs::Inputs;
use super::page::{Made, Page};
use super::{cash, cost, debt, flow, hall, mining, summary, value};
use crate::error::Error;
use crate::input::Loaded;
use crate::input::contract::Tariff;
use crate::input::plan;
use crate::result::{RunResult, SiteResult};
use crate::run::Answer;

/// A figure of the engine beside that of the sheets.
pub(super) struct Check {
    /// What it is.
    pub(super) label: String,
    pub(super) unit: &'static str,
    /// What the engine says.
    pub(super) engine: f64,
    /// Where the sheets say it.
    pub(super) sheet: Cell,
}

/// What all sheets look at.
pub(super) struct Context<'a> {
    pub(super) result: &'a RunResult,
    pub(super) world: &'a World,
    pub(super) inputs: Inputs,
    pub(super) checks: Vec<Check>,
    /// `[months]` and, one longer, the days between them.
    pub(super) month_names: Vec<String>,
    pub(super) times: Vec<String>,
    pub(super) hours: Column,
    pub(super) hashprice: Column,
    pub(super) power_index: Column,
    sheets: Vec<Worksheet>,
    differing: Vec<String>,
}

impl Context<'_> {
    /// Formulas follow this input.
    pub(super) fn follow(&mut self, path: &str) {
        self.inputs.follow(path);
    }

    /// The engine has to run again for this input.
    pub(super) fn again(&mut self, path: &str) {
        self.inputs.run_again(path);
    }

    /// A sheet that is done.
    pub(super) fn add(&mut self, mut page: Page) -> Made<()> {
        self.differing.append(&mut page.differing);
        self.sheets.push(page.finish()?);
        Ok(())
    }

    pub(super) fn check(&mut self, label: String, unit: &'static str, engine: f64, sheet: &Cell) {
        self.checks.push(Check { label, unit, engine, sheet: sheet.clone() });
    }
}

/// A site with all that is known about it.
pub(super) struct SiteContext<'a> {
    pub(super) site: &'a Site,
    pub(super) plan: &'a plan::Site,
    pub(super) decision: &'a SiteDecision,
    pub(super) result: &'a SiteResult,
    /// What its sheets begin with.
    prefix: String,
}

/// Longest beginning of a sheet's name; 31 are allowed in all.
const MOST_PREFIX: usize = 14;

impl SiteContext<'_> {
    /// Name of a sheet.
    pub(super) fn sheet(&self, role: &str) -> String {
        format!("{} {role}", self.prefix)
    }

    /// Path of a field of the site.
    pub(super) fn path(&self, key: &str) -> String {
        format!("site.{}.{key}", self.site.id)
    }

    /// The price of every hour, where there is one.
    pub(super) fn flat_price(&self, _: &Context<'_>) -> Option<f64> {
        let plan = self.plan;
        let charged = plan.demand_charge.is_some()
            || plan.coincident_peak.is_some()
            || !plan.program.is_empty();
        match &plan.tariff {
            Tariff::Flat(flat) if !charged => Some(flat.usd_per_mwh.get()),
            _ => None,
        }
    }
}

/// What sheets of the sites begin with: letters and digits of their names, each once.
fn prefixes(sites: &[Site]) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for (at, site) in sites.iter().enumerate() {
        let kept = |c: &char| c.is_alphanumeric() || *c == ' ';
        let name: String = site.name.chars().filter(kept).take(MOST_PREFIX).collect();
        let name = name.trim();
        let clash = taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
        // Names that are numbers or cells would be read as such.
        let plain = name.chars().next().is_some_and(char::is_alphabetic);
        let numbered = format!("Site {}", at + 1);
        taken.push(if clash || !plain { numbered } else { name.to_owned() });
    }
    taken
}

/// The workbook of an answer, as the bytes of an xlsx file.
///
/// Sheets: `Summary`, `Inputs`, `Network`; for each site its cost to mine, its months of mining, a
/// sheet a hall, a sheet for each way in which the signatures may turn out, tax, cash flow and value;
/// `Financing` where the plan has it; `Checks`, `Sources`.
///
/// # Errors
/// [`Error::Compare`] if the decision is not one of this portfolio; [`Error::Internal`] if a sheet
/// cannot be written.
pub fn write(loaded: &Loaded, answer: &Answer) -> Result<Vec<u8>, Error> {
    build(loaded, answer).map(|(bytes, _)| bytes)
}

/// The workbook, and the formulas whose number is not the engine's: none.
pub(super) fn build(loaded: &Loaded, answer: &Answer) -> Result<(Vec<u8>, Vec<String>), Error> {
    let months = compare::breakdown(&answer.portfolio, &answer.world, &answer.decision)?;
    lay_out(loaded, answer, &months)
        .map_err(|_| Error::Internal("a sheet of the workbook could not be written"))
}

fn lay_out(
    loaded: &Loaded,
    answer: &Answer,
    months: &[SiteMonths],
) -> Made<(Vec<u8>, Vec<String>)> {
    let mut workbook = Workbook::new();
    let (network, mut context) = network(loaded, answer)?;
    context.add(network)?;
    let sites = &answer.portfolio.sites;
    let mut values = Vec::with_capacity(sites.len());
    let mut signed = Vec::with_capacity(sites.len());
    for (index, prefix) in prefixes(sites).into_iter().enumerate() {
        let of = SiteContext {
            site: &sites[index],
            plan: &loaded.plan.site[index],
            decision: &answer.decision.sites[index],
            result: &answer.result.sites[index],
            prefix,
        };
        let (value, first) = site(&mut context, &of, &months[index])?;
        values.push(value);
        signed.push(first);
    }
    if let Some(financing) = &answer.result.financing {
        debt::write(&mut context, financing, &signed)?;
    }
    let (checks, verdict) = summary::checks(&mut context)?;
    context.add(checks)?;
    let sources = summary::sources(&context)?;
    context.add(sources)?;
    let front = summary::summary(&mut context, answer, &values, &verdict)?;
    let inputs = context.inputs.write(&mut workbook)?;

    context.differing.extend(front.differing.iter().cloned());
    workbook.push_worksheet(front.finish()?);
    workbook.push_worksheet(inputs);
    for sheet in context.sheets {
        workbook.push_worksheet(sheet);
    }
    // The same plan gives the same bytes, whenever it is written.
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let about = DocProperties::new()
        .set_title("hashpivot workbook")
        .set_comment(format!(
            "hashpivot {}, input {}",
            answer.result.about.version, answer.result.about.input_digest
        ))
        .set_creation_datetime(&epoch);
    workbook.set_properties(&about);
    Ok((workbook.save_to_buffer()?, context.differing))
}

/// The sheets of a site; gives its value, and its flows if everything is signed.
fn site(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    months: &SiteMonths,
) -> Made<(value::SiteValue, Vec<flow::UseFlow>)> {
    cost::write(context, of)?;
    let classes = mining::write(context, of, months)?;
    let mut halls = Vec::new();
    let mut flows = Vec::with_capacity(months.outcomes.len());
    for outcome in &months.outcomes {
        let mut taken = Vec::with_capacity(outcome.halls.len());
        for hall in &outcome.halls {
            taken.push(hall::find_or_write(context, of, hall, &mut halls)?);
        }
        flows.push(flow::Outcome::new(outcome, taken));
    }
    let mut written = flow::write(context, of, months, &classes, &halls, &flows)?;
    let expected = cash::write(context, of, &written)?;
    let value = value::write(context, of, &expected)?;
    // Signatures are listed early before late and never last: the first outcome has them all.
    Ok((value, written.swap_remove(0).uses))
}

/// The sheet of the network, and what all other sheets look at.
fn network<'a>(loaded: &'a Loaded, answer: &'a Answer) -> Made<(Page, Context<'a>)> {
    let world = &answer.world;
    let (path, months) = (&world.path, world.months());
    let month_names: Vec<String> = (0..months).map(|m| world.calendar(m).to_string()).collect();
    let times = (0..=months).map(|m| world.calendar(m).to_string()).collect();
    let note = "The network month by month, from the engine: it follows no cell of this workbook.";
    let mut page = Page::new("Network", "Network", note)?;
    page.months(&month_names)?;
    let hours: Vec<f64> = (0..months).map(|m| world.calendar(m).hours()).collect();
    let hours = page.engine("Hours", "h", &hours)?;
    let hashprice =
        page.engine("Hashprice before the pool fee", "USD/PH/day", &path.hashprice_usd_per_ph_day)?;
    let power_index = page.engine("Power prices, month 0 = 1", "factor", &path.power_index)?;
    let price = page.engine("Price of a bitcoin", "USD/BTC", &path.price_usd_per_btc)?;
    page.engine("Hash rate", "EH/s", &path.hashrate_eh_per_s)?;
    page.engine("Subsidy", "BTC/block", &path.subsidy_btc)?;
    page.engine("Fees", "BTC/block", &path.fees_btc)?;
    page.engine("J/TH, month 0 = 1", "factor", &path.j_per_th_index)?;
    let (first, _, last) = hashprice.place();
    let over = (first, 1, last);
    let lines = [("Hashprice", &hashprice)];
    page.chart(ChartType::Line, "Hashprice, USD/PH/day", over, &lines, (4, 11))?;
    let lines = [("Price of a bitcoin", &price)];
    page.chart(ChartType::Line, "Price of a bitcoin, USD", over, &lines, (21, 11))?;
    page.freeze(2)?;
    let context = Context {
        result: &answer.result,
        world,
        inputs: Inputs::of(loaded),
        checks: Vec::new(),
        month_names,
        times,
        hours,
        hashprice,
        power_index,
        sheets: Vec::new(),
        differing: Vec::new(),
    };
    Ok((page, context))
}
