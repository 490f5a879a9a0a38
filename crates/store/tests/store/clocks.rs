//! What a wrong clock may not do.

use crate::clinic::{laptop, now, patch, practice_id, user};
use crate::typing::desk;
use chrono::TimeDelta;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::people::{DatedRole, Role, User};
use mentalspace_store::profile::LeaseRecord;
use mentalspace_store::{MetaKey, Writing};

#[test]
fn a_clock_nine_months_behind_takes_no_role_away() {
    let (mut server, desk) = desk("");
    let began_today = DatedRole { role: Role::Clinician, from: now().date_naive(), until: None };
    server.put(Bucket::practice(practice_id()), User { roles: vec![began_today], ..user() });
    server.pull(laptop(), &desk.store);
    let behind = now() - TimeDelta::days(270);
    let write =
        |number| desk.store.submit(patch(number, 1, 1, "plan", "", "Weekly."), Writing::Complete, behind);
    assert!(write(1).is_err(), "the control: with nothing but this clock to go by, she has no role yet");
    let lease = LeaseRecord::new(now(), now() + TimeDelta::days(7), serde_json::Value::Null);
    desk.store.set_meta(MetaKey::Lease, &lease).unwrap();
    write(2).unwrap();
    assert_eq!(desk.section(1, "plan").unwrap(), "Weekly.");
    let ahead = now() + TimeDelta::days(270);
    assert_eq!(desk.store.roles(ahead).unwrap(), [Role::Clinician]);
}
