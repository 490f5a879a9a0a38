//! The command line, and where the profile is.

use crate::Stop;
use std::path::{Path, PathBuf};

/// The desktop of MentalSpace.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "mentalspace-desktop", version, about)]
pub struct Options {
    /// Directory of the profile; by default `mentalspace/profile` among the user's data.
    #[arg(long, value_name = "DIR")]
    pub profile: Option<PathBuf>,
    /// Directory for device secrets, where the practice allows them in files; by default `mentalspace/secrets` among
    /// the user's settings, so that a copy of the profile is never a copy of both.
    #[arg(long, value_name = "DIR")]
    pub secrets: Option<PathBuf>,
    /// Draw without the graphics card's buffers: for a window that stays blank.
    #[arg(long)]
    pub safe_graphics: bool,
    /// How often this start has waited for an earlier window to end. It says so to itself; nobody types it.
    #[arg(long, hide = true, default_value_t = 0, overrides_with = "waited")]
    pub waited: u32,
}

/// The directories in use, absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directories {
    /// Of the profile.
    pub profile: PathBuf,
    /// Of secrets in files.
    pub secrets: PathBuf,
}

impl Options {
    /// The directories that the command line, or else the system's conventions, name.
    ///
    /// # Errors
    /// [`Stop::NoHome`] where the system names none.
    pub fn directories(&self) -> Result<Directories, Stop> {
        let chosen = |given: &Option<PathBuf>, usual: Option<PathBuf>, name: &str| {
            let wanted = given.clone().or_else(|| Some(usual?.join("mentalspace").join(name)));
            std::path::absolute(wanted.ok_or(Stop::NoHome)?).map_err(|_| Stop::NoHome)
        };
        Ok(Directories {
            profile: chosen(&self.profile, dirs::data_local_dir(), "profile")?,
            secrets: chosen(&self.secrets, dirs::config_local_dir(), "secrets")?,
        })
    }
}

impl Directories {
    /// Where the web view may put what it wants to put somewhere. Nothing of it is kept; see [`crate::pages`].
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.profile.join("webview")
    }

    /// Size and place of the window: nothing else is in it.
    #[must_use]
    pub fn window_state(&self) -> PathBuf {
        self.profile.join("window.json")
    }

    /// The name under which this profile's instance is found on the session bus: one window per profile.
    #[must_use]
    pub fn instance(&self) -> String {
        format!("com.mentalspace.desktop.p{:016x}", fnv1a(&self.profile))
    }
}

/// FNV-1a, 64 bits: a stable short name for a path, not a protection.
fn fnv1a(path: &Path) -> u64 {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn directories(words: &[&str]) -> Directories {
        Options::try_parse_from([&["mentalspace-desktop"], words].concat()).unwrap().directories().unwrap()
    }

    #[test]
    fn profile_and_secrets_never_share_a_directory_by_default() {
        let usual = directories(&[]);
        assert!(!usual.secrets.starts_with(&usual.profile) && !usual.profile.starts_with(&usual.secrets));
    }

    #[test]
    fn two_profiles_are_two_instances_and_one_profile_is_one() {
        let (one, two) = (directories(&["--profile", "/p/one"]), directories(&["--profile", "/p/two"]));
        assert_ne!(one.instance(), two.instance());
        assert_eq!(one.instance(), directories(&["--profile", "/p/one", "--secrets", "/s"]).instance());
    }
}
