//! What the generator gives: plain structs, for a loader to turn into domain commands.
//!
//! People, visits and notes refer to each other by position in the lists of [`DemoPractice`].
//! Dates and times are civil, in the zone of the practice, and never converted.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Position in [`DemoPractice::users`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserIndex(pub usize);

/// Position in [`DemoPractice::clients`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientIndex(pub usize);

/// Position in [`DemoPractice::appointments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppointmentIndex(pub usize);

/// The whole fictional practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPractice {
    /// Shown everywhere; says that it is a demonstration.
    pub name: &'static str,
    /// IANA zone of every civil date and time below.
    pub zone: &'static str,
    /// The day on which the practice is looked at: visits before it are past.
    pub as_of: NaiveDate,
    /// Staff. The loader gives all of them the demonstration password.
    pub users: Vec<DemoUser>,
    /// 120 people.
    pub clients: Vec<DemoClient>,
    /// Ordered by date, start and clinician.
    pub appointments: Vec<DemoAppointment>,
    /// Ordered by service date, start and author.
    pub notes: Vec<DemoNote>,
    /// Ordered by date.
    pub measures: Vec<DemoMeasure>,
}

/// What somebody does in the practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemoRole {
    /// Technical administration.
    Administrator,
    /// Runs the office.
    PracticeManager,
    /// Supervises one clinician and co-signs that clinician's notes.
    Supervisor,
    /// Sees clients.
    Clinician,
    /// Books and answers the telephone.
    FrontDesk,
    /// Prepares claims.
    Biller,
}

/// One member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoUser {
    /// Sign-in name, lower case ASCII.
    pub login: &'static str,
    /// Name without credentials.
    pub name: &'static str,
    /// Licence or degree as it stands after a signature; empty for office staff.
    pub credentials: &'static str,
    /// The one role.
    pub role: DemoRole,
    /// Who must co-sign, for a clinician under supervision.
    pub supervisor: Option<UserIndex>,
    /// Address at example.com.
    pub email: String,
}

impl DemoUser {
    /// Name and credentials as on a signature line.
    #[must_use]
    pub fn signature_name(&self) -> String {
        if self.credentials.is_empty() {
            self.name.to_owned()
        } else {
            format!("{}, {}", self.name, self.credentials)
        }
    }
}

/// What brings a client to therapy; also the name of the text file with its sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemoProblem {
    /// Constant worry.
    GeneralizedAnxiety,
    /// Attacks of fear and what is avoided for them.
    Panic,
    /// Fear of being judged.
    SocialAnxiety,
    /// Low mood and loss of interest.
    Depression,
    /// After a death.
    Grief,
    /// After a frightening event.
    Trauma,
    /// Divorce, a move, retirement, a layoff.
    Adjustment,
    /// Intrusive thoughts and rituals.
    ObsessiveCompulsive,
    /// Attention and organization.
    AttentionDeficit,
    /// Strain with a partner; some visits are joint.
    CouplesStress,
    /// Young people who cannot go to school.
    SchoolRefusal,
    /// After a birth.
    Postpartum,
    /// Staying free of a substance.
    Recovery,
    /// Living with a disease.
    ChronicIllness,
    /// Exhaustion from work or care.
    Burnout,
}

/// One client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoClient {
    /// Treating clinician.
    pub clinician: UserIndex,
    /// Legal given name, invented.
    pub given_name: &'static str,
    /// Family name, plainly invented.
    pub family_name: &'static str,
    /// Name the client goes by, where it differs.
    pub preferred_name: Option<&'static str>,
    /// For instance `she/her`.
    pub pronouns: &'static str,
    /// `woman`, `man` or `nonbinary`.
    pub gender: &'static str,
    /// Civil date.
    pub birth_date: NaiveDate,
    /// Number of the reserved range 555-0100 to 555-0199.
    pub phone: String,
    /// Address at example.com.
    pub email: String,
    /// Invented street in an invented town.
    pub address: DemoAddress,
    /// Emergency contacts and relatives; guardians first.
    pub contacts: Vec<DemoContact>,
    /// None when the client pays directly.
    pub insurance: Option<DemoInsurance>,
    /// Presenting problem.
    pub problem: DemoProblem,
    /// Ordered, the first is principal.
    pub diagnoses: Vec<DemoDiagnosis>,
    /// Goals of the treatment plan, in their order (goal 1 is at position 0).
    pub goals: Vec<String>,
    /// Day of the first visit.
    pub first_visit: NaiveDate,
    /// Day on which the episode of care ended, for a closed chart.
    pub closed_on: Option<NaiveDate>,
    /// Says that the record is invented; meant for a visible field.
    pub demonstration_remark: &'static str,
}

