//! The part of the scripted day in which the two devices meet again.

use super::day::{Day, Shared, rewrite, section, show, text};
use super::narrator::Narrator;
use super::offline::Written;
use crate::clinic::PASSWORD;
use crate::failure::Outcome;
use serde_json::json;

fn both(day: &mut Day) -> Outcome<()> {
    day.laptop.sync()?;
    day.office.sync()?;
    day.laptop.sync().map(|_| ())
}

pub(super) fn come_back(
    day: &mut Day,
    shared: &Shared,
    written: &Written,
    narrator: &mut Narrator,
) -> Outcome<()> {
    both(day)?;
    let outbox = (
        day.laptop.must(&json!({"command": "status"}))?["outbox"].clone(),
        day.office.must(&json!({"command": "status"}))?["outbox"].clone(),
    );
    narrator.prove(
        outbox == (json!(0), json!(0)),
        "nothing waits on either device",
        format!("{outbox:?}"),
    )?;
    let there = section(&mut day.office, &written.note, "narrative")?;
    narrator.prove(
        there == written.narrative,
        "the note written offline is on the office PC, word for word",
        &there,
    )?;
    let (here, there) = (
        section(&mut day.laptop, &shared.combining, "narrative")?,
        section(&mut day.office, &shared.combining, "narrative")?,
    );
    narrator.prove(
        here == there && here.contains("low and tearful") && here.contains("on Sunday"),
        "edits far apart were combined; both devices say the same",
        &here,
    )?;
    let (here, there) = (show(&mut day.laptop, &shared.parking)?, show(&mut day.office, &shared.parking)?);
    let branches = there["branches"].as_array().map_or(0, Vec::len);
    let whole = there.to_string();
    narrator.prove(
        branches == 1
            && here["text_hash"] == there["text_hash"]
            && whole.contains("Denies suicidal ideation, plan or intent.")
            && whole.contains("Endorses passive suicidal ideation.")
            && !whole.contains("Endorses passive suicidal ideation, plan"),
        "edits of the same sentence were not combined: both are kept side by side, and nobody's third",
        branches,
    )
}

pub(super) fn settle(day: &mut Day, shared: &Shared, narrator: &mut Narrator) -> Outcome<()> {
    let sign = |note: &str| json!({"command": "note_sign", "note_id": note, "password": PASSWORD});
    let code = day.laptop.refused(&sign(&shared.combining))?;
    narrator.prove(
        code == "unconfirmed",
        "combined text is not signed before its author confirmed it",
        &code,
    )?;
    day.laptop.must(&json!({"command": "note_confirm", "note_id": shared.combining}))?;
    day.laptop.must(&sign(&shared.combining))?;
    let code = day.laptop.refused(&sign(&shared.parking))?;
    narrator.prove(
        code == "open_conflict",
        "a note with two texts is not signed before its author chose",
        &code,
    )?;
    let chosen = "Endorses passive suicidal ideation; denies plan or intent.";
    let settled = section(&mut day.laptop, &shared.parking, "narrative")?
        .replace("Denies suicidal ideation, plan or intent.", chosen)
        .replace("Endorses passive suicidal ideation.", chosen);
    let resolve =
        json!({"command": "note_resolve", "note_id": shared.parking, "sections": {"narrative": settled}});
    day.laptop.must(&resolve)?;
    day.laptop.must(&sign(&shared.parking))?;
    both(day)?;
    for note in [&shared.combining, &shared.parking] {
        let shown = show(&mut day.office, note)?;
        narrator.prove(
            shown["row"]["standing"] == "signed" && shown["signature"]["verification"] == "verified",
            "settled and signed: content, signature and receipt verify on the other device",
            &shown["signature"],
        )?;
    }
    let there = section(&mut day.office, &shared.parking, "narrative")?;
    narrator.prove(there == settled, "what is signed is what the author chose", &there)?;
    let history =
        day.laptop.must(&json!({"command": "note_history", "note_id": shared.parking}))?.to_string();
    narrator.prove(
        history.contains("Denies suicidal ideation, plan or intent.")
            && history.contains("Endorses passive suicidal ideation."),
        "both replaced sentences are still in the history",
        &history,
    )
}

pub(super) fn late_entry(day: &mut Day, shared: &Shared, narrator: &mut Narrator) -> Outcome<()> {
    let before = show(&mut day.laptop, &shared.signing)?["text_hash"].clone();
    let shown = show(&mut day.office, &shared.signing)?;
    narrator.prove(
        shown["text_hash"] == before
            && !section(&mut day.office, &shared.signing, "narrative")?.contains("own account"),
        "the signed words stand untouched on both devices",
        &shown["text_hash"],
    )?;
    let late = &shown["addenda"][0];
    narrator.prove(
        late["kind"] == "late_entry"
            && late["state"] == "draft"
            && late.to_string().contains("by her own account"),
        "the late edit became an unsigned late-entry addendum with its words",
        late,
    )?;
    let journal = day.office.must(&json!({"command": "journal"}))?.to_string();
    narrator.prove(
        journal.contains("converted"),
        "the office PC's journal says what became of its edit",
        &journal,
    )?;
    let addendum = text(&late["addendum_id"]);
    day.office.must(&json!({
        "command": "addendum_write", "note_id": shared.signing, "addendum_id": addendum, "kind": "late_entry",
        "sections": {}, "reason": "Written on the office computer before I knew it was signed.",
    }))?;
    day.office.must(&json!({"command": "addendum_sign", "addendum_id": addendum, "password": PASSWORD}))?;
    day.office.sync()?;
    both(day)?;
    let shown = show(&mut day.laptop, &shared.signing)?;
    narrator.prove(
        shown["addenda"][0]["state"] == "signed" && shown["text_hash"] == before,
        "the addendum is signed beside the note; the note is as it was",
        &shown["addenda"],
    )?;
    rewrite(&mut day.laptop, &shared.signing, "Slept four hours.", "Slept eight hours.")?;
    both(day)?;
    let (here, there) = (show(&mut day.laptop, &shared.signing)?, show(&mut day.office, &shared.signing)?);
    narrator.prove(
        here["text_hash"] == before && there["text_hash"] == before && here["addenda"][1]["state"] == "draft",
        "even an edit of what she knows is signed changes nothing in it: it becomes one more addendum",
        &here["addenda"],
    )
}
