//! What a device signs to prove that a request is its own (proof of possession, after RFC 9449).
//!
//! Both ends build the same text from the request and sign or verify it with the device's Ed25519 key, so a
//! token copied to another machine is worth nothing, and one changed byte of method, path, body or token
//! makes the proof fail. Whether the nonce is one that the server gave out, the request id is new and the
//! time near enough is for the server to judge; it holds the clock and the memory for it.
//!
//! ```text
//! mentalspace-request-v1\n
//! POST\n
//! /v1/sync/push?batch=3\n
//! <SHA-256 of the body, hexadecimal>\n
//! <SHA-256 of the access token, hexadecimal, or a dash>\n
//! <server nonce>\n
//! <request id>\n
//! <seconds since 1970, UTC>\n
//! ```

use crate::digest::Sha256;
use crate::signing::{BadSignature, Signature, SigningError, SigningKey, VerifyingKey};

/// The parts of a request that its proof covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestClaim<'a> {
    /// The HTTP method, in capitals.
    pub method: &'a str,
    /// Path and query exactly as sent, still percent-encoded, beginning with a slash.
    pub path_and_query: &'a str,
    /// SHA-256 of the body as sent (compressed, if it is compressed); of nothing, if there is none.
    pub body_sha256: Sha256,
    /// SHA-256 of the access token that travels with the request, so that another token of the same device
    /// cannot be put in its place. `None` where there is no token yet.
    pub token_sha256: Option<Sha256>,
    /// The nonce that the server last gave to this device. It carries the server's time, so that a laptop
    /// with a wrong clock is not locked out.
    pub nonce: &'a str,
    /// A fresh id of this request; the server refuses one it has seen.
    pub request_id: &'a str,
    /// When the device made the request, in seconds since 1970 UTC by its own clock.
    pub issued_at: i64,
}

/// A part of a request that no proof can be made over, because the text would read two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Not 1 to 16 capital letters.
    #[error("the request's method is not an HTTP method")]
    Method,
    /// Does not begin with a slash, or holds a space, a control character or anything outside ASCII.
    #[error("the request's path is not a path as it is sent")]
    Path,
    /// Empty, longer than 256 characters, or not printable ASCII.
    #[error("the request's nonce cannot be used")]
    Nonce,
    /// Empty, longer than 256 characters, or not printable ASCII.
    #[error("the request's id cannot be used")]
    RequestId,
}

/// Why no proof was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// The request cannot be put into words.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The device's key cannot sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// Why a proof was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The request cannot be put into words.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// Signed by another key, or over another request.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

