//! Work whose author may no longer send it: kept, laid into its chart, seen by those who hold that chart and by nobody
//! else, decided once.

use crate::house::{Copy, House, Person, connect, monday, new_note, patch};
use chrono::TimeDelta;
use mentalspace_domain::caseload::AssignmentReason;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::caseload::unassign::UnassignCaseload;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{AssignmentId, ClientId, CommandId, NoteId, UserId};
use mentalspace_domain::people::Role;
use mentalspace_domain::quarantine::accept::AcceptWork;
use mentalspace_domain::quarantine::give_back::ReturnWork;
use mentalspace_server::machinery;
use serde_json::Value;
use uuid::Uuid;

const LATE: &str = "Canary-late words of a session.";

/// A case that went from one clinician to another while the first was out of reach.
struct Handover {
    house: House,
    rivera: Person,
    chen: Person,
    okafor: Person,
    marsh: Person,
    client: ClientId,
    note: NoteId,
}

async fn handover() -> Handover {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let chen = house.person("chen", &[Role::Clinician]).await;
    let okafor = house.person("okafor", &[Role::Supervisor]).await;
    let mut marsh = house.person("marsh", &[Role::PracticeManager]).await;
    house.supervise(&okafor, &chen).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    assert_eq!(house.one(&mut rivera, patch(client, note, "", "Before.")).await, Outcome::Applied);
    assign(&house, &mut marsh, client, chen.caller.user).await;
    unassign(&house, &mut marsh, client, rivera.caller.user).await;
    Handover { house, rivera, chen, okafor, marsh, client, note }
}

async fn assign(house: &House, marsh: &mut Person, client_id: ClientId, clinician: UserId) {
    let command = Command::CaseloadAssign(AssignCaseload {
        client_id,
        assignment_id: AssignmentId::new(house.id()),
        clinician,
        reason: AssignmentReason::Treating,
        from: monday().date_naive(),
        until: None,
    });
    assert_eq!(house.one(marsh, command).await, Outcome::Applied);
}

async fn unassign(house: &House, marsh: &mut Person, client_id: ClientId, clinician: UserId) {
    let sql =
        "SELECT assignment_id FROM assignment WHERE clinician = $1 AND client_id = $2 AND ended_on IS NULL";
    let row = connect(&house.database.connection_string())
        .await
        .query_one(sql, &[&clinician.uuid(), &client_id.uuid()])
        .await
        .unwrap();
    let command = Command::CaseloadUnassign(UnassignCaseload {
        client_id,
        assignment_id: AssignmentId::new(row.get::<_, Uuid>(0)),
        ended_on: monday().date_naive(),
    });
    assert_eq!(house.one(marsh, command).await, Outcome::Applied);
}

impl Handover {
    /// Words of the clinician who is off the case; gives the command's identity.
    async fn late(&mut self, command: Command) -> CommandId {
        let envelope = self.house.envelope(command);
        let id = envelope.id;
        let answer = self.house.push(&mut self.rivera, vec![envelope]).await.unwrap();
        assert_eq!(answer.results[0].outcome, Outcome::Quarantined { code: RefusalCode::NotAllowed });
        id
    }

    async fn clerk(&self) {
        machinery::lay_into_charts(&self.house.server, false).await.unwrap();
    }

    fn accept(&self, works: &[CommandId]) -> Command {
        Command::QuarantineAccept(AcceptWork {
            client_id: self.client,
            note_id: self.note,
            works: works.to_vec(),
            addenda: Vec::new(),
            reason: "Written before the case changed hands.".to_owned(),
        })
    }

    fn give_back(&self, works: &[CommandId]) -> Command {
        Command::QuarantineReturn(ReturnWork {
            client_id: self.client,
            note_id: self.note,
            works: works.to_vec(),
            reason: "It is about another client.".to_owned(),
        })
    }
}

async fn held(house: &House, person: &Person) -> Copy {
    let mut copy = Copy::default();
    house.pull_all(person, &mut copy).await;
    copy
}

fn text(note: &Value) -> &str {
    note["sections"]["subjective"].as_str().unwrap()
}

fn shows(copy: &Copy, words: &str) -> bool {
    copy.rows.values().any(|(_, body)| body.as_ref().is_some_and(|body| body.contains(words)))
}

