//! Every call, and the one way in.

use super::error::{ApiError, Code};
use super::input::*;
use super::table::{CallSpec, EVERYTHING};
use super::view::*;
use crate::Desktop;
use crate::{
    addenda, appointments, charts, clients, conflicts, devices, diagnoses, entering, import, journal, notes,
    quarantine, session, settings, signing, status, today,
};
use serde_json::Value;
use ts_rs::TS;

const NONE: &[&str] = &[];
const CHART: &[&str] = &["clients", "chart", "status"];
const AGENDA: &[&str] = &["agenda", "chart", "clients", "status"];
const RULING: &[&str] = &["quarantine", "note", "notes", "chart", "agenda", "status"];
const NOTE: &[&str] = &["note", "notes", "chart", "agenda", "status"];

macro_rules! calls {
    ($($name:ident: $input:ty => $output:ty, $run:path, $provides:expr, $invalidates:expr $(, $locked:ident)?;)+) => {
        /// Every call.
        pub const CALLS: &[CallSpec] = &[$(CallSpec {
            name: stringify!($name),
            input: || <$input as TS>::name(&ts_rs::Config::default()),
            output: || <$output as TS>::name(&ts_rs::Config::default()),
            provides: $provides,
            invalidates: $invalidates,
            while_locked: calls!(@locked $($locked)?),
        }),+];

        /// Runs a call by its name with its input as JSON.
        ///
        /// # Errors
        /// [`Code::Malformed`] for an unknown name or input; else what the call says.
        pub async fn call(desktop: &Desktop, name: &str, input: Value) -> Result<Value, ApiError> {
            let outcome = dispatch(desktop, name, input).await;
            if outcome.as_ref().is_err_and(|error| error.code == Code::Damaged) {
                desktop.met_damage();
            }
            outcome
        }

        async fn dispatch(desktop: &Desktop, name: &str, input: Value) -> Result<Value, ApiError> {
            match name {
                $(stringify!($name) => {
                    let input: $input = serde_json::from_value(input).map_err(|error| malformed(&error))?;
                    let output: $output = $run(desktop, input).await?;
                    serde_json::to_value(output).map_err(|_| ApiError::internal())
                })+
                other => Err(ApiError::new(
                    Code::Malformed,
                    format!("There is no call named {other:?}. Nothing was changed. See docs/device-protocol.md."),
                )),
            }
        }
    };
    (@locked while_locked) => { true };
    (@locked) => { false };
}

