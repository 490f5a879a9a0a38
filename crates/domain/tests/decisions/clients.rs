//! Beginning, changing and folding clients' records.

use crate::practice::{
    applied, as_front_desk, as_manager, as_rivera, client, client_id, context, instant, lund, marked, noop,
    osei, other_client_id, practice, practice_id, refused, rivera, uuid,
};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::Assignment;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::client::merge::MergeClients;
use mentalspace_domain::client::update::{EntryChange, EntryEdits, FactChange, REPLACED_KEPT, UpdateClient};
use mentalspace_domain::client::{ClientField, ClientStatus, Contact, Insurance};
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::ids::{AssignmentId, ClientId, CommandId, EntryId, UserId};
use mentalspace_domain::people::Role;
use std::collections::BTreeMap;

fn new_id() -> ClientId {
    ClientId::new(uuid(900))
}

fn creation(assign_to: Option<UserId>) -> CreateClient {
    CreateClient {
        client_id: new_id(),
        facts: BTreeMap::from([
            (ClientField::FamilyName, "Amari".to_owned()),
            (ClientField::Email, String::new()),
        ]),
        contacts: Vec::new(),
        insurance: Vec::new(),
        assign_to,
        assignment_id: assign_to.map(|_| AssignmentId::new(uuid(901))),
    }
}

#[test]
fn a_clinician_begins_a_client_on_her_own_caseload() {
    let mut kept = practice();
    let ctx = context(rivera(), Role::Clinician, &[]);
    let decision = applied(kept.run(&Command::ClientCreate(creation(Some(rivera()))), &ctx));
    assert!(!decision.provisional);
    assert!(decision.changes.iter().all(|change| change.bucket() == Bucket::admin(new_id())));
    let begun = kept.client(new_id());
    assert_eq!((begun.status, begun.created_at), (ClientStatus::Active, ctx.now));
    assert!(!begun.facts.contains_key(&ClientField::Email), "an empty fact is an absent one");
    let assignment: Assignment = kept.get(uuid(901)).unwrap();
    assert_eq!((assignment.clinician, assignment.client, assignment.ended_on), (rivera(), new_id(), None));
}

#[test]
fn the_treatment_begins_when_it_was_written_down_but_never_in_the_future() {
    for (asserted, expected) in
        [("2026-03-06T15:00:00Z", "2026-03-06"), ("2026-04-01T15:00:00Z", "2026-03-10")]
    {
        let mut kept = practice();
        let mut ctx = context(rivera(), Role::Clinician, &[]);
        ctx.asserted_at = instant(asserted);
        applied(kept.run(&Command::ClientCreate(creation(Some(rivera()))), &ctx));
        assert_eq!(kept.all::<Assignment>()[0].from.to_string(), expected);
    }
}

#[test]
fn who_may_create_whom_for_whom() {
    let open = |ctx, assign_to| practice().decide(&Command::ClientCreate(creation(assign_to)), &ctx);
    let clinician = || context(rivera(), Role::Clinician, &[]);
    // A clinician who left her new client unassigned would lose sight of the record she has just written.
    refused(open(clinician(), None), RefusalCode::NotAllowed);
    refused(open(clinician(), Some(osei())), RefusalCode::NotAllowed);
    applied(open(as_front_desk(), None));
    refused(open(as_front_desk(), Some(rivera())), RefusalCode::NotAllowed);
    applied(open(as_manager(), None));
    applied(open(as_manager(), Some(rivera())));
    refused(open(as_manager(), Some(lund())), RefusalCode::Invalid);
    refused(open(as_manager(), Some(UserId::new(uuid(999)))), RefusalCode::NotFound);
    for role in [Role::Supervisor, Role::Biller, Role::Administrator] {
        refused(open(context(lund(), role, &[]), None), RefusalCode::NotAllowed);
        refused(open(context(lund(), role, &[]), Some(lund())), RefusalCode::NotAllowed);
    }
}

