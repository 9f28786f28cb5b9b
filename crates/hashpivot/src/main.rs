//! The `hashpivot` command: arguments in, answers out. What it computes is in the library.

mod cli;

use std::{
    env::VarError,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{CommandFactory, FromArgMatches, error::ErrorKind};
use hashcost::{Isa, Method, Stores, bridge::Accounts};
#[cfg(feature = "serve")]
use hashpivot::web;
use hashpivot::{
    backtest, bench, commands, company, dispatch, error::Error, explain, halving, input, output,
    progress, published, report, result::FaultResult, schema, sensitivity, strikes, view,
};
use serde::Serialize;

use cli::{
    BacktestArguments, BenchArguments, BridgeArguments, Cli, Command, CompaniesArguments,
    DispatchArguments, Format, FrameworkArguments, FrontierArguments, FrontierName, GapsName,
    HalvingArguments, ImpliedArguments, LabelName, MapArguments, MethodName, PlanArguments,
    RunArguments, SIMD_VARIABLE, SchemaOf, SensitivityArguments, SeriesArguments, SolveName,
    StoresName, WorkloadName,
};

fn main() -> ExitCode {
    let (cli, isa) = match arguments() {
        Ok(arguments) => arguments,
        Err(usage) => usage.exit(),
    };
    match answer(&cli, isa) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error, cli.format);
            ExitCode::from(error.exit_code())
        }
    }
}

/// What was typed, and the instruction set that the environment asks for.
fn arguments() -> Result<(Cli, Isa), clap::Error> {
    #[expect(clippy::disallowed_methods, reason = "the edge reads it once and passes it down")]
    let asked = match std::env::var(SIMD_VARIABLE) {
        Ok(asked) => asked,
        Err(VarError::NotPresent) => String::new(),
        // No name of anything, and refused as one.
        Err(VarError::NotUnicode(asked)) => asked.to_string_lossy().into_owned(),
    };
    let isa = if asked.is_empty() { Ok(Isa::best()) } else { Isa::named(&asked) };
    let isa = isa.map_err(|error| {
        let message = format!("{SIMD_VARIABLE}: {error}");
        Cli::command().error(ErrorKind::InvalidValue, message)
    })?;
    let cli = Cli::from_arg_matches(&Cli::command_on(isa).try_get_matches()?)?;
    Ok((cli, isa))
}

/// Says what is wrong: on the error stream for people, as JSON on standard output for programs.
fn complain(error: &Error, format: Format) {
    let said = match (format, error) {
        (Format::Json, _) => {
            let faults = error.violations().iter().map(Into::into).collect();
            output::print(&json(&FaultResult { faults }))
        }
        (_, Error::Input(violations)) => {
            output::print_error(&format!("error: {error}\n{}", view::faults(violations)))
        }
        _ => output::print_error(&format!("error: {error}\n")),
    };
    // Nobody is left to tell.
    drop(said);
}

