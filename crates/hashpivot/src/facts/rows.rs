//! One struct for each built-in table; fields are the columns.

use serde::Deserialize;

/// Whether the source of a row could be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The source is named and gives the figure.
    Sourced,
    /// No address was kept, or part of the row is somebody's estimate.
    Unverified,
}

impl Status {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sourced => "sourced",
            Self::Unverified => "unverified",
        }
    }
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $kind,)*
            /// Whether the source could be seen.
            pub status: Status,
            /// Where the figures come from.
            pub source: String,
        }
    )*};
}

rows! {
    /// A mining machine at its rated point.
    Machine {
        /// Maker.
        vendor: String,
        /// Model with its hash-rate bin.
        model: String,
        /// Month of release, `2024-02`.
        released: String,
        /// Hash rate in TH/s.
        hashrate_th_per_s: f64,
        /// Draw at the wall in W.
        power_w: f64,
        /// `air`, `hydro` or `immersion`.
        cooling: String,
    }
    /// A GPU or other accelerator.
    Gpu {
        /// Model.
        model: String,
        /// Maker.
        vendor: String,
        /// Year of its first systems.
        year: u32,
        /// Rated power of the chip in W.
        tdp_w: Option<f64>,
        /// Power with its share of server, network and storage in W.
        allin_w_per_gpu: f64,
        /// GPUs in a server or rack.
        gpus_per_server: Option<f64>,
        /// Price with its share of the server in USD.
        usd_per_gpu: Option<f64>,
        /// Memory in GB.
        memory_gb: Option<f64>,
        /// Cooling in words.
        cooling: String,
    }
    /// A tuning of a machine.
    OperatingPoint {
        /// Model.
        model: String,
        /// Name of the mode or profile.
        mode: String,
        /// Hash rate in TH/s.
        hashrate_th_per_s: f64,
        /// Draw in W.
        power_w: f64,
        /// Whether measured, tuned or estimated.
        kind: String,
    }
    /// Cost of building a megawatt.
    Capex {
        /// What is built.
        build: String,
        /// Year of the figure.
        year: u32,
        /// Low end in USD/MW.
        low_usd_per_mw: Option<f64>,
        /// Middle in USD/MW.
        mid_usd_per_mw: Option<f64>,
        /// High end in USD/MW.
        high_usd_per_mw: Option<f64>,
        /// Which megawatt: `gross`, `critical` or `facility`.
        mw_basis: String,
    }
    /// Rent of colocation space.
    ColoRate {
        /// Market or group of deals.
        market: String,
        /// Period.
        period: String,
        /// Size of the lease.
        size: String,
        /// Low end in USD/kW-month.
        low_usd_per_kw_month: Option<f64>,
        /// Middle in USD/kW-month.
        mid_usd_per_kw_month: Option<f64>,
        /// High end in USD/kW-month.
        high_usd_per_kw_month: Option<f64>,
        /// Lease type, or whether asked or signed.
        basis: String,
    }
    /// A contract that a miner signed.
    Deal {
        /// Id.
        id: String,
        /// Date of announcement.
        announced: String,
        /// Landlord or operator.
        landlord: String,
        /// Customer.
        customer: String,
        /// Site.
        site: String,
        /// `colocation` or `gpu_cloud`.
        kind: String,
        /// `contract`, or `total` of several.
        scope: String,
        /// Critical MW.
        critical_mw: Option<f64>,
        /// Gross MW.
        gross_mw: Option<f64>,
        /// Years of the base term.
        term_years: Option<f64>,
        /// Number of renewals at the tenant's option.
        renewals: Option<u32>,
        /// Years of each renewal.
        renewal_years: Option<u32>,
        /// Value of the base term in USD.
        value_usd: Option<f64>,
        /// Value with all renewals in USD.
        value_with_renewals_usd: Option<f64>,
        /// Escalator, published or assumed, as a fraction a year.
        escalator_frac: Option<f64>,
        /// `triple_net`, `modified_gross`, or empty if not stated.
        lease: String,
        /// What to know before using the row.
        note: String,
    }
    /// The network in one month.
    NetworkMonth {
        /// Month, `2025-10`.
        month: String,
        /// Day of the figures.
        as_of: String,
        /// Difficulty.
        difficulty: Option<f64>,
        /// Hash rate at which blocks take 600 s, or as observed where no difficulty is known,
        /// in EH/s.
        network_eh_per_s: f64,
        /// Price in USD/BTC.
        price_usd_per_btc: Option<f64>,
        /// Fees in BTC/block.
        fees_btc_per_block: Option<f64>,
    }
    /// Price of machines.
    AsicPrice {
        /// Date.
        date: String,
        /// `band` of efficiency, or one `model`.
        kind: String,
        /// Band or model in words.
        label: String,
        /// Low end of the band in J/TH.
        from_j_per_th: f64,
        /// High end of the band in J/TH.
        to_j_per_th: f64,
        /// Price in USD per TH/s.
        usd_per_th: f64,
    }
    /// A change of the block subsidy.
    Halving {
        /// First block with this subsidy.
        height: u64,
        /// Its date, empty if still to come.
        date: String,
        /// Subsidy in satoshi.
        subsidy_sat: u64,
    }
    /// A compact target and its difficulty.
    DifficultyBits {
        /// Compact target, `0x1d00ffff`.
        bits: String,
        /// Difficulty.
        difficulty: f64,
    }
    /// An estimate of what a bitcoin costs to produce.
    ProductionCost {
        /// Who estimates.
        who: String,
        /// Period.
        period: String,
        /// Cost in USD/BTC.
        usd_per_btc: f64,
        /// Change of that cost for 10 USD/MWh in USD/BTC.
        usd_per_btc_per_10_usd_per_mwh: Option<f64>,
        /// Price of power that the estimate assumes in USD/MWh.
        assumed_usd_per_mwh: Option<f64>,
    }
    /// A company's cost per bitcoin in one period.
    MinerCost {
        /// Company.
        company: String,
        /// Period.
        period: String,
        /// Cash cost in USD/BTC.
        cash_usd_per_btc: Option<f64>,
        /// All-in cost in USD/BTC.
        all_in_usd_per_btc: Option<f64>,
        /// Bitcoin mined in the period.
        btc_mined: Option<f64>,
        /// Energised hash rate in EH/s.
        energised_eh_per_s: Option<f64>,
        /// Efficiency of the fleet in J/TH.
        fleet_j_per_th: Option<f64>,
        /// Price of power in USD/MWh.
        power_usd_per_mwh: Option<f64>,
        /// Whose definition of cost.
        definition: String,
    }
    /// A line of Riot's cost to mine.
    RiotLine {
        /// Quarter.
        quarter: String,
        /// Line.
        line: String,
        /// Value in `unit`.
        value: f64,
        /// `usd` or `usd_per_btc`.
        unit: String,
    }
    /// A single published figure.
    PublishedFigure {
        /// What it is.
        figure: String,
        /// Value in `unit`.
        value: f64,
        /// Unit in words.
        unit: String,
    }
    /// Hashprice on a date.
    HashpricePoint {
        /// Date or period.
        date: String,
        /// Low end in USD/PH/day.
        low_usd_per_ph_day: f64,
        /// High end in USD/PH/day.
        high_usd_per_ph_day: f64,
        /// Circumstances.
        context: String,
    }
}

impl Machine {
    /// Efficiency in J/TH.
    pub fn j_per_th(&self) -> f64 {
        self.power_w / self.hashrate_th_per_s
    }
}
