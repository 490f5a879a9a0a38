//! What a device does whose access has ended: the last words are saved and sent, and only then it erases itself.

use crate::api::{ApiError, Code};
use crate::desktop::{AppEvent, Desktop, Leaving, Open, held};
use crate::session::credentials;
use mentalspace_protocol::verify::PurgeAckRequest;
use mentalspace_store::profile::{LeaseRecord, Profile};
use mentalspace_store::{MetaKey, Store};
use mentalspace_sync::connection::Session;
use mentalspace_sync::engine::Engine;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How long the window has to save what is being typed. More than at an ordinary lock, behind which the window keeps what it
/// could not save: here nobody unlocks it any more. A window that is there locks as soon as it has saved.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of everything, for a person.
const ERASED: &str = "Your practice has ended this device's access. What you had written was sent, and waits at your practice for somebody who holds the chart. Everything was erased from this device.";

/// The same, where something was set aside on the way that nobody could read to its end.
const ERASED_IN_PART_UNREAD: &str = "Your practice has ended this device's access. What you had written was sent as far as this computer's disk gave it, and waits at your practice for somebody who holds the chart. A damaged file in which more may have been could not be read or taken over. Everything was erased from this device. If you wrote something here shortly before the damage, tell your administrator.";

const SENDING: &str = "Your practice has ended this device's access, so it is locked. What you wrote is safe here and still has to be sent; after that everything is erased from this device. Stay connected to the internet.";

/// What a person should know of an access that has ended.
pub(crate) fn words(desktop: &Desktop) -> Option<String> {
    match &*held(&desktop.leaving) {
        Leaving::No => None,
        Leaving::Sending(_) => Some(SENDING.to_owned()),
        Leaving::Erased(words) => Some((*words).to_owned()),
    }
}

/// Writes down that the practice has ended this device's access, before anything else is done about it: the process may end
/// before the device has left, or the network go away, and the next start goes on leaving and opens nothing. Where it cannot
/// be written the device leaves all the same, and only if it does not get that far has to hear it again.
pub(crate) fn heard(open: &Open) {
    let taken_away = |held: Option<LeaseRecord>| held.map(LeaseRecord::taken_away);
    let _ = open.store.change_meta(MetaKey::Lease, taken_away);
}

/// Whether that stands here. A newer lease takes it back, such as a server gives that was restored to an earlier state.
pub(crate) fn has_heard(store: &Store) -> Result<bool, ApiError> {
    let lease: Option<LeaseRecord> = store.meta(MetaKey::Lease)?;
    Ok(lease.is_some_and(|lease| lease.ended))
}

/// A device that has heard before that its access has ended, or whose sign-in has brought no lease that runs: it is not
/// opened for that. Gives what to say.
pub(crate) fn unopened(desktop: &Desktop, open: Arc<Open>) -> ApiError {
    desktop.will_let_go(&open);
    *held(&desktop.leaving) = Leaving::Sending(open);
    desktop.changed(&["profile"]);
    desktop.wake.notify_one();
    sending()
}

/// What is said where a device still has to send what was written on it.
pub(crate) fn sending() -> ApiError {
    ApiError::new(Code::NotAllowed, SENDING)
}

/// An open device whose sign-in was answered with the end of its access leaves. Gives what to say.
pub(crate) async fn at_sign_in(desktop: &Desktop, open: &Arc<Open>) -> ApiError {
    let left = leave(desktop, open).await;
    // What could not be sent is tried again.
    desktop.wake.notify_one();
    ApiError::new(Code::NotAllowed, left.unwrap_or(SENDING))
}

/// Takes up what could not be sent before, if there is such a thing. Where that fails it has to be tried once more.
pub(crate) async fn again(desktop: &Desktop) -> Option<Result<&'static str, ApiError>> {
    let open = match &*held(&desktop.leaving) {
        Leaving::Sending(open) => Arc::clone(open),
        Leaving::No | Leaving::Erased(_) => return None,
    };
    Some(leave(desktop, &open).await)
}

/// The device was revoked. Words that are still being typed are saved, the device is locked, what has not been sent is
/// sent, and only when nothing unsent is left everything is erased. Gives what to say of it.
///
/// # Errors
/// Something could not be sent: the device stays locked, and everything is kept for the next try.
pub(crate) async fn leave(desktop: &Desktop, open: &Arc<Open>) -> Result<&'static str, ApiError> {
    finish_typing(desktop).await;
    let one_at_a_time = open.syncing.lock().await;
    let there = Profile::label(&desktop.config.profile);
    if there.is_ok_and(|label| label.is_none_or(|label| label.device != held(&open.profile).device())) {
        // Another call that heard of the same revocation has done it, and this computer may be somebody's device again.
        return Ok(last_words(open));
    }
    desktop.lock();
    *held(&desktop.leaving) = Leaving::Sending(Arc::clone(open));
    if let Err(error) = hand_over(desktop, open).await {
        desktop.changed(&["profile"]);
        return Err(error);
    }
    let secrets = desktop.secrets(open.place);
    // Both halves of the key are the first to go: what could not be removed after them opens no more. Where the first of
    // them stays, it is tried again, and nothing is called erased.
    let shredded = held(&open.profile).shred(&*secrets);
    if let Err(error) = shredded
        && !matches!(Profile::label(&desktop.config.profile), Ok(None))
    {
        desktop.changed(&["profile"]);
        return Err(error.into());
    }
    *held(&desktop.leaving) = Leaving::Erased(last_words(open));
    drop(one_at_a_time);
    desktop.changed(&["profile"]);
    let credentials = credentials(open);
    let in_part_unread = open.in_part_unread.load(Ordering::Relaxed);
    let ack = PurgeAckRequest { bucket: None, rows: 0, at: desktop.edge.now(), in_part_unread };
    // The server records the erasure if it can be told; the erasure does not wait for that.
    let _ = Session::new(&open.connection, &credentials).purge_ack(&ack).await;
    Ok(last_words(open))
}

fn last_words(open: &Open) -> &'static str {
    if open.in_part_unread.load(Ordering::Relaxed) { ERASED_IN_PART_UNREAD } else { ERASED }
}

/// Gives the window a moment to save what is being typed. It locks the device by itself when it has.
pub(crate) async fn finish_typing(desktop: &Desktop) {
    if !desktop.is_open() || !desktop.is_heard() {
        return;
    }
    let mut events = desktop.subscribe();
    desktop.tell(AppEvent::Locking);
    let locked = async {
        while desktop.is_open() {
            if matches!(events.recv().await, Ok(AppEvent::Locked) | Err(RecvError::Closed)) {
                return;
            }
        }
    };
    // A window that does not answer is locked all the same.
    let _ = tokio::time::timeout(PATIENCE, locked).await;
}

/// Sends until nothing is left that the server has not taken.
async fn hand_over(desktop: &Desktop, open: &Arc<Open>) -> Result<(), ApiError> {
    if open.store.last_look()? {
        open.in_part_unread.store(true, Ordering::Relaxed);
    }
    let edge = desktop.edge.clone();
    let clock = move || edge.now();
    loop {
        // What a call that began before the lock was still writing is complete too.
        open.store.pause_typing()?;
        let credentials = credentials(open);
        let session = Session::new(&open.connection, &credentials);
        Engine::new(&open.store, session, &clock, Vec::new()).hand_over().await?;
        if open.store.end_writing()? {
            return Ok(());
        }
    }
}
