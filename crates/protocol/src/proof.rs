//! Proof of possession: every request of an enrolled device is signed with the device's key, so that a copied token
//! is worth nothing elsewhere (the idea of RFC 9449, with Ed25519 over our own canonical text).

/// Header with the server's current nonce, in every answer; a device repeats a refused request once with it.
pub const NONCE_HEADER: &str = "x-mentalspace-nonce";
/// Header with the device's identifier.
pub const DEVICE_HEADER: &str = "x-mentalspace-device";
/// Header with `nonce.signature`: the nonce used, a dot, and the Ed25519 signature, base64url without padding, over
/// `mentalspace_crypto::proof::signing_text(method, path_and_query, sha256(body), nonce)`. The body is the bytes as
/// sent, that is, compressed.
pub const PROOF_HEADER: &str = "x-mentalspace-proof";
