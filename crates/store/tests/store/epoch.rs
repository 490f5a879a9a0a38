//! A server restored from a backup, and a device restored from an image: no word is lost, none counts twice.

use crate::clinic::{Desk, clinical, hears_the_server_at, laptop, later, note, patch, uuid};
use crate::server::Server;
use mentalspace_crypto::digest::sha256;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{CommandId, RevisionId, VersionId};
use mentalspace_domain::note::{Note, NoteRevision, RevisionKind};
use mentalspace_domain::quarantine::QuarantinedWork;
use mentalspace_domain::signing::NoteVersion;
use mentalspace_store::{Became, MetaKey};

fn desk() -> (Server, Desk) {
    let mut server = Server::new();
    for i in 1..=4 {
        server.put(clinical(1), note(i, 1, &[("plan", "Plan.")]));
    }
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    desk.store.set_meta(MetaKey::LogEpoch, &uuid(1)).unwrap();
    (server, desk)
}

fn write(desk: &Desk, number: u128) -> CommandId {
    desk.submit(patch(number, number, 1, "plan", "Plan.", &format!("Plan. Words {number}."))).command
}

#[test]
fn a_restored_server_gets_again_what_it_had_confirmed() {
    let (mut server, desk) = desk();
    write(&desk, 1);
    server.sync(laptop(), &desk.store);
    let backup = server.clone();
    let lost = [write(&desk, 2), write(&desk, 3)];
    server.sync(laptop(), &desk.store);
    let pending = write(&desk, 4);
    assert_eq!(desk.store.outbox_len().unwrap(), 1);

    server = backup;
    desk.store.new_epoch(uuid(2), server.processed(laptop()), later(100)).unwrap();
    assert_eq!(desk.store.meta(MetaKey::LogEpoch).unwrap(), Some(uuid(2)));
    let again: Vec<(i64, CommandId)> =
        desk.store.pending().unwrap().into_iter().map(|p| (p.seq, p.envelope.id)).collect();
    assert_eq!(
        again,
        [(2, lost[0]), (3, lost[1]), (4, pending)],
        "the same identities, before what is pending"
    );
    for number in 1..=4 {
        assert_eq!(
            desk.section(number, "plan").unwrap(),
            format!("Plan. Words {number}."),
            "all is shown meanwhile"
        );
    }
    assert!(desk.store.held().unwrap().iter().all(|bucket| bucket.cursor == 0));
    let applied = server.sync(laptop(), &desk.store);
    assert_eq!((applied.confirmed, applied.mismatched.len()), (3, 0));
    for number in 1..=4 {
        let bucket = clinical(1);
        let key = mentalspace_domain::record::RecordKey::of::<Note>(crate::clinic::note_id(number).uuid());
        let record = server.record(bucket, key).unwrap();
        let there = <Note as mentalspace_domain::record::RecordType>::of(&record).unwrap();
        assert_eq!(there.section(&"plan".into()), format!("Plan. Words {number}."));
    }
    assert!(desk.store.held().unwrap().iter().all(|bucket| bucket.status == "ready"));
    assert_eq!(desk.count("SELECT count(*) FROM archive"), 4);
    assert_eq!(desk.store.journal(None, 99).unwrap().len(), 4, "and nothing is told twice");
}

