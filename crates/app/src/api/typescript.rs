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
