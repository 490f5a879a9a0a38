//! Where the parts of a progress note stand in each format.

use super::bank::upper_first;
use super::model::{DemoNoteKind, DemoSection};
use super::pen::Pen;

/// The sentences of a progress note by what they are about.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) setting: Vec<String>,
    pub(super) opening: Vec<String>,
    pub(super) reports: Vec<String>,
    pub(super) presence: Vec<String>,
    pub(super) measure: Vec<String>,
    pub(super) work: Vec<String>,
    pub(super) response: Vec<String>,
    pub(super) assessment: Vec<String>,
    pub(super) plan: Vec<String>,
    pub(super) goals: Vec<String>,
    pub(super) homework: Vec<String>,
    pub(super) mental_status: Vec<String>,
    pub(super) risk: Vec<String>,
    pub(super) next: Vec<String>,
}

/// A section and its paragraphs, each a list of sentences.
type Block = (&'static str, Vec<Vec<String>>);

/// The sections of `kind`; `goals` are the positions of the goals worked on.
pub(super) fn lay_out(
    kind: DemoNoteKind,
    parts: Parts,
    goals: &[usize],
    pen: &mut Pen<'_>,
) -> Vec<DemoSection> {
    let account = [parts.opening, parts.reports].concat();
    let seen = [parts.setting, parts.presence, parts.measure].concat();
    let mut blocks: Vec<Block> = match kind {
        DemoNoteKind::ProgressBirp => vec![
            ("behavior", vec![seen, account]),
            ("intervention", vec![parts.work.clone()]),
            ("response", vec![[parts.response.clone(), parts.assessment].concat()]),
            ("plan", vec![parts.plan]),
        ],
        DemoNoteKind::ProgressGirp => vec![
            ("goal", vec![parts.goals.clone(), account]),
            ("intervention", vec![parts.work.clone()]),
            ("response", vec![seen, [parts.response.clone(), parts.assessment].concat()]),
            ("plan", vec![parts.plan]),
        ],
        DemoNoteKind::ProgressDap => vec![
            ("data", vec![[account, seen].concat()]),
            ("assessment", vec![parts.assessment]),
            ("plan", vec![parts.plan]),
        ],
        DemoNoteKind::ProgressNarrative => {
            vec![("narrative", vec![[seen, account].concat(), parts.assessment, parts.plan])]
        }
        _ => vec![
            ("subjective", vec![account]),
            ("objective", vec![seen]),
            ("assessment", vec![parts.assessment]),
            ("plan", vec![parts.plan]),
        ],
    };
    // GIRP has the goals at its head; the common section then only numbers them.
    let addressed = if kind == DemoNoteKind::ProgressGirp { vec![goal_numbers(goals)] } else { parts.goals };
    blocks.push(("goals_addressed", vec![addressed]));
    if !matches!(kind, DemoNoteKind::ProgressBirp | DemoNoteKind::ProgressGirp) {
        blocks.push(("interventions", vec![parts.work]));
        blocks.push(("client_response", vec![parts.response]));
    }
    blocks.push(("homework", vec![parts.homework]));
    blocks.push(("mental_status_brief", vec![parts.mental_status]));
    blocks.push(("risk", vec![parts.risk]));
    blocks.push(("next_session", vec![parts.next]));
    blocks
        .into_iter()
        .map(|(key, paragraphs)| {
            let texts: Vec<String> = paragraphs
                .iter()
                .filter(|sentences| !sentences.is_empty())
                .map(|sentences| pen.join(sentences))
                .collect();
            DemoSection {
                key,
                text: texts.join(if kind == DemoNoteKind::ProgressNarrative { "\n\n" } else { " " }),
            }
        })
        .collect()
}

fn goal_numbers(goals: &[usize]) -> String {
    let names: Vec<String> = goals.iter().map(|number| format!("goal {}", number + 1)).collect();
    upper_first(&format!("{}.", names.join(" and ")))
}