impl DemoClient {
    /// Preferred name, or the given name.
    #[must_use]
    pub fn called(&self) -> &'static str {
        self.preferred_name.unwrap_or(self.given_name)
    }
}

/// A postal address that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAddress {
    /// House number and street.
    pub street: String,
    /// Town.
    pub town: &'static str,
    /// Two letters.
    pub state: &'static str,
    /// 30000, which is not assigned.
    pub zip: &'static str,
}

/// A relative, guardian or emergency contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoContact {
    /// Full name.
    pub name: String,
    /// For instance `mother`.
    pub relationship: String,
    /// Number of the reserved range.
    pub phone: String,
    /// May consent for a minor.
    pub guardian: bool,
    /// To be called in an emergency.
    pub emergency: bool,
}

/// Cover by an invented payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoInsurance {
    /// Name of the payer.
    pub payer: &'static str,
    /// Name of the plan.
    pub plan: &'static str,
    /// Begins with `DEMO-`.
    pub member_id: String,
    /// `self`, `spouse` or `child` of the holder.
    pub relationship_to_holder: &'static str,
}

/// ICD-10-CM code with the description of the United States Government's tabular list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoDiagnosis {
    /// With its point, for instance `F41.1`.
    pub code: &'static str,
    /// Official description.
    pub description: &'static str,
}

/// Where a visit took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemoModality {
    /// In the consulting room.
    Office,
    /// By secure video.
    Video,
    /// By telephone.
    Phone,
}

/// What a visit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemoVisit {
    /// First visit, one hour.
    Intake,
    /// Individual session.
    Session,
    /// Session with the client's partner.
    JointSession,
    /// Telephone contact between visits.
    PhoneContact,
}

/// Where a visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemoStatus {
    /// On the as-of day or later.
    Scheduled,
    /// Took place.
    Completed,
    /// Canceled by the client in time.
    CanceledByClient,
    /// Canceled by the client within a day of the visit.
    CanceledLate,
    /// Canceled by the practice.
    CanceledByPractice,
    /// The client did not come.
    Missed,
}

/// One entry of the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAppointment {
    /// Who is seen.
    pub client: ClientIndex,
    /// By whom.
    pub clinician: UserIndex,
    /// Civil date.
    pub date: NaiveDate,
    /// Civil start.
    pub start: NaiveTime,
    /// Civil end, same day.
    pub end: NaiveTime,
    /// Where.
    pub modality: DemoModality,
    /// What for.
    pub visit: DemoVisit,
    /// Where it stands.
    pub status: DemoStatus,
    /// The visit that took its place, when it was moved.
    pub moved_to: Option<AppointmentIndex>,
}

/// Type and format of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemoNoteKind {
    /// Biopsychosocial assessment of the first visit.
    Intake,
    /// Subjective, objective, assessment, plan.
    ProgressSoap,
    /// Data, assessment, plan.
    ProgressDap,
    /// Behavior, intervention, response, plan.
    ProgressBirp,
    /// Goal, intervention, response, plan.
    ProgressGirp,
    /// Running text.
    ProgressNarrative,
    /// Telephone contact between visits.
    Contact,
    /// Canceled or missed visit.
    Cancellation,
}

/// Level in the risk block of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemoRisk {
    /// Not part of this note.
    NotAssessed,
    /// No ideation.
    Low,
    /// Passive ideation; the safety plan was reviewed.
    Moderate,
}

