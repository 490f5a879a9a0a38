//! The practice's side: the product's own server twice over one PostgreSQL, its people, its past.

use crate::chance::Chance;
use axum::Router;
use chrono::{DateTime, Days, TimeDelta, Utc};
use mentalspace_crypto::keywrap::KeyEncryptionKey;
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::randomness::SeededRandomness;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_crypto::{KeyId, Secret32};
use mentalspace_domain::ids::{DeviceId, PracticeId, SupervisionId, UserId};
use mentalspace_domain::people::{DatedRole, Role, Supervision, User};
use mentalspace_protocol::enrolment::EnrolmentCode;
use mentalspace_server::auth::codes::{self, Purpose};
use mentalspace_server::auth::devices;
use mentalspace_server::caller::Acting;
use mentalspace_server::clock::{Clock as _, SettableClock};
use mentalspace_server::db::Database;
use mentalspace_server::edge::Edge;
use mentalspace_server::http::failure::Failure as Refusal;
use mentalspace_server::log::{self, Heads};
use mentalspace_server::practice::{self, NewPractice};
use mentalspace_server::{Server, epoch, http, machinery, migrations};
use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_testkit::test_database::TestDatabase;
use std::sync::Arc;
use tokio_postgres::{Client, NoTls};

/// A Monday in March, in the middle of the working day.
const MONDAY: i64 = 1_772_463_600;
/// Servers over the one database: devices reach now this one, now that.
const SERVERS: u64 = 2;
const ZONE: chrono_tz::Tz = chrono_tz::Tz::America__New_York;

/// A database for any number of practices, one after the other.
pub struct House {
    database: TestDatabase,
    pool: Database,
    /// The superuser's connection: what the product itself would never do, a restore from backup included.
    pub superuser: Client,
    tables: Vec<Table>,
}

struct Table {
    name: String,
    columns: String,
}

/// Somebody of the practice.
#[derive(Clone, Debug)]
pub struct Member {
    /// Her identifier.
    pub id: UserId,
    /// Her login.
    pub login: &'static str,
    /// Whether she treats clients.
    pub treats: bool,
}

/// A practice at work.
pub struct Practice {
    /// Its identifier.
    pub id: PracticeId,
    /// The true time.
    pub clock: Arc<SettableClock>,
    /// Its people.
    pub people: Vec<Member>,
    servers: Vec<Arc<Edge>>,
}

/// All rows of one practice at one moment, table by table: what a backup of its database holds of it.
pub struct Backup(Vec<String>);

pub(crate) fn refused(refusal: &Refusal) -> Failure {
    Failure::Said(format!("the server refused: {refusal:?}"))
}

impl House {
    /// A migrated database with nothing in it.
    ///
    /// # Errors
    /// PostgreSQL cannot be started or asked.
    pub async fn open() -> Outcome<Self> {
        let database =
            TestDatabase::cloned_from("simulation", &migrations::fingerprint(), |superuser| async move {
                let day = DateTime::<Utc>::from_timestamp(MONDAY, 0).unwrap_or_default().date_naive();
                migrations::apply(&superuser, day).await?;
                Ok(())
            })?;
        let pool = Database::open(&database.connection_string_as("mentalspace_app"), 6)
            .map_err(|error| Failure::Said(error.to_string()))?;
        let superuser = connect(&database.connection_string()).await?;
        // A replica does what it is told: no trigger keeps a restore from putting back what was.
        superuser.batch_execute("SET session_replication_role = replica").await.map_err(said)?;
        let tables = tables(&superuser).await?;
        Ok(Self { database, pool, superuser, tables })
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.database.name()
    }

    /// Opens a practice with its people: two clinicians, one of them under supervision, their supervisor and a manager.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn practice(&self, seed: u64) -> Outcome<Practice> {
        let clock = Arc::new(SettableClock::at(DateTime::from_timestamp(MONDAY, 0).unwrap_or_default()));
        let mut servers = Vec::new();
        for nth in 0..SERVERS {
            let secret = Secret32::from_bytes([9; 32]);
            let key = KeyEncryptionKey::new(KeyId::from_bytes([7; 16]), secret.clone());
            let randomness = Arc::new(SeededRandomness::new(seed.wrapping_mul(31).wrapping_add(nth)));
            let server = Server::new(self.pool.clone(), key, Arc::<SettableClock>::clone(&clock), randomness);
            let edge = Edge::new(server, &secret, Argon2Params::CHEAP).map_err(|why| refused(&why))?;
            servers.push(Arc::new(edge));
        }
        let server = &servers[0].server;
        let recovery = RecipientKey::generate(&*server.randomness)
            .map_err(|_| Failure::Said("no recovery key could be made".into()))?;
        let new = NewPractice {
            name: "Juniper Hollow (simulated)".to_owned(),
            zone: ZONE,
            recovery_key: recovery.public_key(),
            allow_keyring_file: true,
        };
        let request = server.new_id().map_err(|why| refused(&why))?;
        let id = practice::create(server, new, request).await.map_err(|why| refused(&why))?;
        let mut practice = Practice { id, clock, people: Vec::new(), servers };
        practice.hire(seed).await.map_err(|why| refused(&why))?;
        Ok(practice)
    }

    /// Takes a backup of the practice.
    ///
    /// # Errors
    /// PostgreSQL refuses.
    pub async fn backup(&self, practice: PracticeId) -> Outcome<Backup> {
        let mut rows = Vec::new();
        for Table { name, .. } in &self.tables {
            let sql =
                format!("SELECT coalesce(json_agg(t), '[]')::text FROM {name} t WHERE practice_id = $1");
            rows.push(self.superuser.query_one(&sql, &[&practice.uuid()]).await.map_err(said)?.get(0));
        }
        Ok(Backup(rows))
    }

    /// Puts the practice back to where it was at a backup, and only that: the log's epoch is not touched.
    ///
    /// # Errors
    /// PostgreSQL refuses.
    pub async fn restore(&self, practice: PracticeId, backup: &Backup) -> Outcome<()> {
        self.forget(practice).await?;
        for (Table { name, columns }, rows) in self.tables.iter().zip(&backup.0) {
            let sql = format!(
                "INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE \
                 SELECT {columns} FROM json_populate_recordset(null::public.{name}, $1::text::json)"
            );
            self.superuser.execute(&sql, &[rows]).await.map_err(said)?;
        }
        Ok(())
    }

    /// Removes every row of the practice.
    ///
    /// # Errors
    /// PostgreSQL refuses.
    pub async fn forget(&self, practice: PracticeId) -> Outcome<()> {
        for Table { name, .. } in &self.tables {
            let sql = format!("DELETE FROM {name} WHERE practice_id = $1");
            self.superuser.execute(&sql, &[&practice.uuid()]).await.map_err(said)?;
        }
        Ok(())
    }
}

