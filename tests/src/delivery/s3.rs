//! Delivery to a server that speaks the language of S3, and the AWS CLI's own validation of what
//! lies there: it is read from the one, and the public keys from Keycell.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use serde_json::json;

use crate::{
    kit::{Client, Credentials, Folder, Launch, Server, now},
    sdk::target,
};

use super::server::wait;

/// The store's server, of crate `moto`; its objects live as long as its process.
struct Store {
    port: u16,
    running: Option<Child>,
    folder: Folder,
}

impl Store {
    /// At a free port; not running yet.
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        Self { port, running: None, folder: Folder::new() }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it, with an empty bucket.
    fn start(&mut self) {
        let program = target().join("python/bin/moto_server");
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &self.port.to_string()]).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.running = Some(command.spawn().expect("`make test` puts it there"));
        wait("the store is there", || self.aws(&["s3api", "list-buckets"]).0);
        assert!(self.aws(&["s3api", "create-bucket", "--bucket", "audit"]).0);
    }

    /// Runs the AWS CLI on the store.
    fn aws(&self, words: &[&str]) -> (bool, String) {
        run(&mut self.command(words))
    }

    fn command(&self, words: &[&str]) -> Command {
        let Credentials { access_key_id, secret, .. } = Credentials::preset();
        let mut command = Command::new(target().join("python/bin/aws"));
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder.0)
            .env("AWS_ACCESS_KEY_ID", access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL_S3", self.url())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// The names of objects that contain a text.
    fn objects(&self, part: &str) -> Vec<String> {
        let (_, text) = self.aws(&["s3", "ls", "--recursive", "s3://audit/"]);
        let names = text.lines().filter_map(|line| line.split_whitespace().next_back());
        names.filter(|name| name.contains(part)).map(str::to_owned).collect()
    }

    /// What the AWS CLI says of all that was delivered.
    fn validate(&self, keycell: &Server, account: &str, start: &str) -> (bool, String) {
        let arn = format!("arn:aws:cloudtrail:us-east-1:{account}:trail/keycell");
        let words = [
            "cloudtrail",
            "validate-logs",
            "--verbose",
            "--trail-arn",
            &arn,
            "--start-time",
            start,
        ];
        let url = format!("http://{}", keycell.address());
        run(self.command(&words).env("AWS_ENDPOINT_URL_CLOUDTRAIL", url))
    }

    fn launch(&self) -> Launch {
        let config = format!(
            "[trail.delivery]\nurl = \"s3://audit/kept/here\"\nlog_seconds = 1\n\
             digest_seconds = 2\n[trail.delivery.options]\nendpoint = \"{}\"\nallow_http = true\n",
            self.url()
        );
        let launch = Launch::preset().config(&config);
        let launch = launch.environment("KEYCELL_STORE_ACCESS_KEY_ID", "AKIDSTORE");
        launch.environment("KEYCELL_STORE_SECRET_ACCESS_KEY", "a-secret-of-the-store")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().expect("`make test` puts it there");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn call(client: &Client) {
    client.ok("GenerateRandom", json!({"NumberOfBytes": 1}));
}

#[test]
fn the_aws_cli_validates_what_lies_in_s3_and_sees_what_was_changed() {
    let mut store = Store::new();
    store.start();
    let mut server = store.launch().start();
    let (client, start) = (server.client(), now().to_string());
    let start = format!("{}Z", start.split(['.', 'Z']).next().expect("a time"));
    wait("some digests are delivered", || {
        call(&client);
        store.objects("CloudTrail-Digest/us-east-1").len() >= 4
    });
    let account = &client.credentials.account;
    let (is_valid, told) = store.validate(&server, account, &start);
    assert!(is_valid && !told.contains("INVALID"), "{told}\n{}", server.log());
    assert!(told.contains(" digest files valid") && told.contains(" log files valid"), "{told}");
    assert!(told.contains("kept/here/AWSLogs"), "{told}");

    let verify = |server: &Server| {
        let config = server.folder().join("config.toml");
        let config = config.to_str().expect("text");
        server.keycell(&["trail", "verify", "s3://audit/kept/here", "--config", config])
    };
    let verified = verify(&server);
    assert_eq!(verified.code, Some(0), "{verified:?}");

    // One byte of a log file that a digest lists.
    let file = store.objects("/CloudTrail/us-east-1").remove(0);
    let path = store.folder.0.join("file.gz");
    let path_text = path.to_str().expect("text");
    let object = format!("s3://audit/{file}");
    assert!(store.aws(&["s3", "cp", &object, path_text]).0);
    let mut bytes = std::fs::read(&path).expect("it was copied");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).expect("it can be written");
    assert!(store.aws(&["s3", "cp", path_text, &object]).0);
    let (is_valid, told) = store.validate(&server, account, &start);
    assert!(!is_valid && told.contains(&file) && told.contains("INVALID"), "{told}");
    let verified = verify(&server);
    assert_eq!(verified.code, Some(1), "{verified:?}");
    assert!(verified.stdout.contains(&file), "{verified:?}");
    server.terminate();
    assert!(!server.log().contains("a-secret-of-the-store"), "{}", server.log());
}

#[test]
fn a_store_that_is_away_is_waited_for_and_nothing_else_waits() {
    let mut store = Store::new();
    let mut server = store.launch().start();
    let (client, mut calls) = (server.client(), 0);
    let status = || client.cloudtrail().ok("GetTrailStatus", json!({"Name": "keycell"}));
    wait("it is told that nothing is delivered", || {
        call(&client);
        calls += 1;
        status()["LatestDeliveryError"] == "ServiceUnavailable"
    });
    assert!(server.log().contains("the trail is not delivered"), "{}", server.log());
    store.start();
    wait("it is delivered", || status()["LatestDeliveryError"].is_null());
    assert!(!store.objects("/CloudTrail/us-east-1").is_empty());
    assert!(calls > 0);
    server.terminate();
    assert!(!server.log().contains("a-secret-of-the-store"), "{}", server.log());
}
