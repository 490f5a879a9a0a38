//! The table of routes. What is not in it does not exist, and no entry exists without saying who may call it: only an
//! entry for enrolled devices is handed a [`Caller`].

use super::Arrived;
use super::failure::Outcome;
use crate::caller::Caller;
use crate::edge::Edge;
use crate::openapi::Message;
use crate::{auth, health};
use axum::response::Response;
use futures_util::future::BoxFuture;
use mentalspace_protocol::path;
use std::sync::Arc;

/// A handler at work.
pub type Answering = BoxFuture<'static, Outcome<Response>>;

/// Who may call, and what then happens.
#[derive(Clone, Copy)]
pub enum Entry {
    /// Anybody who reaches the server. The handler asks for a one-time code or a password itself.
    Public(fn(Arc<Edge>, Arrived) -> Answering),
    /// A device with a valid token, a valid proof, and neither it nor its user revoked.
    EnrolledDevice(fn(Arc<Edge>, Caller, Arrived) -> Answering),
    /// The same, and a revoked device that has yet to hand over what was written on it.
    RevokedDeviceToo(fn(Arc<Edge>, Caller, Arrived) -> Answering),
}

impl Entry {
    /// The policy's name, for the interface's description and the snapshot of the table.
    #[must_use]
    pub const fn policy(&self) -> &'static str {
        match self {
            Self::Public(_) => "public",
            Self::EnrolledDevice(_) => "enrolled_device",
            Self::RevokedDeviceToo(_) => "revoked_device_too",
        }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.policy())
    }
}

/// The two methods of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Carries a JSON message.
    Post,
}

impl Verb {
    /// In capitals.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One address of the interface.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method.
    pub verb: Verb,
    /// The path.
    pub path: &'static str,
    /// Who may call, and what then happens.
    pub entry: Entry,
    /// What it does, one line.
    pub summary: &'static str,
    /// The message taken.
    pub takes: Option<Message>,
    /// The message given; absent where the answer is a stream or empty.
    pub gives: Option<Message>,
}

/// Every route.
pub static ROUTES: &[Route] = &[
    Route {
        verb: Verb::Post,
        path: path::FIRST_ADMINISTRATOR,
        entry: Entry::Public(|edge, arrived| Box::pin(auth::first_administrator::redeem(edge, arrived))),
        summary: "Redeem the one-time token of a new practice for its first administrator.",
        takes: Some(Message::FIRST_ADMINISTRATOR_REQUEST),
        gives: Some(Message::FIRST_ADMINISTRATOR_ANSWER),
    },
    Route {
        verb: Verb::Post,
        path: path::ENROL,
        entry: Entry::Public(|edge, arrived| Box::pin(auth::enrol::enrol(edge, arrived))),
        summary: "Enrol a device by a one-time code and the user's password.",
        takes: Some(Message::ENROL_REQUEST),
        gives: Some(Message::ENROL_ANSWER),
    },
    Route {
        verb: Verb::Post,
        path: path::SIGN_IN,
        entry: Entry::Public(|edge, arrived| Box::pin(auth::sign_in::sign_in(edge, arrived))),
        summary: "A new token for an enrolled device, by password and the device's proof.",
        takes: Some(Message::SIGN_IN_REQUEST),
        gives: Some(Message::SIGN_IN_ANSWER),
    },
    Route {
        verb: Verb::Post,
        path: path::CHANGE_PASSWORD,
        entry: Entry::EnrolledDevice(|edge, caller, arrived| {
            Box::pin(auth::change_password::change(edge, caller, arrived))
        }),
        summary: "Change the password; every other session of the user ends.",
        takes: Some(Message::CHANGE_PASSWORD_REQUEST),
        gives: None,
    },
    Route {
        verb: Verb::Post,
        path: path::HELLO,
        entry: Entry::RevokedDeviceToo(|edge, caller, arrived| {
            Box::pin(super::sync::hello(edge, caller, arrived))
        }),
        summary: "What a device asks first: lease, epoch, what to do, whether anything changed.",
        takes: Some(Message::HELLO_REQUEST),
        gives: Some(Message::HELLO_ANSWER),
    },
    Route {
        verb: Verb::Post,
        path: path::PUSH,
        entry: Entry::RevokedDeviceToo(|edge, caller, arrived| {
            Box::pin(super::sync::push(edge, caller, arrived))
        }),
        summary: "Hand over commands in order; the answer says what became of each.",
        takes: Some(Message::PUSH_REQUEST),
        gives: Some(Message::PUSH_ANSWER),
    },
    Route {
        verb: Verb::Post,
        path: path::PULL,
        entry: Entry::EnrolledDevice(|edge, caller, arrived| {
            Box::pin(super::sync::pull(edge, caller, arrived))
        }),
        summary: "What changed since the cursors: a zstd stream of JSON lines.",
        takes: Some(Message::PULL_REQUEST),
        gives: None,
    },
    Route {
        verb: Verb::Post,
        path: path::VERIFY,
        entry: Entry::EnrolledDevice(|edge, caller, arrived| {
            Box::pin(super::sync::verify(edge, caller, arrived))
        }),
        summary: "Identities and hashes of a bucket's live rows.",
        takes: Some(Message::VERIFY_REQUEST),
        gives: Some(Message::VERIFY_ANSWER),
    },
    Route {
        verb: Verb::Post,
        path: path::PURGE_ACK,
        entry: Entry::RevokedDeviceToo(|edge, caller, arrived| {
            Box::pin(super::sync::purge_ack(edge, caller, arrived))
        }),
        summary: "Say that a bucket, or the whole device, was erased.",
        takes: Some(Message::PURGE_ACK_REQUEST),
        gives: None,
    },
    Route {
        verb: Verb::Get,
        path: path::EVENTS,
        entry: Entry::EnrolledDevice(|edge, caller, arrived| {
            Box::pin(super::events::events(edge, caller, arrived))
        }),
        summary: "Server-sent events without content: something the device may see has changed.",
        takes: None,
        gives: None,
    },
    Route {
        verb: Verb::Get,
        path: path::DEVICES,
        entry: Entry::EnrolledDevice(|edge, caller, arrived| {
            Box::pin(auth::devices::list(edge, caller, arrived))
        }),
        summary: "The caller's devices; all of the practice for an administrator.",
        takes: None,
        gives: Some(Message::DEVICE_LIST),
    },
    Route {
        verb: Verb::Post,
        path: path::REVOKE_DEVICE,
        entry: Entry::EnrolledDevice(|edge, caller, arrived| {
            Box::pin(auth::devices::revoke(edge, caller, arrived))
        }),
        summary: "Revoke a device of the caller's, or any of the practice for an administrator.",
        takes: Some(Message::REVOKE_DEVICE_REQUEST),
        gives: None,
    },
    Route {
        verb: Verb::Get,
        path: health::LIVE,
        entry: Entry::Public(|_, _| Box::pin(health::live())),
        summary: "The process answers.",
        takes: None,
        gives: None,
    },
    Route {
        verb: Verb::Get,
        path: health::READY,
        entry: Entry::Public(|edge, _| Box::pin(health::ready(edge))),
        summary: "The database answers and its migrations are those of this release.",
        takes: None,
        gives: None,
    },
];
