// Generated from crates/app/src/api by `cargo xtask types`. Do not edit.

export type Code = "malformed" | "locked" | "not_enrolled" | "already_enrolled" | "in_use" | "wrong_password" | "too_soon" | "sign_in_needed" | "sign_in_refused" | "keyring_unavailable" | "keyring_locked" | "device_secret_missing" | "file_not_allowed" | "wrong_recovery_key" | "not_this_profile" | "damaged" | "newer_schema" | "disk_full" | "storage" | "password_refused" | "not_found" | "not_allowed" | "invalid" | "not_author" | "already_signed" | "voided" | "open_conflict" | "unconfirmed" | "incomplete" | "content_changed" | "bad_signature" | "slot_taken" | "wrong_state" | "dependency_refused" | "unreachable" | "not_our_server" | "server_refused" | "internal";

export type FieldProblem = { 
/**
 * Its key.
 */
field: string, 
/**
 * What is wrong and what to do.
 */
message: string, };

export type ApiError = { 
/**
 * For callers.
 */
code: Code, 
/**
 * For people.
 */
message: string, 
/**
 * Where, if certain fields are at fault.
 */
field_errors: Array<FieldProblem>, 
/**
 * Whether the same call may succeed later.
 */
retryable: boolean, };

export type SyncState = "saved" | "waiting" | "syncing" | "synced" | "failed" | "review";

export type Standing = "none" | "draft" | "ready" | "conflict" | "awaiting_receipt" | "signed" | "voided";

export type Verification = "verified" | "awaiting_receipt" | "broken" | "unknown";

export type AppearanceView = { 
/**
 * `system`, `light` or `dark`.
 */
theme: string, 
/**
 * `system`, `more` or `less`.
 */
contrast: string, 
/**
 * `system`, `reduced` or `full`.
 */
motion: string, 
/**
 * Text size in percent, 50 to 200.
 */
zoom: number, };

export type ProfileView = { 
/**
 * Whether the device is enrolled.
 */
is_enrolled: boolean, 
/**
 * Whether it is unlocked.
 */
is_unlocked: boolean, 
/**
 * The practice's name.
 */
practice_name: string, 
/**
 * The login.
 */
login: string, 
/**
 * Where the device secret is: `keyring` or `file`.
 */
secret_place: string, 
/**
 * Minutes without input before the window locks.
 */
idle_lock_minutes: number, 
/**
 * What a person should know where the practice has ended this device's access: what became of her words.
 */
access_ended: string | null, 
/**
 * Whether damage was met in the profile's file: repairing it is to be offered.
 */
is_damaged: boolean, 
/**
 * What the user set last on this device.
 */
appearance: AppearanceView, };

export type RebuildView = { 
/**
 * Changes that had not been sent and came back from the second copy.
 */
recovered: number, 
/**
 * Entries of the second copy that could not be read.
 */
unreadable: number, 
/**
 * Where the damaged files are kept; none where the file proved to be whole.
 */
kept_in: string | null, 
/**
 * Whether the device is open. Else it opens with the password as soon as it reaches the server.
 */
is_unlocked: boolean, };

export type Whoami = { 
/**
 * The user.
 */
user_id: string, 
/**
 * Her name as printed.
 */
display_name: string, 
/**
 * Her credential as printed.
 */
credential: string, 
/**
 * Her login.
 */
login: string, 
/**
 * Her roles today.
 */
roles: Array<string>, 
/**
 * The device.
 */
device_id: string, 
/**
 * The practice.
 */
practice_id: string, 
/**
 * The practice's name.
 */
practice_name: string, 
/**
 * The practice's zone (IANA).
 */
zone: string, 
/**
 * Today in the practice's zone.
 */
today: string, 
/**
 * The clock in the practice's zone, `10:06`.
 */
clock: string, 
/**
 * Minutes without input before the window locks.
 */
idle_lock_minutes: number, };

export type UserRow = { 
/**
 * The user.
 */
user_id: string, 
/**
 * Her name as printed.
 */
display_name: string, 
/**
 * Her credential as printed.
 */
credential: string, 
/**
 * Her roles today.
 */
roles: Array<string>, };

export type StatusView = { 
/**
 * The word over everything.
 */
state: SyncState, 
/**
 * Whether the last try reached the server.
 */
is_online: boolean, 
/**
 * Whether a cycle is running.
 */
is_syncing: boolean, 
/**
 * Commands that the server has not confirmed.
 */
outbox: number, 
/**
 * When the oldest of them was made, RFC 3339.
 */
oldest_pending: string | null, 
/**
 * When the last cycle ended well, RFC 3339.
 */
last_sync: string | null, 
/**
 * The same in the practice's zone, `2026-11-21 10:06`.
 */
last_sync_civil: string | null, 
/**
 * What a person should know: why the last try failed, or that a newer release is needed.
 */
message: string | null, 
/**
 * Whether the message is to be shown though the device is offline: the server did not prove itself.
 */
alarm: boolean, 
/**
 * Notes whose word is not "synced", with their word; all notes where it was asked for.
 */
notes: { [key in string]: SyncState }, 
/**
 * How many notes wait for a person.
 */
needs_review: number, 
/**
 * How many buckets are held and whole, and how many in all.
 */
buckets_ready: number, 
/**
 * How many buckets are known.
 */
buckets: number, 
/**
 * Whether the server wants a password before the next sync.
 */
sign_in_needed: boolean, };

export type SyncReport = { 
/**
 * Commands processed.
 */
pushed: number, 
/**
 * Rows received.
 */
rows: number, 
/**
 * Pull answers applied.
 */
pages: number, 
/**
 * Buckets repaired row by row.
 */
repaired: number, 
/**
 * Whether everything there was to send and fetch is done.
 */
complete: boolean, 
/**
 * Whether this device was revoked and has been erased.
 */
revoked: boolean, 
/**
 * Status afterwards.
 */
status: StatusView, };

