//! A hall: rent or GPU-hours, income, capital, month by month per critical MW.

use compare::{Deal, HallMonths, Offer, RentCase};
use hpcrev::{GpuCloud, Lease, LeaseType};
use rust_xlsxwriter::ChartType;
use units::constants::KW_PER_MW;

use super::cell::{Cell, Column, Term};
use super::page::{Made, Page};
use super::write::{Context, SiteContext};

/// Months in a year of a contract.
const YEAR: f64 = 12.0;

/// A hall as written, per critical MW.
pub(super) struct HallSheet {
    key: (usize, usize, RentCase),
    /// Index of the offer.
    pub(super) offer: usize,
    pub(super) capex: Column,
    pub(super) noi: Column,
    pub(super) prepaid: Column,
    pub(super) credit: Column,
    pub(super) resale: Column,
    pub(super) depreciation: Column,
    /// At the horizon: GPUs sold less the prepayment still owed.
    pub(super) at_horizon: Cell,
    /// At the horizon: GPUs sold less what is not written off.
    pub(super) taxed_at_horizon: Cell,
}

/// The sheet of a hall: that which is there, or a new one. Gives its index.
pub(super) fn find_or_write(
    context: &mut Context<'_>,
    of: &SiteContext<'_>,
    hall: &HallMonths,
    halls: &mut Vec<HallSheet>,
) -> Made<usize> {
    let c = &hall.commitment;
    let key = (c.offer, c.quarter, c.rent);
    if let Some(found) = halls.iter().position(|other| other.key == key) {
        return Ok(found);
    }
    let offer = &of.site.offers[c.offer];
    let number = halls.len() + 1;
    let title = format!("{}: hall {number}, {}", of.site.name, offer.id);
    let note = format!(
        "Per critical MW, committed at the start of {}. Rows are months; power and rent of a month \
         are paid at its end.",
        context.month_names[hall.commit_month]
    );
    let mut page = Page::new(&of.sheet(&format!("hall {number}")), &title, &note)?;
    let columns = match &offer.deal {
        Deal::Colocation(_) => 21,
        Deal::GpuCloud(_) => 17,
    };
    page.terms(columns, "Terms")?;
    let month = page.months(&context.month_names)?;
    let mut writer = Writer { page: &mut page, context, of, offer, hall, month };
    let mut written = match &offer.deal {
        Deal::Colocation(lease) => writer.lease(lease)?,
        Deal::GpuCloud(cloud) => writer.cloud(cloud)?,
    };
    written.key = key;
    let (first, _, last) = written.noi.place();
    let lines = [("Net operating income", &written.noi)];
    let title = "Net operating income, USD per critical MW and month";
    page.chart(ChartType::Line, title, (first, 1, last), &lines, (last + 3, 1))?;
    page.freeze(2)?;
    context.add(page)?;
    halls.push(written);
    Ok(halls.len() - 1)
}

struct Writer<'w, 'a> {
    page: &'w mut Page,
    context: &'w mut Context<'a>,
    of: &'w SiteContext<'w>,
    offer: &'w Offer,
    hall: &'w HallMonths,
    month: Column,
}

impl Writer<'_, '_> {
    fn path(&self, key: &str) -> String {
        self.of.path(&format!("offer.{}.{key}", self.offer.id))
    }

    /// A term that formulas follow.
    fn term(&mut self, label: &str, unit: &str, key: &str, engine: f64) -> Made<Cell> {
        let path = self.path(key);
        let input = self.context.inputs.number(&path);
        self.context.follow(&path);
        self.page.term(label, unit, input, engine)
    }

    /// A number of the engine.
    fn fixed(&mut self, label: &str, unit: &str, engine: f64) -> Made<Cell> {
        self.page.term(label, unit, None, engine)
    }

    fn months(&self) -> usize {
        self.context.world.months()
    }

    /// First month in which somebody pays.
    fn rent_start(&self) -> usize {
        self.hall.proforma.in_service.max(self.hall.rent.from_month)
    }

    /// Months of the contract that have passed, negative before it.
    fn passed(&mut self) -> Made<(Column, Cell)> {
        let in_service = self.hall.proforma.in_service as f64;
        let in_service = self.fixed("In service from month", "month", in_service)?;
        let start = self.rent_start() as f64;
        let start = self.fixed("Paid from month", "month", start)?;
        let month = self.month.clone();
        let passed = |m: usize| month.here(m) - start.here();
        let passed =
            self.page.live("Months of contract", "months", month.values.len(), passed, None)?;
        Ok((passed, in_service))
    }

