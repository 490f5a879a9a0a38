//! One device's connection to its practice's server.

use crate::failure::SyncFailure;
use crate::paging::Paging;
use crate::stream::{self, Pulled};
use crate::tls::{TrustedTime, client_config};
use mentalspace_crypto::digest::Sha256;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_domain::ids::DeviceId;
use mentalspace_protocol::error::{ErrorBody, ErrorCode};
use mentalspace_protocol::proof::{self, DEVICE_HEADER, NONCE_HEADER, PROOF_HEADER};
use mentalspace_protocol::pull::PullRequest;
use mentalspace_protocol::push::{PushAnswer, PushRequest};
use mentalspace_protocol::session::{
    ChangePasswordRequest, DeviceListed, HelloAnswer, HelloRequest, RevokeDeviceRequest, SignInAnswer,
    SignInRequest,
};
use mentalspace_protocol::verify::{PurgeAckRequest, VerifyAnswer, VerifyRequest};
use mentalspace_protocol::{
    EVENTS_UPGRADE, PROTOCOL_HEADER, PROTOCOL_VERSION, SCHEMA_HEADER, SCHEMA_VERSION, path,
};
use reqwest::header::{CONNECTION, RETRY_AFTER, UPGRADE};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// Bodies above this many bytes are compressed.
const COMPRESS_ABOVE: usize = 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Without a byte for this long, the path is taken for dead (a black hole drops large frames only).
const SILENCE: Duration = Duration::from_secs(20);

/// Where the practice's server is and how it proves itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ServerAddress {
    /// `https://host:port`.
    pub url: String,
    /// SHA-256 of the certificate authority's certificate.
    pub ca: Sha256,
}

/// A connection without an identity: enough to enrol.
#[derive(Debug)]
pub struct Connection {
    http: Client,
    address: ServerAddress,
    nonce: Mutex<String>,
    trusted: TrustedTime,
    paging: Paging,
    /// Keeps the request ids of two runs of the program apart.
    instance: u64,
    requests: AtomicU64,
}

/// Who speaks: the device, its token, and the key that proves possession of it.
#[derive(Debug)]
pub struct Credentials {
    /// The device.
    pub device: DeviceId,
    /// The bearer token.
    pub token: String,
    /// The device's key.
    pub key: SigningKey,
}

impl Connection {
    /// Prepares a connection; nothing is sent yet. `instance` is random: no two runs of the program share it.
    ///
    /// # Errors
    /// The TLS or HTTP library cannot be set up.
    pub fn new(address: ServerAddress, instance: u64) -> Result<Self, SyncFailure> {
        Self::from(address, instance, None)
    }