export type ClientRow = { 
/**
 * The client.
 */
client_id: string, 
/**
 * The name to show.
 */
name: string, 
/**
 * Family name first, for order.
 */
sort_name: string, 
/**
 * All names, folded, for finding.
 */
find: string, 
/**
 * Pronouns.
 */
pronouns: string, 
/**
 * Date of birth, if recorded.
 */
birth_date: string | null, 
/**
 * Age in years today.
 */
age: number | null, 
/**
 * The practice's number.
 */
chart_number: string, 
/**
 * `active`, `inactive`, `discharged` or `merged`.
 */
status: string, 
/**
 * Names of the treating clinicians.
 */
clinicians: Array<string>, 
/**
 * Date of the last completed appointment.
 */
last_seen: string | null, 
/**
 * Date and start of the next appointment, `2026-11-24 10:00`.
 */
next: string | null, 
/**
 * Drafts of the user.
 */
drafts: number, 
/**
 * Drafts of the user that are overdue.
 */
overdue: number, 
/**
 * The word over the client's records.
 */
sync: SyncState, };

export type ContactView = { 
/**
 * Its identifier.
 */
id: string, 
/**
 * Name.
 */
name: string, 
/**
 * Relationship.
 */
relationship: string, 
/**
 * Telephone.
 */
phone: string, 
/**
 * E-mail.
 */
email: string, 
/**
 * To be called in an emergency.
 */
emergency: boolean, 
/**
 * Legal guardian.
 */
guardian: boolean, };

export type InsuranceView = { 
/**
 * Its identifier.
 */
id: string, 
/**
 * Payer.
 */
payer: string, 
/**
 * Member identifier.
 */
member_id: string, 
/**
 * Group number.
 */
group_number: string, 
/**
 * Policy holder, if not the client.
 */
policy_holder: string, 
/**
 * 1 for primary.
 */
rank: number, };

export type ReplacedView = { 
/**
 * Which fact.
 */
field: string, 
/**
 * The value replaced.
 */
value: string, 
/**
 * By whom.
 */
by: string, 
/**
 * When, RFC 3339.
 */
at: string, 
/**
 * Whether whoever replaced it had not seen it.
 */
unseen: boolean, };

export type DiagnosisView = { 
/**
 * Its identifier.
 */
diagnosis_id: string, 
/**
 * ICD-10-CM code.
 */
code: string, 
/**
 * Its description.
 */
description: string, 
/**
 * 1 for primary.
 */
rank: number, 
/**
 * Since when.
 */
noted_on: string, 
/**
 * Until when.
 */
ended_on: string | null, };

export type AppointmentView = { 
/**
 * Its identifier.
 */
appointment_id: string, 
/**
 * The client.
 */
client_id: string, 
/**
 * Her name; empty for a busy block.
 */
client_name: string, 
/**
 * The clinician.
 */
clinician_id: string, 
/**
 * Her name.
 */
clinician_name: string, 
/**
 * Civil date.
 */
date: string, 
/**
 * Wall-clock start.
 */
start: string, 
/**
 * Wall-clock end.
 */
end: string, 
/**
 * Zone of the wall clock.
 */
zone: string, 
/**
 * What for.
 */
service: string, 
/**
 * `in_person`, `video` or `phone`.
 */
modality: string, 
/**
 * Where.
 */
place: string, 
/**
 * Link of a video visit.
 */
video_link: string, 
/**
 * `booked`, `checked_in`, `completed`, `cancelled`, `no_show`, or `busy` for a block without identity.
 */
status: string, 
/**
 * Why it was cancelled.
 */
cancel_reason: string, 
/**
 * Its note, newest first where there are several.
 */
note_id: string | null, 
/**
 * Where that note stands.
 */
standing: Standing, 
/**
 * The sync word.
 */
sync: SyncState, 
/**
 * Whether the booking rests on something not held here and may still be refused.
 */
tentative: boolean, };

export type NoteRow = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The client.
 */
client_id: string, 
/**
 * Her name.
 */
client_name: string, 
/**
 * Type.
 */
note_type: string, 
/**
 * Format.
 */
format: string | null, 
/**
 * Heading, e.g. "Progress note (SOAP)".
 */
title: string, 
/**
 * Author's name.
 */
author: string, 
/**
 * Whether the user is the author.
 */
is_mine: boolean, 
/**
 * Date of service.
 */
service_date: string | null, 
/**
 * Start and end of the service.
 */
start: string | null, 
/**
 * End of the service.
 */
end: string | null, 
/**
 * Where it stands.
 */
standing: Standing, 
/**
 * When it is due, `2026-11-24`, while it is a draft.
 */
due: string | null, 
/**
 * Hours until it is due by the practice's rule; negative when overdue.
 */
due_hours: bigint | null, 
/**
 * First words.
 */
gist: string, 
/**
 * Unsigned addenda of the user.
 */
open_addenda: number, 
/**
 * The sync word.
 */
sync: SyncState, };

export type ConflictRow = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The client.
 */
client_id: string, 
/**
 * Her name.
 */
client_name: string, 
/**
 * The note's heading.
 */
title: string, 
/**
 * Date of service.
 */
service_date: string | null, 
/**
 * `conflict` (choose), `combined` (confirm) or `late_entry` (sign or set aside).
 */
kind: string, 
/**
 * Names of the sections in question.
 */
sections: Array<string>, };

export type TodayView = { 
/**
 * The civil date in the practice's zone.
 */
date: string, 
/**
 * The clock there.
 */
clock: string, 
/**
 * The user's appointments of the day, in order.
 */
agenda: Array<AppointmentView>, 
/**
 * Her drafts, the most overdue first, at most 50.
 */
unsigned: Array<NoteRow>, 
/**
 * How many drafts she has in all.
 */
unsigned_count: number, 
/**
 * What waits for her decision.
 */
conflicts: Array<ConflictRow>, 
/**
 * How many notes of work in quarantine wait for a decision by somebody who holds their charts.
 */
quarantine: number, 
/**
 * Sync.
 */
status: StatusView, };

export type ChartView = { 
/**
 * The client as listed.
 */
client: ClientRow, 
/**
 * Scalar facts by field.
 */
facts: { [key in string]: string }, 
/**
 * Contacts and guardians.
 */
contacts: Array<ContactView>, 
/**
 * Insurance.
 */
insurance: Array<InsuranceView>, 
/**
 * Facts replaced unseen.
 */
replaced: Array<ReplacedView>, 
/**
 * The record that this one was folded into.
 */
merged_into: string | null, 
/**
 * Diagnoses, active first.
 */
diagnoses: Array<DiagnosisView>, 
/**
 * Appointments, newest first.
 */
appointments: Array<AppointmentView>, 
/**
 * Notes, newest first.
 */
notes: Array<NoteRow>, 
/**
 * Assignments, current first.
 */
assignments: Array<AssignmentView>, 
/**
 * Whether the clinical part is held and whole.
 */
clinical: string, 
/**
 * When this device last heard of the server, civil: the chart is as of then.
 */
as_of: string | null, 
/**
 * What the user may do here.
 */
may: MayView, };

