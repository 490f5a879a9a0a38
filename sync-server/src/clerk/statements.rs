//! The clerk's statements.

use crate::statement::{row, statements};
use chrono::{DateTime, Utc};
use uuid::Uuid;

row! {
    /// A row of the quarantine that has no place yet, or whose author can no longer see to it.
    pub(crate) struct ToPlace {
        command_id: Uuid,
        user_id: Uuid,
        device_id: Uuid,
        device_seq: i64,
        device_active: bool,
        code: String,
        sealed_payload: Vec<u8>,
        received_at: DateTime<Utc>,
    }
}

row! {
    /// A ruling of which the author has not been told.
    pub(crate) struct ToTell {
        command_id: Uuid,
        user_id: Uuid,
        resolution: String,
        resolved_by: Uuid,
        resolved_at: DateTime<Utc>,
        asserted_at: DateTime<Utc>,
    }
}

row! {
    /// That a user holds a bucket, and since when, or held it once.
    pub(crate) struct EverGranted {
        user_id: Uuid,
        bucket_id: Uuid,
        held_since: Option<DateTime<Utc>>,
    }
}

row! {
    /// Whether there is anything to do.
    pub(crate) struct Waits {
        waits: bool,
    }
}

statements! {
    WAITS: Waits = "SELECT quarantine_waits() AS waits";

    TO_PLACE: ToPlace = "
        SELECT command_id, user_id, device_id, device_seq, device_active, code, sealed_payload, received_at
        FROM quarantine_to_place($1)";

    PLACE: () = "SELECT FROM place_quarantine($1, $2, $3, $4)";

    EVER_GRANTED: EverGranted = "SELECT user_id, bucket_id, held_since FROM ever_granted($1, $2)";

    TO_TELL: ToTell = "
        SELECT command_id, user_id, resolution, resolved_by, resolved_at, asserted_at FROM quarantine_to_tell($1)";

    TOLD: () = "SELECT FROM quarantine_told($1, $2)";
}