#[tokio::test]
async fn late_words_come_before_those_who_hold_the_chart_and_nobody_else() {
    let mut case = handover().await;
    let (client, note) = (case.client, case.note);
    let id = case.late(patch(client, note, "Before.", LATE)).await;
    assert_eq!(case.house.count("SELECT count(*) FROM record WHERE kind = 'quarantined_work'").await, 0);
    case.clerk().await;
    let desk = case.house.person("desk", &[Role::FrontDesk, Role::Biller, Role::Administrator]).await;
    for (person, sees) in [
        (&case.chen, true),
        (&case.okafor, true),
        (&case.rivera, false),
        (&case.marsh, false),
        (&desk, false),
    ] {
        let copy = held(&case.house, person).await;
        assert_eq!(shows(&copy, LATE), sees);
        let work = copy.live("quarantined_work");
        assert_eq!(work.len(), usize::from(sees));
        if sees {
            assert_eq!(work[0]["command_id"], id.to_string());
            assert_eq!(work[0]["author"], case.rivera.caller.user.to_string());
            assert_eq!(text(&copy.live("note")[0]), "Before.", "nothing is laid into the note unasked");
        }
    }
    // The clerk holds nothing afterwards, and a second round finds nothing to do.
    let clerk = mentalspace_server::caller::clerk_user(case.house.practice);
    let holds = format!("SELECT count(*) FROM bucket_grant WHERE user_id = '{clerk}' AND revoked_at IS NULL");
    assert_eq!(case.house.count(&holds).await, 0);
    machinery::lay_into_charts(&case.house.server, true).await.unwrap();
    assert_eq!(case.house.count("SELECT count(*) FROM record WHERE kind = 'quarantined_work'").await, 1);
    let audited = "SELECT count(*) FROM audit_event WHERE action = 'quarantine.file' AND record_kind = 'quarantined_work'";
    assert_eq!(case.house.count(audited).await, 1);
}

#[tokio::test]
async fn accepted_words_stand_in_the_chart_as_their_authors_own_and_unsigned() {
    let mut case = handover().await;
    let (client, note) = (case.client, case.note);
    let id = case.late(patch(client, note, "Before.", LATE)).await;
    case.clerk().await;
    let accept = case.accept(&[id]);
    assert_eq!(case.house.one(&mut case.okafor, accept.clone()).await, Outcome::Applied);
    let copy = held(&case.house, &case.chen).await;
    let standing = &copy.live("note")[0];
    assert_eq!((text(standing), &standing["author"]), (LATE, &case.rivera.caller.user.to_string().into()));
    assert_eq!(standing["state"]["is"], "draft");
    let ruling = &copy.live("quarantine_decision")[0];
    assert_eq!(ruling["by"], case.okafor.caller.user.to_string());
    assert_eq!(ruling["ruling"]["is"], "accepted");
    assert!(shows(&copy, "Written before the case changed hands."));
    assert!(copy.live("signature").is_empty() && copy.live("note_version").is_empty());
    // Once more, by her or by somebody else, changes nothing; and what is accepted is not returned.
    assert!(matches!(case.house.one(&mut case.chen, accept).await, Outcome::Noop { .. }));
    let back = case.give_back(&[id]);
    let refused = case.house.one(&mut case.chen, back).await;
    assert!(matches!(refused, Outcome::Rejected { code: RefusalCode::WrongState, .. }), "{refused:?}");
    assert_eq!(case.house.count("SELECT count(*) FROM record WHERE kind = 'quarantine_decision'").await, 1);
    let resolved =
        "SELECT count(*) FROM quarantine WHERE resolution = 'accepted' AND resolved_by IS NOT NULL";
    assert_eq!(case.house.count(resolved).await, 1);
    // Her author is told, in her own bucket, without a name or a word.
    case.clerk().await;
    let told = held(&case.house, &case.rivera).await;
    let notice = &told.live("quarantine_notice")[0];
    assert_eq!((&notice["work"], &notice["accepted"]), (&id.to_string().into(), &true.into()));
    assert!(!shows(&told, LATE) && !shows(&told, "changed hands") && !shows(&told, &client.to_string()));
}

#[tokio::test]
async fn returned_words_are_kept_and_their_author_is_told() {
    let mut case = handover().await;
    let (client, note) = (case.client, case.note);
    let id = case.late(patch(client, note, "Before.", LATE)).await;
    case.clerk().await;
    let back = case.give_back(&[id]);
    assert_eq!(case.house.one(&mut case.chen, back.clone()).await, Outcome::Applied);
    assert!(matches!(case.house.one(&mut case.okafor, back).await, Outcome::Noop { .. }));
    let accept = case.accept(&[id]);
    let refused = case.house.one(&mut case.okafor, accept).await;
    assert!(matches!(refused, Outcome::Rejected { code: RefusalCode::WrongState, .. }), "{refused:?}");
    let copy = held(&case.house, &case.okafor).await;
    assert_eq!(text(&copy.live("note")[0]), "Before.");
    assert_eq!(copy.live("quarantined_work").len(), 1, "the words are kept where they are");
    case.clerk().await;
    let told = held(&case.house, &case.rivera).await;
    assert_eq!(told.live("quarantine_notice")[0]["accepted"], false);
    assert!(!shows(&told, "another client"));
}

