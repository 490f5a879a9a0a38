//! The way to the server: HTTPS in the product, a simulated network where the protocol is tried out.

use crate::connection::ServerAddress;
use crate::failure::SyncFailure;
use crate::tls::{TrustedTime, client_config};
use futures_util::future::BoxFuture;
use mentalspace_protocol::EVENTS_UPGRADE;
use mentalspace_protocol::limits::{NONCE_SECONDS, SLOWEST_BYTES_A_SECOND, UNUSED_SECONDS};
use mentalspace_protocol::proof::NONCE_HEADER;
use reqwest::header::{CONNECTION, HeaderMap, HeaderValue, RETRY_AFTER, UPGRADE};
use reqwest::{Client, Method, Response, StatusCode};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Without a byte for this long, the path is taken for dead (a black hole drops large frames only).
const SILENCE: Duration = Duration::from_secs(20);

/// How long an answer to a request with so large a body is waited for: what is still leaving is no silence. After the time
/// for which its nonce counts, nobody takes it any more.
fn patience(body: usize) -> Duration {
    let leaving = Duration::from_secs((body / SLOWEST_BYTES_A_SECOND) as u64);
    SILENCE + leaving.min(Duration::from_secs(NONCE_SECONDS.unsigned_abs()))
}

/// A request as it leaves the device.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// GET or POST.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The headers; of each name one.
    pub headers: HeaderMap,
    /// The body, compressed where the headers say so.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// The server's nonce, if the answer has one.
    pub nonce: Option<String>,
    /// Seconds after which another try makes sense, if the answer says so.
    pub retry_after: Option<u32>,
    /// The body as far as it arrived; of a successful `listen` nothing.
    pub body: Vec<u8>,
    /// Whether the body arrived to its end.
    pub whole: bool,
}

impl Answered {
    /// Whether the server did what was asked.
    #[must_use]
    pub const fn succeeded(&self) -> bool {
        matches!(self.status, 101 | 200..=299)
    }
}

/// Carries requests to the practice's server and to nobody else.
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// Sends a request and gives its answer.
    ///
    /// # Errors
    /// Nothing that could be an answer arrived: [`SyncFailure::Unreachable`], [`SyncFailure::NotOurServer`].
    fn exchange(&self, request: Outgoing) -> BoxFuture<'_, Result<Answered, SyncFailure>>;

    /// Sends a request whose answer goes on as long as both sides like; what arrives is handed over as it does. Gives
    /// the answer when it has ended, or when it was a refusal.
    ///
    /// # Errors
    /// As for [`Transport::exchange`]; the stream broke.
    fn listen<'a>(
        &'a self,
        request: Outgoing,
        heard: &'a mut (dyn FnMut(&[u8]) + Send),
    ) -> BoxFuture<'a, Result<Answered, SyncFailure>>;
}

/// Makes the transport to a server, once its address is known.
pub trait Network: Send + Sync {
    /// The way to the server at `address`; certificates are judged by `trusted` where the device's clock is wrong.
    ///
    /// # Errors
    /// [`SyncFailure::Local`]: the TLS or HTTP library cannot be set up.
    fn to(&self, address: &ServerAddress, trusted: &TrustedTime) -> Result<Arc<dyn Transport>, SyncFailure>;
}

/// The internet: TLS 1.3 to the server that the practice's certificate authority vouches for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Internet;

/// The same from one of this machine's own addresses: many devices on one machine are many to the server.
#[derive(Clone, Copy, Debug)]
pub struct InternetFrom(pub IpAddr);

impl Network for Internet {
    fn to(&self, address: &ServerAddress, trusted: &TrustedTime) -> Result<Arc<dyn Transport>, SyncFailure> {
        https(address, trusted, None)
    }
}

impl Network for InternetFrom {
    fn to(&self, address: &ServerAddress, trusted: &TrustedTime) -> Result<Arc<dyn Transport>, SyncFailure> {
        https(address, trusted, Some(self.0))
    }
}

