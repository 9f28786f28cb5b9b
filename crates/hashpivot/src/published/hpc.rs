//! Colocation leases and GPU clouds.

use hpcrev::chain::{energy_mwh, gross_mw, racks_of_budget};
use hpcrev::value::{pro_forma_shares, usd_per_mw};
use hpcrev::{
    Delivery, Lease, LeaseType, PlanMonths, RentFactor, annual_cost_usd, backstop_share_frac,
    lease_proforma,
};
use units::constants::HOURS_PER_YEAR;

use super::{Figure, Kind, Rows};
use crate::{
    commands::{GpuArguments, LeaseArguments, gpu, lease},
    result::{GpuResult, LeaseResult},
};

pub(super) fn figures() -> Vec<Figure> {
    let mut rows = Rows::new("");
    leases(&mut rows);
    rents(&mut rows);
    around_leases(&mut rows);
    clouds(&mut rows);
    gigawatts(&mut rows);
    rows.rows
}

/// One figure of a lease, NaN where the lease was refused.
fn of_lease(arguments: &LeaseArguments, figure: impl Fn(&LeaseResult) -> f64) -> f64 {
    lease(arguments).map_or(f64::NAN, |result| figure(&result))
}

/// One figure of a GPU cloud, NaN where the figures were refused.
fn of_gpu(arguments: &GpuArguments, figure: impl Fn(&GpuResult) -> f64) -> f64 {
    gpu(arguments).map_or(f64::NAN, |result| figure(&result))
}

/// A press release: MW, years, value in M$, escalator.
fn press(critical_mw: f64, years: u32, value_musd: f64, escalator_frac: f64) -> LeaseArguments {
    LeaseArguments {
        critical_mw,
        years,
        value_usd: Some(value_musd * 1e6),
        escalator_frac,
        ..LeaseArguments::default()
    }
}

fn leases(rows: &mut Rows) {
    for (name, source, terms, renewals, published) in [
        (
            "Barber Lake 1",
            "Cipher, via stocktitan.net, 2025-09-25",
            (168.0, 10, 3_000.0),
            2,
            7_000.0,
        ),
        (
            "TeraWulf CB-3/4",
            "TeraWulf, via blockspace.media, 2025-08-14",
            (200.0, 10, 3_700.0),
            2,
            8_700.0,
        ),
        ("River Bend", "Hut 8, via signalplus.com, 2025-12-17", (245.0, 15, 7_000.0), 3, 17_700.0),
        ("Riot-AMD", "Riot, via secwatch.observer, 2026-01-16", (25.0, 10, 311.0), 3, 1_000.0),
    ] {
        rows.from(source);
        rows.row(
            format!("value with renewals, {name}, 3 % a year"),
            Kind::Reproduced,
            (published * 1e6, "USD"),
            0.03,
            "escalator",
            move |x| {
                let (mw, years, value) = terms;
                let arguments = LeaseArguments {
                    renewals_years: vec![5; renewals],
                    ..press(mw, years, value, 0.03 * (1.0 + x))
                };
                of_lease(&arguments, |l| l.total_value_with_renewals_usd)
            },
        );
    }
    for (name, source, kind, mw, value, margin, published) in [
        (
            "TeraWulf",
            "TeraWulf, via blockspace.media, 2025-08-14",
            Kind::Reproduced,
            200.0,
            3_700.0,
            0.85,
            315e6,
        ),
        (
            "Riot-AMD",
            "Riot, via secwatch.observer, 2026-01-16",
            Kind::Calibrated("margin of 80.4 %"),
            25.0,
            311.0,
            0.804,
            25e6,
        ),
    ] {
        rows.from(source);
        rows.row(format!("NOI, {name}"), kind, (published, "USD/year"), 0.01, "margin", move |x| {
            let arguments = LeaseArguments {
                noi_margin_frac: Some(margin * (1.0 + x)),
                ..press(mw, 10, value, 0.03)
            };
            of_lease(&arguments, |l| l.noi_usd_per_year.unwrap_or(f64::NAN))
        });
    }
}

