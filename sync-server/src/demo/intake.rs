//! The first note of a chart.

use super::model::{DemoDiagnosis, DemoSection};
use super::pen::Pen;

/// Sections in order, with the least and most lines taken from `intake.txt`.
const GENERAL: [(&str, i32, i32); 7] = [
    ("referral_source", 1, 2),
    ("psychiatric_history", 2, 4),
    ("medical_history", 2, 4),
    ("substance_use", 2, 2),
    ("family_history", 1, 3),
    ("social_history", 4, 6),
    ("trauma_history", 1, 1),
];

pub(super) fn write(pen: &mut Pen<'_>, file: &str, diagnoses: &[DemoDiagnosis]) -> Vec<DemoSection> {
    if let Some(word) = pen.line(&[("common", "mood heavy")]) {
        pen.facts.set("mood", word);
    }
    let mut sections = Vec::new();
    for (key, least, most) in GENERAL {
        let count = pen.dice.between(least, most) as usize;
        let sentences = pen.say_some(&[("intake", key)], count);
        sections.push(DemoSection { key, text: pen.join(&sentences) });
        if key == "referral_source" {
            let sentences = pen.say_some(&[(file, "presenting")], 1);
            sections.push(DemoSection { key: "presenting_problem", text: sentences.join(" ") });
        }
    }
    let count = pen.dice.between(2, 4) as usize;
    let strengths = pen.say_some(&[("intake", "strengths")], count);
    sections.push(DemoSection { key: "strengths", text: strengths.join(" ") });
    let mut status = Vec::new();
    for _ in 0..pen.dice.between(5, 7) {
        status.extend(pen.line(&[("intake", "mental_status")]));
    }
    // The examination follows its customary order, whatever the order of drawing.
    status.sort_by_key(|line| pen.place("intake", "mental_status", line));
    let status: Vec<String> =
        status.into_iter().filter_map(|line| pen.facts.sentence(line, &mut pen.dice)).collect();
    sections.push(DemoSection { key: "mental_status", text: status.join(" ") });
    let risk = pen.say_some(&[("intake", "risk")], 2);
    sections.push(DemoSection { key: "risk", text: risk.join(" ") });
    let mut formulation = pen.say_some(&[(file, "formulation")], 1);
    formulation.extend(pen.maybe(45, &[(file, "assess early")]));
    sections.push(DemoSection { key: "formulation", text: formulation.join(" ") });
    let mut rationale: Vec<String> =
        diagnoses.iter().map(|diagnosis| format!("{} {}.", diagnosis.code, diagnosis.description)).collect();
    rationale.extend(pen.say(&[(file, "rationale")]));
    sections.push(DemoSection { key: "diagnosis_rationale", text: rationale.join(" ") });
    let mut recommendation = pen.say_some(&[(file, "recommend")], 1);
    let count = pen.dice.between(2, 4) as usize;
    recommendation.extend(pen.say_some(&[("intake", "recommendation")], count));
    sections.push(DemoSection { key: "recommendation", text: recommendation.join(" ") });
    sections
}
