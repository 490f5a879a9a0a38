//! Receipts: the server's counter-signature that it received a signature at this time (docs/signing.md).

use crate::http::failure::{Failure, Outcome};
use crate::sealing::SealKey;
use chrono::{DateTime, Utc};
use mentalspace_crypto::{Sha256, canonical, sha256};
use mentalspace_domain::decision::Change;
use mentalspace_domain::ids::{KeyId, NoteId, SignatureId};
use mentalspace_domain::record::Record;
use mentalspace_domain::signing::{Receipt, Signature};
use serde::Serialize;

/// A receipt's sealed part: [`Receipt`] without the seal.
#[derive(Serialize)]
struct Sealed {
    signature: SignatureId,
    note: NoteId,
    signature_hash: Sha256,
    received_at: DateTime<Utc>,
    key: KeyId,
}

/// The receipt for one signature.
fn receipt(signature: &Signature, key: &SealKey, at: DateTime<Utc>) -> Outcome<Receipt> {
    let bytes = canonical::to_vec(signature).map_err(Failure::internal)?;
    let sealed = Sealed {
        signature: signature.id,
        note: signature.note,
        signature_hash: sha256(&bytes),
        received_at: at,
        key: key.id,
    };
    let seal = key.sign_message(&sealed)?;
    let Sealed { signature, note, signature_hash, received_at, key } = sealed;
    Ok(Receipt { signature, note, signature_hash, received_at, key, seal })
}

/// Receipts for the signatures that these changes bring, each into the signature's bucket.
pub(crate) fn receipts(changes: &[Change], key: &SealKey, at: DateTime<Utc>) -> Outcome<Vec<Change>> {
    let mut receipts = Vec::new();
    for change in changes {
        if let Change::Put { bucket, record: Record::Signature(signature) } = change {
            receipts.push(Change::put(*bucket, receipt(signature, key, at)?));
        }
    }
    Ok(receipts)
}
