//! What the calls take. Identifiers that the application makes are never asked for.

use super::view::PassageChoice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

macro_rules! inputs {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }
    )*};
}

/// A change of a text or value: only what it becomes (the application knows what stands there), or with what the
/// writer had seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Edited {
    /// What it becomes.
    To(String),
    /// With what the writer had seen before.
    Seen {
        /// What stood there when she began.
        from: String,
        /// What it becomes.
        to: String,
    },
}

inputs! {
    /// Nothing.
    Nothing {}

    /// `enrol`
    EnrolInput {
        /// The enrolment code.
        code: String,
        /// The password, or the one to set.
        password: String,
        /// What to call this device.
        device_name: String,
        /// `keyring` (default), or `file` where the practice allows it.
        #[serde(default)]
        #[ts(optional)]
        secret_place: Option<String>,
    }

    /// `unlock`
    UnlockInput {
        /// The password that this device opens with.
        password: String,
        /// The one that the practice's server knows, where it is another since: after `sign_in_refused`.
        server_password: Option<String>,
    }

    /// `recover`: open with the practice's recovery key and set a new password.
    RecoverInput {
        /// The recovery key as printed.
        recovery_key: String,
        /// The new password.
        new_password: String,
    }

    /// `sign_in`: the server wants the password.
    SignInInput {
        /// The password.
        password: String,
        /// A reset code from the practice, where the password was forgotten.
        #[serde(default)]
        #[ts(optional)]
        reset_code: Option<String>,
    }

    /// `password_change`
    PasswordChangeInput {
        /// The password in force.
        current: String,
        /// The new one.
        new: String,
    }

    /// `sync`
    SyncInput {
        /// Stop after this many pull answers.
        #[serde(default)]
        #[ts(optional)]
        pages: Option<u32>,
        /// Rows to ask for at a time, 100 to 5000.
        #[serde(default)]
        #[ts(optional)]
        rows: Option<u32>,
    }

    /// `status`
    StatusInput {
        /// Whether to name the word of every note, not only of those that are not synced.
        #[serde(default)]
        all_notes: bool,
    }

    /// `clients`
    ClientsInput {
        /// Only those whose names or chart number hold this.
        #[serde(default)]
        query: String,
        /// Whether inactive, discharged and merged ones are wanted.
        #[serde(default)]
        include_inactive: bool,
    }

    /// `chart`, and whatever else is about one client.
    ClientInput {
        /// The client.
        client_id: String,
    }

    /// A contact to put.
    ContactInput {
        /// Its identifier; a new contact has none.
        #[serde(default)]
        #[ts(optional)]
        id: Option<String>,
        /// Name.
        name: String,
        /// Relationship.
        #[serde(default)]
        relationship: String,
        /// Telephone.
        #[serde(default)]
        phone: String,
        /// E-mail.
        #[serde(default)]
        email: String,
        /// To be called in an emergency.
        #[serde(default)]
        emergency: bool,
        /// Legal guardian.
        #[serde(default)]
        guardian: bool,
    }

    /// An insurance policy to put.
    InsuranceInput {
        /// Its identifier; a new policy has none.
        #[serde(default)]
        #[ts(optional)]
        id: Option<String>,
        /// Payer.
        payer: String,
        /// Member identifier.
        #[serde(default)]
        member_id: String,
        /// Group number.
        #[serde(default)]
        group_number: String,
        /// Policy holder, if not the client.
        #[serde(default)]
        policy_holder: String,
        /// 1 for primary.
        #[serde(default)]
        rank: u8,
    }

    /// `client_create`
    ClientCreateInput {
        /// Facts by field: `given_name`, `family_name`, `preferred_name`, `pronouns`, `birth_date`, `gender`, `phone`,
        /// `email`, `address`, `language`, `chart_number`, `referral_note`.
        facts: BTreeMap<String, String>,
        /// Contacts and guardians.
        #[serde(default)]
        contacts: Vec<ContactInput>,
        /// Insurance.
        #[serde(default)]
        insurance: Vec<InsuranceInput>,
        /// Who treats her; a clinician is assigned herself when this is absent.
        #[serde(default)]
        #[ts(optional)]
        assign_to: Option<String>,
    }

    /// `client_update`
    ClientUpdateInput {
        /// The client.
        client_id: String,
        /// Facts that change.
        #[serde(default)]
        facts: BTreeMap<String, Edited>,
        /// Contacts added or changed.
        #[serde(default)]
        put_contacts: Vec<ContactInput>,
        /// Contacts removed.
        #[serde(default)]
        remove_contacts: Vec<String>,
        /// Policies added or changed.
        #[serde(default)]
        put_insurance: Vec<InsuranceInput>,
        /// Policies removed.
        #[serde(default)]
        remove_insurance: Vec<String>,
    }

    /// `client_merge`
    ClientMergeInput {
        /// The record to fold in.
        from: String,
        /// The record that stays.
        into: String,
        /// Why.
        reason: String,
    }

    /// `caseload_assign`
    CaseloadAssignInput {
        /// The client.
        client_id: String,
        /// The clinician.
        clinician_id: String,
        /// `treating` (default) or `covering`.
        #[serde(default)]
        #[ts(optional)]
        reason: Option<String>,
        /// First civil day; today when absent.
        #[serde(default)]
        #[ts(optional)]
        from: Option<String>,
        /// Last civil day: access ends with it by itself.
        #[serde(default)]
        #[ts(optional)]
        until: Option<String>,
    }

    /// `caseload_unassign`
    CaseloadUnassignInput {
        /// The client.
        client_id: String,
        /// The assignment.
        assignment_id: String,
    }

    /// `appointment_book`
    AppointmentBookInput {
        /// The client.
        client_id: String,
        /// The clinician; the user herself when absent.
        #[serde(default)]
        #[ts(optional)]
        clinician_id: Option<String>,
        /// Civil date.
        date: String,
        /// Wall-clock start.
        start: String,
        /// Wall-clock end.
        end: String,
        /// Zone; the practice's when absent.
        #[serde(default)]
        #[ts(optional)]
        zone: Option<String>,
        /// What for.
        #[serde(default)]
        service: String,
        /// `in_person` (default), `video` or `phone`.
        #[serde(default)]
        #[ts(optional)]
        modality: Option<String>,
        /// Where.
        #[serde(default)]
        place: String,
        /// Link of a video visit.
        #[serde(default)]
        video_link: String,
        /// Deliberately beside another appointment.
        #[serde(default)]
        overlap_allowed: bool,
    }

    /// `appointment_move`
    AppointmentMoveInput {
        /// The appointment.
        appointment_id: String,
        /// New civil date.
        date: String,
        /// New start.
        start: String,
        /// New end.
        end: String,
        /// Deliberately beside another appointment.
        #[serde(default)]
        overlap_allowed: bool,
    }

    /// `appointment_cancel`
    AppointmentCancelInput {
        /// The appointment.
        appointment_id: String,
        /// Why.
        reason: String,
    }

    /// `appointment_progress`
    AppointmentProgressInput {
        /// The appointment.
        appointment_id: String,
        /// `checked_in`, `completed`, `no_show` or `booked` (to undo).
        to: String,
    }

    /// `agenda`: appointments and busy time of some days.
    AgendaInput {
        /// First civil date.
        from: String,
        /// Last civil date.
        to: String,
        /// Whose; the user's own when absent.
        #[serde(default)]
        #[ts(optional)]
        clinician_id: Option<String>,
    }

    /// `note_create`
    NoteCreateInput {
        /// The client; may be left out with an appointment.
        #[serde(default)]
        #[ts(optional)]
        client_id: Option<String>,
        /// The appointment to document.
        #[serde(default)]
        #[ts(optional)]
        appointment_id: Option<String>,
        /// `intake`, `progress` (default), `contact` or `missed`.
        #[serde(default)]
        #[ts(optional)]
        note_type: Option<String>,
        /// `soap`, `dap`, `birp`, `girp` or `narrative`; the user's own default when absent.
        #[serde(default)]
        #[ts(optional)]
        format: Option<String>,
        /// Words to begin with, by section.
        #[serde(default)]
        sections: BTreeMap<String, String>,
        /// Scalars to begin with.
        #[serde(default)]
        fields: BTreeMap<String, String>,
    }

    /// `note_patch` and `note_typing`
    NotePatchInput {
        /// The note.
        note_id: String,
        /// Sections that change.
        #[serde(default)]
        sections: BTreeMap<String, Edited>,
        /// Scalars that change.
        #[serde(default)]
        fields: BTreeMap<String, Edited>,
        /// Diagnoses to name.
        #[serde(default)]
        add_diagnoses: Vec<String>,
        /// Diagnoses no longer to name.
        #[serde(default)]
        remove_diagnoses: Vec<String>,
        /// Sections pulled forward, with the note they come from.
        #[serde(default)]
        pulled_forward: BTreeMap<String, String>,
    }

    /// `note_show`, and whatever else is about one note.
    NoteInput {
        /// The note.
        note_id: String,
    }

    /// `note_format`
    NoteFormatInput {
        /// The note.
        note_id: String,
        /// The format to switch to.
        to: String,
    }

    /// `note_confirm`
    NoteConfirmInput {
        /// The note.
        note_id: String,
        /// Sections confirmed with the text that was read; all that wait, as they stand, when empty.
        #[serde(default)]
        sections: BTreeMap<String, String>,
    }

    /// `note_resolve`
    NoteResolveInput {
        /// The note.
        note_id: String,
        /// The branch; the only open one when absent.
        #[serde(default)]
        #[ts(optional)]
        branch_id: Option<String>,
        /// The author's text by section; a section not named keeps what stands in the note.
        #[serde(default)]
        sections: BTreeMap<String, Edited>,
        /// The author's value by field.
        #[serde(default)]
        fields: BTreeMap<String, Edited>,
    }

    /// `note_choices`
    NoteChoicesInput {
        /// The note.
        note_id: String,
        /// The branch.
        branch_id: String,
        /// Everything that is chosen so far, by names of the caller's for the passages.
        choices: BTreeMap<String, PassageChoice>,
    }

    /// `note_sign`
    NoteSignInput {
        /// The note.
        note_id: String,
        /// The password, once more.
        password: String,
        /// The `content_hash` of the preview that was read: another content is not signed.
        #[serde(default)]
        #[ts(optional)]
        content_hash: Option<String>,
    }

    /// `note_restore`: put a kept text back.
    NoteRestoreInput {
        /// The note.
        note_id: String,
        /// The kept text.
        revision_id: String,
    }

    /// `note_void`
    NoteVoidInput {
        /// The note.
        note_id: String,
        /// Why.
        reason: String,
    }

    /// `addendum_write` and `addendum_typing`
    AddendumWriteInput {
        /// The signed note.
        note_id: String,
        /// The addendum; a new one when absent.
        #[serde(default)]
        #[ts(optional)]
        addendum_id: Option<String>,
        /// `addendum` (default) or `correction`.
        #[serde(default)]
        #[ts(optional)]
        kind: Option<String>,
        /// Words by section; a free addendum has the one section `addendum`.
        sections: BTreeMap<String, Edited>,
        /// Why it is made.
        #[serde(default)]
        reason: String,
    }

    /// `addendum_sign`
    AddendumSignInput {
        /// The addendum.
        addendum_id: String,
        /// The password, once more.
        password: String,
        /// Its texts by section as they were read: other words are not signed.
        #[serde(default)]
        #[ts(optional)]
        sections: Option<BTreeMap<String, String>>,
        /// Its reason as it was read.
        #[serde(default)]
        #[ts(optional)]
        reason: Option<String>,
    }

    /// `addendum_dismiss`
    AddendumDismissInput {
        /// The addendum.
        addendum_id: String,
        /// Why.
        reason: String,
        /// Its texts by section as they were read: other words are not set aside.
        #[serde(default)]
        #[ts(optional)]
        sections: Option<BTreeMap<String, String>>,
    }

    /// `diagnosis_add`
    DiagnosisAddInput {
        /// The client.
        client_id: String,
        /// ICD-10-CM code.
        code: String,
        /// Description; the classification's own when empty.
        #[serde(default)]
        description: String,
        /// 1 for primary.
        #[serde(default)]
        rank: u8,
        /// Since when; today when absent.
        #[serde(default)]
        #[ts(optional)]
        noted_on: Option<String>,
    }

    /// `diagnosis_end`
    DiagnosisEndInput {
        /// The diagnosis.
        diagnosis_id: String,
        /// Until when; today when absent.
        #[serde(default)]
        #[ts(optional)]
        ended_on: Option<String>,
    }

    /// `diagnosis_codes` and `search`
    SearchInput {
        /// What is sought.
        query: String,
        /// Most hits wanted; 20 when absent.
        #[serde(default)]
        #[ts(optional)]
        limit: Option<u32>,
    }

    /// `journal`
    JournalInput {
        /// Entries older than this number.
        #[serde(default)]
        #[ts(optional)]
        before: Option<i64>,
        /// Most entries wanted; 100 when absent.
        #[serde(default)]
        #[ts(optional)]
        limit: Option<u32>,
    }

    /// `journal_words` and `journal_review`
    EntryInput {
        /// The entry's number.
        #[ts(type = "number")]
        entry: i64,
    }

    /// `device_revoke`
    DeviceRevokeInput {
        /// The device.
        device_id: String,
        /// Why.
        reason: String,
    }

    /// `settings_save`
    SettingsInput {
        /// `system`, `light` or `dark`.
        theme: String,
        /// `system`, `more` or `less`.
        contrast: String,
        /// `system`, `reduced` or `full`.
        motion: String,
        /// Text size in percent, 50 to 200.
        zoom: u16,
        /// Minutes without input before the window locks.
        idle_lock_minutes: u8,
        /// `none` or `generic`.
        notifications: String,
        /// The format for new progress notes.
        default_format: String,
        /// Whether the caseload shows inactive clients.
        show_inactive: bool,
    }

    /// `quarantine_show`
    QuarantineInput {
        /// The note that the work was written for.
        note_id: String,
        /// Who wrote it.
        author_id: String,
    }

    /// `quarantine_accept` and `quarantine_return`
    QuarantineRuleInput {
        /// The note that the work was written for.
        note_id: String,
        /// Who wrote it.
        author_id: String,
        /// The pieces that are decided about: those that were shown.
        works: Vec<String>,
        /// Why.
        reason: String,
    }

    /// `open_video`
    OpenVideoInput {
        /// The appointment whose link is to be opened.
        appointment_id: String,
    }

    /// `import_preview` and `import_run`
    ImportInput {
        /// The file's text, CSV with a heading line.
        csv: String,
        /// Column to field; proposed by the application when empty.
        #[serde(default)]
        mapping: BTreeMap<String, String>,
    }
}