/// Found by reading: what she wrote and the restored server has not yet went out of sight where the line dropped between
/// two pages, and what she wrote next was built on the old text.
#[test]
fn what_is_offered_again_stays_in_sight_until_every_page_is_there() {
    for sent in [false, true] {
        let (mut server, desk) = desk();
        let backup = server.clone();
        for number in 1..=4 {
            write(&desk, number);
        }
        server.sync(laptop(), &desk.store);
        let shown = |desk: &Desk| (1..=4).map(|n| desk.section(n, "plan").unwrap()).collect::<Vec<_>>();
        let hers = shown(&desk);
        assert_eq!(hers[3], "Plan. Words 4.");

        server = backup;
        desk.store.new_epoch(uuid(2), server.processed(laptop()), later(100)).unwrap();
        if sent {
            // It takes the first, and lets the others wait for what they were built on.
            let offered = desk.store.offer(0, 99, usize::MAX).unwrap();
            server.receive(laptop(), &offered[..1]);
        }
        for rows in 1..8 {
            let mut page = server.answer(laptop(), &desk.store, rows);
            if rows % 2 == 0 {
                page.end = None;
            }
            desk.store.apply(&page, later(200)).unwrap();
            assert_eq!(shown(&desk), hers, "sent: {sent}, after {rows} rows");
        }
        let pending = desk.store.sync_word(crate::clinic::note_id(4)).unwrap();
        assert_ne!(pending, mentalspace_store::SyncWord::Synced, "and it is said that it is not sent");
        server.sync(laptop(), &desk.store);
        assert_eq!(shown(&desk), hers);
        assert_eq!(desk.count("SELECT count(*) FROM overlay"), 0);
        let key = mentalspace_domain::record::RecordKey::of::<Note>(crate::clinic::note_id(4).uuid());
        let record = server.record(clinical(1), key).unwrap();
        let there = <Note as mentalspace_domain::record::RecordType>::of(&record).unwrap();
        assert_eq!(there.section(&"plan".into()), hers[3]);
    }
}

#[test]
fn what_is_offered_again_says_what_had_become_of_it() {
    let (mut server, desk) = desk();
    let backup = server.clone();
    write(&desk, 2);
    server.sync(laptop(), &desk.store);
    let pending = write(&desk, 4);
    desk.store.new_epoch(uuid(2), backup.processed(laptop()), later(100)).unwrap();
    let before: Vec<_> = desk.store.offer(0, 9, 9_999).unwrap().into_iter().map(|p| p.before).collect();
    let became = Some(Became { outcome: Outcome::Applied, made: 0 });
    assert_eq!(before, [became.clone(), None]);
    // Numbers may change once more before it gets through: what it says stays with it.
    desk.store.renumber_after(7, later(101)).unwrap();
    let again = desk.store.pending().unwrap();
    assert_eq!((again[0].before.clone(), again[1].envelope.id), (became, pending));
}

#[test]
fn a_server_that_is_behind_without_a_new_epoch_gets_again_what_it_had_confirmed() {
    let (mut server, desk) = desk();
    write(&desk, 1);
    server.sync(laptop(), &desk.store);
    let backup = server.clone();
    let lost = [write(&desk, 2), write(&desk, 3)];
    server.sync(laptop(), &desk.store);
    server = backup;
    desk.store.renumber_after(server.processed(laptop()), later(100)).unwrap();
    let again: Vec<(i64, CommandId)> =
        desk.store.pending().unwrap().into_iter().map(|p| (p.seq, p.envelope.id)).collect();
    assert_eq!(again, [(2, lost[0]), (3, lost[1])]);
    server.push(laptop(), &desk.store);
    assert_eq!(server.processed(laptop()), 3, "each once");
    // A device whose server is not behind has nothing to give back.
    desk.store.renumber_after(3, later(101)).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 2, "unconfirmed ones stay");
}

#[test]
fn new_numbers_do_not_take_the_guard_off_a_chart_that_is_to_be_erased() {
    for from_archive in [false, true] {
        let (mut server, desk) = desk();
        write(&desk, 1);
        if from_archive {
            server.sync(laptop(), &desk.store);
            // Another command keeps the chart from being erased at once.
            write(&desk, 2);
        }
        server.revoke(clinical(1));
        assert_eq!(server.pull(laptop(), &desk.store).purged, []);
        if from_archive {
            desk.store.renumber_after(0, later(1)).unwrap();
            let only_the_archived = "DELETE FROM outbox WHERE before IS NULL;
                DELETE FROM outbox_touch WHERE seq NOT IN (SELECT seq FROM outbox)";
            desk.raw().execute_batch(only_the_archived).unwrap();
        } else {
            desk.store.renumber_after(7, later(1)).unwrap();
        }
        let again = server.answer(laptop(), &desk.store, usize::MAX);
        assert_eq!(desk.store.apply(&again, later(2)).unwrap().purged, [], "archive: {from_archive}");
        assert_eq!(desk.store.outbox_len().unwrap(), 1);
        // The control: with nothing unsent it goes.
        desk.raw().execute_batch("DELETE FROM outbox_touch; DELETE FROM outbox").unwrap();
        assert_eq!(desk.store.apply(&again, later(3)).unwrap().purged.len(), 1);
    }
}

