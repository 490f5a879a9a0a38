//! Who may see which bucket: the rules of `domain::scope`, worked out where something changed that they rest on, and
//! written as rows in the same transaction. Nothing is ever derived from a stream of changes.

use crate::caller::console_user;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::records::narrow::wire_name;
use crate::server::Server;
use crate::statement::{row, statements};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::{Assignment, AssignmentReason};
use mentalspace_domain::ids::{AssignmentId, BucketId, ClientId, PracticeId, SupervisionId, UserId};
use mentalspace_domain::people::{DatedRole, Role, Supervision, User};
use mentalspace_domain::scope::{ScopeInput, scope};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

row! {
    pub(crate) struct UserRow {
        user_id: Uuid,
        active: bool,
    }
}

row! {
    pub(crate) struct RoleRow {
        user_id: Uuid,
        role: String,
        from_day: NaiveDate,
        until_day: Option<NaiveDate>,
    }
}

row! {
    pub(crate) struct SupervisionRow {
        supervision_id: Uuid,
        supervisor: Uuid,
        supervisee: Uuid,
        from_day: NaiveDate,
        until_day: Option<NaiveDate>,
    }
}

row! {
    pub(crate) struct AssignmentRow {
        assignment_id: Uuid,
        client_id: Uuid,
        clinician: Uuid,
        reason: String,
        from_day: NaiveDate,
        until_day: Option<NaiveDate>,
    }
}

row! {
    pub(crate) struct ClientRow {
        client_id: Uuid,
    }
}

row! {
    pub(crate) struct GrantRow {
        user_id: Uuid,
        bucket_id: Uuid,
    }
}

row! {
    pub(crate) struct HolderRow {
        user_id: Uuid,
    }
}

row! {
    pub(crate) struct CalendarRow {
        zone: String,
        dawned_on: Option<NaiveDate>,
    }
}

row! {
    pub(crate) struct BucketRow {
        bucket_id: Uuid,
    }
}

statements! {
    /// One recomputation at a time per practice: two of them, each blind to what the other has not committed, could
    /// leave a grant that neither would have given.
    ONE_AT_A_TIME: () = "SELECT FROM pg_advisory_xact_lock(hashtextextended('grants ' || $1::text, 0))";

    STAND_STILL: () = "SELECT FROM pg_advisory_xact_lock_shared(hashtextextended('grants ' || $1::text, 0))";

    USERS: UserRow = "SELECT user_id, active FROM app_user WHERE practice_id = $1";

    ROLES: RoleRow = "SELECT user_id, role, from_day, until_day FROM user_role WHERE practice_id = $1";

    SUPERVISIONS: SupervisionRow = "
        SELECT supervision_id, supervisor, supervisee, from_day, until_day FROM supervision WHERE practice_id = $1";

    CLIENTS: ClientRow = "SELECT client_id FROM client_index WHERE practice_id = $1";

    ASSIGNMENTS: AssignmentRow = "
        SELECT assignment_id, client_id, clinician, reason, from_day, until_day FROM assignment
        WHERE practice_id = $1 AND ended_on IS NULL";

    ASSIGNMENTS_OF: AssignmentRow = "
        SELECT assignment_id, client_id, clinician, reason, from_day, until_day FROM assignment
        WHERE practice_id = $1 AND client_id = ANY ($2) AND ended_on IS NULL";

    GRANTS_OF_USERS: GrantRow = "SELECT user_id, bucket_id FROM grants_of_users($1)";

    GRANTS_ON_BUCKETS: GrantRow = "SELECT user_id, bucket_id FROM grants_on_buckets($1)";

    STANDING_BUCKETS: BucketRow = "SELECT bucket_id FROM bucket_states($1)";

    OPEN_BUCKETS: () = "SELECT FROM open_buckets($1, $2, $3, $4)";

    GIVE: () = "SELECT FROM give_grants($1, $2, $3, $4)";

    TAKE: () = "SELECT FROM take_grants($1, $2, $3)";

    HOLDERS: HolderRow = "SELECT user_id FROM holders_of_buckets($1)";

    CALENDAR: CalendarRow = "SELECT zone, dawned_on FROM practice WHERE practice_id = $1";

    DAWN: () = "UPDATE practice SET dawned_on = $2 WHERE practice_id = $1";
}

