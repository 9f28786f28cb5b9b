//! What one client may take: sizes, times and numbers, each with its default.

use std::time::Duration;

const MIB: usize = 1024 * 1024;

/// Bounds of the server. Tests take short ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body of a request in bytes.
    pub body_bytes: usize,
    /// Largest body that carries a file, in bytes.
    pub upload_bytes: usize,
    /// Files that are kept for later requests, all together, in bytes; the oldest go first.
    pub kept_bytes: usize,
    /// Largest head of a request in bytes.
    pub header_bytes: usize,
    /// Time for a head to arrive, also between the requests of a connection.
    pub header_time: Duration,
    /// Time for a body to arrive.
    pub body_time: Duration,
    /// Time for an answer.
    pub request_time: Duration,
    /// Time for an answer that streams its progress.
    pub stream_time: Duration,
    /// Time after the last byte that a client took of an answer.
    pub write_time: Duration,
    /// Connections at once.
    pub connections: usize,
    /// Jobs that are worked on at once.
    pub jobs: usize,
    /// Jobs that wait for a place.
    pub queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 2 * MIB,
            upload_bytes: 16 * MIB,
            kept_bytes: 64 * MIB,
            header_bytes: 16 * 1024,
            header_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            request_time: Duration::from_mins(1),
            stream_time: Duration::from_mins(10),
            write_time: Duration::from_secs(30),
            connections: 256,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            queue: 16,
        }
    }
}
