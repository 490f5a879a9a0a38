//! Judging the proof of possession that travels with a device's request; `mentalspace_protocol::proof` says how it is
//! made and written.

use super::nonce::Nonces;
use super::replays::Replays;
use crate::http::Arrived;
use crate::http::failure::{Failure, Outcome};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mentalspace_crypto::proof::RequestClaim;
use mentalspace_crypto::signing::{PublicKey, Signature, VerifyingKey};
use mentalspace_crypto::{Sha256, sha256};
use mentalspace_domain::ids::DeviceId;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::proof::PROOF_HEADER;

/// A proof as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    nonce: String,
    request_id: String,
    issued_at: i64,
    signature: Signature,
}

impl Proof {
    /// Reads the header's text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (nonce, request_id) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let issued_at = parts.next()?.parse().ok()?;
        let signature = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        let signature = Signature::try_from(signature.as_slice()).ok()?;
        parts.next().is_none().then_some(Self { nonce, request_id, issued_at, signature })
    }

    /// The proof of a request whose nonce is still good.
    ///
    /// # Errors
    /// `Unauthenticated` without a proof, `StaleNonce` where the device must repeat the request with the nonce of this
    /// very answer.
    pub fn of(arrived: &Arrived, nonces: &Nonces, now: DateTime<Utc>) -> Outcome<Self> {
        let proof =
            arrived.header(PROOF_HEADER).and_then(Self::parse).ok_or_else(Failure::unauthenticated)?;
        if nonces.is_current(&proof.nonce, now) {
            return Ok(proof);
        }
        Err(Failure::new(
            ErrorCode::StaleNonce,
            "The request took too long on its way and was not looked at. It is sent again by itself.",
        ))
    }

    /// Whether the holder of `device_key` made this proof, over exactly this request with this token.
    ///
    /// # Errors
    /// The stored key is none.
    pub fn fits(&self, arrived: &Arrived, token_sha256: Option<Sha256>, device_key: &[u8]) -> Outcome<bool> {
        let key = PublicKey::try_from(device_key).map_err(Failure::internal)?;
        let key = VerifyingKey::new(key).map_err(Failure::internal)?;
        let claim = RequestClaim {
            method: arrived.method.as_str(),
            path_and_query: &arrived.path_and_query,
            body_sha256: sha256(&arrived.sent),
            token_sha256,
            nonce: &self.nonce,
            request_id: &self.request_id,
            issued_at: self.issued_at,
        };
        Ok(claim.check(&key, &self.signature).is_ok())
    }

    /// Takes note of a proven request. Only those are remembered: nobody can fill the memory, or use up an id, for
    /// another.
    ///
    /// # Errors
    /// `Unauthenticated` for a request that was seen before.
    pub fn is_first(&self, device: DeviceId, replays: &Replays, now: DateTime<Utc>) -> Outcome<()> {
        if replays.is_new(device, &self.request_id, now) { Ok(()) } else { Err(Failure::unauthenticated()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mentalspace_crypto::Secret32;
    use mentalspace_crypto::signing::SigningKey;
    use mentalspace_protocol::proof::{Request, header};

    #[test]
    fn the_header_that_a_device_writes_reads_back_and_other_shapes_do_not() {
        let key = SigningKey::from_seed(Secret32::from_bytes([1; 32])).unwrap();
        let request = Request {
            method: "POST",
            path_and_query: "/v1/sync/push",
            body: b"{}",
            token: "token",
            nonce: "n-1",
            request_id: "r-1",
            issued_at: -5,
        };
        let text = header(&request, &key).unwrap();
        let proof = Proof::parse(&text).unwrap();
        assert_eq!((proof.nonce.as_str(), proof.request_id.as_str(), proof.issued_at), ("n-1", "r-1", -5));
        for wrong in ["", "a.b", "a.b.c.d", "a.b.1.AAAA", &format!("{text}.x"), &text[1..text.len() - 2]] {
            assert!(Proof::parse(wrong).is_none(), "{wrong}");
        }
    }
}
