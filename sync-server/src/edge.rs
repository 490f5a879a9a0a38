//! What the ways in have in hand beside the server itself.

use crate::Server;
use crate::auth::nonce::Nonces;
use crate::auth::passwords::Passwords;
use crate::auth::replays::Replays;
use crate::http::admission::Admission;
use crate::http::failure::{Failure, Outcome};
use crate::metrics::Metrics;
use mentalspace_crypto::Secret32;
use mentalspace_crypto::derive::{Purpose, derive};
use mentalspace_crypto::password::Argon2Params;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Devices that listen for events at once on one server.
const LISTENERS: usize = 10_000;

/// Keys the nonces; shared by all servers of an installation because it comes from their key-encryption key.
const NONCES: Purpose = Purpose::new("proof nonces");

/// The server with what guards the ways into it.
#[derive(Debug)]
pub struct Edge {
    /// The server itself.
    pub server: Server,
    /// Passwords.
    pub passwords: Passwords,
    /// Nonces for proofs.
    pub nonces: Nonces,
    /// Requests already seen.
    pub replays: Replays,
    /// Places for requests at work.
    pub admission: Admission,
    /// Places for listeners.
    pub listeners: Arc<Semaphore>,
    /// Whether the server is stopping: streams that would never end by themselves end then.
    pub stopping: watch::Sender<bool>,
    /// Counters.
    pub metrics: Metrics,
}

impl Edge {
    /// The ways into `server`, with keys derived from its key-encryption key's secret.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new(server: Server, secret: &Secret32, passwords: Argon2Params) -> Outcome<Self> {
        let pepper = derive(secret, Purpose::PASSWORD_PEPPER, b"");
        let passwords =
            Passwords::new(pepper, passwords, Arc::clone(&server.randomness)).map_err(Failure::internal)?;
        Ok(Self {
            passwords,
            nonces: Nonces::new(derive(secret, NONCES, b"").expose()),
            replays: Replays::default(),
            admission: Admission::default(),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
            stopping: watch::Sender::new(false),
            metrics: Metrics::default(),
            server,
        })
    }
}