fn answer(cli: &Cli, isa: Isa) -> Result<(), Error> {
    match &cli.command {
        Command::Run(arguments) if arguments.watch => decide_again_and_again(cli, arguments, isa),
        Command::Run(arguments) => decide(cli, arguments, isa),
        Command::Explain(arguments) => {
            let plan = load(&arguments.plan, isa)?;
            if let Some(path) = &arguments.mps {
                write(path, &plan.files, &explain::mps(&plan.loaded)?)?;
            }
            let correlation = arguments.signing_correlation;
            let result = progress::with_bar("looking for reasons", |watch| {
                explain::explain_watched(&plan.loaded, correlation, watch)
            })?;
            let csv = || view::csv(&view::explain_rows(&result));
            put(cli, &plan.files, &result, || view::explain(&result), csv)
        }
        Command::Frontier(arguments) => along_a_limit(cli, arguments, isa),
        Command::Sensitivity(arguments) => sway(cli, arguments),
        Command::Map(arguments) => draw_map(cli, arguments),
        Command::Cost(arguments) => {
            let plan = load(&arguments.plan, isa)?;
            let result = commands::cost(&plan.loaded, &arguments.model, &arguments.usd_per_mwh)?;
            put(cli, &plan.files, &result, || view::cost(&result), || view::csv(&result.rows))
        }
        Command::Dispatch(arguments) => run_hours(cli, arguments, isa),
        Command::Strikes(arguments) => {
            let result = strikes::strikes(&strikes::StrikesArguments {
                models: arguments.model.clone(),
                hashprice_usd_per_ph_day: arguments.hashprice,
                overhead: arguments.overhead,
                pool_fee_frac: arguments.fee,
            })?;
            put(cli, &[], &result, || view::strikes(&result), || view::csv(&result.rows))
        }
        Command::Backtest(arguments) => look_back(cli, arguments, isa),
        Command::Halving(arguments) => through_halvings(cli, arguments, isa),
        Command::Lease(arguments) => {
            let result = commands::lease(&commands::LeaseArguments {
                critical_mw: arguments.critical_mw,
                years: arguments.years,
                value_usd: arguments.value_usd,
                rent_usd_per_kw_month: arguments.rent_usd_per_kw_month,
                escalator_frac: arguments.escalator,
                renewals_years: arguments.renewals.clone(),
                free_months: arguments.free_months,
                ramp_frac: arguments.ramp.clone(),
                noi_margin_frac: arguments.noi_margin,
                capex_usd_per_mw: arguments.capex_usd_per_mw,
            })?;
            put(cli, &[], &result, || view::lease(&result), || view::csv(&result.by_year))
        }
        Command::Gpu(arguments) => {
            let result = commands::gpu(&commands::GpuArguments {
                critical_mw: arguments.critical_mw,
                gpus: arguments.gpus,
                usd_per_year: arguments.usd_per_year,
                kw_per_gpu: arguments.kw_per_gpu,
                usd_per_gpu_year: arguments.usd_per_gpu_year,
                usd_per_gpu_h: arguments.usd_per_gpu_h,
                usd_per_mw_year: arguments.usd_per_mw_year,
            })?;
            put(cli, &[], &result, || view::gpu(&result), || view::csv(&view::gpu_rows(&result)))
        }
        Command::Bridge(arguments) => by_definition(cli, arguments),
        Command::Companies(arguments) => add_up(cli, arguments),
        Command::Implied(arguments) => price_in(cli, arguments),
        Command::Check => {
            let result = published::check();
            put(cli, &[], &result, || view::check(&result), || view::csv(&result.rows))?;
            match result.rows.iter().filter(|row| !row.pass).count() {
                0 => Ok(()),
                rows => Err(Error::CheckFailed { rows }),
            }
        }
        Command::Bench(arguments) => measure(cli, arguments, isa),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve(arguments, isa),
        Command::Init => text(cli, input::example_text()),
        Command::Schema { of } => {
            let schema = match of {
                SchemaOf::Input => input::schema(),
                SchemaOf::Output => schema::output(),
            };
            text(cli, &json(&schema))
        }
        Command::Completions { shell } => {
            let mut bytes = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "hashpivot", &mut bytes);
            text(cli, &String::from_utf8_lossy(&bytes))
        }
        Command::Man => {
            let mut bytes = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut bytes)
                .map_err(|source| Error::Io { path: PathBuf::from("-"), source })?;
            text(cli, &String::from_utf8_lossy(&bytes))
        }
    }
}

/// `halving`: on today's facts unless a plan is given or laid over.
fn through_halvings(cli: &Cli, arguments: &HalvingArguments, isa: Isa) -> Result<(), Error> {
    let given = &arguments.plan;
    let laid_over = !given.overlay.is_empty() || !given.set.is_empty();
    let plan = if given.plan.is_some() || laid_over { Some(load(given, isa)?) } else { None };
    let result = halving::halving(
        plan.as_ref().map(|p| &p.loaded),
        &halving::HalvingArguments {
            start_usd_per_btc: arguments.start_usd_per_btc,
            fees_btc_per_block: arguments.fees_btc,
            until: arguments.until,
            models: arguments.model.clone(),
            usd_per_mwh: arguments.usd_per_mwh,
        },
    )?;
    let files = plan.map(|p| p.files).unwrap_or_default();
    let csv = || view::csv(&view::halving_rows(&result));
    put(cli, &files, &result, || view::halving(&result), csv)
}

/// `backtest`: on a file of days, else on the built-in months.
fn look_back(cli: &Cli, arguments: &BacktestArguments, isa: Isa) -> Result<(), Error> {
    let file = arguments.history.as_deref().map(|path| {
        let unread = |source| Error::Io { path: path.to_owned(), source };
        read(path).map(|bytes| (path, bytes)).map_err(unread)
    });
    let file = file.transpose()?;
    let name = file.as_ref().map(|(path, _)| path.display().to_string()).unwrap_or_default();
    let result = backtest::backtest(
        isa,
        &backtest::BacktestArguments {
            history: file.as_ref().map(|(_, bytes)| (name.as_str(), bytes.as_slice())),
            china_2021: arguments.china_2021,
        },
    )?;
    put(cli, &[], &result, || view::backtest(&result), || view::csv(&result.scores))
}

