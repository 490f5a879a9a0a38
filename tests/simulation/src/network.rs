//! A network between laptops and the practice's server that loses, doubles, delays, cuts and replays.
//!
//! Requests go to the product's own router, without a socket between: what arrives is what the device's own
//! connection made of it, proof and compression included.

use crate::chance::Chance;
use crate::disk;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use futures_util::future::BoxFuture;
use mentalspace_crypto::sha256;
use mentalspace_protocol::path;
use mentalspace_protocol::proof::NONCE_HEADER;
use mentalspace_sync::connection::ServerAddress;
use mentalspace_sync::failure::SyncFailure;
use mentalspace_sync::tls::TrustedTime;
use mentalspace_sync::transport::{Answered, Network, Outgoing, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tower::ServiceExt as _;

/// The most bytes of an answer; the product's own limits are far below.
const LARGEST: usize = 64 << 20;
/// Requests of the past that may come again.
const REMEMBERED: usize = 40;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It does not arrive.
    Lost,
    /// It arrives, and its answer does not.
    AnswerLost,
    /// It arrives twice, the second time perhaps at the other server.
    Doubled,
    /// It arrives after others that were sent later; nobody waits for its answer any more.
    Late,
    /// Its answer is cut.
    Cut,
    /// The server has no time.
    Busy,
}

impl Fault {
    /// As it is counted.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "delivered",
            Self::Lost => "request_lost",
            Self::AnswerLost => "answer_lost",
            Self::Doubled => "doubled",
            Self::Late => "late",
            Self::Cut => "answer_cut",
            Self::Busy => "busy",
        }
    }
}

/// What a network does to the protocol on purpose, to see that the simulation notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sabotage {
    /// Nothing.
    #[default]
    None,
    /// Devices are never told that a bucket was taken from them.
    HidesRevocations,
    /// Every answer to a pull says that more waits.
    AlwaysMore,
    /// No push is taken for one of the protocol.
    RefusesPushes,
}

struct Sent {
    device: usize,
    request: Outgoing,
}

struct State {
    chance: Chance,
    calm: bool,
    planned: Vec<Fault>,
    late: Vec<Sent>,
    past: Vec<Sent>,
    trace: [u8; 32],
    /// The happenings in words, for whoever looks for where two runs part.
    spoken: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
    /// The same request again and again within one sync.
    same: BTreeMap<(String, [u8; 32]), u32>,
    most_same: u32,
    /// Laptops whose push was refused since their last hello.
    refused: BTreeSet<usize>,
}

/// The network of one simulated practice.
pub struct Net {
    routers: Vec<Router>,
    sabotage: Sabotage,
    state: Mutex<State>,
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Net")
    }
}

