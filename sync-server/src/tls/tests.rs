use super::*;
use mentalspace_testkit::certificates::{LocalAuthority, Validity};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

fn settings(dir: &Path) -> (LocalAuthority, TlsSettings) {
    let authority = LocalAuthority::new(Validity::for_tests().unwrap()).unwrap();
    let files = authority.write(&authority.for_loopback().unwrap(), dir).unwrap();
    (authority, TlsSettings { certificate: files.chain, key: files.key, authority: files.authority })
}

#[test]
fn a_chain_that_ends_in_the_authority_is_served_and_its_pin_is_the_authoritys() {
    let dir = tempfile::tempdir().unwrap();
    let (authority, settings) = settings(dir.path());
    let config = server_config(&settings).unwrap();
    assert_eq!(config.alpn_protocols, [b"http/1.1".to_vec()]);
    assert_eq!(authority_pin(&settings).unwrap().to_hex(), authority.pin_hex());
}

#[test]
fn a_chain_without_the_authority_or_a_wrong_or_open_key_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let (_, settings) = settings(dir.path());
    let chain = fs::read_to_string(&settings.certificate).unwrap();
    let cut = chain.rfind("-----BEGIN").unwrap();
    fs::write(&settings.certificate, &chain[..cut]).unwrap();
    assert_eq!(server_config(&settings).unwrap_err().setting, "tls.certificate");
    fs::write(&settings.certificate, &chain).unwrap();
    assert!(server_config(&settings).is_ok());

    fs::set_permissions(&settings.key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(server_config(&settings).unwrap_err().setting, "tls.key");
    fs::set_permissions(&settings.key, fs::Permissions::from_mode(0o600)).unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let (_, other) = self::settings(elsewhere.path());
    let mixed = TlsSettings { key: other.key, ..settings.clone() };
    assert!(server_config(&mixed).unwrap_err().problem.contains("does not belong"));
    let mixed = TlsSettings { authority: other.authority, ..settings.clone() };
    assert_eq!(server_config(&mixed).unwrap_err().setting, "tls.certificate");
    let none = TlsSettings { authority: dir.path().join("missing.pem"), ..settings };
    assert_eq!(authority_pin(&none).unwrap_err().setting, "tls.authority");
}
