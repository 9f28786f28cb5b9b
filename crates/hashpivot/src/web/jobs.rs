//! What each route does, once it is understood and has a place to run.

use std::{io, sync::Arc};

use compare::{Watch, operation::StrikeRule};
use hashcost::bridge::Accounts;
use serde::Serialize;
use units::{CalendarMonth, Code, Violation};

use super::{
    App,
    answers::{FileId, KeptFile, Machine, Machines, PlanAnswer, ReadPlan, Version},
    arguments::{
        BridgeKeys, CompaniesKeys, CostKeys, DispatchKeys, ExplainKeys, FileKeys, FrontierKeys,
        FrontierName, GpuKeys, HalvingKeys, ImpliedKeys, LeaseKeys, MapKeys, RunKeys,
        SensitivityKeys, SolveName, StrikesKeys, WorkbookKeys,
    },
    base64,
    refusal::Refusal,
    request::{self, Asked},
};
use crate::{
    Depth, commands, company,
    dispatch::{self, NamedSeries},
    explain, facts, halving,
    input::{self, Built, Document, Loaded, Quantity, Sources, contract::SeriesFormat},
    published, report, run_to, schema, sensitivity, strikes, view,
};

/// An answer, ready to be sent.
#[derive(Debug)]
pub(crate) enum Answer {
    /// JSON.
    Json(Vec<u8>),
    /// A file to be saved under a name.
    File { name: &'static str, bytes: Vec<u8> },
}

impl Answer {
    fn of(value: &impl Serialize) -> Result<Self, Refusal> {
        serde_json::to_vec(value).map(Self::Json).map_err(|_| Refusal::internal())
    }
}

/// One piece of work.
pub(crate) struct Job<'a> {
    /// The server.
    pub(crate) app: &'a App,
    /// What was asked.
    pub(crate) asked: &'a Asked,
    /// Whether anybody still waits.
    pub(crate) watch: &'a Watch,
}

/// A plan that can be valued: the server's own, or one that was read for this request.
struct Plan {
    loaded: Arc<Loaded>,
    /// As the engine takes it, where that is at hand.
    built: Option<Arc<Built>>,
}

impl Job<'_> {
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let files =
            if self.asked.sources.is_some() { &self.asked.files } else { &self.app.start.files };
        files.get(name).map(|bytes| bytes.to_vec()).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "no file of this name was sent along")
        })
    }

    fn sources(&self) -> &Sources {
        self.asked.sources.as_ref().unwrap_or(&self.app.start.sources)
    }

    fn plan(&self) -> Result<Plan, Refusal> {
        let Some(sources) = &self.asked.sources else {
            let start = &self.app.start;
            let built = Some(Arc::clone(&start.built));
            return Ok(Plan { loaded: Arc::clone(&start.loaded), built });
        };
        let loaded = input::load(sources, &|name| self.read(name))?;
        let loaded = Loaded { isa: self.app.start.loaded.isa, ..loaded };
        Ok(Plan { loaded: Arc::new(loaded), built: None })
    }

    /// A file that an argument names.
    fn file(&self, key: &str, name: &str) -> Result<Vec<u8>, Refusal> {
        self.read(name).map_err(|error| {
            let violation = Violation::new(Code::Io, key).value(name).allowed("cannot be read");
            vec![violation.hint(error.to_string())].into()
        })
    }
}

pub(crate) fn version(job: &Job<'_>) -> Result<Answer, Refusal> {
    let simd = job.app.start.loaded.isa.name();
    Answer::of(&Version { version: env!("CARGO_PKG_VERSION"), simd })
}

pub(crate) fn openapi(job: &Job<'_>) -> Result<Answer, Refusal> {
    Answer::of(&job.app.openapi)
}

pub(crate) fn schema_input(_: &Job<'_>) -> Result<Answer, Refusal> {
    Answer::of(&input::schema())
}

pub(crate) fn schema_output(_: &Job<'_>) -> Result<Answer, Refusal> {
    Answer::of(&schema::output())
}

pub(crate) fn plan(job: &Job<'_>) -> Result<Answer, Refusal> {
    let start = &job.app.start;
    let files = start
        .files
        .iter()
        .map(|(name, bytes)| (name.clone(), FileId { id: super::files::id(bytes) }));
    let plan = input::merged(&start.sources)?;
    let alone = start.sources.overlays.is_empty() && start.sources.sets.is_empty();
    let text = match std::str::from_utf8(&start.sources.base.bytes) {
        Ok(text) if alone && !input::is_json(&start.sources.base.name, text) => text.to_owned(),
        _ => input::toml_text(&plan),
    };
    Answer::of(&PlanAnswer { plan, text, files: files.collect() })
}

