//! Signing on this device, and checking signatures on this device.

use crate::api::input::{NoteInput, NoteSignInput};
use crate::api::view::{ChangeView, RunView, SignPreview, SignatureView, Verification};
use crate::api::{ApiError, Code};
use crate::charts::note_diagnoses;
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::keys::StoredKeys;
use crate::people::Names;
use crate::session::re_authenticate;
use crate::standing::{find, finding_view, findings};
use crate::submit::submit;
use mentalspace_crypto::canonical;
use mentalspace_crypto::digest::sha256;
use mentalspace_domain::addendum::{Addendum, AddendumState};
use mentalspace_domain::command::Command;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::{AddendumId, NoteId, SignatureId, VersionId};
use mentalspace_domain::note::completeness::Level;
use mentalspace_domain::note::sections::{field_label, section_label};
use mentalspace_domain::note::sign::SignNote;
use mentalspace_domain::note::{Note, NoteState};
use mentalspace_domain::people::SigningKeyCertificate;
use mentalspace_domain::signing::{
    self, Meaning, NoteVersion, Receipt, STATEMENT_FORM, Signature, SignatureStatement, SignedContent,
    SignedSubmission,
};
use mentalspace_domain::world::{Lookup, World};

/// What a signature says, in a sentence.
pub(crate) const fn statement(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Author => {
            "I wrote this note. It is true and complete to the best of my knowledge. After I sign it, it cannot be changed; I can add to it only by a signed addendum."
        }
        Meaning::Addendum => {
            "I wrote this addendum to a signed note. It is true and complete to the best of my knowledge. The note stays as it was signed; after I sign this, it cannot be changed."
        }
    }
}

pub(crate) async fn preview(desktop: &Desktop, input: NoteInput) -> Result<SignPreview, ApiError> {
    let open = desktop.open()?;
    open.store.pause_typing()?;
    let note = find(&open, &input.note_id)?;
    let names = Names::load(&open)?;
    let chart = open.store.children::<Diagnosis>(note.client.uuid())?;
    let on_chart: Vec<&Diagnosis> = chart.iter().collect();
    let content = content_of(&open, &note, &on_chart)?;
    let mut sections: Vec<RunView> = note
        .fields
        .iter()
        .map(|(key, value)| RunView { from: field_label(key).to_owned(), text: value.clone() })
        .collect();
    sections.extend(
        note.sections
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| RunView { from: section_label(key).to_owned(), text: text.clone() }),
    );
    Ok(SignPreview {
        statement: statement(Meaning::Author).to_owned(),
        printed_name: names.identity.user.display_name.clone(),
        credential: names.identity.user.credential.clone(),
        sections,
        diagnoses: note_diagnoses(&note, None, &chart),
        content_hash: sha256(content.as_bytes()).to_hex(),
        blocking: findings(desktop, &names, &note, &on_chart)
            .iter()
            .filter(|finding| finding.level == Level::Block)
            .map(finding_view)
            .collect(),
    })
}

pub(crate) async fn sign(desktop: &Desktop, input: NoteSignInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    open.store.pause_typing()?;
    let note = find(&open, &input.note_id)?;
    let chart = open.store.children::<Diagnosis>(note.client.uuid())?;
    let on_chart: Vec<&Diagnosis> = chart.iter().collect();
    // What is missing is said before the password is asked about.
    let ctx = open
        .store
        .context(mentalspace_domain::ids::CommandId::new(desktop.edge.id()?), desktop.edge.now())?;
    let mut world = World::default();
    let identity = open.store.identity()?;
    let practice = identity.practice.clone();
    world.answer_record(
        mentalspace_domain::record::RecordKey::of::<mentalspace_domain::people::Practice>(practice.id.uuid()),
        Lookup::Present(practice.into()),
    );
    if note.is_draft() {
        mentalspace_domain::note::sign::ready_to_sign(&note, &on_chart, &world, &ctx)?;
    }
    let content = content_of(&open, &note, &on_chart)?;
    if input.content_hash.is_some_and(|read| read != sha256(content.as_bytes()).to_hex()) {
        return Err(ApiError::new(
            Code::ContentChanged,
            "The note has changed since you read it here, perhaps by another device of yours. Nothing was signed, and every word is safe. Read it once more, then sign.",
        ));
    }
    re_authenticate(desktop, &open, &input.password).await?;
    let submission = submission(desktop, &open, content, Meaning::Author)?;
    let command = Command::NoteSign(SignNote { note_id: note.id, client_id: note.client, submission });
    submit(desktop, &open, note.id.uuid(), command)
}

