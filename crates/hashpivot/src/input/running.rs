//! Machine classes of a site as they run hour by hour, and their months where hours hang together.

use std::sync::Arc;

use compare::MachineClass;
use compare::operation::{CommittedMonths, RunningClass, StartTerms};
use hashcost::Curve;
use hashcost::commitment::Starts;
use power::Contract;
use units::{CalendarMonth, Overhead, PowerW, ThPerS};

use super::Q;
use super::plan;
use crate::error::Error;

/// A class of the plan with its settings, start terms and idle draw; hot air is left to the caller.
///
/// # Errors
/// A ladder that cannot be run.
pub(crate) fn running_class(
    of_plan: &plan::Machine,
    class: &MachineClass,
    mining_overhead: f64,
) -> Result<RunningClass, Error> {
    let settings: Vec<(f64, f64)> = if class.ladder.is_empty() {
        vec![(class.th_per_s, class.power_w)]
    } else {
        let rung = |rung: &compare::Rung| {
            (rung.hash_frac * class.th_per_s, rung.power_frac * class.power_w)
        };
        class.ladder.iter().map(rung).collect()
    };
    let typed = settings
        .iter()
        .map(|&(th, power)| Ok((ThPerS::new(th)?, PowerW::new(power)?)))
        .collect::<Result<Vec<_>, units::OutOfRange>>();
    let inner = "a machine that passed the input checks was refused";
    let typed = typed.map_err(|_| Error::Internal(inner))?;
    let curve = Curve::new(&typed, of_plan.idle_w.map_or(0.0, Q::get))?;
    let overhead = Overhead::new(mining_overhead).map_err(|_| Error::Internal(inner))?;
    let starts = of_plan.starts.as_ref().map_or_else(StartTerms::default, |starts| StartTerms {
        start_usd: Starts::start_cost_usd(
            starts.restart_usd.get(),
            starts.failure_frac.get(),
            starts.repair_usd.get(),
        ),
        min_run_h: starts.min_run_h.get(),
        min_off_h: starts.min_off_h.get(),
        ramp_h: starts.ramp_h.get(),
    });
    Ok(RunningClass {
        name: class.name.clone(),
        units: class.units,
        uptime_frac: class.uptime_frac,
        curve,
        overhead,
        variable_usd_per_th_day: class.variable_usd_per_th_day,
        starts,
        heat: None,
    })
}

/// Whether starts cost something or an idle draw does.
pub(crate) fn hangs_together(machine: &plan::Machine) -> bool {
    machine.starts.is_some() || machine.idle_w.is_some_and(|idle| idle.get() > 0.0)
}

/// Months by hash value of a class whose hours hang together; `None` where each hour can be decided
/// alone, and under a demand charge, which looks at the draws of all classes together.
///
/// # Errors
/// As [`running_class`], and prices that leave a month out.
pub(crate) fn committed_months(
    of_plan: &plan::Machine,
    class: &MachineClass,
    mining_overhead: f64,
    contract: &Contract,
    first: CalendarMonth,
) -> Result<Option<Arc<CommittedMonths>>, Error> {
    if !hangs_together(of_plan) || contract.charges.demand.is_some() || class.units <= 0.0 {
        return Ok(None);
    }
    let running = running_class(of_plan, class, mining_overhead)?;
    let inner = "prices that passed the input checks were refused";
    let year = contract.year(first).map_err(|_| Error::Internal(inner))?;
    let pricing = contract.pricing(&year).map_err(|_| Error::Internal(inner))?;
    let months = CommittedMonths::new(&running, &pricing, &contract.zone)?;
    Ok(Some(Arc::new(months)))
}