/// Rent as press releases state it, and as it is in the first year.
fn rents(rows: &mut Rows) {
    let core = |x: f64| press(200.0, 12, 3_500.0 * (1.0 + x), 0.0);
    rows.from("Core Scientific, via investing.com, 2024-06");
    rows.row(
        "Core Scientific-CoreWeave 1, a year",
        Kind::Arithmetic,
        (1.458e6, "USD/MW-year"),
        1e-3,
        "contract value",
        move |x| of_lease(&core(x), |l| l.usd_per_mw_year),
    );
    rows.row(
        "Core Scientific-CoreWeave 1, average",
        Kind::Arithmetic,
        (121.5, "USD/kW-month"),
        1e-3,
        "contract value",
        move |x| of_lease(&core(x), |l| l.average_usd_per_kw_month),
    );
    let barber = |x: f64| press(168.0, 10, 3_000.0 * (1.0 + x), 0.03);
    rows.from("Cipher, via stocktitan.net, 2025-09-25");
    rows.row(
        "Barber Lake 1, a year",
        Kind::Reproduced,
        (1.786e6, "USD/MW-year"),
        1e-3,
        "contract value",
        move |x| of_lease(&barber(x), |l| l.usd_per_mw_year),
    );
    rows.row(
        "Barber Lake 1, average",
        Kind::Reproduced,
        (148.8, "USD/kW-month"),
        1e-3,
        "contract value",
        move |x| of_lease(&barber(x), |l| l.average_usd_per_kw_month),
    );
    rows.row(
        "Barber Lake 1, first year at 3 %",
        Kind::Reproduced,
        (129.8, "USD/kW-month"),
        1e-3,
        "contract value",
        move |x| of_lease(&barber(x), |l| l.first_year_usd_per_kw_month),
    );
}

fn around_leases(rows: &mut Rows) {
    rows.from("ibinterviewquestions.com, valuing a data center");
    rows.row(
        "teaching lease, 50,000 kW at 90 USD/kW-month",
        Kind::Arithmetic,
        (54.0e6, "USD/year"),
        0.0,
        "rent",
        |x| {
            let arguments = LeaseArguments {
                critical_mw: 50.0,
                years: 10,
                rent_usd_per_kw_month: Some(90.0 * (1.0 + x)),
                ..LeaseArguments::default()
            };
            of_lease(&arguments, |l| l.by_year[0].rent_usd)
        },
    );
    rows.from("press on the J.P. Morgan note of 2025-09");
    rows.row(
        "backstop share, Barber Lake 1",
        Kind::Arithmetic,
        (0.467, "fraction"),
        2e-3,
        "backstop",
        |x| backstop_share_frac(1.4e9 * (1.0 + x), 3.0e9),
    );
    rows.row(
        "pro forma shares, Cipher",
        Kind::Reproduced,
        (444e6, "shares"),
        0.01,
        "warrants",
        |x| pro_forma_shares(24e6 * (1.0 + x), 0.054),
    );
    rows.from("press, 2025-10, citing JPMorgan, VanEck, TheMinerMag");
    rows.row("debt per MW, TeraWulf", Kind::Arithmetic, (8.9e6, "USD/MW"), 5e-3, "debt", |x| {
        usd_per_mw(3.2e9 * (1.0 + x), 360.0)
    });
}

/// A figure of a GPU cloud: name, published value, unit, and where it stands in the answer.
type CloudFigure = (&'static str, f64, &'static str, fn(&GpuResult) -> f64);

/// The bank's model of IREN, with its GPUs moved.
fn iren(x: f64) -> GpuArguments {
    GpuArguments {
        critical_mw: Some(660.0),
        gpus: Some(250_000.0 * (1.0 + x)),
        usd_per_year: Some(6e9),
        ..GpuArguments::default()
    }
}

fn clouds(rows: &mut Rows) {
    rows.from("MarketDash, 2025-11");
    let of_iren: [CloudFigure; 3] = [
        ("power per GPU", 2.64, "kW/GPU", |g| g.kw_per_gpu),
        ("revenue per GPU", 24_000.0, "USD/GPU-year", |g| g.usd_per_gpu_year),
        ("price of an hour", 2.74, "USD/GPU-h", |g| g.usd_per_gpu_h),
    ];
    for (name, published, unit, figure) in of_iren {
        rows.row(
            format!("IREN model, {name}"),
            Kind::Reproduced,
            (published, unit),
            2e-3,
            "GPUs",
            move |x| of_gpu(&iren(x), figure),
        );
    }
    rows.row(
        "IREN model, revenue per MW",
        Kind::Reproduced,
        (9.09e6, "USD/MW-year"),
        2e-3,
        "revenue",
        move |x| {
            let arguments = GpuArguments { usd_per_year: Some(6e9 * (1.0 + x)), ..iren(0.0) };
            of_gpu(&arguments, |g| g.usd_per_mw_year)
        },
    );
    iren_in_turn(rows);
    rows.from("IREN, 2025-11-03, via marketchameleon.com");
    let microsoft = |x: f64| GpuArguments {
        critical_mw: Some(200.0),
        gpus: Some(76_000.0 * (1.0 + x)),
        usd_per_year: Some(9.7e9 / 5.0),
        ..GpuArguments::default()
    };
    let of_microsoft: [CloudFigure; 3] = [
        ("power per GPU", 2.632, "kW/GPU", |g| g.kw_per_gpu),
        ("revenue per GPU", 25_526.0, "USD/GPU-year", |g| g.usd_per_gpu_year),
        ("price of an hour", 2.91, "USD/GPU-h", |g| g.usd_per_gpu_h),
    ];
    for (name, published, unit, figure) in of_microsoft {
        rows.row(
            format!("IREN-Microsoft, {name}"),
            Kind::Reproduced,
            (published, unit),
            2e-3,
            "GPUs",
            move |x| of_gpu(&microsoft(x), figure),
        );
    }
}

