//! A network namespace for one laptop, joined to this one by a pair of virtual cables. Only root may have one, and not
//! everywhere.

use crate::faults::tally::Tally;
use crate::patience::until;
use mentalspace_testkit::clinic::OTHER_NAMESPACE;
use mentalspace_testkit::failure::{Doing as _, Outcome, run};
use mentalspace_testkit::process::Guard;
use std::fs::File;
use std::net::Ipv4Addr;
use std::process::Command;

/// The namespace. It goes when this is dropped, however the process ends.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    cable: String,
    _guard: Guard,
    // Let go of after the guard, which takes the cable away.
    _turn: File,
}

fn ip(words: &[&str]) -> Outcome<()> {
    run(Command::new("ip").args(words)).map(drop)
}

/// Waits until no other run on this machine has a cable with our address, and keeps the next one waiting until the file is
/// closed, as it is also where this process is killed.
fn take_turn() -> Outcome<File> {
    let path = std::env::temp_dir().join("mentalspace-faults-net.lock");
    let turn = File::create(&path).doing(format!("create {}", path.display()))?;
    turn.lock().doing(format!("lock {}", path.display()))?;
    // The guard of a run that was killed takes its cable away a moment after the file was closed.
    let shown = || run(Command::new("ip").args(["-o", "addr", "show", "to", &OTHER_NAMESPACE.to_string()]));
    until("the cable of an earlier run is gone", || Ok(shown()?.trim().is_empty().then_some(())))?;
    Ok(turn)
}

impl Namespace {
    /// Makes one, after any other run's.
    ///
    /// # Errors
    /// The machine does not permit it, or the cable of an earlier run stays.
    pub fn new() -> Outcome<Self> {
        let id = std::process::id();
        let (name, cable, inner) = (format!("ms-{id}"), format!("ms{id}a"), format!("ms{id}b"));
        ip(&["netns", "add", &name])?;
        // Set before anything else can fail: nothing is left behind.
        let guard = Guard::set("ip link del \"$2\"; ip netns del \"$1\"", &[&name, &cable])?;
        // The system would let two cables have the same address.
        let turn = take_turn()?;
        ip(&["link", "add", &cable, "type", "veth", "peer", "name", &inner])?;
        ip(&["link", "set", &inner, "netns", &name])?;
        ip(&["addr", "add", &format!("{OTHER_NAMESPACE}/30"), "dev", &cable])?;
        ip(&["link", "set", &cable, "up"])?;
        let octets = OTHER_NAMESPACE.octets();
        let inside = Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3] + 1);
        ip(&["-n", &name, "addr", "add", &format!("{inside}/30"), "dev", &inner])?;
        ip(&["-n", &name, "link", "set", &inner, "up"])?;
        ip(&["-n", &name, "link", "set", "lo", "up"])?;
        Ok(Self { name, cable, _guard: guard, _turn: turn })
    }

    /// The address of this side.
    #[must_use]
    pub const fn outside(&self) -> Ipv4Addr {
        OTHER_NAMESPACE
    }

    /// The words that start a program inside.
    #[must_use]
    pub fn entering(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).to_vec()
    }

    /// Makes trouble on the cable: 0 and others a partition, 1 a trickle, 2 a third of all packets lost.
    ///
    /// # Errors
    /// The cable cannot be taken down.
    pub fn disturb(&self, how: u64, tally: &mut Tally) -> Outcome<()> {
        let shaped = |words: &[&str]| {
            let start = ["qdisc", "replace", "dev", &self.cable, "root"];
            run(Command::new("tc").args(start).args(words))
        };
        let tried = match how {
            1 => shaped(&["tbf", "rate", "64kbit", "burst", "4kb", "latency", "400ms"])
                .map(|_| "net.namespace_trickle"),
            2 => shaped(&["netem", "loss", "33%"]).map(|_| "net.namespace_loss"),
            _ => ip(&["link", "set", &self.cable, "down"]).map(|()| "net.namespace_partition"),
        };
        match tried {
            Ok(what) => tally.reach(what),
            // Not every kernel can shape a cable; every one can take it down.
            Err(_) => {
                ip(&["link", "set", &self.cable, "down"])?;
                tally.reach("net.namespace_partition");
            }
        }
        Ok(())
    }

    /// Ends the trouble.
    ///
    /// # Errors
    /// The cable does not come up.
    pub fn calm(&self) -> Outcome<()> {
        // Where nothing shapes it, there is nothing to take away.
        let _ = Command::new("tc").args(["qdisc", "del", "dev", &self.cable, "root"]).output();
        ip(&["link", "set", &self.cable, "up"])
    }
}
