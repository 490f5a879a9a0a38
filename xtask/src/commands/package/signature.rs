//! The builder's signature: minisign, whose verifier is in Debian and Ubuntu.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{self, environment};
use crate::step::{OrStop as _, Stop, asking, quiet, say};

/// A key pair of the builder's.
pub(super) struct Key {
    secret: PathBuf,
    pub(super) public: PathBuf,
}

/// The key that was named, else the one made for this builder earlier, else a new one.
pub(super) fn key(named: Option<PathBuf>) -> Result<Key, Stop> {
    let named = named.or_else(|| environment("MENTALSPACE_PACKAGE_KEY").map(PathBuf::from));
    let secret = match &named {
        Some(path) => path.clone(),
        None => own_place()?.join("mentalspace-packages.key"),
    };
    let public = secret.with_extension("pub");
    if secret.starts_with(place::root()) {
        return Err(Stop::new(
            format!("the signing key {} lies in the repository", secret.display()),
            "Keep it outside, where no commit can take it along.",
        ));
    }
    if secret.is_file() && public.is_file() {
        return Ok(Key { secret, public });
    }
    if named.is_some() {
        return Err(Stop::new(
            format!("{} and {} must both be there", secret.display(), public.display()),
            format!("Make them: minisign -G -s {} -p {}", secret.display(), public.display()),
        ));
    }
    say("There is no signing key yet: one is made for you, without a password.");
    quiet(
        "Making a signing key",
        "Make one by hand with minisign -G and name it with --key.",
        Command::new("minisign").args(["-G", "-W", "-s"]).arg(&secret).arg("-p").arg(&public),
    )?;
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).or_stop("protect the signing key")?;
    Ok(Key { secret, public })
}

fn own_place() -> Result<PathBuf, Stop> {
    let config = environment("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(environment("HOME")?).join(".config")))
        .ok_or_else(|| {
            Stop::new("there is no home directory for the signing key", "Name a key with --key.")
        })?;
    let dir = config.join("mentalspace");
    fs::create_dir_all(&dir).or_stop("create the directory of the signing key")?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).or_stop("protect the signing key")?;
    Ok(dir)
}

/// Signs `package`; minisign asks for the key's password where it has one.
pub(super) fn sign(key: &Key, package: &Path) -> Result<(), Stop> {
    let name = package.file_name().unwrap_or_default().to_string_lossy();
    asking(
        &format!("Signing {name}"),
        "Is it the right key, and the right password?",
        Command::new("minisign")
            .arg("-S")
            .arg("-s")
            .arg(&key.secret)
            .arg("-m")
            .arg(package)
            .args(["-t", &name]),
    )
}

/// Verifies as whoever installs it would.
pub(super) fn verify(public: &Path, package: &Path) -> Result<(), Stop> {
    let name = package.file_name().unwrap_or_default().to_string_lossy();
    quiet(
        &format!("Verifying {name}"),
        "Do the public and the secret key belong together?",
        Command::new("minisign").arg("-V").arg("-p").arg(public).arg("-m").arg(package),
    )
}

/// The control of the verification: a package with one bit changed, beside the true signature, must be refused.
pub(super) fn refuses_a_changed_copy(public: &Path, package: &Path) -> Result<(), Stop> {
    let home = place::working_directory("changed").or_stop("create a directory")?;
    let changed = home.join("changed.deb");
    let mut bytes = fs::read(package).or_stop("read the package")?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&changed, bytes).or_stop("write a changed copy of the package")?;
    let mut signature = package.as_os_str().to_owned();
    signature.push(".minisig");
    fs::copy(signature, home.join("changed.deb.minisig")).or_stop("copy the signature")?;
    let words = ["-V", "-q", "-p"];
    let status = Command::new("minisign").args(words).arg(public).arg("-m").arg(&changed).output();
    if status.or_stop("start minisign")?.status.success() {
        return Err(Stop::new(
            "minisign accepted a package that was changed",
            "Do not publish these packages.",
        ));
    }
    say("✓ A copy with one bit changed is refused");
    Ok(())
}