export type MayView = { 
/**
 * Edit demographics.
 */
edit: boolean, 
/**
 * Book.
 */
schedule: boolean, 
/**
 * Assign clinicians.
 */
assign: boolean, 
/**
 * Write notes.
 */
write: boolean, 
/**
 * Add and end diagnoses.
 */
diagnose: boolean, };

export type AssignmentView = { 
/**
 * Its identifier.
 */
assignment_id: string, 
/**
 * The clinician.
 */
clinician_id: string, 
/**
 * Her name.
 */
clinician_name: string, 
/**
 * `treating` or `covering`.
 */
reason: string, 
/**
 * Since when.
 */
from: string, 
/**
 * Last day, where it was said from the start: access ends with it by itself.
 */
until: string | null, 
/**
 * The day on which it was ended by hand.
 */
ended_on: string | null, 
/**
 * Whether it gives nothing any more.
 */
is_over: boolean, };

export type SectionView = { 
/**
 * Its key.
 */
key: string, 
/**
 * Its heading.
 */
label: string, 
/**
 * What belongs there.
 */
hint: string, 
/**
 * Its words.
 */
text: string, 
/**
 * Where it was pulled forward from, while untouched.
 */
pulled_from: string | null, 
/**
 * Set while the text was combined by machine and waits to be confirmed.
 */
combined: CombinedView | null, };

export type CombinedView = { 
/**
 * Whose edit came in, e.g. "Office PC, 2026-11-21 10:07".
 */
from: string, 
/**
 * The text in runs, with where each came from: `base`, `ours`, `theirs` or `both`.
 */
runs: Array<RunView>, };

export type RunView = { 
/**
 * Where it came from.
 */
from: string, 
/**
 * The words.
 */
text: string, };

export type ChoiceView = { 
/**
 * As it is kept.
 */
value: string, 
/**
 * The words for it.
 */
label: string, };

export type FieldView = { 
/**
 * Its key.
 */
key: string, 
/**
 * Its label.
 */
label: string, 
/**
 * `text`, `date`, `time`, `zone`, `choice` or `yes_no`.
 */
kind: string, 
/**
 * Its value.
 */
value: string, 
/**
 * What may be chosen.
 */
choices: Array<ChoiceView>, };

export type FindingView = { 
/**
 * The rule.
 */
rule: string, 
/**
 * `block` or `advice`.
 */
level: string, 
/**
 * `section`, `field` or `note`.
 */
target: string, 
/**
 * The key to jump to; empty for the note as a whole.
 */
key: string, 
/**
 * What to do.
 */
message: string, 
/**
 * A field that would do instead, such as the reason why there was none.
 */
or_field: string | null, };

export type PassageView = { 
/**
 * Its number within the section, from 0.
 */
index: number, 
/**
 * `same` or `differs`.
 */
kind: string, 
/**
 * What both started from.
 */
base: string, 
/**
 * What stands in the note.
 */
mine: string, 
/**
 * What came in.
 */
theirs: string, };

export type ConflictSectionView = { 
/**
 * The section's or field's key.
 */
key: string, 
/**
 * Its heading.
 */
label: string, 
/**
 * `section` or `field`.
 */
part: string, 
/**
 * The passages; a field has one.
 */
passages: Array<PassageView>, 
/**
 * The whole text that stands in the note: what `note_resolve` names as `from`.
 */
current: string, 
/**
 * The whole text that came in.
 */
incoming: string, };

export type BranchView = { 
/**
 * Its identifier.
 */
branch_id: string, 
/**
 * Where the text in the note was written, e.g. "This laptop, 2026-11-21 10:06".
 */
mine_head: string, 
/**
 * Where the text beside it was written.
 */
theirs_head: string, 
/**
 * The sections in question.
 */
sections: Array<ConflictSectionView>, 
/**
 * What was chosen on this device so far, by whatever `note_choices` named the passages with.
 */
choices: { [key in string]: PassageChoice }, };

export type PassageChoice = { 
/**
 * `mine`, `theirs` or `edited`.
 */
take: string, 
/**
 * What she wrote instead; kept while she looks at the others.
 */
text: string, };

export type SignatureView = { 
/**
 * Who signed, as printed.
 */
printed_name: string, 
/**
 * Credential as printed.
 */
credential: string, 
/**
 * What it means.
 */
meaning: string, 
/**
 * By the signer's device, RFC 3339.
 */
signed_at: string, 
/**
 * The same on the wall clock of the signer, `2026-11-21 10:06`.
 */
signed_civil: string, 
/**
 * The zone of that wall clock.
 */
zone: string, 
/**
 * When the server received it, civil.
 */
received_civil: string | null, 
/**
 * Content hash, hex.
 */
content_hash: string, 
/**
 * What came of checking it here.
 */
verification: Verification, };

export type AddendumView = { 
/**
 * Its identifier.
 */
addendum_id: string, 
/**
 * `addendum`, `correction` or `late_entry`.
 */
kind: string, 
/**
 * `draft`, `signed` or `dismissed`.
 */
state: string, 
/**
 * Its author's name.
 */
author: string, 
/**
 * Whether the user is the author.
 */
is_mine: boolean, 
/**
 * Why it is made.
 */
reason: string, 
/**
 * Its words.
 */
sections: Array<SectionView>, 
/**
 * For a late entry, how it differs from the signed text, by section.
 */
diffs: Array<DiffView>, 
/**
 * The device that wrote it.
 */
device: string, 
/**
 * When, civil.
 */
written_civil: string, 
/**
 * Why it was set aside.
 */
dismissed_because: string, 
/**
 * The signature.
 */
signature: SignatureView | null, };

export type DiffView = { 
/**
 * The section's key.
 */
key: string, 
/**
 * Its heading.
 */
label: string, 
/**
 * `same`, `removed` or `added` runs.
 */
runs: Array<RunView>, };

