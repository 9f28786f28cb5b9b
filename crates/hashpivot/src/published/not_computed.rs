//! Figures of the same sources that the engine does not compute, each with the reason.

use crate::result::NotComputedRow;

const ROWS: &[(&str, &str, &str)] = &[
    ("miner AI/HPC market opportunity", "20 B$", "stated without a derivation"),
    ("cost reduction through Google's support", "40 %", "neither the cost nor its base is given"),
    ("market value of 13 miners, August 2025", "39.1 B$", "a sum of share prices, not a model"),
    (
        "debt and convertibles of 15 miners by quarter",
        "4.6 / 0.2 / 1.5 B$",
        "observations of issues, not a model",
    ),
    (
        "share-price targets and relative upside",
        "13 to 39 USD, 14 %",
        "the inputs behind them are not published",
    ),
    ("share-price technicals", "45 % below the high", "chart reading, not economics"),
    (
        "value of mining businesses",
        "1.0 to 2.5 B$",
        "the fleet and price path behind them are not published",
    ),
];

pub(super) fn rows() -> Vec<NotComputedRow> {
    ROWS.iter()
        .map(|(figure, published, reason)| NotComputedRow {
            figure: (*figure).to_owned(),
            published: (*published).to_owned(),
            reason: (*reason).to_owned(),
        })
        .collect()
}