    #[expect(clippy::too_many_lines, reason = "one column after the other, as on the sheet")]
    fn lease(&mut self, lease: &Lease) -> Made<HallSheet> {
        let months = self.months();
        let rent = lease.rent_first_usd_per_kw_month;
        let rent = self.term(
            "Rent of the first year",
            "USD/kW-month",
            "rent_first_usd_per_kw_month",
            rent,
        )?;
        let step = self.term("Yearly step", "fraction", "escalator_frac", lease.escalator_frac)?;
        let term = self.term("Term", "months", "term_months", lease.term_months as f64)?;
        let free = self.term("Months without rent", "months", "free_months", lease.free_months)?;
        let hazard = lease.default_hazard_per_year;
        let hazard =
            self.term("Yearly odds of default", "fraction", "default_hazard_per_year", hazard)?;
        let delay = lease.relet_delay_months as f64;
        let delay = self.term("Months to let again", "months", "relet_delay_months", delay)?;
        let relet = self.term("Rent when let again", "fraction", "relet_frac", lease.relet_frac)?;
        let backstop = self.term(
            "Share that a guarantor makes good",
            "fraction",
            "backstop_frac",
            lease.backstop_frac,
        )?;
        let share =
            self.fixed("Share of the contract that is earned", "fraction", self.hall.rent.frac)?;
        let (passed, in_service) = self.passed()?;
        let one = || Term::from(1.0);
        let zero = || Term::from(0.0);
        // From the first month on: powers of negative months would be infinite at a hazard of 1.
        let since = |m: usize| zero().max(&passed.here(m));
        let full = |m: usize| {
            let years = (since(m) / Term::from(YEAR)).whole();
            rent.here() * Term::from(KW_PER_MW) * (one() + step.here()).power(&years)
        };
        let full = self.page.live("Rent of a full hall", "USD/MW", months, full, None)?;
        let start = self.rent_start();
        let ramp: Vec<Option<Term>> = (0..lease.ramp.len())
            .map(|at| self.context.inputs.number(&self.path(&format!("ramp_frac[{at}]"))))
            .collect();
        for at in 0..ramp.len() {
            let path = self.path(&format!("ramp_frac[{at}]"));
            self.context.follow(&path);
        }
        let let_frac = |m: usize| {
            let at = m.checked_sub(start).and_then(|j| ramp.get(j).cloned().flatten());
            at.unwrap_or_else(one)
        };
        let occupied =
            self.page.live("Share of the hall let", "fraction", months, let_frac, None)?;
        let paid = |m: usize| {
            let still_free = one().min(&zero().max(&(free.here() - passed.here(m))));
            occupied.here(m) * (one() - still_free)
        };
        let paid = self.page.live("Share of rent due", "fraction", months, paid, None)?;
        let survives = |m: usize| (one() - hazard.here()).power(&(since(m) / Term::from(YEAR)));
        let survives = self.page.live("Tenant still pays", "fraction", months, survives, None)?;
        let after = |m: usize| {
            let later = zero().max(&(passed.here(m) - delay.here()));
            one() - (one() - hazard.here()).power(&(later / Term::from(YEAR)))
        };
        let after = self.page.live("Let to another", "fraction", months, after, None)?;
        let received = |m: usize| {
            survives.here(m)
                + (one() - survives.here(m) - after.here(m)) * backstop.here()
                + after.here(m) * relet.here().max(&backstop.here())
        };
        let received =
            self.page.live("Expected of rent due", "fraction", months, received, None)?;
        let proforma = &self.hall.proforma;
        let in_term =
            |m: usize| passed.here(m).at_least(&zero()).and(&passed.here(m).below(&term.here()));
        let revenue = |m: usize| {
            let rent = full.here(m) * paid.here(m) * received.here(m) * share.here();
            in_term(m).then(&rent, &zero())
        };
        let revenue =
            self.page.live("Rent", "USD", months, revenue, Some(&proforma.revenue_usd))?;
        let power = if lease.lease_type == LeaseType::Gross {
            let load = self.term(
                "Share of load drawn",
                "fraction",
                "load_factor_frac",
                lease.load_factor,
            )?;
            let pue = self.term("Energy per IT energy", "factor", "pue", lease.pue)?;
            let price = self.price()?;
            let hours = self.context.hours.clone();
            let power = |m: usize| {
                let mwh = load.here() * pue.here() * hours.there(m);
                let used = occupied.here(m) * (survives.here(m) + after.here(m));
                in_term(m).then(&(mwh * used * price.here(m)), &zero())
            };
            self.page.live("Power", "USD", months, power, Some(&proforma.power_usd))?
        } else {
            self.page.engine("Power (paid by the tenant)", "USD", &proforma.power_usd)?
        };
        let opex = lease.opex_usd_per_critical_mw_year;
        let opex = self.opex((opex, lease.opex_growth_frac), &in_service)?;
        let opex_paid = |m: usize| {
            let runs = self.month.here(m).at_least(&in_service.here());
            runs.and(&passed.here(m).below(&term.here())).then(&opex.here(m), &zero())
        };
        let opex_paid =
            self.page.live("Operating cost", "USD", months, opex_paid, Some(&proforma.opex_usd))?;
        let noi = |m: usize| revenue.here(m) - power.here(m) - opex_paid.here(m);
        let noi = self.page.live(
            "Net operating income",
            "USD",
            months,
            noi,
            Some(&proforma.noi_usd()),
        )?;
        self.page.total(&revenue, "USD")?;
        self.page.total(&noi, "USD")?;

        let capex = self.offer.delivery.capex_usd_per_critical_mw;
        let capex =
            self.term("Cost of the hall", "USD/MW critical", "capex_usd_per_critical_mw", capex)?;
        let theirs = self.term(
            "Share that the tenant pays",
            "fraction",
            "tenant_capex_frac",
            lease.tenant_capex_frac,
        )?;
        let cost = self.page.term(
            "Cost to the owner",
            "USD/MW critical",
            Some(capex.here() * (one() - theirs.here())),
            capex.value * (1.0 - theirs.value),
        )?;
        let spent: Vec<f64> =
            proforma.capex_usd.iter().map(|usd| share_of(*usd, cost.value)).collect();
        let spent = self.page.engine("Share of the cost spent", "fraction", &spent)?;
        let paid_out = |m: usize| spent.here(m) * cost.here();
        let capex =
            self.page.live("Capital", "USD", months, paid_out, Some(&proforma.capex_usd))?;
        self.page.total(&capex, "USD")?;
        let life = self.offer.delivery.hall_life_months as f64;
        let life = self.term("Tax life", "months", "hall_life_months", life)?;
        let written_off = |m: usize| {
            let from = self.month.here(m).at_least(&in_service.here());
            let until = self.month.here(m).below(&(in_service.here() + life.here()));
            from.and(&until).then(&(cost.here() / life.here()), &zero())
        };
        let engine = Some(&proforma.depreciation_usd[..]);
        let depreciation = self.page.live("Depreciation", "USD", months, written_off, engine)?;
        let (prepaid, credit, owed) = self.prepayment()?;
        let resale = self.page.engine("GPUs sold", "USD", &proforma.resale_usd)?;
        let at_horizon = self.page.term(
            "At the horizon: prepayment paid back",
            "USD/MW critical",
            Some(zero() - owed.here()),
            0.0 - proforma.prepayment_left_usd,
        )?;
        let aged = Term::from(months as f64) - in_service.here();
        let left = zero() - cost.here() * zero().max(&(one() - aged / life.here()));
        let basis = proforma.tax_basis_usd.last().copied().unwrap_or_default();
        let taxed_at_horizon = self.page.term(
            "At the horizon: written off at once",
            "USD/MW critical",
            Some(left),
            0.0 - basis,
        )?;
        Ok(HallSheet {
            key: (0, 0, RentCase::Contract),
            offer: self.hall.commitment.offer,
            capex,
            noi,
            prepaid,
            credit,
            resale,
            depreciation,
            at_horizon,
            taxed_at_horizon,
        })
    }

