//! From a request to its answer: at once, as a job with a place, or as a stream of progress.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use compare::Watch;
use hyper::body::Frame;
use serde_json::{Value as Json, json};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    task::spawn_blocking,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    App,
    guard::Whole,
    jobs::{Answer, Job},
    refusal::Refusal,
    request::{self, Asked},
    routes::{Form, Route, Weight},
};

/// A route with the schema that its requests are held against.
pub(crate) struct Prepared {
    pub(crate) route: &'static Route,
    pub(crate) schema: Json,
}

/// Bodies up to this size are read at once.
const SMALL_BYTES: usize = 16 * 1024;
/// Time between two lines of progress.
const TICK: Duration = Duration::from_millis(100);
/// Ticks after which a line is sent though nothing has changed, so that a client that has gone is
/// noticed.
const QUIET_TICKS: u32 = 10;
const NDJSON: &str = "application/x-ndjson";

/// What arrived.
enum Arrived {
    Query(String),
    Body(Bytes),
}

impl Arrived {
    fn read(&self, schema: &Json, app: &App) -> Result<Asked, Refusal> {
        match self {
            Self::Query(query) => request::of_query(schema, query),
            Self::Body(body) => request::of_body(schema, body, app),
        }
    }

    fn is_small(&self) -> bool {
        matches!(self, Self::Query(_))
            || matches!(self, Self::Body(body) if body.len() <= SMALL_BYTES)
    }
}

/// Stops the work when nobody waits any more.
struct Waiting(Arc<Watch>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Answers a request that has passed the guard.
pub(crate) async fn answer(app: Arc<App>, prepared: Arc<Prepared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let arrived = if parts.method == Method::POST {
        Arrived::Body(
            parts.extensions.get::<Whole>().map(|whole| whole.0.clone()).unwrap_or_default(),
        )
    } else {
        Arrived::Query(parts.uri.query().unwrap_or_default().to_owned())
    };
    let streams = parts.method == Method::POST && wants_stream(&parts.headers);
    let route = prepared.route;
    if !streams && route.weight == Weight::Light && arrived.is_small() {
        let asked = match arrived.read(&prepared.schema, &app) {
            Ok(asked) => asked,
            Err(refusal) => return refusal.into_response(),
        };
        // A plan that comes along must be read first, which is work.
        if asked.sources.is_none() {
            return respond(route, performed(route, &app, &asked, &Watch::default()));
        }
        return whole(&app, route, move |app, watch| performed(route, app, &asked, watch)).await;
    }
    let work = move |app: &App, watch: &Watch| {
        let asked = arrived.read(&prepared.schema, app)?;
        performed(route, app, &asked, watch)
    };
    if streams { streamed(app, route, work) } else { whole(&app, route, work).await }
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(NDJSON))
    })
}

/// Does the work; a panic is a fault of the program and costs this answer alone.
fn performed(route: &Route, app: &App, asked: &Asked, watch: &Watch) -> Result<Answer, Refusal> {
    let job = Job { app, asked, watch };
    catch_unwind(AssertUnwindSafe(|| (route.run)(&job)))
        .unwrap_or_else(|_| Err(Refusal::internal()))
}

/// A place in the queue, or 503.
fn admitted(app: &App) -> Result<OwnedSemaphorePermit, Refusal> {
    let place = Arc::clone(&app.queue).try_acquire_owned();
    place.map_err(|_| Refusal::busy("too many jobs are waiting"))
}

/// Waits for a place, then does the work on a thread of its own.
async fn job<W>(
    app: Arc<App>,
    queued: OwnedSemaphorePermit,
    watch: Arc<Watch>,
    work: W,
) -> Result<Answer, Refusal>
where
    W: FnOnce(&App, &Watch) -> Result<Answer, Refusal> + Send + 'static,
{
    let place = Arc::clone(&app.places).acquire_owned().await;
    let done = spawn_blocking(move || {
        // Work that goes on for a while after it is stopped still holds its place.
        let _held = (place, queued);
        work(&app, &watch)
    });
    done.await.unwrap_or_else(|_| Err(Refusal::internal()))
}

