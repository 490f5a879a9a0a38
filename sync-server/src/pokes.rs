//! Pokes: "something you may see has changed", without content. Listeners of this process hear at once; those of other
//! servers when [`crate::relay`] passes it on. Nothing rests on a poke: a device that missed one finds out by its next
//! hello, within a minute.

use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use uuid::Uuid;

type Whose = (PracticeId, UserId);

/// Where pokes are sent and heard.
#[derive(Clone, Debug, Default)]
pub struct Pokes(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    /// By user, so that a poke wakes those whom it is for, and none of ten thousand others.
    ears: Mutex<HashMap<Whose, Vec<Arc<Ear>>>>,
    /// Told here and not yet passed on, with the device that made the change where it was one alone.
    unsent: Mutex<HashMap<Whose, Option<DeviceId>>>,
}

#[derive(Debug)]
struct Ear {
    device: DeviceId,
    session: Uuid,
    woken: Notify,
    ended: AtomicBool,
}

/// A device that listens here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listens {
    /// Its practice.
    pub practice: PracticeId,
    /// The device.
    pub device: DeviceId,
    /// The session under which it listens.
    pub session: Uuid,
}

/// Whom other servers should tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The practice.
    pub practice: PracticeId,
    /// The user whose devices should look.
    pub user: UserId,
    /// All but this one.
    pub except: Option<DeviceId>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pokes {
    /// Tells these users' devices, here and on other servers, that something changed, but not the device that changed it.
    pub fn tell(
        &self,
        practice: PracticeId,
        users: impl IntoIterator<Item = UserId>,
        except: Option<DeviceId>,
    ) {
        for user in users {
            self.hear(Passed { practice, user, except });
            // Two devices changed something: each has to hear of the other.
            held(&self.0.unsent)
                .entry((practice, user))
                .and_modify(|known| *known = known.filter(|device| Some(*device) == except))
                .or_insert(except);
        }
    }

    /// Tells the listeners of this process alone.
    pub fn hear(&self, poke: Passed) {
        let ears = held(&self.0.ears);
        for ear in ears.get(&(poke.practice, poke.user)).into_iter().flatten() {
            if poke.except != Some(ear.device) {
                ear.woken.notify_one();
            }
        }
    }

    /// Takes what other servers have to be told.
    #[must_use]
    pub fn take_unsent(&self) -> Vec<Passed> {
        let unsent = std::mem::take(&mut *held(&self.0.unsent));
        unsent.into_iter().map(|((practice, user), except)| Passed { practice, user, except }).collect()
    }

    /// Listens on behalf of one device. It has one ear: where it listens already, it hears no more there. What was to
    /// be heard and was not yet is missed until the device asks by its clock, a minute later at most.
    #[must_use]
    pub fn listen(&self, practice: PracticeId, user: UserId, device: DeviceId, session: Uuid) -> Listener {
        let ear = Arc::new(Ear { device, session, woken: Notify::new(), ended: AtomicBool::new(false) });
        let mut ears = held(&self.0.ears);
        let theirs = ears.entry((practice, user)).or_default();
        for earlier in theirs.iter().filter(|earlier| earlier.device == device) {
            earlier.end();
        }
        theirs.push(Arc::clone(&ear));
        drop(ears);
        Listener { pokes: self.clone(), whose: (practice, user), ear }
    }

    /// Everybody who listens here.
    #[must_use]
    pub fn listening(&self) -> Vec<Listens> {
        let ears = held(&self.0.ears);
        let of = |(practice, _): &Whose, ear: &Ear| Listens {
            practice: *practice,
            device: ear.device,
            session: ear.session,
        };
        ears.iter().flat_map(|(whose, ears)| ears.iter().map(move |ear| of(whose, ear))).collect()
    }

    /// Ends the listening of these sessions.
    pub fn end(&self, sessions: &[Uuid]) {
        for ear in held(&self.0.ears).values().flatten().filter(|ear| sessions.contains(&ear.session)) {
            ear.end();
        }
    }
}

impl Ear {
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.woken.notify_one();
    }
}

/// One device's ear.
#[derive(Debug)]
pub struct Listener {
    pokes: Pokes,
    whose: Whose,
    ear: Arc<Ear>,
}

