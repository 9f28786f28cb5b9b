//! The page as a whole, on a made-up result.

use std::collections::BTreeMap;

use serde_json::json;

use super::html;
use crate::result::{
    About, AlternativeRow, CashFlowYear, CostCurvePoint, CrossingRow, DefaultRow, ExcludedRow,
    FleetCost, IrrResult, MwQuarter, NetworkMonth, PlanRow, PortfolioResult, PortfolioShadow,
    RESULT_SCHEMA, RunResult, SiteOnLine, SiteResult, SiteShadow, SwitchingRow, UseRow,
};

const MONTHS: usize = 180;

/// A result with three sites: one that waits for a signature, one that mines, one that is sold.
fn example() -> RunResult {
    RunResult {
        about: About {
            schema: RESULT_SCHEMA,
            version: "0.1.0",
            simd: "scalar",
            input_digest: "9f2c1d0e".repeat(8),
            npv_basis: "project_after_tax",
            timing: "monthly",
            defaults: defaults(),
            formulas: crate::formulas::FORMULAS.iter().map(|f| (f.key, f.id)).collect(),
        },
        depth: "whole",
        plan_held: false,
        plan_name: "Three sites, one budget".into(),
        valuation_date: "2026-12-01".into(),
        horizon_months: MONTHS,
        discount_rate_frac: 0.12,
        discount_rate_by_use: BTreeMap::from([("gpu_cloud", 0.15)]),
        tax_rate_frac: 0.21,
        projection: "trend".into(),
        sites: vec![lease_site(), mining_site(), sold_site()],
        portfolio: PortfolioResult {
            npv_usd: 633.4e6,
            bound_usd: 641.0e6,
            gap: 0.0119,
            status: "bounded",
            capital_used_usd: 1.36e9,
            capital_available_usd: Some(1.5e9),
            shadow: PortfolioShadow { capital_usd_per_usd: 0.114 },
            limits: Vec::new(),
        },
        financing: None,
        network: (0..MONTHS).map(network_month).collect(),
        response: Vec::new(),
        network_feedback: None,
        warnings: vec!["site.cedar-fork.tariff: no 4CP charges in a flat tariff".into()],
    }
}

fn defaults() -> Vec<DefaultRow> {
    let row = |path: &str, value, unit: &str, source: &str| DefaultRow {
        path: path.into(),
        value,
        unit: unit.into(),
        source: source.into(),
    };
    let long = "nodes 85 %, network 10 %, storage 5 % of a cluster: wukong123.substack.com";
    let bands = json!([
        {"below_j_per_th": 14.0, "usd_per_th": 18.38},
        {"below_j_per_th": 19.0, "usd_per_th": 3.63}
    ]);
    vec![
        row("valuation.tax_rate_frac", json!(0.21), "fraction", "26 U.S.C. 11(b)"),
        row("bitcoin.trend.hashrate_growth_frac", json!(0.186), "fraction a year", "684.85 to 964"),
        row("bitcoin.projection", json!("trend"), "", "[assumption]"),
        row("machine_market.band", bands, "", "built-in table of machine prices"),
        row("site[0].offer[0].network_storage_frac", json!(0.176), "fraction", long),
    ]
}

fn network_month(i: usize) -> NetworkMonth {
    let year = 2026 + i.div_ceil(12);
    let grown = |rate: f64| (1.0 + rate).powf(i as f64 / 12.0);
    let height = 978_000.0 + i as f64 * 4_383.0;
    let subsidy_btc = 50.0 / 2.0_f64.powf((height / 210_000.0).floor());
    let difficulty = 135e12 * grown(0.186);
    let bank_usd_per_btc = 71_000.0 * grown(0.186 - 0.10 + 0.02) * 3.145 / (subsidy_btc + 0.02);
    NetworkMonth {
        month: format!("{year}-{:02}", (i + 11) % 12 + 1),
        height,
        subsidy_btc,
        fees_btc_per_block: 0.02,
        difficulty,
        network_eh_per_s: difficulty * 7.158e-12,
        price_usd_per_btc: 84_714.0,
        hashprice_usd_per_ph_day: 38.2 / grown(0.186) * subsidy_btc / 3.125,
        bank_usd_per_btc,
        average_usd_per_btc: bank_usd_per_btc * 0.58,
    }
}

