//! A clock that is nine months wrong, a machine set to the other end of the world, and both days on which the practice's
//! clocks change: a date of service stays what was booked.
#![cfg(test)]

use mentalspace_tests::charts::{THERAPIST, begin_chart, clinic};
use mentalspace_tests::laptop::{Laptop, WrongClock};
use mentalspace_tests::window::Window;
use serde_json::{Value, json};

/// An appointment, and how the screen names its day. In New York the clocks go forward on 14 March 2027 and back on
/// 7 November 2027; half past one exists twice then.
const VISITS: [(&str, &str, &str, &str); 4] = [
    ("2027-03-14", "09:00", "09:50", "March 14"),
    ("2027-03-14", "03:10", "04:00", "March 14"),
    ("2027-11-07", "01:30", "02:20", "November 7"),
    ("2026-12-31", "23:00", "23:50", "December 31"),
];

fn field<'a>(note: &'a Value, key: &str) -> &'a str {
    let fields = note["fields"].as_array();
    let field = fields.into_iter().flatten().find(|field| field["key"] == key);
    field.and_then(|field| field["value"].as_str()).unwrap_or_default()
}

fn check(note: &Value, (date, start, end, _): (&str, &str, &str, &str), where_seen: &str) {
    let seen = (field(note, "service_date"), field(note, "start_time"), field(note, "end_time"));
    assert_eq!(seen, (date, start, end), "{where_seen}");
}

/// Writes a note for each visit in a window under a wrong clock, and gives the notes.
fn write_notes(window: &Window, appointments: &[String]) -> Vec<String> {
    window.unlock().unwrap();
    appointments
        .iter()
        .zip(VISITS)
        .map(|(appointment, visit)| {
            let made = window
                .call("note_create", json!({ "appointment_id": appointment, "sections": {}, "fields": {} }))
                .unwrap();
            let note = made["id"].as_str().unwrap().to_owned();
            check(
                &window.call("note_show", json!({ "note_id": note })).unwrap(),
                visit,
                "under the wrong clock",
            );
            note
        })
        .collect()
}

#[test]
fn window_with_a_wrong_clock_never_moves_a_date_of_service() {
    let clinic = clinic().unwrap();
    let witness = Laptop::enrolled(&clinic, THERAPIST, "witness").unwrap();
    let chart = witness.without_window(&clinic, begin_chart_and_sync).unwrap();
    for (name, offset, zone) in
        [("ahead", "+270d", "Pacific/Kiritimati"), ("behind", "-270d", "Pacific/Pago_Pago")]
    {
        let laptop = Laptop::enrolled(&clinic, THERAPIST, name).unwrap();
        let appointments: Vec<String> = laptop
            .without_window(&clinic, |device| {
                let booked = VISITS.map(|(date, start, end, _)| {
                    let booking = json!({
                        "command": "appointment_book", "client_id": chart, "date": date, "start": start, "end": end,
                        "service": "Individual therapy", "overlap_allowed": true,
                    });
                    device.must(&booking).unwrap()["id"].as_str().unwrap().to_owned()
                });
                device.sync()?;
                Ok(booked.to_vec())
            })
            .unwrap();
        laptop.network.cut();
        let window = laptop.window_under(&WrongClock::set_to(offset, zone)).unwrap();
        let notes = write_notes(&window, &appointments);
        laptop.network.restore();
        window.call("sync", json!({})).unwrap();
        // The sync tells the screen that there is something new.
        window.press("ctrl+1").unwrap();
        for (_, _, _, day) in VISITS {
            window.sees(day).unwrap();
        }
        window.close().unwrap();
        witness
            .without_window(&clinic, |device| {
                device.sync()?;
                for (note, visit) in notes.iter().zip(VISITS) {
                    let seen = device.must(&json!({"command": "note_show", "note_id": note}))?;
                    check(&seen, visit, "on a laptop with the right clock");
                }
                let agenda = json!({"command": "agenda", "from": "2026-12-31", "to": "2027-11-07"});
                let agenda = device.must(&agenda)?;
                for (date, start, ..) in VISITS {
                    let stands = |entry: &Value| entry["date"] == date && entry["start"] == start;
                    assert!(agenda.as_array().unwrap().iter().any(stands), "{date} {start}: {agenda}");
                }
                Ok(())
            })
            .unwrap();
    }
}

fn begin_chart_and_sync(
    device: &mut mentalspace_testkit::clinic::Device,
) -> mentalspace_testkit::failure::Outcome<String> {
    let chart = begin_chart(device)?;
    device.sync()?;
    Ok(chart.client)
}
