//! Cost to mine and breakevens of a site's machines at the valuation date.

use hashcost::{breakevens, fleet_cost};
use rust_xlsxwriter::ChartType;
use units::constants::{MWH_PER_DAY_PER_J_PER_TH, TH_PER_PH};

use super::cell::{Cell, Column, Term};
use super::page::{Made, Page, section_format};
use super::write::{Context, SiteContext};
use crate::run::first_price_usd_per_mwh;

/// Columns of the table of classes.
const COLUMNS: u16 = 17;

/// Writes the sheet; none for a site without machines.
pub(super) fn write(context: &mut Context<'_>, of: &SiteContext<'_>) -> Made<()> {
    let price = first_price_usd_per_mwh(of.site, context.world);
    let network = context.world.network(0);
    let Ok(Some(fleet)) = crate::fleet::fleet(of.site) else { return Ok(()) };
    let Ok(breakevens) = breakevens(&fleet, price, &network) else { return Ok(()) };
    let Ok(cost) = fleet_cost(&fleet, price, &network) else { return Ok(()) };
    let note = "Cost to mine a bitcoin at the valuation date, by what it includes, and where each \
                class breaks even. Levels are never mixed: electricity; direct; all-in.";
    let mut page = Page::new(&of.sheet("cost"), &format!("{}: cost to mine", of.site.name), note)?;
    page.terms(COLUMNS, "Terms")?;
    let terms = Terms::new(context, of, &mut page, price)?;
    // A class without machines has no cost.
    let kept: Vec<usize> =
        (0..of.site.machines.len()).filter(|at| of.site.machines[*at].units > 0.0).collect();
    let names: Vec<String> = kept.iter().map(|at| of.site.machines[*at].name.clone()).collect();
    let numbers: Vec<f64> = kept.iter().map(|at| (at + 1) as f64).collect();
    let class = page.engine("Class", "count", &numbers)?;
    page.words("Machine", &names)?;
    page.sheet.set_column_width(1, 28.0)?;
    let table = Table { of, kept: &kept, terms: &terms };
    let written = table.write(context, &mut page)?;
    for (at, (machine, even)) in cost.machines.iter().zip(&breakevens).enumerate() {
        let name = format!("{}: class {}", of.site.id, at + 1);
        for (label, unit, column, engine) in [
            ("electricity", "USD/BTC", &written.electricity, Some(machine.usd_per_btc.electricity)),
            (
                "direct before credits",
                "USD/BTC",
                &written.direct,
                Some(machine.usd_per_btc.direct_before_credits),
            ),
            (
                "all-in before credits",
                "USD/BTC",
                &written.all_in,
                Some(machine.usd_per_btc.all_in_before_credits),
            ),
            ("breakeven power price", "USD/MWh", &written.even_power, even.usd_per_mwh),
            ("breakeven hashprice", "USD/PH/day", &written.even_hashprice, even.usd_per_ph_day),
        ] {
            let Some(engine) = engine else { continue };
            let (first, col, _) = column.place();
            let row = first + u32::try_from(at).unwrap_or(0);
            let cell = page.cell((row, col), column.values[at]);
            context.check(format!("{name}: {label}"), unit, engine, &cell);
        }
    }
    fleet_box(context, of, &mut page, &written, &cost)?;
    let (first, _, last) = class.place();
    let bars = [
        ("Electricity", &written.electricity),
        ("Direct", &written.direct),
        ("All-in", &written.all_in),
    ];
    let below = (last + 8, 1);
    page.chart(ChartType::Column, "Cost to mine, USD/BTC", (first, 1, last), &bars, below)?;
    page.freeze(2)?;
    context.add(page)
}

/// What all classes share.
struct Terms {
    price: Cell,
    btc: Cell,
    fee: Cell,
    btc_price: Cell,
    overhead: Cell,
}

impl Terms {
    fn new(context: &Context<'_>, of: &SiteContext<'_>, page: &mut Page, price: f64) -> Made<Self> {
        let network = context.world.network(0);
        let flat =
            of.flat_price(context).and(context.inputs.number(&of.path("tariff.usd_per_mwh")));
        let flat = flat.map(|flat| flat * context.power_index.there(0));
        let number = |path: &str| context.inputs.number(path);
        let btc = network.btc_per_th_day() * TH_PER_PH;
        let fee = network.pool_fee_frac;
        Ok(Self {
            price: page.term("Power price of the first month", "USD/MWh", flat, price)?,
            btc: page.term("Reward before the pool fee", "BTC/PH/day", None, btc)?,
            fee: page.term("Pool fee", "fraction", number("bitcoin.pool_fee_frac"), fee)?,
            btc_price: page.term(
                "Price of a bitcoin",
                "USD/BTC",
                None,
                network.price_usd_per_btc,
            )?,
            overhead: page.term(
                "Site draw per machine draw",
                "factor",
                number(&of.path("mining_overhead")),
                of.site.mining_overhead,
            )?,
        })
    }

    /// Bitcoin received per TH/s and day.
    fn received(&self) -> Term {
        self.btc.here() / Term::from(TH_PER_PH) * (Term::from(1.0) - self.fee.here())
    }
}

struct Table<'a> {
    of: &'a SiteContext<'a>,
    kept: &'a [usize],
    terms: &'a Terms,
}

