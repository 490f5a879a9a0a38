//! `user create`, `user enrolment-code`, `user reset-code`, `user disable`.

use super::{CommandError, Console};
use crate::auth::codes::{self, Purpose};
use crate::auth::{devices, leave_trace};
use crate::caller::Acting;
use crate::config::Settings;
use crate::{audit::Event, practice, tls};
use clap::Subcommand;
use mentalspace_domain::ids::{PracticeId, SupervisionId, UserId};
use mentalspace_domain::people::{DatedRole, Role, Supervision};
use mentalspace_protocol::enrolment::EnrolmentCode;

/// Whom a command is about.
#[derive(Debug, clap::Args)]
pub(super) struct Whom {
    /// The practice; may be left out where there is only one.
    #[arg(long)]
    practice: Option<PracticeId>,
    /// The user's login.
    #[arg(long)]
    login: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make a user. She sets her password when she enrols her first device.
    Create {
        #[command(flatten)]
        whom: Whom,
        /// The name printed on what she signs.
        #[arg(long)]
        name: String,
        /// Her licence or degree as printed, e.g. LPC.
        #[arg(long, default_value = "")]
        credential: String,
        /// A role that she holds from today; may be given several times.
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
        /// The login of her supervisor.
        #[arg(long)]
        supervisor: Option<String>,
    },
    /// Print a code with which she enrols one device within a day.
    EnrolmentCode {
        #[command(flatten)]
        whom: Whom,
    },
    /// Print a code with which she sets a forgotten password within half an hour.
    ResetCode {
        #[command(flatten)]
        whom: Whom,
    },
    /// End her access. Her devices hand over what was written on them, then erase themselves.
    Disable {
        #[command(flatten)]
        whom: Whom,
    },
}

fn role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("one of: {}", known.join(", "))
    })
}

impl User {
    pub(super) async fn run(self, console: &Console, settings: &Settings) -> Result<(), CommandError> {
        match self {
            Self::Create { whom, name, credential, roles, supervisor } => {
                create(console, whom, name, credential, roles, supervisor).await
            }
            Self::EnrolmentCode { whom } => enrolment_code(console, settings, whom).await,
            Self::ResetCode { whom } => {
                let (_, code) = make_code(console, &whom, Purpose::PasswordReset).await?;
                println!("{}", code.as_str());
                Ok(())
            }
            Self::Disable { whom } => disable(console, whom).await,
        }
    }
}

async fn create(
    console: &Console,
    whom: Whom,
    name: String,
    credential: String,
    roles: Vec<Role>,
    supervisor: Option<String>,
) -> Result<(), CommandError> {
    let server = &console.server;
    let acting = console.acting(whom.practice).await?;
    let tx = server.db.begin(&acting).await?;
    let about = practice::read(server, &tx, acting.practice).await?;
    let today = server.now().with_timezone(&about.zone).date_naive();
    let id = UserId::new(server.new_id()?);
    let user = mentalspace_domain::people::User {
        id,
        login: practice::login(&whom.login)?,
        display_name: practice::display_name(&name)?,
        credential,
        roles: roles.into_iter().map(|role| DatedRole { role, from: today, until: None }).collect(),
        active: true,
    };
    let supervision = match supervisor {
        Some(login) => Some(Supervision {
            id: SupervisionId::new(server.new_id()?),
            supervisor: practice::user_by_login(&tx, acting.practice, &login).await?,
            supervisee: id,
            from: today,
            until: None,
        }),
        None => None,
    };
    practice::put_users(server, &tx, &acting, vec![user], supervision.into_iter().collect()).await?;
    leave_trace(server, &tx, &acting, Event::new("user_create", "applied").because(id.to_string())).await?;
    tx.commit().await?;
    println!("{id}");
    Ok(())
}

/// Makes a code for a user and says so in the audit trail.
async fn make_code(
    console: &Console,
    whom: &Whom,
    purpose: Purpose,
) -> Result<(UserId, zeroize::Zeroizing<String>), CommandError> {
    let server = &console.server;
    let acting = console.acting(whom.practice).await?;
    let tx = server.db.begin(&acting).await?;
    let user = practice::user_by_login(&tx, acting.practice, &whom.login).await?;
    let code = codes::make(server, &tx, acting.practice, Some(user), purpose).await?;
    let event = Event::new(format!("code_{}", purpose.as_str()), "applied").because(user.to_string());
    leave_trace(server, &tx, &acting, event).await?;
    tx.commit().await?;
    Ok((user, code))
}

async fn enrolment_code(console: &Console, settings: &Settings, whom: Whom) -> Result<(), CommandError> {
    let (_, secret) = make_code(console, &whom, Purpose::Enrolment).await?;
    let code = EnrolmentCode {
        server: settings.public_address.clone(),
        ca_sha256: tls::authority_pin(&settings.tls)?.to_hex(),
        secret: secret.as_str().to_owned(),
        login: whom.login.to_lowercase(),
    };
    println!("{}", code.to_text());
    Ok(())
}

async fn disable(console: &Console, whom: Whom) -> Result<(), CommandError> {
    let server = &console.server;
    let acting: Acting = console.acting(whom.practice).await?;
    let tx = server.db.begin(&acting).await?;
    let id = practice::user_by_login(&tx, acting.practice, &whom.login).await?;
    devices::hold(&tx, acting.practice, id).await?;
    let mut user = practice::read_user(server, &tx, acting.practice, id).await?;
    user.active = false;
    practice::put_users(server, &tx, &acting, vec![user], Vec::new()).await?;
    leave_trace(server, &tx, &acting, Event::new("user_disable", "applied").because(id.to_string())).await?;
    for device in devices::of(&tx, acting.practice, Some(id)).await? {
        if device.status == "active" {
            devices::drain(server, &tx, &acting, device.device, "user disabled").await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
