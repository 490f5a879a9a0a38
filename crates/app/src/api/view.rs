//! What the application shows. Facts, not sentences: the front end chooses the words around them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

macro_rules! views {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }
    )*};
}

/// One of the six sync words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// "Saved on this device"
    Saved,
    /// "Waiting to sync"
    Waiting,
    /// "Syncing"
    Syncing,
    /// "Synced"
    Synced,
    /// "Failed"
    Failed,
    /// "Needs your review"
    Review,
}

/// Where a note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// No note yet (of an appointment).
    None,
    /// Being written.
    Draft,
    /// Nothing stands between it and its signature.
    Ready,
    /// Two texts to settle, or combined text to confirm.
    Conflict,
    /// Signed on this device; the server has not confirmed it.
    AwaitingReceipt,
    /// Signed and received.
    Signed,
    /// Entered in error.
    Voided,
}

/// What came of checking a signature on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// Content hash, signature and server receipt verify.
    Verified,
    /// Content hash and signature verify; no receipt yet.
    AwaitingReceipt,
    /// Something does not verify.
    Broken,
    /// The certificate of the key is not on this device.
    Unknown,
}

views! {
    /// What may be known before unlocking.
    ProfileView {
        /// Whether the device is enrolled.
        is_enrolled: bool,
        /// Whether it is unlocked.
        is_unlocked: bool,
        /// The practice's name.
        practice_name: String,
        /// The login.
        login: String,
        /// Where the device secret is: `keyring` or `file`.
        secret_place: String,
        /// Minutes without input before the window locks.
        idle_lock_minutes: u8,
        /// What a person should know where the practice has ended this device's access: what became of her words.
        access_ended: Option<String>,
        /// Whether damage was met in the profile's file: repairing it is to be offered.
        is_damaged: bool,
        /// What the user set last on this device.
        appearance: AppearanceView,
    }

    /// What repairing a damaged device came to.
    RebuildView {
        /// Changes that had not been sent and came back from the second copy.
        recovered: u32,
        /// Entries of the second copy that could not be read.
        unreadable: u32,
        /// Where the damaged files are kept; none where the file proved to be whole.
        kept_in: Option<String>,
        /// Whether the device is open. Else it opens with the password as soon as it reaches the server.
        is_unlocked: bool,
    }

    /// How the window looks, locked or not.
    AppearanceView {
        /// `system`, `light` or `dark`.
        theme: String,
        /// `system`, `more` or `less`.
        contrast: String,
        /// `system`, `reduced` or `full`.
        motion: String,
        /// Text size in percent, 50 to 200.
        zoom: u16,
    }

    /// Who is at work.
    Whoami {
        /// The user.
        user_id: String,
        /// Her name as printed.
        display_name: String,
        /// Her credential as printed.
        credential: String,
        /// Her login.
        login: String,
        /// Her roles today.
        roles: Vec<String>,
        /// The device.
        device_id: String,
        /// The practice.
        practice_id: String,
        /// The practice's name.
        practice_name: String,
        /// The practice's zone (IANA).
        zone: String,
        /// Today in the practice's zone.
        today: String,
        /// The clock in the practice's zone, `10:06`.
        clock: String,
        /// Minutes without input before the window locks.
        idle_lock_minutes: u8,
    }

    /// A person of the workforce.
    UserRow {
        /// The user.
        user_id: String,
        /// Her name as printed.
        display_name: String,
        /// Her credential as printed.
        credential: String,
        /// Her roles today.
        roles: Vec<String>,
    }

    /// Where sync stands.
    StatusView {
        /// The word over everything.
        state: SyncState,
        /// Whether the last try reached the server.
        is_online: bool,
        /// Whether a cycle is running.
        is_syncing: bool,
        /// Commands that the server has not confirmed.
        outbox: u32,
        /// When the oldest of them was made, RFC 3339.
        oldest_pending: Option<String>,
        /// When the last cycle ended well, RFC 3339.
        last_sync: Option<String>,
        /// The same in the practice's zone, `2026-11-21 10:06`.
        last_sync_civil: Option<String>,
        /// What a person should know: why the last try failed, or that a newer release is needed.
        message: Option<String>,
        /// Whether the message is to be shown though the device is offline: the server did not prove itself.
        alarm: bool,
        /// Notes whose word is not "synced", with their word; all notes where it was asked for.
        notes: BTreeMap<String, SyncState>,
        /// How many notes wait for a person.
        needs_review: u32,
        /// How many buckets are held and whole, and how many in all.
        buckets_ready: u32,
        /// How many buckets are known.
        buckets: u32,
        /// Whether the server wants a password before the next sync.
        sign_in_needed: bool,
    }

    /// What a sync came to.
    SyncReport {
        /// Commands processed.
        pushed: u32,
        /// Rows received.
        rows: u32,
        /// Pull answers applied.
        pages: u32,
        /// Buckets repaired row by row.
        repaired: u32,
        /// Whether everything there was to send and fetch is done.
        complete: bool,
        /// Whether this device was revoked and has been erased.
        revoked: bool,
        /// Status afterwards.
        status: StatusView,
    }

    /// A client in a list.
    ClientRow {
        /// The client.
        client_id: String,
        /// The name to show.
        name: String,
        /// Family name first, for order.
        sort_name: String,
        /// All names, folded, for finding.
        find: String,
        /// Pronouns.
        pronouns: String,
        /// Date of birth, if recorded.
        birth_date: Option<String>,
        /// Age in years today.
        age: Option<u32>,
        /// The practice's number.
        chart_number: String,
        /// `active`, `inactive`, `discharged` or `merged`.
        status: String,
        /// Names of the treating clinicians.
        clinicians: Vec<String>,
        /// Date of the last completed appointment.
        last_seen: Option<String>,
        /// Date and start of the next appointment, `2026-11-24 10:00`.
        next: Option<String>,
        /// Drafts of the user.
        drafts: u32,
        /// Drafts of the user that are overdue.
        overdue: u32,
        /// The word over the client's records.
        sync: SyncState,
    }

    /// A contact or guardian.
    ContactView {
        /// Its identifier.
        id: String,
        /// Name.
        name: String,
        /// Relationship.
        relationship: String,
        /// Telephone.
        phone: String,
        /// E-mail.
        email: String,
        /// To be called in an emergency.
        emergency: bool,
        /// Legal guardian.
        guardian: bool,
    }

    /// An insurance policy.
    InsuranceView {
        /// Its identifier.
        id: String,
        /// Payer.
        payer: String,
        /// Member identifier.
        member_id: String,
        /// Group number.
        group_number: String,
        /// Policy holder, if not the client.
        policy_holder: String,
        /// 1 for primary.
        rank: u8,
    }

    /// A fact that another device's change replaced unseen.
    ReplacedView {
        /// Which fact.
        field: String,
        /// The value replaced.
        value: String,
        /// By whom.
        by: String,
        /// When, RFC 3339.
        at: String,
        /// Whether whoever replaced it had not seen it.
        unseen: bool,
    }

    /// A diagnosis on the chart.
    DiagnosisView {
        /// Its identifier.
        diagnosis_id: String,
        /// ICD-10-CM code.
        code: String,
        /// Its description.
        description: String,
        /// 1 for primary.
        rank: u8,
        /// Since when.
        noted_on: String,
        /// Until when.
        ended_on: Option<String>,
    }

    /// An appointment.
    AppointmentView {
        /// Its identifier.
        appointment_id: String,
        /// The client.
        client_id: String,
        /// Her name; empty for a busy block.
        client_name: String,
        /// The clinician.
        clinician_id: String,
        /// Her name.
        clinician_name: String,
        /// Civil date.
        date: String,
        /// Wall-clock start.
        start: String,
        /// Wall-clock end.
        end: String,
        /// Zone of the wall clock.
        zone: String,
        /// What for.
        service: String,
        /// `in_person`, `video` or `phone`.
        modality: String,
        /// Where.
        place: String,
        /// Link of a video visit.
        video_link: String,
        /// `booked`, `checked_in`, `completed`, `cancelled`, `no_show`, or `busy` for a block without identity.
        status: String,
        /// Why it was cancelled.
        cancel_reason: String,
        /// Its note, newest first where there are several.
        note_id: Option<String>,
        /// Where that note stands.
        standing: Standing,
        /// The sync word.
        sync: SyncState,
        /// Whether the booking rests on something not held here and may still be refused.
        tentative: bool,
    }

    /// A note in a list.
    NoteRow {
        /// The note.
        note_id: String,
        /// The client.
        client_id: String,
        /// Her name.
        client_name: String,
        /// Type.
        note_type: String,
        /// Format.
        format: Option<String>,
        /// Heading, e.g. "Progress note (SOAP)".
        title: String,
        /// Author's name.
        author: String,
        /// Whether the user is the author.
        is_mine: bool,
        /// Date of service.
        service_date: Option<String>,
        /// Start and end of the service.
        start: Option<String>,
        /// End of the service.
        end: Option<String>,
        /// Where it stands.
        standing: Standing,
        /// When it is due, `2026-11-24`, while it is a draft.
        due: Option<String>,
        /// Hours until it is due by the practice's rule; negative when overdue.
        due_hours: Option<i64>,
        /// First words.
        gist: String,
        /// Unsigned addenda of the user.
        open_addenda: u32,
        /// The sync word.
        sync: SyncState,
    }

    /// A conflict in a list.
    ConflictRow {
        /// The note.
        note_id: String,
        /// The client.
        client_id: String,
        /// Her name.
        client_name: String,
        /// The note's heading.
        title: String,
        /// Date of service.
        service_date: Option<String>,
        /// `conflict` (choose), `combined` (confirm) or `late_entry` (sign or set aside).
        kind: String,
        /// Names of the sections in question.
        sections: Vec<String>,
    }

    /// The day.
    TodayView {
        /// The civil date in the practice's zone.
        date: String,
        /// The clock there.
        clock: String,
        /// The user's appointments of the day, in order.
        agenda: Vec<AppointmentView>,
        /// Her drafts, the most overdue first, at most 50.
        unsigned: Vec<NoteRow>,
        /// How many drafts she has in all.
        unsigned_count: u32,
        /// What waits for her decision.
        conflicts: Vec<ConflictRow>,
        /// How many notes of work in quarantine wait for a decision by somebody who holds their charts.
        quarantine: u32,
        /// Sync.
        status: StatusView,
    }

    /// A chart.
    ChartView {
        /// The client as listed.
        client: ClientRow,
        /// Scalar facts by field.
        facts: BTreeMap<String, String>,
        /// Contacts and guardians.
        contacts: Vec<ContactView>,
        /// Insurance.
        insurance: Vec<InsuranceView>,
        /// Facts replaced unseen.
        replaced: Vec<ReplacedView>,
        /// The record that this one was folded into.
        merged_into: Option<String>,
        /// Diagnoses, active first.
        diagnoses: Vec<DiagnosisView>,
        /// Appointments, newest first.
        appointments: Vec<AppointmentView>,
        /// Notes, newest first.
        notes: Vec<NoteRow>,
        /// Assignments, current first.
        assignments: Vec<AssignmentView>,
        /// Whether the clinical part is held and whole.
        clinical: String,
        /// When this device last heard of the server, civil: the chart is as of then.
        as_of: Option<String>,
        /// What the user may do here.
        may: MayView,
    }

    /// What the user may do in a chart.
    MayView {
        /// Edit demographics.
        edit: bool,
        /// Book.
        schedule: bool,
        /// Assign clinicians.
        assign: bool,
        /// Write notes.
        write: bool,
        /// Add and end diagnoses.
        diagnose: bool,
    }

    /// An assignment.
    AssignmentView {
        /// Its identifier.
        assignment_id: String,
        /// The clinician.
        clinician_id: String,
        /// Her name.
        clinician_name: String,
        /// `treating` or `covering`.
        reason: String,
        /// Since when.
        from: String,
        /// Last day, where it was said from the start: access ends with it by itself.
        until: Option<String>,
        /// The day on which it was ended by hand.
        ended_on: Option<String>,
        /// Whether it gives nothing any more.
        is_over: bool,
    }

    /// A section of a note.
    SectionView {
        /// Its key.
        key: String,
        /// Its heading.
        label: String,
        /// What belongs there.
        hint: String,
        /// Its words.
        text: String,
        /// Where it was pulled forward from, while untouched.
        pulled_from: Option<String>,
        /// Set while the text was combined by machine and waits to be confirmed.
        combined: Option<CombinedView>,
    }

    /// Combined text to confirm.
    CombinedView {
        /// Whose edit came in, e.g. "Office PC, 2026-11-21 10:07".
        from: String,
        /// The text in runs, with where each came from: `base`, `ours`, `theirs` or `both`.
        runs: Vec<RunView>,
    }

    /// A run of combined text.
    RunView {
        /// Where it came from.
        from: String,
        /// The words.
        text: String,
    }

    /// A choice of a field.
    ChoiceView {
        /// As it is kept.
        value: String,
        /// The words for it.
        label: String,
    }

    /// A scalar of a note.
    FieldView {
        /// Its key.
        key: String,
        /// Its label.
        label: String,
        /// `text`, `date`, `time`, `zone`, `choice` or `yes_no`.
        kind: String,
        /// Its value.
        value: String,
        /// What may be chosen.
        choices: Vec<ChoiceView>,
    }

    /// One line of the completeness list.
    FindingView {
        /// The rule.
        rule: String,
        /// `block` or `advice`.
        level: String,
        /// `section`, `field` or `note`.
        target: String,
        /// The key to jump to; empty for the note as a whole.
        key: String,
        /// What to do.
        message: String,
        /// A field that would do instead, such as the reason why there was none.
        or_field: Option<String>,
    }

    /// A passage of a conflict.
    PassageView {
        /// Its number within the section, from 0.
        index: u32,
        /// `same` or `differs`.
        kind: String,
        /// What both started from.
        base: String,
        /// What stands in the note.
        mine: String,
        /// What came in.
        theirs: String,
    }

    /// A section of a conflict.
    ConflictSectionView {
        /// The section's or field's key.
        key: String,
        /// Its heading.
        label: String,
        /// `section` or `field`.
        part: String,
        /// The passages; a field has one.
        passages: Vec<PassageView>,
        /// The whole text that stands in the note: what `note_resolve` names as `from`.
        current: String,
        /// The whole text that came in.
        incoming: String,
    }

    /// An open branch.
    BranchView {
        /// Its identifier.
        branch_id: String,
        /// Where the text in the note was written, e.g. "This laptop, 2026-11-21 10:06".
        mine_head: String,
        /// Where the text beside it was written.
        theirs_head: String,
        /// The sections in question.
        sections: Vec<ConflictSectionView>,
        /// What was chosen on this device so far, by whatever `note_choices` named the passages with.
        choices: BTreeMap<String, PassageChoice>,
    }

    /// What the author chose for a passage, not yet settled.
    PassageChoice {
        /// `mine`, `theirs` or `edited`.
        take: String,
        /// What she wrote instead; kept while she looks at the others.
        text: String,
    }

    /// A signature as shown.
    SignatureView {
        /// Who signed, as printed.
        printed_name: String,
        /// Credential as printed.
        credential: String,
        /// What it means.
        meaning: String,
        /// By the signer's device, RFC 3339.
        signed_at: String,
        /// The same on the wall clock of the signer, `2026-11-21 10:06`.
        signed_civil: String,
        /// The zone of that wall clock.
        zone: String,
        /// When the server received it, civil.
        received_civil: Option<String>,
        /// Content hash, hex.
        content_hash: String,
        /// What came of checking it here.
        verification: Verification,
    }

    /// An addendum.
    AddendumView {
        /// Its identifier.
        addendum_id: String,
        /// `addendum`, `correction` or `late_entry`.
        kind: String,
        /// `draft`, `signed` or `dismissed`.
        state: String,
        /// Its author's name.
        author: String,
        /// Whether the user is the author.
        is_mine: bool,
        /// Why it is made.
        reason: String,
        /// Its words.
        sections: Vec<SectionView>,
        /// For a late entry, how it differs from the signed text, by section.
        diffs: Vec<DiffView>,
        /// The device that wrote it.
        device: String,
        /// When, civil.
        written_civil: String,
        /// Why it was set aside.
        dismissed_because: String,
        /// The signature.
        signature: Option<SignatureView>,
    }

    /// A difference between two texts.
    DiffView {
        /// The section's key.
        key: String,
        /// Its heading.
        label: String,
        /// `same`, `removed` or `added` runs.
        runs: Vec<RunView>,
    }

    /// A note in full.
    NoteView {
        /// As listed.
        row: NoteRow,
        /// Draft revision.
        revision: u32,
        /// Sections in the order of writing.
        sections: Vec<SectionView>,
        /// Scalars.
        fields: Vec<FieldView>,
        /// Diagnoses named, in order.
        diagnoses: Vec<DiagnosisView>,
        /// Diagnoses on the chart that may be named.
        chart_diagnoses: Vec<DiagnosisView>,
        /// What is missing or advised.
        findings: Vec<FindingView>,
        /// How many rules there are for this note, met or not.
        rules: u32,
        /// Open branches.
        branches: Vec<BranchView>,
        /// The signature.
        signature: Option<SignatureView>,
        /// Addenda, oldest first.
        addenda: Vec<AddendumView>,
        /// What a signature of another addendum to it will say.
        addendum_statement: String,
        /// Signatures that the server could not accept, in words; what to do, while the note is a draft.
        refused_signatures: Vec<String>,
        /// Why it was entered in error.
        void_reason: Option<String>,
        /// The appointment.
        appointment: Option<AppointmentView>,
        /// The user's last note of this client before this one.
        previous_note_id: Option<String>,
        /// Whether the user may write in it now.
        is_editable: bool,
        /// Hash over all of the text, to see at a glance whether two devices agree, hex.
        text_hash: String,
    }

    /// A kept text.
    RevisionView {
        /// Its identifier.
        revision_id: String,
        /// The draft revision it belongs to.
        number: u32,
        /// `current`, `replaced` or `incoming`.
        kind: String,
        /// The device.
        device: String,
        /// When, civil.
        written_civil: String,
        /// The texts by section.
        sections: BTreeMap<String, String>,
        /// The scalars.
        fields: BTreeMap<String, String>,
    }

    /// The history of a draft, newest first.
    HistoryView {
        /// Kept texts.
        revisions: Vec<RevisionView>,
    }

    /// What signing would lock.
    SignPreview {
        /// What the signature would mean, in a sentence.
        statement: String,
        /// Name as printed.
        printed_name: String,
        /// Credential as printed.
        credential: String,
        /// The content, by heading.
        sections: Vec<RunView>,
        /// The diagnoses that are signed with it.
        diagnoses: Vec<DiagnosisView>,
        /// Content hash, hex.
        content_hash: String,
        /// What still stands in the way; empty when nothing does.
        blocking: Vec<FindingView>,
    }

    /// What a change came to on this device.
    ChangeView {
        /// The thing changed or made.
        id: String,
        /// `applied`, `merged`, `converted`, `parked` or `noop`.
        outcome: String,
        /// Whether it rests on something not held here.
        provisional: bool,
        /// The sync word.
        sync: SyncState,
    }

    /// A hit of a search.
    SearchHit {
        /// `note`, `addendum` or `client`.
        kind: String,
        /// The client.
        client_id: String,
        /// Her name.
        client_name: String,
        /// The note; of an addendum, its note.
        note_id: Option<String>,
        /// The note's heading.
        title: String,
        /// Date of service.
        service_date: Option<String>,
        /// A passage around the match.
        snippet: String,
    }

    /// An entry of the journal.
    JournalEntry {
        /// Its number.
        entry: i64,
        /// When, RFC 3339.
        at: String,
        /// The same in the practice's zone.
        at_civil: String,
        /// What was attempted, e.g. `note.patch`.
        name: String,
        /// `applied`, `merged`, `converted`, `parked`, `quarantined`, `noop`, `rejected` or `local`.
        outcome: String,
        /// What a person may read; no client's name.
        detail: String,
        /// The note, if it is about one.
        note_id: Option<String>,
        /// The client, if it is about one.
        client_id: Option<String>,
        /// Whether a person has to see to it.
        needs_review: bool,
    }

    /// A record that a restored server does not have, or has in other words, and that this device keeps aside.
    SetAsideView {
        /// Its kind: `note`, `note_version` …
        kind: String,
        /// Its identifier.
        record_id: String,
        /// The practice, user or client that it is about, if that is still known here.
        subject: Option<String>,
        /// When it was set aside, RFC 3339.
        at: String,
        /// The record as JSON.
        #[ts(type = "unknown")]
        record: serde_json::Value,
    }

    /// An unsent command, for keeping it outside.
    UnsentCommand {
        /// Its place.
        seq: i64,
        /// The command as JSON.
        #[ts(type = "unknown")]
        envelope: serde_json::Value,
    }

    /// A code of the classification.
    CodeRow {
        /// ICD-10-CM code.
        code: String,
        /// Description.
        description: String,
    }

    /// A device of the practice.
    DeviceRow {
        /// The device.
        device_id: String,
        /// Whose.
        user_name: String,
        /// What its user calls it.
        name: String,
        /// `active`, `draining` or `revoked`.
        status: String,
        /// Last contact, civil.
        last_contact: Option<String>,
        /// Unsent commands at last contact.
        unsent: u32,
        /// Whether it is this one.
        is_this: bool,
    }

    /// A settings form.
    SettingsView {
        /// `system`, `light` or `dark`.
        theme: String,
        /// `system`, `more` or `less`.
        contrast: String,
        /// `system`, `reduced` or `full`.
        motion: String,
        /// Text size in percent, 50 to 200.
        zoom: u16,
        /// Minutes without input before the window locks; never more than the practice allows.
        idle_lock_minutes: u8,
        /// `none` or `generic`.
        notifications: String,
        /// The format for new progress notes.
        default_format: String,
        /// Whether the caseload shows inactive clients.
        show_inactive: bool,
    }

    /// What importing a list would do, row by row.
    ImportPreview {
        /// The columns of the file.
        columns: Vec<String>,
        /// The proposed or given mapping, column to field.
        mapping: BTreeMap<String, String>,
        /// The rows.
        rows: Vec<ImportRow>,
        /// How many would be made.
        ready: u32,
        /// How many have errors.
        faulty: u32,
    }

    /// One row of an import.
    ImportRow {
        /// Its line in the file.
        line: u32,
        /// The name it would get.
        name: String,
        /// What is wrong; empty when nothing is.
        problems: Vec<String>,
        /// A client of the same name and birth date that is here already.
        duplicate_of: Option<String>,
        /// The facts it would have.
        facts: BTreeMap<String, String>,
    }

    /// What an import did.
    ImportReport {
        /// Clients made.
        created: u32,
        /// Lines left out, with why.
        skipped: Vec<ImportRow>,
    }

    /// Work that arrived after its author's access to the chart had ended.
    QuarantineView {
        /// What waits for a decision by somebody who holds the chart, what came first first.
        waiting: Vec<QuarantineRow>,
        /// What was decided in charts that are held here, the newest first, at most 50.
        decided: Vec<QuarantineRulingView>,
        /// What became of the user's own work, the newest first, at most 50.
        own: Vec<QuarantineNoticeView>,
    }

    /// One author's work on one note.
    QuarantineRow {
        /// The note that it was written for.
        note_id: String,
        /// The client.
        client_id: String,
        /// Her name.
        client_name: String,
        /// Who wrote it.
        author_id: String,
        /// Her name.
        author_name: String,
        /// Whether that is the user.
        is_mine: bool,
        /// The note's heading.
        title: String,
        /// Date of service, where it is known.
        service_date: Option<String>,
        /// How many pieces.
        pieces: u32,
        /// Names of the sections and fields that it writes in.
        sections: Vec<String>,
        /// When the last piece was written, by its device, civil.
        written_civil: String,
        /// When the first piece reached the practice, RFC 3339.
        received_at: String,
        /// The same, civil.
        received_civil: String,
    }

    /// One author's work on one note, with every word.
    QuarantinedView {
        /// What it is.
        row: QuarantineRow,
        /// How the note stands in the chart: `none`, `draft`, `signed` or `voided`.
        note_state: String,
        /// What it says in the end, section by section.
        texts: Vec<QuarantineTextView>,
        /// Every piece, in the order in which it was written.
        pieces: Vec<QuarantinePieceView>,
    }

    /// A text of such work.
    QuarantineTextView {
        /// The section's or field's name.
        label: String,
        /// `section` or `field`.
        part: String,
        /// What its author had seen before.
        from: String,
        /// What she wrote.
        text: String,
    }

    /// One piece of such work.
    QuarantinePieceView {
        /// Its identifier.
        work_id: String,
        /// The command's name, such as `note.patch`.
        name: String,
        /// When it was written, by its device, civil.
        written_civil: String,
        /// When it reached the practice, civil.
        received_civil: String,
        /// Its texts.
        texts: Vec<QuarantineTextView>,
        /// `accepted` or `returned`, once it is decided.
        ruling: Option<String>,
        /// As what it was accepted: `draft`, `combined`, `branch`, `addendum`, `kept_signature` or `nothing`.
        laid: Option<String>,
        /// Who decided.
        decided_by: Option<String>,
        /// When, civil.
        decided_civil: Option<String>,
        /// Why; empty while it waits.
        reason: String,
    }

    /// A decision about such work.
    QuarantineRulingView {
        /// The note.
        note_id: String,
        /// The client.
        client_id: String,
        /// Her name.
        client_name: String,
        /// Who wrote it.
        author_id: String,
        /// Her name.
        author_name: String,
        /// The note's heading.
        title: String,
        /// Date of service, where it is known.
        service_date: Option<String>,
        /// How many pieces.
        pieces: u32,
        /// `accepted` or `returned`.
        ruling: String,
        /// Who decided.
        decided_by: String,
        /// When, RFC 3339.
        at: String,
        /// The same, civil.
        at_civil: String,
        /// Why.
        reason: String,
    }

    /// What became of work of the user's own.
    QuarantineNoticeView {
        /// The piece of work.
        work_id: String,
        /// `accepted` or `returned`.
        ruling: String,
        /// Who decided.
        decided_by: String,
        /// When, civil.
        at_civil: String,
        /// When it was written, civil.
        written_civil: String,
    }

    /// The texts of notes to be proven readable elsewhere.
    Empty {}
}