impl Listener {
    /// Waits until something has changed for this device; `false` when it may no longer listen. What changes several
    /// times before it is asked for is heard once. Safe to cancel.
    pub async fn heard(&self) -> bool {
        self.ear.woken.notified().await;
        !self.ear.ended.load(Ordering::Relaxed)
    }

    /// Who listens.
    #[must_use]
    pub fn who(&self) -> Listens {
        Listens { practice: self.whose.0, device: self.ear.device, session: self.ear.session }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut ears = held(&self.pokes.0.ears);
        if let Some(theirs) = ears.get_mut(&self.whose) {
            theirs.retain(|ear| !Arc::ptr_eq(ear, &self.ear));
            if theirs.is_empty() {
                ears.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    const fn practice() -> PracticeId {
        PracticeId::new(id(1))
    }

    async fn hears(ear: &Listener) -> bool {
        tokio::time::timeout(std::time::Duration::ZERO, ear.heard()).await.is_ok()
    }

    #[tokio::test]
    async fn a_device_hears_what_is_meant_for_its_user_and_not_what_it_did_itself() {
        let pokes = Pokes::default();
        let (mine, hers) = (UserId::new(id(2)), UserId::new(id(3)));
        let (here, there) = (DeviceId::new(id(4)), DeviceId::new(id(5)));
        let ear = pokes.listen(practice(), mine, here, id(6));
        pokes.tell(practice(), [mine], Some(here));
        pokes.tell(practice(), [hers], None);
        pokes.tell(PracticeId::new(id(9)), [mine], None);
        assert!(!hears(&ear).await, "none of these was for this device");
        pokes.tell(practice(), [hers, mine], Some(there));
        pokes.tell(practice(), [mine], Some(there));
        assert!(hears(&ear).await);
        assert!(!hears(&ear).await, "twice before it was asked for is once");
        pokes.end(&[id(6)]);
        assert!(!ear.heard().await, "it may no longer listen");
    }

    #[tokio::test]
    async fn a_device_has_one_ear_and_takes_no_other_devices() {
        let pokes = Pokes::default();
        let user = UserId::new(id(2));
        let (here, there) = (DeviceId::new(id(4)), DeviceId::new(id(5)));
        let other = pokes.listen(practice(), user, there, id(7));
        let earlier = pokes.listen(practice(), user, here, id(6));
        let ear = pokes.listen(practice(), user, here, id(6));
        let ended = tokio::time::timeout(std::time::Duration::ZERO, earlier.heard()).await;
        assert_eq!(ended, Ok(false), "the same device listens anew");
        assert!(!hears(&ear).await && !hears(&other).await, "nothing has changed for these");
        drop(earlier);
        pokes.tell(practice(), [user], None);
        assert!(ear.heard().await && other.heard().await);
    }

    #[test]
    fn what_others_are_told_leaves_out_a_device_only_where_it_made_every_change() {
        let pokes = Pokes::default();
        let (one, two) = (UserId::new(id(2)), UserId::new(id(3)));
        let (here, there) = (DeviceId::new(id(4)), DeviceId::new(id(5)));
        pokes.tell(practice(), [one, two], Some(here));
        pokes.tell(practice(), [one], Some(here));
        pokes.tell(practice(), [two], Some(there));
        pokes.tell(practice(), [two], Some(there));
        let mut passed = pokes.take_unsent();
        passed.sort_by_key(|passed| passed.user);
        let of = |user, except| Passed { practice: practice(), user, except };
        assert_eq!(passed, [of(one, Some(here)), of(two, None)]);
        assert!(pokes.take_unsent().is_empty(), "once");
    }

    #[test]
    fn nothing_is_kept_of_a_listener_that_has_gone() {
        let pokes = Pokes::default();
        let user = UserId::new(id(2));
        let ears =
            [4, 5].map(|device| pokes.listen(practice(), user, DeviceId::new(id(device)), id(device + 10)));
        let sessions: Vec<Uuid> = pokes.listening().iter().map(|listens| listens.session).collect();
        assert_eq!(sessions, [id(14), id(15)]);
        drop(ears);
        assert!(pokes.0.ears.lock().unwrap().is_empty());
    }
}
