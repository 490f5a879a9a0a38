//! What was written on the morning of the pictures. Invented, like everybody it speaks of.

use serde_json::{Value, json};

/// An intake that is half written.
pub(super) fn intake() -> Value {
    json!({
        "referral_source": "Campus health service, after a second visit there for palpitations with a normal ECG.",
        "presenting_problem": "Attacks of dread with racing heart since September, three to four a week, mostly on the \
             bus and in lecture halls. Has stopped taking the bus and sits by the door. Wants “to finish the term in \
             the room and not on a recording”.",
        "strengths": "Names the first signs of an attack precisely. A sister who calls every evening.",
    })
}

/// What she then wrote on the device at home.
pub(super) fn intake_at_home() -> Value {
    json!({
        "presenting_problem": "Attacks of dread with racing heart since September, three to four a week, mostly on the \
             bus and in lecture halls. Has stopped taking the bus; sits by the door and leaves early. Wants “to finish \
             the term in the room and not on a recording”.",
        "strengths": "Names the first signs of an attack precisely. A sister who calls every evening and comes along on \
             Fridays.",
    })
}

/// And on the one at the office, in the same places.
pub(super) fn intake_at_the_office() -> Value {
    json!({
        "presenting_problem": "Attacks of dread with racing heart since September, three to four a week, mostly on the \
             bus and in lecture halls. Walks forty minutes instead of taking the bus and sits by the door. Wants “to \
             finish the term in the room and not on a recording”.",
        "strengths": "Names the first signs of an attack precisely. A sister in the same building.",
    })
}

/// A session of this morning, whole.
pub(super) fn finished() -> Value {
    json!({
        "goals_addressed": "Goal 1: use the wall calendar daily. Kept on six of seven days, the best week so far.",
        "subjective": "Describes the week as “oddly quiet”. Two bills paid before the reminder. One appointment \
             missed because the new phone had not taken over its alarms.",
        "objective": "On time, calendar in hand. Speech quick, easy to follow. Laughed about the phone.",
        "assessment": "The calendar has become a habit rather than an effort. Remaining lapses come from devices, not \
             from avoidance.",
        "plan": "Keep the calendar as the only list. Set alarms on paper first for two weeks, then review.",
        "interventions": "Reviewed the calendar page by page; rehearsed moving a task instead of deleting it.",
        "client_response": "Chose the evening for moving tasks and wrote it down unasked.",
        "mental_status_brief": "Alert and oriented, mood even, affect full.",
        "risk": "No thoughts of suicide or of harming others, asked directly.",
        "next_session": "In one week, by video.",
    })
}

/// The session that is going on.
pub(super) fn under_way() -> Value {
    json!({
        "subjective": "Spoke first in the team meeting on Monday, “before I could count to ten”. Nobody looked up. Ate \
             lunch with two colleagues on Tuesday and stayed until the end. Slept badly the night before.",
        "objective": "On time, coat kept on for the first minutes. Eye contact steady from the middle of the session on.",
        "assessment": "The forecast of being stared at has now failed four times in a row, and she says so herself.",
    })
}

/// What the same note lacks before it can be signed.
pub(super) fn rest() -> Value {
    json!({
        "goals_addressed": "Goal 4: begin two conversations a week. Three this week.",
        "plan": "One conversation with somebody she has not met before the next visit. Write the forecast down \
             beforehand, and what happened under it.",
        "interventions": "Compared forecast and outcome of Monday’s meeting, line by line.",
        "client_response": "Found the gap between the two “almost funny” and chose the next step without prompting.",
        "mental_status_brief": "Alert and oriented, mood tense at first, then bright.",
        "risk": "No thoughts of suicide or of harming others, asked directly.",
        "next_session": "In two weeks, in Room 2.",
    })
}

/// Of a session that a colleague held while she covered.
pub(super) fn late() -> Value {
    json!({
        "narrative": "Seen in place of Ms. Rivera. He came with the list of errands that the two of them had made and had \
             done four of the six. Spoke of the fifth, the bank, without leaving the room this time. Nothing was \
             changed in the plan; he asks that it be gone through with her next week.",
    })
}

/// Added after the signature.
pub(super) const ADDENDUM: &str = "His mother called in the afternoon to say that he had left the house without going back \
     for the first time since spring. He had agreed beforehand that she may.";

/// A client list as another system exports it: two rows have something to correct, one person is here already.
pub(super) const LIST: &str = "First name,Last name,Date of birth,Phone,E-mail,Remark\n\
     Aurelia,Thimblewick,1991-04-17,(555) 010-3310,a.thimblewick@example.org,mornings\n\
     Bastian,Cloverfield,1984-11-02,(555) 010-4127,bastian@example.org,\n\
     Odette,Rainwater,02/31/1979,(555) 010-8855,,interpreter\n\
     Rosemary,Honeydew,1983-02-23,(478) 555-0153,,\n\
     Lazlo,Winterbourne,1968-07-29,(555) 010-6672,lazlo@example.org,stairs\n\
     ,,2001-01-15,(555) 010-9090,,\n\
     Perpetua,Songbird,1999-09-09,(555) 010-2048,p.songbird@example.org,\n";
