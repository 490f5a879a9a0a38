//! The people's own records, as signing in and enrolling need them: names to print, words not to use in a password.

use crate::Server;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::records::Desk;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::ids::{PracticeId, UserId};
use mentalspace_domain::people::{Practice, User};
use mentalspace_domain::record::{Record, RecordKey, RecordKind, RecordType as _, associated_data};
use mentalspace_domain::world::Need;
use mentalspace_protocol::error::ErrorCode;

const NO_ROLE: &str = "You hold no role in this practice today. Nothing was changed: what you wrote on this device is safe, and \
    a code that you entered is still good. Ask your administrator.";

/// A practice and one of its users, as their records say.
#[derive(Clone, Debug)]
pub struct Member {
    /// The practice.
    pub practice: Practice,
    /// The user.
    pub user: User,
}

impl Member {
    /// What somebody would guess for her password: her names and the practice's.
    #[must_use]
    pub fn words(&self) -> [&str; 3] {
        [&self.user.login, &self.user.display_name, &self.practice.name]
    }
}

/// Reads both records, in the name of that user or of the console: nobody else is granted them.
///
/// # Errors
/// `NotAllowed` for somebody who holds no role on this day: she is granted nothing, not even her own record.
pub(crate) async fn member(server: &Server, tx: &Tx, practice: PracticeId, user: UserId) -> Outcome<Member> {
    let bucket = Bucket::practice(practice);
    let needs =
        [Need::record::<Practice>(bucket, practice.uuid()), Need::record::<User>(bucket, user.uuid())];
    let mut desk = Desk::new(server, practice);
    desk.fetch(tx, &needs).await?;
    let world = desk.world(&needs);
    let found = (world.get::<Practice>(practice.uuid()).present(), world.get::<User>(user.uuid()).present());
    match found {
        (Some(practice), Some(user)) => Ok(Member { practice: practice.clone(), user: user.clone() }),
        _ => Err(Failure::new(ErrorCode::NotAllowed, NO_ROLE)),
    }
}

/// Opens a user's sealed record.
///
/// # Errors
/// It was sealed under another key, for another place, or was changed.
pub(crate) fn open_user(
    server: &Server,
    practice: PracticeId,
    user: UserId,
    wrapped: &[u8],
    rev: i64,
    sealed: &[u8],
) -> Outcome<User> {
    let bucket = Bucket::practice(practice);
    let key = server.sealing.bucket_key(practice, bucket.id(practice), wrapped)?;
    let data = associated_data(practice, bucket, RecordKey::of::<User>(user.uuid()), rev);
    let bytes = key.open(&data, sealed).map_err(Failure::internal)?;
    let record = Record::from_bytes(RecordKind::User, &bytes).map_err(Failure::internal)?;
    User::of(&record).cloned().ok_or_else(|| Failure::internal("a user's record is not one"))
}