/// `bridge`: one cost under each definition.
fn by_definition(cli: &Cli, arguments: &BridgeArguments) -> Result<(), Error> {
    let result = commands::bridge(&Accounts {
        btc: arguments.btc_mined,
        power_usd: arguments.power_usd,
        other_direct_usd: arguments.other_direct_usd,
        credits_usd: arguments.credits_usd,
        cash_sga_usd: arguments.cash_sga_usd,
        interest_usd: arguments.interest_usd,
        tax_usd: arguments.tax_usd,
        depreciation_usd: arguments.depreciation_usd,
        stock_pay_usd: arguments.stock_pay_usd,
    })?;
    put(cli, &[], &result, || view::bridge(&result), || view::csv(&result.rows))
}

/// `companies`: sums of parts beside prices.
fn add_up(cli: &Cli, arguments: &CompaniesArguments) -> Result<(), Error> {
    let result = company::companies(&company::CompaniesArguments {
        prices: arguments.price.clone(),
        framework: framework(&arguments.framework),
    })?;
    let csv = || view::csv(&view::companies_rows(&result));
    put(cli, &[], &result, || view::companies(&result), csv)
}

/// `implied`: what a price holds.
fn price_in(cli: &Cli, arguments: &ImpliedArguments) -> Result<(), Error> {
    let result = company::implied_by_price(&company::ImpliedArguments {
        company: arguments.company.clone(),
        usd_per_share: arguments.price,
        solve: arguments.solve.map(|name| match name {
            SolveName::Mw => compare::company::Unknown::UnsignedCriticalMw,
            SolveName::Eh => compare::company::Unknown::EhPerS,
            SolveName::Probability => compare::company::Unknown::SigningFrac,
        }),
        unsigned_critical_mw: arguments.unsigned_critical_mw,
        framework: framework(&arguments.framework),
    })?;
    put(cli, &[], &result, || view::implied(&result), || view::csv(&result.rows))
}

/// The framework as the library takes it.
fn framework(typed: &FrameworkArguments) -> company::FrameworkArguments {
    company::FrameworkArguments {
        usd_per_btc: typed.btc_price,
        signing_frac: typed.probability,
        colocation_usd_per_mw: typed.colocation_usd_per_mw,
        cloud_usd_per_mw: typed.cloud_usd_per_mw,
    }
}

/// `bench`: a kernel against the clock.
fn measure(cli: &Cli, arguments: &BenchArguments, isa: Isa) -> Result<(), Error> {
    let result = bench::bench(&bench_arguments(arguments), isa)?;
    put(cli, &[], &result, || view::bench(&result), || view::csv(&view::bench_rows(&result)))
}

/// `bench` as the library takes it.
fn bench_arguments(typed: &BenchArguments) -> bench::BenchArguments {
    bench::BenchArguments {
        workload: match typed.workload {
            WorkloadName::W1 => bench::Workload::W1,
            WorkloadName::W1Red => bench::Workload::W1Red,
            WorkloadName::W2 => bench::Workload::W2,
            WorkloadName::W3 => bench::Workload::W3,
            WorkloadName::W4 => bench::Workload::W4,
        },
        scale: typed.scale,
        hours_scale: typed.hours_scale,
        threads: typed.threads,
        runs: typed.runs,
        method: typed.method.map(|method| match method {
            MethodName::Brute => Method::Brute,
            MethodName::Shortcut => Method::Shortcut,
        }),
        stores: typed.stores.map(|stores| match stores {
            StoresName::Cached => Stores::Cached,
            StoresName::Streaming => Stores::Streaming,
        }),
    }
}

