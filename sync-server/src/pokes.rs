//! Pokes: "something you may see has changed", without content. They live in this process only. A device that is
//! connected to another server, or that missed one, finds out by its next hello, within a minute; nothing rests on a
//! poke, and nothing of it is in the write path.

use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Pokes that a slow listener may be behind before it is simply told to look.
const BACKLOG: usize = 256;

#[derive(Clone, Debug)]
struct Poke {
    practice: PracticeId,
    users: Arc<[UserId]>,
    except: Option<DeviceId>,
}

/// Where pokes are sent and heard.
#[derive(Clone, Debug)]
pub struct Pokes {
    sender: broadcast::Sender<Poke>,
}

impl Default for Pokes {
    fn default() -> Self {
        Self { sender: broadcast::channel(BACKLOG).0 }
    }
}

impl Pokes {
    /// Tells these users' devices that something changed, but not the device that changed it.
    pub fn tell(&self, practice: PracticeId, users: impl Into<Arc<[UserId]>>, except: Option<DeviceId>) {
        // Nobody listening is no failure.
        let _ = self.sender.send(Poke { practice, users: users.into(), except });
    }

    /// Listens on behalf of one device.
    #[must_use]
    pub fn listen(&self, practice: PracticeId, user: UserId, device: DeviceId) -> Listener {
        Listener { receiver: self.sender.subscribe(), practice, user, device }
    }
}

/// One device's ear.
#[derive(Debug)]
pub struct Listener {
    receiver: broadcast::Receiver<Poke>,
    practice: PracticeId,
    user: UserId,
    device: DeviceId,
}

impl Listener {
    /// Waits until something has changed for this device; `false` when the server is closing. Safe to cancel.
    pub async fn heard(&mut self) -> bool {
        loop {
            match self.receiver.recv().await {
                Ok(poke) if self.is_meant(&poke) => return true,
                Ok(_) => {}
                // What was missed may have been ours.
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }

    fn is_meant(&self, poke: &Poke) -> bool {
        poke.practice == self.practice && poke.except != Some(self.device) && poke.users.contains(&self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[tokio::test]
    async fn a_device_hears_what_is_meant_for_its_user_and_not_what_it_did_itself() {
        let pokes = Pokes::default();
        let practice = PracticeId::new(id(1));
        let (mine, hers) = (UserId::new(id(2)), UserId::new(id(3)));
        let (here, there) = (DeviceId::new(id(4)), DeviceId::new(id(5)));
        let mut ear = pokes.listen(practice, mine, here);
        pokes.tell(practice, [mine], Some(here));
        pokes.tell(practice, [hers], None);
        pokes.tell(PracticeId::new(id(9)), [mine], None);
        let nothing = tokio::time::timeout(std::time::Duration::ZERO, ear.heard()).await;
        assert!(nothing.is_err(), "none of these was for this device");
        pokes.tell(practice, [hers, mine], Some(there));
        assert!(ear.heard().await);
    }
}
