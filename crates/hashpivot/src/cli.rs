//! What a user may type.

#[cfg(feature = "serve")]
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use units::CalendarMonth;

use hashcost::Isa;
use hashpivot::halving::{PUBLISHED_PAIR_FEES_BTC, PUBLISHED_START_USD_PER_BTC};

/// Mine, lease or compute: the best use of a bitcoin miner's megawatts.
///
/// Start with `hashpivot run`: it decides for a built-in example of three sites. Then
/// `hashpivot init > plan.toml`, change what is yours, and `hashpivot run plan.toml`.
#[derive(Debug, Parser)]
#[command(name = "hashpivot", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How the answer is written.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// File for the answer; it appears whole or not at all.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Variable that forces an instruction set.
pub(crate) const SIMD_VARIABLE: &str = "HASHPIVOT_SIMD";

impl Cli {
    /// The command with the instruction set in use on the second line of `--version`.
    pub(crate) fn command_on(isa: Isa) -> clap::Command {
        let version = format!("{}\nsimd: {}", env!("CARGO_PKG_VERSION"), isa.name());
        let sets = Isa::NAMES.join(", ");
        Self::command().long_version(version).after_long_help(format!(
            "Environment:\n  {SIMD_VARIABLE}  Instruction set of the kernels: {sets}; the widest of \
             this processor if unset"
        ))
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people.
    Table,
    /// Everything, for programs: see `hashpivot schema output`.
    Json,
    /// The main rows, for spreadsheets.
    Csv,
}

/// The jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decide for each site of a plan; without a file, for the built-in example.
    Run(RunArguments),
    /// Why the plan decides as it does: what binds, what more of it would bring, what would be done
    /// instead, what is beaten by what, and how much is regretted where the network moves otherwise.
    Explain(ExplainArguments),
    /// Value of all sites as a function of one limit, with its kinks: capital, a tenant, the MW of
    /// a site.
    Frontier(FrontierArguments),
    /// What all sites are worth when one number of the plan at a time moves and everything is decided
    /// again.
    Sensitivity(SensitivityArguments),
    /// The decision at every pair of values of two numbers of the plan.
    Map(MapArguments),
    /// Cost to mine by machine and power price, today and with half the subsidy.
    Cost(CostArguments),
    /// Cost to mine through the halvings on three lines: mechanical, trend, and a network that
    /// answers; what moves it, and which machines survive.
    Halving(HalvingArguments),
    /// How well the responding network would have forecast hash rate, beside three rivals.
    ///
    /// Parameters are fitted on targets up to 2023-12 and tested on 2024-01 to 2025-06. A history is
    /// a CSV file of days with `date`, `price_usd`, `difficulty_mean`, `hashrate_th_s`, `blocks`,
    /// `issuance_btc`, `fees_btc`; without one the built-in table of months from 2020-04 is used,
    /// which is shorter and knows no fees.
    Backtest(BacktestArguments),
    /// Run a site hour by hour: profit, power price, what flexibility is worth, what rules leave.
    ///
    /// Without a plan and without prices: the site of the built-in example that has an hourly price.
    /// --prices takes the place of the plan's market prices; adders and charges of the plan stay.
    /// --classes dispatches machine classes of a file instead of a site's: columns `name`,
    /// `hashrate_th_per_s`, `power_w`, one row a setting.
    Dispatch(Box<DispatchArguments>),
    /// Up to which price of power each setting of a machine pays: on average and for its last step.
    Strikes(StrikesArguments),
    /// Read or write a colocation lease: rent, value, renewals.
    Lease(LeaseArguments),
    /// Read a GPU-cloud press release: three independent figures give the others.
    Gpu(GpuArguments),
    /// One set of accounts under each publisher's definition of cost to mine.
    Bridge(BridgeArguments),
    /// Six listed miners as sums of their parts, with relative upside at the prices given.
    ///
    /// Mining business, bitcoin, signed megawatts, unsigned ones at their odds, less net debt, over
    /// fully diluted shares: a bank's framework on built-in figures of autumn 2025, each with its
    /// source or marked as assumed. There are no built-in prices of shares.
    Companies(CompaniesArguments),
    /// What the price of a share holds: unsigned megawatts, hash rate, or a probability of signing.
    Implied(ImpliedArguments),
    /// Published figures beside the engine's.
    Check,
    /// What the kernels take on this machine, on standing workloads.
    ///
    /// w1: cost of 10,000 machines at 1,000 power prices in 8 states of the network. w1red: the
    /// same reduced on the fly to who pays. w2: a year of hourly dispatch of 2,000 machine classes
    /// with 8 operating points. w3: three uses on 100,000 paths of 60 months. w4: hash rate of the
    /// responding network, its cohorts retiring, entering and converted, on 10,000 paths of the
    /// price of bitcoin over 87 months.
    ///
    /// How to read it: inputs are built and memory is touched first, one run warms up, and then the
    /// kernel alone is timed; a time is the median of the runs, with least and most. CPU time is
    /// that of all threads together and tells what the work costs; wall time tells how long one
    /// waits. Compare runs taken in turns on an idle machine, not times of different days. Equal
    /// digests are equal answers to the bit: one workload of one size and method has one digest on
    /// any number of threads and on every instruction set with a fused multiply-add, which baseline
    /// lacks on x86-64. Try it out with --scale 0.01.
    Bench(BenchArguments),
    /// Serve the live page and its interface on this machine, with a plan to start from.
    ///
    /// Prints the page's address, and answers until Ctrl-C. Nothing leaves the machine, and no file
    /// is read after the start. Every change needs the token that the address carries.
    #[cfg(feature = "serve")]
    Serve(ServeArguments),
    /// Print a commented plan to start from.
    Init,
    /// Print the JSON Schema of plans or of answers.
    Schema {
        /// Which one.
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page.
    Man,
}

/// `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The workload.
    #[arg(value_enum)]
    pub(crate) workload: WorkloadName,
    /// Threads; one by default, since kernels are compared by what they take of a core.
    #[arg(long, default_value_t = 1)]
    pub(crate) threads: usize,
    /// Timed runs.
    #[arg(long, default_value_t = 7)]
    pub(crate) runs: usize,
    /// Factor on the machines or paths, rounded up to a whole one: 0.01 for a hundredth.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) scale: f64,
    /// Factor on the hours of w2.
    #[arg(long, default_value_t = 1)]
    pub(crate) hours_scale: usize,
    /// Road to the answer of w1red and w2; by default the engine's choice.
    #[arg(long, value_enum)]
    pub(crate) method: Option<MethodName>,
    /// How w1 writes its cells; by default streaming if they exceed the caches.
    #[arg(long, value_enum)]
    pub(crate) stores: Option<StoresName>,
}

/// Workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorkloadName {
    /// The whole cost grid.
    W1,
    /// The cost grid reduced on the fly.
    #[value(name = "w1red")]
    W1Red,
    /// The hourly dispatch.
    W2,
    /// The path simulation.
    W3,
    /// The responding network.
    W4,
}

/// Roads to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    /// Every cell.
    Brute,
    /// Sorted and looked up.
    Shortcut,
}

/// Ways to write cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoresName {
    /// Through the caches.
    Cached,
    /// Past the caches.
    Streaming,
}

/// Which schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Plan files.
    Input,
    /// Answers of all commands.
    Output,
}

/// A plan with what is laid over it.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlanArguments {
    /// Plan file, TOML or JSON; without one the built-in example.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: Option<PathBuf>,
    /// File laid over the plan; may be given several times, later ones win.
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Vec<PathBuf>,
    /// One value laid over the plan: site.cedar-fork.mining_overhead=1.06
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}

/// `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Decide again whenever a file of the plan changes, until Ctrl-C.
    #[arg(long, requires = "plan")]
    pub(crate) watch: bool,
    /// List the defaults behind the answer instead of the answer.
    #[arg(long)]
    pub(crate) defaults: bool,
    /// Write a report as one self-contained page.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Write the plan that is chosen as a workbook of formulas.
    #[cfg(feature = "workbook")]
    #[arg(long, value_name = "FILE.xlsx")]
    pub(crate) workbook: Option<PathBuf>,
    /// Read the plan from the sheet `Inputs` of a workbook that was filled in.
    #[cfg(feature = "workbook")]
    #[arg(long, value_name = "FILE.xlsx", conflicts_with = "plan")]
    pub(crate) from_workbook: Option<PathBuf>,
    /// Keep the choice of the plan as filed, and value it with what --set says.
    #[arg(long, requires = "set")]
    pub(crate) hold_plan: bool,
}

