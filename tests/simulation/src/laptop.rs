//! One laptop: the product's own application over a real encrypted store, with a disk that can be copied and put back.

use crate::clock::LaptopClock;
use crate::disk;
use crate::network::Net;
use mentalspace_app::api::{ApiError, call};
use mentalspace_app::{Desktop, DesktopConfig, Surroundings};
use mentalspace_crypto::password::{Argon2Params, Password};
use mentalspace_crypto::randomness::SeededRandomness;
use mentalspace_store::Store;
use mentalspace_store::profile::{Profile, SecretFiles};
use mentalspace_sync::transport::Network;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everybody's password.
pub const PASSWORD: &str = "quiet ferns walk home at dusk";

/// A laptop.
pub struct Laptop {
    /// Its number.
    pub number: usize,
    /// Whose it is: a place in the list of members.
    pub owner: usize,
    /// Its clocks.
    pub clock: Arc<LaptopClock>,
    /// Its identifier.
    pub device: String,
    /// Whether it was revoked and has erased itself.
    pub erased: bool,
    home: PathBuf,
    randomness: Arc<SeededRandomness>,
    net: Arc<Net>,
    desktop: Arc<Desktop>,
    /// About how many statements the last call of each name took.
    statements: std::collections::BTreeMap<String, u64>,
}

/// What became of a call.
#[derive(Debug)]
pub enum Said {
    /// It was done, durably.
    Done(Value),
    /// It was refused.
    Refused(ApiError),
    /// The process died; what it had done by then is on the disk.
    Died,
}

impl Laptop {
    /// A laptop that nobody has enrolled yet.
    ///
    /// # Errors
    /// The application does not start.
    pub fn new(
        number: usize,
        owner: usize,
        seed: u64,
        clock: Arc<LaptopClock>,
        net: &Arc<Net>,
        home: &Path,
    ) -> Outcome<Self> {
        let home = home.join(format!("laptop-{number}"));
        let own = u64::try_from(number).unwrap_or_default();
        let randomness = Arc::new(SeededRandomness::new(seed.wrapping_mul(1009).wrapping_add(own + 7)));
        let desktop = start(&home, &clock, &randomness, net.of(number))?;
        Ok(Self {
            number,
            owner,
            clock,
            device: String::new(),
            erased: false,
            home,
            randomness,
            net: Arc::clone(net),
            desktop,
            statements: std::collections::BTreeMap::new(),
        })
    }

    /// What dies with the process and comes back with an image: the profile, and the secret beside it.
    fn disk(&self) -> PathBuf {
        self.home.join("disk")
    }

    fn aside(&self) -> PathBuf {
        self.home.join("aside")
    }

    /// Whether it is unlocked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.desktop.is_open()
    }

    /// Calls the application.
    pub async fn ask(&self, name: &str, input: Value) -> Result<Value, ApiError> {
        call(&self.desktop, name, input).await
    }

    /// Calls the application, which may die before its `percent`th part of a hundred.
    ///
    /// # Errors
    /// The disk could not be set aside or put back.
    pub async fn ask_and_perhaps_die(&mut self, name: &str, input: Value, percent: u64) -> Outcome<Said> {
        let usual = self.statements.get(name).copied().unwrap_or(30).max(2);
        let at = usual * percent / 100 + 1;
        self.ask_and_die_before(name, input, if percent == 0 { 0 } else { at }).await
    }

    /// Calls the application, which dies before its `at`th statement, if it comes to so many. With 0 it lives.
    ///
    /// # Errors
    /// The disk could not be set aside or put back.
    pub async fn ask_and_die_before(&mut self, name: &str, input: Value, at: u64) -> Outcome<Said> {
        disk::arm(at, &self.disk(), &self.aside());
        let answer = self.ask(name, input).await;
        let (died, statements) = disk::disarm()?;
        self.statements.insert(name.to_owned(), statements);
        if died {
            self.stop();
            disk::put_back(&self.aside(), &self.disk())?;
            self.restart()?;
            return Ok(Said::Died);
        }
        Ok(match answer {
            Ok(value) => Said::Done(value),
            Err(error) => Said::Refused(error),
        })
    }

    /// Lets go of the profile.
    pub fn stop(&mut self) {
        self.desktop.lock();
    }

    /// Starts the application anew, locked.
    ///
    /// # Errors
    /// It does not start.
    pub fn restart(&mut self) -> Outcome<()> {
        self.desktop.lock();
        self.desktop = start(&self.home, &self.clock, &self.randomness, self.net.of(self.number))?;
        Ok(())
    }

    /// Unlocks; a sign-in that the server asks for is made where the network allows it.
    pub async fn unlock(&self) -> Result<Value, ApiError> {
        self.ask("unlock", json!({ "password": PASSWORD })).await
    }

    /// Copies the disk, as an image of it does that is made while nobody works.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub fn take_image(&self) -> Outcome<()> {
        Ok(disk::copy(&self.disk(), &self.home.join("image"))?)
    }

    /// Puts the image back in the place of everything since.
    ///
    /// # Errors
    /// A file cannot be moved.
    pub fn put_image_back(&mut self) -> Outcome<()> {
        self.stop();
        disk::copy(&self.home.join("image"), &self.aside())?;
        disk::put_back(&self.aside(), &self.disk())?;
        self.restart()
    }

    /// The laptop's store itself, for whoever checks it. The application lets go of it for good.
    ///
    /// # Errors
    /// It does not open.
    pub fn opened_by_force(&mut self) -> Outcome<(Profile, Store)> {
        self.restart()?;
        let secrets = SecretFiles::new(self.disk().join("secrets"));
        let now = mentalspace_app::Clock::now(&*self.clock);
        Profile::unlock(&self.disk().join("profile"), &secrets, &Password::new(PASSWORD), now)
            .map_err(|error| Failure::Said(format!("laptop {}: {error}", self.number)))
    }
}

/// The application on the laptop that lives in `home`, locked, with its keys derived cheaply.
///
/// # Errors
/// It does not start.
pub fn start(
    home: &Path,
    clock: &Arc<LaptopClock>,
    randomness: &Arc<SeededRandomness>,
    network: impl Network + 'static,
) -> Outcome<Arc<Desktop>> {
    let mut config = DesktopConfig::from_directories(home.join("disk/profile"), home.join("disk/secrets"));
    config.kdf = Argon2Params::CHEAP;
    let surroundings = Surroundings {
        clock: Arc::<LaptopClock>::clone(clock),
        randomness: Arc::<SeededRandomness>::clone(randomness),
        network: Arc::new(network),
    };
    Desktop::within(config, surroundings).map_err(|error| Failure::Said(error.message))
}
