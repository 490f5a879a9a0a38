//! One chart at work: commands are decided as the server decides them, each at its own time of the past, and what
//! they made is filed in one transaction.

use crate::Server;
use crate::audit::{self, Event};
use crate::caller::Acting;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::records::Desk;
use crate::records::narrow::{Narrow, concerns};
use crate::sealing::SealKey;
use crate::sync::receipts::receipts;
use crate::{grants, leases};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use mentalspace_domain::command::Command;
use mentalspace_domain::context::{Actor, Context, Side};
use mentalspace_domain::decision::Outcome as Became;
use mentalspace_domain::ids::{ClientId, CommandId, DeviceId, PracticeId};
use mentalspace_domain::people::{User, in_force};
use mentalspace_domain::record::{RecordKey, RecordKind};
use mentalspace_domain::world::{Need, World};
use std::sync::Arc;

/// Who writes, where and in which zone.
pub(super) struct Hand<'a> {
    pub(super) practice: PracticeId,
    pub(super) zone: Tz,
    pub(super) user: &'a User,
    pub(super) device: DeviceId,
}

/// The scribe of one chart.
pub(super) struct Scribe<'a> {
    server: &'a Server,
    hand: Hand<'a>,
    acting: Acting,
    tx: Tx,
    desk: Desk<'a>,
    narrow: Narrow,
    seal: Arc<SealKey>,
    events: Vec<Event>,
}

impl<'a> Scribe<'a> {
    pub(super) async fn begin(server: &'a Server, hand: Hand<'a>) -> Outcome<Self> {
        let acting = Acting {
            device: Some(hand.device),
            ..Acting::entering(hand.practice, hand.user.id, server.new_id()?, None)
        };
        let tx = server.db.begin(&acting).await?;
        let seal = leases::seal_key(server, &tx, hand.practice).await?;
        let desk = Desk::new(server, hand.practice);
        Ok(Self { server, hand, acting, tx, desk, narrow: Narrow::default(), seal, events: Vec::new() })
    }

    /// Lays out at once what many commands will ask for.
    pub(super) async fn fetch(&mut self, needs: &[Need]) -> Outcome<()> {
        self.desk.fetch(&self.tx, needs).await
    }

    /// What lies on the desk.
    pub(super) async fn world(&mut self, needs: &[Need]) -> Outcome<World> {
        self.fetch(needs).await?;
        Ok(self.desk.world(needs))
    }

    /// The surroundings of a decision at `at`.
    pub(super) fn context(&self, device: DeviceId, at: DateTime<Utc>) -> Outcome<Context> {
        let user = self.hand.user;
        Ok(Context {
            practice: self.hand.practice,
            actor: Actor {
                user: user.id,
                display_name: user.display_name.clone(),
                credential: user.credential.clone(),
                roles: in_force(&user.roles, self.hand.zone, &[at]),
                grants: self.desk.grants(),
            },
            device,
            command: CommandId::new(self.server.new_id()?),
            asserted_at: at,
            now: at,
            zone: self.hand.zone,
            side: Side::Server,
        })
    }

    /// Decides a command on the writer's own device.
    pub(super) async fn write(&mut self, at: DateTime<Utc>, command: Command) -> Outcome<Became> {
        self.write_on(self.hand.device, at, command).await
    }

    /// Decides a command. A refusal is a mistake of the generator or of the loader, and ends the loading.
    pub(super) async fn write_on(
        &mut self,
        device: DeviceId,
        at: DateTime<Utc>,
        command: Command,
    ) -> Outcome<Became> {
        let ctx = self.context(device, at)?;
        let needs = command.needs(&ctx);
        let world = self.world(&needs).await?;
        let refused = |code: &dyn std::fmt::Debug, message: &str| {
            Failure::internal(format!("{} of {at} was refused: {code:?}, {message}", command.name()))
        };
        let decision = command.decide(&world, &ctx).map_err(|refusal| {
            let fields: Vec<&str> = refusal.field_errors.iter().map(|error| error.field.as_str()).collect();
            refused(&refusal.code, &format!("{} {fields:?}", refusal.message))
        })?;
        if let Became::Rejected { code, message } = &decision.outcome {
            return Err(refused(code, message));
        }
        let mut changes = decision.changes;
        changes.extend(receipts(&changes, &self.seal, at)?);
        for change in &changes {
            if concerns(change, self.desk.standing_record(change.bucket(), change.key())) {
                self.narrow.take(change);
            }
        }
        self.events.extend(
            changes.iter().filter(|change| is_signed(change.key().kind)).map(|change| {
                Event::new(command.name(), "applied").within(change.bucket()).about(change.key())
            }),
        );
        self.desk.change(&changes).map_err(Failure::internal)?;
        Ok(decision.outcome)
    }

    /// Works out who sees the new client's chart, so that her clinician may write in it.
    pub(super) async fn grant(&mut self, client: ClientId, day: NaiveDate) -> Outcome<()> {
        let (practice, now) = (self.hand.practice, self.server.now());
        self.write_narrow().await?;
        grants::for_clients(self.server, &self.tx, practice, &[client], day, now).await?;
        self.desk.relearn_buckets(&self.tx).await
    }

    async fn write_narrow(&mut self) -> Outcome<()> {
        let narrow = std::mem::take(&mut self.narrow);
        narrow.write(&self.tx, self.hand.practice.uuid()).await.map_err(Failure::internal)
    }

    /// Files everything and makes it durable.
    pub(super) async fn finish(mut self) -> Outcome<()> {
        self.write_narrow().await?;
        let prepared = self.desk.prepare(&self.tx).await?;
        for event in &mut self.events {
            event.content = event.record.and_then(|key: RecordKey| prepared.content.get(&key).copied());
        }
        let mut events = vec![Event::new("demonstration_chart", "applied")];
        events.append(&mut self.events);
        audit::record(&self.tx, &self.acting, self.server.now(), self.server.new_id()?, events).await?;
        prepared.file(&self.tx, self.hand.practice.uuid()).await?;
        self.tx.commit().await
    }
}

/// Whether the hash of such a record gets its place in the log.
const fn is_signed(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::NoteVersion | RecordKind::Signature | RecordKind::Receipt)
}