/// `run`: the decision, and the report if one is asked for.
fn decide(cli: &Cli, arguments: &RunArguments, isa: Isa) -> Result<(), Error> {
    let asked = plan_of(arguments);
    let plan = load(&asked, isa)?;
    let filed = if arguments.hold_plan {
        Some(load(&PlanArguments { set: Vec::new(), ..asked.clone() }, isa)?.loaded)
    } else {
        None
    };
    let answer = progress::with_spinner("valuing plans", || {
        let watch = compare::Watch::default();
        hashpivot::answer(&plan.loaded, filed.as_ref(), hashpivot::Depth::Whole, &watch)
    })?;
    #[cfg(feature = "workbook")]
    if let Some(path) = &arguments.workbook {
        let bytes = hashpivot::workbook::write(&plan.loaded, &answer)?;
        output::write_whole(path, &plan.files, &bytes)
            .map_err(|source| Error::Io { path: path.to_owned(), source })?;
    }
    let result = answer.result;
    if let Some(path) = &arguments.report {
        let (sources, folder, _) = sources(&asked)?;
        let read = |name: &str| read(&folder.join(name));
        let report = progress::with_bar("explaining", |watch| {
            report::Report::gather(&sources, &read, &plan.loaded, result.clone(), watch)
        })?;
        write(path, &plan.files, &report::html(&report))?;
    }
    if arguments.defaults {
        let rows = &result.about.defaults;
        return put(cli, &plan.files, rows, || view::defaults(&result), || view::csv(rows));
    }
    let csv = || view::csv(&view::run_rows(&result));
    put(cli, &plan.files, &result, || view::run(&result), csv)
}

/// The plan of `run`: a file, or a workbook that was filled in.
fn plan_of(arguments: &RunArguments) -> PlanArguments {
    let plan = arguments.plan.clone();
    #[cfg(feature = "workbook")]
    if let Some(path) = &arguments.from_workbook {
        return PlanArguments { plan: Some(path.clone()), ..plan };
    }
    plan
}

/// `run --watch`: once now, and again whenever a file of the plan changes, until Ctrl-C.
fn decide_again_and_again(cli: &Cli, arguments: &RunArguments, isa: Isa) -> Result<(), Error> {
    /// Between two looks at the files.
    const PAUSE: core::time::Duration = core::time::Duration::from_millis(300);
    let stamp = |path: &PathBuf| {
        std::fs::metadata(path).ok().and_then(|about| Some((about.modified().ok()?, about.len())))
    };
    loop {
        let files = files_of_plan(&arguments.plan);
        let stamps: Vec<_> = files.iter().map(stamp).collect();
        if io::IsTerminal::is_terminal(&io::stdout()) {
            // Clears the screen, so that the answer is always in the same place.
            print("\u{1b}[2J\u{1b}[H")?;
        }
        if let Err(error) = decide(cli, arguments, isa) {
            complain(&error, cli.format);
        }
        output::print_error("watching; Ctrl-C ends\n")
            .map_err(|source| Error::Io { path: PathBuf::from("-"), source })?;
        while files.iter().map(stamp).eq(stamps.iter().copied()) {
            std::thread::sleep(PAUSE);
        }
    }
}

/// The plan, what is laid over it, and every file that these name, as far as they can be read.
fn files_of_plan(arguments: &PlanArguments) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        arguments.plan.iter().chain(&arguments.overlay).cloned().collect();
    if let Ok((sources, folder, _)) = sources(arguments) {
        let named = std::cell::RefCell::new(Vec::new());
        let found = input::load(&sources, &|name| {
            named.borrow_mut().push(folder.join(name));
            read(&folder.join(name))
        });
        drop(found);
        files.extend(named.into_inner());
    }
    files
}

/// `sensitivity`: one input at a time.
fn sway(cli: &Cli, arguments: &SensitivityArguments) -> Result<(), Error> {
    let (sources, folder, files) = sources(&arguments.plan)?;
    let asked = sensitivity::SensitivityArguments {
        inputs: arguments.input.clone(),
        site: arguments.site.clone(),
        spread_frac: arguments.spread,
    };
    let result = progress::with_bar("deciding", |watch| {
        sensitivity::sensitivity(&sources, &|name| read(&folder.join(name)), &asked, watch)
    })?;
    let csv = || view::csv(&view::sensitivity_rows(&result));
    put(cli, &files, &result, || view::sensitivity(&result), csv)
}

/// `map`: two inputs.
fn draw_map(cli: &Cli, arguments: &MapArguments) -> Result<(), Error> {
    let (sources, folder, files) = sources(&arguments.plan)?;
    let asked = sensitivity::MapArguments { x: arguments.x.clone(), y: arguments.y.clone() };
    let result = progress::with_bar("deciding", |watch| {
        sensitivity::map(&sources, &|name| read(&folder.join(name)), &asked, watch)
    })?;
    let csv = || view::csv(&view::map_rows(&result));
    put(cli, &files, &result, || view::map(&result), csv)
}

