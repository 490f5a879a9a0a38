//! How hard a password is stretched, and the floors under it.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use crate::secret::Secret32;

// The feature lowers the floor for tests. A release build with it would unlock a stolen laptop's file to
// whoever weakened its header, so there is no such build.
#[cfg(all(feature = "cheap-kdf", not(debug_assertions)))]
compile_error!("the feature `cheap-kdf` is for tests; a build without debug assertions must not have it");

/// How many bytes of salt stand beside each password: 128 bits (RFC 9106, 3.1).
pub const SALT_LENGTH: usize = 16;

/// The cost of one Argon2id derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2Params {
    /// Memory in KiB.
    pub m_kib: u32,
    /// Passes over the memory.
    pub t: u32,
    /// Lanes.
    pub p: u32,
}

/// Why a password was not stretched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KdfError {
    /// Cheaper than the floor: the header was weakened, or the configuration is wrong.
    #[error("the stored password settings ({asked}) are weaker than allowed ({floor}); nothing was unlocked")]
    TooWeak {
        /// What was asked for.
        asked: Argon2Params,
        /// The least that is allowed here.
        floor: Argon2Params,
    },
    /// Dearer than any setting this program makes: damaged, or meant to exhaust the machine.
    #[error(
        "the stored password settings ({0}) ask for more than this program ever sets; nothing was unlocked"
    )]
    TooDear(Argon2Params),
    /// The parameters contradict each other, or there is not enough memory.
    #[error("the password could not be processed; close other programs and try again")]
    Failed,
}

impl Argon2Params {
    /// What a device uses: 128 MiB, 3 passes, 4 lanes. The file it guards can be copied and attacked at
    /// leisure, so it costs as much as a person will wait for.
    pub const DEVICE: Self = Self { m_kib: 128 * 1024, t: 3, p: 4 };

    /// The least that the server uses: 46 MiB, 1 pass, 1 lane (OWASP's Argon2id setting of that size). The
    /// server throttles guesses and mixes a pepper in; many people sign in at nine in the morning.
    pub const SERVER: Self = Self { m_kib: 46 * 1024, t: 1, p: 1 };

    /// For tests that stretch hundreds of passwords. Exists with the feature `cheap-kdf` only, and has to
    /// be asked for by name: the feature does not change what [`DEVICE`](Self::DEVICE) means.
    #[cfg(feature = "cheap-kdf")]
    pub const CHEAP: Self = Self { m_kib: 64, t: 1, p: 1 };

    /// Far above every setting of this product: 1 GiB, 16 passes, 16 lanes.
    const CEILING: Self = Self { m_kib: 1024 * 1024, t: 16, p: 16 };

    /// The least that a device accepts: [`DEVICE`](Self::DEVICE), except under the feature `cheap-kdf`.
    #[must_use]
    pub const fn device_floor() -> Self {
        #[cfg(feature = "cheap-kdf")]
        return Self::CHEAP;
        #[cfg(not(feature = "cheap-kdf"))]
        return Self::DEVICE;
    }

    /// The least that the server accepts: [`SERVER`](Self::SERVER), except under the feature `cheap-kdf`.
    #[must_use]
    pub const fn server_floor() -> Self {
        #[cfg(feature = "cheap-kdf")]
        return Self::CHEAP;
        #[cfg(not(feature = "cheap-kdf"))]
        return Self::SERVER;
    }

    /// Whether each of the three is at least `floor`'s.
    #[must_use]
    pub const fn reaches(&self, floor: &Self) -> bool {
        self.m_kib >= floor.m_kib && self.t >= floor.t && self.p >= floor.p
    }

    pub(super) fn require_device_floor(&self) -> Result<(), KdfError> {
        self.require(Self::device_floor())
    }

    pub(super) fn require_server_floor(&self) -> Result<(), KdfError> {
        self.require(Self::server_floor())
    }

    fn require(&self, floor: Self) -> Result<(), KdfError> {
        if self.reaches(&floor) { Ok(()) } else { Err(KdfError::TooWeak { asked: *self, floor }) }
    }

