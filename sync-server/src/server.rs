//! What every part of the server has in hand.

use crate::clerk::Waiting;
use crate::clock::Clock;
use crate::db::Database;
use crate::http::failure::{Failure, Outcome};
use crate::pokes::Pokes;
use crate::sealing::Sealing;
use crate::sync::contacts::Contacts;
use chrono::{DateTime, SubsecRound as _, Utc};
use mentalspace_crypto::Randomness;
use mentalspace_crypto::keywrap::KeyEncryptionKey;
use mentalspace_crypto::randomness::random_bytes;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use uuid::Uuid;

/// The server: its database, its keys, its clock and its source of randomness. It holds no state that another server
/// beside it would have to know.
pub struct Server {
    /// PostgreSQL.
    pub db: Database,
    /// Keys.
    pub sealing: Sealing,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub randomness: Arc<dyn Randomness>,
    /// Who listens.
    pub pokes: Pokes,
    /// Who was here lately, not yet written down.
    pub contacts: Contacts,
    /// Where the clerk has something to do.
    pub clerk: Waiting,
    /// Hellos of devices that have seen a later head of the log than this server has: it was set back.
    pub behind: AtomicU64,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("db", &self.db).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Server {
    /// A server over this database, with keys under this key-encryption key.
    #[must_use]
    pub fn new(
        db: Database,
        wrapping: KeyEncryptionKey,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            db,
            sealing: Sealing::new(wrapping),
            clock,
            randomness,
            pokes: Pokes::default(),
            contacts: Contacts::default(),
            clerk: Waiting::default(),
            behind: AtomicU64::new(0),
        }
    }

    /// The instant now, in whole microseconds: PostgreSQL keeps no finer, and what is signed must read back alike.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }

    /// A new identifier, UUIDv7 of this clock and this randomness.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new_id(&self) -> Outcome<Uuid> {
        let random = random_bytes::<10>(&*self.randomness).map_err(Failure::internal)?;
        let milliseconds = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        Ok(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
    }
}
