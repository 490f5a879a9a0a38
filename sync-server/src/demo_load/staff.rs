//! The staff: users, who supervises whom, one password for all, and for each author a key to sign with.

use crate::audit::Event;
use crate::auth::certificates;
use crate::auth::leave_trace;
use crate::auth::sign_in::keep_password;
use crate::caller::Acting;
use crate::db::Tx;
use crate::demo::{DemoNote, DemoPractice, DemoRole, DemoUser, UserIndex};
use crate::edge::Edge;
use crate::http::failure::{Failure, Outcome};
use crate::statement::statements;
use crate::{Server, leases, practice};
use chrono::{Days, NaiveDate, NaiveTime};
use mentalspace_crypto::password::Password;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_domain::ids::{DeviceId, KeyId, PracticeId, SupervisionId, UserId};
use mentalspace_domain::people::{DatedRole, Role, SigningKeyCertificate, Supervision, User};
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::types::ToSql;

/// Days before the day of looking at which everybody began: longer than the past of any chart.
const BEGAN_BEFORE: u64 = 600;

statements! {
    /// Enters a device that was and is no more.
    FORMER_DEVICE: () = "INSERT INTO device (practice_id, device_id, user_id, name, os, device_key, status, created_at, \
                                             revoked_at) \
                         VALUES ($1, $2, $3, $4, 'demonstration', $5, 'revoked', $6, $6)";
}

/// One member of staff, with what she signs with.
pub(super) struct Member {
    pub(super) user: User,
    pub(super) key_id: KeyId,
    pub(super) key: SigningKey,
    pub(super) device: DeviceId,
    /// Devices on which drafts were edited, by name.
    pub(super) others: BTreeMap<&'static str, DeviceId>,
}

/// Everybody, in the order of the generator's list.
pub(super) struct Staff(Vec<Member>);

impl Staff {
    pub(super) fn member(&self, index: UserIndex) -> Outcome<&Member> {
        self.0
            .get(index.0)
            .ok_or_else(|| Failure::internal("the demonstration names a user that it does not have"))
    }

    /// Enters everybody.
    pub(super) async fn enter(
        edge: &Edge,
        acting: &Acting,
        demo: &DemoPractice,
        password: &str,
    ) -> Outcome<Self> {
        let server = &edge.server;
        let began = demo.as_of.checked_sub_days(Days::new(BEGAN_BEFORE)).unwrap_or(demo.as_of);
        let treating: BTreeSet<UserIndex> = demo.clients.iter().map(|client| client.clinician).collect();
        let members = demo
            .users
            .iter()
            .enumerate()
            .map(|(n, user)| {
                member(server, user, treating.contains(&UserIndex(n)), began, others(demo, UserIndex(n)))
            })
            .collect::<Outcome<Vec<_>>>()?;
        let staff = Self(members);
        let supervisions = staff.supervisions(server, demo, began)?;
        let mut hashes = Vec::new();
        for member in &staff.0 {
            let words = [member.user.login.as_str(), member.user.display_name.as_str(), demo.name];
            hashes.push(edge.passwords.store(Password::new(password), &words).await?);
        }
        let tx = server.db.begin(acting).await?;
        let users = staff.0.iter().map(|member| member.user.clone()).collect();
        practice::put_users(server, &tx, acting, users, supervisions).await?;
        for (member, hash) in staff.0.iter().zip(&hashes) {
            keep_password(&tx, acting.practice, member.user.id, hash, server.now()).await?;
        }
        staff.enter_keys(server, &tx, acting.practice, began).await?;
        leave_trace(server, &tx, acting, Event::new("demonstration_staff", "applied")).await?;
        tx.commit().await?;
        Ok(staff)
    }

    fn supervisions(
        &self,
        server: &Server,
        demo: &DemoPractice,
        from: NaiveDate,
    ) -> Outcome<Vec<Supervision>> {
        let mut supervisions = Vec::new();
        for (user, member) in demo.users.iter().zip(&self.0) {
            if let Some(supervisor) = user.supervisor {
                supervisions.push(Supervision {
                    id: SupervisionId::new(server.new_id()?),
                    supervisor: self.member(supervisor)?.user.id,
                    supervisee: member.user.id,
                    from,
                    until: None,
                });
            }
        }
        Ok(supervisions)
    }

    async fn enter_keys(
        &self,
        server: &Server,
        tx: &Tx,
        practice: PracticeId,
        began: NaiveDate,
    ) -> Outcome<()> {
        let seal = leases::seal_key(server, tx, practice).await?;
        let enrolled_at = began.and_time(NaiveTime::MIN).and_utc();
        let mut sealed = Vec::new();
        for member in &self.0 {
            let devices = [("Demonstration", member.device)].into_iter().chain(member.others.clone());
            for (name, device) in devices {
                // Nobody holds the private half of the key that such a device would prove itself with.
                let proof =
                    SigningKey::generate(&*server.randomness).map_err(Failure::internal)?.public_key();
                let values: [&(dyn ToSql + Sync); 6] = [
                    &practice.uuid(),
                    &device.uuid(),
                    &member.user.id.uuid(),
                    &name,
                    &proof.as_bytes().as_slice(),
                    &enrolled_at,
                ];
                tx.run(&FORMER_DEVICE, &values).await?;
            }
            let mut certificate = SigningKeyCertificate {
                id: member.key_id,
                user: Some(member.user.id),
                device: Some(member.device),
                public_key: member.key.public_key().to_hex(),
                enrolled_at,
                revoked_at: None,
                seal: String::new(),
            };
            certificates::seal(&mut certificate, &seal)?;
            sealed.push(certificate);
        }
        certificates::keep(server, tx, practice, sealed).await
    }
}

fn member(
    server: &Server,
    demo: &DemoUser,
    treats: bool,
    from: NaiveDate,
    names: BTreeSet<&'static str>,
) -> Outcome<Member> {
    let mut roles = vec![role(demo.role)];
    if treats && demo.role != DemoRole::Clinician {
        roles.push(Role::Clinician);
    }
    let user = User {
        id: UserId::new(server.new_id()?),
        login: demo.login.to_owned(),
        display_name: demo.name.to_owned(),
        credential: demo.credentials.to_owned(),
        roles: roles.into_iter().map(|role| DatedRole { role, from, until: None }).collect(),
        active: true,
    };
    let device = || server.new_id().map(DeviceId::new);
    Ok(Member {
        user,
        key_id: KeyId::new(server.new_id()?),
        key: SigningKey::generate(&*server.randomness).map_err(Failure::internal)?,
        device: device()?,
        others: names.into_iter().map(|name| Ok((name, device()?))).collect::<Outcome<_>>()?,
    })
}

/// The names of the devices on which this user's drafts were edited at once.
fn others(demo: &DemoPractice, user: UserIndex) -> BTreeSet<&'static str> {
    let hers = |note: &&DemoNote| note.author == user;
    let edits = demo.notes.iter().filter(hers).filter_map(|note| note.divergence.as_ref());
    edits.flat_map(|two| [two.first.device, two.second.device]).collect()
}

const fn role(role: DemoRole) -> Role {
    match role {
        DemoRole::Administrator => Role::Administrator,
        DemoRole::PracticeManager => Role::PracticeManager,
        DemoRole::Supervisor => Role::Supervisor,
        DemoRole::Clinician => Role::Clinician,
        DemoRole::FrontDesk => Role::FrontDesk,
        DemoRole::Biller => Role::Biller,
    }
}
