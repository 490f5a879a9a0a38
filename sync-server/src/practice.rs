//! A practice and its people: made and changed at the console or by an administrator, through the same desk and the
//! same tables as everything else.

use crate::audit::{self, Event};
use crate::caller::Acting;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::records::Desk;
use crate::records::narrow::Narrow;
use crate::server::Server;
use crate::statement::{row, statements};
use crate::{epoch, grants};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mentalspace_crypto::recipient::RecipientPublicKey;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::decision::{Change, FieldError};
use mentalspace_domain::ids::{KeyId, PracticeId, UserId};
use mentalspace_domain::people::{Practice, SigningKeyCertificate, Supervision, User};
use mentalspace_domain::record::RecordType;
use mentalspace_domain::world::Need;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Days that a device of a new practice may go without contact.
const LEASE_DAYS: u8 = 7;
/// Minutes without input before the desktop of a new practice locks.
const IDLE_LOCK_MINUTES: u8 = 10;
/// Hours after a session by which its note is due in a new practice.
const NOTE_DUE_HOURS: u16 = 72;
/// Longest login and longest name, characters.
const LONGEST_NAME: usize = 80;

row! {
    pub(crate) struct PracticeRow {
        practice_id: Uuid,
    }
}

row! {
    pub(crate) struct UserRow {
        user_id: Uuid,
    }
}

statements! {
    PUT_PRACTICE: () = "
        INSERT INTO practice (practice_id, log_epoch, zone, lease_days, recovery_key, dawned_on, created_at, home)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    PUT_SEAL_KEY: () = "
        INSERT INTO seal_key (practice_id, key_id, public_key, wrapped_private, created_at)
        VALUES ($1, $2, $3, $4, $5)";

    PRACTICES: PracticeRow = "SELECT practice_id FROM practices_kept()";

    USER_BY_LOGIN: UserRow = "SELECT user_id FROM app_user WHERE practice_id = $1 AND login = $2";
}

/// A practice to be made.
#[derive(Debug)]
pub struct NewPractice {
    /// The name on its door.
    pub name: String,
    /// The zone of its clock on the wall.
    pub zone: Tz,
    /// The public half of its recovery key; the private half is on paper and nowhere else.
    pub recovery_key: RecipientPublicKey,
    /// Whether a device without an OS keyring may keep its device secret in a file.
    pub allow_keyring_file: bool,
}

/// Makes a practice: its record, its keys, its buckets. Gives its identifier.
///
/// # Errors
/// As the database says; nothing was made then.
pub async fn create(server: &Server, new: NewPractice, request_id: Uuid) -> Outcome<PracticeId> {
    let practice = PracticeId::new(server.new_id()?);
    let acting = Acting::console(practice, request_id);
    let tx = server.db.begin(&acting).await?;
    create_in(server, &tx, &acting, new).await?;
    tx.commit().await?;
    Ok(practice)
}

/// Makes the practice in whose name `acting` acts, in its transaction.
///
/// # Errors
/// As the database says.
pub(crate) async fn create_in(server: &Server, tx: &Tx, acting: &Acting, new: NewPractice) -> Outcome<()> {
    let (now, practice) = (server.now(), acting.practice);
    let today = now.with_timezone(&new.zone).date_naive();
    let place = epoch::place(tx).await?;
    let parameters: [&(dyn ToSql + Sync); 8] = [
        &practice.uuid(),
        &server.new_id()?,
        &new.zone.name(),
        &i16::from(LEASE_DAYS),
        &new.recovery_key.as_bytes().as_slice(),
        &today,
        &now,
        &place,
    ];
    tx.run(&PUT_PRACTICE, &parameters).await?;
    grants::for_everybody(server, tx, practice, today, now).await?;
    let record = Practice {
        id: practice,
        name: new.name,
        zone: new.zone,
        idle_lock_minutes: IDLE_LOCK_MINUTES,
        lease_days: LEASE_DAYS,
        note_due_hours: NOTE_DUE_HOURS,
        allow_keyring_file: new.allow_keyring_file,
    };
    let certificate = make_seal_key(server, tx, practice, now).await?;
    let bucket = Bucket::practice(practice);
    write(server, tx, practice, &[Change::put(bucket, record), Change::put(bucket, certificate)]).await?;
    let event = Event::new("practice_create", "applied").within(bucket);
    audit::record(tx, acting, now, server.new_id()?, vec![event]).await
}

/// Makes the practice's sealing key and its certificate, which it seals itself.
async fn make_seal_key(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    now: DateTime<Utc>,
) -> Outcome<SigningKeyCertificate> {
    let id = KeyId::new(server.new_id()?);
    let (wrapped, public) = server.sealing.new_seal_key(practice, id, &*server.randomness)?;
    let parameters: [&(dyn ToSql + Sync); 5] =
        [&practice.uuid(), &id.uuid(), &public.as_bytes().as_slice(), &wrapped, &now];
    tx.run(&PUT_SEAL_KEY, &parameters).await?;
    Ok(SigningKeyCertificate {
        id,
        user: None,
        device: None,
        public_key: public.to_hex(),
        enrolled_at: now,
        revoked_at: None,
        seal: String::new(),
    })
}