impl Practice {
    /// The ways into its servers.
    #[must_use]
    pub fn routers(&self) -> Vec<Router> {
        self.servers.iter().map(http::router).collect()
    }

    /// One of its servers.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.servers[0].server
    }

    async fn hire(&mut self, seed: u64) -> Result<(), Refusal> {
        let server = &self.servers[0].server;
        let from = server.now().date_naive() - Days::new(30);
        let wanted: [(&str, &[Role]); 4] = [
            ("rivera", &[Role::Clinician]),
            ("okafor", &[Role::Clinician]),
            ("lindqvist", &[Role::Clinician, Role::Supervisor]),
            ("marsh", &[Role::PracticeManager]),
        ];
        let mut users = Vec::new();
        for (login, roles) in wanted {
            let id = UserId::new(server.new_id()?);
            let treats = roles.contains(&Role::Clinician);
            self.people.push(Member { id, login, treats });
            users.push(User {
                id,
                login: login.to_owned(),
                display_name: format!("{login} Example"),
                credential: "LPC".to_owned(),
                roles: roles.iter().map(|&role| DatedRole { role, from, until: None }).collect(),
                active: true,
            });
        }
        let supervision = Supervision {
            id: SupervisionId::new(server.new_id()?),
            supervisor: self.people[2].id,
            supervisee: self.people[1].id,
            from,
            // In some practices it ends in the middle of the story.
            until: Chance::new(seed, 3).one_in(3).then(|| server.now().date_naive() + Days::new(1)),
        };
        let acting = Acting::console(self.id, server.new_id()?);
        let tx = server.db.begin(&acting).await?;
        practice::put_users(server, &tx, &acting, users, vec![supervision]).await?;
        tx.commit().await
    }

    /// A code with which this member enrols a device.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn enrolment_code(&self, member: &Member) -> Outcome<String> {
        let make = async {
            let server = self.server();
            let acting = Acting::console(self.id, server.new_id()?);
            let tx = server.db.begin(&acting).await?;
            let secret = codes::make(server, &tx, self.id, Some(member.id), Purpose::Enrolment).await?;
            tx.commit().await?;
            Ok::<_, Refusal>(secret.as_str().to_owned())
        };
        let secret = make.await.map_err(|why| refused(&why))?;
        let login = member.login.to_owned();
        let code = EnrolmentCode {
            server: "https://server.simulated".to_owned(),
            ca_sha256: "00".repeat(32),
            secret,
            login,
        };
        Ok(code.to_text())
    }

    /// What the server does between requests.
    ///
    /// # Errors
    /// The server fails.
    pub async fn between_requests(&self) -> Outcome<()> {
        let work = async {
            log::sequence(self.server(), self.id, Heads::EachMinute).await?;
            machinery::new_day(self.server()).await?;
            for edge in &self.servers {
                machinery::lay_into_charts(&edge.server, false).await?;
                machinery::last_words(&edge.server).await?;
            }
            Ok::<_, Refusal>(())
        };
        work.await.map_err(|why| refused(&why))
    }

    /// Begins a new epoch of the log, as every restore must.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn begin_epoch(&self) -> Outcome<()> {
        let begin = async {
            let acting = Acting::console(self.id, self.server().new_id()?);
            epoch::begin(self.server(), &acting, TimeDelta::hours(24)).await
        };
        begin.await.map(drop).map_err(|why| refused(&why))
    }

    /// Revokes a device; gives whether the server had it as active.
    ///
    /// # Errors
    /// The server fails.
    pub async fn revoke(&self, device: &str) -> Outcome<bool> {
        let Ok(device) = device.parse::<DeviceId>() else { return Ok(false) };
        let end = async {
            let acting = Acting::console(self.id, self.server().new_id()?);
            devices::end(self.server(), &acting, device, None, "lost").await
        };
        end.await.map(|()| true).map_err(|why| refused(&why))
    }

    /// The true time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

async fn connect(address: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.map_err(said)?;
    tokio::spawn(connection);
    Ok(client)
}

pub(crate) fn said(source: tokio_postgres::Error) -> Failure {
    Failure::Sql { doing: "do what the simulation asked".to_owned(), source }
}

/// Every table that has rows of practices, with the columns that can be written.
async fn tables(superuser: &Client) -> Outcome<Vec<Table>> {
    let sql = "
        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
          AND EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = c.oid AND p.attname = 'practice_id')
        GROUP BY c.relname ORDER BY c.relname";
    let rows = superuser.query(sql, &[]).await.map_err(said)?;
    Ok(rows.iter().map(|row| Table { name: row.get(0), columns: row.get(1) }).collect())
}
