//! The jobs `companies` and `implied`: six companies as sums of their parts, and what the price of a
//! share holds.

use compare::company::{
    Company, Megawatts, Unknown, counted_critical_mw, implied, slope_usd_per_share,
};
use hpcrev::chain;
use units::constants::TH_PER_EH;
use units::{Code, CriticalMw, Faults, Frac, UsdPerBtc, UsdPerMw, Violation};

use crate::about;
use crate::error::Error;
use crate::facts::company::{
    self as facts, COMPANIES, CompanyFact, FRAMEWORK, InputStatus, Item, MW_GROSS, rows_of,
};
use crate::result::{
    CompaniesResult, CompanyRow, DefaultRow, ImpliedResult, ImpliedRow, InputRow, PartRow,
};
use crate::view::{grouped, millions, percent};

/// Largest price of a share that is taken for one, USD.
const MAX_USD_PER_SHARE: f64 = 1e6;
/// What to know before using the figures.
const NOTES: [&str; 4] = [
    "Balance sheets, bitcoin, hash rate and contracts are of the dates in the rows, most of them the \
     autumn of 2025; a price of another day meets older figures.",
    "Convertible notes count as debt at par; where fully diluted shares hold the notes' shares as \
     well, a share is worth more than shown.",
    "Mining businesses without a published value take that of Riot and MARA together per unit of \
     hash rate [assumption].",
    "Megawatts of a gross figure count at the ratio of gross to critical MW in the inputs.",
];

/// Figures of the framework that take the place of the built-in ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameworkArguments {
    /// Price of bitcoin, USD.
    pub usd_per_btc: Option<f64>,
    /// Probability that unsigned megawatts get signed.
    pub signing_frac: Option<f64>,
    /// Equity value of a critical MW leased out, USD; the middle of the published range if left out.
    pub colocation_usd_per_mw: Option<f64>,
    /// Equity value of a critical MW of GPU cloud, USD.
    pub cloud_usd_per_mw: Option<f64>,
}

/// What `companies` is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompaniesArguments {
    /// Prices of shares in USD, by id or name of the company.
    pub prices: Vec<(String, f64)>,
    /// The framework.
    pub framework: FrameworkArguments,
}

/// What `implied` is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImpliedArguments {
    /// Id or name of the company.
    pub company: String,
    /// Price of a share, USD.
    pub usd_per_share: f64,
    /// What is solved for; each unknown in turn if left out.
    pub solve: Option<Unknown>,
    /// Unsigned critical MW in the place of the built-in figure.
    pub unsigned_critical_mw: Option<f64>,
    /// The framework.
    pub framework: FrameworkArguments,
}

