//! The process with OpenSSL in it, and what it is asked.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    kit::{decode, encode},
    sdk::python,
};

/// Python with `tests/openssl/peer.py`.
pub(super) struct Peer {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What a function of `peer.py` is called with.
pub(super) enum Argument<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl Peer {
    pub(super) fn start() -> Self {
        let mut process = Command::new(python())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("openssl/peer.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("target/python is there: `make test` makes it");
        let requests = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { process, requests, answers }
    }

    /// Calls a function; none if OpenSSL refuses what it was given.
    #[track_caller]
    pub(super) fn ask<const COUNT: usize>(
        &mut self,
        call: &str,
        arguments: &[Argument<'_>],
    ) -> Option<[Vec<u8>; COUNT]> {
        let arguments = arguments.iter().map(|argument| match argument {
            Argument::Text(text) => json!(text),
            Argument::Bytes(bytes) => json!([encode(bytes)]),
        });
        let request: Value = std::iter::once(json!(call)).chain(arguments).collect();
        writeln!(self.requests, "{request}").expect("Python takes requests");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("Python answers in UTF-8");
        match serde_json::from_str(&answer) {
            Ok(Value::Null) => None,
            Ok(Value::Array(given)) => {
                let given: Vec<_> = given.iter().map(decode).collect();
                Some(given.try_into().expect("as many results as the function has"))
            }
            _ => panic!("{call}: Python has broken down, see above"),
        }
    }

    /// Calls a function that must not refuse.
    #[track_caller]
    pub(super) fn make<const COUNT: usize>(
        &mut self,
        call: &str,
        arguments: &[Argument<'_>],
    ) -> [Vec<u8>; COUNT] {
        self.ask(call, arguments).unwrap_or_else(|| panic!("OpenSSL refuses to {call}"))
    }

    /// Calls a function that says yes or no.
    #[track_caller]
    pub(super) fn agrees(&mut self, call: &str, arguments: &[Argument<'_>]) -> bool {
        self.ask::<0>(call, arguments).is_some()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Argument<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Argument<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}