/// Everybody of a practice, with what the rules look at.
struct Workforce {
    users: Vec<User>,
    supervisions: Vec<Supervision>,
    clinicians: Vec<UserId>,
}

/// What the rules give: every bucket that somebody should hold, by user.
type Wanted = BTreeMap<(UserId, Bucket), &'static str>;

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regranted {
    /// Grants given.
    pub given: usize,
    /// Grants taken.
    pub taken: usize,
    /// Whose.
    pub users: BTreeSet<UserId>,
}

/// Works out anew who holds the buckets of these clients, opening buckets that do not exist yet.
///
/// # Errors
/// As the database says.
pub async fn for_clients(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    clients: &[ClientId],
    day: NaiveDate,
    at: DateTime<Utc>,
) -> Outcome<Regranted> {
    alone(tx, practice).await?;
    let workforce = workforce(tx, practice).await?;
    let ids: Vec<Uuid> = clients.iter().map(|client| client.uuid()).collect();
    let assignments = assignments(tx.rows(&ASSIGNMENTS_OF, &[&practice.uuid(), &ids]).await?);
    let charts: BTreeSet<Bucket> = clients.iter().copied().flat_map(chart).collect();
    let mut wanted = Wanted::new();
    for user in &workforce.users {
        let input = ScopeInput {
            clients,
            assignments: &assignments,
            supervisions: &workforce.supervisions,
            clinicians: &workforce.clinicians,
        };
        let theirs =
            scope(user, day, practice, &input).into_iter().filter(|(bucket, _)| charts.contains(bucket));
        wanted.extend(theirs.map(|(bucket, reason)| ((user.id, bucket), reason.as_str())));
    }
    open(server, tx, practice, charts.iter().copied()).await?;
    let buckets: Vec<Uuid> = charts.iter().map(|bucket| bucket.id(practice).uuid()).collect();
    let standing = tx.rows(&GRANTS_ON_BUCKETS, &[&buckets]).await?;
    regrant(tx, practice, &wanted, standing, at).await
}

/// Waits until nobody changes grants of the practice, and lets nobody do so until the transaction ends; in one that changes
/// them itself it does nothing. To be called before heads are locked: a head that moves is copied to the grants on its
/// bucket, and whoever changes grants takes up heads, so that each would wait for the other.
///
/// # Errors
/// As the database says.
pub(crate) async fn stand_still(tx: &Tx, practice: Uuid) -> Outcome<()> {
    tx.rows(&STAND_STILL, &[&practice.to_string()]).await?;
    Ok(())
}

/// Keeps everybody else from changing grants or moving heads of the practice until the transaction ends. To be called
/// first by whoever moves heads and then changes grants.
///
/// # Errors
/// As the database says.
pub(crate) async fn alone(tx: &Tx, practice: PracticeId) -> Outcome<()> {
    tx.rows(&ONE_AT_A_TIME, &[&practice.to_string()]).await?;
    Ok(())
}

/// The practice's day by its own clock on the wall, asked once nobody else changes its grants: whoever came in before
/// midnight and waited does not undo what the new day took. A day that has begun is never taken back: a clock that is
/// behind, this server's or one of two, would give back what has ended and take what has begun.
///
/// # Errors
/// As the database says, or the practice's zone is unknown.
pub(crate) async fn today(server: &Server, tx: &Tx, practice: PracticeId) -> Outcome<NaiveDate> {
    alone(tx, practice).await?;
    let row = tx.one(&CALENDAR, &[&practice.uuid()]).await?;
    let zone: Tz = row.zone.parse().map_err(|_| Failure::internal("a practice's zone is unknown"))?;
    let today = server.now().with_timezone(&zone).date_naive();
    Ok(row.dawned_on.map_or(today, |begun| begun.max(today)))
}

