//! Requests as the page sends them, for the tests of `hashpivot serve`.
#![allow(dead_code, reason = "each test file asks for what it needs")]

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use hashcost::Isa;
use hashpivot::{
    input::{self, Document, Sources},
    web::{App, Limits, Options, Start, router},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt;

pub(crate) const PORT: u16 = 8080;
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub(crate) fn start() -> Start {
    Start::new(Sources::of(Document::example()), &input::no_files, Isa::best()).unwrap()
}

pub(crate) fn options(limits: Limits) -> Options {
    Options { token: Some(TOKEN.to_owned()), limits, ..Options::loopback(PORT) }
}

pub(crate) fn server() -> Router {
    router(&Arc::new(App::new(start(), &options(Limits::default()), PORT).unwrap()))
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// A request as the page sends it.
pub(crate) fn asked(method: &Method, path: &str, body: &Value) -> Request<Body> {
    let request =
        Request::builder().method(method).uri(path).header("host", format!("127.0.0.1:{PORT}"));
    if *method == Method::POST {
        let request = request
            .header("content-type", "application/json")
            .header("origin", format!("http://127.0.0.1:{PORT}"))
            .header("sec-fetch-site", "same-origin")
            .header("x-hashpivot-token", TOKEN);
        return request.body(Body::from(body.to_string())).unwrap();
    }
    request.body(Body::empty()).unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The first fault, which must be there.
    pub(crate) fn fault(&self) -> Value {
        let answer = self.json();
        assert!(answer["faults"].as_array().is_some_and(|faults| !faults.is_empty()), "{answer}");
        answer["faults"][0].clone()
    }
}

pub(crate) fn send(router: &Router, request: Request<Body>) -> Answer {
    runtime().block_on(async {
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    })
}

pub(crate) fn post(router: &Router, route: &str, body: &Value) -> Answer {
    send(router, asked(&Method::POST, &format!("/api/v1/{route}"), body))
}

pub(crate) fn get(router: &Router, path: &str) -> Answer {
    send(router, asked(&Method::GET, path, &Value::Null))
}

/// Arguments of a small job.
pub(crate) fn lease() -> Value {
    json!({ "critical_mw": 10, "years": 10, "value_usd": 1e8 })
}

/// Sets or, with an empty value, takes away a header.
pub(crate) fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().remove(name);
    if !value.is_empty() {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

pub(crate) fn twice(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}