export type NoteView = { 
/**
 * As listed.
 */
row: NoteRow, 
/**
 * Draft revision.
 */
revision: number, 
/**
 * Sections in the order of writing.
 */
sections: Array<SectionView>, 
/**
 * Scalars.
 */
fields: Array<FieldView>, 
/**
 * Diagnoses named, in order.
 */
diagnoses: Array<DiagnosisView>, 
/**
 * Diagnoses on the chart that may be named.
 */
chart_diagnoses: Array<DiagnosisView>, 
/**
 * What is missing or advised.
 */
findings: Array<FindingView>, 
/**
 * How many rules there are for this note, met or not.
 */
rules: number, 
/**
 * Open branches.
 */
branches: Array<BranchView>, 
/**
 * The signature.
 */
signature: SignatureView | null, 
/**
 * Addenda, oldest first.
 */
addenda: Array<AddendumView>, 
/**
 * What a signature of another addendum to it will say.
 */
addendum_statement: string, 
/**
 * Signatures that the server could not accept, in words; what to do, while the note is a draft.
 */
refused_signatures: Array<string>, 
/**
 * Why it was entered in error.
 */
void_reason: string | null, 
/**
 * The appointment.
 */
appointment: AppointmentView | null, 
/**
 * The user's last note of this client before this one.
 */
previous_note_id: string | null, 
/**
 * Whether the user may write in it now.
 */
is_editable: boolean, 
/**
 * Hash over all of the text, to see at a glance whether two devices agree, hex.
 */
text_hash: string, };

export type RevisionView = { 
/**
 * Its identifier.
 */
revision_id: string, 
/**
 * The draft revision it belongs to.
 */
number: number, 
/**
 * `current`, `replaced` or `incoming`.
 */
kind: string, 
/**
 * The device.
 */
device: string, 
/**
 * When, civil.
 */
written_civil: string, 
/**
 * The texts by section.
 */
sections: { [key in string]: string }, 
/**
 * The scalars.
 */
fields: { [key in string]: string }, };

export type HistoryView = { 
/**
 * Kept texts.
 */
revisions: Array<RevisionView>, };

export type SignPreview = { 
/**
 * What the signature would mean, in a sentence.
 */
statement: string, 
/**
 * Name as printed.
 */
printed_name: string, 
/**
 * Credential as printed.
 */
credential: string, 
/**
 * The content, by heading.
 */
sections: Array<RunView>, 
/**
 * The diagnoses that are signed with it.
 */
diagnoses: Array<DiagnosisView>, 
/**
 * Content hash, hex.
 */
content_hash: string, 
/**
 * What still stands in the way; empty when nothing does.
 */
blocking: Array<FindingView>, };

export type ChangeView = { 
/**
 * The thing changed or made.
 */
id: string, 
/**
 * `applied`, `merged`, `converted`, `parked` or `noop`.
 */
outcome: string, 
/**
 * Whether it rests on something not held here.
 */
provisional: boolean, 
/**
 * The sync word.
 */
sync: SyncState, };

export type SearchHit = { 
/**
 * `note`, `addendum` or `client`.
 */
kind: string, 
/**
 * The client.
 */
client_id: string, 
/**
 * Her name.
 */
client_name: string, 
/**
 * The note; of an addendum, its note.
 */
note_id: string | null, 
/**
 * The note's heading.
 */
title: string, 
/**
 * Date of service.
 */
service_date: string | null, 
/**
 * A passage around the match.
 */
snippet: string, };

export type JournalEntry = { 
/**
 * Its number.
 */
entry: bigint, 
/**
 * When, RFC 3339.
 */
at: string, 
/**
 * The same in the practice's zone.
 */
at_civil: string, 
/**
 * What was attempted, e.g. `note.patch`.
 */
name: string, 
/**
 * `applied`, `merged`, `converted`, `parked`, `quarantined`, `noop`, `rejected` or `local`.
 */
outcome: string, 
/**
 * What a person may read; no client's name.
 */
detail: string, 
/**
 * The note, if it is about one.
 */
note_id: string | null, 
/**
 * The client, if it is about one.
 */
client_id: string | null, 
/**
 * Whether a person has to see to it.
 */
needs_review: boolean, };

export type SetAsideView = { 
/**
 * Its kind: `note`, `note_version` …
 */
kind: string, 
/**
 * Its identifier.
 */
record_id: string, 
/**
 * The practice, user or client that it is about, if that is still known here.
 */
subject: string | null, 
/**
 * When it was set aside, RFC 3339.
 */
at: string, 
/**
 * The record as JSON.
 */
record: unknown, };

export type UnsentCommand = { 
/**
 * Its place.
 */
seq: bigint, 
/**
 * The command as JSON.
 */
envelope: unknown, };

export type CodeRow = { 
/**
 * ICD-10-CM code.
 */
code: string, 
/**
 * Description.
 */
description: string, };

export type DeviceRow = { 
/**
 * The device.
 */
device_id: string, 
/**
 * Whose.
 */
user_name: string, 
/**
 * What its user calls it.
 */
name: string, 
/**
 * `active`, `draining` or `revoked`.
 */
status: string, 
/**
 * Last contact, civil.
 */
last_contact: string | null, 
/**
 * Unsent commands at last contact.
 */
unsent: number, 
/**
 * Whether it is this one.
 */
is_this: boolean, };

export type SettingsView = { 
/**
 * `system`, `light` or `dark`.
 */
theme: string, 
/**
 * `system`, `more` or `less`.
 */
contrast: string, 
/**
 * `system`, `reduced` or `full`.
 */
motion: string, 
/**
 * Text size in percent, 50 to 200.
 */
zoom: number, 
/**
 * Minutes without input before the window locks; never more than the practice allows.
 */
idle_lock_minutes: number, 
/**
 * `none` or `generic`.
 */
notifications: string, 
/**
 * The format for new progress notes.
 */
default_format: string, 
/**
 * Whether the caseload shows inactive clients.
 */
show_inactive: boolean, };

export type ImportPreview = { 
/**
 * The columns of the file.
 */
columns: Array<string>, 
/**
 * The proposed or given mapping, column to field.
 */
mapping: { [key in string]: string }, 
/**
 * The rows.
 */
rows: Array<ImportRow>, 
/**
 * How many would be made.
 */
ready: number, 
/**
 * How many have errors.
 */
faulty: number, };