#[test]
fn only_the_impossible_is_refused_in_a_new_client() {
    let with = |field, value: &str| {
        let mut input = creation(None);
        input.facts = BTreeMap::from([(field, value.to_owned())]);
        practice().decide(&Command::ClientCreate(input), &as_front_desk())
    };
    for impossible in ["2026-02-30", "1987-4-9", "yesterday", "2026-03-12"] {
        let refusal = refused(with(ClientField::BirthDate, impossible), RefusalCode::Invalid);
        assert_eq!(marked(&refusal), ["birth_date"], "{impossible}");
        assert!(!refusal.message.contains(impossible), "a refusal never holds what was typed about a client");
    }
    assert_eq!(marked(&refused(with(ClientField::Status, "active"), RefusalCode::Invalid)), ["status"]);
    applied(with(ClientField::BirthDate, "2026-03-10"));
    applied(with(ClientField::Phone, "the neighbour's, ask first"));
    let mut nameless = creation(None);
    nameless.facts.clear();
    applied(practice().decide(&Command::ClientCreate(nameless), &as_front_desk()));

    let mut without_assignment = creation(Some(rivera()));
    without_assignment.assignment_id = None;
    refused(
        practice().decide(&Command::ClientCreate(without_assignment), &as_manager()),
        RefusalCode::Invalid,
    );
}

#[test]
fn a_client_is_begun_once() {
    let mut kept = practice();
    applied(kept.run(&Command::ClientCreate(creation(None)), &as_front_desk()));
    refused(kept.run(&Command::ClientCreate(creation(None)), &as_front_desk()), RefusalCode::WrongState);
}

#[test]
fn offline_a_new_client_is_provisional() {
    let kept = practice().not_holding(Bucket::admin(new_id()));
    let ctx = context(rivera(), Role::Clinician, &[]);
    assert!(applied(kept.decide(&Command::ClientCreate(creation(Some(rivera()))), &ctx)).provisional);
    let kept = practice().not_holding(Bucket::practice(practice_id()));
    assert!(
        applied(kept.decide(&Command::ClientCreate(creation(Some(rivera()))), &as_manager())).provisional
    );
}

fn facts(changes: &[(ClientField, &str, &str)]) -> Command {
    Command::ClientUpdate(UpdateClient {
        client_id: client_id(),
        facts: changes
            .iter()
            .map(|(field, from, to)| (*field, FactChange { from: (*from).to_owned(), to: (*to).to_owned() }))
            .collect(),
        contacts: EntryEdits::default(),
        insurance: EntryEdits::default(),
    })
}

#[test]
fn the_last_arrival_stands_and_what_it_replaced_is_kept() {
    let mut kept = practice();
    applied(kept.run(&facts(&[(ClientField::Phone, "555-0100", "555-0101")]), &as_front_desk()));
    // The clinician's laptop had not seen the front desk's correction.
    applied(kept.run(&facts(&[(ClientField::Phone, "555-0100", "555-0102")]), &as_rivera()));
    let client = kept.client(client_id());
    assert_eq!(client.fact(ClientField::Phone), "555-0102");
    let replaced: Vec<_> =
        client.replaced.iter().map(|old| (old.value.as_str(), old.by, old.unseen)).collect();
    assert_eq!(replaced, [("555-0100", lund(), false), ("555-0101", rivera(), true)]);
    noop(kept.run(&facts(&[(ClientField::Phone, "555-0100", "555-0102")]), &as_rivera()));
}

