//! What happens at a laptop while a request of its sync is on the wire: somebody types, the answer is cut, the server is
//! away, the clock is wrong. The laptops are the product's own application, the server the product's own.
#![cfg(test)]

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use mentalspace_app::Desktop;
use mentalspace_app::api::{Code, call};
use mentalspace_crypto::randomness::SeededRandomness;
use mentalspace_protocol::path;
use mentalspace_protocol::pull::PullRequest;
use mentalspace_simulation::chance::Chance;
use mentalspace_simulation::clock::LaptopClock;
use mentalspace_simulation::house::{House, Practice};
use mentalspace_simulation::laptop::{PASSWORD, start};
use mentalspace_simulation::network::{Net, Sabotage, Wire};
use mentalspace_sync::connection::ServerAddress;
use mentalspace_sync::failure::SyncFailure;
use mentalspace_sync::tls::TrustedTime;
use mentalspace_sync::transport::{Answered, Network, Outgoing, Transport};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

const START: &str = "She arrived on time. Mood low. Slept four hours. Ate little. Plans to call her sister.";
const FIRST: &str = "Written before the sync.";
const MEANWHILE: &str = "Typed while it was on the wire.";
const OTHER: &str = "Written on the other laptop.";

/// When in an exchange something is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Leaving,
    Arriving,
}

/// What happens on a laptop's way to the server.
#[derive(Default)]
struct State {
    /// Words that are typed into a note while a request to this address is on the wire.
    typed_at: Option<(&'static str, Moment, String)>,
    /// The next request to this address does not leave before it is let go.
    held_at: Option<&'static str>,
    is_away: bool,
    /// Nothing comes back, and nothing says that nothing will.
    is_silent: bool,
    /// Answers to pulls for more rows than this are cut.
    cut_above: Option<u32>,
    /// The rows that each pull asked for.
    rows: Vec<u32>,
    /// Pushes of more bytes than this do not get through.
    narrow: Option<usize>,
    /// So many pushes of one sync get through, and no more.
    fragile: Option<usize>,
    /// The pushes of this sync that got through.
    through: usize,
    /// The answers to so many pushes are lost.
    silent: usize,
    /// The bytes that each push was to hand over, before compression.
    pushes: Vec<usize>,
}

#[derive(Default)]
struct Line {
    desktop: OnceLock<Weak<Desktop>>,
    state: Mutex<State>,
    tries: watch::Sender<u32>,
    /// Told when a request is held.
    holds: Notify,
    /// Lets it go.
    let_go: Notify,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Types, if this is the moment; what was there before and what is typed are seen at once.
    async fn at(&self, at: &str, moment: Moment) {
        let typed = self.state().typed_at.take_if(|(path, when, _)| *path == at && *when == moment);
        let Some((.., note)) = typed else { return };
        let desktop = self.desktop.get().unwrap().upgrade().unwrap();
        adds(&desktop, &note, MEANWHILE).await;
        says(&desktop, &note, &[FIRST, MEANWHILE]).await;
    }

