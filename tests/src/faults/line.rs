//! The line between one laptop and the server, with weather of its own. It carries bytes as they are, so TLS goes from end
//! to end.

use crate::network::code_through;
use mentalspace_testkit::clinic::{Clinic, Device};
use mentalspace_testkit::failure::Outcome;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What happens on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Clear,
    /// Connections are refused, and those that are open have ended.
    Refused,
    /// Nothing arrives, in either direction; it arrives when the line is clear again.
    Partition,
    /// Nothing arrives, and on connections of that time nothing ever will, though both ends take them for open.
    HalfOpen,
    /// What the server answers is lost, after it has done what was asked; the connection ends.
    LostAnswer {
        /// Bytes of the answer that still arrive.
        after: u64,
    },
    /// The connection ends after so many bytes from the laptop.
    Cut {
        /// The bytes.
        after: u64,
    },
    /// One bit is wrong.
    Corrupt {
        /// In this byte from the server.
        at: u64,
    },
    /// A piece arrives twice.
    Doubled {
        /// The one that holds this byte from the laptop.
        at: u64,
    },
    /// Each piece comes so many milliseconds late.
    Late {
        /// The milliseconds.
        ms: u64,
    },
    /// So many bytes arrive a second.
    Trickle {
        /// The bytes.
        a_second: u64,
    },
    /// So many bytes leave the laptop a second; what comes to it arrives at once.
    NarrowOut {
        /// The bytes.
        a_second: u64,
    },
}

impl Weather {
    /// Its name in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Refused => "refused",
            Self::Partition => "partition",
            Self::HalfOpen => "half_open",
            Self::LostAnswer { .. } => "lost_answer",
            Self::Cut { .. } => "cut",
            Self::Corrupt { .. } => "corrupt",
            Self::Doubled { .. } => "doubled",
            Self::Late { .. } => "late",
            Self::Trickle { .. } => "trickle",
            Self::NarrowOut { .. } => "narrow_out",
        }
    }
}

#[derive(Debug)]
struct State {
    weather: Weather,
    /// Grows with every change: a stream counts its bytes from the last one.
    change: u64,
    /// How often the weather of now took effect.
    took: u64,
    open: Vec<TcpStream>,
}

/// The line.
#[derive(Debug, Clone)]
pub struct Line {
    near: (Ipv4Addr, u16),
    state: Arc<Mutex<State>>,
}

/// How often somebody who waits for the weather to change looks.
const LOOK: Duration = Duration::from_millis(5);

impl Line {
    /// A line from an own port on `near` to the port `server` of this machine.
    ///
    /// # Errors
    /// There is no such address or no port left.
    pub fn new(near: Ipv4Addr, server: u16) -> Outcome<Self> {
        let listener = TcpListener::bind((near, 0))?;
        let state = State { weather: Weather::Clear, change: 0, took: 0, open: Vec::new() };
        let line = Self { near: (near, listener.local_addr()?.port()), state: Arc::new(Mutex::new(state)) };
        let carrier = line.clone();
        // Ends with the process.
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                carrier.carry(connection, server);
            }
        });
        Ok(line)
    }

    /// Where the laptop connects.
    #[must_use]
    pub fn address(&self) -> String {
        format!("https://{}:{}", self.near.0, self.near.1)
    }

    /// Enrols a new device of `login`, which reaches the clinic over this line; its profile is `name`.
    ///
    /// # Errors
    /// The clinic refused.
    pub fn enrol(&self, clinic: &Clinic, login: &str, name: &str) -> Outcome<Device> {
        clinic.enrol_by(&code_through(clinic, login, self.address())?, name)
    }

    /// From now on, this weather. Gives how often the one before took effect.
    #[must_use]
    pub fn turn(&self, weather: Weather) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.weather = weather;
        state.change += 1;
        if weather == Weather::Refused {
            for stream in state.open.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        std::mem::take(&mut state.took)
    }

    fn now(&self) -> (Weather, u64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.weather, state.change)
    }

    fn took(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).took += 1;
    }

    fn carry(&self, near: TcpStream, server: u16) {
        if self.now().0 == Weather::Refused {
            self.took();
            return;
        }
        let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) else { return };
        let ends = [near.try_clone(), far.try_clone()];
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open.extend(ends.into_iter().flatten());
        drop(state);
        for (from, to, is_up) in
            [(near.try_clone(), far.try_clone(), true), (far.try_clone(), near.try_clone(), false)]
        {
            if let (Ok(from), Ok(to)) = (from, to) {
                let line = self.clone();
                thread::spawn(move || line.pump(from, to, is_up));
            }
        }
        if self.now().0 == Weather::Refused {
            let _ = self.turn(Weather::Refused);
        }
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream, is_up: bool) {
        let mut stream = Stream { is_up, change: self.now().1, carried: 0, is_dead: false };
        let mut piece = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if stream.pass(self, &mut piece[..length], &mut to).is_none() {
                break;
            }
        }
        // However it ends, both ends are told, but for a connection that nobody knows to be dead.
        if !stream.is_dead {
            let _ = to.shutdown(Shutdown::Both);
            let _ = from.shutdown(Shutdown::Both);
        }
    }
}

