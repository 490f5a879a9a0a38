use super::*;
use std::time::Instant;

/// A server that answers every byte with itself, behind a line.
fn line() -> (Line, impl Fn() -> TcpStream) {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let line = Line::new(Ipv4Addr::LOCALHOST, server.local_addr().unwrap().port()).unwrap();
    thread::spawn(move || {
        for mut stream in server.incoming().flatten() {
            thread::spawn(move || {
                let mut echoed = stream.try_clone().unwrap();
                let _ = std::io::copy(&mut stream, &mut echoed);
            });
        }
    });
    let near = line.near;
    (line, move || {
        let stream = TcpStream::connect(near).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    })
}

/// What comes back for `words`, up to the end of the connection or so many bytes.
fn echo(stream: &mut TcpStream, words: &[u8], length: usize) -> Vec<u8> {
    let _ = stream.write_all(words);
    let mut back = vec![0; length];
    let mut got = 0;
    while got < length {
        match stream.read(&mut back[got..]) {
            Ok(more @ 1..) => got += more,
            _ => break,
        }
    }
    back.truncate(got);
    back
}

#[test]
fn every_weather_does_what_it_says() {
    let (line, connect) = line();
    let mut open = connect();
    assert_eq!(echo(&mut open, b"hello", 5), b"hello");
    assert_eq!(line.turn(Weather::Corrupt { at: 1 }), 0);
    assert_eq!(echo(&mut open, b"hello", 5), [b'h', b'e' ^ 0x10, b'l', b'l', b'o']);
    assert_eq!(line.turn(Weather::Doubled { at: 0 }), 1);
    assert_eq!(echo(&mut open, b"hey", 6), b"heyhey");
    assert_eq!(line.turn(Weather::Cut { after: 2 }), 1);
    assert!(echo(&mut open, b"hello", 5).len() <= 2, "the rest was cut off");
    assert_eq!(line.turn(Weather::LostAnswer { after: 0 }), 1);
    assert_eq!(echo(&mut connect(), b"hello", 5), b"");
    assert_eq!(line.turn(Weather::Refused), 1);
    assert_eq!(echo(&mut connect(), b"hello", 5), b"");
    assert!(line.turn(Weather::Clear) > 0);
    assert_eq!(echo(&mut connect(), b"hello", 5), b"hello");
}

#[test]
fn a_partition_holds_back_and_a_half_open_connection_stays_dead() {
    let (line, connect) = line();
    let (mut held, mut dead) = (connect(), connect());
    assert_eq!(echo(&mut held, b"a", 1), b"a");
    let _ = line.turn(Weather::HalfOpen);
    dead.write_all(b"lost").unwrap();
    dead.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(dead.read(&mut [0; 1]).is_err(), "nothing arrives, and nobody is told");
    let _ = line.turn(Weather::Partition);
    held.write_all(b"held").unwrap();
    held.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(held.read(&mut [0; 1]).is_err());
    let begun = Instant::now();
    let _ = line.turn(Weather::Clear);
    held.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(echo(&mut held, b"", 4), b"held", "it arrives when the line is clear: {:?}", begun.elapsed());
    dead.write_all(b"again").unwrap();
    assert!(dead.read(&mut [0; 1]).is_err(), "what was dead stays dead");
}
