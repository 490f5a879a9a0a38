//! The application: one profile, locked or open.

use crate::api::view::StatusView;
use crate::api::{ApiError, Code};
use crate::edge::{Edge, Surroundings};
use mentalspace_crypto::password::Argon2Params;
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_store::Store;
use mentalspace_store::profile::{
    DeviceSecrets, LeaseWatch, Profile, SecretFiles, SecretPlace, SecretService,
};
use mentalspace_sync::connection::{Connection, Credentials};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use zeroize::Zeroizing;

/// Where the profile is, and what it costs to open it.
#[derive(Clone, Debug)]
pub struct DesktopConfig {
    /// The profile's directory.
    pub profile: PathBuf,
    /// Where a device secret in a file would be; never inside the profile.
    pub secrets: PathBuf,
    /// Cost of the key derivation for new profiles.
    pub kdf: Argon2Params,
}

impl DesktopConfig {
    /// A profile in `profile`, secrets in files (where a practice allows that) in `secrets`.
    #[must_use]
    pub const fn from_directories(profile: PathBuf, secrets: PathBuf) -> Self {
        Self { profile, secrets, kdf: Argon2Params::DEVICE }
    }
}

/// Something that whoever shows the application should know.
#[derive(Clone, Debug)]
pub enum AppEvent {
    /// What these cache tags stand for has changed.
    Changed {
        /// The tags.
        tags: Vec<String>,
    },
    /// The sync status changed.
    Status(Box<StatusView>),
    /// The device is about to be locked: what is being typed should be saved now.
    Locking,
    /// The device was locked.
    Locked,
}

/// What the last tries to sync came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct SyncState {
    pub online: bool,
    pub running: bool,
    pub message: Option<String>,
    pub alarm: bool,
    /// What is wrong with the practice's log, as the last hello showed it.
    pub log: Option<&'static str>,
    pub sign_in_needed: bool,
}

/// An open profile.
pub(crate) struct Open {
    pub store: Arc<Store>,
    pub profile: Mutex<Profile>,
    pub place: SecretPlace,
    pub connection: Connection,
    pub credentials: RwLock<Arc<Credentials>>,
    pub lease_watch: Mutex<LeaseWatch>,
    /// Kept only until the first sync has shown whether the server wants it.
    pub password: Mutex<Option<Zeroizing<String>>>,
    pub sync: Mutex<SyncState>,
    /// The charts of notes that were opened: whoever has one open may finish her save when the chart is gone.
    pub opened: Mutex<HashMap<NoteId, ClientId>>,
    /// Whether something was set aside on the way that could not be read to its end, when this device looked at it for the last
    /// time. It stays so where the erasure behind that has to be tried again.
    pub in_part_unread: AtomicBool,
    /// One sync at a time.
    pub syncing: tokio::sync::Mutex<()>,
    /// The last field, so the last to be dropped: once it is gone, the store is closed and its lock free.
    pub in_hand: Arc<()>,
}

/// How far a device whose access has ended has come.
#[derive(Clone, Default)]
pub(crate) enum Leaving {
    /// It has its access, as far as is known here.
    #[default]
    No,
    /// Locked; what is written here has still to be sent.
    Sending(Arc<Open>),
    /// Everything was sent and erased. With what to say of it.
    Erased(&'static str),
}

/// The application.
pub struct Desktop {
    pub(crate) config: DesktopConfig,
    pub(crate) edge: Edge,
    open: RwLock<Option<Arc<Open>>>,
    pub(crate) leaving: Mutex<Leaving>,
    events: broadcast::Sender<AppEvent>,
    /// Wakes the sync actor.
    pub(crate) wake: Notify,
    /// Told at locking: whoever holds the open profile lets go of it.
    pub(crate) locked: Notify,
    /// Whether a call has met damage in the profile's file since it was repaired last.
    pub(crate) damaged: AtomicBool,
    /// One import at a time: of two at once each would create what the other does.
    pub(crate) importing: tokio::sync::Mutex<()>,
    /// The profile that was locked last, for as long as somebody holds it.
    closing: Mutex<Weak<()>>,
}

impl std::fmt::Debug for Desktop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desktop")
    }
}

