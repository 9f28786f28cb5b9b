//! The vocabulary of hashpivot: quantities with units and allowed ranges, months, protocol
//! constants, and the record in which a fault in somebody's input is reported.
//!
//! Nothing here computes; everything above speaks these words.
//!
//! ```
//! use units::{CriticalMw, GrossMw};
//! let hall = CriticalMw::new(100.0)?;
//! let meter = GrossMw::new(143.0)?;
//! // Two types on purpose: adding them does not compile, and only `hpcrev::chain` converts.
//! assert!(meter.get() > hall.get());
//! # Ok::<(), units::OutOfRange>(())
//! ```

pub mod constants;
mod faults;
mod month;
mod quantity;
mod violation;

pub use faults::{Faults, write_lines};
pub use month::{CalendarMonth, NotAMonth};
pub use quantity::*;
pub use violation::{Code, Violation};