/// `serve`.
#[cfg(feature = "serve")]
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Port; 0 takes one that is free.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub(crate) port: u16,
    /// Address to listen on; one that others can reach demands --token.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) listen: IpAddr,
    /// Token of letters and digits, 16 at least; a random one if left out.
    #[arg(long, value_name = "TEXT")]
    pub(crate) token: Option<String>,
    /// Largest body of a request.
    #[arg(long, value_name = "MIB", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub(crate) body_limit_mib: u16,
    /// Read the page's files from this folder at every request.
    #[cfg(debug_assertions)]
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) assets: Option<PathBuf>,
}

/// `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Correlation of the signatures of unsigned offers, through one factor that they share.
    #[arg(long, value_name = "FRAC")]
    pub(crate) signing_correlation: Option<f64>,
    /// Write the portfolio's programme as MPS, for a solver outside to check.
    #[arg(long, value_name = "FILE.mps")]
    pub(crate) mps: Option<PathBuf>,
}

/// `frontier`.
#[derive(Debug, Args)]
pub(crate) struct FrontierArguments {
    /// What is moved.
    #[arg(value_enum)]
    pub(crate) of: FrontierName,
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Id of the tenant or of the site; the first one if left out.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Which addition of capital is moved, counted from 0.
    #[arg(long, value_name = "PLACE", default_value_t = 0)]
    pub(crate) entry: usize,
    /// Least amount, in USD or MW.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) from: Option<f64>,
    /// Largest amount, in USD or MW; twice what the plan has if left out.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) to: Option<f64>,
    /// Amounts at which whole plans are decided before steps are narrowed down.
    #[arg(long, default_value_t = 21)]
    pub(crate) points: usize,
}

/// What `frontier` moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FrontierName {
    /// Capital.
    Budget,
    /// What a tenant takes.
    Tenant,
    /// The power of a site, approved and energised.
    Mw,
}

/// `sensitivity`.
#[derive(Debug, Args)]
pub(crate) struct SensitivityArguments {
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Number of the plan to move, alone or with a range: `bitcoin.price_usd_per_btc=60e3..150e3`; may
    /// be given several times. Without one, every number that may turn out otherwise.
    #[arg(long, value_name = "PATH[=LOW..HIGH]")]
    pub(crate) input: Vec<String>,
    /// Only the numbers of all sites and of this one.
    #[arg(long, value_name = "ID")]
    pub(crate) site: Option<String>,
    /// Share of its value by which a number without a range moves to either side [default: 0.2].
    #[arg(long, value_name = "FRAC")]
    pub(crate) spread: Option<f64>,
}

/// `map`.
#[derive(Debug, Args)]
pub(crate) struct MapArguments {
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Number along the horizontal side, alone or with a range; the price of bitcoin if left out.
    #[arg(long, value_name = "PATH[=LOW..HIGH[:COUNT]]")]
    pub(crate) x: Option<String>,
    /// The other number; the first rent of the plan if left out.
    #[arg(long, value_name = "PATH[=LOW..HIGH[:COUNT]]")]
    pub(crate) y: Option<String>,
}