fn content_of(open: &Open, note: &Note, chart: &[&Diagnosis]) -> Result<String, ApiError> {
    let practice = open.store.identity()?.practice.id;
    signing::note_content(note, chart, practice).map_err(|_| ApiError::internal())
}

/// Signs `content` with this device's key.
pub(crate) fn submission(
    desktop: &Desktop,
    open: &Open,
    content: String,
    meaning: Meaning,
) -> Result<SignedSubmission, ApiError> {
    let identity = open.store.identity()?;
    let keys: StoredKeys =
        open.store.meta(mentalspace_store::MetaKey::Keys)?.ok_or_else(ApiError::internal)?;
    let statement = SignatureStatement {
        form: STATEMENT_FORM.to_owned(),
        version: VersionId::new(desktop.edge.id()?),
        content_hash: sha256(content.as_bytes()),
        signer: identity.user.id,
        printed_name: identity.user.display_name.clone(),
        credential: identity.user.credential.clone(),
        meaning,
        signed_at: desktop.edge.now(),
        zone: identity.practice.zone,
        device: identity.device,
        key: keys.signing_key_id,
    };
    let bytes = canonical::to_vec(&statement).map_err(|_| ApiError::internal())?;
    let signature = keys.signing_key()?.sign(&bytes).map_err(|_| {
        ApiError::new(Code::Internal, "This device could not sign. Nothing was changed. Try again.")
    })?;
    Ok(SignedSubmission {
        signature_id: SignatureId::new(desktop.edge.id()?),
        content,
        statement,
        signature: signature.to_string(),
    })
}

/// The note's own signature, checked here.
pub(crate) fn note_signature(
    open: &Open,
    names: &Names,
    note: &Note,
) -> Result<Option<SignatureView>, ApiError> {
    match &note.state {
        NoteState::Signed { version, .. } | NoteState::Voided { version: Some(version), .. } => {
            version_signature(open, names, (note.id, None), *version)
        }
        NoteState::Draft | NoteState::Voided { version: None, .. } => Ok(None),
    }
}

/// The note as it was signed, with what was signed: that is what a signed note shows, whatever its record says.
pub(crate) fn note_as_signed(open: &Open, note: &Note) -> Result<Option<(Note, SignedContent)>, ApiError> {
    let (NoteState::Signed { version, .. } | NoteState::Voided { version: Some(version), .. }) = &note.state
    else {
        return Ok(None);
    };
    Ok(signed_content(open, *version)?.filter(|content| content.is_of(note.id, None)).map(|content| {
        let signed = Note {
            note_type: content.note_type,
            format: content.format,
            sections: content.sections.clone(),
            fields: content.fields.clone(),
            diagnoses: content.diagnoses.iter().map(|diagnosis| diagnosis.id).collect(),
            ..note.clone()
        };
        (signed, content)
    }))
}

/// The addendum as it was signed, where it was.
pub(crate) fn addendum_as_signed(open: &Open, addendum: &Addendum) -> Result<Option<Addendum>, ApiError> {
    let AddendumState::Signed { version } = addendum.state else { return Ok(None) };
    let content = signed_content(open, version)?;
    Ok(content.filter(|content| content.is_of(addendum.note, Some(addendum.id))).map(|content| Addendum {
        sections: content.sections,
        reason: content.reason.unwrap_or_default(),
        ..addendum.clone()
    }))
}

