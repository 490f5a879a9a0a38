//! Somebody with every right in the database rewrites the log, its tree and all, or takes of it what would prove that:
//! the next device that looks notices (T50).
#![cfg(test)]

use mentalspace_testkit::clinic::Device;
use mentalspace_tests::charts::{Chart, begin_chart, begin_note, clinic};
use serde_json::{Value, json};

/// One leaf, and every node above it as the tree wants it (RFC 6962): the log agrees with itself afterwards.
const REWRITE: &str = r"
    SET session_replication_role = replica;
    UPDATE log_leaf SET leaf_hash = sha256('somebody else did that') WHERE idx = 0;
    DO $$ BEGIN
        FOR above IN 1..(SELECT max(level) FROM log_node) LOOP
            WITH tree AS (SELECT 0 AS level, idx, leaf_hash AS hash FROM log_leaf
                          UNION ALL SELECT level, idx, hash FROM log_node)
            UPDATE log_node n SET hash = sha256('\x01'::bytea || one.hash || other.hash)
            FROM tree one, tree other
            WHERE n.level = above AND n.idx = 0 AND one.level = above - 1 AND one.idx = 0
              AND other.level = above - 1 AND other.idx = 1;
        END LOOP;
    END $$";

/// What hangs between the leaves and the heads, after the last of them was signed.
const REMOVE: &str = "SET session_replication_role = replica; DELETE FROM log_node; DELETE FROM log_leaf";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Log {
    Untouched,
    Rewritten,
    Removed,
}

fn notes(device: &mut Device, chart: &Chart) -> usize {
    let shown = device.must(&json!({"command": "chart", "client_id": chart.client})).unwrap();
    shown["notes"].as_array().unwrap().len()
}

/// What the laptop says of a log that goes on, and how many notes it and the practice then have.
fn seen(log: Log) -> (Value, usize, String) {
    let clinic = clinic().unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let chart = begin_chart(&mut laptop).unwrap();
    begin_note(&mut laptop, &chart).unwrap();
    laptop.sync().unwrap();
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.sync().unwrap();
    clinic.operator(&["restore-point", "--name", "morning"]).unwrap();
    let report = laptop.sync().unwrap();
    assert_eq!(report["status"]["alarm"], false, "{report}");

    if log == Log::Rewritten {
        clinic.sql(REWRITE).unwrap();
    }
    begin_note(&mut desk, &chart).unwrap();
    desk.sync().unwrap();
    begin_note(&mut laptop, &chart).unwrap();
    clinic.operator(&["restore-point", "--name", "evening"]).unwrap();
    if log == Log::Removed {
        clinic.sql(REMOVE).unwrap();
    }
    let report = laptop.sync().unwrap();
    let there = clinic.sql("SELECT count(*) FROM record WHERE kind = 'note'").unwrap();
    (report["status"].clone(), notes(&mut laptop, &chart), there)
}

#[test]
fn t50_a_log_that_is_rewritten_is_noticed_by_a_device_which_still_sends_and_fetches_nothing() {
    for log in [Log::Rewritten, Log::Removed] {
        let (status, here, there) = seen(log);
        assert_eq!(status["alarm"], true, "{status}");
        assert!(status["message"].as_str().unwrap().contains("does not continue"), "{status}");
        assert_eq!((here, there.as_str()), (2, "3"), "its own words went, and nothing came");
    }
}

#[test]
fn t50_control_a_log_that_only_goes_on_is_no_alarm() {
    let (status, here, there) = seen(Log::Untouched);
    assert_eq!(status["alarm"], false, "{status}");
    assert_eq!((here, there.as_str()), (3, "3"));
}