fn lease_plan() -> Vec<PlanRow> {
    let outcome = |signed: &str, probability, commit: Option<&str>, in_service: Option<&str>| {
        let mining = PlanRow {
            signed_in: Some(signed.into()),
            probability,
            r#use: "mining",
            offer: None,
            gross_mw: if commit.is_some() { 57.0 } else { 120.0 },
            critical_mw: None,
            commit: None,
            in_service: None,
        };
        let lease = commit.map(|commit| PlanRow {
            r#use: "colocation",
            offer: Some("cedar-fork-colo".into()),
            gross_mw: 143.0,
            critical_mw: Some(100.0),
            commit: Some(commit.into()),
            in_service: in_service.map(Into::into),
            ..mining.clone()
        });
        lease.into_iter().chain([mining]).collect::<Vec<_>>()
    };
    [
        outcome("2026-Q4", 0.2063, Some("2027-03-01"), Some("2028-05-01")),
        outcome("2027-Q1", 0.1637, Some("2027-06-01"), Some("2028-08-01")),
        outcome("2027-Q2", 0.1300, Some("2027-09-01"), Some("2028-11-01")),
        outcome("never", 0.5, None, None),
    ]
    .concat()
}

fn lease_site() -> SiteResult {
    SiteResult {
        id: "cedar-fork".into(),
        name: "Cedar Fork".into(),
        sentences: vec![
            "if tenant-a signs by 2027-08 (cedar-fork-colo): lease out 100 MW critical (143 MW \
             gross), in service 14 months after commitment"
                .into(),
            "until then, and after it on 57 MW gross, keep mining (run off)".into(),
            "worth $402.6 M against $61.2 M mining on ($744.0 M if signed); would flip below \
             $96.3 per kW-month of rent or above $231,480 per BTC"
                .into(),
        ],
        mining_policy: "run_off",
        plan: lease_plan(),
        npv_usd: 402.6e6,
        npv_if_signed_usd: Some(744.0e6),
        gain_usd: 341.4e6,
        best_mining_policy: "run_off",
        best_mining_npv_usd: 61.2e6,
        capex_usd: 1.0e9,
        irr: IrrResult { kind: "one", irr_frac: Some(0.213), roots_frac: vec![0.213] },
        mirr_frac: None,
        payback_months: Some(63.4),
        uses: vec![
            UseRow {
                r#use: "colocation",
                offer: Some("cedar-fork-colo".into()),
                gross_mw: 143.0,
                npv_usd: 358.1e6,
                npv_usd_per_gross_mw: Some(2.504e6),
                capex_usd: 1.0e9,
            },
            UseRow {
                r#use: "mining",
                offer: None,
                gross_mw: 57.0,
                npv_usd: 44.5e6,
                npv_usd_per_gross_mw: Some(0.781e6),
                capex_usd: 0.0,
            },
        ],
        alternatives: [
            ("mining_run_off", 61.2e6),
            ("mining_refresh", 58.9e6),
            ("mining_hold_share", -42.7e6),
            ("all_colocation", 389.9e6),
            ("all_gpu_cloud", 112.0e6),
            ("idle", 0.0),
            ("sale", 88.0e6),
        ]
        .map(|(name, npv_usd)| AlternativeRow { name: name.into(), npv_usd })
        .into(),
        switching: switching(),
        by_line: by_line(),
        shadow: SiteShadow { one_more_gross_mw_usd: Some(2.61e6) },
        excluded: vec![ExcludedRow {
            offer: "cedar-fork-gpu".into(),
            constraint: "energised_gross_mw",
            needed: 171.6,
            available: 120.0,
        }],
        fleet: Some(fleet()),
        cost_curve: (0..21)
            .map(|i| {
                let usd_per_mwh = 5.0 * f64::from(i);
                let electricity = 1_100.0 * usd_per_mwh;
                CostCurvePoint {
                    usd_per_mwh,
                    electricity_usd_per_btc: electricity,
                    direct_before_credits_usd_per_btc: electricity + 6_300.0,
                    all_in_before_credits_usd_per_btc: electricity + 18_700.0,
                }
            })
            .collect(),
        hold_share_usd_per_eh_year: Some(9.8e6),
        mw_by_quarter: (0..60).map(quarter).collect(),
        cash_flow_by_year: (1..=15).map(year).collect(),
        plans: 1_247,
    }
}

fn by_line() -> Vec<SiteOnLine> {
    let row = |line, npv_usd| SiteOnLine {
        line,
        best: "lease 100 MW critical".into(),
        npv_usd,
        gain_usd: 0.8 * npv_usd,
        best_mining_npv_usd: 0.2 * npv_usd,
    };
    vec![row("mechanical", 502.6e6), row("trend", 402.6e6), row("response", 422.1e6)]
}