    /// What a month of operating cost would be.
    fn opex(&mut self, (usd, growth): (f64, f64), in_service: &Cell) -> Made<Column> {
        let first = self.term(
            "Operating cost of the first year",
            "USD/MW-year",
            "opex_usd_per_critical_mw_year",
            usd,
        )?;
        let growth = self.term("Its yearly growth", "fraction", "opex_growth_frac", growth)?;
        let month = self.month.clone();
        let monthly = |m: usize| {
            let since = Term::from(0.0).max(&(month.here(m) - in_service.here()));
            let years = (since / Term::from(YEAR)).whole();
            first.here() / Term::from(YEAR) * (Term::from(1.0) + growth.here()).power(&years)
        };
        self.page.live("Operating cost in service", "USD", month.values.len(), monthly, None)
    }

    /// What the load pays for power.
    fn price(&mut self) -> Made<Column> {
        let usd_per_mwh = &self.hall.usd_per_mwh;
        let path = self.of.path("tariff.usd_per_mwh");
        let Some(flat) = self.of.flat_price(self.context) else {
            return self.page.engine("Power price", "USD/MWh", usd_per_mwh);
        };
        let input = self.context.inputs.number(&path);
        let flat = self.page.term("Power price", "USD/MWh", input, flat)?;
        let index = self.context.power_index.clone();
        let paid = |m: usize| flat.here() * index.there(m);
        self.page.live("Power price", "USD/MWh", usd_per_mwh.len(), paid, Some(usd_per_mwh))
    }

