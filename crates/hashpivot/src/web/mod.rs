//! The live page and its interface: a server for the person at this machine.
//!
//! [`serve`] binds a loopback address and answers until it is interrupted. Everything goes the same
//! way: [`listen`] holds connections to their times, `guard` refuses what does not come from the
//! server's own page, `request` reads arguments with the checker of plans, `work` gives a job its
//! place, and `jobs` calls the library. `routes` is the one table of all addresses; router and
//! published document (`openapi`) are made from it.
//!
//! The server reads no file: what a plan names must be sent along, or be at hand since the start.

mod answers;
mod arguments;
mod assets;
mod base64;
mod files;
mod guard;
mod jobs;
mod limits;
mod listen;
mod openapi;
mod refusal;
mod request;
mod routes;
mod work;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use axum::{
    Router,
    extract::{Path, Request, State},
    http::HeaderMap,
    middleware::from_fn_with_state,
    routing::{MethodFilter, get, on},
};
use hashcost::Isa;
use serde_json::Value as Json;
use tokio::{net::TcpListener, sync::Semaphore};
use units::{Code, Violation};

pub use limits::Limits;
pub use listen::listen;

use crate::{
    error::Error,
    input::{self, Built, Loaded, Sources},
    output::hexadecimal,
};
use assets::Assets;
use files::Files;
use routes::ROUTES;
use work::Prepared;

/// Bytes of a token that the server makes up.
const TOKEN_BYTES: usize = 16;
/// Fewest characters of a token that somebody else makes up.
const MIN_TOKEN_CHARS: usize = 16;

/// The plan that a server works with where a request brings none.
#[derive(Clone, Debug)]
pub struct Start {
    sources: Sources,
    files: BTreeMap<String, Arc<[u8]>>,
    loaded: Arc<Loaded>,
    built: Arc<Built>,
}

impl Start {
    /// Reads a plan and the files that it names, and keeps them.
    ///
    /// # Errors
    /// [`Error::Input`] with everything that is wrong with the plan.
    pub fn new(
        sources: Sources,
        read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
        isa: Isa,
    ) -> Result<Self, Error> {
        let files = RefCell::new(BTreeMap::new());
        let kept = |name: &str| {
            let bytes = read(name)?;
            files.borrow_mut().insert(name.to_owned(), bytes.as_slice().into());
            Ok(bytes)
        };
        let loaded = Loaded { isa, ..input::load(&sources, &kept)? };
        let built = loaded.build()?;
        let (loaded, built) = (Arc::new(loaded), Arc::new(built));
        Ok(Self { sources, files: files.into_inner(), loaded, built })
    }
}

/// Where and how a server listens.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address and port; port 0 is a free one.
    pub listen: SocketAddr,
    /// The token that requests carry; a random one if left out, which only loopback allows.
    pub token: Option<String>,
    /// Bounds.
    pub limits: Limits,
    /// Folder of the page's files, in debug builds, in the place of those built in.
    pub assets: Option<PathBuf>,
}

impl Options {
    /// On this machine alone, with the bounds that are published.
    pub fn loopback(port: u16) -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
            token: None,
            limits: Limits::default(),
            assets: None,
        }
    }

    /// The token to use.
    ///
    /// # Errors
    /// [`Error::Input`] where there must be one and is none, or a weak one.
    fn token(&self) -> Result<String, Error> {
        let fault = |allowed: String| {
            let violation = Violation::new(Code::Missing, "--token").allowed(allowed);
            Error::Input(vec![violation.hint("as in --token $(openssl rand -hex 16)")])
        };
        match &self.token {
            Some(token) => {
                let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if plain && token.len() >= MIN_TOKEN_CHARS {
                    Ok(token.clone())
                } else {
                    Err(fault(format!("at least {MIN_TOKEN_CHARS} letters and digits")))
                }
            }
            None if self.listen.ip().is_loopback() => {
                let mut bytes = [0; TOKEN_BYTES];
                getrandom::fill(&mut bytes)
                    .map_err(|_| Error::Internal("the system gives no random numbers"))?;
                Ok(hexadecimal(&bytes))
            }
            None => Err(fault("must be given to listen beyond this machine".to_owned())),
        }
    }
}

