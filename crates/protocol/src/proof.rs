//! Proof of possession: every request of an enrolled device is signed with the device's key, so that a copied token
//! is worth nothing elsewhere (the idea of RFC 9449, with Ed25519 over the text of `mentalspace_crypto::proof`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mentalspace_crypto::digest::sha256;
use mentalspace_crypto::proof::{ProveError, RequestClaim};
use mentalspace_crypto::signing::SigningKey;

/// Header with the server's current nonce, in every answer; a device repeats a refused request once with it.
pub const NONCE_HEADER: &str = "x-mentalspace-nonce";
/// Header with the device's identifier.
pub const DEVICE_HEADER: &str = "x-mentalspace-device";
/// Header with `nonce.request-id.issued-at.signature`: the nonce that the server gave, the device's fresh id of this
/// request, its own clock in seconds since 1970 (evidence only: the nonce carries the server's time), and base64url
/// without padding of the Ed25519 signature over the request's claim. None of the four parts contains a dot.
pub const PROOF_HEADER: &str = "x-mentalspace-proof";

/// A request as it is proved.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Method, in capitals.
    pub method: &'a str,
    /// Path and query as sent.
    pub path_and_query: &'a str,
    /// The body as sent, that is, compressed.
    pub body: &'a [u8],
    /// The bearer token.
    pub token: &'a str,
    /// The server's nonce.
    pub nonce: &'a str,
    /// A fresh id: the server refuses one that it has seen.
    pub request_id: &'a str,
    /// The device's clock, seconds since 1970.
    pub issued_at: i64,
}

/// The text of [`PROOF_HEADER`] for a request.
///
/// # Errors
/// A part cannot be put into words, or the key cannot sign.
pub fn header(request: &Request<'_>, key: &SigningKey) -> Result<String, ProveError> {
    let claim = RequestClaim {
        method: request.method,
        path_and_query: request.path_and_query,
        body_sha256: sha256(request.body),
        token_sha256: Some(sha256(request.token.as_bytes())),
        nonce: request.nonce,
        request_id: request.request_id,
        issued_at: request.issued_at,
    };
    let signature = URL_SAFE_NO_PAD.encode(claim.prove(key)?.as_bytes());
    Ok(format!("{}.{}.{}.{signature}", request.nonce, request.request_id, request.issued_at))
}
