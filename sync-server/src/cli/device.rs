//! `device list` and `device revoke`.

use super::{CommandError, Console};
use crate::auth::devices;
use crate::caller::Acting;
use clap::Subcommand;
use mentalspace_domain::ids::{DeviceId, PracticeId};

#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// List the devices of a practice, one JSON line each.
    List {
        /// The practice; may be left out where there is only one.
        #[arg(long)]
        practice: Option<PracticeId>,
    },
    /// Revoke a device: it hands over what was written on it, then erases itself.
    Revoke {
        /// The practice; may be left out where there is only one.
        #[arg(long)]
        practice: Option<PracticeId>,
        /// The device.
        #[arg(long)]
        device: DeviceId,
        /// Why, for the audit trail.
        #[arg(long)]
        reason: String,
    },
}

impl Device {
    pub(super) async fn run(self, console: &Console) -> Result<(), CommandError> {
        match self {
            Self::List { practice } => {
                let acting = console.acting(practice).await?;
                let tx = console.server.db.begin(&acting).await?;
                let listed = devices::of(&tx, acting.practice, None).await?;
                tx.rollback().await?;
                for device in listed {
                    super::say(&device)?;
                }
                Ok(())
            }
            Self::Revoke { practice, device, reason } => {
                let acting: Acting = console.acting(practice).await?;
                Ok(devices::end(&console.server, &acting, device, None, &reason).await?)
            }
        }
    }
}
