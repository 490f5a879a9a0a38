//! Reading an enrolment code.

use crate::connection::ServerAddress;
use mentalspace_protocol::enrolment::EnrolmentCode;

/// The code cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "This is not an enrolment code, or part of it is missing. Nothing was changed. Copy the whole code, from MS1. to its end."
)]
pub struct NotACode;

/// Reads the text form of an enrolment code.
///
/// # Errors
/// The text is not a whole code.
pub fn read_code(text: &str) -> Result<(EnrolmentCode, ServerAddress), NotACode> {
    let code = EnrolmentCode::from_text(text.trim()).ok_or(NotACode)?;
    let ca = code.ca_sha256.parse().map_err(|_| NotACode)?;
    let address = ServerAddress { url: code.server.trim_end_matches('/').to_owned(), ca };
    Ok((code, address))
}