export type ImportRow = { 
/**
 * Its line in the file.
 */
line: number, 
/**
 * The name it would get.
 */
name: string, 
/**
 * What is wrong; empty when nothing is.
 */
problems: Array<string>, 
/**
 * A client of the same name and birth date that is here already.
 */
duplicate_of: string | null, 
/**
 * The facts it would have.
 */
facts: { [key in string]: string }, };

export type ImportReport = { 
/**
 * Clients made.
 */
created: number, 
/**
 * Lines left out, with why.
 */
skipped: Array<ImportRow>, };

export type QuarantineView = { 
/**
 * What waits for a decision by somebody who holds the chart, what came first first.
 */
waiting: Array<QuarantineRow>, 
/**
 * What was decided in charts that are held here, the newest first, at most 50.
 */
decided: Array<QuarantineRulingView>, 
/**
 * What became of the user's own work, the newest first, at most 50.
 */
own: Array<QuarantineNoticeView>, };

export type QuarantineRow = { 
/**
 * The note that it was written for.
 */
note_id: string, 
/**
 * The client.
 */
client_id: string, 
/**
 * Her name.
 */
client_name: string, 
/**
 * Who wrote it.
 */
author_id: string, 
/**
 * Her name.
 */
author_name: string, 
/**
 * Whether that is the user.
 */
is_mine: boolean, 
/**
 * The note's heading.
 */
title: string, 
/**
 * Date of service, where it is known.
 */
service_date: string | null, 
/**
 * How many pieces.
 */
pieces: number, 
/**
 * Names of the sections and fields that it writes in.
 */
sections: Array<string>, 
/**
 * When the last piece was written, by its device, civil.
 */
written_civil: string, 
/**
 * When the first piece reached the practice, RFC 3339.
 */
received_at: string, 
/**
 * The same, civil.
 */
received_civil: string, };

export type QuarantinedView = { 
/**
 * What it is.
 */
row: QuarantineRow, 
/**
 * How the note stands in the chart: `none`, `draft`, `signed` or `voided`.
 */
note_state: string, 
/**
 * What it says in the end, section by section.
 */
texts: Array<QuarantineTextView>, 
/**
 * Every piece, in the order in which it was written.
 */
pieces: Array<QuarantinePieceView>, };

export type QuarantineTextView = { 
/**
 * The section's or field's name.
 */
label: string, 
/**
 * `section` or `field`.
 */
part: string, 
/**
 * What its author had seen before.
 */
from: string, 
/**
 * What she wrote.
 */
text: string, };

export type QuarantinePieceView = { 
/**
 * Its identifier.
 */
work_id: string, 
/**
 * The command's name, such as `note.patch`.
 */
name: string, 
/**
 * When it was written, by its device, civil.
 */
written_civil: string, 
/**
 * When it reached the practice, civil.
 */
received_civil: string, 
/**
 * Its texts.
 */
texts: Array<QuarantineTextView>, 
/**
 * `accepted` or `returned`, once it is decided.
 */
ruling: string | null, 
/**
 * As what it was accepted: `draft`, `combined`, `branch`, `addendum`, `kept_signature` or `nothing`.
 */
laid: string | null, 
/**
 * Who decided.
 */
decided_by: string | null, 
/**
 * When, civil.
 */
decided_civil: string | null, 
/**
 * Why; empty while it waits.
 */
reason: string, };

export type QuarantineRulingView = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The client.
 */
client_id: string, 
/**
 * Her name.
 */
client_name: string, 
/**
 * Who wrote it.
 */
author_id: string, 
/**
 * Her name.
 */
author_name: string, 
/**
 * The note's heading.
 */
title: string, 
/**
 * Date of service, where it is known.
 */
service_date: string | null, 
/**
 * How many pieces.
 */
pieces: number, 
/**
 * `accepted` or `returned`.
 */
ruling: string, 
/**
 * Who decided.
 */
decided_by: string, 
/**
 * When, RFC 3339.
 */
at: string, 
/**
 * The same, civil.
 */
at_civil: string, 
/**
 * Why.
 */
reason: string, };

export type QuarantineNoticeView = { 
/**
 * The piece of work.
 */
work_id: string, 
/**
 * `accepted` or `returned`.
 */
ruling: string, 
/**
 * Who decided.
 */
decided_by: string, 
/**
 * When, civil.
 */
at_civil: string, 
/**
 * When it was written, civil.
 */
written_civil: string, };

export type Empty = Record<symbol, never>;

export type Edited = string | { 
/**
 * What stood there when she began.
 */
from: string, 
/**
 * What it becomes.
 */
to: string, };

export type Nothing = Record<symbol, never>;

export type EnrolInput = { 
/**
 * The enrolment code.
 */
code: string, 
/**
 * The password, or the one to set.
 */
password: string, 
/**
 * What to call this device.
 */
device_name: string, 
/**
 * `keyring` (default), or `file` where the practice allows it.
 */
secret_place?: string, };

export type UnlockInput = { 
/**
 * The password that this device opens with.
 */
password: string, 
/**
 * The one that the practice's server knows, where it is another since: after `sign_in_refused`.
 */
server_password: string | null, };

export type RecoverInput = { 
/**
 * The recovery key as printed.
 */
recovery_key: string, 
/**
 * The new password.
 */
new_password: string, };

export type SignInInput = { 
/**
 * The password.
 */
password: string, 
/**
 * A reset code from the practice, where the password was forgotten.
 */
reset_code?: string, };

export type PasswordChangeInput = { 
/**
 * The password in force.
 */
current: string, 
/**
 * The new one.
 */
new: string, };

export type SyncInput = { 
/**
 * Stop after this many pull answers.
 */
pages?: number, 
/**
 * Rows to ask for at a time, 100 to 5000.
 */
rows?: number, };

export type StatusInput = { 
/**
 * Whether to name the word of every note, not only of those that are not synced.
 */
all_notes: boolean, };

export type ClientsInput = { 
/**
 * Only those whose names or chart number hold this.
 */
query: string, 
/**
 * Whether inactive, discharged and merged ones are wanted.
 */
include_inactive: boolean, };

export type ClientInput = { 
/**
 * The client.
 */
client_id: string, };

