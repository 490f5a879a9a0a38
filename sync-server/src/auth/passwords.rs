//! Passwords: one rule for choosing them, one way of checking them, and the same work for somebody who does not exist.

use super::hashing::Hashing;
use crate::http::failure::{Failure, Outcome};
use mentalspace_crypto::password::{Argon2Params, LoginHash, Password, check};
use mentalspace_crypto::{Randomness, Secret32};
use mentalspace_domain::decision::FieldError;
use mentalspace_protocol::error::ErrorCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What passwords are checked and stored with.
pub struct Passwords {
    turnstile: Hashing,
    pepper: Secret32,
    params: Argon2Params,
    nobody: LoginHash,
    hashed: AtomicU64,
    randomness: Arc<dyn Randomness>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("params", &self.params).finish_non_exhaustive()
    }
}

/// What became of a check.
#[derive(Debug)]
pub enum Checked {
    /// Not the password.
    Wrong,
    /// The password; `stronger` holds a new hash where the stored one is weaker than what is used today.
    Right {
        /// To be stored in place of the old one.
        stronger: Option<String>,
    },
}

impl Passwords {
    /// With the pepper that all servers of the installation share.
    ///
    /// # Errors
    /// Without randomness.
    pub fn new(
        pepper: Secret32,
        params: Argon2Params,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, mentalspace_crypto::NoRandomness> {
        let nobody = LoginHash::of_nobody(&params, randomness.as_ref())?;
        Ok(Self {
            turnstile: Hashing::default(),
            pepper,
            params,
            nobody,
            hashed: AtomicU64::new(0),
            randomness,
        })
    }

    /// How many passwords were stretched since the start, for the operator: a rise without sign-ins is somebody guessing.
    #[must_use]
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Checks `typed` against what is stored. `None` costs as much time as a stored hash and is never right.
    ///
    /// # Errors
    /// `Busy` when too many wait; `Internal` when the stored text is damaged.
    pub async fn check(&self, typed: Password, stored: Option<&str>) -> Outcome<Checked> {
        let hash = match stored {
            Some(text) => text.parse::<LoginHash>().map_err(Failure::internal)?,
            None => self.nobody.clone(),
        };
        let (pepper, params, randomness) = (self.pepper.clone(), self.params, Arc::clone(&self.randomness));
        let work = move || {
            if !hash.verify(&typed, &pepper).map_err(Failure::internal)? {
                return Ok(Checked::Wrong);
            }
            let again = hash
                .needs_rehash(&params)
                .then(|| LoginHash::create(&typed, &pepper, &params, randomness.as_ref()));
            let stronger = again.transpose().map_err(Failure::internal)?.map(|hash| hash.to_string());
            Ok(Checked::Right { stronger })
        };
        self.hashed.fetch_add(1, Ordering::Relaxed);
        self.turnstile.run(work).await?
    }

    /// Judges a new password and gives the text to store. `about` is what somebody would guess for this person.
    ///
    /// # Errors
    /// `PasswordRefused` with the reason; `Busy` when too many wait.
    pub async fn store(&self, typed: Password, about: &[&str]) -> Outcome<String> {
        check(&typed, about).map_err(|refusal| {
            let message = refusal.to_string();
            let field = FieldError { field: "password".to_owned(), message: message.clone() };
            Failure::new(ErrorCode::PasswordRefused, message).with_fields(vec![field])
        })?;
        let (pepper, params, randomness) = (self.pepper.clone(), self.params, Arc::clone(&self.randomness));
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let work = move || LoginHash::create(&typed, &pepper, &params, randomness.as_ref());
        self.turnstile.run(work).await?.map(|hash| hash.to_string()).map_err(Failure::internal)
    }
}