    async fn exchange(&self, inner: &dyn Transport, request: Outgoing) -> Result<Answered, SyncFailure> {
        self.tries.send_modify(|tries| *tries += 1);
        if self.state().is_silent {
            std::future::pending::<()>().await;
        }
        if self.state().held_at.take_if(|at| *at == request.path).is_some() {
            self.holds.notify_one();
            self.let_go.notified().await;
        }
        if self.state().is_away {
            return Err(SyncFailure::Unreachable("the network is away".into()));
        }
        let at = request.path.clone();
        let asked = (at == path::PULL).then(|| rows_asked(&request.body));
        // A first request is only told the nonce.
        if at == path::PUSH && request.headers.contains_key("authorization") {
            let bytes = plain(&request.body).len();
            let mut state = self.state();
            state.pushes.push(bytes);
            if state.narrow.is_some_and(|most| bytes > most)
                || state.fragile.is_some_and(|most| state.through >= most)
            {
                return Err(SyncFailure::Unreachable("the way is too narrow".into()));
            }
            state.through += 1;
        }
        if at == path::HELLO {
            self.state().through = 0;
        }
        self.at(&at, Moment::Leaving).await;
        let mut answer = inner.exchange(request).await?;
        if at == path::PUSH && answer.succeeded() {
            let mut state = self.state();
            if state.silent > 0 {
                state.silent -= 1;
                return Err(SyncFailure::Unreachable("the answer is lost".into()));
            }
        }
        self.at(&at, Moment::Arriving).await;
        // A first request is only told the nonce.
        if let Some(rows) = asked.filter(|_| answer.succeeded()) {
            let mut state = self.state();
            state.rows.push(rows);
            if state.cut_above.is_some_and(|most| rows > most) {
                answer.body.truncate(10);
                answer.whole = false;
            }
        }
        self.tries.send_modify(|tries| *tries += 1);
        Ok(answer)
    }
}

fn plain(body: &[u8]) -> Vec<u8> {
    zstd::decode_all(body).unwrap_or_else(|_| body.to_vec())
}

fn rows_asked(body: &[u8]) -> u32 {
    serde_json::from_slice::<PullRequest>(&plain(body)).unwrap().rows
}

/// A line to the simulated network.
struct Way {
    wire: Wire,
    line: Arc<Line>,
}

impl Network for Way {
    fn to(&self, address: &ServerAddress, trusted: &TrustedTime) -> Result<Arc<dyn Transport>, SyncFailure> {
        Ok(Arc::new(OnTheWay { inner: self.wire.to(address, trusted)?, line: Arc::clone(&self.line) }))
    }
}

#[derive(Debug)]
struct OnTheWay {
    inner: Arc<dyn Transport>,
    line: Arc<Line>,
}

impl Transport for OnTheWay {
    fn exchange(&self, request: Outgoing) -> BoxFuture<'_, Result<Answered, SyncFailure>> {
        Box::pin(self.line.exchange(&*self.inner, request))
    }

    fn listen<'a>(
        &'a self,
        request: Outgoing,
        heard: &'a mut (dyn FnMut(&[u8]) + Send),
    ) -> BoxFuture<'a, Result<Answered, SyncFailure>> {
        self.inner.listen(request, heard)
    }
}

struct Clinic {
    house: House,
    practice: Practice,
    net: Arc<Net>,
    home: TempDir,
}

impl Clinic {
    async fn open() -> Self {
        let house = House::open().await.unwrap();
        let practice = house.practice(1).await.unwrap();
        let net = Net::new(practice.routers(), Chance::new(1, 2), Sabotage::None);
        net.calm();
        Self { house, practice, net, home: TempDir::new().unwrap() }
    }

    /// A laptop of the first clinician, enrolled and not synced yet, whose clock is wrong by so much.
    async fn laptop(&self, number: usize, wrong_by: TimeDelta) -> (Arc<Desktop>, Arc<Line>) {
        let home = self.home.path().join(format!("laptop-{number}"));
        let clock = Arc::new(LaptopClock::new(Arc::clone(&self.practice.clock)));
        clock.is_wrong_by(wrong_by);
        let randomness = Arc::new(SeededRandomness::new(100 + number as u64));
        let line = Arc::<Line>::default();
        let way = Way { wire: self.net.of(number), line: Arc::clone(&line) };
        let desktop = start(&home, &clock, &randomness, way).unwrap();
        line.desktop.set(Arc::downgrade(&desktop)).unwrap();
        self.enrol(&desktop, &format!("laptop {number}")).await;
        (desktop, line)
    }

    /// Makes it a device of the first clinician.
    async fn enrol(&self, desktop: &Desktop, name: &str) {
        let code = self.practice.enrolment_code(&self.practice.people[0]).await.unwrap();
        let input = json!({"code": code, "password": PASSWORD, "device_name": name, "secret_place": "file"});
        call(desktop, "enrol", input).await.unwrap();
    }
}

