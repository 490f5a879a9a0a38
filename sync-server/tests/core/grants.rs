//! T20 (access moves in and out, and back in): grants after every kind of change are what the rules say, by an oracle in
//! SQL that shares no line with them; what devices then hold is what the database says they may.

use crate::house::{Copy, House, Person, book, connect, monday, new_client, new_note};
use chrono::{Days, NaiveDate, TimeDelta};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::AssignmentReason;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::caseload::unassign::UnassignCaseload;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{AssignmentId, ClientId, NoteId, SupervisionId, UserId};
use mentalspace_domain::people::{DatedRole, Role, Supervision, User};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_server::machinery;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;
use uuid::Uuid;

/// Who should hold what on a day, said over the narrow tables. `$1` is the practice, `$2` the day.
const ORACLE: &str = "
    WITH works AS (
        SELECT r.user_id, r.role FROM user_role r JOIN app_user u USING (practice_id, user_id)
        WHERE r.practice_id = $1 AND u.active AND $2 >= r.from_day AND $2 <= coalesce(r.until_day, 'infinity')),
    on_case AS (
        SELECT clinician, client_id FROM assignment
        WHERE practice_id = $1 AND ended_on IS NULL AND $2 >= from_day AND $2 <= coalesce(until_day, 'infinity')),
    reads_chart AS (
        SELECT w.user_id, c.client_id FROM works w JOIN on_case c ON c.clinician = w.user_id WHERE w.role = 'clinician'
        UNION
        SELECT w.user_id, c.client_id FROM works w
        JOIN supervision s ON s.practice_id = $1 AND s.supervisor = w.user_id
             AND $2 >= s.from_day AND $2 <= coalesce(s.until_day, 'infinity')
        JOIN on_case c ON c.clinician = s.supervisee
        WHERE w.role = 'supervisor'),
    wanted (user_id, kind, subject) AS (
        SELECT user_id, 'practice', $1 FROM works
        UNION SELECT user_id, 'user', user_id FROM works
        UNION SELECT user_id, 'client_clinical', client_id FROM reads_chart
        UNION SELECT user_id, 'client_admin', client_id FROM reads_chart
        UNION SELECT w.user_id, 'client_admin', c.client_id FROM works w, client_index c
              WHERE c.practice_id = $1 AND w.role IN ('practice_manager', 'front_desk', 'biller')
        UNION SELECT w.user_id, 'client_billing', c.client_id FROM works w, client_index c
              WHERE c.practice_id = $1 AND w.role IN ('practice_manager', 'biller')
        UNION SELECT user_id, 'calendar', user_id FROM works WHERE role = 'clinician'
        UNION SELECT w.user_id, 'calendar', t.user_id FROM works w, user_role t
              WHERE t.practice_id = $1 AND t.role = 'clinician'
                AND w.role IN ('clinician', 'supervisor', 'practice_manager', 'front_desk'))
    SELECT user_id, kind, subject FROM wanted";

const STANDING: &str = "
    SELECT g.user_id, b.kind, b.subject FROM bucket_grant g JOIN bucket b USING (practice_id, bucket_id)
    JOIN app_user u USING (practice_id, user_id)
    WHERE g.practice_id = $1 AND g.revoked_at IS NULL";

/// Live records of the buckets that a user holds, by the database.
const RECORDS: &str = "
    SELECT r.bucket_id, r.kind, r.id FROM record r JOIN bucket_grant g USING (practice_id, bucket_id)
    WHERE g.practice_id = $1 AND g.user_id = $2 AND g.revoked_at IS NULL AND NOT r.deleted";

type Held = BTreeSet<(Uuid, String, Uuid)>;

