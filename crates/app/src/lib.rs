//! The use-cases of the desktop: enrol, unlock, read charts, write, sign, settle, search, sync. One interface
//! ([`api`]) serves the window and `mentalspace-device` alike.

pub mod api;

mod addenda;
mod appointments;
mod background;
mod charts;
mod civil;
mod clients;
mod conflicts;
mod desktop;
mod devices;
mod diagnoses;
mod edge;
mod entering;
mod import;
mod journal;
mod keys;
mod late;
mod leaving;
mod log;
mod notes;
mod people;
mod quarantine;
mod session;
mod settings;
mod signing;
mod standing;
mod status;
mod submit;
mod today;

pub use desktop::{AppEvent, Desktop, DesktopConfig};
pub use edge::{Clock, Surroundings, SystemClock};