async fn must(desktop: &Desktop, name: &str, input: Value) -> Value {
    call(desktop, name, input).await.unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

async fn sync(desktop: &Desktop) {
    must(desktop, "sync", json!({})).await;
}

async fn client(desktop: &Desktop) -> String {
    let facts = json!({"facts": {"given_name": "Wren", "family_name": "Alder"}});
    must(desktop, "client_create", facts).await["id"].as_str().unwrap().to_owned()
}

async fn note(desktop: &Desktop, client: &str, words: &str) -> String {
    let input = json!({"client_id": client, "format": "narrative", "sections": {"narrative": words},
                       "fields": {"service_date": "2026-03-02"}});
    must(desktop, "note_create", input).await["id"].as_str().unwrap().to_owned()
}

async fn narrative(desktop: &Desktop, note: &str) -> String {
    let shown = must(desktop, "note_show", json!({"note_id": note})).await;
    let sections = shown["sections"].as_array().unwrap();
    let narrative = sections.iter().find(|section| section["key"] == "narrative").unwrap();
    narrative["text"].as_str().unwrap().to_owned()
}

async fn writes(desktop: &Desktop, note: &str, before: &str, after: &str) {
    let edit = json!({"narrative": {"from": before, "to": after}});
    must(desktop, "note_patch", json!({"note_id": note, "sections": edit})).await;
}

/// Writes a sentence at the end.
async fn adds(desktop: &Desktop, note: &str, sentence: &str) {
    let before = narrative(desktop, note).await;
    writes(desktop, note, &before, &format!("{before} {sentence}")).await;
}

/// The note says each of these, once.
async fn says(desktop: &Desktop, note: &str, sentences: &[&str]) {
    let text = narrative(desktop, note).await;
    for sentence in sentences {
        assert_eq!(text.matches(sentence).count(), 1, "{sentence:?} in {text:?}");
    }
}

#[tokio::test]
async fn t30_t42_words_typed_while_a_sync_is_on_the_wire_stay_and_are_sent() {
    let clinic = Clinic::open().await;
    let (laptop, line) = clinic.laptop(0, TimeDelta::zero()).await;
    let (desk, _) = clinic.laptop(1, TimeDelta::zero()).await;
    sync(&laptop).await;
    let client = client(&laptop).await;
    for at in [path::HELLO, path::PUSH, path::PULL] {
        for moment in [Moment::Leaving, Moment::Arriving] {
            let note = note(&laptop, &client, START).await;
            sync(&laptop).await;
            sync(&desk).await;
            writes(&desk, &note, START, &format!("{OTHER} {START}")).await;
            sync(&desk).await;
            adds(&laptop, &note, FIRST).await;

            line.state().typed_at = Some((at, moment, note.clone()));
            sync(&laptop).await;
            assert!(line.state().typed_at.is_none(), "the control: nothing was typed at {at}");
            says(&laptop, &note, &[OTHER, FIRST, MEANWHILE]).await;
            sync(&laptop).await;
            sync(&desk).await;
            for desktop in [&laptop, &desk] {
                says(desktop, &note, &[OTHER, FIRST, MEANWHILE]).await;
                let status = must(desktop, "status", json!({})).await;
                assert_eq!(status["outbox"], json!(0), "{at} {moment:?}: {status}");
            }
            assert_eq!(narrative(&laptop, &note).await, narrative(&desk, &note).await);
        }
    }
}

#[tokio::test]
async fn t15_t41_pages_that_do_not_arrive_become_small_and_grow_again() {
    const NOTES: usize = 700;
    let clinic = Clinic::open().await;
    let (laptop, _) = clinic.laptop(0, TimeDelta::zero()).await;
    sync(&laptop).await;
    let client = client(&laptop).await;
    for _ in 0..NOTES {
        note(&laptop, &client, START).await;
    }
    sync(&laptop).await;

    let (desk, line) = clinic.laptop(1, TimeDelta::zero()).await;
    line.state().cut_above = Some(100);
    for _ in 0..3 {
        assert!(call(&desk, "sync", json!({})).await.is_err(), "the control: the answer was cut");
    }
    // The line is good again: what comes through quickly is followed by twice as much.
    line.state().cut_above = None;
    sync(&desk).await;
    let rows = line.state().rows.clone();
    assert_eq!(rows[..6], [5_000, 1_250, 312, 100, 200, 400], "{rows:?}");
    let chart = must(&desk, "chart", json!({"client_id": client})).await;
    assert_eq!(chart["notes"].as_array().unwrap().len(), NOTES, "everything came, in whatever pages");
}

/// Notes of a [`backlog`]: more than a push holds.
const BACKLOG: usize = 40;

async fn backlog(laptop: &Desktop, client: &str) {
    let long = format!("{START} ").repeat(95);
    for _ in 0..BACKLOG {
        note(laptop, client, &long).await;
    }
}

/// A laptop that has synced and then written a [`backlog`] in one chart; no push of it was seen yet.
async fn with_backlog() -> (Clinic, Arc<Desktop>, Arc<Line>, String) {
    let clinic = Clinic::open().await;
    let (laptop, line) = clinic.laptop(0, TimeDelta::zero()).await;
    sync(&laptop).await;
    let client = client(&laptop).await;
    backlog(&laptop, &client).await;
    line.state().pushes.clear();
    (clinic, laptop, line, client)
}

/// Nothing is left on the laptop, and another one has every note, once.
async fn has_arrived(clinic: &Clinic, laptop: &Desktop, client: &str, notes: usize) {
    assert_eq!(must(laptop, "status", json!({})).await["outbox"], json!(0));
    let (desk, _) = clinic.laptop(1, TimeDelta::zero()).await;
    sync(&desk).await;
    let chart = must(&desk, "chart", json!({"client_id": client})).await;
    assert_eq!(chart["notes"].as_array().unwrap().len(), notes);
}

/// A way so slow that a whole batch is never through before the device takes it for dead.
#[tokio::test]
async fn t41_a_backlog_gets_through_a_way_that_is_too_narrow_for_a_batch() {
    let (clinic, laptop, line, client) = with_backlog().await;
    line.state().narrow = Some(20_000);
    let mut failed = 0;
    while call(&laptop, "sync", json!({})).await.is_err() {
        failed += 1;
        assert!(failed < 4, "it comes to an end: {:?}", line.state().pushes);
    }
    let pushes = std::mem::take(&mut line.state().pushes);
    assert!(failed >= 2 && pushes[0] > 200_000, "the control: a whole batch did not get through: {pushes:?}");

    // The way is good again, and the next backlog goes in large batches.
    line.state().narrow = None;
    backlog(&laptop, &client).await;
    sync(&laptop).await;
    let largest = line.state().pushes.iter().copied().max();
    assert!(largest > Some(100_000), "{:?}", line.state().pushes);
    has_arrived(&clinic, &laptop, &client, 2 * BACKLOG).await;
}

/// A sync that was asked for holds the keys and the file; it ends with the lock, and not with the path's patience.
#[tokio::test]
async fn a_lock_ends_a_sync_that_waits_for_an_answer() {
    let clinic = Clinic::open().await;
    let (laptop, line) = clinic.laptop(0, TimeDelta::zero()).await;
    sync(&laptop).await;
    let mut tries = line.tries.subscribe();
    line.state().is_silent = true;
    let asked = call(&laptop, "sync", json!({}));
    let locked = async {
        tries.changed().await.unwrap();
        must(&laptop, "lock", json!({})).await;
    };
    let (answer, ()) = tokio::join!(asked, locked);
    assert_eq!(answer.unwrap_err().code, Code::Locked);
    must(&laptop, "unlock", json!({ "password": PASSWORD })).await;
    line.state().is_silent = false;
    sync(&laptop).await;
}

/// Two calls hear of the same revocation. While the first still tells the server of the erasure, somebody sets the computer up
/// anew; the second finds a device that is not the one that it was to erase.
#[tokio::test]
async fn a_device_that_is_set_up_anew_right_after_its_erasure_is_not_erased_again() {
    let clinic = Clinic::open().await;
    let (laptop, line) = clinic.laptop(0, TimeDelta::zero()).await;
    sync(&laptop).await;
    let device = must(&laptop, "whoami", json!({})).await["device_id"].as_str().unwrap().to_owned();
    assert!(clinic.practice.revoke(&device).await.unwrap());
    line.state().held_at = Some(path::PURGE_ACK);
    let sets_up = async {
        line.holds.notified().await;
        let profile = must(&laptop, "profile", json!({})).await;
        assert_eq!(profile["is_enrolled"], false, "the control: it was erased");
        clinic.enrol(&laptop, "the same laptop").await;
        line.let_go.notify_one();
    };
    let call_of = || call(&laptop, "sync", json!({}));
    let (one, other, ()) = tokio::join!(call_of(), call_of(), sets_up);
    for told in [one, other] {
        assert_eq!(told.unwrap()["revoked"], true);
    }
    let anew = must(&laptop, "whoami", json!({})).await;
    assert_ne!(anew["device_id"].as_str().unwrap(), device);
    sync(&laptop).await;
}

/// The server has most of a backlog and its answers are lost: the rest is sent, and not all of it again.
#[tokio::test]
async fn t41_what_the_server_has_is_not_sent_again_because_it_could_not_say_so() {
    let (clinic, laptop, line, client) = with_backlog().await;
    line.state().silent = 2;
    for _ in 0..2 {
        assert!(call(&laptop, "sync", json!({})).await.is_err(), "the control: an answer was lost");
    }
    sync(&laptop).await;
    let pushes = line.state().pushes.clone();
    let again: usize = pushes[2..].iter().sum();
    assert!(pushes[0] > 200_000 && again < 150_000, "{pushes:?}");
    has_arrived(&clinic, &laptop, &client, BACKLOG).await;
}

/// A way that also breaks after every third batch: each sync goes on where the one before it came to.
#[tokio::test]
async fn t41_a_backlog_gets_through_a_way_that_breaks_again_and_again() {
    let (clinic, laptop, line, client) = with_backlog().await;
    line.state().narrow = Some(20_000);
    line.state().fragile = Some(3);
    let mut left = Vec::new();
    while call(&laptop, "sync", json!({})).await.is_err() {
        let status = must(&laptop, "status", json!({})).await;
        left.push(status["outbox"].as_u64().unwrap());
        assert!(left.len() < BACKLOG, "it comes to an end: {left:?}");
        // Everything was fetched, so nobody is told that the server is away; nor that all is well.
        if left.len() > 2 {
            assert_eq!(
                (&status["is_online"], &status["state"]),
                (&json!(true), &json!("waiting")),
                "{status}"
            );
            assert!(status["message"].as_str().unwrap().starts_with("Not everything"), "{status}");
        }
    }
    assert!(left.len() > 5, "the control: it broke again and again: {left:?}");
    assert!(left.windows(2).skip(2).all(|pair| pair[1] < pair[0]), "each time less is left: {left:?}");
    has_arrived(&clinic, &laptop, &client, BACKLOG).await;
}

/// The application's own sync, which nobody asks for: a partition ends, and what was written meanwhile is sent without
/// a restart and without anybody's doing.
#[tokio::test]
async fn t13_what_was_written_during_a_partition_is_sent_by_itself() {
    let clinic = Clinic::open().await;
    let (laptop, line) = clinic.laptop(0, TimeDelta::zero()).await;
    let (desk, _) = clinic.laptop(1, TimeDelta::zero()).await;
    sync(&laptop).await;
    let client = client(&laptop).await;
    let note = note(&laptop, &client, START).await;
    sync(&laptop).await;
    line.state().is_away = true;
    let before = *line.tries.borrow();
    let mut tries = line.tries.subscribe();
    laptop.start_background();
    adds(&laptop, &note, FIRST).await;
    timeout(Duration::from_secs(60), tries.wait_for(|tries| *tries >= before + 2)).await.unwrap().unwrap();
    sync(&desk).await;
    assert_eq!(narrative(&desk, &note).await, START, "the control: nothing comes through");

    line.state().is_away = false;
    let arrives = async {
        while !narrative(&desk, &note).await.contains(FIRST) {
            tries.changed().await.unwrap();
            sync(&desk).await;
        }
    };
    timeout(Duration::from_secs(60), arrives).await.unwrap();
}

#[tokio::test]
async fn t37_a_wrong_clock_keeps_nobody_from_enrolling_and_is_written_down() {
    let clinic = Clinic::open().await;
    for (number, wrong_by) in [TimeDelta::days(-270), TimeDelta::days(365)].into_iter().enumerate() {
        let (laptop, _) = clinic.laptop(number, wrong_by).await;
        sync(&laptop).await;
        let client = client(&laptop).await;
        let note = note(&laptop, &client, START).await;
        // Today by the true time: to a clock that is nine months behind it lies in the future.
        let diagnosis = json!({"client_id": client, "code": "F41.1", "noted_on": "2026-03-02"});
        must(&laptop, "diagnosis_add", diagnosis).await;
        sync(&laptop).await;
        let status = must(&laptop, "status", json!({})).await;
        assert_eq!(status["outbox"], json!(0), "{status}");
        let shown = must(&laptop, "note_show", json!({"note_id": note})).await;
        assert_eq!(shown["row"]["service_date"], json!("2026-03-02"), "as it was typed: {shown}");
        let skews =
            "SELECT DISTINCT clock_skew_ms FROM command_result r JOIN device d USING (practice_id, device_id)
                     WHERE d.name = $1";
        let found = clinic.house.superuser.query(skews, &[&format!("laptop {number}")]).await.unwrap();
        let found: Vec<i64> = found.iter().map(|row| row.get(0)).collect();
        assert_eq!(found, [wrong_by.num_milliseconds()], "what the server saw of it");
    }
}