/// A server's state.
pub struct App {
    start: Start,
    limits: Limits,
    assets: Assets,
    files: Files,
    token: String,
    port: u16,
    /// Whether reading needs the token as well: where others can reach the server.
    guarded: bool,
    openapi: Json,
    /// Jobs at work.
    places: Arc<Semaphore>,
    /// Jobs at work or waiting.
    queue: Arc<Semaphore>,
}

impl App {
    /// A server for a plan, at a port that is known by now.
    ///
    /// # Errors
    /// [`Error::Input`] for a token that will not do.
    pub fn new(start: Start, options: &Options, port: u16) -> Result<Self, Error> {
        let limits = options.limits.clone();
        #[cfg(debug_assertions)]
        let assets = Assets { folder: options.assets.clone() };
        #[cfg(not(debug_assertions))]
        let assets = Assets::default();
        Ok(Self {
            start,
            assets,
            files: Files::default(),
            token: options.token()?,
            port,
            guarded: !options.listen.ip().is_loopback(),
            openapi: openapi::document(),
            places: Arc::new(Semaphore::new(limits.jobs.max(1))),
            queue: Arc::new(Semaphore::new(limits.jobs.max(1) + limits.queue)),
            limits,
        })
    }

    /// The token that requests must carry.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A file that was sent before, or that belongs to the server's own plan.
    fn file(&self, id: &str) -> Option<Arc<[u8]>> {
        let own = || self.start.files.values().find(|bytes| files::id(bytes) == id).cloned();
        self.files.get(id).or_else(own)
    }
}

/// All addresses of a server, behind its guard.
pub fn router(app: &Arc<App>) -> Router {
    let mut inner = Router::new()
        .route("/", get(page))
        .route("/assets/{*name}", get(asset))
        .with_state(Arc::clone(app));
    let plan_keys = openapi::plan_keys();
    for route in ROUTES {
        let prepared =
            Arc::new(Prepared { route, schema: openapi::request_schema(route, &plan_keys) });
        let mut filter = if route.methods.get() { MethodFilter::GET } else { MethodFilter::POST };
        if route.methods.post() {
            filter = filter.or(MethodFilter::POST);
        }
        let app = Arc::clone(app);
        let handler =
            move |request: Request| work::answer(Arc::clone(&app), Arc::clone(&prepared), request);
        inner = inner.route(route.path, on(filter, handler));
    }
    // The guard stands before all routing, also of addresses that do not exist.
    Router::new().fallback_service(inner).layer(from_fn_with_state(Arc::clone(app), guard::guard))
}

async fn page(State(app): State<Arc<App>>, headers: HeaderMap) -> axum::response::Response {
    app.assets.answer("index.html", &headers)
}

async fn asset(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> axum::response::Response {
    app.assets.answer(&name, &headers)
}

/// Binds, says where, and answers until it is interrupted.
///
/// # Errors
/// [`Error::Io`] if the address cannot be had, [`Error::Input`] for a token that will not do.
pub fn serve(
    start: Start,
    options: &Options,
    ready: impl FnOnce(&str) -> Result<(), Error>,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Io { path: "runtime".into(), source })?;
    let served = runtime.block_on(async {
        let unbound = |source| Error::Io { path: options.listen.to_string().into(), source };
        let listener = TcpListener::bind(options.listen).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let app = Arc::new(App::new(start, options, address.port())?);
        ready(&format!("http://{address}/#token={}", app.token()))?;
        listen(listener, router(&app), options.limits.clone(), interrupted()).await;
        Ok(())
    });
    // Work that nobody waits for has been told to stop; what does not listen is left behind.
    runtime.shutdown_background();
    served
}

/// Waits for Ctrl-C, or for the signal by which services are ended.
async fn interrupted() {
    let typed = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let ended: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    });
    #[cfg(not(unix))]
    let ended = std::future::pending::<()>();
    tokio::select! {
        () = typed => {}
        () = ended => {}
    }
}
