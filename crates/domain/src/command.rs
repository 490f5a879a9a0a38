//! Commands: every intent that changes clinical or business data, with what it needs and how it is decided.

use crate::context::Context;
use crate::decision::Verdict;
use crate::ids::{ClientId, CommandId, NoteId};
use crate::note::sections::{field_label, section_label};
use crate::world::{Need, World};
use crate::{addendum, appointment, caseload, client, diagnosis, note, quarantine};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident($input:ty) = $name:literal, $module:path as $alias:ident;)+) => {
        /// A typed intent. Its input is all that the deciding end gets from the sender.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum Command {$(
            $(#[$doc])*
            #[serde(rename = $name)]
            $variant($input),
        )+}

        impl Command {
            /// Every command's name.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The command's name on the wire and in the journal.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {$(Self::$variant(_) => $name,)+}
            }

            /// What must be loaded before [`Command::decide`]. Also names the buckets that the sender must hold.
            #[must_use]
            pub fn needs(&self, ctx: &Context) -> Vec<Need> {
                $(use $module as $alias;)+
                match self {$(Self::$variant(input) => $alias::needs(input, ctx),)+}
            }

            /// Decides the command over what it needs. Pure: same input, same answer, on both ends.
            ///
            /// # Errors
            /// A [`crate::decision::Refusal`]; nothing is to be changed then.
            pub fn decide(&self, world: &World, ctx: &Context) -> Verdict {
                $(use $module as $alias;)+
                crate::bounds::check(self)?;
                match self {$(Self::$variant(input) => $alias::decide(input, world, ctx),)+}
            }
        }
    };
}

commands! {
    /// Begin a client's record.
    ClientCreate(client::create::CreateClient) = "client.create", client::create as a0;
    /// Change facts, contacts or insurance of a client.
    ClientUpdate(client::update::UpdateClient) = "client.update", client::update as a1;
    /// Fold one client's record into another of the same person.
    ClientMerge(client::merge::MergeClients) = "client.merge", client::merge as a2;
    /// Put a clinician on a client's case.
    CaseloadAssign(caseload::assign::AssignCaseload) = "caseload.assign", caseload::assign as a3;
    /// Take a clinician off a client's case.
    CaseloadUnassign(caseload::unassign::UnassignCaseload) = "caseload.unassign", caseload::unassign as a4;
    /// Book an appointment.
    AppointmentBook(appointment::book::BookAppointment) = "appointment.book", appointment::book as a5;
    /// Move an appointment to another time.
    AppointmentReschedule(appointment::reschedule::RescheduleAppointment) = "appointment.reschedule", appointment::reschedule as a6;
    /// Cancel an appointment.
    AppointmentCancel(appointment::cancel::CancelAppointment) = "appointment.cancel", appointment::cancel as a7;
    /// Check the client in, complete the appointment, or mark it missed.
    AppointmentProgress(appointment::progress::ProgressAppointment) = "appointment.progress", appointment::progress as a8;
    /// Begin a note.
    NoteCreate(note::create::CreateNote) = "note.create", note::create as a9;
    /// Change the draft of a note.
    NotePatch(note::patch::PatchNote) = "note.patch", note::patch as b0;
    /// Switch a progress note to another format.
    NoteFormat(note::format::SwitchFormat) = "note.format", note::format as b1;
    /// Confirm text that was combined from two devices.
    NoteConfirm(note::confirm::ConfirmCombined) = "note.confirm", note::confirm as b2;
    /// Settle a conflict.
    NoteResolve(note::resolve::ResolveConflict) = "note.resolve", note::resolve as b3;
    /// Sign a note.
    NoteSign(note::sign::SignNote) = "note.sign", note::sign as b4;
    /// Mark a note as entered in error.
    NoteVoid(note::void::VoidNote) = "note.void", note::void as b5;
    /// Write an addendum.
    AddendumWrite(addendum::write::WriteAddendum) = "addendum.write", addendum::write as b6;
    /// Sign an addendum.
    AddendumSign(addendum::sign::SignAddendum) = "addendum.sign", addendum::sign as b7;
    /// Set an addendum aside.
    AddendumDismiss(addendum::dismiss::DismissAddendum) = "addendum.dismiss", addendum::dismiss as b8;
    /// Put a diagnosis on the chart.
    DiagnosisAdd(diagnosis::add::AddDiagnosis) = "diagnosis.add", diagnosis::add as b9;
    /// End a diagnosis on the chart.
    DiagnosisEnd(diagnosis::end::EndDiagnosis) = "diagnosis.end", diagnosis::end as c0;
    /// Take work that arrived after its author's access had ended into the chart, in her name.
    QuarantineAccept(quarantine::accept::AcceptWork) = "quarantine.accept", quarantine::accept as c1;
    /// Leave such work out of the chart.
    QuarantineReturn(quarantine::give_back::ReturnWork) = "quarantine.return", quarantine::give_back as c2;
}