    /// The same from one of this machine's own addresses: many devices on one machine are many to the server.
    ///
    /// # Errors
    /// As [`Connection::new`].
    pub fn from(address: ServerAddress, instance: u64, source: Option<IpAddr>) -> Result<Self, SyncFailure> {
        let local = |error: Box<dyn std::error::Error + Send + Sync>| SyncFailure::Local(error);
        let trusted = TrustedTime::default();
        let tls = client_config(address.ca, trusted.clone()).map_err(|error| local(error.into()))?;
        let http = Client::builder()
            .use_preconfigured_tls(tls)
            .https_only(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE)
            .local_address(source)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| local(error.into()))?;
        Ok(Self {
            http,
            address,
            nonce: Mutex::new("none".to_owned()),
            trusted,
            paging: Paging::default(),
            instance,
            requests: AtomicU64::new(0),
        })
    }

    /// The newest server-signed time is known to the certificate check, so that a wrong clock does not cut this
    /// device off.
    #[must_use]
    pub const fn trusted_time(&self) -> &TrustedTime {
        &self.trusted
    }

    /// Sends a request that needs no identity.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn anonymous<A: DeserializeOwned>(
        &self,
        path: &str,
        request: &(impl Serialize + Sync),
    ) -> Result<A, SyncFailure> {
        let answer = self.send(Method::POST, path, encode(request)?, None).await?;
        parse(&body(answer).await?)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        json: Vec<u8>,
        credentials: Option<&Credentials>,
    ) -> Result<Response, SyncFailure> {
        let compressed = json.len() > COMPRESS_ABOVE;
        let bytes = if compressed {
            zstd::encode_all(json.as_slice(), 1).map_err(|error| SyncFailure::Local(error.into()))?
        } else {
            json
        };
        let mut stale_once = false;
        loop {
            let mut request = self
                .http
                .request(method.clone(), format!("{}{path}", self.address.url))
                .header(PROTOCOL_HEADER, PROTOCOL_VERSION)
                .header(SCHEMA_HEADER, SCHEMA_VERSION);
            if method == Method::POST {
                request = request.header("content-type", "application/json");
                if compressed {
                    request = request.header("content-encoding", "zstd");
                }
            }
            if path == path::EVENTS {
                request = request.header(CONNECTION, "upgrade").header(UPGRADE, EVENTS_UPGRADE);
            }
            if let Some(credentials) = credentials {
                let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let device = credentials.device.to_string();
                let request_id =
                    format!("{:016x}-{}", self.instance, self.requests.fetch_add(1, Ordering::Relaxed));
                let proof = proof::header(
                    &proof::Request {
                        method: method.as_str(),
                        path_and_query: path,
                        body: &bytes,
                        token: &credentials.token,
                        nonce: &nonce,
                        request_id: &request_id,
                        issued_at: 0,
                    },
                    &credentials.key,
                )
                .map_err(|error| SyncFailure::Local(error.into()))?;
                request = request
                    .bearer_auth(&credentials.token)
                    .header(DEVICE_HEADER, device)
                    .header(PROOF_HEADER, proof);
            }
            let answer = request.body(bytes.clone()).send().await.map_err(connection_failure)?;
            if let Some(nonce) = answer.headers().get(NONCE_HEADER).and_then(|value| value.to_str().ok()) {
                nonce.clone_into(&mut self.nonce.lock().unwrap_or_else(PoisonError::into_inner));
            }
            if answer.status().is_success() || answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                return Ok(answer);
            }
            let refusal = refusal(answer).await;
            if refusal.code() == Some(ErrorCode::StaleNonce) && !stale_once {
                stale_once = true;
                continue;
            }
            return Err(refusal);
        }
    }
}

/// A connection that speaks for an enrolled device.
#[derive(Debug)]
pub struct Session<'a> {
    connection: &'a Connection,
    credentials: &'a Credentials,
}

impl<'a> Session<'a> {
    /// Speaks over `connection` as `credentials` say.
    #[must_use]
    pub const fn new(connection: &'a Connection, credentials: &'a Credentials) -> Self {
        Self { connection, credentials }
    }

