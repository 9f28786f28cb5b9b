//! A sign of life on long work: on a terminal's error stream, and only after a second.

use std::{io::IsTerminal, sync::mpsc, time::Duration};

use compare::Watch;
use indicatif::{ProgressBar, ProgressStyle};

/// Does `work` with a spinner beside it if it takes longer than a second on a terminal.
pub fn with_spinner<T>(message: &'static str, work: impl FnOnce() -> T) -> T {
    beside(
        work,
        || {
            let spinner = ProgressBar::new_spinner().with_message(message);
            spinner.enable_steady_tick(TICK);
            spinner
        },
        |_| {},
    )
}

/// Does `work` that counts its steps, with a bar beside it.
pub fn with_bar<T>(message: &'static str, work: impl FnOnce(&Watch) -> T) -> T {
    let watch = Watch::default();
    beside(
        || work(&watch),
        || {
            let style = ProgressStyle::with_template("{msg} {bar:40} {pos} of {len}, {eta} left");
            ProgressBar::new(0)
                .with_message(message)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        },
        |bar| {
            let (done, total) = watch.progress();
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        },
    )
}

const TICK: Duration = Duration::from_millis(120);

/// Does `work`, and after a second shows a bar that is brought up to date every tick.
fn beside<T>(
    work: impl FnOnce() -> T,
    bar: impl FnOnce() -> ProgressBar + Send,
    update: impl Fn(&ProgressBar) + Send,
) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let (done, wait) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut pause = Duration::from_secs(1);
            let mut shown: Option<ProgressBar> = None;
            let mut bar = Some(bar);
            // Ends as soon as the other end is gone.
            while wait.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Some(first) = bar.take() {
                    shown = Some(first());
                }
                if let Some(bar) = &shown {
                    update(bar);
                }
                pause = TICK;
            }
            if let Some(bar) = shown {
                bar.finish_and_clear();
            }
        });
        let result = work();
        drop(done);
        result
    })
}
