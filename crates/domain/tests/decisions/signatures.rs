//! What a signature must say before it is accepted, whatever the signer's device made of it.

use crate::practice::{Kept, applied, as_rivera, client_id, instant, practice_id, refused, uuid};
use crate::repertoire::{addendum, full_chart, sign_addendum, sign_note, statement, submission};
use mentalspace_domain::addendum::Addendum;
use mentalspace_domain::addendum::dismiss::DismissAddendum;
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::context::{Context, Side};
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{NoteId, VersionId};
use mentalspace_domain::note::edit::Edit;
use mentalspace_domain::note::{Note, SectionKey};
use mentalspace_domain::signing::{self, NoteVersion, RefusedSignature, SignatureStatement};
use std::collections::BTreeMap;

fn on_device() -> Context {
    Context { side: Side::Device, ..as_rivera() }
}

/// The draft's signature under a statement that was changed before it was signed.
fn signed_as(change: impl FnOnce(&mut SignatureStatement)) -> Command {
    let mut input = sign_note();
    let content = input.submission.content;
    let mut statement = statement(&content, 122);
    change(&mut statement);
    input.submission = submission(content, statement);
    Command::NoteSign(input)
}

#[test]
fn a_name_or_credential_that_is_not_the_signers_is_refused_and_kept() {
    let other_name = signed_as(|said| said.printed_name = "Somebody Else, MD".to_owned());
    let other_credential = signed_as(|said| said.credential = "PsyD".to_owned());
    for command in [other_name, other_credential] {
        refused(full_chart().decide(&command, &on_device()), RefusalCode::BadSignature);
        let mut kept = full_chart();
        let decision = kept.run(&command, &as_rivera()).unwrap();
        assert!(matches!(decision.outcome, Outcome::Rejected { code: RefusalCode::BadSignature, .. }));
        assert!(kept.get::<Note>(uuid(61)).unwrap().is_draft());
        assert_eq!(kept.all::<RefusedSignature>().len(), 1, "what was signed is kept all the same");
    }
    applied(full_chart().decide(&signed_as(|_| ()), &as_rivera()));
}

#[test]
fn a_wrong_clock_refuses_no_signature() {
    for asserted in ["1970-01-01T00:00:00Z", "2026-03-10T15:00:00Z", "2099-12-31T23:59:59Z"] {
        let command = signed_as(|said| said.signed_at = instant(asserted));
        applied(full_chart().decide(&command, &as_rivera()));
    }
}

/// Found by reading: after a fetch that broke off she could not sign, and a signature from before it vanished.
#[test]
fn a_chart_that_is_being_fetched_is_signed_in_as_without_a_network() {
    let clinical = Bucket::clinical(client_id());
    let command = signed_as(|_| ());
    applied(full_chart().holding_part_of(clinical).decide(&command, &on_device()));
    // The control: a version that is there is never signed over.
    let Command::NoteSign(input) = &command else { return };
    let first: NoteVersion = full_chart().get(uuid(121)).unwrap();
    let taken = NoteVersion { id: input.submission.statement.version, ..first };
    let chart = full_chart().with(clinical, taken).holding_part_of(clinical);
    refused(chart.decide(&command, &on_device()), RefusalCode::ContentChanged);
}

/// The chart with another signed note, with a version of its own.
fn with_another_signed() -> (Kept, Note, NoteVersion) {
    let clinical = Bucket::clinical(client_id());
    let other = NoteId::new(uuid(66));
    let chart = full_chart();
    let signed: Note = chart.get(uuid(65)).unwrap();
    let first: NoteVersion = chart.get(uuid(121)).unwrap();
    let (signed, first) =
        (Note { id: other, ..signed }, NoteVersion { id: VersionId::new(uuid(124)), note: other, ..first });
    (chart.with(clinical, signed.clone()).with(clinical, first.clone()), signed, first)
}

#[test]
fn words_for_one_notes_addendum_never_go_into_anothers() {
    let (kept, other, _) = with_another_signed();
    let input = WriteAddendum {
        addendum_id: addendum().id,
        note_id: addendum().note,
        client_id: client_id(),
        kind: addendum().kind,
        sections: addendum()
            .sections
            .into_iter()
            .map(|(key, text)| (key, Edit { to: format!("{text} And more."), from: text }))
            .collect(),
        reason: addendum().reason,
    };
    applied(kept.decide(&Command::AddendumWrite(input.clone()), &as_rivera()));
    let astray = Command::AddendumWrite(WriteAddendum { note_id: other.id, ..input });
    for ctx in [as_rivera(), on_device()] {
        refused(kept.decide(&astray, &ctx), RefusalCode::NotFound);
    }
}

/// A late entry goes on growing while another device has words for it.
#[test]
fn an_addendum_that_says_more_than_was_read_is_not_set_aside() {
    let read = addendum().sections;
    let dismiss = |seen: Option<&BTreeMap<SectionKey, String>>| {
        Command::AddendumDismiss(DismissAddendum {
            addendum_id: addendum().id,
            note_id: addendum().note,
            client_id: addendum().client,
            reason: "Said already.".to_owned(),
            seen: seen.cloned(),
        })
    };
    let grown = |key: &str, text: &str| {
        let mut grown = addendum();
        grown.sections.insert(SectionKey::from(key), text.to_owned());
        full_chart().with(Bucket::clinical(client_id()), grown)
    };
    for kept in [grown("addendum", "She called back. Twice."), grown("plan", "Call her.")] {
        refused(kept.decide(&dismiss(Some(&read)), &as_rivera()), RefusalCode::ContentChanged);
        // The control: whoever has read all of it sets it aside.
        let all = kept.get::<Addendum>(addendum().id.uuid()).unwrap().sections;
        applied(kept.decide(&dismiss(Some(&all)), &as_rivera()));
    }
    applied(full_chart().decide(&dismiss(Some(&read)), &as_rivera()));
    applied(grown("plan", "").decide(&dismiss(Some(&read)), &as_rivera()));
    applied(grown("plan", "Call her.").decide(&dismiss(None), &as_rivera()));
    refused(full_chart().decide(&dismiss(Some(&BTreeMap::new())), &as_rivera()), RefusalCode::ContentChanged);
}

#[test]
fn an_addendum_is_signed_only_to_its_own_note() {
    let (kept, signed, first) = with_another_signed();
    let other = signed.id;
    let content = signing::addendum_content(&addendum(), &signed, &first, practice_id()).unwrap();
    let mut input = sign_addendum();
    input.note_id = other;
    let statement = statement(&content, 123);
    input.submission = submission(content, statement);
    for ctx in [as_rivera(), on_device()] {
        refused(kept.decide(&Command::AddendumSign(input.clone()), &ctx), RefusalCode::NotFound);
    }
    let own: Addendum = kept.get(addendum().id.uuid()).unwrap();
    assert_eq!(own.note, NoteId::new(uuid(65)), "the control: it is an addendum to the other note");
    applied(kept.decide(&Command::AddendumSign(sign_addendum()), &as_rivera()));
}
