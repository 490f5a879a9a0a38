//! What a wrong clock may not do.

use crate::clinic::{Desk, identity, key, laptop, now, patch};
use crate::typing::desk;
use chrono::TimeDelta;
use mentalspace_domain::people::{DatedRole, Role};
use mentalspace_store::profile::LeaseRecord;
use mentalspace_store::{MetaKey, Store, Writing};

/// Her role began on the day on which the server last spoke.
fn began_today(desk: Desk) -> Desk {
    let Desk { store, path, dir } = desk;
    let mut whose = identity(laptop());
    whose.user.roles = vec![DatedRole { role: Role::Clinician, from: now().date_naive(), until: None }];
    store.set_meta(MetaKey::Identity, &whose).unwrap();
    drop(store);
    Desk { store: Store::open(&path, &key()).unwrap(), path, dir }
}

#[test]
fn a_clock_nine_months_behind_takes_no_role_away() {
    let (_, desk) = desk("");
    let desk = began_today(desk);
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
