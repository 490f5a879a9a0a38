use super::*;
use std::fs;

const GOOD: &str = r#"
listen = "127.0.0.1:0"
public_address = "https://records.practice.example:8443"
operator_listen = "127.0.0.1:0"
key_encryption_key = "/etc/mentalspace/kek"
[database]
url = "host=/run/postgresql user=mentalspace_app dbname=mentalspace"
[tls]
certificate = "/etc/mentalspace/server.pem"
key = "/etc/mentalspace/server.key"
authority = "/etc/mentalspace/authority.pem"
"#;

#[test]
fn a_complete_file_is_taken_with_its_defaults() {
    let settings = Settings::parse(GOOD).unwrap();
    assert_eq!(settings.log, LogLevel::Info);
    assert_eq!(settings.database.max_connections, 16);
    assert_eq!(settings.database.owner().unwrap_err().setting, "database.owner_url");
}

/// Each line: what is replaced, by what, and the setting that the refusal must name.
#[test]
fn what_cannot_be_accepted_is_refused_by_name_and_never_by_value() {
    let canary = "hunter2-canary-value-9f3";
    let table = [
        ("https://records", "http://records", "public_address"),
        ("operator_listen = \"127.0.0.1:0\"", "operator_listen = \"0.0.0.0:9464\"", "operator_listen"),
        ("host=/run/postgresql", "host=db.practice.example", "database.url"),
        ("host=/run/postgresql ", "", "database.url"),
        ("user=mentalspace_app", "user=mentalspace_app password=postgres", "database.url"),
        ("user=mentalspace_app", "user=mentalspace_app password=changeme-changeme-123", "database.url"),
        ("user=mentalspace_app", "user=mentalspace_app password=sh0rt", "database.url"),
        (" dbname=mentalspace", "", "database.url"),
        ("[database]", "[database]\nmax_connections = 0", "database.max_connections"),
        ("listen = \"127.0.0.1:0\"\n", "", "--config"),
        ("[tls]", "[tls]\nhunter2-canary-value-9f3 = 1", "--config"),
        ("listen = \"127.0.0.1:0\"", "listen = \"hunter2-canary-value-9f3\"", "--config"),
        ("[database]", "[database]\nowner_url = \"hunter2-canary-value-9f3\"", "database.owner_url"),
    ];
    for (from, to, setting) in table {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let refusal = Settings::parse(&text).unwrap_err();
        assert_eq!(refusal.setting, setting, "{from} -> {to}: {refusal}");
        let shown = format!("{refusal} {refusal:?}");
        assert!(!shown.contains("changeme") && !shown.contains("sh0rt"), "{shown}");
        if !to.contains(&format!("{canary} =")) {
            assert!(!shown.contains(canary), "a value is never repeated: {shown}");
        }
    }
    let shown = format!(
        "{:?}",
        Settings::parse(&GOOD.replacen("user=", "password=Wv8mQ2xT7rK4pL9z user=", 1)).unwrap()
    );
    assert!(!shown.contains("Wv8mQ2"), "{shown}");
}

fn key_file(content: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kek");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    (dir, path)
}

const RANDOM: &str = "8c1f3f0a5be94d27c66b0e92d4a1f7735e08b9c24d61aa3f90e7125cb8df4631";

#[test]
fn a_random_key_in_a_private_file_is_taken() {
    let (_dir, path) = key_file(&format!("{RANDOM}\n"), 0o600);
    assert_eq!(read_key_encryption_key(&path).unwrap().expose()[0], 0x8c);
}

#[test]
fn a_key_that_is_missing_short_well_known_or_readable_by_others_is_refused() {
    let words = "6368616e67656d65206368616e67656d65206368616e67656d65206368616e67";
    let counting: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    for (content, mode, what) in [
        ("", 0o600, "another length"),
        ("changeme", 0o600, "well-known"),
        ("secret-changeme!", 0o600, "well-known"),
        (&RANDOM[..62], 0o600, "another length"),
        (&RANDOM.replace('8', "g"), 0o600, "hexadecimal digits only"),
        (&"0".repeat(64), 0o600, "not random"),
        (&"ab".repeat(32), 0o600, "not random"),
        (&counting, 0o600, "not random"),
        (words, 0o600, "not random"),
        (RANDOM, 0o644, "must have 0600"),
        (RANDOM, 0o640, "must have 0600"),
    ] {
        let (_dir, path) = key_file(content, mode);
        let refusal = read_key_encryption_key(&path).unwrap_err();
        assert_eq!(refusal.setting, "key_encryption_key");
        assert!(refusal.problem.contains(what), "{content} {mode:o}: {refusal}");
        assert!(content.is_empty() || !refusal.problem.contains(content), "{refusal}");
    }
    assert!(read_key_encryption_key(Path::new("/nonexistent/kek")).is_err());
}