/// `cost`.
#[derive(Debug, Args)]
pub(crate) struct CostArguments {
    /// The plan whose network, and whose machines unless models are named, are used.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Model of the built-in table; may be given several times.
    #[arg(long)]
    pub(crate) model: Vec<String>,
    /// Power prices in USD/MWh, separated by commas.
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    pub(crate) usd_per_mwh: Vec<f64>,
}

/// `dispatch`.
#[derive(Debug, Args)]
pub(crate) struct DispatchArguments {
    /// The plan whose site is run.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Site of the plan; by default the first one with an hourly price.
    #[arg(long, value_name = "ID")]
    pub(crate) site: Option<String>,
    /// Market prices in USD/MWh, CSV: a column of stamps and one of prices.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Prices known a day ahead, for the rule that decides by them.
    #[arg(long, value_name = "FILE")]
    pub(crate) day_ahead: Option<PathBuf>,
    /// Temperatures of the intake air in degrees Celsius, CSV; machines need a cooling in the plan.
    #[arg(long, value_name = "FILE")]
    pub(crate) temperature: Option<PathBuf>,
    /// Machine classes in the place of a site's, CSV.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["site", "temperature"])]
    pub(crate) classes: Option<PathBuf>,
    /// Hashprice in USD/PH/day; the plan's at its valuation date if left out.
    #[arg(long, value_name = "USD")]
    pub(crate) hashprice: Option<f64>,
    /// How the files are read.
    #[command(flatten)]
    pub(crate) series: SeriesArguments,
    /// Low strike of the rule with two strikes in USD/MWh; the machine's breakeven if left out.
    #[arg(long, value_name = "USD")]
    pub(crate) low: Option<f64>,
    /// High strike in USD/MWh; twice the low one if left out.
    #[arg(long, value_name = "USD")]
    pub(crate) high: Option<f64>,
    /// Intervals in a row at the low strike that switch off.
    #[arg(long, default_value_t = 2)]
    pub(crate) low_windows: usize,
    /// Intervals in a row at the high strike that switch off.
    #[arg(long, default_value_t = 1)]
    pub(crate) high_windows: usize,
    /// Intervals in a row below the low strike that switch on again.
    #[arg(long, default_value_t = 4)]
    pub(crate) resume_windows: usize,
    /// Intervals by which every switch of the rule comes later.
    #[arg(long, default_value_t = 0)]
    pub(crate) notice: usize,
    /// Follow the rules for classes of a file as well.
    #[arg(long)]
    pub(crate) rules: bool,
    /// Hours a year in which part of a firm load may be curtailed.
    #[arg(long, default_value_t = hashpivot::dispatch::DEFAULT_CURTAILED_HOURS_PER_YEAR)]
    pub(crate) curtailed_hours: f64,
}

/// How files of series are read.
#[derive(Debug, Args)]
pub(crate) struct SeriesArguments {
    /// Which end of its interval a stamp names; a column called `interval_start` or `interval_end`
    /// says it as well.
    #[arg(long, value_enum)]
    pub(crate) label: Option<LabelName>,
    /// Zone of stamps without an offset, such as America/Chicago.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// What is done where intervals are missing.
    #[arg(long, value_enum, default_value_t = GapsName::Refuse)]
    pub(crate) gaps: GapsName,
    /// Column of stamps.
    #[arg(long, value_name = "NAME")]
    pub(crate) time_column: Option<String>,
    /// Column of prices.
    #[arg(long, alias = "value-column", value_name = "NAME")]
    pub(crate) price_column: Option<String>,
    /// Column of prices in the file of the day ahead, if it is another one.
    #[arg(long, value_name = "NAME")]
    pub(crate) day_ahead_column: Option<String>,
    /// Column of temperatures.
    #[arg(long, value_name = "NAME")]
    pub(crate) temperature_column: Option<String>,
}

/// Ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabelName {
    /// The first instant.
    Start,
    /// The last one.
    End,
}

/// Rules for gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum GapsName {
    /// The file is refused.
    Refuse,
    /// The value before holds on.
    Previous,
    /// A straight line between both sides.
    Linear,
    /// The value 24 hours before.
    DayBefore,
}

