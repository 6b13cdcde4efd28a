//! A server as a child process, ended by its own process id.

use std::{
    fs::{self, File},
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{Client, Credentials, Folder, Trail};

/// How a server is started: always on a free port, with no environment but this.
#[derive(Clone, Default)]
pub(crate) struct Launch {
    environment: Vec<(String, String)>,
    config: Option<String>,
    /// In MiB.
    disk: Option<u32>,
}

/// A server and its data, which outlives any one process.
pub(crate) struct Server {
    launch: Launch,
    folder: Folder,
    running: Option<(Child, SocketAddr)>,
    pub(crate) trail: Arc<Trail>,
}

/// What a command that has ended left behind.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Launch {
    /// With the credentials of [`Credentials::preset`].
    pub(crate) fn preset() -> Self {
        let Credentials { account, access_key_id, secret, .. } = Credentials::preset();
        Self::default()
            .environment("KEYCELL_ACCOUNT_ID", &account)
            .environment("KEYCELL_ROOT_ACCESS_KEY_ID", &access_key_id)
            .environment("KEYCELL_ROOT_SECRET_ACCESS_KEY", &secret)
    }

    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a configuration file.
    pub(crate) fn config(self, text: &str) -> Self {
        Self { config: Some(text.to_owned()), ..self }
    }

    /// With the data on a disk of its own that has so many MiB, which is gone with the process.
    pub(crate) fn disk(self, mib: u32) -> Self {
        Self { disk: Some(mib), ..self }
    }

    /// The program, on its disk.
    fn command(&self, data: &Path) -> Command {
        let Some(mib) = self.disk else { return Command::new(keycell()) };
        // A mount that only the process and its children see. Others get there through its root.
        fs::create_dir_all(data).expect("a folder can be made");
        let mut command = Command::new("/usr/bin/unshare");
        if !rustix::process::geteuid().is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        let mount = format!("mount -t tmpfs -o size={mib}m,mode=700 none \"$1\" && shift");
        command.args(["--mount", "sh", "-c", &format!("{mount} && exec \"$@\""), "sh"]);
        command.arg(data).arg(keycell());
        command
    }

    /// Starts on a fresh data folder.
    #[track_caller]
    pub(crate) fn start(self) -> Server {
        let folder = Folder::new();
        let trail = Arc::new(Trail::new(folder.0.join("data/trail")));
        let mut server = Server { launch: self, folder, running: None, trail };
        server.restart();
        server
    }
}

impl Server {
    /// Starts with the credentials of [`Credentials::preset`].
    #[track_caller]
    pub(crate) fn start() -> Self {
        Launch::preset().start()
    }