/// Works out anew what everybody of the practice holds.
///
/// # Errors
/// As the database says.
pub async fn for_everybody(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    day: NaiveDate,
    at: DateTime<Utc>,
) -> Outcome<Regranted> {
    alone(tx, practice).await?;
    let workforce = workforce(tx, practice).await?;
    let clients: Vec<ClientId> = tx
        .rows(&CLIENTS, &[&practice.uuid()])
        .await?
        .into_iter()
        .map(|row| ClientId::new(row.client_id))
        .collect();
    let assignments = assignments(tx.rows(&ASSIGNMENTS, &[&practice.uuid()]).await?);
    let input = ScopeInput {
        clients: &clients,
        assignments: &assignments,
        supervisions: &workforce.supervisions,
        clinicians: &workforce.clinicians,
    };
    let mut wanted = Wanted::new();
    for user in &workforce.users {
        let theirs = scope(user, day, practice, &input);
        wanted.extend(theirs.into_iter().map(|(bucket, reason)| ((user.id, bucket), reason.as_str())));
    }
    // The console's own hand reaches the practice's reference data and nothing else.
    let console = console_user(practice);
    wanted.insert((console, Bucket::practice(practice)), "console");
    let buckets: BTreeSet<Bucket> = wanted.keys().map(|(_, bucket)| *bucket).collect();
    open(server, tx, practice, buckets.into_iter()).await?;
    let users: Vec<Uuid> =
        workforce.users.iter().map(|user| user.id).chain([console]).map(UserId::uuid).collect();
    let standing = tx.rows(&GRANTS_OF_USERS, &[&users]).await?;
    regrant(tx, practice, &wanted, standing, at).await
}

/// Notes that dated roles and relations are reflected in the grants up to this day.
///
/// # Errors
/// As the database says.
pub async fn dawn(tx: &Tx, practice: PracticeId, day: NaiveDate) -> Outcome<()> {
    tx.run(&DAWN, &[&practice.uuid(), &day]).await?;
    Ok(())
}

/// Who is to hear at once that these buckets have moved: who holds them, but of a calendar only whose it is and who books
/// for others.
pub(crate) async fn holders(tx: &Tx, buckets: &[Uuid]) -> Outcome<Vec<UserId>> {
    let rows = tx.rows(&HOLDERS, &[&buckets]).await?;
    Ok(rows.into_iter().map(|row| UserId::new(row.user_id)).collect())
}

/// The buckets that a client's record consists of.
pub(crate) fn chart(client: ClientId) -> [Bucket; 3] {
    [Bucket::admin(client), Bucket::clinical(client), Bucket::billing(client)]
}

async fn workforce(tx: &Tx, practice: PracticeId) -> Outcome<Workforce> {
    let practice = practice.uuid();
    let mut roles: HashMap<Uuid, Vec<DatedRole>> = HashMap::new();
    for row in tx.rows(&ROLES, &[&practice]).await? {
        let role =
            Role::parse(&row.role).ok_or_else(|| Failure::internal("a role unknown to this release"))?;
        let dated = DatedRole { role, from: row.from_day, until: row.until_day };
        roles.entry(row.user_id).or_default().push(dated);
    }
    let users: Vec<User> = tx
        .rows(&USERS, &[&practice])
        .await?
        .into_iter()
        .map(|row| User {
            id: UserId::new(row.user_id),
            login: String::new(),
            display_name: String::new(),
            credential: String::new(),
            roles: roles.remove(&row.user_id).unwrap_or_default(),
            active: row.active,
        })
        .collect();
    let supervisions = tx
        .rows(&SUPERVISIONS, &[&practice])
        .await?
        .into_iter()
        .map(|row| Supervision {
            id: SupervisionId::new(row.supervision_id),
            supervisor: UserId::new(row.supervisor),
            supervisee: UserId::new(row.supervisee),
            from: row.from_day,
            until: row.until_day,
        })
        .collect();
    // Somebody who treated clients once keeps her calendar: what is booked in it does not vanish with her role.
    let treats = |user: &&User| user.roles.iter().any(|dated| dated.role == Role::Clinician);
    let clinicians = users.iter().filter(treats).map(|user| user.id).collect();
    Ok(Workforce { users, supervisions, clinicians })
}

