//! Machines of a plan as the columns that the cost functions take.

use compare::{MachineClass, Site};
use hashcost::{Fleet, Machine};
use units::{JPerTh, OutOfRange, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay};

use crate::error::Error;

/// A class of machines under a name of its own.
///
/// # Errors
/// [`Error::Internal`]: what passed the input checks is in range.
pub(crate) fn machine(class: &MachineClass, overhead: f64, id: String) -> Result<Machine, Error> {
    let typed = || -> Result<Machine, OutOfRange> {
        Ok(Machine {
            id,
            units: Units::new(class.units)?,
            th_per_s: ThPerS::new(class.th_per_s)?,
            efficiency_j_per_th: JPerTh::new(class.j_per_th())?,
            overhead: Overhead::new(overhead)?,
            uptime_frac: UptimeFrac::new(class.uptime_frac)?,
            direct_usd_per_th_day: UsdPerThDay::new(class.variable_usd_per_th_day)?,
            credits_usd_per_th_day: UsdPerThDay::new(class.credits_usd_per_th_day)?,
            fixed_usd_per_th_day: UsdPerThDay::new(class.fixed_usd_per_th_day)?,
        })
    };
    typed().map_err(|_| Error::Internal("a machine that passed the input checks was refused"))
}

/// The machines of a site, each with its site and place in its name.
pub(crate) fn machines(site: &Site) -> Result<Vec<Machine>, Error> {
    site.machines
        .iter()
        .enumerate()
        .filter(|(_, class)| class.units > 0.0)
        .map(|(i, class)| {
            let id = format!("{} #{} {}", site.id, i + 1, class.name);
            machine(class, site.mining_overhead, id)
        })
        .collect()
}

/// The machines of a site as columns; `None` for a site without any.
pub(crate) fn fleet(site: &Site) -> Result<Option<Fleet>, Error> {
    let machines = machines(site)?;
    if machines.is_empty() { Ok(None) } else { Ok(Some(Fleet::new(&machines)?)) }
}
