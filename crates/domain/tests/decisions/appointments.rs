//! Booking, moving, cancelling and keeping appointments.

use crate::practice::{
    Kept, ZONE, applied, appointment, as_front_desk, as_rivera, client, client_id, clock, context, day, lund,
    marked, noop, osei, other_client_id, practice, practice_id, refused, rivera, span, uuid,
};
use mentalspace_domain::appointment::book::BookAppointment;
use mentalspace_domain::appointment::cancel::CancelAppointment;
use mentalspace_domain::appointment::progress::{ProgressAppointment, may_follow};
use mentalspace_domain::appointment::reschedule::RescheduleAppointment;
use mentalspace_domain::appointment::{
    Appointment, AppointmentStatus as Status, BusyBlock, Modality, ServiceTime,
};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::client::ClientStatus;
use mentalspace_domain::command::Command;
use mentalspace_domain::context::Side;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::ids::{AppointmentId, UserId};
use mentalspace_domain::people::Role;

const NINE: (&str, &str, &str) = ("2026-03-12", "09:00", "09:50");

fn at((date, start, end): (&str, &str, &str)) -> ServiceTime {
    span(date, start, end)
}

fn booking(time: ServiceTime) -> BookAppointment {
    BookAppointment {
        appointment_id: AppointmentId::new(uuid(101)),
        client_id: client_id(),
        clinician: rivera(),
        time,
        service: "Individual therapy".to_owned(),
        modality: Modality::Video,
        place: String::new(),
        video_link: "https://meet.example.org/abc".to_owned(),
        overlap_allowed: false,
    }
}

fn book(time: ServiceTime) -> Command {
    Command::AppointmentBook(booking(time))
}

/// The same clinician sees somebody else at that time.
fn beside(id: u128, time: ServiceTime) -> Appointment {
    Appointment { client: other_client_id(), ..appointment(id, time, Status::Booked) }
}

#[test]
fn a_booking_writes_the_appointment_and_a_block_without_identity() {
    let mut kept = practice();
    let decision = applied(kept.run(&book(at(NINE)), &as_front_desk()));
    assert!(!decision.provisional);
    let booked: Appointment = kept.get(uuid(101)).unwrap();
    assert_eq!((booked.status, booked.time, booked.modality), (Status::Booked, at(NINE), Modality::Video));
    let blocks = kept.all::<BusyBlock>();
    assert_eq!((blocks.len(), blocks[0].clinician, blocks[0].time), (1, rivera(), at(NINE)));
    assert_eq!(decision.changes[1].bucket(), Bucket::calendar(rivera()));
    noop(kept.run(&book(at(NINE)), &as_front_desk()));
}

#[test]
fn a_taken_slot_is_refused_unless_the_overlap_is_meant() {
    let kept = practice().with_appointment(&beside(102, span("2026-03-12", "09:30", "10:20")));
    let refusal = refused(kept.decide(&book(at(NINE)), &as_front_desk()), RefusalCode::SlotTaken);
    assert_eq!(marked(&refusal), ["time"]);
    let on_purpose = BookAppointment { overlap_allowed: true, ..booking(at(NINE)) };
    applied(kept.decide(&Command::AppointmentBook(on_purpose), &as_front_desk()));
    for free in
        [("2026-03-12", "08:40", "09:30"), ("2026-03-12", "10:20", "11:10"), ("2026-03-13", "09:00", "09:50")]
    {
        applied(kept.decide(&book(at(free)), &as_front_desk()));
    }
    let of_a_colleague = BookAppointment { clinician: osei(), ..booking(at(NINE)) };
    applied(kept.decide(&Command::AppointmentBook(of_a_colleague), &as_front_desk()));
}

#[test]
fn two_zones_share_time_by_the_instant() {
    let in_chicago = |start, end| ServiceTime {
        date: day("2026-03-12"),
        start: clock(start),
        end: clock(end),
        zone: chrono_tz::America::Chicago,
    };
    let kept = practice().with_appointment(&beside(102, in_chicago("08:00", "08:50")));
    refused(kept.decide(&book(at(NINE)), &as_front_desk()), RefusalCode::SlotTaken);
    let kept = practice().with_appointment(&beside(102, in_chicago("09:00", "09:50")));
    applied(kept.decide(&book(at(NINE)), &as_front_desk()));
}

#[test]
fn a_colleagues_calendar_that_is_not_here_makes_a_booking_provisional() {
    let kept = practice().with_appointment(&beside(102, at(NINE))).not_holding(Bucket::calendar(rivera()));
    assert!(applied(kept.decide(&book(at(NINE)), &as_front_desk())).provisional);
    let kept = practice().not_holding(Bucket::admin(client_id()));
    assert!(applied(kept.decide(&book(at(NINE)), &as_front_desk())).provisional);
    let kept = practice().not_holding(Bucket::practice(practice_id()));
    assert!(applied(kept.decide(&book(at(NINE)), &as_front_desk())).provisional);
}

