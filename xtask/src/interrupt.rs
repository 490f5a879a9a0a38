//! Ctrl-C, and every other way to be told to stop: each child runs in a process group of its own, and the groups are
//! ended before this program is.

use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::step::Stop;

static CAME: AtomicBool = AtomicBool::new(false);
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// How long a child may take to end in order before it is killed: PostgreSQL writes its last checkpoint meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts to listen for SIGINT, SIGTERM and SIGHUP.
pub(crate) fn watch() -> Result<(), Stop> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
        .map_err(|why| Stop::new(format!("Ctrl-C cannot be watched for ({why})"), "Report this."))?;
    thread::spawn(move || {
        for signal in signals.forever() {
            // SIGTERM and SIGHUP reach only this process; a child that is asked by SIGINT prints its summary.
            let asked = if signal == SIGINT { Signal::INT } else { Signal::TERM };
            let again = CAME.swap(true, Ordering::SeqCst);
            signal_all(if again { Signal::KILL } else { asked });
            if !again {
                thread::spawn(|| {
                    thread::sleep(PATIENCE);
                    signal_all(Signal::KILL);
                });
            }
        }
    });
    Ok(())
}

/// Whether somebody asked this program to stop.
pub(crate) fn came() -> bool {
    CAME.load(Ordering::SeqCst)
}

/// Starts a child in a process group of its own, which is ended with this program.
pub(crate) fn start(command: &mut Command) -> std::io::Result<Group> {
    use std::os::unix::process::CommandExt as _;
    // Held while the child starts: an interrupt between the start and the entry would miss the child.
    let mut groups = groups();
    if came() {
        return Err(std::io::Error::from(std::io::ErrorKind::Interrupted));
    }
    let child = command.process_group(0).spawn()?;
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    groups.extend(id);
    drop(groups);
    Ok(Group { child, id })
}

/// A running child and its process group.
pub(crate) struct Group {
    pub(crate) child: Child,
    id: Option<Pid>,
}

impl Drop for Group {
    fn drop(&mut self) {
        groups().retain(|known| Some(*known) != self.id);
        if matches!(self.child.try_wait(), Ok(None)) {
            if let Some(id) = self.id {
                let _ = kill_process_group(id, Signal::KILL);
            }
            let _ = self.child.wait();
        }
    }
}

fn signal_all(signal: Signal) {
    for &group in groups().iter() {
        // A group that has just ended cannot be signalled, and that is what was wanted.
        let _ = kill_process_group(group, signal);
    }
}

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}