pub(crate) fn machines(_: &Job<'_>) -> Result<Answer, Refusal> {
    let machines = facts::machines().iter().map(|machine| Machine {
        model: machine.model.clone(),
        hashrate_th_per_s: machine.hashrate_th_per_s,
        power_w: machine.power_w,
    });
    Answer::of(&Machines {
        machines: machines.collect(),
        ladders: facts::ladder_models(),
        gpus: facts::gpus().iter().map(|gpu| gpu.model.clone()).collect(),
    })
}

pub(crate) fn check(_: &Job<'_>) -> Result<Answer, Refusal> {
    Answer::of(&published::check())
}

pub(crate) fn cost(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: CostKeys = job.asked.arguments()?;
    let plan = job.plan()?;
    let result = match &plan.built {
        Some(built) => commands::cost_of(&plan.loaded, built, &keys.model, &keys.usd_per_mwh)?,
        None => commands::cost(&plan.loaded, &keys.model, &keys.usd_per_mwh)?,
    };
    Answer::of(&result)
}

pub(crate) fn lease(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: LeaseKeys = job.asked.arguments()?;
    if keys.value_usd.is_some() == keys.rent_usd_per_kw_month.is_some() {
        let violation = Violation::new(Code::Conflict, "value_usd");
        let allowed = "exactly one of value_usd and rent_usd_per_kw_month";
        return Err(vec![violation.allowed(allowed)].into());
    }
    Answer::of(&commands::lease(&commands::LeaseArguments {
        critical_mw: keys.critical_mw,
        years: keys.years,
        value_usd: keys.value_usd,
        rent_usd_per_kw_month: keys.rent_usd_per_kw_month,
        escalator_frac: keys.escalator,
        renewals_years: keys.renewals,
        free_months: keys.free_months,
        ramp_frac: keys.ramp,
        noi_margin_frac: keys.noi_margin,
        capex_usd_per_mw: keys.capex_usd_per_mw,
    })?)
}

pub(crate) fn gpu(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: GpuKeys = job.asked.arguments()?;
    Answer::of(&commands::gpu(&commands::GpuArguments {
        critical_mw: keys.critical_mw,
        gpus: keys.gpus,
        usd_per_year: keys.usd_per_year,
        kw_per_gpu: keys.kw_per_gpu,
        usd_per_gpu_year: keys.usd_per_gpu_year,
        usd_per_gpu_h: keys.usd_per_gpu_h,
        usd_per_mw_year: keys.usd_per_mw_year,
    })?)
}

fn month(path: &str, text: &str) -> Result<CalendarMonth, Refusal> {
    let parsed = text
        .split_once('-')
        .and_then(|(year, month)| CalendarMonth::new(year.parse().ok()?, month.parse().ok()?).ok());
    parsed.ok_or_else(|| {
        let violation = Violation::new(Code::Type, path).value(text);
        vec![violation.allowed("must be a month such as 2033-12, years 1900..=2200")].into()
    })
}

pub(crate) fn halving(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: HalvingKeys = job.asked.arguments()?;
    // As on the command line: on today's facts unless a plan is given or laid over.
    let plan = job.asked.sources.is_some().then(|| job.plan()).transpose()?;
    Answer::of(&halving::halving(
        plan.as_ref().map(|plan| &*plan.loaded),
        &halving::HalvingArguments {
            start_usd_per_btc: keys.start_usd_per_btc,
            fees_btc_per_block: keys.fees_btc,
            until: month("until", &keys.until)?,
            models: keys.model,
            usd_per_mwh: keys.usd_per_mwh,
        },
    )?)
}

pub(crate) fn strikes(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: StrikesKeys = job.asked.arguments()?;
    Answer::of(&strikes::strikes(&strikes::StrikesArguments {
        models: keys.model,
        hashprice_usd_per_ph_day: keys.hashprice,
        overhead: keys.overhead,
        pool_fee_frac: keys.fee,
    })?)
}

pub(crate) fn bridge(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: BridgeKeys = job.asked.arguments()?;
    Answer::of(&commands::bridge(&Accounts {
        btc: keys.btc_mined,
        power_usd: keys.power_usd,
        other_direct_usd: keys.other_direct_usd,
        credits_usd: keys.credits_usd,
        cash_sga_usd: keys.cash_sga_usd,
        interest_usd: keys.interest_usd,
        tax_usd: keys.tax_usd,
        depreciation_usd: keys.depreciation_usd,
        stock_pay_usd: keys.stock_pay_usd,
    })?)
}