    /// Starts on what the last process left, however it ended.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        self.kill();
        let child = self.spawn();
        let (child, _) = self.running.insert((child, SocketAddr::from(([0, 0, 0, 0], 0))));
        let deadline = Instant::now() + START;
        let address = loop {
            let log = read(&self.folder.0.join(STDERR));
            if let Some(address) = listening(&log) {
                break address;
            }
            let ended = child.try_wait().expect("a child can be asked");
            assert!(ended.is_none() && Instant::now() < deadline, "it did not start: {log}");
            std::thread::sleep(POLL);
        };
        self.running.as_mut().expect("it was started above").1 = address;
    }

    /// The same with another environment from now on.
    #[track_caller]
    pub(crate) fn restart_with(&mut self, launch: Launch) {
        self.launch = launch;
        self.restart();
    }

    /// Starts a process that must end by itself; the data stays.
    #[track_caller]
    pub(crate) fn fail_to_start(&mut self, launch: Launch) -> Output {
        self.kill();
        let before = std::mem::replace(&mut self.launch, launch);
        let child = self.spawn();
        self.launch = before;
        let code = wait(child).code();
        let (stdout, stderr) = (self.stdout(), self.log());
        Output { code, stdout, stderr }
    }

    fn spawn(&self) -> Child {
        let create = |name| File::create(self.folder.0.join(name)).expect("a file can be made");
        let mut command = self.launch.command(&self.data());
        command.arg("serve").args(["--listen", "127.0.0.1:0", "--data"]).arg(self.data());
        if let Some(config) = &self.launch.config {
            let path = self.folder.0.join("config.toml");
            fs::write(&path, config).expect("a file can be written");
            command.arg("--config").arg(path);
        }
        command.env_clear().envs(self.launch.environment.iter().cloned());
        if self.launch.disk.is_some() {
            command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        }
        // Where a core file would be.
        command.current_dir(&self.folder.0);
        command.stdin(Stdio::null()).stdout(create(STDOUT)).stderr(create(STDERR));
        command.spawn().expect("the server can be started")
    }

    /// SIGKILL: no chance to save anything.
    pub(crate) fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM: what is under way is finished first.
    #[track_caller]
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let (child, _) = self.running.take().expect("it runs");
        kill_process(Pid::from_child(&child), Signal::TERM).expect("it is there to be signalled");
        wait(child)
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.running.as_ref().expect("it runs").0.id()
    }

    /// SIGABRT: the process crashes.
    #[track_caller]
    pub(crate) fn crash(&mut self) -> ExitStatus {
        let (child, _) = self.running.take().expect("it runs");
        kill_process(Pid::from_child(&child), Signal::ABORT).expect("it is there");
        wait(child)
    }

    /// Where the process runs.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.0
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("it runs").1
    }

    /// A client with the credentials of [`Credentials::preset`].
    pub(crate) fn client(&self) -> Client {
        self.client_of(Credentials::preset())
    }

    pub(crate) fn client_of(&self, credentials: Credentials) -> Client {
        Client::new(self.address(), credentials, self.trail.clone())
    }

    /// Runs a subcommand on the data folder, whether the server runs or not.
    #[track_caller]
    pub(crate) fn keycell(&self, arguments: &[&str]) -> Output {
        Output::of(self.command(arguments).output().expect("the command can be started"))
    }

    /// A subcommand on the data folder, which logs as much as the server does and may use its store
    /// of log files.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(keycell());
        command.args(arguments).arg("--data").arg(self.data()).env_clear();
        let is_kept = |name: &str| name == "KEYCELL_LOG" || name.starts_with("KEYCELL_STORE_");
        let kept = self.launch.environment.iter().filter(|(name, _)| is_kept(name));
        command.envs(kept.cloned());
        command
    }

    /// The same with lines on standard input.
    #[track_caller]
    pub(crate) fn keycell_reading(&self, arguments: &[&str], lines: &[&str]) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command can be started");
        let mut input = child.stdin.take().expect("it is piped");
        for line in lines {
            // A command that has enough reads no more.
            let _ = writeln!(input, "{line}");
        }
        drop(input);
        Output::of(child.wait_with_output().expect("it ends"))
    }

    /// Starts a subcommand on the data folder and does not wait for it.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the command can be started")
    }

    /// Another account.
    #[track_caller]
    pub(crate) fn create_account(&self, id: &str) -> Credentials {
        let output = self.keycell(&["account", "create", id]);
        assert_eq!(output.code, Some(0), "{output:?}");
        Credentials::from_exports(id, &output.stdout)
    }

    /// The data folder as others than the process see it that has a disk of its own.
    pub(crate) fn data_on_disk(&self) -> PathBuf {
        let data = self.data();
        let below = data.strip_prefix("/").expect("it is absolute");
        Path::new("/proc").join(self.id().to_string()).join("root").join(below)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.0.join("data")
    }

    /// What the last process has written to standard error until now.
    pub(crate) fn log(&self) -> String {
        read(&self.folder.0.join(STDERR))
    }

    /// What the last process has written to standard output until now.
    pub(crate) fn stdout(&self) -> String {
        read(&self.folder.0.join(STDOUT))
    }
}

impl Output {
    fn of(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { code: output.status.code(), stdout, stderr }
    }
}

/// Runs a subcommand that has nothing to do with any data folder.
#[track_caller]
pub(crate) fn run_keycell(arguments: &[&str]) -> Output {
    let mut command = Command::new(keycell());
    command.args(arguments).env_clear();
    Output::of(command.output().expect("the command can be started"))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The binary beside which cargo puts its test binaries.
fn keycell() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let path = test.ancestors().nth(2).expect("it lies in deps/").join("keycell");
    assert!(path.exists(), "{} is not there: build it first: make build", path.display());
    path
}

#[track_caller]
fn wait(mut child: Child) -> ExitStatus {
    let deadline = Instant::now() + START;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be asked") {
            return status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("it did not end");
        }
        std::thread::sleep(POLL);
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// The address in a log, once its line is complete.
fn listening(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listening on http://")?;
    let (address, _) = rest.split_once('\n')?;
    address.trim().parse().ok()
}

const STDOUT: &str = "stdout";
const STDERR: &str = "stderr";
/// How long a server may take to start or to stop before the test fails.
const START: Duration = Duration::from_secs(60);
/// How often it is looked whether it has.
const POLL: Duration = Duration::from_millis(2);
