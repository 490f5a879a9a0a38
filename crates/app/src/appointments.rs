//! Appointments: the agenda, booking, moving, cancelling, checking in.

use crate::api::input::{
    AgendaInput, AppointmentBookInput, AppointmentCancelInput, AppointmentMoveInput,
    AppointmentProgressInput, OpenVideoInput,
};
use crate::api::view::{AppointmentView, ChangeView, Empty, Standing, SyncState};
use crate::api::{ApiError, Code};
use crate::charts::client_id;
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::people::Names;
use crate::standing::{is_ready, standing};
use crate::submit::submit;
use mentalspace_domain::appointment::book::BookAppointment;
use mentalspace_domain::appointment::cancel::CancelAppointment;
use mentalspace_domain::appointment::progress::ProgressAppointment;
use mentalspace_domain::appointment::reschedule::RescheduleAppointment;
use mentalspace_domain::appointment::{Appointment, AppointmentStatus, BusyBlock, Modality, ServiceTime};
use mentalspace_domain::command::Command;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::{AppointmentId, ClientId, UserId};
use mentalspace_domain::note::Note;
use std::collections::{HashMap, HashSet};

pub(crate) async fn agenda(desktop: &Desktop, input: AgendaInput) -> Result<Vec<AppointmentView>, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let (from, to) = (civil::date(&input.from)?, civil::date(&input.to)?);
    let whose = match &input.clinician_id {
        Some(id) => user_id(id)?,
        None => names.me(),
    };
    let mut views = day_views(desktop, &open, &names, from, to, Some(whose))?;
    let shown: HashSet<String> = views.iter().map(|view| view.appointment_id.clone()).collect();
    // What of her time is taken by clients whose charts are not on this device shows as busy, without identity.
    for block in open.store.all::<BusyBlock>()? {
        let known = shown.contains(&block.id.to_string())
            || views.iter().any(|view| {
                view.appointment_id
                    .parse::<AppointmentId>()
                    .is_ok_and(|appointment| BusyBlock::id_of(appointment) == block.id)
            });
        if block.clinician == whose && (from..=to).contains(&block.time.date) && !known {
            views.push(busy_view(&names, &block));
        }
    }
    views.sort_by(|a, b| (&a.date, &a.start).cmp(&(&b.date, &b.start)));
    Ok(views)
}

/// The appointments of some days, of one clinician or of all.
pub(crate) fn day_views(
    desktop: &Desktop,
    open: &Open,
    names: &Names,
    from: chrono::NaiveDate,
    to: chrono::NaiveDate,
    whose: Option<UserId>,
) -> Result<Vec<AppointmentView>, ApiError> {
    let mut booked: Vec<Appointment> = open
        .store
        .on_days::<Appointment>(from, to)?
        .into_iter()
        .filter(|appointment| whose.is_none_or(|whose| appointment.clinician == whose))
        .collect();
    booked.sort_by_key(|appointment| (appointment.time.date, appointment.time.start));
    let clients: HashSet<ClientId> = booked.iter().map(|appointment| appointment.client).collect();
    let mut notes = Vec::new();
    for client in clients {
        notes.extend(open.store.children::<Note>(client.uuid())?);
    }
    let by_appointment = notes_by_appointment(&notes);
    let mut charts = HashMap::new();
    booked
        .iter()
        .map(|appointment| view(desktop, open, names, appointment, &by_appointment, &mut charts))
        .collect()
}

/// The newest note of each appointment that is not entered in error.
pub(crate) fn notes_by_appointment(notes: &[Note]) -> HashMap<AppointmentId, &Note> {
    let mut by_appointment: HashMap<AppointmentId, &Note> = HashMap::new();
    for note in notes {
        if matches!(note.state, mentalspace_domain::note::NoteState::Voided { .. }) {
            continue;
        }
        if let Some(appointment) = note.appointment {
            by_appointment
                .entry(appointment)
                .and_modify(|known| {
                    if known.created_at < note.created_at {
                        *known = note;
                    }
                })
                .or_insert(note);
        }
    }
    by_appointment
}

pub(crate) fn view(
    desktop: &Desktop,
    open: &Open,
    names: &Names,
    appointment: &Appointment,
    notes: &HashMap<AppointmentId, &Note>,
    charts: &mut HashMap<ClientId, Vec<Diagnosis>>,
) -> Result<AppointmentView, ApiError> {
    let note = notes.get(&appointment.id).copied();
    let (note_standing, note_id) = match note {
        None => (Standing::None, None),
        Some(note) => {
            let ready = is_ready(desktop, open, names, note, charts)?;
            (standing(open, note, || ready)?, Some(note.id.to_string()))
        }
    };
    let pending = open.store.record_word(appointment.id.uuid())?;
    Ok(AppointmentView {
        appointment_id: appointment.id.to_string(),
        client_id: appointment.client.to_string(),
        client_name: names.client(appointment.client),
        clinician_id: appointment.clinician.to_string(),
        clinician_name: names.user(appointment.clinician),
        date: appointment.time.date.to_string(),
        start: civil::clock(appointment.time.start),
        end: civil::clock(appointment.time.end),
        zone: appointment.time.zone.name().to_owned(),
        service: appointment.service.clone(),
        modality: modality_word(appointment.modality).to_owned(),
        place: appointment.place.clone(),
        video_link: appointment.video_link.clone(),
        status: status_word(appointment.status).to_owned(),
        cancel_reason: appointment.cancel_reason.clone(),
        note_id,
        standing: note_standing,
        sync: crate::standing::word(pending.0),
        tentative: pending.1,
    })
}