/// Each of the three left out in turn, another figure in its place.
fn iren_in_turn(rows: &mut Rows) {
    rows.row(
        "IREN model, MW from kW per GPU",
        Kind::Reproduced,
        (660.0, "MW critical"),
        2e-3,
        "power per GPU",
        move |x| {
            let kw = Some(2.64 * (1.0 + x));
            let arguments = GpuArguments { critical_mw: None, kw_per_gpu: kw, ..iren(0.0) };
            of_gpu(&arguments, |g| g.critical_mw)
        },
    );
    rows.row(
        "IREN model, GPUs from kW per GPU",
        Kind::Reproduced,
        (250_000.0, "GPUs"),
        2e-3,
        "power per GPU",
        move |x| {
            let kw = Some(2.64 * (1.0 + x));
            of_gpu(&GpuArguments { gpus: None, kw_per_gpu: kw, ..iren(0.0) }, |g| g.gpus)
        },
    );
    rows.row(
        "IREN model, GPUs from revenue per GPU",
        Kind::Reproduced,
        (250_000.0, "GPUs"),
        2e-3,
        "revenue per GPU",
        move |x| {
            let usd = Some(24_000.0 * (1.0 + x));
            of_gpu(&GpuArguments { gpus: None, usd_per_gpu_year: usd, ..iren(0.0) }, |g| g.gpus)
        },
    );
    rows.row(
        "IREN model, revenue from revenue per GPU",
        Kind::Reproduced,
        (6e9, "USD/year"),
        2e-3,
        "revenue per GPU",
        move |x| {
            let usd = Some(24_000.0 * (1.0 + x));
            let arguments = GpuArguments { usd_per_year: None, usd_per_gpu_year: usd, ..iren(0.0) };
            of_gpu(&arguments, |g| g.usd_per_year)
        },
    );
}

fn gigawatts(rows: &mut Rows) {
    rows.from("Bernstein, via ng.investing.com");
    let bernstein = |x: f64| racks_of_budget(35e9 * (1.0 + x), 5.9e6, 72.0, 1_000.0);
    rows.row(
        "Bernstein 1 GW, racks",
        Kind::Reproduced,
        (5_932.0, "racks"),
        2e-3,
        "budget",
        move |x| bernstein(x).racks,
    );
    rows.row(
        "Bernstein 1 GW, GPUs",
        Kind::Reproduced,
        (427_000.0, "GPUs"),
        2e-3,
        "budget",
        move |x| bernstein(x).gpus,
    );
    rows.row(
        "Bernstein 1 GW, power of a rack",
        Kind::Reproduced,
        (168.6, "kW/rack"),
        2e-3,
        "budget",
        move |x| bernstein(x).kw_per_rack,
    );
    rows.from("Epoch AI, epoch.ai/data-insights/ai-datacenter-cost-breakdown");
    for (it_life_years, published) in [(3.0, 12.0e9), (5.0, 8.5e9), (7.0, 7.0e9)] {
        rows.row(
            format!("Epoch AI 1 GW, a year with IT living {it_life_years} years"),
            Kind::Calibrated("IT capital of 27.1 of 38 B$ at 6 %"),
            (published, "USD/year"),
            0.03,
            "IT capital",
            move |x| annual_cost_usd(27.1e9 * (1.0 + x), it_life_years, 10.9e9, 14.0, 0.06, 0.9e9),
        );
    }
    rows.from("aiinframap.com, cluster buildout sizer");
    rows.row(
        "10,000 H100, power at the meter",
        Kind::Reproduced,
        (11.83, "MW"),
        2e-3,
        "PUE",
        |x| gross_mw(9.1, 1.30 * (1.0 + x)),
    );
    rows.row("10,000 H100, energy", Kind::Reproduced, (103.6e3, "MWh/year"), 2e-3, "PUE", |x| {
        energy_mwh(9.1, 1.0, 1.30 * (1.0 + x), HOURS_PER_YEAR)
    });
    rows.row(
        "10,000 H100, power bill at 80 USD/MWh",
        Kind::Reproduced,
        (8.3e6, "USD/year"),
        2e-3,
        "power price",
        |x| {
            let lease =
                Lease { lease_type: LeaseType::Gross, pue: 1.30, ..Lease::plain(1.0, 0.0, 12) };
            let months = PlanMonths { hours: &[HOURS_PER_YEAR], usd_per_mwh: &[80.0 * (1.0 + x)] };
            let hall =
                lease_proforma(&lease, &Delivery::at_once(0.0), 0, &months, &RentFactor::SIGNED);
            9.1 * hall.power_usd[0]
        },
    );
}
