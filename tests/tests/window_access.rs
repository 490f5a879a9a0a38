//! axe-core finds nothing on any screen, light or dark.
#![cfg(test)]

use mentalspace_testkit::clinic::Device;
use mentalspace_tests::access::THEMES;
use mentalspace_tests::charts::{
    CLIENT, Chart, THERAPIST, begin_chart, begin_note, clinic, complete_note, id,
};
use mentalspace_tests::laptop::Laptop;
use mentalspace_tests::window::Window;
use serde_json::json;

/// Looks at the screen as it is in both themes; everything found is collected, so that one run tells all of it.
fn look(window: &Window, screen: &str, found: &mut Vec<String>) {
    for theme in THEMES {
        window.wear(theme).unwrap();
        found.extend(
            window.axe_findings().unwrap().into_iter().map(|line| format!("{screen}, {theme}: {line}")),
        );
    }
}

/// Waits for a heading or another word that only this screen shows, then looks.
fn visit(window: &Window, screen: &str, shows: &str, found: &mut Vec<String>) {
    window.sees(shows).unwrap();
    window
        .until(
            "the screen has loaded",
            "return document.querySelector('[aria-busy=true], [data-skeleton]') === null",
        )
        .unwrap();
    look(window, screen, found);
}

/// An appointment, a signed note, a draft to sign.
fn work(device: &mut Device, chart: &Chart) -> [String; 2] {
    let today = device.must(&json!({"command": "today"})).unwrap()["date"].clone();
    device
        .must(&json!({
            "command": "appointment_book", "client_id": chart.client, "date": today, "start": "09:00", "end": "09:50",
            "service": "Individual therapy", "overlap_allowed": true,
        }))
        .unwrap();
    let [signed, draft] = [(); 2].map(|()| {
        let note = begin_note(device, chart).unwrap();
        complete_note(device, chart, &note).unwrap();
        note
    });
    let password = mentalspace_testkit::clinic::PASSWORD;
    device.must(&json!({"command": "note_sign", "note_id": signed, "password": password})).unwrap();
    let addendum = json!({
        "command": "addendum_write", "note_id": signed, "reason": "Added from memory.",
        "sections": {"addendum": {"from": "", "to": "She called back in the evening."}},
    });
    device.must(&addendum).unwrap();
    device.sync().unwrap();
    [signed, draft]
}

/// Two laptops of hers leave touching words in the same place of one draft.
fn conflict(device: &mut Device, chart: &Chart, other: &mut Device) -> String {
    let note = begin_note(device, chart).unwrap();
    device.sync().unwrap();
    other.sync().unwrap();
    for (device, words) in [(&mut *device, "Mood low and flat."), (&mut *other, "Mood low and tearful.")] {
        let text = mentalspace_tests::charts::START.replace("Mood low.", words);
        device
            .must(&json!({"command": "note_patch", "note_id": note, "sections": {"narrative": text}}))
            .unwrap();
    }
    other.sync().unwrap();
    device.sync().unwrap();
    note
}

#[test]
fn window_has_no_accessibility_finding_before_it_is_open() {
    let clinic = clinic().unwrap();
    let mut found = Vec::new();
    let fresh = Laptop::new(&clinic, "fresh").unwrap();
    let window = fresh.window().unwrap();
    window.bring_axe().unwrap();
    visit(&window, "enrolment", "Set up this device", &mut found);
    window.close().unwrap();

    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let window = laptop.window().unwrap();
    window.bring_axe().unwrap();
    visit(&window, "lock", "This device is locked", &mut found);
    window.click("Open it with the practice’s recovery key").unwrap();
    visit(&window, "recovery", "Recover this device", &mut found);
    assert_eq!(found, Vec::<String>::new());

    // The control: a fault that is put there is found.
    window
        .run("document.querySelector('input').labels.forEach((label) => label.remove())", json!([]))
        .unwrap();
    assert!(
        window.axe_findings().unwrap().iter().any(|line| line.starts_with("label")),
        "a field without a name"
    );
}

#[test]
fn window_has_no_accessibility_finding_on_any_screen() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let office = Laptop::enrolled(&clinic, THERAPIST, "office").unwrap();
    let ([signed, draft], torn) = laptop
        .without_window(&clinic, |device| {
            let chart = begin_chart(device)?;
            let notes = work(device, &chart);
            let torn = office.without_window(&clinic, |other| Ok(conflict(device, &chart, other)))?;
            Ok((notes, torn))
        })
        .unwrap();
    let mut found = Vec::new();
    let window = laptop.window().unwrap();
    window.bring_axe().unwrap();
    window.unlock().unwrap();

    visit(&window, "Today", "To sign", &mut found);
    window.press("ctrl+k").unwrap();
    window.put_caret("[role=dialog] input").unwrap();
    window.type_text("wren").unwrap();
    visit(&window, "palette", "Write a note for", &mut found);
    window.press("Escape").unwrap();
    window.press("ctrl+slash").unwrap();
    visit(&window, "keys", "Larger", &mut found);
    window.press("Escape").unwrap();
    window.press("ctrl+2").unwrap();
    visit(&window, "caseload", CLIENT, &mut found);
    window.click("New client").unwrap();
    window.until("the dialog is there", "return document.querySelector('[role=dialog]') !== null").unwrap();
    look(&window, "new client", &mut found);
    window.press("Escape").unwrap();
    for (digit, shows, screen) in
        [(3, "Book", "calendar"), (4, "log", "activity"), (5, "Appearance", "settings")]
    {
        window.press(&format!("ctrl+{digit}")).unwrap();
        visit(&window, screen, shows, &mut found);
    }

    window.press("ctrl+2").unwrap();
    window.click_among("[role=row] *", CLIENT).unwrap();
    window.until("the chart is there", "return document.querySelector('[role=tab]') !== null").unwrap();
    let tabs = window.run(
        "return [...document.querySelectorAll('[role=tab]')].map((tab) => tab.textContent.trim())",
        json!([]),
    );
    for tab in tabs.unwrap().as_array().unwrap() {
        let tab = tab.as_str().unwrap();
        window.click_among("[role=tab]", tab).unwrap();
        look(&window, &format!("chart, {tab}"), &mut found);
    }

    window.press("ctrl+1").unwrap();
    window.click_among("[aria-label='Needs your review'] [role=option]", CLIENT).unwrap();
    visit(&window, "conflict", "for your choice", &mut found);
    let open = window.open_draft(CLIENT, &draft);
    drop(open.unwrap());
    look(&window, "note", &mut found);
    window.put_caret("textarea[data-part^='section:']").unwrap();
    window.press("ctrl+Return").unwrap();
    window.until("the dialog is there", "return document.querySelector('[role=dialog]') !== null").unwrap();
    look(&window, "signing", &mut found);
    window.press("Escape").unwrap();
    assert!(window.call("note_show", json!({ "note_id": signed })).unwrap()["signature"].is_object());
    assert_eq!(found, Vec::<String>::new());
    assert!(id(&json!({ "id": torn })).is_ok());
}
