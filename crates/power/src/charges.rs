//! What a contract charges or pays besides energy: peaks, programmes, floors.

use units::{Code, Violation};

use crate::Error;
use crate::calendar::{SECONDS_PER_HOUR, Zone};

/// A charge on the highest draw of a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemandCharge {
    /// USD per kW of the month's highest draw.
    pub usd_per_kw_month: f64,
    /// Share of the year's highest draw that is billed at least in every month; 0 without ratchet.
    pub ratchet_frac: f64,
}

/// A yearly charge on the draw in the hours in which the whole grid peaks.
#[derive(Clone, Debug, PartialEq)]
pub struct CoincidentPeak {
    /// Which peaks count.
    pub rule: PeakRule,
    /// USD per kW of the average draw in them, a year.
    pub usd_per_kw_year: f64,
    /// Instants at which the grid peaked.
    pub peaks_unix_s: Vec<i64>,
}

/// Which peaks of the grid a transmission charge is shared out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeakRule {
    /// One peak in each of June to September, as in ERCOT ("4CP").
    FourSummer,
    /// One peak in each month of the year, as its replacement.
    TwelveMonths,
}

impl PeakRule {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FourSummer => "four_summer",
            Self::TwelveMonths => "twelve_months",
        }
    }

    /// Peaks of a year.
    pub const fn peaks_a_year(self) -> f64 {
        match self {
            Self::FourSummer => 4.0,
            Self::TwelveMonths => 12.0,
        }
    }

    const fn counts(self, month: u32) -> bool {
        match self {
            Self::FourSummer => month >= 6 && month <= 9,
            Self::TwelveMonths => true,
        }
    }
}

impl CoincidentPeak {
    /// A charge whose peaks fit its rule.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every peak in a month that does not count, and every second one in
    /// a month, by the local clock.
    pub fn new(
        rule: PeakRule,
        usd_per_kw_year: f64,
        mut peaks_unix_s: Vec<i64>,
        zone: &Zone,
    ) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let mut clock = zone.clock();
        let mut months: Vec<(i32, u32)> = Vec::new();
        for (place, peak) in peaks_unix_s.iter().enumerate() {
            let local = clock.at(*peak);
            let path = format!("peaks[{place}]");
            let shown = format!("{}-{:02}-{:02}", local.year, local.month, local.day);
            if !rule.counts(local.month) {
                faults.push(
                    Violation::new(Code::Conflict, path)
                        .value(shown)
                        .allowed("only peaks of June to September count")
                        .hint("times are UTC: is the local month another one?"),
                );
            } else if months.contains(&(local.year, local.month)) {
                faults.push(
                    Violation::new(Code::Duplicate, path).value(shown).allowed("one peak a month"),
                );
            }
            months.push((local.year, local.month));
        }
        peaks_unix_s.sort_unstable();
        if faults.is_empty() {
            Ok(Self { rule, usd_per_kw_year, peaks_unix_s })
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// What one MW that draws in a peak interval pays for it, USD.
    pub fn usd_per_mw_peak(&self) -> f64 {
        self.usd_per_kw_year * units::constants::KW_PER_MW / self.rule.peaks_a_year()
    }
}

/// An agreement to do something with the load in certain hours, for money.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Id by which results name it.
    pub id: String,
    /// What enrolled load has to do in its hours.
    pub duty: Duty,
    /// Share of the load that is enrolled.
    pub enrolled_frac: f64,
    /// Income per enrolled MW and month, whatever happens, USD.
    pub usd_per_mw_month: f64,
    /// Income per MWh of enrolled load that does its duty, USD.
    pub credit_usd_per_mwh: f64,
    /// Penalty per MWh of enrolled load that does not, USD.
    pub penalty_usd_per_mwh: f64,
    /// The hours, `[from, to)`.
    pub hours: Vec<Window>,
}

/// What enrolled load has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Be off when called: demand response.
    Curtail,
    /// Be on, so that it can be dropped: reserves held by load.
    Hold,
}

impl Duty {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Curtail => "curtail",
            Self::Hold => "hold",
        }
    }
}

/// A stretch of time, seconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant.
    pub from_unix_s: i64,
    /// First instant after it.
    pub to_unix_s: i64,
}

impl Window {
    /// Hours of the interval from `start_unix_s` that fall into it.
    pub fn hours_of(&self, start_unix_s: i64, interval_s: i64) -> f64 {
        let end = start_unix_s + interval_s;
        let shared = end.min(self.to_unix_s) - start_unix_s.max(self.from_unix_s);
        shared.max(0) as f64 / SECONDS_PER_HOUR as f64
    }
}