/// `frontier`: value over one limit.
fn along_a_limit(cli: &Cli, arguments: &FrontierArguments, isa: Isa) -> Result<(), Error> {
    let plan = load(&arguments.plan, isa)?;
    let arguments = explain::FrontierArguments {
        of: match arguments.of {
            FrontierName::Budget => explain::FrontierOf::Budget(arguments.entry),
            FrontierName::Tenant => explain::FrontierOf::Tenant(arguments.id.clone()),
            FrontierName::Mw => explain::FrontierOf::Mw(arguments.id.clone()),
        },
        from: arguments.from,
        to: arguments.to,
        points: arguments.points,
    };
    let result = progress::with_spinner("walking along the limit", || {
        explain::frontier(&plan.loaded, &arguments)
    })?;
    let csv = || view::csv(&view::frontier_rows(&result));
    put(cli, &plan.files, &result, || view::frontier(&result), csv)
}

/// `dispatch`: a site, or machine classes of a file, hour by hour.
fn run_hours(cli: &Cli, arguments: &DispatchArguments, isa: Isa) -> Result<(), Error> {
    let plan = load(&arguments.plan, isa)?;
    let mut files = plan.files;
    let mut bytes_of = |path: &Path| {
        files.push(path.to_owned());
        read(path).map_err(|source| Error::Io { path: path.to_owned(), source })
    };
    let said = &arguments.series;
    let mut series = |path: &Option<PathBuf>, quantity, column: Option<&String>| {
        let Some(path) = path else { return Ok(None) };
        let bytes = bytes_of(path)?;
        let file = path.display().to_string();
        let options = input::series_options(&series_format(said, column), quantity)
            .map_err(|violation| Error::Input(vec![*violation]))?;
        let read = input::read_series(&file, &bytes, &options)?;
        Ok::<_, Error>(Some(dispatch::NamedSeries { file, read }))
    };
    let price = input::Quantity::PriceUsdPerMwh;
    let prices = series(&arguments.prices, price, said.price_column.as_ref())?;
    let ahead_column = said.day_ahead_column.as_ref().or(said.price_column.as_ref());
    let day_ahead = series(&arguments.day_ahead, price, ahead_column)?;
    let celsius = input::Quantity::TemperatureC;
    let temperature = series(&arguments.temperature, celsius, said.temperature_column.as_ref())?;
    let classes = match &arguments.classes {
        None => None,
        Some(path) => Some(input::read_classes(&path.display().to_string(), &bytes_of(path)?)?),
    };
    let with_rules = classes.is_none() || arguments.rules;
    let asked = dispatch::DispatchArguments {
        site: arguments.site.clone(),
        prices,
        day_ahead,
        temperature,
        classes,
        hashprice_usd_per_ph_day: arguments.hashprice,
        strikes: compare::operation::StrikeRule {
            low_usd_per_mwh: arguments.low,
            high_usd_per_mwh: arguments.high,
            low_windows: arguments.low_windows,
            high_windows: arguments.high_windows,
            resume_windows: arguments.resume_windows,
            notice_intervals: arguments.notice,
        },
        with_rules,
        curtailed_hours_per_year: arguments.curtailed_hours,
    };
    let result = dispatch::dispatch(&plan.loaded, &asked)?;
    let csv = || view::csv(&view::dispatch_rows(&result));
    put(cli, &files, &result, || view::dispatch(&result), csv)
}

/// What the command line says about files of series.
fn series_format(said: &SeriesArguments, column: Option<&String>) -> input::contract::SeriesFormat {
    use input::contract::{Gaps, Label, SeriesFormat};
    SeriesFormat {
        label: said.label.map(|label| match label {
            LabelName::Start => Label::Start,
            LabelName::End => Label::End,
        }),
        zone: said.zone.clone(),
        gaps: Some(match said.gaps {
            GapsName::Refuse => Gaps::Refuse,
            GapsName::Previous => Gaps::Previous,
            GapsName::Linear => Gaps::Linear,
            GapsName::DayBefore => Gaps::DayBefore,
        }),
        time_column: said.time_column.clone(),
        value_column: column.cloned(),
    }
}

