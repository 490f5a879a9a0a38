//! A local certificate authority and the server certificates that it issues, for loopback only.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::{Datelike as _, NaiveDate};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use ring::digest::{SHA256, digest};

use crate::failure::{Doing, Failure, Outcome};

/// The days on which a certificate is good, both included.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
}

impl Validity {
    /// 2020 to 2099: wide enough for tests that turn the clock by years, which must fail for their own reason.
    pub fn for_tests() -> Outcome<Self> {
        let day = |year, month, day| {
            NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| Failure::Said("no such day".into()))
        };
        Ok(Self { from: day(2020, 1, 1)?, until: day(2099, 12, 31)? })
    }

    fn limit(self, params: &mut CertificateParams) {
        // A month and a day of the civil calendar are at most 12 and 31.
        let instant = |day: NaiveDate| {
            let part = |number: u32| u8::try_from(number).unwrap_or(1);
            date_time_ymd(day.year(), part(day.month()), part(day.day()))
        };
        params.not_before = instant(self.from);
        params.not_after = instant(self.until.succ_opt().unwrap_or(self.until));
    }
}

/// A certificate authority that lives in this process: its private key is never written anywhere.
pub struct LocalAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    validity: Validity,
}

impl std::fmt::Debug for LocalAuthority {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("LocalAuthority").field("pin", &self.pin_hex()).finish_non_exhaustive()
    }
}

/// Where the PEM files of a server certificate were written.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// The server's certificate followed by the authority's.
    pub chain: PathBuf,
    /// The server's private key, readable by its owner only.
    pub key: PathBuf,
}

/// A server certificate and its key, PEM.
pub struct ServerCertificate {
    /// The server's certificate followed by the authority's.
    pub chain_pem: String,
    /// PKCS #8.
    pub key_pem: String,
}

impl std::fmt::Debug for ServerCertificate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ServerCertificate").finish_non_exhaustive()
    }
}

impl LocalAuthority {
    /// Makes a new authority with a fresh P-256 key.
    pub fn new(validity: Validity) -> Outcome<Self> {
        let mut params = CertificateParams::default();
        validity.limit(&mut params);
        params.distinguished_name.push(DnType::CommonName, "MentalSpace local authority");
        // No intermediate authority below this one.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?, validity })
    }

    /// The authority's certificate, PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// SHA-256 over the DER of the authority's certificate: what an enrolment code carries.
    #[must_use]
    pub fn pin(&self) -> [u8; 32] {
        let mut pin = [0; 32];
        pin.copy_from_slice(digest(&SHA256, self.issuer.der()).as_ref());
        pin
    }

    /// The pin as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn pin_hex(&self) -> String {
        self.pin().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A certificate for `localhost`, `127.0.0.1` and `::1`, as long as the authority lasts.
    pub fn for_loopback(&self) -> Outcome<ServerCertificate> {
        self.issue(&["localhost"], &[Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()], self.validity)
    }

    /// A certificate for the names and addresses given: another name or a past validity makes the certificate
    /// that a device must refuse.
    pub fn issue(
        &self,
        names: &[&str],
        addresses: &[IpAddr],
        validity: Validity,
    ) -> Outcome<ServerCertificate> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.subject_alt_names.extend(addresses.iter().copied().map(SanType::IpAddress));
        validity.limit(&mut params);
        params.distinguished_name.push(DnType::CommonName, "MentalSpace sync-server");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(ServerCertificate {
            chain_pem: format!("{}{}", certificate.pem(), self.issuer.pem()),
            key_pem: key.serialize_pem(),
        })
    }

    /// Writes `authority.pem`, `server.pem` and `server.key` into `dir`, which is created where missing.
    pub fn write(&self, certificate: &ServerCertificate, dir: &Path) -> Outcome<CertificateFiles> {
        fs::create_dir_all(dir).doing(format!("create {}", dir.display()))?;
        let files = CertificateFiles {
            authority: dir.join("authority.pem"),
            chain: dir.join("server.pem"),
            key: dir.join("server.key"),
        };
        write_with_mode(&files.authority, &self.pem(), 0o644)?;
        write_with_mode(&files.chain, &certificate.chain_pem, 0o644)?;
        write_with_mode(&files.key, &certificate.key_pem, 0o600)?;
        Ok(files)
    }
}

fn write_with_mode(path: &Path, text: &str, mode: u32) -> Outcome<()> {
    // A file of an earlier run may carry a wider mode, which opening it again would keep.
    let _ = fs::remove_file(path);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .doing(format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;

    /// `openssl verify` of the server certificate: an implementation that shares no code with ours.
    fn openssl_accepts(authority: &str, certificate: &ServerCertificate, more: &[&str]) -> bool {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), authority).unwrap();
        fs::write(dir.path().join("leaf.pem"), &certificate.chain_pem).unwrap();
        let verify = ["verify", "-purpose", "sslserver", "-CAfile", "ca.pem"];
        let output =
            Command::new("openssl").args(verify).args(more).arg("leaf.pem").current_dir(dir.path()).output();
        output.unwrap().status.success()
    }

    #[test]
    fn openssl_accepts_the_loopback_certificate_and_refuses_the_wrong_ones() {
        let validity = Validity::for_tests().unwrap();
        let authority = LocalAuthority::new(validity).unwrap();
        let other = LocalAuthority::new(validity).unwrap();
        let certificate = authority.for_loopback().unwrap();
        for name in [["-verify_hostname", "localhost"], ["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"]] {
            assert!(openssl_accepts(&authority.pem(), &certificate, &name), "{name:?}");
        }
        let wrong_name = ["-verify_hostname", "practice.example"];
        assert!(!openssl_accepts(&authority.pem(), &certificate, &wrong_name), "another name is refused");
        assert!(!openssl_accepts(&other.pem(), &certificate, &[]), "another authority is refused");
        let past = Validity { until: NaiveDate::from_ymd_opt(2020, 2, 1).unwrap(), ..validity };
        let expired = authority.issue(&["localhost"], &[], past).unwrap();
        assert!(!openssl_accepts(&authority.pem(), &expired, &[]), "an expired certificate is refused");
    }

    #[test]
    fn the_pin_is_the_digest_that_openssl_computes_and_the_key_is_private() {
        let authority = LocalAuthority::new(Validity::for_tests().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let files = authority.write(&authority.for_loopback().unwrap(), dir.path()).unwrap();
        let output = Command::new("openssl")
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
            .arg(&files.authority)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let theirs = said.split('=').nth(1).unwrap().trim().replace(':', "").to_lowercase();
        assert_eq!(authority.pin_hex(), theirs);
        assert_eq!(fs::metadata(&files.key).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
