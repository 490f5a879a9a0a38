//! The practice's log as this device has seen it (RFC 6962): a head is kept only if it is signed and continues the one
//! kept before, or if signed bridges lead to it from an epoch that this device knows. So a log that was rewritten, and
//! a server that was set back, are found out by any device. Neither keeps what is written here from being sent.

use crate::api::ApiError;
use crate::desktop::Open;
use crate::keys::StoredKeys;
use mentalspace_crypto::Sha256;
use mentalspace_crypto::merkle::ConsistencyProof;
use mentalspace_domain::signing::seal_verifies_without;
use mentalspace_protocol::session::{EpochBridge, HelloAnswer, TreeHead};
use mentalspace_store::MetaKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Said of a log that does not continue the one seen.
const REWRITTEN: &str = "The practice's audit log does not continue the one this device has seen. Nothing is fetched until that is cleared up; what you write is still sent, and your work is safe here. Tell your administrator at once.";

/// Said of a server that is behind what this device has seen of it.
const SET_BACK: &str = "The server was set back to an earlier state without saying so. Nothing is fetched until that is cleared up; what you wrote since is being sent again, and your work is safe here. Tell your administrator at once that the server was restored.";

/// A bridge that this device has taken, and what it had seen of the tree that ended: evidence for an outsider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptBridge {
    pub bridge: EpochBridge,
    /// The last head of `from_epoch` that was kept here, if any.
    #[serde(default)]
    pub witnessed: Option<TreeHead>,
}

/// Takes in what a hello says of the log. Gives what a person must know where it does not continue what was seen.
pub(crate) fn take(open: &Open, greeting: &HelloAnswer) -> Result<Option<&'static str>, ApiError> {
    if greeting.behind {
        return Ok(Some(SET_BACK));
    }
    let keys: StoredKeys = open.store.meta(MetaKey::Keys)?.ok_or_else(ApiError::internal)?;
    let known: Option<TreeHead> = open.store.meta(MetaKey::TreeHead)?;
    let mut kept: Vec<KeptBridge> = open.store.meta(MetaKey::Bridges)?.unwrap_or_default();
    let before = kept.len();
    let practice = open.store.identity()?.practice_id();
    for bridge in &greeting.bridges {
        if kept.iter().any(|kept| kept.bridge == *bridge) {
            continue;
        }
        let genuine = bridge.form == EpochBridge::FORM
            && bridge.practice == practice
            && seal_verifies_without(bridge, "signature", &bridge.signature, &keys.server_key.public_key);
        if !genuine || !spans(bridge, known.as_ref(), &greeting.consistency) {
            return Ok(Some(REWRITTEN));
        }
        let witnessed = known.clone().filter(|known| known.log_epoch == bridge.from_epoch);
        kept.push(KeptBridge { bridge: bridge.clone(), witnessed });
    }
    let leads_on = known.as_ref().is_none_or(|known| is_led_to(known.log_epoch, greeting.log_epoch, &kept));
    if !leads_on {
        return Ok(Some(REWRITTEN));
    }
    if kept.len() > before {
        open.store.set_meta(MetaKey::Bridges, &kept)?;
    }
    let Some(head) = &greeting.tree_head else { return Ok(None) };
    let genuine = head.log_epoch == greeting.log_epoch
        && seal_verifies_without(head, "signature", &head.signature, &keys.server_key.public_key);
    let same_tree = known.filter(|known| known.log_epoch == head.log_epoch && known.size > 0);
    let continues = same_tree.is_none_or(|known| {
        proves((known.size, &known.root), (head.size, &head.root), &greeting.consistency)
    });
    if !genuine || !continues {
        return Ok(Some(REWRITTEN));
    }
    open.store.set_meta(MetaKey::TreeHead, head)?;
    Ok(None)
}

/// Whether a bridge begins in the tree that was seen: at the head that was seen, after it with a proof, or before it.
/// The last is what a restore to an earlier moment means: what was seen after the bridge is cut off, and the bridge says
/// so under the practice's signature.
fn spans(bridge: &EpochBridge, known: Option<&TreeHead>, proof: &[String]) -> bool {
    let Some(known) = known.filter(|known| known.log_epoch == bridge.from_epoch && known.size > 0) else {
        return true;
    };
    if known.size > bridge.from_size {
        return true;
    }
    proves((known.size, &known.root), (bridge.from_size, &bridge.from_root), proof)
}

