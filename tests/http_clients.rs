//! `hashpivot serve` on a socket: clients that are slow, endless or gone, and the command itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod asking;

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use asking::{TOKEN, lease, options, runtime, start};
use hashpivot::web::{App, Limits, listen, router};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

// With sockets.

/// A server on a port of its own, until it is dropped.
struct Live {
    address: SocketAddr,
    runtime: Option<Runtime>,
    end: Option<oneshot::Sender<()>>,
}

impl Live {
    fn new(limits: Limits) -> Self {
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let app = App::new(start(), &options(limits.clone()), address.port()).unwrap();
        let (end, ended) = oneshot::channel::<()>();
        runtime.spawn(listen(listener, router(&Arc::new(app)), limits, async move {
            let _ = ended.await;
        }));
        Self { address, runtime: Some(runtime), end: Some(end) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    fn head(&self, route: &str, more: &str) -> String {
        let host = self.address;
        format!(
            "POST /api/v1/{route} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
             x-hashpivot-token: {TOKEN}\r\n{more}\r\n"
        )
    }

    /// A whole request by a connection of its own; the answer as text.
    fn post(&self, route: &str, body: &Value) -> String {
        let body = body.to_string();
        let mut stream = self.connect();
        let more = format!("connection: close\r\ncontent-length: {}\r\n", body.len());
        stream.write_all((self.head(route, &more) + &body).as_bytes()).unwrap();
        rest(&mut stream)
    }

    fn is_well(&self) {
        let answer = self.post("lease", &lease());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Everything up to the end of a connection, however it ends.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => bytes.extend(&part[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the connection hangs: {error}"),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Limits under which nobody waits for a test.
fn short() -> Limits {
    Limits {
        header_time: Duration::from_millis(300),
        body_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

#[test]
fn a_head_that_drips_is_cut_off() {
    let live = Live::new(short());
    let mut slow: Vec<TcpStream> = (0..20).map(|_| live.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"POST /api/v1/lease HTTP/1.1\r\nhost: ").unwrap();
    }
    live.is_well();
    for stream in &mut slow {
        let said = rest(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    // One that says nothing at all, and one that says nothing more.
    let mut silent = live.connect();
    assert_eq!(rest(&mut silent), "");
    let mut once = live.connect();
    let get = format!("GET /api/v1/version HTTP/1.1\r\nhost: {}\r\n\r\n", live.address);
    once.write_all(get.as_bytes()).unwrap();
    assert!(rest(&mut once).starts_with("HTTP/1.1 200"));
    live.is_well();
}

#[test]
fn a_body_that_drips_is_cut_off() {
    let live = Live::new(short());
    let mut slow = live.connect();
    slow.write_all((live.head("lease", "content-length: 100\r\n") + "{").as_bytes()).unwrap();
    live.is_well();
    assert!(rest(&mut slow).starts_with("HTTP/1.1 408"));
    // A client that leaves in the middle of its body harms nobody.
    let mut gone = live.connect();
    gone.write_all((live.head("lease", "content-length: 100\r\n") + "{").as_bytes()).unwrap();
    drop(gone);
    live.is_well();
}

#[test]
fn a_body_without_end_is_refused_while_others_are_served() {
    let live = Live::new(Limits { body_bytes: 100_000, ..Limits::default() });
    let mut endless = live.connect();
    endless.write_all(live.head("lease", "transfer-encoding: chunked\r\n").as_bytes()).unwrap();
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    let mut sent = 0;
    // Until the server has had enough: it closes, and writing fails.
    while endless.write_all(chunk.as_bytes()).is_ok() {
        sent += 0x1000;
        if sent % (64 * 0x1000) == 0 {
            live.is_well();
        }
        assert!(sent < 64_000_000, "the server takes everything");
    }
    live.is_well();
    // One that stops right above the limit reads why.
    let mut over = live.connect();
    over.write_all(live.head("lease", "transfer-encoding: chunked\r\n").as_bytes()).unwrap();
    for _ in 0..=100_000 / 0x1000 {
        over.write_all(chunk.as_bytes()).unwrap();
    }
    assert!(rest(&mut over).starts_with("HTTP/1.1 413"));
}

#[test]
fn heads_are_bounded_and_unambiguous() {
    let live = Live::new(Limits::default());
    let ask = |more: &str| {
        let mut stream = live.connect();
        // The server may close before all is written.
        let _ = stream.write_all((live.head("lease", more) + &lease().to_string()).as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        rest(&mut stream)
    };
    let long = format!("x-long: {}\r\ncontent-length: 0\r\n", "a".repeat(20_000));
    let answer = ask(&long);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many: String = "x-a: a\r\n".repeat(200);
    let answer = ask(&many);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    for more in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: five\r\n",
        "transfer-encoding: gzip\r\n",
    ] {
        let answer = ask(more);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{more}: {answer}");
    }
    live.is_well();
}

#[test]
fn connections_are_counted() {
    let live = Live::new(Limits { connections: 3, ..Limits::default() });
    let held: Vec<TcpStream> = (0..3).map(|_| live.connect()).collect();
    // Connections are taken in order, so that these three are counted before the next.
    let answer = live.post("lease", &lease());
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after"), "{answer}");
    drop(held);
    let until = Instant::now() + Duration::from_secs(20);
    while !live.post("lease", &lease()).starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < until, "places are not given back");
    }
}

/// A job of minutes.
fn long_job() -> Value {
    json!({ "x": "bitcoin.price_usd_per_btc=60000..90000:100", "y": "bitcoin.pool_fee_frac=0.01..0.02:100" })
}

fn one_job() -> Limits {
    Limits { jobs: 1, queue: 0, ..Limits::default() }
}

#[test]
fn work_ends_when_nobody_waits_for_it() {
    let live = Live::new(one_job());
    let body = long_job().to_string();
    for accept in ["*/*", "application/x-ndjson"] {
        let more = format!("accept: {accept}\r\ncontent-length: {}\r\n", body.len());
        let begun = || {
            let mut client = live.connect();
            client.write_all((live.head("map", &more) + &body).as_bytes()).unwrap();
            client
        };
        let mut client = begun();
        // Once the only place is taken, the next job is turned away; small ones are not.
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = live.post("run", &json!({ "quick": true }));
            if answer.starts_with("HTTP/1.1 503") {
                assert!(answer.contains("retry-after: 1"), "{answer}");
                break;
            }
            assert!(Instant::now() < until, "the job does not start");
            // Or the run was quicker, and the long job was the one that found no place.
            client = begun();
        }
        live.is_well();
        drop(client);
        let gone = Instant::now();
        while !live.post("run", &json!({ "quick": true })).starts_with("HTTP/1.1 200") {
            assert!(gone.elapsed() < Duration::from_secs(10), "{accept}: the work goes on");
        }
    }
}

#[test]
fn long_work_tells_how_far_it_is() {
    let live = Live::new(Limits::default());
    let ask = |route: &str, body: &Value| {
        let body = body.to_string();
        let mut stream = live.connect();
        let more = format!(
            "accept: application/x-ndjson\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        stream.write_all((live.head(route, &more) + &body).as_bytes()).unwrap();
        let answer = rest(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("content-type: application/x-ndjson"), "{answer}");
        // Chunks are framed by lines of their own.
        let lines = answer.lines().filter(|line| line.starts_with('{'));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let body = json!({ "x": "bitcoin.price_usd_per_btc=60000..90000:12", "y": "bitcoin.pool_fee_frac=0.01..0.02:12" });
    let lines = ask("map", &body);
    let (last, progress) = lines.split_last().unwrap();
    assert_eq!(last["result"]["cells"].as_array().unwrap().len(), 144);
    assert!(!progress.is_empty());
    let done: Vec<u64> =
        progress.iter().map(|line| line["progress"]["done"].as_u64().unwrap()).collect();
    assert!(done.is_sorted(), "{done:?}");
    let wrong = ask("run", &json!({ "sets": ["bitcoin.pool_fee_frac=2"] }));
    assert_eq!(wrong.last().unwrap()["faults"][0]["path"], "bitcoin.pool_fee_frac");
    let toml = ask("plan/toml", &json!({}));
    assert!(toml.last().unwrap()["result"]["text"].as_str().unwrap().contains("[bitcoin]"));
}

#[test]
fn an_answer_has_its_time() {
    let limits = Limits { request_time: Duration::from_millis(300), ..one_job() };
    let live = Live::new(limits);
    let answer = live.post("map", &long_job());
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let until = Instant::now() + Duration::from_secs(10);
    while !live
        .post("bridge", &json!({ "btc_mined": 1, "power_usd": 1 }))
        .starts_with("HTTP/1.1 200")
    {
        assert!(Instant::now() < until);
    }
}

#[test]
fn the_command_prints_its_address_and_ends_when_asked() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("hashpivot"))
        .args(["serve", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(command.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (address, token) = line.trim().split_once("/#token=").unwrap();
    assert_eq!(token.len(), 32);
    let address = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let get = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(get.as_bytes()).unwrap();
    assert!(rest(&mut stream).starts_with("HTTP/1.1 200"));
    let id = command.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert!(command.wait().unwrap().success());
    // Beyond this machine it does not start without a token.
    let refused = Command::new(assert_cmd::cargo::cargo_bin!("hashpivot"))
        .args(["serve", "--port", "0", "--listen", "0.0.0.0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--token"));
}
