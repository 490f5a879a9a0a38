//! What the programs that play the whole product are told: where PostgreSQL, their state and the product's programs
//! are. The same words for the demonstration and the benchmarks.

use std::path::Path;
use std::process::Command;

use crate::place;
use crate::programs::{self, Profile};
use crate::step::{OrStop as _, Stop};

/// `program` of the testkit or the tests, built in `profile`, with its stage set. Its state stays in the build directory under
/// `state`.
pub(crate) fn command(program: &str, profile: Profile, pg_bin: &Path, state: &str) -> Result<Command, Stop> {
    let built = programs::directory(profile);
    let state_dir = place::target().join(state);
    std::fs::create_dir_all(&state_dir).or_stop("create the state directory")?;
    let mut command = Command::new(built.join(program));
    command.arg("--pg-bin").arg(pg_bin).arg("--state-dir").arg(state_dir);
    for (option, name) in [
        ("--server", "mentalspace-server"),
        ("--device", "mentalspace-device"),
        ("--desktop", "mentalspace-desktop"),
    ] {
        command.arg(option).arg(built.join(name));
    }
    command.current_dir(place::root());
    Ok(command)
}