    /// Argon2id version 1.3 with an output of 32 bytes. Knows a ceiling but no floor: an old login hash
    /// must still be checked before it can be replaced by a stronger one.
    pub(super) fn stretch(&self, input: &[u8], salt: &[u8; SALT_LENGTH]) -> Result<Secret32, KdfError> {
        if !Self::CEILING.reaches(self) {
            return Err(KdfError::TooDear(*self));
        }
        let params = Params::new(self.m_kib, self.t, self.p, Some(32)).map_err(|_| KdfError::Failed)?;
        let mut key = Secret32::blank();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(input, salt, key.expose_mut())
            .map_err(|_| KdfError::Failed)?;
        Ok(key)
    }
}

impl std::fmt::Display for Argon2Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "m={},t={},p={}", self.m_kib, self.t, self.p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::vector;

    /// RFC 9106, 5.3, which also uses a secret and associated data: the library must agree with the RFC.
    #[test]
    fn argon2id_matches_rfc_9106() {
        let mut builder = argon2::ParamsBuilder::new();
        builder.m_cost(32).t_cost(3).p_cost(4).output_len(32);
        builder.data(argon2::AssociatedData::new(&[4; 12]).unwrap());
        let secret = [3; 8];
        let argon =
            Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, builder.build().unwrap())
                .unwrap();
        let mut tag = [0; 32];
        argon.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        assert_eq!(
            tag.as_slice(),
            vector("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
        );
    }

    #[test]
    fn the_shipped_settings_are_what_the_design_asks() {
        assert_eq!(Argon2Params::DEVICE, Argon2Params { m_kib: 131_072, t: 3, p: 4 });
        assert_eq!(Argon2Params::SERVER, Argon2Params { m_kib: 47_104, t: 1, p: 1 });
    }

    #[cfg(not(feature = "cheap-kdf"))]
    #[test]
    fn without_the_test_feature_the_floors_are_the_shipped_settings() {
        assert_eq!(Argon2Params::device_floor(), Argon2Params::DEVICE);
        assert_eq!(Argon2Params::server_floor(), Argon2Params::SERVER);
    }

    #[test]
    fn each_of_the_three_is_held_to_the_floor() {
        let floor = Argon2Params { m_kib: 100, t: 3, p: 4 };
        assert!(floor.reaches(&floor));
        for below in [
            Argon2Params { m_kib: 99, ..floor },
            Argon2Params { t: 2, ..floor },
            Argon2Params { p: 3, ..floor },
        ] {
            assert_eq!(below.require(floor), Err(KdfError::TooWeak { asked: below, floor }));
        }
    }

    #[test]
    fn settings_that_would_exhaust_the_machine_are_refused() {
        for dear in [
            Argon2Params { m_kib: u32::MAX, t: 1, p: 1 },
            Argon2Params { m_kib: 64, t: 17, p: 1 },
            Argon2Params { m_kib: 1024, t: 1, p: 17 },
        ] {
            assert_eq!(dear.stretch(b"x", &[0; 16]), Err(KdfError::TooDear(dear)));
        }
        let contradictory = Argon2Params { m_kib: 8, t: 1, p: 4 };
        assert_eq!(contradictory.stretch(b"x", &[0; 16]), Err(KdfError::Failed));
    }

    #[test]
    fn every_input_counts() {
        let params = Argon2Params { m_kib: 64, t: 1, p: 1 };
        let stretch = |params: Argon2Params, text: &[u8], salt| params.stretch(text, &[salt; 16]).unwrap();
        let base = stretch(params, b"text", 1);
        assert_eq!(base, stretch(params, b"text", 1));
        assert_ne!(base, stretch(params, b"texu", 1));
        assert_ne!(base, stretch(params, b"text", 2));
        assert_ne!(base, stretch(Argon2Params { m_kib: 72, ..params }, b"text", 1));
        assert_ne!(base, stretch(Argon2Params { t: 2, ..params }, b"text", 1));
        assert_ne!(base, stretch(Argon2Params { p: 2, ..params }, b"text", 1));
    }
}
