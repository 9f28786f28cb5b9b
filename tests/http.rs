//! The interface of `hashpivot serve`: every rule with a request that breaks it, and every route once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod asking;

use std::{net::SocketAddr, sync::Arc};

use asking::{PORT, TOKEN, asked, get, lease, options, post, send, server, start, twice, with};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use hashpivot::{
    Depth,
    input::{self, Document, Sources},
    web::{App, Limits, Options, router},
};
use serde_json::{Value, json};

#[test]
fn every_rule_refuses_the_request_that_breaks_it() {
    let router = server();
    let lease = || asked(&Method::POST, "/api/v1/lease", &lease());
    assert_eq!(send(&router, lease()).status, 200);
    let own = format!("127.0.0.1:{PORT}");
    let short = &TOKEN[..31];
    let long = format!("{TOKEN}0");
    let other = TOKEN.replace('f', "e");
    let cases = [
        (403, with(lease(), "host", "")),
        (403, with(lease(), "host", "127.0.0.1")),
        (403, with(lease(), "host", "127.0.0.1:81")),
        (403, with(lease(), "host", "evil.example:8080")),
        (403, with(lease(), "host", "127.0.0.1.evil.example:8080")),
        (403, with(lease(), "host", "localhost@evil.example:8080")),
        (403, with(lease(), "host", "127.1:8080")),
        (403, with(lease(), "host", "192.168.1.9:8080")),
        (403, with(lease(), "host", "[::1]x:8080")),
        (403, with(lease(), "host", "127.0.0.1:8080:8080")),
        (403, twice(lease(), "host", &own)),
        (403, with(lease(), "x-hashpivot-token", "")),
        (403, with(lease(), "x-hashpivot-token", short)),
        (403, with(lease(), "x-hashpivot-token", &long)),
        (403, with(lease(), "x-hashpivot-token", &other)),
        (403, twice(lease(), "x-hashpivot-token", TOKEN)),
        (403, with(lease(), "origin", "http://evil.example")),
        (403, with(lease(), "origin", "null")),
        (403, with(lease(), "origin", "https://127.0.0.1:8080")),
        (403, with(lease(), "origin", "http://localhost:8080")),
        (403, twice(lease(), "origin", &format!("http://{own}"))),
        (403, with(lease(), "sec-fetch-site", "cross-site")),
        (403, with(lease(), "sec-fetch-site", "same-site")),
        (403, twice(lease(), "sec-fetch-site", "same-origin")),
        (415, with(lease(), "content-type", "")),
        (415, with(lease(), "content-type", "text/plain")),
        (415, with(lease(), "content-type", "application/x-www-form-urlencoded")),
        (415, with(lease(), "content-type", "application/json; charset=latin1")),
        (415, twice(lease(), "content-type", "application/json")),
        (415, with(lease(), "content-encoding", "gzip")),
        (400, with(with(lease(), "content-length", "5"), "transfer-encoding", "chunked")),
    ];
    for (status, request) in cases {
        let said = format!("{:?}", request.headers());
        let answer = send(&router, request);
        assert_eq!(answer.status, status, "{said}");
        answer.fault();
    }
}

#[test]
fn the_own_name_may_be_written_in_many_ways() {
    let router = server();
    let lease = || asked(&Method::POST, "/api/v1/lease", &lease());
    for host in ["localhost:8080", "LocalHost:8080", "localhost.:8080", "[::1]:8080"] {
        let request = with(with(lease(), "host", host), "origin", &format!("http://{host}"));
        assert_eq!(send(&router, request).status, 200, "{host}");
    }
    for (name, value) in [
        ("origin", ""),
        ("sec-fetch-site", ""),
        ("sec-fetch-site", "none"),
        ("content-type", "application/json; charset=UTF-8"),
        ("content-type", "Application/JSON"),
    ] {
        assert_eq!(send(&router, with(lease(), name, value)).status, 200, "{name} {value}");
    }
}

