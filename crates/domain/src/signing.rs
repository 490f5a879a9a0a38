//! Signed content: what is hashed, what is signed, and how a stranger checks it (docs/signing.md).
//!
//! The content of a version is RFC 8785 canonical JSON; its SHA-256 is the content hash. The signature is Ed25519
//! over the canonical JSON of the [`SignatureStatement`], which names the signer, her printed name and credential,
//! the meaning, the times and the content hash (the manifestation and linking that 21 CFR 11.50 and 11.70 describe,
//! taken as a pattern).

use crate::addendum::Addendum;
use crate::appointment::ServiceTime;
use crate::context::{Context, Side};
use crate::decision::{Refusal, RefusalCode};
use crate::diagnosis::Diagnosis;
use crate::ids::{
    AddendumId, ClientId, DeviceId, DiagnosisId, KeyId, NoteId, PracticeId, SignatureId, UserId, VersionId,
};
use crate::note::{FieldKey, Note, NoteFormat, NoteType, SectionKey};
use crate::people::SigningKeyCertificate;
use crate::world::Lookup;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mentalspace_crypto::canonical;
use mentalspace_crypto::digest::{Sha256, sha256};
use mentalspace_crypto::signing::{self, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a signature means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// "I wrote this note and it is true and complete."
    Author,
    /// "I add this to a signed note." Addenda signed before there was this meaning say [`Meaning::Author`].
    Addendum,
}

/// A diagnosis as it stood on the chart when the note was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedDiagnosis {
    /// The entry on the chart.
    pub id: DiagnosisId,
    /// ICD-10-CM code.
    pub code: String,
    /// Its description.
    pub description: String,
}

/// What is signed: the whole of a note or addendum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedContent {
    /// Names this form of content; `mentalspace.signed-note.v1`.
    pub form: String,
    /// The practice.
    pub practice: PracticeId,
    /// The client.
    pub client: ClientId,
    /// The author.
    pub author: UserId,
    /// The note.
    pub note: NoteId,
    /// The addendum, where this is the content of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addendum: Option<AddendumId>,
    /// Why the addendum is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The note's type.
    pub note_type: NoteType,
    /// The note's format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<NoteFormat>,
    /// When the service took place: civil date and wall-clock times with their zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceTime>,
    /// The words, by section.
    pub sections: BTreeMap<SectionKey, String>,
    /// The scalars.
    pub fields: BTreeMap<FieldKey, String>,
    /// The diagnoses treated.
    #[serde(default)]
    pub diagnoses: Vec<SignedDiagnosis>,
    /// 1 for the note; one more with each signed addendum.
    pub version: u32,
    /// Content hash of the version before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Sha256>,
}

impl SignedContent {
    /// Whether it is the content of this note, or of this addendum to it.
    #[must_use]
    pub fn is_of(&self, note: NoteId, addendum: Option<AddendumId>) -> bool {
        self.note == note && self.addendum == addendum
    }
}

/// A signed version: the exact bytes that were signed. Insert-only on both ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteVersion {
    /// Its identifier.
    pub id: VersionId,
    /// The note.
    pub note: NoteId,
    /// The addendum, where this is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addendum: Option<AddendumId>,
    /// 1 for the note; one more with each signed addendum.
    pub version: u32,
    /// RFC 8785 canonical JSON of a [`SignedContent`].
    pub content: String,
    /// SHA-256 of `content`.
    pub content_hash: Sha256,
}

/// What the signature is over: its canonical JSON are the signed bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureStatement {
    /// Names this form of statement; `mentalspace.signature.v1`.
    pub form: String,
    /// The version signed.
    pub version: VersionId,
    /// Its content hash.
    pub content_hash: Sha256,
    /// Who signed.
    pub signer: UserId,
    /// Her name as printed.
    pub printed_name: String,
    /// Her credential as printed.
    pub credential: String,
    /// What the signature means.
    pub meaning: Meaning,
    /// When, by the signer's device.
    pub signed_at: DateTime<Utc>,
    /// The zone of the signer's wall clock.
    pub zone: Tz,
    /// On which device.
    pub device: DeviceId,
    /// With which key.
    pub key: KeyId,
}

/// A signature over a version. Insert-only on both ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Its identifier.
    pub id: SignatureId,
    /// The note that the version belongs to.
    pub note: NoteId,
    /// What was signed and by whom.
    pub statement: SignatureStatement,
    /// Ed25519 signature over the canonical statement, lower-case hexadecimal.
    pub signature: String,
}

/// The server's counter-signature: it received this signature at this time. Insert-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The signature received; a receipt has no other identity.
    pub signature: SignatureId,
    /// The note.
    pub note: NoteId,
    /// SHA-256 of the canonical [`Signature`].
    pub signature_hash: Sha256,
    /// When the server decided it, by the server's clock.
    pub received_at: DateTime<Utc>,
    /// The server's sealing key.
    pub key: KeyId,
    /// Ed25519 over the canonical receipt without this field, lower-case hexadecimal.
    pub seal: String,
}

/// A signature that the server could not accept. What was signed is kept for ever all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedSignature {
    /// The signature as the device made it.
    pub signature: Signature,
    /// The exact content that was signed.
    pub content: String,
    /// The refusal's code.
    pub code: String,
    /// When the server decided.
    pub decided_at: DateTime<Utc>,
}

/// Names the form of [`SignedContent`].
pub const CONTENT_FORM: &str = "mentalspace.signed-note.v1";
/// Names the form of [`SignatureStatement`].
pub const STATEMENT_FORM: &str = "mentalspace.signature.v1";

