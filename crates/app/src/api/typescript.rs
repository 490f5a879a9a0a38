//! The front end's types, generated: `cargo xtask types` writes them, and CI refuses a drift.

use super::calls::CALLS;
use super::error::{ApiError, Code, FieldProblem};
use super::input::*;
use super::table::TAGS;
use super::view::*;
use std::fmt::Write as _;
use ts_rs::{Config, TS};

macro_rules! declarations {
    ($config:expr, $($name:ty),+ $(,)?) => {
        [$(<$name as TS>::decl($config)),+]
    };
}

/// The whole of `ui/src/backend/generated/api.ts`.
#[must_use]
pub fn api() -> String {
    let config = Config::default();
    let declarations = declarations!(
        &config,
        Code,
        FieldProblem,
        ApiError,
        SyncState,
        Standing,
        Verification,
        AppearanceView,
        ProfileView,
        RebuildView,
        Whoami,
        UserRow,
        StatusView,
        SyncReport,
        ClientRow,
        ContactView,
        InsuranceView,
        ReplacedView,
        DiagnosisView,
        AppointmentView,
        NoteRow,
        ConflictRow,
        TodayView,
        ChartView,
        MayView,
        AssignmentView,
        SectionView,
        CombinedView,
        RunView,
        ChoiceView,
        FieldView,
        FindingView,
        PassageView,
        ConflictSectionView,
        BranchView,
        PassageChoice,
        SignatureView,
        AddendumView,
        DiffView,
        NoteView,
        RevisionView,
        HistoryView,
        SignPreview,
        ChangeView,
        SearchHit,
        JournalEntry,
        SetAsideView,
        UnsentCommand,
        CodeRow,
        DeviceRow,
        SettingsView,
        ImportPreview,
        ImportRow,
        ImportReport,
        QuarantineView,
        QuarantineRow,
        QuarantinedView,
        QuarantineTextView,
        QuarantinePieceView,
        QuarantineRulingView,
        QuarantineNoticeView,
        Empty,
        Edited,
        Nothing,
        EnrolInput,
        UnlockInput,
        RecoverInput,
        SignInInput,
        PasswordChangeInput,
        SyncInput,
        StatusInput,
        ClientsInput,
        ClientInput,
        ContactInput,
        InsuranceInput,
        ClientCreateInput,
        ClientUpdateInput,
        ClientMergeInput,
        CaseloadAssignInput,
        CaseloadUnassignInput,
        AppointmentBookInput,
        AppointmentMoveInput,
        AppointmentCancelInput,
        AppointmentProgressInput,
        AgendaInput,
        NoteCreateInput,
        NotePatchInput,
        NoteInput,
        NoteFormatInput,
        NoteConfirmInput,
        NoteResolveInput,
        NoteSignInput,
        NoteChoicesInput,
        NoteRestoreInput,
        NoteVoidInput,
        AddendumWriteInput,
        AddendumSignInput,
        AddendumDismissInput,
        DiagnosisAddInput,
        DiagnosisEndInput,
        SearchInput,
        JournalInput,
        EntryInput,
        DeviceRevokeInput,
        SettingsInput,
        ImportInput,
        OpenVideoInput,
        QuarantineInput,
        QuarantineRuleInput,
    );
    let mut text =
        String::from("// Generated from crates/app/src/api by `cargo xtask types`. Do not edit.\n\n");
    for declaration in declarations {
        let _ = writeln!(text, "export {declaration}\n");
    }
    let tags: Vec<String> = TAGS.iter().map(|tag| format!("'{tag}'")).collect();
    let _ = writeln!(text, "export type Tag = {};\n", tags.join(" | "));
    text.push_str("export interface Calls {\n");
    for call in CALLS {
        let _ =
            writeln!(text, "  {}: {{ input: {}; output: {} }};", call.name, (call.input)(), (call.output)());
    }
    text.push_str("}\n\nexport type CallName = keyof Calls;\n\n");
    text.push_str("export const CALLS: Readonly<Record<CallName, { readonly provides: readonly Tag[]; readonly invalidates: readonly Tag[] }>> = {\n");
    for call in CALLS {
        let _ = writeln!(
            text,
            "  {}: {{ provides: {}, invalidates: {} }},",
            call.name,
            list(call.provides),
            list(call.invalidates)
        );
    }
    text.push_str("};\n");
    text
}

fn list(tags: &[&str]) -> String {
    let quoted: Vec<String> = tags.iter().map(|tag| format!("'{tag}'")).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/device-protocol.md");

    /// The fields of every object that the interface takes or gives, by the object's name.
    fn fields(api: &str) -> HashMap<&str, Vec<&str>> {
        let is_name =
            |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let of = |body| {
            str::lines(body).filter_map(|line| line.split_once(": ").map(|(name, _)| name)).filter(is_name)
        };
        api.split("export type ")
            .filter_map(|declaration| declaration.split_once(" = { "))
            .map(|(name, body)| (name, of(body).collect()))
            .collect()
    }

    #[test]
    fn the_protocols_document_has_every_call_and_every_field() {
        let document = std::fs::read_to_string(DOCUMENT).unwrap().replace("\n#### ", "\n### ");
        let sections: HashMap<&str, &str> = document
            .split("\n### ")
            .skip(1)
            .map(|section| section.split_once('\n').unwrap_or((section, "")))
            .collect();
        assert_eq!(sections.len(), document.matches("\n### ").count(), "nothing is described twice");
        let api = api();
        let fields = fields(&api);
        assert!(fields["NoteInput"] == ["note_id"] && fields.len() > 60, "the fields are read");
        // Errors are described where the form of an answer is.
        let apart = |name: &str| name.ends_with("Input") || ["ApiError", "FieldProblem"].contains(&name);
        let mut described: Vec<(&str, &str)> =
            fields.keys().filter(|name| !apart(name)).map(|name| (*name, *name)).collect();
        let inputs: Vec<String> = CALLS.iter().map(|call| (call.input)()).collect();
        let mut missing = Vec::new();
        for (call, input) in CALLS.iter().zip(&inputs) {
            let row = document.lines().find(|line| line.starts_with(&format!("| `{}`", call.name)));
            if sections.contains_key(call.name) {
                described.push((call.name, input));
            } else if row.is_none() {
                missing.push(call.name.to_owned());
            } else if row.is_some_and(|row| row.contains(&format!("[{input}]"))) {
                described.push((input, input));
            }
        }
        for (section, of) in described {
            let Some(text) = sections.get(section) else {
                missing.push(section.to_owned());
                continue;
            };
            let absent = |field: &&&str| !text.contains(&format!("`{field}`"));
            missing.extend(
                fields.get(of).into_iter().flatten().filter(absent).map(|field| format!("{section}.{field}")),
            );
        }
        missing.sort();
        assert_eq!(missing, Vec::<String>::new(), "docs/device-protocol.md does not say");
    }
}
