//! `serve`: TLS, signals, and the operator's listener.

use super::{CommandError, open_server};
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::edge::Edge;
use crate::relay::Relay;
use crate::{auth, health, http, tls};
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::{Randomness, SystemRandomness};
use mentalspace_protocol::limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::future::{Ready, ready};
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_io_timeout::TimeoutStream;

/// Time for the headers of a request to arrive.
const HEADERS: Duration = Duration::from_secs(limits::HEAD_SECONDS);
/// Bytes of a request's head, and how many headers it may have. Ours have ten.
const LARGEST_HEAD: usize = 64 * 1024;
const MOST_HEADERS: usize = 64;
/// Time for the other end to take anything at all of what is sent to it.
const TAKEN: Duration = Duration::from_secs(30);
/// Time for requests at work to end when the server is told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Open files below which not every place for a listener can be taken: one for each, and as many for requests, the
/// database and the server's own.
const FILES: u64 = 12_000;

/// What a server works in: passed in, so that a test brings its own.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub randomness: Arc<dyn Randomness>,
    /// How hard passwords are stretched.
    pub passwords: Argon2Params,
}

impl Surroundings {
    /// The machine's clock and randomness, and the shipped password settings.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness::new()),
            passwords: Argon2Params::SERVER,
        }
    }
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// A server at work. Dropped, it stops at once; [`Running::stop`] lets requests end.
#[derive(Debug)]
pub struct Running {
    /// Where devices connect.
    pub address: SocketAddr,
    /// Where the operator's probes and metrics answer.
    pub operator: Option<SocketAddr>,
    /// The server with its ways in.
    pub edge: Arc<Edge>,
    handle: Handle<SocketAddr>,
    certificate: RustlsConfig,
    serving: JoinHandle<std::io::Result<()>>,
    beside: Vec<JoinHandle<()>>,
}

/// Gives connections up whose other end takes nothing for [`TAKEN`], and holds nothing back that is to be sent: behind the
/// end of a handshake the first answer waited 40 ms for the other end's acknowledgement.
#[derive(Clone, Copy, Debug)]
struct Impatient;

impl<S> Accept<TcpStream, S> for Impatient {
    type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
    type Service = S;
    type Future = Ready<std::io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(stream.set_nodelay(true).map(|()| {
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(TAKEN));
            (Box::pin(stream), service)
        }))
    }
}

/// Starts a server: binds, begins to answer, and comes back.
///
/// # Errors
/// A setting cannot be accepted, the database is not of this release, or an address is taken.
pub async fn start(settings: &Settings, surroundings: Surroundings) -> Result<Running, CommandError> {
    let certificate = RustlsConfig::from_config(tls::server_config(&settings.tls)?);
    let (server, secret) = open_server(settings, surroundings.clock, surroundings.randomness)?;
    server.db.ping().await?;
    // A database that was never migrated has nothing in which it could say so.
    if !crate::migrations::are_current(&server.db).await.unwrap_or(false) {
        let what = "the database is not at the migrations of this release; nothing was started. Look with \
                    `mentalspace-server migrate status`, then run `mentalspace-server migrate`.";
        return Err(CommandError::Refused(what.to_owned()));
    }
    if !crate::epoch::strangers(&server).await?.is_empty() {
        let what = "this database was restored, recovered or copied, and its devices have not been told: a new epoch of \
                    the log has to begin, or they would take old for new. Nothing was started and nothing is lost. Run \
                    `mentalspace-server restore --recovered`, then start the server; what devices wrote since comes \
                    back by itself.";
        return Err(CommandError::Refused(what.to_owned()));
    }
    let edge = Arc::new(Edge::new(server, &secret, surroundings.passwords)?);
    let (listener, address) = bind("listen", settings.listen)?;
    let mut beside = vec![
        tokio::spawn(machinery(Arc::clone(&edge))),
        tokio::spawn(pass_pokes(Arc::clone(&edge))),
        tokio::spawn(tidy(Arc::clone(&edge))),
    ];
    let operator = match settings.operator_listen {
        Some(wanted) => {
            let (listener, address) = bind("operator_listen", wanted)?;
            let listener =
                tokio::net::TcpListener::from_std(listener).map_err(|why| system("operator_listen", why))?;
            let router = health::operator_router(&edge);
            beside.push(tokio::spawn(async move {
                if let Err(why) = axum::serve(listener, router).await {
                    tracing::error!(%why, "the operator's listener has ended");
                }
            }));
            Some(address)
        }
        None => None,
    };
    let handle = Handle::new();
    let mut tls_server = axum_server::from_tcp(listener)
        .map_err(|why| system("listen", why))?
        .acceptor(RustlsAcceptor::new(certificate.clone()).acceptor(Impatient))
        .handle(handle.clone());
    // By the builder, for axum-server's own `http1_only` lets no connection be upgraded.
    let builder = tls_server.http_builder();
    *builder = std::mem::replace(builder, Builder::new(TokioExecutor::new())).http1_only();
    // A connection that sends nothing, or too slowly, is closed.
    tls_server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS);
    let service = http::router(&edge).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(tls_server.serve(service));
    tracing::info!(%address, "serving");
    Ok(Running { address, operator, edge, handle, certificate, serving, beside })
}