    /// Money paid in advance and credited back, and what is owed at the horizon.
    fn prepayment(&mut self) -> Made<(Column, Column, Cell)> {
        let proforma = &self.hall.proforma;
        let months = self.months();
        let terms = match &self.offer.deal {
            Deal::Colocation(lease) => lease.prepayment,
            Deal::GpuCloud(cloud) => cloud.prepayment,
        };
        let Some(terms) = terms.filter(|_| self.hall.signed) else {
            let prepaid = self.page.engine("Prepaid", "USD", &proforma.prepayment_usd)?;
            let credit = self.page.engine("Credited", "USD", &proforma.prepayment_credit_usd)?;
            return Ok((prepaid, credit, self.fixed("Prepayment owed", "USD", 0.0)?));
        };
        let amount = terms.usd_per_critical_mw;
        let amount =
            self.term("Prepayment", "USD/MW critical", "prepayment.usd_per_critical_mw", amount)?;
        let owed = share_of(proforma.prepayment_left_usd, amount.value);
        let owed = self.fixed("Share owed at the horizon", "fraction", owed)?;
        let parts = terms.credit_months as f64;
        let parts = self.fixed("Credited over", "months", parts)?;
        let received = |m: usize| {
            let here = proforma.prepayment_usd[m] != 0.0;
            if here { amount.here() } else { Term::from(0.0) }
        };
        let engine = Some(&proforma.prepayment_usd[..]);
        let prepaid = self.page.live("Prepaid", "USD", months, received, engine)?;
        let credited = |m: usize| {
            let here = proforma.prepayment_credit_usd[m] != 0.0;
            if here { amount.here() / parts.here() } else { Term::from(0.0) }
        };
        let engine = Some(&proforma.prepayment_credit_usd[..]);
        let credit = self.page.live("Credited", "USD", months, credited, engine)?;
        let owed = Some(amount.here() * owed.here());
        let owed = self.page.term(
            "Prepayment owed at the horizon",
            "USD/MW critical",
            owed,
            proforma.prepayment_left_usd,
        )?;
        Ok((prepaid, credit, owed))
    }

