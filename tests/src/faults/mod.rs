//! Faults under real processes: the driver of `cargo xtask faults`, of the proofs `proof_faults_…`, and of the short tests
//! `faults_…`.
//!
//! Real `mentalspace-device` programs, a real server and a real PostgreSQL; a disk of ours under them (`tests/shim`), a
//! network of ours between them; and outside of them all a [`ledger::Ledger`] of what they acknowledged. Nothing in it may be
//! missing at the end of a case, nothing stand twice, nothing stand that nobody wrote.

pub mod clock;
pub mod cut;
pub mod desk;
pub mod dice;
pub mod disk;
pub mod failing;
pub mod fleet;
pub mod flips;
pub mod kill;
pub mod ledger;
pub mod line;
pub mod namespace;
pub mod net;
pub mod power;
pub mod script;
pub mod server;
pub mod tally;

use crate::faults::desk::Desk;
use crate::faults::tally::Tally;
use mentalspace_testkit::failure::{Failure, Outcome};

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// kill -9.
    Kill,
    /// Power cuts.
    Power,
    /// Failing operations on the disk.
    Disk,
    /// Bits that are wrong in the laptop's files.
    Flips,
    /// Bad lines between laptops and server.
    Net,
    /// The server killed, PostgreSQL stopped at once.
    Server,
    /// Wrong clocks.
    Clock,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Kill, Self::Power, Self::Disk, Self::Flips, Self::Net, Self::Server, Self::Clock];

    /// Its name on the command line and in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => kill::KIND,
            Self::Power => cut::KIND,
            Self::Disk => failing::KIND,
            Self::Flips => flips::KIND,
            Self::Net => net::KIND,
            Self::Server => server::KIND,
            Self::Clock => clock::KIND,
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How many cases each `.ci/run` has.
    #[must_use]
    pub const fn usual(self) -> u64 {
        match self {
            Self::Kill => 60,
            Self::Power => 20,
            Self::Disk => 150,
            Self::Flips => 50,
            Self::Net => 3,
            // Every fourth is PostgreSQL's.
            Self::Server => 13,
            // The whole matrix.
            Self::Clock => clock::CASES,
        }
    }

    /// What `count` cases have to have met.
    #[must_use]
    pub fn least(self, count: u64) -> Vec<(&'static str, u64)> {
        match self {
            Self::Kill => kill::least(count),
            Self::Power => cut::least(count),
            Self::Disk => failing::least(count),
            Self::Flips => flips::least(count),
            Self::Net => net::least(count),
            Self::Server => server::least(count),
            Self::Clock => clock::least(count),
        }
    }

    /// Runs the cases from `first` on, `count` of them.
    ///
    /// # Errors
    /// The surroundings could not be set up, or the product does not answer or recover.
    pub fn run(self, first: u64, count: u64, tally: &mut Tally) -> Outcome<()> {
        let seeds = first..first.saturating_add(count);
        match self {
            Self::Kill => kill::run(&mut Desk::open()?, seeds, tally),
            Self::Power => cut::run(&mut Desk::open()?, seeds, tally),
            Self::Disk => failing::run(&mut Desk::open()?, seeds, tally),
            Self::Flips => flips::run(&mut Desk::open()?, seeds, tally),
            Self::Net => net::run(seeds, tally),
            Self::Server => server::run(seeds, tally),
            Self::Clock => clock::run(&mut Desk::open()?, seeds, tally),
        }
        .map_err(|why| Failure::Said(format!("{}, seeds from {first}: {}", self.name(), why.in_full())))
    }
}
