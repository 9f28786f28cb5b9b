//! The socket: who is let in, and how long anybody may take.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::Router;
use hyper::{
    rt::{Read, ReadBufCursor, Write},
    server::conn::http1,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Sleep, sleep, timeout},
};

use super::limits::Limits;

/// Time for answers under way when the server ends.
const PARTING: Duration = Duration::from_secs(1);
/// Pause after a failure to take a connection, such as too many open files.
const BREATH: Duration = Duration::from_millis(50);

const FULL: &str = "{\"faults\":[{\"code\":\"limit\",\"file\":\"\",\"line\":0,\"column\":0,\
    \"path\":\"\",\"value\":\"\",\"unit\":\"\",\"allowed\":\"too many connections\",\"hint\":\"\"}]}";

/// Answers connections until `end` is there, and then those under way for a moment.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    end: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let (ending, ended) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut end = pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
            // Those that are over are forgotten.
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, _)) = accepted else {
            sleep(BREATH).await;
            continue;
        };
        let _slower = stream.set_nodelay(true);
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            connections.spawn(turn_away(stream));
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let mut protocol = http1::Builder::new();
        protocol
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .max_header_size(limits.header_bytes)
            .max_buf_size(limits.header_bytes.max(MIN_BUFFER_BYTES));
        let stream =
            Impatient { stream: TokioIo::new(stream), time: limits.write_time, deadline: None };
        let mut ended = ended.clone();
        connections.spawn(async move {
            let _held = place;
            let mut connection = pin!(protocol.serve_connection(stream, service));
            tokio::select! {
                // What goes wrong on a connection is the client's to know.
                _ = &mut connection => return,
                _ = ended.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
    drop(listener);
    drop(ending);
    let _left = timeout(PARTING, async { while connections.join_next().await.is_some() {} }).await;
}

/// The least that the protocol works with.
const MIN_BUFFER_BYTES: usize = 16 * 1024;

/// No room: says so and closes.
async fn turn_away(stream: TcpStream) {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{FULL}",
        FULL.len()
    );
    // A new connection takes these few bytes at once, or never.
    if let Ok(Ok(())) = timeout(PARTING, stream.writable()).await {
        let _gone = stream.try_write(answer.as_bytes());
    }
}

/// A stream that gives a client up that takes nothing for too long.
struct Impatient {
    stream: TokioIo<TcpStream>,
    time: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    /// Passes on what a write came to, unless it has been waiting for too long.
    fn judged<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let time = self.time;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(time)));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Read for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judged(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judged(context, written)
    }
}