    #[expect(clippy::too_many_lines, reason = "one column after the other, as on the sheet")]
    fn cloud(&mut self, cloud: &GpuCloud) -> Made<HallSheet> {
        let months = self.months();
        let proforma = &self.hall.proforma;
        let (passed, in_service) = self.passed()?;
        let (one, zero) = (|| Term::from(1.0), || Term::from(0.0));
        let service = cloud.service_months() as f64;
        let service = self.fixed("Months of service", "months", service)?;
        let runs = |m: usize| {
            let until = self.month.here(m).below(&(in_service.here() + service.here()));
            self.month.here(m).at_least(&in_service.here()).and(&until)
        };
        let runs: Vec<super::cell::Test> = (0..months).map(runs).collect();
        let revenue = if cloud.refresh.is_some() {
            self.page.engine("GPU-hours sold", "USD", &proforma.revenue_usd)?
        } else {
            let gpus = self.fixed("GPUs", "1/MW critical", cloud.gpus_per_mw())?;
            let contract = cloud.contract_usd_per_gpu_h;
            let contract =
                self.term("Price under contract", "USD/GPU-h", "contract_usd_per_gpu_h", contract)?;
            let mix = cloud.contract_mix_frac;
            let mix = self.term("Share under contract", "fraction", "contract_mix_frac", mix)?;
            let length = cloud.contract_months as f64;
            let length = self.term("Months of contract", "months", "contract_months", length)?;
            let spot = cloud.spot_usd_per_gpu_h;
            let spot =
                self.term("Spot price at its date", "USD/GPU-h", "spot_usd_per_gpu_h", spot)?;
            let offset = f64::from(cloud.spot_month_offset);
            let offset = self.fixed("Months since that date", "months", offset)?;
            let decay =
                self.term("Its yearly fall", "fraction", "spot_decay_frac", cloud.decay_frac)?;
            let used = cloud.utilisation_frac;
            let used =
                self.term("Share of spot hours sold", "fraction", "utilisation_frac", used)?;
            let there = cloud.availability_frac;
            let there = self.term("Availability", "fraction", "availability_frac", there)?;
            let share = self.fixed(
                "Share of the contract that is earned",
                "fraction",
                self.hall.rent.frac,
            )?;
            let month = self.month.clone();
            let spot_price = |m: usize| {
                let years = (offset.here() + month.here(m)) / Term::from(YEAR);
                spot.here() * (one() - decay.here()).power(&years)
            };
            let spot_price = self.page.live("Spot price", "USD/GPU-h", months, spot_price, None)?;
            let under = |m: usize| passed.here(m).below(&length.here()).then(&mix.here(), &zero());
            let under = self.page.live("Share under contract", "fraction", months, under, None)?;
            let hourly = |m: usize| {
                let spot = (one() - under.here(m)) * used.here() * spot_price.here(m);
                there.here() * (under.here(m) * contract.here() + spot)
            };
            let hourly = self.page.live("Revenue of a GPU", "USD/GPU-h", months, hourly, None)?;
            let hours = self.context.hours.clone();
            let revenue = |m: usize| {
                let usd = gpus.here() * hours.there(m) * hourly.here(m) * share.here();
                let paid = runs[m].and(&passed.here(m).at_least(&zero()));
                paid.then(&usd, &zero())
            };
            self.page.live("GPU-hours sold", "USD", months, revenue, Some(&proforma.revenue_usd))?
        };
        let load =
            self.term("Share of load drawn", "fraction", "load_factor_frac", cloud.load_factor)?;
        let pue = self.term("Energy per IT energy", "factor", "pue", cloud.pue)?;
        let price = self.price()?;
        let hours = self.context.hours.clone();
        let power = |m: usize| {
            let usd = load.here() * pue.here() * hours.there(m) * price.here(m);
            runs[m].then(&usd, &zero())
        };
        let power = self.page.live("Power", "USD", months, power, Some(&proforma.power_usd))?;
        let opex = cloud.opex_usd_per_critical_mw_year;
        let opex = self.opex((opex, cloud.opex_growth_frac), &in_service)?;
        let of_revenue = self.term(
            "Staff and software",
            "fraction",
            "opex_revenue_frac",
            cloud.opex_revenue_frac,
        )?;
        let credits =
            self.term("Service credits", "fraction", "sla_credit_frac", cloud.sla_credit_frac)?;
        let opex_paid = |m: usize| {
            let with_revenue = (of_revenue.here() + credits.here()) * revenue.here(m);
            runs[m].then(&(opex.here(m) + with_revenue), &zero())
        };
        let opex_paid =
            self.page.live("Operating cost", "USD", months, opex_paid, Some(&proforma.opex_usd))?;
        let noi = |m: usize| revenue.here(m) - power.here(m) - opex_paid.here(m);
        let noi = self.page.live(
            "Net operating income",
            "USD",
            months,
            noi,
            Some(&proforma.noi_usd()),
        )?;
        self.page.total(&revenue, "USD")?;
        self.page.total(&noi, "USD")?;
        let capex = self.page.engine("Capital, GPUs and hall", "USD", &proforma.capex_usd)?;
        self.page.total(&capex, "USD")?;
        let depreciation = self.page.engine("Depreciation", "USD", &proforma.depreciation_usd)?;
        let (prepaid, credit, owed) = self.prepayment()?;
        let resale = self.page.engine("GPUs sold", "USD", &proforma.resale_usd)?;
        let sold = proforma.resale_at_horizon_usd;
        let sold = self.fixed("At the horizon: GPUs sold", "USD/MW critical", sold)?;
        let at_horizon = self.page.term(
            "At the horizon: GPUs less prepayment",
            "USD/MW critical",
            Some(sold.here() - owed.here()),
            proforma.resale_at_horizon_usd - proforma.prepayment_left_usd,
        )?;
        let basis = proforma.tax_basis_usd.last().copied().unwrap_or_default();
        let basis = self.fixed("At the horizon: not written off", "USD/MW critical", basis)?;
        let taxed_at_horizon = self.page.term(
            "At the horizon: gain on GPUs",
            "USD/MW critical",
            Some(sold.here() - basis.here()),
            sold.value - basis.value,
        )?;
        Ok(HallSheet {
            key: (0, 0, RentCase::Contract),
            offer: self.hall.commitment.offer,
            capex,
            noi,
            prepaid,
            credit,
            resale,
            depreciation,
            at_horizon,
            taxed_at_horizon,
        })
    }
}

/// A part of a whole; nothing of nothing.
fn share_of(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