export type ContactInput = { 
/**
 * Its identifier; a new contact has none.
 */
id?: string, 
/**
 * Name.
 */
name: string, 
/**
 * Relationship.
 */
relationship: string, 
/**
 * Telephone.
 */
phone: string, 
/**
 * E-mail.
 */
email: string, 
/**
 * To be called in an emergency.
 */
emergency: boolean, 
/**
 * Legal guardian.
 */
guardian: boolean, };

export type InsuranceInput = { 
/**
 * Its identifier; a new policy has none.
 */
id?: string, 
/**
 * Payer.
 */
payer: string, 
/**
 * Member identifier.
 */
member_id: string, 
/**
 * Group number.
 */
group_number: string, 
/**
 * Policy holder, if not the client.
 */
policy_holder: string, 
/**
 * 1 for primary.
 */
rank: number, };

export type ClientCreateInput = { 
/**
 * Facts by field: `given_name`, `family_name`, `preferred_name`, `pronouns`, `birth_date`, `gender`, `phone`,
 * `email`, `address`, `language`, `chart_number`, `referral_note`.
 */
facts: { [key in string]: string }, 
/**
 * Contacts and guardians.
 */
contacts: Array<ContactInput>, 
/**
 * Insurance.
 */
insurance: Array<InsuranceInput>, 
/**
 * Who treats her; a clinician is assigned herself when this is absent.
 */
assign_to?: string, };

export type ClientUpdateInput = { 
/**
 * The client.
 */
client_id: string, 
/**
 * Facts that change.
 */
facts: { [key in string]: Edited }, 
/**
 * Contacts added or changed.
 */
put_contacts: Array<ContactInput>, 
/**
 * Contacts removed.
 */
remove_contacts: Array<string>, 
/**
 * Policies added or changed.
 */
put_insurance: Array<InsuranceInput>, 
/**
 * Policies removed.
 */
remove_insurance: Array<string>, };

export type ClientMergeInput = { 
/**
 * The record to fold in.
 */
from: string, 
/**
 * The record that stays.
 */
into: string, 
/**
 * Why.
 */
reason: string, };

export type CaseloadAssignInput = { 
/**
 * The client.
 */
client_id: string, 
/**
 * The clinician.
 */
clinician_id: string, 
/**
 * `treating` (default) or `covering`.
 */
reason?: string, 
/**
 * First civil day; today when absent.
 */
from?: string, 
/**
 * Last civil day: access ends with it by itself.
 */
until?: string, };

export type CaseloadUnassignInput = { 
/**
 * The client.
 */
client_id: string, 
/**
 * The assignment.
 */
assignment_id: string, };

export type AppointmentBookInput = { 
/**
 * The client.
 */
client_id: string, 
/**
 * The clinician; the user herself when absent.
 */
clinician_id?: string, 
/**
 * Civil date.
 */
date: string, 
/**
 * Wall-clock start.
 */
start: string, 
/**
 * Wall-clock end.
 */
end: string, 
/**
 * Zone; the practice's when absent.
 */
zone?: string, 
/**
 * What for.
 */
service: string, 
/**
 * `in_person` (default), `video` or `phone`.
 */
modality?: string, 
/**
 * Where.
 */
place: string, 
/**
 * Link of a video visit.
 */
video_link: string, 
/**
 * Deliberately beside another appointment.
 */
overlap_allowed: boolean, };

export type AppointmentMoveInput = { 
/**
 * The appointment.
 */
appointment_id: string, 
/**
 * New civil date.
 */
date: string, 
/**
 * New start.
 */
start: string, 
/**
 * New end.
 */
end: string, 
/**
 * Deliberately beside another appointment.
 */
overlap_allowed: boolean, };

export type AppointmentCancelInput = { 
/**
 * The appointment.
 */
appointment_id: string, 
/**
 * Why.
 */
reason: string, };

export type AppointmentProgressInput = { 
/**
 * The appointment.
 */
appointment_id: string, 
/**
 * `checked_in`, `completed`, `no_show` or `booked` (to undo).
 */
to: string, };

export type AgendaInput = { 
/**
 * First civil date.
 */
from: string, 
/**
 * Last civil date.
 */
to: string, 
/**
 * Whose; the user's own when absent.
 */
clinician_id?: string, };

export type NoteCreateInput = { 
/**
 * The client; may be left out with an appointment.
 */
client_id?: string, 
/**
 * The appointment to document.
 */
appointment_id?: string, 
/**
 * `intake`, `progress` (default), `contact` or `missed`.
 */
note_type?: string, 
/**
 * `soap`, `dap`, `birp`, `girp` or `narrative`; the user's own default when absent.
 */
format?: string, 
/**
 * Words to begin with, by section.
 */
sections: { [key in string]: string }, 
/**
 * Scalars to begin with.
 */
fields: { [key in string]: string }, };

export type NotePatchInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * Sections that change.
 */
sections: { [key in string]: Edited }, 
/**
 * Scalars that change.
 */
fields: { [key in string]: Edited }, 
/**
 * Diagnoses to name.
 */
add_diagnoses: Array<string>, 
/**
 * Diagnoses no longer to name.
 */
remove_diagnoses: Array<string>, 
/**
 * Sections pulled forward, with the note they come from.
 */
pulled_forward: { [key in string]: string }, };

export type NoteInput = { 
/**
 * The note.
 */
note_id: string, };

export type NoteFormatInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The format to switch to.
 */
to: string, };

export type NoteConfirmInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * Sections confirmed with the text that was read; all that wait, as they stand, when empty.
 */
sections: { [key in string]: string }, };

export type NoteResolveInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The branch; the only open one when absent.
 */
branch_id?: string, 
/**
 * The author's text by section; a section not named keeps what stands in the note.
 */
sections: { [key in string]: Edited }, 
/**
 * The author's value by field.
 */
fields: { [key in string]: Edited }, };

export type NoteSignInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The password, once more.
 */
password: string, 
/**
 * The `content_hash` of the preview that was read: another content is not signed.
 */
content_hash?: string, };

export type NoteChoicesInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The branch.
 */
branch_id: string, 
/**
 * Everything that is chosen so far, by names of the caller's for the passages.
 */
choices: { [key in string]: PassageChoice }, };

export type NoteRestoreInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * The kept text.
 */
revision_id: string, };

export type NoteVoidInput = { 
/**
 * The note.
 */
note_id: string, 
/**
 * Why.
 */
reason: string, };