/// `strikes`.
#[derive(Debug, Args)]
pub(crate) struct StrikesArguments {
    /// Model with a built-in ladder, or of the table of machines; may be given several times.
    #[arg(long)]
    pub(crate) model: Vec<String>,
    /// Hashprice in USD/PH/day.
    #[arg(long, value_name = "USD")]
    pub(crate) hashprice: Option<f64>,
    /// Site draw per machine draw.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) overhead: f64,
    /// Pool and firmware fee as a fraction.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) fee: f64,
}

/// `backtest`.
#[derive(Debug, Args)]
pub(crate) struct BacktestArguments {
    /// CSV file of days.
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Let forecasts know the ban of mining in China in 2021, an event from outside.
    #[arg(long)]
    pub(crate) china_2021: bool,
}

/// `halving`.
#[derive(Debug, Args)]
pub(crate) struct HalvingArguments {
    /// Plan whose network is projected; without one the path starts in October 2025.
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Cost to mine before the halving, USD/BTC.
    #[arg(long, default_value_t = PUBLISHED_START_USD_PER_BTC)]
    pub(crate) start_usd_per_btc: f64,
    /// Fees per block in BTC; a plan has its own.
    #[arg(long, default_value_t = PUBLISHED_PAIR_FEES_BTC)]
    pub(crate) fees_btc: f64,
    /// Last month of the path.
    #[arg(long, value_name = "YYYY-MM", default_value = "2033-12", value_parser = month)]
    pub(crate) until: CalendarMonth,
    /// Model of the built-in table whose end is asked for; may be given several times. Without one
    /// the plan's machines, or the best machine of each half-year.
    #[arg(long)]
    pub(crate) model: Vec<String>,
    /// Power price of those models in USD/MWh; a plan's machines have their own.
    #[arg(long, default_value_t = 50.0)]
    pub(crate) usd_per_mwh: f64,
}

fn month(text: &str) -> Result<CalendarMonth, String> {
    let (year, month) = text.split_once('-').ok_or("allowed: YYYY-MM")?;
    let year = year.parse().map_err(|_| "the year is not a number")?;
    let month = month.parse().map_err(|_| "the month is not a number")?;
    CalendarMonth::new(year, month).map_err(|e| e.to_string())
}

/// `lease`.
#[derive(Debug, Args)]
pub(crate) struct LeaseArguments {
    /// Critical IT power in MW.
    #[arg(long)]
    pub(crate) critical_mw: f64,
    /// Base term in whole years.
    #[arg(long)]
    pub(crate) years: u32,
    /// Total contract value of the base term in USD: the first year's rent is solved for.
    #[arg(
        long,
        required_unless_present = "rent_usd_per_kw_month",
        conflicts_with = "rent_usd_per_kw_month"
    )]
    pub(crate) value_usd: Option<f64>,
    /// First year's rent in USD/kW-month: the value is computed.
    #[arg(long)]
    pub(crate) rent_usd_per_kw_month: Option<f64>,
    /// Yearly escalator as a fraction.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) escalator: f64,
    /// Years of each renewal at the tenant's option, separated by commas.
    #[arg(long, value_delimiter = ',')]
    pub(crate) renewals: Vec<u32>,
    /// Months without rent at the start.
    #[arg(long, default_value_t = 0)]
    pub(crate) free_months: u32,
    /// Share of the full rent in each of the first months, separated by commas.
    #[arg(long, value_delimiter = ',')]
    pub(crate) ramp: Vec<f64>,
    /// NOI margin as a fraction: adds NOI to the answer.
    #[arg(long)]
    pub(crate) noi_margin: Option<f64>,
    /// Capital per critical MW in USD: with the margin, adds yield on cost.
    #[arg(long)]
    pub(crate) capex_usd_per_mw: Option<f64>,
}