#[test]
fn filling_an_empty_fact_replaces_nothing_but_overruling_an_emptied_one_does() {
    let mut kept = practice();
    applied(kept.run(&facts(&[(ClientField::Email, "", "jo@example.org")]), &as_front_desk()));
    assert!(kept.client(client_id()).replaced.is_empty());
    applied(kept.run(&facts(&[(ClientField::Phone, "555-0100", "")]), &as_front_desk()));
    assert!(!kept.client(client_id()).facts.contains_key(&ClientField::Phone));
    applied(kept.run(&facts(&[(ClientField::Phone, "555-0100", "555-0109")]), &as_rivera()));
    let last = kept.client(client_id()).replaced.pop().unwrap();
    assert_eq!((last.value.as_str(), last.unseen), ("", true));
}

#[test]
fn fifty_replaced_values_are_kept_the_newest_last() {
    let mut kept = practice();
    let mut from = "555-0100".to_owned();
    for turn in 0..60 {
        let to = format!("555-{turn:04}x");
        applied(kept.run(&facts(&[(ClientField::Phone, &from, &to)]), &as_front_desk()));
        from = to;
    }
    let replaced = kept.client(client_id()).replaced;
    assert_eq!(replaced.len(), REPLACED_KEPT);
    assert_eq!(replaced.last().unwrap().value, "555-0058x");
}

#[test]
fn the_status_is_a_fact_with_three_values() {
    let mut kept = practice();
    applied(kept.run(&facts(&[(ClientField::Status, "active", "discharged")]), &as_rivera()));
    let client = kept.client(client_id());
    assert_eq!((client.status, client.replaced[0].value.as_str()), (ClientStatus::Discharged, "active"));
    assert!(!client.facts.contains_key(&ClientField::Status), "the status stands in one place only");
    for wrong in ["merged", "gone", ""] {
        let refusal = refused(
            kept.run(&facts(&[(ClientField::Status, "", wrong)]), &as_rivera()),
            RefusalCode::Invalid,
        );
        assert_eq!(marked(&refusal), ["status"]);
    }
}

fn contact(id: u128, name: &str, phone: &str) -> Contact {
    Contact {
        id: EntryId::new(uuid(id)),
        name: name.to_owned(),
        relationship: "mother".to_owned(),
        phone: phone.to_owned(),
        email: String::new(),
        emergency: true,
        guardian: true,
    }
}

fn contacts(put: Vec<EntryChange<Contact>>, remove: Vec<Contact>) -> Command {
    Command::ClientUpdate(UpdateClient {
        client_id: client_id(),
        facts: BTreeMap::new(),
        contacts: EntryEdits { put, remove },
        insurance: EntryEdits::default(),
    })
}

fn edit(from: &Contact, to: &Contact) -> EntryChange<Contact> {
    EntryChange { from: Some(from.clone()), to: to.clone() }
}

#[test]
fn a_guardian_is_removed_only_by_somebody_who_saw_her_as_she_stands() {
    let seen = contact(71, "M. Amari", "555-0200");
    let mut kept = practice();
    applied(
        kept.run(&contacts(vec![EntryChange { from: None, to: seen.clone() }], vec![]), &as_front_desk()),
    );
    let now = Contact { phone: "555-0201".to_owned(), ..seen.clone() };
    applied(kept.run(&contacts(vec![edit(&seen, &now)], vec![]), &as_front_desk()));

    noop(kept.run(&contacts(vec![], vec![seen]), &as_rivera()));
    assert_eq!(kept.client(client_id()).contacts, std::slice::from_ref(&now));
    applied(kept.run(&contacts(vec![], vec![now]), &as_rivera()));
    assert!(kept.client(client_id()).contacts.is_empty());
}

#[test]
fn two_edits_of_one_contact_combine_field_by_field() {
    let seen = contact(71, "M. Amari", "555-0200");
    let mut kept = practice();
    applied(
        kept.run(&contacts(vec![EntryChange { from: None, to: seen.clone() }], vec![]), &as_front_desk()),
    );
    let desk = Contact { phone: "555-0201".to_owned(), ..seen.clone() };
    let laptop = Contact { email: "m@example.org".to_owned(), ..seen.clone() };
    applied(kept.run(&contacts(vec![edit(&seen, &desk)], vec![]), &as_front_desk()));
    applied(kept.run(&contacts(vec![edit(&seen, &laptop)], vec![]), &as_rivera()));
    let both = Contact { phone: "555-0201".to_owned(), email: "m@example.org".to_owned(), ..seen };
    assert_eq!(kept.client(client_id()).contacts, [both]);
}