/// `serve`: the live page, until Ctrl-C.
#[cfg(feature = "serve")]
fn serve(arguments: &cli::ServeArguments, isa: Isa) -> Result<(), Error> {
    let (sources, folder, _) = sources(&arguments.plan)?;
    let start = web::Start::new(sources, &|name| read(&folder.join(name)), isa)?;
    let options = web::Options {
        listen: std::net::SocketAddr::new(arguments.listen, arguments.port),
        token: arguments.token.clone(),
        limits: web::Limits {
            body_bytes: usize::from(arguments.body_limit_mib) * 1024 * 1024,
            ..web::Limits::default()
        },
        #[cfg(debug_assertions)]
        assets: arguments.assets.clone(),
        #[cfg(not(debug_assertions))]
        assets: None,
    };
    web::serve(start, &options, |address| print(&format!("{address}\n")))
}

/// A plan with the files that it was read from.
struct PlanFiles {
    loaded: input::Loaded,
    files: Vec<PathBuf>,
}

fn load(arguments: &PlanArguments, isa: Isa) -> Result<PlanFiles, Error> {
    let (sources, folder, files) = sources(arguments)?;
    let loaded = input::load(&sources, &|name| read(&folder.join(name)))
        .map_err(|faults| at_cells(&sources, arguments, faults))?;
    Ok(PlanFiles { loaded: input::Loaded { isa, ..loaded }, files })
}

/// What a plan is made of, the folder in which files that it names are looked for, and the files read.
fn sources(arguments: &PlanArguments) -> Result<(input::Sources, PathBuf, Vec<PathBuf>), Error> {
    let mut files = Vec::new();
    let base = match &arguments.plan {
        None => input::Document::example(),
        Some(path) => document(path, &mut files)?,
    };
    let folder = arguments.plan.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let overlays = arguments
        .overlay
        .iter()
        .map(|path| document(path, &mut files))
        .collect::<Result<Vec<_>, _>>()?;
    let sources = input::Sources { base, overlays, sets: arguments.set.clone() };
    Ok((sources, folder.to_owned(), files))
}

/// A file as it was named; `-` is standard input.
fn document(path: &Path, files: &mut Vec<PathBuf>) -> Result<input::Document, Error> {
    let name = path.display().to_string();
    let unread = |source| Error::Io { path: path.to_owned(), source };
    if name == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(unread)?;
        return Ok(input::Document { name, bytes });
    }
    files.push(path.to_owned());
    let bytes = read(path).map_err(unread)?;
    #[cfg(feature = "workbook")]
    if is_workbook(path) {
        return Ok(hashpivot::workbook::read(&name, &bytes)?.document());
    }
    Ok(input::Document { name, bytes })
}

/// Whether a file is a workbook, by its name.
#[cfg(feature = "workbook")]
fn is_workbook(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"))
}

/// Faults of a plan; where it came from a workbook, with the cells where they stand.
fn at_cells(
    sources: &input::Sources,
    arguments: &PlanArguments,
    faults: Vec<units::Violation>,
) -> Vec<units::Violation> {
    #[cfg(feature = "workbook")]
    if let Some(path) = arguments.plan.as_deref().filter(|path| is_workbook(path))
        && let Ok(bytes) = read(path)
        && let Ok(filled) = hashpivot::workbook::read(&sources.base.name, &bytes)
    {
        return filled.at_cells(faults);
    }
    let _ = (sources, arguments);
    faults
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    std::fs::read(path)
}

/// Puts an answer where it belongs, in the form asked for.
fn put(
    cli: &Cli,
    inputs: &[PathBuf],
    result: &impl Serialize,
    table: impl FnOnce() -> String,
    csv: impl FnOnce() -> String,
) -> Result<(), Error> {
    let answer = match cli.format {
        Format::Table => table(),
        Format::Json => json(result),
        Format::Csv => csv(),
    };
    match &cli.out {
        Some(path) => write(path, inputs, &answer),
        None => print(&answer),
    }
}

/// Puts plain text where it belongs.
fn text(cli: &Cli, text: &str) -> Result<(), Error> {
    match &cli.out {
        Some(path) => write(path, &[], text),
        None => print(text),
    }
}

fn write(path: &Path, inputs: &[PathBuf], text: &str) -> Result<(), Error> {
    output::write_whole(path, inputs, text.as_bytes())
        .map_err(|source| Error::Io { path: path.to_owned(), source })
}

fn print(text: &str) -> Result<(), Error> {
    output::print(text).map_err(|source| Error::Io { path: PathBuf::from("-"), source })
}

/// JSON as it is published: indented, one newline at the end.
fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