fn signed_content(open: &Open, version: VersionId) -> Result<Option<SignedContent>, ApiError> {
    let version = open.store.get::<NoteVersion>(version.uuid())?;
    Ok(version.and_then(|version| serde_json::from_str(&version.content).ok()))
}

/// The signature of a version of a note, or of an addendum to it, checked here.
pub(crate) fn version_signature(
    open: &Open,
    names: &Names,
    (note, addendum): (NoteId, Option<AddendumId>),
    version: VersionId,
) -> Result<Option<SignatureView>, ApiError> {
    let Some(version) = open.store.get::<NoteVersion>(version.uuid())? else { return Ok(None) };
    let Some(signature) = open
        .store
        .children::<Signature>(note.uuid())?
        .into_iter()
        .find(|signature| signature.statement.version == version.id)
    else {
        return Ok(None);
    };
    let receipt = open.store.get::<Receipt>(signature.id.uuid())?;
    let certificate = open.store.get::<SigningKeyCertificate>(signature.statement.key.uuid())?;
    let keys: StoredKeys =
        open.store.meta(mentalspace_store::MetaKey::Keys)?.ok_or_else(ApiError::internal)?;
    let of_this = serde_json::from_str(&version.content)
        .is_ok_and(|content: SignedContent| content.is_of(note, addendum));
    let verification = if of_this {
        verify(&version, &signature, certificate.as_ref(), receipt.as_ref(), &keys.server_key)
    } else {
        // Signed words of something else: they say nothing of this.
        Verification::Broken
    };
    let statement = &signature.statement;
    Ok(Some(SignatureView {
        printed_name: statement.printed_name.clone(),
        credential: statement.credential.clone(),
        meaning: self::statement(statement.meaning).to_owned(),
        signed_at: statement.signed_at.to_rfc3339(),
        signed_civil: civil::on_clock(statement.signed_at, statement.zone),
        zone: statement.zone.name().to_owned(),
        received_civil: receipt
            .map(|receipt| civil::on_clock(receipt.received_at, names.identity.practice.zone)),
        content_hash: version.content_hash.to_hex(),
        verification,
    }))
}

fn verify(
    version: &NoteVersion,
    signature: &Signature,
    certificate: Option<&SigningKeyCertificate>,
    receipt: Option<&Receipt>,
    server_key: &SigningKeyCertificate,
) -> Verification {
    let statement = &signature.statement;
    if sha256(version.content.as_bytes()) != version.content_hash
        || statement.content_hash != version.content_hash
    {
        return Verification::Broken;
    }
    let Some(certificate) = certificate else { return Verification::Unknown };
    if certificate.user != Some(statement.signer)
        || certificate.device != Some(statement.device)
        || !certificate_is_sealed(certificate, server_key)
        || !signing::verifies(statement, &signature.signature, &certificate.public_key)
    {
        return Verification::Broken;
    }
    match receipt {
        None => Verification::AwaitingReceipt,
        Some(receipt) if receipt_is_sealed(receipt, signature, server_key) => Verification::Verified,
        Some(_) => Verification::Broken,
    }
}

fn certificate_is_sealed(certificate: &SigningKeyCertificate, server_key: &SigningKeyCertificate) -> bool {
    signing::seal_verifies(certificate, &certificate.seal, &server_key.public_key)
}

fn receipt_is_sealed(receipt: &Receipt, signature: &Signature, server_key: &SigningKeyCertificate) -> bool {
    let hash = canonical::to_vec(signature).map(|bytes| sha256(&bytes));
    hash.is_ok_and(|hash| hash == receipt.signature_hash)
        && signing::seal_verifies(receipt, &receipt.seal, &server_key.public_key)
}