#[test]
fn two_corrections_of_the_same_line_are_both_kept() {
    let seen = contact(71, "M. Amari", "555-0200");
    let mut kept = practice();
    applied(
        kept.run(&contacts(vec![EntryChange { from: None, to: seen.clone() }], vec![]), &as_front_desk()),
    );
    let desk = Contact { phone: "555-0201".to_owned(), ..seen.clone() };
    let laptop = Contact { phone: "555-0202".to_owned(), ..seen.clone() };
    applied(kept.run(&contacts(vec![edit(&seen, &desk)], vec![]), &as_front_desk()));
    applied(kept.run(&contacts(vec![edit(&seen, &laptop)], vec![]), &as_rivera()));
    let phones: Vec<String> = kept.client(client_id()).contacts.into_iter().map(|c| c.phone).collect();
    assert_eq!(phones, ["555-0202", "555-0201"], "a number that somebody took down must not vanish");
    let ids: Vec<EntryId> = kept.client(client_id()).contacts.into_iter().map(|c| c.id).collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn an_edit_beats_a_removal() {
    let seen = contact(71, "M. Amari", "555-0200");
    let mut kept = practice();
    applied(
        kept.run(&contacts(vec![EntryChange { from: None, to: seen.clone() }], vec![]), &as_front_desk()),
    );
    applied(kept.run(&contacts(vec![], vec![seen.clone()]), &as_front_desk()));
    let laptop = Contact { phone: "555-0202".to_owned(), ..seen.clone() };
    applied(kept.run(&contacts(vec![edit(&seen, &laptop)], vec![]), &as_rivera()));
    assert_eq!(kept.client(client_id()).contacts, [laptop]);
}

#[test]
fn an_edit_that_shows_one_entry_and_changes_another_is_refused() {
    let (one, two) = (contact(71, "M. Amari", "555-0200"), contact(72, "P. Amari", "555-0300"));
    let refusal = refused(
        practice().decide(&contacts(vec![edit(&one, &two)], vec![]), &as_rivera()),
        RefusalCode::Invalid,
    );
    assert_eq!(marked(&refusal), ["contacts"]);
}

#[test]
fn a_client_is_changed_where_she_is_here_and_by_whom_it_may() {
    let change = facts(&[(ClientField::Phone, "555-0100", "555-0101")]);
    let admin = Bucket::admin(client_id());
    applied(practice().decide(&change, &as_rivera()));
    refused(crate::practice::Kept::default().decide(&change, &as_rivera()), RefusalCode::NotFound);
    refused(practice().not_holding(admin).decide(&change, &as_rivera()), RefusalCode::NotFound);
    refused(practice().decide(&change, &context(rivera(), Role::Clinician, &[])), RefusalCode::NotAllowed);
    for role in [Role::Supervisor, Role::Biller, Role::Administrator] {
        refused(practice().decide(&change, &context(lund(), role, &[admin])), RefusalCode::NotAllowed);
    }
}

fn fold() -> Command {
    Command::ClientMerge(MergeClients {
        from: other_client_id(),
        into: client_id(),
        reason: "same date of birth and telephone".to_owned(),
    })
}

fn two_records() -> crate::practice::Kept {
    let policy = |id| Insurance {
        id: EntryId::new(uuid(id)),
        payer: "Example Health".to_owned(),
        member_id: "A1".to_owned(),
        group_number: String::new(),
        policy_holder: String::new(),
        rank: 1,
    };
    let mut into = client(client_id());
    into.contacts = vec![contact(71, "M. Amari", "555-0200")];
    into.insurance = vec![policy(81)];
    let mut from = client(other_client_id());
    from.facts.insert(ClientField::Phone, "555-0999".to_owned());
    from.facts.insert(ClientField::BirthDate, "1987-04-09".to_owned());
    from.contacts = vec![contact(71, "P. Amari", "555-0300"), contact(73, "M. Amari", "555-0200")];
    from.insurance = vec![policy(82)];
    practice().with(Bucket::admin(client_id()), into).with(Bucket::admin(other_client_id()), from)
}

#[test]
fn folding_two_records_drops_nothing() {
    let mut kept = two_records();
    applied(kept.run(&fold(), &as_manager()));
    let into = kept.client(client_id());
    assert_eq!(into.fact(ClientField::BirthDate), "1987-04-09", "an empty fact is filled");
    assert_eq!(into.fact(ClientField::Phone), "555-0100", "the record that is kept speaks first");
    assert_eq!((into.replaced[0].value.as_str(), into.replaced[0].unseen), ("555-0999", true));
    let mut names: Vec<&str> = into.contacts.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["M. Amari", "P. Amari"], "the same person is not listed twice, nobody is dropped");
    assert_ne!(into.contacts[0].id, into.contacts[1].id);
    assert_eq!(into.insurance.len(), 1);

    let from = kept.client(other_client_id());
    assert_eq!((from.status, from.merged_into), (ClientStatus::Merged, Some(client_id())));
    assert_eq!(from.merge_reason, "same date of birth and telephone", "why is kept there as well");
    assert_eq!(from.contacts.len(), 2, "the folded record stays as it was");
    noop(kept.run(&fold(), &as_manager()));
}

