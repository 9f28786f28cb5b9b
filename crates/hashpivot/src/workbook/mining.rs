//! The months of mining: what one MW of each machine class earns.

use compare::{MachineClass, MiningPolicy, Place, Site, SiteMonths, World};
use rust_xlsxwriter::ChartType;
use units::constants::{HOURS_PER_DAY, MWH_PER_DAY_PER_J_PER_TH, TH_PER_PH, W_PER_MW};

use super::cell::{Cell, Column, Term};
use super::inputs::Inputs;
use super::page::{Made, Page};
use super::write::{Context, SiteContext};

/// Columns of a class per MW.
pub(super) struct ClassColumns {
    /// `[months]` paid for machines.
    pub(super) capex: Column,
    /// `[months]` received for machines.
    pub(super) resale: Column,
    /// `[months]` margin.
    pub(super) margin: Column,
    /// `[months]` what tax law takes off the margin, gains on machines added.
    pub(super) deduction: Column,
    /// `[months + 1]` what its machines would fetch.
    pub(super) liquidation: Column,
    /// `[months + 1]` their tax basis.
    pub(super) book: Column,
}

/// Most settings of a machine that are written as formulas.
const MOST_STEPS: usize = 8;

/// Whether the months of mining at a site are formulas: one price for every hour, no charge but by
/// the hour, machines that are there and leave at the end of their life.
pub(super) fn is_live(context: &Context<'_>, of: &SiteContext<'_>) -> bool {
    let plain = |class: &MachineClass| class.committed.is_none() && class.ladder.len() < MOST_STEPS;
    of.flat_price(context).is_some()
        && of.decision.choice.policy == MiningPolicy::RunOff
        && of.site.machines.iter().all(plain)
}

/// Writes the sheet.
pub(super) fn write(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    months: &SiteMonths,
) -> Made<Vec<ClassColumns>> {
    let live = is_live(context, of);
    let note = if live {
        "What one gross MW of each machine class earns, month by month. Hours are run in which the \
         hash value exceeds the energy; the power price is one for all hours, so that all of it is \
         formulas."
    } else {
        "What one gross MW of each machine class earns, month by month. Margins come from the \
         engine: they depend on every hour's price, or on machines that are bought on the way."
    };
    let mut page = Page::new(&of.sheet("mining"), &format!("{}: mining", of.site.name), note)?;
    let classes = of.site.machines.len();
    let columns = if live { 3 + classes * 8 } else { 2 + classes * 6 };
    page.terms(u16::try_from(columns).unwrap_or(u16::MAX), "Terms")?;
    let month = page.months(&context.month_names)?;
    let world = context.world;
    let shared = Shared {
        month,
        price: live.then(|| price(context, of, &mut page)).transpose()?,
        fee: fee(context, &mut page, live)?,
    };
    let mut found = Vec::with_capacity(classes);
    for (index, place) in months.places.iter().enumerate() {
        let class = Class { of, index, place, world, shared: &shared };
        found.push(class.write(&mut page, context)?);
    }
    if let [first, ..] = &found[..] {
        let names: Vec<String> = (1..=found.len()).map(|n| format!("Class {n}")).collect();
        let lines: Vec<(&str, &Column)> =
            names.iter().map(String::as_str).zip(found.iter().map(|c| &c.margin)).collect();
        let (from, _, to) = first.margin.place();
        let below = (to + 3, 1);
        page.chart(ChartType::Line, "Margin per MW and month, USD", (from, 1, to), &lines, below)?;
    }
    page.freeze(2)?;
    context.add(page)?;
    Ok(found)
}

/// What all classes look at.
struct Shared {
    month: Column,
    /// `[months]` price paid.
    price: Option<Column>,
    fee: Cell,
}

fn fee(context: &mut Context<'_>, page: &mut Page, live: bool) -> Made<Cell> {
    let path = "bitcoin.pool_fee_frac";
    if !live {
        context.again(path);
    }
    page.term("Pool fee", "fraction", context.inputs.number(path), context.world.pool_fee_frac)
}

fn price(context: &mut Context<'_>, of: &SiteContext<'_>, page: &mut Page) -> Made<Column> {
    let path = of.path("tariff.usd_per_mwh");
    let usd_per_mwh = of.flat_price(context).unwrap_or_default();
    context.follow(&path);
    let flat = page.term("Power price", "USD/MWh", context.inputs.number(&path), usd_per_mwh)?;
    let index = context.power_index.clone();
    let paid = |m: usize| flat.here() * index.there(m);
    page.live("Power price", "USD/MWh", context.world.months(), paid, None)
}

/// A machine class on its sheet.
struct Class<'a> {
    of: &'a SiteContext<'a>,
    index: usize,
    place: &'a Place,
    world: &'a World,
    shared: &'a Shared,
}

