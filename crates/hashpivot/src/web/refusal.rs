//! A request that has no answer: a status, and faults in the record that every surface uses.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use units::{Code, Violation};

use crate::{
    error::Error,
    result::{Fault, FaultResult},
};

/// Seconds after which a client may try again when the server has no room.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("1");

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) faults: Vec<Violation>,
}

impl Refusal {
    /// One fault: where it is, what is allowed, and what may be wrong.
    pub(crate) fn new(status: StatusCode, code: Code, path: &str, allowed: &str) -> Self {
        Self { status, faults: vec![Violation::new(code, path).allowed(allowed)] }
    }

    /// With the value that was given.
    pub(crate) fn value(mut self, value: &str) -> Self {
        self.faults = self.faults.into_iter().map(|fault| fault.value(value)).collect();
        self
    }

    /// With the likely cause.
    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.faults = self.faults.into_iter().map(|fault| fault.hint(hint)).collect();
        self
    }

    /// No room or no time: 503.
    pub(crate) fn busy(allowed: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Limit, "", allowed)
    }

    /// Not from the server's own page: 403.
    pub(crate) fn forbidden(path: &str, allowed: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Conflict, path, allowed)
    }

    /// The work broke down: 500, without a word of how.
    pub(crate) fn internal() -> Self {
        let hint = "this is a fault of the program, please report it";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Conflict, "", "internal error")
            .hint(hint)
    }

    /// The record that is sent.
    pub(crate) fn record(&self) -> FaultResult {
        FaultResult { faults: self.faults.iter().map(Fault::from).collect() }
    }
}

/// Paths of arguments are keys here, not flags.
fn key(path: &str) -> String {
    path.strip_prefix("--").map_or_else(|| path.to_owned(), |flag| flag.replace('-', "_"))
}

impl From<Vec<Violation>> for Refusal {
    fn from(mut faults: Vec<Violation>) -> Self {
        for fault in &mut faults {
            fault.path = key(&fault.path);
        }
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, faults }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.exit_code() {
            3 | 5 | 6 | 7 => StatusCode::UNPROCESSABLE_ENTITY,
            4 => StatusCode::CONFLICT,
            130 => return Self::busy("the work was stopped"),
            _ => return Self::internal(),
        };
        Self { status, ..Self::from(error.violations()) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.record()).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_S);
        }
        response
    }
}