/// The six companies as sums of their parts.
///
/// # Errors
/// [`Error::Input`] with every company that is not known or named twice and every figure out of
/// range.
pub fn companies(arguments: &CompaniesArguments) -> Result<CompaniesResult, Error> {
    let mut faults = Faults::default();
    let framework = Framework::new(&arguments.framework, &mut faults);
    let mut prices: Vec<(&str, f64)> = Vec::new();
    for (name, usd_per_share) in &arguments.prices {
        check_price(&format!("--price {name}"), *usd_per_share, &mut faults);
        let Some((id, _)) = known(name, "--price", &mut faults) else { continue };
        if prices.iter().any(|(other, _)| *other == id) {
            faults.push(
                Violation::new(Code::Duplicate, "--price").value(name).allowed("one price each"),
            );
        }
        prices.push((id, *usd_per_share));
    }
    faults.into_result().map_err(Error::Input)?;
    let mut rows: Vec<CompanyRow> = COMPANIES
        .into_iter()
        .map(|(id, name)| {
            let price = prices.iter().find(|(of, _)| *of == id).map(|(_, usd)| *usd);
            valued(id, name, &framework, None).row(price)
        })
        .collect();
    // Stable: companies without a price keep their order behind the others.
    let upside = |row: &CompanyRow| row.relative_upside_frac.unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| upside(b).total_cmp(&upside(a)));
    for (place, row) in rows.iter_mut().enumerate() {
        row.rank = row.price_usd_per_share.map(|_| place + 1);
    }
    let mut result = CompaniesResult {
        about: about::of_arguments(about::NO_FLOWS, framework.defaults()),
        companies: rows,
        notes: NOTES.to_vec(),
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// What the price of a company's share holds.
///
/// # Errors
/// [`Error::Input`] if the company is not known or a figure is out of range.
pub fn implied_by_price(arguments: &ImpliedArguments) -> Result<ImpliedResult, Error> {
    let mut faults = Faults::default();
    let framework = Framework::new(&arguments.framework, &mut faults);
    check_price("--price", arguments.usd_per_share, &mut faults);
    if let Some(critical_mw) = arguments.unsigned_critical_mw {
        faults.check::<CriticalMw>("--unsigned-critical-mw", critical_mw);
    }
    let company = known(&arguments.company, "--company", &mut faults);
    faults.into_result().map_err(Error::Input)?;
    let Some((id, name)) = company else {
        return Err(Error::Internal("a company that is not known brought no fault"));
    };
    let valued = valued(id, name, &framework, arguments.unsigned_critical_mw);
    let unknowns = match arguments.solve {
        Some(unknown) => vec![unknown],
        None => vec![Unknown::UnsignedCriticalMw, Unknown::EhPerS, Unknown::SigningFrac],
    };
    let rows = unknowns
        .into_iter()
        .map(|unknown| valued.implied(unknown, arguments.usd_per_share, framework.gross_ratio()))
        .collect();
    let mut result = ImpliedResult {
        about: about::of_arguments(about::NO_FLOWS, framework.defaults()),
        company: valued.row(Some(arguments.usd_per_share)),
        rows,
        notes: NOTES.to_vec(),
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

fn check_price(path: &str, usd_per_share: f64, faults: &mut Faults) {
    let holds = usd_per_share > 0.0 && usd_per_share <= MAX_USD_PER_SHARE;
    let allowed = "allowed above 0 and up to 1,000,000 USD a share";
    faults.demand(holds, path, usd_per_share, allowed);
}

/// Id and name of a company, or a fault with those that look most like it.
fn known(name: &str, path: &str, faults: &mut Faults) -> Option<(&'static str, &'static str)> {
    let found = facts::company(name);
    if found.is_none() {
        let ids: Vec<&str> = COMPANIES.iter().map(|(id, _)| *id).collect();
        faults.push(
            Violation::new(Code::UnknownReference, path)
                .value(name)
                .allowed(format!("one of {}", ids.join(", ")))
                .hint(format!("nearest: {}", facts::nearest_companies(name).join(", "))),
        );
    }
    found
}

/// A figure of the framework with the rows that it comes from.
struct Figure {
    /// Argument that takes its place; empty if none does.
    argument: &'static str,
    value: f64,
    rows: Vec<InputRow>,
}

impl Figure {
    /// The figure given, else the mean of the table's rows.
    fn new(argument: &'static str, items: &[Item], given: Option<f64>) -> Self {
        let rows: Vec<InputRow> =
            items.iter().flat_map(|item| rows_of(FRAMEWORK, *item)).map(input).collect();
        let Some(value) = given else {
            let sum: f64 = rows.iter().map(|row| row.input_value).sum();
            return Self { argument, value: sum / rows.len() as f64, rows };
        };
        let given = rows.into_iter().take(1).map(|row| InputRow {
            input: argument.trim_start_matches('-'),
            input_value: value,
            as_of: String::new(),
            status: "given",
            source: argument.to_owned(),
            ..row
        });
        Self { argument, value, rows: given.collect() }
    }
}

/// The framework's figures as used.
struct Framework {
    btc: Figure,
    signing: Figure,
    colocation: Figure,
    cloud: Figure,
    ratio: Figure,
    cap: Figure,
}

impl Framework {
    fn new(given: &FrameworkArguments, faults: &mut Faults) -> Self {
        if let Some(usd) = given.usd_per_btc {
            faults.check::<UsdPerBtc>("--btc-price", usd);
        }
        if let Some(frac) = given.signing_frac {
            faults.check::<Frac>("--probability", frac);
        }
        for (path, usd) in [
            ("--colocation-usd-per-mw", given.colocation_usd_per_mw),
            ("--cloud-usd-per-mw", given.cloud_usd_per_mw),
        ] {
            if let Some(usd) = usd {
                faults.check::<UsdPerMw>(path, usd);
            }
        }
        let range = [Item::ColocationLow, Item::ColocationHigh];
        Self {
            btc: Figure::new("--btc-price", &[Item::BtcPrice], given.usd_per_btc),
            signing: Figure::new("--probability", &[Item::SigningProbability], given.signing_frac),
            colocation: Figure::new("--colocation-usd-per-mw", &range, given.colocation_usd_per_mw),
            cloud: Figure::new("--cloud-usd-per-mw", &[Item::Cloud], given.cloud_usd_per_mw),
            ratio: Figure::new("", &[Item::GrossPerCritical], None),
            cap: Figure::new("", &[Item::TenantCap], None),
        }
    }

    const fn gross_ratio(&self) -> f64 {
        self.ratio.value
    }

    /// What was not given.
    fn defaults(&self) -> Vec<DefaultRow> {
        let all = [&self.btc, &self.signing, &self.colocation, &self.cloud];
        let left_out = all.into_iter().filter(|f| f.rows.iter().all(|row| row.status != "given"));
        left_out
            .map(|figure| DefaultRow {
                path: figure.argument.to_owned(),
                value: figure.value.into(),
                unit: figure.rows.first().map(|row| row.unit.clone()).unwrap_or_default(),
                source: match figure.rows.as_slice() {
                    [low, high] => format!(
                        "middle of {} and {}, {}",
                        millions_exact(low.input_value),
                        millions_exact(high.input_value),
                        low.source
                    ),
                    rows => rows.first().map(|row| row.source.clone()).unwrap_or_default(),
                },
            })
            .collect()
    }

    /// Value of a critical MW of an item.
    fn worth(&self, item: Item) -> &Figure {
        if matches!(item, Item::SignedCloud | Item::UnsignedCloud) {
            &self.cloud
        } else {
            &self.colocation
        }
    }
}

fn input(row: &CompanyFact) -> InputRow {
    InputRow {
        input: row.item.as_str(),
        input_value: row.value,
        unit: row.unit.clone(),
        as_of: row.as_of.clone(),
        status: row.status.as_str(),
        source: row.source.clone(),
    }
}

/// Millions with two decimals.
fn millions_exact(usd: f64) -> String {
    format!("{} M$", grouped(usd / 1e6, 2))
}

/// A company with its inputs.
struct Valued {
    id: &'static str,
    name: &'static str,
    company: Company,
    inputs: Vec<InputRow>,
    /// Critical MW that its power carries beside its contracts.
    room_critical_mw: Option<f64>,
    target_usd_per_share: Option<f64>,
    /// Near-term critical MW before the cap of one tenant.
    near_term_critical_mw: f64,
}

/// Critical MW of a row, converted where the row is gross.
fn critical_mw(row: &CompanyFact, gross_ratio: f64) -> f64 {
    if row.unit == MW_GROSS { chain::critical_mw(row.value, gross_ratio) } else { row.value }
}

/// Published values of mining businesses over their hash rates together, USD per TH/s.
fn published_mining_usd_per_th() -> f64 {
    let (mut usd, mut eh_per_s) = (0.0, 0.0);
    for (id, _) in COMPANIES {
        for row in rows_of(id, Item::MiningBusiness) {
            usd += row.value;
            eh_per_s += rows_of(id, Item::HashRate).map(|row| row.value).sum::<f64>();
        }
    }
    usd / (eh_per_s * TH_PER_EH)
}

/// A company of the tables as the framework sees it.
fn valued(
    id: &'static str,
    name: &'static str,
    framework: &Framework,
    unsigned_critical_mw: Option<f64>,
) -> Valued {
    let ratio = framework.gross_ratio();
    let mut inputs: Vec<InputRow> = Vec::new();
    let mut sum = |item: Item| -> f64 {
        inputs.extend(rows_of(id, item).map(input));
        rows_of(id, item).map(|row| row.value).sum()
    };
    let eh_per_s = sum(Item::HashRate);
    let business_usd = sum(Item::MiningBusiness);
    let held_btc = sum(Item::BtcHeld);
    let cash_usd = sum(Item::Cash);
    let debt_usd = sum(Item::Debt);
    let diluted_shares = sum(Item::SharesFullyDiluted);
    let mining_usd_per_th = if business_usd > 0.0 {
        business_usd / (eh_per_s * TH_PER_EH)
    } else {
        let usd_per_th = published_mining_usd_per_th();
        inputs.push(InputRow {
            input: "mining_value",
            input_value: usd_per_th,
            unit: "USD per TH/s".to_owned(),
            as_of: String::new(),
            status: InputStatus::Assumption.as_str(),
            source: "the published mining businesses of Riot and MARA over their hash rate".into(),
        });
        usd_per_th
    };
    let mut signed = Vec::new();
    for item in [Item::SignedColocation, Item::SignedCloud] {
        for row in rows_of(id, item) {
            inputs.push(input(row));
            signed.push(Megawatts {
                critical_mw: critical_mw(row, ratio),
                usd_per_critical_mw: framework.worth(item).value,
            });
        }
    }
    let near_term = [Item::UnsignedColocation, Item::UnsignedCloud];
    let near_term = near_term.into_iter().flat_map(|item| rows_of(id, item)).next();
    let near_term_item = near_term.map_or(Item::UnsignedColocation, |row| row.item);
    let near_term_critical_mw = unsigned_critical_mw
        .unwrap_or_else(|| near_term.map_or(0.0, |row| critical_mw(row, ratio)));
    let counted = if let Some(given) = unsigned_critical_mw {
        inputs.push(InputRow {
            input: near_term_item.as_str(),
            input_value: given,
            unit: "MW critical".to_owned(),
            as_of: String::new(),
            status: "given",
            source: "--unsigned-critical-mw".to_owned(),
        });
        given
    } else {
        inputs.extend(near_term.map(input));
        counted_critical_mw(near_term_critical_mw, framework.cap.value, ratio)
    };
    inputs.extend(rows_of(id, Item::Power).map(input));
    let worth = framework.worth(near_term_item);
    for figure in [&framework.btc, worth, &framework.signing, &framework.cap, &framework.ratio] {
        inputs.extend(figure.rows.iter().cloned());
    }
    let company = Company {
        eh_per_s,
        mining_usd_per_th,
        held_btc,
        usd_per_btc: framework.btc.value,
        signed,
        unsigned: Megawatts { critical_mw: counted, usd_per_critical_mw: worth.value },
        signing_frac: framework.signing.value,
        debt_usd,
        cash_usd,
        diluted_shares,
    };
    let power_gross_mw: f64 = rows_of(id, Item::Power).map(|row| row.value).sum();
    let carried =
        rows_of(id, Item::Power).next().map(|_| chain::critical_mw(power_gross_mw, ratio));
    Valued {
        id,
        name,
        room_critical_mw: carried.map(|mw| mw - signed_critical_mw(&company)),
        company,
        inputs,
        target_usd_per_share: rows_of(id, Item::Target).next().map(|row| row.value),
        near_term_critical_mw,
    }
}

fn signed_critical_mw(company: &Company) -> f64 {
    company.signed.iter().map(|mw| mw.critical_mw).sum()
}

impl Valued {
    /// The company as a row of the answer.
    fn row(&self, price: Option<f64>) -> CompanyRow {
        let company = &self.company;
        let parts = company.parts();
        let parts_usd_per_share = company.usd_per_share();
        let shares = company.diluted_shares;
        let part = |part, basis: String, part_usd: f64| PartRow {
            part,
            basis,
            part_usd,
            part_usd_per_share: part_usd / shares,
        };
        let count = |status: &str| self.inputs.iter().filter(|row| row.status == status).count();
        let assumed_count = count(InputStatus::Assumption.as_str());
        let unverified_count = count(InputStatus::Unverified.as_str());
        CompanyRow {
            company: self.id,
            name: self.name,
            parts: vec![
                part("mining", self.mining_basis(), parts.mining_usd),
                part("bitcoin", self.bitcoin_basis(), parts.bitcoin_usd),
                part("signed", self.signed_basis(), parts.signed_usd),
                part("unsigned", self.unsigned_basis(), parts.unsigned_usd),
                part("net_debt", self.debt_basis(), -parts.net_debt_usd),
            ],
            net_debt_usd: parts.net_debt_usd,
            fully_diluted_shares: shares,
            parts_usd_per_share,
            price_usd_per_share: price,
            relative_upside_frac: price.map(|usd| parts_usd_per_share / usd - 1.0),
            rank: None,
            target_usd_per_share: self.target_usd_per_share,
            room_critical_mw: self.room_critical_mw,
            input_count: self.inputs.len(),
            assumed_count,
            unverified_count,
            complete: assumed_count == 0 && unverified_count == 0,
            inputs: self.inputs.clone(),
        }
    }

    fn mining_basis(&self) -> String {
        let eh_per_s = grouped(self.company.eh_per_s, 1);
        // A million USD per EH/s is one USD per TH/s.
        format!("{eh_per_s} EH/s x {} M$", grouped(self.company.mining_usd_per_th, 1))
    }

    fn bitcoin_basis(&self) -> String {
        let held_btc = grouped(self.company.held_btc, 0);
        format!("{held_btc} BTC x {} USD", grouped(self.company.usd_per_btc, 0))
    }

    fn signed_basis(&self) -> String {
        let critical_mw = grouped(signed_critical_mw(&self.company), 1);
        let worth = self.company.signed.first().map_or(0.0, |mw| mw.usd_per_critical_mw);
        format!("{critical_mw} MW critical x {}", millions_exact(worth))
    }

    fn unsigned_basis(&self) -> String {
        let Megawatts { critical_mw, usd_per_critical_mw } = self.company.unsigned;
        let capped = if critical_mw < self.near_term_critical_mw {
            format!(" (of {}, one tenant takes no more)", grouped(self.near_term_critical_mw, 1))
        } else {
            String::new()
        };
        format!(
            "{} MW critical{capped} x {} x {}",
            grouped(critical_mw, 1),
            millions_exact(usd_per_critical_mw),
            percent(self.company.signing_frac)
        )
    }

    fn debt_basis(&self) -> String {
        let (debt, cash) = (millions(self.company.debt_usd), millions(self.company.cash_usd));
        format!("debt {debt} less cash {cash} M$")
    }

    /// What a price implies of an unknown.
    fn implied(&self, unknown: Unknown, usd_per_share: f64, gross_ratio: f64) -> ImpliedRow {
        let amount = implied(&self.company, unknown, usd_per_share);
        let (solve, unit, counted_amount) = match unknown {
            Unknown::UnsignedCriticalMw => ("mw", "MW critical", self.company.unsigned.critical_mw),
            Unknown::EhPerS => ("eh", "EH/s", self.company.eh_per_s),
            Unknown::SigningFrac => ("probability", "fraction", self.company.signing_frac),
        };
        let implied_gross_mw = amount
            .filter(|_| unknown == Unknown::UnsignedCriticalMw)
            .map(|critical_mw| chain::gross_mw(critical_mw, gross_ratio));
        let note = self.note(unknown, amount);
        let holds = amount.map_or("no such amount".to_owned(), |amount| {
            self.words(unknown, amount, implied_gross_mw)
        });
        let after = if note.is_empty() { String::new() } else { format!("; {note}") };
        ImpliedRow {
            solve,
            unit,
            implied_amount: amount,
            implied_gross_mw,
            counted_amount,
            usd_per_share_per_unit: slope_usd_per_share(&self.company, unknown),
            sentence: format!(
                "At ${} a share the price of {} holds {holds}{after}.",
                grouped(usd_per_share, 2),
                self.name
            ),
            note,
        }
    }

    fn words(&self, unknown: Unknown, amount: f64, gross_mw: Option<f64>) -> String {
        let critical_mw = grouped(self.company.unsigned.critical_mw, 1);
        let odds = percent(self.company.signing_frac);
        match unknown {
            Unknown::UnsignedCriticalMw => format!(
                "{} MW critical ({} MW gross) of unsigned megawatts at {odds}, where the sum counts \
                 {critical_mw}",
                grouped(amount, 1),
                grouped(gross_mw.unwrap_or_default(), 1),
            ),
            Unknown::EhPerS => format!(
                "{} EH/s, where it runs {}",
                grouped(amount, 1),
                grouped(self.company.eh_per_s, 1)
            ),
            Unknown::SigningFrac => format!(
                "a probability of {} that {critical_mw} MW critical get signed, where the sum counts \
                 {odds}",
                percent(amount)
            ),
        }
    }

    /// Why an amount is not one to be had.
    fn note(&self, unknown: Unknown, amount: Option<f64>) -> String {
        let Some(amount) = amount else {
            return match unknown {
                Unknown::UnsignedCriticalMw => "unsigned megawatts are worth nothing at these odds",
                Unknown::EhPerS => "hash rate is worth nothing",
                Unknown::SigningFrac => "there are no unsigned megawatts to be signed",
            }
            .to_owned();
        };
        if amount < 0.0 {
            return "less than nothing: the other parts alone are worth more than the price".into();
        }
        match (unknown, self.room_critical_mw) {
            (Unknown::UnsignedCriticalMw, Some(room)) if amount > room => format!(
                "more than the company has: its power carries {} MW critical beside its contracts",
                grouped(room, 1)
            ),
            (Unknown::UnsignedCriticalMw, None) => {
                "the power of the company is not in the table".into()
            }
            (Unknown::SigningFrac, _) if amount > 1.0 => "more than certainty".into(),
            (Unknown::EhPerS, _) if amount > self.company.eh_per_s => {
                "more than the company runs".into()
            }
            _ => String::new(),
        }
    }
}