#[test]
fn what_cannot_be_booked() {
    for time in [span("2026-03-12", "09:50", "09:00"), span("2026-03-12", "09:00", "09:00")] {
        assert_eq!(
            marked(&refused(practice().decide(&book(time), &as_front_desk()), RefusalCode::Invalid)),
            ["time"]
        );
    }
    let with_link = |link: &str| {
        let input = BookAppointment { video_link: link.to_owned(), ..booking(at(NINE)) };
        practice().decide(&Command::AppointmentBook(input), &as_front_desk())
    };
    for link in ["", "https://meet.example.org", "HTTPS://meet.example.org/a?b=c#d"] {
        applied(with_link(link));
    }
    for link in [
        "http://meet.example.org",
        "meet.example.org",
        "https://",
        "https:///path",
        "https://safe.example.org@evil.example.org/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://meet.example.org/a b",
        "https://meet.example.org/\n",
        "https://m\u{435}et.example.org/",
    ] {
        assert_eq!(marked(&refused(with_link(link), RefusalCode::Invalid)), ["video_link"], "{link:?}");
    }
    let with = |clinician| {
        let input = BookAppointment { clinician, ..booking(at(NINE)) };
        practice().decide(&Command::AppointmentBook(input), &as_front_desk())
    };
    refused(with(lund()), RefusalCode::Invalid);
    refused(with(UserId::new(uuid(999))), RefusalCode::NotFound);
    refused(Kept::default().decide(&book(at(NINE)), &as_front_desk()), RefusalCode::NotFound);
    let mut folded = client(client_id());
    folded.status = ClientStatus::Merged;
    let kept = practice().with(Bucket::admin(client_id()), folded);
    refused(kept.decide(&book(at(NINE)), &as_front_desk()), RefusalCode::WrongState);
    let kept = practice().with_appointment(&appointment(101, at(NINE), Status::Completed));
    refused(kept.decide(&book(at(NINE)), &as_front_desk()), RefusalCode::WrongState);
}

#[test]
fn who_may_keep_the_schedule() {
    let admin = Bucket::admin(client_id());
    let kept = practice().with_appointment(&appointment(101, at(NINE), Status::Booked));
    let commands = [
        move_to(at(NINE), span("2026-03-13", "09:00", "09:50")),
        cancel(),
        step(Status::Booked, Status::CheckedIn),
    ];
    for role in Role::ALL {
        let ctx = context(lund(), role, &[admin]);
        let may = matches!(role, Role::Clinician | Role::PracticeManager | Role::FrontDesk);
        assert_eq!(practice().decide(&book(at(NINE)), &ctx).is_ok(), may, "{role:?} books");
        for command in &commands {
            assert_eq!(kept.decide(command, &ctx).is_ok(), may, "{role:?} {}", command.name());
            refused(kept.decide(command, &context(lund(), role, &[])), RefusalCode::NotAllowed);
        }
    }
}

fn move_to(from: ServiceTime, to: ServiceTime) -> Command {
    Command::AppointmentReschedule(RescheduleAppointment {
        appointment_id: AppointmentId::new(uuid(101)),
        client_id: client_id(),
        clinician: rivera(),
        from,
        to,
        overlap_allowed: false,
    })
}

fn cancel() -> Command {
    Command::AppointmentCancel(CancelAppointment {
        appointment_id: AppointmentId::new(uuid(101)),
        client_id: client_id(),
        clinician: rivera(),
        reason: "client is travelling".to_owned(),
    })
}

fn step(from: Status, to: Status) -> Command {
    Command::AppointmentProgress(ProgressAppointment {
        appointment_id: AppointmentId::new(uuid(101)),
        client_id: client_id(),
        from,
        to,
    })
}

fn booked() -> Kept {
    practice().with_appointment(&appointment(101, at(NINE), Status::Booked))
}

#[test]
fn a_moved_appointment_takes_its_block_along() {
    let later = span("2026-03-13", "14:00", "14:50");
    let mut kept = booked();
    applied(kept.run(&move_to(at(NINE), later), &as_rivera()));
    assert_eq!(kept.get::<Appointment>(uuid(101)).unwrap().time, later);
    let blocks = kept.all::<BusyBlock>();
    assert_eq!((blocks.len(), blocks[0].time), (1, later), "the old time is free again");
    noop(kept.run(&move_to(at(NINE), later), &as_front_desk()));
}

#[test]
fn an_appointment_does_not_stand_in_its_own_way() {
    let slightly_later = span("2026-03-12", "09:10", "10:00");
    applied(booked().decide(&move_to(at(NINE), slightly_later), &as_rivera()));
    let kept = booked().with_appointment(&beside(102, span("2026-03-12", "10:00", "10:50")));
    applied(kept.decide(&move_to(at(NINE), slightly_later), &as_rivera()));
    let kept = booked().with_appointment(&beside(102, span("2026-03-12", "09:55", "10:50")));
    refused(kept.decide(&move_to(at(NINE), slightly_later), &as_rivera()), RefusalCode::SlotTaken);
}

