//! A server of one's own for a test, and devices that talk to it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_crypto::proof::RequestClaim;
use mentalspace_crypto::recipient::{RecipientKey, RecipientPublicKey};
use mentalspace_crypto::signing::SigningKey;
use mentalspace_crypto::{SystemRandomness, sha256};
use mentalspace_domain::ids::{DeviceId, KeyId, PracticeId, UserId};
use mentalspace_domain::people::{DatedRole, Role, User};
use mentalspace_protocol::enrolment::{EnrolAnswer, EnrolRequest};
use mentalspace_protocol::error::{ErrorBody, ErrorCode};
use mentalspace_protocol::proof::{DEVICE_HEADER, NONCE_HEADER, PROOF_HEADER};
use mentalspace_protocol::{PROTOCOL_HEADER, PROTOCOL_VERSION, SCHEMA_HEADER, SCHEMA_VERSION, path};
use mentalspace_server::auth::codes::{self, Purpose};
use mentalspace_server::caller::Acting;
use mentalspace_server::cli::{Running, Surroundings, start};
use mentalspace_server::clock::{Clock as _, SettableClock};
use mentalspace_server::config::Settings;
use mentalspace_server::practice::{self, NewPractice};
use mentalspace_server::{Server, migrations};
use mentalspace_testkit::certificates::{LocalAuthority, Validity};
use mentalspace_testkit::test_database::TestDatabase;
use reqwest::{Client, Method, Response, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// A password that the rule accepts, and that is nobody's.
pub(crate) const PASSWORD: &str = "violet harbour 1928 kestrel";
pub(crate) const OTHER_PASSWORD: &str = "copper meadow 4417 lantern";

/// A Monday in March, in the middle of the working day.
pub(crate) fn monday() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_463_600, 0).unwrap()
}

/// A server at work over a database of its own.
pub(crate) struct House {
    pub(crate) running: Running,
    pub(crate) clock: Arc<SettableClock>,
    pub(crate) database: TestDatabase,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) settings_file: PathBuf,
    pub(crate) practice: PracticeId,
    pub(crate) client: Client,
}

/// An empty, migrated database with partitions for the months that the tests live in.
pub(crate) fn database() -> TestDatabase {
    TestDatabase::cloned_from("edge", &migrations::fingerprint(), |superuser| async move {
        migrations::apply(&superuser, monday().date_naive()).await?;
        Ok(())
    })
    .unwrap()
}

impl House {
    /// A server with one practice, nobody in it.
    pub(crate) async fn open() -> Self {
        Self::over(database()).await
    }

    async fn over(database: TestDatabase) -> Self {
        let mut house = Self::without_practice(database).await;
        house.practice = make_practice(&house.running.edge.server, "Marsh Lane Counselling").await;
        house
    }

