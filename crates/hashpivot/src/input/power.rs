//! From the power tables of a plan to contracts: series read, zones and instants resolved.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use power::{
    Adders, BlockIndex, Charges, CoincidentPeak, Contract, DemandCharge, Duty, GapRule, Index,
    Obligation, Program, Series, TakeOrPay, Tariff, Window, Zone,
};
use sha2::{Digest, Sha256};
use units::{Code, Violation};

use super::build::time_of_use;
use super::contract::{self, IndexTariff, SeriesFormat};
use super::edge::{FirstOfMonth, Q};
use super::plan::{self, Plan};
use super::series::{Label, Quantity, SeriesOptions, SeriesRead, read_series};
use crate::output::hexadecimal;

/// Months of a synthetic year.
const SYNTHETIC_MONTHS: i32 = 12;

/// A site's power contract, with the series behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct SitePower {
    /// The contract.
    pub contract: Contract,
    /// Market prices as they were read; `None` for made-up ones and for contracts without.
    pub market: Option<SeriesRead>,
    /// Prices known a day ahead, as they were read.
    pub day_ahead: Option<SeriesRead>,
}

/// Reads the series that a plan names and makes the contract of every site.
///
/// # Errors
/// Everything that is wrong with them, paths from the plan's root.
pub(crate) fn of_plan(
    plan: &Plan,
    read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
    files: &mut BTreeMap<String, String>,
) -> Result<BTreeMap<String, SitePower>, Vec<Violation>> {
    let mut faults = Vec::new();
    let mut sites = BTreeMap::new();
    for site in &plan.site {
        let mut reader = Reader { site, read, files, faults: Vec::new() };
        let power = reader.site(plan.valuation.date);
        faults.append(&mut reader.faults);
        if let Some(power) = power {
            sites.insert(site.id.to_string(), power);
        }
    }
    if faults.is_empty() { Ok(sites) } else { Err(faults) }
}

/// What a format of a plan or the command line says to the reader of series.
///
/// # Errors
/// The name of a zone that does not exist.
pub fn options(format: &SeriesFormat, quantity: Quantity) -> Result<SeriesOptions, Box<Violation>> {
    let zone = format.zone.as_deref().map(zone_named).transpose()?;
    Ok(SeriesOptions {
        label: format.label.map(|label| match label {
            contract::Label::Start => Label::Start,
            contract::Label::End => Label::End,
        }),
        zone,
        gaps: format.gaps.map_or(GapRule::Refuse, gap_rule),
        time_column: format.time_column.clone(),
        value_column: format.value_column.clone(),
        quantity,
    })
}

const fn gap_rule(gaps: contract::Gaps) -> GapRule {
    match gaps {
        contract::Gaps::Refuse => GapRule::Refuse,
        contract::Gaps::Previous => GapRule::Previous,
        contract::Gaps::Linear => GapRule::Linear,
        contract::Gaps::DayBefore => GapRule::DayBefore,
    }
}

/// The zone of a name.
fn zone_named(name: &str) -> Result<Zone, Box<Violation>> {
    Zone::named(name).ok_or_else(|| {
        let names = Zone::names();
        let nearest = crate::facts::nearest(name, names.iter().map(String::as_str));
        let violation = Violation::new(Code::UnknownReference, "zone")
            .value(name)
            .allowed("must be a zone of the IANA database")
            .hint(format!("nearest are {}", nearest.join(", ")));
        Box::new(violation)
    })
}

/// Months as people call them.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Instant of a text, seconds since 1970-01-01T00:00Z.
fn instant(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// An instant as people write it.
fn shown(unix_s: i64) -> String {
    Timestamp::from_second(unix_s).map_or_else(|_| unix_s.to_string(), |at| at.to_string())
}

struct Reader<'a> {
    site: &'a plan::Site,
    read: &'a dyn Fn(&str) -> io::Result<Vec<u8>>,
    files: &'a mut BTreeMap<String, String>,
    faults: Vec<Violation>,
}