impl Net {
    /// A network to these servers over one database.
    #[must_use]
    pub fn new(routers: Vec<Router>, chance: Chance, sabotage: Sabotage) -> Arc<Self> {
        let state = State {
            chance,
            calm: false,
            planned: Vec::new(),
            late: Vec::new(),
            past: Vec::new(),
            trace: [0; 32],
            spoken: Vec::new(),
            counts: BTreeMap::new(),
            same: BTreeMap::new(),
            most_same: 0,
            refused: BTreeSet::new(),
        };
        Arc::new(Self { routers, sabotage, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on everything arrives, once and in order.
    pub fn calm(&self) {
        self.state().calm = true;
    }

    /// From now on the network is as bad as networks are.
    pub fn disturb(&self) {
        self.state().calm = false;
    }

    /// The faults of the next requests, in order; those after them are undisturbed.
    pub fn plan(&self, faults: Vec<Fault>) {
        let mut state = self.state();
        state.calm = true;
        state.planned = faults;
        state.planned.reverse();
    }

    /// Adds a happening to the trace.
    pub fn trace(&self, happening: &[u8]) {
        let mut state = self.state();
        let before = state.trace.to_vec();
        state.spoken.push(String::from_utf8_lossy(happening).into_owned());
        state.trace = *sha256(&[&before, happening].concat()).as_bytes();
    }

    /// The hash over everything that has happened, in order.
    #[must_use]
    pub fn trace_hash(&self) -> [u8; 32] {
        self.state().trace
    }

    /// The happenings in words.
    #[must_use]
    pub fn spoken(&self) -> Vec<String> {
        self.state().spoken.clone()
    }

    /// How often each fault took effect.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.state().counts.clone()
    }

    /// How many requests were sent so far, whatever became of them.
    #[must_use]
    pub fn sent(&self) -> usize {
        let faults = [
            Fault::None,
            Fault::Lost,
            Fault::AnswerLost,
            Fault::Doubled,
            Fault::Late,
            Fault::Cut,
            Fault::Busy,
        ];
        let counts = self.counts();
        let sent: u64 = faults.iter().filter_map(|fault| counts.get(fault.name())).sum();
        usize::try_from(sent).unwrap_or(usize::MAX)
    }

    /// A new sync begins: counting of equal requests starts over. Gives the most that the last one had.
    pub fn begin_sync(&self) -> u32 {
        let mut state = self.state();
        state.same.clear();
        std::mem::take(&mut state.most_same)
    }

    /// The network of one laptop.
    #[must_use]
    pub fn of(self: &Arc<Self>, device: usize) -> Wire {
        Wire { net: Arc::clone(self), device }
    }

    /// Delivers what was held up, as it comes.
    pub async fn deliver_late(&self) {
        loop {
            let sent = self.state().late.pop();
            let Some(sent) = sent else { return };
            self.state().counts.entry("late_arrived").and_modify(|n| *n += 1).or_insert(1);
            self.deliver(&sent, 0).await;
        }
    }

    /// A request of the past arrives once more.
    async fn replay(&self) {
        let sent = {
            let mut state = self.state();
            if state.calm || !state.chance.one_in(25) || state.past.is_empty() {
                return;
            }
            let n = state.past.len();
            let at = state.chance.below(n);
            let server = state.chance.below(self.routers.len());
            *state.counts.entry("replayed").or_insert(0) += 1;
            (state.past.remove(at), server)
        };
        self.deliver(&sent.0, sent.1).await;
    }

    fn draw(&self, device: usize, request: &Outgoing) -> (Fault, usize, usize) {
        let mut state = self.state();
        let body = *sha256(&request.body).as_bytes();
        let same = state.same.entry((format!("{device} {}", request.path), body)).or_insert(0);
        *same += 1;
        let same = *same;
        // A hello asks the same as often as it likes; what moves data may not.
        if request.path != path::HELLO {
            state.most_same = state.most_same.max(same);
        }
        let fault = if state.calm {
            state.planned.pop().unwrap_or(Fault::None)
        } else {
            let weights = [
                (60, Fault::None),
                (4, Fault::Lost),
                (5, Fault::AnswerLost),
                (4, Fault::Doubled),
                (2, Fault::Late),
                (3, Fault::Cut),
                (2, Fault::Busy),
            ];
            state.chance.weighted(&weights).unwrap_or(Fault::None)
        };
        // Only what is proven anew each time is worth remembering.
        if state.past.len() < REMEMBERED && request.path.starts_with("/v1/sync/") {
            state.past.push(Sent { device, request: request.clone() });
        }
        *state.counts.entry(fault.name()).or_insert(0) += 1;
        let servers = self.routers.len();
        (fault, state.chance.below(servers), state.chance.below(servers))
    }

    async fn deliver(&self, sent: &Sent, server: usize) -> Answered {
        let Outgoing { method, path, headers, body } = sent.request.clone();
        let mut request = http::Request::new(Body::from(body.clone()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap_or_default();
        *request.headers_mut() = headers;
        let last = u8::try_from(sent.device + 2).unwrap_or(1);
        let source = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 40_000));
        request.extensions_mut().insert(ConnectInfo(source));
        let Some(router) = self.routers.get(server % self.routers.len().max(1)) else {
            return Answered { status: 503, nonce: None, retry_after: None, body: Vec::new(), whole: false };
        };
        let answer = match router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status().as_u16();
        let nonce =
            answer.headers().get(NONCE_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let bytes =
            to_bytes(answer.into_body(), LARGEST).await.map(|bytes| bytes.to_vec()).unwrap_or_default();
        let words = format!("{} {path} {} -> {status} {}", sent.device, plain(&body), plain(&bytes));
        self.trace(words.as_bytes());
        Answered { status, nonce, retry_after: None, body: bytes, whole: true }
    }

    async fn carry(&self, device: usize, request: Outgoing) -> Result<Answered, SyncFailure> {
        if disk::has_died() {
            return Err(gone());
        }
        self.replay().await;
        if self.sabotage == Sabotage::RefusesPushes && self.refuses(device, &request) {
            return Ok(malformed());
        }
        let (fault, first, second) = self.draw(device, &request);
        let sent = Sent { device, request };
        match fault {
            Fault::Lost => Err(gone()),
            Fault::Late => {
                self.state().late.push(sent);
                Err(gone())
            }
            Fault::Busy => Ok(busy()),
            Fault::None => Ok(self.tampered(self.deliver(&sent, first).await, &sent)),
            Fault::AnswerLost => {
                self.deliver(&sent, first).await;
                Err(gone())
            }
            Fault::Doubled => {
                let answer = self.deliver(&sent, first).await;
                self.deliver(&sent, second).await;
                Ok(self.tampered(answer, &sent))
            }
            Fault::Cut => {
                let mut answer = self.deliver(&sent, first).await;
                let length = answer.body.len();
                let kept = self.state().chance.below(length);
                answer.body.truncate(kept);
                answer.whole = length == 0;
                Ok(answer)
            }
        }
    }

    /// Whether this is a push that is refused. Counts the pulls of those whose push just was.
    fn refuses(&self, device: usize, request: &Outgoing) -> bool {
        let mut state = self.state();
        match &*request.path {
            path::HELLO => {
                state.refused.remove(&device);
            }
            path::PUSH if !state.calm => {
                state.refused.insert(device);
                return true;
            }
            path::PULL if state.refused.contains(&device) => {
                *state.counts.entry("pull_after_refused_push").or_insert(0) += 1;
            }
            _ => {}
        }
        false
    }

    /// What a network of ill will makes of an answer.
    fn tampered(&self, mut answer: Answered, sent: &Sent) -> Answered {
        if self.sabotage == Sabotage::HidesRevocations
            && sent.request.path == path::PULL
            && let Some(hidden) = without_revocations(&answer.body)
        {
            answer.body = hidden;
        }
        if self.sabotage == Sabotage::AlwaysMore
            && !self.state().calm
            && sent.request.path == path::PULL
            && let Ok(stream) = zstd::decode_all(answer.body.as_slice())
        {
            let more = String::from_utf8_lossy(&stream).replace("\"more\":false", "\"more\":true");
            answer.body = zstd::encode_all(more.as_bytes(), 1).unwrap_or_default();
        }
        answer
    }
}

fn without_revocations(stream: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8(zstd::decode_all(stream).ok()?).ok()?;
    let (before, after) = text.split_once("\"revoked\":[")?;
    let (_, rest) = after.split_once(']')?;
    zstd::encode_all(format!("{before}\"revoked\":[]{rest}").as_bytes(), 1).ok()
}

/// One laptop's way into the network.
#[derive(Clone, Debug)]
pub struct Wire {
    net: Arc<Net>,
    device: usize,
}

impl Network for Wire {
    fn to(&self, _: &ServerAddress, _: &TrustedTime) -> Result<Arc<dyn Transport>, SyncFailure> {
        Ok(Arc::new(self.clone()))
    }
}

impl Transport for Wire {
    fn exchange(&self, request: Outgoing) -> BoxFuture<'_, Result<Answered, SyncFailure>> {
        Box::pin(self.net.carry(self.device, request))
    }

    fn listen<'a>(
        &'a self,
        _: Outgoing,
        _: &'a mut (dyn FnMut(&[u8]) + Send),
    ) -> BoxFuture<'a, Result<Answered, SyncFailure>> {
        // Nobody pokes here: who syncs, and when, is the script's to say.
        Box::pin(async { Err(gone()) })
    }
}

/// A body in words, compressed or not.
fn plain(body: &[u8]) -> String {
    let text = zstd::decode_all(body).unwrap_or_else(|_| body.to_vec());
    String::from_utf8_lossy(&text).into_owned()
}

fn gone() -> SyncFailure {
    SyncFailure::Unreachable("the simulated network lost it".into())
}

fn malformed() -> Answered {
    let body = br#"{"code":"malformed","message":"The server does not know this command. Nothing was recorded.","field_errors":[],"retryable":false}"#;
    refused(400, body)
}

fn busy() -> Answered {
    let body = br#"{"code":"busy","message":"The server is busy. Nothing was recorded.","field_errors":[],"retryable":true}"#;
    refused(503, body)
}

fn refused(status: u16, body: &[u8]) -> Answered {
    Answered { status, nonce: None, retry_after: None, body: body.to_vec(), whole: true }
}
