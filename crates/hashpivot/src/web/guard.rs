//! What every request must pass before anybody reads what it asks for, and the headers that every
//! answer carries.
//!
//! The server is for the person at this machine. Pages of other sites that their browser shows must
//! not be able to use it: names that were pointed at this machine are refused by `Host`, requests
//! that other pages send by `Origin`, `Sec-Fetch-Site` and the token, and what they could read by
//! the headers of the answer.

use std::net::IpAddr;
use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;
use units::Code;

use super::{App, refusal::Refusal, routes::ROUTES};

/// Header that carries the token.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-hashpivot-token");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the page may load: its own files, and nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Headers of every answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The body of a request that passed: whole, and within its limit.
#[derive(Clone, Debug)]
pub(crate) struct Whole(pub(crate) Bytes);

/// Lets a request through to its route, or refuses it.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = match admitted(&app, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let status = response.status();
    // What axum itself refuses has no record yet.
    if matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
        && !response.headers().contains_key(header::CONTENT_TYPE)
    {
        let allow = response.headers().get(header::ALLOW).cloned();
        let methods = allow.as_ref().and_then(|methods| methods.to_str().ok()).unwrap_or_default();
        response = match status {
            StatusCode::NOT_FOUND => {
                Refusal::new(status, Code::UnknownReference, "", "no such address")
                    .hint("GET /api/v1/openapi.json lists them")
            }
            _ => Refusal::new(status, Code::Conflict, "", &format!("allowed are {methods}")),
        }
        .into_response();
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn admitted(app: &App, request: Request) -> Result<Request, Refusal> {
    let headers = request.headers();
    let host = host(app, headers)?;
    let path = request.uri().path();
    if path.starts_with("/api/") {
        same_site(headers, &host)?;
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if !reads || app.guarded {
            token(app, headers)?;
        }
    }
    if *request.method() != Method::POST {
        return Ok(request);
    }
    content(headers)?;
    let upload = ROUTES.iter().any(|route| route.upload && route.path == path);
    let limits = &app.limits;
    let limit = if upload { limits.upload_bytes.max(limits.body_bytes) } else { limits.body_bytes };
    let (mut parts, body) = request.into_parts();
    let whole = body_within(&parts.headers, body, limit, app).await?;
    parts.extensions.insert(Whole(whole));
    Ok(Request::from_parts(parts, Body::empty()))
}

/// The only value of a header; `None` if it is not there or stands more than once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// The server's own name, as the request has it, in small letters; anything else is refused.
fn host(app: &App, headers: &HeaderMap) -> Result<String, Refusal> {
    let refused = || {
        let allowed = format!("must be localhost, 127.0.0.1 or [::1], with port {}", app.port);
        Refusal::forbidden("host", &allowed).hint("open the address that the server printed")
    };
    let given = only(headers, &header::HOST).ok_or_else(refused)?.to_ascii_lowercase();
    let (name, port) = match given.rfind(':') {
        // The colons of `[::1]` are its own.
        Some(colon) if !given[colon..].contains(']') => {
            (&given[..colon], given[colon + 1..].parse().map_err(|_| refused())?)
        }
        _ => (given.as_str(), 80_u16),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let address: Option<IpAddr> =
        name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name).parse().ok();
    // A name may be pointed anywhere, an address cannot: with a token, any address will do.
    let own =
        matches!(name, "localhost" | "127.0.0.1" | "[::1]") || (app.guarded && address.is_some());
    if own && port == app.port { Ok(given) } else { Err(refused()) }
}

/// Requests that pages of other sites send are refused.
fn same_site(headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
    if headers.contains_key(header::ORIGIN) {
        let own = only(headers, &header::ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(host));
        if !own {
            return Err(Refusal::forbidden("origin", "must be the server's own"));
        }
    }
    if headers.contains_key(SEC_FETCH_SITE) {
        let site = only(headers, &SEC_FETCH_SITE);
        if !matches!(site, Some("same-origin" | "none")) {
            return Err(Refusal::forbidden("sec-fetch-site", "must be same-origin or none"));
        }
    }
    Ok(())
}

fn token(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    let given = only(headers, &TOKEN).unwrap_or_default();
    if equal(given.as_bytes(), app.token.as_bytes()) {
        return Ok(());
    }
    let refusal = Refusal::forbidden(TOKEN.as_str(), "must be the token that the server printed");
    Err(refusal.hint("it stands behind #token= of the address"))
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0, |bits, (a, b)| bits | (a ^ b));
    a.len() == b.len() && core::hint::black_box(differing) == 0
}

/// JSON, as it is, in one way only.
fn content(headers: &HeaderMap) -> Result<(), Refusal> {
    let unsupported = |path: &HeaderName, allowed| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Err(Refusal::new(status, Code::Type, path.as_str(), allowed))
    };
    let kind = only(headers, &header::CONTENT_TYPE).unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    if !json || parts.any(|part| !part.eq_ignore_ascii_case("charset=utf-8")) {
        return unsupported(&header::CONTENT_TYPE, "must be application/json");
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return unsupported(&header::CONTENT_ENCODING, "bodies are taken as they are");
    }
    if headers.contains_key(header::CONTENT_LENGTH)
        && headers.contains_key(header::TRANSFER_ENCODING)
    {
        let allowed = "either content-length or transfer-encoding";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, Code::Conflict, "", allowed));
    }
    Ok(())
}

async fn body_within(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    app: &App,
) -> Result<Bytes, Refusal> {
    let too_large = || {
        let allowed = format!("a body may have {limit} bytes");
        let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::Limit, "", &allowed);
        refusal.hint("the server takes more with --body-limit-mib")
    };
    // What says that it is too large is not read at all.
    let said = only(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if said.is_some_and(|bytes: usize| bytes > limit) {
        return Err(too_large());
    }
    let collected = timeout(app.limits.body_time, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => {
            let allowed = "the body must arrive whole";
            Err(Refusal::new(StatusCode::BAD_REQUEST, Code::Syntax, "", allowed))
        }
        Err(_) => {
            let allowed = format!("a body must arrive within {:?}", app.limits.body_time);
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::Limit, "", &allowed))
        }
    }
}
