//! Places for requests at work: so many in all, and no more than a part of them for one network. Whoever sends bodies
//! byte by byte from one place, or takes answers so, takes that part and leaves the others theirs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Requests at work at once. More than this would wait for a database connection anyway; each may hold a body of
/// several megabytes.
pub const IN_FLIGHT: usize = 128;
/// Of them for one network: a practice of fifty behind one address never has as many.
pub const FOR_ONE_NETWORK: usize = 64;

/// Who is at work.
#[derive(Debug, Default)]
pub struct Admission(Arc<Mutex<Places>>);

#[derive(Debug, Default)]
struct Places {
    taken: usize,
    by_network: HashMap<Vec<u8>, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    all: Arc<Mutex<Places>>,
    network: Vec<u8>,
}

fn held(all: &Mutex<Places>) -> MutexGuard<'_, Places> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Admission {
    /// A place for a request from `source`, if there is one.
    pub fn enter(&self, source: IpAddr) -> Option<Place> {
        let network = network(source);
        let mut places = held(&self.0);
        let theirs = places.by_network.get(&network).copied().unwrap_or_default();
        if places.taken >= IN_FLIGHT || theirs >= FOR_ONE_NETWORK {
            return None;
        }
        places.taken += 1;
        places.by_network.insert(network.clone(), theirs + 1);
        drop(places);
        Some(Place { all: Arc::clone(&self.0), network })
    }

    /// How many places are free.
    #[must_use]
    pub fn free(&self) -> usize {
        IN_FLIGHT - held(&self.0).taken.min(IN_FLIGHT)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = held(&self.all);
        places.taken = places.taken.saturating_sub(1);
        match places.by_network.get_mut(&self.network) {
            Some(theirs) if *theirs > 1 => *theirs -= 1,
            _ => {
                places.by_network.remove(&self.network);
            }
        }
    }
}

/// An IPv4 address, or the /64 of an IPv6 one: everybody has a whole /64 to pick addresses from.
#[must_use]
pub fn network(source: IpAddr) -> Vec<u8> {
    match source.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_of_one_network_count_together() {
        let network = |text| network(from(text));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    }

    #[test]
    fn one_network_leaves_places_for_others_and_a_place_comes_back() {
        let admission = Admission::default();
        let mut theirs: Vec<_> = std::iter::from_fn(|| admission.enter(from("192.0.2.1"))).collect();
        assert_eq!(theirs.len(), FOR_ONE_NETWORK);
        let others: Vec<_> = std::iter::from_fn(|| admission.enter(from("192.0.2.2"))).collect();
        assert_eq!(others.len(), IN_FLIGHT - FOR_ONE_NETWORK);
        theirs.pop();
        assert_eq!(admission.free(), 1);
        let third = admission.enter(from("198.51.100.1"));
        assert!(third.is_some() && admission.enter(from("198.51.100.1")).is_none(), "full");
        drop((third, theirs, others));
        assert_eq!(admission.free(), IN_FLIGHT);
        assert!(admission.0.lock().unwrap().by_network.is_empty(), "nothing is remembered of who has left");
    }
}