#[test]
fn a_folded_record_takes_no_more_changes() {
    let mut kept = two_records();
    applied(kept.run(&fold(), &as_manager()));
    let back = Command::ClientMerge(MergeClients {
        from: client_id(),
        into: other_client_id(),
        reason: "the other way".to_owned(),
    });
    refused(kept.decide(&back, &as_manager()), RefusalCode::WrongState);
    let change = Command::ClientUpdate(UpdateClient {
        client_id: other_client_id(),
        facts: BTreeMap::from([(ClientField::Phone, FactChange { from: String::new(), to: "1".to_owned() })]),
        contacts: EntryEdits::default(),
        insurance: EntryEdits::default(),
    });
    refused(kept.decide(&change, &as_manager()), RefusalCode::WrongState);
}

#[test]
fn folding_needs_both_records_and_a_reason() {
    refused(two_records().decide(&fold(), &as_rivera()), RefusalCode::NotAllowed);
    refused(practice().decide(&fold(), &as_manager()), RefusalCode::NotFound);
    for bucket in [Bucket::admin(client_id()), Bucket::admin(other_client_id())] {
        refused(two_records().not_holding(bucket).decide(&fold(), &as_manager()), RefusalCode::NotFound);
    }
    let with = |into, reason: &str| {
        let input = MergeClients { from: other_client_id(), into, reason: reason.to_owned() };
        two_records().decide(&Command::ClientMerge(input), &as_manager())
    };
    assert_eq!(marked(&refused(with(client_id(), " "), RefusalCode::Invalid)), ["reason"]);
    assert_eq!(marked(&refused(with(other_client_id(), "same"), RefusalCode::Invalid)), ["into"]);
}

#[test]
fn the_same_command_decides_the_same_everywhere() {
    let mut device = as_rivera();
    device.side = mentalspace_domain::context::Side::Device;
    let change = facts(&[(ClientField::Phone, "555-0100", "555-0101")]);
    assert_eq!(practice().decide(&change, &device), practice().decide(&change, &as_rivera()));
    let mut other = as_rivera();
    other.command = CommandId::new(uuid(42));
    assert_eq!(practice().decide(&change, &other), practice().decide(&change, &as_rivera()));
}
