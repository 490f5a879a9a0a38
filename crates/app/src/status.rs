//! Sync: where it stands, and running it.

use crate::api::input::{StatusInput, SyncInput};
use crate::api::view::{StatusView, SyncReport, SyncState};
use crate::api::{ApiError, Code};
use crate::civil;
use crate::desktop::{AppEvent, Desktop, Open, held};
use crate::session::{credentials, sign_in_with, take_lease};
use crate::standing::{needs_review, word};
use crate::{leaving, log};
use chrono::{DateTime, Utc};
use mentalspace_domain::addendum::Addendum;
use mentalspace_domain::appointment::Appointment;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::ids::BucketId;
use mentalspace_domain::note::Note;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::session::{Directive, HelloAnswer};
use mentalspace_store::MetaKey;
use mentalspace_sync::connection::Session;
use mentalspace_sync::engine::{Engine, Extent, Report};
use mentalspace_sync::failure::SyncFailure;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) async fn status(desktop: &Desktop, input: StatusInput) -> Result<StatusView, ApiError> {
    let open = desktop.open()?;
    view(desktop, &open, input.all_notes)
}

pub(crate) fn view(_desktop: &Desktop, open: &Open, all_notes: bool) -> Result<StatusView, ApiError> {
    let store = &open.store;
    let identity = store.identity()?;
    let mut notes: BTreeMap<String, SyncState> = BTreeMap::new();
    let mut failed = 0_u32;
    for unsettled in store.unsettled()? {
        let found = word(unsettled.word);
        if unsettled.is_note {
            notes.insert(unsettled.record.to_string(), found);
        }
        failed += u32::from(found == SyncState::Failed);
    }
    let mut review = 0_u32;
    let mut waiting: Vec<Note> = store.awaiting_review::<Note>()?;
    for addendum in store.awaiting_review::<Addendum>()? {
        waiting.extend(store.get::<Note>(addendum.note.uuid())?);
    }
    for note in waiting {
        if notes.get(&note.id.to_string()) != Some(&SyncState::Failed) && needs_review(open, &note)? {
            notes.insert(note.id.to_string(), SyncState::Review);
            review += u32::from(note.author == identity.user.id);
        }
    }
    if all_notes {
        for note in store.all::<Note>()? {
            notes.entry(note.id.to_string()).or_insert(SyncState::Synced);
        }
    }
    let outbox = store.outbox_len()?;
    let oldest = store.oldest_pending()?;
    let readiness = store.readiness()?;
    let last_sync: Option<DateTime<Utc>> = store.meta(MetaKey::LastSync)?;
    let sync = held(&open.sync).clone();
    let state = if failed > 0 {
        SyncState::Failed
    } else if review > 0 {
        SyncState::Review
    } else if sync.running {
        SyncState::Syncing
    } else if outbox > 0 {
        if sync.online { SyncState::Waiting } else { SyncState::Saved }
    } else {
        SyncState::Synced
    };
    Ok(StatusView {
        state,
        is_online: sync.online,
        is_syncing: sync.running,
        outbox,
        oldest_pending: oldest.map(|at| at.to_rfc3339()),
        last_sync: last_sync.map(|at| at.to_rfc3339()),
        last_sync_civil: last_sync.map(|at| civil::on_clock(at, identity.practice.zone)),
        message: sync.message,
        alarm: sync.alarm,
        notes,
        needs_review: review + failed,
        buckets_ready: readiness.ready,
        buckets: readiness.buckets,
        sign_in_needed: sync.sign_in_needed,
    })
}

pub(crate) async fn sync(desktop: &Desktop, input: SyncInput) -> Result<SyncReport, ApiError> {
    let locked = desktop.locked.notified();
    let open = match desktop.open() {
        Ok(open) => open,
        // What could not be sent when this device's access ended is taken up. It stays locked.
        Err(is_locked) => {
            return match leaving::again(desktop).await {
                Some(left) => left.map(erased),
                None => Err(is_locked),
            };
        }
    };
    open.store.pause_typing()?;
    let extent = Extent { pages: input.pages, rows: input.rows };
    let report = tokio::select! {
        report = run(desktop, &open, extent) => report?,
        // It would hold on to the keys and the file until its last answer, and nobody could unlock meanwhile.
        () = locked => return Err(ApiError::locked()),
    };
    if report.revoked {
        let words = leaving::leave(desktop, &open).await?;
        return Ok(told(&report, erased_status(words)));
    }
    Ok(told(&report, view(desktop, &open, false)?))
}