/// A signed version of note `number`, as the server keeps it.
pub(crate) fn version(number: u128, words: &str) -> NoteVersion {
    NoteVersion {
        id: VersionId::new(uuid(700 + number)),
        note: crate::clinic::note_id(number),
        addendum: None,
        version: 1,
        content: words.to_owned(),
        content_hash: sha256(words.as_bytes()),
    }
}

#[test]
fn what_a_restored_server_no_longer_has_is_set_aside_and_comes_back() {
    let (mut server, desk) = desk();
    let backup = server.clone();
    server.put(clinical(1), version(1, "Signed words."));
    server.put(clinical(1), note(9, 1, &[("plan", "A colleague's words.")]));
    server.put(clinical(1), note(2, 1, &[("plan", "Newer words.")]));
    server.pull(laptop(), &desk.store);

    server = backup;
    desk.store.new_epoch(uuid(2), 0, later(100)).unwrap();
    assert_eq!(desk.store.missing_signed().unwrap(), 0, "not before the new state has come");
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty());
    assert_eq!(desk.section(2, "plan").unwrap(), "Plan.", "the server's word stands");
    let kept = |desk: &Desk| -> Vec<String> {
        let mut kinds: Vec<_> = desk.store.set_aside().unwrap().into_iter().map(|aside| aside.kind).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kept(&desk), ["note", "note", "note_version"], "and no word is gone");
    assert_eq!(desk.store.missing_signed().unwrap(), 1, "a signed note that is missing is an alarm");
    assert!(desk.store.journal(None, 9).unwrap().iter().any(|entry| entry.name == "restore.set_aside"));

    // Who wrote it gives it back, decided anew and so under another salt.
    server.put(clinical(1), version(1, "Signed words."));
    server.put(clinical(1), note(9, 1, &[("plan", "A colleague's words.")]));
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty());
    assert_eq!((kept(&desk), desk.store.missing_signed().unwrap()), (vec!["note".to_owned()], 0));

    // What nobody gives back stays for as long as the archive, and not after the chart.
    server.put(clinical(1), note(3, 1, &[("plan", "Next month.")]));
    let answer = server.answer(laptop(), &desk.store, usize::MAX);
    hears_the_server_at(&desk, 31 * 86_400);
    desk.store.apply(&answer, later(31 * 86_400)).unwrap();
    assert_eq!(kept(&desk), Vec::<String>::new());
}

#[test]
fn what_is_set_aside_goes_with_its_chart_and_signed_words_not_before() {
    let (mut server, desk) = desk();
    let backup = server.clone();
    server.put(clinical(1), version(1, "Signed words."));
    server.pull(laptop(), &desk.store);
    server = backup;
    desk.store.new_epoch(uuid(2), 0, later(100)).unwrap();
    server.pull(laptop(), &desk.store);
    server.put(clinical(1), note(3, 1, &[("plan", "Next month.")]));
    let answer = server.answer(laptop(), &desk.store, usize::MAX);
    desk.store.apply(&answer, later(400 * 86_400)).unwrap();
    assert_eq!(desk.store.missing_signed().unwrap(), 1, "signed words are kept however long");
    server.revoke(clinical(1));
    assert_eq!(server.pull(laptop(), &desk.store).purged.len(), 1);
    assert_eq!(desk.count("SELECT count(*) FROM set_aside"), 0);
}

/// Edits of different sections may come back in another order than they had: a draft's history then says something else.
#[test]
fn a_history_that_came_out_otherwise_after_a_restore_is_taken_and_the_old_one_kept() {
    let revision = |number: u32| NoteRevision {
        id: RevisionId::new(uuid(800)),
        note: crate::clinic::note_id(1),
        number,
        kind: RevisionKind::Replaced,
        sections: std::iter::once(("plan".into(), "Plan.".to_owned())).collect(),
        fields: std::collections::BTreeMap::new(),
        device: laptop(),
        written_at: later(0),
        command: CommandId::new(uuid(801)),
    };
    let (mut server, desk) = desk();
    let backup = server.clone();
    server.put(clinical(1), revision(4));
    server.pull(laptop(), &desk.store);
    server = backup;
    server.put(clinical(1), revision(3));
    desk.store.new_epoch(uuid(2), 0, later(100)).unwrap();
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty());
    assert_eq!(desk.store.all::<NoteRevision>().unwrap()[0].number, 3);
    assert_eq!(desk.store.set_aside().unwrap().len(), 1, "and no word is gone");
    assert!(desk.store.journal(None, 9).unwrap().iter().all(|entry| entry.name != "record.signed_changed"));
}

