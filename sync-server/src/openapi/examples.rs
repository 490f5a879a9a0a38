//! One instance of every message, with every optional field filled.

use super::Message;
use super::schema::{reads, tree};
use chrono::{DateTime, Utc};
use mentalspace_crypto::sha256;
use mentalspace_domain::addendum::dismiss::DismissAddendum;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::{FieldError, Outcome};
use mentalspace_domain::ids::{
    AddendumId, BucketId, ClientId, CommandId, DeviceId, KeyId, NoteId, PracticeId, UserId,
};
use mentalspace_domain::people::{DatedRole, Practice, Role, SigningKeyCertificate, User};
use mentalspace_protocol::enrolment::{
    EnrolAnswer, EnrolRequest, FirstAdministratorAnswer, FirstAdministratorRequest, Lease, SignedLease,
};
use mentalspace_protocol::error::{ErrorBody, ErrorCode, Position};
use mentalspace_protocol::pull::{Cursor, HeldSummary, PullRequest};
use mentalspace_protocol::push::{Before, CommandResult, PushAnswer, PushRequest, PushedCommand};
use mentalspace_protocol::session::{
    ChangePasswordRequest, DeviceListed, Directive, EpochBridge, HelloAnswer, HelloRequest,
    RevokeDeviceRequest, SignInAnswer, SignInRequest, TreeHead,
};
use mentalspace_protocol::verify::{PurgeAckRequest, VerifiedRow, VerifyAnswer, VerifyRequest};
use uuid::Uuid;

macro_rules! messages {
    ($($constant:ident $name:literal: $type:ty = $example:expr;)+) => {
        impl Message {$(
            #[doc = concat!("`", stringify!($type), "`.")]
            pub const $constant: Self =
                Self { name: $name, example: || tree::<$type>(&$example), reads: reads::<$type> };
        )+
            /// Every message.
            pub const ALL: &'static [Self] = &[$(Self::$constant),+];
        }
    };
}