fn assignments(rows: Vec<AssignmentRow>) -> Vec<Assignment> {
    rows.into_iter()
        .map(|row| Assignment {
            id: AssignmentId::new(row.assignment_id),
            client: ClientId::new(row.client_id),
            clinician: UserId::new(row.clinician),
            reason: reason(&row.reason),
            from: row.from_day,
            until: row.until_day,
            ended_on: None,
        })
        .collect()
}

/// A reason that this release does not know gives what any assignment gives.
fn reason(name: &str) -> AssignmentReason {
    if name == wire_name(&AssignmentReason::Covering) {
        AssignmentReason::Covering
    } else {
        AssignmentReason::Treating
    }
}

/// Opens those of the buckets that do not exist yet, each with a data key of its own.
async fn open(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    buckets: impl Iterator<Item = Bucket>,
) -> Outcome<()> {
    let wanted: BTreeMap<Uuid, Bucket> = buckets.map(|bucket| (bucket.id(practice).uuid(), bucket)).collect();
    let ids: Vec<Uuid> = wanted.keys().copied().collect();
    let standing: BTreeSet<Uuid> =
        tx.rows(&STANDING_BUCKETS, &[&ids]).await?.into_iter().map(|row| row.bucket_id).collect();
    let fresh: Vec<(Uuid, Bucket)> = wanted.into_iter().filter(|(id, _)| !standing.contains(id)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = fresh.iter().map(|(id, _)| *id).collect();
    let kinds: Vec<&str> = fresh.iter().map(|(_, bucket)| bucket.kind.as_str()).collect();
    let subjects: Vec<Uuid> = fresh.iter().map(|(_, bucket)| bucket.subject).collect();
    let keys = fresh
        .iter()
        .map(|(id, _)| server.sealing.new_bucket_key(practice, BucketId::new(*id), &*server.randomness))
        .collect::<Outcome<Vec<_>>>()?;
    tx.rows(&OPEN_BUCKETS, &[&ids, &kinds, &subjects, &keys]).await?;
    Ok(())
}

/// Compares what should be with what is, and changes the difference.
async fn regrant(
    tx: &Tx,
    practice: PracticeId,
    wanted: &Wanted,
    standing: Vec<GrantRow>,
    at: DateTime<Utc>,
) -> Outcome<Regranted> {
    let standing: BTreeSet<(Uuid, Uuid)> =
        standing.into_iter().map(|row| (row.user_id, row.bucket_id)).collect();
    let wanted: BTreeMap<(Uuid, Uuid), &str> = wanted
        .iter()
        .map(|((user, bucket), reason)| ((user.uuid(), bucket.id(practice).uuid()), *reason))
        .collect();
    let give: Vec<_> = wanted.iter().filter(|(pair, _)| !standing.contains(pair)).collect();
    let take: Vec<_> = standing.iter().filter(|pair| !wanted.contains_key(pair)).collect();
    let changed = Regranted {
        given: give.len(),
        taken: take.len(),
        users: give
            .iter()
            .map(|(pair, _)| pair.0)
            .chain(take.iter().map(|pair| pair.0))
            .map(UserId::new)
            .collect(),
    };
    if !give.is_empty() {
        let users: Vec<Uuid> = give.iter().map(|(pair, _)| pair.0).collect();
        let buckets: Vec<Uuid> = give.iter().map(|(pair, _)| pair.1).collect();
        let reasons: Vec<&str> = give.iter().map(|(_, reason)| **reason).collect();
        tx.rows(&GIVE, &[&users, &buckets, &reasons, &at]).await?;
    }
    if !take.is_empty() {
        let users: Vec<Uuid> = take.iter().map(|pair| pair.0).collect();
        let buckets: Vec<Uuid> = take.iter().map(|pair| pair.1).collect();
        tx.rows(&TAKE, &[&users, &buckets, &at]).await?;
    }
    Ok(changed)
}
