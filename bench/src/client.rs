//! The client: prepared bytes out, a counted answer in. It knows just enough HTTP/1.1 to be cheap,
//! so that what is measured is the server; it is the same for every server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::requests::Pool;
use crate::{Failure, Result};

/// What one server did in one round.
pub(crate) struct Phase {
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// Of each answer, in no order. Never empty.
    pub(crate) latencies: Vec<Duration>,
}

/// Sends `pool` over `connections` connections, one request in flight on each, until the pool is
/// empty or `limit` has passed. The first answer that is not a 200 fails the run.
pub(crate) async fn run(
    address: SocketAddr,
    connections: usize,
    pool: &Arc<Pool>,
    limit: Duration,
) -> Result<Phase> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for connection in open {
        tasks.spawn(closed_loop(connection, Arc::clone(pool), Arc::clone(&next), start + limit));
    }
    let mut parts = Vec::with_capacity(connections);
    let finished = async {
        while let Some(done) = tasks.join_next().await {
            parts.push(done.map_err(|error| Failure::new(error.to_string()))??);
        }
        Ok::<_, Failure>(start.elapsed())
    };
    let elapsed = tokio::time::timeout(limit + PATIENCE, finished)
        .await
        .map_err(|_| Failure::new("the server stopped answering"))??;
    let latencies = parts.concat();
    if latencies.is_empty() {
        return Err(Failure::new("no request was answered: the round is too short"));
    }
    Ok(Phase { elapsed, latencies })
}

async fn closed_loop(
    mut connection: Connection,
    pool: Arc<Pool>,
    next: Arc<AtomicUsize>,
    deadline: Instant,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    let mut sent = Instant::now();
    while sent < deadline {
        let Some(request) = pool.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        connection.exchange(request).await?;
        let answered = Instant::now();
        latencies.push(answered - sent);
        sent = answered;
    }
    Ok(latencies)
}

/// One keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
}

/// The head (without the empty line) and the body of a 200.
pub(crate) struct Answer<'a> {
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; ANSWER_BYTES].into() })
    }

    /// Sends one request and reads its answer; any status but 200 is a failure that quotes the
    /// body.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let shape = loop {
            let room = self.buffer.get_mut(filled..).expect("a read never exceeds its room");
            match self.stream.read(room).await? {
                0 => return Err(Failure::new("the connection ended before the answer did")),
                read => filled += read,
            }
            let received = self.buffer.get(..filled).expect("as above");
            if let Some(shape) = shape(received)?.filter(|shape| shape.ends_at() <= filled) {
                break shape;
            }
        };
        let (head, rest) = self.buffer.split_at(shape.head_bytes);
        let body = rest.get(SEPARATOR.len()..).and_then(|rest| rest.get(..shape.body_bytes));
        let body = body.expect("the loop ends when the whole answer is there");
        if shape.status == 200 {
            Ok(Answer { head, body })
        } else {
            let body = String::from_utf8_lossy(body);
            Err(Failure::new(format!("the server answered {}: {body}", shape.status)))
        }
    }
}

#[derive(Debug, PartialEq)]
struct Shape {
    status: u16,
    head_bytes: usize,
    body_bytes: usize,
}

impl Shape {
    fn ends_at(&self) -> usize {
        self.head_bytes.saturating_add(SEPARATOR.len()).saturating_add(self.body_bytes)
    }
}

/// Reads as much of a head as the measurement needs; `None` while the head is incomplete.
fn shape(received: &[u8]) -> Result<Option<Shape>> {
    let end = received.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    let Some((head_bytes, head)) = end.and_then(|end| Some((end, received.get(..end)?))) else {
        return Ok(None);
    };
    let head = str::from_utf8(head).map_err(|_| Failure::new("the head is not text"))?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3));
    let status = status.and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Failure::new("no status line of HTTP/1.1"))?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let body_bytes = length.ok_or_else(|| Failure::new("an answer without a content length"))?;
    Ok(Some(Shape { status, head_bytes, body_bytes }))
}

const SEPARATOR: &[u8] = b"\r\n\r\n";

/// Room for an answer. CreateKey's is the largest, at about 2 KiB; a full buffer reads as an ended
/// connection.
const ANSWER_BYTES: usize = 16 * 1024;

/// How long after the end of a round a late answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_gives_status_and_lengths() {
        let answer = b"HTTP/1.1 200 OK\r\nDate: x\r\ncontent-LENGTH: 5\r\n\r\nhello";
        let shape = shape(answer).expect("a valid head").expect("a whole head");
        assert_eq!(shape, Shape { status: 200, head_bytes: 43, body_bytes: 5 });
        assert_eq!(shape.ends_at(), answer.len());
    }

    #[test]
    fn half_a_head_is_awaited() {
        assert_eq!(shape(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n").expect("no error"), None);
    }

    #[test]
    fn an_answer_must_be_counted_http_1_1() {
        assert!(shape(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(shape(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n").is_err());
        assert!(shape(b"SSH-2.0-x\r\n\r\n").is_err());
    }
}