calls! {
    profile: Nothing => ProfileView, session::profile, &["profile"], NONE, while_locked;
    enrol: EnrolInput => Whoami, session::enrol, NONE, EVERYTHING, while_locked;
    unlock: UnlockInput => Whoami, session::unlock, NONE, EVERYTHING, while_locked;
    rebuild: UnlockInput => RebuildView, entering::rebuild, NONE, EVERYTHING, while_locked;
    recover: RecoverInput => Whoami, session::recover, NONE, EVERYTHING, while_locked;
    lock: Nothing => Empty, session::lock, NONE, EVERYTHING, while_locked;
    whoami: Nothing => Whoami, session::whoami, &["profile"], NONE;
    sign_in: SignInInput => StatusView, session::sign_in, NONE, &["status"];
    password_change: PasswordChangeInput => Empty, session::password_change, NONE, NONE;
    sync: SyncInput => SyncReport, status::sync, NONE, &["status"];
    status: StatusInput => StatusView, status::status, &["status"], NONE;
    today: Nothing => TodayView, today::today, &["agenda", "notes", "status"], NONE;
    clients: ClientsInput => Vec<ClientRow>, clients::clients, &["clients"], NONE;
    chart: ClientInput => ChartView, charts::chart, &["chart"], NONE;
    client_create: ClientCreateInput => ChangeView, clients::create, NONE, CHART;
    client_update: ClientUpdateInput => ChangeView, clients::update, NONE, CHART;
    client_merge: ClientMergeInput => ChangeView, clients::merge, NONE, CHART;
    caseload_assign: CaseloadAssignInput => ChangeView, clients::assign, NONE, CHART;
    caseload_unassign: CaseloadUnassignInput => ChangeView, clients::unassign, NONE, CHART;
    users: Nothing => Vec<UserRow>, clients::users, &["users"], NONE;
    agenda: AgendaInput => Vec<AppointmentView>, appointments::agenda, &["agenda"], NONE;
    appointment_book: AppointmentBookInput => ChangeView, appointments::book, NONE, AGENDA;
    appointment_move: AppointmentMoveInput => ChangeView, appointments::reschedule, NONE, AGENDA;
    appointment_cancel: AppointmentCancelInput => ChangeView, appointments::cancel, NONE, AGENDA;
    appointment_progress: AppointmentProgressInput => ChangeView, appointments::progress, NONE, AGENDA;
    open_video: OpenVideoInput => Empty, appointments::open_video, NONE, NONE;
    note_create: NoteCreateInput => ChangeView, notes::create, NONE, NOTE;
    note_show: NoteInput => NoteView, notes::show, &["note"], NONE;
    note_typing: NotePatchInput => ChangeView, notes::typing, NONE, NONE;
    note_patch: NotePatchInput => ChangeView, notes::patch, NONE, NOTE;
    note_history: NoteInput => HistoryView, notes::history, &["note"], NONE;
    note_restore: NoteRestoreInput => ChangeView, notes::restore, NONE, NOTE;
    note_format: NoteFormatInput => ChangeView, notes::format, NONE, NOTE;
    note_confirm: NoteConfirmInput => ChangeView, conflicts::confirm, NONE, NOTE;
    note_resolve: NoteResolveInput => ChangeView, conflicts::resolve, NONE, NOTE;
    note_choices: NoteChoicesInput => Empty, conflicts::keep_choices, NONE, NONE;
    note_preview: NoteInput => SignPreview, signing::preview, &["note"], NONE;
    note_sign: NoteSignInput => ChangeView, signing::sign, NONE, NOTE;
    note_void: NoteVoidInput => ChangeView, notes::void, NONE, NOTE;
    addendum_typing: AddendumWriteInput => ChangeView, addenda::typing, NONE, NONE;
    addendum_write: AddendumWriteInput => ChangeView, addenda::write, NONE, NOTE;
    addendum_sign: AddendumSignInput => ChangeView, addenda::sign, NONE, NOTE;
    addendum_dismiss: AddendumDismissInput => ChangeView, addenda::dismiss, NONE, NOTE;
    diagnosis_add: DiagnosisAddInput => ChangeView, diagnoses::add, NONE, &["chart", "note", "status"];
    diagnosis_end: DiagnosisEndInput => ChangeView, diagnoses::end, NONE, &["chart", "note", "status"];
    diagnosis_codes: SearchInput => Vec<CodeRow>, diagnoses::codes, NONE, NONE;
    search: SearchInput => Vec<SearchHit>, journal::search, &["search"], NONE;
    journal: JournalInput => Vec<JournalEntry>, journal::journal, &["journal"], NONE;
    journal_words: EntryInput => Vec<RunView>, journal::words, NONE, NONE;
    journal_review: EntryInput => Empty, journal::review, NONE, &["journal", "status", "notes", "note"];
    export_unsent: Nothing => Vec<UnsentCommand>, journal::export_unsent, NONE, NONE;
    quarantine: Nothing => QuarantineView, quarantine::list, &["quarantine"], NONE;
    quarantine_show: QuarantineInput => QuarantinedView, quarantine::show, &["quarantine"], NONE;
    quarantine_accept: QuarantineRuleInput => ChangeView, quarantine::accept, NONE, RULING;
    quarantine_return: QuarantineRuleInput => ChangeView, quarantine::give_back, NONE, RULING;
    set_aside: Nothing => Vec<SetAsideView>, journal::set_aside, NONE, NONE;
    devices: Nothing => Vec<DeviceRow>, devices::devices, &["devices"], NONE;
    device_revoke: DeviceRevokeInput => Empty, devices::revoke, NONE, &["devices"];
    settings: Nothing => SettingsView, settings::settings, &["settings"], NONE;
    settings_save: SettingsInput => SettingsView, settings::save, NONE, &["settings", "profile"];
    import_preview: ImportInput => ImportPreview, import::preview, NONE, NONE;
    import_run: ImportInput => ImportReport, import::run, NONE, CHART;
}

/// The input is not of the form that the call takes. Its values are not repeated: they may be a client's.
fn malformed(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    let what = text.split('`').nth(1).map_or(String::new(), |field| format!(" (at {field:?})"));
    ApiError::new(
        Code::Malformed,
        format!(
            "The input is not of the form that this call takes{what}. Nothing was changed. See docs/device-protocol.md."
        ),
    )
}
