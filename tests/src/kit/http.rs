//! HTTP/1.1, byte by byte.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde_json::Value;

use super::Refusal;

/// A request as text, so that a test can make it wrong.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Headers, in lower case, that the signature is not to cover.
    pub(crate) unsigned: Vec<String>,
    /// The session token of a presigned request.
    pub(crate) query_token: Option<&'static str>,
}

impl Request {
    /// A call of an operation, not yet signed. Its user agent is its own: the trail knows it by it.
    pub(crate) fn new(host: &str, operation: &str, body: impl Into<Vec<u8>>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (method, target, headers) = ("POST", "/".to_owned(), Vec::new());
        let unsigned = vec!["user-agent".to_owned()];
        Self { method, target, headers, body: body.into(), unsigned, query_token: None }
            .add("Host", host)
            .add("User-Agent", &format!("keycell-tests/{number}"))
            .add("Content-Type", "application/x-amz-json-1.1")
            .add("X-Amz-Target", &format!("TrentService.{operation}"))
    }

    /// One header more, even if there is one of that name.
    pub(crate) fn add(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn remove(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.remove(name).add(name, value)
    }

    /// Leaves a header out of the signature that is to be made.
    pub(crate) fn unsigned(mut self, name: &str) -> Self {
        self.unsigned.push(name.to_ascii_lowercase());
        self
    }

    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn body(self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }

    /// The marker under which the trail knows the request.
    pub(crate) fn user_agent(&self) -> &str {
        self.header("User-Agent").expect("every request has one")
    }

    /// The head as it goes over the wire, for a body of `Content-Length`.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if self.header("Transfer-Encoding").is_none() && self.header("Content-Length").is_none() {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        head + "\r\n"
    }
}

/// A connection, kept alive from request to request.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and reads its answer.
    pub(crate) fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        let bytes = [request.head().as_bytes(), &request.body].concat();
        let mut answer = self.exchange_bytes(&bytes)?;
        answer.user_agent = request.user_agent().to_owned();
        Ok(answer)
    }

    /// Sends anything, and reads what is answered.
    pub(crate) fn exchange_bytes(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        self.0.get_mut().write_all(bytes)?;
        let status = self.line()?;
        let status = status.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        let status =
            status.and_then(|digits| digits.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new(), user_agent: String::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        answer.body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut answer.body)?;
        Ok(answer)
    }

    /// Whether the server has closed the connection: nothing more comes.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.0.fill_buf().is_ok_and(<[u8]>::is_empty)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The marker of the request.
    pub(crate) user_agent: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn request_id(&self) -> &str {
        self.header("x-amzn-requestid").expect("every answer has a request id")
    }

    /// The body; `null` for an empty one.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).expect("a body is JSON")
    }

    /// The body of an answer, or the error that it tells.
    pub(crate) fn outcome(&self) -> Result<Value, Refusal> {
        let body = self.json();
        if self.status == 200 {
            return Ok(body);
        }
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        Err(Refusal {
            status: self.status,
            code: text("__type").expect("an error has a type"),
            message: text("message").or_else(|| text("Message")).unwrap_or_default(),
        })
    }
}

/// How long an answer may take before the test fails; it is never waited for.
const PATIENCE: Duration = Duration::from_secs(60);
