//! `backup`: the whole database in one sealed file; `restore-point`: a moment that the database can be taken back to.

use super::postgres::{connect, ended, program, refused, said, started};
use super::{CommandError, Console, say};
use crate::audit::{self, Event};
use crate::backup::{About, BackupError, PracticeInBackup, Reader, Writer};
use crate::caller::Acting;
use crate::config::{Settings, read_key_encryption_key};
use crate::log::{self, Heads};
use crate::{Server, migrations};
use clap::Args;
use mentalspace_crypto::{Secret32, SystemRandomness};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::BufReader;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write. One that is there already is never written over.
    #[arg(long)]
    out: PathBuf,
    /// The directory of `pg_dump`; else it is looked for on the path.
    #[arg(long)]
    programs: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RestorePoint {
    /// What to call it, for `recovery_target_name`: letters, digits, `.`, `-` and `_`.
    #[arg(long)]
    name: Option<String>,
}

impl Backup {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let console = Console::open(settings)?;
        let secret = read_key_encryption_key(&settings.key_encryption_key)?;
        // Made first, and anew: whoever names a file that is there keeps it.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.out);
        let file = file.map_err(|why| CommandError::System {
            doing: format!("{} could not be made anew; nothing was written", self.out.display()),
            why,
        })?;
        let written = self.write(&console.server, settings, &secret, &file).await;
        match written {
            Ok((about, bytes)) => say(&json!({
                "file": self.out.display().to_string(), "taken_at": about.taken_at, "bytes": bytes,
                "practices": about.practices,
            })),
            Err(error) => {
                // Half a backup must not be taken for one. If it cannot be removed, its missing end says so.
                let _ = std::fs::remove_file(&self.out);
                Err(error)
            }
        }
    }

    async fn write(
        &self,
        server: &Server,
        settings: &Settings,
        secret: &Secret32,
        file: &File,
    ) -> Result<(About, u64), CommandError> {
        let practices = sign_heads(server, "backup").await?;
        let about = About {
            taken_at: server.now(),
            release: env!("CARGO_PKG_VERSION").to_owned(),
            migrations: migrations::known(),
            practices,
        };
        let url = settings.database.backup()?;
        let mut dump = program("pg_dump", self.programs.as_deref(), url)?;
        dump.args(["--format=custom", "--compress=1", "--lock-wait-timeout=60s"]).stdout(Stdio::piped());
        let mut child = started(&mut dump)?;
        let output = child.stdout.take().ok_or_else(|| refused("pg_dump has no output."))?;
        let random = SystemRandomness::new();
        let taken = || -> Result<u64, BackupError> {
            let mut writer = Writer::begin(file, secret, &about, &random)?;
            let bytes = writer.take(output)?;
            writer.end()?.sync_all()?;
            Ok(bytes)
        };
        let bytes = tokio::task::block_in_place(taken);
        if bytes.is_err() {
            let _ = child.kill();
        }
        // What pg_dump did not end well is no backup, however whole the file looks.
        let dumped = ended("pg_dump", &mut child);
        let bytes = bytes.map_err(|error| unusable(&error))?;
        dumped?;
        // A backup that nobody has read is a hope.
        tokio::task::block_in_place(|| whole(&self.out, secret)).map_err(|error| unusable(&error))?;
        Ok((about, bytes))
    }
}

/// Reads a backup from one end to the other and gives what it says of itself.
pub(super) fn whole(path: &Path, secret: &Secret32) -> Result<About, BackupError> {
    let reader = Reader::open(BufReader::new(File::open(path)?), secret)?;
    let about = reader.about().clone();
    reader.give(std::io::sink())?;
    Ok(about)
}

pub(super) fn unusable(error: &BackupError) -> CommandError {
    refused(&format!("{error}. The database was not touched."))
}

/// Signs the head of every practice's tree as it is now: what a bridge names after a restore is then as late as can be.
/// Of a database whose devices have not been told that it was restored, none is signed: the old epoch would go on in two
/// places, and a device that has seen the one would take the other for a forgery.
async fn sign_heads(server: &Server, what: &'static str) -> Result<Vec<PracticeInBackup>, CommandError> {
    if !crate::epoch::strangers(server).await?.is_empty() {
        return Err(refused(
            "this database was restored, recovered or copied, and its devices have not been told. Nothing was written. Run \
             `mentalspace-server restore --recovered` first.",
        ));
    }
    let mut practices = Vec::new();
    for practice in crate::practice::all(server).await? {
        let acting = Acting::console(practice, server.new_id()?);
        let tx = server.db.begin(&acting).await?;
        audit::record(&tx, &acting, server.now(), server.new_id()?, vec![Event::new(what, "applied")])
            .await?;
        tx.commit().await?;
        let mut grown = log::sequence(server, practice, Heads::Now).await?;
        while grown.more {
            grown = log::sequence(server, practice, Heads::Now).await?;
        }
        let (log_epoch, tree_size) = crate::epoch::last_head(server, &acting).await?;
        practices.push(PracticeInBackup { practice, log_epoch, tree_size });
    }
    Ok(practices)
}

impl RestorePoint {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let console = Console::open(settings)?;
        let now = console.server.now();
        let name = self.name.unwrap_or_else(|| now.format("mentalspace-%Y%m%dT%H%M%SZ").to_string());
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
            return Err(refused(
                "a restore point is named by 1 to 63 letters, digits and . - _; none was made.",
            ));
        }
        let practices = sign_heads(&console.server, "restore_point").await?;
        let owner = connect(settings.database.owner()?).await?;
        let place: String = owner
            .query_one("SELECT pg_create_restore_point($1)::text", &[&name])
            .await
            .map_err(|why| said(&why))?
            .get(0);
        let archives: bool = owner
            .query_one("SELECT current_setting('archive_mode') <> 'off'", &[])
            .await
            .map_err(|why| said(&why))?
            .get(0);
        if !archives {
            eprintln!(
                "PostgreSQL keeps no archive of its log (archive_mode is off): the point is set, but only a base \
                 backup with an archive from before it can be taken there. See docs/operations/restore.md."
            );
        }
        say(&json!({ "name": name, "lsn": place, "at": now, "archived": archives, "practices": practices }))
    }
}
