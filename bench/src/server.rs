//! A server as a child process, started fresh and stopped by its own process id when dropped.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Failure, Result};

/// What a server prints on standard error, before its address, once it serves.
pub(crate) const LISTENING: &str = "listening on http://";

/// A running server.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Starts `command` and waits until it listens. Its standard error goes to the file `log`: to
    /// read a pipe would cost the client time. Its environment is only what `command` sets, so that
    /// runs are alike.
    pub(crate) async fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        // The echo server stops when this pipe is closed, even if nobody was left to stop it.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let child = command.spawn()?;
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut server = Self { child, address: nowhere, log };
        let deadline = Instant::now() + START;
        loop {
            if let Some(address) = listening(&server.log()) {
                server.address = address;
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() || Instant::now() > deadline {
                return Err(server.blamed(Failure::new("a server did not start")));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The CPU time that all threads of the process have used, user and system, in steps of a clock
    /// tick (mostly 10 ms).
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let ticks =
            cpu_ticks(&stat).ok_or_else(|| Failure::new("/proc/<pid>/stat is unreadable"))?;
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_nanos(ticks.saturating_mul(1_000_000_000 / ticks_per_second)))
    }

    /// A failure with the server's last words.
    pub(crate) fn blamed(&self, failure: Failure) -> Failure {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
        Failure::new(format!("{failure}; the server's last lines:\n{}", last.join("\n")))
    }

    fn log(&self) -> String {
        fs::read(&self.log).map(|log| String::from_utf8_lossy(&log).into()).unwrap_or_default()
    }
}

impl Drop for Server {
    /// Asks by SIGTERM, waits, and kills what does not stop.
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let deadline = Instant::now() + STOP;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        // Both do nothing to a child that has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in a log, once its line is complete.
fn listening(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once(LISTENING)?;
    let (address, _) = rest.split_once(char::is_whitespace)?;
    address.parse().ok()
}

/// utime + stime, fields 14 and 15 of proc_pid_stat(5). The second field may hold anything, so
/// counting starts at its closing parenthesis.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// How long a server may take to start: it may have to compile its components first.
const START: Duration = Duration::from_secs(60);

/// How long a server may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(10);

const POLL: Duration = Duration::from_millis(10);

const LAST_LINES: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_when_its_line_is_complete() {
        assert_eq!(listening("warning\nlistening on http://127.0.0.1:80"), None);
        let address = listening("warning\nlistening on http://127.0.0.1:8080\n");
        assert_eq!(address, Some(SocketAddr::from(([127, 0, 0, 1], 8080))));
    }

    #[test]
    fn cpu_is_user_and_system_whatever_the_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 3 0";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("7 (short) S 1"), None);
    }
}