impl Program {
    /// What drawing one MW in one of its hours costs besides energy, USD/MWh: forgone credit and
    /// penalty, negative where the duty is to draw.
    pub fn price_usd_per_mwh(&self) -> f64 {
        let at_stake = self.enrolled_frac * (self.credit_usd_per_mwh + self.penalty_usd_per_mwh);
        match self.duty {
            Duty::Curtail => at_stake,
            Duty::Hold => -at_stake,
        }
    }

    /// What a MW that never draws in an hour of it receives, USD: the counterpart of
    /// [`Program::price_usd_per_mwh`].
    pub fn idle_usd_per_mw_h(&self) -> f64 {
        match self.duty {
            Duty::Curtail => self.enrolled_frac * self.credit_usd_per_mwh,
            Duty::Hold => -self.enrolled_frac * self.penalty_usd_per_mwh,
        }
    }
}

/// Energy that is paid for in a month whether it is used or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TakeOrPay {
    /// Energy of a month, MWh.
    pub mwh_per_month: f64,
    /// Price of what is not used, USD/MWh.
    pub usd_per_mwh: f64,
}

/// A level that the load has to keep to for some time, whatever it costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obligation {
    /// When.
    pub during: Window,
    /// Draw that it may not exceed, MW at the meter.
    pub most_gross_mw: Option<f64>,
    /// Draw that it may not fall below, MW at the meter.
    pub least_gross_mw: Option<f64>,
}

/// Everything that a contract charges or pays besides energy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Charges {
    /// On the month's highest draw.
    pub demand: Option<DemandCharge>,
    /// On the draw when the grid peaks.
    pub coincident_peak: Option<CoincidentPeak>,
    /// Agreements about the load.
    pub programs: Vec<Program>,
    /// Energy paid for in any case.
    pub take_or_pay: Option<TakeOrPay>,
    /// Levels that the load has to keep to.
    pub obligations: Vec<Obligation>,
    /// Most hours a year in which the load may be off.
    pub curtailed_hours_per_year_max: Option<f64>,
}

impl Charges {
    /// Whether something looks at the draw of the whole site, so that hours hang together.
    pub fn look_at_the_sum(&self) -> bool {
        self.demand.is_some() || self.take_or_pay.is_some() || !self.obligations.is_empty()
    }

    /// Peaks of the grid, hours of programmes and obligations, of which no part falls into a time:
    /// how many there are, and of how many.
    pub fn outside(&self, during: &Window) -> (usize, usize) {
        let peaks = self.coincident_peak.iter().flat_map(|peak| &peak.peaks_unix_s);
        let peaks = peaks.map(|&at| Window { from_unix_s: at, to_unix_s: at + 1 });
        let hours = self.programs.iter().flat_map(|program| program.hours.iter().copied());
        let levels = self.obligations.iter().map(|obligation| obligation.during);
        let events: Vec<Window> = peaks.chain(hours).chain(levels).collect();
        let apart = |event: &&Window| {
            event.to_unix_s <= during.from_unix_s || event.from_unix_s >= during.to_unix_s
        };
        (events.iter().filter(apart).count(), events.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_fit_their_rule_by_the_local_clock() {
        let zone = Zone::named("America/Chicago").unwrap();
        let june = 1_719_000_000; // 2024-06-21T20:00Z
        let july_utc = 1_719_795_600; // 2024-07-01T01:00Z, still June in Texas
        let peak =
            |peaks: &[i64]| CoincidentPeak::new(PeakRule::FourSummer, 60.0, peaks.to_vec(), &zone);
        assert_eq!(peak(&[june]).unwrap().usd_per_mw_peak(), 15_000.0);
        assert!(peak(&[june, july_utc]).is_err());
        assert!(peak(&[june - 60 * 86_400]).is_err());
    }

    #[test]
    fn doing_the_duty_or_not_differs_by_what_is_at_stake() {
        let program = |duty| Program {
            id: "a".into(),
            duty,
            enrolled_frac: 0.5,
            usd_per_mw_month: 100.0,
            credit_usd_per_mwh: 60.0,
            penalty_usd_per_mwh: 20.0,
            hours: Vec::new(),
        };
        // Curtailing earns 30 per MW-hour, drawing costs 10; holding the other way round.
        let curtail = program(Duty::Curtail);
        assert_eq!((curtail.idle_usd_per_mw_h(), curtail.price_usd_per_mwh()), (30.0, 40.0));
        let hold = program(Duty::Hold);
        assert_eq!((hold.idle_usd_per_mw_h(), hold.price_usd_per_mwh()), (-10.0, -40.0));
        let window = Window { from_unix_s: 1_800, to_unix_s: 9_000 };
        assert_eq!(
            [0, 3_600, 7_200, 10_800].map(|at| window.hours_of(at, 3_600)),
            [0.5, 1.0, 0.5, 0.0]
        );
    }
}
