//! The presenting problems: how many clients, of what age, with which codes and questionnaire.
//!
//! Codes and descriptions are those of ICD-10-CM (CDC/NCHS tabular list, public domain). No criteria
//! of any diagnostic manual are quoted.

use super::model::{DemoDiagnosis, DemoProblem};

/// What the generator needs to know about one presenting problem.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) kind: DemoProblem,
    /// Name of the text file.
    pub(super) file: &'static str,
    /// Clients among the 120.
    pub(super) clients: usize,
    /// How many of these are minors.
    pub(super) minors: usize,
    /// Youngest and oldest adult, in years.
    pub(super) ages: (i32, i32),
    /// Choices of diagnoses, principal first.
    pub(super) diagnoses: &'static [&'static [DemoDiagnosis]],
    pub(super) instrument: Instrument,
    /// Chance in percent that passive thoughts of death come up at a hard time.
    pub(super) passive: u32,
}

/// A questionnaire, by its shape only.
#[derive(Debug)]
pub(super) struct Instrument {
    pub(super) name: &'static str,
    pub(super) items: usize,
    pub(super) highest_item: u8,
    /// Position of the item on thoughts of death or self-harm, always 0 unless such were reported.
    pub(super) safety_item: Option<usize>,
}

const PHQ9: Instrument = Instrument { name: "PHQ-9", items: 9, highest_item: 3, safety_item: Some(8) };
const GAD7: Instrument = Instrument { name: "GAD-7", items: 7, highest_item: 3, safety_item: None };
const PCL5: Instrument = Instrument { name: "PCL-5", items: 20, highest_item: 4, safety_item: None };
const EPDS: Instrument = Instrument { name: "EPDS", items: 10, highest_item: 3, safety_item: Some(9) };

const fn code(code: &'static str, description: &'static str) -> DemoDiagnosis {
    DemoDiagnosis { code, description }
}

const GENERALIZED: DemoDiagnosis = code("F41.1", "Generalized anxiety disorder");
const MIXED_ADJUSTMENT: DemoDiagnosis =
    code("F43.23", "Adjustment disorder with mixed anxiety and depressed mood");
const DEPRESSED_ADJUSTMENT: DemoDiagnosis = code("F43.21", "Adjustment disorder with depressed mood");
const ANXIOUS_ADJUSTMENT: DemoDiagnosis = code("F43.22", "Adjustment disorder with anxiety");
const SINGLE_MODERATE: DemoDiagnosis = code("F32.1", "Major depressive disorder, single episode, moderate");
const RECURRENT_MODERATE: DemoDiagnosis = code("F33.1", "Major depressive disorder, recurrent, moderate");
const PANIC: DemoDiagnosis = code("F41.0", "Panic disorder [episodic paroxysmal anxiety]");
const SPOUSE: DemoDiagnosis = code("Z63.0", "Problems in relationship with spouse or partner");
const WORK_STRAIN: DemoDiagnosis = code("Z56.6", "Other physical and mental strain related to work");
const BEREAVEMENT: DemoDiagnosis = code("Z63.4", "Disappearance and death of family member");
const INSOMNIA: DemoDiagnosis = code("F51.01", "Primary insomnia");

