//! `demo-data`: the fictional practice, in an empty database.

use super::{CommandError, open_server, say};
use crate::clock::SettableClock;
use crate::config::Settings;
use crate::demo::generate;
use crate::demo_load::load;
use crate::edge::Edge;
use chrono::{NaiveDate, TimeZone as _};
use clap::Args;
use mentalspace_crypto::SystemRandomness;
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::recipient::RecipientKey;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// What all of the demonstration's staff sign in with. No secret: nothing real is behind it.
const DEMO_PASSWORD: &str = "otter lantern plum thirty";
/// The demonstration that everybody gets.
const SEED: u64 = 1;
/// The hour of the morning at which the practice is looked at.
const MORNING: u32 = 7;

#[derive(Debug, Args)]
pub(super) struct DemoData {
    /// The day on which the practice is looked at, e.g. 2026-03-02: visits before it are past.
    #[arg(long)]
    as_of: NaiveDate,
    /// The password of all of its staff.
    #[arg(long, default_value = DEMO_PASSWORD)]
    password: String,
    /// Another practice of the same kind.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Where to write the practice's recovery key; else nobody has it.
    #[arg(long)]
    recovery_key_out: Option<PathBuf>,
}

impl DemoData {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let demo = generate(self.seed, self.as_of);
        let zone: chrono_tz::Tz =
            demo.zone.parse().map_err(|_| CommandError::Refused("no such zone".to_owned()))?;
        let morning = self
            .as_of
            .and_hms_opt(MORNING, 0, 0)
            .and_then(|civil| zone.from_local_datetime(&civil).earliest());
        let morning = morning.ok_or_else(|| CommandError::Refused("that day has no morning".to_owned()))?;
        let recovery = RecipientKey::generate(&SystemRandomness::new())
            .map_err(|why| CommandError::Refused(why.to_string()))?;
        if let Some(path) = &self.recovery_key_out {
            super::practice::write_recovery_key(path, demo.name, &recovery)?;
        }
        let clock = Arc::new(SettableClock::at(morning.to_utc()));
        let (server, secret) = open_server(settings, clock, Arc::new(SystemRandomness::new()))?;
        let edge = Edge::new(server, &secret, Argon2Params::SERVER)?;
        let (practice, loaded) = load(&edge, &demo, &self.password, recovery.public_key()).await?;
        let users: Vec<&str> = demo.users.iter().map(|user| user.login).collect();
        say(&json!({
            "practice": practice, "users": users, "password": self.password, "clients": loaded.clients,
            "appointments": loaded.appointments, "notes": loaded.notes, "signed": loaded.signed,
            "addenda": loaded.addenda, "combined": loaded.combined, "parked": loaded.parked,
        }))
    }
}
