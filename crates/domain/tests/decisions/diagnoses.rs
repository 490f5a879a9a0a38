//! Diagnoses on the chart.

use crate::practice::{
    applied, as_rivera, client_id, context, day, lund, marked, noop, osei, practice, refused, rivera, uuid,
};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::diagnosis::add::{AddDiagnosis, has_code_shape};
use mentalspace_domain::diagnosis::end::EndDiagnosis;
use mentalspace_domain::ids::DiagnosisId;
use mentalspace_domain::people::Role;

fn add(id: u128, code: &str) -> Command {
    Command::DiagnosisAdd(AddDiagnosis {
        diagnosis_id: DiagnosisId::new(uuid(id)),
        client_id: client_id(),
        code: code.to_owned(),
        description: "Generalized anxiety disorder".to_owned(),
        rank: 1,
        noted_on: day("2026-03-10"),
    })
}

fn end(on: &str) -> Command {
    Command::DiagnosisEnd(EndDiagnosis {
        diagnosis_id: DiagnosisId::new(uuid(111)),
        client_id: client_id(),
        ended_on: day(on),
    })
}

#[test]
fn a_diagnosis_comes_onto_the_chart_and_ends_there() {
    let mut kept = practice();
    assert!(!applied(kept.run(&add(111, " f41.1 "), &as_rivera())).provisional);
    let entry: Diagnosis = kept.get(uuid(111)).unwrap();
    assert_eq!((entry.code.as_str(), entry.recorded_by, entry.ended_on), ("F41.1", rivera(), None));
    noop(kept.run(&add(112, "F41.1"), &as_rivera()));
    refused(kept.run(&add(111, "F32.0"), &as_rivera()), RefusalCode::WrongState);

    applied(kept.run(&end("2026-03-10"), &as_rivera()));
    noop(kept.run(&end("2026-03-11"), &as_rivera()));
    assert_eq!(
        kept.get::<Diagnosis>(uuid(111)).unwrap().ended_on,
        Some(day("2026-03-10")),
        "the first end stands"
    );
    // It comes back as a new entry; the old one keeps its days.
    applied(kept.run(&add(112, "F41.1"), &as_rivera()));
    assert_eq!(kept.all::<Diagnosis>().len(), 2);
}

#[test]
fn the_shape_of_a_code() {
    for code in ["F41", "F41.1", "F43.10", "Z63.0", "M1A.0XX0", "C7A.1", "U09.9", "T74.11XA"] {
        assert!(has_code_shape(code), "{code}");
    }
    for code in [
        "",
        "F",
        "F4",
        "41.1",
        "F411",
        "F41.",
        "F41.12345",
        "f41.1",
        "F41.1.1",
        "F41-1",
        "FA1",
        "\u{393}41",
        "F4é",
    ] {
        assert!(!has_code_shape(code), "{code}");
        let refusal = refused(
            practice().decide(&add(111, &code.replace('f', "?")), &as_rivera()),
            RefusalCode::Invalid,
        );
        assert_eq!(marked(&refusal), ["code"]);
    }
}

#[test]
fn dates_of_a_diagnosis() {
    let mut input = AddDiagnosis {
        diagnosis_id: DiagnosisId::new(uuid(111)),
        client_id: client_id(),
        code: "F41.1".to_owned(),
        description: String::new(),
        rank: 0,
        noted_on: day("2026-03-12"),
    };
    let refusal =
        refused(practice().decide(&Command::DiagnosisAdd(input.clone()), &as_rivera()), RefusalCode::Invalid);
    assert_eq!(marked(&refusal), ["noted_on"]);
    input.noted_on = day("2019-05-01");
    let mut kept = practice();
    applied(kept.run(&Command::DiagnosisAdd(input), &as_rivera()));
    for wrong in ["2019-04-30", "2026-03-12"] {
        assert_eq!(
            marked(&refused(kept.decide(&end(wrong), &as_rivera()), RefusalCode::Invalid)),
            ["ended_on"]
        );
    }
}

#[test]
fn the_chart_may_not_be_here() {
    let chart = Bucket::clinical(client_id());
    assert!(applied(practice().not_holding(chart).decide(&add(111, "F41.1"), &as_rivera())).provisional);
    refused(practice().not_holding(chart).decide(&end("2026-03-10"), &as_rivera()), RefusalCode::NotFound);
    refused(practice().decide(&end("2026-03-10"), &as_rivera()), RefusalCode::NotFound);
}

#[test]
fn only_clinicians_of_the_client_diagnose() {
    let chart = Bucket::clinical(client_id());
    for role in Role::ALL {
        let may = role == Role::Clinician;
        assert_eq!(
            practice().decide(&add(111, "F41.1"), &context(lund(), role, &[chart])).is_ok(),
            may,
            "{role:?}"
        );
    }
    refused(
        practice().decide(&add(111, "F41.1"), &context(osei(), Role::Clinician, &[])),
        RefusalCode::NotAllowed,
    );
    refused(
        practice().decide(&end("2026-03-10"), &context(osei(), Role::Clinician, &[])),
        RefusalCode::NotAllowed,
    );
}