fn switching() -> Vec<SwitchingRow> {
    let at = |value, factor| {
        Some(CrossingRow { value, factor, bracket: [factor, factor], to: "mining".into() })
    };
    let row = |input, unit, base, below, above| SwitchingRow { input, unit, base, below, above };
    vec![
        row("btc_price", "USD/BTC", 84_714.0, None, at(231_480.0, 2.7325)),
        row("power_price", "USD/MWh", 46.0, at(4.71, 0.1024), None),
        row("lease_rate", "USD/kW-month", 130.0, at(96.3, 0.7408), None),
        row("delay", "months", 14.0, None, at(31.0, 17.0)),
    ]
}

fn fleet() -> FleetCost {
    FleetCost {
        usd_per_mwh: 46.0,
        electricity_usd_per_btc: 50_600.0,
        direct_before_credits_usd_per_btc: 56_900.0,
        all_in_before_credits_usd_per_btc: 69_300.0,
        direct_usd_per_btc: 54_100.0,
        all_in_usd_per_btc: 66_500.0,
        all_in_before_credits_usd_per_ph_day: 31.3,
        hashprice_usd_per_ph_day: 38.24,
        breakeven_usd_per_mwh: 60.01,
        fleet_j_per_th: 18.9,
        installed_eh_per_s: 6.35,
        machines_gross_mw: 120.0,
    }
}

fn quarter(i: usize) -> MwQuarter {
    let label = format!("{}-Q{}", 2026 + i.div_ceil(4), (i + 3) % 4 + 1);
    let share: [f64; 9] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2063, 0.37, 0.5];
    let leased = share[i.min(share.len() - 1)];
    let building = if i < 6 { share[(i + 5).min(8)] } else { 0.5 - leased };
    let energised: f64 = if i < 3 { 120.0 } else { 200.0 };
    let mining = if i < 20 { (energised - 143.0 * (leased + building)).min(120.0) } else { 0.0 };
    MwQuarter {
        quarter: label,
        mining_gross_mw: mining,
        colocation_gross_mw: 143.0 * leased,
        gpu_cloud_gross_mw: if i < 24 { 0.0 } else { 30.0 },
        sale_gross_mw: 0.0,
        unused_gross_mw: energised - mining - 143.0 * leased - if i < 24 { 0.0 } else { 30.0 },
    }
}

fn year(plan_year: usize) -> CashFlowYear {
    let (capex_usd, operating_usd) = match plan_year {
        1 => (-310.0e6, 14.0e6),
        2 => (-190.0e6, 31.0e6),
        n => (0.0, 78.0e6 * 1.03_f64.powf(n as f64)),
    };
    let other_usd = if plan_year == 1 { 40.0e6 } else { -4.0e6 };
    let tax_usd = if plan_year < 6 { 0.0 } else { -12.5e6 };
    CashFlowYear {
        plan_year,
        capex_usd,
        operating_usd,
        other_usd,
        tax_usd,
        net_usd: capex_usd + operating_usd + other_usd + tax_usd,
    }
}

fn mining_site() -> SiteResult {
    let mining = |npv_usd| UseRow {
        r#use: "mining",
        offer: None,
        gross_mw: 80.0,
        npv_usd,
        npv_usd_per_gross_mw: Some(npv_usd / 80.0),
        capex_usd: 0.0,
    };
    SiteResult {
        id: "low-plains".into(),
        name: "Low Plains".into(),
        sentences: vec![
            "keep mining on 80 MW gross (refresh)".into(),
            "worth $51.8 M against $51.8 M mining on; nothing tried from a tenth to tenfold \
             would change that"
                .into(),
        ],
        mining_policy: "refresh",
        plan: vec![PlanRow {
            signed_in: None,
            probability: 1.0,
            r#use: "mining",
            offer: None,
            gross_mw: 80.0,
            critical_mw: None,
            commit: None,
            in_service: None,
        }],
        npv_usd: 51.8e6,
        npv_if_signed_usd: None,
        gain_usd: 0.0,
        best_mining_policy: "refresh",
        best_mining_npv_usd: 51.8e6,
        capex_usd: 0.0,
        irr: IrrResult { kind: "none", irr_frac: None, roots_frac: vec![] },
        mirr_frac: None,
        payback_months: None,
        uses: vec![mining(51.8e6)],
        alternatives: vec![AlternativeRow { name: "mining_run_off".into(), npv_usd: 47.0e6 }],
        switching: vec![],
        by_line: by_line(),
        excluded: vec![],
        ..lease_site()
    }
}