#[test]
fn work_in_quarantine_that_comes_again_after_a_restore_was_only_received_later() {
    let work = |received: i64, words: &str| QuarantinedWork {
        command_id: CommandId::new(uuid(900)),
        client: crate::clinic::client_id(1),
        note: crate::clinic::note_id(1),
        author: crate::clinic::rivera(),
        device: laptop(),
        seq: received,
        asserted_at: later(0),
        received_at: later(received),
        command: patch(1, 1, 1, "plan", "Plan.", words).command,
    };
    for (words, taken) in [("Too late.", true), ("Others.", false)] {
        let (mut server, desk) = desk();
        let backup = server.clone();
        server.put(clinical(1), work(5, "Too late."));
        server.pull(laptop(), &desk.store);
        server = backup;
        server.put(clinical(1), work(500, words));
        desk.store.new_epoch(uuid(2), 0, later(1_000)).unwrap();
        assert_eq!(server.pull(laptop(), &desk.store).mismatched.is_empty(), taken, "{words}");
        let stands = &desk.store.all::<QuarantinedWork>().unwrap()[0];
        assert_eq!(stands.received_at == later(500), taken, "{words}");
        assert_eq!(stands.command, work(5, "Too late.").command, "not a word of it changes");
    }
}

#[test]
fn signed_words_that_come_again_after_a_restore_are_taken_only_as_they_were() {
    for (words, taken) in [("Signed words.", true), ("Other words.", false)] {
        let (mut server, desk) = desk();
        let backup = server.clone();
        server.put(clinical(1), version(1, "Signed words."));
        server.pull(laptop(), &desk.store);
        server = backup;
        server.put(clinical(1), version(1, words));
        desk.store.new_epoch(uuid(2), 0, later(100)).unwrap();
        let applied = server.pull(laptop(), &desk.store);
        assert_eq!(applied.mismatched.is_empty(), taken, "{words}");
        let journal = desk.store.journal(None, 9).unwrap();
        assert_eq!(journal.iter().any(|entry| entry.name == "record.signed_changed"), !taken, "{words}");
        let content = desk.store.all::<NoteVersion>().unwrap()[0].content.clone();
        assert_eq!(content, "Signed words.", "what was signed here is unchanged");
    }
}

#[test]
fn without_the_archive_words_would_be_lost() {
    // The control: the same restore on a device that kept nothing of what was confirmed.
    let (mut server, desk) = desk();
    let backup = server.clone();
    write(&desk, 2);
    server.sync(laptop(), &desk.store);
    desk.raw().execute("DELETE FROM archive", []).unwrap();
    server = backup;
    desk.store.new_epoch(uuid(2), 0, later(100)).unwrap();
    server.sync(laptop(), &desk.store);
    assert_eq!(desk.section(2, "plan").unwrap(), "Plan.");
}

#[test]
fn rows_that_a_restored_server_no_longer_has_go_at_the_end_of_the_sweep() {
    let (mut server, desk) = desk();
    let backup = server.clone();
    server.put(clinical(1), note(9, 1, &[("plan", "Made after the backup, by another device.")]));
    server.pull(laptop(), &desk.store);
    server = backup;
    desk.store.new_epoch(uuid(2), 0, later(100)).unwrap();
    let desk = desk.reopened();
    assert_eq!(desk.store.all::<Note>().unwrap().len(), 5, "not before the new state has come");
    assert!(server.sync(laptop(), &desk.store).mismatched.is_empty());
    assert_eq!(desk.store.all::<Note>().unwrap().len(), 4);
    assert!(desk.store.search("backup", 5).unwrap().is_empty());
}