impl Desktop {
    /// The application over a profile directory; nothing is opened yet.
    ///
    /// # Errors
    /// None today; the signature leaves room for a configuration that cannot be used.
    pub fn new(config: DesktopConfig) -> Result<Arc<Self>, ApiError> {
        Self::within(config, Surroundings::of_this_machine())
    }

    /// The same within surroundings of the caller's.
    ///
    /// # Errors
    /// As for [`Desktop::new`].
    pub fn within(config: DesktopConfig, surroundings: Surroundings) -> Result<Arc<Self>, ApiError> {
        Ok(Arc::new(Self {
            config,
            edge: Edge::new(surroundings),
            open: RwLock::new(None),
            leaving: Mutex::new(Leaving::No),
            events: broadcast::channel(256).0,
            wake: Notify::new(),
            locked: Notify::new(),
            damaged: AtomicBool::new(false),
            importing: tokio::sync::Mutex::new(()),
            closing: Mutex::new(Weak::new()),
        }))
    }

    /// Events from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<AppEvent> {
        self.events.subscribe()
    }

    /// Whether anybody hears what is told.
    pub(crate) fn is_heard(&self) -> bool {
        self.events.receiver_count() > 0
    }

    pub(crate) fn tell(&self, event: AppEvent) {
        // Nobody listening is nobody to tell.
        let _ = self.events.send(event);
    }

    pub(crate) fn changed(&self, tags: &[&str]) {
        self.tell(AppEvent::Changed { tags: tags.iter().map(|&tag| tag.to_owned()).collect() });
    }

    /// Whether a profile is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The open profile.
    ///
    /// # Errors
    /// [`Code::Locked`].
    pub(crate) fn open(&self) -> Result<Arc<Open>, ApiError> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(ApiError::locked)
    }

    pub(crate) fn set_open(&self, open: Option<Arc<Open>>) -> Option<Arc<Open>> {
        std::mem::replace(&mut *self.open.write().unwrap_or_else(PoisonError::into_inner), open)
    }

    /// Locks: keys and plaintext of the store are gone from this process once running reads have ended. What was
    /// being typed is complete and durable.
    pub fn lock(&self) {
        if let Some(open) = self.set_open(None) {
            let _ = open.store.pause_typing();
            self.will_let_go(&open);
            crate::session::keep_lease_time(&open, self.edge.steady());
            self.locked.notify_waiters();
            self.tell(AppEvent::Locked);
        }
    }

    /// The profile is not open any more, or never was, and whoever works with it has to end before it is opened again.
    pub(crate) fn will_let_go(&self, open: &Open) {
        *held(&self.closing) = Arc::downgrade(&open.in_hand);
    }

    /// Waits, at most for `patience`, until whoever was still reading or syncing at locking has let go of the profile,
    /// and says whether they have. A process that ends before has SQLCipher's memory taken from under their hands.
    pub async fn has_let_go(&self, patience: Duration) -> bool {
        let closing = held(&self.closing).clone();
        let gone = async {
            let mut looks = tokio::time::interval(Duration::from_millis(5));
            while closing.strong_count() > 0 {
                looks.tick().await;
            }
        };
        tokio::time::timeout(patience, gone).await.is_ok()
    }

    pub(crate) fn secrets(&self, place: SecretPlace) -> Box<dyn DeviceSecrets> {
        match place {
            SecretPlace::Keyring => Box::new(SecretService),
            SecretPlace::File => Box::new(SecretFiles::new(self.config.secrets.clone())),
        }
    }

    /// A call has met damage in the profile's file: the lock offers to repair it from now on.
    pub(crate) fn met_damage(&self) {
        if !self.damaged.swap(true, Ordering::Relaxed) {
            self.changed(&["profile"]);
        }
    }

    /// Refuses where a profile is open already.
    pub(crate) fn require_closed(&self) -> Result<(), ApiError> {
        if self.is_open() {
            return Err(ApiError::new(Code::InUse, "This device is unlocked already. Nothing was changed."));
        }
        Ok(())
    }
}

/// A lock whose holder cannot have left anything half done.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what takes a second of calculation without holding up anybody else.
pub(crate) async fn calculate<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ApiError::internal())?
}
