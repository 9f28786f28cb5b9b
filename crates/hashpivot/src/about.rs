//! What every result says about itself.

use std::collections::BTreeMap;

use hashcost::Isa;
use serde::Serialize;

use crate::{
    formulas,
    input::Loaded,
    keys,
    result::{About, DefaultRow, RESULT_SCHEMA},
};

/// What the headline value of a plan is.
pub const PROJECT_AFTER_TAX: &str = "project_after_tax";
/// The basis of answers in which nothing is discounted.
const NOT_DISCOUNTED: &str = "none";
/// Flows by month, as in plans.
pub const MONTHLY: &str = "monthly";
/// Flows at year ends, as in published models.
pub const YEAR_END: &str = "year_end";
/// Figures of one moment: no flows at all.
pub const NO_FLOWS: &str = "none";

/// About the decision for a plan; formulas are filled in when the result is whole.
pub fn of_decision(loaded: &Loaded) -> About {
    About { npv_basis: PROJECT_AFTER_TAX, ..of_plan(loaded) }
}

/// About another answer that uses a plan.
pub fn of_plan(loaded: &Loaded) -> About {
    About {
        npv_basis: NOT_DISCOUNTED,
        schema: RESULT_SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        simd: loaded.isa.name(),
        input_digest: loaded.digest_sha256.clone(),
        timing: MONTHLY,
        defaults: loaded.defaults_used.iter().map(DefaultRow::from).collect(),
        formulas: BTreeMap::new(),
    }
}

/// About a measurement of the kernels.
pub fn of_kernels(isa: Isa) -> About {
    About { simd: isa.name(), ..of_arguments(NO_FLOWS, Vec::new()) }
}

/// About the result of a command that had no file; its few figures need no kernel.
pub fn of_arguments(timing: &'static str, defaults: Vec<DefaultRow>) -> About {
    About {
        schema: RESULT_SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        simd: Isa::SCALAR.name(),
        input_digest: String::new(),
        npv_basis: NOT_DISCOUNTED,
        timing,
        defaults,
        formulas: BTreeMap::new(),
    }
}

/// Formula ids of the computed keys of a result.
pub fn formulas(result: &impl Serialize) -> BTreeMap<&'static str, &'static str> {
    keys::of(result).into_iter().filter_map(formulas::of).map(|f| (f.key, f.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Sources, load, no_files};

    #[test]
    fn the_formulas_of_a_result_are_those_of_its_json() {
        let loaded = load(&Sources::of(Document::example()), &no_files).unwrap();
        let run = crate::run_to(&loaded, crate::Depth::Quick, &compare::Watch::default()).unwrap();
        let cost = crate::commands::cost(&loaded, &[], &[]).unwrap();
        let of_json =
            |value: serde_json::Result<serde_json::Value>| formulas::ids_in(&value.unwrap());
        assert_eq!(formulas(&run), of_json(serde_json::to_value(&run)));
        assert_eq!(formulas(&cost), of_json(serde_json::to_value(&cost)));
        assert!(formulas(&cost).len() > 10);
    }
}
