//! A network namespace for one laptop, joined to this one by a pair of virtual cables. Only root may have one, and not
//! everywhere.

use crate::faults::tally::Tally;
use mentalspace_testkit::clinic::OTHER_NAMESPACE;
use mentalspace_testkit::failure::{Outcome, run};
use mentalspace_testkit::process::Guard;
use std::net::Ipv4Addr;
use std::process::Command;

/// The namespace. It goes when this is dropped, however the process ends.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    cable: String,
    _guard: Guard,
}

fn ip(words: &[&str]) -> Outcome<()> {
    run(Command::new("ip").args(words)).map(drop)
}

impl Namespace {
    /// Makes one.
    ///
    /// # Errors
    /// The machine does not permit it, or another one is there.
    pub fn new() -> Outcome<Self> {
        let id = std::process::id();
        let (name, cable, inner) = (format!("ms-{id}"), format!("ms{id}a"), format!("ms{id}b"));
        ip(&["netns", "add", &name])?;
        // Set before anything else can fail: nothing is left behind.
        let guard = Guard::set("ip link del \"$2\"; ip netns del \"$1\"", &[&name, &cable])?;
        ip(&["link", "add", &cable, "type", "veth", "peer", "name", &inner])?;
        ip(&["link", "set", &inner, "netns", &name])?;
        // Refused where another run has this address already.
        ip(&["addr", "add", &format!("{OTHER_NAMESPACE}/30"), "dev", &cable])?;
        ip(&["link", "set", &cable, "up"])?;
        let octets = OTHER_NAMESPACE.octets();
        let inside = Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3] + 1);
        ip(&["-n", &name, "addr", "add", &format!("{inside}/30"), "dev", &inner])?;
        ip(&["-n", &name, "link", "set", &inner, "up"])?;
        ip(&["-n", &name, "link", "set", "lo", "up"])?;
        Ok(Self { name, cable, _guard: guard })
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
