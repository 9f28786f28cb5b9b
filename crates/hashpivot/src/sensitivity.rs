//! `sensitivity` and `map`: what a plan is worth, and what its sites do, when inputs move and everything
//! is decided again.
//!
//! An input is a number of the plan by its path, as `--set` takes it: a point of a tornado or of a
//! map is the plan with one or two numbers set, and nothing else.

use std::io;

use compare::{Portfolio, Reaction, SPREAD_FRAC, Watch, World, low_and_high, react, spaced};
use units::{Code, Violation};

use crate::{
    about,
    error::Error,
    input::{self, Built, Loaded, NumberField, Sources, numbers},
    result::{
        AxisResult, DefaultRow, MapCell, MapResult, PointResult, PointSite, SensitivityResult,
        SensitivityRow,
    },
    sentence,
};

/// Reads a file that a plan names; from several threads at once.
pub type ReadFile<'a> = dyn Fn(&str) -> io::Result<Vec<u8>> + Sync + 'a;

/// Values along each side of a map where nothing else is said.
pub const MAP_STEPS: usize = 11;
/// Most cells of a map.
const MOST_CELLS: usize = 10_000;
/// How far a map reaches to either side where nothing else is said, as a share of today's value.
const MAP_SPREAD_FRAC: f64 = 0.5;

/// Keys that say what is there or how it is counted, not what may turn out otherwise.
const NOT_MOVED: [&str; 21] = [
    "height",
    "horizon_months",
    "approved_gross_mw",
    "cap_gross_mw",
    "cap_critical_mw",
    "gross_mw_max",
    "min",
    "max",
    "step",
    "mw",
    "units",
    "window_months",
    "term_months",
    "life_months",
    "age_months",
    "tax_life_months",
    "tax_life_years",
    "depreciation_months",
    "free_months",
    "refresh_payback_months",
    "hashrate_th_per_s",
];

/// Which inputs are moved, and how far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SensitivityArguments {
    /// Paths, alone or with a range: `path=low..high`. Without one, every number of the plan that may
    /// turn out otherwise.
    pub inputs: Vec<String>,
    /// Only inputs of all sites and of this one.
    pub site: Option<String>,
    /// Share of its value by which an input without a range moves to either side; 0.2 if left out.
    pub spread_frac: Option<f64>,
}

