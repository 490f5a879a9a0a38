//! Proof of possession: every request of an enrolled device is signed with the device's key, so that a copied token
//! is worth nothing elsewhere (the idea of RFC 9449, with Ed25519 over the text of `mentalspace_crypto::proof`).

use mentalspace_crypto::digest::sha256;
use mentalspace_crypto::proof::RequestClaim;

/// Header with the server's current nonce, in every answer; a device repeats a refused request once with it.
pub const NONCE_HEADER: &str = "x-mentalspace-nonce";
/// Header with the device's identifier.
pub const DEVICE_HEADER: &str = "x-mentalspace-device";
/// Header with `nonce.signature`: the nonce used, a dot, and the Ed25519 signature over the request's claim in
/// lower-case hexadecimal.
pub const PROOF_HEADER: &str = "x-mentalspace-proof";

/// The claim that both ends build from a request. `body` is what is sent, that is, compressed; `token` the bearer
/// token; `device` the identifier in [`DEVICE_HEADER`], which stands as the request's id: every request of the
/// interface may be repeated without effect, so a replay within a nonce's life (five minutes) changes nothing, and
/// the server keeps no memory of requests. The nonce carries the server's time; the device's clock says nothing.
#[must_use]
pub fn claim<'a>(
    method: &'a str,
    path_and_query: &'a str,
    body: &[u8],
    token: &str,
    nonce: &'a str,
    device: &'a str,
) -> RequestClaim<'a> {
    RequestClaim {
        method,
        path_and_query,
        body_sha256: sha256(body),
        token_sha256: Some(sha256(token.as_bytes())),
        nonce,
        request_id: device,
        issued_at: 0,
    }
}