impl RequestClaim<'_> {
    /// The bytes that are signed.
    ///
    /// # Errors
    /// See [`ClaimError`]. With these parts refused, no two claims give the same bytes.
    pub fn to_signed_bytes(&self) -> Result<Vec<u8>, ClaimError> {
        if !(1..=16).contains(&self.method.len()) || !self.method.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(ClaimError::Method);
        }
        if !self.path_and_query.starts_with('/') || !is_printable(self.path_and_query) {
            return Err(ClaimError::Path);
        }
        if !is_token(self.nonce) {
            return Err(ClaimError::Nonce);
        }
        if !is_token(self.request_id) {
            return Err(ClaimError::RequestId);
        }
        let token = self.token_sha256.map_or_else(|| "-".to_owned(), |hash| hash.to_hex());
        let text = format!(
            "mentalspace-request-v1\n{}\n{}\n{}\n{token}\n{}\n{}\n{}\n",
            self.method, self.path_and_query, self.body_sha256, self.nonce, self.request_id, self.issued_at
        );
        Ok(text.into_bytes())
    }

    /// Proves with the device's key that this request is its own.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn prove(&self, key: &SigningKey) -> Result<Signature, ProveError> {
        Ok(key.sign(&self.to_signed_bytes()?)?)
    }

    /// Checks a proof against the key that the device enrolled.
    ///
    /// # Errors
    /// See [`ProofError`].
    pub fn check(&self, key: &VerifyingKey, proof: &Signature) -> Result<(), ProofError> {
        Ok(key.verify(&self.to_signed_bytes()?, proof)?)
    }
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_token(text: &str) -> bool {
    (1..=256).contains(&text.len()) && is_printable(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::SeededRandomness;
    use crate::sha256;

    fn claim() -> RequestClaim<'static> {
        RequestClaim {
            method: "POST",
            path_and_query: "/v1/sync/push?batch=3",
            body_sha256: sha256(b"{}"),
            token_sha256: Some(sha256(b"token")),
            nonce: "n-1",
            request_id: "r-1",
            issued_at: 1_800_000_000,
        }
    }

    #[test]
    fn the_text_is_pinned() {
        let expected = "mentalspace-request-v1\nPOST\n/v1/sync/push?batch=3\n\
            44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n\
            3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0\n\
            n-1\nr-1\n1800000000\n";
        assert_eq!(String::from_utf8(claim().to_signed_bytes().unwrap()).unwrap(), expected);
        let without = RequestClaim { token_sha256: None, ..claim() };
        assert!(without.to_signed_bytes().unwrap().windows(3).any(|three| three == b"\n-\n"));
    }

    #[test]
    fn a_proof_fits_its_own_request_only() {
        let source = SeededRandomness::new(1);
        let key = SigningKey::generate(&source).unwrap();
        let enrolled = VerifyingKey::new(key.public_key()).unwrap();
        let proof = claim().prove(&key).unwrap();
        assert_eq!(claim().check(&enrolled, &proof), Ok(()));
        for other in [
            RequestClaim { method: "PUT", ..claim() },
            RequestClaim { path_and_query: "/v1/sync/push?batch=4", ..claim() },
            RequestClaim { path_and_query: "/v1/sync/push?batch=3&", ..claim() },
            RequestClaim { body_sha256: sha256(b"{ }"), ..claim() },
            RequestClaim { token_sha256: Some(sha256(b"another")), ..claim() },
            RequestClaim { token_sha256: None, ..claim() },
            RequestClaim { nonce: "n-2", ..claim() },
            RequestClaim { request_id: "r-2", ..claim() },
            RequestClaim { nonce: "r-1", request_id: "n-1", ..claim() },
            RequestClaim { issued_at: 1_800_000_001, ..claim() },
            RequestClaim { issued_at: -1_800_000_000, ..claim() },
        ] {
            assert_eq!(other.check(&enrolled, &proof), Err(ProofError::Signature(BadSignature)), "{other:?}");
        }
        let stranger = VerifyingKey::new(SigningKey::generate(&source).unwrap().public_key()).unwrap();
        assert_eq!(claim().check(&stranger, &proof), Err(ProofError::Signature(BadSignature)));
    }

    #[test]
    fn parts_that_would_read_two_ways_are_refused() {
        let long = "x".repeat(257);
        for (bad, expected) in [
            (RequestClaim { method: "", ..claim() }, ClaimError::Method),
            (RequestClaim { method: "post", ..claim() }, ClaimError::Method),
            (RequestClaim { method: "POST\n/", ..claim() }, ClaimError::Method),
            (RequestClaim { path_and_query: "", ..claim() }, ClaimError::Path),
            (RequestClaim { path_and_query: "v1", ..claim() }, ClaimError::Path),
            (RequestClaim { path_and_query: "/v1\nx", ..claim() }, ClaimError::Path),
            (RequestClaim { path_and_query: "/v 1", ..claim() }, ClaimError::Path),
            (RequestClaim { path_and_query: "/é", ..claim() }, ClaimError::Path),
            (RequestClaim { nonce: "", ..claim() }, ClaimError::Nonce),
            (RequestClaim { nonce: "a\nb", ..claim() }, ClaimError::Nonce),
            (RequestClaim { nonce: &long, ..claim() }, ClaimError::Nonce),
            (RequestClaim { request_id: "", ..claim() }, ClaimError::RequestId),
            (RequestClaim { request_id: "a b", ..claim() }, ClaimError::RequestId),
        ] {
            assert_eq!(bad.to_signed_bytes(), Err(expected), "{bad:?}");
        }
    }

    /// The control: with a line break let through, two different requests would share one proof.
    #[test]
    fn a_line_break_would_let_one_request_pass_for_another() {
        let join = |path: &str, body: &str| format!("{path}\n{body}\n");
        assert_eq!(join("/a\nb", "c"), join("/a", "b\nc"));
    }
}