#[tokio::test]
async fn nobody_without_the_chart_decides() {
    let mut case = handover().await;
    let (client, note) = (case.client, case.note);
    let id = case.late(patch(client, note, "Before.", LATE)).await;
    case.clerk().await;
    let (accept, back) = (case.accept(&[id]), case.give_back(&[id]));
    let mut stranger = case.house.person("stranger", &[Role::Clinician, Role::Supervisor]).await;
    let elsewhere = case.house.neighbour().await;
    let mut foreign = case.house.person_of(elsewhere, "foreign", &[Role::Clinician, Role::Supervisor]).await;
    for person in [&mut stranger, &mut foreign, &mut case.marsh, &mut case.rivera] {
        for command in [&accept, &back] {
            let refused = case.house.one(person, command.clone()).await;
            assert!(
                matches!(refused, Outcome::Rejected { code: RefusalCode::NotAllowed, .. }),
                "{refused:?}"
            );
        }
    }
    assert_eq!(case.house.count("SELECT count(*) FROM record WHERE kind = 'quarantine_decision'").await, 0);
    // The control: with the chart, the same command does.
    assert_eq!(case.house.one(&mut case.chen, accept).await, Outcome::Applied);
}

#[tokio::test]
async fn a_note_begun_too_late_comes_as_one_draft_of_all_its_pieces() {
    let mut case = handover().await;
    let client = case.client;
    case.note = NoteId::new(case.house.id());
    let note = case.note;
    let mut works = vec![case.late(new_note(client, note)).await];
    works.push(case.late(patch(client, note, "", "One.")).await);
    works.push(case.late(patch(client, note, "One.", "One. Two.")).await);
    case.clerk().await;
    // What goes on something that is not there cannot be laid; nothing of it is done then.
    let accept = case.accept(&works[1..]);
    let refused = case.house.one(&mut case.chen, accept).await;
    assert!(matches!(refused, Outcome::Rejected { code: RefusalCode::NotFound, .. }), "{refused:?}");
    works.reverse();
    let accept = case.accept(&works);
    assert_eq!(
        case.house.one(&mut case.chen, accept).await,
        Outcome::Applied,
        "in the order of writing, not of naming"
    );
    let copy = held(&case.house, &case.chen).await;
    let drafts = copy.live("note");
    let late = drafts.iter().find(|draft| draft["id"] == note.to_string()).unwrap();
    assert_eq!((text(late), &late["state"]["is"]), ("One. Two.", &"draft".into()));
    assert_eq!(copy.live("quarantine_decision").len(), 3);
}

#[tokio::test]
async fn words_beside_newer_words_wait_for_their_author() {
    let mut case = handover().await;
    let (client, note, marsh_user) = (case.client, case.note, case.rivera.caller.user);
    // Two late edits of the same sentence: the second was written without the first.
    let first = case.late(patch(client, note, "Before.", "Before it rained.")).await;
    let second = case.late(patch(client, note, "Before.", "Before it snowed.")).await;
    case.clerk().await;
    let accept = case.accept(&[first, second]);
    assert_eq!(case.house.one(&mut case.chen, accept).await, Outcome::Applied);
    let copy = held(&case.house, &case.chen).await;
    assert_eq!(text(&copy.live("note")[0]), "Before it rained.");
    let branch = &copy.live("note_branch")[0];
    assert_eq!(branch["sections"]["subjective"]["to"], "Before it snowed.");
    let rulings = copy.live("quarantine_decision");
    let laid: Vec<&str> = rulings.iter().map(|one| one["ruling"]["laid"]["as"].as_str().unwrap()).collect();
    assert!(laid.contains(&"draft") && laid.contains(&"branch"), "{laid:?}");
    assert_eq!(copy.live("note")[0]["author"], marsh_user.to_string());
}