#[test]
fn other_sites_cannot_even_make_it_work() {
    let router = server();
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")] {
        let request = with(asked(&Method::GET, "/api/v1/check", &Value::Null), name, value);
        assert_eq!(send(&router, request).status, 403);
    }
    // The page itself may be reached by a link.
    let request = asked(&Method::GET, "/", &Value::Null);
    assert_eq!(send(&router, with(request, "sec-fetch-site", "cross-site")).status, 200);
    // Before routing: an address that does not exist says nothing to a stranger.
    let request = asked(&Method::GET, "/nothing", &Value::Null);
    assert_eq!(send(&router, with(request, "host", "evil.example:8080")).status, 403);
}

#[test]
fn every_answer_carries_the_headers() {
    let router = server();
    let evil = with(asked(&Method::GET, "/", &Value::Null), "host", "evil.example:8080");
    for request in [
        asked(&Method::GET, "/", &Value::Null),
        asked(&Method::GET, "/assets/nothing", &Value::Null),
        asked(&Method::GET, "/nothing", &Value::Null),
        asked(&Method::GET, "/api/v1/version", &Value::Null),
        asked(&Method::GET, "/api/v1/run", &Value::Null),
        asked(&Method::OPTIONS, "/api/v1/run", &Value::Null),
        asked(&Method::POST, "/api/v1/lease", &json!({})),
        evil,
    ] {
        let of = format!("{} {}", request.method(), request.uri());
        let answer = send(&router, request);
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{of}: {policy}");
        assert!(!policy.contains("unsafe"), "{of}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{of}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{of}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{of}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{of}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{of}");
        let cors = |name: &axum::http::HeaderName| name.as_str().starts_with("access-control");
        assert!(!answer.headers.keys().any(cors), "{of}");
    }
}

#[test]
fn methods_and_addresses_that_are_not_there_have_a_record() {
    let router = server();
    for (method, path, allowed) in [
        (Method::GET, "/api/v1/run", "POST"),
        (Method::PUT, "/api/v1/run", "POST"),
        (Method::DELETE, "/api/v1/lease", "GET,HEAD,POST"),
        (Method::POST, "/api/v1/version", "GET,HEAD"),
        (Method::POST, "/", "GET,HEAD"),
    ] {
        let mut request = asked(&Method::POST, path, &json!({}));
        *request.method_mut() = method;
        let answer = send(&router, request);
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.headers[header::ALLOW], allowed, "{path}");
        answer.fault();
    }
    for path in
        ["/api/v1/nothing", "/api/v2/run", "/assets/../mod.rs", "/assets/%2e%2e/mod.rs", "/etc"]
    {
        let answer = get(&router, path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.fault()["code"], "unknown_reference");
    }
}

#[test]
fn bodies_have_a_limit_however_they_come() {
    let limits = Limits { body_bytes: 200, upload_bytes: 400, ..Limits::default() };
    let router = router(&Arc::new(App::new(start(), &options(limits), PORT).unwrap()));
    let sized = |path: &str, bytes: usize| {
        let mut text = if path.ends_with("files") {
            json!({ "name": "a", "text": "b" }).to_string()
        } else {
            lease().to_string()
        };
        text.push_str(&" ".repeat(bytes - text.len()));
        let request = asked(&Method::POST, path, &Value::Null);
        let (parts, _) = request.into_parts();
        Request::from_parts(parts, Body::from(text))
    };
    assert_eq!(send(&router, sized("/api/v1/lease", 200)).status, 200);
    assert_eq!(send(&router, sized("/api/v1/lease", 201)).status, 413);
    assert_eq!(send(&router, sized("/api/v1/files", 400)).status, 200);
    assert_eq!(send(&router, sized("/api/v1/files", 401)).status, 413);
    // A length that is said is believed before anything is read.
    let said = with(sized("/api/v1/lease", 150), "content-length", "201");
    assert_eq!(send(&router, said).status, 413);
}

