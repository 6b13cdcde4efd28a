//! The front: connections in, requests to [`request`], answers out. The only user of hyper.
//!
//! HTTP/1.1 and HTTP/2 in clear text. Everything is bounded: connections, heads, bodies, what all
//! bodies together take, and time.

mod watched;

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use watched::Watched;

use crate::{
    request::{self, Answer},
    service::Service,
    wire::Error,
};

/// Serves until `stop` is done, then lets what is under way finish.
pub async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let front = Arc::new(Front {
        service,
        connections: Arc::new(Semaphore::new(connections())),
        body_kib: Arc::new(Semaphore::new(BODIES_KIB)),
    });
    let builder = Arc::new(protocol());
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = front.accept(&listener) => accepted,
            () = &mut stop => break,
        };
        let (stream, peer, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of files, or the peer is gone already: the next may fare better.
                tracing::warn!("a connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        front.clone().spawn(&builder, &graceful, stream, peer, permit);
    }
    drop(listener);
    if tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    Ok(())
}

struct Front {
    service: Arc<Service>,
    connections: Arc<Semaphore>,
    /// What the bodies of all requests under way may take, in KiB.
    body_kib: Arc<Semaphore>,
}

impl Front {
    /// The next connection, once there is room for one.
    async fn accept(
        &self,
        listener: &TcpListener,
    ) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = self.connections.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, peer, permit))
    }

    /// Answers what comes over a connection. Not generic, so that the code of all that a request
    /// does is made with this library and not once more with each program.
    fn spawn(
        self: Arc<Self>,
        builder: &auto::Builder<TokioExecutor>,
        graceful: &GracefulShutdown,
        stream: TcpStream,
        peer: SocketAddr,
        permit: OwnedSemaphorePermit,
    ) {
        let serve = hyper::service::service_fn(move |request| {
            let front = self.clone();
            async move { Ok::<_, Infallible>(front.respond(request, peer.ip()).await) }
        });
        let connection = builder.serve_connection(TokioIo::new(Watched::new(stream)), serve);
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            // What ends a connection early is the client's affair.
            let _ = connection.await;
            drop(permit);
        });
    }

    async fn respond(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Full<Bytes>> {
        if request.uri().path() == "/healthz" && request.method() == Method::GET {
            return self.health();
        }
        let (head, body) = request.into_parts();
        let answer = match self.read(body).await {
            Ok((body, _room)) => request::handle(&self.service, &head, peer, &body).await,
            Err(error) => request::refuse(&head, error),
        };
        render(answer)
    }

    /// The whole body, with the room that it takes: room is taken for what has arrived, not for
    /// what is announced, so that announcing costs nobody else anything.
    async fn read(&self, mut body: Incoming) -> Result<(Bytes, OwnedSemaphorePermit), Error> {
        if body.size_hint().lower() > BODY {
            drain(body).await;
            return Err(Error::too_large());
        }
        let deadline = Instant::now() + BODY_TIME;
        let mut room = self.take_room(1)?;
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        let mut length = 0u64;
        while let Some(frame) =
            timeout_at(deadline, body.frame()).await.map_err(|_| Error::timeout())?
        {
            // A body that breaks off belongs to a client that is gone.
            let Ok(data) = frame.map_err(|_| Error::not_json())?.into_data() else { continue };
            length += u64::try_from(data.len()).map_err(Error::world)?;
            if length > BODY {
                drain(body).await;
                return Err(Error::too_large());
            }
            let has = u64::try_from(room.num_permits()).map_err(Error::world)?;
            let more = length.div_ceil(1024).saturating_sub(has);
            room.merge(self.take_room(u32::try_from(more).map_err(Error::world)?)?);
            // Nearly all bodies come in one piece, which is then not copied.
            if first.is_empty() && whole.is_empty() {
                first = data;
            } else {
                whole.extend_from_slice(&std::mem::take(&mut first));
                whole.extend_from_slice(&data);
            }
        }
        Ok((if whole.is_empty() { first } else { whole.freeze() }, room))
    }

    fn take_room(&self, kib: u32) -> Result<OwnedSemaphorePermit, Error> {
        self.body_kib.clone().try_acquire_many_owned(kib).map_err(|_| Error::throttled())
    }

    fn health(&self) -> Response<Full<Bytes>> {
        let ailment = self.service.ailment();
        let (status, body) = match ailment {
            None => (StatusCode::OK, r#"{"status":"ok"}"#.to_owned()),
            Some(why) => {
                let body = serde_json::json!({ "status": "unavailable", "reason": why });
                (StatusCode::SERVICE_UNAVAILABLE, body.to_string())
            }
        };
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

/// Reads on for a moment and forgets, so that a client which sends too much gets to its answer
/// before the connection is cut.
async fn drain(mut body: Incoming) {
    let deadline = Instant::now() + DRAIN_TIME;
    let mut left = DRAINED;
    while let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        left = left.saturating_sub(length);
        if left == 0 {
            return;
        }
    }
}

fn protocol() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(Some(HEAD_TIME))
        .keep_alive_timeout(HEAD_TIME);
    builder
}

fn render(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body.into()));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.media_type));
    if let Ok(id) = HeaderValue::try_from(answer.request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    let never = HeaderValue::from_static("no-cache, no-store, must-revalidate, private");
    headers.insert(header::CACHE_CONTROL, never);
    headers.insert(header::EXPIRES, HeaderValue::from_static("0"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// How many connections there may be at once: as many as the process may open files for, but for
/// some that storage and trail need.
fn connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let files = usize::try_from(files.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    CONNECTIONS.min(files.saturating_sub(SPARE_FILES).max(16))
}

/// Connections at once; those beyond wait in the kernel's queue.
const CONNECTIONS: usize = 4096;
/// Files that are no connections.
const SPARE_FILES: usize = 128;
/// A head, in bytes: the Authorization header has at most 8 KiB, and a presigned query as much.
const HEAD: usize = 32 << 10;
/// Headers in a head.
const HEADERS: usize = 100;
/// A body, in bytes: an attestation document of 256 KiB in base64 and room for the rest.
const BODY: u64 = 512 << 10;
/// How much of a longer one is read before the connection is cut, in bytes.
const DRAINED: usize = 16 << 20;
/// And for how long.
const DRAIN_TIME: Duration = Duration::from_millis(500);
/// All bodies under way, in KiB.
const BODIES_KIB: usize = 128 << 10;
/// Requests under way on one HTTP/2 connection.
const STREAMS: u32 = 128;
/// How long a client may take for a head.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// How long a client may take for a body.
const BODY_TIME: Duration = Duration::from_secs(20);
/// How long requests may take that are under way when the server stops.
const LAST_REQUESTS: Duration = Duration::from_secs(20);
