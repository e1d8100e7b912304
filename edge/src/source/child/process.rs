//! Another program that runs beside this one. Whatever happens, it does not outlive it.

use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// So much of what the program has written to its standard error is kept.
const KEPT_MESSAGE_BYTES: usize = 2048;

/// A program that has closed its output gets so many moments to end by itself.
const LAST_MOMENTS: u32 = 20;
const LAST_MOMENT: Duration = Duration::from_millis(10);

/// What came from the program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// So many bytes at the start of the buffer.
    Bytes(usize),
    /// It has closed its standard output.
    End,
    /// Nothing within the time.
    Nothing,
}

/// How a program has ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) is_success: bool,
    /// Such as "exit status: 1; " with the last line of its messages.
    pub(super) description: String,
}

/// A program whose standard output is read. It is killed, with all that it has started, when this
/// value is dropped, and when the thread that has started it ends, however that happens.
#[derive(Debug)]
pub(super) struct ChildProcess {
    child: Child,
    stdout: ChildStdout,
    /// `None` once the program has closed it.
    stderr: Option<ChildStderr>,
    /// The end of what the program has written to its standard error.
    message: Vec<u8>,
    is_reaped: bool,
}

impl ChildProcess {
    /// Starts a program with these arguments.
    ///
    /// # Errors
    /// It can't be started.
    pub(super) fn start(program: &Path, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: it is killed as a whole, and Ctrl-C does not reach it before us.
        command.process_group(0);
        die_with_this_thread(&mut command);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().expect("the standard output was requested above");
        let stderr = child.stderr.take();
        Ok(Self { child, stdout, stderr, message: Vec::new(), is_reaped: false })
    }

    /// Waits for output at most for that time.
    ///
    /// # Errors
    /// The output can't be read.
    pub(super) fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<Output> {
        let millis = i32::try_from(within.as_millis()).unwrap_or(i32::MAX);
        let (has_output, has_message) = self.wait_readable(millis)?;
        if has_message {
            self.read_message()?;
        }
        if !has_output {
            return Ok(Output::Nothing);
        }
        match self.stdout.read(buffer)? {
            0 => Ok(Output::End),
            count => Ok(Output::Bytes(count)),
        }
    }

    /// Ends the program, if it still runs, and describes how it has ended.
    pub(super) fn end(&mut self) -> Ending {
        // What it has written before it ended is still in the pipe.
        while self.stderr.is_some() && self.has_message() {
            if self.read_message().is_err() {
                break;
            }
        }
        let status = self.wait_briefly();
        self.kill();
        let how = status.map_or_else(
            || "it closed its output without ending".to_owned(),
            |status| status.to_string(),
        );
        let message = String::from_utf8_lossy(&self.message);
        let last = message.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let description = last.map_or_else(|| how.clone(), |last| format!("{how}; {last}"));
        Ending { is_success: status.is_some_and(|status| status.success()), description }
    }

    fn wait_briefly(&mut self) -> Option<ExitStatus> {
        for _ in 0..LAST_MOMENTS {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(LAST_MOMENT);
        }
        None
    }

    /// Whether there is something to read from the standard output and the standard error.
    fn wait_readable(&self, millis: i32) -> io::Result<(bool, bool)> {
        let mut waiting = vec![PollFd::new(&self.stdout, PollFlags::POLLIN)];
        waiting.extend(self.stderr.iter().map(|stderr| PollFd::new(stderr, PollFlags::POLLIN)));
        match poll(&mut waiting, millis) {
            // A signal has arrived, which others handle.
            Err(nix::errno::Errno::EINTR) => return Ok((false, false)),
            outcome => outcome.map_err(io::Error::from)?,
        };
        let is_ready = |fd: &PollFd<'_>| fd.any().unwrap_or(false);
        Ok((is_ready(&waiting[0]), waiting.get(1).is_some_and(is_ready)))
    }

    /// Whether a message can be read without waiting.
    fn has_message(&self) -> bool {
        self.wait_readable(0).is_ok_and(|(_, has_message)| has_message)
    }

    fn read_message(&mut self) -> io::Result<()> {
        let Some(stderr) = &mut self.stderr else { return Ok(()) };
        let mut bytes = [0; 512];
        let count = stderr.read(&mut bytes)?;
        if count == 0 {
            self.stderr = None;
        }
        self.message.extend_from_slice(&bytes[..count]);
        let surplus = self.message.len().saturating_sub(KEPT_MESSAGE_BYTES);
        self.message.drain(..surplus);
        Ok(())
    }

    fn kill(&mut self) {
        if self.is_reaped {
            return;
        }
        // The group bears the number of the program, which is not given away before it is reaped.
        let group = Pid::from_raw(self.child.id().cast_signed());
        // It fails only if all of them have ended already.
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
        self.is_reaped = true;
    }
}

/// Has the kernel kill the program when the thread that starts it ends, even by SIGKILL.
#[allow(unsafe_code, reason = "only a call between fork and exec can ask for this signal")]
fn die_with_this_thread(command: &mut Command) {
    let ask = || set_pdeathsig(Signal::SIGKILL).map_err(io::Error::from);
    // SAFETY: between fork and exec only functions may be called that are safe in a signal handler.
    // The closure makes one system call, and converts its error number without allocating.
    unsafe { command.pre_exec(ask) };
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