fn told(report: &Report, status: StatusView) -> SyncReport {
    SyncReport {
        pushed: u32::try_from(report.pushed).unwrap_or(u32::MAX),
        rows: u32::try_from(report.rows).unwrap_or(u32::MAX),
        pages: report.pages,
        repaired: u32::try_from(report.repaired).unwrap_or(u32::MAX),
        complete: report.complete,
        revoked: report.revoked,
        status,
    }
}

/// What is told once a device has left.
fn erased(words: &str) -> SyncReport {
    told(&Report { revoked: true, ..Report::default() }, erased_status(words))
}

fn erased_status(words: &str) -> StatusView {
    StatusView {
        state: SyncState::Synced,
        is_online: true,
        is_syncing: false,
        outbox: 0,
        oldest_pending: None,
        last_sync: None,
        last_sync_civil: None,
        message: Some(words.to_owned()),
        alarm: false,
        notes: BTreeMap::new(),
        needs_review: 0,
        buckets_ready: 0,
        buckets: 0,
        sign_in_needed: false,
    }
}

/// Runs one sync cycle; two at once wait for each other.
pub(crate) async fn run(desktop: &Desktop, open: &Arc<Open>, extent: Extent) -> Result<Report, ApiError> {
    let _one_at_a_time = open.syncing.lock().await;
    let before = open.store.held_summary()?;
    held(&open.sync).running = true;
    announce(desktop, open);
    let outcome = cycle(desktop, open, extent).await;
    // What the cycle came to is told whatever else cannot be read.
    let missing = open.store.missing_signed().unwrap_or_default();
    {
        let mut sync = held(&open.sync);
        sync.running = false;
        match &outcome {
            Ok(report) => {
                let (alarm, message) = word_of(report, sync.log, missing);
                sync.online = true;
                sync.alarm = alarm;
                sync.message = message
                    .map(str::to_owned)
                    .or_else(|| report.unfinished.as_ref().map(ToString::to_string));
            }
            Err(error) => {
                sync.online = matches!(error.code, Code::ServerRefused);
                // Not a network that is away: somebody else answers, or the practice's log was rewritten.
                sync.alarm = error.code == Code::NotOurServer;
                sync.message = Some(error.message.clone());
            }
        }
    }
    // A line that drops between two pages has brought the first, or has taken a chart away.
    let has_changed = match &outcome {
        Ok(report) => report.changed,
        Err(_) => open.store.held_summary().is_ok_and(|after| after != before),
    };
    if has_changed {
        desktop.changed(&[
            "clients",
            "chart",
            "agenda",
            "notes",
            "note",
            "search",
            "journal",
            "users",
            "status",
            "quarantine",
        ]);
    }
    announce(desktop, open);
    let mut report = outcome?;
    match report.unfinished.take() {
        // Whoever leaves hands over by herself, until everything is sent.
        Some(failure) if !report.revoked => Err(failure.into()),
        _ => Ok(report),
    }
}

/// What a person should know after a sync that reached the server, and whether it is an alarm.
const fn word_of(report: &Report, log: Option<&'static str>, missing: u32) -> (bool, Option<&'static str>) {
    const UPGRADE: &str = "A newer version of MentalSpace is needed to receive changes. What you write is still sent. Ask your administrator for the update.";
    const MISMATCH: &str = "Part of what is on this device does not match the practice's records, and repairing it did not help. Nothing is lost. Tell your administrator.";
    const MISSING: &str = "A signed note that this device has seen is missing on the server, which was restored from a backup. It is kept on this device. It comes back when the device that signed it has synced; tell your administrator if this goes on.";
    const WAITING: &str = "The server was restored from a backup. Some of what was sent from this device before waits there for another device of your practice, and what you write now waits here behind it. Nothing is lost. Sync your other devices.";
    if let Some(words) = log {
        return (true, Some(words));
    }
    match report {
        Report { upgrade: true, .. } => (false, Some(UPGRADE)),
        Report { alarms, .. } if !alarms.is_empty() => (true, Some(MISMATCH)),
        _ if missing > 0 => (true, Some(MISSING)),
        Report { waiting: true, .. } => (false, Some(WAITING)),
        _ => (false, None),
    }
}