pub(crate) fn companies(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: CompaniesKeys = job.asked.arguments()?;
    Answer::of(&company::companies(&company::CompaniesArguments {
        prices: keys.price.into_iter().collect(),
        framework: company::FrameworkArguments {
            usd_per_btc: keys.btc_price,
            signing_frac: keys.probability,
            colocation_usd_per_mw: keys.colocation_usd_per_mw,
            cloud_usd_per_mw: keys.cloud_usd_per_mw,
        },
    })?)
}

pub(crate) fn implied(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: ImpliedKeys = job.asked.arguments()?;
    Answer::of(&company::implied_by_price(&company::ImpliedArguments {
        company: keys.company,
        usd_per_share: keys.price,
        solve: keys.solve.map(|name| match name {
            SolveName::Mw => compare::company::Unknown::UnsignedCriticalMw,
            SolveName::Eh => compare::company::Unknown::EhPerS,
            SolveName::Probability => compare::company::Unknown::SigningFrac,
        }),
        unsigned_critical_mw: keys.unsigned_critical_mw,
        framework: company::FrameworkArguments {
            usd_per_btc: keys.btc_price,
            signing_frac: keys.probability,
            colocation_usd_per_mw: keys.colocation_usd_per_mw,
            cloud_usd_per_mw: keys.cloud_usd_per_mw,
        },
    })?)
}

pub(crate) fn run(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: RunKeys = job.asked.arguments()?;
    let depth = if keys.quick { Depth::Quick } else { Depth::Whole };
    Answer::of(&run_to(&job.plan()?.loaded, depth, job.watch)?)
}

pub(crate) fn explain(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: ExplainKeys = job.asked.arguments()?;
    Answer::of(&explain::explain_watched(&job.plan()?.loaded, keys.signing_correlation, job.watch)?)
}

pub(crate) fn frontier(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: FrontierKeys = job.asked.arguments()?;
    let arguments = explain::FrontierArguments {
        of: match keys.of {
            FrontierName::Budget => explain::FrontierOf::Budget(keys.entry),
            FrontierName::Tenant => explain::FrontierOf::Tenant(keys.id),
            FrontierName::Mw => explain::FrontierOf::Mw(keys.id),
        },
        from: keys.from,
        to: keys.to,
        points: keys.points,
    };
    Answer::of(&explain::frontier(&job.plan()?.loaded, &arguments)?)
}

pub(crate) fn dispatch(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: DispatchKeys = job.asked.arguments()?;
    let plan = job.plan()?;
    let series = |key: &str, name: &Option<String>, quantity, column: &Option<String>| {
        let Some(name) = name else { return Ok(None) };
        let bytes = job.file(key, name)?;
        let format = SeriesFormat {
            label: keys.label,
            zone: keys.zone.clone(),
            gaps: keys.gaps,
            time_column: keys.time_column.clone(),
            value_column: column.clone(),
        };
        let options = input::series_options(&format, quantity).map_err(|fault| vec![*fault])?;
        let read = input::read_series(name, &bytes, &options)?;
        Ok::<_, Refusal>(Some(NamedSeries { file: name.clone(), read }))
    };
    let price = Quantity::PriceUsdPerMwh;
    let prices = series("prices", &keys.prices, price, &keys.price_column)?;
    let ahead =
        if keys.day_ahead_column.is_some() { &keys.day_ahead_column } else { &keys.price_column };
    let day_ahead = series("day_ahead", &keys.day_ahead, price, ahead)?;
    let celsius = Quantity::TemperatureC;
    let temperature = series("temperature", &keys.temperature, celsius, &keys.temperature_column)?;
    let classes = match &keys.classes {
        None => None,
        Some(name) => Some(input::read_classes(name, &job.file("classes", name)?)?),
    };
    let with_rules = classes.is_none() || keys.rules;
    let asked = dispatch::DispatchArguments {
        site: keys.site,
        prices,
        day_ahead,
        temperature,
        classes,
        hashprice_usd_per_ph_day: keys.hashprice,
        strikes: StrikeRule {
            low_usd_per_mwh: keys.low,
            high_usd_per_mwh: keys.high,
            low_windows: keys.low_windows,
            high_windows: keys.high_windows,
            resume_windows: keys.resume_windows,
            notice_intervals: keys.notice,
        },
        with_rules,
        curtailed_hours_per_year: keys.curtailed_hours,
    };
    Answer::of(&dispatch::dispatch(&plan.loaded, &asked)?)
}

