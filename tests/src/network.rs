//! The way from one laptop to the server, which can be cut.

use mentalspace_protocol::enrolment::EnrolmentCode;
use mentalspace_testkit::clinic::Clinic;
use mentalspace_testkit::failure::{Failure, Outcome};
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Carries bytes as they are, so that TLS goes from end to end. While it is cut, connections are refused as soon as they
/// are made, and those that were open have ended in the middle of whatever they carried.
#[derive(Debug, Clone)]
pub struct Network {
    port: u16,
    server: Arc<AtomicU16>,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Network {
    /// A way to the server on `server_port` of this machine.
    ///
    /// # Errors
    /// The machine has no port left.
    pub fn to(server_port: u16) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let network = Self {
            port: listener.local_addr()?.port(),
            server: Arc::new(AtomicU16::new(server_port)),
            is_cut: Arc::default(),
            open: Arc::default(),
        };
        let carrier = network.clone();
        // Ends with the process: a laptop that outlives its window must still find the way.
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                carrier.carry(connection);
            }
        });
        Ok(network)
    }

    /// Where the laptop connects.
    #[must_use]
    pub fn address(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Takes the network away.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A stream that has ended by itself is as shut as it can be.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Brings it back.
    pub fn restore(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }

    fn carry(&self, near: TcpStream) {
        if self.is_cut.load(Ordering::SeqCst) {
            return;
        }
        let server = self.server.load(Ordering::SeqCst);
        let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) else {
            return;
        };
        let ends = [near.try_clone(), far.try_clone()];
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.extend(ends.into_iter().flatten());
        drop(open);
        for (from, to) in [(near.try_clone(), far.try_clone()), (far.try_clone(), near.try_clone())] {
            if let (Ok(from), Ok(to)) = (from, to) {
                thread::spawn(move || pipe(from, to));
            }
        }
        // A cut that fell between the first line and here has not seen these ends.
        if self.is_cut.load(Ordering::SeqCst) {
            self.cut();
        }
    }
}

fn pipe(mut from: TcpStream, mut to: TcpStream) {
    // However it ends, both ends are told.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// A fresh enrolment code of `login` that leads to the clinic by `server`, an address on the way to it.
///
/// # Errors
/// The clinic refused.
pub fn code_through(clinic: &Clinic, login: &str, server: String) -> Outcome<String> {
    let code = EnrolmentCode::from_text(&clinic.code(login)?)
        .ok_or_else(|| Failure::Said("the server printed no enrolment code".into()))?;
    Ok(EnrolmentCode { server, ..code }.to_text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    #[test]
    fn a_cut_ends_open_connections_and_refuses_new_ones_until_it_is_mended() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let network = Network::to(server.local_addr().unwrap().port()).unwrap();
        thread::spawn(move || {
            for mut stream in server.incoming().flatten() {
                stream.write_all(b"hello").unwrap();
                // Held open: only the cut ends it.
                thread::spawn(move || stream.read_to_end(&mut Vec::new()));
            }
        });
        let read = |stream: &mut TcpStream| {
            let mut said = [0; 5];
            stream.read_exact(&mut said).map(|()| said)
        };
        let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, network.port)).unwrap();
        let mut first = connect();
        assert_eq!(&read(&mut first).unwrap(), b"hello");
        network.cut();
        assert_eq!(first.read(&mut [0; 1]).unwrap_or(0), 0, "the open connection has ended");
        assert!(read(&mut connect()).is_err(), "a new one is refused");
        network.restore();
        assert_eq!(&read(&mut connect()).unwrap(), b"hello");
    }
}
