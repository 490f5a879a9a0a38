//! `practice create`: a practice, its recovery key on paper, and the token for its first administrator.

use super::{CommandError, Console};
use crate::audit::Event;
use crate::auth::codes::{self, Purpose};
use crate::auth::leave_trace;
use crate::caller::Acting;
use crate::practice::{self, NewPractice};
use chrono_tz::Tz;
use clap::Subcommand;
use mentalspace_crypto::SystemRandomness;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_crypto::recovery::{sheet_name, to_paper};
use mentalspace_domain::ids::PracticeId;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum Practice {
    /// Make a practice. Prints, once, the token for its first administrator.
    Create {
        /// The name on its door.
        #[arg(long)]
        name: String,
        /// The zone of its clock on the wall, e.g. `America/New_York`.
        #[arg(long)]
        zone: Tz,
        /// Where to write the recovery key, to be printed and then deleted. The server does not keep it.
        #[arg(long)]
        recovery_key_out: PathBuf,
        /// Let computers without a keyring keep their device secret in a file: weaker, so it is asked for by name.
        #[arg(long)]
        allow_keyring_file: bool,
    },
}

impl Practice {
    pub(super) async fn run(self, console: &Console) -> Result<(), CommandError> {
        let Self::Create { name, zone, recovery_key_out, allow_keyring_file } = self;
        let recovery = RecipientKey::generate(&SystemRandomness::new())
            .map_err(|why| CommandError::Refused(why.to_string()))?;
        // Written first: a practice whose recovery key was lost on the way would be one without a way back.
        write_recovery_key(&recovery_key_out, &name, &recovery)?;
        let server = &console.server;
        let made = async {
            let new = NewPractice { name, zone, recovery_key: recovery.public_key(), allow_keyring_file };
            let practice = PracticeId::new(server.new_id()?);
            let acting = Acting::console(practice, server.new_id()?);
            let tx = server.db.begin(&acting).await?;
            practice::create_in(server, &tx, &acting, new).await?;
            // With the practice or not at all: one without a way in would be of no use, and its key is removed below.
            let token = codes::make(server, &tx, practice, None, Purpose::FirstAdministrator).await?;
            leave_trace(
                server,
                &tx,
                &acting,
                Event::new(format!("code_{}", Purpose::FirstAdministrator.as_str()), "applied"),
            )
            .await?;
            tx.commit().await?;
            Ok((practice, token))
        };
        let (practice, token) = made.await.inspect_err(|_: &CommandError| {
            // Nobody must print a key that opens nothing. Should this fail as well, the error is still shown.
            let _ = fs::remove_file(&recovery_key_out);
        })?;
        let hours = Purpose::FirstAdministrator.lifetime().num_hours();
        println!("practice            {practice}");
        println!("first administrator {} (works once, for {hours} hours)", token.as_str());
        println!(
            "recovery key        {} (print it, put it in a safe, delete the file)",
            recovery_key_out.display()
        );
        Ok(())
    }
}

pub(super) fn write_recovery_key(
    path: &Path,
    practice: &str,
    key: &RecipientKey,
) -> Result<(), CommandError> {
    let system = |why| CommandError::System { doing: format!("{} was not written", path.display()), why };
    let sheet = sheet_name(&key.public_key());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(system)?;
    let head = format!("MentalSpace recovery key of {practice}\nsheet {sheet}\n\n");
    let written = file.write_all(head.as_bytes()).and_then(|()| {
        file.write_all(to_paper(key).as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.map_err(system)
}