fn busy_view(names: &Names, block: &BusyBlock) -> AppointmentView {
    AppointmentView {
        appointment_id: block.id.to_string(),
        client_id: String::new(),
        client_name: String::new(),
        clinician_id: block.clinician.to_string(),
        clinician_name: names.user(block.clinician),
        date: block.time.date.to_string(),
        start: civil::clock(block.time.start),
        end: civil::clock(block.time.end),
        zone: block.time.zone.name().to_owned(),
        service: String::new(),
        modality: String::new(),
        place: String::new(),
        video_link: String::new(),
        status: "busy".to_owned(),
        cancel_reason: String::new(),
        note_id: None,
        standing: Standing::None,
        sync: SyncState::Synced,
        tentative: false,
    }
}

pub(crate) async fn book(desktop: &Desktop, input: AppointmentBookInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let identity = open.store.identity()?;
    let zone = input.zone.as_deref().map_or(Ok(identity.practice.zone), civil::zone)?;
    let appointment_id = AppointmentId::new(desktop.edge.id()?);
    let command = Command::AppointmentBook(BookAppointment {
        appointment_id,
        client_id: client_id(&input.client_id)?,
        clinician: input.clinician_id.as_deref().map_or(Ok(identity.user.id), user_id)?,
        time: civil::span(&input.date, &input.start, &input.end, zone)?,
        service: if input.service.is_empty() { "Individual therapy".to_owned() } else { input.service },
        modality: input.modality.as_deref().map_or(Ok(Modality::InPerson), modality)?,
        place: input.place,
        video_link: input.video_link,
        overlap_allowed: input.overlap_allowed,
    });
    submit(desktop, &open, appointment_id.uuid(), command)
}

pub(crate) async fn reschedule(
    desktop: &Desktop,
    input: AppointmentMoveInput,
) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let appointment = find(&open, &input.appointment_id)?;
    let to = ServiceTime {
        zone: appointment.time.zone,
        ..civil::span(&input.date, &input.start, &input.end, appointment.time.zone)?
    };
    let command = Command::AppointmentReschedule(RescheduleAppointment {
        appointment_id: appointment.id,
        client_id: appointment.client,
        clinician: appointment.clinician,
        from: appointment.time,
        to,
        overlap_allowed: input.overlap_allowed,
    });
    submit(desktop, &open, appointment.id.uuid(), command)
}

pub(crate) async fn cancel(desktop: &Desktop, input: AppointmentCancelInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let appointment = find(&open, &input.appointment_id)?;
    let command = Command::AppointmentCancel(CancelAppointment {
        appointment_id: appointment.id,
        client_id: appointment.client,
        clinician: appointment.clinician,
        reason: input.reason,
    });
    submit(desktop, &open, appointment.id.uuid(), command)
}

pub(crate) async fn progress(
    desktop: &Desktop,
    input: AppointmentProgressInput,
) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let appointment = find(&open, &input.appointment_id)?;
    let to = match input.to.as_str() {
        "booked" => AppointmentStatus::Booked,
        "checked_in" => AppointmentStatus::CheckedIn,
        "completed" => AppointmentStatus::Completed,
        "no_show" => AppointmentStatus::NoShow,
        _ => return Err(civil::invalid("to", "booked, checked_in, completed or no_show")),
    };
    let command = Command::AppointmentProgress(ProgressAppointment {
        appointment_id: appointment.id,
        client_id: appointment.client,
        from: appointment.status,
        to,
    });
    submit(desktop, &open, appointment.id.uuid(), command)
}

pub(crate) async fn open_video(desktop: &Desktop, input: OpenVideoInput) -> Result<Empty, ApiError> {
    let open = desktop.open()?;
    let appointment = find(&open, &input.appointment_id)?;
    let link = appointment.video_link;
    if !link.starts_with("https://") {
        return Err(ApiError::new(
            Code::NotFound,
            "This appointment has no video link. Nothing was opened. Add one to the appointment.",
        ));
    }
    // The system's browser, on every system: the window itself has no camera.
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    std::process::Command::new(opener).arg(&link).spawn().map_err(|_| {
        ApiError::new(Code::Internal, "The system's browser could not be opened. The link is in the appointment: copy it into a browser.")
    })?;
    Ok(Empty {})
}

fn find(open: &Open, id: &str) -> Result<Appointment, ApiError> {
    let id: AppointmentId = id.parse().map_err(|_| ApiError::not_found("This appointment"))?;
    open.store.get::<Appointment>(id.uuid())?.ok_or_else(|| ApiError::not_found("This appointment"))
}

pub(crate) fn user_id(text: &str) -> Result<UserId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("This user"))
}

pub(crate) const fn modality_word(modality: Modality) -> &'static str {
    match modality {
        Modality::InPerson => "in_person",
        Modality::Video => "video",
        Modality::Phone => "phone",
    }
}

fn modality(word: &str) -> Result<Modality, ApiError> {
    match word {
        "in_person" => Ok(Modality::InPerson),
        "video" => Ok(Modality::Video),
        "phone" => Ok(Modality::Phone),
        _ => Err(civil::invalid("modality", "in_person, video or phone")),
    }
}

const fn status_word(status: AppointmentStatus) -> &'static str {
    match status {
        AppointmentStatus::Booked => "booked",
        AppointmentStatus::CheckedIn => "checked_in",
        AppointmentStatus::Completed => "completed",
        AppointmentStatus::Cancelled => "cancelled",
        AppointmentStatus::NoShow => "no_show",
    }
}