/// Moves one input at a time and decides again.
///
/// # Special cases
/// An end at which the plan is refused, or where something demanded cannot be had, has no point.
/// Inputs of value 0 have no share to move by and are left out unless they come with a range.
///
/// # Errors
/// [`Error::Input`] for a plan or an input that cannot be used; as [`run`](crate::run()).
pub fn sensitivity(
    sources: &Sources,
    read: &ReadFile<'_>,
    arguments: &SensitivityArguments,
    watch: &Watch,
) -> Result<SensitivityResult, Error> {
    let loaded = input::load(sources, read)?;
    let spread_frac = arguments.spread_frac.unwrap_or(SPREAD_FRAC);
    if !(spread_frac > 0.0 && spread_frac <= 1.0) {
        let violation = Violation::new(Code::Range, "--spread")
            .value(spread_frac)
            .allowed("must be above 0 and at most 1")
            .hint("a fraction: 0.2 moves an input by a fifth");
        return Err(Error::Input(vec![violation]));
    }
    let known = numbers(&loaded);
    let of_site = |field: &NumberField| match (&arguments.site, field.path.strip_prefix("site.")) {
        (Some(site), Some(rest)) => rest.split('.').next() == Some(site),
        _ => true,
    };
    if let Some(site) = &arguments.site
        && loaded.plan.site.iter().all(|s| s.id.0 != *site)
    {
        let sites = loaded.plan.site.iter().map(|s| s.id.0.as_str());
        return Err(no_such("--site", site, "must be a site of the plan, by its id", sites));
    }
    let moved: Vec<Range> = if arguments.inputs.is_empty() {
        let may_move = known.iter().filter(|field| of_site(field) && may_move(&loaded, field));
        may_move.map(|field| Range::around(field, spread_frac)).collect()
    } else {
        ranges(&known, &arguments.inputs, "--input", spread_frac)?
    };
    let moved: Vec<Range> = moved.into_iter().filter(|range| range.low < range.high).collect();
    let mut points: Vec<Vec<String>> = vec![Vec::new()];
    for range in &moved {
        points.push(vec![range.field.set(range.low)]);
        points.push(vec![range.field.set(range.high)]);
    }
    let mut found = decided(sources, read, &loaded, &points, watch).into_iter();
    let mut next = || found.next().unwrap_or(Err(Error::Internal("a point has no answer")));
    let base = next()?;
    let mut rows = Vec::with_capacity(moved.len());
    let mut without_effect = Vec::new();
    for range in moved {
        let (low, high) = (at_an_end(next())?, at_an_end(next())?);
        let values = [Some(&base), low.as_ref(), high.as_ref()];
        let values = values.iter().flatten().map(|point| point.npv_usd);
        let (least, most) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), usd| (l.min(usd), m.max(usd)));
        let same = |point: &Option<PointResult>| point.as_ref().is_none_or(|p| *p == base);
        if same(&low) && same(&high) {
            without_effect.push(range.field.path);
            continue;
        }
        rows.push(SensitivityRow {
            input: range.field.path,
            unit: range.field.unit,
            base_value: range.field.value,
            low_value: range.low,
            high_value: range.high,
            low,
            high,
            swing_usd: most - least,
        });
    }
    rows.sort_by(|a, b| b.swing_usd.total_cmp(&a.swing_usd));
    let mut result = SensitivityResult {
        about: about::of_decision(&loaded),
        plan_name: loaded.plan.name.clone(),
        base,
        rows,
        without_effect,
    };
    if arguments.spread_frac.is_none() {
        result.about.defaults.push(assumed("--spread", SPREAD_FRAC.into(), "fraction"));
    }
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// The two inputs of a map: paths, alone or with a range and a number of values,
/// `path=low..high:count`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapArguments {
    /// The input along the horizontal side; the price of bitcoin if left out.
    pub x: Option<String>,
    /// The other one; the first rent, GPU price or power price of the plan if left out.
    pub y: Option<String>,
}

