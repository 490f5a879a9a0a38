//! TLS 1.3 by rustls on ring. There is no plaintext listener for devices, and no lower version to fall back to.

use crate::config::{ConfigError, TlsSettings, private};
use mentalspace_crypto::digest::{Sha256, sha256};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;

/// Reads certificate and key into a server configuration; also what a reload on SIGHUP does.
///
/// # Errors
/// [`ConfigError`] when a file is missing, readable by others, or the chain does not end in the authority.
pub fn server_config(settings: &TlsSettings) -> Result<Arc<ServerConfig>, ConfigError> {
    let chain = certificates("tls.certificate", &settings.certificate)?;
    let authority = authority(settings)?;
    // A device trusts nothing but the pin of the authority; it can check a chain only if the authority is in it.
    if chain.last() != Some(&authority) {
        let problem =
            "the last certificate of the chain must be the authority's own, byte for byte: devices pin it.";
        return Err(ConfigError::new("tls.certificate", problem));
    }
    private("tls.key", &settings.key)?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|_| ConfigError::new("tls.key", format!("{} holds no PEM key.", settings.key.display())))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| ConfigError::new("tls.key", "TLS 1.3 is not available in this build."))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| ConfigError::new("tls.key", "the key does not belong to the certificate."))?;
    // No HTTP/2: a connection of it holds several times the memory, and devices have one request at a time.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// SHA-256 of the authority's certificate (DER): what enrolment codes carry.
///
/// # Errors
/// [`ConfigError`] when the file does not hold exactly one certificate.
pub fn authority_pin(settings: &TlsSettings) -> Result<Sha256, ConfigError> {
    authority(settings).map(|certificate| sha256(&certificate))
}

fn authority(settings: &TlsSettings) -> Result<CertificateDer<'static>, ConfigError> {
    let found = certificates("tls.authority", &settings.authority)?;
    let [authority] = <[_; 1]>::try_from(found).map_err(|_| {
        ConfigError::new("tls.authority", "it must hold the authority's certificate and no other.")
    })?;
    Ok(authority)
}

fn certificates(setting: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .ok()
        .filter(|found: &Vec<_>| !found.is_empty())
        .ok_or_else(|| ConfigError::new(setting, format!("{} holds no PEM certificate.", path.display())))
}

#[cfg(test)]
#[path = "tls/tests.rs"]
mod tests;
