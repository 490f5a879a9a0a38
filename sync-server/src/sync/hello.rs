//! Hello: what a device asks first, and all that an empty sync consists of. One statement that writes nothing.

use super::contacts::Contact;
use crate::caller::Caller;
use crate::http::failure::{Failure, Outcome};
use crate::leases;
use crate::server::Server;
use crate::statement::{row, statements};
use crate::{epoch, log};
use chrono::{DateTime, Utc};
use mentalspace_crypto::Sha256;
use mentalspace_domain::ids::KeyId;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::session::{Directive, EpochBridge, HelloAnswer, HelloRequest, TreeHead};
use std::sync::atomic::Ordering;
use uuid::Uuid;

row! {
    pub(crate) struct Greeting {
        status: String,
        last_seq: i64,
        log_epoch: Uuid,
        min_schema: i32,
        lease_days: i16,
        buckets: i64,
        heads: i64,
        grants: i64,
        key_id: Uuid,
        wrapped_private: Vec<u8>,
        tree_size: Option<i64>,
        tree_root: Option<Vec<u8>>,
        tree_at: Option<DateTime<Utc>>,
        tree_signature: Option<Vec<u8>>,
    }
}

statements! {
    GREET: Greeting = "
        SELECT status, last_seq, log_epoch, min_schema, lease_days, buckets, heads, grants, key_id, wrapped_private,
               tree_size, tree_root, tree_at, tree_signature
        FROM greet($1, $2, $3)";
}

/// Answers a hello: lease, epoch, what to do first, whether anything has changed, and the newest tree head with the
/// proof that it continues the one that the device keeps.
///
/// # Errors
/// `Unauthenticated` for a device that is not the caller's; `Busy`.
pub async fn hello(server: &Server, caller: &Caller, request: &HelloRequest) -> Outcome<HelloAnswer> {
    let now = server.now();
    let ids = (caller.practice.uuid(), caller.user.uuid(), caller.device.uuid());
    let found = server.db.ask(&GREET, &[&ids.0, &ids.1, &ids.2]).await?.into_iter().next();
    let greeting = found.ok_or_else(Failure::unauthenticated)?;

    let active = greeting.status == "active";
    let lease_until = active.then(|| leases::end(now, greeting.lease_days));
    let contact = Contact { at: now, unsent: request.unsent, schema: caller.schema, lease_until };
    server.contacts.note(caller.practice, caller.device, contact);

    let lease = lease_until
        .map(|until| {
            let id = KeyId::new(greeting.key_id);
            let key = server.sealing.seal_key(caller.practice, id, &greeting.wrapped_private)?;
            leases::sign(&key, caller.user, caller.device, now, until)
        })
        .transpose()?;
    let upgrade = i64::from(caller.schema) < i64::from(greeting.min_schema);
    let held = HeldSummary { buckets: greeting.buckets, heads: greeting.heads, grants: greeting.grants };
    let same_epoch = request.log_epoch == greeting.log_epoch;
    let tree = Tree::of(server, caller, request, &greeting).await?;
    Ok(HelloAnswer {
        server_time: now,
        lease,
        log_epoch: greeting.log_epoch,
        processed_seq: greeting.last_seq,
        directive: match (active, upgrade) {
            (false, _) => Some(Directive::Revoked),
            (true, true) => Some(Directive::Upgrade),
            (true, false) => None,
        },
        unchanged: active && same_epoch && held == request.held,
        tree_head: tree.head,
        consistency: tree.consistency.iter().map(Sha256::to_hex).collect(),
        bridges: tree.bridges,
        behind: tree.behind,
    })
}

/// What a device learns of the log: all of it from the same statement as the rest, unless there is something to prove.
struct Tree {
    head: Option<TreeHead>,
    consistency: Vec<Sha256>,
    bridges: Vec<EpochBridge>,
    behind: bool,
}

impl Tree {
    async fn of(
        server: &Server,
        caller: &Caller,
        request: &HelloRequest,
        greeting: &Greeting,
    ) -> Outcome<Self> {
        let acting = || caller.acting(server.now().with_timezone(&caller.zone).date_naive());
        let (theirs, size) = (request.tree_epoch.unwrap_or(request.log_epoch), request.tree_size);
        let same = theirs == greeting.log_epoch;
        let head = tree_head(greeting)?;
        let behind = same && size > head.as_ref().map_or(0, |head| head.size);
        if behind {
            epoch::reunite(server, caller.practice).await?;
            server.behind.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                device = %caller.device, seen = size, here = head.as_ref().map_or(0, |head| head.size),
                "a device has seen a later head of the log than this server has: it was set back without a new \
                 epoch. Stop, find out, and run `mentalspace-server restore --recovered`"
            );
        }
        let head = head.filter(|head| !same || head.size != size);
        // Who has seen no head may have heard of the epoch by a refusal, and knows no bridge to it. Set back once more, to
        // before it began, the server could lead such a device nowhere (simulation, seed 338).
        let bridges = if same && size > 0 { Vec::new() } else { epoch::bridges(server, &acting()).await? };
        let proven = if same {
            head.as_ref().map(|head| (head.log_epoch, head.size))
        } else {
            let led_on = bridges.iter().find(|bridge| bridge.from_epoch == theirs);
            led_on.map(|bridge| (bridge.from_epoch, bridge.from_size))
        };
        let consistency = match proven {
            Some((of, up_to)) if (1..up_to).contains(&size) => {
                // Without a proof a device takes no head: it says so, and sends what it has all the same.
                log::consistency(server, &acting(), of, size, up_to).await?.unwrap_or_default()
            }
            _ => Vec::new(),
        };
        Ok(Self { head, consistency, bridges, behind })
    }
}

fn tree_head(greeting: &Greeting) -> Outcome<Option<TreeHead>> {
    let (Some(size), Some(root), Some(at), Some(signature)) =
        (greeting.tree_size, &greeting.tree_root, greeting.tree_at, &greeting.tree_signature)
    else {
        return Ok(None);
    };
    log::tree_head(greeting.log_epoch, size, root, at, signature).map(Some)
}
