//! Every refusal and failure in the one shape of [`ErrorBody`]. What a person may read and what an operator needs are
//! two fields, and only the first leaves the server.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use mentalspace_domain::decision::FieldError;
use mentalspace_protocol::error::{ErrorBody, ErrorCode, Position};
use std::error::Error;

/// Why a request was not answered as asked.
#[derive(Debug)]
pub struct Failure(Box<Inside>);

#[derive(Debug)]
struct Inside {
    body: ErrorBody,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// The result of handling a request.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A refusal with words for people: what happened, what is safe, what to do.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let body = ErrorBody {
            code,
            message: message.into(),
            field_errors: Vec::new(),
            retryable: matches!(code, ErrorCode::Busy | ErrorCode::Throttled | ErrorCode::StaleNonce),
            incident: None,
            position: None,
            retry_after: None,
        };
        Self(Box::new(Inside { body, cause: None }))
    }

    /// The request is not of the form that the interface takes.
    pub fn malformed(what: impl std::fmt::Display) -> Self {
        Self::new(
            ErrorCode::Malformed,
            format!("The request was not understood ({what}). Nothing was recorded."),
        )
    }

    /// No valid token, device or proof; the same words whichever was missing.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            ErrorCode::Unauthenticated,
            "You are signed out. What you wrote is safe on this device; sign in again.",
        )
    }

    /// The server is at its limit.
    #[must_use]
    pub fn busy(retry_after: u32) -> Self {
        Self::new(
            ErrorCode::Busy,
            "The server is busy. What you wrote is safe on this device; it is sent again by itself.",
        )
        .after(retry_after)
    }

    /// Something failed that the caller can do nothing about. The cause goes to the log under the incident.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let message = "The server failed. What you wrote is safe on this device and is sent again by itself. If it \
                       happens again, give your administrator the incident number.";
        let mut failure = Self::new(ErrorCode::Internal, message);
        failure.0.cause = Some(cause.into());
        failure
    }

    /// With the seconds after which another try makes sense.
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        self.0.body.retry_after = Some(seconds);
        self
    }

    /// With the fields at fault.
    #[must_use]
    pub fn with_fields(mut self, field_errors: Vec<FieldError>) -> Self {
        self.0.body.field_errors = field_errors;
        self
    }

    /// With where the server's record of the device stands.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        self.0.body.position = Some(position);
        self
    }

    /// The code that callers branch on.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.body.code
    }

    /// What a person may read.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.body.message
    }

    /// The words about single fields, if there are any.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.body.field_errors
    }

    /// The operator's side: the causes, outermost first. Never sent.
    #[must_use]
    pub fn causes(&self) -> Option<String> {
        let mut next: Option<&(dyn Error + 'static)> = Some(self.0.cause.as_deref()?);
        let mut said = Vec::new();
        while let Some(error) = next {
            said.push(match error.downcast_ref::<serde_json::Error>() {
                // Its own words quote the value that it stumbled over.
                Some(json) => {
                    format!("JSON, {:?} at line {}, column {}", json.classify(), json.line(), json.column())
                }
                None => error.to_string(),
            });
            next = error.source();
        }
        Some(said.join(": "))
    }

    /// The answer; `incident` finds a failure in the log.
    #[must_use]
    pub fn into_answer(mut self, incident: &str) -> Response {
        if self.0.body.code == ErrorCode::Internal {
            self.0.body.incident = Some(incident.to_owned());
        }
        let json = serde_json::to_vec(&self.0.body).unwrap_or_default();
        let mut answer = (status(self.0.body.code), json).into_response();
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.0.body.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// The status that goes with a code.
#[must_use]
pub const fn status(code: ErrorCode) -> StatusCode {
    use ErrorCode as E;
    match code {
        E::Malformed | E::CodeInvalid => StatusCode::BAD_REQUEST,
        E::PasswordRefused => StatusCode::UNPROCESSABLE_ENTITY,
        E::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        E::Unauthenticated | E::WrongCredentials | E::StaleNonce => StatusCode::UNAUTHORIZED,
        E::NotAllowed | E::DeviceRevoked => StatusCode::FORBIDDEN,
        E::NotFound => StatusCode::NOT_FOUND,
        E::Throttled | E::LockedOut => StatusCode::TOO_MANY_REQUESTS,
        E::EpochChanged | E::SequenceGap | E::DeviceFork => StatusCode::CONFLICT,
        E::UpgradeRequired => StatusCode::UPGRADE_REQUIRED,
        E::Busy => StatusCode::SERVICE_UNAVAILABLE,
        E::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_a_failure_never_leaves_and_its_incident_does() {
        let source = std::io::Error::other("duplicate key: canary 4711");
        let failure = Failure::internal(source);
        assert_eq!(failure.causes().unwrap(), "duplicate key: canary 4711");
        let body = serde_json::to_string(&failure.0.body).unwrap();
        assert!(!body.contains("canary"));
        assert_eq!(failure.into_answer("i-1").status(), 500);
        assert!(Failure::busy(2).causes().is_none());
        let quoting = serde_json::from_str::<u8>("\"canary 4711\"").unwrap_err();
        assert!(quoting.to_string().contains("canary"), "the control: serde quotes");
        assert!(!Failure::internal(quoting).causes().unwrap().contains("canary"));
    }
}