/// `gpu`.
#[derive(Debug, Args)]
pub(crate) struct GpuArguments {
    /// Critical IT power in MW.
    #[arg(long)]
    pub(crate) critical_mw: Option<f64>,
    /// Number of GPUs.
    #[arg(long)]
    pub(crate) gpus: Option<f64>,
    /// Revenue in USD a year.
    #[arg(long)]
    pub(crate) usd_per_year: Option<f64>,
    /// Critical power per GPU in kW.
    #[arg(long)]
    pub(crate) kw_per_gpu: Option<f64>,
    /// Revenue per GPU in USD a year.
    #[arg(long)]
    pub(crate) usd_per_gpu_year: Option<f64>,
    /// Price of a GPU-hour in USD, over 8,760 hours.
    #[arg(long)]
    pub(crate) usd_per_gpu_h: Option<f64>,
    /// Revenue per critical MW in USD a year.
    #[arg(long)]
    pub(crate) usd_per_mw_year: Option<f64>,
}

/// The framework that values companies.
#[derive(Debug, Args)]
pub(crate) struct FrameworkArguments {
    /// Price of bitcoin in USD; the one of the balance sheets if left out.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub(crate) btc_price: Option<f64>,
    /// Probability that unsigned megawatts get signed, as a fraction.
    #[arg(long, value_name = "FRAC", allow_negative_numbers = true)]
    pub(crate) probability: Option<f64>,
    /// Equity value of a critical MW leased out; the middle of the published range if left out.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub(crate) colocation_usd_per_mw: Option<f64>,
    /// Equity value of a critical MW of GPU cloud.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub(crate) cloud_usd_per_mw: Option<f64>,
}

/// `companies`.
#[derive(Debug, Args)]
pub(crate) struct CompaniesArguments {
    /// Price of a company's share, iren=48.5; may be given several times.
    #[arg(long, value_name = "ID=USD", value_parser = price)]
    pub(crate) price: Vec<(String, f64)>,
    /// The framework.
    #[command(flatten)]
    pub(crate) framework: FrameworkArguments,
}

fn price(text: &str) -> Result<(String, f64), String> {
    let (id, usd) = text.split_once('=').ok_or("allowed: ID=USD")?;
    Ok((id.to_owned(), usd.parse().map_err(|_| "the price is not a number")?))
}

/// `implied`.
#[derive(Debug, Args)]
pub(crate) struct ImpliedArguments {
    /// Company: cipher, cleanspark, iren, mara, riot or core-scientific.
    #[arg(long, value_name = "ID")]
    pub(crate) company: String,
    /// Price of its share.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub(crate) price: f64,
    /// What is solved for; each in turn if left out.
    #[arg(long, value_enum)]
    pub(crate) solve: Option<SolveName>,
    /// Unsigned critical MW in the place of the built-in figure.
    #[arg(long, value_name = "MW", allow_negative_numbers = true)]
    pub(crate) unsigned_critical_mw: Option<f64>,
    /// The framework.
    #[command(flatten)]
    pub(crate) framework: FrameworkArguments,
}

/// Unknowns of `implied`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SolveName {
    /// Unsigned critical MW.
    Mw,
    /// Hash rate in EH/s.
    Eh,
    /// Probability that the unsigned megawatts get signed.
    Probability,
}

/// `bridge`.
#[derive(Debug, Args)]
pub(crate) struct BridgeArguments {
    /// Bitcoin mined in the period.
    #[arg(long)]
    pub(crate) btc_mined: f64,
    /// Cost of power in USD.
    #[arg(long)]
    pub(crate) power_usd: f64,
    /// Other direct cost in USD.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) other_direct_usd: f64,
    /// Power credits in USD, as a positive number.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) credits_usd: f64,
    /// Cash SG&A in USD.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) cash_sga_usd: f64,
    /// Interest in USD.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) interest_usd: f64,
    /// Income tax in USD; negative for an income.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) tax_usd: f64,
    /// Depreciation in USD.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) depreciation_usd: f64,
    /// Stock pay in USD.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) stock_pay_usd: f64,
}