    /// A server over a database without any practice.
    pub(crate) async fn without_practice(database: TestDatabase) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (settings_file, authority) = write_settings(&dir, &database);
        let settings = Settings::read(&settings_file).unwrap();
        let clock = Arc::new(SettableClock::at(monday()));
        let surroundings =
            Surroundings { clock: Arc::<SettableClock>::clone(&clock), ..Surroundings::of_this_machine() };
        let running = start(&settings, surroundings).await.unwrap();
        let client = client(&authority);
        let practice = PracticeId::new(Uuid::nil());
        Self { running, clock, database, dir, settings_file, practice, client }
    }

    /// A recovery key whose private half nobody has.
    pub(crate) fn recovery_key(&self) -> RecipientPublicKey {
        RecipientKey::generate(&*self.server().randomness).unwrap().public_key()
    }

    pub(crate) fn server(&self) -> &Server {
        &self.running.edge.server
    }

    pub(crate) fn later(&self, span: TimeDelta) {
        self.clock.advance(span);
    }

    /// A member of the workforce, from today on.
    pub(crate) async fn user(&self, login: &str, roles: &[Role]) -> UserId {
        self.user_of(self.practice, login, roles).await
    }

    pub(crate) async fn user_of(&self, practice: PracticeId, login: &str, roles: &[Role]) -> UserId {
        let server = self.server();
        let id = UserId::new(server.new_id().unwrap());
        let from = self.clock.now().date_naive();
        let user = User {
            id,
            login: login.to_owned(),
            display_name: format!("{login} Example"),
            credential: "LPC".to_owned(),
            roles: roles.iter().map(|&role| DatedRole { role, from, until: None }).collect(),
            active: true,
        };
        let acting = Acting::console(practice, server.new_id().unwrap());
        let tx = server.db.begin(&acting).await.unwrap();
        practice::put_users(server, &tx, &acting, vec![user], Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The secret of a fresh code.
    pub(crate) async fn code(&self, user: UserId, purpose: Purpose) -> String {
        self.code_of(self.practice, user, purpose).await
    }

    pub(crate) async fn code_of(&self, practice: PracticeId, user: UserId, purpose: Purpose) -> String {
        let server = self.server();
        let tx = server.db.begin(&Acting::console(practice, server.new_id().unwrap())).await.unwrap();
        let user = (purpose != Purpose::FirstAdministrator).then_some(user);
        let code = codes::make(server, &tx, practice, user, purpose).await.unwrap();
        tx.commit().await.unwrap();
        code.to_string()
    }

    /// A device that has not enrolled yet.
    pub(crate) fn device(&self) -> Device {
        Device {
            id: DeviceId::new(self.server().new_id().unwrap()),
            key: SigningKey::generate(&SystemRandomness::new()).unwrap(),
            signing: SigningKey::generate(&SystemRandomness::new()).unwrap(),
            token: String::new(),
            nonce: self.running.edge.nonces.at(self.clock.now()),
            base: format!("https://{}", self.running.address),
            client: self.client.clone(),
        }
    }

    /// A clinician with an enrolled device.
    pub(crate) async fn clinician(&self, login: &str) -> Device {
        self.enrolled(login, &[Role::Clinician]).await
    }

    pub(crate) async fn enrolled(&self, login: &str, roles: &[Role]) -> Device {
        let user = self.user(login, roles).await;
        self.another_device(user, login).await
    }

    pub(crate) async fn another_device(&self, user: UserId, login: &str) -> Device {
        let code = self.code(user, Purpose::Enrolment).await;
        let mut device = self.device();
        let answer = device.enrol(&code, login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        device.token = answer.read::<EnrolAnswer>().token;
        device
    }

    /// How many rows a query counts, as a superuser.
    pub(crate) async fn count(&self, from: &str) -> i64 {
        count(&self.database, from).await
    }

    /// The settings as a server process reads them.
    pub(crate) fn settings(&self) -> Settings {
        Settings::read(&self.settings_file).unwrap()
    }
}

/// How many rows a query counts, as a superuser.
pub(crate) async fn count(database: &TestDatabase, from: &str) -> i64 {
    let (client, connection) =
        tokio_postgres::connect(&database.connection_string(), tokio_postgres::NoTls).await.unwrap();
    let ended = tokio::spawn(connection);
    let count = client.query_one(&format!("SELECT count(*) FROM {from}"), &[]).await.unwrap().get(0);
    drop(client);
    ended.await.unwrap().unwrap();
    count
}

/// What a device says that has something unsent.
pub(crate) fn hello() -> Value {
    json!({
        "log_epoch": uuid::Uuid::nil(), "device_time": "2026-03-02T15:00:00Z", "unsent": 5, "tree_size": 0,
        "held": { "buckets": 0, "heads": 0, "grants": 0 },
    })
}

/// A practice with its token for the first administrator left unmade.
pub(crate) async fn make_practice(server: &Server, name: &str) -> PracticeId {
    let recovery_key = RecipientKey::generate(&SystemRandomness::new()).unwrap().public_key();
    let new = NewPractice {
        name: name.to_owned(),
        zone: chrono_tz::America::New_York,
        recovery_key,
        allow_keyring_file: false,
    };
    practice::create(server, new, server.new_id().unwrap()).await.unwrap()
}

pub(crate) fn write_settings(dir: &tempfile::TempDir, database: &TestDatabase) -> (PathBuf, LocalAuthority) {
    let authority = LocalAuthority::new(Validity::for_tests().unwrap()).unwrap();
    let files = authority.write(&authority.for_loopback().unwrap(), dir.path()).unwrap();
    let key = dir.path().join("kek");
    fs::write(&key, "8c1f3f0a5be94d27c66b0e92d4a1f7735e08b9c24d61aa3f90e7125cb8df4631\n").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_address = \"https://localhost:8443\"\noperator_listen = \"127.0.0.1:0\"\nlog = \"debug\"\n\
         key_encryption_key = {key:?}\n[database]\nurl = {url:?}\nowner_url = {owner:?}\nmax_connections = 6\n\
         [tls]\ncertificate = {chain:?}\nkey = {tls_key:?}\nauthority = {ca:?}\n",
        url = database.connection_string_as("mentalspace_app"),
        owner = database.connection_string(),
        chain = files.chain,
        tls_key = files.key,
        ca = files.authority,
    );
    let path = dir.path().join("server.toml");
    fs::write(&path, text).unwrap();
    (path, authority)
}

fn client(authority: &LocalAuthority) -> Client {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder().use_preconfigured_tls(tls).build().unwrap()
}

/// A device as an outsider would write it: it builds its requests by hand, so that a test can bend any part of one.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) signing: SigningKey,
    pub(crate) token: String,
    pub(crate) nonce: String,
    base: String,
    client: Client,
}