#[test]
fn what_is_no_json_is_named_by_line_and_column() {
    let router = server();
    let deep = format!("{{\"model\": {}1{}}}", "[".repeat(200), "]".repeat(200));
    let cases: [(&str, &str, u64, u64); 6] = [
        ("{\n  \"years\": 10,\n  \"critical_mw\" 5\n}", "syntax", 3, 17),
        ("{\"years\": 10} {}", "syntax", 1, 15),
        ("{\"years\": 10", "syntax", 1, 1),
        ("{\"years\": 10,\n \"years\": 11}", "duplicate", 2, 2),
        (&deep, "limit", 1, 75),
        ("[]", "type", 1, 1),
    ];
    for (text, code, line, column) in cases {
        let (parts, _) = asked(&Method::POST, "/api/v1/lease", &Value::Null).into_parts();
        let answer = send(&router, Request::from_parts(parts, Body::from(text.to_owned())));
        assert_eq!(answer.status, 400, "{text}");
        let fault = answer.fault();
        let place = (&fault["code"], &fault["line"], &fault["column"]);
        assert_eq!(place, (&json!(code), &json!(line), &json!(column)), "{text}: {fault}");
        assert_eq!(fault["file"], "request.json");
    }
    let (parts, _) = asked(&Method::POST, "/api/v1/lease", &Value::Null).into_parts();
    let bytes = Body::from(vec![b'{', 0xff, b'}']);
    assert_eq!(send(&router, Request::from_parts(parts, bytes)).status, 400);
}