/// What the signer's device sends: the exact content she saw, her statement about it, and the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedSubmission {
    /// The signature's identifier.
    pub signature_id: SignatureId,
    /// Canonical JSON of the [`SignedContent`].
    pub content: String,
    /// The statement.
    pub statement: SignatureStatement,
    /// Ed25519 over the canonical statement, lower-case hexadecimal.
    pub signature: String,
}

impl SignedSubmission {
    /// The signature as a record of `note`.
    #[must_use]
    pub fn to_signature(&self, note: NoteId) -> Signature {
        Signature {
            id: self.signature_id,
            note,
            statement: self.statement.clone(),
            signature: self.signature.clone(),
        }
    }

    /// Checks everything about the submission that does not depend on the chart: the statement is the actor's own and
    /// prints her name, hashes the content, and verifies under the certified key of her device. `signed_at` is hers to
    /// assert: a wrong clock refuses nobody, and the receipt says when the server had it.
    ///
    /// # Errors
    /// [`RefusalCode::BadSignature`].
    pub fn check(&self, certificate: Lookup<&SigningKeyCertificate>, ctx: &Context) -> Result<(), Refusal> {
        let refuse = || {
            Refusal::new(
                RefusalCode::BadSignature,
                "The signature does not match what was signed. The note stays a draft and its text is safe. Sign it again.",
            )
        };
        let statement = &self.statement;
        if statement.form != STATEMENT_FORM
            || statement.signer != ctx.actor.user
            || statement.device != ctx.device
            || statement.content_hash != sha256(self.content.as_bytes())
        {
            return Err(refuse());
        }
        if statement.printed_name != ctx.actor.display_name || statement.credential != ctx.actor.credential {
            return Err(Refusal::new(
                RefusalCode::BadSignature,
                "The name or credential printed with this signature is not the one that the practice has for you. \
                 What you signed is kept, and the text is safe. Sync this device, then sign it again.",
            ));
        }
        match certificate {
            Lookup::Present(certificate) => {
                let owner =
                    certificate.user == Some(ctx.actor.user) && certificate.device == Some(ctx.device);
                let in_time = certificate.revoked_at.is_none_or(|revoked| statement.signed_at < revoked);
                if owner && in_time && verifies(statement, &self.signature, &certificate.public_key) {
                    Ok(())
                } else {
                    Err(refuse())
                }
            }
            // The device that has just been enrolled signs before its own certificate has come down to it.
            Lookup::Absent | Lookup::NotHeld if ctx.side == Side::Device => Ok(()),
            Lookup::Absent | Lookup::NotHeld => Err(refuse()),
        }
    }
}

/// Whether `signature` over the canonical form of `statement` verifies under `public_key`, both in lower-case
/// hexadecimal.
#[must_use]
pub fn verifies<T: Serialize>(statement: &T, signature: &str, public_key: &str) -> bool {
    let (Ok(bytes), Ok(key), Ok(signature)) =
        (canonical::to_vec(statement), public_key.parse(), signature.parse::<signing::Signature>())
    else {
        return false;
    };
    VerifyingKey::new(key).is_ok_and(|key| key.verify(&bytes, &signature).is_ok())
}

/// The canonical content of a note as it would be signed now, with the diagnoses as they stand on the chart.
///
/// # Errors
/// The content cannot be written canonically; does not happen for text and scalars.
pub fn note_content(
    note: &Note,
    chart: &[&Diagnosis],
    practice: PracticeId,
) -> Result<String, canonical::CanonicalError> {
    to_text(&SignedContent {
        form: CONTENT_FORM.to_owned(),
        practice,
        client: note.client,
        author: note.author,
        note: note.id,
        addendum: None,
        reason: None,
        note_type: note.note_type,
        format: note.format,
        service: note.service_time(),
        sections: note.sections.clone(),
        fields: note.fields.clone(),
        diagnoses: note
            .diagnoses
            .iter()
            .filter_map(|id| chart.iter().find(|diagnosis| diagnosis.id == *id))
            .map(|diagnosis| SignedDiagnosis {
                id: diagnosis.id,
                code: diagnosis.code.clone(),
                description: diagnosis.description.clone(),
            })
            .collect(),
        version: 1,
        previous: None,
    })
}

/// The canonical content of an addendum as it would be signed now, after `last`, the newest version of the note.
///
/// # Errors
/// The content cannot be written canonically; does not happen for text and scalars.
pub fn addendum_content(
    addendum: &Addendum,
    note: &Note,
    last: &NoteVersion,
    practice: PracticeId,
) -> Result<String, canonical::CanonicalError> {
    to_text(&SignedContent {
        form: CONTENT_FORM.to_owned(),
        practice,
        client: addendum.client,
        author: addendum.author,
        note: addendum.note,
        addendum: Some(addendum.id),
        reason: Some(addendum.reason.clone()),
        note_type: note.note_type,
        format: note.format,
        service: note.service_time(),
        sections: addendum.sections.clone(),
        fields: BTreeMap::new(),
        diagnoses: Vec::new(),
        version: last.version + 1,
        previous: Some(last.content_hash),
    })
}

fn to_text(content: &SignedContent) -> Result<String, canonical::CanonicalError> {
    canonical::to_string(content)
}

/// Whether `seal` verifies under `public_key` over the canonical form of `sealed` without its field `seal`: how the
/// server's receipts and certificates are checked.
#[must_use]
pub fn seal_verifies<T: Serialize>(sealed: &T, seal: &str, public_key: &str) -> bool {
    seal_verifies_without(sealed, "seal", seal, public_key)
}

/// The same where the field that holds the signature has another name.
#[must_use]
pub fn seal_verifies_without<T: Serialize>(sealed: &T, field: &str, seal: &str, public_key: &str) -> bool {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::to_value(sealed) else { return false };
    fields.remove(field);
    verifies(&fields, seal, public_key)
}