impl Command {
    /// Whether the command carries a clinician's own words: they are kept whatever becomes of it.
    #[must_use]
    pub const fn carries_words(&self) -> bool {
        self.written_for().is_some()
    }

    /// The chart and the note that a clinician's own words were written for; none for a command that carries none.
    #[must_use]
    pub const fn written_for(&self) -> Option<(ClientId, NoteId)> {
        match self {
            Self::NoteCreate(input) => Some((input.client_id, input.note_id)),
            Self::NotePatch(input) => Some((input.client_id, input.note_id)),
            Self::NoteResolve(input) => Some((input.client_id, input.note_id)),
            Self::NoteSign(input) => Some((input.client_id, input.note_id)),
            Self::AddendumWrite(input) => Some((input.client_id, input.note_id)),
            Self::AddendumSign(input) => Some((input.client_id, input.note_id)),
            _ => None,
        }
    }

    /// Whether somebody else can undo by another command whatever this one does: the most that is taken from a device
    /// whose access has ended. Nobody can unsay words, a signature, a merge or a ruling, or unsee a chart.
    #[must_use]
    pub const fn can_be_undone(&self) -> bool {
        match self {
            Self::ClientCreate(_)
            | Self::ClientUpdate(_)
            | Self::AppointmentBook(_)
            | Self::AppointmentReschedule(_)
            | Self::AppointmentCancel(_)
            | Self::AppointmentProgress(_)
            | Self::NoteFormat(_)
            | Self::DiagnosisAdd(_)
            | Self::DiagnosisEnd(_) => true,
            Self::ClientMerge(_)
            | Self::CaseloadAssign(_)
            | Self::CaseloadUnassign(_)
            | Self::NoteCreate(_)
            | Self::NotePatch(_)
            | Self::NoteConfirm(_)
            | Self::NoteResolve(_)
            | Self::NoteSign(_)
            | Self::NoteVoid(_)
            | Self::AddendumWrite(_)
            | Self::AddendumSign(_)
            | Self::AddendumDismiss(_)
            | Self::QuarantineAccept(_)
            | Self::QuarantineReturn(_) => false,
        }
    }

    /// Whether it decides about work in quarantine.
    #[must_use]
    pub const fn rules_on_quarantine(&self) -> bool {
        matches!(self, Self::QuarantineAccept(_) | Self::QuarantineReturn(_))
    }

    /// The note whose signature this one signs on top of: without that it makes no sense. Words alone find their place
    /// whether or not it was accepted.
    #[must_use]
    pub const fn signs_on(&self) -> Option<NoteId> {
        match self {
            Self::AddendumSign(input) => Some(input.note_id),
            _ => None,
        }
    }

    /// What must follow `earlier`, an earlier state of this command, so that all is said that this says; none where they are
    /// no two states of one that grows while its author types.
    #[must_use]
    pub fn beyond(&self, earlier: &Self) -> Option<Self> {
        match (self, earlier) {
            (Self::NotePatch(this), Self::NotePatch(earlier)) => {
                let edits = this.edits.beyond(&earlier.edits);
                Some(Self::NotePatch(note::patch::PatchNote { edits, ..this.clone() }))
            }
            (Self::AddendumWrite(this), Self::AddendumWrite(earlier)) => {
                Some(Self::AddendumWrite(this.beyond(earlier)))
            }
            _ => None,
        }
    }

    /// The texts that the command would have put somewhere, each under its heading.
    #[must_use]
    pub fn texts(&self) -> Vec<(&str, &str)> {
        let (sections, fields) = match self {
            Self::NoteCreate(input) => (&input.content.sections, Some(&input.content.fields)),
            Self::NotePatch(input) => (&input.edits.sections, Some(&input.edits.fields)),
            Self::NoteResolve(input) => (&input.edits.sections, Some(&input.edits.fields)),
            Self::AddendumWrite(input) => (&input.sections, None),
            _ => return Vec::new(),
        };
        let sections = sections.iter().map(|(key, edit)| (section_label(key), edit.to.as_str()));
        let fields = fields.into_iter().flatten().map(|(key, edit)| (field_label(key), edit.to.as_str()));
        sections.chain(fields).collect()
    }
}

/// A command with its identity and the circumstances that the sender asserts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandEnvelope {
    /// Made once; a replay is recognised by it.
    pub id: CommandId,
    /// When the device says the intent was formed. Evidence, never order.
    pub asserted_at: DateTime<Utc>,
    /// Commands that must have been accepted before this one makes sense.
    #[serde(default)]
    pub depends_on: Vec<CommandId>,
    /// The intent.
    pub command: Command,
}