impl Running {
    /// Reads certificate and key anew; connections that are open keep the old one.
    ///
    /// # Errors
    /// The files cannot be accepted; the old certificate stays in use.
    pub fn reload_certificate(&self, settings: &Settings) -> Result<(), CommandError> {
        self.certificate.reload_from_config(tls::server_config(&settings.tls)?);
        tracing::info!("the certificate was read anew");
        Ok(())
    }

    /// Takes no more connections, lets requests end, and stops.
    ///
    /// # Errors
    /// The listener had failed.
    pub async fn stop(mut self) -> Result<(), CommandError> {
        self.edge.stopping.send_replace(true);
        self.handle.graceful_shutdown(Some(GRACE));
        let ended = (&mut self.serving).await;
        for task in self.beside.drain(..) {
            task.abort();
            let _ = task.await;
        }
        crate::sync::contacts::write_down(&self.edge.server).await?;
        Relay::new(&self.edge.server)?.pass_on(&self.edge.server).await?;
        ended
            .map_err(std::io::Error::other)
            .and_then(|served| served)
            .map_err(|why| system("serving failed", why))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
        self.serving.abort();
        for task in &self.beside {
            task.abort();
        }
    }
}

async fn machinery(edge: Arc<Edge>) {
    crate::machinery::run(&edge.server).await;
}

async fn pass_pokes(edge: Arc<Edge>) {
    crate::relay::run(&edge.server).await;
}

/// Forgets counts of attempts that say nothing any more.
async fn tidy(edge: Arc<Edge>) {
    let mut hours = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hours.tick().await;
        if let Err(failure) = auth::attempts::tidy(&edge.server).await {
            tracing::warn!(
                cause = failure.causes(),
                "old attempts were not forgotten; it is tried again in an hour"
            );
        }
    }
}

fn bind(setting: &str, wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), CommandError> {
    let bound = TcpListener::bind(wanted).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|why| system(setting, why))
}

/// Every listening device holds a connection, and the system's usual first limit is 1,024 files.
fn open_as_many_files_as_allowed() {
    let allowed = getrlimit(Resource::Nofile).maximum;
    let wanted = Rlimit { current: allowed, maximum: allowed };
    if let Err(why) = setrlimit(Resource::Nofile, wanted) {
        tracing::warn!(%why, "this process may open no more files than it began with");
    }
    if allowed.is_some_and(|files| files < FILES) {
        tracing::warn!(
            files = allowed,
            "fewer devices than ten thousand can connect: raise the limit of open files"
        );
    }
}

fn system(doing: &str, why: std::io::Error) -> CommandError {
    CommandError::System { doing: doing.to_owned(), why }
}

/// Serves until a signal says otherwise. Says where on standard output, one JSON line, for whoever started us.
pub(super) async fn until_told_to_stop(settings: &Settings) -> Result<(), CommandError> {
    let handler = |kind| signal(kind).map_err(|why| system("signals cannot be received", why));
    open_as_many_files_as_allowed();
    let (mut terminate, mut interrupt) =
        (handler(SignalKind::terminate())?, handler(SignalKind::interrupt())?);
    let mut hang_up = handler(SignalKind::hangup())?;
    let running = start(settings, Surroundings::of_this_machine()).await?;
    let operator = running.operator.map(|address| address.to_string());
    println!("{}", serde_json::json!({ "listening": running.address.to_string(), "operator": operator }));
    loop {
        tokio::select! {
            _ = hang_up.recv() => {
                if let Err(error) = running.reload_certificate(settings) {
                    tracing::error!(%error, "the certificate was not read anew; the old one stays in use");
                }
            }
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    tracing::info!("stopping");
    running.stop().await
}
