//! An X server without a screen, for real windows where there is no display.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::failure::{Doing, Failure, Outcome};
use crate::process::OwnedProcess;

/// A running Xvfb. Dropping it ends it and every window on it.
#[derive(Debug)]
pub struct XDisplay {
    _server: OwnedProcess,
    name: String,
}

impl XDisplay {
    /// Starts Xvfb with a screen of `width` × `height` pixels on the first free display and returns when it takes
    /// connections. 1366 × 768 is the smallest screen that the product is designed for.
    pub fn start(width: u32, height: u32) -> Outcome<Self> {
        // -displayfd lets the server choose a free number and print it once it listens: no race, no waiting.
        let mut server = OwnedProcess::spawn(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0"])
                .arg(format!("{width}x{height}x24"))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut line = String::new();
        if let Some(output) = server.take_stdout() {
            BufReader::new(output).read_line(&mut line).doing("read the display's number from Xvfb")?;
        }
        let number = line.trim();
        if number.is_empty() {
            return Err(Failure::Said(
                "Xvfb ended before it had a display; run it by hand to see why".into(),
            ));
        }
        Ok(Self { _server: server, name: format!(":{number}") })
    }

    /// The value for `DISPLAY`, such as `:1`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    fn answers(display: &str) -> bool {
        UnixStream::connect(format!("/tmp/.X11-unix/X{}", &display[1..])).is_ok()
    }

    #[test]
    fn two_displays_do_not_collide_and_end_with_their_owner() {
        let (first, second) = (XDisplay::start(1366, 768).unwrap(), XDisplay::start(640, 480).unwrap());
        assert_ne!(first.name(), second.name());
        assert!(answers(first.name()) && answers(second.name()));
        let name = first.name().to_owned();
        drop(first);
        assert!(!answers(&name), "a display must not outlive its test");
    }
}
