//! What an operator relies on: TLS 1.3 and nothing below, a new certificate without a restart, probes, figures, an
//! end that waits for requests.

use crate::harness::{House, PASSWORD, count, hello};
use mentalspace_protocol::{EVENTS_UPGRADE, path};
use mentalspace_testkit::certificates::{LocalAuthority, Validity};
use reqwest::{Method, StatusCode};
use rustls::pki_types::ServerName;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;

async fn operator(house: &House, path: &str) -> (StatusCode, String) {
    let address = house.running.operator.unwrap();
    let answer = house.client.get(format!("http://{address}{path}")).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_tell_a_server_that_can_serve_from_one_that_cannot() {
    let house = House::open().await;
    for probe in ["/livez", "/readyz"] {
        assert_eq!(operator(&house, probe).await.0, StatusCode::NO_CONTENT);
    }
    house.database.execute("INSERT INTO migration VALUES (9999, 'of a later release', '')").unwrap();
    assert_eq!(operator(&house, "/livez").await.0, StatusCode::NO_CONTENT);
    assert_eq!(operator(&house, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_count_requests_and_name_nobody() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    assert_eq!(device.get(path::DEVICES).await.status, StatusCode::OK);
    device.sign_in("rivera", PASSWORD).await;
    let (status, text) = operator(&house, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "mentalspace_request_seconds_count{route=\"/v1/devices\",status=\"200\"} 1",
        "mentalspace_request_seconds_count{route=\"/v1/enrol\",status=\"200\"} 1",
        "mentalspace_passwords_stretched 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("mentalspace_pool_connections ") && text.contains("mentalspace_log_waiting "));
    for secret in ["rivera", &device.id.to_string(), &device.token] {
        assert!(!text.contains(secret));
    }
    // A clock that is set back is told of.
    for (days, line) in [(0, "mentalspace_day_ahead_of_clock 0"), (2, "mentalspace_day_ahead_of_clock 1")] {
        house.later(-chrono::TimeDelta::days(days));
        let (_, text) = operator(&house, "/metrics").await;
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    house.later(chrono::TimeDelta::days(2));
    // Devices' listener has no figures at all.
    assert_eq!(device.get("/metrics").await.status, StatusCode::NOT_FOUND);
}

/// The protocol version that the server settles on with a client that offers only `versions`.
fn handshake(
    address: SocketAddr,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Result<String, String> {
    #[derive(Debug)]
    struct Anybody;
    impl rustls::client::danger::ServerCertVerifier for Anybody {
        fn verify_server_cert(
            &self,
            leaf: &rustls::pki_types::CertificateDer<'_>,
            _: &[rustls::pki_types::CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: rustls::pki_types::UnixTime,
        ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
            assert!(!leaf.is_empty());
            Ok(rustls::client::danger::ServerCertVerified::assertion())
        }
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &rustls::pki_types::CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
        }
        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &rustls::pki_types::CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
        }
        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
        }
    }
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody))
            .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    session.complete_io(&mut socket).map_err(|why| why.to_string())?;
    let leaf = session.peer_certificates().unwrap()[0].clone();
    let version = session.protocol_version().unwrap();
    Ok(format!("{version:?} {}", mentalspace_crypto::sha256(&leaf)))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_tls_1_3_is_spoken_and_nothing_in_clear() {
    let house = House::open().await;
    let address = house.running.address;
    assert!(handshake(address, &[&rustls::version::TLS13]).unwrap().starts_with("TLSv1_3"));
    assert!(handshake(address, &[&rustls::version::TLS12]).is_err(), "1.2 is refused");
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // An error is an answer as well: what matters is that no HTTP comes back.
    let _ = socket.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_served_without_a_restart_and_a_bad_one_is_not() {
    let house = House::open().await;
    let address = house.running.address;
    let before = handshake(address, &[&rustls::version::TLS13]).unwrap();
    let good = house.settings();
    std::fs::write(&good.tls.certificate, "no certificate").unwrap();
    assert!(house.running.reload_certificate(&good).is_err());
    assert_eq!(handshake(address, &[&rustls::version::TLS13]).unwrap(), before, "the old one stays in use");
    let authority = LocalAuthority::new(Validity::for_tests().unwrap()).unwrap();
    authority.write(&authority.for_loopback().unwrap(), house.dir.path()).unwrap();
    house.running.reload_certificate(&good).unwrap();
    assert_ne!(handshake(address, &[&rustls::version::TLS13]).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_its_streams_and_writes_its_contacts_down() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let mut stream = device.open(device.proven(Method::GET, path::EVENTS, Vec::new())).await;
    assert!(stream.chunk().await.unwrap().is_some());
    let asks = device.proven(Method::GET, path::EVENTS, Vec::new());
    let asks = asks.set("connection", "upgrade").set("upgrade", EVENTS_UPGRADE);
    let mut connection = device.open(asks).await.upgrade().await.unwrap();
    let mut lines = [0_u8; 256];
    assert!(connection.read(&mut lines).await.unwrap() > 0);
    assert_eq!(device.post(path::HELLO, &hello()).await.status, StatusCode::OK);
    house.running.stop().await.unwrap();
    assert_eq!(
        count(&house.database, "device WHERE unsent = 5").await,
        1,
        "what the hello said is written down"
    );
    assert_eq!(stream.chunk().await.unwrap(), None, "ended, not cut");
    assert_eq!(connection.read(&mut lines).await.unwrap(), 0, "likewise");
}