/// One section of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoSection {
    /// Section key, snake case.
    pub key: &'static str,
    /// Plain text; paragraphs are parted by an empty line.
    pub text: String,
}

/// One structured field of a contact or cancellation note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoField {
    /// Field key, snake case.
    pub key: &'static str,
    /// Its value as text; `yes` or `no` for `release_on_file`.
    pub value: String,
}

/// Where a note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoNoteState {
    /// Not signed.
    Draft,
    /// Signed by an independent clinician: final.
    Signed {
        /// Civil time of the signature.
        at: NaiveDateTime,
    },
    /// Signed by a clinician under supervision, not yet co-signed.
    AwaitingCosign {
        /// Civil time of the author's signature.
        at: NaiveDateTime,
    },
    /// Signed and co-signed: final.
    Cosigned {
        /// Civil time of the author's signature.
        at: NaiveDateTime,
        /// Who co-signed.
        by: UserIndex,
        /// Civil time of the co-signature.
        cosigned_at: NaiveDateTime,
    },
}

/// Text added after signing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAddendum {
    /// Civil time of writing and signing.
    pub written_at: NaiveDateTime,
    /// The addition.
    pub text: String,
}

/// One of two texts of the same section from two devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoEdit {
    /// Name of the device.
    pub device: &'static str,
    /// Civil time of the edit.
    pub written_at: NaiveDateTime,
    /// The whole section as that device has it.
    pub text: String,
}

/// What two edits of one section amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoDivergenceKind {
    /// Both changed the same sentence: never combined, the author chooses.
    Conflict,
    /// The changes lie apart: combined, and to be confirmed before signing.
    Combined,
}

/// A draft that was edited on two devices at once. The note itself holds the base text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoDivergence {
    /// Conflict or combination.
    pub kind: DemoDivergenceKind,
    /// Key of the section.
    pub section: &'static str,
    /// The text that both began with.
    pub base: String,
    /// The edit that reached the server first.
    pub first: DemoEdit,
    /// The edit that came after.
    pub second: DemoEdit,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoNote {
    /// Whose chart.
    pub client: ClientIndex,
    /// Who wrote it.
    pub author: UserIndex,
    /// The visit it belongs to.
    pub appointment: Option<AppointmentIndex>,
    /// Type and format.
    pub kind: DemoNoteKind,
    /// Civil date of service.
    pub service_date: NaiveDate,
    /// Civil start of service.
    pub start: NaiveTime,
    /// Civil end of service.
    pub end: NaiveTime,
    /// Where.
    pub modality: DemoModality,
    /// Who took part besides the clinician, by role.
    pub participants: &'static str,
    /// Positions in [`DemoClient::diagnoses`]; empty where no diagnosis is linked.
    pub diagnoses: Vec<usize>,
    /// Positions in [`DemoClient::goals`].
    pub goals: Vec<usize>,
    /// The risk block.
    pub risk: DemoRisk,
    /// In the order of the template. An unfinished draft has empty sections.
    pub sections: Vec<DemoSection>,
    /// Structured fields of contact and cancellation notes.
    pub fields: Vec<DemoField>,
    /// Draft, signed, co-signed.
    pub state: DemoNoteState,
    /// After signing, in order.
    pub addenda: Vec<DemoAddendum>,
    /// For the few drafts that were edited on two devices.
    pub divergence: Option<DemoDivergence>,
}

impl DemoNote {
    /// All sections, parted by empty lines.
    #[must_use]
    pub fn body(&self) -> String {
        let texts: Vec<&str> = self
            .sections
            .iter()
            .map(|section| section.text.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        texts.join("\n\n")
    }
}

/// An answered questionnaire. Items are numbers only; no wording is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoMeasure {
    /// Who answered.
    pub client: ClientIndex,
    /// `PHQ-9`, `GAD-7`, `PCL-5` or `EPDS`.
    pub instrument: &'static str,
    /// Civil date.
    pub date: NaiveDate,
    /// Sum of `items`.
    pub total: u8,
    /// Score of each item, in the questionnaire's order.
    pub items: Vec<u8>,
}