/// Decides at every pair of values of two inputs.
///
/// # Errors
/// [`Error::Input`] for a plan or an input that cannot be used, [`Error::Compare`] as
/// [`run`](crate::run()): a map has no holes but where something demanded cannot be had.
pub fn map(
    sources: &Sources,
    read: &ReadFile<'_>,
    arguments: &MapArguments,
    watch: &Watch,
) -> Result<MapResult, Error> {
    let loaded = input::load(sources, read)?;
    let known = numbers(&loaded);
    let (x, y) = (
        arguments.x.clone().unwrap_or_else(|| PRICE_OF_BITCOIN.to_owned()),
        arguments.y.clone().or_else(|| main_input(&known, "site.")).unwrap_or_default(),
    );
    let x = axis(&known, &x, "--x")?;
    let y = axis(&known, &y, "--y")?;
    let cells = x.1.len() * y.1.len();
    if cells > MOST_CELLS || x.0.path == y.0.path {
        let violation = Violation::new(Code::Limit, "--y").value(&y.0.path);
        return Err(Error::Input(vec![if cells > MOST_CELLS {
            violation.allowed(format!("a map has at most {MOST_CELLS} cells, not {cells}"))
        } else {
            violation.allowed("must be another input than --x")
        }]));
    }
    let pairs: Vec<(f64, f64)> =
        y.1.iter()
            .flat_map(|y_value| x.1.iter().map(move |x_value| (*x_value, *y_value)))
            .collect();
    let points: Vec<Vec<String>> =
        pairs.iter().map(|(x_value, y_value)| vec![x.0.set(*x_value), y.0.set(*y_value)]).collect();
    let mut cells = Vec::with_capacity(points.len());
    let found = decided(sources, read, &loaded, &points, watch);
    for ((x_value, y_value), point) in pairs.into_iter().zip(found) {
        cells.push(MapCell { x_value, y_value, point: at_an_end(point)? });
    }
    let side = |(field, values): (&NumberField, Vec<f64>)| AxisResult {
        input: field.path.clone(),
        unit: field.unit.clone(),
        base_value: field.value,
        values,
    };
    let mut result = MapResult {
        about: about::of_decision(&loaded),
        plan_name: loaded.plan.name.clone(),
        x: side(x),
        y: side(y),
        cells,
    };
    for (path, given, used) in [
        ("--x", &arguments.x, result.x.input.clone()),
        ("--y", &arguments.y, result.y.input.clone()),
    ] {
        if given.is_none() {
            result.about.defaults.push(assumed(path, used.into(), ""));
        }
    }
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// The price of bitcoin in a plan.
pub(crate) const PRICE_OF_BITCOIN: &str = "bitcoin.price_usd_per_btc";

/// The input on which the use of a site hangs most: the rent of its first lease, the price of its
/// first GPU cloud, else the price of its power. `prefix` begins the paths looked at.
pub(crate) fn main_input(known: &[NumberField], prefix: &str) -> Option<String> {
    let of = |end: &str| {
        let of_site = |f: &&NumberField| f.path.starts_with(prefix) && f.path.ends_with(end);
        known.iter().find(of_site).map(|f| f.path.clone())
    };
    of(".rent_first_usd_per_kw_month")
        .or_else(|| of(".contract_usd_per_gpu_h"))
        .or_else(|| of(".tariff.usd_per_mwh"))
        .or_else(|| of("_usd_per_mwh"))
}

/// The plan with some numbers set, decided.
fn decided(
    sources: &Sources,
    read: &ReadFile<'_>,
    loaded: &Loaded,
    points: &[Vec<String>],
    watch: &Watch,
) -> Vec<Result<PointResult, Error>> {
    let world_at = |sets: &Vec<String>| -> Result<(Portfolio, World), Error> {
        let mut sources = sources.clone();
        sources.sets.extend(sets.iter().cloned());
        let moved = Loaded { isa: loaded.isa, ..input::load(&sources, read)? };
        let Built { portfolio, world, .. } = moved.build()?;
        Ok((portfolio, world))
    };
    let sites: Vec<_> = match loaded.build() {
        Ok(built) => built.portfolio.sites,
        Err(_) => Vec::new(),
    };
    let shown = |reaction: Reaction| PointResult {
        npv_usd: reaction.npv_usd,
        sites: sites
            .iter()
            .zip(reaction.sites)
            .map(|(site, at)| PointSite {
                site: site.id.clone(),
                decision: sentence::label(site, &at.choice),
                npv_usd: at.npv_usd,
                gain_usd: at.gain_usd,
            })
            .collect(),
    };
    react(points, world_at, watch).into_iter().map(|found| found.map(shown)).collect()
}

/// A point at the end of a range: none where the plan is refused there.
fn at_an_end(point: Result<PointResult, Error>) -> Result<Option<PointResult>, Error> {
    match point {
        Ok(point) => Ok(Some(point)),
        Err(Error::Input(_) | Error::Compare(compare::Error::Infeasible(_))) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whether a number may turn out otherwise than the plan says.
fn may_move(loaded: &Loaded, field: &NumberField) -> bool {
    let key = field.path.rsplit('.').next().unwrap_or_default();
    let projection = loaded.plan.bitcoin.projection.as_str();
    let other_line = ["trend", "response"]
        .iter()
        .any(|line| *line != projection && field.path.starts_with(&format!("bitcoin.{line}.")));
    let of_machines = field.path.contains(".machine[");
    let listed = field.path.contains('[') && !of_machines;
    let counted = field.whole && key != "months_to_deliver";
    let fixed = of_machines && key != "uptime_frac";
    !(NOT_MOVED.contains(&key) || other_line || listed || counted || fixed)
}

/// A field with the values between which it moves.
struct Range {
    field: NumberField,
    low: f64,
    high: f64,
}

impl Range {
    fn around(field: &NumberField, spread_frac: f64) -> Self {
        let (low, high) = low_and_high(field.value, spread_frac, (field.minimum, field.maximum));
        let (low, high) = if field.whole { (low.floor(), high.ceil()) } else { (low, high) };
        Self { field: field.clone(), low, high }
    }
}

impl NumberField {
    /// The assignment that gives it a value.
    fn set(&self, value: f64) -> String {
        if self.whole {
            format!("{}={value:.0}", self.path)
        } else {
            format!("{}={value:?}", self.path)
        }
    }
}

/// What is typed for inputs, as ranges; all that is wrong with it at once.
fn ranges(
    known: &[NumberField],
    typed: &[String],
    option: &str,
    spread_frac: f64,
) -> Result<Vec<Range>, Error> {
    let mut found = Vec::with_capacity(typed.len());
    let mut faults = Vec::new();
    for text in typed {
        match range(known, text, option, spread_frac) {
            Ok((range, _)) => found.push(range),
            Err(Error::Input(more)) => faults.extend(more),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(Error::Input(faults)) }
}

/// `path`, `path=low..high` or `path=low..high:count`.
fn range(
    known: &[NumberField],
    typed: &str,
    option: &str,
    spread_frac: f64,
) -> Result<(Range, Option<usize>), Error> {
    let (path, rest) = typed.split_once('=').unwrap_or((typed, ""));
    let Some(field) = known.iter().find(|field| field.path == path.trim()) else {
        let paths = known.iter().map(|field| field.path.as_str());
        return Err(no_such(option, path, "must be a number of the plan, by its path", paths));
    };
    let (bounds, count) = match rest.split_once(':') {
        Some((bounds, count)) => (bounds, Some(count)),
        None => (rest, None),
    };
    let refused = |allowed: String| {
        Error::Input(vec![
            Violation::new(Code::Range, option)
                .value(typed)
                .unit(&field.unit)
                .allowed(allowed)
                .hint(format!(
                    "as in {path}={}..{}:{MAP_STEPS}",
                    0.8 * field.value,
                    1.2 * field.value
                )),
        ])
    };
    let count = match count.map(|count| count.trim().parse::<usize>()) {
        None => None,
        Some(Ok(count)) if (2..=1000).contains(&count) => Some(count),
        Some(_) => return Err(refused("the number of values must be 2..=1000".to_owned())),
    };
    if bounds.trim().is_empty() {
        return Ok((Range::around(field, spread_frac), count));
    }
    let number = |text: &str| text.trim().replace('_', "").parse::<f64>().ok();
    let ends = bounds.split_once("..").and_then(|(low, high)| Some((number(low)?, number(high)?)));
    let Some((low, high)) = ends else {
        return Err(refused("a range is written low..high".to_owned()));
    };
    if !(field.minimum <= low && low < high && high <= field.maximum) {
        return Err(refused(format!(
            "a rising range within {}..={}",
            field.minimum, field.maximum
        )));
    }
    Ok((Range { field: field.clone(), low, high }, count))
}

/// A side of a map.
fn axis<'k>(
    known: &'k [NumberField],
    typed: &str,
    option: &str,
) -> Result<(&'k NumberField, Vec<f64>), Error> {
    let (range, count) = range(known, typed, option, MAP_SPREAD_FRAC)?;
    let mut values = spaced(range.low, range.high, count.unwrap_or(MAP_STEPS));
    if range.field.whole {
        for value in &mut values {
            *value = value.round();
        }
        values.dedup();
    }
    let field = known.iter().find(|field| field.path == range.field.path);
    match field {
        Some(field) if values.len() > 1 => Ok((field, values)),
        _ => Err(Error::Input(vec![
            Violation::new(Code::Range, option)
                .value(typed)
                .allowed("needs a range: a value of 0 has no share to move by")
                .hint(format!("as in {}=0..1:{MAP_STEPS}", range.field.path)),
        ])),
    }
}

/// Something typed that the plan does not have; `what` says what it must be.
fn no_such<'a>(
    option: &str,
    typed: &str,
    what: &str,
    known: impl Iterator<Item = &'a str>,
) -> Error {
    let known: Vec<&str> = known.collect();
    let nearest = crate::input::nearest(typed, known.iter().copied());
    Error::Input(vec![
        Violation::new(Code::UnknownReference, option)
            .value(typed)
            .allowed(what)
            .hint(nearest.map(|near| format!("did you mean {near}?")).unwrap_or_default()),
    ])
}

fn assumed(path: &str, value: serde_json::Value, unit: &str) -> DefaultRow {
    DefaultRow {
        path: path.to_owned(),
        value,
        unit: unit.to_owned(),
        source: "[assumption]".to_owned(),
    }
}