fn https(
    address: &ServerAddress,
    trusted: &TrustedTime,
    source: Option<IpAddr>,
) -> Result<Arc<dyn Transport>, SyncFailure> {
    let local = |error: Box<dyn std::error::Error + Send + Sync>| SyncFailure::Local(error);
    let tls = client_config(address.ca, trusted.clone()).map_err(|error| local(error.into()))?;
    let http = Client::builder()
        .use_preconfigured_tls(tls)
        .https_only(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(Duration::from_secs(UNUSED_SECONDS))
        .local_address(source)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| local(error.into()))?;
    Ok(Arc::new(Https { http, url: address.url.clone() }))
}

#[derive(Debug)]
struct Https {
    http: Client,
    url: String,
}

impl Https {
    async fn begin(&self, request: Outgoing) -> Result<(Response, Answered), SyncFailure> {
        let patience = patience(request.body.len());
        let sent = self
            .http
            .request(request.method, format!("{}{}", self.url, request.path))
            .headers(request.headers)
            .body(request.body)
            .send();
        let answer = match timeout(patience, sent).await {
            Ok(answer) => answer.map_err(connection_failure)?,
            Err(elapsed) => return Err(SyncFailure::Unreachable(elapsed.into())),
        };
        let nonce = answer.headers().get(NONCE_HEADER).and_then(|value| value.to_str().ok());
        // Whoever is between may say it in the server's place; a date instead of seconds nobody of ours sends.
        let retry_after =
            answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let answered = Answered {
            status: answer.status().as_u16(),
            nonce: nonce.map(str::to_owned),
            retry_after,
            body: Vec::new(),
            whole: false,
        };
        Ok((answer, answered))
    }
}

impl Transport for Https {
    fn exchange(&self, request: Outgoing) -> BoxFuture<'_, Result<Answered, SyncFailure>> {
        Box::pin(async {
            let (answer, answered) = self.begin(request).await?;
            Ok(collected(answer, answered).await)
        })
    }

    fn listen<'a>(
        &'a self,
        request: Outgoing,
        heard: &'a mut (dyn FnMut(&[u8]) + Send),
    ) -> BoxFuture<'a, Result<Answered, SyncFailure>> {
        Box::pin(async {
            // The connection itself is asked for: HTTP around the lines would cost the server 30 KB for each device.
            let mut request = request;
            request.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            request.headers.insert(UPGRADE, HeaderValue::from_static(EVENTS_UPGRADE));
            let (answer, answered) = self.begin(request).await?;
            if answered.status != StatusCode::SWITCHING_PROTOCOLS.as_u16() {
                return Ok(collected(answer, answered).await);
            }
            let mut stream = answer.upgrade().await.map_err(connection_failure)?;
            let mut lines = [0_u8; 256];
            loop {
                match timeout(SILENCE, stream.read(&mut lines)).await {
                    Ok(Ok(0)) => return Ok(Answered { whole: true, ..answered }),
                    Ok(Ok(read)) => heard(&lines[..read]),
                    Ok(Err(_)) | Err(_) => return Err(SyncFailure::Incomplete),
                }
            }
        })
    }
}

/// The answer with its body as far as it came: what arrived before a cut may be worth keeping.
async fn collected(mut answer: Response, mut answered: Answered) -> Answered {
    loop {
        match timeout(SILENCE, answer.chunk()).await {
            Ok(Ok(Some(chunk))) => answered.body.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Answered { whole: true, ..answered },
            Ok(Err(_)) | Err(_) => return answered,
        }
    }
}

fn connection_failure(error: reqwest::Error) -> SyncFailure {
    if is_about_certificate(&error) {
        SyncFailure::NotOurServer(error.into())
    } else {
        SyncFailure::Unreachable(error.into())
    }
}

/// Whether a wrong certificate is behind a failure, however deep. An [`std::io::Error`] gives as its source that of its
/// content and passes over the content itself, which may be another one.
fn is_about_certificate(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return matches!(tls, rustls::Error::InvalidCertificate(_));
    }
    let content = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    content.is_some_and(|content| is_about_certificate(content))
        || cause.source().is_some_and(is_about_certificate)
}
