//! A sign of life on long work: on a terminal's error stream, and only after a second.

use std::{io::IsTerminal, sync::mpsc, time::Duration};

/// Does `work` with a spinner beside it if it takes longer than a second on a terminal.
pub fn with_spinner<T>(message: &'static str, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let (done, wait) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if wait.recv_timeout(Duration::from_secs(1)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let spinner = indicatif::ProgressBar::new_spinner().with_message(message);
                spinner.enable_steady_tick(Duration::from_millis(120));
                // Returns as soon as the other end is gone.
                let _ = wait.recv();
                spinner.finish_and_clear();
            }
        });
        let result = work();
        drop(done);
        result
    })
}
