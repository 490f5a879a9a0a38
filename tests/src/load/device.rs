//! A device without a store: the real connection with its proofs, and of what a device keeps only how far it has come.

use super::day::Commons;
use super::dice::Dice;
use super::ledger::{Asked, Ledger};
use super::people::Enrolled;
use super::said;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome as Became;
use mentalspace_domain::ids::{BucketId, DeviceId, NoteId, PracticeId, UserId};
use mentalspace_protocol::pull::{Cursor, HeldSummary, PullRequest};
use mentalspace_protocol::push::{PushRequest, PushedCommand};
use mentalspace_protocol::session::HelloRequest;
use mentalspace_server::clock::{Clock as _, SystemClock};
use mentalspace_sync::backoff::Backoff;
use mentalspace_sync::connection::{Connection, Credentials, ServerAddress, Session};
use mentalspace_sync::failure::SyncFailure;
use mentalspace_sync::transport::InternetFrom;
use mentalspace_testkit::failure::Outcome;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use uuid::Uuid;

/// What stands behind the newest words of a note: its number.
pub(super) const MARK: char = '§';

/// The way to the server: shared by the device's cycles and its listening.
#[derive(Debug)]
pub(super) struct Line {
    connection: Connection,
    credentials: Credentials,
    /// Told when the stream says that something changed.
    pub(super) poked: Notify,
    told_at: Mutex<Option<Instant>>,
}

impl Line {
    pub(super) fn session(&self) -> Session<'_> {
        Session::new(&self.connection, &self.credentials)
    }

    /// Listens until the stream ends.
    pub(super) async fn listen(&self) -> Result<(), SyncFailure> {
        self.session()
            .events(|| {
                let mut told = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
                told.get_or_insert_with(Instant::now);
                drop(told);
                self.poked.notify_one();
            })
            .await
    }

    fn take_told_at(&self) -> Option<Instant> {
        self.told_at.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A device.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) line: Arc<Line>,
    pub(super) practice: PracticeId,
    pub(super) user: UserId,
    pub(super) id: DeviceId,
    pub(super) dice: Dice,
    pub(super) backoff: Backoff,
    /// Commands that the server has not taken yet.
    pub(super) pending: Vec<PushedCommand>,
    /// The newest number of each note that came down, with its words.
    pub(super) notes: HashMap<NoteId, (u32, String)>,
    /// The diagnoses of its charts.
    pub(super) diagnoses: HashMap<Uuid, String>,
    epoch: Uuid,
    tree_size: u64,
    processed: i64,
    cursors: HashMap<BucketId, i64>,
    /// Known without cursors, before the first pull.
    held: Option<HeldSummary>,
    grants: i64,
}

impl Device {
    /// The device number `n` of the load: it has an address of its own in 127.0.0.0/8, as if it were elsewhere.
    /// `is_fresh`: it has nothing yet; else it holds what there is.
    pub(super) fn new(enrolled: Enrolled, n: usize, address: ServerAddress, is_fresh: bool) -> Outcome<Self> {
        let seed = u64::try_from(n).unwrap_or_default();
        let mut dice = Dice::seeded(seed);
        let instance = dice.next();
        let connection = Connection::new(&InternetFrom(source(n)), &address, instance).map_err(said)?;
        let credentials = Credentials { device: enrolled.device, token: enrolled.token, key: enrolled.key };
        let line = Line { connection, credentials, poked: Notify::new(), told_at: Mutex::new(None) };
        Ok(Self {
            line: Arc::new(line),
            practice: enrolled.practice,
            user: enrolled.user.id,
            id: enrolled.device,
            dice,
            backoff: Backoff::default(),
            pending: Vec::new(),
            notes: HashMap::new(),
            diagnoses: HashMap::new(),
            epoch: enrolled.epoch,
            tree_size: 0,
            processed: 0,
            cursors: HashMap::new(),
            held: (!is_fresh).then_some(enrolled.held),
            grants: 0,
        })
    }

    /// One cycle, as the engine runs it: hello, push until nothing is left, pull until nothing is new.
    ///
    /// # Errors
    /// As the server said; what was done until then stands.
    pub(super) async fn cycle(&mut self, ledger: &Ledger) -> Result<(), SyncFailure> {
        let outcome = self.hello_push_pull(ledger).await;
        if outcome.is_ok() {
            self.backoff.succeeded();
        }
        outcome
    }

    /// How long to stay away after a failure.
    pub(super) fn wait_after(&mut self, failure: &SyncFailure) -> Duration {
        self.backoff.failed(failure.asked_to_wait(), self.dice.spread())
    }

    /// So many hellos at once, whatever becomes of them.
    pub(super) async fn rush(&self, commons: &Arc<Commons>, width: usize) {
        let hello = self.hello();
        let ask = |_| {
            let (line, commons, hello) = (Arc::clone(&self.line), Arc::clone(commons), hello.clone());
            tokio::spawn(async move {
                let _ = measured(&commons.ledger, Asked::Hello, line.session().hello(&hello)).await;
            })
        };
        for asked in (0..width).map(ask).collect::<Vec<_>>() {
            let _ = asked.await;
        }
    }