/// Columns of the table.
struct Written {
    running: Column,
    energy: Column,
    electricity: Column,
    direct: Column,
    all_in: Column,
    even_power: Column,
    even_hashprice: Column,
}

impl Table<'_> {
    fn inputs(
        &self,
        context: &Context<'_>,
        page: &mut Page,
        (title, unit, key): (&str, &str, &str),
        engine: impl Fn(&compare::MachineClass) -> f64,
    ) -> Made<Column> {
        let engine: Vec<f64> =
            self.kept.iter().map(|at| engine(&self.of.site.machines[*at])).collect();
        let typed: Option<Vec<Term>> = self
            .kept
            .iter()
            .map(|at| context.inputs.number(&self.of.path(&format!("machine[{at}].{key}"))))
            .collect();
        match typed {
            Some(typed) => {
                page.live(title, unit, typed.len(), |at| typed[at].clone(), Some(&engine))
            }
            None => page.engine(title, unit, &engine),
        }
    }

    fn write(&self, context: &Context<'_>, page: &mut Page) -> Made<Written> {
        let (n, terms) = (self.kept.len(), self.terms);
        let units = self.inputs(context, page, ("Machines", "count", "units"), |c| c.units)?;
        let th = ("Hash rate", "TH/s", "hashrate_th_per_s");
        let th = self.inputs(context, page, th, |c| c.th_per_s)?;
        let watts = self.inputs(context, page, ("Draw", "W", "power_w"), |c| c.power_w)?;
        let uptime = ("Uptime", "fraction", "uptime_frac");
        let uptime = self.inputs(context, page, uptime, |c| c.uptime_frac)?;
        let variable = ("Variable cost", "USD/TH-day", "variable_usd_per_th_day");
        let variable = self.inputs(context, page, variable, |c| c.variable_usd_per_th_day)?;
        let fixed = ("Fixed cost", "USD/TH-day", "fixed_usd_per_th_day");
        let fixed = self.inputs(context, page, fixed, |c| c.fixed_usd_per_th_day)?;
        let energy = |at: usize| {
            watts.here(at) / th.here(at)
                * terms.overhead.here()
                * Term::from(MWH_PER_DAY_PER_J_PER_TH)
        };
        let energy = page.live("Energy at the meter", "MWh/TH-day", n, energy, None)?;
        let running = |at: usize| units.here(at) * th.here(at) * uptime.here(at);
        let running = page.live("Running", "TH/s", n, running, None)?;
        let power = |at: usize| energy.here(at) * terms.price.here();
        let power = page.live("Electricity", "USD/TH-day", n, power, None)?;
        let electricity = |at: usize| power.here(at) / terms.received();
        let electricity = page.live("Electricity", "USD/BTC", n, electricity, None)?;
        let direct = |at: usize| (power.here(at) + variable.here(at)) / terms.received();
        let direct = page.live("Direct, before credits", "USD/BTC", n, direct, None)?;
        let rest = |at: usize| variable.here(at) + fixed.here(at) / uptime.here(at);
        let rest = page.live("Beside electricity", "USD/TH-day", n, rest, None)?;
        let all_in = |at: usize| (power.here(at) + rest.here(at)) / terms.received();
        let all_in = page.live("All-in, before credits", "USD/BTC", n, all_in, None)?;
        let even = |at: usize| {
            let revenue = terms.received() * terms.btc_price.here();
            (revenue - rest.here(at)) / energy.here(at)
        };
        let even_power = page.live("Breakeven power price", "USD/MWh", n, even, None)?;
        let even = |at: usize| {
            (power.here(at) + rest.here(at)) * Term::from(TH_PER_PH)
                / (Term::from(1.0) - terms.fee.here())
        };
        let even_hashprice = page.live("Breakeven hashprice", "USD/PH/day", n, even, None)?;
        Ok(Written { running, energy, electricity, direct, all_in, even_power, even_hashprice })
    }
}

/// The fleet as a whole.
fn fleet_box(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    page: &mut Page,
    written: &Written,
    cost: &hashcost::FleetCost,
) -> Made<()> {
    let (_, _, last) = written.running.place();
    page.text(last + 2, 0, "The fleet, weighted by bitcoin received", &section_format())?;
    let running = written.running.whole();
    let mean = |column: &Column| {
        let (share, all) = (running.times(&column.whole()), running.sum());
        share / all
    };
    let levels = &cost.fleet.usd_per_btc;
    let rows = [
        ("Electricity", "USD/BTC", mean(&written.electricity), levels.electricity),
        ("Direct, before credits", "USD/BTC", mean(&written.direct), levels.direct_before_credits),
        ("All-in, before credits", "USD/BTC", mean(&written.all_in), levels.all_in_before_credits),
        (
            "Energy at the meter",
            "MWh/TH-day",
            mean(&written.energy),
            cost.mwh_per_day / cost.running_th_per_s,
        ),
    ];
    for (row, (label, unit, term, engine)) in (last + 3..).zip(rows) {
        page.text(row, 1, label, &super::page::text_format())?;
        let cell = page.formula((row, 2), &term, unit, Some(engine))?;
        page.text(row, 3, unit, &super::page::note_format())?;
        context.check(
            format!("{}: fleet: {}", of.site.id, label.to_lowercase()),
            unit,
            engine,
            &cell,
        );
    }
    Ok(())
}
