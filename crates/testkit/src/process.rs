//! Child programs that end with their parent, can be killed like by a power cut, and can be driven by JSON lines.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::failure::{Doing, Failure, Outcome};

/// Something to be done when this process ends, however it ends.
///
/// A shell waits on a pipe whose other end only this process holds. `kill -9` of this process closes the pipe
/// like an ordinary end does, so the work is done in every case; a `Drop` alone would miss exactly the runs that
/// leave a database server behind.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Runs the shell text `work` with `arguments` as `$1`, `$2` … when the guard is dropped or this process dies.
    pub fn set(work: &str, arguments: &[&str]) -> Outcome<Self> {
        let script = format!(
            "trap '' HUP INT TERM\nread -r word\nif [ \"$word\" = dismissed ]; then exit 0; fi\n{work}\n"
        );
        let mut shell = spawn_group(
            Command::new("sh")
                .args(["-c", &script, "guard"])
                .args(arguments)
                .current_dir("/")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Ends the guard without doing its work.
    pub fn dismiss(mut self) {
        if let Some(pipe) = self.pipe.as_mut() {
            // A guard that is gone already has nothing left to be told. Dropping self waits for its end.
            let _ = pipe.write_all(b"dismissed\n");
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}

/// A child in a process group of its own. The whole group is killed when this is dropped or when the parent dies.
#[derive(Debug)]
pub struct OwnedProcess {
    child: Child,
    guard: Option<Guard>,
}

impl OwnedProcess {
    /// Starts `command`; if this process dies first, the child's group gets SIGKILL.
    pub fn spawn(command: &mut Command) -> Outcome<Self> {
        Self::spawn_with_end(command, "KILL")
    }

    /// Starts `command`; if this process dies first, the child's group gets SIGTERM, for programs that have to
    /// clean up after themselves.
    pub fn spawn_gently(command: &mut Command) -> Outcome<Self> {
        Self::spawn_with_end(command, "TERM")
    }

    fn spawn_with_end(command: &mut Command, signal: &str) -> Outcome<Self> {
        let mut child = spawn_group(command)?;
        match Guard::set("kill -s \"$1\" -- \"-$2\"", &[signal, &child.id().to_string()]) {
            Ok(guard) => Ok(Self { child, guard: Some(guard) }),
            Err(failure) => {
                signal_group(child.id(), Signal::KILL);
                let _ = child.wait();
                Err(failure)
            }
        }
    }

    /// The process id, which is also the id of the process group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child's standard input, once, if it was piped.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The child's standard output, once, if it was piped.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether the child has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the child to end by itself.
    pub fn wait(&mut self) -> Outcome<ExitStatus> {
        let status = self.child.wait().doing("wait for a child program")?;
        self.dismiss_guard();
        Ok(status)
    }

    /// `kill -9` of the whole group, as a power cut would: nothing in it gets to run another instruction.
    pub fn kill_9(&mut self) -> Outcome<()> {
        signal_group(self.child.id(), Signal::KILL);
        self.wait().map(|_| ())
    }

    /// Asks the group to end and gives it until `patience` is over; then it is killed.
    pub fn terminate(&mut self, patience: Duration) -> Outcome<()> {
        signal_group(self.child.id(), Signal::TERM);
        let give_up = Instant::now() + patience;
        while self.is_running() && Instant::now() < give_up {
            thread::sleep(Duration::from_millis(10));
        }
        self.kill_9()
    }

    fn dismiss_guard(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.dismiss();
        }
    }
}

impl Drop for OwnedProcess {
    fn drop(&mut self) {
        if self.guard.is_some() {
            let _ = self.kill_9();
        }
    }
}

/// Finds a program of this workspace, such as `mentalspace-desktop`: where `MENTALSPACE_DESKTOP` (and likewise
/// `_SERVER`, `_DEVICE`) says, for an installed package or a release build, else beside the test that is running.
pub fn built_program(name: &str) -> Outcome<PathBuf> {
    let variable = name.to_uppercase().replace('-', "_");
    if let Some(named) = environment(&variable).map(PathBuf::from) {
        return if named.is_file() {
            Ok(named)
        } else {
            Err(Failure::Said(format!("{variable} names {}, which is not there", named.display())))
        };
    }
    let own = std::env::current_exe().doing("find the running program's own path")?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|place| place.join(name))
        .find(|program| program.is_file())
        .ok_or_else(|| {
            Failure::Said(format!(
                "{name} is not built: `cargo xtask test` builds it, or `cargo build --workspace --bins`"
            ))
        })
}

/// Reads the surroundings of this process.
#[expect(clippy::disallowed_methods, reason = "tests are an edge: the surroundings are theirs to read")]
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// How long a device program may take for one answer before the test gives up. Generous, because the first
/// unlock derives a key with tens of megabytes of memory on a machine that runs other tests beside it.
const ANSWER_PATIENCE: Duration = Duration::from_secs(120);

/// A program that takes one JSON object per line and answers each with exactly one line, such as
/// `mentalspace-device`.
#[derive(Debug)]
pub struct LineProgram {
    process: OwnedProcess,
    commands: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl LineProgram {
    /// Starts `program` with arguments and additional surroundings.
    pub fn start(program: &Path, arguments: &[&str], surroundings: &[(&str, &str)]) -> Outcome<Self> {
        let mut command = Command::new(program);
        command.args(arguments).envs(surroundings.iter().copied());
        Self::start_command(&mut command)
    }

    /// Starts a command that the caller has prepared; its standard input and output are taken over.
    pub fn start_command(command: &mut Command) -> Outcome<Self> {
        let mut process = OwnedProcess::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let commands = process.take_stdin();
        let output = process.take_stdout();
        let (sender, answers) = channel();
        thread::spawn(move || {
            for line in
                output.into_iter().flat_map(|stream| BufReader::new(stream).lines()).map_while(Result::ok)
            {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { process, commands, answers })
    }

    /// Sends one command and waits for its answer.
    pub fn ask(&mut self, command: &Value) -> Outcome<Value> {
        self.send(command)?;
        self.answer(ANSWER_PATIENCE)
    }

    /// Sends one command and does not wait, so that the program can be killed in the middle of it.
    pub fn send(&mut self, command: &Value) -> Outcome<()> {
        let pipe =
            self.commands.as_mut().ok_or_else(|| Failure::Said("the program's input is closed".into()))?;
        // One write for the whole line: a reader never sees half a command unless the pipe is cut.
        pipe.write_all(format!("{command}\n").as_bytes())
            .doing("send a command to the program: it has ended")?;
        pipe.flush().doing("send a command to the program: it has ended")
    }

    /// Waits at most `patience` for the next answer.
    pub fn answer(&mut self, patience: Duration) -> Outcome<Value> {
        let line = self.answers.recv_timeout(patience).map_err(|why| match why {
            RecvTimeoutError::Timeout => Failure::Said(format!("no answer within {patience:?}")),
            RecvTimeoutError::Disconnected => Failure::Said("the program ended without an answer".into()),
        })?;
        serde_json::from_str(&line)
            .map_err(|why| Failure::Said(format!("the answer is not JSON ({why}): {line}")))
    }

    /// The process itself, for its id and its state.
    pub fn process(&mut self) -> &mut OwnedProcess {
        &mut self.process
    }

    /// `kill -9`, as a power cut would. Answers that were printed before can still be read.
    pub fn kill_9(&mut self) -> Outcome<()> {
        self.process.kill_9()
    }

    /// Closes the program's input and waits for it to end by itself.
    pub fn finish(mut self) -> Outcome<ExitStatus> {
        drop(self.commands.take());
        self.process.wait()
    }
}

fn spawn_group(command: &mut Command) -> Outcome<Child> {
    use std::os::unix::process::CommandExt as _;
    let name = command.get_program().to_string_lossy().into_owned();
    command.process_group(0).spawn().doing(format!("start {name}: is its package installed?"))
}

fn signal_group(id: u32, signal: Signal) {
    // A group that has ended cannot be signalled, and that is what was wanted.
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