#[test]
fn arguments_are_judged_like_plans() {
    let router = server();
    let wrong = json!({ "critical_mw": "10", "yeers": 10, "value_usd": 1e8, "escalator": true });
    let answer = post(&router, "lease", &wrong);
    assert_eq!(answer.status, 422);
    let answer = answer.json();
    let mut found: Vec<(&str, &str)> = answer["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["path"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("critical_mw", "type"), ("escalator", "type"), ("yeers", "unknown_key")]);
    // What JSON cannot say is refused by the name of its key.
    for number in ["NaN", "1e999", "-1e999"] {
        let text = format!("{{\"critical_mw\": {number}, \"years\": 1, \"value_usd\": 1}}");
        let (parts, _) = asked(&Method::POST, "/api/v1/lease", &Value::Null).into_parts();
        let answer = send(&router, Request::from_parts(parts, Body::from(text)));
        assert_eq!(answer.status, 400, "{number}");
        let fault = answer.fault();
        assert_eq!((&fault["path"], &fault["code"]), (&json!("critical_mw"), &json!("not_finite")));
    }
    // The engine's own faults carry keys, not flags.
    let fault = post(&router, "lease", &json!({ "critical_mw": -1, "years": 1, "value_usd": 1 }));
    assert_eq!(fault.status, 422);
    assert_eq!(fault.fault()["path"], "critical_mw");
    let neither = post(&router, "lease", &json!({ "critical_mw": 1, "years": 1 }));
    assert_eq!(neither.fault()["code"], "conflict");
    let query = get(&router, "/api/v1/lease?critical_mw=ten&years=1.5&value_usd=1&x=1&years=2");
    assert_eq!(query.status, 422);
    // A term that never ends is no work for a server.
    let endless =
        json!({ "critical_mw": 1, "years": 1, "value_usd": 1, "renewals": [4_000_000_000_u32] });
    assert_eq!(post(&router, "lease", &endless).status, 422);
}

#[test]
fn queries_and_bodies_give_the_same_answer() {
    let router = server();
    let by_query = get(
        &router,
        "/api/v1/lease?critical_mw=10&years=10&value_usd=1e8&ramp=0.5,0.7&renewals=5,5",
    );
    let mut body = lease();
    body["ramp"] = json!([0.5, 0.7]);
    body["renewals"] = json!([5, 5]);
    let by_body = post(&router, "lease", &body);
    assert_eq!((by_query.status, by_body.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(by_query.bytes, by_body.bytes);
    let by_query = get(&router, "/api/v1/cost?model=Antminer+S21+XP&usd_per_mwh=40,50");
    let body = json!({ "model": ["Antminer S21 XP"], "usd_per_mwh": [40, 50] });
    let by_body = post(&router, "cost", &body);
    assert_eq!(by_body.status, 200, "{}", String::from_utf8_lossy(&by_body.bytes));
    assert_eq!(by_query.bytes, by_body.bytes);
    // A plan that is read for the request costs what the one that was read at the start costs.
    let plan = get(&router, "/api/v1/plan").json()["plan"].clone();
    let of_plan = post(&router, "cost", &json!({ "plan": plan })).json();
    assert_eq!(of_plan["rows"], post(&router, "cost", &json!({})).json()["rows"]);
}

#[test]
fn a_run_is_the_run_of_the_library() {
    let router = server();
    let loaded = input::load(&Sources::of(Document::example()), &input::no_files).unwrap();
    let watch = compare::Watch::default();
    let quick = hashpivot::run_to(&loaded, Depth::Quick, &watch).unwrap();
    let answer = post(&router, "run", &json!({ "quick": true }));
    assert_eq!(answer.bytes, serde_json::to_vec(&quick).unwrap());
    // The same plan as JSON is the same input.
    let plan = get(&router, "/api/v1/plan").json();
    let as_json = post(&router, "run", &json!({ "quick": true, "plan": plan["plan"] }));
    assert_eq!(as_json.json()["input_digest"], answer.json()["input_digest"]);
    let text = json!({ "name": "plan.toml", "text": plan["text"] });
    let as_text = post(&router, "run", &json!({ "quick": true, "plan_text": text }));
    assert_eq!(as_text.bytes, answer.bytes);
    let sets = json!({ "quick": true, "sets": ["bitcoin.price_usd_per_btc=200000"] });
    let over =
        json!({ "quick": true, "overlays": [{ "bitcoin": { "price_usd_per_btc": 200_000 } }] });
    let (set, over) = (post(&router, "run", &sets), post(&router, "run", &over));
    assert_eq!(set.json()["input_digest"], over.json()["input_digest"]);
    assert_ne!(set.json()["input_digest"], answer.json()["input_digest"]);
}

#[test]
fn faults_of_a_plan_have_its_own_lines() {
    let router = server();
    let text = input::example_text().replace("pool_fee_frac = ", "pool_fee_frac = 1");
    let line = 1 + text.lines().position(|line| line.contains("pool_fee_frac = 1")).unwrap();
    let answer = post(&router, "run", &json!({ "plan_text": { "name": "my.toml", "text": text } }));
    assert_eq!(answer.status, 422);
    let fault = answer.fault();
    assert_eq!((&fault["file"], &fault["line"]), (&json!("my.toml"), &json!(line)));
    // In the body, a plan stands where it stands.
    let body = "{\n  \"plan\": {\n    \"name\": 5,\n    \"nome\": 6 } }";
    let (parts, _) = asked(&Method::POST, "/api/v1/run", &Value::Null).into_parts();
    let answer = send(&router, Request::from_parts(parts, Body::from(body)));
    let faults = answer.json()["faults"].as_array().unwrap().clone();
    let fault = faults.iter().find(|fault| fault["path"] == "name").unwrap();
    assert_eq!((&fault["line"], &fault["column"]), (&json!(3), &json!(13)), "{fault}");
    // Two plans are one too many.
    let both = json!({ "plan": {}, "plan_text": { "name": "a.toml", "text": "" } });
    assert_eq!(post(&router, "run", &both).fault()["path"], "plan_text");
}

#[test]
fn files_come_from_the_request_alone() {
    let router = server();
    let set = "bitcoin.path_file=\"/etc/passwd\"";
    let answer = post(&router, "run", &json!({ "quick": true, "sets": [set] }));
    assert_eq!(answer.status, 422);
    let fault = answer.fault();
    assert_eq!((&fault["path"], &fault["code"]), (&json!("bitcoin.path_file"), &json!("io")));
    assert!(!answer.json().to_string().contains("root:"));
    // Sent along, a file is read under the name that the plan gives it.
    let rows = "month,price_usd_per_btc\nnonsense\n";
    let kept = post(&router, "files", &json!({ "name": "/etc/passwd", "text": rows }));
    assert_eq!(kept.status, 200);
    let id = kept.json()["id"].clone();
    assert_eq!(kept.json()["bytes"], rows.len());
    let run = |file: Value| {
        post(
            &router,
            "run",
            &json!({ "quick": true, "sets": [set], "files": { "/etc/passwd": file } }),
        )
    };
    let (by_id, by_text) = (run(json!({ "id": id })), run(json!({ "text": rows })));
    assert_eq!(by_id.bytes, by_text.bytes);
    let fault = by_id.fault();
    assert_eq!(fault["file"], "/etc/passwd", "{fault}");
    assert_eq!(run(json!({ "id": "0123" })).fault()["code"], "unknown_reference");
    assert_eq!(run(json!({})).fault()["code"], "conflict");
}

#[test]
fn hostile_names_stay_text() {
    let router = server();
    let evil = "\u{1b}[2J\u{202e}<script>alert(1)</script>\n";
    for body in [
        json!({ evil: 1 }),
        json!({ "sets": [format!("{evil}=1")] }),
        json!({ "plan_text": { "name": evil, "text": "x = 1" } }),
        json!({ "files": { evil: {} } }),
        json!({ "sets": ["bitcoin.path_file=x"], "files": { evil: { "id": evil } } }),
    ] {
        let answer = post(&router, "run", &body);
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
        let text = String::from_utf8(answer.bytes.clone()).unwrap();
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
}

/// Holds a value against a schema, as far as the schemas here go.
fn fits(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap();
        fits(document, target, value, at)?;
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[key].as_array() {
            let tried: Vec<_> = choices.iter().map(|one| fits(document, one, value, at)).collect();
            if tried.iter().all(Result::is_err) {
                return tried[0].clone();
            }
        }
    }
    let of = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    let kinds = match &schema["type"] {
        Value::Null => Vec::new(),
        Value::Array(kinds) => kinds.clone(),
        one => vec![one.clone()],
    };
    if !kinds.is_empty() && !kinds.iter().any(of) {
        return Err(format!("{at}: {value} is none of {kinds:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{at}: {value} is none of {words:?}"));
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        if value.is_object() && value.get(key.as_str().unwrap()).is_none() {
            return Err(format!("{at}: {key} is missing"));
        }
    }
    if let (Some(known), Some(object)) = (schema["properties"].as_object(), value.as_object()) {
        for (key, value) in object {
            match known.get(key) {
                Some(schema) => fits(document, schema, value, &format!("{at}.{key}"))?,
                None if schema["additionalProperties"] == false => {
                    return Err(format!("{at}: {key} is not in the schema"));
                }
                None => {}
            }
        }
    }
    if let (Some(items), Some(array)) = (schema.get("items"), value.as_array()) {
        for (index, value) in array.iter().enumerate() {
            fits(document, items, value, &format!("{at}[{index}]"))?;
        }
    }
    Ok(())
}

/// What a route is asked where nothing will not do.
fn arguments(path: &str) -> (Value, &'static str) {
    match path.trim_start_matches("/api/v1/") {
        "lease" => (lease(), "?critical_mw=10&years=10&value_usd=1e8"),
        "gpu" => (
            json!({ "critical_mw": 10, "gpus": 5000, "usd_per_year": 1e8 }),
            "?critical_mw=10&gpus=5000&usd_per_year=1e8",
        ),
        "bridge" => (json!({ "btc_mined": 10, "power_usd": 5e5 }), ""),
        "companies" => (json!({ "price": { "iren": 48.5 } }), ""),
        "implied" => (json!({ "company": "iren", "price": 48.5 }), ""),
        "frontier" => (json!({ "of": "mw", "points": 3 }), ""),
        "sensitivity" => (json!({ "inputs": ["bitcoin.price_usd_per_btc"] }), ""),
        "map" => {
            let (x, y) =
                ("bitcoin.price_usd_per_btc=60000..90000:2", "bitcoin.pool_fee_frac=0.01..0.02:2");
            (json!({ "x": x, "y": y }), "")
        }
        "plan/read" => (json!({ "name": "plan.toml", "text": input::example_text() }), ""),
        "files" => (json!({ "name": "a.csv", "text": "a,b\n" }), ""),
        _ => (json!({}), ""),
    }
}

/// The example's workbook, as a stream sends it.
fn workbook_in_base64(router: &Router) -> String {
    let request = asked(&Method::POST, "/api/v1/workbook", &json!({}));
    let answer = send(router, with(request, "accept", "application/x-ndjson"));
    let text = String::from_utf8(answer.bytes).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    last["result"]["base64"].as_str().unwrap().to_owned()
}

#[test]
fn every_route_answers_as_its_document_says() {
    let router = server();
    let document = get(&router, "/api/v1/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut routes = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let (mut body, query) = arguments(path);
            if path.ends_with("workbook/read") {
                body = json!({ "name": "model.xlsx", "base64": workbook_in_base64(&router) });
            }
            let answer = match method.as_str() {
                "get" => get(&router, &format!("{path}{query}")),
                _ => send(&router, asked(&Method::POST, path, &body)),
            };
            routes += 1;
            let text = String::from_utf8_lossy(&answer.bytes);
            assert_eq!(answer.status, 200, "{method} {path}: {}", &text[..text.len().min(500)]);
            let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
            let content = &operation["responses"]["200"]["content"];
            assert!(content.get(kind).is_some(), "{method} {path}: {kind}");
            assert!(!answer.bytes.is_empty());
            if kind == "application/json" {
                let schema = &content[kind]["schema"];
                fits(&document, schema, &answer.json(), "")
                    .unwrap_or_else(|e| panic!("{method} {path}: {e}"));
            } else {
                let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
                assert!(disposition.starts_with("attachment; filename="), "{disposition}");
            }
            if method == "post" {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                fits(&document, schema, &body, "").unwrap();
            }
        }
    }
    assert!(routes >= 30, "{routes}");
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = get(&server(), "/api/v1/openapi.json").json();
    let mut references = 0;
    let mut left = vec![&document];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    references += 1;
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                left.extend(object.values());
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    assert!(references > 300, "{references}");
}

#[test]
fn the_page_is_served_with_tags() {
    let router = server();
    let page = get(&router, "/");
    assert_eq!(page.status, 200);
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-cache");
    let tag = page.headers[header::ETAG].to_str().unwrap().to_owned();
    let again = with(asked(&Method::GET, "/", &Value::Null), "if-none-match", &tag);
    let again = send(&router, again);
    assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    let script = get(&router, "/assets/main.js");
    assert_eq!(script.headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    // What the page names is there.
    let text = String::from_utf8(page.bytes).unwrap();
    let named: Vec<&str> =
        text.split("/assets/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!named.is_empty());
    for name in named {
        assert_eq!(get(&router, &format!("/assets/{name}")).status, 200, "{name}");
    }
}

#[test]
fn beyond_this_machine_everything_needs_a_token() {
    let far = |token: Option<&str>| Options {
        listen: SocketAddr::from(([0, 0, 0, 0], PORT)),
        token: token.map(str::to_owned),
        ..Options::loopback(PORT)
    };
    for token in [None, Some("short"), Some("sixteen letters, but no plain ones")] {
        assert!(App::new(start(), &far(token), PORT).is_err(), "{token:?}");
    }
    let router = router(&Arc::new(App::new(start(), &far(Some(TOKEN)), PORT).unwrap()));
    let version =
        || with(asked(&Method::GET, "/api/v1/version", &Value::Null), "host", "192.168.1.9:8080");
    assert_eq!(send(&router, version()).status, 403);
    assert_eq!(send(&router, with(version(), "x-hashpivot-token", TOKEN)).status, 200);
    let named = with(version(), "host", "evil.example:8080");
    assert_eq!(send(&router, with(named, "x-hashpivot-token", TOKEN)).status, 403);
}
