//! The sync actor: one for an application, woken by an edit, a poke, the network or the clock. It never holds up a
//! read.

use crate::desktop::{Desktop, held};
use crate::session::{credentials, keep_lease_time};
use crate::{leaving, status};
use mentalspace_sync::backoff::Backoff;
use mentalspace_sync::connection::Session;
use mentalspace_sync::engine::Extent;
use std::sync::Arc;
use std::time::Duration;

/// Without anything else, the server is asked this often.
const POLL: Duration = Duration::from_secs(60);
/// Edits that follow each other closely go together. Half as long again or half of it, by chance: a poke may reach the
/// devices of a whole practice, and they should not all ask in the same instant.
const GATHER: Duration = Duration::from_millis(800);

impl Desktop {
    /// Starts the sync actor on the current runtime. It ends with the application.
    pub fn start_background(self: &Arc<Self>) {
        let desktop = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut backoff = Backoff::default();
            let mut pokes: Option<tokio::task::JoinHandle<()>> = None;
            loop {
                let Some(desktop) = desktop.upgrade() else { return };
                // Before it is looked whether anything is open: a lock in between is not missed.
                let locked = desktop.locked.notified();
                let Ok(open) = desktop.open() else {
                    if let Some(listening) = pokes.take() {
                        listening.abort();
                    }
                    // The profile is not held on to while waiting: it may be unlocked again.
                    let again = leaving::again(&desktop).await.and_then(Result::err);
                    let again = again.map(|error| backoff.failed(error.wait, spread(&desktop)));
                    tokio::select! {
                        () = desktop.wake.notified() => {}
                        () = tokio::time::sleep(again.unwrap_or_default()), if again.is_some() => {}
                    }
                    continue;
                };
                let lease = keep_lease_time(&open, desktop.edge.steady());
                let unsent = open.store.outbox_len();
                let outcome = tokio::select! {
                    outcome = status::run(&desktop, &open, Extent::default()) => outcome,
                    // What was under way is taken up after the next unlocking; nothing of it is half applied.
                    () = locked => continue,
                };
                if outcome.as_ref().is_ok_and(|report| report.revoked) {
                    // Not within reach of a lock: the window locks as soon as it has saved, and that must not end this.
                    let _ = leaving::leave(&desktop, &open).await;
                    continue;
                }
                let is_over = || keep_lease_time(&open, desktop.edge.steady()).is_none();
                if outcome.is_err() && is_over() {
                    // From here on the device opens with the server's word alone, unless somebody renews it meanwhile.
                    leaving::finish_typing(&desktop).await;
                    let is_still_open = desktop.open().is_ok_and(|now| Arc::ptr_eq(&now, &open));
                    if is_still_open && is_over() {
                        desktop.lock();
                    }
                    continue;
                }
                let wait = match &outcome {
                    Ok(_) => {
                        backoff.succeeded();
                        if pokes.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
                            pokes = Some(listen(&desktop));
                        }
                        POLL.mul_f64(0.75 + share(&desktop) / 2.0)
                    }
                    Err(error) => {
                        // A bad way that carries something is tried again soon.
                        if open.store.outbox_len().is_ok_and(|left| unsent.is_ok_and(|before| left < before))
                        {
                            backoff.succeeded();
                        }
                        backoff.failed(error.wait, spread(&desktop))
                    }
                };
                // A server at its limit is not asked again for every sentence that is typed.
                let may_be_woken = outcome.as_ref().map_or_else(|error| error.wait.is_none(), |_| true);
                let wants_sign_in = held(&open.sync).sign_in_needed;
                drop(open);
                let gather = GATHER.mul_f64(0.5 + share(&desktop));
                tokio::select! {
                    () = desktop.wake.notified(), if may_be_woken => {
                        // What is typed in the next moments goes along.
                        tokio::time::sleep(gather).await;
                    }
                    () = tokio::time::sleep(wait), if !wants_sign_in => {}
                    () = tokio::time::sleep(lease.unwrap_or(POLL)) => {}
                }
            }
        });
    }

    /// Asks for a sync now: the network came up, the machine woke, the user pressed the button.
    pub fn sync_soon(&self) {
        self.wake.notify_one();
    }
}

/// A number that spreads the tries of many devices.
fn spread(desktop: &Desktop) -> u32 {
    u32::try_from(desktop.edge.dice() >> 32).unwrap_or(u32::MAX)
}

/// The same between 0 and 1.
fn share(desktop: &Desktop) -> f64 {
    f64::from(spread(desktop)) / f64::from(u32::MAX)
}

fn listen(desktop: &Arc<Desktop>) -> tokio::task::JoinHandle<()> {
    let desktop = Arc::clone(desktop);
    tokio::spawn(async move {
        let locked = desktop.locked.notified();
        let Ok(open) = desktop.open() else { return };
        let credentials = credentials(&open);
        let session = Session::new(&open.connection, &credentials);
        // When the stream ends, the next cycle opens another.
        tokio::select! {
            _ = session.events(|| desktop.wake.notify_one()) => {}
            // Locked: the keys and the file's lock go with the profile, so nobody may hold on to it.
            () = locked => {}
        }
    })
}