impl Reader<'_> {
    fn path(&self, key: &str) -> String {
        format!("site.{}.{key}", self.site.id)
    }

    fn below(&mut self, key: &str, mut violation: Violation) {
        let joint = if violation.path.is_empty() { "" } else { "." };
        violation.path = format!("{}{joint}{}", self.path(key), violation.path);
        self.faults.push(violation);
    }

    /// `None` if something is wrong; what it is stands in the faults.
    fn site(&mut self, valuation: FirstOfMonth) -> Option<SitePower> {
        let zone = match zone_named(&self.site.time_zone) {
            Ok(zone) => zone,
            Err(mut violation) => {
                violation.path = String::new();
                self.below("time_zone", *violation);
                return None;
            }
        };
        let mut market = None;
        let mut day_ahead = None;
        let mut of_index = |reader: &mut Self, index: &IndexTariff, key: &str| {
            let (series, read) = reader.index(index, key, valuation, &zone)?;
            market = read;
            if let Some(file) = &index.day_ahead_file {
                let key = format!("{key}.day_ahead_file");
                day_ahead = Some(reader.series(file, index.read.as_ref(), &key)?);
            }
            Some(series)
        };
        let tariff = match &self.site.tariff {
            contract::Tariff::Flat(flat) => {
                Some(Tariff::Flat { usd_per_mwh: flat.usd_per_mwh.get() })
            }
            contract::Tariff::Tou(tou) => {
                let holidays = self.holidays(&tou.holidays);
                // What is wrong with the rates has been said before.
                let rates = time_of_use(tou).ok();
                rates.map(|rates| Tariff::TimeOfUse(rates.with_holidays(holidays)))
            }
            contract::Tariff::Index(index) => of_index(self, index, "tariff").map(Tariff::Index),
            contract::Tariff::BlockIndex(block) => {
                let index = of_index(self, &block.index, "tariff.index");
                index.map(|index| {
                    Tariff::BlockIndex(BlockIndex {
                        index,
                        block_gross_mw: block.block_gross_mw.get(),
                        block_usd_per_mwh: block.block_usd_per_mwh.get(),
                    })
                })
            }
        };
        let charges = self.charges(&zone);
        let contract = Contract::new(tariff?, charges, zone);
        self.covered(&contract, market.as_ref());
        self.events_inside(&contract);
        self.faults.is_empty().then_some(SitePower { contract, market, day_ahead })
    }

    fn index(
        &mut self,
        index: &IndexTariff,
        key: &str,
        valuation: FirstOfMonth,
        zone: &Zone,
    ) -> Option<(Index, Option<SeriesRead>)> {
        let adders = Adders {
            losses_frac: index.losses_frac.get(),
            wires_usd_per_mwh: index.wires_usd_per_mwh.get(),
            retail_usd_per_mwh: index.retail_usd_per_mwh.get(),
        };
        let with = |series: &Series| Index { market_usd_per_mwh: Arc::new(series.clone()), adders };
        match (&index.file, &index.synthetic) {
            (Some(file), None) => {
                let read = self.series(file, index.read.as_ref(), &format!("{key}.file"))?;
                Some((with(&read.series), Some(read)))
            }
            (None, Some(synthetic)) => {
                let month = valuation.0;
                let end = month.plus(SYNTHETIC_MONTHS);
                let start = zone.month_start(month.year(), month.month())?;
                let hours = (zone.month_start(end.year(), end.month())? - start) / 3_600;
                let series = power::synthetic::hourly_prices(
                    u64::from(synthetic.seed.get()),
                    start,
                    usize::try_from(hours).ok()?,
                    synthetic.mean_usd_per_mwh.get(),
                );
                match series {
                    Ok(series) => Some((with(&series), None)),
                    Err(error) => {
                        let violation = Violation::new(Code::Conflict, "").hint(error.to_string());
                        self.below(&format!("{key}.synthetic"), violation);
                        None
                    }
                }
            }
            (file, _) => {
                let violation =
                    Violation::new(if file.is_some() { Code::Conflict } else { Code::Missing }, "")
                        .allowed("give file or synthetic")
                        .hint("made-up prices: synthetic = { mean_usd_per_mwh = 30 }");
                self.below(&format!("{key}.file"), violation);
                None
            }
        }
    }

    fn series(
        &mut self,
        file: &str,
        format: Option<&SeriesFormat>,
        key: &str,
    ) -> Option<SeriesRead> {
        let format = format.cloned().unwrap_or_default();
        let options = match options(&format, Quantity::PriceUsdPerMwh) {
            Ok(options) => options,
            Err(violation) => {
                let table = key.rsplit_once('.').map_or("tariff", |(table, _)| table);
                self.below(&format!("{table}.read"), *violation);
                return None;
            }
        };
        let bytes = match (self.read)(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                let violation = Violation::new(Code::Io, "")
                    .value(file)
                    .allowed("cannot be read")
                    .hint(error.to_string());
                self.below(key, violation);
                return None;
            }
        };
        self.files.insert(file.to_owned(), hexadecimal(&Sha256::digest(&bytes)));
        match read_series(file, &bytes, &options) {
            Ok(read) => Some(read),
            Err(mut violations) => {
                self.faults.append(&mut violations);
                None
            }
        }
    }

    fn holidays(&mut self, days: &[String]) -> Vec<(i32, u32, u32)> {
        let mut holidays = Vec::with_capacity(days.len());
        for (place, day) in days.iter().enumerate() {
            if let Ok(date) = day.parse::<Date>() {
                let small = |value: i8| u32::from(value.unsigned_abs());
                holidays.push((i32::from(date.year()), small(date.month()), small(date.day())));
            } else {
                let violation = Violation::new(Code::Type, format!("holidays[{place}]"))
                    .value(day)
                    .allowed("must be a date such as 2027-12-25");
                self.below("tariff", violation);
            }
        }
        holidays
    }

    /// An instant of the plan; a fault and 0 where it is none.
    fn instant(&mut self, key: &str, text: &str) -> i64 {
        instant(text).unwrap_or_else(|| {
            let violation = Violation::new(Code::Type, "")
                .value(text)
                .allowed("must be an instant such as 2024-08-20T22:00Z")
                .hint("end it with Z for UTC or with an offset such as -05:00");
            self.below(key, violation);
            0
        })
    }

    fn window(&mut self, key: &str, from: &str, to: &str) -> Window {
        let window = Window {
            from_unix_s: self.instant(&format!("{key}.from"), from),
            to_unix_s: self.instant(&format!("{key}.to"), to),
        };
        if self.faults.is_empty() && window.to_unix_s <= window.from_unix_s {
            let violation = Violation::new(Code::DateOrder, "to")
                .value(to)
                .allowed(format!("must come after {from}"));
            self.below(key, violation);
        }
        window
    }

    fn charges(&mut self, zone: &Zone) -> Charges {
        let site = self.site;
        let demand = site.demand_charge.as_ref().map(|demand| DemandCharge {
            usd_per_kw_month: demand.usd_per_kw_month.get(),
            ratchet_frac: demand.ratchet_frac.get(),
        });
        let coincident_peak = site.coincident_peak.as_ref().and_then(|peak| {
            let instants = peak.peaks.iter().enumerate().map(|(place, text)| {
                self.instant(&format!("coincident_peak.peaks[{place}]"), text)
            });
            let instants: Vec<i64> = instants.collect();
            let rule = match peak.rule {
                contract::PeakRule::FourSummer => power::PeakRule::FourSummer,
                contract::PeakRule::TwelveMonths => power::PeakRule::TwelveMonths,
            };
            if !self.faults.is_empty() {
                return None;
            }
            match CoincidentPeak::new(rule, peak.usd_per_kw_year.get(), instants, zone) {
                Ok(peak) => Some(peak),
                Err(power::Error::Invalid(violations)) => {
                    for violation in violations {
                        self.below("coincident_peak", violation);
                    }
                    None
                }
                Err(_) => None,
            }
        });
        let programs = site
            .program
            .iter()
            .map(|program| {
                let key = format!("program.{}", program.id);
                let windows = program.hours.iter().enumerate().map(|(place, window)| {
                    self.window(&format!("{key}.hours[{place}]"), &window.from, &window.to)
                });
                Program {
                    id: program.id.to_string(),
                    duty: match program.duty {
                        contract::Duty::Curtail => Duty::Curtail,
                        contract::Duty::Hold => Duty::Hold,
                    },
                    enrolled_frac: program.enrolled_frac.get(),
                    usd_per_mw_month: program.usd_per_mw_month.get(),
                    credit_usd_per_mwh: program.credit_usd_per_mwh.get(),
                    penalty_usd_per_mwh: program.penalty_usd_per_mwh.get(),
                    hours: windows.collect(),
                }
            })
            .collect();
        let obligations = site
            .obligation
            .iter()
            .enumerate()
            .map(|(place, duty)| Obligation {
                during: self.window(&format!("obligation[{place}]"), &duty.from, &duty.to),
                most_gross_mw: duty.most_gross_mw.map(Q::get),
                least_gross_mw: duty.least_gross_mw.map(Q::get),
            })
            .collect();
        Charges {
            demand,
            coincident_peak,
            programs,
            take_or_pay: site.take_or_pay.as_ref().map(|take| TakeOrPay {
                mwh_per_month: take.mwh_per_month.get(),
                usd_per_mwh: take.usd_per_mwh.get(),
            }),
            obligations,
            curtailed_hours_per_year_max: site.curtailed_hours_per_year_max.map(Q::get),
        }
    }

    /// Peaks and programmes outside the prices would count for nothing.
    fn events_inside(&mut self, contract: &Contract) {
        let Some(market) = contract.market() else { return };
        let (from, to) = (market.start_unix_s(), market.end_unix_s());
        let span = format!("must lie within the prices, {} to {}", shown(from), shown(to));
        let peaks = contract.charges.coincident_peak.iter().flat_map(|peak| &peak.peaks_unix_s);
        let outside = peaks.filter(|at| !(from..to).contains(*at)).copied();
        for at in outside.collect::<Vec<_>>() {
            let violation =
                Violation::new(Code::Conflict, "peaks").value(shown(at)).allowed(&*span);
            self.below("coincident_peak", violation);
        }
        for program in &contract.charges.programs {
            for window in &program.hours {
                if window.from_unix_s < from || window.to_unix_s > to {
                    let violation = Violation::new(Code::Conflict, "hours")
                        .value(shown(window.from_unix_s))
                        .allowed(&*span);
                    self.below(&format!("program.{}", program.id), violation);
                }
            }
        }
    }

    /// A plan looks at every month of the year, so its prices have to cover every one of them.
    fn covered(&mut self, contract: &Contract, read: Option<&SeriesRead>) {
        let covered = contract.months_covered();
        let Some(month) = covered.iter().position(|covered| !covered) else { return };
        let Some(read) = read else { return };
        let series = &read.series;
        let violation = Violation::new(Code::Missing, "")
            .value(format!("{} to {}", shown(series.start_unix_s()), shown(series.end_unix_s())))
            .allowed(format!(
                "prices must cover every calendar month whole, by the clock of {}; {} is not",
                contract.zone.name(),
                MONTHS[month]
            ))
            .hint("a leap year has 8,784 hours; local months need the zone's own start");
        self.below("tariff.file", violation);
    }
}