#[test]
fn a_chart_that_a_restored_server_holds_empty_is_emptied_here_too() {
    let mut server = Server::new();
    server.grant(clinical(1));
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let backup = server.clone();
    server.put(clinical(1), note(1, 1, &[("plan", "Made after the backup, by another device.")]));
    server.pull(laptop(), &desk.store);
    assert_eq!(desk.store.all::<Note>().unwrap().len(), 1);

    server = backup;
    desk.store.new_epoch(uuid(2), 0, later(100)).unwrap();
    server.sync(laptop(), &desk.store);
    assert_eq!(desk.store.all::<Note>().unwrap(), [], "the server has no such note");
    assert!(desk.store.held().unwrap().iter().all(|bucket| bucket.status == "ready"));
    // It goes on as any other.
    server.put(clinical(1), note(2, 1, &[("plan", "Made after the restore.")]));
    assert!(server.sync(laptop(), &desk.store).mismatched.is_empty());
    assert_eq!(desk.section(2, "plan").unwrap(), "Made after the restore.");
}

#[test]
fn a_later_backup_restored_after_an_earlier_one_loses_nothing() {
    let (mut server, desk) = desk();
    let first = server.clone();
    let [one, two] = [write(&desk, 1), write(&desk, 2)];
    server.sync(laptop(), &desk.store);
    let second = server.clone();
    // What she wrote first is no longer kept here, as when access to its chart ended: numbers move.
    desk.raw().execute("DELETE FROM archive WHERE command_id = ?1", [one.uuid()]).unwrap();
    server = first;
    desk.store.new_epoch(uuid(2), server.processed(laptop()), later(100)).unwrap();
    let three = write(&desk, 3);
    server.sync(laptop(), &desk.store);
    assert_eq!(server.processed(laptop()), 2);

    // The second backup also stands at 2, and does not have what was number 2 between the two restores.
    server = second;
    assert_eq!(server.processed(laptop()), 2);
    desk.store.new_epoch(uuid(3), 2, later(200)).unwrap();
    let again: Vec<CommandId> = desk.store.pending().unwrap().into_iter().map(|p| p.envelope.id).collect();
    assert_eq!(again, [two, three], "numbers of another history say nothing of what the server has");
    server.sync(laptop(), &desk.store);
    assert_eq!(desk.section(3, "plan").unwrap(), "Plan. Words 3.");
}

#[test]
fn a_forked_device_takes_new_numbers_and_keeps_its_identities() {
    let (mut server, desk) = desk();
    let mine = [write(&desk, 1), write(&desk, 2)];
    let text = serde_json::to_string(&desk.store.pending().unwrap()[0].envelope).unwrap();
    // Its other life has used numbers up to 7.
    desk.store.renumber_after(7, later(1)).unwrap();
    let pending = desk.store.pending().unwrap();
    let numbered: Vec<(i64, CommandId)> = pending.iter().map(|p| (p.seq, p.envelope.id)).collect();
    assert_eq!(numbered, [(8, mine[0]), (9, mine[1])]);
    assert_eq!(serde_json::to_string(&pending[0].envelope).unwrap(), text, "not a letter of them changes");
    assert_eq!(write(&desk, 3), desk.store.pending().unwrap()[2].envelope.id);
    assert_eq!(desk.store.pending().unwrap()[2].seq, 10);
    // What is numbered anew still guards its bucket.
    server.revoke(clinical(1));
    assert_eq!(server.pull(laptop(), &desk.store).purged, []);
}

#[test]
fn a_command_in_archive_and_outbox_takes_one_number() {
    let (mut server, desk) = desk();
    write(&desk, 1);
    write(&desk, 2);
    server.sync(laptop(), &desk.store);
    desk.raw()
        .execute(
            "INSERT INTO outbox (seq, command_id, name, envelope)
             SELECT 3, command_id, 'note.patch', envelope FROM archive WHERE seq = 1",
            [],
        )
        .unwrap();
    desk.store.new_epoch(uuid(2), 0, later(5)).unwrap();
    let numbers: Vec<i64> = desk.store.pending().unwrap().into_iter().map(|p| p.seq).collect();
    assert_eq!(numbers, [1, 2], "the server allows no gap");
}
