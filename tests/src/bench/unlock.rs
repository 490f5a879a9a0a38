//! From the password to Today, without the key derivation: its cost is chosen for safety and not for speed.

use super::{at_share, leave, timed};
use mentalspace_crypto::password::{Argon2Params, Password, derive_device_key};
use mentalspace_testkit::clinic::{Clinic, PASSWORD};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const ROUNDS: usize = 11;

/// The median in milliseconds of an unlock and the first Today, each in a program just started, less the derivation
/// measured in this process a moment before: same parameters, same salt, fresh memory as there. Reading the header,
/// unwrapping the key, opening the store and its connections, and the answer on the pipe are all in it. The device's
/// secret lies in a file: asking a keyring for it is not in it, nor is drawing the screen.
pub(super) fn to_today(clinic: &Clinic, name: &str) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut device = clinic.device(name)?;
        // Answered: the program has started and waits for the password, as the window does.
        device.must(&json!({"command": "profile"}))?;
        let header = Header::read(device.profile())?;
        let derivation = timed(|| header.derive())?;
        let whole = timed(|| {
            device.unlock()?;
            device.must(&json!({"command": "today"})).map(drop)
        })?;
        leave(device)?;
        times.push((whole.as_secs_f64() - derivation.as_secs_f64()) * 1e3);
    }
    Ok(at_share(&mut times, 50))
}

/// What the derivation takes from the profile's header.
struct Header {
    salt: [u8; 16],
    params: Argon2Params,
}

impl Header {
    fn read(profile: &Path) -> Outcome<Self> {
        let stored: Value = serde_json::from_slice(&fs::read(profile.join("header.json"))?)
            .map_err(|why| Failure::Said(format!("the profile's header is not JSON: {why}")))?;
        let wrap = &stored["header"]["password"];
        let params = serde_json::from_value(wrap["kdf"].clone());
        let salt = serde_json::from_value(wrap["salt"].clone());
        match (params, salt) {
            (Ok(params), Ok(salt)) => Ok(Self { salt, params }),
            _ => Err(Failure::Said("the profile's header names no derivation".into())),
        }
    }

    fn derive(&self) -> Outcome<()> {
        derive_device_key(&Password::new(PASSWORD), &self.salt, &self.params)
            .map(drop)
            .map_err(|why| Failure::Said(format!("the key could not be derived: {why}")))
    }
}
