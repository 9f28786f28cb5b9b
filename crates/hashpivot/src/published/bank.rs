//! A bank's framework for valuing miners that turn to high-performance computing.

use hpcrev::chain::{approved_mw, share_of_approved_frac};
use hpcrev::signing::hazard_per_year;
use hpcrev::value::{cap_rate_equity_per_mw, capitalised_usd, change_frac, probability_weighted};
use hpcrev::{Delivery, GpuCloud, Prepayment, cloud_year_end};
use units::constants::HOURS_PER_YEAR;

use super::{Figure, Kind, Rows};

pub(super) fn figures() -> Vec<Figure> {
    let mut rows = Rows::new("MarketDash, 2025-11");
    for (name, part, share, published, unit) in [
        ("approved power, Cipher", 480.0, 0.64, 750.0, "MW"),
        ("approved power, sector", 1_700.0, 0.35, 4_860.0, "MW"),
    ] {
        rows.row(name, Kind::Arithmetic, (published, unit), 2e-3, "critical power", move |x| {
            approved_mw(part * (1.0 + x), share)
        });
    }
    rows.row(
        "share of approved power, Riot",
        Kind::Arithmetic,
        (0.353, "fraction"),
        2e-3,
        "MW",
        |x| share_of_approved_frac(600.0 * (1.0 + x), 1_700.0),
    );
    rows.from("press on the J.P. Morgan note of 2025-09");
    for (name, noi, published) in [("low", 1.096e6, 3.7e6), ("high", 1.488e6, 8.6e6)] {
        rows.row(
            format!("colocation equity per MW, {name}"),
            Kind::Calibrated("cap rate 8 % and capital of 10 M$/MW: one consistent set"),
            (published, "USD/MW"),
            5e-3,
            "NOI",
            move |x| cap_rate_equity_per_mw(noi * (1.0 + x), 0.08, 10e6),
        );
    }
    rows.row(
        "GPU-cloud equity per MW",
        Kind::Calibrated("discount rate of 9.5 %"),
        (5.3e6, "USD/MW"),
        0.03,
        "discount rate",
        |x| finance::npv_yearly_usd(&cloud().cash_flow_usd, 0.095 * (1.0 + x)),
    );
    for (name, usd_per_mw, published) in [("low", 3.7e6, 185e6), ("high", 8.6e6, 430e6)] {
        rows.row(
            format!("100 MW at even odds, {name}"),
            Kind::Arithmetic,
            (published, "USD"),
            0.0,
            "MW",
            move |x| probability_weighted(0.5, 100.0 * (1.0 + x), usd_per_mw),
        );
    }
    rows.row(
        "signing hazard, 50 % in 9 months",
        Kind::Reproduced,
        (0.924, "1/year"),
        1e-3,
        "window",
        |x| hazard_per_year(0.5, 9.0 * (1.0 + x)),
    );
    rows.from("MarketDash, 2025-11");
    rows.row(
        "CleanSpark Texas, 200 MW at 13 M$",
        Kind::Arithmetic,
        (2.6e9, "USD"),
        0.0,
        "MW",
        |x| probability_weighted(1.0, 200.0 * (1.0 + x), 13e6),
    );
    rows.from("press, 2025-10, citing JPMorgan, VanEck, TheMinerMag");
    rows.row(
        "rise of miner debt, 2.1 to 12.7 B$",
        Kind::Arithmetic,
        (5.05, "fraction"),
        1e-3,
        "debt",
        |x| change_frac(2.1, 12.7 * (1.0 + x)),
    );
    rows.rows
}

/// One critical MW of the framework's GPU cloud: 44 M$ to build, 9.7 M$ a year at an 85 % margin, a
/// fifth of the contract paid in advance and credited in years 3 to 5, and what GPUs and hall are
/// worth after year 5.
fn cloud() -> hpcrev::CloudYears {
    let gpus_usd = 29e6;
    let revenue_usd_per_year = 9.7e6;
    let prepaid_usd = 0.2 * 5.0 * revenue_usd_per_year;
    let w_per_gpu = 2_632.0;
    let gpus = 1e6 / w_per_gpu;
    let cloud = GpuCloud {
        contract_usd_per_gpu_h: revenue_usd_per_year / gpus / HOURS_PER_YEAR,
        contract_mix_frac: 1.0,
        contract_months: 60,
        gpu_capex_usd_per_gpu: gpus_usd / gpus,
        opex_revenue_frac: 0.15,
        resale_frac: 0.15,
        prepayment: Some(Prepayment {
            usd_per_critical_mw: prepaid_usd,
            credit_from_month: 24,
            credit_months: 36,
        }),
        ..GpuCloud::flat(w_per_gpu, 60)
    };
    cloud_year_end(&cloud, &Delivery::at_once(15e6), 0.0, capitalised_usd(1.5e6, 0.08))
}