export type AddendumWriteInput = { 
/**
 * The signed note.
 */
note_id: string, 
/**
 * The addendum; a new one when absent.
 */
addendum_id?: string, 
/**
 * `addendum` (default) or `correction`.
 */
kind?: string, 
/**
 * Words by section; a free addendum has the one section `addendum`.
 */
sections: { [key in string]: Edited }, 
/**
 * Why it is made.
 */
reason: string, };

export type AddendumSignInput = { 
/**
 * The addendum.
 */
addendum_id: string, 
/**
 * The password, once more.
 */
password: string, 
/**
 * Its texts by section as they were read: other words are not signed.
 */
sections?: { [key in string]: string }, 
/**
 * Its reason as it was read.
 */
reason?: string, };

export type AddendumDismissInput = { 
/**
 * The addendum.
 */
addendum_id: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Its texts by section as they were read: other words are not set aside.
 */
sections?: { [key in string]: string }, };

export type DiagnosisAddInput = { 
/**
 * The client.
 */
client_id: string, 
/**
 * ICD-10-CM code.
 */
code: string, 
/**
 * Description; the classification's own when empty.
 */
description: string, 
/**
 * 1 for primary.
 */
rank: number, 
/**
 * Since when; today when absent.
 */
noted_on?: string, };

export type DiagnosisEndInput = { 
/**
 * The diagnosis.
 */
diagnosis_id: string, 
/**
 * Until when; today when absent.
 */
ended_on?: string, };

export type SearchInput = { 
/**
 * What is sought.
 */
query: string, 
/**
 * Most hits wanted; 20 when absent.
 */
limit?: number, };

export type JournalInput = { 
/**
 * Entries older than this number.
 */
before?: bigint, 
/**
 * Most entries wanted; 100 when absent.
 */
limit?: number, };

export type EntryInput = { 
/**
 * The entry's number.
 */
entry: number, };

export type DeviceRevokeInput = { 
/**
 * The device.
 */
device_id: string, 
/**
 * Why.
 */
reason: string, };

export type SettingsInput = { 
/**
 * `system`, `light` or `dark`.
 */
theme: string, 
/**
 * `system`, `more` or `less`.
 */
contrast: string, 
/**
 * `system`, `reduced` or `full`.
 */
motion: string, 
/**
 * Text size in percent, 50 to 200.
 */
zoom: number, 
/**
 * Minutes without input before the window locks.
 */
idle_lock_minutes: number, 
/**
 * `none` or `generic`.
 */
notifications: string, 
/**
 * The format for new progress notes.
 */
default_format: string, 
/**
 * Whether the caseload shows inactive clients.
 */
show_inactive: boolean, };

export type ImportInput = { 
/**
 * The file's text, CSV with a heading line.
 */
csv: string, 
/**
 * Column to field; proposed by the application when empty.
 */
mapping: { [key in string]: string }, };

export type OpenVideoInput = { 
/**
 * The appointment whose link is to be opened.
 */
appointment_id: string, };

export type QuarantineInput = { 
/**
 * The note that the work was written for.
 */
note_id: string, 
/**
 * Who wrote it.
 */
author_id: string, };

export type QuarantineRuleInput = { 
/**
 * The note that the work was written for.
 */
note_id: string, 
/**
 * Who wrote it.
 */
author_id: string, 
/**
 * The pieces that are decided about: those that were shown.
 */
works: Array<string>, 
/**
 * Why.
 */
reason: string, };

export type Tag = 'profile' | 'status' | 'clients' | 'chart' | 'agenda' | 'notes' | 'note' | 'search' | 'journal' | 'settings' | 'devices' | 'users' | 'quarantine';

export interface Calls {
  profile: { input: Nothing; output: ProfileView };
  enrol: { input: EnrolInput; output: Whoami };
  unlock: { input: UnlockInput; output: Whoami };
  rebuild: { input: UnlockInput; output: RebuildView };
  recover: { input: RecoverInput; output: Whoami };
  lock: { input: Nothing; output: Empty };
  whoami: { input: Nothing; output: Whoami };
  sign_in: { input: SignInInput; output: StatusView };
  password_change: { input: PasswordChangeInput; output: Empty };
  sync: { input: SyncInput; output: SyncReport };
  status: { input: StatusInput; output: StatusView };
  today: { input: Nothing; output: TodayView };
  clients: { input: ClientsInput; output: Array<ClientRow> };
  chart: { input: ClientInput; output: ChartView };
  client_create: { input: ClientCreateInput; output: ChangeView };
  client_update: { input: ClientUpdateInput; output: ChangeView };
  client_merge: { input: ClientMergeInput; output: ChangeView };
  caseload_assign: { input: CaseloadAssignInput; output: ChangeView };
  caseload_unassign: { input: CaseloadUnassignInput; output: ChangeView };
  users: { input: Nothing; output: Array<UserRow> };
  agenda: { input: AgendaInput; output: Array<AppointmentView> };
  appointment_book: { input: AppointmentBookInput; output: ChangeView };
  appointment_move: { input: AppointmentMoveInput; output: ChangeView };
  appointment_cancel: { input: AppointmentCancelInput; output: ChangeView };
  appointment_progress: { input: AppointmentProgressInput; output: ChangeView };
  open_video: { input: OpenVideoInput; output: Empty };
  note_create: { input: NoteCreateInput; output: ChangeView };
  note_show: { input: NoteInput; output: NoteView };
  note_typing: { input: NotePatchInput; output: ChangeView };
  note_patch: { input: NotePatchInput; output: ChangeView };
  note_history: { input: NoteInput; output: HistoryView };
  note_restore: { input: NoteRestoreInput; output: ChangeView };
  note_format: { input: NoteFormatInput; output: ChangeView };
  note_confirm: { input: NoteConfirmInput; output: ChangeView };
  note_resolve: { input: NoteResolveInput; output: ChangeView };
  note_choices: { input: NoteChoicesInput; output: Empty };
  note_preview: { input: NoteInput; output: SignPreview };
  note_sign: { input: NoteSignInput; output: ChangeView };
  note_void: { input: NoteVoidInput; output: ChangeView };
  addendum_typing: { input: AddendumWriteInput; output: ChangeView };
  addendum_write: { input: AddendumWriteInput; output: ChangeView };
  addendum_sign: { input: AddendumSignInput; output: ChangeView };
  addendum_dismiss: { input: AddendumDismissInput; output: ChangeView };
  diagnosis_add: { input: DiagnosisAddInput; output: ChangeView };
  diagnosis_end: { input: DiagnosisEndInput; output: ChangeView };
  diagnosis_codes: { input: SearchInput; output: Array<CodeRow> };
  search: { input: SearchInput; output: Array<SearchHit> };
  journal: { input: JournalInput; output: Array<JournalEntry> };
  journal_words: { input: EntryInput; output: Array<RunView> };
  journal_review: { input: EntryInput; output: Empty };
  export_unsent: { input: Nothing; output: Array<UnsentCommand> };
  quarantine: { input: Nothing; output: QuarantineView };
  quarantine_show: { input: QuarantineInput; output: QuarantinedView };
  quarantine_accept: { input: QuarantineRuleInput; output: ChangeView };
  quarantine_return: { input: QuarantineRuleInput; output: ChangeView };
  set_aside: { input: Nothing; output: Array<SetAsideView> };
  devices: { input: Nothing; output: Array<DeviceRow> };
  device_revoke: { input: DeviceRevokeInput; output: Empty };
  settings: { input: Nothing; output: SettingsView };
  settings_save: { input: SettingsInput; output: SettingsView };
  import_preview: { input: ImportInput; output: ImportPreview };
  import_run: { input: ImportInput; output: ImportReport };
}