pub(super) const PROBLEMS: [Problem; 15] = [
    Problem {
        kind: DemoProblem::GeneralizedAnxiety,
        file: "gad",
        clients: 12,
        minors: 0,
        ages: (20, 66),
        diagnoses: &[&[GENERALIZED], &[GENERALIZED, INSOMNIA], &[GENERALIZED, WORK_STRAIN]],
        instrument: GAD7,
        passive: 0,
    },
    Problem {
        kind: DemoProblem::Panic,
        file: "panic",
        clients: 7,
        minors: 0,
        ages: (20, 58),
        diagnoses: &[&[PANIC], &[code("F40.01", "Agoraphobia with panic disorder")]],
        instrument: GAD7,
        passive: 0,
    },
    Problem {
        kind: DemoProblem::SocialAnxiety,
        file: "social",
        clients: 8,
        minors: 2,
        ages: (20, 45),
        diagnoses: &[
            &[code("F40.11", "Social phobia, generalized")],
            &[code("F40.10", "Social phobia, unspecified")],
        ],
        instrument: GAD7,
        passive: 0,
    },
    Problem {
        kind: DemoProblem::Depression,
        file: "depression",
        clients: 13,
        minors: 0,
        ages: (20, 71),
        diagnoses: &[
            &[SINGLE_MODERATE],
            &[RECURRENT_MODERATE],
            &[code("F33.0", "Major depressive disorder, recurrent, mild"), INSOMNIA],
            &[RECURRENT_MODERATE, GENERALIZED],
        ],
        instrument: PHQ9,
        passive: 45,
    },
    Problem {
        kind: DemoProblem::Grief,
        file: "grief",
        clients: 8,
        minors: 0,
        ages: (28, 76),
        diagnoses: &[
            &[DEPRESSED_ADJUSTMENT, BEREAVEMENT],
            &[BEREAVEMENT],
            &[code("F43.81", "Prolonged grief disorder")],
        ],
        instrument: PHQ9,
        passive: 20,
    },
    Problem {
        kind: DemoProblem::Trauma,
        file: "trauma",
        clients: 9,
        minors: 0,
        ages: (20, 62),
        diagnoses: &[
            &[code("F43.12", "Post-traumatic stress disorder, chronic")],
            &[code("F43.10", "Post-traumatic stress disorder, unspecified")],
            &[code("F43.12", "Post-traumatic stress disorder, chronic"), SINGLE_MODERATE],
        ],
        instrument: PCL5,
        passive: 20,
    },
    Problem {
        kind: DemoProblem::Adjustment,
        file: "adjustment",
        clients: 10,
        minors: 2,
        ages: (24, 68),
        diagnoses: &[&[MIXED_ADJUSTMENT], &[DEPRESSED_ADJUSTMENT], &[ANXIOUS_ADJUSTMENT]],
        instrument: PHQ9,
        passive: 5,
    },
    Problem {
        kind: DemoProblem::ObsessiveCompulsive,
        file: "ocd",
        clients: 6,
        minors: 0,
        ages: (20, 50),
        diagnoses: &[
            &[code("F42.2", "Mixed obsessional thoughts and acts")],
            &[code("F42.9", "Obsessive-compulsive disorder, unspecified")],
        ],
        instrument: GAD7,
        passive: 0,
    },
    Problem {
        kind: DemoProblem::AttentionDeficit,
        file: "adhd",
        clients: 9,
        minors: 2,
        ages: (20, 49),
        diagnoses: &[
            &[code("F90.0", "Attention-deficit hyperactivity disorder, predominantly inattentive type")],
            &[code("F90.2", "Attention-deficit hyperactivity disorder, combined type")],
        ],
        instrument: PHQ9,
        passive: 0,
    },
    Problem {
        kind: DemoProblem::CouplesStress,
        file: "couple",
        clients: 8,
        minors: 0,
        ages: (27, 61),
        diagnoses: &[&[SPOUSE], &[MIXED_ADJUSTMENT, SPOUSE]],
        instrument: PHQ9,
        passive: 0,
    },
    Problem {
        kind: DemoProblem::SchoolRefusal,
        file: "school",
        clients: 8,
        minors: 8,
        ages: (0, 0),
        diagnoses: &[
            &[code("F41.8", "Other specified anxiety disorders")],
            &[code("F93.0", "Separation anxiety disorder of childhood")],
            &[ANXIOUS_ADJUSTMENT, code("Z55.3", "Underachievement in school")],
        ],
        instrument: GAD7,
        passive: 0,
    },
    Problem {
        kind: DemoProblem::Postpartum,
        file: "postpartum",
        clients: 6,
        minors: 0,
        ages: (23, 40),
        diagnoses: &[&[code("F53.0", "Postpartum depression")]],
        instrument: EPDS,
        passive: 25,
    },
    Problem {
        kind: DemoProblem::Recovery,
        file: "recovery",
        clients: 5,
        minors: 0,
        ages: (27, 63),
        diagnoses: &[],
        instrument: PHQ9,
        passive: 5,
    },
    Problem {
        kind: DemoProblem::ChronicIllness,
        file: "illness",
        clients: 6,
        minors: 0,
        ages: (24, 69),
        diagnoses: &[
            &[DEPRESSED_ADJUSTMENT, code("Z73.6", "Limitation of activities due to disability")],
            &[code(
                "F54",
                "Psychological and behavioral factors associated with disorders or diseases classified elsewhere",
            )],
        ],
        instrument: PHQ9,
        passive: 5,
    },
    Problem {
        kind: DemoProblem::Burnout,
        file: "burnout",
        clients: 5,
        minors: 0,
        ages: (29, 59),
        diagnoses: &[&[code("Z73.0", "Burn-out"), MIXED_ADJUSTMENT], &[MIXED_ADJUSTMENT]],
        instrument: PHQ9,
        passive: 0,
    },
];

/// Diagnosis of a client in recovery, by the flag of the substance.
pub(super) const ALCOHOL_REMISSION: DemoDiagnosis = code("F10.21", "Alcohol dependence, in remission");
/// See [`ALCOHOL_REMISSION`].
pub(super) const OPIOID_REMISSION: DemoDiagnosis = code("F11.21", "Opioid dependence, in remission");
/// Added where an adult cares for a relative.
pub(super) const CAREGIVING: DemoDiagnosis = code("Z63.6", "Dependent relative needing care at home");
/// Added for a divorce or separation.
pub(super) const SEPARATION: DemoDiagnosis = code("Z63.5", "Disruption of family by separation and divorce");