/// Whether the tree of the second head begins with the one of the first.
fn proves(old: (u64, &str), new: (u64, &str), proof: &[String]) -> bool {
    let (Ok(old_root), Ok(new_root)) = (old.1.parse::<Sha256>(), new.1.parse::<Sha256>()) else {
        return false;
    };
    if old.0 == new.0 {
        return old_root == new_root;
    }
    let Ok(path) = proof.iter().map(|hash| hash.parse()).collect::<Result<Vec<Sha256>, _>>() else {
        return false;
    };
    ConsistencyProof { old_size: old.0, new_size: new.0, path }.verify(&old_root, &new_root).is_ok()
}

/// Whether bridges lead to the epoch `to` from the one that is known, or from one before it: a server may be restored
/// once more, to a moment before the last restore.
fn is_led_to(known: Uuid, to: Uuid, bridges: &[KeptBridge]) -> bool {
    let all: Vec<&EpochBridge> = bridges.iter().map(|kept| &kept.bridge).collect();
    let mut earlier = vec![known];
    while let Some(bridge) = all
        .iter()
        .find(|bridge| earlier.last() == Some(&bridge.to_epoch) && !earlier.contains(&bridge.from_epoch))
    {
        earlier.push(bridge.from_epoch);
    }
    let mut at = to;
    for _ in 0..=all.len() {
        if earlier.contains(&at) {
            return true;
        }
        let Some(bridge) = all.iter().find(|bridge| bridge.to_epoch == at) else { return false };
        at = bridge.from_epoch;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use mentalspace_domain::ids::{KeyId, PracticeId};

    fn bridge(from: u128, to: u128, from_size: u64, root: &str) -> KeptBridge {
        let bridge = EpochBridge {
            form: EpochBridge::FORM.to_owned(),
            practice: PracticeId::new(Uuid::from_u128(1)),
            from_epoch: Uuid::from_u128(from),
            from_size,
            from_root: root.to_owned(),
            to_epoch: Uuid::from_u128(to),
            at: chrono::DateTime::UNIX_EPOCH,
            key: KeyId::new(Uuid::from_u128(2)),
            signature: String::new(),
        };
        KeptBridge { bridge, witnessed: None }
    }

    fn led(known: u128, to: u128, bridges: &[KeptBridge]) -> bool {
        is_led_to(Uuid::from_u128(known), Uuid::from_u128(to), bridges)
    }

    #[test]
    fn a_chain_of_bridges_leads_from_what_is_known() {
        let chain = [bridge(1, 2, 5, ""), bridge(2, 3, 5, "")];
        assert!(led(1, 1, &[]) && led(1, 2, &chain) && led(1, 3, &chain) && led(2, 3, &chain));
        assert!(!led(1, 4, &chain) && !led(1, 2, &[]) && !led(4, 3, &chain));
        // Restored a second time, to before the first restore: 2 and what was in it is gone.
        let again = [bridge(1, 2, 5, ""), bridge(1, 9, 4, "")];
        assert!(led(2, 9, &again));
        assert!(!led(2, 9, &again[1..]), "where nobody has ever led from 1 to 2");
        assert!(!led(7, 8, &[bridge(8, 9, 1, ""), bridge(9, 8, 1, "")]), "a ring leads nowhere");
    }

    #[test]
    fn a_bridge_begins_in_the_tree_that_was_seen() {
        let root = |n: u8| mentalspace_crypto::sha256(&[n]).to_hex();
        let seen = |size: u64| TreeHead {
            log_epoch: Uuid::from_u128(1),
            size,
            root: root(1),
            at: chrono::DateTime::UNIX_EPOCH,
            signature: String::new(),
        };
        let at = |n: u8| bridge(1, 2, 5, &root(n)).bridge;
        assert!(spans(&at(1), Some(&seen(5)), &[]) && spans(&at(2), Some(&seen(6)), &[]));
        assert!(!spans(&at(2), Some(&seen(5)), &[]), "another tree of the same size");
        assert!(!spans(&at(2), Some(&seen(4)), &[]), "a later one without its proof");
        assert!(spans(&at(2), None, &[]), "nothing was seen");
    }
}
