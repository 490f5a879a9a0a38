use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::*;

fn answers(server_socket: &Path) -> bool {
    UnixStream::connect(server_socket.join(format!(".s.PGSQL.{PORT}"))).is_ok()
}

#[test]
fn a_private_server_answers_and_leaves_nothing_behind() {
    let server = Postgres::start(&PostgresSettings::throw_away().unwrap()).unwrap();
    let socket_dir = server.socket_dir().to_path_buf();
    let home = server.log().parent().unwrap().to_path_buf();
    assert!(answers(&socket_dir));
    server.stop();
    assert!(!answers(&socket_dir), "a stopped server must not answer");
    assert!(!socket_dir.exists() && !home.exists(), "a temporary server leaves no file");
}

#[test]
fn a_home_is_opened_again_and_by_one_program_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let settings = PostgresSettings {
        home: Some(home.path().join("state")),
        durable: true,
        ..PostgresSettings::throw_away().unwrap()
    };
    let first = Postgres::start(&settings).unwrap();
    let kept = first.log().parent().unwrap().to_path_buf();
    let refusal = Postgres::start(&settings).unwrap_err().to_string();
    assert!(refusal.contains("another program is running the database"), "{refusal}");
    assert!(answers(first.socket_dir()), "the refused second start must not disturb the first");
    first.stop();
    let again = Postgres::start(&settings).unwrap();
    assert!(answers(again.socket_dir()), "the same home serves the next run");
    drop(again);
    // Where root's home cannot be passed through, the data stands under /var/tmp instead.
    if !kept.starts_with(home.path()) {
        fs::remove_dir_all(kept).unwrap();
    }
}

#[test]
fn a_socket_path_that_a_shell_would_split_is_refused() {
    assert!(server_options(Path::new("/tmp/ms-sock-a1"), true).is_ok());
    assert!(server_options(Path::new("/tmp/my files/$(id)"), true).is_err());
}

#[test]
fn users_are_found_by_their_whole_name() {
    let users =
        "root:x:0:0:root:/root:/bin/bash\npostgresql:x:7:7::/:/bin/sh\npostgres:x:101:104:,,,:/:/bin/sh\n";
    assert_eq!(user_in(users, "postgres"), Some(("postgres".to_owned(), 101, 104)));
    assert_eq!(user_in(users, "post"), None);
}

/// Not a test: the program that the next test kills while its server runs.
#[test]
#[ignore = "run as a child by a_server_stops_and_is_erased_when_its_program_is_killed"]
fn program_that_waits_to_be_killed() {
    let server = Postgres::start(&PostgresSettings::throw_away().unwrap()).unwrap();
    println!("\nsocket={} home={}", server.socket_dir().display(), server.log().parent().unwrap().display());
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn a_server_stops_and_is_erased_when_its_program_is_killed() {
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "postgres::tests::program_that_waits_to_be_killed"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(program.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("socket=").map(str::to_owned))
        .expect("the program names its directories");
    let (socket_dir, home) = said.split_once(" home=").unwrap();
    assert!(answers(Path::new(socket_dir)), "the control: the server must run before its program is killed");
    program.kill().unwrap();
    program.wait().unwrap();
    let give_up = Instant::now() + Duration::from_secs(60);
    while Path::new(home).exists() && Instant::now() < give_up {
        std::thread::yield_now();
    }
    assert!(
        !answers(Path::new(socket_dir)) && !Path::new(home).exists(),
        "kill -9 must leave no server behind"
    );
}
