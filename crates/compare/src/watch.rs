//! Long work seen from outside: how far it is, and whether anybody still waits for it.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::Error;

/// Progress of long work, and a way to stop it. Work counts its steps here and stops with
/// [`Error::Cancelled`] at the next one after [`cancel`](Self::cancel); what it answers otherwise
/// does not depend on who watches.
#[derive(Debug, Default)]
pub struct Watch {
    cancelled: AtomicBool,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Watch {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Steps done and steps known to be ahead in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// So many steps more lie ahead.
    pub fn expect(&self, steps: usize) {
        self.total.fetch_add(steps, Ordering::Relaxed);
    }

    /// Counts a step that is done.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if nobody waits for the rest.
    pub fn step(&self) -> Result<(), Error> {
        self.done.fetch_add(1, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_until_it_is_cancelled() {
        let watch = Watch::default();
        watch.expect(3);
        assert!(watch.step().is_ok());
        watch.cancel();
        assert!(matches!(watch.step(), Err(Error::Cancelled)));
        assert_eq!(watch.progress(), (2, 3));
    }
}
