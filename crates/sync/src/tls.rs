//! The server proves that it belongs to the practice: its chain must end in the certificate authority whose hash the
//! enrolment code carried. The public authorities are not asked, and there is no way to fall back.

use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::{Sha256, sha256};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// The newest time that the server has signed. A laptop whose clock is a year off judges certificates by this.
#[derive(Clone, Debug, Default)]
pub struct TrustedTime(Arc<RwLock<Option<DateTime<Utc>>>>);

impl TrustedTime {
    /// Takes in a server-signed time; never moves back.
    pub fn saw(&self, time: DateTime<Utc>) {
        if let Ok(mut newest) = self.0.write() {
            *newest = (*newest).max(Some(time));
        }
    }

    fn get(&self) -> Option<UnixTime> {
        let time = (*self.0.read().ok()?)?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(time.timestamp()).ok()?)))
    }
}

/// A TLS 1.3 client that accepts only the practice's server.
///
/// # Errors
/// The TLS library refuses its own defaults; does not happen.
pub fn client_config(pin: Sha256, trusted: TrustedTime) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    Ok(ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PracticeAuthority { pin, provider, trusted }))
        .with_no_client_auth())
}

#[derive(Debug)]
struct PracticeAuthority {
    pin: Sha256,
    provider: Arc<CryptoProvider>,
    trusted: TrustedTime,
}

impl PracticeAuthority {
    fn verifier(&self, chain: &[CertificateDer<'_>]) -> Result<Arc<WebPkiServerVerifier>, Error> {
        let unknown = || Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let authority = chain.iter().find(|der| sha256(der) == self.pin).ok_or_else(unknown)?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|_| unknown())
    }
}

impl ServerCertVerifier for PracticeAuthority {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verifier = self.verifier(intermediates)?;
        let at =
            |time| verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, time);
        match at(now) {
            Err(Error::InvalidCertificate(error)) if about_time(&error) => match self.trusted.get() {
                Some(time) => at(time),
                None => Err(Error::InvalidCertificate(error)),
            },
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn about_time(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    )
}