/// The answer when all of it is there.
async fn whole<W>(app: &Arc<App>, route: &'static Route, work: W) -> Response
where
    W: FnOnce(&App, &Watch) -> Result<Answer, Refusal> + Send + 'static,
{
    let queued = match admitted(app) {
        Ok(queued) => queued,
        Err(refusal) => return refusal.into_response(),
    };
    let watch = Arc::new(Watch::default());
    let _waiting = Waiting(Arc::clone(&watch));
    let time = app.limits.request_time;
    let answer = timeout(time, job(Arc::clone(app), queued, watch, work)).await;
    respond(route, answer.unwrap_or_else(|_| Err(late(time))))
}

fn late(time: Duration) -> Refusal {
    Refusal::busy(&format!("an answer may take {time:?}"))
}

fn respond(route: &Route, answer: Result<Answer, Refusal>) -> Response {
    let answer = match answer {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into_response(),
    };
    let (bytes, content_type, name) = match (answer, route.form) {
        (Answer::File { name, bytes }, Form::File(kind)) => (bytes, kind, Some(name)),
        (Answer::File { name, bytes }, _) => (bytes, "application/octet-stream", Some(name)),
        (Answer::Json(bytes), _) => (bytes, "application/json", None),
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let disposition = name.map(|name| format!("attachment; filename=\"{name}\""));
    if let Some(Ok(value)) = disposition.map(|text| HeaderValue::from_str(&text)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Lines of a stream.
struct Lines(mpsc::Receiver<Bytes>);

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}

/// Progress while the work is on, then the answer.
fn streamed<W>(app: Arc<App>, route: &'static Route, work: W) -> Response
where
    W: FnOnce(&App, &Watch) -> Result<Answer, Refusal> + Send + 'static,
{
    let queued = match admitted(&app) {
        Ok(queued) => queued,
        Err(refusal) => return refusal.into_response(),
    };
    let (lines, received) = mpsc::channel(4);
    tokio::spawn(async move {
        let watch = Arc::new(Watch::default());
        // Dropped with this task, which ends as soon as nobody reads its lines.
        let _waiting = Waiting(Arc::clone(&watch));
        let (time, patience) = (app.limits.stream_time, app.limits.write_time);
        let mut work = Box::pin(timeout(time, job(app, queued, Arc::clone(&watch), work)));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut last, mut quiet) = (None, 0);
        let answer = loop {
            tokio::select! {
                answer = &mut work => break answer.unwrap_or_else(|_| Err(late(time))),
                () = lines.closed() => return,
                _ = ticks.tick() => {
                    let progress = watch.progress();
                    quiet += 1;
                    if last != Some(progress) || quiet >= QUIET_TICKS {
                        let (done, total) = progress;
                        let line = json!({ "progress": { "done": done, "total": total } });
                        // A client that reads slowly misses lines, not the answer.
                        let _missed = lines.try_send(format!("{line}\n").into());
                        (last, quiet) = (Some(progress), 0);
                    }
                }
            }
        };
        let _unread = timeout(patience, lines.send(last_line(route, answer))).await;
    });
    let mut response = Response::new(Body::new(Lines(received)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn last_line(route: &Route, answer: Result<Answer, Refusal>) -> Bytes {
    let mut line = Vec::new();
    match answer {
        Ok(Answer::Json(bytes)) => {
            line.extend(b"{\"result\":");
            line.extend(bytes);
            line.extend(b"}");
        }
        Ok(Answer::File { name, bytes }) => {
            let content_type = if let Form::File(kind) = route.form { kind } else { "" };
            let file = match String::from_utf8(bytes) {
                Ok(text) => json!({ "name": name, "content_type": content_type, "text": text }),
                Err(binary) => {
                    let base64 = super::base64::encode(binary.as_bytes());
                    json!({ "name": name, "content_type": content_type, "base64": base64 })
                }
            };
            line.extend(json!({ "result": file }).to_string().into_bytes());
        }
        Err(refusal) => {
            line.extend(serde_json::to_vec(&refusal.record()).unwrap_or_default());
        }
    }
    line.push(b'\n');
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        input::{self, Document, Sources},
        web::{Options, Start, arguments::Nothing, routes::Methods},
    };

    #[test]
    fn a_panic_costs_one_answer_and_tells_nothing() {
        let sources = Sources::of(Document::example());
        let start = Start::new(sources, &input::no_files, hashcost::Isa::SCALAR).unwrap();
        let app = App::new(start, &Options::loopback(0), 0).unwrap();
        let route = Route {
            path: "/",
            methods: Methods::Get,
            summary: "",
            plan: false,
            upload: false,
            weight: Weight::Light,
            arguments: |generator| generator.subschema_for::<Nothing>(),
            form: Form::Document,
            run: |_| panic!("/home/somebody/secret.rs"),
        };
        let refusal = performed(&route, &app, &Asked::default(), &Watch::default()).unwrap_err();
        assert_eq!(refusal.status, 500);
        assert!(!serde_json::to_string(&refusal.record()).unwrap().contains("secret"));
    }
}
