//! Signing in: throttled, locked for a while, and without a word about who exists.

use crate::harness::{House, OTHER_PASSWORD, PASSWORD};
use chrono::TimeDelta;
use mentalspace_domain::people::Role;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::path;
use mentalspace_server::auth::codes::Purpose;
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour_and_not_longer() {
    let house = House::open().await;
    let mut device = house.clinician("rivera").await;
    for attempt in 1..=10 {
        let answer = device.sign_in("rivera", OTHER_PASSWORD).await;
        assert_eq!(answer.code(), ErrorCode::WrongCredentials, "attempt {attempt}");
    }
    let locked = device.sign_in("rivera", PASSWORD).await;
    assert_eq!((locked.status, locked.code()), (StatusCode::TOO_MANY_REQUESTS, ErrorCode::LockedOut));
    assert_eq!(locked.header("retry-after"), "900", "the right password is refused as well");
    assert_eq!(house.count("audit_event WHERE action = 'sign_in' AND outcome = 'refused'").await, 10);

    house.later(TimeDelta::seconds(899));
    device.nonce = locked_nonce(&house);
    assert_eq!(device.sign_in("rivera", PASSWORD).await.code(), ErrorCode::LockedOut);
    house.later(TimeDelta::seconds(1));
    assert_eq!(device.sign_in("rivera", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(
        device.sign_in("rivera", OTHER_PASSWORD).await.code(),
        ErrorCode::WrongCredentials,
        "from one again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_who_types_her_login_locks_nobody_out_but_herself() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let other = house.clinician("chen").await;
    for _ in 0..10 {
        assert_eq!(other.sign_in("rivera", OTHER_PASSWORD).await.code(), ErrorCode::WrongCredentials);
    }
    assert_eq!(other.sign_in("rivera", PASSWORD).await.code(), ErrorCode::LockedOut, "and learns nothing");
    assert_eq!(device.sign_in("rivera", PASSWORD).await.status, StatusCode::OK);
    // The control: at her own device they do count.
    for _ in 0..10 {
        device.sign_in("rivera", OTHER_PASSWORD).await;
    }
    assert_eq!(device.sign_in("rivera", PASSWORD).await.code(), ErrorCode::LockedOut);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_account_stays_locked_by_a_clock_that_ran_ahead() {
    let house = House::open().await;
    let mut device = house.clinician("rivera").await;
    let ahead = TimeDelta::days(30);
    house.later(ahead);
    device.nonce = locked_nonce(&house);
    for _ in 0..10 {
        device.sign_in("rivera", OTHER_PASSWORD).await;
    }
    assert_eq!(device.sign_in("rivera", PASSWORD).await.code(), ErrorCode::LockedOut, "the control");
    house.later(-ahead);
    device.nonce = locked_nonce(&house);
    assert_eq!(
        device.sign_in("rivera", OTHER_PASSWORD).await.code(),
        ErrorCode::WrongCredentials,
        "from one again"
    );
    assert_eq!(device.sign_in("rivera", PASSWORD).await.status, StatusCode::OK);
}

fn locked_nonce(house: &House) -> String {
    use mentalspace_server::clock::Clock as _;
    house.running.edge.nonces.at(house.clock.now())
}

/// What `sql` does in another transaction while it goes no further.
async fn meanwhile(house: &House, sql: &str) -> tokio_postgres::Client {
    let address = house.database.connection_string();
    let (other, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let begin = format!("BEGIN; SET LOCAL app.practice_id = '{}'; {sql}", house.practice);
    other.batch_execute(&begin).await.unwrap();
    other
}

/// Ends what `other` has begun once a sign-in has come as far as it.
async fn when_somebody_waits(house: &House, other: &tokio_postgres::Client, how: &str) {
    // In this database: other tests have theirs in the same PostgreSQL. Not by `pg_locks`, where a wait for a transaction
    // stands without its database.
    let waiting = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while house.count(waiting).await == 0 {
        tokio::task::yield_now().await;
    }
    other.batch_execute(how).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_goes_by_what_stands_once_the_password_was_stretched() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let changed = "UPDATE credential SET password_hash = \
                   '$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'";
    let revoked = "UPDATE device SET status = 'draining', revoked_at = now(), lease_until = NULL";
    for how in ["ROLLBACK", "COMMIT"] {
        // The control first: what is taken back keeps nobody out.
        let is_done = how == "COMMIT";
        let other = meanwhile(&house, revoked).await;
        let (answer, ()) =
            tokio::join!(device.sign_in("rivera", PASSWORD), when_somebody_waits(&house, &other, how));
        let lease = &answer.json()["lease"]["lease"];
        assert_eq!(lease["issued_at"] == lease["not_after"], is_done, "{how}: {answer:?}");
        let other = meanwhile(&house, changed).await;
        let (answer, ()) =
            tokio::join!(device.sign_in("rivera", PASSWORD), when_somebody_waits(&house, &other, how));
        assert_eq!(answer.status == StatusCode::OK, !is_done, "{how}: {answer:?}");
    }
    assert_eq!(device.sign_in("rivera", PASSWORD).await.code(), ErrorCode::WrongCredentials);
}

#[tokio::test(flavor = "multi_thread")]
async fn t04_a_sign_in_waits_for_no_import_and_for_no_new_partitions() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let import = "INSERT INTO audit_event (practice_id, at, batch, n, request_id, roles, action, outcome)
                  SELECT app_practice(), '2026-03-02T15:00:00Z', gen_random_uuid(), n, gen_random_uuid(), '', 'import', 'x'
                  FROM generate_series(1, 100000) AS n";
    for work in [import, "SELECT make_audit_partitions('2040-01-01', 1)"] {
        let working = meanwhile(&house, work).await;
        assert_eq!(device.sign_in("rivera", PASSWORD).await.status, StatusCode::OK, "{work}");
        working.batch_execute("ROLLBACK").await.unwrap();
    }
    // The control: a change of a table does make her wait, which is why there is none while the server runs.
    let altering = meanwhile(&house, "ALTER TABLE device ADD COLUMN room text").await;
    assert_eq!(device.sign_in("rivera", PASSWORD).await.code(), ErrorCode::Busy);
    altering.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(device.sign_in("rivera", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_guesses_at_once_are_still_only_ten() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let guesses: Vec<_> = (0..100)
        .map(|_| {
            let device = device.clone();
            tokio::spawn(async move { device.sign_in("rivera", OTHER_PASSWORD).await.code() })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guesses {
        looked_at += usize::from(guess.await.unwrap() == ErrorCode::WrongCredentials);
    }
    assert_eq!(looked_at, 10, "each guess is counted before it is looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_source_over_many_accounts_is_slowed_down_and_others_are_not_locked() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let mut throttled = None;
    for account in 0..60 {
        let answer = device.sign_in(&format!("nobody{account}"), PASSWORD).await;
        if answer.code() == ErrorCode::Throttled {
            throttled = Some((account, answer.header("retry-after").to_owned()));
            break;
        }
    }
    assert_eq!(
        throttled,
        Some((51, "1".to_owned())),
        "the pause begins after fifty failures and doubles from there"
    );
    house.later(TimeDelta::seconds(2));
    assert_eq!(device.sign_in("rivera", PASSWORD).await.status, StatusCode::OK, "her account is not locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_does_not_exist_is_answered_byte_for_byte_like_one_that_does() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let wrong = device.sign_in("rivera", OTHER_PASSWORD).await;
    let nobody = device.sign_in("nobody", OTHER_PASSWORD).await;
    assert_eq!((wrong.status, &wrong.bytes), (nobody.status, &nobody.bytes));
    for login in ["rivera", "nobody"] {
        for _ in 0..9 {
            device.sign_in(login, OTHER_PASSWORD).await;
        }
        assert_eq!(device.sign_in(login, OTHER_PASSWORD).await.code(), ErrorCode::LockedOut, "{login}");
    }
}

/// The hash is by far the dearest part of an answer; skipping it would tell a stranger who exists. Counted, not timed:
/// a clock on a busy machine would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_does_not_exist_costs_a_hash_as_well() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let passwords = &house.running.edge.passwords;
    for login in ["rivera", "nobody"] {
        let before = passwords.hashed();
        device.sign_in(login, OTHER_PASSWORD).await;
        assert_eq!(passwords.hashed() - before, 1, "{login}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_puts_an_end_to_the_old_one() {
    let house = House::open().await;
    let mut device = house.clinician("rivera").await;
    let old = device.clone();
    let answer = device.sign_in("rivera", PASSWORD).await;
    device.token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(device.get(path::DEVICES).await.status, StatusCode::OK);
    assert_eq!(old.get(path::DEVICES).await.code(), ErrorCode::Unauthenticated);
    let kept = house.count("session WHERE token_hash = '\\x00' OR length(token_hash) <> 32").await;
    assert_eq!(kept, 0, "tokens are kept as hashes");
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_password_ends_the_sessions_on_other_devices() {
    let house = House::open().await;
    let user = house.user("rivera", &[Role::Clinician]).await;
    let here = house.another_device(user, "rivera").await;
    let there = house.another_device(user, "rivera").await;
    let change = |current: &str, new: &str| json!({ "current": current, "new": new });
    let wrong = here.post(path::CHANGE_PASSWORD, &change(OTHER_PASSWORD, OTHER_PASSWORD)).await;
    assert_eq!(wrong.code(), ErrorCode::WrongCredentials);
    for weak in ["short", "passwordpassword", "rivera example rivera"] {
        let refused = here.post(path::CHANGE_PASSWORD, &change(PASSWORD, weak)).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (422, ErrorCode::PasswordRefused), "{weak}");
    }
    assert_eq!(there.get(path::DEVICES).await.status, StatusCode::OK);
    assert_eq!(here.post(path::CHANGE_PASSWORD, &change(PASSWORD, OTHER_PASSWORD)).await.status, 204);
    assert_eq!(here.get(path::DEVICES).await.status, StatusCode::OK);
    assert_eq!(there.get(path::DEVICES).await.code(), ErrorCode::Unauthenticated);
    assert_eq!(there.sign_in("rivera", PASSWORD).await.code(), ErrorCode::WrongCredentials);
    assert_eq!(there.sign_in("rivera", OTHER_PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_code_sets_the_password_once_within_half_an_hour_on_its_owners_device() {
    let house = House::open().await;
    let user = house.user("rivera", &[Role::Clinician]).await;
    let here = house.another_device(user, "rivera").await;
    let his = house.clinician("okafor").await;
    let reset = |login: &str, password: &str, code: &str| json!({ "login": login, "password": password, "reset_code": code });
    let code = house.code(user, Purpose::PasswordReset).await;
    let stolen = his.post(path::SIGN_IN, &reset("okafor", OTHER_PASSWORD, &code)).await;
    assert_eq!(stolen.code(), ErrorCode::CodeInvalid, "on another user's device");
    assert_eq!(here.sign_in("rivera", OTHER_PASSWORD).await.code(), ErrorCode::WrongCredentials);
    let weak = here.post(path::SIGN_IN, &reset("rivera", "too short", &code)).await;
    // What came to nothing neither counts nor clears the count: his one failure and hers stand, and the source's two.
    assert_eq!(house.count("attempt WHERE failures = 1").await, 2);
    assert_eq!(house.count("attempt WHERE failures = 2").await, 1);
    assert_eq!(weak.code(), ErrorCode::PasswordRefused, "the code is not used up by a refused password");
    let set = here.post(path::SIGN_IN, &reset("rivera", OTHER_PASSWORD, &code)).await;
    assert_eq!(set.status, StatusCode::OK, "{set:?}");
    let again = here.post(path::SIGN_IN, &reset("rivera", PASSWORD, &code)).await;
    assert_eq!(again.code(), ErrorCode::CodeInvalid, "a second time");
    assert_eq!(here.sign_in("rivera", OTHER_PASSWORD).await.status, StatusCode::OK);

    let late = house.code(user, Purpose::PasswordReset).await;
    house.later(TimeDelta::minutes(30));
    let mut here = here;
    here.nonce = locked_nonce(&house);
    let answer = here.post(path::SIGN_IN, &reset("rivera", PASSWORD, &late)).await;
    assert_eq!(answer.code(), ErrorCode::CodeInvalid, "too late");
}