export type CallName = keyof Calls;

export const CALLS: Readonly<Record<CallName, { readonly provides: readonly Tag[]; readonly invalidates: readonly Tag[] }>> = {
  profile: { provides: ['profile'], invalidates: [] },
  enrol: { provides: [], invalidates: ['profile', 'status', 'clients', 'chart', 'agenda', 'notes', 'note', 'search', 'journal', 'settings', 'devices', 'users', 'quarantine'] },
  unlock: { provides: [], invalidates: ['profile', 'status', 'clients', 'chart', 'agenda', 'notes', 'note', 'search', 'journal', 'settings', 'devices', 'users', 'quarantine'] },
  rebuild: { provides: [], invalidates: ['profile', 'status', 'clients', 'chart', 'agenda', 'notes', 'note', 'search', 'journal', 'settings', 'devices', 'users', 'quarantine'] },
  recover: { provides: [], invalidates: ['profile', 'status', 'clients', 'chart', 'agenda', 'notes', 'note', 'search', 'journal', 'settings', 'devices', 'users', 'quarantine'] },
  lock: { provides: [], invalidates: ['profile', 'status', 'clients', 'chart', 'agenda', 'notes', 'note', 'search', 'journal', 'settings', 'devices', 'users', 'quarantine'] },
  whoami: { provides: ['profile'], invalidates: [] },
  sign_in: { provides: [], invalidates: ['status'] },
  password_change: { provides: [], invalidates: [] },
  sync: { provides: [], invalidates: ['status'] },
  status: { provides: ['status'], invalidates: [] },
  today: { provides: ['agenda', 'notes', 'status'], invalidates: [] },
  clients: { provides: ['clients'], invalidates: [] },
  chart: { provides: ['chart'], invalidates: [] },
  client_create: { provides: [], invalidates: ['clients', 'chart', 'status'] },
  client_update: { provides: [], invalidates: ['clients', 'chart', 'status'] },
  client_merge: { provides: [], invalidates: ['clients', 'chart', 'status'] },
  caseload_assign: { provides: [], invalidates: ['clients', 'chart', 'status'] },
  caseload_unassign: { provides: [], invalidates: ['clients', 'chart', 'status'] },
  users: { provides: ['users'], invalidates: [] },
  agenda: { provides: ['agenda'], invalidates: [] },
  appointment_book: { provides: [], invalidates: ['agenda', 'chart', 'clients', 'status'] },
  appointment_move: { provides: [], invalidates: ['agenda', 'chart', 'clients', 'status'] },
  appointment_cancel: { provides: [], invalidates: ['agenda', 'chart', 'clients', 'status'] },
  appointment_progress: { provides: [], invalidates: ['agenda', 'chart', 'clients', 'status'] },
  open_video: { provides: [], invalidates: [] },
  note_create: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  note_show: { provides: ['note'], invalidates: [] },
  note_typing: { provides: [], invalidates: [] },
  note_patch: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  note_history: { provides: ['note'], invalidates: [] },
  note_restore: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  note_format: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  note_confirm: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  note_resolve: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  note_choices: { provides: [], invalidates: [] },
  note_preview: { provides: ['note'], invalidates: [] },
  note_sign: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  note_void: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  addendum_typing: { provides: [], invalidates: [] },
  addendum_write: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  addendum_sign: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  addendum_dismiss: { provides: [], invalidates: ['note', 'notes', 'chart', 'agenda', 'status'] },
  diagnosis_add: { provides: [], invalidates: ['chart', 'note', 'status'] },
  diagnosis_end: { provides: [], invalidates: ['chart', 'note', 'status'] },
  diagnosis_codes: { provides: [], invalidates: [] },
  search: { provides: ['search'], invalidates: [] },
  journal: { provides: ['journal'], invalidates: [] },
  journal_words: { provides: [], invalidates: [] },
  journal_review: { provides: [], invalidates: ['journal', 'status', 'notes', 'note'] },
  export_unsent: { provides: [], invalidates: [] },
  quarantine: { provides: ['quarantine'], invalidates: [] },
  quarantine_show: { provides: ['quarantine'], invalidates: [] },
  quarantine_accept: { provides: [], invalidates: ['quarantine', 'note', 'notes', 'chart', 'agenda', 'status'] },
  quarantine_return: { provides: [], invalidates: ['quarantine', 'note', 'notes', 'chart', 'agenda', 'status'] },
  set_aside: { provides: [], invalidates: [] },
  devices: { provides: ['devices'], invalidates: [] },
  device_revoke: { provides: [], invalidates: ['devices'] },
  settings: { provides: ['settings'], invalidates: [] },
  settings_save: { provides: [], invalidates: ['settings', 'profile'] },
  import_preview: { provides: [], invalidates: [] },
  import_run: { provides: [], invalidates: ['clients', 'chart', 'status'] },
};