messages! {
    ERROR_BODY "ErrorBody": ErrorBody = ErrorBody {
        code: ErrorCode::SequenceGap,
        message: text(),
        field_errors: vec![FieldError { field: text(), message: text() }],
        retryable: true,
        incident: Some(text()),
        position: Some(Position { log_epoch: id(), processed_seq: 1 }),
        retry_after: None,
    };
    FIRST_ADMINISTRATOR_REQUEST "FirstAdministratorRequest": FirstAdministratorRequest =
        FirstAdministratorRequest { token: text(), login: text(), display_name: text(), password: text() };
    FIRST_ADMINISTRATOR_ANSWER "FirstAdministratorAnswer": FirstAdministratorAnswer =
        FirstAdministratorAnswer { practice: PracticeId::new(id()), user: UserId::new(id()) };
    ENROL_REQUEST "EnrolRequest": EnrolRequest = EnrolRequest {
        secret: text(),
        login: text(),
        password: text(),
        device: DeviceId::new(id()),
        device_name: text(),
        os: text(),
        device_key: text(),
        signing_key_id: KeyId::new(id()),
        signing_key: text(),
    };
    ENROL_ANSWER "EnrolAnswer": EnrolAnswer = EnrolAnswer {
        practice: practice(),
        user: user(),
        token: text(),
        server_time: instant(),
        lease: lease(),
        log_epoch: id(),
        recovery_key: text(),
        server_key: certificate(),
    };
    SIGN_IN_REQUEST "SignInRequest": SignInRequest = SignInRequest { login: text(), password: text(), reset_code: Some(text()) };
    SIGN_IN_ANSWER "SignInAnswer": SignInAnswer = SignInAnswer { token: text(), server_time: instant(), lease: lease() };
    CHANGE_PASSWORD_REQUEST "ChangePasswordRequest": ChangePasswordRequest = ChangePasswordRequest { current: text(), new: text() };
    HELLO_REQUEST "HelloRequest": HelloRequest = HelloRequest {
        log_epoch: id(),
        device_time: instant(),
        unsent: 0,
        tree_size: 0,
        tree_epoch: Some(id()),
        held: HeldSummary { buckets: 1, heads: 1, grants: 1 },
    };
    HELLO_ANSWER "HelloAnswer": HelloAnswer = HelloAnswer {
        server_time: instant(),
        lease: Some(lease()),
        log_epoch: id(),
        processed_seq: 1,
        directive: Some(Directive::Upgrade),
        unchanged: false,
        tree_head: Some(TreeHead { log_epoch: id(), size: 1, root: text(), at: instant(), signature: text() }),
        consistency: vec![text()],
        bridges: vec![EpochBridge {
            form: text(),
            practice: PracticeId::new(id()),
            from_epoch: id(),
            from_size: 1,
            from_root: text(),
            to_epoch: id(),
            at: instant(),
            key: KeyId::new(id()),
            signature: text(),
        }],
        behind: true,
    };
    PUSH_REQUEST "PushRequest": PushRequest =
        PushRequest { log_epoch: id(), device_time: instant(), commands: vec![command()] };
    PUSH_ANSWER "PushAnswer": PushAnswer = PushAnswer {
        processed_seq: 1,
        results: vec![CommandResult {
            seq: 1,
            id: CommandId::new(id()),
            outcome: Outcome::Applied,
            decided_at: instant(),
            made: 1,
        }],
        waiting: true,
    };
    PULL_REQUEST "PullRequest": PullRequest = PullRequest {
        log_epoch: id(),
        cursors: vec![Cursor { bucket: BucketId::new(id()), seq: 1 }],
        priority: vec![BucketId::new(id())],
        rows: 100,
        results_after: 1,
    };
    VERIFY_REQUEST "VerifyRequest": VerifyRequest = VerifyRequest { bucket: BucketId::new(id()) };
    VERIFY_ANSWER "VerifyAnswer": VerifyAnswer = VerifyAnswer {
        head: 1,
        digest: text(),
        rows: vec![VerifiedRow { kind: text(), id: id(), rev: 1, sha256: sha256(b"") }],
    };
    PURGE_ACK_REQUEST "PurgeAckRequest": PurgeAckRequest =
        PurgeAckRequest { bucket: Some(BucketId::new(id())), rows: 1, at: instant(), in_part_unread: true };
    DEVICE_LIST "DeviceList": Vec<DeviceListed> = vec![DeviceListed {
        device: DeviceId::new(id()),
        user: UserId::new(id()),
        name: text(),
        status: text(),
        last_contact: Some(instant()),
        unsent: 0,
    }];
    REVOKE_DEVICE_REQUEST "RevokeDeviceRequest": RevokeDeviceRequest =
        RevokeDeviceRequest { device: DeviceId::new(id()), reason: text() };
}

fn text() -> String {
    "text".to_owned()
}

const fn id() -> Uuid {
    Uuid::nil()
}

const fn instant() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn practice() -> Practice {
    Practice {
        id: PracticeId::new(id()),
        name: text(),
        zone: chrono_tz::America::New_York,
        idle_lock_minutes: 15,
        lease_days: 7,
        note_due_hours: 72,
        allow_keyring_file: false,
    }
}

fn user() -> User {
    let today = instant().date_naive();
    User {
        id: UserId::new(id()),
        login: text(),
        display_name: text(),
        credential: text(),
        roles: vec![DatedRole { role: Role::Clinician, from: today, until: Some(today) }],
        active: true,
    }
}

fn lease() -> SignedLease {
    let lease = Lease {
        device: DeviceId::new(id()),
        user: UserId::new(id()),
        issued_at: instant(),
        not_after: instant(),
    };
    SignedLease { lease, signature: text() }
}

fn certificate() -> SigningKeyCertificate {
    SigningKeyCertificate {
        id: KeyId::new(id()),
        user: Some(UserId::new(id())),
        device: Some(DeviceId::new(id())),
        public_key: text(),
        enrolled_at: instant(),
        revoked_at: Some(instant()),
        seal: text(),
    }
}

fn command() -> PushedCommand {
    let input = DismissAddendum {
        addendum_id: AddendumId::new(id()),
        note_id: NoteId::new(id()),
        client_id: ClientId::new(id()),
        reason: text(),
        seen: None,
    };
    let envelope = CommandEnvelope {
        id: CommandId::new(id()),
        asserted_at: instant(),
        depends_on: vec![CommandId::new(id())],
        command: Command::AddendumDismiss(input),
    };
    PushedCommand { seq: 1, envelope, before: Some(Before { outcome: Outcome::Applied, made: 1 }) }
}