fn sold_site() -> SiteResult {
    SiteResult {
        id: "night-creek".into(),
        name: "Night Creek".into(),
        sentences: vec!["sell the site on 2027-09-01".into()],
        irr: IrrResult { kind: "many", irr_frac: None, roots_frac: vec![0.04, 0.61] },
        uses: vec![UseRow {
            r#use: "sale",
            offer: None,
            gross_mw: 40.0,
            npv_usd: -3.2e6,
            npv_usd_per_gross_mw: Some(-0.08e6),
            capex_usd: 0.0,
        }],
        npv_usd: -3.2e6,
        npv_if_signed_usd: None,
        capex_usd: 0.0,
        fleet: None,
        cost_curve: vec![],
        ..lease_site()
    }
}

/// Elements that have no end tag.
const VOID: [&str; 2] = ["meta", "!DOCTYPE"];

/// Walks all tags and panics where they do not nest; answers how many there are.
fn balanced(page: &str) -> usize {
    let mut open: Vec<&str> = Vec::new();
    let mut tags = 0;
    for part in page.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        let name = tag.split([' ', '\n']).next().unwrap();
        tags += 1;
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "before: {part}");
        } else if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
    tags
}

#[test]
fn the_page_nests_and_says_the_same_twice() {
    let page = html(&example().into());
    assert!(balanced(&page) > 1000);
    assert_eq!(page, html(&example().into()));
    assert!(page.len() < 1_000_000, "{}", page.len());
    for wrong in ["NaN", "inf\"", "<script", "http://", "&amp;amp;"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
}

#[test]
fn the_page_may_load_nothing() {
    let page = html(&example().into());
    assert!(
        page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"")
    );
    let body = &page[page.find("<body").unwrap()..];
    for outside in [" src=", "url(", "@import", "javascript:", " onload"] {
        assert!(!body.contains(outside), "{outside}");
    }
    // Links lead to places of the page alone.
    assert!(body.split("href=\"").skip(1).all(|link| link.starts_with('#')));
}

/// The example with one name wherever a plan or a file can put one.
fn named(name: &str) -> RunResult {
    let mut result = example();
    result.plan_name = name.into();
    result.projection = name.into();
    result.warnings[0] = name.into();
    result.valuation_date = name.into();
    result.about.input_digest = name.into();
    for month in &mut result.network {
        month.month = name.into();
    }
    let used = &mut result.about.defaults[0];
    (used.path, used.unit, used.source) = (name.into(), name.into(), name.into());
    used.value = json!(name);
    let site = &mut result.sites[0];
    site.name = name.into();
    site.sentences[0] = name.into();
    site.plan[0].offer = Some(name.into());
    site.plan[0].commit = Some(name.into());
    site.alternatives[0].name = name.into();
    site.uses[0].offer = Some(name.into());
    site.excluded[0].offer = name.into();
    site.mw_by_quarter[0].quarter = name.into();
    site.switching[0].above.as_mut().unwrap().to = name.into();
    result
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</title></svg><script>alert(1)</script>\"'&\u{202e}\0\n";
    let shown = "&lt;/title&gt;&lt;/svg&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;\
                 [U+202E][U+0000][U+000A]";
    let page = html(&named(hostile).into());
    // As many tags as with a tame name: none has become one, none has ended one.
    assert_eq!(balanced(&page), balanced(&html(&named("tame").into())));
    assert!(page.matches(shown).count() > 15, "{}", page.matches(shown).count());
    assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains('\0'));
}

#[test]
fn rounded_figures_carry_the_unrounded_ones() {
    let mut result = example();
    result.sites[2].uses[0].npv_usd = -1_234_567_890.125;
    let page = html(&result.clone().into());
    assert!(page.contains("<data value=\"-1234567890.125\">\u{2212}1,234.6</data>"));
}

#[test]
fn sites_without_anything_still_have_a_page() {
    let mut result = example();
    result.network.clear();
    result.warnings.clear();
    result.about.defaults.clear();
    result.portfolio.capital_available_usd = None;
    for site in &mut result.sites {
        site.uses.clear();
        site.plan.clear();
        site.mw_by_quarter.clear();
        site.cash_flow_by_year.clear();
        site.alternatives.clear();
    }
    balanced(&html(&result.clone().into()));
    result.sites.clear();
    balanced(&html(&result.clone().into()));
}