async fn triples(
    client: &Client,
    sql: &str,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Held {
    let rows = client.query(sql, parameters).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// A sequence of its own for every seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % n
    }

    fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// Pulls until nothing more waits. False where the device is sent away.
async fn pulled(house: &House, person: &Person, copy: &mut Copy) -> bool {
    loop {
        match house.pull(person, copy, 1_000).await {
            Ok(true) => {}
            Ok(false) => return true,
            Err(failure) => {
                assert_eq!(failure.code(), ErrorCode::DeviceRevoked);
                return false;
            }
        }
    }
}

/// How often each thing was reached: safe but useless does not pass.
#[derive(Debug, Default)]
struct Reached(BTreeMap<&'static str, u32>);

impl Reached {
    fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }
}

struct World {
    house: House,
    superuser: Client,
    marsh: Person,
    people: Vec<(Person, Copy)>,
    users: BTreeMap<UserId, User>,
    supervisions: Vec<Supervision>,
    clients: Vec<ClientId>,
    dice: Dice,
}

fn dated(role: Role) -> DatedRole {
    DatedRole { role, from: monday().date_naive() - Days::new(30), until: None }
}

impl World {
    async fn begin(seed: u64) -> Self {
        let house = House::seeded(seed).await;
        let superuser = crate::house::connect(&house.database.connection_string()).await;
        let marsh = house.person("marsh", &[Role::PracticeManager]).await;
        let mut people = Vec::new();
        let mut users = BTreeMap::new();
        for (login, roles) in [
            ("rivera", vec![Role::Clinician]),
            ("chen", vec![Role::Clinician]),
            ("osei", vec![Role::Clinician, Role::Supervisor]),
            ("okafor", vec![Role::Supervisor]),
            ("lund", vec![Role::FrontDesk]),
            ("biller", vec![Role::Biller]),
        ] {
            let person = house.person(login, &roles).await;
            let user = User {
                id: person.caller.user,
                login: login.to_owned(),
                display_name: format!("{login} Example"),
                credential: String::new(),
                roles: roles.into_iter().map(dated).collect(),
                active: true,
            };
            users.insert(user.id, user);
            people.push((person, Copy::default()));
        }
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        Self { house, superuser, marsh, people, users, supervisions: Vec::new(), clients: Vec::new(), dice }
    }

    fn today(&self) -> NaiveDate {
        self.house.server.now().with_timezone(&chrono_tz::Tz::America__New_York).date_naive()
    }

    fn clinician(&mut self) -> UserId {
        let n = usize::try_from(self.dice.below(3)).unwrap();
        self.people[n].0.caller.user
    }

    async fn put(&self, user: Option<User>, supervision: Option<Supervision>) {
        let (users, supervisions) = (user.into_iter().collect(), supervision.into_iter().collect());
        self.house.put(self.house.practice, users, supervisions).await;
    }

    async fn step(&mut self, reached: &mut Reached) {
        match self.dice.below(14) {
            0 | 1 => self.new_client(reached).await,
            2..=4 => self.assign(reached).await,
            5 | 6 => self.unassign(reached).await,
            7 | 8 => self.supervise(reached).await,
            9 => self.end_supervision(reached).await,
            10 => self.change_roles(reached).await,
            11 => self.come_or_go(reached).await,
            12 => {
                self.house.clock.advance(TimeDelta::days(1));
                machinery::new_day(&self.house.server).await.unwrap();
                reached.note("a new day");
            }
            _ => {
                self.house.restart();
                reached.note("a restart");
            }
        }
    }

    async fn new_client(&mut self, reached: &mut Reached) {
        let client = ClientId::new(self.house.id());
        let clinician = self.clinician();
        let command = new_client(&self.house, client, Some(clinician));
        if self.house.one(&mut self.marsh, command).await == Outcome::Applied {
            self.clients.push(client);
            reached.note("a client");
        }
    }

    async fn assign(&mut self, reached: &mut Reached) {
        if self.clients.is_empty() {
            return;
        }
        let (client_id, clinician) = (*self.dice.one(&self.clients), self.clinician());
        let today = self.today();
        let from = today + Days::new(self.dice.below(3)) - Days::new(1);
        let covers = self.dice.below(2) == 0;
        let until = covers.then(|| today.max(from) + Days::new(self.dice.below(3)));
        let command = Command::CaseloadAssign(AssignCaseload {
            client_id,
            assignment_id: AssignmentId::new(self.house.id()),
            clinician,
            reason: if covers { AssignmentReason::Covering } else { AssignmentReason::Treating },
            from,
            until,
        });
        match self.house.one(&mut self.marsh, command).await {
            Outcome::Applied if covers => reached.note("a case covered"),
            Outcome::Applied => reached.note("a case given"),
            _ => reached.note("a case not given"),
        }
    }

    async fn unassign(&mut self, reached: &mut Reached) {
        let sql = "SELECT assignment_id, client_id FROM assignment WHERE ended_on IS NULL AND from_day <= $1 ORDER BY assignment_id";
        let today = self.today();
        let open = self.superuser.query(sql, &[&today]).await.unwrap();
        if open.is_empty() {
            return;
        }
        let row = self.dice.one(&open);
        let command = Command::CaseloadUnassign(UnassignCaseload {
            client_id: ClientId::new(row.get(1)),
            assignment_id: AssignmentId::new(row.get(0)),
            ended_on: today,
        });
        assert_eq!(self.house.one(&mut self.marsh, command).await, Outcome::Applied);
        reached.note("a case taken");
    }

    async fn supervise(&mut self, reached: &mut Reached) {
        let supervisor = self.people[2 + usize::try_from(self.dice.below(2)).unwrap()].0.caller.user;
        let supervisee = self.clinician();
        let from = self.today() + Days::new(self.dice.below(3)) - Days::new(1);
        let until = (self.dice.below(2) == 0).then(|| from + Days::new(self.dice.below(4)));
        let id = SupervisionId::new(self.house.id());
        let supervision = Supervision { id, supervisor, supervisee, from, until };
        self.supervisions.push(supervision.clone());
        self.put(None, Some(supervision)).await;
        reached.note("a supervision");
    }

    async fn end_supervision(&mut self, reached: &mut Reached) {
        let yesterday = self.today() - Days::new(1);
        let n = self.supervisions.len() as u64;
        if n == 0 {
            return;
        }
        let at = usize::try_from(self.dice.below(n)).unwrap();
        let mut ended = self.supervisions.remove(at);
        ended.until = Some(yesterday);
        self.put(None, Some(ended)).await;
        reached.note("a supervision ended");
    }

    async fn change_roles(&mut self, reached: &mut Reached) {
        let ids: Vec<UserId> = self.users.keys().copied().collect();
        let id = *self.dice.one(&ids);
        let today = self.today();
        let until = today + Days::new(self.dice.below(2));
        let gains = *self.dice.one(&[Role::Clinician, Role::Supervisor, Role::Biller, Role::FrontDesk]);
        let user = self.users.get_mut(&id).unwrap();
        if user.roles.iter().any(|role| role.until.is_none()) {
            user.roles
                .iter_mut()
                .filter(|role| role.until.is_none())
                .for_each(|role| role.until = Some(until));
            reached.note("a role ended by date");
        } else {
            let from = until + Days::new(1);
            user.roles.push(DatedRole { role: gains, from, until: None });
            reached.note("a role to come");
        }
        let user = user.clone();
        self.put(Some(user), None).await;
    }

    async fn come_or_go(&mut self, reached: &mut Reached) {
        // Whoever is gone comes back before long, or nobody would be left to work.
        let mut ids: Vec<UserId> =
            self.users.values().filter(|user| !user.active).map(|user| user.id).collect();
        if ids.is_empty() || self.dice.below(4) == 0 {
            ids = self.users.keys().copied().collect();
        }
        let id = *self.dice.one(&ids);
        let user = self.users.get_mut(&id).unwrap();
        user.active = !user.active;
        reached.note(if user.active { "somebody back" } else { "somebody gone" });
        let user = user.clone();
        self.put(Some(user), None).await;
    }

    /// Grants against the oracle, then every device against the database.
    async fn check(&mut self, reached: &mut Reached) {
        let (practice, today) = (self.house.practice.uuid(), self.today());
        let wanted = triples(&self.superuser, ORACLE, &[&practice, &today]).await;
        let standing = triples(&self.superuser, STANDING, &[&practice]).await;
        let missing: Vec<_> = wanted.difference(&standing).collect();
        let too_many: Vec<_> = standing.difference(&wanted).collect();
        assert!(missing.is_empty() && too_many.is_empty(), "missing {missing:?}, too many {too_many:?}");
        for (person, copy) in &mut self.people {
            if !pulled(&self.house, person, copy).await {
                // Her account is closed: her devices are told to go, and go.
                *copy = Copy::default();
                reached.note("a device sent away");
            }
            for bucket in std::mem::take(&mut copy.revoked) {
                // As a device does: it holds nothing of it any more, and begins anew where it is given back.
                if copy.cursors.remove(&bucket).is_some() {
                    reached.note("a bucket taken from a device");
                }
                copy.rows.retain(|(of, _, _), _| *of != bucket);
            }
            let held: Held = copy
                .rows
                .iter()
                .filter(|(_, (_, body))| body.is_some())
                .map(|((bucket, kind, id), _)| (*bucket, kind.clone(), *id))
                .collect();
            let may = triples(&self.superuser, RECORDS, &[&practice, &person.caller.user.uuid()]).await;
            assert!(
                held == may,
                "{}: {:?}",
                person.caller.user,
                held.symmetric_difference(&may).collect::<Vec<_>>()
            );
            if held.len() > 20 {
                reached.note("a device with many records");
            }
        }
    }

    /// Somebody who holds a chart writes in it, so that what is given back differs from what was taken.
    async fn write(&mut self) {
        for n in 0..3 {
            let Some(&client) = self.clients.get(usize::try_from(self.dice.below(8)).unwrap()) else {
                continue;
            };
            let note = NoteId::new(self.house.id());
            let booking = book(&self.house, client, self.people[n].0.caller.user, 9);
            let (person, _) = &mut self.people[n];
            self.house.one(person, new_note(client, note)).await;
            self.house.one(person, booking).await;
        }
    }
}

async fn history(seed: u64, steps: u32, reached: &mut Reached) {
    let mut world = World::begin(seed).await;
    for step in 0..steps {
        world.step(reached).await;
        if step % 3 == 0 {
            world.write().await;
        }
        world.check(reached).await;
    }
}

/// T20: grant, revoke and grant again, in every order, over days and restarts.
#[tokio::test]
async fn t20_grants_and_devices_agree_with_the_database_after_every_change() {
    let mut reached = Reached::default();
    for seed in 1..=4 {
        history(seed, 45, &mut reached).await;
    }
    for (what, least) in [
        ("a client", 8),
        ("a case given", 8),
        ("a case covered", 6),
        ("a case taken", 8),
        ("a supervision", 8),
        ("a supervision ended", 3),
        ("a role ended by date", 3),
        ("a role to come", 1),
        ("somebody gone", 3),
        ("somebody back", 2),
        ("a new day", 4),
        ("a restart", 4),
        ("a device sent away", 5),
        ("a bucket taken from a device", 40),
        ("a device with many records", 20),
    ] {
        let often = reached.0.get(what).copied().unwrap_or_default();
        assert!(often >= least, "{what}: {often} times, {least} wanted; {reached:?}");
    }
}

/// The control: a grant that is kept, one that is lost, and rows that a device kept, are each found out.
#[tokio::test]
async fn t20_control_a_grant_kept_or_lost_is_found_out() {
    for sabotage in [
        "UPDATE bucket_grant SET revoked_at = NULL, grant_rev = grant_rev + 1 WHERE revoked_at IS NOT NULL",
        "UPDATE bucket_grant SET revoked_at = now(), grant_rev = grant_rev + 1 WHERE reason = 'caseload'",
    ] {
        let mut world = World::begin(1).await;
        let mut reached = Reached::default();
        world.new_client(&mut reached).await;
        world.check(&mut reached).await;
        let sql = "SELECT assignment_id, client_id FROM assignment";
        let row = world.superuser.query_one(sql, &[]).await.unwrap();
        if sabotage.contains("revoked_at = NULL") {
            let command = Command::CaseloadUnassign(UnassignCaseload {
                client_id: ClientId::new(row.get(1)),
                assignment_id: AssignmentId::new(row.get(0)),
                ended_on: world.today(),
            });
            assert_eq!(world.house.one(&mut world.marsh, command).await, Outcome::Applied);
        }
        world.superuser.batch_execute(sabotage).await.unwrap();
        let (practice, today) = (world.house.practice.uuid(), world.today());
        let wanted = triples(&world.superuser, ORACLE, &[&practice, &today]).await;
        let standing = triples(&world.superuser, STANDING, &[&practice]).await;
        assert_ne!(wanted, standing, "the oracle is blind to: {sabotage}");
    }
}

#[tokio::test]
async fn of_an_appointment_hear_at_once_whose_it_is_and_who_books_for_others() {
    let house = House::open().await;
    let rivera = house.person("rivera", &[Role::Clinician]).await;
    let front = house.person("front", &[Role::FrontDesk]).await;
    let marsh = house.person("marsh", &[Role::PracticeManager]).await;
    house.person("chen", &[Role::Clinician]).await;
    house.person("okafor", &[Role::Supervisor]).await;
    let calendar = Bucket::calendar(rivera.caller.user).id(house.practice).uuid();
    let holding =
        format!("SELECT count(*) FROM bucket_grant WHERE bucket_id = '{calendar}' AND revoked_at IS NULL");
    assert_eq!(house.count(&holding).await, 5, "the control: all of them hold it");
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    app.batch_execute(&format!("SET app.practice_id = '{}'", house.practice)).await.unwrap();
    let told = "SELECT user_id FROM holders_of_buckets($1)";
    let rows = app.query(told, &[&vec![calendar]]).await.unwrap();
    let told: BTreeSet<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(told, [&rivera, &front, &marsh].map(|person| person.caller.user.uuid()).into());
}