#[test]
fn two_people_moving_one_appointment_do_not_overrule_each_other() {
    let mut kept = booked();
    applied(kept.run(&move_to(at(NINE), span("2026-03-13", "14:00", "14:50")), &as_front_desk()));
    let other = move_to(at(NINE), span("2026-03-16", "09:00", "09:50"));
    refused(kept.run(&other, &as_rivera()), RefusalCode::WrongState);
}

#[test]
fn moving_needs_the_appointment_but_not_the_calendar() {
    let command = move_to(at(NINE), span("2026-03-13", "14:00", "14:50"));
    refused(practice().decide(&command, &as_rivera()), RefusalCode::NotFound);
    refused(
        booked().not_holding(Bucket::admin(client_id())).decide(&command, &as_rivera()),
        RefusalCode::NotFound,
    );
    assert!(
        applied(booked().not_holding(Bucket::calendar(rivera())).decide(&command, &as_rivera())).provisional
    );
    let backwards = move_to(at(NINE), span("2026-03-13", "14:50", "14:00"));
    refused(booked().decide(&backwards, &as_rivera()), RefusalCode::Invalid);
    // The clinician named decides whose calendar is looked at, so she must be the appointment's.
    let of_a_colleague = Appointment { clinician: osei(), ..appointment(101, at(NINE), Status::Booked) };
    refused(
        practice().with_appointment(&of_a_colleague).decide(&command, &as_rivera()),
        RefusalCode::NotFound,
    );
}

#[test]
fn a_cancelled_appointment_frees_its_time() {
    let mut kept = booked();
    applied(kept.run(&cancel(), &as_front_desk()));
    let cancelled: Appointment = kept.get(uuid(101)).unwrap();
    assert_eq!(
        (cancelled.status, cancelled.cancel_reason.as_str()),
        (Status::Cancelled, "client is travelling")
    );
    assert!(kept.all::<BusyBlock>().is_empty());
    let again = BookAppointment { appointment_id: AppointmentId::new(uuid(103)), ..booking(at(NINE)) };
    applied(kept.run(&Command::AppointmentBook(again), &as_front_desk()));
    noop(kept.run(&cancel(), &as_rivera()));
    refused(practice().decide(&cancel(), &as_rivera()), RefusalCode::NotFound);
    refused(
        booked().not_holding(Bucket::admin(client_id())).decide(&cancel(), &as_rivera()),
        RefusalCode::NotFound,
    );
}

#[test]
fn what_took_place_is_neither_cancelled_nor_moved() {
    for status in [Status::CheckedIn, Status::Completed, Status::NoShow] {
        let kept = practice().with_appointment(&appointment(101, at(NINE), status));
        refused(kept.decide(&cancel(), &as_rivera()), RefusalCode::WrongState);
        refused(
            kept.decide(&move_to(at(NINE), span("2026-03-13", "14:00", "14:50")), &as_rivera()),
            RefusalCode::WrongState,
        );
    }
}

#[test]
fn every_step_of_an_appointment() {
    let all = [Status::Booked, Status::CheckedIn, Status::Completed, Status::Cancelled, Status::NoShow];
    for standing in all {
        for from in all {
            for to in all {
                let kept = practice().with_appointment(&appointment(101, at(NINE), standing));
                let verdict = kept.decide(&step(from, to), &as_front_desk());
                if standing == to {
                    noop(verdict);
                } else if standing != from {
                    refused(verdict, RefusalCode::WrongState);
                } else if may_follow(from, to) {
                    applied(verdict);
                } else {
                    refused(verdict, RefusalCode::Invalid);
                }
            }
        }
    }
    for to in all {
        assert!(!may_follow(Status::Cancelled, to), "a cancelled appointment has given its time away");
        assert!(!may_follow(to, Status::Cancelled), "cancelling frees the time, which a step does not");
    }
}

#[test]
fn contradicting_words_about_one_appointment_go_to_a_human() {
    let mut kept = booked();
    applied(kept.run(&step(Status::Booked, Status::Completed), &as_rivera()));
    let refusal =
        refused(kept.run(&step(Status::Booked, Status::NoShow), &as_front_desk()), RefusalCode::WrongState);
    assert!(
        refusal.message.contains("completed"),
        "the person learns what was said meanwhile: {}",
        refusal.message
    );
    refused(practice().decide(&step(Status::Booked, Status::NoShow), &as_rivera()), RefusalCode::NotFound);
}

#[test]
fn both_ends_write_the_same_block() {
    let mut device = as_front_desk();
    device.side = Side::Device;
    assert_eq!(
        practice().decide(&book(at(NINE)), &device),
        practice().decide(&book(at(NINE)), &as_front_desk())
    );
    assert_eq!(at(NINE).zone, ZONE);
}