static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Bent {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Bent {
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(had, _)| had != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(had, _)| had != name);
        self
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }
}

impl Device {
    /// The same device, talking to another server.
    pub(crate) fn at(mut self, base: &str, authority: &LocalAuthority) -> Self {
        base.clone_into(&mut self.base);
        self.client = client(authority);
        self
    }

    /// The same device, by way of another server of the same house.
    pub(crate) fn through(&self, server: &Running) -> Self {
        Self { base: format!("https://{}", server.address), ..self.clone() }
    }

    /// A request with nothing but the headers that every request has.
    pub(crate) fn anonymous(&self, method: Method, path: &str, body: Vec<u8>) -> Bent {
        let mut bent = Bent { method, path: path.to_owned(), headers: Vec::new(), body };
        bent = bent
            .set(PROTOCOL_HEADER, &PROTOCOL_VERSION.to_string())
            .set(SCHEMA_HEADER, &SCHEMA_VERSION.to_string());
        if bent.method == Method::POST { bent.set("content-type", "application/json") } else { bent }
    }

    /// A request with token and proof.
    pub(crate) fn proven(&self, method: Method, path: &str, body: Vec<u8>) -> Bent {
        let id = format!("test-{}", REQUESTS.fetch_add(1, Ordering::Relaxed));
        let claim = RequestClaim {
            method: method.as_str(),
            path_and_query: path,
            body_sha256: sha256(&body),
            token_sha256: (!self.token.is_empty()).then(|| sha256(self.token.as_bytes())),
            nonce: &self.nonce,
            request_id: &id,
            issued_at: 0,
        };
        let signature = URL_SAFE_NO_PAD.encode(claim.prove(&self.key).unwrap().as_bytes());
        let proof = format!("{}.{id}.0.{signature}", self.nonce);
        let bent = self
            .anonymous(method, path, body)
            .set(DEVICE_HEADER, &self.id.to_string())
            .set(PROOF_HEADER, &proof);
        if self.token.is_empty() {
            bent
        } else {
            bent.set("authorization", &format!("Bearer {}", self.token))
        }
    }

    pub(crate) async fn open(&self, bent: Bent) -> Response {
        let mut request =
            self.client.request(bent.method, format!("{}{}", self.base, bent.path)).body(bent.body);
        for (name, value) in bent.headers {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn send(&self, bent: Bent) -> Answer {
        Answer::of(self.open(bent).await).await
    }

    pub(crate) async fn post(&self, path: &str, message: &impl Serialize) -> Answer {
        self.send(self.proven(Method::POST, path, serde_json::to_vec(message).unwrap())).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.proven(Method::GET, path, Vec::new())).await
    }

    pub(crate) async fn enrol(&self, code: &str, login: &str, password: &str) -> Answer {
        let request = self.enrolment(code, login, password);
        self.send(self.anonymous(Method::POST, path::ENROL, serde_json::to_vec(&request).unwrap())).await
    }

    pub(crate) fn enrolment(&self, code: &str, login: &str, password: &str) -> EnrolRequest {
        EnrolRequest {
            secret: code.to_owned(),
            login: login.to_owned(),
            password: password.to_owned(),
            device: self.id,
            device_name: "Office PC".to_owned(),
            os: "Debian 12".to_owned(),
            device_key: self.key.public_key().to_hex(),
            signing_key_id: KeyId::new(Uuid::from_u128(self.id.uuid().as_u128() ^ 1)),
            signing_key: self.signing.public_key().to_hex(),
        }
    }

    pub(crate) async fn sign_in(&self, login: &str, password: &str) -> Answer {
        self.post(path::SIGN_IN, &serde_json::json!({ "login": login, "password": password })).await
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    pub(crate) fn json(&self) -> Value {
        self.read()
    }

    /// The code of a refusal; fails where the answer has not the one shape of every refusal.
    pub(crate) fn code(&self) -> ErrorCode {
        assert!(self.status.is_client_error() || self.status.is_server_error(), "{self:?}");
        self.read::<ErrorBody>().code
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn nonce(&self) -> String {
        self.header(NONCE_HEADER).to_owned()
    }
}