    fn hello(&self) -> HelloRequest {
        let counted = HeldSummary {
            buckets: i64::try_from(self.cursors.len()).unwrap_or(i64::MAX),
            heads: self.cursors.values().sum(),
            grants: self.grants,
        };
        HelloRequest {
            log_epoch: self.epoch,
            device_time: SystemClock.now(),
            unsent: u32::try_from(self.pending.len()).unwrap_or(u32::MAX),
            tree_size: self.tree_size,
            tree_epoch: None,
            held: self.held.unwrap_or(counted),
        }
    }

    async fn hello_push_pull(&mut self, ledger: &Ledger) -> Result<(), SyncFailure> {
        let line = Arc::clone(&self.line);
        let session = line.session();
        let told = line.take_told_at();
        let hello = self.hello();
        let greeting = measured(ledger, Asked::Hello, session.hello(&hello)).await?;
        if let Some(head) = &greeting.tree_head {
            self.tree_size = head.size;
        }
        let pushes = !self.pending.is_empty();
        while !self.pending.is_empty() {
            let request = PushRequest {
                log_epoch: self.epoch,
                device_time: SystemClock.now(),
                commands: self.pending.iter().take(100).cloned().collect(),
            };
            for note in request.commands.iter().filter_map(note_of) {
                ledger.sends(note);
            }
            let answer = measured(ledger, Asked::Push, session.push(&request)).await?;
            for (command, result) in request.commands.iter().zip(&answer.results) {
                let words = serde_json::to_string(&result.outcome).unwrap_or_default();
                ledger.decided(name_of(&result.outcome), command.envelope.command.name(), &words);
            }
            self.pending.retain(|command| command.seq > answer.processed_seq);
        }
        if greeting.unchanged && !pushes {
            return Ok(());
        }
        while self.pull(&session, ledger, told).await? {}
        Ok(())
    }

    async fn pull(
        &mut self,
        session: &Session<'_>,
        ledger: &Ledger,
        told: Option<Instant>,
    ) -> Result<bool, SyncFailure> {
        let request = PullRequest {
            log_epoch: self.epoch,
            cursors: self.cursors.iter().map(|(bucket, seq)| Cursor { bucket: *bucket, seq: *seq }).collect(),
            priority: Vec::new(),
            rows: session.paging().rows(),
            results_after: self.processed,
        };
        let pulled = measured(ledger, Asked::Pull, session.pull(&request)).await?;
        self.held = None;
        for bucket in &pulled.buckets {
            let cursor = self.cursors.entry(bucket.bucket).or_default();
            if bucket.reset {
                *cursor = 0;
            }
        }
        for bucket in &pulled.revoked {
            self.cursors.remove(bucket);
        }
        for (page, rows) in &pulled.pages {
            for row in rows {
                match (row.kind.as_str(), &row.body) {
                    ("note", Some(body)) => self.take_note(NoteId::new(row.id), body.get(), ledger, told),
                    ("diagnosis", Some(body)) => drop(self.diagnoses.insert(row.id, body.get().to_owned())),
                    _ => {}
                }
            }
            self.cursors.insert(page.bucket, page.to);
        }
        let end = pulled.end.ok_or(SyncFailure::Incomplete)?;
        (self.processed, self.grants) = (end.processed_seq, end.grants);
        Ok(end.more)
    }

    fn take_note(&mut self, note: NoteId, words: &str, ledger: &Ledger, told: Option<Instant>) {
        let behind = words.rsplit_once(MARK).map(|(_, behind)| behind).unwrap_or_default();
        let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse().unwrap_or_default();
        self.notes.insert(note, (number, words.to_owned()));
        ledger.arrived(note, number, self.id, told);
    }
}

/// The outcome's name on the wire.
const fn name_of(outcome: &Became) -> &'static str {
    match outcome {
        Became::Applied => "applied",
        Became::Merged { .. } => "merged",
        Became::Converted { .. } => "converted",
        Became::Parked { .. } => "parked",
        Became::Quarantined { .. } => "quarantined",
        Became::Noop { .. } => "noop",
        Became::Rejected { .. } => "rejected",
    }
}

/// The note that a command gives words to.
fn note_of(command: &PushedCommand) -> Option<NoteId> {
    match &command.envelope.command {
        Command::NotePatch(patch) => Some(patch.note_id),
        Command::NoteCreate(create) => Some(create.note_id),
        _ => None,
    }
}

async fn measured<T>(
    ledger: &Ledger,
    asked: Asked,
    request: impl Future<Output = Result<T, SyncFailure>>,
) -> Result<T, SyncFailure> {
    let began = Instant::now();
    let answer = request.await;
    match &answer {
        Ok(_) => ledger.answered(asked, began.elapsed()),
        Err(failure) => ledger.failed(asked.name(), failure),
    }
    answer
}

/// 127.1.0.1 and on, without the addresses that end in 0 or 255.
fn source(n: usize) -> IpAddr {
    let part = |divisor: usize, of: usize| u8::try_from(n / divisor % of).unwrap_or_default();
    IpAddr::V4(Ipv4Addr::new(127, 1 + part(250 * 250, 200), part(250, 250), 1 + part(1, 250)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_device_has_an_address_of_its_own() {
        let addresses: HashSet<IpAddr> = (0..100_000).map(source).collect();
        assert_eq!(addresses.len(), 100_000);
        assert!(addresses.iter().all(IpAddr::is_loopback));
        assert!(!addresses.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)), "the server's own is nobody's");
    }
}
