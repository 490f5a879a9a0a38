//! One device's connection to its practice's server.

use crate::failure::SyncFailure;
use crate::paging::Paging;
use crate::stream::{self, Pulled};
use crate::tls::TrustedTime;
use crate::transport::{Answered, Network, Outgoing, Transport};
use mentalspace_crypto::digest::Sha256;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_domain::ids::DeviceId;
use mentalspace_protocol::error::{ErrorBody, ErrorCode};
use mentalspace_protocol::proof::{self, DEVICE_HEADER, PROOF_HEADER};
use mentalspace_protocol::pull::PullRequest;
use mentalspace_protocol::push::{PushAnswer, PushRequest};
use mentalspace_protocol::session::{
    ChangePasswordRequest, DeviceListed, HelloAnswer, HelloRequest, RevokeDeviceRequest, SignInAnswer,
    SignInRequest,
};
use mentalspace_protocol::verify::{PurgeAckRequest, VerifyAnswer, VerifyRequest};
use mentalspace_protocol::{PROTOCOL_HEADER, PROTOCOL_VERSION, SCHEMA_HEADER, SCHEMA_VERSION, path};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bodies above this many bytes are compressed.
const COMPRESS_ABOVE: usize = 1024;

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
    transport: Arc<dyn Transport>,
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
    /// Prepares a connection over `network`; nothing is sent yet. `instance` is random: no two runs of the program
    /// share it.
    ///
    /// # Errors
    /// The TLS or HTTP library cannot be set up.
    pub fn new(network: &dyn Network, address: &ServerAddress, instance: u64) -> Result<Self, SyncFailure> {
        let trusted = TrustedTime::default();
        Ok(Self {
            transport: network.to(address, &trusted)?,
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
        parse(&answer)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        json: Vec<u8>,
        credentials: Option<&Credentials>,
    ) -> Result<Answered, SyncFailure> {
        let compressed = json.len() > COMPRESS_ABOVE;
        let bytes = if compressed {
            zstd::encode_all(json.as_slice(), 1).map_err(|error| SyncFailure::Local(error.into()))?
        } else {
            json
        };
        let mut again = true;
        loop {
            let request = self.request(&method, path, &bytes, compressed, credentials)?;
            let answer = self.transport.exchange(request).await?;
            match self.judged(answer) {
                Err(refusal) if again && refusal.code() == Some(ErrorCode::StaleNonce) => again = false,
                judged => return judged,
            }
        }
    }

    /// A request with everything that it is proven by.
    fn request(
        &self,
        method: &Method,
        path: &str,
        bytes: &[u8],
        compressed: bool,
        credentials: Option<&Credentials>,
    ) -> Result<Outgoing, SyncFailure> {
        let mut headers = HeaderMap::new();
        put(&mut headers, HeaderName::from_static(PROTOCOL_HEADER), &PROTOCOL_VERSION.to_string())?;
        put(&mut headers, HeaderName::from_static(SCHEMA_HEADER), &SCHEMA_VERSION.to_string())?;
        if method == Method::POST {
            put(&mut headers, CONTENT_TYPE, "application/json")?;
            if compressed {
                put(&mut headers, CONTENT_ENCODING, "zstd")?;
            }
        }
        if let Some(credentials) = credentials {
            let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let request_id =
                format!("{:016x}-{}", self.instance, self.requests.fetch_add(1, Ordering::Relaxed));
            let proof = proof::header(
                &proof::Request {
                    method: method.as_str(),
                    path_and_query: path,
                    body: bytes,
                    token: &credentials.token,
                    nonce: &nonce,
                    request_id: &request_id,
                    issued_at: 0,
                },
                &credentials.key,
            )
            .map_err(|error| SyncFailure::Local(error.into()))?;
            put(&mut headers, AUTHORIZATION, &format!("Bearer {}", credentials.token))?;
            put(&mut headers, HeaderName::from_static(DEVICE_HEADER), &credentials.device.to_string())?;
            put(&mut headers, HeaderName::from_static(PROOF_HEADER), &proof)?;
        }
        Ok(Outgoing { method: method.clone(), path: path.to_owned(), headers, body: bytes.to_vec() })
    }

    /// Keeps the nonce of an answer, and tells a refusal from the rest.
    fn judged(&self, answer: Answered) -> Result<Answered, SyncFailure> {
        if let Some(nonce) = &answer.nonce {
            nonce.clone_into(&mut self.nonce.lock().unwrap_or_else(PoisonError::into_inner));
        }
        if answer.succeeded() { Ok(answer) } else { Err(refusal(&answer)) }
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), SyncFailure> {
    let value = HeaderValue::from_str(value).map_err(|error| SyncFailure::Local(error.into()))?;
    headers.insert(name, value);
    Ok(())
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
        parse(&answer)
    }

    /// How much to ask for, and to hand over, at a time on this connection.
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
        let answer =
            self.connection.send(Method::POST, path::PULL, encode(request)?, Some(self.credentials)).await?;
        // What arrived before a cut is whole pages and is worth keeping.
        stream::read(&answer.body)
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
        parse(&answer)
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
    /// See [`SyncFailure`].
    pub async fn events(&self, mut woken: impl FnMut() + Send) -> Result<(), SyncFailure> {
        let connection = self.connection;
        let mut heard = |chunk: &[u8]| {
            if chunk.windows(5).any(|window| window == b"data:") {
                woken();
            }
        };
        let mut again = true;
        loop {
            let request =
                connection.request(&Method::GET, path::EVENTS, &[], false, Some(self.credentials))?;
            let answer = connection.transport.listen(request, &mut heard).await?;
            match connection.judged(answer) {
                Err(refusal) if again && refusal.code() == Some(ErrorCode::StaleNonce) => again = false,
                judged => return judged.map(drop),
            }
        }
    }
}

fn encode(request: &impl Serialize) -> Result<Vec<u8>, SyncFailure> {
    serde_json::to_vec(request).map_err(|error| SyncFailure::Local(error.into()))
}

fn parse<A: DeserializeOwned>(answer: &Answered) -> Result<A, SyncFailure> {
    if !answer.whole {
        return Err(SyncFailure::Incomplete);
    }
    serde_json::from_slice(&answer.body).map_err(|_| SyncFailure::Incomplete)
}

fn refusal(answer: &Answered) -> SyncFailure {
    if !answer.whole {
        return SyncFailure::Incomplete;
    }
    let body = serde_json::from_slice::<ErrorBody>(&answer.body).unwrap_or_else(|_| ErrorBody {
        // Something between device and server answered in the server's place.
        code: if answer.status == StatusCode::UNAUTHORIZED {
            ErrorCode::Unauthenticated
        } else {
            ErrorCode::Busy
        },
        message: "The server could not answer. Your work is safe on this device and syncs by itself later."
            .to_owned(),
        field_errors: Vec::new(),
        retryable: true,
        incident: None,
        position: None,
        retry_after: None,
    });
    SyncFailure::Refused(Box::new(ErrorBody { retry_after: answer.retry_after, ..body }))
}
