//! Pushing commands. A command leaves the outbox only when a pull says that it was processed.

use chrono::{DateTime, Utc};
use mentalspace_domain::command::CommandEnvelope;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::CommandId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A command with its place in the device's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushedCommand {
    /// Gapless per device, from 1.
    pub seq: i64,
    /// The command.
    pub envelope: CommandEnvelope,
    /// What had become of it before the server was restored to an earlier state, where it is offered again. Taken
    /// before what it was built on has come back, it would become something else: see [`PushAnswer::waiting`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
}

/// What had become of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// Its outcome.
    pub outcome: Outcome,
    /// [`CommandResult::made`].
    pub made: u32,
}

/// A batch, in order; at most [`crate::limits::MAX_PUSH_COMMANDS`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushRequest {
    /// The epoch that the device knows.
    pub log_epoch: Uuid,
    /// The device's clock, to record its skew.
    pub device_time: DateTime<Utc>,
    /// The commands.
    pub commands: Vec<PushedCommand>,
}

/// What became of one command; stored with its effects, and returned unchanged to every replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// Its place in the device's order.
    pub seq: i64,
    /// The command.
    pub id: CommandId,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The server's clock when it was decided.
    pub decided_at: DateTime<Utc>,
    /// How many records it made that were not there, and facts it overruled that its sender had not seen. Two effects
    /// with one outcome differ in that: whether an addendum was begun or written on, whether a correction came last.
    #[serde(default)]
    pub made: u32,
}

/// The batch was processed and is durable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushAnswer {
    /// The last processed number of this device.
    pub processed_seq: i64,
    /// What became of each.
    pub results: Vec<CommandResult>,
    /// True where the server, restored to an earlier state, took only the first of the commands: what the next one was
    /// built on is still on another device. It and those behind it are offered again at the next contact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waiting: bool,
}