fn announce(desktop: &Desktop, open: &Open) {
    if let Ok(status) = view(desktop, open, false) {
        desktop.tell(AppEvent::Status(Box::new(status)));
    }
}

async fn cycle(desktop: &Desktop, open: &Arc<Open>, extent: Extent) -> Result<Report, ApiError> {
    let edge = desktop.edge.clone();
    let clock = move || edge.now();
    let mut asked = false;
    loop {
        let credentials = credentials(open);
        let session = Session::new(&open.connection, &credentials);
        let engine = Engine::new(&open.store, session, &clock, priority(desktop, open)?);
        let failure = match engine.hello().await {
            Ok(greeting) => {
                let is_revoked = greeting.directive == Some(Directive::Revoked);
                if is_revoked {
                    leaving::heard(open);
                }
                // Who leaves hands over and fetches nothing, whatever is wrong with the log.
                let continues = is_revoked || greeted(desktop, open, &greeting)?;
                // The server did not ask for the password: it need not be kept.
                held(&open.password).take();
                if continues {
                    return ended_with(open, engine.cycle(&greeting, extent).await);
                }
                // What is written here may be the only copy: it is sent whatever is wrong with the server's memory.
                // Nothing is fetched from it, so that what this device has seen stays as it is.
                return ended_with(open, engine.push_only().await);
            }
            Err(failure) => failure,
        };
        if failure.code() == Some(ErrorCode::DeviceRevoked) {
            // It has said once that everything is erased, and was put back from an image since. What is unsent on it, if
            // anything, nobody takes any more: then it stays shut.
            return ended_with(open, Err(failure));
        }
        if failure.code() != Some(ErrorCode::Unauthenticated) {
            return Err(failure.into());
        }
        let password = held(&open.password).take();
        match password {
            Some(password) if !asked => {
                asked = true;
                match sign_in_with(desktop, open, &password, None).await {
                    // Changed on another device: the next turn asks for the newer one.
                    Err(error) if error.code == Code::SignInRefused => {}
                    // Back from an image like the one above, with a token that has ended since.
                    Err(error) if error.code == Code::NotAllowed => {
                        return Ok(Report { revoked: true, ..Report::default() });
                    }
                    other => other?,
                }
            }
            _ => {
                held(&open.sync).sign_in_needed = true;
                return Err(ApiError::new(
                    Code::SignInNeeded,
                    "The server wants you to sign in again. Your work is safe on this device and waits here. Sign in with your password.",
                ));
            }
        }
    }
}

/// What a cycle came to. In the middle of it the server may have said that this device was revoked.
fn ended_with(open: &Open, outcome: Result<Report, SyncFailure>) -> Result<Report, ApiError> {
    match outcome {
        Ok(report) if !report.revoked => Ok(report),
        Err(failure) if failure.code() != Some(ErrorCode::DeviceRevoked) => Err(failure.into()),
        revoked => {
            leaving::heard(open);
            Ok(Report { revoked: true, ..revoked.unwrap_or_default() })
        }
    }
}

/// Buckets wanted first: the charts of the next days, then everything else.
fn priority(desktop: &Desktop, open: &Open) -> Result<Vec<BucketId>, ApiError> {
    let identity = open.store.identity()?;
    let today = desktop.edge.now().with_timezone(&identity.practice.zone).date_naive();
    let mut soon = open.store.on_days::<Appointment>(today, today + chrono::TimeDelta::days(7))?;
    soon.retain(|appointment| appointment.clinician == identity.user.id);
    soon.sort_by_key(|appointment| (appointment.time.date, appointment.time.start));
    let mut buckets = Vec::new();
    for appointment in soon {
        let bucket = Bucket::clinical(appointment.client).id(identity.practice.id);
        if !buckets.contains(&bucket) {
            buckets.push(bucket);
        }
    }
    Ok(buckets)
}

/// Takes in what the server said of lease, time and log. Gives whether the log continues what this device has seen.
fn greeted(desktop: &Desktop, open: &Open, greeting: &HelloAnswer) -> Result<bool, ApiError> {
    if let Some(lease) = &greeting.lease {
        take_lease(&open.store, lease)?;
        open.connection.trusted_time().saw(lease.lease.issued_at);
        held(&open.lease_watch).lap(desktop.edge.steady());
    }
    let broken = log::take(open, greeting)?;
    held(&open.sync).log = broken;
    Ok(broken.is_none())
}
