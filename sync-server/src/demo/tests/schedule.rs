//! Visits, people and measures fit together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveTime, Weekday};

use super::super::{
    ClientIndex, DemoAppointment, DemoModality, DemoPractice, DemoRisk, DemoRole, DemoStatus, DemoVisit,
    UserIndex,
};
use super::{practice, sizes_hold};

#[test]
fn visits_people_and_measures_fit_together() {
    let practice = practice();
    sizes_hold(&practice);
    the_staff_is_complete(&practice);
    visits_keep_office_hours(&practice);
    assert_eq!(double_bookings(&practice.appointments), 0);
    // Negative control: the same visit entered twice is found.
    let mut twice = practice.appointments.clone();
    let kept = twice.iter().find(|visit| visit.status == DemoStatus::Completed).unwrap().clone();
    twice.push(kept);
    assert!(double_bookings(&twice) > 0, "the check for double booking must see one");
    moved_visits_belong_to_the_same_client(&practice);
    clients_are_plausible(&practice);
    measures_add_up(&practice);
    load_is_even(&practice);
}

fn the_staff_is_complete(practice: &DemoPractice) {
    let count = |role| practice.users.iter().filter(|user| user.role == role).count();
    let roles = [
        (DemoRole::Administrator, 1),
        (DemoRole::PracticeManager, 1),
        (DemoRole::Supervisor, 1),
        (DemoRole::Clinician, 4),
        (DemoRole::FrontDesk, 1),
        (DemoRole::Biller, 1),
    ];
    for (role, wanted) in roles {
        assert_eq!(count(role), wanted, "{role:?}");
    }
    let supervised: Vec<_> = practice.users.iter().filter_map(|user| user.supervisor).collect();
    assert_eq!(supervised.len(), 1);
    assert_eq!(practice.users[supervised[0].0].role, DemoRole::Supervisor);
    assert!(practice.name.contains("demonstration"));
}

fn visits_keep_office_hours(practice: &DemoPractice) {
    let (opens, closes) =
        (NaiveTime::from_hms_opt(8, 0, 0).unwrap(), NaiveTime::from_hms_opt(19, 0, 0).unwrap());
    for visit in &practice.appointments {
        assert!(!matches!(visit.date.weekday(), Weekday::Sat | Weekday::Sun), "{visit:?}");
        assert!(visit.start >= opens && visit.end <= closes && visit.start < visit.end, "{visit:?}");
        assert!(
            visit.date >= practice.as_of - Days::new(548) && visit.date <= practice.as_of + Days::new(35)
        );
        assert_eq!(visit.status == DemoStatus::Scheduled, visit.date >= practice.as_of, "{visit:?}");
        if visit.visit == DemoVisit::PhoneContact {
            assert_eq!(visit.modality, DemoModality::Phone);
        }
    }
    let ordered = practice.appointments.is_sorted_by_key(|visit| (visit.date, visit.start, visit.clinician));
    assert!(ordered, "the schedule is in order");
}

/// Pairs of visits of one clinician that overlap and are both to be kept.
fn double_bookings(visits: &[DemoAppointment]) -> usize {
    let mut by_day: BTreeMap<_, Vec<&DemoAppointment>> = BTreeMap::new();
    for visit in
        visits.iter().filter(|visit| matches!(visit.status, DemoStatus::Scheduled | DemoStatus::Completed))
    {
        by_day.entry((visit.clinician, visit.date)).or_default().push(visit);
    }
    by_day
        .values()
        .map(|day| {
            let overlaps = |one: &DemoAppointment, other: &DemoAppointment| {
                one.start < other.end && other.start < one.end
            };
            (0..day.len())
                .flat_map(|one| (one + 1..day.len()).map(move |other| (one, other)))
                .filter(|(one, other)| overlaps(day[*one], day[*other]))
                .count()
        })
        .sum()
}

fn moved_visits_belong_to_the_same_client(practice: &DemoPractice) {
    let mut moved = 0;
    for visit in &practice.appointments {
        if let Some(target) = visit.moved_to {
            let target = &practice.appointments[target.0];
            assert_eq!(target.client, visit.client);
            assert!(target.date > visit.date);
            moved += 1;
        }
    }
    assert!(moved > 40, "too few moved visits ({moved}) to show rescheduling");
}

fn clients_are_plausible(practice: &DemoPractice) {
    let mut names = BTreeSet::new();
    for client in &practice.clients {
        assert!(names.insert((client.given_name, client.family_name)), "{} twice", client.given_name);
        assert!(client.demonstration_remark.contains("invented"));
        assert!(client.email.ends_with("@example.com"));
        let phones = client.contacts.iter().map(|contact| &contact.phone).chain([&client.phone]);
        for phone in phones {
            assert!(phone.contains(") 555-01"), "{phone} is outside the range reserved for fiction");
        }
        let age = client.first_visit.years_since(client.birth_date).unwrap();
        let guardians = client.contacts.iter().filter(|contact| contact.guardian).count();
        assert_eq!(
            guardians > 0,
            age < 18,
            "a minor, and only a minor, has a guardian: {} ({age})",
            client.given_name
        );
        assert!((11..=85).contains(&age), "{} is {age}", client.given_name);
        assert!(client.contacts.iter().any(|contact| contact.emergency));
        assert!(!client.diagnoses.is_empty() && client.goals.len() >= 3);
        for diagnosis in &client.diagnoses {
            assert!(diagnosis.code.starts_with(['F', 'Z']) && !diagnosis.description.is_empty());
        }
    }
    assert!(practice.clients.iter().filter(|client| client.closed_on.is_some()).count() >= 15);
    assert!(practice.clients.iter().filter(|client| client.first_visit >= practice.as_of).count() >= 2);
    assert!(practice.clients.iter().filter(|client| client.pronouns == "they/them").count() >= 3);
}

fn measures_add_up(practice: &DemoPractice) {
    assert!(practice.measures.len() > 300);
    for measure in &practice.measures {
        let (items, highest, safety) = match measure.instrument {
            "PHQ-9" => (9, 3, Some(8)),
            "GAD-7" => (7, 3, None),
            "PCL-5" => (20, 4, None),
            "EPDS" => (10, 3, Some(9)),
            other => panic!("unknown questionnaire {other}"),
        };
        assert_eq!(measure.items.len(), items);
        assert!(measure.items.iter().all(|item| *item <= highest));
        assert_eq!(measure.items.iter().sum::<u8>(), measure.total);
        if safety.is_some_and(|item| measure.items[item] > 0) {
            let note = practice.notes.iter().find(|note| {
                note.client == measure.client
                    && note.service_date == measure.date
                    && note.risk != DemoRisk::NotAssessed
            });
            if let Some(note) = note {
                assert_eq!(
                    note.risk,
                    DemoRisk::Moderate,
                    "a positive answer on safety must show in the note"
                );
            }
        }
    }
}

fn load_is_even(practice: &DemoPractice) {
    for clinician in 3..7 {
        let clients = (0..practice.clients.len())
            .map(ClientIndex)
            .filter(|client| practice.clients[client.0].clinician == UserIndex(clinician))
            .count();
        assert_eq!(clients, 30, "30 clients for each clinician");
    }
}
