//! What it costs to mine a bitcoin: the network, fleets of machines, cost grids, breakevens and the
//! path through the halvings.
//!
//! ```
//! use hashcost::network::{btc_per_th_day, difficulty_from_bits, hashprice_usd_per_ph_day};
//! use hashcost::projection::{Line, Start, project};
//!
//! // What a PH/s earned a day in October 2025, at 110,000 USD and with 0.015 BTC of fees a block.
//! let difficulty = difficulty_from_bits(0x1701_ddb4)?;
//! let b = btc_per_th_day(difficulty, 3.125, 0.015);
//! assert!((hashprice_usd_per_ph_day(b, 110_000.0) - 46.06).abs() < 0.01);
//!
//! // What a bitcoin costs the published producer before and after the halving of April 2028.
//! let path = project(&Start::october_2025(0.015, 110_000.0), &Line::Mechanical, 36)?;
//! let cost = path.bank_usd_per_btc();
//! assert!((cost[0] - 92_000.0).abs() < 20.0);
//! assert!((cost[35] - 183_100.0).abs() < 20.0);
//! # Ok::<(), hashcost::Error>(())
//! ```

pub mod backtest;
pub mod bridge;
pub mod cohorts;
pub mod commitment;
pub mod cost;
pub mod curve;
pub mod depreciation;
pub mod dispatch;
pub mod error;
pub mod fleet;
pub mod formula;
pub mod grid;
pub mod isa;
mod kernel;
pub mod lanes;
#[doc(hidden)]
pub mod limits;
pub mod load;
pub mod method;
pub mod network;
#[doc(hidden)]
pub mod paths;
pub mod projection;
pub mod response;
pub mod rules;
pub mod supply;
mod target;

pub use bridge::{Accounts, BridgeRow, Definition, bridge, implied_btc};
pub use cohorts::{Cohort, Cohorts, Equilibrium, daily_reward_usd, equilibrium};
pub use cost::{Breakevens, Cost, CostLevels, FleetCost, Level, breakevens, fleet_cost};
pub use curve::{Curve, Heat, Point};
pub use depreciation::ValueCurve;
pub use dispatch::{
    Dispatch, DispatchTotal, Hours, Ladders, SortedHours, StartsByHours, dispatch, dispatch_by,
    dispatch_reference, dispatch_sorted,
};
pub use error::Error;
pub use fleet::{Fleet, Machine};
pub use grid::{
    CostTile, ReducedGrid, Stores, cost_grid, cost_tiles, reduced_grid, reduced_grid_by,
};
pub use isa::Isa;
pub use method::Method;
pub use network::Network;
pub use supply::{SupplyCurve, supply_curve};