    async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        request: &(impl Serialize + Sync),
    ) -> Result<A, SyncFailure> {
        let answer =
            self.connection.send(Method::POST, path, encode(request)?, Some(self.credentials)).await?;
        parse(&body(answer).await?)
    }

    /// How many rows to ask for at a time on this connection.
    #[must_use]
    pub const fn paging(&self) -> &'a Paging {
        &self.connection.paging
    }

    /// Says hello.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn hello(&self, request: &HelloRequest) -> Result<HelloAnswer, SyncFailure> {
        self.post(path::HELLO, request).await
    }

    /// Pushes a batch.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn push(&self, request: &PushRequest) -> Result<PushAnswer, SyncFailure> {
        self.post(path::PUSH, request).await
    }

    /// Pulls what is new. A cut answer gives its whole pages.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn pull(&self, request: &PullRequest) -> Result<Pulled, SyncFailure> {
        let mut answer =
            self.connection.send(Method::POST, path::PULL, encode(request)?, Some(self.credentials)).await?;
        let mut bytes = Vec::new();
        // What arrived before a cut is whole pages and is worth keeping.
        while let Ok(Some(chunk)) = answer.chunk().await {
            bytes.extend_from_slice(&chunk);
        }
        stream::read(&bytes)
    }

    /// Asks for the identities and hashes of a bucket's rows.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn verify(&self, request: &VerifyRequest) -> Result<VerifyAnswer, SyncFailure> {
        self.post(path::VERIFY, request).await
    }

    /// Acknowledges that a bucket, or everything, was erased.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn purge_ack(&self, request: &PurgeAckRequest) -> Result<(), SyncFailure> {
        self.connection
            .send(Method::POST, path::PURGE_ACK, encode(request)?, Some(self.credentials))
            .await
            .map(drop)
    }

    /// Signs in with the password: a new token and lease.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn sign_in(&self, request: &SignInRequest) -> Result<SignInAnswer, SyncFailure> {
        self.post(path::SIGN_IN, request).await
    }

    /// Changes the password on the server.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn change_password(&self, request: &ChangePasswordRequest) -> Result<(), SyncFailure> {
        self.connection
            .send(Method::POST, path::CHANGE_PASSWORD, encode(request)?, Some(self.credentials))
            .await
            .map(drop)
    }

    /// The caller's devices.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn devices(&self) -> Result<Vec<DeviceListed>, SyncFailure> {
        let answer =
            self.connection.send(Method::GET, path::DEVICES, Vec::new(), Some(self.credentials)).await?;
        parse(&body(answer).await?)
    }

    /// Revokes a device.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn revoke(&self, request: &RevokeDeviceRequest) -> Result<(), SyncFailure> {
        self.connection
            .send(Method::POST, path::REVOKE_DEVICE, encode(request)?, Some(self.credentials))
            .await
            .map(drop)
    }

    /// Waits for pokes: `woken` is called for each. Ends when the stream ends.
    ///
    /// # Errors
    /// See [`SyncFailure`]. Without a sign of life for twenty seconds the path is taken for dead.
    pub async fn events(&self, mut woken: impl FnMut() + Send) -> Result<(), SyncFailure> {
        let answer =
            self.connection.send(Method::GET, path::EVENTS, Vec::new(), Some(self.credentials)).await?;
        let mut stream = answer.upgrade().await.map_err(SyncFailure::Unreachable)?;
        let mut lines = [0_u8; 256];
        loop {
            match tokio::time::timeout(SILENCE, stream.read(&mut lines)).await {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(read)) => {
                    if lines[..read].windows(5).any(|window| window == b"data:") {
                        woken();
                    }
                }
                Ok(Err(_)) | Err(_) => return Err(SyncFailure::Incomplete),
            }
        }
    }
}

fn encode(request: &impl Serialize) -> Result<Vec<u8>, SyncFailure> {
    serde_json::to_vec(request).map_err(|error| SyncFailure::Local(error.into()))
}

async fn body(answer: Response) -> Result<Vec<u8>, SyncFailure> {
    answer.bytes().await.map(|bytes| bytes.to_vec()).map_err(|_| SyncFailure::Incomplete)
}

fn parse<A: DeserializeOwned>(bytes: &[u8]) -> Result<A, SyncFailure> {
    serde_json::from_slice(bytes).map_err(|_| SyncFailure::Incomplete)
}

fn connection_failure(error: reqwest::Error) -> SyncFailure {
    if is_about_certificate(&error) {
        SyncFailure::NotOurServer(error)
    } else {
        SyncFailure::Unreachable(error)
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

async fn refusal(answer: Response) -> SyncFailure {
    let status = answer.status();
    // Whoever is between may say it in the server's place; a date instead of seconds nobody of ours sends.
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let Ok(bytes) = answer.bytes().await else { return SyncFailure::Incomplete };
    let body = serde_json::from_slice::<ErrorBody>(&bytes).unwrap_or_else(|_| ErrorBody {
        // Something between device and server answered in the server's place.
        code: if status == StatusCode::UNAUTHORIZED { ErrorCode::Unauthenticated } else { ErrorCode::Busy },
        message: "The server could not answer. Your work is safe on this device and syncs by itself later."
            .to_owned(),
        field_errors: Vec::new(),
        retryable: true,
        incident: None,
        position: None,
        retry_after: None,
    });
    SyncFailure::Refused(Box::new(ErrorBody { retry_after, ..body }))
}