pub(crate) fn sensitivity(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: SensitivityKeys = job.asked.arguments()?;
    let arguments = sensitivity::SensitivityArguments {
        inputs: keys.inputs,
        site: keys.site,
        spread_frac: keys.spread,
    };
    let read = |name: &str| job.read(name);
    Answer::of(&sensitivity::sensitivity(job.sources(), &read, &arguments, job.watch)?)
}

pub(crate) fn map(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: MapKeys = job.asked.arguments()?;
    let arguments = sensitivity::MapArguments { x: keys.x, y: keys.y };
    let read = |name: &str| job.read(name);
    Answer::of(&sensitivity::map(job.sources(), &read, &arguments, job.watch)?)
}

pub(crate) fn report(job: &Job<'_>) -> Result<Answer, Refusal> {
    let loaded = job.plan()?.loaded;
    let run = run_to(&loaded, Depth::Whole, job.watch)?;
    let read = |name: &str| job.read(name);
    let report = report::Report::gather(job.sources(), &read, &loaded, run, job.watch)?;
    Ok(Answer::File { name: "report.html", bytes: report::html(&report).into_bytes() })
}

pub(crate) fn csv(job: &Job<'_>) -> Result<Answer, Refusal> {
    let result = run_to(&job.plan()?.loaded, Depth::Whole, job.watch)?;
    Ok(Answer::File { name: "run.csv", bytes: view::csv(&view::run_rows(&result)).into_bytes() })
}

#[cfg(feature = "workbook")]
pub(crate) fn workbook(job: &Job<'_>) -> Result<Answer, Refusal> {
    let loaded = job.plan()?.loaded;
    let answer = crate::answer(&loaded, None, Depth::Whole, job.watch)?;
    Ok(Answer::File { name: "model.xlsx", bytes: crate::workbook::write(&loaded, &answer)? })
}

#[cfg(feature = "workbook")]
pub(crate) fn workbook_read(job: &Job<'_>) -> Result<Answer, Refusal> {
    let (name, bytes) = workbook_bytes(job)?;
    let filled = crate::workbook::read(&name, &bytes)?;
    Answer::of(&ReadPlan { plan: filled.plan().clone() })
}

#[cfg(not(feature = "workbook"))]
fn no_workbooks() -> Refusal {
    let allowed = "this program was built without workbooks";
    Refusal::new(axum::http::StatusCode::NOT_IMPLEMENTED, Code::Conflict, "", allowed)
}

#[cfg(not(feature = "workbook"))]
pub(crate) fn workbook(_: &Job<'_>) -> Result<Answer, Refusal> {
    Err(no_workbooks())
}

#[cfg(not(feature = "workbook"))]
pub(crate) fn workbook_read(job: &Job<'_>) -> Result<Answer, Refusal> {
    workbook_bytes(job).and(Err(no_workbooks()))
}

/// Name and content of a workbook that was sent.
fn workbook_bytes(job: &Job<'_>) -> Result<(String, Vec<u8>), Refusal> {
    let keys: WorkbookKeys = job.asked.arguments()?;
    let bytes = base64::decode(&keys.base64).ok_or_else(|| {
        vec![Violation::new(Code::Syntax, "base64").allowed("must be base64 with padding")]
    })?;
    Ok((request::shown(&keys.name), bytes))
}

pub(crate) fn plan_read(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: FileKeys = job.asked.arguments()?;
    let base = Document { name: request::shown(&keys.name), bytes: keys.text.into_bytes() };
    Answer::of(&ReadPlan { plan: input::merged(&Sources::of(base))? })
}

pub(crate) fn plan_toml(job: &Job<'_>) -> Result<Answer, Refusal> {
    let plan = input::merged(job.sources())?;
    Ok(Answer::File { name: "plan.toml", bytes: input::toml_text(&plan).into_bytes() })
}

pub(crate) fn keep_file(job: &Job<'_>) -> Result<Answer, Refusal> {
    let keys: FileKeys = job.asked.arguments()?;
    let (limit, bytes) = (job.app.limits.kept_bytes, keys.text.len());
    if bytes > input::MAX_BYTES.min(limit) {
        let allowed = format!("a file may have {} bytes", input::MAX_BYTES.min(limit));
        let violation = Violation::new(Code::Limit, "text").value(bytes).unit("bytes");
        return Err(vec![violation.allowed(allowed)].into());
    }
    Answer::of(&KeptFile { id: job.app.files.keep(keys.text.as_bytes(), limit), bytes })
}