impl Class<'_> {
    fn site(&self) -> &Site {
        self.of.site
    }

    fn class(&self) -> &MachineClass {
        &self.site().machines[self.index]
    }

    fn input(&self, inputs: &Inputs, key: &str) -> (String, Option<Term>) {
        let path = self.of.path(&format!("machine[{}].{key}", self.index));
        let term = inputs.number(&path);
        (path, term)
    }

    fn write(&self, page: &mut Page, context: &mut Context<'_>) -> Made<ClassColumns> {
        let n = self.index + 1;
        let margin = if let Some(price) = &self.shared.price {
            self.margin(page, context, price)?
        } else {
            let title = format!("Class {n}: margin");
            page.engine(&title, "USD/MW", &self.place.margin_usd)?
        };
        let place = self.place;
        let deduction: Vec<f64> =
            place.margin_usd.iter().zip(&place.taxable_usd).map(|(a, b)| a - b).collect();
        Ok(ClassColumns {
            capex: page.engine(
                &format!("Class {n}: machines bought"),
                "USD/MW",
                &place.capex_usd,
            )?,
            resale: page.engine(
                &format!("Class {n}: machines sold"),
                "USD/MW",
                &place.resale_usd,
            )?,
            deduction: page.engine(&format!("Class {n}: tax deductions"), "USD/MW", &deduction)?,
            liquidation: page.engine(
                &format!("Class {n}: worth if sold"),
                "USD/MW",
                &place.liquidation_usd,
            )?,
            book: page.engine(&format!("Class {n}: tax basis"), "USD/MW", &place.book_usd)?,
            margin,
        })
    }

    /// The margin as formulas: hash value, energy, running, margin.
    fn margin(&self, page: &mut Page, context: &mut Context<'_>, price: &Column) -> Made<Column> {
        let (n, class, months) = (self.index + 1, self.class(), self.world.months());
        let mut term = |page: &mut Page, label: &str, unit: &str, key: &str, engine: f64| {
            let (path, input) = self.input(&context.inputs, key);
            context.follow(&path);
            page.term(&format!("Class {n}: {label}"), unit, input, engine)
        };
        let variable = term(
            page,
            "variable cost",
            "USD/TH-day",
            "variable_usd_per_th_day",
            class.variable_usd_per_th_day,
        )?;
        let fixed = class.fixed_usd_per_th_day;
        let fixed = term(page, "fixed cost", "USD/TH-day", "fixed_usd_per_th_day", fixed)?;
        let uptime = term(page, "uptime", "fraction", "uptime_frac", class.uptime_frac)?;
        let overhead = self.site().mining_overhead;
        let mwh = class.j_per_th() * overhead * MWH_PER_DAY_PER_J_PER_TH;
        let own = |page: &mut Page, label: &str, unit: &str, engine: f64| {
            page.term(&format!("Class {n}: {label}"), unit, None, engine)
        };
        let mwh = own(page, "energy", "MWh/TH-day", mwh)?;
        let th = own(page, "hash rate", "TH/s per MW", W_PER_MW / (class.j_per_th() * overhead))?;
        let life = class.life_months.saturating_sub(class.age_months) as f64;
        let life = own(page, "months left", "months", life)?;
        let mut steps = Vec::new();
        for (at, step) in class.steps().into_iter().enumerate() {
            let (hash, power) = if class.ladder.is_empty() {
                (None, None)
            } else {
                let label = format!("step {} of hash rate", at + 1);
                let hash = own(page, &label, "fraction", step.hash_frac)?;
                let label = format!("step {} of power", at + 1);
                (Some(hash), Some(own(page, &label, "fraction", step.power_frac)?))
            };
            steps.push((hash, power));
        }
        let (hashprice, hours) = (context.hashprice.clone(), context.hours.clone());
        let fee = &self.shared.fee;
        let value = |m: usize| {
            hashprice.there(m) / Term::from(TH_PER_PH) * (Term::from(1.0) - fee.here())
                - variable.here()
        };
        let value =
            page.live(&format!("Class {n}: hash value"), "USD/TH-day", months, value, None)?;
        let running = |m: usize| {
            let energy = mwh.here() * price.here(m);
            Term::sum(steps.iter().map(|(hash, power)| {
                let worth = match hash {
                    Some(hash) => value.here(m) * hash.here(),
                    None => value.here(m),
                };
                let pays = match power {
                    Some(power) => energy.clone() * power.here(),
                    None => energy.clone(),
                };
                Term::from(0.0).max(&(worth - pays))
            }))
        };
        let running =
            page.live(&format!("Class {n}: running leaves"), "USD/TH-day", months, running, None)?;
        let margin = |m: usize| {
            let per_th = (uptime.here() * running.here(m) - fixed.here()) * hours.there(m)
                / Term::from(HOURS_PER_DAY);
            let there = self.shared.month.here(m).below(&life.here());
            there.then(&(per_th * th.here()), &Term::from(0.0))
        };
        page.live(
            &format!("Class {n}: margin"),
            "USD/MW",
            months,
            margin,
            Some(&self.place.margin_usd),
        )
    }
}