#[tokio::test]
async fn words_for_a_chart_that_their_author_never_held_are_shown_to_nobody_until_she_does() {
    let mut case = handover().await;
    let mut stranger = case.house.person("stranger", &[Role::Clinician]).await;
    let (client, note) = (case.client, case.note);
    let outcome = case.house.one(&mut stranger, patch(client, note, "Before.", "Canary-astray.")).await;
    assert_eq!(outcome, Outcome::Quarantined { code: RefusalCode::NotAllowed });
    let nowhere = ClientId::new(case.house.id());
    case.house.one(&mut stranger, patch(nowhere, note, "", "Canary-astray.")).await;
    case.clerk().await;
    for person in [&case.chen, &case.okafor, &stranger] {
        assert!(!shows(&held(&case.house, person).await, "Canary-astray."));
    }
    assert_eq!(
        case.house.count("SELECT count(*) FROM quarantine WHERE place = 'stray'").await,
        2,
        "and kept"
    );
    // After a restore, whoever gives her the chart may come back later than her words. Nobody notes that: the clerk looks
    // everywhere once a minute.
    assign(&case.house, &mut case.marsh, client, stranger.caller.user).await;
    machinery::lay_into_charts(&case.house.server, true).await.unwrap();
    assert!(shows(&held(&case.house, &case.chen).await, "Canary-astray."));
    assert_eq!(case.house.count("SELECT count(*) FROM quarantine WHERE place = 'stray'").await, 1);
}

#[tokio::test]
async fn what_its_author_can_still_see_to_stays_with_her() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let missing = NoteId::new(house.id());
    let outcome = house.one(&mut rivera, patch(client, missing, "", "Of a note that is not there.")).await;
    assert!(matches!(outcome, Outcome::Rejected { code: RefusalCode::NotFound, .. }), "{outcome:?}");
    machinery::lay_into_charts(&house.server, false).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM quarantine WHERE place = 'author'").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM record WHERE kind = 'quarantined_work'").await, 0);
}

/// She can see to refused words while she holds the chart and has the device. After that somebody else must be able to.
#[tokio::test]
async fn what_was_left_to_its_author_goes_into_the_chart_when_she_can_no_longer_see_to_it() {
    for lost in ["access", "device", "access for a moment"] {
        let house = House::open().await;
        let mut rivera = house.person("rivera", &[Role::Clinician]).await;
        let chen = house.person("chen", &[Role::Clinician]).await;
        let mut marsh = house.person("marsh", &[Role::PracticeManager]).await;
        let client = house.client_of(&mut rivera).await;
        assign(&house, &mut marsh, client, chen.caller.user).await;
        house.one(&mut rivera, patch(client, NoteId::new(house.id()), "", LATE)).await;
        let laid = "SELECT count(*) FROM record WHERE kind = 'quarantined_work'";
        for _ in 0..2 {
            machinery::lay_into_charts(&house.server, true).await.unwrap();
            assert_eq!(house.count(laid).await, 0, "the control: she has both");
        }
        house.clock.advance(TimeDelta::seconds(1));
        if lost.starts_with("access") {
            unassign(&house, &mut marsh, client, rivera.caller.user).await;
            if lost == "access for a moment" {
                assign(&house, &mut marsh, client, rivera.caller.user).await;
            }
        } else {
            let device = rivera.caller.device;
            let revoke = format!("UPDATE device SET status = 'draining' WHERE device_id = '{device}'");
            house.database.execute(&revoke).unwrap();
        }
        for _ in 0..2 {
            machinery::lay_into_charts(&house.server, true).await.unwrap();
            assert_eq!(house.count(laid).await, 1, "{lost}");
        }
        assert!(shows(&held(&house, &chen).await, LATE), "{lost}");
    }
}

#[tokio::test]
async fn two_clerks_at_once_and_a_batch_that_comes_again_lay_nothing_down_twice() {
    let mut case = handover().await;
    let (client, note) = (case.client, case.note);
    let envelopes = vec![
        case.house.envelope(patch(client, note, "Before.", "Once.")),
        case.house.envelope(patch(client, note, "Once.", "Once. Only once.")),
    ];
    let request = case.rivera.numbered(envelopes.clone());
    case.house.push(&mut case.rivera, envelopes).await.unwrap();
    let again =
        mentalspace_server::sync::push(&case.house.server, &case.rivera.caller, &request).await.unwrap();
    assert_eq!(again.results.len(), 2);
    let (server, practice) = (&case.house.server, case.house.practice);
    let clerk = || mentalspace_server::clerk::round(server, practice);
    let rounds = tokio::join!(clerk(), clerk(), clerk());
    let filed: usize = [rounds.0, rounds.1, rounds.2].into_iter().map(|round| round.unwrap().filed).sum();
    assert_eq!(filed, 2);
    assert_eq!(case.house.count("SELECT count(*) FROM record WHERE kind = 'quarantined_work'").await, 2);
    case.house.clock.advance(TimeDelta::minutes(1));
    assert_eq!(clerk().await.unwrap().filed, 0);
}