/// One direction of a connection.
struct Stream {
    is_up: bool,
    change: u64,
    /// Bytes since the weather last changed.
    carried: u64,
    is_dead: bool,
}

impl Stream {
    /// Carries a piece as the weather has it; none where the connection ends.
    fn pass(&mut self, line: &Line, piece: &mut [u8], to: &mut TcpStream) -> Option<()> {
        let (mut weather, mut change) = line.now();
        if weather == Weather::Partition {
            line.took();
        }
        while weather == Weather::Partition {
            thread::sleep(LOOK);
            (weather, change) = line.now();
        }
        if change != self.change {
            (self.change, self.carried) = (change, 0);
        }
        let begun = self.carried;
        self.carried += piece.len() as u64;
        let within = |at: u64| (begun..begun + piece.len() as u64).contains(&at);
        match weather {
            Weather::Cut { after } if self.is_up && self.carried > after => {
                line.took();
                let kept = usize::try_from(after.saturating_sub(begun)).unwrap_or(0).min(piece.len());
                to.write_all(&piece[..kept]).ok()?;
                None
            }
            Weather::LostAnswer { after } if !self.is_up && self.carried > after => {
                line.took();
                None
            }
            Weather::Corrupt { at } if !self.is_up && within(at) => {
                line.took();
                piece[usize::try_from(at - begun).unwrap_or(0)] ^= 0x10;
                to.write_all(piece).ok()
            }
            Weather::Doubled { at } if self.is_up && within(at) => {
                line.took();
                to.write_all(piece).ok()?;
                to.write_all(piece).ok()
            }
            Weather::HalfOpen => {
                line.took();
                self.is_dead = true;
                Some(())
            }
            _ if self.is_dead => Some(()),
            Weather::Late { ms } => {
                line.took();
                thread::sleep(Duration::from_millis(ms));
                to.write_all(piece).ok()
            }
            Weather::Trickle { a_second } => trickle(line, a_second, piece, to),
            Weather::NarrowOut { a_second } if self.is_up => trickle(line, a_second, piece, to),
            _ => to.write_all(piece).ok(),
        }
    }
}

/// Carries a piece at so many bytes a second, until the weather changes.
fn trickle(line: &Line, a_second: u64, piece: &[u8], to: &mut TcpStream) -> Option<()> {
    line.took();
    let (weather, _) = line.now();
    for part in piece.chunks(usize::try_from(a_second / 20).unwrap_or(1).max(1)) {
        to.write_all(part).ok()?;
        if line.now().0 == weather {
            thread::sleep(Duration::from_millis(50));
        }
    }
    Some(())
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