/// Writes changes that no command makes, with the narrow rows that follow from them.
async fn write(server: &Server, tx: &Tx, practice: PracticeId, changes: &[Change]) -> Outcome<()> {
    let mut desk = Desk::new(server, practice);
    desk.change(changes).map_err(Failure::internal)?;
    let mut narrow = Narrow::default();
    changes.iter().for_each(|change| narrow.take(change));
    narrow.write(tx, practice.uuid()).await?;
    desk.prepare(tx).await?.file(tx, practice.uuid()).await?;
    Ok(())
}

/// Puts users and supervision relations, new or changed, and works out anew who may see what.
///
/// # Errors
/// `NotAllowed` where a login is taken; else as the database says.
pub async fn put_users(
    server: &Server,
    tx: &Tx,
    acting: &Acting,
    users: Vec<User>,
    supervisions: Vec<Supervision>,
) -> Outcome<()> {
    let practice = acting.practice;
    grants::alone(tx, practice).await?;
    for user in &users {
        let taken = tx.maybe(&USER_BY_LOGIN, &[&practice.uuid(), &user.login]).await?;
        if taken.is_some_and(|row| row.user_id != user.id.uuid()) {
            let message = format!("The login {} is taken. Nothing was changed; choose another.", user.login);
            return Err(Failure::new(mentalspace_protocol::error::ErrorCode::NotAllowed, message));
        }
    }
    let bucket = Bucket::practice(practice);
    let changes: Vec<Change> = users
        .into_iter()
        .map(|user| Change::put(bucket, user))
        .chain(supervisions.into_iter().map(|supervision| Change::put(bucket, supervision)))
        .collect();
    write(server, tx, practice, &changes).await?;
    let now = server.now();
    let today = grants::today(server, tx, practice).await?;
    grants::for_everybody(server, tx, practice, today, now).await?;
    Ok(())
}

/// The practice's record.
///
/// # Errors
/// There is none that whoever acts may see.
pub async fn read(server: &Server, tx: &Tx, practice: PracticeId) -> Outcome<Practice> {
    read_one(server, tx, practice, practice.uuid()).await
}

/// A user's record.
///
/// # Errors
/// There is none that whoever acts may see.
pub async fn read_user(server: &Server, tx: &Tx, practice: PracticeId, user: UserId) -> Outcome<User> {
    read_one(server, tx, practice, user.uuid()).await
}

async fn read_one<T: RecordType + Clone>(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    id: Uuid,
) -> Outcome<T> {
    let needs = [Need::record::<T>(Bucket::practice(practice), id)];
    let mut desk = Desk::new(server, practice);
    desk.fetch(tx, &needs).await?;
    let found = desk.world(&needs).get::<T>(id).present().cloned();
    found.ok_or_else(|| Failure::internal(format!("there is no {} record {id}", T::KIND)))
}

/// The user with this login.
///
/// # Errors
/// `NotFound`.
pub async fn user_by_login(tx: &Tx, practice: PracticeId, login: &str) -> Outcome<UserId> {
    let found = tx.maybe(&USER_BY_LOGIN, &[&practice.uuid(), &login.to_lowercase()]).await?;
    let message = format!("There is no user {login}. Nothing was changed.");
    found
        .map(|row| UserId::new(row.user_id))
        .ok_or_else(|| Failure::new(mentalspace_protocol::error::ErrorCode::NotFound, message))
}

/// Every practice that this database keeps.
///
/// # Errors
/// As the database says.
pub async fn all(server: &Server) -> Outcome<Vec<PracticeId>> {
    let rows = server.db.ask(&PRACTICES, &[]).await?;
    Ok(rows.into_iter().map(|row| PracticeId::new(row.practice_id)).collect())
}

/// A login as it is kept: lower case, without spaces.
///
/// # Errors
/// `Malformed`: empty, too long, or with characters that nobody types twice alike.
pub fn login(typed: &str) -> Outcome<String> {
    let login = typed.trim().to_lowercase();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
    if !login.is_empty() && login.chars().count() <= LONGEST_NAME && login.chars().all(plain) {
        return Ok(login);
    }
    Err(unusable("login", format!("Use 1 to {LONGEST_NAME} letters, digits and . - _ @ +, without spaces.")))
}

/// A name as it is printed.
///
/// # Errors
/// `Malformed`: empty, too long, or with control characters.
pub fn display_name(typed: &str) -> Outcome<String> {
    let name = typed.trim();
    if !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(unusable("display_name", format!("Give a name of 1 to {LONGEST_NAME} characters.")))
}

fn unusable(field: &str, message: String) -> Failure {
    let field = FieldError { field: field.to_owned(), message };
    Failure::malformed("a name cannot be used").with_fields(vec![field])
}
